"""The discrete Fourier transform, in one and several dimensions.

forward   X_k = sum_j x_j exp(-2 pi i j k / n),   backward   x_j = 1/n sum_k X_k exp(+...)
"""

from collections.abc import Iterable, Sequence

import numpy

from perturbsci.arguments import flag, one_of, whole
from perturbsci.backend.arrays import device_of, namespace
from perturbsci.backend.operands import operand
from perturbsci.backend.workers import transform_threads
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["fft", "ifft", "rfft", "irfft", "fftn", "ifftn", "rfftn", "irfftn"]

NORMS = ("backward", "ortho", "forward")


def fft(
    x: Array,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    *,
    overwrite: bool = False,
) -> Array:
    """Return the discrete Fourier transform along one axis.

    Parameters
    ----------
    x : real or complex array, shape (...)
        Numbers.
    n : int, optional
        x is cut to it or filled with zeros; default its extent.
    axis : int
        The axis that is transformed.
    norm : str, optional
        Where the factor 1/n goes: ``"backward"`` (the default), ``"ortho"``, ``"forward"``.
    overwrite : bool
        The memory of ``x`` may be used up.

    Returns
    -------
    transform : complex array, shape (..., n, ...)
        Of the precision of ``x``.

    Raises
    ------
    ShapeError
        If an axis is missing or has nothing to transform.
    ParameterError
        If a length is not positive, an axis comes twice, or ``norm`` is unknown; for
        ``rfft`` and ``rfftn`` also if x is complex.

    Examples
    --------
    >>> fft(numpy.array([1.0, 0.0, 0.0, 0.0])).real
    array([1., 1., 1., 1.])
    """
    return _transformed("fft", x, None if n is None else [n], [axis], norm, overwrite)


def ifft(
    x: Array,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    *,
    overwrite: bool = False,
) -> Array:
    """Return the inverse of ``fft``.

    Parameters
    ----------
    x : real or complex array, shape (...)
        Numbers.
    n : int, optional
        x is cut to it or filled with zeros; default its extent.
    axis : int
        The axis that is transformed.
    norm, overwrite : str, optional; bool
        As for ``fft``.

    Returns
    -------
    transform : complex array, shape (..., n, ...)
        Of the precision of ``x``.

    Examples
    --------
    >>> ifft(fft(numpy.array([1.0, 2.0]))).real
    array([1., 2.])
    """
    return _transformed("ifft", x, None if n is None else [n], [axis], norm, overwrite)


def rfft(
    x: Array,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    *,
    overwrite: bool = False,
) -> Array:
    """Return the first half of the transform of real numbers, k = 0 to n // 2.

    Parameters
    ----------
    x : real array, shape (...)
        Numbers.
    n : int, optional
        x is cut to it or filled with zeros; default its extent.
    axis : int
        The axis that is transformed.
    norm, overwrite : str, optional; bool
        As for ``fft``.

    Returns
    -------
    transform : complex array, shape (..., n // 2 + 1, ...)
        Of the precision of ``x``.

    Examples
    --------
    >>> rfft(numpy.array([1.0, 2.0, 1.0, 0.0])).real
    array([4., 0., 0.])
    """
    return _transformed("rfft", x, None if n is None else [n], [axis], norm, overwrite)


def irfft(
    x: Array,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    *,
    overwrite: bool = False,
) -> Array:
    """Return the real inverse of ``rfft``.

    Parameters
    ----------
    x : complex array, shape (...)
        Numbers.
    n : int, optional
        Length of the result; default 2 (m - 1) for m entries: pass it where it is odd.
    axis : int
        The axis that is transformed.
    norm, overwrite : str, optional; bool
        As for ``fft``.

    Returns
    -------
    transform : real array, shape (..., n, ...)
        Of the precision of ``x``.

    Examples
    --------
    >>> irfft(rfft(numpy.array([1.0, 2.0, 3.0])), 3)
    array([1., 2., 3.])
    """
    return _transformed("irfft", x, None if n is None else [n], [axis], norm, overwrite)


def fftn(
    x: Array,
    s: tuple[int, ...] | None = None,
    axes: tuple[int, ...] | None = None,
    norm: str | None = None,
    *,
    overwrite: bool = False,
) -> Array:
    """Return the discrete Fourier transform along several axes.

    Parameters
    ----------
    x : real or complex array, shape (...)
        Numbers.
    s : tuple of int, optional
        Extents, as ``n`` of ``fft``.
    axes : tuple of int, optional
        Default the last ``len(s)``, all without ``s``.
    norm, overwrite : str, optional; bool
        As for ``fft``.

    Returns
    -------
    transform : complex array, shape (...)
        Of the precision of ``x``.

    Examples
    --------
    >>> fftn(numpy.ones((2, 2))).real
    array([[4., 0.],
           [0., 0.]])
    """
    return _transformed("fftn", x, s, axes, norm, overwrite)


def ifftn(
    x: Array,
    s: tuple[int, ...] | None = None,
    axes: tuple[int, ...] | None = None,
    norm: str | None = None,
    *,
    overwrite: bool = False,
) -> Array:
    """Return the inverse of ``fftn``.

    Parameters
    ----------
    x : real or complex array, shape (...)
        Numbers.
    s : tuple of int, optional
        Extents, as ``n`` of ``ifft``.
    axes : tuple of int, optional
        Default the last ``len(s)``, all without ``s``.
    norm, overwrite : str, optional; bool
        As for ``fft``.

    Returns
    -------
    transform : complex array, shape (...)
        Of the precision of ``x``.

    Examples
    --------
    >>> ifftn(fftn(numpy.eye(2))).real
    array([[1., 0.],
           [0., 1.]])
    """
    return _transformed("ifftn", x, s, axes, norm, overwrite)


def rfftn(
    x: Array,
    s: tuple[int, ...] | None = None,
    axes: tuple[int, ...] | None = None,
    norm: str | None = None,
    *,
    overwrite: bool = False,
) -> Array:
    """Return the transform of real numbers, the last of the axes halved.

    Parameters
    ----------
    x : real array, shape (...)
        Numbers.
    s : tuple of int, optional
        Extents, as ``n`` of ``rfft``.
    axes : tuple of int, optional
        Default the last ``len(s)``, all without ``s``.
    norm, overwrite : str, optional; bool
        As for ``fft``.

    Returns
    -------
    transform : complex array, shape (...)
        Of the precision of ``x``.

    Examples
    --------
    >>> rfftn(numpy.ones((2, 4))).shape
    (2, 3)
    """
    return _transformed("rfftn", x, s, axes, norm, overwrite)


def irfftn(
    x: Array,
    s: tuple[int, ...] | None = None,
    axes: tuple[int, ...] | None = None,
    norm: str | None = None,
    *,
    overwrite: bool = False,
) -> Array:
    """Return the real inverse of ``rfftn``.

    Parameters
    ----------
    x : complex array, shape (...)
        Numbers.
    s : tuple of int, optional
        Extents of the result; the last one as ``n`` of ``irfft``.
    axes : tuple of int, optional
        Default the last ``len(s)``, all without ``s``.
    norm, overwrite : str, optional; bool
        As for ``fft``.

    Returns
    -------
    transform : real array, shape (...)
        Of the precision of ``x``.

    Examples
    --------
    >>> irfftn(rfftn(numpy.eye(2)), (2, 2))
    array([[1., 0.],
           [0., 1.]])
    """
    return _transformed("irfftn", x, s, axes, norm, overwrite)


def _transformed(
    name: str,
    x: Array,
    lengths: Sequence[int] | None,
    axes: Sequence[int] | None,
    norm: str | None,
    overwrite: bool,
) -> Array:
    x = operand(x, "x", real=name.startswith("rfft"), finite=False)
    norm = "backward" if norm is None else one_of(norm, "norm", NORMS)
    overwrite = flag(overwrite, "overwrite")
    words = ("s", "axes") if name.endswith("n") else ("n", "axis")
    if lengths is not None:
        lengths = _numbers(lengths, words[0])
    if axes is None:
        axes = range(-len(lengths or x.shape), 0)
    axes = _numbers(axes, words[1])
    lengths = _lengths(x, lengths, axes, words, halved=name.startswith("irfft"))
    options: dict[str, object]
    if name.endswith("n"):
        options = {"s": tuple(lengths), "axes": tuple(axes), "norm": norm}
    else:
        options = {"n": lengths[0], "axis": axes[0], "norm": norm}
    xp = namespace(x)
    if xp is numpy:
        import scipy.fft  # noqa: PLC0415 (takes a twentieth of a second)

        transform = getattr(scipy.fft, name)
        workers = transform_threads(x.size)
        return transform(x, overwrite_x=overwrite, workers=workers, **options)
    if device_of(x).startswith("cupy"):
        import cupyx.scipy.fft  # noqa: PLC0415 (only where an array of cupy is)

        return getattr(cupyx.scipy.fft, name)(x, overwrite_x=overwrite, **options)
    if not name.startswith("rfft"):  # the standard takes complex numbers only
        x = x + xp.zeros(1, dtype=xp.complex64, device=x.device)
    return getattr(xp.fft, name)(x, **options)


def _numbers(values: Iterable[int], name: str) -> list[int]:
    if not isinstance(values, Iterable) or isinstance(values, str):
        raise ParameterError(f"{name} is {values!r:.60}; pass a tuple of whole numbers")
    return [whole(value, name) for value in values]


def _lengths(
    x: Array,
    lengths: Sequence[int] | None,
    axes: Sequence[int],
    words: tuple[str, str],
    *,
    halved: bool,
) -> list[int]:
    """Return the checked length of each axis; ``halved``: of the real result."""
    shape = tuple(x.shape)
    if lengths is None and not halved and len(axes) == 1 and shape:
        axis = axes[0]  # the most frequent case, without the loops of the general one
        if -len(shape) <= axis < len(shape) and shape[axis] > 0:
            return [shape[axis]]
    if not axes or any(not -len(shape) <= axis < len(shape) for axis in axes):
        raise ShapeError(
            f"{words[1]} is {tuple(axes)} but x has shape {shape}; needed one axis or "
            f"more, from {-len(shape)} to {len(shape) - 1}"
        )
    if len({axis % len(shape) for axis in axes}) < len(axes):
        raise ParameterError(f"{words[1]} is {tuple(axes)}; name each axis once")
    if lengths is None:
        wanted = [shape[axis] for axis in axes]
        if halved:
            wanted[-1] = 2 * (wanted[-1] - 1)
        if min(wanted) < 1:
            raise ShapeError(
                f"x has shape {shape}, too short to transform along {tuple(axes)}; pass "
                "the wanted lengths, or skip the empty case"
            )
        return wanted
    wanted = list(lengths)
    if len(wanted) != len(axes) or min(wanted) < 1:
        raise ParameterError(
            f"{words[0]} is {tuple(wanted)} for axes {tuple(axes)}; needed one length from "
            "1 on for each axis"
        )
    return wanted
