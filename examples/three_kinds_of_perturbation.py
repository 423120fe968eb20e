r"""
Three questions to ask of a small term
======================================

Does the answer have a series, and how far does it reach? The lowest level of an oscillator
with the term :math:`\epsilon x^4`: the series diverges, and its Borel sum is finite.
Is the limit problem of another kind? A layer of :math:`\epsilon y'' + (1 + x) y' + y = 0`:
its width follows from a balance.
Is the matrix normal? A stable matrix of order two whose solutions grow before they decay.
"""

import numpy as np
import sympy

from perturbsci import perturbation, problems

# %%
# Each question is answered with a number.


def main() -> float:
    """Return the Kreiss constant of [[-1, 7], [0, -1]]."""
    levels = np.arange(60) + 0.5
    quartic = problems.matrices.quartic(60)
    series = perturbation.rayleigh_schrodinger(np.diag(levels), quartic, 0, order=12)
    print("coefficients", np.array2string(series.value.coefficients[:5], precision=6))
    resummed = perturbation.borel_sum(series.value, 0.1)
    exact = np.linalg.eigvalsh(np.diag(levels) + 0.1 * quartic)[0]
    print(f"plain sum of 13 terms {series.value.evaluate(0.1).real:.6f}")
    print(f"Borel sum {resummed.value:.6f}, exact {exact:.6f}")

    x, epsilon = sympy.symbols("x epsilon")
    y = sympy.Function("y")(x)
    equation = epsilon * y.diff(x, 2) + (1 + x) * y.diff(x) + y
    balance = perturbation.dominant_balance(equation, y, x, epsilon, at=0)
    print(f"a layer of width epsilon^{balance.width_exponent} at x = 0")

    matrix = np.array([[-1.0, 7.0], [0.0, -1.0]])
    constant = perturbation.kreiss_constant(matrix)
    print(constant.summary())
    return float(constant.value)


# %%
# The Kreiss constant of the matrix is returned; it is (c^2 + 4)/(4c) for c = 7.

if __name__ == "__main__":
    main()
