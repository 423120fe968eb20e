"""Single numbers as arguments: one finite number of a range, or one whole number."""

import math
from numbers import Integral, Real

from perturbsci.errors import ParameterError

__all__ = ["number", "positive", "whole"]

LARGEST = 2**1023


def number(value: object, name: str, *, least: float = -math.inf) -> float:
    """Return one finite real number as a float.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        Of the argument.
    least : float
        The smallest number that is allowed.

    Returns
    -------
    number : float
        Of Python.

    Raises
    ------
    ParameterError
        If it is none, or too small.
    """
    if _is_finite(value) and float(value) >= least:  # type: ignore[arg-type]
        return float(value)  # type: ignore[arg-type]
    where = "" if least == -math.inf else f" from {least:g} on"
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
    if _is_finite(value) and float(value) > 0:  # type: ignore[arg-type]
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


def _is_finite(value: object) -> bool:
    if isinstance(value, Integral):  # one beyond the range of float is no number here
        return not isinstance(value, bool) and abs(int(value)) < LARGEST
    return isinstance(value, Real) and math.isfinite(value)
