"""Maxwellians on a velocity grid whose moments are exact there.

M(v) = n prod_k exp(b_k (v_k - u_k) + c (v_k - u_k)^2) / (S_k dv), S_k the sum over one
direction. Density, momentum and energy hold on the grid if the means of v_k - u_k
vanish and their mean squares add up to d T / m: d + 1 equations for b and c, the gradient
of a convex function. Newton's matrix is an arrow (b_k and b_l do not meet), so that an
iteration costs d n exponentials, never n^d.
"""

from math import exp, sqrt

import numpy

from perturbsci.arguments import flag, positive
from perturbsci.backend import namespace, random
from perturbsci.backend.arrays import as_array, to_host
from perturbsci.backend.launch import kernel
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.velocity import VelocityGrid, checked_grid
from perturbsci.types import Array

__all__ = ["discrete_maxwellian", "maxwellian"]

# Both are multiples of unit roundoff: rounding of the sums over some hundred nodes, and
# what still counts as solved where rounding stops the iteration earlier.
TOLERANCE = 32.0
ACCEPTED = 32.0
MOST_ITERATIONS = 60
HOPELESS = 1000.0


def _newton_example(dtype: str, seed: int) -> tuple[object, ...]:
    nodes = numpy.arange(-4.5, 5).astype(dtype) / 2
    center = random.uniform((6, 2), seed=seed, dtype=dtype) - 0.5
    variance = random.uniform(6, seed=seed, stream=1, dtype=dtype) + 0.03125
    return nodes, 0.5, center, variance, 1e-14 if dtype == "f8" else 4e-6


def _largest_exponent(low: float, high: float, b: float, c: float) -> float:
    """Return the maximum of x (b + c x) between two ends."""
    top = max(low * (b + c * low), high * (b + c * high))
    if c < 0.0:
        peak = min(max(-0.5 * b / c, low), high)
        top = peak * (b + c * peak)
    return top


def _added(
    s0: float, s1: float, s2: float, s3: float, s4: float, e: float, x: float
) -> tuple[float, float, float, float, float]:
    """Return the sums of e x^p with one more term."""
    return s0 + e, s1 + e * x, s2 + e * x * x, s3 + e * x * x * x, s4 + e * x * x * x * x


def _misfit(mean: float, spread: float) -> float:
    """Return abs(mean); without spread, all weight on one node or overflow, HOPELESS."""
    return abs(mean) if spread > 0.0 else HOPELESS


def _newton_step(energy: float, bend: float, c: float) -> tuple[float, float]:
    """Return the change of c, and the share of it that at most doubles c."""
    change = -energy / bend if bend > 0.0 else 0.0
    return change, 1.0 / max(1.0, abs(change) / max(0.5, abs(c)))


def _value(e: float, total: float, x: float, scale: float, solved: bool) -> float:
    """Return e / total, or the continuous Maxwellian."""
    return e / total if solved else exp(-0.5 * x * x) / (scale * 2.5066282746310002)


# Rows of _w, a direction each: b; the mean of x, its covariance with x^2, its variance; the
# sum of the exponentials.
@kernel(
    "nodes[m], spacing, center[n, d], variance[n], tolerance"
    " -> factor[n, d, m], defect[n], _w[n, 5, d]",
    over="n",
    cost="m * d * 80",
    example=_newton_example,
)
def discrete_maxwellian(
    i: int,
    nodes: Array,
    spacing: float,
    center: Array,
    variance: Array,
    tolerance: float,
    factor: Array,
    defect: Array,
    _w: Array,
) -> None:
    """Write the factors of one Maxwellian, each of integral 1, and the largest residual.

    exp(b x + c x^2), x = (v - u) / sqrt(T / m); Newton from b = 0, c = -1/2, where c at
    most doubles in a step. Where the equations have no solution, at a temperature below
    what the grid resolves, ``defect`` stays above ACCEPTED times the tolerance and the
    factors are those of the continuous Maxwellian.
    """
    d = center.shape[1]
    scale = sqrt(variance[i])
    c = -0.5
    residual = 1.0
    for k in range(d):
        _w[i, 0, k] = 0.0
    for _iteration in range(MOST_ITERATIONS):
        energy = 0.0 - d
        bend = 0.0
        worst = 0.0
        for k in range(d):
            b = _w[i, 0, k]
            low = (nodes[0] - center[i, k]) / scale
            high = (nodes[nodes.shape[0] - 1] - center[i, k]) / scale
            top = _largest_exponent(low, high, b, c)
            s0, s1, s2, s3, s4 = _added(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
            for j in range(nodes.shape[0]):
                x = (nodes[j] - center[i, k]) / scale
                factor[i, k, j] = exp(x * (b + c * x) - top)
                s0, s1, s2, s3, s4 = _added(s0, s1, s2, s3, s4, factor[i, k, j], x)
            _w[i, 1, k] = s1 / s0
            _w[i, 2, k] = s3 / s0 - s1 / s0 * s2 / s0
            _w[i, 3, k] = s2 / s0 - (s1 / s0) ** 2
            _w[i, 4, k] = s0
            energy += s2 / s0
            bend += s4 / s0 - (s2 / s0) ** 2
            worst = max(worst, _misfit(_w[i, 1, k], _w[i, 3, k]))
        worst = max(worst, abs(energy) / d)
        stalled = worst > 0.5 * residual and worst <= ACCEPTED * tolerance
        residual = worst
        if residual <= tolerance or stalled or residual >= HOPELESS:
            break
        for k in range(d):
            energy -= _w[i, 2, k] * _w[i, 1, k] / _w[i, 3, k]
            bend -= _w[i, 2, k] * _w[i, 2, k] / _w[i, 3, k]
        change, damping = _newton_step(energy, bend, c)
        for k in range(d):
            _w[i, 0, k] -= damping * (_w[i, 1, k] + _w[i, 2, k] * change) / _w[i, 3, k]
        c += damping * change
    defect[i] = residual
    solved = residual <= ACCEPTED * tolerance
    for k in range(d):
        for j in range(nodes.shape[0]):
            x = (nodes[j] - center[i, k]) / scale
            total = _w[i, 4, k] * spacing
            factor[i, k, j] = _value(factor[i, k, j], total, x, scale, solved)


def maxwellian(
    grid: VelocityGrid,
    density: Array,
    velocity: Array,
    temperature: Array,
    *,
    mass: float = 1.0,
    discrete: bool = True,
) -> Array:
    """Return n (m / 2 pi T)^(d/2) exp(-m abs(v - u)^2 / 2 T) on the nodes.

    Parameters
    ----------
    grid : VelocityGrid
        The nodes.
    density : float or real array, shape (...)
        n, positive.
    velocity : float or real array, shape (..., d)
        u; one number stands for all components.
    temperature : float or real array, shape (...)
        T, positive, in units of mass times velocity squared.
    mass : float
        Of a molecule.
    discrete : bool
        Change the exponent, a quadratic polynomial of abs(v - u)^2 and v, so that density,
        momentum and energy are exact to rounding as sums over the nodes.

    Returns
    -------
    f : real array, shape (..., n, ..., n)
        float64, or float32 if the arrays among the arguments are.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If density, temperature or mass is not positive anywhere.

    Notes
    -----
    Newton, 2 to 5 iterations of d n exponentials, then d - 1 products of grid size. Where
    no discrete Maxwellian is found, with sqrt(T / m) well below half a spacing or close to
    ``half_width``, the values are those of the formula above: compare ``moments`` with
    what was asked for.

    References
    ----------
    Mieussens (2000), the discrete Maxwellian as a minimizer of the entropy.

    Examples
    --------
    >>> from perturbsci.multiscale import moments, velocity_grid
    >>> grid = velocity_grid(16, 6.0, dimension=2)
    >>> f = maxwellian(grid, 1.0, [0.3, 0.0], 0.5)
    >>> float(abs(moments(f, grid).temperature - 0.5)) < 1e-14
    True
    """
    mass = positive(mass, "mass")
    n, u, t = _checked_moments(grid, density, velocity, temperature)
    xp, d, batch = namespace(n), grid.dimension, n.shape
    nodes = xp.asarray(grid.nodes, dtype=n.dtype)
    center, variance = u.reshape(-1, d), t.reshape(-1) / mass
    if flag(discrete, "discrete", meaning="for exact moments on the grid"):
        tolerance = TOLERANCE * float(xp.finfo(n.dtype).eps) / 2
        factor, _ = discrete_maxwellian(nodes, grid.spacing, center, variance, tolerance)
    else:
        x = nodes - center[..., None]
        twice = 2 * variance[:, None, None]
        factor = xp.exp(-(x**2) / twice) / xp.sqrt(numpy.pi * twice)
    lines = [grid.along(factor[:, k], k) for k in range(d)]
    f = lines[-1]
    for line in lines[-2::-1]:
        f = line * f
    return (f * n.reshape((-1,) + (1,) * d)).reshape(batch + grid.shape)


def _checked_moments(
    grid: VelocityGrid, density: object, velocity: object, temperature: object
) -> tuple[Array, Array, Array]:
    """Return density (...), velocity (..., d) and temperature (...), broadcast."""
    checked_grid(grid)
    named = {"density": density, "velocity": velocity, "temperature": temperature}
    xp = namespace(grid.nodes)
    arrays = {
        name: as_array(value, name=name, real=True)
        if hasattr(value, "dtype")
        else xp.asarray(as_array(value, name=name, real=True))
        for name, value in named.items()
    }
    given = [arrays[name].dtype for name, value in named.items() if hasattr(value, "dtype")]
    single = bool(given) and all(dtype.itemsize == 4 for dtype in given)
    dtype = xp.float32 if single else xp.float64
    n, u, t = (xp.asarray(value, dtype=dtype) for value in arrays.values())
    namespace(n, u, t, grid.nodes, names=(*named, "grid.nodes"))
    d = grid.dimension
    if u.ndim and u.shape[-1] != d:
        raise ShapeError(
            f"velocity has shape {u.shape}, needed {d} components on its last axis; pass "
            "velocity[..., None] if it has one component"
        )
    if not u.ndim:
        u = xp.broadcast_to(u, (d,))
    try:
        shape = numpy.broadcast_shapes(n.shape, u.shape[:-1], t.shape)
    except ValueError:
        raise ShapeError(
            f"density has shape {n.shape}, velocity {u.shape}, temperature {t.shape}; "
            "density and temperature need one shape, velocity one more axis of components"
        ) from None
    for name, value in (("density", n), ("temperature", t)):
        host = to_host(value)
        if not (host > 0).all():
            index = tuple(int(k) for k in numpy.argwhere(~(host > 0))[0])
            raise ParameterError(
                f"{name} is {float(host[index]):g} at index {index}; a Maxwellian needs a "
                "positive one"
            )
    return (
        xp.broadcast_to(n, shape),
        xp.broadcast_to(u, (*shape, d)),
        xp.broadcast_to(t, shape),
    )
