"""The numerical range, W(A) = {x* A x : ||x|| = 1}, by rotated Hermitian parts.

W(A) is convex. Its support in the direction exp(-i theta) is the largest eigenvalue of
H(theta) = (exp(i theta) A + exp(-i theta) A*)/2, attained at x* A x for the eigenvector x.
So the boundary points span a polygon inside W(A), the supports one around it. W(A) holds
the spectrum, and every epsilon-pseudospectrum lies within epsilon of it.

References: Johnson (1978); Trefethen and Embree (2005), chapter 17.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import to_host
from perturbsci.backend.linalg import eigh
from perturbsci.backend.operands import returned
from perturbsci.perturbation.families import check_range
from perturbsci.perturbation.shifted import dense_matrix
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["NumericalRange", "numerical_range"]

GOLDEN = (math.sqrt(5) - 1) / 2
NARROWINGS = 45  # of an angle: to 1e-9 of the first interval


@dataclass(frozen=True, slots=True, eq=False)
class NumericalRange(Result):
    """The numerical range of a matrix.

    Parameters
    ----------
    boundary : complex array, shape (n_angles,)
        Boundary points x* A x, clockwise from the rightmost one.
    support : real array, shape (n_angles,)
        max Re(exp(i theta) z) over the range, theta = 2 pi k/n_angles.
    abscissa : float
        max Re z: the largest growth rate of ||exp(t A)||, attained at t = 0.
    radius : float
        max abs(z), the numerical radius.
    status : Status
        EXACT.
    certificate : Certificate
        How far the range can reach beyond the polygon of the boundary points.

    Examples
    --------
    >>> shift = numerical_range([[0.0, 2.0], [0.0, 0.0]])  # the unit disk
    >>> round(shift.abscissa, 12), round(shift.radius, 12)
    (1.0, 1.0)
    """

    boundary: Array
    support: Array
    abscissa: float
    radius: float
    status: Status
    certificate: Certificate


def numerical_range(matrix: Array, *, n_angles: int = 180) -> NumericalRange:
    """Return the boundary of the numerical range, its abscissa and its radius.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.
    n_angles : int
        Directions, at least 4.

    Returns
    -------
    range : NumericalRange
        Along a flat side, all directions but one give its two ends.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ParameterError
        If there are too few directions, or n is above 5000.

    Notes
    -----
    About 9 n^3 flops a direction. The radius is refined between directions; it is the
    largest of a smooth function of one angle, whose basin the directions have to find.

    References
    ----------
    Johnson (1978).

    Examples
    --------
    >>> numerical_range([[1.0, 0.0], [0.0, -2.0]], n_angles=6).support
    array([1. , 0.5, 1. , 2. , 1. , 0.5])
    """
    n_angles = whole(n_angles, "n_angles", least=4, meaning="the number of directions")
    a = dense_matrix(matrix)
    check_range(a, "matrix")
    host = to_host(a)
    angles = 2 * math.pi * numpy.arange(n_angles) / n_angles
    pairs = [_support(host, float(theta)) for theta in angles]
    support = numpy.array([value for value, _ in pairs], host.real.dtype)
    boundary = numpy.array([point for _, point in pairs])
    chords = numpy.abs(boundary - numpy.roll(boundary, 1))
    beyond = 0.5 * float(chords.max()) * math.tan(math.pi / n_angles)
    certificate = Certificate(
        "the range reaches beyond the polygon of its boundary points by at most",
        beyond,
        float(numpy.abs(boundary - boundary.mean()).max()) * math.pi / n_angles,
        "a-posteriori",
        "tangents at both ends of each side",
    )
    sizes = float(support[0]), _refined_radius(host, angles, support)
    edge, reach = returned(a, boundary, support)
    return NumericalRange(edge, reach, *sizes, Status.EXACT, certificate)


def _support(a: numpy.ndarray, theta: float) -> tuple[float, complex]:
    """Return the support at an angle, and a boundary point that attains it."""
    turned = numpy.exp(1j * theta).astype(numpy.result_type(a, numpy.complex64)) * a
    values, vectors = eigh((turned + turned.conj().T) / 2)
    x = vectors[:, -1]
    return float(values[-1]), complex(numpy.vdot(x, a @ x))


def _refined_radius(a: numpy.ndarray, angles: numpy.ndarray, support: Array) -> float:
    """Return the largest support, by golden sections around the best direction."""
    best, step = int(numpy.argmax(support)), float(angles[1])
    low, high = float(angles[best]) - step, float(angles[best]) + step
    inner = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)]
    values = [_support(a, theta)[0] for theta in inner]
    largest = max(float(support[best]), *values)
    for _narrowing in range(NARROWINGS):
        if values[0] >= values[1]:
            high, theta = inner[1], inner[1] - GOLDEN * (inner[1] - low)
            inner, at = [theta, inner[0]], 0
        else:
            low, theta = inner[0], inner[0] + GOLDEN * (high - inner[0])
            inner, at = [inner[1], theta], 1
        value = _support(a, theta)[0]
        values = [value, values[0]] if at == 0 else [values[1], value]
        largest = max(largest, value)
    return largest
