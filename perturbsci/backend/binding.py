"""The arguments of one call of a kernel: checked, converted, allocated.

A call whose arrays are as the kernel takes them costs a look-up and its outputs.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from perturbsci.backend.context import get_backend
from perturbsci.backend.devices import allocate, is_cupy
from perturbsci.backend.layout import (
    DTYPES,
    FIXED,
    PRECISION,
    Layout,
    dtype_of,
    layout_of,
)
from perturbsci.backend.signature import Argument, Signature
from perturbsci.backend.transfers import device_of, namespace
from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["Bound", "bind_arguments"]

FALLBACK = ("f8", "numpy")
READY = 0x101  # the flags of NumPy for C order and alignment


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """Arguments that were checked: what ``entry`` takes, and what the caller gets.

    Parameters
    ----------
    layout : Layout
        Sizes and types.
    arguments : tuple
        In signature order; on the host, complex arrays as real views.
    results : mapping of str to array, shape (see signature)
        Every array argument as the caller sees it.
    """

    layout: Layout
    arguments: tuple[object, ...]
    results: Mapping[str, Array]


def bind_arguments(
    kernel: str,
    signature: Signature,
    cost: str,
    inputs: Sequence[Array],
    out: Array | tuple[Array, ...] | None = None,
    *,
    exact: bool = False,
) -> Bound:
    """Check and convert all arguments, allocate what is missing.

    Parameters
    ----------
    kernel : str
        Its name, for messages.
    signature : Signature
        Of the kernel.
    cost : str
        Product of extents.
    inputs : sequence of array or number, shape (see signature)
        As the caller passed them.
    out : array or tuple of array, shape (see signature), or None
        Outputs that are not inputs, without scratch.
    exact : bool
        Copy nothing.

    Returns
    -------
    bound : Bound
        Ready for ``entry``.

    Raises
    ------
    ParameterError
        If a dtype, a layout, a number or ``out`` does not fit.
    ShapeError
        If an extent does not fit.
    BackendError
        If an array is neither NumPy nor CuPy, or two are on different devices.
    """
    if len(inputs) != len(signature.inputs):
        names = ", ".join(argument.name for argument in signature.inputs)
        raise ParameterError(f"{kernel}: got {len(inputs)} arguments, needed {names}")
    values = list(inputs)
    for k in signature.wholes:
        values[k] = _whole(kernel, signature.inputs[k], values[k])
    home = FALLBACK if signature.takes_arrays else _home(out)
    layout = layout_of(kernel, signature, cost, _key(signature, values), home)
    if layout is None:
        values = _converted(kernel, signature, values, exact)
        layout = layout_of(kernel, signature, cost, _key(signature, values), home)
        assert layout is not None  # every array is now as the kernel takes it
    given = {} if out is None else _given_outputs(kernel, signature, out)
    results: dict[str, Array] = {}
    arguments: list[object] = []
    for argument, value in zip(signature.inputs, values, strict=True):
        if argument.extents is None:
            is_real = argument.kind in ("T", "f8")
            value = _real(kernel, argument, value, layout.dtype) if is_real else value
            arguments.append(value)
            continue
        if argument.returned and not getattr(value.flags, "writeable", True):
            raise ParameterError(
                f"{kernel}: {argument.name} is read-only but updated in place; pass a copy"
            )
        results[argument.name] = value
        arguments.append(_real_view(value, layout) if argument.kind == "c" else value)
    for argument, (shape, dtype) in zip(signature.outputs, layout.outputs, strict=True):
        array = given.get(argument.name)
        if array is None:
            array = allocate(layout.device, shape, dtype)
        else:
            _check_output(kernel, argument, array, shape, dtype, layout.device, results)
        results[argument.name] = array
        arguments.append(_real_view(array, layout) if argument.kind == "c" else array)
    return Bound(layout, tuple(arguments), results)


def _home(out: Array | tuple[Array, ...] | None) -> tuple[str, str]:
    """Return precision and device where no input is an array: of out, or in force."""
    first: Any = next(iter(out), None) if isinstance(out, tuple) else out
    if first is None:
        chosen = get_backend()
        return "f8", f"cupy:{chosen.device[5:]}" if chosen.name == "cupy" else "numpy"
    return PRECISION.get(first.dtype.char, "f8"), device_of(first, name="out")


def _key(signature: Signature, values: Sequence[Any]) -> Hashable:
    """Return dtypes, shapes and whole numbers; None where an array must be converted."""
    key: list[Hashable] = []
    for argument, value in zip(signature.inputs, values, strict=True):
        if argument.extents is None:
            key.append(value if argument.kind == "i" else None)
        elif type(value) is numpy.ndarray:
            if value.flags.num & READY != READY:
                return None
            key.append((value.dtype, value.shape, "numpy"))
        elif is_cupy(value) and value.flags.c_contiguous:
            key.append((value.dtype, value.shape, device_of(value)))
        else:
            return None
    return tuple(key)


def _converted(
    kernel: str, signature: Signature, values: Sequence[object], exact: bool
) -> list[Array]:
    """Return every array as the kernel takes it: dtype, C order, one device."""
    pairs: list[tuple[Argument, Any]] = [
        (a, v) for a, v in zip(signature.inputs, values, strict=True) if a.is_array
    ]
    for argument, value in pairs:
        if not isinstance(value, numpy.ndarray) and not is_cupy(value):
            raise BackendError(
                f"{kernel}: {argument.name} is a {type(value).__name__}, needed a NumPy or "
                "CuPy array; use backend.to_device or backend.to_host"
            )
    namespace(
        *(value for _, value in pairs),
        names=tuple(argument.name for argument, _ in pairs),
    )
    dtype = _precision(kernel, pairs)
    return [
        _array(kernel, a, v, dtype_of(a, dtype), exact or a.returned) if a.is_array else v
        for a, v in zip(signature.inputs, values, strict=True)
    ]


def _precision(kernel: str, pairs: Sequence[tuple[Argument, Array]]) -> str:
    """Return the precision that the arrays of kind T share; f8 where there is none."""
    found: dict[str, str] = {}
    for argument, value in pairs:
        if argument.kind in ("T", "c"):
            whole = value.dtype.kind in "iub"
            precision = "f8" if whole else PRECISION.get(value.dtype.char)
            if precision:
                found.setdefault(precision, argument.name)
    if len(found) == 2:
        raise ParameterError(
            f"{kernel}: {found['f4']} is float32 but {found['f8']} is float64 (as whole "
            "numbers become); convert one with astype"
        )
    return next(iter(found), "f8")


def _array(
    kernel: str,
    argument: Argument,
    value: Array,
    wanted: numpy.dtype,
    exact: bool,
) -> Array:
    """Return the array in its dtype and C order; a copy only where that is allowed."""
    if isinstance(value, numpy.ma.MaskedArray):
        raise ParameterError(
            f"{kernel}: {argument.name} is a masked array, needed plain numbers; pass "
            f"{argument.name}.filled(number)"
        )
    ready = value.flags.c_contiguous and getattr(value.flags, "aligned", True)
    if value.dtype == wanted and ready:
        return numpy.asarray(value) if isinstance(value, numpy.ndarray) else value
    kind = value.dtype.kind
    from_whole = kind in "iub" and numpy.can_cast(value.dtype, wanted)
    same = value.dtype.newbyteorder("=") == wanted
    to_complex = wanted.kind == "c" and value.dtype.char == wanted.char.lower()
    if exact or not (from_whole or same or to_complex):
        advice = {
            "c": f"write {argument.name} with :c in the signature",
            "f": f"write {argument.name}.astype({wanted.name!r})",
        }.get(kind, "convert it first")
        order = "" if ready else ", not C-contiguous"
        raise ParameterError(
            f"{kernel}: {argument.name} has dtype {value.dtype}{order}, needed {wanted} in "
            f"C order; {advice}"
        )
    return namespace(value).asarray(value, dtype=wanted, order="C", copy=not ready or None)


def _whole(kernel: str, argument: Argument, value: object) -> object:
    """Return a whole number in its machine type; Python's own for i, the fastest."""
    if type(value) is int and argument.kind == "i" and -(2**63) <= value < 2**63:
        return value
    wanted = FIXED[argument.kind]
    try:
        number = wanted.type(value)
        legal = not isinstance(value, (str, bytes)) and bool(number == value)
    except (TypeError, ValueError, OverflowError):
        legal = False
    if not legal:
        raise ParameterError(
            f"{kernel}: {argument.name} is {value!r:.60}, needed one {wanted} without a "
            "fraction; convert it with int(...)"
        )
    return int(number) if argument.kind == "i" else number


def _real(kernel: str, argument: Argument, value: Any, dtype: str) -> object:
    """Return a real number in its machine type."""
    wanted = dtype_of(argument, dtype)
    if type(value) is float and wanted.itemsize == 8:
        return numpy.float64(value)
    try:
        if (
            isinstance(value, (str, bytes))
            or numpy.ndim(value)
            or numpy.iscomplexobj(value)
        ):
            raise TypeError
        with numpy.errstate(over="ignore"):
            return wanted.type(float(value))
    except (TypeError, ValueError, OverflowError):
        raise ParameterError(
            f"{kernel}: {argument.name} is {value!r:.60}, needed one real number; pass a "
            f"Python or NumPy scalar of type {wanted}"
        ) from None


def _given_outputs(
    kernel: str, signature: Signature, out: Array | tuple[Array, ...]
) -> Mapping[str, Array]:
    names = [a.name for a in signature.outputs if not a.is_scratch]
    arrays = out if isinstance(out, tuple) else (out,)
    if len(arrays) != len(names):
        raise ParameterError(
            f"{kernel}: out holds {len(arrays)} arrays, needed {', '.join(names) or 'none'}"
        )
    return dict(zip(names, arrays, strict=True))


def _check_output(
    kernel: str,
    argument: Argument,
    given: Array,
    shape: tuple[int, ...],
    dtype: numpy.dtype,
    device: str,
    others: Mapping[str, Array],
) -> None:
    """Refuse an output that the kernel cannot write to as it stands."""
    label = f"{kernel}: out for {argument.name}"
    if not (type(given) is numpy.ndarray or is_cupy(given)) or device_of(given) != device:
        where = device_of(given, name=label)
        raise BackendError(
            f"{label} is a {type(given).__name__} on {where}, needed one on {device}; use "
            "backend.to_device or backend.to_host"
        )
    if given.shape != shape:
        raise ShapeError(f"{label} has shape {given.shape}, needed {shape}; allocate it so")
    writeable = getattr(given.flags, "writeable", True)
    aligned = getattr(given.flags, "aligned", True)
    if given.dtype != dtype or not (given.flags.c_contiguous and writeable and aligned):
        raise ParameterError(
            f"{label} has dtype {given.dtype} and flags C {given.flags.c_contiguous}, "
            f"writeable {writeable}, aligned {aligned}; needed {dtype}, C-contiguous, "
            "writeable and aligned"
        )
    for name, other in others.items():
        if namespace(given).may_share_memory(given, other):
            raise ParameterError(f"{label} overlaps {name}; pass other memory")


def _real_view(array: Array, layout: Layout) -> Array:
    """Return a complex array as a real one with a last axis of 2; the host needs it."""
    if layout.device != "numpy":
        return array
    return array.view(DTYPES[layout.dtype]).reshape(*array.shape, 2)
