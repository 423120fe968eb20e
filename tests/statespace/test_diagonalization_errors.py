"""What perturb_then_diagonalize refuses, with its advice."""

import math

import numpy as np
import pytest

from perturbsci import backend
from perturbsci.errors import ParameterError, PerturbsciError, ShapeError
from perturbsci.statespace import hippo, perturb_then_diagonalize

LEGS = hippo("legs", 12)


def test_work_beyond_the_memory_is_refused():
    words = r"perturb_then_diagonalize needs about .* GiB, more than .*; lower n"
    with (
        backend.use("numpy", memory=10_000),
        pytest.raises(ParameterError, match=words),
    ):
        perturb_then_diagonalize(LEGS)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"method": "best"},
            r"method is 'best'; pass one of shift, optimize, skew, random",
        ),
        ({"theta": 0.1, "size": 0.1}, "theta and size are both given; pass one target"),
        ({"theta": 1.5}, "theta is 1.5; pass a share of the shift, from 0 to 1"),
        ({"theta": -0.5}, "theta is -0.5; pass one finite number from 0 on"),
        ({"size": math.nan}, "size is nan; pass one finite number from 0 on"),
        ({"condition": 0.5}, "condition is 0.5; pass one finite number from 1 on"),
        ({"weight": 1.0}, "'shift' does not have; pass theta or size or condition"),
        ({"method": "random", "theta": 0.1}, "'random' does not have; pass size or"),
        ({"method": "skew", "weight": 1.0}, "'skew' does not have; pass size or condition"),
        ({"margin": -1}, "margin is -1; pass one finite number from 0 on"),
        ({"max_steps": 0}, "max_steps is 0; pass a whole number from 1 on"),
        ({"seed": -1, "method": "random"}, "seed is -1"),
        ({"stable": "no"}, "stable is 'no'; pass True or False"),
        ({"strict": 2}, "strict is 2; pass True or False"),
        (
            {"low_rank": np.ones(12)},
            r"low_rank has shape \(12, 1\), but .*leave low_rank out",
        ),
        ({"low_rank": np.ones(12), "method": "random"}, "it is of method='shift' only"),
    ],
)
def test_options_that_are_none(options, words):
    with pytest.raises(ParameterError, match=words):
        perturb_then_diagonalize(LEGS, **options)


def test_a_factor_of_another_shape():
    with pytest.raises(
        ShapeError, match=r"low_rank has shape \(3, 1\) but a has \(12, 12\)"
    ):
        perturb_then_diagonalize(LEGS, low_rank=np.ones(3))


MATRICES = {
    "number": 3.0,
    "row": [1.0, 2.0],
    "stack": np.zeros((2, 2, 2)),
    "rectangle": np.zeros((2, 3)),
    "empty": np.zeros((0, 0)),
    "nan": [[math.nan, 1.0], [0.0, 1.0]],
    "inf": [[math.inf, 1.0], [0.0, 1.0]],
    "object": np.array([[object()]]),
    "text": "legs",
    "dict": {},
    "none": None,
    "half": np.eye(2, dtype=np.float16),
    "ragged": [[1, 2], [3]],
    "truth": np.eye(2, dtype=bool),
    "masked": np.ma.masked_array(np.eye(2), mask=[[1, 0], [0, 0]]),
}


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("method", ["shift", "random"])
def test_matrices_that_are_none(name, method):
    with pytest.raises(PerturbsciError, match=r"a (is|has)|`a` has"):
        perturb_then_diagonalize(MATRICES[name], method=method)
