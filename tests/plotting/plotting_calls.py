"""Every argument of every public function of figures: a good value, and mistakes."""

import math

import numpy as np
from matplotlib.figure import Figure

from perturbsci import plotting
from tests.mistakes import NO_REAL, array, but, entry, no_panel

AXES = Figure().subplots()
ONES = np.ones(3)
SIDE = np.linspace(-1.5, 1.5, 7)
PLANE = SIDE + 1j * SIDE[:, None]
AX = entry(
    AXES,
    {"text": "ax", "number": 1, "figure": Figure(), "class": type(AXES), "list": [AXES]},
)
ATOMS = but(no_panel(ONES), "empty") | {"two": ONES[:2], "complex": 1j * ONES}
LEVELS = {"none": None, "number": 0.1, "text": "ab", "empty": (), "negative": (-0.1, 0.1)}
LEVELS |= {"nan": (math.nan,), "falling": (0.2, 0.1), "twice": (0.1, 0.1), "texts": ("1",)}

CALLS = {
    "style": (plotting.style, {}),
    "save_figure": (
        plotting.save_figure,
        {
            "figure": entry(
                Figure(), {"none": None, "text": "f", "axes": AXES, "class": Figure}
            ),
            "stem": entry(
                "/tmp/perturbsci_figure",
                {"none": None, "number": 3, "list": ["x"], "empty": ""},
            ),
            "formats": entry(
                (),
                {
                    "none": None,
                    "text": "png",
                    "unknown": ("docx",),
                    "number": 3,
                    "numbers": (1,),
                },
            ),
        },
    ),
    "draw_eigenvalues": (
        plotting.draw_eigenvalues,
        {
            "eigenvalues": array(ONES, two=ONES[:2]),
            "residuals": array(ONES, two=ONES[:2], negative=-ONES, complex=1j * ONES),
            "threshold": entry(None, but(NO_REAL, "none") | {"negative": -1.0}),
            "ax": AX,
        },
    ),
    "draw_measure": (
        plotting.draw_measure,
        {
            "angles": array(np.arange(3.0), two=ONES[:2], complex=1j * ONES),
            "density": array(ONES, two=ONES[:2], complex=1j * ONES),
            "atom_angles": entry(ONES, ATOMS),
            "atom_masses": entry(ONES, ATOMS),
            "ax": AX,
        },
    ),
    "draw_pseudospectrum": (
        plotting.draw_pseudospectrum,
        {
            "grid": array(PLANE, row=PLANE[0], shape=PLANE[:3]),
            "values": array(
                abs(PLANE),
                row=SIDE,
                shape=abs(PLANE)[:3],
                complex=PLANE,
                negative=-abs(PLANE),
            ),
            "levels": entry((0.5, 1.0), LEVELS),
            "ax": AX,
        },
    ),
    "draw_series": (
        plotting.draw_series,
        {
            "times": array(np.arange(3.0), two=ONES[:2], complex=1j * ONES),
            "series": entry(
                {"a": ONES},
                {"none": None, "array": ONES, "text": "a", "list": [ONES], "empty": {}}
                | {
                    "two": {"a": ONES[:2]},
                    "texts": {"a": ["1"] * 3},
                }
                | {"name": {1: ONES}, "panel": {"a": np.ones((3, 3))}},
            ),
            "ax": AX,
        },
    ),
}
