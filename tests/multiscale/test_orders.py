"""Orders of solve for every epsilon, initial layers, and the numbers of both."""

import numpy as np
import pytest

from perturbsci.errors import ParameterError
from perturbsci.multiscale import (
    SplitProblem,
    layer_mesh,
    solve,
    tableau,
    tableau_names,
)
from perturbsci.verification import assert_order, load_reference, observed_order

from .systems import linear, t1, t1_error

IMPLICIT = [name for name in tableau_names() if name not in ("heun", "rk4")]
N_STEPS = 40 * 2 ** np.arange(4)
EPSILONS = 10.0 ** -np.arange(0, 11, 2)


def reference(identifier):
    found = load_reference(identifier)
    return np.array(found.value), found.tolerance


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


@pytest.mark.slow
@pytest.mark.parametrize("name", [*IMPLICIT, "bdf1", "bdf2", "bdf3", "bdf4"])
@pytest.mark.parametrize("epsilon", [1.0, 0.1])
def test_order_of_every_scheme_on_one_mode(name, epsilon):
    order = int(name[3]) if name.startswith("bdf") else tableau(name).order
    n_steps = np.array([640, 1280])
    errors = [t1_error(name, epsilon, n)[0] for n in n_steps]
    # the leading terms of ars232 nearly cancel at epsilon = 1: its order comes late, 1.946
    within = 0.06 if name == "ars232" else 0.05
    assert_order(0.5 / n_steps, errors, order, within=within, cap=0.02)


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
