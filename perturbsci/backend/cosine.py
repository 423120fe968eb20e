"""Cosine transforms of types 1 and 2, for Chebyshev points and for cell centers.

type 1   y_k = x_0 + (-1)^k x_{n-1} + 2 sum_{0<j<n-1} x_j cos(pi j k / (n-1)),
type 2   y_k = 2 sum_j x_j cos(pi k (2 j + 1) / (2 n)).

Both are real Fourier transforms of the even extension, of length 2 n - 2 and 2 n.
"""

from numbers import Integral
from types import ModuleType

import numpy

from perturbsci.arguments import flag, whole
from perturbsci.backend.arrays import namespace
from perturbsci.backend.fourier import irfft, rfft
from perturbsci.backend.operands import operand
from perturbsci.backend.workers import transform_threads
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["dct", "idct"]


def dct(x: Array, *, type: int = 2, axis: int = -1, overwrite: bool = False) -> Array:
    """Return the cosine transform, without any factor in front.

    Parameters
    ----------
    x : real array, shape (..., n, ...)
        Values at cos(pi j / (n-1)) for type 1, n at least 2; at the centers of n equal
        cells for type 2.
    type : int
        1 or 2.
    axis : int
        The axis that is transformed.
    overwrite : bool
        The memory of ``x`` may be used up.

    Returns
    -------
    transform : real array, shape (..., n, ...)
        Of the precision of ``x``.

    Raises
    ------
    ShapeError
        If the axis is missing or too short.
    ParameterError
        If x is complex or the type is another one.

    Notes
    -----
    Off the host by ``rfft`` of twice the length.

    Examples
    --------
    >>> dct(numpy.array([1.0, 1.0]))
    array([4., 0.])
    """
    return _transformed("dct", x, type, axis, overwrite)


def idct(x: Array, *, type: int = 2, axis: int = -1, overwrite: bool = False) -> Array:
    """Return the inverse of ``dct`` of the same type.

    Parameters
    ----------
    x : real array, shape (..., n, ...)
        Coefficients.
    type, axis, overwrite : int, int, bool
        As for ``dct``.

    Returns
    -------
    values : real array, shape (..., n, ...)
        Of the precision of ``x``.

    Examples
    --------
    >>> idct(dct(numpy.array([1.0, 2.0])))
    array([1., 2.])
    """
    return _transformed("idct", x, type, axis, overwrite)


def _transformed(name: str, x: Array, kind: int, axis: int, overwrite: bool) -> Array:
    x = operand(x, "x", real=True, finite=False)
    if not isinstance(kind, Integral) or isinstance(kind, bool) or kind not in (1, 2):
        raise ParameterError(f"type is {kind!r}; it must be 1 (end points) or 2 (centers)")
    overwrite, axis = flag(overwrite, "overwrite"), whole(axis, "axis")
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError(
            f"axis is {axis} but x has shape {tuple(x.shape)}; needed one from {-x.ndim} "
            f"to {x.ndim - 1}"
        )
    if x.shape[axis] < 3 - kind:
        raise ShapeError(
            f"x has shape {tuple(x.shape)}, needed {3 - kind} entries or more along axis "
            f"{axis}; type 2 takes a single one"
        )
    xp = namespace(x)
    if xp is not numpy:
        transform = _even if kind == 1 else _centered if name == "dct" else _uncentered
        y = xp.moveaxis(transform(xp, xp.moveaxis(x, axis, -1)), -1, axis)
        return y / (2 * (x.shape[axis] - 1)) if (name, kind) == ("idct", 1) else y
    import scipy.fft  # noqa: PLC0415 (takes a twentieth of a second)

    transform = getattr(scipy.fft, name)
    workers = transform_threads(x.size)
    return transform(x, type=kind, axis=axis, overwrite_x=overwrite, workers=workers)


def _even(xp: ModuleType, x: Array) -> Array:
    """Type 1, its own inverse up to 2 (n-1)."""
    return xp.real(rfft(xp.concat([x, xp.flip(x, axis=-1)[..., 1:-1]], axis=-1)))


def _centered(xp: ModuleType, x: Array) -> Array:
    n = x.shape[-1]
    lines = rfft(xp.concat([x, xp.flip(x, axis=-1)], axis=-1))[..., :n]
    return xp.real(lines * _half_cell(xp, x, n, -1))


def _uncentered(xp: ModuleType, y: Array) -> Array:
    n = y.shape[-1]
    lines = y * _half_cell(xp, y, n, 1)
    return irfft(xp.concat([lines, xp.zeros_like(lines[..., :1])], axis=-1), 2 * n)[..., :n]


def _half_cell(xp: ModuleType, like: Array, n: int, sign: int) -> Array:
    """Return exp(sign i pi k / (2 n)): the even extension turns about a cell's edge."""
    phases = numpy.exp(sign * 0.5j * numpy.pi * numpy.arange(n) / n)
    precision = numpy.result_type(numpy.dtype(f"f{xp.finfo(like.dtype).bits // 8}"), "c8")
    return xp.asarray(phases.astype(precision), device=like.device)
