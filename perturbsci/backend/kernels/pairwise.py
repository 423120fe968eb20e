"""Kernel functions of pairs of points, and of their inner products.

radial_matrix: r^2 = sum_a (x_ia - y_ja)^2 by differences, then exp(-r^2/s^2), exp(-r/s)
or 1/(1 + r^2/s^2). inner_matrix: (1 + g/s^2)^power. Both are bitwise.

Examples
--------
>>> import numpy as np
>>> x = np.array([[0.0, 0.0], [3.0, 4.0]])
>>> radial_matrix(x, x, 5.0, RATIONAL)
array([[1. , 0.5],
       [0.5, 1. ]])
>>> inner_matrix(x @ x.T, 5.0, 3)
array([[1., 1.],
       [1., 8.]])
"""

import math
from math import exp, sqrt

from perturbsci.backend import random
from perturbsci.backend.launch import kernel
from perturbsci.types import Array

__all__ = ["GAUSSIAN", "LAPLACIAN", "RATIONAL", "inner_matrix", "radial_matrix"]

GAUSSIAN, LAPLACIAN, RATIONAL = 0, 1, 2
NAN = math.nan


def _radial_example(dtype: str, seed: int) -> tuple[object, ...]:
    points = random.uniform((80, 3), seed=seed, dtype=dtype)
    return points[:12], points[10:], 0.5, seed % 3


# A loop of one turn or none is a branch that the schedule takes for all lanes at once.
@kernel(
    "x[n, d], y[m, d], scale, kind:i -> k[n, m]",
    over="n, m",
    cost="d",
    schedule="lanes",
    example=_radial_example,
)
def radial_matrix(
    i: int, j: int, x: Array, y: Array, scale: float, kind: int, k: Array
) -> None:
    """GAUSSIAN exp(-r^2/s^2), LAPLACIAN exp(-r/s) or RATIONAL 1/(1 + r^2/s^2).

    NaN for any other kind. The relative error is at most d + 6 unit roundoffs times
    1 + r^2/s^2 (or 1 + r/s); no cancellation, because r^2 is a sum of squares. 3 d flops
    and one function a pair: from d = 32 on a matrix product of centered points is faster.
    """
    square = 0.0
    for a in range(x.shape[1]):
        square += (x[i, a] - y[j, a]) * (x[i, a] - y[j, a])
    for _gaussian in range(1 if kind == GAUSSIAN else 0):
        k[i, j] = exp(-(square / (scale * scale)))
    for _laplacian in range(1 if kind == LAPLACIAN else 0):
        k[i, j] = exp(-(sqrt(square) / scale))
    for _rational in range(1 if kind == RATIONAL else 0):
        k[i, j] = 1.0 / (1.0 + square / (scale * scale))
    for _unknown in range(1 if kind < GAUSSIAN or kind > RATIONAL else 0):
        k[i, j] = NAN


def _inner_example(dtype: str, seed: int) -> tuple[object, ...]:
    return random.uniform((9, 70), seed=seed, dtype=dtype) - 0.5, 0.75, 5


# Powers below 16 take one pass over memory; the bits of a higher one are the same for all
# entries, so they are loops of one turn or none.
@kernel(
    "g[n, m], scale, power:i -> k[n, m]",
    over="n, m",
    schedule="lanes",
    example=_inner_example,
)
def inner_matrix(i: int, j: int, g: Array, scale: float, power: int, k: Array) -> None:
    """(1 + g/s^2)^power by binary powering; NaN for a negative power.

    The relative error is at most 2 power unit roundoffs beside that of 1 + g/s^2. Memory
    bound for the powers in use.
    """
    base = 1.0 + g[i, j] / (scale * scale)
    square = base * base
    fourth = square * square
    eighth = fourth * fourth
    high = eighth * eighth
    result = 1.0 if power >= 0 else NAN
    result = result * base if power & 1 == 1 else result
    result = result * square if power & 2 == 2 else result
    result = result * fourth if power & 4 == 4 else result
    k[i, j] = result * eighth if power & 8 == 8 else result
    for _high in range(1 if power > 15 else 0):
        for bit in range(4, 63):
            for _odd in range((power >> bit) & 1):
                k[i, j] *= high
            high *= high
