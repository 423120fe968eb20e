"""Where the spectrum of the tent map is, although EDMD sees none of it.

x -> 1 - abs(1 - 2x) on [0, 1] is an isometry of L2 whose approximate point spectrum is the
unit circle (and 0 no part of it). With sqrt(2) cos(k pi x), k = 1, ..., N, the Galerkin
matrix is nilpotent, so that all eigenvalues of EDMD are 0, with residual 1. The smallest
residual of the span is sqrt(1 + abs(z)^2 - 2 abs(z) cos(pi/(l + 1))) with
l = floor(log2 N) + 1, and falls to the distance abs(abs(z) - 1) from the circle.
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.koopman import (
    Dictionary,
    Snapshots,
    custom,
    edmd,
    pseudospectrum,
    rectangle_grid,
)
from perturbsci.plotting import COLORS, draw_eigenvalues, draw_pseudospectrum
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

COUNTS = (8, 32, 128, 512)
PLANE = 128  # functions of the picture of the plane
LEVELS = (0.4, 0.5)
N_POINTS = {"small": 61, "full": 601}
SPACING = {"small": 0.1, "full": 0.025}


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Find the smallest residuals on the real axis and in the plane, and EDMD's pairs."""
    z = numpy.linspace(0.0, 1.5, N_POINTS[size])
    fields = [pseudospectrum(_pairs(n), _cosines(n), grid=z) for n in COUNTS]
    plane = pseudospectrum(
        _pairs(PLANE),
        _cosines(PLANE),
        grid=rectangle_grid(-1.6, 1.6, -1.6, 1.6, SPACING[size]),
    )
    spectrum = edmd(_pairs(PLANE), _cosines(PLANE))
    return {
        "z": z,
        "tau": numpy.stack([field.values for field in fields]),
        "exact": numpy.stack([_closed_form(z, n) for n in COUNTS]),
        "grid": plane.grid,
        "plane": plane.values,
        "eigenvalues": spectrum.eigenvalues,
        "residuals": spectrum.residuals,
    }


def _pairs(n: int) -> Snapshots:
    """Return 4n midpoints: exact for products of n cosines and of their images."""
    x = (numpy.arange(4 * n)[:, None] + 0.5) / (4 * n)
    return Snapshots(x, 1 - numpy.abs(1 - 2 * x), sampling="quadrature")


def _cosines(n: int) -> Dictionary:
    k = numpy.arange(1, n + 1)
    return custom(lambda x: numpy.sqrt(2) * numpy.cos(numpy.pi * k * x), n, n_state=1)


def _closed_form(z: Array, n: int) -> Array:
    """Return the smallest residual: k, 2k, 4k, ... is a shift of length l at most."""
    length = int(numpy.floor(numpy.log2(n))) + 1
    return numpy.sqrt(1 + z**2 - 2 * z * numpy.cos(numpy.pi / (length + 1)))


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the smallest residuals on the real axis, and those of EDMD in the plane."""
    figure = Figure(figsize=(9.4, 4.4))
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    _draw_axis(left, data)
    _draw_plane(right, data)
    return figure


def _draw_axis(ax: Axes, data: Mapping[str, Array]) -> None:
    z, colors = data["z"], (COLORS[2], COLORS[3], COLORS[5], COLORS[6])
    limit = numpy.abs(z - 1)
    ends = [(float(limit[-1]), "limit", COLORS[0])]
    ax.plot(z, limit, color=COLORS[0], linewidth=1.0, linestyle="--")
    for n, tau, exact, color in zip(
        COUNTS, data["tau"], data["exact"], colors, strict=True
    ):
        ax.plot(z, exact, color=color)
        ax.plot(z[::4], tau[::4], "o", color=color, markersize=3.5)
        ends.append((float(tau[-1]), f"N = {n}", color))
    ax.plot([0], [1], "X", color=COLORS[0], markersize=9)
    ax.annotate(
        "all eigenvalues of EDMD:\nat 0, with residual 1",
        (0, 1),
        xytext=(14, -3),
        textcoords="offset points",
        va="center",
    )
    ax.set_xlim(-0.03, z[-1])
    ax.set_ylim(0, 1.1)
    ax.set_xlabel("z on the real axis (no unit)")
    ax.set_ylabel("smallest residual (no unit)")
    ax.set_title("More functions find the circle at z = 1 ...")
    label_ends(ax, ends, gap=0.06)


def _draw_plane(ax: Axes, data: Mapping[str, Array]) -> None:
    draw_pseudospectrum(data["grid"], data["plane"], levels=LEVELS, ax=ax)
    draw_eigenvalues(data["eigenvalues"], data["residuals"], threshold=0.5, ax=ax)
    ax.set_xlabel("real part of z (no unit)")
    ax.set_ylabel("imaginary part of z (no unit)")
    ax.annotate(
        "all of\nEDMD",
        (0, 0),
        xytext=(0, -8),
        textcoords="offset points",
        ha="center",
        va="top",
    )
    ax.set_title(f"... where EDMD sees nothing (N = {PLANE})")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the residuals with their closed form, and count the pairs of EDMD."""
    errors = numpy.abs(data["tau"] / data["exact"] - 1)
    at_one = int(numpy.abs(data["z"] - 1).argmin())
    return [
        Claim(
            "largest relative error of the smallest residual",
            float(errors.max()),
            "koopman_pseudospectra.tent_error",
            relation="at_most",
        ),
        Claim(
            "smallest residual at z = 1 of 512 functions",
            float(data["tau"][-1, at_one]),
            "koopman_pseudospectra.tent_gap",
        ),
        Claim(
            "pairs of EDMD with a residual below 0.5",
            int((data["residuals"] < 0.5).sum()),
            "koopman_pseudospectra.tent_verified",
        ),
    ]


STUDY = Study(
    name="koopman_pseudospectrum_tent",
    title="The tent map has the circle as spectrum, and EDMD sees only 0",
    source=(
        "Residual pseudospectra: Colbrook and Townsend (2024); the closed form is derived "
        "here from the action of the map on cosines"
    ),
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: the smallest residual of N cosines at points of the real axis (dots) on its "
        "closed form (lines); it falls slowly, like 1/log N, to the distance from the unit "
        "circle (dashed). The eigenvalues of EDMD are all 0 for every N, where no function "
        "has a residual below 1. Right: pseudospectra of 128 cosines close in on the "
        "circle (thin), while the eigenvalues of EDMD stay in its center."
    ),
)
