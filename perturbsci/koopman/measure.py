"""The spectral measure of an observable, smoothed to high order.

nu_eps(t) = (1/2 pi) Re[c_0 + 2 sum_{n >= 1} w_n c_n e^{-int}] with c_n = <K^n g, g> and the
weights w_n of a rational kernel or a filter; from a unitary Galerkin matrix by Cauchy sums
over its eigenvalues, without truncation (Colbrook and Townsend 2024; Colbrook 2023).
"""

import math

from perturbsci.arguments import one_of
from perturbsci.backend import namespace
from perturbsci.errors import ParameterError
from perturbsci.koopman.correlations import checked_moments
from perturbsci.koopman.filters import filter_weights
from perturbsci.koopman.measure_fields import SpectralMeasure, checked_angles
from perturbsci.koopman.moment_measures import convolved, filtered
from perturbsci.koopman.rational import checked_epsilon, rational_kernel
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.unitary_measures import of_spectrum
from perturbsci.types import Array

__all__ = ["point_masses", "spectral_measure"]

METHODS = ("rational", "filter", "atoms")


def spectral_measure(
    source: Array | Spectrum,
    angles: Array,
    *,
    method: str = "rational",
    order: int = 4,
    epsilon: float = 0.1,
    poles: str = "equispaced",
    filter: str = "bump",
    coefficients: Array | None = None,
) -> SpectralMeasure:
    """Return the spectral measure of an observable g, smoothed.

    Parameters
    ----------
    source : real or complex array, shape (n + 1,), or Spectrum
        Moments c_0, ..., c_n of g as ``autocorrelation`` gives them, or the unitary
        spectrum of ``mpedmd``.
    angles : real array, shape (n_angles,)
        Where the density is wanted; radians a step, modulo 2 pi.
    method : str
        ``"rational"``: kernels of width ``epsilon``; ``"filter"``: the truncated Fourier
        series, filtered, with all moments (of a Spectrum: as many as it has functions);
        ``"atoms"``: the discrete measure, of a Spectrum only.
    order : int
        m of the rational kernel, from 1 to 12.
    epsilon : float
        Its width in radians.
    poles : str
        ``"equispaced"`` or ``"chebyshev"``.
    filter : str
        ``"fejer"``, ``"cosine"``, ``"vandeven"``, ``"sharpened"`` or ``"bump"``.
    coefficients : real or complex array, shape (n_functions,), optional
        Of g in the dictionary; with a Spectrum only.

    Returns
    -------
    measure : SpectralMeasure
        In the precision of the source; computed in double precision.

    Raises
    ------
    ShapeError
        If shapes do not fit.
    ParameterError
        If an option is unknown or out of range, or no measure has these moments.

    Notes
    -----
    The error is O(epsilon^m log(1/epsilon)) where the density is smooth, and moments up to
    n = log(1/tolerance)/epsilon are wanted. An error d of the moments costs up to
    (d/pi) noise_amplification/epsilon. Kernels of order 2 and more are not positive:
    beside an atom the density swings below zero; ``separate_atoms`` first. Moments:
    8 n n_angles flops; Spectrum: 12 m n_functions n_angles and, for the certificate, 8
    n_functions^2 log(1e6)/epsilon.

    References
    ----------
    Colbrook and Townsend (2024), sections 4 and 5; Colbrook, Horning, and
    Townsend (2021); Colbrook (2023).

    Examples
    --------
    >>> import numpy as np
    >>> moments = 0.5 ** np.arange(100)  # of the Poisson density of width log 2
    >>> measure = spectral_measure(moments, [0.0], order=6, epsilon=0.05)
    >>> exact = (1 - 0.25) / (2 * np.pi * 0.25)
    >>> bool(abs(measure.density[0] - exact) < 1e-6)
    True
    """
    one_of(method, "method", METHODS)
    kernel = rational_kernel(order, poles=poles)
    epsilon = checked_epsilon(epsilon)
    filter_weights(filter, 1)
    at = checked_angles(angles)
    if isinstance(source, Spectrum):
        return of_spectrum(source, coefficients, at, method, filter, kernel, epsilon)
    if coefficients is not None:
        raise ParameterError(
            f"coefficients is {coefficients!r:.40} but source holds moments, which are "
            "those of g already; drop coefficients, or pass the Spectrum of mpedmd"
        )
    if method == "atoms":
        raise ParameterError(
            f"method is {method!r} for a source of moments, which have none; pass the "
            "Spectrum of mpedmd(krylov_gram(moments, n_functions)), or use "
            "separate_atoms(moments)"
        )
    c = checked_moments(source, name="source")
    namespace(c, at, names=("source", "angles"))
    if method == "filter":
        return filtered(c, at, filter)
    return convolved(c, at, kernel, epsilon)


def point_masses(moments: Array, angles: Array, *, filter: str = "bump") -> Array:
    """Return the mass of an atom at each angle, as far as the moments can tell.

    Parameters
    ----------
    moments : real or complex array, shape (n + 1,)
        c_0, ..., c_n.
    angles : real array, shape (n_angles,)
        Where an atom may be, to better than about 1/n.
    filter : str
        As for ``spectral_measure``.

    Returns
    -------
    masses : real array, shape (n_angles,)
        nu_N(t) / ((1/2 pi) sum phi(n/N)); where there is no atom, about 2 pi/n times the
        density.

    Raises
    ------
    ShapeError
        If there are fewer than 2 moments.
    ParameterError
        If the filter is unknown or no measure has these moments.

    References
    ----------
    Colbrook and Townsend (2024), section 4.

    Examples
    --------
    >>> import numpy as np
    >>> point_masses(np.exp(0.3j * np.arange(50)), [0.3]).round(12)
    array([1.])
    """
    at, c = checked_angles(angles), checked_moments(moments)
    namespace(c, at, names=("moments", "angles"))
    measure = filtered(c, at, filter)
    weights = filter_weights(filter, len(c) - 1)
    return measure.density * (2 * math.pi / (2 * float(weights.sum()) - 1))
