"""Padé approximants, exact where the series is, and evaluated as continued fractions.

    [L/M] = p/q,  q c - p = O(epsilon^(L+M+1)),  q_0 = 1

A series of rational numbers is solved in integers, by elimination without fractions; any
other by the SVD, with its spurious pairs of pole and zero removed. Where the equations
are dependent, L and M shrink by the defect.

References: Baker and Graves-Morris (1996), chapters 1 and 2; Bareiss (1968);
Gonnet, Güttel and Trefethen (2013), algorithm 2.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError
from perturbsci.perturbation.continued import continued_fraction, evaluate_fraction
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.gauges import rounded
from perturbsci.perturbation.toeplitz import exact_pair, robust_pair
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["PadeApproximant", "approximant", "pade", "taylor"]

SWEEPS = 200
REPRODUCED = 1e-10  # relative; the SVD route drops what is below 1e-14 of the largest


@dataclass(frozen=True, slots=True, eq=False)
class PadeApproximant(Result):
    """A ratio of two polynomials that continues a power series.

    Parameters
    ----------
    numerator : real or complex array, shape (L + 1,)
        p, lowest power first; shorter where the equations were dependent.
    denominator : real or complex array, shape (M + 1,)
        q, with q_0 = 1.
    poles : complex array, shape (M,)
        Zeros of q, smallest modulus first.
    residues : complex array, shape (M,)
        p/q' there.
    exact : tuple of two tuples of Fraction, optional
        Numerator and denominator without rounding, for a series that is exact.
    status : Status
        RANK_REDUCED if L and M had to shrink.
    certificate : Certificate
        How well the coefficients through epsilon^(L+M) are reproduced.

    Examples
    --------
    >>> series = Expansion.from_terms([1, 1, Fraction(1, 2)])
    >>> pade(series, 1, 1).numerator
    array([1. , 0.5])
    """

    numerator: Array
    denominator: Array
    poles: Array
    residues: Array
    exact: tuple[tuple[Fraction, ...], tuple[Fraction, ...]] | None
    status: Status
    certificate: Certificate

    def evaluate(self, epsilon: Array) -> Array:
        """Return p/q, for an exact approximant by its continued fraction.

        Parameters
        ----------
        epsilon : real or complex array, shape (S)
            Anywhere; infinite at a pole.

        Returns
        -------
        value : array, shape (S)
            Of the same kind.

        Notes
        -----
        The monomials of a high order cancel in float64; the continued fraction does not.
        """
        x = as_array(epsilon, name="epsilon", empty=True)
        if self.exact is not None:
            return evaluate_fraction(continued_fraction(*self.exact), x)[()]
        with numpy.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return _ratio(self.numerator, self.denominator, x)[()]


def pade(expansion: Expansion, numerator: int, denominator: int) -> PadeApproximant:
    """Return the Padé approximant [L/M] of a power series.

    Parameters
    ----------
    expansion : Expansion
        Of numbers, with powers among 0, 1, 2, ...; powers between that are not listed
        count as zero.
    numerator, denominator : int
        L and M; L + M at most the largest power.

    Returns
    -------
    approximant : PadeApproximant
        With poles and residues.

    Raises
    ------
    ParameterError
        If a degree is negative or the series too short, or is no power series.

    Notes
    -----
    About M^3/3 products of integers, or one SVD of an M x (M + 1) matrix. A series in
    float64 determines about 8 diagonal orders; more need exact coefficients.

    References
    ----------
    Baker and Graves-Morris (1996); Gonnet, Güttel and Trefethen (2013).

    Examples
    --------
    >>> euler = Expansion.from_terms([(-1) ** n * math.factorial(n) for n in range(9)])
    >>> round(float(pade(euler, 4, 4).evaluate(0.1)), 6)
    0.915633
    """
    numerator = whole(numerator, "numerator", least=0, meaning="a degree")
    denominator = whole(denominator, "denominator", least=0, meaning="a degree")
    series = taylor(expansion)
    if numerator + denominator >= len(series):
        raise ParameterError(
            f"numerator + denominator is {numerator + denominator} but the series ends at "
            f"power {len(series) - 1}; lower the degrees or ask for a higher order"
        )
    return approximant(series[: numerator + denominator + 1], numerator, denominator)


def taylor(expansion: Expansion) -> list:
    """Return the coefficients of the powers 0, 1, ..., as Fractions if they are exact.

    Parameters
    ----------
    expansion : Expansion
        Of numbers.

    Returns
    -------
    series : list of Fraction, float or complex
        Through the largest power.

    Raises
    ------
    ParameterError
        If it is no power series of numbers, or empty.
    """
    if not isinstance(expansion, Expansion):
        raise ParameterError(
            f"expansion is a {type(expansion).__name__}; pass Expansion.from_terms(...)"
        )
    if expansion.coefficients.ndim != 1 or not len(expansion):
        raise ParameterError(
            f"expansion has coefficients of shape {tuple(expansion.coefficients.shape)}; "
            "pass one with at least one term, and with numbers as coefficients"
        )
    powers = expansion.powers
    bad = (powers < 0) | (powers != numpy.round(powers)) | (expansion.logs != 0)
    if bad.any():
        raise ParameterError(
            f"expansion has the power {powers[bad][0]:g} with logarithm "
            f"{expansion.logs[bad][0]}; pass powers 0, 1, 2, ..., by multiplying with a "
            "gauge or by another choice of the small parameter"
        )
    values = expansion.exact or to_host(expansion.coefficients).tolist()
    series = [Fraction(0) if expansion.exact else 0.0] * (int(powers.max()) + 1)
    for power, value in zip(powers, values, strict=True):
        series[int(power)] += value
    return series


def approximant(series: Sequence, numerator: int, denominator: int) -> PadeApproximant:
    """Return [L/M] from the coefficients through epsilon^(L+M).

    Parameters
    ----------
    series : sequence of Fraction, or of float or complex
        L + M + 1 coefficients.
    numerator, denominator : int
        L and M.

    Returns
    -------
    approximant : PadeApproximant
        Exact if the series is.
    """
    exact = None
    if all(isinstance(value, Fraction) for value in series):
        p, q, defect = exact_pair(series, numerator, denominator)
        exact = (tuple(p), tuple(q))
        poles, residues = _exact_poles(p, q)
    else:
        p, q, defect = robust_pair(numpy.array(series), numerator, denominator)
        poles = numpy.polynomial.polynomial.polyroots(q).astype(complex)
        residues = _residues(p, q, poles)
    order = numpy.lexsort([numpy.angle(poles), abs(poles)])
    return PadeApproximant(
        _rounded_all(p),
        _rounded_all(q),
        poles[order],
        residues[order],
        exact,
        Status.RANK_REDUCED if defect else Status.CONVERGED,
        _reproduces(series, p, q, exact=exact is not None),
    )


def _rounded_all(values: Sequence) -> numpy.ndarray:
    plain = [rounded(v) if isinstance(v, Fraction) else v for v in values]
    return numpy.array(plain)


def _exact_poles(p: list[Fraction], q: list[Fraction]) -> tuple[Array, Array]:
    """Return the zeros of q (Aberth 1973) and p/q' there, to the digits of float64."""
    import mpmath  # noqa: PLC0415 (slow to load)

    if len(q) == 1:
        return numpy.zeros(0, complex), numpy.zeros(0, complex)
    with mpmath.workdps(30 + 3 * len(q)):
        up, down = (
            [mpmath.mpf(v.numerator) / v.denominator for v in reversed(each)]
            for each in (p, q)
        )
        rough = numpy.polynomial.polynomial.polyroots(_rounded_all(q))
        # Turned off the axis: two near real zeros may have to become a conjugate pair.
        z = [
            mpmath.mpc(complex(r)) * mpmath.mpc(1, 1e-3 * (k + 1))
            for k, r in enumerate(rough)
        ]
        moving = list(range(len(z)))
        for _ in range(SWEEPS):
            # The mutual repulsion sets the speed, not the limit: float64 is enough.
            apart = numpy.subtract.outer(places := numpy.array(z, complex), places)
            numpy.fill_diagonal(apart, numpy.inf)
            pulls = (1 / apart).sum(axis=1)
            sizes = {}
            for k in moving:
                value, slope = mpmath.polyval(down, z[k], derivative=True)
                step = value / (slope - value * mpmath.mpc(complex(pulls[k])))
                sizes[k] = abs(step / z[k])
                z[k] -= step
            # Cubic convergence: the step after one of 1e-10 is below rounding.
            if not (moving := [k for k in moving if sizes[k] > 1e-10]):
                break
        slopes = [mpmath.polyval(down, zero, derivative=True)[1] for zero in z]
        residues = [mpmath.polyval(up, zero) / s for zero, s in zip(z, slopes, strict=True)]
        return _real_if_close(z), _real_if_close(residues)


def _real_if_close(values: Sequence) -> Array:
    found = numpy.array(values, complex)
    return numpy.where(abs(found.imag) < 1e-17 * abs(found), found.real, found)


def _residues(p: Array, q: Array, poles: Array) -> Array:
    polynomial = numpy.polynomial.polynomial
    with numpy.errstate(divide="ignore", invalid="ignore"):
        top, slope = polynomial.polyval(poles, p), polynomial.polyder(q)
        return top / polynomial.polyval(poles, slope)


def _ratio(p: Array, q: Array, x: Array) -> Array:
    """Return p/q by Horner's rule, in 1/x outside the unit circle: no overflow."""
    polyval = numpy.polynomial.polynomial.polyval
    inside = abs(x) <= 1
    near, far = numpy.where(inside, x, 0), 1 / numpy.where(inside, 1, x)
    outer = polyval(far, p[::-1]) / polyval(far, q[::-1]) * far ** (len(q) - len(p))
    return numpy.where(inside, polyval(near, p) / polyval(near, q), outer)


def _reproduces(series: Sequence, p: Sequence, q: Sequence, *, exact: bool) -> Certificate:
    """Return the claim that q c - p vanishes through the order of the equations."""
    if exact:  # the same in integers, for speed
        common = math.lcm(*(value.denominator for value in (*p, *q)))
        whole = math.lcm(*(value.denominator for value in series))
        p = [int(value * common) * whole for value in p]
        q = [int(value * common) for value in q]
        series = [int(value * whole) for value in series]
    worst = 0.0
    for n in range(len(series)):
        parts = [q[j] * series[n - j] for j in range(min(n + 1, len(q)))]
        miss = sum(parts) - (p[n] if n < len(p) else 0)
        size = sum(map(abs, parts)) + (abs(p[n]) if n < len(p) else 0)
        worst = max(worst, float(abs(miss) / size) if size else 0.0)
    return Certificate(
        f"coefficients through power {len(series) - 1} reproduced, relative",
        worst,
        0.0 if exact else REPRODUCED,
        "proven" if exact else "a-posteriori",
        "rational arithmetic" if exact else "product of the polynomials",
    )
