"""Tables of the functions of a basis at points: one matrix for each derivative.

Columns of a tensor product run like the entries of an array of shape (n_1, ..., n_d) in C
order.
"""

import itertools
from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any, TypeAlias

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.backend.kernels.gaussians import gaussian_features
from perturbsci.backend.kernels.tables import tensor_products
from perturbsci.errors import ParameterError
from perturbsci.surrogates.bases import Chebyshev, Fourier, Legendre
from perturbsci.surrogates.counts import is_count
from perturbsci.surrogates.jets import (
    polynomial_jets,
    radial_jets,
    tanh_jets,
    wave_jets,
)
from perturbsci.surrogates.networks import Network, network_features
from perturbsci.surrogates.radial_bases import Gaussians, Radial
from perturbsci.surrogates.random_bases import RandomFourier, RandomTanh, random_features
from perturbsci.types import Array

__all__ = ["Features", "feature_jets", "univariate_jets"]

Index = tuple[int, ...]
Features: TypeAlias = (
    Chebyshev
    | Fourier
    | Legendre
    | RandomFourier
    | RandomTanh
    | Gaussians
    | Radial
    | Network
)
Product: TypeAlias = Chebyshev | Fourier | Legendre
Table = dict[Index, Array]


def feature_jets(basis: Features, points: Array, orders: Iterable[Index]) -> Table:
    """Return derivatives of all functions of a basis at points.

    Parameters
    ----------
    basis : object
        Legendre, Chebyshev, Fourier, RandomFourier, RandomTanh, Gaussians, Radial, or a
        Network (what its last layer sums before training): m functions of d coordinates.
    points : real array, shape (n, d)
        Where, in the units of the coordinates.
    orders : iterable of tuple of int
        Multi-indices a; one alone is accepted.

    Returns
    -------
    jets : dict
        Each multi-index to D^a of each function, shape (n, m), on the device of the
        points.

    Raises
    ------
    ParameterError
        If the basis has no table of features, or a multi-index does not fit it.
    ShapeError
        If the points have another number of columns.

    Notes
    -----
    n m numbers a multi-index; a tensor product is evaluated faster by contraction, one
    coordinate after the other. Entries are accurate to a small multiple of unit roundoff
    of the largest of their row times the sum of the degrees.

    Examples
    --------
    >>> from perturbsci.surrogates import Legendre
    >>> feature_jets(Legendre(2, [(0, 2)]), [[1.0]], [(0,), (2,)])
    {(0,): array([[ 1. ,  0. , -0.5]]), (2,): array([[0., 0., 3.]])}
    """
    maker = _MAKERS.get(type(basis))
    if maker is None:
        raise ParameterError(
            f"basis is a {type(basis).__name__}, which is no fixed set of features; pass "
            f"one of {', '.join(item.__name__ for item in _MAKERS)}"
        )
    place = as_array(
        points, name="points", ndim=2, columns=basis.dimension, real=True, empty=True
    )
    return maker(basis, place, _indices(orders, basis.dimension))


def univariate_jets(basis: Product, k: int, x: Array, order: int) -> Array:
    """Return the functions of one coordinate of a tensor product and their derivatives.

    Parameters
    ----------
    basis : Legendre, Chebyshev or Fourier
        A tensor product.
    k : int
        Which coordinate.
    x : real array, shape (n,)
        Its values.
    order : int
        The highest derivative.

    Returns
    -------
    table : array, shape (n, order + 1, n_k)
        D^s of each function.

    Examples
    --------
    >>> univariate_jets(Legendre((1, 2), [(0, 1), (-1, 1)]), 0, numpy.array([1.0]), 1)
    array([[[1., 1.],
            [0., 2.]]])
    """
    if isinstance(basis, Fourier):
        return wave_jets(x, basis.domain[k], basis.modes[k], order)  # type: ignore[index]
    family = "legendre" if isinstance(basis, Legendre) else "chebyshev"
    return polynomial_jets(x, basis.domain[k], basis.shape[k], order, family=family)


def _indices(orders: Any, dimension: int) -> list[Index]:
    """Return multi-indices as tuples of int, each once."""
    if isinstance(orders, str) or not isinstance(orders, Iterable):
        raise ParameterError(
            f"orders is {orders!r:.60}; each must be a multi-index, such as [(1, 0)]"
        )
    items = list(orders)
    if items and dimension > 1 and all(isinstance(item, Integral) for item in items):
        items = [items]
    items = [tuple(item) if isinstance(item, Iterable) else (item,) for item in items]
    for item in items:
        if len(item) != dimension or not all(map(is_count, item)):
            raise ParameterError(
                f"orders holds {item!r:.60}; each must be {dimension} whole numbers from 0 "
                "on: how often to differentiate in each coordinate"
            )
    return list(dict.fromkeys(tuple(int(a) for a in item) for item in items))


def _tensor_features(basis: Any, points: Array, indices: list[Index]) -> Table:
    """Return the products of univariate tables."""
    xp = namespace(points)
    n, d = points.shape
    highest = [max((item[k] for item in indices), default=0) for k in range(d)]
    parts = [
        univariate_jets(basis, k, xp.asarray(points[:, k], copy=True), highest[k])
        for k in range(d)
    ]
    if d == 1:
        return {item: xp.asarray(parts[0][:, item[0], :], copy=True) for item in indices}
    grid = itertools.product(*(range(extent) for extent in basis.shape))
    columns = numpy.array(list(grid), dtype=numpy.int64)
    columns = xp.asarray(columns, device=points.device)
    weight = xp.ones(n, dtype=points.dtype, device=points.device)
    found = {}
    for item in indices:
        stack = xp.zeros((d, n, max(basis.shape)), dtype=points.dtype, device=points.device)
        for k in range(d):
            stack[k, :, : basis.shape[k]] = parts[k][:, item[k], :]
        found[item] = tensor_products(stack, columns, weight)
    return found


def _wave_features(basis: RandomFourier, points: Array, indices: list[Index]) -> Table:
    """Return w^a sin(w.x + b + |a| pi/2)."""
    xp = namespace(points)
    w = xp.asarray(basis.directions(), dtype=points.dtype, device=points.device)
    b = xp.asarray(basis.phases(), dtype=points.dtype, device=points.device)
    found = {}
    for item in indices:
        alpha = xp.asarray(numpy.array(item, dtype=numpy.int64), device=points.device)
        found[item] = random_features(points, w, b, alpha)
    return found


def _layer_features(basis: RandomTanh, points: Array, indices: list[Index]) -> Table:
    """Return w^a tanh^(|a|)(w.x + b)."""
    xp = namespace(points)
    w = xp.asarray(basis.directions(), dtype=points.dtype, device=points.device)
    b = xp.asarray(basis.phases(), dtype=points.dtype, device=points.device)
    phase = points @ w.T + b
    values = {s: tanh_jets(phase, s) for s in {sum(item) for item in indices}}
    found = {}
    for item in indices:
        factor = xp.ones_like(b)
        for k, a in enumerate(item):
            factor = factor * w[:, k] ** a
        found[item] = values[sum(item)] * factor
    return found


def _gaussian_features(basis: Gaussians, points: Array, indices: list[Index]) -> Table:
    """Return Hermite functions of the distances."""
    xp = namespace(points)
    centers, widths = (
        xp.asarray(item, dtype=points.dtype, device=points.device)
        for item in (basis.centers, basis.widths)
    )
    found = {}
    for item in indices:
        alpha = xp.asarray(numpy.array(item, dtype=numpy.int64), device=points.device)
        found[item] = gaussian_features(points, centers, 1.0 / widths, alpha)
    return found


def _radial_features(basis: Radial, points: Array, indices: list[Index]) -> Table:
    """Return derivatives of the radial functions."""
    xp = namespace(points)
    centers = xp.asarray(basis.centers, dtype=points.dtype, device=points.device)
    shift = points[:, None, :] - centers[None, :, :]
    return {
        item: radial_jets(shift, item, basis.shape, kind=basis.kind) for item in indices
    }


_MAKERS: dict[type, Callable[[Any, Array, list[Index]], Table]] = {
    Legendre: _tensor_features,
    Chebyshev: _tensor_features,
    Fourier: _tensor_features,
    RandomFourier: _wave_features,
    RandomTanh: _layer_features,
    Gaussians: _gaussian_features,
    Radial: _radial_features,
    Network: network_features,
}
