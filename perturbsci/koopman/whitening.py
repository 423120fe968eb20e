"""Gram matrices in a basis in which G is the identity: the functions have norm 1 there.

With a basis B of the directions that carry information, B* G B = 1, the residual of
g = Psi B w at z is

    ||(K - z) g||^2 = w* (L - z A* - conj(z) A + |z|^2) w,   A <- B* A B, L <- B* L B,

and with the factor R = [R11 R12; 0 R22] of sqrt(W) [Psi_X Psi_Y] and R11 B = U it is the
squared norm of [U* R12 B - z; C] w, where C* C = L - A* A was never subtracted. Functions
are scaled to norm 1 first; directions below N unit roundoffs of the largest are dropped.
"""

import math
from dataclasses import dataclass
from types import ModuleType

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.backend.linalg import eigh, norm, qr, solve_triangular, svd
from perturbsci.errors import ParameterError
from perturbsci.koopman.projection import Pencil
from perturbsci.types import Array

__all__ = ["Factors", "Whitened", "whiten"]

LARGEST = 20000  # a dense matrix of this size takes 3.2 GB, and three are needed


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """The blocks of R in the orthonormal right singular vectors V of R11 = U S V*.

    Parameters
    ----------
    singular : real array, shape (r,)
        S.
    mass, image : array, shape (2 n_functions, r)
        [R11; 0] V and [R12; R22] V.
    """

    singular: Array
    mass: Array
    image: Array

    def minimum(self, z: complex) -> tuple[float, Array]:
        """Return the smallest residual at a point without squaring anything.

        The singular value decomposition loses the condition of R11, but only once; two
        steps of inverse iteration with the pencil itself bring it back.

        Parameters
        ----------
        z : complex
            The point.

        Returns
        -------
        residual : float
            Down to about 1e-15.
        w : array, shape (r,)
            In the whitened basis, of norm 1.
        """
        xp = namespace(self.image)
        pencil = self.image - z * self.mass
        triangle = qr(pencil)[1]
        diagonal = xp.abs(xp.linalg.diagonal(triangle))
        tiny = float(xp.finfo(diagonal.dtype).eps) * float(scalar(xp.max(diagonal)))
        vanishing = xp.astype(diagonal <= tiny, triangle.dtype)  # exact eigenvalues
        triangle = triangle + tiny * xp.eye(len(diagonal), dtype=triangle.dtype) * vanishing
        w = xp.conj(svd(triangle / self.singular)[2][-1])
        for _ in range(2):
            y = solve_triangular(triangle, self.singular * w, trans="C")
            w = self.singular * solve_triangular(triangle, y)
            w = w / norm(w)
        return float(scalar(norm(pencil @ (w / self.singular)))), w


@dataclass(frozen=True, slots=True, eq=False)
class Whitened:
    """A and L in a basis in which G is the identity.

    Parameters
    ----------
    cross : array, shape (r, r)
        B* A B.
    level : array, shape (r, r)
        B* L B.
    lower : array, shape (p, r), or None
        C; None for the form "gram".
    basis : array, shape (n_functions, r)
        B of the functions as they are.
    scale : real array, shape (n_functions,)
        Norms of the functions; ``scale[:, None] * basis`` is B of the scaled ones.
    sizes : tuple of float
        ||G||, ||A||, ||L|| of the scaled functions, or upper bounds.
    unit_roundoff : float
        Of the precision of the data.
    factors : Factors or None
        Of the form "qr".
    """

    cross: Array
    level: Array
    lower: Array | None
    basis: Array
    scale: Array
    sizes: tuple[float, float, float]
    unit_roundoff: float
    factors: Factors | None = None

    @property
    def rank(self) -> int:
        """The number r of directions that carry information."""
        return int(self.basis.shape[1])

    def measured(self, z: Array, w: Array) -> tuple[Array, Array, Array]:
        """Return the residuals of functions, their floors, and their lengths.

        Parameters
        ----------
        z : array, shape (b,)
            Points.
        w : array, shape (b, r)
            Functions in the whitened basis, of norm 1.

        Returns
        -------
        residuals : real array, shape (b,)
            0 where rounding made the square negative.
        floors : real array, shape (b,)
            What is below is rounding: sqrt(32 u (||L|| + 2 abs(z) ||A|| + abs(z)^2 ||G||))
            times ||v|| of the scaled functions; without squares 32 u instead of its root.
        stretch : real array, shape (b,)
            ||v||^2 of the functions as they are.
        """
        xp = namespace(z, w)
        image = _times(self.cross, w)
        modulus = xp.abs(z)
        g, a, size = self.sizes
        spread = xp.sqrt(size + 2 * a * modulus + g * modulus**2)
        scaled = _times(self.scale[:, None] * self.basis, w)
        lengths = norm(scaled, axis=1)
        with numpy.errstate(over="ignore"):  # no bound comes from an infinite one
            stretch = norm(scaled / self.scale, axis=1) ** 2
        if self.lower is not None:
            miss = norm(image - z[:, None] * w, axis=1)
            residuals = xp.hypot(miss, norm(_times(self.lower, w), axis=1))
            return residuals, 32 * self.unit_roundoff * spread * lengths, stretch
        form = xp.real(xp.vecdot(w, _times(self.level, w)))
        form = form - 2 * xp.real(xp.conj(z) * xp.vecdot(w, image)) + modulus**2
        residuals = xp.sqrt(xp.maximum(form, 0 * form))
        return residuals, math.sqrt(32 * self.unit_roundoff) * spread * lengths, stretch


def _times(matrix: Array, w: Array) -> Array:
    """Return the rows matrix @ w[k]; real times complex without a complex matrix."""
    xp = namespace(matrix, w)
    if matrix.dtype == w.dtype:
        return w @ matrix.T
    if xp.isdtype(w.dtype, "real floating"):
        return xp.astype(w, matrix.dtype) @ matrix.T
    if xp.isdtype(matrix.dtype, "complex floating"):
        return w @ matrix.T
    return xp.real(w) @ matrix.T + 1j * (xp.imag(w) @ matrix.T)


def whiten(pencil: Pencil) -> Whitened:
    """Return A and L in a basis in which G is the identity.

    Parameters
    ----------
    pencil : Pencil
        Of functions scaled to norm 1.

    Returns
    -------
    whitened : Whitened
        In double precision; of rank 0 if all functions vanish.

    Raises
    ------
    ParameterError
        If there are more than 20000 functions.

    Notes
    -----
    About 25 N^3 flops.
    """
    n = len(pencil.scale)
    if n > LARGEST:
        raise ParameterError(
            f"data has {n} functions, whose dense matrices would take "
            f"{5 * 16 * n**2 / 1e9:.3g} GB, at most {LARGEST} fit; compress the dictionary"
        )
    xp = namespace(pencil.G)
    roundoff = float(xp.finfo(pencil.G.dtype).eps) / 2
    is_real = xp.isdtype(pencil.G.dtype, "real floating")
    g, a, image = (
        xp.astype(each, xp.float64 if is_real else xp.complex128)
        for each in (pencil.G, pencil.A, pencil.L)
    )
    scale = xp.astype(pencil.scale, xp.float64)
    if pencil.factors is not None:
        blocks = [xp.astype(each, g.dtype) for each in pencil.factors]
        return _from_factors(xp, scale, blocks, roundoff)
    values, vectors = eigh(g)
    kept = values > max(2 * n * roundoff * float(scalar(values[-1])), 0.0)
    basis = vectors[:, kept] / xp.sqrt(values[kept])
    adjoint = xp.conj(basis).T
    level = adjoint @ image @ basis
    top = max(float(scalar(values[-1])), 0.0)
    largest = max(float(scalar(eigh(image)[0][-1])), 0.0)
    return Whitened(
        cross=adjoint @ a @ basis,
        level=(level + xp.conj(level).T) / 2,
        lower=None,
        basis=basis / scale[:, None],
        scale=scale,
        sizes=(top, math.sqrt(top * largest), largest),
        unit_roundoff=roundoff,
    )


def _from_factors(
    xp: ModuleType, scale: Array, blocks: list[Array], roundoff: float
) -> Whitened:
    """Return the same from R11, R12, R22, none of which is squared."""
    r11, r12, r22 = blocks
    u, singular, vh = svd(r11)
    limits = xp.finfo(singular.dtype)
    least = float(limits.smallest_normal) / float(limits.eps)
    kept = singular > xp.maximum(2 * len(scale) * roundoff * singular[0], least)
    u, singular, v = u[:, kept], singular[kept], xp.conj(vh[kept]).T
    basis = v / singular
    top = r12 @ basis
    cross = xp.conj(u).T @ top
    lower = qr(xp.concat([top - u @ cross, r22 @ basis], axis=0))[1]
    size = float(scalar(norm(r12))) ** 2 + float(scalar(norm(r22))) ** 2
    g = float(scalar(singular[0])) ** 2 if len(singular) else 0.0
    return Whitened(
        cross=cross,
        level=xp.conj(cross).T @ cross + xp.conj(lower).T @ lower,
        lower=lower,
        basis=basis / scale[:, None],
        scale=scale,
        sizes=(g, math.sqrt(g * size), size),
        unit_roundoff=roundoff,
        factors=Factors(
            singular,
            xp.concat([r11 @ v, 0 * (r22 @ v)], axis=0),
            xp.concat([r12 @ v, r22 @ v], axis=0),
        ),
    )
