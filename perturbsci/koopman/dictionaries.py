"""Dictionaries: the functions psi_1, ..., psi_N of the state that span the search space."""

from dataclasses import dataclass
from numbers import Integral

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["Dictionary", "linear"]


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """A finite set of functions of the state: products of powers of its coordinates.

    psi_j(x) = prod_k x_k^indices[j, k]. Calling it, ``dictionary(x)``, evaluates all of
    them.

    Parameters
    ----------
    name : str
        How it was made, for summaries.
    indices : integer array, shape (n_functions, n_state)
        The degree of function j in coordinate k, from 0 on.

    Raises
    ------
    ShapeError
        If ``indices`` is not a matrix.
    ParameterError
        If it holds anything but whole numbers from 0 on.

    Examples
    --------
    >>> import numpy as np
    >>> dictionary = Dictionary("monomials", np.array([[0, 0], [1, 0], [1, 2]]))
    >>> dictionary(np.array([[2.0, 3.0]]))
    array([[ 1.,  2., 18.]])
    """

    name: str
    indices: Array

    def __post_init__(self) -> None:
        """Check the table of degrees."""
        try:
            indices = numpy.asarray(self.indices)
        except ValueError:
            raise ShapeError(
                f"indices is {self.indices!r:.60} with rows of different lengths; pass one "
                "row of degrees a function"
            ) from None
        if indices.ndim != 2 or indices.size == 0:
            raise ShapeError(
                f"indices has shape {indices.shape}, needed (n_functions, n_state); pass "
                "one row of degrees a function"
            )
        if indices.dtype.kind not in "iu" or indices.min() < 0:
            raise ParameterError(
                f"indices is {indices.tolist()!r:.60} of dtype {indices.dtype}; degrees "
                "are whole numbers from 0 on"
            )
        object.__setattr__(self, "indices", indices.astype(numpy.int64))

    @property
    def n_functions(self) -> int:
        """The number N of functions."""
        return int(self.indices.shape[0])

    @property
    def n_state(self) -> int:
        """The number of columns of a state."""
        return int(self.indices.shape[1])

    @property
    def coordinates(self) -> tuple[int, ...] | None:
        """Where each coordinate stands among the functions; None if one is missing."""
        rows = numpy.flatnonzero(self.indices.sum(axis=1) == 1)
        place = numpy.full(self.n_state, -1)
        place[self.indices[rows].argmax(axis=1)] = rows
        return None if (place < 0).any() else tuple(place.tolist())

    def __call__(self, x: Array) -> Array:
        """Evaluate every function at every state.

        Parameters
        ----------
        x : real or complex array, shape (n_samples, n_state)
            States.

        Returns
        -------
        psi : array like ``x``, shape (n_samples, n_functions)
            Column j holds psi_j.

        Raises
        ------
        ShapeError
            If the states have another number of columns.
        """
        x = as_array(x, name="x", ndim=2, columns=self.n_state)
        xp = namespace(x)
        # One gather brings every function its first factor, the constant a column of ones.
        rows = numpy.arange(self.n_functions)
        lead = (self.indices > 0).argmax(axis=1)
        constant = self.indices[rows, lead] == 0
        columns = xp.concat([x, xp.ones_like(x[:, :1])], axis=1)
        first = numpy.where(constant, self.n_state, lead)
        psi = xp.take(columns, xp.asarray(first), axis=1)
        rest = self.indices.copy()
        rest[rows, lead] -= ~constant
        for j, k in numpy.argwhere(rest):
            psi[:, j] *= x[:, k] ** int(rest[j, k])
        return psi


def linear(n_state: int) -> Dictionary:
    """Return the coordinates themselves: EDMD with them is dynamic mode decomposition.

    Parameters
    ----------
    n_state : int
        The number of columns of a state, at least 1.

    Returns
    -------
    dictionary : Dictionary
        psi_j(x) = x_j.

    Raises
    ------
    ParameterError
        If ``n_state`` is no positive integer.

    Examples
    --------
    >>> linear(3).n_functions
    3
    """
    check_n_state(n_state)
    return Dictionary("linear", numpy.eye(n_state, dtype=numpy.int64))


def check_n_state(n_state: int) -> None:
    """Refuse a number of state columns that is no positive integer.

    Parameters
    ----------
    n_state : int
        As the user passed it.

    Raises
    ------
    ParameterError
        If it is not.
    """
    if isinstance(n_state, bool) or not isinstance(n_state, Integral) or n_state < 1:
        raise ParameterError(
            f"n_state is {n_state!r}; it must be the number of columns of snapshots.x"
        )
