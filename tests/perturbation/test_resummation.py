"""Truncation, Borel sums and the nearest singularity, against closed forms."""

import math
import re
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.perturbation import (
    Expansion,
    borel_sum,
    optimal_truncation,
    pade,
    radius_of_convergence,
)
from perturbsci.results import Status
from perturbsci.studies.perturbation_resummation import quartic_energy as quartic
from perturbsci.verification import load_reference

X = sympy.Symbol("x")
EULER = Expansion.from_terms([(-1) ** n * math.factorial(n) for n in range(25)])
POSITIVE = Expansion.from_terms([math.factorial(n) for n in range(25)])


def test_quartic_coefficients_are_those_of_bender_and_wu():
    pairs = load_reference("perturbation.quartic_coefficients").value
    assert quartic(7).exact == tuple(Fraction(*pair) for pair in pairs)


def test_optimal_truncation_of_the_euler_series():
    reference = load_reference("perturbation.euler_truncation")
    exact = load_reference("perturbation.euler_sums").value[0]
    found = optimal_truncation(EULER, 0.1)
    numbers = [found.terms, abs(found.value - exact), found.error_estimate]
    assert numbers == pytest.approx(reference.value, rel=0, abs=reference.tolerance)
    assert found.status is Status.CONVERGED
    assert found.certificate.kind == "estimate"


@pytest.mark.parametrize("epsilon", [0.05, 0.07, 0.1, 0.15, 0.2])
def test_the_error_of_an_alternating_series_is_below_its_estimate(epsilon):
    found = optimal_truncation(EULER, epsilon)
    x = mpmath.mpf(1) / epsilon
    assert abs(found.value - x * mpmath.exp(x) * mpmath.e1(x)) < found.error_estimate


def test_terms_that_still_decrease_are_exhausted():
    found = optimal_truncation(EULER, 0.01)
    assert found.status is Status.EXHAUSTED
    assert found.terms == len(EULER) - 1
    assert found.value == pytest.approx(EULER.evaluate(0.01, terms=found.terms), rel=1e-15)


def test_vanishing_terms_are_no_smallest_terms():
    even = Expansion.from_sympy(sympy.cos(X), X, order=8)
    assert optimal_truncation(even, 0.5).terms == 8
    assert optimal_truncation(EULER, 0.0).status is Status.EXACT
    assert optimal_truncation(EULER, 0.0).value == 1


@pytest.mark.parametrize("exact", [True, False])
def test_borel_sum_of_the_euler_series(exact):
    reference = load_reference("perturbation.euler_sums")
    series = EULER if exact else Expansion.from_terms(list(EULER.coefficients))
    for epsilon, value in zip((0.1, 1.0), reference.value, strict=True):
        found = borel_sum(series, epsilon)
        assert found.value == pytest.approx(value, rel=0, abs=reference.tolerance)
        assert found.status is Status.CONVERGED
        assert found.ambiguity == 0
        assert found.poles == pytest.approx([-1.0])


def test_borel_sum_of_the_quartic_oscillator():
    energy = load_reference("perturbation.quartic_energy").value
    levels = load_reference("perturbation.quartic_borel_errors")
    for order, level in zip(levels.parameters["orders"], levels.value, strict=True):
        found = borel_sum(quartic(order), 1.0)
        assert found.status is Status.CONVERGED
        assert abs(found.value / energy - 1) <= level
        assert abs(found.value - energy) < 10 * found.error_estimate < 1e-3


def test_thirty_exact_coefficients_give_the_energy_to_2e_7():
    energy = load_reference("perturbation.quartic_energy").value
    found = borel_sum(quartic(29), 1.0)
    # [14/15] has a pole at t = 215, hidden by exp(-215).
    assert found.status is Status.CONVERGED
    assert 0 < found.ambiguity < 1e-50
    assert abs(found.value / energy - 1) <= 2e-7


def test_plain_pade_and_conformal_map_of_the_quartic_oscillator():
    energy = load_reference("perturbation.quartic_energy").value
    reference = load_reference("perturbation.quartic_pade_error")
    plain = abs(pade(quartic(20), 10, 10).evaluate(1.0) / energy - 1)
    assert plain == pytest.approx(reference.value, abs=reference.tolerance)
    for offset in (0.0, 0.5):
        found = borel_sum(
            quartic(20), 1.0, method="conformal", singularity=-1 / 3, offset=offset
        )
        assert abs(found.value - energy) < 10 * found.error_estimate < plain / 2


@pytest.mark.parametrize("epsilon", [0.05, 0.1, 0.5, 2.0])
def test_a_pole_on_the_way_gives_the_principal_value_and_half_the_residue(epsilon):
    found = borel_sum(POSITIVE, epsilon)
    x = mpmath.mpf(1) / epsilon
    assert found.status is Status.AMBIGUOUS
    assert found.value == pytest.approx(float(x * mpmath.exp(-x) * mpmath.ei(x)), rel=1e-13)
    assert found.ambiguity == pytest.approx(math.pi * math.exp(-1 / epsilon) / epsilon)


def test_a_double_pole_on_the_way():
    """c_n = (n + 1)!, B = 1/(1 - t)^2: the ambiguity is pi e^{-1/eps}/eps^2."""
    double = Expansion.from_terms([math.factorial(n + 1) for n in range(15)])
    found = borel_sum(double, 0.3)
    assert found.status is Status.AMBIGUOUS
    assert found.ambiguity == pytest.approx(math.pi * math.exp(-1 / 0.3) / 0.09, rel=1e-8)


def test_leading_zeros_are_a_power_of_epsilon():
    shifted = Expansion.from_terms([0, 0, *(math.factorial(n) for n in range(2, 25))])
    found = borel_sum(shifted, 0.1)
    assert found.value == pytest.approx(borel_sum(POSITIVE, 0.1).value - 1.1, rel=1e-12)
    assert found.ambiguity == pytest.approx(borel_sum(POSITIVE, 0.1).ambiguity)


def test_a_cut_on_the_way_is_met_by_poles_from_both_sides():
    """B(t) = (1 - t)^(-1/2): mean and half difference of the rotated integrals."""
    cut = [Fraction(math.comb(2 * n, n) * math.factorial(n), 4**n) for n in range(31)]
    turn = mpmath.expj(0.3)
    exact = mpmath.quad(
        lambda r: turn * mpmath.exp(-r * turn) / mpmath.sqrt(1 - 0.1 * r * turn),
        [0, 10, 30, mpmath.inf],
    )
    found = borel_sum(Expansion.from_terms(cut), 0.1)
    assert found.status is Status.AMBIGUOUS
    assert found.value == pytest.approx(float(exact.real), rel=1e-12)
    assert found.ambiguity == pytest.approx(abs(float(exact.imag)), rel=1e-10)
    mapped = borel_sum(Expansion.from_terms(cut), 0.1, method="conformal", singularity=1.0)
    assert mapped.status is Status.AMBIGUOUS
    assert abs(mapped.value - exact.real) < 10 * mapped.error_estimate < 1e-3


@pytest.mark.parametrize(
    ("growth", "offset"), [(1, 0.5), (2, 0.0), (2, 1.5), (3, -0.5), (0.5, 0.0), (1, 60.0)]
)
def test_growth_and_offset_of_leroy(growth, offset):
    """c_n = (-1)^n Gamma(g n + 1 + b) / Gamma(1 + b): B = 1/(1 + t)."""
    first = math.lgamma(1 + offset)
    terms = [
        (-1) ** n * math.exp(math.lgamma(growth * n + 1 + offset) - first)
        for n in range(13)
    ]
    exact = mpmath.quad(  # s = e^u
        lambda u: (
            mpmath.exp((1 + offset) * u - mpmath.exp(u) - first)
            / (1 + 0.3 * mpmath.exp(growth * u))
        ),
        [-100, -30, -10, -3, 0, 1, 3, 4, 5, 7],
    )
    series = Expansion.from_terms(terms)
    found = borel_sum(series, 0.3, growth=growth, offset=offset)
    # The coefficients are rounded; Gamma from its logarithm loses two digits.
    assert found.value == pytest.approx(float(exact), rel=1e-12)


def test_directions_other_than_the_positive_axis():
    x = 1 / mpmath.mpc(0.1, 0.1)
    exact = complex(x * mpmath.exp(x) * mpmath.e1(x))
    assert abs(borel_sum(EULER, 0.1 + 0.1j).value - exact) < 1e-14
    assert borel_sum(EULER, -0.1).status is Status.AMBIGUOUS
    assert borel_sum(POSITIVE, -0.1).value == pytest.approx(borel_sum(EULER, 0.1).value)
    assert borel_sum(EULER, 0.0).status is Status.EXACT


@pytest.mark.parametrize(
    ("function", "order", "position", "exponent", "digits"),
    [
        (1 / (1 - 2 * X), 6, 0.5, -1, 1e-12),
        ((1 + X) ** sympy.Rational(1, 3), 14, -1, Fraction(1, 3), 1e-10),
        (sympy.log(1 - X / 3), 14, 3, 0, 1e-7),
        (1 / (1 + X) ** 2, 10, -1, -2, 1e-12),
        ((1 + sympy.sqrt(1 + 4 * X**2)) / 2, 24, 0.5j, Fraction(1, 2), 1e-10),
        ((1 - X + X**2) ** sympy.Rational(1, 3), 16, np.exp(1j * np.pi / 3), 1 / 3, 1e-10),
        (sympy.exp(X) / (1 + X + 3 * X**2), 20, (-1 + 1j * 11**0.5) / 6, -1, 1e-10),
        (sympy.tan(X), 20, np.pi / 2, -1, 1e-5),
    ],
)
def test_singularities_of_known_functions(function, order, position, exponent, digits):
    series = Expansion.from_sympy(function, X, order=order)
    for given in (series, Expansion.from_terms(list(series.coefficients))):
        found = radius_of_convergence(given)
        assert abs(found.position - position) < digits * abs(position)
        assert found.radius == pytest.approx(abs(position), rel=digits)
        assert found.exponent == pytest.approx(float(exponent), abs=1e3 * digits)
        assert abs(found.radius - abs(position)) < 10 * found.error_estimate + 1e-14


def test_factorial_growth_and_decay():
    assert radius_of_convergence(EULER).radius == 0
    entire = radius_of_convergence(Expansion.from_sympy(sympy.exp(X), X, order=16))
    assert entire.radius == math.inf
    assert entire.certificate.kind == "none"


def test_a_series_without_a_digit_raises_with_the_result():
    noise = Expansion.from_terms([1.0, 0.1, -30.0, 7.0, 0.01, -9.0, 1e3, 5.0])
    with pytest.raises(ConvergenceError, match="pass more coefficients") as caught:
        radius_of_convergence(noise)
    kept = radius_of_convergence(noise, strict=False)
    assert kept.status is caught.value.partial.status is Status.TOLERANCE_NOT_REACHED
    far = Expansion.from_terms([1, -1, 40, -7, 3000])
    with pytest.raises(ConvergenceError, match="pass more coefficients") as caught:
        borel_sum(far, 10.0)
    kept = borel_sum(far, 10.0, strict=False)
    assert kept.status is caught.value.partial.status is Status.TOLERANCE_NOT_REACHED


@pytest.mark.parametrize(
    "result",
    [
        optimal_truncation(EULER, 0.1),
        radius_of_convergence(Expansion.from_sympy(1 / (1 - X), X, order=5)),
        borel_sum(POSITIVE, 0.1),
    ],
    ids=lambda result: type(result).__name__,
)
def test_results_are_stored(result, tmp_path):
    again = io.load(io.save(result, tmp_path / "result.npz"))
    assert again.summary() == result.summary()
    assert re.search(r"^(value|radius)  \d", result.summary(), re.MULTILINE)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: optimal_truncation(EULER, "x"), "epsilon is 'x'; pass one finite number"),
        (lambda: optimal_truncation(EULER, math.inf), "epsilon is inf"),
        (lambda: optimal_truncation([1, 2], 0.1), "pass Expansion.from_terms"),
        (
            lambda: optimal_truncation(Expansion.from_terms([1], powers=[0.5]), 0.1),
            "has the power 0.5",
        ),
        (
            lambda: optimal_truncation(Expansion.from_terms([np.ones(2)]), 0.1),
            "numbers as coefficients",
        ),
        (lambda: radius_of_convergence(quartic(3)), "4 nonzero coefficients"),
        (lambda: borel_sum(quartic(1), 1.0), "ends at power 1"),
        (
            lambda: borel_sum(EULER, 1.0, growth=0),
            "growth is 0; pass a real number above 0",
        ),
        (lambda: borel_sum(EULER, 1.0, offset=-1), "offset is -1"),
        (lambda: borel_sum(EULER, math.nan), "epsilon is nan"),
        (lambda: borel_sum(EULER, 1.0, method="x"), "'pade' or 'conformal'"),
        (lambda: borel_sum(EULER, 1.0, method="conformal"), "that of the Borel transform"),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
