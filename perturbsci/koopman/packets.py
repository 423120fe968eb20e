"""Rigged DMD: generalized eigenfunctions of a unitary operator, smoothed to wave packets.

g_theta = -(1/4 pi) sum_j [alpha_j (K + z_j)(K - z_j)^{-1} - conj(alpha_j)(K + z'_j)(K -
z'_j)^{-1}] g, z_j = e^{i theta - i eps a_j}, z'_j = 1/conj(z_j). On an eigenfunction of
e^{i t} this is multiplication by the smoothing kernel K_eps(theta - t), so that g = int
g_theta dtheta (Colbrook, Drysdale, and Horning 2024).
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, blocks, scalar
from perturbsci.errors import ParameterError
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.discrete import pair_forms, spectral_coordinates
from perturbsci.koopman.rational import RationalKernel, checked_epsilon, rational_kernel
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["WavePackets", "rigged_dmd"]

TRUSTED = 0.5  # a packet above it is no approximate eigenfunction
CLAIM = "largest residual ||(K - e^{i theta}) g_theta|| / ||g_theta||"
METHOD = "rigged DMD"


@dataclass(frozen=True, slots=True, eq=False)
class WavePackets(Result):
    """Wave packets g_theta at angles theta, in a dictionary.

    Parameters
    ----------
    angles : real array, shape (n_angles,)
        theta in radians a step.
    coefficients : complex array, shape (n_angles, n_functions)
        Row j holds g_theta of ``angles[j]``; a density, in the unit of g a radian.
    residuals : real array, shape (n_angles,)
        ||(K - e^{i theta}) g_theta|| / ||g_theta||; infinite where g_theta vanishes.
    dictionary : Dictionary or None
        The functions.
    order : int
        Of the kernel.
    epsilon : float
        Its width in radians.
    status : Status
        That of the spectrum, or NOTHING_VERIFIED if no packet has a residual below 0.5.
    certificate : Certificate
        The largest residual; an estimate, since the pairs stand for the measure.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import krylov_gram, mpedmd
    >>> spectrum = mpedmd(krylov_gram(np.append([1.0], np.zeros(40)), 40))
    >>> packets = rigged_dmd(spectrum, np.eye(40)[0], [0.5], epsilon=0.5)
    >>> packets.coefficients.shape
    (1, 40)
    """

    angles: Array
    coefficients: Array
    residuals: Array
    dictionary: Dictionary | None
    order: int
    epsilon: float
    status: Status
    certificate: Certificate

    def evaluate(self, x: Array) -> Array:
        """Evaluate the packets.

        Parameters
        ----------
        x : real or complex array, shape (n, n_state)
            States.

        Returns
        -------
        packets : complex array, shape (n, n_angles)
            Column j belongs to ``angles[j]``.

        Raises
        ------
        ParameterError
            If there is no dictionary: the functions are known by their moments only.
        """
        if self.dictionary is None:
            raise ParameterError(
                f"the dictionary of these packets is {self.dictionary}, since the spectrum "
                "came from moments; use mpedmd(snapshots, dictionary) to evaluate at states"
            )
        psi = self.dictionary(x)
        xp = namespace(psi, self.coefficients, names=("x", "coefficients"))
        if not bool(scalar(xp.all(xp.isfinite(psi)))):
            raise ParameterError(
                f"x has {psi.shape[0]} states, some so large that the dictionary "
                "overflows; pass states where there were data"
            )
        return xp.astype(psi, self.coefficients.dtype) @ self.coefficients.T


def rigged_dmd(
    spectrum: Spectrum,
    coefficients: Array,
    angles: Array,
    *,
    order: int = 4,
    epsilon: float = 0.1,
    poles: str = "equispaced",
) -> WavePackets:
    """Return the wave packets of an observable g at given angles of the spectrum.

    Parameters
    ----------
    spectrum : Spectrum
        Of ``mpedmd``.
    coefficients : real or complex array, shape (n_functions,)
        c of g = Psi c.
    angles : real array, shape (n_angles,)
        theta; radians a step.
    order : int
        m of the rational kernel, from 1 to 12.
    epsilon : float
        Its width in radians.
    poles : str
        ``"equispaced"`` or ``"chebyshev"``.

    Returns
    -------
    packets : WavePackets
        <g_theta, g> is the smoothed density of the spectral measure of g.

    Raises
    ------
    ShapeError
        If shapes do not fit.
    ParameterError
        If an option is out of range or the spectrum is not unitary.

    Notes
    -----
    About (12 m + 24 n_functions) k n_angles flops for k eigenpairs.

    References
    ----------
    Colbrook, Drysdale, and Horning (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import krylov_gram, mpedmd
    >>> spectrum = mpedmd(krylov_gram(np.append([1.0], np.zeros(40)), 40))
    >>> angles = np.arange(-50, 50) * np.pi / 50
    >>> packets = rigged_dmd(spectrum, np.eye(40)[0], angles, epsilon=0.5)
    >>> whole = packets.coefficients.sum(axis=0) * np.pi / 50  # int g_theta dtheta = g
    >>> bool(abs(whole - np.eye(40)[0]).max() < 1e-6)
    True
    """
    kernel = rational_kernel(order, poles=poles)
    epsilon = checked_epsilon(epsilon)
    at = as_array(angles, name="angles", ndim=1, real=True)
    b, _ = spectral_coordinates(spectrum, coefficients, name="spectrum")
    xp = namespace(b, at, names=("spectrum", "angles"))
    forms, kind, parts, found = pair_forms(spectrum), spectrum.vectors.dtype, [], []
    wide = xp.astype(at, xp.float64)
    for block in blocks(len(at), 128 * max(len(b), 1)):
        scaled = xp.astype(_multipliers(spectrum, kernel, epsilon, wide[block]), kind) * b
        parts.append(scaled @ spectrum.vectors.T)
        found.append(_residuals(forms, scaled, wide[block]))
    residuals = xp.concat(found)
    return WavePackets(
        at,
        xp.concat(parts),
        residuals,
        spectrum.dictionary,
        kernel.order,
        epsilon,
        _status(spectrum, float(scalar(xp.min(residuals)))),
        _certificate(spectrum, float(scalar(xp.max(residuals))), epsilon),
    )


def _multipliers(
    spectrum: Spectrum, kernel: RationalKernel, epsilon: float, at: Array
) -> Array:
    """Return K_eps(theta - t_k), shape (n_angles, k); |e^{i t_k}| = 1 makes it real.

    (l + z')/(l - z') = -conj((l + z)/(l - z)), so the two sums are conjugate.
    """
    xp = namespace(at, spectrum.eigenvalues)
    values = xp.astype(spectrum.eigenvalues, xp.complex128)
    turned = xp.exp(1j * at)[:, None]
    total = 1.0
    for a, alpha in zip(kernel.poles.tolist(), kernel.residues.tolist(), strict=True):
        z = turned * complex(numpy.exp(-1j * epsilon * a))
        total = total + 2 * xp.real(alpha * values / (z - values))
    return total / (2 * math.pi)


def _residuals(forms: tuple[Array, Array, Array], scaled: Array, at: Array) -> Array:
    """Return ||(K - e^{i theta}) g|| / ||g|| of the rows; not below rounding."""
    xp = namespace(scaled, at)
    squared, mixed, image = (
        xp.sum(xp.conj(scaled) * (scaled @ form.T), axis=1) for form in forms
    )
    norms = xp.real(squared)
    turned = xp.astype(xp.exp(-1j * at), scaled.dtype)
    form = xp.real(image) + norms - 2 * xp.real(turned * mixed)
    floor = 32 * float(xp.finfo(scaled.dtype).eps) * (xp.real(image) + norms)
    vanishing = norms <= 0
    quotients = xp.maximum(form, floor) / xp.where(vanishing, 1.0, norms)
    return xp.where(vanishing, xp.inf, xp.sqrt(quotients))


def _status(spectrum: Spectrum, smallest: float) -> Status:
    if not spectrum.status.ok:
        return spectrum.status
    return Status.CONVERGED if smallest <= TRUSTED else Status.NOTHING_VERIFIED


def _certificate(spectrum: Spectrum, largest: float, epsilon: float) -> Certificate:
    if spectrum.certificate.kind == "none":
        why = spectrum.certificate.assumptions
        return Certificate(CLAIM, math.nan, math.nan, "none", METHOD, why)
    assumptions = (
        "G, A, L are those of the measure: the error of sampling is not in it",
        f"a packet of width epsilon = {epsilon:.3g} has a residual of that size at best",
    )
    return Certificate(CLAIM, largest, TRUSTED, "estimate", METHOD, assumptions)
