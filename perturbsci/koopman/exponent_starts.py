"""Where a fit of exponentials begins: the exponents of DMD with delays.

A sum of r exponentials on equidistant times obeys a linear recurrence of order r, so that
states with enough delays see all r even where there are fewer columns. Times that are not
equidistant are bridged by a cubic spline; beside it stand the frequencies that a greedy
search of the record finds one after the other.
"""

import math
from collections.abc import Iterator

import numpy

from perturbsci.backend.linalg import eig
from perturbsci.koopman.exponential_fit import projected
from perturbsci.koopman.linear_fits import least_squares_fit, total_least_squares_fit
from perturbsci.types import Array

__all__ = ["ranked_starts"]

FASTEST_DECAY = -3.0  # times the step: less than 5 % is left one step later
FASTEST_GROWTH = 30.0  # over the record
GONE = math.exp(10 * FASTEST_DECAY)
MOST_COLUMNS, MOST_WINDOWS = 200, 2000  # of a Hankel matrix, delays included
MOST_FREQUENCIES = 4000


def ranked_starts(times: Array, states: Array, rank: int, *, stable: bool) -> list[Array]:
    """Return exponents of several simpler fits, those of the smallest misfit first.

    Parameters
    ----------
    times : real array, shape (n_times,)
        Increasing.
    states : real or complex array, shape (n_times, n_columns)
        Columns orthogonal, the largest first.
    rank : int
        How many exponents are wanted.
    stable : bool
        Whether Re alpha <= 0 is wanted.

    Returns
    -------
    starts : list of complex array, shape (r,)
        r is smaller than ``rank`` where the states hold fewer; empty where the record is
        too short for any number of delays.
    """
    step = float(times[-1] - times[0]) / (len(times) - 1)
    found = [
        _limited(exponents, step, len(times), stable=stable)
        for exponents in _candidates(times, states[:, :rank], step, rank)
    ]
    most = max((len(exponents) for exponents in found), default=0)
    complete = [exponents for exponents in found if len(exponents) == most]
    misfits = [
        float(numpy.linalg.norm(projected(exponents, times, states).residual))
        for exponents in complete
    ]
    return [complete[k] for k in numpy.argsort(misfits, kind="stable")]


def _candidates(times: Array, states: Array, step: float, rank: int) -> Iterator[Array]:
    even = times[0] + step * numpy.arange(len(times))
    uniform = bool(numpy.abs(times - even).max() <= 1e-8 * step)
    bridged = states if uniform else _spline(times, states, even)
    for delays in _delays(len(states), states.shape[1], rank):
        x, y = _windows(bridged, delays)
        for fit in (least_squares_fit, total_least_squares_fit):
            matrix, basis = fit(x, y, rank)
            values = eig(basis.conj().T @ matrix @ basis)[0]
            values = numpy.where(numpy.abs(values) < GONE, GONE, values)
            yield numpy.log(values) / step
    if not uniform:
        yield _greedy(times, states, step, rank)


def _delays(n_times: int, n_columns: int, rank: int) -> list[int]:
    """Return how many delays to try: the fewest that reach the rank, and more."""
    fewest = math.ceil(rank / n_columns)
    most = min(n_times - rank, max(2 * fewest, MOST_COLUMNS // n_columns))
    wanted = {fewest, 2 * fewest, min(n_times // 4, most), min(n_times // 2, most)}
    return sorted(d for d in wanted if fewest <= d <= most)


def _windows(states: Array, delays: int) -> tuple[Array, Array]:
    """Return rows of ``delays`` successive states and the same one step later."""
    count = len(states) - delays
    first = numpy.arange(0, count, math.ceil(count / MOST_WINDOWS))
    rows = first[:, None] + numpy.arange(delays)
    return states[rows].reshape(len(first), -1), states[rows + 1].reshape(len(first), -1)


def _spline(times: Array, states: Array, even: Array) -> Array:
    import scipy.interpolate  # noqa: PLC0415 (takes a fifth of a second)

    return scipy.interpolate.CubicSpline(times, states, axis=0)(even)


def _greedy(times: Array, states: Array, step: float, rank: int) -> Array:
    """Return frequencies, each the strongest one in what the ones before it leave."""
    real = states.dtype.kind == "f"
    highest = math.pi / step
    count = min(4 * len(times), MOST_FREQUENCIES)
    grid = numpy.linspace(0.0 if real else -highest, highest, count)
    waves = numpy.exp(1j * grid[:, None] * times)
    exponents, residual = numpy.zeros(0, numpy.complex128), states
    while (left := rank - len(exponents)) > 0:
        strength = numpy.linalg.norm(waves.conj() @ residual, axis=1)
        frequency = grid[0] if real and left == 1 else grid[strength.argmax()]
        new = [1j * frequency]
        if real and frequency:
            new = [*new, -new[0]]
        exponents = numpy.concatenate([exponents, new])
        residual = projected(exponents, times, states).residual
    return exponents


def _limited(exponents: Array, step: float, n_times: int, *, stable: bool) -> Array:
    """Return exponents whose columns are more than one spike, all different."""
    span = step * (n_times - 1)
    highest = 0.0 if stable else FASTEST_GROWTH / span
    real = numpy.clip(exponents.real, FASTEST_DECAY / step, highest)
    exponents = real + 1j * exponents.imag
    near = numpy.abs(exponents[:, None] - exponents) < 1e-6 / span
    later = numpy.tril(near, -1).sum(axis=1)
    return exponents - 1e-3 * later / span
