"""Stepper: the bits of solve, no allocation, and restarts."""

import threading
import tracemalloc

import numpy as np
import pytest

from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.multiscale import (
    SplitProblem,
    goldstein_taylor,
    jin_xin,
    solve,
    stepper,
    van_der_pol,
)

SCHEMES = ("ars222", "ssp222", "bpr353", "ark324", "bdf1", "bdf2", "bdf4")
FAMILIES = {
    "jin_xin": lambda: jin_xin(64),
    "burgers": lambda: jin_xin(64, flux="burgers", speed=2.0),
    "muscl": lambda: jin_xin(512, space="muscl"),
    "wide": lambda: jin_xin(2048),
    "goldstein_taylor": lambda: goldstein_taylor(64),
    "van_der_pol": van_der_pol,
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_bits_of_solve(scheme):
    problem = jin_xin(16)
    run = solve(
        problem,
        epsilon=1e-3,
        t_span=(0, 0.2),
        scheme=scheme,
        step=0.01,
        initial_layer="off",
    )
    steps = stepper(problem, epsilon=1e-3, scheme=scheme, step=0.01)
    state = problem.start(1e-3)
    for n_steps in (1, 4, 15):
        state = steps.advance(state, n_steps=n_steps)
    assert state.tobytes() == run.states[-1].tobytes()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scheme", ["ars222", "bdf3", "bpr353"])
def test_nothing_is_allocated_after_the_first_calls(family, scheme):
    problem = FAMILIES[family]()
    steps = stepper(problem, epsilon=1e-2, scheme=scheme, step=1e-4)
    state = problem.start(1e-2)
    steps.advance(state, out=state, n_steps=5)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    steps.advance(state, out=state, n_steps=20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - before < 4096  # bytes, also for the states of 32 KiB


@pytest.mark.parametrize("scheme", ["bdf2", "bdf3", "bpr353"])
def test_another_state_starts_anew(scheme):
    problem = jin_xin(8)
    steps = stepper(problem, epsilon=0.1, scheme=scheme, step=0.01)
    first, second = problem.start(0.1), problem.start(0.1, "ill")
    fresh = stepper(problem, epsilon=0.1, scheme=scheme, step=0.01)
    expected = fresh.advance(second, n_steps=6)
    steps.advance(first, n_steps=4)
    assert (steps.advance(second, n_steps=6) == expected).all()
    # the same array with other contents is another state too
    state = steps.advance(first.copy(), n_steps=4)
    state[...] = second
    assert (steps.advance(state, n_steps=6) == expected).all()


def test_arrays_go_where_they_are_told():
    problem = jin_xin(8)
    steps = stepper(problem, epsilon=0.1, step=0.01)
    state = problem.start(0.1)
    kept = state.copy()
    new = steps.advance(state)
    assert (state == kept).all()  # the input is not modified
    out = np.zeros_like(state)
    assert steps.advance(state, out=out) is out
    assert steps.advance(state, out=state) is state
    assert (out == new).all()
    assert (state == new).all()
    again = steps.advance(kept)
    assert again is not new  # a result stays what it was


@pytest.mark.parametrize(
    "change",
    [
        np.asfortranarray,
        lambda y: y.astype(">f8"),
        lambda y: np.repeat(y, 2, axis=1)[:, ::2],
    ],
)
def test_any_layout_gives_the_same_bits(change):
    problem = jin_xin(8)
    steps = stepper(problem, epsilon=0.1, step=0.01)
    state = problem.start(0.1)
    changed = change(state)
    changed.flags.writeable = False
    assert steps.advance(changed).tobytes() == steps.advance(state).tobytes()
    run = solve(problem, epsilon=0.1, t_span=(0, 0.01), step=0.01, initial=changed)
    assert run.states[-1].tobytes() == steps.advance(state).tobytes()


def test_two_threads_share_a_problem():
    problem = goldstein_taylor(64)
    found = {}

    def work(epsilon):
        steps = stepper(problem, epsilon=epsilon, step=1e-3)
        found[epsilon] = steps.advance(problem.start(epsilon), n_steps=200)

    epsilons = (0.3, 0.1, 1e-2, 1e-4)
    threads = [threading.Thread(target=work, args=(each,)) for each in epsilons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for epsilon in epsilons:
        alone = stepper(problem, epsilon=epsilon, step=1e-3)
        assert (alone.advance(problem.start(epsilon), n_steps=200) == found[epsilon]).all()


def test_wrong_arguments_of_a_stepper():
    problem = jin_xin(8)
    steps = stepper(problem, epsilon=0.1, step=0.01)
    state = problem.start(0.1)
    with pytest.raises(ShapeError, match="needed \\(2, 8\\)"):
        steps.advance(np.zeros((2, 9)))
    with pytest.raises(ParameterError, match="writeable array in C order"):
        steps.advance(state, out=np.zeros((2, 8), "f4"))
    with pytest.raises(ParameterError, match="from 1 on"):
        steps.advance(state, n_steps=0)
    with pytest.raises(ParameterError, match="not finite"):
        steps.advance(np.full((2, 8), np.inf, order="F"))
    with pytest.raises(ParameterError, match="largest_step"):
        stepper(problem, epsilon=0.1, step=0.2)
    with pytest.raises(ParameterError, match="above 0"):
        stepper(problem, epsilon=0.1, step=-0.1)
    with pytest.raises(ParameterError, match="'ars222' or 'bdf2'"):
        stepper(problem, epsilon=0.0, scheme="ssp222", step=0.01)


def test_failures_inside_a_stepper():
    def explicit(y, epsilon):
        if y[0] > 2:
            raise ValueError("too large")
        return 100 * y

    steps = stepper(
        SplitProblem("x", initial=[1.0], explicit=explicit),
        epsilon=1.0,
        scheme="heun",
        step=0.01,
    )
    with pytest.raises(
        ParameterError, match=r"explicit raised ValueError at t = 7\.01, step 2"
    ):
        steps.advance(np.array([1.0]), time=7.0, n_steps=3)
    steps = stepper(
        SplitProblem("x", initial=[1.0], explicit=lambda y, e: y**9),
        epsilon=1.0,
        scheme="heun",
        step=1.0,
    )
    with pytest.raises(ConvergenceError, match="not finite"):
        steps.advance(np.array([1.0]), n_steps=9)


def test_single_precision_in_single_precision_out():
    problem = jin_xin(8)
    steps = stepper(problem, epsilon=0.1, step=0.01)
    single = steps.advance(problem.start(0.1).astype("f4"))
    assert single.dtype == np.float32
    double = steps.advance(problem.start(0.1))
    assert double.dtype == np.float64
    assert abs(single - double).max() <= 10 * 2.0**-23
