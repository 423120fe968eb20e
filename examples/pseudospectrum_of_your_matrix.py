"""How far the eigenvalues of your matrix can be trusted, and what they do not say.

Put your own matrix in place of the one below: its pseudospectra on a grid, the smallest
perturbation that makes it unstable, and how much its solutions grow before they decay.
The transient growth guaranteed by the Kreiss constant is returned.
"""

import numpy as np

from perturbsci import perturbation

MATRIX = np.array([[-1.0, 10.0], [0.0, -1.0]])
LEVELS = (0.01, 0.1, 0.3)


def main() -> float:
    """Return the Kreiss constant of the matrix."""
    grid = perturbation.resolvent_grid(MATRIX, box=None, shape=(60, 60))
    print(grid.summary())
    for level in LEVELS:
        abscissa = perturbation.pseudospectral_abscissa(MATRIX, level)
        print(
            f"\na perturbation of norm {level:g} moves eigenvalues to the real part "
            f"{abscissa.value:.6f}; {len(grid.contours(level))} curve(s) bound where"
        )

    distance = perturbation.distance_to_instability(MATRIX)
    print(f"\nsmallest perturbation that makes it unstable: {distance.value:.10f}")

    constant = perturbation.kreiss_constant(MATRIX)
    print(f"\n{constant.summary()}")
    growth = perturbation.transient_growth(MATRIX, np.linspace(0.0, 3.0, 31))
    print(f"\nsolutions grow at least {constant.value:.4f} times, in fact "
          f"{growth.norms.max():.4f} times")  # fmt: skip
    return constant.value


if __name__ == "__main__":
    main()
