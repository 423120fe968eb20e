"""parse_expression against SymPy's own operators and against mpmath on Python's tree."""

import ast
import operator
import random
import sys

import mpmath
import pytest
import sympy
from sympy.parsing.sympy_parser import parse_expr

from perturbsci.errors import ParameterError
from perturbsci.problems import parse_expression

ORDINARY = [
    "sin(pi*x)**2/(1 + x**2)",
    "x",
    "-x",
    "+x",
    "--x",
    "3",
    "x/3",
    "2/4",
    "x - y - 1",
    "x - (y - 1)",
    "2**x",
    "2**3**2",
    "-x**2",
    "x**-2",
    "x**(1/3)",
    "x**0.5",
    "2**(1/2)*x",
    "(x + y)**2*(x - y)**3",
    "2*(x + y)*(x - 1)",
    "x + x + y - x",
    "x*x/y**2/x",
    "0*sin(x)",
    "0/(1 + x)",
    "x - x + sqrt(2)",
    "sqrt(8)*x + sqrt(x**2) + sqrt(4)",
    "exp(-x**2/2)*exp(x*y)",
    "exp(2*log(x))",
    "exp(-1/x) + exp(0)",
    "log(8) + log(1)",
    "sin(-x) + cos(-x) + tan(x + pi)",
    "sin(pi/6) + cos(pi/12) + tan(pi/8)",
    "sinh(-x) + cosh(x)**2 - tanh(y)",
    "asin(1/2) + acos(-x) + atan(1)",
    "abs(-3*x) + abs(-2) + abs(x*y)",
    "abs(1 - sqrt(2))",
    "x*(1 - x)*(1 + y)",
    "y/(1 + y) - 1/(y + x**2)",
    "log(1 + exp(x))",
    "sqrt(1 + sin(x)**2)",
    "exp(-(log(x) - 3)**2/(2*0.25**2))",
    "x**(3/2) - 3.5*x**2 + 1/7",
    "10**(0.4*(x - 25))",
    "2**(x/123457)",
    "tanh(x/sqrt(2*y))",
    "x*exp(-x)*(1 - cos(2*pi*x))",
    "-4*x*y**3 + sqrt(1 + y**2)*(x - 2*y + 7)",
    "+".join(f"{n}*x**{n}/{n + 1}" for n in range(1, 25)),
    "+".join(f"sin({n}*pi*x)/{n}" for n in range(1, 13)),
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_formulas_equal_sympys_own(text):
    assert parse_expression(text, ["x", "y"]) == parse_expr(text)


@pytest.mark.parametrize(
    "text", ["abs(x*y) - x", "sqrt(x**2*y)", "log(exp(x))", "sin(pi*y)"]
)
def test_assumptions_are_kept_and_used(text):
    x, y = sympy.Symbol("x", positive=True), sympy.Symbol("y", integer=True)
    expression = parse_expression(text, [x, y])
    assert expression == parse_expr(text, local_dict={"x": x, "y": y})
    assert expression.free_symbols <= {x, y}


def test_numbers_keep_their_kind():
    assert parse_expression("1/3", []) == sympy.Rational(1, 3)
    assert parse_expression("12345678901234567890", []).p == 12345678901234567890
    for text in ("0.1", ".1", "1e-1"):
        number = parse_expression(text, [])
        assert number.is_Float
        assert number._prec == 53
        assert float(number) == 0.1
    assert parse_expression("  2 *x ", ["x"]) == 2 * sympy.Symbol("x")


def test_names_may_be_greek_and_look_like_sympys():
    expression = parse_expression("ε*E + S", ["ε", "E", "S"])
    assert {item.name for item in expression.free_symbols} == {"ε", "E", "S"}


def test_beyond_the_ordinary_is_left_unevaluated():
    inner = "x"
    for _ in range(6):
        inner = f"abs(x + {inner})"
    expression = parse_expression(inner, ["x"])
    assert expression.count(sympy.Abs) == 6
    assert parse_expression("2**(x + 10**9)*2**(-x)", ["x"]).is_Mul


OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def by_mpmath(node, values):
    """Return the value of Python's syntax tree; the route that shares no code."""
    if isinstance(node, ast.Constant):
        return mpmath.mpf(node.value)
    if isinstance(node, ast.Name):
        return mpmath.pi if node.id == "pi" else values[node.id]
    if isinstance(node, ast.UnaryOp):
        value = by_mpmath(node.operand, values)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Call):
        name = {"abs": "fabs"}.get(node.func.id, node.func.id)
        return getattr(mpmath, name)(by_mpmath(node.args[0], values))
    one, two = by_mpmath(node.left, values), by_mpmath(node.right, values)
    return OPERATORS[type(node.op)](one, two)


def grow(random_numbers, depth):
    kind = random_numbers.random()
    if depth == 0 or kind < 0.1:
        return random_numbers.choice(["x", "y", "2", "7", "0.5", "pi", "1.25", "3"])
    one, two = (grow(random_numbers, depth - 1) for _ in range(2))
    if kind < 0.6:
        return f"({one} {random_numbers.choice('+-*/')} {two})"
    if kind < 0.7:
        return f"-{one}"
    if kind < 0.8:
        return (
            f"(1 + abs({one}))**({random_numbers.choice(['2', '-3', '1/3', '0.5', 'x'])})"
        )
    names = ["sin", "cos", "tanh", "atan", "abs"]
    if random_numbers.random() < 0.5:
        return f"{random_numbers.choice(names)}({one})"
    return f"{random_numbers.choice(['sqrt', 'log'])}(2 + ({one})**2)"


@pytest.mark.parametrize("depth", [2, 4, 6])
def test_random_formulas_have_the_value_of_their_syntax_tree(depth):
    random_numbers = random.Random(depth)
    values = {"x": mpmath.mpf("0.73"), "y": mpmath.mpf("-1.31")}
    symbols = sympy.symbols("x y", real=True)
    compared = 0
    for _ in range(60):
        text = grow(random_numbers, depth)
        try:
            expression = parse_expression(text, symbols)
        except ParameterError:  # a division by zero or beyond float64
            continue
        with mpmath.workdps(30):
            try:
                expected = by_mpmath(ast.parse(text, mode="eval").body, values)
            except ZeroDivisionError:
                continue
        if abs(expected) > 1e6:
            continue
        numbers = dict(zip(symbols, values.values(), strict=True))
        found = complex(expression.subs(numbers).evalf(30))
        # floats of the formula carry 53 bits; 1e6 of them may cancel
        assert abs(found - complex(expected)) <= 1e-9 * max(1.0, abs(complex(expected))), (
            text
        )
        compared += 1
    assert compared >= 30


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x.real",
            r"column 1: found 'x.real' \(Attribute\); allowed are numbers, \+ - \* /",
        ),
        ("1 + x.real", r"column 5: found 'x.real'"),
        ("  1 + eval(x)", r"column 7: found 'eval\(x\)' \(a call of something else"),
        (
            "ε + z",
            r"column 5: found 'z' \(a name that was not declared\); .*names \(x, ε\)",
        ),
        ("x[0]", r"column 2: found the character '\['; allowed are"),
        ("x # 1", r"column 3: found the character '#'"),
        ("x\t+ 1", r"column 2: found the character '\\t'"),
        ("2x", r"column 2: found 'x' right after a number"),
        ("1 + 0x10", r"column 6: found 'x' right after a number"),
        ("x + 1.5j", r"column 8: found 'j' right after a number"),
        (
            "x + + ",
            r"column 7: found the end, which does not fit \(invalid syntax\)",
        ),
        ("x y", r"column 3: found 'y', which does not fit"),
        ("x // 2", r"column 1: found 'x // 2' \(BinOp\)"),
        ("sin(x)(x)", r"a call of something else than the functions"),
        ("sin()", r"a call without exactly one plain argument"),
        ("sin(**x)", r"a call without exactly one plain argument"),
        ("sin(*x)", r"found '\*x' \(Starred\)"),
        ("True", r"found 'True' \(True is not a finite number\)"),
        ("x + 1e999", r"column 5: found '1e999' \(inf is not a finite number\)"),
        ("10**400", r"an exponent of modulus 400, above 64"),
        ("9" * 400, r"a number that is not finite and real: .*too large"),
        (
            "x**1e9",
            r"column 1: found 'x\*\*1e9' \(an exponent of modulus 1e\+09, above 64\)",
        ),
        ("2 + 1/0", r"column 5: found '1/0' \(a division by zero, 0\)"),
        ("x/(x - x)", r"a division by zero, 0"),
        ("sqrt(-1)", r"a number that is not finite and real: math domain error"),
        ("log(0)", r"a number that is not finite and real"),
        ("exp(exp(1000))", r"found 'exp\(1000\)' \(a number that is not finite and real"),
        ("tan(pi/2)", r"an undefined value, zoo"),
        ("(((10/9)**64)**64)", r"an exact number of up to \d+ bits, above 4096"),
        ("(" * 51 + "x" + ")" * 51, r"column 51: found more than 50 nested brackets"),
        ("-" * 120 + "x", r"more than 100 levels deep"),
        ("(" + "+".join(["x*x*x"] * 80) + ")*x", r"more than 400 nodes"),
        ("x" * 2001, r"text has 2001 characters, at most 2000 are allowed; shorten"),
        ("", r"text is ''; it must hold a formula such as"),
        (None, r"text is of type NoneType; it must be a str such as"),
        (b"x", r"text is of type bytes"),
    ],
)
def test_refusals_name_column_finding_and_what_is_allowed(text, message):
    with pytest.raises(ParameterError, match=message):
        parse_expression(text, ["x", "ε"])


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        (["sin"], r"symbols holds 'sin', which is a function or constant.*choose another"),
        (["pi"], r"symbols holds 'pi'"),
        (["lambda"], r"symbols holds 'lambda', which is not a plain name; .*lambda_"),
        (["__x__"], r"no leading __"),
        (["x y"], r"symbols holds 'x y', which is not a plain name"),
        (["\uff58"], r"which is not a plain name; use letters"),
        (["x", "x"], r"the name 'x' twice; declare each name once"),
        ("x", r"symbols is 'x'; it must be a sequence of names"),
        (3, r"symbols is 3; it must be a sequence of names"),
        ([3], r"symbols holds 3; each must be a name or a sympy Symbol"),
        ([sympy.Symbol("x", commutative=False)], r"'x', which does not commute"),
        ([sympy.Symbol("exp")], r"symbols holds 'exp'"),
    ],
)
def test_declarations_are_checked(symbols, message):
    with pytest.raises(ParameterError, match=message):
        parse_expression("1", symbols)


@pytest.mark.parametrize("limit", [0, -1, 1.0, True, 20_001, None])
def test_limit_is_checked(limit):
    with pytest.raises(ParameterError, match=r"limit is .*an integer from 1 to 20000"):
        parse_expression("1", [], limit=limit)


def test_a_full_stack_is_an_error_with_advice():
    def deep(levels):
        if levels:
            return deep(levels - 1)
        return parse_expression("(" * 40 + "x" + "+x*y)" * 40, ["x", "y"])

    frames = 1
    frame = sys._getframe()
    while frame := frame.f_back:
        frames += 1
    with pytest.raises(ParameterError, match=r"needs more stack than is left here; nest"):
        deep(sys.getrecursionlimit() - frames - 60)


def test_failures_inside_sympy_become_refusals(monkeypatch):
    def broken(left, right):
        raise NotImplementedError

    module = sys.modules["perturbsci.problems.evaluation"]
    monkeypatch.setitem(module.OPERATORS, ast.Add, broken)
    with pytest.raises(ParameterError, match=r"SymPy cannot evaluate it: NotImplemented"):
        parse_expression("x + 1", ["x"])
