"""Upper bounds of the growth rates of errors, over all states or near a known one."""

import functools
import math
from collections.abc import Callable, Sequence

import numpy
import sympy

from perturbsci.problems.compile import compile_expressions
from perturbsci.surrogates.extrema import range_of
from perturbsci.surrogates.standard_form import StandardForm
from perturbsci.types import Array

__all__ = ["highest_slope", "local_slopes"]

LINE = (-math.inf, math.inf)


def highest_slope(
    slope: sympy.Expr, form: StandardForm, bounds: Sequence[tuple[float, float]]
) -> float:
    """Return an upper bound of a slope over all places and states.

    Parameters
    ----------
    slope : sympy.Expr
        In coordinates and state.
    form : StandardForm
        Says which symbols these are.
    bounds : sequence of (float, float)
        Of the coordinates.

    Returns
    -------
    bound : float
        Infinite if none is known.
    """
    u = form.state
    if slope.is_number:
        return float(slope)
    if slope.free_symbols == {u} and slope.is_polynomial(u):
        polynomial = sympy.Poly(slope, u)
        if polynomial.degree() % 2 or polynomial.LC() > 0:
            return math.inf
        coefficients = numpy.array([float(item) for item in polynomial.all_coeffs()])
        places = numpy.roots(numpy.polyder(coefficients))
        values = numpy.polyval(coefficients, places.real)
        # at a maximum a root off by e changes the value by e^2
        return float(values.max() + 1e-12 * max(1.0, numpy.abs(values).max()))
    return range_of(slope, (*form.coordinates, u), (*bounds, LINE))[1]


@functools.lru_cache(maxsize=64)
def _derivatives(
    slope: sympy.Expr, state: sympy.Symbol, symbols: tuple[sympy.Symbol, ...]
) -> tuple[Callable[[Array], Array], int, sympy.Expr]:
    """Return the compiled Taylor terms of a slope, their number and the remainder."""
    terms = [slope]
    limit = sympy.degree(slope, state) if slope.is_polynomial(state) else 1
    while len(terms) <= limit:
        terms.append(terms[-1].diff(state) / len(terms))
    rest = sympy.S.Zero if slope.is_polynomial(state) else terms[-1].diff(state) / 2
    return compile_expressions(terms, (*symbols, state)), len(terms), rest


def local_slopes(
    form: StandardForm,
    slope: sympy.Expr,
    bounds: Sequence[tuple[float, float]],
    points: Array,
    values: Array,
    radius: float | Array,
) -> Array:
    """Return upper bounds of a slope where states are known up to a radius.

    Parameters
    ----------
    form : StandardForm
        Says which symbol is the state.
    slope : sympy.Expr
        In coordinates and state.
    bounds : sequence of (float, float)
        Of the coordinates.
    points : array, shape (n, n_coordinates)
        Space, then time.
    values : array, shape (n,)
        Surrogate there.
    radius : float or array, shape (n,)
        How far the states reach.

    Returns
    -------
    rates : array, shape (n,)
        Upper bounds.
    """
    n = len(points)
    reach = numpy.broadcast_to(numpy.asarray(radius, dtype=numpy.float64), (n,))
    evaluate, count, rest = _derivatives(slope, form.state, form.coordinates)
    columns = numpy.concatenate([points, numpy.reshape(values, (n, 1))], axis=1)
    terms = numpy.reshape(evaluate(columns), (n, count))
    powers = reach[:, None] ** numpy.arange(1, count)
    size = numpy.abs(terms[:, 1:]) * powers
    rates = terms[:, 0] + size.sum(axis=1)
    if rest != 0 and n:
        ends = (float((values - reach).min()), float((values + reach).max()))
        low, high = range_of(rest, (*form.coordinates, form.state), (*bounds, ends))
        rates = rates + max(abs(low), abs(high)) * reach**2
    return rates + 1e-12 * (numpy.abs(terms[:, 0]) + size.sum(axis=1))
