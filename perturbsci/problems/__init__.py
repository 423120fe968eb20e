"""Statements of perturbed problems, and the safe parser of formulas.

A problem knows its small parameter, its limit and, where one exists, its exact solution,
so that methods, studies and tests solve the same thing.
"""

from perturbsci.problems.base import Problem
from perturbsci.problems.expressions import parse_expression
from perturbsci.problems.oscillators import damped_oscillator
from perturbsci.problems.registry import get_problem, list_problems, register
from perturbsci.problems.relaxation import linear_fast_slow

__all__ = [
    "parse_expression",
    "Problem",
    "get_problem",
    "list_problems",
    "register",
    "damped_oscillator",
    "linear_fast_slow",
]
