"""Rows of a statement for bases whose parameters enter nonlinearly, and their Jacobian.

Coordinates are scaled to [-1, 1]; D^a of the scaled function is multiplied by the rates of
the scaling. With R the residual and its slopes dR/d(D^a u), one row of the Jacobian is the
reverse sweep from the adjoints dR/d(D^a u): derivatives of single jets are never formed.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy

from perturbsci.backend.arrays import namespace
from perturbsci.problems.fields import FieldProblem
from perturbsci.problems.linearization import Linearization
from perturbsci.surrogates.condition_rows import Block, condition_blocks
from perturbsci.surrogates.families import parameter_columns
from perturbsci.surrogates.gaussians import TrainableGaussians, gaussian_tape
from perturbsci.surrogates.networks import Network, network_tape
from perturbsci.surrogates.perceptrons import Tape
from perturbsci.surrogates.polarization import Directions, polarized
from perturbsci.surrogates.scattered import inside_points
from perturbsci.types import Array

__all__ = ["Trainable", "TrainingRows", "expand_trained"]

Trainable = Network | TrainableGaussians
CACHE = 2**22  # numbers of one series that are held together


def expand_trained(
    basis: Trainable,
    coefficients: Array,
    edges: tuple[Array, ...],
    points: Array,
    orders: tuple[int, ...],
    field: int,
) -> Array:
    """Return one derivative of one field of a trained basis.

    Parameters
    ----------
    basis : Network or TrainableGaussians
        The architecture.
    coefficients : array, shape (n_parameters,)
        Flat.
    edges : tuple of array, shape (2,)
        Low and high end of each coordinate, which are scaled to -1 and 1.
    points : array, shape (n, d)
        In the units of the coordinates.
    orders : tuple of int
        How often to differentiate.
    field : int
        Which real field.

    Returns
    -------
    values : array, shape (n,)
        On the device of the points.
    """
    xp = namespace(points)
    parameters = xp.asarray(coefficients, dtype=points.dtype, device=points.device)
    directions, parts = polarized([tuple(orders)]), []
    rows = max(CACHE // (_units(basis) * directions.vectors.shape[0]), 1)
    for start in range(0, points.shape[0], rows):
        scaled, rates = _scaled(points[start : start + rows], edges)
        tape = _tape(basis)(basis, parameters, scaled, directions)
        factor = math.prod(rate**a for rate, a in zip(rates, orders, strict=True))
        parts.append(factor * _jet(tape, directions, 0, field))
    return xp.concat(parts) if parts else points[:, 0]


class _Part(NamedTuple):
    """Scaled points, and the derivatives that are read off there."""

    points: Array
    directions: Directions
    fields: tuple[int, ...]  # one a slot
    factors: tuple[float, ...]  # from scaled to physical derivatives, one a slot


class TrainingRows:
    """The rows of a statement at one draw of points.

    Parameters
    ----------
    problem : FieldProblem
        The statement.
    lin : Linearization
        Of it.
    basis : Network or TrainableGaussians
        The architecture.
    edges : tuple of array, shape (2,)
        Low and high end of each coordinate.
    n_rows : int
        Of the equations; a tenth as many of each condition, at least 20.
    seed : int
        Of the draw.
    """

    def __init__(
        self,
        problem: FieldProblem,
        lin: Linearization,
        basis: Trainable,
        edges: tuple[Array, ...],
        n_rows: int,
        seed: int,
    ) -> None:
        self.lin, self.basis = lin, basis
        inside = inside_points(problem, max(n_rows // len(lin.residuals), 1), seed)
        more = (0,) * (len(edges) - len(problem.coordinates))
        self.inner = _part(inside, [(f, (*index, *more)) for f, index in lin.slots], edges)
        own = len(problem.coordinates)
        self.place = inside[:, :own]
        self.columns = parameter_columns(problem.parameters, lin.parameters, inside, own)
        blocks = condition_blocks(problem, lin, max(n_rows // 10, 20), seed + 1)
        self.blocks = [(block, _legs(block, edges)) for block in blocks]
        self.inside, self.edges = inside, edges

    def residuals(self, parameters: Array) -> list[Array]:
        """Return the residual of each block.

        Parameters
        ----------
        parameters : array, shape (n_parameters,)
            Flat.

        Returns
        -------
        residuals : list of array, shape (n,)
            The equations, then the conditions.
        """
        return [residual for residual, _ in self._rows(parameters, derivatives=False)]

    def rows(self, parameters: Array) -> list[tuple[Array, Array]]:
        """Return residual and Jacobian of each block.

        Parameters
        ----------
        parameters : array, shape (n_parameters,)
            Flat.

        Returns
        -------
        rows : list of (array, array), shape (n,) and (n, n_parameters)
            The equations, then the conditions.
        """
        return list(self._rows(parameters, derivatives=True))

    def weights(self, parameters: Array) -> list[float]:
        """Return the factor of each block that levels the rows of the Jacobian.

        Parameters
        ----------
        parameters : array, shape (n_parameters,)
            Flat.

        Returns
        -------
        weights : list of float
            One over the norm of all rows of a block: their number is divided out with it.
        """
        norms = [float(numpy.linalg.norm(item)) for _, item in self.rows(parameters)]
        return [1.0 / norm if norm > 0.0 else 1.0 for norm in norms]

    def defect(self, parameters: Array) -> float:
        """Return the largest root mean square of a block over its largest term.

        Parameters
        ----------
        parameters : array, shape (n_parameters,)
            Flat.

        Returns
        -------
        defect : float
            Infinite where something is not finite.
        """
        worst, sizes = 0.0, self._sizes(parameters)
        for residual, size in zip(self.residuals(parameters), sizes, strict=True):
            value = _mean_size(residual)
            if not (math.isfinite(value) and math.isfinite(size)):
                return math.inf
            worst = max(worst, value / size if size > 0.0 else value)
        return worst

    def residual_norm(self, parameters: Array) -> float:
        """Return the L2 norm of the equations over the box, by sampling.

        Parameters
        ----------
        parameters : array, shape (n_parameters,)
            Flat.

        Returns
        -------
        norm : float
            Of all equations together.
        """
        found = self.residuals(parameters)[: len(self.lin.residuals)]
        volume = math.prod(float(edge[1] - edge[0]) for edge in self.edges)
        return math.sqrt(volume * sum(_mean_size(item) ** 2 for item in found))

    def _rows(self, parameters: Array, *, derivatives: bool) -> Iterator[tuple[Array, Any]]:
        """Yield residual and Jacobian (or None): the equations, then the conditions."""
        part = self.inner
        tape, jets = _read(self.basis, parameters, part)
        residuals, slopes, _ = self.lin(self.place, jets, self.columns)
        for e in range(residuals.shape[1]):
            pulled = _pulled(tape, part, slopes[:, e, :]) if derivatives else None
            yield residuals[:, e], pulled
        for block, legs in self.blocks:
            residual, total = -block.value, None
            for leg, part in zip(block.legs, legs, strict=True):
                tape, jets = _read(self.basis, parameters, part)
                coefficients = numpy.stack([term[0] for term in leg.terms], axis=-1)
                residual = residual + numpy.sum(coefficients * jets, axis=-1)
                if derivatives:
                    pulled = _pulled(tape, part, coefficients)
                    total = pulled if total is None else total + pulled
            yield residual, total

    def _sizes(self, parameters: Array) -> list[float]:
        """Return the size of the largest term of each block.

        Terms of conditions count with the size that they have inside: a value of zero
        on a wall is small beside the field, not beside itself.
        """
        _, jets = _read(self.basis, parameters, self.inner)
        _, slopes, _ = self.lin(self.place, jets, self.columns)
        sizes = [
            max(_mean_size(slopes[:, e, s] * jets[:, s]) for s in range(jets.shape[1]))
            for e in range(slopes.shape[1])
        ]
        for block, _ in self.blocks:
            size = _mean_size(block.value)
            terms = block.legs[0].terms
            part = _part(self.inside, [term[1:] for term in terms], self.edges)
            _, jets = _read(self.basis, parameters, part)
            for s, term in enumerate(terms):
                size = max(size, _mean_size(term[0]) * _mean_size(jets[:, s]))
            sizes.append(size)
        return sizes


def _tape(basis: Trainable) -> Callable[..., Tape]:
    return network_tape if isinstance(basis, Network) else gaussian_tape


def _units(basis: Trainable) -> int:
    """Return how many numbers a point takes in the widest layer."""
    if isinstance(basis, Network):
        return max(basis.widths)
    return 4 * basis.channels * basis.n_gaussians


def _read(basis: Trainable, parameters: Array, part: _Part) -> tuple[Tape, Array]:
    """Return the tape and the physical derivatives, shape (n, n_slots)."""
    tape = _tape(basis)(basis, parameters, part.points, part.directions)
    columns = []
    for s, (field, factor) in enumerate(zip(part.fields, part.factors, strict=True)):
        columns.append(factor * _jet(tape, part.directions, s, field))
    return tape, numpy.stack(columns, axis=-1)


def _jet(tape: Tape, directions: Directions, slot: int, field: int) -> Array:
    """Return one derivative of one field, shape (n,)."""
    total = 0.0
    for k, r in zip(*directions.weights[slot].nonzero(), strict=True):
        total = total + float(directions.weights[slot, k, r]) * tape.series[k][r, :, field]
    return total


def _pulled(tape: Tape, part: _Part, coefficients: Array) -> Array:
    """Return the Jacobian of the sum of coefficients (n, n_slots) times derivatives."""
    adjoints = [numpy.zeros(item.shape) for item in tape.series]
    for s, (field, factor) in enumerate(zip(part.fields, part.factors, strict=True)):
        weights = part.directions.weights[s]
        for k, r in zip(*weights.nonzero(), strict=True):
            adjoints[k][r, :, field] += weights[k, r] * factor * coefficients[:, s]
    return tape.pull(adjoints)[0]


def _part(
    points: Array, slots: Sequence[tuple[int, tuple[int, ...]]], edges: tuple[Array, ...]
) -> _Part:
    """Return points and slots in scaled coordinates."""
    scaled, rates = _scaled(points, edges)
    directions = polarized([orders for _, orders in slots])
    factors = tuple(
        math.prod(rate**a for rate, a in zip(rates, orders, strict=True))
        for _, orders in slots
    )
    return _Part(scaled, directions, tuple(field for field, _ in slots), factors)


def _legs(block: Block, edges: tuple[Array, ...]) -> list[_Part]:
    return [
        _part(leg.points, [term[1:] for term in leg.terms], edges) for leg in block.legs
    ]


def _scaled(points: Array, edges: tuple[Array, ...]) -> tuple[Array, list[float]]:
    """Return points with the box scaled to [-1, 1], and the rates of that map."""
    xp = namespace(points)
    low = [float(edge[0]) for edge in edges]
    rates = [2.0 / (float(edge[1]) - float(edge[0])) for edge in edges]
    first = xp.asarray(low, dtype=points.dtype, device=points.device)
    slope = xp.asarray(rates, dtype=points.dtype, device=points.device)
    return (points - first) * slope - 1.0, rates


def _mean_size(values: Array) -> float:
    return float(numpy.sqrt(numpy.mean(values**2))) if values.size else 0.0
