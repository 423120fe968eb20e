"""Fluxes: order, conservation, exactness, total variation, and which side is upwind."""

import numpy
import pytest
from numpy.polynomial import Polynomial

from perturbsci import backend
from perturbsci.backend.kernels import fluxes
from perturbsci.backend.kernels.fluxes import (
    muscl_difference,
    muscl_split_difference,
    upwind_difference,
    upwind_split_difference,
    weno5_difference,
    weno5_split_difference,
)
from perturbsci.verification import assert_order
from tests.gpu.bodies import bits

PLAIN = (upwind_difference, muscl_difference, weno5_difference)
SPLIT = (upwind_split_difference, muscl_split_difference, weno5_split_difference)
SPEEDS = numpy.array([1.5, -0.75, 0.0])
plain = pytest.mark.parametrize("kernel", PLAIN, ids=lambda k: k.name)
both = pytest.mark.parametrize(
    ("kernel", "split"), list(zip(PLAIN, SPLIT, strict=True)), ids=lambda k: k.name
)


def periodic(n, seed):
    """Return n random rows of three columns with ghost cells that continue them."""
    cells = numpy.random.default_rng(seed).random((n, 3))
    return numpy.pad(cells, ((3, 3), (0, 0)), mode="wrap")


@pytest.mark.parametrize(
    ("kernel", "order", "cap"),
    [
        (upwind_difference, 1, 5e-3),
        (muscl_difference, 2, 1e-5),
        (weno5_difference, 5, 4e-10),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_order_on_smooth_data_away_from_extrema(kernel, order, cap):
    # At order 5 rounding, 2^-52 n, is met soon after n = 320.
    counts = 80 * 2 ** numpy.arange(4 if order < 5 else 3)
    errors = []
    for n in counts.tolist():
        edges = numpy.arange(-3, n + 4) / n
        # Averages over cells of sin(2 pi x), and the exact change of the flux of speed 1.
        means = -numpy.diff(numpy.cos(2 * numpy.pi * edges)) * n / (2 * numpy.pi)
        exact = -numpy.diff(numpy.sin(2 * numpy.pi * edges)) * n
        found = kernel(means[:, None], numpy.ones(1), 1 / n)[:, 0]
        centers = (numpy.arange(n) + 0.5) / n
        chosen = abs(numpy.cos(2 * numpy.pi * centers)) > 0.5
        errors.append(abs(found - exact[3:-3])[chosen].max() / (2 * numpy.pi))
    assert_order(1 / counts, errors, order, within=0.1, cap=cap)


@plain
def test_what_leaves_a_cell_enters_the_next(kernel):
    f = periodic(200, 0)
    out = kernel(f, SPEEDS, 0.1)
    # Each flux occurs twice with equal bits; what is left is the rounding of 200 sums.
    assert (abs(out.sum(axis=0)) <= 200 * 2**-52 * abs(out).max()).all()
    assert abs(out[:, :2]).min(axis=0).max() > 0


@both
def test_constants_stand_still_exactly(kernel, split):
    f = numpy.full((20, 3), 0.7)
    assert (kernel(f, SPEEDS, 0.1) == 0).all()
    assert (split(f, -f, 0.1) == 0).all()


@both
def test_speed_zero_gives_zero(kernel, split):
    f = periodic(20, 1)
    assert (kernel(f, numpy.zeros(3), 0.1) == 0).all()
    assert (split(0 * f, 0 * f, 0.1) == 0).all()


@plain
def test_a_mirror_turns_the_flow_around(kernel):
    f = periodic(30, 2)
    assert (kernel(f[::-1].copy(), -SPEEDS, 0.1) == kernel(f, SPEEDS, 0.1)[::-1]).all()


@both
def test_split_fluxes_are_the_plain_ones_where_one_direction_flows(kernel, split):
    f = periodic(30, 3)
    ones = numpy.ones(3)
    assert (split(f, 0 * f, 0.1) == kernel(f, ones, 0.1)).all()
    assert (split(0 * f, -f, 0.1) == kernel(f, -ones, 0.1)).all()
    together = split(f, f[::-1].copy(), 0.1)
    apart = kernel(f, ones, 0.1) - kernel(f[::-1].copy(), -ones, 0.1)
    numpy.testing.assert_allclose(together, apart, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("kernel", "degree"), [(muscl_difference, 1), (weno5_difference, 2)]
)
def test_polynomials_up_to_the_degree_of_a_stencil_are_exact(kernel, degree):
    edges = numpy.linspace(0, 1, 22)
    power = Polynomial([0.3, -0.7, 0.9][: degree + 1])
    means = numpy.diff(power.integ()(edges)) * 21
    exact = -numpy.diff(power(edges)) * 21
    found = kernel(numpy.stack([means] * 3, axis=1), SPEEDS, 1 / 21)
    # Values of size 1 are subtracted and multiplied by 21.
    numpy.testing.assert_allclose(
        found, exact[3:-3, None] * SPEEDS, rtol=0, atol=21 * 10 * 2**-52
    )


def test_weno5_is_what_its_integrals_say():
    """Weights from beta_k = sum_l integral of (d^l p_k / dx^l)^2 over the cell."""
    cells = numpy.random.default_rng(4).random((60, 6))
    found = weno5_difference(
        numpy.pad(cells, ((0, 0), (0, 1))).T.copy(), numpy.ones(60), 1.0
    )[0]
    exact = [weno5_by_integrals(c[:5]) - weno5_by_integrals(c[1:]) for c in cells]
    numpy.testing.assert_allclose(found, exact, rtol=0, atol=1e-13)


def weno5_by_integrals(cells):
    """Return v at the right edge of the middle cell, which is [-1/2, 1/2]."""
    total = value = 0.0
    for k, linear in enumerate((0.1, 0.6, 0.3)):
        edges = numpy.arange(k - 2.5, k + 1)
        sums = numpy.concatenate([[0.0], numpy.cumsum(cells[k : k + 3])])
        p = Polynomial(numpy.linalg.solve(numpy.vander(edges, 4, True), sums)).deriv()
        squares = sum((p.deriv(order) ** 2).integ() for order in (1, 2))
        weight = linear / (squares(0.5) - squares(-0.5) + 1e-6) ** 2
        total, value = total + weight, value + weight * p(0.5)
    return value / total


@pytest.mark.parametrize("kernel", [upwind_difference, muscl_difference])
def test_total_variation_does_not_grow(kernel):
    """Harten: with limited slopes an Euler step of half a cell adds no variation."""
    for seed in range(30):
        f = periodic(50, seed)
        after = f[3:-3] + kernel(f, SPEEDS, 1.0) * 0.5 / abs(SPEEDS).max()
        before, now = (
            abs(numpy.diff(x, axis=0, append=x[:1])).sum(axis=0) for x in (f[3:-3], after)
        )
        assert (now <= before * (1 + 1e-14)).all()


def test_muscl_is_flat_at_an_extremum():
    f = numpy.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0])[:, None]
    for speed in (1.0, -1.0):
        column = numpy.array([speed])
        assert (muscl_difference(f, column, 1.0) == upwind_difference(f, column, 1.0)).all()


@plain
def test_one_column_has_the_bits_of_many(kernel, monkeypatch):
    monkeypatch.setattr("perturbsci.backend.workers.THREAD_WORK", 1)
    f = periodic(150, 5)
    together = kernel(f, SPEEDS, 0.1, threads=1)
    for j in range(3):
        alone = f[:, j : j + 1].copy(), SPEEDS[j : j + 1], 0.1
        assert (kernel(*alone, threads=1)[:, 0] == together[:, j]).all()
        assert (kernel(*alone, threads=2)[:, 0] == together[:, j]).all()


def test_too_few_cells_are_none():
    assert weno5_difference(numpy.ones((6, 2)), numpy.ones(2), 0.1).shape == (0, 2)


@pytest.mark.parametrize("name", fluxes.__all__)
@pytest.mark.parametrize("dtype", ["f8", pytest.param("f4", marks=pytest.mark.slow)])
def test_interpreter_gives_the_same_bits(name, dtype):
    kernel = getattr(fluxes, name)
    expected = bits(kernel(*kernel.example(dtype, 0)))
    with backend.use("numpy"):
        assert bits(kernel(*kernel.example(dtype, 0))) == expected
