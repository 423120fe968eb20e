"""The interface of solve and Surrogate: options, points, files, failures."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.problems import (
    Box,
    Dirichlet,
    FieldProblem,
    Initial,
    burgers,
    coordinates,
    field,
    heat,
    klein_gordon,
    poisson,
    steady_burgers,
)
from perturbsci.results import Status
from perturbsci.surrogates import Elements, SolveStatistics, solve


@pytest.fixture(scope="module")
def solution():
    return solve(burgers(), tolerance=1e-3)


def test_a_saved_surrogate_gives_the_same_bits(solution, tmp_path):
    io.save(solution, tmp_path / "burgers.npz")
    again = io.load(tmp_path / "burgers.npz")
    points = np.random.default_rng(0).uniform([-1, 0], [1, 1], (200, 2))
    np.testing.assert_array_equal(solution(points), again(points))
    np.testing.assert_array_equal(solution.residual(points), again.residual(points))
    assert again.bound_at(0.7) == solution.bound_at(0.7)
    assert str(again.certificate) == str(solution.certificate)
    assert again.status is solution.status
    assert again.statistics.slabs == solution.statistics.slabs


def test_two_runs_give_the_same_bits(solution):
    again = solve(burgers(), tolerance=1e-3)
    np.testing.assert_array_equal(solution.coefficients, again.coefficients)


def test_the_summary_is_short(solution):
    lines = solution.summary().splitlines()
    assert len(lines) <= 30
    assert "CONVERGED" in lines[0]


def test_derivatives_are_those_of_the_values(solution):
    points = np.array([[0.3, 0.2], [-0.61, 0.93], [0.05, 0.71]])
    step = 1e-5
    for k, orders in enumerate([(1, 0), (0, 1)]):
        shift = step * np.eye(2)[k]
        central = (solution(points + shift) - solution(points - shift)) / (2 * step)
        found = solution.derivative(points, orders)
        # the third derivative of the layer, 1/nu^3, times step squared over six
        np.testing.assert_allclose(found, central, rtol=1e-4, atol=1e-5)


def test_the_residual_is_that_of_the_equation(solution):
    points = np.array([[0.3, 0.2], [-0.5, 0.9]])
    u, u_t, u_x, u_xx = (
        solution.derivative(points, item) for item in ((0, 0), (0, 1), (1, 0), (2, 0))
    )
    wanted = u_t + u * u_x - 0.003183098861837907 * u_xx
    np.testing.assert_allclose(solution.residual(points)[:, 0], wanted, atol=1e-13)


def test_points_outside_or_not_finite_are_nan_in_their_row_only(solution):
    points = np.array([[0.3, 0.2], [np.nan, 0.2], [1.2, 0.5], [0.3, np.inf], [0.1, 0.1]])
    found = solution(points)
    np.testing.assert_array_equal(np.isnan(found), [False, True, True, True, False])
    assert np.isfinite(solution([[1.01, 0.5]], extrapolate=True)).all()
    assert solution(np.zeros((0, 2))).shape == (0,)


def test_points_of_any_layout_are_accepted_and_left_alone(solution):
    points = np.random.default_rng(1).uniform([-1, 0], [1, 1], (50, 2))
    wanted = solution(points)
    wide = np.repeat(points, 2, axis=0)[::2]
    frozen = np.asfortranarray(points)
    frozen.flags.writeable = False
    for item in (wide, frozen, points.astype(">f8"), points.tolist()):
        np.testing.assert_array_equal(solution(item), wanted)
    single = solution(points.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, wanted, atol=2e-3)  # slopes of 150 times 1e-7


@pytest.mark.parametrize(
    ("points", "error", "advice"),
    [
        ([[0.1]], ShapeError, r"needed \(n, 2\).*pass points\[None, :\]"),
        ([0.1, 0.2], ShapeError, "one column for"),
        (np.zeros((2, 2), dtype=complex), ParameterError, "points"),
        (np.zeros((2, 2), dtype=bool), ParameterError, "points"),
        ([["a", "b"]], ParameterError, "points"),
    ],
)
def test_bad_points_are_refused(solution, points, error, advice):
    with pytest.raises(error, match=advice):
        solution(points)


def test_bad_derivatives_and_times_are_refused(solution):
    with pytest.raises(ParameterError, match="one count for each of"):
        solution.derivative([[0.0, 0.0]], (1,))
    with pytest.raises(ParameterError, match="one count for each of"):
        solution.derivative([[0.0, 0.0]], (1, -1))
    with pytest.raises(ParameterError, match="a place in"):
        solution.derivative([[0.0, 0.0]], (1, 0), field=1)
    with pytest.raises(ParameterError, match="a real number"):
        solution.bound_at("0.5")
    assert solution.bound_at(-1.0) == np.inf
    assert solution.bound_at(2.0) == np.inf


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"tolerance": 0.0}, r"\[1e-13, 1\)"),
        ({"tolerance": 1.0}, r"\[1e-13, 1\)"),
        ({"tolerance": 1e-14}, r"\[1e-13, 1\)"),
        ({"tolerance": float("nan")}, r"\[1e-13, 1\)"),
        ({"tolerance": "small"}, r"\[1e-13, 1\)"),
        ({"tolerance": True}, r"\[1e-13, 1\)"),
        ({"norm": "L3"}, "must be one of"),
        ({"basis": "elements"}, "it must be None or one of"),
        ({"max_unknowns": 0}, "whole number from 1 on"),
        ({"max_steps": 2.5}, "whole number from 1 on"),
        ({"strict": 1}, "True or False"),
        ({"backend": "torch"}, "'numba', 'numpy' or 'cupy'"),
        ({"parameters": {"speed": 1.0}}, "the statement has viscosity"),
        ({"basis": Elements((3, 4))}, "at least degree 5"),
        ({"basis": Elements((11,))}, "in space and in time"),
    ],
)
def test_bad_options_are_refused(options, advice):
    with pytest.raises(ParameterError, match=advice):
        solve(burgers(), **options)


def test_what_is_no_statement_is_refused():
    with pytest.raises(ParameterError, match=r"problems\.parse_expression"):
        solve("u_t + u u_x = 0")
    with pytest.raises(ParameterError, match="elements need a Box in one"):
        solve(poisson(2), basis=Elements((11,)))
    with pytest.raises(ParameterError, match="a Surrogate, or a function"):
        solve(steady_burgers(), guess=3.0)


def test_lint_errors_are_all_listed():
    x, t = coordinates("x t")
    u = field("u", x, t)
    problem = FieldProblem([u.diff(t) - u.diff(x, 2)], Box({x: (0, 1)}, time=(t, 0, 1)), [])
    with pytest.raises(ParameterError, match=r"missing-initial.*missing-wall"):
        solve(problem)
    with pytest.raises(ParameterError, match="missing-initial"):
        solve(klein_gordon(initial_rate=False))


def test_running_out_of_steps_keeps_what_was_reached():
    with pytest.raises(ConvergenceError, match="Raise `max_steps`") as caught:
        solve(burgers(), tolerance=1e-6, max_steps=5)
    partial = caught.value.partial
    assert partial.status is Status.MAX_STEPS
    assert partial.certificate.kind == "none"
    reached = partial.edges[0][-1]
    assert 0 < reached < 1
    assert np.isfinite(partial.bound_at(reached))
    assert partial.bound_at(1.0) == np.inf
    found = partial([[0.3, reached / 2], [0.3, 0.99]])
    np.testing.assert_array_equal(np.isnan(found), [False, True])


def test_running_out_of_unknowns_is_another_status():
    found = solve(burgers(), tolerance=1e-6, max_unknowns=500, strict=False)
    assert found.status is Status.TOLERANCE_NOT_REACHED
    with pytest.raises(ConvergenceError, match="allow more unknowns"):
        solve(burgers(), tolerance=1e-6, max_unknowns=10)


def test_a_shock_without_viscosity_has_no_certificate():
    found = solve(burgers(0), tolerance=1e-2, max_steps=30, strict=False)
    assert not found.status.ok
    assert found.certificate.kind == "none"
    assert found.edges[0][-1] < 1.0


def test_parameters_are_replaced():
    diffusion = next(iter(heat().parameters))
    found = solve(heat(), tolerance=1e-6, parameters={diffusion: 0.25})
    wanted = np.exp(-0.25 * np.pi**2 * 0.4)
    assert found([[0.5, 0.4]])[0] == pytest.approx(wanted, abs=1e-6)
    assert found.parameters[diffusion] == 0.25


def test_the_degrees_follow_the_tolerance():
    for tolerance, degrees in ((1e-3, (11, 8)), (1e-6, (13, 8)), (1e-9, (17, 12))):
        found = solve(heat(), tolerance=tolerance)
        assert found.basis.degrees == degrees
        assert str(degrees) in found.statistics.choice


def test_a_mesh_of_the_user_is_the_coarsest():
    edges = np.array([-1.0, -0.9, 0.1, 1.0])
    found = solve(steady_burgers(), tolerance=1e-3, basis=Elements((11,), edges=edges))
    assert set(np.round(edges, 12)) <= set(np.round(found.edges[0], 12))


def test_a_guess_saves_iterations():
    first = solve(steady_burgers(), tolerance=1e-6)
    again = solve(steady_burgers(), tolerance=1e-6, guess=first)
    assert again.statistics.newton_iterations < first.statistics.newton_iterations
    points = np.linspace(-1, 1, 50)[:, None]
    np.testing.assert_allclose(again(points), first(points), atol=1e-6)


def test_another_norm_has_its_own_theorem():
    x, t = coordinates("x t")
    u = field("u", x, t)
    problem = FieldProblem(
        [u.diff(t) - u.diff(x, 2) / 10 - u + u**3],
        Box({x: (0, 1)}, time=(t, 0, 1)),
        [Initial(u, sp.sin(sp.pi * x)), Dirichlet(u, 0)],
    )
    found = {norm: solve(problem, tolerance=1e-4, norm=norm) for norm in ("L2", "max")}
    for norm, item in found.items():
        assert norm in item.certificate.claim
        assert item.certificate.passed
    # what the sum of two bounds allows two solutions to differ
    points = np.random.default_rng(0).uniform([0, 0], [1, 1], (300, 2))
    apart = np.abs(found["L2"](points) - found["max"](points)).max()
    assert apart < 1e-3


def test_statistics_hold_a_history_of_two_columns():
    made = SolveStatistics(1, 1, 1, 0, 1, 0.0, [(0.0, 1.0)], 0.0)
    assert made.bound_history.shape == (1, 2)


@pytest.mark.slow
@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_bits_do_not_depend_on_the_threads(solution, threads):
    script = (
        "import hashlib\n"
        "from perturbsci.problems import burgers\n"
        "from perturbsci.surrogates import solve\n"
        "found = solve(burgers(), tolerance=1e-3)\n"
        "print(hashlib.sha256(found.coefficients.tobytes()).hexdigest())\n"
    )
    names = ("OPENBLAS_NUM_THREADS", "PERTURBSCI_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, threads)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = hashlib.sha256(solution.coefficients.tobytes()).hexdigest()
    assert done.stdout.strip() == wanted
