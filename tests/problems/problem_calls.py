"""Every argument of every public function and method: a good value, and mistakes."""

import inspect
import math

import numpy as np
import sympy as sp

from perturbsci import problems as pp
from tests.mistakes import (
    NO_EXPRESSION,
    NO_FUNCTION,
    NO_REAL,
    NO_SYMBOL,
    array,
    but,
    choice,
    entry,
    expression,
    flag,
    holed,
    number,
    positive,
    several,
    symbol,
    whole,
)

X, Y, T = sp.symbols("x y t")
U = sp.Function("u")(X, T)
BOX = pp.Box({X: (0, 1)}, time=(T, 0, 1))
SQUARE = pp.Box({X: (0, 1), Y: (0, 1)})
W = sp.Function("w")(X, Y)
HEAT = pp.heat()
DUFFING = pp.duffing()
NO_PROBLEM = {
    "none": None,
    "text": "duffing",
    "constructor": pp.duffing,
    "class": pp.Problem,
    "statement": HEAT,
    "dict": {},
    "array": np.ones(2),
}
NO_STATEMENT = but(NO_PROBLEM, "statement") | {"problem": DUFFING, "text": "heat"}
NO_BOX = {"none": None, "text": "box", "class": pp.Box, "array": np.ones(2), "dict": {}}
NO_BOX |= {"intervals": {X: (0, 1)}}
NO_FIELD = NO_SYMBOL | {"coordinate": X}
NO_MAPPING = {"none": None, "text": "a = 1", "number": 1.0, "list": [1.0], "class": dict}
NO_END = but(NO_REAL, "text", "decimal", "beyond")
NO_ENDS = {
    "none": None,
    "text": "ab",
    "number": 1.0,
    "one": (0.0,),
    "three": (0.0, 0.5, 1.0),
    "reversed": (1.0, 0.0),
    "empty": (1.0, 1.0),
    "nan": (0.0, math.nan),
    "infinity": (0.0, math.inf),
    "texts": ("0", "1"),
    "bools": (False, True),
    "complex": (0j, 1j),
}
NO_TIME = {"text": "t01", "number": 1.0, "symbol": T, "pair": (0, 1), "twice": (X, 0, 1)}
NO_TIME |= {"reversed": (T, 1, 0), "empty": (T, 1, 1), "nan": (T, 0, math.nan)}
NO_TIME |= {"infinity": (T, 0, math.inf), "texts": (T, "0", "1"), "name": ("t", 0, 1)}
NO_SIDE = {
    "none": None,
    "word": "left",
    "number": 0,
    "coordinate": X,
    "name": ("x", "left"),
    "above": (X, "up"),
    "one": (X,),
    "empty": (),
    "list": [X, "left", "right"],
}
NO_CONDITIONS = {
    "none": None,
    "text": "u = 0",
    "number": 1.0,
    "class": [pp.Dirichlet],
    "numbers": [1.0],
    "expressions": [U],
}
NO_PARAMETERS = but(NO_MAPPING, "none") | {
    "names": {"a": 1.0},
    "nan": {sp.Symbol("a"): math.nan},
    "text value": {sp.Symbol("a"): "1"},
    "bool": {sp.Symbol("a"): True},
    "none inside": {sp.Symbol("a"): None},
}
NO_VALUES = but(NO_MAPPING, "none") | {
    "unknown": {"gamma": 1.0},
    "symbol": {sp.Symbol("epsilon"): 1.0},
    "nan": {"epsilon": math.nan},
    "text value": {"epsilon": "1"},
    "bool": {"epsilon": True},
    "complex": {"epsilon": 1j},
    "none inside": {"epsilon": None},
}
TEXT = {
    "none": None,
    "number": 3,
    "list": ["x"],
    "bytes": b"x",
    "empty": "",
    "array": np.ones(1),
}
VALUE = expression(sp.Integer(1))
CONDITION = {"field": entry(U, NO_FIELD), "value": VALUE, "side": entry("all", NO_SIDE)}


def constructor(function):
    """Return the call of a ready problem: every parameter is a number."""
    kinds = {
        "n": whole(8, 1, float=2.5),
        "dimension": whole(2, 1, float=2.5),
        "initial_rate": flag(),
    }
    kinds |= {
        "modes": entry((1, 2), {"none": None, "number": 3, "text": "12", "one": (1,)})
    }
    arguments = inspect.signature(function).parameters
    return {
        name: kinds.get(name) or number(parameter.default)
        for name, parameter in arguments.items()
    }


READY = [
    name
    for name in pp.__all__
    if inspect.isfunction(getattr(pp, name))
    and getattr(pp, name).__annotations__.get("return")
    in ("Problem", "FieldProblem", pp.Problem, pp.FieldProblem)
    and all(
        parameter.default is not inspect.Parameter.empty
        for parameter in inspect.signature(getattr(pp, name)).parameters.values()
    )
]

CALLS = {
    **{name: (getattr(pp, name), constructor(getattr(pp, name))) for name in READY},
    **{
        f"matrices.{name}": (
            getattr(pp.matrices, name),
            constructor(getattr(pp.matrices, name)),
        )
        for name in pp.matrices.__all__
    },
    # Formulas
    "parse_expression": (
        pp.parse_expression,
        {
            "text": entry(
                "x + 1", TEXT | {"code": "__import__('os')", "open": "(x", "nan": "nan"}
            ),
            "symbols": entry(
                ["x"],
                {"none": None, "number": 3, "numbers": [1], "class": list, "empty": [""]},
            ),
            "limit": whole(100),
        },
    ),
    "compile_expressions": (
        pp.compile_expressions,
        {
            "expressions": several((X + 1,), NO_EXPRESSION),
            "arguments": several((X,), NO_SYMBOL),
            "jacobian": flag(),
        },
    ),
    "field": (
        lambda name: pp.field(name, X, T),
        {"name": entry("u", TEXT | {"two": "u v"})},
    ),
    "coordinates": (
        pp.coordinates,
        {"names": entry("x t", TEXT | {"twice": "x x", "digit": "1x"})},
    ),
    # Problems with a small parameter
    "Problem": (
        pp.Problem,
        {
            "name": entry("mine", TEXT),
            "kind": choice("flow"),
            "variables": several(DUFFING.variables, NO_SYMBOL),
            "equations": several(DUFFING.equations, NO_EXPRESSION),
            "parameters": entry(
                {"epsilon": 0.1}, but(NO_VALUES, "unknown") | {"none": None}
            ),
            "small": entry("epsilon", but(TEXT, "none") | {"unknown": "delta"}),
            "title": entry("mine", TEXT),
            "source": entry("Nobody (2000)", TEXT),
            "exact": entry(None, but(NO_MAPPING, "none") | {"name": {"x": X}}),
            "limit": entry(None, but(NO_PROBLEM, "none")),
            "units": entry({}, NO_MAPPING),
            "domain": entry(
                (), {"none": None, "text": "ab", "number": 1.0, "nan": (0.0, math.nan)}
            ),
            "conditions": entry({}, NO_MAPPING),
            "limit_order": entry(None, but(NO_REAL, "none", "decimal", "text")),
            "entries": entry(None, but(NO_FUNCTION, "none")),
        },
    ),
    "get_problem": (
        pp.get_problem,
        {"name": choice("duffing"), "parameters": entry(None, NO_VALUES)},
    ),
    "list_problems": (
        pp.list_problems,
        {"kind": entry(None, but(choice("flow")[2], "none"))},
    ),
    "register": (pp.register, {"function": None}),
    "right_side": (pp.right_side, {"problem": entry(DUFFING, NO_PROBLEM)}),
    "jacobian": (pp.jacobian, {"problem": entry(DUFFING, NO_PROBLEM)}),
    "matrix_of": (
        pp.matrix_of,
        {"problem": entry(pp.get_problem("jordan"), NO_PROBLEM | {"flow": DUFFING})},
    ),
    "exact_values": (
        pp.exact_values,
        {
            "problem": entry(
                pp.damped_oscillator(), NO_PROBLEM | {"unknown": pp.lorenz63()}
            ),
            "points": holed(
                np.ones((2, 3)), empty=np.ones((2, 0)), row=np.ones(2), wide=np.ones((2, 4))
            ),
        },
    ),
    "with_small": (
        pp.with_small,
        {
            "problem": entry(DUFFING, NO_PROBLEM | {"none small": pp.lorenz63()}),
            "value": number(0.1),
        },
    ),
    "residual_of": (
        pp.residual_of,
        {
            "problem": entry(pp.damped_oscillator(), NO_PROBLEM),
            "expressions": entry(
                pp.damped_oscillator().exact,
                {"none": None, "number": 1.0, "text": "x", "empty": {}, "class": dict}
                | {"one": (X,), "texts": ("x", "v"), "nans": (math.nan, math.nan)},
            ),
        },
    ),
    # Statements
    "Box": (
        pp.Box,
        {
            "intervals": entry(
                {X: (0, 1)},
                NO_MAPPING
                | {"empty": {}, "name": {"x": (0, 1)}}
                | {label: {X: wrong} for label, wrong in NO_ENDS.items()},
            ),
            "time": entry(None, NO_TIME),
        },
    ),
    "Mapped": (
        pp.Mapped,
        {
            "box": entry(SQUARE, NO_BOX),
            "mapping": entry(
                {X: X + Y / 4, Y: Y},
                NO_MAPPING
                | {
                    "empty": {},
                    "one": {X: X},
                    "name": {"x": X, "y": Y},
                }
                | {"flat": {X: X, Y: X}, "of another": {X: sp.Symbol("q"), Y: Y}},
            ),
        },
    ),
    "Mapped.jacobian": (pp.Mapped(SQUARE, {X: X, Y: Y}).jacobian, {}),
    "Region": (
        pp.Region,
        {
            "box": entry(SQUARE, NO_BOX),
            "level_set": expression(
                X**2 + Y**2 - sp.Rational(1, 4), another=sp.Symbol("q")
            ),
        },
    ),
    "Dirichlet": (pp.Dirichlet, CONDITION),
    "Neumann": (pp.Neumann, CONDITION),
    "Robin": (pp.Robin, CONDITION | {"alpha": VALUE, "beta": VALUE}),
    "Periodic": (pp.Periodic, {"field": entry(U, NO_FIELD), "coordinate": symbol(X)}),
    "Initial": (
        pp.Initial,
        {"field": entry(U, NO_FIELD), "value": VALUE, "order": whole(0, 0)},
    ),
    "Interface": (
        pp.Interface,
        {
            "field": entry(U, NO_FIELD),
            "at": entry(
                (X, 0.5),
                {
                    "none": None,
                    "symbol": X,
                    "number": 0.5,
                    "name": ("x", 0.5),
                    "text": (X, "0.5"),
                    "nan": (X, math.nan),
                },
            ),
            "coefficient": entry(
                (1, 2),
                {
                    "none": None,
                    "number": 1,
                    "one": (1,),
                    "three": (1, 2, 3),
                    "text": "12",
                    "texts": ("1", "2"),
                },
            ),
            "jump": VALUE,
            "flux_jump": VALUE,
        },
    ),
    "Data": (
        pp.Data,
        {
            "field": entry(U, NO_FIELD),
            "points": array(np.ones((3, 2)), row=np.ones(3), fewer=np.ones((2, 2))),
            "values": array(np.ones(3), fewer=np.ones(2), column=np.ones((3, 1))),
            "sigma": positive(0.1, fewer=np.ones(2)),
        },
    ),
    "FieldProblem": (
        pp.FieldProblem,
        {
            "equations": several(HEAT.equations, NO_EXPRESSION),
            "domain": entry(HEAT.domain, NO_BOX),
            "conditions": entry(HEAT.conditions, NO_CONDITIONS),
            "parameters": entry(dict(HEAT.parameters), NO_PARAMETERS),
            "exact": entry(
                None, but(NO_MAPPING, "none") | {"name": {"u": X}, "text": {U: "x"}}
            ),
            "name": entry("", but(TEXT, "empty")),
            "title": entry("", but(TEXT, "empty")),
            "source": entry("", but(TEXT, "empty")),
        },
    ),
    "FieldProblem.at": (HEAT.at, {"parameters": entry({}, NO_PARAMETERS | {"none": None})}),
    "FieldProblem.from_problem": (
        pp.FieldProblem.from_problem,
        {
            "problem": entry(pp.get_problem("heat"), NO_PROBLEM),
            "domain": entry(HEAT.domain, NO_BOX),
            "conditions": entry(HEAT.conditions, NO_CONDITIONS),
            "parameters": entry(None, NO_PARAMETERS),
        },
    ),
    "lint": (pp.lint, {"problem": entry(HEAT, NO_STATEMENT)}),
    "Finding": (
        pp.Finding,
        {
            "severity": choice("error"),
            "code": entry("mine", TEXT),
            "message": entry("what", TEXT),
            "advice": entry("do", TEXT),
        },
    ),
}
del CALLS["register"]
