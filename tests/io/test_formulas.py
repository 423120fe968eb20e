"""SymPy objects in files: they come back as they were, and no file makes SymPy compute."""

import json
import subprocess
import sys
import time

import pytest
import sympy
from io_samples import repack, sample

from perturbsci import io
from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.io.formulas import decode_formula, encode_formula
from perturbsci.problems import get_problem, list_problems

x, y = sympy.symbols("x y")
p = sympy.Symbol("p", positive=True)
n = sympy.Symbol("n", integer=True, nonnegative=True)
u = sympy.Function("u")
FORMULAS = [
    x + y * sympy.sin(x) / 3 - sympy.sqrt(2) / (7 * x**2),
    sympy.Float("0.1", 40) * p + sympy.Float(-0.1) + n,
    sympy.pi * sympy.E * sympy.I + sympy.EulerGamma,
    u(x, y).diff(x, 2, y) - u(0, y),
    sympy.Piecewise((x, x < 0), (x**2, (x < 1) & (y >= 2)), (sympy.nan, True)),
    sympy.Integral(sympy.exp(-x * y), (y, 0, sympy.oo)),
    sympy.Max(x, y, 1) - sympy.Min(x, p) + sympy.Abs(x) + sympy.Heaviside(y),
    sympy.LambertW(x, -1) + sympy.airyai(x) + sympy.jn(1, p),
    sympy.Add(x, x, evaluate=False),
    sympy.Mul(2, x + y, evaluate=False),
    sympy.sin(0, evaluate=False),
    sympy.Integer(-(10**300)),
    sympy.Float(0),
    sympy.Float("1e-400"),
    *(sympy.oo, -sympy.oo, sympy.zoo, sympy.S.true, sympy.S.Half),
    *(sympy.Eq(x, y), sympy.Ne(x, p), sympy.Tuple(x, y)),
    sympy.Matrix([[x, 1], [0, sympy.cos(y)]]),
    sympy.ImmutableMatrix([[p, 1, 2]]),
    sympy.Matrix(0, 3, []),
]


def through_json(value):
    return decode_formula(json.loads(json.dumps(encode_formula(value, "value"))))


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_formulas_come_back_as_they_were(formula):
    found = through_json(formula)
    assert type(found) is type(formula)
    assert found == formula
    assert sympy.srepr(found) == sympy.srepr(formula)


@pytest.mark.parametrize("name", list_problems())
def test_the_equations_of_every_problem_come_back(name):
    problem = get_problem(name)
    for formula in (*problem.equations, *(problem.exact or {}).values()):
        assert through_json(formula) == formula


def test_results_with_formulas_are_saved_and_loaded(exported, tmp_path):
    value = {x: (x**2, sympy.Matrix([p])), u(x): [sympy.S.true]}
    path = io.save(sample(value, get_problem("duffing").equations), tmp_path / "x.npz")
    io.verify(path)
    loaded = io.load(path)
    assert loaded.value == value
    assert loaded.again == get_problem("duffing").equations


def test_shared_parts_are_stored_once():
    part = sympy.sin(x * y)
    power = part
    for _ in range(20):  # a tree of 2^20 leaves, a graph of 20 nodes
        power = sympy.Add(power, sympy.Mul(power, power, evaluate=False), evaluate=False)
    assert len(encode_formula(power, "value")) < 50


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (sympy.Dummy("d"), r"field 'value' holds .*Dummy, which cannot be stored in a"),
        (sympy.Lambda(x, x**2), r"Lambda, which cannot be stored"),
        (x * sympy.Subs(u(x).diff(x), x, 0), r"Subs, which cannot be stored"),
        (sympy.MatrixSymbol("A", 2, 2), r"MatrixSymbol, which cannot be stored"),
        (sympy.Function("v", positive=True)(x), r"None.v, which cannot be stored"),
        (sympy.Integer(2) ** (2**17), r"Integer, which cannot be stored"),
    ],
)
def test_what_cannot_be_stored_is_named(exported, tmp_path, value, message):
    with pytest.raises(ParameterError, match=message):
        io.save(sample(value), tmp_path / "x.npz")
    assert not (tmp_path / "x.npz").exists()


def test_formulas_nested_too_deep_are_refused():
    tower = x
    for _ in range(400):
        tower = sympy.Add(sympy.Mul(2, tower, evaluate=False), 1, evaluate=False)
    with pytest.raises(
        ParameterError, match=r"nested more than 300 deep; store its values"
    ):
        encode_formula(tower, "value")


SYMBOL = ["Symbol", "x", {}]
HOSTILE = [
    [],
    ["x"],
    [[]],
    [[3]],
    [["os.system", 0]],
    [["eval"]],
    [["Add"]],
    [["Add", 0]],
    [SYMBOL, ["Add", 0, 1]],
    [SYMBOL, ["Add", 0, -1]],
    [SYMBOL, ["Add", 0, True]],
    [SYMBOL, ["Add", 0, 0.0]],
    [SYMBOL, ["sympify", 0]],
    [SYMBOL, ["lambdify", 0, 0]],
    [SYMBOL, ["__class__", 0]],
    [["Symbol", "x"]],
    [["Symbol", 3, {}]],
    [["Symbol", "x", {"positive": 1}]],
    [["Symbol", "x", {"positive": True, "negative": True}]],
    [SYMBOL, ["Symbol", "x", {}, 0]],
    [["Integer", 3]],
    [["Integer", "ten"]],
    [["Integer", "0x" + "f" * 20_000]],
    [["Rational", "0x1"]],
    [["Float", 0, "0x1", 2**40, 1, 53]],
    [["Float", 0, "0x1", 0, 1, 10**9]],
    [["Float", 0, "0x1", 0, 1, -1]],
    [["Float", 0, 1, 0, 1, 53]],
    [["Applied", "f"]],
    [SYMBOL, ["Applied", 3, 0]],
    [SYMBOL, ["Matrix", 2, 1, 0]],
    [SYMBOL, ["Matrix", -1, -1, 0]],
    [SYMBOL, ["sin", 0, 0]],
    [SYMBOL, ["Pow", 0]],
    [SYMBOL, ["pi", 0]],
    [["true"], ["Add", 0, 0]],
    [["true"], ["sin", 0]],
    [["true"], ["Matrix", 1, 1, 0]],
    [["pi"], ["And", 0, 0]],
    [SYMBOL, ["Piecewise", 0]],
    [SYMBOL, ["Integral", 0, 0]],
    [SYMBOL, ["Derivative", 0]],
    [["Float", 2, "0x1", 0, 1, 53]],
    [["Float", 0, "0x1", 0, 7, 53]],
    [SYMBOL, ["Tuple", *([0] * 10**6)]],
    [SYMBOL, ["Derivative", 0, 0, 0, 0, {"x": 1}]],
    [["Integer", "0x1"], ["Derivative", 0, 0]],
    [["pi"] for _ in range(100_002)],
    [SYMBOL, *(["sin", k] for k in range(400))],
]


@pytest.mark.parametrize("nodes", HOSTILE, ids=range(len(HOSTILE)))
def test_nodes_of_a_stranger_are_refused(nodes):
    with pytest.raises(ValueError, match=r"node"):
        decode_formula(nodes)


CASES = [
    *(SYMBOL, ["true"], ["ExprCondPair", 0, 1], ["Integer", "0x0"]),
    *(["StrictLessThan", 0, 3], ["ExprCondPair", 3, 4], ["Piecewise", 5, 2], ["Tuple", 0]),
]
BOMBS = {
    "an integral of cases times cases": [
        *CASES,
        *(["Mul", k, k] if k > 7 else ["Mul", 6, 6] for k in range(7, 60)),
        ["Integral", 60, 7],
    ],
    "cases of cases": [
        *CASES,
        *(
            node
            for k in range(8, 128, 4)
            for node in (
                ["StrictLessThan", k - 2 if k > 8 else 6, 0],
                ["ExprCondPair", 0, k],
                ["Piecewise", k + 1, 2],
                ["Tuple", 0],
            )
        ),
    ],
    "a tower of powers": [["Integer", "0x9"], *(["Pow", k, k] for k in range(40))],
    "a product that doubles": [SYMBOL, *(["Mul", k, k] for k in range(200))],
    "a sum that doubles": [SYMBOL, *(["Add", k, k] for k in range(200))],
    "functions of huge numbers": [
        ["Integer", "0x" + "f" * 16_000],
        *([name, 0] for name in ("sin", "exp", "gamma", "log", "floor", "LambertW")),
        ["Add", 1, 2, 3, 4, 5, 6],
    ],
    "a high derivative": [
        SYMBOL,
        ["Integer", "0x3b9aca00"],
        ["sin", 0],
        ["Tuple", 0, 1],
        ["Derivative", 2, 3],
    ],
}


@pytest.mark.parametrize("nodes", BOMBS.values(), ids=BOMBS.keys())
def test_no_file_makes_sympy_compute(nodes):
    """Nothing is evaluated: what would take forever takes well below a second."""
    start = time.process_time()
    decode_formula(nodes)
    # a bound between milliseconds and forever, not a timing
    assert time.process_time() - start < 5.0


def test_a_changed_formula_is_a_damaged_file(exported, tmp_path):
    path = io.save(sample(x**2), tmp_path / "x.npz")

    def change(members):
        members["meta.json"] = members["meta.json"].replace(b'"Pow"', b'"exec"')

    with pytest.raises(FileFormatError, match=r"formula.*a known tag"):
        io.load(repack(path, tmp_path / "e.npz", change))


def test_importing_io_does_not_load_sympy():
    code = "import sys, perturbsci.io; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
