"""Gaussians with a center and a scale in each coordinate, and their derivatives.

phi(x) = exp(-z.z/2), z_k = (x_k - c_k) s_k. gaussian_sum: sum_j w_j phi_j with its
gradient and its pure second derivatives, -z_k s_k phi and (z_k^2 - 1) s_k^2 phi.
gaussian_features: one mixed derivative of each, D^alpha phi = prod_k (-s_k)^alpha_k
He_alpha_k(z_k) phi with the Hermite polynomials of probability. Both are bitwise.

Examples
--------
>>> import numpy as np
>>> x, center = np.array([[0.0], [1.0]]), np.array([[0.0]])
>>> gaussian_sum(x, center, np.ones((1, 1)), np.array([2.0]), 3)
array([[ 2.        ,  0.        , -2.        ],
       [ 1.21306132, -1.21306132,  0.        ]])
>>> gaussian_features(x, center, np.ones((1, 1)), np.array([2])) + 0.0  # no -0
array([[-1.],
       [ 0.]])
"""

from math import exp

import numpy

from perturbsci.backend import random
from perturbsci.backend.launch import kernel
from perturbsci.types import Array

__all__ = ["gaussian_features", "gaussian_sum"]


def _sum_example(dtype: str, seed: int) -> tuple[object, ...]:
    x = random.uniform((150, 2), seed=seed, dtype=dtype)
    center = random.uniform((20, 2), seed=seed, stream=1, dtype=dtype)
    scale = random.uniform((20, 2), seed=seed, stream=2, dtype=dtype) + 1
    return x, center, scale, random.uniform(20, seed=seed, stream=3, dtype=dtype), 5


# The columns of scratch are contiguous in the index, which out is not: lanes need that.
@kernel(
    "x[n, d], center[m, d], scale[m, d], weight[m], q:i"
    " -> out[n, q], _x[d, n], _z[d, n], _sum[q, n]",
    over="n",
    cost="m * 20",
    schedule="lanes",
    example=_sum_example,
)
def gaussian_sum(
    i: int,
    x: Array,
    center: Array,
    scale: Array,
    weight: Array,
    q: int,
    out: Array,
    _x: Array,
    _z: Array,
    _sum: Array,
) -> None:
    """Column 0: the value; then d of the gradient, then d second derivatives.

    q = 1 + 2 d; a smaller odd q = 1 + 2 p keeps the first p coordinates (q = 1: the value
    alone), columns beyond 1 + 2 d are 0. The error is at most m + d + 8 unit roundoffs
    times the sum of the absolute terms, each times 1 + z.z. About 30 + 12 d flops a pair.
    """
    for k in range(x.shape[1]):
        _x[k, i] = x[i, k]
    for k in range(q):
        _sum[k, i] = 0.0
    value = 0.0
    for j in range(center.shape[0]):
        square = 0.0
        for k in range(x.shape[1]):
            z = (_x[k, i] - center[j, k]) * scale[j, k]
            _z[k, i] = z
            square += z * z
        phi = weight[j] * exp(-0.5 * square)
        value += phi
        for k in range(min(x.shape[1], (q - 1) // 2)):
            slope = _z[k, i] * phi
            bend = _z[k, i] * slope - phi
            _sum[1 + k, i] -= slope * scale[j, k]
            _sum[1 + (q - 1) // 2 + k, i] += bend * (scale[j, k] * scale[j, k])
    for k in range(q):
        out[i, k] = value if k == 0 else _sum[k, i]


def _features_example(dtype: str, seed: int) -> tuple[object, ...]:
    x, center, scale, _weight, _q = _sum_example(dtype, seed)
    return x, center, scale, numpy.array([seed % 4, 2])


@kernel(
    "x[n, d], center[m, d], scale[m, d], alpha[d]:i -> phi[n, m]",
    over="n, m",
    cost="d * 10",
    schedule="lanes",
    example=_features_example,
)
def gaussian_features(
    i: int, j: int, x: Array, center: Array, scale: Array, alpha: Array, phi: Array
) -> None:
    """D^alpha of each Gaussian at each point, alpha from 0 on.

    g_0 = 1, g_{a+1} = -s (z g_a + a s g_{a-1}), so g_a = (-s)^a He_a(z). The error is a
    small multiple of abs(alpha) + z.z unit roundoffs, relative to the largest term of the
    polynomial. About 30 + 8 d + 5 abs(alpha) flops.
    """
    square = 0.0
    product = 1.0
    for k in range(x.shape[1]):
        z = (x[i, k] - center[j, k]) * scale[j, k]
        square += z * z
        before = 0.0
        value = 1.0
        for a in range(alpha[k]):
            after = -scale[j, k] * (z * value + a * scale[j, k] * before)
            before = value
            value = after
        product *= value
    phi[i, j] = product * exp(-0.5 * square)
