"""Kinetic steps beside NumPy, their transforms, and their explicit part."""

import numpy as np
import pytest

from perturbsci.backend import fft
from perturbsci.backend.kernels.fluxes import weno5_difference
from perturbsci.multiscale import bgk, linear_transport, stepper, vlasov_poisson

pytestmark = pytest.mark.bench


def weno5_arrays(f, v, width):
    """The same upwind differences on whole arrays, both signs of v."""

    def value(a, b, c, d, e):
        beta_0 = 13 / 12 * (a - 2 * b + c) ** 2 + 0.25 * (a - 4 * b + 3 * c) ** 2 + 1e-6
        beta_1 = 13 / 12 * (b - 2 * c + d) ** 2 + 0.25 * (b - d) ** 2 + 1e-6
        beta_2 = 13 / 12 * (c - 2 * d + e) ** 2 + 0.25 * (3 * c - 4 * d + e) ** 2 + 1e-6
        w_0, w_1, w_2 = 0.1 / beta_0**2, 0.6 / beta_1**2, 0.3 / beta_2**2
        total = w_0 * (2 * a - 7 * b + 11 * c) + w_1 * (5 * c - b + 2 * d)
        return (total + w_2 * (2 * c + 5 * d - e)) / (6 * (w_0 + w_1 + w_2))

    n = len(f) - 6
    left = value(*(f[k : k + n + 1] for k in range(5)))
    right = value(*(f[5 - k : 6 - k + n] for k in range(5)))
    flux = np.where(v > 0, left, right) * v
    return (flux[:-1] - flux[1:]) / width


def test_weno_transport_beside_numpy(compare):
    rng = np.random.default_rng(0)
    f, v = rng.random((206, 40)), np.linspace(-7, 7, 40)
    out = np.empty((200, 40))
    assert abs(weno5_difference(f, v, 0.005) - weno5_arrays(f, v, 0.005)).max() < 1e-8
    compare(
        "WENO5 transport 200 x 40 / NumPy spelling",
        weno5_difference.bind(f, v, 0.005, out=out),  # as the steps call it
        lambda: weno5_arrays(f, v, 0.005),
        target="0.125",
        repeats=51,
    )


def test_a_step_of_bgk_beside_two_transports(compare):
    problem = bgk(200)
    h = problem.largest_step(1e-8)
    steps = stepper(problem, epsilon=1e-8, step=h)
    state = problem.start(1e-8)
    out = np.empty_like(state)
    compare(
        "BGK step, ars222, 200 x 40 / its two transports",
        lambda: steps.advance(state, out=out),
        lambda: [problem.explicit(state, 1e-8, out=out) for _ in range(2)],
        target="8",
        repeats=31,
    )


def test_a_step_of_vlasov_beside_its_transforms(compare):
    problem = vlasov_poisson(64, 256)
    steps = stepper(problem, epsilon=1.0, scheme="native", step=0.05)
    state = problem.start(1.0)
    out, work = np.empty_like(state), state + 0j

    def transforms():
        for axis in (0, 1, 0):
            fft.ifft(fft.fft(work, axis=axis, overwrite=True), axis=axis, overwrite=True)

    compare(
        "Vlasov-Poisson step 64 x 256 / its six complex FFTs",
        lambda: steps.advance(state, out=out),
        transforms,
        target="2.5",
        repeats=31,
    )


@pytest.mark.parametrize("epsilon", [1e-2, 1e-6])
def test_slab_transport_does_not_cost_more_for_small_epsilon(compare, epsilon):
    problem = linear_transport(64, 16)
    makers = [stepper(problem, epsilon=e, step=0.02) for e in (epsilon, 1.0)]
    state = problem.start(1.0)
    out = np.empty_like(state)
    compare(
        f"slab step 64 x 16, epsilon = {epsilon:g} / epsilon = 1",
        lambda: makers[0].advance(state, out=out),
        lambda: makers[1].advance(state, out=out),
        target="1.05",
        repeats=31,
    )
