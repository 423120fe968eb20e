"""Conditions at walls and interfaces as functions of the time.

Each becomes a table: coefficients and right side at given times, and how fast they change.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.problems import FieldProblem, Interface
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.linearization import Linearization
from perturbsci.problems.placement import sides_of
from perturbsci.surrogates.wall_conditions import wall_terms
from perturbsci.types import Array

__all__ = ["Joint", "Table", "Wall", "joints_of", "parts_of", "real_fields", "walls_of"]

Table = Callable[[Array], Array]


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """sum_k alpha_k(t) d^k u/dx^k = g(t) for one real field at one end.

    Parameters
    ----------
    field : int
        Which.
    end : int
        0 low, 1 high.
    width : int
        The number of alpha.
    table : callable
        Times (n, 1) -> all alpha, g, then their derivatives in time.
    constant : bool
        Whether none depends on the time: then elements meet it exactly.
    """

    field: int
    end: int
    width: int
    table: Table
    constant: bool

    def rows(self, times: Array) -> tuple[Array, Array, Array, Array]:
        """Return alpha, g, and their derivatives in time; (n, width), (n,), and again.

        Parameters
        ----------
        times : array, shape (n,)
            Physical.

        Returns
        -------
        alpha, side, alpha_rate, side_rate : array, shape (n, width) or (n,)
            Rates are derivatives in time.
        """
        count = self.width + 1
        found = numpy.broadcast_to(self.table(times[:, None]), (len(times), 2 * count))
        return found[:, : count - 1], found[:, count - 1], found[:, count:-1], found[:, -1]


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Jump of one real field and of its flux at a place inside.

    Parameters
    ----------
    field : int
        Which.
    place : float
        In X.
    table : callable
        Times (n, 1) -> left and right coefficient, jump, flux jump.
    """

    field: int
    place: float  # in X
    table: Table  # times (n, 1) -> left, right coefficient, jump, flux jump


def _exact(value: float | sympy.Expr) -> sympy.Expr:
    """Return a number without rounding."""
    return value if isinstance(value, sympy.Expr) else sympy.Rational(value)


def parts_of(formula: sympy.Expr, lin: Linearization) -> tuple[sympy.Expr, ...]:
    """Return a formula, or its real and imaginary part where fields are complex.

    Parameters
    ----------
    formula : sympy.Expr
        Any.
    lin : Linearization
        Of the statement.

    Returns
    -------
    parts : tuple of sympy.Expr
        One or two.
    """
    return formula.as_real_imag() if lin.is_complex else (formula,)


def real_fields(item: object, problem: FieldProblem, lin: Linearization) -> list[int]:
    """Return the places of the real fields of a condition.

    Parameters
    ----------
    item : object
        A condition.
    problem : FieldProblem
        The statement.
    lin : Linearization
        Of it.

    Returns
    -------
    fields : list of int
        One or two.
    """
    place = problem.fields.index(item.field)  # type: ignore[attr-defined]
    return [2 * place, 2 * place + 1] if lin.is_complex else [place]


def walls_of(
    item: object,
    problem: FieldProblem,
    lin: Linearization,
) -> list[Wall]:
    """Return what a condition says at each end.

    Parameters
    ----------
    item : object
        A condition with numbers for parameters.
    problem : FieldProblem
        The statement.
    lin : Linearization
        Of it.

    Returns
    -------
    walls : list of Wall
        Empty for other conditions.
    """
    terms = wall_terms(item)
    if terms is None:
        return []
    domain, found = problem.domain, []
    (symbol,) = domain.space
    time = domain.time[0] if domain.time else sympy.Dummy("t", real=True)
    for _, name in sides_of(item, domain):
        end = ("low", "high").index(name)
        outward = 2 * end - 1
        place = {symbol: _exact(domain.box.intervals[symbol][end])}
        alpha, beta = (formula.xreplace(place) for formula in terms[:2])
        alphas = (alpha,) if beta == 0 else (alpha, outward * beta)
        value = terms[2].subs(place)
        for field, part in zip(
            real_fields(item, problem, lin), parts_of(value, lin), strict=True
        ):
            formulas = (*alphas, part)
            rates = (item.diff(time) for item in formulas)
            table = compile_expressions((*formulas, *rates), (time,))
            constant = not any(item.has(time) for item in formulas)
            found.append(Wall(field, end, len(alphas), table, constant))
    return found


def joints_of(item: object, problem: FieldProblem, lin: Linearization) -> list[Joint]:
    """Return what an interface says of each real field.

    Parameters
    ----------
    item : object
        A condition with numbers for parameters.
    problem : FieldProblem
        The statement.
    lin : Linearization
        Of it.

    Returns
    -------
    joints : list of Joint
        Empty for other conditions.
    """
    if not isinstance(item, Interface):
        return []
    domain = problem.domain
    (symbol,) = domain.space
    time = domain.time[0] if domain.time else sympy.Dummy("t", real=True)
    position = _exact(item.at[1])
    low, high = domain.box.bounds[0]
    place = 2.0 * (float(position) - low) / (high - low) - 1.0
    table: dict[sympy.Basic, sympy.Expr] = {symbol: position}
    found = []
    fields = real_fields(item, problem, lin)
    jumps = parts_of(item.jump.subs(table), lin)
    fluxes = parts_of(item.flux_jump.subs(table), lin)
    for field, jump, flux in zip(fields, jumps, fluxes, strict=True):
        sides = tuple(side.subs(table) for side in item.coefficient)
        formulas = (*sides, jump, flux)
        found.append(Joint(field, place, compile_expressions(formulas, (time,))))
    return found
