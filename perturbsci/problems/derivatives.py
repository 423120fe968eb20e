"""Equations as functions of jets: one symbol for each derivative of each field.

An equation R(x, u, u_x, ...) = 0 is differentiated with respect to its unknown function
by treating every D^a u as a variable of its own; a is a multi-index over the coordinates.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sympy
from sympy.core.function import AppliedUndef

from perturbsci.errors import ParameterError

__all__ = ["JetForm", "derivative_of", "fields_of", "jet_form"]

Index = tuple[int, ...]
Slot = tuple[int, Index]


@dataclass(frozen=True, slots=True, eq=False)
class JetForm:
    """Equations whose fields and derivatives are replaced by symbols.

    Parameters
    ----------
    coordinates : tuple of sympy.Symbol
        The variables that the multi-indices count.
    fields : tuple of sympy.Expr
        The unknown functions.
    slots : tuple of (int, tuple of int)
        Place of a field and multi-index, in the order of ``symbols``.
    symbols : tuple of sympy.Symbol
        What stands for each slot in ``residuals``.
    residuals : tuple of sympy.Expr
        The equations.
    """

    coordinates: tuple[sympy.Symbol, ...]
    fields: tuple[sympy.Expr, ...]
    slots: tuple[Slot, ...]
    symbols: tuple[sympy.Symbol, ...]
    residuals: tuple[sympy.Expr, ...]

    def slopes(self) -> tuple[tuple[sympy.Expr, ...], ...]:
        """Return the derivative of each equation with respect to each slot.

        Returns
        -------
        slopes : tuple of tuple of sympy.Expr
            One row an equation.
        """
        return tuple(
            tuple(item.diff(symbol) for symbol in self.symbols) for item in self.residuals
        )

    def orders(self, field: int) -> tuple[int, ...]:
        """Return the highest derivative of a field in each coordinate.

        Parameters
        ----------
        field : int
            Place of the field.

        Returns
        -------
        orders : tuple of int
            One a coordinate.
        """
        found = [index for place, index in self.slots if place == field]
        return tuple(max(column, default=0) for column in zip(*found, strict=True)) or (
            0,
        ) * len(self.coordinates)

    def at(self, values: Sequence[sympy.Expr]) -> dict[sympy.Symbol, sympy.Expr]:
        """Return what the symbols of the slots are for known fields.

        Parameters
        ----------
        values : sequence of sympy.Expr
            One formula a field, in the coordinates.

        Returns
        -------
        table : dict
            Symbol to derivative of the formula.
        """
        return {
            symbol: derivative_of(values[place], self.coordinates, index)
            for symbol, (place, index) in zip(self.symbols, self.slots, strict=True)
        }


def derivative_of(
    formula: sympy.Expr, coordinates: Sequence[sympy.Symbol], index: Index
) -> sympy.Expr:
    """Return D^index of a formula.

    Parameters
    ----------
    formula : sympy.Expr
        In the coordinates.
    coordinates : sequence of sympy.Symbol
        What the index counts.
    index : tuple of int
        How often to differentiate in each.

    Returns
    -------
    derivative : sympy.Expr
        Evaluated.
    """
    pairs = [pair for pair in zip(coordinates, index, strict=True) if pair[1]]
    return formula.diff(*pairs) if pairs else formula


def fields_of(
    equations: Iterable[sympy.Expr], coordinates: Sequence[sympy.Symbol]
) -> tuple[sympy.Expr, ...]:
    """Return the unknown functions of coordinates, equation by equation, by name.

    Parameters
    ----------
    equations : iterable of sympy.Expr
        Any.
    coordinates : sequence of sympy.Symbol
        The arguments that a field may have.

    Returns
    -------
    fields : tuple of sympy.Expr
        Each once; functions of other arguments are left out.
    """
    known = set(coordinates)
    found: dict[sympy.Expr, None] = {}
    for equation in equations:
        atoms = sorted(equation.atoms(AppliedUndef), key=str)
        found |= {item: None for item in atoms if item.args and set(item.args) <= known}
    return tuple(found)


def jet_form(
    equations: Sequence[sympy.Expr],
    fields: Sequence[sympy.Expr],
    coordinates: Sequence[sympy.Symbol],
) -> JetForm:
    """Return equations with a symbol for each derivative of each field.

    Parameters
    ----------
    equations : sequence of sympy.Expr
        Expressions that vanish.
    fields : sequence of sympy.Expr
        Their unknown functions.
    coordinates : sequence of sympy.Symbol
        Space, then time.

    Returns
    -------
    form : JetForm
        Slots ordered by field, then by order, then by multi-index; each field itself is
        always a slot.

    Raises
    ------
    ParameterError
        If a derivative is not one of a field in a coordinate.

    Notes
    -----
    Products and nested derivatives are differentiated out first.

    Examples
    --------
    >>> x, t = sympy.symbols("x t")
    >>> u = sympy.Function("u")(x, t)
    >>> jet_form([u.diff(t) + u * u.diff(x)], [u], [x, t]).slots
    ((0, (0, 0)), (0, (0, 1)), (0, (1, 0)))
    """
    return _jet_form(tuple(equations), tuple(fields), tuple(coordinates))


@functools.lru_cache(maxsize=64)
def _jet_form(
    equations: tuple[sympy.Expr, ...],
    fields: tuple[sympy.Expr, ...],
    coordinates: tuple[sympy.Symbol, ...],
) -> JetForm:
    """Return the same; it is asked for with each evaluation of a surrogate."""
    expanded = [equation.doit() for equation in equations]
    zero = (0,) * len(coordinates)
    table: dict[sympy.Expr, Slot] = {item: (k, zero) for k, item in enumerate(fields)}
    for equation in expanded:
        for node in equation.atoms(sympy.Derivative):
            table[node] = _slot(node, fields, coordinates)
    order = sorted(set(table.values()), key=lambda slot: (slot[0], sum(slot[1]), slot[1]))
    symbols = {slot: sympy.Dummy(_name(fields, coordinates, slot)) for slot in order}
    # derivatives first: their operand is a field, too
    outer = {node: symbols[slot] for node, slot in table.items() if sum(slot[1])}
    inner = {node: symbols[slot] for node, slot in table.items() if not sum(slot[1])}
    return JetForm(
        tuple(coordinates),
        tuple(fields),
        tuple(order),
        tuple(symbols[slot] for slot in order),
        tuple(equation.xreplace(outer).xreplace(inner) for equation in expanded),
    )


def _slot(
    node: sympy.Derivative,
    fields: Sequence[sympy.Expr],
    coordinates: Sequence[sympy.Symbol],
) -> Slot:
    counts = dict(node.variable_count)
    plain = all(getattr(count, "is_Integer", True) for count in counts.values())
    if node.expr not in fields or not set(counts) <= set(coordinates) or not plain:
        raise ParameterError(
            f"equations holds {node!s:.80}; each derivative must be one of a field "
            f"{list(map(str, fields))} in the coordinates {list(map(str, coordinates))}"
        )
    index = tuple(int(counts.get(item, 0)) for item in coordinates)
    return list(fields).index(node.expr), index


def _name(
    fields: Sequence[sympy.Expr], coordinates: Sequence[sympy.Symbol], slot: Slot
) -> str:
    """Return a readable name such as u_xx."""
    place, index = slot
    letters = "".join(
        item.name * count for item, count in zip(coordinates, index, strict=True)
    )
    name = str(fields[place].func)
    return f"{name}_{letters}" if letters else name
