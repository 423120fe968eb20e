"""Values and derivatives of an expansion in any basis: one function a class of bases."""

from collections.abc import Callable

import numpy

from perturbsci.backend.arrays import namespace
from perturbsci.errors import ParameterError
from perturbsci.surrogates.bases import Chebyshev, Elements, Fourier, Legendre
from perturbsci.surrogates.families import Family, member_weights, members
from perturbsci.surrogates.feature_solver import expand_features
from perturbsci.surrogates.gaussians import TrainableGaussians
from perturbsci.surrogates.networks import Network
from perturbsci.surrogates.pieces import expand_elements
from perturbsci.surrogates.radial_bases import Gaussians, Radial
from perturbsci.surrogates.random_bases import RandomFourier, RandomTanh
from perturbsci.surrogates.tensors import expand_tensor
from perturbsci.surrogates.training_rows import expand_trained
from perturbsci.types import Array

__all__ = ["expand"]

# basis class -> function(basis, coefficients, edges, points, orders, field)
EXPANSIONS: dict[type, Callable[..., Array]] = {
    Elements: expand_elements,
    Legendre: expand_tensor,
    Chebyshev: expand_features,
    Fourier: expand_features,
    RandomFourier: expand_features,
    RandomTanh: expand_features,
    Gaussians: expand_features,
    Radial: expand_features,
    Network: expand_trained,
    TrainableGaussians: expand_trained,
}


def expand(
    basis: object,
    coefficients: Array,
    edges: tuple[Array, ...],
    points: Array,
    orders: tuple[int, ...],
    *,
    field: int = 0,
) -> Array:
    """Return one derivative of one real field of an expansion.

    Parameters
    ----------
    basis : object
        One of the basis objects of this subpackage.
    coefficients : array, shape (...)
        As the basis has them.
    edges : tuple of array, shape (n + 1,)
        Of elements; empty for other bases.
    points : array, shape (n, n_coordinates)
        In the units of the coordinates; inside the domain or not.
    orders : tuple of int
        How often to differentiate with respect to each coordinate.
    field : int, optional
        Which real field (a complex field is two).

    Returns
    -------
    values : array, shape (n,)
        On the device of the points.

    Raises
    ------
    ParameterError
        If no such basis is known.
    """
    if isinstance(basis, Family):
        return _of_family(basis, coefficients, edges, points, orders, field)
    function = EXPANSIONS.get(type(basis))
    if function is None:
        names = ", ".join(item.__name__ for item in EXPANSIONS)
        raise ParameterError(f"basis is {basis!r:.80}; it must be one of {names}")
    return function(basis, coefficients, edges, points, orders, field)


def _of_family(
    basis: Family,
    coefficients: Array,
    edges: tuple[Array, ...],
    points: Array,
    orders: tuple[int, ...],
    field: int,
) -> Array:
    """Return a derivative of the interpolant in the last coordinate."""
    xp = namespace(points)
    inner = xp.asarray(basis.ends[1:-1], device=points.device)
    piece = xp.searchsorted(inner, xp.asarray(points[:, -1], copy=True), side="left")
    solutions = list(members(basis, numpy.asarray(coefficients), edges))
    values = xp.zeros(points.shape[0], dtype=xp.float64, device=points.device)
    for k in range(basis.n_pieces):
        rows = xp.nonzero(piece == k)[0]
        if not rows.shape[0]:
            continue
        place = points[rows]
        weights = member_weights(basis, place[:, -1], k, orders[-1])
        own = solutions[k * basis.n_nodes : (k + 1) * basis.n_nodes]
        for j, member in enumerate(own):
            node = expand(*member, place[:, :-1], orders[:-1], field=field)
            values[rows] += weights[:, j] * node
    return values
