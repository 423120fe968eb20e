"""Which devices answer: the one place that imports cupy.

Being importable is not being usable: cupy imports without a driver and fails only at
the first allocation, so a device counts once it held one element.
"""

import functools
import importlib.util
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import ModuleType

import numpy

from perturbsci.errors import BackendError
from perturbsci.types import Array

__all__ = [
    "allocate",
    "cupy_devices",
    "cupy_function",
    "cupy_module",
    "cupy_problem",
    "is_cupy",
    "on_device",
]


@functools.cache
def _load_cupy() -> tuple[ModuleType | None, int, str]:
    """Return cupy or None, the number of devices that answer, and what is wrong."""
    if importlib.util.find_spec("cupy") is None:
        advice = 'python -m pip install "perturbsci[cuda12]" (or [cuda13])'
        return None, 0, f"cupy is not installed; {advice}"
    try:
        import cupy  # noqa: PLC0415 (loading CUDA takes a second, and may fail)

        if cupy.cuda.is_available():
            cupy.zeros(1)
            return cupy, int(cupy.cuda.runtime.getDeviceCount()), ""
        driver = cupy.cuda.runtime.driverGetVersion()
        found = f"no CUDA driver answers (driver version {driver})"
    except Exception as error:  # a broken installation raises anything
        found = f"it does not work here: {type(error).__name__}: {error}"
    return (
        None,
        0,
        (
            f"cupy {_cupy_version()} is installed but {found}; "
            'install a driver or choose use("numba")'
        ),
    )


def _cupy_version() -> str:
    from importlib import metadata  # noqa: PLC0415 (slow to import, for messages only)

    names = metadata.packages_distributions().get("cupy", [])
    return metadata.version(names[0]) if names else "(version unknown)"


def cupy_devices() -> int:
    """Return how many CUDA devices answer; 0 without cupy.

    Returns
    -------
    count : int
        Found once per process.
    """
    return _load_cupy()[1]


def cupy_problem() -> str:
    """Return in words why cupy cannot be used here.

    Returns
    -------
    problem : str
        Empty if it can.
    """
    return _load_cupy()[2]


def cupy_module() -> ModuleType:
    """Return the module cupy, checked to work.

    Returns
    -------
    cupy : module
        With at least one device that answers.

    Raises
    ------
    BackendError
        If it is not installed or no device answers.
    """
    module, _, problem = _load_cupy()
    if module is None:
        raise BackendError(f"backend 'cupy' cannot be used: {problem}")
    return module


def is_cupy(value: object) -> bool:
    """Return whether a value belongs to cupy, without importing it.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    yes : bool
        True for an instance of one of its classes.
    """
    return type(value).__module__.partition(".")[0] == "cupy"


def on_device(device: str) -> AbstractContextManager[object]:
    """Return the context in which arrays are made on a device.

    Parameters
    ----------
    device : str
        ``"cupy:k"`` or ``"cuda:k"``.

    Returns
    -------
    context : context manager
        Of cupy.
    """
    chosen: AbstractContextManager[object] = cupy_module().cuda.Device(
        int(device.partition(":")[2])
    )
    return chosen


def allocate(device: str, shape: tuple[int, ...], dtype: numpy.dtype) -> Array:
    """Return an array without values; a full pool of device memory is freed once.

    Parameters
    ----------
    device : str
        ``"numpy"``, or ``"cupy:k"``.
    shape : tuple of int
        Of the array.
    dtype : numpy.dtype
        Of the array.

    Returns
    -------
    array : array, shape (...)
        In C order.

    Raises
    ------
    BackendError
        If the memory of the device is exhausted: bytes wanted and free.
    """
    if device == "numpy":
        return numpy.empty(shape, dtype)
    cupy = cupy_module()
    with on_device(device):
        try:
            return cupy.empty(shape, dtype)
        except cupy.cuda.memory.OutOfMemoryError:
            cupy.get_default_memory_pool().free_all_blocks()
        try:
            return cupy.empty(shape, dtype)
        except cupy.cuda.memory.OutOfMemoryError:
            free, _ = cupy.cuda.runtime.memGetInfo()
            wanted = int(numpy.prod(shape, dtype=object)) * dtype.itemsize
            raise BackendError(
                f"{device} has {free} bytes free, needed {wanted} for an array of shape "
                f"{shape}; use smaller blocks, use(memory=...), or the host"
            ) from None


@functools.cache
def cupy_function(
    text: str, symbol: str, options: tuple[str, ...], device: str
) -> Callable[..., None]:
    """Return a function of CUDA text, compiled for one device by cupy.

    Parameters
    ----------
    text : str
        One translation unit without includes.
    symbol : str
        An ``extern "C"`` kernel in it.
    options : tuple of str
        For NVRTC.
    device : str
        ``"cupy:k"``.

    Returns
    -------
    function : callable
        ``function(grid, block, arguments)``, on the current stream.

    Raises
    ------
    BackendError
        If a library that cupy needs is missing, or refuses the text.
    """
    cupy = cupy_module()
    with on_device(device):
        try:
            module = cupy.RawModule(code=text, options=options)
            function: Callable[..., None] = module.get_function(symbol)
        except Exception as error:  # a missing library shows as any of a dozen classes
            raise BackendError(
                f"cupy {_cupy_version()} cannot compile {symbol}: {type(error).__name__}: "
                f"{error}; install the CUDA libraries that it names (pip install "
                '"cupy-cuda12x[ctk]" brings all), or choose use("numba")'
            ) from error
    return function
