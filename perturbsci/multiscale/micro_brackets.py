"""What collisions do to a light and a heavy gas beyond drift and temperature.

Both gases are seen from the heavy drift: the frames of ``moving_frame`` have the centers
epsilon u_H (light) and u_H (heavy), so that only the slip W is left of the drifts. There
the Lorentz operator is about xi = 0, Q1 vanishes, and the force Q0h on the heavy gas is
what moves its frame: both drop out exactly. With G = F_L - M0, s = sqrt(T_L) for hard
spheres and 1 for Maxwell molecules, theta = T_H/T_L, Xi = int xi xi gamma_H,

    light: n_L s [Q(F, F) - Q(M, M)] + s Q0 G + epsilon^2 s [Q2 G + Q2 M0]
    Q2 M0 = n_H {(1 - theta) div(mu0 xi M0) + theta (xi.Xi xi) (mu0/2 - mu0'/r) M0}

(Q0 M0 = 0; subtracted, its spectral error is no source). With K, D of ``expansions`` for G,
s_H like s, kappa the friction of the light Maxwellian at rest,

    heavy: n_H s_H [Q(F, F) - Q(M, M)] + epsilon {kappa div(xi gamma + Lap gamma/theta)
           + div(K xi F) + (1/(2 T_H)) grad grad:(D F)}.

Q2 is friction and diffusion of what is a function of abs(xi), n_H div(mu0 (xi + theta grad)
f) for isotropic Xi: that, and kappa, are implicit (``penalties``), as is Q0, with the
stretching of the frames by Maxwellians. On other functions Q2 is a diffusion of the wrong
sign, and stretching runs at speed abs(xi): both are taken without the waves for which they
are no small corrections of Q0, which damps them.

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
from perturbsci.multiscale.radial_terms import q2_of_maxwellian, q2_of_radial
from perturbsci.types import Array

__all__ = ["LightShape", "MicroBrackets"]

FRICTION = 1 / 8  # of Q2 on directions that Q0 damps, relative to its diffusion


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
            Not divided by powers of epsilon. Of Maxwell molecules, and of a heavy gas, P
            is the friction and diffusion that there is, stretching of the frame included.
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
        drag, lorentz = epsilon * self.friction(state), epsilon**2 * n[1] * lh * s_light
        slip, heat, stretching = self.stretchings(state, epsilon)
        light = lorentz + slip + heat, lorentz * theta
        heavy = drag + stretching, drag * back
        return (
            Penalty(n[0] * ll * s_light, *light, scattering),
            Penalty(n[1] * hh * s_heavy, *heavy),
        )

    def stretchings(self, state: Macrostate, epsilon: float) -> tuple[float, float, float]:
        """Return what slip and heat between Maxwellians do to the frames.

        Parameters
        ----------
        state : Macrostate
            Of both gases.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        slip, heat, heavy : float
            epsilon^2 T_L'/(2 T_L), by slip and by heat, and epsilon T_H'/(2 T_H).
        """
        T_L, T_H = max(state.light_temperature, 0.0), max(state.heavy_temperature, 0.0)
        if not min(T_L, T_H):
            return 0.0, 0.0, 0.0
        exchange, (n_L, n_H), d = self.exchange, self.densities, self.exchange.dimension
        a, b = exchange.rates(epsilon, T_L, T_H, state.slip_squared)
        warmed = a * exchange.light_heating(epsilon, state.slip_squared) / d
        rubbed = a * exchange.heavy_heating(epsilon, state.slip_squared) / d
        gap = exchange.mass_factor(epsilon) ** 2 * b * (T_L - T_H)
        light = n_H * warmed / T_L, -(epsilon**2) * n_H * gap / T_L
        # What negative friction would be: hard spheres, a heavy gas much hotter.
        heavy = max(n_L * (gap + rubbed) / T_H, -self.friction(state))
        return *light, epsilon * heavy

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
        gamma: Array,
        equilibrium: Array,
        state: Macrostate,
        epsilon: float,
        Xi: numpy.ndarray,
    ) -> Array:
        """Return what is explicit of the bracket of the light gas, epsilon^2 F'.

        Parameters
        ----------
        gamma, equilibrium : real array, shape (n, ..., n)
            F - M and M.
        state : Macrostate
            Of both gases.
        epsilon : float
            Square root of the mass ratio.
        Xi : real array, shape (d, d)
            int xi xi gamma_H.

        Returns
        -------
        change : real array, shape (n, ..., n)
            Not yet projected. Without L and P A of gamma, but with beta gamma.
        """
        frame, n = self.light, self.densities
        s, mu0 = self.speed(state.light_temperature), self.mu0()
        theta = state.heavy_temperature / state.light_temperature
        slip, heat, _ = self.stretchings(state, epsilon)
        penalty = self.penalties(state, epsilon)[0]
        turns = heat / (n[1] * self.rates[1] * s)  # to be compared with Q0
        spread = epsilon**2 * (1 + theta)
        mean, resolved = self._parts(gamma, spread, turns)
        change = n[0] * s * frame.collisions(gamma, equilibrium) + penalty.rate * gamma
        turned = frame.motion(resolved, heat) + frame.motion(gamma - mean, slip)
        friction = penalty.friction - slip - heat
        if equilibrium is not frame.rest:  # a drift is no part of gamma: it is explicit
            drift = equilibrium - frame.rest
            drift_mean, drift_resolved = self._parts(drift, spread, turns)
            change = change + frame.drag.applied(drift_mean, friction, penalty.diffusion)
            mean, resolved = mean + drift_mean, resolved + drift_resolved
        second = theta * (numpy.eye(frame.grid.dimension) + Xi)
        none = numpy.zeros(frame.grid.dimension)
        q2 = lorentz_terms(resolved, frame.grid, frame.waves, mu0, n[1], none, second)[2]
        turned = turned + epsilon**2 * s * q2
        change = change + turned - angular_average(turned, frame.grid)
        slope = self.rates[1] if self.spheres else 0.0
        q2 = q2_of_maxwellian(frame.rest, frame.grid, mu0, slope, theta, Xi)
        if self.spheres:  # P A has the largest rate on the grid
            change = change - frame.drag.applied(mean, friction, penalty.diffusion)
            q2 = q2 + q2_of_radial(mean, frame.grid, frame.waves, mu0, 1.0, second)
        elif Xi.any():
            q2 = q2 + q2_of_radial(mean, frame.grid, frame.waves, mu0, 0.0, theta * Xi)
        return change + epsilon**2 * n[1] * s * q2

    def _parts(self, f: Array, spread: float, turns: float) -> tuple[Array, Array]:
        """Return A f, and of (1 - A) f what does not vary too fast for Q0 to damp it.

        The second is (1 - A) f/(1 + c^4), c = spread |k|^2 + (turns + spread/8) |k|
        half_width: how much diffusion, and motion and friction far from xi = 0, of a wave
        there are, relative to its Lorentz collisions.
        """
        frame = self.light
        xp, waves = namespace(f), frame.waves
        mean = angular_average(f, frame.grid)
        size = spread * waves.squares
        reach = (abs(turns) + FRICTION * spread) * frame.grid.half_width
        size = size + reach * xp.sqrt(waves.squares)
        return mean, waves.back(waves.forward(f - mean) / (1 + size**4))

    def of_heavy(
        self, gamma: Array, shape: LightShape, state: Macrostate, epsilon: float
    ) -> Array:
        """Return what is explicit of the bracket of the heavy gas, epsilon F'.

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
            Not yet projected. Without P gamma, but with beta gamma.
        """
        frame, d = self.heavy, self.heavy.grid.dimension
        T_L, T_H = state.light_temperature, state.heavy_temperature
        strength = self.densities[0] * self.speed(T_L)
        K, D = strength * shape.friction, strength * T_L / T_H * shape.diffusion
        none = numpy.zeros(d)
        change = self.densities[1] * self.speed(T_H) * frame.collisions(gamma, frame.rest)
        change = change + self.penalties(state, epsilon)[1].rate * gamma
        if not K.any() and not D.any():
            return change
        _, drag = drag_terms(gamma, frame.grid, frame.waves, none, K, D)
        # The same of M0, div(K xi M0) + (1/2) grad grad:(D M0), but for what is tangent.
        skew = D / 2 - K
        along = sum(
            float(skew[i, j]) * x * y
            for i, x in enumerate(frame.grid.points)
            for j, y in enumerate(frame.grid.points)
        )
        source = (along - float(numpy.trace(skew))) * frame.rest
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
