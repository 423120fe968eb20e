"""Gauge functions epsilon^p (ln epsilon)^l: their order, their products, rational numbers.

A gauge is the pair (p, -l): ascending pairs go from large to small as epsilon -> 0, and
gauges multiply by adding pairs, which keeps the order.
"""

import cmath
import contextlib
from collections.abc import Iterable
from fractions import Fraction
from numbers import Complex, Rational, Real
from typing import TypeAlias

from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = [
    "Gauge",
    "Term",
    "as_fraction",
    "finite_number",
    "known",
    "merged",
    "plain_number",
    "rounded",
    "times",
]

Gauge: TypeAlias = tuple[float, int]
Term: TypeAlias = tuple[Gauge, Array | Fraction]


def as_fraction(value: object) -> Fraction | None:
    """Return a rational number as a Fraction, None for everything else.

    Parameters
    ----------
    value : object
        Floats count as rounded, and give None.

    Returns
    -------
    fraction : Fraction or None
        Of Python integers.
    """
    if isinstance(value, bool) or not isinstance(value, Rational):
        return None
    return Fraction(int(value.numerator), int(value.denominator))


def rounded(value: object) -> float:
    """Return a real number, Fraction or SymPy number as a float.

    Parameters
    ----------
    value : object
        Anything that ``float`` takes.

    Returns
    -------
    number : float
        Rounded to nearest.

    Raises
    ------
    ParameterError
        If it is none, or too large for float64.
    """
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ParameterError(f"found {value!r:.60}; pass a real number") from None
    except OverflowError:
        raise ParameterError(
            f"a coefficient has {len(str(value))} digits and exceeds float64; rescale "
            "epsilon, so that c_k becomes c_k s^k"
        ) from None


def finite_number(value: object, name: str) -> float | complex:
    """Return one finite number as float or complex.

    Parameters
    ----------
    value : object
        A Python, NumPy or SymPy number.
    name : str
        What to call it in the message.

    Returns
    -------
    number : float or complex
        Rounded to nearest.

    Raises
    ------
    ParameterError
        If it is no number, or not finite.
    """
    number = None
    if isinstance(value, (Complex, Rational)) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # a whole number beyond float
            number = float(value) if isinstance(value, (Real, Rational)) else complex(value)
    if number is None or not cmath.isfinite(number):
        raise ParameterError(f"{name} is {value!r:.60}; pass one finite number")
    return number


def plain_number(value: complex) -> float | complex:
    """Return a float if the imaginary part is zero.

    Parameters
    ----------
    value : number
        Real or complex.

    Returns
    -------
    number : float or complex
        Of Python.
    """
    number = complex(value)
    return number if number.imag else number.real


def times(g: Gauge, h: Gauge) -> Gauge:
    """Return the gauge of a product; 1/3 + 1/3 + 1/3 is 1 whatever the rounding.

    Parameters
    ----------
    g, h : (power, -logarithm)
        Of the factors.

    Returns
    -------
    gauge : (power, -logarithm)
        The sum; its power is rounded to a fraction of denominator at most 1000 if that
        is within 1e-12.
    """
    power = g[0] + h[0]
    near = float(Fraction(power).limit_denominator(1000))
    return (near if abs(power - near) < 1e-12 else power), g[1] + h[1]


def known(terms: list[Term], left: list[Gauge], right: list[Gauge]) -> list[Term]:
    """Return the terms of a product that the first unknown terms do not reach.

    Parameters
    ----------
    terms : list of (gauge, coefficient)
        Of the product.
    left, right : list of gauges
        Of the factors.

    Returns
    -------
    terms : list of (gauge, coefficient)
        Those not smaller than last(left) first(right) and first(left) last(right).
    """
    if not terms:
        return []
    last = min(times(min(left), max(right)), times(max(left), min(right)))
    return [term for term in terms if term[0] <= last]


def merged(terms: Iterable[Term]) -> list[Term]:
    """Return the terms with equal gauges added up, the largest gauge first.

    Parameters
    ----------
    terms : iterable of (gauge, coefficient)
        In any order.

    Returns
    -------
    terms : list of (gauge, coefficient)
        A coefficient that cancels stays, as zero.
    """
    found: dict[Gauge, Array | Fraction] = {}
    for gauge, value in terms:
        found[gauge] = found[gauge] + value if gauge in found else value
    return sorted(found.items(), key=lambda term: term[0])
