"""Levenberg-Marquardt and variable projection on problems whose minima are known."""

import numpy as np
import pytest

from perturbsci.results import Status
from perturbsci.surrogates.levenberg import (
    damped_step,
    levenberg_marquardt,
    variable_projection,
)
from perturbsci.verification import load_reference

T = np.arange(1, 21) / 5.0
BARD = np.array(
    [
        0.14,
        0.18,
        0.22,
        0.25,
        0.29,
        0.32,
        0.35,
        0.39,
        0.37,
        0.58,
        0.73,
        0.96,
        1.34,
        2.10,
        4.39,
    ]
)


def rosenbrock(p):
    rows = np.array([10.0 * (p[1] - p[0] ** 2), 1.0 - p[0]])
    return rows, np.array([[-20.0 * p[0], 10.0], [-1.0, 0.0]])


def powell(p):
    a, b, c, d = p
    rows = [a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2]
    slopes = [
        [1, 10, 0, 0],
        [0, 0, 5**0.5, -(5**0.5)],
        [0, 2 * (b - 2 * c), -4 * (b - 2 * c), 0],
        [2 * 10**0.5 * (a - d), 0, 0, -2 * 10**0.5 * (a - d)],
    ]
    return np.array(rows), np.array(slopes)


def freudenstein_roth(p):
    x, y = p
    rows = [-13 + x + ((5 - y) * y - 2) * y, -29 + x + ((y + 1) * y - 14) * y]
    slopes = [[1, 10 * y - 3 * y**2 - 2], [1, 3 * y**2 + 2 * y - 14]]
    return np.array(rows), np.array(slopes)


def brown_dennis(p):
    first, second = p[0] + T * p[1] - np.exp(T), p[2] + p[3] * np.sin(T) - np.cos(T)
    slopes = [2 * first, 2 * first * T, 2 * second, 2 * second * np.sin(T)]
    return first**2 + second**2, np.stack(slopes, axis=1)


def bard(p):
    u = np.arange(1.0, 16.0)
    v = 16.0 - u
    w = np.minimum(u, v)
    below = v * p[1] + w * p[2]
    slopes = [-np.ones(15), u * v / below**2, u * w / below**2]
    return BARD - (p[0] + u / below), np.stack(slopes, axis=1)


def test_the_valley_of_rosenbrock_is_followed_to_its_end():
    fit = levenberg_marquardt(rosenbrock, np.array([-1.2, 1.0]))
    assert fit.status is Status.CONVERGED
    assert fit.stationarity <= 1e-12
    # the condition of the Jacobian at the minimum is 2500
    assert np.abs(fit.parameters - 1.0).max() < 2500 * 4 * 2.0**-52
    assert fit.history[0] == pytest.approx(24.2**0.5, rel=1e-15)
    assert np.all(np.diff(fit.history) < 0.0)  # only steps that lower the norm are taken


@pytest.mark.paper
@pytest.mark.parametrize(
    ("model", "start", "key"),
    [
        (freudenstein_roth, (0.5, -2.0), "freudenstein_roth"),
        (brown_dennis, (25.0, 5.0, -5.0, -1.0), "brown_dennis"),
        (bard, (1.0, 1.0, 1.0), "bard"),
    ],
)
def test_minima_of_more_garbow_and_hillstrom(model, start, key):
    reference = {
        "freudenstein_roth": load_reference("surrogates_training.freudenstein_roth"),
        "brown_dennis": load_reference("surrogates_training.brown_dennis"),
        "bard": load_reference("surrogates_training.bard"),
    }[key]
    fit = levenberg_marquardt(model, np.array(start), max_steps=1000)
    assert fit.status is Status.CONVERGED
    assert abs(fit.residual_norm**2 - reference.value) <= reference.tolerance


def test_a_singular_minimum_is_approached_as_far_as_it_goes():
    fit = levenberg_marquardt(powell, np.array([3.0, -1.0, 0.0, 1.0]))
    assert fit.status is Status.CONVERGED
    # the norm vanishes quadratically, so half of the digits of the parameters suffice
    assert np.abs(fit.parameters).max() < 1e-7
    assert fit.residual_norm < 1e-14


@pytest.mark.parametrize(("m", "p"), [(30, 5), (5, 30), (7, 7), (1, 4), (4, 1)])
@pytest.mark.parametrize("damping", [1e-8, 1e-2, 1e3])
def test_a_damped_step_solves_the_stacked_least_squares_problem(m, p, damping):
    rng = np.random.default_rng(m + 100 * p)
    jacobian = rng.normal(size=(m, p)) * 10.0 ** rng.uniform(-3, 3, p)
    rows, scales = rng.normal(size=m), np.linalg.norm(jacobian, axis=0)
    stacked = np.vstack([jacobian / scales, np.sqrt(damping) * np.eye(p)])
    right = np.concatenate([-rows, np.zeros(p)])
    wanted = np.linalg.lstsq(stacked, right, rcond=None)[0]
    found = damped_step(jacobian, rows, damping, scales) * scales
    # columns of norm 1: the condition is at most sqrt(p/damping), 6e4 here
    assert np.abs(found - wanted).max() <= 1e-10 * np.abs(wanted).max()


def test_more_parameters_than_rows_give_the_shortest_step():
    rng = np.random.default_rng(3)
    jacobian, rows = rng.normal(size=(3, 8)), rng.normal(size=3)
    found = damped_step(jacobian, rows, 1e-14, np.ones(8))
    # the damping of 1e-14 changes a step of a condition of about 3 by that much
    assert np.allclose(found, -np.linalg.pinv(jacobian) @ rows, rtol=0.0, atol=1e-12)


def test_the_path_does_not_depend_on_the_units_of_the_parameters():
    units = np.array([2.0**20, 2.0**-5])

    def scaled(p):
        rows, jacobian = rosenbrock(p * units)
        return rows, jacobian * units

    one = levenberg_marquardt(rosenbrock, np.array([-1.2, 1.0]), floor=0.0)
    two = levenberg_marquardt(scaled, np.array([-1.2, 1.0]) / units, floor=0.0)
    # powers of two scale without rounding
    assert np.array_equal(one.history, two.history)


def test_a_wrong_jacobian_is_noticed():
    fit = levenberg_marquardt(
        lambda p: (rosenbrock(p)[0], -rosenbrock(p)[1]), np.array([-1.2, 1.0])
    )
    assert fit.status is Status.TOLERANCE_NOT_REACHED
    assert fit.stationarity > 1e-6


def test_a_step_outside_the_domain_is_a_failed_step():
    def rooted(p):
        with np.errstate(invalid="ignore"):
            return np.sqrt(p - 1.0), np.diag(0.5 / np.sqrt(np.maximum(p - 1.0, 1e-300)))

    fit = levenberg_marquardt(rooted, np.array([3.0]), max_steps=60)
    assert np.isfinite(fit.residual_norm)
    assert fit.residual_norm < fit.history[0]


def test_ends_are_told_apart():
    short = levenberg_marquardt(rosenbrock, np.array([-1.2, 1.0]), max_steps=3)
    assert (short.status, short.steps) == (Status.MAX_STEPS, 3)
    early = levenberg_marquardt(rosenbrock, np.array([-1.2, 1.0]), target=4.0)
    assert early.status is Status.CONVERGED
    assert early.residual_norm <= 4.0
    lost = levenberg_marquardt(rosenbrock, np.array([np.nan, 1.0]))
    assert lost.status is Status.NOT_FINITE
    assert lost.steps == 0


def sums_of_decays(times, right_side):
    def model(q):
        matrix = np.exp(-times[:, None] * q)

        def derivative(c):
            return -times[:, None] * matrix * c

        return matrix, derivative, right_side

    return model


def test_variable_projection_finds_the_rates_of_decay():
    times = np.linspace(0.0, 3.0, 60)
    exact = np.exp(-times[:, None] * np.array([1.0, 4.0])) @ np.array([2.0, -3.0])
    fit = variable_projection(sums_of_decays(times, exact), np.array([0.5, 6.0]))
    assert fit.status is Status.CONVERGED
    # exact data; the condition of the exponentials is about 20
    assert np.allclose(fit.nonlinear, [1.0, 4.0], rtol=1e-11)
    assert np.allclose(fit.linear, [2.0, -3.0], rtol=1e-11)


def test_variable_projection_ends_where_the_full_problem_ends():
    times = np.linspace(0.0, 3.0, 60)
    noise = 0.01 * np.random.default_rng(0).normal(size=60)
    data = np.exp(-times[:, None] * np.array([1.0, 4.0])) @ np.array([2.0, -3.0]) + noise
    model = sums_of_decays(times, data)

    def full(p):
        matrix, derivative, right_side = model(p[2:])
        return matrix @ p[:2] - right_side, np.hstack([matrix, derivative(p[:2])])

    fit = variable_projection(model, np.array([0.5, 6.0]))
    whole = levenberg_marquardt(full, np.array([1.0, -1.0, 0.5, 6.0]))
    together = np.concatenate([fit.linear, fit.nonlinear])
    # both are stationary to a cosine of 1e-7 or better, which leaves 1e-6 in parameters
    assert np.allclose(together, whole.parameters, rtol=1e-5)
    assert fit.steps < whole.steps


def test_columns_that_coincide_do_not_stop_variable_projection():
    times = np.linspace(0.0, 3.0, 40)
    model = sums_of_decays(times, np.exp(-times))
    fit = variable_projection(model, np.array([2.0, 2.0]))
    assert fit.residual_norm < 1e-10  # one decay suffices; the two stay together
