"""Points inside a domain and on its walls, for bases that live on scattered points.

Points follow the recurrence x_k = frac(s + k/phi_d^j), phi_d^{d+1} = phi_d + 1, which
fills a box evenly for every number of them; s comes from the seed. On the curved boundary
of a region they are found by Newton's method along the gradient of its formula.
"""

from dataclasses import dataclass

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems import Box, FieldProblem, Mapped, Region
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.placement import BOUNDARY
from perturbsci.types import Array

__all__ = ["even_points", "inside_points", "start_points", "wall_points"]

TRIES = 60  # candidates for each point that is wanted
NEWTON = 40


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """Points of a wall.

    Parameters
    ----------
    points : array, shape (n, n_coordinates)
        In physical coordinates, then the time and parameters that are intervals.
    normals : array, shape (n, d)
        Outward unit vectors in space.
    """

    points: Array
    normals: Array


def even_points(count: int, dimension: int, seed: int) -> Array:
    """Return points that fill the unit cube evenly.

    Parameters
    ----------
    count, dimension : int
        How many, in how many coordinates.
    seed : int
        Moves all of them together.

    Returns
    -------
    points : array, shape (count, dimension)
        In [0, 1).

    Examples
    --------
    >>> even_points(2, 1, 0).shape
    (2, 1)
    """
    phi = 2.0
    for _ in range(60):
        phi = (1.0 + phi) ** (1.0 / (dimension + 1))
    steps = phi ** -numpy.arange(1.0, dimension + 1.0)
    shift = numpy.random.default_rng(seed).random(dimension)
    return (shift + numpy.arange(1, count + 1)[:, None] * steps) % 1.0


def inside_points(problem: FieldProblem, count: int, seed: int) -> Array:
    """Return points inside the domain of a statement.

    Parameters
    ----------
    problem : FieldProblem
        Any domain.
    count : int
        How many.
    seed : int
        See ``even_points``.

    Returns
    -------
    points : array, shape (n, n_coordinates)
        In physical coordinates, then parameters that are intervals; fewer than asked for
        only in a tiny region.
    """
    domain = problem.domain
    many = count if not isinstance(domain, Region) else TRIES * count
    points = _scattered(problem, many, seed)
    return _placed(domain, points)[0][:count]


def start_points(problem: FieldProblem, count: int, seed: int) -> Array:
    """Return points of the domain at the start of the time.

    Parameters
    ----------
    problem : FieldProblem
        With a time.
    count, seed : int
        See ``inside_points``.

    Returns
    -------
    points : array, shape (n, n_coordinates)
        The column of the time holds the start.
    """
    points = inside_points(problem, count, seed)
    points[:, len(problem.coordinates) - 1] = problem.domain.box.bounds[-1][0]
    return points


def wall_points(
    problem: FieldProblem, side: tuple[sympy.Symbol | str, str], count: int, seed: int
) -> Wall:
    """Return points on a wall with their outward normals.

    Parameters
    ----------
    problem : FieldProblem
        Any domain.
    side : (sympy.Symbol, str) or (str, str)
        As ``placement.sides_of`` names it.
    count, seed : int
        See ``inside_points``.

    Returns
    -------
    wall : Wall
        Without points where a region does not touch the side.

    Raises
    ------
    ParameterError
        If no point of the curved boundary of a region is found.
    """
    domain = problem.domain
    if isinstance(domain, Region) and side[0] == BOUNDARY:
        return _curved(problem, domain, count, seed)
    box, d = domain.box, len(domain.box.space)
    k = box.space.index(side[0])
    many = count if not isinstance(domain, Region) else 8 * count
    points = _scattered(problem, many, seed)
    points[:, k] = box.bounds[k][0 if side[1] == "low" else 1]
    placed, kept = _placed(domain, points)
    normals = numpy.zeros((len(placed), d))
    normals[:, k] = -1.0 if side[1] == "low" else 1.0
    if isinstance(domain, Mapped):  # gradients turn with the inverse transpose
        flat = [item for row in domain.jacobian().tolist() for item in row]
        values = compile_expressions(flat, box.space)(points[kept][:, :d]).reshape(-1, d, d)
        normals = numpy.linalg.solve(numpy.swapaxes(values, 1, 2), normals[:, :, None])[
            :, :, 0
        ]
        normals /= numpy.linalg.norm(normals, axis=1, keepdims=True)
    return Wall(placed[:count], normals[:count])


def _bounds(problem: FieldProblem) -> Array:
    """Return low and high end of each column: coordinates, then wide parameters."""
    wide = [item for item in problem.parameters.values() if isinstance(item, tuple)]
    return numpy.array([*problem.domain.box.bounds, *wide], dtype=numpy.float64)


def _scattered(problem: FieldProblem, count: int, seed: int) -> Array:
    """Return even points of the box."""
    low, high = _bounds(problem).T
    return low + (high - low) * even_points(count, len(low), seed)


def _placed(domain: Box | Mapped | Region, points: Array) -> tuple[Array, Array]:
    """Return points of the box as points of the domain, and which were kept."""
    d = len(domain.box.space)
    if isinstance(domain, Mapped):
        points = points.copy()
        image = compile_expressions(list(domain.mapping.values()), domain.box.space)
        points[:, :d] = image(points[:, :d])
    if isinstance(domain, Region):
        level = compile_expressions([domain.level_set], domain.space)
        kept = numpy.nonzero(level(points[:, :d])[:, 0] > 0.0)[0]
        return points[kept], kept
    return points, numpy.arange(len(points))


def _curved(problem: FieldProblem, domain: Region, count: int, seed: int) -> Wall:
    """Return points where the formula of a region vanishes."""
    d, bounds = len(domain.space), _bounds(problem)
    points = _scattered(problem, 8 * count, seed)
    level = compile_expressions([domain.level_set], domain.space)
    slope = compile_expressions([domain.level_set], domain.space, jacobian=True)
    size = float(numpy.abs(level(points[:, :d])).max())
    with numpy.errstate(all="ignore"):
        for _ in range(NEWTON):
            gradient = slope(points[:, :d]).reshape(-1, d)
            square = (gradient**2).sum(axis=1, keepdims=True)
            points[:, :d] -= level(points[:, :d]) * gradient / square
        gradient = slope(points[:, :d]).reshape(-1, d)
        found = numpy.abs(level(points[:, :d])[:, 0]) <= 1e-12 * size
    found &= numpy.isfinite(points).all(axis=1)
    inside = (points >= bounds[:, 0]) & (points <= bounds[:, 1])
    found &= inside.all(axis=1)
    if not found.any():
        raise ParameterError(
            f"level_set {domain.level_set!s:.60} has no zero that Newton's method finds in "
            "the box; give it a gradient there"
        )
    points, gradient = points[found][:count], gradient[found][:count]
    normals = -gradient / numpy.linalg.norm(gradient, axis=1, keepdims=True)
    return Wall(points, normals)
