"""Find all kernels of the package: whoever adds one is checked without asking for it."""

import functools
import importlib
import pkgutil

import perturbsci
from perturbsci.backend.launch import Kernel

STARTS_WORK = {"perturbsci.__main__"}


@functools.cache
def packaged():
    """Return name -> kernel for the kernels that modules of the package hold."""
    found = {}
    for module in pkgutil.walk_packages(perturbsci.__path__, "perturbsci."):
        if module.name in STARTS_WORK:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            for kernel in kernels_in(value):
                twin = found.setdefault(kernel.name, kernel)
                assert twin is kernel, f"two kernels are called {kernel.name}; rename one"
    return dict(sorted(found.items()))


def kernels_in(value):
    """Return a kernel, or those that a plain container holds."""
    if isinstance(value, Kernel):
        return [value]
    parts = value.values() if type(value) is dict else value
    if type(value) in (dict, tuple, list):
        return [part for part in parts if isinstance(part, Kernel)]
    return []


def without_example(kernels):
    """Return the names of kernels that nothing can be checked on."""
    return [kernel.name for kernel in kernels if kernel.example is None]
