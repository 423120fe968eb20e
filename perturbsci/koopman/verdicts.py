"""What is to be believed of the pairs of a fit: residuals, floors, intervals.

Residuals come from the Gram matrices first. Those that rounding could have made are
computed again from the pairs, in a second pass.
"""

import dataclasses
from typing import NamedTuple

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.koopman.evidence import Evidence, gather_evidence
from perturbsci.koopman.fits import Fit
from perturbsci.koopman.pairs import (
    QR_FLOOR,
    PairNumbers,
    mean_functions,
    pair_numbers,
    pair_sums,
    representatives,
)
from perturbsci.koopman.panels import Panels
from perturbsci.koopman.resampling import held_out_residuals, independent_block
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.sources import Source
from perturbsci.types import Array

__all__ = ["Verdict", "gathered", "judged", "largest_floor", "measured"]

DOUBT = 100.0  # quadratic forms below this many floors are computed again,
CERTAIN = 1e4  # and those whose rounding is above so many units


class Verdict(NamedTuple):
    """What the data of the fit say about pairs, shape (k,) each."""

    numbers: PairNumbers
    moving: Array  # the part of each function that is not constant
    reached: bool  # whether a floor took the place of a residual


def gathered(
    source: Source,
    rank: int,
    *,
    declare: str,
    modulus: tuple[float, float] | None = None,
    held_out: Snapshots | None = None,
    confidence: float = 0.95,
) -> Evidence:
    """Return what kind of certificate the residuals from a source earn.

    Parameters
    ----------
    source : Source
        Of the fit.
    rank : int
        Of the functions on the pairs.
    declare : str
        ``"general"``, ``"isometry"``, ``"unitary"`` or ``"normal"``.
    modulus : (float, float), optional
        As for ``gather_evidence``.
    held_out : Snapshots, optional
        Independent pairs that residuals are measured on.
    confidence : float
        Coverage of a statistical bound.

    Returns
    -------
    evidence : Evidence
        Where no bound of functions on independent samples is known, their largest value on
        these stands for it.
    """
    state = source.state
    sup = None
    if state.sampling == "independent" and state.dictionary is not None:
        known = state.uniform and state.dictionary.bounds is not None
        sup = None if known else source.largest()
    return gather_evidence(
        dataclasses.replace(state, count=source.count(rank)),
        declare=declare,
        modulus=modulus,
        held_out=held_out,
        confidence=confidence,
        sup=sup,
    )


def judged(fit: Fit, values: Array, vectors: Array) -> Verdict:
    """Return the residuals of pairs in-sample, and what else they say.

    Parameters
    ----------
    fit : Fit
        With its source.
    values : complex array, shape (k,)
        lambda, in the order of ``eig``.
    vectors : complex array, shape (n_functions, k)
        v of the scaled functions.

    Returns
    -------
    verdict : Verdict
        Residuals from Gram matrices alone are at least their floor.
    """
    numbers, reached = _numbers(fit, values, vectors)
    return Verdict(numbers, _sines(fit, values, vectors, numbers), reached)


def _numbers(fit: Fit, values: Array, vectors: Array) -> tuple[PairNumbers, bool]:
    """Return residuals in-sample, and whether one is below its floor."""
    xp = namespace(values)
    numbers = pair_numbers(fit.pencil, values, vectors)
    if fit.source.accuracy == "qr":
        return numbers, False
    if fit.source.accuracy == "gram" or fit.source.panels is None:
        reached = bool(scalar(xp.any(numbers.residuals < numbers.floors)))
        safe = xp.maximum(numbers.residuals, numbers.floors)
        return numbers._replace(residuals=safe), reached
    chosen, index = representatives(fit.pencil.G, values)
    residuals, floors, norms = (xp.take(each, chosen) for each in numbers)
    # A form with floor f gives residuals up to an error of f^2 / (2 residual).
    unit = float(xp.finfo(floors.dtype).eps)
    limit = xp.maximum(DOUBT * floors, floors**2 / (CERTAIN * unit))
    doubtful = xp.nonzero(residuals < limit)[0]
    if doubtful.shape[0]:
        places = xp.take(chosen, doubtful)
        plain = xp.take(vectors, places, axis=1) / fit.pencil.scale[:, None]
        misses, squares = pair_sums(fit.source.panels, xp.take(values, places), plain)
        vanishing = squares == 0
        squares = xp.where(vanishing, 1.0, squares)
        residuals[doubtful] = xp.where(vanishing, xp.inf, xp.sqrt(misses / squares))
        norms[doubtful] = xp.sqrt(squares / fit.source.total)
    found = PairNumbers(xp.take(residuals, index), numbers.floors, xp.take(norms, index))
    return found, False


def _sines(fit: Fit, values: Array, vectors: Array, numbers: PairNumbers) -> Array:
    """Return the part of each function that is not constant, relative to its norm.

    Below rounding it is 0: there is no dynamics in a constant. Where neither a constant of
    the dictionary nor the pairs tell, one verified pair at 1 is taken for the constant.
    """
    xp = namespace(values)
    dictionary, panels = fit.source.state.dictionary, fit.source.panels
    places = () if dictionary is None else dictionary.constants
    if places:
        means = fit.pencil.G[places[0]] @ vectors
    elif fit.source.accuracy == "verified" and panels is not None:
        state = fit.source.state
        unit = fit.source.total if state.uniform else state.mass**0.5
        means = (mean_functions(panels) / fit.pencil.scale / unit) @ vectors
    else:
        parts = xp.ones_like(numbers.norms)
        if values.shape[0]:
            distance = xp.abs(values - 1)
            nearest = int(scalar(xp.argmin(distance)))
            worst = xp.maximum(distance[nearest], numbers.residuals[nearest])
            if float(scalar(worst)) <= 1e-6:
                parts[nearest] = 0.0
        return parts
    squares = xp.maximum(1 - xp.abs(means / numbers.norms) ** 2, 0 * numbers.norms)
    rounding = max(2e-12, 16 * float(xp.finfo(squares.dtype).eps))
    return xp.where(squares <= rounding, 0.0, xp.sqrt(squares))


def measured(
    source: Source,
    evidence: Evidence,
    held_out: Snapshots | None,
    numbers: PairNumbers,
    eigenvalues: Array,
    vectors: Array,
    *,
    confidence: float,
    seed: int | numpy.random.Generator,
) -> tuple[Array, Array | None]:
    """Return the residuals to report and the intervals that hold the true ones.

    Parameters
    ----------
    source : Source
        Of the fit.
    evidence : Evidence
        What the data allow.
    held_out : Snapshots or None
        Other pairs.
    numbers : PairNumbers
        In-sample.
    eigenvalues : complex array, shape (k,)
        lambda.
    vectors : complex array, shape (n_functions, k)
        v of the functions as they are, of norm 1.
    confidence : float
        Of a bootstrap interval.
    seed : int or numpy.random.Generator
        Of the bootstrap.

    Returns
    -------
    residuals : real array, shape (k,)
        On the held-out pairs if there are any.
    intervals : real array, shape (k, 2), or None
        None where nothing is known.
    """
    xp = namespace(eigenvalues)
    if held_out is not None and source.state.dictionary is not None:
        return held_out_residuals(
            Panels(held_out, source.state.dictionary),
            eigenvalues,
            vectors,
            block=independent_block(held_out),
            confidence=confidence,
            seed=seed,
        )
    if evidence.kind not in ("a-posteriori", "statistical"):
        return numbers.residuals, None
    stretch = xp.sum(xp.abs(vectors) ** 2, axis=0)
    lower, upper = evidence.interval(eigenvalues, numbers.residuals, stretch=stretch)
    rounding = numbers.floors
    if source.accuracy == "verified":
        rounding = largest_floor(numbers, source.accuracy)
    return numbers.residuals, xp.stack([lower, upper + rounding], axis=1)


def largest_floor(numbers: PairNumbers, accuracy: str) -> float:
    """Return the largest floor of a residual.

    Parameters
    ----------
    numbers : PairNumbers
        As ``judged`` gives them.
    accuracy : str
        ``"gram"``, ``"verified"`` or ``"qr"``.

    Returns
    -------
    floor : float
        About 1e-14 beyond Gram matrices, in double precision.
    """
    if accuracy == "verified" or not numbers.floors.shape[0]:
        eps = float(namespace(numbers.floors).finfo(numbers.floors.dtype).eps)
        return QR_FLOOR * eps / 2**-52
    return float(scalar(namespace(numbers.floors).max(numbers.floors)))
