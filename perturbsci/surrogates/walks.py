"""A walk along a branch: steps follow Newton steps, events are located."""

import dataclasses
from collections.abc import Callable

import numpy

from perturbsci.results import Status
from perturbsci.surrogates.arclength import (
    Place,
    corrected_place,
    first_place,
    located,
)
from perturbsci.surrogates.branches import Branch, surrogate_of
from perturbsci.surrogates.guesses import Guess
from perturbsci.surrogates.polynomial_space import PolynomialSpace
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["Walk"]

HIGHEST = 120
RAISE = 12
FIRST_STEP = 0.02  # of the arclength in units of the range of the parameter
LONGEST, SHORTEST = 0.25, 1e-9
TARGET = 4  # Newton steps
GROWTH, CUT = 1.5, 0.5


class Walk:
    """The state of a continuation: where it is, its step and what it has found.

    Parameters
    ----------
    space : PolynomialSpace
        The statement.
    start, stop : float
        Ends of the interval of the parameter.
    tolerance : float
        On the highest coefficients, relative.
    """

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

    def begin(self, guess: Guess) -> bool:
        """Find the first point; return whether there is one.

        Parameters
        ----------
        guess : Surrogate, callable or None
            Zero if None.

        Returns
        -------
        found : bool
            False if Newton's method failed.
        """
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
        """Return F and its Jacobian with the parameter in units of its range.

        Parameters
        ----------
        state : array, shape (n + 1,)
            Unknowns, and the parameter in units of its range.

        Returns
        -------
        residual, jacobian : array, shape (n,), and array, shape (n, n + 1)
            F and its derivatives.
        """
        value = self.start + self.range * float(state[-1])
        f, jacobian, slope = self.space.equations(state[:-1], value)
        return f, numpy.concatenate([jacobian, self.range * slope[:, None]], axis=1)

    def go(self, most: int) -> Status:
        """Step until the parameter leaves its interval; return how it ended.

        Parameters
        ----------
        most : int
            Points.

        Returns
        -------
        status : Status
            CONVERGED at the end of the interval.
        """
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
        """Return what was found as a result.

        Parameters
        ----------
        status : Status
            Of the walk.

        Returns
        -------
        branch : Branch
            With a surrogate for each point.
        """
        values = numpy.array(
            [self.start + self.range * float(item.state[-1]) for item, _ in self.places]
        )
        solutions = tuple(
            surrogate_of(space, place.state[:-1], float(value), self.tolerance)
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
            rough,
            self.tolerance,
            "estimate",
            "Legendre coefficients",
            ("coefficients decay geometrically",),
        )
        events = Certificate(
            "arclength within which folds and bifurcations were located",
            self.width,
            1e-10 * max(1.0, self._longest()),
            "estimate",
            "bisection",
            ("one event of a kind between two points",),
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
