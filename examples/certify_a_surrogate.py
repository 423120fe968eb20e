"""Ask a surrogate how far it is from the solution, in several norms and by intervals.

-u'' + 4 u = exp(x) on [0, 1] with u = 0 at both ends has a solution in closed form, which
is used only to look at the true error. Then a semilinear equation beyond the last
parameter at which it has a solution: nothing is claimed. Put your own in its place.
The largest of five values of s at which a solution is proven is returned.
"""

import numpy as np
import sympy as sp

from perturbsci import problems as pp
from perturbsci import surrogates as su


def main() -> float:
    """Return the largest s at which a solution of u'' + u^2 + s = 0 is proven."""
    (x,), s = pp.coordinates("x"), sp.Symbol("s")
    u = pp.field("u", x)
    linear = pp.FieldProblem(
        [-u.diff(x, 2) + 4 * u - sp.exp(x)], pp.Box({x: (0, 1)}), [pp.Dirichlet(u, 0)]
    )
    solution = su.solve(linear, tolerance=1e-4)
    z = np.linspace(0, 1, 1001)
    up, down = np.linalg.solve([[1, 1], [np.exp(2), np.exp(-2)]], [-1 / 3, -np.e / 3])
    exact = np.exp(z) / 3 + up * np.exp(2 * z) + down * np.exp(-2 * z)
    error = np.abs(solution(z[:, None]) - exact).max()
    print(f"largest error: {error:.2e}")
    for kind in ("a-posteriori", "proven"):
        for norm in ("max", "L2", "energy"):
            print(su.certify(solution, kind=kind, norm=norm))

    folding = pp.FieldProblem(
        [u.diff(x, 2) + u**2 + s],
        pp.Box({x: (0, 1)}),
        [pp.Dirichlet(u, 0)],
        parameters={s: 0},
    )
    proven, near = 0.0, None
    for value in (20.0, 22.0, 22.5, 22.6, 22.7):
        near = su.solve(folding, parameters={s: value}, guess=near, strict=False)
        print(f"s = {value:g}: {near.certificate}")
        if near.certificate.kind != "none":
            proven = value
    return proven


if __name__ == "__main__":
    main()
