"""The scan of a diagonal system fused with its read-out: no array of states.

x_k = a x_(k-1) + b u_k and y_k = Re(c x_k) in one pass over the inputs. The sequence is
cut into chunks that run side by side: ``modal_ends`` finds the end of each chunk from 0,
carries x_end = a^T x_begin + e join them, ``modal_outputs`` runs from the right states.
Chunks and batch lie along the last axis, where neighbors in memory are neighbors in the
lanes; with many sequences there is one chunk and one pass. Their number depends on the
shape alone, so that the bits are the same for every device and number of threads.

References: Blelloch (1990), prefix sums; Smith, Warrington and Linderman (2023).
"""

from types import ModuleType

import numpy

from perturbsci.backend import namespace, random
from perturbsci.backend.launch import kernel
from perturbsci.backend.scan import linear
from perturbsci.types import Array

__all__ = ["modal_ends", "modal_outputs", "modal_scan", "power"]

LANES = 256  # sequences and chunks side by side
ENOUGH = 64  # sequences that need no chunks
SHORTEST = 32  # steps of a chunk
FEWEST = 8  # chunks that are worth a second pass


def _points(shape: tuple[int, ...], dtype: str, seed: int, stream: int) -> Array:
    """Return complex numbers with parts in [-1/2, 1/2)."""
    parts = random.uniform((*shape, 2), seed=seed, stream=stream, dtype=dtype) - 0.5
    return parts.view("c8" if dtype == "f4" else "c16")[..., 0]


def _ends_example(dtype: str, seed: int) -> tuple[object, ...]:
    u = random.uniform((2, 2, 5, 70), seed=seed, stream=2, dtype=dtype)
    return _points((2, 3), dtype, seed, 0), _points((2, 3, 2), dtype, seed, 1), u


def _outputs_example(dtype: str, seed: int) -> tuple[object, ...]:
    a, b, u = _ends_example(dtype, seed)
    c = _points((2, 2, 3), dtype, seed, 3)
    return a, b, c, u, _points((2, 3, 70), dtype, seed, 4)


@kernel(
    "a[g, n]:c, b[g, n, m]:c, u[g, m, chunk, w] -> end[g, n, w]:c",
    over="g, w",
    cost="chunk",
    schedule="lanes",
    example=_ends_example,
)
def modal_ends(i: int, k: int, a: Array, b: Array, u: Array, end: Array) -> None:
    """Write the state after the last step of a chunk that begins with 0."""
    for j in range(a.shape[1]):
        re = 0.0
        im = 0.0
        for t in range(u.shape[2]):
            before = re
            re = a[i, j, 0] * re - a[i, j, 1] * im
            im = a[i, j, 0] * im + a[i, j, 1] * before
            for q in range(u.shape[1]):
                re += b[i, j, q, 0] * u[i, q, t, k]
                im += b[i, j, q, 1] * u[i, q, t, k]
        end[i, j, k, 0] = re
        end[i, j, k, 1] = im


@kernel(
    "a[g, n]:c, b[g, n, m]:c, c[g, r, n]:c, u[g, m, chunk, w], start[g, n, w]:c"
    " -> y[g, r, chunk, w], end[g, n, w]:c",
    over="g, w",
    cost="chunk",
    schedule="lanes",
    example=_outputs_example,
)
def modal_outputs(
    i: int,
    k: int,
    a: Array,
    b: Array,
    c: Array,
    u: Array,
    start: Array,
    y: Array,
    end: Array,
) -> None:
    """Write Re(c x) for every step of a chunk, and the state after its last one."""
    for p in range(y.shape[1]):
        for t in range(u.shape[2]):
            y[i, p, t, k] = 0.0
    for j in range(a.shape[1]):
        re = start[i, j, k, 0]
        im = start[i, j, k, 1]
        for t in range(u.shape[2]):
            before = re
            re = a[i, j, 0] * re - a[i, j, 1] * im
            im = a[i, j, 0] * im + a[i, j, 1] * before
            for q in range(u.shape[1]):
                re += b[i, j, q, 0] * u[i, q, t, k]
                im += b[i, j, q, 1] * u[i, q, t, k]
            for p in range(y.shape[1]):
                y[i, p, t, k] += c[i, p, j, 0] * re - c[i, p, j, 1] * im
        end[i, j, k, 0] = re
        end[i, j, k, 1] = im


def modal_scan(
    a: Array, b: Array, c: Array, inputs: Array, initial: Array
) -> tuple[Array, Array]:
    """Return Re(c x_k) of x_k = a x_(k-1) + b u_k, and the last state.

    Parameters
    ----------
    a : complex array, shape (g, n)
        Eigenvalues of g copies.
    b : complex array, shape (g, n, m)
        Inputs of each copy.
    c : complex array, shape (g, r, n)
        Outputs of each copy.
    inputs : real array, shape (batch, length, g, m)
        u.
    initial : complex array, shape (batch, g, n)
        x_(-1).

    Returns
    -------
    outputs : real array, shape (batch, length, g, r)
        Without D.
    final : complex array, shape (batch, g, n)
        x_(length-1).

    Notes
    -----
    (10 + 4 m + 4 r) n flops a step, with chunks also (6 + 4 m) n for their ends; memory for
    the inputs and outputs once more.
    """
    xp = namespace(a)
    batch, length = inputs.shape[:2]
    count = _chunks(batch, length)
    steps = length // count
    whole = count * steps
    u = _side_by_side(xp, inputs[:, :whole], count)
    start = _starts(xp, a, b, u, initial, count) if count > 1 else initial[:, None]
    y, end = modal_outputs(a, b, c, u, _lanes(xp, start))
    outputs = _in_time(xp, y, batch)
    final = xp.moveaxis(xp.reshape(end, (*a.shape, batch, count)), (2, 3), (0, 1))[:, -1]
    if whole < length:
        rest = _side_by_side(xp, inputs[:, whole:], 1)
        y, end = modal_outputs(a, b, c, rest, _lanes(xp, final[:, None]))
        outputs = xp.concat([outputs, _in_time(xp, y, batch)], axis=1)
        final = xp.moveaxis(end, -1, 0)
    return outputs, final


def _chunks(batch: int, length: int) -> int:
    """Return into how many chunks a sequence is cut."""
    if batch >= ENOUGH:
        return 1
    count = min(LANES // batch, length // SHORTEST)
    return count if count >= FEWEST else 1


def _side_by_side(xp: ModuleType, inputs: Array, count: int) -> Array:
    """Return u with shape (g, m, steps, batch count)."""
    batch, length, copies, m = inputs.shape
    cut = xp.reshape(inputs, (batch, count, length // count, copies, m))
    turned = xp.permute_dims(cut, (3, 4, 2, 0, 1))
    flat = xp.reshape(turned, (copies, m, length // count, batch * count))
    return xp.asarray(flat, order="C")


def _in_time(xp: ModuleType, y: Array, batch: int) -> Array:
    """Return outputs with shape (batch, length, g, r)."""
    copies, r, steps, lanes = y.shape
    cut = xp.reshape(y, (copies, r, steps, batch, lanes // batch))
    turned = xp.permute_dims(cut, (3, 4, 2, 0, 1))
    return xp.reshape(turned, (batch, lanes // batch * steps, copies, r))


def _lanes(xp: ModuleType, states: Array) -> Array:
    """Return states (batch, count, g, n) with shape (g, n, batch count)."""
    batch, count, copies, n = states.shape
    turned = xp.permute_dims(states, (2, 3, 0, 1))
    return xp.asarray(xp.reshape(turned, (copies, n, batch * count)), order="C")


def _starts(
    xp: ModuleType, a: Array, b: Array, u: Array, initial: Array, count: int
) -> Array:
    """Return the state before each chunk, shape (batch, count, g, n)."""
    copies, n = a.shape
    batch = initial.shape[0]
    ends = xp.reshape(modal_ends(a, b, u), (copies, n, batch, count))
    ends = xp.reshape(xp.permute_dims(ends, (2, 3, 0, 1)), (batch, count, copies * n))
    factor = xp.reshape(power(a, u.shape[2]), (copies * n,))
    first = xp.reshape(initial, (batch, copies * n))
    after = linear(factor, ends[:, :-1], initial=first, chunk=None)
    starts = xp.concat([first[:, None], after], axis=1)
    return xp.reshape(starts, (batch, count, copies, n))


def power(a: Array, exponent: int) -> Array:
    """Return a^exponent by squaring, alike on every machine.

    Parameters
    ----------
    a : array, shape (...)
        Numbers.
    exponent : int
        From 0 on.

    Returns
    -------
    power : array, shape (...)
        Of the same dtype; what underflows is 0.
    """
    xp = namespace(a)
    result, square = xp.ones_like(a), a
    with numpy.errstate(over="ignore", invalid="ignore"):
        while exponent:
            if exponent & 1:
                result = result * square
            exponent >>= 1
            square = square * square if exponent else square
    return result
