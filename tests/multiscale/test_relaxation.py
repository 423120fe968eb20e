"""The relaxation families: their statements, limits, exact solutions, and spaces."""

import numpy as np
import pytest

from perturbsci import problems
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.multiscale import (
    SplitProblem,
    fast_slow,
    goldstein_taylor,
    jin_xin,
    mode_exponent,
    solve,
    van_der_pol,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference

from .systems import evolved

COSINE = {"initial": np.cos}


def implicit(problem, state, epsilon, h=1e-3):
    """Return I(y) from the solver alone: rhs = D y - h I(y) gives back y."""
    weight = np.ones_like(state) if problem.weight is None else problem.weight(epsilon)
    slope = np.zeros_like(state)
    for _ in range(60):  # contracts by h L/(1 + h L)
        rhs = weight * state - h * slope
        out = np.zeros_like(state)
        options = {"out": out} if problem.name != "van_der_pol" else {"guess": state}
        solved = problem.solve_implicit(rhs, h, epsilon, **options)
        slope = (weight * solved - rhs) / h
    return slope


def rate(problem, state, epsilon):
    """Return (E + I)/D."""
    explicit = 0.0
    if problem.explicit is not None:
        explicit = problem.explicit(state, epsilon, out=np.zeros_like(state))
    weight = 1.0 if problem.weight is None else problem.weight(epsilon)
    return (explicit + implicit(problem, state, epsilon)) / weight


@pytest.mark.parametrize("epsilon", [1.0, 0.1])
def test_van_der_pol_is_the_flow_of_its_statement(epsilon):
    flow = problems.right_side(problems.van_der_pol(epsilon))
    states = 2 + np.random.default_rng(0).random((5, 2))
    for state in states:
        found = rate(van_der_pol(), state, epsilon)
        # 60 contractions and the difference over h leave 1e-16/1e-3
        np.testing.assert_allclose(found, flow(state[None])[0], rtol=1e-9)


@pytest.mark.parametrize("epsilon", [1.0, 0.1])
def test_rates_of_the_wave_systems(epsilon):
    n, k = 16, 3
    x = (np.arange(n) + 0.5) * 2 * np.pi / n
    u, v = np.cos(k * x), np.sin(k * x)
    state = np.stack([u, v])
    relaxing = jin_xin(n, length=2 * np.pi, speed=1.5, coefficient=0.4)
    expected = [-k * u, 1.5**2 * k * v - (v - 0.4 * u) / epsilon]
    np.testing.assert_allclose(rate(relaxing, state, epsilon), expected, atol=1e-10)
    burgers = jin_xin(n, length=2 * np.pi, speed=1.5, flux="burgers", initial=np.cos)
    expected[1] = 1.5**2 * k * v - (v - u * u / 2) / epsilon
    np.testing.assert_allclose(rate(burgers, state, epsilon), expected, atol=1e-10)
    diffusive = goldstein_taylor(n)
    expected[1] = (k * v - v) / epsilon**2
    np.testing.assert_allclose(rate(diffusive, state, epsilon), expected, atol=1e-8)


@pytest.mark.parametrize("family", ["jin_xin", "goldstein_taylor"])
@pytest.mark.parametrize("epsilon", [0.2, 1e-2])
def test_the_exact_mode_of_the_statement_stays_on_itself(family, epsilon):
    x = (np.arange(16) + 0.5) * 2 * np.pi / 16
    if family == "jin_xin":
        problem = jin_xin(16, length=2 * np.pi, **COSINE)
        statement = problems.get_problem(
            "jin_xin",
            {"epsilon": epsilon, "speed": 1.0, "coefficient": 0.6, "wavenumber": 1.0},
        )
    else:
        problem = goldstein_taylor(16, **COSINE)
        statement = problems.get_problem(
            "goldstein_taylor", {"epsilon": epsilon, "wavenumber": 1.0}
        )

    def state(time):
        points = np.stack([np.full(16, time), x], axis=1)
        return problems.exact_values(statement, points).T

    found = problem.exact(0.7, epsilon, initial=state(0.0))
    np.testing.assert_allclose(found, state(0.7), atol=1e-14)
    points = np.stack([np.full(16, 0.7), x], axis=1)
    limit = problems.exact_values(statement.limit, points)[:, 0]
    np.testing.assert_allclose(problem.limit(0.7)[0], limit, atol=1e-14)
    run = solve(
        problem,
        epsilon=epsilon,
        t_span=(0, 0.7),
        scheme="bdf3",
        step=0.01,
        initial=state(0.0),
    )
    assert abs(run.states[-1] - state(0.7)).max() <= 2e-4


@pytest.mark.parametrize("epsilon", [3.0, 1.0, 0.3, 1e-2, 1e-5])
@pytest.mark.parametrize("preparation", ["well", "ill"])
def test_exact_solution_of_jin_xin_against_matrix_exponentials(epsilon, preparation):
    problem = jin_xin(16, speed=1.2, length=1.0)
    start = problem.start(epsilon, preparation)
    found = problem.exact(0.3, epsilon, initial=start)
    expected = evolved(start, 0.3, epsilon, a=1.2)
    # expm squares a matrix of norm 1/epsilon
    np.testing.assert_allclose(found, expected, atol=1e-12 if epsilon > 1e-4 else 1e-9)


def test_exact_solutions_at_the_ends_of_epsilon():
    for problem in (jin_xin(16), goldstein_taylor(16)):
        zero = problem.exact(0.3, 0.0)
        np.testing.assert_allclose(zero, problem.limit(0.3), atol=1e-14)
        np.testing.assert_allclose(problem.exact(0.3, 1e-300), zero, atol=1e-14)
        assert np.isfinite(problem.exact(0.3, 1e300)).all()
        assert (problem.exact(0.0, 0.1) == problem.start(0.1)).all()
    # at epsilon k = 1/2 the two roots are one
    double = goldstein_taylor(8).exact(0.3, 0.5)
    near = goldstein_taylor(8).exact(0.3, 0.5 * (1 + 1e-9))
    np.testing.assert_allclose(double, near, atol=1e-7)


def test_well_prepared_is_closer_to_the_manifold_than_epsilon():
    """After the layer, v - F(u) - epsilon (b^2 - a^2) u_x = O(epsilon^2)."""
    for problem, power in ((jin_xin(16), 2), (goldstein_taylor(16), 2)):
        distances = []
        for epsilon in (1e-2, 1e-3):
            start = problem.start(epsilon)
            later = problem.exact(50 * epsilon**2 if power == 1 else 30 * epsilon, epsilon)
            again = problem.exact(0.0, epsilon, initial=start)
            assert (again == start).all()
            fresh = problem.equilibrium(later)
            distances.append(abs(later - fresh).max())
        assert distances[1] < 0.2 * distances[0]


def test_goldstein_taylor_decays_by_its_exponent():
    reference = load_reference("multiscale.goldstein_taylor_decay")
    for epsilon in reference.parameters["epsilons"]:
        s = mode_exponent("goldstein_taylor", 1.0, epsilon=epsilon).real
        problem = goldstein_taylor(8, initial=np.cos)
        slow = np.stack([problem.start(0.0)[0], -s * np.sin(problem.coordinates["x"])])
        run = solve(
            problem,
            epsilon=epsilon,
            t_span=(0, 1),
            scheme="bdf3",
            step=1 / 400,
            initial=slow,
        )
        amplitudes = 2 / 8 * abs(np.fft.fft(run.observables["density"], axis=1)[:, 1])
        assert abs(np.log(amplitudes[-1] / amplitudes[0]) - s) <= reference.value


def test_partitioned_euler_reproduces_a_table_of_thirty_errors():
    """v+ = (epsilon^2 v - h u_x)/(epsilon^2 + h), u+ = u - h v+_x: ars111, split anew."""
    table = load_reference("verification.goldstein_taylor_errors")
    tolerance = load_reference("verification.goldstein_taylor_deviation").tolerance
    k = 2j * np.pi

    def solve_implicit(rhs, h, epsilon):
        v = rhs[1] / (epsilon**2 + h)
        return np.array([rhs[0] - h * k * v, v])

    def final(epsilon, n_steps):
        mode = SplitProblem(
            "mode",
            initial=np.array([0.5, -k * 0.5]),
            explicit=lambda y, e: np.array([0.0, -k * y[0]]),
            solve_implicit=solve_implicit,
            weight=lambda e: np.array([1.0, e**2]),
        )
        run = solve(
            mode, epsilon=epsilon, t_span=(0, 0.05), scheme="ars111", step=0.05 / n_steps
        )
        return run.states[-1, 0]

    whole = goldstein_taylor(16, length=1.0)
    for epsilon, row in zip((1.0, 1e-1, 1e-2, 1e-3, 1e-6), table.value, strict=True):
        exact = np.fft.fft(whole.exact(0.05, epsilon)[0])[1] / 8 * np.exp(-k / 32)
        errors = [abs(final(epsilon, 20 * 2**j) - exact) for j in range(4)]
        assert abs(np.array(errors) / row[:4] - 1).max() <= tolerance


@pytest.mark.parametrize(("space", "order"), [("upwind", 1), ("muscl", 2), ("weno5", 3)])
def test_spaces_converge(space, order):
    errors = []
    for n in (32, 64, 128):
        problem = jin_xin(n, space=space)
        run = solve(problem, epsilon=1e-2, t_span=(0, 0.1), scheme="bdf3", step=0.25 / n)
        truth = jin_xin(n).exact(0.1, 1e-2, initial=run.states[0])
        errors.append(abs(run.states[-1] - truth).mean())
    assert np.log2(errors[1] / errors[2]) >= order - 0.4  # extrema; order 3 in time
    assert run.certificate.value <= 1e-14


def test_rounding_in_short_waves_does_not_grow():
    """Ten times the step that is stable for the shortest wave of an explicit scheme."""
    run = solve(jin_xin(64), epsilon=1e-6, t_span=(0, 10), step=1 / 64)
    assert abs(run.states[-1] - jin_xin(64).exact(10.0, 1e-6)).max() <= 0.02
    spectrum = abs(np.fft.fft(run.observables["density"][-1])) / 64
    assert spectrum[3:32].max() <= 1e-12


def test_burgers_shock_forms_without_trouble():
    problem = jin_xin(128, flux="burgers", speed=2.0, space="muscl")
    run = solve(
        problem, epsilon=1e-4, t_span=(0, 0.5), step=0.5 * problem.largest_step(0.0)
    )
    assert run.status is Status.CONVERGED
    density = run.observables["density"][-1]
    assert 0.5 - 0.02 < density.min() < density.max() < 1.5 + 0.02
    assert np.diff(density).min() < -0.1  # a jump of the density within a cell or two
    assert run.certificates[0].passed
    assert not run.certificates[1].passed  # in the shock v is not F(u), and that is said


@pytest.mark.parametrize(
    ("arguments", "error", "advice"),
    [
        ({"n_cells": 1}, ParameterError, "from 2 on"),
        ({"n_cells": 3, "space": "muscl"}, ParameterError, "from 4 on"),
        ({"n_cells": 8.0}, ParameterError, "whole number"),
        ({"speed": 0.0}, ParameterError, "above 0"),
        ({"coefficient": 1.0}, ParameterError, "pass a larger speed"),
        ({"coefficient": np.nan}, ParameterError, "one finite number"),
        ({"flux": "cubic"}, ParameterError, "'linear', 'burgers'"),
        ({"flux": "burgers"}, ParameterError, "initial is 1.4.* at index"),
        ({"space": "fem"}, ParameterError, "'spectral', 'upwind', 'muscl', 'weno5'"),
        ({"length": -1.0}, ParameterError, "above 0"),
        ({"initial": 3.0}, ParameterError, "a function of x"),
        ({"initial": lambda x: x[:3]}, ShapeError, "one density a point"),
        ({"initial": lambda x: x * np.nan}, ParameterError, "not finite, first at index"),
    ],
)
def test_jin_xin_refuses(arguments, error, advice):
    with pytest.raises(error, match=advice):
        jin_xin(**{"n_cells": 16, **arguments})


def test_goldstein_taylor_refuses():
    with pytest.raises(ParameterError, match="one of 'spectral'"):
        goldstein_taylor(8, space="muscl")
    with pytest.raises(ParameterError, match="from 2 on"):
        goldstein_taylor(1)


# Fast-slow -----------------------------------------------------------------------------


def rotation(rate_of):
    """Two fast variables that relax to the circle of the slow angle."""

    def fast(y, z):
        return rate_of @ (z - np.array([np.cos(y[0]), np.sin(y[0])]))

    return fast_slow(
        lambda y, z: np.array([1.0]),
        fast,
        fast_jacobian=lambda y, z: rate_of,
        initial=[0.0, 1.0, 0.0],
        n_slow=1,
    )


def test_two_fast_variables_follow_their_slow_one():
    rate_of = np.array([[-2.0, 1.0], [-1.0, -2.0]])
    problem = rotation(rate_of)
    assert problem.layer_scales(1e-3) == (pytest.approx(5e-4),)
    run = solve(problem, epsilon=0.0, t_span=(0, 1), scheme="bdf3", step=0.05)
    assert abs(run.observables["slow"][-1] - 1).max() <= 1e-14
    assert abs(run.observables["fast"][-1] - [np.cos(1), np.sin(1)]).max() <= 1e-12


def test_newton_failures_end_the_run():
    problem = fast_slow(
        lambda y, z: -y,
        lambda y, z: z * z + y,  # no root for y > 0
        fast_jacobian=lambda y, z: np.array([[2 * z[0]]]),
        initial=[1.0, 0.5],
        n_slow=1,
    )
    with pytest.raises(ConvergenceError, match="STEP_UNDERFLOW"):
        solve(problem, epsilon=0.0, t_span=(0, 1), step=0.1, initial_layer="off")
    singular = fast_slow(
        lambda y, z: -y,
        lambda y, z: 0 * z + y,
        fast_jacobian=lambda y, z: np.zeros((2, 2)),
        initial=[1.0, 0.5, 0.5],
        n_slow=1,
    )
    with pytest.raises(ConvergenceError, match="singular"):
        singular.solve_implicit(np.ones(3), 0.1, 0.0)


@pytest.mark.parametrize(
    ("changes", "error", "advice"),
    [
        ({"slow": 3}, ParameterError, "slow is 3"),
        ({"fast_jacobian": None}, ParameterError, "fast_jacobian is None"),
        ({"n_slow": 2}, ParameterError, "at least one must be fast"),
        ({"n_slow": 0}, ParameterError, "from 1 on"),
        ({"initial": [[1.0, 2.0]]}, ShapeError, "needed one axis"),
        ({"initial": [1.0, np.nan]}, ParameterError, "not finite"),
    ],
)
def test_fast_slow_refuses(changes, error, advice):
    options = {
        "slow": lambda y, z: y,
        "fast": lambda y, z: z,
        "fast_jacobian": lambda y, z: np.eye(1),
        "initial": [1.0, 2.0],
        "n_slow": 1,
        **changes,
    }
    with pytest.raises(error, match=advice):
        fast_slow(options.pop("slow"), options.pop("fast"), **options)
