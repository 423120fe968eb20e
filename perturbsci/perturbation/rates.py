"""Fast and slow directions of a Jacobian: block diagonalization by decay rates.

The ordered Schur form J = Q [[T_f, C], [0, T_s]] Q* separates the eigenvalues of large
abs(Re) from the others; with T_f Y - Y T_s = C,

    basis = Q [[I, -Y], [0, I]],  dual = basis^-1,  dual J basis = diag(T_f, T_s).

Reference: Golub and Van Loan (2013), section 7.6; Lam and Goussis (1994).
"""

from dataclasses import dataclass

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import linalg, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation.families import check_range
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["RateSplitting", "split_rates"]

SAME = 1e-8  # real parts that agree so far, relative to the largest, are one rate
LARGEST = 5000


@dataclass(frozen=True, slots=True, eq=False)
class RateSplitting(Result):
    """Fast and slow subspaces of a matrix.

    Parameters
    ----------
    basis : real or complex array, shape (n, n)
        The first ``n_fast`` columns span the fast subspace, the others the slow one.
    dual : real or complex array, shape (n, n)
        Its inverse: rows that project on the directions.
    rates : complex array, shape (n,)
        Eigenvalues, abs(Re) descending.
    gap : float
        abs(Re) of the slowest fast rate over that of the fastest slow one; infinite over
        zero, 1 if one block is empty.
    n_fast : int
        Size of the fast block.
    status : Status
        ILL_CONDITIONED if the blocks are coupled to more than 1e-8.
    certificate : Certificate
        The coupling of the blocks in dual J basis, relative to J.

    Examples
    --------
    >>> split_rates([[-100.0, 0.0], [0.0, -1.0]]).gap
    100.0
    """

    basis: Array
    dual: Array
    rates: Array
    gap: float
    n_fast: int
    status: Status
    certificate: Certificate


def split_rates(jacobian: Array, *, n_fast: int | None = None) -> RateSplitting:
    """Split a matrix into a fast block and a slow one.

    Parameters
    ----------
    jacobian : real or complex array, shape (n, n)
        J, n at most 5000.
    n_fast : int, optional
        Size of the fast block; default the cut with the largest ratio of consecutive
        abs(Re). Eigenvalues of equal real part stay together.

    Returns
    -------
    splitting : RateSplitting
        Real for a real matrix.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ParameterError
        If it is not finite, or the cut separates eigenvalues of equal abs(Re).

    Notes
    -----
    About 30 n^3 flops, on the host. A conserved quantity has rate 0 and the largest ratio
    of all: pass ``n_fast`` if it shall count as slow together with others.

    References
    ----------
    Golub and Van Loan (2013), section 7.6.

    Examples
    --------
    >>> split_rates([[-1.0, 5.0], [0.0, -50.0]]).rates.real
    array([-50.,  -1.])
    """
    given = as_array(jacobian, name="jacobian", ndim=2)
    check_range(given, "jacobian")
    matrix = to_host(given)
    n = len(matrix)
    if matrix.shape != (n, n):
        raise ShapeError(f"jacobian has shape {matrix.shape}; pass a square matrix")
    if n > LARGEST:
        raise ParameterError(f"jacobian has {n} rows; a dense splitting takes {LARGEST}")
    rates = numpy.linalg.eigvals(matrix).astype(numpy.complex128)
    rates = rates[numpy.lexsort((-rates.imag, -numpy.abs(rates.real)))]
    m = _cut(numpy.abs(rates.real), n_fast)
    basis, dual = _bases(matrix, numpy.abs(rates.real), m)
    blocks = dual @ matrix @ basis
    coupling = numpy.linalg.norm(blocks[:m, m:]) + numpy.linalg.norm(blocks[m:, :m])
    size = float(numpy.linalg.norm(matrix)) or 1.0
    certificate = Certificate(
        "coupling of the blocks",
        float(coupling) / size,
        SAME,
        "estimate",
        "Schur, Sylvester",
    )
    return RateSplitting(
        basis,
        dual,
        rates,
        _gap(numpy.abs(rates.real), m),
        m,
        Status.CONVERGED if certificate.passed else Status.ILL_CONDITIONED,
        certificate,
    )


def _gap(decay: numpy.ndarray, m: int) -> float:
    if not 0 < m < len(decay):
        return 1.0
    with numpy.errstate(divide="ignore", invalid="ignore"):
        ratio = decay[m - 1] / decay[m]
    return float(ratio) if ratio == ratio else 1.0


def _cut(decay: numpy.ndarray, n_fast: int | None) -> int:
    """Return the size of the fast block."""
    n = len(decay)
    apart = decay[:-1] - decay[1:] > SAME * decay[0]
    if n_fast is None:
        ratios = [_gap(decay, m) if apart[m - 1] else 1.0 for m in range(1, n)]
        best = int(numpy.argmax(ratios)) + 1 if ratios else 0
        return best if best and ratios[best - 1] > 1 else 0
    n_fast = whole(n_fast, "n_fast", least=0, most=n)
    if 0 < n_fast < n and not apart[n_fast - 1]:
        raise ParameterError(
            f"n_fast is {n_fast}, which separates rates of equal real part "
            f"{decay[n_fast - 1]:.6g}; move the cut to {n_fast - 1} or {n_fast + 1}"
        )
    return n_fast


def _bases(
    matrix: numpy.ndarray, decay: numpy.ndarray, m: int
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return the block-diagonalizing basis and its inverse."""
    n = len(matrix)
    if not 0 < m < n:
        return numpy.eye(n, dtype=matrix.dtype), numpy.eye(n, dtype=matrix.dtype)
    import scipy.linalg  # noqa: PLC0415 (slow to load)

    threshold = (decay[m - 1] + decay[m]) / 2
    real = numpy.isrealobj(matrix)
    choose = (
        (lambda a, b: abs(a) > threshold) if real else (lambda z: abs(z.real) > threshold)  # noqa: ARG005 (SciPy passes both parts)
    )
    t, q, found = scipy.linalg.schur(matrix, "real" if real else "complex", sort=choose)
    if found != m:
        raise ParameterError(
            f"jacobian has {found} rates above {threshold:.6g} after ordering, {m} before: "
            "they are too close to be told apart; pass another n_fast"
        )
    y = linalg.sylvester(t[:m, :m], -t[m:, m:], t[:m, m:])
    upper = numpy.eye(n, dtype=matrix.dtype)
    lower = numpy.eye(n, dtype=matrix.dtype)
    upper[:m, m:], lower[:m, m:] = -y, y
    return q @ upper, lower @ q.conj().T
