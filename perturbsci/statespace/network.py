"""The network of a classifier: its logits, and its loss with the gradient.

    u_0 = E u + e,   u_(k+1) = block_k(u_k),   logits = D mean_t u_depth + f

The way back goes through the layers from last to first. A batch goes in pieces: their
losses and gradients add up.
"""

from collections.abc import Iterator, Mapping

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import blocks, scalar
from perturbsci.statespace.layers import Back, affine, cross_entropy, mean_over_time
from perturbsci.statespace.state_layers import block, named, part
from perturbsci.types import Array

__all__ = ["logits_of", "objective", "pieces"]

CACHE = 2**20  # bytes of states of a layer


def logits_of(
    parameters: Mapping[str, Array], inputs: Array
) -> tuple[Array, list[tuple[str, Back]]]:
    """Return the logits, and the layers' ways back from first to last.

    Parameters
    ----------
    parameters : mapping of str to array, shape (...)
        Of a model.
    inputs : real array, shape (batch, length, n_inputs)
        Sequences.

    Returns
    -------
    logits : real array, shape (batch, n_classes)
        Unnormalized logarithms of probabilities.
    backs : list of (str, callable)
        With the prefix of the names of their gradients.
    """
    u, back = affine(inputs, **part(parameters, "encoder"))
    backs = [("encoder", back)]
    depth = sum(name.endswith(".modes.decay") for name in parameters)
    for k in range(depth):
        u, back = block(u, part(parameters, f"layer{k}"))
        backs.append((f"layer{k}", back))
    u, back = mean_over_time(u)
    backs.append(("mean", back))
    u, back = affine(u, **part(parameters, "decoder"))
    backs.append(("decoder", back))
    return u, backs


def objective(
    parameters: Mapping[str, Array], inputs: Array, labels: Array
) -> tuple[float, dict[str, Array], int]:
    """Return the loss, its gradient and how many classes were right, all arguments clean.

    Parameters
    ----------
    parameters : mapping of str to array, shape (...)
        Of a model.
    inputs : real array, shape (batch, length, n_inputs)
        Sequences.
    labels : int array, shape (batch,)
        Classes.

    Returns
    -------
    loss : float
        Mean cross-entropy.
    gradient : dict of array, shape (...)
        By name.
    right : int
        Number of sequences whose largest logit is that of the label.
    """
    total, right, n = 0.0, 0, inputs.shape[0]
    gradient = {name: 0 * each for name, each in parameters.items()}
    for rows in pieces(parameters, inputs):
        logits, backs = logits_of(parameters, inputs[rows])
        xp, share = namespace(logits), logits.shape[0] / n
        loss, flow = cross_entropy(logits, labels[rows])
        for prefix, back in reversed(backs):
            flow, found = back(flow)
            for name, g in named(prefix, found).items():
                gradient[name] = gradient[name] + share * g
        total += share * float(scalar(loss))
        right += int(scalar(xp.sum(xp.argmax(logits, axis=1) == labels[rows])))
    return total, gradient, right


def pieces(parameters: Mapping[str, Array], inputs: Array) -> Iterator[slice]:
    """Yield the rows of a batch that go through the layers at a time.

    Parameters
    ----------
    parameters : mapping of str to array, shape (...)
        Of a model.
    inputs : real array, shape (batch, length, n_inputs)
        Sequences.

    Yields
    ------
    rows : slice
        On the host so few that the states of a layer stay in the cache, on a device as
        many as fit; alike for every number of threads.
    """
    shape = parameters["layer0.modes.decay"].shape
    states = inputs.shape[1] * shape[0] * shape[1] * 2 * inputs.dtype.itemsize
    if isinstance(inputs, numpy.ndarray):
        return blocks(inputs.shape[0], states, memory=CACHE)
    depth = sum(name.endswith(".modes.decay") for name in parameters)
    return blocks(inputs.shape[0], states * (4 + 2 * depth))
