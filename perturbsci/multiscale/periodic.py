"""Cells, data and derivatives of a periodic interval, in place, without allocation.

``spectral``: two real fields u, v are one complex field w = u + iv; w' has the Fourier
coefficients i k w_k, so that one transform serves both. Coefficients below 256 unit
roundoffs of the largest count as zero (Krasny 1986): an explicit scheme would let the
rounding of the shortest waves grow, although the data have none.

References: Krasny (1986); Trefethen (2000), chapter 3.
"""

import math
import threading
from collections.abc import Callable

import numpy

from perturbsci.backend import fft, namespace, to_device
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = [
    "PairDerivative",
    "cell_centers",
    "filtered",
    "initial_density",
    "signed_wavenumbers",
]

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


def initial_density(
    initial: Callable[[Array], Array] | None, x: Array, length: float
) -> Array:
    """Return the density at the start of a run.

    Parameters
    ----------
    initial : callable or None
        ``initial(x) -> density``, shape (n,); None for 1 + 0.5 cos(2 pi x/length).
    x : real array, shape (n,)
        Where.
    length : float
        Of the interval.

    Returns
    -------
    density : real array, shape (n,)
        New.

    Raises
    ------
    ParameterError
        If ``initial`` is no function.
    ShapeError
        If it returns another shape than x.
    """
    if initial is None:
        return 1 + 0.5 * namespace(x).cos(2 * math.pi * x / length)
    if not callable(initial):
        raise ParameterError(
            f"initial is {initial!r:.60}; pass a function of x that returns the density"
        )
    density = as_array(initial(x), name="initial", real=True, copy=True)
    if density.shape != x.shape:
        raise ShapeError(
            f"initial returned shape {density.shape} for x of shape {x.shape}, needed one "
            f"number a cell, {x.shape}; return one density a point"
        )
    return density


def signed_wavenumbers(n_cells: int, length: float) -> Array:
    """Return k of first derivatives, in the order of ``fft``.

    Parameters
    ----------
    n_cells : int
        The number of points.
    length : float
        Of the interval.

    Returns
    -------
    k : real array, shape (n_cells,)
        On the host; zero for the wave of two cells, which has no derivative on the grid.
    """
    k = fft.wavenumbers(n_cells, length, backend="numpy")
    if n_cells % 2 == 0:
        k[n_cells // 2] = 0.0
    return k


def filtered(u: Array, factor: Array) -> Array:
    """Return a field with its Fourier coefficients times a factor.

    Parameters
    ----------
    u : real array, shape (n,)
        The field.
    factor : array, shape (n,)
        On the host, in the order of ``fft``; i k for the derivative.

    Returns
    -------
    v : real array, shape (n,)
        New, in the precision of u.
    """
    xp = namespace(u)
    spectrum = fft.fft(u)
    factor = xp.asarray(factor, dtype=spectrum.dtype, device=u.device)
    return xp.asarray(fft.ifft(spectrum * factor).real, copy=True)


class PairDerivative:
    """The spectral derivative of two real fields at once; each thread has its buffers.

    Parameters
    ----------
    n_cells : int
        The number of points.
    length : float
        Of the interval.
    """

    def __init__(self, n_cells: int, length: float) -> None:
        self.wavenumbers = signed_wavenumbers(n_cells, length)
        self.memory = threading.local()

    def joined(self, pair: Array) -> Array:
        """Return the derivatives of both rows as one complex array.

        Parameters
        ----------
        pair : real array, shape (2, n)
            u and v.

        Returns
        -------
        slopes : complex array, shape (n,)
            u' + i v'; the next call in this thread uses its memory again.
        """
        if getattr(self.memory, "dtype", "") != pair.dtype.char:
            self._allocate(pair)
        memory, work = self.memory, self.memory.work
        work.real[...] = pair[0]
        work.imag[...] = pair[1]
        spectrum = fft.fft(work, overwrite=True)
        memory.xp.abs(spectrum, out=memory.modulus)
        floor = memory.floor * memory.modulus.max()
        memory.xp.greater(memory.modulus, floor, out=memory.kept)
        memory.mask[...] = memory.kept  # a product of two dtypes would allocate
        spectrum *= memory.factor
        spectrum *= memory.mask
        return fft.ifft(spectrum, overwrite=True)

    def _allocate(self, pair: Array) -> None:
        memory = self.memory
        memory.xp = xp = namespace(pair)
        memory.dtype = pair.dtype.char
        n = pair.shape[1]
        dtype = xp.complex64 if pair.dtype.name == "float32" else xp.complex128
        memory.factor = xp.asarray(1j * self.wavenumbers, dtype=dtype, device=pair.device)
        memory.work = xp.zeros(n, dtype=dtype, device=pair.device)
        memory.mask = xp.zeros(n, dtype=dtype, device=pair.device)
        memory.modulus = xp.zeros(n, dtype=pair.dtype, device=pair.device)
        memory.kept = xp.zeros(n, dtype=bool, device=pair.device)
        memory.floor = FLOOR * float(xp.finfo(pair.dtype).eps)
