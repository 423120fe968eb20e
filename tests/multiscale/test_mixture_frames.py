"""The moving frames of a mixture, their penalties and brackets, piece by piece."""

import numpy as np
import pytest

from perturbsci.multiscale import (
    angular_average,
    maxwellian,
    project_moments,
    spectral_collision,
    velocity_grid,
)
from perturbsci.multiscale.derivatives import Waves
from perturbsci.multiscale.exchange import Exchange
from perturbsci.multiscale.expansions import lorentz_terms
from perturbsci.multiscale.macroscopic import Macroscopic, Macrostate
from perturbsci.multiscale.moving_frame import MovingFrame, Penalty
from perturbsci.multiscale.radial_terms import q2_of_maxwellian, q2_of_radial


def frame_of(n, half_width, dimension=2, exponent=0.0):
    grid = velocity_grid(n, half_width, dimension=dimension)
    return MovingFrame.of(spectral_collision(grid, exponent=exponent), grid)


@pytest.fixture(scope="module")
def frame():
    return frame_of(48, 9.5)


def gaussian(grid, covariance):
    bells = [
        np.exp(-(x**2) / (2 * c)) / np.sqrt(2 * np.pi * c)
        for x, c in zip(grid.points, covariance, strict=True)
    ]
    return np.prod(bells, axis=0)


def drag_and_force(frame, without=""):
    """Return gamma' of an anisotropic Gaussian: the true one, and that of the frame.

    f_t = kappa div((w - u) f + T_L grad f) - a.grad f: covariance T_L + (S - T_L)
    exp(-2 kappa t) around u' = a.
    """
    kappa, T_L, S, a = 0.7, 1.4, np.array([0.6, 1.1]), np.array([0.5, -0.3])
    grid, waves = frame.grid, frame.waves

    def gamma(t):
        covariance = T_L + (S - T_L) * np.exp(-2 * kappa * t)
        return gaussian(grid, covariance / covariance.mean()) - frame.rest

    h = 1e-3  # the fourth-order difference leaves h^4 = 1e-12
    true = (8 * (gamma(h) - gamma(-h)) - (gamma(2 * h) - gamma(-2 * h))) / (12 * h)
    T = S.mean()
    T_slope = 2 * kappa * (T_L - T)
    F = gamma(0.0) + frame.rest
    hat = waves.forward(F)
    drag = waves.divergence([x * F for x in grid.points])
    drag = kappa * (drag - T_L / T * waves.squares * hat)
    pull = sum(c * k for c, k in zip(a, waves.first, strict=True)) / np.sqrt(T)
    bracket = waves.back(drag - pull * hat)
    stretching = 0.0 if without == "temperature" else T_slope / (2 * T)
    velocity = np.zeros(2) if without == "velocity" else a / np.sqrt(T)
    bracket = bracket + frame.motion(gamma(0.0), stretching, velocity)
    return true, frame.tangent_free(bracket, frame.rest)


def test_the_frame_takes_drag_diffusion_and_force_exactly(frame):
    true, found = drag_and_force(frame)
    # Spectral accuracy of the derivatives of a Gaussian of variance 0.7.
    assert found == pytest.approx(true, abs=1e-8)


@pytest.mark.parametrize("without", ["temperature", "velocity"])
def test_without_its_motion_the_frame_is_wrong(frame, without):
    true, found = drag_and_force(frame, without)
    assert abs(found - true).max() > 1e-3


def test_motion_has_no_moments(frame):
    x, y = frame.grid.points
    gamma = frame.tangent_free(frame.rest * (x**3 - x * y**2 + 0.4 * x * y), frame.rest)
    moved = frame.motion(gamma, 0.8, np.array([0.3, -0.2]))
    weights = (1.0, *frame.grid.points, frame.grid.speed_squared)
    for weight in weights:
        # Integration by parts, up to the waves beyond the grid, of size exp(-7.9^2/2).
        assert abs((weight * moved).sum()) * frame.grid.cell_volume < 1e-8


def implicit_part(frame, gamma, penalty):
    """Return (beta - P A - L) gamma."""
    mean = angular_average(gamma, frame.grid) if penalty.scatters else gamma
    drag = frame.drag.applied(mean, penalty.friction, penalty.diffusion)
    return penalty.rate * gamma - drag + penalty.scattering * (gamma - mean)


@pytest.mark.parametrize("weight", [0.0, 1e-6, 1.0])
@pytest.mark.parametrize("scattering", [0.0, 2.5])
def test_the_implicit_part_solves_its_equation(frame, weight, scattering):
    penalty, h = Penalty(1.3, 0.05, 0.02, scattering), 0.1
    gamma = gaussian(frame.grid, (1.5, 0.8)) - frame.rest
    gamma = frame.tangent_free(gamma, frame.rest)
    rhs = weight * gamma + h * implicit_part(frame, gamma, penalty)
    # A^2 = A holds to the resolution of the grid.
    assert frame.relaxed(rhs, weight, h, penalty) == pytest.approx(gamma, abs=1e-8)


def test_an_implicit_lorentz_operator_of_spheres():
    space = frame_of(16, 6.5, dimension=3, exponent=1.0)
    radius = np.sqrt(space.grid.speed_squared)
    penalty, h = Penalty(2.0, 0.02, 0.03, 1.5 * radius), 0.3
    gamma = gaussian(space.grid, (1.2, 0.9, 0.9)) - space.rest
    gamma = space.tangent_free(gamma, space.rest)
    rhs = 0.01 * gamma + h * implicit_part(space, gamma, penalty)
    assert space.relaxed(rhs, 0.01, h, penalty) == pytest.approx(gamma, abs=2e-4)


def test_the_maxwellian_is_left_alone_exactly(frame):
    zero = np.zeros(frame.grid.shape)
    assert not frame.collisions(zero, frame.rest).any()
    drifting = frame.drifting(np.array([0.3, 0.0]))
    assert not frame.collisions(zero, drifting).any()
    assert frame.drifting(np.zeros(2)) is frame.rest


def test_no_mode_is_without_loss():
    # A packet in the corner sees no collision partner within the cut-off; its loss is that
    # of all collisions, rate 1, once the missing part is added.
    frame = frame_of(24, 9.0)
    assert frame.missing_loss[0, 0] == pytest.approx(1.0, abs=1e-3)
    # 0.05: the tail of M0 beyond the support, by which the operator loses too little.
    assert abs(frame.missing_loss[12, 12]) < 0.05
    spheres = frame_of(16, 7.0, dimension=3, exponent=1.0)
    assert spheres.missing_loss[0, 0, 0] == pytest.approx(7.0, rel=1e-2)


@pytest.mark.parametrize("kernel", ["maxwell", "hard_spheres"])
def test_the_source_of_a_maxwellian_in_closed_form(kernel):
    # Q2 M0 up to what is tangent, for an anisotropic heavy gas, against lorentz_terms.
    d, n, slope = (3, 32, 1.7) if kernel == "hard_spheres" else (2, 40, 0.0)
    grid = velocity_grid(n, 8.5, dimension=d)
    rest = maxwellian(grid, 1.0, np.zeros(d), 1.0)
    Xi = np.diag([0.2, -0.2, 0.0][:d])
    Xi[0, 1] = Xi[1, 0] = 0.1
    theta = 0.4
    mu0 = 1.7 * np.sqrt(grid.speed_squared) if d == 3 else 1.7
    second, waves = theta * (np.eye(d) + Xi), Waves.of(grid, rest)
    _, _, q2 = lorentz_terms(rest, grid, waves, mu0, 1.0, np.zeros(d), second)
    found = q2_of_maxwellian(rest, grid, mu0, slope, theta, Xi)
    gap = project_moments(q2 - found, grid, rest)
    # The kink of |v| at 0 is differentiated twice for spheres, on a grid of spacing 0.5.
    assert abs(gap).max() < (5e-2 if d == 3 else 2e-7) * abs(q2).max()


@pytest.mark.parametrize("kernel", ["maxwell", "hard_spheres"])
def test_q2_of_a_radial_function_is_friction_and_diffusion(kernel):
    d, n = (3, 32) if kernel == "hard_spheres" else (2, 40)
    grid = velocity_grid(n, 8.5, dimension=d)
    rest = maxwellian(grid, 1.0, np.zeros(d), 1.0)
    mu0 = 1.7 * np.sqrt(grid.speed_squared) if d == 3 else 1.7
    second, waves = np.diag([0.6, 0.2, 0.3][:d]), Waves.of(grid, rest)
    second[0, 1] = second[1, 0] = 0.1
    f = rest * grid.speed_squared**2  # flat at 0, where |v| has a kink
    _, _, q2 = lorentz_terms(f, grid, waves, mu0, 1.0, np.zeros(d), second)
    found = q2_of_radial(f, grid, waves, mu0, 1.0, second)
    # The tail of |v|^4 M0 and of its waves beyond the grid.
    assert abs(found - q2).max() < (1e-3 if d == 3 else 1e-6) * abs(q2).max()


def test_isotropic_friction_and_diffusion_are_those_that_are_implicit(frame):
    f = frame.rest * frame.grid.speed_squared**2
    found = q2_of_radial(f, frame.grid, frame.waves, 1.7, 1.0, 0.4 * np.eye(2))
    # 1e-6: where the grid leads xi back to 0, beyond 7.6 thermal speeds.
    assert 1.7 * frame.drag.applied(f, 1.0, 0.4) == pytest.approx(found, abs=1e-6)


def test_macroscopic_step_conserves_and_solves_its_equation():
    rng = np.random.default_rng(5)
    for kernel in ("maxwell", "hard_spheres"):
        macro = Macroscopic(0.8, 1.7, Exchange(kernel, 1.2, 3, "eps2"))
        for epsilon in (1.0, 0.3, 1e-4):
            U, u = rng.standard_normal(3), rng.standard_normal(3)
            fields = macro.packed(U, u, 1.4, 0.6, epsilon)
            state = macro.unpacked(fields, epsilon)
            assert state.light_velocity == pytest.approx(U, abs=1e-13)
            assert state.heavy_temperature == pytest.approx(0.6, abs=1e-13)
            h = 0.05
            new = macro.solved(fields, h, epsilon)
            assert (new[:3] == fields[:3]).all()  # total momentum
            assert new[-2:].sum() == pytest.approx(fields[-2:].sum(), rel=1e-15)
            after = macro.unpacked(new, epsilon)
            a, _ = macro.exchange.rates(
                epsilon,
                after.light_temperature,
                after.heavy_temperature,
                after.slip_squared,
            )
            q = 1 / (1 + epsilon**2)
            rate = q * a * (1.7 / epsilon**2 + 0.8)
            assert after.slip * (1 + h * rate) == pytest.approx(state.slip, rel=1e-12)
            gained = new[-1] - fields[-1]
            force = q * a * 0.8 * 1.7 * after.slip / epsilon
            work = force @ (after.heavy_velocity + epsilon * q * after.slip)
            heat = 2 / 3 * macro.heat(after, epsilon)
            # 1e-9: at epsilon = 1e-4 the force is a difference of 1e-8 relatively.
            assert gained == pytest.approx(h * (work + heat), rel=1e-9, abs=1e-12)


def test_macroscopic_step_is_regular_at_zero():
    macro = Macroscopic(1.0, 2.0, Exchange("maxwell", 1.0, 2, "eps2"))
    fields = macro.packed(np.array([0.7, 0.1]), np.array([0.2, 0.0]), 1.0, 1.0, 0.0)
    new = macro.solved(fields, 1e-9, 0.0)
    after = macro.unpacked(new, 0.0)
    assert not after.slip.any()
    assert after.light_temperature == pytest.approx(1.0 + 0.5 / 2, abs=1e-8)
    tiny = macro.packed(np.array([0.7, 0.1]), np.array([0.2, 0.0]), 1.0, 1.0, 1e-300)
    assert macro.solved(tiny, 1e-9, 1e-300) == pytest.approx(new, abs=1e-12)


def test_heat_and_work_are_the_derivatives_of_the_temperatures():
    # heatings() against the energies of packed(), by E_L' and U_L' of the equations.
    epsilon, d = 0.4, 3
    macro = Macroscopic(0.8, 1.7, Exchange("hard_spheres", 1.2, d, "eps2"))
    U, u, T = np.array([0.9, -0.2, 0.1]), np.array([0.3, 0.2, 0.0]), (1.4, 0.6)
    state = Macrostate(U, u, U - epsilon * u, *T)
    heat = macro.heat(state, epsilon)
    force = macro.force(state, epsilon)  # epsilon u_H'
    light_slope = -1.7 * force / (epsilon**2 * 0.8)  # U_L', by conservation of momentum
    q = 1 / (1 + epsilon**2)
    gained = heat + 1.7 * force / epsilon @ (u + epsilon * q * state.slip)
    T_L_slope = 2 / d * (-gained / 0.8 - U @ light_slope)
    T_H_slope = 2 / d * (gained / 1.7 - u @ force / epsilon)
    light, heavy = macro.heatings(state, epsilon, heat)
    assert light == pytest.approx(epsilon**2 * T_L_slope, rel=1e-12)
    assert heavy == pytest.approx(epsilon * T_H_slope, rel=1e-12)
