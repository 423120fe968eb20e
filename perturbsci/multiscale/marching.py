"""Steps in a row, of one size outside the initial layers of a run."""

import math
from collections.abc import Callable

import numpy

from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.multiscale.initial_layer import NEAR, layer_step
from perturbsci.multiscale.parts import FailedCall, Parts, is_finite
from perturbsci.multiscale.recursion import Recursion
from perturbsci.multiscale.trajectories import Record
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["Ended", "March", "march_uniformly"]

Callback = Callable[[float, Array], bool | None]


class Ended(Exception):  # noqa: N818 (how a run ends early; caught in ``solve``)
    """The run ended before the end of its span.

    Parameters
    ----------
    status : Status
        Why.
    """

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


class March:
    """A state on its way, time counted from the start of the run.

    Layers far shorter than the spacing of floating-point numbers at t0 are resolved, since
    it is the elapsed time that grows.

    Parameters
    ----------
    parts : Parts
        The problem at one epsilon.
    y : array, shape (...)
        The state; a buffer of its own.
    start : float
        t0.
    record : Record
        Where states are stored.
    callback : callable or None
        After every step.
    max_steps : int
        At most.
    limits : bool
        Whether negative values are limited after every step.
    """

    def __init__(
        self,
        parts: Parts,
        y: Array,
        start: float,
        record: Record,
        callback: Callback | None,
        *,
        max_steps: int,
        limits: bool,
    ) -> None:
        self.parts, self.y, self.start, self.record = parts, y, start, record
        self.callback, self.max_steps, self.limits = callback, max_steps, limits
        self.other = parts.buffer()
        self.elapsed = 0.0
        self.sizes: list[float] = []
        self.rejected = self.layer_steps = 0

    @property
    def time(self) -> float:
        """The time of the state."""
        return self.start + self.elapsed

    def attempt(self, recursion: Recursion, y: Array, h: float, out: Array) -> bool:
        """Step from y to out; tell whether every equation could be solved.

        Parameters
        ----------
        recursion : Recursion
            Of the scheme.
        y, out : array, shape (...)
            States.
        h : float
            The step.

        Returns
        -------
        solved : bool
            False if a solver did not converge.

        Raises
        ------
        ParameterError
            If a function of the user raised; chained to what it raised.
        """
        try:
            recursion.advance(y, h, out)
        except ConvergenceError:
            return False
        except FailedCall as error:
            step = len(self.sizes) + 1
            raise error.at(self.time, step, h, self.parts.problem) from error.__cause__
        return True

    def step(self, recursion: Recursion, h: float, after: float) -> None:
        """Make one step.

        Parameters
        ----------
        recursion : Recursion
            Of the scheme.
        h : float
            The step.
        after : float
            The elapsed time after it.

        Raises
        ------
        Ended
            If it cannot be made, or was the last one.
        """
        self.count()
        if not self.attempt(recursion, self.y, h, self.other):
            raise Ended(Status.STEP_UNDERFLOW)
        self.accept(h, after)

    def counts(self) -> dict[str, int]:
        """Return how many steps and evaluations there were.

        Returns
        -------
        counts : dict of str to int
            As ``Trajectory.counts``.
        """
        return {
            "steps": len(self.sizes),
            "rejected": self.rejected,
            **self.parts.counts,
            "layer_steps": self.layer_steps,
        }

    def count(self) -> None:
        """Refuse a step beyond the largest number.

        Raises
        ------
        Ended
            With MAX_STEPS.
        """
        if len(self.sizes) >= self.max_steps:
            raise Ended(Status.MAX_STEPS)

    def accept(self, h: float, after: float) -> None:
        """Take the state in ``other``, and tell the callback.

        Parameters
        ----------
        h : float
            The step that led to it.
        after : float
            The elapsed time.

        Raises
        ------
        Ended
            If it is not finite (looked at on the host only), or the callback says so.
        ParameterError
            If the callback raises.
        """
        problem, new = self.parts.problem, self.other
        if self.parts.xp is numpy and not is_finite(new):  # a device would have to wait
            raise Ended(Status.NOT_FINITE)
        if self.limits:
            assert problem.limiter is not None
            new[...] = problem.limiter(new, self.parts.epsilon)
        self.y, self.other = self.other, self.y
        self.elapsed = after
        self.sizes.append(h)
        if self.callback is None:
            return
        try:
            stop = self.callback(self.time, self.y)
        except Exception as error:
            raise ParameterError(
                f"callback raised {type(error).__name__} at t = {self.time:.6g}, step "
                f"{len(self.sizes)} (h = {h:.3g}): {error}; correct it"
            ) from error
        if stop is not None and bool(stop):
            raise Ended(Status.STOPPED)

    def arrive(self, time: float, wanted: set[float]) -> None:
        """Store the state if its time is wanted, and see whether it makes sense.

        Parameters
        ----------
        time : float
            Exactly.
        wanted : set of float
            The times that are stored.

        Raises
        ------
        Ended
            If it does not.
        """
        if not is_finite(self.y):
            raise Ended(Status.NOT_FINITE)
        if time in wanted:
            self.record.store(time, self.y)
        smallest = self.parts.problem.macroscopic_minimum
        if smallest is not None and not float(smallest(self.y, self.parts.epsilon)) > 0:
            raise Ended(Status.NEGATIVE_DENSITY)


def march_uniformly(
    march: March,
    recursion: Recursion,
    stops: list[float],
    wanted: set[float],
    step: float,
    *,
    scales: tuple[float, ...] = (),
    in_layer: Recursion | None = None,
) -> None:
    """Step to every stop with steps of one size, smaller ones in initial layers.

    Parameters
    ----------
    march : March
        At the start.
    recursion : Recursion
        Of the scheme.
    stops : list of float
        Times at which a step ends, increasing.
    wanted : set of float
        Those of them at which the state is stored.
    step : float
        The largest step.
    scales : tuple of float
        Decay times of the layers that are resolved.
    in_layer : Recursion, optional
        The recursion inside the layers where it is another one.

    Notes
    -----
    Between two stops all steps outside a layer are equal.
    """
    inner = in_layer or recursion
    span = stops[-1] - march.start
    for stop in stops:
        goal = stop - march.start
        while (rest := goal - march.elapsed) > 0:
            h = layer_step(march.elapsed, span, step, scales, inner.order)
            if h < step:
                h = rest if h >= rest * (1 - NEAR) else h
                after = goal if h == rest else march.elapsed + h
                march.step(inner, h, after)
                march.layer_steps += 1
                continue
            n_steps = max(math.ceil(rest / step - NEAR), 1)
            h = step if abs(n_steps * step - rest) <= NEAR * rest else rest / n_steps
            begin = march.elapsed
            for k in range(1, n_steps + 1):
                march.step(recursion, h, goal if k == n_steps else begin + k * h)
        march.arrive(stop, wanted)
