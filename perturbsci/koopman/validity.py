"""What the arguments of a dictionary must be, checked before work starts."""

import math
from collections.abc import Sequence
from numbers import Integral

import numpy

from perturbsci.arguments import is_finite_number
from perturbsci.backend.arrays import as_array, to_host
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = [
    "MOST_FUNCTIONS",
    "check_count",
    "check_n_state",
    "checked_degrees",
    "checked_edges",
    "checked_interval",
    "checked_points",
]

MOST_FUNCTIONS = 20000  # a dense Gram matrix of this size takes 3.2 GB
LARGEST = 2**1023  # whole numbers beyond the range of float overflow in arithmetic


def check_n_state(n_state: int) -> None:
    """Refuse a number of state columns that is no positive integer.

    Parameters
    ----------
    n_state : int
        As the user passed it.

    Raises
    ------
    ParameterError
        If it is not.
    """
    whole = isinstance(n_state, Integral) and not isinstance(n_state, bool)
    if not (whole and 1 <= n_state < 2**63):
        raise ParameterError(
            f"n_state is {n_state!r:.60}; it must be the number of columns of snapshots.x"
        )


def check_count(count: int, what: str) -> None:
    """Refuse more functions than a dense Gram matrix can hold.

    Parameters
    ----------
    count : int
        How many functions are asked for.
    what : str
        By which arguments.

    Raises
    ------
    ParameterError
        If there are more than 20000.
    """
    if count > MOST_FUNCTIONS:
        size = 8 * min(count, 2**63) ** 2 / 1e9
        raise ParameterError(
            f"{what} asks for {count!r:.30} functions, whose dense Gram matrix takes "
            f"{size:.3g} GB; at most {MOST_FUNCTIONS} fit: lower the degree, or choose "
            "fewer functions"
        )


def checked_degrees(
    degrees: int | Sequence[int], *, signed: bool = False, name: str = "degrees"
) -> numpy.ndarray:
    """Return the degrees of functions of one coordinate, one a row.

    Parameters
    ----------
    degrees : int or sequence of int
        An int n means 0..n (signed: -n..n); a sequence means exactly these.
    signed : bool
        Whether they are frequencies.
    name : str
        The argument.

    Returns
    -------
    indices : integer array, shape (n_functions, 1)
        In their order.

    Raises
    ------
    ParameterError
        If one is no whole number in range, or there is none, or more than 20000.
    """
    if isinstance(degrees, (bool, numpy.bool_)) or (
        isinstance(degrees, Integral) and degrees < 0
    ):
        raise ParameterError(
            f"{name} is {degrees!r:.60}; the largest degree is a number from 0 on"
        )
    if isinstance(degrees, Integral):
        top = int(degrees)
        check_count(2 * top + 1 if signed else top + 1, f"{name}={top!r:.30}")
        return numpy.arange(-top if signed else 0, top + 1)[:, None]
    try:
        table = numpy.asarray(degrees)
    except ValueError:
        table = numpy.asarray(None)
    good = table.ndim == 1 and table.size > 0 and table.dtype.kind in "iu"
    if not good or (not signed and table.min() < 0):
        least = "whole numbers" if signed else "whole numbers from 0 on"
        raise ParameterError(f"{name} is {degrees!r:.60}; pass {least}, at least one")
    check_count(table.size, f"a list of {table.size} {name}")
    top = max(int(table.max()), -int(table.min()))
    if top > MOST_FUNCTIONS:
        raise ParameterError(
            f"{name} holds {top}, a degree above {MOST_FUNCTIONS}; functions that "
            "oscillate so fast cannot be told apart on data: choose lower ones"
        )
    return table.astype(numpy.int64)[:, None]


def checked_interval(interval: Sequence[float]) -> tuple[float, float]:
    """Return the two ends of an interval.

    Parameters
    ----------
    interval : sequence of float, shape (2,)
        As the user passed it.

    Returns
    -------
    left, right : float
        ``left < right``.

    Raises
    ------
    ParameterError
        If it is not two increasing finite numbers.
    """
    try:
        ends = tuple(interval)
    except TypeError:
        ends = ()
    left, right = math.nan, math.nan
    if len(ends) == 2 and all(is_finite_number(end) for end in ends):
        left, right = (float(end) for end in ends)
    if not -math.inf < left < right < math.inf:
        raise ParameterError(
            f"interval is {interval!r:.60}; pass (left, right) with left < right, both "
            "finite: the range of the coordinate"
        )
    return left, right


def checked_points(points: Array, name: str) -> numpy.ndarray:
    """Return points of the state space on the host.

    Parameters
    ----------
    points : real array, shape (n_points, n_state)
        As the user passed them.
    name : str
        The argument.

    Returns
    -------
    points : real array, shape (n_points, n_state)
        In float64 or float32, of its own memory.

    Raises
    ------
    ShapeError, ParameterError
        If they are no finite real numbers in rows.
    """
    return to_host(as_array(points, name=name, ndim=2, real=True, copy=True))


def checked_edges(edges: Sequence[Array]) -> tuple[numpy.ndarray, ...]:
    """Return the edges of the cells of each coordinate on the host.

    Parameters
    ----------
    edges : sequence of real array, shape (n_cells_k + 1,)
        As the user passed them.

    Returns
    -------
    edges : tuple of real array, shape (n_cells_k + 1,)
        Increasing.

    Raises
    ------
    ShapeError
        If one has fewer than two entries, or there is none.
    ParameterError
        If one does not increase.
    """
    if not edges:
        raise ShapeError(
            f"edges is {edges!r}, needed one array of cell edges per coordinate; pass "
            "indicator(edges_of_x1, edges_of_x2, ...)"
        )
    found = []
    for k, given in enumerate(edges):
        ends = to_host(as_array(given, name=f"edges[{k}]", ndim=1, real=True, copy=True))
        if len(ends) < 2:
            raise ShapeError(
                f"edges[{k}] has {len(ends)} entry, needed at least 2: the ends of one "
                "cell; pass numpy.linspace(left, right, n_cells + 1)"
            )
        steps = numpy.diff(ends)
        if not (steps > 0).all():
            j = int(numpy.flatnonzero(steps <= 0)[0])
            raise ParameterError(
                f"edges[{k}] goes from {ends[j]:.6g} to {ends[j + 1]:.6g} at index {j}; "
                "edges increase: pass numpy.unique(edges) if they are in another order"
            )
        found.append(ends)
    return tuple(found)
