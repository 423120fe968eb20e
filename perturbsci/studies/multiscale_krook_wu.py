"""Two gases at any mass ratio: the exact solution of Krook and Wu, and where grids end.

Isotropic Maxwell molecules, family II of Krook and Wu (1977): T_i = K (1 + 2 p_i Q) with
Q and K elementary functions of time. In Fourier space, s = |k|^2 / m_i, both species live
on the same interval whatever their masses are; on one velocity grid for both, the heavy
gas is narrower than its cells once the mass ratio exceeds about (n / 10)^2.
"""

from collections.abc import Callable, Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.multiscale import (
    collide,
    isotropic_mixture,
    maxwellian,
    solve,
    spectral_collision,
    velocity_grid,
)
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

# Mass ratio, lambda_11, lambda_12 and Q(0); densities are 1.
SETS = ((2.0, 2.0, 0.5, 0.15), (4.0, 3.0, 0.8, 0.1))
TIMES = numpy.linspace(0.0, 4.0, 17)
STEP = 0.025
RATIOS = 2.0 ** numpy.arange(1, 11)
DIRECT = {"small": ((24,), 4), "full": ((24, 32), 5)}  # nodes; ratios 2, 4, ...
HALF_WIDTH = 8.5
TEMPERATURES = (1.2, 0.8)


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Solve both sets, and measure the temperature exchange of Maxwellians."""
    grids, count = DIRECT[size]
    return {
        "times": TIMES,
        "temperatures": numpy.stack([_temperatures(*data) for data in SETS]),
        "exact": numpy.stack(
            [numpy.stack(_solution(*data)(TIMES)[2:4], axis=-1) for data in SETS]
        ),
        "ratios": RATIOS,
        "isotropic": numpy.array([_isotropic_error(ratio) for ratio in RATIOS]),
        "grids": numpy.array(grids),
        "direct": numpy.array(
            [[_direct_error(n, ratio) for ratio in RATIOS[:count]] for n in grids]
        ),
    }


def _solution(
    ratio: float, rate_11: float, rate_12: float, q_0: float
) -> Callable[[Array], tuple[Array, ...]]:
    """Return time -> Q, K, T_1, T_2, p_1, p_2, lambda_22."""
    mu = 4 * ratio / (1 + ratio) ** 2
    a = rate_12 * mu * (3 - 2 * mu)
    p_2 = rate_11 - a
    p_1 = p_2 * (rate_12 * mu - a / 3) / (rate_11 / 3 - rate_12 * mu)
    rate, c = rate_12 * mu, (rate_11 * p_1 + a * p_2) / 3

    def at(time: Array) -> tuple[Array, ...]:
        q = rate / ((rate / q_0 + c) * numpy.exp(rate * time) - c)
        k = 1 / (1 + (p_1 + p_2) * q)
        return q, k, k * (1 + 2 * p_1 * q), k * (1 + 2 * p_2 * q), p_1, p_2, a + p_1

    return at


def _temperatures(ratio: float, rate_11: float, rate_12: float, q_0: float) -> Array:
    """Return the computed temperatures, shape (n_times, 2)."""
    q, k, _, _, p_1, p_2, rate_22 = _solution(ratio, rate_11, rate_12, q_0)(0.0)

    def density(mass: float, share: float) -> Callable[[Array], Array]:
        scale = (mass / (2 * numpy.pi * k)) ** 1.5
        return lambda v: (
            scale
            * numpy.exp(-mass * v**2 / (2 * k))
            * (1 - 3 * share + mass / k * share * v**2)
        )

    gas = isotropic_mixture(
        masses=(1.0, ratio),
        densities=(1.0, 1.0),
        rates=((rate_11, rate_12), (rate_12, float(rate_22))),
        initial=(density(1.0, p_1 * q), density(ratio, p_2 * q)),
        orders=(2,),
    )
    trajectory = solve(
        gas,
        epsilon=1.0,
        t_span=(0.0, float(TIMES[-1])),
        t_eval=TIMES,
        scheme="rk4",
        step=STEP,
    )
    return trajectory.observables["temperature"]


def _exchange(ratio: float) -> float:
    """Return the exact T_1' of two Maxwellians with rate and densities 1."""
    return 2 * ratio / (1 + ratio) ** 2 * (TEMPERATURES[1] - TEMPERATURES[0])


def _isotropic_error(ratio: float) -> float:
    masses = (1.0, ratio)

    def density(mass: float, temperature: float) -> Callable[[Array], Array]:
        scale = (mass / (2 * numpy.pi * temperature)) ** 1.5
        return lambda v: scale * numpy.exp(-mass * v**2 / (2 * temperature))

    gas = isotropic_mixture(
        masses=masses,
        densities=(1.0, 1.0),
        rates=((1.0, 1.0), (1.0, 1.0)),
        initial=tuple(map(density, masses, TEMPERATURES)),
    )
    state = gas.start(1.0)
    # Densities stay 1: the temperature of the change is the change of the temperature.
    assert gas.explicit is not None
    change = gas.explicit(state, 1.0)
    change[:, -1] += 1.0
    shifted = gas.observables["temperature"](change, 1.0)
    constant = numpy.zeros_like(state)
    constant[:, -1] = 1.0
    found = float((shifted - gas.observables["temperature"](constant, 1.0))[0])
    return abs(found / _exchange(ratio) - 1)


def _direct_error(n: int, ratio: float) -> float:
    grid = velocity_grid(n, HALF_WIDTH)
    light = maxwellian(grid, 1.0, 0.0, TEMPERATURES[0])
    heavy = maxwellian(grid, 1.0, 0.0, TEMPERATURES[1], mass=ratio)
    q = collide(spectral_collision(grid, masses=(1.0, ratio)), light, heavy)
    found = float((q * grid.speed_squared).sum() * grid.cell_volume / 3)
    return abs(found / _exchange(ratio) - 1)


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw temperatures over time, and the error of their exchange over the mass ratio."""
    figure = Figure(figsize=(9.2, 4.0))
    left, right = figure.subplots(1, 2)
    _draw_temperatures(left, data)
    _draw_errors(right, data)
    return figure


def _draw_temperatures(ax: Axes, data: Mapping[str, Array]) -> None:
    fine = numpy.linspace(0.0, TIMES[-1], 200)
    for i, (data_set, marker) in enumerate(zip(SETS, "os", strict=True)):
        exact = _solution(*data_set)(fine)[2:4]
        for species, color in enumerate((COLORS[5], COLORS[6])):
            ax.plot(fine, exact[species], color=color, linewidth=1.0)
            ax.plot(
                data["times"],
                data["temperatures"][i, :, species],
                marker,
                color=color,
                markersize=4,
                fillstyle="full" if i == 0 else "none",
            )
    ax.set_xlim(0, 4)
    ax.set_xlabel("time (1/collision rate)")
    ax.set_ylabel("temperature (mean temperature)")
    ax.set_title("Computed: marks; exact: lines")
    last = data["temperatures"][:, -1]
    label_ends(
        ax,
        [
            (float(last[i, species]), f"{gas}, $m_2/m_1$ = {data_set[0]:g}", color)
            for i, data_set in enumerate(SETS)
            for species, (gas, color) in enumerate(
                (("light", COLORS[5]), ("heavy", COLORS[6]))
            )
        ],
    )


def _draw_errors(ax: Axes, data: Mapping[str, Array]) -> None:
    ax.loglog(data["ratios"], data["isotropic"], "o-", color=COLORS[3])
    ax.text(30, 8e-12, "in Fourier space, 32 points", color="#00664a", ha="center")
    for n, errors, color in zip(
        data["grids"], data["direct"], (COLORS[1], COLORS[7]), strict=False
    ):
        ax.loglog(data["ratios"][: errors.size], errors, "s--", color=color)
        ax.annotate(
            f"one grid for both,\n{n}$^3$ nodes",
            (data["ratios"][errors.size - 1], errors[-1]),
            xytext=(8, 10 if n == 24 else -40),
            textcoords="offset points",
            va="center",
            color="#8a5f00" if n == 24 else COLORS[7],
        )
    ax.axhline(1.0, color=COLORS[0], linewidth=0.8)
    ax.text(1000, 0.6, "100 % wrong", ha="right", va="top")
    ax.set_ylim(1e-16, 50)
    ax.set_xlabel("mass ratio (no unit)")
    ax.set_ylabel("relative error of the exchange (no unit)")
    ax.set_title("The mass ratio costs nothing in Fourier space")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare temperatures and exchange with the exact solution."""
    at_one = int(numpy.argmin(abs(data["times"] - 1)))
    two, four = data["temperatures"][:, at_one]
    at_eight = int(numpy.argmin(abs(data["ratios"] - 8)))
    return [
        Claim(
            "mass ratio 2: temperature of the light gas at time 1",
            two[0],
            "multiscale_collision.krook_wu2_t1_light",
        ),
        Claim(
            "mass ratio 4: temperature of the heavy gas at time 1",
            four[1],
            "multiscale_collision.krook_wu4_t1_heavy",
        ),
        Claim(
            "largest error of all temperatures",
            abs(data["temperatures"] - data["exact"]).max(),
            "multiscale_collision.krook_wu_error",
            relation="at_most",
        ),
        Claim(
            "largest error of the exchange in Fourier space, mass ratios 2 to 1024",
            data["isotropic"].max(),
            "multiscale_collision.isotropic_exchange_error",
            relation="at_most",
        ),
        Claim(
            "error of the exchange on one grid of 24^3 nodes, mass ratio 8",
            data["direct"][0, at_eight],
            "multiscale_collision.direct_exchange_error",
            relation="at_least",
        ),
    ]


STUDY = Study(
    name="multiscale_krook_wu",
    title="A light and a heavy gas without a velocity grid",
    source=(
        "Exact solution: Krook and Wu (1977); direct operator: Gamba, Haack, Hauck and Hu "
        "(2017) with the two-species map of Jaiswal, Alexeenko and Hu (2019)"
    ),
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: temperatures of two gases of Maxwell molecules; lines are the exact "
        "solution, marks are computed (filled: mass ratio 2, open: 4). Right: error of the "
        "rate at which two Maxwellians exchange energy; in Fourier space it stays at "
        "rounding for every mass ratio, the direct operator on one velocity grid for both "
        "species fails once the heavy gas is narrower than its cells."
    ),
)
