"""Arrays, kernels and linear algebra: the same source on the CPU and on the GPU.

Arrays decide the backend: NumPy in, NumPy out; CuPy in, CuPy out. A GPU is never chosen
because it exists. Primitives of this layer return arrays or tuples of arrays.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from perturbsci.backend.arrays import namespace, synchronize, to_device, to_host
from perturbsci.backend.context import available, get_backend, info, use
from perturbsci.backend.launch import kernel

if TYPE_CHECKING:
    from perturbsci.backend import fft, linalg, random, reduce, scan

_MODULES = ("fft", "linalg", "random", "reduce", "scan")

__all__ = [
    "kernel",
    "use",
    "get_backend",
    "available",
    "info",
    "namespace",
    "to_host",
    "to_device",
    "synchronize",
    "scan",
    "reduce",
    "random",
    "fft",
    "linalg",
]


def __getattr__(name: str) -> ModuleType:
    """Load a module of arrays when it is first named (PEP 562)."""
    if name in _MODULES:
        return importlib.import_module(f"perturbsci.backend.{name}")
    raise AttributeError(
        f"module 'perturbsci.backend' has no attribute {name!r}; it has {__all__}"
    )
