"""Fitting the Koopman matrix to a source, and the eigenvectors of its small form."""

import dataclasses
from typing import NamedTuple

from perturbsci.backend import namespace
from perturbsci.backend.linalg import lstsq, norm, solve
from perturbsci.errors import ParameterError
from perturbsci.koopman.projection import (
    Pencil,
    Projection,
    adjoint,
    project,
    refined,
    scaled_pencil,
)
from perturbsci.koopman.sources import Source
from perturbsci.types import Array

__all__ = ["Fit", "fitted", "lifted", "plain_fit", "state_modes"]


class Fit(NamedTuple):
    """K and all that it took: the source, the scaled pencil, and the projection."""

    source: Source
    pencil: Pencil
    projection: Projection

    @property
    def moments(self) -> Array:
        """Psi_X* W X of the scaled functions, shape (n_functions, n_state)."""
        source = self.source
        return source.state.moments / source.total / self.pencil.scale[:, None]

    @property
    def koopman_matrix(self) -> Array:
        """K of the functions as they are."""
        return self.projection.matrix * (self.pencil.scale / self.pencil.scale[:, None])

    @property
    def small_matrix(self) -> Array:
        """K on the directions with information."""
        matrix, basis = self.projection.matrix, self.projection.basis
        if not self.projection.reduced:
            return matrix
        return adjoint(basis) @ matrix @ basis


def fitted(source: Source, *, rank: int | None, tolerance: float | None) -> Fit:
    """Return the Koopman matrix of a source.

    Parameters
    ----------
    source : Source
        Gram state, and the pairs for corrections.
    rank : int or None
        At most so many directions.
    tolerance : float or None
        Relative cut of the eigenvalues of G.

    Returns
    -------
    fit : Fit
        K solves the least-squares problem ||Psi_X K - Psi_Y||; where G is ill-conditioned
        and the pairs are there, to the accuracy of an orthogonal factorization.
    """
    fit = plain_fit(source, rank=rank, tolerance=tolerance)
    pencil, projection = fit.pencil, fit.projection
    xp = namespace(pencil.G)
    if source.panels is not None and source.accuracy == "verified":
        eps = float(xp.finfo(pencil.G.dtype).eps)
        if projection.condition > eps**-0.25:
            projection = refined(projection, pencil, source.panels, source.total)
    dictionary = source.state.dictionary
    columns = None if dictionary is None else dictionary.coordinates
    if columns is not None:  # the coordinates themselves are in the span: exact
        places = xp.asarray(columns)
        one = xp.eye(pencil.G.shape[0], dtype=pencil.G.dtype, device=pencil.G.device)
        exact = xp.take(one * pencil.scale, places, axis=1)
        projection = dataclasses.replace(projection, coefficients=exact)
    return Fit(source, pencil, projection)


def plain_fit(source: Source, *, rank: int | None, tolerance: float | None) -> Fit:
    """Return the Koopman matrix as the Gram state alone gives it.

    Parameters
    ----------
    source : Source
        Gram state.
    rank : int or None
        At most so many directions.
    tolerance : float or None
        Relative cut of the eigenvalues of G; default n_functions unit roundoffs, squared
        for factors.

    Returns
    -------
    fit : Fit
        G^+ A on the directions that are kept.
    """
    pencil = scaled_pencil(source.state)
    if tolerance is None:
        tolerance = len(pencil.scale) * float(namespace(pencil.G).finfo(pencil.G.dtype).eps)
        tolerance = tolerance if pencil.factors is None else tolerance**2
    moments = source.state.moments / source.total / pencil.scale[:, None]
    projection = project(pencil, moments, tolerance=tolerance, rank=rank)
    return Fit(source, pencil, projection)


def state_modes(fit: Fit, vectors: Array) -> tuple[Array, float]:
    """Return V^{-1} C and the condition of V; by least squares where V is singular.

    Parameters
    ----------
    fit : Fit
        With the coefficients C of the state.
    vectors : complex array, shape (rank, rank)
        V, of the small matrix.

    Returns
    -------
    modes : complex array, shape (rank, n_state)
        So that x is about Psi V modes.
    condition : float
        ||V|| ||V^{-1}||, Frobenius norms; inf where V is singular.
    """
    xp = namespace(vectors)
    coefficients = fit.projection.coefficients
    if fit.projection.reduced:
        coefficients = adjoint(fit.projection.basis) @ coefficients
    coefficients = xp.astype(coefficients, vectors.dtype)
    if not vectors.shape[0]:
        return coefficients, 1.0
    try:
        inverse = solve(
            vectors, xp.eye(vectors.shape[0], dtype=vectors.dtype, device=vectors.device)
        )
    except ParameterError:
        return lstsq(vectors, coefficients)[0], float("inf")
    return inverse @ coefficients, norm(vectors) * norm(inverse)


def lifted(fit: Fit, vectors: Array) -> Array:
    """Return vectors of the small matrix as vectors of the scaled functions.

    Parameters
    ----------
    fit : Fit
        With its basis.
    vectors : complex array, shape (rank, k)
        Of the small matrix.

    Returns
    -------
    vectors : complex array, shape (n_functions, k)
        Themselves if no direction was dropped.
    """
    return fit.projection.basis @ vectors if fit.projection.reduced else vectors
