"""Velocities and temperatures of a light and a heavy gas: the stiff step that comes first.

The state is total momentum P = n_H u_H + epsilon n_L U_L, slip W = U_L - epsilon u_H and
the energies E = n (d T + |U|^2)/2 of both gases, so that

    u_H = (P - epsilon n_L W)/(n_H + epsilon^2 n_L),   U_L = W + epsilon u_H.

With the rates a, b, q and the force F of ``exchange``, P is conserved and

    W' = -q a (n_H/epsilon^2 + n_L) W                                          (implicit)
    E_H' = F.u_H + epsilon q F.W                                               (implicit)
    E_H' = S = q^2 d b n_L n_H (T_L - T_H)           (2/3 implicit, 1/3 explicit)

and E_L' = -E_H'. The shares make the leading errors of bdf2 cancel, extrapolation h^2 S''
against -h^2 (E_H')''/3: heat is exchanged with order 3. The implicit step is regular at
epsilon = 0: the momentum that it moves is epsilon n_L n_H (W_old - W_new)/(n_H + epsilon^2
n_L), whatever h/epsilon^2 is. The closure "leading" leaves out epsilon q F.W.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.multiscale.exchange import Exchange

__all__ = ["IMPLICIT_SHARE", "Macroscopic", "Macrostate"]

MOST_ITERATIONS = 60
IMPLICIT_SHARE = 2 / 3  # of the heat


@dataclass(frozen=True, slots=True, eq=False)
class Macrostate:
    """Velocities and temperatures.

    Parameters
    ----------
    light_velocity, heavy_velocity, slip : real array, shape (d,)
        U_L in light units, u_H in heavy units, W in light units.
    light_temperature, heavy_temperature : float
        T_L and T_H.
    """

    light_velocity: numpy.ndarray
    heavy_velocity: numpy.ndarray
    slip: numpy.ndarray
    light_temperature: float
    heavy_temperature: float

    @property
    def slip_squared(self) -> float:
        """The square of abs(W)."""
        return float(self.slip @ self.slip)


@dataclass(frozen=True, slots=True, eq=False)
class Macroscopic:
    """The macroscopic equations of a mixture.

    Parameters
    ----------
    light, heavy : float
        Densities n_L and n_H.
    exchange : Exchange
        Their rates.
    """

    light: float
    heavy: float
    exchange: Exchange

    @property
    def n_fields(self) -> int:
        """How many numbers a state has: P, W, E_L, E_H."""
        return 2 * self.exchange.dimension + 2

    def packed(
        self,
        light_velocity: numpy.ndarray,
        heavy_velocity: numpy.ndarray,
        light_temperature: float,
        heavy_temperature: float,
        epsilon: float,
    ) -> numpy.ndarray:
        """Return the state of given velocities and temperatures.

        Parameters
        ----------
        light_velocity, heavy_velocity : real array, shape (d,)
            U_L and u_H, each in its units.
        light_temperature, heavy_temperature : float
            T_L and T_H.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        fields : real array, shape (n_fields,)
            P, W, E_L, E_H.
        """
        d, U, u = self.exchange.dimension, light_velocity, heavy_velocity
        energies = [
            self.light * (d * light_temperature + U @ U) / 2,
            self.heavy * (d * heavy_temperature + u @ u) / 2,
        ]
        momentum = self.heavy * u + epsilon * self.light * U
        return numpy.concatenate([momentum, U - epsilon * u, energies])

    def unpacked(self, fields: numpy.ndarray, epsilon: float) -> Macrostate:
        """Return velocities and temperatures of a state.

        Parameters
        ----------
        fields : real array, shape (n_fields,)
            On the host.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        macrostate : Macrostate
            A temperature may be negative.
        """
        d = self.exchange.dimension
        W = fields[d : 2 * d]
        mass = self.heavy + epsilon**2 * self.light
        u = (fields[:d] - epsilon * self.light * W) / mass
        U = W + epsilon * u
        T_L = (2 * fields[2 * d] / self.light - float(U @ U)) / d
        T_H = (2 * fields[2 * d + 1] / self.heavy - float(u @ u)) / d
        return Macrostate(U, u, W, float(T_L), float(T_H))

    def heat(self, state: Macrostate, epsilon: float) -> float:
        """Return S of Maxwellians.

        Parameters
        ----------
        state : Macrostate
            Of both gases.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        heat : float
            Energy per volume and slow time from the light to the heavy gas.
        """
        T = state.light_temperature, state.heavy_temperature
        _, b = self.exchange.rates(epsilon, *T, state.slip_squared)
        q, d = self.exchange.mass_factor(epsilon), self.exchange.dimension
        return q**2 * d * b * self.light * self.heavy * (T[0] - T[1])

    def heatings(
        self, state: Macrostate, epsilon: float, heat: float
    ) -> tuple[float, float]:
        """Return epsilon^2 T_L' and epsilon T_H'.

        Parameters
        ----------
        state : Macrostate
            Of both gases.
        epsilon : float
            Square root of the mass ratio.
        heat : float
            S.

        Returns
        -------
        light, heavy : float
            Regular at epsilon = 0.
        """
        T = state.light_temperature, state.heavy_temperature
        a, _ = self.exchange.rates(epsilon, *T, state.slip_squared)
        d, both = self.exchange.dimension, self.light * self.heavy
        warm = a * both * self.exchange.light_heating(epsilon, state.slip_squared)
        rub = a * both * self.exchange.heavy_heating(epsilon, state.slip_squared)
        light = 2 / (d * self.light) * (warm - epsilon**2 * heat)
        heavy = 2 / (d * self.heavy) * epsilon * (heat + rub)
        return light, heavy

    def force(self, state: Macrostate, epsilon: float) -> numpy.ndarray:
        """Return epsilon u_H', which the slip causes.

        Parameters
        ----------
        state : Macrostate
            Of both gases.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        force : real array, shape (d,)
            q a n_L W.
        """
        T = state.light_temperature, state.heavy_temperature
        a, _ = self.exchange.rates(epsilon, *T, state.slip_squared)
        return self.exchange.mass_factor(epsilon) * a * self.light * state.slip

    def solved(self, rhs: numpy.ndarray, h: float, epsilon: float) -> numpy.ndarray:
        """Return the state after the implicit part of a step.

        Parameters
        ----------
        rhs : real array, shape (n_fields,)
            What the implicit part starts from.
        h : float
            Its length.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        fields : real array, shape (n_fields,)
            Same total momentum and energy as ``rhs``.

        Notes
        -----
        The slip keeps its direction. For hard spheres the rates are those of the new
        temperatures: a fixed point, in which temperatures enter by their square root.
        """
        q = self.exchange.mass_factor(epsilon)
        mass = self.heavy + epsilon**2 * self.light
        fields, gap = rhs, math.inf
        for _ in range(MOST_ITERATIONS):
            state, before = self.unpacked(fields, epsilon), gap
            T = state.light_temperature, state.heavy_temperature
            a, b = self.exchange.rates(epsilon, *T, state.slip_squared)
            left = epsilon**2 / (epsilon**2 + h * q * a * mass)
            fields = self._moved(rhs, left, epsilon)
            equal = 2 * h * IMPLICIT_SHARE * q**2 * b * (self.light + self.heavy)
            fields, gap = self._heated(fields, equal, epsilon)
            if self.exchange.kernel == "maxwell" or abs(gap - before) <= 1e-16 * abs(gap):
                break
        return fields

    def _heated(
        self, fields: numpy.ndarray, equal: float, epsilon: float
    ) -> tuple[numpy.ndarray, float]:
        """Return the state whose temperature difference shrank to D/(1 + equal), and D."""
        state, d = self.unpacked(fields, epsilon), self.exchange.dimension
        gap = state.light_temperature - state.heavy_temperature
        capacity = d / 2 * self.light * self.heavy / (self.light + self.heavy)
        heat = capacity * gap * equal / (1 + equal)
        fields = fields.copy()
        fields[-2:] += -heat, heat
        return fields, gap - heat / capacity

    def _moved(self, rhs: numpy.ndarray, left: float, epsilon: float) -> numpy.ndarray:
        """Return the state in which a part of the slip is left."""
        d = self.exchange.dimension
        mass = self.heavy + epsilon**2 * self.light
        slip = left * rhs[d : 2 * d]
        moved = (1 - left) * rhs[d : 2 * d] * epsilon * self.light * self.heavy / mass
        velocity = (rhs[:d] - epsilon * self.light * slip) / mass
        if self.exchange.closure == "eps2":
            velocity = velocity + epsilon * self.exchange.mass_factor(epsilon) * slip
        work = float(moved @ velocity)
        fields = rhs.copy()
        fields[d : 2 * d] = slip
        fields[2 * d] -= work
        fields[2 * d + 1] += work
        return fields
