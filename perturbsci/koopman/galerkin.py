"""Extended dynamic mode decomposition (EDMD) with a residual on every eigenpair.

G = Psi_X* W Psi_X, A = Psi_X* W Psi_Y, K = G^+ A, K v = lambda v (Williams, Kevrekidis,
and Rowley 2015). K is found by orthogonal factorization of sqrt(W) Psi_X, whose condition
number is the square root of that of G.
"""

import dataclasses
import math

from perturbsci.backend import namespace
from perturbsci.backend.linalg import eig, lstsq, norm, solve, svd
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.koopman.dictionaries import Dictionary, linear
from perturbsci.koopman.gram import accumulate
from perturbsci.koopman.limits import limits_required
from perturbsci.koopman.pairs import (
    pair_residuals,
    root_weights,
    weighted_panels,
)
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["edmd"]

TRUSTED = 0.5  # above it a residual says nothing: NOTHING_VERIFIED
CLAIM = "largest residual ||K g - lambda g|| / ||g||"
METHOD = "EDMD"


def edmd(
    data: Snapshots,
    dictionary: Dictionary | None = None,
    *,
    held_out: Snapshots | None = None,
    tolerance: float | None = None,
    strict: bool = True,
) -> Spectrum:
    """Approximate the spectrum of the Koopman operator, with a residual on every pair.

    Parameters
    ----------
    data : Snapshots
        The pairs that K is fitted to.
    dictionary : Dictionary, optional
        Default the coordinates, ``linear(n_state)``.
    held_out : Snapshots, optional
        Independent pairs; residuals are then measured on them.
    tolerance : float, optional
        Singular values of the dictionary on the data (columns scaled to norm 1) at most
        this times the largest are dropped; default n_functions * 2^-52.
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
        If an argument is of another type.
    ConvergenceError
        If the eigenvalue solver fails.

    Notes
    -----
    About 6 n_samples N^2 + 25 N^3 flops and 3 arrays of n_samples * N numbers. A small
    residual says that there is a function g with ||(K - lambda) g|| <= r ||g||, not that
    lambda is an eigenvalue.

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
    if not isinstance(data, Snapshots):
        raise ParameterError(
            f"data is a {type(data).__name__}; pass Snapshots(x, y) or "
            "Snapshots.from_trajectory(states)"
        )
    dictionary = linear(data.n_state) if dictionary is None else dictionary
    _check_widths(data, dictionary, held_out)
    root = root_weights(data)
    psi_x, psi_y = weighted_panels(data, dictionary)
    scale = _column_norms(psi_x)
    psi_x, psi_y = psi_x / scale, psi_y / scale
    basis, matrix = _project(psi_x, psi_y, tolerance)
    coefficients = _state_coefficients(dictionary, scale, psi_x, data.x * root)
    pencil = _adjoint(basis) @ matrix @ basis if _reduced(basis) else matrix
    empty = _without_pairs(
        data, dictionary, matrix * (scale / scale[:, None]), basis.shape[1]
    )
    try:
        values, vectors = eig(pencil)
    except ConvergenceError as error:
        if strict:
            raise ConvergenceError(f"edmd: {error}", empty) from None
        return empty
    modes = _modes(
        vectors, _adjoint(basis) @ coefficients if _reduced(basis) else coefficients
    )
    vectors = basis @ vectors if _reduced(basis) else vectors
    residuals, norms = pair_residuals(psi_x, psi_y, values, vectors)
    constant = _constant(root, psi_x, vectors, norms)
    if held_out is not None:
        outside_x, outside_y = weighted_panels(held_out, dictionary)
        residuals, _ = pair_residuals(outside_x / scale, outside_y / scale, values, vectors)
    order = namespace(residuals).argsort(residuals, stable=True)
    return dataclasses.replace(
        empty,
        eigenvalues=values[order],
        residuals=residuals[order],
        vectors=(vectors / norms)[:, order] / scale[:, None],
        modes=(modes * norms[:, None])[order],
        status=_status(empty.status, basis, residuals[~constant]),
        certificate=_certificate(empty, residuals[order], held_out),
    )


def _check_widths(
    data: Snapshots, dictionary: Dictionary, held_out: Snapshots | None
) -> None:
    """Refuse a dictionary or held-out pairs for states of another width."""
    if not isinstance(dictionary, Dictionary):
        raise ParameterError(
            f"dictionary is a {type(dictionary).__name__}; pass linear(n_state) or "
            "monomials(degree, n_state=n_state)"
        )
    if not isinstance(held_out, Snapshots | None):
        raise ParameterError(
            f"held_out is a {type(held_out).__name__}; pass Snapshots like data"
        )
    if dictionary.n_state != data.n_state:
        raise ShapeError(
            f"dictionary is for states of {dictionary.n_state} columns but snapshots.x has "
            f"{data.n_state}; make it with n_state={data.n_state}"
        )
    if held_out is not None and held_out.n_state != data.n_state:
        raise ShapeError(
            f"held_out has states of {held_out.n_state} columns but data has "
            f"{data.n_state}; use the same delays and coordinates for both"
        )


def _column_norms(psi: Array) -> Array:
    """Return the column norms, 1 for a column of zeros."""
    norms = norm(psi, axis=0)
    return namespace(psi).where(norms == 0, 1.0, norms)


def _project(psi_x: Array, psi_y: Array, tolerance: float | None) -> tuple[Array, Array]:
    """Return a basis of the directions with information, and K.

    K minimizes ||Psi_X K - Psi_Y||; columns of Psi_X have norm 1.
    """
    xp = namespace(psi_x)
    n_functions = psi_x.shape[1]
    if tolerance is None:
        tolerance = n_functions * float(xp.finfo(psi_x.dtype).eps)
    matrix, rank, _ = lstsq(psi_x, psi_y, tolerance=tolerance)
    if rank < n_functions:
        basis = _adjoint(svd(psi_x)[2][:rank])
    else:
        basis = xp.eye(n_functions, dtype=psi_x.dtype)
    return basis, matrix


def _state_coefficients(
    dictionary: Dictionary, scale: Array, psi_x: Array, states: Array
) -> Array:
    """Return C of X = Psi_X C: exact where every coordinate is in the dictionary."""
    columns = dictionary.coordinates
    if columns is None:
        return lstsq(psi_x, states)[0]
    xp = namespace(psi_x)
    return (
        xp.eye(dictionary.n_functions, dtype=psi_x.dtype)[:, list(columns)]
        * scale[list(columns)]
    )


def _constant(root: Array, psi_x: Array, vectors: Array, norms: Array) -> Array:
    """Return which functions take one value: no dynamics is in such a pair.

    By Cauchy and Schwarz, |<1, g>| = ||1|| ||g|| only for those; 1e-12 is a spread of 1e-6.
    """
    means = (root.T @ psi_x) @ vectors
    xp = namespace(means)
    spread = max(1e-12, 8 * float(xp.finfo(norms.dtype).eps))
    return xp.abs(means[0]) >= (1 - spread) * norm(root) * norms


def _modes(vectors: Array, coefficients: Array) -> Array:
    """Return V^{-1} C; by least squares where V is singular (K is defective)."""
    try:
        return solve(vectors, coefficients)
    except ParameterError:
        return lstsq(vectors, coefficients)[0]


def _reduced(basis: Array) -> bool:
    return bool(basis.shape[1] < basis.shape[0])


def _adjoint(a: Array) -> Array:
    return namespace(a).conj(a).T


def _without_pairs(
    data: Snapshots, dictionary: Dictionary, koopman_matrix: Array, rank: int
) -> Spectrum:
    """Return the spectrum before its pairs are known: nothing is claimed."""
    xp = namespace(koopman_matrix)
    n_functions = dictionary.n_functions
    weights = data.weights
    n_samples = data.n_samples if weights is None else int((weights > 0).sum())
    if n_functions >= n_samples:
        status = Status.UNDERDETERMINED
        why = f"{n_functions} functions fit {n_samples} samples exactly: residuals are 0"
    else:
        status, why = Status.TOLERANCE_NOT_REACHED, "there is no eigenpair"
    complex_type = xp.result_type(koopman_matrix.dtype, xp.complex64)
    return Spectrum(
        eigenvalues=xp.zeros(0, dtype=complex_type),
        residuals=xp.zeros(0),
        variance_residuals=None,
        vectors=xp.zeros((n_functions, 0), dtype=complex_type),
        modes=xp.zeros((0, data.n_state), dtype=complex_type),
        koopman_matrix=koopman_matrix,
        step=data.step,
        rank=rank,
        residual_floor=1e-14,
        declare="general",
        operator="koopman",
        dictionary=dictionary,
        gram=accumulate(data, dictionary),
        limits=limits_required("eigenvalue_residual"),
        status=status,
        certificate=Certificate(CLAIM, math.nan, math.nan, "none", METHOD, (why,)),
    )


def _status(before: Status, basis: Array, residuals: Array) -> Status:
    """Return the first status that applies; ``residuals`` are those of no constant."""
    if before is Status.UNDERDETERMINED:
        return before
    if _reduced(basis):
        return Status.RANK_REDUCED
    trusted = bool((residuals <= TRUSTED).any())
    return Status.CONVERGED if trusted else Status.NOTHING_VERIFIED


def _certificate(
    empty: Spectrum, residuals: Array, held_out: Snapshots | None
) -> Certificate:
    if empty.status is Status.UNDERDETERMINED or not len(residuals):
        return empty.certificate
    kind = "estimate" if held_out is None else "held-out"
    where = "in-sample" if held_out is None else f"on {held_out.n_samples} held-out pairs"
    assumptions = (f"the pairs stand for the measure ({where})",)
    return Certificate(CLAIM, float(residuals[-1]), TRUSTED, kind, METHOD, assumptions)
