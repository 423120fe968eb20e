"""solve: times, adaptive steps, how runs end, certificates, extreme epsilon."""

import re

import numpy as np
import pytest

from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.io import load, save
from perturbsci.multiscale import (
    SplitProblem,
    goldstein_taylor,
    jin_xin,
    solve,
    van_der_pol,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference

from .systems import linear, t1


def reference(identifier):
    found = load_reference(identifier)
    return np.array(found.value), found.tolerance


# Times ---------------------------------------------------------------------------------


def test_stored_times_are_hit_exactly():
    times = np.array([0.0, 0.013, 0.1, 0.25, 0.31])
    run = solve(t1(), epsilon=1e-3, t_span=(0, 0.5), step=0.01, t_eval=times)
    assert (run.times == times).all()
    assert run.states.shape == (5, 2, 8)
    assert abs(run.step_sizes.sum() - 0.5) <= 1e-14  # the run goes to the end
    assert run.step_sizes.max() <= 0.01
    one = solve(t1(), epsilon=1e-3, t_span=(0, 0.013), step=0.01)
    assert (one.states[-1] == run.states[1]).all()


def test_a_step_that_divides_the_span_is_kept():
    run = solve(t1(), epsilon=0.1, t_span=(0, 0.3), step=0.1, t_eval=[0.1, 0.2, 0.3])
    assert run.step_sizes.tolist() == [0.1, 0.1, 0.1]


def test_nothing_to_do():
    run = solve(t1(), epsilon=0.1, t_span=(2.0, 2.0), step=0.1)
    assert run.n_steps == 0
    assert run.times.tolist() == [2.0]
    assert (run.states[0] == t1().start(0.1)).all()
    assert run.status is Status.CONVERGED


def test_multistep_restarts_where_the_step_changes():
    same = solve(
        t1(), epsilon=0.1, t_span=(0, 0.2), scheme="bdf2", step=0.02, t_eval=[0.1, 0.2]
    )
    assert same.counts["implicit"] == 2 + 9  # one ars222 step, then one solve a step
    changed = solve(
        t1(), epsilon=0.1, t_span=(0, 0.2), scheme="bdf2", step=0.02, t_eval=[0.05, 0.2]
    )
    assert changed.counts["implicit"] == 2 * 2 + (3 - 1) + (8 - 1)


# Adaptive steps ------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["ark324", "ars222", "ssp433"])
def test_tolerances_are_met(scheme):
    problem = linear(5)
    exact = problem.exact(1.0, 0.1)
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8):
        run = solve(
            problem, epsilon=0.1, t_span=(0, 1), scheme=scheme, rtol=rtol, atol=rtol
        )
        errors.append(abs(run.states[-1] - exact).max())
        assert errors[-1] <= 100 * rtol  # at most as many errors add up as there are digits
        assert abs(run.step_sizes.sum() - 1) <= 1e-12
    assert errors[2] < errors[1] / 10 < errors[0] / 100


def test_van_der_pol():
    values, tolerance = reference("multiscale.van_der_pol")
    epsilons = load_reference("multiscale.van_der_pol").parameters["epsilons"]
    for epsilon, value in zip(epsilons, values, strict=True):
        run = solve(
            van_der_pol(), epsilon=epsilon, t_span=(0, 0.5), scheme="ark324", rtol=1e-9
        )
        assert abs(run.states[-1] - value).max() <= tolerance
    value, _ = reference("multiscale.van_der_pol_limit")
    run = solve(van_der_pol(), epsilon=0.0, t_span=(0, 0.5), scheme="ars443", rtol=1e-9)
    assert abs(run.states[-1] - value).max() <= tolerance


@pytest.mark.slow
def test_van_der_pol_by_the_default_scheme():
    values, tolerance = reference("multiscale.van_der_pol")
    epsilons = load_reference("multiscale.van_der_pol").parameters["epsilons"]
    for epsilon, value in zip(epsilons, values, strict=True):
        run = solve(van_der_pol(), epsilon=epsilon, t_span=(0, 0.5), rtol=1e-9)
        assert abs(run.states[-1] - value).max() <= tolerance


def test_rejected_steps_are_counted_and_leave_no_trace():
    problem = van_der_pol()
    run = solve(
        problem,
        epsilon=1e-6,
        t_span=(0, 0.5),
        scheme="ark324",
        rtol=1e-8,
        preparation="ill",
    )
    assert run.counts["rejected"] > 0
    assert run.counts["steps"] == run.n_steps
    # the layer is short, and forgets: both runs end on the slow manifold
    well = solve(problem, epsilon=1e-6, t_span=(0, 0.5), scheme="ark324", rtol=1e-8)
    assert abs(run.states[-1] - well.states[-1]).max() <= 1e-5


def test_step_underflow():
    def explicit(y, epsilon):
        return y * y / 0.0 if y[0] > 1.5 else y * y

    problem = SplitProblem("wall", initial=[1.0], explicit=explicit)
    with pytest.raises(ConvergenceError, match="STEP_UNDERFLOW") as caught:
        solve(problem, epsilon=1.0, t_span=(0, 1), scheme="heun", rtol=1e-6)
    partial = caught.value.partial
    assert partial.status is Status.STEP_UNDERFLOW
    assert 0.3 < partial.times[-1] < 0.4  # y = 1/(1 - t) is 1.5 at t = 1/3


# Ends ----------------------------------------------------------------------------------


def test_the_callback_sees_every_step_and_stops():
    seen = []

    def callback(time, state):
        seen.append((time, state.copy()))
        return time > 0.045

    run = solve(t1(), epsilon=0.1, t_span=(0, 0.5), step=0.01, callback=callback)
    assert run.status is Status.STOPPED
    assert run.n_steps == len(seen) == 5
    assert run.times[-1] == seen[-1][0]
    assert (run.states[-1] == seen[-1][1]).all()


def test_the_number_of_steps_is_limited():
    with pytest.raises(ConvergenceError, match="Raise `max_steps`") as caught:
        solve(t1(), epsilon=0.1, t_span=(0, 0.5), step=0.01, max_steps=7)
    assert caught.value.partial.n_steps == 7
    assert abs(caught.value.partial.times[-1] - 0.07) <= 1e-15
    run = solve(t1(), epsilon=0.1, t_span=(0, 0.5), step=0.01, max_steps=7, strict=False)
    assert run.status is Status.MAX_STEPS


def test_not_finite():
    problem = SplitProblem("blow", initial=[1.0], explicit=lambda y, e: y**9)
    with pytest.raises(ConvergenceError, match="NOT_FINITE") as caught:
        solve(problem, epsilon=1.0, t_span=(0, 10), scheme="rk4", step=0.1)
    assert np.isfinite(caught.value.partial.states).all()  # the last finite state is kept
    nan = SplitProblem("nan", initial=[1.0], explicit=lambda y, e: y * np.nan)
    run = solve(nan, epsilon=1.0, t_span=(0, 1), scheme="heun", step=0.5, strict=False)
    assert run.status is Status.NOT_FINITE


def test_an_unstable_step_is_refused_or_named():
    problem = jin_xin(64, space="muscl")
    with pytest.raises(ParameterError, match=r"largest_step = 0\.0078125"):
        solve(problem, epsilon=1e-3, t_span=(0, 2), step=0.05)
    run = solve(problem, epsilon=1e-3, t_span=(0, 4), step=0.05, strict=False)
    assert run.status is Status.UNSTABLE_STEP
    calm = solve(problem, epsilon=1e-3, t_span=(0, 0.1), step=0.0078125)
    assert calm.status is Status.CONVERGED


def test_lost_positivity():
    problem = SplitProblem(
        "falls",
        initial=[1.0],
        explicit=lambda y, e: -np.ones(1),
        minimum=lambda y, e: y.min(),
        macroscopic_minimum=lambda y, e: y.min(),
        limiter=lambda y, e: np.maximum(y, 0.25),
    )
    options = {"epsilon": 1.0, "scheme": "heun", "step": 0.5}
    with pytest.raises(ConvergenceError, match="NEGATIVE_DENSITY"):
        solve(problem, t_span=(0, 2), **options)
    run = solve(problem, t_span=(0, 2), positivity="limit", **options)
    assert run.states[-1] == 0.25
    assert run.minimum.tolist() == [1.0, 0.25]


# Certificates --------------------------------------------------------------------------


def test_certificates_come_in_order_and_say_how_they_know():
    run = solve(goldstein_taylor(16), epsilon=1e-3, t_span=(0, 0.5), step=0.01)
    claims = [each.claim for each in run.certificates]
    assert claims == [
        "conserved",
        "entropy does not increase",
        "close to the limit",
        "error against the exact solution",
    ]
    assert [each.kind for each in run.certificates] == [
        "a-posteriori",
        "a-posteriori",
        "estimate",
        "held-out",
    ]
    assert all(each.passed for each in run.certificates)
    assert run.certificate is run.certificates[0]
    assert run.certificates[0].value <= 1e-15
    assert 0 < run.certificates[3].value < 1e-3
    assert len(run.summary().splitlines()) <= 30
    assert "ars222, epsilon = 0.001" in run.summary()


def test_certificates_fail_where_they_should():
    leaking = SplitProblem(
        "leak",
        initial=[1.0, 2.0],
        explicit=lambda y, e: -0.1 * y,
        invariants={"sum": lambda y, e: y.sum()},
        entropy=lambda y, e: -y.sum(),
        minimum=lambda y, e: y.min() - 1.5,
        equilibrium=lambda y: 0 * y,
        layer_scales=lambda epsilon: (epsilon,),
    )
    run = solve(leaking, epsilon=1e-3, t_span=(0, 1), scheme="rk4", step=0.1)
    assert [each.passed for each in run.certificates] == [False] * 4
    assert run.certificate.claim == "conserved"
    assert abs(run.certificate.value - (1 - np.exp(-0.1))) <= 1e-6
    wide = solve(leaking, epsilon=1.0, t_span=(0, 1), scheme="rk4", step=0.1)
    assert wide.certificates[-1].kind == "none"  # a layer of length 1 is none
    assert "is not small" in wide.certificates[-1].assumptions[0]
    bare = solve(linear(1), epsilon=0.5, t_span=(0, 1), step=0.1)
    assert bare.certificates[0].kind == "none"
    assert "names no invariants" in bare.certificates[0].assumptions[0]


@pytest.mark.parametrize("name", ["invariants", "entropy", "minimum"])
def test_a_quantity_without_a_value_certifies_nothing(name):
    def lost(y, epsilon):
        return np.nan * y.sum()

    options = {name: {"sum": lost} if name == "invariants" else lost}
    decay = SplitProblem("decay", initial=[1.0], explicit=lambda y, e: -y, **options)
    run = solve(decay, epsilon=1.0, t_span=(0, 1), scheme="rk4", step=0.1)
    claimed = [each for each in run.certificates if each.kind != "none"]
    assert [each.passed for each in claimed] == [False]
    assert not run.certificate.passed


def test_the_summary_shows_signs_single_numbers_and_no_cut_lines():
    cold = SplitProblem(
        "cold",
        initial=[-2.0, 1.0],
        explicit=lambda y, e: 0 * y,
        invariants={"sum": lambda y, e: y.sum()},
        observables={
            "both": lambda y, e: y,
            "first": lambda y, e: y[0],
            "turned": lambda y, e: 1j * y[:1],
        },
    )
    text = solve(cold, epsilon=1.0, t_span=(0, 1), scheme="rk4", step=0.5).summary()
    for line in ("both at the end: -2..1", "first at the end: -2", "turned .* modulus 2"):
        assert re.search(line + "$", text, re.MULTILINE), text
    assert "..." not in text


def test_single_precision_is_kept_and_judged_by_its_own_bounds():
    problem = jin_xin(16, initial=lambda x: (1 + 0.5 * np.cos(2 * np.pi * x)).astype("f4"))
    run = solve(problem, epsilon=1e-3, t_span=(0, 0.5), step=0.01)
    assert run.states.dtype == np.float32
    double = solve(jin_xin(16), epsilon=1e-3, t_span=(0, 0.5), step=0.01)
    assert abs(run.states - double.states).max() <= 50 * 2.0**-23 * 4
    assert run.certificate.passed


def test_trajectories_survive_storage(tmp_path):
    run = solve(
        goldstein_taylor(8), epsilon=0.1, t_span=(0, 0.5), step=0.1, t_eval=[0.2, 0.5]
    )
    save(run, tmp_path / "run.npz")
    again = load(tmp_path / "run.npz")
    assert type(again) is type(run)
    assert (again.states == run.states).all()
    assert (again.observables["flux"] == run.observables["flux"]).all()
    assert (again.coordinates["x"] == run.coordinates["x"]).all()
    assert again.counts == run.counts
    assert str(again.certificate) == str(run.certificate)
    assert again.summary() == run.summary()


# epsilon -------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [jin_xin(8), goldstein_taylor(8), van_der_pol()])
@pytest.mark.parametrize("scheme", ["ars222", "dp242", "bdf2", "bdf3", "bpr353"])
def test_every_epsilon_from_0_to_1e300(problem, scheme):
    options = {"t_span": (0, 0.1), "step": 0.01, "scheme": scheme}
    zero = solve(problem, epsilon=0.0, **options).states[-1]
    tiny = solve(problem, epsilon=1e-300, **options).states[-1]
    # the schemes leave the same bits or differ by rounding of a few operations
    assert abs(zero - tiny).max() <= 1e-12
    assert np.isfinite(solve(problem, epsilon=1e300, **options).states).all()


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf, 1j, True, "1", None])
def test_what_is_no_epsilon_is_refused(value):
    with pytest.raises(ParameterError, match="one finite number from 0 on"):
        solve(t1(), epsilon=value, t_span=(0, 1), step=0.01)


def test_many_epsilons_get_the_hint():
    with pytest.raises(ParameterError, match="call order_map"):
        solve(t1(), epsilon=np.array([1.0, 0.1]), t_span=(0, 1), step=0.01)
