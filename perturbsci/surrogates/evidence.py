"""Evidence where no theorem applies: the residual on fresh points."""

import numpy

from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.verification import Certificate

__all__ = ["held_out"]

N_FRESH = 1000


def held_out(surrogate: Surrogate, tolerance: float) -> Certificate:
    """Return a certificate from the residual on points that no fit has seen.

    Parameters
    ----------
    surrogate : Surrogate
        Any.
    tolerance : float
        On the root mean square of the residual.

    Returns
    -------
    certificate : Certificate
        Of kind ``"held-out"``: it says nothing about the error.
    """
    ends = numpy.array(surrogate.ranges())
    share = numpy.random.default_rng(12345).random((N_FRESH, len(ends)))
    points = ends[:, 0] + share * (ends[:, 1] - ends[:, 0])
    residual = surrogate.residual(points)
    size = surrogate.term_sizes(points)
    inside = numpy.isfinite(residual).all(axis=1) & numpy.isfinite(size).all(axis=1)
    residual, size = residual[inside], size[inside]
    top = numpy.sqrt((size**2).mean(axis=0)) if len(size) else numpy.zeros(0)
    mean = numpy.sqrt((residual**2).mean(axis=0)) if len(size) else numpy.full(1, numpy.inf)
    value = (
        float((mean / numpy.where(top > 0.0, top, 1.0)).max()) if len(size) else numpy.inf
    )
    return Certificate(
        f"root mean square of the residual at {N_FRESH} fresh points, of its largest term",
        value,
        tolerance,
        "held-out",
        "fresh points",
        ("no theorem applies: the error itself is not bounded",),
    )
