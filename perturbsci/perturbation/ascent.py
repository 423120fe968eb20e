"""A local maximum of excess/sigma_min(A - z) in the plane, by Newton's method.

excess is Re z, or abs(z) - 1. With the singular vectors u and v of sigma_min,
d sigma = -Re(u* v dz). In the coordinates p = ln(excess) and the shift along the line in
units of the excess, F = ln(excess) - ln(sigma) has the gradient
(1 + excess Re w/sigma, -excess Im w/sigma), w = u* v times the direction outward; the
second derivatives are differences of gradients.
"""

import math

import numpy

from perturbsci.perturbation.line_tests import Lines

__all__ = ["climbed"]

MOST_STEPS = 20
SPACING = 1e-5  # of the differences: half of the digits of a second derivative
LONGEST = 0.5


def climbed(
    lines: Lines, excess: float, place: float, tolerance: float
) -> tuple[float, complex, float]:
    """Return the value of a local maximum, its point, and sigma there.

    Parameters
    ----------
    lines : Lines
        The matrix.
    excess, place : float
        Where to start.
    tolerance : float
        Relative change at which to stop.

    Returns
    -------
    value : float
        Not below that at the start.
    point : complex
        In the plane.
    sigma : float
        sigma_min(A - point).
    """
    here = numpy.array([math.log(excess), place])
    value, sigma, gradient = _slope(lines, here)
    for _step in range(MOST_STEPS):
        move = _newton_move(lines, here, gradient)
        size = 1.0
        while size > 1e-3:
            there = _moved(lines, here, size * move)
            better, sigma_there, gradient_there = _slope(lines, there)
            if better > value:
                break
            size /= 4
        else:
            break
        gain = better / value - 1
        here, value, sigma, gradient = there, better, sigma_there, gradient_there
        if gain <= 1e-3 * tolerance:
            break
    size = math.exp(here[0]) + float(lines.discrete)
    return value, lines.point(size, float(here[1])), sigma


def _moved(lines: Lines, here: numpy.ndarray, move: numpy.ndarray) -> numpy.ndarray:
    """Return a point farther along; the second move is in units of the excess."""
    excess = math.exp(here[0])
    along = excess * move[1] / ((1 + excess) if lines.discrete else 1.0)
    return here + numpy.array([move[0], along])


def _slope(lines: Lines, here: numpy.ndarray) -> tuple[float, float, numpy.ndarray]:
    """Return excess/sigma, sigma and the gradient of the logarithm of the first."""
    excess = math.exp(here[0])
    z = lines.point(excess + float(lines.discrete), float(here[1]))
    u, s, vh = numpy.linalg.svd(lines.a - z * numpy.eye(len(lines.a)))
    sigma = float(s[-1])
    outward = numpy.exp(1j * here[1]) if lines.discrete else 1.0
    w = complex(numpy.vdot(u[:, -1], vh[-1].conj()) * outward)
    rise = excess / sigma
    return rise, sigma, numpy.array([1 + rise * w.real, -rise * w.imag])


def _newton_move(
    lines: Lines, here: numpy.ndarray, gradient: numpy.ndarray
) -> numpy.ndarray:
    """Return the step to the maximum of the local parabola, or uphill."""
    columns = [
        (_slope(lines, _moved(lines, here, SPACING * unit))[2] - gradient) / SPACING
        for unit in numpy.eye(2)
    ]
    hessian = (numpy.array(columns) + numpy.array(columns).T) / 2
    curvature, axes = numpy.linalg.eigh(hessian)
    bend = numpy.maximum(numpy.abs(curvature), 1e-8)  # uphill along each axis
    move = axes @ ((axes.T @ gradient) / bend)
    length = float(numpy.hypot(*move))
    return move * min(1.0, LONGEST / length) if length else move
