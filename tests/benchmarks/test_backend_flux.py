"""Resolvents beside an SVD, fluxes beside NumPy, collision steps beside the triad."""

import numpy
import pytest
import scipy.linalg

from perturbsci.backend.kernels import collision, fluxes, resolvent
from perturbsci.backend.launch import kernel
from perturbsci.backend.timing import measure

pytestmark = pytest.mark.bench

RNG = numpy.random.default_rng(0)
REAL = {"f8": "float64", "f4": "float32"}
COMPLEX = {"f8": "complex128", "f4": "complex64"}
precision = pytest.mark.parametrize("dtype", ["f8", "f4"])


@pytest.mark.parametrize("k", [64, 4096])
def test_resolvent_beside_svd(record, k):
    n, steps = 200, 12
    matrix = RNG.standard_normal((n, n)) / n**0.5
    t = scipy.linalg.schur(matrix, output="complex")[0]
    z = RNG.standard_normal(k) + 1j * RNG.standard_normal(k)
    shifted = t - z[0] * numpy.eye(n)
    for name, inputs in (
        ("smallest_singular", (t, z, steps)),
        ("smallest_singular_pencil", (t, numpy.eye(n) + 0j, z, steps)),
    ):
        made = getattr(resolvent, name)
        ours = measure(lambda f=made, a=inputs: f(*a, threads=1), repeats=5).best / k
        svd = measure(lambda: numpy.linalg.svd(shifted, compute_uv=False), repeats=5).best
        label = f"{name}, n = 200, 12 steps, {k} shifts"
        record(label, 1e3 * ours, "ms a shift", "0.25 (not the pencil)")
        record(f"{label} / SVD", svd / ours, "times faster", "20 (not the pencil)")


def weno5_slices(f, speed, width):
    """The same formula on whole arrays, for positive speeds."""
    a, b, c, d, e = (f[k : len(f) - 5 + k] for k in range(5))
    beta_0 = 13 / 12 * (a - 2 * b + c) ** 2 + 0.25 * (a - 4 * b + 3 * c) ** 2 + 1e-6
    beta_1 = 13 / 12 * (b - 2 * c + d) ** 2 + 0.25 * (b - d) ** 2 + 1e-6
    beta_2 = 13 / 12 * (c - 2 * d + e) ** 2 + 0.25 * (3 * c - 4 * d + e) ** 2 + 1e-6
    w_0, w_1, w_2 = 0.1 / beta_0**2, 0.6 / beta_1**2, 0.3 / beta_2**2
    total = w_0 * (2 * a - 7 * b + 11 * c) + w_1 * (5 * c - b + 2 * d)
    flux = speed * (total + w_2 * (2 * c + 5 * d - e)) / (6 * (w_0 + w_1 + w_2))
    return (flux[:-1] - flux[1:]) / width


@precision
@pytest.mark.parametrize(("n", "m"), [(500_000, 1), (7812, 64)])
def test_fluxes(record, compare, dtype, n, m):
    f = RNG.random((n + 6, m)).astype(REAL[dtype])
    speed, out = numpy.ones(m, f.dtype), numpy.empty((n, m), f.dtype)
    for name in fluxes.__all__:
        split = name.endswith("split_difference")
        inputs = (f, f) if split else (f, speed)
        made = getattr(fluxes, name)
        best = measure(
            lambda f=made, a=inputs: f(*a, 0.5, out=out, threads=1), repeats=5
        ).best
        target = {"weno5_difference": {"f8": "120", "f4": "240"}[dtype]}.get(name, "none")
        label = f"{name}, {n} x {m}, {dtype}"
        record(label, 1e-6 * n * m / best, "million cells a second", target)
    compare(
        f"weno5_difference, {n} x {m}, {dtype} / NumPy slices",
        lambda: fluxes.weno5_difference(f, speed, 0.5, out=out, threads=1),
        lambda: weno5_slices(f, speed, f.dtype.type(0.5)),
        target="0.1",
        repeats=5,
    )


@kernel("b[n], c[n], s -> a[n]", over="n")
def triad(i, b, c, s, a):
    a[i] = b[i] + s * c[i]


@precision
@pytest.mark.parametrize("n", [32, 128])
def test_collision_steps_beside_the_triad(record, dtype, n):
    """Bytes that have to move, per second, as a share of what the triad moves."""
    size = numpy.dtype(dtype).itemsize
    f = (RNG.random((n, n, n)) + 1j).astype(COMPLEX[dtype])
    phase, out = f[0, 0].copy(), numpy.empty_like(f)
    x = RNG.random((3, n**3)).astype(REAL[dtype])
    k = numpy.fft.fftfreq(n, 1 / n)
    squares = k[:, None, None] ** 2 + k[:, None] ** 2 + k**2
    shell = numpy.sqrt(squares).round().astype("i8").ravel()
    counts = numpy.bincount(shell)
    start = numpy.concatenate([[0], numpy.cumsum(counts)])
    order, table = numpy.argsort(shell, kind="stable"), x[0, : counts.size].copy()
    flat, sums = f.ravel(), numpy.empty(counts.size, f.dtype)
    steps = (
        ("shift_phases", (f, phase, phase, phase), out, 4 * size),
        ("accumulate_product", (x[0], x[1], 0.5, x[2]), None, 4 * size),
        ("shell_multiply", (flat, shell, table), out.ravel(), 4 * size + 8),
        ("segment_sum", (flat, order, start), sums, 2 * size + 8),
    )
    for name, inputs, result, moved in steps:
        made = getattr(collision, name)
        best = measure(
            lambda f=made, a=inputs, o=result: f(*a, out=o, threads=1), repeats=9
        ).best
        floor = measure(lambda: triad(x[0], x[1], 0.5, out=x[2], threads=1), repeats=9).best
        share = (moved / best) / (3 * size / floor)
        record(f"{name}, {n}^3, {dtype}", share, "of the triad", "0.7")
