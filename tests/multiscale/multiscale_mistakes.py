"""What users pass by mistake, by the kind of argument, and the advice they are given."""

import decimal
import math

import numpy as np

BEYOND = 10**400  # no float

NO_NUMBERS = {
    "none": None,
    "text": "1",
    "list": [1],
    "array": np.array([1]),
    "bool": True,
    "bool of numpy": np.True_,
    "complex": 1j,
    "nan": math.nan,
    "infinity": math.inf,
    "decimal": decimal.Decimal(1),
    "beyond": BEYOND,
    "class": float,
}
NO_WHOLE = NO_NUMBERS | {"float": 2.0, "half": 1.5, "zero": 0, "negative": -3}
NO_POSITIVE = NO_NUMBERS | {"zero": 0, "negative": -1.0}
NO_EPSILON = NO_NUMBERS | {"negative": -1e-300, "minus infinity": -math.inf}
NO_CHOICE = {
    "unknown": "nonsense",
    "upper": "WELL",
    "empty": "",
    "none": None,
    "number": 3,
    "list": ["well"],
    "array": np.array(["well", "ill"]),
    "bytes": b"well",
}
NO_FUNCTION = {"none": None, "number": 3.0, "text": "sin", "array": np.ones(3)}
NO_FLAG = {"none": None, "text": "yes", "one": 1, "zero": 0, "array": np.ones(2) > 0}
NO_PAIR = {
    "none": None,
    "text": "ab",
    "number": 1.0,
    "one": (1.0,),
    "three": (1.0, 1.0, 1.0),
    "zero": (0.0, 1.0),
    "negative": (1.0, -1.0),
    "nan": (math.nan, 1.0),
    "infinity": (1.0, math.inf),
    "texts": ("1", "2"),
    "bools": (True, True),
    "complex": (1j, 1j),
    "nones": (None, None),
}
NO_SPAN = {
    "none": None,
    "number": 1.0,
    "text": "01",
    "one": (0.0,),
    "three": (0.0, 0.5, 1.0),
    "reversed": (1.0, 0.0),
    "nan": (0.0, math.nan),
    "infinity": (0.0, math.inf),
    "minus infinity": (-math.inf, 0.0),
    "texts": ("0", "1"),
    "bools": (False, True),
    "complex": (0j, 1j),
    "two axes": np.zeros((2, 2)),
    "beyond": (0.0, BEYOND),
}


def no_array(good):
    """Return what is no array of real numbers, after the example of a good one."""
    good = np.asarray(good, dtype=float)
    nan, infinity = good.copy(), good.copy()
    nan.flat[-1], infinity.flat[0] = math.nan, -math.inf
    mask = np.zeros(good.shape, bool)
    mask.flat[0] = True
    return {
        "none": None,
        "text": "text",
        "dict": {"a": 1},
        "object": good.astype(object),
        "texts": np.full(good.shape, "1"),
        "bool": good > 0,
        "ragged": [[1.0, 2.0], [3.0]],
        "nan": nan,
        "infinity": infinity,
        "masked": np.ma.masked_array(good, mask),
        "float16": good.astype(np.float16),
        "complex": good * 1j,
        "generator": (number for number in good.flat),
    }


def no_shape(good):
    """Return also arrays of other shapes than the good one has."""
    good = np.asarray(good, dtype=float)
    shapes = {"one more": np.ones((good.shape[0] + 1, *good.shape[1:])), "no axis": 1.0}
    return no_array(good) | shapes | {"empty": good[:0], "an axis more": good[..., None]}


def but(mistakes, *labels):
    """Return the mistakes that are some for this argument too."""
    return {label: value for label, value in mistakes.items() if label not in labels}


# What the message says beside the name of the argument.
ADVICE = {
    "array": "needed|not finite|no number|rows have different lengths|pass|real|must be",
    "number": "pass|must be",
    "whole": "whole number|pass",
    "choice": "must be one of|known",
    "function": "pass|must be|needed",
    "flag": "pass True",
    "problem": "pass|SplitProblem",
    "pair": "pass|must be|needed",
}


def given(good, kind, mistakes):
    """Return the entry of an argument; None is no mistake where it is the default."""
    return good, ADVICE[kind], but(mistakes, "none") if good is None else mistakes


def positive(good=1.0):
    return given(good, "number", NO_POSITIVE)


def number(good=0.0):
    return given(good, "number", NO_NUMBERS)


def whole(good=1, least=1):
    return given(good, "whole", NO_WHOLE | {"below": least - 1})


def choice(good):
    return given(good, "choice", NO_CHOICE)


def array(good):
    return given(good, "array", no_array(good))


def shaped(good):
    return given(good, "array", no_shape(good))
