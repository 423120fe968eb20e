"""Transport of two fields by their waves: (u, v) -> (-v_x, -a^2 u_x), periodic.

v + a u moves with speed a, v - a u with speed -a; each is differenced from its upwind side.
``spectral`` differentiates both fields at once.
"""

import threading
from collections.abc import Callable

from perturbsci.backend import namespace
from perturbsci.backend.kernels.fluxes import (
    muscl_difference,
    upwind_difference,
    weno5_difference,
)
from perturbsci.multiscale.periodic import PairDerivative
from perturbsci.types import Array

__all__ = ["DIFFERENCES", "GHOSTS", "SPACES", "two_wave_transport"]

DIFFERENCES = {
    "upwind": upwind_difference,
    "muscl": muscl_difference,
    "weno5": weno5_difference,
}
SPACES = ("spectral", *DIFFERENCES)
GHOSTS = 3  # cells at each end that these read


def two_wave_transport(
    n_cells: int, length: float, speed: float, space: str
) -> Callable[[Array, Array], None]:
    """Return the transport of two fields as a function that writes into a buffer.

    Parameters
    ----------
    n_cells : int
        Cells.
    length : float
        Of the interval.
    speed : float
        a.
    space : str
        One of ``SPACES``.

    Returns
    -------
    transport : callable
        ``transport(state, out)``, both of shape (2, n_cells); it is safe in threads.
    """
    a, memory = speed, threading.local()
    if space == "spectral":
        derivative = PairDerivative(n_cells, length)

        def spectral(state: Array, out: Array) -> None:
            xp, slopes = namespace(state), derivative.joined(state)
            xp.negative(slopes.imag, out=out[0])
            xp.multiply(slopes.real, -a * a, out=out[1])

        return spectral

    def upwinded(state: Array, out: Array) -> None:
        xp = namespace(state)
        if getattr(memory, "dtype", "") != state.dtype.char:
            memory.dtype = state.dtype.char
            shape = (n_cells + 2 * GHOSTS, 2)
            memory.waves = xp.zeros(shape, dtype=state.dtype, device=state.device)
            memory.rates = xp.zeros((n_cells, 2), dtype=state.dtype, device=state.device)
            speeds = xp.asarray([a, -a], dtype=state.dtype, device=state.device)
            memory.difference = DIFFERENCES[space].bind(
                memory.waves, speeds, length / n_cells, out=memory.rates
            )
        waves, rates = memory.waves, memory.rates
        cells = waves[GHOSTS:-GHOSTS]
        xp.multiply(state[0], a, out=cells[:, 0])
        xp.subtract(state[1], cells[:, 0], out=cells[:, 1])
        xp.add(cells[:, 0], state[1], out=cells[:, 0])
        waves[:GHOSTS] = cells[-GHOSTS:]
        waves[-GHOSTS:] = cells[:GHOSTS]
        memory.difference()
        xp.subtract(rates[:, 0], rates[:, 1], out=out[0])
        out[0] /= 2 * a
        xp.add(rates[:, 0], rates[:, 1], out=out[1])
        out[1] /= 2

    return upwinded
