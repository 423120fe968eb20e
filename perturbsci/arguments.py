"""Single arguments: a finite number of a range, a whole number, a word, a flag, a seed."""

import math
from collections.abc import Collection
from numbers import Integral, Real

import numpy

from perturbsci.errors import ParameterError
from perturbsci.types import Seed

__all__ = [
    "checked_seed",
    "flag",
    "is_finite_number",
    "number",
    "one_of",
    "positive",
    "whole",
]


def flag(value: object, name: str, *, meaning: str = "") -> bool:
    """Return True or False.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        Of the argument.
    meaning : str
        When to pass True, for the message.

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
    choice = f"True {meaning}, else False" if meaning else "True or False"
    raise ParameterError(f"{name} is {value!r:.60}; pass {choice}")


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


def positive(value: object, name: str, *, meaning: str = "") -> float:
    """Return one finite number above 0 as a float.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        Of the argument.
    meaning : str
        What it is, for the message.

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
    what = f"{meaning}: " if meaning else ""
    raise ParameterError(f"{name} is {value!r:.60}; {what}pass one finite number above 0")


def whole(
    value: object,
    name: str,
    *,
    least: int | None = None,
    most: int | None = None,
    meaning: str = "",
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
    meaning : str
        What it counts, for the message.

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
    what = f"{meaning}: " if meaning else ""
    raise ParameterError(f"{name} is {value!r:.60}; {what}pass a whole number{where}")


def one_of(value: object, name: str, words: Collection[str]) -> str:
    """Return a word if it is one of those that are known.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        Of the argument.
    words : collection of str
        The known ones, in the order of the message.

    Returns
    -------
    word : str
        The same.

    Raises
    ------
    ParameterError
        If it is none of them; the message lists them.
    """
    if isinstance(value, str) and value in words:
        return value
    known = ", ".join(map(repr, words))
    raise ParameterError(f"{name} is {value!r:.60}; it must be one of {known}")


def checked_seed(seed: object) -> Seed:
    """Return a seed, refused also where nothing is drawn with it.

    Parameters
    ----------
    seed : object
        What was passed; None and ``numpy.random`` itself are no seeds.

    Returns
    -------
    seed : int or numpy.random.Generator
        The same.

    Raises
    ------
    ParameterError
        If it does not determine the random numbers that are drawn.
    """
    if isinstance(seed, numpy.random.Generator):
        return seed
    if isinstance(seed, Integral) and not isinstance(seed, bool) and 0 <= int(seed) < 2**64:
        return int(seed)
    raise ParameterError(
        f"seed is {seed!r:.60}; pass a whole number from 0 on or a numpy.random.Generator"
    )


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
