"""Classical solvers that stand beside the surrogates in a study: short and tuned.

Burgers' equation by the transformation of Cole and Hopf; u_t = D u_xx + f(u) and
u_t + f(u)_x = nu u_xx on a periodic interval by exponential time differencing of order four
(Cox and Matthews 2002) on a Fourier grid, coefficients by contour integrals (Kassam and
Trefethen 2005); the Helmholtz equation
on a square by Chebyshev collocation, diagonal in both directions.
"""

import math
from collections.abc import Callable

import numpy

from perturbsci.types import Array

__all__ = [
    "cole_hopf",
    "conservation_law",
    "helmholtz_collocation",
    "reaction_diffusion",
    "chebyshev_slopes",
]

CONTOUR = 32  # points of the circle on which the coefficients are averaged


def cole_hopf(points: Array, viscosity: float, *, n_nodes: int = 20001) -> Array:
    """Return the solution of Burgers' equation from -sin(pi x) on [-1, 1].

    u = -[int sin(pi y) w dy]/[int w dy], with the weight
    w = exp(-cos(pi y)/(2 pi nu) - (x - y)^2/(4 nu t)).

    Parameters
    ----------
    points : array, shape (n, 2)
        x and t.
    viscosity : float
        nu.
    n_nodes : int, optional
        Of the integral; their distance must be below sqrt(nu t).

    Returns
    -------
    values : array, shape (n,)
        Exact to rounding.

    Notes
    -----
    The trapezoid rule in y on [-2.2, 2.2], or wider where the heat kernel is: at
    nu t = 0.1 what lies beyond 2.2 makes errors of 1e-6. The usual 200 Gauss-Hermite nodes
    in (x - y)/sqrt(4 nu t) miss the mass of the integrand at small viscosity: at 0.001/pi
    they are wrong by 3e-2.

    Examples
    --------
    >>> cole_hopf(numpy.array([[0.5, 0.0]]), 0.1)
    array([-1.])
    """
    latest = float(points[:, 1].max(initial=0.0))
    reach = max(2.2, 1.0 + 13.0 * math.sqrt(viscosity * latest))  # exp(-42) beyond
    y = numpy.linspace(-reach, reach, n_nodes)
    base, sines = (
        -numpy.cos(math.pi * y) / (2 * math.pi * viscosity),
        numpy.sin(math.pi * y),
    )
    values = -numpy.sin(math.pi * points[:, 0])
    for k in numpy.flatnonzero(points[:, 1] > 0.0):
        x, t = points[k]
        exponent = base - (x - y) ** 2 / (4 * viscosity * t)
        weights = numpy.exp(exponent - exponent.max())
        values[k] = -(sines @ weights) / weights.sum()
    return values


def reaction_diffusion(
    start: Callable[[Array], Array],
    reaction: Callable[[Array], Array],
    times: Array,
    *,
    diffusion: float,
    length: float = 2.0,
    n_modes: int = 512,
    step: float = 1e-3,
) -> tuple[Array, Array]:
    """Return the solution of u_t = D u_xx + f(u), periodic on [-length/2, length/2].

    Parameters
    ----------
    start : callable
        u at time zero, of an array of x, shape (n_modes,).
    reaction : callable
        f, of an array of u, shape (n_modes,).
    times : array, shape (k,)
        Where the solution is kept; multiples of the step, ascending from 0.
    diffusion : float
        D.
    length : float, optional
        Of the period.
    n_modes : int, optional
        Points of the grid.
    step : float, optional
        In time.

    Returns
    -------
    x : array, shape (n_modes,)
        The grid.
    values : array, shape (k, n_modes)
        u at the times.
    """
    linear = -diffusion * _waves(n_modes, length) ** 2

    def force(v: Array) -> Array:
        return numpy.fft.rfft(reaction(numpy.fft.irfft(v, n_modes)))

    x = _grid(n_modes, length)
    return x, _marched(start(x), linear, force, times, step)


def conservation_law(
    start: Callable[[Array], Array],
    flux: Callable[[Array], Array],
    times: Array,
    *,
    viscosity: float,
    length: float = 2.0,
    n_modes: int = 512,
    step: float = 1e-3,
) -> tuple[Array, Array]:
    """Return the solution of u_t + f(u)_x = nu u_xx, periodic on [-length/2, length/2].

    Parameters
    ----------
    start : callable
        u at time zero, of an array of x, shape (n_modes,).
    flux : callable
        f, of an array of u, shape (n_modes,).
    times : array, shape (k,)
        Where the solution is kept; multiples of the step, ascending from 0.
    viscosity : float
        nu.
    length : float, optional
        Of the period.
    n_modes : int, optional
        Points of the grid.
    step : float, optional
        In time.

    Returns
    -------
    x : array, shape (n_modes,)
        The grid.
    values : array, shape (k, n_modes)
        u at the times.
    """
    waves = _waves(n_modes, length)
    slopes = -1j * waves
    slopes[-1] = 0.0  # the derivative of the highest cosine vanishes on the grid

    def force(v: Array) -> Array:
        return slopes * numpy.fft.rfft(flux(numpy.fft.irfft(v, n_modes)))

    x = _grid(n_modes, length)
    return x, _marched(start(x), -viscosity * waves**2, force, times, step)


def _grid(n_modes: int, length: float) -> Array:
    return -0.5 * length + length * numpy.arange(n_modes) / n_modes


def _waves(n_modes: int, length: float) -> Array:
    return 2.0 * math.pi / length * numpy.arange(n_modes // 2 + 1)


def _marched(
    start: Array,
    linear: Array,
    force: Callable[[Array], Array],
    times: Array,
    step: float,
) -> Array:
    """Return u at the times; v, its spectrum, solves v_t = linear v + force(v)."""
    half, whole, q, f1, f2, f3 = _coefficients(linear, step)
    v, now, kept = numpy.fft.rfft(start), 0, []
    for goal in numpy.rint(numpy.asarray(times) / step).astype(int):
        for _ in range(goal - now):
            nv = force(v)
            a = half * v + q * nv
            na = force(a)
            b = half * v + q * na
            nb = force(b)
            c = half * a + q * (2.0 * nb - nv)
            v = whole * v + f1 * nv + 2.0 * f2 * (na + nb) + f3 * force(c)
        now = max(goal, now)
        kept.append(numpy.fft.irfft(v, len(start)))
    return numpy.array(kept)


def _coefficients(linear: Array, step: float) -> tuple[Array, ...]:
    """Return the coefficients of exponential time differencing, averaged over a circle."""
    circle = numpy.exp(1j * math.pi * (numpy.arange(CONTOUR) + 0.5) / CONTOUR)
    z = step * linear[:, None] + circle
    e = numpy.exp(z)
    means = (
        (numpy.exp(z / 2) - 1) / z,
        (-4 - z + e * (4 - 3 * z + z**2)) / z**3,
        (2 + z + e * (z - 2)) / z**3,
        (-4 - 3 * z - z**2 + e * (4 - z)) / z**3,
    )
    q, f1, f2, f3 = (step * item.mean(axis=1).real for item in means)
    return numpy.exp(step * linear / 2), numpy.exp(step * linear), q, f1, f2, f3


def helmholtz_collocation(
    source: Callable[[Array, Array], Array], wavenumber: float, n: int
) -> tuple[Array, Array]:
    """Return the solution of Lap u + k^2 u = f on [-1, 1]^2 with zero walls.

    Parameters
    ----------
    source : callable
        f, of arrays of x, shape (n, 1), and y, shape (1, n).
    wavenumber : float
        k.
    n : int
        Chebyshev points less one in a direction.

    Returns
    -------
    x : array, shape (n + 1,)
        The points of a direction.
    values : array, shape (n + 1, n + 1)
        u at all pairs.

    Notes
    -----
    One eigenvalue problem of size n - 1, then four products of matrices.
    """
    x, slopes = chebyshev_slopes(n)
    rates, modes = numpy.linalg.eig((slopes @ slopes)[1:-1, 1:-1])
    inverse = numpy.linalg.inv(modes)
    right = source(x[1:-1, None], x[None, 1:-1])
    inner = inverse @ right @ inverse.T
    inner = inner / (rates[:, None] + rates + wavenumber**2)
    values = numpy.zeros((n + 1, n + 1))
    values[1:-1, 1:-1] = (modes @ inner @ modes.T).real
    return x, values


def chebyshev_slopes(n: int) -> tuple[Array, Array]:
    """Return the Chebyshev points of [-1, 1] and the matrix of first derivatives there.

    Parameters
    ----------
    n : int
        Points less one.

    Returns
    -------
    x : array, shape (n + 1,)
        Descending from 1 to -1.
    slopes : array, shape (n + 1, n + 1)
        Derivatives at the points of the polynomial through given values; rows sum to zero.
    """
    x = numpy.cos(math.pi * numpy.arange(n + 1) / n)
    weights = numpy.ones(n + 1)
    weights[[0, -1]] = 2.0
    weights *= (-1.0) ** numpy.arange(n + 1)
    slopes = weights[:, None] / weights / (x[:, None] - x + numpy.eye(n + 1))
    return x, slopes - numpy.diag(slopes.sum(axis=1))
