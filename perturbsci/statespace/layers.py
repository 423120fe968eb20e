"""Layers of a network, each with its way back.

A layer returns its output y and a function that takes dL/dy to dL/dx and to the gradients
of its parameters, by the chain rule, written beside the formula that it differentiates.

References: Hendrycks and Gimpel (2016), GELU; Ba, Kiros and Hinton (2016), layer
normalization.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

from perturbsci.backend import namespace
from perturbsci.types import Array

__all__ = ["Back", "affine", "cross_entropy", "gelu", "mean_over_time", "normalize"]

Back: TypeAlias = Callable[[Array], tuple[Array, dict[str, Array]]]
SPREAD = 1e-5  # added to the variance


def affine(x: Array, weights: Array, bias: Array) -> tuple[Array, Back]:
    """Return x W + b.

    Parameters
    ----------
    x : real array, shape (..., n)
        Inputs.
    weights : real array, shape (n, m)
        W.
    bias : real array, shape (m,)
        b.

    Returns
    -------
    y : real array, shape (..., m)
        Outputs.
    back : callable
        Gradients ``weights`` and ``bias``.
    """
    xp = namespace(x)

    def back(gy: Array) -> tuple[Array, dict[str, Array]]:
        rows, columns = xp.reshape(x, (-1, x.shape[-1])), xp.reshape(gy, (-1, gy.shape[-1]))
        found = {"weights": rows.T @ columns, "bias": xp.sum(columns, axis=0)}
        return gy @ weights.T, found

    return x @ weights + bias, back


def gelu(x: Array) -> tuple[Array, Back]:
    """Return x (1 + tanh(t))/2, t = sqrt(2/pi) (x + 0.044715 x^3).

    Parameters
    ----------
    x : real array, shape (...)
        Inputs.

    Returns
    -------
    y : real array, shape (...)
        Outputs.
    back : callable
        No parameters.
    """
    xp, root = namespace(x), math.sqrt(2 / math.pi)
    square = x * x
    bent = xp.tanh(root * x * (1 + 0.044715 * square))

    def back(gy: Array) -> tuple[Array, dict[str, Array]]:
        slope = root * (1 + 3 * 0.044715 * square)
        return gy * 0.5 * (1 + bent + x * (1 - bent * bent) * slope), {}

    return 0.5 * x * (1 + bent), back


def normalize(x: Array, scale: Array, shift: Array) -> tuple[Array, Back]:
    """Return scale (x - mean x)/sqrt(var x + 1e-5) + shift, over the last axis.

    Parameters
    ----------
    x : real array, shape (..., n)
        Inputs.
    scale, shift : real array, shape (n,)
        Parameters.

    Returns
    -------
    y : real array, shape (..., n)
        Outputs.
    back : callable
        Gradients ``scale`` and ``shift``.
    """
    xp = namespace(x)
    off = x - xp.mean(x, axis=-1, keepdims=True)
    narrow = 1 / xp.sqrt(xp.mean(off * off, axis=-1, keepdims=True) + SPREAD)
    unit = off * narrow

    def back(gy: Array) -> tuple[Array, dict[str, Array]]:
        axes = tuple(range(gy.ndim - 1))
        found = {"scale": xp.sum(gy * unit, axis=axes), "shift": xp.sum(gy, axis=axes)}
        g = gy * scale
        along = xp.mean(g * unit, axis=-1, keepdims=True)
        return narrow * (g - xp.mean(g, axis=-1, keepdims=True) - unit * along), found

    return scale * unit + shift, back


def mean_over_time(x: Array) -> tuple[Array, Back]:
    """Return the mean over the second axis.

    Parameters
    ----------
    x : real array, shape (batch, length, n)
        Inputs.

    Returns
    -------
    y : real array, shape (batch, n)
        Outputs.
    back : callable
        No parameters.
    """
    xp = namespace(x)

    def back(gy: Array) -> tuple[Array, dict[str, Array]]:
        return xp.broadcast_to(gy[:, None] / x.shape[1], x.shape), {}

    return xp.mean(x, axis=1), back


def cross_entropy(logits: Array, labels: Array) -> tuple[Array, Array]:
    """Return -log softmax(logits)[label], its mean over the batch, and its gradient.

    Parameters
    ----------
    logits : real array, shape (batch, n_classes)
        Unnormalized logarithms of probabilities.
    labels : int array, shape (batch,)
        The true classes.

    Returns
    -------
    loss : real array, shape ()
        The mean.
    gradient : real array, shape (batch, n_classes)
        dL/dlogits, softmax less one at the label, over the batch.
    """
    xp = namespace(logits)
    over = logits - xp.max(logits, axis=1, keepdims=True)
    log_total = xp.log(xp.sum(xp.exp(over), axis=1, keepdims=True))
    classes = xp.arange(logits.shape[1])
    true = xp.astype(classes[None, :] == labels[:, None], logits.dtype)
    loss = xp.mean(xp.sum(true * (log_total - over), axis=1))
    return loss, (xp.exp(over - log_total) - true) / logits.shape[0]
