"""Solutions at Chebyshev points of one parameter, as a function of the parameter.

On each piece of the interval, at z_j = -cos(pi j/(m - 1)) of it,

    u(x, t, p) = sum_n P_n(z) sum_j M_nj u_j(x, t),

M the inverse of the table P_n(z_j); every u_j keeps its own basis and its own mesh.
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy

from perturbsci.backend.arrays import as_array, namespace
from perturbsci.errors import ParameterError
from perturbsci.perturbation.arguments import whole
from perturbsci.surrogates.pieces import legendre_table
from perturbsci.types import Array

__all__ = ["Family", "nodes_of", "to_modes"]


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Bases of the solutions at all values of a parameter, piece by piece.

    Parameters
    ----------
    ends : array, shape (n_pieces + 1,)
        Ends of the pieces of the parameter's interval, ascending.
    n_nodes : int
        Values of the parameter on each piece, both ends included.
    bases : tuple of object, length n_pieces n_nodes
        One basis object a value.
    shapes : tuple of tuple of int
        Of the coefficients of each; all of them stand in one vector.
    counts : tuple of int
        How many arrays of edges each has; all of them stand in one tuple.

    Raises
    ------
    ParameterError
        If the ends do not ascend, or the lengths do not fit together.

    Examples
    --------
    >>> from perturbsci.surrogates.bases import Elements
    >>> Family([0.0, 1.0], 2, (Elements((5,)),) * 2, ((1, 1, 6, 1),) * 2, (1, 1)).n_pieces
    1
    """

    ends: Array
    n_nodes: int
    bases: tuple[object, ...]
    shapes: tuple[tuple[int, ...], ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check lengths; store plain arrays and tuples."""
        ends = as_array(self.ends, name="ends", real=True)
        if ends.ndim != 1 or len(ends) < 2 or not bool((ends[1:] > ends[:-1]).all()):
            raise ParameterError(
                f"ends has shape {ends.shape}; it must hold two or more values, ascending"
            )
        n = whole(
            self.n_nodes, "n_nodes", least=2, meaning="values of the parameter on a piece"
        )
        needed = (len(ends) - 1) * n
        for name in ("bases", "shapes", "counts"):
            if len(getattr(self, name)) != needed:
                raise ParameterError(
                    f"{name} has length {len(getattr(self, name))}, needed {needed}: one "
                    f"for each of {n} values on {len(ends) - 1} pieces"
                )
        object.__setattr__(self, "ends", ends)
        object.__setattr__(self, "n_nodes", n)
        shapes = tuple(tuple(int(k) for k in item) for item in self.shapes)
        object.__setattr__(self, "shapes", shapes)
        object.__setattr__(self, "counts", tuple(int(k) for k in self.counts))

    @property
    def n_pieces(self) -> int:
        """The number of pieces of the interval."""
        return len(self.ends) - 1

    def members(
        self, coefficients: Array, edges: tuple[Array, ...]
    ) -> Iterator[tuple[Any, Array, tuple[Array, ...]]]:
        """Yield basis, coefficients and edges at each value of the parameter.

        Parameters
        ----------
        coefficients : array, shape (n,)
            Of all values, one after the other.
        edges : tuple of array, shape (n + 1,)
            The same.

        Yields
        ------
        basis : object
            What an expansion is made of.
        coefficients : array, shape of this basis
            The same.
        edges : tuple of array, shape (n + 1,)
            The same.
        """
        first = place = 0
        for basis, shape, count in zip(self.bases, self.shapes, self.counts, strict=True):
            size = math.prod(shape)
            own = coefficients[first : first + size].reshape(shape)
            yield basis, own, edges[place : place + count]
            first, place = first + size, place + count

    def weights(self, values: Array, piece: int, order: int) -> Array:
        """Return what each solution of a piece counts at values of the parameter.

        Parameters
        ----------
        values : array, shape (n,)
            Of the parameter.
        piece : int
            Which.
        order : int
            Of the derivative with respect to the parameter.

        Returns
        -------
        weights : array, shape (n, n_nodes)
            On the device of the values; of order 0 they add up to 1.
        """
        low, high = (float(item) for item in self.ends[piece : piece + 2])
        local = ((values - low) - (high - values)) / (high - low)
        table = legendre_table(local, self.n_nodes - 1, order)
        modes = namespace(values).asarray(to_modes(self.n_nodes), device=values.device)
        return table @ modes * (2.0 / (high - low)) ** order


def nodes_of(low: float, high: float, count: int) -> Array:
    """Return Chebyshev points of an interval, both ends included.

    Parameters
    ----------
    low, high : float
        Its ends.
    count : int
        From 2 on.

    Returns
    -------
    nodes : array, shape (count,)
        Ascending; the points of 2 count - 1 hold those of count.

    Examples
    --------
    >>> nodes_of(0.0, 2.0, 3)
    array([0., 1., 2.])
    """
    share = numpy.sin(numpy.pi * numpy.arange(count) / (2.0 * (count - 1))) ** 2
    nodes = low + (high - low) * share
    nodes[-1] = high
    return nodes


@functools.lru_cache(maxsize=8)
def to_modes(count: int) -> Array:
    """Return what makes Legendre coefficients of values at Chebyshev points.

    Parameters
    ----------
    count : int
        Of points.

    Returns
    -------
    matrix : array, shape (count, count)
        Do not modify it: it is kept.
    """
    return numpy.linalg.inv(legendre_table(nodes_of(-1.0, 1.0, count), count - 1))
