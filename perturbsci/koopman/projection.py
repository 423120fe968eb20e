"""The Koopman matrix from a Gram state: K = G^+ A in columns of norm 1.

Columns are scaled by 1/sqrt(G_jj) first; directions in which the scaled G has almost no
eigenvalue carry no information and are dropped. Where G is ill-conditioned, corrections
G^+ Psi_X* W (Psi_Y - Psi_X K) from the pairs themselves give K the accuracy of an
orthogonal factorization (Bjorck 1987).
"""

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.backend.linalg import eigh, gram, norm, svd
from perturbsci.koopman.panels import Panels
from perturbsci.koopman.states import GramState
from perturbsci.types import Array

__all__ = [
    "Pencil",
    "Projection",
    "adjoint",
    "project",
    "refined",
    "scaled_pencil",
]

MOST_CORRECTIONS = 3


class Pencil(NamedTuple):
    """G, A, L of Psi / scale; with form "qr" also the factors R11, R12, R22 of G and L."""

    scale: Array
    G: Array
    A: Array
    L: Array
    factors: tuple[Array, Array, Array] | None


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """K in scaled columns, and what G^+ consists of.

    Parameters
    ----------
    matrix : array, shape (n_functions, n_functions)
        K of least squares.
    coefficients : array, shape (n_functions, n_state)
        C of X = Psi_X C.
    basis : array, shape (n_functions, rank)
        Orthonormal directions with information.
    strengths : real array, shape (rank,)
        Eigenvalues of G there.
    """

    matrix: Array
    coefficients: Array
    basis: Array
    strengths: Array

    @property
    def rank(self) -> int:
        """The number of directions kept."""
        return int(self.basis.shape[1])

    @property
    def reduced(self) -> bool:
        """Whether directions were dropped."""
        return self.rank < self.basis.shape[0]

    @property
    def condition(self) -> float:
        """The condition number of G on the directions kept; 1 without any."""
        if not self.rank:
            return 1.0
        xp = namespace(self.strengths)
        return float(scalar(xp.max(self.strengths) / xp.min(self.strengths)))

    def inverse(self, right: Array) -> Array:
        """Return G^+ times a matrix.

        Parameters
        ----------
        right : array, shape (n_functions, k)
            Right sides.

        Returns
        -------
        solution : array, shape (n_functions, k)
            Of smallest norm.
        """
        return self.basis @ ((adjoint(self.basis) @ right) / self.strengths[:, None])


def scaled_pencil(state: GramState) -> Pencil:
    """Return the Gram matrices of columns of norm 1.

    Parameters
    ----------
    state : GramState
        Of either form.

    Returns
    -------
    pencil : Pencil
        A function that vanishes on all samples, or whose norm has no inverse among the
        numbers, keeps its scale, 1.
    """
    xp = namespace(state.blocks)
    n = state.n_functions
    total = state.mass if state.uniform else 1.0
    if state.form == "qr":
        r = state.blocks / total**0.5
        norms = norm(r[:n, :n], axis=0)
    else:
        norms = xp.sqrt(xp.maximum(xp.real(xp.linalg.diagonal(state.G)), 0.0))
    limits = xp.finfo(norms.dtype)
    least = float(limits.smallest_normal) / float(limits.eps)
    norms = xp.where(norms > least, norms, 1.0)
    if state.form == "qr":
        r11, r12, r22 = r[:n, :n] / norms, r[:n, n:] / norms, r[n:, n:] / norms
        g, a = adjoint(r11) @ r11, adjoint(r11) @ r12
        image = adjoint(r12) @ r12 + adjoint(r22) @ r22
        return Pencil(norms, g, a, image, (r11, r12, r22))
    each = norms[:, None]
    return Pencil(
        norms,
        state.G / norms / each,
        state.A / norms / each,
        state.L / norms / each,
        None,
    )


def project(
    pencil: Pencil, moments: Array, *, tolerance: float, rank: int | None
) -> Projection:
    """Return K on the directions with information.

    Parameters
    ----------
    pencil : Pencil
        Scaled.
    moments : array, shape (n_functions, n_state)
        Psi_X* W X of the scaled functions.
    tolerance : float
        Eigenvalues of G at most this times the largest are dropped.
    rank : int or None
        At most so many directions.

    Returns
    -------
    projection : Projection
        Of smallest norm where directions were dropped.
    """
    xp = namespace(pencil.G)
    if pencil.factors is None:
        values, vectors = eigh(pencil.G)
        values, vectors = xp.flip(values), xp.flip(vectors, axis=1)
    else:
        left, roots, right = svd(pencil.factors[0])
        values, vectors = roots**2, adjoint(right)
    cut = max(tolerance * float(scalar(values[0])), 0.0)
    kept = int(scalar(xp.count_nonzero(values > cut)))
    kept = kept if rank is None else min(kept, rank)
    basis, strengths = vectors[:, :kept], values[:kept]
    if pencil.factors is None:
        matrix = basis @ ((adjoint(basis) @ pencil.A) / strengths[:, None])
    else:
        # Not through A = R11* R12: that would square the condition number.
        right_side = adjoint(left[:, :kept]) @ pencil.factors[1]
        matrix = basis @ (right_side / roots[:kept, None])
    projection = Projection(matrix, moments, basis, strengths)
    return dataclasses.replace(projection, coefficients=projection.inverse(moments))


def refined(
    projection: Projection, pencil: Pencil, panels: Panels, total: float
) -> Projection:
    """Return K corrected by what Psi_Y - Psi_X K still has in the span of Psi_X.

    Parameters
    ----------
    projection : Projection
        From the Gram matrices alone.
    pencil : Pencil
        With the scale of its columns.
    panels : Panels
        The pairs; one pass a correction, at most 3.
    total : float
        By what sums over the samples are divided.

    Returns
    -------
    projection : Projection
        The error of K falls by about condition * unit_roundoff a pass.
    """
    matrix = projection.matrix
    eps = float(namespace(matrix).finfo(matrix.dtype).eps)
    for _ in range(MOST_CORRECTIONS):
        right: Array = None
        for panel in panels:
            psi_x = panel.psi_x / pencil.scale
            miss = panel.psi_y / pencil.scale - psi_x @ matrix
            right = gram(psi_x, miss, out=right)
        change = projection.inverse(right / total)
        matrix = matrix + change
        # The next change is smaller by the same factor: its square is rounding.
        if norm(change) <= eps**0.5 * norm(matrix):
            break
    return dataclasses.replace(projection, matrix=matrix)


def adjoint(a: Array) -> Array:
    """Return A*.

    Parameters
    ----------
    a : array, shape (m, n)
        A.

    Returns
    -------
    adjoint : array, shape (n, m)
        Its complex conjugate, transposed.
    """
    return namespace(a).conj(a).T
