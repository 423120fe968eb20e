"""Spectral measures from a unitary Galerkin matrix: atoms, smoothed without truncation.

How far the smoothed density may be off follows from the residuals of K_N^j g: they bound
the errors of the moments, and the kernel damps these.
"""

import math

import numpy

from perturbsci.backend import namespace
from perturbsci.koopman.discrete import (
    moment_errors,
    smoothed_atoms,
    spectral_coordinates,
)
from perturbsci.koopman.filters import FILTER_ORDERS, filter_weights
from perturbsci.koopman.limits import limits_in_words
from perturbsci.koopman.measure_fields import (
    LIMITS,
    SpectralMeasure,
    mean_density,
)
from perturbsci.koopman.rational import RationalKernel, damping
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.trigonometric import fourier_density
from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["of_spectrum"]

ROUGH = 1e-2  # of the mean density: what errors of the moments may cost
TERMS = 2**14  # moments whose errors are summed


def of_spectrum(
    spectrum: Spectrum,
    coefficients: Array | None,
    at: Array,
    method: str,
    name: str,
    kernel: RationalKernel,
    epsilon: float,
) -> SpectralMeasure:
    """Return the measure of g = Psi c from a unitary spectrum.

    Parameters
    ----------
    spectrum : Spectrum
        Of ``mpedmd``.
    coefficients : array, shape (n_functions,), or None
        c, as the user passed it.
    at : real array, shape (n_angles,)
        Angles.
    method : str
        ``"rational"``, ``"filter"`` or ``"atoms"``.
    name : str
        Of the filter.
    kernel : RationalKernel
        Of any order.
    epsilon : float
        Its width.

    Returns
    -------
    measure : SpectralMeasure
        Without truncation; its certificate is an estimate or none.
    """
    b, mass = spectral_coordinates(spectrum, coefficients)
    xp = namespace(b, at, names=("source", "angles"))
    values = xp.astype(spectrum.eigenvalues, xp.complex128)
    points = xp.atan2(xp.imag(values), xp.real(values))
    points = xp.where(points <= -math.pi, math.pi, points)
    order = xp.argsort(points, stable=True)
    points, real = points[order], xp.abs(b[:1]).dtype
    masses = xp.astype(xp.abs(b) ** 2, xp.float64)[order]
    wide = xp.astype(at, xp.float64)
    smoothed, density = xp.zeros(0, dtype=xp.complex128), xp.zeros(len(at))
    errors = moment_errors(spectrum, b, mass, _terms(method, spectrum, epsilon))
    if method == "filter":
        n = len(errors)
        weights = filter_weights(name, n)
        powers = xp.exp(1j * points * xp.arange(n + 1)[:, None])
        smoothed = (powers @ (masses + 0j)) * xp.asarray(weights)
        density = fourier_density(smoothed, wide)
        epsilon, certificate = 1 / n, _of_errors(spectrum, errors, weights, 0.0, mass)
    elif method == "rational":
        density = smoothed_atoms(points, masses, kernel, epsilon, wide)
        weights = damping(kernel, epsilon, numpy.arange(len(errors) + 1))
        tail = kernel.noise_amplification * math.exp(-(len(errors) + 1) * epsilon)
        rest = 2 * mass * tail / -math.expm1(-epsilon)
        certificate = _of_errors(spectrum, errors, weights, rest, mass)
    else:
        epsilon, certificate = 0.0, _of_atoms(len(points))
    smooth = method == "rational"
    ended = spectrum.status if not spectrum.status.ok else Status.CONVERGED
    return SpectralMeasure(
        angles=at,
        density=xp.astype(density, real),
        mass=mass,
        atom_angles=xp.astype(points, real),
        atom_masses=xp.astype(masses, real),
        moments=smoothed,
        kernel=kernel if smooth else None,
        order=kernel.order if smooth else FILTER_ORDERS[name] * (method == "filter"),
        epsilon=epsilon,
        noise_amplification=kernel.noise_amplification if smooth else 1.0,
        truncation=0.0,
        status=ended,
        certificate=certificate,
    )


def _terms(method: str, spectrum: Spectrum, epsilon: float) -> int:
    """Return how many moments have a say in the smoothed density."""
    if method == "filter":
        return int(spectrum.vectors.shape[0])
    return min(math.ceil(math.log(1e6) / epsilon), TERMS) if method == "rational" else 0


def _of_errors(
    spectrum: Spectrum, errors: Array, weights: Array, rest: float, mass: float
) -> Certificate:
    """Claim a density error from errors of the moments, as far as they are known."""
    claim = "error of the smoothed density, smoothing aside"
    method = "mpEDMD, residuals of K_N^n g"
    if spectrum.certificate.kind == "none":
        why = spectrum.certificate.assumptions
        return Certificate(claim, math.nan, math.nan, "none", method, why)
    value = (float(numpy.abs(weights[1:]) @ errors) + rest) / math.pi
    assumptions = (
        "K preserves the measure",
        "G, A, L are those of the measure: the error of sampling is not in it",
        limits_in_words(LIMITS, {"N": spectrum.vectors.shape[0]}),
    )
    bound = ROUGH * mean_density(mass)
    return Certificate(claim, value, bound, "estimate", method, assumptions)


def _of_atoms(n_atoms: int) -> Certificate:
    why = (
        f"{n_atoms} atoms stand for the measure weakly only: as N grows, integrals of "
        "continuous functions converge, single atoms need not",
        limits_in_words(LIMITS, {"N": n_atoms}),
    )
    claim = "the measure is this sum of atoms"
    return Certificate(claim, math.nan, math.nan, "none", "mpEDMD", why)
