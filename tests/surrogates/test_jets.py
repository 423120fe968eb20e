"""Derivatives of the functions of every basis, against mpmath and the complex step."""

import itertools

import mpmath
import numpy as np
import pytest

from perturbsci import surrogates as su
from perturbsci.errors import ParameterError
from perturbsci.surrogates.jets import (
    polynomial_jets,
    radial_jets,
    tanh_jets,
    tanh_polynomials,
    wave_jets,
)

mpmath.mp.dps = 30
ORDERS = range(5)
POINTS = [-0.93, -0.4, 0.0, 0.31, 0.77, 1.4]


def matches(found, wanted, scale=None):
    """Assert a row to 1e-12 of its largest entry, the accuracy the specification names."""
    wanted = np.array([float(item) for item in np.ravel(wanted)]).reshape(np.shape(found))
    size = np.abs(wanted).max() if scale is None else scale
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * max(size, 1e-300))


def derivative(function, point, order):
    """Return a derivative from a Taylor expansion at 40 digits beyond the working ones."""
    with mpmath.workdps(60):
        return mpmath.taylor(function, mpmath.mpf(point), order)[order] * mpmath.factorial(
            order
        )


@pytest.mark.parametrize("family", ["legendre", "chebyshev"])
def test_polynomials_match_mpmath(family):
    function = mpmath.legendre if family == "legendre" else mpmath.chebyt
    low, high, count = -0.95, 1.55, 9
    table = polynomial_jets(np.array(POINTS), (low, high), count, 4, family=family)
    for i, x in enumerate(POINTS):
        for s in ORDERS:
            wanted = [
                derivative(
                    lambda y, n=n: function(
                        n,
                        (2 * y - mpmath.mpf(low) - mpmath.mpf(high))
                        / (mpmath.mpf(high) - mpmath.mpf(low)),
                    ),
                    x,
                    s,
                )
                for n in range(count)
            ]
            matches(table[i, s], wanted)


@pytest.mark.parametrize("modes", [0, 1, 5])
def test_waves_match_mpmath(modes):
    low, high = -0.5, 1.5
    table = wave_jets(np.array(POINTS), (low, high), modes, 4)
    for i, x in enumerate(POINTS):
        for s in ORDERS:
            wanted = [mpmath.mpf(s == 0)]
            for k in range(1, modes + 1):
                w = k * mpmath.pi
                phase = w * (mpmath.mpf(x) - low) + s * mpmath.pi / 2
                wanted += [w**s * mpmath.cos(phase), w**s * mpmath.sin(phase)]
            matches(table[i, s], wanted)


def test_tanh_polynomials_are_those_of_the_formula():
    assert [tanh_polynomials(n) for n in range(4)] == [
        (0, 1),
        (1, 0, -1),
        (0, -2, 0, 2),
        (-2, 0, 8, 0, -6),
    ]


@pytest.mark.parametrize("order", ORDERS)
def test_tanh_keeps_its_digits_in_the_tails(order):
    z = np.array([-30.0, -6.0, -0.5, 0.0, 0.2, 3.0, 40.0])
    wanted = [derivative(mpmath.tanh, item, order) for item in z]
    wanted = np.array([float(item) for item in wanted])
    # relative to each entry: at 40 the derivative is 1e-34 and must not be lost; at a
    # zero of the derivative an absolute 1e-15
    np.testing.assert_allclose(tanh_jets(z, order), wanted, rtol=1e-12, atol=1e-40)


def test_far_arguments_of_tanh_give_no_overflow():
    assert tanh_jets(np.array([-1e4, 1e4]), 2).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("family", ["legendre", "chebyshev"])
def test_a_complex_step_gives_the_next_order(family, order):
    # the series of the table in monomials, evaluated off the axis: Im f(x + ih)/h = f'
    kind = (
        np.polynomial.legendre.Legendre
        if family == "legendre"
        else (np.polynomial.chebyshev.Chebyshev)
    )
    x, h = np.array(POINTS[:5]), 1e-30
    table = polynomial_jets(x, (-1.0, 1.0), 7, order + 1, family=family)
    for n in range(7):
        slope = kind.basis(n).deriv(order) if order else kind.basis(n)
        wanted = np.imag(slope(x + 1j * h)) / h
        np.testing.assert_allclose(
            table[:, order + 1, n], wanted, rtol=0, atol=1e-12 * max(1, abs(wanted).max())
        )


def indices(dimension, most=4):
    everything = itertools.product(range(most + 1), repeat=dimension)
    return [item for item in everything if sum(item) <= most]


def mixed(function, point, index):
    """Return a mixed derivative by differences of 60 digits."""
    with mpmath.workdps(80):
        return mpmath.diff(function, tuple(map(mpmath.mpf, point)), index)


POINTS2 = np.array([[0.3, -0.2], [0.55, 0.4], [-0.1, 0.05]])
CENTERS2 = np.array([[0.1, 0.2], [0.55, 0.4], [-0.6, -0.3]])


def check_basis(basis, function, points=POINTS2):
    """Compare every column and index with mpmath, on the scale of the row."""
    table = su.feature_jets(basis, points, indices(points.shape[1]))
    for index, found in table.items():
        wanted = [
            [
                float(mixed(lambda *z, j=j: function(j, z), point, index))
                for j in range(basis.n_features)
            ]
            for point in points
        ]
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())


def test_gaussians_match_mpmath():
    widths = np.array([[0.3, 0.5], [0.2, 0.4], [0.7, 0.6]])

    def function(j, z):
        parts = [
            ((z[k] - mpmath.mpf(CENTERS2[j, k])) / mpmath.mpf(widths[j, k])) ** 2
            for k in range(2)
        ]
        return mpmath.exp(-sum(parts) / 2)

    check_basis(su.Gaussians(CENTERS2, widths), function)


def test_inverse_multiquadrics_match_mpmath():
    def function(j, z):
        square = sum((z[k] - mpmath.mpf(CENTERS2[j, k])) ** 2 for k in range(2))
        return 1 / mpmath.sqrt(1 + mpmath.mpf(1.7) ** 2 * square)

    check_basis(su.Radial(CENTERS2, 1.7, kind="inverse-multiquadric"), function)


@pytest.mark.parametrize("dimension", [1, 2, 3, 5])
def test_wendland_functions_match_their_published_form(dimension):
    # Wendland (1995): phi_{d,3} with l = floor(d/2) + 4; away from the center, where
    # differences of a power of |r| are smooth
    length = dimension // 2 + 4
    l3 = length**3 + 9 * length**2 + 23 * length + 15
    l2 = 6 * length**2 + 36 * length + 45
    point = np.linspace(0.11, 0.27, dimension)
    shape = 1.3

    def function(*z):
        r = shape * mpmath.sqrt(sum(item**2 for item in z))
        tail = l3 * r**3 + l2 * r**2 + (15 * length + 45) * r + 15
        return (1 - r) ** (length + 3) * tail / 15

    for index in indices(dimension)[:40]:
        found = radial_jets(point[None, :], index, shape, kind="wendland")[0]
        wanted = float(mixed(function, point, index))
        scale = shape ** sum(index) * 10.0 ** sum(index)
        assert abs(found - wanted) <= 1e-12 * max(abs(wanted), scale), index


def test_wendland_functions_are_smooth_at_the_center_and_zero_outside():
    away = np.array([[0.0, 0.0], [1e-9, 1e-9], [0.9, 0.9]])
    for index in indices(2):
        found = radial_jets(away, index, 1.0, kind="wendland")
        assert found[2] == 0.0
        # sixth derivatives are bounded by 1e6, so a step of 1e-9 changes nothing visible
        assert abs(found[0] - found[1]) <= 1e-2
    seventh = (7, 0)
    with pytest.raises(ParameterError, match="inverse-multi"):
        radial_jets(away, seventh, 1.0, kind="wendland")


@pytest.mark.parametrize("kind", [su.RandomFourier, su.RandomTanh])
def test_random_features_match_mpmath(kind):
    basis = kind(4, (3.0, 1.5), 2, seed=3)
    w, b = basis.directions(), basis.phases()
    profile = mpmath.sin if kind is su.RandomFourier else mpmath.tanh

    def function(j, z):
        return profile(sum(mpmath.mpf(w[j, k]) * z[k] for k in range(2)) + mpmath.mpf(b[j]))

    check_basis(basis, function)


@pytest.mark.parametrize("kind", [su.Legendre, su.Chebyshev])
def test_tensor_products_match_mpmath(kind):
    basis = kind((2, 3), [(-1, 1), (-0.5, 1.5)])
    one = mpmath.legendre if kind is su.Legendre else mpmath.chebyt

    def function(j, z):
        first, second = divmod(j, 4)
        return one(first, z[0]) * one(second, z[1] - mpmath.mpf(0.5))

    check_basis(basis, function)


def test_tensor_products_of_waves_match_mpmath():
    basis = su.Fourier((1, 1), [(-1, 1), (0, 1)])

    def wave(j, phase):
        return (mpmath.mpf(1), mpmath.cos(phase), mpmath.sin(phase))[j]

    def function(j, z):
        first, second = divmod(j, 3)
        return wave(first, mpmath.pi * (z[0] + 1)) * wave(second, 2 * mpmath.pi * z[1])

    check_basis(basis, function)
