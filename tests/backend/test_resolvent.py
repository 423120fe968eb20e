"""The smallest singular value: closed forms, SVD, bounds from above, and every edge."""

import dataclasses
from itertools import pairwise

import mpmath
import numpy
import pytest
import scipy.linalg

from perturbsci import backend
from perturbsci.backend.kernels import resolvent
from perturbsci.backend.kernels.resolvent import smallest_singular, smallest_singular_pencil
from perturbsci.errors import ShapeError
from tests.gpu.bodies import bits

# What 30 steps have to reach; a backward stable SVD has 1e-16 norm(A) / sigma itself.
TOLERANCE = 1e-10


@pytest.fixture(scope="module")
def generator():
    return numpy.random.default_rng(7)


@pytest.fixture(scope="module")
def dense():
    """A matrix of order 60, its Schur form, and shifts inside and outside its spectrum."""
    generator = numpy.random.default_rng(8)
    matrix = generator.standard_normal((60, 60)) / 60**0.5
    shifts = generator.standard_normal(70) + 1j * generator.standard_normal(70)
    return matrix, scipy.linalg.schur(matrix, output="complex")[0], shifts


def rounding(triangle, exact, unit_roundoff):
    """Return how far E, abs(E) = n u abs(A), moves sigma: solves are exact for A + E."""
    n = len(triangle)
    return n * unit_roundoff * (numpy.linalg.norm(abs(triangle), 2) + 3) / exact


def by_svd(matrix, other, shifts):
    return numpy.array(
        [
            numpy.linalg.svd(matrix - z * other, compute_uv=False)[-1]
            for z in shifts.tolist()
        ]
    )


def of_jordan_block(n, r):
    """Return sigma_min of the Jordan block of order n minus z, abs z = r.

    A A* has 1 + r^2 on its diagonal but r^2 at its end, and -r beside it: its eigenvectors
    are sinh(i mu) with sinh(n mu) = r sinh((n+1) mu), eigenvalue 1 + r^2 - 2 r cosh(mu);
    for r > n / (n+1) the smallest mu is imaginary.
    """
    with mpmath.workdps(100):
        r = mpmath.mpf(r)
        if r < mpmath.mpf(n) / (n + 1):
            balance = lambda mu: mpmath.sinh(n * mu) / mpmath.sinh((n + 1) * mu) - r  # noqa: E731
            mu = mpmath.findroot(balance, -mpmath.log(r))
            return float(mpmath.sqrt(1 + r**2 - 2 * r * mpmath.cosh(mu)))
        turning = lambda phi: mpmath.sin(n * phi) - r * mpmath.sin((n + 1) * phi)  # noqa: E731
        ends = (mpmath.mpf(10) ** -20, mpmath.pi / (n + 1))
        phi = mpmath.findroot(turning, ends, solver="anderson")
        return float(mpmath.sqrt(1 + r**2 - 2 * r * mpmath.cos(phi)))


def check_diagonal(generator, dtype, tolerance):
    parts = generator.standard_normal((2, 64)) + 1j * generator.standard_normal((2, 64))
    values, shifts = parts.astype(dtype)
    sigma, _ = smallest_singular(numpy.diag(values), shifts, 30)
    exact = abs(values.astype("c16") - shifts[:, None].astype("c16")).min(axis=1)
    numpy.testing.assert_allclose(sigma, exact, rtol=tolerance)


def test_normal_matrix_has_the_distance_to_its_spectrum(generator):
    check_diagonal(generator, "c16", TOLERANCE)


@pytest.mark.slow
def test_float32_is_right_to_float32(generator, dense):
    # A norm is a sum of 64 squares, one after the other; each step takes two.
    check_diagonal(generator, "c8", 2 * 64 * 2**-24)
    _, triangle, shifts = dense
    sigma, _ = smallest_singular(triangle.astype("c8"), shifts.astype("c8"), 30)
    exact = by_svd(triangle, numpy.eye(60), shifts)
    assert (abs(sigma / exact - 1) <= rounding(triangle, exact, 2**-24)).all()


def test_dense_matrix_agrees_with_the_svd(dense):
    matrix, triangle, shifts = dense
    exact = by_svd(matrix, numpy.eye(60), shifts)
    sigma, change = smallest_singular(triangle, shifts, 30)
    numpy.testing.assert_allclose(sigma, exact, rtol=TOLERANCE)
    assert change.max() <= TOLERANCE


@pytest.mark.parametrize("n", [32, 64])
def test_jordan_block_has_its_closed_form_where_an_svd_has_no_digit(n):
    radii = [0.3, 0.5, 0.7, 0.9, 0.995, 1.2, 2.0]
    shifts = numpy.array(radii) * numpy.exp(1j * numpy.arange(7))
    sigma, _ = smallest_singular(numpy.eye(n, k=1) + 0j, shifts, 30)
    # The modulus of each shift is off by rounding, and sigma is about its n-th power.
    exact = [of_jordan_block(n, abs(mpmath.mpc(z))) for z in shifts]
    numpy.testing.assert_allclose(sigma, exact, rtol=1e-11)


def test_random_triangle_agrees_with_sixty_digits(generator):
    parts = generator.standard_normal((2, 12, 12))
    triangle = numpy.triu(parts[0] + 1j * parts[1])
    shifts = numpy.array([0.0, 0.3 + 0.2j])
    with mpmath.workdps(60):
        matrices = [mpmath.matrix((triangle - z * numpy.eye(12)).tolist()) for z in shifts]
        exact = [float(min(mpmath.svd_c(a, compute_uv=False))) for a in matrices]
    sigma, _ = smallest_singular(triangle, shifts, 30)
    numpy.testing.assert_allclose(sigma, exact, rtol=TOLERANCE)


def test_sigma_falls_to_the_exact_value_and_never_below(dense):
    matrix, triangle, shifts = dense
    exact = by_svd(matrix, numpy.eye(60), shifts)
    steps = (1, 2, 3, 5, 9, 17, 200)
    found = numpy.array([smallest_singular(triangle, shifts, s)[0] for s in steps])
    relative = rounding(triangle, exact, 2**-53)
    assert (found[1:] <= (1 + relative) * found[:-1]).all()
    assert (found >= (1 - relative) * exact).all()
    # 200 steps in a space of 60: what Lanczos does after it has found everything.
    assert (found[-1] <= (1 + relative) * exact).all()
    assert numpy.isinf(smallest_singular(triangle, shifts, 0)[0]).all()


def test_change_is_that_of_the_last_two_steps(dense):
    _, triangle, shifts = dense
    theta = [smallest_singular(triangle, shifts, s)[0] ** -2 for s in (3, 4, 5)]
    last = [abs(b - a) / b for a, b in pairwise(theta)]
    _, change = smallest_singular(triangle, shifts, 5)
    numpy.testing.assert_allclose(change, numpy.maximum(*last), rtol=0, atol=1e-13)
    assert (smallest_singular(triangle, shifts, 2)[1] == 1).all()


@pytest.mark.parametrize("power", [-900, -500, 500, 900])
def test_scale_comes_out_exactly(dense, power):
    _, triangle, shifts = dense
    factor = 2.0**power
    sigma, change = smallest_singular(triangle, shifts, 6)
    scaled, changed = smallest_singular(factor * triangle, factor * shifts, 6)
    assert (scaled == factor * sigma).all()
    assert (changed == change).all()


def test_what_stands_below_the_diagonal_is_not_read(dense):
    _, triangle, shifts = dense
    marked = triangle + numpy.tril(numpy.full((60, 60), numpy.nan), -1)
    assert (
        smallest_singular(marked, shifts, 4)[0] == smallest_singular(triangle, shifts, 4)[0]
    ).all()


def test_an_eigenvalue_as_shift_gives_zero_and_spoils_no_other_lane(dense):
    _, triangle, shifts = dense
    mixed = shifts.copy()
    mixed[::2] = numpy.diag(triangle)[:35]
    sigma, change = smallest_singular(triangle, mixed, 4)
    assert (sigma[::2] == 0).all()
    assert (change[::2] == 0).all()
    assert (sigma[1::2] == smallest_singular(triangle, shifts, 4)[0][1::2]).all()


def test_order_one_and_multiples_of_the_identity():
    shifts = numpy.array([3.0, 4j, 0.0])
    for n in (1, 5):  # the second Lanczos vector is zero, or rounding
        sigma, _ = smallest_singular(numpy.zeros((n, n), complex), shifts, 7)
        numpy.testing.assert_allclose(sigma, [3.0, 4.0, 0.0], rtol=1e-15 * n)


def test_an_underflow_is_zero_and_an_undefined_entry_undefined(dense):
    _, triangle, shifts = dense
    sigma, _ = smallest_singular(numpy.eye(64, k=1) + 0j, numpy.array([1e-6]), 4)
    assert sigma[0] == 0  # 1e-384
    for entry in (numpy.nan, numpy.inf):
        spoiled = triangle.copy()
        spoiled[0, 5] = entry
        mixed = numpy.append(shifts[:3], triangle[1, 1])
        assert numpy.isnan(smallest_singular(spoiled, mixed, 4)[0]).all()
    sigma, change = smallest_singular(triangle, numpy.array([numpy.nan, 1.0]), 4)
    assert numpy.isnan([sigma[0], change[0]]).all()
    assert numpy.isfinite([sigma[1], change[1]]).all()


def test_pencil_agrees_with_the_svd_and_with_the_plain_kernel(generator, dense):
    _, triangle, shifts = dense
    a, b = generator.standard_normal((2, 30, 30))
    s, r, _, _ = scipy.linalg.qz(a, b, output="complex")
    sigma, _ = smallest_singular_pencil(s, r, shifts[:9], 30)
    numpy.testing.assert_allclose(sigma, by_svd(a, b, shifts[:9]), rtol=TOLERANCE)
    with_identity = smallest_singular_pencil(triangle, numpy.eye(60) + 0j, shifts, 6)
    for found, expected in zip(
        with_identity, smallest_singular(triangle, shifts, 6), strict=True
    ):
        assert (found == expected).all()
    infinite = numpy.zeros((30, 30), complex)  # every eigenvalue at infinity: S alone
    sigma, _ = smallest_singular_pencil(s, infinite, shifts[:2], 30)
    numpy.testing.assert_allclose(sigma, by_svd(a, 0 * b, shifts[:2]), rtol=TOLERANCE)


def test_negative_steps_and_unequal_orders_are_refused(dense):
    _, triangle, shifts = dense
    with pytest.raises(ShapeError, match=r"shape \(2, -1, 70\)"):
        smallest_singular(triangle, shifts, -1)
    with pytest.raises(ShapeError, match="n = 60"):
        smallest_singular_pencil(triangle, triangle[:5, :5].copy(), shifts, 3)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("name", resolvent.__all__)
def test_interpreter_and_plain_loop_give_the_same_bits(name, dtype):
    kernel = getattr(resolvent, name)
    inputs = kernel.example(dtype, 0)
    expected = bits(kernel(*inputs))
    assert bits(dataclasses.replace(kernel, schedule="flat")(*inputs)) == expected
    with backend.use("numpy"):
        assert bits(kernel(*inputs)) == expected
