"""Stable eigenvalues do not prevent growth: a transient between its bounds.

x' = A x with A = [[-1, 10], [0, -1]]. Both eigenvalues are -1, yet the norm of exp(t A)
grows at first like exp(omega t), omega = 4, and its peak lies between the Kreiss constant
K = (c^2 + 4)/(4 c) = 2.6 and e n K. The pseudospectra say why: the level curve of
epsilon reaches K epsilon into the unstable half plane.
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.perturbation import (
    kreiss_constant,
    pseudospectral_abscissa,
    resolvent_grid,
    transient_growth,
)
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

COUPLING = 10.0
MATRIX = numpy.array([[-1.0, COUPLING], [0.0, -1.0]])
BOX = (-5.0, 4.0, -4.0, 4.0)
LEVELS = (0.1, 0.4166666666666667, 1.0)  # the second attains the Kreiss constant
N_TIMES = {"small": 901, "full": 3601}
N_POINTS = {"small": 90, "full": 360}


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Return the growth, the Kreiss constant and the pseudospectra."""
    growth = transient_growth(MATRIX, numpy.linspace(0.0, 9.0, N_TIMES[size]))
    constant = kreiss_constant(MATRIX)
    grid = resolvent_grid(MATRIX, box=BOX, shape=(N_POINTS[size], N_POINTS[size]))
    reach = [pseudospectral_abscissa(MATRIX, level).value for level in LEVELS]
    curves = {f"curve_{k}": grid.contours(level)[0] for k, level in enumerate(LEVELS)}
    return {
        "times": growth.times,
        "norms": growth.norms,
        "lower_bound": growth.lower_bound,
        "upper_bound": growth.upper_bound,
        "kreiss": numpy.array([constant.value, constant.upper]),
        "point": numpy.array(constant.point),
        "reach": numpy.array(reach),
        **curves,
    }


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the pseudospectra on the left, the transient on the right."""
    figure = Figure(figsize=(9.6, 4.4))
    left, right = figure.subplots(1, 2)
    _draw_curves(left, data)
    _draw_growth(right, data)
    return figure


def _draw_curves(ax: Axes, data: Mapping[str, Array]) -> None:
    ax.axvspan(0.0, BOX[1], color=COLORS[0], alpha=0.06, linewidth=0)
    for k, level in enumerate(LEVELS):
        curve, color = data[f"curve_{k}"], COLORS[(5, 6, 7)[k]]
        ax.plot(curve.real, curve.imag, color=color)
        top = curve[int(numpy.argmax(curve.imag))]
        ax.annotate(
            f"ε = {level:.2g}",
            (top.real, top.imag),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            color=color,
        )
    point = complex(data["point"])
    ax.plot([point.real], [point.imag], "o", color=COLORS[6])
    text = f"Kε = {point.real:.2f}"
    ax.annotate(text, (point.real, 0), xytext=(6, 4), textcoords="offset points")
    ax.plot([-1], [0], "x", color=COLORS[0], markersize=8)
    ax.annotate("double eigenvalue", (-1, 0), xytext=(0, -46), textcoords="offset points",
                ha="center")  # fmt: skip
    ax.set_aspect("equal")
    ax.set_xlim(BOX[:2])
    ax.set_ylim(BOX[2:])
    ax.set_xlabel("real part (1/time)")
    ax.set_ylabel("imaginary part (1/time)")
    ax.set_title("Pseudospectra cross into the unstable half plane ...")


def _draw_growth(ax: Axes, data: Mapping[str, Array]) -> None:
    t, (value, upper) = data["times"], data["kreiss"]
    ceiling = math.e * len(MATRIX) * upper
    early = t <= math.log(2 * ceiling) / (COUPLING / 2 - 1)
    ax.semilogy(t, data["norms"], color=COLORS[5], linewidth=2.5)
    ax.semilogy(t, data["lower_bound"], "--", color=COLORS[3])
    ax.semilogy(t[early], numpy.exp((COUPLING / 2 - 1) * t[early]), "--", color=COLORS[1])
    ax.axhline(value, color=COLORS[6], linewidth=1.0)
    ax.axhline(ceiling, color=COLORS[0], linewidth=1.0)
    for x, y, text, color in (
        (4.0, data["norms"][numpy.searchsorted(t, 4.0)], "norm of exp(tA)", COLORS[5]),
        (0.2, 3e-3, r"exp($\alpha t$), eigenvalues alone", COLORS[3]),
        (0.8, ceiling * 1.5, r"exp($\omega t$), numerical range", COLORS[1]),
        (5.3, value, f"K = {value:.3g} ≤ the peak", COLORS[6]),
        (5.3, ceiling / 2.2, f"the peak ≤ e n K = {ceiling:.3g}", COLORS[0]),
    ):
        ax.annotate(text, (x, y), xytext=(4, 4), textcoords="offset points", color=color)
    ax.set_ylim(1e-4, 4 * ceiling)
    ax.set_xlabel(r"time (unit of 1/$|\alpha|$)")
    ax.set_ylabel("norm (no unit)")
    ax.set_title("... and the solution grows before it decays")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the constant, its bracket, the peak and the reach of the level curves."""
    value, upper = data["kreiss"]
    peak = float(data["norms"].max())
    levels = numpy.array(LEVELS)
    exact = numpy.sqrt(levels**2 + COUPLING * levels) - 1
    return [
        Claim("Kreiss constant", float(value), "perturbation.kreiss_of_the_study"),
        Claim(
            "relative gap to its bound from above",
            float(abs(upper / value - 1)),
            "perturbation.kreiss_gap",
            relation="at_most",
        ),
        Claim("largest norm of exp(tA)", peak, "perturbation.peak"),
        Claim(
            "the peak is not below the Kreiss constant",
            peak,
            "perturbation.kreiss_of_the_study",
            relation="at_least",
        ),
        Claim(
            "largest deviation of 3 pseudospectral abscissae from their closed form",
            float(numpy.abs(data["reach"] - exact).max()),
            "perturbation.extremes",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="perturbation_transients",
    title="How far stable eigenvalues let a solution grow",
    source="TrefethenEmbree2005",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: boundaries of pseudospectra of [[-1, 10], [0, -1]], circles around its "
        "double eigenvalue -1; the one that reaches farthest into the unstable half plane "
        "in proportion to its level marks the Kreiss constant. Right: the norm of the "
        "solution operator, which eigenvalues alone would place on the lower dashed line. "
        "It starts along the upper dashed line, the bound by the numerical range, and its "
        "peak lies between K and e n K."
    ),
)
