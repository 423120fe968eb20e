r"""
Write an equation, check the statement, solve it with a bound
=============================================================

Fisher's equation :math:`u_t = D u_{xx} + r u (1 - u)` is no ready statement.
A species spreads into an empty habitat: the wave
:math:`(1 + e^{(x - 5t/\sqrt 6)/\sqrt 6})^{-2}` of Ablowitz and Zeppetella (1979) is an
exact solution, which is used only for the data and to look at the true error.
The bound on the error grows by Gronwall's inequality with the slope of the reaction.
"""

import numpy as np
import sympy as sp

from perturbsci import problems as pp
from perturbsci import surrogates as su

# %%
# Without the condition at the high end the statement is not complete, and ``lint`` says so.
# Put your own equation, domain and conditions in place of these.


def main() -> float:
    """Return the density at x = 1, t = 2."""
    x, t = pp.coordinates("x t")
    u = pp.field("u", x, t)
    diffusion, growth = sp.symbols("D r", positive=True)
    wave = (1 + sp.exp((x - 5 * t / sp.sqrt(6)) / sp.sqrt(6))) ** -2

    equation = u.diff(t) - diffusion * u.diff(x, 2) - growth * u * (1 - u)
    domain = pp.Box({x: (-5, 5)}, time=(t, 0, 2))
    start, values = pp.Initial(u, wave.subs(t, 0)), {diffusion: 1, growth: 1}
    low = pp.Dirichlet(u, wave.subs(x, -5), side=(x, "low"))
    high = pp.Dirichlet(u, wave.subs(x, 5), side=(x, "high"))

    for conditions in ([start, low], [start, low, high]):
        problem = pp.FieldProblem([equation], domain, conditions, parameters=values)
        findings = pp.lint(problem)
        print(f"{len(conditions)} conditions:", *findings or ("complete",))

    solution = su.solve(problem, tolerance=1e-9)
    print(solution.summary())
    places = np.stack([np.linspace(-5, 5, 1001), np.full(1001, 2.0)], axis=1)
    exact = sp.lambdify((x, t), wave)(*places.T)
    error = np.sqrt(10 * np.mean((solution(places) - exact) ** 2))
    print(f"at the end: true error {error:.1e}, bound {solution.bound_at(2.0):.1e}")
    return float(solution([[1.0, 2.0]])[0])


# %%
# The density that the surrogate finds at x = 1, t = 2 is returned.

if __name__ == "__main__":
    main()
