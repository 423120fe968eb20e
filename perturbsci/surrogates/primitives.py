"""Residuals integrated along a direction: bounds of their norms in dual spaces.

int P_n = (P_(n+1) - P_(n-1))/(2n+1) from -1, so that primitives of piecewise polynomials
are known coefficient by coefficient.
"""

import math
from collections.abc import Sequence

import numpy

from perturbsci.surrogates.balls import Ball, matrix_product
from perturbsci.surrogates.cells import Cells, Enclosed

__all__ = ["integrated", "integrated_best"]


def integrated_best(r: Enclosed, times: int, weights: Sequence[float]) -> float:
    """Return the smallest bound over the directions, or over both at once.

    What has the higher degree in one direction is integrated along it: it oscillates there.

    Parameters
    ----------
    r : Enclosed
        On one row of elements, or on one box.
    times : int
        As of ``integrated``.
    weights : sequence of float
        Bounds along each direction are divided by them.

    Returns
    -------
    norm : float
        Rounded up.
    """
    found = [integrated(r, axis, times) / weight for axis, weight in enumerate(weights)]
    if len(weights) == 2:
        c = r.cells.coefficients
        first, second = numpy.indices(c.mid.shape[1:])
        total = 0.0
        for axis, mask in enumerate((first >= second, first < second)):
            cells = Cells(r.cells.low, r.cells.high, Ball(c.mid * mask, c.rad * mask))
            part = Enclosed(cells, r.rest if axis == 0 else 0.0 * r.rest)
            total += integrated(part, axis, times) / weights[axis]
        found.append(total * (1 + 1e-12))
    return min(found)


def integrated(r: Enclosed, axis: int, times: int) -> float:
    """Return a bound of the L2 norm of a residual integrated along a direction.

    Parameters
    ----------
    r : Enclosed
        On one row of elements, or on one box.
    axis : int
        The direction.
    times : int
        1: minus its mean, so that it bounds the norm in V'. 2 or 4: 0 at both walls.

    Returns
    -------
    norm : float
        Rounded up.
    """
    cells = r.cells
    c = cells.coefficients
    width = (Ball(cells.high[:, axis]) - Ball(cells.low[:, axis])) * 0.5
    column = (-1, *(1,) * (c.mid.ndim - 1))
    half = Ball(width.mid.reshape(column), width.rad.reshape(column))
    length = float(cells.high[:, axis].max() - cells.low[:, axis].min())
    for k in range(times):
        c = matrix_product(_primitive(c.mid.shape[axis + 1]), c, axis + 1) * half
        c = _accumulated(c)
        if times == 1:
            c = _without_mean(c, half, axis)
        elif k % 2:
            c = _without_line(c, cells, axis)
    found = Enclosed(Cells(cells.low, cells.high, c), numpy.zeros(len(cells.low)))
    volume = numpy.prod(cells.high - cells.low, axis=1)
    rest = math.sqrt(float((r.rest**2 * volume).sum()))
    known = math.sqrt(float((found.squares() ** 2).sum()))
    return known + rest * (length / math.pi) ** times * (1 + 1e-12)


def _primitive(n: int) -> Ball:
    """Return the matrix of the integral from -1: int P_n = (P_(n+1) - P_(n-1))/(2n+1)."""
    matrix = numpy.zeros((n + 1, n))
    matrix[0, 0] = matrix[1, 0] = 1.0
    for k in range(1, n):
        matrix[k + 1, k] = 1.0 / (2 * k + 1)
        matrix[k - 1, k] = -1.0 / (2 * k + 1)
    return Ball(matrix, 2.0**-53 * numpy.abs(matrix))


def _accumulated(c: Ball) -> Ball:
    """Return primitives that continue from element to element; one row of elements."""
    if len(c.mid) == 1:
        return c
    mids, rads = [c.mid[0]], [numpy.array(c.rad[0])]
    for k in range(1, len(c.mid)):
        last = Ball(mids[-1], rads[-1]).sum(0)  # the value at the high end
        first = Ball(c.mid[k, 0], c.rad[k, 0]) + last
        mid, rad = numpy.array(c.mid[k]), numpy.array(c.rad[k])
        mid[0], rad[0] = first.mid, first.rad
        mids.append(mid)
        rads.append(rad)
    return Ball(numpy.array(mids), numpy.array(rads))


def _without_mean(c: Ball, half: Ball, axis: int) -> Ball:
    """Return a function minus its mean along a direction."""
    key = (slice(None), *(slice(None),) * axis, slice(0, 1))
    first = c[key]
    total = (first * half).sum(0)
    length = half.sum(0)
    mean = total * length.reciprocal()
    rows = numpy.zeros((c.mid.shape[axis + 1], 1))
    rows[0] = 1.0
    spread = Ball(
        numpy.broadcast_to(mean.mid, first.mid.shape),
        numpy.broadcast_to(mean.rad, first.mid.shape),
    )
    return c - matrix_product(Ball(rows), spread, axis + 1)


def _without_line(c: Ball, cells: Cells, axis: int) -> Ball:
    """Return a function minus the line through its values at the two walls.

    It vanishes at the low wall already.
    """
    n = c.mid.shape[axis + 1]
    ones = Ball(numpy.ones((1, n)))
    end = matrix_product(ones, c[-1:], axis + 1)
    low, high = cells.low[:, axis], cells.high[:, axis]
    length = (Ball(high[-1:]) - Ball(low[:1])).reciprocal()
    middle = ((Ball(low) + Ball(high)) * 0.5 - Ball(low[0])) * length
    slope = (Ball(high) - Ball(low)) * 0.5 * length
    column = (-1, *(1,) * (c.mid.ndim - 1))
    total = c
    for k, part in ((0, middle), (1, slope)):
        rows = numpy.zeros((n, 1))
        rows[k] = 1.0
        share = Ball(part.mid.reshape(column), part.rad.reshape(column)) * end
        total = total - matrix_product(Ball(rows), share, axis + 1)
    return total
