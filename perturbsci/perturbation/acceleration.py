"""Momentum methods for smooth strongly convex minimization, and the paths that they take.

m <= Hess F <= L, kappa = L/m, x_(-1) = x_0:

    y_k = x_k + lookahead (x_k - x_(k-1)),
    x_(k+1) = x_k + momentum (x_k - x_(k-1)) - step grad F(y_k).

They discretize epsilon x'' + a x' + grad F(x) = 0, whose slow manifold is gradient flow,
x' = -grad F/a - epsilon (Hess F)(grad F)/a^3 + O(epsilon^2). On a quadratic of curvature c
the roots of z^2 - (1 + momentum - c step (1 + lookahead)) z + momentum - c step lookahead
give the rate; for other functions only a certified rate counts: heavy ball has none, it can
cycle.

References: Polyak (1964); Nesterov (2018), section 2.2; Lessard, Recht and Packard (2016);
Van Scoy, Freeman and Lynch (2018).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.arguments import one_of, whole
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation.gauges import finite_number
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["DescentPath", "MomentumMethod", "descend", "momentum_method"]

NAMES = ("gradient", "heavy_ball", "nesterov", "triple_momentum")
CURVATURES = 257  # at which the rate is checked
REACHED = 1e-8  # of the first gradient: a minimum
REPEATED = 1e-8  # of the steps: the same point again


@dataclass(frozen=True, slots=True, eq=False)
class MomentumMethod(Result):
    """Coefficients of a momentum method and how fast it converges.

    Parameters
    ----------
    name : str
        One of ``gradient``, ``heavy_ball``, ``nesterov``, ``triple_momentum``.
    step, momentum, lookahead : float
        Of the iteration above; the step in the unit of 1/curvature.
    rate : float
        Error a step on quadratics with curvatures in [m, L].
    certified_rate : float or None
        The same on all functions with m <= Hess F <= L, from the literature; None for
        heavy ball.
    status : Status
        EXACT.
    certificate : Certificate
        Largest root at 257 curvatures in [m, L], against ``rate``.

    Examples
    --------
    >>> method = momentum_method("heavy_ball", convexity=1.0, smoothness=25.0)
    >>> round(method.rate, 12), method.certified_rate
    (0.666666666667, None)
    """

    name: str
    step: float
    momentum: float
    lookahead: float
    rate: float
    certified_rate: float | None
    status: Status
    certificate: Certificate


@dataclass(frozen=True, slots=True, eq=False)
class DescentPath(Result):
    """The points of a minimization.

    Parameters
    ----------
    points : real array, shape (n_steps + 1, n)
        x_0, x_1, ...; NaN after a value that is not finite.
    cycle : int
        The period with which the last points repeat, 0 if none.
    status : Status
        CONVERGED at a minimum, TOLERANCE_NOT_REACHED on a cycle, NOT_FINITE, or MAX_STEPS.
    certificate : Certificate
        Last gradient over the first one.

    Examples
    --------
    >>> method = momentum_method("gradient", convexity=1.0, smoothness=1.0)
    >>> descend(lambda x: x - 3.0, [0.0], method, n_steps=2).points[:, 0]
    array([0., 3., 3.])
    """

    points: Array
    cycle: int
    status: Status
    certificate: Certificate


def momentum_method(name: str, *, convexity: float, smoothness: float) -> MomentumMethod:
    """Return a momentum method tuned to curvatures between two bounds.

    Parameters
    ----------
    name : str
        ``"gradient"``, ``"heavy_ball"``, ``"nesterov"`` or ``"triple_momentum"``.
    convexity, smoothness : float
        m and L, the smallest and largest eigenvalue of the Hessian, 0 < m <= L.

    Returns
    -------
    method : MomentumMethod
        For ``descend``.

    Raises
    ------
    ParameterError
        If the name is unknown, or 0 < m <= L does not hold.

    References
    ----------
    Lessard, Recht and Packard (2016), section 4; Van Scoy, Freeman and Lynch (2018).

    Examples
    --------
    >>> momentum_method("nesterov", convexity=1.0, smoothness=25.0).rate
    0.8
    """
    m, big = finite_number(convexity, "convexity"), finite_number(smoothness, "smoothness")
    if isinstance(m, complex) or isinstance(big, complex) or not 0 < m <= big:
        raise ParameterError(
            f"convexity is {convexity!r} and smoothness {smoothness!r}; needed are bounds "
            "0 < convexity <= smoothness of the eigenvalues of the Hessian"
        )
    one_of(name, "name", NAMES)
    root = math.sqrt(big / m)
    slow = (root - 1) / (root + 1)
    certified: float | None
    if name == "gradient":
        step, momentum, lookahead = 2 / (big + m), 0.0, 0.0
        rate = certified = (big - m) / (big + m)
    elif name == "heavy_ball":
        step = 4 / (math.sqrt(big) + math.sqrt(m)) ** 2
        momentum, lookahead = slow**2, 0.0
        rate, certified = slow, None
    elif name == "nesterov":
        step, momentum, lookahead = 1 / big, slow, slow
        rate = 1 - 1 / root
        certified = math.sqrt(rate)
    else:
        rate = certified = 1 - 1 / root
        step, momentum = (1 + rate) / big, rate**2 / (2 - rate)
        lookahead = rate**2 / ((1 + rate) * (2 - rate))
    found = _largest_root(step, momentum, lookahead, m, big)
    certificate = Certificate(
        "error a step on quadratics",
        found,
        rate + 1e-7,  # half of the digits at a double root
        "estimate",
        f"characteristic roots at {CURVATURES} curvatures",
    )
    return MomentumMethod(
        name, step, momentum, lookahead, rate, certified, Status.EXACT, certificate
    )


def _largest_root(
    step: float, momentum: float, lookahead: float, m: float, big: float
) -> float:
    change = step * numpy.geomspace(m, big, CURVATURES)
    half = (1 + momentum - change * (1 + lookahead)) / 2
    root = numpy.sqrt(half**2 - momentum + change * lookahead + 0j)
    return float(numpy.maximum(abs(half + root), abs(half - root)).max())


def descend(
    gradient: Callable[[Array], Array],
    start: Array,
    method: MomentumMethod,
    *,
    n_steps: int,
) -> DescentPath:
    """Iterate a momentum method.

    Parameters
    ----------
    gradient : callable
        Maps a point, shape (n,), to grad F there, shape (n,).
    start : real array, shape (n,)
        x_0; one number stands for n = 1.
    method : MomentumMethod
        From ``momentum_method``.
    n_steps : int
        From 0 on.

    Returns
    -------
    path : DescentPath
        Cycles are sought among the last points, periods 2..(n_steps + 1)/3.

    Raises
    ------
    ShapeError
        If the gradient has another shape than the point.
    ParameterError
        If an argument is of a wrong type or not finite.

    Notes
    -----
    ``n_steps + 1`` gradients. A heavy ball at rest after a cycle is no proof of a minimum:
    ``certified_rate`` is.

    Examples
    --------
    >>> import numpy as np
    >>> method = momentum_method("heavy_ball", convexity=1.0, smoothness=25.0)
    >>> slope = lambda x: np.where(x < 1, 25 * x, np.where(x < 2, x + 24, 25 * x - 24))
    >>> descend(slope, [3.3], method, n_steps=200).cycle
    3
    """
    if not isinstance(method, MomentumMethod):
        raise ParameterError(f"method is {method!r:.60}; pass momentum_method(name, ...)")
    if not callable(gradient):
        raise ParameterError(f"gradient is {gradient!r:.60}; pass a function of a point")
    n_steps = whole(n_steps, "n_steps", least=0)
    now = as_array(start, name="start", real=True)
    now = now[None] if now.ndim == 0 else as_array(now, name="start", ndim=1)
    xp = namespace(now)
    points = [now]
    before = now
    first = last = _slope(gradient, now)
    for _ in range(n_steps):
        change = now - before
        ahead = _slope(gradient, now + method.lookahead * change)
        before, now = now, now + method.momentum * change - method.step * ahead
        points.append(now)
        if not bool(scalar(xp.isfinite(now).all())):
            points += [xp.full_like(now, math.nan)] * (n_steps + 1 - len(points))
            break
    path = xp.stack(points)
    host = to_host(path)
    finite = bool(numpy.isfinite(host).all())
    cycle = _period(host) if finite else 0
    last = _slope(gradient, now) if finite else xp.full_like(now, math.inf)
    ratio = float(numpy.linalg.norm(to_host(last)))
    scale = float(numpy.linalg.norm(to_host(first)))
    certificate = Certificate(
        "last gradient over the first",
        ratio / scale if scale else ratio,
        REACHED,
        "estimate",
        f"{n_steps} steps of {method.name}",
    )
    return DescentPath(path, cycle, _status(finite, cycle, certificate), certificate)


def _status(finite: bool, cycle: int, certificate: Certificate) -> Status:
    if not finite:
        return Status.NOT_FINITE
    if certificate.passed:
        return Status.CONVERGED
    return Status.TOLERANCE_NOT_REACHED if cycle else Status.MAX_STEPS


def _slope(gradient: Callable[[Array], Array], point: Array) -> Array:
    slope = as_array(gradient(point), name="gradient(x)", real=True, finite=False)
    namespace(point, slope, names=("start", "gradient(x)"))
    if slope.shape != point.shape:
        raise ShapeError(
            f"gradient(x) has shape {tuple(slope.shape)} for a point of shape "
            f"{tuple(point.shape)}; return one number a coordinate"
        )
    return slope


def _period(points: numpy.ndarray) -> int:
    """Return the smallest period of the last points; 0 for a point or no repetition.

    Twice the period must repeat, to a small part of the steps: a slowly damped oscillation
    changes by more, a converged path moves by rounding alone.
    """
    for period in range(2, len(points) // 3 + 1):
        tail = points[-3 * period :]
        steps = numpy.abs(numpy.diff(tail, axis=0)).max()
        miss = numpy.abs(tail[period:] - tail[:-period]).max()
        if miss <= REPEATED * steps and steps > REPEATED * numpy.abs(tail).max(initial=0.0):
            return period
    return 0
