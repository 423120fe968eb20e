"""Eigenvalue conditions, Bauer-Fike and Henrici, against definitions and closed forms."""

import math

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import AccuracyWarning, ParameterError, ShapeError
from perturbsci.perturbation import (
    bauer_fike,
    eigen_conditions,
    nonnormality,
    rayleigh_schrodinger,
)
from perturbsci.results import Status


def random_matrix(n, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))


def random_normal(n, seed):
    q = np.linalg.qr(random_matrix(n, seed))[0]
    return q @ np.diag(random_matrix(n, seed + 100)[0]) @ q.conj().T


@pytest.mark.parametrize("c", [0.5, 3.0, 100.0])
def test_two_rows_in_closed_form(c):
    # x = (1, 0), (c, 1); y = (1, -c), (0, 1): kappa = sqrt(1 + c^2), sep = 1.
    found = eigen_conditions([[1.0, c], [0.0, 2.0]])
    assert found.eigenvalues == pytest.approx(np.array([1.0, 2.0]))
    assert found.eigenvalue_condition == pytest.approx(math.hypot(1, c) * np.ones(2))
    assert found.eigenvalue_separation == pytest.approx(np.ones(2), rel=1e-12)
    s = c / math.hypot(1, c)
    assert found.eigenvector_condition == pytest.approx(
        math.sqrt((1 + s) / (1 - s)), rel=1e-9
    )


@pytest.mark.parametrize("seed", range(5))
def test_pairs_conditions_and_separations_are_those_of_the_definition(seed):
    a = random_matrix(7, seed)
    found = eigen_conditions(a)
    assert a @ found.right == pytest.approx(found.right * found.eigenvalues, abs=1e-13)
    left = found.left.conj().T
    assert left @ a == pytest.approx(found.eigenvalues[:, None] * left, abs=1e-12)
    assert (np.diff(found.eigenvalues.real) > 0).all()
    overlaps = np.abs((found.left.conj() * found.right).sum(axis=0))
    assert found.eigenvalue_condition == pytest.approx(1 / overlaps)
    assert found.eigenvector_condition == pytest.approx(np.linalg.cond(found.right))
    for i, value in enumerate(found.eigenvalues):
        others = np.linalg.svd(found.right[:, i : i + 1])[0][:, 1:]
        inner = others.conj().T @ (a - value * np.eye(7)) @ others
        sep = np.linalg.svd(inner)[1][-1]
        assert found.eigenvalue_separation[i] == pytest.approx(sep, rel=1e-10)
    assert found.certificate.passed


def test_the_condition_is_the_largest_derivative():
    a = random_matrix(6, 8)
    found = eigen_conditions(a)
    worst = np.outer(found.left[:, 2], found.right[:, 2].conj())  # E of norm 1
    slope = rayleigh_schrodinger(a, worst, 2, order=1).value.coefficients[1]
    assert abs(slope) == pytest.approx(found.eigenvalue_condition[2], rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_normal_matrices_are_perfectly_conditioned(seed):
    a = random_normal(6, seed)
    found = eigen_conditions(a)
    assert (found.eigenvalue_condition == 1).all()
    assert found.eigenvector_condition == 1
    assert bauer_fike(a, 0.3).value == 0.3
    departure = nonnormality(a)
    assert departure.henrici <= 1e-13 * np.linalg.norm(a)
    assert departure.status is Status.EXACT


def test_a_repeated_eigenvalue_of_a_normal_matrix():
    q = np.linalg.qr(random_matrix(4, 1))[0]
    found = eigen_conditions(q @ np.diag([1, 1, 1j, 2]) @ q.conj().T)
    assert (found.eigenvalue_condition == 1).all()
    assert found.eigenvalue_separation.min() <= 1e-14


def test_a_defective_matrix_warns():
    with pytest.warns(AccuracyWarning, match="nearly defective; use lidskii"):
        found = eigen_conditions([[0.0, 1.0], [0.0, 0.0]])
    assert found.status is Status.ILL_CONDITIONED
    assert (found.eigenvalue_condition > 1e8).all()
    bound = bauer_fike([[0.0, 1.0], [0.0, 0.0]], 1e-3)
    assert bound.value == math.inf
    assert bound.kind == bound.certificate.kind == "none"


@pytest.mark.parametrize("seed", range(20))
def test_bauer_fike_holds(seed):
    a, e = random_matrix(6, seed), random_matrix(6, seed + 50)
    e *= 0.1 / np.linalg.norm(e, 2)
    bound = bauer_fike(a, 0.1)
    distances = np.abs(np.linalg.eigvals(a + e)[:, None] - np.linalg.eigvals(a))
    assert distances.min(axis=1).max() <= bound.value
    assert bound.kind == "a-posteriori"


def test_the_departure_lies_between_its_bounds():
    for seed in range(100):
        a = random_matrix(2 + seed % 7, seed)
        found = nonnormality(a)
        direct = np.linalg.norm(a) ** 2 - (np.abs(np.linalg.eigvals(a)) ** 2).sum()
        assert found.henrici == pytest.approx(math.sqrt(direct), rel=1e-10)
        assert found.lower <= found.henrici <= found.upper
        assert found.certificate.passed


def test_the_upper_bound_is_attained_by_a_nilpotent_pair():
    found = nonnormality([[0.0, 3.0], [0.0, 0.0]])
    assert found.henrici == 3
    assert found.upper == pytest.approx(3, rel=1e-14)


def test_one_row_zero_size_and_zero_matrix():
    found = eigen_conditions([[-1.0]])
    assert found.eigenvalue_condition.tolist() == [1.0]
    assert found.eigenvalue_separation.tolist() == [math.inf]
    assert bauer_fike(random_matrix(3, 1), 0).value == 0
    zero = nonnormality(np.zeros((2, 2)))
    assert (zero.henrici, zero.lower, zero.upper) == (0, 0, 0)


def test_archives_keep_the_results(tmp_path):
    a = random_matrix(3, 2)
    for k, found in enumerate((eigen_conditions(a), bauer_fike(a, 0.1), nonnormality(a))):
        io.save(found, tmp_path / f"{k}.npz")
        assert io.load(tmp_path / f"{k}.npz").summary() == found.summary()


@pytest.mark.parametrize("routine", [eigen_conditions, nonnormality])
def test_errors(routine):
    with pytest.raises(ShapeError, match=r"matrix has shape \(2, 3\), needed a square"):
        routine(np.zeros((2, 3)))
    with pytest.raises(ParameterError, match="not finite"):
        routine([[np.inf]])
    with pytest.raises(ParameterError, match="5001 rows, at most 5000"):
        routine(np.zeros((5001, 5001)))


@pytest.mark.parametrize("size", [-1.0, math.nan, math.inf, "1"])
def test_a_size_that_is_none(size):
    with pytest.raises(ParameterError, match=r"size is .*; pass one finite number"):
        bauer_fike(np.eye(2), size)
