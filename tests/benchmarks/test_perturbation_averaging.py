"""The series of two oscillators in rational arithmetic, warm."""

import time

import pytest
import sympy

from perturbsci.perturbation import lindstedt

pytestmark = pytest.mark.bench
X, V = sympy.symbols("x v")


@pytest.mark.parametrize(
    ("what", "force", "order", "amplitude", "target"),
    [
        ("lindstedt, Duffing to order 6", X**3, 6, 1, "15"),
        ("lindstedt, van der Pol to order 8", (X**2 - 1) * V, 8, None, "50"),
    ],
)
def test_lindstedt(record, what, force, order, amplitude, target):
    seconds = []
    for _ in range(7):
        start = time.process_time()
        lindstedt(force, X, V, order=order, amplitude=amplitude)
        seconds.append(time.process_time() - start)
    record(what, 1e3 * min(seconds[1:]), "ms, one thread", target)
