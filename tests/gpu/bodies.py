"""Small bodies that use every construct of the kernel language."""

from math import exp

import numpy

from perturbsci.backend.language import from_bits, to_bits, u4, u8, unsigned, wide
from perturbsci.backend.launch import kernel

SHIFT = 3


def bump(x, width):
    """A function in the language, with two paths."""
    if x > width:
        return exp(-x)
    return x * x


def swap(x, y):
    """Two values."""
    return y, x


def bells(i, x, center, weight, rate, field):
    total = 0.0
    for j in range(center.shape[0]):
        d = x[i] - center[j]
        total += weight[j] * exp(-rate * d * d)
    field[i] = total


def branches(i, j, k, x, y, table, counts):
    count = 0
    low, high = swap(y[j], x[i])
    while low < high:
        low = 2.0 * low + 0.125
        count += 1
        if count > 7:
            break
    for m in range(5, 0, -2):
        if m == k:
            continue
        low += bump(low, 0.5) if m > SHIFT else min(low, y[k])
    table[i, j, k] = max(low, float(count) / 3) + (count % 3) * x[i] ** 3
    counts[i, j, k] = count // 2 - k


def precise(i, x, y):
    total = wide(0)
    for j in range(x.shape[1]):
        total += wide(x[i, j]) * wide(x[i, j])
    y[i] = float(total)


def early(i, x, n_terms, y):
    y[i] = 0.0
    for j in range(n_terms):
        if x[i] < 0.1 * j:
            return
        y[i] = y[i] + x[i]


def hashed(i, key, words):
    a = key[i]
    for _round in range(10):
        p = u8(a) * u8(0xD2511F53)
        a = u4(p >> 32) ^ u4(p) ^ u4(i)
    words[i] = a


def flipped(i, x, y):
    y[i] = from_bits(to_bits(x[i]) ^ (unsigned(1)))


def product(i, x, y, z):
    real = x[i, 0] * y[i, 0] - x[i, 1] * y[i, 1]
    imaginary = x[i, 0] * y[i, 1] + x[i, 1] * y[i, 0]
    z[i, 0] = real
    z[i, 1] = imaginary


def grow(i, steps, x, y):
    value = x[i]
    before = 0.0
    for _step in range(steps):
        value = value * 0.5 + before
        before = value
    y[i] = value + before


def cases(dtype):
    """Return name -> (body, signature, over, inputs)."""
    rng = numpy.random.default_rng(0)
    x, y = rng.random(150).astype(dtype), rng.random(7).astype(dtype)
    z = (rng.standard_normal(70) + 1j * rng.standard_normal(70)).astype(
        numpy.result_type(dtype, numpy.complex64)
    )
    return {
        "bells": (
            bells,
            "x[n], center[m], weight[m], rate -> field[n]",
            "n",
            (x, y, y, 3.0),
        ),
        "branches": (
            branches,
            "x[n], y[m] -> table[n, m, m], counts[n, m, m]:i",
            "n, m, m",
            (x[:9], y),
        ),
        "precise": (precise, "x[n, m] -> y[n]", "n", (x.reshape(-1, 3),)),
        "early": (early, "x[n], n_terms:i -> y[n]", "n", (x, 12)),
        "hashed": (
            hashed,
            "key[n]:u4 -> words[n]:u4",
            "n",
            (rng.integers(0, 2**32, 99, dtype=numpy.uint32),),
        ),
        "flipped": (flipped, "x[n] -> y[n]", "n", (x,)),
        "product": (product, "x[n]:c, y[n]:c -> z[n]:c", "n", (z, z[::-1].copy())),
        "grow": (grow, "steps:i, x[n] -> y[n]", "n", (9, x)),
    }


NAMES = ("bells", "branches", "precise", "early", "hashed", "flipped", "product", "grow")
WITHOUT_RETURN = tuple(name for name in NAMES if name != "early")


def made(name, dtype, schedule="flat"):
    """Return a kernel and inputs for it."""
    body, signature, over, inputs = cases(dtype)[name]
    return kernel(signature, over=over, schedule=schedule)(body), inputs


def bits(result):
    """Return the bytes of one output or of several."""
    arrays = result if isinstance(result, tuple) else (result,)
    return [array.tobytes() for array in arrays]
