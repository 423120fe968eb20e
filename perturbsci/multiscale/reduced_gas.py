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

import threading
from collections.abc import Callable
from dataclasses import dataclass

from perturbsci.backend import namespace
from perturbsci.backend.kernels.fluxes import (
    muscl_difference,
    upwind_difference,
    weno5_difference,
)
from perturbsci.multiscale.equilibria import discrete_maxwellian
from perturbsci.multiscale.velocity import VelocityGrid
from perturbsci.types import Array

__all__ = ["DIFFERENCES", "Fields", "ReducedGas"]

DIFFERENCES = {
    "upwind": upwind_difference,
    "muscl": muscl_difference,
    "weno5": weno5_difference,
}
GHOSTS = 3
NEWTON = 16.0  # tolerance of the discrete moments in unit roundoffs


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """Moments of a state, each of shape (n_cells,).

    Parameters
    ----------
    density, velocity, temperature : real array
        rho, u, T.
    stress : real array
        P_xx = int (v_x - u)^2 f dv; rho T in equilibrium.
    heat_flux : real array
        int (v_x - u) abs(v - u)^2/2 f dv.
    """

    density: Array
    velocity: Array
    temperature: Array
    stress: Array
    heat_flux: Array


class ReducedGas:
    """Transport and relaxation of a state; each thread has its buffers.

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
    reconstruction : str
        One of ``DIFFERENCES``.
    boundary : str
        ``"outflow"`` or ``"periodic"``.
    width : float
        Of a cell.
    """

    def __init__(
        self,
        grid: VelocityGrid,
        dimension: int,
        bend: float,
        frequency: str,
        reconstruction: str,
        boundary: str,
        width: float,
    ) -> None:
        self.grid, self.d, self.bend = grid, dimension, bend
        self.n_fields = 1 if dimension == 1 else 2
        self.frequency, self.boundary, self.width = frequency, boundary, width
        self.difference = DIFFERENCES[reconstruction]
        self.memory = threading.local()

    def transport(self, state: Array, epsilon: float, out: Array) -> Array:  # noqa: ARG002
        """Write -v f_x into ``out``, shape (n_fields, n_cells, n_velocities)."""
        memory = self._ready(state)
        cells = memory.padded
        for k in range(self.n_fields):
            cells[GHOSTS:-GHOSTS] = state[k]
            if self.boundary == "periodic":
                cells[:GHOSTS] = cells[-2 * GHOSTS : -GHOSTS]
                cells[-GHOSTS:] = cells[GHOSTS : 2 * GHOSTS]
            else:
                cells[:GHOSTS] = state[k, :1]
                cells[-GHOSTS:] = state[k, -1:]
            self.difference(cells, memory.v, self.width, out=out[k])
        return out

    def relax(self, rhs: Array, h: float, epsilon: float, out: Array) -> Array:
        """Write (epsilon rhs + h nu G)/(epsilon + h nu) into ``out``, shape as rhs."""
        memory = self._ready(rhs)
        xp, row, other = memory.xp, memory.row, memory.other
        self._measure(rhs)
        rate = h  # h nu
        if self.frequency == "density":
            xp.multiply(memory.density, h, out=memory.rate)
            rate = memory.rate
        # L_x = T + b (Theta' - T), Theta' after the relaxation of its own equation
        memory.center[:, 0] = memory.velocity
        memory.variance[...] = memory.temperature
        if self.bend and self.n_fields > 1:
            xp.multiply(rate, (1 - self.bend) / epsilon if epsilon else 0.0, out=row)
            row += 1.0
            xp.divide(1.0, row, out=row)
            if not epsilon:
                row[...] = 0.0
            xp.subtract(memory.theta, memory.temperature, out=other)
            other *= row
            other *= self.bend
            memory.variance += other
        memory.fit()
        # Newton's sums run in another order than those that measure the density: without
        # this every step would change the mass by the same rounding.
        xp.sum(memory.factor, axis=1, out=row)
        row *= self.grid.spacing
        xp.divide(memory.density, row, out=row)
        memory.factor *= row[:, None]
        # stay + go = 1; in units of the larger, so that no epsilon overflows
        if epsilon:
            xp.divide(rate, epsilon, out=row)
            row += 1.0
            xp.divide(1.0, row, out=row)
        else:
            row[...] = 0.0
        xp.subtract(1.0, row, out=other)
        gaussian = memory.factor
        for k in range(self.n_fields):
            if k == 1:  # (d - 1) L_perp = d T - L_x
                memory.temperature *= self.d
                memory.temperature -= memory.variance
                gaussian *= memory.temperature[:, None]
            xp.multiply(gaussian, other[:, None], out=memory.term)
            xp.multiply(rhs[k], row[:, None], out=out[k])
            out[k] += memory.term
        return out

    def _measure(self, state: Array) -> None:
        """Put density, velocity, temperature and Theta_xx of a state into buffers."""
        memory = self.memory
        xp, row, dv = memory.xp, memory.row, self.grid.spacing
        g = state[0]
        xp.sum(g, axis=1, out=memory.density)
        memory.density *= dv
        xp.multiply(g, memory.v, out=memory.term)
        xp.sum(memory.term, axis=1, out=memory.velocity)
        memory.velocity *= dv
        memory.velocity /= memory.density
        xp.subtract(memory.v, memory.velocity[:, None], out=memory.term)
        memory.term *= memory.term
        memory.term *= g
        xp.sum(memory.term, axis=1, out=memory.theta)
        memory.theta *= dv
        memory.theta /= memory.density
        memory.temperature[...] = memory.theta
        if self.n_fields > 1:
            xp.sum(state[1], axis=1, out=row)
            row *= dv
            row /= memory.density
            memory.temperature += row
            memory.temperature /= self.d

    def _ready(self, like: Array) -> threading.local:
        memory = self.memory
        if getattr(memory, "dtype", "") == like.dtype.name:
            return memory
        memory.dtype, memory.xp = like.dtype.name, namespace(like)
        xp, dtype, device = memory.xp, like.dtype, like.device
        n, m = like.shape[1:]
        for name, shape in (
            *((name, (n,)) for name in ("density", "velocity", "temperature", "theta")),
            *((name, (n,)) for name in ("row", "other", "rate", "variance", "defect")),
            ("center", (n, 1)),
            ("gauss", (n, 1, m)),
            ("term", (n, m)),
            ("padded", (n + 2 * GHOSTS, m)),
        ):
            setattr(memory, name, xp.zeros(shape, dtype=dtype, device=device))
        memory.v = xp.asarray(self.grid.nodes, dtype=dtype)
        memory.factor = memory.gauss[:, 0]
        memory.fit = discrete_maxwellian.bind(
            memory.v,
            self.grid.spacing,
            memory.center,
            memory.variance,
            NEWTON * float(xp.finfo(dtype).eps) / 2,
            out=(memory.gauss, memory.defect),
        )
        return memory

    def gaussian(
        self, density: Array, velocity: Array, variance: Array, rest: Array
    ) -> Array:
        """Return the state of a Gaussian; ``rest`` is (d - 1) L_perp, all shape (n,)."""
        xp = namespace(density)
        tolerance = NEWTON * float(xp.finfo(density.dtype).eps) / 2
        nodes = xp.asarray(self.grid.nodes, dtype=density.dtype)
        factor, _ = discrete_maxwellian(
            nodes, self.grid.spacing, velocity[:, None], variance, tolerance
        )
        g = factor[:, 0] * density[:, None]
        return xp.stack([g] if self.n_fields == 1 else [g, g * rest[:, None]])

    def equilibrium(self, state: Array) -> Array:
        """Return the Maxwellians with the same density, velocity and temperature."""
        own = self.fields(state)
        rest = (self.d - 1) * own.temperature
        return self.gaussian(own.density, own.velocity, own.temperature, rest)

    def conserved(self, state: Array) -> Array:
        """Return density, momentum and twice the energy, shape (3, n_cells)."""
        xp, dv = namespace(state), self.grid.spacing
        v = xp.asarray(self.grid.nodes, dtype=state.dtype)
        g = state[0]
        energy = (g * v**2).sum(1)
        if self.n_fields > 1:
            energy = energy + state[1].sum(1)
        return xp.stack([g.sum(1) * dv, (g * v).sum(1) * dv, energy * dv])

    def fields(self, state: Array) -> Fields:
        """Return the moments of a state."""
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
        """Return one of the moments as a function of state and epsilon."""
        return lambda state, epsilon: getattr(self.fields(state), name)  # noqa: ARG005

    def integral(self, row: int) -> Callable[[Array, float], Array]:
        """Return the mean over x of one conserved density as such a function."""
        return lambda state, epsilon: self.conserved(state)[row].mean()  # noqa: ARG005

    def rate(self, density: Array) -> Array:
        """Return nu, shape (n_cells,)."""
        return density if self.frequency == "density" else 0 * density + 1

    def near_equilibrium(self, maxwellians: Array, epsilon: float) -> Array:
        """Return f to first order in epsilon (Chapman and Enskog), shape of a state.

        f = G - (epsilon/nu) (M_t + v M_x), M_t from the Euler equations; with
        epsilon/(nu + epsilon) in place of epsilon/nu, which stays below 1.
        """
        xp, v = namespace(maxwellians), self.grid.nodes
        own = self.fields(maxwellians)
        rate = self.transport(maxwellians, 0.0, xp.zeros_like(maxwellians))
        change = self.conserved(rate)
        density, u, T = own.density, own.velocity, own.temperature
        nu = self.rate(density)
        share = epsilon / (nu + epsilon)
        # M_t is tangent to the Maxwellians: from the changes of density, velocity and T
        slower = (change[1] - u * change[0]) / density
        cooler = change[2] - u**2 * change[0] - 2 * density * u * slower
        cooler = (cooler / density - self.d * T * change[0] / density) / self.d
        c = v - u[:, None]
        relative = (change[0] / density)[:, None] + c * (slower / T)[:, None]
        relative = relative + (c**2 / T[:, None] - 1) * (cooler / T / 2)[:, None]
        off = [rate[0] - maxwellians[0] * relative]
        if self.n_fields > 1:
            extra = (self.d - 1) * maxwellians[0] * cooler[:, None]
            off.append(rate[1] - maxwellians[1] * relative - extra)
        deviation = (off[0] * c**2).sum(1) * self.grid.spacing / density
        bent = (
            self.bend / (1 - self.bend) * share * deviation if self.n_fields > 1 else 0 * T
        )
        base = self.gaussian(density, u, T + bent, (self.d - 1) * T - bent)
        return base + xp.stack(off) * share[:, None]

    def two_streams(self, density: Array, velocity: Array, temperature: Array) -> Array:
        """Return two beams with the same three moments, shape of a state."""
        apart = (temperature / 2) ** 0.5
        rest = (self.d - 1) * temperature
        beams = [
            self.gaussian(density / 2, velocity + sign * apart, temperature / 2, rest)
            for sign in (-1, 1)
        ]
        return beams[0] + beams[1]

    def entropy(self, state: Array) -> Array:
        """Return the integral of f ln f over v in all cells, shape (n_cells,).

        For d > 1 that of the f with least entropy that has these g and h, a Gaussian in
        v_perp, without its constants. Negative values count as zero.
        """
        xp, dv = namespace(state), self.grid.spacing
        tiny = 1e-300 if state.dtype.name == "float64" else 1e-37
        g = xp.maximum(state[0], 0 * state[0] + tiny)
        logarithm = xp.log(g)
        if self.n_fields > 1:
            h = xp.maximum(state[1], 0 * state[1] + tiny)
            logarithm = logarithm - (self.d - 1) / 2 * (xp.log(h) - logarithm)
        return (g * logarithm).sum(1) * dv
