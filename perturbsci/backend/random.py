"""Random streams: Philox4x32-10, the same bits on any machine, device and thread count.

One block of a stream is four words of 32 bits, ten rounds over a counter and a key:
(c0, c1, c2, c3) <- (hi(p1) ^ c1 ^ k0, lo(p1), hi(p0) ^ c3 ^ k1, lo(p0)) with
p0 = 0xD2511F53 c0, p1 = 0xCD9E8D57 c2; each round adds 0x9E3779B9 to k0, 0xBB67AE85 to k1.
Element e of a stream takes half of block e // 2: counter = (block, stream), key = seed.

References: Salmon, Moraes, Dror, Shaw (2011); Wichura (1988), algorithm AS 241 (PPND16).
"""

import contextlib
import math
import operator

import numpy

from perturbsci.backend.arrays import namespace
from perturbsci.backend.context import get_backend, use
from perturbsci.backend.language import u4, u8
from perturbsci.backend.launch import Kernel, kernel
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array, Seed

__all__ = ["philox", "uniform"]

LOW = 0xFFFFFFFF
FRACTION = 2**53 - 1
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


# The rounds stand outside, the lanes inside: only so does the compiler use SIMD. The ten
# turns stand in each kernel, because a function that holds a loop is not inlined.
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


def uniform(
    shape: int | tuple[int, ...],
    *,
    seed: Seed,
    stream: int = 0,
    offset: int = 0,
    dtype: str = "f8",
    backend: str | None = None,
) -> Array:
    """Return numbers of equal probability in [0, 1): multiples of 2^-53, float32 2^-24.

    Level bitwise. ``uniform(n, offset=k)`` continues ``uniform(k)``: the two together are
    ``uniform(k + n)``.

    Parameters
    ----------
    shape : int or tuple of int
        Of the result.
    seed : int or numpy.random.Generator
        In [0, 2^64); a generator gives one draw of 64 bits.
    stream, offset : int
        Which of 2^64 independent streams of the seed; how many of its elements to skip.
    dtype : str
        ``"f8"`` or ``"f4"``.
    backend : str, optional
        As for ``use``; default the backend in force.

    Returns
    -------
    draws : array, shape (...)
        As asked for, of the backend.

    Raises
    ------
    ParameterError
        If an argument is outside its range.

    Notes
    -----
    About 3 ns a number.

    Examples
    --------
    >>> uniform(3, seed=0)
    array([0.39904689, 0.73571256, 0.9722413 ])
    """
    where = (seed, stream, offset, backend)
    return _draws(uniform_pairs, shape, *where, _real(dtype), *UNIFORM[dtype])


def philox(counter: Array, key: Array) -> Array:
    """Return the four words that Philox4x32-10 makes of each counter.

    Level bitwise.

    Parameters
    ----------
    counter : uint32 array, shape (..., 4)
        Low word first.
    key : uint32 array, shape (2,)
        Low word first.

    Returns
    -------
    words : uint32 array, shape (..., 4)
        Of the library of ``counter``.

    Raises
    ------
    ShapeError
        If the last axis of ``counter`` is not 4, or ``key`` has another shape.

    Examples
    --------
    >>> words = philox(numpy.zeros(4, "u4"), numpy.zeros(2, "u4"))
    >>> " ".join(f"{word:08x}" for word in words.tolist())
    '6627e8d5 e169c58d bc57ac4c 9b00dbd8'
    """
    xp = namespace(counter, key, names=("counter", "key"))
    if counter.shape[-1:] != (4,):
        raise ShapeError(
            f"counter has shape {counter.shape}, needed 4 words on its last axis; pass "
            "zeros for the high words"
        )
    words = philox_words(xp.reshape(counter, (-1, 4)), key)
    return xp.reshape(words, counter.shape)


def _real(dtype: str) -> str:
    names = {"f4": "float32", "f8": "float64"}
    if dtype not in names:
        raise ParameterError(f"dtype is {dtype!r}; it must be 'f8' or 'f4'")
    return names[dtype]


def _draws(
    made: Kernel,
    shape: int | tuple[int, ...],
    seed: Seed,
    stream: int,
    offset: int,
    backend: str | None,
    dtype: str,
    *settings: object,
) -> Array:
    """Return elements offset, offset + 1, ... of a stream: whole blocks, cut to size."""
    lengths = shape if isinstance(shape, tuple) else (shape,)
    lengths = tuple(_whole(length, "shape", 2**63) for length in lengths)
    size, first = math.prod(lengths), _whole(offset, "offset", 2**63)
    key, stream = _key(seed), _whole(stream, "stream", 2**64)
    skip = first % 2
    with use(backend) if backend is not None else contextlib.nullcontext():
        xp = get_backend().xp
        pairs = xp.empty(((skip + size + 1) // 2, 2), dtype=getattr(xp, dtype))
        made(pairs, first // 2, stream, key, *settings)
        return xp.reshape(xp.reshape(pairs, (-1,))[skip : skip + size], lengths)


def _key(seed: Seed) -> int:
    if isinstance(seed, numpy.random.Generator):
        return int(seed.integers(0, 2**64, dtype=numpy.uint64))
    return _whole(seed, "seed", 2**64, " or a numpy.random.Generator")


def _whole(value: object, name: str, end: int, other: str = "") -> int:
    """Return a whole number in [0, end)."""
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = -1
    if not 0 <= number < end:
        power = end.bit_length() - 1
        raise ParameterError(
            f"{name} is {value!r:.60}; it must be a whole number in [0, 2^{power}){other}"
        )
    return number
