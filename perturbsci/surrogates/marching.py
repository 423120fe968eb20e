"""Adaptive marching in time, decided by the residual alone."""

from perturbsci.problems import FieldProblem
from perturbsci.surrogates.bases import Elements
from perturbsci.surrogates.solution import Solution
from perturbsci.types import Seed

__all__ = ["solve_elements"]


def solve_elements(
    problem: FieldProblem,
    basis: Elements,
    *,
    tolerance: float,
    norm: str | None,
    guess: object,
    max_unknowns: int,
    max_steps: int,
    seed: Seed,
) -> Solution:
    """Return piecewise polynomials that satisfy a statement in one space dimension."""
    raise NotImplementedError
