"""Nodes, phases and multipliers of the fast spectral collision operator.

Gauss-Legendre radii in (0, 2 S), directions on half of the sphere, phases exp(i k a r s) in
each coordinate, and Ghat on shells of equal abs(k). The wave of index n / 2 has no sign on
the grid: its phase is the real part, the mean of both signs, so that reflections of f stay
reflections of Q.
"""

import importlib
import math

import numpy

from perturbsci.types import Array

__all__ = ["directions", "radii", "shell_transform", "shells", "shift_tables"]


def radii(support: float, n_radial: int) -> tuple[Array, Array]:
    """Return Gauss-Legendre nodes and weights of (0, 2 support).

    Parameters
    ----------
    support : float
        S.
    n_radial : int
        How many.

    Returns
    -------
    nodes, weights : float64 arrays, shape (n_radial,)
        Ascending; the weights sum to 2 S.
    """
    nodes, weights = numpy.polynomial.legendre.leggauss(n_radial)
    return support * (nodes + 1), support * weights


def directions(dimension: int, n_angles: int) -> tuple[Array, Array, tuple[int, ...]]:
    """Return one of each pair s, -s of a quadrature of the sphere.

    Parameters
    ----------
    dimension : int
        2: ``n_angles`` equispaced on the circle. 3: ``n_angles`` polar Gauss-Legendre
        nodes, the first coordinate, times 2 ``n_angles`` azimuths.
    n_angles : int
        Even in 2-D.

    Returns
    -------
    nodes : float64 array, shape (n_directions, dimension)
        Unit vectors.
    weights : float64 array, shape (n_directions,)
        Of the pair; they sum to 2 pi or 4 pi.
    ring_ends : tuple of int
        Directions up to each of these have one first coordinate.
    """
    if dimension == 2:
        angle = 2 * numpy.pi * numpy.arange(n_angles // 2) / n_angles
        nodes = numpy.stack([numpy.cos(angle), numpy.sin(angle)], axis=-1)
        pairs = numpy.full(n_angles // 2, 4 * numpy.pi / n_angles)
        return nodes, pairs, tuple(range(1, n_angles // 2 + 1))
    cosines, weights = numpy.polynomial.legendre.leggauss(n_angles)
    angles = numpy.pi * numpy.arange(2 * n_angles) / n_angles
    rings, masses, ends = [], [], [0]
    for cosine, weight in zip(cosines, weights, strict=True):
        if cosine < -1e-14:
            continue
        # On the equator, which an odd number of polar nodes has, s and -s are on one ring.
        ring = angles if cosine > 1e-14 else angles[:n_angles]
        sine = numpy.sqrt(1 - cosine**2)
        polar = numpy.full(ring.size, cosine)
        rings.append([polar, sine * numpy.cos(ring), sine * numpy.sin(ring)])
        masses.append(numpy.full(ring.size, 2 * numpy.pi / n_angles * weight))
        ends.append(ends[-1] + ring.size)
    return numpy.concatenate(rings, axis=1).T, numpy.concatenate(masses), tuple(ends[1:])


def shift_tables(
    n: int, half_width: float, shifts: Array, dtype: str = "complex128"
) -> tuple[Array, ...]:
    """Return the phases of shifts of a periodic grid, one table a coordinate.

    Parameters
    ----------
    n : int
        Nodes in each direction.
    half_width : float
        L; the period is 2 L.
    shifts : float64 array, shape (..., d)
        f becomes f(v + shift).
    dtype : str
        Of the tables.

    Returns
    -------
    tables : tuple of complex array, shape (..., n), the last one (..., n // 2 + 1)
        exp(i k shift), in the order of a real transform.
    """
    k = numpy.fft.fftfreq(n, 1 / n) * (numpy.pi / half_width)
    tables = []
    for axis in range(shifts.shape[-1]):
        table = numpy.exp(1j * numpy.multiply.outer(shifts[..., axis], k))
        table[..., n // 2] = table[..., n // 2].real
        last = axis == shifts.shape[-1] - 1
        tables.append(table[..., : n // 2 + 1 if last else n].astype(dtype))
    return tuple(tables)


def shells(n: int, dimension: int) -> tuple[Array, Array]:
    """Return the distinct abs(k)^2 of a half spectrum, and where each wave lies.

    Parameters
    ----------
    n : int
        Nodes in each direction.
    dimension : int
        2 or 3.

    Returns
    -------
    squares : int64 array, shape (n_shells,)
        In units of (pi / L)^2, ascending.
    shell : int64 array, shape (n^(dimension-1) (n // 2 + 1),)
        Index into ``squares``.
    """
    k = numpy.fft.fftfreq(n, 1 / n).astype(int)
    axes = numpy.meshgrid(*[k] * (dimension - 1), numpy.arange(n // 2 + 1), indexing="ij")
    total = numpy.sum([axis**2 for axis in axes], axis=0)
    squares, shell = numpy.unique(total.ravel(), return_inverse=True)
    return squares, shell


def shell_transform(argument: Array, dimension: int) -> Array:
    """Return the mean of exp(i k.v) over the directions of v.

    Parameters
    ----------
    argument : float64 array, shape (...)
        abs(k) abs(v).
    dimension : int
        2: J_0; 3: sin x / x.

    Returns
    -------
    mean : float64 array, shape (...)
        1 at 0.
    """
    if dimension == 3:
        return numpy.sinc(argument / math.pi)
    return importlib.import_module("scipy.special").j0(argument)
