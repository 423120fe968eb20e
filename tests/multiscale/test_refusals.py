"""What solve refuses before work starts, and what it says of functions that fail."""

import numpy as np
import pytest

from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.multiscale import (
    Multistep,
    SplitProblem,
    solve,
    tableau,
)

from .systems import t1


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
        ({"explicit": lambda y, e: 1.0}, ShapeError, "returned a float, 1.0"),
        ({"explicit": lambda y, e: [y, y]}, ShapeError, "a list, .* join parts with stack"),
        ({"explicit": lambda y, e: y.__imul__(2.0)}, ParameterError, "work on a copy"),
        ({"explicit": lambda y, e: 1j * y}, ParameterError, "complex state"),
        ({"initial": lambda e: [1.0]}, ParameterError, r"function \(epsilon, preparation"),
        ({"weight": lambda e: np.ones(3)}, ShapeError, "does not broadcast"),
        ({"weight": lambda e: np.array([1.0, -1.0])}, ParameterError, "not be negative"),
        ({"weight": lambda e: np.array([1.0, np.nan])}, ParameterError, "not finite"),
        ({"initial": np.array(["a"])}, ParameterError, "needed"),
    ],
)
def test_results_of_a_user_are_checked(options, error, advice):
    with pytest.raises(error, match=advice):
        solve(failing(**options), epsilon=0.1, t_span=(0, 1), scheme="heun", step=0.1)


def relaxing(solve_implicit, weight):
    """y' = z - y, epsilon z' = cos(y) - z."""
    return SplitProblem(
        "relaxing",
        initial=[1.0, 2.0],
        explicit=lambda y, e: np.array([y[1] - y[0], np.cos(y[0])]),
        solve_implicit=solve_implicit,
        weight=weight,
    )


def column(epsilon):
    return np.array([1.0, epsilon])


@pytest.mark.parametrize("scheme", ["ars222", "bdf2"])
@pytest.mark.parametrize(
    ("solve_implicit", "weight"),
    [
        (lambda rhs, h, e: rhs / np.array([1.0, e + h]), None),  # D is forgotten
        (lambda rhs, h, e: -rhs * np.array([0.0, 1.0]), column),  # returns I
        (lambda rhs, e, h: rhs / np.array([1.0, e + h]) * column(e / h), column),
    ],
)
def test_a_solve_of_another_equation_is_refused(solve_implicit, weight, scheme):
    problem = relaxing(solve_implicit, weight)
    with pytest.raises(ParameterError, match=r"for rhs = D y and h = 0 it must return y"):
        solve(problem, epsilon=0.1, t_span=(0, 1), scheme=scheme, step=0.1)


def test_a_solve_that_has_no_step_of_length_zero_is_let_through():
    def by_rate(rhs, h, epsilon):
        return (rhs / h) / (column(epsilon) / h + np.array([0.0, 1.0]))

    right = relaxing(lambda rhs, h, e: rhs / np.array([1.0, e + h]), column)
    runs = [
        solve(problem, epsilon=0.1, t_span=(0, 1), step=0.1)
        for problem in (right, relaxing(by_rate, column))
    ]
    # The same equation, divided by h: some roundoffs a step.
    assert abs(runs[0].states[-1] - runs[1].states[-1]).max() <= 1e-14
    assert runs[0].counts == runs[1].counts  # the check is not counted


def test_a_state_without_axes():
    decay = SplitProblem("decay", initial=1.0, explicit=lambda y, e: -y)
    run = solve(decay, epsilon=1.0, t_span=(0, 1), scheme="rk4", step=0.1)
    assert abs(run.states[-1] - np.exp(-1)) <= 1e-6  # rk4: h^4/120


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
