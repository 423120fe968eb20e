"""Every argument of every public function and method: a good value, and mistakes."""

import math

import numpy as np
import sympy as sp

from perturbsci import perturbation as pt
from tests.mistakes import (
    NO_EXPRESSION,
    NO_REAL,
    NO_WHOLE,
    Doubtful,
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
    seed,
    several,
    symbol,
    whole,
)
from tests.perturbation.symbolic_calls import (
    CALLS as SYMBOLIC,
)
from tests.perturbation.symbolic_calls import (
    EPSILON,
    EXPANSION,
    NO_EXPANSION,
)

ASYMMETRIC = np.array([[-1.0, 8.0], [0.0, -2.0]])
SYMMETRIC = np.array([[2.0, 1.0], [1.0, 5.0]])
CHAIN = np.array([[0.5, 0.5], [0.25, 0.75]])
SHIFT = np.array([[-1.0, 1.0], [1.0, -1.0]])
MOMENTUM = pt.momentum_method("heavy_ball", convexity=1.0, smoothness=25.0)
PAIR = pt.rayleigh_schrodinger(np.diag([0.0, 1.0]), [[0.0, 1.0], [1.0, 0.0]], 0)
GRID = pt.resolvent_grid(ASYMMETRIC, box=(-3, 2, -2, 2), shape=(6, 5))
ONES = np.ones(3)


def square_well(r):
    """Return a constant potential."""
    return 1.0 + 0 * r


def perturbed(good):
    """Return the entry of a perturbation, which may also be several terms."""
    return matrix(good, none=None, nothing=(), two_sizes=(good, np.ones((3, 3))))


DOMAIN = choice("continuous")
STRICT = flag()
SPECTRAL = {"matrix": matrix(ASYMMETRIC), "strict": STRICT}
PHASES = {
    "times": array(ONES),
    "mode": entry(1, NO_WHOLE),
    "diffusion": number(0.0, negative=-1.0),
    "shear": like(ONES),
}
SHAPE = {"none": None, "number": 3, "one": (3,), "zero": (0, 3), "floats": (2.0, 3.0)}
SHAPE |= {"text": "ab", "bools": (True, True), "three": (2, 2, 2), "huge": (10**9, 10**9)}
BOX = {"text": "abcd", "number": 1.0, "three": (0, 1, 2), "reversed": (1, 0, 0, 1)}
BOX |= {"nan": (0, math.nan, 0, 1), "infinity": (0, 1, 0, math.inf), "empty": (0, 0, 0, 1)}
INDICES = {"none": None, "number": 0, "empty": [], "outside": [0, 5], "negative": [-3, 0]}
INDICES |= {"floats": [0.0, 1.0], "twice": [0, 0], "texts": ["a"], "bools": [True, False]}

CALLS = {
    **SYMBOLIC,
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
    # Decisions
    "argmax_margin": (
        pt.argmax_margin,
        {"values": pointwise(ONES, empty=[], complex=1j * ONES)},
    ),
    "hessian_diagonal": (
        pt.hessian_diagonal,
        {
            "gradient": function(lambda x: SYMMETRIC @ x),
            "point": array([0.0, 0.0]),
            "samples": whole(8, 2),
            "step": positive(1e-4),
            "seed": seed(),
        },
    ),
    "policy_bound": (
        pt.policy_bound,
        {
            "reward_change": pointwise(0.1 * ONES),
            "temperature": positive(),
            "discount": number(0.5, one=1.0, negative=-0.5),
        },
    ),
    "soft_argmax": (
        pt.soft_argmax,
        {"values": pointwise(ONES, empty=[], complex=1j * ONES), "temperature": positive()},
    ),
    # Extrapolation
    "richardson": (
        pt.richardson,
        {
            "values": pointwise(ONES, empty=[], two=ONES[:2]),
            "steps": array(
                [0.4, 0.2, 0.1], equal=ONES, zero=[1.0, 0.5, 0.0], signs=[1, -1, 2]
            ),
            "exponents": entry(
                [2, 4],
                {"none": None, "number": 2, "text": "24", "zero": [0, 2], "twice": [2, 2]}
                | {
                    "nan": [math.nan, 2],
                    "falling": [4, 2],
                    "empty": [],
                    "zero first": [0, 2],
                },
            ),
            "strict": STRICT,
        },
    ),
    "shanks": (
        pt.shanks,
        {"sequence": array([1.0, 0.5, 0.7, 0.6, 0.65], two=[1.0, 2.0]), "strict": STRICT},
    ),
    # Expansions of a number
    "borel_sum": (
        pt.borel_sum,
        {
            "expansion": entry(EXPANSION, NO_EXPANSION),
            "epsilon": entry(0.5, but(NO_REAL, "complex") | {"negative": Doubtful(-0.5)}),
            "growth": positive(),
            "offset": number(),
            "method": choice("pade"),
            "singularity": entry(None, but(NO_REAL, "none") | {"zero": 0.0}),
            "strict": STRICT,
        },
    ),
    "pade": (
        pt.pade,
        {
            "expansion": entry(EXPANSION, NO_EXPANSION),
            "numerator": whole(3, 0, beyond_terms=40),
            "denominator": whole(3, 0, beyond_terms=40),
        },
    ),
    "PadeApproximant.evaluate": (
        pt.pade(EXPANSION, 2, 2).evaluate,
        {"epsilon": pointwise(ONES)},
    ),
    "optimal_truncation": (
        pt.optimal_truncation,
        {
            "expansion": entry(EXPANSION, NO_EXPANSION),
            "epsilon": entry(0.1, but(NO_REAL, "complex")),
        },
    ),
    "radius_of_convergence": (
        pt.radius_of_convergence,
        {
            "expansion": entry(
                pt.Expansion.from_terms([1 / n for n in range(1, 20)]), NO_EXPANSION
            ),
            "strict": STRICT,
        },
    ),
    "Expansion": (
        pt.Expansion,
        {
            "coefficients": pointwise(ONES),
            "powers": array(np.arange(3.0), two=np.arange(2.0)),
            "logs": entry(
                np.zeros(3, int),
                {"none": None, "text": "000"}
                | {"halves": ONES / 2, "two": np.zeros(2, int), "nan": math.nan * ONES},
            ),
            "exact": entry(
                None, {"text": "abc", "number": 1, "two": (1, 2), "floats": (math.nan,) * 3}
            ),
        },
    ),
    "Expansion.from_terms": (
        pt.Expansion.from_terms,
        {
            "terms": several(
                (1.0, 2.0),
                but(NO_REAL, "complex", "array", "list", "decimal", "beyond"),
                "empty",
            ),
            "powers": entry(
                None, {"number": 1, "text": "ab", "one": (0,), "nan": (0, math.nan)}
            ),
            "logs": entry(
                None, {"number": 1, "text": "ab", "one": (0,), "halves": (0, 0.5)}
            ),
        },
    ),
    "Expansion.from_sympy": (
        pt.Expansion.from_sympy,
        {
            "expression": entry(sp.cos(EPSILON), but(NO_EXPRESSION, "nan", "infinity")),
            "epsilon": symbol(EPSILON),
            "order": whole(2, 0),
        },
    ),
    "Expansion.evaluate": (
        EXPANSION.evaluate,
        {
            "epsilon": pointwise(ONES),
            "terms": entry(2, but(NO_WHOLE, "none") | {"above": 99}),
        },
    ),
    "Expansion.partial_sums": (EXPANSION.partial_sums, {"epsilon": pointwise(ONES)}),
    # Scattering, phase mixing, slabs
    "born_series": (
        pt.born_series,
        {
            "potential": function(square_well),
            "order": whole(2, 0),
            "radius": positive(),
            "nodes": whole(16),
            "strict": STRICT,
        },
    ),
    "scattering_length": (
        pt.scattering_length,
        {
            "potential": function(square_well),
            "strength": number(1.0),
            "radius": positive(),
            "strict": STRICT,
        },
    ),
    "linear_response": (
        pt.linear_response,
        {
            "gradient": array(ONES, two=ONES[:2]),
            "frequencies": array(ONES),
            "potential": array(np.ones((3, 3)), rows=np.ones((2, 3))),
        }
        | PHASES
        | {"times": array([0.0, 0.1, 0.2], falling=-ONES * np.arange(3))},
    ),
    "phase_moment": (
        pt.phase_moment,
        {"frequencies": array(ONES), "weights": array(ONES, two=ONES[:2])} | PHASES,
    ),
    "pulse_response": (
        pt.pulse_response,
        {
            "frequencies": array(ONES),
            "width": positive(),
            "mode": entry(1, NO_WHOLE),
            "start": entry(None, but(NO_REAL, "none")),
        },
    ),
    "count_arms": (
        pt.count_arms,
        {"field": array(np.ones((9, 9)) * 1j), "n_rings": whole(2)},
    ),
    "slab_orbit": (
        pt.slab_orbit,
        {
            "energy": pointwise(ONES, negative=-ONES),
            "dispersion": positive(),
            "scale_height": positive(),
        },
    ),
}
