"""Moments, pulses, driven phases, slab orbits and arms, against closed forms and mpmath."""

import math

import mpmath
import numpy as np
import pytest
from scipy import integrate

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import (
    count_arms,
    linear_response,
    phase_moment,
    pulse_response,
    slab_orbit,
)
from perturbsci.results import Status
from perturbsci.studies.perturbation_phase_spirals import angles, exponential_moment
from perturbsci.verification import load_reference

RNG = np.random.default_rng(0)
OMEGA = np.array([0.01, 2.0, 25.0])
TIMES = np.array([0.0, 0.3, 1.0, 1.7, 2.5])
POTENTIAL = RNG.normal(size=(5, 3)) + 1j * RNG.normal(size=(5, 3))
GRADIENT = np.array([1.0, -2.0, 0.5])
SHEAR = np.array([0.0, 1.0, -10.0])


def test_exponential_distribution():
    reference = load_reference("perturbation.phase_moments")
    last = load_reference("perturbation.moment_at_80")
    moduli = abs(exponential_moment(np.array([10.0, 20.0, 40.0, 80.0])))
    assert moduli == pytest.approx(reference.value, abs=reference.tolerance)
    assert moduli[-1] == pytest.approx(last.value, abs=last.tolerance)


def test_powers_of_time():
    lateral = load_reference("perturbation.exponent_lateral")
    diffusing = load_reference("perturbation.exponent_diffusion")
    t = np.geomspace(5, 60, 12)
    spread = np.linspace(-8, 8, 201)
    weights = np.exp(-(spread**2) / 2) * 0.08 / math.sqrt(2 * math.pi)
    for size, reference in (
        (abs(phase_moment(3 + 0.1 * spread, weights, t)), lateral),
        (abs(phase_moment([3.0], [1.0], t, diffusion=1e-3, shear=0.7)), diffusing),
    ):
        power = np.polyfit(np.log(t), np.log(-np.log(size)), 1)[0]
        assert power == pytest.approx(reference.value, abs=reference.tolerance)


def test_moment_is_the_sum():
    """Complex weights, mode 3, diffusion: the formula in NumPy, to a few roundoffs."""
    w = RNG.normal(size=3) + 1j * RNG.normal(size=3)
    damping = 0.02 * (3 * SHEAR) ** 2 / 3
    terms = np.exp(-3j * OMEGA * TIMES[:, None] - damping * TIMES[:, None] ** 3)
    found = phase_moment(OMEGA, w, TIMES, mode=3, diffusion=0.02, shear=SHEAR)
    assert abs(found - terms @ w).max() < 1e-13  # phases up to 190
    mirrored = phase_moment(OMEGA, w.conj(), TIMES, mode=-3, diffusion=0.02, shear=SHEAR)
    assert np.array_equal(mirrored, found.conj())
    assert np.array_equal(phase_moment(OMEGA, w, [0.0], mode=0), [w.sum()])


def test_diffusing_actions_are_random_walks():
    """dI = sqrt(2 D) dW, dtheta = Omega' I dt: the kernel exp(-D Omega'^2 t^3/3)."""
    n_walks, n_steps, t, D, slope = 10000, 100, 2.0, 0.3, 0.9
    rng = np.random.default_rng(0)
    increments = rng.normal(size=(n_walks, n_steps)) * math.sqrt(2 * D * t / n_steps)
    walks = np.cumsum(increments, axis=1)
    action = walks - increments / 2  # the trapezoidal rule of the phase
    mean = np.exp(-1j * slope * action.sum(axis=1) * t / n_steps).mean()
    expected = phase_moment([0.0], [1.0], [t], diffusion=D, shear=slope)[0]
    assert abs(mean - expected) < 4 / math.sqrt(n_walks)


def test_pulses():
    reference = load_reference("perturbation.pulses")
    widths = reference.parameters["width"]
    found = [pulse_response([1.0], width)[0] for width in widths]
    assert found == pytest.approx(reference.value, abs=reference.tolerance)
    assert pulse_response([0.5], 2.0, mode=3) == pytest.approx(pulse_response([1.5], 2.0))
    assert pulse_response([1e6], 1.0) == 0


@pytest.mark.parametrize("start", [-3.0, -0.5, 0.0, 0.5, 2.0])
@pytest.mark.parametrize("rate", [0.0, -2.0, 30.0])
def test_pulses_that_are_switched_on(start, rate):
    """To 30 digits; whatever the frequency, neither overflow nor cancellation."""
    width = 0.8
    with mpmath.workdps(30):
        z = (mpmath.mpf(start) / width - 1j * rate * width) / mpmath.sqrt(2)
        exact = mpmath.exp(-((rate * mpmath.mpf(width)) ** 2) / 2) * mpmath.erfc(z)
        exact = complex(exact * width * mpmath.sqrt(mpmath.pi / 2))
    found = pulse_response([rate], width, start=start)[0]
    # The phase rate * start is rounded: 60 roundoffs of the edge of the pulse.
    assert abs(found - exact) < 1e-14 * math.exp(-(start**2) / 2) * width + 1e-15
    assert abs(found - pulse_response([rate], width, start=-60.0)[0]) > 1e-9 or start < -2


def exact_response(k, a, mode, diffusion):
    """Return the integral over the past by mpmath, interval by interval."""
    rate = mode * OMEGA[a]
    d = diffusion * (mode * SHEAR[a]) ** 2 / 3
    total = mpmath.mpf(0)
    with mpmath.workdps(20):
        for j in range(k):
            h = TIMES[j + 1] - TIMES[j]
            slope = (POTENTIAL[j + 1, a] - POTENTIAL[j, a]) / h

            def integrand(tau, j=j, slope=slope):
                past = TIMES[k] - tau
                kernel = mpmath.exp(-1j * rate * past - d * past**3)
                return kernel * (POTENTIAL[j, a] + slope * (tau - TIMES[j]))

            edges = np.linspace(TIMES[j], TIMES[j + 1], 4).tolist()
            total += mpmath.quad(integrand, edges)
    return 1j * mode * GRADIENT[a] * complex(total)


@pytest.mark.parametrize("diffusion", [0.0, 0.02, 5.0])
@pytest.mark.parametrize("a", [0, 1, 2])
def test_response_against_mpmath(diffusion, a):
    found = linear_response(
        GRADIENT, OMEGA, POTENTIAL, TIMES, mode=2, diffusion=diffusion, shear=SHEAR
    )
    assert found.shape == (5, 3)
    assert found[0].tolist() == [0, 0, 0]
    for k in (1, 4):
        exact = exact_response(k, a, 2, diffusion)
        assert abs(found[k, a] - exact) < 2e-14 * max(abs(exact), 0.1)


def test_response_solves_its_equation():
    """f' + i n Omega f = i n F_0' Phi, by an integrator that starts anew at each kink."""
    t = np.linspace(0, 6, 25)
    phi = np.sin(3 * t) + 0.2j * t
    f = np.zeros(25, complex)
    for k in range(24):

        def rate(time, f, k=k):
            share = (time - t[k]) / (t[k + 1] - t[k])
            potential = (1 - share) * phi[k] + share * phi[k + 1]
            return -3j * (0.7 * potential + 1.1 * f)

        span = (t[k], t[k + 1])
        f[k + 1] = integrate.solve_ivp(rate, span, f[k : k + 1], rtol=1e-11, atol=1e-12).y[
            0, -1
        ]
    found = linear_response([-0.7], [1.1], phi[:, None], t, mode=3)
    assert abs(found[:, 0] - f).max() < 1e-9  # 24 steps of 1e-11


def test_constant_potential_over_all_sizes_of_step():
    """f = F_0' Phi (1 - exp(-i n Omega t)): series and quotients of phi_1, phi_2."""
    omega = np.geomspace(1e-9, 1e5, 57)
    found = linear_response(omega, omega, np.ones((3, 57)), [0.0, 1.0, 2.0])
    exact = omega * (-np.expm1(-2j * omega)) / 1
    assert abs(found[2] / exact * omega - 1).max() < 1e-10  # phases of 2e5 are rounded
    slow = omega < 1
    assert abs(found[2][slow] / exact[slow] * omega[slow] - 1).max() < 1e-15 * 8


def test_diffusion_towards_zero_and_shifted_times():
    plain = linear_response(GRADIENT, OMEGA, POTENTIAL, TIMES)
    tiny = linear_response(GRADIENT, OMEGA, POTENTIAL, TIMES, diffusion=1e-18, shear=SHEAR)
    assert abs(tiny - plain).max() < 1e-14 * abs(plain).max() * 4
    later = linear_response(GRADIENT, OMEGA, POTENTIAL, TIMES + 8)
    assert abs(later - plain).max() < 1e-13  # the steps are rounded once more
    both = linear_response(GRADIENT, OMEGA, POTENTIAL * 2 + plain, TIMES)
    parts = linear_response(GRADIENT, OMEGA, plain, TIMES)
    assert abs(both - 2 * plain - parts).max() < 1e-14


def test_strong_diffusion_forgets():
    """One long step: d s^3 = 100 is reached early, and the cost stays bounded."""
    times = np.array([0.0, 1e4])
    found = linear_response([1.0], [0.0], np.ones((2, 1)), times, diffusion=3.0, shear=1.0)
    # i int_0^inf exp(-s^3) ds = i Gamma(4/3)
    assert found[1, 0] == pytest.approx(1j * math.gamma(4 / 3), rel=1e-13)


def test_response_tends_to_the_spectrum_of_the_pulse():
    bound = load_reference("perturbation.pulse_in_steps").tolerance
    t = np.linspace(-6, 6, 601)
    pulse = np.exp(-(t**2) / 2)[:, None] * np.ones(2)
    omega = np.array([0.3, 1.5])
    late = linear_response([1.0, 1.0], omega, pulse, t)[-1] * np.exp(1j * omega * 6)
    expected = 1j * pulse_response(omega, 1.0)
    assert abs(late - expected).max() < bound * abs(expected).max()


def test_slab_table():
    frequencies = load_reference("perturbation.slab_frequencies")
    actions = load_reference("perturbation.slab_actions")
    orbits = slab_orbit(frequencies.parameters["energy"])
    assert orbits.frequency == pytest.approx(frequencies.value, abs=frequencies.tolerance)
    assert orbits.action[1:] == pytest.approx(actions.value, abs=actions.tolerance)
    assert orbits.action[0] == 0
    assert orbits.shear[0] == pytest.approx(-0.25, rel=1e-14)  # -1/(4 h^2), Phi to z^4
    assert orbits.status is Status.CONVERGED


@pytest.mark.parametrize("energy", [1e-3, 2.0, 50.0])
def test_slab_against_direct_quadrature(energy):
    """T = 4 int dz/v with z = z_m sin(theta), 40 digits; the shear by its difference."""

    def period(value):
        top = mpmath.acosh(mpmath.exp(value / 2))

        def slowness(theta):
            z = top * mpmath.sin(theta)
            v = mpmath.sqrt(abs(2 * value - 4 * mpmath.log(mpmath.cosh(z))))
            return 4 * top * mpmath.cos(theta) / v

        return mpmath.quad(slowness, mpmath.linspace(0, mpmath.pi / 2, 5))

    with mpmath.workdps(40):
        h = mpmath.mpf(energy) / 10**5
        low, here, high = (period(mpmath.mpf(energy) + s * h) for s in (-1, 0, 1))
        omega = 2 * mpmath.pi / here
        shear = omega * (2 * mpmath.pi / high - 2 * mpmath.pi / low) / (2 * h)
    found = slab_orbit([energy])
    assert found.frequency[0] == pytest.approx(float(omega), rel=1e-13)
    assert found.shear[0] == pytest.approx(float(shear), rel=1e-9)


def test_slab_far_out_near_in_and_scaled():
    """Far out Phi is 2 sigma^2 z/h - const: Omega ~ sigma^2/h pi/(2 sqrt(2 E))."""
    e = np.array([1e7])
    far = slab_orbit(e).frequency
    assert far == pytest.approx(np.pi / np.sqrt(2 * e), rel=1e-6)
    assert slab_orbit([1e-30]).action == pytest.approx([1e-30 / math.sqrt(2)], rel=1e-14)
    energies = np.array([[0.5, 3.0], [0.0, 8.0]])
    unit, scaled = (
        slab_orbit(energies),
        slab_orbit(energies * 4, dispersion=2.0, scale_height=5.0),
    )
    assert scaled.frequency == pytest.approx(unit.frequency * 2 / 5, rel=1e-14)
    assert scaled.action == pytest.approx(unit.action * 10, rel=1e-14)
    assert scaled.shear == pytest.approx(unit.shear / 25, rel=1e-13)
    assert scaled.shear.shape == (2, 2)
    assert slab_orbit(np.zeros(0)).frequency.shape == (0,)
    single = slab_orbit(np.array([1.0], "f4"))
    assert single.frequency.dtype == np.float32
    assert single.status is Status.CONVERGED


def test_angles_advance_with_the_frequency():
    """Along an orbit of the slab, theta grows by Omega t."""

    def field(t, state):
        return [state[1], -2 * np.tanh(state[0])]

    t = np.linspace(0, 3, 40)
    path = integrate.solve_ivp(field, (0, 3), [0.4, 1.2], t_eval=t, rtol=1e-11, atol=1e-12)
    energy, theta = angles(*path.y)
    assert np.ptp(energy) < 1e-9
    growth = np.unwrap(theta) - theta[0]
    assert growth == pytest.approx(slab_orbit(energy[:1]).frequency[0] * t, abs=1e-8)


@pytest.mark.parametrize("winding", [0.0, 20.0])
@pytest.mark.parametrize("shape", [(64, 64), (81, 60)])
def test_arms(winding, shape):
    z, v = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    radius, theta = np.hypot(z, v), np.arctan2(z, v)
    bending = load_reference("perturbation.arms_bending").value
    breathing = load_reference("perturbation.arms_breathing").value
    for n, expected in ((1, bending), (2, breathing), (-2, breathing), (0, 0), (5, 5)):
        wave = np.exp(1j * (n * theta - winding * radius)) * radius * np.exp(-(radius**2))
        assert count_arms(wave) == expected
    noisy = np.exp(1j * (2 * theta - winding * radius)) * np.exp(-3 * radius**2)
    noisy = noisy + 0.02 * np.random.default_rng(0).normal(size=shape)
    assert count_arms(noisy) == breathing


def test_precision_and_storage(tmp_path):
    single = phase_moment(np.ones(2, "f4"), np.ones(2, "f4"), np.ones(1, "f4"))
    assert single.dtype == np.complex64
    f = linear_response(
        *(a.astype("f4") for a in (GRADIENT, OMEGA)),
        POTENTIAL.astype("c8"),
        TIMES.astype("f4"),
    )
    assert f.dtype == np.complex64
    double = linear_response(GRADIENT, OMEGA, POTENTIAL, TIMES)
    assert abs(f - double).max() < 1e-4  # phases of 60 in times of 24 bits
    orbits = slab_orbit([1.0, 2.0])
    loaded = io.load(io.save(orbits, tmp_path / "orbits.npz"))
    assert np.array_equal(loaded.action, orbits.action)


ONE = np.ones(1)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: phase_moment(ONE, np.ones(2), ONE), ShapeError, "one number a frequency"),
        (lambda: phase_moment(ONE, ONE, ONE, mode=0.5), ParameterError, "whole number"),
        (
            lambda: phase_moment(ONE, ONE, ONE, diffusion=-1.0),
            ParameterError,
            "diffusion is -1.0; .* from 0 on",
        ),
        (
            lambda: phase_moment(ONE, ONE, ONE, diffusion=1.0),
            ParameterError,
            "shear is None .* pass dOmega/dI",
        ),
        (
            lambda: phase_moment(ONE, ONE, -ONE, diffusion=1.0, shear=1.0),
            ParameterError,
            "diffusion has no past",
        ),
        (
            lambda: phase_moment(ONE, ONE, ONE, diffusion=1.0, shear=np.ones(3)),
            ShapeError,
            r"shear has shape \(3,\)",
        ),
        (lambda: phase_moment(ONE, ONE, ONE * 2e9), ParameterError, r"at most 2\^30"),
        (lambda: phase_moment(ONE * np.nan, ONE, ONE), ParameterError, "not finite"),
        (lambda: pulse_response(ONE, 0.0), ParameterError, "width is 0.0; .* above 0"),
        (lambda: pulse_response(ONE, 1.0, start=np.inf), ParameterError, "start is inf"),
        (
            lambda: linear_response(ONE, ONE, np.ones((3, 1)), [0.0, 1.0]),
            ShapeError,
            "one row a time and one column an action",
        ),
        (
            lambda: linear_response(ONE, ONE, np.ones((2, 1)), [0.0, 0.0]),
            ParameterError,
            "needed ascending times; sort them",
        ),
        (lambda: slab_orbit([-1.0]), ParameterError, "pass energies from 0 on"),
        (lambda: slab_orbit([1.0], dispersion=0), ParameterError, "dispersion is 0"),
        (lambda: slab_orbit([1.0], scale_height=-1), ParameterError, "scale_height is -1"),
        (lambda: count_arms(np.ones((5, 5))), ParameterError, "complex amplitude"),
        (lambda: count_arms(np.ones((2, 5)) + 0j), ShapeError, "at least 3 x 3"),
        (lambda: count_arms(np.zeros((5, 5)) + 0j), ParameterError, "vanishes somewhere"),
        (
            lambda: count_arms(np.ones((5, 5)) + 0j, n_rings=0),
            ParameterError,
            "n_rings is 0; pass a whole number from 1 on",
        ),
    ],
)
def test_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()
