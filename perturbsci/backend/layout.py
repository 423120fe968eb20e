"""What follows from the dtypes and shapes of a call: precision, extents, outputs, work.

Found once for each combination and kept.
"""

import functools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy

from perturbsci.backend.signature import Argument, Signature
from perturbsci.errors import ShapeError

__all__ = ["DTYPES", "FIXED", "PRECISION", "Layout", "dtype_of", "layout_of"]

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
PRECISION = {"f": "f4", "F": "f4", "d": "f8", "D": "f8"}


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What follows from the dtypes and shapes of a call.

    Parameters
    ----------
    dtype : str
        ``"f4"`` or ``"f8"``: what T is.
    device : str
        ``"numpy"`` or ``"cupy:0"``.
    outputs : tuple of (shape, dtype)
        Of the outputs that are not inputs, scratch included.
    size : int
        Number of indices.
    work : int
        Times the cost of one.
    """

    dtype: str
    device: str
    outputs: tuple[tuple[tuple[int, ...], numpy.dtype], ...]
    size: int
    work: int


def dtype_of(argument: Argument, dtype: str) -> numpy.dtype:
    """Return the dtype of an argument as a user sees it.

    Parameters
    ----------
    argument : Argument
        Of a kernel.
    dtype : str
        ``"f4"`` or ``"f8"``: what T is.

    Returns
    -------
    dtype : numpy.dtype
        Complex for the kind ``:c``.
    """
    if argument.kind == "c":
        return COMPLEX[dtype]
    return FIXED.get(argument.kind, DTYPES[dtype])


@functools.lru_cache(maxsize=4096)
def layout_of(
    kernel: str, signature: Signature, cost: str, key: Hashable, home: tuple[str, str]
) -> Layout | None:
    """Return the layout of a call.

    Parameters
    ----------
    kernel : str
        Its name, for messages.
    signature : Signature
        Of the kernel.
    cost : str
        Product of extents.
    key : tuple, or None
        An input each: dtype, shape and device of an array, a whole number, None for a
        real one. None alone: an array must be converted.
    home : tuple of str
        Precision and device where no input is an array.

    Returns
    -------
    layout : Layout or None
        None if an array must be converted first.

    Raises
    ------
    ShapeError
        If an extent does not fit.
    """
    if not isinstance(key, tuple):
        return None
    pairs = [
        (argument, found)
        for argument, found in zip(signature.inputs, key, strict=True)
        if argument.extents is not None
    ]
    kinds = {
        PRECISION.get(dtype.char, "other") for a, (dtype, _, _) in pairs if a.kind in "Tc"
    }
    devices = {device for _, (_, _, device) in pairs}
    dtype = next(iter(kinds), home[0])
    if kinds - set(DTYPES) or len(kinds) > 1 or len(devices) > 1:
        return None
    if any(found[0] != dtype_of(a, dtype) for a, found in pairs):
        return None
    extents = _extents(kernel, signature, key)
    outputs = tuple(
        (
            tuple(extent.value(extents) for extent in a.extents or ()),
            dtype_of(a, dtype),
        )
        for a in signature.outputs
    )
    for argument, (shape, _) in zip(signature.outputs, outputs, strict=True):
        if min(shape, default=0) < 0:
            raise ShapeError(
                f"{kernel}: {argument.name} would have shape {shape}; pass larger inputs"
            )
    size = 1
    for extent in signature.over:
        size *= max(extent.value(extents), 0)
    work = size
    for word in cost.replace("*", " ").split():
        work *= int(word) if word.isdigit() else max(extents[word], 1)
    return Layout(dtype, next(iter(devices), home[1]), outputs, size, work)


def _extents(kernel: str, signature: Signature, key: Sequence[object]) -> dict[str, int]:
    """Return what the names of extents stand for; a whole number binds its own name."""
    bound: dict[str, int] = {}
    source: dict[str, str] = {}
    for argument, found in zip(signature.inputs, key, strict=True):
        if argument.extents is None and argument.kind == "i":
            bound[argument.name], source[argument.name] = found, argument.name  # type: ignore[assignment]
    for argument, found in zip(signature.inputs, key, strict=True):
        if argument.extents is None:
            continue
        shape = found[1]  # type: ignore[index]
        if len(shape) != len(argument.extents):
            axes = len(argument.extents)
            raise ShapeError(
                f"{kernel}: {argument.name} has shape {shape}, needed {axes} "
                f"{'axis' if axes == 1 else 'axes'}: {signature.text}"
            )
        for extent, length in zip(argument.extents, shape, strict=True):
            known = bound.setdefault(extent.name, length - extent.offset)
            source.setdefault(extent.name, argument.name)
            if (known if extent.name else 0) + extent.offset != length:
                fixed = f" where {source[extent.name]} fixed {extent.name} = {known}"
                raise ShapeError(
                    f"{kernel}: {argument.name} has shape {shape}, needed {extent} = "
                    f"{extent.value(bound)}{fixed if extent.name else ''}; pass arrays "
                    f"that fit {signature.text}"
                )
    return bound
