"""The residual of piecewise polynomials on one slab, and its Jacobian element by element.

A slab holds, for each element e and real field f, start data a[f][e, m, i] (m < q) and
unknowns c[f][e, i, j] with

    u = sum_m a_m (t - t_n)^m/m! + sum_ij c_ij X_i(xi) phi_j(tau).
"""

from dataclasses import dataclass

import numpy

from perturbsci.surrogates.quadrature import gauss
from perturbsci.surrogates.setting import Setting
from perturbsci.types import Array

__all__ = [
    "Grid",
    "Slab",
    "grid_of",
    "hermite_scales",
    "jacobian",
    "jets",
    "noise",
    "residuals",
    "root_weights",
]

UNIT_ROUNDOFF = 2.0**-52


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """A mesh, an interval of time, and what is known at its start.

    Parameters
    ----------
    edges : array, shape (n + 1,)
        Ends of the elements in X.
    time, step : float
        Start and length in scaled time; 0 and 1 in a steady problem.
    start : tuple of array, shape (n, q, p + 1)
        One a real field; coefficients of the unscaled shape functions.
    """

    edges: Array
    time: float
    step: float
    start: tuple[Array, ...]

    @property
    def widths(self) -> Array:
        """Lengths of the elements in X."""
        return numpy.diff(self.edges)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Tensor Gauss points of an element and tables of all shape functions there.

    Parameters
    ----------
    xi, tau : array, shape (n_xi,), (n_tau,)
        Nodes on [-1, 1].
    weights_x, weights_t : array, shape (n_xi,), (n_tau,)
        Of the quadrature; those of the time add up to 1.
    space : dict (field, order) -> array, shape (n_xi, p + 1)
        Derivatives with respect to xi.
    time : dict (field, order) -> array, shape (n_tau, p_t)
        Derivatives with respect to tau.
    """

    xi: Array
    tau: Array
    weights_x: Array
    weights_t: Array
    space: dict[tuple[int, int], Array]
    time: dict[tuple[int, int], Array]


def grid_of(setting: Setting, more_x: int, more_t: int) -> Grid:
    """Return (p_x + more_x) x (p_t + more_t) Gauss points; one in time if steady.

    Parameters
    ----------
    setting : Setting
        Degrees and derivatives.
    more_x, more_t : int
        Points beyond the degrees.

    Returns
    -------
    grid : Grid
        With all tables that the equations need.
    """
    xi, weights_x = gauss(setting.degree + more_x)
    tau, weights_t = gauss(1 if setting.steady else setting.count + more_t)
    space, time = {}, {}
    for field, index in setting.lin.slots:
        a, b = index[0], 0 if setting.steady else index[1]
        space[field, a] = setting.space[field].table(xi, a)
        time[field, b] = setting.time[field].table(tau, b)
    return Grid(xi, tau, weights_x, weights_t / 2.0, space, time)


def hermite_scales(setting: Setting, slab: Slab, field: int) -> Array:
    """Return (h/2)^k of each function: unknowns are derivatives in X; (n, p + 1).

    Parameters
    ----------
    setting : Setting
        The statement.
    slab : Slab
        Where.
    field : int
        Which real field.

    Returns
    -------
    scales : array, shape (n, p + 1)
        One for bubbles.
    """
    powers = setting.space[field].powers()
    return (slab.widths[:, None] / 2.0) ** powers


def jets(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...], grid: Grid
) -> tuple[Array, Array]:
    """Return the points of all elements, and fields and derivatives there.

    Parameters
    ----------
    setting, slab, grid : Setting, Slab, Grid
        Where.
    unknowns : tuple of array, shape (n, p + 1, p_t)
        One a real field; derivatives in X at the ends.

    Returns
    -------
    points : array, shape (n n_xi n_tau, 1 or 2)
        Physical.
    jets : array, shape (n n_xi n_tau, n_slots)
        Physical derivatives.
    """
    return _points(setting, slab, grid), _slots(setting, slab, unknowns, grid)


def noise(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...], grid: Grid
) -> tuple[Array, Array]:
    """Return by how much rounding may change the residual.

    Every coefficient is wrong by about u times the largest of its element; what derivatives
    make of that is added up in the root mean square.

    Parameters
    ----------
    setting, slab, grid : Setting, Slab, Grid
        Where.
    unknowns : tuple of array, shape (n, p + 1, p_t)
        Of the slab.

    Returns
    -------
    noise : array, shape (n, n_xi, n_tau, n_equations)
        Of the size of what rounding does.
    slopes : array, shape (n, n_xi, n_tau, n_equations, n_slots)
        abs of the derivatives of the residual.
    """
    n, g, s = len(slab.widths), len(grid.xi), len(grid.tau)
    _, slopes, _ = setting.lin(*jets(setting, slab, unknowns, grid))
    total = numpy.zeros((n, g, s, slopes.shape[1]))
    slopes = numpy.abs(slopes).reshape(n, g, s, slopes.shape[1], -1)
    for k, (field, index) in enumerate(setting.lin.slots):
        a, b = index[0], 0 if setting.steady else index[1]
        scale = (2.0 / slab.widths) ** a * (2.0 / slab.step) ** b * setting.factor(index)
        used = _is_used(slab, unknowns, field)
        in_space = numpy.sqrt(used @ (grid.space[field, a] ** 2).T)
        in_time = numpy.sqrt((grid.time[field, b] ** 2).sum(axis=1))
        if b == 0 and slab.start[field].shape[1]:
            in_time = numpy.sqrt(in_time**2 + 1.0)
        size = _largest(setting, slab, unknowns, field) * scale
        error = in_space[:, :, None] * in_time * size[:, None, None]
        total += slopes[..., k] * error[..., None]
    return UNIT_ROUNDOFF * total, slopes


def _is_used(slab: Slab, unknowns: tuple[Array, ...], field: int) -> Array:
    """Return which functions in space have a coefficient, as numbers, (n, p + 1)."""
    used = (unknowns[field] != 0.0).any(axis=2)
    return (used | (slab.start[field] != 0.0).any(axis=1)).astype(float)


def _largest(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...], field: int
) -> Array:
    """Return the largest coefficient of each element, shape (n,)."""
    scaled = unknowns[field] * hermite_scales(setting, slab, field)[:, :, None]
    own = numpy.abs(scaled).max(axis=(1, 2))
    start = slab.start[field]
    return numpy.maximum(own, numpy.abs(start[:, :1]).max(axis=(1, 2), initial=0.0))


def _slots(
    setting: Setting,
    slab: Slab,
    unknowns: tuple[Array, ...],
    grid: Grid,
) -> Array:
    """Return fields and derivatives at all points, (n_points, n_slots)."""
    n, g, s = len(slab.widths), len(grid.xi), len(grid.tau)
    found = numpy.empty((n, g, s, len(setting.lin.slots)))
    sums: dict[tuple[int, int], Array] = {}
    for k, (field, index) in enumerate(setting.lin.slots):
        a, b = index[0], 0 if setting.steady else index[1]
        if (field, b) not in sums:
            sums[field, b] = _in_time(setting, slab, unknowns[field], grid, field, b)
        values = grid.space[field, a] @ sums[field, b]
        scale = (2.0 / slab.widths) ** a * (2.0 / slab.step) ** b
        found[..., k] = values * (scale * setting.factor(index))[:, None, None]
    return found.reshape(n * g * s, -1)


def _in_time(
    setting: Setting,
    slab: Slab,
    unknowns: Array,
    grid: Grid,
    field: int,
    order: int,
) -> Array:
    """Return coefficients in space at the times of a grid, (n, p + 1, n_tau)."""
    scaled = unknowns * hermite_scales(setting, slab, field)[:, :, None]
    found = scaled @ grid.time[field, order].T
    start = slab.start[field]
    if start.shape[1] and order == 0:
        found += start[:, 0, :, None]
    if start.shape[1] == 2 and order == 0:
        found += start[:, 1, :, None] * (slab.step / 2.0 * (grid.tau + 1.0))
    if start.shape[1] == 2 and order == 1:
        found += start[:, 1, :, None] * (slab.step / 2.0)
    return found


def _points(setting: Setting, slab: Slab, grid: Grid) -> Array:
    n, g, s = len(slab.widths), len(grid.xi), len(grid.tau)
    places = slab.edges[:-1, None] + slab.widths[:, None] * ((grid.xi + 1.0) / 2.0)
    x = numpy.broadcast_to(setting.x(places)[:, :, None], (n, g, s)).reshape(-1, 1)
    if setting.steady:
        return x
    times = slab.time + slab.step * ((grid.tau + 1.0) / 2.0)
    t = numpy.broadcast_to(setting.t(times), (n, g, s)).reshape(-1, 1)
    return numpy.concatenate([x, t], axis=1)


def residuals(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...], grid: Grid
) -> Array:
    """Return the physical residual, shape (n, n_xi, n_tau, n_equations).

    Parameters
    ----------
    setting : Setting
        The statement.
    slab : Slab
        Where.
    unknowns : tuple of array, shape (n, p + 1, p_t)
        One a real field.
    grid : Grid
        Points.

    Returns
    -------
    residuals : array, shape (n, n_xi, n_tau, n_equations)
        Not scaled.
    """
    n, g, s = len(slab.widths), len(grid.xi), len(grid.tau)
    found = setting.lin.residual(*jets(setting, slab, unknowns, grid))
    return found.reshape(n, g, s, -1)


def root_weights(slab: Slab, grid: Grid) -> Array:
    """Return square roots of quadrature weights in X and scaled time, (n, n_xi, n_tau).

    Parameters
    ----------
    slab : Slab
        Where.
    grid : Grid
        Points.

    Returns
    -------
    weights : array, shape (n, n_xi, n_tau)
        Their squares add up to the area of the slab.
    """
    area = slab.widths[:, None, None] / 2.0 * slab.step
    return numpy.sqrt(area * grid.weights_x[:, None] * grid.weights_t)


def jacobian(
    setting: Setting,
    slab: Slab,
    unknowns: tuple[Array, ...],
    grid: Grid,
    scales: Array,
) -> tuple[Array, Array]:
    """Return weighted residual and Jacobian of each element.

    Parameters
    ----------
    setting, slab, grid : Setting, Slab, Grid
        Where.
    unknowns : tuple of array, shape (n, p + 1, p_t)
        Around which to linearize.
    scales : array, shape (n_equations,)
        Size of the largest term of each equation.

    Returns
    -------
    rows : array, shape (n, n_rows)
        Residual times the square root of its weight.
    matrix : array, shape (n, n_rows, n_columns)
        Columns: bubbles of all fields, left ends, right ends.

    Notes
    -----
    One pass over n n_rows n_columns numbers for each time derivative.
    """
    n, g, s = len(slab.widths), len(grid.xi), len(grid.tau)
    found, slopes, _ = setting.lin(*jets(setting, slab, unknowns, grid))
    e = len(scales)
    weights = root_weights(slab, grid)
    rows = (found.reshape(n, g, s, e) / scales) * weights[..., None]
    slopes = slopes.reshape(n, g, s, e, -1)
    blocks = [
        _block(setting, slab, grid, field, slopes, weights, scales)
        for field in range(setting.fields)
    ]
    matrix = numpy.concatenate(
        [
            block[..., part, :].reshape(n, g * s * e, -1)
            for cut in range(3)
            for field, block in enumerate(blocks)
            for part in [_parts(setting, field)[cut]]
        ],
        axis=2,
    )
    return rows.reshape(n, -1), matrix


def _parts(setting: Setting, field: int) -> tuple[slice, slice, slice]:
    """Return bubbles, left and right functions among those of a field."""
    shapes = setting.space[field]
    first = shapes.bubbles
    middle = first + shapes.smoothness
    return slice(0, first), slice(first, middle), slice(middle, None)


def _block(
    setting: Setting,
    slab: Slab,
    grid: Grid,
    field: int,
    slopes: Array,
    weights: Array,
    scales: Array,
) -> Array:
    """Return the columns of one field, (n, n_xi, n_tau, n_equations, p + 1, p_t)."""
    sums: dict[int, Array] = {}
    pattern = setting.lin.pattern.any(axis=0)
    for k, (place, index) in enumerate(setting.lin.slots):
        if place != field or not pattern[k]:
            continue
        a, b = index[0], 0 if setting.steady else index[1]
        scale = (2.0 / slab.widths) ** a * (2.0 / slab.step) ** b * setting.factor(index)
        slope = slopes[..., k] * (weights * scale[:, None, None])[..., None] / scales
        part = slope[..., None] * grid.space[field, a][:, None, None, :]
        sums[b] = sums[b] + part if b in sums else part
    n, g, s, e = slopes.shape[:4]
    shapes = setting.space[field], setting.time[field]
    found = numpy.zeros((n, g, s, e, shapes[0].degree + 1, shapes[1].count))
    hermite = hermite_scales(setting, slab, field)[:, None, None, None, :]
    for b, part in sums.items():
        table = grid.time[field, b]
        found += (part * hermite)[..., None] * table[:, None, None, :]
    return found
