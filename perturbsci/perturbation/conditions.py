"""How far eigenvalues move under a perturbation of given size, and why.

* kappa_i = ||x_i|| ||y_i|| / |y_i* x_i|: |lambda_i(E) - lambda_i| <= kappa_i ||E|| + O(2).
* sep_i = sigma_min(T_22 - lambda_i), A deflated by x_i: 1/sep_i is the condition of x_i.
* Bauer and Fike: every eigenvalue of A + E lies within cond_2(V) ||E|| of one of A.
* Departure from normality (Henrici): dep = ||strict upper triangle of the Schur form||_F,
  ||C||_F / (sqrt(6) ||A||_F) <= dep <= ((n^3 - n)/12)^(1/4) ||C||_F^(1/2), C = A*A - AA*.

References: Stewart and Sun (1990), chapters IV and V; Bauer and Fike (1960); Henrici
(1962); Elsner and Paardekooper (1987).
"""

import math
import warnings
from dataclasses import dataclass

import numpy

from perturbsci.arguments import number
from perturbsci.backend import to_host
from perturbsci.backend.linalg import eigh, schur
from perturbsci.backend.operands import converged, lapack, returned
from perturbsci.errors import AccuracyWarning
from perturbsci.perturbation.families import (
    check_range,
    is_hermitian,
    square_matrix,
    unit_roundoff,
)
from perturbsci.perturbation.isolation import is_normal
from perturbsci.perturbation.matrix_series import adjoint
from perturbsci.perturbation.spectral import ascending
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.backward import eigen_backward_error
from perturbsci.verification.certificate import Certificate

__all__ = [
    "Bound",
    "Departure",
    "EigenConditions",
    "bauer_fike",
    "eigen_conditions",
    "nonnormality",
]

ALARMING = 1e8  # half of the digits are lost


@dataclass(frozen=True, slots=True, eq=False)
class EigenConditions(Result):
    """Eigenvalues with their conditions.

    Parameters
    ----------
    eigenvalues : array, shape (n,)
        Ascending and real if Hermitian, else by real and then imaginary part.
    right, left : array, shape (n, n)
        Unit columns x_i and y_i that belong to ``eigenvalues[i]``.
    eigenvalue_condition : real array, shape (n,)
        kappa_i, from 1 on; infinite if defective.
    eigenvector_condition : float
        cond_2(X).
    eigenvalue_separation : real array, shape (n,)
        sep_i; infinite for n = 1.
    status : Status
        ILL_CONDITIONED if a kappa exceeds 1e8.
    certificate : Certificate
        Backward error of the right eigenpairs.

    Examples
    --------
    >>> found = eigen_conditions([[1.0, 100.0], [0.0, 2.0]])
    >>> found.eigenvalue_condition.round(6).tolist()
    [100.005, 100.005]
    """

    eigenvalues: Array
    right: Array
    left: Array
    eigenvalue_condition: Array
    eigenvector_condition: float
    eigenvalue_separation: Array
    status: Status
    certificate: Certificate


@dataclass(frozen=True, slots=True, eq=False)
class Bound(Result):
    """A bound of a displacement.

    Parameters
    ----------
    value : float
        Infinite where nothing is bounded.
    kind : str
        That of its certificate: ``"a-posteriori"``, or ``"none"`` if infinite.
    status : Status
        ILL_CONDITIONED if it exceeds 1e8 times the size.
    certificate : Certificate
        The bound against the norm of the matrix.

    Examples
    --------
    >>> bauer_fike([[1.0, 0.0], [0.0, 2.0]], 0.1).value
    0.1
    """

    value: float
    kind: str
    status: Status
    certificate: Certificate


@dataclass(frozen=True, slots=True, eq=False)
class Departure(Result):
    """The departure from normality, between its bounds by the commutator.

    Parameters
    ----------
    henrici : float
        dep, in the unit of the matrix.
    upper, lower : float
        Bounds by A*A - AA*.
    status : Status
        EXACT if the matrix is normal, else CONVERGED.
    certificate : Certificate
        henrici against upper.

    Examples
    --------
    >>> found = nonnormality([[0.0, 1.0], [0.0, 0.0]])
    >>> found.henrici, round(found.lower, 6), round(found.upper, 6)
    (1.0, 0.57735, 1.0)
    """

    henrici: float
    upper: float
    lower: float
    status: Status
    certificate: Certificate


def eigen_conditions(matrix: Array) -> EigenConditions:
    """Return the eigenvalues of a matrix and how sensitive each is.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.

    Returns
    -------
    conditions : EigenConditions
        In the order of ``rayleigh_schrodinger``.

    Raises
    ------
    ShapeError
        If it is not square.
    ParameterError
        If it has more than 5000 rows or an entry is not finite.

    Warns
    -----
    AccuracyWarning
        If a kappa exceeds 1e8: the matrix is nearly defective.

    Notes
    -----
    About 25 n^3 flops for the eigenvectors and, unless normal, n singular value
    decompositions for the separations. Multiple semisimple eigenvalues come with a basis
    of their eigenvectors as it was computed.

    Examples
    --------
    >>> import numpy as np
    >>> eigen_conditions(np.diag([3.0, 1.0])).eigenvalue_condition.tolist()
    [1.0, 1.0]
    """
    a = square_matrix(matrix, "matrix")
    check_range(a, "matrix")
    host = to_host(a)
    if is_normal(host):
        values, right = _orthonormal_pairs(host)
        left, condition, overall = right, numpy.ones(len(host)), 1.0
        separation = _distances(values)
    else:
        values, left, right = _pairs(host)
        with numpy.errstate(divide="ignore"):
            condition = 1 / numpy.abs((left.conj() * right).sum(axis=0))
        condition = numpy.maximum(condition, 1.0)
        overall = _condition_number(right)
        separation = numpy.array(
            [_separation(host, values[i], right[:, i]) for i in range(len(host))]
        )
    worst = float(condition.max())
    if worst > ALARMING:
        warnings.warn(
            f"an eigenvalue of matrix has the condition {worst:.3g}: the matrix is nearly "
            "defective; use lidskii or pseudospectra",
            AccuracyWarning,
            stacklevel=2,
        )
    backward = eigen_backward_error(host, values, right)
    values, right, left, condition, separation = returned(
        a, values, right, left, condition, separation
    )
    return EigenConditions(
        values,
        right,
        left,
        condition,
        overall,
        separation,
        Status.ILL_CONDITIONED if worst > ALARMING else Status.CONVERGED,
        Certificate(
            "backward error of the eigenpairs",
            backward,
            100 * len(host) * unit_roundoff(a),
            "a-posteriori",
            "residual in the Frobenius norm",
        ),
    )


def bauer_fike(matrix: Array, size: float) -> Bound:
    """Bound how far eigenvalues move, for every perturbation of a given norm.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.
    size : float
        ||E||_2, not negative.

    Returns
    -------
    bound : Bound
        cond_2(V) ||E||, V the eigenvectors in unit columns.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ParameterError
        If the size is negative or not finite, or an entry is not finite.

    Notes
    -----
    About 30 n^3 flops. Rounding of V is not covered beyond a factor 1 + n u cond_2(V).

    Examples
    --------
    >>> round(bauer_fike([[1.0, 100.0], [0.0, 2.0]], 1e-3).value, 6)
    0.200005
    """
    a = square_matrix(matrix, "matrix")
    check_range(a, "matrix")
    size = number(size, "size", least=0)
    host = to_host(a)
    if is_normal(host):
        condition = 1.0
    else:
        condition = _condition_number(_pairs(host)[2])
        condition *= 1 + len(host) * unit_roundoff(a) * condition
    value = condition * size if size else 0.0
    claim = f"eigenvalues move by at most this much under a perturbation of norm {size:g}"
    if not math.isfinite(value) or condition * unit_roundoff(a) > 1:
        reason = ("the matrix is defective to working precision",)
        certificate = Certificate(claim, math.nan, math.nan, "none", "Bauer-Fike", reason)
        return Bound(math.inf, "none", Status.ILL_CONDITIONED, certificate)
    norm = float(numpy.linalg.norm(host, 2))
    certificate = Certificate(claim, value, norm, "a-posteriori", "Bauer-Fike")
    poor = condition > ALARMING
    status = Status.ILL_CONDITIONED if poor else Status.CONVERGED
    return Bound(value, "a-posteriori", status, certificate)


def nonnormality(matrix: Array) -> Departure:
    """Return the departure of a matrix from normality.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.

    Returns
    -------
    departure : Departure
        With lower <= henrici <= upper up to rounding.

    Raises
    ------
    ShapeError
        If it is not square.
    ParameterError
        If it has more than 5000 rows or an entry is not finite.

    Notes
    -----
    About 25 n^3 flops. For a normal matrix ``upper`` is about sqrt(n u) ||A||, since the
    commutator is known to rounding only.

    Examples
    --------
    >>> nonnormality([[2.0, 1.0], [1.0, 2.0]]).henrici
    0.0
    """
    a = square_matrix(matrix, "matrix")
    check_range(a, "matrix")
    host = to_host(a)
    if is_hermitian(a):
        henrici = 0.0
    else:
        henrici = float(numpy.linalg.norm(numpy.triu(schur(host)[0], 1)))
    n = len(host)
    size = float(numpy.linalg.norm(host))
    unit = host / size if size else host
    commutator = float(numpy.linalg.norm(adjoint(unit) @ unit - unit @ adjoint(unit)))
    lower = commutator * size / math.sqrt(6)
    upper = ((n**3 - n) / 12) ** 0.25 * math.sqrt(commutator) * size
    rounding = n * unit_roundoff(a) * size
    return Departure(
        henrici,
        upper,
        lower,
        Status.EXACT if henrici <= 10 * rounding else Status.CONVERGED,
        Certificate(
            "departure from normality, against its bound by the commutator",
            henrici,
            upper + 10 * rounding,
            "a-posteriori",
            "Schur form",
        ),
    )


def _orthonormal_pairs(host: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return the eigenvalues of a normal matrix in order, with orthonormal vectors."""
    if is_hermitian(host):
        return eigh((host + adjoint(host)) / 2)
    t, vectors = schur(host)
    order = ascending(numpy.diagonal(t))
    return numpy.diagonal(t)[order], vectors[:, order]


def _distances(values: numpy.ndarray) -> numpy.ndarray:
    """Return the distance of each eigenvalue to the nearest other one."""
    apart = numpy.abs(values[:, None] - values)
    numpy.fill_diagonal(apart, numpy.inf)
    return apart.min(axis=1)


def _pairs(host: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Return eigenvalues in order, left and right vectors of one Schur form, so paired."""
    values, left, right = converged(
        lambda m: lapack().eig(m, left=True, right=True, check_finite=False), host
    )
    order = ascending(values)
    return values[order], left[:, order], right[:, order]


def _condition_number(vectors: numpy.ndarray) -> float:
    s = numpy.linalg.svdvals(vectors)
    return float(s[0] / s[-1]) if s[-1] > 0 else math.inf


def _separation(a: numpy.ndarray, value: complex, x: numpy.ndarray) -> float:
    """Return sigma_min of A - lambda on the orthogonal complement of x (Householder)."""
    if len(a) == 1:
        return math.inf
    turn = x[0] / abs(x[0]) if x[0] else 1.0
    v = x.astype(numpy.complex128)
    v[0] += turn
    v /= numpy.linalg.norm(v)
    shifted = a - value * numpy.eye(len(a))
    shifted = shifted - 2 * numpy.outer(v, v.conj() @ shifted)
    shifted = shifted - 2 * numpy.outer(shifted @ v, v.conj())
    return float(numpy.linalg.svdvals(shifted[1:, 1:])[-1])
