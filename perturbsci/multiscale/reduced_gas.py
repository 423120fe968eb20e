"""A gas in one space dimension with d velocity components, reduced to one.

Fields g = int f dv_perp and, for d > 1, h = int abs(v_perp)^2 f dv_perp (Chu), both on a
grid of v_x: density, velocity, temperature, P_xx and heat flux are sums of these. The
relaxation goes to the Gaussian

    g: rho/sqrt(2 pi L_x) exp(-(v - u)^2/(2 L_x)),   h: (d - 1) L_perp times it,

L_x = (1 - b) T + b Theta_xx, L_x + (d - 1) L_perp = d T, Theta = P/rho; b = 0 is BGK,
b = 1 - 1/Pr the ellipsoidal model. On the grid its moments are exact (a discrete
Maxwellian), or mass would be lost.

References: Chu (1965); Holway (1966); Mieussens (2000).
"""

from collections.abc import Callable
from dataclasses import dataclass

from perturbsci.backend import namespace
from perturbsci.multiscale.equilibria import discrete_maxwellian
from perturbsci.multiscale.velocity import VelocityGrid
from perturbsci.types import Array

__all__ = ["NEWTON", "Fields", "ReducedGas"]

NEWTON = 16.0  # tolerance of the discrete moments in unit roundoffs


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """Moments of a state.

    Parameters
    ----------
    density, velocity, temperature : real arrays, shape (n_cells,)
        rho, u, T.
    stress : real array, shape (n_cells,)
        P_xx = int (v_x - u)^2 f dv; rho T in equilibrium.
    heat_flux : real array, shape (n_cells,)
        int (v_x - u) abs(v - u)^2/2 f dv.
    """

    density: Array
    velocity: Array
    temperature: Array
    stress: Array
    heat_flux: Array


class ReducedGas:
    """Moments and equilibria of a state, shape (n_fields, n_cells, n_velocities).

    Parameters
    ----------
    grid : VelocityGrid
        Of v_x.
    dimension : int
        d.
    bend : float
        b.
    frequency : str
        ``"constant"``, nu = 1, or ``"density"``, nu = rho.
    """

    def __init__(
        self, grid: VelocityGrid, dimension: int, bend: float, frequency: str
    ) -> None:
        self.grid, self.d, self.bend = grid, dimension, bend
        self.n_fields = 1 if dimension == 1 else 2
        self.frequency = frequency

    def gaussian(
        self, density: Array, velocity: Array, variance: Array, rest: Array
    ) -> Array:
        """Return the state of a Gaussian; ``rest`` is (d - 1) L_perp, all shape (n,).

        Parameters
        ----------
        density : real array, shape (n_cells,)
            rho.
        velocity : real array, shape (n_cells,)
            u.
        variance : real array, shape (n_cells,)
            L_x.
        rest : real array, shape (n_cells,)
            (d - 1) L_perp.

        Returns
        -------
        state : array, shape (n_fields, n_cells, n_velocities)
            With these moments exactly.
        """
        xp = namespace(density)
        tolerance = NEWTON * float(xp.finfo(density.dtype).eps) / 2
        nodes = xp.asarray(self.grid.nodes, dtype=density.dtype)
        factor, _ = discrete_maxwellian(
            nodes, self.grid.spacing, velocity[:, None], variance, tolerance
        )
        g = factor[:, 0] * density[:, None]
        return xp.stack([g] if self.n_fields == 1 else [g, g * rest[:, None]])

    def equilibrium(self, state: Array) -> Array:
        """Return the Maxwellians with the same density, velocity and temperature.

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.

        Returns
        -------
        state : array, shape (n_fields, n_cells, n_velocities)
            Maxwellians.
        """
        own = self.fields(state)
        rest = (self.d - 1) * own.temperature
        return self.gaussian(own.density, own.velocity, own.temperature, rest)

    def conserved(self, state: Array) -> Array:
        """Return density, momentum and twice the energy, shape (3, n_cells).

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.

        Returns
        -------
        densities : real array, shape (3, n_cells)
            Sums over the grid.
        """
        xp, dv = namespace(state), self.grid.spacing
        v = xp.asarray(self.grid.nodes, dtype=state.dtype)
        g = state[0]
        energy = (g * v**2).sum(1)
        if self.n_fields > 1:
            energy = energy + state[1].sum(1)
        return xp.stack([g.sum(1) * dv, (g * v).sum(1) * dv, energy * dv])

    def fields(self, state: Array) -> Fields:
        """Return the moments of a state.

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.

        Returns
        -------
        fields : Fields
            All moments.
        """
        xp, dv = namespace(state), self.grid.spacing
        v = xp.asarray(self.grid.nodes, dtype=state.dtype)
        g = state[0]
        density = g.sum(1) * dv
        velocity = (g * v).sum(1) * dv / density
        c = v - velocity[:, None]
        stress = (g * c**2).sum(1) * dv
        trace, flux = stress, (g * c**3).sum(1) * dv
        if self.n_fields > 1:
            trace = trace + state[1].sum(1) * dv
            flux = flux + (state[1] * c).sum(1) * dv
        return Fields(density, velocity, trace / (self.d * density), stress, flux / 2)

    def observable(self, name: str) -> Callable[[Array, float], Array]:
        """Return one of the moments as a function of state and epsilon.

        Parameters
        ----------
        name : str
            A field of ``Fields``.

        Returns
        -------
        function : callable
            Of state and epsilon, to an array of shape (n_cells,) or a number.
        """
        return lambda state, epsilon: getattr(self.fields(state), name)  # noqa: ARG005

    def integral(self, row: int) -> Callable[[Array, float], Array]:
        """Return the mean over x of one conserved density as such a function.

        Parameters
        ----------
        row : int
            0 density, 1 momentum, 2 twice the energy.

        Returns
        -------
        function : callable
            Of state and epsilon, to an array of shape (n_cells,) or a number.
        """
        return lambda state, epsilon: self.conserved(state)[row].mean()  # noqa: ARG005

    def rate(self, density: Array) -> Array:
        """Return nu, shape (n_cells,).

        Parameters
        ----------
        density : real array, shape (n_cells,)
            rho.

        Returns
        -------
        nu : real array, shape (n_cells,)
            Positive.
        """
        return density if self.frequency == "density" else 0 * density + 1

    def entropy(self, state: Array) -> Array:
        """Return the integral of f ln f over v in all cells, shape (n_cells,).

        For d > 1 that of the f with least entropy that has these g and h, a Gaussian in
        v_perp, without its constants. Negative values count as zero.

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.

        Returns
        -------
        entropy : real array, shape (n_cells,)
            Per length.
        """
        xp, dv = namespace(state), self.grid.spacing
        tiny = 1e-300 if state.dtype.name == "float64" else 1e-37
        g = xp.maximum(state[0], 0 * state[0] + tiny)
        logarithm = xp.log(g)
        if self.n_fields > 1:
            h = xp.maximum(state[1], 0 * state[1] + tiny)
            logarithm = logarithm - (self.d - 1) / 2 * (xp.log(h) - logarithm)
        return (g * logarithm).sum(1) * dv
