"""Numbers with a radius, and truncated Taylor series of them, as arrays.

A ball encloses every real number within its radius of its midpoint. Radii are rounded up:
each operation adds the rounding of its midpoint, and a relative 1e-13 of the radius for the
rounding of the radius itself. Elementary functions of NumPy are taken to be good to eight
units of the last place.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = ["Ball", "Series", "evaluated", "matrix_product"]

UNIT = 2.0**-52
UP = 1.0 + 1e-13
TINY = 1e-290
FUNCTION = 8.0 * UNIT


class Ball:
    """An array of midpoints and one of radii.

    Parameters
    ----------
    mid : array, shape (...)
        Midpoints.
    rad : array, shape (...), or float, optional
        Radii, not negative.
    """

    def __init__(self, mid: Array | float, rad: Array | float = 0.0) -> None:
        self.mid = numpy.asarray(mid, dtype=numpy.float64)
        self.rad = numpy.broadcast_to(
            numpy.asarray(rad, dtype=numpy.float64), self.mid.shape
        )

    @staticmethod
    def around(mid: Array | float, rad: Array | float) -> "Ball":
        """Return a ball whose midpoint was rounded and whose radius was, too.

        Parameters
        ----------
        mid : array, shape (...), or float
            Midpoints.
        rad : array, shape (...), or float
            Radii before rounding.

        Returns
        -------
        ball : Ball
            Of larger radii.
        """
        mid = numpy.asarray(mid, dtype=numpy.float64)
        return Ball(mid, (rad + UNIT * numpy.abs(mid)) * UP + TINY)

    def top(self) -> Array:
        """Return upper bounds of the moduli.

        Returns
        -------
        top : array, shape (...)
            Rounded up.
        """
        return (numpy.abs(self.mid) + self.rad) * UP

    def __getitem__(self, key: Any) -> "Ball":
        """Return a part of the array."""
        return Ball(self.mid[key], self.rad[key])

    def __add__(self, other: Any) -> "Ball":
        """Return the sum."""
        other = _ball(other)
        return Ball.around(self.mid + other.mid, self.rad + other.rad)

    __radd__ = __add__

    def __neg__(self) -> "Ball":
        """Return the opposite."""
        return Ball(-self.mid, self.rad)

    def __sub__(self, other: Any) -> "Ball":
        """Return the difference."""
        return self + (-_ball(other))

    def __mul__(self, other: Any) -> Any:
        """Return the product."""
        if isinstance(other, Series):
            return other * self
        other = _ball(other)
        size = numpy.abs(self.mid) + self.rad
        rad = size * other.rad + numpy.abs(other.mid) * self.rad
        return Ball.around(self.mid * other.mid, rad)

    __rmul__ = __mul__

    def reciprocal(self) -> "Ball":
        """Return 1/self; raise where zero is inside.

        Returns
        -------
        ball : Ball
            Of the same shape.

        Raises
        ------
        ParameterError
            If zero is inside.
        """
        least = numpy.abs(self.mid) * (1.0 - 1e-13) - self.rad
        if not bool((least > 0.0).all()):
            raise ParameterError(
                "a quotient has zero in the enclosure of its denominator, within "
                f"{float(least.min()):.3g}"
            )
        mid = 1.0 / self.mid
        return Ball.around(mid, self.rad * UP / (least * numpy.abs(self.mid)))

    def sum(self, axis: int) -> "Ball":
        """Return the sum along an axis.

        Parameters
        ----------
        axis : int
            Which.

        Returns
        -------
        ball : Ball
            With one axis less.
        """
        n = self.mid.shape[axis]
        size = numpy.abs(self.mid).sum(axis) * UP
        rad = self.rad.sum(axis) * UP + n * UNIT * size
        return Ball.around(self.mid.sum(axis), rad)

    def apply(self, name: str) -> "Ball":
        """Return an elementary function by its Lipschitz constant on the ball.

        Parameters
        ----------
        name : str
            ``sin``, ``cos``, ``exp``, ``tanh`` or ``sqrt``.

        Returns
        -------
        ball : Ball
            Of the same shape.

        Raises
        ------
        ParameterError
            If it is another one, or a root of what may be negative.
        """
        m, r = self.mid, self.rad
        if name in ("sin", "cos"):
            return Ball.around(getattr(numpy, name)(m), numpy.minimum(r, 2.0) + FUNCTION)
        if name == "exp":
            mid = numpy.exp(m)
            return Ball.around(mid, mid * (numpy.expm1(r) * (1 + FUNCTION) + FUNCTION))
        if name == "tanh":
            return Ball.around(numpy.tanh(m), numpy.minimum(r, 2.0) + FUNCTION)
        if name == "sqrt" and bool((m - r > 0.0).all()):
            mid = numpy.sqrt(m)
            low = numpy.sqrt((m - r) * (1 - 1e-13))
            return Ball.around(mid, r / (2 * low) * UP)
        raise ParameterError(f"{name} has no enclosure here")


class Series:
    """A Taylor polynomial c_0 + c_1 h + ... + c_m h^m with balls for coefficients.

    Parameters
    ----------
    terms : list of Ball
        c_0, ..., c_m.
    """

    def __init__(self, terms: Sequence[Ball]) -> None:
        self.terms = list(terms)

    def __add__(self, other: Any) -> "Series":
        """Return the sum."""
        other = _series(other, len(self.terms))
        return Series([a + b for a, b in zip(self.terms, other.terms, strict=True)])

    __radd__ = __add__

    def __neg__(self) -> "Series":
        """Return the opposite."""
        return Series([-item for item in self.terms])

    def __sub__(self, other: Any) -> "Series":
        """Return the difference."""
        return self + (-_series(other, len(self.terms)))

    def __mul__(self, other: Any) -> "Series":
        """Return the product."""
        if not isinstance(other, Series):
            return Series([item * _ball(other) for item in self.terms])
        a, b = self.terms, other.terms
        return Series([_convolved(a, b, k) for k in range(len(a))])

    __rmul__ = __mul__

    def reciprocal(self) -> "Series":
        """Return 1/self from b_k = -b_0 sum_(j>0) a_j b_(k-j).

        Returns
        -------
        series : Series
            Of the same length.
        """
        a = self.terms
        b = [a[0].reciprocal()]
        for k in range(1, len(a)):
            total = a[1] * b[k - 1]
            for j in range(2, k + 1):
                total = total + a[j] * b[k - j]
            b.append(-(b[0] * total))
        return Series(b)

    def apply(self, name: str) -> "Series":
        """Return an elementary function by the recurrence of its equation.

        Parameters
        ----------
        name : str
            ``sin``, ``cos``, ``exp``, ``tanh`` or ``sqrt``.

        Returns
        -------
        series : Series
            Of the same length.

        Raises
        ------
        ParameterError
            If it is another one.
        """
        z = self.terms
        n = len(z)
        moved = [z[k] * float(k) for k in range(n)]
        if name == "exp":
            found = [z[0].apply("exp")]
            for k in range(1, n):
                found.append(_scaled(_convolved(moved, found, k, 1), k))
            return Series(found)
        if name in ("sin", "cos"):
            s, c = [z[0].apply("sin")], [z[0].apply("cos")]
            for k in range(1, n):
                up, down = _convolved(moved, c, k, 1), _convolved(moved, s, k, 1)
                s.append(_scaled(up, k))
                c.append(-_scaled(down, k))
            return Series(s if name == "sin" else c)
        if name == "tanh":
            s = [z[0].apply("tanh")]
            rest = [Ball(numpy.ones_like(z[0].mid)) - s[0] * s[0]]
            for k in range(1, n):
                s.append(_scaled(_convolved(moved, rest, k, 1), k))
                rest.append(-_convolved(s, s, k))
            return Series(s)
        if name == "sqrt":
            s = [z[0].apply("sqrt")]
            half = (s[0] * 2.0).reciprocal()
            for k in range(1, n):
                total = z[k]
                for j in range(1, k):
                    total = total - s[j] * s[k - j]
                s.append(total * half)
            return Series(s)
        raise ParameterError(f"{name} has no enclosure here")


def _convolved(a: Sequence[Ball], b: Sequence[Ball], k: int, first: int = 0) -> Ball:
    """Return sum_j a_j b_(k-j) from ``first`` on."""
    total = a[first] * b[k - first]
    for j in range(first + 1, k + 1):
        total = total + a[j] * b[k - j]
    return total


def _scaled(item: Ball, k: int) -> Ball:
    return Ball.around(item.mid / k, item.rad / k)


def _ball(value: Any) -> Ball:
    return value if isinstance(value, Ball) else Ball(value)


def _series(value: Any, n: int) -> Series:
    if isinstance(value, Series):
        return value
    first = _ball(value)
    return Series([first, *(Ball(0.0 * first.mid) for _ in range(n - 1))])


def matrix_product(matrix: Ball, values: Ball, axis: int) -> Ball:
    """Return a matrix applied along one axis of an array of balls.

    Parameters
    ----------
    matrix : Ball, shape (m, n)
        With radii.
    values : Ball, shape (..., n, ...)
        With n entries along the axis.
    axis : int
        Which.

    Returns
    -------
    product : Ball, shape (..., m, ...)
        By floating-point products, whose rounding is added to the radii.
    """
    n = matrix.mid.shape[1]

    def along(a: Array, b: Array) -> Array:
        return numpy.moveaxis(numpy.tensordot(a, b, axes=(1, axis)), 0, axis)

    size = along(numpy.abs(matrix.mid), numpy.abs(values.mid))
    rad = along(numpy.abs(matrix.mid) + matrix.rad, numpy.array(values.rad))
    rad = rad + along(numpy.array(matrix.rad), numpy.abs(values.mid))
    return Ball.around(along(matrix.mid, values.mid), (rad + (n + 4) * UNIT * size) * UP)


def evaluated(
    formula: sympy.Expr, table: Mapping[sympy.Symbol, "Ball | Series"]
) -> "Ball | Series":
    """Return a formula of balls or series.

    Parameters
    ----------
    formula : sympy.Expr
        Sums, products, powers with integers and halves, exp, sin, cos, tanh, sqrt.
    table : mapping of sympy.Symbol to Ball or Series
        One for each symbol.

    Returns
    -------
    value : Ball or Series
        An enclosure.

    Raises
    ------
    ParameterError
        If the formula holds anything else.
    """
    if formula in table:
        return table[formula]
    if formula.is_number:
        value = float(formula)
        exact = formula.is_Integer and abs(value) < 2.0**52
        return Ball(value, 0.0 if exact else UNIT * abs(value) + TINY)
    if isinstance(formula, sympy.Pow):
        return _power(formula, table)
    parts = [evaluated(item, table) for item in formula.args]
    if isinstance(formula, (sympy.Add, sympy.Mul)):
        total = parts[0]
        for part in parts[1:]:
            if isinstance(formula, sympy.Add):
                total = part + total if isinstance(part, Series) else total + part
            else:
                total = part * total if isinstance(part, Series) else total * part
        return total
    name = type(formula).__name__
    if name in ("sin", "cos", "exp", "tanh") and len(parts) == 1:
        return parts[0].apply(name)
    raise ParameterError(f"{formula!s:.60} has no enclosure here")


def _power(formula: sympy.Pow, table: Mapping[sympy.Symbol, Any]) -> Any:
    if formula.base is sympy.E:
        return evaluated(formula.exp, table).apply("exp")
    base, exponent = evaluated(formula.base, table), formula.exp
    if exponent.is_Rational and exponent.q == 2:
        base, exponent = base.apply("sqrt"), 2 * exponent
    if not exponent.is_Integer or abs(int(exponent)) > 64:
        raise ParameterError(f"{formula!s:.60} has no enclosure here")
    total = base
    for _ in range(abs(int(exponent)) - 1):
        total = total * base
    return total if exponent > 0 else total.reciprocal()
