"""A light and a heavy gas that exchange drift and temperature on three time scales.

With epsilon = sqrt(m_L/m_H), light velocity v in thermal speeds of its own, heavy velocity
w in units epsilon times smaller, t in units of epsilon^-2 light collision times,

    f_L' = epsilon^-2 (Q_LL + Q_LH),   f_H' = epsilon^-1 (Q_HH + Q_HL),

Q_LH and Q_HL expanded in epsilon (``expansions``), drift and temperature by a step of their
own that conserves momentum and energy to rounding (``macroscopic``), the rest in moving
frames (``moving_frame``, ``micro_brackets``): f_L forgets its direction and becomes
Maxwellian at t ~ epsilon^2, f_H at t ~ epsilon, the temperatures become equal at t ~ 1.

Which scheme: the penalty contracts a mode of rate lambda by rho = 1 - lambda/beta a step as
h beta/D grows (bdf1), bdf2 by sqrt(rho), the extrapolated Euler steps that start it and
pass layers by rho (2 rho - 1); ars222 by 5.83 rho^2 - 4.83 rho, -1 at rho = 0.41; bdf3 and
higher orders amplify.

References: Degond and Lucquin-Desreux (1996); Gamba, Jin and Liu (2019); Hao, Jiang and Liu
(2024).
"""

import math
from collections.abc import Mapping, Sequence

import numpy

from perturbsci.arguments import one_of, positive, whole
from perturbsci.errors import ParameterError
from perturbsci.multiscale.collision import spectral_collision
from perturbsci.multiscale.exchange import KERNELS, Exchange, light_epsilon
from perturbsci.multiscale.macroscopic import Macroscopic, Macrostate
from perturbsci.multiscale.micro_brackets import MicroBrackets
from perturbsci.multiscale.mixture_data import default_data, mixture_data
from perturbsci.multiscale.mixture_flow import MixtureFlow
from perturbsci.multiscale.mixture_quantities import MixtureQuantities
from perturbsci.multiscale.moving_frame import MovingFrame
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.spans import even_number
from perturbsci.multiscale.velocity import velocity_grid
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["disparate_mass"]

SUPPORT = 2 / (3 + math.sqrt(2))  # of the half width, the ball that collisions see
HEAT_STABLE = 12.0  # h times the rate at which temperatures meet, for bdf2
SMALL = 0.1  # epsilon^2 above this is not small
TAIL = 1e-4
REACH = 4.0  # thermal speeds
ADMITTED = ("bdf1", "bdf2", "ars111")  # ars111 makes the steps of bdf1
SLOWEST = {2: 1 / 8, 3: 1 / 6}  # mode of Maxwell molecules, in collision rates


def disparate_mass(
    n_velocities: int = 32,
    *,
    dimension: int = 3,
    densities: tuple[float, float] = (1.0, 1.0),
    kernel: str = "maxwell",
    rates: tuple[float, float, float] = (1.0, 1.0, 1.0),
    initial: Mapping[str, object] | None = None,
    closure: str = "eps2",
    half_widths: float | tuple[float, float] | None = None,
    backend: str | None = None,
) -> SplitProblem:
    """Return a mixture of a light and a heavy gas, homogeneous in space.

    epsilon^2 f_L' = Q_LL + Q_LH and epsilon f_H' = Q_HH + Q_HL, epsilon = sqrt(m_L/m_H).

    Parameters
    ----------
    n_velocities : int
        Nodes in each direction, of each gas; even, at least 8.
    dimension : int
        d, 2 or 3.
    densities : tuple of float
        n_L, n_H.
    kernel : str
        ``"maxwell"``, or ``"hard_spheres"`` in three dimensions.
    rates : tuple of float
        Light-light, light-heavy, heavy-heavy: int B dsigma of Maxwell molecules, total
        cross section of spheres.
    initial : mapping, optional
        ``light_temperature, heavy_temperature``, optionally ``light_velocity,
        heavy_velocity`` (Maxwellians, each in its own units, by default with a common
        drift), or ``light`` and ``heavy``, each a tuple of Gaussians (weight, mean (d,),
        covariance_diagonal (d,)). Taken as it is for both preparations. By default T_L =
        1.2, T_H = 0.9, u_H = 0.2, or with ``preparation="ill"`` two Gaussians each.
    closure : str
        ``"eps2"``, exchange rates exact in epsilon for Maxwellians; ``"leading"``, off by
        2 epsilon^2.
    half_widths : float or tuple of float, optional
        Of both grids, in thermal speeds; default sqrt(3.47 n_velocities), where the ball
        that collisions see and the largest wave number leave out equally much.
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    problem : SplitProblem
        For ``solve(problem, epsilon=, t_span=, scheme="bdf2", step=)``. Observables
        ``light_temperature, heavy_temperature, light_velocity, heavy_velocity,
        light_distance, heavy_distance`` (relative L1 distance to the Maxwellian), ``light,
        heavy`` (densities on the nodes sqrt(T) xi + center, center epsilon u_H and u_H, xi
        the coordinates ``v`` and ``w``).

    Raises
    ------
    ParameterError
        If a number is out of its range, a word unknown, a density not within its grid;
        in ``solve``, if epsilon exceeds 1, the scheme amplifies what it penalizes, or a
        step is so long that bdf2 amplifies the difference of the temperatures.
    ShapeError
        If a velocity has not d components.

    Notes
    -----
    Two collision operators and about 30 real transforms a step, the same for every
    epsilon. Spheres: the friction is that of Maxwellians with the current drift and
    temperature, heat takes the current density into account; with epsilon^2 > 0.1 and
    light-heavy collisions 3 to 10 times as frequent as the others, runs end NOT_FINITE
    within a time of order 1, whatever the step. ``largest_step`` is 6/(b (n_L + n_H)) (1 +
    epsilon^2)^2, b the rate of heat, of Maxwell molecules ``rates[1]``.

    References
    ----------
    Hao, Jiang and Liu (2024); Gamba, Jin and Liu (2019).

    Examples
    --------
    >>> from perturbsci.multiscale import solve
    >>> gas = disparate_mass(n_velocities=16, dimension=2)
    >>> run = solve(gas, epsilon=1e-3, t_span=(0.0, 0.5), scheme="bdf2", step=0.05)
    >>> gap = run.observables["light_temperature"] - run.observables["heavy_temperature"]
    >>> gap.round(3).tolist()
    [0.3, 0.041]
    """
    whole(dimension, "dimension", least=2, most=3)
    one_of(kernel, "kernel", KERNELS)
    n = _numbers(densities, "densities", ("light", "heavy"))
    rate = _numbers(rates, "rates", ("light-light", "light-heavy", "heavy-heavy"))
    exchange = Exchange(kernel, rate[1], dimension, closure)
    grids = [
        velocity_grid(n_velocities, width, dimension=dimension, backend=backend)
        for width in _half_widths(half_widths, n_velocities)
    ]
    exponent = 1.0 if kernel == "hard_spheres" else 0.0
    frames = [
        MovingFrame.of(spectral_collision(grid, rate=each, exponent=exponent), grid)
        for grid, each in zip(grids, (rate[0], rate[2]), strict=True)
    ]
    flow = MixtureFlow(
        Macroscopic(n[0], n[1], exchange),
        MicroBrackets(
            frames[0], frames[1], (n[0], n[1]), (rate[0], rate[1], rate[2]), exchange
        ),
    )
    return _problem(flow, initial)


def _problem(flow: MixtureFlow, initial: Mapping[str, object] | None) -> SplitProblem:
    d = flow.macroscopic.exchange.dimension

    def start(epsilon: float, preparation: str) -> Array:
        light_epsilon(epsilon)
        if initial is None:
            gases = default_data(d, preparation, epsilon)
        else:
            gases = mixture_data(initial, d, epsilon)
        return flow.start(*gases, epsilon)

    first = start(0.0, "well")  # says at once what is wrong with ``initial``
    macro = flow.macroscopic.unpacked(flow.split(first)[0], 0.0)
    quantities = MixtureQuantities(flow)
    return SplitProblem(
        "disparate_mass",
        initial=start,
        explicit=flow.explicit,
        solve_implicit=flow.solve_implicit,
        weight=flow.weight,
        equilibrium=flow.equilibrium,
        invariants=quantities.invariants(),
        invariant_scales=quantities.invariant_scales(),
        entropy=quantities.entropy,
        minimum=quantities.minimum,
        macroscopic_minimum=quantities.coldest,
        observables=quantities.observables(),
        layer_scales=lambda epsilon: _layer_scales(flow, macro, epsilon),
        largest_step=lambda epsilon: _largest_step(flow, macro, epsilon),
        coordinates={
            "v": flow.micro.light.grid.nodes,
            "w": flow.micro.heavy.grid.nodes,
        },
        admit=lambda scheme, epsilon, _: _admit(scheme, epsilon),
        claims=lambda _, __, epsilon: _claims(flow, epsilon),
        penalized=True,
    )


def _layer_scales(
    flow: MixtureFlow, macro: Macrostate, epsilon: float
) -> tuple[float, float]:
    """Return the decay times of the slowest modes of both layers."""
    micro, n = flow.micro, flow.micro.densities
    T_L, T_H = macro.light_temperature, macro.heavy_temperature
    slip, _ = micro.exchange.rates(0.0, T_L, T_H, 0.0)
    # A sphere collides at the rate cross section times mean relative speed, 4 sqrt(T/pi).
    factors = [4 * math.sqrt(T / math.pi) if micro.spheres else 1.0 for T in (T_L, T_H)]
    slowest = SLOWEST[micro.exchange.dimension]
    light = min(n[1] * slip, n[0] * micro.rates[0] * factors[0] * slowest)
    heavy = n[1] * micro.rates[2] * factors[1] * slowest
    return epsilon**2 / light, epsilon / heavy


def _largest_step(flow: MixtureFlow, macro: Macrostate, epsilon: float) -> float:
    """Return the step up to which the difference of the temperatures shrinks.

    D' = -r D, 2/3 implicit and 1/3 extrapolated: with z = h r, bdf2 has the factors of
    (3/2 + 2 z/3) x^2 + (2 z/3 - 2) x + 1/2 - z/3 = 0, and x = -1 at z = 12.
    """
    exchange, n = flow.macroscopic.exchange, flow.micro.densities
    # No temperature rises above the hotter gas and what the slip heats.
    hottest = max(macro.light_temperature, macro.heavy_temperature)
    hottest += macro.slip_squared / exchange.dimension
    _, b = exchange.rates(epsilon, hottest, hottest, macro.slip_squared)
    return HEAT_STABLE / (2 * exchange.mass_factor(epsilon) ** 2 * b * (n[0] + n[1]))


def _admit(scheme: object, epsilon: float) -> None:
    """Refuse epsilon above 1, and schemes that amplify penalized modes."""
    light_epsilon(epsilon)
    name = scheme if isinstance(scheme, str) else getattr(scheme, "name", "")
    if name in ADMITTED:
        return
    raise ParameterError(
        f"scheme is {name!r}, which amplifies or hardly damps collisions that are "
        'penalized (see disparate_mass); pass scheme="bdf2", or "bdf1" for first order'
    )


def _claims(flow: MixtureFlow, epsilon: float) -> tuple[Certificate, ...]:
    """Return what the expansion and the grids leave out."""
    missing = 0.0
    for frame in (flow.micro.light, flow.micro.heavy):
        n, width = frame.grid.n, frame.grid.half_width
        highest = math.pi * n / (2 * width)
        ball = frame.collision.support
        missing = max(missing, math.exp(-(highest**2) / 2), math.exp(-(ball**2) / 2))
    return (
        Certificate(
            "expansion is small", epsilon**2, SMALL, "estimate", "mass ratio of the gases"
        ),
        Certificate(
            "velocity grids resolve a Maxwellian",
            missing,
            TAIL,
            "estimate",
            "the tail that is cut off",
        ),
    )


def _numbers(values: object, name: str, words: tuple[str, ...]) -> tuple[float, ...]:
    if not isinstance(values, Sequence | numpy.ndarray) or len(values) != len(words):
        raise ParameterError(
            f"{name} is {values!r:.60}; pass {len(words)} numbers, ({', '.join(words)})"
        )
    return tuple(
        positive(float(each) if isinstance(each, numpy.floating) else each, f"{name}[{k}]")
        for k, each in enumerate(values)
    )


def _half_widths(given: object, n_velocities: int) -> tuple[float, ...]:
    n = even_number(n_velocities, "n_velocities", least=8)
    if given is None:
        balanced = math.sqrt(math.pi * n / (2 * SUPPORT))
        return balanced, balanced
    if isinstance(given, Sequence | numpy.ndarray):
        widths = _numbers(given, "half_widths", ("light", "heavy"))
    else:
        widths = (positive(given, "half_widths"),) * 2
    for width in widths:
        if width < REACH:
            raise ParameterError(
                f"half_widths is {width:g} thermal speeds; a Maxwellian reaches to "
                f"{REACH:g}, pass larger ones or None"
            )
    return widths
