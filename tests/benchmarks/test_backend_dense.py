"""Tables, pairs, sums and Gaussians on one thread beside NumPy and beside their floor."""

import dataclasses

import numpy
import pytest

from perturbsci.backend import linalg
from perturbsci.backend.kernels import gaussians, pairwise, sums, tables
from perturbsci.backend.launch import kernel
from perturbsci.backend.timing import measure

pytestmark = pytest.mark.bench

RNG = numpy.random.default_rng(0)


@pytest.fixture
def rate(record):
    """``rate(what, kernel, inputs, count, target)``: millions of units a second."""

    def run(what, kernel, inputs, count, target):
        out = kernel(*inputs)
        best = measure(lambda: kernel(*inputs, out=out, threads=1)).best
        record(what, 1e-6 * count / best, "million a second", target)

    return run


def disk(*shape):
    """Return complex numbers of modulus below 1."""
    return RNG.random(shape) * numpy.exp(2j * numpy.pi * RNG.random(shape))


def test_tables(rate):
    x, (recurrence, first) = RNG.random(4000), tables.chebyshev(64)
    for orders, target in ((1, "200"), (3, "none")):
        inputs = x, recurrence, first, orders
        count = x.size * orders * 64
        rate(
            f"polynomial_table, {orders} orders",
            tables.polynomial_table,
            inputs,
            count,
            target,
        )
    rate("trigonometric_table", tables.trigonometric_table, (x, 64), x.size * 64, "100")


def products(n=4096, m=256):
    return RNG.random((2, n, 16)), RNG.integers(0, 16, (m, 2)), RNG.random(n)


def test_tensor_products(rate, compare):
    inputs = products()
    factors, index, weight = inputs
    rate("tensor_products, d = 2", tables.tensor_products, inputs, 4096 * 256, "150")
    waves = factors * (1 + 1j), index - 8, weight
    rate(
        "tensor_products_complex, d = 2",
        tables.tensor_products_complex,
        waves,
        4096 * 256,
        "none",
    )
    compare(
        "tensor_products / NumPy gathers",
        lambda: tables.tensor_products(*inputs, threads=1),
        lambda: weight[:, None] * factors[0][:, index[:, 0]] * factors[1][:, index[:, 1]],
        target="none",
    )
    psi = tables.tensor_products(*inputs)

    def both():
        return linalg.gram(tables.tensor_products(*inputs, out=psi, threads=1))

    if hasattr(linalg, "gram"):
        compare(
            "gram alone / tensor_products and gram",
            lambda: linalg.gram(psi),
            both,
            target="0.7",
        )


def test_pairs(rate, compare):
    x, y = RNG.random((2000, 2)), RNG.random((500, 2))
    for name in ("GAUSSIAN", "LAPLACIAN", "RATIONAL"):
        inputs = x, y, 0.3, getattr(pairwise, name)
        rate(f"radial_matrix {name}, d = 2", pairwise.radial_matrix, inputs, 10**6, "100")
    compare(
        "radial_matrix GAUSSIAN / NumPy broadcasting",
        lambda: pairwise.radial_matrix(x, y, 0.3, pairwise.GAUSSIAN, threads=1),
        lambda: numpy.exp(-((x[:, None] - y) ** 2).sum(axis=-1) / 0.09),
        target="none",
    )


@kernel("b[n], c[n], s -> a[n]", over="n")
def triad(i, b, c, s, a):
    a[i] = b[i] + s * c[i]


def test_inner_matrix_beside_the_triad(record):
    g = RNG.random((4000, 4000))
    flat, other = g.ravel(), g.ravel().copy()
    out = numpy.empty_like(g)
    copied = measure(lambda: triad(flat, other, 2.0, out=out.ravel(), threads=1)).best / 3
    for power in (2, 5):
        best = measure(
            lambda p=power: pairwise.inner_matrix(g, 1.0, p, out=out, threads=1)
        ).best
        record(
            f"inner_matrix, power {power}: bytes",
            copied / (best / 2),
            "of the triad",
            "0.7",
        )


def test_sums(rate, compare):
    c, ratio, length = disk(4, 64), disk(4, 64), 4096
    inputs = c, ratio, length
    rate("vandermonde_sum", sums.vandermonde_sum, inputs, 4 * 64 * length, "none")
    times = numpy.arange(length)
    compare(
        "vandermonde_sum / einsum with powers",
        lambda: sums.vandermonde_sum(*inputs, threads=1),
        lambda: numpy.einsum("hm,hml->hl", c, ratio[..., None] ** times).real,
        target="0.05",
        repeats=3,
    )
    inputs = disk(64), disk(64), 2 * disk(4096)
    rate("cauchy_sum", sums.cauchy_sum, inputs, 64 * 4096, "100")


@pytest.mark.parametrize("math", ["strict", "fast"])
def test_gaussians_with_two_derivatives(compare, rate, math):
    made = dataclasses.replace(gaussians.gaussian_sum, math=math)
    for d in (1, 2, 3):
        x, center, scale = (
            RNG.random((8000, d)),
            RNG.random((256, d)),
            5 + RNG.random((256, d)),
        )
        weight = RNG.standard_normal(256)

        def broadcasting(x=x, center=center, scale=scale, weight=weight):
            z = (x[:, None] - center) * scale
            phi = weight * numpy.exp(-0.5 * (z * z).sum(axis=-1))
            gradient = -numpy.einsum("nmd,md,nm->nd", z, scale, phi)
            second = numpy.einsum("nmd,md,nm->nd", z * z - 1, scale**2, phi)
            return numpy.concatenate([phi.sum(axis=1)[:, None], gradient, second], axis=1)

        inputs = x, center, scale, weight, 1 + 2 * d
        rate(
            f"gaussian_sum {math}, d = {d}",
            made,
            inputs,
            8000 * 256,
            "250" if d == 1 else "none",
        )
        compare(
            f"gaussian_sum {math}, d = {d} / NumPy broadcasting",
            lambda made=made, inputs=inputs: made(*inputs, threads=1),
            broadcasting,
            target={"strict": "0.2", "fast": "0.125"}[math],
            repeats=11 if d == 1 else 5,
        )


def test_gaussian_features(rate):
    x, center, scale = RNG.random((2000, 2)), RNG.random((500, 2)), 5 + RNG.random((500, 2))
    for alpha in ((0, 0), (1, 1), (2, 2)):
        inputs = x, center, scale, numpy.array(alpha)
        rate(
            f"gaussian_features {alpha}", gaussians.gaussian_features, inputs, 10**6, "100"
        )
