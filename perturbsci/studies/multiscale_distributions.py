"""How the densities of a light and a heavy gas become Maxwellian, one after the other.

Mass ratio 1000, Maxwell molecules in two dimensions. Slices through the densities, each in
thermal speeds of its own, at the start and within each epoch: first the light gas becomes
isotropic and Maxwellian, then the heavy one; the temperatures are still apart. The entropy
falls in each epoch.
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.backend import fft
from perturbsci.multiscale import disparate_mass
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.studies.octaves import marched_octaves, octave_ends, octave_values
from perturbsci.types import Array

__all__ = ["STUDY"]

EPSILON = math.sqrt(1e-3)
RATES = (1.0, 1.0, 2.0)
N_VELOCITIES = {"small": 24, "full": 32}
N_STEPS = {"small": 9, "full": 18}
FIRST, LAST = EPSILON**2 / 8, 10.0
TIMES = (0.0, EPSILON**2, 4 * EPSILON**2, EPSILON, 4 * EPSILON)  # of the slices
LABELS = ("start", r"$\epsilon^2$", r"$4\epsilon^2$", r"$\epsilon$", r"$4\epsilon$")
LINES = (COLORS[0], COLORS[6], COLORS[1], COLORS[3], COLORS[5])
FINE = 8  # points of a drawn slice a node
SPEEDS = 4.0  # thermal speeds that are drawn


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Relax the mixture, and keep slices, distances, temperatures and entropies."""
    gas = disparate_mass(N_VELOCITIES[size], dimension=2, rates=RATES, backend=backend)
    ends = octave_ends(FIRST, LAST)
    runs = marched_octaves(gas, EPSILON, ends, N_STEPS[size])
    times = numpy.append(0.0, ends)
    names = ("light_distance", "heavy_distance", "light_temperature", "heavy_temperature")
    data = {name: octave_values(runs, name) for name in names}
    kept = [int(abs(times - time).argmin()) for time in TIMES]
    for name in ("light", "heavy"):
        densities = octave_values(runs, name)[kept]
        scale = data[f"{name}_temperature"][kept]
        data[f"{name}_slices"] = numpy.stack(
            [_slice(f) * T for f, T in zip(densities, scale, strict=True)]
        )
    nodes = gas.coordinates["v"]
    n_fine = data["light_slices"].shape[1]
    return {
        **data,
        "times": times,
        "speeds": nodes[0] + (nodes[1] - nodes[0]) / FINE * numpy.arange(n_fine),
        "slice_times": times[kept],
        "entropies": octave_values(runs, "entropy"),
        "defects": numpy.array([each.certificates[0].value for each in runs]),
    }


def _slice(f: Array) -> Array:
    """Return f(v_x, 0), interpolated by its Fourier series; no node lies at v_y = 0."""
    n = len(f)
    middle = FINE * (n - 1) // 2
    line = _interpolated(f)[:, middle]
    return _interpolated(line)


def _interpolated(f: Array) -> Array:
    """Return FINE values a node along the last axis, the first at the first node."""
    return fft.irfft(fft.rfft(f), FINE * f.shape[-1]) * FINE


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw slices of both gases above, distances and entropy below."""
    figure = Figure(figsize=(10.6, 7.0))
    (light, heavy), (distance, entropy) = figure.subplots(2, 2)
    speeds = data["speeds"]
    bell = numpy.exp(-(speeds**2) / 2) / (2 * math.pi)
    for ax, name in ((light, "light"), (heavy, "heavy")):
        for values, color in zip(data[f"{name}_slices"], LINES, strict=True):
            ax.plot(speeds, values, color=color)
        ax.plot(speeds, bell, ".", color="0.45", markersize=3)
        ax.set_xlim(-SPEEDS, SPEEDS)
        ax.set_xlabel("velocity along x (thermal speed of the moment)")
        ax.set_ylabel("density, slice (unit Maxwellian)")
    light.set_title(r"Light gas: Maxwellian (dots) after $4\epsilon^2$")
    heavy.set_title(r"Heavy gas: Maxwellian (dots) after $4\epsilon$")
    for k, (label, color) in enumerate(zip(LABELS, LINES, strict=True)):
        text = label if k == 0 else f"t = {label}"
        for ax in (light, heavy):
            ax.text(0.03, 0.92 - 0.08 * k, text, color=color, transform=ax.transAxes)
    _draw_distances(distance, data)
    _draw_entropy(entropy, data)
    return figure


def _draw_distances(ax: Axes, data: Mapping[str, Array]) -> None:
    times = data["times"][1:]
    ax.loglog(times, data["light_distance"][1:], color=COLORS[5])
    ax.loglog(times, data["heavy_distance"][1:], color=COLORS[6])
    ax.text(2e-3, 5e-3, "light", color=COLORS[5])
    ax.text(0.14, 5e-3, "heavy", color=COLORS[6])
    ax.set_ylim(1e-3, 1)
    ax.set_ylabel("distance to the Maxwellian, L1 (density)")
    ax.set_title("One gas after the other")
    _mark_epochs(ax)


def _draw_entropy(ax: Axes, data: Mapping[str, Array]) -> None:
    ax.semilogx(data["times"][1:], data["entropies"][1:], color=COLORS[5])
    ax.set_ylabel(r"entropy, $\int f\,\ln f$ of both (particles)")
    ax.set_title("The entropy falls in three steps")
    _mark_epochs(ax)


def _mark_epochs(ax: Axes) -> None:
    for time, label in (
        (EPSILON**2, r"$\epsilon^2$"),
        (EPSILON, r"$\epsilon$"),
        (1.0, "1"),
    ):
        ax.axvline(time, color="0.6", linewidth=0.8)
        ax.text(
            time * 1.1, 0.97, label, color="0.4", va="top",
            transform=ax.get_xaxis_transform(),
        )  # fmt: skip
    ax.set_xlabel(r"time (light collision time $\times\, m_H/m_L$)")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare entropy and distances with what theory says of them."""
    between = int(abs(data["times"] - EPSILON / 4).argmin())
    temperatures = [
        (data[f"{name}_temperature"][0], data[f"{name}_temperature"][-1])
        for name in ("light", "heavy")
    ]
    final = -sum(math.log(2 * math.pi * math.e * T) for _, T in temperatures)
    falls = numpy.diff(data["entropies"])
    return [
        Claim(
            "largest rise of the entropy in an octave",
            falls.max(),
            "multiscale_studies.entropy_rise",
            relation="at_most",
        ),
        Claim(
            "entropy at t = 10, over that of Maxwellians of the final temperatures",
            data["entropies"][-1] / final,
            "multiscale_studies.final_entropy",
        ),
        Claim(
            "light gas at t = epsilon/4: what is left of its distance to a Maxwellian",
            data["light_distance"][between] / data["light_distance"][0],
            "multiscale_studies.light_left",
            relation="at_most",
        ),
        Claim(
            "heavy gas at t = epsilon/4: what is left",
            data["heavy_distance"][between] / data["heavy_distance"][0],
            "multiscale_studies.heavy_left",
        ),
        Claim(
            "largest defect of momentum, energy and masses in an octave",
            data["defects"].max(),
            "multiscale_studies.conserved",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="multiscale_distributions",
    title="How light and heavy molecules become Maxwellian",
    source="Degond and Lucquin-Desreux (1996); Hao, Jiang and Liu (2024)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Above: slices of both densities along x through the drift of the heavy gas, in "
        "thermal speeds of the moment, so that every Maxwellian is the dotted one. "
        "Below: distances to the Maxwellians, and the entropy of both gases, each in its "
        "own units; distances below those drawn are what the scheme leaves. Mass ratio "
        "1000, Maxwell molecules in two dimensions."
    ),
)
