"""What a solver of one kind of basis hands back, and the numbers about its work."""

from dataclasses import dataclass

import numpy

from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["Solution", "SolveStatistics"]


@dataclass(frozen=True, slots=True, eq=False)
class SolveStatistics:
    """What a solution cost, and how its bound grew.

    Parameters
    ----------
    unknowns : int
        The largest number that were solved for together.
    elements : int
        The largest number in space at one time.
    slabs : int
        Intervals of time; 1 in a steady problem.
    rejected : int
        Attempts at a slab that were thrown away.
    newton_iterations : int
        Linear least-squares problems solved, in all.
    residual_norm : float
        L2 norm of the residual over the domain at the points of the fit.
    bound_history : array, shape (k, 2)
        Time, and the bound on the error up to that time in the norm of the theorem.
    seconds : float
        Wall clock; nothing depends on it.
    choice : str, optional
        Basis and degrees, and who chose them.

    Examples
    --------
    >>> SolveStatistics(10, 1, 1, 0, 2, 1e-9, numpy.zeros((0, 2)), 0.1).slabs
    1
    """

    unknowns: int
    elements: int
    slabs: int
    rejected: int
    newton_iterations: int
    residual_norm: float
    bound_history: Array
    seconds: float
    choice: str = ""

    def __post_init__(self) -> None:
        """Store the history as an array of two columns."""
        history = numpy.asarray(self.bound_history, dtype=numpy.float64).reshape(-1, 2)
        object.__setattr__(self, "bound_history", history)

    def lines(self) -> tuple[str, ...]:
        """Return the numbers as lines of a summary.

        Returns
        -------
        lines : tuple of str
            Basis, size and work.
        """
        return (
            f"basis     {self.choice or 'given'}",
            f"size      {self.unknowns} unknowns at once, {self.elements} elements, "
            f"{self.slabs} slabs",
            f"work      {self.newton_iterations} linear problems, {self.rejected} attempts "
            f"thrown away, {self.seconds:.1f} s",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Coefficients of a basis that a solver found; ``solve`` makes a Surrogate of it.

    Parameters
    ----------
    basis : object
        One of the basis objects.
    coefficients : array, shape (...)
        Real; the layout is that of the basis.
    edges : tuple of array, shape (n + 1,)
        Where elements begin and end; empty for a basis without elements.
    statistics : SolveStatistics
        Numbers about the work.
    status : Status
        How it ended.
    certificate : Certificate or None, optional
        None where ``bounds`` has to find one.
    scale : float or None, optional
        What the tolerance is relative to; None for the size of the solution itself.
    """

    basis: object
    coefficients: Array
    edges: tuple[Array, ...]
    statistics: SolveStatistics
    status: Status
    certificate: Certificate | None = None
    scale: float | None = None
