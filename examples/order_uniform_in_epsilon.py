r"""
Test whether a scheme keeps its order for every epsilon
=======================================================

The solution of :math:`x' = -y`, :math:`\epsilon y' = x - y` is known, and so is the error
of any scheme for it.
Started away from its slow manifold, the Euler rule (first order) and the trapezoidal rule
(second order) are compared from :math:`\epsilon = 10^{-1}` to :math:`10^{-6}`.
The largest error over :math:`\epsilon` is what one gets who keeps one step for all of them:
the Euler rule keeps its order, the trapezoidal rule converges no longer, since its factor
:math:`(1 - z/2)/(1 + z/2)` tends to -1 for :math:`z = h/\epsilon \to \infty` and does not
damp the initial layer.
"""

import numpy as np
import sympy

from perturbsci import problems, verification

EPSILONS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-6]
STEPS = 0.1 / 2.0 ** np.arange(7)
FINAL_TIME = 1.0
START = {"x0": 1.0, "y0": 0.0}  # the slow manifold is near y = x: ill-prepared


def exact_state(epsilon: float) -> np.ndarray:
    """Return x and y at the final time from the exact solution of the problem."""
    problem = problems.linear_fast_slow(epsilon)
    values = {**START, "t": FINAL_TIME, "epsilon": sympy.Float(epsilon, 30)}
    solutions = [problem.exact[variable] for variable in problem.variables]
    return np.array([float(solution.subs(values)) for solution in solutions])


def final_state(epsilon: float, step: float, theta: float) -> np.ndarray:
    """Return x and y at the final time; theta = 1 is Euler, 1/2 the trapezoidal rule."""
    system = np.array([[0.0, -1.0], [1.0 / epsilon, -1.0 / epsilon]])
    implicit = np.eye(2) - theta * step * system
    explicit = np.eye(2) + (1.0 - theta) * step * system
    one_step = np.linalg.solve(implicit, explicit)
    n_steps = round(FINAL_TIME / step)
    return np.linalg.matrix_power(one_step, n_steps) @ list(START.values())


# %%
# At epsilon = 1/10 both show their orders; the table has the worst one in its last line.


def main() -> float:
    """Return the order of the worst error of the implicit Euler rule."""
    exact = {epsilon: exact_state(epsilon) for epsilon in EPSILONS}
    worst_orders = {}
    for name, theta in (("Euler rule", 1.0), ("trapezoidal rule", 0.5)):

        def error_of(epsilon: float, step: float, theta: float = theta) -> float:
            return float(np.abs(final_state(epsilon, step, theta) - exact[epsilon]).max())

        table = verification.uniform_order(error_of, EPSILONS, STEPS)
        print(f"{name}\n{table.summary()}\n")
        worst_orders[name] = table.worst_order
    return worst_orders["Euler rule"]


# %%
# The order of the worst error of the Euler rule is returned.

if __name__ == "__main__":
    main()
