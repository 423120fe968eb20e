"""Gaussians and their derivatives: mpmath, and sums beside single features."""

import mpmath
import numpy
import pytest

from perturbsci.backend.kernels.gaussians import gaussian_features, gaussian_sum


def problem(d, dtype="f8", n=70, m=9):
    """Return x, center, scale, weight."""
    rng = numpy.random.default_rng(d)
    arrays = (
        rng.uniform(-1, 1, (n, d)),
        rng.uniform(-1, 1, (m, d)),
        rng.uniform(1, 3, (m, d)),
        rng.standard_normal(m),
    )
    return tuple(array.astype(dtype) for array in arrays)


def derivative(x, center, scale, alpha):
    """Return D^alpha of one Gaussian at one point by mpmath, and a scale for its error."""

    def phi(*at):
        return mpmath.exp(
            -sum((s * (t - c)) ** 2 for t, c, s in zip(at, center, scale, strict=True)) / 2
        )

    point = tuple(mpmath.mpf(float(t)) for t in x)
    return mpmath.diff(phi, point, tuple(int(a) for a in alpha)), phi(*point)


@pytest.mark.parametrize("alpha", [(0,), (3,), (1, 0), (2, 1), (1, 0, 2), (0, 0, 0)])
def test_features_are_the_mixed_derivatives(alpha):
    x, center, scale, _ = problem(len(alpha), n=3, m=3)
    found = gaussian_features(x, center, scale, numpy.array(alpha))
    with mpmath.workdps(40):
        for i, j in numpy.ndindex(found.shape):
            exact, phi = derivative(x[i], center[j], scale[j], alpha)
            # Absolute terms of prod s^a He_a(z) are below (s (1 + |z|))^a a! each.
            z = abs((x[i] - center[j]) * scale[j])
            terms = float(phi) * numpy.prod((scale[j] * (1 + z)) ** alpha) * 6
            assert abs(found[i, j] - float(exact)) <= 16 * (1 + z @ z) * 2.0**-53 * terms


@pytest.mark.parametrize("dtype", ["f8", pytest.param("f4", marks=pytest.mark.slow)])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_sums_are_weighted_features(d, dtype):
    x, center, scale, weight = (a.astype("f8") for a in problem(d, dtype))
    found = gaussian_sum(*(a.astype(dtype) for a in (x, center, scale, weight)), 1 + 2 * d)
    unit = numpy.finfo(dtype).eps / 2
    alphas = [0 * numpy.eye(d, dtype=int)[0], *numpy.eye(d, dtype=int)]
    alphas += list(2 * numpy.eye(d, dtype=int))
    for column, alpha in enumerate(alphas):
        features = gaussian_features(x, center, scale, alpha)
        bound = 9 * (1 + 3 * 12) * abs(weight).max() * 9 * unit  # s <= 3, z.z <= 3 * 36
        assert found.dtype == dtype
        assert abs(found[:, column] - features @ weight).max() <= bound


def test_fewer_and_more_columns_than_derivatives():
    arguments = problem(2)
    full = gaussian_sum(*arguments, 5)
    assert gaussian_sum(*arguments, 0).shape == (70, 0)
    numpy.testing.assert_array_equal(gaussian_sum(*arguments, 1), full[:, :1])
    numpy.testing.assert_array_equal(gaussian_sum(*arguments, 3), full[:, [0, 1, 3]])
    more = gaussian_sum(*arguments, 9)
    numpy.testing.assert_array_equal(more[:, [0, 1, 2, 5, 6]], full)
    assert (more[:, [3, 4, 7, 8]] == 0).all()


def test_a_gaussian_far_away_is_zero_with_its_derivatives():
    x, center = numpy.array([[1e3], [-1e3]]), numpy.zeros((1, 1))
    ones = numpy.ones((1, 1))
    assert (gaussian_sum(x, center, ones, ones[0], 3) == 0).all()
    assert (gaussian_features(x, center, ones, numpy.array([4])) == 0).all()
