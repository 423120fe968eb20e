"""What users pass by mistake to surrogates, by the kind of argument, and the advice."""

import math

import numpy as np
import sympy as sp

from perturbsci import problems as pp
from perturbsci import surrogates as su
from tests.mistakes import (
    BEYOND,
    NO_NUMBERS,
    but,
    no_array,
)
from tests.surrogates.surrogate_samples import (
    BRANCH,
    CORNERS,
    CURVE,
    HEAT,
    STEADY,
    a,
    x,
)

NO_REAL = NO_NUMBERS | {"beyond": BEYOND, "class": float}
NO_WHOLE = NO_NUMBERS | {"float": 2.0, "half": 1.5, "negative": -3}
NO_POSITIVE = NO_REAL | {"zero": 0, "negative": -1.0, "minus infinity": -math.inf}
NO_TOLERANCE = NO_POSITIVE | {"one": 1, "beneath rounding": 1e-14}
NO_STATEMENT = {
    "none": None,
    "text": "u_t = u_xx",
    "constructor": pp.burgers,
    "class": pp.FieldProblem,
    "equation": sp.Symbol("u"),
    "surrogate": STEADY,
    "dict": {"equations": []},
    "array": CORNERS,
}
NO_SURROGATE = {
    "none": None,
    "text": "solution.npz",
    "statement": CURVE,
    "class": su.Surrogate,
    "array": CORNERS,
    "branch": BRANCH,
    "function": math.sin,
}
NO_GUESS = {
    "text": "zero",
    "number": 1.0,
    "array": np.ones(3),
    "class": su.Surrogate,
    "statement": CURVE,
    "of another dimension": HEAT,
}
NO_BASIS = {
    "text": "legendre",
    "class": su.Legendre,
    "number": 3,
    "array": CORNERS,
    "list": [su.Network((1, 2, 1))],
    "statement": CURVE,
    "of another dimension": su.Network((2, 5, 1)),
    "features of another dimension": su.RandomFourier(5, 1.0, 3),
    "box of another dimension": su.Legendre(3, [(0, 1)] * 3),
    "elements of another dimension": su.Elements((7, 5)),
}
NO_PARAMETERS = {
    "text": "a = 1",
    "number": 1.0,
    "list": [(a, 1.0)],
    "unknown": {sp.Symbol("b"): 1.0},
    "coordinate": {x: 1.0},
    "text value": {a: "1"},
    "none": {a: None},
    "nan": {a: math.nan},
    "infinity": {a: math.inf},
    "reversed": {a: (2, 1)},
    "empty": {a: (1, 1)},
    "three": {a: (1, 2, 3)},
    "bool": {a: True},
    "complex": {a: 1j},
}
NO_DEGREES = {
    "none": None,
    "text": "33",
    "negative": -1,
    "float": 2.0,
    "bool": True,
    "empty": (),
    "floats": (1.0, 2.0),
    "too many": (1, 2, 3),
    "nan": math.nan,
    "bools": (True, True),
    "texts": ("1", "2"),
    "beyond": BEYOND,
    "nested": ((1,), (2,)),
}
NO_DOMAIN = {
    "none": None,
    "text": "ab",
    "number": 1.0,
    "reversed": [(0, 1), (1, 0)],
    "empty": [(0, 1), (1, 1)],
    "nan": [(0, 1), (0, math.nan)],
    "infinity": [(0, 1), (0, math.inf)],
    "triples": [(0, 1, 2), (0, 1, 2)],
    "texts": [("0", "1"), ("0", "1")],
    "no interval": [],
    "statement": CURVE,
    "dict": {x: (0, 1)},
}
NO_BANDWIDTH = NO_POSITIVE | {
    "list": [1.0],
    "array": np.ones(1),
    "three": (1.0, 1.0, 1.0),
    "zeros": (0.0, 1.0),
    "nans": (1.0, math.nan),
    "texts": ("1", "1"),
}
NO_ORDERS = {
    "none": None,
    "text": "10",
    "number": 1,
    "too few": (),
    "too many": (1, 0, 0, 0),
    "negative": (-1, 0),
    "floats": (1.0, 0.0),
    "bools": (True, False),
    "texts": ("1", "0"),
    "nested": ((1,), (0,)),
}
NO_LISTED_ORDERS = but(NO_ORDERS, "too few") | {
    "one too short": [(1,)],
    "one too long": [(1, 0, 0)],
    "one negative": [(0, 0), (0, -1)],
    "one of floats": [(1.0, 0.0)],
    "one of bools": [(True, False)],
}
NO_FIELD = NO_WHOLE | {"beyond the last": 1}


def no_panel(good):
    """Return what is no panel of points in rows."""
    good = np.asarray(good, dtype=float)
    axes = {"0-d": 3.0, "1-d": good[0], "3-d": good[None]}
    columns = {"no column": good[:, :0], "one column more": np.ones((3, good.shape[1] + 1))}
    return no_array(good) | {"complex": good * 1j} | axes | columns


ARRAY = "needed|not finite|no number|rows have different lengths|real|must be|pass"
NUMBER = "must be|pass|needed"


def whole(good, low):
    return good, "whole number|integer", NO_WHOLE | {"below": low - 1}


def positive(good):
    return good, NUMBER, NO_POSITIVE


def optional(good, advice, mistakes):
    """Return the entry of an argument that may be None."""
    return good, advice, but(mistakes, "none")
