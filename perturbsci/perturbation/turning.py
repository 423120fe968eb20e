"""Turning points, and Airy functions that solve epsilon^2 y'' + Q(x) y = 0 through one.

Near a simple zero x_t of Q, with the same sign of zeta and -Q,

    (2/3) |zeta|^(3/2) = |int sqrt(|Q|) dx|
    y = (zeta/(-Q))^(1/4) {Ai, Bi}(zeta/epsilon^(2/3))

With x - x_t factored out of Q, zeta/(x - x_t) is an integral of a smooth function over
u = 0..1, x = x_t + (end - x_t) u^2, and no fractional power meets a zero.

References: Langer (1937); Bender and Orszag (1999), section 10.4; Olver (1997), chapter 11.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.arguments import positive
from perturbsci.backend.arrays import as_array, to_host
from perturbsci.errors import ParameterError
from perturbsci.perturbation.curves import Grid, fitted, on_curve, real_roots
from perturbsci.perturbation.formulas import as_symbol
from perturbsci.perturbation.samples import (
    as_expression,
    as_interval,
    sampled,
)
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["UniformAiry", "langer", "turning_points"]

CLOSE = 1e-3  # |Q| below it: its Taylor series, whose quotient by x - x_t has no 0/0
TAYLOR = 10
MULTIPLE = 1e-6  # smallest slope at a simple zero, relative to Q over the interval
NODES = 128
OLVER = 1.04  # the constant of Airy functions in Olver's theorem 11.3.1


def turning_points(
    frequency_squared: sympy.Expr, x: sympy.Symbol, *, interval: tuple[float, float]
) -> Array:
    """Return the zeros of Q in an interval.

    Parameters
    ----------
    frequency_squared : sympy.Expr
        Q, smooth.
    x : sympy.Symbol
        The variable.
    interval : pair of float
        Where; the ends count.

    Returns
    -------
    points : real array, shape (k,)
        Ascending; multiple zeros once, with half of the digits.

    Raises
    ------
    ParameterError
        If Q is zero, or not smooth.

    Notes
    -----
    Eigenvalues of the colleague matrix of a Chebyshev series of at most 512 terms.

    References
    ----------
    Trefethen (2013), chapter 18.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> turning_points(1 - x**2, x, interval=(-2, 2))
    array([-1.,  1.])
    """
    series, ends = _frequency(frequency_squared, x, interval)
    return real_roots(series, ends)


def _frequency(
    frequency_squared: sympy.Expr, x: sympy.Symbol, interval: tuple[float, float]
) -> tuple[Array, tuple[float, float]]:
    """Return the Chebyshev series of Q, and its interval."""
    as_symbol(x, "x")
    q = as_expression(frequency_squared, x, "frequency_squared")
    ends = as_interval(interval)
    series = fitted(lambda points: sampled(q, x, points), ends, "frequency_squared")
    if not numpy.isrealobj(series) or not series.any():
        raise ParameterError(
            f"frequency_squared is {q!s:.60}; pass a real function that is not zero"
        )
    return series, ends


@dataclass(frozen=True, slots=True, eq=False)
class UniformAiry(Result):
    """Two solutions through a turning point, as Airy functions.

    Parameters
    ----------
    turning_point : float
        x_t.
    slope_sign : int
        Of Q' at x_t: 1 if waves are on its right.
    epsilon : float
        The small parameter.
    stretching : real array, shape (n,)
        Chebyshev series of abs(zeta/(x - x_t)).
    amplitude : real array, shape (n,)
        Chebyshev series of (zeta/(-Q))^(1/4).
    interval : tuple of float
        Where they hold.
    status : Status
        CONVERGED.
    certificate : Certificate
        Olver's bound of the relative error, with floating-point quadrature.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> waves = langer(-x, x, 0.1, interval=(-1, 1))
    >>> numpy.round(waves.evaluate(0.0), 9)
    array([0.35502805, 0.61492663])
    """

    turning_point: float
    slope_sign: int
    epsilon: float
    stretching: Array
    amplitude: Array
    interval: tuple[float, float]
    status: Status
    certificate: Certificate

    def evaluate(self, points: Array) -> Array:
        """Return both solutions.

        Parameters
        ----------
        points : real array, shape (S)
            In the interval.

        Returns
        -------
        values : real array, shape (S + (2,))
            With Ai, decaying beyond the turning point, and Bi.

        Raises
        ------
        ParameterError
            If a point is outside the interval.
        """
        from scipy.special import airy  # noqa: PLC0415 (slow to load)

        x = to_host(as_array(points, name="points", real=True, empty=True))
        low, high = self.interval
        if ((x < low) | (x > high)).any():
            raise ParameterError(
                f"points holds numbers outside [{low:g}, {high:g}]; keep inside the "
                "interval of langer"
            )
        distance = -self.slope_sign * (x - self.turning_point)
        zeta = distance * on_curve(self.stretching, self.interval, x)
        ai, _, bi, _ = airy(zeta * self.epsilon ** (-2 / 3))
        scale = on_curve(self.amplitude, self.interval, x)
        return numpy.stack([scale * ai, scale * bi], axis=-1)


def langer(
    frequency_squared: sympy.Expr,
    x: sympy.Symbol,
    epsilon: float,
    *,
    interval: tuple[float, float],
) -> UniformAiry:
    """Solve epsilon^2 y'' + Q(x) y = 0 uniformly through one turning point.

    Parameters
    ----------
    frequency_squared : sympy.Expr
        Q, smooth, with one zero in the interval, which is simple.
    x : sympy.Symbol
        The variable.
    epsilon : float
        The small parameter, a number above zero.
    interval : pair of float
        Where.

    Returns
    -------
    solutions : UniformAiry
        Both, with a relative error of O(epsilon).

    Raises
    ------
    ParameterError
        If there is no turning point, or not one simple one.

    Notes
    -----
    zeta/(x - x_t) is analytic at x_t and stored as a Chebyshev series; (x - x_t) is
    factored out of Q before any root is taken.

    References
    ----------
    Langer (1937); Olver (1997), section 11.3.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> langer(x * (2 + x), x, 0.1, interval=(-1, 1)).turning_point
    0.0
    """
    small = positive(epsilon, "epsilon")
    _, ends = _frequency(frequency_squared, x, interval)
    q = as_expression(frequency_squared, x, "frequency_squared")
    found = turning_points(q, x, interval=ends)
    if len(found) != 1:
        raise ParameterError(
            f"frequency_squared has {len(found)} zeros in [{ends[0]:g}, {ends[1]:g}], at "
            f"{found}; needed is one, choose the interval around it"
        )
    place = float(found[0])
    slope = float(q.diff(x).subs(x, place).evalf(20))
    scale = max(abs(sampled(q, x, numpy.array(ends)))) / (ends[1] - ends[0])
    if abs(slope) <= MULTIPLE * scale:
        raise ParameterError(
            f"frequency_squared has a multiple zero at {place:g}; Airy functions need a "
            "simple one"
        )
    quotient = _quotient(q, x, place)
    nodes, weights = numpy.polynomial.legendre.leggauss(NODES)
    u = (nodes + 1) / 2

    def stretching(points: Array) -> Array:
        # int sqrt|Q| = |x - x_t|^(3/2) int 2 u^2 sqrt(quotient(x_t + (x - x_t) u^2)) du
        ways = place + (points[:, None] - place) * u**2
        return (1.5 * (numpy.sqrt(quotient(ways)) * u**2) @ weights) ** (2 / 3)

    ratio = fitted(stretching, ends, "the stretched variable")
    amplitude = fitted(
        lambda p: (stretching(p) / quotient(p)) ** 0.25, ends, "the amplitude"
    )
    return UniformAiry(
        place,
        1 if slope > 0 else -1,
        small,
        ratio,
        amplitude,
        ends,
        Status.CONVERGED,
        _olver_certificate(ratio, amplitude, ends, place, small),
    )


def _quotient(q: sympy.Expr, x: sympy.Symbol, place: float) -> Callable[[Array], Array]:
    """Return |Q/(x - x_t)| as a function of arrays."""
    factors = [
        float(q.diff(x, m).subs(x, place).evalf(20)) / math.factorial(m)
        for m in range(1, TAYLOR + 1)
    ]

    def quotient(points: Array) -> Array:
        distance = points - place
        near = abs(factors[0] * distance) < CLOSE
        safe = numpy.where(near, 1.0, distance)
        series = numpy.polynomial.polynomial.polyval(distance, factors)
        return abs(numpy.where(near, series, sampled(q, x, points) / safe))

    return quotient


def _olver_certificate(
    ratio: Array, amplitude: Array, ends: tuple[float, float], place: float, small: float
) -> Certificate:
    """Bound the error relative to the modulus functions of Airy.

    The functions solve epsilon^2 y'' + (Q - epsilon^2 g) y = 0 with g = amplitude''/
    amplitude, and the variation of Olver's control function is int |g| A^2/|zeta|^(1/2) dx.
    """
    grid = Grid(ends, max(len(ratio), len(amplitude), 64) - 1)
    t, weights = numpy.polynomial.legendre.leggauss(256)
    u = (t + 1) / 2
    variation = 0.0
    values = on_curve(amplitude, ends, grid.points)
    bend = grid.transform @ grid.derivative(grid.derivative(values))
    for end in ends:
        points = place + (end - place) * u**2  # removes the singularity |zeta|^(-1/2)
        scale = on_curve(amplitude, ends, points)
        root = numpy.sqrt(abs(points - place) * on_curve(ratio, ends, points))
        density = abs(on_curve(bend, ends, points)) * scale / root
        variation += float((density * abs(end - place) * u * weights).sum())
    return Certificate(
        "error relative to the modulus of the Airy functions",
        math.expm1(min(2 * OLVER * small * variation, 700.0)),
        1.0,
        "estimate",
        "Olver's error-control function",
    )
