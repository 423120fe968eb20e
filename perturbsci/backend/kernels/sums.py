"""Sums over poles: powers of complex ratios, and partial fractions.

vandermonde_sum: out_l = Re sum_j c_j r_j^l for l = 0, ..., length - 1, the impulse
response of a diagonal linear system. cauchy_sum: out_i = sum_j c_j / (z_i - p_j), its
transfer function. Both are bitwise: each index adds its terms in the order of j.

References: Higham (2002), section 3.6, for the error sqrt(5) 2^-53 of a complex product.

Examples
--------
>>> import numpy as np
>>> c, ratio = np.array([[1.0 + 0j, 1.0]]), np.array([[0.5 + 0j, 1j]])
>>> vandermonde_sum(c, ratio, 5)
array([[ 2.    ,  0.5   , -0.75  ,  0.125 ,  1.0625]])
>>> cauchy_sum(c[0], ratio[0], np.array([1.0 + 0j]))
array([2.5+0.5j])
"""

import math

from perturbsci.backend import random
from perturbsci.backend.kernels.complexes import times
from perturbsci.backend.language import wide
from perturbsci.backend.launch import kernel
from perturbsci.types import Array

__all__ = ["cauchy_sum", "vandermonde_sum"]

INFINITY = math.inf


def _points(shape: tuple[int, ...], dtype: str, seed: int, stream: int) -> Array:
    """Return complex numbers of the unit square."""
    parts = random.uniform((*shape, 2), seed=seed, stream=stream, dtype=dtype)
    return parts.view("c8" if dtype == "f4" else "c16")[..., 0]


def _vandermonde_example(dtype: str, seed: int) -> tuple[object, ...]:
    return _points((3, 5), dtype, seed, 0), _points((3, 5), dtype, seed, 1) * 0.5, 200


# Index (h, b) serves l = b, b + 64, ...: neighbors in memory are neighbors in the lanes,
# and r^b and r^64 are formed once for all of them. With about 64 ratios a row, the cost
# of an index is the length.
@kernel(
    "c[h, m]:c, ratio[h, m]:c, length:i -> out[h, length]",
    over="h, 64",
    cost="length",
    schedule="lanes",
    example=_vandermonde_example,
)
def vandermonde_sum(
    i: int, b: int, c: Array, ratio: Array, length: int, out: Array
) -> None:
    """Re sum_j c[i, j] ratio[i, j]^l.

    0^0 = 1; powers that underflow are 0. r^b and r^64 come from binary powering, in
    float64 also for float32, and the rest is multiplication by r^64. In float64 the error
    of entry l is at most (4 (l + 1) + m) 2^-52 sum_j abs(c_j) abs(r_j)^l, in float32
    (4 (l // 64 + 1) + m) 2^-23 times that sum. About 7 flops a term.
    """
    for t in range(length // 64):
        out[i, 64 * t + b] = 0.0
    if length // 64 * 64 + b < length:
        out[i, length // 64 * 64 + b] = 0.0
    for j in range(c.shape[1]):
        start_re = wide(c[i, j, 0])
        start_im = wide(c[i, j, 1])
        square_re = wide(ratio[i, j, 0])
        square_im = wide(ratio[i, j, 1])
        for bit in range(6):
            next_re, next_im = times(square_re, square_im, start_re, start_im)
            start_re = next_re if (b >> bit) & 1 == 1 else start_re
            start_im = next_im if (b >> bit) & 1 == 1 else start_im
            square_re, square_im = times(square_re, square_im, square_re, square_im)
        x = float(start_re)
        y = float(start_im)
        step_re = float(square_re)
        step_im = float(square_im)
        for t in range(length // 64):
            out[i, 64 * t + b] += x
            before = x
            x = step_re * x - step_im * y
            y = step_re * y + step_im * before
        if length // 64 * 64 + b < length:
            out[i, length // 64 * 64 + b] += x


def _cauchy_example(dtype: str, seed: int) -> tuple[object, ...]:
    z = _points((150,), dtype, seed, 2) - 1
    return _points((20,), dtype, seed, 0), _points((20,), dtype, seed, 1), z


@kernel(
    "c[m]:c, pole[m]:c, z[n]:c -> out[n]:c",
    over="n",
    cost="m",
    schedule="lanes",
    example=_cauchy_example,
)
def cauchy_sum(i: int, c: Array, pole: Array, z: Array, out: Array) -> None:
    """sum_j c[j] / (z[i] - pole[j]), one real division a term.

    A hit, z = pole, adds inf to the real part. Distances have squares in the range of the
    type: 1e-150 to 1e150 in float64, 1e-18 to 1e18 in float32; a smaller one counts as a
    hit. The error is at most (m + 8) unit roundoffs times sum_j abs(c_j) / abs(z - p_j),
    beside that of the differences z - p_j.
    """
    z_re = z[i, 0]
    z_im = z[i, 1]
    total_re = 0.0
    total_im = 0.0
    for j in range(c.shape[0]):
        x = z_re - pole[j, 0]
        y = z_im - pole[j, 1]
        square = x * x + y * y
        inverse = 1.0 / square
        term_re = (c[j, 0] * x + c[j, 1] * y) * inverse
        term_im = (c[j, 1] * x - c[j, 0] * y) * inverse
        total_re += INFINITY if square == 0.0 else term_re
        total_im += 0.0 if square == 0.0 else term_im
    out[i, 0] = total_re
    out[i, 1] = total_im
