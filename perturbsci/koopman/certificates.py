"""What a spectrum may claim, in words and numbers.

There is g with ||(K - l) g|| <= r ||g||: that is what a residual says. The distance of l to
the spectrum is at most r only if K is normal; nothing says that l is an eigenvalue.
"""

import dataclasses
import math

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.koopman.evidence import Evidence
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["TRUSTED", "of_pairs", "residual_certificate"]

TRUSTED = 0.5  # above it a residual says nothing: NOTHING_VERIFIED
CLAIM = (
    "largest residual in L2 of the measure: r; for every pair there is g with "
    "||(K - l) g|| <= r ||g||"
)
ADJOINT = (
    "largest residual in the space of the kernel: r; for every pair there is g with "
    "||(K* - conj(l)) g|| <= r ||g||"
)
NORMAL = ("unitary", "normal")
ISOMETRY = (
    "an invertible isometry is unitary; if it is not invertible, its approximate point "
    "spectrum is the circle and its spectrum the disk"
)
INTERVAL = "interval of the largest"


def residual_certificate(
    evidence: Evidence,
    residuals: Array,
    intervals: Array | None,
    *,
    declare: str,
    method: str,
    operator: str = "koopman",
    notes: tuple[str, ...] = (),
    confidence: float = 0.95,
) -> Certificate:
    """Return the certificate of the residuals of a spectrum.

    Parameters
    ----------
    evidence : Evidence
        What the data allow.
    residuals : real array, shape (k,)
        Ascending.
    intervals : real array, shape (k, 2), or None
        What the true residuals lie in.
    declare : str
        What the user declared.
    method : str
        What computed the pairs.
    operator : str
        ``"koopman"`` or ``"adjoint"``.
    notes : tuple of str
        Further assumptions.
    confidence : float
        Of the intervals.

    Returns
    -------
    certificate : Certificate
        Its value is the largest residual, for kinds "a-posteriori" and "statistical" the
        largest that the data error allows.
    """
    adjoint = operator == "adjoint"
    claim = ADJOINT if adjoint else CLAIM
    assumptions = (*evidence.assumptions, *notes)
    if evidence.kind == "none" or not residuals.shape[0]:
        reasons = assumptions if evidence.kind == "none" else ("no eigenpair", *assumptions)
        return Certificate(claim, math.nan, math.nan, "none", method, reasons)
    if declare in NORMAL and not adjoint and not evidence.doubtful:
        claim += "; dist(l, spectrum) <= r"
    if declare == "isometry":
        assumptions = (*assumptions, ISOMETRY)
    if evidence.kind == "held-out":
        text = f"{INTERVAL} at {100 * confidence:g} %, 200 bootstrap resamples: "
        assumptions = (*assumptions, text)
    first = Certificate(claim, 0.0, TRUSTED, evidence.kind, method, assumptions)
    return of_pairs(first, residuals, intervals, TRUSTED)


def of_pairs(
    certificate: Certificate, residuals: Array, intervals: Array | None, bound: float
) -> Certificate:
    """Return the same claim about other pairs.

    Parameters
    ----------
    certificate : Certificate
        Of some pairs.
    residuals : real array, shape (k,)
        Of the others, ascending.
    intervals : real array, shape (k, 2), or None
        Of the others.
    bound : float
        What their residuals are compared with.

    Returns
    -------
    certificate : Certificate
        NaN as value if there are none.
    """
    if certificate.kind == "none":
        return certificate
    value = float(scalar(residuals[-1])) if residuals.shape[0] else math.nan
    assumptions = certificate.assumptions
    if intervals is not None and residuals.shape[0]:
        if certificate.kind == "held-out":
            low, high = (float(scalar(end)) for end in intervals[-1])
            words = f"[{low:.4g}, {high:.4g}]"
            assumptions = tuple(
                text.partition(": ")[0] + ": " + words
                if text.startswith(INTERVAL)
                else text
                for text in assumptions
            )
        else:
            value = float(scalar(namespace(intervals).max(intervals[:, 1])))
    return dataclasses.replace(
        certificate, value=value, bound=bound, assumptions=assumptions
    )
