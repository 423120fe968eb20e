"""The equations of a ``Problem`` in the symbols of a complete statement, by name."""

from collections.abc import Callable, Iterable, Mapping

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import TIME, Problem
from perturbsci.problems.parts import Condition, Domain, Value, renamed_parameters

__all__ = ["translated_parameters", "translation"]


def translated_parameters(
    problem: Problem, parameters: Mapping[sympy.Symbol, Value] | None
) -> dict[sympy.Symbol, Value]:
    """Return the values of a problem by symbol; symbols that are given are kept.

    Parameters
    ----------
    problem : Problem
        With its values by name.
    parameters : mapping or None
        Replaces some, by symbol or name.

    Returns
    -------
    parameters : dict
        One value a parameter.

    Raises
    ------
    ParameterError
        If the problem has no such parameter.
    """
    names = {name: sympy.Symbol(name) for name in problem.parameters}
    given = parameters if parameters is not None else {}
    if isinstance(given, Mapping):
        names |= {
            item.name: item
            for item in given
            if isinstance(item, sympy.Symbol) and item.name in names
        }
    values: dict[sympy.Symbol, Value] = {
        names[name]: value for name, value in problem.parameters.items()
    }
    return values | renamed_parameters(given, names)


def translation(
    problem: Problem, domain: Domain, conditions: Iterable[Condition]
) -> Callable[[sympy.Expr, Mapping[str, sympy.Symbol]], sympy.Expr]:
    """Return what rewrites a formula of a problem in the symbols of a domain.

    Parameters
    ----------
    problem : Problem
        Of kind ``"pde"``.
    domain : Box, Mapped or Region
        Its coordinates are matched by name, its time is ``t``.
    conditions : iterable
        Their fields are matched by name.

    Returns
    -------
    translate : callable
        Takes a formula and the parameters by name.

    Raises
    ------
    ParameterError
        If the problem is of another kind, or a coordinate has no counterpart.
    """
    if not isinstance(problem, Problem) or problem.kind != "pde":
        raise ParameterError(
            f"problem is {problem!r:.80}; it must be a Problem of kind 'pde', such as "
            "get_problem('burgers')"
        )
    symbols = {item.name: item for item in domain.coordinates}
    if domain.time:
        symbols[TIME] = domain.time[0]
    known = {str(item.field.func): item.field for item in conditions}
    table: dict[sympy.Expr, sympy.Expr] = {}
    for variable in problem.variables:
        missing = [item.name for item in variable.args if item.name not in symbols]
        if missing:
            raise ParameterError(
                f"domain has the coordinates {list(symbols)}, but {variable} of the "
                f"problem {problem.name!r} depends on {missing}, too"
            )
        name = str(variable.func)
        used = {symbols[item.name] for item in variable.args}
        plain = sympy.Function(name)(*(c for c in domain.coordinates if c in used))
        table[variable] = known.get(name, plain)

    def translate(formula: sympy.Expr, names: Mapping[str, sympy.Symbol]) -> sympy.Expr:
        others = {**names, **symbols}
        known = {item: others.get(item.name, item) for item in formula.free_symbols}
        fields = {old.xreplace(known): new for old, new in table.items()}
        return formula.xreplace(known).xreplace(fields)

    return translate
