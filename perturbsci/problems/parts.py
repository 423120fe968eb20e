"""The parts of a statement, checked one by one: equations, conditions, parameters."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.conditions import (
    Data,
    Dirichlet,
    Initial,
    Interface,
    Neumann,
    Periodic,
    Robin,
)
from perturbsci.problems.domains import Box, Mapped, Region
from perturbsci.problems.parameters import exact_parameter

__all__ = [
    "Condition",
    "Domain",
    "Value",
    "checked_conditions",
    "checked_equations",
    "checked_parameters",
    "renamed_parameters",
]

Domain: TypeAlias = Box | Mapped | Region
Condition: TypeAlias = Dirichlet | Neumann | Robin | Periodic | Initial | Interface | Data
Value: TypeAlias = float | sympy.Expr | tuple[float, float]


def checked_equations(equations: object) -> tuple[sympy.Expr, ...]:
    """Return equations as expressions that vanish.

    Parameters
    ----------
    equations : iterable of sympy.Expr or sympy.Eq
        One is accepted alone.

    Returns
    -------
    expressions : tuple of sympy.Expr
        Left minus right side of each.

    Raises
    ------
    ParameterError
        If one is text or anything else.
    """
    items = (equations,) if isinstance(equations, sympy.Basic) else equations
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise ParameterError(
            f"equations is {equations!r:.80}; it must be a list of SymPy expressions, text "
            "goes through problems.parse_expression first"
        )
    found = []
    for item in items:
        expression = item.lhs - item.rhs if isinstance(item, sympy.Eq) else item
        if not isinstance(expression, sympy.Expr):
            raise ParameterError(
                f"equations holds {item!r:.80} of type {type(item).__name__}; each must be "
                "a SymPy expression that vanishes, or a sympy.Eq; text goes through "
                "problems.parse_expression first"
            )
        found.append(expression)
    return tuple(found)


def checked_conditions(conditions: object) -> tuple[Condition, ...]:
    """Return conditions as a tuple.

    Parameters
    ----------
    conditions : iterable
        One is accepted alone.

    Returns
    -------
    conditions : tuple
        The same objects.

    Raises
    ------
    ParameterError
        If one is no condition.
    """
    if isinstance(conditions, Condition):
        return (conditions,)
    items = tuple(conditions) if isinstance(conditions, Iterable) else (conditions,)
    for item in items:
        if not isinstance(item, Condition):
            raise ParameterError(
                f"conditions holds {item!r:.80}; each must be a Dirichlet, Neumann, Robin, "
                "Periodic, Initial, Interface or Data"
            )
    return items


def checked_parameters(parameters: object, domain: Domain) -> dict[sympy.Symbol, Value]:
    """Return parameters as an own dict of numbers and intervals.

    Parameters
    ----------
    parameters : mapping of sympy.Symbol to number or (low, high), or None
        Values.
    domain : Box, Mapped or Region
        Whose coordinates are no parameters.

    Returns
    -------
    parameters : dict
        Floats, exact numbers of SymPy where a float would round, pairs of floats.

    Raises
    ------
    ParameterError
        If a key is no symbol, or a value no number or interval.
    """
    if parameters is None:
        return {}
    if not isinstance(parameters, Mapping):
        raise ParameterError(
            f"parameters is {parameters!r:.80}; it must map symbols to numbers"
        )
    found: dict[sympy.Symbol, Value] = {}
    for symbol, value in parameters.items():
        if not isinstance(symbol, sympy.Symbol) or symbol in domain.coordinates:
            raise ParameterError(
                f"parameters has the key {symbol!r:.80}; each must be a sympy Symbol that "
                "is no coordinate"
            )
        if isinstance(value, (tuple, list)):
            ends = [float(exact_parameter(symbol.name, end)) for end in value]
            if len(ends) != 2 or not ends[0] < ends[1]:
                raise ParameterError(
                    f"parameter {symbol.name!r} is {value!r:.80}; an interval is "
                    "(low, high) with low below high"
                )
            found[symbol] = (ends[0], ends[1])
        else:
            found[symbol] = exact_parameter(symbol.name, value)
    return found


def renamed_parameters(
    parameters: object, names: Mapping[str, sympy.Symbol]
) -> dict[sympy.Symbol, Value]:
    """Return values by symbol; a symbol is found by its name.

    Parameters
    ----------
    parameters : mapping of sympy.Symbol or str to number or (low, high)
        Values.
    names : mapping of str to sympy.Symbol
        What there is.

    Returns
    -------
    parameters : dict
        With the symbols of ``names``.

    Raises
    ------
    ParameterError
        If a name is unknown.
    """
    if not isinstance(parameters, Mapping):
        raise ParameterError(
            f"parameters is {parameters!r:.80}; it must map symbols to numbers"
        )
    found = {}
    for key, value in parameters.items():
        name = key.name if isinstance(key, sympy.Symbol) else key
        if not isinstance(name, str) or name not in names:
            raise ParameterError(
                f"parameters has the key {key!r:.80}; the statement has "
                f"{', '.join(names) or 'no parameters'}"
            )
        found[names[name]] = value
    return found
