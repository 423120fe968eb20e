"""Eigenvalues in the complex plane, colored by their residual."""

import numpy
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.plotting.appearance import COLORS, new_axes
from perturbsci.types import Array

__all__ = ["draw_eigenvalues"]

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
        With the scatter plot and, in a new figure as in an old one, no color bar.

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
            f"residuals holds {residual.min():g}; residuals are not negative"
        )
    ax = new_axes(ax)
    angle = numpy.linspace(0, 2 * numpy.pi, 361)
    ax.plot(numpy.cos(angle), numpy.sin(angle), color=COLORS[0], linewidth=0.8, alpha=0.5)
    trusted = residual <= (numpy.inf if threshold is None else threshold)
    norm = LogNorm(LOWEST, 1.0)
    for chosen, size, alpha in ((~trusted, 16, 0.7), (trusted, 42, 1.0)):
        ax.scatter(
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
    ax.set_aspect("equal")
    ax.set_xlabel("real part of eigenvalue (no unit)")
    ax.set_ylabel("imaginary part of eigenvalue (no unit)")
    return ax
