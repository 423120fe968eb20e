r"""
Solve your own stiff problem by writing two functions
=====================================================

Two isomers A and B exchange within the time :math:`\epsilon`, with the equilibrium
:math:`a = 2b`, and B is consumed slowly, at the rate :math:`b + b^2`.
In the variables :math:`c = a + b` (slow) and :math:`b` (fast),

.. math::

   c' = -(b + b^2), \qquad \epsilon b' = c/3 - b - \epsilon (b + b^2),

the consumption is explicit and the exchange implicit; both are one line each.
In the limit :math:`b = c/3`, and :math:`c' = -(c/3 + c^2/9)` has the solution
:math:`1/c = (1/c_0 + 1/3) e^{t/3} - 1/3`.
"""

import math

import numpy as np

from perturbsci import multiscale as ms

TIME, START = 2.0, 3.0


def start(_epsilon: float, preparation: str) -> np.ndarray:
    """Return c and b, in equilibrium or not."""
    return np.array([START, START / 3 if preparation == "well" else START])


def consumption(state: np.ndarray, epsilon: float) -> np.ndarray:
    """Return E, the slow part."""
    rate = state[1] + state[1] ** 2
    return np.array([-rate, -epsilon * rate])


def exchange(right: np.ndarray, step: float, epsilon: float) -> np.ndarray:
    """Return (c, b) with c = right_c and epsilon b - step (c/3 - b) = right_b."""
    c = right[0]
    return np.array([c, (right[1] + step * c / 3) / (epsilon + step)])


# %%
# The order map says whether the schemes keep their order over epsilon; then one run from
# data out of equilibrium is compared with the limit.


def main() -> float:
    """Return the amount that is left at epsilon = 1e-8."""
    problem = ms.SplitProblem(
        "isomers",
        initial=start,
        explicit=consumption,
        solve_implicit=exchange,
        weight=lambda epsilon: np.array([1.0, epsilon]),
        equilibrium=lambda state: np.array([state[0], state[0] / 3]),
        layer_scales=lambda epsilon: (epsilon,),
        observables={"amount": lambda state, _epsilon: state[0]},
    )
    table = ms.order_map(
        problem,
        schemes=("ars222", "bdf2"),
        epsilons=(0.1, 1e-4, 1e-8),
        steps=(0.05, 0.025, 0.0125),
        t_end=TIME,
        observable="amount",
    )
    print(table.summary())
    run = ms.solve(
        problem,
        epsilon=1e-8,
        t_span=(0.0, TIME),
        scheme="bdf3",
        step=0.01,
        preparation="ill",
    )
    print(run.summary())
    left = float(run.observables["amount"][-1])
    limit = 1 / ((1 / START + 1 / 3) * math.exp(TIME / 3) - 1 / 3)
    print(f"left: {left:.9f}, in the limit {limit:.9f}")
    return left


# %%
# The amount c at t = 2 for epsilon = 1e-8 is returned.

if __name__ == "__main__":
    main()
