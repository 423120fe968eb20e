"""Steps of spectral collisions beside NumPy: equal where the order is equal."""

import numpy
import pytest

from perturbsci import backend
from perturbsci.backend.kernels import collision
from perturbsci.backend.kernels.collision import (
    accumulate_product,
    segment_sum,
    shell_multiply,
    shift_phases,
)
from tests.gpu.bodies import bits


@pytest.fixture
def generator():
    return numpy.random.default_rng(5)


def complex_numbers(generator, *shape):
    return generator.standard_normal(shape) + 1j * generator.standard_normal(shape)


def test_phases_are_three_products(generator):
    f = complex_numbers(generator, 5, 7, 19)
    a, b, c = (complex_numbers(generator, n) for n in f.shape)
    expected = f * a[:, None, None] * b[:, None] * c
    # Three complex products, 2 sqrt(2) unit roundoffs each, here and there.
    numpy.testing.assert_allclose(shift_phases(f, a, b, c), expected, rtol=2e-15)


def test_phases_shift_a_periodic_function(generator):
    values = generator.standard_normal((8, 6, 10))
    phases = [
        numpy.exp(-2j * numpy.pi * s * numpy.fft.fftfreq(n))
        for s, n in zip((3, 1, 7), values.shape, strict=True)
    ]
    shifted = numpy.fft.ifftn(shift_phases(numpy.fft.fftn(values), *phases))
    expected = numpy.roll(values, (3, 1, 7), axis=(0, 1, 2))
    numpy.testing.assert_allclose(shifted, expected, rtol=0, atol=1e-14)


def test_product_is_added_in_place(generator):
    x, y, total = generator.standard_normal((3, 300))
    expected = total + 0.3 * x * y
    assert accumulate_product(x, y, 0.3, total) is total
    assert (total == expected).all()


def test_shells_multiply_by_their_entry(generator):
    f, table = complex_numbers(generator, 300), generator.standard_normal(9)
    shell = generator.integers(0, 9, 300)
    assert (shell_multiply(f, shell, table) == f * table[shell]).all()


def test_segments_are_summed_in_order(generator):
    f, shell = complex_numbers(generator, 3000), generator.integers(0, 40, 3000)
    shell[shell == 7] = 8  # an empty segment
    order = numpy.argsort(shell, kind="stable")
    start = numpy.concatenate([[0], numpy.cumsum(numpy.bincount(shell, minlength=40))])
    sums = segment_sum(f, order, start)
    # add.at goes through f as the stable order does: the same additions.
    expected = numpy.zeros(40, complex)
    numpy.add.at(expected, shell, f)
    assert (sums == expected).all()
    assert sums[7] == 0
    filled = numpy.delete(numpy.arange(40), 7)
    in_tree = numpy.add.reduceat(f[order], start[filled])
    bound = numpy.bincount(shell, abs(f))[filled] * 3000 / 39 * 2**-52
    assert (abs(sums[filled] - in_tree) <= bound).all()


def test_average_over_shells_keeps_radial_functions():
    k = numpy.fft.fftfreq(12, 1 / 12)
    squares = (k[:, None, None] ** 2 + k[:, None] ** 2 + k**2).astype(int).ravel()
    shell = numpy.unique(squares, return_inverse=True)[1]
    order = numpy.argsort(shell, kind="stable")
    counts = numpy.bincount(shell)
    start = numpy.concatenate([[0], numpy.cumsum(counts)])
    radial = numpy.arange(len(counts)) * (1 + 2j)
    means = segment_sum(radial[shell], order, start) / counts  # whole numbers: exact
    assert (means == radial).all()


@pytest.mark.parametrize("name", collision.__all__)
@pytest.mark.parametrize("dtype", ["f8", pytest.param("f4", marks=pytest.mark.slow)])
def test_interpreter_gives_the_same_bits(name, dtype):
    kernel = getattr(collision, name)
    expected = bits(kernel(*kernel.example(dtype, 0)))
    with backend.use("numpy"):
        assert bits(kernel(*kernel.example(dtype, 0))) == expected
