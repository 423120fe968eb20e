"""Three routes to one error: Hankel singular values, level sets, and a proven bound.

Shifted LegS minus LegS has a transfer function E whose size is known in three ways. Its
Hankel singular values sigma_i, from two Lyapunov equations, enclose its H-infinity norm,

    sigma_1 <= ||E||_inf <= 2 sum_i sigma_i,

which level sets of a Hamiltonian matrix compute, and which rho/(1 - rho) ||G||_inf bounds,
rho = theta/(2 - theta), without computing anything but the norm of LegS itself.

References: Glover (1984) for the enclosure; Boyd and Balakrishnan (1990), Bruinsma and
Steinbuch (1990) for the level sets; docs/theory/statespace.md for the bound of the shift.
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.backend import random
from perturbsci.plotting import COLORS
from perturbsci.statespace import (
    DenseSystem,
    diagonal_system,
    difference,
    hankel_singular_values,
    hinf_norm,
    hippo,
    perturb_then_diagonalize,
)
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

COUNT = {"small": 32, "full": 64}
SHOWN = 0.1  # theta of the singular values that are drawn
THETAS = numpy.array([0.01, 0.03, SHOWN, 0.3, 0.5, 0.7, 0.85, 0.94, 0.98, 1.0])
LEAST = 1e-12  # singular values below are rounding
ROUNDING = 1e-9  # of norms that are compared


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Return norms and singular values of the error over theta, a random readout."""
    n = COUNT[size]
    legs = hippo("legs", n, backend="numpy")
    readout = random.normal((1, n), seed=seed, backend="numpy") / numpy.sqrt(n)
    exact = DenseSystem(legs.a, legs.b, readout)
    rows, values = [], {"exact": hankel_singular_values(exact)}
    for theta in THETAS.tolist():
        near = perturb_then_diagonalize(legs, theta=theta)
        error = difference(diagonal_system(near, legs.b, readout), exact)
        sigma = hankel_singular_values(error)
        norm = hinf_norm(error)
        rows.append([sigma[0], norm.lower, norm.upper, 2 * sigma.sum()])
        if theta in (SHOWN, 1.0):
            values["s4d" if theta == 1 else "shift"] = sigma
    return {
        "thetas": THETAS,
        "norms": numpy.array(rows),
        "memory": numpy.array(hinf_norm(exact).value),
        "references": numpy.array([_first_output(16, 1.0), _first_output(64, SHOWN)]),
        **values,
    }


def _first_output(n: int, theta: float) -> float:
    """Return the norm of the error of the first coefficient."""
    legs, first = hippo("legs", n, backend="numpy"), numpy.eye(n)[0]
    system = diagonal_system(perturb_then_diagonalize(legs, theta=theta), legs.b, first)
    return hinf_norm(difference(system, DenseSystem(legs.a, legs.b, first))).value


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw singular values on the left, the norm between its bounds on the right."""
    figure = Figure(figsize=(9.8, 4.3))
    left, right = figure.subplots(1, 2)
    _draw_values(left, data)
    _draw_norms(right, data)
    return figure


def _draw_values(ax: Axes, data: Mapping[str, Array]) -> None:
    for name, color, place, text in (
        ("exact", 0, (0.49, 0.45), "LegS"),
        ("shift", 5, (0.03, 0.67), f"shift, θ = {SHOWN}"),
        ("s4d", 6, (0.3, 0.9), "no low-rank term (S4D)"),
    ):
        values = data[name][data[name] > LEAST]
        index = numpy.arange(1, len(values) + 1)
        ax.semilogy(index, values, ".-", color=COLORS[color], linewidth=1)
        ax.text(*place, text, color=COLORS[color], transform=ax.transAxes)
    ax.set_xlabel("index of the singular value (no unit)")
    ax.set_ylabel("Hankel singular value (no unit)")
    ax.set_title("The Hankel singular values of LegS and of two errors ...")


def _draw_norms(ax: Axes, data: Mapping[str, Array]) -> None:
    thetas, memory = data["thetas"], float(data["memory"])
    sigma, norm, _, total = data["norms"].T / memory
    rho = thetas[:-1] / (2 - thetas[:-1])
    ax.fill_between(thetas, sigma, total, color=COLORS[2], alpha=0.25, linewidth=0)
    ax.loglog(thetas, norm, "o-", color=COLORS[5], markersize=4)
    ax.loglog(thetas[:-1], rho / (1 - rho), "--", color=COLORS[3])
    ax.loglog([1.0], [norm[-1]], "s", color=COLORS[6])
    for place, text, color in (
        ((0.08, 0.72), "allowed by the singular values", COLORS[2]),
        ((0.4, 0.08), "H-infinity norm of the error", COLORS[5]),
        ((0.08, 0.47), "proven bound", COLORS[3]),
        ((0.72, 0.93), "θ = 1 (S4D)", COLORS[6]),
    ):
        ax.text(*place, text, color=color, transform=ax.transAxes)
    ax.set_xlabel("share θ of the shift (no unit)")
    ax.set_xlim(0.008, 1.25)
    ax.set_ylabel("norm relative to the memory (no unit)")
    ax.set_title("... enclose the norm of an error, which obeys its bound")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Count where the enclosures fail, and compare two norms with their closed forms."""
    sigma, lower, upper, total = data["norms"].T
    rho = data["thetas"][:-1] / (2 - data["thetas"][:-1])
    allowed = rho / (1 - rho) * float(data["memory"])
    outside = (sigma > lower * (1 + ROUNDING)) | (upper > total * (1 + ROUNDING))
    over = ~(lower[:-1] <= allowed * (1 + ROUNDING))
    return [
        Claim(
            "norms of the error outside of sigma_1 and 2 sum sigma",
            float(numpy.count_nonzero(outside)),
            "statespace_studies.misses",
        ),
        Claim(
            "norms of the error beyond the proven bound",
            float(numpy.count_nonzero(over)),
            "statespace_studies.misses",
        ),
        Claim(
            "largest relative gap between the bounds of the level sets",
            float((upper / lower - 1).max()),
            "statespace_studies.level_gap",
            relation="at_most",
        ),
        Claim(
            "norm of the error of S4D, first coefficient, n = 16",
            float(data["references"][0]),
            "statespace_studies.s4d_error_16",
        ),
        Claim(
            "norm of the error of the shift, theta = 0.1, first coefficient, n = 64",
            float(data["references"][1]),
            "statespace_studies.shift_norm_64",
        ),
        Claim(
            "error of S4D relative to the memory",
            float(lower[-1] / data["memory"]),
            "statespace_studies.s4d_beyond_the_memory",
            relation="at_least",
        ),
    ]


STUDY = Study(
    name="statespace_norms",
    title="How three bounds of one error agree",
    source="Glover (1984), Boyd and Balakrishnan (1990); the bound is derived here",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "LegS with 32 coefficients (64 in full size) and one random readout. Left: Hankel "
        "singular values, down to rounding. Right: the H-infinity norm of the error over "
        "the share θ of the shift (dots), inside the band that the singular values allow, "
        "and below the proven bound, which needs no computation. At θ = 1 no low-rank term "
        "and no bound are left, and the error exceeds the memory itself."
    ),
)
