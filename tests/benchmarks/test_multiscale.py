"""The engine beside its bare callables, and beside stiff solvers of SciPy."""

import time

import numpy as np
import pytest
import scipy.integrate

from perturbsci.multiscale import jin_xin, order_map, solve, stepper

pytestmark = pytest.mark.bench


# The engine ----------------------------------------------------------------------------


def test_stepper_overhead(compare):
    problem, h, epsilon, n_steps = jin_xin(64), 1e-3, 1e-4, 100
    steps = stepper(problem, epsilon=epsilon, step=h)
    state = problem.start(epsilon)
    e, y = np.zeros_like(state), np.zeros_like(state)

    def bare():
        """Two explicit and two implicit evaluations a step, as ars222 has."""
        for _ in range(n_steps):
            for _ in range(2):
                problem.explicit(state, epsilon, out=e)
                problem.solve_implicit(state, 0.3 * h, epsilon, out=y)

    compare(
        "stepper, jin_xin, 64 cells, ars222 / bare callables",
        lambda: steps.advance(state, out=y, n_steps=n_steps),
        bare,
        target="1.3",
        repeats=31,
    )


@pytest.mark.parametrize("method", ["Radau", "BDF"])
def test_to_an_error_of_1e_6(record, method):
    problem, epsilon, end = jin_xin(256), 1e-6, 0.5
    start = problem.start(epsilon)
    exact = problem.exact(end, epsilon, initial=start)
    buffer, weight = np.zeros_like(start), problem.weight(epsilon)

    def right_side(t, flat):
        y = flat.reshape(start.shape)
        rate = problem.explicit(y, epsilon, out=buffer).copy()
        rate[1] += 0.6 * y[0] - y[1]
        return (rate / weight).ravel()

    units = np.eye(start.size)
    jacobian = np.array([right_side(0.0, unit) for unit in units]).T

    def ours():
        run = solve(
            problem, epsilon=epsilon, t_span=(0, end), scheme="bdf3", step=end / 150
        )
        return abs(run.states[-1] - exact).max() / abs(exact).max()

    def theirs(rtol):
        found = scipy.integrate.solve_ivp(
            right_side, (0, end), start.ravel(), method, rtol=rtol, atol=rtol, jac=jacobian
        )
        return abs(found.y[:, -1].reshape(start.shape) - exact).max() / abs(exact).max()

    def seconds(function, *arguments):
        begin = time.perf_counter()
        return function(*arguments), time.perf_counter() - begin

    error, mine = min((seconds(ours) for _ in range(5)), key=lambda pair: pair[1])
    assert error <= 1e-6
    for rtol in 10.0 ** -np.arange(5, 11):
        error, other = seconds(theirs, rtol)
        if error <= 1e-6:
            break
    what = f"T1, epsilon = 1e-6, 256 cells, {method} / bdf3"
    record(what, other / mine, f"times faster, {1e3 * mine:.3g} ms", "5")


def test_order_map_of_three_schemes(record):
    begin = time.perf_counter()
    order_map(
        jin_xin(16),
        schemes=("ars222", "bdf2", "bdf3"),
        epsilons=10.0 ** -np.arange(0, 7),
        steps=0.5 / (20 * 2 ** np.arange(5)),
        t_end=0.5,
    )
    record(
        "order_map, 3 schemes x 7 epsilons x 5 steps",
        time.perf_counter() - begin,
        "s",
        "10",
    )
