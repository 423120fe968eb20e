r"""
How far a surrogate is from the solution, in several norms
==========================================================

The equation :math:`-u'' + 4u = e^x` on :math:`[0, 1]` with :math:`u = 0` at both ends is
coercive: the error of any function that meets the boundary values is bounded by its
residual, :math:`\|e'\|_2 \le \|r\|_{V'}`, and the other norms follow.
The closed form of the solution is used only to look at the true error.
For :math:`u'' + u^2 + s = 0` a theorem of Newton and Kantorovich proves that a solution
exists near the surrogate; beyond the last parameter with a solution nothing is claimed.
"""

import numpy as np
import sympy as sp

from perturbsci import problems as pp
from perturbsci import surrogates as su

# %%
# Each certificate names its norm and its theorem; "proven" encloses the residual in
# intervals that are rounded outward. Put your own equation in place of these two.


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


# %%
# The largest of five values of s at which a solution is proven is returned.

if __name__ == "__main__":
    main()
