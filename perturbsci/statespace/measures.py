"""The matrices of polynomial and Fourier memories (HiPPO), with their low-rank defect.

x' = A x + B u keeps coefficients of the past of u: x_k(t) is the integral of
phi_k(tau) u(t - tau) over tau > 0, with phi = e^(A tau) B polynomials or waves times a
weight, which says which past counts how much. For all but ``lmu`` a matrix P of at most two
columns makes

    A + P P^T = -c I + S,   S skew-symmetric,

so that A is a normal matrix less a term of low rank.

References: Gu, Dao, Ermon, Rudra and Ré (2020); Gu, Goel and Ré (2022); Voelker, Kajić and
Eliasmith (2019).
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import to_device
from perturbsci.errors import ParameterError
from perturbsci.problems.matrices import hippo_legs
from perturbsci.statespace.memory import check_memory
from perturbsci.types import Array, BackendName

__all__ = ["Hippo", "hippo"]

Parts = tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray | None, float]


@dataclass(frozen=True, slots=True, eq=False)
class Hippo:
    """A memory x' = A x + B u, and what makes its state matrix normal.

    Parameters
    ----------
    measure : str
        Its name; what the states mean stands in ``hippo``.
    a : real array, shape (n, n)
        A; per unit of time.
    b : real array, shape (n,)
        B.
    low_rank : real array, shape (n, r), or None
        P with a + P P^T = -shift I + skew; None where no low rank is known (``lmu``).
    shift : float
        c; NaN for ``lmu``.

    Examples
    --------
    >>> memory = hippo("legs", 2)
    >>> normal = memory.a + memory.low_rank @ memory.low_rank.T
    >>> (normal + normal.T).round(12) + 0.0
    array([[-1.,  0.],
           [ 0., -1.]])
    """

    measure: str
    a: Array
    b: Array
    low_rank: Array | None
    shift: float


def hippo(measure: str, n: int, *, backend: BackendName | None = None) -> Hippo:
    """Return the memory of a measure with n coefficients.

    Parameters
    ----------
    measure : str
        ``"legs"`` (fading like e^-tau, scaled Legendre), ``"legt"`` (a window of length 2,
        Legendre), ``"lagt"`` (fading like e^(-tau/2), Laguerre), ``"fout"`` (a window of
        length 2, Fourier), ``"fourd"`` (fading like e^(-tau/2), Fourier: normal),
        ``"lmu"`` (a window of length 1, as published for the Legendre memory unit).
    n : int
        Number of coefficients, from 1 on.
    backend : str, optional
        Where the arrays are made; default the backend in force.

    Returns
    -------
    memory : Hippo
        With r = 1, 2, 1, 1, 0 columns of ``low_rank``, none for ``lmu``.

    Raises
    ------
    ParameterError
        If the measure is unknown, n is not a whole number from 1 on, or the matrix exceeds
        the memory of the backend.

    Notes
    -----
    O(n^2). Eigenvalues: -1, ..., -n for legs; -1/2 alone for lagt, one Jordan block;
    0 for index 1 of fout, which no input reaches.

    State k is the integral of phi_k(tau) u(t - tau), with P_k of Legendre, L_k of Laguerre:

    * legs: sqrt(2k + 1) e^-tau P_k(2 e^-tau - 1), exactly
    * legt: sqrt(2k + 1) P_k(1 - tau)/2 on 0 < tau < 2, as n grows
    * lagt: e^(-tau/2) L_k(tau), exactly
    * fout: 1/2, 0, then cos(pi j tau)/sqrt(2) and sin(pi j tau)/sqrt(2) by turns,
      j = 1, 2, ..., on 0 < tau < 2, as n grows
    * fourd: e^(-tau/2) times 1, 0, then sqrt(2) cos(2 pi j tau) and sqrt(2) sin(2 pi j tau)
      by turns, exactly
    * lmu: (2k + 1) P_k(2 tau - 1) on 0 < tau < 1, as n grows

    So the sum over k of sqrt(2k + 1) P_k(1 - tau) x_k reads u(t - tau) out of legt, and
    that of P_k(2 tau - 1) x_k out of lmu. Another unit of time T: A/T and B/T.

    References
    ----------
    Gu, Dao, Ermon, Rudra and Ré (2020), theorems 1 to 3; Voelker, Kajić and Eliasmith
    (2019), equation 1.

    Examples
    --------
    >>> hippo("lagt", 2).a
    array([[-0.5,  0. ],
           [-1. , -0.5]])
    """
    if not isinstance(measure, str) or measure not in MEASURES:
        raise ParameterError(
            f"measure is {measure!r:.60}; pass one of {', '.join(MEASURES)}"
        )
    size = whole(n, "n", least=1)
    check_memory(32 * size * size, "hippo")
    a, b, low_rank, shift = MEASURES[measure](size)
    return Hippo(
        measure,
        to_device(a, backend),
        to_device(b, backend),
        None if low_rank is None else to_device(low_rank, backend),
        shift,
    )


def _legs(n: int) -> Parts:
    return hippo_legs(n, backend="numpy"), _roots(n), _half_roots(n)[:, None], 0.5


def _legt(n: int) -> Parts:
    i = numpy.arange(n)
    signs = numpy.where((i[:, None] >= i) | ((i[:, None] - i) % 2 == 0), -0.5, 0.5)
    products = numpy.sqrt((2.0 * i[:, None] + 1.0) * (2.0 * i + 1.0))
    low_rank = numpy.zeros((n, 2))
    low_rank[i, i % 2] = _half_roots(n)
    return signs * products, _roots(n) / 2, low_rank, 0.0


def _lagt(n: int) -> Parts:
    ones = numpy.ones(n)
    a = 0.5 * numpy.eye(n) - numpy.tril(numpy.ones((n, n)))
    return a, ones, numpy.full((n, 1), math.sqrt(0.5)), 0.0


def _fout(n: int) -> Parts:
    b = _fourier_input(n)
    return math.pi * _rotations(n) - numpy.outer(b, b), b, b[:, None], 0.0


def _fourd(n: int) -> Parts:
    a = 2 * math.pi * _rotations(n) - 0.5 * numpy.eye(n)
    return a, _fourier_input(n), numpy.zeros((n, 0)), 0.5


def _lmu(n: int) -> Parts:
    i = numpy.arange(n)
    lower = i[:, None] >= i
    alternating = numpy.where((i[:, None] - i) % 2 == 0, -1.0, 1.0)
    weights = 2.0 * i + 1.0
    a = weights[:, None] * numpy.where(lower, alternating, -1.0)
    return a, weights * numpy.where(i % 2 == 0, 1.0, -1.0), None, math.nan


def _roots(n: int) -> numpy.ndarray:
    return numpy.sqrt(2.0 * numpy.arange(n) + 1.0)


def _half_roots(n: int) -> numpy.ndarray:
    """Return sqrt((2i + 1)/2), rounded once: a quotient by sqrt(2) would round thrice."""
    return numpy.sqrt(numpy.arange(n) + 0.5)


def _rotations(n: int) -> numpy.ndarray:
    """Return the skew matrix that turns cosine k into sine k, k = 1, 2, ..."""
    steps = numpy.zeros(n - 1)
    steps[2::2] = numpy.arange(1, len(steps[2::2]) + 1)
    return numpy.diag(steps, -1) - numpy.diag(steps, 1)


def _fourier_input(n: int) -> numpy.ndarray:
    b = numpy.zeros(n)
    b[0::2] = math.sqrt(2)
    b[0] = 1.0
    return b


MEASURES = {
    "legs": _legs,
    "legt": _legt,
    "lagt": _lagt,
    "fout": _fout,
    "fourd": _fourd,
    "lmu": _lmu,
}
