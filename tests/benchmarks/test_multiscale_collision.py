"""Spectral collisions and angular averages beside their transforms and a direct sum."""

import numpy
import pytest
import scipy.fft

from perturbsci import backend
from perturbsci.multiscale import (
    angular_average,
    collide,
    maxwellian,
    spectral_collision,
    velocity_grid,
)

pytestmark = pytest.mark.bench


@pytest.mark.parametrize(("dtype", "target"), [("f8", "1.5"), ("f4", "1.3")])
def test_collision_in_three_dimensions(compare, dtype, target):
    grid = velocity_grid(32, 9.0)
    operator = spectral_collision(grid)
    f = maxwellian(grid, 1.0, 0.0, 1.0).astype(dtype)

    def floor():
        for _ in range(operator.n_transforms):
            scipy.fft.rfftn(f)

    with backend.use("numba", threads=1):
        compare(
            f"collide, 3-D, n = 32, 16 directions, 16 radii, {dtype} / its 531 transforms",
            lambda: collide(operator, f),
            floor,
            target=target,
            repeats=9,
        )


def test_collision_beside_a_direct_sum(compare):
    """O(n^4): all pairs of nodes, scattered into 8 directions on the nearest nodes."""
    grid = velocity_grid(32, 9.0, dimension=2)
    operator = spectral_collision(grid)
    f = maxwellian(grid, 1.0, 0.0, 1.0)
    x, y = (p.ravel() for p in grid.points)
    n, first = grid.n, grid.nodes[0]

    def direct():
        gain = numpy.zeros(f.size)
        values = f.ravel()
        for i in range(f.size):
            half = numpy.hypot(x - x[i], y - y[i]) / 2
            weight = values * values[i]
            for angle in 2 * numpy.pi * numpy.arange(8) / 8:
                a = numpy.rint(
                    ((x + x[i]) / 2 + half * numpy.cos(angle) - first) / grid.spacing
                )
                b = numpy.rint(
                    ((y + y[i]) / 2 + half * numpy.sin(angle) - first) / grid.spacing
                )
                index = (a.clip(0, n - 1) * n + b.clip(0, n - 1)).astype(int)
                gain += numpy.bincount(index, weight, f.size)
        return gain.reshape(f.shape) * grid.cell_volume / 8 - f

    with backend.use("numba", threads=1):
        compare(
            "direct sum by bincount / collide, 2-D, n = 32",
            direct,
            lambda: collide(operator, f),
            target="at least 26",
            repeats=3,
        )


def test_angular_average(compare):
    grid = velocity_grid(32, 8.0)
    f = maxwellian(grid, 1.0, 0.3, 1.0)

    def floor():
        scipy.fft.rfftn(f)
        scipy.fft.rfftn(f)

    with backend.use("numba", threads=1):
        compare(
            "angular_average, 3-D, n = 32 / two real transforms",
            lambda: angular_average(f, grid),
            floor,
            target="3",
            repeats=101,
        )
