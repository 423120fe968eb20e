"""solve: orders, layers, times, statuses, certificates, and what it refuses."""

import numpy as np
import pytest

from perturbsci.errors import BackendError, ConvergenceError, ParameterError, ShapeError
from perturbsci.io import load, save
from perturbsci.multiscale import (
    Multistep,
    SplitProblem,
    goldstein_taylor,
    jin_xin,
    layer_mesh,
    solve,
    tableau,
    tableau_names,
    van_der_pol,
)
from perturbsci.results import Status
from perturbsci.verification import assert_order, load_reference, observed_order

from .systems import linear, t1, t1_error

IMPLICIT = [name for name in tableau_names() if name not in ("heun", "rk4")]
N_STEPS = 40 * 2 ** np.arange(4)
EPSILONS = 10.0 ** -np.arange(0, 11, 2)


def reference(identifier):
    found = load_reference(identifier)
    return np.array(found.value), found.tolerance


# Order ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*IMPLICIT, "bdf1", "bdf2", "bdf3", "bdf4"])
@pytest.mark.parametrize("epsilon", [1.0, 0.1])
def test_order_of_every_scheme_where_nothing_is_stiff(name, epsilon):
    problem = linear(3)
    order = int(name[3]) if name.startswith("bdf") else tableau(name).order
    steps = 0.5 / (40 * 2 ** np.arange(1 if order < 4 else 0, 5))
    exact = problem.exact(0.5, epsilon)
    errors = [
        abs(
            solve(problem, epsilon=epsilon, t_span=(0, 0.5), scheme=name, step=h).states[-1]
            - exact
        ).max()
        for h in steps
    ]
    # The rates at epsilon = 0.1 reach 25: the finest steps are near the asymptotic tail.
    assert_order(steps, errors, order, within=0.12, last=2, floor=1e-13)


@pytest.mark.parametrize(("scheme", "order"), [("heun", 2), ("rk4", 4)])
def test_explicit_schemes_without_an_implicit_part(scheme, order):
    problem = SplitProblem(
        "turn", initial=[1.0, 0.0], explicit=lambda y, e: np.array([-y[1], y[0]])
    )
    steps = 1 / (10 * 2 ** np.arange(4))
    errors = [
        abs(
            solve(problem, epsilon=1.0, t_span=(0, 1), scheme=scheme, step=h).states[-1]
            - [np.cos(1), np.sin(1)]
        ).max()
        for h in steps
    ]
    assert_order(steps, errors, order, cap=3e-4)


def orders(scheme, preparation, layer, epsilons=EPSILONS, rows=slice(None)):
    n_steps = N_STEPS if scheme.startswith("bdf") else N_STEPS[:-1]
    steps = 0.5 / n_steps
    return [
        observed_order(
            steps,
            [
                t1_error(scheme, e, n, preparation=preparation, layer=layer, rows=rows)[0]
                for n in n_steps
            ],
        )
        for e in epsilons
    ]


def test_uniform_orders_of_bdf_on_well_prepared_data():
    assert (
        min(orders("bdf2", "well", "off"))
        >= load_reference("multiscale.t1_bdf2_order").value
    )
    assert (
        min(orders("bdf3", "well", "off"))
        >= load_reference("multiscale.t1_bdf3_order").value
    )


def test_uniform_orders_of_one_step_schemes():
    least = load_reference("multiscale.t1_one_step_order").value
    assert min(orders("ars222", "well", "off")) >= least
    assert min(orders("ars222", "ill", "resolve")) >= least
    # Its last combination takes v from stages at the explicit abscissae: order 1 in v.
    assert min(orders("ssp222", "well", "off", rows=0)) >= least


def test_the_order_is_lost_where_the_layer_is_not_resolved():
    value, tolerance = reference("multiscale.t1_lost_order")
    assert abs(orders("ars222", "ill", "off", [1e-6])[0] - value) <= tolerance
    errors, tolerance = reference("multiscale.t1_lost_errors")
    found = [
        t1_error(name, 1e-6, 320, preparation="ill")[0] for name in ("ars222", "ars443")
    ]
    assert (abs(found - errors) <= tolerance).all()


def test_numbers_of_the_resolved_layer():
    errors, tolerance = reference("multiscale.t1_resolved_errors")
    counts, _ = reference("multiscale.t1_resolved_steps")
    epsilons = load_reference("multiscale.t1_resolved_errors").parameters["epsilons"]
    runs = [
        t1_error("ars222", e, 320, preparation="ill", layer="resolve") for e in epsilons
    ]
    assert (abs(np.array([error for error, _ in runs]) - errors) <= tolerance).all()
    assert [run.n_steps for _, run in runs][:4] == counts.tolist()
    most = load_reference("multiscale.layer_overhead").value
    assert max(run.n_steps for _, run in runs) <= most * 320
    assert all(run.counts["layer_steps"] > 60 for _, run in runs)


def test_numbers_of_the_multistep_schemes():
    errors, tolerance = reference("multiscale.t1_bdf3_errors")
    epsilons = load_reference("multiscale.t1_bdf3_errors").parameters["epsilons"]
    found = [t1_error("bdf3", e, 320)[0] for e in epsilons]
    assert (abs(found - errors) <= tolerance).all()
    value, tolerance = reference("multiscale.t1_bdf2_error")
    assert abs(t1_error("bdf2", 1e-6, 320)[0] - value) <= tolerance


def test_auto_finds_the_layer():
    lost, _ = t1_error("ars222", 1e-6, 320, preparation="ill")
    found, _ = t1_error("ars222", 1e-6, 320, preparation="ill", layer="auto")
    assert lost / found >= load_reference("multiscale.t1_auto_gain").value


# Layers --------------------------------------------------------------------------------


def test_auto_leaves_well_prepared_data_alone():
    for epsilon in (1e-6, 1e-3, 0.5):
        assert t1_error("ars222", epsilon, 40, layer="auto")[1].counts["layer_steps"] == 0


def test_auto_projects_what_is_far_below_the_step():
    _, run = t1_error("ars222", 1e-12, 40, preparation="ill", layer="auto")
    assert run.counts["layer_steps"] == 0
    _, straight = t1_error("ars222", 1e-12, 40, preparation="ill", layer="project")
    assert (run.states == straight.states).all()
    assert (run.states[0] == t1().start(1e-12, "ill")).all()  # stored as it came
    # u is untouched by the projection, which leaves an error of the size of epsilon
    well, _ = t1_error("ars222", 1e-12, 40)
    ill, _ = t1_error("ars222", 1e-12, 40, preparation="ill", layer="project")
    assert abs(ill - well) <= 1e-10


def test_projection_is_refused_where_it_would_cost_accuracy():
    with pytest.raises(ParameterError, match="pass 'resolve'"):
        t1_error("ars222", 1e-3, 40, preparation="ill", layer="project")


def test_epsilon_zero_projects():
    problem = t1()
    run = solve(problem, epsilon=0.0, t_span=(0, 0.1), step=0.01, preparation="ill")
    well = solve(problem, epsilon=0.0, t_span=(0, 0.1), step=0.01)
    assert (run.states[-1] == well.states[-1]).all()


@pytest.mark.parametrize("scheme", ["bdf2", "bdf3", "bdf4"])
def test_multistep_schemes_are_led_through_the_layer(scheme):
    error, run = t1_error(scheme, 1e-6, 80, preparation="ill", layer="resolve")
    well, _ = t1_error(scheme, 1e-6, 80)
    assert run.counts["layer_steps"] > 20
    assert error <= 1.5 * well


def test_a_layer_below_the_spacing_of_the_clock_is_resolved():
    problem = t1()
    options = {"step": 0.0125, "preparation": "ill", "initial_layer": "resolve"}
    late = solve(problem, epsilon=1e-12, t_span=(1e6, 1e6 + 0.5), **options)
    early = solve(problem, epsilon=1e-12, t_span=(0.0, 0.5), **options)
    assert late.times.tolist() == [1e6, 1e6 + 0.5]
    assert abs(late.states - early.states).max() <= 1e-13


def test_layer_mesh():
    mesh = layer_mesh(0.5, 0.5 / 320, (1e-6,), order=2)
    assert abs(mesh.sum() - 0.5) <= 1e-15
    assert mesh[0] == 2 * 2 * 1e-6 / 160
    assert (np.diff(mesh[:-1]) >= 0).all()
    assert mesh.max() <= 0.5 / 320 * (1 + 1e-9)
    assert (layer_mesh(1.0, 0.25, (10.0, 20.0), order=2) == 0.25).all()
    both = layer_mesh(1.0, 0.01, (1e-8, 1e-4), order=2)
    one = layer_mesh(1.0, 0.01, (1e-4,), order=2)
    assert len(one) < len(both) < 1.45**2 * 100


@pytest.mark.parametrize(
    ("arguments", "options", "advice"),
    [
        ((0.0, 0.1, (1.0,)), {"order": 2}, "span is 0.0"),
        ((1.0, 2.0, (1.0,)), {"order": 2}, "at most the span"),
        ((1.0, 0.1, (-1.0,)), {"order": 2}, "scales is -1.0"),
        ((1.0, 0.1, (1.0,)), {"order": 0}, "from 1 on"),
    ],
)
def test_layer_mesh_refuses(arguments, options, advice):
    with pytest.raises(ParameterError, match=advice):
        layer_mesh(*arguments, **options)


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


# Arguments -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"t_span": (1, 0)}, "runs backward"),
        ({"t_span": (0, np.inf)}, "two finite numbers"),
        ({"t_span": (0, 1, 2)}, "two finite numbers"),
        ({"t_span": 1.0}, "two finite numbers"),
        ({"step": 0.0}, "above 0"),
        ({"step": np.nan}, "above 0"),
        ({"step": 2.0}, "at most that"),
        ({"rtol": 1e-3}, "either step, or one or both"),
        ({"step": None}, "either step, or one or both"),
        ({"step": None, "rtol": -1.0}, "rtol is -1.0"),
        ({"step": None, "rtol": 1e-3, "scheme": "bdf2"}, "steps are fixed"),
        ({"t_eval": [0.5, 2.0]}, "outside t_span"),
        ({"t_eval": [0.5, 0.2]}, "strictly increasing"),
        ({"t_eval": [0.1, np.nan]}, "not finite"),
        ({"scheme": "ars22"}, "one of ars222"),
        ({"scheme": 3}, "pass a Tableau"),
        ({"scheme": "native"}, "has no map of its own"),
        ({"scheme": "rk4"}, "which is explicit"),
        ({"initial_layer": "maybe"}, "'resolve', 'project', 'auto'"),
        ({"preparation": "good"}, "'well', 'ill'"),
        ({"positivity": "force"}, "'monitor', 'limit'"),
        ({"positivity": "limit"}, "has no limiter"),
        ({"max_steps": 0}, "from 1 on"),
        ({"max_steps": 1.5}, "whole number"),
        ({"scheme": "ssp222", "epsilon": 0.0}, "pass 'ars222' or 'bdf2'"),
    ],
)
def test_bad_arguments_are_refused_before_work_starts(changes, advice):
    with pytest.raises(ParameterError, match=advice):
        solve(t1(), **{"epsilon": 0.1, "t_span": (0.0, 1.0), "step": 0.01, **changes})


def test_states_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match="needed \\(2, 8\\)"):
        solve(t1(), epsilon=0.1, t_span=(0, 1), step=0.01, initial=np.zeros((2, 9)))
    with pytest.raises(ParameterError, match="not finite"):
        solve(t1(), epsilon=0.1, t_span=(0, 1), step=0.01, initial=np.full((2, 8), np.nan))
    with pytest.raises(ParameterError, match="such as jin_xin"):
        solve("jin_xin", epsilon=0.1, t_span=(0, 1), step=0.01)


def failing(**options):
    return SplitProblem(
        "mine", **{"initial": [1.0, 2.0], "explicit": lambda y, e: y, **options}
    )


def test_errors_of_a_user_are_chained_with_the_time_and_the_step():
    def explicit(y, epsilon):
        if y[0] > 1.5:
            raise ValueError("too large")
        return y

    with pytest.raises(
        ParameterError,
        match=r"explicit raised ValueError at t = 0\.4, step 5 \(h = 0\.1\): too large",
    ) as caught:
        solve(
            failing(explicit=explicit), epsilon=0.1, t_span=(0, 1), scheme="rk4", step=0.1
        )
    assert isinstance(caught.value.__cause__, ValueError)

    def callback(time, state):
        raise RuntimeError("disk full")

    with pytest.raises(
        ParameterError, match=r"callback raised RuntimeError at t = 0\.1, step 1"
    ):
        solve(
            failing(), epsilon=0.1, t_span=(0, 1), scheme="rk4", step=0.1, callback=callback
        )


@pytest.mark.parametrize(
    ("options", "error", "advice"),
    [
        ({"explicit": lambda y, e: y[:1]}, ShapeError, "shape of the state"),
        ({"explicit": lambda y, e: 1.0}, ShapeError, "returned 1.0"),
        ({"explicit": lambda y, e: 1j * y}, ParameterError, "complex state"),
        ({"weight": lambda e: np.ones(3)}, ShapeError, "does not broadcast"),
        ({"weight": lambda e: np.array([1.0, -1.0])}, ParameterError, "not be negative"),
        ({"weight": lambda e: np.array([1.0, np.nan])}, ParameterError, "not finite"),
        ({"initial": np.array(["a"])}, ParameterError, "needed"),
    ],
)
def test_results_of_a_user_are_checked(options, error, advice):
    with pytest.raises(error, match=advice):
        solve(failing(**options), epsilon=0.1, t_span=(0, 1), scheme="heun", step=0.1)


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"explicit": 3}, "explicit of the problem"),
        ({"explicit": None}, "at least one of the three"),
        ({"invariants": {"mass": 3}}, "names to functions"),
        ({"observables": [1]}, "names to functions"),
        ({"bounds": {"speed": 1.0}}, "known are conserved"),
        ({"name": ""}, "pass a word"),
    ],
)
def test_what_is_no_problem_is_refused(options, advice):
    with pytest.raises(ParameterError, match=advice):
        SplitProblem(
            **{"name": "x", "initial": [1.0], "explicit": lambda y, e: y, **options}
        )


def test_native_maps():
    problem = SplitProblem(
        "map",
        initial=[1.0],
        explicit=None,
        native=lambda y, h, e: y * np.exp(-h),
        native_order=2,
    )
    run = solve(problem, epsilon=1.0, t_span=(0, 1), scheme="native", step=0.1)
    assert abs(run.states[-1, 0] - np.exp(-1)) <= 1e-15
    assert run.scheme == "native"
    with pytest.raises(ParameterError, match="scheme='native'"):
        solve(problem, epsilon=1.0, t_span=(0, 1), step=0.1)


def test_schemes_as_objects_and_by_name_are_the_same():
    for name, scheme in (("ars443", tableau("ars443")), ("bdf3", Multistep(3))):
        options = {"epsilon": 1e-3, "t_span": (0, 0.1), "step": 0.01}
        first = solve(t1(), scheme=name, **options)
        second = solve(t1(), scheme=scheme, **options)
        assert (first.states == second.states).all()
        assert first.scheme == second.scheme == name


def test_functions_may_write_into_a_buffer():
    def explicit(y, epsilon, out):
        np.multiply(y, -1.0, out=out)

    plain = SplitProblem("x", initial=[1.0, 2.0], explicit=lambda y, e: -1.0 * y)
    buffered = SplitProblem("x", initial=[1.0, 2.0], explicit=explicit)
    options = {"epsilon": 1.0, "t_span": (0, 1), "scheme": "rk4", "step": 0.1}
    assert (solve(plain, **options).states == solve(buffered, **options).states).all()


def test_a_state_of_another_device_is_refused(monkeypatch):
    from perturbsci.multiscale import problem as module  # noqa: PLC0415

    devices = iter(["cupy:0", "numpy", "cupy:0", "numpy"])
    monkeypatch.setattr(module, "device_of", lambda array: next(devices))
    with pytest.raises(BackendError, match=r"backend\.to_host"):
        solve(t1(), epsilon=0.1, t_span=(0, 1), step=0.01, initial=np.zeros((2, 8)))
