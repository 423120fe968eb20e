"""One body, the same bits: flat and in lanes, compiled and interpreted, on any threads."""

import math
import os
import subprocess
import sys
from math import exp, floor
from pathlib import Path

import mpmath
import numpy
import pytest

from perturbsci import backend
from perturbsci.backend.launch import kernel

from .bodies import EVERY, WITHOUT_RETURN, bits, made

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", EVERY)
def test_interpreter_and_numba_give_the_same_bits(name, dtype):
    compiled, inputs = made(name, dtype)
    expected = bits(compiled(*inputs))
    with backend.use("numpy"):
        assert bits(compiled(*inputs)) == expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", WITHOUT_RETURN)
def test_lanes_give_the_same_bits(name, dtype):
    flat, inputs = made(name, dtype)
    lanes, _ = made(name, dtype, "lanes")
    with backend.use("numpy"):
        assert bits(flat(*inputs)) == bits(lanes(*inputs))


SHORT = ("bells", "grow", "triangular")  # to compile by default


@pytest.mark.parametrize(
    "name",
    [n if n in SHORT else pytest.param(n, marks=pytest.mark.slow) for n in WITHOUT_RETURN],
)
def test_compiled_lanes_give_the_same_bits(name):
    for dtype in ("float64", "float32"):
        flat, inputs = made(name, dtype)
        lanes, _ = made(name, dtype, "lanes")
        assert bits(flat(*inputs)) == bits(lanes(*inputs))


def test_threads_and_pieces_give_the_same_bits(monkeypatch):
    monkeypatch.setattr("perturbsci.backend.workers.THREAD_WORK", 1)
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


def nested_by_numpy(x, y, steps):
    """The body ``nested`` on whole arrays, in the same order of operations."""
    i, j, k = numpy.ogrid[: x.size, : y.size, :4]
    real = x.dtype.type
    x, y = x[i], y[(j + numpy.arange(6)[:, None, None, None]) % 3]
    bent = numpy.where(y > real(0.75), y - real(0.75) * y, y * y + real(0.125))
    total = numpy.broadcast_to(real(0.1) * x, (x.size, j.size, 4))
    count = numpy.zeros(total.shape, int)
    for m in range(steps):
        for n in range(m, 5):
            total = numpy.where(n < k + 2, total + bent[n] * x, total)
        value, active = total, total > real(0.25)
        while active.any():
            value = numpy.where(active, value * real(0.5), value)
            count = count + active
            active = active & ~(count > 6 + j) & (value > real(0.25))
        total = total + (value if m % 2 == 0 else -value / real(3))
    return total, count - 2 * k


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nested_loops_do_what_numpy_does(dtype):
    compiled, inputs = made("nested", dtype)
    assert bits(compiled(*inputs)) == bits(nested_by_numpy(*inputs))


def test_float32_never_computes_in_float64():
    compiled, (x, *_rest) = made("bells", "float32")
    text = compiled.source("numba", "f4")
    assert "float64(" not in text[text.index("def exp") :]
    assert compiled(x, *_rest).dtype == numpy.float32


def test_exp_is_exact_to_a_bit_and_right_at_the_ends():
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


def test_exp_in_float32_is_within_its_bound():
    @kernel("x[n] -> y[n]", over="n")
    def apply(i, x, y):
        y[i] = exp(x[i])

    x = numpy.random.default_rng(0).uniform(-87, 88, 100_000).astype("f4")
    exact = numpy.exp(x.astype("f8"))  # 29 bits finer than float32
    assert (abs(apply(x) - exact) / numpy.spacing(exact.astype("f4"))).max() <= 1.2


def test_a_second_process_finds_everything_compiled(tmp_path):
    script = (
        "from tests.gpu.bodies import made\n"
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
    seen = []
    for _ in range(2):
        done = subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        files = {p.name: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
        seen.append((done.stdout.split(), files))
    assert [counted for counted, _ in seen] == [["1", "0"], ["0", "1"]]
    assert seen[0][1] == seen[1][1]  # no file of the folder changed


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
