"""Dense linear algebra in one spelling for NumPy, CuPy and array-API arrays.

Every routine takes size 0, refuses NaN, and is backward stable: its backward error is a
modest multiple of n * unit_roundoff also for entries near 1e+-150.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy

from perturbsci.backend.arrays import as_array, namespace, to_host
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["eig", "eigh", "svd", "qr", "solve", "lstsq", "norm"]

# Below this size the CPU finds the eigenvalues of a general matrix faster than a GPU.
HOST_EIG = 3000


def eig(a: Array) -> tuple[Array, Array]:
    """Return eigenvalues and right eigenvectors in canonical form.

    A V = V diag(lambda). Order: descending modulus, then real part, then imaginary part,
    compared after rounding to 12 significant digits of the spectral radius; conjugate
    pairs of a real matrix stay together, positive imaginary part first. Eigenvectors have
    unit 2-norm, their largest entry (first of equals within 1e-12) real positive.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A.

    Returns
    -------
    values : complex array, shape (n,)
        lambda; complex also where all of them are real.
    vectors : complex array, shape (n, n)
        V; column j belongs to ``values[j]``.

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
    About 25 n^3 flops; CuPy arrays below n = 3000 are solved on the host.

    Examples
    --------
    >>> values, vectors = eig(numpy.array([[0.0, 1.0], [-1.0, 0.0]]))
    >>> values
    array([0.+1.j, 0.-1.j])
    """
    a = _square(a)
    xp = namespace(a)
    on_device = a.shape[0] >= HOST_EIG and hasattr(xp.linalg, "eig")
    here, matrix = (xp, a) if on_device else (numpy, to_host(a))
    values, vectors = _converged(here.linalg.eig, matrix)
    complex_type = numpy.result_type(matrix.dtype, numpy.complex64)
    values, vectors = values.astype(complex_type), vectors.astype(complex_type)
    order = _canonical_order(to_host(values), conjugate_pairs=matrix.dtype.kind == "f")
    values, vectors = values[order], _canonical_phase(here, vectors[:, order])
    return xp.asarray(values), xp.asarray(vectors)


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

    Notes
    -----
    About 9 n^3 flops.

    Examples
    --------
    >>> eigh(numpy.diag([2.0, 1.0]))[0]
    array([1., 2.])
    """
    a = _square(a)
    xp = namespace(a)
    values, vectors = _converged(xp.linalg.eigh, a)
    return values, _canonical_phase(xp, vectors)


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
    a = _matrix(a, "a")
    xp = namespace(a)
    u, s, vh = _converged(lambda m: xp.linalg.svd(m, full_matrices=False), a)
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
    a = _matrix(a, "a")
    q, r = namespace(a).linalg.qr(a)
    return q, r


def solve(a: Array, b: Array) -> Array:
    """Solve A x = b for a square matrix.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A.
    b : real or complex array, shape (n,) or (n, k)
        Right sides.

    Returns
    -------
    x : array, shape (n,) or (n, k)
        By LU with partial pivoting.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If A is singular to working precision, or an entry is not finite.

    Examples
    --------
    >>> solve(numpy.diag([2.0, 4.0]), numpy.array([1.0, 1.0]))
    array([0.5 , 0.25])
    """
    a = _square(a)
    b = _right_side(a, b)
    xp = namespace(a, b, names=("a", "b"))
    column = b[:, None] if b.ndim == 1 else b
    try:
        x = xp.linalg.solve(a, column)
    except numpy.linalg.LinAlgError as error:
        raise ParameterError(
            f"a of shape {a.shape} is singular ({error}); use lstsq, which drops the "
            "directions without information"
        ) from None
    return x[:, 0] if b.ndim == 1 else x


def lstsq(
    a: Array, b: Array, *, tolerance: float | None = None
) -> tuple[Array, int, Array]:
    """Return the least-squares solution of smallest norm, the rank, the singular values.

    By the SVD (LAPACK's gelsd on a host); singular values at most ``tolerance`` times the
    largest are dropped.

    Parameters
    ----------
    a : real or complex array, shape (m, n)
        A.
    b : real or complex array, shape (m,) or (m, k)
        Right sides.
    tolerance : float, optional
        Relative cut-off in [0, 1); default max(m, n) times the spacing of numbers at 1.

    Returns
    -------
    solution : array, shape (n,) or (n, k)
        x that minimizes ``||A x - b||``, and then ``||x||``.
    rank : int
        The number of singular values kept.
    singular_values : real array, shape (min(m, n),)
        All of them, descending.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If an entry is not finite or the tolerance is outside [0, 1).

    Notes
    -----
    About 4 m n^2 flops for m much larger than n.

    Examples
    --------
    >>> x, rank, s = lstsq(numpy.array([[1.0], [1.0]]), numpy.array([1.0, 3.0]))
    >>> round(float(x[0]), 12), rank
    (2.0, 1)
    """
    a = _matrix(a, "a")
    b = _right_side(a, b)
    xp = namespace(a, b, names=("a", "b"))
    if tolerance is None:
        tolerance = max(a.shape) * float(xp.finfo(a.dtype).eps) if 0 not in a.shape else 0.0
    if not (isinstance(tolerance, (int, float)) and 0 <= tolerance < 1):
        raise ParameterError(
            f"tolerance is {tolerance!r}; it must be in [0, 1), relative to the largest"
        )
    if 0 in a.shape:
        return xp.zeros((a.shape[1], *b.shape[1:]), dtype=a.dtype), 0, xp.zeros(0)
    x, _, rank, s = xp.linalg.lstsq(a, b, rcond=tolerance)
    return x, int(rank), s


def norm(a: Array, *, axis: int | None = None) -> Array:
    """Return the 2-norm of all entries (Frobenius), or along one axis.

    Where squares would overflow or underflow, the entries are scaled by a power of two
    first, each slice by its own: 1e200 and 1e-200 are ordinary numbers.

    Parameters
    ----------
    a : real or complex array, shape (...)
        Any number of axes; NaN and infinity pass through.
    axis : int, optional
        The axis along which to sum the squares; default all.

    Returns
    -------
    norm : float, or real array of shape (...) without the axis
        0 for an empty array.

    Examples
    --------
    >>> norm(numpy.array([3e200, 4e200])) / 1e200
    5.0
    """
    if isinstance(a, numpy.ndarray) or not hasattr(a, "__array_namespace__"):
        a = as_array(a, name="a", finite=False, empty=True)
    xp = namespace(a)
    if 0 in a.shape:
        return 0.0 if axis is None else xp.sum(xp.abs(a), axis=axis)
    if axis is None:
        return float(norm(xp.reshape(a, (-1,)), axis=0))
    axis = axis if axis < 0 else axis - a.ndim  # vecdot takes negative axes only
    with numpy.errstate(over="ignore", under="ignore", invalid="ignore"):
        squares = xp.abs(xp.vecdot(a, a, axis=axis))
    limits = xp.finfo(squares.dtype)
    lowest = float(limits.smallest_normal) / float(limits.eps) ** 2
    if bool(xp.all((squares > lowest) & (squares < float(limits.max)))):
        return xp.sqrt(squares)
    # Each slice has its own scale: a column of 1e-200 beside one of 1e200 is not zero.
    size = xp.max(xp.abs(a), axis=axis, keepdims=True)
    size = xp.where((size > 0) & xp.isfinite(size), size, 1.0)
    scale = 2.0 ** xp.floor(xp.log2(size))
    a = a / scale
    return xp.sqrt(xp.abs(xp.vecdot(a, a, axis=axis))) * xp.squeeze(scale, axis=axis)


def _matrix(a: Array, name: str) -> Array:
    if hasattr(a, "__array_namespace__") and not isinstance(a, numpy.ndarray):
        return a  # already an array of another array-API library
    return as_array(a, name=name, ndim=2, empty=True)


def _square(a: Array) -> Array:
    a = _matrix(a, "a")
    if a.shape[0] != a.shape[1]:
        raise ShapeError(
            f"a has shape {tuple(a.shape)}, needed a square matrix; for a rectangular one "
            "use svd or lstsq"
        )
    return a


def _right_side(a: Array, b: Array) -> Array:
    if not hasattr(b, "__array_namespace__") or isinstance(b, numpy.ndarray):
        b = as_array(b, name="b", empty=True)
    if b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise ShapeError(
            f"b has shape {tuple(b.shape)} but a has {tuple(a.shape)}; needed "
            f"({a.shape[0]},) or ({a.shape[0]}, k); transpose b if its columns are the rows"
        )
    return b


def _converged(solver: Callable[[Array], Any], a: Array) -> Any:
    try:
        return solver(a)
    except numpy.linalg.LinAlgError as error:
        raise ConvergenceError(
            f"the iteration for a matrix of shape {tuple(a.shape)} failed ({error}); "
            "scale the matrix, or perturb it slightly"
        ) from None


def _canonical_order(values: numpy.ndarray, *, conjugate_pairs: bool) -> numpy.ndarray:
    """Return the permutation that sorts eigenvalues; see ``eig``."""
    radius = numpy.abs(values).max(initial=0.0) or 1.0
    digits = [
        numpy.round(part / radius, 12)
        for part in (numpy.abs(values), values.real, values.imag)
    ]
    if not conjugate_pairs:
        return numpy.lexsort([-part for part in reversed(digits)])
    # LAPACK lists a conjugate pair side by side, positive imaginary part first: sort the
    # pairs by their first member and keep the second behind it.
    first = numpy.flatnonzero(values.imag >= 0)
    order = first[numpy.lexsort([-part[first] for part in reversed(digits)])]
    members = numpy.stack([order, order + 1], axis=1)
    present = numpy.stack([values.imag[order] >= 0, values.imag[order] > 0], axis=1)
    return members[present]


def _canonical_phase(xp: ModuleType, vectors: Array) -> Array:
    """Scale columns to unit 2-norm, their largest entry real positive."""
    if 0 in vectors.shape:
        return vectors
    size = xp.abs(vectors)
    near = size >= xp.max(size, axis=0) * (1 - 1e-12)
    first = xp.argmax(xp.astype(near, xp.int8), axis=0)
    pivot = vectors[first, xp.arange(vectors.shape[1], device=vectors.device)]
    scaled = vectors * (xp.conj(pivot) / xp.abs(pivot))
    return scaled / xp.sqrt(xp.sum(xp.abs(scaled) ** 2, axis=0))
