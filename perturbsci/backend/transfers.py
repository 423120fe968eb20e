"""Where arrays live: their namespace, their device, and the ways between devices."""

import contextlib
from types import ModuleType

import numpy

from perturbsci.backend.context import Backend, get_backend, use
from perturbsci.backend.devices import cupy_module, is_cupy, on_device
from perturbsci.errors import BackendError
from perturbsci.types import Array

__all__ = [
    "device_of",
    "namespace",
    "namespace_of",
    "place",
    "scalar",
    "synchronize",
    "to_device",
    "to_host",
]


def namespace(*arrays: Array, names: tuple[str, ...] = ()) -> ModuleType:
    """Return the array-API namespace that the arrays share.

    Parameters
    ----------
    *arrays : array, shape (...)
        Python scalars and None are free; without any array the backend in force decides.
    names : tuple of str, optional
        What the caller's user calls the arrays, for the message.

    Returns
    -------
    xp : module
        ``numpy``, ``array_api_compat.cupy``, or what the array itself names.

    Raises
    ------
    BackendError
        If two arrays live on different devices, or one belongs to no library.

    Examples
    --------
    >>> namespace(numpy.zeros(3), 2.0).__name__
    'numpy'
    """
    if arrays and all(type(array) is numpy.ndarray for array in arrays):
        return numpy
    names = names or tuple(f"argument {k}" for k in range(1, len(arrays) + 1))
    first: tuple[str, str, Array] | None = None
    for name, array in zip(names, arrays, strict=True):
        if array is None or isinstance(array, (bool, int, float, complex, numpy.generic)):
            continue
        device = device_of(array, name=name)
        if first is None:
            first = (name, device, array)
        elif device != first[1]:
            names_there = (name, first[0]) if device != "numpy" else (first[0], name)
            target = device if device != "numpy" else first[1]
            raise BackendError(
                f"{first[0]} lives on {first[1]} but {name} on {device}; move one of them "
                f'with backend.to_device({names_there[1]}, "{target}") or '
                f"backend.to_host({names_there[0]})"
            )
    if first is None:
        return get_backend().xp
    return namespace_of(first[2])


def namespace_of(array: Array) -> ModuleType:
    """Return the array-API namespace of one array.

    Parameters
    ----------
    array : array, shape (...)
        Of any library that names one.

    Returns
    -------
    xp : module
        ``numpy``, or through array-api-compat.
    """
    if isinstance(array, numpy.ndarray):
        return numpy
    import array_api_compat  # noqa: PLC0415 (not needed for NumPy arrays)

    return array_api_compat.array_namespace(array)


def device_of(array: Array, *, name: str = "array") -> str:
    """Return the library and, off the host, the device of an array.

    Parameters
    ----------
    array : array, shape (...)
        Of NumPy, CuPy, or any library that names its array-API namespace.
    name : str
        What to call it in the message.

    Returns
    -------
    device : str
        ``"numpy"``, ``"cupy:0"``, or ``"library:device"``.

    Raises
    ------
    BackendError
        If it is no array.
    """
    if isinstance(array, numpy.ndarray):
        return "numpy"
    if is_cupy(array):
        return f"cupy:{array.device.id}"
    if hasattr(array, "__array_namespace__") and not isinstance(array, type):
        library = array.__array_namespace__().__name__.split(".")[0]
        return f"{library}:{getattr(array, 'device', 'cpu')}"
    raise BackendError(
        f"{name} is a {type(array).__name__}, not an array; pass a NumPy or CuPy array, "
        f"or backend.to_device({name})"
    )


def to_host(array: Array) -> numpy.ndarray:
    """Return a NumPy array; only an array on a device is copied.

    Parameters
    ----------
    array : array, shape (...)
        Also anything with ``__dlpack__``, ``__array_interface__`` or a buffer.

    Returns
    -------
    host : numpy.ndarray, shape (...)
        Shares memory with a host array.

    Raises
    ------
    BackendError
        If it cannot be read as an array.

    Examples
    --------
    >>> x = numpy.zeros(3)
    >>> to_host(x) is x
    True
    """
    if isinstance(array, numpy.ndarray):
        return array
    if is_cupy(array):
        return array.get()
    try:
        if hasattr(array, "__dlpack__") and not hasattr(array, "__array__"):
            return numpy.from_dlpack(array)
        host = numpy.asarray(array)
        if host.dtype.kind not in "biufc":
            raise TypeError(f"it holds {host.dtype}, not numbers")
        return host
    except (TypeError, ValueError, BufferError, RuntimeError) as error:
        raise BackendError(
            f"array is a {type(array).__name__} that cannot be brought to the host "
            f"({error}); convert it to a NumPy array first"
        ) from error


def scalar(value: Array) -> Array:
    """Return what ``bool``, ``int`` and ``float`` may be asked of.

    Parameters
    ----------
    value : array, shape ()
        Of any library.

    Returns
    -------
    value : array, shape ()
        The same; one of a device, for which this waits, on the host.
    """
    return value.get() if is_cupy(value) else value


def to_device(array: Array, backend: str | None = None) -> Array:
    """Return the array on the named backend; no copy if it is already there.

    Parameters
    ----------
    array : array, shape (...)
        Any array or nested list of numbers.
    backend : str, optional
        As for ``use``; default the backend in force.

    Returns
    -------
    array : array, shape (...)
        Of the same dtype.

    Raises
    ------
    BackendError
        If the backend cannot be used.

    Examples
    --------
    >>> to_device([1.0, 2.0], "numpy")
    array([1., 2.])
    """
    if backend is None:
        return place(array, get_backend())
    with use(backend) as chosen:
        return place(array, chosen)


def place(array: Array, backend: Backend) -> Array:
    """Return the array on a backend; no copy if it is there.

    Parameters
    ----------
    array : array, shape (...)
        Any array or nested list of numbers.
    backend : Backend
        Resolved.

    Returns
    -------
    array : array, shape (...)
        Of the same dtype.
    """
    if backend.name != "cupy":
        return to_host(array)
    if is_cupy(array) and f"cuda:{array.device.id}" == backend.device:
        return array
    cupy = cupy_module()
    with on_device(backend.device):
        return cupy.array(array) if is_cupy(array) else cupy.asarray(to_host(array))


def synchronize(backend: str | None = None) -> None:
    """Wait for the current stream of a device; nothing to wait for on a host.

    Parameters
    ----------
    backend : str, optional
        As for ``use``; default the backend in force.

    Raises
    ------
    BackendError
        If the backend cannot be used.

    Examples
    --------
    >>> synchronize("numba")
    """
    with contextlib.ExitStack() as stack:
        chosen = stack.enter_context(use(backend)) if backend is not None else get_backend()
        if chosen.name == "cupy":
            with on_device(chosen.device):
                cupy_module().cuda.get_current_stream().synchronize()
