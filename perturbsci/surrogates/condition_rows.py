"""Points of a domain and of its boundary, and the conditions there as rows.

A block is one real condition at n points: the sum over its legs of coefficient times a
derivative of a field, minus a value. Initial data and walls have one leg, a periodic seam
has two. For bases that satisfy no condition by themselves.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.conditions import Data, Initial, Neumann, Periodic, Robin
from perturbsci.problems.domains import Mapped, Region
from perturbsci.problems.fields import FieldProblem
from perturbsci.problems.linearization import Linearization
from perturbsci.problems.placement import BOUNDARY, sides_of
from perturbsci.problems.substitution import numeric_conditions
from perturbsci.types import Array

__all__ = ["Block", "Leg", "condition_blocks", "inner_points"]

BISECTIONS = 50
Term = tuple[Array, int, tuple[int, ...]]  # coefficient (n,), real field, orders


class Leg(NamedTuple):
    """Points, shape (n, d), and the terms that are summed there."""

    points: Array
    terms: tuple[Term, ...]


class Block(NamedTuple):
    """One condition at n points: the sum of its legs is ``value``, shape (n,)."""

    name: str
    legs: tuple[Leg, ...]
    value: Array


class _Sampler:
    """Random points of one statement, its parameters that are intervals included."""

    def __init__(self, problem: FieldProblem, seed: int) -> None:
        self.problem, self.domain = problem, problem.domain
        self.generator = numpy.random.default_rng(seed)
        wide = {k: v for k, v in problem.parameters.items() if isinstance(v, tuple)}
        self.symbols = (*problem.coordinates, *wide)
        self.bounds = numpy.array([*self.domain.box.bounds, *wide.values()], dtype=float)
        self.n_space = len(self.domain.box.space)

    def in_box(self, n: int) -> Array:
        """Return points of the reference box, one in each of n layers of each axis."""
        shares = [
            (self.generator.permutation(n) + self.generator.random(n)) / n
            for _ in self.bounds
        ]
        low, high = self.bounds.T
        return low + (high - low) * numpy.stack(shares, axis=1)

    def mapped(self, points: Array) -> Array:
        """Return physical points of reference points."""
        if isinstance(self.domain, Mapped):
            image = compile_expressions(self.domain.mapping.values(), self.domain.box.space)
            points = points.copy()
            points[:, : self.n_space] = image(points[:, : self.n_space])
        return points

    def level(self, points: Array) -> Array:
        """Return the level set of a region at points."""
        assert isinstance(self.domain, Region)
        found = compile_expressions([self.domain.level_set], self.domain.space)
        return found(points[:, : self.n_space])[:, 0]

    def inside(self, n: int) -> Array:
        """Return points inside the domain, in the units of the coordinates."""
        if not isinstance(self.domain, Region):
            return self.mapped(self.in_box(n))
        found = self.in_box(0)
        for _ in range(60):
            trial = self.in_box(2 * n)
            found = numpy.concatenate([found, trial[self.level(trial) > 0.0]])
            if len(found) >= n:
                break
        return found[:n]

    def on_level(self, n: int) -> Array:
        """Return points where the level set vanishes, between pairs inside and outside."""
        trial = self.in_box(60 * n)
        sign = self.level(trial) > 0.0
        inner, outer = trial[sign], trial[~sign]
        count = min(len(inner), len(outer), n)
        inner, outer = inner[:count], outer[:count].copy()
        outer[:, self.n_space :] = inner[:, self.n_space :]
        for _ in range(BISECTIONS):
            middle = 0.5 * (inner + outer)
            holds = (self.level(middle) > 0.0)[:, None]
            inner, outer = (
                numpy.where(holds, middle, inner),
                numpy.where(holds, outer, middle),
            )
        return inner

    def on_side(self, wall: tuple[Any, str], n: int) -> tuple[Array, Array]:
        """Return points of a side and outward normals, shapes (n, d) and (n, n_space)."""
        symbol, end = wall
        space = self.domain.box.space
        if isinstance(self.domain, Region) and symbol == BOUNDARY:
            points = self.on_level(n)
            return points, -_unit(self._gradients([self.domain.level_set], points)[:, 0])
        k = space.index(symbol)
        points = self.in_box(n)
        points[:, k] = self.bounds[k, 0 if end == "low" else 1]
        normals = numpy.zeros((n, self.n_space))
        normals[:, k] = -1.0 if end == "low" else 1.0
        if isinstance(self.domain, Mapped):
            slopes = self._gradients(list(self.domain.mapping.values()), points)
            rows = numpy.linalg.inv(slopes)[:, k, :]
            normals = _unit(rows) * normals[:, k : k + 1]
        if isinstance(self.domain, Region):
            kept = self.level(points) > 0.0
            points, normals = points[kept], normals[kept]
        return self.mapped(points), normals

    def _gradients(self, formulas: list[sympy.Expr], points: Array) -> Array:
        """Return derivatives by the symbols of the box, shape (n, m, n_space)."""
        space = self.domain.box.space
        table = [item.diff(symbol) for item in formulas for symbol in space]
        values = compile_expressions(table, space)(points[:, : self.n_space])
        return values.reshape(len(points), len(formulas), self.n_space)


def inner_points(problem: FieldProblem, n: int, seed: int) -> Array:
    """Return random points inside the domain of a statement.

    Parameters
    ----------
    problem : FieldProblem
        With any domain.
    n : int
        How many; fewer in a region that is a tiny part of its box.
    seed : int
        Of the draw: one point in each of n layers of each axis.

    Returns
    -------
    points : array, shape (n, d)
        Space, time, then the parameters that are intervals.
    """
    return _Sampler(problem, seed).inside(n)


def condition_blocks(
    problem: FieldProblem, lin: Linearization, n: int, seed: int
) -> tuple[Block, ...]:
    """Return all conditions of a statement at random points of their sides.

    Parameters
    ----------
    problem : FieldProblem
        With any domain.
    lin : Linearization
        Of the statement.
    n : int
        Points a side.
    seed : int
        Of the draw.

    Returns
    -------
    blocks : tuple of Block
        For complex fields two each, of the real and the imaginary part.

    Raises
    ------
    ParameterError
        If a condition is an Interface, or Periodic on a curved domain.
    """
    sampler = _Sampler(problem, seed)
    fixed = {k: v for k, v in problem.parameters.items() if not isinstance(v, tuple)}
    blocks: list[Block] = []
    for item in numeric_conditions(problem.conditions, fixed):
        place = problem.fields.index(item.field)
        for name, legs, value in _complex_rows(sampler, item, lin, place, n):
            blocks += _real_blocks(name, legs, value, place, is_complex=lin.is_complex)
    return tuple(blocks)


Row = tuple[str, list[tuple[Array, list[tuple[Array, tuple[int, ...]]]]], Array]


def _complex_rows(
    sampler: _Sampler, item: Any, lin: Linearization, place: int, n: int
) -> list[Row]:
    """Return name, points with (coefficient, orders), and values of one condition."""
    d, bounds = len(sampler.symbols), sampler.bounds
    name = f"{type(item).__name__} of {item.field}"
    if isinstance(item, Data):
        spread = numpy.broadcast_to(1.0 / numpy.asarray(item.sigma), item.values.shape)
        points = numpy.asarray(item.points, dtype=float)
        return [(name, [(points, [(spread, (0,) * d)])], item.values * spread)]
    if isinstance(item, Initial):
        points, k = sampler.inside(n), len(sampler.problem.coordinates) - 1
        points[:, k] = bounds[k, 0]
        leg = (points, [(numpy.ones(len(points)), _orders(d, k, item.order))])
        return [(name, [leg], _values(item.value, sampler, points))]
    if isinstance(item, Periodic):
        return _seam_rows(sampler, item, lin, place, n)
    walls = sides_of(item, sampler.domain)
    if not walls:
        raise ParameterError(
            f"conditions holds an {type(item).__name__}, across which a smooth function "
            "cannot jump; use Elements"
        )
    rows: list[Row] = []
    for wall in walls:
        points, normals = sampler.on_side(wall, n)
        terms = _wall_terms(item, sampler, points, normals)
        value = _values(item.value, sampler, points)
        rows.append((f"{name} at {wall[0]} {wall[1]}", [(points, terms)], value))
    return [row for row in rows if len(row[2])]


def _wall_terms(
    item: Any, sampler: _Sampler, points: Array, normals: Array
) -> list[tuple[Array, tuple[int, ...]]]:
    """Return coefficients and orders of a Dirichlet, Neumann or Robin condition."""
    d, ones = len(sampler.symbols), numpy.ones(len(points))
    alpha, beta = ones, numpy.zeros_like(ones)
    if isinstance(item, Neumann):
        alpha, beta = beta, ones
    elif isinstance(item, Robin):
        alpha = _values(item.alpha, sampler, points)
        beta = _values(item.beta, sampler, points)
    terms = [(alpha, (0,) * d)]
    terms += [(beta * normals[:, k], _orders(d, k, 1)) for k in range(normals.shape[1])]
    return [term for term in terms if numpy.any(term[0])]


def _seam_rows(
    sampler: _Sampler, item: Periodic, lin: Linearization, place: int, n: int
) -> list[Row]:
    """Return the differences of value and derivatives across a periodic seam."""
    if isinstance(sampler.domain, Mapped):
        raise ParameterError(
            f"Periodic condition on {item.field} in a Mapped domain: its derivatives are "
            "not those of the coordinates; state it on a Box"
        )
    d, k = len(sampler.symbols), sampler.domain.box.space.index(item.coordinate)
    own = (2 * place, 2 * place + 1) if lin.is_complex else (place,)
    most = max((index[k] for field, index in lin.slots if field in own), default=1)
    low = sampler.in_box(n)
    low[:, k] = sampler.bounds[k, 0]
    high = low.copy()
    high[:, k] = sampler.bounds[k, 1]
    rows: list[Row] = []
    for s in range(max(most, 1)):
        order, one = _orders(d, k, s), numpy.ones(n)
        legs = [(high, [(one, order)]), (low, [(-one, order)])]
        rows.append((f"Periodic of {item.field}, order {s}", legs, numpy.zeros(n)))
    return rows


def _real_blocks(
    name: str, legs: Sequence[Any], value: Array, place: int, *, is_complex: bool
) -> list[Block]:
    """Return a condition on a field as conditions on real fields."""
    if not is_complex:
        real = tuple(
            Leg(points, tuple((c.real, place, order) for c, order in terms))
            for points, terms in legs
        )
        return [Block(name, real, numpy.asarray(value).real)]
    blocks = []
    for part, label in enumerate(("real", "imaginary")):
        split = []
        for points, terms in legs:
            own: list[Term] = []
            for c, order in terms:
                # (a + i b)(u + i v) = (a u - b v) + i (b u + a v)
                first, second = (c.real, -c.imag) if part == 0 else (c.imag, c.real)
                own += [(first, 2 * place, order), (second, 2 * place + 1, order)]
            split.append(Leg(points, tuple(own)))
        both = numpy.asarray(value)
        blocks.append(
            Block(f"{name}, {label}", tuple(split), both.real if part == 0 else both.imag)
        )
    return blocks


def _values(formula: sympy.Expr, sampler: _Sampler, points: Array) -> Array:
    return compile_expressions([formula], sampler.symbols)(points)[:, 0]


def _orders(d: int, k: int, order: int) -> tuple[int, ...]:
    return tuple(order if j == k else 0 for j in range(d))


def _unit(rows: Array) -> Array:
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)
