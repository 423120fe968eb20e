"""Responses of solutions: closed forms, finite differences, neural collapse."""

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import (
    fixed_point_response,
    implicit,
    leave_one_out,
    minimizer_response,
    solution_response,
)
from perturbsci.results import Status
from perturbsci.studies.perturbation_collapse import closed_forms, feature_response
from perturbsci.verification import load_reference

SEEDS = range(20)


def regular(rng, n, dtype=float):
    """Return a random matrix of condition number about n."""
    entries = rng.normal(size=(n, n)) + 3 * np.sqrt(n) * np.eye(n)
    return entries + 1j * rng.normal(size=(n, n)) if dtype is complex else entries


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dtype", [float, complex])
def test_linear_systems_have_the_inverse_as_response(seed, dtype):
    """A x = B p: dx/dp = A^{-1} B; condition below 10, so 1e-13 is 500 roundoffs."""
    rng = np.random.default_rng(seed)
    A, B = regular(rng, 6, dtype), rng.normal(size=(6, 3))
    response = solution_response(A, -B)
    assert abs(A @ response.matrix - B).max() < 1e-13
    assert response.condition == pytest.approx(np.linalg.cond(A), rel=1e-12)
    assert response.certificate.value == pytest.approx(response.condition * 2.0**-53)
    assert response.certificate.kind == "estimate"


def test_nonlinear_system_against_finite_differences():
    """x_i^3 + x_i + sum_j B_ij sin(x_j)/10 = p_i, solved anew at p +- h."""
    B = np.random.default_rng(1).normal(size=(4, 4)) / 10
    p, h = np.array([0.3, -1.0, 2.0, 0.7]), 1e-4

    def jacobian(x):
        return np.diag(3 * x**2 + 1) + B * np.cos(x)

    def solution(p):
        x = p / 2
        for _ in range(50):
            x = x - np.linalg.solve(jacobian(x), x**3 + x + B @ np.sin(x) - p)
        return x

    found = solution_response(jacobian(solution(p)), -np.eye(4)).matrix
    columns = [(solution(p + h * e) - solution(p - h * e)) / (2 * h) for e in np.eye(4)]
    # Central differences: h^2/6 times third derivatives of order 10.
    assert abs(found - np.stack(columns, axis=1)).max() < 1e-7


@pytest.mark.parametrize("seed", SEEDS)
def test_fixed_point_response_is_the_neumann_series(seed):
    rng = np.random.default_rng(seed)
    G, B = rng.normal(size=(5, 5)), rng.normal(size=(5, 2))
    G *= 0.4 / np.linalg.norm(G, 2)
    series = sum(np.linalg.matrix_power(G, k) @ B for k in range(45))  # 0.4^45 = 1e-18
    assert abs(fixed_point_response(G, B).matrix - series).max() < 1e-13
    both = solution_response(np.eye(5) - G, -B).matrix
    assert np.array_equal(fixed_point_response(G, B).matrix, both)


@pytest.mark.parametrize("seed", SEEDS)
def test_kept_rows_are_those_of_the_whole_response(seed):
    rng = np.random.default_rng(seed)
    A, M = rng.normal(size=(9, 9)), rng.normal(size=(9, 4))
    H = A @ A.T + np.eye(9)
    whole = minimizer_response(H, M).matrix
    assert abs(H @ whole + M).max() < 1e-12
    keep = rng.permutation(9)[: 1 + seed % 9]
    kept = minimizer_response(H, M, keep=keep)
    assert kept.matrix.shape == (len(keep), 4)
    # Condition numbers up to 1e3 of block and complement.
    assert abs(kept.matrix - whole[keep]).max() < 1e-12 * kept.condition
    scaled = minimizer_response(7 * H, 7 * M, keep=keep.tolist()).matrix
    assert abs(scaled - kept.matrix).max() < 1e-12 * kept.condition


@pytest.mark.parametrize("seed", SEEDS)
def test_removed_samples_of_least_squares(seed):
    """Exactly, dx_i = H^{-1} g_i/(1 - h_i) with the leverage h_i of sample i."""
    rng = np.random.default_rng(seed)
    A, b = rng.normal(size=(12, 3)), rng.normal(size=12)
    H = A.T @ A + 0.1 * np.eye(3)
    x = np.linalg.solve(H, A.T @ b)
    leverage = np.sum(A * np.linalg.solve(H, A.T).T, axis=1)
    first = leave_one_out(H, (A @ x - b)[:, None] * A)
    for i in range(12):
        rest = np.arange(12) != i
        again = np.linalg.solve(H - np.outer(A[i], A[i]), A[rest].T @ b[rest])
        assert abs(again - x - first[i] / (1 - leverage[i])).max() < 1e-11


def test_neural_collapse():
    within = load_reference("perturbation.collapse_in_a_class")
    between = load_reference("perturbation.collapse_between_classes")
    uneven = load_reference("perturbation.collapse_uneven")
    cases = [
        (100.0, (0.5, 0.5), (within.value, between.value), within.tolerance),
        (1000.0, (1.0, 0.2), tuple(uneven.value), uneven.tolerance),
    ]
    for beta, decays, expected, tolerance in cases:
        F = feature_response(beta, decays)
        inside = np.linalg.svd(F[2, :, 2], compute_uv=False)
        across = np.linalg.svd(F[0, :, 3], compute_uv=False)
        assert inside[0] == pytest.approx(1, abs=tolerance)
        assert [inside[-1], across[0]] == pytest.approx(expected, abs=tolerance)
        assert across[1] < tolerance  # rank one
        assert closed_forms(beta, decays) == pytest.approx(expected, abs=tolerance)


def test_collapse_for_other_shapes_and_soft_features():
    bound = load_reference("perturbation.collapse_in_a_class").tolerance
    for shape, decays, beta in [((3, 5, 2), (0.3, 0.8), 0.1), ((2, 4, 5), (0.9, 0.1), 2.0)]:
        F = feature_response(beta, decays, shape=shape, seed=3)
        inside = np.linalg.svd(F[1, :, 1], compute_uv=False)
        across = np.linalg.svd(F[0, :, 1], compute_uv=False)
        assert abs(inside[-1] - closed_forms(beta, decays)[0]) < bound
        assert abs(across[0] - closed_forms(beta, decays)[1]) < bound


def test_lost_digits_are_said():
    n = np.arange(1, 9)
    hilbert = 1.0 / (n[:, None] + n - 1)  # condition number 1.5e10
    response = solution_response(hilbert, np.ones((8, 1)))
    assert response.status is Status.ILL_CONDITIONED
    assert not response.certificate.passed
    assert "condition  15257575" in response.summary()


def test_precision_is_kept_and_results_are_stored(tmp_path):
    single = solution_response(np.eye(2, dtype="f4") * 4, np.ones((2, 1), "f4"))
    assert single.matrix.dtype == np.float32
    loaded = io.load(io.save(single, tmp_path / "response.npz"))
    assert np.array_equal(loaded.matrix, single.matrix)
    assert loaded.condition == single.condition


SQUARE, COLUMN = np.eye(2), np.ones((2, 1))
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: solution_response(np.ones((2, 3)), COLUMN), ShapeError, "square matrix"),
        (lambda: solution_response(SQUARE, np.ones((3, 1))), ShapeError, "with 2 rows"),
        (lambda: solution_response(SINGULAR, COLUMN), ParameterError, "use expand_roots"),
        (
            lambda: solution_response(0 * SQUARE, COLUMN),
            ParameterError,
            "condition number is inf",
        ),
        (
            lambda: solution_response(SQUARE * np.nan, COLUMN),
            ParameterError,
            "not finite",
        ),
        (
            lambda: fixed_point_response(SQUARE, COLUMN),
            ParameterError,
            "I - map_jacobian is singular",
        ),
        (lambda: minimizer_response(SINGULAR, COLUMN), ParameterError, "hessian is sing"),
        (
            lambda: minimizer_response(np.fliplr(SQUARE), COLUMN, keep=[0]),
            ParameterError,
            "block of hessian that keep leaves out",
        ),
        (
            lambda: minimizer_response(SINGULAR, COLUMN, keep=[0]),
            ParameterError,
            "Schur complement of keep is singular",
        ),
        (lambda: leave_one_out(SQUARE, np.ones((4, 3))), ShapeError, "2 columns"),
        (lambda: leave_one_out(SINGULAR, np.ones((4, 2))), ParameterError, "expand_roots"),
    ],
)
def test_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()


@pytest.mark.parametrize("keep", [[], [0, 0], [2], [-1], [0.5], [True], 3, np.array([0.0])])
def test_keep_lists_different_unknowns(keep):
    with pytest.raises(ParameterError, match=r"different whole numbers in 0\.\.1"):
        minimizer_response(SQUARE, COLUMN, keep=keep)


def test_large_dense_systems_are_refused(monkeypatch):
    monkeypatch.setattr(implicit, "LARGEST", 1)
    with pytest.raises(ParameterError, match="keep fewer unknowns"):
        solution_response(SQUARE, COLUMN)
