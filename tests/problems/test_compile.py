"""Compiled expressions beside SymPy's own numbers, and beside differences."""

import array_api_strict
import numpy as np
import pytest
import sympy

from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.problems import compile_expressions
from perturbsci.problems.compile import Tape

x, y, z = sympy.symbols("x y z")
HALF = sympy.Rational(1, 2)
POINTS = np.random.default_rng(0).uniform(0.1, 0.9, (12, 3))
STRICT = array_api_strict.Device("device1")

SMOOTH = [
    x * y - 4 * x * y**3 + x / 3 - HALF,
    sympy.sin(sympy.pi * x) ** 2 / (1 + x**2)
    + sympy.exp(-(x**2) / 2) * sympy.cos(3 * x * y),
    (x - y) * sympy.sqrt(1 + y**2) / (2 * z),
    -(x**7) / y**3 + x**-HALF + x**y + 2**z + (x + 1) ** sympy.Rational(5, 3),
    sympy.log(x) + sympy.tan(y) + sympy.sinh(x) * sympy.cosh(y) / sympy.tanh(z),
    sympy.asin(x) + sympy.acos(y) + sympy.atan(z) + sympy.atan2(x, y) + sympy.asinh(z),
    sympy.acosh(1 + x) + sympy.atanh(y),
    (x + y) ** 100 - 1 / (x - 2),
]
SPECIAL = [
    sympy.erf(x) + sympy.erfc(y) + sympy.erfi(z) + sympy.gamma(1 + x),
    sympy.airyai(-3 * x) + sympy.airybi(y) + sympy.airyaiprime(z) + sympy.airybiprime(x),
    sympy.besselj(HALF, x)
    + sympy.jn(1, y)
    + sympy.LambertW(z)
    + sympy.LambertW(-x / 3, -1),
]
KINKED = [
    sympy.Abs(x - y) + sympy.sign(x - z) + sympy.floor(5 * x) + sympy.ceiling(5 * y),
    sympy.Max(x, y, HALF) - sympy.Min(y, z),
    sympy.Piecewise((x**2, (x < y) & (y <= z)), (y, sympy.Or(x > HALF, sympy.Ne(z, 0)))),
    sympy.Heaviside(x - HALF) * y + sympy.Piecewise((1, x >= y), (z, True)),
]


def reference(formula, point):
    """Return the value that SymPy finds with 30 digits."""
    numbers = {
        name: sympy.Float(value, 30) for name, value in zip((x, y, z), point, strict=True)
    }
    return complex(sympy.N(formula.subs(numbers), 25))


@pytest.mark.parametrize("formula", SMOOTH + SPECIAL + KINKED, ids=str)
def test_values_are_those_of_sympy(formula):
    found = compile_expressions((formula,), (x, y, z))(POINTS)
    expected = np.array([reference(formula, point).real for point in POINTS])
    # a few roundings, and the digits that SciPy's special functions keep
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-13)


@pytest.mark.parametrize("formula", SMOOTH + SPECIAL + KINKED, ids=str)
def test_derivatives_are_those_of_a_central_difference(formula):
    evaluate = compile_expressions((formula,), (x, y, z))
    slopes = compile_expressions((formula,), (x, y, z), jacobian=True)(POINTS)
    step = 1e-6
    for k, shift in enumerate(step * np.eye(3)):
        above, below = evaluate(POINTS + shift)[:, 0], evaluate(POINTS - shift)[:, 0]
        # error of the difference: h^2 f'''/6 and rounding u f/h, f up to 1e3
        scale = 1.0 + np.abs(above)
        difference = np.abs(slopes[:, 0, k] - (above - below) / (2 * step)) / scale
        assert np.max(difference) < 1e-6


def test_shapes_follow_the_leading_axes():
    evaluate = compile_expressions((x + y, x * y, sympy.Integer(3), 7), (x, y))
    slopes = compile_expressions((x + y, x * y, sympy.Integer(3)), (x, y), jacobian=True)
    for shape in [(), (1,), (0,), (4,), (2, 0, 3), (2, 3)]:
        points = np.ones((*shape, 2))
        assert evaluate(points).shape == (*shape, 4)
        assert slopes(points).shape == (*shape, 3, 2)
    assert evaluate([[1.0, 2.0]]).tolist() == [[3.0, 2.0, 3.0, 7.0]]


def test_blocks_do_not_show():
    """Above the block length, one row at a time gives the same bits."""
    evaluate = compile_expressions((sympy.exp(x) / y, sympy.sin(x * y) ** 2), (x, y))
    points = np.random.default_rng(2).uniform(1.0, 2.0, (20_000, 2))
    rows = [0, 1, 7_000, 19_999]
    np.testing.assert_array_equal(evaluate(points)[rows], evaluate(points[rows]))


def test_common_subexpressions_are_evaluated_once():
    shared = sympy.sin(x * y)
    tape = Tape((x, y), (shared + 1, shared**2, x * shared, 1 / shared))
    assert [step.operation for step in tape.steps.values()].count("sin") == 1


def test_dtype_layout_and_input_are_kept():
    evaluate = compile_expressions((x / 3 + sympy.sqrt(y), x), (x, y))
    single = evaluate(POINTS[:, :2].astype(np.float32))
    assert single.dtype == np.float32
    points = np.asfortranarray(POINTS[:, :2])
    points.setflags(write=False)
    np.testing.assert_array_equal(evaluate(points), evaluate(POINTS[:, :2].copy()))
    assert evaluate(POINTS[:, :2] + 0j).dtype == np.complex128


def test_complex_formulas_give_complex_values():
    formula = sympy.exp(sympy.I * x) + sympy.sqrt(sympy.Integer(-2)) * sympy.conjugate(y)
    found = compile_expressions((formula,), (x, y))(POINTS[:, :2])[:, 0]
    np.testing.assert_allclose(
        found, np.exp(1j * POINTS[:, 0]) + 1j * np.sqrt(2) * POINTS[:, 1], rtol=1e-15
    )


def test_not_a_number_passes_through():
    found = compile_expressions((x * y, x), (x, y))(np.array([[1.0, np.nan]]))
    assert np.isnan(found[0, 0])
    assert found[0, 1] == 1.0


@pytest.mark.parametrize("formula", SMOOTH + KINKED, ids=str)
def test_other_array_libraries_stay_on_their_device(formula):
    points = array_api_strict.asarray(POINTS, device=STRICT)
    found = compile_expressions((formula,), (x, y, z))(points)
    assert found.device == STRICT
    host = array_api_strict.asarray(found, device=array_api_strict.Device("CPU_DEVICE"))
    expected = compile_expressions((formula,), (x, y, z))(POINTS)
    np.testing.assert_allclose(np.asarray(host), expected, rtol=1e-14)


def test_special_functions_say_that_they_need_the_host():
    points = array_api_strict.asarray(POINTS, device=STRICT)
    with pytest.raises(BackendError, match=r"erf runs on the host only; pass backend.to_h"):
        compile_expressions((sympy.erf(x),), (x, y, z))(points)


def test_names_that_are_code_stay_names():
    bad = sympy.Symbol("__import__('os').abort()")
    assert compile_expressions((bad**2,), (bad,))(np.array([[3.0]])).tolist() == [[9.0]]


@pytest.mark.parametrize(
    ("expressions", "arguments", "message"),
    [
        ("x", (x,), r"expressions is 'x'; pass a tuple of SymPy expressions"),
        (x, (x,), r"expressions is x; pass a tuple"),
        ((), (x,), r"expressions is \(\), needed at least one"),
        (("x",), (x,), r"'x' of type str; .*parse_expression"),
        ((0.5,), (x,), r"0.5 of type float"),
        (
            (x * y,),
            (x,),
            r"symbols \['y'\], which are no arguments; .* are \['x'\]",
        ),
        ((x,), x, r"arguments is x; pass a tuple of sympy Symbols"),
        ((x,), ("x",), r"arguments is \('x',\); it must hold sympy Symbols"),
        ((x,), (x, x), r"each only once"),
        ((sympy.Function("f")(x),), (x,), r"f\(x\) \(f\), which has no function of arrays"),
        ((sympy.Integral(sympy.exp(x * y), (y, 0, 1)),), (x,), r"\(Integral\).*doit\(\)"),
        ((sympy.zeta(x),), (x,), r"zeta\(x\)"),
        ((x + sympy.Function("f")(2),), (x,), r"f\(2\) \(f\)"),
    ],
)
def test_wrong_requests_are_answered(expressions, arguments, message):
    with pytest.raises(ParameterError, match=message):
        compile_expressions(expressions, arguments)


def test_wrong_points_are_answered():
    evaluate = compile_expressions((x,), (x,))
    with pytest.raises(ShapeError, match=r"shape \(3,\), needed 1 .*points\[:, None"):
        evaluate(np.ones(3))
    with pytest.raises(ParameterError, match="points has dtype float16"):
        evaluate(np.ones((3, 1), dtype=np.float16))
