"""Sums in a fixed order: the order itself, exact sums, bounds, scaled norms, errors."""

import itertools
import math

import numpy
import pytest

from perturbsci import backend
from perturbsci.backend import random, reduce, workers
from perturbsci.errors import BackendError, ParameterError, ShapeError

CHUNK = 1024
ROUNDOFF = 2.0**-53


def uniforms(*shape, seed=0, dtype="f8"):
    return random.uniform(shape, seed=seed, dtype=dtype) - 0.5


def exact(*shape, dtype="f8"):
    """Return multiples of 1/16 up to 4: every sum and product of them is exact."""
    return (random.integers(-64, 65, shape, seed=1) / 16).astype(dtype)


def fixed_order(x):
    """Return the sum of a vector in the order that the module states."""
    sums = [0.0] * -(-len(x) // CHUNK)
    for k, value in enumerate(x.tolist()):
        sums[k // CHUNK] += value
    stride = 1
    while stride < len(sums):
        for k in range(0, len(sums) - stride, 2 * stride):
            sums[k] += sums[k + stride]
        stride *= 2
    return sums[0]


@pytest.mark.parametrize("n", [1, 1023, 1024, 1025, 4096, 4097, 9 * 1024 + 5, 300_001])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_the_order_of_a_sum(n, dtype):
    x = uniforms(n, dtype=dtype)
    assert float(reduce.sum(x)) == fixed_order(x.astype("f8"))
    assert float(reduce.dot(x, numpy.ones_like(x))) == float(reduce.sum(x))


def test_a_tree_of_two_launches_is_one_tree():
    x = uniforms(CHUNK * 1026 + 3)
    partial = x[: CHUNK * 1026].reshape(-1, CHUNK).cumsum(axis=1)[:, -1]  # in order
    sums = numpy.append(partial, numpy.cumsum(x[CHUNK * 1026 :])[-1])
    while len(sums) > 1:
        even = sums[: len(sums) // 2 * 2].reshape(-1, 2)
        sums = numpy.append(even[:, 0] + even[:, 1], sums[len(even) * 2 :])
    assert float(reduce.sum(x)) == sums[0]


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("shape", [(3, 4, 2, 5), (2, 1100, 3), (1030, 1, 9)])
def test_every_axis_of_exact_sums(shape, dtype):
    x = exact(*shape, dtype=dtype)
    if dtype.startswith("c"):
        x = x + 1j * exact(*shape[::-1], dtype=dtype).reshape(shape)
        x = x.astype(dtype)
    wide = x.astype("c16" if dtype.startswith("c") else "f8")
    axes = range(len(shape))
    for count in range(len(shape) + 1):
        for axis in itertools.combinations(axes, count):
            total, expected = reduce.sum(x, axis=axis), wide.sum(axis=axis)
            assert total.dtype == wide.dtype
            assert total.shape == expected.shape
            assert (total == expected).all()
    assert reduce.sum(x) == wide.sum()
    assert (reduce.sum(x, axis=-1) == wide.sum(axis=-1)).all()


def test_the_same_bits_for_threads_layouts_and_the_interpreter(monkeypatch):
    monkeypatch.setattr(workers, "THREAD_WORK", 1)
    x = uniforms(2, 5000, 2)
    z = x[0] + 1j * x[1]
    results = {
        name: function().tobytes()
        for name, function in {
            "few columns": lambda: reduce.sum(x, axis=1),
            "many columns": lambda: reduce.sum(x.reshape(1250, 16), axis=0),
            "all": lambda: reduce.sum(numpy.asfortranarray(x)),
            "dot": lambda: reduce.dot(z, z[::-1]),
            "norm": lambda: reduce.norm(z),
        }.items()
    }
    for name, threads in (("numba", 1), ("numba", 3), ("numpy", 1)):
        with backend.use(name, threads=threads):
            assert reduce.sum(x, axis=1).tobytes() == results["few columns"]
            columns = reduce.sum(x.reshape(1250, 16), axis=0)
            assert columns.tobytes() == results["many columns"]
            assert reduce.sum(x).tobytes() == results["all"]
            assert reduce.dot(z, z[::-1]).tobytes() == results["dot"]
            assert reduce.norm(z).tobytes() == results["norm"]


def test_a_column_is_summed_like_a_vector():
    x = uniforms(3000, 16)
    sums = reduce.sum(x, axis=0)
    assert sums.tolist() == [float(reduce.sum(column)) for column in x.T]


def test_float32_ones_beyond_2_to_the_24():
    ones = numpy.ones(2**25, "f4")
    assert reduce.sum(ones) == 2**25
    assert reduce.dot(ones, ones) == 2**25


@pytest.mark.parametrize("seed", range(5))
def test_the_error_of_a_sum_is_within_its_bound(seed):
    n = 200_000
    x = uniforms(n, seed=seed)
    x *= 2.0 ** random.integers(-40, 40, n, seed=seed)
    u = (CHUNK + math.log2(n / CHUNK) + 1) * ROUNDOFF
    assert abs(reduce.sum(x) - math.fsum(x)) <= u * math.fsum(abs(x))
    y = uniforms(n, seed=seed, dtype="f4").astype("f8")
    products = [a * b for a, b in zip(y.tolist(), y[::-1].tolist(), strict=True)]
    single = y.astype("f4")
    # Products of two float32 numbers are exact in float64.
    error = abs(reduce.dot(single, single[::-1]) - math.fsum(products))
    assert error <= u * math.fsum(map(abs, products))


def test_a_million_numbers_against_the_exact_sum():
    x = numpy.random.default_rng(0).standard_normal(10**6)
    assert abs(reduce.sum(x) - math.fsum(x)) <= 1e-12


def test_the_product_conjugates_its_first_argument():
    x, y = exact(50, 30) + 1j * exact(30, 50).T, exact(50, 30)
    # Sums of 1500 multiples of 1/256 up to 32: exact.
    assert reduce.dot(x, x * 1j) == numpy.vdot(x, x * 1j)
    assert reduce.dot(x, y) == numpy.vdot(x, y)
    assert reduce.dot(y, x) == numpy.vdot(y, x)
    assert reduce.dot(y, y[::-1]) == numpy.vdot(y, y[::-1])
    assert reduce.dot(x, x).imag == 0


@pytest.mark.parametrize("power", [0, 300, -300, 340, -340, 1000, -1000])
def test_norms_scale_by_powers_of_2_exactly(power):
    x = uniforms(3000) + 0.75  # in [1/4, 5/4): all powers stay normal numbers
    expected = math.sqrt(math.fsum(value * value for value in x.tolist()))
    # Half of the error of the sum of squares, and the rounding of the root.
    assert abs(reduce.norm(x) / expected - 1) <= 520 * ROUNDOFF
    assert reduce.norm(x * 2.0**power) == reduce.norm(x) * 2.0**power


def test_norms_at_the_ends_of_the_range():
    tiny, huge = 5e-324, numpy.finfo("f8").max
    assert reduce.norm(numpy.array([3 * tiny, 4 * tiny])) == 5 * tiny
    assert reduce.norm(numpy.array([huge])) == huge
    assert reduce.norm(numpy.array([0.0, 0.0])) == 0
    assert reduce.norm(numpy.array([3j, 4.0])) == 5
    single = numpy.array([3.0, 4.0], "f4") * numpy.float32(2.0**120)
    assert reduce.norm(single) == 5 * 2.0**120
    assert reduce.norm(single).dtype == numpy.float64


def test_nan_and_infinity_travel():
    inf, nan = numpy.inf, numpy.nan
    assert reduce.sum(numpy.array([inf, 1.0])) == inf
    assert numpy.isnan(reduce.sum(numpy.array([inf, -inf])))
    assert reduce.norm(numpy.array([1.0, -inf])) == inf
    assert numpy.isnan(reduce.norm(numpy.array([nan, 1.0])))
    assert numpy.isnan(reduce.dot(numpy.array([0.0]), numpy.array([inf])))


def test_nothing_sums_to_zero():
    for shape in ((0,), (3, 0), (0, 3)):
        x = numpy.zeros(shape)
        assert reduce.sum(x) == reduce.dot(x, x) == reduce.norm(x) == 0
    assert reduce.sum(numpy.zeros((3, 0)), axis=1).tolist() == [0.0] * 3
    assert reduce.sum(numpy.zeros((3, 0), "c8"), axis=0).shape == (0,)
    assert reduce.sum(numpy.array([1, 2])).dtype == numpy.float64


@pytest.mark.parametrize("axis", [2, -3, (0, 0), (0, -2), 1.5, "0"])
def test_axes_that_do_not_exist(axis):
    with pytest.raises(ParameterError, match=r"axis is .*one of the 2 axes of x"):
        reduce.sum(numpy.ones((2, 3)), axis=axis)


def test_errors():
    with pytest.raises(ShapeError, match=r"x has shape \(2,\) but y has \(3,\)"):
        reduce.dot(numpy.ones(2), numpy.ones(3))
    with pytest.raises(ParameterError, match="x is float32 but y is float64"):
        reduce.dot(numpy.ones(2, "f4"), numpy.ones(2))
    with pytest.raises(ParameterError, match="x is float32 but y is float64"):
        reduce.dot(numpy.ones(2, "f4"), numpy.ones(2, "c16"))
    with pytest.raises(ParameterError, match="x has dtype bool"):
        reduce.sum(numpy.ones(2) > 0)
    with pytest.raises(BackendError, match="y is a"):
        reduce.dot(numpy.ones(2), _Foreign())


class _Foreign:
    def __dlpack__(self):
        raise BufferError("no memory to give")

    def __dlpack_device__(self):
        return 1, 0
