"""Timing by a clock of our own: how often a function is called, and what is reported."""

import pytest

from perturbsci.backend import timing
from perturbsci.errors import ParameterError


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless a function moves it."""
    now = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    return now


def test_a_short_function_is_called_several_times_a_timing(clock):
    calls = []

    def quarter():
        calls.append(1)
        clock[0] += 0.25

    found = timing.measure(quarter, repeats=4, at_least=3.0)
    assert (found.best, found.median, found.repeats) == (0.25, 0.25, 4)
    assert len(calls) == 2 + 4 * 3  # one to warm up, one to see how long it takes


def test_a_long_function_is_called_once_a_timing_and_best_is_the_least(clock):
    seconds = iter([9.0, 1.0, 5.0, 2.0, 3.0])

    def uneven():
        clock[0] += next(seconds)

    found = timing.measure(uneven, repeats=3, at_least=0.1)
    assert (found.best, found.median) == (2.0, 3.0)


def test_no_timing_is_refused():
    with pytest.raises(ParameterError, match="repeats is 0; at least 1 timing is needed"):
        timing.measure(int, repeats=0)
