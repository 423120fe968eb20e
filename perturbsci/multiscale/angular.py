"""The average of a density over the sphere through each node, exact on waves.

A e^{ik.v} = sinc(kappa v) in three dimensions (sinc x = sin x / x), J_0(kappa v) in two,
kappa and v the moduli. With K = kappa^2 in units of (pi / L)^2 and V = v^2 in units of
(dv / 2)^2, kappa v = pi sqrt(K V) / n: waves are summed over shells of equal K, multiplied
by one matrix (distinct V) x (distinct K), and scattered to the nodes. In one dimension A is
the even part.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from perturbsci.backend import fft, namespace
from perturbsci.backend.arrays import device_of, to_device
from perturbsci.backend.kernels.collision import segment_sum, shift_phases
from perturbsci.multiscale.quadratures import shell_transform
from perturbsci.multiscale.velocity import VelocityGrid, checked_density
from perturbsci.types import Array

__all__ = ["angular_average"]

_COMPLEX = {"float32": "complex64", "float64": "complex128"}


@dataclass(frozen=True, slots=True, eq=False)
class _Shells:
    """Where waves and nodes lie, and what one shell of waves gives on one sphere."""

    phases: tuple[Array, ...]
    order: Array
    start: Array
    matrix: Array
    sphere: Array


def angular_average(f: Array, grid: VelocityGrid) -> Array:
    """Return the average of f over the directions of v, at fixed abs(v).

    Parameters
    ----------
    f : real array, shape (..., n, ..., n)
        Densities that the grid resolves, negligible for abs(v) > half_width.
    grid : VelocityGrid
        The nodes.

    Returns
    -------
    average : real array, shape (..., n, ..., n)
        (A f)(v); 0 where abs(v) > half_width, where the sphere leaves the grid.

    Raises
    ------
    ShapeError
        If f is not on the grid.

    Notes
    -----
    One real transform, a gather over n^d / 2 waves and a matrix of some n^2 / 8 spheres
    and n^2 / 2 shells, which is kept for the next call. Exact for the trigonometric
    interpolant (its waves of index n / 2 vanish on the nodes' averages by symmetry).

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.multiscale import velocity_grid
    >>> grid = velocity_grid(32, 7.0, dimension=2)
    >>> x, y = grid.points
    >>> f = np.exp(-(x**2 + y**2) / 2)
    >>> float(abs(angular_average(f * (1 + x), grid) - f)[16, 16]) < 1e-9
    True
    """
    f = checked_density(f, grid)
    if grid.dimension == 1:
        return 0.5 * (f + namespace(f).flip(f, axis=-1))
    shells = _shells(grid.n, grid.dimension, f.dtype.name, device_of(f))
    xp, d = namespace(f), grid.dimension
    transforms = fft.rfftn(f, axes=tuple(range(-d, 0)))
    flat = transforms.reshape((-1,) + (1,) * (3 - d) + transforms.shape[-d:])
    averages = []
    for wave in flat:
        centered = shift_phases(wave, *shells.phases).reshape(-1)
        sums = xp.real(segment_sum(centered, shells.order, shells.start))
        radial = (shells.matrix * sums).sum(-1)
        averages.append(xp.take(radial, shells.sphere))
    return xp.stack(averages).reshape(f.shape)


@functools.lru_cache(maxsize=8)
def _shells(n: int, d: int, dtype: str, device: str) -> _Shells:
    """Return the tables of a grid; they do not depend on its half width."""
    k = numpy.fft.fftfreq(n, 1 / n)
    half = k[: n // 2 + 1].copy()
    axes = numpy.meshgrid(*[k] * (d - 1), half, indexing="ij")
    squares = numpy.sum([axis**2 for axis in axes], axis=0).astype(int).ravel()
    kept = _half_space(axes, n).ravel()
    waves, shell = numpy.unique(squares[kept], return_inverse=True)
    # The other half, behind the last shell, is never read.
    places = numpy.concatenate(
        [
            numpy.flatnonzero(kept)[numpy.argsort(shell, kind="stable")],
            numpy.flatnonzero(~kept),
        ]
    )
    start = numpy.concatenate([[0], numpy.cumsum(numpy.bincount(shell))])
    odd = 2 * numpy.arange(n) + 1 - n
    places_squared = numpy.meshgrid(*[odd**2] * d, indexing="ij")
    nodes = numpy.sum(places_squared, axis=0).ravel()
    inside = nodes <= n * n
    spheres, sphere = numpy.unique(nodes[inside], return_inverse=True)
    # The last entry, a row of zeros, belongs to the nodes outside.
    index = numpy.full(nodes.size, spheres.size)
    index[inside] = sphere
    argument = numpy.pi / n * numpy.sqrt(numpy.multiply.outer(spheres, waves))
    # Each kept wave stands for k and -k, but k = 0 for itself.
    matrix = shell_transform(argument, d) * numpy.where(waves == 0, 1, 2) / n**d
    matrix = numpy.concatenate([matrix, numpy.zeros((1, waves.size))])
    # The first node stands at x_0 = -L + dv / 2: k x_0 = pi k (1 / n - 1).
    turns = [k] * (d - 1) + [half]
    phases = [numpy.exp(-1j * numpy.pi * k * (1 / n - 1)) for k in turns]
    phases = [numpy.ones(1)] * (3 - d) + phases
    return _Shells(
        phases=tuple(to_device(phase.astype(_COMPLEX[dtype]), device) for phase in phases),
        order=to_device(places, device),
        start=to_device(start, device),
        matrix=to_device(matrix.astype(dtype), device),
        sphere=to_device(index, device),
    )


def _half_space(axes: Sequence[numpy.ndarray], n: int) -> numpy.ndarray:
    """Return which entries of a half spectrum stand for k and -k, without index n / 2."""
    last = axes[-1]
    kept = last > 0
    level = last == 0
    for axis in axes[-2::-1]:
        kept |= level & (axis > 0)
        level &= axis == 0
    kept |= level
    for axis in axes:
        kept &= abs(axis) != n // 2
    return kept
