"""How a light and a heavy gas exchange momentum and heat: drift at once, temperature late.

Both gases Maxwellian, in the units of ``exchange``. With D = T_L - T_H, W = U_L -
epsilon u_H and the rates a, b, q of ``exchange``,

    W' = -q a (n_H/epsilon^2 + n_L) W
    T_L' = -2 q^2 n_H (b D - a |W|^2/(d epsilon^2)),  T_H' = 2 q^2 n_L (b D + a |W|^2/d)

and n_H u_H + epsilon n_L U_L is conserved. For Maxwell molecules the laws hold for all
densities and are solved in closed form. For hard spheres the direction of W stays, and
theta = -ln(|W|/|W(0)|) is integrated in its place: its equation is not stiff, so that an
explicit method follows the layer of width epsilon^2 and what comes after it.

References: Morse (1963) for Maxwell molecules; Schunk (1977) for hard spheres; Degond and
Lucquin-Desreux (1996) for the time scales.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from perturbsci.arguments import number, positive, whole
from perturbsci.backend.arrays import as_array, device_of, to_device, to_host
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.exchange import Exchange, light_epsilon
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["EpochalRelaxation", "epochal_relaxation"]

TOLERANCE = 1e-12
AT_REST = 80.0  # decay times after which drift and temperatures stay
LAYER_OVER = 1e-40  # epsilon^2 below this: the layer is narrower than any time of interest


@dataclass(frozen=True, slots=True, eq=False)
class EpochalRelaxation(Result):
    """Temperatures and velocities of two gases over slow time.

    Parameters
    ----------
    times : real array, shape (n,)
        t, in units of epsilon^-2 light collision times.
    light_temperature, heavy_temperature : real array, shape (n,)
        T_L and T_H.
    light_velocity, heavy_velocity : real array, shape (n, d)
        U_L in light units, u_H in heavy units (the light one is 1/epsilon times larger).
    status : Status
        EXACT for Maxwell molecules, else CONVERGED.
    certificate : Certificate
        Conservation of the total energy, which the formulas do not use.

    Examples
    --------
    >>> found = epochal_relaxation([0.0, 1.0], epsilon=0.0, temperatures=(2.0, 1.0))
    >>> found.heavy_temperature.round(4).tolist()
    [1.0, 1.4908]
    """

    times: Array
    light_temperature: Array
    heavy_temperature: Array
    light_velocity: Array
    heavy_velocity: Array
    status: Status
    certificate: Certificate


def epochal_relaxation(
    times: Array,
    *,
    epsilon: float,
    densities: tuple[float, float] = (1.0, 1.0),
    temperatures: tuple[float, float],
    velocities: tuple[Array, Array] | None = None,
    kernel: str = "maxwell",
    rate: float = 1.0,
    closure: str = "eps2",
    dimension: int = 3,
) -> EpochalRelaxation:
    """Relax the drifts and the temperatures of a light and a heavy gas.

    Parameters
    ----------
    times : real array, shape (n,)
        Slow times from 0 on, in any order.
    epsilon : float
        sqrt(m_L/m_H), 0 to 1; at 0 the limit, whose state jumps behind t = 0: U_L = 0,
        T_L grows by abs(U_L)^2/d.
    densities : tuple of float
        n_L, n_H.
    temperatures : tuple of float
        T_L, T_H at t = 0.
    velocities : tuple of array, shape (d,), optional
        U_L in light units, u_H in heavy units at t = 0; a number is one along the first
        axis. By default both are 0.
    kernel : str
        ``"maxwell"`` or ``"hard_spheres"``.
    rate : float
        Collision rate int B dsigma of Maxwell molecules, total cross section of spheres.
    closure : str
        ``"eps2"``: exact in epsilon for Maxwellians (Maxwell molecules: for all
        densities). ``"leading"``: the factors of epsilon = 0, off by 2 epsilon^2.
    dimension : int
        d; 3 for hard spheres.

    Returns
    -------
    relaxation : EpochalRelaxation
        One row a time.

    Raises
    ------
    ParameterError
        If epsilon exceeds 1, a density, temperature or rate is not positive, a time is
        negative, or a word is unknown.
    ShapeError
        If a velocity has not d components.

    Notes
    -----
    Closed form for Maxwell molecules, relative error a few roundoffs. For hard spheres
    DOP853 with relative tolerance 1e-12, some hundred evaluations for any epsilon, some
    thousand for times at which all is at rest.

    References
    ----------
    Degond and Lucquin-Desreux (1996).

    Examples
    --------
    >>> found = epochal_relaxation([1e-6, 1.0], epsilon=1e-3, temperatures=(1.0, 1.0),
    ...                            velocities=(0.5, 0.0))
    >>> found.light_velocity[:, 0].round(6).tolist()
    [0.18394, 0.0]
    """
    given = as_array(times, name="times", ndim=1, real=True)
    t = to_host(given).astype(numpy.float64)
    if (t < 0).any():
        raise ParameterError(
            f"times has {t.min():g}, which lies before the start; pass times from 0 on"
        )
    epsilon = light_epsilon(number(epsilon, "epsilon", least=0.0))
    whole(dimension, "dimension", least=1, most=3)
    exchange = Exchange(kernel, rate, dimension, closure)
    n = _pair(densities, "densities")
    T = _pair(temperatures, "temperatures")
    U = _velocities(velocities, dimension)
    W = U[0] - epsilon * U[1]
    solve = _closed_form if kernel == "maxwell" else _integrated
    left, light, heavy = solve(t, epsilon, n, T, float(W @ W), exchange)
    velocity = _velocity_pair(left, epsilon, n, U, W)
    before = _energy(n, numpy.array(T)[:, None], U[0][None], U[1][None])
    after = _energy(n, numpy.stack([light, heavy]), *velocity)
    defect = float(abs(after / before - 1).max())
    where = "numpy" if device_of(given) == "numpy" else "cupy"
    return EpochalRelaxation(
        times=given,
        light_temperature=to_device(light.astype(given.dtype), where),
        heavy_temperature=to_device(heavy.astype(given.dtype), where),
        light_velocity=to_device(velocity[0].astype(given.dtype), where),
        heavy_velocity=to_device(velocity[1].astype(given.dtype), where),
        status=Status.EXACT if kernel == "maxwell" else Status.CONVERGED,
        certificate=_conserved(defect, kernel, closure, epsilon),
    )


def _pair(values: object, name: str) -> tuple[float, float]:
    if not isinstance(values, Sequence) or len(values) != 2:
        raise ParameterError(f"{name} is {values!r:.60}; pass two numbers, (light, heavy)")
    return positive(values[0], f"{name}[0]"), positive(values[1], f"{name}[1]")


def _velocities(values: object, dimension: int) -> numpy.ndarray:
    """Return U_L and u_H as the rows of an array."""
    if values is None:
        return numpy.zeros((2, dimension))
    if not isinstance(values, Sequence | numpy.ndarray) or len(values) != 2:
        raise ParameterError(
            f"velocities is {values!r:.60}; pass two velocities, (light, heavy)"
        )
    rows = numpy.zeros((2, dimension))
    for row, value, name in zip(rows, values, ("light", "heavy"), strict=True):
        array = to_host(as_array(value, name=f"velocities ({name})", real=True))
        if array.ndim == 0:
            row[0] = array
        elif array.shape == (dimension,):
            row[:] = array
        else:
            raise ShapeError(
                f"velocities ({name}) has shape {array.shape}, needed ({dimension},); pass "
                "one component a dimension, or a number for the first axis"
            )
    return rows


def _closed_form(
    t: numpy.ndarray,
    epsilon: float,
    n: tuple[float, float],
    T: tuple[float, float],
    slip_squared: float,
    exchange: Exchange,
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Return |W|/|W(0)|, T_L and T_H of Maxwell molecules.

    With e = epsilon^2, D' = -r D + h exp(-p t/e)/e and (n_L T_L + n_H T_H)' =
    g exp(-p t/e)/e; e r is compared with p, so that nothing is divided by e = 0.
    """
    e, q, a = epsilon**2, exchange.mass_factor(epsilon), exchange.rate
    p = 2 * q * a * (n[1] + e * n[0])
    r = 2 * q**2 * a * (n[0] + n[1])
    heat_light = 2 * a / exchange.dimension * exchange.light_heating(epsilon, slip_squared)
    heat_heavy = 2 * a / exchange.dimension * exchange.heavy_heating(epsilon, slip_squared)
    gap = p - e * r
    with numpy.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slow = t / e if e else numpy.where(t > 0, math.inf, 0.0)
        layer = numpy.where(t > 0, numpy.exp(-p * slow), 1.0)
        grown = -numpy.expm1(-gap * slow) / gap if gap else slow
        grown = numpy.where(t > 0, grown, 0.0)
    decay = numpy.exp(-r * t)
    heat = n[1] * heat_light - e * n[0] * heat_heavy
    D = decay * (T[0] - T[1] + heat * grown)
    drift = n[0] * n[1] * (heat_light + e * heat_heavy) / p
    total = n[0] * T[0] + n[1] * T[1] + drift * (1 - layer)
    light = (total + n[1] * D) / (n[0] + n[1])
    heavy = (total - n[0] * D) / (n[0] + n[1])
    return numpy.sqrt(layer), light, heavy


def _integrated(
    t: numpy.ndarray,
    epsilon: float,
    n: tuple[float, float],
    T: tuple[float, float],
    slip_squared: float,
    exchange: Exchange,
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Return |W|/|W(0)|, T_L and T_H by integrating T_L, T_H and theta."""
    from scipy.integrate import solve_ivp  # noqa: PLC0415 (takes a tenth of a second)

    e, q, d = epsilon**2, exchange.mass_factor(epsilon), exchange.dimension
    # The slowest rate is that of the smaller temperature; all is at rest e^-80 later.
    slowest, _ = exchange.rates(epsilon, min(T), min(T), 0.0)
    t = numpy.minimum(t, AT_REST / (q**2 * slowest * (n[0] + n[1])))
    over = e < LAYER_OVER
    start = numpy.array([*T, 0.0])
    times, places = numpy.unique(numpy.concatenate([[0.0], t]), return_inverse=True)
    behind = start.copy()
    if over and slip_squared:
        behind[0] += slip_squared / d
        behind[2] = math.inf

    def flow(_: float, y: numpy.ndarray) -> list[float]:
        light, heavy, theta = y
        left = 0.0 if over else slip_squared * math.exp(-2 * min(theta, 400.0))
        a, b = exchange.rates(epsilon, light, heavy, left)
        heat = q**2 * b * (light - heavy)
        warm = a * exchange.light_heating(epsilon, left) / d
        rub = a * exchange.heavy_heating(epsilon, left) / d
        return [
            2 * n[1] * ((0.0 if over else warm / e) - heat),
            2 * n[0] * (heat + rub),
            0.0 if over else q * a * (n[1] / e + n[0]),
        ]

    rows = numpy.tile(behind, (len(times), 1))
    rows[0] = start
    if times[-1] > 0:
        begin = numpy.where(numpy.isfinite(behind), behind, 0.0)
        span, scale = (0.0, times[-1]), TOLERANCE / 10
        atol = [scale * min(T), scale * min(T), scale]
        found = solve_ivp(flow, span, begin, "DOP853", times[1:], rtol=TOLERANCE, atol=atol)
        rows[1:, :2] = found.y[:2].T
        if not over:
            rows[1:, 2] = found.y[2]
    rows = rows[places[1:]]
    return numpy.exp(-rows[:, 2]), rows[:, 0], rows[:, 1]


def _velocity_pair(
    left: numpy.ndarray,
    epsilon: float,
    n: tuple[float, float],
    U: numpy.ndarray,
    W: numpy.ndarray,
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return U_L and u_H from what is left of the slip; momentum is conserved."""
    mass = n[1] + epsilon**2 * n[0]
    lost = (1 - left)[:, None] * W
    return U[0] - n[1] * lost / mass, U[1] + epsilon * n[0] * lost / mass


def _energy(
    n: tuple[float, float],
    T: numpy.ndarray,
    light_velocity: numpy.ndarray,
    heavy_velocity: numpy.ndarray,
) -> numpy.ndarray:
    d = light_velocity.shape[-1]
    light = d * T[0] + (light_velocity**2).sum(axis=-1)
    heavy = d * T[1] + (heavy_velocity**2).sum(axis=-1)
    return (n[0] * light + n[1] * heavy) / 2


def _conserved(defect: float, kernel: str, closure: str, epsilon: float) -> Certificate:
    assumptions = ["both densities are Maxwellian"] if kernel == "hard_spheres" else []
    if closure == "leading":
        off = 2 * epsilon**2
        assumptions.append(f"rates of epsilon = 0, off by {off:.3g} relatively")
    method = "closed form" if kernel == "maxwell" else "DOP853, relative tolerance 1e-12"
    return Certificate(
        "conserved: energy of both gases, relative",
        defect,
        1e-10,
        "a-posteriori",
        method,
        tuple(assumptions),
    )
