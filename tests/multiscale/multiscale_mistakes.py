"""What users pass by mistake, by the kind of argument, and the advice they are given."""

import math

import numpy as np

from tests import mistakes
from tests.mistakes import BEYOND, but, no_choice

NO_NUMBERS = mistakes.NO_NUMBERS | {"beyond": BEYOND, "class": float}
NO_WHOLE = NO_NUMBERS | {"float": 2.0, "half": 1.5, "zero": 0, "negative": -3}
NO_POSITIVE = NO_NUMBERS | {"zero": 0, "negative": -1.0}
NO_EPSILON = NO_NUMBERS | {"negative": -1e-300, "minus infinity": -math.inf}
NO_CHOICE = no_choice("well")
NO_FUNCTION = {"none": None, "number": 3.0, "text": "sin", "array": np.ones(3)}
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
    complex_ones = {"complex": np.asarray(good, dtype=float) * 1j}
    return mistakes.no_array(good) | complex_ones


def no_shape(good):
    """Return also arrays of other shapes than the good one has."""
    good = np.asarray(good, dtype=float)
    shapes = {"one more": np.ones((good.shape[0] + 1, *good.shape[1:])), "no axis": 1.0}
    return no_array(good) | shapes | {"empty": good[:0], "an axis more": good[..., None]}


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


def given(good, kind, wrong):
    """Return the entry of an argument; None is no mistake where it is the default."""
    return good, ADVICE[kind], but(wrong, "none") if good is None else wrong


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
