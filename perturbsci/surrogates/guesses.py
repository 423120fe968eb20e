"""Where Newton's iteration starts: a surrogate of the same coordinates, or a function."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy
import sympy

from perturbsci.backend import to_host
from perturbsci.errors import ParameterError
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.types import Array

__all__ = ["Guess", "checked_guess", "guessed_values"]

Guess: TypeAlias = Callable[[Any], Any] | None


def checked_guess(guess: object, coordinates: tuple[sympy.Symbol, ...]) -> Guess:
    """Return what a user passed as a guess.

    Parameters
    ----------
    guess : object
        A Surrogate, maybe from a file; a function of points; or None.
    coordinates : tuple of sympy.Symbol
        Columns of the points.

    Returns
    -------
    guess : callable or None
        The same.

    Raises
    ------
    ParameterError
        If it is anything else, or a Surrogate of another number of coordinates.
    """
    if isinstance(guess, Surrogate) and len(guess.coordinates) != len(coordinates):
        raise ParameterError(
            f"guess is a Surrogate of {guess.coordinates}; it must be one of as many "
            f"coordinates as the problem has, {coordinates}, or leave it out"
        )
    if guess is None or (callable(guess) and not isinstance(guess, type)):
        return guess
    raise ParameterError(
        f"guess is {guess!r:.80}; it must be a Surrogate, or a function of points "
        f"(n, {len(coordinates)}), or None"
    )


def guessed_values(
    guess: Callable[[Any], Any], points: Array, n_fields: int, *, is_complex: bool = False
) -> Array:
    """Return a guess at points, one column a real field.

    Parameters
    ----------
    guess : callable
        From ``checked_guess``.
    points : array, shape (n, n_coordinates)
        Inside the domain.
    n_fields : int
        Real ones.
    is_complex : bool, optional
        Whether a field is two real ones.

    Returns
    -------
    values : array, shape (n, n_fields)
        Finite.

    Raises
    ------
    ParameterError
        If there are fewer or more, or one is not finite.
    """
    found = numpy.asarray(to_host(guess(points))).reshape(len(points), -1)
    if is_complex:
        found = numpy.stack([found.real, found.imag], axis=2).reshape(len(points), -1)
    finite = bool(numpy.isfinite(found).all())
    if found.shape[1] != n_fields or not finite:
        raise ParameterError(
            f"guess gives values of shape {found.shape} (all finite: {finite}) at "
            f"{len(points)} points of the domain; needed a finite one for each of "
            f"{n_fields} real fields"
        )
    return numpy.asarray(found, dtype=numpy.float64)
