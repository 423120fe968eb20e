"""A surrogate corrected on the walls: the function to which the theorems apply.

u_h - l meets the conditions exactly; l is made of what u_h misses on the walls. In one
direction it is a polynomial of degree 2 with coefficients in time; on a box with Dirichlet
walls it is the transfinite interpolation

    l = sum_(S not empty) (-1)^(abs(S) + 1) prod_(i in S) P_i (u_h - value),

P_i the linear interpolation between the two walls of direction i. The error of u_h is at
most that of u_h - l plus the norm of l.

References: Gordon and Hall (1973).
"""

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.backend.transfers import to_host
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.derivatives import derivative_of
from perturbsci.problems.fields import FieldProblem
from perturbsci.problems.linearization import linearize
from perturbsci.problems.placement import sides_of
from perturbsci.problems.substitution import numeric_conditions
from perturbsci.surrogates.bases import Chebyshev, Legendre
from perturbsci.surrogates.quadrature import grid_points
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.surrogates.tensors import expand_tensor
from perturbsci.surrogates.theorems import Theorem
from perturbsci.surrogates.wall_conditions import wall_terms
from perturbsci.types import Array

__all__ = ["Corrected", "corrected"]

Index = tuple[int, ...]
Wall = tuple[int, int]  # direction, 0 for low and 1 for high


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """A surrogate minus what it misses on the walls.

    Parameters
    ----------
    surrogate : Surrogate
        u_h.
    theorem : Theorem
        Of its statement.
    walls : dict of (int, int) to (float, float, sympy.Expr)
        alpha, beta and value of each wall: alpha u + beta du/dn = value. Empty for
        periodic directions.
    """

    surrogate: Surrogate
    theorem: Theorem
    walls: Mapping[Wall, tuple[float, float, sympy.Expr]]

    @property
    def is_transfinite(self) -> bool:
        """Whether all walls are Dirichlet walls, between which l interpolates."""
        return bool(self.walls) and not any(beta for _, beta, _ in self.walls.values())

    def lift(self, points: Array, index: Index) -> Array:
        """Return one derivative of l.

        Parameters
        ----------
        points : array, shape (n, n_coordinates)
            Inside the domain.
        index : tuple of int
            Orders of differentiation.

        Returns
        -------
        values : array, shape (n,)
            In the unit of u over those of the coordinates.
        """
        if self.is_transfinite:
            return self._transfinite(points, index)
        return self._line(points, index)

    def derivative(self, points: Array, index: Index) -> Array:
        """Return one derivative of u_h - l.

        Parameters
        ----------
        points : array, shape (n, n_coordinates)
            Inside the domain.
        index : tuple of int
            Orders of differentiation.

        Returns
        -------
        values : array, shape (n,)
            In the unit of u over those of the coordinates.
        """
        return self._raw(points, index) - self.lift(points, index)

    def on_grid(self, axes: Sequence[Array], index: Index, *, raw: bool = True) -> Array:
        """Return one derivative of u_h - l on a grid, or of -l alone.

        Parameters
        ----------
        axes : sequence of array, shape (n_k,)
            Places in each coordinate, inside the domain.
        index : tuple of int
            Orders of differentiation.
        raw : bool, optional
            Whether u_h is added to -l.

        Returns
        -------
        values : array, shape (n_1 ... n_k,)
            In C order.

        Notes
        -----
        What is missed on the walls is evaluated there only, and spread.
        """
        if not self.is_transfinite:
            points = grid_points(axes)
            return self.derivative(points, index) if raw else -self.lift(points, index)
        shape = tuple(map(len, axes))
        total = numpy.zeros(shape)
        for sign, chosen, ends in self._sides(index):
            faces, term = list(axes), numpy.array(sign)
            for i, end in zip(chosen, ends, strict=True):
                faces[i] = numpy.array([self.theorem.bounds[i][end]])
                one = numpy.zeros((len(axes[i]), len(axes)))
                one[:, i] = axes[i]
                spread = [1] * len(axes)
                spread[i] = -1
                term = term * self._weight(one, index, (i,), (end,)).reshape(spread)
            found = self._face_defect(faces, index, chosen, ends)
            total -= term * found.reshape([len(item) for item in faces])
        return total.ravel() + (self.surrogate_on_grid(axes, index) if raw else 0.0)

    def surrogate_on_grid(self, axes: Sequence[Array], index: Index) -> Array:
        """Return one derivative of u_h on a grid.

        Parameters
        ----------
        axes : sequence of array, shape (n_k,)
            Places in each coordinate, inside the domain.
        index : tuple of int
            Orders of differentiation.

        Returns
        -------
        values : array, shape (n_1 ... n_k,)
            In C order.
        """
        surrogate = self.surrogate
        if not isinstance(surrogate.basis, (Legendre, Chebyshev)):
            return self._raw(grid_points(axes), index)
        parts = (surrogate.basis, to_host(surrogate.coefficients), surrogate.edges)
        return expand_tensor(*parts, grid_points(axes), index)  # not block by block

    def residual_on_grid(self, axes: Sequence[Array]) -> Array:
        """Return by how much u_h - l misses the standard form, on a grid.

        Parameters
        ----------
        axes : sequence of array, shape (n_k,)
            Places in each coordinate, inside the domain.

        Returns
        -------
        values : array, shape (n_1 ... n_k,)
            In C order, as ``residual`` gives them.
        """
        _, slots, _ = _residual_of(self.surrogate.problem)
        return self._residual(
            grid_points(axes), [self.on_grid(axes, index) for index in slots]
        )

    def residual(self, points: Array) -> Array:
        """Return by how much u_h - l misses the standard form.

        Parameters
        ----------
        points : array, shape (n, n_coordinates)
            Inside the domain.

        Returns
        -------
        values : array, shape (n,)
            The residual of the statement over ``theorem.scale``.
        """
        _, slots, _ = _residual_of(self.surrogate.problem)
        return self._residual(points, [self.derivative(points, index) for index in slots])

    def _residual(self, points: Array, jets: Sequence[Array]) -> Array:
        evaluate, _, defaults = _residual_of(self.surrogate.problem)
        given = numpy.broadcast_to(defaults, (len(points), len(defaults)))
        columns = numpy.concatenate([points, numpy.stack(jets, axis=1), given], axis=1)
        return evaluate(columns)[:, 0] / self.theorem.scale

    def _raw(self, points: Array, index: Index) -> Array:
        found = to_host(self.surrogate.derivative(points, index))
        return numpy.asarray(found, dtype=numpy.float64)

    def _transfinite(self, points: Array, index: Index) -> Array:
        total = numpy.zeros(len(points))
        for sign, chosen, ends in self._sides(index):
            weight = sign * self._weight(points, index, chosen, ends)
            total += weight * self._defect(points, index, chosen, ends)
        return total

    def _sides(self, index: Index) -> Iterator[tuple[float, Index, Index]]:
        """Return signs, directions and ends of the terms that do not vanish."""
        d = self.theorem.dimension
        for size in range(1, d + 1):
            for chosen in itertools.combinations(range(d), size):
                if any(index[i] > 1 for i in chosen):
                    continue
                for ends in itertools.product((0, 1), repeat=size):
                    yield (-1.0) ** (size + 1), chosen, ends

    def _weight(
        self, points: Array, index: Index, chosen: Sequence[int], ends: Sequence[int]
    ) -> Array:
        """Return the product of the linear functions that are 1 on these walls."""
        weight = numpy.ones(len(points))
        for i, end in zip(chosen, ends, strict=True):
            low, high = self.theorem.bounds[i]
            share = (points[:, i] - low) / (high - low)
            if index[i]:
                weight = weight * ((1.0 if end else -1.0) / (high - low))
            else:
                weight = weight * (share if end else 1.0 - share)
        return weight

    def _defect(
        self, points: Array, index: Index, chosen: Sequence[int], ends: Sequence[int]
    ) -> Array:
        """Return derivatives of u_h - value with some coordinates put on their walls."""
        places = numpy.array(points)
        orders = list(index)
        for i, end in zip(chosen, ends, strict=True):
            places[:, i] = self.theorem.bounds[i][end]
            orders[i] = 0
        alpha, _, value = self.walls[chosen[0], ends[0]]
        data = _values(value, self.theorem.form.coordinates, tuple(orders), places)
        return self._raw(places, tuple(orders)) - data / alpha

    def _face_defect(
        self,
        axes: Sequence[Array],
        index: Index,
        chosen: Sequence[int],
        ends: Sequence[int],
    ) -> Array:
        """Return the same on a grid that lies on the walls."""
        orders = tuple(0 if i in chosen else order for i, order in enumerate(index))
        alpha, _, value = self.walls[chosen[0], ends[0]]
        data = _values(value, self.theorem.form.coordinates, orders, grid_points(axes))
        return self.surrogate_on_grid(axes, orders) - data / alpha

    def _line(self, points: Array, index: Index) -> Array:
        """Return derivatives of a quadratic in x whose coefficients depend on time."""
        low, high = self.theorem.bounds[0]
        length = high - low
        later = tuple(index[1:])
        rows, defects = [], []
        ends = [numpy.array(points), numpy.array(points)]
        for k, place in enumerate(ends):
            place[:, 0] = (low, high)[k]
        if not self.walls:
            # the jumps across the seam: of u by s, of u_x by s^2
            for order in (0, 1):
                first, last = (self._raw(place, (order, *later)) for place in ends)
                defects.append(last - first)
            rows = [[0.0, 1.0, 1.0], [0.0, 0.0, 2.0 / length]]
        else:
            for k, place in enumerate(ends):
                alpha, beta, value = self.walls[0, k]
                sign = beta * (1.0 if k else -1.0)
                data = _values(value, self.theorem.form.coordinates, (0, *later), place)
                found = alpha * self._raw(place, (0, *later))
                if beta:
                    found = found + sign * self._raw(place, (1, *later))
                defects.append(found - data)
                slope = sign / length
                rows.append([alpha, alpha * k + slope, alpha * k + 2.0 * k * slope])
        coefficients = numpy.linalg.pinv(numpy.array(rows)) @ numpy.stack(defects)
        share = (points[:, 0] - low) / length
        order = index[0]
        powers = {
            0: (numpy.ones_like(share), share, share**2),
            1: (0.0 * share, 1.0 / length + 0.0 * share, 2.0 * share / length),
            2: (0.0 * share, 0.0 * share, 2.0 / length**2 + 0.0 * share),
        }.get(order)
        if powers is None:
            return numpy.zeros(len(points))
        return sum(c * power for c, power in zip(coefficients, powers, strict=True))


def corrected(surrogate: Surrogate, theorem: Theorem) -> Corrected | None:
    """Return a surrogate that meets its walls, or None where that is not known.

    Parameters
    ----------
    surrogate : Surrogate
        Of one field on a box.
    theorem : Theorem
        Of its statement.

    Returns
    -------
    corrected : Corrected or None
        None in more than one direction unless all walls are Dirichlet walls.
    """
    kinds = {kind for pair in theorem.walls for kind in pair}
    if kinds != {"dirichlet"} and theorem.dimension > 1:
        return None
    problem = surrogate.problem
    space = problem.domain.space
    walls: dict[Wall, tuple[float, float, sympy.Expr]] = {}
    for item in numeric_conditions(problem.conditions, problem.parameters):
        terms = wall_terms(item)
        if terms is None:
            continue
        for symbol, end in sides_of(item, problem.domain):
            wall = (space.index(symbol), int(end == "high"))
            walls[wall] = (float(terms[0]), float(terms[1]), terms[2])
    return Corrected(surrogate, theorem, walls)


def _values(
    value: sympy.Expr, coordinates: Sequence[sympy.Symbol], index: Index, places: Array
) -> Array:
    """Return a derivative of data at points."""
    evaluate = _compiled(value, tuple(coordinates), index)
    return numpy.zeros(len(places)) if evaluate is None else evaluate(places)[:, 0]


@functools.lru_cache(maxsize=256)
def _compiled(
    value: sympy.Expr, coordinates: tuple[sympy.Symbol, ...], index: Index
) -> Callable[[Array], Array] | None:
    """Return a derivative of data as a function, None for zero."""
    formula = derivative_of(value, coordinates, index)
    return None if formula == 0 else compile_expressions([formula], coordinates)


@functools.lru_cache(maxsize=4)
def _residual_of(
    problem: FieldProblem,
) -> tuple[Callable[[Array], Array], tuple[Index, ...], Array]:
    """Return the residual as a tape, its multi-indices and the parameters.

    The same formulas as those of the kernel: statements that are looked at once are not
    worth a compilation.
    """
    lin = linearize(problem)
    symbols = (*lin.coordinates, *lin.symbols, *lin.parameters)
    evaluate = compile_expressions(lin.residuals, symbols)
    return evaluate, tuple(index for _, index in lin.slots), numpy.asarray(lin.defaults)
