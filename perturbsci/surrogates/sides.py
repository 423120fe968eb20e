"""Conditions of a statement as linear constraints on polynomials, one set a direction.

In direction k the conditions of a field are functionals b_k (values, slopes, Robin sums
at the ends; differences of the ends where it is periodic; values and rates at the start).
With Z_k a basis of the null space of b_k and b_k E_k = I, every polynomial that satisfies
all conditions is C_0 + (Z_1 x ... x Z_d) X, where

C_0 = E_1 G_1 + (I - E_1 b_1)(E_2 G_2 + (I - E_2 b_2)(E_3 G_3 ...)), G_k the data.

It satisfies the conditions of direction 1 exactly, the others up to the disagreement at
the corners, which is reported.
"""

from dataclasses import dataclass

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.conditions import Initial, Periodic
from perturbsci.problems.fields import FieldProblem
from perturbsci.problems.parts import Condition
from perturbsci.problems.placement import sides_of
from perturbsci.problems.substitution import numeric_conditions
from perturbsci.surrogates.jets import polynomial_jets
from perturbsci.surrogates.wall_conditions import wall_terms
from perturbsci.types import Array

__all__ = ["Constraint", "constraints_of", "constraint_rows", "null_space"]

SPARE = 2  # degrees beyond the necessary among which a right inverse is sought


@dataclass(frozen=True, slots=True, eq=False)
class Constraint:
    """One functional in one direction and what it has to give.

    Parameters
    ----------
    field : int
        The real field.
    direction : int
        Which coordinate.
    end : str
        ``"low"``, ``"high"`` or ``"seam"``.
    weights : tuple of float
        Of the value, the first derivative, ...
    value : sympy.Expr
        In the other coordinates.
    """

    field: int
    direction: int
    end: str
    weights: tuple[float, ...]
    value: sympy.Expr

    def data(
        self, coordinates: tuple[sympy.Symbol, ...], points: Array, place: float
    ) -> Array:
        """Return the data at points of the side.

        Parameters
        ----------
        coordinates : tuple of sympy.Symbol
            Of the statement.
        points : array, shape (n, n_coordinates)
            The column of this direction is overwritten.
        place : float
            The position of the side.

        Returns
        -------
        values : real array, shape (n,)
            Not finite where the formula is not.
        """
        if self.value.is_number:
            return numpy.full(len(points), float(self.value))
        there = points.copy()
        there[:, self.direction] = place
        return compile_expressions([self.value], coordinates)(there)[:, 0].real


def constraints_of(
    problem: FieldProblem, *, is_complex: bool, orders: dict[tuple[int, int], int]
) -> list[Constraint]:
    """Return the conditions of a statement as constraints of real fields.

    Parameters
    ----------
    problem : FieldProblem
        On a box.
    is_complex : bool
        Whether each field is two real ones.
    orders : dict
        Highest derivative of a real field in a direction, which a periodic seam needs.

    Returns
    -------
    constraints : list of Constraint
        Those of initial conditions belong to the last direction.

    Raises
    ------
    ParameterError
        If a condition is of a kind that a tensor product cannot satisfy.
    """
    found: list[Constraint] = []
    for item in numeric_conditions(problem.conditions, problem.parameters):
        place = problem.fields.index(item.field)
        parts = (2 * place, 2 * place + 1) if is_complex else (place,)
        for part, real in enumerate(parts):
            found += _of_condition(problem, item, real, part, is_complex, orders)
    return found


def _of_condition(
    problem: FieldProblem,
    item: Condition,
    field: int,
    part: int,
    is_complex: bool,
    orders: dict[tuple[int, int], int],
) -> list[Constraint]:
    """Return the constraints of one condition on one real field."""
    space = problem.domain.box.space
    weights: tuple[float, ...]
    if isinstance(item, Periodic):
        k = space.index(item.coordinate)
        return [
            Constraint(field, k, "seam", (0.0,) * s + (1.0,), sympy.S.Zero)
            for s in range(max(orders.get((field, k), 1), 1))
        ]
    if isinstance(item, Initial):
        value = _part(item.value, part, is_complex)
        weights = (0.0,) * item.order + (1.0,)
        return [Constraint(field, len(problem.coordinates) - 1, "low", weights, value)]
    terms = wall_terms(item)
    if terms is None:
        raise ParameterError(
            f"conditions holds a {type(item).__name__}, which a tensor product of "
            "polynomials cannot satisfy; use Elements in one dimension, or leave it out"
        )
    value = _part(terms[2], part, is_complex)
    rows = []
    for symbol, end in sides_of(item, problem.domain):
        outward = -1.0 if end == "low" else 1.0
        alpha, beta = map(_constant, terms[:2], ("alpha", "beta"))
        weights = (alpha, outward * beta) if beta else (alpha,)
        rows.append(Constraint(field, space.index(symbol), end, weights, value))
    return rows


def _constant(formula: sympy.Expr, name: str) -> float:
    if formula.is_number and formula.is_real:
        return float(formula)
    raise ParameterError(
        f"{name} of a Robin condition is {formula!s:.60}; a tensor product satisfies it "
        "only for real numbers: use RandomFourier, or write the condition with a constant"
    )


def _part(value: sympy.Expr, part: int, is_complex: bool) -> sympy.Expr:
    """Return the real or imaginary part of a value."""
    if not is_complex:
        return value
    real = {item: sympy.Dummy(item.name, real=True) for item in value.free_symbols}
    back = {new: old for old, new in real.items()}
    return sympy.expand(value.xreplace(real)).as_real_imag()[part].xreplace(back)


def constraint_rows(
    constraints: list[Constraint], interval: tuple[float, float], count: int
) -> Array:
    """Return the functionals of one direction on Legendre polynomials.

    Parameters
    ----------
    constraints : list of Constraint
        Of one field and direction.
    interval : (float, float)
        Of that direction.
    count : int
        Number of polynomials.

    Returns
    -------
    rows : array, shape (n_constraints, count)
        b.
    """
    order = max((len(item.weights) for item in constraints), default=1) - 1
    ends = numpy.array(interval)
    jets = polynomial_jets(ends, interval, count, order, family="legendre")
    rows = numpy.zeros((len(constraints), count))
    for row, item in zip(rows, constraints, strict=True):
        for s, weight in enumerate(item.weights):
            if item.end == "seam":
                row += weight * (jets[1, s] - jets[0, s])
            else:
                row += weight * jets[0 if item.end == "low" else 1, s]
    return rows


def null_space(rows: Array) -> tuple[Array, Array]:
    """Return a basis of the null space and a right inverse.

    Parameters
    ----------
    rows : array, shape (m, N)
        b, on Legendre polynomials; of full rank.

    Returns
    -------
    null : array, shape (N, N - m)
        Z, b Z = 0; its columns are orthonormal functions on [-1, 1].
    inverse : array, shape (N, m)
        E, b E = I, in the lowest degrees.

    Raises
    ------
    ParameterError
        If the constraints depend on one another or are more than the degrees allow.
    """
    m, count = rows.shape
    norms = numpy.sqrt(numpy.arange(count) + 0.5)
    if m == 0:
        return numpy.diag(norms), numpy.zeros((count, 0))
    if m + 1 > count:
        raise ParameterError(
            f"degrees allow {count} functions in a direction that has {m} conditions; "
            "raise the degree there"
        )
    sizes = numpy.abs(rows * norms).max(axis=1, keepdims=True)
    scaled = rows * norms / numpy.where(sizes > 0.0, sizes, 1.0)
    q, r = numpy.linalg.qr(scaled.T, mode="complete")
    diagonal = numpy.abs(numpy.diag(r[:m]))
    if diagonal.min() <= 1e-12 * diagonal.max():
        raise ParameterError(
            f"conditions are {m} in one direction and depend on one another; keep only one "
            "of each"
        )
    inverse = numpy.zeros((count, m))
    few = min(m + SPARE, count)
    inverse[:few] = numpy.linalg.pinv(scaled[:, :few]) / sizes.T
    return norms[:, None] * q[:, m:], norms[:, None] * inverse
