"""The launcher: a triad at memory speed, calls, threads, the first call, the import."""

import statistics
import subprocess
import sys

import numba
import numpy
import pytest

from perturbsci import backend
from perturbsci.backend.timing import measure
from tests.gpu.bodies import made

pytestmark = pytest.mark.bench
N = 10**7

FIRST_CALL = """
import numba, time
start = time.perf_counter()
import numpy
from perturbsci.backend.kernels.gaussians import gaussian_sum
inputs = gaussian_sum.example("f8", 0)
start = time.perf_counter()
gaussian_sum(*inputs)
from perturbsci.backend import info
print(time.perf_counter() - start, info().compiled)
"""
IMPORT = """
import numpy, time
start = time.perf_counter()
import perturbsci.backend
print(time.perf_counter() - start)
"""


@backend.kernel("b[n], c[n], s -> a[n]", over="n")
def triad(i, b, c, s, a):
    a[i] = b[i] + s * c[i]


@numba.njit(error_model="numpy")
def by_hand(b, c, s, a):
    for i in range(b.size):
        a[i] = b[i] + s * c[i]


def test_triad(compare):
    b, c, a = numpy.ones(N), numpy.ones(N), numpy.empty(N)
    step = triad.bind(b, c, 3.0, out=a)
    with backend.use("numba", threads=1):
        step = triad.bind(b, c, 3.0, out=a)

    def two_passes():
        numpy.multiply(c, 3.0, out=a)
        numpy.add(a, b, out=a)

    compare(
        "triad of 1e7, one thread / hand-written njit loop",
        step,
        lambda: by_hand(b, c, 3.0, a),
        target="1.05",
    )
    compare(
        "triad of 1e7, one thread / NumPy in two passes", step, two_passes, target="0.83"
    )


def test_calls(record, compare):
    x, y = numpy.ones(100), numpy.empty(100)
    bound = triad.bind(x, x, 2.0, out=y)
    for what, call, target in (
        ("call of a bound kernel, n = 100", bound, "2"),
        ("call of a kernel, n = 100", lambda: triad(x, x, 2.0), "8"),
        ("np.add(..., out=), n = 100", lambda: numpy.add(x, x, out=y), "none"),
        ("namespace of a NumPy array", lambda: backend.namespace(x), "0.5"),
    ):
        record(what, 1e6 * measure(call).best, "microseconds", target)


def test_threads(compare):
    bells, (_, center, weight, rate) = made("bells", "float64")
    x = numpy.linspace(0, 1, 2**18)
    compare(
        "7 Gaussians at 2^18 points, two threads / one",
        lambda: bells(x, center, weight, rate, threads=2),
        lambda: bells(x, center, weight, rate, threads=1),
        target="0.59",
    )


def _printed(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def test_first_call_and_import(record):
    _printed(FIRST_CALL)
    runs = [_printed(FIRST_CALL) for _ in range(5)]
    seconds = statistics.median(run[0] for run in runs)
    record("first call, compiled by an earlier process", seconds, "seconds", "0.35")
    record("compilations in it", max(run[1] for run in runs), "", "0")
    seconds = statistics.median(_printed(IMPORT)[0] for _ in range(5))
    record("import perturbsci.backend beyond NumPy", seconds, "seconds", "0.05")
