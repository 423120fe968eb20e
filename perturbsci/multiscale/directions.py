"""Direction cosines of slab transport, and fields that a user gives on a slab.

Gauss-Legendre nodes of each half of [-1, 1] by itself (double Gauss): the intensity at a
source or a boundary jumps at cosine 0, which one rule over [-1, 1] would smear.
"""

from collections.abc import Callable
from numbers import Real

import numpy

from perturbsci.arguments import number
from perturbsci.backend import namespace, to_device, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["half_range", "profile"]


def half_range(n_angles: int, *, backend: str | None = None) -> tuple[Array, Array]:
    """Return Gauss-Legendre cosines in (0, 1) and weights that sum to 1.

    Parameters
    ----------
    n_angles : int
        How many.
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    cosines, weights : real arrays, shape (n_angles,)
        Ascending.

    Examples
    --------
    >>> mu, w = half_range(2)
    >>> bool(abs(w @ mu**2 - 1 / 3) < 1e-15)
    True
    """
    nodes, weights = numpy.polynomial.legendre.leggauss(n_angles)
    return to_device((nodes + 1) / 2, backend), to_device(weights / 2, backend)


def profile(
    value: float | Callable[[Array], Array] | None,
    name: str,
    x: Array,
    *,
    positive: bool = False,
    signed: bool = False,
) -> Array:
    """Return the values of a field that was given as a number or a function.

    Parameters
    ----------
    value : float, callable or None
        One number everywhere, or ``value(x)``, shape (n,); None is 0.
    name : str
        Of the argument.
    x : real array, shape (n,)
        Where.
    positive : bool
        Refuse 0 too.
    signed : bool
        Allow negative values.

    Returns
    -------
    values : real array, shape (n,)
        On the device of x.

    Raises
    ------
    ParameterError
        If a value is not finite or has the wrong sign; the message names the index.
    ShapeError
        If the function returns another shape than x.
    """
    xp = namespace(x)
    if callable(value):
        values = as_array(value(x), name=name, real=True)
    elif isinstance(value, Real) and not isinstance(value, bool):
        values = xp.full_like(x, number(value, name))
    else:
        raise ParameterError(
            f"{name} is {value!r:.60}; pass a number, or a function of x that returns one "
            "number a cell"
        )
    if values.shape != x.shape:
        raise ShapeError(
            f"{name} returned shape {values.shape}, needed one number a cell, {x.shape}"
        )
    host = to_host(values)
    bad = ~numpy.isfinite(host)
    if not signed:
        bad |= (host <= 0) if positive else (host < 0)
    if bad.any():
        index = int(numpy.argmax(bad))
        wanted = "finite" if signed else "finite and " + ("> 0" if positive else ">= 0")
        raise ParameterError(
            f"{name} is {host[index]:g} at index {index}; it must be {wanted} in every cell"
        )
    return xp.asarray(values, dtype=x.dtype)
