"""Where Newton's iteration starts: a surrogate of the same coordinates, or a function."""

from collections.abc import Callable
from typing import Any, TypeAlias

import sympy

from perturbsci.errors import ParameterError
from perturbsci.surrogates.surrogate import Surrogate

__all__ = ["Guess", "checked_guess"]

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
