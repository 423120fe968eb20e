"""States of a flow at later times, for the studies that need pairs."""

from perturbsci.problems import Problem, right_side
from perturbsci.types import Array

__all__ = ["carried"]


def carried(problem: Problem, states: Array, time: float, n_steps: int) -> Array:
    """Return where the flow carries the states, by the classical Runge-Kutta method.

    Parameters
    ----------
    problem : Problem
        Of kind ``"flow"``.
    states : real array, shape (n, n_state)
        At time 0.
    time : float
        How long; negative for the past.
    n_steps : int
        Steps of order 4; the error is proportional to ``n_steps**-4``.

    Returns
    -------
    states : real array, shape (n, n_state)
        At ``time``.
    """
    field = right_side(problem)
    h = time / n_steps
    for _ in range(n_steps):
        k1 = field(states)
        k2 = field(states + h / 2 * k1)
        k3 = field(states + h / 2 * k2)
        k4 = field(states + h * k3)
        states = states + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return states
