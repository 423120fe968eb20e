"""Regular expansions against exact solutions, and closed forms against numbers."""

import math

import numpy as np
import pytest
import sympy

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.perturbation import expand_regular
from perturbsci.results import Status
from perturbsci.verification import observed_order

T, X, E = sympy.symbols("t x epsilon")
U, V = (sympy.Function(name) for name in "uv")
u, v = U(T), V(T)
AT_REST = {U(0): 1, u.diff(T).subs(T, 0): 0}
DUFFING = u.diff(T, 2) + u + E * u**3
DECAY = u.diff(T) + u + E * u**2
AGREEMENT = 1e-9  # closed forms and numbers


def expand(equation, conditions=AT_REST, **options):
    return expand_regular((equation,), (u,), (T,), E, conditions=conditions, **options)


def test_duffing_has_a_secular_term():
    found = expand(DUFFING, order=2, points=np.linspace(0, 2, 101))
    first = -3 * T * sympy.sin(T) / 8 + (sympy.cos(3 * T) - sympy.cos(T)) / 32
    assert found.terms[0] == (sympy.cos(T),)
    assert sympy.simplify(found.terms[1][0] - first) == 0
    assert found.secular.tolist() == [False, True, True]
    assert found.status is Status.CONVERGED
    assert found.certificate.value <= AGREEMENT
    assert found.values.shape == (3, 101, 1)


def test_equations_of_each_order():
    u0, u1 = (sympy.Function(f"u_{k}")(T) for k in (0, 1))
    found = expand(DUFFING, order=1, points=[0.0])
    assert found.equations == (
        (u0.diff(T, 2) + u0,),
        (u1.diff(T, 2) + u1 + u0**3,),
    )


@pytest.mark.parametrize("method", ["symbolic", "numeric"])
def test_error_is_of_the_next_order(method):
    # u' = -u - epsilon u^2: u = 1/((1 + epsilon) e^t - epsilon)
    points = np.linspace(-0.5, 2, 9)
    found = expand(DECAY, {U(0): 1}, order=3, method=method, points=points)
    epsilons = 0.02 * 0.5 ** np.arange(4)
    exact = 1 / ((1 + epsilons[:, None]) * np.exp(points) - epsilons[:, None])
    errors = abs(found.evaluate(epsilons)[..., 0] - exact).max(axis=1)
    assert observed_order(epsilons, errors, floor=1e-12) == pytest.approx(4, abs=0.15)
    assert not found.secular.any()


def test_conditions_may_depend_on_epsilon():
    found = expand(u.diff(T) + u, {U(0): sympy.exp(E)}, order=3, points=[0.0])
    assert found.values[:, 0, 0] == pytest.approx([1, 1, 1 / 2, 1 / 6])


@pytest.mark.parametrize(
    ("equation", "secular"),
    [
        (u.diff(T, 2) + u + E * u, [False, True]),  # the frequency changes
        (u.diff(T, 2) + u + E * u**2, [False, False]),  # in second order only
        pytest.param(
            u.diff(T, 2) + u + E * sympy.cos(T), [False, True], marks=pytest.mark.slow
        ),
        (u.diff(T, 2) + u.diff(T) + u + E * u, [False, False]),  # t e^{-t/2} decays
        (u.diff(T, 2) - u - E * u, [False, False]),  # t e^t is no bounded term times t
    ],
)
def test_secular_terms_by_pattern_and_by_growth(equation, secular):
    points = [0.0, 1.0]
    symbolic = expand(equation, order=1, method="symbolic", points=points)
    numeric = expand(equation, order=1, method="numeric", points=points)
    assert symbolic.secular.tolist() == numeric.secular.tolist() == secular
    assert numeric.values == pytest.approx(symbolic.values, abs=AGREEMENT)


def test_first_order_system_with_forcing():
    equations = (u.diff(T) - v - E * u * v, v.diff(T) + u + sympy.sin(2 * T))
    options = {"conditions": {U(0): 1, V(0): 0}, "order": 1}
    points = np.linspace(0, 3, 20)
    found = expand_regular(equations, (u, v), (T,), E, points=points, **options)
    assert len(found.terms) == 2
    assert found.certificate.value <= AGREEMENT
    again = expand_regular(equations, (u, v), (T,), E, method="symbolic", **options)
    assert again.certificate.kind == "a-posteriori"
    assert again.certificate.value <= 1e-14


def test_boundary_values_in_closed_form_and_on_chebyshev_points():
    found = expand(u.diff(T, 2) - u - E * u**2, {U(0): 1, U(1): 0}, order=1)
    assert found.terms[0][0].subs(T, 0.25).evalf() == pytest.approx(
        math.sinh(0.75) / math.sinh(1)
    )
    assert found.certificate.value <= AGREEMENT
    assert not found.secular.any()
    # y = ln(1 + epsilon t)/ln(1 + epsilon)
    flux = ((1 + E * T) * u.diff(T)).diff(T)
    points = np.linspace(0, 1, 5)
    found = expand(flux, {U(0): 0, U(1): 1}, order=2, method="numeric", points=points)
    logarithm = sympy.log(1 + E * T) / sympy.log(1 + E)
    series = sympy.series(logarithm, E, 0, 3).removeO()
    for k in range(3):
        exact = [float(series.coeff(E, k).subs(T, at)) for at in points]
        assert found.values[k, :, 0] == pytest.approx(exact, abs=1e-12)


def test_nonlinear_boundary_values():
    # Bratu: u'' + 2 e^u = 0, u = 2 ln(cosh(c/2)/cosh(c (t - 1/2))), c = cosh(c/2)
    c = float(sympy.nsolve(X - sympy.cosh(X / 2), X, 1.2))
    found = expand(
        u.diff(T, 2) + (2 + E) * sympy.exp(u),
        {U(0): 0, U(1): 0},
        order=2,
        points=[0.5, 0.75],
    )
    exact = [2 * math.log(math.cosh(c / 2) / math.cosh(c * s)) for s in (0, 0.25)]
    assert found.terms == ()
    assert found.values[0, :, 0] == pytest.approx(exact, rel=1e-11)
    # The first order is the derivative in the parameter 2 + epsilon.
    near = expand(
        u.diff(T, 2) + (2.001 + E) * sympy.exp(u), {U(0): 0, U(1): 0}, order=0, points=[0.5]
    )
    assert near.values[0, 0, 0] == pytest.approx(found.evaluate(0.001)[0, 0], abs=1e-8)


def test_derivative_conditions_at_both_ends():
    conditions = {u.diff(T).subs(T, 0): 1, U(sympy.pi / 4): 0}
    found = expand(u.diff(T, 2) + u + E, conditions, order=1)
    assert found.terms[0][0].equals(sympy.sin(T) - sympy.cos(T))
    assert found.terms[1][0].equals(sympy.sqrt(2) * sympy.cos(T) - 1)
    assert found.certificate.value <= AGREEMENT


def test_variable_coefficients_by_dsolve():
    found = expand(
        u.diff(T) - u * (1 - u) - E * u,
        {U(0): sympy.S.Half},
        order=1,
        method="symbolic",
        points=[0.0, 1.0],
    )
    # u = (1 + epsilon)/(1 + (1 + 2 epsilon) e^{-(1 + epsilon) t})
    exact = (1 + E) / (1 + (1 + 2 * E) * sympy.exp(-(1 + E) * T))
    slope = exact.diff(E).subs(E, 0).subs(T, 1)
    assert found.values[1, 1, 0] == pytest.approx(float(slope), rel=1e-12)
    assert found.certificate.kind == "a-posteriori"


GRID = np.stack(np.meshgrid([0, 0.4, 1], np.linspace(-1, 6, 8)), axis=-1).reshape(-1, 2)


def evolve(equation, initial, **options):
    w = U(T, X)
    conditions = {U(0, X): initial} if not isinstance(initial, dict) else initial
    return expand_regular((equation,), (w,), (T, X), E, conditions=conditions, **options)


@pytest.mark.parametrize("wave", [1, pytest.param(9, marks=pytest.mark.slow)])
def test_advection_with_little_diffusion(wave):
    w = U(T, X)
    equation = w.diff(T) + w.diff(X) - E * w.diff(X, 2)
    found = evolve(equation, sympy.sin(wave * X), order=1, points=GRID)
    t, x = GRID.T
    exact = np.sin(wave * (x - t))
    assert found.values[0, :, 0] == pytest.approx(exact, abs=1e-10)
    assert found.values[1, :, 0] == pytest.approx(-(wave**2) * t * exact, abs=1e-7 * wave)
    assert found.secular.tolist() == [False, True]
    assert found.terms == ()


@pytest.mark.slow
def test_waves_of_second_order_in_time():
    w = U(T, X)
    initial = {U(0, X): sympy.cos(X), w.diff(T).subs(T, 0): 0}
    found = evolve(w.diff(T, 2) - w.diff(X, 2) + E * w, initial, order=1, points=GRID)
    # frequency sqrt(1 + epsilon): cos(t) - epsilon t sin(t)/2
    t, x = GRID.T
    assert found.values[1, :, 0] == pytest.approx(-t * np.sin(t) * np.cos(x) / 2, abs=1e-9)


@pytest.mark.slow
def test_a_complex_equation():
    w = U(T, X)
    found = evolve(
        sympy.I * w.diff(T) + w.diff(X, 2) - E * w,
        sympy.exp(sympy.I * X),
        order=1,
        points=GRID,
    )
    t, x = GRID.T
    assert found.values[1, :, 0] == pytest.approx(-1j * t * np.exp(1j * (x - t)), abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("order", [4, 6])
def test_high_orders_agree(order):
    assert expand(DUFFING, order=order).certificate.value <= AGREEMENT
    damped = u.diff(T, 2) + 0.04 * u.diff(T) + 1.01 * u + E * u**3
    assert expand(damped, order=2).certificate.value <= AGREEMENT


@pytest.mark.slow
def test_viscous_burgers_first_order():
    w = U(T, X)
    equation = w.diff(T) - w.diff(X, 2) + E * w * w.diff(X)
    found = evolve(equation, sympy.sin(X), order=1, points=GRID)
    t, x = GRID.T
    # u_1' = u_1'' - e^{-2t} sin(2x)/2: u_1 = -(e^{-2t} - e^{-4t}) sin(2x)/4
    exact = -(np.exp(-2 * t) - np.exp(-4 * t)) * np.sin(2 * x) / 4
    assert found.values[1, :, 0] == pytest.approx(exact, abs=1e-9)
    assert not found.secular.any()


def test_evaluation_at_other_points():
    numeric = expand(DECAY, {U(0): 1}, order=1, method="numeric", points=[0.0, 1.0])
    symbolic = expand(DECAY, {U(0): 1}, order=1, method="symbolic", points=[0.0, 1.0])
    assert numeric.evaluate(0.1, [0.3]) == pytest.approx(symbolic.evaluate(0.1, [0.3]))
    assert symbolic.evaluate(np.array([0.1, 0.2, 0.3]), [0.3, 0.5]).shape == (3, 2, 1)
    assert symbolic.evaluate(0.1, np.zeros(0)).shape == (0, 1)
    assert symbolic.evaluate(0.0)[1, 0] == pytest.approx(math.exp(-1))


def test_a_solution_that_ends_early():
    with pytest.raises(
        ConvergenceError, match=r"ended at 1, before 10.*choose points before"
    ):
        expand(u.diff(T) - u**2 - E, {U(0): 1}, order=1)
    found = expand(u.diff(T) - u**2 - E, {U(0): 1}, order=0, points=[0.5])
    assert found.values[0, 0, 0] == pytest.approx(2)


def test_a_boundary_problem_without_a_solution():
    with pytest.raises(ConvergenceError, match="does not settle in 50 steps"):
        expand(u.diff(T, 2) + 10 * sympy.exp(u) + E, {U(0): 0, U(1): 0})


@pytest.mark.parametrize(
    ("equation", "conditions", "message"),
    [
        (E * u.diff(T) + u, {U(0): 1}, "perturbation is singular; use match_layers"),
        (u.diff(T) + sympy.sqrt(E) * u, {U(0): 1}, "not analytic in epsilon at 0"),
        (u.diff(T) ** 2 - u, {U(0): 1}, "nonlinear in the highest derivatives"),
        (u.diff(T) + U(T - 1), {U(0): 1}, r"holds u\(t - 1\) beside unknowns"),
        (u.diff(T) + X, {U(0): 1}, "holds x beside unknowns, variables and epsilon"),
        (DUFFING, {U(0): 1}, "conditions has 1 entries .* 2 are needed"),
        (DECAY, {u: 1}, r"conditions holds u\(t\); pass keys such as u\(0\)"),
        (DECAY, {U(0): "1"}, r"gives u\(0\) the value '1'; pass a number"),
        (DECAY, [1], r"conditions is \[1\]; pass a dict"),
        ("u' + u", {U(0): 1}, "pass a SymPy expression that vanishes"),
    ],
)
def test_statements_that_are_refused(equation, conditions, message):
    with pytest.raises(ParameterError, match=message):
        expand(equation, conditions)


def test_options_that_are_refused():
    with pytest.raises(ParameterError, match="order is -1; pass a whole number from 0 on"):
        expand(DECAY, {U(0): 1}, order=-1)
    with pytest.raises(ParameterError, match="method is 'exact'; it must be one of 'auto'"):
        expand(DECAY, {U(0): 1}, method="exact")
    with pytest.raises(ParameterError, match="points range from 0 to 2, the conditions"):
        expand(DUFFING, {U(0): 1, U(1): 0}, points=[0.0, 2.0])
    with pytest.raises(ShapeError, match="points has shape"):
        expand(DECAY, {U(0): 1}, points=[[0.0]])
    with pytest.raises(ParameterError, match="values that are not finite"):
        expand(DECAY, {U(0): 1}, points=[math.nan])
    w = U(T, X)
    with pytest.raises(
        ParameterError, match=r"points is None; pass an array of shape \(n, 2\)"
    ):
        evolve(w.diff(T) + w.diff(X), sympy.sin(X))
    with pytest.raises(ParameterError, match="where there are no closed forms"):
        evolve(w.diff(T) + w.diff(X), sympy.sin(X), points=GRID, method="symbolic")
    with pytest.raises(ShapeError, match="equations has 1 entries but unknowns 2"):
        expand_regular((DECAY,), (u, v), (T,), E, conditions={U(0): 1})
    with pytest.raises(ParameterError, match="pass functions applied to"):
        expand_regular((DECAY,), (U,), (T,), E, conditions={U(0): 1})
    with pytest.raises(ParameterError, match=r"equations is 'u'; pass SymPy objects"):
        expand_regular("u", (u,), (T,), E, conditions={U(0): 1})
    with pytest.raises(ParameterError, match=r"variables is .*; pass one sympy\.Symbol"):
        expand_regular((DECAY,), (u,), ("t",), E, conditions={U(0): 1})
    with pytest.raises(ParameterError, match=r"pass \(t,\) or \(t, x\)"):
        expand_regular((DECAY,), (u,), (T, X, sympy.Symbol("z")), E, conditions={U(0): 1})


def test_one_equation_needs_no_tuple():
    tuples = expand_regular((DECAY,), (U(T),), (T,), E, conditions={U(0): 1})
    plain = expand_regular(sympy.Eq(DECAY, 0), U(T), T, E, conditions={U(0): 1})
    assert plain.terms == tuples.terms


@pytest.mark.slow
def test_an_equation_without_closed_form():
    equation = u.diff(T, 2) + (1 + T**3) * u + E  # SymPy has a power series only
    with pytest.raises(ParameterError, match="'symbolic', but order 0 has no closed form"):
        expand(equation, AT_REST, method="symbolic")
    assert expand(equation, AT_REST, order=1, points=[0.0, 1.0]).terms == ()


def test_an_expansion_that_fails_its_certificate(monkeypatch):
    monkeypatch.setattr("perturbsci.perturbation.regular.AGREEMENT", 1e-30)
    with pytest.raises(ConvergenceError, match="does not meet its own estimate") as error:
        expand(DECAY, {U(0): 1}, order=1, points=[0.0, 1.0])
    assert error.value.partial.status is Status.TOLERANCE_NOT_REACHED
    kept = expand(DECAY, {U(0): 1}, order=1, points=[0.0, 1.0], strict=False)
    assert not kept.certificate.passed


def test_expansions_are_stored_and_go_on(tmp_path):
    for method in ("auto", "numeric"):
        found = expand(DUFFING, order=1, method=method, points=[0.0, 1.0])
        io.save(found, tmp_path / f"{method}.npz")
        back = io.load(tmp_path / f"{method}.npz")
        assert back.terms == found.terms
        assert back.equations == found.equations
        assert (back.values == found.values).all()
        assert back.evaluate(0.1, [0.5]) == pytest.approx(found.evaluate(0.1, [0.5]))
