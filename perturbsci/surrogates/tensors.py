"""Sums of products of one-dimensional functions: values, and one contraction a coordinate.

Coefficients of a field have one axis a coordinate. Where a direction is cut into cells,
the functions of each cell follow one another on the axis, so that a piecewise polynomial
of c cells and degree n has c (n + 1) entries there.
"""

from collections.abc import Sequence
from typing import Any

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import blocks
from perturbsci.surrogates.bases import Chebyshev, Fourier, Legendre
from perturbsci.surrogates.features import univariate_jets
from perturbsci.surrogates.jets import polynomial_jets
from perturbsci.types import Array

__all__ = ["contract", "expand_tensor"]

FEW = 32  # points that are evaluated one by one in any case


def contract(coefficients: Array, matrices: Sequence[Array | None]) -> Array:
    """Multiply each axis of an array by a matrix.

    Parameters
    ----------
    coefficients : array, shape (n_1, ..., n_d)
        Whatever.
    matrices : sequence of array, shape (m_k, n_k), or None
        One an axis; None leaves it alone.

    Returns
    -------
    values : array, shape (m_1, ..., m_d)
        sum c[j_1, ..., j_d] prod_k A_k[i_k, j_k].

    Notes
    -----
    About 2 d m^{d+1} flops.

    Examples
    --------
    >>> contract(numpy.eye(2), [numpy.array([[1.0, 2.0]]), None])
    array([[1., 2.]])
    """
    xp = namespace(coefficients)
    value = coefficients
    for matrix in matrices:  # the first axis goes last each time, so that nothing is copied
        if matrix is None:
            value = xp.moveaxis(value, 0, -1)
        else:
            first, *rest = value.shape
            flat = xp.reshape(value, (first, -1)).T @ matrix.T
            value = xp.reshape(flat, (*rest, matrix.shape[0]))
    return value


def expand_tensor(
    basis: Legendre | Chebyshev | Fourier,
    coefficients: Array,
    edges: tuple[Array, ...],
    points: Array,
    orders: Sequence[int],
    field: int = 0,
) -> Array:
    """Return one derivative of one real field of a sum of tensor products.

    Parameters
    ----------
    basis : Legendre, Chebyshev or Fourier
        The functions of one cell.
    coefficients : array, shape (n_fields, N_1, ..., N_d)
        N_k = cells times functions.
    edges : tuple of array, shape (n_cells + 1,)
        Ends of the cells of each direction; empty for one cell.
    points : array, shape (n, d)
        In the units of the coordinates.
    orders : sequence of int
        How often to differentiate with respect to each coordinate.
    field : int, optional
        Which.

    Returns
    -------
    values : array, shape (n,)
        On the device of the points; NaN for a row that holds one.

    Notes
    -----
    2 N_1 ... N_d flops a point, in blocks that fit into memory; points of a grid, in any
    order, cost one contraction a direction.

    Examples
    --------
    >>> basis = Legendre((1, 1), [(0, 1), (0, 2)])
    >>> weights = numpy.ones((1, 2, 2))
    >>> expand_tensor(basis, weights, (), numpy.array([[1.0, 2.0]]), (0, 0))
    array([4.])
    """
    xp = namespace(points)
    dtype = points.dtype
    own = xp.asarray(coefficients[field], dtype=dtype, device=points.device)
    values = xp.empty(len(points), dtype=dtype, device=points.device)
    if xp is numpy and len(points) > FEW:
        found = _on_grid(basis, own, edges, points, orders)
        if found is not None:
            return found
    for block in blocks(len(points), 8 * int(own.size)):
        part = points[block, :]
        good = xp.isfinite(xp.sum(part, axis=1))
        part = xp.where(good[:, None], part, _middle(basis, part))
        tables = [
            _table(basis, edges, k, xp.asarray(part[:, k], copy=True), int(order))
            for k, order in enumerate(orders)
        ]
        value = xp.tensordot(tables[0], own, axes=(1, 0))
        for table in tables[1:]:
            spread = xp.reshape(table, (*table.shape, *(1,) * (value.ndim - 2)))
            value = xp.sum(value * spread, axis=1)
        values[block] = xp.where(good, value, xp.nan)
    return values


def _on_grid(
    basis: Any,
    coefficients: Array,
    edges: tuple[Array, ...],
    points: Array,
    orders: Sequence[int],
) -> Array | None:
    """Return values at points that fill at least half of a grid, None for others."""
    good = numpy.isfinite(points.sum(axis=1))
    places: Array = numpy.where(good[:, None], points, _middle(basis, points))
    axes = _grid_axes(places)
    where: tuple[Array, ...] | None = None
    if axes is None:
        axes, where, count = [], (), 1
        for column in places.T:
            axis, place = numpy.unique(column, return_inverse=True)
            axes.append(axis)
            where = (*where, place.reshape(-1))
            count *= len(axis)
            if count > 2 * len(points):
                return None
    tables = [
        _table(basis, edges, k, axis, int(order))
        for k, (axis, order) in enumerate(zip(axes, orders, strict=True))
    ]
    for k, table in enumerate(tables):  # cells without points
        if edges and len(edges[k]) > 2:
            used = numpy.nonzero(table.any(axis=0))[0]
            tables[k] = table[:, used]
            coefficients = numpy.take(coefficients, used, axis=k)
    values = contract(coefficients, tables)
    values = values.ravel() if where is None else values[where]
    return numpy.where(good, values, numpy.nan)


def _grid_axes(points: Array) -> list[Array] | None:
    """Return the axes of points that are a grid in C order, None for others."""
    n, d = len(points), points.shape[1]
    axes, period = [], 1
    for k in reversed(range(d)):
        column = points[::period, k]
        again = numpy.nonzero(column[1:] == column[0])[0] if k else column[:0]
        length = int(again[0]) + 1 if len(again) else len(column)
        axes.append(column[:length])
        period *= length
        if n % period:
            return None
    axes = axes[::-1]
    if period != n:
        return None
    shaped = points.reshape(*(len(axis) for axis in axes), d)
    for k, axis in enumerate(axes):
        if not (shaped[..., k] == axis.reshape(-1, *(1,) * (d - 1 - k))).all():
            return None
    return axes


def _middle(basis: Any, part: Array) -> Array:
    """Return the center of the domain, a stand-in for points that are no numbers."""
    xp = namespace(part)
    center = [0.5 * low + 0.5 * high for low, high in basis.domain]
    return xp.asarray(center, dtype=part.dtype, device=part.device)


def _table(basis: Any, edges: tuple[Array, ...], k: int, x: Array, order: int) -> Array:
    """Return a derivative of the functions of one direction, shape (n, N_k)."""
    xp = namespace(x)
    if not edges or len(edges[k]) == 2:
        return univariate_jets(basis, k, x, order)[:, order, :]
    ends = numpy.asarray(edges[k])
    count, family = basis.shape[k], type(basis).__name__.lower()
    inner = xp.asarray(ends[1:-1], dtype=x.dtype, device=x.device)
    cell = xp.searchsorted(inner, x, side="right")
    table = xp.zeros((len(x), count * (len(ends) - 1)), dtype=x.dtype, device=x.device)
    for j in range(len(ends) - 1):
        rows = xp.nonzero(cell == j)[0]
        if len(rows):
            interval = (float(ends[j]), float(ends[j + 1]))
            jets = polynomial_jets(x[rows], interval, count, order, family=family)
            table[rows, j * count : (j + 1) * count] = jets[:, order, :]
    return table
