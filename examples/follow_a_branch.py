r"""
Follow solutions over a parameter, around folds and past branch points
======================================================================

The equation :math:`u'' + p u - u^3 = 0` on :math:`[0, \pi]` has the solution 0 for every
:math:`p`; others leave it where :math:`p = 1, 4, 9`, since there :math:`v'' + p v = 0` has
a solution.
The branch of :math:`u'' + u^2 + s = 0` turns back at a largest :math:`s`.
Arclength instead of :math:`s` as the parameter walks around that fold.
"""

import numpy as np
import sympy as sp
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from perturbsci import plotting
from perturbsci import problems as pp
from perturbsci import surrogates as su

S = sp.Symbol("s")


def folding_problem() -> pp.FieldProblem:
    """Return u'' + u^2 + s = 0 on [0, 1]."""
    (x,) = pp.coordinates("x")
    u = pp.field("u", x)
    return pp.FieldProblem(
        [u.diff(x, 2) + u**2 + S],
        pp.Box({x: (0, 1)}),
        [pp.Dirichlet(u, 0)],
        parameters={S: 0},
    )


# %%
# A branch that crosses another is not followed by itself: the buckled one that leaves at p
# = 1 starts from a guess on it. Put your own equation in place of these.


def main() -> float:
    """Return the largest s for which u'' + u^2 + s = 0 has a solution on [0, 1]."""
    (x,), p = pp.coordinates("x"), sp.Symbol("p")
    u = pp.field("u", x)
    buckling = pp.FieldProblem(
        [u.diff(x, 2) + p * u - u**3],
        pp.Box({x: (0, sp.pi)}),
        [pp.Dirichlet(u, 0)],
        parameters={p: 0},
    )
    straight = su.continue_branch(buckling, p, 0.5, 10.0)
    print(f"others branch off at p = {straight.bifurcations.round(8)}")
    print(f"unstable directions along it: {straight.stability}")

    buckled = su.continue_branch(
        buckling, p, 2.0, 10.0, guess=lambda points: np.sin(points[:, 0])
    )
    (solution,) = buckled.through(3.0)
    print(f"at p = 3 the buckled one reaches {solution([[np.pi / 2]])[0]:.8f}")
    print(solution.certificate)

    branch = su.continue_branch(folding_problem(), S, 0.0, 30.0)
    for value in (10.0, 22.0, 23.0):
        print(f"s = {value:g}: {len(branch.through(value))} solutions")
    return float(branch.folds[0])


def figure() -> Figure:
    """Draw the branch around the fold: stable below, unstable above."""
    branch = su.continue_branch(folding_problem(), S, 0.0, 30.0)
    middle = np.array([solution([[0.5]])[0] for solution in branch.solutions])
    stable = np.asarray(branch.stability) == 0
    with plotting.style():
        ax = plt.figure(figsize=(5.6, 4.0)).add_subplot()
        turn = int(stable.sum()) - 1  # the last point before the fold
        low, high = slice(None, turn + 1), slice(turn, None)
        for part, line, label in ((low, "o-", "stable"), (high, "s--", "unstable")):
            ax.plot(branch.parameter_values[part], middle[part], line, label=label)
        ax.axvline(branch.folds[0], color="black", linewidth=0.8, linestyle=":")
        ax.set_xlabel("source s (no unit)")
        ax.set_ylabel("u at the middle (no unit)")
        ax.set_title(f"No solution beyond s = {branch.folds[0]:.4f}")
        ax.legend()
    return ax.figure


# %%
# The parameter value where the branch turns back is returned; the figure shows the branch
# around it.

if __name__ == "__main__":
    main()
    figure()
    plt.show()
