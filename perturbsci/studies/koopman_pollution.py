"""How many eigenvalues of EDMD are true: a particle in a double well without friction.

x'' = x - x^3 preserves area and energy, so the Koopman operator on the region of energies
up to E is unitary: its spectrum lies on the unit circle. Plain EDMD with radial functions
fills the disk, and a finer dictionary fills it again; the residual of every pair tells
which of them to believe. Starts are uniform in the region {energy <= E}, an invariant set:
a box is left by the flow, and its bound would not hold.
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.koopman import Snapshots, Spectrum, edmd, place_centers, radial
from perturbsci.plotting import COLORS, draw_eigenvalues
from perturbsci.plotting.appearance import unit_circle
from perturbsci.problems import get_problem
from perturbsci.studies.base import Claim, Study
from perturbsci.studies.flows import carried
from perturbsci.types import Array

__all__ = ["STUDY"]

STEP = 0.25
N_STEPS = 10
ENERGY = 1.0  # the barrier between the wells is at 0
THRESHOLD = 0.1  # chosen before the run
N_STARTS = {"small": 1000, "full": 10000}
N_FUNCTIONS = {"small": (100,), "full": (100, 300)}


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Sample the region, follow the particles, and take the spectrum."""
    snapshots = _pairs(N_STARTS[size], numpy.random.default_rng(seed))
    data: dict[str, Array] = {"functions": numpy.array(N_FUNCTIONS[size])}
    for n in N_FUNCTIONS[size]:
        spectrum = _spectrum(snapshots, n, seed)
        data[f"eigenvalues_{n}"] = spectrum.eigenvalues
        data[f"residuals_{n}"] = spectrum.residuals
    return data


def _pairs(n_starts: int, rng: numpy.random.Generator) -> Snapshots:
    """Return trajectories that start uniformly in the region of energies up to ENERGY."""
    problem = get_problem("double_well").limit  # without friction
    assert problem is not None
    box = rng.uniform(-2.0, 2.0, (4 * n_starts, 2))  # the region fills 43 % of it
    x, v = box.T
    inside = box[v**2 / 2 - x**2 / 2 + x**4 / 4 <= ENERGY][:n_starts]
    states = [inside]
    for _ in range(N_STEPS):
        states.append(carried(problem, states[-1], STEP, 20))
    return Snapshots.from_trajectories(
        numpy.stack(states, axis=1), step=STEP, sampling="unknown"
    )


def _spectrum(snapshots: Snapshots, n_functions: int, seed: int) -> Spectrum:
    centers = place_centers(snapshots, n_functions, seed=seed)
    mean = snapshots.x.mean(axis=0)
    width = numpy.linalg.norm(snapshots.x - mean, axis=1).mean()
    return edmd(snapshots, radial(centers, scale=0.5 * width))


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the same eigenvalues twice, as EDMD returns them and with their residuals."""
    n = int(data["functions"][-1])
    eigenvalues, residuals = data[f"eigenvalues_{n}"], data[f"residuals_{n}"]
    figure = Figure(figsize=(8.6, 4.4), layout="constrained")
    plain, verified = figure.subplots(1, 2)
    _draw_plain(plain, eigenvalues)
    draw_eigenvalues(eigenvalues, residuals, threshold=THRESHOLD, ax=verified)
    bar = figure.colorbar(verified.collections[-1], ax=verified, shrink=0.8)
    bar.set_label("residual (no unit)")
    kept = int((residuals <= THRESHOLD).sum())
    plain.set_title(f"Plain EDMD: {len(residuals)} eigenvalues,\nno way to choose")
    verified.set_xlim(plain.get_xlim())
    verified.set_ylim(plain.get_ylim())
    verified.set_title(f"{kept} are verified, and these lie\non the circle, as they must")
    return figure


def _draw_plain(ax: Axes, eigenvalues: Array) -> None:
    unit_circle(ax)
    ax.plot(eigenvalues.real, eigenvalues.imag, "o", color=COLORS[6], markersize=4)
    ax.text(0, 1.06, "the true spectrum is this circle", ha="center", va="bottom")
    ax.set_xlim(-1.25, 1.25)
    ax.set_ylim(-1.25, 1.25)
    ax.set_aspect("equal")
    ax.set_xlabel("real part of eigenvalue (no unit)")
    ax.set_ylabel("imaginary part of eigenvalue (no unit)")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Count what is spurious and what is not within its residual of the circle."""
    eigenvalues, residuals = data["eigenvalues_100"], data["residuals_100"]
    distances = numpy.abs(numpy.abs(eigenvalues) - 1)
    return [
        Claim(
            "fraction of pairs with residual above 0.1",
            float((residuals > THRESHOLD).mean()),
            "koopman_pollution.spurious",
            relation="at_least",
        ),
        Claim(
            "fraction of eigenvalues of modulus below 0.9",
            float((numpy.abs(eigenvalues) < 0.9).mean()),
            "koopman_pollution.inside",
            relation="at_least",
        ),
        Claim(
            "pairs farther from the circle than their residual",
            float((distances > residuals).sum()),
            "koopman_pollution.violations",
        ),
    ]


STUDY = Study(
    name="koopman_pollution",
    title="Most eigenvalues of EDMD are spurious, and their residual says so",
    source="Colbrook and Townsend (2024), whose example this flow is",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: the eigenvalues that extended dynamic mode decomposition returns for a "
        "particle in a double well. Its spectrum is the unit circle; nothing in the "
        "eigenvalues tells which of them are true. Right: the same eigenvalues, colored by "
        "residual; the verified ones (residual at most 0.1) lie within their residual of "
        "the circle, and no other is claimed. Most of the verified pairs are functions of "
        "the energy, with eigenvalue 1: residuals remove what is false, they do not find "
        "what the dictionary lacks."
    ),
)
