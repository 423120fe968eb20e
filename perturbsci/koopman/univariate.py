"""Dictionaries built from functions of one coordinate."""

import itertools
import math
from collections.abc import Iterator, Sequence
from numbers import Integral

import numpy

from perturbsci.arguments import one_of, positive
from perturbsci.errors import ParameterError
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.families import component_bounds
from perturbsci.koopman.validity import (
    MOST_FUNCTIONS,
    check_n_state,
    checked_degrees,
    checked_interval,
)

__all__ = ["chebyshev", "fourier", "hermite", "legendre", "monomials"]


def fourier(
    degrees: int | Sequence[int], *, period: float = 2 * math.pi, form: str = "complex"
) -> Dictionary:
    """Return the waves exp(2 pi i k x / period) of one coordinate.

    Parameters
    ----------
    degrees : int or sequence of int
        An int n means -n..n; a sequence means exactly these k.
    period : float
        Of the coordinate, in its unit.
    form : str
        ``"complex"``; or ``"real"``, for an int n only: 1, sqrt2 cos, sqrt2 sin, k = 1..n
        interleaved. Orthonormal for the uniform probability either way.

    Returns
    -------
    dictionary : Dictionary
        2n + 1 functions of one coordinate; ``bounds`` is exact.

    Raises
    ------
    ParameterError
        If a degree is no whole number, ``period`` is not positive, or a list of degrees
        comes with the real form.

    Examples
    --------
    >>> import numpy as np
    >>> fourier(1, period=4.0)(np.array([[1.0]])).round(15)
    array([[0.-1.j, 1.+0.j, 0.+1.j]])
    """
    one_of(form, "form", ("complex", "real"))
    indices = checked_degrees(degrees, signed=True)
    if form == "real":
        if not isinstance(degrees, Integral):
            raise ParameterError(
                f"degrees is {degrees!r:.60} with form='real'; the cosines and sines of "
                "1..n come together: pass the largest frequency n"
            )
        order = numpy.argsort(abs(indices[:, 0]) - 0.1 * (indices[:, 0] > 0))
        indices = indices[order]
    family = "fourier" if form == "complex" else "real_fourier"
    period = positive(period, "period", meaning="the length after which x repeats")
    return _graded("fourier", family, indices, (period,))


def chebyshev(
    degrees: int | Sequence[int], *, interval: Sequence[float] = (-1.0, 1.0)
) -> Dictionary:
    """Return Chebyshev polynomials 1, sqrt2 T_k of an interval.

    Parameters
    ----------
    degrees : int or sequence of int
        An int n means 0..n; a sequence means exactly these.
    interval : sequence of float, shape (2,)
        Mapped to [-1, 1].

    Returns
    -------
    dictionary : Dictionary
        Of one coordinate; orthonormal for the arcsine probability. ``bounds`` holds on the
        interval; outside the polynomials grow fast.

    Raises
    ------
    ParameterError
        If a degree is no whole number from 0 on, or the interval is empty.

    Examples
    --------
    >>> import numpy as np
    >>> chebyshev([0, 2], interval=(0, 2))(np.array([[1.0]])).round(3)
    array([[ 1.   , -1.414]])
    """
    ends = checked_interval(interval)
    return _graded("chebyshev", "chebyshev", checked_degrees(degrees), ends)


def legendre(
    degrees: int | Sequence[int], *, interval: Sequence[float] = (-1.0, 1.0)
) -> Dictionary:
    """Return Legendre polynomials sqrt(2k+1) P_k of an interval.

    Parameters
    ----------
    degrees : int or sequence of int
        An int n means 0..n; a sequence means exactly these.
    interval : sequence of float, shape (2,)
        Mapped to [-1, 1].

    Returns
    -------
    dictionary : Dictionary
        Of one coordinate; orthonormal for the uniform probability. ``bounds`` holds on the
        interval; outside the polynomials grow fast.

    Raises
    ------
    ParameterError
        If a degree is no whole number from 0 on, or the interval is empty.

    Examples
    --------
    >>> import numpy as np
    >>> legendre(1)(np.array([[1.0]])).round(3)
    array([[1.   , 1.732]])
    """
    ends = checked_interval(interval)
    return _graded("legendre", "legendre", checked_degrees(degrees), ends)


def hermite(
    degrees: int | Sequence[int], *, scale: float = 1.0, form: str = "polynomial"
) -> Dictionary:
    """Return Hermite polynomials or Hermite functions of one coordinate.

    Parameters
    ----------
    degrees : int or sequence of int
        An int n means 0..n; a sequence means exactly these.
    scale : float
        The unit of x.
    form : str
        ``"polynomial"``: He_k(x/scale)/sqrt(k!), orthonormal for N(0, scale^2).
        ``"function"``: h_k(x/scale)/sqrt(scale), orthonormal in L2(R, dx).

    Returns
    -------
    dictionary : Dictionary
        Only the functions have ``bounds``.

    Raises
    ------
    ParameterError
        If a degree is no whole number from 0 on, or ``scale`` is not positive.

    References
    ----------
    Indritz (1961): abs(h_k) <= pi^(-1/4).

    Examples
    --------
    >>> import numpy as np
    >>> hermite(3)(np.array([[2.0]])).round(3)
    array([[1.   , 2.   , 2.121, 0.816]])
    """
    one_of(form, "form", ("polynomial", "function"))
    scale = positive(scale, "scale", meaning="the unit of x")
    family = "hermite" if form == "polynomial" else "hermite_function"
    return _graded("hermite", family, checked_degrees(degrees), (scale,))


def _graded(
    name: str, family: str, indices: numpy.ndarray, parameters: tuple[float, ...]
) -> Dictionary:
    found = component_bounds(family, indices, parameters)
    bounds = None
    if found is not None:
        sup, slope = (float(numpy.linalg.norm(bound)) for bound in found)
        bounds = (sup, slope)
    return Dictionary(name, family, 1, indices, parameters, bounds=bounds)


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
    if not isinstance(degrees, Integral):
        if n_state > 1 or weights is not None:
            raise ParameterError(
                f"degrees is {degrees!r:.60} but n_state is {n_state} and weights is "
                f"{weights!r:.60}; a list of degrees is for one coordinate: pass the "
                "largest degree instead"
            )
        return Dictionary("monomials", "monomials", 1, checked_degrees(degrees))
    if isinstance(degrees, bool) or degrees < 0:
        raise ParameterError(
            f"degrees is {degrees!r}; the largest degree is a number from 0 on"
        )
    costs = _checked_weights(weights, n_state)
    found = list(itertools.islice(_exponents(int(degrees), costs), MOST_FUNCTIONS + 1))
    if len(found) > MOST_FUNCTIONS:
        count = math.comb(n_state + int(degrees), int(degrees))
        raise ParameterError(
            f"degrees={degrees} with n_state={n_state} asks for up to {count} functions, "
            f"at most {MOST_FUNCTIONS} fit a dense Gram matrix; lower the degree or raise "
            "the weights"
        )
    by_degree = sorted(
        found, key=lambda k: (sum(map(int.__mul__, k, costs)), [-i for i in k])
    )
    indices = numpy.array(by_degree, dtype=numpy.int64)
    return Dictionary("monomials", "monomials", int(n_state), indices)


def _checked_weights(weights: Sequence[int] | None, n_state: int) -> tuple[int, ...]:
    costs = (1,) * n_state if weights is None else tuple(numpy.ravel(weights).tolist())
    whole = all(type(cost) is int and cost >= 1 for cost in costs)
    if len(costs) != n_state or not whole:
        raise ParameterError(
            f"weights is {weights!r:.60}; pass {n_state} whole numbers from 1 on, one each"
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
