"""Elementary functions in the kernel language: the same bits on every target.

Only +, -, *, /, comparisons and casts of bits, in a fixed order and without a branch, so
that loops stay SIMD. Each function is written once, and bound to the constants of float64
and of float32. Adding 1.5 2^52 (float32: 1.5 2^23) rounds to a whole number whose low bits
are then those of the sum: nothing is converted to an integer. A NaN that comes in goes out
as it is; one that is made is the constant, never the result of an operation, whose sign
differs between targets. Largest errors found, in units in the last place (ulp), stand in
``docs/methods/backend.md``.

References: Cody and Waite (1980) for the reductions.
"""

import functools
import math
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import NamedTuple, cast

from perturbsci.backend import polynomials, tree
from perturbsci.backend.language import from_bits, parse_function, to_bits

__all__ = ["variant"]

INVERSE_LN2, TWO_OVER_PI = 1.4426950408889634, 0.6366197723675814
INFINITY, NAN = math.inf, math.nan
Real = Callable[[float], float]
Reals = Callable[[float], tuple[float, ...]]
Pair = Callable[[float, float], float]


class Format(NamedTuple):
    """One precision: its bits, and constants and polynomials that belong to it."""

    shift: int  # bits of the fraction
    bias: int  # of the exponent
    width: int  # bits in all
    tail_bits: int  # low bits to drop so that products are exact
    root: int  # the bits of sqrt(1/2)
    ln2_high: float  # few enough bits that k ln2_high is exact
    ln2_low: float
    exp_low: float  # e^x is 0 below, inf above
    exp_high: float
    erf_last: float  # erf(x) is 1 beyond
    angle_last: float  # sin and cos are NaN beyond
    angle: Reals
    exp_tail: Real
    erf_inner: Real
    erf_outer: Real
    log_tail: Real
    log_rest: Real
    sin_tail: Real
    cos_tail: Real


def exponentials(form: Format) -> tuple[Real, Real, Real, Real, Pair, Real]:
    """Return exp, expm1, tanh, erf, and what logarithms and powers need of them."""
    shift, low, high = form.shift, form.exp_low, form.exp_high
    ln2_high, ln2_low, tail = form.ln2_high, form.ln2_low, form.exp_tail
    last, inner, outer = form.erf_last, form.erf_inner, form.erf_outer
    rounder = 1.5 * 2.0**shift + 2 * form.bias
    negator = 1.5 * 2.0**shift + form.bias

    def scaled(y: float, rounded: float) -> float:
        """Give y 2^k in two factors: 2^1024 is no number, 2^-1074 needs one rounding."""
        bits = to_bits(rounded)
        half = bits >> 1
        return (y * from_bits(half << shift)) * from_bits((bits - half) << shift)

    def inverse_power(k: float) -> float:
        """Give 2^-k; what is below 2^-100 changes nothing."""
        return from_bits(to_bits(negator - min(k, 100.0)) << shift)

    def exp(x: float) -> float:
        """2^k (1 + r + r^2 tail(r)) with x = k ln 2 + r."""
        inside = min(max(x, low), high)
        rounded = inside * INVERSE_LN2 + rounder
        k = rounded - rounder
        r = (inside - k * ln2_high) - k * ln2_low
        y = scaled(1.0 + (r + (r * r) * tail(r)), rounded)
        return x if x != x else y

    def expm1(x: float) -> float:
        """2^k (y + (r^2 tail(r) + lost)), y = (1 - 2^-k) + r, with what r and y lost."""
        inside = min(max(x, -40.0), high)
        rounded = inside * INVERSE_LN2 + rounder
        k = rounded - rounder
        far = inside - k * ln2_high
        near = k * ln2_low
        r = far - near
        base = 1.0 - inverse_power(k)
        y = base + r
        lost = ((far - r) - near) + ((base - y) + r)
        y = scaled(y + ((r * r) * tail(r) + lost), rounded)
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

    return exp, expm1, tanh, erf, scaled, inverse_power


def logarithms(form: Format, inverse_power: Real) -> tuple[Real, Real, Reals]:
    """Return log, log1p, and the reduction that powers need."""
    shift, root, smallest = form.shift, form.root, 2.0 ** (1 - form.bias)
    ln2_high, ln2_low, tail = form.ln2_high, form.ln2_low, form.log_tail
    fraction, above = (1 << shift) - 1, (form.bias << shift) - root
    whole, offset = (form.bias + shift) << shift, 2.0**shift + form.bias
    lift, drop = 2.0 ** (shift + 2), shift + 2.0

    def reduced(x: float) -> tuple[float, float]:
        """Give k and f of x = 2^k (1 + f) > 0, sqrt(1/2) <= 1 + f < sqrt(2)."""
        is_small = x < smallest
        bits = to_bits(x * lift if is_small else x) + above
        k = from_bits((bits >> shift) | whole) - offset
        k = k - drop if is_small else k
        return k, from_bits((bits & fraction) + root) - 1.0

    def combined(k: float, f: float) -> float:
        """Give k ln 2 + log(1 + f): s = f/(2 + f), so f = 2s + s f, and f stands apart."""
        s = f / (2.0 + f)
        z = s * s
        h = (0.5 * f) * f
        return k * ln2_high - ((h - (s * (h + z * tail(z)) + k * ln2_low)) - f)

    def log(x: float) -> float:
        """Take the reduced argument."""
        k, f = reduced(x)
        y = combined(k, f)
        y = y if x > 0.0 else (-INFINITY if x == 0.0 else NAN)
        return y if x < INFINITY else x

    def log1p(x: float) -> float:
        """Take the logarithm of u = 1 + x; what u lost goes to f."""
        u = 1.0 + x
        v = u - 1.0
        lost = (1.0 - (u - v)) + (x - v)
        k, f = reduced(u)
        y = combined(k, f + lost * inverse_power(k))
        y = y if x > -1.0 else (-INFINITY if x == -1.0 else NAN)
        y = y if abs(x) > 0.0 else x
        return y if x < INFINITY else x

    return log, log1p, reduced


def product_of_heads(form: Format, reduced: Reals) -> tuple[Real, Reals]:
    """Return the upper half of a number, and the logarithm in two parts."""
    ln2_high, ln2_low, rest = form.ln2_high, form.ln2_low, form.log_rest
    mask = (1 << form.width) - (1 << form.tail_bits)
    size = 1 << (form.shift + 1 - form.tail_bits)
    two_thirds = (2 * size // 3) / size
    missing = (2 * size % 3) / (3 * size)

    def head(x: float) -> float:
        """Keep the upper half of the digits; products of two heads are exact."""
        return from_bits(to_bits(x) & mask)

    def log_in_two(x: float) -> tuple[float, float]:
        """Give log x as a sum: k ln 2 + 2s + s w, w = 2/3 s^2 + s^4 rest(s^2)."""
        k, f = reduced(x)
        d = 2.0 + f
        d_head = head(d)
        inverse = 1.0 / d
        s_head = head(f * inverse)
        s_low = ((f - s_head * d_head) - s_head * (f - (d_head - 2.0))) * inverse
        s = s_head + s_low
        z = s * s
        z_head = head(s_head * s_head)
        z_low = (s_head * s_head - z_head) + s_low * (s_head + s)
        w = two_thirds * z_head
        w_low = (two_thirds * z_low + missing * z) + (z * z) * rest(z)
        w_head = head(w + w_low)
        w_low = (w - w_head) + w_low
        first = 2.0 * s_head
        second = s_head * w_head
        near = first + second
        near_low = (second - (near - first)) + (2.0 * s_low + (s * w_low + s_low * w_head))
        far = k * ln2_high
        total = far + near
        return total, (near - (total - far)) + (near_low + k * ln2_low)

    return head, log_in_two


def powers(form: Format, scaled: Pair, head: Real, log_in_two: Reals) -> Pair:
    """Return pow."""
    low, high, tail = form.exp_low, form.exp_high, form.exp_tail
    ln2_high, ln2_low = form.ln2_high, form.ln2_low
    rounder, whole = 1.5 * 2.0**form.shift + 2 * form.bias, 2.0**form.shift
    sign, most = 1 << (form.width - 1), 2.0**66

    def magnitude(x: float, y: float) -> float:
        """exp(y log x) for x >= 0; beyond 2^66 every y is as good as infinite."""
        y_inside = min(max(y, -most), most)
        log_high, log_low = log_in_two(x)
        log_head = head(log_high + log_low)
        log_low = (log_high - log_head) + log_low
        y_head = head(y_inside)
        product = y_head * log_head
        lost = y_head * log_low + (y_inside - y_head) * (log_head + log_low)
        inside = min(max(product, low), high)
        rounded = inside * INVERSE_LN2 + rounder
        k = rounded - rounder
        r = ((inside - k * ln2_high) - k * ln2_low) + lost
        power = scaled(1.0 + (r + (r * r) * tail(r)), rounded)
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
        power = magnitude(a, y)
        is_negative = is_whole and not is_even and (to_bits(x) & sign) != 0
        power = -power if is_negative else power
        power = NAN if x < 0.0 and a < INFINITY and not is_whole else power
        power = y if y != y else power
        power = x if x != x else power
        return 1.0 if x == 1.0 or y == 0.0 else power

    return pow


def circular(form: Format) -> tuple[Real, Real]:
    """Return sin and cos."""
    reduced, last = form.angle, form.angle_last
    sine, cosine = form.sin_tail, form.cos_tail
    sign, turn = 1 << (form.width - 1), form.width - 2

    def wave(quarters: int, r: float, c: float) -> float:
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
        rounded, r, c = reduced(a)
        y = wave(to_bits(rounded), r, c)
        y = from_bits(to_bits(y) ^ (to_bits(x) & sign))
        return y if a <= last else (x if x != x else NAN)

    def cos(x: float) -> float:
        """Go a quarter turn on."""
        a = abs(x)
        rounded, r, c = reduced(a)
        y = wave(to_bits(rounded) + 1, r, c)
        return y if a <= last else (x if x != x else NAN)

    return sin, cos


def angle(x: float) -> tuple[float, float, float]:
    """Return k + 1.5 2^52, r and c of x = k pi/2 + r + c; pi/2 in 33, 33 and 53 bits."""
    rounded = x * TWO_OVER_PI + 6755399441055744.0
    k = rounded - 6755399441055744.0
    far = x - k * 1.5707963267341256
    step = k * 6.077100506303966e-11
    near = far - step
    lost = ((far - near) - step) - k * 2.0222662487959506e-21
    r = near + lost
    return rounded, r, (near - r) + lost


def angle_single(x: float) -> tuple[float, float, float]:
    """As ``angle``, for float32; pi/2 in 14, 14, 14 and 24 bits."""
    rounded = x * TWO_OVER_PI + 12582912.0
    k = rounded - 12582912.0
    far = x - k * 1.5706787109375
    step = k * 0.00011761486530303955
    near = far - step
    lost = (far - near) - step
    step = k * 9.920313459588215e-10
    last = near - step
    lost = lost + (((near - last) - step) - k * 6.223371969669989e-14)
    r = last + lost
    return rounded, r, (last - r) + lost


FORMATS = {
    "f8": Format(
        shift=52,
        bias=1023,
        width=64,
        tail_bits=27,
        root=0x3FE6A09E667F3BCD,
        ln2_high=0.693147180369123816490,
        ln2_low=1.90821492927058770002e-10,
        exp_low=-746.0,
        exp_high=710.0,
        erf_last=6.0,
        angle_last=2.0**30,
        angle=angle,
        exp_tail=polynomials.exp_tail,
        erf_inner=polynomials.erf_inner,
        erf_outer=polynomials.erf_outer,
        log_tail=polynomials.log_tail,
        log_rest=polynomials.log_rest,
        sin_tail=polynomials.sin_tail,
        cos_tail=polynomials.cos_tail,
    ),
    "f4": Format(
        shift=23,
        bias=127,
        width=32,
        tail_bits=12,
        root=0x3F3504F3,
        ln2_high=0.693359375,
        ln2_low=-2.12194440054690583e-4,
        exp_low=-104.0,
        exp_high=89.0,
        erf_last=4.0,
        angle_last=2.0**16,
        angle=angle_single,
        exp_tail=polynomials.exp_tail_single,
        erf_inner=polynomials.erf_inner_single,
        erf_outer=polynomials.erf_outer_single,
        log_tail=polynomials.log_tail_single,
        log_rest=polynomials.log_rest_single,
        sin_tail=polynomials.sin_tail_single,
        cos_tail=polynomials.cos_tail_single,
    ),
}


@functools.cache
def variants(dtype: str) -> Mapping[str, FunctionType]:
    """Return the functions of one precision by their names."""
    form = FORMATS[dtype]
    exp, expm1, tanh, erf, scaled, inverse_power = exponentials(form)
    log, log1p, reduced = logarithms(form, inverse_power)
    pow = powers(form, scaled, *product_of_heads(form, reduced))
    found = (exp, expm1, tanh, erf, log, log1p, pow, *circular(form))
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
    function = variants(dtype)[name]
    kind = "f8" if dtype == "f8" else "T"
    return parse_function(function, (kind,) * function.__code__.co_argcount)
