"""Trigonometric sums at any angles, and their integrals.

f(t) = (1/2 pi) Re[d_0 + 2 sum_{n >= 1} d_n e^{-int}]. With n = q w + r the sum is a product
of an (angles x w) by a (w x n/w) matrix, followed by n/w terms an angle: no table of angles
times coefficients is ever formed.
"""

import math

from perturbsci.backend import namespace
from perturbsci.backend.arrays import blocks
from perturbsci.types import Array

__all__ = ["fourier_density", "fourier_integral"]


def fourier_density(coefficients: Array, angles: Array) -> Array:
    """Return f of Fourier coefficients at given angles.

    Parameters
    ----------
    coefficients : complex128 array, shape (n,)
        d_0, d_1, ..., d_0 real.
    angles : float64 array, shape (n_angles,)
        Radians, in any order.

    Returns
    -------
    density : float64 array, shape (n_angles,)
        f.

    Notes
    -----
    8 n n_angles flops, as a matrix product; about 32 sqrt(n) bytes an angle.
    """
    xp = namespace(coefficients, angles)
    total = 2 * xp.real(_sum(coefficients, angles)) - xp.real(coefficients[0])
    return total / (2 * math.pi)


def fourier_integral(coefficients: Array, angles: Array) -> Array:
    """Return the integral of f from -pi to given angles, term by term.

    Parameters
    ----------
    coefficients : complex128 array, shape (n,)
        d_0, d_1, ..., d_0 real.
    angles : float64 array, shape (n_angles,)
        Radians; beyond pi the integral goes on, below -pi it is negative.

    Returns
    -------
    integral : float64 array, shape (n_angles,)
        (1/2 pi) Re[d_0 (t + pi) + 2 sum_n (i d_n/n) (e^{-int} - (-1)^n)].
    """
    xp = namespace(coefficients, angles)
    n = xp.arange(len(coefficients), dtype=angles.dtype)
    primitive = 1j * coefficients / xp.where(n == 0, 1.0, n)
    primitive = xp.where(n == 0, 0.0, primitive)
    start = xp.sum(xp.where(n % 2 == 0, 1.0, -1.0) * primitive)
    waves = 2 * xp.real(_sum(primitive, angles) - start)
    return (xp.real(coefficients[0]) * (angles + math.pi) + waves) / (2 * math.pi)


def _sum(coefficients: Array, angles: Array) -> Array:
    """Return sum_n d_n e^{-int}."""
    xp = namespace(coefficients, angles)
    width = math.isqrt(len(coefficients) - 1) + 1
    height = -(-len(coefficients) // width)
    padding = xp.zeros(width * height - len(coefficients), dtype=coefficients.dtype)
    table = xp.reshape(xp.concat([coefficients, padding]), (height, width)).T
    small = -1j * xp.arange(width, dtype=angles.dtype)
    large = -1j * width * xp.arange(height, dtype=angles.dtype)
    parts = []
    for block in blocks(len(angles), 64 * (width + height)):
        t = angles[block][:, None]
        parts.append(xp.sum((xp.exp(t * small) @ table) * xp.exp(t * large), axis=1))
    return xp.concat(parts)
