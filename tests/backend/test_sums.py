"""Sums over poles: closed forms, error bounds against mpmath, hits."""

import mpmath
import numpy
import pytest

from perturbsci.backend.kernels.sums import cauchy_sum, vandermonde_sum


def disk(rng, *shape):
    """Return complex numbers of modulus below 1."""
    return numpy.sqrt(rng.random(shape)) * numpy.exp(2j * numpy.pi * rng.random(shape))


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 200])
def test_one_ratio_gives_a_geometric_sequence(length):
    c, ratio = numpy.ones((2, 1), complex), numpy.array([[0.5 + 0j], [-1 + 0j]])
    exact = numpy.array([0.5, -1.0])[:, None] ** numpy.arange(length)
    numpy.testing.assert_array_equal(vandermonde_sum(c, ratio, length), exact)


def test_ratio_zero_gives_one_and_then_zeros_and_underflow_is_zero():
    c = numpy.full((1, 1), 3 + 4j)
    found = vandermonde_sum(c, numpy.zeros((1, 1), complex), 130)
    assert found[0, 0] == 3
    assert (found[0, 1:] == 0).all()
    found = vandermonde_sum(c, numpy.full((1, 1), 0.1 + 0.1j), 3000)
    assert (found[0, 500:] == 0).all()


@pytest.mark.parametrize("dtype", ["c16", "c8"])
def test_vandermonde_sum_is_within_its_bound(dtype):
    rng = numpy.random.default_rng(0)
    m, length = 6, 700
    c, ratio = disk(rng, 1, m).astype(dtype), disk(rng, 1, m).astype(dtype)
    ratio /= numpy.maximum(abs(ratio), 0.98) * 1.001  # slow decay: the powers matter
    found = vandermonde_sum(c, ratio, length)[0]
    times = numpy.arange(length)
    with mpmath.workdps(30):
        r = [mpmath.mpc(complex(x)) for x in ratio[0]]
        exact = [
            mpmath.fsum(complex(a) * b ** int(t) for a, b in zip(c[0], r, strict=True))
            for t in times
        ]
        error = [
            abs(mpmath.mpf(float(a)) - b.real) for a, b in zip(found, exact, strict=True)
        ]
    total = (abs(c.T) * abs(ratio.T).astype("f8") ** times).sum(axis=0)
    roundings = 4 * (times + 1) if dtype == "c16" else 4 * (times // 64 + 1)
    bound = (roundings + m) * numpy.finfo(dtype).eps * total
    assert (numpy.array(error, "f8") <= bound).all()


def test_vandermonde_sum_is_the_impulse_response():
    """The generating function at w: sum_l out_l w^l = Re-part of sum c / (1 - r w)."""
    rng = numpy.random.default_rng(1)
    c, ratio, w = disk(rng, 3, 20), 0.9 * disk(rng, 3, 20), 0.7
    found = vandermonde_sum(c, ratio, 200) @ w ** numpy.arange(200)
    exact = (c / (1 - ratio * w)).sum(axis=1).real  # (0.9 * 0.7)^200 = 1e-40 is left out
    numpy.testing.assert_allclose(found, exact, atol=1e-13)


@pytest.mark.parametrize("dtype", ["c16", pytest.param("c8", marks=pytest.mark.slow)])
def test_cauchy_sum_is_within_its_bound(dtype):
    rng = numpy.random.default_rng(0)
    c, pole = disk(rng, 40).astype(dtype), disk(rng, 40).astype(dtype)
    z = (3 * disk(rng, 130)).astype(dtype)
    differences = z[:, None] - pole  # formed in the precision of the kernel
    terms = c.astype("G") / differences.astype("G")
    bound = (40 + 8) * numpy.finfo(dtype).eps / 2 * abs(terms).sum(axis=1)
    assert (abs(cauchy_sum(c, pole, z) - terms.sum(axis=1)) <= bound).all()


def test_cauchy_sum_is_a_partial_fraction():
    """sum_j 1 / (z - w_j) over the n-th roots of unity is n z^(n-1) / (z^n - 1)."""
    n = 12
    pole, z = (
        numpy.exp(2j * numpy.pi * numpy.arange(n) / n),
        numpy.array([0.5, 2j, -1.5 + 1j]),
    )
    exact = n * z ** (n - 1) / (z**n - 1)
    # Twelve terms below 2, each with about 20 roundings; they cancel at z = 1/2.
    found = cauchy_sum(numpy.ones(n, complex), pole, z)
    assert abs(found - exact).max() <= 12 * 2 * 20 * 2.0**-53


def test_a_hit_is_infinite():
    pole = numpy.array([1 + 2j, 0.5 + 0j])
    found = cauchy_sum(numpy.array([-1j, 1 + 0j]), pole, numpy.array([1 + 2j, 0.5, 9]))
    assert found[:2].real.tolist() == [numpy.inf, numpy.inf]
    assert numpy.isfinite(found[:2].imag).all()
    assert numpy.isfinite(found[2])
