"""Spectral measures from moments: a Fourier series, tamed by a kernel or a filter.

nu(t) = (1/2 pi) Re[c_0 + 2 sum_{n >= 1} w_n c_n e^{-int}], abs(c_n) <= c_0. What stopping
at c_n costs with a rational kernel is a geometric series, c_0/pi sum abs(alpha_j) e^{-(n+1)
eps}/(1 - e^{-eps}) at most.
"""

import math

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.errors import ShapeError
from perturbsci.koopman.filters import FILTER_ORDERS, filter_weights
from perturbsci.koopman.limits import limits_in_words
from perturbsci.koopman.measure_fields import (
    LIMITS,
    SpectralMeasure,
    mean_density,
)
from perturbsci.koopman.rational import RationalKernel, damping
from perturbsci.koopman.trigonometric import fourier_density
from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["convolved", "filtered"]

TOLERANCE = 1e-6  # of the mean density: what truncation may cost
ROUGH = 1e-2  # of the mean density: what the second half of the moments may change
MOST_MOMENTS = 1e9  # more are no advice


def convolved(
    c: Array, at: Array, kernel: RationalKernel, epsilon: float
) -> SpectralMeasure:
    """Return the measure of moments, convolved with a rational kernel.

    Parameters
    ----------
    c : array, shape (n + 1,)
        Checked moments.
    at : real array, shape (n_angles,)
        Angles.
    kernel : RationalKernel
        Of any order.
    epsilon : float
        Its width.

    Returns
    -------
    measure : SpectralMeasure
        Its certificate bounds the truncation.
    """
    n, mass = len(c) - 1, float(scalar(abs(c[0])))
    weights = damping(kernel, epsilon, numpy.arange(n + 1))
    smoothed = _weighted(c, weights)
    carried = (float(numpy.abs(weights).sum()) - 0.5) / math.pi  # w_0 = 1
    rest = kernel.noise_amplification * math.exp(-(n + 1) * epsilon)
    truncation = mass / math.pi * rest / -math.expm1(-epsilon)
    bound = TOLERANCE * mean_density(mass)
    enough: tuple[str, ...] = ()
    if 0.0 < bound < truncation < math.inf:
        more = (math.log(truncation) - math.log(bound)) / epsilon
        if more <= MOST_MOMENTS:
            needed = n + math.ceil(more)
            enough = (f"note: moments up to {needed}, or a larger epsilon, meet the bound",)
    certificate = Certificate(
        f"what stopping at moment {n} costs in the density smoothed to epsilon",
        truncation,
        bound,
        "a-posteriori",
        f"rational kernel of order {kernel.order}, geometric series of abs(c_n) <= c_0",
        (
            f"the moments are exact; an error d of each adds at most {carried:.3g} d",
            f"the smoothing itself, O(epsilon^{kernel.order} log(1/epsilon)) where the "
            "density is smooth, is not in it",
            limits_in_words(LIMITS, {"n": n, "epsilon": epsilon}),
            *enough,
        ),
    )
    return _from_moments(c, at, smoothed, kernel, epsilon, truncation, certificate)


def filtered(c: Array, at: Array, name: str) -> SpectralMeasure:
    """Return the measure of moments, filtered.

    Parameters
    ----------
    c : array, shape (n + 1,)
        Checked moments.
    at : real array, shape (n_angles,)
        Angles.
    name : str
        Of the filter.

    Returns
    -------
    measure : SpectralMeasure
        Its certificate is an estimate: the change from half of the moments.

    Raises
    ------
    ShapeError
        If there is only one moment.
    """
    n, mass = len(c) - 1, float(scalar(abs(c[0])))
    if n < 1:
        raise ShapeError(
            f"moments has shape {c.shape}, needed at least 2 for a filter; pass c_0 and c_1"
        )
    smoothed = _weighted(c, filter_weights(name, n))
    half = max(n // 2, 1)
    coarse = _weighted(c[: half + 1], filter_weights(name, half))
    xp = namespace(c, at)
    wide = xp.astype(at, xp.float64)
    change = fourier_density(smoothed, wide) - fourier_density(coarse, wide)
    certificate = Certificate(
        "change of the density from half of the moments to all",
        float(scalar(xp.max(xp.abs(change)))),
        ROUGH * mean_density(mass),
        "estimate",
        f"{name} filter",
        (
            "the moments are exact",
            "the density is smooth at these angles",
            limits_in_words(LIMITS, {"n": n, "epsilon": 1 / n}),
        ),
    )
    return _from_moments(c, at, smoothed, None, 1 / n, 0.0, certificate, name)


def _weighted(c: Array, weights: Array) -> Array:
    xp = namespace(c)
    return xp.astype(c, xp.complex128) * xp.asarray(weights)


def _from_moments(
    c: Array,
    at: Array,
    smoothed: Array,
    kernel: RationalKernel | None,
    epsilon: float,
    truncation: float,
    certificate: Certificate,
    name: str = "",
) -> SpectralMeasure:
    xp = namespace(c, at)
    real = xp.abs(c[:1]).dtype
    nothing = xp.zeros(0, dtype=real)
    density = fourier_density(smoothed, xp.astype(at, xp.float64))
    return SpectralMeasure(
        angles=at,
        density=xp.astype(density, real),
        mass=float(scalar(abs(c[0]))),
        atom_angles=nothing,
        atom_masses=nothing,
        moments=xp.astype(smoothed, xp.result_type(c.dtype, xp.complex64)),
        kernel=kernel,
        order=kernel.order if kernel else FILTER_ORDERS[name],
        epsilon=epsilon,
        noise_amplification=kernel.noise_amplification if kernel else 1.0,
        truncation=truncation,
        status=Status.CONVERGED if certificate.passed else Status.TOLERANCE_NOT_REACHED,
        certificate=certificate,
    )
