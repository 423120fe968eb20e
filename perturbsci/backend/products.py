"""Norms and Gram matrices: the products that every method of snapshots stands on."""

from collections.abc import Iterator

import numpy

from perturbsci.arguments import whole
from perturbsci.backend.arrays import namespace, scalar, to_host
from perturbsci.backend.operands import lapack, operand, shared_namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["gram", "norm"]


# Rows of one block, so that its scaled copy stays in the cache beside the result.
BLOCK_BYTES = 2**20
BLOCK_ROWS = 512
DEVICE_ROWS = 2**16


def gram(
    x: Array,
    y: Array | None = None,
    *,
    weight: Array | None = None,
    out: Array | None = None,
) -> Array:
    """Return X* W Y, W diagonal, for rows that are samples.

    Without ``y`` it is X* W X, exactly Hermitian, for half the work (LAPACK's syrk and
    herk on a host). Neither X* nor W X is ever formed: weighted rows live in blocks.

    Parameters
    ----------
    x : real or complex array, shape (n_samples, n)
        X.
    y : real or complex array, shape (n_samples, k), optional
        Y; default X.
    weight : real array, shape (n_samples,), optional
        The diagonal of W, none of it negative; default 1.
    out : array, shape (n, k), optional
        The product is added to it, for data that come in portions.

    Returns
    -------
    gram : array, shape (n, k)
        ``out`` where it is given.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If a weight is negative, an entry is NaN or infinite, precisions are mixed, or
        ``out`` has another dtype than the product.

    Notes
    -----
    About n^2 n_samples flops without ``y``, 2 n k n_samples with it, four times that for
    complex ones. Entrywise error at most about n_samples * unit_roundoff times
    ``norm(x[:, i]) norm(y[:, j])``, weights included.

    Examples
    --------
    >>> gram(numpy.array([[1.0, 2.0], [3.0, 4.0]]), weight=numpy.array([1.0, 0.5]))
    array([[ 5.5,  8. ],
           [ 8. , 12. ]])
    """
    x = operand(x, "x", ndim=2, finite=False)
    if y is not None:
        y = _rows_of(x, operand(y, "y", ndim=2, finite=False), "y")
    if weight is not None:
        weight = _rows_of(x, operand(weight, "weight", ndim=1, real=True), "weight")
    xp = shared_namespace({"x": x, "y": y, "weight": weight})
    if weight is not None and bool(scalar(xp.any(weight < 0))):
        first = int(scalar(xp.argmax(xp.astype(weight < 0, xp.int8))))
        raise ParameterError(
            f"weight[{first}] is {float(to_host(weight)[first]):.6g}; a sample weighs 0 or "
            "more, drop the samples that are not meant to count"
        )
    with numpy.errstate(over="ignore", invalid="ignore"):
        total = (_host_gram if xp is numpy else _device_gram)(x, y, weight)
    if not bool(scalar(xp.all(xp.isfinite(total)))):
        # Looked at only here: what is not finite in X or Y reaches every sum it is in.
        operand(x, "x")
        operand(x if y is None else y, "y")
    return total if out is None else _added(out, total)


def _rows_of(x: Array, other: Array, name: str) -> Array:
    if other.shape[0] != x.shape[0]:
        raise ShapeError(
            f"{name} has shape {tuple(other.shape)} but x has {tuple(x.shape)}; needed "
            f"{x.shape[0]} rows, one a sample"
        )
    return other


def _added(out: Array, total: Array) -> Array:
    if isinstance(out, (bool, int, float, complex)):
        raise ParameterError(
            f"out is {out!r:.60}, needed a writable array of {total.dtype}; make it with "
            "zeros of that dtype"
        )
    shared_namespace({"out": out, "product": total})
    if out.shape != total.shape:
        raise ShapeError(
            f"out has shape {tuple(out.shape)}, needed {tuple(total.shape)}; make it with "
            "zeros of that shape"
        )
    read_only = isinstance(out, numpy.ndarray) and not out.flags.writeable
    if out.dtype != total.dtype or read_only:
        raise ParameterError(
            f"out is {'a read-only array of ' if read_only else ''}{out.dtype}, needed a "
            f"writable array of {total.dtype}; make it with zeros of that dtype"
        )
    out += total
    return out


def _host_gram(
    x: numpy.ndarray, y: numpy.ndarray | None, weight: numpy.ndarray | None
) -> numpy.ndarray:
    """Return the product by BLAS, which sees the transposes: C order is theirs."""
    width = x.shape[1] if y is None else y.shape[1]
    dtype = x.dtype if y is None else numpy.result_type(x, y)
    total = numpy.zeros((width, x.shape[1]), dtype, order="F")
    if not total.size:
        return total.T
    rank_update = "herk" if dtype.kind == "c" else "syrk"
    name, options = (rank_update, {}) if y is None else ("gemm", {"trans_b": 2})
    multiply = lapack().get_blas_funcs(name, (), dtype)
    for panels in _panels(x, y, weight, dtype):
        sides = [panel.T for panel in panels]
        total = multiply(1.0, *sides, beta=1.0, c=total, overwrite_c=1, **options)
    if y is not None:
        return total.T
    # BLAS has filled the lower triangle only.
    return numpy.tril(total.T) + numpy.tril(total.T, -1).conj().T


def _panels(
    x: numpy.ndarray,
    y: numpy.ndarray | None,
    weight: numpy.ndarray | None,
    dtype: numpy.dtype,
) -> Iterator[list[numpy.ndarray]]:
    """Yield the rows of W^(1/2) X, or of W Y and X; nothing is copied without need."""
    m, width = x.shape if y is None else y.shape
    whole = weight is None and (y is None or x.dtype == y.dtype)
    size = m if whole else max(BLOCK_ROWS, BLOCK_BYTES // (width * dtype.itemsize))
    for start in range(0, m, max(size, 1)):
        rows = slice(start, start + size)
        panels = [x[rows]] if y is None else [y[rows], x[rows]]
        if weight is not None:
            scale = numpy.sqrt(weight[rows]) if y is None else weight[rows]
            panels[0] = panels[0] * scale[:, None]
        yield [panel.astype(dtype, copy=False) for panel in panels]


def _device_gram(x: Array, y: Array | None, weight: Array | None) -> Array:
    """Return the product by the namespace's matmul, in blocks of rows."""
    xp = shared_namespace({"x": x})
    total = None
    m = x.shape[0]
    for start in range(0, max(1, m), DEVICE_ROWS):
        rows = slice(start, min(start + DEVICE_ROWS, m))
        left, right = x[rows, :], (x if y is None else y)[rows, :]
        if weight is not None:
            right = right * xp.expand_dims(weight[rows], axis=-1)
        product = xp.matmul(xp.conj(left).T, right)
        total = product if total is None else total + product
    return total if y is not None else (total + xp.conj(total).T) / 2


def norm(a: Array, *, axis: int | None = None) -> Array:
    """Return the 2-norm of all entries (Frobenius), or along one axis.

    Where squares would overflow or underflow, the entries are scaled by a power of two
    first, each slice by its own: 1e200 and 1e-200 are ordinary numbers.

    Parameters
    ----------
    a : real or complex array, shape (...)
        Any number of axes; NaN and infinity pass through.
    axis : int, optional
        The axis along which to sum the squares; default all.

    Returns
    -------
    norm : float, or real array of shape (...) without the axis
        0 for an empty array.

    Raises
    ------
    ShapeError
        If there is no such axis.

    Examples
    --------
    >>> norm(numpy.array([3e200, 4e200])) / 1e200
    5.0
    """
    a = operand(a, "a", finite=False)
    xp = namespace(a)
    if axis is not None and not -a.ndim <= whole(axis, "axis") < a.ndim:
        raise ShapeError(
            f"axis is {axis} but a has shape {tuple(a.shape)}; needed one from {-a.ndim} "
            f"to {a.ndim - 1}"
        )
    if 0 in a.shape:
        return 0.0 if axis is None else xp.sum(xp.abs(a), axis=axis)
    if axis is None:
        return float(scalar(norm(xp.reshape(a, (-1,)), axis=0)))
    axis = axis if axis < 0 else axis - a.ndim  # vecdot takes negative axes only
    with numpy.errstate(over="ignore", under="ignore", invalid="ignore"):
        squares = xp.abs(xp.vecdot(a, a, axis=axis))
    limits = xp.finfo(squares.dtype)
    lowest = float(limits.smallest_normal) / float(limits.eps) ** 2
    if bool(scalar(xp.all((squares > lowest) & (squares < float(limits.max))))):
        return xp.sqrt(squares)
    # Each slice has its own scale: a column of 1e-200 beside one of 1e200 is not zero.
    size = xp.max(xp.abs(a), axis=axis, keepdims=True)
    size = xp.where((size > 0) & xp.isfinite(size), size, 1.0)
    scale = 2.0 ** xp.floor(xp.log2(size))
    # A complex quotient by a subnormal number overflows on the way.
    scale = xp.maximum(scale, xp.full_like(scale, float(limits.smallest_normal)))
    a = a / scale
    return xp.sqrt(xp.abs(xp.vecdot(a, a, axis=axis))) * xp.squeeze(scale, axis=axis)
