"""Friction and diffusion of a density on a velocity grid, evaluated and solved for.

P f = a div(xi f) + b Laplacian f = sum_i G_i f, G one matrix a direction: the spectral
a d/dxi xi + b d^2/dxi^2. Beyond 0.8 half widths xi is led back to 0, smoothly: its jump at
the boundary would make modes that grow, where it is led back the largest eigenvalues are
those of the unbounded operator, 0, -a, -2 a. Explicitly, waves far from xi = 0 run at
speed a |xi| and are unstable however well they are damped near 0; so P is solved for.
With the Schur form G = U T U^H, the same in every direction,

    s f - P f = r   becomes   s Y - T Y - Y T^H = X,   X = U^H r U,   f = U Y U^H,

solved by back substitution; a third direction is one more of them. (The eigenvectors of G
are as ill-conditioned as a Maxwellian is small at the boundary, U is unitary; sweeps along
alternating directions converge slowly where s is small and amplify what they leave.)

References: Bartels and Stewart (1972).
"""

from dataclasses import dataclass

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import to_host
from perturbsci.multiscale.velocity import VelocityGrid
from perturbsci.types import Array

__all__ = ["FokkerPlanck"]

TAPER = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class FokkerPlanck:
    """The two parts of the operator in one direction.

    Parameters
    ----------
    friction, diffusion : real array, shape (n, n)
        d/dxi xi (led back to 0 at the boundary) and d^2/dxi^2 of trigonometric
        interpolants, on the host.
    """

    friction: numpy.ndarray
    diffusion: numpy.ndarray

    @staticmethod
    def of(grid: VelocityGrid) -> "FokkerPlanck":
        """Return the operator on a grid.

        Parameters
        ----------
        grid : VelocityGrid
            The nodes.

        Returns
        -------
        operator : FokkerPlanck
            For densities on this grid.
        """
        n = grid.n
        k = numpy.fft.fftfreq(n, 1 / n) * numpy.pi / grid.half_width
        odd = numpy.where(abs(k) < abs(k).max(), k, 0.0)
        waves = numpy.fft.fft(numpy.eye(n), axis=0)
        first = numpy.fft.ifft(1j * odd[:, None] * waves, axis=0).real
        second = numpy.fft.ifft(-(k[:, None] ** 2) * waves, axis=0).real
        nodes = to_host(grid.nodes)
        beyond = numpy.maximum(abs(nodes) / grid.half_width - TAPER, 0.0) / (1 - TAPER)
        return FokkerPlanck(first * (nodes * numpy.cos(numpy.pi / 2 * beyond) ** 2), second)

    def applied(self, f: Array, friction: float, diffusion: float) -> Array:
        """Return P f.

        Parameters
        ----------
        f : real array, shape (n, ..., n)
            A density.
        friction, diffusion : float
            a and b.

        Returns
        -------
        change : real array, shape (n, ..., n)
            Sum over the directions.
        """
        G = friction * self.friction + diffusion * self.diffusion
        G = namespace(f).asarray(G, dtype=f.dtype)
        total = _along(G, f, 0)
        for axis in range(1, f.ndim):
            total = total + _along(G, f, axis)
        return total

    def solved(self, rhs: Array, shift: float, friction: float, diffusion: float) -> Array:
        """Return f with s f - P f = rhs.

        Parameters
        ----------
        rhs : real array, shape (n, ..., n)
            r.
        shift, friction, diffusion : float
            s, positive, a and b, not negative.

        Returns
        -------
        density : real array, shape (n, ..., n)
            On the device of ``rhs``; the triangular equations are solved on the host.
        """
        if friction == diffusion == 0:
            return rhs / shift
        from scipy.linalg import schur  # noqa: PLC0415 (takes a tenth of a second)

        G = friction * self.friction + diffusion * self.diffusion
        T, U = schur(G, output="complex")
        X = to_host(rhs).astype(numpy.complex128)
        for axis in range(X.ndim):
            X = _along(U.conj().T if axis == 0 else U.T, X, axis)
        Y = _triangular_solution(T, X, shift)
        for axis in range(Y.ndim):
            Y = _along(U if axis == 0 else U.conj(), Y, axis)
        xp = namespace(rhs)
        return xp.asarray(Y.real, dtype=rhs.dtype, device=rhs.device)


def _triangular_solution(T: numpy.ndarray, X: numpy.ndarray, shift: float) -> numpy.ndarray:
    """Return Y with s Y - T Y - Y T^H (- Y T^H along a third axis) = X, T triangular."""
    from scipy.linalg.lapack import ztrsyl  # noqa: PLC0415 (takes a tenth of a second)

    if X.ndim == 2:
        Y, scale, _ = ztrsyl(shift * numpy.eye(len(T)) - T, -T, X, tranb="C")
        return Y / scale
    Y = numpy.empty_like(X)
    for k in reversed(range(len(T))):
        known = Y[..., k + 1 :] @ T[k, k + 1 :].conj()
        Y[..., k] = _triangular_solution(T, X[..., k] + known, shift - T[k, k].conj())
    return Y


def _along(matrix: Array, f: Array, axis: int) -> Array:
    """Return a matrix times f along one axis."""
    if axis == 0:
        return (matrix @ f.reshape(f.shape[0], -1)).reshape(f.shape)
    if axis == f.ndim - 1:
        return f @ matrix.T
    return matrix @ f  # the middle one of three
