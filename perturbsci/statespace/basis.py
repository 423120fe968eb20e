"""Eigenvalues, unit eigenvectors and their inverse, in canonical order and phase.

For a real matrix the pairs are exactly conjugate, in the inverse too, so that half of them
represent the matrix. All on the host, in double precision.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.backend.eigenvalues import canonical_phase, eig, eigh, sort_spectrum
from perturbsci.backend.operands import converged, lapack
from perturbsci.perturbation.families import is_diagonal, is_hermitian, unit_roundoff
from perturbsci.perturbation.isolation import is_normal

__all__ = [
    "Basis",
    "dense_basis",
    "normal_basis",
    "reconstructed",
    "unfolded_basis",
]


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """A diagonalization, A = V diag(lambda) V^{-1}.

    Parameters
    ----------
    values : complex array, shape (n,)
        lambda, in the order of ``backend.linalg.eig``.
    right : complex array, shape (n, n)
        V, unit columns in its phase.
    inverse : complex array, shape (n, n)
        V^{-1}.
    condition : float
        cond_2(V).
    residual : float
        ||A - V diag(lambda) V^{-1}||_F; NaN where it is not known yet.
    """

    values: numpy.ndarray
    right: numpy.ndarray
    inverse: numpy.ndarray
    condition: float
    residual: float = math.nan


def dense_basis(matrix: numpy.ndarray) -> Basis:
    """Return the basis of any matrix by the QR algorithm.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A; where it is defective, V is singular to rounding and the condition says so.

    Returns
    -------
    basis : Basis
        With the pseudoinverse where V has no inverse in floating point.

    Raises
    ------
    ConvergenceError
        If the iteration fails.

    Notes
    -----
    About 35 n^3 flops.
    """
    values, right = eig(matrix)
    if matrix.dtype.kind == "c":
        return unfolded_basis(values, right, 0)
    above, single = values.imag > 0, values.imag == 0
    kept = numpy.concatenate([numpy.flatnonzero(above), numpy.flatnonzero(single)])
    return unfolded_basis(values[kept], right[:, kept], int(above.sum()), real=True)


def normal_basis(matrix: numpy.ndarray) -> Basis | None:
    """Return an orthonormal basis of a normal matrix.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.

    Returns
    -------
    basis : Basis or None
        None if A is not normal: the Schur form is not diagonal to 4 n unit roundoffs.
    """
    if not is_normal(matrix):
        return None
    if is_diagonal(matrix):
        n = len(matrix)
        return _orthonormal(numpy.diagonal(matrix), numpy.eye(n))
    if is_hermitian(matrix):
        return _orthonormal(*eigh((matrix + matrix.conj().T) / 2))
    form = "real" if matrix.dtype.kind == "f" else "complex"
    t, z = converged(lambda m: lapack().schur(m, form, check_finite=False), matrix)
    pairs = numpy.flatnonzero(numpy.diagonal(t, -1))
    rest = t.copy()
    rest[range(len(t)), range(len(t))] = 0.0
    rest[pairs, pairs + 1] = rest[pairs + 1, pairs] = 0.0
    allowed = 4 * len(t) * unit_roundoff(matrix) * numpy.linalg.norm(matrix)
    if numpy.linalg.norm(rest) > allowed:
        return None
    values, vectors = numpy.diagonal(t).astype(complex), z.astype(complex)
    for k in pairs:
        # a normal block [[x, y], [-y, x]] has (1, i)/sqrt(2) for x + i y
        turn = t[k, k + 1] - t[k + 1, k]
        values[k : k + 2] = t[k, k] + 0.5j * abs(turn) * numpy.array([1, -1])
        first = (z[:, k] + 1j * math.copysign(1, turn) * z[:, k + 1]) / math.sqrt(2)
        vectors[:, k], vectors[:, k + 1] = first, first.conj()
    return _orthonormal(values, vectors)


def _orthonormal(values: numpy.ndarray, vectors: numpy.ndarray) -> Basis:
    values, right = sort_spectrum(values.astype(complex), vectors.astype(complex))
    right = canonical_phase(numpy, right)
    return Basis(values, right, right.conj().T.copy(), 1.0)


def unfolded_basis(
    values: numpy.ndarray,
    right: numpy.ndarray,
    n_pairs: int,
    *,
    real: bool = False,
    condition: float = math.nan,
    left: numpy.ndarray | None = None,
) -> Basis:
    """Return the basis whose pairs are given by one member each.

    Parameters
    ----------
    values : complex array, shape (h,)
        The pairs first.
    right : complex array, shape (n, h)
        Eigenvectors, any scaling.
    n_pairs : int
        How many are pairs.
    real : bool
        Whether the matrix is real: then sqrt(2) Re v and sqrt(2) Im v of the pairs, a
        unitary combination of v and its conjugate, make V a real matrix of the same
        condition, whose inverse gives exactly conjugate rows.
    condition : float
        cond_2(V) if it is known.
    left : complex array, shape (h, n), optional
        Rows w with w A = lambda w if they are known, any scaling.

    Returns
    -------
    basis : Basis
        Of all n.
    """
    right = canonical_phase(numpy, right)
    if real:
        right.imag[:, n_pairs:] = 0.0
    if left is not None:
        kept_rows = left / (left * right.T).sum(axis=1)[:, None]
    if left is None or math.isnan(condition):
        square = _real_form(right, n_pairs) if real else right
        condition = _condition(square) if math.isnan(condition) else condition
    if left is None:
        rows = _inverse(square)
        kept_rows = _pair_rows(rows, n_pairs) if real else rows
    elif real:
        kept_rows.imag[n_pairs:] = 0.0
    values = numpy.concatenate([values, values[:n_pairs].conj()])
    values, order = sort_spectrum(values, numpy.arange(len(values)))
    place = numpy.empty_like(order)
    place[order] = numpy.arange(len(order))
    kept, partners = place[: right.shape[1]], place[right.shape[1] :]
    vectors, inverse = numpy.empty((2, *right.shape[:1], len(values)), complex)
    vectors[:, kept], vectors[:, partners] = right, right[:, :n_pairs].conj()
    inverse[kept], inverse[partners] = kept_rows, kept_rows[:n_pairs].conj()
    return Basis(values, vectors, inverse, condition)


def _real_form(right: numpy.ndarray, n_pairs: int) -> numpy.ndarray:
    """Return sqrt(2) Re v and sqrt(2) Im v of the pairs, and the real vectors."""
    pairs, single = math.sqrt(2) * right[:, :n_pairs], right[:, n_pairs:].real
    return numpy.concatenate([pairs.real, pairs.imag, single], axis=1)


def _pair_rows(rows: numpy.ndarray, n_pairs: int) -> numpy.ndarray:
    """Return the rows of V^{-1}, one a pair, from those of the inverse of the real form."""
    half = math.sqrt(0.5) * (rows[:n_pairs] - 1j * rows[n_pairs : 2 * n_pairs])
    return numpy.concatenate([half, rows[2 * n_pairs :]])


def _condition(vectors: numpy.ndarray) -> float:
    s = numpy.linalg.svdvals(vectors)
    return float(s[0] / s[-1]) if s[-1] > 0 else math.inf


def _inverse(vectors: numpy.ndarray) -> numpy.ndarray:
    try:
        return numpy.linalg.inv(vectors)
    except numpy.linalg.LinAlgError:
        return numpy.linalg.pinv(vectors)


def reconstructed(
    values: numpy.ndarray, right: numpy.ndarray, inverse: numpy.ndarray, *, real: bool
) -> numpy.ndarray:
    """Return V diag(lambda) V^{-1}.

    Parameters
    ----------
    values, right, inverse : complex array, shape (n,), (n, n), (n, n)
        lambda, V and its inverse.
    real : bool
        Whether the matrix is real: then the imaginary parts of pairs cancel.

    Returns
    -------
    matrix : array, shape (n, n)
        Real if asked for.
    """
    if not real:
        return (right * values) @ inverse
    kept = values.imag >= 0
    weights = numpy.where(values.imag > 0, 2.0, 1.0)
    half = (right * (values * weights))[:, kept]
    half_inverse = inverse[kept]
    columns = numpy.concatenate([half.real, -half.imag], axis=1)
    return columns @ numpy.concatenate([half_inverse.real, half_inverse.imag])
