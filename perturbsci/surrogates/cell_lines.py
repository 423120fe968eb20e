"""Polynomials on the cells of one direction that are continuously differentiable.

The functions are values and slopes at the ends of cells, and what vanishes there with its
slope; those of the two walls are left out, so that all vanish on the walls. There are as
many as p - 1 Gauss points in each cell of degree p: collocation at them is square.

References: de Boor and Swartz (1973); Bialecki and Fairweather (2001).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from perturbsci.surrogates.pieces import legendre_table
from perturbsci.surrogates.quadrature import gauss
from perturbsci.types import Array

__all__ = ["CellLine", "cell_line", "graded_cells"]

RATIO = 5.0  # of neighbors that are graded to a wall
WIDEST = 0.075  # of the interval: a graded cell is no wider


@dataclass(frozen=True, slots=True, eq=False)
class CellLine:
    """Functions of one direction.

    Parameters
    ----------
    edges : array, shape (n_cells + 1,)
        Ends of the cells.
    points : array, shape (n,)
        Where equations are met.
    tables : array, shape (3, n, n)
        Values, first and second derivatives of the functions there.
    pieces : array, shape (n_cells * count, n)
        Legendre coefficients of the functions, cell by cell.
    count : int
        Of Legendre polynomials in each cell: one more than the highest degree.
    """

    edges: Array
    points: Array
    tables: Array
    pieces: Array
    count: int


def graded_cells(
    interval: tuple[float, float], first: tuple[float, float], inner: int
) -> tuple[Array, tuple[int, int]]:
    """Return ends of cells that are graded to the two ends of an interval.

    Parameters
    ----------
    interval : (float, float)
        Low and high end.
    first : (float, float)
        Widths of the cells at the ends as shares of the interval; zero: not graded.
    inner : int
        Equal cells between the graded ones.

    Returns
    -------
    edges : array, shape (n_cells + 1,)
        Ascending.
    graded : (int, int)
        Number of graded cells on either side.

    Examples
    --------
    >>> edges, graded = graded_cells((0.0, 1.0), (0.01, 0.0), 2)
    >>> graded, [round(float(item), 3) for item in edges]
    ((2, 0), [0.0, 0.01, 0.06, 0.53, 1.0])
    """
    low, high = interval
    widths = []
    for share in first:
        row = [share] if share > 0.0 else []
        while row and row[-1] * RATIO <= WIDEST:
            row.append(row[-1] * RATIO)
        widths.append(row)
    left = low + (high - low) * numpy.cumsum([0.0, *widths[0]])
    right = high - (high - low) * numpy.cumsum([0.0, *widths[1]])
    middle = numpy.linspace(left[-1], right[-1], inner + 1)
    edges = numpy.concatenate([left[:-1], middle, right[:-1][::-1]])
    return edges, (len(widths[0]), len(widths[1]))


def cell_line(edges: Array, degrees: Sequence[int]) -> CellLine:
    """Return the functions on given cells.

    Parameters
    ----------
    edges : array, shape (n_cells + 1,)
        Ascending.
    degrees : sequence of int
        From 3 on, one a cell.

    Returns
    -------
    line : CellLine
        Dense tables.

    Examples
    --------
    >>> line = cell_line(numpy.array([0.0, 0.5, 1.0]), (3, 4))
    >>> line.tables.shape, line.pieces.shape
    ((3, 5, 5), (10, 5))
    """
    m, count = len(edges) - 1, max(degrees) + 1
    starts = numpy.concatenate([[0], numpy.cumsum([p - 1 for p in degrees])])
    widths = numpy.diff(edges)
    around = numpy.concatenate(
        [widths[:1], numpy.sqrt(widths[1:] * widths[:-1]), widths[-1:]]
    )
    total = int(starts[-1]) + 2
    tables = numpy.zeros((3, total - 2, total))
    pieces = numpy.zeros((m * count, total))
    points = numpy.zeros(total - 2)
    for e, p in enumerate(degrees):
        own = _shapes(p)
        own[:, 1] *= widths[e] / around[e]  # slopes of the same function on both sides
        own[:, 3] *= widths[e] / around[e + 1]
        a, b = int(starts[e]), int(starts[e + 1])
        columns = [a, a + 1, b, b + 1, *range(a + 2, b)]
        nodes, _ = gauss(p - 1)
        points[a:b] = 0.5 * (edges[e] + edges[e + 1]) + 0.5 * widths[e] * nodes
        for order in range(3):
            values = legendre_table(nodes, p, order) @ own
            tables[order][a:b, columns] = values * (2.0 / widths[e]) ** order
        pieces[e * count : e * count + p + 1, columns] = own
    kept = [k for k in range(total) if k not in (0, total - 2)]
    return CellLine(edges, points, tables[:, :, kept], pieces[:, kept], count)


def _shapes(degree: int) -> Array:
    """Return Legendre coefficients of the functions of one cell, one a column."""
    ends = numpy.array([-1.0, 1.0])
    rows = [legendre_table(ends, degree, order) for order in (0, 1)]
    data = numpy.stack([rows[k][end] for end in (0, 1) for k in (0, 1)])
    shapes = numpy.eye(degree + 1)
    shapes[:4, :4] = numpy.linalg.inv(data[:, :4])
    shapes[:4, 4:] = -shapes[:4, :4] @ data[:, 4:]
    return shapes
