"""Mixed derivatives from derivatives along directions.

With u_m(v) the m-th Taylor coefficient of t -> u(x + t v) and m = a_1 + ... + a_d,

    D^a u = 2^-m sum_{i <= a} (-1)^abs(i) prod_k binomial(a_k, i_k) u_m(a - 2 i),

the polarization of the form u_m. Opposite and parallel directions are joined by
u_m(g v) = g^m u_m(v), so a pure derivative takes one direction and u_xy two.
"""

import functools
import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy

from perturbsci.types import Array

__all__ = ["Directions", "polarized"]


class Directions(NamedTuple):
    """Directions, the degree along them, and what to sum.

    ``vectors`` has shape (n_directions, d). ``weights`` has shape (n_orders, degree + 1,
    n_directions): derivative s is the sum of weights[s, k, r] times coefficient k along
    direction r.
    """

    vectors: Array
    degree: int
    weights: Array


def polarized(orders: Sequence[tuple[int, ...]]) -> Directions:
    """Return directions along which all of some mixed derivatives can be read off.

    Parameters
    ----------
    orders : sequence of tuple of int
        How often to differentiate with respect to each coordinate, one entry a
        derivative.

    Returns
    -------
    directions : Directions
        With integer vectors; at least one.

    Notes
    -----
    The weights are exact integers over 2^m; the sum loses as many digits as the other
    derivatives of order m are larger than the one that is asked for.

    Examples
    --------
    >>> polarized([(1, 1)]).vectors.tolist()
    [[1.0, -1.0], [1.0, 1.0]]
    >>> polarized([(1, 1)]).weights[0, 2].tolist()
    [-0.5, 0.5]
    """
    return _polarized(tuple(tuple(int(a) for a in order) for order in orders))


@functools.lru_cache(maxsize=256)
def _polarized(orders: tuple[tuple[int, ...], ...]) -> Directions:
    terms = [_terms(order) for order in orders]
    vectors = sorted({vector for table in terms for vector in table})
    if not vectors:  # values only: any direction will do
        vectors = [(1,) + (0,) * (len(orders[0]) - 1)]
    degree = max(sum(order) for order in orders)
    weights = numpy.zeros((len(orders), degree + 1, len(vectors)))
    for s, (order, table) in enumerate(zip(orders, terms, strict=True)):
        if not any(order):
            weights[s, 0, 0] = 1.0
        for vector, weight in table.items():
            weights[s, sum(order), vectors.index(vector)] = weight
    return Directions(numpy.array(vectors, dtype=numpy.float64), degree, weights)


def _terms(order: tuple[int, ...]) -> dict[tuple[int, ...], float]:
    """Return the weight of each primitive direction in one derivative."""
    m = sum(order)
    table: dict[tuple[int, ...], int] = {}
    for index in itertools.product(*(range(a + 1) for a in order)):
        vector = tuple(a - 2 * i for a, i in zip(order, index, strict=True))
        common = math.gcd(*vector)
        if common == 0:
            continue
        first = next(entry for entry in vector if entry)
        common = common if first > 0 else -common
        binomials = math.prod(math.comb(a, i) for a, i in zip(order, index, strict=True))
        primitive = tuple(entry // common for entry in vector)
        weight = (-1) ** sum(index) * binomials * common**m
        table[primitive] = table.get(primitive, 0) + weight
    return {vector: weight / 2**m for vector, weight in table.items() if weight}
