"""Elementary functions in the kernel language: the same bits on every target.

Only +, -, *, /, comparisons and casts of bits, in a fixed order and without a branch, so
that loops stay SIMD. Each function is written once, and bound to the constants of float64
and of float32. Adding 1.5 2^52 (float32: 1.5 2^23) rounds to a whole number whose low bits
are then those of the sum: nothing is converted to an integer. A NaN that comes in goes out
as it is; one that is made is the constant, never the result of an operation, whose sign
differs between targets. Bounds of the errors, in units in the last place (ulp), stand in
``docs/methods/backend.md``.

References: Cody and Waite (1980) for the reductions.
"""

import functools
import math
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import cast

from perturbsci.backend import tree
from perturbsci.backend.formats import FORMATS, Format
from perturbsci.backend.language import from_bits, parse_function, to_bits

__all__ = ["variant"]

INVERSE_LN2 = 1.4426950408889634
INFINITY, NAN = math.inf, math.nan
Real = Callable[[float], float]
Reals = Callable[[float], tuple[float, ...]]
Pair = Callable[[float, float], float]


def _exponentials(form: Format) -> tuple[Real, Real, Real, Real, Pair, Real]:
    """Return exp, expm1, tanh, erf, and what logarithms and powers need of them."""
    shift, low, high = form.SHIFT, *form.EXP_RANGE
    ln2_high, ln2_low, tail = form.LN2_HIGH, form.LN2_LOW, form.exp_tail
    last, inner, outer = form.ERF_LAST, form.erf_inner, form.erf_outer
    rounder = 1.5 * 2.0**shift + 2 * form.BIAS
    negator = 1.5 * 2.0**shift + form.BIAS

    def exp_scaled(y: float, rounded: float) -> float:
        """Give y 2^k in two factors: 2^1024 is no number, 2^-1074 needs one rounding."""
        bits = to_bits(rounded)
        half = bits >> 1
        return (y * from_bits(half << shift)) * from_bits((bits - half) << shift)

    def exp_inverse(k: float) -> float:
        """Give 2^-k; what is below 2^-100 changes nothing."""
        return from_bits(to_bits(negator - min(k, 100.0)) << shift)

    def exp(x: float) -> float:
        """2^k (1 + r + r^2 tail(r)) with x = k ln 2 + r."""
        inside = min(max(x, low), high)
        rounded = inside * INVERSE_LN2 + rounder
        k = rounded - rounder
        r = (inside - k * ln2_high) - k * ln2_low
        y = exp_scaled(1.0 + (r + (r * r) * tail(r)), rounded)
        return x if x != x else y

    def expm1(x: float) -> float:
        """2^k (y + (r^2 tail(r) + lost)), y = (1 - 2^-k) + r, with what r and y lost."""
        inside = min(max(x, -40.0), high)
        rounded = inside * INVERSE_LN2 + rounder
        k = rounded - rounder
        far = inside - k * ln2_high
        near = k * ln2_low
        r = far - near
        base = 1.0 - exp_inverse(k)
        y = base + r
        lost = ((far - r) - near) + ((base - y) + r)
        y = exp_scaled(y + ((r * r) * tail(r) + lost), rounded)
        return y if abs(x) > 0.0 else x

    def tanh(x: float) -> float:
        """u/(1 + u), 2u = expm1(2 abs x); for small u as u - u^2/(1 + u)."""
        u = 0.5 * expm1(2.0 * min(abs(x), 22.0))
        is_small = u < 0.5
        y = (u if is_small else 0.0) - (u * u if is_small else -u) / (1.0 + u)
        y = -y if x < 0.0 else y
        return y if abs(x) > 0.0 else x

    def erf(x: float) -> float:
        """Give x (1 + inner(x^2)) below 1, else 1 - exp(-outer(x - 1))."""
        a = min(abs(x), last)
        near = a + a * inner(a * a)
        far = 1.0 - exp(-outer(a - 1.0))
        y = near if a < 1.0 else far
        y = -y if x < 0.0 else y
        return y if abs(x) > 0.0 else x

    return exp, expm1, tanh, erf, exp_scaled, exp_inverse


def _logarithms(form: Format, exp_inverse: Real) -> tuple[Real, Real, Reals]:
    """Return log, log1p, and the reduction that powers need."""
    shift, root, smallest = form.SHIFT, form.ROOT, 2.0 ** (1 - form.BIAS)
    ln2_high, ln2_low, tail = form.LN2_HIGH, form.LN2_LOW, form.log_tail
    fraction, above = (1 << shift) - 1, (form.BIAS << shift) - root
    whole, offset = (form.BIAS + shift) << shift, 2.0**shift + form.BIAS
    lift, drop = 2.0 ** (shift + 2), shift + 2.0

    def log_reduced(x: float) -> tuple[float, float]:
        """Give k and f of x = 2^k (1 + f) > 0, sqrt(1/2) <= 1 + f < sqrt(2)."""
        is_small = x < smallest
        bits = to_bits(x * lift if is_small else x) + above
        k = from_bits((bits >> shift) | whole) - offset
        k = k - drop if is_small else k
        return k, from_bits((bits & fraction) + root) - 1.0

    def log_combined(k: float, f: float) -> float:
        """Give k ln 2 + log(1 + f): s = f/(2 + f), so f = 2s + s f, and f stands apart."""
        s = f / (2.0 + f)
        z = s * s
        h = (0.5 * f) * f
        return k * ln2_high - ((h - (s * (h + z * tail(z)) + k * ln2_low)) - f)

    def log(x: float) -> float:
        """Take the reduced argument."""
        k, f = log_reduced(x)
        y = log_combined(k, f)
        y = y if x > 0.0 else (-INFINITY if x == 0.0 else NAN)
        return y if x < INFINITY else x

    def log1p(x: float) -> float:
        """Take the logarithm of u = 1 + x; what u lost goes to f."""
        u = 1.0 + x
        v = u - 1.0
        lost = (1.0 - (u - v)) + (x - v)
        k, f = log_reduced(u)
        y = log_combined(k, f + lost * exp_inverse(k))
        y = y if x > -1.0 else (-INFINITY if x == -1.0 else NAN)
        y = y if abs(x) > 0.0 else x
        return y if x < INFINITY else x

    return log, log1p, log_reduced


def _logarithm_in_two(form: Format, log_reduced: Reals) -> tuple[Real, Reals]:
    """Return the upper half of a number, and the logarithm in two parts."""
    ln2_high, ln2_low, rest = form.LN2_HIGH, form.LN2_LOW, form.log_rest
    mask = (1 << form.WIDTH) - (1 << form.TAIL_BITS)
    size = 1 << (form.SHIFT + 1 - form.TAIL_BITS)
    two_thirds = (2 * size // 3) / size
    missing = (2 * size % 3) / (3 * size)

    def pow_head(x: float) -> float:
        """Keep the upper half of the digits; products of two heads are exact."""
        return from_bits(to_bits(x) & mask)

    def pow_log(x: float) -> tuple[float, float]:
        """Give log x as a sum: k ln 2 + 2s + s w, w = 2/3 s^2 + s^4 rest(s^2)."""
        k, f = log_reduced(x)
        d = 2.0 + f
        d_head = pow_head(d)
        inverse = 1.0 / d
        s_head = pow_head(f * inverse)
        s_low = ((f - s_head * d_head) - s_head * (f - (d_head - 2.0))) * inverse
        s = s_head + s_low
        z = s * s
        z_head = pow_head(s_head * s_head)
        z_low = (s_head * s_head - z_head) + s_low * (s_head + s)
        w = two_thirds * z_head
        w_low = (two_thirds * z_low + missing * z) + (z * z) * rest(z)
        w_head = pow_head(w + w_low)
        w_low = (w - w_head) + w_low
        first = 2.0 * s_head
        second = s_head * w_head
        near = first + second
        near_low = (second - (near - first)) + (2.0 * s_low + (s * w_low + s_low * w_head))
        far = k * ln2_high
        total = far + near
        return total, (near - (total - far)) + (near_low + k * ln2_low)

    return pow_head, pow_log


def _powers(form: Format, exp_scaled: Pair, pow_head: Real, pow_log: Reals) -> Pair:
    """Return pow."""
    low, high, tail = *form.EXP_RANGE, form.exp_tail
    ln2_high, ln2_low = form.LN2_HIGH, form.LN2_LOW
    rounder, whole = 1.5 * 2.0**form.SHIFT + 2 * form.BIAS, 2.0**form.SHIFT
    sign, most = 1 << (form.WIDTH - 1), 2.0**66

    def pow_magnitude(x: float, y: float) -> float:
        """exp(y log x) for x >= 0; beyond 2^66 every y is as good as infinite."""
        y_inside = min(max(y, -most), most)
        log_high, log_low = pow_log(x)
        log_head = pow_head(log_high + log_low)
        log_low = (log_high - log_head) + log_low
        y_head = pow_head(y_inside)
        product = y_head * log_head
        lost = y_head * log_low + (y_inside - y_head) * (log_head + log_low)
        inside = min(max(product, low), high)
        rounded = inside * INVERSE_LN2 + rounder
        k = rounded - rounder
        r = ((inside - k * ln2_high) - k * ln2_low) + lost
        power = exp_scaled(1.0 + (r + (r * r) * tail(r)), rounded)
        is_end = x == 0.0 or x == INFINITY or product > high or product < low
        end = INFINITY if (x > 1.0) == (y > 0.0) else 0.0
        return end if is_end else power

    def pow(x: float, y: float) -> float:
        """As in C: 1 if x = 1 or y = 0, signed for odd y, NaN for a root of x < 0."""
        a = abs(x)
        b = abs(y)
        half = 0.5 * b
        is_whole = b >= whole or (b + whole) - whole == b
        is_even = half >= whole or (half + whole) - whole == half
        power = pow_magnitude(a, y)
        is_negative = is_whole and not is_even and (to_bits(x) & sign) != 0
        power = -power if is_negative else power
        power = NAN if x < 0.0 and a < INFINITY and not is_whole else power
        power = y if y != y else power
        power = x if x != x else power
        return 1.0 if x == 1.0 or y == 0.0 else power

    return pow


def _circular(form: Format) -> tuple[Real, Real]:
    """Return sin and cos."""
    angle, last = form.sin_angle, form.ANGLE_LAST
    sine, cosine = form.sin_tail, form.cos_tail
    sign, turn = 1 << (form.WIDTH - 1), form.WIDTH - 2

    def sin_wave(quarters: int, r: float, c: float) -> float:
        """Give the sine of r + c and a number of quarter turns."""
        z = r * r
        h = 0.5 * z
        w = 1.0 - h
        even = r + ((z * r) * sine(z) + c * w)
        odd = w + (((1.0 - w) - h) + ((z * z) * cosine(z) - r * c))
        y = odd if (quarters & 1) == 1 else even
        return from_bits(to_bits(y) ^ ((quarters & 2) << turn))

    def sin(x: float) -> float:
        """Take abs x, then the sign of x."""
        a = abs(x)
        rounded, r, c = angle(a)
        y = sin_wave(to_bits(rounded), r, c)
        y = from_bits(to_bits(y) ^ (to_bits(x) & sign))
        return y if a <= last else (x if x != x else NAN)

    def cos(x: float) -> float:
        """Go a quarter turn on."""
        a = abs(x)
        rounded, r, c = angle(a)
        y = sin_wave(to_bits(rounded) + 1, r, c)
        return y if a <= last else (x if x != x else NAN)

    return sin, cos


@functools.cache
def _variants(dtype: str) -> Mapping[str, FunctionType]:
    """Return the functions of one precision by their names."""
    form = FORMATS[dtype]
    exp, expm1, tanh, erf, scaled, inverse = _exponentials(form)
    log, log1p, reduced = _logarithms(form, inverse)
    pow = _powers(form, scaled, *_logarithm_in_two(form, reduced))
    found = (exp, expm1, tanh, erf, log, log1p, pow, *_circular(form))
    return {function.__name__: cast(FunctionType, function) for function in found}


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
    function = _variants(dtype)[name]
    kind = "f8" if dtype == "f8" else "T"
    return parse_function(function, (kind,) * function.__code__.co_argcount)
