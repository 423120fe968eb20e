"""Level curves of values on a rectangular grid, by marching squares.

A curve crosses an edge of the grid where the values at its ends lie on different sides of
0; linear interpolation says where. Each cell joins its two crossings, or its four in two
pairs: at a saddle the mean of the corners says which.

Reference: Lorensen and Cline (1987), in two dimensions.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy

from perturbsci.types import Array

__all__ = ["level_curves"]

Edge: TypeAlias = tuple[int, int, int]  # row and column of its start; 0 right or 1 up

# Corners inside, as bits: 1 lower left, 2 lower right, 4 upper right, 8 upper left.
# Edges of a cell: 0 below, 1 right, 2 above, 3 left.
PAIRS: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),),
    2: ((0, 1),),
    3: ((3, 1),),
    4: ((1, 2),),
    6: ((0, 2),),
    7: ((3, 2),),
    8: ((2, 3),),
    9: ((2, 0),),
    11: ((2, 1),),
    12: ((1, 3),),
    13: ((1, 0),),
    14: ((0, 3),),
}
# Two opposite corners are inside: kept apart, or joined through the middle.
APART = {5: ((3, 0), (1, 2)), 10: ((0, 1), (2, 3))}
JOINED = {5: APART[10], 10: APART[5]}


def level_curves(x: Array, y: Array, values: Array) -> list[Array]:
    """Return the curves on which the interpolated values are 0.

    Parameters
    ----------
    x : real array, shape (nx,)
        Ascending.
    y : real array, shape (ny,)
        Ascending.
    values : real array, shape (ny, nx)
        Finite; 0 counts as inside, together with what is negative.

    Returns
    -------
    curves : list of complex arrays, shape (k,)
        x + iy; a closed curve ends where it begins, an open one at the rim of the grid.

    Examples
    --------
    >>> values = numpy.array([[1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, 1.0]])
    >>> curve, = level_curves(numpy.arange(3.0), numpy.arange(3.0), values)
    >>> sorted(set(curve.tolist()), key=lambda z: (z.real, z.imag))
    [(0.5+1j), (1+0.5j), (1+1.5j), (1.5+1j)]
    """
    points = _crossings(x, y, values)
    beside: dict[Edge, list[Edge]] = {}
    for one, other in _segments(values):
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    ends = [edge for edge, others in beside.items() if len(others) == 1]
    curves = []
    for start in [*ends, *beside]:  # what is left after the open curves is closed
        if start in beside:
            curves.append(numpy.array([points(edge) for edge in _walk(beside, start)]))
    return curves


def _crossings(x: Array, y: Array, values: Array) -> Callable[[Edge], complex]:
    """Return the function that says where the curve crosses an edge."""

    def point(edge: Edge) -> complex:
        j, i, up = edge
        v, w = values[j, i], values[j + up, i + 1 - up]
        t = v / (v - w)
        return complex(
            x[i] + (1 - up) * t * (x[min(i + 1, len(x) - 1)] - x[i]),
            y[j] + up * t * (y[min(j + 1, len(y) - 1)] - y[j]),
        )

    return point


def _segments(values: Array) -> Iterator[tuple[Edge, Edge]]:
    """Yield the pairs of edges that a curve joins inside a cell."""
    inside = (values <= 0).astype(int)
    low, high = inside[:-1], inside[1:]
    cases = low[:, :-1] + 2 * low[:, 1:] + 4 * high[:, 1:] + 8 * high[:, :-1]
    for j, i in numpy.argwhere((cases > 0) & (cases < 15)).tolist():
        case = int(cases[j, i])
        pairs = PAIRS.get(case)
        if pairs is None:
            pairs = (JOINED if values[j : j + 2, i : i + 2].sum() <= 0 else APART)[case]
        edges = ((j, i, 0), (j, i + 1, 1), (j + 1, i, 0), (j, i, 1))
        for one, other in pairs:
            yield edges[one], edges[other]


def _walk(
    beside: dict[Edge, list[Edge]],
    start: Edge,
) -> list[Edge]:
    """Take one curve out of the neighbors, from ``start`` to its end."""
    curve, here = [start], start
    while beside.get(here):
        there = beside[here].pop()
        beside[there].remove(here)
        if not beside[here]:
            del beside[here]
        curve.append(there)
        here = there
    beside.pop(here, None)
    return curve
