"""What a collision expanded in the mass ratio leaves out, against the exact operator.

Maxwell molecules in two dimensions, light density two Gaussians, heavy one a Maxwellian.
The exact operators are sums over the directions of Bobylev's formula for the transforms:
exp(-i k.v'), v' after a collision, averaged over its direction, depends on abs(k) alone
where the relative velocity stood, so that the direction moves to k. On one grid of
velocities for both gases the heavy one becomes narrower than a cell as the light one
becomes lighter, just where the expansion begins to be good.
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.multiscale import (
    VelocityGrid,
    collide,
    drag_expansion,
    lorentz_expansion,
    spectral_collision,
    velocity_grid,
)
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

Gaussians = tuple[tuple[float, tuple[float, float], tuple[float, float]], ...]

# Weight, mean and variances of each Gaussian, in the units of the species.
LIGHT: Gaussians = ((0.6, (1.0, 0.3), (0.7, 0.5)), (0.4, (-0.8, -0.5), (0.6, 0.9)))
DRIFT, TEMPERATURE = numpy.array([0.4, -0.2]), 0.5
HEAVY: Gaussians = ((1.0, (0.4, -0.2), (TEMPERATURE, TEMPERATURE)),)
SECOND = TEMPERATURE * numpy.eye(2) + numpy.outer(DRIFT, DRIFT)
EPSILONS = {
    "small": 0.4 / 2.0 ** numpy.arange(5),
    "full": 0.4 / 2.0 ** (numpy.arange(11) / 2),
}
NODES, HALF_WIDTH = 56, 9.5
N_DIRECTIONS = 48
FITTED = 0.21  # slopes are fitted to epsilon below this
LIGHT_LABELS = ("$Q_0$", r"$Q_0 + \epsilon Q_1$", r"$Q_0 + \epsilon Q_1 + \epsilon^2 Q_2$")
HEAVY_LABELS = ("$Q_0^h$", r"$Q_0^h + \epsilon Q_1^h$")
LINES = (COLORS[6], COLORS[5], COLORS[3])


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Measure the largest error of every truncation, relative to the first term."""
    grid = velocity_grid(NODES, HALF_WIDTH, dimension=2)
    light, heavy = _density(LIGHT, grid), _density(HEAVY, grid)
    q = lorentz_expansion(light, grid, density=1.0, velocity=DRIFT, second_moment=SECOND)
    drag = drag_expansion(heavy, grid, light, grid)
    rows = []
    for e in EPSILONS[size]:
        exact, exact_heavy = _exact(grid, e)
        rows.append(
            [
                *_relative(exact, (q[0], e * q[1], e**2 * q[2])),
                *_relative(exact_heavy / e, (drag[0], e * drag[1])),
                abs(exact - _direct(grid, light, e)).max() / abs(q[0]).max(),
            ]
        )
    errors = numpy.array(rows)
    return {
        "epsilons": EPSILONS[size],
        "light": errors[:, :3],
        "heavy": errors[:, 3:5],
        "direct": errors[:, 5],
    }


def _density(gas: Gaussians, grid: VelocityGrid, unit: float = 1.0) -> Array:
    """Return the density at the nodes; ``unit`` is that of the grid in the gas's own."""
    total = numpy.zeros(grid.shape)
    for weight, mean, variances in gas:
        bells = [
            numpy.exp(-((unit * x - m) ** 2) / (2 * c)) / numpy.sqrt(2 * numpy.pi * c)
            for x, m, c in zip(grid.points, mean, variances, strict=True)
        ]
        total += weight * unit**2 * bells[0] * bells[1]
    return total


def _transform(gas: Gaussians, kx: Array, ky: Array) -> Array:
    return sum(
        w * numpy.exp(-1j * (kx * m[0] + ky * m[1]) - (kx**2 * c[0] + ky**2 * c[1]) / 2)
        for w, m, c in gas
    )


def _exact(grid: VelocityGrid, e: float) -> tuple[Array, Array]:
    """Return Q_LH and Q_HL, each in the units of its species."""
    k = numpy.fft.fftfreq(grid.n, 1 / grid.n) * numpy.pi / grid.half_width
    kx, ky = numpy.meshgrid(k, k, indexing="ij")
    size, mass = numpy.hypot(kx, ky), 1 + e**2
    light, heavy = -_transform(LIGHT, kx, ky), -_transform(HEAVY, kx, ky)
    for angle in 2 * numpy.pi * (numpy.arange(N_DIRECTIONS) + 0.5) / N_DIRECTIONS:
        sx, sy = size * numpy.cos(angle), size * numpy.sin(angle)
        lost = e * (kx - sx) / mass, e * (ky - sy) / mass
        kept = (e**2 * kx + sx) / mass, (e**2 * ky + sy) / mass
        light += _transform(LIGHT, *kept) * _transform(HEAVY, *lost) / N_DIRECTIONS
        kept = (kx + e**2 * sx) / mass, (ky + e**2 * sy) / mass
        heavy += _transform(HEAVY, *kept) * _transform(LIGHT, *lost) / N_DIRECTIONS
    phase = numpy.exp(1j * k * grid.nodes[0])
    back = numpy.outer(phase, phase) / grid.spacing**2
    return numpy.fft.ifft2(light * back).real, numpy.fft.ifft2(heavy * back).real


def _direct(grid: VelocityGrid, light: Array, e: float) -> Array:
    """Return Q_LH with the heavy gas on the grid of the light one."""
    operator = spectral_collision(grid, masses=(1.0, e**-2))
    return collide(operator, light, _density(HEAVY, grid, 1 / e))


def _relative(exact: Array, terms: tuple[Array, ...]) -> list[float]:
    """Return the errors of the partial sums, over the first term (same for all epsilon)."""
    sums = numpy.cumsum(numpy.stack(terms), axis=0)
    return [float(abs(exact - each).max() / abs(terms[0]).max()) for each in sums]


def _slopes(data: Mapping[str, Array], gas: str) -> Array:
    """Return the slope of every truncation over small epsilon."""
    few = data["epsilons"] < FITTED
    return numpy.polyfit(
        numpy.log(data["epsilons"][few]), numpy.log(data[gas][few]), deg=1
    )[0]


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the errors of both expansions over epsilon."""
    figure = Figure(figsize=(10.6, 4.4))
    left, right = figure.subplots(1, 2, sharey=True)
    e = data["epsilons"]
    left.loglog(e, data["direct"], "s--", color=COLORS[7])
    left.text(e[-1], 1.5, "one grid for both gases", color="#a3507f", va="bottom")
    for ax, gas, labels in (
        (left, "light", LIGHT_LABELS),
        (right, "heavy", HEAVY_LABELS),
    ):
        slopes = _slopes(data, gas)
        for k, label in enumerate(labels):
            ax.loglog(e, data[gas][:, k], "o-", color=LINES[k])
            ax.text(
                e[-1] / 1.1,
                data[gas][-1, k],
                f"{label}\nslope {slopes[k]:.2f}",
                color=LINES[k],
                ha="right",
                va="center",
            )
        _scale(ax, e[-1])
    left.set_ylabel("largest error (largest value of first term)")
    left.set_title("Light gas hit by a heavy one: each term gains a power")
    right.set_title("Heavy gas hit by a light one")
    return figure


def _scale(ax: Axes, least: float) -> None:
    ax.set_xlim(least / 6, 0.5)  # room for the labels
    ax.set_ylim(1e-6, 10)
    ticks = [0.4 / 2**k for k in range(6) if 0.4 / 2**k >= 0.99 * least]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel(r"$\epsilon = \sqrt{m_L/m_H}$ (no unit)")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare slopes with the orders of what is left out."""
    light, heavy = _slopes(data, "light"), _slopes(data, "heavy")
    at_a_tenth = int(numpy.argmin(abs(data["epsilons"] - 0.1)))
    return [
        Claim("slope of Q0", light[0], "multiscale_studies.slope_1"),
        Claim("slope of Q0 + epsilon Q1", light[1], "multiscale_studies.slope_2"),
        Claim(
            "slope of Q0 + epsilon Q1 + epsilon^2 Q2",
            light[2],
            "multiscale_studies.slope_3",
        ),
        Claim("slope of Q0h, heavy gas", heavy[0], "multiscale_studies.slope_1"),
        Claim("slope of Q0h + epsilon Q1h", heavy[1], "multiscale_studies.slope_2"),
        Claim(
            "mass ratio 100: error of one grid over that of three terms",
            data["direct"][at_a_tenth] / data["light"][at_a_tenth, 2],
            "multiscale_studies.direct_over_expanded",
            relation="at_least",
        ),
    ]


STUDY = Study(
    name="multiscale_truncation",
    title="What a collision expanded in the mass ratio leaves out",
    source="Exact operator by the transforms of Bobylev (1975); Hao, Jiang and Liu (2024)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Largest error of truncated expansions of the collisions between a light and a "
        "heavy gas, Maxwell molecules in two dimensions, over the largest value of the "
        f"first term. Dashed: the exact operator on one grid of {NODES} x {NODES} "
        "velocities for both gases, which no longer resolves the heavy one. The light "
        "density is smooth; for one that varies over epsilon thermal speeds no term helps."
    ),
)
