"""Dictionaries made of dictionaries: delays, tensor products, unions.

Bounds: a product has sup = prod_f b_f, slope^2 = sum_f (s_f prod_{g != f} b_g)^2, because
its factors depend on different coordinates; functions side by side add their squares.
"""

import math
from collections import Counter

import numpy

from perturbsci.arguments import positive, whole
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.families import component_bounds
from perturbsci.koopman.validity import MOST_FUNCTIONS, check_count

__all__ = ["delays", "tensor", "union"]


def delays(base: Dictionary, count: int) -> Dictionary:
    """Return a dictionary on each block of a delay-embedded state.

    Parameters
    ----------
    base : Dictionary
        The functions of one block of ``base.n_state`` columns.
    count : int
        The number of blocks, at least 1: that of ``Snapshots.from_trajectory``.

    Returns
    -------
    dictionary : Dictionary
        The functions of the first block, then those of the second, ...; a constant of
        ``base`` is kept in the first block only.

    Raises
    ------
    ParameterError
        If ``base`` is no dictionary, ``count`` no positive whole number, or there would be
        more than 20000 functions.

    Examples
    --------
    >>> from perturbsci.koopman import monomials
    >>> import numpy as np
    >>> delays(monomials(1), 2)(np.array([[5.0, 6.0]]))
    array([[1., 5., 6.]])
    """
    _check_dictionaries("base", base)
    count = whole(
        count, "count", least=1, meaning="the number of blocks of a delay-embedded state"
    )
    bounds = None
    if base.bounds is not None:
        sup, slope = base.bounds  # constants are 1 in all families that know theirs
        square = count * sup**2 - (count - 1) * len(base.constants)
        bounds = (math.sqrt(square), slope)
    return Dictionary(
        f"{base.name} of {count} delays",
        "delays",
        base.n_state * count,
        parameters=(count,),
        parts=(base,),
        bounds=bounds,
    )


def union(*dictionaries: Dictionary) -> Dictionary:
    """Return the functions of several dictionaries side by side, all of the same state.

    Parameters
    ----------
    *dictionaries : Dictionary
        At least one.

    Returns
    -------
    dictionary : Dictionary
        All their columns in order; a function that two of them hold stands there twice.

    Raises
    ------
    ParameterError
        If there is none, or one argument is no dictionary.
    ShapeError
        If they are for states of different width.

    Examples
    --------
    >>> from perturbsci.koopman import fourier, monomials
    >>> union(monomials([1]), fourier(2)).n_functions
    6
    """
    _check_dictionaries("dictionaries", *dictionaries)
    widths = [part.n_state for part in dictionaries]
    if len(set(widths)) > 1:
        raise ShapeError(
            f"dictionaries are for states of {widths} columns, needed the same; for "
            "functions of different coordinates use tensor(...)"
        )
    given = [part.bounds for part in dictionaries if part.bounds is not None]
    bounds = None
    if len(given) == len(dictionaries):
        bounds = (_norm([sup for sup, _ in given]), _norm([slope for _, slope in given]))
    return Dictionary(
        " + ".join(part.name for part in dictionaries),
        "union",
        widths[0],
        parts=tuple(dictionaries),
        bounds=bounds,
    )


def tensor(*factors: Dictionary, cross: float | None = None) -> Dictionary:
    """Return products of functions of successive coordinates, the first factor slowest.

    Parameters
    ----------
    *factors : Dictionary
        The first takes the first ``n_state`` columns of a state, and so on.
    cross : float, optional
        Keep the products with prod_i w(k_i) <= cross (a hyperbolic cross), where w(k) =
        max(1, abs(k)) for Fourier factors and k + 1 for others.

    Returns
    -------
    dictionary : Dictionary
        With ``prod n_functions`` functions without ``cross``.

    Raises
    ------
    ParameterError
        If there is no factor, ``cross`` is below 1 or keeps nothing, a factor has no
        degrees although ``cross`` is given, or there would be more than 20000 functions.

    Examples
    --------
    >>> from perturbsci.koopman import chebyshev, fourier
    >>> tensor(fourier(1), chebyshev(2)).indices[:4].tolist()
    [[-1, 0], [-1, 1], [-1, 2], [0, 0]]
    >>> tensor(fourier(8), fourier(8), cross=8).n_functions
    113
    """
    _check_dictionaries("factors", *factors)
    sizes = [factor.n_functions for factor in factors]
    if cross is None:
        check_count(math.prod(sizes), f"tensor of {sizes} functions")
        grid = numpy.indices(sizes, dtype=numpy.int64)
        positions = grid.reshape(len(sizes), -1).T.copy()
    else:
        positions = _cross(factors, cross)
    indices = None
    columns = [
        factor.indices[positions[:, f]]
        for f, factor in enumerate(factors)
        if factor.indices is not None and factor.mixing is None
    ]
    if len(columns) == len(factors):
        indices = numpy.concatenate(columns, axis=1)
    return Dictionary(
        " x ".join(factor.name for factor in factors),
        "tensor",
        sum(factor.n_state for factor in factors),
        indices=indices,
        parameters=(positions,),
        parts=tuple(factors),
        bounds=_tensor_bounds(factors, positions),
    )


def _check_dictionaries(name: str, *given: Dictionary) -> None:
    if not given:
        raise ParameterError(f"{name} is empty; pass at least one dictionary")
    for k, each in enumerate(given):
        if not isinstance(each, Dictionary):
            raise ParameterError(
                f"{name}[{k}] is a {type(each).__name__}, needed a Dictionary; make one "
                "with a constructor such as fourier(degrees)"
            )


def _norm(numbers: list[float]) -> float:
    return math.sqrt(sum(number * number for number in numbers))


def _cross_weights(part: Dictionary) -> numpy.ndarray | None:
    """Return w of every function; None where there are no degrees."""
    if part.mixing is not None:
        return None
    if part.family == "linear":
        return numpy.full(part.n_state, 2)
    if part.family == "tensor":
        positions = numpy.asarray(part.parameters[0])
        inside = [_cross_weights(factor) for factor in part.parts]
        columns = [w[positions[:, f]] for f, w in enumerate(inside) if w is not None]
        return numpy.prod(columns, axis=0) if len(columns) == len(inside) else None
    if part.indices is None:
        return None
    if part.family in ("fourier", "real_fourier"):
        return numpy.maximum(1, abs(part.indices[:, 0]))
    return numpy.prod(part.indices + 1, axis=1)


def _cross(factors: tuple[Dictionary, ...], cross: float) -> numpy.ndarray:
    """Return the positions with prod w <= cross, growing them factor by factor."""
    meaning = "the bound of the products of the weights of degrees, from 1 on"
    if positive(cross, "cross", meaning=meaning) < 1:
        raise ParameterError(f"cross is {cross!r:.60}; {meaning}: pass a number from 1 on")
    weights = []
    for f, factor in enumerate(factors):
        found = _cross_weights(factor)
        if found is None:
            raise ParameterError(
                f"factors[{f}] ({factor.name}) has no degrees, which cross={cross} needs; "
                "leave out cross, or use factors such as fourier and chebyshev"
            )
        weights.append(found)
    rest = [math.prod(int(w.min()) for w in weights[f + 1 :]) for f in range(len(weights))]
    _check_cross_count(weights, cross)
    positions = numpy.zeros((1, 0), dtype=numpy.int64)
    product = numpy.ones(1)
    for w, least in zip(weights, rest, strict=True):
        grown = product[:, None] * w
        row, column = numpy.nonzero(grown * least <= cross)
        positions = numpy.concatenate([positions[row], column[:, None]], axis=1)
        product = grown[row, column]
    return positions


def _check_cross_count(weights: list[numpy.ndarray], cross: float) -> None:
    """Refuse a cross of no functions or too many, counted before one is made."""
    counts = Counter({1: 1})
    for w in weights:
        grown: Counter[int] = Counter()
        for value, times in Counter(w.tolist()).items():
            for product, number in counts.items():
                if product * value <= cross:
                    grown[product * value] += number * times
        counts = grown
    total = sum(counts.values())
    if not total:
        raise ParameterError(
            f"cross={cross} keeps no product; the smallest is "
            f"{math.prod(int(w.min()) for w in weights)}"
        )
    if total > MOST_FUNCTIONS:
        check_count(total, f"tensor with cross={cross}")


def _tensor_bounds(
    factors: tuple[Dictionary, ...], positions: numpy.ndarray
) -> tuple[float, float] | None:
    """Return the smaller of the product rule and the norms of the components' bounds."""
    given = [factor.bounds for factor in factors if factor.bounds is not None]
    if len(given) < len(factors):
        return None
    sups = [sup for sup, _ in given]
    slopes = [
        slope * math.prod(sups[:f] + sups[f + 1 :]) for f, (_, slope) in enumerate(given)
    ]
    whole = (math.prod(sups), _norm(slopes))
    parts = []
    for f, factor in enumerate(factors):
        if factor.indices is None or factor.mixing is not None or factor.parts:
            return whole
        found = component_bounds(factor.family, factor.indices, factor.parameters)  # type: ignore[arg-type]
        if found is None:
            return whole
        parts.append([bound[positions[:, f]] for bound in found])
    every = numpy.prod([sup for sup, _ in parts], axis=0)
    squares = sum((every / sup * slope) ** 2 for sup, slope in parts)
    return (
        min(whole[0], float(numpy.linalg.norm(every))),
        min(whole[1], math.sqrt(float(numpy.sum(squares)))),
    )
