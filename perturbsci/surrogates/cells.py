"""Residuals of piecewise polynomials, enclosed cell by cell through Legendre coefficients.

On each cell the residual is a polynomial p plus at most epsilon. The values of p at exact
Gauss nodes are enclosed by balls and transformed; epsilon is zero for polynomial equations
with polynomial data, else that of Chebyshev interpolation at m points,

    epsilon = max abs(r^(m))/m! 2 (h/4)^m,

with the Taylor coefficient of r enclosed over the cell by series of balls.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.surrogates.balls import (
    UNIT,
    Ball,
    Series,
    evaluated,
    matrix_product,
)
from perturbsci.surrogates.exact_tables import exact_nodes, legendre_ball, transform_ball
from perturbsci.types import Array

__all__ = ["Cells", "Enclosed", "enclosed_formula"]

MORE = 20  # points beyond the degree, where data are no polynomials
MOST = 90


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A polynomial on each of several boxes.

    Parameters
    ----------
    low, high : array, shape (n, d)
        Ends of the boxes.
    coefficients : Ball, shape (n, n_1, ..., n_d)
        Legendre coefficients.
    """

    low: Array
    high: Array
    coefficients: Ball

    @property
    def degrees(self) -> tuple[int, ...]:
        """Highest degree in each direction."""
        return tuple(k - 1 for k in self.coefficients.mid.shape[1:])

    def tops(self) -> Array:
        """Return upper bounds of the modulus on each cell, shape (n,).

        Returns
        -------
        tops : array, shape (n,)
            Rounded up.
        """
        n = len(self.low)
        return self.coefficients.top().reshape(n, -1).sum(axis=1) * (1 + 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class Enclosed:
    """What a formula is on each cell: Legendre coefficients and a rest.

    Parameters
    ----------
    cells : Cells
        Coefficients of the polynomial part.
    rest : array, shape (n,)
        The largest modulus of the other part.
    """

    cells: Cells
    rest: Array

    def squares(self) -> Array:
        """Return upper bounds of the L2 norms over each cell, shape (n,).

        Returns
        -------
        norms : array, shape (n,)
            Rounded up.
        """
        c, cells = self.cells.coefficients, self.cells
        top = c.top() ** 2
        for k, n in enumerate(c.mid.shape[1:]):
            shape = [1] * top.ndim
            shape[k + 1] = n
            top = top / (2.0 * numpy.arange(n) + 1.0).reshape(shape)
        total = top.reshape(len(top), -1).sum(axis=1)
        volume = numpy.prod(cells.high - cells.low, axis=1)
        return (numpy.sqrt(total * volume) + self.rest * numpy.sqrt(volume)) * (1 + 1e-11)

    def absolutes(self) -> Array:
        """Return upper bounds of the L1 norms over each cell, by Cauchy and Schwarz.

        Returns
        -------
        norms : array, shape (n,)
            Rounded up.
        """
        volume = numpy.prod(self.cells.high - self.cells.low, axis=1)
        return self.squares() * numpy.sqrt(volume) * (1 + 1e-11)


def enclosed_formula(
    formula: sympy.Expr,
    coordinates: Sequence[sympy.Symbol],
    slots: Mapping[sympy.Symbol, tuple[int, ...]],
    cells: Cells,
) -> Enclosed:
    """Return a formula of a piecewise polynomial and its derivatives, enclosed.

    Parameters
    ----------
    formula : sympy.Expr
        In the coordinates and the symbols of the slots; with exact numbers.
    coordinates : sequence of sympy.Symbol
        One a direction of the cells.
    slots : mapping of sympy.Symbol to tuple of int
        Multi-index of each derivative.
    cells : Cells
        The polynomials.

    Returns
    -------
    enclosed : Enclosed
        Of the formula.

    Raises
    ------
    ParameterError
        If the formula has no enclosure.
    """
    counts = [
        _count(formula, coordinates, slots, cells.degrees, k)
        for k in range(len(coordinates))
    ]
    points = [count for count, _ in counts]
    table = _at_nodes(coordinates, slots, cells, points)
    values = evaluated(formula, table)
    assert isinstance(values, Ball)  # of balls alone
    shape = (len(cells.low), *points)
    mid = numpy.broadcast_to(values.mid, shape)
    rad = numpy.broadcast_to(values.rad, shape)
    rest = numpy.zeros(len(cells.low))
    weight = 1.0
    for k, (count, exact) in enumerate(counts):
        if not exact:
            rest = rest + weight * _remainder(formula, coordinates, slots, cells, k, count)
        weight *= 2.0 / math.pi * math.log(count + 1.0) + 1.0  # Lebesgue constant
    wide = rest.reshape(-1, *(1,) * len(points))
    found = Ball(mid, (rad + wide) * (1 + 1e-13))
    for k, count in enumerate(points):
        found = matrix_product(transform_ball(count), found, k + 1)
    return Enclosed(Cells(cells.low, cells.high, found), rest)


def _count(
    formula: sympy.Expr,
    coordinates: Sequence[sympy.Symbol],
    slots: Mapping[sympy.Symbol, tuple[int, ...]],
    degrees: Sequence[int],
    k: int,
) -> tuple[int, bool]:
    """Return how many points a direction needs, and whether they are exact."""
    jets = list(slots)
    smooth = formula.is_polynomial(*jets) if jets else True
    if not smooth:
        return min(MOST, 3 * degrees[k] + MORE), False
    terms = sympy.Poly(formula, *jets).terms() if jets else [((), formula)]
    most, exact = 0, True
    for powers, factor in terms:
        degree = sum(
            power * max(0, degrees[k] - slots[jet][k])
            for jet, power in zip(jets, powers, strict=True)
        )
        if factor.is_polynomial(coordinates[k]):
            degree += int(sympy.degree(factor, coordinates[k])) if factor != 0 else 0
        else:
            exact = False
        most = max(most, degree)
    return (most + 1, True) if exact else (min(MOST, most + MORE), False)


def _at_nodes(
    coordinates: Sequence[sympy.Symbol],
    slots: Mapping[sympy.Symbol, tuple[int, ...]],
    cells: Cells,
    points: Sequence[int],
) -> dict[sympy.Symbol, Ball]:
    """Return coordinates and derivatives at the nodes of all cells."""
    d = len(points)
    table: dict[sympy.Symbol, Ball] = {}
    lengths = Ball(cells.high) - Ball(cells.low)
    for k, symbol in enumerate(coordinates):
        nodes = numpy.array([float(item) for item in exact_nodes(points[k])[0]])
        share = Ball((1.0 + nodes) / 2.0, 2.0 * UNIT)
        shape = [1] * (d + 1)
        shape[k + 1] = points[k]
        column = (-1, *(1,) * d)
        width = Ball(lengths.mid[:, k].reshape(column), lengths.rad[:, k].reshape(column))
        place = width * Ball(share.mid.reshape(shape), share.rad.reshape(shape))
        table[symbol] = place + Ball(cells.low[:, k].reshape(column))
    for symbol, index in slots.items():
        value = cells.coefficients
        for k, order in enumerate(index):
            matrix = legendre_ball(points[k], cells.degrees[k], order)
            value = matrix_product(matrix, value, k + 1)
            for _ in range(order):
                half = (lengths[:, k] * 0.5).reciprocal()
                column = (-1, *(1,) * d)
                value = value * Ball(half.mid.reshape(column), half.rad.reshape(column))
        table[symbol] = value
    return table


def _remainder(
    formula: sympy.Expr,
    coordinates: Sequence[sympy.Symbol],
    slots: Mapping[sympy.Symbol, tuple[int, ...]],
    cells: Cells,
    k: int,
    count: int,
) -> Array:
    """Return the interpolation error in one direction on each cell."""
    n = len(cells.low)
    zero = Ball(numpy.zeros(n))
    table: dict[sympy.Symbol, Ball | Series] = {}
    for j, symbol in enumerate(coordinates):
        half = 0.5 * (cells.high[:, j] - cells.low[:, j])
        place = Ball(0.5 * (cells.high[:, j] + cells.low[:, j]), half * (1 + 1e-12))
        if j == k:
            one = Ball(numpy.ones(n))
            table[symbol] = Series([place, one, *(zero for _ in range(count - 1))])
        else:
            table[symbol] = place
    for symbol, index in slots.items():
        table[symbol] = _jet_series(cells, index, k, count)
    found = evaluated(formula, table)
    if not isinstance(found, Series):
        return numpy.zeros(n)
    lengths = (cells.high[:, k] - cells.low[:, k]) * (1 + 1e-13)
    error = found.terms[count].top() * 2.0 * (lengths / 4.0) ** count * (1 + 1e-10)
    return numpy.broadcast_to(error, (n,))


def _jet_series(cells: Cells, index: Sequence[int], k: int, count: int) -> Series:
    """Return the Taylor coefficients of a derivative anywhere in each cell.

    abs(P_n^(j)) <= P_n^(j)(1) = (n + j)!/(2^j j! (n - j)!).
    """
    size = cells.coefficients.top()
    lengths = cells.high - cells.low
    terms = []
    for j in range(count + 1):
        total = size
        for axis in reversed(range(len(index))):
            order = index[axis] + (j if axis == k else 0)
            row = [_end_value(n, order) for n in range(total.shape[-1])]
            total = (total * numpy.array(row)).sum(axis=-1)
            total = total * (2.0 / lengths[:, axis]) ** order
        terms.append(Ball(numpy.zeros(len(size)), total / math.factorial(j) * (1 + 1e-10)))
    return Series(terms)


def _end_value(n: int, order: int) -> float:
    if order > n:
        return 0.0
    top = math.factorial(n + order)
    return top / (2**order * math.factorial(order) * math.factorial(n - order))
