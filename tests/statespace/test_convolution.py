"""Impulse responses by four routes, and causal convolution."""

import numpy
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace import (
    DenseSystem,
    DiagonalSystem,
    HankelSystem,
    convolution_kernel,
    convolve,
    dense,
    discretize,
    halve,
    transfer_function,
    unfold,
)

from .statespace_samples import all_modes, dense_sample, legs_shifted, low_rank_sample


def powers(system, length):
    """C a^l b, one product after the other."""
    found, column = [], system.b
    for _ in range(length):
        found.append(system.c @ column)
        column = system.a @ column
    return numpy.stack(found)


def relative(found, expected):
    return numpy.abs(found - expected).max() / numpy.abs(expected).max()


@pytest.mark.parametrize("length", [1, 2, 63, 64, 65, 300])
def test_all_forms_have_the_kernel_of_their_powers(length):
    system = dense_sample(7, seed=1)
    expected = powers(discretize(system, 0.05), length)
    half = halve(all_modes(system))
    for form in (system, half, unfold(half)):
        kernel = convolution_kernel(discretize(form, 0.05), length)
        assert kernel.shape == (length, 3, 2)
        assert kernel.dtype.kind == ("f" if form.is_real else "c")
        assert relative(kernel, expected) <= 1e-12


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("length", [1, 2, 65, 1000])
def test_low_rank_kernels_agree_with_dense_ones(rank, length):
    exact, full, half = low_rank_sample(rank=rank, seed=3)
    expected = powers(discretize(exact, 0.02, rule="bilinear"), length)
    for form in (full, half):
        kernel = convolution_kernel(discretize(form, 0.02, rule="bilinear"), length)
        assert kernel.dtype.kind == ("f" if form is half else "c")
        # a DFT of L terms scaled by up to 4; the goal is 1e-9
        assert relative(kernel, expected) <= 1e-12


def test_low_rank_kernel_of_legs_with_a_pole_beside_the_unit_circle():
    """Normal part of LegS minus P P*, the form of S4; n = 64, 2048 steps."""
    exact, half = legs_shifted(64, 1, numpy.random.default_rng(0).standard_normal((1, 64)))
    from perturbsci.statespace import LowRankSystem  # noqa: PLC0415

    p = half.b / numpy.sqrt(0.5)  # B/2 in the eigenbasis is P/sqrt(2)
    low = LowRankSystem(half.eigenvalues, p, p, 2 * half.b, half.c, weights=half.weights)
    for length in (256, 2048):
        kernel = convolution_kernel(discretize(low, 1e-3, rule="bilinear"), length)
        expected = convolution_kernel(discretize(exact, 1e-3, rule="bilinear"), length)
        assert relative(kernel, expected) <= 1e-9  # condition 1/(1 - abs(a)) of about 2000


def test_marginal_poles_do_not_spoil_a_low_rank_kernel():
    _, full, _ = low_rank_sample(seed=3)
    silent = type(full)(
        numpy.append(full.eigenvalues, 0),
        *(numpy.append(each, 0 * each[:1], axis=0) for each in (full.p, full.q, full.b)),
        numpy.append(full.c, numpy.ones((3, 1)), axis=1),
    )
    kernels = [
        convolution_kernel(discretize(each, 0.02, rule="bilinear"), 128)
        for each in (silent, full)
    ]
    assert relative(*kernels) <= 1e-12


def test_a_kernel_is_the_series_of_the_transfer_function():
    z = 1.5 * numpy.exp(1j * numpy.array([0.3, 2.0]))
    forms = (dense_sample(5), low_rank_sample()[1], HankelSystem([1.0, -0.5, 0.25], 2.0))
    for form in forms:
        discrete = discretize(form, 0.5, rule="bilinear")
        kernel = convolution_kernel(discrete, 400)  # 1.5^-400 is far below rounding
        powers_of_z = z[:, None] ** -numpy.arange(400.0)
        found = numpy.tensordot(powers_of_z, kernel, axes=1) + discrete.d
        assert relative(found, transfer_function(discrete, z)) <= 1e-12


def test_a_hankel_kernel_of_step_one_is_its_markov_parameters():
    rng = numpy.random.default_rng(0)
    system = discretize(HankelSystem(rng.standard_normal((4, 2, 3))), 1.0)
    kernel = convolution_kernel(system, 7)
    assert (kernel[1:5] == system.markov).all()
    assert not kernel[0].any()
    assert not kernel[5:].any()
    for step in (0.1, 3.0):
        system = discretize(HankelSystem(rng.standard_normal((4, 2, 3))), step)
        full = dense(system)
        expected = powers(full, 50)
        expected[0] += full.d
        assert relative(convolution_kernel(system, 50), expected) <= 1e-13


def test_powers_that_underflow_are_zero():
    system = DiagonalSystem([0.0, 1e-200], [1.0, 1.0], [1.0, 1.0], step=1.0)
    assert convolution_kernel(system, 4)[:, 0, 0].tolist() == [2.0, 1e-200, 0.0, 0.0]


def test_copies_have_kernels_of_their_own():
    rng = numpy.random.default_rng(0)
    shape = (2, 3)
    values = -rng.random((*shape, 4)) + 1j * rng.random((*shape, 4))
    b, c = rng.standard_normal((*shape, 4, 2)), rng.standard_normal((*shape, 1, 4))
    system = DiagonalSystem(values, b, c, weights=2 * numpy.ones(4))
    steps = rng.uniform(0.1, 0.2, shape)
    kernel = convolution_kernel(discretize(system, steps), 20)
    assert kernel.shape == (*shape, 20, 1, 2)
    for i in numpy.ndindex(shape):
        one = DiagonalSystem(values[i], b[i], c[i], weights=2 * numpy.ones(4))
        alone = convolution_kernel(discretize(one, float(steps[i])), 20)
        assert kernel[i].tobytes() == alone.tobytes()


def test_single_precision_kernels():
    """LegS shifted at theta = .1, n = 64, 1024 steps of 1e-3."""
    readout = numpy.random.default_rng(0).standard_normal((1, 64)) / 8
    half = legs_shifted(64, 0.1, readout)[1]
    expected = convolution_kernel(discretize(half, 1e-3), 1024)
    single = DiagonalSystem(
        *(each.astype("c8") for each in (half.eigenvalues, half.b, half.c)),
        weights=half.weights,
    )
    kernel = convolution_kernel(discretize(single, 1e-3), 1024)
    assert kernel.dtype == numpy.float32
    assert relative(kernel, expected) <= 5e-6  # rounded exponents
    wide = discretize(half, 1e-3)
    poles = DiagonalSystem(
        *(each.astype("c8") for each in (wide.eigenvalues, wide.b, wide.c)),
        step=1e-3,
        weights=half.weights,
    )
    kernel = convolution_kernel(poles, 1024)
    assert kernel.dtype == numpy.float32
    assert relative(kernel, expected) <= 2e-5  # poles rounded to 6e-8, a thousand steps


@pytest.mark.parametrize(("length", "terms"), [(1, 1), (7, 3), (8, 20), (50, 50)])
@pytest.mark.parametrize("inputs", [1, 2])
def test_convolution_is_the_sum_that_it_says(length, terms, inputs):
    rng = numpy.random.default_rng(length)
    u, k = rng.standard_normal((2, length, inputs)), rng.standard_normal((terms, 3, inputs))
    for left, right in ((u, k), (u + 1j * u[::-1], k), (u, k * (1 + 2j))):
        found = convolve(left, right)
        expected = numpy.zeros((2, length, 3), dtype=found.dtype)
        for t in range(length):
            for j in range(min(t + 1, terms)):
                expected[:, t] += left[:, t - j] @ right[j].T
        assert found.dtype == numpy.result_type(left, right)
        assert relative(found, expected) <= 1e-14


def test_convolution_of_copies():
    rng = numpy.random.default_rng(1)
    u, k = rng.standard_normal((2, 9, 4, 3)), rng.standard_normal((4, 9, 2, 3))
    found = convolve(u, k)
    for i in range(4):
        assert numpy.abs(found[:, :, i] - convolve(u[:, :, i], k[i])).max() <= 1e-13


def test_bad_kernels_and_convolutions():
    continuous = DiagonalSystem([-1.0], [1.0], [1.0])
    with pytest.raises(ParameterError, match=r"pass discretize\(system, step\)"):
        convolution_kernel(continuous, 4)
    for length in (0, -1, 2.5, True):
        with pytest.raises(ParameterError, match="whole number from 1 on"):
            convolution_kernel(discretize(continuous, 0.1), length)
    with pytest.raises(ParameterError, match="needed a system"):
        convolution_kernel("s4", 4)
    kernel = convolution_kernel(discretize(continuous, 0.1), 4)
    with pytest.raises(ShapeError, match=r"needed \(batch, length, m\)"):
        convolve(numpy.ones(4), kernel)
    with pytest.raises(ShapeError, match="one entry an input"):
        convolve(numpy.ones((1, 4, 2)), kernel)
    with pytest.raises(ParameterError, match="astype"):
        convolve(numpy.ones((1, 4, 1), "f4"), kernel)
    with pytest.raises(ParameterError, match="not finite"):
        convolve(numpy.full((1, 4, 1), numpy.nan), kernel)


def test_dense_kernels_of_complex_matrices_are_complex():
    system = DenseSystem([[0.5j]], [1.0], [1.0], step=1.0)
    assert convolution_kernel(system, 3)[:, 0, 0].tolist() == [1, 0.5j, -0.25]
