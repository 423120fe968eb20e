"""Classical solvers on squares that stand beside the surrogates in a study.

Advection by its characteristics; a semilinear wave equation by Chebyshev collocation and
the Runge-Kutta method of order four; diffusion whose coefficient is the solution itself by
finite differences of u^2 on nodes graded to the walls and the stabilized method RKC of
order two (Sommeijer, Shampine and Verwer 1998).
"""

import functools
import math
from collections.abc import Callable, Sequence

import numpy
from numpy.polynomial import chebyshev

from perturbsci.studies.classical import chebyshev_slopes
from perturbsci.types import Array

__all__ = ["characteristics", "porous_diffusion", "wave_collocation"]

Field = Callable[[Array, Array], Array]
DAMPING = 2.0 / 13.0  # of RKC, as its authors have it


def characteristics(
    points: Array, velocity: Callable[[Array], Array], start: Field, n_steps: int
) -> Array:
    """Return the solution of u_t + v . grad u = 0 at points of space and time.

    Parameters
    ----------
    points : array, shape (n, 3)
        x, y and t.
    velocity : callable
        v of places, shape (n, 2), the same at all times.
    start : callable
        u at time zero of arrays of x and y, shape (n,).
    n_steps : int
        Of the Runge-Kutta method of order four from each point back to time zero.

    Returns
    -------
    values : array, shape (n,)
        u, carried along the path of each point.

    Examples
    --------
    >>> def turn(at):
    ...     return numpy.stack([-at[:, 1], at[:, 0]], axis=1)
    >>> at = numpy.array([[0.0, 1.0, math.pi / 2]])
    >>> float(characteristics(at, turn, lambda x, y: x, 40)[0].round(6))
    1.0
    """
    place = numpy.array(points[:, :2], dtype=float)
    h = -numpy.asarray(points)[:, 2:] / n_steps
    for _ in range(n_steps):
        a = velocity(place)
        b = velocity(place + 0.5 * h * a)
        c = velocity(place + 0.5 * h * b)
        d = velocity(place + h * c)
        place = place + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
    return start(place[:, 0], place[:, 1])


def wave_collocation(
    state: Callable[[Array, Array, float], Array],
    rate: Callable[[Array, Array, float], Array],
    force: Callable[[Array, Array, float, Array], Array],
    times: Sequence[float] | Array,
    n: int,
    step: float,
) -> tuple[Array, Array]:
    """Return the solution of u_tt = Lap u + g(x, y, t, u) on [-1, 1]^2.

    Parameters
    ----------
    state, rate : callable
        u and u_t of x, shape (n + 1, 1), y, shape (1, n + 1), and t: looked at in the
        square at time zero, and at the walls (u only) at all times.
    force : callable
        g of x, y, t and u, shape (n + 1, n + 1).
    times : sequence or array of float, shape (k,)
        Where the solution is kept; multiples of the step, ascending.
    n : int
        Chebyshev points less one in a direction.
    step : float
        In time; stable up to about 9/n^2.

    Returns
    -------
    x : array, shape (n + 1,)
        The points of a direction.
    values : array, shape (k, n + 1, n + 1)
        u there.
    """
    x, slopes = chebyshev_slopes(n)
    bends, places = slopes @ slopes, (x[:, None], x[None, :])
    inner = numpy.zeros((n + 1, n + 1))
    inner[1:-1, 1:-1] = 1.0

    def whole(u: Array, t: float) -> Array:
        return numpy.where(inner > 0.0, u, state(*places, t))

    def change(t: float, u: Array, v: Array) -> tuple[Array, Array]:
        full = whole(u, t)
        return v, inner * (bends @ full + full @ bends.T + force(*places, t, full))

    shape = (n + 1, n + 1)
    u = numpy.broadcast_to(state(*places, 0.0), shape)
    v = inner * rate(*places, 0.0)
    now, kept = 0, []
    for goal in numpy.rint(numpy.asarray(times) / step).astype(int):
        for k in range(now, goal):
            t = k * step
            a = change(t, u, v)
            b = change(t + step / 2, u + step / 2 * a[0], v + step / 2 * a[1])
            c = change(t + step / 2, u + step / 2 * b[0], v + step / 2 * b[1])
            d = change(t + step, u + step * c[0], v + step * c[1])
            u = whole(u + step / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0]), t + step)
            v = v + step / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
        now = goal
        kept.append(u)
    return x, numpy.array(kept)


def porous_diffusion(
    start: Field, alpha: float, times: Sequence[float] | Array, n: int, n_steps: int
) -> tuple[Array, Array]:
    """Return the solution of u_t = alpha div(u grad u) on [-1, 1]^2, zero at the walls.

    Parameters
    ----------
    start : callable
        u at time zero of x, shape (n + 1, 1), and y, shape (1, n + 1); not negative.
    alpha : float
        Above zero.
    times : sequence or array of float, shape (k,)
        Where the solution is kept, ascending.
    n : int
        Intervals in a direction; the nodes are sin(pi s/2) with s equidistant.
    n_steps : int
        In time up to the last of the times: t = last (k/n_steps)^2, so that the layers
        of data that do not vanish at the walls are followed from the start.

    Returns
    -------
    x : array, shape (n + 1,)
        The nodes.
    values : array, shape (k, n + 1, n + 1)
        u there.

    Notes
    -----
    Of order two. u^2 leaves a wall linearly, u like a root: in s both are smooth. The
    number of stages of a step follows the stiffness.
    """
    x = numpy.sin(0.5 * math.pi * numpy.linspace(-1.0, 1.0, n + 1))
    gaps = numpy.diff(x)
    widths = 0.5 * (gaps[1:] + gaps[:-1])
    stiff = 2.0 * alpha * (1.0 / (gaps[1:] * gaps[:-1]))
    stiff = stiff[:, None] + stiff

    def change(u: Array) -> Array:
        w = 0.5 * alpha * u * numpy.abs(u)
        rows = numpy.diff(numpy.diff(w[:, 1:-1], axis=0) / gaps[:, None], axis=0)
        columns = numpy.diff(numpy.diff(w[1:-1], axis=1) / gaps, axis=1)
        found = numpy.zeros_like(u)
        found[1:-1, 1:-1] = rows / widths[:, None] + columns / widths
        return found

    u = numpy.zeros((n + 1, n + 1))
    u[1:-1, 1:-1] = start(x[1:-1, None], x[None, 1:-1])
    now, last, kept = 0.0, float(times[-1]), []
    steps = last * (numpy.arange(1, n_steps + 1) / n_steps) ** 2
    ends = numpy.union1d(steps, times)
    for end in ends:
        h, now = end - now, end
        radius = float((stiff * u[1:-1, 1:-1]).max())
        u = _stabilized_step(change, u, h, 2 + math.ceil(math.sqrt(1.0 + 1.6 * h * radius)))
        if end in times:
            kept.append(u)
    return x, numpy.array(kept)


def _stabilized_step(
    change: Callable[[Array], Array], u: Array, h: float, n_stages: int
) -> Array:
    """Return u after one step of RKC, stable for rates down to -0.65 n_stages^2/h."""
    first, rows = _stage_coefficients(n_stages)
    before, slope = u, change(u)
    now = u + first * h * slope
    for mu, nu, more, less in rows:
        later = (1.0 - mu - nu) * u + mu * now + nu * before
        later = later + h * (more * change(now) + less * slope)
        before, now = now, later
    return now


@functools.lru_cache(maxsize=64)
def _stage_coefficients(s: int) -> tuple[float, tuple[tuple[float, ...], ...]]:
    """Return the coefficients of RKC with s stages, Sommeijer et al. (1998), section 2."""
    w0 = 1.0 + DAMPING / s**2
    units = numpy.eye(s + 1)
    value, slope, bend = (
        numpy.array([chebyshev.chebval(w0, chebyshev.chebder(unit, k)) for unit in units])
        for k in (0, 1, 2)
    )
    w1 = slope[s] / bend[s]
    b = numpy.empty(s + 1)
    b[2:] = bend[2:] / slope[2:] ** 2
    b[:2] = b[2]
    a = 1.0 - b * value
    rows = []
    for j in range(2, s + 1):
        more = 2.0 * b[j] * w1 / b[j - 1]
        rows.append((2.0 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], more, -a[j - 1] * more))
    return b[1] * w1, tuple(tuple(float(item) for item in row) for row in rows)
