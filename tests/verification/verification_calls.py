"""Every argument of every public function of checks: a good value, and mistakes."""

import math

import numpy as np

from perturbsci import verification as vf
from tests.mistakes import (
    NO_REAL,
    Doubtful,
    array,
    but,
    choice,
    entry,
    function,
    holed,
    matrix,
    number,
    whole,
)

STEPS = np.array([0.1, 0.05, 0.025])
ERRORS = STEPS**2
TEXT = {
    "none": None,
    "number": 3,
    "list": ["x"],
    "bytes": b"x",
    "empty": "",
    "array": np.ones(1),
}
SERIES = {
    "steps": array(
        STEPS,
        equal=np.ones(3),
        negative=-STEPS,
        zero=0 * STEPS,
        two=STEPS[:2],
        complex=1j * STEPS,
    ),
    "errors": holed(
        ERRORS,
        empty=ERRORS[:0],
        axes=ERRORS[None],
        negative=-ERRORS,
        two=ERRORS[:2],
        complex=1j * ERRORS,
    ),
    "floor": number(1e-11, negative=-1.0),
    "last": whole(3, 2),
}
EIGEN = np.diag([1.0, 2.0])
VALUE = entry(0.1, but(NO_REAL, "nan", "infinity", "decimal"))

CALLS = {
    "Certificate": (
        vf.Certificate,
        {
            "claim": entry("error", TEXT),
            "value": VALUE,
            "bound": VALUE,
            "kind": choice("proven"),
            "method": entry("theorem", TEXT),
            "assumptions": entry(
                (), {"none": None, "text": "linear", "number": 1, "numbers": (1,)}
            ),
        },
    ),
    "load_reference": (
        vf.load_reference,
        {
            "identifier": entry(
                "io.elnino_minimum", TEXT | {"unknown": "io.nonsense", "path": "../x.y"}
            )
        },
    ),
    "observed_order": (vf.observed_order, SERIES),
    "assert_order": (
        vf.assert_order,
        SERIES
        | {
            "expected": entry(2.0, but(NO_REAL, "nan")),
            "within": entry(0.05, but(NO_REAL, "nan")),
            "cap": entry(None, but(NO_REAL, "none", "nan")),
        },
    ),
    "uniform_order": (
        vf.uniform_order,
        {
            "error_of": function(
                lambda epsilon, step: step,
                nan=Doubtful(lambda epsilon, step: math.nan),
                text=lambda epsilon, step: "1",
                negative=lambda epsilon, step: -step,
            ),
            "epsilons": array([0.1, 0.0], negative=[-0.1, 0.0]),
            "steps": entry(STEPS, but(SERIES["steps"][2], "two")),
            "floor": SERIES["floor"],
            "last": SERIES["last"],
        },
    ),
    "eigen_backward_error": (
        vf.eigen_backward_error,
        {
            "matrix": matrix(EIGEN),
            "eigenvalues": array([1.0, 2.0], more=STEPS),
            "eigenvectors": array(np.eye(2), more=np.eye(3), row=STEPS[:2]),
        },
    ),
    "linear_backward_error": (
        vf.linear_backward_error,
        {
            "matrix": matrix(EIGEN),
            "solution": array([1.0, 2.0], more=STEPS),
            "right_side": array([1.0, 2.0], more=STEPS),
        },
    ),
}
