"""Sod's tube from free flight to the Euler equations, with one step size for all.

BGK in one dimension, gamma = 3, by IMEX Runge-Kutta (ars222) and WENO5. An explicit scheme
must resolve the collision time Kn; here the step is half a cell over the largest velocity
for every Kn, and at Kn = 1e-8 the density is that of the exact Riemann problem up to the
error of a shock-capturing scheme.
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.figure import Figure

from perturbsci.multiscale import SplitProblem, Trajectory, bgk, solve
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

KNUDSEN = (1.0, 1e-2, 1e-4, 1e-8)
CELLS = {"small": 200, "full": 400}
TIME = 0.15
FINE, SPARSE = 120, 1e-3  # velocities where Kn is above this
# label, color, line style, where the label stands and what it points to
LOOKS = {
    1.0: ("Kn = 1", 0, "-", (0.46, 0.86), (0.36, 0.86)),
    1e-2: ("Kn = 0.01", 6, "-", (0.62, 0.52), (0.545, 0.55)),
    1e-4: ("Kn = 0.0001", 5, "-", (0.66, 0.36), (0.588, 0.42)),
    1e-8: ("Kn = 1e-8 (dashed)", 1, "--", (0.73, 0.25), (0.65, 0.172)),
}


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Run the tube at every Knudsen number, and coarser at the smallest."""
    n = CELLS[size]
    tube = bgk(n, backend=backend)
    # Without collisions every discrete velocity leaves a step in the density.
    fine = bgk(n, FINE, backend=backend)
    runs = [_run(fine if epsilon > SPARSE else tube, epsilon) for epsilon in KNUDSEN]
    errors = []
    for n_cells in (100, 200):
        coarse = bgk(n_cells, backend=backend)
        found = _run(coarse, KNUDSEN[-1]).observables["density"][-1]
        errors.append(float(abs(found - _exact(coarse)).mean()))
    return {
        "x": tube.coordinates["x"],
        "exact": _exact(tube),
        "density": numpy.stack([each.observables["density"][-1] for each in runs]),
        "steps": numpy.array([each.n_steps for each in runs]),
        "mass": numpy.stack([each.invariants["mass"] for each in runs]),
        "errors": numpy.array(errors),
        "largest_step": runs[-1].step_sizes.max(keepdims=True),
    }


def _run(tube: SplitProblem, epsilon: float) -> Trajectory:
    assert tube.largest_step is not None
    h = tube.largest_step(epsilon)
    return solve(tube, epsilon=epsilon, t_span=(0.0, TIME), step=h)


def _exact(tube: SplitProblem) -> Array:
    """Return the density of the Euler equations, shape (n_cells,)."""
    assert tube.limit is not None
    v = tube.coordinates["v"]
    return tube.limit(TIME)[0].sum(1) * (v[1] - v[0])


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the densities, and the number of steps beside that of an explicit scheme."""
    figure = Figure(figsize=(11, 4.4))
    ax, cost = figure.subplots(1, 2, width_ratios=(1.6, 1))
    ax.plot(data["x"], data["exact"], color="0.75", linewidth=5)
    for epsilon, density in zip(KNUDSEN, data["density"], strict=True):
        label, color, line, place, target = LOOKS[epsilon]
        ax.plot(data["x"], density, line, color=COLORS[color])
        arrow = {"arrowstyle": "-", "color": COLORS[color], "linewidth": 0.8}
        ax.annotate(label, target, xytext=place, color=COLORS[color], arrowprops=arrow)
    ax.annotate("exact, Euler equations", (0.6, 0.64), color="0.5")
    ax.set_xlabel("position (tube length)")
    ax.set_ylabel("density (left density)")
    ax.set_title("Sod's tube at t = 0.15: free flight becomes a fluid")
    knudsen = numpy.geomspace(1e-8, 1, 60)
    explicit = TIME / numpy.minimum(knudsen, data["largest_step"])
    cost.loglog(knudsen, explicit, color=COLORS[1])
    cost.loglog(KNUDSEN, data["steps"], "o-", color=COLORS[5])
    cost.set_xlabel("Knudsen number (no unit)")
    cost.set_ylabel("steps to t = 0.15 (count)")
    cost.set_title("Steps do not follow the collision time")
    cost.annotate(
        "explicit: step below\nthe collision time",
        (2e-6, 6e4),
        xytext=(3e-5, 3e5),
        color=COLORS[1],
    )
    cost.annotate("this scheme", (2e-8, 550), color=COLORS[5])
    return figure


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare errors, conservation and cost with their bounds."""
    coarse, fine = (float(each) for each in data["errors"])
    mass = data["mass"][-1]
    rounding = 1e-13 * max(1.0, math.sqrt(float(data["steps"][-1])) / 10)
    at_bound = [
        Claim(
            "mean error of the density at Kn = 1e-8, 200 cells",
            fine,
            "multiscale_kinetic.sod_error",
            relation="at_most",
        ),
        Claim(
            "error at 100 cells over that at 200",
            coarse / fine,
            "multiscale_kinetic.sod_ratio",
            relation="at_least",
        ),
        Claim(
            "relative change of the mass at Kn = 1e-8, over what rounding allows",
            float(abs(mass[-1] / mass[0] - 1)) / rounding,
            "multiscale_kinetic.sod_conserved",
            relation="at_most",
        ),
    ]
    most = float(data["steps"].max() * 200 / data["x"].size)
    least = float(data["steps"].min() * 200 / data["x"].size)
    return [
        *at_bound,
        Claim("most steps, 200 cells, all Kn", most, "multiscale_kinetic.sod_steps"),
        Claim("fewest of them", least, "multiscale_kinetic.sod_steps"),
    ]


STUDY = Study(
    name="multiscale_sod",
    title="Sod's tube from free flight to the Euler equations",
    source="BGK model of Bhatnagar, Gross and Krook (1954); exact solution Toro (2009)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: the density of a gas with one velocity component (gamma = 3) at four "
        "Knudsen numbers; the gray band is the exact solution of the Euler equations. "
        "Right: steps that the scheme makes, and what an explicit scheme would have to "
        "make to resolve the collision time. BGK is a model of the Boltzmann equation, not "
        "that equation; at Kn = 1 some molecules have left the tube."
    ),
)
