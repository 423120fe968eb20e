"""Right sides, Jacobians, exact values and residuals, beside what they stand for."""

import array_api_strict
import numpy as np
import pytest
import sympy

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.problems import (
    Problem,
    exact_values,
    get_problem,
    jacobian,
    list_problems,
    matrix_of,
    residual_of,
    right_side,
    with_small,
)
from perturbsci.verification import load_reference

x, y, t = sympy.symbols("x y t")
EVOLUTIONS = (*list_problems(kind="flow"), *list_problems(kind="map"))


def random_states(problem, n=5):
    return np.random.default_rng(0).uniform(0.2, 0.8, (n, len(problem.variables)))


@pytest.mark.parametrize("name", EVOLUTIONS)
def test_right_side_is_the_equations(name):
    problem = get_problem(name)
    states = random_states(problem, 1)
    found = right_side(problem)(states)
    assert found.shape == states.shape
    numbers = {sympy.Symbol(key): value for key, value in problem.parameters.items()}
    for state, row in zip(states, found, strict=True):
        point = {t: 0.0, **numbers, **dict(zip(problem.variables, state, strict=True))}
        expected = [float(item.subs(point)) for item in problem.equations]
        # a few roundings of terms that the rates divide by epsilon
        np.testing.assert_allclose(row, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", EVOLUTIONS)
def test_jacobian_is_the_slope_of_the_right_side(name):
    problem = get_problem(name)
    states, step = random_states(problem), 1e-6
    function, found = right_side(problem), jacobian(problem)(states)
    n_state = states.shape[1]
    assert found.shape == (5, n_state, n_state)
    for k, shift in enumerate(step * np.eye(n_state)):
        slope = (function(states + shift) - function(states - shift)) / (2 * step)
        # h^2 f'''/6 and u f/h, with f up to 1e2
        np.testing.assert_allclose(found[:, :, k], slope, rtol=1e-6, atol=1e-6)


def test_time_is_the_second_argument_where_it_occurs():
    problem = get_problem("mathieu", {"epsilon": 0.5})
    states, times = random_states(problem), np.linspace(0.0, 3.0, 5)
    found = right_side(problem)(states, times)
    expected = -(0.25 + np.cos(times)) * states[:, 0]
    np.testing.assert_allclose(found[:, 1], expected, rtol=1e-14)
    slopes = jacobian(problem)(states, 1.0)
    assert slopes.shape == (5, 2, 2)
    np.testing.assert_allclose(slopes[:, 1, 0], -(0.25 + np.cos(1.0)), rtol=1e-14)
    assert right_side(problem)([[1.0, 0.0]]).tolist() == [[0.0, -1.25]]


def test_states_stay_on_their_device():
    device = array_api_strict.Device("device1")
    for name in ("lorenz63", "mathieu"):
        problem = get_problem(name)
        states = array_api_strict.asarray(random_states(problem), device=device)
        assert right_side(problem)(states).device == device
        assert jacobian(problem)(states).device == device


def test_symbols_are_told_apart_by_their_names():
    variable = sympy.Symbol("x", real=True)
    rate = sympy.Symbol("rate", positive=True)
    decay = Problem(
        *("decay", "Decay", "flow", (variable,), (-sympy.Symbol("rate") * rate * x,)),
        *({"rate": 3.0}, "rate", None, None, "Hinch1991"),
    )
    assert right_side(decay)(np.array([[2.0]])).tolist() == [[-18.0]]


def test_rates_are_rounded_once():
    """At epsilon = 1e-12 the slow rate keeps all digits: it is put in with 30."""
    problem = get_problem("linear_fast_slow", {"epsilon": 1e-12})
    found = exact_values(problem, np.array([[1.0, 1.0, 1.0]]))[0, 0]
    # slow = -1 - epsilon + O(epsilon^2)
    np.testing.assert_allclose(found, np.exp(-1.0 - 1e-12), rtol=3e-16)


def test_exact_values_of_numbers_and_functions():
    cubic = get_problem("cubic_singular")
    epsilons = np.array([1e-3, 1e-2, 0.1])
    roots = exact_values(cubic, epsilons)
    assert roots.shape == (3,)
    np.testing.assert_allclose(epsilons * roots**3 - roots + 1.0, 0.0, atol=1e-15)
    layer = get_problem("layer_variable", {"epsilon": 1e-5})  # far beyond exp(709)
    places = np.linspace(0.0, 1.0, 11)
    values = exact_values(layer, places)
    np.testing.assert_allclose(values[[0, -1]], 1.0, rtol=1e-14)
    np.testing.assert_allclose(values[1:], 2.0 / (1.0 + places[1:]), rtol=1e-4)
    assert exact_values(layer, places[:, None]).shape == (11, 1)
    waves = exact_values(get_problem("jin_xin"), np.zeros((4, 2)))
    assert waves.shape == (4, 2)
    np.testing.assert_allclose(waves[:, 0], 1.0)


def test_slow_flow_of_van_der_pol():
    reference = load_reference("perturbation.van_der_pol_slow")
    start, time = reference.parameters["start"], reference.parameters["time"]
    points = np.array([[time, start], [time, -start]])
    found = exact_values(get_problem("van_der_pol").limit, points)[:, 0]
    value = reference.value
    np.testing.assert_allclose(found, [value, -value], rtol=0, atol=reference.tolerance)


def test_slab_rate_has_no_cancellation():
    """s = -k^2/3 - epsilon^2 k^4/45 + ..., from the series of z cot z."""
    for epsilon in (1e-2, 1e-5, 1e-8):
        problem = get_problem("slab_transport", {"epsilon": epsilon})
        value = exact_values(problem, np.array([[1.0, 0.0, 0.0]]))[0, 0]
        start = exact_values(problem, np.array([[0.0, 0.0, 0.0]]))[0, 0]
        expected = np.exp(-1.0 / 3.0 - epsilon**2 / 45.0)
        np.testing.assert_allclose(value / start, expected, rtol=1e-10)


def test_growth_of_the_pressure_in_shear_flow():
    """The largest eigenvalue: (4/(3 epsilon)) sinh^2(arccosh(1 + 9 a^2 epsilon^2)/6)."""
    for epsilon, shear in ((0.1, 1.0), (1.0, 2.0), (0.01, 0.5)):
        problem = get_problem("bgk_moments", {"epsilon": epsilon, "shear": shear})
        matrix = jacobian(problem)(np.ones((1, 3)))[0]
        largest = np.max(np.linalg.eigvals(matrix).real)
        angle = np.arccosh(1.0 + 9.0 * (shear * epsilon) ** 2) / 6.0
        exact = 4.0 / (3.0 * epsilon) * np.sinh(angle) ** 2
        np.testing.assert_allclose(largest, exact, rtol=1e-8)


def test_conserved_quantities():
    rng = np.random.default_rng(3)
    ring = get_problem("lorenz96", {"n": 7, "forcing": 0.0})
    states = rng.standard_normal((4, 7))
    # the quadratic terms do no work: x . x' = -x . x
    work = np.sum(states * right_side(ring)(states), axis=1)
    np.testing.assert_allclose(work, -np.sum(states**2, axis=1), rtol=1e-13)
    cat = jacobian(get_problem("cat"))(rng.uniform(0.0, 6.0, (4, 2)))
    np.testing.assert_allclose(np.linalg.det(cat), 1.0, rtol=1e-14)
    henon = jacobian(get_problem("henon"))(rng.standard_normal((4, 2)))
    np.testing.assert_allclose(np.linalg.det(henon), -0.3, rtol=1e-14)


def test_another_epsilon_is_the_same_problem():
    problem = get_problem("layer_reaction", {"epsilon": 0.2})
    other = with_small(problem, 0.1)
    assert other.parameters == {"epsilon": 0.1}
    assert other.equations == problem.equations
    assert problem.parameters == {"epsilon": 0.2}
    henon = with_small(get_problem("henon", {"a": 1.2}), 0.0)
    assert henon.parameters == {"a": 1.2, "b": 0.0}
    own = Problem(
        *("duffing", "Another", "flow", (x,), (sympy.Symbol("k") * x,), {"k": 1.0}),
        *("k", None, None, "Hinch1991"),
    )
    assert with_small(own, 2.0).parameters == {"k": 2.0}


def test_residual_of_what_is_no_solution():
    flow = get_problem("davis_skodje").limit
    assert residual_of(flow, {x: t}) == sympy.Matrix([1 + t])
    assert residual_of(flow, (t**2,)) == sympy.Matrix([2 * t + t**2])
    logistic = get_problem("logistic")
    found = residual_of(logistic, (t,))[0]
    assert sympy.expand(found - (t + 1 - sympy.Symbol("r") * t * (1 - t))) == 0
    layer = get_problem("layer_constant")
    epsilon = sympy.Symbol("epsilon")
    assert residual_of(layer, (x**2,))[0] == 2 * epsilon + 2 * x + x**2
    cubic = get_problem("cubic_singular")
    assert residual_of(cubic, (sympy.Integer(2),))[0] == 8 * epsilon - 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: right_side(get_problem("heat")),
            r"'heat' is of kind 'pde'; only maps and",
        ),
        (
            lambda: jacobian(get_problem("quartic")),
            r"of kind 'matrix'; only maps and flows",
        ),
        (lambda: right_side("heat"), r"problem is 'heat'; it must be a Problem, such as"),
        (
            lambda: matrix_of(get_problem("cat")),
            r"kind 'map' has no entries; pass one of c",
        ),
        (
            lambda: exact_values(get_problem("duffing"), np.zeros((1, 3))),
            r"'duffing' has exact = None: no closed solution is known; integrate",
        ),
        (
            lambda: exact_values(get_problem("quadratic_root").limit, np.zeros(1)),
            r"no small parameter and no coordinate; its exact solution is the number",
        ),
        (lambda: with_small(get_problem("cat"), 1.0), r"'cat' has small = None, no par"),
        (lambda: with_small(get_problem("duffing"), np.nan), r"value is nan; pass one"),
        (
            lambda: with_small(get_problem("burgers"), 0.0),
            r"viscosity is 0.0; it must be ab",
        ),
        (lambda: residual_of(get_problem("cat"), (x,)), r"one expression for each of the"),
        (
            lambda: residual_of(get_problem("cat"), {x: x}),
            r"one expression for each of the",
        ),
        (lambda: residual_of(get_problem("cat"), "x"), r"expressions is 'x'; it must hold"),
        (
            lambda: residual_of(get_problem("logistic"), ("x",)),
            r"holds 'x'; each must be a",
        ),
    ],
)
def test_wrong_requests_are_answered(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_wrong_shapes_are_answered():
    with pytest.raises(ShapeError, match=r"needed 3 columns on its last axis"):
        right_side(get_problem("lorenz63"))(np.zeros((4, 2)))
    with pytest.raises(ShapeError, match=r"needed 3 columns"):
        exact_values(get_problem("damped_oscillator"), np.zeros((4, 2)))
    oblong = Problem(
        *("oblong", "No square", "matrix", (), (), {}, None, None, None, "Hinch1991"),
        entries=lambda: np.ones((2, 3)),
    )
    with pytest.raises(ShapeError, match=r"'oblong' give shape \(2, 3\), needed \(n, n\)"):
        matrix_of(oblong)
