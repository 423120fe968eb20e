"""Random numbers, scans and sums beside NumPy and SciPy, one thread."""

import math

import numba
import numpy
import pytest
import scipy.signal

from perturbsci import backend
from perturbsci.backend import random, reduce, scan
from perturbsci.backend.timing import measure

pytestmark = pytest.mark.bench


@pytest.fixture(autouse=True)
def one_thread():
    with backend.use("numba", threads=1):
        yield


def test_draws(record):
    n = 4_000_000
    generator = numpy.random.Generator(numpy.random.Philox(0))
    peers = {
        "uniform": (random.uniform, generator.random, "0.8", "180"),
        "normal": (random.normal, generator.standard_normal, "-", "40"),
    }
    for name, (ours, theirs, target, rate) in peers.items():
        seconds = measure(lambda draw=ours: draw(n, seed=0)).best
        peer = measure(lambda draw=theirs: draw(n)).best
        record(f"{name}, 4e6 / NumPy Philox", peer / seconds, "x its speed", target)
        record(f"{name}, 4e6", 1e-6 * n / seconds, "million a second", rate)


@numba.njit(error_model="numpy")
def triad(a, b, c, s):
    for i in range(a.size):
        a[i] = b[i] + s * c[i]


def complex_numbers(*shape):
    x = random.normal((2, *shape), seed=0)
    return x[0] + 1j * x[1]


def test_scan_of_64_complex_channels(record):
    length, channels = 8192, 64
    source = complex_numbers(1, length, channels)
    multiplier = 0.99 * numpy.exp(1j * random.uniform(channels, seed=1))
    out = numpy.empty_like(source)

    def loop():
        state = numpy.zeros(channels, "c16")
        for k in range(length):
            state = multiplier * state + source[0, k]
            out[0, k] = state

    peer = measure(loop).best
    a, b, c = (numpy.ones(10**7) for _ in range(3))
    rate = 240e6 / measure(lambda: triad(a, b, c, 2.0)).best
    for label, chunk, target in (("fused", "auto", "0.65"), ("one pass", None, "0.8")):
        seconds = measure(
            lambda chunk=chunk: scan.linear(multiplier, source, chunk=chunk, out=out)
        ).best
        what = f"scan (1, 8192, 64) complex, {label}"
        record(f"{what} / NumPy loop over time", peer / seconds, "x its speed", "5")
        moved = 32 * length * channels / seconds
        record(f"{what} / triad", moved / rate, "of its bytes a second", target)


def test_scan_of_one_long_sequence(record):
    source = random.normal((1, 10**6, 1), seed=0)
    out = numpy.empty_like(source)
    peer = measure(lambda: scipy.signal.lfilter([1.0], [1.0, -0.9], source[0, :, 0])).best
    seconds = measure(lambda: scan.linear([0.9], source, out=out)).best
    record("scan (1, 1e6, 1) / lfilter", peer / seconds, "x its speed", "0.5")


def test_reductions(record):
    x = random.normal(10**6, seed=0)
    seconds = measure(lambda: reduce.sum(x)).best
    record("reduce.sum, 1e6 / np.sum", measure(x.sum).best / seconds, "x its speed", "0.4")
    peer = measure(lambda: math.fsum(x)).best
    record("reduce.sum, 1e6 / math.fsum", peer / seconds, "x its speed", "10")
    for name, ours, theirs in (
        ("dot", lambda: reduce.dot(x, x), lambda: numpy.dot(x, x)),
        ("norm", lambda: reduce.norm(x), lambda: numpy.linalg.norm(x)),
        (
            "sum of columns, (1000, 1000)",
            lambda: reduce.sum(x.reshape(1000, 1000), axis=0),
            lambda: x.reshape(1000, 1000).sum(axis=0),
        ),
    ):
        ratio = measure(theirs).best / measure(ours).best
        record(f"reduce.{name}, 1e6 / NumPy", ratio, "x its speed", "-")
