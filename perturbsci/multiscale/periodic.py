"""Derivatives along a periodic interval, in place and without allocation.

``spectral``: two real fields u, v are one complex field w = u + iv; w' has the Fourier
coefficients i k w_k, so that one transform serves both. Coefficients below 256 unit
roundoffs of the largest count as zero (Krasny 1986): an explicit scheme would let the
rounding of the shortest waves grow, although the data have none.

References: Krasny (1986); Trefethen (2000), chapter 3.
"""

import numpy

from perturbsci.backend import fft, namespace, to_device
from perturbsci.types import Array

__all__ = ["PairDerivative", "cell_centers"]

FLOOR = 256.0


def cell_centers(n_cells: int, length: float, *, backend: str | None = None) -> Array:
    """Return the points (i + 1/2) length/n_cells.

    Parameters
    ----------
    n_cells : int
        How many.
    length : float
        Of the interval, which begins at 0.
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    x : real array, shape (n_cells,)
        Ascending.
    """
    return to_device((numpy.arange(n_cells) + 0.5) * (length / n_cells), backend)


class PairDerivative:
    """The spectral derivative of two real fields at once.

    Parameters
    ----------
    n_cells : int
        The number of points.
    length : float
        Of the interval.
    like : array, shape (2, n_cells)
        Of the dtype and on the device of the fields.
    """

    def __init__(self, n_cells: int, length: float, like: Array) -> None:
        self.xp = xp = namespace(like)
        single = like.dtype.name == "float32"
        dtype = xp.complex64 if single else xp.complex128
        k = fft.wavenumbers(n_cells, length, backend="numpy")
        if n_cells % 2 == 0:
            k[n_cells // 2] = 0.0  # this wave has no derivative on the grid
        device = like.device
        self.factor = xp.asarray(1j * k, dtype=dtype, device=device)
        self.work = xp.zeros(n_cells, dtype=dtype, device=device)
        self.modulus = xp.zeros(n_cells, dtype=like.dtype, device=device)
        self.small = xp.zeros(n_cells, dtype=bool, device=device)
        self.floor = FLOOR * float(xp.finfo(like.dtype).eps)

    def __call__(self, pair: Array, out: Array) -> None:
        """Write the derivatives of the rows of ``pair`` into those of ``out``, (2, n)."""
        xp, work = self.xp, self.work
        work.real[...] = pair[0]
        work.imag[...] = pair[1]
        spectrum = fft.fft(work, overwrite=True)
        xp.abs(spectrum, out=self.modulus)
        xp.less(self.modulus, self.floor * self.modulus.max(), out=self.small)
        spectrum *= self.factor
        spectrum[self.small] = 0.0
        derivative = fft.ifft(spectrum, overwrite=True)
        out[0] = derivative.real
        out[1] = derivative.imag
