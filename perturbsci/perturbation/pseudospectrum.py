"""Pseudospectra: where the resolvent norm is at least 1/epsilon.

    sigma_min([A - z B; C]) <= epsilon

The epsilon-pseudospectrum of A holds the eigenvalues of all A + E with ||E||_2 <= epsilon.
Inverse Lanczos approaches sigma_min from above: in exact arithmetic each point that is
reported inside lies inside.

References: Trefethen and Embree (2005); Wright and Trefethen (2002), rectangular matrices.
"""

from collections.abc import Sequence
from numbers import Integral

import numpy

from perturbsci.arguments import flag, one_of
from perturbsci.backend import get_backend, to_host
from perturbsci.backend.arrays import as_array, blocks
from perturbsci.backend.operands import returned
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.perturbation.resolvents import ResolventGrid
from perturbsci.perturbation.shifted import (
    Shifted,
    clean_family,
    clean_tolerance,
    folded,
    reduce_shifted,
)
from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["resolvent_grid", "smallest_singular_values"]

METHODS = ("lanczos", "dense")


def smallest_singular_values(
    matrix: Array,
    points: Array,
    *,
    mass: Array | None = None,
    lower: Array | None = None,
    method: str = "lanczos",
    tolerance: float = 1e-6,
    strict: bool = True,
) -> Array:
    """Return sigma_min([A - z B; C]) at points of the complex plane.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.
    points : real or complex array, shape (...)
        z.
    mass : real or complex array, shape (n, n), optional
        B; default the identity.
    lower : real or complex array, shape (p, n), optional
        C; a rectangular pencil.
    method : str
        ``"lanczos"``: inverse Lanczos on one Schur form, from above; ``"dense"``: a
        singular value decomposition a point.
    tolerance : float
        Relative change of the Ritz value over two steps; not a bound of the error.
    strict : bool
        Raise if a point has not settled after 100 steps, else keep its value.

    Returns
    -------
    sigma : real array, shape (...)
        Like ``points``. What is below 10 n unit_roundoff ||A|| is rounding.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If an argument cannot be used, or n is above 5000.
    ConvergenceError
        If a point has not settled; its ``partial`` is sigma.

    Notes
    -----
    25 n^3 flops (66 n^3 with B), and 8 n^2 a step and point, with some 10 to 30 steps;
    with C also 3 n^3 a point. Dense: 20 n^3 a point. Bitwise the same for every number
    of threads, and for z and conj(z) if all matrices are real.

    References
    ----------
    Trefethen and Embree (2005), chapter 39.

    Examples
    --------
    >>> smallest_singular_values(numpy.diag([1.0, 2.0]), [0.0, 2.0, 3.0])
    array([1., 0., 1.])
    """
    strict = flag(strict, "strict")
    method = one_of(method, "method", METHODS)
    tolerance = clean_tolerance(tolerance)
    family = clean_family(matrix, mass, lower)
    z = as_array(points, name="points", empty=True)
    host = folded(to_host(z).ravel(), *family)
    if method == "dense":
        return returned(family[0], _dense(family, host).reshape(z.shape))[0]
    shifted = reduce_shifted(*family)
    sigma, change, _ = shifted.sigma(host, tolerance)
    (result,) = returned(family[0], sigma.reshape(z.shape))
    worst = _largest_change(shifted, host, sigma, change)
    if strict and worst > tolerance:
        raise _unsettled(worst, tolerance, result)
    return result


def _dense(family: tuple[Array, Array | None, Array | None], z: numpy.ndarray) -> Array:
    """Return the smallest singular values by an SVD a point."""
    a = to_host(family[0])
    b = numpy.eye(len(a)) if family[1] is None else to_host(family[1])
    c = a[:0] if family[2] is None else to_host(family[2])
    rows, n = len(a) + len(c), len(a)
    sigma = numpy.empty(z.shape, z.real.dtype)
    for block in blocks(len(z), 3 * rows * n * z.itemsize):
        stack = numpy.empty((len(z[block]), rows, n), z.dtype)
        stack[:, :n] = a - z[block, None, None] * b
        stack[:, n:] = c
        sigma[block] = numpy.linalg.svdvals(stack)[:, -1]
    return sigma


def _largest_change(
    shifted: Shifted, z: numpy.ndarray, sigma: numpy.ndarray, change: numpy.ndarray
) -> float:
    """Return the largest last change of the values that can be resolved."""
    resolved = sigma > shifted.floor(z)
    return float(numpy.max(change, initial=0.0, where=resolved))


def _unsettled(worst: float, tolerance: float, partial: object) -> ConvergenceError:
    return ConvergenceError(
        f"after 100 steps sigma still changes by {worst:.3g}, needed {tolerance:g}; loosen "
        "the tolerance, use smallest_singular_values(..., method='dense'), or keep the "
        "values with strict=False",
        partial,
    )


def resolvent_grid(
    matrix: Array,
    *,
    box: Sequence[float] | None = None,
    shape: tuple[int, int] = (100, 100),
    mass: Array | None = None,
    lower: Array | None = None,
    tolerance: float = 1e-6,
    strict: bool = True,
) -> ResolventGrid:
    """Return sigma_min([A - z B; C]) on a grid, whose level sets are pseudospectra.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.
    box : four floats, optional
        (re_min, re_max, im_min, im_max); default one around the finite eigenvalues.
    shape : two ints
        (nx, ny), the numbers of real and of imaginary parts, at least 2 each.
    mass : real or complex array, shape (n, n), optional
        B; default the identity.
    lower : real or complex array, shape (p, n), optional
        C.
    tolerance, strict
        As for ``smallest_singular_values``.

    Returns
    -------
    grid : ResolventGrid
        sigma of shape (ny, nx); the resolvent norm is its reciprocal.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If an argument cannot be used, or n is above 5000.
    ConvergenceError
        If a point has not settled; its ``partial`` is the grid.

    Notes
    -----
    As for ``smallest_singular_values``; for real matrices, the rows below the real axis
    are those above it wherever ``im`` holds both. At most 512 points at a time.

    References
    ----------
    Trefethen and Embree (2005), chapter 39.

    Examples
    --------
    >>> grid = resolvent_grid([[-1.0, 8.0], [0.0, -1.0]], box=(-3, 2, -2, 2), shape=(6, 5))
    >>> float(grid.sigma[2, 3])  # at z = 0
    0.12310562...
    """
    tolerance = clean_tolerance(tolerance)
    strict = flag(strict, "strict")
    nx, ny = _clean_shape(shape)
    family = clean_family(matrix, mass, lower)
    shifted = reduce_shifted(*family)
    values, condition = shifted.eigenvalues()
    edges = _chosen_box(values, shifted, family) if box is None else _clean_box(box)
    real = values.real.dtype
    re = numpy.linspace(edges[0], edges[1], nx, dtype=real)
    im = numpy.linspace(edges[2], edges[3], ny, dtype=real)
    if edges[2] == -edges[3]:
        im = (im - im[::-1]) / 2  # mirrored to the last bit
    z, back = numpy.unique(
        folded((re + 1j * im[:, None]).ravel(), *family), return_inverse=True
    )
    sigma, change, steps = shifted.sigma(z, tolerance)
    steps[sigma < shifted.floor(z)] = -1
    worst = _largest_change(shifted, z, sigma, change)
    arrays = (re, im, sigma[back].reshape(ny, nx), values, steps[back].reshape(ny, nx))
    grid = ResolventGrid(
        *returned(family[0], *arrays, condition),  # type: ignore[call-arg]
        Status.CONVERGED if worst <= tolerance else Status.TOLERANCE_NOT_REACHED,
        _certificates(shifted, z, worst, tolerance),
    )
    if strict and worst > tolerance:
        raise _unsettled(worst, tolerance, grid)
    return grid


def _certificates(
    shifted: Shifted, z: numpy.ndarray, worst: float, tolerance: float
) -> tuple[Certificate, ...]:
    return (
        Certificate(
            "sigma is not below the exact value by more than",
            shifted.backward_error,
            float(shifted.floor(z).max()),
            "a-posteriori",
            "backward error of the triangular form",
            ("Ritz values do not exceed the spectrum but by rounding",),
        ),
        Certificate(
            "relative change of 1/sigma^2 over the last two steps",
            worst,
            tolerance,
            "estimate",
            "inverse Lanczos, points above the floor",
        ),
    )


def _clean_shape(shape: object) -> tuple[int, int]:
    pair = tuple(shape) if isinstance(shape, (tuple, list)) else ()
    whole = all(isinstance(n, Integral) and not isinstance(n, bool) for n in pair)
    if len(pair) != 2 or not whole or min(pair) < 2:
        raise ParameterError(
            f"shape is {shape!r}; pass (nx, ny), the numbers of real and of imaginary "
            "parts, at least 2 each"
        )
    needed, limit = 64 * pair[0] * pair[1], get_backend().memory
    if needed > limit:
        raise ParameterError(
            f"shape is {shape!r:.60}, which needs about {min(needed, 2**900):.3g} bytes, "
            f"more than the {limit:.3g} of the backend; pass a coarser grid"
        )
    return int(pair[0]), int(pair[1])


def _clean_box(box: Sequence[float]) -> list[float]:
    edges = to_host(as_array(box, name="box", ndim=1, real=True)).tolist()
    if len(edges) != 4:
        raise ShapeError(
            f"box has {len(edges)} numbers; pass (re_min, re_max, im_min, im_max), or None "
            "for a box around the eigenvalues"
        )
    if not (edges[0] < edges[1] and edges[2] < edges[3]):
        raise ParameterError(
            f"box is {edges}; needed re_min < re_max and im_min < im_max, in the order "
            "(re_min, re_max, im_min, im_max)"
        )
    return [float(edge) for edge in edges]


def _chosen_box(
    values: numpy.ndarray, shifted: Shifted, family: tuple[Array | None, ...]
) -> list[float]:
    """Return a box around the finite eigenvalues, wider by half of its larger side.

    Where they lie close together, by a quarter of ||A||: non-normality shows at that scale.
    """
    finite = values[numpy.isfinite(values)]
    sides = finite if finite.size else numpy.zeros(1)
    low, high = (f(sides.real) for f in (numpy.min, numpy.max))
    bottom, top = (f(sides.imag) for f in (numpy.min, numpy.max))
    scale = shifted.size / (shifted.mass_size or 1.0) or 1.0
    pad = max(0.5 * (high - low), 0.5 * (top - bottom), 0.25 * scale)
    if all(x is None or x.dtype.kind == "f" for x in family):  # conjugate pairs
        top = max(top, -bottom)
        bottom = -top
    return [float(e) for e in (low - pad, high + pad, bottom - pad, top + pad)]
