"""The classical solvers of the studies: exact where they should be, of the right order."""

import itertools

import numpy as np
import pytest

from perturbsci.studies.classical import (
    cole_hopf,
    conservation_law,
    helmholtz_collocation,
    reaction_diffusion,
)
from perturbsci.verification import assert_order


@pytest.mark.parametrize("viscosity", [0.01 / np.pi, 0.1])
def test_cole_hopf_agrees_with_gauss_and_hermite_where_those_hold(viscosity):
    points = np.random.default_rng(0).random((40, 2)) * [2.0, 1.0] - [1.0, 0.0]
    z, w = np.polynomial.hermite.hermgauss(200)
    y = points[:, :1] - z * np.sqrt(4 * viscosity * points[:, 1:])
    exponent = -np.cos(np.pi * y) / (2 * np.pi * viscosity)
    weights = np.exp(exponent - exponent.max(axis=1, keepdims=True)) * w
    wanted = -(np.sin(np.pi * y) * weights).sum(axis=1) / weights.sum(axis=1)
    # both rules converge geometrically here; sums of a few thousand positive terms
    assert np.abs(cole_hopf(points, viscosity) - wanted).max() < 1e-14


def test_cole_hopf_satisfies_the_equation_at_small_viscosity():
    viscosity, h = 0.001 / np.pi, 1e-4
    x, t = 0.3, 0.8
    stencil = [(x, t), (x + h, t), (x - h, t), (x, t + h), (x, t - h)]
    u, right, left, later, before = cole_hopf(np.array(stencil), viscosity)
    slope, bend = (right - left) / (2 * h), (right - 2 * u + left) / h**2
    residual = (later - before) / (2 * h) + u * slope - viscosity * bend
    # central differences: h^2 times third derivatives of a few units, and 1e-16/h^2 * nu
    assert abs(residual) < 1e-6


@pytest.mark.parametrize("kinked", [False, True])
def test_time_differencing_is_of_order_four(kinked):
    def start(x):
        return x**2 * np.cos(np.pi * x) if kinked else 0.5 * np.cos(np.pi * x)

    steps, runs = (0.1 if kinked else 0.0125) / 2.0 ** np.arange(5), []
    for step in steps:
        _, found = reaction_diffusion(
            start, lambda u: 5 * u - 5 * u**3, [1.0], diffusion=0.01, n_modes=128, step=step
        )
        runs.append(found[0])
    errors = [np.abs(a - b).max() for a, b in itertools.pairwise(runs)]
    # differences of successive halvings
    assert_order(steps[:-1], errors, expected=4, within=0.05, cap=2e-7)


def test_linear_decay_is_exact():
    x, found = reaction_diffusion(
        lambda x: np.sin(np.pi * x), np.zeros_like, [0.0, 0.5], diffusion=0.1, n_modes=16
    )
    wanted = np.exp(-0.05 * np.pi**2) * np.sin(np.pi * x)
    # 500 multiplications by a rounded exponential
    assert np.abs(found[1] - wanted).max() < 500 * 2.0**-52
    assert np.abs(found[0] - np.sin(np.pi * x)).max() < 4 * 2.0**-52


def test_collocation_converges_to_rounding():
    def source(x, y):
        return (1 - 17 * np.pi**2) * np.sin(np.pi * x) * np.sin(4 * np.pi * y)

    errors = []
    for n in (16, 24, 40):
        x, values = helmholtz_collocation(source, 1.0, n)
        exact = np.sin(np.pi * x)[:, None] * np.sin(4 * np.pi * x)
        errors.append(np.abs(values - exact).max())
    assert errors[0] > 1e3 * errors[1] > 1e6 * errors[2]
    assert errors[2] < 1e-12  # n^4 roundoffs of the second derivative, 3e6 * 1e-16


def test_a_conservation_law_agrees_with_cole_and_hopf():
    viscosity, times, errors = 0.02, np.array([0.0, 0.25, 0.5]), []
    for n_steps in (800, 1600):
        x, found = conservation_law(
            lambda x: -np.sin(np.pi * x),
            lambda u: 0.5 * u * u,
            times,
            viscosity=viscosity,
            n_modes=512,
            step=1 / n_steps,
        )
        points = np.stack(np.meshgrid(times, x[::4], indexing="ij")[::-1], axis=-1)
        wanted = cole_hopf(points.reshape(-1, 2), viscosity, n_nodes=4001)
        errors.append(np.abs(found[:, ::4].ravel() - wanted).max())
    # 512 modes resolve a layer of width 0.04 to rounding: what is left is the steps
    steps = [1 / 800, 1 / 1600]
    assert_order(steps, errors, expected=4, within=0.05, cap=4e-11)
