"""Seeded random statements with known solutions, one family a theorem."""

from typing import Any, NamedTuple

import numpy
import sympy

from perturbsci import problems as pp
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.derivatives import derivative_of

x, y, t = pp.coordinates("x y t")


class Case(NamedTuple):
    """A statement, its solution, and degrees that resolve it partly."""

    problem: pp.FieldProblem
    exact: sympy.Expr
    degrees: tuple[int, ...]


def number(rng: Any, low: float, high: float) -> sympy.Rational:
    return sympy.Rational(round(1000 * rng.uniform(low, high)), 1000)


def wave(rng: Any, symbols: Any) -> sympy.Expr:
    """Return a random smooth function of the symbols."""
    total = sympy.S.Zero
    for _ in range(2):
        phase = number(rng, 0, 6)
        for item in symbols:
            phase += number(rng, -3, 3) * item
        total += number(rng, -1, 1) * sympy.sin(phase)
    return total + number(rng, -1, 1) * symbols[0]


def interval(rng: Any) -> tuple[sympy.Rational, sympy.Rational]:
    low = number(rng, -1, 0.5)
    return low, low + number(rng, 0.5, 2)


def statement(operator: Any, exact: Any, domain: Any, conditions: Any) -> pp.FieldProblem:
    """Return operator(u) = operator(exact)."""
    u = pp.field("u", *domain.coordinates)
    source = operator(exact).doit()
    return pp.FieldProblem([operator(u) - source], domain, conditions(u, exact))


def dirichlet(u: Any, exact: Any) -> list[Any]:
    return [pp.Dirichlet(u, exact)]


def mixed(u: Any, exact: Any) -> list[Any]:
    return [
        pp.Dirichlet(u, exact, (x, "low")),
        pp.Robin(u, 2, 1, 2 * exact + exact.diff(x), (x, "high")),
    ]


def evolving(order: int) -> Any:
    def conditions(u: Any, exact: Any) -> list[Any]:
        data = [pp.Initial(u, exact.diff(t, k).subs(t, 0), order=k) for k in range(order)]
        return [*data, pp.Dirichlet(u, exact)]

    return conditions


def coercive(rng: Any) -> Case:
    exact, domain = wave(rng, [x]), pp.Box({x: interval(rng)})
    a, b, c = number(rng, 0.2, 2), number(rng, -2, 2), number(rng, 0, 5)
    conditions = dirichlet if rng.random() < 0.7 else mixed
    if conditions is mixed:
        b = sympy.S.Zero
    shape = 1 + number(rng, 0, 0.5) * sympy.cos(x)

    def operator(v: Any) -> Any:
        return -a * (shape * v.diff(x)).diff(x) + b * v.diff(x) + c * v

    problem = statement(operator, exact, domain, conditions)
    return Case(problem, exact, (int(rng.integers(4, 14)),))


def poisson(rng: Any) -> Case:
    exact = wave(rng, [x, y])
    domain = pp.Box({x: interval(rng), y: interval(rng)})
    a, c = number(rng, 0.3, 2), number(rng, 0, 3)

    def operator(v: Any) -> Any:
        return -a * v.diff(x, 2) - v.diff(y, 2) + c * v

    problem = statement(operator, exact, domain, dirichlet)
    return Case(problem, exact, tuple(int(k) for k in rng.integers(4, 9, 2)))


def helmholtz(rng: Any) -> Case:
    exact, domain = wave(rng, [x]), pp.Box({x: interval(rng)})
    square = number(rng, 20, 300)

    def operator(v: Any) -> Any:
        return v.diff(x, 2) + square * v

    problem = statement(operator, exact, domain, dirichlet)
    return Case(problem, exact, (int(rng.integers(4, 14)),))


def semilinear(rng: Any) -> Case:
    exact, domain = wave(rng, [x]), pp.Box({x: interval(rng)})
    a, b, c = (number(rng, -2, 2) for _ in range(3))
    kind = int(rng.integers(3))

    def operator(v: Any) -> Any:
        more = (b * v**2 + c * v**3, b * sympy.sin(v), b * sympy.exp(v) / 3)[kind]
        return -v.diff(x, 2) + a * v * v.diff(x) / 2 + more

    problem = statement(operator, exact, domain, dirichlet)
    return Case(problem, exact, (int(rng.integers(6, 14)),))


def semilinear_plane(rng: Any) -> Case:
    exact = wave(rng, [x, y])
    domain = pp.Box({x: interval(rng), y: interval(rng)})
    b, c = number(rng, -2, 2), number(rng, -2, 2)

    def operator(v: Any) -> Any:
        return -v.diff(x, 2) - v.diff(y, 2) + b * v**2 + c * v**3

    problem = statement(operator, exact, domain, dirichlet)
    return Case(problem, exact, tuple(int(k) for k in rng.integers(5, 9, 2)))


def law(rng: Any) -> Case:
    exact, domain = wave(rng, [x, t]), pp.Box({x: interval(rng)}, time=(t, 0, 1))
    nu, b, c = number(rng, 0.01, 0.5), number(rng, -1, 1), number(rng, -1, 1)

    def operator(v: Any) -> Any:
        return v.diff(t) + (b * v**2 + c * v**3).diff(x) - nu * v.diff(x, 2)

    problem = statement(operator, exact, domain, evolving(1))
    return Case(problem, exact, tuple(int(k) for k in rng.integers(5, 10, 2)))


def reaction(rng: Any) -> Case:
    exact, domain = wave(rng, [x, t]), pp.Box({x: interval(rng)}, time=(t, 0, 1))
    nu, a, b = number(rng, 0.01, 0.5), number(rng, -2, 2), number(rng, -1, 1)

    def operator(v: Any) -> Any:
        return v.diff(t) - nu * v.diff(x, 2) - a * v - b * v**2 + v**3

    problem = statement(operator, exact, domain, evolving(1))
    return Case(problem, exact, tuple(int(k) for k in rng.integers(5, 10, 2)))


def waves(rng: Any) -> Case:
    exact, domain = wave(rng, [x, t]), pp.Box({x: interval(rng)}, time=(t, 0, 1))
    c, a, b = number(rng, 0.2, 2), number(rng, 0, 2), number(rng, -1, 1)
    kind = int(rng.integers(3))

    def operator(v: Any) -> Any:
        more = (a * v, b * v**3, b * sympy.sin(v))[kind]
        return v.diff(t, 2) - c * v.diff(x, 2) + more

    problem = statement(operator, exact, domain, evolving(2))
    return Case(problem, exact, tuple(int(k) for k in rng.integers(5, 10, 2)))


FAMILIES = {
    "coercive": (coercive, ("energy", "L2", "max")),
    "poisson": (poisson, ("energy", "L2", "max")),
    "helmholtz": (helmholtz, ("L2",)),
    "semilinear": (semilinear, ("energy", "L2", "max")),
    "semilinear_plane": (semilinear_plane, ("energy", "L2")),
    "law": (law, ("L1",)),
    "reaction": (reaction, ("L2", "max", "L1")),
    "waves": (waves, ("energy",)),
}


def error_of(case: Case, surrogate: Any) -> Any:
    """Return the derivatives of the error as a function of points and multi-index."""
    symbols = case.problem.coordinates

    def error(points: Any, index: Any) -> Any:
        formula = derivative_of(case.exact, symbols, tuple(index))
        values = compile_expressions([formula], symbols)(numpy.asarray(points))[:, 0]
        return surrogate.derivative(points, index) - values

    return error


def exact_values(case: Case) -> Any:
    evaluate = compile_expressions([case.exact], case.problem.coordinates)
    return lambda points: evaluate(points)[:, 0]
