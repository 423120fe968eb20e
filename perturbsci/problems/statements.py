"""Ready statements with domains and conditions."""

import sympy

from perturbsci.problems.conditions import Dirichlet, Initial, Periodic
from perturbsci.problems.domains import Box
from perturbsci.problems.fields import FieldProblem, coordinates, field
from perturbsci.problems.registry import get_problem

__all__ = ["allen_cahn", "burgers"]


def burgers(viscosity: float = 0.003183098861837907) -> FieldProblem:
    """Return Burgers' equation."""
    x, t = coordinates("x t")
    u = field("u", x, t)
    return FieldProblem.from_problem(
        get_problem("burgers", {"viscosity": viscosity}),
        Box({x: (-1, 1)}, time=(t, 0, 1)),
        [Initial(u, -sympy.sin(sympy.pi * x)), Dirichlet(u, 0)],
    )


def allen_cahn(diffusion: float = 1e-4) -> FieldProblem:
    """Return the Allen-Cahn equation."""
    x, t = coordinates("x t")
    u = field("u", x, t)
    return FieldProblem.from_problem(
        get_problem("allen_cahn", {"diffusion": diffusion}),
        Box({x: (-1, 1)}, time=(t, 0, 1)),
        [Initial(u, x**2 * sympy.cos(sympy.pi * x)), Periodic(u, x)],
    )
