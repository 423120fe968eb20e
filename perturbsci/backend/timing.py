"""Time a function: best and median of repeated runs, the warm-up left out."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from perturbsci.errors import ParameterError

__all__ = ["Timing", "measure"]


@dataclass(frozen=True, slots=True, eq=False)
class Timing:
    """Seconds per call.

    Parameters
    ----------
    best, median : float
        Seconds of one call.
    repeats : int
        How many timings they were taken from.
    """

    best: float
    median: float
    repeats: int


def measure(
    function: Callable[[], object], *, repeats: int = 7, at_least: float = 0.1
) -> Timing:
    """Time ``function()``.

    Parameters
    ----------
    function : callable
        Without arguments; its value is dropped.
    repeats : int
        Number of timings.
    at_least : float
        Seconds that all timings together should take; short functions are called
        several times per timing.

    Returns
    -------
    timing : Timing
        Seconds per call.

    Raises
    ------
    ParameterError
        If ``repeats`` is below 1.
    """
    if repeats < 1:
        raise ParameterError(f"repeats is {repeats}; at least 1 timing is needed")
    function()
    start = time.perf_counter()
    function()
    single = max(time.perf_counter() - start, 1e-9)
    calls = max(1, round(at_least / repeats / single))
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(calls):
            function()
        seconds.append((time.perf_counter() - start) / calls)
    return Timing(min(seconds), statistics.median(seconds), repeats)
