"""What a statement on a box asks of polynomials: its residual and its conditions."""

from collections.abc import Sequence
from dataclasses import dataclass

from perturbsci.errors import ParameterError
from perturbsci.problems import Box, FieldProblem
from perturbsci.problems.linearization import Linearization, linearize
from perturbsci.surrogates.sides import Constraint, constraints_of
from perturbsci.surrogates.tensor_space import TensorSpace, side_data, tensor_space
from perturbsci.types import Array

__all__ = ["BoxStatement", "box_statement"]


@dataclass(frozen=True, slots=True, eq=False)
class BoxStatement:
    """What a statement on a box asks of polynomials.

    Parameters
    ----------
    problem : FieldProblem
        The statement.
    lin : Linearization
        Its residual and derivatives.
    intervals : tuple of (float, float)
        One a coordinate, the time last.
    slots : tuple of (int, tuple of int)
        Columns of the jets.
    constraints : tuple of Constraint
        Of walls and start.
    n_fields : int
        Real ones.
    """

    problem: FieldProblem
    lin: Linearization
    intervals: tuple[tuple[float, float], ...]
    slots: tuple[tuple[int, tuple[int, ...]], ...]
    constraints: tuple[Constraint, ...]
    n_fields: int

    def space(self, counts: Sequence[int]) -> TensorSpace:
        """Return the polynomials of given numbers.

        Parameters
        ----------
        counts : sequence of int
            One a direction.

        Returns
        -------
        space : TensorSpace
            With the conditions.
        """
        return tensor_space(
            self.intervals, counts, self.slots, self.constraints, self.n_fields
        )

    def data(self, space: TensorSpace) -> dict[tuple[int, int], Array]:
        """Return the data of the conditions.

        Parameters
        ----------
        space : TensorSpace
            Of this statement.

        Returns
        -------
        data : dict of array, shape (n_1, ..., m, ..., n_d)
            As ``TensorSpace.lift`` takes it.
        """
        return side_data(space, self.constraints, self.problem.coordinates)


def box_statement(problem: FieldProblem) -> BoxStatement:
    """Return what a statement asks of polynomials.

    Parameters
    ----------
    problem : FieldProblem
        On a box, with numbers for its parameters.

    Returns
    -------
    statement : BoxStatement
        Nothing is evaluated yet.

    Raises
    ------
    ParameterError
        If the domain is no box, or a condition cannot be satisfied by a tensor product.
    """
    if not isinstance(problem.domain, Box):
        raise ParameterError(
            f"problem has a {type(problem.domain).__name__} for its domain; a tensor "
            "product lives on a Box: write the equation in the coordinates of the box, or "
            "use RandomFourier"
        )
    lin = linearize(problem)
    n_fields = len(problem.fields) * (2 if lin.is_complex else 1)
    orders = {
        (f, k): max((index[k] for g, index in lin.slots if g == f), default=0)
        for f in range(n_fields)
        for k in range(len(problem.coordinates))
    }
    constraints = constraints_of(problem, is_complex=lin.is_complex, orders=orders)
    return BoxStatement(
        problem,
        lin,
        problem.domain.bounds,
        lin.slots,
        tuple(constraints),
        n_fields,
    )
