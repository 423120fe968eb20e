"""The classical solvers on squares: closed forms, orders, conservation."""

import itertools
import math

import numpy as np
import pytest

from perturbsci.studies.squares import (
    characteristics,
    porous_diffusion,
    wave_collocation,
)
from perturbsci.verification import assert_order


def hill(x, y):
    return np.exp(-4 * ((x - 0.3) ** 2 + y**2)) * (1 - x**2) * (1 - y**2)


def test_a_turned_field_is_the_field_at_turned_places():
    points = np.random.default_rng(2).random((50, 3)) * [2, 2, 3] - [1, 1, 0]
    x, y, t = points.T
    known = hill(
        x * np.cos(2 * t) + y * np.sin(2 * t), y * np.cos(2 * t) - x * np.sin(2 * t)
    )

    def velocity(at):
        return 2 * np.stack([-at[:, 1], at[:, 0]], axis=1)

    steps = np.array([20, 40, 80, 160])
    errors = [
        np.abs(characteristics(points, velocity, hill, n) - known).max() for n in steps
    ]
    assert_order(1 / steps, errors, expected=4, within=0.1, cap=2e-7)


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_waves_are_of_order_four_in_time(strength):
    # u = cos(a t) cos(b x) sin(c y): of Lap u + g with g what is left of u_tt, and u^3
    a, b, c = 1.3, 1.1, 0.7

    def state(x, y, t):
        return np.cos(a * t) * np.cos(b * x) * np.sin(c * y)

    def rate(x, y, t):
        return -a * np.sin(a * t) * np.cos(b * x) * np.sin(c * y)

    def force(x, y, t, u):
        known = state(x, y, t)
        return (b * b + c * c - a * a) * known + strength * (known**3 - u**3)

    steps, errors = 0.08 / 2.0 ** np.arange(4), []
    for step in steps:
        x, found = wave_collocation(state, rate, force, [1.6, 3.2], 10, step)
        known = np.array([state(x[:, None], x, t) for t in (1.6, 3.2)])
        errors.append(np.abs(found - known).max())
    # walls that are given at the times of the stages do not lower the order here by more
    assert_order(steps, errors, expected=4, within=0.4, cap=1e-7)


def barenblatt(x, y, tau):
    """Return u of u_tau = Lap u^2 with mass that spreads from a point."""
    inside = 0.3 - (x**2 + y**2) / (16 * np.sqrt(tau))
    return np.maximum(inside, 0.0) / np.sqrt(tau)


def test_porous_diffusion_spreads_as_the_solution_of_barenblatt():
    # tau = alpha t/2; the support has radius (16 * 0.3)^(1/2) tau^(1/4) < 1 throughout
    alpha, begin, end = 0.02, 0.01, 0.02
    errors, sizes = [], np.array([32, 64, 128])
    for n in sizes:
        x, found = porous_diffusion(
            lambda x, y: barenblatt(x, y, begin),
            alpha,
            [2 * (end - begin) / alpha],
            int(n),
            int(n),
        )
        shares = np.gradient(x)
        known = barenblatt(x[:, None], x, end)
        miss = np.abs(found[0] - known)
        errors.append((shares[:, None] * shares * miss).sum())
        # the kink of the front touches only its nodes
        assert abs(found[0][n // 2, n // 2] / known[n // 2, n // 2] - 1) < 40 / n**2
    # front of measure h with errors of order h, and order two elsewhere
    assert errors[0] / errors[2] > 12
    assert errors[2] < 2e-3 * math.pi


def test_porous_diffusion_keeps_the_mass_that_does_not_reach_a_wall():
    begin, end, alpha = 0.01, 0.02, 0.02

    def start(x, y):
        return barenblatt(x, y, begin)

    x, found = porous_diffusion(start, alpha, [2 * (end - begin) / alpha], 40, 40)
    gaps = np.diff(x)
    widths = np.concatenate([[0.0], 0.5 * (gaps[1:] + gaps[:-1]), [0.0]])
    mass = [widths @ u @ widths for u in (start(x[:, None], x), found[0])]
    # telescoping sums: rounding of some hundred stages
    assert mass[1] == pytest.approx(mass[0], rel=1e-12)


def test_the_steps_in_time_are_of_order_two():
    counts, runs = np.array([20, 40, 80, 160]), []
    for n_steps in counts:
        runs.append(porous_diffusion(hill, 0.05, [0.5, 1.0], 24, int(n_steps))[1])
    errors = [np.abs(a - b).max() for a, b in itertools.pairwise(runs)]
    # the same grid, differences of successive halvings; the number of stages changes, too
    assert_order(1 / counts[:-1], errors, expected=2, within=0.25, cap=2e-5)
