"""The published tableaux as numbers: explicit rows, implicit rows, weights.

Rows are lower triangular and shorter than the number of stages where zeros follow. Each
entry is (order, explicit, implicit, (b~, b), embedded), embedded = (order, b~, b) or None.

Traps: ``ssp433`` is printed with 14 digits, of which the conditions of order 3 hold to
3e-15; ``ars233`` damps stiff modes by -0.73 a step only; the stages of ``ssp322``,
``ssp433`` and ``dp242`` use E of the second stage on, whose abscissa is 0.

References: Ascher, Ruuth and Spiteri (1997) for ars*; Pareschi and Russo (2005) for ssp*;
Dimarco and Pareschi (2013) for dp242; Boscarino, Pareschi and Russo (2013) for bpr353;
Kennedy and Carpenter (2003) for ark324.
"""

import math
from fractions import Fraction

__all__ = ["ROWS"]

Rows = list[list[float]]
Weights = tuple[list[float], list[float]]
Embedded = tuple[int, list[float], list[float]]

g = 1 - 1 / math.sqrt(2)
d = 1 - 1 / (2 * g)
d_232 = -2 * math.sqrt(2) / 3
g_233 = (3 + math.sqrt(3)) / 6
a = 0.24169426078821
b = 0.06042356519705
e = 0.12915286960590
G = 1767732205903 / 4055673282236


def _quotients(*pairs: tuple[int, int]) -> list[float]:
    """Return correctly rounded quotients of whole numbers."""
    return [float(Fraction(*pair)) for pair in pairs]


ARK_EXPLICIT = [
    [],
    _quotients((1767732205903, 2027836641118)),
    _quotients((5535828885825, 10492691773637), (788022342437, 10882634858940)),
    _quotients(
        (6485989280629, 16251701735622),
        (-4246266847089, 9704473918619),
        (10755448449292, 10357097424841),
    ),
]
ARK_LAST = [
    *_quotients(
        (1471266399579, 7840856788654),
        (-4482444167858, 7529755066697),
        (11266239266428, 11593286722821),
    ),
    G,
]
ARK_IMPLICIT = [
    [0.0],
    [G, G],
    [*_quotients((2746238789719, 10658868560708), (-640167445237, 6845629431997)), G],
    ARK_LAST,
]
ARK_EMBEDDED = _quotients(
    (2756255671327, 12835298489170),
    (-10771552573575, 22201958757719),
    (9247589265047, 10645013368117),
    (2193209047091, 5459859503100),
)

ROWS: dict[str, tuple[int, Rows, Rows, Weights, Embedded | None]] = {
    "ars111": (1, [[], [1]], [[], [0, 1]], ([1, 0], [0, 1]), None),
    "ars222": (
        2,
        [[], [g], [d, 1 - d]],
        [[], [0, g], [0, 1 - g, g]],
        ([d, 1 - d, 0], [0, 1 - g, g]),
        None,
    ),
    "ars232": (
        2,
        [[], [g], [d_232, 1 - d_232]],
        [[], [0, g], [0, 1 - g, g]],
        ([0, 1 - g, g], [0, 1 - g, g]),
        None,
    ),
    "ars233": (
        3,
        [[], [g_233], [g_233 - 1, 2 * (1 - g_233)]],
        [[], [0, g_233], [0, 1 - 2 * g_233, g_233]],
        ([0, 1 / 2, 1 / 2], [0, 1 / 2, 1 / 2]),
        None,
    ),
    "ars443": (
        3,
        [
            [],
            [1 / 2],
            [11 / 18, 1 / 18],
            [5 / 6, -5 / 6, 1 / 2],
            [1 / 4, 7 / 4, 3 / 4, -7 / 4],
        ],
        [
            [],
            [0, 1 / 2],
            [0, 1 / 6, 1 / 2],
            [0, -1 / 2, 1 / 2, 1 / 2],
            [0, 3 / 2, -3 / 2, 1 / 2, 1 / 2],
        ],
        ([1 / 4, 7 / 4, 3 / 4, -7 / 4, 0], [0, 3 / 2, -3 / 2, 1 / 2, 1 / 2]),
        None,
    ),
    "ssp222": (
        2,
        [[], [1]],
        [[g], [1 - 2 * g, g]],
        ([1 / 2, 1 / 2], [1 / 2, 1 / 2]),
        None,
    ),
    "ssp322": (
        2,
        [[], [0], [0, 1]],
        [[1 / 2], [-1 / 2, 1 / 2], [0, 1 / 2, 1 / 2]],
        ([0, 1 / 2, 1 / 2], [0, 1 / 2, 1 / 2]),
        None,
    ),
    "ssp332": (
        2,
        [[], [1 / 2], [1 / 2, 1 / 2]],
        [[1 / 4], [0, 1 / 4], [1 / 3, 1 / 3, 1 / 3]],
        ([1 / 3, 1 / 3, 1 / 3], [1 / 3, 1 / 3, 1 / 3]),
        None,
    ),
    "ssp433": (
        3,
        [[], [0], [0, 1], [0, 1 / 4, 1 / 4]],
        [[a], [-a, a], [0, 1 - a, a], [b, e, 1 / 2 - b - e - a, a]],
        ([0, 1 / 6, 1 / 6, 2 / 3], [0, 1 / 6, 1 / 6, 2 / 3]),
        None,
    ),
    "dp242": (
        2,
        [[], [0], [0, 1], [0, 1 / 2, 1 / 2]],
        [[a], [-a, a], [0, 1 - a, a], [0, 1 / 2, 1 / 2 - a, a]],
        ([0, 1 / 2, 1 / 2, 0], [0, 1 / 2, 1 / 2 - a, a]),
        None,
    ),
    "bpr353": (
        3,
        [[], [1], [4 / 9, 2 / 9], [1 / 4, 0, 3 / 4], [1 / 4, 0, 3 / 4]],
        [
            [],
            [1 / 2, 1 / 2],
            [5 / 18, -1 / 9, 1 / 2],
            [1 / 2, 0, 0, 1 / 2],
            [1 / 4, 0, 3 / 4, -1 / 2, 1 / 2],
        ],
        ([1 / 4, 0, 3 / 4, 0, 0], [1 / 4, 0, 3 / 4, -1 / 2, 1 / 2]),
        None,
    ),
    "ark324": (
        3,
        ARK_EXPLICIT,
        ARK_IMPLICIT,
        (ARK_LAST, ARK_LAST),
        (2, ARK_EMBEDDED, ARK_EMBEDDED),
    ),
    "heun": (2, [[], [1]], [[], []], ([1 / 2, 1 / 2], [0, 0]), None),
    "rk4": (
        4,
        [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
        [[], [], [], []],
        ([1 / 6, 1 / 3, 1 / 3, 1 / 6], [0, 0, 0, 0]),
        None,
    ),
}
