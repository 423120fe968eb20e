"""Measures on the circle of angles: densities, and atoms as stems."""

import math

import numpy
from matplotlib.axes import Axes

from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.plotting.appearance import COLORS, new_axes
from perturbsci.types import Array

__all__ = ["draw_measure"]


def draw_measure(
    angles: Array,
    density: Array,
    *,
    atom_angles: Array | None = None,
    atom_masses: Array | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the density of a spectral measure, and atoms as stems on an axis of their own.

    Parameters
    ----------
    angles : real array, shape (n,)
        Radians a step, ascending.
    density : real array, shape (n,)
        Mass a radian.
    atom_angles, atom_masses : real array, shape (k,), optional
        Atoms; a mass has another unit than a density, hence a second axis on the right.
    ax : Axes, optional
        Default those of a new figure.

    Returns
    -------
    ax : Axes
        That of the density.

    Raises
    ------
    ShapeError
        If lengths differ.
    ParameterError
        If only one of angles and masses of the atoms is given.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = draw_measure([-1.0, 1.0], [0.2, 0.1], ax=Figure().subplots())
    >>> ax.get_ylabel()
    'density of the spectral measure (1/radian)'
    """
    at = to_host(as_array(angles, name="angles", ndim=1, real=True))
    heights = to_host(as_array(density, name="density", ndim=1, real=True))
    if heights.shape != at.shape:
        raise ShapeError(
            f"density has shape {heights.shape} but angles {at.shape}; pass one value an "
            "angle"
        )
    if (atom_angles is None) != (atom_masses is None):
        missing = "atom_angles" if atom_angles is None else "atom_masses"
        raise ParameterError(f"{missing} is None; pass angles and masses of the atoms")
    ax = new_axes(ax)
    ax.plot(at, heights, color=COLORS[5])
    if atom_angles is not None:
        _draw_atoms(ax, atom_angles, atom_masses)
    ax.set_xlim(-math.pi, math.pi)
    ax.set_xticks(numpy.pi * numpy.arange(-1, 1.5, 0.5), ["-π", "-π/2", "0", "π/2", "π"])
    ax.set_xlabel("angle (radian a step)")
    ax.set_ylabel("density of the spectral measure (1/radian)")
    return ax


def _draw_atoms(ax: Axes, atom_angles: Array, atom_masses: Array) -> None:
    """Draw stems on a twin axis whose zero is that of the density."""
    where = to_host(
        as_array(atom_angles, name="atom_angles", ndim=1, real=True, empty=True)
    )
    masses = to_host(
        as_array(atom_masses, name="atom_masses", ndim=1, real=True, empty=True)
    )
    if where.shape != masses.shape:
        raise ShapeError(
            f"atom_masses has shape {masses.shape} but atom_angles {where.shape}; pass one "
            "mass an atom"
        )
    right = ax.twinx()
    right.vlines(where, 0.0, masses, color=COLORS[6], linewidth=1.0)
    right.plot(where, masses, "o", color=COLORS[6], markersize=3)
    low, high = ax.get_ylim()
    top = 1.05 * float(masses.max(initial=1e-300))
    low = min(low, 0.0)
    ax.set_ylim(low, high)
    right.set_ylim(low / high * top, top)
    right.set_ylabel("mass of an atom (no unit)", color=COLORS[6])
    right.spines["right"].set_visible(True)
    right.grid(visible=False)
