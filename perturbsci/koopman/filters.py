"""Filters: weights of the moments that tame a truncated Fourier series.

nu_N(t) = (1/2 pi) sum_{|n| <= N} phi(n/N) c_n e^{-int} with phi(0) = 1 and phi(+-1) = 0;
the more derivatives of phi vanish at both ends, the higher the order (Vandeven 1991).
"""

import numpy

from perturbsci.arguments import one_of
from perturbsci.types import Array

__all__ = ["FILTER_ORDERS", "filter_weights"]

# Orders in 1/N where the density is smooth; 0 for faster than any power.
FILTER_ORDERS = {"fejer": 1, "cosine": 2, "vandeven": 4, "sharpened": 8, "bump": 0}
HALF = 0.109550455106347  # puts phi(1/2) = 1/2


def filter_weights(name: str, n: int) -> Array:
    """Return phi(k/n) for k = 0, ..., n.

    Parameters
    ----------
    name : str
        ``"fejer"``, ``"cosine"``, ``"vandeven"``, ``"sharpened"`` or ``"bump"``.
    n : int
        N, at least 1.

    Returns
    -------
    weights : real array, shape (n + 1,)
        From 1 down to 0.

    Raises
    ------
    ParameterError
        If the filter is unknown.

    Examples
    --------
    >>> filter_weights("fejer", 4).tolist()
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """
    one_of(name, "filter", FILTER_ORDERS)
    x = numpy.arange(n + 1) / n
    if name == "fejer":
        return 1 - x
    if name == "cosine":
        return _raised_cosine(x)
    if name == "vandeven":
        return 1 - x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3)
    if name == "sharpened":
        p = _raised_cosine(x)
        return p**4 * (35 - 84 * p + 70 * p**2 - 20 * p**3)
    inside = x[1:-1]
    bump = numpy.exp(-2 / (1 - inside) * numpy.exp(-HALF / inside**4))
    return numpy.concatenate([[1.0], bump, [0.0]])


def _raised_cosine(x: Array) -> Array:
    """Return (1 + cos pi x)/2, as a square: 0 at x = 1 to the last digit."""
    return numpy.where(x == 1, 0.0, numpy.cos(numpy.pi * x / 2)) ** 2
