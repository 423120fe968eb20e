"""Single arguments: one finite number of a range, one whole number, or True and False."""

import math
from numbers import Integral, Real

import numpy

from perturbsci.errors import ParameterError

__all__ = ["flag", "is_finite_number", "number", "positive", "whole"]


def flag(value: object, name: str) -> bool:
    """Return True or False.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        Of the argument.

    Returns
    -------
    flag : bool
        Of Python.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    if isinstance(value, (bool, numpy.bool_)):
        return bool(value)
    raise ParameterError(f"{name} is {value!r:.60}; pass True or False")


def number(
    value: object, name: str, *, least: float = -math.inf, most: float = math.inf
) -> float:
    """Return one finite real number as a float.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        Of the argument.
    least, most : float
        The smallest and the largest number that are allowed; ``most`` with ``least`` only.

    Returns
    -------
    number : float
        Of Python.

    Raises
    ------
    ParameterError
        If it is none, or outside the range.
    """
    if is_finite_number(value) and least <= float(value) <= most:  # type: ignore[arg-type]
        return float(value)  # type: ignore[arg-type]
    end = "on" if most == math.inf else f"to {most:g}"
    where = "" if least == -math.inf else f" from {least:g} {end}"
    raise ParameterError(f"{name} is {value!r:.60}; pass one finite number{where}")


def positive(value: object, name: str) -> float:
    """Return one finite number above 0 as a float.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        Of the argument.

    Returns
    -------
    number : float
        Of Python.

    Raises
    ------
    ParameterError
        If it is none.
    """
    if is_finite_number(value) and float(value) > 0:  # type: ignore[arg-type]
        return float(value)  # type: ignore[arg-type]
    raise ParameterError(f"{name} is {value!r:.60}; pass one finite number above 0")


def whole(
    value: object, name: str, *, least: int | None = None, most: int | None = None
) -> int:
    """Return one whole number.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        Of the argument.
    least, most : int, optional
        The smallest and the largest number that are allowed; ``most`` with ``least`` only.

    Returns
    -------
    number : int
        Of Python.

    Raises
    ------
    ParameterError
        If it is none, or outside the range.
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        number = int(value)
        if (least is None or number >= least) and (most is None or number <= most):
            return number
    end = "on" if most is None else f"to {most}"
    where = "" if least is None else f" from {least} {end}"
    raise ParameterError(f"{name} is {value!r:.60}; pass a whole number{where}")


def is_finite_number(value: object) -> bool:
    """Tell whether a value is one finite real number; True and False are none.

    Parameters
    ----------
    value : object
        What was passed.

    Returns
    -------
    is_number : bool
        False also for a whole number beyond the range of float.
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
