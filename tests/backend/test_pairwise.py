"""Kernel functions of pairs of points: NumPy, exact values, degenerate arguments."""

import numpy
import pytest

from perturbsci.backend.kernels.pairwise import (
    GAUSSIAN,
    LAPLACIAN,
    RATIONAL,
    inner_matrix,
    radial_matrix,
)

UNIT = 2.0**-53
PROFILES = {
    GAUSSIAN: lambda r: numpy.exp(-(r**2)),
    LAPLACIAN: lambda r: numpy.exp(-r),
    RATIONAL: lambda r: 1 / (1 + r**2),
}


@pytest.mark.parametrize("kind", PROFILES)
@pytest.mark.parametrize("d", [1, 2, 7])
def test_radial_matrix_is_the_profile_of_the_distance(kind, d):
    rng = numpy.random.default_rng(d)
    x, y, scale = rng.uniform(-1, 1, (30, d)), rng.uniform(-1, 1, (130, d)), 0.6
    r = numpy.linalg.norm((x[:, None] - y).astype("g"), axis=-1) / numpy.longdouble(scale)
    expected = PROFILES[kind](r)
    bound = (d + 6) * UNIT * (1 + r**2) * expected
    assert (abs(radial_matrix(x, y, scale, kind) - expected) <= bound).all()


@pytest.mark.parametrize("kind", PROFILES)
def test_radial_matrix_is_symmetric_with_ones_on_the_diagonal(kind):
    x = numpy.random.default_rng(0).standard_normal((70, 3)) + 1e8  # no cancellation
    found = radial_matrix(x, x, 2.0, kind)
    numpy.testing.assert_array_equal(found, found.T)
    numpy.testing.assert_array_equal(numpy.diag(found), 1)
    numpy.testing.assert_array_equal(found, radial_matrix(x - 1e8, x - 1e8, 2.0, kind))


@pytest.mark.slow
def test_radial_matrix_in_float32_keeps_its_own_roundoff():
    x = numpy.random.default_rng(0).uniform(-1, 1, (40, 2)).astype("f4")
    for kind in PROFILES:
        found = radial_matrix(x, x, 0.5, kind)
        exact = radial_matrix(x.astype("f8"), x.astype("f8"), 0.5, kind)
        # r^2/s^2 <= 32, see the bound of radial_matrix.
        assert found.dtype == numpy.float32
        assert (abs(found - exact) <= 8 * 33 * 2.0**-24 * exact).all()


def test_an_unknown_kind_is_not_a_number():
    x = numpy.zeros((2, 1))
    for kind in (-1, 3):
        assert numpy.isnan(radial_matrix(x, x, 1.0, kind)).all()


@pytest.mark.parametrize("power", [0, 1, 2, 3, 5, 16, 100, 4097])
def test_inner_matrix_is_the_power(power):
    g = numpy.random.default_rng(power).uniform(-0.1, 0.1, (9, 70))
    scale = 1.5
    expected = (1 + g.astype("g") / scale**2) ** power
    # Two roundings a power, and about two of the base in each of its factors.
    error = abs(inner_matrix(g, scale, power) / expected - 1).max()
    assert error <= 4 * power * UNIT


def test_powers_at_the_ends():
    zero = numpy.zeros((1, 3))
    assert (inner_matrix(zero, 1.0, 2**62) == 1).all()
    assert numpy.isnan(inner_matrix(zero, 1.0, -1)).all()
    assert (inner_matrix(zero - 1, 1.0, 2**40) == 0).all()
