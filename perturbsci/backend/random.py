"""Random streams: the same bits on any machine, device and thread count.

Element e of a stream is made of half a block of Philox4x32-10, block e // 2: the words
(w0, w1) for even e, (w2, w3) for odd. With wa, wb for the two and
K = (2^21 wa xor wb) mod 2^53, a uniform number is K 2^-53 (float32: floor(wa/2^8) 2^-24),
a normal one the inverse of the normal distribution at (K + 1/2) 2^-53.

References: Salmon, Moraes, Dror, Shaw (2011); Wichura (1988), algorithm AS 241.
"""

import contextlib
import math
import operator

import numpy

from perturbsci.backend.arrays import namespace
from perturbsci.backend.context import get_backend, use
from perturbsci.backend.draws import (
    UNIFORM,
    integer_pairs,
    normal_pairs,
    philox_words,
    uniform_pairs,
)
from perturbsci.backend.launch import Kernel
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array, Seed

__all__ = ["integers", "normal", "philox", "uniform"]


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


def normal(
    shape: int | tuple[int, ...],
    *,
    seed: Seed,
    stream: int = 0,
    offset: int = 0,
    dtype: str = "f8",
    backend: str | None = None,
) -> Array:
    """Return independent normal numbers of mean 0 and variance 1.

    Level bitwise. Element e is the inverse of the normal distribution at
    (K + 1/2) 2^-53 to 1e-15 relative, K the 53 bits of the uniform number e; float32 is
    that value rounded.

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
        As asked for, of the backend; abs below 8.3.

    Raises
    ------
    ParameterError
        If an argument is outside its range.

    Notes
    -----
    About 15 ns a number.

    References
    ----------
    Wichura (1988), PPND16.

    Examples
    --------
    >>> normal(3, seed=0).round(6)
    array([-0.255815,  0.630183,  1.914805])
    """
    where = (seed, stream, offset, backend)
    return _draws(normal_pairs, shape, *where, _real(dtype))


def integers(
    low: int,
    high: int,
    shape: int | tuple[int, ...],
    *,
    seed: Seed,
    stream: int = 0,
    offset: int = 0,
    backend: str | None = None,
) -> Array:
    """Return whole numbers in [low, high), low + floor(w (high - low) 2^-64).

    Level bitwise. w has 64 bits, so that no probability is wrong by more than 2^-64: a
    relative bias below 2^-64 (high - low).

    Parameters
    ----------
    low, high : int
        In [-2^63, 2^63), low < high.
    shape : int or tuple of int
        Of the result.
    seed : int or numpy.random.Generator
        In [0, 2^64); a generator gives one draw of 64 bits.
    stream, offset : int
        Which of 2^64 independent streams of the seed; how many of its elements to skip.
    backend : str, optional
        As for ``use``; default the backend in force.

    Returns
    -------
    draws : int64 array, shape (...)
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
    >>> integers(1, 7, 5, seed=0)
    array([3, 5, 6, 5, 1])
    """
    first = _whole(low, "low", 2**63, start=-(2**63))
    last = _whole(high, "high", 2**63, start=-(2**63))
    if first >= last:
        raise ParameterError(
            f"low is {low} and high is {high}; low must lie below high, which is excluded"
        )
    where = (seed, stream, offset, backend)
    return _draws(integer_pairs, shape, *where, "int64", first % 2**64, last - first)


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
    ParameterError
        If one of them is missing.
    ShapeError
        If the last axis of ``counter`` is not 4, or ``key`` has another shape.

    Examples
    --------
    >>> words = philox(numpy.zeros(4, "u4"), numpy.zeros(2, "u4"))
    >>> " ".join(f"{word:08x}" for word in words.tolist())
    '6627e8d5 e169c58d bc57ac4c 9b00dbd8'
    """
    for name, words in (("counter", counter), ("key", key)):
        if words is None:
            raise ParameterError(f"{name} is {words!r:.60}; pass an array of uint32")
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
    if not isinstance(dtype, str) or dtype not in names:
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
        chosen = get_backend()
        if 8 * size > chosen.memory:
            raise ParameterError(
                f"shape is {shape!r:.60}, which needs about {8 * min(size, 2**900):.3g} "
                f"bytes, more than the {chosen.memory:.3g} of the backend; pass a smaller "
                "one, or raise the limit with backend.use(..., memory=bytes)"
            )
        xp = chosen.xp
        pairs = xp.empty(((skip + size + 1) // 2, 2), dtype=getattr(xp, dtype))
        made(pairs, first // 2, stream, key, *settings)
        return xp.reshape(xp.reshape(pairs, (-1,))[skip : skip + size], lengths)


def _key(seed: Seed) -> int:
    if isinstance(seed, numpy.random.Generator):
        return int(seed.integers(0, 2**64, dtype=numpy.uint64))
    return _whole(seed, "seed", 2**64, other=" or a numpy.random.Generator")


def _whole(value: object, name: str, end: int, *, start: int = 0, other: str = "") -> int:
    """Return a whole number in [start, end)."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or not start <= number < end:
        least = f"-2^{start.bit_length() - 1}" if start else "0"
        raise ParameterError(
            f"{name} is {value!r:.60}; it must be a whole number in "
            f"[{least}, 2^{end.bit_length() - 1}){other}"
        )
    return number
