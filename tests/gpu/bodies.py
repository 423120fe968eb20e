"""Small bodies that use every construct of the kernel language."""

import math
from math import exp, floor, sqrt

import numpy
import pytest

from perturbsci.backend.intrinsics import PORTABLE
from perturbsci.backend.language import from_bits, to_bits, u4, u8, wide
from perturbsci.backend.launch import kernel, kernel_from_text
from perturbsci.backend.mathematics import variant

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
    y[i] = from_bits(to_bits(x[i]) ^ 1)


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


def triangular(k, t, z, x, _norm):
    """Solve (z I - T) x = 1 from below, T upper triangular, all complex."""
    n = t.shape[0]
    for row in range(n - 1, -1, -1):
        real = 1.0
        imaginary = 0.0
        for j in range(row + 1, n):
            real = real + (t[row, j, 0] * x[k, j, 0] - t[row, j, 1] * x[k, j, 1])
            imaginary = imaginary + (t[row, j, 0] * x[k, j, 1] + t[row, j, 1] * x[k, j, 0])
        a = z[k, 0] - t[row, row, 0]
        b = z[k, 1] - t[row, row, 1]
        _norm[row, k] = a * a + b * b
        x[k, row, 0] = (real * a + imaginary * b) / _norm[row, k]
        x[k, row, 1] = (imaginary * a - real * b) / _norm[row, k]
    largest = 0.0
    for row in range(n):
        largest = max(largest, _norm[row, k])
    if sqrt(largest) < 1.0:
        x[k, 0, 0] = 0.0


def mixed(i, keys, share, divisor, whole, words):
    """Whole numbers of every width and sign."""
    a = u8(keys[i]) * u8(0x1E3779B97F4A7C15)
    a = (a << 29) | (a >> 35)
    low = u4(a)
    low = (low << 13) | (low >> 19)
    a = (a ^ (a >> 31)) * u8(low)
    k = int(a >> 40) - 8388608
    whole[i, 0] = k // divisor
    whole[i, 1] = k % divisor
    whole[i, 2] = k // -7 + k % 10
    whole[i, 3] = min(k, keys[i]) - max(-k, abs(keys[i]))
    whole[i, 4] = ((k & 1048575) << 3) ^ (k >> 5) | (~k & 255)
    whole[i, 5] = floor(-0.25 * share[i]) + int(2.5 * share[i])
    words[i] = a % u8(1000003) + a // u8(17)


def face(a, b, c, d, e):
    """The value at the right face of the middle cell: smooth stencils weigh more."""
    first = 13.0 / 12.0 * (a - 2.0 * b + c) ** 2 + 0.25 * (a - 4.0 * b + 3.0 * c) ** 2
    second = 13.0 / 12.0 * (b - 2.0 * c + d) ** 2 + 0.25 * (b - d) ** 2
    third = 13.0 / 12.0 * (c - 2.0 * d + e) ** 2 + 0.25 * (3.0 * c - 4.0 * d + e) ** 2
    u = 0.1 / (first + 1e-6) ** 2
    v = 0.6 / (second + 1e-6) ** 2
    w = 0.3 / (third + 1e-6) ** 2
    total = (2.0 * a - 7.0 * b + 11.0 * c) * u + (5.0 * c - b + 2.0 * d) * v
    return (total + (2.0 * c + 5.0 * d - e) * w) / (6.0 * (u + v + w))


def stencil(i, j, f, speed, width, out):
    """Fluxes from the upwind side, three ghost cells a side."""
    if speed[j] > 0.0:
        right = face(f[i + 1, j], f[i + 2, j], f[i + 3, j], f[i + 4, j], f[i + 5, j])
        left = face(f[i, j], f[i + 1, j], f[i + 2, j], f[i + 3, j], f[i + 4, j])
    else:
        right = face(f[i + 6, j], f[i + 5, j], f[i + 4, j], f[i + 3, j], f[i + 2, j])
        left = face(f[i + 5, j], f[i + 4, j], f[i + 3, j], f[i + 2, j], f[i + 1, j])
    out[i, j] = -speed[j] * (right - left) / width


def bend(x, level):
    """A function with two paths."""
    if x > level:
        return x - level * x
    return x * x + 0.125


def nested(i, j, k, x, y, steps, table, counts):
    """Three indices, nested loops, a way out of the inner one, a function, a choice."""
    total = 0.1 * x[i]
    count = 0
    for m in range(steps):
        for n in range(m, k + 2):
            total = total + bend(y[(j + n) % 3], 0.75) * x[i]
        value = total
        while value > 0.25:
            value = value * 0.5
            count += 1
            if count > 6 + j:
                break
        total = total + (value if m % 2 == 0 else -value / 3.0)
    table[i, j, k] = total
    counts[i, j, k] = count - 2 * k


def elementary():
    """Return the text of a body with every function that the language has by now."""
    known = []
    for name in PORTABLE.values():
        try:
            known.append((name, len(variant(name, "f8").parameters)))
        except KeyError:
            continue
    words = [f"{name}({', '.join(['x[i]'] * count)})" for name, count in known]
    words += ["sqrt(abs(x[i]))", "float(floor(x[i]))", "x[i] ** 4 / (1.0 + x[i])"]
    lines = [f"    y[i, {k}] = {word}" for k, word in enumerate(words)]
    return "\n".join(["def elementary(i, x, y):", *lines]), f"x[n] -> y[n, {len(words)}]"


def realistic(dtype, rng, x, y, z):
    """Return the cases that are as kernels of methods are."""
    return {
        "triangular": (
            triangular,
            "t[n, n]:c, z[k]:c -> x[k, n]:c, _norm[n, k]",
            "k",
            (numpy.triu(numpy.outer(z[:9], z[9:18])), z[20:50] + 3),
        ),
        "mixed": (
            mixed,
            "keys[n]:i, share[n], divisor:i -> whole[n, 6]:i, words[n]:u8",
            "n",
            (rng.integers(-(2**31), 2**31, 60), 1e4 * x[:60] - 5000, -13),
        ),
        "stencil": (
            stencil,
            "f[n, m], speed[m], width -> out[n-6, m]",
            "n-6, m",
            (x.reshape(-1, 5), y[:5] - numpy.dtype(dtype).type(0.5), 0.1),
        ),
        "nested": (
            nested,
            "x[n], y[m], steps:i -> table[n, m, 4], counts[n, m, 4]:i",
            "n, m, 4",
            (x[:8], y[:3], 5),
        ),
        "elementary": (
            elementary,
            "",
            "n",
            (numpy.concatenate([x, [0, 1, -1, 3e-40, 90, -110, 800, -760]]).astype(dtype),),
        ),
    }


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
        **realistic(dtype, rng, x, y, z),
    }


NAMES = ("bells", "branches", "precise", "early", "hashed", "flipped", "product", "grow")
NAMES += ("triangular", "mixed", "stencil", "nested")
# With all functions at once Numba takes seconds; packaged kernels use them by default.
EVERY = (*NAMES, pytest.param("elementary", marks=pytest.mark.slow))
WITHOUT_RETURN = tuple(name for name in NAMES if name != "early")


def made(name, dtype, schedule="flat"):
    """Return a kernel and inputs for it."""
    body, signature, over, inputs = cases(dtype)[name]
    if body is elementary:
        text, signature = elementary()
        visible = {**vars(math), "floor": floor}
        return kernel_from_text(
            name, text, signature, over=over, schedule=schedule, visible=visible
        ), inputs
    return kernel(signature, over=over, schedule=schedule)(body), inputs


def bits(result):
    """Return the bytes of one output or of several."""
    arrays = result if isinstance(result, tuple) else (result,)
    return [array.tobytes() for array in arrays]
