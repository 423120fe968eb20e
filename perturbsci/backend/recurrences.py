"""The kernels of x_k = a_k x_{k-1} + b_k: one pass, or chunks that are joined by carries.

Over a chunk x_end = d x_before + e, with d the product of its a_k and e the end state from
0. ``fused`` does, chunk after chunk, what ``ends``, ``carries`` and ``pass`` do in three
launches, by the same operations in the same order: equal bits, and b is read once.
Complex arrays come as real ones of twice as many columns, (real, imaginary) by turns: a
trailing axis of 2, an extent that the compiler does not know, keeps loops from SIMD.
Where a does not depend on batch or time, its extent there is 1.

References: Blelloch (1990), prefix sums.
"""

# ruff: noqa: ARG001 (an extent that no array binds is an argument, and nothing reads it)

import numpy

from perturbsci.backend.kernels.complexes import times
from perturbsci.backend.launch import kernel
from perturbsci.types import Array

__all__ = ["KERNELS"]


def _time(k: int, length: int, backward: int) -> int:
    """Return where step k of the scan stands."""
    return length - 1 - k if backward != 0 else k


def _step(
    a: float, b: float, x: float, y: float, u: float, v: float
) -> tuple[float, float]:
    """Return (a + ib)(x + iy) + (u + iv)."""
    return a * x - b * y + u, a * y + b * x + v


def _joined(
    a: float, b: float, x: float, y: float, u: float, v: float
) -> tuple[float, float]:
    """Return the state after a chunk: from 0 it is u + iv, even if a + ib overflowed."""
    first, second = _step(a, b, x, y, u, v)
    is_zero = x == 0.0 and y == 0.0
    return u if is_zero else first, v if is_zero else second


def _arrays(dtype: str, seed: int, *shapes: tuple[int, ...]) -> tuple[Array, ...]:
    """Return arrays of multiples of 1/64 in [-1/2, 1/2)."""
    numbers = numpy.arange(400, dtype="i8") * 37 + seed
    values = ((numbers % 64 - 32) / 64).astype(dtype)
    return tuple(
        values[k : k + numpy.prod(shape)].reshape(shape).copy()
        for k, shape in enumerate(shapes)
    )


def _ends_example(dtype: str, seed: int) -> tuple[object, ...]:
    return *_arrays(dtype, seed, (1, 11, 6), (2, 11, 6)), 2, 4, 0


def _carries_example(dtype: str, seed: int) -> tuple[object, ...]:
    return _arrays(dtype, seed, (2, 2, 6), (2, 2, 6), (2, 6))


def _pass_example(dtype: str, seed: int) -> tuple[object, ...]:
    return *_arrays(dtype, seed, (2, 1, 6), (2, 11, 6), (2, 3, 6)), 4, 1


def _fused_example(dtype: str, seed: int) -> tuple[object, ...]:
    return *_arrays(dtype, seed, (2, 11, 6), (2, 11, 6), (2, 6)), 4, 0


@kernel(
    "a[u, v, c], b[p, t, c], h:i, chunk:i, backward:i -> d[p, h, c], e[p, h, c]",
    over="p, h, c",
    cost="chunk",
    schedule="lanes",
    example=_ends_example,
)
def recurrence_ends(
    i: int,
    m: int,
    j: int,
    a: Array,
    b: Array,
    h: int,
    chunk: int,
    backward: int,
    d: Array,
    e: Array,
) -> None:
    """Write product and end state of each chunk but the last."""
    product = 1.0
    end = 0.0
    for k in range(m * chunk, m * chunk + chunk):
        t = _time(k, b.shape[1], backward)
        factor = a[min(i, a.shape[0] - 1), min(t, a.shape[1] - 1), j]
        product = factor * product
        end = factor * end + b[i, t, j]
    d[i, m, j] = product
    e[i, m, j] = end


@kernel(
    "d[p, h, c], e[p, h, c], start[p, c] -> carry[p, h+1, c]",
    over="p, c",
    cost="h",
    schedule="lanes",
    example=_carries_example,
)
def recurrence_carries(
    i: int, j: int, d: Array, e: Array, start: Array, carry: Array
) -> None:
    """Write the state before each chunk; from 0 it is e, even if d overflowed."""
    x = start[i, j]
    carry[i, 0, j] = x
    for m in range(d.shape[1]):
        x = e[i, m, j] if x == 0.0 else d[i, m, j] * x + e[i, m, j]
        carry[i, m + 1, j] = x


@kernel(
    "a[u, v, c], b[p, t, c], carry[p, h, c], chunk:i, backward:i -> x[p, t, c]",
    over="p, h, c",
    cost="chunk",
    schedule="lanes",
    example=_pass_example,
)
def recurrence_pass(
    i: int,
    m: int,
    j: int,
    a: Array,
    b: Array,
    carry: Array,
    chunk: int,
    backward: int,
    x: Array,
) -> None:
    """Write every state; one chunk is the plain recurrence."""
    state = carry[i, m, j]
    for k in range(m * chunk, min(m * chunk + chunk, b.shape[1])):
        t = _time(k, b.shape[1], backward)
        factor = a[min(i, a.shape[0] - 1), min(t, a.shape[1] - 1), j]
        state = factor * state + b[i, t, j]
        x[i, t, j] = state


@kernel(
    "a[u, v, c], b[p, t, c], start[p, c], chunk:i, backward:i -> x[p, t, c]",
    over="p, c",
    cost="t",
    schedule="lanes",
    example=_fused_example,
)
def recurrence_fused(
    i: int, j: int, a: Array, b: Array, start: Array, chunk: int, backward: int, x: Array
) -> None:
    """Write every state, chunk after chunk."""
    before = start[i, j]
    for m in range((b.shape[1] + chunk - 1) // chunk):
        # Not the last state is carried on but d before + e, as in the launches.
        state = before
        product = 1.0
        end = 0.0
        for k in range(m * chunk, min(m * chunk + chunk, b.shape[1])):
            t = _time(k, b.shape[1], backward)
            factor = a[min(i, a.shape[0] - 1), min(t, a.shape[1] - 1), j]
            state = factor * state + b[i, t, j]
            product = factor * product
            end = factor * end + b[i, t, j]
            x[i, t, j] = state
        before = end if before == 0.0 else product * before + end


@kernel(
    "a[u, v, w], b[p, t, w], h:i, chunk:i, backward:i, c:i -> d[p, h, w], e[p, h, w]",
    over="p, h, c",
    cost="chunk",
    schedule="lanes",
    example=lambda dtype, seed: (*_ends_example(dtype, seed), 3),
)
def complex_recurrence_ends(
    i: int,
    m: int,
    j: int,
    a: Array,
    b: Array,
    h: int,
    chunk: int,
    backward: int,
    c: int,
    d: Array,
    e: Array,
) -> None:
    """Write product and end state of each chunk but the last."""
    dr = 1.0
    di = 0.0
    er = 0.0
    ei = 0.0
    for k in range(m * chunk, m * chunk + chunk):
        t = _time(k, b.shape[1], backward)
        ar = a[min(i, a.shape[0] - 1), min(t, a.shape[1] - 1), 2 * j]
        ai = a[min(i, a.shape[0] - 1), min(t, a.shape[1] - 1), 2 * j + 1]
        dr, di = times(ar, ai, dr, di)
        er, ei = _step(ar, ai, er, ei, b[i, t, 2 * j], b[i, t, 2 * j + 1])
    d[i, m, 2 * j] = dr
    d[i, m, 2 * j + 1] = di
    e[i, m, 2 * j] = er
    e[i, m, 2 * j + 1] = ei


@kernel(
    "d[p, h, w], e[p, h, w], start[p, w], c:i -> carry[p, h+1, w]",
    over="p, c",
    cost="h",
    schedule="lanes",
    example=lambda dtype, seed: (*_carries_example(dtype, seed), 3),
)
def complex_recurrence_carries(
    i: int, j: int, d: Array, e: Array, start: Array, c: int, carry: Array
) -> None:
    """Write the state before each chunk."""
    xr = start[i, 2 * j]
    xi = start[i, 2 * j + 1]
    carry[i, 0, 2 * j] = xr
    carry[i, 0, 2 * j + 1] = xi
    for m in range(d.shape[1]):
        er = e[i, m, 2 * j]
        ei = e[i, m, 2 * j + 1]
        xr, xi = _joined(d[i, m, 2 * j], d[i, m, 2 * j + 1], xr, xi, er, ei)
        carry[i, m + 1, 2 * j] = xr
        carry[i, m + 1, 2 * j + 1] = xi


@kernel(
    "a[u, v, w], b[p, t, w], carry[p, h, w], chunk:i, backward:i, c:i -> x[p, t, w]",
    over="p, h, c",
    cost="chunk",
    schedule="lanes",
    example=lambda dtype, seed: (*_pass_example(dtype, seed), 3),
)
def complex_recurrence_pass(
    i: int,
    m: int,
    j: int,
    a: Array,
    b: Array,
    carry: Array,
    chunk: int,
    backward: int,
    c: int,
    x: Array,
) -> None:
    """Write every state; one chunk is the plain recurrence."""
    xr = carry[i, m, 2 * j]
    xi = carry[i, m, 2 * j + 1]
    for k in range(m * chunk, min(m * chunk + chunk, b.shape[1])):
        t = _time(k, b.shape[1], backward)
        ar = a[min(i, a.shape[0] - 1), min(t, a.shape[1] - 1), 2 * j]
        ai = a[min(i, a.shape[0] - 1), min(t, a.shape[1] - 1), 2 * j + 1]
        xr, xi = _step(ar, ai, xr, xi, b[i, t, 2 * j], b[i, t, 2 * j + 1])
        x[i, t, 2 * j] = xr
        x[i, t, 2 * j + 1] = xi


@kernel(
    "a[u, v, w], b[p, t, w], start[p, w], chunk:i, backward:i, c:i -> x[p, t, w]",
    over="p, c",
    cost="t",
    schedule="lanes",
    example=lambda dtype, seed: (*_fused_example(dtype, seed), 3),
)
def complex_recurrence_fused(
    i: int,
    j: int,
    a: Array,
    b: Array,
    start: Array,
    chunk: int,
    backward: int,
    c: int,
    x: Array,
) -> None:
    """Write every state, chunk after chunk."""
    before_r = start[i, 2 * j]
    before_i = start[i, 2 * j + 1]
    for m in range((b.shape[1] + chunk - 1) // chunk):
        xr = before_r
        xi = before_i
        dr = 1.0
        di = 0.0
        er = 0.0
        ei = 0.0
        for k in range(m * chunk, min(m * chunk + chunk, b.shape[1])):
            t = _time(k, b.shape[1], backward)
            ar = a[min(i, a.shape[0] - 1), min(t, a.shape[1] - 1), 2 * j]
            ai = a[min(i, a.shape[0] - 1), min(t, a.shape[1] - 1), 2 * j + 1]
            br = b[i, t, 2 * j]
            bi = b[i, t, 2 * j + 1]
            xr, xi = _step(ar, ai, xr, xi, br, bi)
            dr, di = times(ar, ai, dr, di)
            er, ei = _step(ar, ai, er, ei, br, bi)
            x[i, t, 2 * j] = xr
            x[i, t, 2 * j + 1] = xi
        before_r, before_i = _joined(dr, di, before_r, before_i, er, ei)


# By the kind of the dtype: ends, carries, pass, fused.
KERNELS = {
    "f": (recurrence_ends, recurrence_carries, recurrence_pass, recurrence_fused),
    "c": (
        complex_recurrence_ends,
        complex_recurrence_carries,
        complex_recurrence_pass,
        complex_recurrence_fused,
    ),
}
