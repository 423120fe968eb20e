"""Piecewise polynomials made exactly continuous: what rounding leaves at joints is removed.

On an interval each element loses the Hermite cubic of what its value and slope miss at its
ends: half of a jump at a joint, all of a defect at a wall. On one box with constant data
the linear interpolation between opposite walls is removed, direction by direction.
"""

from typing import Any

import numpy

from perturbsci.errors import ParameterError
from perturbsci.surrogates.balls import Ball, matrix_product
from perturbsci.surrogates.cells import Cells

__all__ = ["conforming_box", "conforming_line"]

# Legendre coefficients of the cubics of value and slope at the low and the high end
VALUE_LOW = (0.5, -0.6, 0.0, 0.1)
SLOPE_LOW = (1.0 / 6.0, -0.1, -1.0 / 6.0, 0.1)
VALUE_HIGH = (0.5, 0.6, 0.0, -0.1)
SLOPE_HIGH = (-1.0 / 6.0, -0.1, 1.0 / 6.0, 0.1)


def conforming_line(
    cells: Cells, walls: tuple[str, str], values: tuple[float, float]
) -> tuple[Cells, Cells]:
    """Return elements of one slab that join exactly and meet their walls.

    Parameters
    ----------
    cells : Cells
        Elements from low to high; of one direction, or of space and time.
    walls : (str, str)
        Both ``"dirichlet"``, or ``"periodic"``.
    values : (float, float)
        On Dirichlet walls, exact.

    Returns
    -------
    cells : Cells
        At least cubic in space.
    change : Cells
        What was removed.

    Raises
    ------
    ParameterError
        If the walls are of another kind.
    """
    c = _padded(cells.coefficients, 4)
    n = c.mid.shape[1]
    half = (Ball(cells.high[:, 0]) - Ball(cells.low[:, 0])) * 0.5
    k = numpy.arange(n)
    signs = (-1.0) ** k
    rates = k * (k + 1) / 2.0
    rows = Ball(numpy.array([signs, numpy.ones(n), -signs * rates, rates]))
    ends = matrix_product(rows, c, 1)  # value low, value high, slope low, slope high
    column = (-1, *(1,) * (c.mid.ndim - 2))
    wide = Ball(half.mid.reshape(column), half.rad.reshape(column))
    slopes = [ends[:, 2 + side] * wide.reciprocal() for side in (0, 1)]
    missed = {}
    for name, low, high in (("value", ends[:, 0], ends[:, 1]), ("slope", *slopes)):
        missed[name] = _missed(low, high, walls, values, name)
    change: Ball | None = None
    for name, side, cubic in (
        ("value", 0, VALUE_LOW),
        ("value", 1, VALUE_HIGH),
        ("slope", 0, SLOPE_LOW),
        ("slope", 1, SLOPE_HIGH),
    ):
        size = missed[name][side] * wide if name == "slope" else missed[name][side]
        shape = (1, 4, *(1,) * (c.mid.ndim - 2))
        factors = Ball(numpy.reshape(cubic, shape), numpy.full(shape, 2.0**-54))
        part = Ball(size.mid[:, None], size.rad[:, None]) * factors
        change = part if change is None else change + part
    assert change is not None
    change = _padded(change, n)
    fixed = Cells(cells.low, cells.high, c - change)
    return fixed, Cells(cells.low, cells.high, change)


def _missed(
    low: Ball, high: Ball, walls: tuple[str, str], values: tuple[float, float], name: str
) -> tuple[Ball, Ball]:
    """Return what the low and the high end of each element have to lose."""
    jumps = (high[:-1] - low[1:]) * 0.5
    if walls == ("periodic", "periodic"):
        seam = (high[-1:] - low[:1]) * 0.5
        first, last = -seam, seam
    elif walls == ("dirichlet", "dirichlet"):
        first, last = low[:1] * 0.0, high[-1:] * 0.0
        if name == "value":
            first = low[:1] - _constant(values[0], low[:1])
            last = high[-1:] - _constant(values[1], high[-1:])
    else:
        raise ParameterError(f"walls {walls} have no exact correction here")
    return _joined(first, -jumps), _joined(jumps, last)


def _constant(value: float, like: Ball) -> Ball:
    """Return a constant as Legendre coefficients in time: the first one."""
    mid = numpy.zeros_like(like.mid)
    first: Any = (slice(None), *(0,) * (mid.ndim - 1))
    mid[first] = value
    return Ball(mid)


def _joined(first: Ball, last: Ball) -> Ball:
    return Ball(
        numpy.concatenate([first.mid, last.mid]), numpy.concatenate([first.rad, last.rad])
    )


def _padded(c: Ball, n: int) -> Ball:
    """Return coefficients with at least n in space."""
    more = n - c.mid.shape[1]
    if more <= 0:
        return c
    width = [(0, 0), (0, more), *((0, 0),) * (c.mid.ndim - 2)]
    return Ball(numpy.pad(c.mid, width), numpy.pad(numpy.array(c.rad), width))


def conforming_box(cells: Cells, value: float) -> tuple[Cells, Cells]:
    """Return one box whose polynomial is a constant on all walls.

    Parameters
    ----------
    cells : Cells
        One cell.
    value : float
        On the walls, exact.

    Returns
    -------
    cells : Cells
        With the walls met.
    change : Cells
        What was removed.
    """
    c = cells.coefficients
    place = (0,) * c.mid.ndim
    start = numpy.zeros_like(c.mid)
    start[place] = value
    fixed = c - Ball(start)
    for axis in range(1, c.mid.ndim):
        n = fixed.mid.shape[axis]
        signs = (-1.0) ** numpy.arange(n)
        # P_n - P_(0 or 1) vanishes at both ends: what is even goes to 1, odd to x
        rows = numpy.eye(n)
        rows[0] -= (1.0 + signs) / 2.0
        rows[1] -= (1.0 - signs) / 2.0
        fixed = matrix_product(Ball(rows), fixed, axis)
    fixed = fixed + Ball(start)
    box = (cells.low, cells.high)
    return Cells(*box, fixed), Cells(*box, c - fixed)
