"""The types that signatures share."""

from typing import Any, Literal, TypeAlias

import numpy

__all__ = ["Array", "Seed", "BackendName", "Size"]

# numpy.ndarray or cupy.ndarray: a static union would need cupy at import time.
Array: TypeAlias = Any
Seed: TypeAlias = int | numpy.random.Generator
BackendName: TypeAlias = Literal["numpy", "numba", "cupy"]
Size: TypeAlias = Literal["small", "full"]
