"""Dictionaries built from functions of one coordinate."""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy

from perturbsci.errors import ParameterError
from perturbsci.koopman.dictionaries import Dictionary, check_n_state

__all__ = ["monomials"]

MOST_FUNCTIONS = 20000  # a dense Gram matrix of this size takes 3.2 GB


def monomials(
    degrees: int | Sequence[int],
    *,
    n_state: int = 1,
    weights: Sequence[int] | None = None,
) -> Dictionary:
    """Return the monomials x^k of bounded degree, the constant first.

    All x^k with sum_i weights_i k_i <= degree, ordered by that sum, then
    lexicographically (x_1 before x_2).

    Parameters
    ----------
    degrees : int or sequence of int
        An int n means 0..n; a sequence means exactly these, for one coordinate only.
    n_state : int
        The number of columns of a state.
    weights : sequence of int, shape (n_state,), optional
        The degree of each coordinate, from 1 on; default 1 each.

    Returns
    -------
    dictionary : Dictionary
        With ``comb(n_state + degree, degree)`` functions for unit weights.

    Raises
    ------
    ParameterError
        If a degree or weight is not a whole number in range, a sequence comes with
        several coordinates, or there would be more than 20000 functions.

    Examples
    --------
    >>> monomials(2, n_state=2).indices.tolist()
    [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1], [0, 2]]
    """
    check_n_state(n_state)
    if not isinstance(degrees, (int, numpy.integer)):
        return Dictionary("monomials", _exact_degrees(degrees, n_state, weights))
    if isinstance(degrees, bool) or degrees < 0:
        raise ParameterError(
            f"degrees is {degrees!r}; the largest degree is a number from 0 on"
        )
    costs = _checked_weights(weights, n_state)
    found = list(itertools.islice(_exponents(int(degrees), costs), MOST_FUNCTIONS + 1))
    if len(found) > MOST_FUNCTIONS:
        count = math.comb(n_state + degrees, degrees)
        raise ParameterError(
            f"degrees={degrees} with n_state={n_state} asks for up to {count} functions, "
            f"at most {MOST_FUNCTIONS} fit a dense Gram matrix; lower the degree or raise "
            "the weights"
        )
    by_degree = sorted(
        found, key=lambda k: (sum(map(int.__mul__, k, costs)), [-i for i in k])
    )
    return Dictionary("monomials", numpy.array(by_degree, dtype=numpy.int64))


def _exact_degrees(
    degrees: Sequence[int], n_state: int, weights: Sequence[int] | None
) -> numpy.ndarray:
    try:
        table = numpy.asarray(degrees)
    except ValueError:
        table = numpy.asarray(None)
    if n_state > 1 or weights is not None:
        raise ParameterError(
            f"degrees is a sequence but n_state is {n_state} and weights is {weights}; a "
            "list of degrees is for one coordinate: pass the largest degree instead"
        )
    if (
        table.ndim != 1
        or table.size == 0
        or table.dtype.kind not in "iu"
        or table.min() < 0
    ):
        raise ParameterError(
            f"degrees is {degrees!r:.60}; pass whole numbers from 0 on, at least one"
        )
    return table[:, None]


def _checked_weights(weights: Sequence[int] | None, n_state: int) -> tuple[int, ...]:
    costs = (1,) * n_state if weights is None else tuple(numpy.ravel(weights).tolist())
    whole = all(isinstance(cost, (int, numpy.integer)) and cost >= 1 for cost in costs)
    if len(costs) != n_state or not whole:
        raise ParameterError(
            f"weights is {weights!r}; pass {n_state} whole numbers from 1 on, one each"
        )
    return tuple(int(cost) for cost in costs)


def _exponents(budget: int, costs: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield every k with sum costs_i k_i <= budget."""
    k = [0] * len(costs)
    while True:
        yield tuple(k)
        for i, cost in enumerate(costs):  # count up like an odometer
            k[i] += 1
            budget -= cost
            if budget >= 0:
                break
            budget += k[i] * cost
            k[i] = 0
        else:
            return
