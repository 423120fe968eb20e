"""Chebyshev series of smooth functions, and calculus on Chebyshev points.

    u(x) = sum_j c_j T_j(t),    x = (x_0 + x_1)/2 + t (x_1 - x_0)/2

On a grid, derivatives and integrals are matrices; a linear equation of first order is
solved in its integrated form, which keeps all digits.

Reference: Trefethen (2013), chapters 3, 18 and 21.
"""

from collections.abc import Callable

import numpy
from numpy.polynomial import chebyshev

from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = ["DEGREES", "Grid", "RESOLVED", "fitted", "on_curve", "real_roots", "tail"]

DEGREES = (15, 31, 63, 127, 255, 511)  # an even number of points: none in the middle
RESOLVED = 1e-13  # last coefficients, relative to the largest one
ROUNDING = 1e-15  # coefficients below it, relative to the largest one, are noise
NEAR_AXIS = 1e-6  # of a root, relative to half the interval; double ones lose 8 digits


class Grid:
    """Chebyshev points of the first kind on an interval, and calculus on them.

    Parameters
    ----------
    interval : pair of float
        x_0 < x_1.
    degree : int
        One less than the number of points.
    """

    def __init__(self, interval: tuple[float, float], degree: int) -> None:
        self.t = chebyshev.chebpts1(degree + 1)
        self.interval = interval
        self.half = (interval[1] - interval[0]) / 2
        self.points = (interval[0] + interval[1]) / 2 + self.half * self.t
        # The Chebyshev polynomials are orthogonal over these points.
        self.transform = chebyshev.chebvander(self.t, degree).T * (2 / (degree + 1))
        self.transform[0] /= 2

    def derivative(self, values: Array) -> Array:
        """Return the derivative.

        Parameters
        ----------
        values : array, shape (degree + 1,)
            On the points.

        Returns
        -------
        values : array, shape (degree + 1,)
            On the points.
        """
        series = self.transform @ values
        # Rounding in the last coefficients would be amplified by their squared number.
        series = chebyshev.chebtrim(series, ROUNDING * abs(series).max())
        return chebyshev.chebval(self.t, chebyshev.chebder(series, scl=1 / self.half))

    def integral(self, start: float, values: Array) -> Array:
        """Return integrals from one start.

        Parameters
        ----------
        start : float
            Where they are zero.
        values : array, shape (degree + 1, ...)
            On the points; the identity gives the matrix.

        Returns
        -------
        values : array, shape (degree + 1, ...)
            On the points.
        """
        begin = (start - self.points.mean()) / self.half
        series = chebyshev.chebint(self.transform @ values, lbnd=begin, scl=self.half)
        return chebyshev.chebval(self.t, series).T

    def mean(self, start: float, values: Array) -> Array:
        """Return means over the way from one start, with all digits also near to it.

        Parameters
        ----------
        start : float
            Where the mean is the value.
        values : array, shape (degree + 1,)
            On the points.

        Returns
        -------
        values : array, shape (degree + 1,)
            On the points.
        """
        t, weights = numpy.polynomial.legendre.leggauss(len(self.t) // 2 + 1)
        ways = start + (self.points[:, None] - start) * (t + 1) / 2
        return on_curve(self.transform @ values, self.interval, ways) @ weights / 2

    def at(self, values: Array, place: float) -> float:
        """Return the value at one place.

        Parameters
        ----------
        values : array, shape (degree + 1,)
            On the points.
        place : float
            In the interval.

        Returns
        -------
        value : float
            By the polynomial through the values.
        """
        return float(on_curve(self.transform @ values, self.interval, numpy.array(place)))

    def taylor(self, values: Array, place: float, order: int) -> Array:
        """Return Taylor coefficients.

        Parameters
        ----------
        values : array, shape (degree + 1,)
            On the points.
        place : float
            Where.
        order : int
            The last one.

        Returns
        -------
        coefficients : array, shape (order + 1,)
            Of powers of x - place.
        """
        found = []
        for m in range(order + 1):
            found.append(self.at(values, place))
            values = self.derivative(values) / (m + 1)
        return numpy.array(found)

    def transported(
        self, rate: Array, source: Array, start: float, value: float
    ) -> tuple[Array, Array]:
        """Solve u' + rate u = source, u(start) = value.

        Parameters
        ----------
        rate, source : array, shape (degree + 1,)
            On the points.
        start, value : float
            The condition.

        Returns
        -------
        u, slope : array, shape (degree + 1,)
            On the points; the slope is u' without a differentiation.
        """
        identity = numpy.eye(len(self.t))
        integration = self.integral(start, identity)
        matrix = identity + rate[:, None] * integration
        slope = numpy.linalg.solve(matrix, source - rate * value)
        return value + integration @ slope, slope


def tail(coefficients: Array) -> float:
    """Return how far Chebyshev coefficients have decayed.

    Parameters
    ----------
    coefficients : array, shape (n,)
        Of one function.

    Returns
    -------
    size : float
        Of the last eighth of them, relative to the largest one; 0 for zero.
    """
    sizes = abs(coefficients)
    return float(sizes[-(len(sizes) // 8) :].max() / sizes.max()) if sizes.any() else 0.0


def fitted(
    function: Callable[[Array], Array], interval: tuple[float, float], name: str
) -> Array:
    """Return the Chebyshev coefficients of a smooth function.

    Parameters
    ----------
    function : callable
        Of an array, shape (n,).
    interval : pair of float
        Where.
    name : str
        For the message.

    Returns
    -------
    coefficients : array, shape (n,)
        As many as needed.

    Raises
    ------
    ParameterError
        If 512 are not enough.
    """
    for degree in DEGREES:
        grid = Grid(interval, degree)
        found = grid.transform @ function(grid.points)
        if tail(found) <= RESOLVED:
            return found
    raise ParameterError(
        f"{name} is not smooth on [{interval[0]:g}, {interval[1]:g}]: {DEGREES[-1] + 1} "
        "Chebyshev coefficients do not resolve it; shorten the interval"
    )


def on_curve(coefficients: Array, interval: tuple[float, float], points: Array) -> Array:
    """Return the values of Chebyshev series.

    Parameters
    ----------
    coefficients : array, shape (n, ...)
        Of one function or several.
    interval : pair of float
        Where they hold.
    points : array, shape (S)
        In it.

    Returns
    -------
    values : array, shape (... + S)
        On the points.
    """
    low, high = interval
    return chebyshev.chebval((2 * points - low - high) / (high - low), coefficients)


def real_roots(coefficients: Array, interval: tuple[float, float]) -> Array:
    """Return the real zeros of a Chebyshev series in its interval, multiple ones once.

    Parameters
    ----------
    coefficients : real array, shape (n,)
        Of a function that is not zero everywhere.
    interval : pair of float
        Where it holds.

    Returns
    -------
    roots : real array, shape (k,)
        Ascending.
    """
    low, high = interval
    noise = RESOLVED * abs(coefficients).max()
    t = chebyshev.chebroots(chebyshev.chebtrim(coefficients, noise))
    near = (abs(t.imag) < NEAR_AXIS) & (abs(t.real) < 1 + 1e-12)
    found: list[float] = []
    for root in sorted(numpy.clip(t[near].real, -1, 1)):
        if not found or root - found[-1] > NEAR_AXIS:
            found.append(round(float(root), 15) + 0.0)  # what is left of 0 is rounding
    return (low + high) / 2 + (high - low) / 2 * numpy.array(found)
