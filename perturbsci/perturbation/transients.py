"""How large ||exp(t A)||, or ||A^k||, becomes before it decays, between simple bounds.

    exp(alpha t) <= ||exp(t A)|| <= min(exp(omega t), e n K)
    rho^k <= ||A^k|| <= min(||A||^k, e n K)

alpha is the spectral and omega the numerical abscissa, rho the spectral radius, K the
Kreiss constant, which sup_t ||exp(t A)|| reaches or exceeds.

References: Trefethen and Embree (2005), chapters 14 to 18; Spijker (1991).
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.backend.linalg import eigh, expm
from perturbsci.backend.operands import returned
from perturbsci.errors import ParameterError
from perturbsci.perturbation.criss_cross import clean_lines
from perturbsci.perturbation.kreiss import kreiss_constant
from perturbsci.perturbation.line_tests import Lines
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["TransientGrowth", "transient_growth"]


@dataclass(frozen=True, slots=True, eq=False)
class TransientGrowth(Result):
    """Norms of the solution operator, between bounds.

    Parameters
    ----------
    times : real array, shape (k,)
        In the inverse unit of A; numbers of steps for powers.
    norms : real array, shape (k,)
        ||exp(t A)||_2, or ||A^t||_2.
    lower_bound : real array, shape (k,)
        By the eigenvalues.
    upper_bound : real array, shape (k,)
        By the numerical range, or the norm, and by the Kreiss constant.
    status : Status
        NOT_FINITE if a norm overflows.
    certificate : Certificate
        The largest factor by which the norms leave their bounds.

    Examples
    --------
    >>> growth = transient_growth([[-1.0, 10.0], [0.0, -1.0]], [0.0, 1.0, 2.0])
    >>> growth.norms.round(4)
    array([1.    , 3.7152, 2.7135])
    """

    times: Array
    norms: Array
    lower_bound: Array
    upper_bound: Array
    status: Status
    certificate: Certificate


def transient_growth(
    matrix: Array, times: Array, *, domain: str = "continuous"
) -> TransientGrowth:
    """Return ||exp(t A)||, or ||A^t||, at given times, with bounds.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.
    times : real array, shape (k,)
        From 0 on, in any order; whole numbers if the domain is discrete.
    domain : str
        ``"continuous"`` for x' = A x, ``"discrete"`` for x -> A x.

    Returns
    -------
    growth : TransientGrowth
        In double precision.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ParameterError
        If a time is negative or broken, the domain is unknown, or n is above 5000.

    Notes
    -----
    One matrix exponential, or power by squaring, a time, and one Kreiss constant.

    References
    ----------
    Trefethen and Embree (2005), chapters 14 to 18.

    Examples
    --------
    >>> transient_growth([[0.0, 4.0], [0.0, 0.0]], [0, 1, 2], domain="discrete").norms
    array([1., 4., 0.])
    """
    lines = clean_lines(matrix, domain)
    t = to_host(as_array(times, name="times", ndim=1, real=True, empty=True)).astype(float)
    if (t < 0).any() or (lines.discrete and (t != numpy.round(t)).any()):
        raise ParameterError(
            f"times holds {float(t.min()):g} and {len(t) - 1} more; needed times from 0 on"
            + (", and whole numbers of steps" if lines.discrete else "")
        )
    constant = kreiss_constant(lines.a, domain=domain, strict=False)
    with numpy.errstate(over="ignore", invalid="ignore"):
        norms = numpy.array([_norm_at(lines, float(time)) for time in t])
        lower, upper = _bounds(lines, t, math.e * len(lines.a) * constant.upper)
        slack = lines.rounding * (t if not lines.discrete else t / (lines.norm or 1.0))
    status = Status.CONVERGED if numpy.isfinite(norms).all() else Status.NOT_FINITE
    certificate = _certificate(norms, lower, upper, slack)
    t, norms, lower, upper = returned(
        as_array(matrix, name="matrix"), t, norms, lower, upper
    )
    return TransientGrowth(t, norms, lower, upper, status, certificate)


def _norm_at(lines: Lines, time: float) -> float:
    if lines.discrete:
        operator = numpy.linalg.matrix_power(lines.a, int(time))
    else:
        try:
            operator = expm(time * lines.a)
        except ParameterError:  # it overflows
            return math.inf
    if not numpy.isfinite(operator).all():
        return math.inf
    return float(numpy.linalg.svdvals(operator)[0])


def _bounds(
    lines: Lines, t: numpy.ndarray, ceiling: float
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return what eigenvalues, and the numerical range or the norm, say."""
    values = numpy.linalg.eigvals(lines.a)
    if lines.discrete:
        lower, upper = numpy.abs(values).max() ** t, lines.norm**t
    else:
        omega = eigh((lines.a + lines.a.conj().T) / 2)[0][-1]
        lower, upper = numpy.exp(values.real.max() * t), numpy.exp(omega * t)
    return lower, numpy.minimum(upper, ceiling)


def _certificate(
    norms: numpy.ndarray, lower: numpy.ndarray, upper: numpy.ndarray, slack: numpy.ndarray
) -> Certificate:
    claim, method = "largest factor by which a norm leaves its bounds", "bounds"
    known = numpy.isfinite(norms) & numpy.isfinite(upper) & (norms > 0) & (upper > 0)
    if not known.any():
        why = ("no time has a norm above 0 and finite bounds",)
        return Certificate(claim, math.nan, math.nan, "none", method, why)
    norms, lower, upper = norms[known], lower[known], upper[known]
    leaves = float(numpy.maximum(norms / upper, lower / norms).max())
    return Certificate(
        claim, leaves, 1 + 1e-8 + float(slack[known].max()), "a-posteriori", method
    )
