"""The Boltzmann collision operator of two species, by the fast spectral method.

Species i is hit by j: M = m_i + m_j, a = m_j / M, b = m_i / M, B = rate r^exponent / O, O
the surface 2 pi or 4 pi of the unit sphere, relative speeds cut off at R = 2 S (support).
With the shell function G_rho, Ghat_rho(k) = O sinc(rho k) or O J_0(rho k),

Q+ = int_0^R r^(d-1) B int [G_ar * (f(. + a r s) g(. - b r s))](v) ds dr,
Q- = f (k_loss * g),  khat_loss(k) = O int_0^R r^(d-1) B Ghat_r(k) dr.

A direction s costs two shifts, which are two inverse transforms, and a radius r one more.
"""

import itertools
import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import number, positive
from perturbsci.backend import get_backend, namespace
from perturbsci.backend.arrays import device_of, to_device, to_host
from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.multiscale.collision_sums import Tables, evaluated
from perturbsci.multiscale.quadratures import (
    directions,
    radii,
    shell_transform,
    shells,
    shift_tables,
)
from perturbsci.multiscale.spans import whole_number
from perturbsci.multiscale.velocity import VelocityGrid, checked_density, checked_grid
from perturbsci.types import Array

__all__ = ["CollisionOperator", "collide", "spectral_collision", "tables_of"]

ALIASING = (3 + math.sqrt(2)) / 2  # half_width / support from which nothing is aliased
WORK_ARRAYS = 10  # of grid size, at the same time in one evaluation
_COMPLEX = {"float32": "complex64", "float64": "complex128"}


@dataclass(frozen=True, slots=True, eq=False)
class CollisionOperator:
    """A collision operator on a velocity grid; see ``spectral_collision``.

    Parameters
    ----------
    grid : VelocityGrid
        The nodes.
    rate, exponent : float
        B = rate r^exponent / O.
    support : float
        The radius S of the ball outside of which a density counts as zero.
    masses : tuple of float
        Of the species that changes, and of the one that hits it.
    direction_weights : real array, shape (n_directions,)
        Of half of the directions; they sum to the surface of the sphere.
    ring_ends : tuple of int
        Directions up to each of these have one component along the first axis.
    ahead, behind : tuple of complex array, shape (n_radial, n_directions, n)
        Phases of the shifts a r s and -b r s, one table a coordinate; the last one has
        n // 2 + 1 columns.
    gain : real array, shape (n_radial, n_shells)
        w r^(d-1) B Ghat_ar.
    loss : real array, shape (n_shells,)
        khat_loss.
    shell_index : int array, shape (n^(d-1) (n // 2 + 1),)
        Of each wave of a real transform.

    Examples
    --------
    >>> from perturbsci.multiscale import velocity_grid
    >>> spectral_collision(velocity_grid(32, 8.0)).n_transforms
    531
    """

    grid: VelocityGrid
    rate: float
    exponent: float
    support: float
    masses: tuple[float, float]
    direction_weights: Array
    ring_ends: tuple[int, ...]
    ahead: tuple[Array, ...]
    behind: tuple[Array, ...]
    gain: Array
    loss: Array
    shell_index: Array

    @property
    def n_transforms(self) -> int:
        """Real transforms of one evaluation; of Q(f, f) if the masses are equal."""
        n_radial, n_directions = self.ahead[0].shape[:2]
        if self.masses[0] == self.masses[1]:
            return int(n_radial * (2 * n_directions + 1) + 3)
        return int(n_radial * (4 * n_directions + 1) + 4)

    @property
    def memory_bytes(self) -> int:
        """Bytes of the tables and of the work arrays of one evaluation in float64."""
        tables = (*self.ahead, *self.behind, self.gain, self.shell_index)
        work = WORK_ARRAYS * 8 * self.grid.n**self.grid.dimension
        return work + sum(int(table.nbytes) for table in tables)


def spectral_collision(
    grid: VelocityGrid,
    *,
    rate: float = 1.0,
    exponent: float = 0.0,
    support: float | None = None,
    n_radial: int | None = None,
    n_angles: int | None = None,
    masses: tuple[float, float] = (1.0, 1.0),
) -> CollisionOperator:
    """Return the operator Q(f, g) of molecules that scatter isotropically.

    Parameters
    ----------
    grid : VelocityGrid
        In 2 or 3 dimensions.
    rate : float
        For ``exponent=0`` (Maxwell molecules) int B dsigma; for ``exponent=1`` (hard
        spheres) the total cross section; positive.
    exponent : float
        Of the relative speed r in B, above -dimension.
    support : float, optional
        S; default 2 half_width / (3 + sqrt 2), the largest that is free of aliasing. A
        larger one, at most half_width, is the caller's judgment.
    n_radial : int, optional
        Gauss-Legendre radii in (0, 2 S); default n / 2.
    n_angles : int, optional
        In 2-D directions on the circle, even, default 8 for nearly isotropic f, 12 to 16
        otherwise; in 3-D polar angles, default 4, with twice as many azimuths.
    masses : tuple of float
        (m_i, m_j): of the species that changes, and of the one that hits it.

    Returns
    -------
    operator : CollisionOperator
        For ``collide``.

    Raises
    ------
    ParameterError
        If a number is out of its range, the grid is one-dimensional, or tables and work
        arrays exceed the memory of the backend in force.

    Notes
    -----
    n_radial (2 n_directions + 1) + 3 real transforms an evaluation with half of the
    directions for Q(f, f), all of them and one transform more for Q(f, g). Accurate where
    the grid resolves f and f is negligible outside of the support. Mass, momentum and
    energy are conserved to the accuracy of the quadrature: ``project_moments`` repairs
    the rest. Values below zero can appear.

    References
    ----------
    Gamba, Haack, Hauck and Hu (2017); Jaiswal, Alexeenko and Hu (2019) for two species.

    Examples
    --------
    >>> from perturbsci.multiscale import maxwellian, velocity_grid
    >>> grid = velocity_grid(32, 9.0, dimension=2)
    >>> m = maxwellian(grid, 1.0, 0.0, 1.0)
    >>> float(abs(collide(spectral_collision(grid), m)).max()) < 1e-4
    True
    """
    checked_grid(grid)
    n, d = grid.n, grid.dimension
    rate, first, second = positive(rate, "rate"), *_checked_masses(masses)
    exponent, support = _checked_kernel(grid, exponent, support)
    n_radial = n // 2 if n_radial is None else whole_number(n_radial, "n_radial", least=1)
    n_angles = _checked_angles(d, n_angles)
    _check_memory(grid, n_radial, n_angles)
    r, weights = radii(support, n_radial)
    vectors, direction_weights, ring_ends = directions(d, n_angles)
    squares, shell = shells(n, d)
    k = numpy.sqrt(squares) * (numpy.pi / grid.half_width)
    a, b = second / (first + second), first / (first + second)
    surface = 2 * (d - 1) * numpy.pi
    # The surface of Ghat cancels that of B.
    radial = rate * weights * r ** (d - 1 + exponent)
    shifts = r[:, None, None] * vectors
    device = device_of(grid.nodes)
    return CollisionOperator(
        grid=grid,
        rate=rate,
        exponent=exponent,
        support=support,
        masses=(first, second),
        direction_weights=to_device(direction_weights, device),
        ring_ends=ring_ends,
        ahead=_placed(shift_tables(n, grid.half_width, a * shifts), device),
        behind=_placed(shift_tables(n, grid.half_width, -b * shifts), device),
        gain=to_device(radial[:, None] * _means(a * r, k, d), device),
        loss=to_device(surface * (radial[:, None] * _means(r, k, d)).sum(0), device),
        shell_index=to_device(shell, device),
    )


def _means(r: Array, k: Array, d: int) -> Array:
    return shell_transform(numpy.multiply.outer(r, k), d)


def _placed(tables: tuple[Array, ...], device: str) -> tuple[Array, ...]:
    return tuple(to_device(table, device) for table in tables)


def _checked_masses(masses: object) -> tuple[float, float]:
    if not isinstance(masses, (tuple, list)) or len(masses) != 2:
        raise ParameterError(
            f"masses is {masses!r:.60}; pass two, that of the species that changes and "
            "that of the one that hits it"
        )
    return positive(masses[0], "masses[0]"), positive(masses[1], "masses[1]")


def _checked_kernel(
    grid: VelocityGrid, exponent: object, support: object
) -> tuple[float, float]:
    """Return exponent and support."""
    if grid.dimension == 1:
        raise ParameterError(
            f"grid has dimension {grid.dimension}, where elastic collisions of equal "
            "masses change nothing; use dimension 2 or 3"
        )
    power = number(exponent, "exponent")
    if power <= -grid.dimension:
        raise ParameterError(
            f"exponent is {power:g}, where the collision rate diverges at small relative "
            f"speeds; pass one above {-grid.dimension}"
        )
    if support is None:
        return power, grid.half_width / ALIASING
    radius = positive(support, "support")
    if radius > grid.half_width:
        raise ParameterError(
            f"support is {radius:g}, beyond the grid of half width {grid.half_width:g}; "
            f"{grid.half_width / ALIASING:g} is the largest without aliasing"
        )
    return power, radius


def _checked_angles(d: int, n_angles: object) -> int:
    if n_angles is None:
        return 8 if d == 2 else 4
    count = whole_number(n_angles, "n_angles", least=2)
    if d == 2 and count % 2:
        raise ParameterError(
            f"n_angles is {count}; directions come in pairs s and -s, pass {count + 1}"
        )
    return count


def _check_memory(grid: VelocityGrid, n_radial: int, n_angles: int) -> None:
    n_directions = n_angles // 2 if grid.dimension == 2 else n_angles**2
    tables = 32 * n_radial * n_directions * grid.dimension * grid.n
    need = tables + 8 * (WORK_ARRAYS + 1) * grid.n**grid.dimension
    limit = get_backend().memory
    if need > limit:
        raise ParameterError(
            f"grid with {grid.n}^{grid.dimension} nodes needs {need / 2**20:.0f} MiB of "
            f"tables and work arrays, the backend allows {limit / 2**20:.0f}; use a "
            "smaller n, or backend.use(memory=) with more"
        )


def collide(operator: CollisionOperator, f: Array, g: Array | None = None) -> Array:
    """Return Q(f, g), the change of f by collisions with g.

    Parameters
    ----------
    operator : CollisionOperator
        Of ``spectral_collision``.
    f : real array, shape (..., n, ..., n)
        Density of the species that changes.
    g : real array, shape (..., n, ..., n), optional
        Of the one that hits it, of the same shape; default f.

    Returns
    -------
    q : real array, shape (..., n, ..., n)
        float32 if f is.

    Raises
    ------
    ShapeError
        If a density is not on the grid of the operator, or the two differ in shape.
    ParameterError
        If ``operator`` is none, or the two densities differ in precision.
    BackendError
        If arrays and operator live on different devices.

    Notes
    -----
    ``operator.n_transforms`` transforms a density; at most 20 arrays of grid size. The
    same bits for any number of threads.

    Examples
    --------
    >>> from perturbsci.multiscale import maxwellian, velocity_grid
    >>> grid = velocity_grid(24, 8.0, dimension=2)
    >>> operator = spectral_collision(grid)
    >>> hot, cold = (maxwellian(grid, 1.0, 0.0, t) for t in (1.2, 0.9))
    >>> bool((collide(operator, hot, cold) * grid.speed_squared).sum() < 0)
    True
    """
    if not isinstance(operator, CollisionOperator):
        raise ParameterError(
            f"operator is {operator!r:.60}; pass spectral_collision(grid, ...)"
        )
    grid = operator.grid
    f = checked_density(f, grid)
    device = device_of(operator.shell_index)
    if device_of(f) != device:
        raise BackendError(
            f"f lives on {device_of(f)} but the operator on {device}; "
            "make the grid of the operator on that backend"
        )
    flat = f.reshape((-1, *grid.shape))
    if g is None:
        pairs = [(one, one) for one in flat]
    else:
        pairs = list(zip(flat, _matching(g, f, grid), strict=True))
    tables = tables_of(operator, f.dtype.name)
    same = g is None and operator.masses[0] == operator.masses[1]
    results = [evaluated(tables, one, other, same=same) for one, other in pairs]
    return namespace(f).stack(results).reshape(f.shape)


def _matching(g: Array, f: Array, grid: VelocityGrid) -> Array:
    """Return g as a stack of densities, if it fits f."""
    g = checked_density(g, grid, "g")
    namespace(f, g, names=("f", "g"))
    if g.shape != f.shape:
        raise ShapeError(
            f"g has shape {g.shape} but f has {f.shape}; pass one density g for each f"
        )
    if g.dtype != f.dtype:
        raise ParameterError(
            f"g has dtype {g.dtype} but f has {f.dtype}; write g.astype(f.dtype)"
        )
    return g.reshape((-1, *grid.shape))


def tables_of(operator: CollisionOperator, dtype: str) -> Tables:
    """Return the tables of an operator in the precision of a density.

    Parameters
    ----------
    operator : CollisionOperator
        Of ``spectral_collision``.
    dtype : str
        ``"float32"`` or ``"float64"``.

    Returns
    -------
    tables : Tables
        In 2-D with a first axis of extent 1, without a shift.
    """
    xp, d = namespace(operator.gain), operator.grid.dimension
    weights = [float(w) for w in to_host(operator.direction_weights)]
    fill = (xp.ones_like(operator.ahead[0][..., :1]),) * (3 - d)
    complex_type, real = getattr(xp, _COMPLEX[dtype]), getattr(xp, dtype)
    ahead, behind = (
        tuple(xp.asarray(table, dtype=complex_type) for table in fill + tables)
        for tables in (operator.ahead, operator.behind)
    )
    ends = [0, *operator.ring_ends] if d == 3 else [0, len(weights)]
    return Tables(
        rings=tuple(slice(*pair) for pair in itertools.pairwise(ends)),
        weights=weights,
        ahead=ahead,
        behind=behind,
        gain=xp.asarray(operator.gain, dtype=real),
        loss=xp.asarray(operator.loss, dtype=real),
        shell_index=operator.shell_index,
    )
