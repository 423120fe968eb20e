"""The functions that bodies may call, recognized by identity.

Five of them have a meaning in kernels only; ``backend.language`` offers them to users.
"""

import math
from collections.abc import Mapping

from perturbsci.errors import KernelError

__all__ = [
    "CONVERSIONS",
    "NATIVE",
    "PORTABLE",
    "from_bits",
    "to_bits",
    "u4",
    "u8",
    "wide",
]


def wide(x: float) -> float:
    """Return a number as f8 (float64), whatever T is.

    Parameters
    ----------
    x : number
        Of any number type.

    Returns
    -------
    value : number
        Of type f8.

    Raises
    ------
    KernelError
        If it is called outside a kernel.
    """
    raise _outside("wide", x)


def to_bits(x: float) -> int:
    """Return the bits of a real number as an unsigned integer of its width.

    Parameters
    ----------
    x : number
        T or f8.

    Returns
    -------
    value : number
        U (as wide as T) or u8.

    Raises
    ------
    KernelError
        If it is called outside a kernel.
    """
    raise _outside("to_bits", x)


def from_bits(x: int) -> float:
    """Return the real number with these bits: the inverse of ``to_bits``.

    Parameters
    ----------
    x : number
        U or u8.

    Returns
    -------
    value : number
        T or f8.

    Raises
    ------
    KernelError
        If it is called outside a kernel.
    """
    raise _outside("from_bits", x)


def u4(x: float) -> int:
    """Return a number as an unsigned integer of 32 bits.

    Parameters
    ----------
    x : number
        Of any number type.

    Returns
    -------
    value : number
        Modulo 2^32.

    Raises
    ------
    KernelError
        If it is called outside a kernel.
    """
    raise _outside("u4", x)


def u8(x: float) -> int:
    """Return a number as an unsigned integer of 64 bits.

    Parameters
    ----------
    x : number
        Of any number type.

    Returns
    -------
    value : number
        Modulo 2^64.

    Raises
    ------
    KernelError
        If it is called outside a kernel.
    """
    raise _outside("u8", x)


def _outside(name: str, x: float) -> KernelError:
    return KernelError(f"{name}({x!r}) has a meaning in kernels only; use NumPy there")


PORTABLE = {
    getattr(math, name): name
    for name in ("exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf", "pow")
}
CONVERSIONS: Mapping[object, str] = {
    float: "T",
    int: "i",
    wide: "f8",
    u4: "u4",
    u8: "u8",
    to_bits: "U",
    from_bits: "T",
}
NATIVE: Mapping[object, str] = {
    abs: "abs",
    math.fabs: "abs",
    math.sqrt: "sqrt",
    math.floor: "floor",
}
