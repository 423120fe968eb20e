"""Resolvent grids beside an SVD a point; abscissa, Kreiss constant against the clock.

BLAS has one thread (set OPENBLAS_NUM_THREADS=1); the kernels have one and two.
"""

import math

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize

from perturbsci import backend
from perturbsci.backend.timing import measure
from perturbsci.perturbation import kreiss_constant, pseudospectral_abscissa, resolvent_grid

pytestmark = pytest.mark.bench

BOX = (-2.0, 2.0, -2.0, 2.0)


def triangle(n):
    parts = np.random.default_rng(0).standard_normal((2, n, n)) / math.sqrt(n)
    return np.triu(parts[0] + 1j * parts[1])


def stable(n):
    parts = np.random.default_rng(1).standard_normal((2, n, n)) / math.sqrt(n)
    a = 1.5 * np.triu(parts[0], 1) + np.diag(np.diag(parts[1])) + 0.1 * np.tril(parts[1])
    return a - (np.linalg.eigvals(a).real.max() + 0.1) * np.eye(n)


@pytest.mark.parametrize(
    ("n", "points", "targets"),
    [(64, 50, (6, 10)), (128, 50, (8, 12)), (256, 20, (8, 12))],
)
def test_grid_beside_an_svd_a_point(record, n, points, targets):
    a = triangle(n)
    z = np.random.default_rng(2).uniform(-2, 2, (2, 40))
    shifted = [a - (x + 1j * y) * np.eye(n) for x, y in z.T]
    for threads, target in zip((1, 2), targets, strict=True):
        with backend.use("numba", threads=threads):
            ours, svd = [], []
            for _ in range(3):  # in turns, so that a drift of the machine cancels
                grid = lambda: resolvent_grid(a, box=BOX, shape=(points, points))  # noqa: E731
                ours.append(measure(grid, repeats=1).best / points**2)
                each = measure(
                    lambda: [scipy.linalg.svdvals(m) for m in shifted], repeats=1
                )
                svd.append(each.best / len(shifted))
        label = f"resolvent_grid, n = {n}, {threads} thread(s)"
        record(label, 1e3 * min(ours), "ms a point", "none")
        record(f"{label} / svdvals", min(svd) / min(ours), "times faster", f">= {target}")


def test_abscissa(record):
    a = stable(50)
    seconds = measure(lambda: pseudospectral_abscissa(a, 0.01), repeats=3).best
    record("pseudospectral_abscissa, n = 50", seconds, "s", "0.15")
    record("  sweeps", pseudospectral_abscissa(a, 0.01).iterations, "", "6")


def test_kreiss(record):
    a = stable(30)
    found = kreiss_constant(a)
    seconds = measure(lambda: kreiss_constant(a), repeats=3).best
    golden = measure(lambda: by_golden_section(a), repeats=1).best
    record("kreiss_constant with upper, n = 30", seconds, "s", "1")
    record("  upper / value - 1", found.upper / found.value - 1, "", "0.01")
    record("  golden section, no upper", golden, "s", "none")
    assert by_golden_section(a) == pytest.approx(found.value, rel=1e-6)


def by_golden_section(a):
    """Return max alpha_epsilon/epsilon from 60 levels and a search around the best."""

    def loss(logarithm):
        level = math.exp(logarithm)
        return -pseudospectral_abscissa(a, level).value / level

    levels = np.linspace(-12, 2, 60)
    best = levels[int(np.argmin([loss(level) for level in levels]))]
    bracket = (best - 0.25, best, best + 0.25)
    found = scipy.optimize.minimize_scalar(loss, bracket, method="golden", tol=1e-8)
    return -found.fun
