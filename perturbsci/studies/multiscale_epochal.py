"""A light and a heavy gas come to rest in three epochs: epsilon^2, epsilon and 1.

epsilon^2 = m_L/m_H, Maxwell molecules in two dimensions, both gases far from Maxwellian and
with different drifts. Light molecules lose their drift and become Maxwellian while the
heavy gas has not moved; the heavy gas becomes Maxwellian; last, the temperatures meet. The
moments follow a law that is exact for all densities of Maxwell molecules (Morse 1963).
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.multiscale import disparate_mass, epochal_relaxation
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.studies.octaves import marched_octaves, octave_ends, octave_values
from perturbsci.types import Array

__all__ = ["STUDY"]

SQUARES = {"small": (1e-2, 1e-4, 1e-6), "full": (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)}
N_VELOCITIES = {"small": 20, "full": 32}
# At the heavy rate 2 stress decays at 1/epsilon.
RATES = (1.0, 1.0, 2.0)
FIRST, LAST = 1 / 8, 10.0  # the first octave ends below FIRST epsilon^2
N_STEPS = 9  # in two octaves
SHOWN = 1e-8  # where the start stands on the logarithmic axis
LOOKS = dict(zip((1e-2, 1e-3, 1e-4, 1e-5, 1e-6), (6, 1, 3, 2, 5), strict=True))
OBSERVED = (
    "light_temperature",
    "heavy_temperature",
    "light_velocity",
    "heavy_velocity",
    "light_distance",
    "heavy_distance",
)
NAMES = (
    "light_temperature",
    "heavy_temperature",
    "light_drift",
    "light_distance",
    "heavy_distance",
)
BAR = 1e-3  # least distance that is drawn


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Relax the mixture for every epsilon, beside the exact law of its moments."""
    gas = disparate_mass(N_VELOCITIES[size], dimension=2, rates=RATES, backend=backend)
    data: dict[str, Array] = {"squares": numpy.array(SQUARES[size])}
    defects = []
    for square in SQUARES[size]:
        epsilon = math.sqrt(square)
        ends = octave_ends(FIRST * square, LAST)
        runs = marched_octaves(gas, epsilon, ends, N_STEPS)
        defects.append(max(each.certificates[0].value for each in runs))
        times = numpy.append(0.0, ends)
        seen = {key: octave_values(runs, key) for key in OBSERVED}
        exact = epochal_relaxation(
            times,
            epsilon=epsilon,
            dimension=2,
            temperatures=(
                float(seen["light_temperature"][0]),
                float(seen["heavy_temperature"][0]),
            ),
            velocities=(seen["light_velocity"][0], seen["heavy_velocity"][0]),
        )
        slip = seen["light_velocity"] - epsilon * seen["heavy_velocity"]
        seen["light_drift"] = numpy.linalg.norm(slip, axis=1)
        exact_slip = exact.light_velocity - epsilon * exact.heavy_velocity
        name = _name(square)
        data[f"times_{name}"] = times
        data[f"runs_{name}"] = numpy.stack([seen[key] for key in NAMES])
        data[f"exact_{name}"] = numpy.stack(
            [
                exact.light_temperature,
                exact.heavy_temperature,
                numpy.linalg.norm(exact_slip, axis=1),
            ]
        )
    data["defects"] = numpy.array(defects)
    return data


def _name(square: float) -> str:
    return f"decade_{round(-math.log10(square))}"


def _fall(times: Array, values: Array) -> float:
    """Return when the values have fallen to 1/e of the first; log linear in between."""
    k = int(numpy.argmax(values <= values[0] / math.e))
    above, below = numpy.log(values[k - 1 : k + 1] / values[0])
    share = (-1 - above) / (below - above)
    return float(times[k - 1] + share * (times[k] - times[k - 1]))


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw slip, distances to Maxwellians and temperatures over logarithmic time."""
    figure = Figure(figsize=(10.6, 7.0))
    axes = figure.subplots(2, 2, sharex=True)
    panels = list(axes.ravel())
    for square in data["squares"].tolist():
        name, color = _name(square), COLORS[LOOKS[square]]
        # Logarithms have no 0: the start is a line up to an eighth of the first octave.
        times = numpy.append(SHOWN, data[f"times_{name}"])
        times[1] = max(times[2] / 8, SHOWN)
        values, exact = (
            numpy.insert(data[f"{kind}_{name}"], 0, data[f"{kind}_{name}"][:, 0], axis=1)
            for kind in ("runs", "exact")
        )
        for ax, row in zip(panels[:3], (2, 3, 4), strict=True):
            ax.loglog(times, numpy.maximum(values[row], BAR / 10), color=color)
        panels[0].loglog(
            times, numpy.maximum(exact[2], BAR / 10), ".", color=COLORS[0], markersize=3
        )
        for row in (0, 1):
            panels[3].semilogx(times, values[row], color=color)
            panels[3].semilogx(times, exact[row], ".", color=COLORS[0], markersize=3)
        _label(panels[:3], times, values[2:], square, color)
    titles = (
        r"Light molecules lose their drift at t ~ $\epsilon^2 = m_L/m_H$",
        "and become Maxwellian with it",
        r"The heavy gas follows at t ~ $\epsilon$",
        "Temperatures meet at t ~ 1, for every mass ratio",
    )
    labels = (
        "slip of the light gas (its thermal speed)",
        "light gas to Maxwellian, L1 (density)",
        "heavy gas to Maxwellian, L1 (density)",
        "temperature (no unit)",
    )
    for ax, title, label in zip(panels, titles, labels, strict=True):
        ax.set_title(title)
        ax.set_ylabel(label)
    for ax in panels[:3]:
        ax.set_ylim(BAR, 1)
    for ax in panels[2:]:
        ax.set_xlabel(r"time (light collision time $\times\, m_H/m_L$)")
    panels[0].set_xlim(SHOWN, LAST)
    last = data[f"runs_{_name(data['squares'][-1])}"]
    panels[3].text(2e-8, last[0, 0] + 0.035, "light")
    panels[3].text(2e-8, last[1, 0] + 0.02, "heavy")
    panels[3].text(2e-5, 0.92, "dots: exact law of the moments")
    return figure


def _label(
    panels: list[Axes], times: Array, values: Array, square: float, color: str
) -> None:
    """Write the mass ratio to the left of each curve, where there is room."""
    name = f"{square:.0e}".replace("e-0", "e-")
    first = rf"$\epsilon^2$ = {name}" if square == SQUARES["full"][-1] else name
    among_many = name[-1] in "35"  # on the heavy side, curves are half a decade apart
    texts = (first, first, "" if among_many else first)
    for ax, row, text in zip(panels, values, texts, strict=True):
        k = int(numpy.argmax(row < 0.03 * row[0]))
        ax.text(
            times[k - 1] / 1.2, row[0] * 0.03, text, color=color, ha="right", va="center",
            fontsize=9,
        )  # fmt: skip


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the three times with epsilon^2, epsilon and 1, and temperatures."""
    falls, errors, last = [], [], []
    for square in data["squares"].tolist():
        name = _name(square)
        times, values = data[f"times_{name}"], data[f"runs_{name}"]
        exact = data[f"exact_{name}"]
        epsilon = math.sqrt(square)
        # Friction damps the heavy stress at the rate 2 besides.
        epochs = (square, epsilon / (1 + 2 * epsilon), (1 + square) ** 2 / 4)
        # From the plateau on: before, the lost drift heats the light gas.
        later = times >= 20 * square
        gap = values[0] - values[1]
        falls.append(
            [
                _fall(times, values[2]) / epochs[0],
                _fall(times, values[4]) / epochs[1],
                (_fall(times[later], gap[later]) - times[later][0]) / epochs[2],
            ]
        )
        errors.append(abs(values[:2] - exact[:2]).max())
        last.append(abs(values[:2, -1] - exact[:2, -1]).max())
    deviations = abs(numpy.array(falls) - 1).max(axis=0)
    return [
        Claim(
            "time in which the slip falls to 1/e, over epsilon^2: largest deviation from 1",
            deviations[0],
            "multiscale_studies.epoch",
            relation="at_most",
        ),
        Claim(
            "that of the distance of the heavy gas, over epsilon/(1 + 2 epsilon)",
            deviations[1],
            "multiscale_studies.epoch",
            relation="at_most",
        ),
        Claim(
            "that of the difference of temperatures, over (1 + epsilon^2)^2/4",
            deviations[2],
            "multiscale_studies.epoch",
            relation="at_most",
        ),
        Claim(
            "temperatures at t = 10: largest distance from the exact law",
            max(last),
            "multiscale_studies.final_temperature",
            relation="at_most",
        ),
        Claim(
            "temperatures at all times: largest distance from the exact law",
            max(errors),
            "multiscale_studies.final_temperature",
            relation="at_most",
        ),
        Claim(
            "largest defect of momentum, energy and masses in an octave",
            data["defects"].max(),
            "multiscale_studies.conserved",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="multiscale_epochal",
    title="A light and a heavy gas come to rest in three epochs",
    source="Degond and Lucquin-Desreux (1996); Hao, Jiang and Liu (2024)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Two gases far from Maxwellian, with different drifts, Maxwell molecules in two "
        f"dimensions, {N_STEPS} steps of bdf2 in two octaves of time whatever the mass "
        "ratio. Dots: the exact law of drift and temperatures. Epochs are apart only if "
        "epsilon is small: at mass ratio 100 the heavy gas is Maxwellian when the "
        "temperatures are half way together. Distances below those drawn are what the "
        "scheme leaves: it contracts them by a factor a step."
    ),
)
