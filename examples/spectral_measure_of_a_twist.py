r"""
A continuous spectrum as a density, not as a cloud of eigenvalues
=================================================================

The twist :math:`(\theta, I) \mapsto (\theta + I, I)` turns every circle at a speed of its
own, and :math:`e^{i\theta}/(2 + \cos I)` has no eigenvalue in it: its spectral measure has
the density :math:`1/(2 + \cos t)^2`, up to its mass.
Moments :math:`c_n = \langle K^n g, g \rangle` along trajectories give that density,
smoothed by a rational kernel of width :math:`\epsilon`.
The higher the order m of the kernel, the faster the error falls:
:math:`O(\epsilon^m \log 1/\epsilon)`.
"""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from perturbsci import koopman, plotting

N_CIRCLES = 2048
LAGS = 700  # log(1e15)/epsilon at the smallest epsilon
ANGLE = 1.0


def twist_moments() -> np.ndarray:
    """Return the moments of the observable up to LAGS."""
    action = 2 * np.pi * np.arange(N_CIRCLES) / N_CIRCLES
    times = np.arange(LAGS + 1)
    observed = np.exp(1j * np.outer(action, times)) / (2 + np.cos(action))[:, None]
    weights = np.full(N_CIRCLES, 1 / N_CIRCLES)
    return koopman.autocorrelation(observed, LAGS, weights=weights)


def density(angle: np.ndarray | float) -> np.ndarray | float:
    """Return the exact density relative to its mass."""
    return 3 * np.sqrt(3) / (4 * np.pi) / (2 + np.cos(angle)) ** 2


# %%
# An atom would spoil it, and is looked for first.


def main() -> float:
    """Return the density at angle 1 from kernels of order 6."""
    moments = twist_moments()
    print(f"atoms found: {len(koopman.separate_atoms(moments).angles)}")

    exact = density(ANGLE)
    print("epsilon   order 1   order 2   order 4   order 6: errors of the density at 1")
    for epsilon in (0.4, 0.2, 0.1, 0.05):
        row = [
            koopman.spectral_measure(moments, [ANGLE], order=order, epsilon=epsilon)
            for order in (1, 2, 4, 6)
        ]
        found = [measure.density[0] / measure.mass for measure in row]
        print(f"{epsilon:7}", *(f"{abs(each - exact):9.1e}" for each in found))
    print(row[-1].certificate)
    return float(found[-1])


def figure() -> Figure:
    """Draw the density from kernels of order 1 and 6 beside the exact one."""
    angles = np.linspace(-np.pi, np.pi, 201)
    moments = twist_moments()
    with plotting.style():
        ax = plt.figure(figsize=(5.6, 4.0)).add_subplot()
        ax.plot(angles, density(angles), color="black", label="exact")
        for order, line in ((1, "--"), (6, ":")):
            found = koopman.spectral_measure(moments, angles, order=order, epsilon=0.4)
            ax.plot(angles, found.density / found.mass, line, label=f"order {order}")
        ax.set_xlabel("angle (radian a step)")
        ax.set_ylabel("density relative to the mass (1/radian)")
        ax.set_title("One width, 0.4, and two orders of the kernel")
        ax.legend()
    return ax.figure


# %%
# The density at angle 1, relative to the mass, is returned; the figure shows the density
# from kernels of order 1 and 6 at the same width.

if __name__ == "__main__":
    main()
    figure()
    plt.show()
