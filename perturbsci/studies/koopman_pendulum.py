"""What a measure-preserving fit keeps: the pendulum, whose spectrum is the circle.

x' = p, p' = -sin x preserves the Gibbs measure exp(-p^2/2 + cos x) dx dp, for which the
trapezoidal rule in x and Gauss's rule in p converge faster than any power. Measure-
preserving EDMD has its eigenvalues on the circle and keeps the norm of every observable;
plain EDMD loses both. Approximate eigenfunctions at four angles are minimizers of the
residual, which is printed above each: the true spectrum there is continuous.
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.koopman import (
    Dictionary,
    Snapshots,
    Spectrum,
    edmd,
    fourier,
    hermite,
    mpedmd,
    pseudospectrum,
    tensor,
)
from perturbsci.plotting import COLORS, draw_eigenvalues
from perturbsci.problems import get_problem
from perturbsci.studies.base import Claim, Study
from perturbsci.studies.flows import carried
from perturbsci.types import Array

__all__ = ["STUDY"]

STEP = 0.5
ANGLES = (0.3, 0.45, 0.9, 1.35)  # rad a step
GRID = {"small": (100, 100), "full": (200, 200)}
CROSS = {"small": 30, "full": 44}
N_STEPS = 10000
BOX = (numpy.pi, 3.5)


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Fit with and without preservation of the measure, and follow an observable."""
    cross = CROSS[size]
    dictionary = tensor(fourier(cross // 2), hermite(cross), cross=cross)
    snapshots = _pairs(*GRID[size])
    plain, unitary = edmd(snapshots, dictionary), mpedmd(snapshots, dictionary)
    field = pseudospectrum(
        snapshots, dictionary, grid=numpy.exp(1j * numpy.array(ANGLES)), vectors=True
    )
    steps = numpy.unique(numpy.geomspace(1, N_STEPS, 60).astype(int))
    start = _velocity(dictionary, snapshots)
    return {
        "eigenvalues": plain.eigenvalues,
        "residuals": plain.residuals,
        "unitary_eigenvalues": unitary.eigenvalues,
        "steps": steps,
        "plain_norms": _norms(plain, start, steps),
        "unitary_norms": _norms(unitary, start, steps),
        "functions": _on_picture(dictionary, field.vectors),
        "function_residuals": field.values,
    }


def _pairs(n_x: int, n_p: int) -> Snapshots:
    """Return pairs at quadrature nodes of the Gibbs measure."""
    x = 2 * numpy.pi * numpy.arange(n_x) / n_x - numpy.pi
    p, weights = numpy.polynomial.hermite_e.hermegauss(n_p)
    weights = numpy.exp(numpy.cos(x))[:, None] * weights
    states = numpy.stack(numpy.meshgrid(x, p, indexing="ij"), axis=-1).reshape(-1, 2)
    return Snapshots(
        states,
        carried(get_problem("pendulum"), states, STEP, 300),
        weights=weights.ravel() / weights.sum(),
        step=STEP,
        sampling="quadrature",
    )


def _velocity(dictionary: Dictionary, snapshots: Snapshots) -> Array:
    """Return the coefficients of the observable p, which the dictionary holds."""
    psi = dictionary(snapshots.x)
    return numpy.linalg.lstsq(psi, snapshots.x[:, 1].astype(complex), rcond=None)[0]


def _norms(spectrum: Spectrum, start: Array, steps: Array) -> Array:
    """Return the norm of K^n p in L2 of the measure, relative to that of p."""
    parts = numpy.linalg.solve(spectrum.vectors, start)
    later = spectrum.vectors @ (parts * spectrum.eigenvalues ** steps[:, None]).T
    squares = numpy.sum(later.conj() * (spectrum.gram.G @ later), axis=0).real
    return numpy.sqrt(squares / (start.conj() @ spectrum.gram.G @ start).real)


def _on_picture(dictionary: Dictionary, vectors: Array) -> Array:
    """Return the functions on a grid of the phase plane, velocity by angle."""
    x, p = (numpy.linspace(-end, end, 121) for end in BOX)
    plane = numpy.stack(numpy.meshgrid(x, p), axis=-1).reshape(-1, 2)
    values = dictionary(plane) @ vectors.T
    return values.T.reshape(-1, 121, 121)


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw both spectra, the norms, and the phases of four functions."""
    figure = Figure(figsize=(10.4, 5.6), layout="constrained")
    panels = figure.subplot_mosaic(
        [["spectrum", "0", "1"], ["norms", "2", "3"]], width_ratios=(1.35, 1, 1)
    )
    _draw_spectra(panels["spectrum"], data)
    _draw_norms(panels["norms"], data)
    for k, angle in enumerate(ANGLES):
        _draw_phase(panels[str(k)], data["functions"][k])
        residual = data["function_residuals"][k]
        panels[str(k)].set_title(f"angle {angle:g} rad, residual {residual:.2f}")
    return figure


def _draw_spectra(ax: Axes, data: Mapping[str, Array]) -> None:
    draw_eigenvalues(data["eigenvalues"], data["residuals"], threshold=0.1, ax=ax)
    values = data["unitary_eigenvalues"]
    ax.plot(values.real, values.imag, "o", color=COLORS[6], markersize=2.5, zorder=2)
    ax.text(1.02, 0.85, "measure-\npreserving", color=COLORS[6], va="center")
    bar = ax.figure.colorbar(ax.collections[-1], ax=ax, shrink=0.9, pad=0.02)
    bar.set_label("residual of plain EDMD\n(no unit)")
    ax.set_xlim(-1.1, 1.8)
    ax.set_ylabel("imaginary part\nof eigenvalue (no unit)")
    ax.set_title("Plain EDMD (by residual) fills the disk")


def _draw_norms(ax: Axes, data: Mapping[str, Array]) -> None:
    for name, label, color, place in (
        ("unitary_norms", "measure-preserving", COLORS[6], (1.2, 1.05)),
        ("plain_norms", "plain EDMD", COLORS[0], (200, 0.55)),
    ):
        ax.semilogx(data["steps"], data[name], color=color)
        ax.text(place[0], place[1], label, color=color)
    ax.set_ylim(0, 1.2)
    ax.set_xlabel("step n (steps)")
    ax.set_ylabel("norm of $K^n p$ (norm of p)")
    ax.set_title("and loses the norm of the velocity")


def _draw_phase(ax: Axes, function: Array) -> None:
    modulus = numpy.abs(function)
    ax.imshow(
        numpy.angle(function),
        cmap="twilight",
        alpha=numpy.clip(modulus / numpy.quantile(modulus, 0.9), 0, 1),
        origin="lower",
        extent=(-BOX[0], BOX[0], -BOX[1], BOX[1]),
        aspect="auto",
        interpolation="nearest",
    )
    x = numpy.linspace(-numpy.pi, numpy.pi, 200)
    for sign in (1, -1):
        ax.plot(x, sign * 2 * numpy.cos(x / 2), color=COLORS[0], linewidth=0.7)
    ax.set_xlabel("angle x (rad)")
    ax.set_ylabel("velocity p (rad/time)")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare both spectra with the circle, and the norms with 1."""
    modulus = numpy.abs(data["eigenvalues"])
    return [
        Claim(
            "farthest measure-preserving eigenvalue from the circle",
            float(numpy.abs(numpy.abs(data["unitary_eigenvalues"]) - 1).max()),
            "koopman_pendulum.circle",
            relation="at_most",
        ),
        Claim(
            "change of the norm of a measure-preserving forecast over 10^4 steps",
            float(numpy.abs(data["unitary_norms"] - 1).max()),
            "koopman_pendulum.norm",
            relation="at_most",
        ),
        Claim(
            "plain EDMD pairs farther from the circle than their residual",
            float((numpy.abs(modulus - 1) > data["residuals"] + 1e-10).sum()),
            "koopman_pendulum.violations",
        ),
        Claim(
            "fraction of plain EDMD eigenvalues of modulus below 0.9",
            float((modulus < 0.9).mean()),
            "koopman_pendulum.inside",
            relation="at_least",
        ),
    ]


STUDY = Study(
    name="koopman_pendulum",
    title="A measure-preserving fit keeps the circle and the norm",
    source="Colbrook (2023) for the fit; Colbrook and Townsend (2024) for the residuals",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Pendulum in its Gibbs measure, step 0.5. Top left: eigenvalues of plain EDMD, "
        "colored by residual, and of measure-preserving EDMD (orange). Bottom left: the "
        "norm of the velocity as an observable under both models. Right: phase (color) and "
        "modulus (opacity) of the functions with the smallest residual at four angles of "
        "the circle; the black line is the separatrix. They are no eigenfunctions: the "
        "spectrum there is continuous, and the residual above each says how far a function "
        "of this dictionary is from one."
    ),
)
