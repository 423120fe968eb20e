"""Branches of solutions over a parameter: where they turn, where others cross, what is
stable.

The parameter is one more unknown, and the length of the curve is what is prescribed, so
that a branch is followed around its folds (Keller 1977).
"""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy
import sympy

from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.problems import FieldProblem
from perturbsci.results import Result, Status
from perturbsci.surrogates.arclength import (
    Place,
    corrected_place,
    first_place,
    located,
)
from perturbsci.surrogates.bases import Elements
from perturbsci.surrogates.bounds import certificate
from perturbsci.surrogates.polynomial_space import PolynomialSpace, checked_space
from perturbsci.surrogates.solution import SolveStatistics
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["Branch", "continue_branch"]

DEGREE = 24
HIGHEST = 120
RAISE = 12
FIRST_STEP = 0.02  # of the arclength in units of the range of the parameter
LONGEST, SHORTEST = 0.25, 1e-9
TARGET = 4  # Newton steps
GROWTH, CUT = 1.5, 0.5


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
        >>> (x,), p = pp.coordinates("x"), sympy.Symbol("p")
        >>> u = pp.field("u", x)
        >>> problem = pp.FieldProblem([u.diff(x, 2) + u**2 + p], pp.Box({x: (0, 1)}),
        ...                           [pp.Dirichlet(u, 0)], parameters={p: 0})
        >>> branch = continue_branch(problem, p, 0.0, 40.0)
        >>> len(branch.through(10.0)), len(branch.through(50.0))
        (2, 0)
        """
        real = isinstance(value, Real) and not isinstance(value, bool)
        if not real or not math.isfinite(float(value)):
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
            _surrogate(space, unknowns, value, self.tolerance, certified=True)
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
        place = first_place(_equations(space), numpy.append(guess, value))
        if place is None:
            return None
        unknowns = place.state[:-1]
        c = space.coefficients(unknowns, value) * space.roots
        return float(numpy.linalg.norm(c)), unknowns, space


def continue_branch(
    problem: FieldProblem,
    parameter: sympy.Symbol,
    start: float,
    stop: float,
    *,
    tolerance: float = 1e-8,
    guess: object = None,
    max_points: int = 400,
    strict: bool = True,
) -> Branch:
    """Return the branch of solutions through one of them, over a parameter.

    Parameters
    ----------
    problem : FieldProblem
        Steady, on an interval, with ``parameter`` among its parameters.
    parameter : sympy.Symbol
        The one that varies.
    start, stop : float
        The branch begins at ``start`` towards ``stop``, and ends where the parameter
        leaves the interval between them, also backwards after a fold.
    tolerance : float, optional
        On the share of the highest Legendre coefficients; the degree is raised to it.
    guess : Surrogate or callable, optional
        From which Newton's method begins at ``start``; maps points, shape (n, 1), to
        values. Zero by default.
    max_points : int, optional
        Of the branch.
    strict : bool, optional
        Raise if the end is not reached; otherwise the status says so.

    Returns
    -------
    branch : Branch
        Its values, solutions, folds and bifurcations.

    Raises
    ------
    ParameterError
        If the statement is of another kind, it has no such parameter, or a number is out
        of range.
    ConvergenceError
        If Newton's method fails at the start, or the end is not reached; its ``partial``
        is the Branch so far, None at the start.

    Notes
    -----
    Dense linear algebra with some 25 to 120 unknowns a field: about 5 ms a point. Steps
    follow the number of Newton steps and are cut where more than one eigenvalue changes
    sign. Other branches are not followed: pass a guess on them.

    References
    ----------
    Keller (1977).

    Examples
    --------
    >>> from perturbsci import problems as pp
    >>> (x,), p = pp.coordinates("x"), sympy.Symbol("p")
    >>> u = pp.field("u", x)
    >>> problem = pp.FieldProblem([u.diff(x, 2) + p * u - u**3],
    ...                           pp.Box({x: (0, sympy.pi)}), [pp.Dirichlet(u, 0)],
    ...                           parameters={p: 0})
    >>> continue_branch(problem, p, 0.5, 5.0).bifurcations.round(8)
    array([1., 4.])
    """
    _check(start, stop, tolerance, max_points, strict)
    space = checked_space(problem, parameter, DEGREE)
    walk = _Walk(space, float(start), float(stop), float(tolerance))
    if not walk.begin(guess):
        raise ConvergenceError(
            f"Newton's method found no solution at {space.parameter} = {start}; pass a "
            "guess near one",
            None,
        )
    status = walk.go(int(max_points))
    branch = walk.branch(status)
    if strict and not status.ok:
        raise ConvergenceError(
            f"the branch stopped at {space.parameter} = {branch.parameter_values[-1]:.6g} "
            f"after {len(branch.parameter_values)} points: {status.value} The branch so far "
            "is `partial` of this error",
            branch,
        )
    return branch


class _Walk:
    """The state of a continuation: where it is, its step and what it has found."""

    def __init__(
        self, space: PolynomialSpace, start: float, stop: float, tolerance: float
    ) -> None:
        self.space, self.start, self.stop = space, start, stop
        self.tolerance = tolerance
        self.range = stop - start
        self.step = FIRST_STEP
        self.places: list[tuple[Place, PolynomialSpace]] = []
        self.folds: list[float] = []
        self.bifurcations: list[float] = []
        self.width = 0.0

    def begin(self, guess: Any) -> bool:
        """Find the first point; return whether there is one."""
        while True:
            c = numpy.zeros(self.space.size)
            if guess is not None:
                c = self.space.sample(guess, self.start)
            place = first_place(self.equations, numpy.append(c, 0.0))
            if place is None:
                return False
            if not self._is_rough(place) or not self._refine():
                break
        self.places.append((place, self.space))
        return True

    def equations(self, state: Array) -> tuple[Array, Array]:
        """Return F and its Jacobian with the parameter in units of its range."""
        value = self.start + self.range * float(state[-1])
        f, jacobian, slope = self.space.equations(state[:-1], value)
        return f, numpy.concatenate([jacobian, self.range * slope[:, None]], axis=1)

    def go(self, most: int) -> Status:
        """Step until the parameter leaves its interval; return how it ended."""
        while len(self.places) < most:
            place = self.places[-1][0]
            following = corrected_place(self.equations, place, self.step)
            jump = 0 if following is None else abs(following.count - place.count)
            if following is None or (jump > 1 and self.step > 1e-4):
                self.step *= CUT
                if self.step < SHORTEST:
                    return Status.STEP_UNDERFLOW
                continue
            sigma = float(following.state[-1])
            if sigma >= 1.0 or sigma < 0.0:
                return self._finish(place, following, 1.0 if sigma >= 1.0 else 0.0)
            if self._is_rough(following) and self._refine():
                continue
            self._note_events(place, self.step, following)
            self.places.append((following, self.space))
            slow = following.iterations > TARGET
            self.step = min(self.step * (CUT if slow else GROWTH), self._longest())
        return Status.MAX_STEPS

    def _longest(self) -> float:
        """Return the longest step: a share of the range, or of the solution."""
        return LONGEST * max(0.4, float(numpy.linalg.norm(self.places[-1][0].state)))

    def _finish(self, place: Place, following: Place, end: float) -> Status:
        """Add the point at the end of the interval."""
        span = float(following.state[-1] - place.state[-1])
        share = (end - float(place.state[-1])) / span if span else 1.0
        guess = place.state + share * (following.state - place.state)
        guess[-1] = end
        last = first_place(self.equations, guess)
        if last is None:
            return Status.STEP_UNDERFLOW
        if float(last.tangent @ place.tangent) < 0.0:
            last = dataclasses.replace(last, tangent=-last.tangent, sign=-last.sign)
        # the distance along the tangent at which this plane is met
        step = float(place.tangent @ (last.state - place.state))
        self._note_events(place, step, last)
        self.places.append((last, self.space))
        return Status.CONVERGED

    def _note_events(self, place: Place, step: float, following: Place) -> None:
        """Locate a fold and a crossing between two points."""
        events: list[tuple[list[float], Callable[[Place], float], bool]] = [
            (self.folds, lambda item: item.turn, place.turn * following.turn < 0.0),
            (self.bifurcations, lambda item: item.sign, place.sign != following.sign),
        ]
        for found, value, happened in events:
            event = located(self.equations, place, step, value) if happened else None
            if event is None:
                continue
            found.append(self.start + self.range * float(event[0].state[-1]))
            self.width = max(self.width, event[1])
            if found is self.folds:
                # a point of the branch, so that the parameter is monotone between points
                self.places.append((event[0], self.space))

    def _is_rough(self, place: Place) -> bool:
        value = self.start + self.range * float(place.state[-1])
        return self.space.tail(place.state[:-1], value) > self.tolerance

    def _refine(self) -> bool:
        """Raise the degree, and bring the last point to it; return whether it helped."""
        if self.space.degree >= HIGHEST:
            return False
        old = self.space
        self.space = PolynomialSpace(old.problem, old.parameter, old.degree + RAISE)
        if not self.places:
            return True
        place, own = self.places[-1]
        value = self.start + self.range * float(place.state[-1])
        c = own.coefficients(place.state[:-1], value)
        tangent = own.space @ place.tangent[:-1]
        tangent = tangent + own.lift(value, slope=True) * self.range * place.turn
        table = tangent.reshape(own.n_fields, -1)
        moved = self.space.unknowns(table, value) + self.space.space.T @ (
            numpy.tile(self.space.roots**2, own.n_fields) * self.space.lift(value)
        )
        state = numpy.append(self.space.unknowns(c, value), place.state[-1])
        carried = numpy.append(moved, place.turn)
        carried /= numpy.linalg.norm(carried)
        again = Place(state, carried, place.sign, place.count, place.iterations)
        corrected = corrected_place(self.equations, again, 0.0)
        if corrected is None:
            return False
        self.places[-1] = (corrected, self.space)
        return True

    def branch(self, status: Status) -> Branch:
        """Return what was found as a result."""
        values = numpy.array(
            [self.start + self.range * float(item.state[-1]) for item, _ in self.places]
        )
        solutions = tuple(
            _surrogate(space, place.state[:-1], float(value), self.tolerance)
            for (place, space), value in zip(self.places, values, strict=True)
        )
        rough = max(
            space.tail(place.state[:-1], float(value))
            for (place, space), value in zip(self.places, values, strict=True)
        )
        if status is Status.CONVERGED and rough > self.tolerance:
            status = Status.TOLERANCE_NOT_REACHED
        resolution = Certificate(
            "share of the four highest coefficients, the largest along the branch",
            *(rough, self.tolerance),
            *("estimate", "Legendre coefficients", ("coefficients decay geometrically",)),
        )
        events = Certificate(
            "arclength within which folds and bifurcations were located",
            *(self.width, 1e-10 * max(1.0, self._longest())),
            *("estimate", "bisection", ("one event of a kind between two points",)),
        )
        return Branch(
            self.space.parameter.name,
            values,
            solutions,
            numpy.array([item.count for item, _ in self.places]),
            numpy.array(self.folds),
            numpy.array(self.bifurcations),
            self.tolerance,
            status,
            (resolution, events),
        )


def _equations(space: PolynomialSpace) -> Callable[[Array], tuple[Array, Array]]:
    def equations(state: Array) -> tuple[Array, Array]:
        f, jacobian, slope = space.equations(state[:-1], float(state[-1]))
        return f, numpy.concatenate([jacobian, slope[:, None]], axis=1)

    return equations


def _surrogate(
    space: PolynomialSpace,
    unknowns: Array,
    value: float,
    tolerance: float,
    *,
    certified: bool = False,
) -> Surrogate:
    """Return the solution as a function, with a bound where it is wanted."""
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


def _check(
    start: object, stop: object, tolerance: object, max_points: object, strict: object
) -> None:
    """Raise for arguments that are out of range."""
    for name, value in (("start", start), ("stop", stop)):
        real = isinstance(value, Real) and not isinstance(value, bool)
        if not real or not math.isfinite(float(value)):  # type: ignore[arg-type]
            raise ParameterError(f"{name} is {value!r:.80}; it must be a finite number")
    if float(start) == float(stop):  # type: ignore[arg-type]
        raise ParameterError(
            f"start and stop are both {start!r}; a branch needs an interval, for a single "
            "value use solve"
        )
    good = isinstance(tolerance, Real) and not isinstance(tolerance, bool)
    if not good or not 1e-13 <= float(tolerance) < 1.0:  # type: ignore[arg-type]
        raise ParameterError(
            f"tolerance is {tolerance!r}; it must be in [1e-13, 1), such as 1e-8"
        )
    whole = isinstance(max_points, Integral) and not isinstance(max_points, bool)
    if not whole or max_points < 2:  # type: ignore[operator]
        raise ParameterError(
            f"max_points is {max_points!r}; it must be a whole number from 2 on"
        )
    if not isinstance(strict, bool):
        raise ParameterError(f"strict is {strict!r}; it must be True or False")
