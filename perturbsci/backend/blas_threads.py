"""One BLAS thread while small matrices are factorized.

Threads that wait for one another inside a QR of 200 x 160, or inside the many small steps
of an eigenvalue iteration, cost up to fifty times what they save, and most on a machine
that is busy. OpenBLAS as it comes with NumPy and SciPy (each has its own) can be told; any
other library is left as it is.
"""

import contextlib
import ctypes
import functools
import importlib.util
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["one_blas_thread"]

FOLDERS = ("../{}.libs", ".dylibs")  # Linux and Windows, macOS
PREFIXES = ("scipy_openblas", "openblas")
SUFFIXES = ("64_", "")


class _Blocks:
    """How many blocks are open, and the numbers of threads that the first one found."""

    def __init__(self) -> None:
        self.lock, self.open, self.before = threading.Lock(), 0, [0]

    def enter(self) -> None:
        """Let BLAS use one thread if no other block has done it."""
        with self.lock:
            if not self.open:
                self.before = [read() for read, _ in _controls()]
                for _, write in _controls():
                    write(1)
            self.open += 1

    def leave(self) -> None:
        """Bring the numbers of before back if no other block is open."""
        with self.lock:
            self.open -= 1
            if not self.open:
                for count, (_, write) in zip(self.before, _controls(), strict=True):
                    write(count)


_BLOCKS = _Blocks()


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let the OpenBLAS of NumPy and SciPy use one thread inside a ``with`` block.

    Yields
    ------
    nothing : None
        The number of before comes back when the last block that is open ends, also where
        blocks of several threads overlap.

    Notes
    -----
    A few microseconds. The number belongs to the process: calls of other threads run on
    one BLAS thread meanwhile, too.

    Examples
    --------
    >>> import numpy
    >>> with one_blas_thread():
    ...     numpy.linalg.qr(numpy.eye(2), mode="r").shape
    (2, 2)
    """
    _BLOCKS.enter()
    try:
        yield
    finally:
        _BLOCKS.leave()


@functools.cache
def _controls() -> tuple[tuple[Callable[[], int], Callable[[int], None]], ...]:
    """Return the functions that read and write the number of threads."""
    found = []
    for path in _libraries():
        library = ctypes.CDLL(str(path))
        for prefix in PREFIXES:
            for suffix in SUFFIXES:
                names = [f"{prefix}_{verb}_num_threads{suffix}" for verb in ("get", "set")]
                if all(hasattr(library, name) for name in names):
                    found.append(tuple(getattr(library, name) for name in names))
    return tuple(found)


def _libraries() -> Iterator[Path]:
    """Yield the files of OpenBLAS beside NumPy and SciPy, without importing them."""
    for package in ("numpy", "scipy"):
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            continue
        for name in FOLDERS:
            folder = Path(found.origin).parent / name.format(package)
            yield from sorted(folder.glob("*openblas*"))
