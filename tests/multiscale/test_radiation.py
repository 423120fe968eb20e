"""The Su-Olson benchmark: its table, its limit, conservation, mesh, errors."""

import numpy as np
import pytest

from perturbsci.errors import ParameterError
from perturbsci.multiscale import solve, su_olson
from perturbsci.verification import load_reference


def table(run, problem, name):
    reference = load_reference("multiscale_kinetic.su_olson_radiation")
    x = problem.coordinates["x"]
    return np.array(
        [np.interp(reference.parameters["x"], x, row) for row in run.observables[name]]
    )


def test_radiation_of_the_benchmark_at_early_times():
    reference = load_reference("multiscale_kinetic.su_olson_radiation")
    problem = su_olson()
    times = reference.parameters["times"][:2]
    run = solve(
        problem,
        epsilon=1.0,
        t_span=(0.0, 1.0),
        step=problem.largest_step(1.0),
        t_eval=times,
    )
    found = table(run, problem, "density")
    assert abs(found - reference.value[:2]).max() < reference.tolerance
    assert run.certificates[0].passed


@pytest.mark.slow
def test_radiation_and_matter_of_the_benchmark():
    reference = load_reference("multiscale_kinetic.su_olson_radiation")
    material = load_reference("multiscale_kinetic.su_olson_material")
    published = load_reference("multiscale_kinetic.su_olson_published")
    problem = su_olson()
    times = reference.parameters["times"]
    run = solve(
        problem,
        epsilon=1.0,
        t_span=(0.0, 10.0),
        step=problem.largest_step(1.0),
        t_eval=times,
    )
    found = table(run, problem, "density")
    assert abs(found - reference.value).max() < reference.tolerance
    assert abs(found[:, 0] - published.value).max() < published.tolerance
    assert abs(table(run, problem, "material")[-1] - material.value).max() < 1e-3
    assert run.certificates[0].passed


def test_before_the_edge_is_heard_the_source_is_all():
    # Within 0.5 - t of the middle U and V are those of a uniform medium.
    problem = su_olson(200, 8, half_width=4.0)
    run = solve(problem, epsilon=1.0, t_span=(0.0, 0.2), scheme="ars443", step=0.002)
    middle = problem.coordinates["x"] < 0.2
    t = 0.2
    U = t / 2 + (1 - np.exp(-2 * t)) / 4
    # third order in time; the WENO weights see the edge at the rounding of 1e-6
    assert abs(run.observables["density"][-1][middle] - U).max() < 1e-6
    assert abs(run.observables["material"][-1][middle] - (t - U)).max() < 1e-6


@pytest.mark.parametrize("epsilon", [0.0, 1e-300, 1e-6, 1.0, 1e300])
def test_energy_is_what_the_source_gave(epsilon):
    problem = su_olson(60, 4, half_width=3.0, source_time=0.2)
    run = solve(
        problem,
        epsilon=epsilon,
        t_span=(0.0, 0.4),
        step=0.01,
        t_eval=[0.2, 0.4],
    )
    assert run.certificates[0].passed
    x = problem.coordinates["x"]
    U, V = run.observables["density"][-1], run.observables["material"][-1]
    if epsilon < 1e-3:
        assert abs(U - V).max() <= 10 * epsilon + 1e-14
        inside = x < 0.2  # where the edge is not felt: V = U = t/2
        assert abs(U[inside] - 0.1).max() < 1e-3 + epsilon


def test_limiting_keeps_energy_and_signs():
    problem = su_olson(100, 8, half_width=4.0)
    options = {"epsilon": 1.0, "t_span": (0.0, 1.0), "step": problem.largest_step(1.0)}
    free = solve(problem, **options)
    limited = solve(problem, positivity="limit", **options)
    assert limited.minimum.min() >= 0
    assert limited.certificates[0].passed
    assert free.minimum.min() < 0  # there was something to limit
    # negative values are below 1e-4
    assert abs(limited.states[-1] - free.states[-1]).max() < 1e-3


def test_mesh_has_an_edge_at_the_source_and_is_conservative():
    for n, width, edge in ((400, 20.0, 0.5), (50, 5.0, 1.0), (64, 1.0, 0.25)):
        problem = su_olson(n, 2, half_width=width, source_half_width=edge)
        x = problem.coordinates["x"]
        assert (np.diff(x) > 0).all()
        assert 0 < x[0] < x[-1] < width
        state = problem.start(1.0, "ill")  # V = 1 in the source, so energy is its width
        energy = float(problem.invariants["energy"](state, 1.0))
        assert energy == pytest.approx(edge, rel=1e-3)  # midpoint rule in s


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_angles": 7}, "n_angles is 7; both directions need as many, pass 8"),
        ({"n_cells": 4}, "n_cells is 4; pass a whole number from 8 on"),
        ({"source_half_width": 30.0}, "pass a smaller source"),
        ({"half_width": np.nan}, "half_width is nan; pass one finite number above 0"),
        ({"source_time": 0.0}, "source_time is 0.0; pass one finite number above 0"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ParameterError, match=message):
        su_olson(**options)


def test_multistep_steps_are_half_as_long():
    problem = su_olson(50, 4, half_width=4.0)
    h = problem.largest_step(1.0)
    with pytest.raises(ParameterError, match="pass a smaller step, or scheme='ars222'"):
        solve(problem, epsilon=1.0, t_span=(0.0, 1.0), scheme="bdf2", step=h)
    run = solve(problem, epsilon=1.0, t_span=(0.0, 1.0), scheme="bdf2", step=0.3 * h)
    assert run.certificates[0].passed
