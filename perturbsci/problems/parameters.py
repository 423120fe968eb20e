"""The numbers and formulas that a statement takes: finite, above zero, whole, exact."""

import math
from numbers import Complex, Rational, Real

import sympy

from perturbsci.errors import ParameterError

__all__ = [
    "exact_parameter",
    "finite_parameter",
    "formula_parameter",
    "positive_parameter",
    "whole_parameter",
]


def finite_parameter(name: str, value: object) -> float:
    """Return a parameter as a float.

    Parameters
    ----------
    name : str
        Its name, for the message.
    value : object
        A finite real number, of Python or NumPy.

    Returns
    -------
    value : float
        The same number.

    Raises
    ------
    ParameterError
        If it is not one finite real number.

    Examples
    --------
    >>> finite_parameter("epsilon", 1)
    1.0
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise ParameterError(
        f"parameter {name!r} is {value!r}; it must be a finite real number such as 0.1"
    )


def positive_parameter(name: str, value: object) -> float:
    """Return a parameter as a float above zero.

    Parameters
    ----------
    name : str
        Its name, for the message.
    value : object
        A finite real number, of Python or NumPy.

    Returns
    -------
    value : float
        The same number.

    Raises
    ------
    ParameterError
        If it is not one finite real number above zero.
    """
    number = finite_parameter(name, value)
    if number <= 0.0:
        raise ParameterError(
            f"{name} is {number}; it must be above zero: at zero take the limit problem"
        )
    return number


def whole_parameter(name: str, value: object, least: int = 1) -> int:
    """Return a parameter as an int, a float with a whole value included.

    Parameters
    ----------
    name : str
        Its name, for the message.
    value : object
        A whole number, of Python or NumPy.
    least : int, optional
        The smallest value that makes sense.

    Returns
    -------
    value : int
        The same number.

    Raises
    ------
    ParameterError
        If it is not one whole number from ``least`` on.
    """
    number = finite_parameter(name, value)
    if not number.is_integer() or number < least:
        raise ParameterError(
            f"{name} is {value!r}; it must be a whole number from {least} on"
        )
    return int(number)


def exact_parameter(name: str, value: object) -> float | sympy.Expr:
    """Return a number as a float, or as it is where a float would round it.

    Parameters
    ----------
    name : str
        Its name, for the message.
    value : object
        A finite real number of Python, NumPy or SymPy, such as ``sympy.pi``.

    Returns
    -------
    value : float or sympy.Expr
        A float if the number is one, or was given with a ``Float`` in it; an exact number
        of SymPy otherwise.

    Raises
    ------
    ParameterError
        If it is not one finite real number.

    Examples
    --------
    >>> exact_parameter("width", 2), exact_parameter("width", sympy.pi)
    (2.0, pi)
    """
    if not isinstance(value, sympy.Expr):
        return finite_parameter(name, value)
    if not value.is_number or not value.is_finite or not value.is_real:
        raise ParameterError(
            f"parameter {name!r} is {value!s:.80}; it must be a finite real number such as "
            "0.1 or sympy.pi"
        )
    number = finite_parameter(name, float(sympy.N(value, 30)))
    rounded = value.has(sympy.Float) or value == sympy.Rational(number)
    return number if rounded else value


def formula_parameter(name: str, value: object) -> sympy.Expr:
    """Return a formula or a number as a SymPy expression, its digits kept.

    Parameters
    ----------
    name : str
        Its name, for the message.
    value : object
        A SymPy expression, or a finite number of Python or NumPy.

    Returns
    -------
    formula : sympy.Expr
        The same object, or the same number.

    Raises
    ------
    ParameterError
        If it is text, a truth value, not finite, or anything else.

    Examples
    --------
    >>> formula_parameter("value", 0.5)
    0.500000000000000
    """
    if isinstance(value, sympy.Expr):
        if value.has(sympy.nan, sympy.oo, sympy.zoo):
            raise ParameterError(f"{name} is {value!s:.80}; it must be finite everywhere")
        return value
    if isinstance(value, Complex) and not isinstance(value, (bool, sympy.Basic)):
        if isinstance(value, Rational):
            return sympy.Rational(int(value.numerator), int(value.denominator))
        if isinstance(value, Real):
            return sympy.Float(finite_parameter(name, value))
        parts = [sympy.Float(finite_parameter(name, p)) for p in (value.real, value.imag)]
        return parts[0] + sympy.I * parts[1]
    raise ParameterError(
        f"{name} is {value!r:.80} of type {type(value).__name__}; it must be a SymPy "
        "expression or a finite number, text goes through problems.parse_expression first"
    )
