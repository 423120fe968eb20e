"""Errors of matched expansions against epsilon; layers inside and at both ends.

epsilon y'' + (2 + sin 3x) y' - (1 + x) y = cos x has a layer at the left end; the composite
expansion with N + 1 terms has an error O(epsilon^(N + 1)). Solutions beside it come from
Chebyshev collocation, and again with a fifth more points.
"""

from collections.abc import Callable, Mapping

import numpy
import sympy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.polynomial import chebyshev

from perturbsci.perturbation import LayerExpansion, match_layers
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array
from perturbsci.verification import observed_order

__all__ = ["STUDY"]

X, EPSILON = sympy.symbols("x epsilon")
Y = sympy.Function("y")(X)
ORDERS = (0, 1, 2)
WIDTHS = {"small": 2.0 ** -numpy.arange(4, 11), "full": 2.0 ** -numpy.arange(4, 10.5, 0.5)}
DEGREE = 240
PROFILES = (0.05, 0.01)
# power of epsilon, a, b, f, interval, boundary
LEFT = (1, 2 + sympy.sin(3 * X), -1 - X, sympy.cos(X), (0, 1), (2.0, -1.0))
INSIDE = (1, sympy.sin(X), sympy.S.Zero, sympy.S.Zero, (-1, 1), (1.0, -1.0))
BOTH = (2, sympy.S.Zero, -((1 + X) ** 2), sympy.cos(3 * X), (0, 1), (1.0, -1.0))


def _matched(problem: tuple, order: int) -> LayerExpansion:
    power, a, b, f, interval, boundary = problem
    equation = EPSILON**power * Y.diff(X, 2) + a * Y.diff(X) + b * Y - f
    return match_layers(
        equation, Y, X, EPSILON, boundary=boundary, interval=interval, order=order
    )


def _collocated(problem: tuple, epsilon: float, degree: int) -> Callable[[Array], Array]:
    """Return the solution of the boundary-value problem as a polynomial."""
    power, *formulas, (low, high), boundary = problem
    t = -numpy.cos(numpy.pi * numpy.arange(degree + 1) / degree)
    half, middle = (high - low) / 2, (high + low) / 2
    points = (middle + half * t)[:, None]
    a, b, f = (sympy.lambdify(X, each)(points) for each in formulas)
    unit, values = numpy.eye(degree + 1), chebyshev.chebvander(t, degree)
    slopes, bends = (
        chebyshev.chebval(t, chebyshev.chebder(unit, m)).T / half**m for m in (1, 2)
    )
    matrix = epsilon**power * bends + a * slopes + b * values
    right = numpy.zeros(degree + 1) + numpy.ravel(f)
    matrix[[0, -1]], right[[0, -1]] = values[[0, -1]], boundary
    series = numpy.linalg.solve(matrix, right)
    return lambda x: chebyshev.chebval((x - middle) / half, series)


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Compare expansions with collocation, and collocation with itself."""
    x = numpy.unique([*numpy.linspace(0, 1, 401), *numpy.geomspace(1e-5, 0.2, 400)])
    epsilons = WIDTHS[size]
    layers = [_matched(LEFT, order) for order in ORDERS]
    errors, changes = numpy.zeros((len(ORDERS), len(epsilons))), []
    for k, epsilon in enumerate(epsilons):
        exact = _collocated(LEFT, epsilon, DEGREE)(x)
        finer = _collocated(LEFT, epsilon, DEGREE * 6 // 5)(x)
        changes.append(abs(finer - exact).max())
        for order, layer in zip(ORDERS, layers, strict=True):
            errors[order, k] = abs(layer.evaluate(x, epsilon) - exact).max()
    data = {"epsilons": epsilons, "errors": errors, "changes": numpy.array(changes)}
    for name, problem, order in (("inside", INSIDE, 0), ("both", BOTH, 1)):
        layer = _matched(problem, order)
        place = numpy.linspace(*problem[4], 401)
        data[f"{name}_x"] = place
        data[f"{name}_outer"] = layer.evaluate(place, 0.0, part="outer")
        data[f"{name}_composite"] = numpy.stack(
            [layer.evaluate(place, epsilon) for epsilon in PROFILES]
        )
        data[f"{name}_exact"] = numpy.stack(
            [_collocated(problem, epsilon, DEGREE)(place) for epsilon in PROFILES]
        )
    return data


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw errors with slopes, an interior layer, and layers at both ends."""
    figure = Figure(figsize=(11.5, 3.9))
    axes = figure.subplots(1, 3, width_ratios=(1.25, 1, 1))
    _draw_errors(axes[0], data)
    _draw_profiles(axes[1], data, "inside", r"Inside: $\varepsilon y'' + \sin(x)\,y' = 0$")
    _draw_profiles(
        axes[2], data, "both", r"Ends: $\varepsilon^2 y'' - (1 + x)^2 y = \cos 3x$"
    )
    return figure


def _draw_errors(ax: Axes, data: Mapping[str, Array]) -> None:
    epsilons = data["epsilons"]
    labels = []
    for order, errors in enumerate(data["errors"]):
        color = COLORS[(5, 6, 3)[order]]
        ax.loglog(epsilons, errors, "o-", color=color, markersize=4)
        labels.append((float(errors[0]), f"N = {order}", color))
        # The triangle stands below the line, between two neighboring points.
        right, left = epsilons[3], epsilons[5]
        top = errors[3] / 2
        bottom = top * (left / right) ** (order + 1)
        ax.plot(
            [left, right, right, left], [bottom, bottom, top, bottom], color=color, lw=0.8
        )
        ax.annotate(
            f"{order + 1}", (right, numpy.sqrt(top * bottom)), xytext=(3, 0),
            textcoords="offset points", va="center", color=color,
        )  # fmt: skip
    ax.loglog(epsilons, data["changes"], ":", color=COLORS[0])
    ax.annotate(
        "change of the solution\nby collocation", (epsilons[1], data["changes"][1]),
        xytext=(0, 8), textcoords="offset points", ha="center", fontsize=8,
    )  # fmt: skip
    ax.set_xlabel("ε (no unit)")
    ax.set_ylabel("largest error of the composite (no unit)")
    ax.set_title("Each term gains one order")
    label_ends(ax, labels)


def _draw_profiles(ax: Axes, data: Mapping[str, Array], name: str, title: str) -> None:
    x = data[f"{name}_x"]
    jumps = abs(numpy.diff(data[f"{name}_outer"], append=numpy.nan)) > 0.5
    outer = numpy.where(jumps, numpy.nan, data[f"{name}_outer"])
    ax.plot(x, outer, "--", color=COLORS[0], linewidth=1.0, label="outer limit")
    for k, epsilon in enumerate(PROFILES):
        color = COLORS[(5, 6)[k]]
        ax.plot(x, data[f"{name}_exact"][k], color=color, linewidth=3.5, alpha=0.35)
        ax.plot(x, data[f"{name}_composite"][k], color=color, label=f"ε = {epsilon:g}")
    ax.set_xlabel("x (no unit)")
    ax.set_ylabel("y (no unit)")
    ax.set_title(title, fontsize=9.5)
    ax.legend(fontsize=8)


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Claim the orders, and that collocation is exact beside the errors."""
    slopes = [observed_order(data["epsilons"], errors) for errors in data["errors"]]
    return [
        Claim("order of the error for N = 0", slopes[0], "perturbation.slope_0"),
        Claim("order of the error for N = 1", slopes[1], "perturbation.slope_1"),
        Claim("order of the error for N = 2", slopes[2], "perturbation.slope_2"),
        Claim(
            "share of solutions that more points change by below 5 percent of the error",
            float((data["changes"] <= 0.05 * data["errors"][-1]).mean()),
            "perturbation.collocation_resolved",
        ),
    ]


STUDY = Study(
    name="perturbation_layers",
    title="Matched expansions of layers, order by order",
    source="Bender and Orszag (1999), chapter 9; solutions by Chebyshev collocation",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: largest error of the composite expansion of a problem with a layer at 0, "
        "against the solution by collocation, whose change with more points is dotted; "
        "triangles have the slopes N + 1. Middle and right: an interior layer of width "
        "epsilon^(1/2), leading order, and layers of width epsilon at both ends, N = 1; "
        "broad pale lines are the numerically exact solutions, thin lines the composite "
        "expansions, dashed the outer limit, which misses the boundary values."
    ),
)
