"""The function of smallest residual at many points, as the lowest eigenpair of M(z).

    M(z) = L - z A* - conj(z) A + |z|^2 G,   z = x + i y,
         = (L - x H + |z|^2 G) + i y S,      H = A + A*, S = A - A*, G = 1.

It is found by inverse iteration. M(z) minus a shift has a Cholesky factor if and only if
the shift lies below the smallest eigenvalue: the factorization that the iteration needs
proves a lower bound. The shift is 0.98 tau^2, tau continued from the two points before and
at most that of the neighbor's minimizer, else (tau - |z - z'|)^2, because tau is
1-Lipschitz, else just below 0. The block Lanczos iteration starts with that minimizer and
with one vector without pattern, since by a symmetry the neighbor's may be orthogonal to
what is sought. Points that do not settle, or whose Ritz value is not their quotient, are
solved by a dense eigensolver.

A point depends on the points of its block of 64 alone, so that the result is bitwise the
same for every number of threads.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import blocks, scalar
from perturbsci.backend.blas_threads import one_blas_thread
from perturbsci.backend.operands import errors_raised, lapack
from perturbsci.backend.workers import run_in_pieces, thread_count
from perturbsci.koopman.whitening import Whitened
from perturbsci.types import Array

__all__ = ["Family", "visit_minimizers"]

DENSE = 64  # below this size a dense eigensolver is faster
BLOCK = 64  # points in a sequence of warm starts
STEPS = 30
WIDTH = 2
FIRST = 3  # the step from which on Ritz values are looked at
COARSE = 1e-6  # relative change of the second Ritz value that is small
SLACK = 1e3  # this share of the rounding of an eigenvalue is not waited for
CAUTION = 0.95  # a share of the smallest eigenvalue: below it a factor is proof enough
EAGERNESS = 0.98  # a share of the expected one: nearer to it fails, farther proves nothing

Visitor = Callable[[slice, Array], None]


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """The Hermitian matrices M(z), and the residuals that they give.

    Parameters
    ----------
    level, sum, difference : array, shape (r, r)
        L, H = A + A*, S = A - A*.
    size : float
        ||L|| + 2 ||A||, to tell rounding.
    """

    level: Array
    sum: Array
    difference: Array
    size: float

    @staticmethod
    def of(whitened: Whitened) -> "Family":
        """Return the family of a whitened Gram state.

        Parameters
        ----------
        whitened : Whitened
            Of rank 1 or more.

        Returns
        -------
        family : Family
            On the same device.
        """
        xp = namespace(whitened.level)
        adjoint = xp.conj(whitened.cross).T
        bound = math.sqrt(float(scalar(xp.linalg.eigvalsh(whitened.level)[-1])))
        return Family(
            whitened.level,
            whitened.cross + adjoint,
            whitened.cross - adjoint,
            bound**2 + 2 * bound,  # ||A|| <= ||G||^(1/2) ||L||^(1/2)
        )

    def matrices(self, z: Array) -> Array:
        """Return M at points.

        Parameters
        ----------
        z : real or complex array, shape (b,)
            Real ones of real data give real matrices.

        Returns
        -------
        matrices : array, shape (b, r, r)
            Hermitian.
        """
        xp = namespace(self.level, z)
        x, y = xp.real(z)[:, None, None], xp.imag(z)[:, None, None]
        if not xp.isdtype(z.dtype, "complex floating"):
            m = self.level - x * self.sum
        elif xp.isdtype(self.level.dtype, "complex floating"):
            m = self.level - x * self.sum + 1j * y * self.difference
        else:  # three times faster than complex products
            m = xp.empty((len(z), *self.level.shape), dtype=z.dtype, device=z.device)
            m.real[...] = self.level - x * self.sum
            m.imag[...] = y * self.difference
        _diagonals(xp, m)[...] += xp.abs(z)[:, None] ** 2
        return m

    def rounding(self, z: Array) -> Array:
        """Return how far rounding may move an eigenvalue of M(z).

        Parameters
        ----------
        z : array, shape (b,)
            Points.

        Returns
        -------
        rounding : real array, shape (b,)
            4 r unit_roundoff ||M||.
        """
        xp = namespace(z)
        size = self.size + xp.abs(z) * (xp.abs(z) + self.size)
        return 4 * self.level.shape[0] * 2.0**-53 * size


def _diagonals(xp: ModuleType, m: Array) -> Array:
    """Return the diagonals of a stack of matrices, as a view that can be written."""
    return xp.reshape(m, (len(m), -1))[:, :: m.shape[1] + 1]


def visit_minimizers(
    family: Family, points: Array, tolerance: float, visit: Visitor
) -> None:
    """Find the minimizer of every point, and hand them over block by block.

    Parameters
    ----------
    family : Family
        M(z).
    points : real or complex array, shape (k,)
        Neighbors in the plane stand beside each other.
    tolerance : float
        Relative change of the square root of the eigenvalue over two steps.
    visit : callable
        ``visit(block, w)`` with the slice of the points and w of shape (b, r), of norm 1;
        called from several threads.
    """
    if not len(points):
        return
    r = family.level.shape[0]
    if isinstance(family.level, numpy.ndarray):
        work = len(points) * r**3
        count = thread_count("pseudospectrum", work, None)
        arguments = (family, points, tolerance, visit)
        with one_blas_thread():  # threads go over points
            if count == 1:
                _host_entry(0, len(points), *arguments)
            else:
                run_in_pieces(_host_entry, len(points), arguments, count)
        return
    for block in blocks(len(points), 160 * r**2):
        visit(block, _on_device(family, points[block], tolerance))


def _host_entry(
    begin: int, end: int, family: Family, points: Array, tolerance: float, visit: Visitor
) -> None:
    """Serve the points from begin to end; begin is a multiple of 64."""
    for start in range(begin, end, BLOCK):
        block = slice(start, min(start + BLOCK, end))
        if family.level.shape[0] <= DENSE:
            w = numpy.linalg.eigh(family.matrices(points[block]))[1][:, :, 0]
        else:
            w = _in_sequence(family, points[block], tolerance)
        visit(block, w)


def _in_sequence(family: Family, points: numpy.ndarray, tolerance: float) -> numpy.ndarray:
    """Return the minimizers of a block of points, one after the other."""
    found = numpy.empty((len(points), family.level.shape[0]), points.dtype)
    found = found.astype(numpy.result_type(points, family.level))
    fresh = _start(len(found[0]), found.dtype)
    neighbor, tau, slope = None, 0.0, 0j
    where = move = 0j
    for k in range(len(points)):
        (m,) = family.matrices(points[k : k + 1])
        rounding = float(family.rounding(points[k : k + 1])[0])
        shifts = [-rounding]
        start = fresh
        if neighbor is not None:
            move = complex(points[k]) - where
            lipschitz = max(tau - abs(move), 0.0) ** 2 - rounding
            quotient = float(numpy.vdot(neighbor, m @ neighbor).real)
            ahead = max(tau + (slope.conjugate() * move).real, 0.0) ** 2
            expected = EAGERNESS * min(ahead, quotient) - rounding
            shifts = [s for s in (expected, lipschitz) if s >= lipschitz] + shifts
            start = numpy.stack([neighbor, fresh[:, 0]], axis=1)
        neighbor, value = _shifted(m, shifts, start, tolerance, rounding)
        found[k] = neighbor
        before, tau = tau, math.sqrt(max(value, 0.0))
        if k:  # of tau along the last move
            slope = (tau - before) / move.conjugate()
        where = complex(points[k])
    return found


def _shifted(
    m: numpy.ndarray,
    shifts: list[float],
    start: numpy.ndarray,
    tolerance: float,
    rounding: float,
) -> tuple[numpy.ndarray, float]:
    """Return the lowest eigenvector of M and its quotient."""
    fresh = start[:, -1]
    tries = 3
    shifts = shifts[::-1]  # the last one comes first
    while shifts and tries:
        shift = shifts.pop()
        factor = _factor(m, shift)
        if factor is None:
            continue  # the smallest eigenvalue is below the shift
        bounds = numpy.array([[shift], [rounding / SLACK]])
        ritz, w, settled = _lanczos(_host_solver(factor), start[None], tolerance, *bounds)
        quotient = float(numpy.vdot(w[0], m @ w[0]).real)
        if settled[0] and _agree(quotient, float(ritz[0]), rounding):
            proof = CAUTION * quotient - 2 * rounding
            if shift >= proof or _factor(m, proof) is not None:
                return w[0], quotient
        # Once more with a shift close to a cluster of eigenvalues, which tells them apart.
        start = numpy.stack([w[0], fresh], axis=1)
        shifts += [(1 - share) * quotient - rounding for share in (1e-2, 1e-4)]
        tries -= 1
    values, vectors = lapack().eigh(m, subset_by_index=(0, 0), check_finite=False)
    return vectors[:, 0], float(values[0])


def _factor(m: numpy.ndarray, shift: float) -> numpy.ndarray | None:
    """Return the Cholesky factor of M - shift, None if there is none."""
    (diagonal,) = _diagonals(numpy, m[None])
    kept = diagonal.copy()
    diagonal -= shift
    try:
        return numpy.linalg.cholesky(m)
    except numpy.linalg.LinAlgError:
        return None
    finally:
        diagonal[...] = kept


def _agree(quotient: Array | float, ritz: Array | float, rounding: Array | float) -> Array:
    """Whether the true quotient confirms a Ritz value."""
    return abs(quotient - ritz) <= 1e-9 * abs(quotient) + rounding


def _host_solver(factor: numpy.ndarray) -> Callable[[numpy.ndarray], numpy.ndarray]:
    """Return x -> (C C*)^-1 x of a block of one matrix, by substitution."""
    upper = factor.T  # in the order of Fortran: C C* is upper^T conj(upper)
    (trsv,) = lapack().get_blas_funcs(("trsv",), (upper,))

    def solve(x: numpy.ndarray) -> numpy.ndarray:
        columns = [
            trsv(upper, trsv(upper, column, trans=1).conj()).conj() for column in x[0].T
        ]
        return numpy.stack(columns, axis=1)[None]

    return solve


def _lanczos(
    solve: Callable[[Array], Array],
    start: Array,
    tolerance: float,
    shift: Array,
    slack: Array,
) -> tuple[Array, Array, Array]:
    """Return Ritz value, Ritz vector, and whether it settled, of a stack of matrices.

    Block Lanczos with full orthogonalization for the inverse of M - shift; settled means
    that the last step changed the Ritz value by 2 tolerance at most, relatively, and the
    second one not much: while that one still falls, it may become the first. A change by
    ``slack`` is none.
    """
    xp = namespace(start)
    count, n, width = start.shape
    steps = min(STEPS, n // width - 1)
    kept = width * steps
    basis = xp.zeros((count, n, kept), dtype=start.dtype, device=start.device)
    small = xp.zeros((count, kept, kept), dtype=start.dtype, device=start.device)
    new = xp.linalg.qr(start)[0]
    inverse = xp.zeros_like(xp.real(new[:, 0, :]))
    tiny = xp.finfo(start.dtype).smallest_normal
    for k in range(steps):
        now, total = slice(width * k, width * (k + 1)), slice(0, width * (k + 1))
        basis[:, :, now] = new
        image = solve(new)
        new, mixed = _orthogonal(xp, basis[:, :, total], image)
        small[:, total, now] = mixed
        small[:, now, total] = xp.conj(mixed).mT
        if k < FIRST:
            continue
        before = inverse
        ritz = xp.linalg.eigvalsh(small[:, total, total])[:, -WIDTH:]
        inverse = 1 / xp.maximum(ritz, xp.full_like(ritz, tiny))
        values = xp.abs(shift[:, None] + inverse)
        change = xp.abs(inverse - before)
        settled = xp.all(change <= COARSE * values + slack[:, None], axis=1)
        settled &= change[:, -1] <= 2 * tolerance * values[:, -1] + slack
        if bool(scalar(xp.all(settled))):
            break
    vectors = xp.linalg.eigh(small[:, total, total])[1][:, :, -1:]
    w = (basis[:, :, total] @ vectors)[:, :, 0]
    w = w / xp.linalg.vector_norm(w, axis=1, keepdims=True)
    return shift + inverse[:, -1], w, settled


def _orthogonal(xp: ModuleType, basis: Array, image: Array) -> tuple[Array, Array]:
    """Return the part of the image that is new, orthonormal, and basis* image.

    Twice, because the first round leaves rounding where the image is almost in the span.
    """
    adjoint = xp.conj(basis).mT
    mixed = adjoint @ image
    image = image - basis @ mixed
    again = adjoint @ image
    return xp.linalg.qr(image - basis @ again)[0], mixed + again


def _start(n: int, dtype: numpy.dtype) -> numpy.ndarray:
    """Return two columns of numbers without pattern, from the golden angle."""
    k = numpy.arange(1, WIDTH * n + 1)
    wave = numpy.exp(2j * math.pi * k * (k * 0.6180339887498949 % 1.0))
    columns = wave.reshape(n, WIDTH)
    return columns if dtype.kind == "c" else columns.real + columns.imag


def _on_device(family: Family, z: Array, tolerance: float) -> Array:
    """Return the minimizers of a stack of points at once, without neighbors."""
    xp = namespace(family.level)
    m = family.matrices(z)
    if m.shape[1] <= DENSE:
        return xp.linalg.eigh(m)[1][:, :, 0]
    rounding = family.rounding(z)
    fresh = xp.asarray(_start(m.shape[1], numpy.dtype(m.dtype)), device=m.device)
    start = xp.broadcast_to(fresh, (len(z), *fresh.shape))
    value, w, left = _stacked(xp, m, -rounding, start, tolerance, rounding)
    if len(left):  # once more, with a shift close to what was found
        start = xp.stack([w[left], start[left, :, 0]], axis=2)
        shift = CAUTION * value[left] - rounding[left]
        _, w[left], again = _stacked(xp, m[left], shift, start, tolerance, rounding[left])
        left = left[again]
    if len(left):
        w[left] = xp.linalg.eigh(m[left])[1][:, :, 0]
    return w


def _stacked(
    xp: ModuleType, m: Array, shift: Array, start: Array, tolerance: float, rounding: Array
) -> tuple[Array, Array, Array]:
    """Return Ritz values and vectors, and the places of those that cannot be trusted."""
    below = xp.asarray(m, copy=True)
    _diagonals(xp, below)[...] -= shift[:, None]
    try:
        with errors_raised(m):
            factor = xp.linalg.cholesky(below)
    except numpy.linalg.LinAlgError:  # a shift of the stack is too large
        return shift, start[:, :, 0], xp.arange(len(m), device=m.device)
    inverse = _inverse(xp, factor)
    slack = rounding / SLACK
    value, w, settled = _lanczos(
        lambda x: xp.conj(inverse).mT @ (inverse @ x), start, tolerance, shift, slack
    )
    image = (m @ w[:, :, None])[:, :, 0]
    quotient = xp.real(xp.vecdot(w, image))
    trusted = settled & _agree(quotient, value, rounding)
    return value, w, xp.nonzero(~trusted)[0]


def _inverse(xp: ModuleType, lower: Array) -> Array:
    """Return the inverse of a stack of lower triangular matrices, by halves."""
    n = lower.shape[-1]
    if n <= 32:
        return xp.linalg.inv(lower)
    half = n // 2
    first, last = _inverse(xp, lower[:, :half, :half]), _inverse(xp, lower[:, half:, half:])
    below = -last @ (lower[:, half:, :half] @ first)
    right = xp.zeros_like(lower[:, :half, half:])
    return xp.concat(
        [xp.concat([first, right], axis=2), xp.concat([below, last], axis=2)], axis=1
    )
