"""Gauss points on products of panels, for integrals of what a surrogate leaves over.

Panels end where elements end, so that what is integrated is smooth inside each.
"""

import functools
import itertools
import math
from collections.abc import Callable, Sequence

import numpy

from perturbsci.surrogates.bases import Elements
from perturbsci.surrogates.quadrature import gauss, grid_points
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.types import Array

__all__ = [
    "Panels",
    "halved",
    "panel_counts",
    "panel_ends",
    "root_mean",
    "slab_ends",
    "supremum",
]

N_POINTS = 24  # in each direction of a panel, where no degree is known
MOST = 400_000  # points of one grid
CALM = 4  # oversampling of what counts as resolved


class Panels:
    """A tensor grid of Gauss points on a product of panels.

    Parameters
    ----------
    ends : sequence of array, shape (k + 1,)
        Ends of the panels in each direction, ascending.
    counts : sequence of int
        Points in each direction of one panel.
    """

    def __init__(self, ends: Sequence[Array], counts: Sequence[int]) -> None:
        self.ends = tuple(numpy.asarray(item, dtype=numpy.float64) for item in ends)
        self.counts = tuple(counts)
        axes, shares = [], []
        for edge, count in zip(self.ends, self.counts, strict=True):
            nodes, weights = gauss(count)
            half = numpy.diff(edge)[:, None] / 2.0
            axes.append(((edge[:-1, None] + edge[1:, None]) / 2.0 + half * nodes).ravel())
            shares.append((half * weights).ravel())
        self.axes = tuple(axes)
        self.points = grid_points(axes)
        self.weights = functools.reduce(numpy.multiply.outer, shares).ravel()

    def blocks(self, values: Array) -> Array:
        """Return values on the grid panel by panel.

        Parameters
        ----------
        values : array, shape (n,)
            At ``points``.

        Returns
        -------
        blocks : array, shape (n_panels, *counts)
            Last direction fastest.
        """
        d = len(self.ends)
        shape = [
            size
            for edge, count in zip(self.ends, self.counts, strict=True)
            for size in (len(edge) - 1, count)
        ]
        order = (*range(0, 2 * d, 2), *range(1, 2 * d, 2))
        return values.reshape(shape).transpose(order).reshape(-1, *self.counts)


def panel_ends(
    surrogate: Surrogate, n_space: int
) -> tuple[tuple[Array, ...], tuple[int, ...]]:
    """Return panels on which a steady surrogate is smooth, and points for its degree.

    Parameters
    ----------
    surrogate : Surrogate
        Of a steady statement.
    n_space : int
        Number of directions.

    Returns
    -------
    ends : tuple of array, shape (k + 1,)
        One a direction.
    counts : tuple of int
        2 p + 8 points for degree p.
    """
    edges, counts = surrogate.edges, panel_counts(surrogate, n_space)
    if len(edges) == n_space:
        return tuple(numpy.asarray(item, dtype=numpy.float64) for item in edges), counts
    pieces = 1 if _degrees(surrogate, n_space) else 4
    bounds = surrogate.problem.domain.box.bounds[:n_space]
    return tuple(numpy.linspace(low, high, pieces + 1) for low, high in bounds), counts


def slab_ends(
    surrogate: Surrogate, n_space: int
) -> tuple[tuple[Array, tuple[Array, ...]], ...]:
    """Return the slabs of an evolution: two ends in time, and panels in space.

    Parameters
    ----------
    surrogate : Surrogate
        Of a statement in time.
    n_space : int
        Number of directions.

    Returns
    -------
    slabs : tuple of (array, shape (2,), tuple of array, shape (k + 1,))
        A surrogate without slabs of its own is looked at in eight.
    """
    edges = tuple(numpy.asarray(item, dtype=numpy.float64) for item in surrogate.edges)
    bounds = surrogate.problem.domain.box.bounds
    meshes: tuple[tuple[Array, ...], ...]
    if isinstance(surrogate.basis, Elements):
        times, meshes = edges[0], tuple((item,) for item in edges[1:])
    elif len(edges) == n_space + 1:
        times, meshes = edges[-1], (edges[:-1],) * (len(edges[-1]) - 1)
    else:
        known = _degrees(surrogate, n_space + 1)
        times = numpy.linspace(bounds[-1][0], bounds[-1][1], 9)
        pieces = 2 if known else 5
        space = [numpy.linspace(low, high, pieces) for low, high in bounds[:-1]]
        meshes = (tuple(space),) * 8
    pairs = zip(times[:-1], times[1:], meshes, strict=True)
    return tuple((numpy.array([low, high]), mesh) for low, high, mesh in pairs)


def panel_counts(surrogate: Surrogate, n_coordinates: int) -> tuple[int, ...]:
    """Return how many points a direction of a panel needs.

    Parameters
    ----------
    surrogate : Surrogate
        Any.
    n_coordinates : int
        Number of directions, the time included.

    Returns
    -------
    counts : tuple of int
        2 p + 8 for degree p, 24 where no degree is known.
    """
    degrees = _degrees(surrogate, n_coordinates)
    return tuple(2 * item + 8 for item in degrees) or (N_POINTS,) * n_coordinates


def _degrees(surrogate: Surrogate, n_coordinates: int) -> tuple[int, ...]:
    found = getattr(surrogate.basis, "degrees", None)
    if not isinstance(found, tuple) or len(found) < n_coordinates:
        return ()
    return tuple(int(item) for item in found[:n_coordinates])


def root_mean(
    function: Callable[[Array], Array], ends: Sequence[Array], counts: Sequence[int]
) -> float:
    """Return the L2 norm of a function, rounded up by what a finer grid changes.

    Parameters
    ----------
    function : callable
        Maps points, shape (n, d), to values, shape (n,).
    ends : sequence of array, shape (k + 1,)
        Panels.
    counts : sequence of int
        Points in each direction of one.

    Returns
    -------
    norm : float
        Panels are halved until the square changes by less than 1 percent; the last change
        is added. Infinite if a value is not finite.
    """
    found, previous = math.nan, math.nan
    for _ in range(6):
        grid = Panels(ends, counts)
        values = function(grid.points)
        if not bool(numpy.isfinite(values).all()):
            return math.inf
        found = math.sqrt(float(grid.weights @ values**2))
        if found == 0.0:
            return 0.0
        change = abs(found - previous)
        if change <= 5e-3 * found:
            return found + change
        if len(values) * 2 ** len(ends) > MOST and math.isfinite(change):
            break  # one comparison is made in any case
        previous = found
        ends = tuple(halved(item) for item in ends)
    return found + change


def supremum(
    function: Callable[[Array], Array], ends: Sequence[Array], counts: Sequence[int]
) -> float:
    """Return an upper bound of the modulus of a function.

    A polynomial of degree n is at most 1/cos(pi n/(2 m)) times its largest modulus at m
    Chebyshev points of each direction. What is above a fourth of the points is estimated
    by its Chebyshev coefficients and added.

    Parameters
    ----------
    function : callable
        Maps points, shape (n, d), to values, shape (n,).
    ends : sequence of array, shape (k + 1,)
        Panels.
    counts : sequence of int
        Points in each direction of one, at least.

    Returns
    -------
    bound : float
        Infinite if a value is not finite.

    References
    ----------
    Ehlich and Zeller (1964).
    """
    many = [max(32, CALM * count) for count in counts]
    top = 0.0
    places = [numpy.cos(math.pi * (numpy.arange(m) + 0.5) / m) for m in many]
    inverses = [_chebyshev_inverse(m) for m in many]
    for box in itertools.product(*(itertools.pairwise(item) for item in ends)):
        axes = [
            (low + high) / 2.0 + (high - low) / 2.0 * nodes
            for (low, high), nodes in zip(box, places, strict=True)
        ]
        values = numpy.reshape(function(grid_points(axes)), many)
        if not bool(numpy.isfinite(values).all()):
            return math.inf
        coefficients = values
        for k, inverse in enumerate(inverses):
            moved = numpy.tensordot(inverse, coefficients, axes=(1, k))
            coefficients = numpy.moveaxis(moved, 0, k)
        size = numpy.abs(coefficients)
        calm = size[tuple(slice(m // CALM + 1) for m in many)].sum()
        factor = math.prod(1.0 / math.cos(math.pi * (m // CALM) / (2 * m)) for m in many)
        rough = float(size.sum() - calm)
        top = max(
            top,
            min(
                float(numpy.abs(values).max() + rough) * factor + rough,
                float(size.sum()) + rough,
            ),
        )
    return top


@functools.lru_cache(maxsize=16)
def _chebyshev_inverse(m: int) -> Array:
    """Return the matrix from values at m Chebyshev points to Chebyshev coefficients."""
    angles = math.pi * (numpy.arange(m) + 0.5) / m
    table = numpy.cos(numpy.outer(numpy.arange(m), angles)) * (2.0 / m)
    table[0] /= 2.0
    return table


def halved(ends: Array) -> Array:
    """Return the ends of panels with each panel cut in the middle.

    Parameters
    ----------
    ends : array, shape (n + 1,)
        Ascending.

    Returns
    -------
    finer : array, shape (2 n + 1,)
        Ascending.
    """
    middle = (ends[:-1] + ends[1:]) / 2.0
    return numpy.sort(numpy.concatenate([ends, middle]))
