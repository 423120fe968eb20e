"""Exact solutions of two linear fields, mode by mode.

u' = -i k v,  epsilon v' = -(s i k u) - (v - b u),  s = stiffness (epsilon a^2, or 1 in
diffusive scaling), with c = i k b + s k^2 and the roots of epsilon r^2 + r + c = 0,

    r = (-1 + q)/(2 epsilon) = -2 c/(1 + q),   q = sqrt(1 - 4 epsilon c).

exp(A t) = exp(r t) [(1 + e)/2 + (1 - e)/(2 q/(2 epsilon)) (A + 1/(2 epsilon))], e =
exp(-q t/epsilon): no difference of close numbers and no division by epsilon is left.
"""

from collections.abc import Callable

import numpy

from perturbsci.backend import fft, namespace, to_host
from perturbsci.types import Array

__all__ = ["pair_at"]


def pair_at(
    pair: Array,
    time: float,
    k: Array,
    epsilon: float,
    b: float,
    stiffness: Callable[[], float],
) -> Array:
    """Return two periodic fields at a time, exactly.

    Parameters
    ----------
    pair : real array, shape (2, n)
        u and v at time 0.
    time : float
        From 0 on.
    k : real array, shape (n,)
        Wavenumbers in the order of ``fft``.
    epsilon : float
        The factor of v', from 0 on.
    b : float
        Of the relaxed flux v = b u.
    stiffness : callable
        Returns s.

    Returns
    -------
    pair : real array, shape (2, n)
        At epsilon = 0 and time > 0 on the slow manifold.
    """
    if time == 0:
        return namespace(pair).asarray(pair, copy=True)
    u, v = fft.fft(to_host(pair).astype(numpy.float64))
    s = stiffness()
    if epsilon < 1:
        c = 1j * k * b + s * k * k
        q = numpy.sqrt(1 - 4 * epsilon * c)
        r = -2 * c / (1 + q)
        with numpy.errstate(divide="ignore", over="ignore"):
            faded = -q.real * time / epsilon if epsilon else numpy.full(k.shape, -numpy.inf)
        mean, slope = _factors(faded, q, time, epsilon)
        grown = numpy.exp(r * time)
        u, v = (
            grown * (mean * u + slope * (u / 2 - epsilon * 1j * k * v)),
            grown * (mean * v + slope * ((b - s * 1j * k) * u - v / 2)),
        )
    else:
        c = 1j * k * (b / epsilon) + (s / epsilon) * k * k
        q = numpy.sqrt(1 / epsilon**2 - 4 * c) if epsilon < 1e150 else numpy.sqrt(-4 * c)
        r = (q - 1 / epsilon) / 2
        mean, slope = _factors(-q.real * time, q, time, 1.0)
        grown = numpy.exp(r * time)
        half = 1 / (2 * epsilon)
        u, v = (
            grown * (mean * u + slope * (half * u - 1j * k * v)),
            grown
            * (mean * v + slope * ((b / epsilon - s / epsilon * 1j * k) * u - half * v)),
        )
    found = fft.ifft(numpy.stack([u, v])).real
    xp = namespace(pair)
    return xp.asarray(found, dtype=pair.dtype, device=pair.device)


def _factors(exponent: Array, q: Array, time: float, epsilon: float) -> tuple[Array, Array]:
    """Return (1 + e)/2 and (1 - e)/q with e = exp(-q time/epsilon); 1 - e = -expm1."""
    lost = exponent < -745
    safe = numpy.where(lost, 0.0, q)
    z = safe * (time / epsilon) if epsilon else numpy.zeros_like(q)
    e = numpy.where(lost, 0.0, numpy.exp(-z))
    rest = numpy.where(lost, 1.0, -numpy.expm1(-z))
    small = q == 0
    divided = rest / numpy.where(small, 1.0, q)
    return (1 + e) / 2, numpy.where(small, time / epsilon if epsilon else 0.0, divided)
