"""Every argument of every public function: a good value, and mistakes."""

import math

import numpy as np

from perturbsci import statespace as ss
from tests.mistakes import called
from tests.statespace.statespace_mistakes import (
    CHOICES,
    COUNTS,
    FLAGS,
    NUMBERS,
    PAIRS,
    POSITIVE,
    SEEDS,
    SYSTEMS,
    arrays,
    optional,
    without,
)

LEGS = ss.hippo("legs", 4)
CONTINUOUS = ss.DenseSystem(-np.eye(2), [1.0, 2.0], [1.0, 1.0])
MODES = ss.DiagonalSystem([-1.0, -2.0], [1.0, 2.0], [1.0, 1.0])
DISCRETE = ss.discretize(MODES, 0.1)
PAIR = ss.DiagonalSystem([-1 + 2j, -1 - 2j], [1 + 0j, 1 + 0j], [1 + 0j, 1 + 0j])
MODEL = ss.sequence_classifier(1, 2, n_state=4, width=2, depth=1)
INPUTS = np.linspace(0.0, 1.0, 6).reshape(1, 6, 1)
SEQUENCES = np.linspace(0.0, 1.0, 24).reshape(4, 6, 1)
NEAR = ss.perturb_then_diagonalize(LEGS)

# Function: arguments that work, and the mistakes of each argument.
ARGUMENTS = {
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
            "weight": NUMBERS,
            "low_rank": without(arrays(LEGS.low_rank), "axes")
            | {
                "wrong": LEGS.low_rank * 2,
                "rows": np.ones((3, 1)),
                "stack": np.ones((4, 1, 1)),
            },
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
            "d": without(arrays([[1.0]]), "axes") | {"ports": np.ones((2, 1))},
            "correct": FLAGS,
        },
    ),
    "DenseSystem": (
        {"a": -np.eye(2), "b": [1.0, 2.0], "c": [1.0, 1.0], "d": None, "step": None},
        {
            "a": arrays(-np.eye(2))
            | {"none": None, "rectangle": np.ones((2, 3)), "row": [1.0]},
            "b": arrays([1.0, 2.0]) | {"none": None, "rows": [1.0, 2.0, 3.0]},
            "c": arrays([1.0, 2.0]) | {"none": None, "columns": [1.0, 2.0, 3.0]},
            "d": without(arrays([[1.0]]), "axes") | {"ports": np.ones((2, 1))},
            "step": optional(POSITIVE),
        },
    ),
    "DiagonalSystem": (
        {"eigenvalues": [-1.0, -2.0], "b": [1.0, 2.0], "c": [1.0, 1.0]},
        {
            "eigenvalues": without(arrays([-1.0, -2.0]), "axes")
            | {"none": None, "number": -1.0},
            "b": arrays([1.0, 2.0]) | {"none": None, "rows": [1.0, 2.0, 3.0]},
            "c": arrays([1.0, 2.0]) | {"none": None, "columns": [1.0, 2.0, 3.0]},
            "d": without(arrays([[1.0]]), "axes") | {"ports": np.ones((2, 1))},
            "step": without(optional(POSITIVE), "list"),
            "weights": arrays([1.0, 1.0])
            | {"complex": [1j, 1.0], "negative": [-1.0, 1.0], "count": [1.0]},
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
            "d": without(arrays([[1.0]]), "axes") | {"ports": np.ones((2, 1))},
            "step": optional(POSITIVE),
            "weights": arrays([1.0, 1.0])
            | {"negative": [-1.0, 1.0], "count": [1.0], "three": [3.0, 1.0]},
        },
    ),
    "HankelSystem": (
        {"markov": [1.0, 0.5]},
        {
            "markov": arrays([1.0, 0.5]) | {"none": None, "number": 1.0},
            "d": without(arrays([[1.0]]), "axes") | {"ports": np.ones((2, 1))},
            "step": optional(POSITIVE),
        },
    ),
    "halve": ({"system": PAIR}, {"system": SYSTEMS | {"dense": CONTINUOUS}}),
    "unfold": ({"system": PAIR}, {"system": SYSTEMS | {"dense": CONTINUOUS}}),
    "dense": ({"system": PAIR}, {"system": SYSTEMS}),
    "difference": (
        {"first": MODES, "second": CONTINUOUS},
        {"first": SYSTEMS, "second": SYSTEMS | {"step": DISCRETE}},
    ),
    "discretize": (
        {"system": MODES, "step": 0.1, "rule": "zoh", "alpha": 0.5},
        {
            "system": SYSTEMS | {"discrete": DISCRETE},
            "step": without(POSITIVE, "list"),
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
            "kernel": without(arrays(np.ones((6, 1, 1))), "axes") | {"none": None},
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
            "radius_range": PAIRS | {"above": (0.5, 2.0)},
            "seed": SEEDS,
        },
    ),
    "sequence_classifier": (
        {"n_inputs": 1, "n_classes": 2, "n_state": 4, "width": 2, "depth": 1},
        {
            "n_inputs": COUNTS,
            "n_classes": COUNTS,
            "layer": CHOICES,
            "step_range": PAIRS | {"zero": (0.0, 1.0), "inf": (1e-3, math.inf)},
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
            | {
                "none": None,
                "many": [0, 1, 0, 2],
                "negative": [0, -1, 0, 1],
                "fraction": [0, 0.5, 0, 1],
                "count": [0, 1],
            },
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
        {
            "model": SYSTEMS,
            "parameters": {
                "none": None,
                "number": 3.0,
                "empty": {},
                "names": {"weight": np.ones(2)},
            },
        },
    ),
    "condition_gradient": (
        {"a": LEGS.a},
        {"a": arrays(LEGS.a) | {"none": None, "row": [1.0, 2.0], "number": 3.0}},
    ),
    "listops": (
        {"n_samples": 2, "min_length": 4, "max_length": 16},
        {
            "n_samples": COUNTS,
            "min_length": COUNTS,
            "max_length": COUNTS,
            "max_depth": COUNTS,
            "max_arguments": COUNTS | {"one": 1},
            "seed": SEEDS,
        },
    ),
    "listops_value": (
        {"text": "[MAX 2 9 [MIN 4 7 ] 0 ]"},
        {
            "text": {
                "none": None,
                "number": 3,
                "list": ["[MAX 1 2 ]"],
                "empty": "",
                "blank": "  ",
                "open": "[MAX 1 2",
                "close": "1 ]",
                "operator": "[SUM 1 2 ]",
                "code": "__import__('os')",
                "two": "1 2",
                "digit": "12",
                "none inside": "[MAX ]",
                "nested open": "[MAX 1 [MIN 2 ]",
                "lower": "[max 1 2 ]",
                "float": "[MAX 1.5 2 ]",
            }
        },
    ),
    "fourier_noise": (
        {"shape": (2, 4), "frequency": 3.0, "step": 0.1, "amplitude": 0.1},
        {
            "shape": {
                "none": None,
                "text": "ab",
                "negative": (2, -4),
                "fraction": (2.5, 4),
                "zero": (0, 4),
                "truth": (True, 4),
                "one": (4,),
                "number": 4,
                "nan": (2, math.nan),
            },
            "frequency": without(NUMBERS, "negative"),
            "step": POSITIVE,
            "amplitude": without(NUMBERS, "negative"),
            "seed": SEEDS,
        },
    ),
    "frozen_features": (
        {"system": DISCRETE, "inputs": SEQUENCES, "moments": 2},
        {
            "system": SYSTEMS | {"continuous": MODES},
            "inputs": arrays(SEQUENCES) | {"none": None},
            "moments": COUNTS | {"many": 7},
        },
    ),
    "noise_robustness": (
        {
            "system": DISCRETE,
            "inputs": SEQUENCES,
            "labels": [0, 1, 0, 1],
            "frequencies": [1.0, 2.0],
            "n_train": 2,
            "moments": 2,
        },
        {
            "system": SYSTEMS | {"continuous": MODES},
            "inputs": arrays(SEQUENCES) | {"none": None},
            "labels": arrays([0, 1, 0, 1])
            | {
                "none": None,
                "count": [0, 1],
                "negative": [0, -1, 0, 1],
                "fraction": [0, 0.5, 0, 1],
            },
            "frequencies": arrays([1.0, 2.0]) | {"none": None},
            "n_train": COUNTS | {"all": 4},
            "moments": COUNTS,
            "amplitude": without(NUMBERS, "negative"),
            "penalty": NUMBERS,
            "seed": SEEDS,
        },
    ),
}

CALLS = {name: called(getattr(ss, name), *table) for name, table in ARGUMENTS.items()}
