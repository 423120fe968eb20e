"""The spectral measure of an observable, smoothed to high order.

nu_eps(t) = (1/2 pi) Re[c_0 + 2 sum_{n >= 1} w_n c_n e^{-int}] with c_n = <K^n g, g> and the
weights w_n of a rational kernel or a filter; from a unitary Galerkin matrix by Cauchy sums
over its eigenvalues, without truncation (Colbrook and Townsend 2024; Colbrook 2023).
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.correlations import checked_moments
from perturbsci.koopman.discrete import (
    atomic_cumulative,
    moment_errors,
    smoothed_atoms,
    smoothed_cumulative,
    spectral_coordinates,
)
from perturbsci.koopman.filters import FILTER_ORDERS, filter_weights
from perturbsci.koopman.limits import limits_required
from perturbsci.koopman.rational import (
    RationalKernel,
    checked_epsilon,
    damping,
    rational_kernel,
)
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.trigonometric import fourier_density, fourier_integral
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["SpectralMeasure", "point_masses", "spectral_measure"]

METHODS = ("rational", "filter", "atoms")
TOLERANCE = 1e-6  # of the mean density c_0/(2 pi): what truncation may cost
ROUGH = 1e-2  # the same where the error of a smoothing is only estimated
TERMS = 2**14  # moments that the error of a discrete measure is summed over


@dataclass(frozen=True, slots=True, eq=False)
class SpectralMeasure(Result):
    """A smoothed spectral measure on the circle of angles.

    Parameters
    ----------
    angles : real array, shape (n_angles,)
        Radians a step, as they were asked for.
    density : real array, shape (n_angles,)
        Mass a radian; zero for method ``"atoms"``.
    mass : float
        c_0 = ||g||^2, the mass of the whole circle.
    atom_angles, atom_masses : real array, shape (k,)
        The discrete measure behind a ``Spectrum``, ascending in (-pi, pi]; of a measure
        from moments empty.
    moments : complex array, shape (n,)
        The smoothed moments w_n c_n; of a ``Spectrum`` with a rational kernel empty.
    kernel : RationalKernel or None
        Of method ``"rational"``.
    order : int
        Power of ``epsilon`` in the error where the density is smooth; 0 for the bump
        filter (faster than any power) and atoms.
    epsilon : float
        Width of the smoothing in radians; 1/N for filters, 0 for atoms.
    noise_amplification : float
        What an error of all moments is multiplied by at most.
    truncation : float
        A bound on what stopping at the last moment costs in the density anywhere.
    status : Status
        TOLERANCE_NOT_REACHED where the certificate fails.
    certificate : Certificate
        Of moments with a rational kernel: ``truncation``, a-posteriori. Else an estimate.

    Examples
    --------
    >>> import numpy as np
    >>> moments = np.append([1.0], np.zeros(200))  # Lebesgue measure
    >>> measure = spectral_measure(moments, [0.0, 1.0])
    >>> (2 * np.pi * measure.density).round(12).tolist()
    [1.0, 1.0]
    >>> float(measure.cumulative([np.pi])[0].round(12))
    1.0
    """

    angles: Array
    density: Array
    mass: float
    atom_angles: Array
    atom_masses: Array
    moments: Array
    kernel: RationalKernel | None
    order: int
    epsilon: float
    noise_amplification: float
    truncation: float
    status: Status
    certificate: Certificate

    def cumulative(self, angles: Array) -> Array:
        """Return the measure of (-pi, t], integrated exactly for the smoothed measure.

        Parameters
        ----------
        angles : real array, shape (n,)
            t in radians; at pi the whole mass, beyond it the integral goes on.

        Returns
        -------
        measure : real array, shape (n,)
            Increasing where the smoothing kernel is positive: order 1, Fejer, atoms.

        Notes
        -----
        As costly as the density at these angles.
        """
        at = _checked_angles(angles)
        namespace(at, self.angles, names=("angles", "measure.angles"))
        kind = self.density.dtype
        xp = namespace(at)
        at = xp.astype(at, xp.float64)
        if len(self.moments):
            found = fourier_integral(xp.astype(self.moments, xp.complex128), at)
        else:
            points = xp.astype(self.atom_angles, xp.float64)
            masses = xp.astype(self.atom_masses, xp.float64)
            if self.kernel is None:
                found = atomic_cumulative(points, masses, at)
            else:
                found = smoothed_cumulative(points, masses, self.kernel, self.epsilon, at)
        return xp.astype(found, kind)


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
    if method not in METHODS:
        raise ParameterError(
            f"method is {method!r}; it must be one of {', '.join(METHODS)}"
        )
    kernel = rational_kernel(order, poles=poles)
    epsilon = checked_epsilon(epsilon)
    filter_weights(filter, 1)
    at = _checked_angles(angles)
    if isinstance(source, Spectrum):
        return _of_spectrum(source, coefficients, at, method, filter, kernel, epsilon)
    if coefficients is not None:
        raise ParameterError(
            "coefficients came with moments, needed a Spectrum of mpedmd as source; drop "
            "coefficients, the moments are those of g already"
        )
    if method == "atoms":
        raise ParameterError(
            "method is 'atoms' for a source of moments, which have none; pass the Spectrum "
            "of mpedmd(krylov_gram(moments, n_functions)), or use separate_atoms(moments)"
        )
    c = checked_moments(source)
    namespace(c, at, names=("source", "angles"))
    if method == "filter":
        return _filtered(c, at, filter)
    return _convolved(c, at, kernel, epsilon)


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
    at, c = _checked_angles(angles), checked_moments(moments)
    namespace(c, at, names=("moments", "angles"))
    measure = _filtered(c, at, filter)
    weights = filter_weights(filter, len(c) - 1)
    return measure.density * (2 * math.pi / (2 * float(weights.sum()) - 1))


def _checked_angles(angles: Array) -> Array:
    return as_array(angles, name="angles", ndim=1, real=True)


def _convolved(
    c: Array, at: Array, kernel: RationalKernel, epsilon: float
) -> SpectralMeasure:
    """Return the measure of moments, convolved with a rational kernel."""
    n, mass = len(c) - 1, float(scalar(abs(c[0])))
    smoothed = _weighted(c, damping(kernel, epsilon, numpy.arange(n + 1)))
    rest = kernel.noise_amplification * math.exp(-(n + 1) * epsilon)
    truncation = mass / math.pi * rest / -math.expm1(-epsilon)
    certificate = Certificate(
        f"what stopping at moment {n} costs in the density smoothed to epsilon",
        truncation,
        TOLERANCE * mass / (2 * math.pi),
        "a-posteriori",
        f"rational kernel of order {kernel.order}, geometric series of abs(c_n) <= c_0",
        (
            "the moments are exact; an error d of each adds at most "
            f"{kernel.noise_amplification / math.pi / math.expm1(epsilon):.3g} d",
            f"the smoothing itself, O(epsilon^{kernel.order} log(1/epsilon)) where the "
            "density is smooth, is not in it",
            _limits_in_words(f"n = {n}", epsilon),
        ),
    )
    return _from_moments(c, at, smoothed, kernel, epsilon, truncation, certificate)


def _filtered(c: Array, at: Array, name: str) -> SpectralMeasure:
    """Return the measure of moments, filtered."""
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
        ROUGH * mass / (2 * math.pi),
        "estimate",
        f"{name} filter",
        (
            "the moments are exact",
            "the density is smooth at these angles",
            _limits_in_words(f"n = {n}", 1 / n),
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


def _of_spectrum(
    spectrum: Spectrum,
    coefficients: Array | None,
    at: Array,
    method: str,
    name: str,
    kernel: RationalKernel,
    epsilon: float,
) -> SpectralMeasure:
    """Return the measure of g = Psi c from a unitary spectrum."""
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
        _limits_in_words(f"N = {spectrum.vectors.shape[0]}", None),
    )
    bound = ROUGH * mass / (2 * math.pi)
    return Certificate(claim, value, bound, "estimate", method, assumptions)


def _of_atoms(n_atoms: int) -> Certificate:
    why = (
        f"{n_atoms} atoms stand for the measure weakly only: as N grows, integrals of "
        "continuous functions converge, single atoms need not",
        _limits_in_words(f"N = {n_atoms}", None),
    )
    claim = "the measure is this sum of atoms"
    return Certificate(claim, math.nan, math.nan, "none", "mpEDMD", why)


def _limits_in_words(size: str, epsilon: float | None) -> str:
    required = limits_required("spectral_measure", declare="unitary").required
    width = "" if epsilon is None else f", epsilon = {epsilon:.3g}"
    return f"limits required {required}, taken 0: {size}{width}"
