"""The numbers of the two studies and of the record with gaps, to 1e-6 relative."""

import numpy as np
import pytest
import scipy.linalg

from perturbsci.io import load_record
from perturbsci.koopman import Snapshots, edmd, monomials
from perturbsci.studies.baselines import noise_minima
from perturbsci.verification import load_reference

YEAR = np.exp(1j * np.pi / 6)
MONTHS = 600


@pytest.fixture
def elnino(study_data):
    return study_data("koopman_elnino")


@pytest.fixture
def sunspots(study_data):
    return study_data("koopman_sunspots")


@pytest.fixture(scope="module")
def co2():
    """The spectrum of all windows of 53 consecutive weeks without a gap."""
    values = load_record("co2").values
    windows = np.lib.stride_tricks.sliding_window_view(values, 53)
    windows = windows[np.isfinite(windows).all(axis=1)]
    data = Snapshots(windows[:, :-1], windows[:, 1:])
    return data, edmd(data, monomials(1, n_state=52))


def assert_reference(identifier, found, *, rel=1e-6):
    """Assert all printed digits: 1e-6 relative, and half a unit of the last digit."""
    value = np.array(load_reference(identifier).value)
    assert np.shape(found) == value.shape
    half = np.vectorize(lambda v: 0.5 * 10.0 ** -len(repr(float(v)).partition(".")[2]))
    assert np.all(np.abs(found - value) <= rel * np.abs(value) + half(value))


def nearest(eigenvalues, target):
    return int(np.abs(eigenvalues - target).argmin())


def describe(data, delays, target):
    """Return the row of the printed table for the eigenvalue nearest to the target."""
    inside, outside = data[f"eigenvalues_{delays}"], data[f"held_out_eigenvalues_{delays}"]
    k, m = nearest(inside, target), nearest(outside, target)
    value = inside[k]
    return [
        value.real,
        value.imag,
        2 * np.pi / np.angle(value),
        abs(value),
        abs(value - target),
        data[f"residuals_{delays}"][k],
        data[f"held_out_residuals_{delays}"][m],
    ]


def test_the_annual_eigenvalue_for_three_embeddings(elnino):
    rows = [describe(elnino, delays, YEAR) for delays in (12, 24, 60)]
    table = np.array(load_reference("koopman.elnino_annual_table").value)
    assert np.delete(rows, 4, axis=1) == pytest.approx(
        np.delete(table, 4, axis=1), rel=1e-6
    )
    assert np.array(rows)[:, 4] == pytest.approx(table[:, 4], rel=2e-6)


def test_the_semi_annual_eigenvalue(elnino):
    value = describe(elnino, 60, YEAR**2)
    assert_reference("koopman.elnino_semiannual_eigenvalue", value[:2])
    assert_reference("koopman.elnino_semiannual_period", value[2])
    assert_reference("koopman.elnino_semiannual_residual", value[5])
    assert_reference("koopman.elnino_semiannual_held_out", value[6])


def test_five_of_61_eigenvalues_are_verified(elnino):
    count = load_reference("koopman.elnino_verified").value
    for part in ("", "held_out_"):
        values, residuals = elnino[f"{part}eigenvalues_60"], elnino[f"{part}residuals_60"]
        assert (residuals <= 0.10).sum() == count
        verified = sorted(values[:5], key=np.angle)
        wanted = [YEAR**-2, YEAR**-1, 1, YEAR, YEAR**2]
        assert np.abs(np.array(verified) - wanted).max() < 5e-3
    residuals = elnino["residuals_60"]
    assert_reference("koopman.elnino_next_residual", residuals[count])
    assert_reference("koopman.elnino_median_residual", np.median(residuals))
    assert np.abs(elnino["eigenvalues_60"]).max() == pytest.approx(1, abs=1e-13)


@pytest.mark.parametrize("route", ["QR", "SVD"])
def test_an_independent_route_gives_the_same_pairs(elnino, route):
    values = load_record("elnino").values[:MONTHS]
    windows = np.lib.stride_tricks.sliding_window_view(values, 60)
    psi = np.hstack([np.ones((len(windows), 1)), windows])
    psi_x, psi_y = psi[:-1], psi[1:]
    if route == "QR":
        q, r = scipy.linalg.qr(psi_x, mode="economic")
        koopman = scipy.linalg.solve_triangular(r, q.T @ psi_y)
    else:
        u, s, vh = scipy.linalg.svd(psi_x, full_matrices=False)
        koopman = vh.T @ ((u.T @ psi_y) / s[:, None])
    eigenvalues, vectors = scipy.linalg.eig(koopman)
    g, image = psi_x @ vectors, psi_y @ vectors
    norms = np.linalg.norm(g, axis=0)
    residuals = np.linalg.norm(image - g * eigenvalues, axis=0) / norms
    for value, residual in zip(
        elnino["eigenvalues_60"], elnino["residuals_60"], strict=True
    ):
        k = nearest(eigenvalues, value)
        assert abs(eigenvalues[k] - value) <= 5e-12
        assert abs(residuals[k] - residual) <= 5e-12


def test_the_autoregression_of_the_anomalies(elnino):
    assert_reference("koopman.elnino_autoregression", elnino["autoregression"])


def assert_noise(minima):
    for identifier, found in (
        ("koopman.elnino_noise_minimum", minima.min()),
        ("koopman.elnino_noise_median", np.median(minima)),
    ):
        reference = load_reference(identifier)
        assert abs(found - reference.value) <= reference.tolerance


def test_noise_does_not_reach_the_annual_residual(elnino):
    assert_noise(elnino["noise_minima"][-1])
    ratio = describe(elnino, 60, YEAR)[5] / elnino["noise_minima"][-1].min()
    assert ratio <= load_reference("koopman.elnino_noise_ratio").value


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_noise_test_does_not_depend_on_the_seed(elnino, seed):
    phi, sigma = elnino["autoregression"]
    mean = load_record("elnino").values[:MONTHS].mean()
    assert_noise(
        noise_minima(
            phi, sigma, mean=mean, n_times=MONTHS, delays=60, n_series=100, seed=seed
        )
    )


def test_the_forecast_errors_of_the_temperatures(elnino):
    assert_reference("koopman.elnino_forecast_errors", elnino["forecast_errors"])


def test_the_cycle_of_the_sunspots(sunspots):
    real, imaginary, residual = sunspots["cycle"]
    modulus = np.hypot(real, imaginary)
    assert_reference(
        "koopman.sunspots_full_eigenvalue", np.array([real, imaginary, modulus, residual])
    )
    period = 2 * np.pi / np.arctan2(imaginary, real)
    assert_reference("koopman.sunspots_full_period", period)
    oscillating = np.abs(sunspots["eigenvalues"].imag) > 1e-9
    others = np.unique(sunspots["residuals"][oscillating].round(12))
    assert others[0] == pytest.approx(residual, abs=1e-12)
    assert_reference("koopman.sunspots_next_residual", others[1])


def test_the_cycle_of_the_first_220_years(sunspots):
    trained, held_out = sunspots["trained_cycle"], sunspots["held_out_cycle"]
    period = 2 * np.pi / np.arctan2(trained[1], trained[0])
    assert_reference("koopman.sunspots_train_period", period)
    assert_reference(
        "koopman.sunspots_train_residuals", np.array([trained[2], held_out[2]])
    )


def test_the_noise_test_of_the_sunspots(sunspots):
    minima = sunspots["noise_minima"]
    found = [minima.min(), np.percentile(minima, 5), np.median(minima)]
    assert_reference(
        "koopman.sunspots_noise", np.array([*sunspots["autoregression"], *found])
    )


def test_the_forecast_errors_of_the_sunspots(sunspots):
    ours, persistence, others = load_reference("koopman.sunspots_forecast_errors").value
    errors = sunspots["forecast_errors"].T
    assert errors == pytest.approx(np.array([ours, persistence]), rel=1e-6)
    assert sunspots["mean_and_cycle_errors"] == pytest.approx(np.array(others), rel=1e-6)


def test_the_year_in_a_record_with_gaps(co2):
    data, spectrum = co2
    k = nearest(spectrum.eigenvalues, np.exp(2j * np.pi / 52.18))
    period, modulus, residual, pairs, trend, trend_residual = load_reference(
        "koopman.co2_annual"
    ).value
    value = spectrum.eigenvalues[k]
    assert data.n_samples == pairs
    assert 2 * np.pi / np.angle(value) == pytest.approx(period, rel=1e-6)
    assert abs(value) == pytest.approx(modulus, rel=1e-6)
    assert spectrum.residuals[k] == pytest.approx(residual, rel=1e-6)
    m = nearest(spectrum.eigenvalues, trend)
    assert spectrum.eigenvalues[m] == pytest.approx(trend, rel=1e-6)
    assert spectrum.residuals[m] == pytest.approx(trend_residual, rel=2e-4)
