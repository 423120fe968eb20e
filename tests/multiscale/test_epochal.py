"""Relaxation of drift and temperature, against exact laws and independent integration."""

import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale import EpochalRelaxation, epochal_relaxation
from perturbsci.multiscale.exchange import Exchange
from perturbsci.results import Status
from perturbsci.verification import load_reference


def test_hard_spheres_of_the_reference():
    wanted = load_reference("multiscale_mixture.hard_spheres")
    times = wanted.parameters["times"]
    for epsilon, row in zip(wanted.parameters["epsilon"], wanted.value, strict=True):
        found = epochal_relaxation(
            times, epsilon=epsilon, temperatures=(2.0, 0.5), kernel="hard_spheres"
        )
        assert found.light_temperature == pytest.approx(row, abs=wanted.tolerance)
        assert found.status is Status.CONVERGED
        assert found.certificate.passed


def test_maxwell_molecules_with_a_slip_of_the_reference():
    wanted = load_reference("multiscale_mixture.maxwell_drift")
    times = wanted.parameters["times"]
    for epsilon, row in zip(wanted.parameters["epsilon"], wanted.value, strict=True):
        found = epochal_relaxation(
            times, epsilon=epsilon, temperatures=(1.0, 0.4), velocities=(0.5, 0.2)
        )
        gap = found.light_temperature - found.heavy_temperature
        assert gap == pytest.approx(row, abs=wanted.tolerance)
        assert found.status is Status.EXACT


def test_the_limit_jumps_behind_the_start():
    found = epochal_relaxation(
        [0.0, 1e-12, 0.3], epsilon=0.0, temperatures=(1.0, 0.4), velocities=(0.5, 0.2)
    )
    gap = found.light_temperature - found.heavy_temperature
    # T_L(0+) = T_L + |U_L|^2/d, then exp(-2 (n_L + n_H) mu1 t).
    assert gap[0] == pytest.approx(0.6, abs=1e-15)
    start = 1 + 0.25 / 3 - 0.4
    assert gap[1:] == pytest.approx(start * np.exp(-4 * found.times[1:]), rel=1e-14)
    assert found.light_velocity[:, 0].tolist() == [0.5, 0.0, 0.0]
    assert found.heavy_velocity[:, 0] == pytest.approx(0.2, abs=1e-16)


@pytest.mark.parametrize("kernel", ["maxwell", "hard_spheres"])
def test_tiny_epsilon_is_the_limit(kernel):
    options = {"temperatures": (1.3, 0.6), "velocities": (0.7, -0.1), "kernel": kernel}
    limit = epochal_relaxation([0.0, 1e-3, 0.4], epsilon=0.0, **options)
    tiny = epochal_relaxation([0.0, 1e-3, 0.4], epsilon=1e-300, **options)
    for name in ("light_temperature", "heavy_temperature", "light_velocity"):
        assert getattr(tiny, name) == pytest.approx(getattr(limit, name), abs=1e-12)


@pytest.mark.parametrize("epsilon", [1.0, 0.3, 0.02])
@pytest.mark.parametrize("closure", ["eps2", "leading"])
@pytest.mark.parametrize("kernel", ["maxwell", "hard_spheres"])
def test_an_implicit_method_for_the_full_equations_agrees(kernel, closure, epsilon):
    n, T, U, u = (0.7, 1.9), (1.0, 0.4), np.array([0.5, 1.0, 0.0]), np.array([0.2, 0, 0.3])
    q = 1.0 if closure == "leading" else 1 / (1 + epsilon**2)
    exchange = Exchange(kernel, 1.3, 3, closure)

    def flow(_, y):
        W = y[2:5] - epsilon * y[5:8]
        a, b = exchange.rates(epsilon, y[0], y[1], float(W @ W))
        heat, rub = q**2 * b * (y[0] - y[1]), q**2 * a * (W @ W) / 3
        force = q * a * W
        heavy = heat + (rub if closure == "eps2" else 0)
        light = rub / epsilon**2 - heat
        return [2 * n[1] * light, 2 * n[0] * heavy, *(-n[1] * force / epsilon**2),
                *(n[0] * force / epsilon)]  # fmt: skip

    times = np.array([1e-4, 0.02, 0.3])
    start = [*T, *U, *u]
    own = solve_ivp(flow, (0, 0.3), start, "Radau", times, rtol=1e-9, atol=1e-11)
    found = epochal_relaxation(
        times, epsilon=epsilon, densities=n, temperatures=T, velocities=(U, u),
        kernel=kernel, rate=1.3, closure=closure,
    )  # fmt: skip
    # The tolerance is that of Radau, times some hundred steps.
    assert found.light_temperature == pytest.approx(own.y[0], abs=1e-7)
    assert found.heavy_temperature == pytest.approx(own.y[1], abs=1e-7)
    assert found.light_velocity == pytest.approx(own.y[2:5].T, abs=1e-7)
    assert found.heavy_velocity == pytest.approx(own.y[5:8].T, abs=1e-7)
    assert found.certificate.passed


def _mean(power, slip, spread):
    """Return <|g| (g.e)^power |g|^(2 - 2 power)> of a Gaussian of mean slip e."""

    def inner(g):
        # A Gaussian in g, integrated over the angle: c = cos.
        k = g * slip / spread
        weight = g**2 * math.exp(-((g - slip) ** 2) / (2 * spread))
        first = (1 - math.exp(-2 * k)) / k
        if power == 1:
            first = ((k - 1) + (k + 1) * math.exp(-2 * k)) / k**2
            return weight * g * g * first
        return weight * g**3 * first

    scale = 2 * math.pi / (2 * math.pi * spread) ** 1.5
    top = slip + 12 * math.sqrt(spread)
    return scale * quad(inner, 0, top, epsabs=1e-13, epsrel=1e-12, limit=200)[0]


@pytest.mark.parametrize(("slip", "light", "heavy"), [(0.5, 1.1, 0.8), (2.5, 0.3, 1.5)])
def test_friction_and_heat_of_spheres_are_the_integrals(slip, light, heavy):
    # Force: <|g| g>; heat: <|g| g.(g - W)>/s2, of relative velocities of variance s2.
    exchange, epsilon = Exchange("hard_spheres", 1.0, 3, "eps2"), 0.6
    spread = light + epsilon**2 * heavy
    a, b = exchange.rates(epsilon, light, heavy, slip**2)
    first, third = _mean(1, slip, spread), _mean(0, slip, spread)
    assert a * slip == pytest.approx(first, rel=1e-9)
    assert 3 * b == pytest.approx((third - slip * first) / spread, rel=1e-9)


def test_series_and_closed_form_of_spheres_meet():
    # They change over at s = 0.05, s^2 = |W|^2/(2 T).
    exchange = Exchange("hard_spheres", 1.0, 3, "leading")
    below = exchange.rates(0.1, 1.0, 1.0, 2 * 0.05**2 * (1 - 1e-13))
    above = exchange.rates(0.1, 1.0, 1.0, 2 * 0.05**2 * (1 + 1e-13))
    assert below == pytest.approx(above, rel=1e-12)
    # Cold beams: friction rate |W|, the limit of the closed form.
    assert exchange.rates(0.1, 0.0, 1.0, 4.0)[0] == pytest.approx(2.0, rel=1e-15)


def test_rates_times_time_is_what_counts():
    options = {"epsilon": 0.2, "temperatures": (1.5, 0.5), "velocities": (0.3, 0.1)}
    slow = epochal_relaxation([0.4], rate=1.0, **options)
    fast = epochal_relaxation([0.1], rate=4.0, **options)
    assert slow.light_temperature == pytest.approx(fast.light_temperature, rel=1e-14)


def test_the_end_of_time_costs_no_more_than_rest():
    gas = {"temperatures": (2.0, 0.5), "velocities": (0.5, 0.0), "kernel": "hard_spheres"}
    found = epochal_relaxation([100.0, 1e12], epsilon=0.1, **gas)
    T = found.light_temperature
    # At rest, to the tolerance 1e-12 of the integration.
    assert abs(T - found.heavy_temperature).max() <= 1e-11
    assert abs(T[1] - T[0]) <= 1e-11


def test_times_may_come_in_any_order_and_float32_stays():
    times = np.array([0.3, 0.0, 0.1], dtype=np.float32)
    options = {"epsilon": 0.2, "temperatures": (2.0, 0.5), "kernel": "hard_spheres"}
    found = epochal_relaxation(times, **options)
    assert found.light_temperature.dtype == np.float32
    again = epochal_relaxation(np.sort(times.astype(float)), **options)
    assert found.light_temperature[[1, 2, 0]] == pytest.approx(
        again.light_temperature, rel=1e-6
    )


def test_a_relaxation_survives_its_file(tmp_path):
    found = epochal_relaxation([0.0, 0.5], epsilon=0.1, temperatures=(1.0, 2.0))
    io.save(found, tmp_path / "found.npz")
    back = io.load(tmp_path / "found.npz")
    assert isinstance(back, EpochalRelaxation)
    for name, array in found.arrays().items():
        assert (getattr(back, name) == array).all()
    assert back.certificate.claim == found.certificate.claim


@pytest.mark.parametrize(
    ("change", "error", "advice"),
    [
        ({"epsilon": 1.5}, ParameterError, "exchange the species"),
        ({"epsilon": -0.1}, ParameterError, "from 0 on"),
        ({"epsilon": float("nan")}, ParameterError, "pass one finite number"),
        ({"temperatures": (1.0, 0.0)}, ParameterError, r"temperatures\[1\]"),
        ({"temperatures": 1.0}, ParameterError, "pass two numbers"),
        ({"densities": (-1.0, 1.0)}, ParameterError, r"densities\[0\]"),
        ({"rate": 0.0}, ParameterError, "rate is 0.0"),
        ({"kernel": "coulomb"}, ParameterError, "'maxwell', 'hard_spheres'"),
        ({"closure": "eps3"}, ParameterError, "'eps2', 'leading'"),
        ({"kernel": "hard_spheres", "dimension": 2}, ParameterError, "pass dimension=3"),
        ({"dimension": 4}, ParameterError, "from 1 to 3"),
        ({"velocities": 0.3}, ParameterError, "pass two velocities"),
        ({"velocities": ([1.0, 2.0], 0.0)}, ShapeError, "one component a dimension"),
        ({"times": [-1.0]}, ParameterError, "from 0 on"),
        ({"times": [float("nan")]}, ParameterError, "not finite"),
    ],
)
def test_errors(change, error, advice):
    options = {"times": [0.1], "epsilon": 0.1, "temperatures": (1.0, 2.0), **change}
    with pytest.raises(error, match=advice):
        epochal_relaxation(options.pop("times"), **options)
