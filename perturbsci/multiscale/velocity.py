"""Velocity grids, and the moments of densities on them.

Nodes v_j = -L + (j + 1/2) dv, dv = 2 L / n, in each of d directions: symmetric about 0, so
that a reflection or a quarter turn maps the grid onto itself. The midpoint rule of a smooth
density that vanishes at the boundary is exact up to its spectrum beyond 2 pi / dv.

All moments up to the fourth follow from sums over all but two directions, with c = v - u:
|c|^2 c_k = sum_l c_k c_l^2 and |c|^4 = sum_kl c_k^2 c_l^2.
"""

from dataclasses import dataclass

import numpy

from perturbsci.arguments import positive, whole
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, to_device, to_host
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.spans import even_number
from perturbsci.types import Array

__all__ = [
    "Moments",
    "VelocityGrid",
    "checked_density",
    "first_sums",
    "moments",
    "pair_sums",
    "velocity_grid",
]

WIDEST = 1e50  # its sixth power is in range


@dataclass(frozen=True, slots=True, eq=False)
class VelocityGrid:
    """A uniform grid of the cube [-half_width, half_width]^dimension; see velocity_grid.

    Parameters
    ----------
    n : int
        Nodes in each direction.
    half_width : float
        L, in units of velocity.
    dimension : int
        d, 1 to 3.
    nodes : real array, shape (n,)
        Of one direction, ascending, symmetric about 0.
    spacing : float
        Distance of two nodes, 2 L / n.

    Examples
    --------
    >>> velocity_grid(8, 4.0, dimension=2).shape
    (8, 8)
    """

    n: int
    half_width: float
    dimension: int
    nodes: Array
    spacing: float

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a density, (n,) * dimension."""
        return (self.n,) * self.dimension

    @property
    def cell_volume(self) -> float:
        """The weight of a node in an integral, spacing^dimension."""
        return float(self.spacing**self.dimension)

    @property
    def points(self) -> tuple[Array, ...]:
        """The coordinates of all nodes: d read-only arrays of shape ``shape``."""
        xp = namespace(self.nodes)
        return tuple(
            xp.broadcast_to(self.along(self.nodes, k), self.shape)
            for k in range(self.dimension)
        )

    @property
    def speed_squared(self) -> Array:
        """abs(v)^2 at all nodes, shape ``shape``."""
        squares = self.nodes**2
        total = self.along(squares, 0)
        for k in range(1, self.dimension):
            total = total + self.along(squares, k)
        return total

    def along(self, values: Array, k: int) -> Array:
        """Return values of one direction as an array that broadcasts over the grid.

        Parameters
        ----------
        values : array, shape (..., n)
            One number a node.
        k : int
            The direction, from 0 on.

        Returns
        -------
        spread : array, shape (..., 1, n, 1)
            ``dimension`` axes behind the leading ones; a view.

        Raises
        ------
        ParameterError
            If the grid has no direction k.
        ShapeError
            If the last axis is not one number a node.
        """
        k = whole(k, "k", least=0, most=self.dimension - 1)
        if not hasattr(values, "shape"):
            values = as_array(values, name="values")
        if values.shape[-1:] != (self.n,):
            raise ShapeError(
                f"values has shape {values.shape}, needed {self.n} on its last axis; pass "
                "one number a node of a direction"
            )
        axes = (1,) * k + (self.n,) + (1,) * (self.dimension - 1 - k)
        return values.reshape(values.shape[:-1] + axes)


def velocity_grid(
    n: int, half_width: float, *, dimension: int = 3, backend: str | None = None
) -> VelocityGrid:
    """Return a uniform velocity grid, the same in each direction.

    Parameters
    ----------
    n : int
        Nodes in each direction, even, at least 8; powers of two are not needed.
    half_width : float
        L, in units of velocity; mean velocity plus 4 thermal speeds should lie inside.
    dimension : int
        1, 2 or 3.
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    grid : VelocityGrid
        Nodes -L + (j + 1/2) 2 L / n.

    Raises
    ------
    ParameterError
        If n is odd or below 8, the half width not positive, or the dimension not 1 to 3.

    Examples
    --------
    >>> velocity_grid(8, 4.0, dimension=1).nodes
    array([-3.5, -2.5, -1.5, -0.5,  0.5,  1.5,  2.5,  3.5])
    """
    n = even_number(n, "n", least=8)
    half_width = positive(half_width, "half_width")
    if half_width > WIDEST:
        raise ParameterError(
            f"half_width is {half_width:.3g}, whose powers overflow; pass one up to "
            f"{WIDEST:g}"
        )
    dimension = whole(dimension, "dimension", least=1, most=3)
    spacing = 2 * half_width / n
    # Odd multiples of half a spacing: symmetric to the last bit.
    nodes = (2 * numpy.arange(n) + 1 - n) * (spacing / 2)
    return VelocityGrid(n, half_width, dimension, to_device(nodes, backend), spacing)


def checked_grid(grid: object, name: str = "grid") -> VelocityGrid:
    """Return a velocity grid that a caller passed.

    Parameters
    ----------
    grid : object
        What was passed.
    name : str
        Of the argument.

    Returns
    -------
    grid : VelocityGrid
        The same.

    Raises
    ------
    ParameterError
        If it is something else.
    """
    if isinstance(grid, VelocityGrid):
        return grid
    raise ParameterError(
        f"{name} is {grid!r:.60}; pass a VelocityGrid, such as velocity_grid(32, 8.0)"
    )


def checked_density(f: Array, grid: VelocityGrid, name: str = "f") -> Array:
    """Return a density that a caller passed as a clean array.

    Parameters
    ----------
    f : real array_like, shape (..., n, ..., n)
        On the nodes.
    grid : VelocityGrid
        The grid.
    name : str
        Of the argument.

    Returns
    -------
    f : array, shape (..., n, ..., n)
        C order.

    Raises
    ------
    ShapeError
        If the last axes are not those of the grid.
    """
    checked_grid(grid)
    f = as_array(f, name=name, real=True)
    if f.shape[f.ndim - grid.dimension :] != grid.shape:
        raise ShapeError(
            f"{name} has shape {f.shape}, needed {grid.shape} on its last axes, those of "
            "the velocity grid; evaluate it on grid.points"
        )
    namespace(f, grid.nodes, names=(name, "grid.nodes"))
    return f


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Moments of densities, c = v - u.

    Parameters
    ----------
    density : real array, shape (...)
        n = int f.
    velocity : real array, shape (..., d)
        u = int v f / n.
    temperature : real array, shape (...)
        T = mass int abs(c)^2 f / (d n), in units of mass times velocity squared.
    stress : real array, shape (..., d, d)
        mass int c c f, the pressure tensor: its trace is d n T.
    heat_flux : real array, shape (..., d)
        mass / 2 int abs(c)^2 c f.
    fourth : real array, shape (...)
        int abs(c)^4 f; d (d + 2) n (T / mass)^2 for a Maxwellian.

    Examples
    --------
    >>> grid = velocity_grid(24, 6.0, dimension=2)
    >>> import numpy as np
    >>> f = np.exp(-grid.speed_squared / 2) / (2 * np.pi)
    >>> round(float(moments(f, grid).temperature), 6)
    1.0
    """

    density: Array
    velocity: Array
    temperature: Array
    stress: Array
    heat_flux: Array
    fourth: Array


def moments(f: Array, grid: VelocityGrid, *, mass: float = 1.0) -> Moments:
    """Return density, velocity, temperature, stress, heat flux and fourth moment.

    Parameters
    ----------
    f : real array, shape (..., n, ..., n)
        Densities.
    grid : VelocityGrid
        The nodes.
    mass : float
        Of a molecule.

    Returns
    -------
    moments : Moments
        One set a density; midpoint rule.

    Raises
    ------
    ShapeError
        If f is not on the grid.
    ParameterError
        If a density is not positive, a value not finite, or the mass not positive.

    Notes
    -----
    d passes over f, in a fixed order of summation.

    Examples
    --------
    >>> import numpy as np
    >>> grid = velocity_grid(24, 6.0, dimension=1)
    >>> f = np.exp(-((grid.nodes - 0.5) ** 2)) / np.sqrt(np.pi)
    >>> moments(f, grid, mass=2.0).velocity.round(6)
    array([0.5])
    """
    f = checked_density(f, grid)
    mass = positive(mass, "mass")
    xp, d, volume = namespace(f), grid.dimension, grid.cell_volume
    nodes = xp.asarray(grid.nodes, dtype=f.dtype)
    pairs = pair_sums(f, grid)
    lines = first_sums(f, pairs, grid)
    density = lines[0].sum(-1) * volume
    _check_positive(density)
    u = [(line * nodes).sum(-1) * volume / density for line in lines]
    c = [nodes - u_k[..., None] for u_k in u]
    second, third, fourth = (
        [(line * c_k**p).sum(-1) * volume for line, c_k in zip(lines, c, strict=True)]
        for p in (2, 3, 4)
    )
    tensor = [[second[k] for _ in range(d)] for k in range(d)]
    total = sum(fourth[1:], fourth[0])
    for (k, j), pair in pairs.items():
        left, right = c[k][..., :, None], c[j]
        once, twice = (pair * left).sum(-2), (pair * left**2).sum(-2)
        tensor[k][j] = tensor[j][k] = (once * right).sum(-1) * volume
        third[k] = third[k] + (once * right**2).sum(-1) * volume
        third[j] = third[j] + (twice * right).sum(-1) * volume
        total = total + 2 * (twice * right**2).sum(-1) * volume
    return Moments(
        density=density,
        velocity=xp.stack(u, axis=-1),
        temperature=mass * sum(second[1:], second[0]) / (d * density),
        stress=mass * xp.stack([xp.stack(row, axis=-1) for row in tensor], axis=-2),
        heat_flux=mass / 2 * xp.stack(third, axis=-1),
        fourth=total,
    )


def pair_sums(f: Array, grid: VelocityGrid) -> dict[tuple[int, int], Array]:
    """Return the sums over all but two directions.

    Parameters
    ----------
    f : real array, shape (..., n, ..., n)
        Densities.
    grid : VelocityGrid
        The nodes.

    Returns
    -------
    pairs : dict
        (k, l), k < l, to an array of shape (..., n, n), without the factor of a cell;
        empty in one dimension.
    """
    if grid.dimension == 1:
        return {}
    if grid.dimension == 2:
        return {(0, 1): f}
    return {(0, 1): f.sum(-1), (0, 2): f.sum(-2), (1, 2): f.sum(-3)}


def first_sums(
    f: Array, pairs: dict[tuple[int, int], Array], grid: VelocityGrid
) -> list[Array]:
    """Return the sums over all but one direction.

    Parameters
    ----------
    f : real array, shape (..., n, ..., n)
        Densities.
    pairs : dict of array, shape (..., n, n)
        Its ``pair_sums``.
    grid : VelocityGrid
        The nodes.

    Returns
    -------
    lines : list of array, shape (..., n)
        One a direction, without the factor of a cell.
    """
    if grid.dimension == 1:
        return [f]
    lines = [pairs[0, 1].sum(-1), pairs[0, 1].sum(-2)]
    return lines if grid.dimension == 2 else [*lines, pairs[0, 2].sum(-2)]


def _check_positive(density: Array) -> None:
    host = to_host(density)
    if not (host > 0).all():
        index = tuple(int(k) for k in numpy.argwhere(~(host > 0))[0])
        where = f" at index {index}" if index else ""
        raise ParameterError(
            f"f has density {float(host[index]):g}{where}; velocity and temperature need "
            "a positive one, check its sign and its grid"
        )
