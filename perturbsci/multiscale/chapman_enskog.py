"""Initial data of a gas near its local equilibrium, and far from it.

To first order in epsilon f = G - (epsilon/nu) (M_t + v M_x), with M_t from the Euler
equations, that is tangent to the Maxwellians and with the moments of -v M_x.

References: Chapman and Cowling (1970), chapter 7; Holway (1966).
"""

from collections.abc import Callable

from perturbsci.backend import namespace
from perturbsci.multiscale.reduced_gas import ReducedGas
from perturbsci.types import Array

__all__ = ["near_equilibrium", "two_streams"]

Transport = Callable[[Array, float, Array], Array]


def near_equilibrium(
    gas: ReducedGas, transport: Transport, maxwellians: Array, epsilon: float
) -> Array:
    """Return f to first order in epsilon (Chapman and Enskog), shape of a state.

    f = G - (epsilon/nu) (M_t + v M_x), M_t from the Euler equations; with
    epsilon/(nu + epsilon) in place of epsilon/nu, which stays below 1.

    Parameters
    ----------
    gas : ReducedGas
        The gas.
    transport : callable
        ``transport(state, epsilon, out)``, -v f_x, shape of a state.
    maxwellians : array, shape (n_fields, n_cells, n_velocities)
        Local equilibria.
    epsilon : float
        The small parameter.

    Returns
    -------
    state : array, shape (n_fields, n_cells, n_velocities)
        New.
    """
    xp, v = namespace(maxwellians), gas.grid.nodes
    own = gas.fields(maxwellians)
    rate = transport(maxwellians, 0.0, xp.zeros_like(maxwellians))
    change = gas.conserved(rate)
    density, u, T = own.density, own.velocity, own.temperature
    nu = gas.rate(density)
    share = epsilon / (nu + epsilon)
    # M_t is tangent to the Maxwellians: from the changes of density, velocity and T
    slower = (change[1] - u * change[0]) / density
    cooler = change[2] - u**2 * change[0] - 2 * density * u * slower
    cooler = (cooler / density - gas.d * T * change[0] / density) / gas.d
    c = v - u[:, None]
    relative = (change[0] / density)[:, None] + c * (slower / T)[:, None]
    relative = relative + (c**2 / T[:, None] - 1) * (cooler / T / 2)[:, None]
    off = [rate[0] - maxwellians[0] * relative]
    if gas.n_fields > 1:
        extra = (gas.d - 1) * maxwellians[0] * cooler[:, None]
        off.append(rate[1] - maxwellians[1] * relative - extra)
    deviation = (off[0] * c**2).sum(1) * gas.grid.spacing / density
    bent = gas.bend / (1 - gas.bend) * share * deviation if gas.n_fields > 1 else 0 * T
    base = gas.gaussian(density, u, T + bent, (gas.d - 1) * T - bent)
    return base + xp.stack(off) * share[:, None]


def two_streams(
    gas: ReducedGas, density: Array, velocity: Array, temperature: Array
) -> Array:
    """Return two beams with the same three moments, shape of a state.

    Parameters
    ----------
    gas : ReducedGas
        The gas.
    density : real array, shape (n_cells,)
        rho.
    velocity : real array, shape (n_cells,)
        u.
    temperature : real array, shape (n_cells,)
        T.

    Returns
    -------
    state : array, shape (n_fields, n_cells, n_velocities)
        New.
    """
    apart = (temperature / 2) ** 0.5
    rest = (gas.d - 1) * temperature
    beams = [
        gas.gaussian(density / 2, velocity + sign * apart, temperature / 2, rest)
        for sign in (-1, 1)
    ]
    return beams[0] + beams[1]
