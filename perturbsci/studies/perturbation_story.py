"""Three things that a small term does: a series, a layer, a resolvent norm.

Regular: [[0, e], [e, 1]] has the eigenvalue (1 - sqrt(1 + 4 e^2))/2, a series that
converges for abs(e) < 1/2, with a remainder that is bounded. Singular: eps y'' + (1 + x) y'
+ y = 0, y(0) = y(1) = 1 keeps one boundary value of its limit and meets the other in a
layer. Non-normal: u_t = u_xx/100 - u_x + 5 u, swept out of [0, 1] after a time of 1, has
eigenvalues near -20 and solutions that grow like e^5 before they decay; pseudospectra show
it, and the Kreiss constant measures it.
"""

from collections.abc import Mapping

import numpy
import sympy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.integrate import solve_bvp

from perturbsci.perturbation import (
    kreiss_constant,
    match_layers,
    rayleigh_schrodinger,
    resolvent_grid,
)
from perturbsci.plotting import COLORS
from perturbsci.problems import matrices
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array
from perturbsci.verification import observed_order

__all__ = ["STUDY"]

SIZES = {"small": 50, "full": 200}
STRENGTHS = numpy.linspace(0.0, 0.8, 161)
SUMS = (2, 4, 8, 16)
WIDTHS = numpy.array([0.2, 0.1, 0.05])  # of the layers that are drawn
HALVINGS = 2.0 ** -numpy.arange(6, 10)
LEVELS = (-1.0, -2.0, -3.0, -4.0)
BOX = (-55.0, 10.0, -30.0, 30.0)
REACTION, DIFFUSION = 5.0, 0.01


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Return the three pictures and the numbers of the claims."""
    return {**_regular(), **_singular(), **_non_normal(SIZES[size])}


def _regular() -> dict[str, Array]:
    """Return partial sums of an eigenvalue, and Kato's radius."""
    swap = numpy.array([[0.0, 1.0], [1.0, 0.0]])
    series = rayleigh_schrodinger(numpy.diag([0.0, 1.0]), swap, 0, order=max(SUMS))
    sums = [series.value.evaluate(STRENGTHS, terms=order + 1) for order in SUMS]
    return {
        "strengths": STRENGTHS,
        "exact_eigenvalue": (1 - numpy.sqrt(1 + 4 * STRENGTHS**2)) / 2,
        "sums": numpy.array(sums).real,
        "radius": numpy.array(float(series.radius)),
    }


def _singular() -> dict[str, Array]:
    """Return layers beside their solutions, and the error of the composite."""
    x, epsilon = sympy.symbols("x epsilon")
    y = sympy.Function("y")(x)
    equation = epsilon * y.diff(x, 2) + (1 + x) * y.diff(x) + y
    layers = match_layers(equation, y, x, epsilon, boundary=(1, 1))
    points = numpy.linspace(0, 1, 401)
    shown = [_solution(width, points) for width in WIDTHS]
    errors = [
        abs(layers.evaluate(points, h) - _solution(h, points)).max() for h in HALVINGS
    ]
    return {
        "points": points,
        "solutions": numpy.array(shown),
        "composites": numpy.array([layers.evaluate(points, w) for w in WIDTHS]),
        "outer": layers.evaluate(points, WIDTHS[0], part="outer"),
        "halvings": HALVINGS,
        "errors": numpy.array(errors),
    }


def _solution(width: float, points: Array) -> Array:
    """Return the solution of the boundary-value problem, by collocation."""

    def slope(x: Array, state: Array) -> Array:
        return numpy.stack([state[1], -((1 + x) * state[1] + state[0]) / width])

    def ends(left: Array, right: Array) -> Array:
        return numpy.array([left[0] - 1, right[0] - 1])

    near = numpy.linspace(0, min(20 * width, 1), 400)
    mesh = numpy.unique(numpy.concatenate([near, numpy.linspace(0, 1, 200)]))
    guess = numpy.stack([2 / (1 + mesh) - numpy.exp(-mesh / width), 0 * mesh])
    found = solve_bvp(slope, ends, mesh, guess, tol=1e-9, max_nodes=200_000)
    if not found.success:
        raise ArithmeticError(found.message)
    return numpy.asarray(found.sol(points)[0])


def _non_normal(n: int) -> dict[str, Array]:
    """Return the resolvent norm of a convection-diffusion matrix, and Kreiss's constant."""
    matrix = matrices.convection_diffusion(80, DIFFUSION) + REACTION * numpy.eye(80)
    grid = resolvent_grid(matrix, box=BOX, shape=(n, n))
    constant = kreiss_constant(matrix)
    # The symbol of the tridiagonal matrix: real, where the cell Peclet number is below 1.
    spread = 2 * numpy.sqrt((DIFFUSION * 81**2) ** 2 - (81 / 2) ** 2)
    angles = numpy.pi * numpy.arange(1, 81) / 81
    exact = REACTION - 2 * DIFFUSION * 81**2 + spread * numpy.cos(angles)
    return {
        "exact_eigenvalues": exact,
        "re": grid.re,
        "im": grid.im,
        "sigma": grid.sigma,
        "eigenvalues": grid.eigenvalues,
        "kreiss": numpy.array([constant.value, constant.upper]),
    }


PLAIN = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}  # behind a label


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the three panels."""
    figure = Figure(figsize=(12.6, 4.0))
    panels = figure.subplots(1, 3)
    _draw_regular(panels[0], data)
    _draw_singular(panels[1], data)
    _draw_non_normal(panels[2], data)
    return figure


def _draw_regular(ax: Axes, data: Mapping[str, Array]) -> None:
    strengths, radius = data["strengths"], float(data["radius"])
    for order, values in zip(SUMS, data["sums"], strict=True):
        shown = (values > -0.7) & (values < 0.1)
        ax.plot(strengths[shown], values[shown], color=COLORS[2], linewidth=1)
        ax.text(
            strengths[shown][-1], values[shown][-1], f" {order}", color=COLORS[2], va="top"
        )
    ax.plot(strengths, data["exact_eigenvalue"], color=COLORS[0], linewidth=2)
    ax.axvline(radius, color=COLORS[6], linestyle="--")
    ax.text(radius, -0.77, " radius of the series", color=COLORS[6])
    ax.text(0.05, -0.35, "eigenvalue", color=COLORS[0])
    ax.text(0.05, -0.45, "partial sums, by order", color=COLORS[2])
    ax.set_ylim(-0.8, 0.15)
    ax.set_title("Regular: how far does it reach?")
    ax.set_xlabel("size of the perturbation (no unit)")
    ax.set_ylabel("lower eigenvalue (no unit)")


def _draw_singular(ax: Axes, data: Mapping[str, Array]) -> None:
    points = data["points"]
    for k, width in enumerate(WIDTHS):
        ax.plot(points, data["solutions"][k], color=COLORS[0], linewidth=1)
        ax.plot(points, data["composites"][k], "--", color=COLORS[5], linewidth=1.5)
        peak = int(data["solutions"][k].argmax())
        ax.text(
            points[peak],
            data["solutions"][k][peak],
            f"ε = {width:g}",
            va="bottom",
            bbox=PLAIN,
        )
    ax.plot(points, data["outer"], ":", color=COLORS[6])
    ax.text(0.45, 1.62, "limit, one boundary value lost", color=COLORS[6])
    ax.text(0.45, 1.75, "layer and outer solution", color=COLORS[5])
    ax.text(0.45, 1.88, "solution", color=COLORS[0])
    ax.set_ylim(0.9, 2.05)
    ax.set_title("Singular: the limit is of another kind")
    ax.set_xlabel("x (no unit)")
    ax.set_ylabel("y (no unit)")


def _draw_non_normal(ax: Axes, data: Mapping[str, Array]) -> None:
    depth = numpy.log10(data["sigma"])
    colors = [COLORS[k] for k in (2, 5, 3, 1)]
    ax.contour(data["re"], data["im"], depth, levels=sorted(LEVELS), colors=colors[::-1])
    for level, color, place in zip(LEVELS, colors, (26, 20, 14, 8), strict=True):
        ax.text(-53, place, f"ε = 1e{level:.0f}", color=color, bbox=PLAIN)
    inside = data["eigenvalues"].real > BOX[0]
    values = data["eigenvalues"][inside]
    ax.plot(values.real, values.imag, ".", color=COLORS[7])
    exact = data["exact_eigenvalues"][data["exact_eigenvalues"] > BOX[0]]
    ax.plot(exact, 0 * exact, "x", color=COLORS[0], markersize=4)
    ax.text(-53, -28, "eigenvalues", color=COLORS[0])
    ax.text(-53, -23, "as computed", color=COLORS[7])
    ax.axvline(0, color=COLORS[6], linestyle="--")
    low = data["kreiss"][0]
    ax.set_ylim(BOX[2], BOX[3])
    text = f" growth\n by {low:.3g}\n or more"
    ax.text(0, -29, text, color=COLORS[6], va="bottom")
    ax.set_title("Non-normal: never trust eigenvalues alone")
    ax.set_xlabel("real part (1/time)")
    ax.set_ylabel("imaginary part (1/time)")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare radius, slope and bracket."""
    low, high = (float(value) for value in data["kreiss"])
    return [
        Claim(
            "radius of the eigenvalue series",
            float(data["radius"]),
            "perturbation.radius",
        ),
        Claim(
            "order in epsilon of the error of the leading composite",
            observed_order(data["halvings"], data["errors"]),
            "perturbation.composite_order",
        ),
        Claim(
            "Kreiss constant of convection, diffusion and growth, n = 80",
            low,
            "perturbation.story_kreiss",
        ),
        Claim(
            "its bound from above over it, less 1",
            high / low - 1,
            "perturbation.story_kreiss_gap",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="perturbation_story",
    title="Three things that a small term does",
    source="Kato (1966); Bender and Orszag (1999), chapter 9; Trefethen and Embree (2005)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: partial sums of an eigenvalue series agree with it inside the radius of "
        "convergence, which is known beforehand. Middle: the limit of a boundary-value "
        "problem misses one boundary value; a layer of width ε mends it. Right: "
        "pseudospectra of a matrix of convection, diffusion and growth reach into the "
        "right half plane although its eigenvalues lie far left of it: solutions grow "
        "before they decay. The eigenvalues are real; those that are computed are not."
    ),
)
