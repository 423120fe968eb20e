"""Hand-made surrogates: polynomial expansions that no solver has seen."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.polynomial import legendre

from perturbsci.problems import FieldProblem
from perturbsci.results import Status
from perturbsci.surrogates import Elements, SolveStatistics, Surrogate
from perturbsci.verification import Certificate


@dataclass(frozen=True)
class Degrees:
    """What a certificate asks of a basis."""

    degrees: tuple[int, ...]


class Expansion:
    """A tensor Legendre expansion on the box of a statement, space and time."""

    def __init__(self, problem: FieldProblem, coefficients: Any) -> None:
        self.problem = problem
        self.coefficients = numpy.asarray(coefficients, dtype=float)
        self.basis = Degrees(tuple(n - 1 for n in self.coefficients.shape))
        self.edges = ()
        self.parameters = {k: float(v) for k, v in problem.parameters.items()}

    def derivative(self, points: Any, orders: Any, *, field: int = 0) -> Any:
        assert field == 0
        bounds = self.problem.domain.box.bounds
        table = self.coefficients
        columns = []
        for k, (low, high) in enumerate(bounds):
            local = (2 * points[:, k] - low - high) / (high - low)
            n = table.shape[k]
            rows = numpy.stack(
                [
                    legendre.legval(local, legendre.legder(unit, orders[k]))
                    for unit in numpy.eye(n)
                ],
                axis=1,
            )
            columns.append(rows * (2 / (high - low)) ** orders[k])
        found = numpy.einsum(
            "n...->n...", numpy.broadcast_to(table, (len(points), *table.shape))
        )
        for rows in columns:
            found = numpy.einsum("ni,ni...->n...", rows, found)
        return found

    def __call__(self, points: Any) -> Any:
        return self.derivative(numpy.asarray(points), (0,) * len(self.basis.degrees))


def fitted(problem: FieldProblem, function: Any, degrees: tuple[int, ...]) -> Expansion:
    """Return the Legendre interpolant of a function of points, shape (n, d)."""
    bounds = problem.domain.box.bounds
    nodes = [legendre.leggauss(p + 1) for p in degrees]
    axes = [
        (low + high) / 2 + (high - low) / 2 * x
        for (low, high), (x, _) in zip(bounds, nodes, strict=True)
    ]
    points = numpy.array(list(itertools.product(*axes)))
    table = numpy.reshape(function(points), [p + 1 for p in degrees])
    for k, ((x, w), p) in enumerate(zip(nodes, degrees, strict=True)):
        inverse = (
            legendre.legvander(x, p).T * w * (2 * numpy.arange(p + 1) + 1)[:, None] / 2
        )
        table = numpy.moveaxis(numpy.tensordot(inverse, table, axes=(1, k)), 0, k)
    return Expansion(problem, table)


def on_a_line(problem: FieldProblem, function: Any, degree: int, n: int = 1) -> Surrogate:
    """Return the surrogate of elements that interpolate a function of x, shape (n,)."""
    ((low, high),) = problem.domain.box.bounds
    edges = numpy.linspace(low, high, n + 1)
    table = numpy.zeros((n, 1, degree + 1, 1))
    x, w = legendre.leggauss(degree + 1)
    inverse = legendre.legvander(x, degree).T * w
    inverse *= (2 * numpy.arange(degree + 1) + 1)[:, None] / 2
    for e in range(n):
        places = (edges[e] + edges[e + 1]) / 2 + (edges[e + 1] - edges[e]) / 2 * x
        table[e, 0, :, 0] = inverse @ function(places)
    return surrogate(problem, Elements((degree,)), table, (edges,))


def surrogate(problem: FieldProblem, basis: Any, table: Any, edges: Any) -> Surrogate:
    """Return a surrogate of given coefficients, with a certificate that claims nothing."""
    return Surrogate(
        problem,
        basis,
        table,
        edges,
        {key: float(value) for key, value in problem.parameters.items()},
        SolveStatistics(table.size, 1, 1, 0, 0, 0.0, numpy.zeros((0, 2)), 0.0),
        Status.CONVERGED,
        Certificate("error", numpy.nan, numpy.nan, "none", "hand-made", ("not solved",)),
    )
