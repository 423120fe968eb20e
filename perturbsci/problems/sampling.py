"""Places and states at which a statement is looked at: seeded, from its data alone.

A state is a value for each slot of a jet: at the start that of the initial data, else a
mixture of the values on the walls. An exact solution is never used.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy
import sympy

from perturbsci.errors import PerturbsciError
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.conditions import Dirichlet, Initial
from perturbsci.problems.derivatives import JetForm, derivative_of
from perturbsci.problems.domains import Box, Mapped, Region
from perturbsci.types import Array

__all__ = ["States", "sampled_states", "sampled_values", "slope_values", "space_points"]

Domain = Box | Mapped | Region
SEED = 0


class States(NamedTuple):
    """Points and jets: the arguments of everything that is sampled.

    ``arguments`` are the symbols of the columns of ``table``, shape (n, n_symbols).
    """

    arguments: tuple[sympy.Symbol, ...]
    table: Array


def space_points(domain: Domain, n_points: int, seed: int = SEED) -> Array:
    """Return random points inside a domain, the time last.

    Parameters
    ----------
    domain : Box, Mapped or Region
        Any.
    n_points : int
        How many.
    seed : int, optional
        Of the generator.

    Returns
    -------
    points : array, shape (n, n_coordinates)
        Fewer than asked for only in a region that is a tiny part of its box.
    """
    rng = numpy.random.default_rng(seed)
    bounds = numpy.array(domain.box.bounds)
    many = n_points if not isinstance(domain, Region) else 400 * n_points
    shares = rng.random((many, len(bounds)))
    points = bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) * shares
    d = len(domain.box.space)
    if isinstance(domain, Mapped):
        image = compile_expressions(list(domain.mapping.values()), domain.box.space)
        points[:, :d] = image(points[:, :d])
    if isinstance(domain, Region):
        inside = sampled_values([domain.level_set], domain.space, points[:, :d])[:, 0] > 0.0
        points = points[inside][:n_points]
    return points


def sampled_values(
    formulas: Sequence[sympy.Expr], arguments: Sequence[sympy.Symbol], table: Array
) -> Array:
    """Return formulas at points, NaN where one cannot be evaluated.

    Parameters
    ----------
    formulas : sequence of sympy.Expr
        m of them.
    arguments : sequence of sympy.Symbol
        Of the columns.
    table : array, shape (n, n_arguments)
        The points.

    Returns
    -------
    values : array, shape (n, m)
        Complex where a formula is.
    """
    columns = []
    for formula in formulas:
        try:
            with numpy.errstate(all="ignore"):
                columns.append(compile_expressions([formula], arguments)(table)[:, 0])
        except PerturbsciError:  # an unknown symbol or function: a finding of its own
            columns.append(numpy.full(len(table), numpy.nan))
    return numpy.stack(columns, axis=-1) if columns else numpy.empty((len(table), 0))


def sampled_states(
    form: JetForm,
    domain: Domain,
    conditions: Sequence[object],
    points: Array,
    seed: int = SEED,
) -> States:
    """Return a jet of every field at points.

    Parameters
    ----------
    form : JetForm
        With numbers for its parameters.
    domain : Box, Mapped or Region
        Of the statement.
    conditions : sequence
        With numbers for their parameters.
    points : array, shape (n, n_coordinates)
        Where.
    seed : int, optional
        For what the data leave open.

    Returns
    -------
    states : States
        Coordinates and slots, shape (n, n_coordinates + n_slots).
    """
    rng = numpy.random.default_rng(seed)
    n = len(points)
    columns = [points[:, k] for k in range(points.shape[1])]
    for place, index in form.slots:
        found = _initial_values(form, domain, conditions, points, (place, index))
        if found is None:
            found = _free_values(form, domain, conditions, place, index, rng, n)
        columns.append(found)
    return States((*form.coordinates, *form.symbols), numpy.stack(columns, axis=-1))


def slope_values(form: JetForm, states: States) -> Array:
    """Return the derivative of each equation with respect to each slot at states.

    Parameters
    ----------
    form : JetForm
        With numbers for its parameters.
    states : States
        From ``sampled_states``.

    Returns
    -------
    slopes : array, shape (n, n_equations, n_slots)
        NaN where a formula cannot be evaluated.
    """
    rows = form.slopes()
    values = sampled_values([item for row in rows for item in row], *states)
    return values.reshape(len(values), len(rows), len(form.slots))


def _initial_values(
    form: JetForm,
    domain: Domain,
    conditions: Sequence[object],
    points: Array,
    slot: tuple[int, tuple[int, ...]],
) -> Array | None:
    """Return a derivative of the initial data at points, None where there are none."""
    if domain.time is None:
        return None
    place, index = slot
    data = [
        item
        for item in conditions
        if isinstance(item, Initial)
        and item.field == form.fields[place]
        and item.order == index[-1]
    ]
    if not data:
        return None
    derivative = derivative_of(data[0].value, domain.space, index[:-1])
    values = sampled_values([derivative], form.coordinates, points)[:, 0]
    return values if bool(numpy.isfinite(values).all()) else None


def _free_values(
    form: JetForm,
    domain: Domain,
    conditions: Sequence[object],
    place: int,
    index: tuple[int, ...],
    rng: numpy.random.Generator,
    n: int,
) -> Array:
    """Return values that the initial data leave open."""
    if any(index):
        return rng.standard_normal(n)
    walls = [
        item.value
        for item in conditions
        if isinstance(item, Dirichlet) and item.field == form.fields[place]
    ]
    places = space_points(domain, 16, seed=1)
    values = sampled_values(walls, form.coordinates, places)
    values = values[numpy.isfinite(values)]
    if not values.size or float(numpy.ptp(values.real)) == 0.0:
        middle = float(values.real[0]) if values.size else 0.0
        spread = 0.5 * abs(middle) or 1.0
        return middle + spread * rng.uniform(-1.0, 1.0, n)
    low, high = float(values.real.min()), float(values.real.max())
    return low + (high - low) * rng.random(n)
