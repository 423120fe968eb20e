"""A classifier of sequences: encoder, state-space layers, mean over time, decoder.

    u_0 = E u,   u_(k+1) = normalize(u_k + mix(gelu(modes_k(u_k)))),   logits = D mean u

The layer ``"s4d"`` is one system of one input and output for each of ``width`` channels and
a matrix that mixes them; ``"s5"`` is one system of ``width`` inputs and outputs.

References: Gu, Gupta, Goel and Ré (2022); Smith, Warrington and Linderman (2023).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy

from perturbsci.arguments import checked_seed, one_of, whole
from perturbsci.backend import namespace, to_device
from perturbsci.backend.arrays import as_array
from perturbsci.backend.operands import shared_namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace.labels import clean_labels
from perturbsci.statespace.memory import check_memory
from perturbsci.statespace.network import logits_of, objective, pieces
from perturbsci.statespace.parameters import expected_shapes, starting_values
from perturbsci.types import Array, BackendName, Seed

__all__ = [
    "SequenceClassifier",
    "classify",
    "clean_sequences",
    "loss_and_gradient",
    "sequence_classifier",
    "with_parameters",
]

LAYERS = ("s4d", "s5")
INITIALIZATIONS = (
    *("s4d-legs", "s4d-lin", "s4d-inv", "s4d-real"),
    *("s4-ptd", "s5", "s5-ptd"),
)


@dataclass(frozen=True, slots=True, eq=False)
class SequenceClassifier:
    """A network that names the class of a sequence.

    Parameters
    ----------
    layer : str
        ``"s4d"`` or ``"s5"``.
    names : tuple of str
        Of the parameters: ``"encoder. ..."``, ``"layer0. ..."``, ..., ``"decoder. ..."``.
    values : tuple of array, shape (...)
        The parameters, in that order.

    Raises
    ------
    ParameterError
        If the layer or a name is unknown, an entry is not finite, or precisions are mixed.
    ShapeError
        If a shape does not fit.

    Examples
    --------
    >>> model = sequence_classifier(1, 10, width=4)
    >>> model.parameters["layer0.modes.b"].shape, model.depth
    ((4, 8, 1), 2)
    """

    layer: str
    names: tuple[str, ...]
    values: tuple[Array, ...]

    def __post_init__(self) -> None:
        """Check the parameters against the shapes that follow from a few of them."""
        one_of(self.layer, "layer", LAYERS)
        for name, given in (("names", self.names), ("values", self.values)):
            if not isinstance(given, (tuple, list)):
                raise ParameterError(f"{name} is {given!r:.60}; pass a tuple of them")
        if len(self.names) != len(self.values):
            raise ShapeError(
                f"names has {len(self.names)} entries and values {len(self.values)}; pass "
                "as many names as values"
            )
        pairs = zip(self.names, self.values, strict=True)
        arrays = {name: as_array(value, name=name) for name, value in pairs}
        expected = expected_shapes(self.layer, arrays)
        if arrays.keys() != expected.keys():
            odd = sorted(arrays.keys() ^ expected.keys())
            raise ParameterError(
                f"parameters differ from those of such a model in {', '.join(odd)[:80]}; "
                "keep the keys of model.parameters"
            )
        for name, (shape, kind) in expected.items():
            if arrays[name].shape != shape or arrays[name].dtype.kind not in kind:
                raise ShapeError(
                    f"{name} has shape {arrays[name].shape} and dtype "
                    f"{arrays[name].dtype}, needed {shape}"
                    f"{' and real numbers' if kind == 'f' else ''}"
                )
        shared_namespace(arrays)
        object.__setattr__(self, "names", tuple(arrays))
        object.__setattr__(self, "values", tuple(arrays.values()))

    @property
    def parameters(self) -> Mapping[str, Array]:
        """The parameters by name; the mapping is read-only."""
        return MappingProxyType(dict(zip(self.names, self.values, strict=True)))

    @property
    def depth(self) -> int:
        """The number of blocks."""
        return sum(name.endswith(".modes.decay") for name in self.names)

    @property
    def n_inputs(self) -> int:
        """The number of channels of a sequence."""
        return int(self.parameters["encoder.weights"].shape[0])

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return int(self.parameters["decoder.bias"].shape[0])


def sequence_classifier(
    n_inputs: int,
    n_classes: int,
    *,
    layer: str = "s4d",
    initialization: str = "s4-ptd",
    n_state: int = 16,
    width: int = 16,
    depth: int = 2,
    step_range: tuple[float, float] = (2e-2, 2e-1),
    seed: Seed = 0,
    backend: BackendName | None = None,
) -> SequenceClassifier:
    """Return an untrained classifier of sequences.

    Parameters
    ----------
    n_inputs : int
        Channels of a sequence.
    n_classes : int
        From 2 on.
    layer : str
        ``"s4d"`` or ``"s5"``.
    initialization : str
        Of the eigenvalues, for ``initialize``: a diagonal one in continuous time. For the
        layer s5, ``"s4-ptd"`` and ``"s4d-legs"`` mean ``"s5-ptd"`` and ``"s5"``.
    n_state, width, depth : int
        States of a system, channels inside, number of blocks.
    step_range : tuple of float
        Steps start log-uniform in it. A memory of time constant 2, as that of LegS, sees
        about 2/step samples back: the default is for sequences of some 10 to 100.
    seed : int or numpy.random.Generator
        Of the random draws.
    backend : str, optional
        Where the arrays are made; default the backend in force.

    Returns
    -------
    model : SequenceClassifier
        Weights normal with variance one over their inputs, biases 0, D normal.

    Raises
    ------
    ParameterError
        If a name is unknown, a number no whole number from 1 on, or the model exceeds the
        memory of the backend.

    Notes
    -----
    Complex parameters: ``b`` and ``c``. All others are real, with
    lambda = -exp(decay) + i frequency and step exp(log_step).

    Examples
    --------
    >>> model = sequence_classifier(1, 10, layer="s5", depth=1)
    >>> [name for name in model.parameters if "encoder" in name]
    ['encoder.weights', 'encoder.bias']
    """
    sizes = {
        "n_inputs": whole(n_inputs, "n_inputs", least=1),
        "n_classes": whole(n_classes, "n_classes", least=2),
        "n_state": whole(n_state, "n_state", least=1),
        "width": whole(width, "width", least=1),
        "depth": whole(depth, "depth", least=1),
    }
    one_of(layer, "layer", LAYERS)
    allowed = INITIALIZATIONS if layer == "s5" else INITIALIZATIONS[:-2]
    if initialization not in allowed:
        raise ParameterError(
            f"initialization is {initialization!r:.60}; a layer {layer} is diagonal, in "
            f"continuous time: pass one of {', '.join(allowed)}"
        )
    w, m = sizes["width"], sizes["n_inputs"] + sizes["n_classes"]
    entries = w * (m + (2 * w + 8 * sizes["n_state"]) * sizes["depth"])
    check_memory(32 * entries, "sequence_classifier", "lower width or depth")
    values = starting_values(
        layer,
        initialization,
        sizes,
        step_range,
        numpy.random.default_rng(checked_seed(seed)),
    )
    arrays = tuple(to_device(each, backend) for each in values.values())
    return SequenceClassifier(layer, tuple(values), arrays)


def with_parameters(
    model: SequenceClassifier, parameters: Mapping[str, Array]
) -> SequenceClassifier:
    """Return the model with other parameters.

    Parameters
    ----------
    model : SequenceClassifier
        Says the layer, the keys and the shapes.
    parameters : mapping of str to array, shape (...)
        With all keys of ``model.parameters``.

    Returns
    -------
    changed : SequenceClassifier
        A new one.

    Raises
    ------
    ParameterError
        If a key is missing or unknown, or an entry is not finite.
    ShapeError
        If a shape differs.

    Examples
    --------
    >>> model = sequence_classifier(1, 2, width=2, depth=1)
    >>> doubled = {name: 2 * each for name, each in model.parameters.items()}
    >>> with_parameters(model, doubled).parameters["layer0.norm.scale"].tolist()
    [2.0, 2.0]
    """
    _check_model(model)
    if not isinstance(parameters, Mapping) or parameters.keys() != set(model.names):
        odd = set(parameters) ^ set(model.names) if isinstance(parameters, Mapping) else ()
        raise ParameterError(
            f"parameters differ from those of the model in {sorted(odd)!r:.80}; pass a "
            "mapping with the keys of model.parameters"
        )
    for name, value in model.parameters.items():
        if numpy.shape(parameters[name]) != value.shape:
            raise ShapeError(
                f"{name} has shape {numpy.shape(parameters[name])}, needed {value.shape} "
                "as in model.parameters"
            )
    return replace(model, values=tuple(parameters[name] for name in model.names))


def loss_and_gradient(
    model: SequenceClassifier, inputs: Array, labels: Array
) -> tuple[float, dict[str, Array]]:
    """Return the mean cross-entropy of a batch and its gradient.

    Parameters
    ----------
    model : SequenceClassifier
        Any.
    inputs : real array, shape (batch, length, n_inputs)
        Sequences.
    labels : array of whole numbers, shape (batch,)
        From 0 on, below the number of classes.

    Returns
    -------
    loss : float
        The mean of -log of the probability of the true class.
    gradient : dict of array, shape (...)
        With the keys, shapes and kinds of ``model.parameters``: the loss changes by
        Re sum conj(g) dp.

    Raises
    ------
    ShapeError
        If shapes do not fit together.
    ParameterError
        If a label is out of range, an entry not finite, or precisions are mixed.

    Notes
    -----
    About four times the work of ``classify``. A batch goes through in pieces, of which the
    states of all layers are kept: 16 bytes times length, width and half of n_state.

    Examples
    --------
    >>> model = sequence_classifier(1, 3, width=4, depth=1)
    >>> loss, gradient = loss_and_gradient(model, [[[0.1], [0.2]]], [2])
    >>> gradient.keys() == model.parameters.keys()
    True
    """
    u = clean_sequences(model, inputs)
    true = clean_labels(labels, u.shape[0], model.n_classes)
    namespace(u, true, names=("inputs", "labels"))
    loss, gradient, _ = objective(model.parameters, u, true)
    return loss, {name: gradient[name] for name in model.names}


def classify(model: SequenceClassifier, inputs: Array) -> Array:
    """Return the most probable class of each sequence.

    Parameters
    ----------
    model : SequenceClassifier
        Trained, as a rule.
    inputs : real array, shape (batch, length, n_inputs)
        Sequences.

    Returns
    -------
    classes : int64 array, shape (batch,)
        The smaller one of equals.

    Raises
    ------
    ShapeError
        If the shape does not fit.
    ParameterError
        If an entry is not finite, or precisions are mixed.

    Notes
    -----
    In pieces of a batch: on the host so few sequences that a layer stays in the cache.

    Examples
    --------
    >>> model = sequence_classifier(1, 3, width=4, depth=1)
    >>> classify(model, [[[0.1], [0.2]]]).shape
    (1,)
    """
    u = clean_sequences(model, inputs)
    xp, parameters = namespace(u), model.parameters
    found = [
        xp.argmax(logits_of(parameters, u[rows])[0], axis=1)
        for rows in pieces(parameters, u)
    ]
    return xp.astype(xp.concat(found), xp.int64)


def clean_sequences(model: SequenceClassifier, inputs: Array) -> Array:
    """Return sequences that fit a model.

    Parameters
    ----------
    model : SequenceClassifier
        Any.
    inputs : real array, shape (batch, length, n_inputs)
        What was passed.

    Returns
    -------
    inputs : real array, shape (batch, length, n_inputs)
        Clean.

    Raises
    ------
    ShapeError
        If the shape does not fit.
    ParameterError
        If an entry is not finite, or precisions are mixed.
    """
    _check_model(model)
    u = as_array(inputs, name="inputs", real=True)
    if u.ndim != 3 or u.shape[2] != model.n_inputs:
        raise ShapeError(
            f"inputs has shape {u.shape}, needed (batch, length, {model.n_inputs}); for "
            "one sequence pass inputs[None], for one channel inputs[..., None]"
        )
    shared_namespace({"inputs": u, "parameters": model.values[0]})
    return u


def _check_model(model: object) -> None:
    if not isinstance(model, SequenceClassifier):
        raise ParameterError(
            f"model is a {type(model).__name__}; pass what sequence_classifier returns"
        )
