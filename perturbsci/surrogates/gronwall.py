"""Gronwall's inequality over a short time: B' = L B + rho, L at the states within reach.

How fast errors grow depends on how far the states reach, and these reach as far as errors
do: a radius is enlarged until the bound that follows from it stays within it.
"""

import math
from collections.abc import Callable

__all__ = ["growth_factor", "grown_bound"]

LARGEST = 700.0  # exponent of what is no overflow yet
TRIES = 40


def growth_factor(exponent: float) -> float:
    """Return exp of an exponent, finite for all that are.

    Parameters
    ----------
    exponent : float
        Rate times length of time.

    Returns
    -------
    factor : float
        At most exp(700).

    Examples
    --------
    >>> growth_factor(0.0), growth_factor(1e6) > 1e300
    (1.0, True)
    """
    return math.exp(min(exponent, LARGEST))


def grown_bound(
    rate: Callable[[float], float], bound: float, added: float, step: float
) -> tuple[float, float]:
    """Return how far errors reach within a short time, and their bound after it.

    Parameters
    ----------
    rate : callable
        Maps a radius to the growth rate of errors that stay within it.
    bound : float
        On the error before.
    added : float
        Integral of the norm of the residual.
    step : float
        Length of the time.

    Returns
    -------
    radius, bound : float
        Infinite where no radius is found that errors stay within.

    Examples
    --------
    >>> radius, bound = grown_bound(lambda radius: -1.0, 1.0, 0.0, 0.5)
    >>> radius, round(bound, 3)
    (1.2, 0.607)
    """
    radius = 1.2 * (bound + added)
    for _ in range(TRIES):
        exponent = rate(radius) * step
        # the largest of both signs within the step: errors at its start may fall later
        up = growth_factor(max(exponent, 0.0))
        highest = up * (bound + added)
        if highest <= radius:
            return radius, growth_factor(exponent) * bound + up * added
        radius = 1.3 * highest
        if not radius < 1e200:
            break
    return math.inf, math.inf
