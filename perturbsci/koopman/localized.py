"""Dictionaries that stand at points of the state space: radial, cells, kernels."""

import importlib
import math

import numpy

from perturbsci.arguments import one_of, positive, whole
from perturbsci.backend import namespace, random
from perturbsci.backend.arrays import scalar, to_host
from perturbsci.backend.linalg import eigh
from perturbsci.errors import ParameterError
from perturbsci.koopman.agreement import check_snapshots
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.profiles import (
    KERNELS,
    PROFILES,
    kernel_bounds,
    kernel_scale,
    kernel_values,
    radial_bounds,
)
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.validity import check_count, checked_edges, checked_points
from perturbsci.types import Array, Seed

__all__ = ["indicator", "kernel_dictionary", "place_centers", "radial"]

LLOYD_STEPS = 50

DEFAULT_CUT = 1e-10  # directions of smaller relative strength are rounding of the kernel


def radial(centers: Array, *, scale: float, profile: str = "gaussian") -> Dictionary:
    """Return radial functions phi(r/scale) of the distance r to each center.

    Parameters
    ----------
    centers : real array, shape (n_functions, n_state)
        For example from ``place_centers``.
    scale : float
        In the unit of the state.
    profile : str
        ``"gaussian"`` exp(-r^2/s^2), ``"laplacian"`` exp(-r/s), ``"lorentzian"``
        1/(1 + r^2/s^2).

    Returns
    -------
    dictionary : Dictionary
        One function per center.

    Raises
    ------
    ShapeError
        If ``centers`` is no matrix.
    ParameterError
        If ``scale`` is not positive or ``profile`` unknown.

    Examples
    --------
    >>> import numpy as np
    >>> radial(np.array([[0.0], [1.0]]), scale=1.0)(np.array([[1.0]])).round(3)
    array([[0.368, 1.   ]])
    """
    points = checked_points(centers, "centers")
    check_count(len(points), f"centers of shape {points.shape}")
    scale = positive(scale, "scale", meaning="the width of every function")
    one_of(profile, "profile", tuple(PROFILES))
    return Dictionary(
        "radial",
        "kernel",
        points.shape[1],
        parameters=(points, profile, scale),
        bounds=radial_bounds(points, scale, profile),
    )


def indicator(*edges: Array) -> Dictionary:
    """Return the indicator functions of product cells (Ulam's method).

    Parameters
    ----------
    *edges : real array, shape (n_cells_k + 1,)
        The increasing edges of the cells of coordinate k.

    Returns
    -------
    dictionary : Dictionary
        ``prod n_cells_k`` functions, the cell of the first coordinate slowest. Cells are
        closed on the left, the last one of a coordinate on both sides.

    Raises
    ------
    ShapeError, ParameterError
        If edges do not increase, or there are more than 20000 cells. A state outside
        raises when the dictionary is evaluated.

    Examples
    --------
    >>> import numpy as np
    >>> indicator(np.array([0.0, 1.0, 3.0]))(np.array([[0.5], [3.0]]))
    array([[1., 0.],
           [0., 1.]])
    """
    ends = checked_edges(edges)
    return Dictionary("indicator", "indicator", len(ends), parameters=ends)


def kernel_dictionary(
    snapshots: Snapshots,
    *,
    kernel: str = "gaussian",
    scale: float | None = None,
    degree: int = 20,
    rank: int | None = None,
) -> Dictionary:
    """Return functions learned from data: k(., X) U_r D_r^(-1/2) of the kernel matrix of x.

    Stage 1 of kernelized residual DMD. Stage 2 is ``edmd(other, dictionary)`` on other
    pairs: residuals on those that chose the functions are biased low.

    Parameters
    ----------
    snapshots : Snapshots
        Whose x are the points X; y and weights are not used.
    kernel : str
        ``"gaussian"`` exp(-r^2/d^2), ``"laplacian"`` exp(-r/d), ``"lorentzian"``
        1/(1 + r^2/d^2), ``"polynomial"`` (1 + x.y/d^2)^degree, ``"linear"`` x.y/d^2.
    scale : float, optional
        d; default the mean of abs(x_i - mean x), for the polynomial kernel of abs(x_i).
    degree : int
        Of the polynomial kernel.
    rank : int, optional
        The number of functions r, at most that of the samples; default those with an
        eigenvalue of the kernel matrix above 1e-10 of the largest.

    Returns
    -------
    dictionary : Dictionary
        Orthonormal in the space of the kernel.

    Raises
    ------
    ParameterError
        If an argument is out of range, a state is complex, or the kernel matrix has fewer
        than ``rank`` eigenvalues above rounding.

    Notes
    -----
    About 9 n_samples^3 flops and two matrices of that size; an evaluation costs n_samples
    kernels a state.

    References
    ----------
    Williams, Rowley, and Kevrekidis (2015); Colbrook and Townsend (2024).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(0, 1, 20)[:, None]
    >>> kernel_dictionary(Snapshots(x, x), rank=3)(x).shape
    (20, 3)
    """
    one_of(kernel, "kernel", KERNELS)
    degree = whole(degree, "degree", least=1, meaning="the power of the polynomial kernel")
    if rank is not None:
        rank = whole(rank, "rank", least=1, meaning="the number of functions")
    check_snapshots(snapshots)
    points = checked_points(snapshots.x, "snapshots.x").astype(float)
    check_count(len(points), f"a kernel matrix of {len(points)} samples")
    if rank is not None and rank > len(points):
        raise ParameterError(
            f"rank is {rank} but there are {len(points)} samples; pass a rank up to that"
        )
    scale = kernel_scale(points, kernel, scale)
    xp = namespace(snapshots.x)
    x = xp.asarray(points)
    with numpy.errstate(all="ignore"):
        gram = kernel_values(x, x, kernel, scale, degree)
    if not bool(scalar(xp.all(xp.isfinite(gram)))):
        raise ParameterError(
            f"snapshots.x has states of size {float(numpy.abs(points).max()):.3g}, at "
            f"which the {kernel} kernel with scale {scale:.3g} leaves the range of "
            "numbers; scale the states, or lower the degree"
        )
    values, vectors = eigh((gram + gram.T) / 2)
    if rank is None:
        rank = int((values > DEFAULT_CUT * values.max()).sum())
    order = xp.flip(xp.argsort(values))[:rank]
    values, vectors = values[order], vectors[:, order]
    floor = len(points) * 2.0**-52 * float(values[0])
    if float(values[-1]) <= floor:
        found = int((values > floor).sum())
        raise ParameterError(
            f"rank is {rank} but the {kernel} kernel matrix with scale {scale:.4g} has "
            f"{found} eigenvalues above rounding; pass rank={found} or less, or a smaller "
            "scale"
        )
    mixing = vectors / xp.sqrt(values)
    return Dictionary(
        f"{kernel} kernel",
        "kernel",
        points.shape[1],
        parameters=(points, kernel, scale, degree),
        bounds=kernel_bounds(x, mixing, gram, kernel, scale),
        mixing=to_host(mixing),
    )


def place_centers(snapshots: Snapshots, count: int, *, seed: Seed = 0) -> Array:
    """Return k-means centers of the states x, for ``radial``.

    Parameters
    ----------
    snapshots : Snapshots
        Whose x are clustered, each with the same weight.
    count : int
        How many centers, at most the number of different states.
    seed : int or numpy.random.Generator
        Of the start (k-means++).

    Returns
    -------
    centers : real array, shape (count, n_state)
        All different; where x lives, in its precision.

    Raises
    ------
    ParameterError
        If ``count`` is out of range or the states are complex.

    Notes
    -----
    On the host, at most 50 steps of about 3 n_samples * count * n_state flops.

    References
    ----------
    Arthur and Vassilvitskii (2007).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[0.0], [0.2], [5.0], [5.2]])
    >>> np.sort(place_centers(Snapshots(x, x), 2), axis=0)
    array([[0.1],
           [5.1]])
    """
    check_snapshots(snapshots)
    count = whole(count, "count", least=1, meaning="the number of centers")
    check_count(count, f"count={count}")
    points = checked_points(snapshots.x, "snapshots.x")
    spread = points.astype(float)
    largest = float(numpy.abs(spread).max())
    # By a power of two, so that squares are numbers and nothing is rounded.
    unit = 2.0 ** math.floor(math.log2(largest)) if largest > 0 else 1.0
    spread /= unit
    centers = _spread_points(spread, count, seed)
    vq = importlib.import_module("scipy.cluster.vq").vq
    for _ in range(LLOYD_STEPS):
        nearest, distance = vq(spread, centers, check_finite=False)
        size = numpy.bincount(nearest, minlength=count)
        total = [numpy.bincount(nearest, column, count) for column in spread.T]
        moved = numpy.stack(total, axis=1) / numpy.maximum(size, 1)[:, None]
        empty = numpy.flatnonzero(size == 0)
        if len(empty):  # an empty cluster restarts at the state that is served worst
            moved[empty] = spread[numpy.argsort(-distance, kind="stable")[: len(empty)]]
        if numpy.array_equal(moved, centers):
            break
        centers = moved
    return namespace(snapshots.x).asarray((centers * unit).astype(points.dtype))


def _spread_points(points: numpy.ndarray, count: int, seed: Seed) -> numpy.ndarray:
    """Return states drawn far apart: each by its squared distance to those before."""
    draws = to_host(random.uniform(count, seed=seed))
    chosen = [int(draws[0] * len(points))]
    square = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    for j in range(1, count):
        mass = numpy.cumsum(square)
        if not mass[-1] > 0:
            raise ParameterError(
                f"count is {count} but snapshots.x has {j} different states; pass "
                f"count={j} or less"
            )
        chosen.append(int(numpy.searchsorted(mass, draws[j] * mass[-1], side="right")))
        fresh = ((points - points[chosen[-1]]) ** 2).sum(axis=1)
        square = numpy.minimum(square, fresh)
    return points[chosen]
