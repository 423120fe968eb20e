"""Soft and hard decisions, and diagonals seen by random signs."""

import math

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import (
    argmax_margin,
    hessian_diagonal,
    policy_bound,
    soft_argmax,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference


def distance(p, q):
    return abs(p - q).sum(axis=-1).max() / 2


@pytest.mark.parametrize("d", [1e-3, 0.1, 1.0, 5.0])
@pytest.mark.parametrize("t", [0.05, 1.0])
def test_two_arm_tie(d, t):
    """From a tie, one reward more by d: d_TV = tanh(d/(2 t))/2."""
    moved = distance(soft_argmax([1.0, 1.0], t), soft_argmax([1.0, 1.0 + d], t))
    # (1 + d) - 1 is d to one roundoff of 1, which the temperature divides.
    assert moved == pytest.approx(math.tanh(d / (2 * t)) / 2, abs=1e-14 / t)
    assert moved <= policy_bound(d, t, 0.0)


def test_soft_argmax_is_a_distribution_and_ignores_a_shift():
    values = np.random.default_rng(0).normal(size=(4, 3, 6))
    p = soft_argmax(values, 0.3)
    assert abs(p.sum(axis=-1) - 1).max() < 1e-15 * 6
    # exp amplifies the rounding of the shifted values, 100 u, by 1/t.
    assert abs(soft_argmax(values + 100, 0.3) - p).max() < 1e-13
    assert abs(soft_argmax(values * 2, 0.6) - p).max() < 1e-15
    assert np.array_equal(soft_argmax(values, 1e-6).argmax(-1), values.argmax(-1))


def test_huge_values_and_single_precision():
    assert soft_argmax([-1e308, 1e308], 1e-300).tolist() == [0, 1]
    assert soft_argmax(np.zeros(4, "f4"), 1).dtype == np.float32
    assert soft_argmax([7.0], 1.0).tolist() == [1]


def optimal_values(P, R, discount):
    """Return Q of the optimal policy, by iteration to rounding."""
    Q = np.zeros_like(R)
    for _ in range(int(40 / -math.log10(discount)) if discount else 1):
        Q = R + discount * P @ Q.max(axis=1)
    return Q


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.9])
def test_bound_holds_for_random_decision_processes(discount):
    rng = np.random.default_rng(0)
    tight = 0.0
    for _ in range(100):
        P = rng.dirichlet(np.ones(4), size=(4, 3))
        R = rng.normal(size=(4, 3))
        change = rng.uniform(-1, 1, size=(4, 3)) * 10 ** rng.uniform(-4, 0)
        t = 10 ** rng.uniform(-2, 1)
        before, after = (optimal_values(P, r, discount) for r in (R, R + change))
        moved = distance(soft_argmax(before, t), soft_argmax(after, t))
        bound = policy_bound(change, t, discount)
        assert moved <= bound * (1 + 1e-12) + 1e-12
        tight = max(tight, moved / bound)
    assert tight > 0.05  # the bound is no empty one


def test_bound_is_sharp_at_a_tie():
    """Rewards (-h, h) instead of a tie: d_TV = tanh(h/t)/2, to h/(2 t) for small h."""
    h, t = 1e-6, 0.7
    moved = distance(soft_argmax([0.0, 0.0], t), soft_argmax([-h, h], t))
    assert moved == pytest.approx(policy_bound([-h, h], t, 0.0), rel=1e-9)


def test_argmax_margin():
    values = np.random.default_rng(1).normal(size=(50, 5))
    margin = argmax_margin(values)
    assert np.array_equal(margin.index, values.argmax(axis=1))
    for row, index, radius in zip(values, margin.index, margin.stable_radius, strict=True):
        worst = row + np.where(np.arange(5) == index, -1, 1) * radius
        inside, outside = (row + (worst - row) * scale for scale in (0.999, 1.001))
        assert inside.argmax() == index
        assert outside.argmax() != index
    assert margin.status is Status.EXACT
    assert margin.certificate.passed
    assert margin.certificate.value == -margin.gap.min()


def test_ties_fail_the_certificate_and_one_value_never_moves():
    tied = argmax_margin([[0.0, 2.0, 2.0], [1.0, 0.0, 0.0]])
    assert tied.index.tolist() == [1, 0]
    assert tied.gap.tolist() == [0, 1]
    assert not tied.certificate.passed
    assert argmax_margin([3.0]).stable_radius == math.inf


def test_diagonal_hessians_have_no_noise():
    point = np.array([0.5, -1.0, 2.0])
    found = hessian_diagonal(lambda x: np.exp(x), point, samples=4)
    # h^2/6 times the third derivative of the gradient, and rounding 1e-16/h.
    assert found.values == pytest.approx(np.exp(point), rel=1e-8)
    assert abs(found.standard_error).max() < 1e-10
    assert found.status is Status.CONVERGED


def test_error_of_the_diagonal_is_the_one_of_the_theory():
    reference = load_reference("perturbation.hessian_spread")
    A = np.random.default_rng(0).normal(size=(50, 50))
    H = A @ A.T / 50
    theory = np.sqrt((np.sum(H**2) - np.sum(np.diag(H) ** 2)) / 50 / 400)
    found = hessian_diagonal(lambda x: H @ x, np.zeros(50), samples=400)
    rmse = np.sqrt(np.mean((found.values - np.diag(H)) ** 2))
    assert rmse / theory - 1 == pytest.approx(reference.value, abs=reference.tolerance)
    spread = np.sqrt(np.mean(found.standard_error**2))
    assert spread == pytest.approx(theory, rel=0.05)  # 400 samples: 1/sqrt(800) an entry
    # Chebyshev promises 8/9 of the entries; the noise is nearly normal: 50 of 50.
    within = abs(found.values - np.diag(H)) < 3 * found.standard_error
    assert within.mean() >= 8 / 9
    assert found.certificate.kind == "statistical"


def test_seed_decides_every_bit():
    H = np.array([[2.0, 1.0], [1.0, 3.0]])
    draws = [hessian_diagonal(lambda x: H @ x, [0, 0], seed=s).values for s in (5, 5, 6)]
    assert draws[0].tobytes() == draws[1].tobytes() != draws[2].tobytes()


def test_noise_above_the_diagonal_is_said():
    H = np.ones((20, 20)) - np.eye(20)
    found = hessian_diagonal(lambda x: H @ x, np.zeros(20), samples=10)
    assert found.status is Status.TOLERANCE_NOT_REACHED


def test_results_are_stored(tmp_path):
    margin = io.load(io.save(argmax_margin([1.0, 2.0]), tmp_path / "margin.npz"))
    assert (int(margin.index), float(margin.gap)) == (1, 1.0)
    diagonal = hessian_diagonal(lambda x: 2 * x, [1.0])
    loaded = io.load(io.save(diagonal, tmp_path / "diagonal.npz"))
    assert np.array_equal(loaded.values, diagonal.values)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: soft_argmax([1.0], 0.0), ParameterError, "temperature is 0.0; .* above 0"),
        (lambda: soft_argmax([1.0], "cold"), ParameterError, "temperature is 'cold'"),
        (lambda: soft_argmax([np.nan], 1.0), ParameterError, "not finite"),
        (lambda: soft_argmax(2.0, 1.0), ShapeError, "needed a last axis; pass a list"),
        (lambda: soft_argmax([], 1.0), ShapeError, "holds no number"),
        (lambda: argmax_margin([1j]), ParameterError, "needed real numbers"),
        (lambda: policy_bound(1.0, -1.0, 0.5), ParameterError, "temperature is -1.0"),
        (lambda: policy_bound(1.0, 1.0, 1.0), ParameterError, r"number in \[0, 1\)"),
        (lambda: policy_bound(1.0, 1.0, -0.1), ParameterError, "from 0 on"),
        (lambda: hessian_diagonal(3, [1.0]), ParameterError, "pass a function"),
        (
            lambda: hessian_diagonal(lambda x: x, [1.0], samples=1),
            ParameterError,
            "whole number from 2 on",
        ),
        (lambda: hessian_diagonal(lambda x: x, [1.0], step=0), ParameterError, "step is 0"),
        (
            lambda: hessian_diagonal(lambda x: x[:1], [1.0, 2.0]),
            ShapeError,
            "one number a coordinate",
        ),
        (
            lambda: hessian_diagonal(lambda x: x * np.inf, [1.0]),
            ParameterError,
            "not finite",
        ),
    ],
)
def test_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()
