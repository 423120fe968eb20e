"""Replace the fast species of a combustion model by its slow manifold.

The model of Davis and Skodje, x' = -x,
epsilon z' = -z + ((1 - epsilon) x + x^2)/(1 + x)^2, has one slow and one fast species:
z relaxes within a time of order epsilon.
Setting z' = 0 at the given epsilon is the quasi-steady state of chemists.
The slow manifold is the curve that trajectories follow: it is z = x/(1 + x) for every
epsilon, so that the expansion ends after its first term.
Both are compared with a trajectory that starts far away from them, after ten relaxation
times.
The error of the quasi-steady state at x = 1 is returned; it is epsilon x/(1 + x)^2.
"""

import numpy as np
import sympy
from scipy.integrate import solve_ivp

from perturbsci import perturbation

EPSILON = 0.05
x, z, epsilon = sympy.symbols("x z epsilon")
FORCING = ((1 - epsilon) * x + x**2) / (1 + x) ** 2


def trajectory(start: float, final: float) -> tuple[float, float]:
    """Return x and z of the full model at the final time, from z = 0."""
    forcing = sympy.lambdify(x, FORCING.subs(epsilon, EPSILON))

    def field(_: float, state: np.ndarray) -> list[float]:
        return [-state[0], (forcing(state[0]) - state[1]) / EPSILON]

    answer = solve_ivp(field, (0.0, final), [start, 0.0], "Radau", rtol=1e-9, atol=1e-12)
    return float(answer.y[0, -1]), float(answer.y[1, -1])


def main() -> float:
    """Return the error of the quasi-steady state at x = 1."""
    manifold = perturbation.expand_slow_manifold([-x], [FORCING - z], [x], [z], epsilon)
    print(f"z = {manifold.terms[0][0]}, higher terms {[t[0] for t in manifold.terms[1:]]}")
    print(manifold.certificate)

    jacobian = np.array([[-1.0, 0.0], [0.25 / EPSILON, -1.0 / EPSILON]])  # about x = 1
    rates = perturbation.split_rates(jacobian)
    print(f"rates {rates.rates.real}, {rates.gap:g} times apart")

    x_end, z_end = trajectory(np.exp(10 * EPSILON), 10 * EPSILON)
    slow = float(manifold.evaluate(x_end, EPSILON)[0])
    steady = float(FORCING.subs({x: x_end, epsilon: EPSILON}))
    print(f"trajectory z = {z_end:.6f} at x = {x_end:.6f}")
    print(f"slow manifold {slow:.6f}, quasi-steady state {steady:.6f}")

    at_one = float(FORCING.subs({x: 1, epsilon: EPSILON}))
    return float(manifold.evaluate(1.0, EPSILON)[0]) - at_one


if __name__ == "__main__":
    main()
