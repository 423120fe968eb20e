"""Multilayer perceptrons and their derivatives by truncated Taylor series.

The parameters are one flat array: layer by layer, weights before biases. Along a direction
v the input is the series x + t v; what comes out holds all derivatives along v at once.
Mixed derivatives follow by polarization.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as option

import numpy

from perturbsci.arguments import one_of, whole
from perturbsci.backend.arrays import namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.surrogates.counts import is_count
from perturbsci.surrogates.perceptrons import (
    ACTIVATIONS,
    Tape,
    layer_shapes,
    perceptron,
    split_layers,
)
from perturbsci.surrogates.polarization import Directions, polarized
from perturbsci.types import Array

__all__ = [
    "Network",
    "line_series",
    "network_features",
    "network_tape",
    "starting_layers",
]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A multilayer perceptron u = W_L a(... a(x W_1 + b_1) ...) + b_L.

    Parameters
    ----------
    widths : tuple of int
        From the number of coordinates to the number of (real) fields.
    activation : {"tanh", "sine"}, optional
        a, of all layers but the last.
    seed : int, optional
        Of the starting weights, normal with variance 2/(n_in + n_out); biases start at
        zero.

    Raises
    ------
    ParameterError
        If there are fewer than two widths or one is not a whole number above zero, or no
        such activation is known.

    Notes
    -----
    ``solve`` feeds it coordinates that are scaled to [-1, 1].

    Examples
    --------
    >>> Network((2, 20, 20, 1)).count
    501
    """

    widths: tuple[int, ...]
    activation: str = option(default="tanh", kw_only=True)
    seed: int = option(default=0, kw_only=True)

    def __post_init__(self) -> None:
        """Check the three; store a tuple of int."""
        widths = self.widths
        good = isinstance(widths, (tuple, list)) and len(widths) >= 2
        if not good or not all(is_count(item, 1) for item in widths):
            raise ParameterError(
                f"widths is {widths!r:.80}; it must hold the number of coordinates, of the "
                "units of each hidden layer, and of the fields, such as (2, 20, 20, 1)"
            )
        object.__setattr__(self, "widths", tuple(int(item) for item in widths))
        one_of(self.activation, "activation", ACTIVATIONS)
        object.__setattr__(self, "seed", whole(self.seed, "seed", least=0))

    @property
    def dimension(self) -> int:
        """The number of coordinates."""
        return self.widths[0]

    @property
    def count(self) -> int:
        """The number of weights and biases."""
        return sum((n_in + 1) * n_out for n_in, n_out in layer_shapes(self.widths))

    def starting_parameters(self) -> Array:
        """Return weights and biases before training, flat.

        Returns
        -------
        parameters : array, shape (count,)
            On the host; the same for the same seed.

        Examples
        --------
        >>> Network((1, 2, 1)).starting_parameters().shape
        (7,)
        """
        generator = numpy.random.default_rng(self.seed)
        return starting_layers(self.widths, generator)


def starting_layers(widths: Sequence[int], generator: numpy.random.Generator) -> Array:
    """Return normal weights of variance 2/(n_in + n_out) and zero biases, flat.

    Parameters
    ----------
    widths : sequence of int
        From the inputs to the outputs.
    generator : numpy.random.Generator
        Which is advanced.

    Returns
    -------
    parameters : array, shape (n_parameters,)
        As ``split_layers`` reads them.
    """
    blocks: list[Array] = []
    for n_in, n_out in layer_shapes(widths):
        spread = math.sqrt(2.0 / (n_in + n_out))
        blocks += [generator.normal(0.0, spread, n_in * n_out), numpy.zeros(n_out)]
    return numpy.concatenate(blocks)


def line_series(points: Array, directions: Directions) -> list[Array]:
    """Return the coordinates along directions as series x + t v.

    Parameters
    ----------
    points : array, shape (n, d)
        x.
    directions : Directions
        v.

    Returns
    -------
    series : list of array
        degree + 1 coefficients, each of shape (n_directions, n, d).
    """
    xp = namespace(points)
    vectors = xp.asarray(directions.vectors, dtype=points.dtype, device=points.device)
    shape = (vectors.shape[0], *points.shape)
    series = [xp.broadcast_to(points[None, :, :], shape)]
    if directions.degree:
        series.append(xp.broadcast_to(vectors[:, None, :], shape))
    zero = xp.zeros(shape, dtype=points.dtype, device=points.device)
    return [*series, *(zero for _ in range(directions.degree - 1))]


def network_tape(
    basis: Network, parameters: Array, points: Array, directions: Directions
) -> Tape:
    """Return the Taylor series of a network along directions, and its reverse sweep.

    Parameters
    ----------
    basis : Network
        The architecture.
    parameters : array, shape (count,)
        Weights and biases.
    points : array, shape (n, d)
        Where, in the units of the inputs.
    directions : Directions
        From ``polarized``.

    Returns
    -------
    tape : Tape
        Series of shape (n_directions, n, n_fields) each.

    Raises
    ------
    ShapeError
        If parameters or points do not fit the network.
    """
    if parameters.shape != (basis.count,) or points.shape[-1] != basis.widths[0]:
        raise ShapeError(
            f"parameters has shape {parameters.shape} and points {points.shape}; a network "
            f"of widths {basis.widths} needs ({basis.count},) and (n, {basis.widths[0]})"
        )
    layers = split_layers(parameters, basis.widths)
    return perceptron(layers, line_series(points, directions), basis.activation)


def network_features(
    basis: Network, points: Array, orders: Sequence[tuple[int, ...]]
) -> dict[tuple[int, ...], Array]:
    """Return derivatives of what the last layer sums, before training.

    Parameters
    ----------
    basis : Network
        With its starting weights.
    points : array, shape (n, d)
        Where, in the units of the inputs.
    orders : sequence of tuple of int
        Multi-indices.

    Returns
    -------
    jets : dict
        Each multi-index to an array, shape (n, n_units + 1): the units of the last hidden
        layer, then the constant 1 that the bias multiplies.
    """
    xp, units = namespace(points), basis.widths[-2]
    start = starting_layers(basis.widths[:-1], numpy.random.default_rng(basis.seed))
    one = [numpy.eye(units).ravel(), numpy.zeros(units)]  # a last layer that passes all
    flat = xp.asarray(numpy.concatenate([start, *one]), dtype=points.dtype)
    layers = split_layers(flat, (*basis.widths[:-1], units))
    directions = polarized(orders)
    tape = perceptron(layers, line_series(points, directions), basis.activation)
    found = {}
    for s, order in enumerate(orders):
        total = xp.zeros_like(tape.series[0][0])
        for k, r in zip(*directions.weights[s].nonzero(), strict=True):
            total = total + float(directions.weights[s, k, r]) * tape.series[k][r]
        last = xp.full((points.shape[0], 1), 0.0 if any(order) else 1.0, dtype=points.dtype)
        found[order] = xp.concat([total, last], axis=1)
    return found
