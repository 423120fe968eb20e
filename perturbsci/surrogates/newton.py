"""Gauss-Newton on one slab, stopped by the residual that the linear problem predicts."""

from dataclasses import dataclass

import numpy

from perturbsci.surrogates.elimination import BATCH, Chain, eliminate, join, least_squares
from perturbsci.surrogates.ends import Ends, ends_of
from perturbsci.surrogates.residual import (
    Grid,
    Slab,
    jacobian,
    jets,
    noise,
    residuals,
    root_weights,
)
from perturbsci.surrogates.setting import Setting
from perturbsci.types import Array

__all__ = ["Fit", "fit_slab", "start_of"]

FALL = 0.95  # a smaller reduction of the residual ends the iteration
SHORT = 0.7  # predicted below this share of what is left: the iteration has failed
FLOOR = 1e-11  # of the first residual, where rounding decides
CLOSE = 1.02  # what came is what was predicted: the problem is linear here
MOST = 40  # iterations; a slab needs three to six


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Unknowns of one slab, and how the iteration ended.

    Parameters
    ----------
    unknowns : tuple of array, shape (n, p + 1, p_t)
        One a real field.
    norm : float
        Scaled residual in the L2 norm.
    failed : bool
        Whether Newton's iteration has failed.
    iterations : int
        Linear problems solved.
    """

    unknowns: tuple[Array, ...]
    norm: float
    failed: bool
    iterations: int


def start_of(setting: Setting, slab: Slab, ends: Ends) -> tuple[Array, ...]:
    """Return the constant extension of the start data, with the conditions satisfied.

    Parameters
    ----------
    setting, slab, ends : Setting, Slab, Ends
        Of the slab.

    Returns
    -------
    unknowns : tuple of array, shape (n, p + 1, p_t)
        Zero but at walls and joints.
    """
    n = len(slab.widths)
    first, last = numpy.zeros((n, len(ends.low))), numpy.zeros((n, len(ends.low)))
    first[0] += ends.low
    last[-1] += ends.high
    for k, shift in ends.joints.items():
        first[k] += shift
    inner = sum(item.bubbles for item in setting.space) * setting.count
    return _unpacked(setting, numpy.zeros((n, inner)), first, last)


def fit_slab(
    setting: Setting,
    slab: Slab,
    grid: Grid,
    unknowns: tuple[Array, ...] | None = None,
    *,
    most: int = MOST,
) -> Fit:
    """Return the unknowns that make the residual smallest.

    Parameters
    ----------
    setting, slab : Setting, Slab
        What to solve.
    grid : Grid
        Points of the fit.
    unknowns : tuple of array, shape (n, p + 1, p_t), optional
        From where to start; they must satisfy the conditions.
    most : int, optional
        Iterations.

    Returns
    -------
    fit : Fit
        Of the smallest residual that was met.

    Notes
    -----
    A step that does not lower the residual is halved (steady problems only: in time the
    slab is cut instead).
    """
    ends = ends_of(setting, slab)
    best = start_of(setting, slab, ends) if unknowns is None else unknowns
    scales = term_sizes(setting, slab, best, grid)
    norm = first = _norm(setting, slab, best, grid, scales)
    iterations, predicted = 0, 0.0
    while iterations < most and norm > 0.0 and numpy.isfinite(norm):
        step, predicted = _linear_step(setting, slab, best, grid, scales, ends)
        iterations += 1
        trial, found = _advanced(setting, slab, best, step, grid, scales, norm)
        fell = found < (1.0 - 1e-3 if setting.steady else FALL) * norm
        if found < norm:
            best, norm = trial, found
        near = CLOSE if not setting.steady else 1.0 + 1e-9
        if not fell or norm <= near * predicted:
            break
    left = predicted < SHORT * norm and norm > FLOOR * first
    if left and numpy.isfinite(norm):
        rounding = noise(setting, slab, best, grid)[0] / scales
        weights = root_weights(slab, grid)[..., None]
        left = norm > float(numpy.linalg.norm(rounding * weights))
    return Fit(best, norm, bool(left or not numpy.isfinite(norm)), iterations)


def term_sizes(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...], grid: Grid
) -> Array:
    """Return the size of the largest term of each equation, one where all vanish.

    Parameters
    ----------
    setting, slab, grid : Setting, Slab, Grid
        Where.
    unknowns : tuple of array, shape (n, p + 1, p_t)
        Around which.

    Returns
    -------
    sizes : array, shape (n_equations,)
        A single equation is not scaled: it would change nothing.
    """
    count = len(setting.lin.residuals)
    if count == 1:
        return numpy.ones(1)
    points, table = jets(setting, slab, unknowns, grid)
    _, slopes, _ = setting.lin(points, table)
    sizes = numpy.abs(slopes * table[:, None, :]).max(axis=(0, 2))
    size = sizes.max()
    return (
        numpy.where(sizes > 1e-8 * size, sizes, size) if size > 0.0 else numpy.ones(count)
    )


def _norm(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...], grid: Grid, scales: Array
) -> float:
    with numpy.errstate(all="ignore"):
        found = residuals(setting, slab, unknowns, grid) / scales
        return float(numpy.linalg.norm(found * root_weights(slab, grid)[..., None]))


def _advanced(
    setting: Setting,
    slab: Slab,
    unknowns: tuple[Array, ...],
    step: tuple[Array, ...],
    grid: Grid,
    scales: Array,
    norm: float,
) -> tuple[tuple[Array, ...], float]:
    """Return a step that lowers the residual, or the full one where none is found."""
    share = 1.0
    while True:
        pairs = zip(unknowns, step, strict=True)
        trial = tuple(old + share * change for old, change in pairs)
        found = _norm(setting, slab, trial, grid, scales)
        if found < norm or not setting.steady or share < 1e-3:
            return trial, found if numpy.isfinite(found) else numpy.inf
        share /= 2.0


def _linear_step(
    setting: Setting,
    slab: Slab,
    unknowns: tuple[Array, ...],
    grid: Grid,
    scales: Array,
    ends: Ends,
) -> tuple[tuple[Array, ...], float]:
    """Return the Gauss-Newton step, and the norm of the residual that it predicts."""
    n = len(slab.widths)
    chains: list[Chain] = []
    for low in range(0, n, BATCH):
        part = slice(low, min(low + BATCH, n))
        piece = Slab(
            slab.edges[part.start : part.stop + 1],
            slab.time,
            slab.step,
            tuple(item[part] for item in slab.start),
        )
        own = tuple(item[part] for item in unknowns)
        rows, matrix = jacobian(setting, piece, own, grid, scales)
        chains.append(eliminate(matrix, -rows, len(ends.low)))
    found = least_squares(join(chains), ends.maps, periodic=setting.periodic)
    return _unpacked(setting, *found[:3]), found[3]


def _unpacked(
    setting: Setting, bubbles: Array, first: Array, last: Array
) -> tuple[Array, ...]:
    """Return unknowns of each field from those of all, in the order of the columns."""
    n, count = len(bubbles), setting.count
    found, inner, outer = [], 0, 0
    for shapes in setting.space:
        parts = []
        for table, offset, size in (
            (bubbles, inner, shapes.bubbles),
            (first, outer, shapes.smoothness),
            (last, outer, shapes.smoothness),
        ):
            own = table[:, offset : offset + size * count]
            parts.append(own.reshape(n, size, count))
        inner += shapes.bubbles * count
        outer += shapes.smoothness * count
        found.append(numpy.concatenate(parts, axis=1))
    return tuple(found)
