"""Dictionaries that stand at points of the state space: radial functions and cells."""

from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.profiles import PROFILES, radial_bounds
from perturbsci.koopman.validity import (
    check_count,
    checked_choice,
    checked_edges,
    checked_points,
    checked_positive,
)
from perturbsci.types import Array

__all__ = ["indicator", "radial"]


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
    scale = checked_positive(scale, "scale", "the width of every function")
    checked_choice(profile, "profile", tuple(PROFILES))
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
