"""Transport and relaxation of a reduced gas, in place and without allocation.

Relaxation to the Gaussian of ``reduced_gas`` is explicit, although it is an implicit stage:
the moments that enter G are those of rhs, up to the stress of the ellipsoidal model, whose
own equation gives it after the relaxation,

    Theta' = (epsilon Theta_rhs + h nu (1 - b) T)/(epsilon + h nu (1 - b)).
"""

import threading

from perturbsci.backend import get_backend, namespace, use
from perturbsci.multiscale.equilibria import discrete_maxwellian
from perturbsci.multiscale.reduced_gas import NEWTON, ReducedGas
from perturbsci.multiscale.upwinding import DIFFERENCES, GHOSTS
from perturbsci.types import Array

__all__ = ["GasSteps"]

SMALL = 2**14  # nodes up to which one thread serves: handing out work allocates


class GasSteps:
    """The explicit and the implicit part; each thread has its buffers.

    Parameters
    ----------
    gas : ReducedGas
        What moves.
    reconstruction : str
        One of ``DIFFERENCES``.
    boundary : str
        ``"outflow"`` or ``"periodic"``.
    width : float
        Of a cell.
    """

    def __init__(
        self, gas: ReducedGas, reconstruction: str, boundary: str, width: float
    ) -> None:
        self.gas, self.boundary, self.width = gas, boundary, width
        self.difference = DIFFERENCES[reconstruction]
        self.memory = threading.local()

    def transport(self, state: Array, epsilon: float, out: Array) -> Array:  # noqa: ARG002
        """Write -v f_x into ``out``, shape (n_fields, n_cells, n_velocities).

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.
        epsilon : float
            The small parameter.
        out : array, shape (...)
            The result.

        Returns
        -------
        out : array, shape (...)
            The same.
        """
        memory = self._ready(state)
        cells = memory.padded
        for k in range(self.gas.n_fields):
            cells[GHOSTS:-GHOSTS] = state[k]
            if self.boundary == "periodic":
                cells[:GHOSTS] = cells[-2 * GHOSTS : -GHOSTS]
                cells[-GHOSTS:] = cells[GHOSTS : 2 * GHOSTS]
            else:
                cells[:GHOSTS] = state[k, :1]
                cells[-GHOSTS:] = state[k, -1:]
            memory.move()
            out[k] = memory.term
        return out

    def relax(self, rhs: Array, h: float, epsilon: float, out: Array) -> Array:
        """Write (epsilon rhs + h nu G)/(epsilon + h nu) into ``out``, shape as rhs.

        Parameters
        ----------
        rhs : array, shape (...)
            Right side.
        h : float
            Step.
        epsilon : float
            The small parameter.
        out : array, shape (...)
            The result.

        Returns
        -------
        out : array, shape (...)
            The same.
        """
        memory = self._ready(rhs)
        xp, row, other = memory.xp, memory.row, memory.other
        self._measure(rhs)
        rate = h  # h nu
        if self.gas.frequency == "density":
            xp.multiply(memory.density, h, out=memory.rate)
            rate = memory.rate
        # L_x = T + b (Theta' - T), Theta' after the relaxation of its own equation
        memory.center[:, 0] = memory.velocity
        memory.variance[...] = memory.temperature
        if self.gas.bend and self.gas.n_fields > 1:
            xp.multiply(rate, (1 - self.gas.bend) / epsilon if epsilon else 0.0, out=row)
            row += 1.0
            xp.divide(1.0, row, out=row)
            if not epsilon:
                row[...] = 0.0
            xp.subtract(memory.theta, memory.temperature, out=other)
            other *= row
            other *= self.gas.bend
            memory.variance += other
        memory.fit()
        # Newton's sums run in another order than those that measure the density: without
        # this every step would change the mass by the same rounding.
        xp.sum(memory.factor, axis=1, out=row)
        row *= self.gas.grid.spacing
        xp.divide(memory.density, row, out=row)
        memory.spread[...] = row[:, None]
        memory.factor *= memory.spread
        # stay + go = 1; in units of the larger, so that no epsilon overflows
        if epsilon:
            xp.divide(rate, epsilon, out=row)
            row += 1.0
            xp.divide(1.0, row, out=row)
        else:
            row[...] = 0.0
        xp.subtract(1.0, row, out=other)
        gaussian = memory.factor
        for k in range(self.gas.n_fields):
            if k == 1:  # (d - 1) L_perp = d T - L_x
                memory.temperature *= self.gas.d
                memory.temperature -= memory.variance
                memory.spread[...] = memory.temperature[:, None]
                gaussian *= memory.spread
            memory.spread[...] = other[:, None]
            xp.multiply(gaussian, memory.spread, out=memory.term)
            memory.spread[...] = row[:, None]
            xp.multiply(rhs[k], memory.spread, out=out[k])
            out[k] += memory.term
        return out

    def _measure(self, state: Array) -> None:
        """Put density, velocity, temperature and Theta_xx of a state into buffers."""
        memory = self.memory
        xp, row, dv = memory.xp, memory.row, self.gas.grid.spacing
        g = state[0]
        xp.sum(g, axis=1, out=memory.density)
        memory.density *= dv
        xp.multiply(g, memory.nodes, out=memory.term)
        xp.sum(memory.term, axis=1, out=memory.velocity)
        memory.velocity *= dv
        memory.velocity /= memory.density
        memory.spread[...] = memory.velocity[:, None]
        xp.subtract(memory.nodes, memory.spread, out=memory.term)
        memory.term *= memory.term
        memory.term *= g
        xp.sum(memory.term, axis=1, out=memory.theta)
        memory.theta *= dv
        memory.theta /= memory.density
        memory.temperature[...] = memory.theta
        if self.gas.n_fields > 1:
            xp.sum(state[1], axis=1, out=row)
            row *= dv
            row /= memory.density
            memory.temperature += row
            memory.temperature /= self.gas.d

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
            *((name, (n, m)) for name in ("term", "spread", "nodes")),
            ("padded", (n + 2 * GHOSTS, m)),
        ):
            setattr(memory, name, xp.zeros(shape, dtype=dtype, device=device))
        memory.v = xp.asarray(self.gas.grid.nodes, dtype=dtype)
        memory.nodes[...] = memory.v  # whole tables: NumPy allocates where it broadcasts
        memory.factor = memory.gauss[:, 0]
        own = get_backend()
        with use(own.name, threads=1 if n * m < SMALL else own.threads):
            memory.move = self.difference.bind(
                memory.padded, memory.v, self.width, out=memory.term
            )
            memory.fit = discrete_maxwellian.bind(
                memory.v,
                self.gas.grid.spacing,
                memory.center,
                memory.variance,
                NEWTON * float(xp.finfo(dtype).eps) / 2,
                out=(memory.gauss, memory.defect),
            )
        return memory
