"""What the fields of a dictionary must satisfy together, also when a file names them."""

import math
from collections.abc import Sequence

import numpy

from perturbsci.arguments import one_of, positive, whole
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, scalar, to_host
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.profiles import KERNELS
from perturbsci.koopman.validity import (
    MOST_FUNCTIONS,
    checked_edges,
    checked_interval,
    checked_points,
)
from perturbsci.types import Array

__all__ = [
    "check_overflow",
    "checked_bounds",
    "checked_indices",
    "checked_mixing",
    "checked_parameters",
    "checked_positions",
    "checked_values",
]

FREQUENCIES = ("fourier", "real_fourier")
LABELS = {
    "fourier": ("period", "the length after which x repeats"),
    "real_fourier": ("period", "the length after which x repeats"),
    "hermite": ("scale", "the unit of x"),
    "hermite_function": ("scale", "the unit of x"),
}


def checked_indices(indices: Array, family: str, n_state: int) -> numpy.ndarray:
    """Return a table of degrees of a family that has one row a function.

    Parameters
    ----------
    indices : integer array, shape (n_functions, n_factors)
        As given.
    family : str
        Which; Fourier has frequencies of both signs.
    n_state : int
        The number of columns of a state: that of the table.

    Returns
    -------
    indices : integer array, shape (n_functions, n_factors)
        On the host, int64.

    Raises
    ------
    ShapeError
        If it is no matrix of ``n_state`` columns.
    ParameterError
        If it holds anything but whole numbers in range.
    """
    try:
        table = numpy.asarray(indices)
    except ValueError:
        raise ShapeError(
            f"indices is {indices!r:.60} with rows of different lengths; pass one row of "
            "degrees a function"
        ) from None
    if table.ndim != 2 or table.size == 0 or table.shape[1] != n_state:
        raise ShapeError(
            f"indices has shape {table.shape}, needed (n_functions, {n_state}); pass one "
            "row of degrees a function"
        )
    least = -MOST_FUNCTIONS if family in FREQUENCIES else 0
    top = MOST_FUNCTIONS if family != "monomials" else 2**31
    if table.dtype.kind not in "iu" or table.min() < least or table.max() > top:
        raise ParameterError(
            f"indices is {table.tolist()!r:.60} of dtype {table.dtype}; degrees are whole "
            f"numbers from {least} to {top}"
        )
    return table.astype(numpy.int64)


def checked_parameters(
    family: str, parameters: tuple[object, ...], n_state: int
) -> tuple[object, ...]:
    """Return the parameters of a family that is made of no other dictionaries.

    Parameters
    ----------
    family : str
        Which.
    parameters : tuple
        As given: numbers, text, arrays of shape (...).
    n_state : int
        The number of columns of a state.

    Returns
    -------
    parameters : tuple
        Clean.

    Raises
    ------
    ShapeError, ParameterError
        If they are not those of the family.
    """
    count = {"kernel": (3, 4), "indicator": (n_state, n_state), "custom": (1, 1)}
    ends = (2, 2) if family in ("chebyshev", "legendre") else (int(family in LABELS),) * 2
    least, most = count.get(family, ends)
    if not isinstance(parameters, tuple) or not least <= len(parameters) <= most:
        raise ParameterError(
            f"parameters is {parameters!r:.60}, needed a tuple of {least} for {family}; "
            "use a constructor such as fourier(degrees)"
        )
    if family in LABELS:
        name, meaning = LABELS[family]
        return (positive(parameters[0], name, meaning=meaning),)
    if family in ("chebyshev", "legendre"):
        return checked_interval(parameters)  # type: ignore[arg-type]
    if family == "indicator":
        return checked_edges(parameters)
    if family == "custom":
        meaning = "how many columns function returns"
        return (whole(parameters[0], "n_functions", least=1, meaning=meaning),)
    return _checked_kernel(parameters, n_state) if family == "kernel" else ()


def _checked_kernel(parameters: tuple[object, ...], n_state: int) -> tuple[object, ...]:
    points = checked_points(parameters[0], "centers")
    if points.shape[1] != n_state:
        raise ShapeError(
            f"centers has shape {points.shape}, needed {n_state} columns; pass one state a "
            "row"
        )
    kernel = one_of(parameters[1], "kernel", KERNELS)
    meaning = "the unit of distances"
    scale = positive(parameters[2], "scale", meaning=meaning)
    if len(parameters) == 3:
        return points, kernel, scale
    meaning = "the power of the polynomial kernel"
    return points, kernel, scale, whole(parameters[3], "degree", least=1, meaning=meaning)


def checked_positions(positions: Array, sizes: Sequence[int]) -> numpy.ndarray:
    """Return which function of each factor a product takes.

    Parameters
    ----------
    positions : integer array, shape (n_functions, n_factors)
        As given.
    sizes : sequence of int
        The number of functions of each factor.

    Returns
    -------
    positions : integer array, shape (n_functions, n_factors)
        On the host, int64.

    Raises
    ------
    ParameterError
        If one is out of range: evaluation would read beyond a table.
    """
    table = numpy.asarray(positions)
    fits = table.ndim == 2 and table.size > 0 and table.shape[1] == len(sizes)
    if not fits or table.dtype.kind not in "iu" or table.min() < 0:
        raise ParameterError(
            f"positions has shape {table.shape} and dtype {table.dtype}, needed whole "
            f"numbers of shape (n_functions, {len(sizes)}); use tensor(...)"
        )
    if (table.max(axis=0) >= numpy.asarray(sizes)).any():
        raise ParameterError(
            f"positions goes up to {table.max(axis=0).tolist()}, but the factors have "
            f"{list(sizes)} functions; use tensor(...)"
        )
    return table.astype(numpy.int64)


def checked_mixing(mixing: Array, n_mixed: int) -> numpy.ndarray:
    """Return the matrix that mixes functions.

    Parameters
    ----------
    mixing : real or complex array, shape (n_mixed, n_functions)
        As given.
    n_mixed : int
        The number of functions before mixing.

    Returns
    -------
    mixing : array, shape (n_mixed, n_functions)
        In C order, which decides how BLAS sums: a stored dictionary gives the same bits.

    Raises
    ------
    ShapeError
        If it does not have one row a function.
    ParameterError
        If it holds anything but numbers.
    """
    table = numpy.ascontiguousarray(mixing)
    if table.ndim != 2 or table.shape[0] != n_mixed or table.size == 0:
        raise ShapeError(
            f"mixing has shape {table.shape}, needed ({n_mixed}, n_functions): one row for "
            "each function that is mixed"
        )
    if table.dtype.kind not in "fc" or not numpy.isfinite(table).all():
        raise ParameterError(
            f"mixing has dtype {table.dtype} or values that are not finite; pass a matrix "
            "of finite numbers"
        )
    return table


def checked_bounds(bounds: tuple[float, float]) -> tuple[float, float]:
    """Return the bounds of a dictionary.

    Parameters
    ----------
    bounds : tuple of float
        As given.

    Returns
    -------
    sup, slope : float
        From 0 on.

    Raises
    ------
    ParameterError
        If they are not two such numbers.
    """
    try:
        sup, slope = (float(bound) for bound in bounds)
    except (TypeError, ValueError):
        sup, slope = math.nan, math.nan
    if not (0 <= sup < math.inf and 0 <= slope < math.inf):
        raise ParameterError(
            f"bounds is {bounds!r:.60}; pass (sup, slope), two finite numbers from 0 on, "
            "or None where there is no bound"
        )
    return sup, slope


def checked_values(values: Array, shape: tuple[int, int], name: str) -> Array:
    """Return what a user's function gave for a batch of states.

    Parameters
    ----------
    values : real or complex array, shape (n_samples, n_functions)
        As it was returned.
    shape : tuple of int
        What is needed.
    name : str
        Of the dictionary.

    Returns
    -------
    psi : array, shape (n_samples, n_functions)
        Clean.

    Raises
    ------
    ShapeError
        If the shape is another one.
    ParameterError
        If a value is NaN, infinite or no number.
    """
    psi = as_array(values, name=f"{name}(x)")
    if psi.shape != shape:
        raise ShapeError(
            f"{name}(x) has shape {psi.shape}, needed {shape}; the function of a custom "
            "dictionary returns one row per state and one column per function"
        )
    return psi


def check_overflow(psi: Array, x: Array, name: str) -> None:
    """Refuse values beyond floating point: a residual of them would be NaN.

    Parameters
    ----------
    psi : array, shape (n_samples, n_functions)
        Values.
    x : array, shape (n_samples, n_state)
        States.
    name : str
        Of the dictionary.

    Raises
    ------
    ParameterError
        If one is infinite or NaN.
    """
    xp = namespace(psi)
    if bool(scalar(xp.isfinite(psi.sum()))):
        return
    i = numpy.flatnonzero(~to_host(xp.isfinite(psi)).all(axis=1))
    if len(i):
        raise ParameterError(
            f"x[{i[0]}] = {to_host(x)[i[0]].tolist()!r:.60} is so large that {name} leaves "
            f"the range of {psi.dtype}; scale the states to order one, or lower the degree"
        )
