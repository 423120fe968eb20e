"""The smallest singular value of [A - z B; C] for many shifts z, by one reduction.

Unitary factors do not change singular values: with the Schur form A = Q T Q*, or QZ,
A = Q S Z* and B = Q R Z*, they are those of [S - z R; C Z], the first block triangular.
Inverse Lanczos then falls to sigma_min from above, and is run for 6, 12, 24, 48 and 100
steps on the points that have not settled. A round that a point is not going to end is
left out for it: the change of theta falls faster than geometrically, so that a round of
m steps is worth trying after one of k if change^(1.5 m / k) is below the tolerance. What is
computed for a point depends on that point alone. With C, the two triangles are made one
by a QR factorization a shift; C* C, which loses half of the digits, is never formed.

References: Trefethen and Embree (2005), chapter 39; Lui (1997).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.arguments import positive
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.backend.kernels.resolvent import smallest_singular, smallest_singular_pencil
from perturbsci.backend.linalg import norm, qr, qz, schur, sort_spectrum
from perturbsci.backend.operands import lapack, returned, shared_namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = [
    "Shifted",
    "clean_family",
    "clean_tolerance",
    "dense_matrix",
    "folded",
    "reduce_shifted",
]

ROUNDS = (6, 12, 24, 48, 100)
MOST_POINTS = 512  # at once: their scratch stays near the processor
LARGEST = 5000


def dense_matrix(value: Array, name: str = "matrix") -> Array:
    """Return a clean square matrix that a dense routine can take.

    Parameters
    ----------
    value : array_like, shape (n, n)
        The matrix.
    name : str
        The argument, for messages.

    Returns
    -------
    matrix : array, shape (n, n)
        Clean.

    Raises
    ------
    ShapeError
        If it is not square.
    ParameterError
        If it is too large, or an entry is not finite.
    """
    matrix = as_array(value, name=name, ndim=2)
    rows, columns = matrix.shape
    if rows != columns:
        raise ShapeError(
            f"{name} has shape {tuple(matrix.shape)}, needed a square matrix; pass its "
            "square part, and further rows as lower where there is such an argument"
        )
    if rows > LARGEST:
        raise ParameterError(
            f"{name} has n = {rows}, needed at most {LARGEST} in a dense routine; project "
            "it onto an invariant subspace of the eigenvalues of interest first"
        )
    return matrix


def clean_tolerance(tolerance: object) -> float:
    """Return a tolerance, checked to be a positive number below 1.

    Parameters
    ----------
    tolerance : object
        Relative.

    Returns
    -------
    tolerance : float
        The same.

    Raises
    ------
    ParameterError
        If it is none.
    """
    checked = positive(tolerance, "tolerance")
    if checked >= 1:
        raise ParameterError(
            f"tolerance is {tolerance!r}; pass a relative change below 1, say 1e-6"
        )
    return checked


@dataclass(frozen=True, slots=True, eq=False)
class Shifted:
    """The family [S - z R; L] that has the singular values of [A - z B; C].

    Parameters
    ----------
    s : complex array, shape (n, n)
        Upper triangular.
    r : complex array, shape (n, n), optional
        Upper triangular; None is the identity.
    stacked : complex array, shape (p, n), optional
        L, upper trapezoidal with p <= n; None where there is no C.
    size, mass_size : float
        ||A||_2 and ||B||_2; the latter 0 for the identity.
    backward_error : float
        How far the factors are from exact ones, in the Frobenius norm.
    """

    s: Array
    r: Array | None
    stacked: numpy.ndarray | None
    size: float
    mass_size: float
    backward_error: float

    def floor(self, points: numpy.ndarray) -> numpy.ndarray:
        """Return below what a singular value cannot be resolved.

        Parameters
        ----------
        points : complex array, shape (k,)
            z.

        Returns
        -------
        floor : real array, shape (k,)
            10 n unit_roundoff ||A||, with B also the rounding of z B.
        """
        scale = self.size + self.mass_size * numpy.abs(points)
        return 10 * self.s.shape[0] * numpy.finfo(points.dtype).eps * scale

    def sigma(
        self, points: numpy.ndarray, tolerance: float
    ) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
        """Return sigma_min from above, its last change, and the steps that it took.

        Parameters
        ----------
        points : complex array, shape (k,)
            z, on the host.
        tolerance : float
            Relative change of the Ritz value over two steps.

        Returns
        -------
        sigma, change : real array, shape (k,)
            On the host.
        steps : int array, shape (k,)
            The round that ended the point.
        """
        if self.stacked is None:
            return _in_rounds(self._after, points, tolerance)
        sigma, change = numpy.empty((2, len(points)), points.real.dtype)
        steps = numpy.zeros(len(points), numpy.int64)
        zero = numpy.zeros(1, points.dtype)
        for k, z in enumerate(points):
            one = slice(k, k + 1)
            after = _of_triangle(self._joined(z))
            sigma[one], change[one], steps[one] = _in_rounds(after, zero, tolerance)
        return sigma, change, steps

    def _after(
        self, points: numpy.ndarray, steps: int
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        (z,) = returned(self.s, points)
        if self.r is None:
            sigma, change = smallest_singular(self.s, z, steps)
        else:
            sigma, change = smallest_singular_pencil(self.s, self.r, z, steps)
        return to_host(sigma), to_host(change)

    def _joined(self, z: complex) -> numpy.ndarray:
        """Return the triangle R of the QR factorization of [S - z R; L]."""
        s = to_host(self.s)
        top = s - z * (
            numpy.eye(len(s), dtype=s.dtype) if self.r is None else to_host(self.r)
        )
        rows = len(self.stacked) if self.stacked is not None else 0
        (tpqrt,) = lapack().get_lapack_funcs(("tpqrt",), (s,))
        triangle, *_ = tpqrt(rows, min(32, len(s)), top, self.stacked)
        return numpy.triu(triangle)

    def eigenvalues(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Return the eigenvalues of A - z B and their conditions.

        Returns
        -------
        values : complex array, shape (n,)
            Canonical order, infinite ones first.
        condition : real array, shape (n,)
            ||x|| ||y|| / abs(y* B x): how far an eigenvalue moves a unit of perturbation
            of A; NaN with C, where sigma need not vanish at an eigenvalue.
        """
        s = to_host(self.s)
        r = None if self.r is None else to_host(self.r)
        with numpy.errstate(divide="ignore", invalid="ignore"):
            values, left, right = lapack().eig(s, r, left=True, check_finite=False)
            image = right if r is None else r @ right
            overlap = numpy.abs(numpy.sum(left.conj() * image, axis=0))
            condition = norm(left, axis=0) * norm(right, axis=0) / overlap
        values = numpy.where(numpy.isfinite(values), values, numpy.inf).astype(s.dtype)
        if self.stacked is not None:
            condition = numpy.full_like(condition, numpy.nan)
        ordered, condition = sort_spectrum(values, condition)
        return ordered, condition


def _of_triangle(
    triangle: numpy.ndarray,
) -> Callable[[numpy.ndarray, int], tuple[numpy.ndarray, numpy.ndarray]]:
    return lambda z, steps: smallest_singular(triangle, z, steps)


def _in_rounds(
    after: Callable[[numpy.ndarray, int], tuple[numpy.ndarray, numpy.ndarray]],
    points: numpy.ndarray,
    tolerance: float,
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Return sigma, change and steps; ``after(points, steps)`` gives the first two."""
    sigma = numpy.empty(points.shape, points.real.dtype)
    change = numpy.empty_like(sigma)
    ended = numpy.zeros(points.shape, numpy.int64)
    due = numpy.full(points.shape, ROUNDS[0])
    for number, steps in enumerate(ROUNDS):
        active = numpy.flatnonzero(due == steps)
        for start in range(0, len(active), MOST_POINTS):
            block = active[start : start + MOST_POINTS]
            sigma[block], change[block] = after(points[block], steps)
        ended[active] = steps
        due[active] = _next_round(change[active], ROUNDS[number:], tolerance)
    return sigma, change, ended


def _next_round(
    change: numpy.ndarray, rounds: tuple[int, ...], tolerance: float
) -> numpy.ndarray:
    """Return the round that comes after ``rounds[0]``; 0 where the point has settled."""
    due = numpy.full(change.shape, rounds[-1])
    for steps in reversed(rounds[1:]):
        due[change ** (1.5 * steps / rounds[0]) <= tolerance] = steps
    due[change <= tolerance] = 0
    return due


def clean_family(
    matrix: Array, mass: Array | None, lower: Array | None
) -> tuple[Array, Array | None, Array | None]:
    """Return clean matrices A, B, C of [A - z B; C].

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        A.
    mass : array_like, shape (n, n), optional
        B.
    lower : array_like, shape (p, n), optional
        C.

    Returns
    -------
    a, b, c : array, shape (n, n), (n, n) and (p, n), or None
        Of one precision, on one device.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If precisions are mixed, or an argument cannot be used.
    """
    a = dense_matrix(matrix)
    b = None if mass is None else dense_matrix(mass, "mass")
    c = None if lower is None else as_array(lower, name="lower", ndim=2)
    shared_namespace({"matrix": a, "mass": b, "lower": c})
    if b is not None and b.shape != a.shape:
        raise ShapeError(
            f"mass has shape {tuple(b.shape)} but matrix has {tuple(a.shape)}; needed one "
            "size for the pencil A - z B"
        )
    if c is not None and c.shape[1] != a.shape[1]:
        raise ShapeError(
            f"lower has shape {tuple(c.shape)} but matrix has {tuple(a.shape)}; needed "
            f"{a.shape[1]} columns, since it stands below the matrix"
        )
    return a, b, c


def reduce_shifted(a: Array, b: Array | None, c: Array | None) -> Shifted:
    """Reduce [A - z B; C] by unitary factors.

    Parameters
    ----------
    a : array, shape (n, n)
        A, clean as all of them.
    b : array, shape (n, n), optional
        B; default the identity.
    c : array, shape (p, n), optional
        C.

    Returns
    -------
    shifted : Shifted
        Of the precision of A.
    """
    xp = namespace(a)
    r = None
    if b is None:
        s, z = schur(a)
        q = z
    else:
        s, r, q, z = qz(a, b)
    size = float(xp.linalg.svdvals(a)[0])
    error = norm(a @ z - q @ s) + size * norm(xp.conj(z).T @ z - xp.eye(len(z)))
    if b is not None:
        error += norm(b @ z - q @ r)
    return Shifted(
        s=s,
        r=r,
        stacked=None if c is None else to_host(qr(xp.astype(c, s.dtype) @ z)[1]),
        size=size,
        mass_size=0.0 if b is None else float(xp.linalg.svdvals(b)[0]),
        backward_error=float(error),
    )


def folded(points: numpy.ndarray, *matrices: Array | None) -> numpy.ndarray:
    """Return points in the closed upper half plane if all matrices are real.

    Parameters
    ----------
    points : real or complex array, shape (k,)
        z.
    *matrices : array, shape (...), or None
        sigma(conj(z)) = sigma(z) if none is complex.

    Returns
    -------
    points : complex array, shape (k,)
        Of the precision of the matrices.
    """
    given = [matrix for matrix in matrices if matrix is not None]
    z = points.astype(numpy.result_type(*[x.dtype for x in given], numpy.complex64))
    is_real = all(matrix.dtype.kind == "f" for matrix in given)
    return numpy.where(z.imag < 0, z.conj(), z) if is_real else z
