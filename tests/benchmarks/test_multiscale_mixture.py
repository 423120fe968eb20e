"""Steps of a light and a heavy gas: one mass ratio beside another, two grids beside one."""

import math

import pytest

from perturbsci import backend
from perturbsci.multiscale import (
    collide,
    disparate_mass,
    maxwellian,
    spectral_collision,
    stepper,
    velocity_grid,
)

pytestmark = pytest.mark.bench

N = 32


def steps_of(ratio):
    """Return a function that makes one step of bdf2 at a mass ratio."""
    gas = disparate_mass(N, dimension=2)
    epsilon = 1 / math.sqrt(ratio)
    steps = stepper(gas, epsilon=epsilon, scheme="bdf2", step=0.025)
    state = steps.advance(gas.start(epsilon), n_steps=2)

    def one():
        nonlocal state
        state = steps.advance(state)

    return one


@pytest.mark.parametrize("ratio", [1e4, 1e6, 1e8])
def test_a_step_does_not_follow_the_mass_ratio(compare, ratio):
    with backend.use("numba", threads=1):
        compare(
            f"mixture step, 2-D, n = 32, mass ratio {ratio:.0e} / 1e+02",
            steps_of(ratio),
            steps_of(1e2),
            target="0.95 to 1.05",
            repeats=61,
        )


@pytest.mark.parametrize(("n", "ratio"), [(32, 4), (64, 16), (128, 64), (256, 256)])
def test_one_grid_for_both_gases(compare, n, ratio):
    """The four collision operators of one explicit step on the grid of the light gas.

    To the relative error 1e-3 of the heat, n = 32 resolves mass ratio 4; the heavy thermal
    speed falls as ratio^(-1/2).
    """
    grid = velocity_grid(n, 8.0, dimension=2)
    light = maxwellian(grid, 1.0, 0.0, 1.2)
    heavy = maxwellian(grid, 1.0, 0.0, 0.9, mass=float(ratio))
    alone = spectral_collision(grid)
    by_heavy = spectral_collision(grid, masses=(1.0, float(ratio)))
    by_light = spectral_collision(grid, masses=(float(ratio), 1.0))

    def direct():
        collide(alone, light)
        collide(alone, heavy)
        collide(by_heavy, light, heavy)
        collide(by_light, heavy, light)

    with backend.use("numba", threads=1):
        compare(
            f"one grid, 2-D, n = {n}, mass ratio {ratio} / mixture step, any ratio",
            direct,
            steps_of(ratio),
            target="grows",
            repeats=5,
        )
