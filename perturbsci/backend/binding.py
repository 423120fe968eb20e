"""The arguments of one call of a kernel: checked, converted, allocated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from perturbsci.backend.signature import Argument, Signature
from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["DTYPES", "Bound", "bind_arguments"]

DTYPES: Mapping[str, numpy.dtype] = {
    "f4": numpy.dtype("float32"),
    "f8": numpy.dtype("float64"),
}
COMPLEX: Mapping[str, numpy.dtype] = {
    "f4": numpy.dtype("complex64"),
    "f8": numpy.dtype("complex128"),
}
FIXED: Mapping[str, numpy.dtype] = {
    "i": numpy.dtype("int64"),
    "u4": numpy.dtype("uint32"),
    "u8": numpy.dtype("uint64"),
    "f8": numpy.dtype("float64"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """Arguments that were checked: what ``entry`` takes, and what the caller gets.

    Parameters
    ----------
    dtype : str
        ``"f4"`` or ``"f8"``: what T is.
    arguments : tuple
        In signature order; complex arrays as real views.
    results : mapping of str to array, shape (see signature)
        Every array argument as the caller sees it.
    size : int
        Number of indices.
    work : int
        Times the cost of one.
    """

    dtype: str
    arguments: tuple[object, ...]
    results: Mapping[str, Array]
    size: int
    work: int


def bind_arguments(
    kernel: str,
    signature: Signature,
    cost: str,
    inputs: Sequence[Array],
    out: Array | tuple[Array, ...] | None,
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
        If an array is no NumPy array.
    """
    expected = signature.inputs
    if len(inputs) != len(expected):
        names = ", ".join(argument.name for argument in expected)
        raise ParameterError(f"{kernel}: got {len(inputs)} arguments, needed {names}")
    dtype = _precision(kernel, signature, inputs)
    bound: dict[str, tuple[int, str]] = {}
    values: dict[str, object] = {}
    results: dict[str, Array] = {}
    for argument, value in zip(expected, inputs, strict=True):
        if not argument.is_array:
            values[argument.name] = _scalar(kernel, argument, value, dtype, bound)
            continue
        array = _array(
            kernel, signature, argument, value, dtype, exact or argument.returned
        )
        _bind_extents(kernel, argument, array.shape, bound)
        values[argument.name], results[argument.name] = _real_view(argument, array), array
    extents = {name: value for name, (value, _) in bound.items()}
    _check_extents(kernel, signature, results, extents)
    given = _given_outputs(kernel, signature, out)
    for argument in signature.pure_outputs:
        shape = tuple(extent.value(extents) for extent in argument.extents or ())
        array = _output(kernel, argument, shape, dtype, given.get(argument.name), results)
        values[argument.name], results[argument.name] = _real_view(argument, array), array
    size = 1
    for extent in signature.over:
        size *= max(extent.value(extents), 0)
    work = size * _cost(cost, extents)
    ordered = tuple(values[argument.name] for argument in signature.arguments)
    return Bound(dtype, ordered, results, size, work)


def _precision(kernel: str, signature: Signature, inputs: Sequence[Array]) -> str:
    """Return the precision that the arrays of kind T share; f8 where there is none."""
    found: dict[str, str] = {}
    for argument, value in zip(signature.inputs, inputs, strict=True):
        if argument.is_array and argument.kind in ("T", "c"):
            kind = getattr(value, "dtype", None)
            if kind in (numpy.float32, numpy.complex64):
                found.setdefault("f4", argument.name)
            elif kind in (numpy.float64, numpy.complex128):
                found.setdefault("f8", argument.name)
    if len(found) == 2:
        raise ParameterError(
            f"{kernel}: {found['f4']} is float32 but {found['f8']} is float64; convert one "
            "with astype"
        )
    return next(iter(found), "f8")


def _array(
    kernel: str,
    signature: Signature,
    argument: Argument,
    value: object,
    dtype: str,
    exact: bool,
) -> numpy.ndarray:
    """Return the array as the kernel takes it; a copy only where that is allowed."""
    if not isinstance(value, numpy.ndarray):
        raise BackendError(
            f"{kernel}: {argument.name} is a {type(value).__name__}, not a NumPy or CuPy "
            "array; use backend.to_host or backend.to_device"
        )
    rank = len(argument.extents or ())
    if value.ndim != rank:
        raise ShapeError(
            f"{kernel}: {argument.name} has shape {value.shape}, needed {rank} axes: "
            f"{signature.text}"
        )
    wanted = _dtype_of(argument, dtype)
    if value.dtype == wanted and value.flags.c_contiguous and value.dtype.isnative:
        if argument.returned and not value.flags.writeable:
            raise ParameterError(f"{kernel}: {argument.name} is read-only; pass a copy")
        return value
    kind = value.dtype.kind
    legal = kind in "iub" if wanted.kind in "iuf" else False
    same = value.dtype.newbyteorder("=") == wanted
    to_complex = wanted.kind == "c" and kind in "iuf" and value.dtype.itemsize > 2
    if exact or not (legal or same or to_complex):
        advice = (
            f"write {argument.name} with :c in the signature"
            if kind == "c"
            else "convert it first"
        )
        order = "" if value.flags.c_contiguous else ", not C-contiguous"
        raise ParameterError(
            f"{kernel}: {argument.name} has dtype {value.dtype}{order}, needed {wanted} in "
            f"C order; {advice}"
        )
    return numpy.asarray(value, dtype=wanted, order="C")


def _dtype_of(argument: Argument, dtype: str) -> numpy.dtype:
    if argument.kind == "c":
        return COMPLEX[dtype]
    return FIXED.get(argument.kind, DTYPES[dtype])


def _scalar(
    kernel: str,
    argument: Argument,
    value: object,
    dtype: str,
    bound: dict[str, tuple[int, str]],
) -> object:
    """Return a scalar in its machine type; an integer binds the extent of its name."""
    wanted = _dtype_of(argument, dtype)
    try:
        number = wanted.type(value)
        legal = not isinstance(value, (str, complex, numpy.complexfloating))
        legal = legal and (wanted.kind == "f" or number == value)
    except (TypeError, ValueError, OverflowError):
        legal = False
    if not legal:
        raise ParameterError(
            f"{kernel}: {argument.name} is {value!r:.60}, needed one {wanted}"
        )
    if argument.kind == "i":
        bound[argument.name] = (int(number), argument.name)
    return number


def _bind_extents(
    kernel: str,
    argument: Argument,
    shape: tuple[int, ...],
    bound: dict[str, tuple[int, str]],
) -> None:
    for extent, found in zip(argument.extents or (), shape, strict=True):
        value = found - extent.offset
        if (
            extent.name
            and bound.setdefault(extent.name, (value, argument.name))[0] != value
        ):
            known, source = bound[extent.name]
            raise ShapeError(
                f"{kernel}: {argument.name} has shape {shape}, needed {extent} = "
                f"{known + extent.offset} where {source} fixed {extent.name} = {known}"
            )


def _check_extents(
    kernel: str,
    signature: Signature,
    arrays: Mapping[str, Array],
    extents: Mapping[str, int],
) -> None:
    """Check every extent again: a scalar may have bound a name after its array came."""
    for argument in signature.inputs:
        shape = arrays[argument.name].shape if argument.is_array else ()
        for axis, extent in enumerate(argument.extents or ()):
            if extent.value(extents) != shape[axis]:
                raise ShapeError(
                    f"{kernel}: {argument.name} has shape {shape}, needed "
                    f"{extent.value(extents)} on axis {axis} for the extent {extent}"
                )
    for argument in signature.pure_outputs:
        for extent in argument.extents or ():
            if extent.value(extents) < 0:
                raise ShapeError(
                    f"{kernel}: extent {extent} of {argument.name} is "
                    f"{extent.value(extents)}; pass larger inputs"
                )


def _given_outputs(
    kernel: str, signature: Signature, out: Array | tuple[Array, ...] | None
) -> Mapping[str, Array]:
    names = [a.name for a in signature.pure_outputs if not a.is_scratch]
    if out is None:
        return {}
    arrays = out if isinstance(out, tuple) else (out,)
    if len(arrays) != len(names):
        raise ParameterError(
            f"{kernel}: out holds {len(arrays)} arrays, needed {', '.join(names) or 'none'}"
        )
    return dict(zip(names, arrays, strict=True))


def _output(
    kernel: str,
    argument: Argument,
    shape: tuple[int, ...],
    dtype: str,
    given: Array | None,
    inputs: Mapping[str, Array],
) -> numpy.ndarray:
    wanted = _dtype_of(argument, dtype)
    if given is None:
        return numpy.empty(shape, wanted)
    if not isinstance(given, numpy.ndarray):
        raise BackendError(f"{kernel}: out for {argument.name} is a {type(given).__name__}")
    if given.shape != shape:
        raise ShapeError(
            f"{kernel}: out for {argument.name} has shape {given.shape}, needed {shape}"
        )
    if given.dtype != wanted or not given.flags.c_contiguous or not given.flags.writeable:
        raise ParameterError(
            f"{kernel}: out for {argument.name} has dtype {given.dtype} and flags "
            f"C {given.flags.c_contiguous}, writeable {given.flags.writeable}; needed "
            f"{wanted}, C-contiguous and writeable"
        )
    for name, other in inputs.items():
        if numpy.may_share_memory(given, other):
            raise ParameterError(
                f"{kernel}: out for {argument.name} overlaps {name}; pass other memory"
            )
    return given


def _real_view(argument: Argument, array: numpy.ndarray) -> numpy.ndarray:
    """Return a complex array as a real one with a last axis of 2."""
    if argument.kind != "c":
        return array
    real = numpy.float32 if array.dtype == numpy.complex64 else numpy.float64
    return array.view(real).reshape(*array.shape, 2)


def _cost(cost: str, extents: Mapping[str, int]) -> int:
    total = 1
    for word in cost.replace("*", " ").split():
        total *= int(word) if word.isdigit() else max(extents.get(word, 1), 1)
    return total
