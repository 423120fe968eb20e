"""Elementary functions in the kernel language: the same bits on every target.

Only +, -, *, /, comparisons and bit casts, in a fixed order; errors in units in the last
place (ulp) stand in each docstring and are tested against mpmath.

References: Cody and Waite (1980) for the argument reductions.
"""

import functools
import math

from perturbsci.backend import tree
from perturbsci.backend.language import from_bits, parse_function, u8, unsigned

__all__ = ["variant"]

LN2_HIGH = 0.693147180369123816490  # 32 bits: k * LN2_HIGH is exact for |k| < 2^20
LN2_LOW = 1.90821492927058770002e-10
LN2_HIGH_F4 = 0.693359375  # 9 bits
LN2_LOW_F4 = -2.12194440054690583e-4
INVERSE_LN2 = 1.4426950408889634


def exp(x: float) -> float:
    """e^x within 1.2 ulp: x = k ln 2 + r, Taylor of degree 13 in r, times 2^k."""
    inside = min(max(x, -746.0), 710.0)
    inside = 0.0 if x != x else inside
    k = math.floor(inside * INVERSE_LN2 + 0.5)
    r = (inside - k * LN2_HIGH) - k * LN2_LOW
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = (p * r) * r + r
    # Two factors: 2^1024 is no number, and 2^-1074 is reached with one rounding.
    half = k // 2
    scaled = (1.0 + p) * from_bits(u8(half + 1023) << 52)
    scaled = scaled * from_bits(u8(k - half + 1023) << 52)
    return x if x != x else scaled


def exp_single(x: float) -> float:
    """e^x within 1.2 ulp in float32: Taylor of degree 7."""
    inside = min(max(x, -104.0), 89.0)
    inside = 0.0 if x != x else inside
    k = math.floor(inside * INVERSE_LN2 + 0.5)
    r = (inside - k * LN2_HIGH_F4) - k * LN2_LOW_F4
    p = 1.9841269841e-4 * r + 1.3888888889e-3
    p = p * r + 8.3333333333e-3
    p = p * r + 4.1666666667e-2
    p = p * r + 1.6666666667e-1
    p = p * r + 0.5
    p = (p * r) * r + r
    half = k // 2
    scaled = (1.0 + p) * from_bits(unsigned(half + 127) << 23)
    scaled = scaled * from_bits(unsigned(k - half + 127) << 23)
    return x if x != x else scaled


VARIANTS = {"exp": {"f4": exp_single, "f8": exp}}


@functools.cache
def variant(name: str, dtype: str) -> tree.Function:
    """Return a portable function for one precision.

    Parameters
    ----------
    name : str
        As in ``math``.
    dtype : str
        ``"f4"`` or ``"f8"``.

    Returns
    -------
    function : tree.Function
        Parsed once.
    """
    function = VARIANTS[name][dtype]
    kind = "f8" if dtype == "f8" else "T"
    return parse_function(function, (kind,) * function.__code__.co_argcount)
