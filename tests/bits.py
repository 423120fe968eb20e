"""Whether two results are the same to the last bit."""

import dataclasses
from collections.abc import Mapping

import numpy as np


def same(a, b):
    """Say whether two things are the same to the last bit: type, shape, bytes, fields."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        kinds = a.dtype == b.dtype and a.shape == b.shape
        return kinds and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return np.float64(a).tobytes() == np.float64(b).tobytes()
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if dataclasses.is_dataclass(a):
        names = [field.name for field in dataclasses.fields(a)]
        return all(same(getattr(a, name), getattr(b, name)) for name in names)
    return bool(a == b)
