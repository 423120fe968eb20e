"""Linear recurrences, x_k = a_k x_{k-1} + b_k, in one pass or in chunks of time.

References: Blelloch (1990), prefix sums.
"""

import math
from collections.abc import Mapping
from types import ModuleType

import numpy

from perturbsci.arguments import flag
from perturbsci.backend.arrays import as_array, namespace
from perturbsci.backend.context import get_backend
from perturbsci.backend.recurrences import KERNELS
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["linear"]

CHUNK = 256
LONG, WIDE = 1024, 1024  # "auto" cuts sequences from LONG on of less than WIDE states
LANES = 64  # pairs of batch and channel that keep one thread busy


def linear(
    multiplier: Array,
    source: Array,
    *,
    initial: Array | None = None,
    reverse: bool = False,
    chunk: int | str | None = "auto",
    out: Array | None = None,
) -> Array:
    """Return the states of x_k = a_k x_{k-1} + b_k, x_{-1} the initial state.

    Level bitwise for equal ``chunk``; results of different chunks differ by rounding.
    The error is at most 4 length u max abs x while abs a <= 1, u the unit roundoff.

    Parameters
    ----------
    multiplier : real or complex array, shape (channel,) or like ``source``
        a; any shape that broadcasts to that of ``source``.
    source : real or complex array, shape (..., length, channel)
        b. Real and complex arrays mix, float32 and float64 do not.
    initial : array, shape (..., channel), optional
        Default 0; broadcasts over the leading axes.
    reverse : bool
        Scan from the end: x_k = a_k x_{k+1} + b_k.
    chunk : int, None or "auto"
        Chunks of so many steps are scanned side by side and joined by carries; None is
        one pass. "auto" is 256 for at least 1024 steps of less than 1024 pairs of batch
        and channel, else None: it does not depend on device or threads.
    out : array, shape (..., length, channel), optional
        Of the common dtype, C-contiguous, other memory than the inputs.

    Returns
    -------
    x : array, shape (..., length, channel)
        ``out`` where it was given.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If a dtype, ``chunk`` or ``out`` does not fit.

    Notes
    -----
    2 flops a step in one pass, 5 in chunks (complex 8 and 22); limited by memory. NaN and
    infinity travel as IEEE 754 says. abs a > 1 is allowed; once the product of a over a
    chunk overflows, a state after that chunk may be infinite or NaN where one pass would
    still end below overflow: then pass ``chunk=None``.

    Examples
    --------
    >>> linear(numpy.array([0.5]), numpy.array([[1.0], [1.0], [1.0]]))
    array([[1.  ],
           [1.5 ],
           [1.75]])
    """
    named = {"multiplier": multiplier, "source": source, "initial": initial}
    arrays = {
        name: as_array(value, name=name, finite=False, empty=True)
        for name, value in named.items()
        if value is not None or name != "initial"
    }
    reverse = flag(reverse, "reverse")
    if isinstance(out, (bool, int, float, complex)):
        raise ParameterError(f"out is {out!r:.60}; pass an array like source, or None")
    xp = namespace(*arrays.values(), out, names=(*arrays, "out"))
    kind = _shared_dtype(arrays)
    dtype = getattr(xp, kind)
    shape = arrays["source"].shape
    if len(shape) < 2:
        raise ShapeError(
            f"source has shape {shape}, needed (..., length, channel); for one channel "
            "pass source[:, None]"
        )
    steps, flat = _steps(chunk, shape), (math.prod(shape[:-2]), *shape[-2:])
    a = _multiplier(xp, arrays["multiplier"], shape)
    start = arrays.get("initial", xp.zeros(shape[-1], dtype=dtype))
    start = _broadcast(xp, start, (*shape[:-2], shape[-1]), "initial")
    x = xp.empty(shape, dtype=dtype) if out is None else out
    _check_out(x, shape, kind)
    if math.prod(shape):
        parts = (a, arrays["source"], start)
        extents = (a.shape, flat, flat[::2])
        a, b, start = (
            xp.asarray(xp.reshape(part, extent), dtype=dtype, order="C")
            for part, extent in zip(parts, extents, strict=True)
        )
        _run(a, b, start, xp.reshape(x, flat), steps, int(reverse))
    return x


def _shared_dtype(arrays: Mapping[str, Array]) -> str:
    """Return the dtype of the result; real and complex mix, precisions do not."""
    names = {array.dtype.name: name for name, array in arrays.items()}
    single = {"float32", "complex64"} & names.keys()
    double = {"float64", "complex128"} & names.keys()
    if single and double:
        first, second = single.pop(), double.pop()
        raise ParameterError(
            f"{names[first]} is {first} but {names[second]} is {second}; convert one with "
            "astype"
        )
    is_complex = bool({"complex64", "complex128"} & names.keys())
    if single:
        return "complex64" if is_complex else "float32"
    return "complex128" if is_complex else "float64"


def _steps(chunk: int | str | None, shape: tuple[int, ...]) -> int:
    """Return the steps of a chunk: at least 1, the whole length for one pass."""
    length, pairs = shape[-2], math.prod(shape[:-2]) * shape[-1]
    if isinstance(chunk, str) and chunk == "auto":
        chunk = CHUNK if length >= LONG and pairs < WIDE else None
    if chunk is None:
        return max(length, 1)
    if isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1:
        raise ParameterError(
            f"chunk is {chunk!r}; it must be a whole number from 1 on, None or 'auto'"
        )
    return chunk


def _multiplier(xp: ModuleType, a: Array, shape: tuple[int, ...]) -> Array:
    """Return a with extents (1 or batch, 1 or length, channel)."""
    own = (1,) * (len(shape) - a.ndim) + a.shape
    batch = shape[:-2] if math.prod(own[:-2]) > 1 else (1,) * (len(shape) - 2)
    times = own[-2] if own[-2:-1] == (1,) else shape[-2]
    a = _broadcast(xp, a, (*batch, times, shape[-1]), "multiplier")
    return xp.reshape(a, (math.prod(batch), times, shape[-1]))


def _broadcast(xp: ModuleType, array: Array, shape: tuple[int, ...], name: str) -> Array:
    try:
        fits = numpy.broadcast_shapes(array.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"{name} has shape {array.shape}, which does not broadcast to {shape} where "
            f"source fixed it; the last axis of {name} is that of the channels"
        )
    return xp.broadcast_to(array, shape)


def _check_out(out: Array, shape: tuple[int, ...], kind: str) -> None:
    if out.shape != shape:
        raise ShapeError(f"out has shape {out.shape}, needed {shape}; make it like source")
    if out.dtype.name != kind or not out.flags.c_contiguous:
        raise ParameterError(
            f"out has dtype {out.dtype}, C-contiguous {out.flags.c_contiguous}; needed "
            f"{kind} in C order, the common dtype of the inputs"
        )


def _run(a: Array, b: Array, start: Array, x: Array, chunk: int, backward: int) -> None:
    """Write the states; which kernels do it depends on the machine, the bits do not."""
    ends, carries, once, fused = KERNELS[x.dtype.kind]
    channels = (x.shape[2],) if x.dtype.kind == "c" else ()
    settings = (chunk, backward, *channels)
    threads, count = get_backend().threads, -(-x.shape[1] // chunk)
    busy = threads == 1 or x.shape[0] * x.shape[2] >= LANES * threads
    if channels:
        a, b, start, x = (part.view(x.dtype.char.lower()) for part in (a, b, start, x))
    if count == 1:
        once(a, b, start[:, None, :], *settings, out=x)
    elif busy and isinstance(x, numpy.ndarray):
        fused(a, b, start, *settings, out=x)
    else:
        d, e = ends(a, b, count - 1, *settings)
        once(a, b, carries(d, e, start, *channels), *settings, out=x)
