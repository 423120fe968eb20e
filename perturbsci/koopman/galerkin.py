"""Extended dynamic mode decomposition (EDMD) with a residual on every eigenpair.

G = Psi_X* W Psi_X, A = Psi_X* W Psi_Y, K = G^+ A, K v = lambda v (Williams, Kevrekidis,
and Rowley 2015); residuals as in Colbrook and Townsend (2024).
"""

import dataclasses
from collections.abc import Iterable
from numbers import Integral, Real

import numpy

from perturbsci.arguments import checked_seed, flag
from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.backend.linalg import eig
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.koopman.certificates import TRUSTED, residual_certificate
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.evidence import (
    Evidence,
    check_evidence,
    gather_evidence,
    limits_in_words,
)
from perturbsci.koopman.fits import Fit, fitted, lifted, state_modes
from perturbsci.koopman.gram import GramState
from perturbsci.koopman.limits import limits_required
from perturbsci.koopman.pairs import QR_FLOOR
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.sources import Source, check_held_out, open_source
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.verdicts import judged, largest_floor, measured, sines
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["edmd"]

DEFECTIVE = 1e8  # a larger condition of the eigenvectors is flagged


def edmd(
    data: Snapshots | Iterable[Snapshots] | GramState,
    dictionary: Dictionary | None = None,
    *,
    accuracy: str | None = None,
    declare: str = "general",
    rank: int | None = None,
    tolerance: float | None = None,
    held_out: Snapshots | None = None,
    modulus: tuple[float, float] | None = None,
    confidence: float = 0.95,
    chunk: int | None = None,
    seed: int | numpy.random.Generator = 0,
    strict: bool = True,
) -> Spectrum:
    """Approximate the spectrum of the Koopman operator, with a residual on every pair.

    Parameters
    ----------
    data : Snapshots, iterable of Snapshots, or GramState
        The pairs that K is fitted to.
    dictionary : Dictionary, optional
        Default the coordinates, ``linear(n_state)``; None with a ``GramState``.
    accuracy : str, optional
        ``"gram"``: one pass, residuals down to a floor of about 1e-7; ``"verified"``: a
        second pass over the pairs for what is near that floor, residuals down to about
        1e-14; ``"qr"``: one pass by orthogonal factorization, about 20 times the work,
        the same floor. Default the best that the data allow without "qr".
    declare : str
        What is known of K in L2 of the measure: ``"general"``, ``"isometry"``,
        ``"unitary"`` or ``"normal"``; checked against the data.
    rank : int, optional
        At most so many directions of the span of the functions.
    tolerance : float, optional
        Eigenvalues of G (columns scaled to norm 1) at most this times the largest are
        dropped; default n_functions * 2^-52, its square for "qr".
    held_out : Snapshots, optional
        Independent pairs; residuals are then measured on them, with a bootstrap interval.
    modulus : (float, float), optional
        Lipschitz constant of the map, and the largest diameter of the cells whose masses
        the weights are: gives an a-posteriori certificate for a dictionary with bounds.
    confidence : float
        Of a statistical certificate, and of the interval of held-out residuals.
    chunk : int, optional
        How many pairs are evaluated at a time; default 32 MB of features.
    seed : int or numpy.random.Generator
        Of the bootstrap.
    strict : bool
        Raise if the eigenvalue solver fails, else return K without any pair.

    Returns
    -------
    spectrum : Spectrum
        Sorted by residual.

    Raises
    ------
    ShapeError
        If the dictionary or ``held_out`` is for states of another width.
    ParameterError
        If an option is out of range, or ``accuracy`` asks for more than the data hold.
    ConvergenceError
        If the eigenvalue solver fails.

    Notes
    -----
    About 4 n_samples N^2 + 35 N^3 flops for real functions, 4 n_samples N more for every
    pair that is verified; features of all pairs are kept up to 256 MB. The eigenproblem is
    solved on the host. A small residual says that there is a function g with
    ||(K - lambda) g|| <= r ||g||, not that lambda is an eigenvalue.

    References
    ----------
    Williams, Kevrekidis, and Rowley (2015); Colbrook and Townsend (2024).

    Examples
    --------
    >>> import numpy as np
    >>> angle = 0.4 * np.arange(200)
    >>> states = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    >>> spectrum = edmd(Snapshots.from_trajectory(states))
    >>> float(abs(np.angle(spectrum.eigenvalues[0])).round(12))
    0.4
    """
    check_evidence(declare, modulus, confidence)
    check_tolerance(tolerance)
    flag(strict, "strict", meaning="to raise where the eigenvalue solver fails")
    checked_seed(seed)
    source = open_source(data, dictionary, accuracy=accuracy, chunk=chunk)
    check_held_out(held_out, source)
    check_rank(rank, source.state)
    fit = fitted(source, rank=rank, tolerance=tolerance)
    count = source.count(fit.projection.rank)
    evidence = gather_evidence(
        dataclasses.replace(source.state, count=count),
        declare=declare,
        modulus=modulus,
        held_out=held_out,
        confidence=confidence,
        sup=_largest(source),
    )
    empty = _without_pairs(fit, evidence, declare, modulus is not None, count)
    try:
        values, vectors = eig(fit.small_matrix)
    except ConvergenceError as error:
        if strict:
            raise ConvergenceError(f"edmd: {error}", empty) from None
        return empty
    return _with_pairs(empty, fit, evidence, (values, vectors), held_out, confidence, seed)


def _with_pairs(
    empty: Spectrum,
    fit: Fit,
    evidence: Evidence,
    pairs: tuple[Array, Array],
    held_out: Snapshots | None,
    confidence: float,
    seed: int | numpy.random.Generator,
) -> Spectrum:
    """Return the spectrum with its pairs, judged and sorted."""
    values, small = pairs
    xp = namespace(values)
    modes, condition = state_modes(fit, small)
    vectors = lifted(fit, small)
    numbers, reached = judged(fit, values, vectors)
    parts = sines(fit, values, vectors, numbers)
    vectors = vectors / numbers.norms / fit.pencil.scale[:, None]
    residuals, intervals = measured(
        fit.source,
        evidence,
        held_out,
        numbers,
        values,
        vectors,
        confidence=confidence,
        seed=seed,
    )
    order = xp.argsort(residuals, stable=True)
    residuals = residuals[order]
    intervals = None if intervals is None else intervals[order]
    notes = empty.certificate.assumptions[len(evidence.assumptions) :]
    if not condition <= DEFECTIVE:
        notes += (f"note: eigenvector condition > 1e8: {condition:.3g}, K is defective",)
    if empty.operator == "adjoint":
        values = xp.conj(values) + 0  # of K; without zeros of negative sign
    return dataclasses.replace(
        empty,
        eigenvalues=values[order],
        residuals=residuals,
        vectors=vectors[:, order],
        modes=(modes * numbers.norms[:, None])[order],
        residual_floor=largest_floor(numbers, fit.source.accuracy),
        status=_status(empty, evidence, residuals, parts[order], reached),
        certificate=residual_certificate(
            evidence,
            residuals,
            intervals,
            declare=empty.declare,
            operator=empty.operator,
            notes=notes,
            confidence=confidence,
        ),
        intervals=intervals,
    )


def check_tolerance(tolerance: float | None) -> None:
    """Refuse a relative cut outside [0, 1).

    Parameters
    ----------
    tolerance : float or None
        As the user passed it.

    Raises
    ------
    ParameterError
        If it is.
    """
    number = isinstance(tolerance, Real) and not isinstance(tolerance, bool)
    if tolerance is not None and not (number and 0 <= tolerance < 1):
        raise ParameterError(
            f"tolerance is {tolerance!r}; it must be in [0, 1), relative to the largest"
        )


def check_rank(rank: int | None, state: GramState) -> None:
    """Refuse a rank that is no whole number from 1 to min(M, N).

    Parameters
    ----------
    rank : int or None
        As the user passed it.
    state : GramState
        Of the pairs.

    Raises
    ------
    ParameterError
        If it is.
    """
    most = min(state.count, state.n_functions)
    whole = isinstance(rank, Integral) and not isinstance(rank, bool)
    if rank is not None and not (whole and 1 <= rank <= most):
        raise ParameterError(
            f"rank is {rank!r}; it must be a whole number from 1 to {most}, the smaller "
            "one of the numbers of samples and functions"
        )


def _without_pairs(
    fit: Fit, evidence: Evidence, declare: str, modulus: bool, count: int
) -> Spectrum:
    """Return the spectrum before its pairs are known: nothing is claimed."""
    state, scale = fit.source.state, fit.pencil.scale
    matrix = fit.projection.matrix * (scale / scale[:, None])
    xp = namespace(matrix)
    n, rank = state.n_functions, fit.projection.rank
    limits = limits_required("spectrum", declare=declare, modulus=modulus)
    notes = [limits_in_words(limits, {"M": state.count, "N": n})]
    notes += fit.source.notes()
    if not isinstance(matrix, numpy.ndarray):
        notes += ["note: the eigenproblem was solved on the host"]
    if fit.projection.reduced:
        notes += [f"rank reduced from {n} to {rank}"]
    if state.operator == "koopman" and n >= count:
        status = Status.UNDERDETERMINED
    else:
        status = Status.TOLERANCE_NOT_REACHED
    complex_type = xp.result_type(matrix.dtype, xp.complex64)
    real_type = xp.real(matrix[:0]).dtype
    return Spectrum(
        eigenvalues=xp.zeros(0, dtype=complex_type),
        residuals=xp.zeros(0, dtype=real_type),
        variance_residuals=None,
        vectors=xp.zeros((n, 0), dtype=complex_type),
        modes=xp.zeros((0, state.moments.shape[1]), dtype=complex_type),
        koopman_matrix=matrix,
        step=state.step,
        rank=rank,
        residual_floor=QR_FLOOR,
        declare=declare,
        operator=state.operator,
        dictionary=state.dictionary,
        gram=state,
        limits=limits,
        status=status,
        certificate=residual_certificate(
            evidence,
            xp.zeros(0),
            None,
            declare=declare,
            operator=state.operator,
            notes=tuple(notes),
        ),
    )


def _status(
    before: Spectrum, evidence: Evidence, residuals: Array, parts: Array, reached: bool
) -> Status:
    """Return the first status that applies.

    A residual of a function that is constant up to a small part tells about that part only
    if it is small beside it.
    """
    if before.status is Status.UNDERDETERMINED:
        return before.status
    if before.rank < before.gram.n_functions:
        return Status.RANK_REDUCED
    if evidence.doubtful:
        return Status.DECLARATION_DOUBTFUL
    told = (residuals <= TRUSTED * parts) & (parts > 0)
    if not bool(scalar(namespace(told).any(told))):
        return Status.NOTHING_VERIFIED
    return Status.FLOOR_REACHED if reached else Status.CONVERGED


def _largest(source: Source) -> float | None:
    """Return the largest ||Psi|| on independent samples, where no bound is known."""
    state = source.state
    if state.sampling != "independent" or state.dictionary is None:
        return None
    bounded = state.uniform and state.dictionary.bounds is not None
    return None if bounded else source.largest()
