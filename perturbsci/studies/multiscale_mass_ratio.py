"""What a step of a light and a heavy gas costs, and how wrong it is, over the mass ratio.

Maxwell molecules in two dimensions. On one grid of velocities for both gases, the heavy
thermal speed, sqrt(m_H/m_L) times below the light one, must be resolved: n ~ ratio^(1/2)
nodes a direction, and work ~ n^3 log n a collision. On two grids, each in thermal speeds
of its own gas, with the collisions between the gases expanded in the mass ratio, a step is
the same for every ratio. Work is counted in values that go through Fourier transforms, the
same on every computer; seconds stand among the benchmarks.
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.multiscale import (
    collide,
    disparate_mass,
    epochal_relaxation,
    maxwellian,
    solve,
    spectral_collision,
    velocity_grid,
)
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

TEMPERATURES = (1.2, 0.9)
RATIOS = {
    "small": numpy.array([1e1, 1e2, 1e4, 1e6, 1e8]),
    "full": 10.0 ** numpy.arange(1, 9),
}
N_VELOCITIES = 32
END, N_STEPS = 0.5, 20
HALF_WIDTH = 8.0  # light thermal speeds, of the grid for both gases
RESOLVED = 1e-3  # relative error of the heat up to which a grid resolves both gases
DIRECT_RATIOS = {"small": 2.0 ** numpy.arange(1, 6), "full": 2.0 ** numpy.arange(1, 8)}
LARGEST_GRID = {"small": 128, "full": 320}
FIXED = 64  # nodes of the direct operator whose error is drawn
FIXED_RATIOS = 2.0 ** numpy.arange(1, 9)


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Count work and measure errors of both methods."""
    gas = disparate_mass(
        N_VELOCITIES,
        dimension=2,
        initial={
            "light_temperature": TEMPERATURES[0],
            "heavy_temperature": TEMPERATURES[1],
        },
        backend=backend,
    )
    half_width = float(-gas.coordinates["v"][0])
    grid = velocity_grid(N_VELOCITIES, half_width, dimension=2)
    each = 2 * spectral_collision(grid).n_transforms * N_VELOCITIES**2
    work, errors, defects = [], [], []
    for ratio in RATIOS[size]:
        epsilon = 1 / math.sqrt(ratio)
        found = solve(
            gas, epsilon=epsilon, t_span=(0.0, END), scheme="bdf2", step=END / N_STEPS
        )
        work.append(each * found.counts["explicit"] / found.n_steps)
        errors.append(_mixture_error(found.observables, epsilon))
        defects.append(found.certificates[0].value)
    needed = [_nodes_needed(ratio, LARGEST_GRID[size]) for ratio in DIRECT_RATIOS[size]]
    return {
        "ratios": RATIOS[size],
        "work": numpy.array(work),
        "errors": numpy.array(errors),
        "defects": numpy.array(defects),
        "direct_ratios": DIRECT_RATIOS[size],
        "nodes": numpy.array(needed),
        "direct_work": numpy.array([_direct_work(n) for n in needed]),
        "fixed_ratios": FIXED_RATIOS,
        "fixed_errors": numpy.array([_direct_error(FIXED, r) for r in FIXED_RATIOS]),
    }


def _mixture_error(seen: Mapping[str, Array], epsilon: float) -> float:
    """Return the relative error of the heat that has gone over at the end."""
    exact = epochal_relaxation(
        numpy.array([END]), epsilon=epsilon, temperatures=TEMPERATURES, dimension=2
    )
    gained = seen["heavy_temperature"][-1] - TEMPERATURES[1]
    return float(abs(gained / (exact.heavy_temperature[0] - TEMPERATURES[1]) - 1))


def _direct_error(n: int, ratio: float) -> float:
    """Return the relative error of the heat that goes over at the start."""
    grid = velocity_grid(n, HALF_WIDTH, dimension=2)
    light = maxwellian(grid, 1.0, 0.0, TEMPERATURES[0], discrete=False)
    heavy = maxwellian(grid, 1.0, 0.0, TEMPERATURES[1], mass=ratio, discrete=False)
    change = collide(spectral_collision(grid, masses=(1.0, ratio)), light, heavy)
    found = float((change * grid.speed_squared).sum() * grid.cell_volume / 2)
    exact = 2 * ratio / (1 + ratio) ** 2 * (TEMPERATURES[1] - TEMPERATURES[0])
    return abs(found / exact - 1)


def _nodes_needed(ratio: float, largest: int) -> int:
    """Return the least multiple of 8 whose grid resolves both gases."""
    for n in range(16, largest + 1, 8):
        if _direct_error(n, ratio) <= RESOLVED:
            return n
    return largest


def _direct_work(n: int) -> int:
    """Return the values transformed by the four collision operators of two gases."""
    grid = velocity_grid(n, HALF_WIDTH, dimension=2)
    one = spectral_collision(grid).n_transforms
    two = spectral_collision(grid, masses=(1.0, 2.0)).n_transforms
    return 2 * (one + two) * n**2


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw work and error over the mass ratio."""
    figure = Figure(figsize=(10.6, 4.4))
    left, right = figure.subplots(1, 2)
    _draw_work(left, data)
    _draw_errors(right, data)
    for ax in (left, right):
        ax.set_xlabel("mass ratio, heavy over light (no unit)")
        ax.set_xlim(1, 3e8)
    return figure


def _draw_work(ax: Axes, data: Mapping[str, Array]) -> None:
    ratios, work = data["direct_ratios"], data["direct_work"]
    far = numpy.array([ratios[-1], 1e8])
    ax.loglog(far, work[-1] * (far / ratios[-1]) ** 1.5, "--", color=COLORS[6])
    ax.loglog(ratios, work, "s-", color=COLORS[6])
    ax.loglog(data["ratios"], data["work"], "o-", color=COLORS[5])
    ax.text(2e2, 3e13, "one grid for both gases:\nas ratio$^{3/2}$", color=COLORS[6])
    nodes = data["nodes"]
    ax.annotate(
        f"{nodes[-1]}$^2$ nodes",
        (ratios[-1], work[-1]),
        xytext=(10, -6),
        textcoords="offset points",
        color=COLORS[6],
        va="top",
    )
    ax.text(
        3e4, data["work"][0] * 3, f"two grids, {N_VELOCITIES}$^2$ nodes each",
        color=COLORS[5],
    )  # fmt: skip
    ax.set_ylabel("work of collisions a step (values transformed)")
    ax.set_title("A step costs the same at every mass ratio")


def _draw_errors(ax: Axes, data: Mapping[str, Array]) -> None:
    ax.loglog(data["fixed_ratios"], data["fixed_errors"], "s-", color=COLORS[6])
    ax.loglog(data["ratios"], data["errors"], "o-", color=COLORS[5])
    ax.axhline(1.0, color=COLORS[0], linewidth=0.8)
    ax.text(2e8, 0.75, "100 % wrong", ha="right", va="top")
    ax.text(3e2, 4.0, f"one grid, {FIXED}$^2$ nodes", color=COLORS[6])
    ax.text(
        3e4,
        data["errors"][-1] / 2,
        f"two grids, {N_STEPS} steps\n(error of the step)",
        color=COLORS[5],
        va="top",
    )
    ax.set_ylim(1e-9, 30)
    ax.set_ylabel("relative error of the heat exchanged (no unit)")
    ax.set_title("and makes the same error")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare growth of work, and errors, with what the grids let expect."""
    work, errors = data["work"], data["errors"]
    growth = numpy.polyfit(
        numpy.log(data["direct_ratios"]), numpy.log(data["direct_work"]), deg=1
    )[0]
    few = data["ratios"] >= 1e4
    return [
        Claim(
            "two grids: most work of a step over the least, ratios 10 to 1e8",
            work.max() / work.min(),
            "multiscale_studies.flat_work",
        ),
        Claim(
            "one grid: exponent of the work over the mass ratio",
            growth,
            "multiscale_studies.direct_growth",
        ),
        Claim(
            "two grids: largest relative error of the heat, 20 steps",
            errors.max(),
            "multiscale_studies.heat_error",
            relation="at_most",
        ),
        Claim(
            "two grids: largest error over the least, ratios 1e4 to 1e8",
            errors[few].max() / errors[few].min(),
            "multiscale_studies.flat_error",
        ),
        Claim(
            "two grids: largest defect of momentum, energy and masses",
            data["defects"].max(),
            "multiscale_studies.conserved",
            relation="at_most",
        ),
        Claim(
            "one grid of 64 nodes, ratio 64: relative error of the heat",
            data["fixed_errors"][data["fixed_ratios"] == 64].max(),
            "multiscale_studies.direct_error",
            relation="at_least",
        ),
    ]


STUDY = Study(
    name="multiscale_mass_ratio",
    title="The cost of a step does not follow the mass ratio",
    source="Hao, Jiang and Liu (2024); one grid: Gamba, Haack, Hauck and Hu (2017)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: values that the collision operators of one step send through Fourier "
        "transforms; on one grid with the fewest nodes (a multiple of 8) at which the heat "
        "that goes over is right to 0.1 percent, dashed is extrapolated. An explicit step "
        "on one grid must resolve light collisions besides, so that steps to the same time "
        "grow as the ratio. Right: error of the heat, on one grid at the start, on two "
        "grids at t = 0.5. The two grids leave out terms of third order in epsilon from "
        "the light density, to which the heat of Maxwell molecules is blind."
    ),
)
