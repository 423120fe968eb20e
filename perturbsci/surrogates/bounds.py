"""Bounds on the error of a surrogate, from its residual and the theorem that applies.

The surrogate is first corrected on its walls (``lifting``), the theorem bounds the error of
what results, and the size of the correction is added. Where no theorem applies, the
residual on fresh points is all that is said. Energy means ||grad e||_2 of a steady
statement, and sqrt(||e_t||_2^2 + sum_i c_i^2 ||e_i||_2^2) of a wave.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy

from perturbsci.problems import FieldProblem
from perturbsci.results import Status
from perturbsci.surrogates.coercive import coercive_bound, spectral_bound
from perturbsci.surrogates.evidence import held_out
from perturbsci.surrogates.histories import bound_history, size_at
from perturbsci.surrogates.kantorovich import kantorovich_radius
from perturbsci.surrogates.lifting import Corrected, corrected
from perturbsci.surrogates.panels import (
    panel_counts,
    panel_ends,
    root_mean,
    slab_ends,
    supremum,
)
from perturbsci.surrogates.solution import Solution
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.surrogates.theorems import Theorem, recognize
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["certificate", "certified_surrogate", "error_norm", "steady_bound"]

ROUNDING = 16.0 * 2.0**-52  # of the size: no evaluation of the surrogate is better
NEAR = "no solution is proven near this function"
Bound = Callable[[Corrected, Sequence[Array], Sequence[int]], float]


def certificate(
    surrogate: Surrogate,
    tolerance: float,
    norm: str | None = None,
    *,
    growth: float | None = None,
) -> Certificate:
    """Return the bound on the error of a surrogate.

    Parameters
    ----------
    surrogate : Surrogate
        With ``problem``, ``basis``, ``edges`` and ``derivative``.
    tolerance : float
        Relative to the size of the surrogate, of an evolution at its start, in the norm
        of the theorem.
    norm : {"L1", "L2", "max", "energy"}, optional
        Of the error; by default that of the theorem.
    growth : float, optional
        A growth rate that is known to hold, instead of that of the theorem.

    Returns
    -------
    certificate : Certificate
        Of kind ``"a-posteriori"``; ``"none"`` where a theorem applies but gives nothing;
        ``"held-out"`` where none applies.

    Notes
    -----
    Evaluations of the residual on grids of 2 p + 8 points; a semilinear statement needs
    dense linear algebra with some hundred modes besides.
    """
    return certificate_and_history(surrogate, tolerance, norm, growth=growth)[0]


def certificate_and_history(
    surrogate: Surrogate,
    tolerance: float,
    norm: str | None = None,
    *,
    growth: float | None = None,
) -> tuple[Certificate, tuple[tuple[float, float], ...]]:
    """Return the certificate of ``certificate``, and the bounds over time behind it.

    Parameters
    ----------
    surrogate, tolerance, norm, growth
        As there.

    Returns
    -------
    certificate : Certificate
        As there.
    history : tuple of (float, float)
        Of ``bound_history``; empty where there is none.
    """
    theorem = recognize(surrogate.problem, norm)
    fixed = None if theorem is None else corrected(surrogate, theorem)
    if theorem is None or fixed is None:
        return held_out(surrogate, tolerance), ()
    if theorem.form.time_order:
        history = bound_history(fixed, growth)
        return _evolution(fixed, tolerance, history), history
    ends, counts = panel_ends(surrogate, theorem.dimension)
    scale = error_norm(fixed.surrogate.derivative, theorem.norm, ends, counts)
    value = steady_bound(fixed, ends, counts) + ROUNDING * scale
    claim = f"{theorem.claim} (surrogate: {scale:.3g})"
    return _certificate(theorem, claim, value, tolerance * _size(scale)), ()


def certified_surrogate(
    problem: FieldProblem, found: Solution, tolerance: float, norm: str | None
) -> Surrogate:
    """Return what a solver found with its problem, its certificate and its status.

    Parameters
    ----------
    problem : FieldProblem
        That was solved.
    found : Solution
        With a certificate, or without: then it is found here.
    tolerance : float
        On the bound, relative.
    norm : str or None
        Of the bound.

    Returns
    -------
    surrogate : Surrogate
        CONVERGED where the bound is within the tolerance, whatever the residual is.
    """
    pending = ("error of the surrogate", math.nan, math.nan, "none", "solve")
    surrogate = Surrogate(
        problem,
        found.basis,
        found.coefficients,
        found.edges,
        {k: v if isinstance(v, tuple) else float(v) for k, v in problem.parameters.items()},
        found.statistics,
        found.status,
        found.certificate or Certificate(*pending, ("not looked at yet",)),
    )
    reached, statistics, status = surrogate.certificate, found.statistics, found.status
    if found.certificate is None:
        reached, history = certificate_and_history(surrogate, tolerance, norm)
        kept = history if reached.kind == "a-posteriori" else ()
        statistics = dataclasses.replace(statistics, bound_history=numpy.array(kept))
        if found.scale is not None and reached.kind == "a-posteriori":
            reached = dataclasses.replace(reached, bound=tolerance * found.scale)
    if status.ok and not reached.passed:
        status = Status.TOLERANCE_NOT_REACHED
    elif status is Status.TOLERANCE_NOT_REACHED and reached.kind == "a-posteriori":
        # a solver stops by the residual; the tolerance is one on the bound
        status = Status.CONVERGED if reached.passed else status
    return dataclasses.replace(
        surrogate, certificate=reached, statistics=statistics, status=status
    )


def _evolution(
    fixed: Corrected, tolerance: float, history: Sequence[tuple[float, float]]
) -> Certificate:
    """Return the largest bound up to the final time."""
    theorem = fixed.theorem
    slabs = slab_ends(fixed.surrogate, theorem.dimension)
    counts = panel_counts(fixed.surrogate, theorem.dimension + 1)
    start, end = theorem.bounds[-1][0], float(slabs[-1][0][1])
    scale = size_at(theorem, fixed.surrogate_on_grid, start, slabs[0][1], counts)
    value = max(bound for _, bound in history) + ROUNDING * scale
    claim = f"{theorem.claim} up to time {end:.6g} (surrogate at the start: {scale:.3g})"
    if end < theorem.bounds[-1][1]:
        value = math.inf
    return _certificate(theorem, claim, value, tolerance * _size(scale))


def _size(scale: float) -> float:
    return scale if scale > 0.0 and math.isfinite(scale) else 1.0


def steady_bound(fixed: Corrected, ends: Sequence[Array], counts: Sequence[int]) -> float:
    """Return the bound that a theorem gives, the correction at the walls included.

    Parameters
    ----------
    fixed : Corrected
        Of a steady statement.
    ends : sequence of array, shape (k + 1,)
        Panels on which it is smooth.
    counts : sequence of int
        Points in each direction of one.

    Returns
    -------
    bound : float
        In the norm of the theorem; infinite where it gives nothing.
    """
    theorem = fixed.theorem
    rules: dict[str, Bound] = {
        "coercive": coercive_bound,
        "helmholtz": spectral_bound,
        "semilinear": _semilinear_bound,
    }
    inside = rules[theorem.name](fixed, ends, counts)
    if not math.isfinite(inside):
        return math.inf
    return inside + error_norm(fixed.lift, theorem.norm, ends, counts)


def error_norm(
    derivative: Callable[[Array, tuple[int, ...]], Array],
    norm: str,
    ends: Sequence[Array],
    counts: Sequence[int],
) -> float:
    """Return a norm of a function of space.

    Parameters
    ----------
    derivative : callable
        Maps points, shape (n, d), and a multi-index to values, shape (n,).
    norm : {"energy", "L2", "max"}
        Which.
    ends : sequence of array, shape (k + 1,)
        Panels on which it is smooth.
    counts : sequence of int
        Points in each direction of one.

    Returns
    -------
    norm : float
        By quadrature.
    """
    d = len(ends)
    if norm == "max":
        return supremum(lambda points: derivative(points, (0,) * d), ends, counts)
    if norm == "L2":
        return root_mean(lambda points: derivative(points, (0,) * d), ends, counts)
    units = [tuple(int(k == i) for k in range(d)) for i in range(d)]

    def gradient(points: Array) -> Array:
        squares = [derivative(points, index) ** 2 for index in units]
        return numpy.sqrt(numpy.sum(squares, axis=0))

    return root_mean(gradient, ends, counts)


def _semilinear_bound(
    fixed: Corrected, ends: Sequence[Array], counts: Sequence[int]
) -> float:
    """Return the radius of Newton-Kantorovich in the norm that is asked for."""
    theorem = fixed.theorem
    radius = kantorovich_radius(fixed, ends, counts)
    a = min(theorem.viscosities)
    return {
        "energy": radius / math.sqrt(a),
        "L2": radius / math.sqrt(theorem.lowest),
        "max": 0.5 * radius * math.sqrt(theorem.lengths[0] / a),
    }[theorem.norm]


def _certificate(theorem: Theorem, claim: str, value: float, allowed: float) -> Certificate:
    if math.isfinite(value):
        return Certificate(
            claim, value, allowed, "a-posteriori", theorem.name, theorem.assumptions
        )
    reasons = {
        "semilinear": NEAR,
        "helmholtz": "zero is an eigenvalue: the error is not determined by the residual",
    }
    reason = reasons.get(theorem.name, "the bound is not finite up to the final time")
    return Certificate(claim, math.nan, math.nan, "none", theorem.name, (reason,))
