"""Slab transport on cells and faces: implicit diffusion, upwind transport of what is left.

The density rho lives in cells, the even deviation g = r - rho and the odd part j at faces
(``parity`` has the equations). Implicit are the pair that becomes diffusion and all
collisions; explicit is the transport of g +- epsilon j, upwind with speed +-w/epsilon:

    rho_t         = -<w (j_{i+1/2} - j_{i-1/2})>/dx - s_a rho + S
    epsilon^2 g_t = -(1 - <.>) (epsilon w/2)(D^- G^+ - D^+ G^-) - s_s g - epsilon^2 s_a g
    epsilon^2 j_t = -w (rho_{i+1} - rho_i)/dx - (w/2)(D^- G^+ + D^+ G^-) - s_s j - ...

with G^+- = g +- epsilon j. Eliminating j leaves one periodic tridiagonal system for rho
whose diffusion is <w^2>/s_s times 1/(1 + epsilon^2/(h s_s)): the limit is the implicit heat
equation, and no parabolic step limit remains.

Where epsilon <= dx the transport of G is not resolved; its share in the solution is of the
size epsilon^2 <= dx^2. There it is multiplied by min(epsilon/dx, THETA s_s dx/epsilon):
the second keeps every step stable (spectral radius of the symbol at most 1 for ars111,
ars222, ars443, ssp222, dp242 and bdf2), the first keeps the upwind dissipation, which is
epsilon dx by itself, below epsilon^2. The change is within the truncation error.

References: Lemou and Mieussens (2008).
"""

import math
import threading

import numpy

from perturbsci.backend import fft, namespace, to_host
from perturbsci.backend.kernels.fluxes import (
    muscl_split_difference,
    upwind_split_difference,
)
from perturbsci.multiscale.diffusive import LARGEST, capped_square
from perturbsci.multiscale.upwinding import GHOSTS
from perturbsci.types import Array

__all__ = ["FaceTransport", "lattice_diffusion", "lattice_symbol"]

DIFFERENCES = {"upwind": upwind_split_difference, "muscl": muscl_split_difference}
THETA = 0.0625


class FaceTransport:
    """The explicit and the implicit part; each thread has its buffers.

    Parameters
    ----------
    width : float
        dx.
    cosines, weights : real arrays, shape (n_angles,)
        Of (0, 1).
    space : str
        ``"upwind"`` or ``"muscl"``.
    scattering, absorption : pair of real arrays, shape (n_cells,)
        s_s at the faces i + 1/2; s_a in the cells and at the faces.
    source : real array, shape (n_cells,)
        S in the cells.
    """

    def __init__(
        self,
        width: float,
        cosines: Array,
        weights: Array,
        space: str,
        *,
        scattering: Array,
        absorption: tuple[Array, Array],
        source: Array,
    ) -> None:
        self.width, self.difference = width, DIFFERENCES[space]
        self.w, self.weights = cosines, weights
        self.scattering, self.source = scattering, source
        self.absorption, self.face_absorption = absorption
        self.least = float(to_host(scattering).min())
        self.memory = threading.local()

    def share(self, epsilon: float) -> float:
        """Return the factor of the explicit part; 1 where dx resolves epsilon.

        Parameters
        ----------
        epsilon : float
            The small parameter.

        Returns
        -------
        factor : float
            From 0 to 1.
        """
        if epsilon > self.width:
            return 1.0
        resolved = epsilon / self.width
        return min(resolved, THETA * self.least / resolved) if resolved else 0.0

    def largest_step(self, epsilon: float) -> float:
        """Return the stability limit, infinite up to epsilon = dx.

        Parameters
        ----------
        epsilon : float
            The small parameter.

        Returns
        -------
        step : float
            In units of time.
        """
        if epsilon <= self.width:
            return math.inf
        return 0.5 * self.width / max(1.0, 1 / epsilon)

    def explicit(self, state: Array, epsilon: float, out: Array) -> Array:
        """Write E(state) into ``out``, shape (n_cells, 1 + 2 n_angles).

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.
        epsilon : float
            The small parameter.
        out : array, shape (...)
            The result.

        Returns
        -------
        out : array, shape (...)
            The same.
        """
        memory, m = self._ready(state), self.w.shape[0]
        xp, rates, term = memory.xp, memory.rates, memory.term
        plus, minus = memory.plus[GHOSTS:-GHOSTS], memory.minus[GHOSTS:-GHOSTS]
        plus[...] = state[:, 1 : 1 + m]
        term[...] = state[:, 1 + m :]
        term *= min(epsilon, LARGEST)
        xp.subtract(term, plus, out=minus)  # -G^-
        plus += term
        for whole, part in ((memory.plus, plus), (memory.minus, minus)):
            part *= memory.w
            whole[:GHOSTS] = part[-GHOSTS:]
            whole[-GHOSTS:] = part[:GHOSTS]
        share = self.share(epsilon) / 2
        memory.move()
        xp.multiply(rates, memory.weights, out=term)
        xp.sum(term, axis=1, out=memory.flux)
        term[...] = memory.flux[:, None]
        rates -= term
        rates *= share * min(epsilon, LARGEST)
        out[:, 1 : 1 + m] = rates
        xp.negative(memory.minus, out=memory.minus)
        memory.move()
        rates *= share
        out[:, 1 + m :] = rates
        out[:, 0] = 0.0
        return out

    def solve(self, rhs: Array, h: float, epsilon: float, out: Array) -> Array:
        """Write the y with D y - h I(y) = rhs into ``out``, shape as rhs.

        Parameters
        ----------
        rhs : array, shape (...)
            Right side.
        h : float
            Step.
        epsilon : float
            The small parameter.
        out : array, shape (...)
            The result.

        Returns
        -------
        out : array, shape (...)
            The same.
        """
        memory, m = self._ready(rhs), self.w.shape[0]
        if memory.key != (h, epsilon):
            self._set_factors(h, epsilon)
        xp, flux, rho = memory.xp, memory.flux, memory.rho
        g, j = memory.rates, memory.odd
        g[...], j[...] = rhs[:, 1 : 1 + m], rhs[:, 1 + m :]
        g *= memory.inverse
        j *= memory.inverse
        xp.multiply(j, memory.moment, out=memory.term)
        xp.sum(memory.term, axis=1, out=flux)
        # r_rho + h S - (h/dx)(<w r_j/a> at i + 1/2 minus that at i - 1/2)
        xp.multiply(self._source(rhs), h, out=rho)
        rho += rhs[:, 0]
        flux *= h / self.width
        rho -= flux
        rho[1:] += flux[:-1]
        rho[0] += flux[-1]
        self._diffuse(rho)
        out[:, 0] = rho
        xp.subtract(rho[1:], rho[:-1], out=flux[:-1])
        flux[-1] = rho[0] - rho[-1]
        flux *= h / self.width
        memory.term[...] = flux[:, None]
        memory.term *= memory.w
        memory.term *= memory.inverse
        j -= memory.term
        out[:, 1 : 1 + m], out[:, 1 + m :] = g, j
        return out

    def _diffuse(self, rho: Array) -> None:
        """Solve the periodic tridiagonal system in place."""
        memory = self.memory
        if memory.matrix is not None:
            memory.xp.matmul(memory.matrix, rho, out=memory.flux)
            rho[...] = memory.flux
            return
        memory.wave[...] = rho
        spectrum = fft.fft(memory.wave, overwrite=True)
        spectrum *= memory.damping
        rho[...] = fft.ifft(spectrum, overwrite=True).real

    def _source(self, like: Array) -> Array:
        memory = self.memory
        if memory.source is None:
            memory.source = memory.xp.asarray(self.source, dtype=like.dtype)
        return memory.source

    def _ready(self, like: Array) -> threading.local:
        memory = self.memory
        if getattr(memory, "dtype", "") == like.dtype.name:
            return memory
        memory.xp = xp = namespace(like)
        memory.dtype, memory.key, memory.source = like.dtype.name, None, None
        n, m = like.shape[0], self.w.shape[0]
        device, dtype = like.device, like.dtype

        def buffer(*shape: int) -> Array:
            return xp.zeros(shape, dtype=dtype, device=device)

        memory.plus, memory.minus = (buffer(n + 2 * GHOSTS, m) for _ in range(2))
        # Whole tables: NumPy allocates where it broadcasts.
        for name in ("rates", "term", "odd", "inverse", "w", "weights", "moment"):
            setattr(memory, name, buffer(n, m))
        memory.flux, memory.rho = buffer(n), buffer(n)
        memory.w[...] = xp.asarray(self.w, dtype=dtype)
        memory.weights[...] = xp.asarray(self.weights, dtype=dtype)
        memory.moment[...] = memory.w * memory.weights
        memory.move = self.difference.bind(
            memory.plus, memory.minus, self.width, out=memory.rates
        )
        single = dtype.name == "float32"
        memory.wave = xp.zeros(
            n, dtype=xp.complex64 if single else xp.complex128, device=device
        )
        memory.damping, memory.matrix = xp.zeros_like(memory.wave), None
        return memory

    def _set_factors(self, h: float, epsilon: float) -> None:
        memory = self.memory
        memory.key = (h, epsilon)
        square = capped_square(epsilon)
        a = square * (1 + h * to_host(self.face_absorption)) + h * to_host(self.scattering)
        c = 1 + h * to_host(self.absorption)
        w, weights = to_host(self.w), to_host(self.weights)
        diffusion = h * (h / a) * float(weights @ w**2)
        memory.inverse[...] = memory.xp.asarray(1 / a, dtype=memory.inverse.dtype)[:, None]
        memory.matrix = None
        if numpy.ptp(a) == 0 and numpy.ptp(c) == 0:
            symbol = c[0] + diffusion[0] * lattice_symbol(a.size, self.width)
            memory.damping[...] = memory.xp.asarray(1 / symbol, dtype=memory.damping.dtype)
            return
        matrix = numpy.linalg.inv(numpy.diag(c) + lattice_diffusion(diffusion, self.width))
        memory.matrix = memory.xp.asarray(matrix, dtype=memory.rho.dtype)


def lattice_symbol(n_cells: int, width: float) -> Array:
    """Return the eigenvalues (2 sin(k dx/2)/dx)^2 of minus the second difference.

    Parameters
    ----------
    n_cells : int
        Cells of the periodic grid.
    width : float
        dx.

    Returns
    -------
    symbol : real array, shape (n_cells,)
        In the order of ``fft``, on the host.
    """
    return (2 * numpy.sin(numpy.pi * numpy.arange(n_cells) / n_cells) / width) ** 2


def lattice_diffusion(coefficient: Array, width: float) -> Array:
    """Return the matrix of -(c u_x)_x on a periodic grid.

    Parameters
    ----------
    coefficient : real array, shape (n,)
        c at the faces i + 1/2, on the host.
    width : float
        dx.

    Returns
    -------
    matrix : real array, shape (n, n)
        Symmetric, rows sum to 0.
    """
    n = coefficient.size
    slope = (numpy.roll(numpy.eye(n), 1, axis=1) - numpy.eye(n)) / width
    return slope.T @ (coefficient[:, None] * slope)
