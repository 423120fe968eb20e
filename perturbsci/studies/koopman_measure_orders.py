"""Smoothing a spectral measure: the order of the kernel is the order of the error.

Two measures with closed forms, of which only the moments c_n are used: a wrapped Gaussian,
c_n = 0.95^(n^2/2), and that of exp(i theta)/(2 + cos I) under the twist (theta + I, I),
c_n/c_0 = (-r)^n (1 + n sqrt(3)/2) with r = 2 - sqrt(3).
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.koopman import spectral_measure
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

ORDERS = (1, 2, 3, 4, 5, 6)
SHADES = dict(zip(ORDERS, (COLORS[k] for k in (0, 1, 2, 3, 5, 6)), strict=True))
WIDTHS = {"gaussian": 0.2, "twist": 0.4}  # the largest epsilon
ANGLES = {"gaussian": 0.2, "twist": 1.0}
TITLES = {"gaussian": "Wrapped Gaussian", "twist": "Twist map"}
HALVINGS = {"small": 5, "full": 9}
SUBDIVISIONS = 4  # widths drawn between two halvings
DIGITS = 1e-15  # the moments go on until truncation is below


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Measure the error of every order at every width."""
    data: dict[str, Array] = {}
    count = SUBDIVISIONS * (HALVINGS[size] - 1) + 1
    for name, largest in WIDTHS.items():
        epsilons = largest * 2.0 ** (-numpy.arange(count) / SUBDIVISIONS)
        moments, exact = _measure(name, math.ceil(-math.log(DIGITS) / epsilons[-1]))
        at = [ANGLES[name]]
        data[f"{name}_epsilon"] = epsilons
        data[f"{name}_density"] = numpy.array(exact)
        data[f"{name}_error"] = numpy.array(
            [
                [
                    abs(
                        spectral_measure(moments, at, order=m, epsilon=e).density[0] - exact
                    )
                    for e in epsilons.tolist()
                ]
                for m in ORDERS
            ]
        )
    return data


def _measure(name: str, n: int) -> tuple[Array, float]:
    """Return the moments c_0 to c_n, and the density at the angle of the study."""
    lags = numpy.arange(n + 1.0)
    if name == "gaussian":
        moments = 0.95 ** (lags**2 / 2)
        terms = moments[1:] * numpy.cos(lags[1:] * ANGLES[name])
        return moments, float(1 + 2 * terms.sum()) / (2 * math.pi)
    ratio = 2 - math.sqrt(3)
    signs = 1.0 - 2.0 * (lags % 2)
    moments = signs * ratio**lags * (1 + lags * math.sqrt(3) / 2)
    return moments, 3 * math.sqrt(3) / (4 * math.pi) / (2 + math.cos(ANGLES[name])) ** 2


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw errors against the width, one line an order."""
    figure = Figure(figsize=(11.0, 4.6))
    figure.suptitle("A kernel of order m gains m powers of its width")
    for ax, name in zip(figure.subplots(1, 2), WIDTHS, strict=True):
        _draw_errors(ax, data[f"{name}_epsilon"], data[f"{name}_error"])
        ax.set_title(f"{TITLES[name]}, density at angle {ANGLES[name]:g}")
    return figure


def _draw_errors(ax: Axes, epsilons: Array, errors: Array) -> None:
    ends = []
    for m, row in zip(ORDERS, errors, strict=True):
        thick = 2.2 if m == 1 else 1.5
        ax.loglog(epsilons, row, "-", color=SHADES[m], linewidth=thick)
        ax.loglog(epsilons[::SUBDIVISIONS], row[::SUBDIVISIONS], "o", color=SHADES[m], ms=3)
        slope = math.log2(row[-1 - SUBDIVISIONS] / row[-1])
        words = "order 1, Poisson" if m == 1 else f"order {m}"
        # Where the error changes sign nearby, a slope would say nothing.
        text = f"{words}: slope {slope:.1f}" if abs(slope - m) < 0.3 else words
        ends.append((float(row[-1]), text, SHADES[m]))
    ax.set_xlim(epsilons[0], epsilons[-1])
    ticks = epsilons[::SUBDIVISIONS]
    ax.set_xticks(ticks, [f"{epsilon:.3g}" for epsilon in ticks])
    ax.minorticks_off()
    label_ends(ax, ends)
    ax.set_xlabel("width epsilon of the kernel (radian)")
    ax.set_ylabel("error of the density (1/radian)")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare slopes over the last halving, and the finest error."""
    errors = data["gaussian_error"]
    start = 4 * SUBDIVISIONS  # epsilon = 0.0125, of size small and full
    slopes = numpy.log2(errors[:, start - SUBDIVISIONS] / errors[:, start])
    cited = (
        (1, "koopman_measure.slope_1"),
        (2, "koopman_measure.slope_2"),
        (4, "koopman_measure.slope_4"),
        (5, "koopman_measure.slope_5"),
        (6, "koopman_measure.slope_6"),
    )
    found = [
        Claim(f"observed order of kernel {m}, wrapped Gaussian", slopes[m - 1], reference)
        for m, reference in cited
    ]
    finest = float(errors[ORDERS.index(6), start])
    text = "error of order 6 at epsilon 0.0125, wrapped Gaussian, a mass a radian"
    return [
        *found,
        Claim(text, finest, "koopman_measure.finest_error", relation="at_most"),
        Claim(
            "density of the twist at angle 1, a mass a radian",
            float(data["twist_density"] + data["twist_error"][5, 3 * SUBDIVISIONS]),
            "koopman_measure.twist_smoothed",
        ),
    ]


STUDY = Study(
    name="koopman_measure_orders",
    title="High-order kernels make a spectral measure cheap",
    source="Colbrook and Townsend (2024); Colbrook, Horning, and Townsend (2021)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Error of a density that is computed from moments alone, against the width of the "
        "smoothing kernel, which the number of moments pays for: n = log(1/tolerance)/"
        "epsilon. The classical choice, Poisson's kernel, gains one digit for ten times as "
        "many moments; order 6 gains six. Where an error changes its sign nearby, no slope "
        "is written. Beside atoms and jumps no order helps."
    ),
)
