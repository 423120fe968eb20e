"""Linear equations: A x = b, least squares, A X + X B = C, and exp(A) for x' = A x."""

import numpy

from perturbsci.arguments import flag
from perturbsci.backend.arrays import device_of, scalar, to_host
from perturbsci.backend.operands import (
    converged,
    errors_raised,
    lapack,
    operand,
    returned,
    right_side,
    shared_namespace,
    square,
)
from perturbsci.backend.products import norm
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["solve", "solve_triangular", "lstsq", "sylvester", "expm"]


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
        If a pivot of A is zero, an entry is not finite, or precisions are mixed.

    Examples
    --------
    >>> solve(numpy.diag([2.0, 4.0]), numpy.array([1.0, 1.0]))
    array([0.5 , 0.25])
    """
    a = square(a)
    b = right_side(a, b)
    xp = shared_namespace({"a": a, "b": b})
    column = b[:, None] if b.ndim == 1 else b
    try:
        with errors_raised(a):
            x = xp.linalg.solve(a, column)
    except numpy.linalg.LinAlgError as error:
        raise ParameterError(
            f"a of shape {a.shape} is singular ({error}); use lstsq, which drops the "
            "directions without information"
        ) from None
    return x[:, 0] if b.ndim == 1 else x


def solve_triangular(a: Array, b: Array, *, lower: bool = False, trans: str = "N") -> Array:
    """Solve A x = b, or the transposed equation, for a triangular matrix.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A; the other triangle is not read.
    b : real or complex array, shape (n,) or (n, k)
        Right sides.
    lower : bool
        A is lower triangular; default upper.
    trans : str
        ``"N"``: A x = b, ``"T"``: A^T x = b, ``"C"``: A* x = b.

    Returns
    -------
    x : array, shape (n,) or (n, k)
        By substitution.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If an entry of the diagonal is zero, an entry is not finite, or ``trans`` is none
        of the three.

    Notes
    -----
    n^2 k flops.

    Examples
    --------
    >>> a = numpy.array([[2.0, 0.0], [1.0, 4.0]])
    >>> solve_triangular(a, numpy.array([2.0, 5.0]), lower=True)
    array([1., 1.])
    """
    a = square(a)
    b = right_side(a, b)
    xp = shared_namespace({"a": a, "b": b})
    if not isinstance(trans, str) or trans not in ("N", "T", "C"):
        raise ParameterError(f"trans is {trans!r}; it must be 'N', 'T' or 'C'")
    lower = flag(lower, "lower")
    zero = xp.linalg.diagonal(a) == 0
    if bool(scalar(xp.any(zero))):
        first = int(scalar(xp.argmax(xp.astype(zero, xp.int8))))
        raise ParameterError(
            f"a of shape {tuple(a.shape)} is singular: entry {first} of its diagonal is 0; "
            "use lstsq"
        )
    if xp is numpy:
        return lapack().solve_triangular(a, b, trans=trans, lower=lower, check_finite=False)
    if device_of(a).startswith("cupy"):
        import cupyx.scipy.linalg  # noqa: PLC0415 (only where an array of cupy is)

        # It takes its dtype from A alone.
        dtype = xp.result_type(a, b)
        return cupyx.scipy.linalg.solve_triangular(
            xp.astype(a, dtype), xp.astype(b, dtype), trans=trans, lower=lower
        )
    triangle = xp.tril(a) if lower else xp.triu(a)
    if trans != "N":
        triangle = (xp.conj(triangle) if trans == "C" else triangle).T
    return solve(triangle, b)


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
    a = operand(a, "a", ndim=2)
    b = right_side(a, b)
    xp = shared_namespace({"a": a, "b": b})
    if tolerance is None:
        tolerance = max(a.shape) * float(xp.finfo(a.dtype).eps) if 0 not in a.shape else 0.0
    if not (isinstance(tolerance, (int, float)) and 0 <= tolerance < 1):
        raise ParameterError(
            f"tolerance is {tolerance!r}; it must be in [0, 1), relative to the largest"
        )
    if 0 in a.shape:
        return xp.zeros((a.shape[1], *b.shape[1:]), dtype=a.dtype), 0, xp.zeros(0)
    x, _, rank, s = xp.linalg.lstsq(a, b, rcond=tolerance)
    return x, int(scalar(rank)), s


def sylvester(a: Array, b: Array, c: Array) -> Array:
    """Solve A X + X B = C.

    With B = A* it is the equation of Lyapunov.

    Parameters
    ----------
    a : real or complex array, shape (m, m)
        A.
    b : real or complex array, shape (n, n)
        B; it shares no eigenvalue with -A.
    c : real or complex array, shape (m, n)
        C.

    Returns
    -------
    x : array, shape (m, n)
        X; real if all three are.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If the equation is singular to working precision, an entry is not finite, or
        precisions are mixed.
    ConvergenceError
        If the QR iteration fails.

    Notes
    -----
    About 25 (m^3 + n^3) flops for the Schur forms A = U R U*, B = V S V*, then
    R Y + Y S = U* C V by substitution; on the host also for CuPy arrays. The residual is
    that of rounding in ``(||A|| + ||B||) ||X||``.

    References
    ----------
    Bartels and Stewart (1972).

    Examples
    --------
    >>> x = sylvester(numpy.diag([1.0, 2.0]), numpy.eye(1), numpy.array([[2.0], [3.0]]))
    >>> x.round(12).tolist()
    [[1.0], [1.0]]
    """
    a, b, c = square(a), square(b, "b"), operand(c, "c", ndim=2)
    shared_namespace({"a": a, "b": b, "c": c})
    if c.shape != (a.shape[0], b.shape[0]):
        raise ShapeError(
            f"c has shape {tuple(c.shape)}, needed {(a.shape[0], b.shape[0])}, the rows of "
            "a and the columns of b; transpose c if it is the other way round"
        )
    left, right, sides = map(to_host, (a, b, c))
    dtype = numpy.result_type(left, right, sides)
    if not sides.size:
        return returned(a, numpy.zeros(sides.shape, dtype))[0]
    kind = "complex" if dtype.kind == "c" else "real"
    r, u = converged(lambda m: lapack().schur(m, kind, check_finite=False), left)
    s, v = converged(lambda m: lapack().schur(m, kind, check_finite=False), right)
    solver = lapack().get_lapack_funcs("trsyl", (r, s))
    # Scaled to avoid overflow: R Y + Y S = scale F.
    y, scale, close = solver(r, s, u.conj().T @ sides @ v)
    with numpy.errstate(over="ignore", invalid="ignore"):
        x = u @ (y / scale) @ v.conj().T
    if close or not numpy.isfinite(x).all():
        raise ParameterError(
            f"a of shape {tuple(a.shape)} and -b of shape {tuple(b.shape)} share an "
            "eigenvalue to working precision, or X overflows; shift one of them"
        )
    return returned(a, x)[0]


def expm(a: Array) -> Array:
    """Return the exponential of a matrix, sum_k A^k / k!.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A.

    Returns
    -------
    exponential : array, shape (n, n)
        exp(A).

    Raises
    ------
    ShapeError
        If A is not square.
    ParameterError
        If an entry of A is not finite, or a square on the way to exp(A) overflows.

    Notes
    -----
    Scaling and squaring with Pade approximants, 20 to 60 n^3 flops, on the host also for
    CuPy arrays. The backward error is that of rounding; the forward error grows with the
    condition of the exponential, at least ``||A||``.

    References
    ----------
    Al-Mohy and Higham (2009).

    Examples
    --------
    >>> expm(numpy.array([[0.0, 3.0], [0.0, 0.0]]))
    array([[1., 3.],
           [0., 1.]])
    """
    a = square(a)
    with numpy.errstate(all="ignore"):
        exponential = lapack().expm(to_host(a))
    if not numpy.isfinite(exponential).all():
        raise ParameterError(
            f"a has norm {float(norm(a)):.3g}, whose exponential overflows; scale a, for "
            "example to a shorter time"
        )
    return returned(a, exponential)[0]
