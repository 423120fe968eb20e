"""One BLAS thread while many small matrices are factorized.

Threads that wait for one another inside a QR of 200 x 160 cost up to fifty times what they
save. OpenBLAS as it comes with NumPy can be told; any other library is left as it is.
"""

import contextlib
import ctypes
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy

__all__ = ["one_blas_thread"]

FOLDERS = ("../numpy.libs", ".dylibs")  # Linux, macOS
PREFIXES = ("scipy_openblas", "openblas")
SUFFIXES = ("64_", "")


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let NumPy's OpenBLAS use one thread inside a ``with`` block.

    Yields
    ------
    nothing : None
        The number of before comes back at the end; results do not depend on it.

    Examples
    --------
    >>> with one_blas_thread():
    ...     numpy.linalg.qr(numpy.eye(2), mode="r").shape
    (2, 2)
    """
    pairs = _controls()
    before = [read() for read, _ in pairs]
    try:
        for _, write in pairs:
            write(1)
        yield
    finally:
        for count, (_, write) in zip(before, pairs, strict=True):
            write(count)


@functools.cache
def _controls() -> tuple[tuple[Callable[[], int], Callable[[int], None]], ...]:
    """Return the functions that read and write the number of threads."""
    home = Path(numpy.__file__).parent
    files = (item for name in FOLDERS for item in sorted((home / name).glob("*openblas*")))
    found = []
    for path in files:
        library = ctypes.CDLL(str(path))
        for prefix in PREFIXES:
            for suffix in SUFFIXES:
                names = [f"{prefix}_{verb}_num_threads{suffix}" for verb in ("get", "set")]
                if all(hasattr(library, name) for name in names):
                    found.append(tuple(getattr(library, name) for name in names))
    return tuple(found)
