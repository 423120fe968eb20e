"""Numbers that a user passes, checked with advice."""

import math
from numbers import Integral, Real

from perturbsci.errors import ParameterError

__all__ = ["checked_positive", "checked_whole"]


def checked_whole(value: object, name: str, low: int, meaning: str) -> int:
    """Return a whole number from ``low`` on.

    Parameters
    ----------
    value : object
        What a user passed.
    name, meaning : str
        For the message.
    low : int
        The smallest.

    Returns
    -------
    number : int
        Of Python.

    Raises
    ------
    ParameterError
        If it is anything else.
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < low:
        raise ParameterError(
            f"{name} is {value!r:.60}; it must be a whole number from {low} on: {meaning}"
        )
    return int(value)


def checked_positive(value: object, name: str, meaning: str) -> float:
    """Return a finite number above zero.

    Parameters
    ----------
    value : object
        What a user passed.
    name, meaning : str
        For the message.

    Returns
    -------
    number : float
        Of Python.

    Raises
    ------
    ParameterError
        If it is anything else.
    """
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not 0.0 < float(value) < math.inf:  # type: ignore[arg-type]
        raise ParameterError(
            f"{name} is {value!r:.60}; it must be a finite number above 0: {meaning}"
        )
    return float(value)  # type: ignore[arg-type]
