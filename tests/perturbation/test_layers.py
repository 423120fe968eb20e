"""Layers against exact solutions, collocation, limits, and the maximum principle."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from perturbsci import io
from perturbsci.errors import ParameterError
from perturbsci.perturbation import match_layers
from perturbsci.verification import assert_order, load_reference, observed_order

from .collocation import collocated

X, E = sympy.symbols("x epsilon")
Y = sympy.Function("y")(X)
EPSILONS = 2.0 ** -np.arange(6, 11)
DEGREE = 256  # resolves layers of width 2^-10: the errors of collocation are near 1e-11

# name: power of epsilon, a, b, f, interval, boundary
PROBLEMS = {
    "left": (1, 2 + sympy.sin(3 * X), -1 - X, sympy.cos(X), (0, 1), (2, -1)),
    "right": (1, -1 - X**2, sympy.cos(2 * X), sympy.exp(X), (0, 1), (1, 0.5)),
    "both": (2, 0, -((1 + X / 4) ** 2), sympy.exp(X), (0, 1), (1, -1)),
    "interior": (1, sympy.sin(X), 0, 0, (-1, 2), (1, -1)),
}


def equation(power, a, b, f):
    return E**power * Y.diff(X, 2) + a * Y.diff(X) + b * Y - f


def matched(name, order):
    power, a, b, f, interval, boundary = PROBLEMS[name]
    return match_layers(
        equation(power, a, b, f), Y, X, E, boundary=boundary, interval=interval, order=order
    )


def callables(formulas):
    """Return functions of arrays, also of constants."""
    made = [sympy.lambdify(X, formula) for formula in formulas]
    return [lambda x, g=g: g(x) + np.zeros_like(x) for g in made]


def reference(name, epsilon):
    power, *functions, interval, boundary = PROBLEMS[name]
    return collocated(epsilon**power, *callables(functions), interval, boundary, DEGREE)


def points(interval, count=801):
    """Points of which half are in the layers."""
    low, high = interval
    near = (high - low) * np.geomspace(1e-5, 0.2, count)
    return np.unique([*np.linspace(low, high, count), *(low + near), *(high - near)])


@pytest.fixture(scope="module")
def solutions():
    """Values of the numerically exact solutions, by name and epsilon."""
    return {
        name: [reference(name, epsilon)(points(problem[4])) for epsilon in EPSILONS]
        for name, problem in PROBLEMS.items()
    }


def errors(name, order, part, solutions):
    layer, x = matched(name, order), points(PROBLEMS[name][4])
    return [
        abs(layer.evaluate(x, epsilon, part=part) - exact).max()
        for epsilon, exact in zip(EPSILONS, solutions[name], strict=True)
    ]


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", ["left", "right", "both"])
def test_composite_error_has_order_n_plus_1(name, order, solutions):
    found = errors(name, order, "composite", solutions)
    assert_order(
        EPSILONS, found, order + 1, within=0.1, cap=20 * EPSILONS[-1] ** (order + 1)
    )


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", ["left", "right", "both"])
def test_uniform_error_has_order_n_plus_1(name, order, solutions):
    found = errors(name, order, "uniform", solutions)
    # With layers at both ends the residual of an even N is epsilon^(N+2) (see layer_terms).
    expected = order + 2 if name == "both" and order % 2 == 0 else order + 1
    assert_order(
        EPSILONS, found, expected, within=0.1, cap=20 * EPSILONS[-1] ** (order + 1)
    )


def test_interior_layer_of_odd_speed_has_order_1(solutions):
    for part in ("composite", "uniform"):
        assert_order(
            EPSILONS, errors("interior", 0, part, solutions), 1, within=0.1, cap=1e-3
        )


def test_interior_layer_with_a_bent_speed_has_order_one_half():
    layer = match_layers(
        E * Y.diff(X, 2) + (X + X**2 / 4) * Y.diff(X), Y, X, E, boundary=(2, -1),
        interval=(-1, 1),
    )  # fmt: skip
    x, found = points((-1, 1)), []
    for epsilon in EPSILONS:
        exact = collocated(
            epsilon, lambda x: x + x**2 / 4, lambda x: 0 * x, lambda x: 0 * x, (-1, 1),
            (2, -1), DEGREE,
        )  # fmt: skip
        found.append(abs(layer.evaluate(x, epsilon, part="uniform") - exact(x)).max())
        # An estimate, not a bound: within a factor of two here.
        assert 0.5 * found[-1] < layer.error_bound(epsilon) < 4 * found[-1]
    assert_order(EPSILONS, found, 0.5, within=0.1)


def test_the_textbook_problem():
    layer = match_layers(
        E * Y.diff(X, 2) + (1 + X) * Y.diff(X) + Y, Y, X, E, boundary=(1, 1)
    )
    x = points((0, 1), 4001)
    errors = load_reference("perturbation.composite_errors")
    for epsilon, expected in zip(errors.parameters["epsilon"], errors.value, strict=True):
        composite = 2 / (1 + x) - np.exp(-x / epsilon)
        np.testing.assert_allclose(layer.evaluate(x, epsilon), composite, atol=1e-13)
        exact = collocated(
            epsilon, lambda x: 1 + x, np.ones_like, np.zeros_like, (0, 1), (1, 1), DEGREE
        )
        error = abs(layer.evaluate(x, epsilon) - exact(x)).max()
        assert abs(error / expected - 1) < errors.tolerance


def test_constant_coefficients_give_the_series_of_the_exact_roots():
    # y = (exp(r x) - exp(s x))/(exp(r) - exp(s)), r, s = (-1 +- sqrt(1 - 4 e))/(2 e)
    layer = match_layers(
        E * Y.diff(X, 2) + Y.diff(X) + Y, Y, X, E, boundary=(0, 1), order=2
    )
    slow = sympy.series((-1 + sympy.sqrt(1 - 4 * E)) / (2 * E), E, 0, 4).removeO()
    outer = sympy.series(sympy.exp(slow * (X - 1)), E, 0, 3).removeO()
    x = np.linspace(0, 1, 7)
    for k in range(3):
        term = sympy.lambdify(X, sympy.expand(outer).coeff(E, k))(x) * np.ones_like(x)
        found = np.polynomial.chebyshev.chebval(2 * x - 1, layer.outer.coefficients[k, 0])
        # each order loses n^2 roundings of 16 coefficients
        np.testing.assert_allclose(found, term, atol=1e-14 * 300**k / 10)


def test_overlap_is_the_limit_of_inner_and_of_outer():
    for name, side in (("left", 1), ("right", -1), ("both", 1)):
        layer = matched(name, 2)
        x = layer.locations[0] + side * 1e-3
        inner = layer.evaluate(x, 1e-6, part="inner")
        # Both are Taylor polynomials of the outer terms, of degree 2: the rest is 1e-9.
        assert abs(inner - layer.evaluate(x, 1e-6, part="outer")) < 1e-7
        assert (
            layer.overlap[0].coefficients[:, 0] == layer.inner[0].coefficients[:, 0]
        ).all()
        assert layer.overlap[0].powers.tolist() == [0, 1, 2]


def test_composite_is_outer_plus_inner_minus_overlap():
    layer, epsilon, x = matched("left", 2), 0.05, np.linspace(0, 1, 11)
    stretched = x / epsilon
    p, q = np.tensordot(epsilon ** np.arange(3), layer.inner[0].coefficients, axes=1)
    values = np.polynomial.polynomial.polyval
    inner = values(stretched, p) + values(stretched, q) * np.exp(
        -layer.rates[0] * stretched
    )
    np.testing.assert_allclose(layer.evaluate(x, epsilon, part="inner"), inner, rtol=1e-11)
    composite = layer.evaluate(x, epsilon, part="outer") + inner - values(stretched, p)
    np.testing.assert_allclose(layer.evaluate(x, epsilon), composite, atol=1e-11)


def test_uniform_meets_the_boundary_values():
    for name, (_, _, _, _, interval, boundary) in PROBLEMS.items():
        layer = matched(name, 0 if name == "interior" else 3)
        ends = layer.evaluate(interval, 2.0**-10, part="uniform")
        np.testing.assert_allclose(ends, boundary, atol=1e-12)


@pytest.mark.parametrize("epsilon", [0.0, 5e-324, 1e-300, 1e-12])
def test_tiny_epsilon_gives_the_limit_without_a_warning(epsilon):
    for name, (_, _, _, _, interval, boundary) in PROBLEMS.items():
        layer = matched(name, 0 if name == "interior" else 2)
        for part in ("composite", "uniform"):
            values = layer.evaluate([*interval, 0.3], epsilon, part=part)
            np.testing.assert_allclose(values[:2], boundary, atol=1e-11)
            assert abs(values[2] - layer.evaluate(0.3, 0, part="outer")) < 1e-5
        assert layer.evaluate(0.7, epsilon).shape == ()
        assert layer.evaluate(np.zeros((0, 3)), epsilon).shape == (0, 3)


def test_a_left_layer_mirrored_is_a_right_layer():
    power, a, b, f, _, boundary = PROBLEMS["left"]
    mirrored = [g.subs(X, 1 - X) for g in (-a, b, f)]
    left = matched("left", 2)
    right = match_layers(
        equation(power, *mirrored), Y, X, E, boundary=boundary[::-1], order=2
    )
    x = np.linspace(0, 1, 50)
    assert right.locations == (1.0,)
    for part in ("composite", "uniform", "outer", "inner"):
        np.testing.assert_allclose(
            right.evaluate(1 - x, 0.02, part=part), left.evaluate(x, 0.02, part=part),
            atol=1e-10,
        )  # fmt: skip


def test_solutions_add_up_and_scale():
    power, a, b, f, _, _ = PROBLEMS["left"]
    x = np.linspace(0, 1, 50)
    one, two, both = (
        match_layers(equation(power, a, b, g), Y, X, E, boundary=ends, order=2)
        for g, ends in ((f, (1, 0)), (sympy.S.Zero, (0, 2)), (f, (1, 2)))
    )
    total = one.evaluate(x, 0.05) + two.evaluate(x, 0.05)
    np.testing.assert_allclose(both.evaluate(x, 0.05), total, atol=1e-10)
    scaled = match_layers(3 * equation(power, a, b, f), Y, X, E, boundary=(1, 0), order=2)
    np.testing.assert_allclose(scaled.evaluate(x, 0.05), one.evaluate(x, 0.05), atol=1e-10)


def test_powers_of_epsilon_rescale_the_width():
    _, a, b, f, interval, boundary = PROBLEMS["left"]
    square = match_layers(equation(2, a, b, f), Y, X, E, boundary=boundary, order=1)
    assert square.width_exponents == (Fraction(2),)
    assert square.outer.powers.tolist() == [0, 2]
    assert square.evaluate(0.3, 0.1) == pytest.approx(
        matched("left", 1).evaluate(0.3, 0.01)
    )
    root = match_layers(E * Y.diff(X, 2) - Y, Y, X, E, boundary=(1, 0), interval=interval)
    assert root.width_exponents == (Fraction(1, 2),) * 2
    assert abs(root.evaluate(0.1, 0.01) - np.exp(-1)) < 1e-7


@pytest.mark.parametrize(
    "problem",
    [
        (2, 0, -1 - 100 * (X - 0.5) ** 2, -1 - X),  # c itself is a square root
        (1, X + sympy.Rational(1, 5), -1, X),  # a nearly vanishes at the layer
        (1, -1 / (X + sympy.Rational(1, 20)), -1, 0),  # a pole near the far end
    ],
)
def test_terms_are_resolved_where_the_coefficients_are_simple(problem):
    power, *functions = problem
    layer = match_layers(equation(power, *functions), Y, X, E, boundary=(0, 1), order=3)
    x, epsilon = points((0, 1), 101), 2.0**-9
    exact = collocated(epsilon**power, *callables(functions), (0, 1), (0, 1), DEGREE)
    error = abs(layer.evaluate(x, epsilon, part="uniform") - exact(x)).max()
    assert error < layer.error_bound(epsilon)
    assert error < 1e-3


def random_problem(rng):
    """Return a problem whose error the maximum principle bounds."""
    c = rng.uniform(-0.9, 0.9, 5)
    b = -sympy.exp(c[0] * X) * max(c[1], 0)
    f = c[2] + 3 * c[3] * sympy.sin(2 * X)
    if rng.random() < 0.3:
        return 2, 0, -((1 + c[4] * X / 2) ** 2), f
    return 1, rng.choice([-1, 1]) * (1 + c[4] * sympy.cos(X)), b, f


def check_bounds(seeds):
    for seed in seeds:
        rng = np.random.default_rng(seed)
        power, *functions = random_problem(rng)
        boundary, order = rng.uniform(-1, 1, 2), int(rng.integers(0, 4))
        layer = match_layers(
            equation(power, *functions), Y, X, E, boundary=boundary, order=order
        )
        epsilon, x = 10 ** rng.uniform(-2.3, -1), points((0, 1), 101)
        exact = collocated(epsilon**power, *callables(functions), (0, 1), boundary, 160)
        error = abs(layer.evaluate(x, epsilon, part="uniform") - exact(x)).max()
        assert layer.certificate.kind == "a-posteriori"
        assert layer.certificate.passed
        # 1e-10 is the error of collocation
        assert error <= layer.error_bound(epsilon) + 1e-10, seed


def test_true_error_is_below_the_bound():
    check_bounds(range(6))


@pytest.mark.slow
def test_true_error_is_below_the_bound_of_300_random_problems():
    check_bounds(range(6, 306))


def test_growing_solutions_have_an_estimate_only():
    assert matched("right", 0).certificate.kind == "estimate"
    assert matched("interior", 0).certificate.kind == "estimate"


def test_expansions_are_stored(tmp_path):
    for name in PROBLEMS:
        layer = matched(name, 0)
        io.save(layer, tmp_path / f"{name}.npz")
        found = io.load(tmp_path / f"{name}.npz")
        x = np.linspace(*layer.interval, 9)
        assert (found.evaluate(x, 0.1) == layer.evaluate(x, 0.1)).all()
        assert "LayerExpansion: CONVERGED" in found.summary()


# ---- errors

HEAT = E * Y.diff(X, 2)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (Y.diff(X, 2) + Y.diff(X) + Y, r"no layer; the balances that were tried: at x = 0"),
        (HEAT, "both coefficient functions vanish; the balances that were tried"),
        (HEAT + Y, "there is no layer; the balances that were tried"),
        (HEAT + (X - 0.5) * (X - 0.7) * Y.diff(X) - Y, "has zeros of a at"),
        (HEAT - (X - 0.5) * Y.diff(X), "a resonance, the limit is not unique"),
        (HEAT + (X - 0.5) * Y.diff(X) + Y, "do not vanish with a at 0.5: unsupported"),
        (HEAT + (1 + E) * Y.diff(X), "has epsilon beside y'': unsupported"),
        (E * Y.diff(X, 3) + Y.diff(X), "has the order 3, needed 2: unsupported"),
        ((X - 0.5) * HEAT + Y.diff(X), "y'' that vanishes on the interval"),
        (HEAT + Y.diff(X) / X, "do not resolve its functions; shorten the interval"),
        (HEAT + Y.diff(X) + sympy.Abs(X - 0.4) * Y, "coefficients do not resolve"),
        (HEAT + Y * Y.diff(X), "is not linear in y"),
        (HEAT + Y.diff(X) * sympy.Symbol("k"), "holds k beside x and epsilon; substitute"),
        ("e y'' + y'", "for text use problems.parse_expression"),
    ],
)
def test_unsupported_equations(form, message):
    with pytest.raises(ParameterError, match=message):
        match_layers(form, Y, X, E, boundary=(0, 1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order": -1}, "order is -1; pass a whole number from 0 on"),
        ({"order": 1.0}, "order is 1.0; pass a whole number from 0 on"),
        ({"boundary": (1, float("nan"))}, "pass two finite real numbers, the values of y"),
        ({"boundary": 3}, "boundary is 3; pass two finite"),
        ({"interval": (1, 0)}, "pass two finite real numbers, the smaller first"),
    ],
)
def test_wrong_options(change, message):
    with pytest.raises(ParameterError, match=message):
        match_layers(HEAT + Y.diff(X), Y, X, E, **{"boundary": (0, 1), **change})


def test_wrong_symbols():
    form = HEAT + Y.diff(X)
    with pytest.raises(ParameterError, match="pass an applied function such as"):
        match_layers(form, sympy.Function("y"), X, E, boundary=(0, 1))
    with pytest.raises(ParameterError, match=r"x is 'x'; pass a sympy.Symbol"):
        match_layers(form, Y, "x", E, boundary=(0, 1))
    with pytest.raises(ParameterError, match=r"epsilon is 0\.1; pass a sympy.Symbol"):
        match_layers(form, Y, X, 0.1, boundary=(0, 1))


@pytest.mark.parametrize("values", [{0: 1, 1: 2}, {1, 2}, "12", (1,), (1, np.nan), None])
def test_boundary_values_are_an_ordered_pair(values):
    with pytest.raises(ParameterError, match=r"boundary is .*; pass two finite real"):
        match_layers(HEAT + Y.diff(X), Y, X, E, boundary=values)


def test_interior_layers_are_known_at_order_0():
    with pytest.raises(ParameterError, match="its order is 1, known is order 0"):
        matched("interior", 1)


def test_wrong_evaluation():
    layer = matched("left", 0)
    with pytest.raises(ParameterError, match=r"outside .*; keep inside the interval"):
        layer.evaluate(1.5, 0.1)
    with pytest.raises(ParameterError, match=r"epsilon is -0\.1; pass a number from 0 on"):
        layer.evaluate(0.5, -0.1)
    with pytest.raises(
        ParameterError, match="part is 'middle'; it must be one of 'composite'"
    ):
        layer.evaluate(0.5, 0.1, part="middle")


def test_order_of_the_composite_error_is_measured_not_assumed(solutions):
    """A composite without the overlap has an error of order one."""
    layer, x = matched("left", 0), points((0, 1))
    wrong = [
        abs(layer.evaluate(x, e, part="outer") - exact).max()
        for e, exact in zip(EPSILONS, solutions["left"], strict=True)
    ]
    assert abs(observed_order(EPSILONS, wrong)) < 0.1
