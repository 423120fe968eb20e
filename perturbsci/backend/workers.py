"""A compiled entry over an index range: whole, or in pieces on a small pool of threads.

The entries hold no lock of the interpreter, and every index writes only what belongs to
it, so that the result does not depend on how the range is split.
"""

import functools
import os
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from perturbsci.backend.context import cpus, get_backend
from perturbsci.backend.lanes import WIDTH
from perturbsci.errors import ParameterError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

__all__ = ["run_in_pieces", "thread_count", "transform_threads"]

# Below this many units of work a second thread costs more than it brings.
THREAD_WORK = 2**17
_INSIDE = threading.local()


def thread_count(kernel: str, work: int, threads: int | None) -> int:
    """Return how many threads serve a call.

    Parameters
    ----------
    kernel : str
        Its name, for the message.
    work : int
        Indices times the cost of one.
    threads : int, optional
        What the caller asked for; default that of the backend in force.

    Returns
    -------
    count : int
        1 for little work, and inside a worker: threads never start threads.

    Raises
    ------
    ParameterError
        If ``threads`` is no whole number from 1 on.
    """
    wrong = isinstance(threads, bool) or not isinstance(threads, (int, type(None)))
    if wrong or (threads is not None and threads < 1):
        raise ParameterError(
            f"{kernel}: threads is {threads!r}, needed a whole number from 1 on; leave it "
            "out for the number that use(threads=...) says"
        )
    if work < THREAD_WORK or getattr(_INSIDE, "yes", False):
        return 1
    return min(threads or get_backend().threads, cpus())


def transform_threads(size: int) -> int:
    """Return the threads of a transform on a host.

    A transform of 24 x 24 takes 14 microseconds on one thread and 90 on two.

    Parameters
    ----------
    size : int
        Number of entries.

    Returns
    -------
    threads : int
        Those in force, one for a small array.
    """
    return get_backend().threads if size >= THREAD_WORK else 1


def run_in_pieces(
    entry: Callable[..., None], size: int, arguments: Sequence[object], count: int
) -> None:
    """Serve the flat indices from 0 to size by several threads.

    Parameters
    ----------
    entry : callable
        ``entry(begin, end, *arguments)``.
    size : int
        Number of indices.
    arguments : sequence
        Arrays and scalars.
    count : int
        Number of pieces, each but the last a multiple of the lanes of a block.
    """
    piece = -(-size // (count * WIDTH)) * WIDTH
    pool = _pool(os.getpid(), count)
    jobs = [
        pool.submit(_inside, entry, low, min(low + piece, size), arguments)
        for low in range(0, size, piece)
    ]
    for job in jobs:
        job.result()


def _inside(
    entry: Callable[..., None], low: int, high: int, arguments: Sequence[object]
) -> None:
    _INSIDE.yes = True
    entry(low, high, *arguments)


@functools.cache
def _pool(process: int, count: int) -> "ThreadPoolExecutor":
    """Return the threads of this process: a forked child has none of its parent's."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (loads logging)

    return ThreadPoolExecutor(count, thread_name_prefix=f"perturbsci-{process}")
