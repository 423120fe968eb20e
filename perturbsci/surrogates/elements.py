"""Functions of one conforming element in space, and of one slab in time.

In space, on xi in [-1, 1] with smoothness M: bubbles b_n, the M-fold integrals of P_n for
n = M ... p - M, which vanish at both ends with M - 1 derivatives, then M Hermite functions
of the left end and M of the right one (value, first derivative, ...). In time, on tau in
[-1, 1] with order q: phi_j, the q-fold integral of P_(j-1) from -1, so that q initial data
are carried exactly.
"""

import functools
import math
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.surrogates.pieces import legendre_table
from perturbsci.types import Array

__all__ = ["SpaceShapes", "TimeShapes", "space_shapes", "time_shapes"]


@dataclass(frozen=True, slots=True, eq=False)
class SpaceShapes:
    """The p + 1 functions of an element in space.

    Parameters
    ----------
    degree, smoothness : int
        p and M.
    legendre : array, shape (p + 1, p + 1)
        Column i: Legendre coefficients of function i; bubbles, left, right.
    fit : array, shape (p + 1 - 2M, p + 1)
        Bubble coefficients of Legendre coefficients, least squares.
    """

    degree: int
    smoothness: int
    legendre: Array
    fit: Array

    @property
    def bubbles(self) -> int:
        """The number of functions that vanish at both ends."""
        return self.degree + 1 - 2 * self.smoothness

    def table(self, points: Array, order: int) -> Array:
        """Return one derivative of all functions, shape (n, p + 1).

        Parameters
        ----------
        points : array, shape (n,)
            Where, on [-1, 1].
        order : int
            Which derivative.

        Returns
        -------
        table : array, shape (n, p + 1)
            One column a function.
        """
        return legendre_table(points, self.degree, order) @ self.legendre

    def powers(self) -> Array:
        """Return how often the dof of each function is differentiated, (p + 1,).

        Returns
        -------
        powers : array of int, shape (p + 1,)
            0 for bubbles.
        """
        ends = numpy.arange(self.smoothness)
        return numpy.concatenate([numpy.zeros(self.bubbles, dtype=int), ends, ends])

    def refit(self, legendre: Array, left: Array, right: Array) -> Array:
        """Return coefficients with given end data, bubbles fitted to the rest.

        Parameters
        ----------
        legendre : array, shape (..., p + 1)
            Legendre coefficients of what is to be represented.
        left, right : array, shape (..., M)
            Derivatives with respect to xi at the ends.

        Returns
        -------
        coefficients : array, shape (..., p + 1)
            Bubbles, left, right.
        """
        ends = numpy.concatenate([left, right], axis=-1)
        rest = legendre - ends @ self.legendre[:, self.bubbles :].T
        return numpy.concatenate([rest @ self.fit.T, ends], axis=-1)

    def end_values(self, legendre: Array, end: float) -> Array:
        """Return M derivatives at xi = end of Legendre coefficients (..., p + 1).

        Parameters
        ----------
        legendre : array, shape (..., p + 1)
            Legendre coefficients.
        end : float
            -1 or 1, or a place between.

        Returns
        -------
        values : array, shape (..., M)
            Value, first derivative, and so on.
        """
        point = numpy.array([float(end)])
        rows = [legendre_table(point, self.degree, k)[0] for k in range(self.smoothness)]
        return legendre @ numpy.array(rows).T


@dataclass(frozen=True, slots=True, eq=False)
class TimeShapes:
    """The functions of a slab in time.

    Parameters
    ----------
    count, order : int
        Their number and q.
    legendre : array, shape (count + order, count)
        Column j: Legendre coefficients of phi_(j+1).
    """

    count: int
    order: int
    legendre: Array

    def table(self, points: Array, order: int) -> Array:
        """Return one derivative of all functions, shape (n, count).

        Parameters
        ----------
        points : array, shape (n,)
            Where, on [-1, 1].
        order : int
            Which derivative.

        Returns
        -------
        table : array, shape (n, count)
            One column a function.
        """
        degree = self.count + self.order - 1
        return legendre_table(points, degree, order) @ self.legendre


@functools.lru_cache(maxsize=64)
def space_shapes(degree: int, smoothness: int) -> SpaceShapes:
    """Return the functions of an element in space.

    Parameters
    ----------
    degree, smoothness : int
        p >= 2M - 1 and M >= 1.

    Returns
    -------
    shapes : SpaceShapes
        Bubbles are scaled to Legendre coefficients of norm 1.
    """
    p, m = degree, smoothness
    bubbles = numpy.zeros((p + 1, p + 1 - 2 * m))
    for column, n in enumerate(range(m, p - m + 1)):
        series = numpy.zeros(p + 2)
        series[n] = 1.0
        for _ in range(m):
            series = _integral(series)
        bubbles[:, column] = series[: p + 1] / numpy.linalg.norm(series)
    hermite = numpy.zeros((p + 1, 2 * m))
    hermite[: 2 * m] = _hermite(m)
    legendre = numpy.concatenate([bubbles, hermite], axis=1)
    return SpaceShapes(p, m, legendre, numpy.linalg.pinv(bubbles))


@functools.lru_cache(maxsize=64)
def time_shapes(count: int, order: int) -> TimeShapes:
    """Return the functions of a slab in time.

    Parameters
    ----------
    count, order : int
        Number of functions and q, from 0.

    Returns
    -------
    shapes : TimeShapes
        For q = 0 the Legendre polynomials themselves.
    """
    table = numpy.zeros((count + order, count))
    for j in range(count):
        series = numpy.zeros(count + order + 1)
        series[j] = 1.0
        for _ in range(order):
            series = _integral(series)
        table[:, j] = series[: count + order]
    return TimeShapes(count, order, table)


def _integral(series: Array) -> Array:
    """Return the integral from -1 of Legendre coefficients, cut to the same length."""
    found = numpy.zeros_like(series)
    for n in range(len(series)):
        if n + 1 < len(series):
            found[n + 1] += series[n] / (2 * n + 1)
        found[n - 1 if n else 0] += series[n] / (2 * n + 1) * (-1.0 if n else 1.0)
    return found


def _hermite(smoothness: int) -> Array:
    """Return Legendre coefficients of the Hermite functions, exact up to rounding.

    P_j^(k)(1) = (j + k)!/(2^k k! (j - k)!), at -1 with the sign (-1)^(j+k).
    """
    size = 2 * smoothness

    def at_end(j: int, k: int, sign: int) -> sympy.Rational:
        if k > j:
            return sympy.S.Zero
        top = math.factorial(j + k)
        value = sympy.Rational(top, 2**k * math.factorial(k) * math.factorial(j - k))
        return value * sign ** (j + k)

    rows = [
        [at_end(j, k, sign) for j in range(size)]
        for sign in (-1, 1)
        for k in range(smoothness)
    ]
    return numpy.array(sympy.Matrix(rows).inv().tolist(), dtype=float)
