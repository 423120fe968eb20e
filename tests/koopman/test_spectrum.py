"""What a spectrum says about itself: status, certificate, and the pairs that are kept."""

import math

import numpy as np
import pytest

from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.koopman import Snapshots, edmd, galerkin, linear, monomials
from perturbsci.koopman.pairs import pair_residuals
from perturbsci.results import Status

RNG = np.random.default_rng(0)
X = RNG.uniform(-1.0, 1.0, (200, 2))
NOISY = X @ np.diag([0.9, 0.5]) + 0.1 * RNG.standard_normal((200, 2))
UNRELATED = RNG.uniform(-1.0, 1.0, (200, 2))
QUADRATIC = monomials(2, n_state=2)


@pytest.mark.parametrize("n_samples", [2, 5, 6])
def test_as_many_functions_as_samples_claim_nothing(n_samples):
    spectrum = edmd(Snapshots(X[:n_samples], UNRELATED[:n_samples]), QUADRATIC)
    assert spectrum.status is Status.UNDERDETERMINED
    assert spectrum.residuals.min() <= 1e-12
    assert spectrum.certificate.kind == "none"
    assert f"6 functions fit {n_samples} samples" in spectrum.certificate.assumptions[0]
    assert not spectrum.keep(0.5).certificate.passed


def test_samples_of_weight_zero_are_no_samples():
    weights = np.zeros(200)
    weights[:6] = 1.0
    spectrum = edmd(Snapshots(X, UNRELATED, weights=weights), QUADRATIC)
    assert spectrum.status is Status.UNDERDETERMINED
    assert spectrum.certificate.kind == "none"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_repeated_coordinates_are_dropped_and_the_pairs_are_right(dtype):
    x = np.hstack([X, X[:, :1]]).astype(dtype)
    spectrum = edmd(Snapshots(x, x * np.array([0.9, 0.5, 0.9], dtype=dtype)))
    assert spectrum.status is Status.RANK_REDUCED
    assert spectrum.rank == 2
    rounding = 100 * float(np.finfo(dtype).eps)
    assert sorted(spectrum.eigenvalues.real) == pytest.approx([0.5, 0.9], abs=rounding)
    assert spectrum.residuals.max() <= rounding
    back = spectrum.eigenfunctions(x) @ spectrum.modes
    assert np.abs(back - x).max() <= rounding


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_sum_of_coordinates_is_dropped_too(dtype):
    x = np.hstack([X, X.sum(axis=1, keepdims=True)]).astype(dtype)
    matrix = np.array([[0.9, 0.2, 0.0], [0.1, 0.5, 0.0], [0.0, 0.0, 0.0]], dtype=dtype)
    y = x @ matrix.T
    y[:, 2] = y[:, 0] + y[:, 1]
    spectrum = edmd(Snapshots(x, y))
    assert spectrum.status is Status.RANK_REDUCED
    assert spectrum.rank == 2
    assert spectrum.residuals.max() <= 100 * np.finfo(dtype).eps


def test_the_tolerance_decides_what_is_dropped():
    x = X @ np.array([[1.0, 1.0], [0.0, 1e-6]])
    assert edmd(Snapshots(x, x / 2)).rank == 2
    dropped = edmd(Snapshots(x, x / 2), tolerance=1e-4)
    assert (dropped.rank, dropped.status) == (1, Status.RANK_REDUCED)
    assert dropped.eigenvalues == pytest.approx([0.5])


def test_data_without_any_information():
    spectrum = edmd(Snapshots(np.zeros((5, 2)), np.zeros((5, 2))))
    assert (spectrum.rank, spectrum.eigenvalues.size) == (0, 0)
    assert spectrum.status is Status.RANK_REDUCED
    assert spectrum.certificate.kind == "none"
    lines = spectrum.summary().splitlines()
    assert sum(line.startswith("note: every sample of x is zero") for line in lines) == 1
    assert sum(line.startswith("note: 4 of 5 pairs repeat") for line in lines) == 1


@pytest.mark.parametrize("weights", [None, np.linspace(0.1, 3.0, 200)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_noise_verifies_nothing_but_the_constant(weights, dtype):
    data = Snapshots(X.astype(dtype), UNRELATED.astype(dtype), weights=weights)
    spectrum = edmd(data, QUADRATIC)
    assert spectrum.eigenvalues[0] == pytest.approx(1, abs=1e-5)
    assert spectrum.residuals[1] > 0.5
    assert spectrum.status is Status.NOTHING_VERIFIED
    assert not spectrum.certificate.passed


def test_one_pair_beside_the_constant_is_enough():
    y = np.stack([0.9 * X[:, 0], UNRELATED[:, 1]], axis=1)
    spectrum = edmd(Snapshots(X, y), monomials(1, n_state=2))
    assert spectrum.status is Status.CONVERGED
    assert not spectrum.certificate.passed
    assert spectrum.keep(0.1).certificate.passed


def test_nothing_is_known_about_a_function_that_vanishes_on_all_samples():
    psi_x = np.array([[1.0, 0.0], [2.0, 0.0]])
    residuals, norms = pair_residuals(psi_x, psi_x / 2, np.array([0.5, 0.5]), np.eye(2))
    assert residuals.tolist() == [0.0, math.inf]
    assert norms.tolist() == [5**0.5, 1.0]


def test_keep_takes_the_verified_pairs_of_the_same_decomposition():
    spectrum = edmd(Snapshots(X, NOISY), QUADRATIC)
    tolerance = float(spectrum.residuals[2])
    kept = spectrum.keep(tolerance)
    assert kept.eigenvalues.tolist() == spectrum.eigenvalues[:3].tolist()
    assert kept.residuals.tolist() == spectrum.residuals[:3].tolist()
    assert kept.vectors.tolist() == spectrum.vectors[:, :3].tolist()
    assert kept.modes.tolist() == spectrum.modes[:3].tolist()
    assert kept.koopman_matrix is spectrum.koopman_matrix
    assert kept.eigenfunctions(X).shape == (200, 3)
    assert kept.status is spectrum.status
    assert kept.certificate.passed
    assert (kept.certificate.value, kept.certificate.bound) == (tolerance, tolerance)
    assert kept.certificate.kind == spectrum.certificate.kind
    assert spectrum.eigenvalues.size == 6


def test_keep_may_leave_nothing():
    empty = edmd(Snapshots(X, UNRELATED)).keep(1e-9)
    assert empty.status is Status.NOTHING_VERIFIED
    assert empty.eigenfunctions(X).shape == (200, 0)
    assert empty.exponents.shape == (0,)
    assert not empty.certificate.passed


@pytest.mark.parametrize("tolerance", [0, -0.1, math.nan, math.inf, "0.1", None])
def test_the_tolerance_of_keep_is_a_positive_residual(tolerance):
    with pytest.raises(
        ParameterError,
        match=r"tolerance is .* a residual, say 0\.1: pass one finite number above 0",
    ):
        edmd(Snapshots(X, NOISY)).keep(tolerance)


@pytest.mark.parametrize("tolerance", [np.float32(0.5), np.float64(0.5), 1])
def test_numbers_of_numpy_are_tolerances_too(tolerance):
    assert edmd(Snapshots(X, NOISY)).keep(tolerance).eigenvalues.size == 2


@pytest.fixture
def failing_solver(monkeypatch):
    def fail(matrix):
        raise ConvergenceError(f"the iteration for {matrix.shape} failed; scale the matrix")

    monkeypatch.setattr(galerkin, "eig", fail)


def test_a_solver_that_fails_raises_with_the_partial_result(failing_solver):
    with pytest.raises(ConvergenceError, match=r"edmd: .*scale the matrix") as caught:
        edmd(Snapshots(X, NOISY), QUADRATIC)
    assert caught.value.partial.koopman_matrix.shape == (6, 6)


def test_a_solver_that_fails_may_return_the_matrix_alone(failing_solver):
    spectrum = edmd(Snapshots(X, X / 2), linear(2), strict=False)
    assert spectrum.status is Status.TOLERANCE_NOT_REACHED
    assert spectrum.certificate.kind == "none"
    assert spectrum.koopman_matrix == pytest.approx(np.eye(2) / 2, abs=1e-14)
    assert spectrum.eigenvalues.shape == (0,)
    assert (spectrum.vectors.shape, spectrum.modes.shape) == ((2, 0), (0, 2))
    assert spectrum.summary().startswith("Spectrum: TOLERANCE_NOT_REACHED. ")


def test_the_summary_is_a_table_of_the_pairs():
    angle = 0.25 * np.pi * np.arange(50)
    states = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    spectrum = edmd(Snapshots.from_trajectory(states, step=0.5))
    lines = spectrum.summary().splitlines()
    assert lines[0].startswith("Spectrum: CONVERGED. ")
    assert lines[1] == "2 pairs of 2 functions (linear, rank 2), step 0.5"
    assert lines[2].startswith("passed: largest residual")
    assert "(estimate, " in lines[2]
    assert [float(line.split()[2]) for line in lines[4:]] == [8.0, 8.0]


def test_the_summary_of_many_pairs_fits_a_terminal():
    data = Snapshots.from_trajectory(RNG.standard_normal((300, 1)), delays=60)
    lines = edmd(data).summary().splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 100
