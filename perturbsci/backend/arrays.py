"""Arrays in: their namespace, their device, and the one input normalizer."""

from types import ModuleType
from typing import TypeGuard

import numpy

from perturbsci.backend.context import Backend, get_backend, use
from perturbsci.backend.devices import cupy_module
from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["namespace", "device_of", "to_host", "to_device", "as_array"]

KEPT = ("float64", "complex128", "float32", "complex64")
CASTS = {"float16": "float32", "longdouble": "float64", "clongdouble": "complex128"}


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
    return _namespace_of(first[2])


def _namespace_of(array: Array) -> ModuleType:
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
    if _is_cupy(array):
        return f"cupy:{array.device.id}"
    if hasattr(array, "__array_namespace__"):
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
    if _is_cupy(array):
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
        return _place(array, get_backend())
    with use(backend) as chosen:
        return _place(array, chosen)


def _place(array: Array, backend: Backend) -> Array:
    if backend.name != "cupy":
        return to_host(array)
    if _is_cupy(array) and f"cuda:{array.device.id}" == backend.device:
        return array
    cupy = cupy_module()
    with cupy.cuda.Device(int(backend.device[5:])):
        return cupy.array(array) if _is_cupy(array) else cupy.asarray(to_host(array))


def as_array(
    value: object,
    *,
    name: str,
    ndim: int | None = None,
    columns: int | None = None,
    real: bool = False,
    finite: bool = True,
    copy: bool = False,
    empty: bool = False,
) -> Array:
    """Return a clean array of what a user passed, or say what is wrong with it.

    Every array argument of the package comes through here once.

    Parameters
    ----------
    value : array_like, shape (...)
        Any order, stride, byte order or read-only flag; lists become arrays of the
        backend in force.
    name : str
        The argument, for messages.
    ndim : int, optional
        The number of axes that is needed.
    columns : int, optional
        The extent of the last axis that is needed.
    real, finite : bool
        Refuse complex numbers; refuse NaN and infinity.
    copy : bool
        Never share memory with ``value``.
    empty : bool
        Accept extents of zero.

    Returns
    -------
    array : array, shape (...)
        float64, complex128, float32 or complex64; native byte order, C order; ``value``
        itself where it is so already.

    Raises
    ------
    ShapeError
        Wrong number of axes or columns, ragged lists, nothing in it.
    ParameterError
        Wrong type, masked or non-finite entries, complex where real is needed.
    """
    array = _numbers(value, name)
    if ndim is not None and array.ndim != ndim:
        raise ShapeError(_axes_message(name, array.shape, ndim))
    if columns is not None and array.shape[-1:] != (columns,):
        raise ShapeError(
            f"{name} has shape {array.shape}, needed {columns} columns on its last axis; "
            f"pass the {columns} numbers of one sample in each row"
        )
    if not empty and 0 in array.shape:
        raise ShapeError(
            f"{name} has shape {array.shape}, which holds no number; pass at least one "
            "row and one column"
        )
    if real and array.dtype.kind == "c":
        raise ParameterError(
            f"{name} has dtype {array.dtype}, needed real numbers; pass {name}.real if the "
            "imaginary part is zero"
        )
    if finite:
        _check_finite(array, name)
    if copy:
        return _namespace_of(array).asarray(array, copy=True)
    return array


def _numbers(value: object, name: str) -> Array:
    """Return ``value`` as a C-ordered array of one of the kept dtypes."""
    if type(value) is numpy.ndarray or _is_cupy(value):
        array = value
    elif isinstance(value, numpy.ma.MaskedArray):
        array = _unmasked(value, name)
    elif hasattr(value, "__dlpack__") and not isinstance(
        value, (numpy.ndarray, numpy.generic)
    ):
        array = _from_dlpack(value, name)
    else:
        array = _place(_from_sequence(value, name), get_backend())
    dtype = array.dtype
    if dtype.name in KEPT:
        if dtype.isnative and array.flags.c_contiguous:
            return array
        target = dtype.newbyteorder("=")
    elif dtype.kind in "iu":
        target = numpy.dtype("float64")
    else:
        raise ParameterError(_dtype_message(name, value, dtype))
    return _namespace_of(array).asarray(array, dtype=target, order="C")


def _unmasked(value: numpy.ma.MaskedArray, name: str) -> numpy.ndarray:
    masked = int(numpy.ma.count_masked(value))
    if masked:
        raise ParameterError(
            f"{name} is a masked array with {masked} masked entries, needed plain numbers; "
            f"drop those rows or pass {name}.filled(number)"
        )
    return numpy.asarray(value.data)


def _from_dlpack(value: Array, name: str) -> Array:
    try:
        on_host = value.__dlpack_device__()[0] == 1  # kDLCPU
        return (numpy if on_host else cupy_module()).from_dlpack(value)
    except (AttributeError, BufferError, RuntimeError, TypeError, ValueError) as error:
        raise BackendError(
            f"{name} is a {type(value).__name__} that gives no array by DLPack ({error}); "
            "pass a NumPy or CuPy array"
        ) from error


def _from_sequence(value: object, name: str) -> numpy.ndarray:
    if value is None or isinstance(value, (str, bytes, dict, set)):
        raise ParameterError(_dtype_message(name, value, numpy.dtype(object)))
    try:
        return numpy.asarray(value)
    except ValueError:
        raise ShapeError(
            f"{name} is a {type(value).__name__} whose rows have different lengths; make "
            "all rows equally long, or pass a list of arrays where trajectories are meant"
        ) from None
    except (TypeError, OverflowError) as error:
        raise ParameterError(
            f"{name} is a {type(value).__name__} that holds more than numbers ({error}); "
            "pass an array of numbers"
        ) from None


def _dtype_message(name: str, value: object, dtype: numpy.dtype) -> str:
    if value is None or isinstance(value, (str, bytes, dict, set)):
        return (
            f"{name} is {value!r:.60}, needed numbers; pass an array or a list of numbers"
        )
    label = {"g": "longdouble", "G": "clongdouble", "e": "float16"}.get(
        dtype.char, dtype.name
    )
    if label in CASTS:
        advice = f"write {name}.astype(numpy.{CASTS[label]})"
    elif dtype.kind == "b":
        advice = f"write {name}.astype(float) if truth values are meant as 0 and 1"
    else:
        advice = f"write numpy.array({name}, dtype=float) if every entry is a number"
    return f"{name} has dtype {label}, needed {', '.join(KEPT)}; {advice}"


def _axes_message(name: str, shape: tuple[int, ...], ndim: int) -> str:
    if len(shape) == 1 and ndim == 2:
        advice = f"for one column pass {name}[:, None], for one row {name}[None, :]"
    elif len(shape) > ndim:
        advice = f"reshape it, or pass {name}[0] if the first axis has one entry"
    else:
        advice = "add the missing axes with None in an index"
    axes = "axis" if ndim == 1 else "axes"
    return f"{name} has shape {shape}, needed {ndim} {axes}; {advice}"


def _check_finite(array: Array, name: str) -> None:
    xp = _namespace_of(array)
    good = xp.isfinite(array)
    if good.all():
        return
    bad = to_host(~good)
    first = tuple(int(k) for k in numpy.argwhere(bad)[0])
    raise ParameterError(
        f"`{name}` has {int(bad.sum())} values that are not finite, first at index "
        f"{first}; drop those rows or fill them"
    )


def _is_cupy(value: object) -> TypeGuard[Array]:
    return type(value).__module__.partition(".")[0] == "cupy"
