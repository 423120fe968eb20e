"""Grids of the complex plane on which pseudospectra are computed.

Both hold the multiples of the spacing, so that a grid that is symmetric about the real
axis is so to the last bit, and the points 0, 1 and -1 lie on it where they should.
"""

import math

import numpy

from perturbsci.arguments import number, positive
from perturbsci.backend import to_device
from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = ["rectangle_grid", "disk_grid"]

MOST_POINTS = 10**7
ROUNDING = 1e-9  # a side that ends this share of a spacing before a point includes it


def rectangle_grid(
    left: float,
    right: float,
    bottom: float,
    top: float,
    spacing: float,
    *,
    backend: str | None = None,
) -> Array:
    """Return the multiples of the spacing in a rectangle.

    Parameters
    ----------
    left, right : float
        Of the real parts, left < right; included if they are multiples of the spacing.
    bottom, top : float
        Of the imaginary parts, bottom < top; likewise.
    spacing : float
        Between neighbors, above 0.
    backend : str, optional
        Where the grid lives; default the backend in force.

    Returns
    -------
    grid : complex array, shape (n_rows, n_columns)
        Rows of constant imaginary part, from the bottom upwards.

    Raises
    ------
    ParameterError
        If a number is not finite, the rectangle is empty or holds no point, or there are
        more than 10^7 points.

    Examples
    --------
    >>> rectangle_grid(-0.5, 0.5, 0.0, 0.5, 0.5)
    array([[-0.5+0.j ,  0. +0.j ,  0.5+0.j ],
           [-0.5+0.5j,  0. +0.5j,  0.5+0.5j]])
    """
    names = ("left", "right", "bottom", "top")
    given = (left, right, bottom, top)
    edges = [number(edge, name) for edge, name in zip(given, names, strict=True)]
    spacing = positive(spacing, "spacing")
    for low, high, i in ((edges[0], edges[1], 0), (edges[2], edges[3], 2)):
        if not low < high:
            raise ParameterError(
                f"{names[i]} is {low:g} and {names[i + 1]} is {high:g}; the order is "
                "(left, right, bottom, top), each pair increasing"
            )
    re = _multiples(edges[0], edges[1], spacing)
    im = _multiples(edges[2], edges[3], spacing)
    _check_count(re.size * im.size, spacing)
    if not re.size * im.size:
        raise ParameterError(
            f"spacing is {spacing:g}, of which no multiple lies in the rectangle {edges}; "
            "make it smaller"
        )
    return to_device(re + 1j * im[:, None], backend)


def disk_grid(radius: float, spacing: float, *, backend: str | None = None) -> Array:
    """Return the points of a square grid that lie in the disk around 0.

    Parameters
    ----------
    radius : float
        Of the disk, above 0; points on its rim belong to it.
    spacing : float
        Between neighbors, above 0.
    backend : str, optional
        Where the grid lives; default the backend in force.

    Returns
    -------
    grid : complex array, shape (n_points,)
        The multiples of the spacing, ordered by imaginary, then by real part.

    Raises
    ------
    ParameterError
        If a number is not positive, or there are more than 10^7 points.

    Examples
    --------
    >>> disk_grid(1.0, 1.0)
    array([ 0.-1.j, -1.+0.j,  0.+0.j,  1.+0.j,  0.+1.j])
    """
    radius, spacing = positive(radius, "radius"), positive(spacing, "spacing")
    _check_count((2 * radius / spacing + 1) ** 2, spacing)
    side = _multiples(-radius, radius, spacing)
    grid = (side + 1j * side[:, None]).ravel()
    return to_device(grid[numpy.abs(grid) <= radius * (1 + ROUNDING)], backend)


def _multiples(low: float, high: float, spacing: float) -> numpy.ndarray:
    _check_count(high / spacing - low / spacing, spacing)
    first = math.ceil(low / spacing - ROUNDING)
    last = math.floor(high / spacing + ROUNDING)
    _check_count(last - first + 1, spacing)
    return numpy.arange(first, last + 1) * spacing


def _check_count(count: float, spacing: float) -> None:
    if count > MOST_POINTS:
        raise ParameterError(
            f"spacing is {spacing:g}, which gives {count:.3g} points, at most "
            f"{MOST_POINTS:.0e} are possible; make it larger"
        )
