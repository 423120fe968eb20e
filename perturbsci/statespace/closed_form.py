"""What is known of LegS and LagT in closed form.

With Theta_n(s) = prod_{j=1..n} (s - j + 1)/(s + j), the states of LegS are

    x_k(s) = (s - A)^{-1} B |_k = sqrt(2k + 1)/(s + k + 1) Theta_k(s),   k = 0, ..., n - 1,

and P^T (s - A - P P^T)^{-1} P = (1 - Theta_n)/(1 + Theta_n). Each is a running product of
ratios: numerator and denominator apart would overflow. Derivations: docs/theory/statespace.
"""

import math
from math import sqrt

import numpy

from perturbsci.arguments import number, whole
from perturbsci.backend import linalg, namespace, random, to_device, to_host
from perturbsci.backend.arrays import as_array, blocks, scalar
from perturbsci.backend.kernels.complexes import divided, times
from perturbsci.backend.launch import kernel
from perturbsci.errors import ParameterError
from perturbsci.statespace.memory import check_memory
from perturbsci.types import Array, BackendName

__all__ = [
    "lagt_shift_poles",
    "legs_inner",
    "legs_log10_condition",
    "legs_spikes",
    "legs_states",
]

NEWTON_STEPS = 60


def _frequencies(dtype: str, seed: int) -> tuple[Array, int]:
    """Return points in the right half plane, and a number of factors."""
    parts = 40.0 * random.uniform((90, 2), seed=seed, dtype=dtype)
    return parts.view("c8" if dtype == "f4" else "c16")[:, 0], 37


@kernel(
    "s[m]:c, n:i -> states[m, n]:c",
    over="m",
    cost="n",
    example=_frequencies,
)
def legendre_states(i: int, s: Array, n: int, states: Array) -> None:
    """x_k(s_i) = sqrt(2k + 1)/(s + k + 1) prod_{j=1..k} (s - j + 1)/(s + j).

    About 12 (k + 1) unit roundoffs relative, about 30 flops an entry.
    """
    re = 1.0
    im = 0.0
    for k in range(n):
        root = sqrt(2.0 * k + 1.0)
        xr, xi = divided(re, im, s[i, 0] + (k + 1.0), s[i, 1])
        states[i, k, 0] = root * xr
        states[i, k, 1] = root * xi
        re, im = times(xr, xi, s[i, 0] - float(k), s[i, 1])


@kernel(
    "s[m]:c, n:i -> inner[m]:c",
    over="m",
    cost="n",
    example=_frequencies,
)
def legendre_inner(i: int, s: Array, n: int, inner: Array) -> None:
    """prod_{j=1..n} (s_i - j + 1)/(s_i + j), 12 n unit roundoffs relative."""
    re = 1.0
    im = 0.0
    for k in range(n):
        xr, xi = divided(s[i, 0] - float(k), s[i, 1], s[i, 0] + (k + 1.0), s[i, 1])
        re, im = times(re, im, xr, xi)
    inner[i, 0] = re
    inner[i, 1] = im


def legs_states(s: Array, n: int) -> Array:
    """Return the states (s - A)^{-1} B of LegS at complex frequencies.

    Parameters
    ----------
    s : real or complex array, shape (...)
        Frequencies; per unit of time.
    n : int
        Number of coefficients, from 1 on.

    Returns
    -------
    states : complex array, shape (..., n)
        x_k(s); on the imaginary axis the sum of their squared moduli is
        1 - abs(Theta_n)^2, below 1.

    Raises
    ------
    ParameterError
        If n is not a whole number from 1 on, a frequency is not finite or one of the
        eigenvalues -1, ..., -n, or the result exceeds the memory of the backend.

    Notes
    -----
    About 30 flops an entry, 12 k unit roundoffs relative in entry k. Far left of
    Re s = -1/2 the products grow beyond the range of the type, to the right they may
    underflow to zero.

    References
    ----------
    docs/theory/statespace.md, section 2.

    Examples
    --------
    >>> legs_states(0.0, 3).real + 0.0
    array([1., 0., 0.])
    """
    points, size, shape = _points(s, n)
    check_memory(points.size * size * points.dtype.itemsize, "legs_states")
    return legendre_states(points, size).reshape(*shape, size)


def legs_inner(s: Array, n: int) -> Array:
    """Return the inner function of LegS, Theta_n(s) = prod_{j=1..n} (s - j + 1)/(s + j).

    Parameters
    ----------
    s : real or complex array, shape (...)
        Frequencies; per unit of time.
    n : int
        Number of coefficients, from 1 on.

    Returns
    -------
    inner : complex array, shape (...)
        Of modulus below 1 right of Re s = -1/2, and 1 on that line; on the imaginary axis
        abs(Theta_n(i w)) = abs(w)/sqrt(w^2 + n^2).

    Raises
    ------
    ParameterError
        If n is not a whole number from 1 on, or a frequency is not finite or one of the
        eigenvalues -1, ..., -n.

    Notes
    -----
    About 30 n flops a frequency, 12 n unit roundoffs relative.

    Examples
    --------
    >>> round(float(abs(legs_inner(4.0j, 3))), 12)  # 4/5
    0.8
    """
    points, size, shape = _points(s, n)
    return legendre_inner(points, size).reshape(shape)


def _points(s: Array, n: int) -> tuple[Array, int, tuple[int, ...]]:
    """Return complex frequencies in one row, n, and the shape that they had."""
    size = whole(n, "n", least=1)
    given = as_array(s, name="s", empty=True)
    xp = namespace(given)
    points = xp.astype(given, xp.result_type(given.dtype, xp.complex64), copy=False)
    flat = xp.reshape(points, (-1,))
    real = xp.real(flat)
    hits = (xp.imag(flat) == 0) & (xp.floor(real) == real) & (real <= -1) & (real >= -size)
    if bool(scalar(hits.any())):
        place = int(to_host(hits).argmax())
        raise ParameterError(
            f"s has the value {complex(to_host(flat)[place])} at place {place}, an "
            f"eigenvalue of LegS with n = {size}, where the states are infinite; move it "
            "off -1, ..., -n"
        )
    return flat, size, given.shape


def legs_log10_condition(n: int, *, backend: BackendName | None = None) -> Array:
    """Return the logarithms of the conditions of the eigenvalues of LegS.

    kappa_i = (i + n - 1)! / ((2i - 1) (i - 1)!^2 (n - i)!), i = 1, ..., n.

    Parameters
    ----------
    n : int
        Number of coefficients, from 1 on.
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    conditions : real array, shape (n,)
        log10 kappa_i of the eigenvalue -i; about 0.766 n at the largest.

    Raises
    ------
    ParameterError
        If n is not a whole number from 1 on.

    Notes
    -----
    O(n), by logarithms of the gamma function: n log10(n) unit roundoffs absolute.

    Examples
    --------
    >>> (10 ** legs_log10_condition(3)).round(9)
    array([3., 8., 6.])
    """
    size = whole(n, "n", least=1)
    check_memory(64 * size, "legs_log10_condition")
    i = numpy.arange(1.0, size + 1)
    log_gamma = linalg.special_module(i).gammaln
    logarithms = (
        log_gamma(i + size)
        - numpy.log(2 * i - 1)
        - 2 * log_gamma(i)
        - log_gamma(size - i + 1)
    )
    return to_device(logarithms / math.log(10), backend)


def legs_spikes(
    n: int, count: int | None = None, *, backend: BackendName | None = None
) -> Array:
    """Return the positive frequencies of the normal part of LegS, the largest first.

    The eigenvalues of A + P P^T are -1/2 + i mu with 1 + Theta_n = 0, that is
    sum_{j=1..n} 2 arctan((j - 1/2)/mu_k) = (2k - 1) pi.

    Parameters
    ----------
    n : int
        Number of coefficients, from 1 on.
    count : int, optional
        How many; default all n // 2 of them.
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    frequencies : real array, shape (count,)
        mu_1 > mu_2 > ...; n^2/(pi mu_k) tends to 2k - 1.

    Raises
    ------
    ParameterError
        If n is not a whole number from 1 on, or count not one from 0 to n // 2.

    Notes
    -----
    O(n) a frequency and step of Newton's method for 1/mu, which approaches from one side,
    since arctan is concave. A few unit roundoffs relative.

    Examples
    --------
    >>> legs_spikes(16, 2).round(5)
    array([80.96608, 25.62923])
    """
    size = whole(n, "n", least=1)
    number_of = size // 2 if count is None else whole(count, "count", least=0)
    if number_of > size // 2:
        raise ParameterError(
            f"count is {number_of}, but LegS with n = {size} has {size // 2} positive "
            "frequencies; ask for at most as many"
        )
    check_memory(64 * size + 16 * number_of, "legs_spikes")
    found = numpy.empty(number_of)
    for block in blocks(number_of, 24 * size):
        found[block] = _spikes(size, numpy.arange(1, number_of + 1)[block])
    return to_device(found, backend)


def _spikes(n: int, k: numpy.ndarray) -> numpy.ndarray:
    """Return mu_k; the phase to the axis of t = 1/mu is measured from n pi downwards too.

    Near n pi the small remainder sum 2 arctan(mu/a_j) is what is solved for, in mu.
    """
    zeros = numpy.arange(n) + 0.5
    target = (2 * k - 1) * math.pi
    late = 2 * target > n * math.pi
    goal = numpy.where(late, n * math.pi - target, target)
    slopes = numpy.where(late[:, None], 1 / zeros, zeros)
    t = goal / (2 * slopes.sum(axis=1))
    for _ in range(NEWTON_STEPS):
        at = slopes * t[:, None]
        step = goal - 2 * numpy.arctan(at).sum(axis=1)
        step /= (2 * slopes / (1 + at * at)).sum(axis=1)
        t = t + step
        if (abs(step) <= 4e-16 * t).all():
            break
    return numpy.where(late, t, 1 / t)


def lagt_shift_poles(n: int, theta: float, *, backend: BackendName | None = None) -> Array:
    """Return the eigenvalues of the shifted LagT, A + theta P P^T.

    ((s - 1/2)/(s + 1/2))^n = -1/rho with rho = theta/(2 - theta), so that
    s = -coth((L + i phi)/2)/2 with L = log(1/rho)/n and phi = pi (2m + 1)/n.

    Parameters
    ----------
    n : int
        Number of coefficients, from 1 on.
    theta : float
        From 0 (all eigenvalues are -1/2) to 1 (all are imaginary).
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    poles : complex array, shape (n,)
        In the order of ``backend.linalg.eig``.

    Raises
    ------
    ParameterError
        If n is not a whole number from 1 on or theta is not in [0, 1].

    Notes
    -----
    O(n), a few unit roundoffs relative.

    Examples
    --------
    >>> lagt_shift_poles(1, 0.5)  # -1/2 + theta/2
    array([-0.25+0.j])
    """
    size, share = whole(n, "n", least=1), _share(theta)
    check_memory(128 * size, "lagt_shift_poles")
    if share == 0:
        return to_device(numpy.full(size, -0.5 + 0j), backend)
    phi = math.pi * (2 * numpy.arange((size + 1) // 2) + 1) / size
    decay = numpy.exp(-math.log1p(2 * (1 - share) / share) / size)  # e^-L
    half = (1 - decay) ** 2 / 2 + 2 * decay * numpy.sin(phi / 2) ** 2
    upper = (-(1 - decay**2) / 2 + 1j * decay * numpy.sin(phi)) / (2 * half)
    if size % 2:
        upper[-1] = upper[-1].real
    poles = numpy.concatenate([upper, upper[: size // 2].conj()])
    return to_device(linalg.sort_spectrum(poles)[0], backend)


def _share(theta: float) -> float:
    share = number(theta, "theta", least=0)
    if share > 1:
        raise ParameterError(f"theta is {share}; pass a share of the shift, from 0 to 1")
    return share
