"""The homogeneous Boltzmann equation: exact solutions, epsilon = 0, conservation."""

import numpy
import pytest

from perturbsci import io
from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.multiscale import (
    boltzmann,
    collide,
    maxwellian,
    solve,
    spectral_collision,
    stepper,
    velocity_grid,
)
from tests.multiscale.test_collision import beams, bkw

COARSE = velocity_grid(24, 8.0, dimension=2)


@pytest.fixture(scope="module")
def gas():
    return boltzmann(COARSE, initial=beams(COARSE))


def test_bkw_by_rk4():
    grid = velocity_grid(48, 10.5, dimension=2)
    start, _ = bkw(2, 1.0, grid.speed_squared)
    problem = boltzmann(grid, initial=start, penalty=0.0)
    run = solve(problem, epsilon=2.0, t_span=(0.0, 2.0), scheme="rk4", step=0.5)
    exact, _ = bkw(2, 2.0, grid.speed_squared)
    # The operator on this grid: 3e-6 a unit of time.
    assert abs(run.states[-1] - exact).max() < 1e-5 * exact.max()
    k = 1 - numpy.exp(-2 / 8) / 2
    # int |v|^4 f = 8 (2 K - K^2) in two dimensions.
    assert run.observables["fourth_moment"][-1] == pytest.approx(
        8 * (2 * k - k**2), abs=1e-4
    )
    assert run.certificates[0].passed
    assert [c.passed for c in run.certificates if "support" in c.claim] == [True]


@pytest.mark.parametrize("scheme", ["bdf2", "ars222"])
def test_penalized_schemes_have_order_two(scheme):
    grid = velocity_grid(32, 9.0, dimension=2)
    start, _ = bkw(2, 1.0, grid.speed_squared)
    problem = boltzmann(grid, initial=start)
    exact = solve(
        boltzmann(grid, initial=start, penalty=0.0),
        epsilon=1.0,
        t_span=(0.0, 1.0),
        scheme="rk4",
        step=0.25,
    ).states[-1]
    errors = [
        abs(
            solve(problem, epsilon=1.0, t_span=(0.0, 1.0), scheme=scheme, step=h).states[-1]
            - exact
        ).max()
        for h in (0.1, 0.05)
    ]
    # Not yet the tail of the steps: within 0.3 of 2.
    assert numpy.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.3)
    assert errors[1] < 5e-4 * exact.max()


@pytest.mark.parametrize("epsilon", [0.0, 1e-300, 1e-9])
def test_small_epsilon_gives_the_maxwellian(gas, epsilon):
    run = solve(gas, epsilon=epsilon, t_span=(0.0, 0.2), scheme="bdf2", step=0.05)
    assert abs(run.states[-1] - gas.limit(0.2)).max() < 1e-9
    assert run.observables["distance"][-1] < 1e-9
    assert run.certificates[0].passed


def test_maxwellians_stay_to_the_last_bits():
    m = maxwellian(COARSE, 1.2, [0.3, 0.1], 0.9)
    problem = boltzmann(COARSE, initial=m)
    for epsilon in (1.0, 1e-3, 0.0):
        run = solve(problem, epsilon=epsilon, t_span=(0.0, 1.0), scheme="bdf2", step=0.25)
        # Rounding of Q(M, M), which is evaluated at every step.
        assert abs(run.states[-1] - m).max() < 1e-13


def test_the_parts_add_up_to_the_collision_term(gas):
    """I = (y - rhs) / h from the implicit solve; moments of the sum vanish."""
    f = beams(COARSE)
    h, epsilon = 0.3, 0.7
    y = gas.solve_implicit(epsilon * f, h, epsilon)
    implicit = (epsilon * y - epsilon * f) / h
    total = gas.explicit(y, epsilon) + implicit
    q = collide(spectral_collision(COARSE), y)
    assert abs(total - q).max() < 2e-3 * abs(q).max()  # less Q(M, M), a coarse grid
    for name in ("density", "momentum", "energy"):
        assert abs(gas.invariants[name](total, epsilon)).max() < 1e-14


def test_entropy_decreases_and_moments_stay(gas):
    run = solve(
        gas,
        epsilon=1.0,
        t_span=(0.0, 3.0),
        scheme="bdf2",
        step=0.25,
        t_eval=numpy.arange(0.5, 3.1, 0.5),
    )
    assert (numpy.diff(run.entropy) < 0).all()
    assert numpy.ptp(run.observables["temperature"]) < 1e-14
    assert numpy.ptp(run.observables["velocity"], axis=0).max() < 1e-14
    support = [c for c in run.certificates if "support" in c.claim]
    assert not support[0].passed  # S = 3.6 is narrow for these beams


def test_the_penalty_is_the_loss_rate_at_three_thermal_speeds():
    grid = velocity_grid(16, 8.0)
    f = beams(grid)
    problem = boltzmann(grid, initial=f, exponent=1.0)
    run = solve(problem, epsilon=1.0, t_span=(0.0, 0.2), scheme="bdf2", step=0.1)
    assert run.observables["distance"][-1] < run.observables["distance"][0]
    # <|v - w|> over a unit Maxwellian at |v| = 3 is 3.3; a sixth of it is the slowest rate.
    assert 1 / problem.layer_scales(1.0)[0] == pytest.approx(3.3 / 6, rel=0.1)


def test_single_precision_stays(gas):
    single = boltzmann(COARSE, initial=beams(COARSE).astype("f4"))
    run = solve(single, epsilon=1.0, t_span=(0.0, 0.5), scheme="bdf2", step=0.25)
    double = solve(gas, epsilon=1.0, t_span=(0.0, 0.5), scheme="bdf2", step=0.25)
    assert run.states.dtype == numpy.float32
    assert abs(run.states[-1] - double.states[-1]).max() < 1e-6


def test_stepper_repeats_solve_and_runs_survive_a_file(gas, tmp_path):
    run = solve(gas, epsilon=1.0, t_span=(0.0, 1.0), scheme="bdf2", step=0.25)
    state = stepper(gas, epsilon=1.0, scheme="bdf2", step=0.25).advance(
        gas.start(1.0), n_steps=4
    )
    assert state.tobytes() == run.states[-1].tobytes()
    io.save(run, tmp_path / "run.npz")
    assert io.load(tmp_path / "run.npz").states.tobytes() == run.states.tobytes()


def test_limiting_keeps_densities_positive():
    x, y = COARSE.points
    ring = numpy.exp(-2 * (numpy.hypot(x, y) - 2) ** 2)
    problem = boltzmann(COARSE, initial=ring)
    free = solve(problem, epsilon=1.0, t_span=(0.0, 1.0), scheme="bdf2", step=0.25)
    limited = solve(
        problem,
        epsilon=1.0,
        t_span=(0.0, 1.0),
        scheme="bdf2",
        step=0.25,
        positivity="limit",
    )
    assert free.states[-1].min() < 0
    assert limited.states[-1].min() >= 0
    assert limited.certificates[0].passed


def test_a_callable_is_evaluated_on_the_points():
    problem = boltzmann(COARSE, initial=lambda x, y: numpy.exp(-(x**2) - 0.5 * y**2))
    x, y = COARSE.points
    assert problem.start(1.0).tobytes() == numpy.exp(-(x**2) - 0.5 * y**2).tobytes()


@pytest.mark.parametrize("scheme", ["bdf3", "bdf4", "ars443"])
def test_schemes_that_amplify_are_refused(gas, scheme):
    with pytest.raises(ParameterError, match="use 'bdf2'"):
        solve(gas, epsilon=1e-3, t_span=(0.0, 1.0), scheme=scheme, step=0.1)


def test_bad_arguments_are_refused(gas):
    f = beams(COARSE)
    with pytest.raises(ShapeError, match="solve one density at a time"):
        boltzmann(COARSE, initial=numpy.stack([f, f]))
    with pytest.raises(ParameterError, match="use a wider grid"):
        boltzmann(COARSE, initial=maxwellian(COARSE, 1.0, [3.0, 0.0], 2.0))
    with pytest.raises(ParameterError, match="positive one"):
        boltzmann(COARSE, initial=-f)
    with pytest.raises(ParameterError, match="build it on this grid"):
        boltzmann(COARSE, initial=f, operator=spectral_collision(velocity_grid(24, 8.0)))
    with pytest.raises(ParameterError, match="one gas needs equal ones"):
        boltzmann(COARSE, initial=f, operator=spectral_collision(COARSE, masses=(1, 2)))
    with pytest.raises(ParameterError, match=r"pass spectral_collision\(grid"):
        boltzmann(COARSE, initial=f, operator=3)
    with pytest.raises(ParameterError, match="penalty is -1; pass one finite number"):
        boltzmann(COARSE, initial=f, penalty=-1)
    with pytest.raises(ParameterError, match="rate is 0; pass one finite number above 0"):
        boltzmann(COARSE, initial=f, rate=0)
    with pytest.raises(BackendError, match="cannot be used"):
        boltzmann(COARSE, initial=f, backend="cupy:9")
    with pytest.raises(ParameterError, match="rk4"):
        solve(gas, epsilon=1.0, t_span=(0.0, 1.0), scheme="rk4", step=0.1)
