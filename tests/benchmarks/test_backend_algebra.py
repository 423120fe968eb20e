"""Linear algebra and transforms beside the BLAS, LAPACK and FFT routines under them."""

import functools

import numpy
import pytest
import scipy.fft
import scipy.linalg

from perturbsci.backend import fft, linalg, use

pytestmark = pytest.mark.bench


def panel(dtype, *shape):
    generator = numpy.random.default_rng(0)
    values = generator.standard_normal(shape) + 1j * generator.standard_normal(shape)
    return (values if dtype == "c16" else values.real).astype(dtype)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(4096, 256), (40000, 100)])
@pytest.mark.parametrize(("dtype", "name"), [("f8", "dsyrk"), ("c16", "zherk")])
def test_gram_beside_blas(compare, dtype, name, shape, weighted):
    x = panel(dtype, *shape)
    weight = numpy.random.default_rng(1).random(shape[0]) if weighted else None
    update = getattr(scipy.linalg.blas, name)
    compare(
        f"gram of {shape[0]} x {shape[1]}{', weighted' if weighted else ''} / {name}",
        lambda: linalg.gram(x, weight=weight),
        lambda: update(1.0, x.T),
        target="1.4",
        repeats=31,
    )


def test_gram_of_two_panels_beside_matmul(compare):
    x, y = panel("c16", 20000, 100), panel("c16", 20000, 100)
    compare(
        "gram of two complex panels / X.conj().T @ Y",
        lambda: linalg.gram(x, y),
        lambda: x.conj().T @ y,
        target="1.0",
        repeats=31,
    )


@pytest.mark.parametrize("n", [10, 200])
def test_eig_beside_lapack(compare, n):
    a = panel("f8", n, n)
    pairs = {
        "eig": (linalg.eig, numpy.linalg.eig, 1),
        "eig(a, b)": (linalg.eig, scipy.linalg.eig, 2),
        "sylvester": (linalg.sylvester, scipy.linalg.solve_sylvester, 3),
    }
    for name, (ours, bare, count) in pairs.items():
        compare(
            f"{name}, n = {n} / the bare one",
            functools.partial(ours, *[a] * count),
            functools.partial(bare, *[a] * count),
            target="1.1 at 200",
        )


@pytest.mark.parametrize("shape", [(64,), (256, 1024)])
def test_fft_beside_scipy(compare, shape):
    x = panel("f8", *shape)
    with use("numba", threads=1):
        compare(
            f"rfft of {shape} / scipy.fft.rfft",
            lambda: fft.rfft(x),
            lambda: scipy.fft.rfft(x),
            target="1.1 for large ones",
            repeats=101,
        )
