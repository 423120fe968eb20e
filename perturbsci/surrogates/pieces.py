"""Piecewise polynomials in space and time: how ``Elements`` are stored and evaluated.

Element e holds the coefficients of tensor Legendre polynomials on its own rectangle,

    u(x, t) = sum_ij c[e, field, i, j] P_i(xi) P_j(tau),  xi, tau in [-1, 1].
"""

import numpy

from perturbsci.backend.arrays import namespace, to_host
from perturbsci.types import Array

__all__ = ["expand_elements", "legendre_table"]


def legendre_table(points: Array, degree: int, order: int = 0) -> Array:
    """Return one derivative of the Legendre polynomials up to a degree.

    P_n' = P_(n-2)' + (2n - 1) P_(n-1), and alike for each further derivative.

    Parameters
    ----------
    points : array, shape (n,)
        Usually in [-1, 1].
    degree, order : int
        Highest degree; which derivative.

    Returns
    -------
    table : array, shape (n, degree + 1)
        Column k belongs to P_k.

    Notes
    -----
    About 3 (order + 1) n degree operations.

    Examples
    --------
    >>> legendre_table(numpy.array([0.5]), 2)
    array([[ 1.   ,  0.5  , -0.125]])
    """
    xp = namespace(points)
    points = points + 0.0  # contiguous
    columns = xp.empty(
        (degree + 1, points.shape[0]), dtype=points.dtype, device=points.device
    )
    columns[0] = 1.0
    if degree:
        columns[1] = points
    for n in range(1, degree):
        columns[n + 1] = ((2 * n + 1) * points * columns[n] - n * columns[n - 1]) / (n + 1)
    for _ in range(order):
        slopes = xp.zeros_like(columns)
        if degree:
            slopes[1] = columns[0]
        for n in range(2, degree + 1):
            slopes[n] = slopes[n - 2] + (2 * n - 1) * columns[n - 1]
        columns = slopes
    return columns.T  # columns are contiguous


def expand_elements(
    basis: object,  # noqa: ARG001 (every basis has it)
    coefficients: Array,
    edges: tuple[Array, ...],
    points: Array,
    orders: tuple[int, ...],
    field: int,
) -> Array:
    """Return one derivative of a piecewise polynomial.

    Parameters
    ----------
    basis : Elements
        Not needed: the shapes say all.
    coefficients : array, shape (n_elements, n_fields, n_x, n_t)
        Of all slabs, one after the other; n_t = 1 in a steady problem.
    edges : tuple of array, shape (n + 1,)
        (ends in space,), or ends in time and then the ends in space of each slab.
    points : array, shape (n, 1) or (n, 2)
        Space, and time.
    orders : tuple of int
        One a coordinate.
    field : int
        Which real field.

    Returns
    -------
    values : array, shape (n,)
        At a common end of two elements those of the left, at that of two slabs those of
        the earlier one.
    """
    xp = namespace(points)
    steady = points.shape[1] == 1
    meshes = edges if steady else edges[1:]
    table = numpy.asarray(coefficients)[:, field]
    values = xp.zeros(points.shape[0], dtype=xp.float64, device=points.device)
    slab = _piece(points[:, 1], edges[0]) if len(meshes) > 1 else None
    first = 0
    for k, mesh in enumerate(meshes):
        rows = xp.nonzero(slab == k)[0] if slab is not None else slice(None)
        place = points[rows]
        n = len(mesh) - 1
        if place.shape[0]:
            e = _piece(place[:, 0], mesh)
            own = xp.asarray(table[first : first + n], device=points.device)
            left = _table(place[:, 0], mesh, e, own.shape[1] - 1, orders[0])
            sums = _products(left, own, e)
            if not steady:
                ends = edges[0][k : k + 2]
                right = _table(place[:, 1], ends, None, own.shape[2] - 1, orders[1])
                values[rows] = xp.sum(sums * right.T, axis=0)
            else:
                values[rows] = sums[0]
        first += n
    return values


def _piece(places: Array, ends: Array) -> Array:
    """Return in which interval places lie; those outside are in the nearest."""
    xp = namespace(places)
    inner = xp.asarray(ends[1:-1], device=places.device)
    return xp.searchsorted(inner, places, side="left")


def _table(places: Array, ends: Array, e: Array | None, degree: int, order: int) -> Array:
    """Return derivatives of Legendre polynomials of the coordinate of each interval."""
    xp = namespace(places)
    low, high = (xp.asarray(item, device=places.device) for item in (ends[:-1], ends[1:]))
    if e is None:
        low, high = low[0], high[0]
    else:
        low, high = low[e], high[e]
    width = high - low
    local = ((places - low) - (high - places)) / width
    table = legendre_table(local, degree, order)
    if order == 0:
        return table
    scale = (2.0 / width) ** order
    return table * (scale[:, None] if e is not None else scale)


def _products(left: Array, own: Array, e: Array) -> Array:
    """Return sum_i left[n, i] own[e[n], i, j], shape (n_t, n), element by element."""
    xp = namespace(left)
    n = own.shape[0]
    if n == 1:
        return own[0].T @ left.T
    order = xp.argsort(e, stable=True)
    ends = to_host(xp.searchsorted(e[order], xp.arange(n + 1, device=left.device))).tolist()
    found = xp.empty((own.shape[2], left.shape[0]), dtype=left.dtype, device=left.device)
    for k in range(n):
        rows = order[ends[k] : ends[k + 1]]
        if rows.shape[0]:
            found[:, rows] = own[k].T @ left[rows].T
    return found
