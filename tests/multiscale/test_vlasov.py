"""Vlasov-Poisson: streaming, Landau, two streams, quasi-neutral limit, order, errors."""

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale import mode_exponent, solve, stepper, vlasov_poisson
from perturbsci.verification import load_reference, observed_order

NATIVE = {"scheme": "native", "epsilon": 1.0}


def envelope(times, wave, rate, frequency):
    """Fit a exp(rate t) cos(frequency t + phase) by Gauss-Newton; return both."""
    scale = np.exp(rate * times)
    for _ in range(30):
        c, s = scale * np.cos(frequency * times), scale * np.sin(frequency * times)
        a, b = np.linalg.lstsq(
            np.column_stack([c, s]) / scale[:, None], wave / scale, rcond=None
        )[0]
        model = a * c + b * s
        columns = np.column_stack([c, s, times * model, times * (b * c - a * s)])
        change = np.linalg.lstsq(
            columns / scale[:, None], (wave - model) / scale, rcond=None
        )[0]
        rate, frequency = rate + change[2], frequency + change[3]
        scale = np.exp(rate * times)
        if abs(change[2:]).max() < 1e-13:
            break
    return rate, frequency


@pytest.mark.parametrize("field", ["none", "poisson"])
def test_free_streaming_is_exact(field):
    epsilon = 1.0 if field == "none" else 1e300
    problem = vlasov_poisson(16, 64, field=field)
    times = np.arange(0.0, 7.0)
    run = solve(
        problem,
        epsilon=epsilon,
        t_span=(0.0, 6.0),
        step=0.5,
        scheme="native",
        t_eval=times,
    )
    density = run.observables["density"]
    wave = 2 * abs(np.fft.fft(density, axis=1)[:, 1]) / 16
    # amplitude 0.01 exp(-k^2 t^2/2), k = 0.5
    assert abs(wave - 0.01 * np.exp(-(times**2) / 8)).max() < 1e-10
    assert run.certificates[0].passed


@pytest.mark.parametrize("n_velocities", [256])
def test_landau_damping(n_velocities):
    damping = load_reference("multiscale_kinetic.landau_damping")
    frequency = load_reference("multiscale_kinetic.landau_frequency")
    problem = vlasov_poisson(16, n_velocities, amplitude=1e-3)
    times = np.arange(5.0, 25.01, 0.1)
    run = solve(problem, t_span=(0.0, 25.0), step=0.05, t_eval=times, **NATIVE)
    wave = run.observables["fundamental"].imag
    assert abs(run.observables["fundamental"].real).max() < 1e-12  # sin k x stays
    found = envelope(times, wave, -0.15, 1.4)
    assert abs(found[0] - damping.value) < damping.tolerance
    assert abs(found[1] - frequency.value) < frequency.tolerance
    exponent = mode_exponent("landau", 0.5)
    assert abs(found[0] - exponent.real) < damping.tolerance
    assert all(each.passed for each in run.certificates if each.kind != "none")


def test_two_streams_grow():
    growth = load_reference("multiscale_kinetic.two_stream_growth")
    problem = vlasov_poisson(16, 256, initial="two_stream", amplitude=1e-6)
    run = solve(
        problem, t_span=(0.0, 40.0), step=0.1, t_eval=np.arange(25.0, 40.5), **NATIVE
    )
    size = np.log(abs(run.observables["fundamental"]))
    rate = np.polyfit(run.times, size, 1)[0]
    assert abs(rate - growth.value) < growth.tolerance


def test_splitting_is_second_order_and_ampere_first():
    for field, order in (("poisson", 2), ("ampere", 1)):
        problem = vlasov_poisson(16, 64, amplitude=0.1, field=field)
        m = 64
        options = {"t_span": (0.0, 2.0), "scheme": "native", "epsilon": 1.0}
        fine = solve(problem, step=2.0 / 512, **options).states[-1][:, :m]
        steps = [2.0 / n for n in (16, 32, 64)]
        errors = [
            abs(solve(problem, step=h, **options).states[-1][:, :m] - fine).max()
            for h in steps
        ]
        assert abs(observed_order(steps, errors) - order) < 0.1


def test_both_fields_agree_as_steps_shrink():
    runs = [
        solve(
            vlasov_poisson(16, 64, field=field),
            t_span=(0.0, 2.0),
            step=0.004,
            **NATIVE,
        ).observables["field"][-1]
        for field in ("poisson", "ampere")
    ]
    # first order: h times the field's rate of 0.02
    assert abs(runs[0] - runs[1]).max() < 1e-4


@pytest.mark.parametrize("epsilon", [0.0, 1e-300, 1e-8, 1e-4])
@pytest.mark.parametrize("preparation", ["well", "ill"])
def test_quasi_neutral_runs_stay_bounded(epsilon, preparation):
    problem = vlasov_poisson(16, 64, field="ampere")
    run = solve(
        problem,
        epsilon=epsilon,
        t_span=(0.0, 10.0),
        step=0.05,
        scheme="native",
        preparation=preparation,
        t_eval=np.arange(0.0, 11.0),
    )
    off = abs(run.observables["density"] - 1).max(1)
    assert off[1:].max() < 1e-3 * max(off[0], 1e-9)  # neutral from the first steps on
    assert abs(run.observables["field"][1:]).max() < 0.1
    assert run.certificates[0].passed


def test_poisson_needs_steps_below_half_the_debye_length():
    problem = vlasov_poisson(16, 64)
    assert problem.largest_step(1e-4) == 0.5e-4
    with pytest.raises(ParameterError, match=r"largest_step = 5e-05 at epsilon = 0\.0001"):
        solve(problem, epsilon=1e-4, t_span=(0.0, 1.0), step=0.05, scheme="native")


def test_the_field_satisfies_gauss_law():
    problem = vlasov_poisson(32, 64, amplitude=0.2, wavenumber=0.4)
    for epsilon in (0.3, 1.0, 4.0):
        state = problem.start(epsilon, "ill")
        F = problem.observables["field"](state, epsilon)
        x = problem.coordinates["x"]
        # epsilon^2 F_x = 0.2 cos(k x)
        assert (
            abs(F - 0.2 * np.sin(0.4 * x) / (0.4 * epsilon**2)).max() < 1e-13 / epsilon**2
        )
        first = problem.observables["fundamental"](state, epsilon)
        assert abs(first + 0.5j * 0.2 / (0.4 * epsilon**2)) < 1e-13 / epsilon**2
        energy = problem.observables["field_energy"](state, epsilon)
        length = 2 * np.pi / 0.4
        assert energy == pytest.approx(length / 4 * 0.25 / epsilon**2, rel=1e-12)


def test_recurrence_fails_its_certificate():
    problem = vlasov_poisson(8, 16, half_width=8.0, field="none")
    run = solve(problem, t_span=(0.0, 13.0), step=0.5, **NATIVE)
    claim = next(each for each in run.certificates if "recurrence" in each.claim)
    assert claim.bound == pytest.approx(2 * np.pi / 0.5)  # dv = 1
    assert not claim.passed
    assert "recurrence" in run.certificate.claim


def test_energy_and_momentum():
    problem = vlasov_poisson(16, 128, amplitude=0.3)
    run = solve(problem, t_span=(0.0, 10.0), step=0.1, **NATIVE)
    claims = {each.claim: each for each in run.certificates}
    assert claims["energy drift of the splitting"].value < 1e-3
    assert claims["conserved"].passed
    assert set(run.invariants) == {"mass", "momentum"}


def test_data_of_a_user():
    def warm(x, v):
        T = 1 + 0.1 * np.cos(0.5 * x)
        return np.exp(-(v**2) / (2 * T)) / np.sqrt(2 * np.pi * T)

    for field in ("poisson", "ampere"):
        problem = vlasov_poisson(16, 64, initial=warm, field=field)
        run = solve(problem, t_span=(0.0, 1.0), step=0.05, **NATIVE)
        assert run.certificates[0].passed
        assert abs(run.observables["field"][-1]).max() > 1e-3


def test_a_run_and_its_mirror_image():
    problem = vlasov_poisson(16, 64, amplitude=0.2)
    start = problem.start(1.0) * (1 + 0.1 * np.sin(0.5 * problem.coordinates["x"]))[:, None]
    options = {"t_span": (0.0, 2.0), "step": 0.1, **NATIVE}
    one = solve(problem, initial=start, **options).states[-1]
    two = solve(problem, initial=start[::-1, ::-1], **options).states[-1]
    assert abs(one - two[::-1, ::-1]).max() < 1e-13
    fortran = solve(problem, initial=np.asfortranarray(start), **options).states[-1]
    assert (fortran == one).all()
    single = solve(problem, initial=start.astype(np.float32), **options)
    assert single.states.dtype == np.float32
    assert abs(single.states[-1] - one).max() < 1e-5
    steps = stepper(problem, epsilon=1.0, scheme="native", step=0.1)
    state = start
    for _ in range(20):
        state = steps.advance(state)
    assert (state == one).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_cells": 15}, "n_cells is 15; .* pass 16"),
        ({"n_velocities": 33}, "n_velocities is 33; .* pass 34"),
        ({"n_velocities": 6}, "n_velocities is 6; pass a whole number from 8 on"),
        ({"wavenumber": 0.0}, "wavenumber is 0.0; pass one finite number above 0"),
        ({"amplitude": 2.0}, "amplitude is 2.0; pass a number from -1 to 1"),
        ({"amplitude": np.nan}, "amplitude is nan; pass a number from -1 to 1"),
        (
            {"initial": "bump"},
            "initial is 'bump'; it must be one of 'landau', 'two_stream'",
        ),
        ({"field": "darwin"}, "one of 'poisson', 'ampere', 'none'"),
        ({"background": "none"}, "background is 'none'; it must be one of 'neutral'"),
        ({"half_width": 3.0}, "half_width is 3, but the data reach 4 thermal speeds"),
        ({"initial": lambda x, v: 2 + 0 * x * v}, "initial has mean density"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ParameterError, match=message):
        vlasov_poisson(**options)


def test_initial_of_the_wrong_shape():
    with pytest.raises(ShapeError, match=r"needed \(64, 128\)"):
        vlasov_poisson(initial=lambda x, v: v)


def test_only_its_own_step():
    with pytest.raises(ParameterError, match="scheme='native'"):
        solve(vlasov_poisson(8, 16), epsilon=1.0, t_span=(0.0, 1.0), step=0.1)
