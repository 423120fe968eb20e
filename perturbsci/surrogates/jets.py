"""Functions of one variable with their derivatives: the bricks of every basis.

Legendre and Chebyshev polynomials by the differentiated three-term recurrence, waves
cyclically, D^n tanh = Q_n(tanh) with Q_0 = s, Q_{n+1} = Q_n'(s)(1 - s^2), and functions of
the squared distance, of which D^a f(r^2) = sum_k prod_i [a_i!/(k_i! (a_i - 2 k_i)!)]
(2 x_i)^{a_i - 2 k_i} f^{(|a| - |k|)}(r^2).

References: Olver, Lozier, Boisvert and Clark (2010), 4.34 and 18.9; Wendland (1995) for
the radial functions of compact support.
"""

import functools
import itertools
import math
from collections.abc import Sequence

from perturbsci.backend import namespace
from perturbsci.backend.kernels import tables
from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = [
    "polynomial_jets",
    "radial_jets",
    "tanh_jets",
    "tanh_polynomials",
    "wave_jets",
]

SMOOTHNESS = 6  # derivatives of the Wendland function that are continuous


def polynomial_jets(
    x: Array, interval: tuple[float, float], count: int, order: int, *, family: str
) -> Array:
    """Return polynomials of an interval and their derivatives.

    Parameters
    ----------
    x : real array, shape (n,)
        Points, in the unit of the interval.
    interval : (float, float)
        Mapped to [-1, 1].
    count : int
        How many polynomials, from degree 0 on.
    order : int
        The highest derivative.
    family : str
        ``"legendre"`` or ``"chebyshev"``.

    Returns
    -------
    table : array, shape (n, order + 1, count)
        D^s p_k at each point; the error is about ``count`` unit roundoffs of the largest
        entry of a row.

    Examples
    --------
    >>> import numpy
    >>> polynomial_jets(numpy.array([1.0]), (0.0, 2.0), 3, 1, family="legendre")
    array([[[ 1. ,  0. , -0.5],
            [ 0. ,  1. ,  0. ]]])
    """
    xp = namespace(x)
    low, high = interval
    recurrence, first = (
        tables.legendre(count, backend="numpy")
        if family == "legendre"
        else tables.chebyshev(count, backend="numpy")
    )
    half = 0.5 * (high - low)
    place = ((x - low) - (high - x)) / (high - low)  # exact at both ends
    rows = xp.asarray(recurrence, dtype=x.dtype, device=x.device)
    table = tables.polynomial_table(place, rows, first, order + 1)
    scales = [half**-s for s in range(order + 1)]
    return table * xp.asarray(scales, dtype=x.dtype, device=x.device)[:, None]


def wave_jets(x: Array, interval: tuple[float, float], modes: int, order: int) -> Array:
    """Return 1, cos, sin, cos 2, sin 2, ... of an interval and their derivatives.

    Parameters
    ----------
    x : real array, shape (n,)
        Points, in the unit of the interval.
    interval : (float, float)
        One period.
    modes : int
        The highest wavenumber.
    order : int
        The highest derivative.

    Returns
    -------
    table : array, shape (n, order + 1, 2 modes + 1)
        D^s of each wave at each point.

    Examples
    --------
    >>> import numpy
    >>> wave_jets(numpy.array([0.0]), (0.0, 2 * numpy.pi), 1, 1) + 0.0  # no -0
    array([[[1., 1., 0.],
            [0., 0., 1.]]])
    """
    xp = namespace(x)
    low, high = interval
    rate = 2.0 * math.pi / (high - low)
    waves = tables.trigonometric_table((x - low) * rate, modes + 1)
    real, imaginary = xp.real(waves), xp.imag(waves)
    table = xp.zeros((len(x), order + 1, 2 * modes + 1), dtype=x.dtype, device=x.device)
    table[:, 0, 0] = 1.0
    numbers = xp.astype(xp.arange(1, modes + 1, device=x.device), x.dtype)
    turns = ((real, imaginary), (-imaginary, real), (-real, -imaginary), (imaginary, -real))
    for s in range(order + 1):
        size = (numbers * rate) ** s
        cosine, sine = turns[s % 4]
        table[:, s, 1::2] = size * cosine[:, 1:]
        table[:, s, 2::2] = size * sine[:, 1:]
    return table


@functools.lru_cache(maxsize=32)
def tanh_polynomials(order: int) -> tuple[int, ...]:
    """Return the coefficients of Q_order, lowest first: D^n tanh z = Q_n(tanh z).

    Parameters
    ----------
    order : int
        n.

    Returns
    -------
    coefficients : tuple of int
        Of 1, s, s^2, ..., s^{n+1}.

    Examples
    --------
    >>> tanh_polynomials(2)
    (0, -2, 0, 2)
    """
    row = [0, 1]
    for _ in range(order):
        slope = [k * item for k, item in enumerate(row)][1:]
        row = [
            (slope[k] if k < len(slope) else 0) - (slope[k - 2] if k > 1 else 0)
            for k in range(len(slope) + 2)
        ]
    return tuple(row)


def tanh_jets(z: Array, order: int) -> Array:
    """Return D^n tanh.

    Parameters
    ----------
    z : real array, shape (...)
        Argument.
    order : int
        n.

    Returns
    -------
    values : array, shape (...)
        For n > 0 the factor 1 - s^2 is taken as 1/cosh^2, which keeps its digits where
        tanh is near 1.

    Examples
    --------
    >>> import numpy
    >>> float(tanh_jets(numpy.array(0.0), 1))
    1.0
    """
    xp = namespace(z)
    s = xp.tanh(z)
    if order == 0:
        return s
    row = tanh_polynomials(order)
    quotient = [0] * len(row)  # of Q_n by 1 - s^2, which divides it
    for k in range(len(row) - 1, 1, -1):
        quotient[k - 2] = quotient[k] - row[k]
    value = xp.zeros_like(s)
    for item in reversed(quotient):
        value = value * s + float(item)
    fall = xp.exp(-xp.abs(z))
    return value * (2.0 * fall / (1.0 + fall * fall)) ** 2


def radial_jets(shift: Array, index: Sequence[int], shape: float, *, kind: str) -> Array:
    """Return D^a of a radial function f(r), r = shape * distance.

    ``"inverse-multiquadric"``: (1 + r^2)^{-1/2}. ``"wendland"``: phi_{d,3}, positive
    definite, zero from r = 1 on, six times continuously differentiable.

    Parameters
    ----------
    shift : real array, shape (..., d)
        Point minus center.
    index : sequence of int
        a.
    shape : float
        Reciprocal of a length.
    kind : str
        One of the two.

    Returns
    -------
    values : array, shape (...)
        D^a with respect to the point.

    Raises
    ------
    ParameterError
        If the order exceeds the six of ``"wendland"``.

    Examples
    --------
    >>> import numpy
    >>> float(radial_jets(numpy.array([[0.0]]), (2,), 1.0, kind="wendland")[0])
    -18.0
    """
    order = sum(index)
    if kind == "wendland" and order > SMOOTHNESS:
        raise ParameterError(
            f"orders has a derivative of order {order}, but a Wendland function has "
            f'{SMOOTHNESS}; use kind="inverse-multiquadric"'
        )
    xp = namespace(shift)
    z = shift * shape
    square = xp.sum(z * z, axis=-1)
    profiles = {
        n: _profile(square, n, len(index), kind) for n in range((order + 1) // 2, order + 1)
    }
    total = xp.zeros_like(square)
    for pairs in itertools.product(*(range(a // 2 + 1) for a in index)):
        term = profiles[order - sum(pairs)]
        for k, (a, b) in enumerate(zip(index, pairs, strict=True)):
            weight = math.factorial(a) / (math.factorial(b) * math.factorial(a - 2 * b))
            term = term * (weight * (2.0 * z[..., k]) ** (a - 2 * b))
        total = total + term
    return total * shape**order


def _profile(square: Array, n: int, dimension: int, kind: str) -> Array:
    """Return the n-th derivative of f with respect to the square s = r^2."""
    if kind == "inverse-multiquadric":
        factor = math.prod(-0.5 - k for k in range(n))
        return factor * (1.0 + square) ** (-0.5 - n)
    xp = namespace(square)
    power, coefficients, offset = _wendland(dimension, n)
    r = xp.sqrt(square)
    value = xp.zeros_like(r)
    for item in reversed(coefficients):
        value = value * r + item
    inside = xp.clip(1.0 - r, 0.0, 1.0)
    if offset:  # beyond order 3 the profile is singular at 0, its product with z^a is not
        value = value / xp.where(r == 0.0, 1.0, r) ** offset
        value = xp.where(r == 0.0, 0.0, value)
    return value * inside**power


@functools.lru_cache(maxsize=64)
def _wendland(dimension: int, n: int) -> tuple[int, tuple[float, ...], int]:
    """Return d^n/ds^n phi_{d,3} as (1 - r)^power sum_k c_k r^k / r^offset, 2 ds = 2 r dr.

    All coefficients are integers until the last division, so that what cancels, cancels.
    """
    m = dimension // 2 + 4
    row = [15, 15 * m + 45, 6 * m**2 + 36 * m + 45, m**3 + 9 * m**2 + 23 * m + 15]
    power, offset = m + 3, 0
    for _ in range(n):
        # D[(1-r)^p q r^-o] = (1-r)^{p-1} r^{-o-1} [(1-r)(r q' - o q) - p r q]
        euler = [(k - offset) * item for k, item in enumerate(row)]
        new = [0] * (len(row) + 1)
        for k, item in enumerate(row):
            new[k] += euler[k]
            new[k + 1] -= euler[k] + power * item
        row, power, offset = new, power - 1, offset + 2  # 1/r of D, 1/r of 1/(2 r)
        while offset and row[0] == 0:
            row, offset = row[1:], offset - 1
        while row[-1] == 0:
            row = row[:-1]
    return power, tuple(item / (15 * 2**n) for item in row), offset
