"""Factorizations of one matrix or of a pencil into unitary, triangular, diagonal ones."""

import numpy

from perturbsci.backend.arrays import namespace, to_host
from perturbsci.backend.operands import (
    converged,
    errors_raised,
    lapack,
    operand,
    pencil,
    returned,
    square,
)
from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = ["svd", "qr", "cholesky", "schur", "qz"]


def svd(a: Array) -> tuple[Array, Array, Array]:
    """Return the economic singular value decomposition, A = U diag(s) Vh.

    Parameters
    ----------
    a : real or complex array, shape (m, n)
        A.

    Returns
    -------
    u : array, shape (m, k)
        k = min(m, n), orthonormal columns.
    s : real array, shape (k,)
        Descending.
    vh : array, shape (k, n)
        Orthonormal rows.

    Raises
    ------
    ParameterError
        If an entry is not finite.

    Examples
    --------
    >>> svd(numpy.diag([1.0, 3.0]))[1]
    array([3., 1.])
    """
    a = operand(a, "a", ndim=2)
    xp = namespace(a)
    u, s, vh = converged(lambda m: xp.linalg.svd(m, full_matrices=False), a)
    return u, s, vh


def qr(a: Array) -> tuple[Array, Array]:
    """Return the economic QR factorization, A = Q R.

    Parameters
    ----------
    a : real or complex array, shape (m, n)
        A.

    Returns
    -------
    q : array, shape (m, k)
        k = min(m, n), orthonormal columns.
    r : array, shape (k, n)
        Upper triangular.

    Raises
    ------
    ParameterError
        If an entry is not finite.

    Examples
    --------
    >>> abs(qr(numpy.array([[3.0], [4.0]]))[1])
    array([[5.]])
    """
    a = operand(a, "a", ndim=2)
    q, r = namespace(a).linalg.qr(a)
    return q, r


def cholesky(a: Array) -> Array:
    """Return the Cholesky factor, A = L L*.

    Parameters
    ----------
    a : real symmetric or complex Hermitian array, shape (n, n)
        Positive definite; only its lower triangle is read.

    Returns
    -------
    lower : array, shape (n, n)
        L, lower triangular with a positive diagonal.

    Raises
    ------
    ShapeError
        If it is not square.
    ParameterError
        If it is not positive definite, or an entry is not finite.

    Notes
    -----
    About n^3 / 3 flops.

    Examples
    --------
    >>> cholesky(numpy.array([[4.0, 2.0], [2.0, 2.0]]))
    array([[2., 0.],
           [1., 1.]])
    """
    a = square(a)
    xp = namespace(a)
    if xp is numpy:
        return _host_cholesky(a)
    try:
        with errors_raised(a):
            return xp.linalg.cholesky(a)
    except numpy.linalg.LinAlgError:
        return returned(a, _host_cholesky(to_host(a)))[0]  # names the minor


def _host_cholesky(a: numpy.ndarray) -> numpy.ndarray:
    if not a.size:
        return numpy.zeros_like(a)
    # LAPACK sees the transpose, conj(A) = U* U, and U transposed is L.
    factor, minor = lapack().get_lapack_funcs("potrf", (a,))(a.T, lower=False, clean=True)
    if minor:
        raise ParameterError(
            f"a of shape {a.shape} is not positive definite: its leading minor of order "
            f"{minor} is not positive; add a multiple of the identity, or use eigh"
        )
    return factor.T


def schur(a: Array) -> tuple[Array, Array]:
    """Return the complex Schur form, A = Z T Z*.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A.

    Returns
    -------
    t : complex array, shape (n, n)
        T, upper triangular; its diagonal holds the eigenvalues in no particular order.
    z : complex array, shape (n, n)
        Z, unitary.

    Raises
    ------
    ShapeError
        If A is not square.
    ParameterError
        If an entry is not finite.
    ConvergenceError
        If the QR iteration fails.

    Notes
    -----
    About 25 n^3 flops, on the host also for CuPy arrays.

    Examples
    --------
    >>> t, z = schur(numpy.array([[0.0, 1.0], [-1.0, 0.0]]))
    >>> bool(abs(t[1, 0]) == 0)
    True
    """
    a = square(a)
    t, z = converged(lambda m: lapack().schur(m, "complex", check_finite=False), to_host(a))
    return returned(a, t, z)


def qz(a: Array, b: Array) -> tuple[Array, Array, Array, Array]:
    """Return the complex generalized Schur form, A = Q S Z* and B = Q R Z*.

    Parameters
    ----------
    a, b : real or complex array, shape (n, n)
        The pencil A - z B.

    Returns
    -------
    aa, bb : complex array, shape (n, n)
        S and R, upper triangular; the diagonal of R is real and not negative.
    q, z : complex array, shape (n, n)
        Q and Z, unitary.

    Raises
    ------
    ShapeError
        If the matrices are not square and of one size.
    ParameterError
        If an entry is not finite, or precisions are mixed.
    ConvergenceError
        If the QZ iteration fails.

    Notes
    -----
    About 66 n^3 flops, on the host also for CuPy arrays.

    Examples
    --------
    >>> aa, bb, q, z = qz(numpy.diag([1.0, 2.0]), numpy.eye(2))
    >>> sorted((numpy.diag(aa) / numpy.diag(bb)).real.tolist())
    [1.0, 2.0]
    """
    a, b = pencil(a, b)
    left, right = to_host(a), to_host(b)
    if not a.shape[0]:
        empty = numpy.zeros((0, 0), numpy.result_type(left, right, numpy.complex64))
        return returned(a, empty, empty, empty, empty)
    factors = converged(
        lambda m: lapack().qz(m, right, output="complex", check_finite=False), left
    )
    return returned(a, *factors)
