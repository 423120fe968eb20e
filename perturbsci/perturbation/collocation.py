"""Boundary value problems of a hierarchy by Chebyshev collocation.

The unknowns are values at n + 1 Chebyshev points; an equation of degree m is enforced at
n + 1 - m Chebyshev points of its own, which leaves room for the conditions. Order 0 takes
Newton's method, all others one solution with its last Jacobian.

References: Driscoll and Hale (2016); Berrut and Trefethen (2004).
"""

import numpy
import sympy

from perturbsci.backend import linalg
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.perturbation.evolution import compiled, is_complex
from perturbsci.perturbation.hierarchy import Atom, Hierarchy

__all__ = ["collocated"]

NODES = (24, 48, 96, 192)
AGREED = 1e-11
STEPS = 50
SETTLED = 1e-9


def collocated(made: Hierarchy, points: numpy.ndarray) -> tuple[numpy.ndarray, float]:
    """Return the values of all orders at points, and an estimate of their error.

    Parameters
    ----------
    made : Hierarchy
        Of a boundary value problem.
    points : real array, shape (n,)
        Within the interval of the conditions.

    Returns
    -------
    values : array, shape (N + 1, n, n_unknowns)
        u_k.
    estimate : float
        Difference of the last two numbers of nodes, relative to the largest value of each
        order.

    Raises
    ------
    ConvergenceError
        If Newton's method does not settle.
    ParameterError
        If a point lies outside the interval, or order 1 has no unique solution.
    """
    first, last = float(made.positions[0]), float(made.positions[-1])
    if ((points < first) | (points > last)).any():
        raise ParameterError(
            f"points range from {points.min():g} to {points.max():g}, the conditions from "
            f"{first:g} to {last:g}; pass points between them"
        )
    before, estimate = None, numpy.inf
    for n_nodes in NODES:
        grid = Grid(made, n_nodes)
        samples = grid.solved()
        row = _interpolation(grid.t, numpy.concatenate([points, _samples(first, last)]))
        values = numpy.einsum("pn,kin->kpi", row, samples)
        if before is not None:
            size = abs(values).max(axis=(1, 2))
            miss = abs(values - before).max(axis=(1, 2)) / numpy.where(size > 0, size, 1)
            estimate = float(miss.max())
            if estimate <= AGREED:
                break
        before = values
    return values[:, : len(points)], estimate


def _samples(first: float, last: float) -> numpy.ndarray:
    return numpy.linspace(first, last, 50)


def _interpolation(nodes: numpy.ndarray, points: numpy.ndarray) -> numpy.ndarray:
    """Return the matrix from values at Chebyshev points of the second kind to others."""
    weights = (-1.0) ** numpy.arange(len(nodes))
    weights[[0, -1]] /= 2
    gaps = points[:, None] - nodes
    hits = gaps == 0
    gaps[hits] = 1
    matrix = weights / gaps
    matrix /= matrix.sum(axis=1, keepdims=True)
    exact = hits.any(axis=1)
    matrix[exact] = hits[exact]
    return matrix


class Grid:
    """Chebyshev points with the operators of one hierarchy on them.

    Parameters
    ----------
    made : Hierarchy
        Of a boundary value problem.
    n_nodes : int
        n; there are n + 1 points.
    """

    def __init__(self, made: Hierarchy, n_nodes: int) -> None:
        self.made = made
        self.dtype = numpy.complex128 if is_complex(made) else numpy.float64
        first, last = float(made.positions[0]), float(made.positions[-1])
        angle = numpy.pi * numpy.arange(n_nodes + 1) / n_nodes
        self.t = first + (last - first) * numpy.sin(angle / 2) ** 2
        weights = (-1.0) ** numpy.arange(n_nodes + 1)
        weights[[0, -1]] /= 2
        # t_j - t_i without cancellation
        sums, gaps = angle[:, None] + angle, angle[:, None] - angle
        distance = (last - first) * numpy.sin(sums / 2) * numpy.sin(gaps / 2)
        numpy.fill_diagonal(distance, 1)
        slope = weights / weights[:, None] / distance
        numpy.fill_diagonal(slope, 0)
        numpy.fill_diagonal(slope, -slope.sum(axis=1))
        self.slopes = [numpy.eye(n_nodes + 1), slope]
        while len(self.slopes) <= max(made.degrees):
            self.slopes.append(slope @ self.slopes[-1])
        self.samples = []
        for degree in made.degrees:
            count = n_nodes + 1 - degree
            inner = numpy.sin(numpy.pi * (2 * numpy.arange(count) + 1) / (4 * count)) ** 2
            self.samples.append(_interpolation(self.t, first + (last - first) * inner))
        self.rows = [
            (i, _interpolation(self.t, numpy.array([float(at)])) @ self.slopes[m])
            for i, m, at, _ in made.conditions
        ]

    def solved(self) -> numpy.ndarray:
        """Return all orders at the nodes.

        Returns
        -------
        values : array, shape (N + 1, n_unknowns, n + 1)
            u_k.

        Raises
        ------
        ConvergenceError
            If Newton's method does not settle.
        """
        made = self.made
        n_unknowns = len(made.degrees)
        shape = (len(made.equations), n_unknowns, len(self.t))
        values = numpy.zeros(shape, self.dtype)
        jacobian = [
            compiled([row.diff(node) for row in made.equations[0]], made)
            for node in self._nodes()
        ]
        for _ in range(STEPS):
            step = self._step(self._matrix(jacobian, values), 0, values)
            values[0] += step
            if abs(step).max() <= SETTLED * abs(values[0]).max():
                break
        else:
            raise ConvergenceError(
                f"order 0 of the boundary value problem does not settle in {STEPS} steps "
                "of Newton's method; check that it has a solution, or transform it"
            )
        matrix = self._matrix(jacobian, values)
        for k in range(1, len(made.equations)):
            values[k] = self._step(matrix, k, values)
        return values

    def _nodes(self) -> list[sympy.Expr]:
        """Return u_0 and its derivatives, all degrees of one unknown before the next."""
        t, made = self.made.variables[0], self.made
        pairs = zip(made.functions[0], made.degrees, strict=True)
        return [u.diff(t, m) for u, degree in pairs for m in range(degree + 1)]

    def _columns(self) -> list[tuple[int, int]]:
        degrees = self.made.degrees
        return [(j, m) for j, degree in enumerate(degrees) for m in range(degree + 1)]

    def _matrix(self, jacobian: list, values: numpy.ndarray) -> numpy.ndarray:
        """Return the linearized operator, sampled, above the conditions."""
        n_unknowns, length = values.shape[1:]
        full = numpy.zeros((n_unknowns, length, n_unknowns, length), self.dtype)
        for (j, m), (function, atoms) in zip(self._columns(), jacobian, strict=True):
            found = function(self.t, *(self._value(atom, values) for atom in atoms))
            for i, entry in enumerate(found):
                full[i, :, j] += (
                    numpy.broadcast_to(entry, (length,))[:, None] * (self.slopes[m])
                )
        parts = [
            numpy.tensordot(sample, full[i], axes=1).reshape(len(sample), -1)
            for i, sample in enumerate(self.samples)
        ]
        for i, row in self.rows:
            line = numpy.zeros((n_unknowns, length), self.dtype)
            line[i] = row[0]
            parts.append(line.reshape(1, -1))
        return numpy.concatenate(parts)

    def _step(self, matrix: numpy.ndarray, k: int, values: numpy.ndarray) -> numpy.ndarray:
        """Return minus the residual of order k over the linearized operator."""
        function, atoms = compiled(self.made.equations[k], self.made)
        found = function(self.t, *(self._value(atom, values) for atom in atoms))
        right = [
            sample @ numpy.broadcast_to(entry, self.t.shape)
            for sample, entry in zip(self.samples, found, strict=True)
        ]
        for (i, row), condition in zip(self.rows, self.made.conditions, strict=True):
            value = complex(condition[3][k])
            value = value if self.dtype == numpy.complex128 else value.real
            right.append(row @ values[k, i] - value)
        try:
            solution = linalg.solve(matrix, -numpy.concatenate(right))
        except ParameterError as error:
            raise ParameterError(
                f"the boundary value problem of order {k} has no unique solution "
                f"({error}); change the conditions, or the interval"
            ) from None
        return solution.reshape(values.shape[1:])

    def _value(self, atom: Atom, values: numpy.ndarray) -> numpy.ndarray:
        k, i, m, _ = atom
        return self.slopes[m] @ values[k, i]
