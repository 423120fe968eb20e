"""Q2 of the Lorentz expansion on functions of abs(v): friction and diffusion.

With A f = f, and A of anything odd or traceless times f being 0, ``expansions`` says

    Q2 f = div(mu0 (v f + P grad f)) - (mu0/2) (P - tr P/d):grad grad f

for density 1: no averages, and no differences of them that a grid would have to resolve. Of
the unit Maxwellian M0 and P = theta (1 + Xi), tr Xi = 0,

    Q2 M0 = (1 - theta) div(mu0 v M0) + theta (v.Xi v) (mu0/2 - mu0'/r) M0 + tangent to M0.
"""

import numpy

from perturbsci.backend import namespace
from perturbsci.multiscale.derivatives import Waves
from perturbsci.multiscale.velocity import VelocityGrid
from perturbsci.types import Array

__all__ = ["q2_of_maxwellian", "q2_of_radial"]


def q2_of_radial(
    f: Array,
    grid: VelocityGrid,
    waves: Waves,
    mu0: Array | float,
    friction: float,
    second_moment: numpy.ndarray,
) -> Array:
    """Return Q2 of a function of abs(v), with the friction a v f instead of v f.

    Parameters
    ----------
    f : real array, shape (n, ..., n)
        A function of abs(v).
    grid : VelocityGrid
        The nodes.
    waves : Waves
        Of the grid.
    mu0 : float or real array, shape (n, ..., n)
        The Lorentz rate, a function of abs(v).
    friction : float
        a, 1 or 0 (where friction and isotropic diffusion are accounted for elsewhere).
    second_moment : real array, shape (d, d)
        P, symmetric.

    Returns
    -------
    change : real array, shape (n, ..., n)
        For density 1 of the heavy gas.
    """
    xp, d, P = namespace(f), grid.dimension, second_moment.tolist()
    trace = float(numpy.trace(second_moment))
    traceless = (second_moment - trace / d * numpy.eye(d)).tolist()
    f_hat = waves.forward(f)
    slopes = [k * f_hat for k in waves.first]
    curved = sum(
        traceless[i][j] * waves.first[i] * slopes[j] for i in range(d) for j in range(d)
    )
    rows = [sum(P[i][j] * slopes[j] for j in range(d)) for i in range(d)]
    *fluxes, curvature = waves.back(xp.stack([*rows, curved]))
    fluxes = [
        mu0 * (friction * v * f + flux) for v, flux in zip(grid.points, fluxes, strict=True)
    ]
    return waves.back(waves.divergence(fluxes)) - mu0 * curvature / 2


def q2_of_maxwellian(
    rest: Array,
    grid: VelocityGrid,
    mu0: Array | float,
    slope: float,
    theta: float,
    Xi: numpy.ndarray,
) -> Array:
    """Return Q2 M0 but for what is tangent to the Maxwellians, in closed form.

    Parameters
    ----------
    rest : real array, shape (n, ..., n)
        M0, of temperature 1 at rest.
    grid : VelocityGrid
        The nodes.
    mu0 : float or real array, shape (n, ..., n)
        The Lorentz rate.
    slope : float
        mu0' where mu0 = mu0' abs(v), hard spheres; 0 for Maxwell molecules.
    theta : float
        Heavy over light temperature.
    Xi : real array, shape (d, d)
        Without trace.

    Returns
    -------
    change : real array, shape (n, ..., n)
        For density 1 of the heavy gas.
    """
    along = sum(
        float(Xi[i, j]) * x * y
        for i, x in enumerate(grid.points)
        for j, y in enumerate(grid.points)
    )
    source = theta * along * mu0 / 2
    if slope:  # div(mu0 v M0) = mu0' r (d + 1 - r^2) M0
        xp, squares = namespace(rest), grid.speed_squared
        radius = xp.sqrt(squares)
        source = source - theta * along * slope / radius
        source = source + (1 - theta) * slope * radius * (grid.dimension + 1 - squares)
    return source * rest
