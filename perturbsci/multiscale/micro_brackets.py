"""What collisions do to a light and a heavy gas beyond drift and temperature.

Both gases are seen from the heavy drift: the frames of ``moving_frame`` have the centers
epsilon u_H (light) and u_H (heavy), so that only the slip W is left of the drifts. There
the Lorentz operator is about xi = 0, Q1 vanishes, and the force Q0h on the heavy gas is
what moves its frame: both drop out exactly. With G = F_L - M0, s = sqrt(T_L) for hard
spheres and 1 for Maxwell molecules, theta = T_H/T_L, Xi = int xi xi gamma_H,

    light: n_L s [Q(F, F) - Q(M, M)] + s Q0 G + epsilon^2 s [Q2 G + Q2 M0]
    Q2 M0 = n_H {(1 - theta) div(mu0 xi M0) + theta (xi.Xi xi) (mu0/2 - mu0'/r) M0}

(Q0 M0 = 0; subtracted, its spectral error is no source). On functions of |xi| Q2 is
friction and diffusion; on others, which Q0 damps, a diffusion of the wrong sign, and what
the temperature does to the frame runs at speed |xi|: both are taken of G without the waves
for which they are no small corrections of Q0 (``resolved``). With K, D of ``expansions``
for G, s_H like s, kappa the friction of the light Maxwellian at rest,

    heavy: n_H s_H [Q(F, F) - Q(M, M)] + epsilon {kappa div(xi gamma + Lap gamma/theta)
           + div(K xi F) + (1/(2 T_H)) grad grad:(D F)}.

The light Maxwellian leaves the heavy one Maxwellian.

References: Degond and Lucquin-Desreux (1996); Hao, Jiang and Liu (2024).
"""

from dataclasses import dataclass

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import to_host
from perturbsci.multiscale.angular import angular_average
from perturbsci.multiscale.exchange import Exchange
from perturbsci.multiscale.expansions import drag_moments, drag_terms, lorentz_terms
from perturbsci.multiscale.macroscopic import Macrostate
from perturbsci.multiscale.moving_frame import MovingFrame, Penalty
from perturbsci.types import Array

__all__ = ["LightShape", "MicroBrackets"]


@dataclass(frozen=True, slots=True, eq=False)
class LightShape:
    """What a light density adds to the exchange with the heavy gas.

    Parameters
    ----------
    friction, diffusion : real array, shape (d, d)
        K and D of F_L - M0, for unit density and temperature.
    heat : float
        S of gamma_L alone.
    """

    friction: numpy.ndarray
    diffusion: numpy.ndarray
    heat: float


@dataclass(frozen=True, slots=True, eq=False)
class MicroBrackets:
    """The collision brackets of both gases.

    Parameters
    ----------
    light, heavy : MovingFrame
        The frames.
    densities : tuple of float
        n_L, n_H.
    rates : tuple of float
        Light-light, light-heavy, heavy-heavy.
    exchange : Exchange
        Light-heavy.
    """

    light: MovingFrame
    heavy: MovingFrame
    densities: tuple[float, float]
    rates: tuple[float, float, float]
    exchange: Exchange

    @property
    def spheres(self) -> bool:
        """Whether rates grow with the relative speed."""
        return self.exchange.kernel == "hard_spheres"

    def speed(self, temperature: float) -> float:
        """Return s, by which rates grow with temperature.

        Parameters
        ----------
        temperature : float
            T.

        Returns
        -------
        speed : float
            sqrt(T) for hard spheres, 1 for Maxwell molecules.
        """
        return float(numpy.sqrt(max(temperature, 0.0))) if self.spheres else 1.0

    def friction(self, state: Macrostate) -> float:
        """Return kappa of the light Maxwellian at rest.

        Parameters
        ----------
        state : Macrostate
            Of both gases.

        Returns
        -------
        kappa : float
            Per slow time, without the factor q^2 of the closure.
        """
        a, _ = self.exchange.rates(0.0, max(state.light_temperature, 0.0), 0.0, 0.0)
        return self.densities[0] * a

    def mu0(self) -> Array | float:
        """Return the Lorentz rate at the light nodes, for temperature 1.

        Beyond the half width, where no density is, the rate of spheres stays constant: the
        penalty needs a bound.

        Returns
        -------
        mu0 : float or real array, shape (n, ..., n)
            Without n_H.
        """
        if not self.spheres:
            return self.rates[1]
        grid = self.light.grid
        xp = namespace(self.light.rest)
        radius = xp.sqrt(grid.speed_squared)
        return self.rates[1] * xp.minimum(radius, xp.full_like(radius, grid.half_width))

    def penalties(self, state: Macrostate, epsilon: float) -> tuple[Penalty, Penalty]:
        """Return the penalties of both gases: the largest loss rates on their grids.

        Parameters
        ----------
        state : Macrostate
            Of both gases.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        light, heavy : Penalty
            beta and nu, not divided by powers of epsilon.
        """
        n, (ll, lh, hh) = self.densities, self.rates
        T_L, T_H = max(state.light_temperature, 0.0), max(state.heavy_temperature, 0.0)
        theta = T_H / T_L if T_L else 0.0
        back = T_L / T_H if T_H else 0.0
        s_light, s_heavy = self.speed(T_L), self.speed(T_H)
        scattering = n[1] * s_light * self.mu0()
        if self.spheres:
            s_light *= self.light.grid.half_width
            s_heavy *= self.heavy.grid.half_width
        kappa, lorentz = self.friction(state), epsilon**2 * n[1] * lh * s_light
        # Friction and diffusion of Q2 and Q1h, and how Maxwellians stretch the frames.
        stretching = self.exchange.mass_factor(epsilon) ** 2
        stretching *= self.exchange.rates(epsilon, T_L, T_H, state.slip_squared)[1]
        light = lorentz + epsilon**2 * stretching * n[1] * (theta - 1)
        heavy = epsilon * (kappa + stretching * n[0] * (back - 1))
        return (
            Penalty(n[0] * ll * s_light, max(light, 0.0), lorentz * theta, scattering),
            Penalty(n[1] * hh * s_heavy, max(heavy, 0.0), epsilon * kappa * back),
        )

    def light_shape(
        self,
        excess: Array,
        gamma: Array,
        state: Macrostate,
        epsilon: float,
        Xi: numpy.ndarray,
    ) -> LightShape:
        """Return friction, diffusion and heat beyond those of the Maxwellian at rest.

        Parameters
        ----------
        excess, gamma : real array, shape (n, ..., n)
            F_L - M0 and F_L - M.
        state : Macrostate
            Of both gases.
        epsilon : float
            Square root of the mass ratio.
        Xi : real array, shape (d, d)
            int xi xi gamma_H.

        Returns
        -------
        shape : LightShape
            Zero for a Maxwellian at rest.
        """
        grid, d = self.light.grid, self.light.grid.dimension
        kernel, rate = self.exchange.kernel, self.exchange.rate
        _, K, D = drag_moments(excess, grid, kernel, rate)
        heat = 0.0
        if self.spheres:  # of Maxwell molecules gamma has no moment that matters
            _, friction, diffusion = drag_moments(gamma, grid, kernel, rate)
            T_L, T_H = state.light_temperature, state.heavy_temperature
            q, s = self.exchange.mass_factor(epsilon), self.speed(T_L)
            gained = T_L * float(numpy.trace(diffusion)) / 2
            lost = T_H * float((friction * (numpy.eye(d) + Xi)).sum())
            heat = q**2 * self.densities[0] * self.densities[1] * s * (gained - lost)
        return LightShape(K, D, heat)

    def of_light(
        self,
        excess: Array,
        gamma: Array,
        equilibrium: Array,
        state: Macrostate,
        epsilon: float,
        Xi: numpy.ndarray,
        stretching: float,
    ) -> Array:
        """Return the bracket of the light gas, epsilon^2 F' by collisions and heat.

        Parameters
        ----------
        excess, gamma, equilibrium : real array, shape (n, ..., n)
            F - M0, F - M, M.
        state : Macrostate
            Of both gases.
        epsilon : float
            Square root of the mass ratio.
        Xi : real array, shape (d, d)
            int xi xi gamma_H.
        stretching : float
            epsilon^2 T_L'/(2 T_L) by the exchange of heat.

        Returns
        -------
        change : real array, shape (n, ..., n)
            Not yet projected.
        """
        frame, d = self.light, self.light.grid.dimension
        n, s = self.densities, self.speed(state.light_temperature)
        theta = state.heavy_temperature / state.light_temperature
        mu0 = self.mu0()
        second = theta * (numpy.eye(d) + Xi)
        turns = stretching / (n[1] * self.rates[1] * s)  # to be compared with Q0
        mean, smooth = self._resolved(excess, epsilon**2 * (1 + theta), turns)
        moved = smooth
        if equilibrium is not frame.rest:
            moved = self._resolved(gamma, epsilon**2 * (1 + theta), turns)[1]
        q0 = n[1] * mu0 * (mean - excess)
        _, _, q2 = lorentz_terms(
            smooth, frame.grid, frame.waves, mu0, n[1], numpy.zeros(d), second
        )
        change = n[0] * frame.collisions(gamma, equilibrium)
        change = change + q0 + epsilon**2 * (q2 + self._rest_source(mu0, theta, Xi))
        return s * change + frame.motion(moved, stretching, numpy.zeros(d))

    def _resolved(self, f: Array, spread: float, turns: float) -> tuple[Array, Array]:
        """Return A f, and f without what varies with direction too fast for Q0.

        (A + (1 - A)/(1 + c^2)) f, c = spread |k|^2 + turns |k| half_width: how much
        diffusion and motion of a wave there are, relative to its Lorentz collisions.
        """
        frame = self.light
        xp, waves = namespace(f), frame.waves
        mean = angular_average(f, frame.grid)
        size = spread * waves.squares
        size = size + abs(turns) * frame.grid.half_width * xp.sqrt(waves.squares)
        rest = waves.back(waves.forward(f - mean) / (1 + size**2))
        return mean, mean + rest

    def _rest_source(self, mu0: Array | float, theta: float, Xi: numpy.ndarray) -> Array:
        """Return Q2 M0 but for what is tangent."""
        grid, rest = self.light.grid, self.light.rest
        along = sum(
            float(Xi[i, j]) * x * y
            for i, x in enumerate(grid.points)
            for j, y in enumerate(grid.points)
        )
        source = theta * along * mu0 / 2
        if self.spheres:  # mu0 = rate r: div(mu0 xi M0) = rate r (d + 1 - r^2) M0
            xp, squares = namespace(rest), grid.speed_squared
            radius = xp.sqrt(squares)
            source = source - theta * along * self.rates[1] / radius
            growth = self.rates[1] * radius * (grid.dimension + 1 - squares)
            source = source + (1 - theta) * growth
        return self.densities[1] * source * rest

    def of_heavy(
        self, gamma: Array, shape: LightShape, state: Macrostate, epsilon: float
    ) -> Array:
        """Return the bracket of the heavy gas, epsilon F' by collisions.

        Parameters
        ----------
        gamma : real array, shape (n, ..., n)
            F - M0.
        shape : LightShape
            Of the light gas.
        state : Macrostate
            Of both gases.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        change : real array, shape (n, ..., n)
            Not yet projected.
        """
        frame, d = self.heavy, self.heavy.grid.dimension
        T_L, T_H = state.light_temperature, state.heavy_temperature
        s_light, s_heavy = self.speed(T_L), self.speed(T_H)
        kappa, n_L = self.friction(state), self.densities[0]
        K = n_L * s_light * shape.friction
        D = n_L * s_light * T_L / T_H * shape.diffusion
        none = numpy.zeros(d)
        drag = frame.drag.applied(gamma, kappa, kappa * T_L / T_H)
        if shape.friction.any() or shape.diffusion.any():
            drag = drag + drag_terms(gamma, frame.grid, frame.waves, none, K, D)[1]
        # The same of M0, div(K xi M0) + (1/2) grad grad:(D M0), but for what is tangent.
        skew = D / 2 - K
        along = sum(
            float(skew[i, j]) * x * y
            for i, x in enumerate(frame.grid.points)
            for j, y in enumerate(frame.grid.points)
        )
        source = (along - float(numpy.trace(skew))) * frame.rest
        change = self.densities[1] * s_heavy * frame.collisions(gamma, frame.rest)
        return change + epsilon * (drag + source)

    def heavy_spread(self, gamma: Array) -> numpy.ndarray:
        """Return Xi = int xi xi gamma_H.

        Parameters
        ----------
        gamma : real array, shape (n, ..., n)
            Without moments of 1, xi, abs(xi)^2.

        Returns
        -------
        Xi : real array, shape (d, d)
            On the host, trace 0.
        """
        grid = self.heavy.grid
        xp = namespace(gamma)
        rows = [xp.stack([(x * y * gamma).sum() for y in grid.points]) for x in grid.points]
        return to_host(xp.stack(rows)) * grid.cell_volume
