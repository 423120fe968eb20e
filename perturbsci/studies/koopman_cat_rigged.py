"""A map without eigenfunctions: its spectral measure, and a generalized eigenfunction.

The cat map (x, y) -> (2x + y, x + y) mod 2 pi has Lebesgue spectrum beside the constant:
no eigenvalue is true. For g = sin x + sin(2x + y)/2 + i sin(5x + 3y)/4 = (1 + K/2 +
i K^2/4) sin x the density is abs(1 + e^{it}/2 + i e^{2it}/4)^2/(4 pi), and c_n = 0 from
n = 3 on. Rigged DMD smooths the generalized eigenfunctions, which are distributions.
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.koopman import (
    autocorrelation,
    edmd,
    krylov_gram,
    mpedmd,
    rigged_dmd,
    spectral_measure,
)
from perturbsci.plotting import COLORS, draw_measure
from perturbsci.plotting.appearance import unit_circle
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

GRID = 64
LAGS = 25
N_FUNCTIONS = 24
ORDER, EPSILON, THETA = 2, 0.5, 1.0
PIXELS = {"small": 300, "full": 1200}


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Take moments on a grid, which the map permutes, and smooth what they determine."""
    orbit = _orbit(GRID, LAGS)
    weights = numpy.full(GRID**2, GRID**-2.0)
    moments = autocorrelation(orbit.reshape(-1, LAGS + 1), LAGS, weights=weights)
    state = krylov_gram(moments, N_FUNCTIONS)
    spectrum, plain = mpedmd(state), edmd(state)
    first = numpy.eye(N_FUNCTIONS)[0]
    angles = numpy.linspace(-numpy.pi, numpy.pi, 401)
    smoothed = spectral_measure(
        spectrum, angles, order=ORDER, epsilon=EPSILON, coefficients=first
    )
    ended = numpy.append(moments[:3], numpy.zeros(200))  # as they are exactly
    exact = spectral_measure(ended, angles, order=ORDER, epsilon=EPSILON)
    packet = rigged_dmd(spectrum, first, [THETA], order=ORDER, epsilon=EPSILON)
    pixels = PIXELS[size]
    return {
        "moments": moments,
        "angles": angles,
        "density": _closed_form(angles),
        "smoothed": smoothed.density,
        "exact_smoothed": exact.density,
        "mass": numpy.array(smoothed.mass),
        "eigenvalues": spectrum.eigenvalues,
        "plain": plain.eigenvalues,
        "packet_residual": packet.residuals,
        "packet": _orbit(pixels, N_FUNCTIONS - 1) @ packet.coefficients[0],
    }


def _orbit(n: int, lags: int) -> Array:
    """Return g o F^k, k = 0, ..., lags, on an n x n grid of the torus.

    The matrix of the map acts on wave vectors; modulo n, the grid makes no error.
    """
    index = numpy.arange(n)
    i, j = numpy.meshgrid(index, index, indexing="ij")
    sines = []
    for _ in range(lags + 3):
        sines.append(numpy.sin(2 * numpy.pi * i / n))
        i, j = (2 * i + j) % n, (i + j) % n
    sine = numpy.stack(sines, axis=-1)
    return sine[..., :-2] + sine[..., 1:-1] / 2 + 0.25j * sine[..., 2:]


def _closed_form(angles: Array) -> Array:
    wave = numpy.exp(1j * angles)
    return numpy.abs(1 + wave / 2 + 0.25j * wave**2) ** 2 / (4 * math.pi)


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw eigenvalues, the measure, and one generalized eigenfunction."""
    figure = Figure(figsize=(12.6, 4.3))
    plane, measure, torus = figure.subplots(1, 3, gridspec_kw={"wspace": 0.06})
    _draw_plane(plane, data)
    _draw_measure(measure, data)
    values = data["packet"].real.T
    largest = float(numpy.abs(values).max())
    image = torus.imshow(
        values,
        origin="lower",
        extent=(0, 2 * numpy.pi, 0, 2 * numpy.pi),
        cmap="RdBu_r",
        vmin=-largest,
        vmax=largest,
        interpolation="nearest",
    )
    torus.grid(visible=False)
    bar = figure.colorbar(image, ax=torus, shrink=0.85)
    bar.set_label("real part of the packet (1/radian)")
    torus.set_xlabel("x (radian)")
    torus.set_ylabel("y (radian)")
    residual = float(data["packet_residual"][0])
    torus.set_title(f"Wave packet at angle {THETA:g}, residual {residual:.2f}")
    return figure


def _draw_plane(ax: Axes, data: Mapping[str, Array]) -> None:
    unit_circle(ax)
    for name, marker, color in (("plain", "o", COLORS[6]), ("eigenvalues", "D", COLORS[5])):
        values = data[name]
        ax.plot(values.real, values.imag, marker, color=color, markersize=4)
    for height, text, color in (
        (0.10, "EDMD: in the disk", COLORS[6]),
        (-0.10, "mpEDMD: on the circle", COLORS[5]),
    ):
        ax.text(0.0, height, text, color=color, ha="center", va="center")
    ax.set_aspect("equal")
    ax.set_xlabel("real part of eigenvalue (no unit)")
    ax.set_ylabel("imaginary part of eigenvalue (no unit)")
    ax.set_title("No eigenvalue is true")


def _draw_measure(ax: Axes, data: Mapping[str, Array]) -> None:
    draw_measure(data["angles"], data["smoothed"], ax=ax)
    ax.plot(data["angles"], data["density"], color=COLORS[0], linewidth=1)
    ax.axvline(THETA, color=COLORS[1], linewidth=0.8)
    ax.set_ylim(0, 1.25 * float(data["density"].max()))
    for height, text, color in (
        (0.95, "closed form", COLORS[0]),
        (0.88, "mpEDMD, smoothed", COLORS[5]),
        (0.81, "angle of the packet", COLORS[1]),
    ):
        ax.text(0.03, height, text, color=color, transform=ax.transAxes)
    ax.set_title(f"The measure is smooth (order {ORDER}, width {EPSILON:g})")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare moments with exact ones, and the measure with its smoothed closed form."""
    c = data["moments"]
    mass = float(c[0].real)
    first, second = complex(c[1] / mass), complex(c[2] / mass)
    error = float(numpy.abs(data["smoothed"] - data["exact_smoothed"]).max())
    prefix = "cat map,"
    return [
        Claim(f"{prefix} mass c_0", mass, "koopman_measure.cat_mass"),
        Claim(f"{prefix} Re c_1/c_0", first.real, "koopman_measure.cat_first_real"),
        Claim(f"{prefix} Im c_1/c_0", first.imag, "koopman_measure.cat_first_imaginary"),
        Claim(f"{prefix} Re c_2/c_0", second.real, "koopman_measure.cat_second_real"),
        Claim(f"{prefix} Im c_2/c_0", second.imag, "koopman_measure.cat_second_imaginary"),
        Claim(
            f"{prefix} largest later moment",
            float(numpy.abs(c[3:13]).max()) / mass,
            "koopman_measure.cat_later",
        ),
        Claim(
            f"{prefix} error of the smoothed density, relative to the mean",
            error * 2 * math.pi / mass,
            "koopman_measure.cat_smoothed",
        ),
    ]


STUDY = Study(
    name="koopman_cat_rigged",
    title="A map without eigenfunctions still has a spectral decomposition",
    source="Colbrook, Drysdale, and Horning (2024); Colbrook (2023)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: eigenvalues of EDMD and of its nearest unitary matrix, in the Krylov space "
        "of one observable; the cat map has none beside 1, so that none of them is true. "
        "Middle: the spectral measure of the observable, smoothed, beside its closed form: "
        "the smoothing is seen, not the eigenvalues. Right: a generalized eigenfunction, "
        "smoothed to a wave packet. Its residual is of the size of the smoothing; as that "
        "shrinks, the packet grows ever finer and has no limit among functions."
    ),
)
