"""Derivatives of densities on a velocity grid, as those of trigonometric interpolants.

References: Trefethen (2000), chapter 3.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.backend import fft
from perturbsci.backend.arrays import device_of, to_device
from perturbsci.multiscale.velocity import VelocityGrid
from perturbsci.types import Array

__all__ = ["Waves"]


@dataclass(frozen=True, slots=True, eq=False)
class Waves:
    """Spectral differentiation on a velocity grid.

    Parameters
    ----------
    axes : tuple of int
        The last d axes.
    shape : tuple of int
        Of a density.
    first : tuple of complex array, shape (1, ..., n, ..., 1)
        i k_j, along one axis of the half spectrum, 0 at the highest wave number:
        there an odd derivative vanishes on the nodes.
    squares : real array, shape (n, ..., n // 2 + 1)
        abs(k)^2 on the half spectrum.
    """

    axes: tuple[int, ...]
    shape: tuple[int, ...]
    first: tuple[Array, ...]
    squares: Array

    @staticmethod
    def of(grid: VelocityGrid, like: Array) -> "Waves":
        """Return the wave numbers of a grid.

        Parameters
        ----------
        grid : VelocityGrid
            The nodes.
        like : real array, shape (...)
            Its precision and device are taken.

        Returns
        -------
        waves : Waves
            For arrays on this grid.
        """
        n, d = grid.n, grid.dimension
        single = like.dtype.name == "float32"
        full = numpy.fft.fftfreq(n, 1 / n) * math.pi / grid.half_width
        first, squares = [], numpy.zeros(())
        for j in range(d):
            k = full if j < d - 1 else abs(full[: n // 2 + 1])
            spread = k.reshape((1,) * j + (-1,) + (1,) * (d - 1 - j))
            squares = squares + spread**2
            odd = numpy.where(abs(spread) < abs(full).max(), spread, 0.0)
            first.append(1j * odd)
        types = ("complex64", "float32") if single else ("complex128", "float64")
        where = device_of(like)
        backend = "cupy" if where.startswith("cupy") else "numpy"
        return Waves(
            tuple(range(-d, 0)),
            grid.shape,
            tuple(to_device(k.astype(types[0]), backend) for k in first),
            to_device(squares.astype(types[1]), backend),
        )

    def forward(self, f: Array) -> Array:
        """Return the transform of real arrays.

        Parameters
        ----------
        f : real array, shape (..., n, ..., n)
            Densities.

        Returns
        -------
        transform : complex array, shape (..., n, ..., n // 2 + 1)
            Half spectrum.
        """
        return fft.rfftn(f, axes=self.axes)

    def back(self, f: Array) -> Array:
        """Return the real arrays of transforms.

        Parameters
        ----------
        f : complex array, shape (..., n, ..., n // 2 + 1)
            Half spectra.

        Returns
        -------
        values : real array, shape (..., n, ..., n)
            On the nodes.
        """
        return fft.irfftn(f, s=self.shape, axes=self.axes)

    def divergence(self, fields: list[Array]) -> Array:
        """Return the transform of a divergence.

        Parameters
        ----------
        fields : list of real array, shape (n, ..., n)
            The d components.

        Returns
        -------
        transform : complex array, shape (n, ..., n // 2 + 1)
            Half spectrum.
        """
        total = self.first[0] * self.forward(fields[0])
        for k, field in zip(self.first[1:], fields[1:], strict=True):
            total = total + k * self.forward(field)
        return total
