"""WKB, turning points, Airy functions and levels against closed forms and mpmath."""

import mpmath
import numpy as np
import pytest
import sympy
from scipy.integrate import solve_ivp

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.perturbation import langer, quantize, turning_points, wkb
from perturbsci.verification import assert_order, load_reference

X, E = sympy.symbols("x epsilon")
POINTS = np.array([0.3, 0.9, 1.7])
GENERIC = 2 + X**2 / 2 + sympy.sin(X) / 3  # no closed form of its integrals


# ---- WKB


@pytest.mark.parametrize("sign", [1, -1])
def test_euler_equation_is_the_series_of_its_exponent(sign):
    # e^2 y'' + y/x^2 = 0 has y = x^(1/2 +- i sqrt(1/e^2 - 1/4))
    root = sympy.series(sympy.sqrt(1 - E**2 / 4), E, 0, 6).removeO()
    waves = wkb(X**-2, X, E, order=5)
    epsilon = 0.3
    exponent = 0.5 + sign * 1j * float(root.subs(E, epsilon)) / epsilon
    found = waves.evaluate(POINTS, epsilon, sign=sign)
    start = waves.evaluate(1.0, epsilon, sign=sign)
    np.testing.assert_allclose(found / start, POINTS**exponent, rtol=1e-13)


def test_two_terms_are_exact_for_the_inverse_fourth_power():
    waves, epsilon = wkb(X**-4, X, E, order=4), 0.7
    exact = POINTS * np.exp(-1j / (epsilon * POINTS))
    np.testing.assert_allclose(waves.evaluate(POINTS, epsilon), exact, rtol=1e-14)
    assert waves.phases[2:] == (0, 0, 0)
    assert not waves.validity(POINTS, epsilon).any()


def test_airy_phases_are_those_of_the_asymptotic_series():
    # Ai and Bi at -z: exponents i t - 5 i/(72 t) - ..., t = (2/3) z^(3/2)
    waves = wkb(X, X, E, order=3)
    assert waves.phases[0] == sympy.Rational(2, 3) * sympy.I * X ** sympy.Rational(3, 2)
    t = sympy.Rational(2, 3) * X ** sympy.Rational(3, 2)
    assert sympy.simplify(waves.phases[2] + 5 * sympy.I / (72 * t)) == 0
    assert sympy.simplify(waves.phases[3] + 5 / (64 * X**3)) == 0


@pytest.mark.parametrize(("order", "sign"), [(0, 1), (1, -1), (2, 1), (3, -1)])
def test_the_defect_of_the_equation_has_order_n_plus_1(order, sign):
    """With exact derivatives of the exponent, at complex-valued y."""
    waves = wkb(GENERIC, X, E, order=order)
    slopes = [s.diff(X) for s in waves.phases]
    epsilons, defects = 2.0 ** -np.arange(4, 8), []
    for epsilon in epsilons:
        total = sum(sign ** (k + 1) * epsilon**k * s for k, s in enumerate(slopes))
        defect = GENERIC + total**2 + epsilon * total.diff(X)
        defects.append(abs(complex(defect.subs(X, 0.7).evalf(30))))
    assert_order(epsilons, defects, order + 1, within=0.05, floor=1e-20)


def test_waves_without_closed_form_agree_with_integration():
    epsilon, waves = 0.02, wkb(GENERIC, X, E, order=3)
    q = sympy.lambdify(X, GENERIC)
    y = waves.evaluate([0.0, 1e-3, 1.5], epsilon)
    exponent = [s.diff(X).subs(X, 0).evalf(20) for s in waves.phases]
    slope = complex(sum(epsilon ** (k - 1) * s for k, s in enumerate(exponent))) * y[0]
    found = solve_ivp(
        lambda x, u: [u[1], -q(x) * u[0] / epsilon**2], (0, 1.5), [y[0], slope],
        method="DOP853", rtol=1e-12, atol=1e-12,
    )  # fmt: skip
    # The next term is epsilon^3 S_4, with |S_4| about 0.01.
    assert abs(found.y[0, -1] / y[2] - 1) < 5e-7


def test_waves_grow_and_decay_where_the_frequency_is_imaginary():
    waves = wkb(-sympy.exp(2 * X), X, E)
    growth = waves.evaluate(POINTS, 0.1, sign=-1) / waves.evaluate(0.0, 0.1, sign=-1)
    exact = np.exp((np.exp(POINTS) - 1) / 0.1 - POINTS / 2)
    np.testing.assert_allclose(growth, exact, rtol=1e-12)


def test_validity_is_the_second_phase():
    found = wkb(X, X, E, order=0).validity(POINTS, 0.1)
    np.testing.assert_allclose(found, 0.1 * 5 / 48 * POINTS**-1.5, rtol=1e-14)


def test_waves_know_their_defect_and_are_stored(tmp_path):
    for q in (GENERIC, X, (1 + X) ** 2, sympy.Integer(2)):
        waves = wkb(q, X, E, order=2)
        assert waves.certificate.passed
        assert len(waves.phases) == 3
        io.save(waves, tmp_path / "w.npz", overwrite=True)
        found = io.load(tmp_path / "w.npz")
        assert (found.evaluate(POINTS, 0.1) == waves.evaluate(POINTS, 0.1)).all()


def test_shapes_of_waves():
    waves = wkb(1 + X, X, E)
    assert waves.evaluate(np.zeros((2, 3)), 0.1).shape == (2, 3)
    assert waves.evaluate([], 0.1).shape == (0,)
    assert waves.validity(0.5, 0.1).shape == ()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wkb(0 * X, X, E), "frequency_squared is 0, zero; pass another"),
        (lambda: wkb("x", X, E), "for text use problems.parse_expression"),
        (lambda: wkb(X * E, X, E), "holds epsilon beside x; substitute numbers"),
        (lambda: wkb(X, X, E, order=-1), "order is -1; pass a whole number from 0 on"),
        (lambda: wkb(X, "x", E), "x is 'x'; pass a sympy.Symbol"),
        (lambda: wkb(X, X, 0.1), "epsilon is 0.1; pass a sympy.Symbol"),
        (lambda: wkb(X, X, E, start=sympy.oo), "start is oo; pass one finite"),
        (lambda: wkb(X, X, E).evaluate(0.0, 0.1), "hold a zero of frequency_squared"),
        (lambda: wkb(X, X, E).evaluate(1.0, 0.0), "epsilon is 0.0; pass one finite number"),
        (lambda: wkb(X, X, E).evaluate(1.0, 0.1, sign=2), "sign is 2; pass 1 or -1"),
        (lambda: wkb(X, X, E).evaluate(np.nan, 0.1), "not finite"),
    ],
)
def test_wrong_waves(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_integrals_through_singularities_are_refused():
    with pytest.raises(ConvergenceError, match="keep away from singularities"):
        wkb(X**2 * (1 + sympy.sin(X)), X, E, order=2, start=1e-9).evaluate(1.0, 0.1)


# ---- turning points and Airy functions


@pytest.mark.parametrize(
    ("q", "interval", "expected"),
    [
        (1 - X**2, (-2, 2), [-1, 1]),
        (X, (0, 1), [0]),
        (sympy.cos(X), (0, 20), np.pi * (np.arange(6) + 0.5)),
        ((X - 1) ** 2 * (X + 1), (-3, 3), [-1, 1]),
        (1 + X**2, (-2, 2), []),
        (sympy.besselj(0, X), (0, 6), [2.404825557695773, 5.520078110286311]),
    ],
)
def test_turning_points(q, interval, expected):
    found = turning_points(q, X, interval=interval)
    # 1e-7: a double zero has half of the digits
    tolerance = 1e-7 if q.has(sympy.Pow) and sympy.degree(q.as_poly(X) or X) == 3 else 1e-12
    np.testing.assert_allclose(found, expected, atol=tolerance)


@pytest.mark.parametrize("slope", [1, -2])
def test_langer_is_exact_for_airys_equation(slope):
    x, epsilon = np.array([-1, -1e-3, -1e-9, 0, 1e-9, 2e-4, 0.7]), 0.03
    found = langer(slope * X, X, epsilon, interval=(-1, 1)).evaluate(x)
    scale = (abs(slope) / epsilon**2) ** (1 / 3)
    for k, airy in enumerate((mpmath.airyai, mpmath.airybi)):
        exact = [float(airy(-np.sign(slope) * scale * p)) for p in x]
        exact = np.array(exact) * abs(slope) ** (-1 / 6)
        # Airy functions amplify the rounding of arguments up to 10 by these.
        np.testing.assert_allclose(found[:, k], exact, rtol=1e-12, atol=1e-13)


def test_langer_error_is_of_order_epsilon_on_both_sides():
    """Against Weber functions: e^2 y'' = (x^2/4 - 1/4 ...) through the point x = 2 b."""
    epsilons, errors = 2.0 ** -np.arange(3, 7), []
    x = np.linspace(0.4, 3.0, 14)
    for epsilon in epsilons:
        # D_n(x/sqrt(e)) solves e^2 y'' + (e (n + 1/2) - x^2/4) y = 0; e (n + 1/2) = 1
        found = langer(1 - X**2 / 4, X, float(epsilon), interval=(0.2, 3.2))
        exact = np.array(
            [float(mpmath.pcfd(1 / epsilon - 0.5, p / epsilon**0.5)) for p in x]
        )
        ai = found.evaluate(x)[:, 0]
        factor = (ai @ exact) / (ai @ ai)
        errors.append(abs(exact / factor - ai).max() / abs(ai).max())
        assert errors[-1] < found.certificate.value
    assert_order(epsilons, errors, 1, within=0.15)


def test_langer_is_smooth_through_the_turning_point():
    waves = langer(sympy.sin(X) * (2 + sympy.cos(X)), X, 0.1, interval=(-1, 1))
    x = 1e-3 * np.arange(-5, 6)
    fifth = np.diff(waves.evaluate(x)[:, 0], 5)
    # h^5 y^(5) = 1e-15 * 400; a kink of zeta would leave 1e-3 times its slope.
    assert abs(fifth).max() < 1e-12


def test_airy_solutions_are_stored(tmp_path):
    waves = langer(X * (2 + X), X, 0.1, interval=(-1, 1))
    io.save(waves, tmp_path / "a.npz")
    x = np.linspace(-1, 1, 5)
    assert (io.load(tmp_path / "a.npz").evaluate(x) == waves.evaluate(x)).all()
    assert waves.evaluate(np.zeros((2, 3))).shape == (2, 3, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: langer(1 + X**2, X, 0.1, interval=(-1, 1)), "has 0 zeros in"),
        (lambda: langer(1 - X**2, X, 0.1, interval=(-2, 2)), "has 2 zeros in"),
        (
            lambda: langer(X**2, X, 0.1, interval=(-1, 1)),
            "multiple zero at .*; Airy functions need a",
        ),
        (lambda: langer(X, X, 0.0, interval=(-1, 1)), "epsilon is 0.0; pass one finite"),
        (lambda: langer(X, X, 1, interval=(-1, 1)).evaluate(2), "inside the interval"),
        (lambda: turning_points(0 * X, X, interval=(0, 1)), "that is not zero"),
        (lambda: turning_points(X, X, interval=(1, 1)), "the smaller first"),
        (
            lambda: turning_points(sympy.Abs(X - 0.3) - 1, X, interval=(0, 1)),
            "not smooth on .*; shorten the interval",
        ),
    ],
)
def test_wrong_turning_points(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


# ---- quantization


def test_levels_of_the_quartic_potential():
    levels = load_reference("perturbation.quartic_levels")
    for level, energy in zip(levels.parameters["levels"], levels.value, strict=True):
        found = quantize(X**4, X, level=level, bracket=(1, 40))
        assert abs(found.energy - energy) < levels.tolerance
        plain = quantize(X**4, X, level=level, order=0, bracket=(1, 40))
        # The correction removes more than 99 of 100 parts of the error.
        assert abs(found.energy - energy) < 0.01 * abs(plain.energy - energy)
        total = found.action + found.correction
        assert abs(total / ((level + 0.5) * np.pi) - 1) < 1e-12


@pytest.mark.parametrize("level", [3])
def test_harmonic_and_morse_levels_are_exact(level):
    shifted = quantize((X - 3) ** 2 / 4 - 1, X, level=level, hbar=0.1, bracket=(-0.999, 3))
    assert abs(shifted.energy - (0.1 * (level + 0.5) - 1)) < 1e-12
    morse = 100 * (1 - sympy.exp(-X)) ** 2
    found = quantize(morse, X, level=level, bracket=(1, 99))
    assert abs(found.energy - (100 - (10 - level - 0.5) ** 2)) < 1e-8


def test_error_of_the_second_order_falls_with_the_fourth_power_of_hbar():
    """E_n(hbar) = hbar^(4/3) E_n(1) for x^4: at fixed E, hbar is 1/(n + 1/2)."""
    lower = np.diag(np.sqrt(np.arange(1, 160) / 2), 1)
    x, gradient = lower + lower.T, lower - lower.T  # p^2 = -gradient^2
    exact = np.linalg.eigvalsh(np.linalg.matrix_power(x, 4) - gradient @ gradient)
    errors = [
        abs(quantize(X**4, X, level=n, bracket=(1, 400)).energy / exact[n] - 1)
        for n in (4, 8, 16)
    ]
    steps = [1 / (n + 0.5) for n in (4, 8, 16)]
    assert_order(steps, errors, 4, within=0.3, floor=1e-13)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bracket": (20, 30)}, "pass a lower energy with a negative"),
        ({"bracket": (30, 20)}, "bracket is .30, 20.; pass two finite"),
        ({"level": -1}, "level is -1; pass a whole number from 0 on"),
        ({"order": 3}, "order is 3; pass a whole number from 0 to 2"),
        ({"hbar": 0}, "hbar is 0; pass one finite number above 0"),
        ({"potential": X}, "does not rise above the upper energy"),
        ({"potential": (X**2 - 1) ** 2, "bracket": (0.1, 0.5)}, "has 2 wells below"),
    ],
)
def test_wrong_wells(change, message):
    options = {"potential": X**4, "level": 3, "bracket": (1, 40), **change}
    with pytest.raises(ParameterError, match=message):
        quantize(options.pop("potential"), X, **options)


def test_levels_are_stored(tmp_path):
    found = quantize(X**2, X, level=0, bracket=(0, 9))
    io.save(found, tmp_path / "q.npz")
    assert io.load(tmp_path / "q.npz").energy == found.energy
    assert found.certificate.passed
