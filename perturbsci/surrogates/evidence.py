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
    residual = surrogate.residual(ends[:, 0] + share * (ends[:, 1] - ends[:, 0]))
    value = float(numpy.sqrt(numpy.nanmean(residual**2)))
    return Certificate(
        f"root mean square of the residual at {N_FRESH} fresh points",
        value,
        tolerance,
        "held-out",
        "fresh points",
        ("no theorem applies: the error itself is not bounded",),
    )
