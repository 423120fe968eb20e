"""One body, the same bits: flat and in lanes, compiled and interpreted, on any threads."""

import math
import os
import subprocess
import sys
from math import exp, floor
from pathlib import Path

import numpy
import pytest

from perturbsci import backend
from perturbsci.backend.language import from_bits, to_bits, u4, u8, unsigned, wide
from perturbsci.backend.launch import kernel

ROOT = Path(__file__).parents[2]
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
        "bells": (bells, "x[n], c[m], w[m], rate -> f[n]", "n", (x, y, y, 3.0)),
        "branches": (
            branches,
            "x[n], y[m] -> table[n, m, m], counts[n, m, m]:i",
            "n, m, m",
            (x[:9], y),
        ),
        "precise": (precise, "x[n, m] -> y[n]", "n", (x.reshape(-1, 3),)),
        "early": (early, "x[n], terms:i -> y[n]", "n", (x, 12)),
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


BODIES = ("branches", "precise", "early", "hashed", "flipped", "product", "grow")


def made(name, dtype, schedule="flat"):
    body, signature, over, inputs = cases(dtype)[name]
    names = body.__code__.co_varnames[: body.__code__.co_argcount][over.count(",") + 1 :]
    words = [word.strip() for side in signature.split("->") for word in split(side)]
    renamed = [
        n + word[len(word.split("[")[0].split(":")[0]) :]
        for n, word in zip(names, words, strict=True)
    ]
    n_inputs = len(split(signature.split("->")[0]))
    text = ", ".join(renamed[:n_inputs]) + " -> " + ", ".join(renamed[n_inputs:])
    return kernel(text, over=over, schedule=schedule)(body), inputs


def split(side):
    depth, words, word = 0, [], ""
    for mark in side:
        depth += (mark == "[") - (mark == "]")
        if mark == "," and not depth:
            words.append(word)
            word = ""
        else:
            word += mark
    return [*words, word]


def bits(result):
    arrays = result if isinstance(result, tuple) else (result,)
    return [array.tobytes() for array in arrays]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["bells", *BODIES])
def test_interpreter_and_numba_give_the_same_bits(name, dtype):
    compiled, inputs = made(name, dtype)
    expected = bits(compiled(*inputs))
    with backend.use("numpy"):
        assert bits(compiled(*inputs)) == expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "name", ["bells", "branches", "precise", "hashed", "product", "grow"]
)
def test_lanes_give_the_same_bits(name, dtype):
    flat, inputs = made(name, dtype)
    lanes, _ = made(name, dtype, "lanes")
    assert bits(flat(*inputs)) == bits(lanes(*inputs))


def test_threads_and_pieces_give_the_same_bits(monkeypatch):
    monkeypatch.setattr("perturbsci.backend.launch.THREAD_WORK", 1)
    for name in ("bells", "branches"):
        compiled, inputs = made(name, "float64")
        expected = bits(compiled(*inputs, threads=1))
        assert bits(compiled(*inputs, threads=2)) == expected
        assert bits(compiled(*inputs, threads=3)) == expected


def test_a_kernel_computes_what_the_formula_says():
    compiled, (x, c, w, rate) = made("bells", "float64")
    expected = (w * numpy.exp(-rate * (x[:, None] - c) ** 2)).sum(axis=1)
    numpy.testing.assert_allclose(compiled(x, c, w, rate), expected, rtol=1e-14)
    compiled, (x, terms) = made("early", "float64")
    # j is reached as long as x >= 0.1 j: floor(10 x) + 1 terms, at most 12.
    counts = numpy.minimum(numpy.floor(x / 0.1) + 1, terms)
    numpy.testing.assert_allclose(compiled(x, terms), x * counts, rtol=1e-14)


def test_float32_never_computes_in_float64():
    compiled, (x, *_rest) = made("bells", "float32")
    text = compiled.source("numba", "f4")
    assert "float64(" not in text[text.index("def exp") :]
    assert compiled(x, *_rest).dtype == numpy.float32


def test_exp_is_exact_to_a_bit_and_right_at_the_ends():
    import mpmath  # noqa: PLC0415

    @kernel("x[n] -> y[n]", over="n")
    def apply(i, x, y):
        y[i] = exp(x[i])

    x = numpy.random.default_rng(0).uniform(-700, 700, 2000)
    with mpmath.workdps(40):
        exact = [mpmath.exp(mpmath.mpf(float(value))) for value in x]
        errors = [
            abs(mpmath.mpf(float(found)) - true) / numpy.spacing(float(true))
            for found, true in zip(apply(x), exact, strict=True)
        ]
    assert max(errors) <= 1.2
    ends = numpy.array([0.0, -0.0, math.inf, -math.inf, math.nan, 709.79, -745.2])
    expected = [1.0, 1.0, math.inf, 0.0, math.nan, math.inf, 0.0]
    numpy.testing.assert_array_equal(apply(ends), expected)


def test_a_second_process_finds_everything_compiled(tmp_path):
    script = (
        "import sys; sys.path.insert(0, 'tests/backend')\n"
        "from test_kernels import made\n"
        "from perturbsci.backend.cache import counts\n"
        "compiled, inputs = made('bells', 'float64')\n"
        "compiled(*inputs)\n"
        "print(*counts())\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PERTURBSCI_CACHE_DIR": str(tmp_path),
    }
    words = [sys.executable, "-c", script]
    seen = [
        subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert [done.stdout.split() for done in seen] == [["1", "0"], ["0", "1"]]


def test_bound_kernel_reads_what_the_arrays_hold_then():
    compiled, (steps, x) = made("grow", "float64")
    x, out = x.copy(), numpy.empty_like(x)
    step = compiled.bind(steps, x, out=out)
    step()
    assert bits(out) == bits(compiled(steps, x))
    x *= 2
    step()
    assert bits(out) == bits(compiled(steps, x))


def test_floor_of_a_negative_number_is_below():
    @kernel("x[n] -> y[n]:i", over="n")
    def down(i, x, y):
        y[i] = floor(x[i])

    assert down(numpy.array([-1.5, -1.0, 1.5])).tolist() == [-2, -1, 1]


def test_empty_extent_gives_empty_outputs():
    compiled, _ = made("grow", "float64")
    assert compiled(3, numpy.empty(0)).shape == (0,)
