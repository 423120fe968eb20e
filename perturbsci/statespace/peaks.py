"""The H-infinity norm, between bounds: sup over frequencies of sigma_max(G).

sigma_max(G(i y)) = gamma if and only if i y is an eigenvalue of the Hamiltonian matrix

    [ A + B R^-1 D* C              B R^-1 B*              ]
    [ -C* (I + D R^-1 D*) C        -(A + B R^-1 D* C)*    ],    R = gamma^2 I - D* D,

so that a level slightly above the best value so far either has no such eigenvalue, and is
an upper bound, or shows the intervals where G is larger, whose middles give a better value.

References: Boyd and Balakrishnan (1990); Bruinsma and Steinbuch (1990).
"""

import math
from dataclasses import dataclass, replace

import numpy

from perturbsci.arguments import positive
from perturbsci.backend.operands import lapack
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.results import Result, Status, clip
from perturbsci.statespace.gain_search import GainSearch, first_places
from perturbsci.statespace.magnitudes import with_ports_of_size_one
from perturbsci.statespace.memory import check_memory
from perturbsci.statespace.realizations import dense
from perturbsci.statespace.requirements import check_single
from perturbsci.statespace.responses import (
    Realization,
    Response,
    axis_realization,
    frequency_response,
    settled,
)
from perturbsci.statespace.stability import Stability, without_silent_modes
from perturbsci.statespace.structured import HankelSystem
from perturbsci.statespace.systems import StateSpace
from perturbsci.verification.certificate import Certificate, decisive

__all__ = ["HinfNorm", "hinf_norm"]

MOST_LEVELS = 40
FIRST_PEAKS = 6


@dataclass(frozen=True, slots=True, eq=False)
class HinfNorm(Result):
    """The H-infinity norm of a system.

    Parameters
    ----------
    value : float
        Attained at ``frequency``; infinite for an unstable system.
    frequency : float
        Angular, in radians per time unit: s = i frequency, z = e^(i frequency step).
        Infinite where the value is that of D; NaN for an unstable system.
    lower, upper : float
        lower <= value <= upper; rounding of the transfer function is in ``upper``.
    abscissa : float
        Largest real part of an eigenvalue, largest modulus in discrete time; of modes that
        inputs reach.
    status : Status
        UNSTABLE, or TOLERANCE_NOT_REACHED where rounding of the transfer function is above
        the tolerance.
    certificates : tuple of Certificate
        Stability; the gap between the bounds.

    Examples
    --------
    >>> from perturbsci.statespace import DiagonalSystem
    >>> hinf_norm(DiagonalSystem([-2.0], [1.0], [1.0])).value
    0.5
    """

    value: float
    frequency: float
    lower: float
    upper: float
    abscissa: float
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        return decisive(self.certificates)

    def summary(self) -> str:
        """Return the norm with its bounds, and how it is known.

        Returns
        -------
        text : str
            A few lines.
        """
        lines = [
            f"HinfNorm: {self.status.name}. {self.status.value}",
            f"value {self.value:.12g} at frequency {self.frequency:.12g}",
            f"bounds {self.lower:.12g} to {self.upper:.12g}, on the host, double precision",
        ]
        return clip([*lines, *map(str, self.certificates)])


def hinf_norm(system: StateSpace, *, tolerance: float = 1e-10) -> HinfNorm:
    """Return the H-infinity norm: the largest gain over all inputs of finite energy.

    Parameters
    ----------
    system : StateSpace
        One system, without axes of copies.
    tolerance : float
        Relative: upper <= lower (1 + 10 tolerance).

    Returns
    -------
    norm : HinfNorm
        Infinite if an eigenvalue is not in the open stable region. Modes on its rim that no
        input reaches, or no output sees, are left out first: residue ||c_k|| ||b_k|| at
        most 1e-12 of the sum over all modes.

    Raises
    ------
    ShapeError
        If the system has copies.
    ParameterError
        If the tolerance is not positive, or the Hamiltonian matrix would not fit into the
        memory of the backend.
    ConvergenceError
        If 40 levels do not suffice; ``partial`` has the lower bound.

    Notes
    -----
    Mostly one or two sets of eigenvalues of a matrix of size 2 n, on the host in double
    precision; all eigenvalues within 1e-8 of the axis, relative to the matrix, count as on
    it. The upper bound trusts these eigenvalues; every lower bound is a value of G.

    References
    ----------
    Boyd and Balakrishnan (1990); Bruinsma and Steinbuch (1990).

    Examples
    --------
    >>> from perturbsci.statespace import DenseSystem
    >>> found = hinf_norm(DenseSystem([[0.0, 1.0], [-1.0, -0.1]], [0.0, 1.0], [1.0, 0.0]))
    >>> round(found.value, 6), round(found.frequency, 6)
    (10.012523, 0.997497)
    """
    accuracy = positive(tolerance, "tolerance")
    if accuracy >= 1:
        raise ParameterError(f"tolerance is {accuracy:.3g}; pass a relative one below 1")
    check_single(system)
    needed = 48 * (4 * system.n_state) ** 2
    check_memory(needed, "the Hamiltonian matrix of hinf_norm", "take fewer states")
    sized = with_ports_of_size_one(settled(system))
    stable = without_silent_modes(sized.system)
    if not stable.is_stable:
        return _unstable(stable)
    response = frequency_response(stable.system)
    realization = _balanced(axis_realization(stable.system))
    search = GainSearch(response, realization, system.is_real, accuracy)
    places = first_places(numpy.linalg.eigvals(realization.a), real=system.is_real)
    best = search.improved(places, (-math.inf, 0.0), FIRST_PEAKS)
    best = max(best, _at_infinity(response, realization))
    for _level in range(MOST_LEVELS):
        level = search.level(best)
        better = search.above(level, best)
        if better[0] <= level:
            break
        best = better
    else:
        level = math.inf  # nothing is known from above
    best = search.upright(search.centered(best))
    found = _found(system, stable, best, level, accuracy)
    found = replace(
        found,
        value=sized.restored(found.value),
        lower=sized.restored(found.lower),
        upper=sized.restored(found.upper),
    )
    if math.isinf(level):
        raise ConvergenceError(
            f"after {MOST_LEVELS} levels the gain {found.value:.6g} still rises; raise "
            "tolerance",
            found,
        )
    return found


def _unstable(stable: Stability) -> HinfNorm:
    infinite = math.inf
    reason = ("an unstable system has no finite gain",)
    gap = Certificate("gap between the bounds", math.nan, math.nan, "none", "none", reason)
    return HinfNorm(
        infinite, math.nan, infinite, infinite, stable.abscissa, Status.UNSTABLE,
        (stable.certificate, gap),
    )  # fmt: skip


def _balanced(realization: Realization) -> Realization:
    """Return similar matrices: balanced A, and B and C of one norm."""
    a, b, c = realization.a, realization.b, realization.c
    a, (scale, _) = lapack().matrix_balance(a, permute=False, separate=True)
    b, c = b / scale[:, None], c * scale
    sizes = numpy.linalg.norm(b), numpy.linalg.norm(c)
    if min(sizes) > 0:
        ratio = math.sqrt(sizes[1] / sizes[0])
        b, c = b * ratio, c / ratio
    return Realization(a, b, c, realization.d)


def _at_infinity(response: Response, realization: Realization) -> tuple[float, float]:
    if response.discrete:
        return float(response.sigma(numpy.array([math.inf]))[0][0]), math.inf
    return float(numpy.linalg.norm(realization.d, 2)), math.inf


def _found(
    system: StateSpace,
    stable: Stability,
    best: tuple[float, float],
    level: float,
    accuracy: float,
) -> HinfNorm:
    value, place = best
    gap = (level - value) / value if value > 0 else 0.0
    reached = Certificate(
        "gap between the bounds, relative",
        gap,
        10 * accuracy,
        "a-posteriori",
        "Hamiltonian level set",
        ("eigenvalues on an axis are found to half of the digits",),
    )
    status = Status.CONVERGED if reached.passed else Status.TOLERANCE_NOT_REACHED
    return HinfNorm(
        value=value,
        frequency=_frequency(system, place),
        lower=value,
        upper=max(level, value),
        abscissa=stable.abscissa,
        status=status,
        certificates=(stable.certificate, reached),
    )


def _frequency(system: StateSpace, place: float) -> float:
    """Return radians per time unit for a place on the axis of the search."""
    if isinstance(system, HankelSystem):
        step = 1.0 if system.step is None else system.step
        # w = e^(i theta), theta = 2 atan(place), and s = i tan(theta/2) = i place
        return place if system.step is None else 2 * math.atan(place * step) / step
    if not system.is_discrete:
        return place
    step = dense(system).step or 1.0
    return 2 * math.atan(place) / step
