"""Rules from continuous to discrete time: exactness, orders, closed forms, errors."""

import math

import mpmath
import numpy
import pytest
import scipy.linalg
import scipy.signal

from perturbsci.errors import AccuracyWarning, ParameterError, ShapeError
from perturbsci.statespace import (
    DenseSystem,
    DiagonalSystem,
    HankelSystem,
    dense,
    discretize,
    halve,
    simulate,
    transfer_function,
    unfold,
)

from .statespace_samples import all_modes, dense_sample, low_rank_sample

RULES = ("zoh", "bilinear", "euler", "backward_euler", "generalized", "dirac")
CIRCLE = numpy.exp(1j * numpy.array([0.1, 1.0, 3.0, numpy.pi]))


def test_rules_agree_with_scipy():
    system = dense_sample(6)
    matrices = (system.a, system.b, system.c, system.d)
    for rule, name in (
        ("zoh", "zoh"),
        ("euler", "euler"),
        ("backward_euler", "backward_diff"),
    ):
        found = discretize(system, 0.05, rule=rule)
        a, b, *_ = scipy.signal.cont2discrete(matrices, 0.05, method=name)
        if rule == "backward_euler":  # scipy shifts the state there
            a, b = (
                found.a,
                numpy.linalg.solve(numpy.eye(6) - 0.05 * system.a, 0.05 * system.b),
            )
        assert numpy.abs(found.a - a).max() <= 1e-14
        assert numpy.abs(found.b - b).max() <= 1e-14


@pytest.mark.parametrize("rule", RULES)
def test_every_form_is_discretized_alike(rule):
    system = dense_sample(7, seed=2)
    half = halve(all_modes(system))
    expected = transfer_function(discretize(system, 0.05, rule=rule, alpha=0.3), CIRCLE)
    for form in (half, unfold(half)):
        found = transfer_function(discretize(form, 0.05, rule=rule, alpha=0.3), CIRCLE)
        # modes of condition below 100, e^(lambda h) below 1
        assert numpy.abs(found - expected).max() <= 1e-12 * numpy.abs(expected).max()


@pytest.mark.parametrize("rule", RULES[1:5])
@pytest.mark.parametrize("rank", [0, 1, 2])
def test_rational_rules_keep_low_rank(rule, rank):
    exact, full, half = low_rank_sample(rank=rank, seed=5)
    expected = transfer_function(discretize(exact, 0.05, rule=rule, alpha=0.3), CIRCLE)
    for form in (full, half):
        discrete = discretize(form, 0.05, rule=rule, alpha=0.3)
        assert type(discrete) is type(form)
        found = transfer_function(discrete, CIRCLE)
        assert numpy.abs(found - expected).max() <= 1e-12 * numpy.abs(expected).max()


EXPONENTS = (0, 1e-300, 1e-12j, 3e-9 + 1e-9j, 1e-5j, 0.3 + 2j, -40 + 6j, 2j * math.pi)


@pytest.mark.parametrize("z", EXPONENTS)
def test_zoh_input_is_accurate_for_every_exponent(z):
    with mpmath.workdps(60):
        exact = complex(mpmath.expm1(mpmath.mpc(z)) / mpmath.mpc(z)) if z else 1.0
    found = discretize(DiagonalSystem([complex(z)], [1.0 + 0j], [1.0 + 0j]), 1.0).b[0, 0]
    # e^z - 1 from three rounded functions; near 2 pi i its real part is rounding of sin
    assert abs(found - exact) <= 4e-16 * max(abs(exact), 0.5)


def test_zoh_is_exact_for_inputs_held_over_a_step():
    system, step = dense_sample(5, seed=8), 0.3
    inputs = numpy.random.default_rng(0).standard_normal((1, 6, 2))
    found = simulate(discretize(system, step), inputs)
    x = numpy.zeros(5)
    for u in inputs[0]:
        block = numpy.zeros((6, 6))
        block[:5, :5], block[:5, 5] = system.a * step, system.b @ u * step
        x = (scipy.linalg.expm(block) @ numpy.append(x, 1.0))[:5]
    assert numpy.abs(found.final_state[0] - x).max() <= 1e-13


ORDERS = (("bilinear", 2), ("euler", 1), ("backward_euler", 1), ("dirac", 1))


@pytest.mark.parametrize(("rule", "order"), ORDERS)
def test_orders_of_the_rules(rule, order):
    """x' = -x + cos t: the error at t = 1, u_k taken in the middle of the step."""
    steps = 0.5 ** numpy.arange(5, 11)
    errors = []
    for h in steps:
        system = DiagonalSystem([-1.0], [1.0], [1.0])
        if rule == "dirac":  # b is not scaled by the step
            system = DiagonalSystem([-1.0], [h], [1.0])
        middles = (numpy.arange(round(1 / h)) + 0.5) * h
        found = simulate(
            discretize(system, h, rule=rule), numpy.cos(middles)[None, :, None]
        )
        exact = (numpy.cos(1) + numpy.sin(1) - numpy.exp(-1)) / 2
        errors.append(abs(float(found.outputs[0, -1, 0]) - exact))
    slope = numpy.polyfit(numpy.log(steps[2:]), numpy.log(errors[2:]), 1)[0]
    assert abs(slope - order) <= 0.05
    assert errors[-1] <= {1: 1e-3, 2: 1e-6}[order]


def test_steps_for_copies_and_for_states():
    values = -numpy.arange(1.0, 7.0).reshape(2, 3)
    system = DiagonalSystem(values, numpy.ones((2, 3)), numpy.ones((2, 3)))
    steps = numpy.array([0.1, 0.2])
    found = discretize(system, steps)
    assert found.eigenvalues == pytest.approx(numpy.exp(values * steps[:, None]), rel=1e-15)
    each = numpy.linspace(0.1, 0.3, 6).reshape(2, 3)
    assert discretize(system, each).eigenvalues == pytest.approx(numpy.exp(values * each))
    with pytest.raises(ShapeError, match="one step a copy or a state"):
        discretize(system, [0.1, 0.2, 0.3])


def test_single_precision_is_rounded_once():
    half = halve(all_modes(dense_sample()))
    single = DiagonalSystem(
        *(each.astype("c8") for each in (half.eigenvalues, half.b, half.c)),
        weights=half.weights,
    )
    found = discretize(single, 0.05)
    wide = DiagonalSystem(
        *(each.astype("c16") for each in (single.eigenvalues, single.b, single.c))
    )
    expected = discretize(wide, 0.05)
    assert found.eigenvalues.dtype == found.b.dtype == numpy.complex64
    for name in ("eigenvalues", "b"):
        one, two = getattr(found, name), getattr(expected, name)
        assert (one == two.astype("c8")).all()


def test_growth_from_a_rule_warns():
    oscillator = DiagonalSystem([1j, -1j], numpy.ones(2), numpy.ones(2))
    stiff = DenseSystem([[-30.0]], [1.0], [1.0])
    for system in (oscillator, dense(oscillator), stiff):
        with pytest.warns(AccuracyWarning, match="shorten the step"):
            discretize(system, 0.1, rule="euler")
    discretize(oscillator, 0.1, rule="bilinear")


def test_growing_systems_do_not_warn():
    discretize(DiagonalSystem([0.1], [1.0], [1.0]), 0.1, rule="euler")


def test_bad_rules_steps_and_systems():
    system = DiagonalSystem([-1.0], [1.0], [1.0])
    with pytest.raises(ParameterError, match="must be one of zoh"):
        discretize(system, 0.1, rule="tustin")
    for alpha in (-0.1, 1.1, numpy.nan, True):
        with pytest.raises(ParameterError, match="from 0 to 1"):
            discretize(system, 0.1, rule="generalized", alpha=alpha)
    for step in (0, -1.0, numpy.inf, None, "1", True, 1j):
        with pytest.raises(ParameterError, match="positive"):
            discretize(system, step)
    with pytest.raises(ParameterError, match="discretize the continuous system"):
        discretize(discretize(system, 0.1), 0.1)
    with pytest.raises(ParameterError, match="needed a system"):
        discretize(3, 0.1)
    with pytest.raises(ParameterError, match="overflows or has a pole"):
        discretize(DiagonalSystem([2.0], [1.0], [1.0]), 1.0, rule="bilinear")
    with pytest.raises(ParameterError, match="overflows or has a pole"):
        discretize(DiagonalSystem([800.0], [1.0], [1.0]), 1.0)
    with pytest.raises(ParameterError, match="use rule='bilinear'"):
        discretize(low_rank_sample()[1], 0.1)
    with pytest.raises(ParameterError, match="its own rule only"):
        discretize(HankelSystem([1.0]), 0.1, rule="euler")
