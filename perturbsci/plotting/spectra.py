"""Eigenvalues colored by their residual, and level curves of residuals in the plane."""

import itertools
from collections.abc import Iterable, Sequence

import numpy
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from perturbsci.arguments import is_finite_number, number
from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.plotting.appearance import COLORS, new_axes, unit_circle
from perturbsci.types import Array

__all__ = ["draw_eigenvalues", "draw_pseudospectrum"]

FARTHEST = 1e100  # that axes can show

LOWEST = 1e-3  # residuals below share one color: they are all good


def draw_eigenvalues(
    eigenvalues: Array,
    residuals: Array,
    *,
    threshold: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw eigenvalues beside the unit circle, each in the color of its residual.

    Parameters
    ----------
    eigenvalues : complex array, shape (k,)
        Dimensionless, per step.
    residuals : real array, shape (k,)
        From 0 on; smaller is better.
    threshold : float, optional
        Pairs above it are drawn pale and small: they are not verified.
    ax : Axes, optional
        Default those of a new figure.

    Returns
    -------
    ax : Axes
        With the scatter plot; in a new figure with a color bar, on which the threshold is
        marked.

    Raises
    ------
    ShapeError
        If the two lengths differ.
    ParameterError
        If a residual is negative.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> ax = draw_eigenvalues([1.0, 0.5j], [1e-3, 0.4], threshold=0.1, ax=ax)
    >>> ax.get_xlabel()
    'real part of eigenvalue (no unit)'
    """
    values = to_host(as_array(eigenvalues, name="eigenvalues", ndim=1, empty=True))
    residual = to_host(as_array(residuals, name="residuals", ndim=1, real=True, empty=True))
    if values.shape != residual.shape:
        raise ShapeError(
            f"residuals has shape {residual.shape} but eigenvalues {values.shape}; pass "
            "one residual an eigenvalue"
        )
    if (residual < 0).any():
        raise ParameterError(
            f"residuals holds {residual.min():g}; residuals are not negative, pass norms"
        )
    if threshold is not None:
        threshold = number(threshold, "threshold", least=0.0)
    alone, ax = ax is None, _plane(ax)
    trusted = residual <= (numpy.inf if threshold is None else threshold)
    norm = LogNorm(LOWEST, 1.0)
    for chosen, size, alpha in ((~trusted, 16, 0.7), (trusted, 42, 1.0)):
        points = ax.scatter(
            values.real[chosen],
            values.imag[chosen],
            c=numpy.clip(residual[chosen], LOWEST, 1.0),
            norm=norm,
            cmap="viridis",
            s=size,
            alpha=alpha,
            edgecolors=COLORS[0] if alpha == 1 else "none",
            linewidths=0.6,
            zorder=3,
        )
    if alone:  # in a figure of the caller there may be no room for it
        bar = ax.figure.colorbar(points, ax=ax, extend="both", label="residual (no unit)")
        if threshold is not None:
            bar.ax.axhline(threshold, color=COLORS[6])
    return _labeled(ax, "eigenvalue")


def draw_pseudospectrum(
    grid: Array,
    values: Array,
    *,
    levels: Sequence[float] = (0.05, 0.1, 0.2, 0.4),
    ax: Axes | None = None,
) -> Axes:
    """Draw the boundaries of pseudospectra beside the unit circle, each with its epsilon.

    Parameters
    ----------
    grid : complex array, shape (k,) or (n_rows, n_columns)
        Points z; between scattered ones triangles are interpolated.
    values : real array, shape (k,) or (n_rows, n_columns)
        The smallest residual or singular value there, from 0 on.
    levels : sequence of float
        epsilon, above 0, increasing.
    ax : Axes, optional
        Default those of a new figure.

    Returns
    -------
    ax : Axes
        With one curve a level, darker for smaller epsilon, its epsilon on the line.

    Raises
    ------
    ShapeError
        If the two shapes differ, or there are fewer than 3 points.
    ParameterError
        If a value is negative, or the levels are not positive and increasing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> side = numpy.linspace(-1.5, 1.5, 31)
    >>> grid = side + 1j * side[:, None]
    >>> distances = abs(abs(grid) - 1)
    >>> ax = draw_pseudospectrum(grid, distances, ax=Figure().subplots())
    >>> ax.get_ylabel()
    'imaginary part of z (no unit)'
    """
    z = to_host(as_array(grid, name="grid"))
    tau = to_host(as_array(values, name="values", real=True, finite=False))
    if z.shape != tau.shape or z.ndim not in (1, 2) or z.size < 3:
        raise ShapeError(
            f"values has shape {tau.shape} but grid {z.shape}; pass one value a point of a "
            "grid of one or two axes, at least 3"
        )
    if not (tau >= 0).all():
        raise ParameterError(
            f"values holds {tau.min():g}; residuals are not negative, and no NaN: pass "
            "norms"
        )
    if numpy.abs(z).max() > FARTHEST:
        raise ParameterError(
            f"grid reaches {numpy.abs(z).max():.3g}; scale it to at most {FARTHEST:g}"
        )
    listed = isinstance(levels, Iterable) and not isinstance(levels, str)
    sound = listed and all(is_finite_number(level) for level in levels)
    steps = [float(level) for level in levels] if sound else []
    if not steps or steps[0] <= 0 or any(b <= a for a, b in itertools.pairwise(steps)):
        raise ParameterError(f"levels is {levels!r}; pass positive numbers that increase")
    ax = _plane(ax)
    colors = [f"{0.15 + 0.5 * k / len(steps):.3f}" for k in range(len(steps))]
    draw = ax.contour if z.ndim == 2 and min(z.shape) > 1 else ax.tricontour
    flat = (lambda a: a) if draw == ax.contour else numpy.ravel
    lines = draw(
        flat(z.real), flat(z.imag), flat(tau), levels=steps, colors=colors, linewidths=1.0
    )
    ax.clabel(lines, fmt=lambda level: f"ε = {level:g}", fontsize=8, inline=True)
    return _labeled(ax, "z")


def _plane(ax: Axes | None) -> Axes:
    """Return axes with the unit circle."""
    ax = new_axes(ax)
    unit_circle(ax, alpha=0.5)
    return ax


def _labeled(ax: Axes, what: str) -> Axes:
    ax.set_aspect("equal")
    ax.set_xlabel(f"real part of {what} (no unit)")
    ax.set_ylabel(f"imaginary part of {what} (no unit)")
    return ax
