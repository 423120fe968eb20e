"""Series of the members of a degenerate eigenvalue, by reduction.

In the invariant subspace of a semisimple lambda_0 (``subspaces.bloch``)

    H(epsilon) = lambda_0 I + epsilon M(epsilon),   M(epsilon) = H_1 + epsilon H_2 + ...,

and M is a smaller problem of the same kind: lambda = lambda_0 + epsilon mu, x = X v. Each
stage loses one order, so that 2 N of them suffice for vectors of order N.

Reference: Kato (1966), section II.2.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import namespace, to_host
from perturbsci.errors import ParameterError
from perturbsci.perturbation import isolation
from perturbsci.perturbation.eigen import EigenExpansion, eigen_expansion
from perturbsci.perturbation.families import (
    CLUSTER,
    is_hermitian,
    matrix_family,
)
from perturbsci.perturbation.spectral import Spectral, spectral_form
from perturbsci.perturbation.subspaces import bloch, dual
from perturbsci.types import Array

__all__ = ["degenerate_expansions"]


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One eigenvalue of a family of matrices, with how far its series reaches.

    Parameters
    ----------
    value : array, shape (K,)
        lambda_k.
    right, left : array, shape (L, n)
        x_k and y_k, as many as are known.
    contour : tuple of two floats
        Radius in epsilon, and bound of the displacement inside.
    """

    value: Array
    right: Array
    left: Array
    contour: tuple[float, float]


def degenerate_expansions(
    matrix: Array,
    perturbation: Array | tuple[Array, ...],
    indices: Array,
    *,
    order: int = 3,
) -> tuple[EigenExpansion, ...]:
    """Expand the eigenvalues that a semisimple multiple eigenvalue splits into.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A_0.
    perturbation : array, shape (n, n), or a tuple of them
        A_1, or (A_1, A_2, ...).
    indices : sequence of int, shape (m,)
        Positions of eigenvalues, as for ``rayleigh_schrodinger``.
    order : int
        N, the last power.

    Returns
    -------
    expansions : tuple of EigenExpansion
        One an index. Within a cluster they are in the order of the eigenvalues for small
        positive epsilon. Members that agree through ``order`` have any basis of vectors.

    Raises
    ------
    ShapeError
        If the matrices are not square and of one shape.
    ParameterError
        If a cluster is defective (use ``lidskii``), the order is negative, or an index is
        none.

    Notes
    -----
    Eigenvalues closer than 1e-10 times the size of their coefficient are taken as equal.
    The radius is an estimate: that of the last stage, with as many terms as are known.

    Examples
    --------
    >>> import numpy as np
    >>> split = degenerate_expansions(np.eye(2), [[0.0, 1.0], [1.0, 0.0]], [0, 1])
    >>> [pair.value.coefficients.tolist() for pair in split]
    [[1.0, -1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]]
    """
    matrices = matrix_family(matrix, perturbation)
    order = whole(order, "order", least=0)
    form = spectral_form(matrices[0])
    wanted = _checked_indices(indices, len(form.values))
    hermitian = form.hermitian and all(is_hermitian(a) for a in matrices[1:])
    sizes = isolation.norms(matrices)
    width = CLUSTER * max(float(numpy.abs(form.values).max()), 0.0)
    found: dict[int, EigenExpansion] = {}
    for index in wanted:
        if index not in found:
            form.refuse_smeared(index)
            members = form.cluster(index, width)
            branches = _within(form, members, matrices, sizes, order, order, hermitian)
            for member, branch in zip(members.tolist(), branches, strict=True):
                found[member] = _expansion(
                    branch, order, hermitian, matrices, alone=len(members) == 1
                )
    return tuple(found[index] for index in wanted)


def _checked_indices(indices: object, count: int) -> list[int]:
    try:
        listed = [whole(index, "index", least=0, most=count - 1) for index in indices]  # type: ignore[attr-defined]
    except (TypeError, ParameterError):
        listed = []
    if not listed:
        raise ParameterError(
            f"indices is {indices!r:.60}; pass a sequence of positions of eigenvalues, "
            f"each from 0 to {count - 1}"
        )
    return listed


def _expansion(
    branch: Branch,
    order: int,
    hermitian: bool,
    matrices: tuple[Array, ...],
    *,
    alone: bool,
) -> EigenExpansion:
    left = None if hermitian else branch.left[: order + 1, :]
    return eigen_expansion(
        branch.value[: order + 1],
        branch.right[: order + 1, :],
        left,
        matrices,
        None if alone else branch.contour,
    )


def _within(
    form: Spectral,
    members: numpy.ndarray,
    terms: Sequence[Array],
    sizes: numpy.ndarray,
    order: int,
    levels: int,
    hermitian: bool,
) -> list[Branch]:
    """Return the branches of one cluster of A_0, known through ``order + levels``."""
    subspace = form.isolated(members, CLUSTER * max(float(sizes[0]), 1e-300))
    x, h = bloch(terms, subspace, order + levels)
    y = dual(terms, subspace, x, h)
    reach = _contour(form, members, sizes)
    if len(members) == 1:
        return [Branch(h[:, 0, 0], x[:, :, 0], y[:, :, 0], reach)]
    value = namespace(h).linalg.diagonal(h[:1, :, :])
    if not levels:
        return [
            Branch(value[:, k], x[:, :, k], y[:, :, k], reach) for k in range(len(members))
        ]
    inner = _branches(
        h[1:, :, :], _scales(h, sizes, subspace.gap), order, levels - 1, hermitian
    )
    return [
        Branch(
            namespace(h).concat([value[:, 0], branch.value]),
            _combined(x, branch.right),
            _combined(y, branch.left),
            _narrower(reach, branch),
        )
        for branch in inner
    ]


def _branches(
    terms: Array, sizes: numpy.ndarray, order: int, levels: int, hermitian: bool
) -> list[Branch]:
    """Return all branches of a small family, in the order of its first matrix."""
    matrices = [terms[k, ...] for k in range(terms.shape[0])]
    form = spectral_form(matrices[0], hermitian=hermitian)
    matrices[0] = form.matrix
    width = CLUSTER * float(sizes[0])
    found: list[Branch] = []
    while len(found) < len(form.values):
        members = form.cluster(len(found), width)
        found += _within(form, members, matrices, sizes, order, levels, hermitian)
    return found


def _scales(h: Array, sizes: numpy.ndarray, gap: float) -> numpy.ndarray:
    """Return how large the coefficients H_1, H_2, ... are, those that vanish included.

    A zero is told from a small number by what its terms may be: q^k, with q the largest
    ||A_j||/gap to the power 1/j.
    """
    count = h.shape[0]
    norms = numpy.array(
        [float(numpy.linalg.norm(to_host(h[k, ...]))) for k in range(count)]
    )
    given = numpy.zeros(count)
    given[: min(count, len(sizes))] = sizes[:count]
    if gap < numpy.inf and gap > 0:
        powers = numpy.arange(1, count)
        q = float(((given[1:] / gap) ** (1 / powers)).max(initial=0.0))
        given[1:] = gap * q**powers
    return numpy.maximum(norms, given)[1:]


def _contour(
    form: Spectral, members: numpy.ndarray, sizes: numpy.ndarray
) -> tuple[float, float]:
    center = complex(form.values[members].mean())
    return max(
        (isolation.largest_radius(sizes, sigma), rho)
        for rho, sigma in isolation.circle(form.matrix, center, len(members))
    )


def _narrower(outer: tuple[float, float], inner: Branch) -> tuple[float, float]:
    """Return the contour of lambda_0 + epsilon mu: |mu - mu_0| <= rho in |epsilon| < r."""
    radius, rho = min(outer[0], inner.contour[0]), inner.contour[1]
    if radius == numpy.inf:
        return radius, radius
    return radius, radius * (abs(complex(to_host(inner.value)[0])) + rho)


def _combined(x: Array, v: Array) -> Array:
    """Return sum_j X_j v_{k-j}, as many terms as v has."""
    xp = namespace(x, v)
    count = v.shape[0]
    return xp.stack(
        [sum(x[j, ...] @ v[k - j, :] for j in range(k + 1)) for k in range(count)]
    )
