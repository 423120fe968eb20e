"""A statement as rows at scattered points: equations inside, conditions on the walls.

A row of the equations is dR/d(D^a u), one of a condition its functional; each is brought
to norm 1 over the features, so that no weight between equations and walls is left open.
"""

from dataclasses import dataclass
from typing import Any

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems import FieldProblem
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.conditions import Dirichlet, Initial, Neumann, Periodic, Robin
from perturbsci.problems.linearization import Linearization, linearize
from perturbsci.problems.placement import sides_of
from perturbsci.problems.substitution import numeric_conditions
from perturbsci.surrogates.features import Features, feature_jets
from perturbsci.surrogates.scattered import inside_points, start_points, wall_points
from perturbsci.types import Array

__all__ = ["Collocation", "Functional", "collocation"]

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Functional:
    """Linear conditions at points: sum of weights times derivatives equals values.

    Parameters
    ----------
    field : int
        The real field.
    terms : tuple of (array, tuple of int, array)
        Points, multi-index and weights, shape (n,).
    values : array, shape (n,)
        What they have to give.
    """

    field: int
    terms: tuple[tuple[Array, Index, Array], ...]
    values: Array


@dataclass(frozen=True, slots=True, eq=False)
class Collocation:
    """Points and conditions of a statement.

    Parameters
    ----------
    lin : Linearization
        Of the equations.
    n_fields : int
        Real ones.
    points : array, shape (n, n_coordinates)
        Where the equations are asked.
    functionals : tuple of Functional
        Of walls and start.
    """

    lin: Linearization
    n_fields: int
    points: Array
    functionals: tuple[Functional, ...]

    def tables(self, basis: Features) -> tuple[dict[Index, Array], list[Array]]:
        """Return the features at all points.

        Parameters
        ----------
        basis : object
            With a table of features.

        Returns
        -------
        inside : dict
            Multi-index to array of shape (n, n_features).
        rows : list of array, shape (n, n_features)
            One a functional.
        """
        wanted = {index for _, index in self.lin.slots}
        inside = feature_jets(basis, self.points, sorted(wanted))
        rows = []
        for item in self.functionals:
            total = 0.0
            for points, index, weights in item.terms:
                total = (
                    total + weights[:, None] * feature_jets(basis, points, [index])[index]
                )
            rows.append(total)
        return inside, rows

    def jets(self, inside: dict[Index, Array], coefficients: Array) -> Array:
        """Return fields and derivatives inside.

        Parameters
        ----------
        inside : dict of array, shape (n, n_features)
            Of ``tables``.
        coefficients : array, shape (n_fields, n_features)
            Of the features.

        Returns
        -------
        jets : array, shape (n, n_slots)
            In the order of the slots.
        """
        columns = [inside[index] @ coefficients[f] for f, index in self.lin.slots]
        return numpy.stack(columns, axis=1)


def collocation(problem: FieldProblem, count: int, seed: int) -> Collocation:
    """Return the points of a statement.

    Parameters
    ----------
    problem : FieldProblem
        With numbers for its parameters.
    count : int
        Points inside; each wall gets a share that grows like its surface.
    seed : int
        Of the points.

    Returns
    -------
    collocation : Collocation
        Nothing is evaluated but the data of the walls.

    Raises
    ------
    ParameterError
        If a condition is of a kind that has no rows, or a value is not finite.
    """
    lin = linearize(problem)
    parts = 2 if lin.is_complex else 1
    d = len(problem.coordinates)
    share = max(16, round(count ** ((d - 1) / d)))
    functionals: list[Functional] = []
    conditions = numeric_conditions(problem.conditions, problem.parameters)
    for place, item in enumerate(conditions):
        field = problem.fields.index(item.field)
        for terms, values in _rows(problem, item, share, seed + 101 * place, lin):
            for part in range(parts):
                own = values.real if part == 0 else values.imag
                functionals.append(Functional(parts * field + part, terms, own))
    return Collocation(
        lin,
        parts * len(problem.fields),
        inside_points(problem, count, seed),
        tuple(functionals),
    )


def _rows(
    problem: FieldProblem, item: Any, count: int, seed: int, lin: Linearization
) -> list[tuple[tuple[tuple[Array, Index, Array], ...], Array]]:
    """Return terms and values of a condition, one entry a side."""
    d = len(problem.coordinates)
    zero = (0,) * d
    if isinstance(item, Initial):
        points = start_points(problem, 2 * count, seed)
        index = (*zero[:-1], item.order)
        values = _values(problem, item.value, points)
        return [(((points, index, numpy.ones(len(points))),), values)]
    if isinstance(item, Periodic):
        return _seam(problem, item, count, seed, lin)
    if not isinstance(item, (Dirichlet, Neumann, Robin)):
        raise ParameterError(
            f"conditions holds a {type(item).__name__}, which features on scattered points "
            "do not take; leave it out"
        )
    found = []
    for place, side in enumerate(sides_of(item, problem.domain)):
        wall = wall_points(problem, side, count, seed + place)
        if not len(wall.points):
            continue
        one = numpy.ones(len(wall.points))
        alpha, beta = {Dirichlet: (one, 0.0 * one), Neumann: (0.0 * one, one)}.get(
            type(item), (one, one)
        )
        if isinstance(item, Robin):
            alpha = _values(problem, item.alpha, wall.points).real
            beta = _values(problem, item.beta, wall.points).real
        terms: list[tuple[Array, Index, Array]] = []
        if alpha.any():
            terms.append((wall.points, zero, alpha))
        for k in range(wall.normals.shape[1]):
            weights = beta * wall.normals[:, k]
            if weights.any():
                index = tuple(int(j == k) for j in range(d))
                terms.append((wall.points, index, weights))
        found.append((tuple(terms), _values(problem, item.value, wall.points)))
    return found


def _seam(
    problem: FieldProblem, item: Periodic, count: int, seed: int, lin: Linearization
) -> list[tuple[tuple[tuple[Array, Index, Array], ...], Array]]:
    """Return the differences of the two sides."""
    box = problem.domain.box
    k = box.space.index(item.coordinate)
    low = wall_points(problem, (item.coordinate, "low"), count, seed).points
    high = low.copy()
    high[:, k] = box.bounds[k][1]
    place = problem.fields.index(item.field) * (2 if lin.is_complex else 1)
    order = max((index[k] for f, index in lin.slots if f == place), default=1)
    one = numpy.ones(len(low))
    found: list[tuple[tuple[tuple[Array, Index, Array], ...], Array]] = []
    for s in range(max(order, 1)):
        index = tuple(s if j == k else 0 for j in range(low.shape[1]))
        terms = ((high, index, one), (low, index, -one))
        found.append((terms, numpy.zeros(len(low))))
    return found


def _values(problem: FieldProblem, formula: sympy.Expr, points: Array) -> Array:
    """Return a formula at points."""
    if formula.is_number:
        return numpy.full(
            len(points),
            complex(formula) if not formula.is_real else formula,
            dtype=complex if not formula.is_real else float,
        )
    values = compile_expressions([formula], problem.coordinates)(points)[:, 0]
    if not numpy.isfinite(values).all():
        raise ParameterError(
            f"value {formula!s:.60} of a condition is not finite on its side; write it so "
            "that it is"
        )
    return values
