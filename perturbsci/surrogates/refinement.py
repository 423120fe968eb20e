"""Steady problems in one dimension: solve, look at the residual, halve elements, repeat."""

import dataclasses
import math
from dataclasses import dataclass

import numpy

from perturbsci.results import Status
from perturbsci.surrogates.adaptivity import Indicator, bisected, indicate, marked
from perturbsci.surrogates.ends import ends_of
from perturbsci.surrogates.newton import Fit, fit_slab, start_of, term_sizes
from perturbsci.surrogates.residual import (
    Grid,
    Slab,
    grid_of,
    hermite_scales,
    jets,
    root_weights,
)
from perturbsci.surrogates.setting import Setting
from perturbsci.types import Array

__all__ = ["Refined", "refine"]

PATIENCE = 30  # rounds without half of the residual, while a layer is zoomed in on
CROWD = 16  # times as many elements without half of the residual: nothing is approached
ENOUGH = 0.1  # of the target, where a mesh for the next solve may be


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """A steady solution on its last mesh.

    Parameters
    ----------
    slab : Slab
        The mesh; no start data.
    fit : Fit
        Unknowns.
    indicator : Indicator
        L2 norm of the residual, element by element.
    rounds, iterations : int
        Meshes and linear problems.
    status : Status
        How it ended.
    """

    slab: Slab
    fit: Fit
    indicator: Indicator
    rounds: int
    iterations: int
    status: Status


def refine(
    setting: Setting,
    edges: Array,
    tolerance: float,
    guess: tuple[Array, ...] | None,
    *,
    max_unknowns: int,
    max_steps: int,
) -> Refined:
    """Return a steady solution whose residual is small beside its terms.

    Parameters
    ----------
    setting : Setting
        Of a steady problem.
    edges : array, shape (n + 1,)
        The coarsest mesh, in X.
    tolerance : float
        On the L2 norm of the residual, relative to its largest term.
    guess : tuple of array, shape (n, p + 1), or None
        Each real field as Legendre coefficients on that mesh.
    max_unknowns, max_steps : int
        Limits.

    Returns
    -------
    refined : Refined
        Of the last mesh.
    """
    grids = grid_of(setting, 2, 2), grid_of(setting, 5, 4)
    slab = _slab(setting, edges)
    unknowns = None if guess is None else _fitted(setting, slab, guess)
    best, stale, crowd, iterations = math.inf, 0, len(edges), 0
    for rounds in range(1, max_steps + 1):
        fit = fit_slab(setting, slab, grids[0], unknowns)
        iterations += fit.iterations
        scales = term_sizes(setting, slab, fit.unknowns, grids[0])
        found = indicate(setting, slab, fit.unknowns, grids[1], scales, "L2")
        target = tolerance * _size(setting, slab, fit, grids[0], scales)
        done = Refined(slab, fit, found, rounds, iterations, Status.CONVERGED)
        if not found.sum > 0.0:
            return dataclasses.replace(done, status=Status.EXACT)
        met = found.sum <= target or found.rounded.all()
        if met and not fit.failed:
            return done
        stale = 0 if found.sum < best / 2.0 else stale + 1
        crowd = len(slab.widths) if found.sum < best / 2.0 else crowd
        best = min(best, found.sum)
        chosen = marked(found.total, target) & ~found.rounded
        size = (len(slab.widths) + chosen.sum()) * setting.fields * (setting.degree + 1)
        lost = stale > PATIENCE or len(slab.widths) > CROWD * crowd
        if not chosen.any() or lost or size > max_unknowns:
            return dataclasses.replace(done, status=Status.TOLERANCE_NOT_REACHED)
        slab, unknowns = _halved(setting, slab, fit.unknowns, chosen)
    return dataclasses.replace(done, status=Status.MAX_STEPS)


def _slab(setting: Setting, edges: Array) -> Slab:
    n = len(edges) - 1
    start = tuple(numpy.zeros((n, 0, space.degree + 1)) for space in setting.space)
    return Slab(edges, 0.0, 1.0, start)


def _size(setting: Setting, slab: Slab, fit: Fit, grid: Grid, scales: Array) -> float:
    """Return the L2 norm of the largest term of all equations.

    A derivative counts at least as the size of its field over that of the domain.
    """
    points, table = jets(setting, slab, fit.unknowns, grid)
    _, slopes, _ = setting.lin(points, table)
    sizes = [
        float(numpy.abs(piece).max())
        for piece in _values(setting, slab, fit.unknowns, grid)
    ]
    least = [sizes[k] * setting.factor(index) for k, index in setting.lin.slots]
    terms = numpy.abs(slopes) * numpy.maximum(numpy.abs(table), least)[:, None, :]
    terms = terms / scales[:, None]
    weights = root_weights(slab, grid).reshape(-1) ** 2 * setting.width / 2.0
    norms = numpy.sqrt(numpy.einsum("nek,n->ek", terms**2, weights))
    return float(norms.max(axis=1).sum())


def _values(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...], grid: Grid
) -> list[Array]:
    """Return each real field at the points of a grid, (n, n_xi)."""
    return [
        (item * hermite_scales(setting, slab, k)[:, :, None])[:, :, 0]
        @ setting.space[k].table(grid.xi, 0).T
        for k, item in enumerate(unknowns)
    ]


def _halved(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...], chosen: Array
) -> tuple[Slab, tuple[Array, ...]]:
    """Return a finer mesh and the same function on it."""
    data = tuple(
        (item * hermite_scales(setting, slab, k)[:, :, None]).transpose(0, 2, 1)
        for k, item in enumerate(unknowns)
    )
    edges, finer = bisected(setting, slab.edges, data, chosen)
    new = _slab(setting, edges)
    return new, tuple(
        item.transpose(0, 2, 1) / hermite_scales(setting, new, k)[:, :, None]
        for k, item in enumerate(finer)
    )


def _fitted(setting: Setting, slab: Slab, guess: tuple[Array, ...]) -> tuple[Array, ...]:
    """Return unknowns near given values that are smooth and satisfy the conditions."""
    found = []
    for k, (shapes, legendre) in enumerate(zip(setting.space, guess, strict=True)):
        m = shapes.smoothness
        scale = (2.0 / slab.widths[:, None]) ** numpy.arange(m)
        left = shapes.end_values(legendre, -1.0) * scale
        right = shapes.end_values(legendre, 1.0) * scale
        both = (right[:-1] + left[1:]) / 2.0
        left[1:], right[:-1] = both, both
        if setting.periodic:
            left[0] = right[-1] = (left[0] + right[-1]) / 2.0
        own = shapes.refit(legendre, left / scale, right / scale)
        found.append((own / hermite_scales(setting, slab, k))[:, :, None])
    return _conforming(setting, slab, tuple(found))


def _conforming(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...]
) -> tuple[Array, ...]:
    """Return unknowns changed least at the walls and joints so that these hold."""
    ends = ends_of(setting, slab, unknowns)
    change = start_of(setting, slab, ends)
    return tuple(old + new for old, new in zip(unknowns, change, strict=True))
