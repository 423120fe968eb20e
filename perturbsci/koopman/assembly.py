"""The spectrum of a fit, before and after its eigenpairs are known.

What EDMD and its measure-preserving kin share: which certificate the data earn, which
status applies, and how pairs are judged, normalized and sorted.
"""

import dataclasses
from typing import NamedTuple

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.koopman.certificates import TRUSTED, residual_certificate
from perturbsci.koopman.evidence import Evidence
from perturbsci.koopman.fits import Fit
from perturbsci.koopman.limits import limits_in_words, limits_required
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.sources import Source
from perturbsci.koopman.spectrum import Spectrum, empty_spectrum
from perturbsci.koopman.verdicts import Verdict, largest_floor, measured
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["Outline", "Pairs", "outlined", "with_pairs"]


class Pairs(NamedTuple):
    """Eigenpairs of a fit: lambda (k,), v of norm 1 in L2 (N, k), modes (k, n_state)."""

    values: Array
    vectors: Array
    modes: Array


class Outline(NamedTuple):
    """A spectrum without pairs, what may be claimed of pairs, and in which words."""

    empty: Spectrum
    evidence: Evidence
    method: str
    notes: tuple[str, ...]


def outlined(
    source: Source,
    evidence: Evidence,
    matrix: Array,
    rank: int,
    *,
    declare: str,
    method: str,
    modulus: bool = False,
    remarks: tuple[str, ...] = (),
) -> Outline:
    """Return the spectrum before its pairs are known: nothing is claimed.

    Parameters
    ----------
    source : Source
        Of the fit.
    evidence : Evidence
        What the data allow.
    matrix : array, shape (n_functions, n_functions)
        K.
    rank : int
        Of the functions on the pairs.
    declare : str
        What is known of K.
    method : str
        What computes the pairs.
    modulus : bool
        Whether a modulus of continuity is known.
    remarks : tuple of str
        Assumptions of the method.

    Returns
    -------
    outline : Outline
        Its status is UNDERDETERMINED, or TOLERANCE_NOT_REACHED until there are pairs.
    """
    state = source.state
    limits = limits_required("spectrum", declare=declare, modulus=modulus)
    sizes = {"M": state.count, "N": state.n_functions}
    notes = (*remarks, limits_in_words(limits, sizes), *source.notes(rank))
    if not isinstance(matrix, numpy.ndarray):
        notes += ("note: the eigenproblem was solved on the host",)
    exact = state.operator == "koopman" and state.n_functions >= source.count(rank)
    empty = empty_spectrum(
        state,
        matrix,
        rank,
        declare=declare,
        limits=limits,
        status=Status.UNDERDETERMINED if exact else Status.TOLERANCE_NOT_REACHED,
        certificate=residual_certificate(
            evidence,
            namespace(matrix).zeros(0),
            None,
            declare=declare,
            method=method,
            operator=state.operator,
            notes=notes,
        ),
    )
    return Outline(empty, evidence, method, notes)


def with_pairs(
    outline: Outline,
    fit: Fit,
    verdict: Verdict,
    pairs: Pairs,
    *,
    doubtful: bool,
    held_out: Snapshots | None = None,
    confidence: float = 0.95,
    seed: int | numpy.random.Generator = 0,
) -> Spectrum:
    """Return the spectrum with its pairs, smallest residual first.

    Parameters
    ----------
    outline : Outline
        The spectrum without them.
    fit : Fit
        That they belong to.
    verdict : Verdict
        What the data of the fit say about them.
    pairs : Pairs
        In the order of the verdict.
    doubtful : bool
        Whether the data contradict what was declared.
    held_out : Snapshots, optional
        Other pairs of states, on which residuals are measured then.
    confidence : float
        Of a bootstrap interval.
    seed : int or numpy.random.Generator
        Of the bootstrap.

    Returns
    -------
    spectrum : Spectrum
        With status and certificate.
    """
    empty, evidence = outline.empty, outline.evidence
    values, vectors, modes = pairs
    residuals, intervals = measured(
        fit.source,
        evidence,
        held_out,
        verdict.numbers,
        values,
        vectors,
        confidence=confidence,
        seed=seed,
    )
    xp = namespace(values)
    order = xp.argsort(residuals, stable=True)
    residuals = residuals[order]
    intervals = None if intervals is None else intervals[order]
    if empty.operator == "adjoint":
        values = xp.conj(values) + 0  # of K; without zeros of negative sign
    return dataclasses.replace(
        empty,
        eigenvalues=values[order],
        residuals=residuals,
        vectors=vectors[:, order],
        modes=modes[order],
        residual_floor=largest_floor(verdict.numbers, fit.source.accuracy),
        status=_status(empty, doubtful, residuals, verdict.moving[order], verdict.reached),
        certificate=residual_certificate(
            evidence,
            residuals,
            intervals,
            declare=empty.declare,
            method=outline.method,
            operator=empty.operator,
            notes=outline.notes,
            confidence=confidence,
        ),
        intervals=intervals,
    )


def _status(
    empty: Spectrum, doubtful: bool, residuals: Array, moving: Array, reached: bool
) -> Status:
    """Return the first status that applies.

    A residual of a function that is constant up to a small part tells about that part only
    if it is small beside it; no dynamics is in a constant.
    """
    if empty.status is Status.UNDERDETERMINED:
        return empty.status
    if empty.rank < empty.gram.n_functions:
        return Status.RANK_REDUCED
    if doubtful:
        return Status.DECLARATION_DOUBTFUL
    told = (residuals <= TRUSTED * moving) & (moving > 0)
    if not bool(scalar(namespace(told).any(told))):
        return Status.NOTHING_VERIFIED
    return Status.FLOOR_REACHED if reached else Status.CONVERGED
