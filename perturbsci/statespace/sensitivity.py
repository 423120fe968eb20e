"""How the conditions of eigenvalues and eigenvectors change with the entries of a matrix.

A = V diag(lambda) V^{-1}, unit columns v_i, W = V^{-H}, kappa_i = ||w_i||. With
Q_ji = 1/(lambda_i - lambda_j), Q_ii = 0, every gradient has the form G = W C V^H,
df = Re tr(G^H dA):

* sum of kappa_i: C = (V^H V o conj Q) diag(kappa) + diag(1/kappa) (W^H W o Q^H);
* f(V), df = Re tr(Y^H dV): C = conj Q o V^H (Y - V diag(Re v_i^H y_i)), o entry by entry;
* sum of c_i Re lambda_i: C = diag(c).

References: Stewart and Sun (1990), chapter V; Yu, Nigmetov, Morozov, Mahoney and Erichson
(2024).
"""

import warnings
from dataclasses import dataclass

import numpy

from perturbsci.backend.operands import returned
from perturbsci.errors import AccuracyWarning, ParameterError
from perturbsci.perturbation.families import unit_roundoff
from perturbsci.perturbation.isolation import is_normal
from perturbsci.statespace.given import Given, given_matrix, scaled
from perturbsci.statespace.measures import Hippo
from perturbsci.types import Array

__all__ = ["Eigensystem", "condition_gradient", "eigensystem"]

ALARMING = 1e8  # half of the digits are lost


@dataclass(frozen=True, slots=True, eq=False)
class Eigensystem:
    """Eigenvalues and eigenvectors of a matrix, as a point to differentiate at.

    Parameters
    ----------
    values : array, shape (n,)
        lambda, in any order.
    right : array, shape (n, n)
        V, unit columns.
    inverse : array, shape (n, n)
        V^{-1}.
    conditions : real array, shape (n,)
        kappa_i.
    """

    values: numpy.ndarray
    right: numpy.ndarray
    inverse: numpy.ndarray
    conditions: numpy.ndarray

    def sum_factor(self) -> numpy.ndarray:
        """Return C of the sum of kappa_i.

        Returns
        -------
        factor : array, shape (n, n)
            Two products of n x n matrices.
        """
        q = self._reciprocals()
        rights = self.right.conj().T @ self.right
        lefts = self.inverse @ self.inverse.conj().T
        kappa = self.conditions
        return (rights * q.conj()) * kappa + (lefts * q.conj().T) / kappa[:, None]

    def condition_factor(self) -> tuple[float, numpy.ndarray]:
        """Return cond_2(V) and its C, where the extreme singular values are simple.

        Returns
        -------
        condition : float
            cond_2(V).
        factor : array, shape (n, n)
            A subgradient where they are not.
        """
        v = self.right
        left, s, right = numpy.linalg.svd(v)
        condition = float(s[0] / s[-1]) if s[-1] > 0 else numpy.inf
        y = condition * (
            numpy.outer(left[:, 0], right[0]) / s[0]
            - numpy.outer(left[:, -1], right[-1]) / s[-1]
        )
        y = y - v * (v.conj() * y).sum(axis=0).real
        return condition, self._reciprocals().conj() * (v.conj().T @ y)

    def gradient(self, factor: numpy.ndarray) -> numpy.ndarray:
        """Return W C V^H.

        Parameters
        ----------
        factor : array, shape (n, n)
            C.

        Returns
        -------
        gradient : array, shape (n, n)
            Its real part is the gradient with respect to real entries.
        """
        return self.inverse.conj().T @ factor @ self.right.conj().T

    def _reciprocals(self) -> numpy.ndarray:
        """Return Q; equal eigenvalues get 0, as if they did not interact."""
        gaps = self.values - self.values[:, None]
        return numpy.divide(1.0, gaps, out=numpy.zeros_like(gaps), where=gaps != 0)


def eigensystem(matrix: numpy.ndarray) -> Eigensystem | None:
    """Return the eigensystem of a matrix.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A, entries up to about 1.

    Returns
    -------
    system : Eigensystem or None
        None where V has no inverse in floating point: A is defective to rounding.

    Notes
    -----
    About 25 n^3 flops.
    """
    with numpy.errstate(all="ignore"):
        try:
            values, right = numpy.linalg.eig(matrix)
            inverse = numpy.linalg.inv(right)
        except numpy.linalg.LinAlgError:
            return None
        conditions = numpy.linalg.norm(inverse, axis=1)
    if not numpy.isfinite(conditions).all():
        return None
    return Eigensystem(values, right, inverse, conditions)


def condition_gradient(a: Hippo | Array) -> tuple[float, Array]:
    """Return the sum of the eigenvalue conditions of a matrix, and its gradient.

    The sum is the smallest condition of the eigenvectors in the Frobenius norm over all
    scalings of the columns, and smooth where the eigenvalues are distinct.

    Parameters
    ----------
    a : Hippo, or real or complex array, shape (n, n)
        A.

    Returns
    -------
    value : float
        Sum of kappa_i, from n on.
    gradient : array, shape (n, n)
        G with d value = Re tr(G^H dA), in the inverse unit of A; real for a real A.

    Raises
    ------
    ShapeError
        If ``a`` is not square.
    ParameterError
        If two eigenvalues of a matrix that is not normal coincide to rounding: there the
        sum has no derivative.

    Warns
    -----
    AccuracyWarning
        If a kappa exceeds 1e8: A is nearly defective, and the digits of its eigenvectors
        are lost.

    Notes
    -----
    About 25 n^3 flops for the eigenvectors and four products of n x n matrices. Zero at a
    normal matrix, where the sum has its minimum.

    References
    ----------
    Stewart and Sun (1990), chapter V; Yu, Nigmetov, Morozov, Mahoney and Erichson (2024).

    Examples
    --------
    >>> value, gradient = condition_gradient([[1.0, 3.0], [0.0, 2.0]])
    >>> round(value**2, 9), round(value * float(gradient[0, 1]), 9)
    (40.0, 12.0)
    """
    given = given_matrix(a, None, "optimize")
    matrix, n = given.matrix, len(given.matrix)
    if is_normal(matrix):
        return float(n), _as_given(numpy.zeros_like(matrix), given)
    system = eigensystem(matrix)
    rounding = n * unit_roundoff(matrix) * given.norm
    apart = 0.0 if system is None else _closest(system.values)
    if system is None or apart <= rounding:
        raise ParameterError(
            f"a has two eigenvalues that coincide to rounding ({apart / given.norm:.3g} of "
            "the norm apart), where the sum of the conditions has no derivative; pass a "
            "matrix with distinct eigenvalues, as perturb_then_diagonalize(a, "
            "method='random') makes one"
        )
    worst = float(system.conditions.max())
    if worst > ALARMING:
        warnings.warn(
            f"an eigenvalue of a has the condition {worst:.3g}: few digits of the gradient "
            "are right; perturb a first",
            AccuracyWarning,
            stacklevel=2,
        )
    gradient = system.gradient(system.sum_factor())
    return float(system.conditions.sum()), _as_given(gradient, given)


def _as_given(gradient: numpy.ndarray, given: Given) -> Array:
    """Return the gradient in the unit, precision and place of A."""
    gradient = gradient.real.copy() if given.is_real else gradient
    gradient = scaled(gradient, -given.exponent)
    if given.is_single:
        gradient = gradient.astype(numpy.float32 if given.is_real else numpy.complex64)
    array: Array = returned(given.like, gradient)[0]
    return array


def _closest(values: numpy.ndarray) -> float:
    """Return the smallest distance of two eigenvalues."""
    apart = numpy.abs(values[:, None] - values)
    numpy.fill_diagonal(apart, numpy.inf)
    return float(apart.min())
