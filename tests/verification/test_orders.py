import math

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.verification import assert_order, observed_order

STEPS = 0.1 / 2.0 ** np.arange(8)


def synthetic(order, curvature, roundoff):
    """Return C h^p (1 + a h), with rounding of a size that the floor takes away."""
    noise = np.random.default_rng(order).uniform(0.0, roundoff, STEPS.size)
    return 0.7 * STEPS**order * (1 + curvature * STEPS) + noise


@pytest.mark.parametrize("order", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("roundoff", [0.0, 1e-13])
@pytest.mark.parametrize(("curvature", "within"), [(0, 0.02), (0.5, 0.05), (-0.5, 0.05)])
def test_the_order_of_a_power_law_is_found(order, curvature, roundoff, within):
    errors = synthetic(order, curvature, roundoff)
    assert abs(observed_order(STEPS, errors) - order) <= within


def test_an_exact_power_law_gives_the_exact_order():
    assert observed_order([0.1, 0.05, 0.025], [4e-3, 1e-3, 2.5e-4]) == 2.0
    assert observed_order([1, 2], [1, 8]) == 3.0


def test_order_and_scale_of_the_points_do_not_matter():
    errors, shuffled = synthetic(3, 0.5, 0.0), np.random.default_rng(0).permutation(8)
    slope = observed_order(STEPS, errors, floor=0)
    assert observed_order(STEPS[shuffled], errors[shuffled], floor=0) == slope
    for size in (1e100, 1e200):  # squares overflow
        scaled = observed_order(size * STEPS, errors / size, floor=0)
        assert scaled == pytest.approx(slope)


def test_errors_that_are_not_finite_are_dropped():
    errors = synthetic(2, 0.0, 0.0)
    errors[[2, 7]] = math.nan, math.inf
    assert observed_order(STEPS, errors) == pytest.approx(2, abs=1e-12)


def test_an_error_of_zero_is_below_the_floor_and_no_mistake():
    assert observed_order([0.05, 0.1, 0.2], [0.0, 1e-3, 4e-3]) == 2.0


def test_two_points_are_enough():
    assert observed_order([1, 2, 4], [1, 8, 16], last=2) == 3.0


def test_only_the_finest_points_count():
    errors = np.where(STEPS > 0.02, 1.0, STEPS**2)
    assert observed_order(STEPS, errors, last=4) == pytest.approx(2, abs=1e-12)
    assert observed_order(STEPS, errors, last=8) > 2.2


def test_single_precision_has_a_higher_floor():
    errors = STEPS.astype(np.float32) ** 2 + 5e-5
    assert abs(observed_order(STEPS[:3], errors[:3], floor=1e-4) - 2) < 0.2


def rotation_errors(method, steps):
    """Return the errors of a Runge-Kutta method for y' = i y, y(0) = 1, at time 1."""
    growth = {
        "Euler": lambda z: 1 + z,
        "Heun": lambda z: 1 + z + z**2 / 2,
        "RK4": lambda z: 1 + z * (1 + z / 2 * (1 + z / 3 * (1 + z / 4))),
    }[method]
    ends = [1.0 + 0.0j] * len(steps)
    for k, step in enumerate(steps):
        for _ in range(round(1 / step)):
            ends[k] *= growth(1j * step)
    return np.abs(np.array(ends) - np.exp(1j))


@pytest.mark.parametrize(("method", "order"), [("Euler", 1), ("Heun", 2), ("RK4", 4)])
def test_the_tail_slope_is_the_order_of_the_method(method, order):
    steps = 1 / 2.0 ** np.arange(1, 11)
    assert_order(steps, rotation_errors(method, steps), order, within=0.002, cap=5e-4)


def test_pairwise_orders_collapse_at_the_floor_but_the_tail_slope_does_not():
    steps = 1 / 2.0 ** np.arange(3, 13)
    errors = rotation_errors("RK4", steps)
    pairwise = np.log2(errors[:-1] / errors[1:])
    assert pairwise.min() < 0
    assert observed_order(steps, errors, floor=0.0) < 2
    assert observed_order(steps, errors) == pytest.approx(4, abs=0.001)


@pytest.mark.parametrize(
    ("steps", "errors", "options", "error", "match"),
    [
        ([0.1, 0.2], [1.0], {}, ShapeError, r"errors has shape \(1,\).* pass one each"),
        ([[0.1, 0.2]], [1.0], {}, ShapeError, "steps has shape .* needed 1 axis"),
        ([0.0, 0.1], [1, 2], {}, ParameterError, "must be positive and occur once"),
        ([-0.1, 0.1], [1, 2], {}, ParameterError, "must be positive and occur once"),
        ([0.1, 0.1], [1, 2], {}, ParameterError, "must be positive and occur once"),
        ([math.nan, 0.1], [1, 2], {}, ParameterError, "`steps` has 1 .*drop those rows"),
        ([math.inf, 0.1], [1, 2], {}, ParameterError, "`steps` has 1 .*drop those rows"),
        ([0.1, 0.2], [-1, 2], {}, ParameterError, "holds -1.0; pass absolute values"),
        ([0.1j, 0.2], [1, 2], {}, ParameterError, "needed real numbers; pass steps.real"),
        ([0.1, 0.2], [1j, 2], {}, ParameterError, "needed real numbers; pass errors.real"),
        ([0.1, 0.2], [1, 2], {"last": 1}, ParameterError, "last is 1; .* at least 2"),
        ([0.1, 0.2], [1, 2], {"last": 2.5}, ParameterError, "last is 2.5; .* at least 2"),
        (
            [0.1, 0.2, 0.4],
            [1e-12, 1e-11, 1.0],
            {},
            ParameterError,
            "leaves 1 points above floor 1e-11, needed 2; take larger steps, or lower",
        ),
        ([0.1, 0.2], [math.nan, 1], {}, ParameterError, "leaves 1 points above floor"),
        ([0.1], [1.0], {}, ParameterError, "leaves 1 points above floor 1e-11, needed 2"),
    ],
)
def test_refusals_say_what_to_do(steps, errors, options, error, match):
    with pytest.raises(error, match=match):
        observed_order(steps, errors, **options)


def test_assert_order_is_silent_where_all_is_well():
    assert_order(STEPS, 0.7 * STEPS**2, 2, cap=1e-6)


def test_the_limits_of_assert_order_belong_to_what_passes():
    steps, errors = [1, 2, 4], [1, 4, 16]
    assert_order(steps, errors, 1.5, within=0.5, cap=1.0)


@pytest.mark.parametrize(
    ("errors", "options", "match"),
    [
        (STEPS**2, {"expected": 3}, "observed order 2.0000, expected 3 within 0.05"),
        (STEPS**2, {"expected": 2, "cap": 1e-8}, "finest error .* is above the cap 1e-08"),
        (STEPS**2, {"expected": 2, "cap": math.nan}, "is above the cap nan"),
        (STEPS**2, {"expected": math.nan}, "expected nan"),
        (np.ones(8), {"expected": 0}, "the errors do not decrease with the step"),
    ],
)
def test_assert_order_gives_its_reason_and_the_table(errors, options, match):
    with pytest.raises(AssertionError, match=match) as caught:
        assert_order(STEPS, errors, **options)
    first, header, *rows = str(caught.value).splitlines()
    assert ";" not in first
    assert header.split() == ["step", "error"]
    assert [float(row.split()[0]) for row in rows] == STEPS[4:].tolist()
    shown = [float(row.split()[1]) for row in rows]
    assert shown == pytest.approx(errors[4:], rel=1e-5)  # six digits are printed


def test_assert_order_gives_all_reasons_at_once():
    with pytest.raises(AssertionError) as caught:
        assert_order(STEPS, 1 / STEPS, 1, cap=1.0)
    assert str(caught.value).splitlines()[0].count(";") == 2
