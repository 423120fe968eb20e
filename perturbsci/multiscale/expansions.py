"""Collisions of a light with a heavy gas, expanded in the square root of the mass ratio.

Light velocity v, heavy velocity w in units epsilon times smaller, B isotropic: mu0 = mu1 =
rate for Maxwell molecules, rate * abs(v) for hard spheres. With L f = mu0 (A f - f), A the
average over the directions of v, d_i = d/dv_i, P = <w w> and n, u of the heavy gas,

    Q_LH = Q0 + epsilon Q1 + epsilon^2 Q2 + O(epsilon^3)
    Q0 f = n L f,   Q1 f = -n sum_i u_i [d_i, L] f
    Q2 f = (n/2) sum_ij P_ij [d_i, [d_j, L]] f + n div(mu0 (v A f - A(v f)))

    Q_HL = Q0h + epsilon Q1h + O(epsilon^2)
    Q0h f = -F.grad f,   Q1h f = div(K w f) + (1/2) grad grad:(D f)
    F = int mu1 v f_L,   K = int (mu1 I + (mu1'/r) v v) f_L,   r = abs(v)
    D = int ((2 mu1 - mu2) v v + mu2 (r^2 I - v v)/(d - 1)) f_L,   mu2 = mu1 (d - 1)/d.

Derivatives are those of trigonometric interpolants. They are exact for densities that are
resolved and negligible at the boundary of the grid.

References: Degond and Lucquin-Desreux (1996); Hao, Jiang and Liu (2024).
"""

import numpy

from perturbsci.arguments import one_of, positive
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, to_host
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.angular import angular_average
from perturbsci.multiscale.derivatives import Waves
from perturbsci.multiscale.exchange import KERNELS
from perturbsci.multiscale.velocity import VelocityGrid, checked_density, checked_grid
from perturbsci.types import Array

__all__ = [
    "drag_expansion",
    "drag_moments",
    "drag_terms",
    "lorentz_expansion",
    "lorentz_terms",
]

FASTEST = 1e100  # a rate whose products stay in range


def lorentz_expansion(
    f_light: Array,
    grid: VelocityGrid,
    *,
    density: float,
    velocity: Array,
    second_moment: Array,
    kernel: str = "maxwell",
    rate: float = 1.0,
) -> tuple[Array, Array, Array]:
    """Return the first three terms of what heavy molecules do to a light gas.

    Parameters
    ----------
    f_light : real array, shape (n, ..., n)
        f_L(v), resolved and negligible at the boundary.
    grid : VelocityGrid
        Of 2 or 3 dimensions.
    density : float
        n_H.
    velocity : real array, shape (d,)
        u_H, in heavy units.
    second_moment : real array, shape (d, d)
        <w w> of a heavy molecule, in heavy units; u_H u_H is part of it.
    kernel : str
        ``"maxwell"``, or ``"hard_spheres"`` in three dimensions.
    rate : float
        int B dsigma, or the total cross section.

    Returns
    -------
    terms : tuple of array, shape (n, ..., n)
        Q0, Q1, Q2; the operator is Q0 + epsilon Q1 + epsilon^2 Q2 + O(epsilon^3).

    Raises
    ------
    ShapeError
        If an array does not fit the grid.
    ParameterError
        If the grid has one dimension, the kernel is unknown, or density or rate are not
        positive.

    Notes
    -----
    3 + 2 d angular averages and 3 d + 6 real transforms. Energy: d/dt <abs(v)^2>/2 =
    epsilon^2 mu1 n_H (tr <w w> - <abs(v)^2>) for Maxwell molecules.

    References
    ----------
    Hao, Jiang and Liu (2024), section 3, for the idea of truncated expansions.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.multiscale import maxwellian, velocity_grid
    >>> grid = velocity_grid(24, 7.0, dimension=2)
    >>> f = maxwellian(grid, 1.0, [0.3, 0.0], 1.0)
    >>> q0, q1, q2 = lorentz_expansion(f, grid, density=2.0, velocity=[0.0, 0.0],
    ...                                second_moment=0.5 * np.eye(2))
    >>> float((grid.points[0] * q0).sum() * grid.spacing**2).__round__(6)
    -0.6
    """
    f = checked_density(f_light, grid, "f_light")
    _check_alone(f, grid, "f_light")
    d = grid.dimension
    density = positive(density, "density")
    _check_kernel(kernel, d)
    u = to_host(as_array(velocity, name="velocity", real=True))
    P = to_host(as_array(second_moment, name="second_moment", real=True))
    for name, value, shape in (("velocity", u, (d,)), ("second_moment", P, (d, d))):
        if value.shape != shape:
            raise ShapeError(
                f"{name} has shape {value.shape}, needed {shape}, one component a "
                "dimension of the grid"
            )
    rate = positive(rate, "rate")
    if rate > FASTEST:
        raise ParameterError(f"rate is {rate:.3g}; pass one up to {FASTEST:g}")
    mu0 = _rates(grid, f, kernel, rate)
    return lorentz_terms(f, grid, Waves.of(grid, f), mu0, density, u, P)


def lorentz_terms(
    f: Array,
    grid: VelocityGrid,
    waves: Waves,
    mu0: Array | float,
    density: float,
    velocity: numpy.ndarray,
    second_moment: numpy.ndarray,
) -> tuple[Array, Array, Array]:
    """Return Q0, Q1 and Q2 for arguments that were checked.

    Parameters
    ----------
    f : real array, shape (n, ..., n)
        f_L.
    grid : VelocityGrid
        The nodes.
    waves : Waves
        Of the grid.
    mu0 : array or float, shape (n, ..., n)
        The rate at the nodes.
    density, velocity, second_moment : float and array, shape (d,) and (d, d)
        n_H, u_H and <w w>.

    Returns
    -------
    terms : tuple of array, shape (n, ..., n)
        Q0, Q1, Q2.
    """
    xp, d = namespace(f), grid.dimension
    v = [xp.asarray(x, dtype=f.dtype) for x in grid.points]
    u, P = velocity.tolist(), second_moment.tolist()
    f_hat = waves.forward(f)
    slopes = [k * f_hat for k in waves.first]
    along_u = sum(u[j] * slopes[j] for j in range(d))
    fluxes = [sum(P[i][j] * slopes[j] for j in range(d)) for i in range(d)]
    curved = sum(k * flux for k, flux in zip(waves.first, fluxes, strict=True))
    derived = waves.back(xp.stack([along_u, *fluxes, curved]))
    weighted = xp.stack([component * f for component in v])
    fields = xp.concat([f[None], derived, weighted], axis=0)
    averages = angular_average(fields, grid)
    # L of f, of u.grad f, of the rows of P grad f, and of P:grad grad f.
    lorentz = mu0 * (averages[: d + 3] - fields[: d + 3])
    lorentz_hat = waves.forward(lorentz[0])
    drift = [
        mu0 * (component * averages[0] - averages[d + 3 + i])
        for i, component in enumerate(v)
    ]
    flux = [drift[i] - lorentz[2 + i] for i in range(d)]
    slope = sum(u[j] * waves.first[j] for j in range(d))
    second = sum(
        P[i][j] * waves.first[i] * waves.first[j] for i in range(d) for j in range(d)
    )
    changes = [slope * lorentz_hat, second * lorentz_hat / 2 + waves.divergence(flux)]
    by_u, by_p = waves.back(xp.stack(changes))
    return (
        density * lorentz[0],
        density * (lorentz[1] - by_u),
        density * (by_p + lorentz[d + 2] / 2),
    )


def drag_expansion(
    f_heavy: Array,
    grid: VelocityGrid,
    f_light: Array,
    light_grid: VelocityGrid,
    *,
    kernel: str = "maxwell",
    rate: float = 1.0,
) -> tuple[Array, Array]:
    """Return the first two terms of what light molecules do to a heavy gas.

    Parameters
    ----------
    f_heavy : real array, shape (n, ..., n)
        f_H(w), resolved and negligible at the boundary.
    grid : VelocityGrid
        In heavy units.
    f_light : real array, shape (n, ..., n)
        f_L(v).
    light_grid : VelocityGrid
        In light units, of the same dimension.
    kernel : str
        ``"maxwell"``, or ``"hard_spheres"`` in three dimensions.
    rate : float
        int B dsigma, or the total cross section.

    Returns
    -------
    terms : tuple of array, shape (n, ..., n)
        Q0h, a force, and Q1h, friction and diffusion; the operator is Q0h + epsilon Q1h +
        O(epsilon^2).

    Raises
    ------
    ShapeError
        If an array does not fit its grid, or the grids differ in dimension.
    ParameterError
        If the grid has one dimension, the kernel is unknown, or the rate is not positive.

    Notes
    -----
    2 d + 3 real transforms on the heavy grid and sums over the light one. For a light
    Maxwellian at rest Q1h f = kappa div(w f + T_L grad f), kappa = n_L rate, or
    (8/3) n_L rate sqrt(2 T_L / pi) for hard spheres.

    References
    ----------
    Degond and Lucquin-Desreux (1996), section 3.

    Examples
    --------
    >>> from perturbsci.multiscale import maxwellian, velocity_grid
    >>> grid = velocity_grid(24, 7.0, dimension=2)
    >>> f = maxwellian(grid, 1.0, [0.0, 0.0], 1.0)
    >>> q0, q1 = drag_expansion(f, grid, f, grid)
    >>> float(abs(q1).max()) < 1e-5  # equal temperatures: nothing changes
    True
    """
    f = checked_density(f_heavy, grid, "f_heavy")
    checked_grid(light_grid, "light_grid")
    light = checked_density(f_light, light_grid, "f_light")
    _check_alone(f, grid, "f_heavy")
    _check_alone(light, light_grid, "f_light")
    namespace(f, light, names=("f_heavy", "f_light"))
    if grid.dimension != light_grid.dimension:
        raise ShapeError(
            f"grid has {grid.dimension} dimensions but light_grid {light_grid.dimension}; "
            "pass two grids of one dimension"
        )
    _check_kernel(kernel, grid.dimension)
    force, K, D = drag_moments(light, light_grid, kernel, positive(rate, "rate"))
    return drag_terms(f, grid, Waves.of(grid, f), force, K, D)


def drag_terms(
    f: Array,
    grid: VelocityGrid,
    waves: Waves,
    force: numpy.ndarray,
    friction: numpy.ndarray,
    diffusion: numpy.ndarray,
) -> tuple[Array, Array]:
    """Return -F.grad f and div(K w f) + (1/2) grad grad:(D f).

    Parameters
    ----------
    f : real array, shape (n, ..., n)
        f_H.
    grid : VelocityGrid
        The nodes.
    waves : Waves
        Of the grid.
    force, friction, diffusion : real array, shape (d,), (d, d), (d, d)
        F, K and D.

    Returns
    -------
    terms : tuple of array, shape (n, ..., n)
        Q0h and Q1h.
    """
    xp, d = namespace(f), grid.dimension
    w = [xp.asarray(x, dtype=f.dtype) for x in grid.points]
    F, K, D = force.tolist(), friction.tolist(), diffusion.tolist()
    f_hat = waves.forward(f)
    ik = waves.first
    pull = -sum(F[i] * ik[i] for i in range(d)) * f_hat
    fields = [sum(K[i][j] * w[j] for j in range(d)) * f for i in range(d)]
    spread = sum(D[i][j] * ik[i] * ik[j] for i in range(d) for j in range(d))
    drag = waves.divergence(fields) + spread * f_hat / 2
    q0, q1 = waves.back(xp.stack([pull, drag]))
    return q0, q1


def drag_moments(
    f_light: Array, grid: VelocityGrid, kernel: str, rate: float
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Return F, K and D of a light density.

    Parameters
    ----------
    f_light : real array, shape (n, ..., n)
        f_L.
    grid : VelocityGrid
        The nodes.
    kernel : str
        ``"maxwell"`` or ``"hard_spheres"``.
    rate : float
        int B dsigma, or the total cross section.

    Returns
    -------
    moments : tuple of real array, shape (d,), (d, d), (d, d)
        On the host.

    Notes
    -----
    The midpoint rule; abs(v) has a kink at v = 0, so that for hard spheres the error is of
    order spacing^(d + 1).
    """
    d, v, volume = grid.dimension, grid.points, grid.cell_volume
    xp = namespace(f_light)
    r = xp.sqrt(grid.speed_squared) if kernel == "hard_spheres" else None
    weight = f_light if r is None else r * f_light
    force = xp.stack([(v[i] * weight).sum() for i in range(d)])
    pairs = [[(v[i] * v[j] * weight).sum() for j in range(d)] for i in range(d)]
    tensor = to_host(xp.stack([xp.stack(row) for row in pairs])) * volume * rate
    total = float(to_host(weight.sum())) * volume * rate
    eye = numpy.eye(d)
    friction = total * eye
    if r is not None:  # mu1' = rate
        over = f_light / r
        pairs = [[(v[i] * v[j] * over).sum() for j in range(d)] for i in range(d)]
        friction = (
            friction + to_host(xp.stack([xp.stack(p) for p in pairs])) * volume * rate
        )
    square = numpy.trace(tensor)
    diffusion = (1 + 1 / d) * tensor + (square * eye - tensor) / d
    return to_host(force) * volume * rate, friction, diffusion


def _rates(grid: VelocityGrid, like: Array, kernel: str, rate: float) -> Array | float:
    """Return mu0 at the nodes."""
    if kernel == "maxwell":
        return rate
    xp = namespace(like)
    return xp.asarray(rate * xp.sqrt(grid.speed_squared), dtype=like.dtype)


def _check_kernel(kernel: object, dimension: int) -> None:
    one_of(kernel, "kernel", KERNELS)
    if dimension == 1:
        raise ParameterError(
            f"grid has {dimension} dimension, where nothing scatters sideways; pass a grid "
            "of 2 or 3"
        )
    if kernel == "hard_spheres" and dimension != 3:
        raise ParameterError(
            f"kernel is 'hard_spheres' on a grid of {dimension} dimensions; its moments "
            "are known for 3, pass such a grid or kernel='maxwell'"
        )


def _check_alone(f: Array, grid: VelocityGrid, name: str) -> None:
    if f.ndim != grid.dimension:
        raise ShapeError(
            f"{name} has shape {f.shape}, needed {grid.shape}; pass one density, a batch "
            "in a loop"
        )
