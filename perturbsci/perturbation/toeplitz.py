"""The Toeplitz equations of a Padé approximant: exact by elimination, robust by the SVD.

    sum_{j=0..M} c_{L+i-j} q_j = 0, i = 1..M;    p_i = sum_{j<=i} c_{i-j} q_j, i = 0..L

With dependent equations L and M shrink by the defect until none is; powers of epsilon
that p and q then share are divided out.

References: Bareiss (1968); Gonnet, Güttel and Trefethen (2013), algorithm 2.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy

from perturbsci.backend import linalg
from perturbsci.types import Array

__all__ = ["exact_pair", "robust_pair"]

TOLERANCE = 1e-14  # relative to the norm of the scaled coefficients


def exact_pair(
    series: Sequence[Fraction], numerator: int, denominator: int
) -> tuple[list[Fraction], list[Fraction], int]:
    """Return p and q in rational arithmetic.

    Parameters
    ----------
    series : sequence of Fraction
        L + M + 1 coefficients.
    numerator, denominator : int
        L and M.

    Returns
    -------
    p, q : list of Fraction
        Without common powers and trailing zeros; q_0 = 1.
    defect : int
        By how much L and M shrank.

    Notes
    -----
    About M^3/3 products of integers that grow to M times the digits of the series.
    """
    common = math.lcm(*(value.denominator for value in series))
    whole = [int(value * common) for value in series]
    top, size = numerator, denominator
    while True:
        rows = [
            [_at(whole, top + i - j) for j in range(size + 1)] for i in range(1, size + 1)
        ]
        rank, q = _null_vector(rows, size)
        if rank == size or not any(whole[: top + 1]):
            break
        top, size = top - (size - rank), rank
    if not any(series[: numerator + 1]):
        return [Fraction(0)], [Fraction(1)], min(numerator, denominator)
    p = [
        sum((q[j] * _at(series, i - j) for j in range(min(i, size) + 1)), Fraction(0))
        for i in range(top + 1)
    ]
    while not q[0]:
        p, q = p[1:], q[1:]
    p, q = [value / q[0] for value in p], [value / q[0] for value in q]
    return _trimmed(p), _trimmed(q), denominator - size


def _at(series: Sequence, index: int) -> int:
    return series[index] if index >= 0 else 0


def _trimmed(values: list[Fraction]) -> list[Fraction]:
    while len(values) > 1 and not values[-1]:
        values = values[:-1]
    return values


def _null_vector(rows: list[list[int]], size: int) -> tuple[int, list[Fraction]]:
    """Return the rank, and the null vector that is unique if the rank is full."""
    pivots: list[int] = []
    divisor = 1
    for column in range(size + 1):
        k = len(pivots)
        found = next((i for i in range(k, len(rows)) if rows[i][column]), None)
        if found is None:
            continue
        rows[k], rows[found] = rows[found], rows[k]
        pivot = rows[k][column]
        for i in range(k + 1, len(rows)):
            factor = rows[i][column]
            # Exact division (Bareiss 1968): the entries are minors of the matrix.
            rows[i] = [
                (pivot * x - factor * y) // divisor if j > column else 0
                for j, (x, y) in enumerate(zip(rows[i], rows[k], strict=True))
            ]
        divisor = pivot
        pivots.append(column)
    free = next(column for column in range(size + 1) if column not in pivots)
    q = [Fraction(int(column == free)) for column in range(size + 1)]
    for k in reversed(range(len(pivots))):
        column = pivots[k]
        total = sum((rows[k][j] * q[j] for j in range(column + 1, size + 1)), Fraction(0))
        q[column] = -total / rows[k][column]
    return len(pivots), q


def robust_pair(
    series: Array, numerator: int, denominator: int
) -> tuple[Array, Array, int]:
    """Return p and q in floating point, without pairs of pole and zero made of rounding.

    Parameters
    ----------
    series : real or complex array, shape (L + M + 1,)
        Rounded coefficients.
    numerator, denominator : int
        L and M.

    Returns
    -------
    p, q : array, shape (at most L + 1,) and (at most M + 1,)
        With q_0 = 1.
    defect : int
        By how much L and M shrank.

    Notes
    -----
    Epsilon is scaled so that the coefficients neither grow nor decay; without it the
    tolerance would be relative to the largest coefficient of a divergent series.
    """
    scale = _scale(series)
    c = series * scale ** numpy.arange(len(series))
    smallest = TOLERANCE * float(linalg.norm(c))
    if not (abs(c[: numerator + 1]) > smallest).any():
        return numpy.zeros(1), numpy.ones(1), min(numerator, denominator)
    top, size = numerator, denominator
    while size:
        lower = _toeplitz(c, top + 1, top + size + 1, size)
        rank = int((linalg.svd(lower)[1] > smallest).sum())
        if rank == size:
            break
        top, size = top - (size - rank), rank
    q = numpy.ones(1)
    if size:
        # Weights that favor large entries keep the zeros of q clear of rounding.
        v = numpy.linalg.svd(lower)[2][-1].conj()
        weights = abs(v) + math.sqrt(2.0**-53)
        last = numpy.linalg.qr((lower * weights).conj().T, mode="complete")[0][:, -1]
        q = weights * last
        q = q / linalg.norm(q)
    p = _toeplitz(c, 0, top + 1, size) @ q
    first = int(numpy.argmax(abs(q) > TOLERANCE))
    p, q = p[first:], q[first:]
    q = q[: 1 + int(numpy.flatnonzero(abs(q) > TOLERANCE)[-1])]
    kept = numpy.flatnonzero(abs(p) > smallest)
    p = p[: 1 + int(kept[-1]) if len(kept) else 1]
    p, q = p / q[0], q / q[0]
    return (
        p / scale ** numpy.arange(len(p)),
        q / scale ** numpy.arange(len(q)),
        (denominator - size),
    )


def _toeplitz(c: Array, start: int, stop: int, size: int) -> Array:
    """Return the rows start..stop-1 of c_{i-j}, j = 0..size."""
    index = numpy.arange(start, stop)[:, None] - numpy.arange(size + 1)
    return numpy.where(index >= 0, c[numpy.maximum(index, 0)], 0)


def _scale(series: Array) -> float:
    """Return s that levels c_n s^n: the slope of ln|c_n| over n, by least squares."""
    n = numpy.flatnonzero(series)
    if len(n) < 2:
        return 1.0
    return math.exp(
        -numpy.polynomial.polynomial.polyfit(n, numpy.log(abs(series[n])), 1)[1]
    )
