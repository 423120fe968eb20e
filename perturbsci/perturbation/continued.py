"""A ratio of polynomials as a continued fraction, which keeps its digits at high order.

    p/q = d_0(x) + b_0 / (d_1(x) + b_1 / (d_2(x) + ...)),  d_1, d_2, ... monic

by Euclid's algorithm with enough digits to tell a leading zero; it does not break down,
and coefficients are rounded once, at the end. Monomials of degree 20 in float64 may lose
all digits.

Reference: Baker and Graves-Morris (1996), chapter 4.
"""

import functools
from fractions import Fraction
from typing import Any, TypeAlias

import numpy

from perturbsci.backend import namespace
from perturbsci.types import Array

__all__ = ["ContinuedFraction", "continued_fraction", "evaluate_fraction"]

# The quotients d_k, lowest power first, and the numerators b_k.
ContinuedFraction: TypeAlias = tuple[tuple[tuple[float, ...], ...], tuple[float, ...]]
Polynomial: TypeAlias = list[Any]  # of mpmath numbers


@functools.lru_cache(maxsize=32)
def continued_fraction(
    p: tuple[Fraction, ...], q: tuple[Fraction, ...]
) -> ContinuedFraction:
    """Return the continued fraction of p/q.

    Parameters
    ----------
    p, q : tuple of Fraction
        Lowest power first; without common factor, and q not zero.

    Returns
    -------
    quotients : tuple of tuples of float
        d_0, d_1, ..., lowest power first.
    numerators : tuple of float
        b_0, b_1, ...

    Notes
    -----
    About 2 M^2 products of 60 + 12 M digits; the last 32 fractions are kept.
    """
    import mpmath  # noqa: PLC0415 (slow to load)

    quotients: list[tuple[float, ...]] = []
    numerators: list[float] = []
    digits = 60 + 12 * max(len(p), len(q))
    with mpmath.workdps(digits):
        upper, lower = (
            [mpmath.mpf(v.numerator) / v.denominator for v in each] for each in (p, q)
        )
        upper, lower = ([v / lower[-1] for v in each] for each in (upper, lower))
        negligible = mpmath.mpf(10) ** (-digits // 2)
        while True:
            quotient, rest = _divided(upper, lower, negligible)
            quotients.append(tuple(map(float, quotient)))
            if not rest:
                return tuple(quotients), tuple(numerators)
            numerators.append(float(rest[-1]))
            upper, lower = lower, [v / rest[-1] for v in rest]


def _divided(
    upper: Polynomial, lower: Polynomial, negligible: Any
) -> tuple[Polynomial, Polynomial]:
    """Return quotient and remainder for a monic divisor; the zero polynomial is empty."""
    rest, size = list(upper), len(lower) - 1
    quotient = rest[size:]
    for k in reversed(range(len(quotient))):
        factor = quotient[k] = rest[k + size]
        for j, value in enumerate(lower):
            rest[k + j] -= factor * value
    rest = rest[:size]
    floor = negligible * max(map(abs, upper))
    while rest and abs(rest[-1]) <= floor:
        rest.pop()
    return quotient or [0.0], rest


def evaluate_fraction(fraction: ContinuedFraction, x: Array) -> Array:
    """Return the value of a continued fraction, from its last quotient upward.

    Parameters
    ----------
    fraction : continued fraction
        From ``continued_fraction``.
    x : real or complex array, shape (S)
        Where; infinite at a pole.

    Returns
    -------
    value : array, shape (S)
        Of the same kind.
    """
    xp = namespace(x)
    quotients, numerators = fraction
    with numpy.errstate(divide="ignore", over="ignore", invalid="ignore"):
        value = _horner(quotients[-1], x)
        for d, b in zip(reversed(quotients[:-1]), reversed(numerators), strict=True):
            # A zero here is infinite one level up and finite again two levels up.
            value = _horner(d, x) + xp.where(value == 0, xp.inf, b / value)
    return value


def _horner(coefficients: tuple[float, ...], x: Array) -> Array:
    value = 0 * x + coefficients[-1]
    for c in reversed(coefficients[:-1]):
        value = value * x + c
    return value
