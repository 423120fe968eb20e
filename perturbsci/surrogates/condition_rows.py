"""The conditions of a statement as rows at scattered points of their sides.

A block is one real condition at n points: the sum over its legs of coefficient times a
derivative of a field, minus a value. Initial data and walls have one leg, a periodic seam
has two. For bases that satisfy no condition by themselves.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.conditions import Data, Initial, Periodic
from perturbsci.problems.domains import Mapped
from perturbsci.problems.fields import FieldProblem
from perturbsci.problems.linearization import Linearization
from perturbsci.problems.placement import sides_of
from perturbsci.problems.substitution import numeric_conditions
from perturbsci.surrogates.scattered import Wall, start_points, wall_points
from perturbsci.surrogates.wall_conditions import wall_terms
from perturbsci.types import Array

__all__ = ["Block", "Leg", "condition_blocks"]

APART = 101  # between the seeds of two conditions
Term = tuple[Array, int, tuple[int, ...]]  # coefficient (n,), real field, orders


class Leg(NamedTuple):
    """Points, shape (n, d), and the terms that are summed there."""

    points: Array
    terms: tuple[Term, ...]

    def at(self, rows: Array) -> "Leg":
        """Return some of the points.

        Parameters
        ----------
        rows : array of int, shape (m,)
            Which.

        Returns
        -------
        leg : Leg
            With m points.
        """
        terms = tuple((c[rows], field, orders) for c, field, orders in self.terms)
        return Leg(self.points[rows], terms)


class Block(NamedTuple):
    """One condition at n points: the sum of its legs is ``value``, shape (n,)."""

    name: str
    legs: tuple[Leg, ...]
    value: Array

    def at(self, rows: Array) -> "Block":
        """Return some of the points.

        Parameters
        ----------
        rows : array of int, shape (m,)
            Which.

        Returns
        -------
        block : Block
            With m points.
        """
        legs = tuple(leg.at(rows) for leg in self.legs)
        return Block(self.name, legs, self.value[rows])


# name, one leg each of points with (coefficient, orders), and values of one condition on
# a field that may be complex
Row = tuple[str, list[tuple[Array, list[tuple[Array, tuple[int, ...]]]]], Array]


def condition_blocks(
    problem: FieldProblem, lin: Linearization, n: int, seed: int
) -> tuple[Block, ...]:
    """Return all conditions of a statement at points of their sides.

    Parameters
    ----------
    problem : FieldProblem
        With any domain.
    lin : Linearization
        Of the statement.
    n : int
        Points a side; twice as many at the start.
    seed : int
        Of the points.

    Returns
    -------
    blocks : tuple of Block
        For complex fields two each, of the real and the imaginary part.

    Raises
    ------
    ParameterError
        If a condition is an Interface, or Periodic on a curved domain, or a value is not
        finite.
    """
    fixed = {k: v for k, v in problem.parameters.items() if not isinstance(v, tuple)}
    blocks: list[Block] = []
    for k, item in enumerate(numeric_conditions(problem.conditions, fixed)):
        place = problem.fields.index(item.field)
        for name, legs, value in _rows(problem, item, lin, n, seed + APART * k):
            blocks += _real_blocks(name, legs, value, place, is_complex=lin.is_complex)
    return tuple(blocks)


def _rows(
    problem: FieldProblem, item: Any, lin: Linearization, n: int, seed: int
) -> Iterator[Row]:
    """Yield the rows of one condition, one entry a side."""
    d = len(_symbols(problem))
    name = f"{type(item).__name__} of {item.field}"
    if isinstance(item, Data):
        spread = numpy.broadcast_to(1.0 / numpy.asarray(item.sigma), item.values.shape)
        points = numpy.asarray(item.points, dtype=float)
        yield name, [(points, [(spread, (0,) * d)])], item.values * spread
    elif isinstance(item, Initial):
        points = start_points(problem, 2 * n, seed)
        orders = _orders(d, len(problem.coordinates) - 1, item.order)
        leg = (points, [(numpy.ones(len(points)), orders)])
        yield name, [leg], _values(item.value, problem, points)
    elif isinstance(item, Periodic):
        yield from _seam_rows(problem, item, lin, n, seed)
    else:
        sides = sides_of(item, problem.domain)
        if not sides:
            raise ParameterError(
                f"conditions holds an {type(item).__name__}, across which a smooth "
                "function cannot jump; use Elements"
            )
        for k, side in enumerate(sides):
            wall = wall_points(problem, side, n, seed + k)
            if len(wall.points):
                leg = (wall.points, _wall_terms(item, problem, wall))
                value = _values(item.value, problem, wall.points)
                yield f"{name} at {side[0]} {side[1]}", [leg], value


def _wall_terms(
    item: Any, problem: FieldProblem, wall: Wall
) -> list[tuple[Array, tuple[int, ...]]]:
    """Return coefficients and orders of a Dirichlet, Neumann or Robin condition."""
    d, known = len(_symbols(problem)), wall_terms(item)
    assert known is not None  # sides belong to walls
    alpha, beta = (_values(factor, problem, wall.points) for factor in known[:2])
    terms = [(alpha, (0,) * d)]
    for k in range(wall.normals.shape[1]):
        terms.append((beta * wall.normals[:, k], _orders(d, k, 1)))
    return [term for term in terms if numpy.any(term[0])]


def _seam_rows(
    problem: FieldProblem, item: Periodic, lin: Linearization, n: int, seed: int
) -> Iterator[Row]:
    """Yield the differences of value and derivatives across a periodic seam."""
    if isinstance(problem.domain, Mapped):
        raise ParameterError(
            f"Periodic condition on {item.field} in a Mapped domain: its derivatives are "
            "not those of the coordinates; state it on a Box"
        )
    box, d = problem.domain.box, len(_symbols(problem))
    k, place = box.space.index(item.coordinate), problem.fields.index(item.field)
    own = (2 * place, 2 * place + 1) if lin.is_complex else (place,)
    most = max((index[k] for field, index in lin.slots if field in own), default=1)
    low = wall_points(problem, (item.coordinate, "low"), n, seed).points
    high = low.copy()
    high[:, k] = box.bounds[k][1]
    one = numpy.ones(len(low))
    for s in range(max(most, 1)):
        order = _orders(d, k, s)
        legs = [(high, [(one, order)]), (low, [(-one, order)])]
        yield f"Periodic of {item.field}, order {s}", legs, numpy.zeros(len(low))


def _real_blocks(
    name: str, legs: list[Any], value: Array, place: int, *, is_complex: bool
) -> list[Block]:
    """Return a condition on a field as conditions on real fields."""
    if not is_complex:
        real = tuple(
            Leg(points, tuple((c.real, place, order) for c, order in terms))
            for points, terms in legs
        )
        return [Block(name, real, numpy.asarray(value).real)]
    blocks = []
    both = numpy.asarray(value)
    for part, label in enumerate(("real", "imaginary")):
        split = []
        for points, terms in legs:
            own: list[Term] = []
            for c, order in terms:
                # (a + i b)(u + i v) = (a u - b v) + i (b u + a v)
                first, second = (c.real, -c.imag) if part == 0 else (c.imag, c.real)
                own += [(first, 2 * place, order), (second, 2 * place + 1, order)]
            seen = tuple(term for term in own if numpy.any(term[0]))
            split.append(Leg(points, seen))
        wanted = both.real if part == 0 else both.imag
        blocks.append(Block(f"{name}, {label}", tuple(split), wanted))
    return blocks


def _symbols(problem: FieldProblem) -> tuple[sympy.Symbol, ...]:
    """Return the columns of points: coordinates, then parameters that are intervals."""
    wide = (k for k, v in problem.parameters.items() if isinstance(v, tuple))
    return (*problem.coordinates, *wide)


def _values(formula: sympy.Expr, problem: FieldProblem, points: Array) -> Array:
    """Return a formula at points."""
    values = compile_expressions([formula], _symbols(problem))(points)[:, 0]
    if not numpy.isfinite(values).all():
        raise ParameterError(
            f"value {formula!s:.60} of a condition is not finite on its side; write it so "
            "that it is"
        )
    return values


def _orders(d: int, k: int, order: int) -> tuple[int, ...]:
    return tuple(order if j == k else 0 for j in range(d))
