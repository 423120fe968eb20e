"""Sums, scalar products and norms in a fixed order: the same bits on any machine.

Chunks of 1024 terms are summed in order, in float64 also for float32; a tree joins the
partial sums pairwise with strides 1, 2, 4, ... Each sum is exact for terms changed by at
most (1024 + log2(n / 1024)) u of their size, u = 2^-53.

References: Higham (2002), section 4.2 (pairwise summation) and 27.8 (scaled norm).
"""

# ruff: noqa: ARG001 (an extent that no array binds is an argument, and nothing reads it)

import math
import operator
from types import ModuleType

import numpy

from perturbsci.backend.arrays import as_array, namespace
from perturbsci.backend.language import wide
from perturbsci.backend.launch import kernel
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["dot", "norm", "sum"]

CHUNK = 1024
GROUP = 4 * CHUNK  # four sums side by side hide the latency of an addition
LANES = 8  # columns from which lanes are faster than groups


def _numbers(dtype: str, seed: int, *shape: int) -> Array:
    """Return multiples of 1/64 in [-1/2, 1/2)."""
    numbers = numpy.arange(math.prod(shape), dtype="i8") * 37 + seed
    return ((numbers % 64 - 32) / 64).astype(dtype).reshape(shape)


@kernel(
    "x[o, n, r], m:i, groups:i -> partial[o, m, r]:f8",
    over="o, groups, r",
    cost="4096",
    example=lambda dtype, seed: (_numbers(dtype, seed, 1, 6000, 2), 6, 2),
)
def chunk_sums(
    i: int, g: int, j: int, x: Array, m: int, groups: int, partial: Array
) -> None:
    """Write the sums of four chunks."""
    first = g * GROUP
    if first + GROUP <= x.shape[1]:
        a = wide(0.0)
        b = wide(0.0)
        c = wide(0.0)
        d = wide(0.0)
        for k in range(first, first + CHUNK):
            a += wide(x[i, k, j])
            b += wide(x[i, k + 1024, j])
            c += wide(x[i, k + 2048, j])
            d += wide(x[i, k + 3072, j])
        partial[i, 4 * g, j] = a
        partial[i, 4 * g + 1, j] = b
        partial[i, 4 * g + 2, j] = c
        partial[i, 4 * g + 3, j] = d
    else:
        for p in range(4 * g, min(4 * g + 4, m)):
            total = wide(0.0)
            for k in range(p * CHUNK, min(p * CHUNK + CHUNK, x.shape[1])):
                total += wide(x[i, k, j])
            partial[i, p, j] = total


@kernel(
    "x[o, n, r], m:i -> partial[o, m, r]:f8",
    over="o, m, r",
    cost="1024",
    schedule="lanes",
    example=lambda dtype, seed: (_numbers(dtype, seed, 2, 1500, 9), 2),
)
def column_sums(i: int, p: int, j: int, x: Array, m: int, partial: Array) -> None:
    """Write the sum of a chunk, many columns side by side."""
    total = wide(0.0)
    for k in range(p * CHUNK, min(p * CHUNK + CHUNK, x.shape[1])):
        total += wide(x[i, k, j])
    partial[i, p, j] = total


@kernel(
    "x[n], y[n], factor[1]:f8, m:i, groups:i -> partial[1, m, 1]:f8",
    over="groups",
    cost="4096",
    example=lambda dtype, seed: (
        _numbers(dtype, seed, 6000),
        _numbers(dtype, seed + 1, 6000),
        numpy.full(1, 0.5),
        6,
        2,
    ),
)
def chunk_products(
    g: int, x: Array, y: Array, factor: Array, m: int, groups: int, partial: Array
) -> None:
    """Write the scalar products of four chunks, both sides times the factor."""
    first = g * GROUP
    s = factor[0]
    if first + GROUP <= x.shape[0]:
        a = wide(0.0)
        b = wide(0.0)
        c = wide(0.0)
        d = wide(0.0)
        for k in range(first, first + CHUNK):
            a += (wide(x[k]) * s) * (wide(y[k]) * s)
            b += (wide(x[k + 1024]) * s) * (wide(y[k + 1024]) * s)
            c += (wide(x[k + 2048]) * s) * (wide(y[k + 2048]) * s)
            d += (wide(x[k + 3072]) * s) * (wide(y[k + 3072]) * s)
        partial[0, 4 * g, 0] = a
        partial[0, 4 * g + 1, 0] = b
        partial[0, 4 * g + 2, 0] = c
        partial[0, 4 * g + 3, 0] = d
    else:
        for p in range(4 * g, min(4 * g + 4, m)):
            total = wide(0.0)
            for k in range(p * CHUNK, min(p * CHUNK + CHUNK, x.shape[0])):
                total += (wide(x[k]) * s) * (wide(y[k]) * s)
            partial[0, p, 0] = total


@kernel(
    "x[w], y[w], m:i -> partial[1, m, 2]:f8",
    over="m",
    cost="1024",
    example=lambda dtype, seed: (
        _numbers(dtype, seed, 3000),
        _numbers(dtype, seed + 1, 3000),
        2,
    ),
)
def complex_chunk_products(p: int, x: Array, y: Array, m: int, partial: Array) -> None:
    """Write the product conj(x) y of a chunk, (real, imaginary) by turns."""
    real = wide(0.0)
    imaginary = wide(0.0)
    for k in range(p * CHUNK, min(p * CHUNK + CHUNK, x.shape[0] // 2)):
        a = wide(x[2 * k])
        b = wide(x[2 * k + 1])
        c = wide(y[2 * k])
        d = wide(y[2 * k + 1])
        real += a * c + b * d
        imaginary += a * d - b * c
    partial[0, p, 0] = real
    partial[0, p, 1] = imaginary


@kernel(
    "partial[o, m, r]:f8, blocks:i -> partial[o, m, r]:f8, total[o, blocks, r]:f8",
    over="o, blocks, r",
    cost="1024",
    example=lambda _dtype, seed: (_numbers("f8", seed, 1, 1030, 2), 2),
)
def tree_sums(i: int, g: int, j: int, partial: Array, blocks: int, total: Array) -> None:
    """Join up to 1024 neighbors: a power of two, so that blocks of blocks are one tree."""
    first = g * CHUNK
    length = min(CHUNK, partial.shape[1] - first)
    stride = 1
    while stride < length:
        for k in range((length + stride - 1) // (2 * stride)):
            p = first + 2 * stride * k
            partial[i, p, j] = partial[i, p, j] + partial[i, p + stride, j]
        stride = 2 * stride
    total[i, g, j] = partial[i, first, j]


def sum(x: Array, *, axis: int | tuple[int, ...] | None = None) -> Array:
    """Return the sum over all entries or over some axes.

    Level bitwise.

    Parameters
    ----------
    x : real or complex array, shape (...)
        Its entries are taken in C order.
    axis : int or tuple of int, optional
        Default all axes.

    Returns
    -------
    total : float64 or complex128 array, shape (...)
        Of the other axes; the accumulated value, also for float32.

    Raises
    ------
    ParameterError
        If an axis does not exist or stands twice.

    Notes
    -----
    n additions; axes that are not neighbors cost a copy.

    Examples
    --------
    >>> float(sum(numpy.full(10, 0.1)))
    0.9999999999999999
    """
    x = as_array(x, name="x", finite=False, empty=True)
    xp = namespace(x)
    axes = _axes(axis, x.ndim)
    others = tuple(k for k in range(x.ndim) if k not in axes)
    before = axes[0] if axes else x.ndim
    if axes and axes[-1] - axes[0] >= len(axes):
        x, before = xp.permute_dims(x, (*others, *axes)), len(others)
    after = before + len(axes)
    shape = x.shape[:before] + x.shape[after:]
    groups = (x.shape[:before], x.shape[before:after], x.shape[after:])
    extents = tuple(math.prod(group) for group in groups)
    kind = "complex128" if x.dtype.kind == "c" else "float64"
    if 0 in extents:
        return xp.zeros(shape, dtype=getattr(xp, kind))[()]
    parts = _real(xp.reshape(x, extents))
    chunks = -(-extents[1] // CHUNK)
    if parts.shape[2] >= LANES:
        partial = column_sums(parts, chunks)
    else:
        partial = chunk_sums(parts, chunks, -(-chunks // 4))
    return xp.reshape(_joined(partial).view(kind), shape)[()]


def dot(x: Array, y: Array) -> Array:
    """Return the scalar product sum conj(x_k) y_k over all entries.

    Level bitwise.

    Parameters
    ----------
    x, y : real or complex array, shape (...)
        Of equal shape; real and complex arrays mix, float32 and float64 do not.

    Returns
    -------
    product : float64 or complex128 array, shape ()
        The accumulated value, also for float32, whose products are exact in float64.

    Raises
    ------
    ShapeError
        If the shapes differ.
    ParameterError
        If one array is in single and the other in double precision.

    Notes
    -----
    2 n flops, complex 8 n.

    Examples
    --------
    >>> complex(dot(numpy.array([1j, 2.0]), numpy.array([1.0, 1.0])))
    (2-1j)
    """
    x = as_array(x, name="x", finite=False, empty=True)
    y = as_array(y, name="y", finite=False, empty=True)
    xp = namespace(x, y, names=("x", "y"))
    if x.shape != y.shape:
        raise ShapeError(
            f"x has shape {x.shape} but y has {y.shape}; pass arrays of equal shape"
        )
    is_complex = "c" in x.dtype.kind + y.dtype.kind
    kind = "complex128" if is_complex else "float64"
    if not math.prod(x.shape):
        return xp.zeros((), dtype=getattr(xp, kind))[()]
    chunks = -(-math.prod(x.shape) // CHUNK)
    if is_complex:
        left, right = (_real(_complex(xp, xp.reshape(part, (-1,)))) for part in (x, y))
        partial = complex_chunk_products(left, right, chunks)
    else:
        one = xp.ones(1, dtype=xp.float64)
        left, right = (xp.reshape(part, (-1,)) for part in (x, y))
        partial = chunk_products(left, right, one, chunks, -(-chunks // 4))
    return xp.reshape(_joined(partial).view(kind), ())[()]


def norm(x: Array) -> Array:
    """Return the 2-norm of all entries, without overflow or underflow on the way.

    Level bitwise. Squares are those of 2^-600 x where the largest entry lies above 1e100
    and of 2^600 x where it lies below 1e-100: powers of 2, so that scaling is exact.

    Parameters
    ----------
    x : real or complex array, shape (...)
        Vector, or matrix (Frobenius norm).

    Returns
    -------
    norm : float64 array, shape ()
        The accumulated value, also for float32.

    Raises
    ------
    ParameterError
        If x holds no numbers.

    Notes
    -----
    2 n flops, after two passes that look for the largest entry.

    References
    ----------
    Higham (2002), section 27.8.

    Examples
    --------
    >>> huge = 2.0**1000
    >>> float(norm(numpy.array([3 * huge, 4 * huge])) / huge)
    5.0
    """
    x = as_array(x, name="x", finite=False, empty=True)
    xp = namespace(x)
    if not math.prod(x.shape):
        return xp.zeros((), dtype=xp.float64)[()]
    flat = _real(xp.reshape(x, (-1,)))
    largest = xp.asarray(xp.maximum(xp.max(flat), -xp.min(flat)), dtype=xp.float64)
    factor = xp.where(largest > 1e100, 2.0**-600, 1.0)
    factor = xp.where(largest < 1e-100, 2.0**600, factor)
    chunks, factors = -(-flat.shape[0] // CHUNK), xp.reshape(factor, (1,))
    partial = chunk_products(flat, flat, factors, chunks, -(-chunks // 4))
    return (xp.sqrt(xp.reshape(_joined(partial), ())) / factor)[()]


def _axes(axis: int | tuple[int, ...] | None, ndim: int) -> tuple[int, ...]:
    """Return the axes, ascending, from 0 on."""
    if axis is None:
        return tuple(range(ndim))
    try:
        several = axis if isinstance(axis, tuple) else (axis,)
        given = [ndim if isinstance(k, bool) else operator.index(k) for k in several]
    except TypeError:
        given = [ndim]
    axes = sorted({k + ndim if k < 0 else k for k in given})
    if len(axes) < len(given) or (axes and not 0 <= axes[0] <= axes[-1] < ndim):
        raise ParameterError(
            f"axis is {axis!r}; it must be None, one of the {ndim} axes of x, or a tuple "
            "of different ones"
        )
    return tuple(axes)


def _real(array: Array) -> Array:
    """Return a complex array as a real one of twice as many columns, C-ordered."""
    array = namespace(array).asarray(array, order="C")
    return array.view(array.dtype.char.lower()) if array.dtype.kind == "c" else array


def _complex(xp: ModuleType, array: Array) -> Array:
    kinds = {"float32": xp.complex64, "float64": xp.complex128}
    return xp.asarray(array, dtype=kinds.get(array.dtype.name, array.dtype))


def _joined(partial: Array) -> Array:
    """Return the sums over axis 1 of partial sums, as a tree; overwrites them."""
    while partial.shape[1] > 1:
        _, partial = tree_sums(partial, -(-partial.shape[1] // CHUNK))
    return partial
