"""Results in, matplotlib Axes out; nothing is shown and no global setting changed."""

from perturbsci.plotting.appearance import COLORS, save_figure, style
from perturbsci.plotting.measures import draw_measure
from perturbsci.plotting.series import draw_series
from perturbsci.plotting.spectra import draw_eigenvalues, draw_pseudospectrum

__all__ = [
    "style",
    "COLORS",
    "save_figure",
    "draw_eigenvalues",
    "draw_measure",
    "draw_pseudospectrum",
    "draw_series",
]
