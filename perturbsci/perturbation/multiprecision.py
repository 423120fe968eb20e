"""Numbers that are rational or have a hundred digits, and roots with their multiplicities.

A number is a ``Fraction`` as long as it can be, else complex with ``DIGITS`` digits. A sum
counts as zero if it is below 10^-(DIGITS/2) of its largest summand: for coefficients that
are given exactly a value so small that is not zero does not occur in practice, and
whatever is below half of the digits has lost the other half by cancellation.

Multiplicities come from greatest common divisors, never from clusters of roots.

Reference: Yun (1976).
"""

import functools
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath
import sympy

from perturbsci.errors import ConvergenceError, ParameterError

__all__ = [
    "DIGITS",
    "Number",
    "context",
    "multiplied",
    "number",
    "roots",
    "summed",
    "wide",
    "without_floats",
]

DIGITS = 100
Number: TypeAlias = Any  # Fraction, or an mpc of the context


@functools.cache
def context() -> "mpmath.MPContext":
    """Return the arithmetic of this file, apart from the global one of mpmath.

    Returns
    -------
    context : mpmath.MPContext
        With ``DIGITS`` digits.
    """
    own = mpmath.MPContext()
    own.dps = DIGITS
    return own


def wide(value: Number) -> Number:
    """Return a number as a complex one of the context.

    Parameters
    ----------
    value : number
        Fraction, or complex already.

    Returns
    -------
    number : mpc
        With ``DIGITS`` digits.
    """
    own = context()
    return value if isinstance(value, own.mpc) else own.mpc(own.convert(value))


def number(constant: sympy.Expr) -> Number:
    """Return a SymPy constant as a Fraction if it is rational, else with all digits.

    Parameters
    ----------
    constant : sympy.Expr
        Without symbols.

    Returns
    -------
    number : Fraction or mpc
        Of a float, the binary value.

    Raises
    ------
    ParameterError
        If it has no finite value.
    """
    if constant.is_Rational:
        return Fraction(int(constant.p), int(constant.q))
    value = constant.evalf(DIGITS)
    try:
        parts = [sympy.Float(part, DIGITS)._mpf_ for part in value.as_real_imag()]
    except (TypeError, ValueError, AttributeError):
        parts = []
    made = [context().make_mpf(part) for part in parts]
    if not made or not all(context().isfinite(part) for part in made):
        raise ParameterError(
            f"{constant!s:.80} has no finite value; pass numbers, and substitute symbols "
            "other than the unknowns and epsilon"
        )
    return context().mpc(*made)


def without_floats(formula: sympy.Expr) -> sympy.Expr:
    """Return a formula with its floats as rational numbers, so that zero is seen.

    Parameters
    ----------
    formula : sympy.Expr
        Any.

    Returns
    -------
    formula : sympy.Expr
        A float is the shortest decimal that rounds to it: 0.1 is 1/10.
    """
    floats = formula.atoms(sympy.Float)
    # More digits than float64 has: the binary value.
    short = {f: repr(float(f)) if f._prec <= 53 else f for f in floats}
    return formula.xreplace({f: sympy.Rational(value) for f, value in short.items()})


def multiplied(*factors: Number) -> Number:
    """Return a product, a Fraction if all factors are.

    Parameters
    ----------
    factors : number
        At least one.

    Returns
    -------
    product : Fraction or mpc
        Exact for Fractions.
    """
    if all(isinstance(factor, (int, Fraction)) for factor in factors):
        return functools.reduce(lambda a, b: a * b, factors, Fraction(1))
    return functools.reduce(lambda a, b: a * b, map(wide, factors))


def summed(parts: Iterable[Number]) -> Number:
    """Return a sum; zero, a Fraction, if it is rounding.

    Parameters
    ----------
    parts : iterable of numbers
        The summands.

    Returns
    -------
    total : Fraction or mpc
        Exact for Fractions.
    """
    given = list(parts)
    if all(isinstance(part, (int, Fraction)) for part in given):
        return sum(given, Fraction(0))
    values = [wide(part) for part in given]
    total = context().fsum(values)
    largest = max(_size(value) for value in values)
    return Fraction(0) if _size(total) <= _rounding() * largest else total


def _size(value: Number) -> Number:
    """Return a norm that needs no square root."""
    return abs(value.real) + abs(value.imag)


def _rounding() -> Number:
    return context().mpf(10) ** (-DIGITS // 2)


def roots(polynomial: list[Number]) -> list[tuple[Number, int]]:
    """Return the different roots of a polynomial with their multiplicities.

    Parameters
    ----------
    polynomial : list of numbers
        From the constant term up; first and last are not zero.

    Returns
    -------
    roots : list of (number, int)
        Rational ones as Fractions where the coefficients are rational.

    Raises
    ------
    ConvergenceError
        If the iteration for the roots does not end.
    """
    if len(polynomial) == 1:
        return []
    if all(isinstance(value, Fraction) for value in polynomial):
        return _rational(polynomial)
    factors = _squarefree([wide(value) for value in reversed(polynomial)])
    return [(root, count) for factor, count in factors for root in _simple(factor)]


def _rational(polynomial: list[Fraction]) -> list[tuple[Number, int]]:
    """Factor over the rational numbers."""
    z = sympy.Dummy("z")
    terms = [sympy.Rational(c.numerator, c.denominator) for c in reversed(polynomial)]
    found: list[tuple[Number, int]] = []
    for factor, count in sympy.Poly(terms, z, domain="QQ").factor_list()[1]:
        values = [number(sympy.Rational(c)) for c in factor.all_coeffs()]
        if len(values) == 2:
            found.append((-values[1] / values[0], count))
        else:
            found += [(root, count) for root in _simple([wide(v) for v in values])]
    return found


def _simple(polynomial: list[Number]) -> list[Number]:
    """Return the roots of a polynomial without multiple ones, highest power first."""
    c = context()
    try:
        found = c.polyroots(polynomial, maxsteps=1000, extraprec=4 * c.prec)
    except mpmath.libmp.NoConvergence:
        raise ConvergenceError(
            f"the {len(polynomial) - 1} roots of an edge polynomial were not found in "
            "1000 steps; scale the unknown so that its roots have comparable sizes"
        ) from None
    return [_snapped(c.mpc(root)) for root in found]


def _snapped(root: Number) -> Number:
    """Return a root that is real or imaginary up to rounding as exactly so."""
    real, imaginary = root.real, root.imag
    if abs(imaginary) <= _rounding() * abs(real):
        return context().mpc(real, 0)
    if abs(real) <= _rounding() * abs(imaginary):
        return context().mpc(0, imaginary)
    return root


def _squarefree(polynomial: list[Number]) -> list[tuple[list[Number], int]]:
    """Return factors without multiple roots and their multiplicities (Yun 1976)."""
    slope = _slope(polynomial)
    common = _divisor(polynomial, slope)
    b, c = _quotient(polynomial, common), _quotient(slope, common)
    found, count = [], 1
    while len(b) > 1:
        d = _difference(c, _slope(b))
        factor = _divisor(b, d)
        if len(factor) > 1:
            found.append((factor, count))
        b, c = _quotient(b, factor), _quotient(d, factor) if d else []
        count += 1
    return found


def _slope(polynomial: list[Number]) -> list[Number]:
    degree = len(polynomial) - 1
    return [(degree - k) * value for k, value in enumerate(polynomial[:-1])]


def _difference(left: list[Number], right: list[Number]) -> list[Number]:
    """Return left - right, without leading coefficients that are rounding."""
    length = max(len(left), len(right))
    a = [context().mpc(0)] * (length - len(left)) + left
    b = [context().mpc(0)] * (length - len(right)) + right
    largest = max([abs(value) for value in a + b], default=0)
    result = [x - y for x, y in zip(a, b, strict=True)]
    while result and abs(result[0]) <= _rounding() * largest:
        result = result[1:]
    return result


def _divided(
    dividend: list[Number], divisor: list[Number]
) -> tuple[list[Number], list[Number]]:
    """Return quotient and remainder of two polynomials."""
    rest, quotient = list(dividend), []
    while len(rest) >= len(divisor):
        factor = rest[0] / divisor[0]
        quotient.append(factor)
        taken = [factor * value for value in divisor]
        rest = [x - y for x, y in zip(rest, taken, strict=False)][1:] + rest[len(taken) :]
    return quotient, rest


def _quotient(dividend: list[Number], divisor: list[Number]) -> list[Number]:
    return _divided(dividend, divisor)[0]


def _divisor(left: list[Number], right: list[Number]) -> list[Number]:
    """Return the greatest common divisor with leading coefficient 1 (Euclid)."""
    while right:
        scale = max(abs(value) for value in left)
        size = max(abs(value) for value in right)
        left = [value / scale for value in left]
        right = [value / size for value in right]
        rest = _divided(left, right)[1]
        while rest and abs(rest[0]) <= _rounding():
            rest = rest[1:]
        left, right = right, rest
    return [value / left[0] for value in left]
