"""Noise is not error: residuals of an averaged operator beside those with its variance.

An Ornstein-Uhlenbeck process and a rotation with uniform noise have exact eigenfunctions,
so that the residual of the averaged Koopman operator is 0. Plain EDMD takes the noise for
error, and its residuals grow to 1. A second independent successor of every state tells
both apart (Colbrook, Li, Raut, and Townsend 2024).
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.koopman import (
    Dictionary,
    Snapshots,
    edmd,
    fourier,
    hermite,
    stochastic_edmd,
    stochastic_gram,
)
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

N_SAMPLES = {"small": 40000, "full": 1000000}
RATE = 0.25  # of the process, times the step
TURN, WIDTH = 1.0, 0.3  # of the rotation: radians, and the noise in turns
HIGHEST = {"ou": 2, "rotation": 6}


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Sample both systems twice, and compute both residuals and the covariance."""
    generator = numpy.random.default_rng(seed)
    count = N_SAMPLES[size]
    found: dict[str, Array] = {"n_samples": numpy.array(float(count))}
    decay = numpy.exp(-RATE)
    x, first, second = generator.standard_normal((3, count, 1))
    images = [decay * x + numpy.sqrt(1 - decay**2) * noise for noise in (first, second)]
    values = decay ** numpy.arange(HIGHEST["ou"] + 1)
    found |= _results("ou", x, images, hermite(HIGHEST["ou"]), values)
    angle, first, second = generator.uniform(0, 1, (3, count, 1))
    angle = 2 * numpy.pi * angle
    images = [
        angle + TURN + 2 * numpy.pi * WIDTH * (noise - 0.5) for noise in (first, second)
    ]
    degrees = numpy.arange(-HIGHEST["rotation"], HIGHEST["rotation"] + 1)
    values = numpy.exp(1j * TURN * degrees) * numpy.sinc(degrees * WIDTH)
    return found | _results("rotation", angle, images, fourier(degrees.tolist()), values)


def _results(
    name: str, x: Array, images: list[Array], dictionary: Dictionary, exact: Array
) -> dict[str, Array]:
    """Return eigenvalues, residuals and covariance of one system, with the exact ones."""
    data = Snapshots(x, images[0], sampling="independent")
    spectrum = stochastic_edmd(data, images[1], dictionary)
    plain = edmd(data, dictionary)
    variance = spectrum.variance_residuals
    assert variance is not None
    nearest = numpy.abs(spectrum.eigenvalues[:, None] - exact).argmin(axis=1)
    covariance = stochastic_gram(data, images[1], dictionary).covariance
    return {
        f"{name}_eigenvalues": spectrum.eigenvalues,
        f"{name}_exact": exact[nearest].astype(numpy.complex128),
        f"{name}_residuals": spectrum.residuals,
        f"{name}_variance_residuals": variance,
        f"{name}_plain_moduli": numpy.abs(plain.eigenvalues),
        f"{name}_plain_residuals": plain.residuals,
        f"{name}_covariance": numpy.real(numpy.diagonal(covariance)),
        f"{name}_variances": 1 - numpy.abs(exact) ** 2,
    }


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw residuals against the modulus of the eigenvalues, and the covariance."""
    figure = Figure(figsize=(10.2, 3.7))
    figure.suptitle("The averaged operator hides the noise, the variance shows all of it")
    axes = figure.subplots(1, 3)
    _draw_residuals(axes[0], data, "ou", "Ornstein-Uhlenbeck process")
    _draw_residuals(axes[1], data, "rotation", "Rotation with uniform noise")
    _draw_covariance(axes[2], data)
    return figure


def _draw_residuals(ax: Axes, data: Mapping[str, Array], name: str, title: str) -> None:
    moduli = numpy.linspace(0.0, 1.0, 201)
    ax.plot(moduli, numpy.sqrt(1 - moduli**2), color=COLORS[0], linewidth=0.9)
    ax.plot(
        data[f"{name}_plain_moduli"],
        data[f"{name}_plain_residuals"],
        "o",
        color=COLORS[1],
        markersize=9,
        markerfacecolor="none",
    )
    found = numpy.abs(data[f"{name}_eigenvalues"])
    ax.plot(found, data[f"{name}_variance_residuals"], "+", color=COLORS[5], markersize=8)
    ax.plot(found, data[f"{name}_residuals"], "o", color=COLORS[6], markersize=4)
    ax.text(0.03, 0.55, "with the variance (+)", color=COLORS[5])
    ax.text(0.03, 0.44, "plain EDMD (ring)", color=COLORS[1])
    ax.text(0.03, 0.13, "averaged operator", color=COLORS[6])
    ax.text(0.03, 1.06, "√(1 - |λ|²)", color=COLORS[0])
    ax.set_ylim(-0.04, 1.14)
    ax.set_xlabel("modulus |λ| (no unit)")
    ax.set_ylabel("residual (no unit)")
    ax.set_title(title)


def _draw_covariance(ax: Axes, data: Mapping[str, Array]) -> None:
    ax.axline((0.0, 0.0), slope=1.0, color=COLORS[0], linewidth=0.9)
    for name, label, color, place in (
        ("ou", "process", COLORS[3], (0.55, 0.32)),
        ("rotation", "rotation", COLORS[7], (0.45, 0.85)),
    ):
        ax.plot(data[f"{name}_variances"], data[f"{name}_covariance"], "o", color=color)
        ax.text(*place, label, color=color)
    ax.set_xlabel("exact variance 1 - |λ|² (no unit)")
    ax.set_ylabel("diagonal of L - H (no unit)")
    ax.set_title("The covariance is L - H")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare deviations, times the root of the number of samples, with 3."""
    root = float(numpy.sqrt(data["n_samples"]))
    found = []
    for name, label in (("ou", "process"), ("rotation", "rotation")):
        exact = data[f"{name}_exact"]
        spread = numpy.sqrt(1 - numpy.abs(exact) ** 2)
        deviations = {
            "eigenvalue": data[f"{name}_eigenvalues"] - exact,
            "squared residual": data[f"{name}_residuals"] ** 2,
            "residual with variance": data[f"{name}_variance_residuals"] - spread,
            "diagonal of L - H": data[f"{name}_covariance"] - data[f"{name}_variances"],
        }
        found += [
            Claim(
                f"{label}: largest deviation of {what} times sqrt(M)",
                root * float(numpy.abs(deviation).max()),
                "koopman_modes.three_deviations",
                relation="at_most",
            )
            for what, deviation in deviations.items()
        ]
    return found


STUDY = Study(
    name="koopman_noise",
    title="A second successor tells noise from error",
    source="ColbrookLiRautTownsend2024",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "All functions are exact eigenfunctions of the averaged operator. Plain EDMD "
        "rejects them, since its residual holds the variance; the averaged operator's is 0 "
        "up to the fourth root of the number of samples. A small residual of the average "
        "says nothing about single trajectories."
    ),
)
