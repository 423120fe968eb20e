"""Every argument of the functions of velocity space: a good value, and mistakes."""

import math

import numpy as np

from perturbsci import multiscale as ms
from tests.mistakes import NO_FLAG, but
from tests.multiscale.multiscale_mistakes import (
    NO_EPSILON,
    NO_NUMBERS,
    NO_PAIR,
    NO_POSITIVE,
    array,
    choice,
    given,
    no_array,
    no_shape,
    positive,
    shaped,
    whole,
)
from tests.multiscale.multiscale_samples import (
    AXIS,
    GRID,
    HOT,
    OPERATOR,
    TIMES,
)

NO_GRID = {"none": None, "number": 8, "text": "x", "nodes": GRID.nodes, "class": type(GRID)}
EPSILON = given(0.1, "number", NO_EPSILON)
VELOCITIES = given(GRID, "problem", NO_GRID)
KERNEL = {"kernel": choice("maxwell"), "rate": positive()}

VELOCITY_CALLS = {
    "VelocityGrid.along": (
        GRID.along,
        {
            "values": (
                GRID.nodes,
                "needed",
                {"few": np.ones(7), "number": 1.0, "none": None, "empty": np.ones(0)},
            ),
            "k": (0, "pass", but(whole()[2], "zero", "below") | {"above": 2}),
        },
    ),
    "velocity_grid": (
        ms.velocity_grid,
        {
            "n": (8, "pass|even", whole()[2] | {"odd": 9, "few": 1}),
            "half_width": positive(5.0),
            "dimension": (2, "pass|1", whole()[2] | {"four": 4}),
        },
    ),
    "moments": (
        ms.moments,
        {"f": shaped(HOT), "grid": VELOCITIES, "mass": positive()},
    ),
    "maxwellian": (
        ms.maxwellian,
        {
            "grid": VELOCITIES,
            "density": array(np.ones(1)),
            "velocity": (
                np.zeros(2),
                array(HOT)[1],
                no_array(np.ones(2)) | {"wide": HOT[0]},
            ),
            "temperature": array(np.ones(1)),
            "mass": positive(),
            "discrete": given(True, "flag", NO_FLAG),
        },
    ),
    "project_moments": (
        ms.project_moments,
        {
            "q": shaped(HOT),
            "grid": VELOCITIES,
            "maxwellian": shaped(HOT),
            "target": (
                None,
                array(HOT)[1],
                but(no_array(np.ones(4)), "none") | {"few": [1.0]},
            ),
        },
    ),
    "limit_positive": (ms.limit_positive, {"f": shaped(HOT), "grid": VELOCITIES}),
    "angular_average": (ms.angular_average, {"f": shaped(HOT), "grid": VELOCITIES}),
    "spectral_collision": (
        ms.spectral_collision,
        {
            "grid": VELOCITIES,
            "rate": positive(),
            "exponent": (0.0, "pass|must", NO_NUMBERS | {"singular": -2.0}),
            "support": (None, "pass|largest", but(NO_POSITIVE, "none") | {"wide": 100.0}),
            "n_radial": given(None, "whole", whole()[2]),
            "n_angles": given(None, "whole", whole()[2]),
            "masses": ((1.0, 1.0), "pass", NO_PAIR),
        },
    ),
    "collide": (
        ms.collide,
        {
            "operator": given(OPERATOR, "problem", NO_GRID | {"grid": GRID}),
            "f": shaped(HOT),
            "g": (None, shaped(HOT)[1], but(no_shape(HOT), "none")),
        },
    ),
    "lorentz_expansion": (
        ms.lorentz_expansion,
        {
            "f_light": shaped(HOT),
            "grid": VELOCITIES,
            "density": positive(),
            "velocity": shaped(np.ones(2)),
            "second_moment": shaped(AXIS),
            **KERNEL,
        },
    ),
    "drag_expansion": (
        ms.drag_expansion,
        {
            "f_heavy": shaped(HOT),
            "grid": VELOCITIES,
            "f_light": shaped(HOT),
            "light_grid": VELOCITIES,
            **KERNEL,
        },
    ),
    "epochal_relaxation": (
        ms.epochal_relaxation,
        {
            "times": (TIMES, array(TIMES)[1], no_array(TIMES) | {"before": [-1.0, 1.0]}),
            "epsilon": (0.1, "pass|exchange", NO_EPSILON | {"above one": 1.5}),
            "densities": ((1.0, 1.0), "pass", NO_PAIR),
            "temperatures": ((2.0, 1.0), "pass", NO_PAIR),
            "velocities": (
                None,
                "pass|needed|no",
                {"number": 1.0, "one": (1.0,), "text": "ab", "nan": (math.nan, 0.0)}
                | {
                    "three": (1, 1, 1),
                    "wide": (np.ones(4), np.ones(4)),
                    "none": (None, 1.0),
                },
            ),
            **KERNEL,
            "closure": choice("eps2"),
            "dimension": (3, "pass", whole()[2] | {"four": 4}),
        },
    ),
}
