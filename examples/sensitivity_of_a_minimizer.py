r"""
How a fit answers to its data, without fitting again
====================================================

A logistic curve with a small ridge :math:`\lambda |x|^2/2` is fitted to forty yes-or-no
observations by Newton's method.
At the minimizer the gradient vanishes for every :math:`\lambda`, so that
:math:`H x'(\lambda) = -x` with the Hessian :math:`H`: one linear solve says how the fit
changes, and another with the gradient of one observation what leaving it out would do.
"""

import numpy as np

from perturbsci import perturbation

RIDGE = 0.5
DOSES = np.linspace(-2.0, 2.0, 40)
FEATURES = np.stack([np.ones(40), DOSES], axis=1)  # intercept and slope
# Yes above 0, with five observations on the wrong side.
ANSWERS = (DOSES > 0) ^ np.isin(np.arange(40), [3, 15, 18, 21, 25])


def fit(ridge: float, weights: np.ndarray) -> np.ndarray:
    """Minimize sum_i w_i log(1 + exp(-s_i f_i x)) + ridge |x|^2/2."""
    x = np.zeros(2)
    for _ in range(20):
        chance = 1 / (1 + np.exp(-FEATURES @ x))
        gradient = FEATURES.T @ (weights * (chance - ANSWERS)) + ridge * x
        curvature = weights * chance * (1 - chance)
        hessian = FEATURES.T @ (curvature[:, None] * FEATURES) + ridge * np.eye(2)
        x = x - np.linalg.solve(hessian, gradient)
    return x


# %%
# Both are compared with fits made anew. The most influential observation is the one that
# contradicts the curve most.


def main() -> float:
    """Return the derivative of the slope with respect to the ridge."""
    everyone = np.ones(40)
    x = fit(RIDGE, everyone)
    chance = 1 / (1 + np.exp(-FEATURES @ x))
    curvature = (chance * (1 - chance))[:, None]
    hessian = FEATURES.T @ (curvature * FEATURES) + RIDGE * np.eye(2)

    # The gradient of the objective contains ridge * x, so its ridge derivative is x.
    response = perturbation.minimizer_response(hessian, x[:, None])
    step = 1e-4
    again = (fit(RIDGE + step, everyone) - fit(RIDGE - step, everyone)) / (2 * step)
    print(response.summary())
    print(f"by fitting again: {again[1]:.9f}, by one solve: {response.matrix[1, 0]:.9f}")

    gradients = (chance - ANSWERS)[:, None] * FEATURES
    changes = perturbation.leave_one_out(hessian, gradients)
    refits = np.array([fit(RIDGE, everyone - (np.arange(40) == i)) - x for i in range(40)])
    worst = int(np.abs(changes[:, 1]).argmax())
    assert worst == int(np.abs(refits[:, 1]).argmax())
    print(f"without observation {worst}: slope {x[1]:.3f} {changes[worst, 1]:+.3f}, first")
    print(f"order, or {refits[worst, 1]:+.3f}, fitted again")
    return float(response.matrix[1, 0])


# %%
# The derivative of the slope with respect to the ridge is returned.

if __name__ == "__main__":
    main()
