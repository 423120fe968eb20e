"""A light and a heavy gas as one state, and its split into E and I.

The state is a vector: the 2 d + 2 numbers of ``macroscopic`` (D = 1), gamma_L on the nodes
of its frame (D = epsilon^2), gamma_H (D = epsilon). Explicit: a third of the heat, the
collisions of each gas with itself plus a penalty, what is beyond Maxwellians in those of
both (``micro_brackets``). Implicit: slip and heat, the Lorentz operator, friction and
diffusion, and the penalty, which is taken off again.
"""

from dataclasses import dataclass

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar, to_host
from perturbsci.multiscale.macroscopic import IMPLICIT_SHARE, Macroscopic, Macrostate
from perturbsci.multiscale.micro_brackets import MicroBrackets
from perturbsci.multiscale.mixture_data import Gaussians
from perturbsci.types import Array

__all__ = ["MixtureFlow"]


@dataclass(frozen=True, slots=True, eq=False)
class MixtureFlow:
    """The two parts of the equations of a mixture.

    Parameters
    ----------
    macroscopic : Macroscopic
        Drifts and temperatures.
    micro : MicroBrackets
        What is beyond them.
    """

    macroscopic: Macroscopic
    micro: MicroBrackets

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Lengths of the three parts of a state."""
        grids = (self.micro.light.grid, self.micro.heavy.grid)
        return self.macroscopic.n_fields, *(g.n**g.dimension for g in grids)

    def split(self, state: Array) -> tuple[numpy.ndarray, Array, Array]:
        """Return the numbers on the host, gamma_L and gamma_H.

        Parameters
        ----------
        state : real array, shape (2 d + 2 + n_L^d + n_H^d,)
            Of the problem.

        Returns
        -------
        fields, light, heavy : real array, shape (2 d + 2,), (n, ..., n), (n, ..., n)
            On the host; on the grids.
        """
        m, n_light, _ = self.sizes
        shapes = self.micro.light.grid.shape, self.micro.heavy.grid.shape
        light = state[m : m + n_light].reshape(shapes[0])
        return to_host(state[:m]), light, state[m + n_light :].reshape(shapes[1])

    def joined(self, fields: numpy.ndarray, light: Array, heavy: Array) -> Array:
        """Return a state of its three parts; the inverse of ``split``.

        Parameters
        ----------
        fields, light, heavy : real array, shape (2 d + 2,), (n, ..., n), (n, ..., n)
            On the host; on the grids.

        Returns
        -------
        state : real array, shape (2 d + 2 + n_L^d + n_H^d,)
            Where light is.
        """
        xp = namespace(light)
        head = xp.asarray(fields, dtype=light.dtype, device=light.device)
        return xp.concat([head, light.reshape(-1), heavy.reshape(-1)])

    def weight(self, epsilon: float) -> Array:
        """Return D.

        Parameters
        ----------
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        weight : real array, shape (n_state,)
            1, epsilon^2 and epsilon.
        """
        xp, (m, _, _) = namespace(self.micro.light.rest), self.sizes
        light = xp.full_like(self.micro.light.rest, epsilon**2)
        return self.joined(
            numpy.ones(m), light, xp.full_like(self.micro.heavy.rest, epsilon)
        )

    def start(self, light: Gaussians, heavy: Gaussians, epsilon: float) -> Array:
        """Return the state of two densities.

        Parameters
        ----------
        light, heavy : Gaussians
            Of unit mass.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        state : real array, shape (n_state,)
            With gamma = 0 for Maxwellians.
        """
        u = heavy.velocity
        T = light.temperature, heavy.temperature
        fields = self.macroscopic.packed(light.velocity, u, *T, epsilon)
        state = self.macroscopic.unpacked(fields, epsilon)
        frames = (self.micro.light, self.micro.heavy)
        equilibria = (self.light_equilibrium(state), self.micro.heavy.rest)
        gammas = []
        for gas, frame, equilibrium, center in zip(
            (light, heavy), frames, equilibria, (epsilon * u, u), strict=True
        ):
            xp = namespace(equilibrium)
            F = xp.asarray(gas.in_frame(frame.grid, center), device=equilibrium.device)
            gamma = frame.tangent_free(F - equilibrium, equilibrium)
            gammas.append(xp.zeros_like(F) if gas.is_maxwellian else gamma)
        return self.joined(fields, *gammas)

    def light_equilibrium(self, state: Macrostate) -> Array:
        """Return M of the light gas: the unit Maxwellian with the drift that is left.

        Parameters
        ----------
        state : Macrostate
            Of both gases.

        Returns
        -------
        equilibrium : real array, shape (n, ..., n)
            M0 where there is no slip.
        """
        scale = numpy.sqrt(state.light_temperature)
        return self.micro.light.drifting(state.slip / scale)

    def explicit(self, state: Array, epsilon: float) -> Array:
        """Return E.

        Parameters
        ----------
        state : real array, shape (n_state,)
            y.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        change : real array, shape (n_state,)
            Not a number if a temperature is lost.
        """
        fields, light, heavy = self.split(state)
        macro = self.macroscopic.unpacked(fields, epsilon)
        if self._is_lost(state, macro):
            return state + numpy.nan
        Xi = self.micro.heavy_spread(heavy)
        equilibrium = self.light_equilibrium(macro)
        excess = light + (equilibrium - self.micro.light.rest)
        shape = self.micro.light_shape(excess, light, macro, epsilon, Xi)
        heat = self.macroscopic.heat(macro, epsilon)
        explicit = (1 - IMPLICIT_SHARE) * heat + shape.heat
        change = numpy.zeros_like(fields)
        change[-2:] = -explicit, explicit
        stretchings = self._stretchings(macro, epsilon, heat + shape.heat)
        pull = epsilon**2 * self.macroscopic.force(macro, epsilon)
        pull = pull / numpy.sqrt(macro.light_temperature)
        frames = self.micro.light, self.micro.heavy
        of_light = self.micro.of_light(light, equilibrium, macro, epsilon, Xi)
        of_light = of_light + frames[0].motion(light, stretchings[0], pull)
        of_heavy = self.micro.of_heavy(heavy, shape, macro, epsilon)
        of_heavy = of_heavy + frames[1].motion(heavy, stretchings[1])
        return self.joined(
            change,
            frames[0].tangent_free(of_light, equilibrium),
            frames[1].tangent_free(of_heavy, frames[1].rest),
        )

    def _is_lost(self, state: Array, macro: Macrostate) -> bool:
        """Tell whether a number is not finite or a temperature not positive."""
        xp = namespace(state)
        positive = min(macro.light_temperature, macro.heavy_temperature) > 0
        return not (positive and bool(scalar(xp.isfinite(state).all())))

    def _stretchings(
        self, macro: Macrostate, epsilon: float, heat: float
    ) -> tuple[float, float]:
        """Return D T'/(2 T) of both frames, less what ``MicroBrackets`` sees to."""
        warming = self.macroscopic.heatings(macro, epsilon, heat)
        seen_to = self.micro.stretchings(macro, epsilon)
        return (
            warming[0] / (2 * macro.light_temperature) - seen_to[0] - seen_to[1],
            warming[1] / (2 * macro.heavy_temperature) - seen_to[2],
        )

    def solve_implicit(self, rhs: Array, h: float, epsilon: float) -> Array:
        """Return y with D y - h I(y) = rhs: the macroscopic part first.

        Parameters
        ----------
        rhs : real array, shape (n_state,)
            What the implicit part starts from.
        h : float
            Its length.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        state : real array, shape (n_state,)
            Total momentum and energy are those of ``rhs``; not a number if a temperature
            is lost.
        """
        fields, light, heavy = self.split(rhs)
        fields = self.macroscopic.solved(fields, h, epsilon)
        macro = self.macroscopic.unpacked(fields, epsilon)
        if self._is_lost(rhs, macro):
            return rhs + numpy.nan
        penalties = self.micro.penalties(macro, epsilon)
        return self.joined(
            fields,
            self.micro.light.relaxed(
                light, epsilon**2, h, penalties[0], self.light_equilibrium(macro)
            ),
            self.micro.heavy.relaxed(heavy, epsilon, h, penalties[1]),
        )

    def equilibrium(self, state: Array) -> Array:
        """Return the Maxwellians without slip, of the same momentum and energies.

        Parameters
        ----------
        state : real array, shape (n_state,)
            y.

        Returns
        -------
        state : real array, shape (n_state,)
            On the slow manifold.
        """
        fields, light, heavy = self.split(state)
        d = self.macroscopic.exchange.dimension
        fields = fields.copy()
        fields[d : 2 * d] = 0.0
        xp = namespace(light)
        return self.joined(fields, xp.zeros_like(light), xp.zeros_like(heavy))
