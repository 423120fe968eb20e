"""Follow solutions over a parameter: where others branch off, and where they turn back.

u'' + p u - u^3 = 0 on [0, pi] has the solution 0 for every p; others leave it where p is
1, 4, 9. The buckled one that leaves at p = 1 is then followed by a guess on it. The second
branch, of u'' + u^2 + s = 0, turns back at a largest s. Put your own equation in its place.
The parameter value where the branch turns back is returned.
"""

import numpy as np
import sympy as sp

from perturbsci import problems as pp
from perturbsci import surrogates as su


def main() -> float:
    """Return the largest s for which u'' + u^2 + s = 0 has a solution on [0, 1]."""
    (x,), p, s = pp.coordinates("x"), sp.Symbol("p"), sp.Symbol("s")
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

    folding = pp.FieldProblem(
        [u.diff(x, 2) + u**2 + s],
        pp.Box({x: (0, 1)}),
        [pp.Dirichlet(u, 0)],
        parameters={s: 0},
    )
    branch = su.continue_branch(folding, s, 0.0, 30.0)
    for value in (10.0, 22.0, 23.0):
        print(f"s = {value:g}: {len(branch.through(value))} solutions")
    return float(branch.folds[0])


if __name__ == "__main__":
    main()
