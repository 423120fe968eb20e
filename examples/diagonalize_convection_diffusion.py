r"""
Diagonalize a matrix whose eigenvectors no computer can use
===========================================================

Diffusion 0.01 and convection at 100 points give a tridiagonal matrix that a diagonal
scaling makes symmetric, so that all its eigenvalues are real.
The condition of that scaling is :math:`2 \cdot 10^{23}`, and what a solver returns for the
eigenvalues is not even real.
A perturbation :math:`E` with :math:`\|E\| = 10^{-4} \|A\|` can be chosen such that
:math:`A + E = V \Lambda V^{-1}` with a moderate :math:`\|V\| \|V^{-1}\|`.
"""

import numpy as np

from perturbsci import problems
from perturbsci import statespace as ss

SIZE = 1e-4


# %%
# Random perturbations are the baseline; the optimized one comes with its condition and its
# backward error. Put your own matrix in place of this one.


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


# %%
# The decimal logarithm of the condition of the scaling is returned.

if __name__ == "__main__":
    main()
