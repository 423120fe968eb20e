"""Matrices that advance linear observables, x K = y, restricted to leading directions.

Rows are samples: X has shape (n_samples, n_state) and X = U S V* holds for sqrt(W) X. Each
fit returns K and orthonormal columns Q with K = Q Q* K, so that every eigenvector of an
eigenvalue other than 0 lies in the span of Q.
"""

import math

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.linalg import eig, lstsq, solve, svd
from perturbsci.backend.operands import returned
from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = [
    "leading_directions",
    "least_squares_fit",
    "forward_backward_fit",
    "total_least_squares_fit",
]


def leading_directions(x: Array, rank: int | None) -> tuple[Array, Array, Array]:
    """Return the leading part of the singular value decomposition of the states.

    Parameters
    ----------
    x : array, shape (n_samples, n_state)
        sqrt(W) X.
    rank : int or None
        How many directions at most; default all that are not rounding.

    Returns
    -------
    u : array, shape (n_samples, r)
        Orthonormal columns.
    s : real array, shape (r,)
        Descending; at least ``max(shape)`` roundings of the largest, and so large that
        its inverse is a number.
    v : array, shape (n_state, r)
        Orthonormal columns.
    """
    xp = namespace(x)
    u, s, vh = svd(x)
    limits = xp.finfo(s.dtype)
    floor = max(x.shape) * float(limits.eps) * float(s[0])
    floor = max(floor, float(limits.smallest_normal) / float(limits.eps))
    r = int(xp.sum(xp.astype(s > floor, xp.int64)))
    r = r if rank is None else min(r, rank)
    return u[:, :r], s[:r], xp.conj(vh[:r]).T


def least_squares_fit(x: Array, y: Array, rank: int | None) -> tuple[Array, Array]:
    """Minimize ||X K - Y|| over the leading directions of X ("exact" DMD).

    Parameters
    ----------
    x, y : array, shape (n_samples, n_state)
        sqrt(W) X and sqrt(W) Y.
    rank : int or None
        As in ``leading_directions``.

    Returns
    -------
    k : array, shape (n_state, n_state)
        V S^{-1} U* Y.
    q : array, shape (n_state, r)
        V.

    References
    ----------
    Tu, Rowley, Luchtenburg, Brunton, and Kutz (2014).
    """
    u, s, v = leading_directions(x, rank)
    return v @ ((namespace(u).conj(u).T @ y) / s[:, None]), v


def forward_backward_fit(x: Array, y: Array, rank: int | None) -> tuple[Array, Array]:
    """Average the fit from x to y and the inverse of the fit from y to x.

    (K_f K_b^{-1})^{1/2} in the leading directions of X: noise of equal size in x and y
    shrinks the eigenvalues of both fits alike, and the two biases cancel.

    Parameters
    ----------
    x, y : array, shape (n_samples, n_state)
        sqrt(W) X and sqrt(W) Y.
    rank : int or None
        As in ``leading_directions``.

    Returns
    -------
    k : array, shape (n_state, n_state)
        Its eigenvalues have the signs that are nearest to those of K_f.
    q : array, shape (n_state, r)
        V.

    Raises
    ------
    ParameterError
        If a fit is singular: its inverse is not there.

    References
    ----------
    Dawson, Hemati, Williams, and Rowley (2016).
    """
    u, s, v = leading_directions(x, rank)
    if not v.shape[1]:
        return least_squares_fit(x, y, rank)
    ahead = y @ v
    forward = (namespace(u).conj(u).T @ ahead) / s[:, None]
    backward, found, _ = lstsq(ahead, x @ v)
    if found < v.shape[1]:
        raise ParameterError(
            f"method 'forward-backward' needs an invertible map, but y has rank {found} in "
            f"{v.shape[1]} directions; pass "
            + (f"rank={found} or " if found else "")
            + "method='exact'"
        )
    squared = to_host(solve(backward.T, forward.T).T)
    (root,) = returned(v, _nearest_root(squared, to_host(forward)))
    return v @ root @ namespace(v).conj(v).T, v


def _nearest_root(squared: numpy.ndarray, near: numpy.ndarray) -> numpy.ndarray:
    """Return the square root whose eigenvalues have the signs of those of ``near``.

    The eigenvector z of mu with left partner l has l* near z beside it, which chooses the
    sign. Where mu comes from both signs, as 0.81 from 0.9 and -0.9, its eigenvectors are
    any mixture: ``near`` tells them apart inside the span of the cluster, and the roots
    are those of the diagonal there, which is right to first order in the noise.
    """
    mu, z = eig(squared)
    left = numpy.linalg.inv(z)
    roots = numpy.sqrt(mu)
    noise = float(numpy.linalg.norm(squared - near @ near, 2))
    gap = 4 * noise + 64 * len(mu) * 2**-52 * float(numpy.abs(mu).max())
    for cluster in _clusters(mu, gap):
        inside = left[cluster] @ near @ z[:, cluster]
        values, mixture = eig(inside)
        middle = numpy.sqrt(mu[cluster].mean())
        sides = numpy.real(values * middle.conj()) > 0
        if sides.all() or not sides.any():
            # The branch cut of the principal root may run through the cluster.
            aligned = numpy.real(roots[cluster] * middle.conj()) > 0
            roots[cluster] *= numpy.where(aligned == sides.all(), 1, -1)
            continue
        means = numpy.diagonal(solve(mixture, numpy.diag(mu[cluster]) @ mixture))
        roots[cluster] = numpy.sqrt(means)
        z[:, cluster] = z[:, cluster] @ mixture
        turned = numpy.real(values.conj() * roots[cluster]) < 0
        roots[cluster] *= numpy.where(turned, -1, 1)
    root = solve(z.T, (z * roots).T).T
    real = squared.dtype.kind == "f"
    return root.real if real else root


def _clusters(mu: numpy.ndarray, gap: float) -> list[numpy.ndarray]:
    """Return indices of eigenvalues that a chain of distances up to ``gap`` joins."""
    label = numpy.arange(len(mu))
    near = numpy.abs(mu[:, None] - mu) <= gap
    for i, j in numpy.argwhere(near):
        label[label == label[j]] = label[i]
    return [numpy.flatnonzero(label == name) for name in numpy.unique(label)]


def total_least_squares_fit(x: Array, y: Array, rank: int | None) -> tuple[Array, Array]:
    """Minimize the noise in x and in y together.

    [X Y] is projected onto its r leading right singular vectors [V1; V2]; the projected
    pairs obey x K = y without error for K = (V1*)^+ V2*.

    Parameters
    ----------
    x, y : array, shape (n_samples, n_state)
        sqrt(W) X and sqrt(W) Y.
    rank : int or None
        As in ``leading_directions``; at most n_state, since more would project nothing.

    Returns
    -------
    k : array, shape (n_state, n_state)
        Of rank r.
    q : array, shape (n_state, r)
        A basis of the span of V1.

    References
    ----------
    Hemati, Rowley, Deem, and Cattafesta (2017).
    """
    xp = namespace(x)
    r = leading_directions(x, rank)[1].shape[0]
    if not r:
        return least_squares_fit(x, y, rank)
    vh = svd(xp.concat([x, y], axis=1))[2][:r]
    first, second = vh[:, : x.shape[1]], vh[:, x.shape[1] :]
    u, s, wh = svd(first)
    # A singular value is small only if a direction of [X Y] lies in Y alone.
    kept = s > math.sqrt(float(xp.finfo(s.dtype).eps)) * s[0]
    u, s, wh = u[:, kept], s[kept], wh[kept]
    basis = xp.conj(wh).T
    return basis @ ((xp.conj(u).T @ second) / s[:, None]), basis
