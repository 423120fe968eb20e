"""Values and bounds of functions that stand at points or in cells of the state space.

radial: phi(r/s) of the distance r to a center; kernel: the same and powers of inner
products; indicator: 1 in one product cell, 0 in all others.
"""

import math

import numpy

from perturbsci.arguments import positive
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, scalar, to_host
from perturbsci.backend.kernels import pairwise
from perturbsci.backend.linalg import eigh, norm
from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = [
    "KERNELS",
    "PROFILES",
    "indicator_values",
    "kernel_bounds",
    "kernel_scale",
    "kernel_values",
    "radial_bounds",
]

PROFILES = {
    "gaussian": pairwise.GAUSSIAN,
    "laplacian": pairwise.LAPLACIAN,
    "lorentzian": pairwise.RATIONAL,
}
KERNELS = (*PROFILES, "polynomial", "linear")
# The largest abs(phi') and where it stands: beyond, abs(phi') falls.
STEEPEST = {
    "gaussian": (math.sqrt(2 / math.e), math.sqrt(0.5)),
    "laplacian": (1.0, 0.0),
    "lorentzian": (math.sqrt(27) / 8, math.sqrt(1 / 3)),
}
SUMMED_CENTERS = 2048
# From so many coordinates on a matrix product is faster than differences, and accurate up
# to 64 squared scales: 64 roundings of the exponent.
WIDE, SAFE_SQUARE = 16, 64.0


def kernel_values(
    x: Array, points: Array, kernel: str, scale: float, degree: int = 1
) -> Array:
    """Return k(x_i, points_j).

    gaussian exp(-r^2/s^2), laplacian exp(-r/s), lorentzian 1/(1 + r^2/s^2), polynomial
    (1 + x.y/s^2)^degree, linear x.y/s^2.

    Parameters
    ----------
    x : real array, shape (n_samples, n_state)
        States.
    points : real array, shape (n_points, n_state)
        On the host or where ``x`` is.
    kernel : str
        One of ``KERNELS``.
    scale : float
        s.
    degree : int
        Of the polynomial kernel.

    Returns
    -------
    values : real array, shape (n_samples, n_points)
        Like ``x``.
    """
    x = as_array(x, name="x", real=True)
    xp = namespace(x)
    points = xp.asarray(points, dtype=x.dtype)
    if kernel in PROFILES:
        if kernel != "laplacian" and x.shape[1] >= WIDE:
            square = _squares(x / scale, points / scale)
            if square is not None:
                return xp.exp(-square) if kernel == "gaussian" else 1 / (1 + square)
        return pairwise.radial_matrix(x, points, scale, PROFILES[kernel])
    inner = x @ points.T
    if kernel == "linear":
        return inner / (scale * scale)
    return pairwise.inner_matrix(inner, scale, degree)


def _squares(x: Array, points: Array) -> Array | None:
    """Return the squared distances by one matrix product; None where it would cancel.

    Their absolute error is a few roundings of the squared norms, which are small for
    points that are centered and not much farther away than the scale.
    """
    xp = namespace(x)
    center = xp.mean(points, axis=0)
    x, points = x - center, points - center
    size_x, size_y = xp.sum(x * x, axis=1), xp.sum(points * points, axis=1)
    if float(scalar(xp.max(size_x) + xp.max(size_y))) > SAFE_SQUARE:
        return None
    square = x @ points.T
    square *= -2.0
    square += size_x[:, None]
    square += size_y
    return xp.maximum(square, xp.zeros_like(square[:1, :1]))


def radial_bounds(centers: Array, scale: float, profile: str) -> tuple[float, float]:
    """Return a bound of ||Psi(x)|| and a Lipschitz constant of radial functions.

    Parameters
    ----------
    centers : real array, shape (n_functions, n_state)
        Centers.
    scale : float
        s.
    profile : str
        One of ``PROFILES``.

    Returns
    -------
    sup, slope : float
        From sums over the centers: a state whose nearest center is c_j is at least
        abs(c_i - c_j)/2 from c_i. Of more than 2048 centers sqrt(N) times those of one.
    """
    top, turn = STEEPEST[profile]
    if len(centers) > SUMMED_CENTERS:
        root = math.sqrt(len(centers))
        return root, root * top / scale
    points = numpy.asarray(centers, dtype=float) / scale
    height, steepness = 0.0, 0.0
    for point in points:
        half = numpy.sqrt(((points - point) ** 2).sum(axis=1)) / 2
        values, slopes = _profile(half, profile)
        slopes = numpy.where(half < turn, top, slopes)
        height = max(height, float(values @ values))
        steepness = max(steepness, float(slopes @ slopes))
    return math.sqrt(height), math.sqrt(steepness) / scale


def _profile(r: numpy.ndarray, profile: str) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return phi(r) and abs(phi'(r))."""
    if profile == "laplacian":
        return numpy.exp(-r), numpy.exp(-r)
    if profile == "gaussian":
        return numpy.exp(-r * r), 2 * r * numpy.exp(-r * r)
    return 1 / (1 + r * r), 2 * r / (1 + r * r) ** 2


def indicator_values(x: Array, edges: tuple[Array, ...]) -> Array:
    """Return 1 in the cell of each state, 0 elsewhere.

    Parameters
    ----------
    x : real array, shape (n_samples, n_state)
        States.
    edges : tuple of real array, shape (n_cells_k + 1,)
        Of each coordinate, increasing; cells are closed on the left, the last also on the
        right.

    Returns
    -------
    psi : real array, shape (n_samples, n_cells)
        The cell of the first coordinate varies slowest.

    Raises
    ------
    ParameterError
        If a state is in no cell.
    """
    x = as_array(x, name="x", real=True)
    xp = namespace(x)
    cell = xp.zeros(x.shape[0], dtype=xp.int64)
    for k, given in enumerate(edges):
        ends = xp.asarray(given, dtype=x.dtype)
        outside = (x[:, k] < ends[0]) | (x[:, k] > ends[-1])
        if bool(scalar(outside.any())):
            i = int(numpy.flatnonzero(to_host(outside))[0])
            raise ParameterError(
                f"x[{i}, {k}] is {float(x[i, k]):.6g}, outside the cells of "
                f"[{float(ends[0]):.6g}, {float(ends[-1]):.6g}]; pass indicator edges that "
                "cover all states, those of snapshots.y too"
            )
        count = len(given) - 1
        place = xp.searchsorted(ends, x[:, k], side="right") - 1
        cell = cell * count + xp.clip(place, 0, count - 1)
    psi = xp.zeros((x.shape[0], math.prod(len(e) - 1 for e in edges)), dtype=x.dtype)
    psi[xp.arange(x.shape[0]), cell] = 1.0
    return psi


def kernel_scale(points: Array, kernel: str, scale: float | None) -> float:
    """Return the scale d of a kernel: the one given, or the spread of the points.

    Parameters
    ----------
    points : real array, shape (n_points, n_state)
        The data.
    kernel : str
        One of ``KERNELS``.
    scale : float, optional
        As the user passed it; default the mean of abs(x_i - mean x), for the polynomial
        kernel of abs(x_i).

    Returns
    -------
    scale : float
        Positive.

    Raises
    ------
    ParameterError
        If ``scale`` is not positive, or all points coincide and it is not given.
    """
    if scale is not None:
        return positive(scale, "scale", meaning="the unit of distances in the kernel")
    xp = namespace(points)
    with numpy.errstate(over="ignore", invalid="ignore"):
        origin = 0.0 if kernel == "polynomial" else xp.mean(points, axis=0)
        found = float(scalar(xp.mean(norm(points - origin, axis=1))))
    if not math.isfinite(found):
        raise ParameterError(
            f"scale is None, but the {len(points)} states are so large that their mean "
            "distance overflows; scale the states"
        )
    if not found > 0:
        raise ParameterError(
            f"scale is None, but all {len(points)} states coincide and give no unit of "
            "distances; pass scale, or snapshots that differ"
        )
    return found


def kernel_bounds(
    points: Array, mixing: Array, gram: Array, kernel: str, scale: float
) -> tuple[float, float] | None:
    """Return bounds of the orthonormal functions k(x, X) B of a kernel.

    They are coordinates of the projection of k_x, so ||Psi(x)||^2 <= g k(x, x) and
    ||Psi(x) - Psi(y)||^2 <= g (k(x, x) - 2 k(x, y) + k(y, y)), with g = ||B* K B||.

    Parameters
    ----------
    points : real array, shape (n_points, n_state)
        X.
    mixing : real array, shape (n_points, rank)
        B.
    gram : real array, shape (n_points, n_points)
        K.
    kernel : str
        One of ``KERNELS``.
    scale : float
        d.

    Returns
    -------
    bounds : tuple of float or None
        ``(sup, slope)``; None for the kernels that grow without bound.
    """
    if kernel not in PROFILES:
        return None
    xp = namespace(mixing)
    factor = float(scalar(xp.max(eigh(mixing.T @ gram @ mixing)[0])))
    spread = math.sqrt(float(scalar(xp.max(eigh(mixing.T @ mixing)[0]))))
    slope = spread * radial_bounds(points, scale, kernel)[1]
    if kernel != "laplacian":  # 2 - 2 k(x, y) <= 2 r^2 / d^2
        slope = min(slope, math.sqrt(2 * factor) / scale)
    return math.sqrt(factor), slope
