"""Scattering at zero energy: the Born series in the coupling, and the exact length.

For V = -g U(r) with range R, in units with 2 mu = 1, the scattering length a(R) of the
potential cut at r solves the variable-phase equation

    a' = V (r - a)^2,  a(0) = 0,

so that a = sum g^k a_k with a_k' = -U [g^(k-1)] (r - sum_j g^j a_j)^2. Without expansion
the zero-energy wave function, phi'' = V phi, is followed by its angle in
x = r/R, tan(theta) = s phi/(R phi') with a constant s that keeps theta' steady:

    theta' = s cos(theta)^2 - (R^2 V/s) sin(theta)^2,  theta(0) = 0,

with a = R (1 - tan(theta)/s). Beyond R the wave function is straight, so that it has
floor(theta/pi + 1/2) nodes in all, one a bound state.

References: Calogero (1967).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.arguments import flag, number, positive, whole
from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.perturbation.expansion import Expansion
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["BornSeries", "Scattering", "born_series", "scattering_length"]

PANEL, COARSE = 16, 12  # nodes
LONGEST, DEEPEST = 1e100, 1e12  # radius; strength radius^2: a million radians
TOLERANCE = 1e-8  # relative
THRESHOLD = 1e-11  # abs(cos(theta)): theta is known to about 1e-12
Potential = Callable[[Array], Array]


@dataclass(frozen=True, slots=True, eq=False)
class BornSeries(Result):
    """The scattering length as a power series in the coupling.

    Parameters
    ----------
    scattering_length : Expansion
        a_0 = 0, a_1, ..., a_N: the terms at the range R, in the unit of r.
    radii : real array, shape (n_radii,)
        0, the nodes of the quadrature, R.
    terms : real array, shape (N + 1, n_radii)
        a_k(r), of the potential cut at r.
    status : Status
        TOLERANCE_NOT_REACHED if two quadratures differ.
    certificate : Certificate
        The largest difference of two quadratures, relative to the integral of abs(a_k').

    Examples
    --------
    >>> series = born_series(lambda r: 1.0 + 0 * r, order=2)  # a square well
    >>> series.scattering_length.coefficients.round(12)
    array([ 0.        , -0.33333333, -0.13333333])
    """

    scattering_length: Expansion
    radii: Array
    terms: Array
    status: Status
    certificate: Certificate


@dataclass(frozen=True, slots=True, eq=False)
class Scattering(Result):
    """The scattering length and the number of bound states of a potential.

    Parameters
    ----------
    value : float
        a, in the unit of r; infinite where a bound state appears.
    bound_states : int
        Nodes of the wave function at zero energy, the origin aside.
    status : Status
        NOT_FINITE at such a threshold; TOLERANCE_NOT_REACHED if two integrations differ.
    certificate : Certificate
        Their difference in theta.

    Examples
    --------
    >>> scattering_length(lambda r: 1.0 + 0 * r, 4.0).bound_states
    1
    """

    value: float
    bound_states: int
    status: Status
    certificate: Certificate


def born_series(
    potential: Potential,
    *,
    order: int = 4,
    radius: float = 1.0,
    nodes: int = 64,
    strict: bool = True,
) -> BornSeries:
    """Expand the scattering length of V = -g U in powers of g.

    Parameters
    ----------
    potential : callable
        ``potential(r)`` returns U at an array of radii inside (0, R), shape (n,); r U
        may be infinite at 0 if its integral is not. Attraction is positive.
    order : int
        N, from 0 on.
    radius : float
        R, beyond which U counts as zero.
    nodes : int
        Of the quadrature, rounded up to panels of 16.
    strict : bool
        Raise if two quadratures differ; False returns the series.

    Returns
    -------
    series : BornSeries
        Of order N.

    Raises
    ------
    ParameterError
        If an argument is outside its range, or U not finite and real.
    ShapeError
        If U has another shape than the radii.
    ConvergenceError
        If panels of 16 and of 12 nodes differ by more than 1e-8; it carries the series.

    Notes
    -----
    O(nodes (16 + N^2)). The series converges up to the first bound state; ``pade``
    continues it. Jumps of U are integrated exactly where panels meet, at multiples of R
    divided by the number of panels.

    References
    ----------
    Calogero (1967).

    Examples
    --------
    >>> from perturbsci.perturbation import pade
    >>> series = born_series(lambda r: 1.0 + 0 * r).scattering_length
    >>> round(float(pade(series, 2, 2).poles.real.min()), 6)  # pi^2/4 = 2.467401
    2.467437
    """
    strict = flag(strict, "strict")
    order, nodes = whole(order, "order", least=0), whole(nodes, "nodes", least=1)
    radius = positive(radius, "radius")
    panels = -(-nodes // PANEL)
    radii, terms, _ = _expand(potential, order, radius, panels, PANEL)
    _, coarse, scale = _expand(potential, order, radius, panels, COARSE)
    miss = abs(coarse[:, -1] - terms[:, -1])
    relative = numpy.divide(miss, scale, out=numpy.zeros_like(miss), where=scale > 0)
    certificate = Certificate(
        "relative difference of two quadratures, the largest of all orders",
        float(relative.max()),
        TOLERANCE,
        "estimate",
        "panels of 16 nodes against 12",
    )
    status = Status.CONVERGED if certificate.passed else Status.TOLERANCE_NOT_REACHED
    length = Expansion.from_terms(terms[:, -1].tolist())
    result = BornSeries(length, radii, terms, status, certificate)
    if strict and not certificate.passed:
        raise ConvergenceError(
            f"two quadratures of the Born series differ by {relative.max():.2g} relative; "
            "raise nodes, let panels end where the potential jumps, or pass strict=False",
            result,
        )
    return result


def scattering_length(
    potential: Potential, strength: float, *, radius: float = 1.0, strict: bool = True
) -> Scattering:
    """Return scattering length and bound states of V = -strength U, without expansion.

    Parameters
    ----------
    potential : callable
        U as for ``born_series``.
    strength : float
        g; negative turns attraction into repulsion.
    radius : float
        R, beyond which U counts as zero.
    strict : bool
        Raise if two integrations differ; False returns the result.

    Returns
    -------
    scattering : Scattering
        With a = inf where cos(theta) is below 1e-11.

    Raises
    ------
    ParameterError
        If an argument is outside its range, or U not finite and real.
    ShapeError
        If U has another shape than the radii.
    ConvergenceError
        If the integration fails, or two tolerances give angles that differ by more than
        1e-8; it carries the result.

    Notes
    -----
    DOP853 at relative tolerances 1e-13 and 1e-10; some hundred evaluations of U a radian; a
    repulsive core of height V costs R sqrt(V) steps.
    Bound states are counted by nodes, which no search for roots in g can miss.

    References
    ----------
    Calogero (1967).

    Examples
    --------
    >>> found = scattering_length(lambda r: 1.0 + 0 * r, 1.0)  # 1 - tan(1)
    >>> round(found.value, 9), found.bound_states
    (-0.557407725, 0)
    """
    strict = flag(strict, "strict")
    radius = positive(radius, "radius")
    depth = number(strength, "strength") * min(radius, LONGEST) ** 2
    if radius > LONGEST or abs(depth) > DEEPEST:
        raise ParameterError(
            f"strength is {strength:.3g} and radius {radius:.3g}: the wave function would "
            f"turn beyond what is integrated; pass strength * radius^2 up to {DEEPEST:g}"
        )
    u = _values(potential, _quadrature(PANEL)[0] * radius)
    speed = max(1.0, math.sqrt(abs(depth) * float(numpy.median(abs(u)))))
    theta, other = (
        _angle(potential, depth, radius, speed, rtol) for rtol in (1e-13, 1e-10)
    )
    miss = abs(theta - other)
    certificate = Certificate(
        "difference of the final angles theta",
        miss,
        TOLERANCE,
        "estimate",
        "relative tolerance 1e-13 against 1e-10",
    )
    at_threshold = abs(math.cos(theta)) < THRESHOLD
    status = Status.NOT_FINITE if at_threshold else Status.CONVERGED
    if not certificate.passed:
        status = Status.TOLERANCE_NOT_REACHED
    value = math.inf if at_threshold else radius * (1 - math.tan(theta) / speed)
    turns = theta / math.pi + 0.5 - (THRESHOLD if at_threshold else 0.0)
    states = math.floor(turns) if math.isfinite(turns) else 0
    result = Scattering(value, states, status, certificate)
    if strict and not certificate.passed:
        raise ConvergenceError(
            f"the angle of the wave function is {theta:.6g}, uncertain by {miss:.2g}; "
            "soften the singularity of the potential, or pass strict=False",
            result,
        )
    return result


def _expand(
    potential: Potential, order: int, radius: float, panels: int, size: int
) -> tuple[Array, Array, Array]:
    """Return radii, a_k there, and the integrals of abs(a_k')."""
    x, weights, cumulative = _quadrature(size)
    width = radius / panels
    r = ((numpy.arange(panels)[:, None] + x) * width).ravel()
    u = _values(potential, r)
    a = numpy.zeros((order + 1, panels * size + 2))
    scale = numpy.zeros(order + 1)
    for k in range(1, order + 1):
        inner = a[:k, 1:-1]
        square = (inner * inner[::-1]).sum(axis=0) - 2 * r * inner[k - 1]
        rate = -u * (square + (r * r if k == 1 else 0.0))
        steps = rate.reshape(panels, size) * width
        starts = numpy.concatenate([[0.0], numpy.cumsum(steps @ weights)])
        a[k, 1:-1] = (starts[:-1, None] + steps @ cumulative.T).ravel()
        a[k, -1] = starts[-1]
        scale[k] = (abs(steps) @ weights).sum()
    return numpy.concatenate([[0.0], r, [radius]]), a, scale


def _quadrature(size: int) -> tuple[Array, Array, Array]:
    """Return Gauss-Legendre nodes and weights of [0, 1], and integrals from 0 to a node.

    The polynomial through the values at the nodes is integrated in Legendre's basis:
    int_{-1}^x P_n = (P_{n+1}(x) - P_{n-1}(x))/(2 n + 1), with P_{-1} = -1 for n = 0.
    """
    legendre = numpy.polynomial.legendre
    x, w = legendre.leggauss(size)
    p = legendre.legvander(x, size)
    n = numpy.arange(size)
    below = numpy.concatenate([-numpy.ones((size, 1)), p[:, : size - 1]], axis=1)
    integrals = (p[:, 1:] - below) / (2 * n + 1)
    to_coefficients = (n[:, None] + 0.5) * p[:, :size].T * w
    return (x + 1) / 2, w / 2, integrals @ to_coefficients / 2


def _angle(
    potential: Potential, depth: float, radius: float, speed: float, rtol: float
) -> float:
    """Return theta at R; NaN if the integration fails."""
    from scipy import integrate  # noqa: PLC0415 (loads SciPy)

    def rate(x: float, theta: Array) -> Array:
        if x == 0:  # where U may be infinite; there theta = 0
            return speed * numpy.cos(theta) ** 2
        u = _values(potential, numpy.array([x * radius]))
        return speed * numpy.cos(theta) ** 2 + depth * u / speed * numpy.sin(theta) ** 2

    with numpy.errstate(over="ignore", invalid="ignore"):  # inside, before it gives up
        path = integrate.solve_ivp(
            rate, (0.0, 1.0), [0.0], method="DOP853", rtol=rtol, atol=1e-15, t_eval=[1.0]
        )
    return float(path.y[0, -1]) if path.success else math.nan


def _values(potential: Potential, r: Array) -> Array:
    if not callable(potential):
        raise ParameterError(
            f"potential is {potential!r:.60}; pass a function of an array of radii"
        )
    u = to_host(as_array(potential(r), name="potential(r)", real=True))
    if u.ndim and u.shape != r.shape:
        raise ShapeError(
            f"potential(r) has shape {u.shape} for radii of shape {r.shape}; return one "
            "number a radius"
        )
    return u
