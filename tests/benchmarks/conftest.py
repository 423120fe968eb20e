"""Ratios measured side by side in one process; a table of them closes the run.

Nothing is asserted about time: ``pytest -m bench`` prints, a person reads.
"""

import statistics
import time

import pytest

ROWS = pytest.StashKey[list]()


def _seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


@pytest.fixture
def compare(request):
    """``compare(what, ours, baseline, target=..., repeats=...)``: median of paired ratios.

    The two run in turns after one warm-up each, so that a drift of the machine cancels.
    """

    def measure(what, ours, baseline, *, target, repeats=11):
        ours()
        baseline()
        pairs = [(_seconds(ours), _seconds(baseline)) for _ in range(repeats)]
        ratio = statistics.median(a / b for a, b in pairs)
        report(request, what, ratio, f"x baseline {1e3 * pairs[-1][1]:.4g} ms", target)
        return ratio

    return measure


@pytest.fixture
def record(request):
    """``record(what, value, unit, target)``: a number that is no ratio."""
    return lambda what, value, unit, target: report(request, what, value, unit, target)


def report(request, what, value, unit, target):
    rows = request.config.stash.setdefault(ROWS, [])
    rows.append(f"{what:<58}{value:10.3g}  {unit:<26} target {target}")


def pytest_terminal_summary(terminalreporter, config):
    for row in config.stash.get(ROWS, []):
        terminalreporter.write_line(row)
