import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perturbsci.backend import linalg
from perturbsci.errors import ShapeError
from perturbsci.verification import eigen_backward_error, linear_backward_error

UNIT_ROUNDOFF = 2.0**-53
SIZES = [1, 2, 3, 5, 10, 16, 50]
RATIO = 30  # LAPACK's own threshold for its test ratios


def matrices(n):
    rng = np.random.default_rng(n)
    a = rng.standard_normal((n, n))
    yield a
    yield a + 1j * rng.standard_normal((n, n))
    yield a * 10.0 ** np.linspace(0, -12, n)  # graded
    yield 0.5 * np.eye(n) + np.eye(n, k=1)  # defective
    yield a * 1e150
    yield a * 1e-150


@pytest.mark.parametrize("n", SIZES)
def test_eigenpairs_of_lapack_are_backward_stable(n):
    for a in matrices(n):
        eta = eigen_backward_error(a, *linalg.eig(a))
        assert eta < RATIO * n * UNIT_ROUNDOFF


@pytest.mark.parametrize("n", SIZES)
def test_eigenpairs_of_hermitian_matrices_are_backward_stable(n):
    for a in matrices(n):
        hermitian = a / 2 + a.conj().T / 2
        eta = eigen_backward_error(hermitian, *linalg.eigh(hermitian))
        assert eta < RATIO * n * UNIT_ROUNDOFF


@pytest.mark.parametrize("n", SIZES)
def test_solutions_of_lapack_are_backward_stable(n):
    right_side = np.random.default_rng(0).standard_normal((n, 3))
    for a in matrices(n):
        x = linalg.solve(a, right_side)
        assert linear_backward_error(a, x, right_side) < RATIO * n * UNIT_ROUNDOFF


def test_exact_pairs_and_solutions_have_no_error():
    a = np.diag([1.0, 2.0, 4.0])
    assert eigen_backward_error(a, np.diag(a), np.eye(3)) == 0.0
    assert linear_backward_error(a, np.ones(3), np.diag(a)) == 0.0


def test_the_formulas():
    rng = np.random.default_rng(0)
    a, v, b = (rng.standard_normal((4, 4)) for _ in range(3))
    values = rng.standard_normal(4)
    size = np.linalg.norm
    eigen = size(a @ v - v * values) / (size(a) * size(v))
    assert eigen_backward_error(a, values, v) == pytest.approx(eigen, rel=1e-14)
    linear = max(
        size(b[:, j] - a @ v[:, j]) / (size(a) * size(v[:, j]) + size(b[:, j]))
        for j in range(4)
    )
    assert linear_backward_error(a, v, b) == pytest.approx(linear, rel=1e-14)


def test_a_subset_of_the_eigenpairs_and_a_rectangular_system():
    a = np.diag([1.0, 2.0, 4.0])
    assert eigen_backward_error(a, [4.0], np.eye(3)[:, 2:]) == 0.0
    assert linear_backward_error(np.ones((3, 1)), [2.0], [2.0, 2.0, 2.0]) == 0.0


@given(st.integers(-450, 450), st.integers(-450, 450), st.integers(0, 100), st.booleans())
@settings(deadline=None, max_examples=60, derandomize=True)
def test_scaling_by_powers_of_two_changes_no_bit(first, second, seed, imaginary):
    rng = np.random.default_rng(seed)
    a, v, b = (rng.standard_normal((3, 3)) * (1 + 1j * imaginary) for _ in range(3))
    values = rng.standard_normal(3)
    p, q = math.ldexp(1, first), math.ldexp(1, second)
    eigen = eigen_backward_error(a, values, v)
    assert eigen_backward_error(a * p, values * p, v * q) == eigen
    linear = linear_backward_error(a, v, b)
    assert linear_backward_error(a * p, v * q, b * p * q) == linear


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e300])
def test_extreme_entries_neither_overflow_nor_underflow(scale):
    a = np.array([[2.0, 1.0], [1.0, 2.0]])
    off = eigen_backward_error(a * scale, np.array([3.0, 1.5]) * scale, [[1, 1], [1, -1]])
    assert off == pytest.approx(0.5 * math.sqrt(2) / (math.sqrt(10) * 2), rel=1e-14)
    x = np.array([1.0, 1.0])
    assert linear_backward_error(a * scale, x, 3 * x * scale) < 1e-15
    assert linear_backward_error(a, x * scale, 3.3 * x * scale) == pytest.approx(
        0.3 / (math.sqrt(10) + 3.3), rel=1e-14
    )


def test_a_right_side_of_another_size_than_the_solution():
    # |b - A x| / (|A| |x| + |b|) of a system of size 1
    assert linear_backward_error([[1.0]], [1.0], [1000.0]) == pytest.approx(999 / 1001)
    assert linear_backward_error([[8.0]], [1000.0], [1.0]) == pytest.approx(7999 / 8001)


def test_a_product_beyond_the_largest_number_is_formed_of_scaled_factors():
    a, big = np.array([[2.0, 1.0], [1.0, 2.0]]), 1e200
    eta = eigen_backward_error(a, np.array([3.0, 1.5]), [[1, 1], [1, -1]])
    vectors = big * np.array([[1.0, 1.0], [1.0, -1.0]])
    scaled = eigen_backward_error(big * a, np.array([3.0, 1.5]) * big, vectors)
    assert scaled == pytest.approx(eta, rel=1e-14)
    x = np.ones(2) * big  # A x = 3e400: b is nothing beside it
    assert linear_backward_error(big * a, x, [1.0, 1.0]) == pytest.approx(
        math.sqrt(18) / math.sqrt(20), rel=1e-14
    )


def test_entries_below_the_normal_numbers():
    tiny = 1e-310
    assert eigen_backward_error(tiny * np.eye(2), [tiny, tiny], np.eye(2)) == 0.0
    assert linear_backward_error(tiny * np.eye(2), [1.0, 2.0], [tiny, 2 * tiny]) == 0.0


def test_zero_over_zero_is_zero_and_one_over_zero_infinite():
    zero = np.zeros((2, 2))
    assert eigen_backward_error(zero, np.zeros(2), zero) == 0.0
    assert eigen_backward_error(zero, np.zeros(2), np.eye(2)) == 0.0
    assert eigen_backward_error(zero, np.ones(2), np.eye(2)) == math.inf
    assert linear_backward_error(zero, np.zeros(2), np.zeros(2)) == 0.0
    assert linear_backward_error(zero, np.zeros(2), np.ones(2)) == 1.0


def test_size_zero():
    empty = np.zeros((0, 0))
    assert eigen_backward_error(empty, np.zeros(0), empty) == 0.0
    assert linear_backward_error(empty, np.zeros(0), np.zeros(0)) == 0.0
    assert linear_backward_error(empty, np.zeros((0, 2)), np.zeros((0, 2))) == 0.0
    assert linear_backward_error(np.eye(2), np.zeros((2, 0)), np.zeros((2, 0))) == 0.0


@pytest.mark.parametrize(
    "shapes",
    [((2, 3), (2,), (2, 2)), ((2, 2), (2,), (2, 1)), ((2, 2), (1,), (3, 1))],
)
def test_shapes_of_eigenpairs_have_to_fit(shapes):
    with pytest.raises(ShapeError, match=r"needed \(n, n\), \(k,\), \(n, k\): one column"):
        eigen_backward_error(*map(np.ones, shapes))


@pytest.mark.parametrize(
    "shapes",
    [
        ((2, 2), (3,), (2,)),
        ((2, 2), (2,), (3,)),
        ((2, 2), (2, 1), (2,)),
        ((2, 2), (2, 1, 1), (2, 1, 1)),
        ((2, 2), (), ()),
    ],
)
def test_shapes_of_a_linear_system_have_to_fit(shapes):
    with pytest.raises(ShapeError, match=r"needed \(m, n\), \(n,\), \(m,\) or \(m, n\)"):
        linear_backward_error(*map(np.ones, shapes))
