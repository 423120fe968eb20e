"""Legendre polynomials at Gauss nodes to the last digit, from 50-digit arithmetic."""

import functools
from typing import Any

import numpy
from mpmath.ctx_mp import MPContext

from perturbsci.surrogates.balls import UNIT, Ball
from perturbsci.types import Array

__all__ = ["exact_nodes", "legendre_ball", "restriction_ball", "transform_ball"]

DIGITS = 50


@functools.lru_cache(maxsize=1)
def _arithmetic() -> MPContext:
    context = MPContext()
    context.dps = DIGITS
    return context


def _polynomials(x: Any, degree: int, order: int) -> list[list[Any]]:
    """Return P_n^(k)(x) for k = 0, ..., order and n = 0, ..., degree."""
    one = x * 0 + 1
    rows = [[one, x]]
    for n in range(1, degree):
        rows[0].append(((2 * n + 1) * x * rows[0][n] - n * rows[0][n - 1]) / (n + 1))
    for _ in range(order):
        last = rows[-1]
        row = [one * 0, last[0]]
        for n in range(2, degree + 1):
            row.append(row[n - 2] + (2 * n - 1) * last[n - 1])
        rows.append(row)
    return [row[: degree + 1] for row in rows]


@functools.lru_cache(maxsize=32)
def exact_nodes(count: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return Gauss-Legendre nodes and weights with 50 digits.

    Parameters
    ----------
    count : int
        Number of nodes.

    Returns
    -------
    nodes, weights : tuple of mpf
        By Newton's method from those of float64.
    """
    context = _arithmetic()
    nodes, weights = [], []
    for start in numpy.polynomial.legendre.leggauss(count)[0]:
        x = context.mpf(float(start))
        for _ in range(3):
            value, slope = (row[count] for row in _polynomials(x, max(count, 1), 1))
            x = x - value / slope
        slope = _polynomials(x, max(count, 1), 1)[1][count]
        nodes.append(x)
        weights.append(2 / ((1 - x * x) * slope * slope))
    return tuple(nodes), tuple(weights)


@functools.lru_cache(maxsize=64)
def legendre_ball(count: int, degree: int, order: int) -> Ball:
    """Return P_n^(order) at the Gauss nodes, shape (count, degree + 1).

    Parameters
    ----------
    count, degree, order : int
        Nodes, highest degree, which derivative.

    Returns
    -------
    table : Ball
        Radius: one unit of the last place.
    """
    rows = [
        _polynomials(x, max(degree, 1), order)[order][: degree + 1]
        for x in exact_nodes(count)[0]
    ]
    return _rounded(numpy.array([[float(item) for item in row] for row in rows]))


@functools.lru_cache(maxsize=32)
def transform_ball(count: int) -> Ball:
    """Return the matrix from values at Gauss nodes to Legendre coefficients.

    Parameters
    ----------
    count : int
        Nodes; exact for polynomials of degree below it.

    Returns
    -------
    matrix : Ball, shape (count, count)
        Entry [n, j] = (2 n + 1)/2 w_j P_n(x_j).
    """
    nodes, weights = exact_nodes(count)
    columns = [
        [float((2 * n + 1) * w * value / 2) for n, value in enumerate(row)]
        for w, row in zip(
            weights,
            (_polynomials(x, max(count - 1, 1), 0)[0][:count] for x in nodes),
            strict=True,
        )
    ]
    return _rounded(numpy.array(columns).T)


def _rounded(table: Array) -> Ball:
    return Ball(table, UNIT * numpy.abs(table))


def restriction_ball(
    n: int, low: float, high: float, inner_low: float, inner_high: float
) -> Ball:
    """Return the matrix from Legendre coefficients to those on a smaller interval.

    Parameters
    ----------
    n : int
        Coefficients.
    low, high : float
        Ends of the interval.
    inner_low, inner_high : float
        Ends of the smaller one, exact.

    Returns
    -------
    matrix : Ball, shape (n, n)
        The identity if both are the same.
    """
    if (low, high) == (inner_low, inner_high):
        return Ball(numpy.eye(n))
    context = _arithmetic()
    a, b, c, d = (context.mpf(item) for item in (low, high, inner_low, inner_high))
    nodes, weights = exact_nodes(n)
    rows = []
    for x, w in zip(nodes, weights, strict=True):
        place = (c + d) / 2 + (d - c) / 2 * x
        outer = _polynomials((2 * place - a - b) / (b - a), max(n - 1, 1), 0)[0][:n]
        inner = _polynomials(x, max(n - 1, 1), 0)[0][:n]
        rows.append(
            [[(2 * k + 1) * w * p * q / 2 for q in outer] for k, p in enumerate(inner)]
        )
    total = [
        [float(sum(rows[j][k][m] for j in range(n))) for m in range(n)] for k in range(n)
    ]
    return _rounded(numpy.array(total))
