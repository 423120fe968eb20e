"""Backward errors: a computed solution is exact for a problem this near.

Frobenius norms for matrices, 2-norms for vectors; 0/0 is 0. Operands are scaled by powers
of two first, so that entries near 1e+-150 neither overflow nor underflow.
"""

import math

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.backend.linalg import norm
from perturbsci.errors import ShapeError
from perturbsci.types import Array

__all__ = ["eigen_backward_error", "linear_backward_error"]


def eigen_backward_error(matrix: Array, eigenvalues: Array, eigenvectors: Array) -> float:
    """Return how far the eigenpairs are from being exact for this matrix.

    eta = ||A V - V diag(lambda)|| / (||A|| ||V||), Frobenius norms, 0/0 = 0.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A; dimensionless.
    eigenvalues : real or complex array, shape (k,)
        lambda.
    eigenvectors : real or complex array, shape (n, k)
        V; column j belongs to ``eigenvalues[j]``, any scaling.

    Returns
    -------
    eta : float
        About n * unit_roundoff for a backward stable solver.

    Raises
    ------
    ShapeError
        If the three shapes do not fit together.

    Notes
    -----
    About 2 n^2 k flops. A small value bounds the forward error only together with the
    conditions of the eigenvalues.

    References
    ----------
    Higham (2002), section 1.5.

    Examples
    --------
    >>> import numpy as np
    >>> eigen_backward_error(np.diag([1.0, 2.0]), np.array([1.0, 2.0]), np.eye(2))
    0.0
    """
    a = as_array(matrix, name="matrix", ndim=2, empty=True)
    values = as_array(eigenvalues, name="eigenvalues", ndim=1, empty=True)
    v = as_array(eigenvectors, name="eigenvectors", ndim=2, empty=True)
    n, k = a.shape[0], values.shape[0]
    if a.shape != (n, n) or v.shape != (n, k):
        raise ShapeError(
            f"matrix has shape {a.shape}, eigenvalues {values.shape}, eigenvectors "
            f"{v.shape}; needed (n, n), (k,), (n, k): one column of eigenvectors a value"
        )
    namespace(a, values, v, names=("matrix", "eigenvalues", "eigenvectors"))
    (a, shift), (v, _) = _scaled(a), _scaled(v)
    residual = a @ v - v * _shifted(values, shift)
    return _quotient(norm(residual), norm(a) * norm(v))


def linear_backward_error(matrix: Array, solution: Array, right_side: Array) -> float:
    """Return how far the solution is from solving exactly a nearby linear system.

    eta = ||b - A x|| / (||A|| ||x|| + ||b||), the largest over the columns of b.

    Parameters
    ----------
    matrix : real or complex array, shape (m, n)
        A; dimensionless.
    solution : real or complex array, shape (n,) or (n, k)
        x.
    right_side : real or complex array, shape (m,) or (m, k)
        b.

    Returns
    -------
    eta : float
        About n * unit_roundoff for a backward stable solver.

    Raises
    ------
    ShapeError
        If the three shapes do not fit together.

    Notes
    -----
    About 2 m n k flops.

    References
    ----------
    Higham (2002), theorem 7.1.

    Examples
    --------
    >>> import numpy as np
    >>> linear_backward_error(np.eye(2), np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    0.0
    """
    a = as_array(matrix, name="matrix", ndim=2, empty=True)
    x = as_array(solution, name="solution", empty=True)
    b = as_array(right_side, name="right_side", empty=True)
    if x.ndim not in (1, 2) or (b.shape, x.shape[0]) != (
        (a.shape[0], *x.shape[1:]),
        a.shape[1],
    ):
        raise ShapeError(
            f"matrix has shape {a.shape}, solution {x.shape}, right_side {b.shape}; needed "
            "(m, n), (n,), (m,) or (m, n), (n, k), (m, k)"
        )
    namespace(a, x, b, names=("matrix", "solution", "right_side"))
    if x.ndim == 1:
        x, b = x[:, None], b[:, None]
    scaled = _scaled(a)
    columns = (
        _column_error(scaled, _scaled(x[:, j]), _scaled(b[:, j])) for j in range(b.shape[1])
    )
    return max(columns, default=0.0)


def _column_error(
    matrix: tuple[Array, int], solution: tuple[Array, int], right_side: tuple[Array, int]
) -> float:
    """Return eta of one column from operands (array, e) that stand for array * 2^e."""
    (a, a_shift), (x, x_shift), (b, b_shift) = matrix, solution, right_side
    shift = max(a_shift + x_shift, b_shift)
    x, b = x * 2.0 ** (a_shift + x_shift - shift), b * 2.0 ** (b_shift - shift)
    return _quotient(norm(b - a @ x), norm(a) * norm(x) + norm(b))


def _scaled(array: Array) -> tuple[Array, int]:
    """Return the array with its largest entry in [1/2, 1), and the exponent taken out."""
    if 0 in array.shape:
        return array, 0
    shift = math.frexp(scalar(namespace(array).abs(array).max()))[1]
    return _shifted(array, shift), shift


def _shifted(array: Array, shift: int) -> Array:
    """Return array * 2^-shift, in two factors: one of them could overflow."""
    return array * 0.5 ** (shift // 2) * 0.5 ** (shift - shift // 2)


def _quotient(numerator: float, denominator: float) -> float:
    if numerator == 0:
        return 0.0
    return numerator / denominator if denominator else math.inf
