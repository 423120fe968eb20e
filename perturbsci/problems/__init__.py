"""Statements of perturbed problems, and the safe parser of formulas.

A problem knows its small parameter, its limit and, where one exists, its exact solution,
so that methods, studies and tests solve the same thing. ``matrices`` holds test matrices
as arrays; statements of kinds ``"matrix"`` and ``"pde"`` are reached by ``get_problem``.
"""

from perturbsci.problems import diffusion as _diffusion  # noqa: F401 (registers)
from perturbsci.problems import matrices
from perturbsci.problems import matrix_statements as _matrix_statements  # noqa: F401
from perturbsci.problems import relaxation_waves as _relaxation_waves  # noqa: F401
from perturbsci.problems import waves as _waves  # noqa: F401
from perturbsci.problems.algebraic import cubic_singular, quadratic_root
from perturbsci.problems.base import Problem
from perturbsci.problems.chaotic import lorenz63, lorenz96, rossler
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.conditions import (
    Data,
    Dirichlet,
    Initial,
    Interface,
    Neumann,
    Periodic,
    Robin,
)
from perturbsci.problems.domains import Box, Mapped, Region
from perturbsci.problems.expressions import parse_expression
from perturbsci.problems.fields import FieldProblem, coordinates, field
from perturbsci.problems.findings import Finding
from perturbsci.problems.kinetic import bgk_moments, disparate_mass_limit
from perturbsci.problems.layers import (
    airy_turning,
    layer_constant,
    layer_interior,
    layer_reaction,
    layer_variable,
)
from perturbsci.problems.maps import cat, gauss, henon, logistic, rotation, skew_rotation
from perturbsci.problems.operations import dawson
from perturbsci.problems.oscillators import (
    damped_oscillator,
    double_well,
    duffing,
    mathieu,
    pendulum,
)
from perturbsci.problems.quantities import (
    exact_values,
    jacobian,
    matrix_of,
    residual_of,
    right_side,
    with_small,
)
from perturbsci.problems.registry import get_problem, list_problems, register
from perturbsci.problems.relaxation import davis_skodje, linear_fast_slow, van_der_pol
from perturbsci.problems.squares import (
    flow_mixing,
    helmholtz,
    klein_gordon,
    nonlinear_diffusion,
    poisson,
)
from perturbsci.problems.statements import (
    allen_cahn,
    burgers,
    heat,
    kuramoto_sivashinsky,
    list_field_problems,
    steady_burgers,
)
from perturbsci.problems.wellposed import lint

__all__ = [
    "parse_expression",
    "compile_expressions",
    "dawson",
    "Problem",
    "get_problem",
    "list_problems",
    "register",
    "right_side",
    "jacobian",
    "matrix_of",
    "exact_values",
    "with_small",
    "residual_of",
    "quadratic_root",
    "cubic_singular",
    "logistic",
    "gauss",
    "rotation",
    "cat",
    "skew_rotation",
    "henon",
    "duffing",
    "van_der_pol",
    "pendulum",
    "mathieu",
    "double_well",
    "davis_skodje",
    "linear_fast_slow",
    "damped_oscillator",
    "lorenz63",
    "lorenz96",
    "rossler",
    "layer_constant",
    "layer_variable",
    "layer_reaction",
    "layer_interior",
    "airy_turning",
    "bgk_moments",
    "disparate_mass_limit",
    "matrices",
    "coordinates",
    "field",
    "Box",
    "Mapped",
    "Region",
    "Dirichlet",
    "Neumann",
    "Robin",
    "Periodic",
    "Initial",
    "Interface",
    "Data",
    "FieldProblem",
    "lint",
    "Finding",
    "list_field_problems",
    "burgers",
    "allen_cahn",
    "helmholtz",
    "klein_gordon",
    "flow_mixing",
    "nonlinear_diffusion",
    "steady_burgers",
    "heat",
    "poisson",
    "kuramoto_sivashinsky",
]
