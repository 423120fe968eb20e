"""The smallest singular value of T - zI, and of S - zR, for many shifts z at once.

Inverse Lanczos on H = (A* A)^-1 with A = T - zI upper triangular, written as the
bidiagonalization of A^-1: unit vectors w_0, w_1, ... and numbers g_m >= 0 with

    g_m w_{m+1} = B_m conj(w_m) - g_{m-1} w_{m-1},   B_m = A^-T (m even), A^-1 (m odd).

The squared singular values of the bidiagonal matrix with diagonal g_0, g_2, ... and
superdiagonal g_1, g_3, ... are the Ritz values of H. With theta the largest of them,
sigma = theta^(-1/2), which falls to sigma_min(A) as the steps go on. Nothing is made
orthogonal again: what is lost brings copies of Ritz values, and none beyond the spectrum
of H except by rounding. Start: n^(-1/2) e^(2 pi i j golden), golden = 0.6180339887498949.

Shapes: ``smallest_singular(t, z, steps)`` with complex ``t[n, n]`` and ``z[k]`` returns
``sigma[k]`` and ``change[k]``; ``smallest_singular_pencil(s, r, z, steps)`` is the same for
S - zR. What stands below the diagonals is not read. ``change`` is the larger relative
change of theta over the last two steps, 1 if there are fewer than three; 0 steps give inf.
Level bitwise.

Accuracy: a solve is exact for A + E, abs(E) <= n unit roundoffs abs(A) entry by entry, and
sigma is below sigma_min(A) by no more than such an E can move it. An exact eigenvalue gives
0, and so does a sigma whose inverse, or norm(A) / sigma, overflows; an entry that is not
finite gives NaN. Any scale of T is fine.

Cost: 8 n^2 flops a step and shift, twice that for the pencil; 8 n + 2 steps numbers of
scratch a shift: give some hundred shifts at a time.

References: Golub and Kahan (1965); Trefethen and Embree (2005), chapter 39.
"""

import math
from collections.abc import Callable

import numpy

from perturbsci.backend.kernels.complexes import times
from perturbsci.backend.launch import Kernel, kernel_from_text
from perturbsci.backend.random import uniform

__all__ = ["smallest_singular", "smallest_singular_pencil"]

# One turn of the start vector: e^(2 pi i golden).
TURN_R, TURN_I = -0.7373688780783198, -0.6754902942615236

OUTPUTS = (
    "-> sigma[k], change[k], _ar[n, k], _ai[n, k], _xr[n, k], _xi[n, k], "
    "_wr[2, n, k], _wi[2, n, k], _g[2, steps, k]"
)

# The text of both kernels, which differ in the entries of A alone. w_m and w_{m+2} share
# a place; x stands in the order of the sweep, which goes upwards if m is odd.
BODY = """
def {name}(
    k, {matrices}, z, steps, sigma, change, _ar, _ai, _xr, _xi, _wr, _wi, _g
):
    undefined = 0.0  # NaN if an entry is not finite
    wr = 1.0 / sqrt(float({first}.shape[0]))
    wi = 0.0
    for i in range({first}.shape[0]):
        dr, di = {diagonal}
        undefined += 0.0 * dr + 0.0 * di
        er, ei = _reciprocal(dr, di)
        _ar[i, k] = er
        _ai[i, k] = ei
        _wr[0, i, k] = wr
        _wi[0, i, k] = wi
        _wr[1, i, k] = _wi[1, i, k] = 0.0
        wr, wi = times(wr, wi, TURN_R, TURN_I)
        for j in range(i + 1, {first}.shape[0]):
            ur, ui = {above}
            undefined += 0.0 * ur + 0.0 * ui
    g = peak = ratio = 0.0
    inverse = 1.0
    for m in range(2 * steps - 1):
        for p in range({first}.shape[0]):
            sr = inverse * _wr[m % 2, _swept(p, m, {first}.shape[0]), k]
            si = -inverse * _wi[m % 2, _swept(p, m, {first}.shape[0]), k]
            for q in range(p):
                row = q + (m % 2) * ({first}.shape[0] - 1 - p - q)
                column = p + (m % 2) * ({first}.shape[0] - 1 - p - q)
                ar, ai = {entry}
                sr -= ar * _xr[q, k] - ai * _xi[q, k]
                si -= ar * _xi[q, k] + ai * _xr[q, k]
            at = _swept(p, m, {first}.shape[0])
            _xr[p, k] = sr * _ar[at, k] - si * _ai[at, k]
            _xi[p, k] = sr * _ai[at, k] + si * _ar[at, k]
        top = total = 0.0
        for p in range({first}.shape[0]):
            to = _swept(p, m, {first}.shape[0])
            vr = _xr[p, k] - ratio * _wr[1 - m % 2, to, k]
            vi = _xi[p, k] - ratio * _wi[1 - m % 2, to, k]
            _wr[1 - m % 2, to, k] = vr
            _wi[1 - m % 2, to, k] = vi
            top = max(top, max(abs(vr), abs(vi)))
        scale = 1.0 / top if top > 0.0 else 0.0
        for i in range({first}.shape[0]):
            total += (scale * _wr[1 - m % 2, i, k]) ** 2
            total += (scale * _wi[1 - m % 2, i, k]) ** 2
        g = top * sqrt(total)
        _g[1, 0, k] = 0.0
        _g[m % 2, (m + 1) // 2, k] = g
        peak = max(peak, g)
        ratio = g * inverse
        inverse = 1.0 / g if g > 0.0 else 0.0
    shrink = 1.0 / peak
    theta = before = earlier = 0.0
    for drop in range(2, -1, -1):
        earlier = before
        before = theta
        theta = 0.0
        high = 4.0  # the largest g is 1 now
        for _bisection in range(60):
            # An eigenvalue is not below y as soon as one pivot d of LDL* is not below 0.
            y = 0.5 * (theta + high)
            largest = -1.0
            d = 1.0
            a = 0.0
            for j in range(steps - drop):
                b = shrink * _g[1, j, k]
                d = (a * b) ** 2 / d
                a = shrink * _g[0, j, k]
                d = a * a + b * b - y - d
                largest = max(largest, d)
            theta = y if largest >= 0.0 else theta
            high = high if largest >= 0.0 else y
    # A division by 0 or an overflow leaves every later g undefined: sigma is 0 there.
    known = 0.0 * g == 0.0
    sigma[k] = shrink / sqrt(theta) if known else undefined
    changed = max(_relative(theta, before), _relative(before, earlier))
    change[k] = changed if known else undefined
"""


def _reciprocal(x: float, y: float) -> tuple[float, float]:
    """Return 1 / (x + iy) without overflow on the way; NaN at 0."""
    top = max(abs(x), abs(y))
    a = x / top
    b = y / top
    scale = 1.0 / ((a * a + b * b) * top)
    return a * scale, -(b * scale)


def _swept(p: int, m: int, n: int) -> int:
    """Return the row that sweep m solves for at turn p."""
    return p + (m % 2) * (n - 1 - 2 * p)


def _relative(theta: float, before: float) -> float:
    """Return the relative change; 1 where there is nothing to compare."""
    return abs(theta - before) / theta if theta > 0.0 else 1.0


def _pair(x: float, y: float) -> tuple[float, float]:
    """Return both: an entry of T above its diagonal."""
    return x, y


def _shifted(x: float, y: float, z_r: float, z_i: float) -> tuple[float, float]:
    """Return an entry of T - zI on its diagonal."""
    return x - z_r, y - z_i


def _mixed(
    x: float, y: float, r_r: float, r_i: float, z_r: float, z_i: float
) -> tuple[float, float]:
    """Return an entry of S - zR."""
    return x - (z_r * r_r - z_i * r_i), y - (z_r * r_i + z_i * r_r)


FUNCTIONS = (math.sqrt, times, _reciprocal, _swept, _relative, _pair, _shifted, _mixed)


def _example(count: int) -> Callable[[str, int], tuple[object, ...]]:
    """Return what makes triangular matrices of order 6 and the shifts of 70 lanes."""

    def example(dtype: str, seed: int) -> tuple[object, ...]:
        parts = uniform((2, count + 2, 6, 6), seed=seed, dtype=dtype)
        entries = parts[0] + 1j * parts[1]
        return (*numpy.triu(entries[:count]), entries[count:].ravel()[:70], 4)

    return example


def _made(name: str, matrices: tuple[str, ...], diagonal: str, above: str) -> Kernel:
    """Return the kernel for these matrices; diagonal and above read an entry [i, j]."""

    def entry(text: str, row: str, column: str) -> str:
        return text.replace("[i, j", f"[{row}, {column}")

    body = BODY.format(
        name=name,
        matrices=", ".join(matrices),
        first=matrices[0],
        diagonal=entry(diagonal, "i", "i"),
        above=above,
        entry=entry(above, "row", "column"),
    )
    inputs = ", ".join([f"{matrix}[n, n]:c" for matrix in matrices])
    return kernel_from_text(
        name,
        body,
        f"{inputs}, z[k]:c, steps:i {OUTPUTS}",
        over="k",
        cost="n n steps",
        schedule="lanes",
        visible={"TURN_R": TURN_R, "TURN_I": TURN_I, **{f.__name__: f for f in FUNCTIONS}},
        example=_example(len(matrices)),
    )


PENCIL = "_mixed(s[i, j, 0], s[i, j, 1], r[i, j, 0], r[i, j, 1], z[k, 0], z[k, 1])"
smallest_singular = _made(
    "smallest_singular",
    ("t",),
    "_shifted(t[i, j, 0], t[i, j, 1], z[k, 0], z[k, 1])",
    "_pair(t[i, j, 0], t[i, j, 1])",
)
smallest_singular_pencil = _made("smallest_singular_pencil", ("s", "r"), PENCIL, PENCIL)
