"""A branch of solutions as a result, and its solutions as surrogates."""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.arguments import is_finite_number
from perturbsci.errors import ParameterError
from perturbsci.results import Result, Status
from perturbsci.surrogates.arclength import first_place
from perturbsci.surrogates.bases import Elements
from perturbsci.surrogates.bounds import certificate
from perturbsci.surrogates.polynomial_space import PolynomialSpace
from perturbsci.surrogates.solution import SolveStatistics
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["Branch", "branch_equations", "surrogate_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Branch(Result):
    """Solutions along a curve, in the order in which they were found.

    Parameters
    ----------
    parameter : str
        Its name.
    parameter_values : array, shape (n,)
        In its unit; not monotone if the branch folds.
    solutions : tuple of Surrogate
        One a value.
    stability : array of int, shape (n,)
        Eigenvalues with a positive real part, of the linearization as a right side.
    folds, bifurcations : array, shape (k,)
        Parameter values where the branch turns, and where another one crosses it.
    tolerance : float
        On the highest coefficients, relative.
    status : Status
        CONVERGED if the end was reached.
    certificates : tuple of Certificate
        Of resolution, residual and places of events.

    Examples
    --------
    >>> from perturbsci import problems as pp
    >>> from perturbsci.surrogates import continue_branch
    >>> (x,), p = pp.coordinates("x"), sympy.Symbol("p")
    >>> u = pp.field("u", x)
    >>> problem = pp.FieldProblem([u.diff(x, 2) + u**2 + p], pp.Box({x: (0, 1)}),
    ...                           [pp.Dirichlet(u, 0)], parameters={p: 0})
    >>> continue_branch(problem, p, 0.0, 40.0).folds.round(6)
    array([22.609689])
    """

    parameter: str
    parameter_values: Array
    solutions: tuple[Surrogate, ...]
    stability: Array
    folds: Array
    bifurcations: Array
    tolerance: float
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        failed = [item for item in self.certificates if not item.passed]
        return (failed or list(self.certificates))[0]

    def through(self, value: float) -> tuple[Surrogate, ...]:
        """Return the solutions of this branch at one value of the parameter.

        Parameters
        ----------
        value : float
            Of the parameter.

        Returns
        -------
        solutions : tuple of Surrogate
            Solved there, the smallest L2 norm first, each with its bound; empty if the
            branch does not pass the value.

        Raises
        ------
        ParameterError
            If the value is not a finite number.

        Examples
        --------
        >>> from perturbsci import problems as pp
        >>> from perturbsci.surrogates import continue_branch
        >>> (x,), p = pp.coordinates("x"), sympy.Symbol("p")
        >>> u = pp.field("u", x)
        >>> problem = pp.FieldProblem([u.diff(x, 2) + u**2 + p], pp.Box({x: (0, 1)}),
        ...                           [pp.Dirichlet(u, 0)], parameters={p: 0})
        >>> branch = continue_branch(problem, p, 0.0, 40.0)
        >>> len(branch.through(10.0)), len(branch.through(50.0))
        (2, 0)
        """
        if not is_finite_number(value):
            raise ParameterError(f"value is {value!r:.80}; it must be a finite number")
        value = float(value)
        found: list[tuple[float, Array, PolynomialSpace]] = []
        values = self.parameter_values
        for k in range(len(values) - 1):
            low, high = values[k], values[k + 1]
            if not min(low, high) <= value <= max(low, high):
                continue
            share = (value - low) / (high - low) if high != low else 0.0
            # beside a fold the curve is a parabola
            if high in self.folds:
                share = 1.0 - math.sqrt(1.0 - share)
            elif low in self.folds:
                share = math.sqrt(share)
            solved = self._solved(k, share, value)
            if solved is not None and not any(
                _same(solved[1], other[1]) for other in found
            ):
                found.append(solved)
        found.sort(key=lambda item: item[0])
        return tuple(
            surrogate_of(space, unknowns, value, self.tolerance, certified=True)
            for _, unknowns, space in found
        )

    def _solved(
        self, k: int, share: float, value: float
    ) -> tuple[float, Array, PolynomialSpace] | None:
        """Return norm, unknowns and space of the solution between two neighbors."""
        tables = [_table(self.solutions[k + j]) for j in (0, 1)]
        degree = max(item.shape[1] for item in tables) - 1
        space = PolynomialSpace(
            self.solutions[k].problem, _symbol(self.solutions[k], self.parameter), degree
        )
        ends = [
            space.unknowns(table, float(self.parameter_values[k + j]))
            for j, table in enumerate(tables)
        ]
        guess = (1.0 - share) * ends[0] + share * ends[1]
        place = first_place(branch_equations(space), numpy.append(guess, value))
        if place is None:
            return None
        unknowns = place.state[:-1]
        c = space.coefficients(unknowns, value) * space.roots
        return float(numpy.linalg.norm(c)), unknowns, space


def branch_equations(space: PolynomialSpace) -> Callable[[Array], tuple[Array, Array]]:
    """Return F and its Jacobian as a function of the unknowns and the parameter.

    Parameters
    ----------
    space : PolynomialSpace
        The statement.

    Returns
    -------
    equations : callable
        Of (c, p), shape (n + 1,).
    """

    def equations(state: Array) -> tuple[Array, Array]:
        f, jacobian, slope = space.equations(state[:-1], float(state[-1]))
        return f, numpy.concatenate([jacobian, slope[:, None]], axis=1)

    return equations


def surrogate_of(
    space: PolynomialSpace,
    unknowns: Array,
    value: float,
    tolerance: float,
    *,
    certified: bool = False,
) -> Surrogate:
    """Return a solution as a function, with a bound where it is wanted.

    Parameters
    ----------
    space : PolynomialSpace
        The statement.
    unknowns : array, shape (n,)
        In that space.
    value : float
        Of the parameter.
    tolerance : float
        On the highest coefficients, relative.
    certified : bool, optional
        Whether a bound on the error is found, too.

    Returns
    -------
    solution : Surrogate
        On one element.
    """
    problem = space.problem.at({space.parameter: value})
    c = space.coefficients(unknowns, value)
    f = space.equations(unknowns, value)[0]
    size = float(numpy.linalg.norm(f))
    statistics = SolveStatistics(
        *(space.size, 1, 1, 0, 0, size, numpy.zeros((0, 2)), 0.0),
        choice=f"Legendre polynomials of degree {space.degree} on the interval",
    )
    rough = space.tail(unknowns, value)
    found = Surrogate(
        problem,
        Elements((space.degree,)),
        c[None, :, :, None],
        (numpy.array(space.ends),),
        {item: float(number) for item, number in problem.parameters.items()},  # type: ignore[arg-type]
        statistics,
        Status.CONVERGED if rough <= tolerance else Status.TOLERANCE_NOT_REACHED,
        Certificate(
            "share of the four highest coefficients",
            *(rough, tolerance, "estimate", "Legendre coefficients"),
            ("coefficients decay geometrically; certify gives a bound of the error",),
        ),
    )
    if not certified:
        return found
    return dataclasses.replace(found, certificate=certificate(found, tolerance))


def _table(solution: Surrogate) -> Array:
    return numpy.asarray(solution.coefficients)[0, :, :, 0]


def _symbol(solution: Surrogate, name: str) -> sympy.Symbol:
    return next(item for item in solution.problem.parameters if item.name == name)


def _same(one: Array, other: Array) -> bool:
    if len(one) != len(other):
        return False
    gap = float(numpy.linalg.norm(one - other))
    return gap <= 1e-7 * max(1.0, float(numpy.linalg.norm(one)))
