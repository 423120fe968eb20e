"""How good a slab is, and what to change: indicators from the residual alone.

The residual on a finer grid than that of the fit is split by a Legendre transform into what
a shorter slab and what smaller elements would remove.
"""

from dataclasses import dataclass

import numpy

from perturbsci.surrogates.elements import SpaceShapes
from perturbsci.surrogates.pieces import legendre_table
from perturbsci.surrogates.quadrature import gauss
from perturbsci.surrogates.residual import Grid, Slab, noise, residuals
from perturbsci.surrogates.setting import Setting
from perturbsci.surrogates.starts import element_norms, norm_of_shares
from perturbsci.types import Array

__all__ = ["Indicator", "Merged", "bisected", "indicate", "marked", "merged"]

RATIO = 4.2  # of sizes of neighbors that may merge
QUIET = 0.02  # of its fair share, below which an element is not needed


@dataclass(frozen=True, slots=True, eq=False)
class Indicator:
    """Integrals over one slab of the norm of the residual, element by element.

    Parameters
    ----------
    total : array, shape (n,)
        They add up to the integral over the slab of the norm of the residual.
    in_time : array, shape (n,)
        The part that a shorter slab removes.
    rounded : array of bool, shape (n,)
        Whether the residual of an element is no larger than rounding makes it.
    stiffness : tuple of float
        Largest coefficient of the highest derivative in space of each real field, times
        what turns derivatives in X into physical ones.
    """

    total: Array
    in_time: Array
    rounded: Array
    stiffness: tuple[float, ...]

    @property
    def sum(self) -> float:
        """The integral over the slab."""
        return float(self.total.sum())

    @property
    def time(self) -> float:
        """What a shorter slab removes."""
        return float(self.in_time.sum())

    @property
    def space(self) -> float:
        """What smaller elements remove."""
        return float((self.total - self.in_time).sum())


def indicate(
    setting: Setting,
    slab: Slab,
    unknowns: tuple[Array, ...],
    grid: Grid,
    scales: Array,
    norm: str,
) -> Indicator:
    """Return the indicator of a slab.

    Parameters
    ----------
    setting, slab : Setting, Slab
        Where.
    unknowns : tuple of array, shape (n, p + 1, p_t)
        Of the slab.
    grid : Grid
        Finer than that of the fit.
    scales : array, shape (n_equations,)
        By which residuals are divided.
    norm : {"L1", "L2", "max"}
        In space; several equations are added up.

    Returns
    -------
    indicator : Indicator
        NaN where the residual is.
    """
    found = residuals(setting, slab, unknowns, grid) / scales
    total = shares_of(setting, slab, found, grid, norm)
    rounding, slopes = noise(setting, slab, unknowns, grid)
    rounding, slopes = rounding / scales, slopes / scales[:, None]
    stiffness = tuple(_stiffness(setting, slopes, k) for k in range(setting.fields))
    rounded = (found**2).sum(axis=(1, 2, 3)) <= (rounding**2).sum(axis=(1, 2, 3))
    p_x, p_t = setting.degree, setting.count
    if setting.steady:
        return Indicator(total, numpy.zeros_like(total), rounded, stiffness)
    space = legendre_table(grid.xi, len(grid.xi) - 1) * grid.weights_x[:, None]
    time = legendre_table(grid.tau, len(grid.tau) - 1) * grid.weights_t[:, None]
    modes = numpy.einsum("ngse,gk,sl->nkl", found, space, time, optimize=True)
    if found.shape[3] == 1:
        modes = modes * modes
    else:
        each = numpy.einsum("ngse,gk,sl->nkle", found, space, time, optimize=True)
        modes = (each * each).sum(axis=-1)
    weights = 2.0 * numpy.arange(modes.shape[1])[:, None] + 1.0
    modes = modes * weights * (2.0 * numpy.arange(modes.shape[2]) + 1.0)
    whole = modes.sum(axis=(1, 2))
    high = modes[:, : p_x - 1, p_t:].sum(axis=(1, 2))
    both = modes[:, p_x - 1 :, p_t:].sum(axis=(1, 2))
    share = (high + both / 2.0) / numpy.where(whole > 0.0, whole, 1.0)
    in_time = numpy.where(rounded, 0.0, total * share)
    return Indicator(total, in_time, rounded, stiffness)


def _stiffness(setting: Setting, slopes: Array, field: int) -> float:
    """Return the size of the coefficient of the highest derivative in space."""
    order = setting.space[field].smoothness
    sizes = [
        float(numpy.abs(slopes[..., k]).max()) * setting.factor(index)
        for k, (place, index) in enumerate(setting.lin.slots)
        if place == field and index[0] == order
    ]
    return max(sizes, default=0.0)


def shares_of(setting: Setting, slab: Slab, found: Array, grid: Grid, norm: str) -> Array:
    """Return what each element adds to the integral over time of a norm of a residual.

    Parameters
    ----------
    setting, slab, grid : Setting, Slab, Grid
        Where.
    found : array, shape (n, n_xi, n_tau, n_equations)
        The residual.
    norm : {"L1", "L2", "max"}
        In space, the physical coordinate.

    Returns
    -------
    shares : array, shape (n,)
        In L2 and max the integral is shared out in proportion.
    """
    area = setting.width / 2.0 * slab.widths / 2.0
    times = grid.weights_t * (1.0 if setting.steady else slab.step * setting.length)
    sizes = numpy.abs(found)
    if norm == "L1":
        return numpy.einsum("ngse,g,s->n", sizes, grid.weights_x, times) * area
    if norm == "max":
        own = sizes.max(axis=1)  # (n, s, e)
        whole = own.max(axis=0)
        power = (own / numpy.where(whole > 0.0, whole, 1.0)) ** 8
        parts = power / numpy.where(whole > 0.0, power.sum(axis=0), 1.0)
        return numpy.einsum("nse,se,s->n", parts, whole, times)
    size = sizes.max(initial=0.0)
    if not size > 0.0:
        return numpy.full(len(area), size * 0.0)
    own = numpy.einsum("ngse,g->nse", (sizes / size) ** 2, grid.weights_x)
    own *= area[:, None, None]
    whole = numpy.sqrt(own.sum(axis=0))
    parts = own / numpy.where(whole > 0.0, whole, 1.0)
    return numpy.einsum("nse,s->n", parts, times) * size


def marked(indicator: Array, budget: float) -> Array:
    """Return the smallest set of elements that leaves at most a quarter of a budget.

    Parameters
    ----------
    indicator : array, shape (n,)
        What refinement removes.
    budget : float
        Of the slab.

    Returns
    -------
    marked : array of bool, shape (n,)
        Shares below 0.02 budget/n are never marked, the largest always is.
    """
    order = numpy.argsort(-indicator, kind="stable")
    rest = indicator.sum() - numpy.cumsum(indicator[order])
    count = int(numpy.argmax(rest <= budget / 4.0)) + 1
    chosen = numpy.zeros(len(indicator), dtype=bool)
    chosen[order[:count]] = True
    chosen &= indicator >= QUIET * budget / len(indicator)
    chosen[order[0]] = True
    return chosen


def bisected(
    setting: Setting, edges: Array, start: tuple[Array, ...], chosen: Array
) -> tuple[Array, tuple[Array, ...]]:
    """Return a mesh with some elements halved, and the same start data on it.

    Parameters
    ----------
    setting : Setting
        Shape functions.
    edges : array, shape (n + 1,)
        In X.
    start : tuple of array, shape (n, q, p + 1)
        Represented exactly on the halves.
    chosen : array of bool, shape (n,)
        What to halve.

    Returns
    -------
    edges, start : array, shape (n + k + 1,), and tuple of array, shape (n + k, q, p + 1)
        Of the finer mesh.
    """
    middle = (edges[:-1] + edges[1:])[chosen] / 2.0
    copies = numpy.where(chosen, 2, 1)
    finer = numpy.sort(numpy.concatenate([edges, middle]))
    places = numpy.cumsum(copies)[chosen] - 2
    found = []
    for shapes, data in zip(setting.space, start, strict=True):
        new = numpy.repeat(data, copies, axis=0)
        lower, upper = _halves(shapes, data[chosen])
        new[places], new[places + 1] = lower, upper
        found.append(new)
    return finer, tuple(found)


def _halves(shapes: SpaceShapes, data: Array) -> tuple[Array, Array]:
    """Return coefficients of the two halves of elements, (..., p + 1) each."""
    legendre = data @ shapes.legendre.T
    xi, weights = gauss(shapes.degree + 1)
    table = legendre_table(xi, shapes.degree)
    norms = (2.0 * numpy.arange(shapes.degree + 1) + 1.0) / 2.0
    first, m = shapes.bubbles, shapes.smoothness
    half = 0.5 ** numpy.arange(m)
    outer = data[..., first : first + m] * half, data[..., first + m :] * half
    middle = shapes.end_values(legendre, 0.0) * half
    found = []
    for shift, left, right in ((-1.0, outer[0], middle), (1.0, middle, outer[1])):
        values = legendre @ legendre_table((xi + shift) / 2.0, shapes.degree).T
        own = values @ (weights[:, None] * table) * norms
        found.append(shapes.refit(own, left, right))
    return found[0], found[1]


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """A coarser mesh, start data on it, and how far they are from those on the finer.

    Parameters
    ----------
    edges : array, shape (n + 1,)
        In X.
    start : tuple of array, shape (n, q, p + 1)
        One a real field.
    jump, largest : float
        Between the two, in the norm and at most.
    """

    edges: Array
    start: tuple[Array, ...]
    jump: float
    largest: float


def merged(
    setting: Setting,
    edges: Array,
    start: tuple[Array, ...],
    quiet: Array,
    target: float,
    norm: str,
    roughness: tuple[tuple[float, ...], float],
) -> Merged:
    """Return a mesh where neighbors that are not needed are one.

    Parameters
    ----------
    setting : Setting
        Shape functions.
    edges : array, shape (n + 1,)
        In X.
    start : tuple of array, shape (n, q, p + 1)
        On that mesh.
    quiet : array of bool, shape (n,)
        Elements that may go.
    target : float
        Of the sum of all jumps.
    norm : {"L1", "L2", "max"}
        Of the jumps.
    roughness : (tuple of float, float)
        What turns the highest derivative of a jump into a residual in the next slab, one
        factor a field, and how much of that an element may add.

    Returns
    -------
    merged : Merged
        The jump counts in the bound; the mesh is the same where nothing can go.
    """
    n = len(edges) - 1
    widths = numpy.diff(edges)
    fixed = {joint.place for joint in setting.joints}
    keep = numpy.ones(n + 1, dtype=bool)
    data = [list(item) for item in start]
    jump, largest, k = 0.0, 0.0, 0
    while k < n - 1:
        ratio = max(widths[k], widths[k + 1]) / min(widths[k], widths[k + 1])
        if quiet[k] and quiet[k + 1] and ratio <= RATIO and edges[k + 1] not in fixed:
            pair = [
                _one_of(setting, shapes, edges[k : k + 3], item[k : k + 2], norm)
                for shapes, item in zip(setting.space, data, strict=True)
            ]
            missed = sum(item[1] for item in pair)
            rough = sum(f * item[3] for f, item in zip(roughness[0], pair, strict=True))
            small = jump + missed <= target and missed <= target * 4.0 / n
            if small and rough <= roughness[1]:
                jump += missed
                largest = max(largest, sum(item[2] for item in pair))
                keep[k + 1] = False
                for item, (new, *_) in zip(data, pair, strict=True):
                    item[k], item[k + 1] = new, None
                k += 1
        k += 1
    if keep.all():
        return Merged(edges, start, 0.0, 0.0)
    left = tuple(numpy.array([row for row in item if row is not None]) for item in data)
    return Merged(edges[keep], left, jump, largest)


def _one_of(
    setting: Setting, shapes: SpaceShapes, edges: Array, pair: list[Array], norm: str
) -> tuple[Array, float, float, float]:
    """Return two elements as one, (q, p + 1), and what is missed.

    That is its norm, its maximum, and the norm of its highest derivative in X.
    """
    if not len(pair[0]):  # order 0 in time: nothing is carried
        return pair[0], 0.0, 0.0, 0.0
    widths = numpy.diff(edges)
    whole = edges[2] - edges[0]
    xi, weights = gauss(2 * shapes.degree + 8)
    first, m = shapes.bubbles, shapes.smoothness
    scale = (whole / widths[:, None]) ** numpy.arange(m)
    left = pair[0][:, first : first + m] * scale[0]
    right = pair[1][:, first + m :] * scale[1]
    ends = numpy.concatenate([left, right], axis=1)
    table = shapes.table(xi, 0)
    places = [
        2.0 * (edges[k] + widths[k] * (xi + 1.0) / 2.0 - edges[0]) / whole - 1.0
        for k in range(2)
    ]
    tables = numpy.concatenate([shapes.table(item, 0) for item in places])
    values = numpy.concatenate([item @ table.T for item in pair], axis=1)
    root = numpy.sqrt(numpy.concatenate([weights * width for width in widths]))
    rest = (values - ends @ tables[:, first:].T) * root
    inner = numpy.linalg.lstsq(tables[:, :first] * root[:, None], rest.T)[0].T
    new = numpy.concatenate([inner, ends], axis=1)
    missed = (values - new @ tables.T).reshape(len(values), 2, -1)
    area = setting.width / 2.0 * widths / 2.0
    total = sum(
        norm_of_shares(element_norms(row, weights, area, norm), norm) for row in missed
    )
    rough = [
        item @ shapes.table(xi, m).T * (2.0 / width) ** m
        - new @ shapes.table(place, m).T * (2.0 / whole) ** m
        for item, width, place in zip(pair, widths, places, strict=True)
    ]
    slope = sum(
        norm_of_shares(element_norms(item[:1], weights, area[k], norm), norm)
        for k, item in enumerate(rough)
    )
    return new, float(total), float(numpy.abs(missed).max()), float(slope)
