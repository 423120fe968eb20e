"""The degrees that the data of a statement ask for, before anything is solved."""

import dataclasses

import numpy

from perturbsci.surrogates.box_marching import FIRST
from perturbsci.surrogates.box_statement import BoxStatement
from perturbsci.surrogates.tensors import contract
from perturbsci.types import Array

__all__ = ["SHARE", "SMALLEST", "first_counts", "slab_counts"]

# nodes on which data are looked at: in each direction, in the last one
SAMPLES = {1: (128, 128), 2: (96, 96), 3: (28, 72)}
NOISE = 1e-12  # of coefficients of sampled data
SMALLEST = 6  # functions in a direction
SHARE = 0.1  # of the tolerance for the residual


def slab_counts(statement: BoxStatement, tolerance: float) -> tuple[int, ...]:
    """Return the numbers of polynomials in space that resolve the data at the start.

    Parameters
    ----------
    statement : BoxStatement
        With the time as its last direction.
    tolerance : float
        Relative, of the tails.

    Returns
    -------
    counts : tuple of int
        One a direction of space.
    """
    start, end = statement.intervals[-1]
    early = (start, start + (end - start) / FIRST)
    slab = dataclasses.replace(statement, intervals=(*statement.intervals[:-1], early))
    each = {1: 128, 2: 80}.get(len(statement.intervals) - 1, 16)
    counts, _ = first_counts(slab, tolerance, samples=(each, 6))
    return counts[:-1]


def first_counts(
    statement: BoxStatement,
    tolerance: float,
    *,
    samples: tuple[int, int] | None = None,
) -> tuple[tuple[int, ...], bool]:
    """Return the numbers of polynomials that resolve the data.

    Parameters
    ----------
    statement : BoxStatement
        Equations and conditions.
    tolerance : float
        Relative, of the tails.
    samples : (int, int), optional
        Nodes in each direction, and in the last one.

    Returns
    -------
    counts : tuple of int
        One a direction.
    resolved : bool
        Whether the samples resolve all data.

    Notes
    -----
    Looked at: the residual of zero, the coefficients of the equations there, and the data
    of walls and start. What varies too fast for the samples begins with fewer.
    """
    d = len(statement.intervals)
    each, last = samples or SAMPLES.get(d, (10, 16))
    sampled = statement.space((each,) * (d - 1) + (last,))
    shape = sampled.counts
    projections = sampled.projections()
    needed = numpy.full(d, SMALLEST)
    points = sampled.points()
    zeros = numpy.zeros((len(points), len(statement.slots)))
    residual, slopes, _ = statement.lin(points, zeros)
    columns = [*residual.T, *slopes.reshape(len(points), -1).T]
    fields = [
        contract(column.reshape(sampled.grid), projections)
        for column in columns
        if numpy.isfinite(column).all() and numpy.ptp(column) > 0.0
    ]
    lifted = sampled.lift(statement.data(sampled))
    fields += [lifted[f] for f in range(statement.n_fields)]
    for item in fields:
        for k in range(d):
            needed[k] = max(needed[k], _resolving(item, k, SHARE * tolerance))
    resolved = all(n <= 0.9 * m for n, m in zip(needed[:-1], shape[:-1], strict=True))
    resolved = resolved and (samples is not None or needed[-1] <= 0.9 * shape[-1])
    for k in range(d):  # what the samples do not resolve is found by raising
        if needed[k] > 0.9 * shape[k]:
            needed[k] = max(SMALLEST, shape[k] // 2)
    orders = [max(index[k] for _, index in statement.slots) for k in range(d)]
    return tuple(int(n + m) for n, m in zip(needed, orders, strict=True)), resolved


def _resolving(coefficients: Array, k: int, share: float) -> int:
    """Return how many polynomials of a direction leave a tail below a share."""
    sizes = numpy.abs(numpy.moveaxis(coefficients, k, 0).reshape(coefficients.shape[k], -1))
    profile = sizes.max(axis=1)
    large = numpy.nonzero(profile > max(share, NOISE) * profile.max())[0]
    return int(large[-1]) + 1 if len(large) else 1
