"""What must be refused: for each public function, its arguments and wrong values of each.

``GOOD`` holds one call of every public function that works; a case replaces one argument of
it by a wrong value. The kinds of arguments say which values are wrong for them.
"""

import math

import numpy as np
import scipy.sparse

from perturbsci import statespace as ss

LEGS = ss.hippo("legs", 4)
CONTINUOUS = ss.DenseSystem(-np.eye(2), [1.0, 2.0], [1.0, 1.0])
MODES = ss.DiagonalSystem([-1.0, -2.0], [1.0, 2.0], [1.0, 1.0])
DISCRETE = ss.discretize(MODES, 0.1)
PAIR = ss.DiagonalSystem([-1 + 2j, -1 - 2j], [1 + 0j, 1 + 0j], [1 + 0j, 1 + 0j])
MODEL = ss.sequence_classifier(1, 2, n_state=4, width=2, depth=1)
INPUTS = np.linspace(0.0, 1.0, 6).reshape(1, 6, 1)
SEQUENCES = np.linspace(0.0, 1.0, 24).reshape(4, 6, 1)
NEAR = ss.perturb_then_diagonalize(LEGS)


class Unknown:
    """No system, no array, no number."""

    def __repr__(self):
        return "Unknown()"


def _masked(array):
    return np.ma.masked_array(array, mask=np.ones(np.shape(array), dtype=bool))


def _with(array, value):
    changed = np.array(array, dtype=np.result_type(np.asarray(array).dtype, type(value)))
    changed.reshape(-1)[-1] = value
    return changed


def arrays(good):
    """Return what no argument that is an array may be."""
    good = np.asarray(good)
    return {
        "nan": _with(good.astype(complex if good.dtype.kind == "c" else float), math.nan),
        "inf": _with(good.astype(complex if good.dtype.kind == "c" else float), -math.inf),
        "object": good.astype(object),
        "text": good.astype(str),
        "word": "abc",
        "dict": {},
        "half": good.real.astype(np.float16),
        "truth": good.astype(bool),
        "ragged": [[1.0], [1.0, 2.0]],
        "masked": _masked(good),
        "sparse": scipy.sparse.eye_array(2),
        "empty": good[:0],
        "axes": good[(None,) * 4],
        "unknown": Unknown(),
    }


COUNTS = {
    "zero": 0,
    "negative": -3,
    "fraction": 2.5,
    "float": 2.0,
    "nan": math.nan,
    "truth": True,
    "text": "4",
    "none": None,
    "list": [4],
    "complex": 4j,
}
NUMBERS = {
    "nan": math.nan,
    "inf": math.inf,
    "text": "0.1",
    "truth": True,
    "complex": 0.1 + 1j,
    "list": [0.1, 0.2],
    "negative": -0.5,
    "unknown": Unknown(),
}
CHOICES = {"word": "leg", "case": "LEGS", "none": None, "number": 3, "list": ["legs"]}
SYSTEMS = {
    "none": None,
    "number": 3.0,
    "array": np.eye(2),
    "text": "s4",
    "memory": LEGS,
    "class": ss.DiagonalSystem,
}
SEEDS = {"negative": -1, "fraction": 0.5, "text": "0", "none": None, "truth": True}
PAIRS = {
    "order": (1.0, 0.1),
    "nan": (math.nan, 1.0),
    "negative": (-1.0, 1.0),
    "one": (0.5,),
    "number": 0.5,
    "text": "ab",
    "none": None,
}
FLAGS = {"text": "no", "number": 2, "none": None}


def without(values, *names):
    """Return wrong values less those that are right here."""
    return {name: value for name, value in values.items() if name not in names}


def optional(values):
    """Return wrong values for what may be None."""
    return without(values, "none")


POSITIVE = NUMBERS | {"zero": 0.0, "none": None}

# function: (arguments that work, {argument: wrong values})
CALLS = {
    "hippo": ({"measure": "legs", "n": 4}, {"measure": CHOICES, "n": COUNTS}),
    "legs_states": (
        {"s": [1j, 2j], "n": 4},
        {"s": without(arrays([1.0, 2.0]), "empty", "axes"), "n": COUNTS},
    ),
    "legs_inner": (
        {"s": [1j, 2j], "n": 4},
        {"s": without(arrays([1.0, 2.0]), "empty", "axes"), "n": COUNTS},
    ),
    "legs_log10_condition": ({"n": 4}, {"n": COUNTS}),
    "legs_spikes": (
        {"n": 4, "count": 2},
        {"n": COUNTS, "count": without(COUNTS, "zero", "none") | {"many": 3}},
    ),
    "lagt_shift_poles": (
        {"n": 4, "theta": 0.1},
        {"n": COUNTS, "theta": NUMBERS | {"none": None, "above": 1.5}},
    ),
    "perturb_then_diagonalize": (
        {"a": LEGS.a},
        {
            "a": arrays(LEGS.a) | {"none": None, "row": [1.0, 2.0], "number": 3.0},
            "method": CHOICES,
            "theta": NUMBERS | {"above": 1.5},
            "size": NUMBERS,
            "condition": NUMBERS | {"below": 0.99},
            "low_rank": without(arrays(LEGS.low_rank), "axes")
            | {"wrong": LEGS.low_rank * 2, "rows": np.ones((3, 1)), "stack": np.ones((4, 1, 1))},
            "stable": FLAGS,
            "margin": NUMBERS | {"none": None},
            "seed": SEEDS,
            "max_steps": COUNTS,
            "strict": FLAGS,
        },
    ),
    "diagonal_system": (
        {"diagonalization": NEAR, "b": LEGS.b, "c": [1.0, 0.0, 0.0, 0.0]},
        {
            "diagonalization": SYSTEMS,
            "b": arrays(LEGS.b) | {"none": None, "rows": [1.0, 2.0]},
            "c": arrays(LEGS.b) | {"none": None, "columns": [1.0, 2.0]},
            "d": arrays([[1.0]]) | {"ports": np.ones((2, 1))},
            "correct": FLAGS,
        },
    ),
    "DenseSystem": (
        {"a": -np.eye(2), "b": [1.0, 2.0], "c": [1.0, 1.0], "d": None, "step": None},
        {
            "a": arrays(-np.eye(2)) | {"none": None, "rectangle": np.ones((2, 3)), "row": [1.0]},
            "b": arrays([1.0, 2.0]) | {"none": None, "rows": [1.0, 2.0, 3.0]},
            "c": arrays([1.0, 2.0]) | {"none": None, "columns": [1.0, 2.0, 3.0]},
            "d": arrays([[1.0]]) | {"ports": np.ones((2, 1))},
            "step": optional(POSITIVE),
        },
    ),
    "DiagonalSystem": (
        {"eigenvalues": [-1.0, -2.0], "b": [1.0, 2.0], "c": [1.0, 1.0]},
        {
            "eigenvalues": arrays([-1.0, -2.0]) | {"none": None, "number": -1.0},
            "b": arrays([1.0, 2.0]) | {"none": None, "rows": [1.0, 2.0, 3.0]},
            "c": arrays([1.0, 2.0]) | {"none": None, "columns": [1.0, 2.0, 3.0]},
            "d": arrays([[1.0]]) | {"ports": np.ones((2, 1))},
            "step": optional(POSITIVE),
            "weights": arrays([1.0, 1.0])
            | {"complex": [1j, 1.0], "negative": [-1.0, 1.0], "count": [1.0], "zero": [0.0, 1.0],
               "three": [3.0, 1.0]},
            "exponents": arrays([-1.0, -2.0]) | {"others": [1.0, 2.0]},
        },
    ),
    "LowRankSystem": (
        {
            "eigenvalues": [-1.0, -2.0],
            "p": [1.0, 1.0],
            "q": [1.0, 1.0],
            "b": [1.0, 2.0],
            "c": [1.0, 1.0],
        },
        {
            "eigenvalues": arrays([-1.0, -2.0]) | {"none": None, "number": -1.0},
            "p": arrays([1.0, 2.0]) | {"none": None, "rows": [1.0, 2.0, 3.0]},
            "q": arrays([1.0, 2.0]) | {"none": None, "rank": np.ones((2, 2))},
            "b": arrays([1.0, 2.0]) | {"none": None, "rows": [1.0, 2.0, 3.0]},
            "c": arrays([1.0, 2.0]) | {"none": None, "columns": [1.0, 2.0, 3.0]},
            "d": arrays([[1.0]]) | {"ports": np.ones((2, 1))},
            "step": optional(POSITIVE),
            "weights": arrays([1.0, 1.0]) | {"negative": [-1.0, 1.0], "count": [1.0],
               "three": [3.0, 1.0]},
        },
    ),
    "HankelSystem": (
        {"markov": [1.0, 0.5]},
        {
            "markov": arrays([1.0, 0.5]) | {"none": None, "number": 1.0},
            "d": arrays([[1.0]]) | {"ports": np.ones((2, 1))},
            "step": optional(POSITIVE),
        },
    ),
    "halve": ({"system": PAIR}, {"system": SYSTEMS | {"dense": CONTINUOUS}}),
    "unfold": ({"system": PAIR}, {"system": SYSTEMS | {"dense": CONTINUOUS}}),
    "dense": ({"system": PAIR}, {"system": SYSTEMS}),
    "difference": (
        {"first": MODES, "second": CONTINUOUS},
        {"first": SYSTEMS | {"step": DISCRETE}, "second": SYSTEMS | {"step": DISCRETE}},
    ),
    "discretize": (
        {"system": MODES, "step": 0.1, "rule": "zoh", "alpha": 0.5},
        {
            "system": SYSTEMS | {"discrete": DISCRETE},
            "step": POSITIVE,
            "rule": CHOICES,
            "alpha": NUMBERS | {"none": None, "above": 1.5},
        },
    ),
    "convolution_kernel": (
        {"system": DISCRETE, "length": 4},
        {"system": SYSTEMS | {"continuous": MODES}, "length": COUNTS},
    ),
    "convolve": (
        {"inputs": INPUTS, "kernel": np.ones((6, 1, 1))},
        {
            "inputs": arrays(INPUTS) | {"none": None, "row": [1.0, 2.0]},
            "kernel": arrays(np.ones((6, 1, 1))) | {"none": None, "row": [1.0, 2.0]},
        },
    ),
    "simulate": (
        {"system": DISCRETE, "inputs": INPUTS},
        {
            "system": SYSTEMS | {"continuous": MODES},
            "inputs": arrays(INPUTS) | {"none": None, "row": [1.0, 2.0]},
            "initial": arrays([[1.0, 1.0]]) | {"count": [1.0]},
            "method": CHOICES,
        },
    ),
    "advance": (
        {"system": DISCRETE, "state": [[1.0, 1.0]], "sample": [[1.0]]},
        {
            "system": SYSTEMS | {"continuous": MODES},
            "state": arrays([[1.0, 1.0]]) | {"none": None, "row": [1.0, 1.0]},
            "sample": arrays([[1.0]]) | {"none": None, "row": [1.0]},
        },
    ),
    "bidirectional": (
        {"forward": DISCRETE, "backward": DISCRETE, "inputs": INPUTS},
        {
            "forward": SYSTEMS | {"continuous": MODES},
            "backward": SYSTEMS | {"continuous": MODES},
            "inputs": arrays(INPUTS) | {"none": None, "row": [1.0, 2.0]},
        },
    ),
    "transfer_function": (
        {"system": MODES, "s": [1j]},
        {"system": SYSTEMS, "s": arrays([1.0, 2.0]) | {"none": None}},
    ),
    "hinf_norm": (
        {"system": MODES, "tolerance": 1e-10},
        {"system": SYSTEMS, "tolerance": POSITIVE},
    ),
    "h2_norm": ({"system": MODES}, {"system": SYSTEMS}),
    "gramians": ({"system": MODES}, {"system": SYSTEMS}),
    "hankel_singular_values": ({"system": MODES}, {"system": SYSTEMS}),
    "kernel_l1_norm": (
        {"system": DISCRETE, "tolerance": 1e-10},
        {"system": SYSTEMS | {"continuous": MODES}, "tolerance": POSITIVE},
    ),
    "initialize": (
        {"name": "s5-ptd", "n": 8},
        {
            "name": CHOICES,
            "n": COUNTS,
            "inputs": COUNTS,
            "outputs": COUNTS,
            "copies": optional(COUNTS),
            "blocks": COUNTS | {"divisor": 3},
            "theta": NUMBERS | {"above": 1.5, "none": None},
            "step_range": PAIRS | {"zero": (0.0, 1.0), "inf": (1e-3, math.inf)},
            "seed": SEEDS,
        },
    ),
    "sequence_classifier": (
        {"n_inputs": 1, "n_classes": 2, "n_state": 4, "width": 2, "depth": 1},
        {
            "n_inputs": COUNTS,
            "n_classes": COUNTS,
            "layer": CHOICES,
            "initialization": CHOICES,
            "n_state": COUNTS,
            "width": COUNTS,
            "depth": COUNTS,
            "seed": SEEDS,
        },
    ),
    "loss_and_gradient": (
        {"model": MODEL, "inputs": SEQUENCES, "labels": [0, 1, 0, 1]},
        {
            "model": SYSTEMS,
            "inputs": arrays(SEQUENCES) | {"none": None, "complex": SEQUENCES * 1j},
            "labels": arrays([0, 1, 0, 1])
            | {"none": None, "many": [0, 1, 0, 2], "negative": [0, -1, 0, 1],
               "fraction": [0, 0.5, 0, 1], "count": [0, 1]},
        },
    ),
    "train": (
        {"model": MODEL, "inputs": SEQUENCES, "labels": [0, 1, 0, 1], "epochs": 1},
        {
            "model": SYSTEMS,
            "inputs": arrays(SEQUENCES) | {"none": None},
            "labels": arrays([0, 1, 0, 1]) | {"none": None, "many": [0, 1, 0, 2]},
            "epochs": COUNTS,
            "batch": COUNTS,
            "rate": POSITIVE,
            "seed": SEEDS,
            "strict": FLAGS,
        },
    ),
    "classify": (
        {"model": MODEL, "inputs": SEQUENCES},
        {"model": SYSTEMS, "inputs": arrays(SEQUENCES) | {"none": None}},
    ),
    "with_parameters": (
        {"model": MODEL, "parameters": dict(MODEL.parameters)},
        {"model": SYSTEMS, "parameters": {"none": None, "number": 3.0, "empty": {},
            "names": {"weight": np.ones(2)}}},
    ),
}
