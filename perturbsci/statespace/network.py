"""The network of a classifier: its logits, and its loss with the gradient.

    u_0 = E u + e,   u_(k+1) = block_k(u_k),   logits = D mean_t u_depth + f

The way back goes through the layers from last to first.
"""

from collections.abc import Mapping

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.statespace.layers import Back, affine, cross_entropy, mean_over_time
from perturbsci.statespace.state_layers import block, named, part
from perturbsci.types import Array

__all__ = ["logits_of", "objective"]


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
    xp = namespace(inputs)
    logits, backs = logits_of(parameters, inputs)
    loss, flow = cross_entropy(logits, labels)
    gradient: dict[str, Array] = {}
    for prefix, back in reversed(backs):
        flow, found = back(flow)
        gradient |= named(prefix, found)
    right = xp.sum(xp.argmax(logits, axis=1) == labels)
    return float(scalar(loss)), gradient, int(scalar(right))
