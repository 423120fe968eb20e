"""Least squares over a chain of elements: Householder QR, element by element.

Normal equations would square the condition and stall at half of the digits. Cost is
linear in the number of elements.
"""

from dataclasses import dataclass
from importlib import import_module

import numpy

from perturbsci.types import Array

__all__ = ["Chain", "eliminate", "least_squares"]

BATCH = 32  # elements whose matrices are held at one time
PANEL = 8  # columns of a panel of the QR
CUT = 1e-14  # of a column, below which what it adds to the others is nothing


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """What is left of each element after its bubbles are eliminated.

    Parameters
    ----------
    bubbles : array, shape (n, n_bubbles, n_columns + 1)
        Upper triangular rows that give the bubbles back; the right side is the last
        column.
    left, right, side : array, shape (n, k, m), (n, k, m), (n, k)
        Reduced rows for the unknowns of both ends.
    """

    bubbles: Array
    left: Array
    right: Array
    side: Array


def eliminate(matrix: Array, side: Array, ends: int) -> Chain:
    """Return the reduced rows of each element.

    Parameters
    ----------
    matrix : array, shape (n, n_rows, n_columns)
        Columns: bubbles, then ``ends`` unknowns of the left, ``ends`` of the right end.
    side : array, shape (n, n_rows)
        Right sides.
    ends : int
        m.

    Returns
    -------
    chain : Chain
        One QR each, of which only R is kept.
    """
    inner = matrix.shape[2] - 2 * ends
    upper = _triangles(matrix, side)
    rest = upper[:, inner:, inner:]
    return Chain(
        upper[:, :inner], rest[..., :ends], rest[..., ends : 2 * ends], rest[..., -1]
    )


def join(chains: list[Chain]) -> Chain:
    """Return the chain of several batches of elements.

    Parameters
    ----------
    chains : list of Chain
        In the order of the elements.

    Returns
    -------
    chain : Chain
        Of all elements.
    """
    names = ("bubbles", "left", "right", "side")
    return Chain(*(numpy.concatenate([getattr(c, name) for c in chains]) for name in names))


def least_squares(
    chain: Chain, maps: list[Array], *, periodic: bool
) -> tuple[Array, Array, Array, float]:
    """Return the minimizer over a chain, and the norm of what is left.

    Parameters
    ----------
    chain : Chain
        Reduced rows.
    maps : list of array, shape (m, n_free)
        n + 1 maps from free unknowns to the left end of element k (the right end of the
        last one); in a periodic chain the last is not used. The right end of element
        k - 1 has the free unknowns as they are if ``maps[k]`` is that of a joint.
    periodic : bool
        Whether the last end is the first one.

    Returns
    -------
    bubbles : array, shape (n, n_bubbles)
        Solution.
    left, right : array, shape (n, m)
        Unknowns at the ends.
    predicted : float
        Norm of all rows left over.
    """
    n, _, m = chain.left.shape
    left = [chain.left[k] @ maps[k] for k in range(n)]
    right = [chain.right[k] for k in range(n)]
    if not periodic:
        right[-1] = right[-1] @ maps[n]
    values, left_over = _sweep(left, right, chain.side, periodic)
    first = numpy.array([maps[k] @ values[k] for k in range(n)]).reshape(n, m)
    last = [*values[1:n], values[0] if periodic else maps[n] @ values[n]]
    second = numpy.array(last).reshape(n, m)
    bubbles = _bubbles(chain, first, second)
    return bubbles, first, second, left_over


def _triangles(matrix: Array, side: Array) -> Array:
    """Return R of a Householder QR of each element, the side as its last column.

    LAPACK's blocks with recursive panels: half the time of the ordinary ones at 200 x 160.
    """
    lapack = import_module("scipy.linalg.lapack")
    n, rows, columns = matrix.shape
    size = min(rows, columns + 1)
    upper = numpy.empty((n, size, columns + 1))
    work = numpy.empty((rows, columns + 1), order="F")
    block = min(PANEL, size)
    for k in range(n):
        work[:, :-1] = matrix[k]
        work[:, -1] = side[k]
        upper[k] = lapack.dgeqrt(block, work, overwrite_a=1)[0][:size]
    upper[:, numpy.tri(size, columns + 1, -1, dtype=bool)] = 0.0
    return upper


def _triangle(matrix: Array) -> Array:
    """Return R of a Householder QR."""
    return numpy.asarray(numpy.linalg.qr(matrix, mode="r"))


def _sweep(
    left: list[Array], right: list[Array], side: Array, periodic: bool
) -> tuple[list[Array], float]:
    """Return the free unknowns of each end by QR from one end to the other.

    ``extra`` unknowns (the first end of a periodic chain) are carried along to the last.
    """
    n = len(left)
    extra = left[0].shape[1] if periodic else 0
    kept: list[Array] = []
    carry = numpy.zeros((0, (0 if periodic else left[0].shape[1]) + extra + 1))
    for k in range(n):
        here, there = left[k], right[k]
        if periodic and k == 0:  # its left end is the extra block
            here, tail = here[:, :0], here
        else:
            tail = numpy.zeros((len(here), extra))
        if periodic and k == n - 1:  # its right end is the extra block
            tail, there = tail + there, there[:, :0]
        own = here.shape[1]
        top = numpy.concatenate(
            [carry[:, :own], numpy.zeros((len(carry), there.shape[1])), carry[:, own:]],
            axis=1,
        )
        new = numpy.concatenate([here, there, tail, side[k][:, None]], axis=1)
        upper = _triangle(numpy.concatenate([top, new]))
        kept.append(upper[:own])
        carry = upper[own:, own:]
    upper = _triangle(carry)
    last = _solved(upper[:, :-1], upper[:, -1])
    left_over = numpy.linalg.norm(upper[len(last) :, -1]) if len(upper) > len(last) else 0.0
    return _back(kept, last, periodic), float(left_over)


def _back(kept: list[Array], last: Array, periodic: bool) -> list[Array]:
    """Return the free unknowns of all ends, the last ones known."""
    extra = last if periodic else last[:0]
    values = [] if periodic else [last]
    for rows in reversed(kept):
        own = len(rows)
        known = numpy.concatenate([values[0] if values else last[:0], extra])
        rest = rows[:, -1] - rows[:, own:-1] @ known
        values.insert(0, _solved(rows[:, :own], rest))
    if periodic:
        values[0] = last  # element 0 has kept nothing: its left end is the extra block
    return values


def _solved(upper: Array, side: Array) -> Array:
    """Return the solution of a triangular system; the smallest one if it is singular."""
    size = upper.shape[1]
    if not size:
        return numpy.zeros(0)
    diagonal = numpy.abs(numpy.diagonal(upper))
    norms = numpy.sqrt((upper * upper).sum(axis=0))
    if len(upper) < size or (diagonal <= CUT * norms).any():
        norms = numpy.where(norms > 0.0, norms, 1.0)
        return numpy.linalg.lstsq(upper / norms, side, rcond=CUT)[0] / norms
    lapack = import_module("scipy.linalg.lapack")
    return lapack.dtrtrs(upper[:size], side[:size])[0]


def _bubbles(chain: Chain, first: Array, second: Array) -> Array:
    """Return the bubbles of each element, its ends known."""
    inner = chain.bubbles.shape[1]
    known = numpy.concatenate([first, second], axis=1)
    rest = chain.bubbles[..., -1] - numpy.einsum(
        "nij,nj->ni", chain.bubbles[:, :, inner:-1], known
    )
    pairs = zip(chain.bubbles[:, :, :inner], rest, strict=True)
    found = [_solved(upper, side) for upper, side in pairs]
    return numpy.array(found).reshape(rest.shape)
