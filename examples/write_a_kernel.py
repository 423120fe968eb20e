r"""
Write an inner loop once, run it on threads or on a GPU
=======================================================

A kernel is a plain Python function that writes what belongs to one index.
This one sums a screened Coulomb potential, :math:`\sum_j q_j e^{-r_j/L}/r_j`, over charges
in space; NumPy needs an array of points times charges for the same sum.
"""

from math import exp, sqrt

import numpy as np

from perturbsci import backend


@backend.kernel(
    "point[n, 3], place[m, 3], charge[m], length -> potential[n]",
    over="n",
    cost="m",
    schedule="lanes",
)
def screened(i, point, place, charge, length, potential):
    """Sum charge exp(-r/length)/r over all charges."""
    total = 0.0
    for j in range(place.shape[0]):
        x = point[i, 0] - place[j, 0]
        y = point[i, 1] - place[j, 1]
        z = point[i, 2] - place[j, 2]
        r = sqrt(x * x + y * y + z * z)
        total += charge[j] * exp(-r / length) / r
    potential[i] = total


# %%
# ``schedule="lanes"`` lets 64 points go through the loop over charges side by side, which
# is what a compiler turns into vector instructions; ``cost`` says when threads pay.


def main() -> float:
    """Return the potential at the origin."""
    grid = np.arange(-4, 5)
    place = np.stack(np.meshgrid(grid, grid, grid), axis=-1).reshape(-1, 3)
    charge = (-1.0) ** place.sum(axis=1)
    others = place.any(axis=1)  # all but the ion at the origin
    place, charge = place[others].astype(float), charge[others]

    point = np.zeros((1, 3))
    potential = screened(point, place, charge, 2.0)
    r = np.linalg.norm(point[:, None] - place, axis=2)
    by_numpy = (charge * np.exp(-r / 2.0) / r).sum(axis=1)
    print(f"kernel {potential[0]:.12f}, NumPy {by_numpy[0]:.12f}")

    try:
        screened(point, place, charge[:-1], 2.0)
    except ValueError as error:
        print(f"a wrong shape: {error}")
    return float(potential[0])


# %%
# The potential at the center of a small cube of salt, charges +1 and -1 in turn, is
# returned.

if __name__ == "__main__":
    main()
