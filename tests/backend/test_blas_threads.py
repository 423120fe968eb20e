"""One BLAS thread inside a block, and what was there before after it."""

import threading

import numpy as np
import pytest

from perturbsci.backend import blas_threads
from perturbsci.backend.blas_threads import one_blas_thread
from perturbsci.backend.linalg import eig


def counts():
    return [read() for read, _ in blas_threads._controls()]


@pytest.fixture
def two():
    """Let BLAS use two threads during a test, whatever the environment says."""
    before = counts()
    for _, write in blas_threads._controls():
        write(2)
    yield counts()
    for count, (_, write) in zip(before, blas_threads._controls(), strict=True):
        write(count)


def test_blas_gets_its_threads_back(two):
    with one_blas_thread():
        assert set(counts()) <= {1}
        with one_blas_thread():
            pass
        assert set(counts()) <= {1}  # an inner block that ends changes nothing
    assert counts() == two


def test_an_error_gives_the_threads_back(two):
    with pytest.raises(KeyError), one_blas_thread():
        raise KeyError
    assert counts() == two


def test_blocks_of_two_threads_may_overlap(two):
    """The one that came first leaves first; the number of before is not lost."""
    entered, leave = threading.Event(), threading.Event()

    def second():
        with one_blas_thread():
            entered.set()
            leave.wait(10.0)

    other = threading.Thread(target=second)
    with one_blas_thread():
        other.start()
        assert entered.wait(10.0)
    assert set(counts()) <= {1}
    leave.set()
    other.join()
    assert counts() == two


def test_eigenvalues_do_not_depend_on_the_number_of_threads(two):
    matrix = np.random.default_rng(0).standard_normal((150, 150))
    found = eig(matrix)
    with one_blas_thread():
        again = eig(matrix)
    for one, other in zip(found, again, strict=True):
        assert one.tobytes() == other.tobytes()
    assert counts() == two
