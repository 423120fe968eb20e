"""Bounds of an interpolant in a parameter, at its nodes and between them.

At a node they are those of the solution there; between the nodes, where the statement is
solved once more,

    ||e(p)|| <= ||u_I(., p) - u_p|| + bound(u_p).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from perturbsci.surrogates.bounds import error_norm
from perturbsci.surrogates.expansions import expand
from perturbsci.surrogates.families import nodes_of
from perturbsci.surrogates.histories import sizes_at
from perturbsci.surrogates.panels import panel_counts, panel_ends, slab_ends
from perturbsci.surrogates.quadrature import grid_points
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.surrogates.theorems import recognize
from perturbsci.types import Array

__all__ = ["CUSHION", "ValueBound", "joint_history", "value_bounds"]

CUSHION = 2.0  # on the interpolation error, for the values where it was not seen
MOMENTS = 5  # of a slab, at which it is looked at


@dataclass(frozen=True, slots=True, eq=False)
class ValueBound:
    """The bound at one value of the parameter, and how it grew.

    Parameters
    ----------
    value : float
        The bound.
    history : array, shape (k, 2)
        Time and bound; empty in a steady problem.
    """

    value: float
    history: Array


def value_bounds(
    one: Surrogate, members: Sequence[Surrogate], values: Sequence[float], norm: str | None
) -> list[ValueBound]:
    """Return the bounds at the nodes of a piece and between them.

    Parameters
    ----------
    one : Surrogate
        The interpolant.
    members : sequence of Surrogate
        Solutions at nodes and, in turns, between them, each with a bound.
    values : sequence of float
        Of the parameter.
    norm : str or None
        Of the bounds.

    Returns
    -------
    bounds : list of ValueBound
        One a value.
    """
    found = []
    for k, (member, value) in enumerate(zip(members, values, strict=True)):
        history = member.statistics.bound_history.copy()
        bound = member.certificate.value
        if k % 2:
            missed = CUSHION * _distances(one, member, value, norm)
            bound += float(missed.max())
            if len(history):
                history[:, 1] += missed
        found.append(ValueBound(bound, history))
    return found


def joint_history(histories: Sequence[Array]) -> Array:
    """Return one history that is nowhere below any of several.

    Parameters
    ----------
    histories : sequence of array, shape (k, 2)
        Times and bounds, each up to its time from the one before.

    Returns
    -------
    history : array, shape (n, 2)
        At all their times.
    """
    if not histories:
        return numpy.zeros((0, 2))
    times = numpy.unique(numpy.concatenate([item[:, 0] for item in histories]))
    found = numpy.zeros(len(times))
    for item in histories:
        # the slab that ends at or after a time: both of its ends bound what is inside
        k = numpy.minimum(numpy.searchsorted(item[:, 0], times), len(item) - 1)
        for row in (k, numpy.maximum(k - 1, 0)):
            found = numpy.maximum(found, item[row, 1])
    return numpy.column_stack([times, found])


def _distances(one: Surrogate, member: Surrogate, value: float, norm: str | None) -> Array:
    """Return norms of the interpolant minus a solution: at the start, of each slab."""
    own = member.basis, member.coefficients, member.edges

    def missed(points: Array, index: tuple[int, ...]) -> Array:
        wide = numpy.column_stack([points, numpy.full(len(points), value)])
        whole = expand(one.basis, one.coefficients, one.edges, wide, (*index, 0))
        return whole - expand(*own, points, index)

    def on_axes(axes: Sequence[Array], index: tuple[int, ...]) -> Array:
        return missed(grid_points(axes), index)

    theorem = recognize(member.problem, norm)
    assert theorem is not None
    d = theorem.dimension
    if not theorem.form.time_order:
        ends, counts = panel_ends(member, d)
        return numpy.array([error_norm(missed, theorem.norm, ends, counts)])
    slabs, counts = slab_ends(member, d), panel_counts(member, d + 1)
    found: list[float] = []
    for times, mesh in slabs:
        moments = nodes_of(float(times[0]), float(times[1]), MOMENTS)
        sizes = sizes_at(theorem, on_axes, moments, mesh, counts)
        found += [float(sizes[0])] if not found else []
        found.append(float(sizes.max()))
    return numpy.array(found)
