"""Arrays, devices and linear algebra: the same source on the CPU and on the GPU.

Arrays decide the backend: NumPy in, NumPy out; CuPy in, CuPy out. A GPU is never chosen
because it exists.
"""

from perturbsci.backend import linalg
from perturbsci.backend.arrays import namespace, to_device, to_host
from perturbsci.backend.context import available, get_backend, info, use
from perturbsci.backend.launch import kernel

__all__ = [
    "kernel",
    "use",
    "get_backend",
    "available",
    "info",
    "namespace",
    "to_host",
    "to_device",
    "linalg",
]
