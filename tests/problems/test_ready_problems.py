"""Every registered problem: its exact solution solves it, its limit is the limit."""

import re

import mpmath
import numpy as np
import pytest
import sympy
from scipy.integrate import solve_ivp

from perturbsci.problems import (
    damped_oscillator,
    exact_values,
    get_problem,
    linear_fast_slow,
    list_problems,
    matrix_of,
    residual_of,
    right_side,
    with_small,
)
from perturbsci.verification import assert_order, observed_order

t = sympy.Symbol("t")
PROBLEMS = [get_problem(name) for name in list_problems()]
EVERY = [item for problem in PROBLEMS for item in (problem, problem.limit) if item]
SOLVED = [problem for problem in EVERY if problem.exact]
NAMES = (
    *("quadratic_root", "cubic_singular", "logistic", "gauss", "rotation", "cat"),
    *("skew_rotation", "henon", "duffing", "van_der_pol", "pendulum", "mathieu"),
    *("double_well", "davis_skodje", "linear_fast_slow", "damped_oscillator", "lorenz63"),
    *("lorenz96", "rossler", "layer_constant", "layer_variable", "layer_reaction"),
    *("layer_interior", "airy_turning", "jordan", "jordan_corner", "toeplitz_limacon"),
    *("kahan", "convection_diffusion", "hippo_legs", "quartic", "nearly_decomposable"),
    *("goldstein_taylor", "jin_xin", "slab_transport", "bgk_moments"),
    *("disparate_mass_limit", "krook_wu_single", "heat", "advection_diffusion"),
    *("burgers", "allen_cahn", "klein_gordon"),
)


def test_the_43_required_names_are_there():
    assert set(NAMES) <= set(list_problems())
    assert len(NAMES) == 43


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: problem.name)
def test_source_is_a_bibliography_key(problem):
    assert re.fullmatch(r"[A-Z][A-Za-z]+[0-9]{4}[a-z]?", problem.source)


def dawson(z):
    return mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-(z**2)) * mpmath.erfi(z)


def spherical_bessel(n, z):
    return mpmath.sqrt(mpmath.pi / (2 * z)) * mpmath.besselj(n + mpmath.mpf(1) / 2, z)


def sample(problem, name, rng):
    """Return a random value for a symbol of the exact solution."""
    if name == "t" and problem.kind == "map":
        return int(rng.integers(0, 5))
    if problem.name == "van_der_pol_reduced":  # outside the fold, before it is reached
        return rng.uniform(*{"t": (0.0, 0.1), "y0": (1.5, 3.0)}[name])
    low = problem.domain[0] if problem.domain else 0.0
    return rng.uniform(low, 1.0)


@pytest.mark.parametrize("problem", SOLVED, ids=lambda problem: problem.name)
def test_exact_solution_satisfies_the_equations(problem):
    """At 20 random points, with 30 digits, so that a zero is no rounding error."""
    rng = np.random.default_rng(0)
    residual = residual_of(problem, problem.exact)
    free = sorted(residual.free_symbols, key=str)
    own = {"dawson": dawson, "jn": spherical_bessel}
    evaluate = sympy.lambdify(free, list(residual), [own, "mpmath"])
    for _ in range(20 if free else 1):
        values = [
            problem.parameters[item.name]
            if item.name in problem.parameters
            else sample(problem, item.name, rng)
            for item in free
        ]
        with mpmath.workdps(30):
            assert max(abs(item) for item in evaluate(*map(mpmath.mpf, values))) < 1e-12


@pytest.mark.parametrize(
    "problem",
    [item for item in SOLVED if item.kind in ("flow", "map")],
    ids=lambda problem: problem.name,
)
def test_exact_solution_starts_at_its_initial_values(problem):
    initial = np.random.default_rng(1).uniform(0.1, 0.9, len(problem.variables))
    initial += 1.0 * (problem.name == "van_der_pol_reduced")
    start = exact_values(problem, np.concatenate([[0.0], initial])[None, :])
    np.testing.assert_allclose(start[0], initial, rtol=1e-14)


@pytest.mark.parametrize(
    "problem",
    [item for item in SOLVED if item.kind == "boundary"],
    ids=lambda problem: problem.name,
)
def test_exact_solution_meets_its_conditions(problem):
    (unknown,) = problem.variables
    for place, value in problem.conditions.items():
        found = place.replace(
            unknown.func, sympy.Lambda(unknown.args, problem.exact[unknown])
        )
        numbers = {sympy.Symbol(key): number for key, number in problem.parameters.items()}
        assert abs((found.doit() - value).subs(numbers).evalf(30)) < 1e-13


def columns(problem):
    """Return the names of what the exact solution depends on, parameters aside."""
    if problem.kind in ("flow", "map"):
        return ["t", *(f"{item}0" for item in problem.variables)]
    return list(
        dict.fromkeys(str(argument) for item in problem.variables for argument in item.args)
    )


# Away from layers (30 widths of each), before folds, at times of order one.
PLACES = {"x": (0.4, 0.55, 0.7), "w": (-0.8, 0.1, 0.6), "t": (0.2, 0.5, 0.8), "y": (0.1,)}
INITIAL = {"y0": 2.0, "x0": 0.7, "v0": 0.4, "z0": 0.0, "p0": 1.0, "q0": 0.2, "r0": 0.8}
INITIAL |= {"T_L0": 2.0, "T_H0": 0.5}


def exact_at_places(problem):
    """Return exact values on the grid of PLACES and INITIAL, first variable only."""
    if problem.kind in ("algebraic", "matrix"):
        if problem.small is None:
            return np.array(
                [[float(item.subs(problem.parameters)) for item in problem.exact.values()]]
            )
        return exact_values(problem, np.array([[problem.parameters[problem.small]]]))
    axes = [np.array(PLACES.get(name, (INITIAL.get(name),))) for name in columns(problem)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    return exact_values(problem, grid)[..., 0]


def distance_of_exact(problem):
    near, limit = exact_at_places(problem), exact_at_places(problem.limit)
    # a limit with fewer coordinates is constant in the others
    limit = limit.reshape(limit.shape + (1,) * (near.ndim - limit.ndim))
    return np.max(np.abs(near - limit))


def distance_of_matrices(problem):
    scale = np.linalg.norm(matrix_of(with_small(problem, 1.0)))
    return np.linalg.norm(matrix_of(problem) - matrix_of(problem.limit)) / scale


def orbit_end(problem):
    """Return the state after the time 0.5, or after two steps of a map."""
    start = np.array([INITIAL[f"{name}0"] for name in problem.variables])
    function = right_side(problem)
    if problem.kind == "map":
        start[1:] = 0.0  # where the limit begins
        return function(function(start))
    timed = any(t in item.free_symbols for item in problem.equations)
    stiff = problem.name in ("van_der_pol", "bgk_moments")
    orbit = solve_ivp(
        lambda s, z: function(z, s) if timed else function(z),
        (0.0, 0.5),
        start,
        method="Radau" if stiff else "DOP853",
        rtol=1e-8,
        atol=1e-11,
    )
    return orbit.y[:, -1]


def distance_of_orbits(problem):
    kept = [problem.variables.index(item) for item in problem.limit.variables]
    return np.max(np.abs(orbit_end(problem)[kept] - orbit_end(problem.limit)))


# The finest distance is at most this times epsilon^order: an order with a wild constant
# would show nothing. 25 is the third derivative that the layer at variable speed meets.
CONSTANT = 25.0


@pytest.mark.parametrize("name", [item.name for item in PROBLEMS if item.limit_order])
def test_distance_to_the_limit_has_the_stated_order(name):
    problem = get_problem(name)
    if problem.exact and problem.limit.exact:
        distance = distance_of_exact
    else:
        distance = distance_of_matrices if problem.entries else distance_of_orbits
    epsilons = 0.01 / 2.0 ** np.arange(4)
    order = float(problem.limit_order)
    distances = [distance(with_small(problem, epsilon)) for epsilon in epsilons]
    cap = CONSTANT * epsilons[-1] ** order
    assert_order(epsilons, distances, expected=order, cap=cap)


def values_of(problem, variable, times, initial):
    """Return exact[variable] at the times, the parameters and initial values put in."""
    numbers = {sympy.Symbol(name): value for name, value in problem.parameters.items()}
    numbers |= {sympy.Symbol(f"{name}0"): value for name, value in initial.items()}
    solution = problem.exact[variable].subs(numbers)
    return np.array([float(solution.subs(t, time)) for time in times])


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
