"""Solutions at Chebyshev points of one parameter, as a function of the parameter.

On each piece of the interval, at z_j = -cos(pi j/(m - 1)) of it,

    u(x, t, p) = sum_n P_n(z) sum_j M_nj u_j(x, t),

M the inverse of the table P_n(z_j); every u_j keeps its own basis and its own mesh.
"""

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import sympy

from perturbsci.arguments import whole
from perturbsci.backend.arrays import as_array, namespace
from perturbsci.errors import ParameterError
from perturbsci.surrogates.bases import Elements
from perturbsci.surrogates.pieces import legendre_table
from perturbsci.types import Array

__all__ = [
    "Family",
    "last_time",
    "member_weights",
    "members",
    "nodes_of",
    "parameter_columns",
    "to_modes",
]


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
            given = getattr(self, name)
            if not isinstance(given, (tuple, list)) or len(given) != needed:
                raise ParameterError(
                    f"{name} is {given!r:.60}; it must be a tuple of {needed}: one for "
                    f"each of {n} values on {len(ends) - 1} pieces"
                )
        object.__setattr__(self, "ends", ends)
        object.__setattr__(self, "n_nodes", n)
        object.__setattr__(self, "bases", tuple(self.bases))
        object.__setattr__(self, "shapes", tuple(_extents(item) for item in self.shapes))
        counts = tuple(whole(item, "counts", least=0) for item in self.counts)
        object.__setattr__(self, "counts", counts)

    @property
    def n_pieces(self) -> int:
        """The number of pieces of the interval."""
        return len(self.ends) - 1


def _extents(shape: object) -> tuple[int, ...]:
    """Return the shape of an array."""
    if not isinstance(shape, (tuple, list)):
        raise ParameterError(f"shapes holds {shape!r:.60}; each must be a tuple of int")
    return tuple(whole(item, "shapes", least=0) for item in shape)


def members(
    family: Family, coefficients: Array, edges: tuple[Array, ...]
) -> Iterator[tuple[Any, Array, tuple[Array, ...]]]:
    """Yield basis, coefficients and edges at each value of the parameter.

    Parameters
    ----------
    family : Family
        The bases.
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
    for basis, shape, count in zip(family.bases, family.shapes, family.counts, strict=True):
        size = math.prod(shape)
        own = coefficients[first : first + size].reshape(shape)
        yield basis, own, edges[place : place + count]
        first, place = first + size, place + count


def member_weights(family: Family, values: Array, piece: int, order: int) -> Array:
    """Return what each solution of a piece counts at values of the parameter.

    Parameters
    ----------
    family : Family
        The bases.
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
    low, high = (float(item) for item in family.ends[piece : piece + 2])
    local = ((values - low) - (high - values)) / (high - low)
    table = legendre_table(local, family.n_nodes - 1, order)
    modes = namespace(values).asarray(to_modes(family.n_nodes), device=values.device)
    return table @ modes * (2.0 / (high - low)) ** order


def parameter_columns(
    parameters: Mapping[sympy.Symbol, Any],
    names: Sequence[sympy.Symbol],
    points: Array,
    first: int,
) -> Array:
    """Return the parameters of a statement at points.

    Parameters
    ----------
    parameters : dict of sympy.Symbol to float or (low, high)
        Values; an interval is one more column of the points.
    names : sequence of sympy.Symbol
        Which parameters, in which order.
    points : array, shape (n, n_columns)
        Space, time, then the parameters that are intervals.
    first : int
        The column of the first of these.

    Returns
    -------
    columns : array, shape (n, n_parameters)
        On the device of the points.
    """
    xp, wide = namespace(points), first
    found = xp.empty(
        (points.shape[0], len(names)), dtype=points.dtype, device=points.device
    )
    for k, name in enumerate(names):
        value = parameters[name]
        if isinstance(value, tuple):
            found[:, k] = points[:, wide]
            wide += 1
        else:
            found[:, k] = float(value)
    return found


def last_time(basis: object, edges: tuple[Array, ...]) -> float:
    """Return the end of the last slab, of a family that of its shortest member.

    Parameters
    ----------
    basis : object
        Of an evolution in slabs.
    edges : tuple of array, shape (n + 1,)
        Of a surrogate.

    Returns
    -------
    time : float
        How far the surrogate reaches.
    """
    if not isinstance(basis, Family):
        return float(edges[0 if isinstance(basis, Elements) else -1][-1])
    found = members(basis, numpy.zeros(sum(map(math.prod, basis.shapes))), edges)
    return min(last_time(own, ends) for own, _, ends in found if ends)


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
