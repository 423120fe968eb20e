"""What looks wrong with pairs but may be meant: said in words, never refused."""

import dataclasses
from collections.abc import Iterable
from typing import TypeVar

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar, to_host
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.results import Result
from perturbsci.types import Array

__all__ = ["data_notes", "data_warnings", "with_notes"]

R = TypeVar("R", bound=Result)

OFFSET = 1e6  # a column this many spreads from 0 makes cond(G) of [1, x] 1e12
LOOKED_ROWS, LOOKED_NUMBERS = 2**16, 2**22  # repetitions are sought among so many


def data_notes(data: Snapshots | Iterable[Snapshots]) -> tuple[str, ...]:
    """Return the warnings about pairs as notes of a certificate, which summaries print.

    Parameters
    ----------
    data : Snapshots or iterable of Snapshots
        That can be walked again; of several portions the first is looked at.

    Returns
    -------
    notes : tuple of str
        Empty for most data, and for portions of one sample.
    """
    whole = isinstance(data, Snapshots)
    first = data if isinstance(data, Snapshots) else next(iter(data))
    if first.n_samples < 2:
        return ()
    start = "note: " if whole else "note: in the first portion of data, "
    return tuple(start + text for text in data_warnings(first))


def with_notes(result: R, data: Snapshots) -> R:
    """Return a result whose certificate says what looks odd about the pairs.

    Parameters
    ----------
    result : Result
        With a certificate.
    data : Snapshots
        It came from.

    Returns
    -------
    result : Result
        The same for most data.
    """
    found = result.certificate  # type: ignore[attr-defined]
    noted = dataclasses.replace(found, assumptions=(*found.assumptions, *data_notes(data)))
    return dataclasses.replace(result, certificate=noted)  # type: ignore[type-var]


def data_warnings(snapshots: Snapshots) -> tuple[str, ...]:
    """Return what a user should look at before trusting a spectrum of these pairs.

    Transposed data (n_samples < n_state / 10), states that are all zero or all the same,
    pairs that repeat, columns whose offset is at least 1e6 times their spread, and
    subnormal numbers.

    Parameters
    ----------
    snapshots : Snapshots
        The pairs.

    Returns
    -------
    warnings : tuple of str
        One sentence each, with the number found and what to do; empty for most data.

    Notes
    -----
    One pass over x and y; repetitions are sought among the first 65536 pairs at most.

    Examples
    --------
    >>> import numpy as np
    >>> x = 1e12 + np.array([[0.0], [1.0], [2.0]])
    >>> print(*data_warnings(Snapshots(x, x + 1)))
    column 0 of x lies 1e+12 from 0 with a spread of 2: center the states
    """
    found = []
    if 10 * snapshots.n_samples < snapshots.n_state:
        found.append(
            f"x has {snapshots.n_samples} samples of {snapshots.n_state} columns: rows are "
            "samples, transpose x and y if they are columns here"
        )
    found += _positions(snapshots.x)
    found += _repetitions(snapshots)
    found += _subnormal_numbers(snapshots)
    return tuple(found)


def _positions(x: Array) -> list[str]:
    """Say where x is constant or far from zero."""
    xp = namespace(x)
    is_complex = xp.isdtype(x.dtype, "complex floating")
    parts = [xp.real(x), xp.imag(x)] if is_complex else [x]
    # Halves: the range of numbers near the largest one is no number.
    low = numpy.stack([to_host(xp.min(part, axis=0)) / 2.0 for part in parts])
    high = numpy.stack([to_host(xp.max(part, axis=0)) / 2.0 for part in parts])
    with numpy.errstate(over="ignore"):
        spread = (2 * (high - low).astype(numpy.float64)).max(axis=0)
    offset = numpy.abs((high + low).astype(numpy.float64)).max(axis=0)
    if not spread.any():
        what = "the same state" if offset.any() else "zero"
        return [f"every sample of x is {what}: no dynamics can be seen in it"]
    far = numpy.flatnonzero((spread > 0) & (offset > OFFSET * spread))
    if not far.size:
        return []
    j = far[0]
    more = f" (and {far.size - 1} columns more)" if far.size > 1 else ""
    return [
        f"column {j} of x lies {offset[j]:.6g} from 0 with a spread of {spread[j]:.6g}"
        f"{more}: center the states"
    ]


def _repetitions(snapshots: Snapshots) -> list[str]:
    """Say how many pairs are bitwise those of an earlier row."""
    count = max(2, min(LOOKED_ROWS, LOOKED_NUMBERS // (2 * snapshots.n_state)))
    x, y = to_host(snapshots.x[:count]), to_host(snapshots.y[:count])
    both = numpy.concatenate([x, y], axis=1) + 0.0  # -0 becomes 0
    rows = both.view(f"V{both.itemsize * both.shape[1]}")[:, 0]
    repeated = len(rows) - len(set(rows.tolist()))
    if not repeated:
        return []
    return [
        f"{repeated} of {'the first ' * (count < snapshots.n_samples)}{len(rows)} pairs "
        "repeat an earlier one: they weigh more but tell nothing new"
    ]


def _subnormal_numbers(snapshots: Snapshots) -> list[str]:
    """Say how many numbers have lost digits to underflow."""
    xp = namespace(snapshots.x)
    total = 0
    for array in (snapshots.x, snapshots.y):
        tiny = float(xp.finfo(array.dtype).smallest_normal)
        is_complex = xp.isdtype(array.dtype, "complex floating")
        parts = [xp.real(array), xp.imag(array)] if is_complex else [array]
        for part in parts:
            lost = (part != 0) & (xp.abs(part) < tiny)
            total += int(scalar(xp.count_nonzero(lost)))
    if not total:
        return []
    return [f"{total} numbers are subnormal and short of digits: scale the states"]
