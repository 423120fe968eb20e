"""Differences of upwind fluxes, first to fifth order, along the first axis.

    out_i = -(F_{i+1/2} - F_{i-1/2}) / width,   F = speed v  or  F = v(plus) + v(minus),

where v is the value at the interface, reconstructed from cells on the upwind side: the
left one for a positive speed and for ``plus``, the right one for a negative speed and for
``minus``; speed 0 gives 0. Cells a, b, c, d, e are i-2 to i+2 for the interface i+1/2.

* ``upwind``: v = c.
* ``muscl``: v = c + phi/2, phi = 2 x y / (x + y) if x y > 0 else 0, with x = c - b and
  y = d - c (van Leer); second order away from extrema.
* ``weno5``: v = sum w_k q_k / sum w_k with the w_k of Jiang and Shu, epsilon = 1e-6: made
  for data of size 1, for f above 1e9 the weights of float32 underflow.

Shapes: ``f`` (or ``plus``, ``minus``) has three ghost cells on each side, ``f[n, m]``, and
out ``[n-6, m]``; ``speed[m]`` is one a column. Level bitwise. 3, 15 and 75 operations a
cell. Fast along the second axis, and along a single column; few columns (2 to 7) are slow.

References: van Leer (1974); Jiang and Shu (1996).
"""

from collections.abc import Callable
from dataclasses import replace

from perturbsci.backend.launch import Kernel, kernel
from perturbsci.backend.random import uniform
from perturbsci.types import Array

__all__ = [
    "muscl_difference",
    "muscl_split_difference",
    "upwind_difference",
    "upwind_split_difference",
    "weno5_difference",
    "weno5_split_difference",
]


Value = Callable[[float, float, float, float, float], float]


def _upwind(_a: float, _b: float, c: float, _d: float, _e: float) -> float:
    """Return v, first order."""
    return c


def _limited(x: float, y: float) -> float:
    """Return phi / 2: half the harmonic mean of two slopes, 0 at an extremum."""
    return x * y / (x + y) if x * y > 0.0 else 0.0


def _muscl(_a: float, b: float, c: float, d: float, _e: float) -> float:
    """Return v, second order."""
    return c + _limited(c - b, d - c)


def _weno5(a: float, b: float, c: float, d: float, e: float) -> float:
    """Return v, fifth order."""
    curve_0 = a - 2.0 * b + c
    curve_1 = b - 2.0 * c + d
    curve_2 = c - 2.0 * d + e
    slope_0 = a - 4.0 * b + 3.0 * c
    slope_1 = b - d
    slope_2 = 3.0 * c - 4.0 * d + e
    beta_0 = 13.0 / 12.0 * curve_0**2 + 0.25 * slope_0**2 + 1e-6
    beta_1 = 13.0 / 12.0 * curve_1**2 + 0.25 * slope_1**2 + 1e-6
    beta_2 = 13.0 / 12.0 * curve_2**2 + 0.25 * slope_2**2 + 1e-6
    w_0 = 0.1 / beta_0**2
    w_1 = 0.6 / beta_1**2
    w_2 = 0.3 / beta_2**2
    q_0 = 2.0 * a - 7.0 * b + 11.0 * c
    q_1 = -b + 5.0 * c + 2.0 * d
    q_2 = 2.0 * c + 5.0 * d - e
    return (w_0 * q_0 + w_1 * q_1 + w_2 * q_2) / (6.0 * (w_0 + w_1 + w_2))


def _upwind_side(speed: float, left: float, right: float) -> float:
    """Return the cell that the flow comes from."""
    return left if speed > 0.0 else right


def _difference(value: Value) -> Kernel:
    """Return the kernel of one speed a column; a negative one mirrors the cells."""

    def example(dtype: str, seed: int) -> tuple[object, ...]:
        f = uniform((40, 3), seed=seed, dtype=dtype)
        return f, uniform(3, seed=seed, stream=1, dtype=dtype) - 0.5, 0.125

    @kernel(
        "f[n, m], speed[m], width -> out[n-6, m]",
        over="n-6, m",
        cost="16",
        example=example,
    )
    def body(i: int, j: int, f: Array, speed: Array, width: float, out: Array) -> None:
        a = _upwind_side(speed[j], f[i, j], f[i + 6, j])
        b = _upwind_side(speed[j], f[i + 1, j], f[i + 5, j])
        c = _upwind_side(speed[j], f[i + 2, j], f[i + 4, j])
        d = f[i + 3, j]
        e = _upwind_side(speed[j], f[i + 4, j], f[i + 2, j])
        g = _upwind_side(speed[j], f[i + 5, j], f[i + 1, j])
        # Both values share their curvatures: the second costs half, and none is stored.
        jump = value(b, c, d, e, g) - value(a, b, c, d, e)
        out[i, j] = -abs(speed[j]) * jump / width

    return replace(body, name=f"{value.__name__[1:]}_difference")


def _split_difference(value: Value) -> Kernel:
    """Return the kernel of fluxes that were split into two directions."""

    def example(dtype: str, seed: int) -> tuple[object, ...]:
        parts = uniform((2, 40, 3), seed=seed, dtype=dtype)
        return parts[0], parts[1], 0.125

    @kernel(
        "plus[n, m], minus[n, m], width -> out[n-6, m]",
        over="n-6, m",
        cost="16",
        example=example,
    )
    def body(i: int, j: int, plus: Array, minus: Array, width: float, out: Array) -> None:
        a = plus[i, j]
        b = plus[i + 1, j]
        c = plus[i + 2, j]
        d = plus[i + 3, j]
        e = plus[i + 4, j]
        g = plus[i + 5, j]
        right = value(b, c, d, e, g) - value(a, b, c, d, e)
        a = minus[i + 6, j]
        b = minus[i + 5, j]
        c = minus[i + 4, j]
        d = minus[i + 3, j]
        e = minus[i + 2, j]
        g = minus[i + 1, j]
        left = value(b, c, d, e, g) - value(a, b, c, d, e)
        out[i, j] = (left - right) / width

    return replace(body, name=f"{value.__name__[1:]}_split_difference")


upwind_difference = _difference(_upwind)
muscl_difference = _difference(_muscl)
weno5_difference = _difference(_weno5)
upwind_split_difference = _split_difference(_upwind)
muscl_split_difference = _split_difference(_muscl)
weno5_split_difference = _split_difference(_weno5)
