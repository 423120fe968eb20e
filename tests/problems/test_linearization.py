"""The compiled residual: against formulas, finite differences in 50 digits, intervals."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy as sp

from perturbsci import backend
from perturbsci import problems as pp
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.problems.enclosures import (
    Evaluator,
    interval_arithmetic,
    precise_arithmetic,
)
from perturbsci.problems.kernel_text import kernel_body
from perturbsci.problems.linearization import linearize

x, t = pp.coordinates("x t")
u, v = pp.field("u", x, t), pp.field("v", x, t)
a, b = sp.symbols("a b")
BOX = pp.Box({x: (-1, 1)}, time=(t, 0, 1))

TERMS = {
    "powers": u**3 * u.diff(x) - a * u.diff(x, 2) ** 5 + u**-2,
    "functions": sp.exp(a * u) * sp.sin(x * u.diff(x))
    - sp.tanh(u)
    + sp.cosh(u) * sp.sinh(t),
    "roots": sp.sqrt(u**2 + 1) * u.diff(x, 3) + (u**2 + a) ** sp.Rational(3, 2),
    "quotients": u.diff(x) / (1 + u.diff(x) ** 2) - sp.log(2 + u**2) / (x + 3),
    "cases": sp.Piecewise((u, x < 0), (u**2, True)) + sp.Max(x, t) * u + sp.Abs(x) * u,
    "mixed": u.diff(x, t) * u.diff(x, 2) - sp.erf(u) + (u**2 + 1) ** a,
}


def problem(*equations, **options):
    return pp.FieldProblem([item + u.diff(t) for item in equations], BOX, [], **options)


def inputs(lin, n, seed=0):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, (n, len(lin.coordinates)))
    return points, rng.uniform(0.2, 1.5, (n, len(lin.slots)))


def in_digits(lin, point, jet, parameters, digits=50):
    """Return a function of the residual in many digits, and its arguments."""
    arithmetic = precise_arithmetic(digits)
    evaluate = Evaluator(lin.residuals, arithmetic)
    symbols = (*lin.coordinates, *lin.symbols, *lin.parameters)
    values = [arithmetic.mpf(float(item)) for item in (*point, *jet, *parameters)]
    return lambda numbers: evaluate(dict(zip(symbols, numbers, strict=True))), values


@pytest.mark.parametrize("name", TERMS)
def test_jacobians_agree_with_differences_in_fifty_digits(name):
    lin = linearize(problem(TERMS[name], parameters={a: 0.7}))
    points, jets = inputs(lin, 4)
    with backend.use("numpy"):  # the same text, interpreted: no wait for a compiler
        residuals, slopes, sensitivities = lin(points, jets)
    d, step = points.shape[1], mpmath.mpf(10) ** -16
    for k in range(len(points)):
        function, values = in_digits(lin, points[k], jets[k], [0.7])
        here = function(values)[0]
        assert residuals[k, 0] == pytest.approx(float(here), rel=1e-13)
        found = [*slopes[k, 0], *sensitivities[k, 0]]
        for j, slope in enumerate(found):
            ends = []
            for sign in (-1, 1):
                moved = list(values)
                moved[d + j] += sign * step
                ends.append(function(moved)[0])
            # central: error step^2 = 1e-32; the kernel rounds at 1e-13 of the terms
            expected = float((ends[1] - ends[0]) / (2 * step))
            assert slope == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_burgers_against_its_formula(dtype):
    lin = linearize(pp.burgers())
    assert lin.slots == ((0, (0, 0)), (0, (0, 1)), (0, (1, 0)), (0, (2, 0)))
    points, jets = (item.astype(dtype) for item in inputs(lin, 100))
    residuals, slopes, sensitivities = lin(points, jets)
    assert residuals.dtype == slopes.dtype == sensitivities.dtype == dtype
    nu = dtype(lin.defaults[0])
    expected = jets[:, 1] + jets[:, 0] * jets[:, 2] - nu * jets[:, 3]
    tolerance = 8 * np.finfo(dtype).eps  # three terms below 3
    np.testing.assert_allclose(residuals[:, 0], expected, atol=tolerance, rtol=0)
    one = np.ones(100, dtype)
    rows = np.stack([jets[:, 2], one, jets[:, 0], -nu * one], axis=1)
    np.testing.assert_array_equal(slopes[:, 0], rows)
    np.testing.assert_array_equal(sensitivities[:, 0, 0], -jets[:, 3])
    np.testing.assert_array_equal(lin.residual(points, jets), residuals)


def test_parameters_by_row_and_shared():
    lin = linearize(pp.burgers().at({"viscosity": (0.1, 0.2)}))
    points, jets = inputs(lin, 5)
    assert np.isnan(lin.defaults).all()
    shared = lin.residual(points, jets, [0.15])
    by_row = lin.residual(points, jets, np.full((5, 1), 0.15))
    np.testing.assert_array_equal(shared, by_row)
    assert np.isnan(lin.residual(points, jets)).all()


def test_systems_have_a_row_an_equation_and_a_pattern():
    equations = [u.diff(t) + (u * v).diff(x), v.diff(t) - a * u.diff(x, 2)]
    lin = linearize(pp.FieldProblem(equations, BOX, [], parameters={a: 2}))
    named = {slot: k for k, slot in enumerate(lin.slots)}
    assert lin.pattern.tolist()[1] == [
        slot in ((1, (0, 1)), (0, (2, 0))) for slot in lin.slots
    ]
    points, jets = inputs(lin, 3)
    residuals, slopes, sensitivities = lin(points, jets)
    uxx = named[0, (2, 0)]
    np.testing.assert_array_equal(slopes[:, 1, uxx], -2.0)
    np.testing.assert_array_equal(sensitivities[:, :, 0], [[0, -j[uxx]] for j in jets])
    assert residuals.shape == (3, 2)


def test_complex_fields_are_split_and_joined():
    lin = linearize(
        problem(sp.I * u.diff(x, 2) + a * sp.Abs(u) ** 2 * u * sp.I, parameters={a: 2})
    )
    assert lin.is_complex
    assert lin.slots[:3] == ((0, (0, 0)), (0, (0, 1)), (0, (2, 0)))
    points, jets = inputs(lin, 10)
    residuals = lin.residual(points, jets)
    value, rate, bend = jets[:, :3].T + 1j * jets[:, 3:].T
    expected = rate + 1j * bend + 2j * abs(value) ** 2 * value
    # five products of numbers below 1.5
    np.testing.assert_allclose(residuals @ [1, 1j], expected, rtol=0, atol=1e-14)
    assert not linearize(pp.burgers()).is_complex
    start = pp.Initial(u, sp.exp(sp.I * x))
    assert linearize(pp.FieldProblem([u.diff(t)], BOX, [start])).is_complex


def test_functions_without_a_kernel_run_as_array_operations():
    lin = linearize(problem(sp.airyai(x) * u - sp.besselj(0, a * u), parameters={a: 1.5}))
    points, jets = inputs(lin, 4)
    residuals, slopes, sensitivities = lin(points, jets)
    for k in range(4):
        function, values = in_digits(lin, points[k], jets[k], [1.5], 30)
        assert residuals[k, 0] == pytest.approx(float(function(values)[0]), rel=1e-13)
        value, slope = jets[k, 0], float(mpmath.besselj(1, 1.5 * jets[k, 0]))
        assert sensitivities[k, 0, 0] == pytest.approx(value * slope, rel=1e-12)
    assert slopes.shape == (4, 1, 2)


def test_the_interpreter_and_memory_layout_give_the_same_bits():
    lin = linearize(problem(TERMS["functions"], parameters={a: 0.3}))
    points, jets = inputs(lin, 20)
    expected = lin(points, jets)
    odd = np.asfortranarray(points), np.repeat(jets, 2, axis=0)[::2]
    for array in odd:
        array.flags.writeable = False
    for found, wanted in zip(lin(*odd), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    with backend.use("numpy"):
        for found, wanted in zip(lin(points, jets), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_no_points_and_nan_points():
    lin = linearize(pp.burgers())
    residuals, slopes, _ = lin(np.empty((0, 2)), np.empty((0, 4)))
    assert (residuals.shape, slopes.shape) == ((0, 1), (0, 1, 4))
    points, jets = inputs(lin, 3)
    jets[1, 0] = math.nan
    assert np.isnan(lin.residual(points, jets)[:, 0]).tolist() == [False, True, False]


def test_shapes_and_symbols_that_do_not_fit():
    lin = linearize(pp.burgers())
    with pytest.raises(ShapeError, match=r"needed \(n, 2\)"):
        lin(np.zeros((3, 3)), np.zeros((3, 4)))
    with pytest.raises(ShapeError, match="for the slots"):
        lin.residual(np.zeros((3, 2)), np.zeros((2, 4)))
    with pytest.raises(ShapeError, match="parameters has shape"):
        lin.residual(np.zeros((3, 2)), np.zeros((3, 4)), [1.0, 2.0])
    with pytest.raises(ParameterError, match="declare them with parameters"):
        linearize(problem(b * u))
    with pytest.raises(ParameterError, match="declare them with parameters"):
        linearize(problem(sp.Function("g")(u)))
    with pytest.raises(ParameterError, match="entries, needed"):
        lin.enclose([0], [0])
    with pytest.raises(ParameterError, match="no kernel can evaluate"):
        kernel_body("f", "i, p, y", {x: "p[i]"}, {"y[i]": sp.gamma(x)})


def test_names_of_symbols_do_no_harm():
    c = sp.Symbol("points[i, 0]\n    import os")
    lin = linearize(problem(c * u, parameters={c: 3}))
    points, jets = inputs(lin, 2)
    expected = 3 * jets[:, 0] + jets[:, 1]
    with backend.use("numpy"):
        found = lin.residual(points, jets)[:, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


@pytest.mark.parametrize("name", TERMS)
def test_intervals_hold_all_values(name):
    lin = linearize(problem(TERMS[name], parameters={a: 0.7}))
    iv = interval_arithmetic()
    rng = np.random.default_rng(1)
    points, jets = inputs(lin, 10, seed=1)
    for k, width in itertools.product(range(10), (0.0, 1e-6, 0.3)):
        low = np.concatenate([points[k], jets[k]])
        high = low + width
        box = [iv.mpf([p, q]) for p, q in zip(low, high, strict=True)]
        residuals, slopes = lin.enclose(box[:2], box[2:], [iv.mpf(0.7)])
        for _ in range(3):
            inside = low + (high - low) * rng.random(len(low))
            function, values = in_digits(lin, inside[:2], inside[2:], [0.7], 30)
            assert function(values)[0] in residuals[0]
        if width == 0.0:
            # 53 bits, some ten operations with terms up to 300
            assert residuals[0].delta < 1e-12
        assert len(slopes[0]) == len(lin.slots)


ENCLOSED = [
    *(getattr(sp, name)(x) for name in ("tanh", "sinh", "cosh", "erf", "atan", "asinh")),
    *(sp.sqrt(x**2), sp.Abs(x), sp.Max(x, 0), sp.Min(x, 1), sp.sign(x), sp.Heaviside(x)),
    *(sp.Piecewise((x, x < 0), (x**2 + 1, True)), sp.Rational(1, 3) * x, sp.pi * x),
    *((2 + x) ** sp.Rational(1, 3), (2 + x) ** sp.Float(1.7), sp.exp(-(x**2)) / (2 + x)),
    *(sp.sin(x) * sp.cos(3 * x), sp.asin(x / 2), sp.E**x - sp.E),
]


@pytest.mark.parametrize("formula", ENCLOSED, ids=str)
def test_every_function_is_enclosed(formula):
    rng = np.random.default_rng(2)
    iv, precise = interval_arithmetic(), precise_arithmetic(40)
    enclose, evaluate = Evaluator([formula], iv), Evaluator([formula], precise)
    for _ in range(40):
        low = float(rng.uniform(-1.5, 1.4))
        high = min(1.5, low + float(10 ** rng.uniform(-9, 0)))
        found = enclose({x: iv.mpf([low, high])})[0]
        for share in (0.0, 0.4, 1.0):
            place = min(low + (high - low) * share, high)
            assert evaluate({x: precise.mpf(place)})[0] in found


def test_what_has_no_enclosure_is_infinite_or_an_error():
    iv = interval_arithmetic()
    across = {x: iv.mpf([-1, 1])}
    for formula in (1 / x, sp.log(x), x ** sp.Float(0.3), sp.asin(2 * x)):
        found = Evaluator([formula], iv)(across)[0]
        assert found.b == mpmath.inf or found.a == -mpmath.inf
    with pytest.raises(ParameterError, match="with elementary functions"):
        Evaluator([sp.besselj(0, x)], iv)(across)
    with pytest.raises(ParameterError, match="with elementary functions"):
        Evaluator([sp.Function("f")(x)], precise_arithmetic(20))({x: 1})


def test_arithmetics_leave_the_settings_of_mpmath_alone():
    before = mpmath.mp.dps, mpmath.iv.dps
    precise_arithmetic(70)
    interval_arithmetic(200)
    assert (mpmath.mp.dps, mpmath.iv.dps) == before
