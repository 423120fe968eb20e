"""Shifts to avoid: at exceptional theta two poles meet, and the eigenvectors break down.

The eigenvectors of the shifted Legendre memory mostly have a condition below
1/rho = (2 - theta)/theta. Where -rho is a critical value of the inner function, two real
poles meet and leave the axis as a pair: there the matrix is defective. Odd n has its
largest exceptional theta far below that of its even neighbors.
"""

import warnings
from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.errors import AccuracyWarning
from perturbsci.plotting import COLORS
from perturbsci.statespace import Diagonalization, hippo, perturb_then_diagonalize
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

EVEN, ODD = (2, 4, 8, 16), 17
N_THETAS = {"small": 48, "full": 240}
N_BISECTIONS = 40
PATHS = 4  # rows of the matrix whose poles are drawn
POOR = 0.134  # theta close to the exceptional one of n = 2
COLOR = dict(zip((*EVEN, ODD), (COLORS[k] for k in (5, 2, 3, 6, 0)), strict=True))


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Return kappa rho over theta for each n, the exceptional theta, and paths of poles."""
    grid = numpy.geomspace(3e-4, 0.8, N_THETAS[size])
    steps = numpy.logspace(-7, -0.5, 14)
    near = numpy.concatenate([1 - steps, 1 + steps])
    critical = {n: [_exceptional(n)] for n in EVEN}
    data: dict[str, Array] = {"critical": numpy.array([critical[n][0] for n in EVEN])}
    critical[PATHS].append(_exceptional(PATHS, n_real=2))
    for n in (*EVEN, ODD):
        peaks = [theta * near for theta in critical.get(n, [])]
        thetas = numpy.unique(numpy.concatenate([grid, *peaks]))
        found = [_shifted(n, theta) for theta in thetas]
        products = [each.eigenvector_condition * each.rho for each in found]
        data[f"curve_{n}"] = numpy.array([thetas, products])
        if n == PATHS:
            data["paths"] = numpy.array([each.eigenvalues for each in found])
    poor = _shifted(2, POOR)
    data["poor"] = numpy.array(poor.eigenvector_condition * poor.rho)
    return data


def _shifted(n: int, theta: float) -> Diagonalization:
    """Return the shift; its warning at an exceptional theta is what the figure shows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AccuracyWarning)
        legs = hippo("legs", n, backend="numpy")
        return perturb_then_diagonalize(legs, theta=theta, strict=False)


def _exceptional(n: int, n_real: int = 0) -> float:
    """Return the theta from which on at most a number of poles are real, by bisection."""
    low, high = 1e-4, 0.5
    for _ in range(N_BISECTIONS):
        middle = (low + high) / 2
        more = (_shifted(n, middle).eigenvalues.imag == 0).sum() > n_real
        low, high = (middle, high) if more else (low, middle)
    return (low + high) / 2


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw kappa rho over theta on the left, meeting poles on the right."""
    figure = Figure(figsize=(9.6, 4.2))
    left, right = figure.subplots(1, 2, width_ratios=(1.35, 1))
    _draw_conditions(left, data)
    _draw_poles(right, data)
    return figure


def _draw_conditions(ax: Axes, data: Mapping[str, Array]) -> None:
    ax.axhline(1.0, color=COLORS[0], linewidth=0.9, linestyle="--")
    ax.annotate(r"$\kappa = 1/\rho$", (4e-4, 1.0), (0, 4), textcoords="offset points")
    for n in (*EVEN, ODD):
        thetas, products = data[f"curve_{n}"]
        ax.loglog(thetas, products, color=COLOR[n])
    for n, theta in zip(EVEN, data["critical"], strict=True):
        ax.annotate(f"n = {n}", (theta, 60.0), (-3, 3), textcoords="offset points",
                    ha="right", color=COLOR[n])  # fmt: skip
    thetas, products = data[f"curve_{ODD}"]
    ax.annotate(f"n = {ODD}", (thetas[3], products[3]), (0, -12),
                textcoords="offset points", color=COLOR[ODD])  # fmt: skip
    ax.set_ylim(2e-2, 100.0)
    ax.set_xlabel("share θ of the shift (no unit)")
    ax.set_ylabel(r"$\kappa\rho$, condition over its usual bound (no unit)")
    ax.set_title("For even n the eigenvectors break down ...")


def _draw_poles(ax: Axes, data: Mapping[str, Array]) -> None:
    thetas, paths = data[f"curve_{PATHS}"][0], data["paths"]
    for poles in paths.T:
        real = poles.imag == 0
        ax.semilogx(thetas[real], poles.real[real], ".", color=COLORS[5], markersize=5)
        ax.semilogx(thetas[~real], poles.real[~real], ".", color=COLORS[6], markersize=5)
    theta = float(data["critical"][EVEN.index(PATHS)])
    ax.axvline(theta, color=COLORS[0], linewidth=0.9, linestyle="--")
    ax.annotate(f"θ = {theta:.4f}", (theta, paths.real.min()), (-5, 0),
                textcoords="offset points", ha="right")  # fmt: skip
    ax.annotate("real poles", (thetas[0], -2.0), (2, 6), textcoords="offset points",
                color=COLORS[5])  # fmt: skip
    ax.annotate("complex pairs", (theta, -0.55), (4, 0), textcoords="offset points",
                color=COLORS[6])  # fmt: skip
    ax.set_xlabel("share θ of the shift (no unit)")
    ax.set_ylabel("real part of the poles (1/time)")
    ax.set_title(f"... where two real poles meet (n = {PATHS})")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the exceptional theta, and the condition at and away from them."""
    tame = [data[f"curve_{n}"] for n in (16, ODD)]
    away = max(float(products[thetas >= 0.1].max()) for thetas, products in tame)
    references = (
        "statespace_optimize.exceptional_2",
        "statespace_optimize.exceptional_4",
        "statespace_optimize.exceptional_8",
        "statespace_optimize.exceptional_16",
    )
    return [
        *(
            Claim(f"largest exceptional theta, n = {n}", float(theta), reference)
            for n, theta, reference in zip(EVEN, data["critical"], references, strict=True)
        ),
        Claim(
            "condition over 1/rho at n = 2, theta = .134",
            float(data["poor"]),
            "statespace_optimize.exceptional_ratio",
        ),
        Claim(
            "largest condition over 1/rho for n = 16 and 17, theta from .1 on",
            away,
            "statespace_optimize.usual_ratio",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="statespace_exceptional",
    title="Shifts to avoid: two poles meet",
    source="docs/theory/statespace.md",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Shifted Legendre memory with n states. Left: condition of the eigenvectors over "
        "1/rho = (2 - theta)/theta, which bounds it in most cases (dashed; no theorem for "
        "finite n), with a peak without limit at each exceptional theta; the peaks are cut "
        "by the points computed, down to 1e-7 of theta away. The exceptional theta of "
        "n = 17 is 3e-5, left of the figure. Right: real parts of the poles of n = 4; "
        "twice two real poles meet and go on as a complex pair. The library warns there "
        "and says how to leave."
    ),
)
