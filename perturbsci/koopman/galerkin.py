"""Extended dynamic mode decomposition (EDMD) with a residual on every eigenpair.

G = Psi_X* W Psi_X, A = Psi_X* W Psi_Y, K = G^+ A, K v = lambda v (Williams, Kevrekidis,
and Rowley 2015); residuals as in Colbrook and Townsend (2024).
"""

import dataclasses
import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import NamedTuple

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.linalg import eig, lstsq, norm, solve
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.koopman.certificates import TRUSTED, residual_certificate
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.evidence import (
    Evidence,
    check_evidence,
    gather_evidence,
    limits_in_words,
)
from perturbsci.koopman.gram import GramState
from perturbsci.koopman.limits import limits_required
from perturbsci.koopman.pairs import (
    QR_FLOOR,
    PairNumbers,
    mean_functions,
    pair_numbers,
    pair_sums,
    representatives,
)
from perturbsci.koopman.panels import Panels
from perturbsci.koopman.projection import (
    Pencil,
    Projection,
    project,
    refined,
    scaled_pencil,
)
from perturbsci.koopman.resampling import held_out_residuals
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.sources import Source, check_held_out, open_source
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["edmd"]

DEFECTIVE = 1e8  # a larger condition of the eigenvectors is flagged
DOUBT = 100.0  # quadratic forms below this many floors are computed again,
CERTAIN = 1e4  # and those whose rounding is above so many units


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
    source = open_source(data, dictionary, accuracy=accuracy, chunk=chunk)
    check_held_out(held_out, source)
    check_rank(rank, source.state)
    fit = fitted(source, rank=rank, tolerance=tolerance)
    evidence = gather_evidence(
        dataclasses.replace(source.state, count=source.count(fit.projection.rank)),
        declare=declare,
        modulus=modulus,
        held_out=held_out,
        confidence=confidence,
        sup=_largest(source),
    )
    empty = _without_pairs(fit, evidence, declare, modulus is not None)
    try:
        values, vectors = eig(fit.small_matrix)
    except ConvergenceError as error:
        if strict:
            raise ConvergenceError(f"edmd: {error}", empty) from None
        return empty
    modes, condition = _modes(fit, vectors)
    vectors = _lifted(fit, vectors)
    numbers, reached = judged(fit, values, vectors)
    sines = moving_parts(fit, values, vectors, numbers)
    vectors = vectors / numbers.norms / fit.pencil.scale[:, None]
    residuals, intervals = _measured(
        source,
        evidence,
        held_out,
        numbers,
        values,
        vectors,
        confidence=confidence,
        seed=seed,
    )
    order = namespace(residuals).argsort(residuals, stable=True)
    intervals = None if intervals is None else intervals[order]
    notes = empty.certificate.assumptions[len(evidence.assumptions) :]
    if not condition <= DEFECTIVE:
        notes += (f"note: eigenvector condition > 1e8: {condition:.3g}, K is defective",)
    adjoint = source.state.operator == "adjoint"
    return dataclasses.replace(
        empty,
        eigenvalues=(namespace(values).conj(values) + 0 if adjoint else values)[order],
        residuals=residuals[order],
        vectors=vectors[:, order],
        modes=(modes * numbers.norms[:, None])[order],
        residual_floor=_floor(numbers, source.accuracy),
        status=_status(empty, evidence, residuals[order], sines[order], reached),
        certificate=residual_certificate(
            evidence,
            residuals[order],
            intervals,
            declare=declare,
            operator=source.state.operator,
            notes=notes,
            confidence=confidence,
        ),
        intervals=intervals,
    )


class Fit(NamedTuple):
    """K and all that it took: the source, the scaled pencil, and the projection."""

    source: Source
    pencil: Pencil
    projection: Projection

    @property
    def small_matrix(self) -> Array:
        """K on the directions with information."""
        matrix, basis = self.projection.matrix, self.projection.basis
        if not self.projection.reduced:
            return matrix
        return namespace(basis).conj(basis).T @ matrix @ basis


def fitted(source: Source, *, rank: int | None, tolerance: float | None) -> Fit:
    """Return the Koopman matrix of a source.

    Parameters
    ----------
    source : Source
        Gram state, and the pairs for corrections.
    rank : int or None
        At most so many directions.
    tolerance : float or None
        Relative cut of the eigenvalues of G.

    Returns
    -------
    fit : Fit
        K solves the least-squares problem ||Psi_X K - Psi_Y||; where G is ill-conditioned
        and the pairs are there, to the accuracy of an orthogonal factorization.
    """
    pencil = scaled_pencil(source.state)
    xp = namespace(pencil.G)
    eps = float(xp.finfo(pencil.G.dtype).eps)
    if tolerance is None:
        tolerance = len(pencil.scale) * eps
        tolerance = tolerance**2 if pencil.factors is not None else tolerance
    moments = source.state.moments / source.total / pencil.scale[:, None]
    projection = project(pencil, moments, tolerance=tolerance, rank=rank)
    if source.panels is not None and source.accuracy == "verified":
        ill = projection.condition > eps**-0.25
        projection = (
            refined(projection, pencil, source.panels, source.total) if ill else projection
        )
    dictionary = source.state.dictionary
    columns = None if dictionary is None else dictionary.coordinates
    if columns is not None:  # the coordinates themselves are in the span: exact
        exact = xp.eye(len(pencil.scale), dtype=pencil.G.dtype)[:, list(columns)]
        exact = exact * pencil.scale[list(columns)]
        projection = dataclasses.replace(projection, coefficients=exact)
    return Fit(source, pencil, projection)


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


def _modes(fit: Fit, vectors: Array) -> tuple[Array, float]:
    """Return V^{-1} C and the condition of V; by least squares where V is singular."""
    xp = namespace(vectors)
    coefficients = fit.projection.coefficients
    if fit.projection.reduced:
        basis = fit.projection.basis
        coefficients = namespace(basis).conj(basis).T @ coefficients
    coefficients = xp.astype(coefficients, vectors.dtype)
    if not len(vectors):
        return coefficients, 1.0
    try:
        inverse = solve(vectors, xp.eye(len(vectors), dtype=vectors.dtype))
    except ParameterError:
        return lstsq(vectors, coefficients)[0], float("inf")
    return inverse @ coefficients, norm(vectors) * norm(inverse)


def judged(fit: Fit, values: Array, vectors: Array) -> tuple[PairNumbers, bool]:
    """Return residuals in-sample, and whether one is below its floor.

    Parameters
    ----------
    fit : Fit
        Source and scaled pencil; its projection is not used.
    values : complex array, shape (k,)
        Eigenvalues, in the order of ``eig``.
    vectors : complex array, shape (n_functions, k)
        Eigenvectors of the scaled functions.

    Returns
    -------
    numbers : PairNumbers
        As accurate as the source promises.
    reached : bool
        Whether a residual was raised to its floor.
    """
    xp = namespace(values)
    numbers = pair_numbers(fit.pencil, values, vectors)
    if fit.source.accuracy == "qr":
        return numbers, False
    if fit.source.accuracy == "gram" or fit.source.panels is None:
        reached = bool(xp.any(numbers.residuals < numbers.floors))
        safe = xp.maximum(numbers.residuals, numbers.floors)
        return numbers._replace(residuals=safe), reached
    chosen, index = representatives(fit.pencil.G, values)
    residuals, floors, norms = (xp.take(each, chosen) for each in numbers)
    # A form with floor f gives residuals up to an error of f^2 / (2 residual).
    unit = float(xp.finfo(floors.dtype).eps)
    limit = xp.maximum(DOUBT * floors, floors**2 / (CERTAIN * unit))
    doubtful = xp.nonzero(residuals < limit)[0]
    if len(doubtful):
        places = xp.take(chosen, doubtful)
        plain = xp.take(vectors, places, axis=1) / fit.pencil.scale[:, None]
        misses, squares = pair_sums(fit.source.panels, xp.take(values, places), plain)
        vanishing = squares == 0
        squares = xp.where(vanishing, 1.0, squares)
        residuals[doubtful] = xp.where(vanishing, xp.inf, xp.sqrt(misses / squares))
        norms[doubtful] = xp.sqrt(squares / fit.source.total)
    found = PairNumbers(xp.take(residuals, index), numbers.floors, xp.take(norms, index))
    return found, False


def moving_parts(fit: Fit, values: Array, vectors: Array, numbers: PairNumbers) -> Array:
    """Return the part of each function that is not constant, relative to its norm.

    Below rounding it is 0: there is no dynamics in a constant. Where neither a constant of
    the dictionary nor the pairs tell, one verified pair at 1 is taken for the constant.

    Parameters
    ----------
    fit : Fit
        Source and scaled pencil; its projection is not used.
    values : complex array, shape (k,)
        Eigenvalues, in the order of ``eig``.
    vectors : complex array, shape (n_functions, k)
        Eigenvectors of the scaled functions.
    numbers : PairNumbers
        Of ``judged``.

    Returns
    -------
    sines : real array, shape (k,)
        From 0 to 1.
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
        sines = xp.ones_like(numbers.norms)
        if len(values):
            distance = xp.abs(values - 1)
            nearest = int(xp.argmin(distance))
            if distance[nearest] <= 1e-6 and numbers.residuals[nearest] <= 1e-6:
                sines[nearest] = 0.0
        return sines
    squares = xp.maximum(1 - xp.abs(means / numbers.norms) ** 2, 0 * numbers.norms)
    rounding = max(2e-12, 16 * float(xp.finfo(squares.dtype).eps))
    return xp.where(squares <= rounding, 0.0, xp.sqrt(squares))


def _measured(
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

    ``vectors`` belong to the functions as they are, of norm 1.
    """
    xp = namespace(eigenvalues)
    if held_out is not None and source.state.dictionary is not None:
        # Neighbors along a trajectory are no independent witnesses.
        ergodic = held_out.sampling == "ergodic"
        return held_out_residuals(
            Panels(held_out, source.state.dictionary),
            eigenvalues,
            vectors,
            block=math.ceil(held_out.n_samples**0.5) if ergodic else 1,
            confidence=confidence,
            seed=seed,
        )
    if evidence.kind not in ("a-posteriori", "statistical"):
        return numbers.residuals, None
    stretch = xp.sum(xp.abs(vectors) ** 2, axis=0)
    lower, upper = evidence.interval(eigenvalues, numbers.residuals, stretch=stretch)
    rounding = numbers.floors if source.accuracy != "verified" else QR_FLOOR
    return numbers.residuals, xp.stack([lower, upper + rounding], axis=1)


def _without_pairs(fit: Fit, evidence: Evidence, declare: str, modulus: bool) -> Spectrum:
    """Return the spectrum before its pairs are known: nothing is claimed."""
    state, scale = fit.source.state, fit.pencil.scale
    matrix = fit.projection.matrix * (scale / scale[:, None])
    xp = namespace(matrix)
    n, rank = state.n_functions, fit.projection.rank
    limits = limits_required("spectrum", declare=declare, modulus=modulus)
    notes = [limits_in_words(limits, {"M": state.count, "N": n})]
    if fit.projection.reduced:
        notes += [f"rank reduced from {n} to {rank}"]
    if state.operator == "koopman" and n >= fit.source.count(rank):
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
    before: Spectrum, evidence: Evidence, residuals: Array, sines: Array, reached: bool
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
    if not bool(((residuals <= TRUSTED * sines) & (sines > 0)).any()):
        return Status.NOTHING_VERIFIED
    return Status.FLOOR_REACHED if reached else Status.CONVERGED


def _floor(numbers: PairNumbers, accuracy: str) -> float:
    """Return the largest floor of a residual."""
    if accuracy == "verified" or not len(numbers.floors):
        eps = float(namespace(numbers.floors).finfo(numbers.floors.dtype).eps)
        return QR_FLOOR * eps / 2**-52
    return float(numbers.floors.max())


def _largest(source: Source) -> float | None:
    """Return the largest ||Psi|| on independent samples, where no bound is known."""
    state = source.state
    if state.sampling != "independent" or state.dictionary is None:
        return None
    bounded = state.uniform and state.dictionary.bounds is not None
    return None if bounded else source.largest()


def _lifted(fit: Fit, vectors: Array) -> Array:
    """Return vectors of the small matrix as vectors of the scaled functions."""
    return fit.projection.basis @ vectors if fit.projection.reduced else vectors
