"""A statement with numbers for its parameters, for what looks at signs and sizes."""

import dataclasses
from collections.abc import Mapping, Sequence

import sympy

from perturbsci.problems.derivatives import JetForm, jet_form
from perturbsci.problems.parts import Condition, Value

__all__ = ["numbers_of", "numeric_conditions", "numeric_form"]


def numeric_form(
    equations: Sequence[sympy.Expr],
    fields: Sequence[sympy.Expr],
    coordinates: Sequence[sympy.Symbol],
    parameters: Mapping[sympy.Symbol, Value],
) -> JetForm:
    """Return equations with numbers for their parameters, all of them exact.

    Parameters
    ----------
    equations, fields, coordinates : sequence
        Of a statement.
    parameters : dict of sympy.Symbol to number or (low, high)
        Intervals stand at their middle.

    Returns
    -------
    form : JetForm
        Floats become rational numbers: rounded sums would hide what vanishes.
    """
    table: dict[sympy.Basic, sympy.Expr] = {**numbers_of(parameters)}
    for item in equations:
        table |= {number: sympy.Rational(number) for number in item.atoms(sympy.Float)}
    numeric = tuple(item.doit().xreplace(table) for item in equations)
    return jet_form(numeric, fields, coordinates)


def numeric_conditions(
    conditions: Sequence[Condition], parameters: Mapping[sympy.Symbol, Value]
) -> tuple[Condition, ...]:
    """Return conditions with numbers for their parameters.

    Parameters
    ----------
    conditions : sequence
        Of a statement.
    parameters : dict of sympy.Symbol to number or (low, high)
        Intervals stand at their middle.

    Returns
    -------
    conditions : tuple
        New objects.
    """
    table = numbers_of(parameters)
    found = []
    for item in conditions:
        formulas = {
            name: getattr(item, name).xreplace(table)
            for name in ("value", "alpha", "beta", "jump", "flux_jump")
            if hasattr(item, name)
        }
        found.append(dataclasses.replace(item, **formulas))
    return tuple(found)


def numbers_of(
    parameters: Mapping[sympy.Symbol, Value],
) -> dict[sympy.Symbol, sympy.Expr]:
    """Return the value of each parameter as an exact number.

    Parameters
    ----------
    parameters : dict of sympy.Symbol to number or (low, high)
        Intervals stand at their middle.

    Returns
    -------
    numbers : dict of sympy.Symbol to sympy.Expr
        Floats become the rational numbers that they are.
    """
    middle = {
        item: (value[0] + value[1]) / 2 if isinstance(value, tuple) else value
        for item, value in parameters.items()
    }
    return {
        item: value if isinstance(value, sympy.Expr) else sympy.Rational(value)
        for item, value in middle.items()
    }
