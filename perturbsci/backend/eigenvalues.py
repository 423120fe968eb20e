"""Eigenvalues and eigenvectors, of one matrix or of a pencil, in canonical form.

Order and phase are a convention that two machines share, so that results can be
compared; the vectors of clustered eigenvalues are to be compared as subspaces.
"""

import contextlib
from types import ModuleType

import numpy

from perturbsci.backend.arrays import namespace, scalar, to_host
from perturbsci.backend.operands import (
    converged,
    lapack,
    operand,
    pencil,
    returned,
    square,
)
from perturbsci.backend.products import norm
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["canonical_phase", "eig", "eigh", "sort_spectrum"]

# Below this size the CPU finds the eigenvalues of a general matrix faster than a GPU.
HOST_EIG = 3000

# Digits of the spectral radius that are compared, by the bits of a real number.
DIGITS = {32: 5, 64: 12}


def eig(a: Array, b: Array | None = None) -> tuple[Array, Array]:
    """Return eigenvalues and right eigenvectors in canonical form.

    A V = V diag(lambda), or A V = B V diag(lambda). Order: that of ``sort_spectrum``,
    infinite eigenvalues first. Eigenvectors have unit 2-norm, their largest entry (first
    of equals within the digits that are compared there) real positive.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A.
    b : real or complex array, shape (n, n), optional
        B of a generalized problem, singular or not; default the identity.

    Returns
    -------
    values : complex array, shape (n,)
        lambda; complex also where all of them are real. A null vector of B alone has
        lambda = inf.
    vectors : complex array, shape (n, n)
        V; column j belongs to ``values[j]``.

    Raises
    ------
    ShapeError
        If a matrix is not square, or they differ in size.
    ParameterError
        If an entry is not finite, precisions are mixed, or the pencil is singular: A and B
        share a null vector to rounding and every number is an eigenvalue.
    ConvergenceError
        If the QR or QZ iteration fails.

    Notes
    -----
    About 25 n^3 flops, 66 n^3 with B; CuPy arrays are solved on the host, those below
    n = 3000 always. Multiple infinite eigenvalues come out finite but huge where B has
    Jordan blocks: use ``qz``, whose diagonals tell.

    Examples
    --------
    >>> values, vectors = eig(numpy.array([[0.0, 1.0], [-1.0, 0.0]]))
    >>> values
    array([0.+1.j, 0.-1.j])
    """
    a, b = (square(a), None) if b is None else pencil(a, b)
    values, vectors = _pairs(a) if b is None else _pencil_pairs(a, b)
    xp, host = namespace(vectors), to_host(values)
    precision = numpy.result_type(host.dtype, numpy.complex64)
    (order,) = returned(values, _canonical_order(host))
    values = values[order].astype(precision)
    vectors = canonical_phase(xp, vectors[:, order].astype(precision))
    return (values, vectors) if xp is not numpy else returned(a, values, vectors)


def _pairs(a: Array) -> tuple[Array, Array]:
    xp = namespace(a)
    if xp is not numpy and a.shape[0] >= HOST_EIG and hasattr(xp.linalg, "eig"):
        with contextlib.suppress(RuntimeError):  # CuPy below CUDA 12.6.2
            return converged(xp.linalg.eig, a)
    return converged(numpy.linalg.eig, to_host(a))


def _pencil_pairs(a: Array, b: Array) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return lambda = alpha / beta and vectors, conjugate pairs exactly so."""
    left, right = to_host(a), to_host(b)
    (alpha, beta), vectors = converged(
        lambda m: lapack().eig(m, right, homogeneous_eigvals=True, check_finite=False),
        left,
    )
    # QZ itself sets a beta of rounding size to zero; alpha is left as it came out.
    infinite = beta == 0
    rounding = len(left) * numpy.finfo(alpha.dtype).eps * norm(left)
    if (infinite & (numpy.abs(alpha) <= rounding)).any():
        raise ParameterError(
            f"a and b of shape {left.shape} make a singular pencil: det(A - z B) is 0 for "
            "every z to working precision; remove their common null vectors"
        )
    with numpy.errstate(all="ignore"):
        values = alpha / numpy.where(infinite, 1, beta)
    values[infinite | ~numpy.isfinite(values)] = numpy.inf
    if left.dtype.kind == right.dtype.kind == "f":
        second = numpy.flatnonzero(alpha.imag < 0)
        values[second] = values[second - 1].conj()
    return values, vectors


def eigh(a: Array) -> tuple[Array, Array]:
    """Return eigenvalues, ascending, and eigenvectors of a Hermitian matrix.

    Parameters
    ----------
    a : real symmetric or complex Hermitian array, shape (n, n)
        Only its lower triangle is read.

    Returns
    -------
    values : real array, shape (n,)
        Ascending.
    vectors : array like ``a``, shape (n, n)
        Orthonormal columns, phase as for ``eig``.

    Raises
    ------
    ShapeError
        If it is not square.
    ParameterError
        If an entry is not finite.
    ConvergenceError
        If the iteration fails.

    Notes
    -----
    About 9 n^3 flops.

    Examples
    --------
    >>> eigh(numpy.diag([2.0, 1.0]))[0]
    array([1., 2.])
    """
    a = square(a)
    xp = namespace(a)
    # CuPy gives NaN for a zero matrix.
    if xp is not numpy and not bool(scalar(xp.any(a != 0))):
        values = xp.zeros(a.shape[0], dtype=xp.abs(a).dtype, device=a.device)
        return values, xp.eye(a.shape[0], dtype=a.dtype, device=a.device)
    values, vectors = converged(xp.linalg.eigh, a)
    return values, canonical_phase(xp, vectors)


def sort_spectrum(values: Array, *arrays: Array) -> tuple[Array, ...]:
    """Return eigenvalues in canonical order, and arrays in the same order.

    Descending modulus, then real part, then imaginary part, compared after rounding to 12
    digits of the largest finite modulus (5 in single precision); what is equal then stays
    in the order given. If the values are those of a real matrix, exact conjugates in
    pairs, both stay together, positive imaginary part first.

    Parameters
    ----------
    values : real or complex array, shape (n,)
        Eigenvalues, infinite ones allowed.
    *arrays : array, shape (..., n)
        Eigenvectors in columns, residuals, labels.

    Returns
    -------
    values : array, shape (n,)
        Sorted.
    *arrays : array, shape (..., n)
        Their last axes sorted alike.

    Raises
    ------
    ShapeError
        If a last axis is not that of the values.
    ParameterError
        If a value is NaN.

    Examples
    --------
    >>> sort_spectrum(numpy.array([1.0, -3.0, 2.0]), numpy.array([10, 20, 30]))
    (array([-3.,  2.,  1.]), array([20, 30, 10]))
    """
    values = operand(values, "values", ndim=1, finite=False)
    names = ("values", *(f"arrays[{k}]" for k in range(len(arrays))))
    xp = namespace(values, *arrays, names=names)
    for name, each in zip(names, (values, *arrays), strict=True):
        if each.shape[-1:] != values.shape:
            raise ShapeError(
                f"{name} has shape {tuple(each.shape)}, needed {values.shape[0]} entries "
                "on its last axis, one an eigenvalue"
            )
    host = to_host(values)
    if numpy.isnan(host).any():
        raise ParameterError(
            f"values[{int(numpy.isnan(host).argmax())}] is NaN, which has no place in an "
            "order; drop it"
        )
    (order,) = returned(values, _canonical_order(host))
    return tuple(xp.take(each, order, axis=-1) for each in (values, *arrays))


def _canonical_order(values: numpy.ndarray) -> numpy.ndarray:
    """Return the permutation that sorts eigenvalues; see ``sort_spectrum``."""
    modulus = numpy.abs(values)
    radius = modulus.max(where=numpy.isfinite(modulus), initial=0.0) or 1.0
    digits = [
        -numpy.round(part / radius, DIGITS[numpy.finfo(values.dtype).bits])
        for part in (values.imag, values.real, modulus)
    ]
    upper, lower = (
        side[numpy.lexsort((numpy.abs(values.imag[side]), values.real[side]))]
        for side in (numpy.flatnonzero(values.imag > 0), numpy.flatnonzero(values.imag < 0))
    )
    if not numpy.array_equal(values[upper], values[lower].conj()):
        return numpy.lexsort(digits)
    # Pairs are sorted by their first member, and the second follows: in a cluster of pairs
    # the digits alone would tear them apart.
    partner = numpy.full(len(values), -1)
    partner[upper] = lower
    first = numpy.flatnonzero(values.imag >= 0)
    order = first[numpy.lexsort([part[first] for part in digits])]
    members = numpy.stack([order, partner[order]], axis=1)
    return members[members >= 0]


def canonical_phase(xp: ModuleType, vectors: Array) -> Array:
    """Scale columns to unit 2-norm, their largest entry real positive.

    Parameters
    ----------
    xp : module
        Of the vectors.
    vectors : real or complex array, shape (n, k)
        No column is zero.

    Returns
    -------
    vectors : array, shape (n, k)
        Scaled; the first of the largest entries counts, to the digits of ``sort_spectrum``.
    """
    if 0 in vectors.shape:
        return vectors
    size = xp.abs(vectors)
    near = size >= xp.max(size, axis=0) * (1 - 0.1 ** DIGITS[xp.finfo(vectors.dtype).bits])
    first = xp.argmax(xp.astype(near, xp.int8), axis=0)
    pivot = vectors[first, xp.arange(vectors.shape[1], device=vectors.device)]
    scaled = vectors * (xp.conj(pivot) / xp.abs(pivot))
    return scaled / xp.sqrt(xp.sum(xp.abs(scaled) ** 2, axis=0))
