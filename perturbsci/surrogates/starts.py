"""Initial data on a mesh that is graded until they are met.

End unknowns are the exact derivatives of the data (averaged at a kink, as the wall demands
at a wall), bubbles a least-squares fit; elements that miss the data are bisected.
"""

from dataclasses import dataclass

import numpy

from perturbsci.surrogates.quadrature import gauss
from perturbsci.surrogates.setting import Setting
from perturbsci.surrogates.wall_tables import Table
from perturbsci.types import Array

__all__ = [
    "Start",
    "data_norm",
    "element_norms",
    "fitted_data",
    "norm_of_shares",
    "start_data",
]

FIRST = 4  # equal elements
ROUNDS = 60  # of bisection
LEAST = 1e-15  # of the size of the data, the defect that rounding leaves
ULPS = 1e-15  # of the largest coordinate, where one-sided limits are taken
KINK = 1e-9  # of the size of a derivative, from which on it jumps


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Initial data as piecewise polynomials.

    Parameters
    ----------
    edges : array, shape (n + 1,)
        In X.
    data : tuple of array, shape (n, q, p + 1)
        One a real field, coefficients of the unscaled functions.
    defect : float
        Norm of what is missed, in the physical coordinate.
    largest : float
        Its maximum.
    """

    edges: Array
    data: tuple[Array, ...]
    defect: float
    largest: float


def start_data(setting: Setting, edges: Array, target: float, norm: str) -> Start:
    """Return initial data that are met up to a target.

    Parameters
    ----------
    setting : Setting
        With initial conditions.
    edges : array, shape (n + 1,)
        The coarsest mesh.
    target : float
        Of the defect, in its norm.
    norm : {"L1", "L2", "max"}
        Of the defect; several data are added up.

    Returns
    -------
    start : Start
        A kink grades the mesh geometrically by itself.
    """
    target = max(target, LEAST * data_norm(setting, edges, norm))
    for _ in range(ROUNDS):
        data = fitted_data(setting, edges)
        shares = sum(_defects(setting, edges, item, k, norm) for k, item in enumerate(data))
        shares = numpy.broadcast_to(shares, (len(edges) - 1,))
        total = norm_of_shares(shares, norm)
        if not total > target:
            break
        limit = (target / 2.0) ** (2 if norm == "L2" else 1)
        worst = shares > (limit if norm == "max" else limit / len(shares))
        worst &= numpy.diff(edges) > 1e-13
        if not worst.any():
            break
        middle = (edges[:-1] + edges[1:])[worst] / 2.0
        edges = numpy.sort(numpy.concatenate([edges, middle]))
    pairs = list(enumerate(data))
    largest = sum(_defects(setting, edges, item, k, "max").max() for k, item in pairs)
    return Start(edges, data, total, float(largest))


def fitted_data(setting: Setting, edges: Array) -> tuple[Array, ...]:
    """Return the initial data on a mesh.

    Parameters
    ----------
    setting : Setting
        With initial conditions.
    edges : array, shape (n + 1,)
        In X.

    Returns
    -------
    data : tuple of array, shape (n, q, p + 1)
        One a real field, coefficients of the unscaled functions.
    """
    return tuple(_fitted(setting, edges, k) for k in range(setting.fields))


def norm_of_shares(shares: Array, norm: str) -> float:
    """Return a norm from what each element adds to it.

    Parameters
    ----------
    shares : array, shape (n,)
        Integrals of abs, of squares, or maxima.
    norm : {"L1", "L2", "max"}
        Which.

    Returns
    -------
    norm : float
        Of the whole.
    """
    if norm == "max":
        return float(shares.max())
    total = float(shares.sum())
    return total**0.5 if norm == "L2" else total


def data_norm(setting: Setting, edges: Array, norm: str) -> float:
    """Return the norm of the initial data of all fields, of order 0 in time.

    Parameters
    ----------
    setting : Setting
        With initial conditions.
    edges : array, shape (n + 1,)
        A mesh for the quadrature.
    norm : {"L1", "L2", "max"}
        Which.

    Returns
    -------
    norm : float
        Zero for zero data.
    """
    total = 0.0
    xi, weights = gauss(2 * setting.degree + 8)
    places = edges[:-1, None] + numpy.diff(edges)[:, None] * ((xi + 1.0) / 2.0)
    area = setting.width / 2.0 * numpy.diff(edges) / 2.0
    for tables in setting.initial:
        if tables:
            values = _values(tables[0], setting, places)[..., 0]
            total += norm_of_shares(element_norms(values, weights, area, norm), norm)
    return total


def element_norms(values: Array, weights: Array, area: Array, norm: str) -> Array:
    """Return what each element adds to a norm, shape (n,).

    Parameters
    ----------
    values : array, shape (n, n_points)
        At Gauss points.
    weights : array, shape (n_points,)
        Of the quadrature on [-1, 1].
    area : array, shape (n,)
        Half of each length, physical.
    norm : {"L1", "L2", "max"}
        Which.

    Returns
    -------
    shares : array, shape (n,)
        As ``norm_of_shares`` takes them.
    """
    sizes = numpy.abs(values)
    if norm == "max":
        return sizes.max(axis=1)
    return (sizes if norm == "L1" else sizes * sizes) @ weights * area


def _values(table: Table, setting: Setting, places: Array) -> Array:
    """Return value and derivatives with respect to x at places in X, (..., M)."""
    x = setting.x(places)
    found = numpy.asarray(table(x.reshape(-1, 1)), dtype=float)
    found = numpy.broadcast_to(found, (x.size, found.shape[-1])).copy()
    return found.reshape(*x.shape, -1)


def _limits(table: Table, setting: Setting, edges: Array) -> tuple[Array, Array]:
    """Return derivatives in X at the right and at the left end of the elements.

    [0][k]: at edge k as seen from the element right of it; [1][k]: from the left of it.
    """
    tiny = ULPS * max(1.0, abs(setting.low) * 2.0 / setting.width)
    here = _values(table, setting, edges)
    above = _values(table, setting, numpy.minimum(edges + tiny, 1.0))
    below = _values(table, setting, numpy.maximum(edges - tiny, -1.0))
    if setting.periodic:
        above[-1], below[0] = above[0], below[-1]
    size = numpy.abs(here[numpy.isfinite(here).all(axis=1)]).max(axis=0, initial=0.0)
    jump = numpy.abs(above - below) > KINK * size
    joints = {joint.place for joint in setting.joints}
    inside = numpy.array([edge in joints for edge in edges])[:, None]
    middle = (above + below) / 2.0
    plain = numpy.where(jump | ~numpy.isfinite(here), middle, here)
    if setting.periodic:
        plain[-1] = plain[0]
    scale = (setting.width / 2.0) ** numpy.arange(here.shape[1])
    return (
        numpy.where(inside, above, plain) * scale,
        numpy.where(inside, below, plain) * scale,
    )


def _fitted(setting: Setting, edges: Array, field: int) -> Array:
    """Return coefficients of the initial data of one field, (n, q, p + 1)."""
    shapes = setting.space[field]
    widths = numpy.diff(edges)
    xi, weights = gauss(2 * shapes.degree + 8)
    places = edges[:-1, None] + widths[:, None] * ((xi + 1.0) / 2.0)
    powers = (widths[:, None] / 2.0) ** numpy.arange(shapes.smoothness)
    table = shapes.table(xi, 0)
    root = numpy.sqrt(weights)
    fit = numpy.linalg.pinv(root[:, None] * table[:, : shapes.bubbles]) * root
    found: list[Array] = []
    lower = (numpy.zeros((1, 0)), numpy.zeros((1, 0)))
    for order, function in enumerate(setting.initial[field]):
        after, before = _limits(function, setting, edges)
        after, before = _at_walls(setting, field, order, (after, before), lower, powers)
        lower = (after[:1], before[-1:])
        ends = numpy.concatenate([after[:-1] * powers, before[1:] * powers], axis=1)
        values = _values(function, setting, places)[..., 0]
        unit = setting.length**order  # of the derivative in scaled time
        rest = values - ends @ table[:, shapes.bubbles :].T
        found.append(numpy.concatenate([rest @ fit.T, ends], axis=1) * unit)
    count = len(found)
    if not count:
        return numpy.zeros((len(widths), 0, shapes.degree + 1))
    return numpy.stack(found, axis=1)


def _at_walls(
    setting: Setting,
    field: int,
    order: int,
    data: tuple[Array, Array],
    lower: tuple[Array, Array],
    powers: Array,
) -> tuple[Array, Array]:
    """Return end data that satisfy the walls at the start, changed least.

    Least in the coefficients of the element, ``powers`` times derivatives in X: where data
    disagree with a Robin wall the slope gives way in a small element, not the value.
    For the rate (order 1) what the derivative of the condition in time demands; ``lower``
    are the end data of order 0.
    """
    after, before = data[0].copy(), data[1].copy()
    for end, row in ((0, after[0]), (1, before[-1])):
        walls = [w for w in setting.walls if w.field == field and w.end == end]
        matrix, side = numpy.zeros((len(walls), len(row))), numpy.zeros(len(walls))
        for k, wall in enumerate(walls):
            rows = wall.rows(numpy.array([setting.start]))
            units = (2.0 / setting.width) ** numpy.arange(wall.width)
            alpha, rate = rows[0][0] * units, rows[2][0] * units
            size = numpy.abs(alpha).max()
            matrix[k, : wall.width] = alpha / size
            side[k] = rows[1 + 2 * order][0] / size
            if order:
                side[k] -= rate @ lower[end][0, : wall.width] / size
        if walls:
            scale = powers[-1 if end else 0]
            row += numpy.linalg.lstsq(matrix / scale, side - matrix @ row)[0] / scale
    return after, before


def _defects(setting: Setting, edges: Array, data: Array, field: int, norm: str) -> Array:
    """Return what each element misses of the initial data of one field."""
    shapes = setting.space[field]
    xi, weights = gauss(2 * shapes.degree + 8)
    widths = numpy.diff(edges)
    places = edges[:-1, None] + widths[:, None] * ((xi + 1.0) / 2.0)
    table = shapes.table(xi, 0)
    area = setting.width / 2.0 * widths / 2.0
    total = numpy.zeros(len(widths))
    for order, function in enumerate(setting.initial[field]):
        known = data[:, order] @ table.T / setting.length**order
        missed = known - _values(function, setting, places)[..., 0]
        total = total + element_norms(missed, weights, area, norm)
    return total
