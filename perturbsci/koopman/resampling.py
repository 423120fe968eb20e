"""Residuals on pairs that did not choose the functions, with a bootstrap interval.

The weight of a sample in a resample is an independent Poisson number of mean 1, which
needs no second look at the data (Efron and Tibshirani 1993; Chamandy and others 2012).
"""

import math
from collections.abc import Iterable

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.koopman.pairs import representatives
from perturbsci.koopman.panels import Panel
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.types import Array

__all__ = ["held_out_residuals", "independent_block"]

RESAMPLES = 200


def held_out_residuals(
    panels: Iterable[Panel],
    eigenvalues: Array,
    vectors: Array,
    *,
    block: int,
    confidence: float,
    seed: int | numpy.random.Generator,
) -> tuple[Array, Array]:
    """Return the residual of every pair on other pairs of states, and its interval.

    Parameters
    ----------
    panels : iterable of Panel
        Features of the held-out pairs.
    eigenvalues : complex array, shape (k,)
        lambda, in the order of ``eig``.
    vectors : complex array, shape (n_functions, k)
        v of the functions as they are.
    block : int
        Successive samples that stay together in a resample; 1 for independent ones.
    confidence : float
        Coverage of the interval.
    seed : int or numpy.random.Generator
        The same bits for any chunk.

    Returns
    -------
    residuals : real array, shape (k,)
        inf for a function that vanishes on all of them.
    intervals : real array, shape (k, 2)
        Percentiles over 200 resamples.

    Notes
    -----
    400 flops per sample and pair beside the evaluation of the functions.
    """
    xp = namespace(vectors)
    generator = numpy.random.default_rng(seed)
    drawn = numpy.ones((1, 1 + RESAMPLES))  # column 0 is the sample itself
    row = seen = 0
    sums: list[numpy.ndarray] = []
    for panel in panels:
        if not sums:
            chosen, index = representatives(panel.psi_x, eigenvalues)
            sums = [numpy.zeros((1 + RESAMPLES, len(chosen))) for _ in range(2)]
        squares = _squares(panel, eigenvalues[chosen], vectors[:, chosen])
        ids = numpy.arange(row, row + len(panel.psi_x)) // block
        row += len(panel.psi_x)
        new = int(ids[-1]) + 1 - seen
        fresh = numpy.ones((new, 1 + RESAMPLES))
        fresh[:, 1:] = generator.poisson(1.0, (new, RESAMPLES))
        table = numpy.concatenate([drawn[-1:], fresh])
        counts = table[ids - seen + 1]
        drawn, seen = table, seen + new
        for total, square in zip(sums, squares, strict=True):
            total += counts.T @ to_host(square)
    misses, norms = sums
    with numpy.errstate(divide="ignore", invalid="ignore"):
        found = numpy.sqrt(misses / norms)
    found = numpy.where(norms > 0, found, numpy.inf)
    sides = (0.5 - confidence / 2, 0.5 + confidence / 2)
    # Quantiles that are members of the sample: no interpolation beside an infinity.
    ends = numpy.quantile(found[1:], sides, axis=0, method="inverted_cdf")
    device = xp.asarray
    residuals, intervals = device(found[0]), device(numpy.stack(list(ends), axis=1))
    return xp.take(residuals, index), xp.take(intervals, index, axis=0)


def independent_block(held_out: Snapshots) -> int:
    """Return how many successive pairs are drawn together.

    Parameters
    ----------
    held_out : Snapshots
        The pairs.

    Returns
    -------
    block : int
        1 for independent pairs; neighbors along a trajectory are no independent witnesses.
    """
    ergodic = held_out.sampling == "ergodic"
    return math.ceil(held_out.n_samples**0.5) if ergodic else 1


def _squares(panel: Panel, eigenvalues: Array, vectors: Array) -> list[Array]:
    """Return w abs(miss)^2 and w abs(g)^2, sample by sample."""
    xp = namespace(vectors)
    function, image = panel.psi_x @ vectors, panel.psi_y @ vectors
    miss = image - function * eigenvalues
    return [xp.abs(each) ** 2 for each in (miss, function)]
