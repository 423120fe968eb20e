"""Whether each condition has a place: its field, its side, its coordinates exist.

Which conditions a statement needs is the question of ``wellposed``.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sympy

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.problems.conditions import (
    Data,
    Dirichlet,
    Initial,
    Interface,
    Neumann,
    Periodic,
    Robin,
)
from perturbsci.problems.derivatives import JetForm
from perturbsci.problems.domains import ENDS, Box, Mapped, Region

__all__ = ["BOUNDARY", "check_conditions", "sides_of"]

BOUNDARY = "boundary"  # the part of the boundary of a region that its formula makes
Domain = Box | Mapped | Region
Wall = tuple[sympy.Symbol | str, str]


def sides_of(condition: object, domain: Domain) -> tuple[Wall, ...]:
    """Return the sides on which a condition holds.

    Parameters
    ----------
    condition : Dirichlet, Neumann, Robin or Periodic
        Others have no side.
    domain : Box, Mapped or Region
        Of the statement.

    Returns
    -------
    sides : tuple of (sympy.Symbol, str)
        Symbols of the box; ``("boundary", "level set")`` for what a region cuts out.
    """
    if isinstance(condition, Periodic):
        return tuple((condition.coordinate, end) for end in ENDS)
    if not isinstance(condition, (Dirichlet, Neumann, Robin)):
        return ()
    if condition.side == "all":
        walls: list[Wall] = [(item, end) for item in domain.box.space for end in ENDS]
        if isinstance(domain, Region):
            walls.append((BOUNDARY, "level set"))
        return tuple(walls)
    single = isinstance(condition.side[0], sympy.Symbol)
    return (condition.side,) if single else condition.side  # type: ignore[return-value]


def check_conditions(
    form: JetForm,
    domain: Domain,
    conditions: Sequence[object],
    parameters: Mapping[sympy.Symbol, object],
) -> None:
    """Check that every condition has a place, and that no two claim the same.

    Parameters
    ----------
    form : JetForm
        The equations.
    domain : Box, Mapped or Region
        Where they hold.
    conditions : sequence
        Of the statement.
    parameters : mapping
        Of the statement.

    Raises
    ------
    ParameterError
        If a field, side or coordinate does not exist, or two conditions are of one kind
        on one side.
    ShapeError
        If measured points have the wrong number of columns.
    """
    taken: set[tuple[object, ...]] = set()
    for item in conditions:
        kind = type(item).__name__
        _check_field(item, kind, form)
        _check_coordinates(item, kind, form, domain)
        for key in _claims(item, domain):
            if (claim := (kind, item.field, *key)) in taken:  # type: ignore[attr-defined]
                raise ParameterError(
                    f"conditions has two {kind} conditions on {item.field} at "  # type: ignore[attr-defined]
                    f"{' '.join(map(str, key))}; keep one of them"
                )
            taken.add(claim)
        if isinstance(item, Initial):
            _check_initial(item, form, domain)
        if isinstance(item, Data):
            _check_points(item, form, parameters)


def _claims(item: Any, domain: Domain) -> Iterator[tuple[object, ...]]:
    """Yield what only one condition of a kind may claim, after checking that it exists."""
    for symbol, end in sides_of(item, domain):
        if symbol not in (*domain.box.space, BOUNDARY):
            raise ParameterError(
                f"{type(item).__name__} condition on {item.field} names the side "
                f"({symbol}, {end!r}), which does not exist; the box has sides of "
                f"{list(map(str, domain.box.space))}"
            )
        yield symbol, end
    if isinstance(item, Periodic) and isinstance(domain, Region):
        raise ParameterError(
            f"Periodic condition on {item.field} in a Region; only a Box or Mapped domain "
            "has opposite sides"
        )
    if isinstance(item, Initial):
        yield "order", item.order
    if isinstance(item, Interface):
        if item.at[0] not in domain.space:
            raise ParameterError(
                f"Interface condition on {item.field} is at the coordinate {item.at[0]}, "
                f"which does not exist; the domain has {list(map(str, domain.space))}"
            )
        yield item.at


def _check_field(item: Any, kind: str, form: JetForm) -> None:
    if item.field not in form.fields:
        raise ParameterError(
            f"{kind} condition belongs to the field {item.field}, which no equation holds; "
            f"the equations hold {list(map(str, form.fields))}"
        )


def _check_coordinates(item: Any, kind: str, form: JetForm, domain: Domain) -> None:
    names = ("value", "alpha", "beta", "jump", "flux_jump")
    formulas = [getattr(item, name) for name in names if hasattr(item, name)]
    formulas += item.coefficient if isinstance(item, Interface) else []
    wrong: set[sympy.Basic] = set(domain.box.space) - set(domain.space)
    if isinstance(item, Initial) and domain.time:
        wrong.add(domain.time[0])
    wrong |= set(form.fields)
    for formula in formulas:
        held = formula.free_symbols | formula.atoms(sympy.core.function.AppliedUndef)
        if held & wrong:
            allowed = domain.space if isinstance(item, Initial) else domain.coordinates
            raise ParameterError(
                f"{kind} condition on {item.field} has the value {formula!s:.80}, which "
                f"depends on {sorted(map(str, held & wrong))}; it may depend on "
                f"{list(map(str, allowed))} and parameters"
            )


def _check_initial(item: Initial, form: JetForm, domain: Domain) -> None:
    if domain.time is None:
        raise ParameterError(
            f"Initial condition on {item.field} in a domain without time; give "
            "Box(..., time=(t, start, end)), or leave it out"
        )
    highest = form.orders(form.fields.index(item.field))[-1]
    if item.order >= max(highest, 1):
        raise ParameterError(
            f"Initial condition on {item.field} has order {item.order}, but its equation "
            f"is of order {highest} in time; only lower derivatives are free"
        )


def _check_points(
    item: Data, form: JetForm, parameters: Mapping[sympy.Symbol, object]
) -> None:
    n_intervals = sum(isinstance(value, tuple) for value in parameters.values())
    d = len(form.coordinates)
    if item.points.shape[1] not in (d, d + n_intervals):
        raise ShapeError(
            f"points of the data of {item.field} has shape {item.points.shape}, needed "
            f"{d} columns: {list(map(str, form.coordinates))}"
        )
