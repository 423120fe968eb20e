"""The terms of outer, uniform and inner expansions of a problem with layers.

Convection, e y'' + a y' + b y = f, w = a, e the width d of the layer:

    a y_k' + b y_k = f delta_k0 - y_{k-1}''        y_k = B delta_k0 at the far end
    a v_k' + (a' - b) v_k = v_{k-1}''              v_k = A delta_k0 - y_k at the layer

and the residual of the sums is d^(N+1) (y_N'' + v_N'' exp). Reaction,
d^2 y'' - c^2 y = f, w = c at the left end and -c at the right one:

    c^2 y_k = y_{k-2}'' - f delta_k0               2 w v_k' + w' v_k = v_{k-1}''

with the residual d^(N+1) y_{N-1}'' + d^(N+2) (y_N'' + v_N'' exp). A simple zero x_* of a
with a' > 0 = b = f there joins two outer solutions by an error function.

References: Bender and Orszag (1999), chapter 9; Protter and Weinberger (1984), section 1.5.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple, TypeAlias

import numpy
import sympy

from perturbsci.arguments import whole
from perturbsci.errors import ParameterError
from perturbsci.perturbation.balance import (
    LinearEquation,
    dominant_balance,
    linear_equation,
)
from perturbsci.perturbation.curves import DEGREES, RESOLVED, Grid, real_roots, tail
from perturbsci.perturbation.layer_series import Layer, LayerTerms, collected
from perturbsci.perturbation.samples import as_interval, as_pair, sampled
from perturbsci.types import Array

__all__ = ["layer_terms"]

Refusal: TypeAlias = Callable[[str], ParameterError]
SOLVED = 1e-10  # last coefficients that a solution may keep where finer grids add rounding
VANISHES = 1e-10  # of a function at the zero of another, relative to its largest value


class Problem(NamedTuple):
    """The equation divided by p, on a grid, and where a vanishes."""

    a: Array
    b: Array
    f: Array
    zeros: Array


def layer_terms(
    equation: sympy.Expr,
    unknown: sympy.Expr,
    x: sympy.Symbol,
    epsilon: sympy.Symbol,
    *,
    boundary: tuple[float, float],
    interval: tuple[float, float],
    order: int,
) -> LayerTerms:
    """Return the terms through an order.

    Parameters
    ----------
    equation, unknown, x, epsilon, boundary, interval, order
        As for ``match_layers``.

    Returns
    -------
    terms : LayerTerms
        Chebyshev series and polynomials, shape (n,) and (m,).

    Raises
    ------
    ParameterError
        If the equation is in none of the classes.
    """
    ends = as_interval(interval)
    order = whole(order, "order", least=0)
    values = _boundary(boundary)
    linear = linear_equation(equation, unknown, x, epsilon)

    def refuse(why: str) -> ParameterError:
        tried = _tried(equation, unknown, x, epsilon, ends)
        return ParameterError(
            f"equation {equation!s:.80} {why}; the balances that were tried: {tried}. Pass "
            "p(x) epsilon^s y'' + a(x) y' + b(x) y - f(x) with s > 0"
        )

    power, functions = _functions(linear, epsilon, refuse)
    kept, least = None, numpy.inf
    for degree in DEGREES:
        grid = Grid(ends, degree)
        problem = _on_grid(functions, x, grid, refuse)
        if problem is None:
            continue
        if not problem.a.any():
            found = _reaction(grid, problem, values, order, power / 2, refuse)
        elif not len(problem.zeros):
            found = _convection(grid, problem, values, order, power)
        else:
            found = _turning(grid, problem, values, order, power, refuse)
        first = [*found.outer[0], *found.speeds, *(terms[0] for terms in found.layers)]
        rest = max(map(tail, first))
        if kept is not None and rest >= least:
            return kept
        if rest <= RESOLVED:
            return found
        if rest <= SOLVED:
            kept, least = found, rest
    if kept is not None:
        return kept
    raise ParameterError(
        f"equation {equation!s:.80} is not smooth on [{ends[0]:g}, {ends[1]:g}]: "
        f"{DEGREES[-1] + 1} Chebyshev coefficients do not resolve its functions; shorten "
        "the interval, or expand on each side of the singularity"
    )


def _boundary(boundary: object) -> tuple[float, float]:
    pair = as_pair(boundary)
    if pair is None:
        raise ParameterError(
            f"boundary is {boundary!r:.60}; pass two finite real numbers, the values of y "
            "at the left and the right end"
        )
    return pair


def _tried(
    equation: sympy.Expr,
    unknown: sympy.Expr,
    x: sympy.Symbol,
    epsilon: sympy.Symbol,
    ends: tuple[float, float],
) -> str:
    """Return the balances at both ends in words."""
    found = []
    for end in ends:
        try:
            balances = dominant_balance(equation, unknown, x, epsilon, at=end).alternatives
            words = ", ".join(map(str, balances))
        except ParameterError:
            words = "none with a width that shrinks"
        found.append(f"at {x} = {end:g} {words}")
    return "; ".join(found)


def _functions(
    linear: LinearEquation, epsilon: sympy.Symbol, refuse: Refusal
) -> tuple[Fraction, tuple[sympy.Expr, ...]]:
    """Return s, and p, a, b, f."""
    if len(linear.coefficients) != 3:
        raise refuse(f"has the order {len(linear.coefficients) - 1}, needed 2: unsupported")
    b, a, top = linear.coefficients
    p, gauge = top.as_independent(epsilon, as_Add=False)
    base, s = gauge.as_base_exp()
    if base != epsilon or not s.is_Rational or s <= 0:
        raise refuse("has no power of epsilon at y'': there is no layer")
    functions = (p, a, b, linear.source)
    if any(function.has(epsilon) for function in functions):
        raise refuse("has epsilon beside y'': unsupported")
    if a == 0 and b == 0:
        raise refuse("has neither y' nor y: both coefficient functions vanish")
    return Fraction(int(s.p), int(s.q)), functions


def _on_grid(
    functions: tuple[sympy.Expr, ...], x: sympy.Symbol, grid: Grid, refuse: Refusal
) -> Problem | None:
    """Return a, b, f over p; None where the grid is too coarse."""
    p, a, b, f = (sampled(function, x, grid.points) for function in functions)
    if not numpy.isfinite([p, a, b, f]).all():
        raise refuse("has a coefficient that is not finite on the interval")
    series = [grid.transform @ values for values in (p, a, b, f)]
    if max(map(tail, series)) > RESOLVED:
        return None
    if len(real_roots(series[0], grid.interval)):
        raise refuse("has a coefficient of y'' that vanishes on the interval: unsupported")
    a, b, f = a / p, b / p, f / p
    zeros = real_roots(series[1], grid.interval) if a.any() else numpy.zeros(0)
    return Problem(a, b, f, zeros)


def _convection(
    grid: Grid, problem: Problem, values: tuple[float, float], order: int, s: Fraction
) -> LayerTerms:
    a, b, f, _ = problem
    side = 1 if a[0] > 0 else -1
    near, far = grid.interval[::side]
    at_layer, target = values[::side]
    outer, terms = [], []
    source, left = f / a, numpy.zeros_like(a)
    rate = (grid.derivative(a) - b) / a
    for _ in range(order + 1):
        y, slope = grid.transported(b / a, source, far, target)
        start = at_layer - grid.at(y, near)
        v, steep = grid.transported(rate, left / a, near, start)
        outer.append(y)
        terms.append(v)
        source, left = -grid.derivative(slope) / a, grid.derivative(steep)
        at_layer = target = 0.0
    layer = Layer(near, side, terms, a, left)
    length = grid.interval[1] - grid.interval[0]
    slowest, worst = abs(a).min(), max(b.max(), 0.0)
    factor = length / slowest * numpy.exp(length * worst / slowest)
    if b.max() < 0:
        factor = min(factor, 1 / -b.max())
    residuals = {s * (order + 1): [source * a, layer.left]}
    kind = "estimate" if worst else "a-posteriori"
    return collected(grid, outer, [layer], s, residuals, factor, kind)


def _reaction(
    grid: Grid,
    problem: Problem,
    values: tuple[float, float],
    order: int,
    s: Fraction,
    refuse: Refusal,
) -> LayerTerms:
    if problem.b.max() >= 0:
        raise refuse(
            "has no y' and a coefficient of y that is not of the sign opposite to "
            "that of y'': there is no layer"
        )
    c = numpy.sqrt(-problem.b)
    outer = [-problem.f / c**2, numpy.zeros_like(c)]
    for k in range(2, order + 3):
        outer.append(grid.derivative(grid.derivative(outer[k - 2])) / c**2)
    kept, rest = outer[: order + 1], outer[order + 1 :]
    layers = []
    for side, place, value in zip((1, -1), grid.interval, values, strict=True):
        w, left = side * c, numpy.zeros_like(c)
        terms = []
        for y in kept:
            start = value - grid.at(y, place)
            rate = grid.derivative(w) / (2 * w)
            v, steep = grid.transported(rate, left / (2 * w), place, start)
            terms.append(v)
            left, value = grid.derivative(steep), 0.0
        layers.append(Layer(place, side, terms, w, left))
    # What is left of the outer terms at d^(N+1), d^(N+2) is c^2 times the next ones.
    residuals = {
        s * (order + 1): [rest[0] * c**2],
        s * (order + 2): [rest[1] * c**2, layers[0].left, layers[1].left],
    }
    factor = 1 / (c.min() ** 2)
    return collected(grid, kept, layers, s, residuals, factor, "a-posteriori")


def _turning(
    grid: Grid,
    problem: Problem,
    values: tuple[float, float],
    order: int,
    s: Fraction,
    refuse: Refusal,
) -> LayerTerms:
    """Return the leading terms of a layer at a simple zero of a."""
    a, b, f, zeros = problem
    low, high = grid.interval
    if len(zeros) > 1 or min(zeros[0] - low, high - zeros[0]) < 1e-8 * (high - low):
        raise refuse(f"has zeros of a at {zeros}, needed at most one, inside: unsupported")
    place = float(zeros[0])
    _, a1, a2, a3 = grid.taylor(a, place, 3) * (1, 1, 2, 6)
    if a1 <= VANISHES * abs(a).max():
        raise refuse(
            f"has a zero of a at {place:g} where a' is not positive: a resonance, "
            "the limit is not unique"
        )
    size = max(abs(b).max(), abs(f).max(), abs(a).max())
    if max(abs(grid.at(each, place)) for each in (b, f)) > VANISHES * size:
        raise refuse(f"has b or f that do not vanish with a at {place:g}: unsupported")
    if order:
        raise refuse(
            f"has a layer at {place:g}, inside; its order is {order}, known is order 0"
        )
    sides = [
        grid.transported(b / a, f / a, end, value)
        for end, value in zip(grid.interval, values, strict=True)
    ]
    (left, _), (right, slope) = sides
    jump, bend = right - left, slope - sides[0][1]
    rate = float(numpy.sqrt(a1 / 2))
    ends = [grid.at(y, place) for y in (left, right)]
    series = grid.transform
    # Residuals near the zero, of the first two powers of d, over the rate a' of relaxation:
    # the error function of sqrt(int a) is exact for a linear a, and a constant jump.
    height = abs(grid.at(jump, place))
    steps = 2 * abs(grid.at(bend, place)) + height * abs(a2) / (3 * a1)
    waves = height * abs(a3 / (4 * a1) - (a2 / a1) ** 2 / 12) * numpy.exp(-0.5)
    curved = [abs(grid.derivative(each)).max() for _, each in sides]
    residuals = {
        s / 2: rate / numpy.sqrt(numpy.pi) * steps / a1,
        s: (max(curved) + sum(curved) + waves / numpy.sqrt(2 * numpy.pi)) / a1,
    }
    mean, half = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2
    return LayerTerms(
        locations=(place,),
        width_exponent=s / 2,
        outer=[numpy.stack([series @ left, series @ right])],
        layers=[[series @ jump]],
        inner=[[numpy.array([[mean], [half]])]],
        overlap=[[numpy.array(ends)[:, None]]],
        speeds=(series @ grid.mean(place, a))[None],
        rates=(rate,),
        interval=grid.interval,
        residuals=residuals,
        sampled_residual=float(sum(residuals.values())),
        kind="estimate",
    )
