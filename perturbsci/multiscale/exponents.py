"""Exact exponents of single modes exp(i k x + s t), from their dispersion relations.

slab              s = (c - 1)/epsilon^2, c = z cot z, z = epsilon k < pi/2
goldstein_taylor  s = -2 k^2/(1 + sqrt(1 - 4 epsilon^2 k^2))
landau            1 + (1 + zeta Z(zeta))/K^2 = 0, K = epsilon k, s = -i sqrt(2) k zeta
two_stream        (2 + y^2) (1 - sqrt(pi) x erfcx(x)) - 1 = K^2, x = y/sqrt(2), s = k y

with Z(zeta) = i sqrt(pi) w(zeta) for the Maxwellian, and f = v^2 times it (two_stream).

References: Case and Zweifel (1967), chapter 4; Fried and Conte (1961); Landau (1946).
"""

import cmath
import math

from perturbsci.arguments import one_of, positive
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.multiscale.spans import checked_epsilon

__all__ = ["mode_exponent"]

KINDS = ("slab", "goldstein_taylor", "landau", "two_stream")
SMALL = 1e-3  # below it the series of the slab is exact to rounding
WEAK = 0.1  # below it the series of Z is exact to rounding, and damping is 1e-19
TERMS = 40  # of that series, which falls to 1e-20 and grows after the 50th
STRONG = 20.0  # above it w(zeta) overflows
ITERATIONS = 60


def mode_exponent(kind: str, wavenumber: float, *, epsilon: float = 1.0) -> complex:
    """Return s of the mode exp(i k x + s t) that decays slowest, or grows fastest.

    Parameters
    ----------
    kind : str
        ``"slab"`` (linear transport, isotropic, scattering 1), ``"goldstein_taylor"``,
        ``"landau"`` (Vlasov-Poisson about a Maxwellian) or ``"two_stream"`` (about
        v^2 times a Maxwellian).
    wavenumber : float
        k, above 0.
    epsilon : float
        The mean free path; for plasmas the Debye length, above 0.

    Returns
    -------
    exponent : complex
        s; its real part is the growth, minus its imaginary part the frequency.

    Raises
    ------
    ParameterError
        If the kind is unknown, or has no such mode at this epsilon k.

    Notes
    -----
    To about 1e-14 of the modulus.

    References
    ----------
    Case and Zweifel (1967), chapter 4; Fried and Conte (1961).

    Examples
    --------
    >>> round(mode_exponent("slab", 1.0, epsilon=0.1).real, 9)
    -0.333555767
    >>> s = mode_exponent("landau", 0.5)
    >>> round(s.imag, 10), round(s.real, 10)
    (-1.4156618886, -0.1533594669)
    """
    one_of(kind, "kind", KINDS)
    k = positive(wavenumber, "wavenumber")
    epsilon = checked_epsilon(epsilon)
    if kind == "slab":
        return complex(_slab(k, epsilon))
    if kind == "goldstein_taylor":
        return -2 * k * k / (1 + cmath.sqrt(1 - 4 * (epsilon * k) ** 2))
    if epsilon == 0:
        raise ParameterError(
            f"epsilon is {epsilon:g} for kind {kind!r}; a plasma without a Debye length "
            "has no such mode, pass a positive one"
        )
    if kind == "landau":
        return -1j * math.sqrt(2) * k * _landau(epsilon * k)
    return complex(k * _two_stream(epsilon * k))


def _slab(k: float, epsilon: float) -> float:
    z = epsilon * k
    if z >= math.pi / 2:
        raise ParameterError(
            f"epsilon is {epsilon:g} at wavenumber {k:g}; the mode exists for epsilon "
            "wavenumber < pi/2 only, choose a smaller one"
        )
    if z < SMALL:  # z cot z = 1 - z^2/3 - z^4/45 - 2 z^6/945 - ...
        return -k * k * (1 / 3 + z * z / 45 + 2 * z**4 / 945)
    return (z / math.tan(z) - 1) / epsilon**2


def _response(zeta: complex) -> tuple[complex, complex]:
    """Return 1 + zeta Z(zeta) and its derivative; Z' = -2 (1 + zeta Z)."""
    from scipy.special import wofz  # noqa: PLC0415 (takes a tenth of a second)

    z = 1j * math.sqrt(math.pi) * complex(wofz(zeta))
    one = 1 + zeta * z
    return one, z - 2 * zeta * one


def _landau(K: float) -> complex:
    """Return zeta of the least damped mode, followed from K = 0.5 on."""
    if K > STRONG:
        raise ParameterError(
            f"epsilon wavenumber is {K:g}; waves as short are damped within a fraction of "
            f"an oscillation, pass at most {STRONG:g}"
        )
    if K < WEAK:
        return _weakly_damped(K)
    zeta = complex(1.4156618886, -0.1533594669) / (math.sqrt(2) * 0.5)
    n = max(math.ceil(abs(math.log(K / 0.5)) / 0.05), 1)
    for i in range(1, n + 1):
        zeta = _newton(zeta, 0.5 * (K / 0.5) ** (i / n))
    return zeta


def _newton(zeta: complex, K: float) -> complex:
    last = math.inf
    for _ in range(ITERATIONS):
        one, slope = _response(zeta)
        change = (K * K + one) / slope
        zeta -= change
        # 1 + zeta Z cancels to K^2: the last changes are rounding and stop to fall
        if abs(change) <= 1e-15 * abs(zeta) or 1e-10 > abs(change) >= last:
            return zeta
        last = abs(change)
    raise ConvergenceError(
        f"the root of the dispersion relation at epsilon wavenumber {K:g} was not found; "
        "please report it"
    )


def _weakly_damped(K: float) -> complex:
    """Return zeta from 1 + zeta Z = -sum (2 n - 1)!! x^n + i sqrt(pi) zeta exp(-zeta^2).

    x = 1/(2 zeta^2); the last term is small and enters to first order.
    """
    x = K * K
    for _ in range(ITERATIONS):
        x = K * K - sum(_odd(n) * x**n for n in range(2, TERMS))
    zeta = 1 / math.sqrt(2 * x)
    slope = 2 / zeta * sum(n * _odd(n) * x**n for n in range(1, TERMS))
    return complex(zeta, -math.sqrt(math.pi) * zeta * math.exp(-zeta * zeta) / slope)


def _odd(n: int) -> int:
    """Return 1 * 3 * 5 * ... * (2 n - 1)."""
    return math.prod(range(1, 2 * n, 2))


def _two_stream(K: float) -> float:
    """Return y by bisection: the left side falls from 1 at y = 0 to 0 near y = 1.3."""
    if K >= 1:
        raise ParameterError(
            f"epsilon wavenumber is {K:g}; the two streams are unstable below 1 only, "
            "choose a longer wave"
        )
    from scipy.special import erfcx  # noqa: PLC0415 (takes a tenth of a second)

    def excess(y: float) -> float:
        x = y / math.sqrt(2)
        one = 1 - math.sqrt(math.pi) * x * float(erfcx(x))
        return (2 + y * y) * one - 1 - K * K

    low, high = 0.0, 2.0
    while high - low > 1e-15 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2
