import math

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Status
from perturbsci.verification import observed_order, uniform_order

EPSILONS = np.array([1.0, 1e-1, 1e-2, 1e-3, 1e-6, 0.0])
STEPS = 0.1 / 2.0 ** np.arange(6)


def reducing(epsilon, step):
    """Order 1 for every epsilon > 0, but uniformly only 1/2: the worst is epsilon = 0."""
    return step / math.sqrt(step + epsilon)


def test_a_uniform_scheme_passes():
    table = uniform_order(lambda epsilon, h: (1 + epsilon) * h**2, EPSILONS, STEPS)
    assert table.status is Status.CONVERGED
    assert table.orders == pytest.approx(np.full(6, 2.0))
    assert table.order == pytest.approx(2.0)
    assert table.worst_order == pytest.approx(2.0)
    assert table.certificate.kind == "estimate"
    assert table.certificate.claim == "order uniform in epsilon"
    assert table.certificate.bound == 0.1
    assert table.certificate.passed


def test_order_reduction_is_found():
    table = uniform_order(reducing, EPSILONS, STEPS)
    assert table.worst_order == pytest.approx(0.5, abs=1e-12)
    assert table.orders[0] > 0.98
    assert table.certificate.value == np.median(table.orders) - table.worst_order
    assert not table.certificate.passed


def test_the_worst_case_need_not_be_any_row():
    """Every row falls with order 2 below h = epsilon; their envelope with order 1."""
    epsilons = np.concatenate([STEPS, STEPS[0] * 2.0 ** np.arange(1, 9)])

    def hump(epsilon, h):
        return h * min(h / epsilon, (epsilon / h) ** 2)

    table = uniform_order(hump, epsilons, STEPS)
    assert np.median(table.orders) == pytest.approx(2)
    assert table.worst_order == pytest.approx(1)
    assert not table.certificate.passed


def test_errors_and_worst_errors_are_those_of_the_function():
    table = uniform_order(lambda e, h: h * (1 + e), EPSILONS, STEPS)
    assert np.array_equal(table.errors, STEPS * (1 + EPSILONS[:, None]))
    assert np.array_equal(table.worst_errors, table.errors.max(axis=0))
    assert table.worst_order == observed_order(STEPS, table.worst_errors)


def test_the_function_gets_plain_floats_once_each():
    calls = []
    uniform_order(lambda e, h: calls.append((e, h)) or h, [1, 0], [2, 1])
    assert calls == [(1.0, 2.0), (1.0, 1.0), (0.0, 2.0), (0.0, 1.0)]
    assert {type(x) for call in calls for x in call} == {float}


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_an_error_that_is_not_finite_fails(bad):
    table = uniform_order(lambda e, h: bad if e == h == 0.1 else h, EPSILONS, STEPS)
    assert table.status is Status.NOT_FINITE
    assert math.isnan(table.worst_order)
    assert math.isnan(table.certificate.value)
    assert not table.certificate.passed
    assert table.orders[0] == pytest.approx(1)


def test_nothing_but_nan():
    table = uniform_order(lambda *_: math.nan, EPSILONS, STEPS)
    assert math.isnan(table.order)
    assert np.isnan(table.orders).all()
    assert not table.certificate.passed


def test_rows_at_the_floor_have_no_order_and_do_not_count():
    table = uniform_order(lambda e, h: h if e else 1e-13, EPSILONS, STEPS)
    assert math.isnan(table.orders[-1])
    assert table.order == pytest.approx(1)
    assert table.certificate.passed


def test_one_error_above_the_floor_shows_no_order_and_one_at_the_floor_is_not_above():
    coarse, floor = STEPS.max(), 1e-6
    table = uniform_order(
        lambda e, h: h if e or h == coarse else floor, [1.0, 0.0], STEPS, floor=floor
    )
    assert table.orders[0] == pytest.approx(1)
    assert math.isnan(table.orders[1])


def test_where_all_is_at_the_floor_nothing_is_claimed():
    table = uniform_order(lambda *_: 0.0, EPSILONS, STEPS)
    assert table.certificate.kind == "none"
    assert "above the floor" in table.certificate.assumptions[0]
    assert math.isnan(table.order)


def test_the_summary_is_the_table():
    lines = uniform_order(lambda _, h: h**2, EPSILONS, STEPS).summary().splitlines()
    assert lines[1].split()[:4] == ["epsilon", "\\", "step", "0.1"]
    assert [line.split()[0] for line in lines[2:-1]] == [
        *(f"{epsilon:g}" for epsilon in EPSILONS),
        "worst",
    ]
    assert {line.split()[-1] for line in lines[2:-1]} == {"2.000"}
    assert lines[-1].startswith("passed: order uniform in epsilon: ")
    assert len({len(line) for line in lines[1:-1]}) == 1


def test_a_long_summary_fits_a_terminal():
    table = uniform_order(lambda _, h: h, np.linspace(0, 1, 60), STEPS)
    assert len(table.summary().splitlines()) <= 30
    assert max(map(len, table.summary().splitlines())) <= 100


@pytest.mark.parametrize(
    ("epsilons", "steps", "error", "match"),
    [
        ([-1e-3, 0], STEPS, ParameterError, "holds -0.001; pass values from 0 on"),
        ([math.nan], STEPS, ParameterError, "`epsilons` has 1 values that are not finite"),
        ([1j], STEPS, ParameterError, "needed real numbers; pass epsilons.real"),
        ([1.0], [0.1j, 0.2], ParameterError, "needed real numbers; pass steps.real"),
        (1.0, STEPS, ShapeError, r"epsilons has shape \(\), needed 1 axis"),
        ([], STEPS, ShapeError, "epsilons .* holds no number; pass at least one"),
        ([1.0], [0.1], ParameterError, "needed 2"),
        ([1.0], [0.1, 0.0], ParameterError, "every step must be positive"),
    ],
)
def test_bad_grids_are_refused_before_any_work(epsilons, steps, error, match):
    def never(epsilon, step):
        pytest.fail("work before the check")

    with pytest.raises(error, match=match):
        uniform_order(never, epsilons, steps)


@pytest.mark.parametrize("value", [-1e-9, None, "small", 1j, np.complex128(1j), [1, 2]])
def test_errors_that_are_no_sizes_are_refused(value):
    with pytest.raises(
        ParameterError, match=r"error_of\(1, 0\.1\) is .*; return a number from 0 on"
    ):
        uniform_order(lambda *_: value, [1.0], [0.1, 0.05])
