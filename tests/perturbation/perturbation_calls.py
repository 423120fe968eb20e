"""Every argument of every public function and method: a good value, and mistakes."""

import math

import numpy as np

from perturbsci import perturbation as pt
from tests.mistakes import (
    NO_REAL,
    NO_WHOLE,
    array,
    but,
    choice,
    entry,
    flag,
    function,
    like,
    matrix,
    number,
    pointwise,
    positive,
    whole,
)
from tests.perturbation.series_calls import CALLS as SERIES
from tests.perturbation.symbolic_calls import CALLS as SYMBOLIC

ASYMMETRIC = np.array([[-1.0, 8.0], [0.0, -2.0]])
SYMMETRIC = np.array([[2.0, 1.0], [1.0, 5.0]])
CHAIN = np.array([[0.5, 0.5], [0.25, 0.75]])
SHIFT = np.array([[-1.0, 1.0], [1.0, -1.0]])
MOMENTUM = pt.momentum_method("heavy_ball", convexity=1.0, smoothness=25.0)
PAIR = pt.rayleigh_schrodinger(np.diag([0.0, 1.0]), [[0.0, 1.0], [1.0, 0.0]], 0)
GRID = pt.resolvent_grid(ASYMMETRIC, box=(-3, 2, -2, 2), shape=(6, 5))
ONES = np.ones(3)


def perturbed(good):
    """Return the entry of a perturbation, which may also be several terms."""
    return matrix(good, none=None, nothing=(), two_sizes=(good, np.ones((3, 3))))


DOMAIN = choice("continuous")
STRICT = flag()
SPECTRAL = {"matrix": matrix(ASYMMETRIC), "strict": STRICT}
SHAPE = {"none": None, "number": 3, "one": (3,), "zero": (0, 3), "floats": (2.0, 3.0)}
SHAPE |= {"text": "ab", "bools": (True, True), "three": (2, 2, 2), "huge": (10**9, 10**9)}
BOX = {"text": "abcd", "number": 1.0, "three": (0, 1, 2), "reversed": (1, 0, 0, 1)}
BOX |= {"nan": (0, math.nan, 0, 1), "infinity": (0, 1, 0, math.inf), "empty": (0, 0, 0, 1)}
INDICES = {"none": None, "number": 0, "empty": [], "outside": [0, 5], "negative": [-3, 0]}
INDICES |= {"floats": [0.0, 1.0], "twice": [0, 0], "texts": ["a"], "bools": [True, False]}

CALLS = {
    **SYMBOLIC,
    **SERIES,
    # Acceleration
    "descend": (
        pt.descend,
        {
            "gradient": function(lambda x: x),
            "start": array([3.3]),
            "method": entry(
                MOMENTUM, {"none": None, "text": "nesterov", "class": pt.MomentumMethod}
            ),
            "n_steps": whole(5, 0),
        },
    ),
    "momentum_method": (
        pt.momentum_method,
        {
            "name": choice("nesterov"),
            "convexity": positive(1.0, above=26.0),
            "smoothness": positive(25.0, below=0.5),
        },
    ),
    # Matrices
    "block_diagonalize": (
        pt.block_diagonalize,
        {
            "matrices": entry(
                (np.diag([0.0, 2.0]), np.ones((2, 2))),
                {"none": None, "number": 1.0, "text": "ab", "empty": (), "rows": ONES}
                | {"two sizes": (np.eye(2), np.eye(3)), "nan": (np.eye(2) * math.nan,)}
                | {"wide": (np.ones((2, 3)),), "asymmetric": (ASYMMETRIC, np.eye(2))},
            ),
            "blocks": entry([0, 1], but(INDICES, "outside", "negative", "twice", "floats")),
            "order": whole(2, 0),
            "gauge": choice("canonical"),
        },
    ),
    "bauer_fike": (
        pt.bauer_fike,
        {"matrix": matrix(SYMMETRIC), "size": number(0.1, below=-1)},
    ),
    "eigen_conditions": (pt.eigen_conditions, {"matrix": matrix(SYMMETRIC)}),
    "nonnormality": (pt.nonnormality, {"matrix": matrix(SYMMETRIC)}),
    "distance_to_instability": (
        pt.distance_to_instability,
        SPECTRAL | {"domain": DOMAIN},
    ),
    "pseudospectral_abscissa": (
        pt.pseudospectral_abscissa,
        SPECTRAL | {"epsilon": number(0.5, negative=-1.0)},
    ),
    "pseudospectral_radius": (
        pt.pseudospectral_radius,
        SPECTRAL | {"epsilon": number(0.5, negative=-1.0)},
    ),
    "kreiss_constant": (
        pt.kreiss_constant,
        SPECTRAL | {"domain": DOMAIN, "tolerance": positive(1e-8)},
    ),
    "numerical_range": (
        pt.numerical_range,
        {"matrix": matrix(SYMMETRIC), "n_angles": whole(6)},
    ),
    "lidskii": (
        pt.lidskii,
        {
            "matrix": matrix([[2.0, 1.0], [0.0, 2.0]]),
            "perturbation": perturbed(SYMMETRIC),
            "eigenvalue": entry(2.0, but(NO_REAL, "complex") | {"none of them": 7.0}),
            "tolerance": positive(1e-8),
        },
    ),
    "degenerate_expansions": (
        pt.degenerate_expansions,
        {
            "matrix": matrix(np.eye(2)),
            "perturbation": perturbed(np.array([[0.0, 1.0], [1.0, 0.0]])),
            "indices": entry([0, 1], but(INDICES, "twice")),
            "order": whole(2, 0),
        },
    ),
    "rayleigh_schrodinger": (
        pt.rayleigh_schrodinger,
        {
            "matrix": matrix(np.diag([0.0, 1.0])),
            "perturbation": perturbed(np.array([[0.0, 1.0], [1.0, 0.0]])),
            "index": whole(0, -2, above=2),
            "order": whole(2, 0),
        },
    ),
    "EigenExpansion.remainder_bound": (
        PAIR.remainder_bound,
        {"epsilon": pointwise([0.1, 0.2])},
    ),
    "EigenExpansion.certify": (PAIR.certify, {"epsilon": number(0.1)}),
    "stationary_expansion": (
        pt.stationary_expansion,
        {
            "transition": matrix(CHAIN, negative=-CHAIN, sums=2 * CHAIN),
            "perturbation": perturbed(SHIFT),
            "order": whole(2, 0),
        },
    ),
    "resolvent_grid": (
        pt.resolvent_grid,
        {
            "matrix": matrix(ASYMMETRIC),
            "box": entry(None, BOX),
            "shape": entry((6, 5), SHAPE),
            "mass": like(np.eye(2), size=np.eye(3), row=np.ones(2)),
            "lower": like(np.eye(2), size=np.eye(3), row=np.ones(2)),
            "tolerance": positive(1e-6),
            "strict": STRICT,
        },
    ),
    "ResolventGrid.contours": (GRID.contours, {"epsilon": positive(0.5)}),
    "smallest_singular_values": (
        pt.smallest_singular_values,
        {
            "matrix": matrix(ASYMMETRIC),
            "points": pointwise([0.0, 2.0]),
            "mass": like(np.eye(2), size=np.eye(3), row=np.ones(2)),
            "lower": like(np.eye(2), size=np.eye(3), row=np.ones(2)),
            "method": choice("lanczos"),
            "tolerance": positive(1e-6),
            "strict": STRICT,
        },
    ),
    "split_rates": (
        pt.split_rates,
        {
            "jacobian": matrix(ASYMMETRIC),
            "n_fast": entry(1, but(NO_WHOLE, "none") | {"more": 3, "below": -1}),
        },
    ),
    "transient_growth": (
        pt.transient_growth,
        {
            "matrix": matrix(ASYMMETRIC),
            "times": pointwise(ONES, negative=-ONES),
            "domain": DOMAIN,
        },
    ),
    # Responses
    "fixed_point_response": (
        pt.fixed_point_response,
        {
            "map_jacobian": matrix(ASYMMETRIC / 20),
            "parameter_jacobian": array(np.eye(2), rows=np.ones((3, 2))),
        },
    ),
    "leave_one_out": (
        pt.leave_one_out,
        {
            "hessian": matrix(SYMMETRIC),
            "gradients": array(np.ones((3, 2)), width=np.ones((3, 3))),
        },
    ),
    "minimizer_response": (
        pt.minimizer_response,
        {
            "hessian": matrix(SYMMETRIC),
            "mixed": array(np.eye(2), rows=np.ones((3, 2))),
            "keep": entry(None, but(INDICES, "none")),
        },
    ),
    "solution_response": (
        pt.solution_response,
        {
            "state_jacobian": matrix(SYMMETRIC, singular=np.zeros((2, 2))),
            "parameter_jacobian": array(np.eye(2), rows=np.ones((3, 2))),
        },
    ),
}
