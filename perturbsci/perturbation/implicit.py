"""First-order response of solutions to parameters, by the implicit function theorem.

    F(x, p) = 0          dx/dp = -F_x^(-1) F_p
    x = G(x, p)          dx/dp = (I - G_x)^(-1) G_p
    f(x, p) -> min       dx/dp = -H^(-1) M,  H = f_xx, M = f_xp

A minimizer of which only the coordinates k are wanted is solved by the Schur complement of
the rest r: -(H_kk - H_kr H_rr^(-1) H_rk)^(-1) (M_k - H_kr H_rr^(-1) M_r).

References: Krantz and Parks (2013) for the theorem; Cook and Weisberg (1982) for the
removal of a sample.
"""

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType

import numpy

from perturbsci.backend import linalg, namespace, to_host
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = [
    "Response",
    "fixed_point_response",
    "leave_one_out",
    "minimizer_response",
    "solution_response",
]

LARGEST = 5000  # unknowns of a dense solve


@dataclass(frozen=True, slots=True, eq=False)
class Response(Result):
    """The derivative of a solution with respect to its parameters.

    Parameters
    ----------
    matrix : real or complex array, shape (n, p)
        dx/dp; row i belongs to unknown i (of ``keep``), column j to parameter j.
    condition : float
        2-norm condition number of the matrix that was solved with, of two the larger one.
    status : Status
        ILL_CONDITIONED if half of the digits or more are lost, else CONVERGED.
    certificate : Certificate
        Condition times unit roundoff, the relative rounding error to expect, against the
        square root of the unit roundoff.

    Examples
    --------
    >>> response = solution_response([[2.0]], [[1.0, 4.0]])  # 2 x + p_1 + 4 p_2 = 0
    >>> response.matrix
    array([[-0.5, -2. ]])
    """

    matrix: Array
    condition: float
    status: Status
    certificate: Certificate


def solution_response(state_jacobian: Array, parameter_jacobian: Array) -> Response:
    """Return how the solution x of F(x, p) = 0 changes with p.

    dx/dp = -F_x^(-1) F_p.

    Parameters
    ----------
    state_jacobian : real or complex array, shape (n, n)
        F_x at the solution.
    parameter_jacobian : real or complex array, shape (n, p)
        F_p there; one column a parameter.

    Returns
    -------
    response : Response
        Of shape (n, p).

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If F_x is singular or has more than 5000 rows, or an entry is not finite.

    Notes
    -----
    About 10 n^3 flops, most of them for the condition number.

    Examples
    --------
    x^2 = p at x = 3, so that dx/dp = 1/(2 x):

    >>> float(solution_response([[6.0]], [[-1.0]]).matrix[0, 0])
    0.16666666666666666
    """
    jacobian = _square(state_jacobian, "state_jacobian")
    right = _right(parameter_jacobian, "parameter_jacobian", jacobian, "state_jacobian")
    condition = _regular(jacobian, "state_jacobian")
    return _response(-linalg.solve(jacobian, right), condition)


def fixed_point_response(map_jacobian: Array, parameter_jacobian: Array) -> Response:
    """Return how the fixed point x = G(x, p) changes with p.

    dx/dp = (I - G_x)^(-1) G_p; G need not contract.

    Parameters
    ----------
    map_jacobian : real or complex array, shape (n, n)
        G_x at the fixed point.
    parameter_jacobian : real or complex array, shape (n, p)
        G_p there.

    Returns
    -------
    response : Response
        Of shape (n, p).

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If 1 is an eigenvalue of G_x, G_x has more than 5000 rows, or an entry is not
        finite.

    Notes
    -----
    About 10 n^3 flops.

    Examples
    --------
    x = x/2 + p has the fixed point 2 p:

    >>> fixed_point_response([[0.5]], [[1.0]]).matrix
    array([[2.]])
    """
    jacobian = _square(map_jacobian, "map_jacobian")
    right = _right(parameter_jacobian, "parameter_jacobian", jacobian, "map_jacobian")
    xp = namespace(jacobian)
    solved = xp.eye(jacobian.shape[0], dtype=jacobian.dtype) - jacobian
    condition = _regular(solved, "I - map_jacobian")
    return _response(linalg.solve(solved, right), condition)


def minimizer_response(
    hessian: Array, mixed: Array, *, keep: Iterable[int] | None = None
) -> Response:
    """Return how the minimizer of f(x, p) changes with p.

    dx/dp = -H^(-1) M. It holds at any stationary point with a regular Hessian.

    Parameters
    ----------
    hessian : real or complex array, shape (n, n)
        H = f_xx at the minimizer.
    mixed : real or complex array, shape (n, p)
        M = f_xp there.
    keep : sequence of int, optional
        The unknowns whose response is wanted, in this order; the others are eliminated by
        a Schur complement. Default all.

    Returns
    -------
    response : Response
        Of shape (n, p), or (len(keep), p).

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If a matrix that is solved with is singular, n exceeds 5000, ``keep`` does not
        list different unknowns, or an entry is not finite.

    Notes
    -----
    About 10 n^3 flops.

    Examples
    --------
    f = (x - y)^2/2 + (y - p)^2/2 is smallest at x = y = p:

    >>> minimizer_response([[1.0, -1.0], [-1.0, 2.0]], [[0.0], [-1.0]], keep=[0]).matrix
    array([[1.]])
    """
    hessian = _square(hessian, "hessian")
    mixed = _right(mixed, "mixed", hessian, "hessian")
    n = hessian.shape[0]
    kept = list(range(n)) if keep is None else _kept(keep, n)
    rest = sorted(set(range(n)) - set(kept))
    xp = namespace(hessian, mixed, names=("hessian", "mixed"))
    (kk, kr), (rk, rr) = _blocks(xp, hessian, kept, rest)
    k_mixed, r_mixed = (
        xp.take(mixed, xp.asarray(part, dtype=xp.int64), axis=0) for part in (kept, rest)
    )
    if not rest:
        condition = _regular(kk, "hessian")
        return _response(-linalg.solve(kk, k_mixed), condition)
    condition = _regular(rr, "the block of hessian that keep leaves out")
    eliminated = kr @ linalg.solve(rr, xp.concat([rk, r_mixed], axis=1))
    complement = kk - eliminated[:, : len(kept)]
    condition = max(condition, _regular(complement, "the Schur complement of keep"))
    right = k_mixed - eliminated[:, len(kept) :]
    return _response(-linalg.solve(complement, right), condition)


def leave_one_out(hessian: Array, gradients: Array) -> Array:
    """Return how the minimizer of a sum over samples moves when one sample is removed.

    Without sample i the gradient of the rest at the old minimizer is -g_i, so that to
    first order dx_i = H^(-1) g_i.

    Parameters
    ----------
    hessian : real array, shape (n, n)
        H of the sum over all samples at its minimizer; of a mean, pass n_samples H.
    gradients : real array, shape (n_samples, n)
        g_i, the gradient of the term of sample i there.

    Returns
    -------
    changes : real array, shape (n_samples, n)
        Row i is the change of the minimizer without sample i.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If H is singular or has more than 5000 rows, or an entry is not finite.

    Notes
    -----
    Exact changes are larger by 1/(1 - h_i) in least squares, h_i the leverage of sample i.

    References
    ----------
    Cook and Weisberg (1982).

    Examples
    --------
    The mean 2 of (1, 2, 3) minimizes the sum of (x - a_i)^2/2:

    >>> leave_one_out([[3.0]], [[1.0], [0.0], [-1.0]])[:, 0]  # exactly 1/2, 0, -1/2
    array([ 0.33333333,  0.        , -0.33333333])
    """
    hessian = _square(hessian, "hessian")
    rows = as_array(gradients, name="gradients", ndim=2, columns=hessian.shape[0])
    _regular(hessian, "hessian")
    return _finite(linalg.solve(hessian, rows.T).T)


def _square(value: Array, name: str) -> Array:
    matrix = as_array(value, name=name, ndim=2)
    n, columns = matrix.shape
    if n != columns:
        raise ShapeError(
            f"{name} has shape {(n, columns)}, needed a square matrix; pass one row an "
            "equation and one column an unknown"
        )
    if n > LARGEST:
        raise ParameterError(
            f"{name} has {n} rows and this routine is dense, with at most {LARGEST}; keep "
            "fewer unknowns"
        )
    return matrix


def _right(value: Array, name: str, square: Array, partner: str) -> Array:
    matrix = as_array(value, name=name, ndim=2)
    if matrix.shape[0] != square.shape[0]:
        raise ShapeError(
            f"{name} has shape {tuple(matrix.shape)} but {partner} {tuple(square.shape)}; "
            f"pass {name} with {square.shape[0]} rows, one column a parameter"
        )
    return matrix


def _kept(keep: Iterable[int], n: int) -> list[int]:
    """Return the positions to keep as different whole numbers of 0..n-1."""
    try:
        listed = keep.tolist() if hasattr(keep, "tolist") else list(keep)
        kept = [-1 if isinstance(k, bool) else operator.index(k) for k in listed]
    except TypeError:
        kept = []
    inside = bool(kept) and all(0 <= k < n for k in kept)
    if not inside or len(set(kept)) < len(kept):
        raise ParameterError(
            f"keep is {keep!r:.60}; pass different whole numbers in 0..{n - 1}, the rows "
            "to keep (of a mask, numpy.flatnonzero(mask))"
        )
    return kept


def _blocks(
    xp: ModuleType, matrix: Array, kept: list[int], rest: list[int]
) -> list[list[Array]]:
    """Return [[kk, kr], [rk, rr]]."""
    parts = [xp.asarray(part, dtype=xp.int64) for part in (kept, rest)]
    rows = [xp.take(matrix, part, axis=0) for part in parts]
    return [[xp.take(row, part, axis=1) for part in parts] for row in rows]


def _regular(matrix: Array, name: str) -> float:
    """Return the condition number, or refuse a matrix that is singular to rounding."""
    values = to_host(linalg.svd(matrix)[1])
    unit = float(numpy.finfo(values.dtype).eps) / 2
    largest, smallest = float(values[0]), float(values[-1])
    if smallest <= len(values) * unit * largest:
        condition = largest / smallest if smallest else numpy.inf
        raise ParameterError(
            f"{name} is singular, its condition number is {condition:.3g}; the solution "
            "has no first-order response: use expand_roots for fractional powers"
        )
    return largest / smallest


def _finite(response: Array) -> Array:
    if not bool(scalar(namespace(response).all(namespace(response).isfinite(response)))):
        raise ParameterError(
            "hessian, map_jacobian or state_jacobian is so small that the response of "
            f"shape {tuple(response.shape)} overflows; scale the unknowns or the parameters"
        )
    return response


def _response(matrix: Array, condition: float) -> Response:
    matrix = _finite(matrix)
    unit = float(numpy.finfo(numpy.dtype(matrix.dtype)).eps) / 2
    certificate = Certificate(
        "relative rounding error of the response",
        condition * unit,
        unit**0.5,
        "estimate",
        "condition number times unit roundoff",
        ("the derivatives passed are exact",),
    )
    status = Status.CONVERGED if certificate.passed else Status.ILL_CONDITIONED
    return Response(matrix, condition, status, certificate)
