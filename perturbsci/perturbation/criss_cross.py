"""How far an epsilon-pseudospectrum reaches, and how near a matrix is to instability.

The abscissa alpha_eps = max Re z and the radius rho_eps = max abs(z) over all z with
sigma_min(A - z) <= epsilon: a line, or circle, through the best point so far cuts the
pseudospectrum in intervals; through the middle of each goes a ray outward, and the
farthest crossing is the next point. This converges quadratically to the global maximum,
for every interval is seen.

The distance to instability, min sigma_min(A - z) over the imaginary axis or the unit
circle, is found by levels: the middles of the intervals where sigma_min is below the best
value so far give a better one, also quadratically.

References: Burke, Lewis, and Overton (2003); Mengi and Overton (2005); Boyd and
Balakrishnan (1990); Byers (1988).
"""

import math

import numpy

from perturbsci.arguments import flag, positive
from perturbsci.backend import to_host
from perturbsci.errors import ParameterError
from perturbsci.perturbation.extremum import Extremum, settled
from perturbsci.perturbation.families import check_range
from perturbsci.perturbation.line_tests import HALF, Lines
from perturbsci.perturbation.shifted import dense_matrix
from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = [
    "clean_lines",
    "distance_to_instability",
    "pseudospectral_abscissa",
    "pseudospectral_radius",
]

MOST_SWEEPS = 100
NEGLIGIBLE = 1e-9  # a gain whose square is below rounding
MARGIN = 1e-8  # of the tests that claim a line free of crossings
DOMAINS = ("continuous", "discrete")
UNIT_ROUNDOFF = float(numpy.finfo(numpy.float64).eps)
TRUST = "eigenvalues on an axis are found to half of the digits"


def pseudospectral_abscissa(
    matrix: Array, epsilon: float, *, strict: bool = True
) -> Extremum:
    """Return the largest real part in the epsilon-pseudospectrum.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.
    epsilon : float
        The level, above 10 unit_roundoff ||A||.
    strict : bool
        Raise after 100 sweeps, else return what was reached.

    Returns
    -------
    abscissa : Extremum
        With a point that attains it, and a line that nothing crosses.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ParameterError
        If the level is not positive or below resolution, or n is above 5000.
    ConvergenceError
        After 100 sweeps.

    Notes
    -----
    Some 5 to 10 eigenvalue problems of size 2n, in double precision on the host. The
    line test trusts eigenvalues in floating point: half of the digits on the axis.

    References
    ----------
    Burke, Lewis, and Overton (2003).

    Examples
    --------
    >>> abscissa = pseudospectral_abscissa([[-1.0, 8.0], [0.0, -1.0]], 1.0)
    >>> round(abscissa.value, 12)
    2.0
    """
    return _criss_cross(clean_lines(matrix, "continuous"), epsilon, strict=strict)


def pseudospectral_radius(
    matrix: Array, epsilon: float, *, strict: bool = True
) -> Extremum:
    """Return the largest modulus in the epsilon-pseudospectrum.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.
    epsilon : float
        The level, above 10 unit_roundoff ||A||.
    strict : bool
        Raise after 100 sweeps, else return what was reached.

    Returns
    -------
    radius : Extremum
        With a point that attains it, and a circle that nothing crosses.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ParameterError
        If the level is not positive or below resolution, or n is above 5000.
    ConvergenceError
        After 100 sweeps.

    Notes
    -----
    Some 5 to 10 eigenvalue problems of size 2n, the half of them of pencils.

    References
    ----------
    Mengi and Overton (2005).

    Examples
    --------
    >>> radius = pseudospectral_radius([[0.0, 8.0], [0.0, 0.0]], 1.0)
    >>> round(radius.value, 12)
    3.0
    """
    return _criss_cross(clean_lines(matrix, "discrete"), epsilon, strict=strict)


def distance_to_instability(
    matrix: Array, *, domain: str = "continuous", strict: bool = True
) -> Extremum:
    """Return how small a perturbation can make a stable matrix unstable.

    min sigma_min(A - z) over Re z = 0 (continuous) or abs(z) = 1 (discrete); 0 if A is
    unstable itself.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.
    domain : str
        ``"continuous"`` or ``"discrete"``.
    strict : bool
        Raise after 100 levels, else return what was reached.

    Returns
    -------
    distance : Extremum
        ``upper`` is sigma_min at ``point``, widened by its rounding.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ParameterError
        If the domain is unknown, or n is above 5000.
    ConvergenceError
        After 100 levels.

    Notes
    -----
    Some 4 to 6 eigenvalue problems of size 2n, and n singular value decompositions.

    References
    ----------
    Byers (1988); Boyd and Balakrishnan (1990).

    Examples
    --------
    >>> distance = distance_to_instability([[-1.0, 1.5], [0.0, -1.0]])
    >>> round(distance.value, 12), distance.point
    (0.5, 0j)
    """
    strict = flag(strict, "strict")
    lines = clean_lines(matrix, domain)
    border = 1.0 if lines.discrete else 0.0
    sizes, places = lines.sizes_and_places(numpy.linalg.eigvals(lines.a))
    worst = int(numpy.argmax(sizes))
    if sizes[worst] >= border:
        return _unstable(lines, border - float(sizes[worst]), border, places[worst])
    low = lines.lowest(border, places)
    test = lines.candidates(border, low.sigma * (1 - MARGIN))
    below = numpy.sum(lines.sigma(border, test) < low.sigma * (1 - MARGIN))
    return settled(
        Extremum(
            value=low.sigma,
            point=lines.point(border, low.place),
            upper=low.sigma + lines.rounding,
            iterations=low.levels,
            epsilon=low.sigma,
            status=Status.CONVERGED if low.settled else Status.MAX_STEPS,
            certificates=(
                Certificate(
                    "a perturbation of the size of the value makes `point` an eigenvalue",
                    low.sigma,
                    low.sigma + lines.rounding,
                    "a-posteriori",
                    "singular values",
                ),
                Certificate(
                    "points of the border with sigma below value (1 - 1e-8)",
                    float(below),
                    0.0,
                    "a-posteriori",
                    "level test",
                    (TRUST,),
                ),
            ),
        ),
        strict=strict,
    )


def _unstable(lines: Lines, deficit: float, border: float, place: float) -> Extremum:
    claim = "border minus the largest size of an eigenvalue"
    return Extremum(
        value=0.0,
        point=lines.point(border, place),
        upper=0.0,
        iterations=0,
        epsilon=0.0,
        status=Status.EXACT,
        certificates=(Certificate(claim, deficit, 0.0, "a-posteriori", "eigenvalues"),),
    )


def clean_lines(matrix: Array, domain: str) -> Lines:
    """Return the lines or circles of a clean matrix.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        A.
    domain : str
        ``"continuous"`` or ``"discrete"``.

    Returns
    -------
    lines : Lines
        In double precision, on the host.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ParameterError
        If the domain is unknown, or the matrix cannot be used.
    """
    if not isinstance(domain, str) or domain not in DOMAINS:
        raise ParameterError(
            f"domain is {domain!r}; it must be 'continuous' (x' = A x, stable in the left "
            "half plane) or 'discrete' (x -> A x, stable in the unit disk)"
        )
    clean = dense_matrix(matrix)
    check_range(clean, "matrix")
    a = to_host(clean).astype(numpy.complex128)
    return Lines(a, domain == "discrete", float(numpy.linalg.svdvals(a)[0]))


def _criss_cross(lines: Lines, epsilon: float, *, strict: bool) -> Extremum:
    """Return the farthest point of the pseudospectrum."""
    strict = flag(strict, "strict")
    level = positive(epsilon, "epsilon")
    resolution = 10 * UNIT_ROUNDOFF * lines.norm
    if level < resolution:
        raise ParameterError(
            f"epsilon is {level:.3g}, below resolution: singular values of this matrix "
            f"are known to {resolution:.3g}; pass a larger level, or scale the problem"
        )
    sizes, places = lines.sizes_and_places(numpy.linalg.eigvals(lines.a))
    first = int(numpy.argmax(sizes))
    best = float(sizes[first]), float(places[first])
    best = lines.outward(places[[first]], level, best)
    inside, upper = places, math.inf
    for sweep in range(1, MOST_SWEEPS + 1):  # noqa: B007 (told to the user)
        better = lines.outward(lines.candidates(best[0], level), level, best)
        gain, best = better[0] - best[0], better
        if gain > NEGLIGIBLE * lines.norm:
            continue
        # What is left is its square. A line a little farther out must not be crossed.
        upper = best[0] + MARGIN * abs(best[0]) + HALF * lines.norm
        beyond = lines.candidates(upper, level)
        inside = beyond[lines.sigma(upper, beyond) < level]
        farther = lines.outward(inside, level, (upper, best[1]))
        if farther[0] <= upper:
            break
        best = farther
    crossings = len(inside)
    return settled(_reached(lines, level, best, upper, sweep, crossings), strict=strict)


def _reached(
    lines: Lines,
    level: float,
    best: tuple[float, float],
    upper: float,
    sweeps: int,
    crossings: int,
) -> Extremum:
    value, place = best
    sigma = float(lines.sigma(value, numpy.array([place]))[0])
    return Extremum(
        value=value,
        point=lines.point(value, place),
        upper=upper,
        iterations=sweeps,
        epsilon=sigma,
        status=Status.MAX_STEPS if crossings else Status.CONVERGED,
        certificates=(
            Certificate(
                "sigma_min at `point` is not above epsilon",
                sigma,
                level * (1 + HALF) + lines.rounding,
                "a-posteriori",
                "singular values",
            ),
            Certificate(
                "points of the pseudospectrum found beyond `upper`",
                float(crossings),
                0.0,
                "a-posteriori",
                "line test",
                (TRUST,),
            ),
        ),
    )
