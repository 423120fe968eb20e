"""Arrays in: the one input normalizer, and blocks that fit into memory."""

from collections.abc import Iterator
from typing import Any

import numpy

from perturbsci.backend.context import get_backend
from perturbsci.backend.devices import cupy_module, is_cupy
from perturbsci.backend.transfers import (
    device_of,
    namespace,
    namespace_of,
    place,
    scalar,
    synchronize,
    to_device,
    to_host,
)
from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.types import Array

__all__ = [
    "as_array",
    "blocks",
    "device_of",
    "namespace",
    "synchronize",
    "to_device",
    "to_host",
    "scalar",
]

KEPT = ("float64", "complex128", "float32", "complex64")
KEPT_CODES = "dDfF"  # their characters: a name is made anew at each look
CASTS = {"float16": "float32", "longdouble": "float64", "clongdouble": "complex128"}


def blocks(n: int, item_bytes: int, *, memory: int | None = None) -> Iterator[slice]:
    """Yield slices of range(n) whose work arrays fit into memory.

    Parameters
    ----------
    n : int
        Number of items.
    item_bytes : int
        Bytes of work arrays an item.
    memory : int, optional
        Bytes for a block; default that of the backend in force, and at most 256 MiB on a
        host, a quarter of the free memory on a device.

    Yields
    ------
    block : slice
        In order, at least one item each, alike in length but for the last.

    Examples
    --------
    >>> list(blocks(5, 8, memory=16))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    chosen = get_backend()
    most = 2**28
    if chosen.name == "cupy":
        most = cupy_module().cuda.runtime.memGetInfo()[0] // 4
    limit = min(chosen.memory if memory is None else memory, most)
    length = max(limit // max(item_bytes, 1), 1)
    for start in range(0, n, length):
        yield slice(start, min(start + length, n))


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
        return namespace_of(array).asarray(array, copy=True)
    return array


def _numbers(value: Any, name: str) -> Array:
    """Return ``value`` as a C-ordered array of one of the kept dtypes."""
    if type(value) is numpy.ndarray or is_cupy(value):
        array = value
    elif isinstance(value, numpy.ma.MaskedArray):
        array = _unmasked(value, name)
    elif hasattr(value, "__dlpack__") and not isinstance(
        value, (numpy.ndarray, numpy.generic, type)
    ):
        array = _from_dlpack(value, name)
    else:
        array = place(_from_sequence(value, name), get_backend())
    dtype = array.dtype
    if dtype.char in KEPT_CODES:
        if dtype.isnative and array.flags.c_contiguous:
            return array
        target = dtype.newbyteorder("=")
    elif dtype.kind in "iu":
        target = numpy.dtype("float64")
    else:
        raise ParameterError(_dtype_message(name, value, dtype))
    return namespace_of(array).asarray(array, dtype=target, order="C")


def _unmasked(value: "numpy.ma.MaskedArray", name: str) -> numpy.ndarray:
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
    if value is None or isinstance(value, (str, bytes, dict, set)) or callable(value):
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
    xp = namespace_of(array)
    good = xp.isfinite(array)
    if bool(scalar(good.all())):
        return
    bad = to_host(~good)
    first = tuple(int(k) for k in numpy.argwhere(bad)[0])
    raise ParameterError(
        f"`{name}` has {int(bad.sum())} values that are not finite, first at index "
        f"{first}; drop those rows or fill them"
    )
