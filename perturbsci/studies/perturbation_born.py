"""The Born series ends where a bound state appears, and Padé walks past it.

The scattering length of a square well, V = -g for r < 1 with 2 mu = 1, is
a = 1 - tan(sqrt(g))/sqrt(g), with its first pole at g = pi^2/4. Its power series in g,
the Born series, diverges beyond that coupling; the Padé approximant [2/2] of four orders
has a pole of its own nearby.
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.perturbation import born_series, pade, scattering_length
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

ORDER = 4
LAST = 5.0
COUNTS = {"small": 60, "full": 240}


def _well(r: Array) -> Array:
    return numpy.ones_like(r)


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Evaluate exact length, partial sums and Padé approximant over the coupling."""
    strengths = numpy.linspace(LAST / COUNTS[size], LAST, COUNTS[size])
    series = born_series(_well, order=ORDER).scattering_length
    approximant = pade(series, 2, 2)
    exact = [scattering_length(_well, g) for g in strengths.tolist()]
    return {
        "strengths": strengths,
        "exact": numpy.array([each.value for each in exact]),
        "bound_states": numpy.array([each.bound_states for each in exact]),
        "sums": series.partial_sums(strengths),
        "pade": approximant.evaluate(strengths),
        "pole": numpy.array(approximant.poles.real.min()),
        "at_one": numpy.array(scattering_length(_well, 1.0).value),
        "pade_at_two": numpy.array(approximant.evaluate(2.0)),
    }


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the length, and the relative errors of series and approximant."""
    figure = Figure(figsize=(10.0, 4.3))
    left, right = figure.subplots(1, 2)
    _lengths(left, data)
    _errors(right, data)
    return figure


def _lengths(ax: Axes, data: Mapping[str, Array]) -> None:
    g, pole = data["strengths"], math.pi**2 / 4
    ends = []
    for k in range(1, ORDER + 1):
        color = COLORS[(2, 2, 1, 6)[k - 1]]
        ax.plot(g, data["sums"][k], color=color, linewidth=1.0, alpha=0.5 + k / 8)
        if k in (1, ORDER):
            ends.append((max(float(data["sums"][k][-1]), -7.5), f"Born order {k}", color))
    for values, style, color, label in (
        (data["exact"], "-", COLORS[0], "exact"),
        (data["pade"], "--", COLORS[5], "Padé [2/2]"),
    ):
        broken = numpy.where(abs(values) > 12, numpy.nan, values)
        before = numpy.where(g < pole, broken, numpy.nan)
        after = numpy.where(g > pole, broken, numpy.nan)
        ax.plot(g, before, style, g, after, style, color=color)
        ends.append((float(values[-1]), label, color))
    ax.axvline(pole, color=COLORS[0], linewidth=0.8, linestyle=":")
    ax.text(pole, 7.4, "bound state \nappears ", va="top", ha="right")
    ax.set_xlim(0, LAST)
    ax.set_ylim(-8, 8)
    ax.set_xlabel("coupling g (1/range²)")
    ax.set_ylabel("scattering length (ranges)")
    ax.set_title("A series cannot jump; its Padé approximant does")
    label_ends(ax, ends)


def _errors(ax: Axes, data: Mapping[str, Array]) -> None:
    g, exact = data["strengths"], data["exact"]
    ends = []
    for values, color, label in (
        (data["sums"][1], COLORS[2], "Born order 1"),
        (data["sums"][ORDER], COLORS[6], f"Born order {ORDER}"),
        (data["pade"], COLORS[5], "Padé [2/2]"),
    ):
        errors = abs(values / exact - 1)
        ax.semilogy(g, errors, color=color)
        ends.append((float(errors[-1]), label, color))
    ax.axvline(math.pi**2 / 4, color=COLORS[0], linewidth=0.8, linestyle=":")
    ax.set_xlim(0, LAST)
    ax.set_xlabel("coupling g (1/range²)")
    ax.set_ylabel("relative error of the length (no unit)")
    ax.set_title("The same four numbers, four digits apart")
    label_ends(ax, ends)


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the pole, one length and the count of bound states."""
    exact = 1 - math.tan(math.sqrt(2)) / math.sqrt(2)
    crossing = data["strengths"] > math.pi**2 / 4
    wrong = numpy.count_nonzero(data["bound_states"] != crossing)
    return [
        Claim(
            "pole of the Padé approximant [2/2] of four Born orders",
            float(data["pole"]),
            "perturbation.born_pole",
        ),
        Claim(
            "scattering length at g = 1, exact",
            float(data["at_one"]),
            "perturbation.square_well_length",
        ),
        Claim(
            "relative error of the Padé approximant at g = 2",
            abs(float(data["pade_at_two"]) / exact - 1),
            "perturbation.born_pade_error_at_two",
        ),
        Claim(
            "couplings with a wrong number of bound states",
            float(wrong),
            "perturbation.wrong_bound_states",
        ),
    ]


STUDY = Study(
    name="perturbation_born",
    title="The Born series past its bound state",
    source="Calogero (1967) for the variable-phase equation; arXiv 2009.03192, abstract",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Scattering length of a square well against its depth. The partial sums of the "
        "Born series know nothing of the bound state at g = pi^2/4 and diverge beyond; "
        "the Padé approximant of the same four coefficients has a pole within 4e-5 of it. "
        "The exact length comes from the angle of the wave function, whose nodes count the "
        "bound states. One smooth potential with isolated poles in g: an approximant of "
        "low order cannot be trusted for potentials of both signs without its own check."
    ),
)
