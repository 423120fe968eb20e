"""Momentum methods: rates from characteristic roots, certified rates, and the 3-cycle."""

import math

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import descend, momentum_method
from perturbsci.results import Status
from perturbsci.verification import load_reference

NAMES = ("gradient", "heavy_ball", "nesterov", "triple_momentum")
M, L = 1.0, 25.0


def bent(x):
    return np.where(x < 1, 25 * x, np.where(x < 2, x + 24, 25 * x - 24))


@pytest.mark.parametrize("name", NAMES)
def test_rates_of_the_literature(name):
    reference = load_reference(f"perturbation.rate_{name}")
    method = momentum_method(name, convexity=M, smoothness=L)
    assert method.rate == pytest.approx(reference.value, rel=0, abs=reference.tolerance)
    assert method.certificate.passed
    # The largest root is reached, not only bounded.
    assert method.certificate.value == pytest.approx(method.rate, abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("condition", [1.0, 1.5, 10.0, 1e4])
def test_rates_are_scale_invariant_and_below_one(name, condition):
    unit = momentum_method(name, convexity=1.0, smoothness=condition)
    scaled = momentum_method(name, convexity=1e-3, smoothness=1e-3 * condition)
    assert scaled.rate == pytest.approx(unit.rate, rel=1e-12, abs=1e-12)
    assert scaled.step == pytest.approx(1e3 * unit.step, rel=1e-12)
    assert 0 <= unit.rate < 1
    assert unit.certificate.passed


@pytest.mark.parametrize("name", NAMES)
def test_quadratics_converge_at_the_rate(name):
    method = momentum_method(name, convexity=M, smoothness=L)
    curvatures = np.array([M, 7.0, L])
    path = descend(lambda x: curvatures * x, np.ones(3), method, n_steps=400)
    error = np.linalg.norm(path.points, axis=1)
    # A double root adds a factor k, log(k)/k of the slope: 2 steps are 200 apart.
    k = 120 if name != "gradient" else 400
    assert math.log(error[k] / error[k // 2]) / (k / 2) == pytest.approx(
        math.log(method.rate), abs=1.5 * math.log(2) / (k / 2)
    )
    assert path.status is Status.CONVERGED
    assert path.cycle == 0


def test_certified_rates():
    rates = {
        name: momentum_method(name, convexity=M, smoothness=L).certified_rate
        for name in NAMES
    }
    assert rates["heavy_ball"] is None
    assert rates["gradient"] == pytest.approx(12 / 13, rel=1e-15)
    assert rates["nesterov"] == pytest.approx(math.sqrt(0.8), rel=1e-15)
    assert rates["triple_momentum"] == pytest.approx(0.8, rel=1e-15)


@pytest.mark.parametrize("name", ["gradient", "nesterov", "triple_momentum"])
def test_certified_methods_keep_their_rate_on_a_bent_function(name):
    method = momentum_method(name, convexity=M, smoothness=L)
    for start in (3.3, -5.0, 1.5, 40.0):
        path = descend(bent, start, method, n_steps=400)
        assert path.cycle == 0
        assert path.status is Status.CONVERGED
        # A certificate bounds the error by a constant, about sqrt(L/m), times rate^k.
        size = abs(path.points[:200, 0]) / abs(start)
        assert (
            size <= 2 * math.sqrt(L / M) * method.certified_rate ** np.arange(200)
        ).all()


def test_heavy_ball_cycles():
    method = momentum_method("heavy_ball", convexity=M, smoothness=L)
    path = descend(bent, [3.3], method, n_steps=300)
    assert path.cycle == 3
    assert path.status is Status.TOLERANCE_NOT_REACHED
    assert not path.certificate.passed
    expected = [
        load_reference("perturbation.cycle_low"),
        load_reference("perturbation.cycle_middle"),
        load_reference("perturbation.cycle_high"),
    ]
    for point, reference in zip(sorted(path.points[-3:, 0]), expected, strict=True):
        assert point == pytest.approx(reference.value, rel=0, abs=reference.tolerance)


def test_cycles_in_the_plane_and_slow_oscillations():
    method = momentum_method("heavy_ball", convexity=M, smoothness=L)
    pair = descend(
        lambda x: np.array([bent(x[0]), 3 * x[1]]), [3.3, 1.0], method, n_steps=300
    )
    assert pair.cycle == 3
    # x_k = (-r)^k with r close to 1 is no 2-cycle.
    slow = momentum_method("gradient", convexity=1e-3, smoothness=1.0)
    assert descend(lambda x: x, [1.0], slow, n_steps=60).cycle == 0
    assert descend(lambda x: x - 1.0, [1.0], slow, n_steps=60).cycle == 0


def test_diverging_paths_end_in_nan():
    method = momentum_method("gradient", convexity=1.0, smoothness=1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        path = descend(lambda x: 1e200 * x, [1.0], method, n_steps=9)
    assert path.status is Status.NOT_FINITE
    assert path.points.shape == (10, 1)
    assert np.isnan(path.points[-1]).all()


def test_no_step_and_float32():
    method = momentum_method("nesterov", convexity=1.0, smoothness=4.0)
    start = np.ones(2, np.float32)
    path = descend(lambda x: 2 * x, start, method, n_steps=0)
    assert path.points.shape == (1, 2)
    assert path.status is Status.MAX_STEPS
    assert descend(lambda x: 2 * x, start, method, n_steps=5).points.dtype == np.float32
    assert (start == 1).all()


def test_paths_and_methods_are_stored(tmp_path):
    method = momentum_method("heavy_ball", convexity=1.0, smoothness=4.0)
    path = descend(lambda x: x, [1.0], method, n_steps=3)
    assert io.load(io.save(method, tmp_path / "m.npz")).certified_rate is None
    assert (io.load(io.save(path, tmp_path / "p.npz")).points == path.points).all()


@pytest.mark.parametrize(
    ("name", "bounds", "message"),
    [
        ("adam", (1, 2), "name is 'adam'; it must be one of 'gradient"),
        ("gradient", (0, 2), "needed are bounds 0 < convexity <= smoothness"),
        ("gradient", (3, 2), "needed are bounds"),
        ("gradient", (math.nan, 2), "convexity is nan; pass one finite number"),
        ("gradient", ("1", 2), "convexity is '1'"),
    ],
)
def test_methods_that_are_refused(name, bounds, message):
    with pytest.raises(ParameterError, match=message):
        momentum_method(name, convexity=bounds[0], smoothness=bounds[1])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"gradient": 3}, ParameterError, "gradient is 3; pass a function of a point"),
        ({"gradient": lambda _: np.ones(2)}, ShapeError, "one number a coordinate"),
        ({"start": [np.inf]}, ParameterError, "not finite"),
        ({"start": [[1.0]]}, ShapeError, "start has shape .1, 1., needed 1 axis"),
        ({"method": "nesterov"}, ParameterError, "pass momentum_method"),
        ({"n_steps": -1}, ParameterError, "n_steps is -1; pass a whole number from 0 on"),
    ],
)
def test_descents_that_are_refused(change, error, message):
    method = momentum_method("gradient", convexity=1.0, smoothness=1.0)
    good = {"gradient": lambda x: x, "start": [1.0], "method": method, "n_steps": 1}
    with pytest.raises(error, match=message):
        descend(**{**good, **change})
