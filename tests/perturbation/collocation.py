"""Two-point boundary-value problems by Chebyshev collocation, an independent route."""

import numpy as np
from numpy.polynomial import chebyshev


def collocated(top, a, b, f, interval, boundary, degree):
    """Solve top y'' + a y' + b y = f; the points cluster where layers are."""
    low, high = interval
    half, middle = (high - low) / 2, (high + low) / 2
    t = -np.cos(np.pi * np.arange(degree + 1) / degree)
    x = middle + half * t
    unit = np.eye(degree + 1)
    values = chebyshev.chebvander(t, degree)
    slopes = chebyshev.chebval(t, chebyshev.chebder(unit)).T / half
    bends = chebyshev.chebval(t, chebyshev.chebder(unit, 2)).T / half**2
    matrix = top * bends + a(x)[:, None] * slopes + b(x)[:, None] * values
    right = f(x)
    matrix[[0, -1]], right[[0, -1]] = values[[0, -1]], boundary
    series = np.linalg.solve(matrix, right)
    return lambda points: chebyshev.chebval((points - middle) / half, series)
