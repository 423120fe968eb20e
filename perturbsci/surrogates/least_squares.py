"""Linear least squares, every row and column brought to norm 1 first.

min ||R^-1 (A C y - b)||_2 with x = C y; R and C are the norms of rows and columns, so the
objective is that of the rows as they are unless ``rows`` says otherwise.

Methods: Householder QR; QR with column pivoting and a rank; a chain of QR over blocks of
rows that never holds the whole matrix; LSMR with a preconditioner from the pivoted QR of
a sketch; and for more columns than rows the QR of the augmented transpose,
(J'J + l I)^-1 J' = J' (J J' + l I)^-1. Damping appends rows sqrt(l); nothing is squared.

References: Higham (2002), chapter 20; Fong and Saunders (2011); Avron, Maymounkov and
Toledo (2010); Businger and Golub (1965).
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import is_finite_number, one_of
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.backend.operands import lapack
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["LinearFit", "fit_linear", "least_squares"]

METHODS = ("qr", "rrqr", "block", "lsmr", "woodbury")
RANK = 1e-15  # of the largest diagonal entry of R
BLOCK = 4  # rows of a block, in multiples of the columns
SKETCH = 3  # rows of a sketch, in multiples of the columns
SWEEPS = 200  # of LSMR
UNIT_ROUNDOFF = 2.0**-53


@dataclass(frozen=True, slots=True, eq=False)
class LinearFit(Result):
    """A least-squares solution with its rank and condition.

    Parameters
    ----------
    solution : array, shape (n,) or (n, k)
        x.
    rank : int
        Of the matrix with unit columns.
    residual_norm : float
        ||A x - b||_2, without the rows of damping.
    condition : float
        Of R with unit columns, an estimate from its diagonal, from below.
    status : Status
        RANK_REDUCED if columns were dropped, ILL_CONDITIONED from 1e13 on.
    certificate : Certificate
        Norm of the gradient over that of the data: 0 at the minimum.

    Examples
    --------
    >>> fit_linear([[1.0], [1.0]], [1.0, 3.0]).solution
    array([2.])
    """

    solution: Array
    rank: int
    residual_norm: float
    condition: float
    status: Status
    certificate: Certificate


def fit_linear(
    matrix: Array,
    right_side: Array,
    *,
    method: str = "qr",
    tolerance: float | None = None,
    damping: float = 0.0,
) -> LinearFit:
    """Return x with the least ||A x - b||^2 + damping ||x||^2.

    Parameters
    ----------
    matrix : array, shape (m, n)
        A.
    right_side : array, shape (m,) or (m, k)
        b.
    method : str, optional
        ``"qr"``, ``"rrqr"`` (pivoted; drops dependent columns), ``"block"`` (rows in
        blocks), ``"lsmr"`` (many columns) or ``"woodbury"`` (more columns than rows).
    tolerance : float, optional
        Rank cut of ``"rrqr"``, relative to the largest diagonal entry (1e-15), or the
        relative accuracy of ``"lsmr"`` (1e-14).
    damping : float, optional
        From 0 on; its rows are appended before columns are scaled.

    Returns
    -------
    fit : LinearFit
        On the device of the matrix.

    Raises
    ------
    ShapeError
        If the numbers of rows differ.
    ParameterError
        If the method is unknown, a number is out of range, or there are more columns
        than rows without damping for a method that needs full rank.
    ConvergenceError
        If ``"lsmr"`` does not reach its tolerance in 200 sweeps.

    Notes
    -----
    2 m n^2 flops; ``"lsmr"`` 2 s n^2 for a sketch of s = 3 n rows, then 4 m n a sweep.

    Examples
    --------
    >>> fit_linear([[1.0, 1.0], [1.0, 1.0]], [2.0, 2.0], method="rrqr").rank
    1
    """
    a = as_array(matrix, name="matrix", ndim=2)
    b = as_array(right_side, name="right_side")
    _check(a, b, method, tolerance, damping)
    host, right = to_host(a), to_host(b)
    dtype = numpy.result_type(host, right)
    host, right = host.astype(dtype, copy=False), right.astype(dtype, copy=False)
    columns = right[:, None] if right.ndim == 1 else right
    x, rank, condition = _solved(host, columns, method, tolerance, float(damping))
    residual = host @ x - columns
    size = float(numpy.linalg.norm(residual))
    xp = namespace(a)
    solution = xp.asarray(x[:, 0] if right.ndim == 1 else x, device=a.device)
    status = Status.CONVERGED
    if rank < min(host.shape[1], host.shape[0] if method == "woodbury" else 10**18):
        status = Status.RANK_REDUCED
    elif condition > 1e13:
        status = Status.ILL_CONDITIONED
    claim = _gradient(host, x, residual, columns, float(damping), method)
    return LinearFit(solution, rank, size, condition, status, claim)


def least_squares(matrix: Array, right_side: Array) -> Array:
    """Return the least-squares solution by QR with unit columns, pivoted if need be.

    Parameters
    ----------
    matrix : real array, shape (m, n)
        A, overwritten.
    right_side : real array, shape (m,)
        b.

    Returns
    -------
    solution : array, shape (n,)
        The basic one where columns depend on one another.

    Examples
    --------
    >>> least_squares(numpy.ones((2, 1)), numpy.array([1.0, 3.0]))
    array([2.])
    """
    x, _, condition = _by_qr(matrix, right_side[:, None])
    if not condition < 1.0 / (4.0 * UNIT_ROUNDOFF):
        x, _, _ = _by_pivoting(matrix, right_side[:, None], RANK)
    return x[:, 0]


def _check(
    a: Array, b: Array, method: str, tolerance: float | None, damping: float
) -> None:
    """Raise for what fits not together."""
    one_of(method, "method", METHODS)
    if b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise ShapeError(
            f"right_side has shape {b.shape} but matrix {a.shape}; needed "
            f"{a.shape[0]} rows and at most two axes, one row for each of the matrix"
        )
    if not is_finite_number(damping) or damping < 0.0:
        raise ParameterError(
            f"damping is {damping!r:.40}; it must be a number from 0 on, 0 for none"
        )
    share = RANK if tolerance is None else tolerance
    if not is_finite_number(share) or not 0.0 < share < 1.0:
        raise ParameterError(
            f"tolerance is {tolerance!r:.40}; it must be between 0 and 1, or None"
        )
    full = method in ("qr", "block", "lsmr")
    if full and damping == 0.0 and a.shape[0] < a.shape[1]:
        raise ParameterError(
            f"matrix has shape {a.shape}, more columns than rows, for method {method!r}; "
            'use method="rrqr" or "woodbury", or damping above 0'
        )


def _solved(
    a: Array, b: Array, method: str, tolerance: float | None, damping: float
) -> tuple[Array, int, float]:
    """Return solution, rank and condition."""
    n = a.shape[1]
    if method == "woodbury":
        return _by_transpose(a, b, damping)
    if damping > 0.0:
        rows = math.sqrt(damping) * numpy.eye(n, dtype=a.dtype)
        a = numpy.concatenate([a, rows])
        b = numpy.concatenate([b, numpy.zeros((n, b.shape[1]), b.dtype)])
    if method == "rrqr":
        return _by_pivoting(a, b, RANK if tolerance is None else tolerance)
    if method == "lsmr":
        return _by_lsmr(a, b, 1e-14 if tolerance is None else tolerance)
    return _by_blocks(a, b) if method == "block" else _by_qr(a, b)


def _column_norms(a: Array) -> Array:
    """Return norms of columns, 1 for those of zeros; safe near the ends of the range."""
    largest = numpy.abs(a).max(axis=0, initial=0.0)
    largest = numpy.where(largest > 0.0, largest, 1.0)
    return largest * numpy.maximum(numpy.linalg.norm(a / largest, axis=0), 1e-300)


def _condition(diagonal: Array) -> float:
    """Return the ratio of the extreme diagonal entries of R."""
    sizes = numpy.abs(diagonal)
    if not sizes.size:
        return 1.0
    return float(sizes.max() / sizes.min()) if sizes.min() > 0.0 else math.inf


def _by_qr(a: Array, b: Array) -> tuple[Array, int, float]:
    norms = _column_norms(a)
    q, r = numpy.linalg.qr(a / norms)
    condition = _condition(numpy.diag(r))
    if condition == math.inf:
        return _by_pivoting(a, b, RANK)
    x = lapack().solve_triangular(r, q.conj().T @ b, check_finite=False)
    return x / norms[:, None], a.shape[1], condition


def _by_pivoting(a: Array, b: Array, cut: float) -> tuple[Array, int, float]:
    norms = _column_norms(a)
    q, r, order = lapack().qr(a / norms, mode="economic", pivoting=True, check_finite=False)
    diagonal = numpy.abs(numpy.diag(r))
    rank = int((diagonal > cut * diagonal.max(initial=0.0)).sum())
    x = numpy.zeros((a.shape[1], b.shape[1]), a.dtype)
    part = q[:, :rank].conj().T @ b
    x[order[:rank]] = lapack().solve_triangular(r[:rank, :rank], part, check_finite=False)
    return x / norms[:, None], rank, _condition(diagonal[:rank])


def _by_blocks(a: Array, b: Array) -> tuple[Array, int, float]:
    """Fold blocks of rows into one triangle, from top to bottom."""
    norms = _column_norms(a)
    n, width = a.shape[1], b.shape[1]
    carried: Array = numpy.zeros((0, n + width), a.dtype)
    length = max(BLOCK * n, 1)
    for start in range(0, a.shape[0], length):
        rows = slice(start, start + length)
        block = numpy.concatenate([a[rows] / norms, b[rows]], axis=1)
        stacked = numpy.concatenate([carried, block])
        carried = numpy.asarray(numpy.linalg.qr(stacked, mode="r"))
    r = carried[:n, :n]
    condition = _condition(numpy.diag(r))
    if condition == math.inf:
        x, rank, condition = _by_pivoting(r, carried[:n, n:], RANK)
        return x / norms[:, None], rank, condition
    x = lapack().solve_triangular(r, carried[:n, n:], check_finite=False)
    return x / norms[:, None], n, condition


def _by_transpose(a: Array, b: Array, damping: float) -> tuple[Array, int, float]:
    """Return A* (A A* + l)^-1 b from the QR of the augmented transpose."""
    m = a.shape[0]
    sizes = _column_norms(a.conj().T)  # norms of the rows; only without damping free
    rows = sizes if damping == 0.0 else numpy.ones_like(sizes)
    tall = (a / rows[:, None]).conj().T
    if damping > 0.0:
        tall = numpy.concatenate([tall, math.sqrt(damping) * numpy.eye(m, dtype=a.dtype)])
    q, r, order = lapack().qr(tall, mode="economic", pivoting=True, check_finite=False)
    diagonal = numpy.abs(numpy.diag(r))
    rank = int((diagonal > RANK * diagonal.max(initial=0.0)).sum())
    target = (b / rows[:, None])[order[:rank]]
    y = lapack().solve_triangular(r[:rank, :rank], target, trans="C", check_finite=False)
    return (q[:, :rank] @ y)[: a.shape[1]], rank, _condition(diagonal[:rank])


def _by_lsmr(a: Array, b: Array, tolerance: float) -> tuple[Array, int, float]:
    """Return LSMR on A P, P from the pivoted QR of a random sketch of the rows."""
    from scipy.sparse.linalg import LinearOperator, lsmr  # noqa: PLC0415 (slow to load)

    norms = _column_norms(a)
    scaled = a / norms
    m, n = a.shape
    draws = numpy.random.default_rng(0)
    size = min(SKETCH * n, m)
    if size == m:
        sketch = scaled
    else:  # each row goes with a random sign to one row of the sketch
        places, signs = draws.integers(0, size, m), draws.choice([-1.0, 1.0], m)
        sketch = numpy.zeros((size, n), a.dtype)
        numpy.add.at(sketch, places, signs[:, None] * scaled)
    _, r, order = lapack().qr(sketch, mode="economic", pivoting=True, check_finite=False)
    diagonal = numpy.abs(numpy.diag(r))
    rank = int((diagonal > RANK * diagonal.max(initial=0.0)).sum())
    r, kept = r[:rank, :rank], order[:rank]
    part = scaled[:, kept]

    def forward(y: Array) -> Array:
        return part @ lapack().solve_triangular(r, y, check_finite=False)

    def backward(y: Array) -> Array:
        return lapack().solve_triangular(
            r, part.conj().T @ y, trans="C", check_finite=False
        )

    operator = LinearOperator((m, rank), forward, backward, dtype=a.dtype)
    x = numpy.zeros((n, b.shape[1]), a.dtype)
    for k in range(b.shape[1]):
        y, reason, *_ = lsmr(
            operator, b[:, k], atol=tolerance, btol=tolerance, conlim=0, maxiter=SWEEPS
        )
        if reason == 7:
            raise ConvergenceError(
                f"lsmr needs more than {SWEEPS} sweeps for tolerance {tolerance:g}; use "
                'method="rrqr", or a larger tolerance'
            )
        x[kept, k] = lapack().solve_triangular(r, y, check_finite=False)
    return x / norms[:, None], rank, _condition(diagonal[:rank])


def _gradient(
    a: Array, x: Array, residual: Array, b: Array, damping: float, method: str
) -> Certificate:
    """Return the claim that the gradient vanishes."""
    norms = _column_norms(a)
    slope = (a / norms).conj().T @ residual + damping * x / norms[:, None]
    size = float(numpy.linalg.norm(b))
    terms = size + float(numpy.linalg.norm(numpy.abs(a) @ numpy.abs(x)))
    value = float(numpy.linalg.norm(slope)) / terms if terms else 0.0
    return Certificate(
        "gradient of the objective over the size of its terms",
        value,
        32.0 * math.sqrt(a.shape[0] * a.shape[1]) * UNIT_ROUNDOFF,
        "a-posteriori",
        f"least squares by {method}",
        ("floating-point arithmetic",),
    )
