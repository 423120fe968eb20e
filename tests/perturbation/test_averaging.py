"""Oscillations and averaging, against closed forms, quadrature and integrated equations."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from scipy.integrate import solve_ivp

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.perturbation import Expansion, amplitude_equation, average, lindstedt
from perturbsci.results import Status
from perturbsci.verification import assert_order, load_reference

X, V, T, E = sympy.symbols("x v t epsilon")
VAN_DER_POL = (X**2 - 1) * V
POSITIVE = sympy.Symbol("x", positive=True)


def fractions(name):
    return tuple(Fraction(*pair) for pair in load_reference(name).value)


def integrated(force, epsilon, amplitude, times):
    f = sympy.lambdify((X, V), force)
    answer = solve_ivp(
        lambda _, s: [s[1], -s[0] - epsilon * f(*s)],
        (0, times[-1]),
        [amplitude, 0],
        "DOP853",
        times,
        rtol=1e-12,
        atol=1e-13,
    )
    return answer.y[0]


def test_duffing_in_fractions():
    found = lindstedt(X**3, X, V, order=6)
    assert found.frequency.exact == fractions("perturbation.duffing_frequency")
    assert found.amplitude.exact == (1, 0, 0, 0, 0, 0, 0)
    assert found.status is Status.EXACT
    assert found.certificate.passed
    # x_1 = (cos 3 tau - cos tau)/32
    assert found.harmonics[1, [1, 3]].tolist() == [-1 / 32, 1 / 32]


def test_van_der_pol_in_fractions():
    found = lindstedt(VAN_DER_POL, X, V, order=8, amplitude=None)
    name = "perturbation.van_der_pol_frequency"
    assert found.frequency.exact == fractions(name)
    assert found.limit_cycle
    assert found.status is Status.EXACT


@pytest.mark.parametrize("frequency", [1, 3, Fraction(1, 2), sympy.sqrt(3)])
def test_rayleigh_has_the_frequency_of_van_der_pol(frequency):
    # The derivative of one equation is the other, also at x'' + w^2 x in the time w t.
    found = lindstedt(
        V**3 / 3 - V, X, V, order=6, amplitude=None, frequency=frequency
    ).frequency.coefficients
    w = float(frequency)
    expected = lindstedt(VAN_DER_POL, X, V, order=6, amplitude=None)
    powers = w ** (1.0 - np.arange(7))
    assert found == pytest.approx(expected.frequency.coefficients * powers, rel=1e-14)


def test_a_linear_force_shifts_the_frequency():
    found = lindstedt(X, X, V, order=5, amplitude=3)
    assert (
        found.frequency.exact == Expansion.from_sympy(sympy.sqrt(1 + E), E, order=5).exact
    )
    assert found.harmonics[0, 1] == 3
    assert not found.harmonics[1:].any()


def test_a_constant_force_shifts_the_center():
    found = lindstedt(1, X, V, order=3, amplitude=2)
    assert found.evaluate([0.0, 1.0], 0.1) == pytest.approx(
        -0.1 + 2.1 * np.cos([0.0, 1.0]), rel=1e-15
    )


@pytest.mark.parametrize("amplitude", [2, -3, Fraction(1, 3), sympy.sqrt(2)])
def test_amplitude_and_epsilon_scale_together(amplitude):
    # x = a X turns epsilon x^3 into epsilon a^2 X^3.
    unit = lindstedt(X**3, X, V, order=5).frequency.exact
    square = Fraction(str(sympy.S(amplitude) ** 2))
    found = lindstedt(X**3, X, V, order=5, amplitude=amplitude)
    assert found.frequency.exact == tuple(c * square**k for k, c in enumerate(unit))


@pytest.mark.parametrize("force", [X**3, X**2 - X * V**2, X * V, X**3 + X**5 / 3])
def test_samples_and_fractions_agree(force):
    exact = lindstedt(force, X, V, order=5, amplitude=Fraction(3, 4))
    found = lindstedt(force, X, V, order=5, amplitude=0.75)
    assert (exact.status, found.status) == (Status.EXACT, Status.CONVERGED)
    for a, b in ((exact.frequency, found.frequency), (exact.amplitude, found.amplitude)):
        np.testing.assert_allclose(b.coefficients, a.coefficients, rtol=0, atol=1e-14)


def test_limit_cycle_by_samples_agrees():
    exact = lindstedt(VAN_DER_POL, X, V, order=6, amplitude=None)
    found = lindstedt(VAN_DER_POL * 1.0, X, V, order=6, amplitude=None)
    assert found.status is Status.CONVERGED
    for a, b in ((exact.frequency, found.frequency), (exact.amplitude, found.amplitude)):
        np.testing.assert_allclose(b.coefficients, a.coefficients, rtol=0, atol=1e-13)


def test_frequency_of_a_pendulum_like_spring():
    found = lindstedt(sympy.sin(X), X, V, order=4)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    theta = (nodes + 1) * np.pi / 4
    x = np.sin(theta)

    def frequency(epsilon):  # period = 4 int dx/v, x = sin(theta), v^2 by energy
        quotient = 1 + 2 * epsilon * (np.cos(x) - np.cos(1)) / np.cos(theta) ** 2
        return 2 * np.pi / (np.pi * (weights / np.sqrt(quotient)).sum())

    steps = 0.2 / 2.0 ** np.arange(4)
    errors = [abs(found.frequency.evaluate(e) - frequency(e)) for e in steps]
    assert_order(steps, errors, expected=5, within=0.2, cap=1e-9, floor=1e-13)


@pytest.mark.parametrize(
    ("force", "cycle", "order"),
    [
        (X**3, False, 2),
        (X**2 - X * V**2, False, 2),
        (VAN_DER_POL, True, 3),
        (sympy.sinh(V) - 2 * V, True, 1),
    ],
)
def test_the_series_follows_the_motion(force, cycle, order):
    found = lindstedt(force, X, V, order=order, amplitude=None if cycle else 1)
    times = np.linspace(0, 12, 25)
    steps = 0.08 / 2.0 ** np.arange(4)
    errors = []
    for e in steps:
        start = float(found.amplitude.evaluate(e))
        errors.append(
            abs(found.evaluate(times, e) - integrated(force, e, start, times)).max()
        )
    # Van der Pol is even in epsilon but for the sines.
    assert_order(steps, errors, expected=order + 1, within=0.15, cap=1e-3)


def test_the_smallest_stable_cycle_is_taken():
    # A' = -(A/2)(1 - A^2)(1 - A^2/4)(1 - A^2/9), stable at 0, 2; <s^2 c^2k> by hand
    squares = {1: 8, 2: 16, 3: Fraction(128, 5)}  # 1/<sin^2 cos^2k>
    factors = sympy.Poly((1 - X) * (1 - X / 4) * (1 - X / 9), X).all_coeffs()[::-1]
    force = V * sum(
        c * sympy.Rational(squares.get(k, 2)) / 2 * X ** (2 * k)
        for k, c in enumerate(factors)
    )
    equation = amplitude_equation(force, X, V)
    assert equation.fixed_points == (0, 1, 2, 3)
    assert equation.stable == (True, False, True, False)
    assert lindstedt(force, X, V, order=0, amplitude=None).amplitude.exact == (2,)


def test_evaluation_broadcasts_and_order_zero_is_legal():
    found = lindstedt(X**3, X, V, order=0)
    epsilon = np.array([[0.0], [0.1]])
    values = found.evaluate(np.linspace(0, 1, 3), epsilon)
    assert values.shape == (2, 3)
    assert values[1] == pytest.approx(np.cos([0, 0.5, 1]), rel=1e-15)


def test_oscillations_are_stored(tmp_path):
    found = lindstedt(X**3, X, V, order=2)
    again = io.load(io.save(found, tmp_path / "x.npz"))
    assert again.frequency.exact == found.frequency.exact
    assert "3/8" in again.summary()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((V, X, V), {}, "amplitude grows or decays; pass amplitude=None"),
        ((X**3, X, V), {"amplitude": None}, "no limit cycle.*pass amplitude=x"),
        ((V, X, V), {"amplitude": None}, "no limit cycle"),
        ((X**3, X, V), {"amplitude": 0}, "amplitude is 0; pass x.0. as a real number"),
        ((X**3, X, V), {"amplitude": sympy.I}, "amplitude is I"),
        ((X**3, X, V), {"amplitude": float("nan")}, "amplitude holds nan"),
        ((X**3, X, V), {"order": -1}, "order is -1; pass a whole number from 0 on"),
        ((X**3, X, V), {"order": True}, "order is True"),
        ((X**3, X, V), {"frequency": 0}, "frequency is 0; pass one finite number above 0"),
        ((X**3 + T, X, V), {}, "holds t beside x and v; substitute"),
        (("x**3", X, V), {}, "force is 'x..3'.*problems.parse_expression"),
        ((X**3, "x", V), {}, "pass one sympy.Symbol or several"),
        ((X**3, X, X), {}, "name each symbol once"),
        ((sympy.log(X), X, V), {}, "not finite and real on the circle"),
        (
            (POSITIVE**3, POSITIVE, V),
            {},
            r"x is declared .* pass sympy.Symbol.'x', real=True",
        ),
        ((X * abs(X), X, V), {}, "has a corner, .* use amplitude_equation"),
    ],
)
def test_oscillations_that_are_refused(arguments, options, message):
    with pytest.raises(ParameterError, match=message):
        lindstedt(*arguments, **options)


def test_a_double_cycle_is_refused():
    # A' = -(A/2)(1 - A^2/4)^2, with <sin^2 cos^2> = 1/8 and <sin^2 cos^4> = 1/16
    force = V * (1 - 2 * X**2 + X**4 / 2)
    equation = amplitude_equation(force, X, V)
    assert (equation.fixed_points, equation.stable) == ((0, 2), (True, False))
    with pytest.raises(ParameterError, match="double limit cycle"):
        lindstedt(force, X, V, amplitude=None)


def test_rough_forces_do_not_converge():
    force = X * sympy.sqrt(X**2 + sympy.Float("1e-8"))
    with pytest.raises(ConvergenceError, match="strict=False") as caught:
        lindstedt(force, X, V, order=1)
    assert caught.value.partial.status is Status.TOLERANCE_NOT_REACHED
    found = lindstedt(force, X, V, order=1, strict=False)
    # w_1 = <cos^2 abs(cos)> = 4/(3 pi)
    assert found.frequency.coefficients[1] == pytest.approx(4 / (3 * np.pi), abs=1e-6)


def test_amplitude_equation_of_van_der_pol():
    found = amplitude_equation(VAN_DER_POL, X, V)
    A = found.symbol
    assert sympy.simplify(found.amplitude_rate - A / 2 * (1 - A**2 / 4)) == 0
    assert found.phase_rate == 0
    assert found.fixed_points == (0, 2)
    assert found.stable == (False, True)
    assert found.certificate.passed


@pytest.mark.parametrize(
    ("force", "rate", "phase"),
    [
        (V, "-A/2", "0"),
        (V * sympy.Abs(V), "-4*A**2/(3*pi)", "0"),
        (sympy.sign(V), "-2/pi", "0"),
        (X * sympy.Abs(X), "0", "4*A/(3*pi)"),
        (X**5, "0", "5*A**4/16"),
    ],
)
def test_amplitude_equations_in_closed_form(force, rate, phase):
    found = amplitude_equation(force, X, V)
    names = {"A": found.symbol, "pi": sympy.pi}
    for formula, text in ((found.amplitude_rate, rate), (found.phase_rate, phase)):
        expected = sympy.parsing.sympy_parser.parse_expr(text, local_dict=names)
        assert sympy.simplify(formula - expected) == 0
    assert found.status is Status.EXACT
    assert found.certificate.passed


def test_a_frequency_divides_the_rates():
    mu = sympy.Symbol("mu", positive=True)
    found = amplitude_equation(mu * VAN_DER_POL + X**3, X, V, frequency=2)
    A = found.symbol
    assert sympy.expand(found.amplitude_rate - mu * A / 2 * (1 - A**2 / 4)) == 0
    assert sympy.expand(found.phase_rate - 3 * A**2 / 16) == 0
    assert (found.fixed_points, found.stable) == ((0, 2), (False, True))
    assert found.certificate.kind == "none"


def test_averages_without_a_closed_form_stay_integrals():
    found = amplitude_equation(sympy.tanh(V) - V / 2, X, V)
    assert found.amplitude_rate.has(sympy.Integral)
    assert found.status is Status.CONVERGED
    (point,) = found.fixed_points
    # energy gained is energy lost: <sin tanh(a sin)> = a/4
    psi = 2 * np.pi * np.arange(4096) / 4096
    a = float(point)
    assert np.mean(np.sin(psi) * np.tanh(a * np.sin(psi))) == pytest.approx(
        a / 4, rel=1e-13
    )
    assert found.stable == (False,)
    assert amplitude_equation(sympy.sin(X), X, V).fixed_points == ()


def test_second_order_averaging_gives_the_frequency_of_van_der_pol():
    r, phi = sympy.symbols("r phi")
    psi = T + phi
    place = {X: r * sympy.cos(psi), V: -r * sympy.sin(psi)}
    force = VAN_DER_POL.subs(place, simultaneous=True)
    found = average(
        [sympy.sin(psi) * force, sympy.cos(psi) * force / r], [r, phi], T, E, order=2
    )
    assert sympy.expand(found.terms[0][0] - r / 2 * (1 - r**2 / 4)) == 0
    assert found.terms[1][0] == 0
    exact = fractions("perturbation.van_der_pol_frequency")[2]
    assert found.terms[1][1].subs(r, 2) == sympy.Rational(exact)
    assert found.certificate.passed


def test_averaging_reaches_its_order_up_to_times_of_one_over_epsilon():
    # epsilon^2 X is of third order: left out, it costs epsilon^3 (1/epsilon).
    field = X * (1 - X) * (1 + sympy.sin(T)) + X**2 * sympy.cos(T) + E**2 * X
    steps = 0.01 / 2.0 ** np.arange(4)
    for order in (1, 2):
        system = average(field, X, T, E, order=order)
        slow = sum(E ** (k + 1) * g[0] for k, g in enumerate(system.terms))
        moved = X + sum(E ** (k + 1) * w[0] for k, w in enumerate(system.transformation))
        errors = []
        for e in steps:
            times = np.linspace(0, 1 / e, 40)
            y = end_of(slow.subs(E, e), 0.2, times)
            back = sympy.lambdify((T, X), moved.subs(E, e))
            start = float(back(0.0, 0.2))
            errors.append(
                abs(back(times, y) - end_of(e * field.subs(E, e), start, times)).max()
            )
        assert_order(steps, errors, expected=order, within=0.12)


def end_of(field, start, times):
    right = sympy.lambdify((T, X), field)
    options = {"rtol": 1e-12, "atol": 1e-13}
    return solve_ivp(right, (0, times[-1]), [start], "DOP853", times, **options).y[0]


def test_transformations_have_zero_mean():
    found = average(
        [X * sympy.sin(T + 1) ** 3 + sympy.exp(sympy.I * T)], [X], T, E, order=2
    )
    phases = 2 * np.pi * np.arange(32) / 32
    for wave in found.transformation:
        values = sympy.lambdify((T, X), wave[0])(phases, 0.7)
        assert abs(values.mean()) < 1e-15 < abs(values).max()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([sympy.cos(T / 2)], [X], T, E), {}, "no trigonometric polynomial of t"),
        (([T * X], [X], T, E), {}, "no trigonometric polynomial"),
        (([1 / (2 + sympy.cos(T))], [X], T, E), {}, "expand it in a Fourier series"),
        (([sympy.cos(X * T)], [X], T, E), {}, "no trigonometric polynomial"),
        (([X], [X], T, E), {"order": 3}, "order is 3; pass a whole number from 1 to 2"),
        (([X], [X], T, X), {}, "name each symbol once"),
        ((["x"], [X], T, E), {}, "field holds 'x'; pass finite SymPy"),
    ],
)
def test_fields_that_cannot_be_averaged(arguments, options, message):
    with pytest.raises(ParameterError, match=message):
        average(*arguments, **options)


def test_one_formula_a_state():
    with pytest.raises(ShapeError, match="field has 2 formulas, needed 1"):
        average([X, X], [X], T, E)


@pytest.mark.parametrize(
    "found",
    [
        amplitude_equation(VAN_DER_POL, X, V),
        amplitude_equation(sympy.tanh(V) - V / 2, X, V),
        average([X * sympy.cos(T) ** 2], [X], T, E, order=2),
    ],
)
def test_averages_are_stored(found, tmp_path):
    again = io.load(io.save(found, tmp_path / "x.npz"))
    names = ("amplitude_rate", "fixed_points", "terms", "transformation")
    for name in names:
        assert getattr(again, name, None) == getattr(found, name, None)
