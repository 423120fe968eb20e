"""The registry: every ready problem by its name, and every wrong request answered."""

import math

import pytest

from perturbsci.errors import ParameterError
from perturbsci.problems import Problem, get_problem, list_problems, register


def test_names_are_sorted_and_hold_the_first_two():
    names = list_problems()
    assert list(names) == sorted(names)
    assert {"damped_oscillator", "linear_fast_slow"} <= set(names)


def test_kinds_divide_the_names():
    kinds = ("map", "flow", "matrix", "pde", "algebraic", "boundary")
    found = [name for kind in kinds for name in list_problems(kind=kind)]
    assert sorted(found) == list(list_problems())
    assert list_problems(kind="algebraic") == ("cubic_singular", "quadratic_root")
    with pytest.raises(ParameterError, match=r"kind is 'ode'; it must be one of map, flow"):
        list_problems(kind="ode")


@pytest.mark.parametrize("name", list_problems())
def test_every_problem_is_built_from_its_name(name):
    problem = get_problem(name)
    assert isinstance(problem, Problem)
    assert problem.name == name
    assert get_problem(name, problem.parameters).parameters == problem.parameters


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("damped_oscilator", None, r"is unknown; did you mean 'damped_oscillator'\? All"),
        (None, None, r"name is None, .* is unknown; did you mean"),
        ("damped_oscillator", {"mu": 1.0}, r"parameter 'mu' is unknown to .*has epsilon"),
        ("damped_oscillator", {"epsilon": math.nan}, r"'epsilon' is nan; it must be a fin"),
        ("damped_oscillator", {"epsilon": "a"}, r"'epsilon' is 'a'; it must be a finite"),
        ("damped_oscillator", [0.1], r"parameters is \[0.1\]; it must map names to num"),
        ("damped_oscillator", {"epsilon": 1}, r"epsilon is 1.0; .*below the critical one"),
        ("damped_oscillator", {"epsilon": -0.1}, r"the exact solution holds for 0 <= eps"),
        ("linear_fast_slow", {"epsilon": 0.25}, r"0 < epsilon < 1/4 only, take the limit"),
        ("linear_fast_slow", {"epsilon": 0}, r"epsilon is 0.0; .*take the limit problem"),
        ("cubic_singular", {"epsilon": 0.15}, r"real up to 4/27 = 0.148, choose a smaller"),
        ("layer_constant", {"epsilon": 0.25}, r"exists for 0 < epsilon < 1/4, choose a sm"),
        ("layer_variable", {"epsilon": 0}, r"epsilon is 0.0; it must be above zero: at z"),
        ("double_well", {"epsilon": -1}, r"a damping is from zero on, reverse time"),
        ("lorenz96", {"n": 3}, r"n is 3.0; it must be a whole number from 4 on"),
        ("lorenz96", {"n": 4.5}, r"n is 4.5; it must be a whole number from 4 on"),
        ("goldstein_taylor", {"epsilon": 0.6}, r"2 epsilon wavenumber <= 1, choose a sma"),
        ("slab_transport", {"epsilon": 1.6}, r"epsilon wavenumber < pi/2, choose a small"),
        ("jin_xin", {"coefficient": 1}, r"needed abs\(coefficient\) < speed, choose a la"),
        ("disparate_mass_limit", {"epsilon": 2}, r"is from 0 to 1, swap the gases"),
        ("krook_wu_single", {"start": 0.5}, r"positive for 3/5 <= start <= 1, choose one"),
        ("jordan_corner", {"epsilon": -1}, r"real from zero on, use matrices.jordan_corn"),
        ("nearly_decomposable", {"epsilon": 0.3}, r"connected for 0 < epsilon <= 0.2"),
        ("kahan", {"last": 1}, r"last is 1.0; .* below 1, choose one in \(0, 1\)"),
        ("convection_diffusion", {"diffusion": -1}, r"must be from zero on, change its"),
        ("jordan", {"n": 0}, r"n is 0.0; it must be a whole number from 1 on"),
    ],
)
def test_wrong_requests_are_answered(name, parameters, message):
    with pytest.raises(ParameterError, match=message):
        get_problem(name, parameters)


def test_register_refuses_what_cannot_be_built_from_a_name():
    def damped_oscillator() -> Problem: ...

    def bare(epsilon) -> Problem: ...

    def untyped(): ...

    before = list_problems()
    with pytest.raises(
        ParameterError, match=r"is registered already; give the new problem"
    ):
        register(damped_oscillator)
    with pytest.raises(ParameterError, match=r"parameters \['epsilon'\] without default"):
        register(bare)
    with pytest.raises(ParameterError, match=r"annotated as returning Problem"):
        register(untyped)
    assert list_problems() == before
