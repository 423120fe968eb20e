"""What a spectral measure on the circle of angles consists of."""

import math
from dataclasses import dataclass

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.koopman.discrete import atomic_cumulative, smoothed_cumulative
from perturbsci.koopman.limits import limits_required
from perturbsci.koopman.rational import RationalKernel
from perturbsci.koopman.trigonometric import fourier_integral
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["LIMITS", "SpectralMeasure", "checked_angles", "mean_density"]

LIMITS = limits_required("spectral_measure", declare="unitary")


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
    >>> from perturbsci.koopman import spectral_measure
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
        at = checked_angles(angles)
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


def checked_angles(angles: Array) -> Array:
    """Return angles as an array.

    Parameters
    ----------
    angles : real array, shape (n,)
        As the user passed them.

    Returns
    -------
    angles : real array, shape (n,)
        Finite.
    """
    return as_array(angles, name="angles", ndim=1, real=True)


def mean_density(mass: float) -> float:
    """Return the density of a mass that is spread over the circle.

    Parameters
    ----------
    mass : float
        c_0.

    Returns
    -------
    density : float
        c_0/(2 pi), a mass a radian.
    """
    return mass / (2 * math.pi)
