"""Every registered problem: its exact solution solves it, its limit is the limit."""

import re

import numpy as np
import pytest
import sympy

from perturbsci.problems import (
    damped_oscillator,
    get_problem,
    linear_fast_slow,
    list_problems,
)
from perturbsci.verification import assert_order, observed_order

t = sympy.Symbol("t")
PROBLEMS = [get_problem(name) for name in list_problems()]
EVERY = [item for problem in PROBLEMS for item in (problem, problem.limit) if item]
SOLVED = [problem for problem in EVERY if problem.kind == "flow" and problem.exact]


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: problem.name)
def test_source_is_a_bibliography_key(problem):
    assert re.fullmatch(r"[A-Z][A-Za-z]+[0-9]{4}[a-z]?", problem.source)


@pytest.mark.parametrize("problem", SOLVED, ids=lambda problem: problem.name)
def test_exact_solution_satisfies_the_equations(problem):
    for variable, right_side in zip(problem.variables, problem.equations, strict=True):
        flow = right_side.subs(problem.exact, simultaneous=True)
        residual = problem.exact[variable].diff(t) - flow
        assert sympy.simplify(residual) == 0


@pytest.mark.parametrize("problem", SOLVED, ids=lambda problem: problem.name)
def test_exact_solution_starts_at_its_initial_values(problem):
    for variable, solution in problem.exact.items():
        start = sympy.Symbol(f"{variable.name}0")
        assert sympy.simplify(solution.subs(t, 0) - start) == 0


def values_of(problem, variable, times, initial):
    """Return exact[variable] at the times, the parameters and initial values put in."""
    numbers = {sympy.Symbol(name): value for name, value in problem.parameters.items()}
    numbers |= {sympy.Symbol(f"{name}0"): value for name, value in initial.items()}
    solution = problem.exact[variable].subs(numbers)
    return np.array([float(solution.subs(t, time)) for time in times])


# Distance to the limit, largest over the times: its order in epsilon and its constant
# (6.3: damping takes t epsilon of the amplitude sqrt(1.09) until t = 6).
STATED = {
    "damped_oscillator": ("x", {"x": 1.0, "v": 0.3}, np.linspace(0.0, 6.0, 7), 1, 6.3),
    "linear_fast_slow": ("x", {"x": 1.0, "y": 0.3}, np.linspace(0.0, 6.0, 7), 1, 1.0),
}


@pytest.mark.parametrize(
    "name", [item.name for item in PROBLEMS if item.exact and item.limit]
)
def test_distance_to_the_limit_has_the_stated_order(name):
    variable, initial, times, order, constant = STATED[
        name
    ]  # a new problem states its own here
    epsilons = 0.02 / 2.0 ** np.arange(5)
    distances = []
    for epsilon in epsilons:
        problem = get_problem(name, {"epsilon": epsilon})
        symbol = sympy.Symbol(variable)
        near = values_of(problem, symbol, times, initial)
        limit = values_of(problem.limit, symbol, times, initial)
        distances.append(np.max(np.abs(near - limit)))
    assert_order(epsilons, distances, expected=order, cap=constant * epsilons[-1])


def test_damping_is_no_small_effect_at_long_times():
    distances = []
    for epsilon in (0.02, 0.01, 0.005):
        problem = damped_oscillator(epsilon)
        x = problem.variables[0]
        times = 2.0 / epsilon - np.linspace(0.0, np.pi, 7)  # half a period
        initial = {"x": 1.0, "v": 0.0}
        near = values_of(problem, x, times, initial)
        distances.append(np.max(np.abs(near - values_of(problem.limit, x, times, initial))))
    # 1 - exp(-2) = 0.86 at t = 2/epsilon, whatever epsilon
    assert min(distances) > 0.8


def test_fast_variable_meets_the_critical_manifold_after_the_layer():
    epsilons = np.array([0.02, 0.01, 0.005, 0.0025])
    distances, starts = [], []
    for epsilon in epsilons:
        problem = linear_fast_slow(epsilon)
        x, y = problem.variables
        for time, kept in ((1.0, distances), (0.0, starts)):
            initial = {"x": 1.0, "y": 0.3}
            pair = [values_of(problem, item, [time], initial)[0] for item in (x, y)]
            kept.append(abs(pair[1] - pair[0]))
    assert abs(observed_order(epsilons, distances) - 1.0) < 0.05
    np.testing.assert_allclose(starts, 0.7, rtol=1e-13)  # rounding of two exponentials


def test_slope_of_the_slow_manifold_generates_the_catalan_numbers():
    problem = linear_fast_slow()
    x, y = problem.variables
    epsilon = sympy.Symbol("epsilon")
    slope = 2 / (1 + sympy.sqrt(1 - 4 * epsilon))
    # started on y = slope x the fast exponential is absent: y/x stays
    start = {
        sympy.Symbol("x0"): 1,
        sympy.Symbol("y0"): slope,
        epsilon: sympy.Rational(1, 100),
    }
    ratio = (
        (problem.exact[y] / problem.exact[x]).subs(sympy.Symbol("y0"), slope).subs(start)
    )
    at_one = sympy.N(ratio.subs(t, 1), 30)
    assert abs(at_one - slope.subs(epsilon, sympy.Rational(1, 100)).evalf(30)) < 1e-25
    series = sympy.series(slope, epsilon, 0, 6).removeO()
    assert [series.coeff(epsilon, n) for n in range(6)] == [1, 1, 2, 5, 14, 42]


def test_slow_rate_keeps_its_digits_at_tiny_epsilon():
    problem = linear_fast_slow(1e-12)
    x = problem.variables[0]
    value = values_of(problem, x, [1.0], {"x": 1.0, "y": 1.0})[0]
    # slow = -1 - epsilon + O(epsilon^2); the tolerance is a few roundings of the exponent
    np.testing.assert_allclose(value, np.exp(-1.0 - 1e-12), rtol=1e-15)


def test_undamped_oscillator_is_its_limit():
    problem = damped_oscillator(0.0)
    for variable in problem.variables:
        exact = problem.exact[variable].subs(sympy.Symbol("epsilon"), 0)
        assert exact == problem.limit.exact[variable]
