"""What a run of a mixture reports: temperatures, drifts, densities, entropy, invariants."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.multiscale.macroscopic import Macrostate
from perturbsci.multiscale.mixture_flow import MixtureFlow
from perturbsci.multiscale.moving_frame import MovingFrame
from perturbsci.types import Array

__all__ = ["MixtureQuantities"]

Quantity = Callable[[Array, float], Array]
Number = Callable[[Array, float], float]


@dataclass(frozen=True, slots=True, eq=False)
class MixtureQuantities:
    """Functions of a state of a mixture and of epsilon.

    Parameters
    ----------
    flow : MixtureFlow
        Whose states they take.
    """

    flow: MixtureFlow

    def observables(self) -> dict[str, Quantity]:
        """Return the observables by name.

        Returns
        -------
        observables : dict of str to callable
            Of state and epsilon.
        """
        names = (
            "light_temperature",
            "heavy_temperature",
            "light_velocity",
            "heavy_velocity",
        )
        found = {name: self._of_macrostate(name) for name in names}
        light, heavy = self.flow.micro.light, self.flow.micro.heavy
        found["light_distance"] = lambda state, _: light.distance(self.flow.split(state)[1])
        found["heavy_distance"] = lambda state, _: heavy.distance(self.flow.split(state)[2])
        found["light"] = lambda state, epsilon: self._densities(state, epsilon)[0]
        found["heavy"] = lambda state, epsilon: self._densities(state, epsilon)[1]
        return found

    def invariants(self) -> dict[str, Quantity]:
        """Return masses, total momentum and total energy by name.

        Returns
        -------
        invariants : dict of str to callable
            Of state and epsilon.
        """
        d, micro = self.flow.macroscopic.exchange.dimension, self.flow.micro
        return {
            "light_mass": lambda state, _: self._mass(
                micro.light, self.flow.split(state)[1], micro.densities[0]
            ),
            "heavy_mass": lambda state, _: self._mass(
                micro.heavy, self.flow.split(state)[2], micro.densities[1]
            ),
            "momentum": lambda state, _: state[:d],
            "energy": lambda state, _: state[2 * d] + state[2 * d + 1],
        }

    def invariant_scales(self) -> dict[str, Number]:
        """Return the sums of absolute contributions to the invariants.

        Returns
        -------
        scales : dict of str to callable
            Of state and epsilon.
        """
        d, n = self.flow.macroscopic.exchange.dimension, self.flow.micro.densities

        def momentum(state: Array, epsilon: float) -> float:
            macro = self._macro(state, epsilon)
            # Thermal speeds count: the mean of a gas at rest is a sum that cancels.
            heavy = abs(macro.heavy_velocity).max() + math.sqrt(macro.heavy_temperature)
            light = abs(macro.light_velocity).max() + math.sqrt(macro.light_temperature)
            return float(scalar(n[1] * heavy + epsilon * n[0] * light))

        return {
            "light_mass": lambda *_: n[0],
            "heavy_mass": lambda *_: n[1],
            "momentum": momentum,
            "energy": lambda state, _: float(scalar(state[2 * d] + state[2 * d + 1])),
        }

    def entropy(self, state: Array, epsilon: float) -> float:
        """Return int f_L ln f_L + int f_H ln f_H, each in its own units.

        Parameters
        ----------
        state : real array, shape (n_state,)
            y.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        entropy : float
            n (ln n - (d/2) ln T + int F ln F) of both gases.
        """
        macro = self._macro(state, epsilon)
        _, light, heavy = self.flow.split(state)
        micro, d = self.flow.micro, self.flow.macroscopic.exchange.dimension
        total = 0.0
        for frame, gamma, equilibrium, n, T in (
            (
                micro.light,
                light,
                self.flow.light_equilibrium(macro),
                micro.densities[0],
                macro.light_temperature,
            ),
            (
                micro.heavy,
                heavy,
                micro.heavy.rest,
                micro.densities[1],
                macro.heavy_temperature,
            ),
        ):
            inner = frame.entropy(gamma, equilibrium)
            total += n * (math.log(n) - d / 2 * math.log(T) + inner)
        return total

    def minimum(self, state: Array, epsilon: float) -> float:
        """Return the smallest value of both densities, relative to the peaks.

        Parameters
        ----------
        state : real array, shape (n_state,)
            y.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        minimum : float
            Negative where a density is.
        """
        _, light, heavy = self.flow.split(state)
        micro = self.flow.micro
        M = self.flow.light_equilibrium(self._macro(state, epsilon))
        densities = (M + light, micro.heavy.rest + heavy)
        return min(float(scalar(F.min() / F.max())) for F in densities)

    def coldest(self, state: Array, epsilon: float) -> float:
        """Return the smaller temperature.

        Parameters
        ----------
        state : real array, shape (n_state,)
            y.
        epsilon : float
            Square root of the mass ratio.

        Returns
        -------
        temperature : float
            Not positive if the run is lost.
        """
        macro = self._macro(state, epsilon)
        return min(macro.light_temperature, macro.heavy_temperature)

    def _macro(self, state: Array, epsilon: float) -> Macrostate:
        return self.flow.macroscopic.unpacked(self.flow.split(state)[0], epsilon)

    def _of_macrostate(self, name: str) -> Quantity:
        """Return a field of the macrostate as an array where the state is."""

        def quantity(state: Array, epsilon: float) -> Array:
            xp = namespace(state)
            return xp.asarray(getattr(self._macro(state, epsilon), name), dtype=state.dtype)

        return quantity

    def _mass(self, frame: MovingFrame, gamma: Array, density: float) -> Array:
        return density * (1 + gamma.sum() * frame.grid.cell_volume)

    def _densities(self, state: Array, epsilon: float) -> tuple[Array, Array]:
        """Return f_L and f_H on the nodes sqrt(T) xi + center."""
        macro, micro = self._macro(state, epsilon), self.flow.micro
        _, light, heavy = self.flow.split(state)
        d = self.flow.macroscopic.exchange.dimension
        scale = [
            n * T ** (-d / 2)
            for n, T in zip(
                micro.densities,
                (macro.light_temperature, macro.heavy_temperature),
                strict=True,
            )
        ]
        M = self.flow.light_equilibrium(macro)
        return scale[0] * (M + light), scale[1] * (micro.heavy.rest + heavy)
