"""The backend in force: ``use(...)``, else ``PERTURBSCI_BACKEND``, else numba."""

import contextlib
import functools
import os
import platform
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, fields
from types import ModuleType

import numpy

from perturbsci.backend.cache import cache_folder, cache_problem, counts
from perturbsci.backend.devices import (
    cupy_devices,
    cupy_module,
    cupy_problem,
    on_device,
)
from perturbsci.errors import BackendError, ParameterError

__all__ = [
    "Backend",
    "MachineInfo",
    "available",
    "backend_name",
    "cpus",
    "get_backend",
    "info",
    "use",
]

NAMES = ("numba", "numpy", "cupy")


@dataclass(frozen=True, slots=True, eq=False)
class Backend:
    """Where arrays are made and with how much of the machine.

    Parameters
    ----------
    name : str
        ``"numba"``, ``"numpy"`` or ``"cupy"``; the first two share NumPy arrays.
    device : str
        ``"cpu"`` or ``"cuda:k"``.
    threads : int
        The number of threads that kernels may use.
    memory : int
        Bytes for work arrays.
    """

    name: str
    device: str
    threads: int
    memory: int

    @property
    def xp(self) -> ModuleType:
        """The array-API namespace that makes arrays of this backend."""
        if self.name != "cupy":
            return numpy
        cupy_module()
        import array_api_compat.cupy  # noqa: PLC0415 (imports cupy itself)

        return array_api_compat.cupy


@dataclass(frozen=True, slots=True, eq=False)
class MachineInfo:
    """Versions, devices and folders of this machine; a version is None if absent.

    Parameters
    ----------
    python, numpy, scipy, numba, cupy : str or None
        Versions.
    cuda_driver, cuda_runtime : int or None
        As the CUDA runtime reports them, 12060 for 12.6.
    gpus : tuple of str
        Names of the devices that answer.
    gpu_problem : str or None
        Why no GPU can be used.
    blas : str or None
        Name and version of the BLAS that NumPy was built with.
    cpus, threads : int
        Cores that this process may use; threads that kernels will use.
    cache_folder : str
        Where compiled kernels are kept.
    cache_problem : str or None
        Why they are not kept there.
    compiled, loaded : int
        Kernel instances that this process compiled, and that it took from the folder.
    """

    python: str
    numpy: str | None
    scipy: str | None
    numba: str | None
    cupy: str | None
    cuda_driver: int | None
    cuda_runtime: int | None
    gpus: tuple[str, ...]
    gpu_problem: str | None
    blas: str | None
    cpus: int
    threads: int
    cache_folder: str
    cache_problem: str | None
    compiled: int
    loaded: int

    def summary(self) -> str:
        """Return one line per field.

        Returns
        -------
        text : str
            ``name  value``, aligned.
        """
        rows = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return "\n".join(f"{name:<14}{_shown(value)}" for name, value in rows)


_ACTIVE: ContextVar[Backend | None] = ContextVar("perturbsci_backend", default=None)


@contextlib.contextmanager
def use(
    backend: str, *, threads: int | None = None, memory: int | None = None
) -> Iterator[Backend]:
    """Make arrays on the named backend inside a ``with`` block.

    Safe in threads and coroutines (a ``ContextVar``). Arrays that a routine receives
    decide before this does.

    Parameters
    ----------
    backend : str
        ``"numba"``, ``"numpy"``, ``"cupy"`` or ``"cupy:k"`` for device k.
    threads : int, optional
        At least 1; default as outside the block.
    memory : int, optional
        Bytes for work arrays; default half of the memory of the machine.

    Yields
    ------
    backend : Backend
        The backend in force.

    Raises
    ------
    ParameterError
        If the name is unknown or a number is not positive.
    BackendError
        If the backend cannot be used here, on entry.

    Examples
    --------
    >>> with use("numpy", threads=1):
    ...     get_backend().name
    'numpy'
    """
    chosen = _resolve(backend, "backend", threads=threads, memory=memory)
    with contextlib.ExitStack() as stack:
        if chosen.name == "cupy":
            stack.enter_context(on_device(chosen.device))
        token = _ACTIVE.set(chosen)
        stack.callback(_ACTIVE.reset, token)
        yield chosen


def get_backend() -> Backend:
    """Return the backend in force.

    Returns
    -------
    backend : Backend
        Of the innermost ``use``, else of ``PERTURBSCI_BACKEND``, else numba.

    Raises
    ------
    ParameterError
        If the variable holds an unknown name.
    BackendError
        If the backend that the variable names cannot be used here.

    Examples
    --------
    >>> get_backend().device
    'cpu'
    """
    active = _ACTIVE.get()
    if active is not None:
        return active
    name = os.environ.get("PERTURBSCI_BACKEND")
    return _resolve(name, "PERTURBSCI_BACKEND") if name else _resolve("numba", "")


def backend_name() -> str:
    """Return the name of the backend in force, without asking the machine.

    Returns
    -------
    name : str
        As of ``get_backend``; ``"cupy:1"`` stays as it is.
    """
    active = _ACTIVE.get()
    return active.name if active else os.environ.get("PERTURBSCI_BACKEND") or "numba"


def _resolve(
    name: str, argument: str, *, threads: int | None = None, memory: int | None = None
) -> Backend:
    """Return the checked backend; ``argument`` is what the user set, for messages."""
    base, _, index = name.partition(":") if isinstance(name, str) else ("", "", "")
    if base not in NAMES or (
        ":" in str(name) and not (base == "cupy" and index.isdecimal())
    ):
        raise ParameterError(
            f"{argument} is {name!r}; it must be 'numba', 'numpy' or 'cupy' "
            "('cupy:1' for the second device)"
        )
    outer = _ACTIVE.get()
    threads = threads if threads is not None else (outer.threads if outer else _threads())
    memory = memory if memory is not None else (outer.memory if outer else _memory() // 2)
    for label, value in (("threads", threads), ("memory", memory)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ParameterError(
                f"{label} is {value!r}; it must be a whole number from 1 on"
            )
    if base != "cupy":
        return Backend(base, "cpu", threads, memory)
    if cupy_devices() <= int(index or 0):
        blame = f"{argument} asks for it: " if argument == "PERTURBSCI_BACKEND" else ""
        problem = cupy_problem() or f"device {index} is missing, {cupy_devices()} answer"
        raise BackendError(f"{blame}backend {name!r} cannot be used: {problem}")
    return Backend(base, f"cuda:{index or 0}", threads, memory)


def available() -> tuple[str, ...]:
    """Return the backends that can be used now; never raises.

    Returns
    -------
    names : tuple of str
        One ``"cupy:k"`` per device that answers, beside ``"cupy"``.

    Examples
    --------
    >>> "numba" in available()
    True
    """
    count = cupy_devices()
    gpus = ("cupy", *(f"cupy:{k}" for k in range(count))) if count else ()
    return ("numba", "numpy", *gpus)


def info() -> MachineInfo:
    """Return versions, devices, threads and folders; never raises.

    Returns
    -------
    info : MachineInfo
        Frozen, with ``summary()``.

    Examples
    --------
    >>> info().cpus >= 1
    True
    """
    driver = runtime = None
    gpus: tuple[str, ...] = ()
    if cupy_devices():
        cuda = cupy_module().cuda.runtime
        driver, runtime = int(cuda.driverGetVersion()), int(cuda.runtimeGetVersion())
        gpus = tuple(
            cuda.getDeviceProperties(k)["name"].decode() for k in range(cupy_devices())
        )
    compiled, loaded = counts()
    versions = {name: _version(name) for name in ("numpy", "scipy", "numba")}
    return MachineInfo(
        python=platform.python_version(),
        **versions,
        cupy=next(
            filter(None, map(_version, ("cupy-cuda12x", "cupy-cuda13x", "cupy"))), None
        ),
        cuda_driver=driver,
        cuda_runtime=runtime,
        gpus=gpus,
        gpu_problem=cupy_problem() or None,
        blas=_blas(),
        cpus=cpus(),
        threads=_threads(),
        cache_folder=str(cache_folder()),
        cache_problem=cache_problem() or None,
        compiled=compiled,
        loaded=loaded,
    )


def _version(name: str) -> str | None:
    from importlib import metadata  # noqa: PLC0415 (slow to import, for info only)

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _blas() -> str | None:
    config = numpy.show_config(mode="dicts") or {}
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return f"{blas['name']} {blas.get('version', '')}".strip() if "name" in blas else None


def cpus() -> int:
    """Return the cores of the cpuset: a container often has fewer than the machine.

    Returns
    -------
    count : int
        At least 1.
    """
    if sys.platform.startswith("linux"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _threads() -> int:
    wanted = os.environ.get("PERTURBSCI_NUM_THREADS", "")
    return min(int(wanted), cpus()) if wanted.isdecimal() and int(wanted) else cpus()


@functools.cache
def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2**33  # where the system does not say: 8 GiB


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
