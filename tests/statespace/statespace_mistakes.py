"""Wrong values of each kind of argument: arrays, counts, numbers, names, systems, seeds."""

import math

import numpy as np
import scipy.sparse

from perturbsci import statespace as ss


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
    "memory": ss.hippo("legs", 4),
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
