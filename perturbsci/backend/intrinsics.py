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
    "unsigned",
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
    raise KernelError(f"wide({x!r}) has a meaning in kernels only; compute it with NumPy")


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
    raise KernelError(
        f"to_bits({x!r}) has a meaning in kernels only; compute it with NumPy"
    )


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
    raise KernelError(
        f"from_bits({x!r}) has a meaning in kernels only; compute it with NumPy"
    )


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
    raise KernelError(f"u4({x!r}) has a meaning in kernels only; compute it with NumPy")


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
    raise KernelError(f"u8({x!r}) has a meaning in kernels only; compute it with NumPy")


def unsigned(x: float) -> int:
    """Return a number as an unsigned integer as wide as T.

    Parameters
    ----------
    x : number
        Of any number type.

    Returns
    -------
    value : number
        Of type U.

    Raises
    ------
    KernelError
        If it is called outside a kernel.
    """
    raise KernelError(
        f"unsigned({x!r}) has a meaning in kernels only; compute it with NumPy"
    )


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
    unsigned: "U",
    to_bits: "U",
    from_bits: "T",
}
NATIVE: Mapping[object, str] = {
    abs: "abs",
    math.fabs: "abs",
    math.sqrt: "sqrt",
    math.floor: "floor",
}
