"""Shanks and Richardson: exact on their kernels, honest about their error."""

import math

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.perturbation import richardson, shanks
from perturbsci.results import Status

H = np.array([0.5, 0.3, 0.2, 0.1])


@pytest.mark.parametrize(
    "rates", [[0.5], [-0.9], [0.8, -0.3], [1.5, 0.5j], [-3.0, 0.4, 0.9]]
)
def test_shanks_is_exact_on_sums_of_exponentials(rates):
    """2 m + 1 entries of 2 + sum a_k rate_k^n; also where the exponentials grow."""
    n = np.arange(2 * len(rates) + 1)
    entries = 2 + sum((k + 1.0) * rate**n for k, rate in enumerate(rates))
    found = shanks(entries)
    # The last division amplifies rounding by the size of the table's odd column.
    assert found.value == pytest.approx(2, abs=1e-11)
    assert found.table.shape == (len(n), len(n))


def test_shanks_of_the_leibniz_series():
    n = np.arange(13)
    sums = np.cumsum(4 * (-1.0) ** n / (2 * n + 1))
    found = shanks(sums)
    assert abs(found.value - math.pi) < 10 * found.error_estimate < 1e-6
    assert abs(found.value - math.pi) < 1e-6 * abs(sums[-1] - math.pi)


def test_equal_entries_end_the_table_without_division():
    assert shanks([1.0, 1.0, 1.0]).value == 1
    assert shanks([1.0, 1.0, 1.0]).error_estimate == 0
    geometric = shanks(np.cumsum(0.5 ** np.arange(12)))
    assert geometric.value == 2
    assert geometric.error_estimate == 0
    # Two equal partial sums of cos(1) are a zero term, not convergence.
    cosine = shanks(np.cumsum([1, 0, -1 / 2, 0, 1 / 24, 0]))
    assert abs(cosine.value - math.cos(1)) < cosine.error_estimate


def test_shanks_commutes_with_affine_maps():
    n = np.arange(9)
    sums = np.cumsum((-1.0) ** n / (n + 1))
    found, mapped = shanks(sums), shanks(3 - 7 * sums)
    assert mapped.value == pytest.approx(3 - 7 * found.value, rel=1e-12)


@pytest.mark.parametrize("steps", [H, 2.0 ** -np.arange(4), np.array([0.1, 0.4, 0.3, 0.7])])
@pytest.mark.parametrize("exponents", [[1, 2, 3], [2, 4, 6], [0.5, 1.5, 2]])
def test_richardson_is_exact_on_its_powers(steps, exponents):
    values = 1 + sum(a * steps**p for a, p in zip((3.0, -2.0, 1.0), exponents, strict=True))
    assert richardson(values, steps, exponents=exponents).value == pytest.approx(
        1, rel=1e-12
    )


def test_richardson_of_geometric_steps_is_the_formula():
    h = 0.4 / 3.0 ** np.arange(3)
    t = np.exp(h)
    found = richardson(t, h, exponents=[1, 2])
    first = (3 * t[1:] - t[:-1]) / 2
    np.testing.assert_allclose(found.table[1, :2], first, rtol=1e-14)
    assert found.value == pytest.approx((9 * first[1] - first[0]) / 8, rel=1e-14)
    assert found.error_estimate == pytest.approx(abs(found.value - first[1]), rel=1e-10)


def test_richardson_gains_one_order_a_column():
    errors = []
    for scale in (1.0, 0.5, 0.25):
        found = richardson(np.exp(scale * H), scale * H, exponents=[1, 2, 3])
        errors.append(abs(found.value - 1))
        assert errors[-1] < 10 * found.error_estimate
    # Four values leave O(h^4).
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.3)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(4, abs=0.2)


def test_richardson_of_arrays_and_with_fewer_exponents():
    values = np.stack([1 + H**2, 2 - 1j * H**2], axis=1)
    found = richardson(values, H, exponents=[2])
    np.testing.assert_allclose(found.value, [1, 2], rtol=1e-14)
    assert found.error_estimate.shape == (2,)
    assert found.table.shape == (4, 4, 2)


def test_no_certain_digit_raises_with_the_table():
    sequence = [1.0, 2.0, 3.0001]  # nearly a straight line: the limit is far away
    with pytest.raises(ConvergenceError, match="strict=False for the table") as caught:
        shanks(sequence)
    kept = shanks(sequence, strict=False)
    assert kept.status is caught.value.partial.status is Status.TOLERANCE_NOT_REACHED
    with pytest.raises(ConvergenceError, match="strict=False for the table"):
        richardson([5.0, 1.0], [0.2, 0.1], exponents=[0.1])


def test_it_is_stored(tmp_path):
    found = shanks([1.0, 1.5, 1.75])
    again = io.load(io.save(found, tmp_path / "limit.npz"))
    assert again.summary() == found.summary()
    assert again.value == 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: shanks([1.0, 2.0]), ShapeError, "2 entries, needed at least 3"),
        (lambda: shanks([1.0, np.nan, 2.0]), ParameterError, "not finite"),
        (lambda: richardson([1.0], [1.0], exponents=[1]), ShapeError, "at least two"),
        (
            lambda: richardson([1.0, 2], [1.0], exponents=[1]),
            ShapeError,
            "one step a value",
        ),
        (
            lambda: richardson([1.0, 2], [1.0, 1.0], exponents=[1]),
            ParameterError,
            "positive and different",
        ),
        (
            lambda: richardson([1.0, 2], [1.0, -1], exponents=[1]),
            ParameterError,
            "positive and different",
        ),
        (
            lambda: richardson([1.0, 2], [1.0, 0.5], exponents=[2, 1]),
            ParameterError,
            "positive ascending",
        ),
    ],
)
def test_wrong_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
