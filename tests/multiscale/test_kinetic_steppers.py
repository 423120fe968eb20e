"""Steps of the kinetic families allocate nothing, and are those of solve."""

import tracemalloc

import numpy as np
import pytest

from perturbsci.multiscale import (
    bgk,
    linear_transport,
    solve,
    stepper,
    su_olson,
    vlasov_poisson,
)

FAMILIES = {
    "spectral": (linear_transport, {"n_cells": 64}, "ars222"),
    "muscl": (linear_transport, {"n_cells": 64, "space": "muscl"}, "bdf2"),
    "su_olson": (su_olson, {"n_cells": 200}, "ars222"),
    "bgk": (bgk, {}, "ars222"),
    "es": (bgk, {"model": "es", "velocity_dimension": 3}, "ars222"),
    "poisson": (vlasov_poisson, {}, "native"),
    "ampere": (vlasov_poisson, {"field": "ampere"}, "native"),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_steps_allocate_nothing_and_are_those_of_solve(name):
    family, options, scheme = FAMILIES[name]
    problem = family(**options)
    h = 0.01 if problem.largest_step is None else min(0.01, problem.largest_step(0.5))
    steps = stepper(problem, epsilon=0.5, scheme=scheme, step=h)
    state = problem.start(0.5)
    run = solve(
        problem,
        epsilon=0.5,
        t_span=(0.0, 8 * h),
        step=h,
        scheme=scheme,
        initial_layer="off",
    )
    for _ in range(3):  # the first call, and the start of a multistep scheme
        steps.advance(state, out=state)
    tracemalloc.start()
    try:
        for _ in range(5):
            steps.advance(state, out=state)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4096  # small Python objects, no arrays
    assert (state == run.states[-1]).all()
    assert np.isfinite(state).all()
