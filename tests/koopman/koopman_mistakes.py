"""What users pass by mistake, by the kind of argument, and the advice they are given."""

import math

import numpy as np

from perturbsci import koopman as kp
from tests import mistakes
from tests.koopman.koopman_samples import DATA, NARROW, QUADRATIC, SPECTRUM, STATE, X, Y
from tests.mistakes import BEYOND, NO_NUMBERS, but, no_choice

NO_WHOLE = NO_NUMBERS | {"float": 2.0, "half": 1.5, "negative": -3}
NO_POSITIVE = NO_NUMBERS | {"zero": 0, "negative": -1.0, "beyond": BEYOND}
NO_CHOICE = no_choice("gram")
NO_SNAPSHOTS = {
    "none": None,
    "array": X,
    "text": "data.npz",
    "dict": {"x": X, "y": Y},
    "pair": (X, Y),
    "class": kp.Snapshots,
    "number": 3,
}
NO_DICTIONARY = {
    "text": "fourier",
    "constructor": kp.fourier,
    "class": kp.Dictionary,
    "list": [QUADRATIC],
    "array": X,
    "number": 3,
}
NO_SPECTRUM = {"none": None, "data": DATA, "text": "x", "state": STATE, "array": X}
NO_DEGREES = {
    "none": None,
    "text": "3",
    "negative": -1,
    "float": 2.0,
    "bool": True,
    "empty": [],
    "floats": [1.0, 2.0],
    "two axes": [[1, 2]],
    "texts": ["a"],
    "ragged": [[1], [1, 2]],
    "too many": 10**6,
    "too high": [10**7],
    "beyond": BEYOND,
}
NO_INTERVAL = {
    "none": None,
    "text": "ab",
    "number": 1.0,
    "reversed": (1, 0),
    "empty": (1, 1),
    "nan": (0, math.nan),
    "infinity": (0, math.inf),
    "one": (1,),
    "three": (0, 1, 2),
    "texts": ("0", "1"),
    "bools": (False, True),
    "complex": (0j, 1j),
}
NO_MODULUS = {
    "text": "xx",
    "number": 1.0,
    "one": (1.0,),
    "three": (1.0, 1.0, 1.0),
    "negative": (-1.0, 1.0),
    "nan": (math.nan, 1.0),
    "infinity": (1.0, math.inf),
    "bools": (True, 1.0),
    "texts": ("1", "2"),
}
NO_SHARE = NO_NUMBERS | {"zero": 0, "one": 1, "two": 2.0}


def no_array(good):
    """Return what is no array of numbers, of dates and long doubles neither."""
    good = np.asarray(good, dtype=float)
    return mistakes.no_array(good) | {
        "dates": np.zeros(good.shape, "M8[s]"),
        "longdouble": good.astype(np.longdouble),
    }


def no_row(good):
    """Return what is no row of numbers."""
    good = np.asarray(good, dtype=float)
    axes = {"0-d": 3.0, "2-d": good[:, None], "empty": good[:0]}
    return no_array(good) | axes


def no_panel(good):
    """Return what is no panel of samples in rows."""
    axes = {"0-d": 3.0, "1-d": good[0], "3-d": good[None]}
    return no_array(good) | axes | {"no row": good[:0], "no column": good[:, :0]}


def below(least):
    """Return what is no whole number from ``least`` on."""
    return NO_WHOLE | {"below": least - 1}


def outside(least, most):
    """Return what is no whole number of a range."""
    return NO_WHOLE | {"below": least - 1, "above": most + 1, "beyond": BEYOND}


NO_DATA = NO_SNAPSHOTS | {"no chunk": [], "chunk of another kind": [DATA, X]}
NO_DATA |= {"spectrum": SPECTRUM, "chunk of another width": [DATA, NARROW]}
NO_GRID = but(no_row(np.arange(4.0)), "0-d", "2-d")

# What the message says beside the name of the argument.
ADVICE = {
    "array": "needed|not finite|no number|rows have different lengths",
    "number": "pass|must be",
    "whole": "whole number|number of columns",
    "share": r"\(0, 1\)|\(0, 1\]|between 0 and 1",
    "choice": "must be one of",
    "data": "pass|every item|resample one|has n_state",
    "flag": "pass True",
    "seed": "numpy.random.Generator",
    "degrees": "degree|whole numbers",
    "interval": r"pass \(left, right\)",
    "modulus": r"pass \(lipschitz, fill_distance\)",
    "dictionary": "pass|make|leave it out",
}


def given(good, kind, wrong):
    """Return the entry of an argument; None is no mistake where it is the default."""
    return good, ADVICE[kind], but(wrong, "none") if good is None else wrong


def positive(good=1.0):
    return given(good, "number", NO_POSITIVE)


def whole(good, least=1, most=None):
    return given(good, "whole", below(least) if most is None else outside(least, most))


def choice(good):
    return given(good, "choice", NO_CHOICE)


def row(good):
    return given(good, "array", no_row(good))


def panel(good):
    return given(good, "array", no_panel(good))


def optional_row(like):
    return given(None, "array", no_row(like))
