"""Sums of exponentials by variable projection."""

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.koopman import Snapshots, dmd, optimized_dmd
from perturbsci.koopman.exponential_fit import _linearized, projected
from perturbsci.results import Status

DAMPED = np.array([-0.1 + 2j, -0.1 - 2j, -0.3 + 5j, -0.3 - 5j, -0.2])


def record(exponents, times, n_state, seed=0, noise=0.0):
    """Return a record with random modes, real where the exponents come in pairs."""
    rng = np.random.default_rng(seed)
    modes = rng.standard_normal((len(exponents), n_state)) + 0j
    modes += 1j * rng.standard_normal(modes.shape)
    real = set(exponents) == set(np.conj(exponents))
    if real:
        partner = [list(exponents).index(a.conjugate()) for a in exponents]
        modes = (modes + modes[partner].conj()) / 2
    states = np.exp(np.outer(times, exponents)) @ modes
    states = states.real if real else states
    size = np.linalg.norm(states) / np.sqrt(states.size)
    return states + noise * size * rng.standard_normal(states.shape)


def spread(found, wanted):
    distance = np.abs(np.asarray(found)[:, None] - np.asarray(wanted))
    return max(distance.min(axis=0).max(), distance.min(axis=1).max())


def uneven(n_times, seed=0):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.uniform(0.02, 0.2, n_times))


@pytest.mark.parametrize("n_state", [1, 2, 7])
@pytest.mark.parametrize("times", [0.1 * np.arange(80), uneven(80)])
def test_exact_records_give_their_exponents(n_state, times):
    """Also with fewer columns than exponents; 1e-11 is the condition, 1e3, times 1e-14."""
    states = record(DAMPED, times, n_state)
    found = optimized_dmd(states, times, rank=5)
    assert spread(found.exponents, DAMPED) <= 1e-11
    assert found.misfit <= 1e-12
    assert found.status is Status.CONVERGED
    assert found.certificate.passed
    values = found.evaluate(times)
    assert values.dtype == np.float64
    assert np.abs(values - states).max() <= 1e-11 * np.abs(states).max()


def test_modes_and_amplitudes_are_those_of_time_zero():
    times = 3.0 + 0.1 * np.arange(60)
    states = record(DAMPED, times, 4)
    found = optimized_dmd(states, times, rank=5)
    assert np.linalg.norm(found.modes, axis=1) == pytest.approx(np.ones(5), abs=1e-14)
    phi = np.exp(np.outer(times, found.exponents))
    again = phi @ (found.amplitudes[:, None] * found.modes)
    assert np.abs(again - states).max() <= 1e-11 * np.abs(states).max()
    share = found.amplitudes * np.linalg.norm(phi, axis=0)
    assert (np.diff(share) <= 1e-9 * share[0]).all()


def test_exponents_of_real_records_are_exact_conjugates():
    times = uneven(60)
    found = optimized_dmd(record(DAMPED, times, 2, noise=0.05), times, rank=5).exponents
    assert sorted(found, key=str) == sorted(found.conj() + 0, key=str)


def test_the_jacobian_is_that_of_the_projected_residual():
    """Central differences of step 1e-6 are good to 1e-9 here."""
    rng = np.random.default_rng(0)
    times = np.sort(rng.uniform(0, 3, 20))
    states = rng.standard_normal((20, 3)) + 1j * rng.standard_normal((20, 3))
    alpha = np.array([-0.3 + 2j, 0.2 - 1j, -1.0 + 0.1j])
    columns = []
    for unit in (1, 1j):
        for j in range(3):
            step = 1e-6 * unit * (np.arange(3) == j)
            ahead, behind = (projected(alpha + s * step, times, states) for s in (1, -1))
            columns.append((ahead.residual - behind.residual).ravel() / 2e-6)
    wanted = np.array(columns).T
    wanted = np.vstack([wanted.real, wanted.imag])
    residual = projected(alpha, times, states).residual.ravel()
    residual = np.concatenate([residual.real, residual.imag])
    jacobian, right, misfit = _linearized(alpha, times, states)
    assert jacobian.T @ jacobian == pytest.approx(wanted.T @ wanted, abs=1e-8)
    assert jacobian.T @ right == pytest.approx(-wanted.T @ residual, abs=1e-8)
    assert misfit == pytest.approx(np.linalg.norm(residual), rel=1e-14)


@pytest.mark.parametrize("seed", range(4))
def test_the_fit_is_stationary_and_no_worse_than_the_truth(seed):
    times = uneven(100, seed)
    states = record(DAMPED, times, 3, seed=seed, noise=0.1)
    found = optimized_dmd(states, times, rank=5)
    truth = projected(DAMPED, times, states)
    assert found.misfit <= np.linalg.norm(truth.residual) / np.linalg.norm(states)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        moved = found.exponents + 1e-4 * (
            rng.standard_normal(5) + 1j * rng.standard_normal(5)
        )
        worse = np.linalg.norm(projected(moved, times, states).residual)
        assert worse >= found.misfit * np.linalg.norm(states) * (1 - 1e-12)


def test_noise_of_the_states_does_not_bias_the_decay():
    """DMD damps the undamped; the fit is right up to what noise does to one record."""
    times = 0.1 * np.arange(100)
    waves = np.array([2j, -2j])
    fitted, plain = [], []
    for seed in range(20):
        states = record(waves, times, 2, seed=seed, noise=0.2)
        fitted.append(optimized_dmd(states, times, rank=2).exponents.real)
        data = Snapshots.from_trajectory(states, step=0.1)
        plain.append(dmd(data).exponents.real)
    # One record scatters by 0.008; the mean of 20 by 0.002, and 4 of these are allowed.
    assert abs(np.mean(fitted)) <= 0.008
    assert np.mean(plain) < -0.1


def test_stable_keeps_the_exponents_out_of_the_right_half_plane():
    times = uneven(80)
    growing = np.array([0.05 + 3j, 0.05 - 3j, -0.5])
    states = record(growing, times, 3, noise=0.02)
    free = optimized_dmd(states, times, rank=3)
    held = optimized_dmd(states, times, rank=3, stable=True)
    assert free.exponents.real.max() == pytest.approx(0.05, abs=0.01)
    assert held.exponents.real.max() == 0.0
    assert held.misfit > free.misfit
    assert held.status is Status.CONVERGED
    # Stationary along the axis: no shift of the frequencies fits better.
    for shift in (1e-5, -1e-5):
        moved = held.exponents + 1j * shift * np.sign(held.exponents.imag)
        worse = np.linalg.norm(projected(moved, times, states).residual)
        assert worse >= held.misfit * np.linalg.norm(states) * (1 - 1e-13)
    damped = record(DAMPED, times, 3)
    assert (
        spread(optimized_dmd(damped, times, rank=5, stable=True).exponents, DAMPED) < 1e-11
    )


def test_confluent_exponents_fit_and_are_called_ill_conditioned_only_when_they_are():
    """t exp(-0.3 t) needs two exponents at -0.3: half of the digits of both are lost."""
    times = uneven(60)
    states = (np.exp(-0.3 * times) * (1 + times))[:, None] * np.array([1.0, -2.0])
    found = optimized_dmd(states, times, rank=2, initial=[-0.1 + 1j, -0.1 - 1j])
    assert spread(found.exponents, [-0.3]) <= 1e-4
    assert found.misfit <= 1e-9
    assert found.status in (Status.CONVERGED, Status.ILL_CONDITIONED)
    assert np.abs(found.evaluate(times) - states).max() <= 1e-8


def test_complex_records():
    exponents = np.array([-0.1 + 1j, 0.2 + 3j, -0.4 - 2j])
    times = uneven(50)
    states = record(exponents, times, 2)
    found = optimized_dmd(states, times, rank=3)
    assert spread(found.exponents, exponents) <= 1e-11
    assert not found.real
    assert found.evaluate(times) == pytest.approx(states, abs=1e-10)


def test_more_exponents_than_the_record_holds_are_not_made_up():
    times = 0.1 * np.arange(60)
    states = record(DAMPED[:2], times, 3)
    found = optimized_dmd(states, times, rank=4)
    assert found.status is Status.RANK_REDUCED
    assert spread(found.exponents, DAMPED[:2]) <= 1e-12
    assert "2 of 4 exponents" in found.certificate.assumptions[1]


def test_a_start_is_used_and_scale_and_origin_of_the_record_do_not_matter():
    times = uneven(60)
    states = record(DAMPED[:2], times, 2, noise=0.1)
    plain = optimized_dmd(states, times, rank=2)
    started = optimized_dmd(states, times, rank=2, initial=[0.1 + 2.5j, 0.1 - 2.5j])
    assert spread(started.exponents, plain.exponents) <= 1e-10
    scaled = optimized_dmd(states * 1e120, times, rank=2)
    assert spread(scaled.exponents, plain.exponents) <= 1e-10
    moved = optimized_dmd(states, times + 7.0, rank=2)
    assert spread(moved.exponents, plain.exponents) <= 1e-10
    stretched = optimized_dmd(states, times * 1e-6, rank=2)
    assert spread(stretched.exponents * 1e-6, plain.exponents) <= 1e-10


def test_single_precision_and_memory_order():
    times = uneven(60)
    states = record(DAMPED[:2], times, 3)
    low = optimized_dmd(states.astype(np.float32), times.astype(np.float32), rank=2)
    assert low.exponents.dtype == low.modes.dtype == np.complex64
    assert low.amplitudes.dtype == np.float32
    assert spread(low.exponents, DAMPED[:2]) <= 1e-5
    plain = optimized_dmd(states, times, rank=2)
    kept = states.copy()
    for other in (np.asfortranarray(states), states[::-1][::-1], states.astype(">f8")):
        other.flags.writeable = False
        again = optimized_dmd(other, times, rank=2)
        assert np.array_equal(again.exponents, plain.exponents)
    assert np.array_equal(kept, states)


def test_too_few_steps_raise_with_the_best_fit():
    times = uneven(60)
    states = record(DAMPED, times, 2, noise=0.3)
    options = {"rank": 5, "max_steps": 1, "initial": DAMPED + 0.3j}
    with pytest.raises(
        ConvergenceError, match=r"took 1 steps .* Raise `max_steps`"
    ) as caught:
        optimized_dmd(states, times, **options)
    partial = caught.value.partial
    assert partial.status is Status.MAX_STEPS
    assert not partial.certificate.passed
    again = optimized_dmd(states, times, strict=False, **options)
    assert np.array_equal(again.exponents, partial.exponents)
    assert "MAX_STEPS" in again.summary()


TIMES = 0.1 * np.arange(20)
STATES = record(DAMPED[:2], TIMES, 2)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"states": STATES[:, 0]}, ShapeError, r"pass states\[:, None\]"),
        (
            {"times": TIMES[:-1]},
            ShapeError,
            r"times has shape \(19,\) but states has \(20, 2",
        ),
        ({"times": TIMES[::-1]}, ParameterError, "times is .* two times that increase"),
        ({"times": 0 * TIMES}, ParameterError, "times is .* two times that increase"),
        ({"states": 0 * STATES}, ParameterError, "are all zero; there is no exponential"),
        (
            {"states": STATES * np.nan},
            ParameterError,
            "`states` has 40 values that are not",
        ),
        ({"rank": 0}, ParameterError, "rank is 0; pass a whole number from 1 to 19"),
        ({"rank": 20}, ParameterError, "rank is 20; pass a whole number from 1 to 19"),
        ({"rank": 2.0}, ParameterError, "rank is 2.0; pass a whole number"),
        ({"rank": 19}, ParameterError, "too few to begin a fit of rank=19; pass initial"),
        ({"initial": [1.0]}, ShapeError, r"initial has shape \(1,\), needed \(2,\)"),
        ({"initial": [1.0, 1.0]}, ParameterError, "equal exponents stay equal"),
        (
            {"tolerance": 0},
            ParameterError,
            "tolerance is 0; pass one finite number above 0",
        ),
        ({"max_steps": 0}, ParameterError, "max_steps is 0; pass a whole number from 1 on"),
        (
            {"times": TIMES + 1e5, "states": np.exp(-TIMES[:, None]), "rank": 1},
            ParameterError,
            r"amplitudes at time 0 overflow; pass times - times\[0\]",
        ),
    ],
)
def test_bad_arguments_are_refused(options, error, match):
    with pytest.raises(error, match=match):
        optimized_dmd(**{"states": STATES, "times": TIMES, "rank": 2} | options)


def test_the_fit_survives_storage_bit_by_bit(tmp_path):
    found = optimized_dmd(STATES, TIMES, rank=2)
    io.save(found, tmp_path / "fit.npz")
    again = io.load(tmp_path / "fit.npz")
    for name, array in found.arrays().items():
        assert array.tobytes() == again.arrays()[name].tobytes()
    assert again.summary() == found.summary()
    assert np.array_equal(again.evaluate(TIMES), found.evaluate(TIMES))


def test_the_summary_is_a_table_of_exponents():
    times = np.linspace(0, 1, 20)
    found = optimized_dmd(np.exp(-2 * times)[:, None] * [3.0, 4.0], times, rank=1)
    growth, frequency, amplitude = map(float, found.summary().splitlines()[-1].split())
    assert (growth, frequency, amplitude) == pytest.approx((-2.0, 0.0, 5.0))
