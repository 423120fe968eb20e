"""Grids of the plane: multiples of the spacing, mirrored to the last bit."""

import numpy as np
import pytest

from perturbsci.errors import ParameterError
from perturbsci.koopman import disk_grid, rectangle_grid


@pytest.mark.parametrize("spacing", [0.1, 0.05, 0.3, 1 / 3])
def test_a_rectangle_holds_the_multiples_of_the_spacing(spacing):
    grid = rectangle_grid(-1.2, 0.9, -0.6, 0.6, spacing)
    steps = np.stack([grid.real, grid.imag]) / spacing
    assert np.abs(steps - np.round(steps)).max() < 1e-12
    assert (np.diff(grid.real, axis=1) > 0).all()
    assert (np.ptp(grid.imag, axis=1) == 0).all()
    assert (np.diff(grid.imag, axis=0) > 0).all()
    assert (grid == grid[::-1].conj()).all()
    # the next multiple would lie outside
    inside = [np.floor(side / spacing + 1e-9) for side in (1.2, 0.9, 0.6, 0.6)]
    assert grid.shape == (inside[2] + inside[3] + 1, inside[0] + inside[1] + 1)


def test_sides_that_are_multiples_belong_to_the_rectangle():
    grid = rectangle_grid(-1.5, 1.5, -1.5, 1.5, 0.05)
    assert grid.shape == (61, 61)
    assert grid[0, 0] == -1.5 - 1.5j
    assert 0 in grid
    assert 1 in grid


@pytest.mark.parametrize("radius", [1.0, 1.3, 1.4])
def test_a_disk_holds_the_points_within_its_radius(radius):
    grid = disk_grid(radius, 0.1)
    assert grid.ndim == 1
    assert np.abs(grid).max() <= radius * (1 + 1e-9)
    whole = rectangle_grid(-2, 2, -2, 2, 0.1).ravel()
    assert set(grid.tolist()) == set(whole[np.abs(whole) <= radius * (1 + 1e-9)].tolist())
    assert (np.sort_complex(grid) == np.sort_complex(grid.conj())).all()


def test_a_disk_smaller_than_the_spacing_is_its_center():
    assert disk_grid(0.05, 0.1).tolist() == [0]


@pytest.mark.parametrize(
    ("sides", "advice"),
    [
        ((1, -1, 0, 1, 0.1), "left is 1 and right is -1; the order is"),
        ((-1, 1, 1, 0, 0.1), "bottom is 1 and top is 0; the order is"),
        ((-1, 1, 0, np.nan, 0.1), "top is nan; pass one finite number"),
        ((-1, 1, 0, 1, 0), "spacing is 0; pass one finite number above 0"),
        ((-1, 1, 0, 1, -0.1), "spacing is -0.1"),
        ((-1, 1, 0, 1, 1e-9), "gives 2e[+]09 points, at most"),
        ((0.2, 0.3, 0.1, 0.4, 1.0), "make it smaller"),
        (("a", 1, 0, 1, 0.1), "left is 'a'"),
    ],
)
def test_a_rectangle_that_cannot_be_is_named(sides, advice):
    with pytest.raises(ParameterError, match=advice):
        rectangle_grid(*sides)


@pytest.mark.parametrize(
    ("radius", "spacing", "advice"),
    [
        (0, 0.1, "radius is 0; pass one finite number above 0"),
        (np.inf, 0.1, "radius is inf"),
        (1, None, "spacing is None"),
        (1, 1e-6, "make it larger"),
    ],
)
def test_a_disk_that_cannot_be_is_named(radius, spacing, advice):
    with pytest.raises(ParameterError, match=advice):
        disk_grid(radius, spacing)
