"""Fourier and cosine transforms in one spelling for NumPy, CuPy and array-API arrays.

On a host ``scipy.fft``, large arrays with the threads in force, on CuPy
``cupyx.scipy.fft``, else the ``fft`` of the array's own namespace. Single precision stays
single. About 5 n log2(n) flops a complex line; the error in the 2-norm is a few log2(n)
times unit_roundoff of the norm. NaN and infinity pass through. Results repeat bitwise on
one machine with the same versions (level "run").
"""

import sys

from perturbsci.backend.cosine import dct, idct
from perturbsci.backend.devices import cupy_devices, cupy_module
from perturbsci.backend.fourier import fft, fftn, ifft, ifftn, irfft, irfftn, rfft, rfftn
from perturbsci.backend.frequencies import (
    fftfreq,
    next_fast_length,
    rfftfreq,
    wavenumbers,
)

__all__ = [
    "fft",
    "ifft",
    "rfft",
    "irfft",
    "fftn",
    "ifftn",
    "rfftn",
    "irfftn",
    "dct",
    "idct",
    "fftfreq",
    "rfftfreq",
    "wavenumbers",
    "next_fast_length",
    "clear_plans",
]


def clear_plans() -> None:
    """Free the plans and work areas that CuPy keeps for transforms on this device.

    They hold memory of the device, one area a shape. A host keeps tables only.

    Examples
    --------
    >>> clear_plans()
    """
    if "cupy" in sys.modules and cupy_devices():
        cupy_module().fft.config.get_plan_cache().clear()
