"""Arguments of the functions of series, decisions and phases: good values, mistakes."""

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
    number,
    pointwise,
    positive,
    seed,
    several,
    symbol,
    whole,
)
from tests.perturbation.symbolic_calls import EPSILON, EXPANSION, NO_EXPANSION

SYMMETRIC = np.array([[2.0, 1.0], [1.0, 5.0]])
ONES = np.ones(3)
STRICT = flag()
PHASES = {
    "times": array(ONES),
    "mode": entry(1, NO_WHOLE),
    "diffusion": number(0.0, negative=-1.0),
    "shear": like(ONES),
}


def square_well(r):
    """Return a constant potential."""
    return 1.0 + 0 * r


CALLS = {
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
