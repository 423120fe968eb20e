"""Evidence where no theorem applies: the residual on fresh points."""

import numpy

from perturbsci.problems.linearization import linearize
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.types import Array
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
    residual, size = _terms(surrogate, points)
    inside = numpy.isfinite(residual).all(axis=1) & numpy.isfinite(size).all(axis=1)
    residual, size = residual[inside], size[inside]
    value = numpy.inf
    if len(size):
        top, mean = (numpy.sqrt((item**2).mean(axis=0)) for item in (size, residual))
        value = float((mean / numpy.where(top > 0.0, top, 1.0)).max())
    return Certificate(
        f"root mean square of the residual at {N_FRESH} fresh points, of its largest term",
        value,
        tolerance,
        "held-out",
        "fresh points",
        ("no theorem applies: the error itself is not bounded",),
    )


def _terms(surrogate: Surrogate, points: Array) -> tuple[Array, Array]:
    """Return the residual of each equation and the size of its largest term, (n, e).

    Terms are abs(dR/d(D^a u) D^a u) and what is left of R without the fields; a derivative
    counts at least as the largest value of its field over the extents of the domain.
    """
    lin = linearize(surrogate.problem)
    place, table, parameters = surrogate.jets(points)
    residual, slopes, _ = lin(place, table, parameters)
    extents = numpy.array([high - low for low, high in surrogate.ranges()])
    known = numpy.where(numpy.isfinite(table), numpy.abs(table), 0.0)
    largest = {
        field: known[:, k].max(initial=0.0)
        for k, (field, index) in enumerate(lin.slots)
        if not any(index)
    }
    least = [
        largest.get(field, 0.0) / numpy.prod(extents[: len(index)] ** numpy.array(index))
        for field, index in lin.slots
    ]
    terms = numpy.abs(slopes) * numpy.maximum(numpy.abs(table), least)[:, None, :]
    source = numpy.abs(lin.residual(place, numpy.zeros_like(table), parameters))
    source = numpy.where(numpy.isfinite(source), source, 0.0)
    return residual, numpy.maximum(terms.max(axis=2), source)
