"""Borel-Leroy resummation: a finite value, with a stated error, for a divergent series.

    B(t) = sum_n c_n t^n / Gamma(g n + 1 + b)
    sum  = integral_0^inf s^b e^{-s} B(epsilon s^g) ds

B is continued by Padé approximants (exact where the series is), or with its singularity
-1/a by the conformal variable w = (sqrt(1 + a t) - 1)/(sqrt(1 + a t) + 1),
t = (4/a) w/(1 - w)^2. The integral is a sum over s = exp(u - e^{-u}) (double exponential
quadrature); with a pole of B on its way it is taken above and below: the value is the
mean, the ambiguity half the difference.

References: Bender and Orszag (1999), section 8.2; Le Guillou and Zinn-Justin (1980);
Takahasi and Mori (1974).
"""

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy

from perturbsci.arguments import flag, is_finite_number
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.extrapolation import error_certificate
from perturbsci.perturbation.gauges import finite_number, plain_number
from perturbsci.perturbation.rational import PadeApproximant, approximant, taylor
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["Resummation", "borel_sum"]

FASTEST = 100.0  # growth of the coefficients, in factorials; their offset
SLIGHT = 1e-100  # an offset that changes no digit of a factorial
ON_AXIS = 1e-6  # largest |Im t|/|t| of a pole that the integral has to avoid
PRESENT = 1e-12  # smallest residue, relative to the pole, that is not a rounding error
ROUNDOFF = 2.0**-53
HIDDEN = 1e-8  # relative; below it the ambiguity is not a difference of two integrals
SUMMED = 32  # roundings of the quadrature, in units of that of its value
FEWEST, FINEST = 5, 13  # log2 of the number of intervals of the quadrature
SETTLED = 1e-15  # relative change of the sum that ends the halving


@dataclass(frozen=True, slots=True, eq=False)
class Resummation(Result):
    """The Borel sum of a series.

    Parameters
    ----------
    value : float or complex
        The sum; with a pole on the way, the mean of the integrals above and below it.
    error_estimate : float
        The largest difference from lower or neighboring approximants.
    ambiguity : float
        Half the modulus of the difference of the integrals above and below.
    poles : complex array, shape (m,)
        Of the Borel transform, in t.
    status : Status
        AMBIGUOUS if the ambiguity exceeds rounding; TOLERANCE_NOT_REACHED if the
        estimate exceeds both value and first coefficient.
    certificate : Certificate
        The estimate, relative to value or first coefficient.

    Examples
    --------
    >>> series = Expansion.from_terms([math.factorial(n) for n in range(12)])
    >>> result = borel_sum(series, 0.1)
    >>> result.status.name, f"{result.ambiguity / (math.pi * math.exp(-10) * 10):.9f}"
    ('AMBIGUOUS', '1.000000000')
    """

    value: complex
    error_estimate: float
    ambiguity: float
    poles: Array
    status: Status
    certificate: Certificate


def borel_sum(
    expansion: Expansion,
    epsilon: complex,
    *,
    growth: float = 1,
    offset: float = 0.0,
    method: str = "pade",
    singularity: float | None = None,
    strict: bool = True,
) -> Resummation:
    """Resum a series whose coefficients grow like Gamma(growth n + 1 + offset).

    Parameters
    ----------
    expansion : Expansion
        Of numbers, with powers among 0, 1, 2, ..., through 2 at least.
    epsilon : float or complex
        Where; the Borel transform is integrated along its direction.
    growth, offset : float
        g > 0 and b > -1.
    method : str
        ``"pade"`` or ``"conformal"``.
    singularity : float, optional
        Of the Borel transform, -1/a; for ``"conformal"``.
    strict : bool
        Raise if the estimate exceeds value and first coefficient; False returns the result.

    Returns
    -------
    result : Resummation
        With value, error estimate and ambiguity.

    Raises
    ------
    ParameterError
        If an argument is outside its range, or the series too short.
    ConvergenceError
        If no digit is certain; it carries the result.

    Notes
    -----
    Four approximants and about 200 to 400 points for each. The transform is exact for an
    exact series and an integer growth. The error is an estimate, not a bound.

    References
    ----------
    Bender and Orszag (1999), section 8.2; Le Guillou and Zinn-Justin (1980).

    Examples
    --------
    >>> euler = Expansion.from_terms([(-1) ** n * math.factorial(n) for n in range(12)])
    >>> round(float(borel_sum(euler, 1.0).value), 12)
    0.596347362323
    """
    series = taylor(expansion)
    strict = flag(strict, "strict")
    small = finite_number(epsilon, "epsilon")
    growth = _above(growth, "growth", 0.0)
    if growth > FASTEST:
        raise ParameterError(f"growth is {growth:.3g}; pass one up to {FASTEST:g}")
    offset = _above(offset, "offset", -1.0)
    if offset > FASTEST:
        raise ParameterError(f"offset is {offset:.3g}; pass one up to {FASTEST:g}")
    offset = 0.0 if abs(offset) < SLIGHT else offset
    if len(series) < 3:
        raise ParameterError(
            f"expansion ends at power {len(series) - 1}; needed are powers through 2"
        )
    if not isinstance(method, str) or method not in ("pade", "conformal"):
        raise ParameterError(f"method is {method!r}; pass 'pade' or 'conformal'")
    needless = singularity is None and method == "pade"
    if not needless and not (is_finite_number(singularity) and singularity):
        raise ParameterError(
            f"singularity is {singularity!r}; pass that of the Borel transform, -1/a, "
            "for instance from radius_of_convergence of the transform"
        )
    if small == 0:
        certificate = error_certificate(0.0, 1.0, "the limit")
        value = plain_number(expansion.evaluate(0.0))
        none = numpy.zeros(0, complex)
        return Resummation(value, 0.0, 0.0, none, Status.EXACT, certificate)
    transform = _transform(series, growth, offset)
    if method == "pade":
        found = _by_pade(transform, small, growth, offset)
    else:
        found = _by_map(transform, small, growth, offset, float(singularity))  # type: ignore[arg-type]
    return _judged(*found, abs(series[0]), method, strict)


def _above(value: object, name: str, least: float) -> float:
    number = finite_number(value, name)
    if isinstance(number, complex) or number <= least:
        raise ParameterError(f"{name} is {value!r}; pass a real number above {least:g}")
    return number


def _transform(series: list, growth: float, offset: float) -> list:
    """Return c_n Gamma(1 + offset)/Gamma(growth n + 1 + offset), exact if possible."""
    if growth != int(growth):
        first = math.lgamma(1 + offset)
        return [
            (float(c) if isinstance(c, Fraction) else c)
            * math.exp(first - math.lgamma(growth * n + 1 + offset))
            for n, c in enumerate(series)
        ]
    found, product, start = [], Fraction(1), Fraction(offset)
    for n, c in enumerate(series):
        for k in range(int(growth) * max(n - 1, 0) + 1, int(growth) * n + 1):
            product *= start + k
        found.append(c / product if isinstance(c, Fraction) else c / float(product))
    return found


def _by_pade(
    transform: list, small: complex, growth: float, offset: float
) -> tuple[complex, float, float, Array, bool]:
    """Return value, error estimate, ambiguity, poles, whether one is on the way."""
    zeros = next((n for n, c in enumerate(transform[:-1]) if c), 0)
    series = transform[zeros:]  # B = t^zeros times their sum
    order = len(series) - 1
    low, high = order // 2, order - order // 2
    degrees = [(low, high), (low - 1, high + 1), (low - 1, high - 1), (low - 2, high)]
    sums = []
    for top, size in degrees:
        if top < 0 or size < 0:
            continue
        near = approximant(series[: top + size + 1], top, size)
        present = abs(near.residues) > PRESENT * abs(near.poles) * abs(series[0] or 1)
        angles = numpy.angle(near.poles / small)
        on_way = present & (abs(angles) < ON_AXIS)
        free = abs(angles[present & ~on_way]).min(initial=math.pi)
        turn = min(free / growth, math.pi / 2) / 2 if on_way.any() else 0.0
        sums.append((_laterals(near, zeros, small, growth, offset, turn), near, on_way))
    (above, below, miss), first, on_way = sums[0]
    value = (above + below) / 2
    others = [abs(value - (up + low) / 2) for (up, low, _), _, _ in sums[1:]]
    ambiguity = abs(above - below) / 2
    if on_way.any() and ambiguity < HIDDEN * abs(value):
        ambiguity = _half_residues(first, on_way, zeros, small, growth, offset)
    estimate = max(others, default=math.inf) + miss
    return value, estimate, float(ambiguity), first.poles, bool(on_way.any())


def _half_residues(
    near: PadeApproximant,
    on_way: Array,
    zeros: int,
    small: complex,
    growth: float,
    offset: float,
) -> float:
    """Return half the difference of the lateral integrals, pi times the residues in s."""
    poles = near.poles[on_way]
    s = (poles / small) ** (1 / growth)
    residues = near.residues[on_way] * poles**zeros * s / (growth * poles)
    weights = numpy.exp(offset * numpy.log(s) - s - math.lgamma(1 + offset))
    return float(abs((math.pi * weights * residues).sum()))


def _by_map(
    transform: list, small: complex, growth: float, offset: float, singularity: float
) -> tuple[complex, float, float, Array, bool]:
    """Return the same with B expanded in w, whose unit disk is the cut plane of t."""
    a = -1 / Fraction(singularity)
    scale = 4 / a if isinstance(transform[0], Fraction) else float(4 / a)
    mapped = [transform[0]]
    for m in range(1, len(transform)):
        # t^n = (4/a)^n sum_k C(2n - 1 + k, k) w^(n + k)
        parts = [
            transform[n] * scale**n * math.comb(n + m - 1, m - n) for n in range(1, m + 1)
        ]
        mapped.append(sum(parts))
    weights = numpy.array([plain_number(w) for w in mapped])
    on_way = bool((small / singularity).real > 0 and not (small / singularity).imag)

    def sums(t: Array) -> Array:
        root = numpy.sqrt(numpy.asarray(1 + float(a) * t, dtype=complex))
        w = (root - 1) / (root + 1)
        orders = [len(weights), len(weights) - 1, len(weights) - 2]
        values = [numpy.polynomial.polynomial.polyval(w, weights[:n]) for n in orders]
        return numpy.stack(values if on_way else [_like(v, t) for v in values])

    above, miss = _integral(sums, small, growth, offset, 0.0)
    # Below the cut the transform is the conjugate.
    middle = above.real if on_way else above
    estimate = abs(middle[0] - middle[1:]).max()
    place = numpy.array([singularity], complex)
    return middle[0], estimate + miss, float(abs(above[0].imag)), place, on_way


def _like(values: Array, t: Array) -> Array:
    return values if numpy.iscomplexobj(t) else values.real


def _laterals(
    near: PadeApproximant,
    zeros: int,
    small: complex,
    growth: float,
    offset: float,
    turn: float,
) -> tuple[Array, Array, float]:
    """Integrate along s = r exp(+-i turn); return both sums and the quadrature's error."""

    def transform(t: Array) -> Array:
        return near.evaluate(t) * t**zeros

    if not turn:
        total, miss = _integral(transform, small, growth, offset, 0.0)
        return total, total, miss
    sides = [_integral(transform, small, growth, offset, sign * turn) for sign in (1, -1)]
    return sides[0][0], sides[1][0], max(miss for _, miss in sides)


def _integral(
    transform: Callable[[Array], Array],
    small: complex,
    growth: float,
    offset: float,
    angle: float,
) -> tuple[Array, float]:
    """Return int s^b e^{-s} B(small s^g) ds / Gamma(1 + b), and its last change."""
    low = -math.log(45 / (1 + offset) + 2)  # there r^(1 + b) is below 1e-19
    high = math.log((750 + 10 * offset) / math.cos(angle))  # and there e^{-s}
    phase = cmath.exp(1j * angle) if angle else 1.0

    def integrand(u: Array) -> Array:
        logarithm = u - numpy.exp(-u)
        r = numpy.exp(logarithm)
        exponent = (1 + offset) * logarithm - r * phase - math.lgamma(1 + offset)
        weights = (1 + numpy.exp(-u)) * numpy.exp(exponent) * phase ** (1 + offset)
        return weights * transform(small * (r * phase) ** growth)

    step = (high - low) / 2**FEWEST
    total = step * integrand(low + step * numpy.arange(2**FEWEST + 1)).sum(axis=-1)
    change = math.inf
    for level in range(FEWEST, FINEST):
        middle = low + step * (numpy.arange(2**level) + 0.5)
        before, total = total, (total + step * integrand(middle).sum(axis=-1)) / 2
        step /= 2
        change = float(numpy.max(abs(total - before)))
        if change <= SETTLED * float(numpy.max(abs(total))):
            break
    return total, change


def _judged(
    value: complex,
    estimate: float,
    ambiguity: float,
    poles: Array,
    on_way: bool,
    first: float,
    method: str,
    strict: bool,
) -> Resummation:
    """Return the result with status and certificate, or raise."""
    estimate = float(estimate + SUMMED * ROUNDOFF * abs(value))
    certificate = error_certificate(
        estimate, float(max(abs(value), first)), f"Borel, {method}"
    )
    # A pole so far that the rounding of the value hides it makes nothing ambiguous.
    seen = on_way and ambiguity > ROUNDOFF * abs(value)
    status = Status.AMBIGUOUS if seen else Status.CONVERGED
    if not certificate.passed:
        status = Status.TOLERANCE_NOT_REACHED
    result = Resummation(
        plain_number(value),
        estimate,
        ambiguity if on_way else 0.0,
        poles,
        status,
        certificate,
    )
    if strict and not certificate.passed:
        raise ConvergenceError(
            f"the sum {value:.6g} has the error estimate {estimate:.3g}; pass more "
            "coefficients, or strict=False for the result",
            result,
        )
    return result
