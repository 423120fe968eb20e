"""Power series whose coefficients are matrices: products, inverses and square roots.

A series is an array of shape (K, p, q): sum_k a_k epsilon^k, k < K. Each coefficient of a
product is one product of flat matrices, [a_0 ... a_k] times the stack of b_k ... b_0.
"""

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.types import Array

__all__ = ["adjoint", "gram", "inverse", "product", "relative_size", "square_root"]


def adjoint(a: Array) -> Array:
    """Return the series of the conjugate transposes, for real epsilon.

    Parameters
    ----------
    a : array, shape (K, p, q)
        Or one matrix, shape (p, q).

    Returns
    -------
    adjoint : array, shape (K, q, p)
        a_k*.
    """
    xp = namespace(a)
    transposed = xp.matrix_transpose(a)
    return transposed if xp.isdtype(a.dtype, "real floating") else xp.conj(transposed)


def product(a: Array, b: Array) -> Array:
    """Return c_k = sum_j a_j b_{k-j}.

    Parameters
    ----------
    a : array, shape (K, p, q)
        Left factor.
    b : array, shape (K, q, r)
        Right factor.

    Returns
    -------
    c : array, shape (K, p, r)
        As many terms.
    """
    xp = namespace(a, b)
    count, p, q = a.shape
    left = xp.reshape(xp.permute_dims(a, (1, 0, 2)), (p, count * q))
    right = xp.reshape(xp.flip(b, axis=0), (count * q, b.shape[2]))
    return xp.stack(
        [left[:, : (k + 1) * q] @ right[(count - 1 - k) * q :, :] for k in range(count)]
    )


def inverse(a: Array) -> Array:
    """Return the inverse b of a series with a_0 = I: b_k = -sum_{j>=1} a_j b_{k-j}.

    Parameters
    ----------
    a : array, shape (K, p, p)
        Its first coefficient is not read.

    Returns
    -------
    b : array, shape (K, p, p)
        a b = I.
    """
    xp = namespace(a)
    b = [xp.eye(a.shape[1], dtype=a.dtype, device=a.device)]
    for k in range(1, a.shape[0]):
        b.append(-sum(a[j, ...] @ b[k - j] for j in range(1, k + 1)))
    return xp.stack(b)


def square_root(a: Array) -> Array:
    """Return the root b of a series with a_0 = I: 2 b_k = a_k - sum_{0<j<k} b_j b_{k-j}.

    Parameters
    ----------
    a : array, shape (K, p, p)
        Its first coefficient is not read.

    Returns
    -------
    b : array, shape (K, p, p)
        b b = a, b_0 = I.
    """
    xp = namespace(a)
    b = [xp.eye(a.shape[1], dtype=a.dtype, device=a.device)]
    for k in range(1, a.shape[0]):
        b.append((a[k, ...] - sum(b[j] @ b[k - j] for j in range(1, k))) / 2)
    return xp.stack(b)


def gram(x: Array) -> Array:
    """Return g_k = sum_j x_j* x_{k-j}, exactly Hermitian, for x_0* x_k = delta_{k0}.

    Parameters
    ----------
    x : array, shape (K, n, m)
        A basis that grows orthogonally to its first one.

    Returns
    -------
    g : array, shape (K, m, m)
        g_0 = I and g_1 = 0.
    """
    xp = namespace(x)
    back = adjoint(x)
    g = [xp.eye(x.shape[2], dtype=x.dtype, device=x.device)]
    for k in range(1, x.shape[0]):
        half = xp.zeros_like(g[0])
        for j in range(1, (k + 1) // 2):
            half = half + back[j, ...] @ x[k - j, ...]
        total = half + adjoint(half)
        if k % 2 == 0:
            total = total + back[k // 2, ...] @ x[k // 2, ...]
        g.append(total)
    return xp.stack(g)


def relative_size(found: Array, factors: tuple[Array, ...]) -> float:
    """Return the largest ||c_k|| over the sum of products of norms that make up c_k.

    Parameters
    ----------
    found : array, shape (K, p, q)
        c_k, which ought to vanish.
    factors : tuple of array, shape (K, r, s)
        The series whose product c is a part of.

    Returns
    -------
    size : float
        A small multiple of unit roundoff if c vanishes but for rounding.
    """
    sizes = [
        numpy.linalg.norm(to_host(a).reshape(a.shape[0], -1), axis=1)
        for a in (found, *factors)
    ]
    scale = sizes[1]
    for size in sizes[2:]:
        scale = numpy.convolve(scale, size)[: len(sizes[0])]
    return float((sizes[0] / numpy.where(scale > 0, scale, 1)).max())
