"""Diagonalize a matrix whose eigenvectors no computer can use.

Diffusion 0.01 and convection at 100 points: a diagonal scaling makes the matrix symmetric,
so that its eigenvalues are real, but the condition of that scaling is 2e23, and what a
solver returns for the eigenvalues is not even real. Perturbing the matrix by 1e-4 of its
norm gives a matrix that can be diagonalized, and says how well. Put your own in its place.
The decimal logarithm of the condition of the scaling is returned.
"""

import numpy as np

from perturbsci import problems
from perturbsci import statespace as ss

SIZE = 1e-4


def main() -> float:
    """Return log10 of the condition of the scaling that makes the matrix symmetric."""
    a = problems.matrices.convection_diffusion(100)
    ratios = np.sqrt(np.diagonal(a, -1) / np.diagonal(a, 1))
    exact = float(np.log10(ratios).sum())

    values, vectors = np.linalg.eig(a)
    print(f"exact: real eigenvalues, condition of the scaling 10^{exact:.2f}")
    print(
        f"numpy.linalg.eig: condition {np.linalg.cond(vectors):.1e}, imaginary parts up to "
        f"{np.abs(values.imag).max():.3g}"
    )
    draws = [
        ss.perturb_then_diagonalize(a, method="random", size=SIZE, seed=seed)
        for seed in range(5)
    ]
    print(
        f"best of five random perturbations of relative size {SIZE:g}: "
        f"{min(draw.eigenvector_condition for draw in draws):.3g}"
    )
    near = ss.perturb_then_diagonalize(a, method="optimize", size=SIZE)
    print(f"optimized: {near.eigenvector_condition:.4g}\n")
    print(near.summary())
    return exact


if __name__ == "__main__":
    main()
