"""What a series says before it is resummed: where to stop it, and how far it reaches.

Optimal truncation stops before the smallest term. The nearest singularity
(1 - epsilon/r)^alpha shows in the ratios of the coefficients (Domb and Sykes 1957),

    c_n/c_{n-1} = (1/r) (1 - (1 + alpha)/n + O(1/n^2)),

a conjugate pair (1 - 2 cos(theta) epsilon/r + (epsilon/r)^2)^alpha in their recursion

    n c_n = (2 cos(theta)/r) (n - 1 - alpha) c_{n-1} - (n - 2 - 2 alpha) c_{n-2}/r^2.

References: Bender and Orszag (1999), sections 3.8 and 8.1; Domb and Sykes (1957).
"""

import cmath
import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy

from perturbsci.arguments import flag
from perturbsci.backend import to_host
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.perturbation.borel import Resummation, borel_sum
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.extrapolation import (
    Extrapolation,
    error_certificate,
    richardson,
    shanks,
)
from perturbsci.perturbation.gauges import finite_number, plain_number
from perturbsci.perturbation.rational import PadeApproximant, pade, taylor
from perturbsci.results import Result, Status
from perturbsci.verification.certificate import Certificate

__all__ = [
    "Extrapolation",
    "PadeApproximant",
    "Resummation",
    "Singularity",
    "Truncation",
    "borel_sum",
    "optimal_truncation",
    "pade",
    "radius_of_convergence",
    "richardson",
    "shanks",
]

LEVELS = 10  # of Richardson extrapolation in 1/n
GROWTH = 0.25  # beta of |c_n| ~ n^(beta n) beyond this: radius 0 or infinity


@dataclass(frozen=True, slots=True, eq=False)
class Truncation(Result):
    """A divergent series, stopped before its smallest term.

    Parameters
    ----------
    value : float or complex
        The sum.
    terms : int
        How many terms it has.
    error_estimate : float
        The first term left out.
    status : Status
        EXHAUSTED if the terms still decrease at the end; EXACT at epsilon = 0.
    certificate : Certificate
        The estimate, relative to value or first term.

    Examples
    --------
    >>> euler = Expansion.from_terms([(-1) ** n * math.factorial(n) for n in range(20)])
    >>> optimal_truncation(euler, 0.1).terms
    9
    """

    value: complex
    terms: int
    error_estimate: float
    status: Status
    certificate: Certificate


@dataclass(frozen=True, slots=True, eq=False)
class Singularity(Result):
    """The singularity of a power series that is nearest to zero.

    Parameters
    ----------
    radius : float
        Of convergence; 0 or infinity where the ratios of coefficients grow or decay.
    position : float or complex
        Real, or the one in the upper half plane of a conjugate pair.
    exponent : float
        alpha of (1 - epsilon/position)^alpha, -1 for a pole, 0 for a logarithm.
    error_estimate : float
        Of the radius.
    status : Status
        CONVERGED, or TOLERANCE_NOT_REACHED if the estimate exceeds the radius.
    certificate : Certificate
        The estimate, relative to the radius.

    Examples
    --------
    >>> radius_of_convergence(Expansion.from_terms([1.0, 2.0, 4.0, 8.0, 16.0])).position
    0.5
    """

    radius: float
    position: complex
    exponent: float
    error_estimate: float
    status: Status
    certificate: Certificate


def optimal_truncation(expansion: Expansion, epsilon: complex) -> Truncation:
    """Sum a series up to, and without, its smallest term.

    Parameters
    ----------
    expansion : Expansion
        Of numbers, with powers among 0, 1, 2, ...
    epsilon : float or complex
        The small parameter.

    Returns
    -------
    truncation : Truncation
        Of two equal terms the first one is left out. Terms that vanish count for nothing.

    Raises
    ------
    ParameterError
        If the expansion is no power series, or epsilon no finite number.

    Notes
    -----
    For an alternating series of Stieltjes type the error is below the estimate.

    References
    ----------
    Bender and Orszag (1999), section 3.8.

    Examples
    --------
    >>> euler = Expansion.from_terms([(-1) ** n * math.factorial(n) for n in range(20)])
    >>> f"{optimal_truncation(euler, 0.1).error_estimate:.3e}"
    '3.629e-04'
    """
    taylor(expansion)  # refuses what is no power series
    small = finite_number(epsilon, "epsilon")
    if small == 0:
        certificate = error_certificate(0.0, 1.0, "the limit")
        value = plain_number(expansion.evaluate(0.0))
        return Truncation(value, len(expansion), 0.0, Status.EXACT, certificate)
    with numpy.errstate(over="ignore", invalid="ignore"):
        terms = to_host(expansion.coefficients) * small**expansion.powers
    present = numpy.flatnonzero(terms)
    sizes = abs(terms[present])
    stop = int(present[numpy.nanargmin(sizes)]) if len(present) else len(terms)
    estimate = float(abs(terms[stop])) if len(present) else 0.0
    value = plain_number(terms[:stop].sum())
    last = len(present) > 0 and stop == present[-1]
    first = float(abs(terms[present[0]])) if len(present) else 0.0
    return Truncation(
        value,
        stop,
        estimate,
        Status.EXHAUSTED if last else Status.CONVERGED,
        error_certificate(estimate, max(abs(value), first), "first term left out"),
    )


def radius_of_convergence(expansion: Expansion, *, strict: bool = True) -> Singularity:
    """Find the nearest singularity of a power series from its coefficients.

    Parameters
    ----------
    expansion : Expansion
        Of real numbers, with powers among 0, 1, 2, ...; at least 5 nonzero ones.
    strict : bool
        Raise if the estimate exceeds the radius; False returns the result.

    Returns
    -------
    singularity : Singularity
        Of a series in epsilon^s, such as an even one, the singularity in epsilon^s first.

    Raises
    ------
    ParameterError
        If the expansion is no real power series or too short.
    ConvergenceError
        If no digit is certain; it carries the result.

    Notes
    -----
    Ratios of equal or alternating sign are extrapolated in 1/n, to the level where two
    estimates agree best; any other signs mean a conjugate pair, fitted to the last four
    coefficients. One dominant singularity, or pair, is assumed.

    References
    ----------
    Domb and Sykes (1957).

    Examples
    --------
    >>> logarithm = Expansion.from_terms([Fraction(1, n) for n in range(1, 20)])
    >>> round(radius_of_convergence(logarithm).radius, 9)
    1.0
    """
    strict = flag(strict, "strict")
    series = taylor(expansion)
    present = [n for n, c in enumerate(series) if c]
    if len(present) < 5 or any(isinstance(c, complex) for c in series):
        raise ParameterError(
            f"expansion has {len(present)} nonzero coefficients; at least 5, and real "
            "ones, are needed to see a singularity"
        )
    stride = math.gcd(*(n - present[0] for n in present))
    c = series[present[0] :: stride]
    growth = _growth(c)
    if abs(growth) > GROWTH:
        radius = 0.0 if growth > 0 else math.inf
        claim = Certificate(
            "radius", math.nan, math.nan, "none", "ratios", ("it is 0 or infinite",)
        )
        return Singularity(radius, radius, math.nan, math.nan, Status.CONVERGED, claim)
    position, exponent, estimate = _real(c) if _is_real(c) else _pair(c)
    radius = abs(position) ** (1 / stride)
    # d(r^(1/s)) = r^(1/s) dr / (s r)
    estimate *= radius / (stride * abs(position))
    turn = cmath.phase(position) / stride
    root = complex(*(round(part, 15) for part in (math.cos(turn), math.sin(turn))))
    certificate = error_certificate(estimate, radius, "ratios of the coefficients")
    status = Status.CONVERGED if certificate.passed else Status.TOLERANCE_NOT_REACHED
    result = Singularity(
        radius, plain_number(radius * root), exponent, estimate, status, certificate
    )
    if strict and not certificate.passed:
        raise ConvergenceError(
            f"the radius {radius:.3g} has the error estimate {estimate:.3g}; pass more "
            "coefficients, or strict=False for the estimate",
            result,
        )
    return result


def _growth(c: list) -> float:
    """Return beta of |c_n| ~ exp(beta n ln n + a n + b ln n + d); 0 if convergent."""
    n = numpy.array([k for k in range(1, len(c)) if c[k]], dtype=float)
    if len(n) < 8:
        return 0.0
    sizes = numpy.array([_logarithm(c[int(k)]) for k in n])
    columns = numpy.stack([n * numpy.log(n), n, numpy.log(n), numpy.ones_like(n)], axis=1)
    return float(numpy.linalg.lstsq(columns, sizes)[0][0])


def _logarithm(value: Fraction | float) -> float:
    exact = Fraction(value)
    return math.log(abs(exact.numerator)) - math.log(exact.denominator)


def _is_real(c: list) -> bool:
    """Return whether the last half of the ratios exists and has one sign."""
    tail = c[len(c) // 2 :]
    if not all(tail):
        return False
    signs = {(a > 0) == (b > 0) for a, b in itertools.pairwise(tail)}
    return len(signs) == 1


def _real(c: list) -> tuple[complex, float, float]:
    """Return position, exponent and error estimate of one real singularity."""
    n = numpy.array([k for k in range(1, len(c)) if c[k] and c[k - 1]], dtype=float)
    n = n[int(numpy.flatnonzero(numpy.diff(n, prepend=n[0] - 1) != 1).max(initial=0)) :]
    ratios = numpy.array([float(c[int(k)] / c[int(k) - 1]) for k in n])
    slopes = n[1:] * n[:-1] * numpy.diff(ratios)
    inverse, miss = _to_infinity(ratios, n)
    # c_n/c_{n-1} = (1/r)(1 - (1 + alpha)/n): its differences give (1 + alpha)/r.
    slope, _ = _to_infinity(slopes, n[1:])
    return complex(1 / inverse), slope / inverse - 1, miss / inverse**2


def _to_infinity(values: numpy.ndarray, n: numpy.ndarray) -> tuple[float, float]:
    """Return the limit in 1/n where two levels agree best, and their difference."""
    best, error = float(values[-1]), math.inf
    levels = range(2, min(LEVELS, len(n) - 1) + 1)
    limits = [_neville(values, n, m) for m in range(1, levels.stop)]
    for m, lower, here in zip(levels, limits[:-1], limits[1:], strict=True):
        # A level is trusted as far as it agrees with the lower one and with its own past.
        miss = max(abs(here - lower), abs(here - _neville(values[:-1], n[:-1], m)))
        if miss < error:
            best, error = here, miss
    return best, error


def _neville(values: numpy.ndarray, n: numpy.ndarray, m: int) -> float:
    """Return the polynomial in 1/n through the last m values, at 0."""
    if m == 1:
        return float(values[-1])
    limit = richardson(values[-m:], 1 / n[-m:], exponents=range(1, m), strict=False)
    return float(limit.value)


def _pair(c: list) -> tuple[complex, float, float]:
    """Return the upper of two conjugate singularities, exponent and error estimate."""
    position, exponent = _fitted_pair(c)
    before, _ = _fitted_pair(c[:-1])
    return position, exponent, abs(position - before)


def _fitted_pair(c: list) -> tuple[complex, float]:
    """Solve n c_n = (A n + B) c_{n-1} - (C n + D) c_{n-2} for the last four n."""
    rows, right = [], []
    for n in range(max(len(c) - 4, 2), len(c)):
        size = max(abs(c[n]), abs(c[n - 1]), abs(c[n - 2])) or 1
        up, here, low = (float(c[k] / size) for k in (n, n - 1, n - 2))
        rows.append([n * here, here, -n * low, -low])
        right.append(n * up)
    # For A = B = 0, a series in epsilon^2, and the like: the smallest solution.
    a, _, square, constant = numpy.linalg.lstsq(numpy.array(rows), numpy.array(right))[0]
    if square <= 0:
        return complex(1 / math.sqrt(abs(square) or 1.0)), math.nan
    radius = 1 / math.sqrt(square)
    angle = math.acos(min(max(a * radius / 2, -1.0), 1.0))
    return cmath.rect(radius, angle), -(constant / (2 * square) + 1)
