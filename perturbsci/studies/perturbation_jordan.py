"""A defective eigenvalue splits by fractional powers: Jordan blocks of sizes 3 and 2.

J + epsilon E with a fixed dense E. Three eigenvalues leave zero like epsilon^(1/3), two
like epsilon^(1/2) (Moro, Burke and Overton 1997); a formula of first order would have all
five leave like epsilon.
"""

from collections.abc import Mapping

import numpy
from matplotlib.figure import Figure

from perturbsci.perturbation import lidskii
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array
from perturbsci.verification import load_reference

__all__ = ["STUDY"]

SIZES = (3, 2)
N_PATHS = {"small": 60, "full": 400}
FITTED = numpy.logspace(-12, -9, 13)  # rounding is 1e-16/epsilon, the next term 1e-3


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Follow the eigenvalues, and fit their powers."""
    jordan, perturbation = _pair(seed)
    split = lidskii(jordan, perturbation, 0.0)
    # Cubes, so that the points of epsilon^(1/3) are evenly spaced.
    spread = 0.2 * numpy.linspace(0.0, 1.0, N_PATHS[size] + 1)[1:] ** 3
    decades = numpy.logspace(-12, -1, N_PATHS[size] // 2)
    fitted = _moduli(jordan, perturbation, FITTED)
    powers = numpy.array([float(power) for power in split.exponents])
    leading = numpy.array([numpy.abs(group).max() for group in split.coefficients])
    slopes = numpy.polyfit(numpy.log(FITTED), numpy.log(fitted), 1)[0]
    middle = len(FITTED) // 2
    found = fitted[middle] / FITTED[middle] ** powers
    return {
        "spread": spread,
        "paths": _eigenvalues(jordan, perturbation, spread),
        "decades": decades,
        "moduli": _moduli(jordan, perturbation, decades),
        "exponents": slopes,
        "leading": leading,
        "deviation": numpy.abs(found / leading - 1),
    }


def _pair(seed: int) -> tuple[Array, Array]:
    """Return the Jordan matrix and a perturbation of norm 1."""
    jordan = numpy.zeros((sum(SIZES), sum(SIZES)))
    jordan[0, 1] = jordan[1, 2] = jordan[3, 4] = 1
    e = numpy.random.default_rng(seed).standard_normal(jordan.shape)
    return jordan, e / numpy.linalg.norm(e, 2)


def _eigenvalues(jordan: Array, perturbation: Array, epsilons: Array) -> Array:
    """Return the eigenvalues, shape (k, 5), largest modulus first."""
    family = jordan + epsilons[:, None, None] * perturbation
    values = numpy.linalg.eigvals(family).astype(numpy.complex128)
    order = numpy.argsort(-numpy.abs(values), axis=1)
    return numpy.take_along_axis(values, order, axis=1)


def _moduli(jordan: Array, perturbation: Array, epsilons: Array) -> Array:
    """Return the geometric mean of the moduli of both groups, shape (k, 2)."""
    logarithms = numpy.log(numpy.abs(_eigenvalues(jordan, perturbation, epsilons)))
    first = SIZES[0]
    groups = [logarithms[:, :first], logarithms[:, first:]]
    return numpy.exp(numpy.stack([group.mean(axis=1) for group in groups], axis=1))


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the paths in the plane, and moduli against epsilon with the powers."""
    figure = Figure(figsize=(8.6, 4.0))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.35))
    colors = (COLORS[5], COLORS[6])
    for k, path in enumerate(data["paths"].T):
        color = colors[0] if k < SIZES[0] else colors[1]
        left.plot(path.real, path.imag, ".", color=color, markersize=3)
    left.plot(0, 0, "k+", markersize=9)
    left.set_aspect("equal", adjustable="datalim")
    left.set_xlabel("Re λ (no unit)")
    left.set_ylabel("Im λ (no unit)")
    left.set_title("One eigenvalue bursts into five ...")
    epsilons, ends = data["decades"], []
    for k, size in enumerate(SIZES):
        theory = data["leading"][k] * epsilons ** (1 / size)
        right.loglog(epsilons, data["moduli"][:, k], "o", color=colors[k], markersize=4)
        right.loglog(epsilons, theory, color=colors[k])
        ends.append((theory[-1], f"~ ε^(1/{size})", colors[k]))
    right.loglog(epsilons, epsilons, "--", color=COLORS[0], linewidth=0.9)
    right.annotate("first order, ε", (1e-7, 1e-7), (6, -10), textcoords="offset points")
    right.set_xlabel("size ε of the perturbation (no unit)")
    right.set_ylabel("modulus of the eigenvalues (no unit)")
    right.set_title("... by the powers 1/3 and 1/2, not 1")
    label_ends(right, ends)
    return figure


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the fitted powers and coefficients with those of the theory."""
    reference = load_reference("perturbation.jordan_exponents")
    largest = float(numpy.abs(data["exponents"] - numpy.array(reference.value)).max())
    return [
        Claim(
            "largest deviation of a fitted exponent from 1/3 and 1/2",
            largest,
            "perturbation.jordan_exponent_deviation",
            relation="at_most",
        ),
        Claim(
            "largest relative deviation of a leading coefficient",
            float(data["deviation"].max()),
            "perturbation.jordan_coefficients",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="perturbation_jordan",
    title="A defective eigenvalue splits by fractional powers",
    source="Moro, Burke and Overton (1997), theorem 2.1",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Eigenvalues of a 5 x 5 matrix with Jordan blocks of sizes 3 and 2 at zero, under "
        "a dense perturbation of size epsilon. Left: three eigenvalues (blue) and two "
        "(orange) leave zero in equal angles. Right: mean modulus of both groups (points) "
        "on the leading terms of Lidskii's theory (lines), epsilon^(1/3) and "
        "epsilon^(1/2). A perturbation of 1e-12 moves an eigenvalue by 1e-4: the "
        "first-order formula (dashed) is wrong by eight decades."
    ),
)
