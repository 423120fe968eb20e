"""Slab transport in even and odd parity, every Fourier mode solved implicitly.

With w the direction cosine in (0, 1), f(w) and f(-w) are r + epsilon j and r - epsilon j,
and rho = <r> the mean over (0, 1). The state has the columns rho, g = r - rho and j:

    rho_t           = -<w j>_x - s_a rho + S
    epsilon^2 g_t   = -epsilon^2 (w j_x - <w j_x>) - s_s g - epsilon^2 s_a g
    epsilon^2 j_t   = -w (rho + g)_x - s_s j - epsilon^2 s_a j

The equation of rho stands in place of the mean of that of r, which does not determine rho
at epsilon = 0. One implicit step h of mode k, with c = 1 + h s_a, a = epsilon^2 c + h s_s,
b = 1 + (h epsilon w k)^2/a^2 and q = <i k w j>, is, after j and g are eliminated,

    q (<1/b> + h^2 k^2 <w^2/b>/(a c)) = r_rho h k^2 <w^2/b>/(a c)
                                       + <i k w r_j/b>/a + h k^2 <w^2 r_g/b>/a^2,

in which <r_g> = 0 was used: all terms on the left are positive, nothing cancels, and
epsilon = 0 is an ordinary value.

References: Jin, Pareschi and Toscani (2000); Lemou and Mieussens (2008).
"""

import threading

import numpy

from perturbsci.backend import fft, namespace, to_host
from perturbsci.multiscale.diffusive import capped_square
from perturbsci.multiscale.periodic import signed_wavenumbers
from perturbsci.types import Array

__all__ = ["ParityModes", "diffusion_wavenumbers"]


def diffusion_wavenumbers(n_cells: int, length: float) -> Array:
    """Return abs(k) of second derivatives, in the order of ``fft``.

    Parameters
    ----------
    n_cells : int
        The number of points.
    length : float
        Of the interval.

    Returns
    -------
    k : real array, shape (n_cells,)
        On the host; the wave of two cells diffuses, although its slope is not on the grid.
    """
    return abs(fft.wavenumbers(n_cells, length, backend="numpy"))


class ParityModes:
    """Solve D y - h I(y) = rhs of the parity equations; each thread has its buffers.

    Parameters
    ----------
    n_cells : int
        The number of points.
    length : float
        Of the interval.
    cosines, weights : real arrays, shape (n_angles,)
        Of (0, 1).
    scattering, absorption : float
        s_s and s_a.
    source : real array, shape (n_cells,)
        S.
    """

    def __init__(
        self,
        n_cells: int,
        length: float,
        cosines: Array,
        weights: Array,
        *,
        scattering: float,
        absorption: float,
        source: Array,
    ) -> None:
        self.k = signed_wavenumbers(n_cells, length)[:, None]
        self.k2 = diffusion_wavenumbers(n_cells, length)[:, None] ** 2
        self.w, self.weights = to_host(cosines), to_host(weights)
        self.scattering, self.absorption, self.source = scattering, absorption, source
        self.memory = threading.local()

    def __call__(self, rhs: Array, h: float, epsilon: float, out: Array) -> Array:
        """Write y into ``out``, shape (n_cells, 1 + 2 n_angles)."""
        memory = self.memory
        if getattr(memory, "dtype", "") != rhs.dtype.name:
            self._allocate(rhs)
        if memory.key != (h, epsilon):
            self._set_factors(h, epsilon)
        xp, a, term, spread = memory.xp, memory.a, memory.term, memory.spread
        rho, g, j, q = memory.rho, memory.g, memory.j, memory.q
        memory.work[...] = rhs
        y = fft.fft(memory.work, axis=0, overwrite=True)
        rho[...], g[...], j[...] = (
            y[:, 0],
            y[:, 1 : 1 + self.w.size],
            y[:, 1 + self.w.size :],
        )
        rho += memory.forcing
        xp.multiply(j, memory.of_j, out=term)
        xp.multiply(g, memory.of_g, out=spread)
        term += spread
        xp.sum(term, axis=1, out=q)
        xp.multiply(rho, memory.of_rho, out=memory.column)
        q += memory.column
        q /= memory.total
        xp.multiply(q, h, out=memory.column)
        rho -= memory.column
        rho /= memory.c
        # g = (r_g/a + (h epsilon^2/a)(q - i k w r_j/a) - (b - 1) rho)/b
        j /= a
        xp.multiply(j, memory.slope, out=term)
        spread[...] = q[:, None]
        spread -= term
        spread *= memory.lag
        g /= a
        g += spread
        spread[...] = rho[:, None]
        xp.multiply(memory.excess, spread, out=term)
        g -= term
        g *= memory.inverse
        # j = (r_j - h i k w (rho + g))/a
        spread += g
        spread *= memory.slope
        spread *= h / a
        j -= spread
        y[:, 0], y[:, 1 : 1 + self.w.size], y[:, 1 + self.w.size :] = rho, g, j
        out[...] = fft.ifft(y, axis=0, overwrite=True).real
        return out

    def _allocate(self, rhs: Array) -> None:
        memory = self.memory
        memory.xp = xp = namespace(rhs)
        memory.dtype, memory.key = rhs.dtype.name, None
        dtype = xp.complex64 if rhs.dtype.name == "float32" else xp.complex128
        n, m = rhs.shape[0], self.w.size
        memory.work = xp.zeros(rhs.shape, dtype=dtype, device=rhs.device)
        # Whole complex tables: NumPy allocates where it broadcasts or casts.
        for name in (
            "g",
            "j",
            "term",
            "spread",
            "of_j",
            "of_g",
            "excess",
            "inverse",
            "slope",
        ):
            setattr(memory, name, xp.zeros((n, m), dtype=dtype, device=rhs.device))
        for name in ("rho", "q", "column", "of_rho", "total", "forcing"):
            setattr(memory, name, xp.zeros(n, dtype=dtype, device=rhs.device))
        memory.slope[...] = xp.asarray(1j * self.k * self.w, device=rhs.device)

    def _set_factors(self, h: float, epsilon: float) -> None:
        memory, w = self.memory, self.w
        memory.key = (h, epsilon)
        memory.c = c = 1 + h * self.absorption
        memory.a = a = capped_square(epsilon) * c + h * self.scattering
        memory.lag = h * (capped_square(epsilon) / a)
        excess = h * memory.lag * w**2 * self.k2 / a  # b - 1
        weighted = self.weights / (1 + excess)
        diffusion = h * self.k2 / a * (weighted * w**2).sum(1, keepdims=True) / c
        for name, values in (
            ("excess", excess),
            ("inverse", 1 / (1 + excess)),
            ("of_j", 1j * self.k * w * weighted / a),
            ("of_g", h * self.k2 / a * w**2 * weighted / a),
            ("of_rho", diffusion[:, 0]),
            ("total", weighted.sum(1) + h * diffusion[:, 0]),
            ("forcing", h * fft.fft(to_host(self.source))),
        ):
            buffer = getattr(memory, name)
            buffer[...] = memory.xp.asarray(
                numpy.ascontiguousarray(values), device=buffer.device
            )
