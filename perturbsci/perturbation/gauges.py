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

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
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
    "series_text",
    "stacked",
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


def stacked(terms: Iterable[object]) -> Array:
    """Return numbers or arrays of equal shape as one array.

    Parameters
    ----------
    terms : iterable of K numbers or arrays, shape (...)
        SymPy numbers are welcome.

    Returns
    -------
    array : real or complex array, shape (K, ...)
        Of the namespace of the terms.

    Raises
    ------
    ParameterError
        If a term is no number or array of numbers.
    ShapeError
        If the shapes differ.
    """
    plain = [rounded(term) if isinstance(term, Real) else term for term in terms]
    arrays = [
        as_array(term, name=f"terms[{k}]", empty=True) for k, term in enumerate(plain)
    ]
    if len(shapes := {tuple(array.shape) for array in arrays}) > 1:
        raise ShapeError(f"terms has shapes {sorted(shapes)}; pass arrays of one shape")
    return namespace(*arrays).stack(arrays)


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


def series_text(terms: Iterable[tuple[float, int, Fraction | complex]]) -> str:
    """Return a sum of gauges as one line.

    Parameters
    ----------
    terms : iterable of (power, logarithm, coefficient)
        In order; zeros are left out.

    Returns
    -------
    text : str
        Six digits of what is rounded, powers as fractions: ``1 - 0.5 epsilon^(1/2)``.
    """
    text = ""
    for power, log, value in terms:
        if value == 0:
            continue
        number = plain_number(value) if isinstance(value, complex) else value
        shown = str(number) if isinstance(number, Fraction) else f"{number:.6g}"
        if isinstance(number, complex):
            shown = f"({shown})"
        sign, shown = ("-", shown[1:]) if shown.startswith("-") else ("+", shown)
        gauge = _factor("epsilon", Fraction(power).limit_denominator(1000))
        gauge += _factor("ln(epsilon)", Fraction(log))
        if gauge and shown == "1":
            shown, gauge = "", gauge[1:]
        lead = f" {sign} " if text else sign.replace("+", "")
        text += f"{lead}{shown}{gauge}"
    return text or "0"


def _factor(name: str, power: Fraction) -> str:
    if power == 0:
        return ""
    exponent = str(power) if power >= 0 and power.denominator == 1 else f"({power})"
    return f" {name}" if power == 1 else f" {name}^{exponent}"
