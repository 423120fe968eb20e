"""The hierarchy of a regular expansion: one set of equations and conditions an order.

    u = sum_k epsilon^k u_k,   F_k = [epsilon^k] F(u, epsilon) = 0

Every F_k with k >= 1 is linear in u_k, with the operator of F_0 linearized at u_0.

Reference: Holmes (2013), section 1.6.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import sympy
from sympy.core.function import AppliedUndef

from perturbsci.errors import ParameterError
from perturbsci.perturbation.formulas import as_equations, as_symbol, as_symbols
from perturbsci.perturbation.multiprecision import without_floats

__all__ = ["Atom", "Condition", "Hierarchy", "atoms_of", "hierarchy_of"]

Condition: TypeAlias = tuple[int, int, sympy.Expr, tuple[sympy.Expr, ...]]
Atom: TypeAlias = tuple[int, int, int, int]  # order, unknown, derivatives in t and in x


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """Equations, functions and conditions of all orders.

    Parameters
    ----------
    equations : tuple of tuple of sympy.Expr
        Entry k, i: F_k of equation i, which vanishes.
    functions : tuple of tuple of applied functions
        Entry k, i: u_k of unknown i.
    variables : tuple of sympy.Symbol
        (t,) or (t, x).
    conditions : tuple of (unknown, derivative, position, values)
        The derivative of u_k in t at the position is ``values[k]``.
    degrees : tuple of int
        Highest derivative in t of each unknown.
    """

    equations: tuple[tuple[sympy.Expr, ...], ...]
    functions: tuple[tuple[sympy.Expr, ...], ...]
    variables: tuple[sympy.Symbol, ...]
    conditions: tuple[Condition, ...]
    degrees: tuple[int, ...]

    @property
    def positions(self) -> tuple[sympy.Expr, ...]:
        """The different values of t at which conditions hold, ascending."""
        return tuple(sorted({position for _, _, position, _ in self.conditions}))

    @property
    def slots(self) -> list[tuple[int, int]]:
        """Unknown and derivative of what a state of one order consists of."""
        return [(i, m) for i, degree in enumerate(self.degrees) for m in range(degree)]


def hierarchy_of(
    equations: Iterable[sympy.Expr],
    unknowns: Iterable[sympy.Expr],
    variables: Iterable[sympy.Symbol],
    epsilon: sympy.Symbol,
    conditions: Mapping[sympy.Expr, object],
    order: int,
) -> Hierarchy:
    """Substitute the series and collect the powers of epsilon.

    Parameters
    ----------
    equations, unknowns, variables : sequence
        Expressions that vanish; applied functions; (t,) or (t, x).
    epsilon : sympy.Symbol
        The small parameter.
    conditions : mapping
        u(0), or a derivative of u substituted there, to its value.
    order : int
        The highest power.

    Returns
    -------
    hierarchy : Hierarchy
        Of orders 0 to ``order``.

    Raises
    ------
    ParameterError, ShapeError
        If an argument is of another kind, or the limit loses a derivative.
    """
    formulas, fields, axes = _checked(equations, unknowns, variables, epsilon)
    formulas = [without_floats(formula) for formula in formulas]
    functions = tuple(
        tuple(sympy.Function(f"{field.func.__name__}_{k}")(*axes) for field in fields)
        for k in range(order + 1)
    )
    columns = zip(*functions, strict=True)
    ansatz = {
        field: sympy.Add(*(epsilon**k * u for k, u in enumerate(column)))
        for field, column in zip(fields, columns, strict=True)
    }
    rows = [
        _coefficients(formula.subs(ansatz).doit(), epsilon, order) for formula in formulas
    ]
    found = tuple(zip(*rows, strict=True))
    degrees = tuple(_degree(found[0], u, axes[0]) for u in functions[0])
    for field, degree in zip(fields, degrees, strict=True):
        needed = max(_degree(formulas, field, axes[0]), 1)
        if degree < needed:
            raise ParameterError(
                f"equations at {epsilon} = 0 hold derivatives of {field} in {axes[0]} up "
                f"to order {degree}, needed {needed}: the perturbation is singular; use "
                "match_layers or expand_slow_manifold"
            )
    parsed = tuple(
        _condition(key, value, fields, axes, epsilon, order)
        for key, value in conditions.items()
    )
    made = Hierarchy(found, functions, axes, parsed, degrees)
    _check_conditions(made, fields)
    return made


def _checked(
    equations: Iterable[sympy.Expr],
    unknowns: Iterable[sympy.Expr],
    variables: Iterable[sympy.Symbol],
    epsilon: sympy.Symbol,
) -> tuple[list[sympy.Expr], list[sympy.Expr], tuple[sympy.Symbol, ...]]:
    axes = as_symbols(variables, "variables")
    as_symbol(epsilon, "epsilon")
    if len(axes) > 2:
        raise ParameterError(f"variables is {axes!r:.60}; pass (t,) or (t, x)")
    single = isinstance(unknowns, AppliedUndef)
    listed = (unknowns,) if single else unknowns
    fields = list(listed) if isinstance(listed, (tuple, list)) else []
    if not fields or not all(
        isinstance(u, AppliedUndef) and u.args == axes for u in fields
    ):
        raise ParameterError(
            f"unknowns is {unknowns!r:.60}; pass functions applied to {axes}, such as u(t)"
        )
    formulas = as_equations(equations, len(fields))
    held = set().union(*(f.free_symbols for f in formulas)) - {*axes, epsilon}
    held |= set().union(*(f.atoms(AppliedUndef) for f in formulas)) - set(fields)
    if held:
        raise ParameterError(
            f"equations holds {', '.join(sorted(map(str, held)))} beside unknowns, "
            f"variables and {epsilon}; substitute numbers"
        )
    return formulas, fields, axes


def _coefficients(
    formula: sympy.Expr, epsilon: sympy.Symbol, order: int
) -> list[sympy.Expr]:
    """Return [epsilon^k] of an analytic expression, k = 0..order."""
    found, factorial = [], sympy.S.One
    for k in range(order + 1):
        value = sympy.expand(formula.subs(epsilon, 0).doit() / factorial)
        if value.has(sympy.nan, sympy.zoo, sympy.oo, sympy.Subs):
            raise ParameterError(
                f"equations or conditions are not analytic in {epsilon} at 0 "
                f"({value!s:.60}); rescale unknowns and variables first"
            )
        found.append(value)
        formula = formula.diff(epsilon)
        factorial *= k + 1
    return found


def _degree(formulas: Iterable[sympy.Expr], field: sympy.Expr, t: sympy.Symbol) -> int:
    """Return the highest derivative of a field in t."""
    return max(
        (
            int(dict(node.variable_count).get(t, 0))
            for formula in formulas
            for node in formula.atoms(sympy.Derivative)
            if node.expr == field
        ),
        default=0,
    )


def _condition(
    key: sympy.Expr,
    value: object,
    fields: list[sympy.Expr],
    axes: tuple[sympy.Symbol, ...],
    epsilon: sympy.Symbol,
    order: int,
) -> Condition:
    """Return unknown, derivative, position and the values of all orders."""
    field, derivative = key, 0
    position = key.args[0] if getattr(key, "args", ()) else None
    if isinstance(key, sympy.Subs) and key.variables == axes[:1]:
        node, position = key.expr, key.point[0]
        plain = isinstance(node, sympy.Derivative) and len(node.variable_count) == 1
        if plain and node.variable_count[0][0] == axes[0]:
            field, derivative = node.expr, int(node.variable_count[0][1])
    elif isinstance(key, AppliedUndef) and key.args[1:] == axes[1:]:
        field = key.func(*axes)
    if field not in fields or not getattr(position, "is_number", False):
        raise ParameterError(
            f"conditions holds {key!s:.60}; pass keys such as u(0) or "
            "u(t).diff(t).subs(t, 0)"
        )
    formula = sympy.S(value) if not isinstance(value, str) else None
    if not isinstance(formula, sympy.Expr) or formula.free_symbols - {*axes[1:], epsilon}:
        raise ParameterError(
            f"conditions gives {key!s:.60} the value {value!r:.60}; pass a number"
            + (f" or an expression in {axes[1]}" if axes[1:] else "")
        )
    values = tuple(_coefficients(without_floats(formula), epsilon, order))
    return fields.index(field), derivative, position, values


def _check_conditions(made: Hierarchy, fields: list[sympy.Expr]) -> None:
    """Refuse conditions that do not make an initial or a boundary value problem."""
    needed = made.slots
    given = [(i, m) for i, m, _, _ in made.conditions]
    initial = len(made.positions) == 1
    fits = sorted(given) == sorted(needed) if initial else len(given) == len(needed)
    if not fits or (len(made.variables) == 2 and not initial):
        names = [f"{fields[i]} derivative {m}" for i, m in needed]
        raise ParameterError(
            f"conditions has {len(given)} entries at t = {list(made.positions)!s:.40}; "
            f"{len(needed)} are needed, at one point for {', '.join(names)}, or for one "
            "variable at two points"
        )


def atoms_of(formulas: Iterable[sympy.Expr], made: Hierarchy) -> dict[sympy.Expr, Atom]:
    """Return the unknowns and their derivatives that formulas hold.

    Parameters
    ----------
    formulas : iterable of sympy.Expr
        Of a hierarchy.
    made : Hierarchy
        Whose functions they hold.

    Returns
    -------
    atoms : dict
        Node to (order, unknown, derivatives in t, derivatives in x).
    """
    places = {u: (k, i) for k, row in enumerate(made.functions) for i, u in enumerate(row)}
    found: dict[sympy.Expr, Atom] = {}
    for formula in formulas:
        for node in formula.atoms(sympy.Derivative, AppliedUndef):
            counts = dict(getattr(node, "variable_count", ()))
            field = node.expr if isinstance(node, sympy.Derivative) else node
            orders = [int(counts.get(axis, 0)) for axis in made.variables]
            found[node] = (*places[field], orders[0], sum(orders[1:]))
    return found
