"""One step size for every epsilon: an asymptotic-preserving scheme keeps its first order.

Goldstein-Taylor: r_t + v_x = 0, epsilon^2 v_t + r_x = -v, periodic in x, with
r_0 = 1 + cos(2 pi x)/2, v_0 = -d_x r_0. For epsilon -> 0 it becomes the heat equation
r_t = r_xx. The scheme treats the stiff relaxation implicitly,
v+ = (epsilon^2 v - h r_x)/(epsilon^2 + h), r+ = r - h v+_x, exact in space by one Fourier
mode; its error is first order in the step h, whatever epsilon is.
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.figure import Figure

from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array
from perturbsci.verification import UniformOrder, load_reference, uniform_order

__all__ = ["STUDY"]

WAVENUMBER = 2 * math.pi
FINAL_TIME = 0.05
AMPLITUDE = 0.5  # of the one Fourier mode beside the mean
EPSILONS = {
    "small": (1.0, 1e-1, 1e-2, 1e-3, 1e-6),
    "full": tuple(10.0 ** -numpy.arange(0, 8.1, 0.5)),
}
N_STEPS = 20 * 2 ** numpy.arange(6)


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Measure the errors over epsilon and step."""
    table = measure(EPSILONS[size])
    return {
        "epsilons": table.epsilons,
        "steps": table.steps,
        "errors": table.errors,
        "orders": table.orders,
        "worst_errors": table.worst_errors,
        "worst_order": numpy.array(table.worst_order),
    }


def measure(epsilons: tuple[float, ...]) -> UniformOrder:
    """Return the table of errors of the scheme."""
    return uniform_order(_error, epsilons, FINAL_TIME / N_STEPS)


def _error(epsilon: float, step: float) -> float:
    """Return the largest error of r at the final time."""
    k = 1j * WAVENUMBER
    r, v = complex(AMPLITUDE), -k * AMPLITUDE
    for _ in range(round(FINAL_TIME / step)):
        v = (epsilon**2 * v - step * k * r) / (epsilon**2 + step)
        r = r - step * k * v
    return abs(r - _exact(epsilon))


def _exact(epsilon: float) -> complex:
    """Return the Fourier coefficient of r at the final time.

    epsilon^2 r'' + r' + k^2 r = 0 with roots s = (-1 -+ root)/(2 epsilon^2),
    root = sqrt(1 - 4 epsilon^2 k^2), and r' = k^2 v_0-part = -k^2 r_0 at t = 0. The slow
    root is written without cancellation, so that epsilon -> 0 gives exp(-k^2 t).
    """
    decay = WAVENUMBER**2
    root = numpy.sqrt(complex(1 - 4 * epsilon**2 * decay))
    slow = -2 * decay / (1 + root)
    if epsilon**2 * decay < 1e-13:
        return complex(AMPLITUDE * numpy.exp(slow * FINAL_TIME))
    fast = -(1 + root) / (2 * epsilon**2)
    weight = (-decay - slow) / (fast - slow)
    parts = (1 - weight) * numpy.exp(slow * FINAL_TIME) + weight * numpy.exp(
        fast * FINAL_TIME
    )
    return complex(AMPLITUDE * parts)


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw error against step, one line per epsilon."""
    figure = Figure(figsize=(6.4, 4.4))
    ax = figure.subplots()
    steps = data["steps"]
    groups: list[tuple[float, list[float], str]] = []
    for k, (epsilon, errors) in enumerate(
        zip(data["epsilons"], data["errors"], strict=True)
    ):
        color, early = COLORS[(5, 6, 3, 1, 7)[k % 5]], epsilon == 1
        size = 9 - 5 * k / len(data["epsilons"])
        ax.loglog(steps, errors, "o--" if early else "o-", color=color, markersize=size)
        if groups and abs(errors[0] / groups[-1][0] - 1) < 0.02:
            groups[-1][1].append(float(epsilon))
        else:
            groups.append((float(errors[0]), [float(epsilon)], color))
    guide = 0.25 * data["worst_errors"][0] * steps / steps[0]
    ax.loglog(steps, guide, color=COLORS[0], linewidth=0.8)
    ax.annotate(
        "slope 1", (steps[3], guide[3]), xytext=(4, -12), textcoords="offset points"
    )
    ax.set_xlabel("time step (no unit)")
    ax.set_ylabel("largest error of r (no unit)")
    ax.set_title("The order stays 1 for every ε, at one cost")
    ax.set_xlim(steps[-1] * 0.8, steps[0] * 1.05)
    label_ends(ax, [(error, _label(members), color) for error, members, color in groups])
    return figure


def _label(epsilons: list[float]) -> str:
    if epsilons == [1.0]:
        return "ε = 1,\npre-asymptotic"
    first = f"ε = {epsilons[0]:g}"
    return first if len(epsilons) == 1 else f"{first}\nto {epsilons[-1]:g}"


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare every error of the table, and the orders."""
    table = numpy.array(load_reference("verification.goldstein_taylor_errors").value)
    wanted = (1.0, 1e-1, 1e-2, 1e-3, 1e-6)
    rows = [int(numpy.argmin(abs(data["epsilons"] - epsilon))) for epsilon in wanted]
    deviation = numpy.abs(data["errors"][rows] / table - 1).max()
    slopes = {
        epsilon: float(data["orders"][row])
        for epsilon, row in zip(wanted, rows, strict=True)
    }
    return [
        Claim(
            "largest relative deviation from the table of 30 errors",
            deviation,
            "verification.goldstein_taylor_deviation",
            relation="at_most",
        ),
        Claim(
            "order of the worst error over epsilon",
            float(data["worst_order"]),
            "verification.goldstein_taylor_worst_order",
        ),
        Claim(
            "order at epsilon = 1e-6, the heat limit",
            slopes[1e-6],
            "verification.goldstein_taylor_stiff_order",
        ),
        Claim(
            "tail order at epsilon = 1, pre-asymptotic",
            slopes[1.0],
            "verification.goldstein_taylor_early_order",
        ),
    ]


STUDY = Study(
    name="verification_uniform_order",
    title="An order of accuracy that does not depend on epsilon",
    source="Goldstein-Taylor model, solved exactly by the 2 x 2 exponential of one mode",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Largest error of r at t = 0.05 against the time step, for the Goldstein-Taylor "
        "model from epsilon = 1 to its heat limit. Each line is straight with slope 1, "
        "and the lines of small epsilon lie on each other: the error at fixed step does "
        "not depend on epsilon. The line epsilon = 1 is still bending at these steps, "
        "hence its tail order above 1; the worst case over epsilon has order 1. An "
        "explicit scheme would need steps below epsilon^2."
    ),
)
