"""Scattering lengths of square wells and exponential potentials, in closed form."""

import math

import numpy as np
import pytest
from scipy import special

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.perturbation import born_series, pade, scattering_length
from perturbsci.results import Status
from perturbsci.verification import load_reference

CRITICAL = math.pi**2 / 4


def well(r):
    return np.ones_like(r)


def decaying(r):
    return np.exp(-r)


def exact_well(g):
    k = np.sqrt(complex(g))
    return float((1 - np.tan(k) / k).real)


def exact_decaying(g):
    """Return a for U = exp(-r): phi is a sum of J_0 and Y_0 of 2 sqrt(g) exp(-r/2)."""
    x = 2 * math.sqrt(g)
    j, y = special.j0(x), special.y0(x)
    return 2 * (math.log(x / 2) + np.euler_gamma) - math.pi * y / j


def test_square_well_coefficients():
    reference = load_reference("perturbation.square_well_coefficients")
    series = born_series(well)
    assert len(series.scattering_length) == 5
    assert series.scattering_length.coefficients[0] == 0
    assert series.scattering_length.coefficients[1:] == pytest.approx(
        reference.value, abs=reference.tolerance
    )
    assert series.status is Status.CONVERGED
    # a_1(r) = -r^3/3, a_2(r) = -2 r^5/15 for the well cut at r.
    assert series.terms[1] == pytest.approx(-(series.radii**3) / 3, abs=1e-15)
    assert series.terms[2] == pytest.approx(-2 * series.radii**5 / 15, abs=1e-15)
    assert series.radii[0] == 0
    assert series.radii[-1] == 1
    assert series.terms.shape == (5, 66)


def test_length_scales_like_a_length():
    """U(r/R)/R^2 has R times the length, order by order."""
    small = born_series(decaying, radius=20.0, nodes=160).scattering_length.coefficients
    big = born_series(lambda r: decaying(r / 3) / 9, radius=60.0, nodes=160)
    assert big.scattering_length.coefficients == pytest.approx(3 * small, rel=1e-12)


def test_order_of_the_truncation_error():
    """N terms leave an error g^(N+1): slope N + 1 where it is far from rounding."""
    g = np.array([0.04, 0.02, 0.01])
    exact = np.array([exact_decaying(each) for each in g])
    series = born_series(decaying, order=3, radius=50.0, nodes=320).scattering_length
    for order in range(4):
        errors = abs(series.evaluate(g, terms=order + 1) - exact)
        slope = np.polyfit(np.log(g), np.log(errors), 1)[0]
        assert slope == pytest.approx(order + 1, abs=0.05)


def test_pade_pole_is_near_the_bound_state():
    reference = load_reference("perturbation.born_pole")
    approximant = pade(born_series(well).scattering_length, 2, 2)
    pole = approximant.poles.real.min()
    assert pole == pytest.approx(reference.value, abs=reference.tolerance)
    assert pole == pytest.approx(CRITICAL, rel=2e-5)


def test_pade_errors_beside_the_series():
    reference = load_reference("perturbation.born_pade_errors")
    series = born_series(well).scattering_length
    approximant = pade(series, 2, 2)
    for g, by_pade, by_sum in reference.value:
        exact = exact_well(g)
        relative = [abs(form.evaluate(g) / exact - 1) for form in (approximant, series)]
        assert relative == pytest.approx([by_pade, by_sum], rel=reference.tolerance)
    at_two = load_reference("perturbation.born_pade_error_at_two")
    assert abs(approximant.evaluate(2.0) / exact_well(2) - 1) == pytest.approx(
        at_two.value, abs=at_two.tolerance
    )


def test_square_well_length():
    reference = load_reference("perturbation.square_well_length")
    found = scattering_length(well, 1.0)
    assert found.value == pytest.approx(reference.value, abs=reference.tolerance)
    assert found.status is Status.CONVERGED


@pytest.mark.parametrize("g", [-50.0, -0.1, 0.3, 2.4, 2.5, 4.0, 30.0, 400.0])
def test_any_depth_of_the_well(g):
    found = scattering_length(well, g)
    assert found.value == pytest.approx(exact_well(g), rel=1e-10)
    assert found.bound_states == math.floor(math.sqrt(max(g, 0)) / math.pi + 0.5)


@pytest.mark.parametrize("g", [0.5, 1.4, 1.5, 5.0, 60.0])
def test_exponential_potential(g):
    """Bound states appear at the zeros of J_0: g = j_{0,k}^2/4."""
    found = scattering_length(decaying, g, radius=45.0)
    assert found.value == pytest.approx(exact_decaying(g), rel=1e-8)
    assert found.bound_states == np.count_nonzero(special.jn_zeros(0, 9) < 2 * g**0.5)


@pytest.mark.parametrize("k", [0, 1, 3])
def test_infinite_at_a_threshold(k):
    found = scattering_length(well, ((k + 0.5) * math.pi) ** 2)
    assert found.value == math.inf
    assert found.bound_states == k  # the next one is not bound yet
    assert found.status is Status.NOT_FINITE
    near = [scattering_length(well, CRITICAL * (1 + e)) for e in (-1e-8, 1e-8)]
    assert [each.bound_states for each in near] == [0, 1]
    assert near[0].value < -1e7 < 1e7 < near[1].value


def test_series_and_integration_agree_on_a_singular_potential():
    """Yukawa: U = exp(-r)/r is infinite at 0, r U is not."""

    def yukawa(r):
        return np.exp(-r) / r

    series = born_series(yukawa, order=12, radius=40.0, nodes=640).scattering_length
    assert series.coefficients[1] == pytest.approx(-1, abs=1e-12)  # -int r e^(-r)
    # The bound state at 1.68 limits the series: (0.05/1.68)^13 = 1e-20.
    found = scattering_length(yukawa, 0.05, radius=40.0)
    assert found.value == pytest.approx(series.evaluate(0.05), rel=1e-11)


def test_wells_that_end_inside():
    shallow = scattering_length(lambda r: np.where(r < 0.437, 1.0, 0.0), 3.0).value
    k = math.sqrt(3)
    assert shallow == pytest.approx(0.437 - math.tan(k * 0.437) / k, rel=1e-9)
    nothing = scattering_length(lambda r: 0 * r, 5.0)
    assert nothing.value == pytest.approx(0, abs=1e-12)
    assert nothing.bound_states == 0
    assert born_series(lambda r: 0 * r).certificate.value == 0


def test_a_jump_inside_a_panel_is_noticed():
    def jump(r):
        return np.where(r < 0.437, 1.0, 0.0)

    with pytest.raises(ConvergenceError, match="let panels end where") as caught:
        born_series(jump)
    loose = born_series(jump, strict=False)
    assert loose.status is Status.TOLERANCE_NOT_REACHED
    assert np.array_equal(caught.value.partial.terms, loose.terms)
    assert loose.scattering_length.coefficients[1] == pytest.approx(
        -(0.437**3) / 3, rel=2 * loose.certificate.value + 0.02
    )


def test_a_singularity_that_cannot_be_integrated_is_noticed():
    def too_singular(r):
        return abs(r - 0.5) ** -1.5

    with pytest.raises(ConvergenceError, match="soften the singularity") as caught:
        scattering_length(too_singular, 1.0)
    assert caught.value.partial.status is Status.TOLERANCE_NOT_REACHED
    assert not scattering_length(too_singular, 1.0, strict=False).certificate.passed


def test_order_zero_constants_and_storage(tmp_path):
    none = born_series(lambda r: 1.0, order=0, nodes=1)
    assert none.scattering_length.coefficients.tolist() == [0]
    assert none.terms.shape == (1, 18)
    loaded = io.load(io.save(none, tmp_path / "series.npz"))
    assert np.array_equal(loaded.radii, none.radii)
    threshold = scattering_length(well, CRITICAL)
    again = io.load(io.save(threshold, tmp_path / "scattering.npz"))
    assert again.value == math.inf
    assert "bound_states  0" in again.summary()


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: born_series(well, order=-1), ParameterError, "order is -1; .* from 0 on"),
        (lambda: born_series(well, order=1.5), ParameterError, "order is 1.5"),
        (lambda: born_series(well, nodes=0), ParameterError, "nodes is 0"),
        (lambda: born_series(well, radius=0), ParameterError, "radius is 0"),
        (lambda: born_series(well, radius=math.inf), ParameterError, "radius is inf"),
        (lambda: born_series(1.0), ParameterError, "pass a function of an array of radii"),
        (lambda: born_series(lambda r: r[:3]), ShapeError, "return one number a radius"),
        (lambda: born_series(lambda r: r + np.inf), ParameterError, "not finite"),
        (lambda: scattering_length(well, np.nan), ParameterError, "strength is nan"),
        (lambda: scattering_length(well, 1.0, radius=-1), ParameterError, "radius is -1"),
        (lambda: scattering_length(lambda r: 1j + r, 1.0), ParameterError, "needed real"),
    ],
)
def test_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()
