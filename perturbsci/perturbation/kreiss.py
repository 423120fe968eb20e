"""The Kreiss constant: how much a stable system can grow before it decays.

    K = sup over Re z > 0 of Re z ||(z - A)^-1||, or over abs(z) > 1 with abs(z) - 1

K <= sup_t ||exp(t A)|| <= e n K, and likewise for powers. With M(x) the largest resolvent
norm on the line Re z = x, K is the largest x M(x). By the three lines theorem log M is
convex in x, by the three circles theorem in log abs(z): between two lines it lies below
its chord, so that x M(x) is bounded between them, to second order in their distance. To
the right of the numerical range x M(x) <= x/(x - omega). Branch and bound on these two
bounds gives ``upper``; the best lines give the starts of Newton's method in the plane.

References: Trefethen and Embree (2005), chapters 14 to 18; Spijker (1991); Mitchell (2020)
for another global algorithm.
"""

import heapq
import math
from dataclasses import dataclass, field

import numpy

from perturbsci.arguments import flag
from perturbsci.perturbation.ascent import climbed
from perturbsci.perturbation.criss_cross import MARGIN, TRUST, clean_lines
from perturbsci.perturbation.extremum import Extremum, settled
from perturbsci.perturbation.field_of_values import numerical_range
from perturbsci.perturbation.line_tests import HALF, Lines
from perturbsci.perturbation.shifted import clean_tolerance
from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["kreiss_constant"]

RESOLVED = 0.01  # relative rounding of sigma that a value may have
GAP = 1e-3  # at which an interval of lines is given up
MOST_LINES = 300
N_ANGLES = 90


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line, or circle, with its largest resolvent norm.

    Parameters
    ----------
    excess : float
        x, or abs(z) - 1.
    sigma, place : float
        1/M, and where.
    discrete : bool
        Circles.
    """

    excess: float
    sigma: float
    place: float
    discrete: bool

    @property
    def product(self) -> float:
        """What is to be maximized."""
        return self.excess / self.sigma if self.excess else 0.0

    @property
    def coordinate(self) -> float:
        """In which log M is convex."""
        return math.log1p(self.excess) if self.discrete else self.excess


def _between(one: Line, other: Line) -> tuple[float, float]:
    """Return a bound of the product between two lines, and the excess that has it."""
    s, t = one.coordinate, other.coordinate
    decay = math.log(other.sigma / one.sigma) / (t - s)  # of the chord of log M
    if not one.discrete:
        peak = 1 / decay if decay > 0 else t
    else:
        peak = -math.log1p(-1 / decay) if decay > 1 else t
    peak = min(max(peak, s), t)
    excess = math.expm1(peak) if one.discrete else peak
    return excess * math.exp(-decay * (peak - s)) / one.sigma, excess


def kreiss_constant(
    matrix: Array,
    *,
    domain: str = "continuous",
    tolerance: float = 1e-8,
    strict: bool = True,
) -> Extremum:
    """Return the Kreiss constant, with a bound from above.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.
    domain : str
        ``"continuous"`` for x' = A x, ``"discrete"`` for x -> A x.
    tolerance : float
        Relative, of the value, provided that its basin is among those that were found.
    strict : bool
        Raise if ``upper`` is not within 0.1 percent after 300 lines.

    Returns
    -------
    constant : Extremum
        1 at infinity if A is contractive (numerical abscissa at most 0, or numerical
        radius at most 1), inf if it is unstable. ``epsilon`` is sigma_min at ``point``.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ParameterError
        If the domain is unknown, or n is above 5000.
    ConvergenceError
        If the bound from above stays too far.

    Notes
    -----
    Some 20 to 60 lines of 2 to 4 eigenvalue problems of size 2n each. Eigenvalues on the
    border, to rounding, are legal as long as the product stays bounded near them.

    References
    ----------
    Trefethen and Embree (2005), chapter 14.

    Examples
    --------
    >>> round(kreiss_constant([[-1.0, 10.0], [0.0, -1.0]]).value, 12)
    2.6
    """
    strict = flag(strict, "strict")
    tolerance = clean_tolerance(tolerance)
    lines = clean_lines(matrix, domain)
    border = float(lines.discrete)
    sizes, places = lines.sizes_and_places(numpy.linalg.eigvals(lines.a))
    worst = int(numpy.argmax(sizes))
    if sizes[worst] > border + lines.rounding:
        return _unbounded(lines.point(float(sizes[worst]), float(places[worst])))
    around = numerical_range(lines.a, n_angles=N_ANGLES)
    reach = around.radius - 1 if lines.discrete else around.abscissa
    if reach <= lines.rounding:
        return _contractive(reach, lines.rounding)
    if lines.discrete:  # the polygon around the range
        reach = float(around.support.max()) / math.cos(math.pi / N_ANGLES) - 1
    search = _Search(lines, places, reach + lines.rounding)
    first = search.line(0.0)
    if first.sigma <= 10 * lines.rounding:  # sigma on the border is not resolved
        first = search.line(HALF * lines.norm)
        growing = first.product > 3 * search.line(10 * first.excess).product
        if growing and sizes[worst] >= border - 10 * lines.rounding:
            return _unbounded(lines.point(border, first.place))
    upper = search.bracket(first, tolerance)
    value, point, sigma = search.polished(tolerance)
    return settled(_found(lines, (value, point, sigma), upper, search), strict=strict)


def _unbounded(point: complex) -> Extremum:
    certificate = Certificate(
        "the resolvent norm is bounded by a multiple of 1/distance to the border",
        math.nan,
        math.nan,
        "none",
        "eigenvalues",
        ("an eigenvalue is unstable, or defective on the border",),
    )
    return Extremum(math.inf, point, math.inf, 0, 0.0, Status.UNSTABLE, (certificate,))


def _contractive(reach: float, rounding: float) -> Extremum:
    certificate = Certificate(
        "reach of the numerical range beyond the border",
        reach,
        rounding,
        "a-posteriori",
        "eigenvalues of the Hermitian part",
    )
    point = complex(math.inf, 0.0)
    return Extremum(1.0, point, 1.0, 0, math.inf, Status.EXACT, (certificate,))


def _found(
    lines: Lines, best: tuple[float, complex, float], upper: float, search: "_Search"
) -> Extremum:
    value, point, sigma = best
    upper = max(upper, value)
    gap = upper / value - 1
    return Extremum(
        value=value,
        point=point,
        upper=upper,
        iterations=len(search.lines_so_far),
        epsilon=sigma,
        status=_status(gap, lines.rounding / sigma),
        certificates=(
            Certificate(
                "relative rounding of what `point` attains, a bound from below",
                lines.rounding / sigma,
                RESOLVED,
                "a-posteriori",
                "singular values",
            ),
            Certificate(
                "relative gap between the value and its bound from above",
                gap,
                0.01,
                "a-posteriori",
                "branch and bound by the three lines theorem",
                (TRUST,),
            ),
        ),
    )


def _status(gap: float, rounding: float) -> Status:
    if rounding > RESOLVED:
        return Status.ILL_CONDITIONED
    return Status.CONVERGED if gap <= 2 * GAP else Status.MAX_STEPS


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """The search of one call, which fills ``lines_so_far``.

    Parameters
    ----------
    lines : Lines
        The matrix.
    places : real array, shape (n,)
        Where the eigenvalues are: where minima of sigma may start.
    reach : float
        Of the numerical range beyond the border.
    lines_so_far : list of Line
        Filled by the search.
    """

    lines: Lines
    places: numpy.ndarray
    reach: float
    lines_so_far: list[Line] = field(default_factory=list)

    def line(self, excess: float) -> Line:
        """Evaluate a line and remember it."""
        size = excess + float(self.lines.discrete)
        near = sorted(self.lines_so_far, key=lambda line: abs(line.excess - excess))[:4]
        known = [line.place for line in near]
        low = self.lines.lowest(size, numpy.array(known) if known else self.places)
        found = Line(excess, low.sigma, low.place, self.lines.discrete)
        self.lines_so_far.append(found)
        return found

    def best(self) -> float:
        """Return the largest product so far, at least 1, its limit at infinity."""
        return max(1.0, *(line.product for line in self.lines_so_far))

    def beyond(self, line: Line) -> float:
        """Return a bound of all products from a line on, by the numerical range."""
        clear = line.excess - self.reach
        return line.excess / clear if clear > 0 else math.inf

    def bracket(self, first: Line, tolerance: float) -> float:
        """Return a bound of all products, having looked where they may be large."""
        last = self.line(2 * max(self.reach, first.excess))
        intervals = [self._interval(first, last)]
        while self.beyond(last) > self.best() * (1 + tolerance):
            enough = 1 / (1 - 1 / (self.best() * (1 + tolerance)))
            farther = self.line(min(10 * last.excess, 1.01 * enough * self.reach))
            intervals.append(self._interval(last, farther))
            last = farther
        heapq.heapify(intervals)
        while len(self.lines_so_far) < MOST_LINES:
            if -intervals[0][0] <= self.best() * (1 + GAP):
                break
            _, _, one, other, peak = heapq.heappop(intervals)
            middle = self.line(_split(one.excess, other.excess, peak))
            heapq.heappush(intervals, self._interval(one, middle))
            heapq.heappush(intervals, self._interval(middle, other))
        return max(-intervals[0][0], self.beyond(last)) * (1 + MARGIN)

    def _interval(self, one: Line, other: Line) -> tuple[float, float, Line, Line, float]:
        bound, peak = _between(one, other)
        return -min(bound, self.beyond(one)), one.excess, one, other, peak

    def polished(self, tolerance: float) -> tuple[float, complex, float]:
        """Return the largest product, its point and sigma there."""
        ordered = sorted(self.lines_so_far, key=lambda line: line.excess)
        products = [0.0, *(line.product for line in ordered), 0.0]
        best = (1.0, complex(math.inf, 0.0), math.inf)
        for k, line in enumerate(ordered):
            if products[k + 1] >= max(products[k], products[k + 2], 0.9 * self.best()):
                best = max(
                    best,
                    climbed(self.lines, line.excess, line.place, tolerance),
                    key=lambda b: b[0],
                )
        return best


def _split(low: float, high: float, peak: float) -> float:
    """Return where to cut an interval: near the peak of its bound."""
    if low > 0 and high > 4 * low:
        return math.sqrt(low * high)
    margin = 0.1 * (high - low)
    return min(max(peak, low + margin), high - margin)
