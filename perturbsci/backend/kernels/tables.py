"""Tables of basis functions at points, and products of them.

polynomial_table: any three-term recurrence with derivatives,
p_{k+1} = (a_k x + b_k) p_k - c_k p_{k-1}, p_0 = first, p_{-1} = 0; row k of ``recurrence``
is (a_k, b_k, c_k). The functions below return the pair (recurrence, first) of the
classical families. trigonometric_table: e^{ikx}. tensor_products: one factor a coordinate.
The kernels are bitwise.

References: Olver, Lozier, Boisvert and Clark (2010), table 18.9.1.

Examples
--------
>>> import numpy as np
>>> recurrence, first = chebyshev(4)
>>> polynomial_table(np.array([0.5]), recurrence, first, 2)
array([[[ 1. ,  0.5, -0.5, -1. ],
        [ 0. ,  1. ,  2. ,  0. ]]])
"""

from math import cos, sin, sqrt

import numpy

from perturbsci.backend import random
from perturbsci.backend.arrays import to_device
from perturbsci.backend.kernels.complexes import times
from perturbsci.backend.launch import kernel
from perturbsci.types import Array

__all__ = [
    "chebyshev",
    "hermite",
    "legendre",
    "monomials",
    "orthonormal_hermite",
    "orthonormal_legendre",
    "physicists_hermite",
    "polynomial_table",
    "tensor_products",
    "tensor_products_complex",
    "trigonometric_table",
]


def _recurrence(a: Array, c: Array, backend: str | None) -> Array:
    """Return the rows (a_k, 0, c_k): all families here are even or odd by turns."""
    return to_device(numpy.stack([a, 0.0 * a, c], axis=1), backend)


def chebyshev(q: int, *, backend: str | None = None) -> tuple[Array, float]:
    """Return the recurrence of T_0, ..., T_{q-1}: a_0 = 1, a_k = 2, c = 1.

    Parameters
    ----------
    q : int
        Number of polynomials.
    backend : str, optional
        Where the array shall live; default that of the backend in force.

    Returns
    -------
    recurrence : array, shape (q, 3)
        In float64; cast it for float32 tables.
    first : float
        p_0.
    """
    k = numpy.arange(q)
    return _recurrence(numpy.where(k > 0, 2.0, 1.0), numpy.ones(q), backend), 1.0


def legendre(q: int, *, backend: str | None = None) -> tuple[Array, float]:
    """Return the recurrence of P_0, ...: a = (2k+1)/(k+1), c = k/(k+1).

    Parameters
    ----------
    q, backend : int, str
        As ``chebyshev``.

    Returns
    -------
    recurrence, first : array, shape (q, 3), and float
        As ``chebyshev``.
    """
    k = numpy.arange(q)
    return _recurrence((2 * k + 1) / (k + 1), k / (k + 1), backend), 1.0


def orthonormal_legendre(q: int, *, backend: str | None = None) -> tuple[Array, float]:
    """Return the recurrence of sqrt(k + 1/2) P_k, orthonormal on [-1, 1].

    a = sqrt((2k+1)(2k+3))/(k+1), c = k/(k+1) sqrt((2k+3)/(2k-1)), first = 2^-1/2.

    Parameters
    ----------
    q, backend : int, str
        As ``chebyshev``.

    Returns
    -------
    recurrence, first : array, shape (q, 3), and float
        As ``chebyshev``.
    """
    k = numpy.arange(q)
    a = numpy.sqrt((2 * k + 1) * (2 * k + 3)) / (k + 1)
    c = k / (k + 1) * numpy.sqrt((2 * k + 3) / abs(2 * k - 1))  # c_0 = 0
    return _recurrence(a, c, backend), sqrt(0.5)


def hermite(q: int, *, backend: str | None = None) -> tuple[Array, float]:
    """Return the recurrence of He_0, ... (probability, weight e^{-x^2/2}): a = 1, c = k.

    Parameters
    ----------
    q, backend : int, str
        As ``chebyshev``.

    Returns
    -------
    recurrence, first : array, shape (q, 3), and float
        As ``chebyshev``.
    """
    k = numpy.arange(q)
    return _recurrence(numpy.ones(q), 1.0 * k, backend), 1.0


def orthonormal_hermite(q: int, *, backend: str | None = None) -> tuple[Array, float]:
    """Return the recurrence of He_k / sqrt(k!): a = (k+1)^-1/2, c = sqrt(k/(k+1)).

    Parameters
    ----------
    q, backend : int, str
        As ``chebyshev``.

    Returns
    -------
    recurrence, first : array, shape (q, 3), and float
        As ``chebyshev``; orthonormal under the standard normal distribution.
    """
    k = numpy.arange(q)
    return _recurrence(1 / numpy.sqrt(k + 1), numpy.sqrt(k / (k + 1)), backend), 1.0


def physicists_hermite(q: int, *, backend: str | None = None) -> tuple[Array, float]:
    """Return the recurrence of H_0, ... (physics, weight e^{-x^2}): a = 2, c = 2k.

    Parameters
    ----------
    q, backend : int, str
        As ``chebyshev``.

    Returns
    -------
    recurrence, first : array, shape (q, 3), and float
        As ``chebyshev``.
    """
    k = numpy.arange(q)
    return _recurrence(numpy.full(q, 2.0), 2.0 * k, backend), 1.0


def monomials(q: int, *, backend: str | None = None) -> tuple[Array, float]:
    """Return the recurrence of 1, x, x^2, ...: a = 1, c = 0.

    Parameters
    ----------
    q, backend : int, str
        As ``chebyshev``.

    Returns
    -------
    recurrence, first : array, shape (q, 3), and float
        As ``chebyshev``.
    """
    return _recurrence(numpy.ones(q), numpy.zeros(q), backend), 1.0


def _polynomial_example(dtype: str, seed: int) -> tuple[object, ...]:
    x = 2 * random.uniform(150, seed=seed, dtype=dtype) - 1
    recurrence, first = chebyshev(9, backend="numpy")
    return x, recurrence.astype(dtype), first, 3


@kernel(
    "x[n], recurrence[q, 3], first, orders:i -> table[n, orders, q]",
    over="n",
    cost="orders * q",
    schedule="lanes",
    example=_polynomial_example,
)
def polynomial_table(
    i: int, x: Array, recurrence: Array, first: float, orders: int, table: Array
) -> None:
    """p_k^(s)(x_i) for s < orders: the values, then their derivatives.

    p_{k+1}^(s) = (a_k x + b_k) p_k^(s) + s a_k p_k^(s-1) - c_k p_{k-1}^(s). On the interval
    of orthogonality the error grows like k unit roundoffs of the largest entry of a row.
    7 flops an entry.
    """
    for s in range(orders):
        before = 0.0
        value = first if s == 0 else 0.0
        for k in range(recurrence.shape[0]):
            table[i, s, k] = value
            lower = s * recurrence[k, 0] * table[i, s - 1, k] if s > 0 else 0.0
            after = (recurrence[k, 0] * x[i] + recurrence[k, 1]) * value + lower
            after -= recurrence[k, 2] * before
            before = value
            value = after


def _trigonometric_example(dtype: str, seed: int) -> tuple[object, ...]:
    return 8 * random.uniform(150, seed=seed, dtype=dtype) - 4, 12


@kernel(
    "x[n], q:i -> table[n, q]:c",
    over="n",
    cost="q",
    schedule="lanes",
    example=_trigonometric_example,
)
def trigonometric_table(i: int, x: Array, q: int, table: Array) -> None:
    """e^{ikx} for k = 0, ..., q-1: entry k is the product of entries k//2 and k - k//2.

    The error of entry k is at most 2 (k + 1) 2^-52 (float32: 2^-23): that of e^{ix} is
    multiplied by k in any scheme. 6 flops an entry.
    """
    for _constant in range(min(q, 1)):
        table[i, 0, 0] = 1.0
        table[i, 0, 1] = 0.0
    for _first in range(1, min(q, 2)):
        table[i, 1, 0] = cos(x[i])
        table[i, 1, 1] = sin(x[i])
    for k in range(2, q):
        a = table[i, k // 2, 0]
        b = table[i, k // 2, 1]
        re, im = times(a, b, table[i, k - k // 2, 0], table[i, k - k // 2, 1])
        table[i, k, 0] = re
        table[i, k, 1] = im


def _index_example(seed: int, low: int) -> Array:
    return ((numpy.arange(140) + seed) * 5 % 7 + low).reshape(70, 2)


def _tensor_example(dtype: str, seed: int) -> tuple[object, ...]:
    tables = random.uniform((2, 9, 7), seed=seed, dtype=dtype)
    weight = random.uniform(9, seed=seed, stream=1, dtype=dtype)
    return tables, _index_example(seed, 0), weight


@kernel(
    "tables[d, n, q], index[m, d]:i, weight[n] -> psi[n, m]",
    over="n, m",
    cost="d",
    schedule="lanes",
    example=_tensor_example,
)
def tensor_products(
    i: int, j: int, tables: Array, index: Array, weight: Array, psi: Array
) -> None:
    """weight_i prod_k tables[k, i, index[j, k]], from left to right.

    Every index lies in 0, ..., q-1; this is not checked. The relative error is at most d
    unit roundoffs.
    """
    product = weight[i]
    for k in range(tables.shape[0]):
        product *= tables[k, i, index[j, k]]
    psi[i, j] = product


def _complex_example(dtype: str, seed: int) -> tuple[object, ...]:
    parts = random.uniform((2, 9, 4, 2), seed=seed, dtype=dtype)
    weight = random.uniform(9, seed=seed, stream=1, dtype=dtype)
    tables = parts.view("c8" if dtype == "f4" else "c16")[..., 0]
    return tables, _index_example(seed, -3), weight


@kernel(
    "tables[d, n, q]:c, index[m, d]:i, weight[n] -> psi[n, m]:c",
    over="n, m",
    cost="d * 4",
    schedule="lanes",
    example=_complex_example,
)
def tensor_products_complex(
    i: int, j: int, tables: Array, index: Array, weight: Array, psi: Array
) -> None:
    """As ``tensor_products``; an index below 0 takes the conjugate of entry -index.

    So one table of e^{ikx}, k >= 0, serves all frequencies. Every index lies in
    1-q, ..., q-1. The relative error is at most 3 d unit roundoffs.
    """
    x = weight[i]
    y = 0.0
    for k in range(tables.shape[0]):
        im = tables[k, i, abs(index[j, k]), 1]
        im = -im if index[j, k] < 0 else im
        x, y = times(x, y, tables[k, i, abs(index[j, k]), 0], im)
    psi[i, j, 0] = x
    psi[i, j, 1] = y
