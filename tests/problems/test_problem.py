"""The fields of a Problem: each contradiction is found when it is built."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems import Problem, damped_oscillator

x, y, t, epsilon = sympy.symbols("x y t epsilon")
K = sympy.Symbol("k")
FIELDS = {
    "name": "decay",
    "title": "Decay",
    "kind": "flow",
    "variables": (x, y),
    "equations": (-epsilon * x, -y + sympy.sin(t)),
    "parameters": {"epsilon": 0.1},
    "small": "epsilon",
    "exact": None,
    "limit": None,
    "source": "BenderOrszag1999",
}


def test_fields_are_stored_as_own_tuples_and_floats():
    parameters = {"epsilon": np.float32(0.5)}
    problem = Problem(**FIELDS | {"parameters": parameters, "equations": [-x, -y]})
    parameters["epsilon"] = 1.0
    assert problem.equations == (-x, -y)
    assert type(problem.parameters["epsilon"]) is float
    assert problem.parameters == {"epsilon": 0.5}


def test_problems_are_frozen_and_compared_by_identity():
    problem = damped_oscillator()
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem.name = "other"
    assert problem != damped_oscillator()
    assert hash(problem) == hash(problem)


def test_options_are_keywords_and_are_stored():
    with pytest.raises(TypeError):
        Problem(*FIELDS.values(), {"t": "s"})
    problem = Problem(
        **FIELDS | {"limit": damped_oscillator()},
        units={"t": "s"},
        domain=(0, 1),
        conditions={x: 1, y: epsilon},
        limit_order=2,
    )
    assert problem.units == {"t": "s"}
    assert problem.domain == (0.0, 1.0)
    assert problem.conditions == {x: sympy.Integer(1), y: epsilon}
    assert problem.limit_order == Fraction(2)
    assert Problem(**FIELDS).conditions == {}


def test_other_kinds_take_expressions_that_vanish():
    field = sympy.Function("u")(t, x)
    equation = field.diff(t) - epsilon * field.diff(x, 2)
    heat = Problem(
        **FIELDS | {"kind": "pde", "variables": (field,), "equations": (equation,)}
    )
    assert heat.equations == (equation,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "ode"}, r"kind is 'ode'; it must be one of map, flow, matrix, pde"),
        ({"name": "my problem"}, r"name is 'my problem'; it must be an identifier"),
        ({"title": " "}, r"title of the problem 'decay' is ' '; give one line"),
        ({"source": ""}, r"source of the problem 'decay' is ''; .*key of the bibliography"),
        ({"source": None}, r"source of the problem 'decay' is None"),
        ({"equations": (-x,)}, r"1 entries for 2 variables; a flow needs one right side"),
        ({"equations": -x}, r"equations is -x; pass a tuple of SymPy expressions"),
        ({"equations": ("x", "y")}, r"equations holds 'x' of type str.*parse_expression"),
        ({"equations": (x * sympy.Symbol("k"), y)}, r"has the symbols \['k'\]; known are"),
        ({"variables": (x, 2 * y)}, r"variables holds 2\*y; each must be a sympy Symbol"),
        ({"variables": (x, x)}, r"names \['x', 'x'\]; they must differ"),
        ({"variables": (x, t)}, r"they must differ from one another and from the time 't'"),
        (
            {"variables": (), "equations": ()},
            r"variables is \[\]; a flow needs at least one",
        ),
        ({"parameters": [0.1]}, r"parameters is \[0.1\]; it must map names to numbers"),
        ({"parameters": {epsilon: 0.1}}, r"parameters has the key epsilon; each must be"),
        (
            {"parameters": {"epsilon": np.nan}},
            r"'epsilon' is nan; it must be a finite real",
        ),
        ({"parameters": {"epsilon": 10**400}}, r"must be a finite real number"),
        ({"parameters": {"epsilon": True}}, r"'epsilon' is True; it must be a finite real"),
        ({"parameters": {"epsilon": "0.1"}}, r"'epsilon' is '0.1'; it must be a finite"),
        ({"small": "delta"}, r"small is 'delta'; it must be None or one of the parameters"),
        ({"exact": {x: x}}, r"exact is .*; it must map each of the variables"),
        ({"exact": {x: x, y: t}}, r"exact has the symbols \['x'\]; known are"),
        ({"exact": (x, y)}, r"exact is .*or be None"),
        ({"limit": "decay"}, r"limit is 'decay'; it must be a Problem, or None"),
        ({"units": {"t": 1}}, r"units is {'t': 1}; it must map names to units"),
        ({"units": "s"}, r"units is 's'; it must map names"),
        ({"domain": (1.0, 0.0)}, r"domain is \(1.0, 0.0\); .* left < right, or \(\)"),
        ({"domain": [0.0, 1.0]}, r"domain is \[0.0, 1.0\]; it must be an interval"),
        ({"domain": (0.0, np.inf)}, r"parameter 'domain' is inf; it must be a finite"),
        ({"conditions": [x]}, r"conditions is \[x\]; it must map values of the unknowns"),
        ({"conditions": {"x": 1}}, r"conditions holds 'x' of type str"),
        ({"conditions": {x: 0.5}}, r"conditions holds 0.5 of type float"),
        ({"conditions": {x: K}}, r"conditions has the symbols \['k'\]; known are"),
        ({"limit_order": 1}, r"limit_order is 1 with no limit; it must be a Fraction"),
        (
            {"limit": damped_oscillator(), "limit_order": 0},
            r"limit_order is 0 with a limit",
        ),
        ({"limit": damped_oscillator(), "limit_order": 0.5}, r"limit_order is 0.5 with a"),
        ({"entries": np.eye}, r"entries is .* for kind 'flow'; it must be a function"),
        ({"kind": "matrix", "entries": 3}, r"entries is 3 for kind 'matrix'"),
    ],
)
def test_contradictions_are_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        Problem(**FIELDS | changes)
