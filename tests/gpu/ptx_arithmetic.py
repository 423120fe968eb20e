"""What single PTX operations compute, on NumPy arrays of lanes.

Addition to square root round once in IEEE arithmetic, in NumPy as on the device. A fused
product-sum is exact by Boldo and Melquiond (2008), Emulation of a FMA and correctly
rounded sums: error-free pieces, summed with rounding to odd.
"""

from fractions import Fraction

import numpy

SPLITTER = 134217729.0  # 2^27 + 1 cuts 53 bits into two halves


def ordered(relation):
    """Return a comparison; NumPy's are false for NaN, but for ``!=``."""
    names = {"eq": "equal", "lt": "less", "le": "less_equal", "gt": "greater"}
    names |= {"ge": "greater_equal", "lo": "less", "ls": "less_equal", "hi": "greater"}
    names |= {"hs": "greater_equal", "ne": "not_equal"}
    return getattr(numpy, names[relation])


def compared(relation, *, real):
    """Return the function of ``setp``: a trailing u makes it true for NaN."""
    if not real:
        return ordered(relation)
    if relation == "neu":
        return numpy.not_equal
    if relation == "ne":
        return lambda a, b: (a < b) | (a > b)
    if relation in ("num", "nan"):
        return lambda a, b: ((a == a) & (b == b)) == (relation == "num")
    opposite = {"equ": "ne", "ltu": "ge", "leu": "gt", "gtu": "le", "geu": "lt"}
    if relation in opposite:
        inner = compared(opposite[relation], real=True)
        return lambda a, b: ~inner(a, b)
    return ordered(relation)


def extreme(word):
    """Return ``min`` or ``max`` of real numbers: of a NaN and a number, the number."""
    function, choose = {
        "min": (numpy.fmin, lambda a, b: numpy.where(numpy.signbit(a), a, b)),
        "max": (numpy.fmax, lambda a, b: numpy.where(numpy.signbit(a), b, a)),
    }[word]

    def found(a, b):
        zeros = (a == 0) & (b == 0)  # -0 is smaller than +0
        return numpy.where(zeros, choose(a, b), function(a, b))[()]

    return found


def quotient(a, b):
    """Return a / b of whole numbers, cut towards zero."""
    if numpy.any(b == 0):
        raise ZeroDivisionError("a whole number is divided by zero")
    if a.dtype.kind == "u":
        return a // b
    size = abs(a).view(_unsigned(a)) // abs(b).view(_unsigned(a))
    return numpy.where((a < 0) != (b < 0), 0 - size, size).view(a.dtype)


def remainder(a, b):
    """Return what ``quotient`` leaves; it has the sign of a."""
    return a - quotient(a, b) * b


def high_part(a, b):
    """Return the upper half of the product."""
    if a.dtype.itemsize < 8:
        bits = 8 * a.dtype.itemsize
        wide = numpy.dtype(f"{a.dtype.kind}{2 * a.dtype.itemsize}")
        return ((a.astype(wide) * b.astype(wide)) >> wide.type(bits)).astype(a.dtype)
    u, v = a.view(numpy.uint64), b.view(numpy.uint64)
    half, mask = numpy.uint64(32), numpy.uint64(0xFFFFFFFF)
    u0, u1, v0, v1 = u & mask, u >> half, v & mask, v >> half
    middle = u1 * v0 + ((u0 * v0) >> half)
    other = u0 * v1 + (middle & mask)
    high = u1 * v1 + (middle >> half) + (other >> half)
    if a.dtype.kind == "i":
        zero = numpy.uint64(0)
        high = high - numpy.where(a < 0, v, zero) - numpy.where(b < 0, u, zero)
    return high.view(a.dtype)


def inserted(a, b, position, length):
    """Return b with the lowest bits of a from a position on."""
    kind = b.dtype.type
    ones = (kind(1) << length.astype(kind)) - kind(1)
    return (b & ~(ones << position.astype(kind))) | ((a & ones) << position.astype(kind))


def extracted(a, position, length):
    """Return bits of a from a position on; signed ones repeat the last of them."""
    unsigned = numpy.dtype(f"u{a.dtype.itemsize}")
    width, length = 8 * a.dtype.itemsize, length.astype(int)
    end = numpy.minimum(position.astype(int) + length, width)
    left = (a.view(unsigned) << (width - end).astype(unsigned)).view(a.dtype)
    found = left >> (width - end + position.astype(int)).astype(a.dtype)
    return numpy.where(length == 0, a.dtype.type(0), found)


def permuted(a, b, selector):
    """Return four of the eight bytes of (b, a); a selector with bit 3 repeats the sign."""
    both = (b.astype("u8") << numpy.uint64(32)) | a
    found = numpy.uint32(0)
    for k in range(4):
        pick = (selector >> numpy.uint32(4 * k)) & numpy.uint32(15)
        byte = (both >> ((pick & numpy.uint32(7)) * numpy.uint32(8)).astype("u8")).astype(
            "u1"
        )
        sign = numpy.where(byte > 127, numpy.uint8(255), numpy.uint8(0))
        byte = numpy.where(pick > 7, sign, byte).astype("u4")
        found = found | (byte << numpy.uint32(8 * k))
    return found


def wide_product(a, b):
    """Return the product in twice the width."""
    wide = numpy.dtype(f"{a.dtype.kind}{2 * a.dtype.itemsize}")
    return a.astype(wide) * b.astype(wide)


def to_whole(a, kind):
    """Return a real number without a fraction as a whole one: clamped, as the ISA says."""
    info = numpy.iinfo(kind)
    low, high = a.dtype.type(info.min), a.dtype.type(info.max)
    inside = (a >= low) & (a < high)
    found = numpy.where(inside, a, 0).astype(kind)
    found = numpy.where(a >= high, kind.type(info.max), found)
    found = numpy.where(a < low, kind.type(info.min), found)
    of_nan = 0
    if a.dtype == numpy.float64 or kind.itemsize == 8:
        of_nan = info.min if kind.kind == "i" else 1 << (info.bits - 1)
    return numpy.where(a != a, kind.type(of_nan), found).astype(kind)


def fused(a, b, c):
    """Return a b + c, rounded once."""
    if a.dtype == numpy.float32:
        # 48 bits of the product fit into 53: only the sum rounds, and it rounds to odd.
        total = _odd_sum(a.astype(float) * b.astype(float), c.astype(float))
        return total.astype(numpy.float32)
    a, b, c = (numpy.array(x) for x in numpy.broadcast_arrays(a, b, c))
    high, low = _exact_product(a, b)
    upper, rest = _exact_sum(c, low)
    top, tail = _exact_sum(high, upper)
    total = numpy.asarray(top + _odd_sum(tail, rest))
    # Zero, subnormal and huge pieces are outside the theorem; those few go by fractions.
    sizes = numpy.abs([high, total])
    outside = ((sizes < 1e-250) | ~(sizes < 1e290)).any(axis=0) | ~(abs(a) < 1e290)
    outside |= ~(abs(b) < 1e290) | ~(abs(c) < 1e290)
    for k in zip(*numpy.nonzero(numpy.atleast_1d(outside)), strict=True):
        k = k if total.ndim else ()
        total[k] = _by_fractions(float(a[k]), float(b[k]), float(c[k]))
    return total[()]


def _by_fractions(a, b, c):
    if not numpy.isfinite([a, b, c]).all():
        return c if numpy.isfinite([a, b]).all() else a * b + c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        return a * b + c if a * b == 0 else 0.0
    try:
        size = abs(exact.numerator) / exact.denominator
    except OverflowError:
        size = numpy.inf
    return size if exact > 0 else -size


def _exact_product(a, b):
    """Return product and rounding error (Dekker 1971)."""
    product = a * b
    a1 = a * SPLITTER
    a1 = a1 - (a1 - a)
    b1 = b * SPLITTER
    b1 = b1 - (b1 - b)
    a2, b2 = a - a1, b - b1
    return product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def _exact_sum(a, b):
    """Return sum and rounding error (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _odd_sum(a, b):
    """Return a + b rounded to the neighbor with an odd last bit, if it is inexact."""
    total, error = _exact_sum(a, b)
    total = numpy.asarray(total)
    even = (total.view(numpy.uint64) & numpy.uint64(1)) == 0
    up = (error > 0) == (total > 0)
    step = numpy.where(up, numpy.uint64(1), numpy.uint64(2**64 - 1))
    bits = total.view(numpy.uint64)
    moved = bits + numpy.where(even & (error != 0), step, numpy.uint64(0))
    return moved.view(numpy.float64)[()]


def _unsigned(a):
    return numpy.dtype(f"u{a.dtype.itemsize}")
