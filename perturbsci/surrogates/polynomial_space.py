"""Steady statements in one direction as equations for Legendre coefficients.

u = l(p) + sum_j c_j phi_j: the phi_j span the polynomials of a degree that meet the
homogeneous conditions on the walls and are orthonormal in L2, l is the smallest polynomial
that meets the conditions. F_i(c, p) = (R(u, p), phi_i)_2, so that F_u is symmetric where
the equation is self-adjoint and its eigenvalues are those of the equation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems import FieldProblem
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.conditions import Periodic
from perturbsci.problems.derivatives import JetForm, jet_form
from perturbsci.problems.domains import Box
from perturbsci.problems.placement import sides_of
from perturbsci.problems.substitution import numbers_of
from perturbsci.surrogates.guesses import guessed_values
from perturbsci.surrogates.pieces import legendre_table
from perturbsci.surrogates.quadrature import gauss
from perturbsci.surrogates.wall_conditions import wall_terms
from perturbsci.types import Array

__all__ = ["PolynomialSpace", "checked_space"]


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """One linear condition: sum of factor * D^order u at an end, and its value.

    Parameters
    ----------
    field : int
        Which.
    terms : tuple of (int, int, float)
        End (0 low, 1 high), order and factor.
    value : sympy.Expr
        In the parameter.
    """

    field: int
    terms: tuple[tuple[int, int, float], ...]
    value: sympy.Expr


class PolynomialSpace:
    """A statement restricted to polynomials of one degree.

    Parameters
    ----------
    problem : FieldProblem
        Steady, on an interval, with as many equations as fields.
    parameter : sympy.Symbol
        The one that varies.
    degree : int
        Of the polynomials.
    """

    def __init__(self, problem: FieldProblem, parameter: sympy.Symbol, degree: int) -> None:
        self.problem, self.parameter, self.degree = problem, parameter, degree
        self.ends = problem.domain.box.bounds[0]
        form = _free_form(problem, parameter)
        self.form = form
        self.n_fields = len(form.fields)
        self.signs = _signs(form, problem, parameter)
        self.evaluate = compile_expressions(
            [*_outputs(form, parameter)], (*form.coordinates, *form.symbols, parameter)
        )
        length = self.ends[1] - self.ends[0]
        self.roots = numpy.sqrt(length / (2.0 * numpy.arange(degree + 1) + 1.0))
        self.walls = _walls(problem, parameter)
        self._make_space()
        nodes, weights = gauss(2 * degree + 8)
        self.points = self.ends[0] + length * (1.0 + nodes) / 2.0
        self.weights = weights * length / 2.0
        orders = {index[0] for _, index in form.slots} | {0}
        self.tables = {
            order: legendre_table(nodes, degree, order) * (2.0 / length) ** order
            for order in orders
        }

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return self.space.shape[1]

    def _make_space(self) -> None:
        """Find the coefficients that meet homogeneous walls, and those of the lift."""
        n, total = self.degree + 1, (self.degree + 1) * self.n_fields
        rows = numpy.zeros((len(self.walls), total))
        ends = numpy.array([-1.0, 1.0])
        length = self.ends[1] - self.ends[0]
        for k, wall in enumerate(self.walls):
            for end, order, factor in wall.terms:
                table = legendre_table(ends, self.degree, order)[end]
                place = slice(wall.field * n, (wall.field + 1) * n)
                rows[k, place] += factor * (2.0 / length) ** order * table
        scaled = rows / numpy.tile(self.roots, self.n_fields)
        size = numpy.linalg.norm(scaled, axis=1, keepdims=True)
        full, _ = numpy.linalg.qr((scaled / size).T, mode="complete")
        space = full[:, len(self.walls) :] / numpy.tile(self.roots, self.n_fields)[:, None]
        self.space = space.reshape(self.n_fields, n, -1).reshape(total, -1)
        inverse = numpy.linalg.pinv(scaled / size)
        self.lifting = inverse / numpy.tile(self.roots, self.n_fields)[:, None] / size.T

    def lift(self, value: float, *, slope: bool = False) -> Array:
        """Return the coefficients that meet the walls, or their slope in the parameter.

        Parameters
        ----------
        value : float
            Of the parameter.
        slope : bool, optional
            The derivative with respect to the parameter instead.

        Returns
        -------
        coefficients : array, shape (n_fields * (degree + 1),)
            Of Legendre polynomials.
        """
        if not self.walls:
            return numpy.zeros((self.degree + 1) * self.n_fields)
        formulas = [item.value for item in self.walls]
        if slope:
            formulas = [item.diff(self.parameter) for item in formulas]
        data = compile_expressions(formulas, [self.parameter])(numpy.array([[value]]))[0]
        return self.lifting @ data

    def coefficients(self, unknowns: Array, value: float) -> Array:
        """Return Legendre coefficients, shape (n_fields, degree + 1).

        Parameters
        ----------
        unknowns : array, shape (n,)
            c.
        value : float
            Of the parameter.

        Returns
        -------
        coefficients : array, shape (n_fields, degree + 1)
            Of Legendre polynomials.
        """
        flat = self.space @ unknowns + self.lift(value)
        return flat.reshape(self.n_fields, -1)

    def unknowns(self, coefficients: Array, value: float) -> Array:
        """Return the unknowns nearest to Legendre coefficients of any degree.

        Parameters
        ----------
        coefficients : array, shape (n_fields, m)
            Of Legendre polynomials.
        value : float
            Of the parameter.

        Returns
        -------
        unknowns : array, shape (n,)
            Nearest in L2.
        """
        n = self.degree + 1
        padded = numpy.zeros((self.n_fields, n))
        shared = min(n, coefficients.shape[1])
        padded[:, :shared] = coefficients[:, :shared]
        weights = numpy.tile(self.roots**2, self.n_fields)
        return self.space.T @ (weights * (padded.ravel() - self.lift(value)))

    def equations(self, unknowns: Array, value: float) -> tuple[Array, Array, Array]:
        """Return F, dF/dc and dF/dp.

        Parameters
        ----------
        unknowns : array, shape (n,)
            c.
        value : float
            p.

        Returns
        -------
        residual : array, shape (n,)
            F.
        jacobian : array, shape (n, n)
            dF/dc.
        sensitivity : array, shape (n,)
            dF/dp.
        """
        n, e, form = self.degree + 1, self.n_fields, self.form
        c = self.coefficients(unknowns, value)
        moved = self.lift(value, slope=True).reshape(e, n)
        jets = [self.tables[index[0]] @ c[k] for k, index in form.slots]
        here = numpy.stack([self.points, *jets, numpy.full_like(self.points, value)], 1)
        found = self.evaluate(here)
        s = len(form.slots)
        r = found[:, :e] * self.signs
        slopes = found[:, e : e + e * s].reshape(-1, e, s) * self.signs[:, None]
        direct = found[:, e + e * s :] * self.signs
        basis = self.space.reshape(e, n, -1)
        tests = [self.tables[0] @ basis[k] for k in range(e)]
        residual = numpy.zeros(self.size)
        jacobian = numpy.zeros((self.size, self.size))
        sensitivity = numpy.zeros(self.size)
        for k in range(e):
            rows = (tests[k] * self.weights[:, None]).T
            image, along = 0.0, direct[:, k]
            for j, (place, index) in enumerate(form.slots):
                table = self.tables[index[0]]
                image = image + slopes[:, k, j : j + 1] * (table @ basis[place])
                along = along + slopes[:, k, j] * (table @ moved[place])
            residual += rows @ r[:, k]
            jacobian += rows @ image
            sensitivity += rows @ along
        return residual, jacobian, sensitivity

    def tail(self, unknowns: Array, value: float) -> float:
        """Return how much of a solution its highest coefficients hold, relative.

        Parameters
        ----------
        unknowns : array, shape (n,)
            c.
        value : float
            Of the parameter.

        Returns
        -------
        share : float
            Of the L2 norm; 0 for what is zero.
        """
        c = numpy.abs(self.coefficients(unknowns, value)) * self.roots
        size = float(numpy.linalg.norm(c))
        return float(numpy.linalg.norm(c[:, -4:])) / size if size > 1e-12 else 0.0

    def sample(self, guess: Callable[[Array], Array], value: float) -> Array:
        """Return the unknowns of a surrogate or a callable of points, shape (n, 1).

        Parameters
        ----------
        guess : Surrogate or callable
            Maps points, array, shape (n, 1), to values.
        value : float
            Of the parameter.

        Returns
        -------
        unknowns : array, shape (n,)
            Nearest in L2.

        Raises
        ------
        ParameterError
            If a value is missing or not finite.
        """
        values = guessed_values(guess, self.points[:, None], self.n_fields)
        table = self.tables[0] * self.weights[:, None] / self.roots**2
        return self.unknowns((table.T @ values).T, value)


def checked_space(problem: FieldProblem, parameter: object, degree: int) -> PolynomialSpace:
    """Return a statement restricted to polynomials, after checking that it can be.

    Parameters
    ----------
    problem : FieldProblem
        Any.
    parameter : sympy.Symbol or str
        One of its parameters.
    degree : int
        Of the polynomials.

    Returns
    -------
    space : PolynomialSpace
        With equations, Jacobian and lift.

    Raises
    ------
    ParameterError
        If the statement is not steady on an interval, its numbers of equations and fields
        differ, or it has no such parameter.
    """
    if not isinstance(problem, FieldProblem):
        raise ParameterError(
            f"problem is {problem!r:.80}; it must be a FieldProblem with a parameter"
        )
    names = {item.name: item for item in problem.parameters}
    key = parameter.name if isinstance(parameter, sympy.Symbol) else parameter
    if key not in names:
        raise ParameterError(
            f"parameter is {parameter!r:.80}; it must be one of {sorted(names)}, declared "
            "with parameters={symbol: value}"
        )
    steady = isinstance(problem.domain, Box) and problem.domain.time is None
    if not steady or len(problem.coordinates) != 1:
        raise ParameterError(
            f"problem has the coordinates {problem.coordinates}; a branch is followed for "
            "steady statements on one interval"
        )
    if len(problem.equations) != len(problem.fields):
        raise ParameterError(
            f"problem has {len(problem.equations)} equations for {len(problem.fields)} "
            "fields; a branch needs as many equations as fields"
        )
    return PolynomialSpace(problem, names[key], degree)


def _free_form(problem: FieldProblem, parameter: sympy.Symbol) -> JetForm:
    """Return equations with numbers for all parameters but one."""
    table = numbers_of(problem.parameters)
    del table[parameter]
    equations = [item.doit().xreplace(table) for item in problem.equations]
    return jet_form(equations, problem.fields, problem.coordinates)


def _outputs(form: JetForm, parameter: sympy.Symbol) -> Sequence[sympy.Expr]:
    slopes = [item for row in form.slopes() for item in row]
    return [*form.residuals, *slopes, *(item.diff(parameter) for item in form.residuals)]


def _signs(form: JetForm, problem: FieldProblem, parameter: sympy.Symbol) -> Array:
    """Return the sign of each equation with which short waves decay."""
    value = problem.parameters[parameter]
    place = dict.fromkeys(form.symbols, sympy.Rational(1, 7))
    low, high = problem.domain.box.bounds[0]
    place[form.coordinates[0]] = sympy.Float((low + high) / 2.0)
    place[parameter] = sympy.Float(sum(value) / 2.0 if isinstance(value, tuple) else value)
    signs = []
    for k, residual in enumerate(form.residuals):
        own = [item for item in form.slots if item[0] == k and item[1][0] % 2 == 0]
        top = max(own, key=lambda item: item[1][0])
        slope = residual.diff(form.symbols[form.slots.index(top)])
        size = sympy.N(slope.xreplace(place))
        wanted = -1.0 if top[1][0] % 4 == 0 and top[1][0] else 1.0
        known = size.is_real and size != 0 and top[1][0] > 0
        signs.append(wanted * float(sympy.sign(size)) if known else 1.0)
    return numpy.array(signs)


def _walls(problem: FieldProblem, parameter: sympy.Symbol) -> tuple[Wall, ...]:
    """Return the conditions on both ends as linear equations."""
    table = numbers_of(problem.parameters)
    del table[parameter]
    space, ends = problem.domain.space, problem.domain.box.bounds[0]
    order = max(index[0] for _, index in problem.form.slots)
    found = []
    for item in problem.conditions:
        place = problem.fields.index(item.field)
        if isinstance(item, Periodic):
            for k in range(order):
                found.append(Wall(place, ((1, k, 1.0), (0, k, -1.0)), sympy.S.Zero))
            continue
        terms = wall_terms(item)
        if terms is None:
            raise ParameterError(
                f"conditions holds {type(item).__name__}; a branch is followed with "
                "Dirichlet, Neumann, Robin and Periodic conditions"
            )
        for _, side in sides_of(item, problem.domain):
            end = int(side == "high")
            outward = 1.0 if end else -1.0
            factors = [part.xreplace(table) for part in terms[:2]]
            if not all(part.is_number for part in factors):
                raise ParameterError(
                    f"alpha and beta of a Robin condition are {factors}; in a branch they "
                    "must not depend on its parameter"
                )
            alpha, beta = map(float, factors)
            parts = ((end, 0, alpha), (end, 1, outward * beta))
            value = terms[2].xreplace(table).xreplace({space[0]: sympy.Float(ends[end])})
            found.append(Wall(place, tuple(part for part in parts if part[2]), value))
    return tuple(found)
