"""The continuous spectrum of a twist, as a density and not as a cloud of eigenvalues.

The twist (theta, I) -> (theta + I, I) turns every circle I at a speed of its own.
The observable exp(i theta)/(2 + cos I) has no eigenvalue in it: its spectral measure has
the density 1/(2 + cos t)^2, up to its mass.
Moments c_n = <K^n g, g> along trajectories give that density, smoothed by a rational kernel
of width epsilon: the higher the order of the kernel, the faster the error falls.
An atom would spoil it, and is looked for first.
The density at angle 1, relative to the mass, is returned.
"""

import numpy as np

from perturbsci import koopman

N_CIRCLES = 2048
LAGS = 700  # log(1e15)/epsilon at the smallest epsilon
ANGLE = 1.0


def main() -> float:
    """Return the density at angle 1 from kernels of order 6."""
    action = 2 * np.pi * np.arange(N_CIRCLES) / N_CIRCLES
    times = np.arange(LAGS + 1)
    observed = np.exp(1j * np.outer(action, times)) / (2 + np.cos(action))[:, None]
    weights = np.full(N_CIRCLES, 1 / N_CIRCLES)
    moments = koopman.autocorrelation(observed, LAGS, weights=weights)
    print(f"atoms found: {len(koopman.separate_atoms(moments).angles)}")

    exact = 3 * np.sqrt(3) / (4 * np.pi) / (2 + np.cos(ANGLE)) ** 2
    print("epsilon   order 1   order 2   order 4   order 6: errors of the density at 1")
    for epsilon in (0.4, 0.2, 0.1, 0.05):
        row = [
            koopman.spectral_measure(moments, [ANGLE], order=order, epsilon=epsilon)
            for order in (1, 2, 4, 6)
        ]
        found = [measure.density[0] / measure.mass for measure in row]
        print(f"{epsilon:7}", *(f"{abs(density - exact):9.1e}" for density in found))
    print(row[-1].certificate)
    return float(found[-1])


if __name__ == "__main__":
    main()
