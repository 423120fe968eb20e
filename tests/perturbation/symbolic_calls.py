"""Arguments of the functions of formulas: a good value of each, and mistakes."""

import math

import numpy as np
import sympy as sp

from perturbsci import perturbation as pt
from tests.mistakes import (
    NO_EXPRESSION,
    NO_INTERVAL,
    NO_POSITIVE,
    NO_REAL,
    NO_SYMBOL,
    NO_WHOLE,
    but,
    choice,
    entry,
    expression,
    flag,
    number,
    pointwise,
    positive,
    several,
    symbol,
    whole,
)

X, V, T, EPSILON = sp.symbols("x v t epsilon")
Y = sp.Function("y")(X)
U = sp.Function("u")(T)
EXPANSION = pt.Expansion.from_terms([(-1) ** n * math.factorial(n) for n in range(12)])
NO_EXPANSION = {
    "none": None,
    "list": [1.0, -1.0, 2.0],
    "array": np.ones(12),
    "class": pt.Expansion,
    "text": "1 - x",
    "formula": 1 - X,
    "vector": pt.Expansion.from_terms([np.ones(2), np.ones(2)]),
}
ORDER = whole(1, 0)
LAYER = EPSILON * Y.diff(X, 2) + (1 + X) * Y.diff(X) + Y
MATCHED = pt.match_layers(LAYER, Y, X, EPSILON, boundary=(1, 1))
SPRING = U.diff(T, 2) + U + EPSILON * U**3
START = {U.subs(T, 0): 1, U.diff(T).subs(T, 0): 0}
REGULAR = pt.expand_regular((SPRING,), (U,), (T,), EPSILON, conditions=START, order=1)
SLOW = pt.expand_slow_manifold([V], [(1 - X**2) * V - X], [X], [V], EPSILON, order=1)
OSCILLATION = pt.lindstedt(X**3, X, V, order=2)
WKB = pt.wkb(X**-4, X, EPSILON, order=2)
POINTS = np.linspace(0.5, 1.0, 4)
NUMBERS = np.linspace(0.01, 0.02, 3)
EQUATIONS = several((X**2 + EPSILON * X - 1,), NO_EXPRESSION)
UNKNOWNS = several((X,), NO_SYMBOL)
NO_PAIR = but(NO_INTERVAL, "reversed", "empty", "beyond")
NO_BRANCH = {"text": "upper", "two": [1, 2], "array": np.ones(2), "beyond": 9}
NO_CONDITIONS = {
    "none": None,
    "list": [1],
    "text": "u(0) = 1",
    "number": 1.0,
    "none at all": {},
}
NO_CONDITIONS |= {"of another": {V: 1}, "nan": {U.subs(T, 0): math.nan}}
FORCE = {
    "force": expression(X**3),
    "displacement": symbol(X),
    "velocity": symbol(V),
    "frequency": entry(1, but(NO_POSITIVE, "beyond")),
}
ALGEBRAIC = {
    "equation": expression(EPSILON * X**3 - X + 1),
    "unknown": symbol(X),
    "epsilon": symbol(EPSILON),
}
DIFFERENTIAL = {
    "equation": expression(LAYER),
    "unknown": entry(Y, NO_SYMBOL | {"symbol": X}),
    "x": symbol(X),
    "epsilon": symbol(EPSILON),
}

CALLS = {
    "expand_roots": (pt.expand_roots, ALGEBRAIC | {"terms": whole(2)}),
    "newton_polygon": (pt.newton_polygon, ALGEBRAIC),
    "amplitude_equation": (pt.amplitude_equation, FORCE),
    "average": (
        pt.average,
        {
            "field": several([sp.sin(T) + X * sp.cos(T)], NO_EXPRESSION, "number"),
            "state": several([X], NO_SYMBOL),
            "phase": symbol(T),
            "epsilon": symbol(EPSILON),
            "order": whole(1),
        },
    ),
    "lindstedt": (
        pt.lindstedt,
        FORCE | {"order": whole(1, 0), "amplitude": number(1, zero=0), "strict": flag()},
    ),
    "Oscillation.evaluate": (
        OSCILLATION.evaluate,
        {"t": pointwise(POINTS[:3]), "epsilon": pointwise(NUMBERS)},
    ),
    "dominant_balance": (pt.dominant_balance, DIFFERENTIAL | {"at": number(0.0)}),
    "quantize": (
        pt.quantize,
        {
            "potential": expression(X**4),
            "x": symbol(X),
            "level": whole(3, 0),
            "hbar": positive(),
            "order": whole(2, 0, nine=9),
            "bracket": entry((5, 20), NO_INTERVAL),
        },
    ),
    "match_layers": (
        pt.match_layers,
        DIFFERENTIAL
        | {
            "boundary": entry((1, 1), NO_PAIR),
            "interval": entry((0, 1), NO_INTERVAL),
            "order": whole(0, 0),
        },
    ),
    "LayerExpansion.evaluate": (
        MATCHED.evaluate,
        {
            "x": pointwise(POINTS),
            "epsilon": number(0.1, negative=-0.1),
            "part": choice("composite"),
        },
    ),
    "LayerExpansion.error_bound": (
        MATCHED.error_bound,
        {"epsilon": number(0.1, negative=-0.1)},
    ),
    "expand_regular": (
        pt.expand_regular,
        {
            "equations": several((SPRING,), NO_EXPRESSION),
            "unknowns": several((U,), NO_SYMBOL | {"symbol": X}),
            "variables": several((T,), NO_SYMBOL),
            "epsilon": symbol(EPSILON),
            "conditions": entry(START, NO_CONDITIONS),
            "order": whole(1, 0),
            "method": choice("auto"),
            "points": entry(None, but(pointwise(POINTS)[2], "none")),
            "strict": flag(),
        },
    ),
    "RegularExpansion.evaluate": (
        REGULAR.evaluate,
        {"epsilon": pointwise(NUMBERS), "points": entry(None, pointwise(POINTS)[2])},
    ),
    "wkb": (
        pt.wkb,
        {
            "frequency_squared": expression(X**-4),
            "x": symbol(X),
            "epsilon": symbol(EPSILON),
            "order": whole(2, 0),
            "start": number(0.5),
        },
    ),
    "WKBExpansion.evaluate": (
        WKB.evaluate,
        {
            "points": pointwise(POINTS),
            "epsilon": positive(0.1),
            "sign": entry(1, NO_WHOLE | {"two": 2, "zero": 0}),
        },
    ),
    "WKBExpansion.validity": (
        WKB.validity,
        {"points": pointwise(POINTS), "epsilon": positive(0.1)},
    ),
    "expand_slow_manifold": (
        pt.expand_slow_manifold,
        {
            "slow": several([V], NO_EXPRESSION, "number"),
            "fast": several([(1 - X**2) * V - X], NO_EXPRESSION),
            "slow_variables": several([X], NO_SYMBOL),
            "fast_variables": several([V], NO_SYMBOL),
            "epsilon": symbol(EPSILON),
            "order": whole(1, 0),
            "branch": entry(None, NO_BRANCH),
        },
    ),
    **{
        f"SlowManifold.{name}": (
            getattr(SLOW, name),
            {"x": pointwise([[2.0], [3.0]]), "epsilon": number(0.1)},
        )
        for name in ("evaluate", "residual", "reduced_field")
    },
    "expand_solution": (
        pt.expand_solution,
        {
            "equations": EQUATIONS,
            "unknowns": UNKNOWNS,
            "epsilon": symbol(EPSILON),
            "start": several((1,), but(NO_REAL, "list", "decimal"), two=(1, 2)),
            "order": whole(2, 0),
        },
    ),
    "langer": (
        pt.langer,
        {
            "frequency_squared": expression(X * (2 + X)),
            "x": symbol(X),
            "epsilon": positive(0.1),
            "interval": entry((-1, 1), NO_INTERVAL),
        },
    ),
    "UniformAiry.evaluate": (
        pt.langer(X * (2 + X), X, 0.1, interval=(-1, 1)).evaluate,
        {"points": pointwise(POINTS, outside=10 * POINTS)},
    ),
    "turning_points": (
        pt.turning_points,
        {
            "frequency_squared": expression(1 - X**2),
            "x": symbol(X),
            "interval": entry((-2, 2), NO_INTERVAL),
        },
    ),
}
