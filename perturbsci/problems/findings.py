"""What lint says, and what it looks at: a statement with numbers for its parameters."""

from dataclasses import dataclass

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.derivatives import JetForm
from perturbsci.problems.domains import Box, Mapped, Region
from perturbsci.problems.fields import FieldProblem
from perturbsci.problems.parts import Condition
from perturbsci.problems.sampling import sampled_values, space_points
from perturbsci.problems.substitution import (
    numbers_of,
    numeric_conditions,
    numeric_form,
)
from perturbsci.types import Array

__all__ = ["Finding", "Subject", "wall_points"]

SEVERITIES = ("error", "warning")


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One thing that is wrong with a statement.

    Parameters
    ----------
    severity : str
        ``"error"``: there is no solution, or more than one. ``"warning"``: there is one,
        but not as smooth or as unique as it looks.
    code : str
        Such as ``"missing-wall"``.
    message : str
        What was found.
    advice : str
        What to do.

    Raises
    ------
    ParameterError
        If the severity is another one.

    Examples
    --------
    >>> print(Finding("error", "missing-wall", "u has no condition at x low", "add one"))
    error missing-wall: u has no condition at x low; add one
    """

    severity: str
    code: str
    message: str
    advice: str

    def __post_init__(self) -> None:
        """Check the severity and the texts."""
        for name in ("code", "message", "advice"):
            text = getattr(self, name)
            if not isinstance(text, str) or not text:
                raise ParameterError(f"{name} is {text!r:.60}; pass it in words")
        if not isinstance(self.severity, str) or self.severity not in SEVERITIES:
            raise ParameterError(
                f"severity is {self.severity!r}; it must be one of {SEVERITIES}"
            )

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.severity} {self.code}: {self.message}; {self.advice}"


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A statement with numbers for its parameters; intervals stand at their middle.

    Parameters
    ----------
    form : JetForm
        The equations.
    domain : Box, Mapped or Region
        Where they hold.
    conditions : tuple
        What else holds.
    numbers : dict of sympy.Symbol to sympy.Expr
        The parameters.
    """

    form: JetForm
    domain: Box | Mapped | Region
    conditions: tuple[Condition, ...]
    numbers: dict[sympy.Symbol, sympy.Expr]

    @staticmethod
    def of(problem: FieldProblem) -> "Subject":
        """Return what lint looks at.

        Parameters
        ----------
        problem : FieldProblem
            Any.

        Returns
        -------
        subject : Subject
            Form and conditions with numbers.
        """
        values = problem.parameters
        return Subject(
            numeric_form(problem.equations, problem.fields, problem.coordinates, values),
            problem.domain,
            numeric_conditions(problem.conditions, values),
            numbers_of(values),
        )

    @property
    def timed(self) -> bool:
        """Whether the last coordinate is the time."""
        return self.domain.time is not None


def wall_points(
    domain: Box | Mapped | Region, symbol: sympy.Symbol, end: str, n_points: int = 32
) -> Array:
    """Return random points on a wall of the box or its image, at random times.

    Parameters
    ----------
    domain : Box, Mapped or Region
        Any.
    symbol : sympy.Symbol
        Of the box.
    end : str
        ``"low"`` or ``"high"``.
    n_points : int, optional
        How many.

    Returns
    -------
    points : array, shape (n_points, n_coordinates)
        Physical coordinates, then the time.
    """
    d = len(domain.space)
    points = space_points(domain.box, n_points, seed=2)
    column = domain.box.space.index(symbol)
    points[:, column] = float(domain.box.intervals[symbol][end == "high"])
    if isinstance(domain, Mapped):
        images = list(domain.mapping.values())
        points[:, :d] = sampled_values(images, domain.box.space, points[:, :d]).real
    return numpy.ascontiguousarray(points)
