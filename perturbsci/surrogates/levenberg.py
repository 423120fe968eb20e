"""Nonlinear least squares by the method of Levenberg and Marquardt.

At each step the columns of the Jacobian are scaled by the largest norm D they have had, and

    minimize norm([J; sqrt(damping) D] step + [r; 0])

by Householder QR of the rows as they stand: nothing is squared. With more parameters than
rows the same step is D^-1 Q_1 R^-T (-r), where Q R factors [Jtilde'; sqrt(damping) I] with
Jtilde = J D^-1, since Jtilde'(Jtilde Jtilde' + damping I)^-1 = Q_1 R^-T. The damping
follows the gain ratio rho = actual/predicted decrease (Nielsen 1999): times
max(1/3, 1 - (2 rho - 1)^3) on success, else times nu, which doubles.

Variable projection: for r = A(q) c - y the linear c is eliminated, and the Jacobian is
P_perp (dA/dq) c (Kaufman 1975), P_perp projecting on what A(q) cannot reach.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy

from perturbsci.backend import linalg
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = [
    "NonlinearFit",
    "SeparableFit",
    "damped_step",
    "levenberg_marquardt",
    "variable_projection",
]

GRADIENT = 1e-12  # largest cosine between the residual and a column
DECREASE = 1e-14  # predicted decrease relative to the objective
FIRST_DAMPING = 1e-3
STATIONARY = 1e-6  # a cosine c promises a decrease of c^2: below 1e-12 of the objective
RANK = 1e-10  # of the largest singular value: derivatives keep six digits above it
SMALLEST_STEP = 2.0**-50  # relative to the parameters: changes the last digits only
Model = Callable[[Array], tuple[Array, Array]]


class NonlinearFit(NamedTuple):
    """Parameters that minimize a sum of squares, near where the search began.

    ``parameters`` (p,) are the best found; ``residual_norm`` is that of the rows there,
    ``history`` (k,) at the start and after each accepted step; ``steps`` counts linear
    problems solved. ``stationarity`` is the largest cosine between the residual and a
    column of the Jacobian, or the relative size of one more step if that is smaller. The
    ``status`` is CONVERGED, MAX_STEPS, TOLERANCE_NOT_REACHED where no step lowers the norm
    although the gradient promises it, or NOT_FINITE where the start has no finite residual.
    """

    parameters: Array
    residual_norm: float
    history: Array
    steps: int
    stationarity: float
    status: Status


class SeparableFit(NamedTuple):
    """Parameters of a model that is linear in some of them.

    ``linear`` (c,) are the best for ``nonlinear`` (p,); the rest is as in
    ``NonlinearFit``.
    """

    linear: Array
    nonlinear: Array
    residual_norm: float
    history: Array
    steps: int
    stationarity: float
    status: Status


def levenberg_marquardt(
    model: Model,
    start: Array,
    *,
    residual: Callable[[Array], Array] | None = None,
    max_steps: int = 200,
    target: float = 0.0,
    floor: float = 1e-8,
) -> NonlinearFit:
    """Minimize the norm of a vector of functions of parameters.

    Parameters
    ----------
    model : callable
        Maps parameters, shape (p,), to the residual r, shape (m,), and its Jacobian,
        shape (m, p).
    start : array, shape (p,)
        Where to begin.
    residual : callable, optional
        The residual alone, shape (m,), where that is cheaper; it decides whether a step
        is accepted.
    max_steps : int, optional
        Linear problems at most.
    target : float, optional
        End where the norm is no larger.
    floor : float, optional
        Columns shorter than this share of the longest are damped as if they had it:
        parameters on which nothing depends would take very long steps.

    Returns
    -------
    fit : NonlinearFit
        Where the largest cosine between residual and columns is at most 1e-12, the
        predicted decrease at most 1e-14 of the objective, or the target is met.

    Notes
    -----
    About 2 m p min(m, p) flops a step. A step to where the residual is not finite counts
    as a failure, so the search never leaves the domain of the functions.

    References
    ----------
    Marquardt (1963); Nielsen (1999); More (1978).

    Examples
    --------
    >>> def rosenbrock(p):
    ...     rows = numpy.array([10.0 * (p[1] - p[0] ** 2), 1.0 - p[0]])
    ...     return rows, numpy.array([[-20.0 * p[0], 10.0], [-1.0, 0.0]])
    >>> levenberg_marquardt(rosenbrock, numpy.array([-1.2, 1.0])).parameters.round(12)
    array([1., 1.])
    """
    parameters = numpy.array(start, dtype=numpy.float64)
    rows, jacobian = model(parameters)
    history, scales = [float(numpy.linalg.norm(rows))], numpy.zeros(len(parameters))
    damping, growth, steps = FIRST_DAMPING, 2.0, 0
    measure, status = math.inf, Status.MAX_STEPS
    if not (math.isfinite(history[0]) and numpy.isfinite(jacobian).all()):
        status = Status.NOT_FINITE
    while status is Status.MAX_STEPS:
        if growth == 2.0:
            scales = numpy.maximum(scales, numpy.linalg.norm(jacobian, axis=0))
            safe = numpy.maximum(scales, floor * float(scales.max(initial=0.0)))
            safe = numpy.where(safe > 0.0, safe, 1.0)
            measure = _cosine(rows, jacobian)
        if history[-1] <= target or measure <= GRADIENT:
            status = Status.CONVERGED
        if status is Status.CONVERGED or steps >= max_steps:
            break
        steps += 1
        step = damped_step(jacobian, rows, damping, safe)
        size = _norm(safe * step)
        predicted = _norm(jacobian @ step) ** 2 + 2.0 * damping * size**2
        if growth == 2.0:
            measure = min(measure, size / (_norm(safe * parameters) or 1.0))
        if predicted <= DECREASE * history[-1] ** 2 or measure <= SMALLEST_STEP:
            stalled = growth > 2.0 and measure > STATIONARY
            status = Status.TOLERANCE_NOT_REACHED if stalled else Status.CONVERGED
            break
        trial = parameters + step
        with numpy.errstate(over="ignore", invalid="ignore"):
            found = model(trial) if residual is None else (residual(trial), None)
            gain = (history[-1] - (norm := _norm(found[0]))) * (history[-1] + norm)
        if gain > 0.0:
            rows, jacobian = model(trial) if found[1] is None else found
            parameters, growth = trial, 2.0
            history.append(norm)
            damping *= max(1.0 / 3.0, 1.0 - (2.0 * gain / predicted - 1.0) ** 3)
        else:
            damping, growth = damping * growth, growth * 2.0
    tail = (numpy.array(history), steps, measure, status)
    return NonlinearFit(parameters, history[-1], *tail)


def damped_step(jacobian: Array, rows: Array, damping: float, scales: Array) -> Array:
    """Return the step that minimizes norm(J step + r)^2 + damping norm(D step)^2.

    Parameters
    ----------
    jacobian : array, shape (m, p)
        J.
    rows : array, shape (m,)
        r.
    damping : float
        Above zero.
    scales : array, shape (p,)
        D, above zero.

    Returns
    -------
    step : array, shape (p,)
        The minimizer.

    Notes
    -----
    Householder QR of m + p rows for p <= m, else of the transposed system: about
    2 (m + p) min(m, p)^2 flops. No product of the Jacobian with itself is formed.

    Examples
    --------
    >>> damped_step(numpy.eye(2), numpy.ones(2), 1.0, numpy.ones(2)).round(12)
    array([-0.5, -0.5])
    """
    m, p = jacobian.shape
    scaled, root = jacobian / scales, math.sqrt(damping)
    if p <= m:
        q, r = linalg.qr(numpy.vstack([scaled, root * numpy.eye(p)]))
        y = linalg.solve_triangular(r, -(q[:m].T @ rows), lower=False)
        return y / scales
    q, r = linalg.qr(numpy.vstack([scaled.T, root * numpy.eye(m)]))
    y = linalg.solve_triangular(numpy.ascontiguousarray(r.T), -rows, lower=True)
    return (q[:p] @ y) / scales


def variable_projection(
    model: Callable[[Array], tuple[Array, Callable[[Array], Array], Array]],
    start: Array,
    *,
    max_steps: int = 200,
    target: float = 0.0,
) -> SeparableFit:
    """Minimize the norm of A(q) c - y over q and c.

    Parameters
    ----------
    model : callable
        Maps q, shape (p,), to A, shape (m, n), to a function that maps c, shape (n,), to
        the derivatives of A(q) c with respect to q, shape (m, p), and to y, shape (m,),
        which must not depend on q.
    start : array, shape (p,)
        q to begin with.
    max_steps : int, optional
        Linear problems at most.
    target : float, optional
        End where the norm is no larger.

    Returns
    -------
    fit : SeparableFit
        Of the reduced problem. Singular values of A (columns of norm 1) below 1e-10 of the
        largest count as zero.

    Notes
    -----
    Kaufman's Jacobian leaves out a term that vanishes with the residual; the gradient is
    exact. One singular value decomposition of A a step.

    References
    ----------
    Golub and Pereyra (1973); Kaufman (1975).

    Examples
    --------
    >>> t = numpy.linspace(0.0, 1.0, 20)
    >>> def decay(q):
    ...     matrix = numpy.exp(-q[0] * t)[:, None]
    ...     return matrix, lambda c: -t[:, None] * matrix * c[0], 3.0 * numpy.exp(-2.0 * t)
    >>> fit = variable_projection(decay, numpy.array([1.0]))
    >>> fit.linear.round(9), fit.nonlinear.round(9)
    (array([3.]), array([2.]))
    """

    def reduced(q: Array) -> tuple[Array, Array]:
        matrix, derivative, right_side = model(q)
        basis, c = _projected(matrix, right_side)
        slopes = derivative(c)
        return matrix @ c - right_side, slopes - basis @ (basis.T @ slopes)

    def alone(q: Array) -> Array:
        matrix, _, right_side = model(q)
        return matrix @ _projected(matrix, right_side)[1] - right_side

    fit = levenberg_marquardt(
        reduced, start, residual=alone, max_steps=max_steps, target=target
    )
    matrix, _, right_side = model(fit.parameters)
    linear = _projected(matrix, right_side)[1]
    return SeparableFit(linear, *fit)


def _projected(matrix: Array, right_side: Array) -> tuple[Array, Array]:
    """Return an orthonormal basis of the columns and the least-squares solution."""
    if not numpy.isfinite(matrix).all():
        return matrix, numpy.full(matrix.shape[1], math.nan)
    norms = numpy.linalg.norm(matrix, axis=0)
    norms = numpy.where(norms > 0.0, norms, 1.0)
    u, s, vh = linalg.svd(matrix / norms)
    kept = s > RANK * s[:1].sum()
    u, s, vh = u[:, : len(s)][:, kept], s[kept], vh[: len(s)][kept]
    return u, (vh.T @ ((u.T @ right_side) / s)) / norms


def _norm(vector: Array) -> float:
    return float(numpy.linalg.norm(vector))


def _cosine(rows: Array, jacobian: Array) -> float:
    """Return the largest cosine between the residual and a column."""
    sizes = numpy.linalg.norm(jacobian, axis=0) * (_norm(rows) or 1.0)
    return float(numpy.max(abs(rows @ jacobian) / numpy.where(sizes > 0.0, sizes, 1.0)))
