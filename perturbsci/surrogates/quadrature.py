"""Nodes on [-1, 1] and grids of them: Gauss and Radau points, tensor products.

References: Olver, Lozier, Boisvert and Clark (2010), 3.5.
"""

import functools
from collections.abc import Sequence

import numpy

from perturbsci.types import Array

__all__ = ["gauss", "grid_points", "radau"]


@functools.lru_cache(maxsize=128)
def gauss(count: int) -> tuple[Array, Array]:
    """Return Gauss-Legendre nodes and weights on [-1, 1].

    Parameters
    ----------
    count : int
        How many.

    Returns
    -------
    nodes, weights : array, shape (count,)
        Exact for degree 2 count - 1; read-only, since they are kept.
    """
    nodes, weights = numpy.polynomial.legendre.leggauss(count)
    for item in (nodes, weights):
        item.setflags(write=False)
    return nodes, weights


@functools.lru_cache(maxsize=64)
def radau(count: int) -> Array:
    """Return Radau nodes on (-1, 1] with the right end among them.

    Parameters
    ----------
    count : int
        How many.

    Returns
    -------
    nodes : array, shape (count,)
        The zeros of P_count - P_(count-1), ascending; read-only, since they are kept.
    """
    series = numpy.zeros(count + 1)
    series[count], series[count - 1] = 1.0, -1.0
    nodes = numpy.sort(numpy.polynomial.legendre.legroots(series).real)
    nodes[-1] = 1.0
    nodes.setflags(write=False)
    return nodes


def grid_points(axes: Sequence[Array]) -> Array:
    """Return the points of a tensor grid in C order.

    Parameters
    ----------
    axes : sequence of array, shape (n_k,)
        Places in each coordinate.

    Returns
    -------
    points : array, shape (n_1 ... n_d, d)
        The last coordinate runs fastest.

    Examples
    --------
    >>> grid_points([numpy.array([0.0, 1.0]), numpy.array([2.0, 3.0])])
    array([[0., 2.],
           [0., 3.],
           [1., 2.],
           [1., 3.]])
    """
    places = numpy.meshgrid(*axes, indexing="ij")
    return numpy.stack([item.ravel() for item in places], axis=1)
