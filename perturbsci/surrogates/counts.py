"""Counts of derivatives and degrees: whole numbers, True and False not among them."""

from numbers import Integral

import sympy

from perturbsci.errors import ParameterError

__all__ = ["checked_orders", "is_count"]


def is_count(item: object, least: int = 0) -> bool:
    """Return whether something is a whole number from ``least`` on.

    Parameters
    ----------
    item : object
        What was passed.
    least : int
        The smallest.

    Returns
    -------
    is_count : bool
        False for True and False, too.

    Examples
    --------
    >>> is_count(2), is_count(True), is_count(0, 1)
    (True, False, False)
    """
    return isinstance(item, Integral) and not isinstance(item, bool) and int(item) >= least


def checked_orders(
    orders: object, coordinates: tuple[sympy.Symbol, ...]
) -> tuple[int, ...]:
    """Return how often to differentiate in each coordinate.

    Parameters
    ----------
    orders : object
        What was passed.
    coordinates : tuple of sympy.Symbol
        One order each.

    Returns
    -------
    orders : tuple of int
        From 0 on.

    Raises
    ------
    ParameterError
        If it is anything else.

    Examples
    --------
    >>> checked_orders([1, 0], sympy.symbols("x t"))
    (1, 0)
    """
    counts = tuple(orders) if isinstance(orders, (tuple, list)) else ()
    if len(counts) != len(coordinates) or not all(map(is_count, counts)):
        raise ParameterError(
            f"orders is {orders!r:.80}; it must hold one count for each of {coordinates}, "
            f"such as {(1,) + (0,) * (len(coordinates) - 1)}"
        )
    return tuple(int(item) for item in counts)
