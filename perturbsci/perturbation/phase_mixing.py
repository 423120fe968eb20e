"""Phase mixing: orbits of different frequency drift apart, and their mean decays.

    sum_j w_j exp(-i n Omega_j t - D (n Omega'_j)^2 t^3/3)                  (angle mode n)

where the diffusion D of actions shears into a diffusion of angles.

References: Binney and Tremaine (2008); Dupree (1966) for the cubed time.
"""

import math
from math import cos, exp, sin
from numbers import Real

import numpy

from perturbsci.arguments import number, positive, whole
from perturbsci.backend import kernel, namespace, random, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.backend.language import wide
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["check_phase", "damping_of", "per_frequency", "phase_moment", "pulse_response"]

LARGEST_PHASE = 2.0**30  # of the sines of kernels


def _moment_example(dtype: str, seed: int) -> tuple[object, ...]:
    draws = [random.uniform(70, seed=seed, stream=k, dtype=dtype) for k in range(4)]
    weight = numpy.stack(draws[2:], axis=-1).view("c8" if dtype == "f4" else "c16")[:, 0]
    return draws[0] * 20, draws[1], draws[1] * 0.001, weight


@kernel(
    "time[n], rate[m], damping[m], weight[m]:c -> moment[n]:c",
    over="n",
    cost="m * 30",
    schedule="lanes",
    example=_moment_example,
)
def dephase(
    i: int, time: Array, rate: Array, damping: Array, weight: Array, moment: Array
) -> None:
    """sum_j weight[j] exp(-i rate[j] t - damping[j] t^3), summed in float64."""
    t = wide(time[i])
    re = wide(0.0)
    im = wide(0.0)
    for j in range(rate.shape[0]):
        phase = wide(rate[j]) * t
        size = exp(-wide(damping[j]) * (t * t * t))
        c = size * cos(phase)
        s = size * sin(phase)
        re += wide(weight[j, 0]) * c + wide(weight[j, 1]) * s
        im += wide(weight[j, 1]) * c - wide(weight[j, 0]) * s
    moment[i, 0] = float(re)
    moment[i, 1] = float(im)


def phase_moment(
    frequencies: Array,
    weights: Array,
    times: Array,
    *,
    mode: int = 1,
    diffusion: float = 0.0,
    shear: Array | None = None,
) -> Array:
    """Return the mean of exp(-i n Omega t) over a distribution of frequencies.

    sum_j w_j exp(-i n Omega_j t - D (n Omega'_j)^2 t^3/3).

    Parameters
    ----------
    frequencies : real array, shape (n_freq,)
        Omega_j, in radians per unit of time.
    weights : real or complex array, shape (n_freq,)
        w_j, with the weights of a quadrature in them.
    times : real array, shape (n_times,)
        t, from 0 on where there is diffusion.
    mode : int
        n.
    diffusion : float
        D of the action, from 0 on; in squared actions per unit of time.
    shear : real array, shape (n_freq,), or float
        Omega' = dOmega/dI; needed where there is diffusion.

    Returns
    -------
    moment : complex array, shape (n_times,)
        Decaying as the phases mix.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If an argument is outside its range, or a phase beyond 2^30.

    Notes
    -----
    About 50 ns n_freq n_times. A sum over discrete frequencies decays until 2 pi over
    their distance, where the phases meet again.

    References
    ----------
    Binney and Tremaine (2008).

    Examples
    --------
    A Gaussian spread of frequencies gives a Gaussian decay:

    >>> spread = numpy.linspace(-6, 6, 101)
    >>> density = numpy.exp(-(spread**2) / 2) * 0.12 / numpy.sqrt(2 * numpy.pi)
    >>> abs(phase_moment(1 + spread, density, [0.0, 1.0])).round(6)  # 1, exp(-1/2)
    array([1.      , 0.606531])
    """
    omega = as_array(frequencies, name="frequencies", ndim=1, real=True)
    w = per_frequency(weights, "weights", omega, real=False)
    t = as_array(times, name="times", ndim=1, real=True)
    n = whole(mode, "mode")
    if not bool(to_host(namespace(w).isfinite(namespace(w).sum(abs(w))))):
        raise ParameterError(
            f"weights reaches {float(to_host(namespace(w).max(abs(w)))):.3g} and has an "
            "infinite sum; scale weights down"
        )
    damping = damping_of(diffusion, shear, omega, n)
    xp = namespace(omega, w, t, names=("frequencies", "weights", "times"))
    if diffusion > 0 and float(to_host(xp.min(t))) < 0:
        raise ParameterError(
            f"times begins at {float(to_host(xp.min(t))):.6g} with diffusion {diffusion}; "
            "pass times from 0 on, diffusion has no past"
        )
    check_phase(n * omega, t)
    dtype = xp.result_type(omega, t, xp.real(w))
    complex_type = xp.result_type(dtype, xp.complex64)
    moment: Array = dephase(
        xp.astype(t, dtype),
        xp.astype(n * omega, dtype),
        xp.astype(damping, dtype),
        xp.astype(w, complex_type),
    )
    return moment


def pulse_response(
    frequencies: Array, width: float, *, mode: int = 1, start: float | None = None
) -> Array:
    """Return the spectrum of a Gaussian pulse at the frequencies of the orbits.

    int exp(i n Omega t - t^2/(2 width^2)) dt from ``start`` on, or over all times, where
    it is sqrt(2 pi) width exp(-(n Omega width)^2/2).

    Parameters
    ----------
    frequencies : real array, shape (n_freq,)
        Omega, in radians per unit of time.
    width : float
        Of the pulse in time, above 0.
    mode : int
        n.
    start : float, optional
        The time at which the pulse is switched on; default minus infinity.

    Returns
    -------
    response : complex array, shape (n_freq,)
        In units of time.

    Raises
    ------
    ShapeError
        If ``frequencies`` has not one axis.
    ParameterError
        If an argument is outside its range.

    Notes
    -----
    With a finite start by the Faddeeva function on the host: exp(-z^2) erfc(-i z) neither
    overflows nor cancels for a start after the center, and an earlier one is the whole
    pulse without its mirror image.

    References
    ----------
    Olver, Lozier, Boisvert and Clark (2010), section 7.2.

    Examples
    --------
    >>> pulse_response([0.0, 1.0], 1.0).round(6)
    array([2.506628+0.j, 1.520347+0.j])
    """
    omega = as_array(frequencies, name="frequencies", ndim=1, real=True)
    size = positive(width, "width")
    xp = namespace(omega)
    rate = whole(mode, "mode") * omega
    with numpy.errstate(under="ignore", over="ignore"):
        full = math.sqrt(2 * math.pi) * size * xp.exp(-((rate * size) ** 2) / 2) + 0j
        if start is None:
            return full
        edge = number(start, "start")
        late = xp.asarray(_switched_on(to_host(rate), size, abs(edge)))
    return late if edge > 0 else full - xp.conj(late)


def _switched_on(rate: Array, width: float, start: float) -> Array:
    """Return the integral from a time after the center of the pulse."""
    from scipy import special  # noqa: PLC0415 (loads SciPy)

    z = (rate * width + 1j * start / width) / math.sqrt(2)
    edge = numpy.exp(1j * rate * start - (start / width) ** 2 / 2)
    found: Array = width * math.sqrt(math.pi / 2) * edge * special.wofz(z)
    return found


def per_frequency(value: Array, name: str, omega: Array, *, real: bool = True) -> Array:
    """Return an array with one number a frequency.

    Parameters
    ----------
    value : real or complex array, shape (n_freq,)
        What was passed.
    name : str
        Of the argument.
    omega : real array, shape (n_freq,)
        The frequencies.
    real : bool
        Refuse complex numbers.

    Returns
    -------
    array : array, shape (n_freq,)
        Clean.

    Raises
    ------
    ShapeError
        If the lengths differ.
    """
    array = as_array(value, name=name, ndim=1, real=real)
    if array.shape != omega.shape:
        raise ShapeError(
            f"{name} has shape {tuple(array.shape)} but frequencies {tuple(omega.shape)}; "
            "pass one number a frequency"
        )
    return array


def damping_of(diffusion: float, shear: Array | None, omega: Array, n: int) -> Array:
    """Return D (n Omega')^2/3.

    Parameters
    ----------
    diffusion : float
        D, from 0 on.
    shear : real array, shape (n_freq,), or float
        Omega'.
    omega : real array, shape (n_freq,)
        The frequencies.
    n : int
        The angle mode.

    Returns
    -------
    damping : real array, shape (n_freq,)
        Of the cubed time.

    Raises
    ------
    ParameterError
        If there is diffusion and no shear.
    """
    diffusion = number(diffusion, "diffusion", least=0)
    if shear is None and diffusion == 0:
        return 0 * omega
    if shear is None:
        raise ParameterError(
            f"shear is None with diffusion {diffusion}; pass dOmega/dI, which turns "
            "diffusing actions into diffusing angles"
        )
    if isinstance(shear, Real):
        shear = number(shear, "shear") + 0 * omega
    slopes = per_frequency(shear, "shear", omega)
    return float(diffusion) * (n * slopes) ** 2 / 3


def check_phase(rate: Array, t: Array) -> None:
    """Refuse phases whose sines the kernels do not give.

    Parameters
    ----------
    rate : real array, shape (n_freq,)
        n Omega.
    t : real array, shape (n_times,)
        Times.

    Raises
    ------
    ParameterError
        If a product is beyond 2^30.
    """
    xp = namespace(rate, t)
    largest = float(to_host(xp.max(abs(rate)))) * float(to_host(xp.max(abs(t))))
    if largest > LARGEST_PHASE:
        raise ParameterError(
            f"mode * frequencies * times reaches {largest:.3g}, at most 2^30 is possible; "
            "subtract a mean frequency, or pass shorter times"
        )
