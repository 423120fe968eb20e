"""Every argument of every public function and method: a good value, and mistakes."""

import math

import numpy as np

from perturbsci import multiscale as ms
from tests.mistakes import NO_FLAG, but
from tests.multiscale.multiscale_mistakes import (
    NO_CHOICE,
    NO_FUNCTION,
    NO_NUMBERS,
    NO_PAIR,
    NO_POSITIVE,
    NO_SPAN,
    array,
    choice,
    given,
    no_array,
    no_shape,
    number,
    positive,
    shaped,
    whole,
)
from tests.multiscale.multiscale_samples import (
    GRID,
    HOT,
    MIXTURE,
    PAIR,
    TIMES,
    gas,
)
from tests.multiscale.velocity_calls import EPSILON, VELOCITIES, VELOCITY_CALLS

NO_PROBLEM = {
    "none": None,
    "text": "jin_xin",
    "constructor": ms.jin_xin,
    "class": ms.SplitProblem,
    "array": HOT,
    "dict": {"explicit": abs},
}
NO_SCHEME = NO_CHOICE | {"near": "ars22", "tableau": ms.Tableau, "missing": "bdf5"}
NO_INITIAL = {"number": 1.0, "text": "cos", "array": np.ones(8)}
CALLABLE = ("class", "function")  # initial data may be a function

PROBLEM = given(PAIR, "problem", NO_PROBLEM)
SCHEME = (choice("ars222")[0], "pass a Tableau", NO_SCHEME)
STEP = positive(0.05)
INITIAL = given(None, "function", NO_INITIAL)
TIMES_OF = given(
    None, "array", but(no_array(TIMES), "none") | {"no axis": 1.0, "empty": []}
)
EULER = {
    "name": given("euler", "problem", {"none": None, "empty": "", "number": 3}),
    "explicit": shaped(np.array([[0.0, 0.0], [1.0, 0.0]])),
    "implicit": shaped(np.array([[0.0, 0.0], [0.0, 1.0]])),
    "explicit_weights": shaped(np.array([1.0, 0.0])),
    "implicit_weights": shaped(np.array([0.0, 1.0])),
    "order": given(1, "whole", whole()[2] | {"above": 4}),
    "embedded_order": given(None, "problem", {"alone": 1}),
    "embedded_explicit": given(None, "problem", {"alone": np.ones(2) / 2}),
    "embedded_implicit": given(None, "problem", {"alone": np.ones(2) / 2}),
}
FUNCTIONS = (
    "weight",
    "native",
    "limit",
    "exact",
    "equilibrium",
    "entropy",
    "minimum",
    "layer_scales",
    "largest_step",
    "restrict",
    "limiter",
    "macroscopic_minimum",
    "admit",
    "claims",
)
NO_TABLE = {"none": None, "list": [abs], "numbers": {"mass": 1.0}, "function": abs}
MARCH = {
    "problem": PROBLEM,
    "epsilon": EPSILON,
    "scheme": SCHEME,
    "step": given(0.05, "number", NO_POSITIVE),
}
LINE = {"length": positive(), "initial": INITIAL, "space": choice("spectral")}

CALLS = {
    "tableau": (ms.tableau, {"name": choice("ars222")}),
    "tableau_names": (ms.tableau_names, {}),
    "Tableau": (ms.Tableau, EULER),
    "Multistep": (ms.Multistep, {"order": (2, "known", whole()[2] | {"above": 5})}),
    "SplitProblem": (
        ms.SplitProblem,
        {
            "name": given("mine", "problem", {"none": None, "empty": "", "number": 3}),
            "initial": (
                np.ones(3),
                array(1.0)[1],
                but(no_array(np.ones(3)), "complex", *CALLABLE),
            ),
            "explicit": (abs, "pass", but(NO_FUNCTION, "none")),
            "solve_implicit": given(None, "function", NO_FUNCTION),
            **{name: given(None, "function", NO_FUNCTION) for name in FUNCTIONS},
            "native_order": given(
                None, "whole", {"zero": 0, "float": 2.0, "text": "2", "bool": True}
            ),
            "invariants": ({}, "pass a mapping", NO_TABLE),
            "observables": ({}, "pass a mapping", NO_TABLE),
            "invariant_scales": ({}, "pass a mapping", NO_TABLE),
            "coordinates": ({}, "pass a mapping", {"none": None, "array": TIMES}),
            "limit_problem": given(None, "problem", NO_PROBLEM),
            "penalized": given(False, "flag", NO_FLAG),
            "bounds": (
                {},
                "pass|known are",
                {
                    "none": None,
                    "unknown": {"x": 1.0},
                    "texts": {"entropy": "1"},
                    "list": [1],
                },
            ),
        },
    ),
    "SplitProblem.start": (
        PAIR.start,
        {"epsilon": EPSILON, "preparation": choice("well")},
    ),
    "solve": (
        ms.solve,
        {
            **MARCH,
            "t_span": given((0.0, 0.1), "number", NO_SPAN),
            "step": (0.05, "pass", NO_POSITIVE | {"longer than the span": 0.2}),
            "rtol": given(None, "number", NO_POSITIVE),
            "atol": given(None, "number", NO_POSITIVE),
            "t_eval": (
                None,
                f"{TIMES_OF[1]}|increasing|outside",
                TIMES_OF[2]
                | {"before": [-0.1, 0.1], "after": [0.0, 0.2], "unsorted": [0.1, 0.0]}
                | {"twice": [0.0, 0.0, 0.1]},
            ),
            "initial": (None, "needed|pass|no", but(no_shape(PAIR.start(0.1)), "none")),
            "preparation": choice("well"),
            "initial_layer": choice("auto"),
            "callback": given(None, "function", NO_FUNCTION),
            "max_steps": whole(100),
            "positivity": choice("monitor"),
            "strict": given(True, "flag", NO_FLAG),
        },
    ),
    "stepper": (ms.stepper, MARCH),
    "Stepper.advance": (
        ms.stepper(PAIR, epsilon=0.1, step=0.05).advance,
        {
            "state": (
                PAIR.start(0.1),
                "needed|pass|no",
                but(no_shape(PAIR.start(0.1)), "nan", "infinity"),
            ),
            "time": number(),
            "n_steps": whole(2),
            "out": given(
                None,
                "array",
                {"text": "x", "shape": np.zeros(3), "single": np.zeros((2, 8), np.float32)}
                | {"list": [[0.0] * 8] * 2, "number": 1.0, "whole": np.zeros((2, 8), int)},
            ),
        },
    ),
    "layer_mesh": (
        ms.layer_mesh,
        {
            "span": positive(),
            "step": (0.1, "pass", NO_POSITIVE | {"longer": 2.0}),
            "scales": (
                (1e-3,),
                "pass|must be",
                {"none": None, "number": 1.0, "text": "a", "zero": (0.0,)}
                | {"negative": (1.0, -1.0), "nan": (math.nan,), "bools": (True,)},
            ),
            "order": whole(2),
        },
    ),
    "order_map": (
        ms.order_map,
        {
            "problem": PROBLEM,
            "schemes": (
                ("bdf2",),
                "pass",
                {"none": None, "text": "bdf2", "empty": (), "number": 3}
                | {"one tableau": ms.tableau("ars222")},
            ),
            "epsilons": (
                (0.1, 1e-3),
                "needed|pass|no|must|positive",
                but(no_array(TIMES), "none") | {"none": None, "negative": (1.0, -1.0)},
            ),
            "steps": (
                (0.05, 0.025),
                "needed|pass|no|must|positive",
                but(no_array(TIMES), "none")
                | {"none": None, "negative": (0.1, -0.1), "one": (0.1,), "zero": (0.1, 0)},
            ),
            "t_end": positive(0.1),
            "preparations": (
                ("well",),
                "pass|must be one of",
                {"none": None, "text": "well", "empty": (), "unknown": ("good",)},
            ),
            "initial_layer": choice("off"),
            "reference": given(None, "function", NO_FUNCTION),
            "observable": given(None, "problem", {"number": 3, "unknown": "mass"}),
            "slack": positive(0.15),
        },
    ),
    "check_commutation": (
        ms.check_commutation,
        {
            "problem": PROBLEM,
            "scheme": SCHEME,
            "epsilons": (
                (1e-3, 1e-4),
                "needed|pass|no|must",
                no_array(TIMES + 1)
                | {"zero": (0.0, 0.1), "negative": (-1.0, 1.0), "empty": ()},
            ),
            "step": STEP,
            "t_end": positive(0.1),
            "observable": given(None, "problem", {"number": 3, "unknown": "mass"}),
        },
    ),
    "solve_limit": (
        ms.solve_limit,
        {
            "problem": PROBLEM,
            "t_span": given((0.0, 0.1), "number", NO_SPAN),
            "step": STEP,
            "scheme": SCHEME,
            "t_eval": TIMES_OF,
        },
    ),
    "mode_exponent": (
        ms.mode_exponent,
        {"kind": choice("slab"), "wavenumber": positive(0.5), "epsilon": EPSILON},
    ),
    "jin_xin": (
        ms.jin_xin,
        {
            "n_cells": whole(8, 2),
            "speed": positive(),
            "coefficient": (0.6, "pass|below|must", NO_NUMBERS | {"as fast": 1.0}),
            "flux": choice("linear"),
            **LINE,
        },
    ),
    "goldstein_taylor": (ms.goldstein_taylor, {"n_cells": whole(8, 2), **LINE}),
    "fast_slow": (
        ms.fast_slow,
        {
            "slow": (lambda y, z: z, "pass", NO_FUNCTION),
            "fast": (lambda y, z: y - z, "pass", NO_FUNCTION),
            "fast_jacobian": (lambda y, z: -np.eye(len(z)) + 0 * y, "pass", NO_FUNCTION),
            "initial": given(np.ones(2), "array", but(no_array(np.ones(2)), *CALLABLE)),
            "n_slow": (1, "pass|must be fast", but(whole()[2], "beyond") | {"all": 2}),
        },
    ),
    "van_der_pol": (ms.van_der_pol, {}),
    "linear_transport": (
        ms.linear_transport,
        {
            "n_cells": whole(8, 2),
            "n_angles": whole(4),
            **LINE,
            "scattering": (1.0, "pass|must|needed", but(NO_POSITIVE, "class")),
            "absorption": (
                0.0,
                "pass|must|needed",
                but(NO_NUMBERS, "class") | {"negative": -1},
            ),
            "source": (None, "pass|must|needed", but(NO_NUMBERS, "none", "class")),
        },
    ),
    "su_olson": (
        ms.su_olson,
        {
            "n_cells": whole(40, 8),
            "n_angles": (4, "pass", whole()[2] | {"odd": 3}),
            "half_width": positive(20.0),
            "source_half_width": positive(0.5),
            "source_time": positive(10.0),
        },
    ),
    "bgk": (
        ms.bgk,
        {
            "n_cells": whole(8, 4),
            "n_velocities": (16, "pass", whole()[2] | {"few": 6}),
            "model": choice("bgk"),
            "velocity_dimension": (1, "pass", whole()[2] | {"four": 4}),
            "initial": (
                "sod",
                "must be|pass",
                {"none": None, "unknown": "sods", "array": HOT},
            ),
            "prandtl": given(None, "number", NO_POSITIVE),
            "half_width": given(None, "number", NO_POSITIVE | {"narrow": 2.0}),
            "frequency": choice("constant"),
            "reconstruction": choice("weno5"),
            "boundary": choice("outflow"),
            "length": positive(),
        },
    ),
    "boltzmann": (
        ms.boltzmann,
        {
            "grid": VELOCITIES,
            "initial": (HOT, "needed|pass|no|real", but(no_shape(HOT), *CALLABLE)),
            "operator": given(None, "problem", {"grid": GRID, "text": "x", "number": 3}),
            "rate": positive(),
            "exponent": number(),
            "penalty": given(None, "number", but(NO_POSITIVE, "zero")),
        },
    ),
    "isotropic_mixture": (
        ms.isotropic_mixture,
        {
            "masses": (MIXTURE["masses"], "pass|needed", but(NO_PAIR, "one", "three")),
            "densities": (MIXTURE["densities"], "pass|needed", NO_PAIR),
            "rates": (
                MIXTURE["rates"],
                "pass|needs|symmetric",
                NO_PAIR
                | {"one row": ((1.0, 0.5),), "not symmetric": ((1.0, 0.5), (0.4, 1.0))}
                | {"zero": ((0.0, 0.5), (0.5, 1.0)), "ragged": ((1.0,), (0.5, 1.0))},
            ),
            "initial": (
                MIXTURE["initial"],
                "pass|needed|return",
                {"none": None, "one": (gas,), "function": gas, "numbers": (1.0, 1.0)},
            ),
            "n_nodes": whole(8, 4),
            "n_cosines": whole(6),
            "cutoff": positive(6.0),
            "orders": (
                (0, 2),
                "pass",
                {"none": None, "number": 2, "odd": (0, 3), "text": "0"},
            ),
        },
    ),
    "disparate_mass": (
        ms.disparate_mass,
        {
            "n_velocities": (12, "pass|even", whole()[2] | {"odd": 13, "few": 6}),
            "dimension": (2, "pass", whole()[2] | {"one": 1, "four": 4}),
            "densities": ((1.0, 1.0), "pass", NO_PAIR),
            "kernel": choice("maxwell"),
            "rates": ((1.0, 1.0, 1.0), "pass", but(NO_PAIR, "three") | {"two": (1.0, 1.0)}),
            "initial": given(
                None,
                "problem",
                {
                    "array": HOT,
                    "text": "x",
                    "list": [1],
                    "empty": {},
                    "half": {"light": ()},
                },
            ),
            "closure": choice("eps2"),
            "half_widths": given(None, "pair", but(NO_PAIR, "number") | {"narrow": 2.0}),
        },
    ),
    "vlasov_poisson": (
        ms.vlasov_poisson,
        {
            "n_cells": whole(8, 2),
            "n_velocities": (16, "pass", whole()[2] | {"odd": 17, "few": 6}),
            "wavenumber": positive(0.5),
            "amplitude": (0.01, "pass|must", NO_NUMBERS | {"one": 1.5}),
            "initial": (
                "landau",
                "must be|pass",
                {"none": None, "unknown": "x", "array": HOT},
            ),
            "half_width": positive(8.0),
            "field": choice("poisson"),
            "background": choice("neutral"),
        },
    ),
    **VELOCITY_CALLS,
}
