r"""
Replace the fast species of a combustion model by its slow manifold
===================================================================

The model of Davis and Skodje, :math:`x' = -x`,
:math:`\epsilon z' = -z + ((1 - \epsilon) x + x^2)/(1 + x)^2`, has one slow and one fast
species: :math:`z` relaxes within a time of order :math:`\epsilon`.
Setting :math:`z' = 0` at the given :math:`\epsilon` is the quasi-steady state of chemists.
The slow manifold is the curve that trajectories follow: it is :math:`z = x/(1 + x)` for
every :math:`\epsilon`, so that the expansion ends after its first term.
"""

import numpy as np
import sympy
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from scipy.integrate import solve_ivp

from perturbsci import perturbation, plotting

EPSILON = 0.05
x, z, epsilon = sympy.symbols("x z epsilon")
FORCING = ((1 - epsilon) * x + x**2) / (1 + x) ** 2


def trajectory(start: float, times: np.ndarray) -> np.ndarray:
    """Return x and z of the full model at given times, from z = 0 at time 0."""
    forcing = sympy.lambdify(x, FORCING.subs(epsilon, EPSILON))

    def field(_: float, state: np.ndarray) -> list[float]:
        return [-state[0], (forcing(state[0]) - state[1]) / EPSILON]

    span, accuracy = (0.0, times[-1]), {"rtol": 1e-9, "atol": 1e-12}
    return solve_ivp(field, span, [start, 0.0], "Radau", times, **accuracy).y


# %%
# Both are compared with a trajectory that starts far away from them, after ten relaxation
# times.


def main() -> float:
    """Return the error of the quasi-steady state at x = 1."""
    manifold = perturbation.expand_slow_manifold([-x], [FORCING - z], [x], [z], epsilon)
    print(f"z = {manifold.terms[0][0]}, higher terms {[t[0] for t in manifold.terms[1:]]}")
    print(manifold.certificate)

    jacobian = np.array([[-1.0, 0.0], [0.25 / EPSILON, -1.0 / EPSILON]])  # about x = 1
    rates = perturbation.split_rates(jacobian)
    print(f"rates {rates.rates.real}, {rates.gap:g} times apart")

    final = np.array([10 * EPSILON])
    x_end, z_end = trajectory(np.exp(final[0]), final)[:, -1].tolist()
    slow = float(manifold.evaluate(x_end, EPSILON)[0])
    steady = float(FORCING.subs({x: x_end, epsilon: EPSILON}))
    print(f"trajectory z = {z_end:.6f} at x = {x_end:.6f}")
    print(f"slow manifold {slow:.6f}, quasi-steady state {steady:.6f}")

    at_one = float(FORCING.subs({x: 1, epsilon: EPSILON}))
    return float(manifold.evaluate(1.0, EPSILON)[0]) - at_one


def figure() -> Figure:
    """Draw trajectories, the slow manifold and the quasi-steady state."""
    places = np.linspace(0.05, 2.2, 100)
    forcing = sympy.lambdify(x, FORCING.subs(epsilon, EPSILON))
    with plotting.style():
        ax = plt.figure(figsize=(5.6, 4.0)).add_subplot()
        for start in (0.7, 1.2, 1.7, 2.2):
            path = trajectory(start, np.linspace(0.0, 0.3, 31))
            ax.plot(*path, color=plotting.COLORS[2])
        (line,) = ax.plot(places, places / (1 + places), color=plotting.COLORS[5])
        (dashes,) = ax.plot(places, forcing(places), "--", color=plotting.COLORS[6])
        ax.set_xlabel("slow species x (no unit)")
        ax.set_ylabel("fast species z (no unit)")
        ax.set_title(f"Trajectories from z = 0 at ε = {EPSILON:g}")
        ax.legend(
            [ax.lines[0], line, dashes], ["trajectory", "slow manifold", "quasi-steady"]
        )
    return ax.figure


# %%
# The error of the quasi-steady state at x = 1 is returned; it is epsilon x/(1 + x)^2. The
# figure shows which of the two curves trajectories fall on.

if __name__ == "__main__":
    main()
    figure()
    plt.show()
