"""The kernels of the random streams: Philox4x32-10, and what is made of its words.

One block of a stream is four words of 32 bits, ten rounds over a counter and a key:
(c0, c1, c2, c3) <- (hi(p1) ^ c1 ^ k0, lo(p1), hi(p0) ^ c3 ^ k1, lo(p0)) with
p0 = 0xD2511F53 c0, p1 = 0xCD9E8D57 c2; each round adds 0x9E3779B9 to k0, 0xBB67AE85 to k1.
A pair of numbers takes the two halves of a block: counter = (block, stream), key = seed.

References: Salmon, Moraes, Dror, Shaw (2011); Wichura (1988), algorithm AS 241 (PPND16).
"""

import math

import numpy

from perturbsci.backend.language import u4, u8, wide
from perturbsci.backend.launch import kernel
from perturbsci.types import Array

__all__ = ["UNIFORM", "integer_pairs", "normal_pairs", "philox_words", "uniform_pairs"]

LOW = 0xFFFFFFFF
FRACTION = 2**53 - 1
HALF = 2**52 - 1
# mask, drop, unit: float32 takes the 24 high bits of one word alone.
UNIFORM = {"f8": (2**64 - 1, 0, 2.0**-53), "f4": (0, 29, 2.0**-24)}


def _mixed(
    a: int, b: int, c: int, d: int, turn: int, seed: int
) -> tuple[int, int, int, int]:
    """Return the words after one round: 32 bits each, held in 64."""
    left = a * 0xD2511F53
    right = c * 0xCD9E8D57
    first = ((seed & LOW) + turn * 0x9E3779B9) & LOW
    second = ((seed >> 32) + turn * 0xBB67AE85) & LOW
    return (right >> 32) ^ b ^ first, right & LOW, (left >> 32) ^ d ^ second, left & LOW


def _philox_example(_dtype: str, seed: int) -> tuple[Array, ...]:
    words = (numpy.arange(44, dtype="u8") + seed) * 0x9E3779B97F4A7C15 >> 32
    words = words.astype("u4")
    return words[:40].reshape(10, 4), words[40:42].copy()


# Lanes go through a loop of the kernel side by side, but not through one of a function:
# the ten turns stand in each kernel, and its rounds become SIMD.
@kernel(
    "counter[n, 4]:u4, key[2]:u4 -> words[n, 4]:u4",
    over="n",
    cost="10",
    schedule="lanes",
    example=_philox_example,
)
def philox_words(i: int, counter: Array, key: Array, words: Array) -> None:
    """Write the four words of each counter."""
    a = u8(counter[i, 0])
    b = u8(counter[i, 1])
    c = u8(counter[i, 2])
    d = u8(counter[i, 3])
    for turn in range(10):
        seed = u8(key[0]) | (u8(key[1]) << 32)
        a, b, c, d = _mixed(a, b, c, d, u8(turn), seed)
    words[i, 0] = u4(a)
    words[i, 1] = u4(b)
    words[i, 2] = u4(c)
    words[i, 3] = u4(d)


def _uniform_example(dtype: str, seed: int) -> tuple[object, ...]:
    return numpy.zeros((70, 2), dtype), 2**32 - 9, 5, seed, *UNIFORM[dtype]


@kernel(
    "pairs[n, 2], block:u8, stream:u8, seed:u8, mask:u8, drop:u8, unit -> pairs[n, 2]",
    over="n",
    cost="20",
    schedule="lanes",
    example=_uniform_example,
)
def uniform_pairs(
    i: int,
    pairs: Array,
    block: int,
    stream: int,
    seed: int,
    mask: int,
    drop: int,
    unit: float,
) -> None:
    """Write two uniform numbers."""
    a = (block + u8(i)) & LOW
    b = (block + u8(i)) >> 32
    c = stream & LOW
    d = stream >> 32
    for turn in range(10):
        a, b, c, d = _mixed(a, b, c, d, u8(turn), seed)
    pairs[i, 0] = float((((a << 21) ^ (b & mask)) & FRACTION) >> drop) * unit
    pairs[i, 1] = float((((c << 21) ^ (d & mask)) & FRACTION) >> drop) * unit


def _lower_quantile(p: float) -> float:
    """Return x <= 0 with Phi(x) = p for p <= 1/2: AS 241 (PPND16), rational functions."""
    q = 0.5 - p
    if q <= 0.425:
        r = 0.180625 - q * q
        upper = 2509.0809287301226727 * r + 33430.575583588128105
        upper = upper * r + 67265.770927008700853
        upper = upper * r + 45921.953931549871457
        upper = upper * r + 13731.693765509461125
        upper = upper * r + 1971.5909503065514427
        upper = upper * r + 133.14166789178437745
        upper = upper * r + 3.3871328727963666080
        lower = 5226.4952788528545610 * r + 28729.085735721942674
        lower = lower * r + 39307.895800092710610
        lower = lower * r + 21213.794301586595867
        lower = lower * r + 5394.1960214247511077
        lower = lower * r + 687.18700749205790830
        lower = lower * r + 42.313330701600911252
        return -q * upper / (lower * r + 1.0)
    r = math.sqrt(-math.log(p))
    if r <= 5.0:
        r = r - 1.6
        upper = 7.74545014278341407640e-4 * r + 0.0227238449892691845833
        upper = upper * r + 0.241780725177450611770
        upper = upper * r + 1.27045825245236838258
        upper = upper * r + 3.64784832476320460504
        upper = upper * r + 5.76949722146069140550
        upper = upper * r + 4.63033784615654529590
        upper = upper * r + 1.42343711074968357734
        lower = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
        lower = lower * r + 0.0151986665636164571966
        lower = lower * r + 0.148103976427480074590
        lower = lower * r + 0.689767334985100004550
        lower = lower * r + 1.67638483018380384940
        lower = lower * r + 2.05319162663775882187
        return -upper / (lower * r + 1.0)
    r = r - 5.0
    upper = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
    upper = upper * r + 1.24266094738807843860e-3
    upper = upper * r + 0.0265321895265761230930
    upper = upper * r + 0.296560571828504891230
    upper = upper * r + 1.78482653991729133580
    upper = upper * r + 5.46378491116411436990
    upper = upper * r + 6.65790464350110377720
    lower = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
    lower = lower * r + 1.84631831751005468180e-5
    lower = lower * r + 7.86869131145613259100e-4
    lower = lower * r + 0.0148753612908506148525
    lower = lower * r + 0.136929880922735805310
    lower = lower * r + 0.599832206555887937690
    return -upper / (lower * r + 1.0)


def _normal(high: int, low: int) -> float:
    """Return the quantile of p = (K + 1/2) 2^-53, K the 53 bits of two words.

    For K >= 2^52 it is minus that of 1 - p, which K' = 2^53 - 1 - K gives exactly.
    """
    bits = ((high << 21) ^ low) & FRACTION
    mirrored = bits > HALF
    smaller = FRACTION - bits if mirrored else bits
    x = _lower_quantile((wide(int(smaller)) + 0.5) * 1.1102230246251565e-16)
    return -x if mirrored else x


def _stream_example(dtype: str, seed: int) -> tuple[object, ...]:
    return numpy.zeros((70, 2), dtype), 2**32 - 9, 5, seed


@kernel(
    "pairs[n, 2], block:u8, stream:u8, seed:u8 -> pairs[n, 2]",
    over="n",
    cost="50",
    schedule="lanes",
    example=_stream_example,
)
def normal_pairs(i: int, pairs: Array, block: int, stream: int, seed: int) -> None:
    """Write two normal numbers."""
    a = (block + u8(i)) & LOW
    b = (block + u8(i)) >> 32
    c = stream & LOW
    d = stream >> 32
    for turn in range(10):
        a, b, c, d = _mixed(a, b, c, d, u8(turn), seed)
    pairs[i, 0] = float(_normal(a, b))
    pairs[i, 1] = float(_normal(c, d))


def _scaled(high: int, low: int, width: int) -> int:
    """Return the upper 64 bits of (2^32 high + low) width."""
    first = width >> 32
    second = width & LOW
    middle = high * second + ((low * second) >> 32)
    other = low * first + (middle & LOW)
    return high * first + (middle >> 32) + (other >> 32)


def _integer_example(_dtype: str, seed: int) -> tuple[object, ...]:
    return numpy.zeros((70, 2), "i8"), 2**32 - 9, 5, seed, 2**64 - 10**6, 2**40 + 7


@kernel(
    "pairs[n, 2]:i, block:u8, stream:u8, seed:u8, low:u8, width:u8 -> pairs[n, 2]:i",
    over="n",
    cost="20",
    schedule="lanes",
    example=_integer_example,
)
def integer_pairs(
    i: int, pairs: Array, block: int, stream: int, seed: int, low: int, width: int
) -> None:
    """Write two whole numbers."""
    a = (block + u8(i)) & LOW
    b = (block + u8(i)) >> 32
    c = stream & LOW
    d = stream >> 32
    for turn in range(10):
        a, b, c, d = _mixed(a, b, c, d, u8(turn), seed)
    # low comes modulo 2^64 and the sum wraps, so that it is right for low < 0.
    pairs[i, 0] = int(low + _scaled(a, b, width))
    pairs[i, 1] = int(low + _scaled(c, d, width))
