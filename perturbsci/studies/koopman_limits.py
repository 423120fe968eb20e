"""One data set, two spectra: what no algorithm can learn without a modulus of continuity.

A twist F_phi(theta, r) = (theta + phi(r), r) that turns only between the radii of the data
gives the pairs of the identity. The spectrum of one is {1}, that of the other the circle:
whatever is computed from the pairs is wrong for one of them (Colbrook, Mezic, and
Stepanenko 2024; the construction is derived here). A Lipschitz constant of the map bounds
what can happen between the radii, and the certificate says so.
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.koopman import edmd, fourier, legendre, tensor, twist_adversary
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

INNER, OUTER = 0.5, 1.5
RADII = numpy.array([0.5, 0.7, 0.8, 1.1, 1.2, 1.35, 1.5])
SIZE = 0.3
SLOPE = 1.0  # of the twists whose Lipschitz constant is known
STEEPEST = 2.2  # at least the steepest slope of exp(1 - 1/(1 - u^2)), which is 2.1703
REFINED = {"small": (5, 10, 20, 40, 80), "full": (5, 10, 20, 40, 80, 160)}


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Take pairs of the adversary, ask EDMD, and bound hidden twists by their slope."""
    adversary = twist_adversary(RADII, size=SIZE)
    functions = tensor(fourier(3), legendre(1, interval=(INNER, OUTER)))
    spectrum = edmd(adversary.snapshots, functions)
    x = adversary.snapshots.x
    twisted = x[:, 0] + adversary.phase(x[:, 1])
    radii = numpy.linspace(INNER, OUTER, 801)
    spacings, hidden, bounds, kinds = _refined(REFINED[size])
    return {
        "radii": radii,
        "phase": adversary.phase(radii),
        "difference": numpy.abs(twisted - adversary.snapshots.y[:, 0]),
        "identity": adversary.spectrum_identity,
        "twisted": adversary.spectrum_twisted,
        "eigenvalues": spectrum.eigenvalues,
        "residuals": spectrum.residuals,
        "none": numpy.array(float(adversary.certificate.kind == "none")),
        "spacings": spacings,
        "hidden": hidden,
        "bounds": bounds,
        "with_modulus": kinds,
    }


def _refined(counts: tuple[int, ...]) -> tuple[Array, Array, Array, Array]:
    """Return cell sizes, residuals hidden between radii, their bounds, and how known."""
    rows = []
    lipschitz = (SLOPE + math.hypot(SLOPE, 2)) / 2  # norm of [[1, slope], [0, 1]]
    for count in counts:
        radii = numpy.linspace(INNER, OUTER, count + 1)
        gap = 1 / count
        adversary = twist_adversary(
            radii, size=SLOPE * gap / 2 / STEEPEST, n_angles=math.ceil(2 * math.pi / gap)
        )
        cell = math.hypot(gap, gap)
        wave = tensor(fourier([1]), legendre([0], interval=(INNER, OUTER)))
        spectrum = edmd(adversary.snapshots, wave, modulus=(lipschitz, cell))
        fine = numpy.linspace(*adversary.gap, 2001)
        square = numpy.abs(numpy.exp(1j * adversary.phase(fine)) - 1) ** 2
        hidden = math.sqrt(gap * float(numpy.mean(square)) / (OUTER - INNER))
        certificate = spectrum.certificate
        rows.append(
            (cell, hidden, certificate.value, float(certificate.kind == "a-posteriori"))
        )
    cells, residuals, bounds, kinds = numpy.array(rows).T
    return cells, residuals, bounds, kinds


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw both maps with the data, both spectra, and the bound against the spacing."""
    figure = Figure(figsize=(10.4, 3.7))
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.1, 1, 1.1))
    left.axhline(0.0, color=COLORS[5])
    left.plot(data["radii"], data["phase"], color=COLORS[6])
    left.plot(RADII, 0 * RADII, "ko", markersize=5, zorder=3)
    left.annotate("a twist", (0.95, SIZE * 0.8), (0.62, SIZE * 0.86), color=COLORS[6])
    left.annotate("the identity", (1.12, 0.0), (1.12, 0.02), color=COLORS[5])
    left.annotate("data: both agree", (0.6, 0.0), (0.5, -0.055))
    left.set_ylim(-0.08, SIZE * 1.12)
    left.set_xlabel("radius r (no unit)")
    left.set_ylabel("angle of one step (rad)")
    left.set_title("Two maps, one data set")
    middle.plot(data["twisted"].real, data["twisted"].imag, color=COLORS[6])
    middle.plot(data["identity"].real, data["identity"].imag, "o", color=COLORS[5])
    middle.plot(
        data["eigenvalues"].real,
        data["eigenvalues"].imag,
        "o",
        color="black",
        markersize=11,
        markerfacecolor="none",
    )
    middle.text(0.0, 0.72, "twist: the circle", color=COLORS[6], ha="center")
    middle.text(0.9, 0.16, "identity: {1}", color=COLORS[5], ha="right")
    middle.text(0.88, -0.2, "EDMD, residual 0 (ring)", ha="right")
    middle.set_aspect("equal", adjustable="datalim")
    middle.set_xlabel("Re λ (no unit)")
    middle.set_ylabel("Im λ (no unit)")
    middle.set_title("Two spectra")
    _draw_bounds(right, data)
    return figure


def _draw_bounds(ax: Axes, data: Mapping[str, Array]) -> None:
    cells, bounds, hidden = data["spacings"], data["bounds"], data["hidden"]
    finite = numpy.isfinite(bounds)
    ax.loglog(cells[finite], bounds[finite], "o-", color=COLORS[3])
    ax.loglog(cells, hidden, "o-", color=COLORS[6])
    ax.axhline(1.0, color=COLORS[0], linewidth=0.9, linestyle="--")
    ax.text(cells[-1], 3.0, "above 1 a bound says nothing", color=COLORS[0])
    ax.text(
        cells[-1] * 1.3,
        bounds[-1] * 0.5,
        "certified with a\nLipschitz constant",
        color=COLORS[3],
        va="top",
    )
    ax.text(cells[2], hidden[2] * 0.3, "hidden by a twist", color=COLORS[6], va="top")
    ax.set_xticks([0.02, 0.05, 0.1, 0.2], labels=["0.02", "0.05", "0.1", "0.2"])
    ax.set_xticks([], minor=True)
    ax.set_ylim(hidden[-1] / 3, 10)
    ax.set_xlabel("size of the cells around the data (no unit)")
    ax.set_ylabel("residual of λ = 1 and exp(iθ) (no unit)")
    ax.set_title("What a modulus of continuity buys")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare data, kinds of certificates, and the bound with what it bounds."""
    excess = data["hidden"] - data["bounds"]
    return [
        Claim(
            "largest difference of the images under both maps",
            float(data["difference"].max()),
            "koopman_modes.no_difference",
        ),
        Claim(
            "distance of both spectra (Hausdorff)",
            float(numpy.abs(data["twisted"] - data["identity"]).max()),
            "koopman_modes.distance_of_spectra",
        ),
        Claim(
            'certificates of kind "none" from the pairs alone',
            float(data["none"]),
            "koopman_modes.one_certificate",
        ),
        Claim(
            'fraction of certificates of kind "a-posteriori" with a Lipschitz constant',
            float(data["with_modulus"].mean()),
            "koopman_modes.one_certificate",
        ),
        Claim(
            "largest excess of a hidden residual over its bound",
            float(excess.max()),
            "koopman_modes.no_difference",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="koopman_limits",
    title="One data set, two spectra",
    source="ColbrookMezicStepanenko2024",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Every eigenvalue that EDMD finds has residual 0 and is right for the identity; "
        "for the twist the residual is not 0, and no computing on these pairs tells. "
        "With a Lipschitz constant of the map the residual is bounded, however pessimistic "
        "the bound; it shrinks like the root of the size of the cells."
    ),
)
