"""Momentum: faster on quadratics, a slow manifold behind it, and a cycle that never ends.

Four methods tuned to curvatures between 1 and 25: on a quadratic their errors fall by
12/13, 2/3, 4/5 and 4/5 a step. In continuous time epsilon x'' + x' + F'(x) = 0 falls onto
x' = -F' - epsilon F'' F' + ..., gradient flow with a correction. On a function of the same
curvatures that is no quadratic, heavy ball goes round a 3-cycle instead of converging.
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.perturbation import descend, expand_slow_manifold, momentum_method
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

NAMES = ("gradient", "heavy_ball", "nesterov", "triple_momentum")
SHADES = dict(zip(NAMES, (COLORS[0], COLORS[6], COLORS[5], COLORS[3]), strict=True))
CONVEXITY, SMOOTHNESS = 1.0, 25.0
START = 3.3
N_STEPS = {"small": 300, "full": 3000}
EPSILON = 0.15
SHOWN = 60  # steps in the figure


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Follow the four methods on two functions, and the flow onto its slow manifold."""
    curvatures = numpy.array([CONVEXITY, 5.0, SMOOTHNESS])
    data: dict[str, Array] = {}
    for name in NAMES:
        method = momentum_method(name, convexity=CONVEXITY, smoothness=SMOOTHNESS)
        quadratic = descend(lambda x: curvatures * x, numpy.ones(3), method, n_steps=SHOWN)
        bent = descend(_bent, [START], method, n_steps=N_STEPS[size])
        data |= {
            f"{name}_error": numpy.linalg.norm(quadratic.points, axis=1),
            f"{name}_path": bent.points[:, 0],
            f"{name}_rate": numpy.array(method.rate),
            f"{name}_cycle": numpy.array(bent.cycle),
        }
    return data | _flow()


def _bent(x: Array) -> Array:
    """Return F' with curvature 25, then 1, then 25."""
    return numpy.where(x < 1, 25 * x, numpy.where(x < 2, x + 24, 25 * x - 24))


def _flow() -> dict[str, Array]:
    """Return slow manifold and trajectories of epsilon x'' + x' + sinh x = 0."""
    import sympy  # noqa: PLC0415 (slow to load)
    from scipy.integrate import solve_ivp  # noqa: PLC0415 (slow to load)

    x, p, small = sympy.symbols("x p epsilon")
    manifold = expand_slow_manifold([p], [-p - sympy.sinh(x)], [x], [p], small, order=1)
    positions = numpy.linspace(-1.2, 1.2, 121)

    def field(_: float, state: Array) -> list[float]:
        return [state[1], -(state[1] + numpy.sinh(state[0])) / EPSILON]

    times = numpy.linspace(0.0, 4.0, 401)
    starts = [(-1.1, -0.6), (-0.6, 2.0), (0.6, -2.0), (1.1, 0.6)]
    flows = [
        solve_ivp(field, (0, 4), s, "DOP853", times, rtol=1e-9, atol=1e-9).y for s in starts
    ]
    return {
        "positions": positions,
        "manifold": manifold.evaluate(positions, EPSILON)[:, 0],
        "limit": manifold.evaluate(positions, 0.0)[:, 0],
        "flows": numpy.array(flows),
    }


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw errors on a quadratic, the slow manifold, and paths on a bent function."""
    figure = Figure(figsize=(12.6, 4.2))
    errors, plane, paths = figure.subplots(1, 3, gridspec_kw={"wspace": 0.06})
    _draw_errors(errors, data)
    _draw_plane(plane, data)
    for name in NAMES:
        path = data[f"{name}_path"][: SHOWN // 2 + 1]
        thick = 1.8 if name == "heavy_ball" else 1.0
        paths.plot(path, "o-", color=SHADES[name], markersize=3, linewidth=thick)
    paths.set_xlabel("step k (no unit)")
    paths.set_ylabel("$x_k$ (no unit)")
    paths.set_title("Not a quadratic: heavy ball cycles")
    paths.annotate(
        "heavy ball, period 3",
        (0.35, 0.93),
        xycoords="axes fraction",
        color=SHADES["heavy_ball"],
    )
    return figure


def _draw_errors(ax: Axes, data: Mapping[str, Array]) -> None:
    ends = []
    for name in NAMES:
        error = data[f"{name}_error"]
        ax.semilogy(error, color=SHADES[name])
        label = f"{name.replace('_', ' ')}\n{float(data[f'{name}_rate']):.3f} a step"
        ends.append((float(error[-1]), label, SHADES[name]))
    ax.set_xlim(0, SHOWN)
    ax.set_xlabel("step k (no unit)")
    ax.set_ylabel("distance to the minimum (no unit)")
    ax.set_title("A quadratic: momentum pays")
    label_ends(ax, ends, gap=0.12)


def _draw_plane(ax: Axes, data: Mapping[str, Array]) -> None:
    for x, p in data["flows"]:
        ax.plot(x, p, color=COLORS[2], linewidth=1)
        ax.plot(x[0], p[0], "o", color=COLORS[2], markersize=4)
    ax.plot(data["positions"], data["limit"], "--", color=COLORS[0], linewidth=1)
    ax.plot(data["positions"], data["manifold"], color=COLORS[6])
    ax.set_xlabel("x (no unit)")
    ax.set_ylabel("velocity p = x' (no unit)")
    ax.set_title(f"Motion falls onto a slow manifold, ε = {EPSILON}")
    for height, text, color in (
        (0.94, "slow manifold, order 1", COLORS[6]),
        (0.87, "gradient flow, p = -F'", COLORS[0]),
        (0.80, "trajectories", COLORS[2]),
    ):
        ax.text(0.98, height, text, color=color, ha="right", transform=ax.transAxes)


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare four rates and the points of the cycle."""
    low, middle, high = sorted(data["heavy_ball_path"][-3:].tolist())
    prefix = "error a step on quadratics,"
    return [
        Claim(
            f"{prefix} gradient descent",
            float(data["gradient_rate"]),
            "perturbation.rate_gradient",
        ),
        Claim(
            f"{prefix} heavy ball",
            float(data["heavy_ball_rate"]),
            "perturbation.rate_heavy_ball",
        ),
        Claim(
            f"{prefix} Nesterov",
            float(data["nesterov_rate"]),
            "perturbation.rate_nesterov",
        ),
        Claim(
            f"{prefix} triple momentum",
            float(data["triple_momentum_rate"]),
            "perturbation.rate_triple_momentum",
        ),
        Claim("lowest point of the cycle", low, "perturbation.cycle_low"),
        Claim("middle point of the cycle", middle, "perturbation.cycle_middle"),
        Claim("highest point of the cycle", high, "perturbation.cycle_high"),
    ]


STUDY = Study(
    name="perturbation_acceleration",
    title="What momentum gains, and what it can lose",
    source="Polyak (1964); Lessard, Recht and Packard (2016); Van Scoy et al. (2018)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: distance to the minimum of a quadratic with curvatures 1, 5 and 25, against "
        "gradient descent, the baseline. Middle: trajectories of epsilon x'' + x' + sinh x "
        "= 0 fall onto its slow manifold, which is gradient flow plus a term of order "
        "epsilon. Right: on a function with the same bounds of curvature that is no "
        "quadratic, heavy ball follows a cycle of period 3 while the other three converge: "
        "its rate on quadratics promises nothing there."
    ),
)
