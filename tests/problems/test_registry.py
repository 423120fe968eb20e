"""The registry: every ready problem by its name, and every wrong request answered."""

import math

import pytest

from perturbsci.errors import ParameterError
from perturbsci.problems import Problem, get_problem, list_problems, register


def test_names_are_sorted_and_hold_the_first_two():
    names = list_problems()
    assert list(names) == sorted(names)
    assert {"damped_oscillator", "linear_fast_slow"} <= set(names)


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
        (None, None, r"problem None is unknown; did you mean"),
        ("damped_oscillator", {"mu": 1.0}, r"parameter 'mu' is unknown to .*has epsilon"),
        ("damped_oscillator", {"epsilon": math.nan}, r"'epsilon' is nan; it must be a fin"),
        ("damped_oscillator", {"epsilon": "a"}, r"'epsilon' is 'a'; it must be a finite"),
        ("damped_oscillator", [0.1], r"parameters is \[0.1\]; it must map names to num"),
        ("damped_oscillator", {"epsilon": 1}, r"epsilon is 1.0; .*below the critical one"),
        ("damped_oscillator", {"epsilon": -0.1}, r"the exact solution holds for 0 <= eps"),
        ("linear_fast_slow", {"epsilon": 0.25}, r"0 < epsilon < 1/4 only, take the limit"),
        ("linear_fast_slow", {"epsilon": 0}, r"epsilon is 0.0; .*take the limit problem"),
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
