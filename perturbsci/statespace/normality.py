"""The nearest normal matrices that have a simple form, and segments that stay stable.

With H = (A + A^H)/2 and S = A - H, E = level I - H makes A + E = level I + S, and E = -S
makes it H: both are normal, so that no perturbation of a larger norm is needed. The trace
of H / n is the level nearest to A.
"""

from collections.abc import Callable

import numpy

__all__ = ["normal_correction", "stable_share"]

CLEAR = 1e-10  # below the margin, of ||A||_F
SHARES = (*numpy.arange(0.95, 0.04, -0.05), 0.02, 0.01, 1e-3, 1e-4)
N_BISECTIONS = 12


def normal_correction(
    a: numpy.ndarray, *, skew: bool, margin: float | None
) -> numpy.ndarray | None:
    """Return the smaller E that makes A + E normal.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A.
    skew : bool
        Whether E must be skew-Hermitian: then A + E = H.
    margin : float or None
        Real parts must stay below -margin; None without stability.

    Returns
    -------
    e : array, shape (n, n), or None
        None if neither is allowed.
    """
    hermitian = (a + a.conj().T) / 2
    allowed = numpy.inf
    if margin is not None:
        allowed = -margin - CLEAR * float(numpy.linalg.norm(a))
    corrections = []
    if not skew:
        level = min(float(numpy.trace(hermitian).real) / len(a), allowed)
        corrections.append(level * numpy.eye(len(a)) - hermitian)
    if float(numpy.linalg.eigvalsh(hermitian)[-1]) <= allowed:
        corrections.append(hermitian - a)
    return min(corrections, key=lambda e: float(numpy.linalg.norm(e)), default=None)


def stable_share(
    base: numpy.ndarray,
    e: numpy.ndarray,
    is_stable: Callable[[numpy.ndarray], bool],
) -> numpy.ndarray | None:
    """Return the last stable point on the way from a base to an unstable perturbation.

    Parameters
    ----------
    base, e : array, shape (n, n)
        Ends of the segment.
    is_stable : callable
        Tells it of a perturbation, shape (n, n).

    Returns
    -------
    nearest : array, shape (n, n), or None
        base + t (e - base); None if no stable t was met.
    """
    unstable = 1.0
    for share in SHARES:
        if is_stable(base + share * (e - base)):
            break
        unstable = share
    else:
        return None
    for _ in range(N_BISECTIONS):
        middle = (share + unstable) / 2
        if is_stable(base + middle * (e - base)):
            share = middle
        else:
            unstable = middle
    return base + share * (e - base)
