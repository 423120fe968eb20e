"""Every argument of every public function and method: a good value, and mistakes."""

import math

import numpy as np
import sympy as sp

from perturbsci import surrogates as su
from perturbsci.surrogates import TrainableGaussians
from tests.mistakes import BEYOND, NO_FLAG, NO_SEED, but, no_array, no_choice
from tests.surrogates.surrogate_mistakes import (
    ARRAY,
    NO_BANDWIDTH,
    NO_BASIS,
    NO_DEGREES,
    NO_DOMAIN,
    NO_FIELD,
    NO_GUESS,
    NO_LISTED_ORDERS,
    NO_ORDERS,
    NO_PARAMETERS,
    NO_POSITIVE,
    NO_REAL,
    NO_STATEMENT,
    NO_SURROGATE,
    NO_TOLERANCE,
    NO_WHOLE,
    NUMBER,
    no_panel,
    optional,
    positive,
    whole,
)
from tests.surrogates.surrogate_samples import (
    BASES,
    BRANCH,
    CORNERS,
    CURVE,
    HEAT,
    STEADY,
    a,
    x,
)

POINTS = (np.array([[0.5, 0.1], [0.2, 0.3]]), ARRAY)
# values that are not finite give NaN in their row, none are an empty result
PLACES = (*POINTS, but(no_panel(POINTS[0]), "nan", "infinity"))
SEED = (0, "integer|whole number|Generator", NO_SEED)
FLAG = (False, "True or False|pass True", NO_FLAG)
TENSOR = (
    (3, 2),
    "must be",
    NO_DEGREES,
)
DOMAIN = ([(0.0, 1.0), (0.0, 2.0)], "must be|needed|pass|not finite|no number", NO_DOMAIN)
RANDOM = {
    "n_features": whole(5, 1),
    "bandwidth": ((1.0, 2.0), "must be", NO_BANDWIDTH),
    "dimension": (2, "whole number", NO_WHOLE | {"zero": 0}),
    "seed": SEED,
}
NORM = optional(None, "one of", no_choice("L2"))
STRICT = (True, *FLAG[1:])
NO_PAIR = {"none": None, "text": "ab", "number": 2, "one": (1,), "three": (1, 2, 3)}

CALLS = {
    "solve": (
        su.solve,
        {
            "problem": (CURVE, "must be a FieldProblem", NO_STATEMENT),
            "tolerance": (1e-3, r"must be in \[1e-13, 1\)", NO_TOLERANCE),
            "norm": NORM,
            "basis": optional(None, "must be|must agree|needed|coordinates", NO_BASIS),
            "parameters": optional(
                None, "must|the statement has|is \\(low, high\\)", NO_PARAMETERS
            ),
            "guess": optional(None, "must be", NO_GUESS),
            "max_unknowns": whole(1000, 1),
            "max_steps": whole(20, 1),
            "seed": SEED,
            "backend": optional(None, "must be", no_choice("numpy")),
            "strict": STRICT,
        },
    ),
    "certify": (
        su.certify,
        {
            "surrogate": (STEADY, "must be a Surrogate", NO_SURROGATE),
            "kind": ("a-posteriori", "one of", no_choice("proven")),
            "norm": NORM,
            "growth": optional(None, "finite number", NO_REAL),
        },
    ),
    "continue_branch": (
        su.continue_branch,
        {
            "problem": (
                CURVE,
                "must be a FieldProblem",
                NO_STATEMENT,
            ),
            "parameter": (
                a,
                "must be",
                {
                    "none": None,
                    "text": "b",
                    "unknown": sp.Symbol("b"),
                    "number": 1.0,
                    "x": x,
                },
            ),
            "start": (0.5, "finite number", NO_REAL),
            "stop": (1.0, "finite number", NO_REAL),
            "tolerance": (1e-6, r"must be in \[1e-13, 1\)", NO_TOLERANCE),
            "guess": optional(None, "must be", NO_GUESS),
            "max_points": (50, "whole number", NO_WHOLE | {"one": 1}),
            "strict": STRICT,
        },
    ),
    "feature_jets": (
        su.feature_jets,
        {
            "basis": (
                BASES["Legendre"],
                "pass",
                {
                    "none": None,
                    "text": "legendre",
                    "class": su.Legendre,
                    "trained": BASES["TrainableGaussians"],
                    "elements": BASES["Elements"],
                },
            ),
            "points": (*POINTS, no_panel(POINTS[0])),
            "orders": ([(1, 0)], "each must be|must be", NO_LISTED_ORDERS),
        },
    ),
    "fit_linear": (
        su.fit_linear,
        {
            "matrix": (
                CORNERS,
                ARRAY,
                but(no_panel(CORNERS), "complex", "one column more"),
            ),
            "right_side": (
                np.ones(30),
                ARRAY,
                no_array(np.ones(30))
                | {"0-d": 1.0, "3-d": np.ones((30, 1, 1)), "two": [1, 2]},
            ),
            "method": ("rrqr", "one of", no_choice("qr")),
            "tolerance": optional(None, NUMBER, NO_POSITIVE),
            "damping": (0.0, NUMBER, NO_REAL | {"negative": -1.0}),
        },
    ),
    "Legendre": (su.Legendre, {"degrees": TENSOR, "domain": DOMAIN}),
    "Chebyshev": (su.Chebyshev, {"degrees": TENSOR, "domain": DOMAIN}),
    "Fourier": (su.Fourier, {"modes": TENSOR, "domain": DOMAIN}),
    "Elements": (
        su.Elements,
        {
            "degrees": (
                (7,),
                "must hold",
                NO_DEGREES | {"zero": (0,), "beyond": (BEYOND,)},
            ),
            "edges": optional(
                None,
                ARRAY + "|ascending",
                no_array(np.arange(3.0))
                | {
                    "0-d": 1.0,
                    "2-d": np.ones((2, 2)),
                    "one": [0.0],
                    "empty": [],
                    "descending": [1.0, 0.5, 0.0],
                    "twice": [0.0, 0.5, 0.5, 1.0],
                    "complex": [0.0, 1j],
                },
            ),
        },
    ),
    "Family": (
        su.Family,
        {
            "ends": (
                np.array([0.0, 1.0]),
                ARRAY + "|ascending",
                no_array(np.arange(3.0)) | {"one": [0.0], "descending": [1.0, 0.0]},
            ),
            "n_nodes": (2, "whole number|one for each", NO_WHOLE | {"one": 1}),
            "bases": ((BASES["Elements"],) * 2, "must be a tuple", NO_PAIR),
            "shapes": (((1, 1, 8, 1),) * 2, "must be a tuple|whole", NO_PAIR),
            "counts": ((1, 1), "must be a tuple|whole", NO_PAIR | {"negative": (1, -1)}),
        },
    ),
    "RandomFourier": (su.RandomFourier, RANDOM),
    "RandomTanh": (su.RandomTanh, RANDOM),
    "Gaussians": (
        su.Gaussians,
        {
            "centers": (
                CORNERS,
                ARRAY,
                but(no_panel(CORNERS), "one column more") | {"no row": CORNERS[:0]},
            ),
            "widths": (
                0.3,
                ARRAY + "|standard deviations",
                but(no_array(np.ones(2)), "text")
                | {
                    "zero": 0.0,
                    "negative": -1.0,
                    "not a number": math.nan,
                    "three": np.ones(3),
                    "text": "1",
                    "flag": True,
                    "complex": 1j,
                    "endless": math.inf,
                },
            ),
        },
    ),
    "Radial": (
        su.Radial,
        {
            "centers": (
                CORNERS,
                ARRAY,
                but(no_panel(CORNERS), "one column more") | {"no row": CORNERS[:0]},
            ),
            "shape": positive(1.0),
            "kind": ("wendland", "one of", no_choice("wendland")),
        },
    ),
    "TrainableGaussians": (
        su.TrainableGaussians,
        {
            "n_gaussians": whole(4, 1),
            "channels": whole(2, 1),
            "hidden": whole(3, 1),
            "width": positive(0.1),
            "seed": SEED,
        },
    ),
    "TrainableGaussians.count": (
        TrainableGaussians(4).count,
        {"dimension": whole(2, 1), "n_fields": whole(1, 0)},
    ),
    "TrainableGaussians.starting_parameters": (
        TrainableGaussians(4).starting_parameters,
        {"dimension": whole(2, 1), "n_fields": whole(1, 0)},
    ),
    "Network": (
        su.Network,
        {
            "widths": (
                (2, 5, 1),
                "must hold",
                {
                    "none": None,
                    "text": "251",
                    "number": 3,
                    "one": (2,),
                    "zero": (2, 0, 1),
                    "floats": (2.0, 5.0, 1.0),
                    "bools": (True, True),
                    "nested": ((2, 5), 1),
                    "negative": (2, -5, 1),
                },
            ),
            "activation": ("tanh", "one of", no_choice("tanh")),
            "seed": SEED,
        },
    ),
    "Surrogate": (
        lambda points, extrapolate: HEAT(points, extrapolate=extrapolate),
        {"points": PLACES, "extrapolate": FLAG},
    ),
    "Surrogate.derivative": (
        HEAT.derivative,
        {
            "points": PLACES,
            "orders": ((1, 0), "must hold", NO_ORDERS),
            "field": (0, "must be a place", NO_FIELD),
        },
    ),
    "Surrogate.residual": (HEAT.residual, {"points": PLACES}),
    "Surrogate.jets": (HEAT.jets, {"points": PLACES}),
    "Surrogate.bound_at": (
        HEAT.bound_at,
        {"time": (0.5, "must be a real number", but(NO_REAL, "infinity"))},
    ),
    "Surrogate.source": (HEAT.source, {"target": ("c", 'must be "c"', no_choice("c"))}),
    "Branch.through": (BRANCH.through, {"value": (1.0, "must be|number", NO_REAL)}),
}
