"""Steps chosen by their error: embedded pairs, step doubling, and a PI controller.

The error is the RMS over components of err/(atol + rtol max(abs(y), abs(y'))); a step is
taken if it is at most 1. The next one is longer by 0.9 err^(-0.7/k) err_before^(0.4/k),
between 0.2 and 5, k the order of the estimate. Two half steps aim at a tenth of the
tolerance: their errors add up in a run, and the default scheme is of low order.

References: Hairer and Wanner (1996), section IV.2.
"""

import math

from perturbsci.backend.arrays import namespace, scalar
from perturbsci.multiscale.initial_layer import NEAR
from perturbsci.multiscale.marching import Ended, March
from perturbsci.multiscale.recursion import Recursion
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["march_adaptively"]

SAFETY, LEAST, MOST = 0.9, 0.2, 5.0
PROPORTIONAL, EARLIER = 0.7, 0.4  # exponents of the controller, over k
TARGET = 0.1
FIRST = 1e-3  # of the span, for the first step
SMALLEST_ERROR = 1e-10
UNDERFLOW = 2.0**-48  # of the elapsed time


def march_adaptively(
    march: March,
    recursion: Recursion,
    stops: list[float],
    wanted: set[float],
    tolerances: tuple[float, float],
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
    tolerances : tuple of float
        rtol and atol.
    largest : float
        The largest step.

    Raises
    ------
    Ended
        With STEP_UNDERFLOW if a step hardly moves the time any more.

    References
    ----------
    Hairer and Wanner (1996), section IV.2.
    """
    pair = getattr(recursion, "tableau", None)
    embedded = pair is not None and pair.has_embedded
    trial = (_Embedded if embedded else _Doubled)(march, recursion)
    h = min(FIRST * (stops[-1] - march.start), largest)
    before = 1.0
    for stop in stops:
        goal = stop - march.start
        while (rest := goal - march.elapsed) > 0:
            march.count()
            last = h >= rest * (1 - NEAR)
            taken = rest if last else h
            if not last and taken <= UNDERFLOW * march.elapsed:
                raise Ended(Status.STEP_UNDERFLOW)
            error = trial.error(taken, *tolerances)
            if error > 1.0:
                march.rejected += 1
                recursion.back()
                shrink = SAFETY * error ** (-1 / trial.order)
                h = taken * min(max(shrink, LEAST), SAFETY)
                continue
            small = max(error / trial.target, SMALLEST_ERROR)
            growth = SAFETY * small ** (-PROPORTIONAL / trial.order)
            growth *= before ** (EARLIER / trial.order)
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
        self.order = recursion.tableau.embedded_order + 1  # type: ignore[attr-defined]
        self.difference = march.parts.buffer()

    def error(self, h: float, rtol: float, atol: float) -> float:
        """Return the error of a step relative to the tolerance; inf if it failed."""
        march = self.march
        self.recursion.mark()
        if not march.attempt(self.recursion, march.y, h, march.other):
            return math.inf
        self.recursion.estimate(h, self.difference)  # type: ignore[attr-defined]
        return _norm(self.difference, march.y, march.other, rtol, atol)

    def accept(self, h: float, after: float) -> None:
        """Take the step."""
        self.march.accept(h, after)


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
        recursion.mark()
        if not march.attempt(recursion, march.y, h, self.coarse):
            return math.inf
        recursion.back()
        for y, out in ((march.y, self.middle), (self.middle, march.other)):
            if not march.attempt(recursion, y, h / 2, out):
                return math.inf
        self.coarse -= march.other
        self.coarse /= 2**recursion.order - 1
        return _norm(self.coarse, march.y, march.other, rtol, atol)

    def accept(self, h: float, after: float) -> None:
        """Take the two half steps."""
        self.march.sizes.append(h / 2)
        self.march.accept(h / 2, after)


def _norm(error: Array, old: Array, new: Array, rtol: float, atol: float) -> float:
    """Return the RMS of error/(atol + rtol max(abs(old), abs(new))); inf if not finite."""
    xp = namespace(error)
    scale = atol + rtol * xp.maximum(abs(old), abs(new))
    value = float(scalar(xp.sqrt(xp.mean((abs(error) / scale) ** 2))))
    return value if math.isfinite(value) else math.inf
