"""Tables, pairs, sums and Gaussians: the same bits compiled, interpreted, on threads."""

import dataclasses

import pytest

from perturbsci import backend
from perturbsci.backend.kernels import gaussians, pairwise, sums, tables
from tests.gpu.bodies import bits

KERNELS = (
    tables.polynomial_table,
    tables.trigonometric_table,
    tables.tensor_products,
    tables.tensor_products_complex,
    pairwise.radial_matrix,
    pairwise.inner_matrix,
    sums.vandermonde_sum,
    sums.cauchy_sum,
    gaussians.gaussian_sum,
    gaussians.gaussian_features,
)
each_kernel = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)


@each_kernel
@pytest.mark.parametrize("dtype", ["f8", pytest.param("f4", marks=pytest.mark.slow)])
def test_threads_and_interpreter_give_the_same_bits(kernel, dtype, monkeypatch):
    monkeypatch.setattr("perturbsci.backend.workers.THREAD_WORK", 1)
    inputs = kernel.example(dtype, 0)
    expected = kernel(*inputs, threads=1)
    assert expected.dtype.itemsize in ({"f4": (4, 8), "f8": (8, 16)}[dtype])
    assert bits(kernel(*inputs, threads=2)) == bits(expected)
    with backend.use("numpy"):
        assert bits(kernel(*inputs)) == bits(expected)


@each_kernel
@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_lanes_give_the_bits_of_a_plain_loop(kernel, dtype):
    inputs = kernel.example(dtype, 1)
    flat = dataclasses.replace(kernel, schedule="flat")
    assert bits(flat(*inputs)) == bits(kernel(*inputs))


def test_examples_depend_on_the_seed_and_are_small():
    for kernel in KERNELS:
        first, again, other = (kernel.example("f8", seed) for seed in (0, 0, 1))
        assert str(first) == str(again)
        assert str(first) != str(other)
