"""The response of phase-mixing orbits to a potential, mode by mode and action by action.

    f_1' + i n Omega f_1 = i n F_0'(I) Phi_1(I, t)
    f_1(t) = i n F_0' int_(t_0)^t K(t - tau) Phi_1(tau) dtau,
    K(s) = exp(-i n Omega s - D (n Omega')^2 s^3/3).

Without D the integral is a recursion from time to time, exact for Phi_1 piecewise linear:

    f(t + h) = e^(-i y) f(t) + i n F_0' h [(phi_1 - phi_2) Phi(t) + phi_2 Phi(t + h)],
    y = n Omega h,  phi_1 = (e^x - 1)/x,  phi_2 = (e^x - 1 - x)/x^2,  x = -i y.

References: Binney and Tremaine (2008); Hochbruck and Ostermann (2010).
"""

from math import cos, exp, sin

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import kernel, namespace, random, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.backend.language import wide
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation.phase_mixing import check_phase, damping_of, per_frequency
from perturbsci.types import Array

__all__ = ["linear_response"]

FADED = 100.0  # exp(-100) of the past is forgotten
NODES, WEIGHTS = numpy.polynomial.legendre.leggauss(12)


def _versine(y: float) -> float:
    """(1 - cos y)/y^2, by its series where the difference cancels."""
    q = y * y
    near = q < 0.25
    x = q if near else 0.0
    inner = 1.0 - x / 90.0 * (1.0 - x / 132.0 * (1.0 - x / 182.0))
    series = 0.5 * (1.0 - x / 12.0 * (1.0 - x / 30.0 * (1.0 - x / 56.0 * inner)))
    return series if near else (1.0 - cos(y)) / q


def _lag(y: float) -> float:
    """(y - sin y)/y^3, by its series where the difference cancels."""
    q = y * y
    near = q < 0.25
    x = q if near else 0.0
    inner = 1.0 - x / 110.0 * (1.0 - x / 156.0 * (1.0 - x / 210.0))
    series = (1.0 - x / 20.0 * (1.0 - x / 42.0 * (1.0 - x / 72.0 * inner))) / 6.0
    return series if near else (y - sin(y)) / (q * y)


def _drive_example(dtype: str, seed: int) -> tuple[Array, ...]:
    draws = [random.uniform(70, seed=seed, stream=k, dtype=dtype) for k in range(2)]
    parts = random.uniform((9, 70, 2), seed=seed, stream=2, dtype=dtype)
    time = numpy.arange(9, dtype=dtype) ** 2 / 4
    return time, draws[0], draws[1], parts.view("c8" if dtype == "f4" else "c16")[..., 0]


@kernel(
    "time[n], rate[m], force[m], potential[n, m]:c -> f[n, m]:c",
    over="m",
    cost="n * 60",
    example=_drive_example,
)
def drive(
    a: int, time: Array, rate: Array, force: Array, potential: Array, f: Array
) -> None:
    """Step one action through the times; force = n F_0'.

    phi_2 = versine - i y lag, phi_1 = 1 - y^2 lag - i y versine.
    """
    re = wide(0.0)
    im = wide(0.0)
    f[0, a, 0] = 0.0
    f[0, a, 1] = 0.0
    for k in range(time.shape[0] - 1):
        h = wide(time[k + 1]) - wide(time[k])
        y = wide(rate[a]) * h
        two_re = _versine(y)
        two_im = -(y * _lag(y))
        first_re = (1.0 + y * two_im) - two_re
        first_im = -y * two_re - two_im
        p = wide(potential[k, a, 0])
        q = wide(potential[k, a, 1])
        r = wide(potential[k + 1, a, 0])
        s = wide(potential[k + 1, a, 1])
        gain_re = (first_re * p - first_im * q) + (two_re * r - two_im * s)
        gain_im = (first_re * q + first_im * p) + (two_re * s + two_im * r)
        size = h * wide(force[a])
        before = re
        re = cos(y) * re + sin(y) * im - size * gain_im
        im = cos(y) * im - sin(y) * before + size * gain_re
        f[k + 1, a, 0] = float(re)
        f[k + 1, a, 1] = float(im)


def _diffusing_example(dtype: str, seed: int) -> tuple[object, ...]:
    time, rate, force, potential = _drive_example(dtype, seed)
    nodes = numpy.array([0.25, 0.75], dtype)  # exact in both precisions
    return time, rate, rate * 0.25, force, potential, nodes, nodes * 0 + 0.5


@kernel(
    "time[n], rate[m], damping[m], force[m], potential[n, m]:c, node[q], weight[q]"
    " -> f[n, m]:c",
    over="m",
    cost="n * n * q * 20",
    example=_diffusing_example,
)
def drive_diffusing(
    a: int,
    time: Array,
    rate: Array,
    damping: Array,
    force: Array,
    potential: Array,
    node: Array,
    weight: Array,
    f: Array,
) -> None:
    """Quadrature of exp(-i rate s - damping s^3) over the past of one action.

    K is no exponential, so that nothing can be carried from time to time. Each interval is
    cut into pieces over which the exponent changes by at most about 2; the past ends where
    damping s^3 exceeds 100.
    """
    omega = wide(rate[a])
    d = wide(damping[a])
    for k in range(time.shape[0]):
        re = wide(0.0)
        im = wide(0.0)
        for back in range(k):
            j = k - 1 - back
            start = wide(time[k]) - wide(time[j + 1])
            if d * start * start * start > FADED:
                break
            h = wide(time[j + 1]) - wide(time[j])
            end = start + h
            # Newton from above on d s^3 = 100, where memory ends.
            while d * end * end * end / 2.0 > FADED:
                end = (2.0 * end + FADED / (d * end * end)) / 3.0
            change = (abs(omega) + 3.0 * d * end * end) * (end - start)
            pieces = 1 + int(change / 2.0)
            width = (end - start) / wide(pieces)
            for piece in range(pieces):
                for g in range(node.shape[0]):
                    past = (wide(piece) + wide(node[g])) * width
                    s = start + past
                    size = wide(weight[g]) * width * exp(-d * s * s * s)
                    c = size * cos(omega * s)
                    sine = size * sin(omega * s)
                    mix = past / h
                    p = (1.0 - mix) * wide(potential[j + 1, a, 0])
                    p += mix * wide(potential[j, a, 0])
                    q = (1.0 - mix) * wide(potential[j + 1, a, 1])
                    q += mix * wide(potential[j, a, 1])
                    re += c * p + sine * q
                    im += c * q - sine * p
        f[k, a, 0] = float(-wide(force[a]) * im)
        f[k, a, 1] = float(wide(force[a]) * re)


def linear_response(
    gradient: Array,
    frequencies: Array,
    potential: Array,
    times: Array,
    *,
    mode: int = 1,
    diffusion: float = 0.0,
    shear: Array | None = None,
) -> Array:
    """Return the response f_1 of a distribution of orbits to a potential.

    f_1' + i n Omega f_1 = i n F_0' Phi_1, f_1 = 0 at the first time, Phi_1 linear between
    the times.

    Parameters
    ----------
    gradient : real array, shape (n_actions,)
        F_0' = dF_0/dI at the actions.
    frequencies : real array, shape (n_actions,)
        Omega, in radians per unit of time.
    potential : real or complex array, shape (n_times, n_actions)
        Phi_1 of mode n.
    times : real array, shape (n_times,)
        Ascending.
    mode : int
        n.
    diffusion : float
        D of the action, from 0 on; in squared actions per unit of time.
    shear : real array, shape (n_actions,), or float
        Omega' = dOmega/dI; needed where there is diffusion.

    Returns
    -------
    f : complex array, shape (n_times, n_actions)
        f_1 of mode n; its first row is 0.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If the times do not ascend, an argument is outside its range, or a phase beyond
        2^30.

    Notes
    -----
    Exact to rounding for such potentials. About 100 ns n_times n_actions; with diffusion,
    where the past cannot be summed up, 800 ns n_actions n_times (n_times/2 +
    abs(n Omega) (t_n - t_0)/4).

    References
    ----------
    Binney and Tremaine (2008); Hochbruck and Ostermann (2010).

    Examples
    --------
    A constant potential: f_1 = F_0' Phi_1 (1 - exp(-i Omega t))/Omega

    >>> f = linear_response([1.0], [2.0], numpy.ones((2, 1)), [0.0, numpy.pi / 2])
    >>> f.round(12)[1] + 0.0
    array([1.+0.j])
    """
    omega = as_array(frequencies, name="frequencies", ndim=1, real=True)
    force = per_frequency(gradient, "gradient", omega)
    t = as_array(times, name="times", ndim=1, real=True)
    phi = as_array(potential, name="potential", ndim=2)
    xp = namespace(omega, force, t, phi)
    if phi.shape != (t.shape[0], omega.shape[0]):
        raise ShapeError(
            f"potential has shape {tuple(phi.shape)}, needed {(t.shape[0], omega.shape[0])}"
            "; pass one row a time and one column an action"
        )
    if bool(to_host(xp.any(t[1:] <= t[:-1]))):
        step = float(to_host(xp.min(t[1:] - t[:-1])))
        raise ParameterError(
            f"times has a step of {step:.6g}, needed ascending times; sort them, and drop "
            "repeated ones"
        )
    n = whole(mode, "mode")
    damping = damping_of(diffusion, shear, omega, n)
    check_phase(n * omega, t - t[0])
    dtype = xp.result_type(omega, force, t, xp.real(phi))
    time, rate, push = (xp.astype(each, dtype) for each in (t, n * omega, n * force))
    drives = xp.astype(phi, xp.result_type(dtype, xp.complex64))
    if diffusion == 0:
        f: Array = drive(time, rate, push, drives)
    else:
        rule = [xp.asarray(part / 2, dtype=dtype) for part in (NODES + 1, WEIGHTS)]
        damped = xp.astype(damping, dtype)
        f = drive_diffusing(time, rate, damped, push, drives, *rule)
    return f
