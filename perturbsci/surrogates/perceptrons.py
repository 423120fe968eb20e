"""Layers of a multilayer perceptron on truncated power series, forward and in reverse.

Along one direction each unit is a series z_0 + z_1 t + ... + z_K t^K. An affine map acts on
every coefficient. With s = tanh(z) and c = 1 - s^2 the slope, s' = c z' gives

    k s_k = sum_{j=1..k} j z_j c_{k-j},    c_k = -sum_{j=0..k} s_j s_{k-j},

and for a sine c = cos(z), k c_k = -sum_{j=1..k} j z_j s_{k-j}. In reverse a change of z
changes s by the product of series c dz, so the adjoints are
zbar_j = sum_{k>=j} c_{k-j} sbar_k.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from perturbsci.backend.arrays import namespace
from perturbsci.types import Array

__all__ = ["ACTIVATIONS", "Tape", "layer_shapes", "perceptron", "split_layers"]

ACTIVATIONS = ("tanh", "sine")
Series = list[Array]  # coefficient k has shape (n_directions, n, n_units)
Layer = tuple[Array, Array]  # weights (n_in, n_out), biases (n_out,)


class Tape(NamedTuple):
    """Series of the outputs, and the map from their adjoints to rows of a Jacobian.

    ``pull`` takes adjoints, shaped like the series, and returns two: derivatives with
    respect to the parameters, shape (n, n_parameters), of the sum over adjoints times
    series at each point; and the adjoints of the inputs.
    """

    series: Series
    pull: Callable[[Series], tuple[Array, Series]]


def layer_shapes(widths: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the shape of the weights of each layer.

    Parameters
    ----------
    widths : sequence of int
        From the inputs to the outputs.

    Returns
    -------
    shapes : tuple of (int, int)
        Inputs and outputs.

    Examples
    --------
    >>> layer_shapes((2, 10, 1))
    ((2, 10), (10, 1))
    """
    return tuple(itertools.pairwise(widths))


def split_layers(parameters: Array, widths: Sequence[int]) -> list[Layer]:
    """Return weights and biases of each layer as views of the flat parameters.

    Parameters
    ----------
    parameters : array, shape (n_parameters,)
        Layer by layer, weights (row by row, an input a row) before biases.
    widths : sequence of int
        From the inputs to the outputs.

    Returns
    -------
    layers : list of (array, array)
        Shapes (n_in, n_out) and (n_out,).
    """
    xp, layers, start = namespace(parameters), [], 0
    for n_in, n_out in layer_shapes(widths):
        middle, end = start + n_in * n_out, start + (n_in + 1) * n_out
        weights = xp.reshape(parameters[start:middle], (n_in, n_out))
        layers.append((weights, parameters[middle:end]))
        start = end
    return layers


def perceptron(layers: Sequence[Layer], series: Series, activation: str) -> Tape:
    """Return the outputs of a perceptron as series; the last layer is affine.

    Parameters
    ----------
    layers : sequence of (array, array)
        Weights and biases.
    series : list of array
        Of the inputs, coefficient k of shape (n_directions, n, n_in).
    activation : {"tanh", "sine"}
        Of all layers but the last.

    Returns
    -------
    tape : Tape
        The outputs and the reverse sweep.

    Notes
    -----
    About 2 (K + 1) n_directions flops a point and weight forward, twice that in reverse.
    """
    inputs, slopes = [series], []
    for number, (weights, biases) in enumerate(layers):
        z = [item @ weights for item in inputs[-1]]
        z[0] = z[0] + biases
        if number < len(layers) - 1:
            z, slope = _activated(z, activation)
            slopes.append(slope)
        inputs.append(z)

    def pull(adjoints: Series) -> tuple[Array, Series]:
        xp = namespace(adjoints[0])
        blocks: list[Array] = []
        for number in reversed(range(len(layers))):
            if number < len(layers) - 1:
                adjoints = product_adjoints(slopes[number], adjoints)
            biases = xp.sum(adjoints[0], axis=0)
            weights = _outer_sums(inputs[number], adjoints)
            blocks = [weights, biases, *blocks]
            adjoints = [item @ xp.matrix_transpose(layers[number][0]) for item in adjoints]
        return xp.concat(blocks, axis=1), adjoints

    return Tape(inputs[-1], pull)


def product_adjoints(factor: Series, adjoints: Series) -> Series:
    """Return the adjoints of x where those of the product of series factor x are given.

    Parameters
    ----------
    factor : list of array
        Coefficients of a series.
    adjoints : list of array
        Of the product.

    Returns
    -------
    adjoints : list of array
        xbar_j = sum_{k>=j} factor_{k-j} adjoints_k.
    """
    count, found = len(adjoints), []
    for j in range(count):
        total = factor[0] * adjoints[j]
        for k in range(j + 1, count):
            total = total + factor[k - j] * adjoints[k]
        found.append(total)
    return found


def _outer_sums(inputs: Series, adjoints: Series) -> Array:
    """Return the derivatives with respect to weights, shape (n, n_in * n_out)."""
    xp = namespace(adjoints[0])
    left = xp.permute_dims(xp.concat(inputs, axis=0), (1, 2, 0))
    right = xp.permute_dims(xp.concat(adjoints, axis=0), (1, 0, 2))
    return xp.reshape(left @ right, (left.shape[0], -1))


def _activated(z: Series, activation: str) -> tuple[Series, Series]:
    """Return the series of a function of a series and of its slope."""
    xp = namespace(z[0])
    if activation == "tanh":
        decay = xp.exp(-2.0 * xp.abs(z[0]))
        # 1 - tanh^2 has no digits left where tanh is 1; this has all
        s, c = [xp.tanh(z[0])], [4.0 * decay / (1.0 + decay) ** 2]
    else:
        s, c = [xp.sin(z[0])], [xp.cos(z[0])]
    for k in range(1, len(z)):
        s.append(_weighted_products(z, c, k) / k)
        if activation == "tanh":
            total = 2.0 * s[0] * s[k]
            for j in range(1, k):
                total = total + s[j] * s[k - j]
            c.append(-total)
        else:
            c.append(-_weighted_products(z, s, k) / k)
    return s, c


def _weighted_products(z: Series, factor: Series, k: int) -> Array:
    """Return sum_{j=1..k} j z_j factor_{k-j}."""
    total = k * z[k] * factor[0]
    for j in range(1, k):
        total = total + j * z[j] * factor[k - j]
    return total
