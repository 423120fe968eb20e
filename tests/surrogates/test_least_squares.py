"""Least squares: five methods, one minimum."""

import numpy as np
import pytest

from perturbsci import io
from perturbsci import surrogates as su
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Status

METHODS = ["qr", "rrqr", "block", "lsmr", "woodbury"]
DRAWS = np.random.default_rng(3)


def system(m, n, dtype=float):
    a = DRAWS.standard_normal((m, n)).astype(dtype)
    b = DRAWS.standard_normal(m).astype(dtype)
    if dtype is complex:
        a = a + 1j * DRAWS.standard_normal((m, n))
    return a, b


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("method", METHODS[:4])
@pytest.mark.parametrize("damping", [0.0, 0.3])
def test_all_methods_agree_with_numpy(method, damping, dtype):
    a, b = system(60, 12, dtype)
    tall = np.vstack([a, np.sqrt(damping) * np.eye(12)])
    wanted = np.linalg.lstsq(tall, np.append(b, np.zeros(12)), rcond=None)[0]
    fit = su.fit_linear(a, b, method=method, damping=damping)
    # condition below 10: a few hundred roundoffs
    np.testing.assert_allclose(fit.solution, wanted, rtol=0, atol=1e-13)
    assert fit.rank == 12
    assert fit.certificate.passed
    assert fit.residual_norm == pytest.approx(np.linalg.norm(a @ wanted - b), rel=1e-13)


@pytest.mark.parametrize("damping", [0.0, 0.3])
def test_more_columns_than_rows_give_the_shortest_solution(damping):
    a, b = system(8, 30)
    wanted = a.T @ np.linalg.solve(a @ a.T + damping * np.eye(8), b)
    fit = su.fit_linear(a, b, method="woodbury", damping=damping)
    np.testing.assert_allclose(fit.solution, wanted, atol=1e-13)


@pytest.mark.parametrize("method", METHODS[:3])
def test_the_scale_of_columns_changes_nothing(method):
    a, b = system(40, 6)
    scale = 10.0 ** np.array([-150, -30, 0, 3, 60, 140])
    plain = su.fit_linear(a, b, method=method).solution
    fit = su.fit_linear(a * scale, b, method=method)
    np.testing.assert_allclose(fit.solution * scale, plain, rtol=1e-12)


def test_dependent_columns_are_dropped():
    a, b = system(30, 4)
    a = np.hstack([a, a[:, :2] @ [[1.0], [2.0]]])
    fit = su.fit_linear(a, b, method="rrqr", tolerance=1e-12)
    assert (fit.rank, fit.status) == (4, Status.RANK_REDUCED)
    assert fit.residual_norm == pytest.approx(
        su.fit_linear(a[:, :4], b).residual_norm, rel=1e-12
    )


def test_squares_are_never_formed():
    # the Vandermonde matrix has condition 1e9: normal equations leave no digit
    x = np.linspace(0, 1, 60)
    a = x[:, None] ** np.arange(13)
    wanted = np.ones(13)
    fit = su.fit_linear(a, a @ wanted, method="qr")
    assert abs(fit.solution - wanted).max() <= 1e-5  # condition times roundoff
    assert 1e6 < fit.condition < np.linalg.cond(a)  # an estimate from below


def test_a_sketch_finds_the_minimum_of_a_bad_matrix():
    x = np.linspace(0, 1, 400)
    a, b = x[:, None] ** np.arange(10), np.sin(9 * x)
    one = su.fit_linear(a, b, method="qr")
    two = su.fit_linear(a, b, method="lsmr")
    # the residual is a minimum, hence insensitive: its square agrees to rounding
    assert two.residual_norm == pytest.approx(one.residual_norm, rel=1e-9)


def test_many_right_sides_keep_their_shape():
    a, _ = system(20, 3)
    b = DRAWS.standard_normal((20, 2))
    for method in METHODS:
        assert su.fit_linear(a, b, method=method, damping=0.1).solution.shape == (3, 2)


def test_zero_columns_and_zero_data_give_zero():
    fit = su.fit_linear(np.zeros((4, 2)), np.zeros(4), method="rrqr")
    assert (fit.rank, fit.residual_norm) == (0, 0.0)
    assert fit.solution.tolist() == [0.0, 0.0]


def test_storage_and_summary(tmp_path):
    fit = su.fit_linear(*system(9, 2))
    io.save(fit, tmp_path / "fit.npz")
    loaded = io.load(tmp_path / "fit.npz")
    assert loaded.solution.tobytes() == fit.solution.tobytes()
    assert (loaded.rank, loaded.condition) == (fit.rank, fit.condition)
    assert len(fit.summary().splitlines()) <= 30


A, B = np.eye(3)[:, :2], np.ones(3)
MISTAKES = [
    (lambda: su.fit_linear(A, B, method="svd"), ParameterError, "must be one of 'qr'"),
    (lambda: su.fit_linear(A, B[:2]), ShapeError, "one row for each of the matrix"),
    (lambda: su.fit_linear(A, B, damping=-1.0), ParameterError, "from 0 on"),
    (lambda: su.fit_linear(A, B, tolerance=2.0), ParameterError, "between 0 and 1"),
    (lambda: su.fit_linear(A.T, B[:2]), ParameterError, 'method="rrqr"'),
    (lambda: su.fit_linear(A * np.nan, B), ParameterError, "not finite"),
]


@pytest.mark.parametrize(("call", "error", "advice"), MISTAKES)
def test_mistakes_are_named_with_advice(call, error, advice):
    with pytest.raises(error, match=advice):
        call()
