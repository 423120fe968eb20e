"""Legendre polynomials on a box that satisfy the conditions of a statement exactly.

Several real fields on one grid of Gauss points. The unknowns of a field are X in
C_0 + (Z_1 x ... x Z_d) X (see ``sides``); residuals are tested either at all points,
weighted so that their norm is that of L2, or against as many polynomials as there are
unknowns (the tau method of Lanczos).
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.surrogates.jets import polynomial_jets
from perturbsci.surrogates.quadrature import gauss, grid_points
from perturbsci.surrogates.sides import Constraint, constraint_rows, null_space
from perturbsci.surrogates.tensors import contract
from perturbsci.types import Array

__all__ = ["TensorSpace", "side_data", "tensor_space"]

Slot = tuple[int, tuple[int, ...]]
SPARE = 4  # Gauss points beyond the number of polynomials


@dataclass(frozen=True, slots=True, eq=False)
class TensorSpace:
    """Polynomials, grid and conditions of one box.

    Parameters
    ----------
    intervals : tuple of (float, float)
        One a coordinate.
    counts : tuple of int
        Polynomials in each direction.
    slots : tuple of (int, tuple of int)
        Field and multi-index of the columns of a jet.
    nulls, inverses : tuple of tuple of array, shape (n_k, .)
        Z and E of each field and direction.
    rows : tuple of tuple of array, shape (m, n_k)
        b.
    nodes, weights : tuple of array, shape (m_k,)
        Of the Gauss points in each direction, in their unit.
    tables : tuple of array, shape (orders, m_k, n_k)
        Derivatives of the polynomials at the nodes.
    """

    intervals: tuple[tuple[float, float], ...]
    counts: tuple[int, ...]
    slots: tuple[Slot, ...]
    nulls: tuple[tuple[Array, ...], ...]
    inverses: tuple[tuple[Array, ...], ...]
    rows: tuple[tuple[Array, ...], ...]
    nodes: tuple[Array, ...]
    weights: tuple[Array, ...]
    tables: tuple[Array, ...]

    @property
    def n_fields(self) -> int:
        """The number of real fields."""
        return len(self.nulls)

    @property
    def grid(self) -> tuple[int, ...]:
        """The number of nodes in each direction."""
        return tuple(len(item) for item in self.nodes)

    def shape(self, field: int) -> tuple[int, ...]:
        """Return the extents of the unknowns of a field.

        Parameters
        ----------
        field : int
            Which.

        Returns
        -------
        shape : tuple of int
            Of X.
        """
        return tuple(item.shape[1] for item in self.nulls[field])

    @property
    def n_unknowns(self) -> int:
        """The number of unknowns of all fields."""
        return sum(math.prod(self.shape(f)) for f in range(self.n_fields))

    def points(self) -> Array:
        """Return the nodes of the grid.

        Returns
        -------
        points : array, shape (n, n_coordinates)
            In C order.
        """
        return grid_points(self.nodes)

    def roots(self) -> Array:
        """Return the square roots of the quadrature weights.

        Returns
        -------
        roots : array, shape (n,)
            In C order; their squares sum to the volume.
        """
        return functools.reduce(numpy.multiply.outer, map(numpy.sqrt, self.weights)).ravel()

    def jets(self, coefficients: Array) -> Array:
        """Return fields and derivatives on the grid.

        Parameters
        ----------
        coefficients : array, shape (n_fields, n_1, ..., n_d)
            Of Legendre polynomials.

        Returns
        -------
        jets : array, shape (n, n_slots)
            In the order of ``slots``.
        """
        columns = [
            contract(
                coefficients[f], [t[a] for t, a in zip(self.tables, index, strict=True)]
            )
            for f, index in self.slots
        ]
        return numpy.stack([item.ravel() for item in columns], axis=1)

    def expand(self, unknowns: Array) -> Array:
        """Return the coefficients that belong to unknowns.

        Parameters
        ----------
        unknowns : array, shape (n_unknowns,)
            Of all fields.

        Returns
        -------
        coefficients : array, shape (n_fields, n_1, ..., n_d)
            They satisfy the homogeneous conditions.
        """
        found, start = [], 0
        for f in range(self.n_fields):
            shape = self.shape(f)
            size = math.prod(shape)
            part = unknowns[start : start + size].reshape(shape)
            found.append(contract(part, self.nulls[f]))
            start += size
        return numpy.stack(found)

    def projections(self) -> list[Array]:
        """Return what maps values on the nodes to Legendre coefficients.

        Returns
        -------
        matrices : list of array, shape (n_k, m_k)
            One a direction.
        """
        found = []
        for count, nodes, (low, high) in zip(
            self.counts, self.nodes, self.intervals, strict=True
        ):
            _, weights = gauss(len(nodes))
            table = polynomial_jets(nodes, (low, high), count, 0, family="legendre")[:, 0]
            found.append(
                (numpy.arange(count) + 0.5)[:, None] * (weights[:, None] * table).T
            )
        return found

    def lift(self, data: Mapping[tuple[int, int], Array]) -> Array:
        """Return coefficients that satisfy the conditions.

        Parameters
        ----------
        data : dict
            Field and direction to the coefficients of the data, shape (n_1, ..., m, ...,
            n_d), one entry a constraint on the axis of that direction.

        Returns
        -------
        coefficients : array, shape (n_fields, n_1, ..., n_d)
            C_0.
        """
        found = numpy.zeros((self.n_fields, *self.counts))
        for f in range(self.n_fields):
            for k in reversed(range(len(self.counts))):
                b, e = self.rows[f][k], self.inverses[f][k]
                if not len(b):
                    continue
                one: list[Array | None] = [None] * len(self.counts)
                one[k] = b
                missing = data[f, k] - contract(found[f], one)
                one[k] = e
                found[f] += contract(missing, one)
        return found


def tensor_space(
    intervals: Sequence[tuple[float, float]],
    counts: Sequence[int],
    slots: Sequence[Slot],
    constraints: Sequence[Constraint],
    n_fields: int,
    *,
    spare: int = SPARE,
) -> TensorSpace:
    """Return the polynomials of a box with the conditions on them.

    Parameters
    ----------
    intervals : sequence of (float, float)
        One a coordinate.
    counts : sequence of int
        Polynomials in each direction.
    slots : sequence of (int, tuple of int)
        Field and multi-index of the columns of a jet.
    constraints : sequence of Constraint
        Of all fields.
    n_fields : int
        Real ones.
    spare : int, optional
        Nodes beyond the number of polynomials.

    Returns
    -------
    space : TensorSpace
        Tables in float64.
    """
    d = len(counts)
    orders = [max(index[k] for _, index in slots) for k in range(d)]
    nodes, weights, tables = [], [], []
    for k, (low, high) in enumerate(intervals):
        place, weight = gauss(counts[k] + spare)
        half = 0.5 * (high - low)
        nodes.append(0.5 * (low + high) + half * place)
        weights.append(half * weight)
        jets = polynomial_jets(place, (-1.0, 1.0), counts[k], orders[k], family="legendre")
        scale = half ** -numpy.arange(orders[k] + 1.0)
        tables.append(numpy.moveaxis(jets, 1, 0) * scale[:, None, None])
    rows, nulls, inverses = [], [], []
    for f in range(n_fields):
        own = [
            constraint_rows(
                [c for c in constraints if (c.field, c.direction) == (f, k)],
                intervals[k],
                counts[k],
            )
            for k in range(d)
        ]
        pairs = [null_space(item) for item in own]
        rows.append(tuple(own))
        nulls.append(tuple(pair[0] for pair in pairs))
        inverses.append(tuple(pair[1] for pair in pairs))
    return TensorSpace(
        tuple(intervals),
        tuple(counts),
        tuple(slots),
        tuple(nulls),
        tuple(inverses),
        tuple(rows),
        tuple(nodes),
        tuple(weights),
        tuple(tables),
    )


def side_data(
    space: TensorSpace,
    constraints: Sequence[Constraint],
    coordinates: tuple[sympy.Symbol, ...],
) -> dict[tuple[int, int], Array]:
    """Return the coefficients of the data of all conditions.

    Parameters
    ----------
    space : TensorSpace
        Of the box.
    constraints : sequence of Constraint
        Of all fields, in the order in which the space has them.
    coordinates : tuple of sympy.Symbol
        Of the statement.

    Returns
    -------
    data : dict of array, shape (n_1, ..., m, ..., n_d)
        As ``TensorSpace.lift`` takes it.
    """
    projections = space.projections()
    found: dict[tuple[int, int], Array] = {}
    for (f, k), own in _grouped(constraints).items():
        nodes = list(space.nodes)
        parts = []
        for item in own:
            place = space.intervals[k][1 if item.end == "high" else 0]
            nodes[k] = numpy.array([place])
            values = item.data(coordinates, grid_points(nodes), place)
            values = values.reshape([len(axis) for axis in nodes])
            matrices: list[Array | None] = list(projections)
            matrices[k] = None
            parts.append(contract(values, matrices))
        found[f, k] = numpy.concatenate(parts, axis=k)
    return found


def _grouped(
    constraints: Sequence[Constraint],
) -> dict[tuple[int, int], list[Constraint]]:
    """Return the constraints of each field and direction."""
    groups: dict[tuple[int, int], list[Constraint]] = {}
    for item in constraints:
        groups.setdefault((item.field, item.direction), []).append(item)
    return groups
