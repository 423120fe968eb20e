"""Residuals of eigenpairs against their formulas, written with plain NumPy."""

import numpy as np
import pytest

from perturbsci.koopman import Snapshots
from perturbsci.koopman.pairs import (
    mean_functions,
    pair_numbers,
    pair_residuals,
    pair_sums,
    representatives,
    root_weights,
)
from perturbsci.koopman.panels import Panel
from perturbsci.koopman.projection import Pencil

N, K = 40, 4
UNIT_ROUNDOFF = 2.0**-53
CLOSE = {"rel": 1e-12, "abs": 0.0}  # sums of 40 products


def panels(imaginary):
    rng = np.random.default_rng(imaginary)
    x, y = (rng.standard_normal((N, K)) for _ in range(2))
    if imaginary:
        x, y = (each + 1j * rng.standard_normal((N, K)) for each in (x, y))
    return 3.0 * x, y


def pairs(imaginary):
    """Return eigenpairs; of real data conjugate pairs, the positive member first."""
    rng = np.random.default_rng(7)
    values = np.array([0.9 + 0.4j, 0.9 - 0.4j, 0.0, -0.7])
    vectors = 5.0 * (rng.standard_normal((K, 4)) + 1j * rng.standard_normal((K, 4)))
    if not imaginary:
        vectors[:, 1] = vectors[:, 0].conj()
        vectors[:, 2:] = vectors[:, 2:].real
    return values, vectors


def expected(x, y, values, vectors):
    norms = np.linalg.norm(x @ vectors, axis=0)
    return np.linalg.norm(y @ vectors - x @ vectors * values, axis=0) / norms, norms


@pytest.mark.parametrize("imaginary", [False, True])
def test_residuals_of_panels(imaginary):
    x, y = panels(imaginary)
    found = pair_residuals(x, y, *pairs(imaginary))
    for one, other in zip(found, expected(x, y, *pairs(imaginary)), strict=True):
        assert one == pytest.approx(other, **CLOSE)


def test_a_function_that_vanishes_on_the_samples_has_an_infinite_residual():
    x, y = panels(False)
    x[:, 0] = 0.0
    residuals, norms = pair_residuals(x, y, np.array([1.0 + 0j]), np.eye(K)[:, :1] + 0j)
    assert (residuals[0], norms[0]) == (np.inf, 1.0)


@pytest.mark.parametrize("imaginary", [False, True])
@pytest.mark.parametrize("by_factors", [False, True])
def test_residuals_floors_and_norms_of_a_pencil(imaginary, by_factors):
    (x, y), (values, v) = panels(imaginary), pairs(imaginary)
    g, a, length = x.conj().T @ x, x.conj().T @ y, y.conj().T @ y
    r = np.linalg.qr(np.hstack([x, y]))[1]
    factors = (r[:K, :K], r[:K, K:], r[K:, K:]) if by_factors else None
    found = pair_numbers(Pencil(np.ones(K), g, a, length, factors), values, v)
    residuals, norms = expected(x, y, values, v)
    assert found.residuals == pytest.approx(residuals, rel=1e-10)  # a difference of squares
    assert found.norms == pytest.approx(norms, **CLOSE)
    if by_factors:
        assert found.floors.tolist() == [1e-14] * 4
        return
    size_g, size_l = (np.linalg.norm(each, 2) for each in (g, length))
    spread = size_l + 2 * abs(values) * np.sqrt(size_g * size_l) + abs(values) ** 2 * size_g
    square = 32 * UNIT_ROUNDOFF * spread * np.linalg.norm(v, axis=0) ** 2 / norms**2
    assert found.floors == pytest.approx(np.sqrt(square), rel=1e-10)
    assert np.linalg.norm(a, 2) <= np.sqrt(size_g * size_l)  # the bound that the floor has


@pytest.mark.parametrize("by_factors", [False, True])
def test_a_function_of_norm_zero_has_a_floor_or_residual_beyond_all(by_factors):
    zero, one = np.zeros((1, 1)), np.ones((1, 1))
    factors = (zero, one, zero) if by_factors else None
    pencil = Pencil(np.ones(1), zero, zero, one, factors)
    found = pair_numbers(pencil, np.array([1.0 + 0j]), np.array([[1.0 + 0j]]))
    if by_factors:
        assert (found.residuals[0], found.norms[0]) == (np.inf, 1.0)
    else:  # v* G v is 0, and no norm: the residual counts from sqrt(32 u) on
        assert found.floors[0] == pytest.approx(np.sqrt(32 * UNIT_ROUNDOFF))
        assert (found.residuals[0], found.norms[0]) == (1.0, 1.0)


def test_below_its_rounding_a_norm_is_that_rounding():
    g = np.diag([1.0, 1e-20])
    pencil = Pencil(np.ones(2), g, 0 * g, g, None)
    vector = np.array([[0.0], [3.0 + 0j]])
    found = pair_numbers(pencil, np.array([0j]), vector)
    assert found.norms[0] == pytest.approx(3.0 * np.sqrt(32 * UNIT_ROUNDOFF))


@pytest.mark.parametrize("square", [0.99, 1.0])
def test_a_form_that_is_not_positive_has_the_residual_zero(square):
    one = np.ones((1, 1))  # square - 2 lambda + lambda^2 <= 0 at lambda = 1
    pencil = Pencil(np.ones(1), one, one, square * one, None)
    found = pair_numbers(pencil, np.array([1.0 + 0j]), np.array([[1.0 + 0j]]))
    assert found.residuals[0] == 0.0


def test_a_gram_matrix_that_rounding_made_negative_has_a_floor():
    one = np.ones((1, 1))
    pencil = Pencil(np.ones(1), -1e-20 * one, 0 * one, one, None)
    found = pair_numbers(pencil, np.array([0j]), np.array([[1.0 + 0j]]))
    assert found.floors[0] == pytest.approx(np.sqrt(32 * UNIT_ROUNDOFF))


@pytest.mark.parametrize("weights", [None, np.linspace(0.1, 2.0, N)])
@pytest.mark.parametrize("imaginary", [False, True])
def test_sums_over_pieces(imaginary, weights):
    (x, y), (values, v) = panels(imaginary), pairs(imaginary)
    parts = [slice(0, 15), slice(15, N)]
    pieces = [
        Panel(x[part], y[part], None if weights is None else weights[part])
        for part in parts
    ]
    misses, squares = pair_sums(pieces, values, v)
    residuals, norms = expected(x, y, values, v)
    assert squares == pytest.approx(norms**2, **CLOSE)
    assert misses == pytest.approx((residuals * norms) ** 2, **CLOSE)
    roots = np.ones(N) if weights is None else np.sqrt(weights)
    # entries cancel: the error is relative to the sum of their sizes
    close = 1e-14 * (roots @ abs(x)).max()
    assert mean_functions(pieces) == pytest.approx(roots @ x, rel=0, abs=close)


def test_one_of_each_conjugate_pair_stands_for_both_where_data_are_real():
    values = np.array([1j, -1j, 0.0, -0.5, 2 + 1j, 2 - 1j])
    chosen, index = representatives(np.ones(1), values)
    assert chosen.tolist() == [0, 2, 3, 4]
    assert index.tolist() == [0, 0, 1, 2, 3, 3]
    chosen, index = representatives(np.ones(1) + 0j, values)
    assert chosen.tolist() == index.tolist() == list(range(6))


@pytest.mark.parametrize("weights", [None, np.array([0.2, 0.3, 0.5])])
def test_panels_have_the_roots_of_the_weights(weights):
    x, y = np.arange(3.0)[:, None], np.arange(1.0, 4.0)[:, None]
    data = Snapshots(x, y, weights=weights)
    root = np.sqrt([1 / 3] * 3 if weights is None else weights)
    assert root_weights(data)[:, 0] == pytest.approx(root, rel=1e-15)
