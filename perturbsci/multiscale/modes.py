"""Exact solutions of two linear fields, mode by mode.

u' = -i k v,  epsilon v' = -(s i k u) - (v - b u),  s = stiffness (epsilon a^2, or 1 in
diffusive scaling), with c = i k b + s k^2 and the roots of epsilon r^2 + r + c = 0,

    r = (-1 + q)/(2 epsilon) = -2 c/(1 + q),   q = sqrt(1 - 4 epsilon c).

exp(A t) = exp(r t) [(1 + e)/2 + (1 - e)/(2 q/(2 epsilon)) (A + 1/(2 epsilon))], e =
exp(-q t/epsilon): no difference of close numbers and no division by epsilon is left.
"""

import math

import numpy

from perturbsci.backend import fft, namespace, to_host
from perturbsci.types import Array

__all__ = ["pair_at"]

LOST = 745.0  # exp(-LOST) is zero


def pair_at(
    pair: Array,
    time: float,
    k: Array,
    epsilon: float,
    b: float,
    s: float,
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
    s : float
        The stiffness.

    Returns
    -------
    pair : real array, shape (2, n)
        At epsilon = 0 and time > 0 on the slow manifold.
    """
    if time == 0:
        return namespace(pair).asarray(pair, copy=True)
    u, v = fft.fft(to_host(pair).astype(numpy.float64))
    if epsilon < 1:
        c = 1j * k * b + s * k * k
        q = numpy.sqrt(1 - 4 * epsilon * c)
        r = -2 * c / (1 + q)
        mean, slope = _factors(q, time / epsilon if time < 1e300 * epsilon else math.inf)
        grown = numpy.exp(r * time)
        u, v = (
            grown * (mean * u + slope * (u / 2 - epsilon * 1j * k * v)),
            grown * (mean * v + slope * ((b - s * 1j * k) * u - v / 2)),
        )
    else:
        c = 1j * k * (b / epsilon) + (s / epsilon) * k * k
        q = numpy.sqrt(1 / epsilon**2 - 4 * c) if epsilon < 1e150 else numpy.sqrt(-4 * c)
        r = (q - 1 / epsilon) / 2
        mean, slope = _factors(q, time)
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


def _factors(q: Array, time: float) -> tuple[Array, Array]:
    """Return (1 + e)/2 and (1 - e)/q with e = exp(-q time); time at q = 0."""
    z = numpy.where(q.real * time < LOST, q * min(time, 1e300), 0.0)
    gone = q.real * time >= LOST
    e = numpy.where(gone, 0.0, numpy.exp(-z))
    rest = numpy.where(gone, 1.0, -numpy.expm1(-z))
    zero = q == 0
    return (1 + e) / 2, numpy.where(zero, time, rest / numpy.where(zero, 1.0, q))
