"""Which devices answer: the one place that imports cupy.

Being importable is not being usable: cupy imports without a driver and fails only at
the first allocation, so a device counts once it held one element.
"""

import functools
import importlib.util
from importlib import metadata
from types import ModuleType

from perturbsci.errors import BackendError

__all__ = ["cupy_devices", "cupy_module", "cupy_problem"]


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
