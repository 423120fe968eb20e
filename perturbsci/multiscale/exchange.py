"""Momentum and heat between a light and a heavy Maxwellian, at any ratio of their masses.

Units: light velocity v, heavy velocity epsilon w, m_L = 1, m_H = 1/epsilon^2; slow time t =
epsilon^2 times the light collision time. With the slip W = U_L - epsilon u_H and
q = 1/(1 + epsilon^2), per volume and slow time,

    momentum to the heavy gas   F = q a n_L n_H W / epsilon               (heavy units)
    energy to the heavy gas     F.u_H + q^2 d b n_L n_H (T_L - T_H) + q^2 a n_L n_H |W|^2

Maxwell molecules, B = rate/|S|: a = b = rate, whatever the densities are. Hard spheres,
B = rate r/(4 pi): a = k Phi(s), b = k Psi(s), k = (8/3) rate sqrt(2/pi) sqrt(T_L +
epsilon^2 T_H), s^2 = |W|^2 / (2 (T_L + epsilon^2 T_H)),

    Phi(s) = (3 sqrt(pi)/8)(s + 1/s - 1/(4 s^3)) erf(s) + (3/8)(1 + 1/(2 s^2)) exp(-s^2)
    Psi(s) = (sqrt(pi)/2)(s + 1/(2 s)) erf(s) + (1/2) exp(-s^2),

1 + s^2/5 and 1 + s^2/3 for small s. The closure "leading" puts epsilon = 0 in q, k and s
and drops the last term of the energy: it is off by 2 epsilon^2 relatively.

References: Schunk (1977), equations of the hard sphere; Hao, Jiang and Liu (2024).
"""

import math
from dataclasses import dataclass

from perturbsci.arguments import one_of, positive, whole
from perturbsci.errors import ParameterError

__all__ = ["CLOSURES", "KERNELS", "Exchange", "light_epsilon"]

KERNELS = ("maxwell", "hard_spheres")
CLOSURES = ("eps2", "leading")
SERIES_BELOW = 0.05  # of s: the closed forms cancel like 1/s^3 there
PHI = (1.0, 1 / 5, -1 / 70, 1 / 630, -1 / 5544)
PSI = (1.0, 1 / 3, -1 / 30, 1 / 210, -1 / 1512)


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """What two Maxwellians exchange.

    Parameters
    ----------
    kernel : str
        ``"maxwell"`` or ``"hard_spheres"``.
    rate : float
        Collision rate int B dsigma, or total cross section.
    dimension : int
        d; 3 for hard spheres.
    closure : str
        ``"eps2"`` or ``"leading"``.

    Raises
    ------
    ParameterError
        If a word is unknown, the rate not positive, or hard spheres are asked for in
        another dimension than 3.

    Examples
    --------
    >>> Exchange("maxwell", 2.0, 3, "eps2").rates(0.1, 1.0, 1.0, 0.0)
    (2.0, 2.0)
    """

    kernel: str
    rate: float
    dimension: int
    closure: str

    def __post_init__(self) -> None:
        """Check the words and the numbers."""
        one_of(self.kernel, "kernel", KERNELS)
        one_of(self.closure, "closure", CLOSURES)
        object.__setattr__(self, "rate", positive(self.rate, "rate"))
        whole(self.dimension, "dimension", least=1, most=3)
        if self.kernel == "hard_spheres" and self.dimension != 3:
            raise ParameterError(
                f"dimension is {self.dimension} with kernel 'hard_spheres', whose rates "
                "are known for dimension 3 only; pass dimension=3 or kernel='maxwell'"
            )

    def mass_factor(self, epsilon: float) -> float:
        """Return q.

        Parameters
        ----------
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        factor : float
            1/(1 + epsilon^2), or 1 for ``"leading"``.
        """
        return 1.0 if self.closure == "leading" else 1 / (1 + epsilon**2)

    def rates(
        self, epsilon: float, light: float, heavy: float, slip_squared: float
    ) -> tuple[float, float]:
        """Return the rates a of momentum and b of heat.

        Parameters
        ----------
        epsilon : float
            Square root of the mass ratio.
        light, heavy : float
            Temperatures, not negative.
        slip_squared : float
            abs(W)^2.

        Returns
        -------
        momentum, heat : float
            Without the factors q, densities and dimension.
        """
        if self.kernel == "maxwell":
            return self.rate, self.rate
        spread = light if self.closure == "leading" else light + epsilon**2 * heavy
        spread = max(spread, 0.0)
        base = 8 / 3 * self.rate * math.sqrt(2 / math.pi * spread)
        if slip_squared <= 2 * SERIES_BELOW**2 * spread:
            square = slip_squared / (2 * spread) if slip_squared else 0.0
            powers = [square**k for k in range(len(PHI))]
            phi = sum(c * p for c, p in zip(PHI, powers, strict=True))
            psi = sum(c * p for c, p in zip(PSI, powers, strict=True))
            return base * phi, base * psi
        return _fast(self.rate, spread, slip_squared)

    def light_heating(self, epsilon: float, slip_squared: float) -> float:
        """Return the heat that the slip makes in the light gas, times epsilon^2.

        Parameters
        ----------
        epsilon : float
            Square root of the mass ratio.
        slip_squared : float
            abs(W)^2.

        Returns
        -------
        heating : float
            To be multiplied with a n_L n_H; q^2 abs(W)^2, or abs(W)^2.
        """
        return self.mass_factor(epsilon) ** 2 * slip_squared

    def heavy_heating(self, epsilon: float, slip_squared: float) -> float:
        """Return the heat that the slip makes in the heavy gas.

        Parameters
        ----------
        epsilon : float
            Square root of the mass ratio.
        slip_squared : float
            abs(W)^2.

        Returns
        -------
        heating : float
            To be multiplied with a n_L n_H; q^2 abs(W)^2, or 0.
        """
        if self.closure == "leading":
            return 0.0
        return self.mass_factor(epsilon) ** 2 * slip_squared


def _fast(rate: float, spread: float, slip_squared: float) -> tuple[float, float]:
    """Return k Phi(s) and k Psi(s) from their closed forms, written without 0/0 in T."""
    if spread == 0:  # two beams: the limits s Phi -> 3 sqrt(pi) s^2/8 of cold gases
        speed = math.sqrt(slip_squared)
        return rate * speed, 4 / 3 * rate * speed
    base = 8 / 3 * rate * math.sqrt(2 / math.pi * spread)
    s = math.sqrt(slip_squared / (2 * spread))
    root, bell = math.sqrt(math.pi) * math.erf(s), math.exp(-s * s)
    phi = 3 / 8 * ((s + 1 / s - 1 / (4 * s**3)) * root + (1 + 1 / (2 * s * s)) * bell)
    psi = ((s + 1 / (2 * s)) * root + bell) / 2
    return base * phi, base * psi


def light_epsilon(epsilon: float) -> float:
    """Return a square root of a mass ratio that is at most 1.

    Parameters
    ----------
    epsilon : float
        sqrt(m_L/m_H).

    Returns
    -------
    epsilon : float
        The same.

    Raises
    ------
    ParameterError
        If it exceeds 1: then the light gas is the heavy one.
    """
    if epsilon > 1:
        raise ParameterError(
            f"epsilon is {epsilon:g}, the square root of light over heavy mass, and must "
            "not exceed 1; exchange the species"
        )
    return epsilon
