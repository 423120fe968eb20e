"""Steps in a row: fixed, inside an initial layer, or chosen by their error."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as option

import numpy

from perturbsci.backend.arrays import namespace, scalar
from perturbsci.errors import ConvergenceError, ParameterError, PerturbsciError
from perturbsci.multiscale.initial_layer import NEAR, layer_step
from perturbsci.multiscale.recursion import FailedCall, Parts, Recursion, is_finite
from perturbsci.multiscale.trajectories import Record
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["Ended", "March", "march_adaptively", "march_uniformly"]

SAFETY, LEAST, MOST = 0.9, 0.2, 5.0
TARGET = 0.1  # of the tolerance, that two half steps aim at: their errors add up
FIRST = 1e-3  # of the span, for the first adaptive step


class Ended(Exception):  # noqa: N818 (how a run ends early; caught in ``solve``)
    """The run ended before the end of its span."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


@dataclass(slots=True, eq=False)
class March:
    """A state on its way, time counted from the start of the run.

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
    limit : bool
        Whether negative values are limited after every step.
    """

    parts: Parts
    y: Array
    start: float
    record: Record
    callback: Callable[[float, Array], bool | None] | None
    max_steps: int
    limit: bool
    elapsed: float = 0.0
    sizes: list[float] = option(default_factory=list)
    rejected: int = 0
    layer_steps: int = 0
    other: Array = None

    def __post_init__(self) -> None:
        """Make the second buffer."""
        self.other = self.parts.buffer()

    @property
    def time(self) -> float:
        """The time of the state."""
        return self.start + self.elapsed

    def attempt(self, recursion: Recursion, y: Array, h: float, out: Array) -> bool:
        """Step from y to out, shape (...); False if an equation could not be solved."""
        try:
            recursion.advance(y, h, out)
        except ConvergenceError:
            return False
        except FailedCall as error:
            cause = error.__cause__
            raise ParameterError(
                f"{error} raised {type(cause).__name__} at t = {self.time:.6g}, step "
                f"{len(self.sizes) + 1} (h = {h:.3g}): {cause}; correct the function of "
                f"the problem {self.parts.problem.name!r}"
            ) from cause
        return True

    def step(self, recursion: Recursion, h: float, after: float) -> None:
        """Make one step of size h to the elapsed time ``after``."""
        self.count()
        if not self.attempt(recursion, self.y, h, self.other):
            raise Ended(Status.STEP_UNDERFLOW)
        self.accept(self.other, h, after)

    def counts(self) -> dict[str, int]:
        """Return how many of what there were."""
        return {
            "steps": len(self.sizes),
            "rejected": self.rejected,
            **self.parts.counts,
            "layer_steps": self.layer_steps,
        }

    def count(self) -> None:
        """Refuse a step beyond the largest number."""
        if len(self.sizes) >= self.max_steps:
            raise Ended(Status.MAX_STEPS)

    def accept(self, new: Array, h: float, after: float) -> None:
        """Take a new state, shape (...), which is ``other``, and tell the callback."""
        if self.parts.xp is numpy and not is_finite(new):  # a device would have to wait
            raise Ended(Status.NOT_FINITE)
        problem = self.parts.problem
        if self.limit:
            assert problem.limiter is not None
            new[...] = problem.limiter(new, self.parts.epsilon)
        self.y, self.other = self.other, self.y
        self.elapsed = after
        self.sizes.append(h)
        if self.callback is None:
            return
        try:
            stop = self.callback(self.time, self.y)
        except PerturbsciError:
            raise
        except Exception as error:
            raise ParameterError(
                f"callback raised {type(error).__name__} at t = {self.time:.6g}, step "
                f"{len(self.sizes)} (h = {h:.3g}): {error}; correct it"
            ) from error
        if stop is True:
            raise Ended(Status.STOPPED)

    def arrive(self, time: float, wanted: set[float]) -> None:
        """Store the state if its time is wanted, and see whether it still makes sense."""
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


def march_adaptively(
    march: March,
    recursion: Recursion,
    stops: list[float],
    wanted: set[float],
    *,
    rtol: float,
    atol: float,
    largest: float,
) -> None:
    """Step to every stop, each step as long as its estimated error allows.

    Parameters
    ----------
    march : March
        At the start.
    recursion : Recursion
        Of a one-step scheme.
    stops : list of float
        Times at which a step ends, increasing.
    wanted : set of float
        Those of them at which the state is stored.
    rtol, atol : float
        The error of a step, RMS, is held below atol + rtol abs(y).
    largest : float
        The largest step.

    Notes
    -----
    An embedded pair estimates the error, else a step and two of half its length do, and
    these two are kept. A PI controller chooses the next step (Hairer and Wanner 1996,
    section IV.2).
    """
    trial = _trial_of(march, recursion)
    h = min(FIRST * (stops[-1] - march.start), largest)
    before = 1.0
    for stop in stops:
        goal = stop - march.start
        while (rest := goal - march.elapsed) > 0:
            march.count()
            last = h >= rest * (1 - NEAR)
            taken = rest if last else h
            if march.elapsed + taken == march.elapsed:
                raise Ended(Status.STEP_UNDERFLOW)
            error = trial.error(taken, rtol, atol)
            if error > 1.0 or math.isnan(error):
                march.rejected += 1
                recursion.back()  # type: ignore[attr-defined]
                shrink = SAFETY * error ** (-1 / trial.order) if error < math.inf else LEAST
                h = taken * min(max(shrink, LEAST), SAFETY)
                continue
            small = max(error / trial.target, 1e-10)
            growth = SAFETY * small ** (-0.7 / trial.order) * before ** (0.4 / trial.order)
            before = small
            trial.accept(taken, goal if last else march.elapsed + taken)
            new = taken * min(max(growth, LEAST), MOST)
            # A step that was cut to hit a stop says little about the one after it.
            h = min(max(new, h) if last else new, largest)
        march.arrive(stop, wanted)


class _Embedded:
    """One step with the error of its embedded pair."""

    target = 1.0

    def __init__(self, march: March, recursion: Recursion) -> None:
        self.march, self.recursion = march, recursion
        self.order = min(recursion.order, recursion.tableau.embedded_order + 1)  # type: ignore[attr-defined]
        self.difference = march.parts.buffer()

    def error(self, h: float, rtol: float, atol: float) -> float:
        """Return the error of a step relative to the tolerance; inf if it failed."""
        march = self.march
        self.recursion.mark()  # type: ignore[attr-defined]
        if not march.attempt(self.recursion, march.y, h, march.other):
            return math.inf
        self.recursion.estimate(h, self.difference)  # type: ignore[attr-defined]
        return _norm(self.difference, march.y, march.other, rtol, atol)

    def accept(self, h: float, after: float) -> None:
        """Take the step."""
        self.march.accept(self.march.other, h, after)


class _Doubled:
    """One step against two of half its length."""

    target = TARGET

    def __init__(self, march: March, recursion: Recursion) -> None:
        self.march, self.recursion = march, recursion
        self.order = recursion.order + 1
        self.coarse, self.middle = march.parts.buffer(), march.parts.buffer()

    def error(self, h: float, rtol: float, atol: float) -> float:
        """Return the error of two half steps relative to the tolerance."""
        march, recursion = self.march, self.recursion
        recursion.mark()  # type: ignore[attr-defined]
        for y, length, out in (
            (march.y, h, self.coarse),
            (march.y, h / 2, self.middle),
            (self.middle, h / 2, march.other),
        ):
            if out is self.middle:
                recursion.back()  # type: ignore[attr-defined]
            if not march.attempt(recursion, y, length, out):
                return math.inf
        self.coarse -= march.other
        self.coarse /= 2**recursion.order - 1
        return _norm(self.coarse, march.y, march.other, rtol, atol)

    def accept(self, h: float, after: float) -> None:
        """Take the two half steps."""
        march = self.march
        march.sizes.append(h / 2)
        march.accept(march.other, h / 2, after)


def _trial_of(march: March, recursion: Recursion) -> _Embedded | _Doubled:
    pair = getattr(recursion, "tableau", None)
    has_pair = pair is not None and pair.has_embedded
    return (_Embedded if has_pair else _Doubled)(march, recursion)


def _norm(error: Array, old: Array, new: Array, rtol: float, atol: float) -> float:
    """Return the RMS of error/(atol + rtol max(abs(old), abs(new))); inf if not finite."""
    xp = namespace(error)
    scale = atol + rtol * xp.maximum(abs(old), abs(new))
    value = float(scalar(xp.sqrt(xp.mean((abs(error) / scale) ** 2))))
    return value if math.isfinite(value) else math.inf
