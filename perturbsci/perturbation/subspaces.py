"""Invariant subspaces of A(epsilon) and the small matrices that act in them.

From bases X_0, Y_0 of one part of the spectrum of A_0, Y_0* X_0 = I, A_0 X_0 = X_0 H_0,

    A(epsilon) X(epsilon) = X(epsilon) H(epsilon),   Y_0* X_k = 0 for k >= 1,
    H_k = Y_0* sum_{j>=1} A_j X_{k-j},
    A_0 X_k - X_k H_0 = sum_{0<j<k} X_{k-j} H_j - sum_{j>=1} A_j X_{k-j} + X_0 H_k.

The last equation is solved off the subspace. There it is a division by differences of
eigenvalues where A_0 is normal, and the reduced resolvent where H_0 = lambda I.

References: Kato (1966), section II.2; Bloch (1958).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perturbsci.backend import namespace
from perturbsci.perturbation.matrix_series import adjoint
from perturbsci.types import Array

__all__ = ["Subspace", "bloch", "dual"]


@dataclass(frozen=True, slots=True, eq=False)
class Subspace:
    """A part of the spectrum of A_0, with the solver on the rest.

    Parameters
    ----------
    right, left : array, shape (n, m)
        X_0 and Y_0.
    matrix : array, shape (m, m)
        H_0.
    solve : callable, array, shape (n, m), to array
        F -> X with A_0 X - X H_0 = F off the subspace, Y_0* X = 0.
    solve_adjoint : callable, array, shape (n, m), to array
        F -> Y with A_0* Y - Y H_0* = F off the subspace, X_0* Y = 0.
    along : callable, array, shape (n, p), to array
        F -> Y_0* F.
    gap : float
        Inverse norm of ``solve``, about: the distance to the other eigenvalues
        where A_0 is normal.
    """

    right: Array
    left: Array
    matrix: Array
    solve: Callable[[Array], Array]
    solve_adjoint: Callable[[Array], Array]
    along: Callable[[Array], Array]
    gap: float


def bloch(
    terms: Sequence[Array], subspace: Subspace, order: int, *, last: bool = True
) -> tuple[Array, Array]:
    """Return the invariant subspace and its matrix as series.

    Parameters
    ----------
    terms : sequence of array, shape (n, n)
        A_0, A_1, ...
    subspace : Subspace
        Of A_0.
    order : int
        N.
    last : bool
        False leaves out X_N, on which H_N does not depend.

    Returns
    -------
    x : array, shape (N+1, n, m)
        X_k; zero in place of what is left out.
    h : array, shape (N+1, m, m)
        H_k.

    Notes
    -----
    About 2 n^2 m flops an order and perturbation.
    """
    xp = namespace(subspace.right)
    dtype = xp.result_type(subspace.right, subspace.matrix, *terms)
    n, m = subspace.right.shape
    # Side by side from the last to the first, so that X_{k-1} ... X_1 is one slice.
    wide = xp.zeros((n, (order + 1) * m), dtype=dtype, device=subspace.right.device)
    tall = xp.zeros(((order + 1) * m, m), dtype=dtype, device=subspace.right.device)

    wide[:, order * m :] = subspace.right
    tall[:m, :] = subspace.matrix
    acting = terms[1:]
    for k in range(1, order + 1):
        at = (order - k) * m
        ends = not last and k == order
        if ends:
            acting = [subspace.along(a) for a in terms[1:]]
        forced = acting[0] @ wide[:, at + m : at + 2 * m]
        for j in range(2, min(k, len(acting)) + 1):
            forced = forced + acting[j - 1] @ wide[:, at + j * m : at + (j + 1) * m]
        tall[k * m : (k + 1) * m, :] = forced if ends else subspace.along(forced)
        if not ends:
            fed = wide[:, at + m : order * m] @ tall[m : k * m, :]
            wide[:, at : at + m] = subspace.solve(fed - forced)
    x = xp.permute_dims(xp.reshape(wide, (n, order + 1, m)), (1, 0, 2))
    return xp.flip(x, axis=0), xp.reshape(tall, (order + 1, m, m))


def dual(terms: Sequence[Array], subspace: Subspace, x: Array, h: Array) -> Array:
    """Return the left basis: Y(epsilon)* A = H Y(epsilon)*, Y(epsilon)* X(epsilon) = I.

    Parameters
    ----------
    terms : sequence of array, shape (n, n)
        A_0, A_1, ...
    subspace : Subspace
        Of A_0.
    x, h : array, shape (N+1, n, m) and (N+1, m, m)
        From ``bloch``.

    Returns
    -------
    y : array, shape (N+1, n, m)
        Y_k, for real epsilon.
    """
    xp = namespace(x)
    back = adjoint(h)
    y = [subspace.left]
    for k in range(1, x.shape[0]):
        fed = sum(y[k - j] @ back[j, ...] for j in range(1, k + 1))
        last = min(k, len(terms) - 1)
        forced = sum(adjoint(terms[j]) @ y[k - j] for j in range(1, last + 1))
        along = -sum(
            (adjoint(x[k - j, ...]) @ y[j] for j in range(1, k)), 0 * subspace.matrix
        )
        y.append(subspace.solve_adjoint(fed - forced) + subspace.left @ along)
    return xp.stack(y)
