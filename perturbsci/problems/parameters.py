"""The numbers that a statement takes: finite, above zero, or whole."""

import math
from numbers import Real

from perturbsci.errors import ParameterError

__all__ = ["finite_parameter", "positive_parameter", "whole_parameter"]


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
