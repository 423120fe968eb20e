"""How far the series of an isolated eigenvalue reaches, and what its remainder is.

On a circle of radius rho about lambda_0 that encloses no other eigenvalue of A_0, let
sigma = min 1/||(A_0 - zeta)^-1||. The eigenvalue stays inside for |epsilon| < r_0, where
sum_j ||A_j|| r_0^j = sigma, and Cauchy's estimate gives |lambda_k| <= rho r_0^-k and

    |lambda(epsilon) - sum_{k<=N} lambda_k epsilon^k| <= rho x^(N+1) / (1 - x),

x = |epsilon|/r_0. For normal A_0 with isolation distance d: rho = sigma = d/2.

Reference: Kato (1966), sections II.1.3, II.3.1 and II.3.3.
"""

from collections.abc import Sequence

import numpy

from perturbsci.backend import to_host
from perturbsci.perturbation.families import is_diagonal, is_hermitian, unit_roundoff
from perturbsci.perturbation.matrix_series import adjoint
from perturbsci.types import Array

__all__ = ["circle", "is_normal", "largest_radius", "norms"]

N_RADII = 8
N_POINTS = 64  # on a circle


def norms(matrices: Sequence[Array]) -> numpy.ndarray:
    """Return the 2-norms, widened by their rounding.

    Parameters
    ----------
    matrices : sequence of array, shape (n, n)
        A_0, A_1, ...

    Returns
    -------
    sizes : real array, shape (J+1,)
        On the host.
    """
    return numpy.array([_norm(to_host(a)) for a in matrices])


def _norm(a: numpy.ndarray) -> float:
    if is_diagonal(a):
        return float(numpy.abs(numpy.diagonal(a)).max())
    if is_hermitian(a):
        largest = numpy.abs(numpy.linalg.eigvalsh(a)).max()
    else:
        largest = numpy.linalg.svdvals(a)[0]
    return float(largest) * (1 + len(a) * unit_roundoff(a))


def is_normal(matrix: Array) -> bool:
    """Tell whether A* A = A A* up to rounding.

    Parameters
    ----------
    matrix : array, shape (n, n)
        A.

    Returns
    -------
    normal : bool
        Commutator at most 4 n u ||A||_F^2.
    """
    a = to_host(matrix)
    if is_diagonal(a) or is_hermitian(a):
        return True
    back = adjoint(a)
    commutator = numpy.linalg.norm(back @ a - a @ back)
    return bool(commutator <= 4 * len(a) * unit_roundoff(a) * numpy.linalg.norm(a) ** 2)


def circle(matrix: Array, center: complex, members: int) -> list[tuple[float, float]]:
    """Return radii of circles about an eigenvalue, each with its sigma.

    Parameters
    ----------
    matrix : array, shape (n, n)
        A_0.
    center : complex
        lambda_0.
    members : int
        How many eigenvalues coincide there.

    Returns
    -------
    pairs : list of (rho, sigma)
        One for normal matrices; (inf, inf) where nothing else is in the spectrum.

    Notes
    -----
    Not normal: 512 singular value decompositions, sigma sampled at 64 points a circle and
    divided by 1 + h/sigma, h the length of the arc between two of them.
    """
    a = to_host(matrix)
    if is_diagonal(a):
        values, wide = numpy.diagonal(a), 0.0
    else:
        values = numpy.linalg.eigvalsh(a) if is_hermitian(a) else numpy.linalg.eigvals(a)
        wide = 2 * len(a) * unit_roundoff(a) * float(numpy.abs(values).max())
    if members == len(a):
        return [(numpy.inf, numpy.inf)]
    d = float(numpy.sort(numpy.abs(values - center))[members]) - wide
    if is_normal(a):
        return [(d / 2, d / 2)]
    return [_sampled(a, center, d * k / (N_RADII + 1)) for k in range(1, N_RADII + 1)]


def _sampled(a: numpy.ndarray, center: complex, rho: float) -> tuple[float, float]:
    turns = numpy.exp(2j * numpy.pi * numpy.arange(N_POINTS) / N_POINTS)
    sigma = min(
        float(numpy.linalg.svdvals(a - zeta * numpy.eye(len(a)))[-1])
        for zeta in center + rho * turns
    )
    arc = 2 * numpy.pi * rho / N_POINTS
    return rho, sigma / (1 + arc / sigma) if sigma else 0.0


def largest_radius(sizes: numpy.ndarray, sigma: float) -> float:
    """Return r with sum_{j>=1} sizes[j] r^j = sigma, by Newton's method.

    Parameters
    ----------
    sizes : real array, shape (J+1,)
        ||A_j||; the first is not used.
    sigma : float
        Not negative.

    Returns
    -------
    radius : float
        Infinite if all sizes are zero or sigma is infinite.
    """
    powers = numpy.flatnonzero(sizes[1:]) + 1
    if not len(powers) or sigma == numpy.inf:
        return numpy.inf
    factors = sizes[powers]
    r = float(((sigma / factors) ** (1 / powers)).min())  # above the root: each term fits
    for _ in range(60):
        if len(powers) == 1 or not r:
            break
        excess = (factors * r**powers).sum() - sigma
        step = excess / (factors * powers * r ** (powers - 1)).sum()
        if step <= 1e-15 * r:
            break
        r -= float(step)
    return r
