"""Means over pairs with two successors, for given eigenpairs of the averaged operator.

With r = Psi(y) v - lambda Psi(x) v and r' the same with y', E conj(r) r' is the squared
residual of the averaged operator, and E (|r|^2 + |r'|^2)/2 has the variance in it.

Where x and both noises run through all combinations of quadrature nodes, E(r | x) is a sum
over nodes, and the squared residual a sum of squares of such sums: no cancellation is left.
"""

from typing import NamedTuple

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import blocks
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.types import Array

__all__ = ["PairMeans", "largest_row", "pair_means"]

ROUNDING = 32 * 2.0**-53  # of a sum of products, relative to its terms
SMALL = 1e-28  # the square of the floor of a direct residual, 1e-14
PRODUCT = 1e-12  # weights that differ by more are no product


class PairMeans(NamedTuple):
    """Means for each pair, shape (k,) each."""

    squares: Array  # |Psi v|^2 at x
    products: Array  # Re conj(r) r'
    spreads: Array  # (|r|^2 + |r'|^2)/2
    errors: Array  # what the products may be off: one standard error, or rounding


def pair_means(
    snapshots: Snapshots,
    second: Array,
    dictionary: Dictionary,
    eigenvalues: Array,
    vectors: Array,
) -> PairMeans:
    """Return the means that both residuals are made of.

    Parameters
    ----------
    snapshots : Snapshots
        Pairs (x_i, y_i).
    second : array, shape (n_samples, n_state)
        y'_i.
    dictionary : Dictionary
        The functions.
    eigenvalues : complex array, shape (k,)
        lambda.
    vectors : complex array, shape (n_functions, k)
        v.

    Returns
    -------
    means : PairMeans
        Without a standard error for ``sampling="quadrature"`` and complete products.
    """
    xp = namespace(snapshots.x)
    sums: list[Array] = [0.0] * 6
    weights = snapshots.weights
    mass = float(snapshots.n_samples if weights is None else weights.sum())
    for rows in blocks(
        snapshots.n_samples, 48 * (dictionary.n_functions + len(eigenvalues))
    ):
        g, image, other = (
            dictionary(part[rows]) @ vectors for part in (snapshots.x, snapshots.y, second)
        )
        w = xp.ones((len(g), 1)) if weights is None else weights[rows, None]
        w = w / mass
        moved = eigenvalues * g
        r, other_r = image - moved, other - moved
        product = xp.real(xp.conj(r) * other_r)
        terms = (xp.abs(image) ** 2 + xp.abs(other) ** 2) / 2 + xp.abs(moved) ** 2
        parts = (
            w * xp.abs(g) ** 2,
            w * product,
            w * (xp.abs(r) ** 2 + xp.abs(other_r) ** 2) / 2,
            w * terms,
            w * w * product,
            w * w * product**2,
        )
        sums = [
            total + xp.sum(part, axis=0) for total, part in zip(sums, parts, strict=True)
        ]
    squares, products, spreads, terms, first, both = sums
    inverse_count = (
        1 / len(snapshots.x) if weights is None else float((weights**2).sum()) / mass**2
    )
    rounding = ROUNDING * terms
    if snapshots.sampling in ("quadrature", "unknown"):
        found = _conditional(snapshots, second, dictionary, eigenvalues, vectors)
        if found is not None:
            return PairMeans(squares, found / mass, spreads, SMALL * terms)
    if snapshots.sampling == "quadrature":
        return PairMeans(squares, products, spreads, rounding)
    variance = both - 2 * products * first + products**2 * inverse_count
    errors = xp.sqrt(xp.maximum(variance, 0 * variance))
    return PairMeans(squares, products, spreads, xp.maximum(errors, rounding))


def largest_row(snapshots: Snapshots, second: Array, dictionary: Dictionary) -> float:
    """Return the largest sqrt(M w / mass) ||Psi|| at x, y and y'.

    Parameters
    ----------
    snapshots : Snapshots
        Pairs (x_i, y_i).
    second : array, shape (n_samples, n_state)
        y'_i.
    dictionary : Dictionary
        The functions.

    Returns
    -------
    sup : float
        On the samples.
    """
    xp = namespace(snapshots.x)
    weights, found = snapshots.weights, 0.0
    for rows in blocks(snapshots.n_samples, 48 * dictionary.n_functions):
        for part in (snapshots.x, snapshots.y, second):
            squares = xp.sum(xp.abs(dictionary(part[rows])) ** 2, axis=1)
            if weights is not None:
                squares = squares * weights[rows] * (snapshots.n_samples / weights.sum())
            found = max(found, float(xp.max(squares)))
    return found**0.5


class _Design(NamedTuple):
    """Rows of a product quadrature, and the weights of its factors."""

    x: numpy.ndarray  # (n_x,) rows of x
    y: numpy.ndarray  # (n_x, n_1) rows of y
    second: numpy.ndarray  # (n_x, n_2) rows of y'
    weights: numpy.ndarray  # (n_x,)
    shares: numpy.ndarray  # (n_x, n_1), rows sum to 1
    second_shares: numpy.ndarray  # (n_x, n_2)


def _conditional(
    snapshots: Snapshots,
    second: Array,
    dictionary: Dictionary,
    eigenvalues: Array,
    vectors: Array,
) -> Array | None:
    """Return the sum of w Re conj(E(r | x)) E(r' | x), None if the nodes are no product."""
    design = _product_design(snapshots, to_host(second))
    if design is None:
        return None
    xp = namespace(snapshots.x)

    def averaged(states: Array, rows: numpy.ndarray, shares: numpy.ndarray) -> Array:
        psi = dictionary(xp.take(states, xp.asarray(rows.ravel()), axis=0)) @ vectors
        psi = xp.reshape(psi, (*rows.shape, psi.shape[1]))
        return xp.sum(xp.asarray(shares)[:, :, None] * psi, axis=1)

    g = dictionary(xp.take(snapshots.x, xp.asarray(design.x), axis=0)) @ vectors
    moved = eigenvalues * g
    r = averaged(snapshots.y, design.y, design.shares) - moved
    other = averaged(second, design.second, design.second_shares) - moved
    return xp.sum(xp.asarray(design.weights)[:, None] * xp.real(xp.conj(r) * other), axis=0)


def _product_design(snapshots: Snapshots, second: numpy.ndarray) -> _Design | None:
    """Return the design if every x meets all combinations of its y and its y'."""
    x, y = to_host(snapshots.x), to_host(snapshots.y)
    if len(numpy.unique(x[:, 0])) == len(x):  # no x occurs twice
        return None
    keys = [part[:, k] for part in (x, y, second) for k in range(x.shape[1])]
    order = numpy.lexsort(keys[::-1])
    x, y, second = x[order], y[order], second[order]
    new = (x[1:] != x[:-1]).any(axis=1)
    n_x = 1 + int(new.sum())
    if len(x) % n_x or not (new.reshape(-1)[len(x) // n_x - 1 :: len(x) // n_x]).all():
        return None
    n = len(x) // n_x
    n_1 = 1 + int((y[1:n] != y[: n - 1]).any(axis=1).sum())
    if n == 1 or n % n_1:
        return None
    shape = (n_x, n_1, n // n_1)
    y, second = (part.reshape(*shape, -1) for part in (y, second))
    if (y != y[:, :, :1]).any() or (second != second[:, :1]).any():
        return None
    weights = (
        numpy.ones(len(x)) if snapshots.weights is None else to_host(snapshots.weights)
    )
    w = weights[order].reshape(shape)
    first, other, total = w.sum(axis=2), w.sum(axis=1), w.sum(axis=(1, 2))
    products = first[:, :, None] * other[:, None, :]
    if numpy.abs(w * total[:, None, None] - products).max() > PRODUCT * total.max() ** 2:
        return None
    safe = numpy.where(total > 0, total, 1.0)[:, None]
    rows = order.reshape(shape)
    return _Design(
        rows[:, 0, 0], rows[:, :, 0], rows[:, 0], total, first / safe, other / safe
    )
