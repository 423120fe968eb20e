"""Sines of random directions and their mixed derivatives beside 40 digits."""

import mpmath
import numpy
import pytest

from perturbsci.surrogates.random_bases import random_features


@pytest.mark.parametrize("alpha", [(0,), (1,), (2,), (3,), (4,), (2, 1), (1, 0, 2)])
def test_features_are_the_mixed_derivatives(alpha):
    d, rng = len(alpha), numpy.random.default_rng(sum(alpha))
    x, w = rng.uniform(-1, 1, (4, d)), rng.uniform(-9, 9, (3, d))
    b = rng.uniform(0, 6, 3)
    found = random_features(x, w, b, numpy.array(alpha))
    with mpmath.workdps(40):
        for i, j in numpy.ndindex(found.shape):
            products = [mpmath.mpf(w[j, k]) * mpmath.mpf(x[i, k]) for k in range(d)]
            factor = mpmath.fprod(mpmath.mpf(w[j, k]) ** alpha[k] for k in range(d))
            quarter = sum(alpha) * mpmath.pi / 2
            exact = factor * mpmath.sin(sum(products) + mpmath.mpf(b[j]) + quarter)
            size = 1 + abs(w[j]) @ abs(x[i]) + b[j]
            # the bound of the docstring, and a roundoff for each factor of w^alpha
            bound = (d + 3 + sum(alpha)) * 2.0**-52 * size * abs(float(factor))
            assert abs(found[i, j] - float(exact)) <= bound


def test_four_quarter_turns_are_the_fourth_power():
    rng = numpy.random.default_rng(0)
    x, w, b = rng.uniform(-1, 1, (50, 1)), rng.integers(1, 4, (5, 1)) * 1.0, rng.random(5)
    value = random_features(x, w, b, numpy.array([0]))
    fourth = random_features(x, w, b, numpy.array([4]))
    # small whole numbers: their fourth powers are exact, one product is rounded
    numpy.testing.assert_array_equal(fourth, w[:, 0] ** 4 * value)


def test_single_precision_stays():
    x = numpy.zeros((2, 1), dtype="f4")
    found = random_features(x, x, numpy.ones(2, dtype="f4"), numpy.array([0]))
    assert found.dtype == numpy.float32
    assert found.shape == (2, 2)
