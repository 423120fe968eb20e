"""Kinetic statements with a small collision time or mass ratio, and exact solutions."""

import math
from fractions import Fraction

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter, positive_parameter
from perturbsci.problems.registry import register

__all__ = ["bgk_moments", "disparate_mass_limit", "krook_wu_single", "slab_transport"]

t, x, small = sympy.symbols("t x epsilon")


@register
def slab_transport(epsilon: float = 0.1, wavenumber: float = 1.0) -> Problem:
    """Return transport in a slab, epsilon f_t + w f_x = (<f> - f)/epsilon.

    f(t, x, w) with direction cosine w in [-1, 1] and <f> = (1/2) int f dw. One mode, with
    k the wavenumber and z = epsilon k,

    f = exp(s t) (c cos(k x) + z w sin(k x))/(c^2 + z^2 w^2),  c = z cot(z),
    s = (c - 1)/epsilon^2 = -k^2 j_1(z)/sin(z),

    j_1 the spherical Bessel function. The limit is u_t = u_xx/3; the distance in f is
    O(epsilon), in <f> O(epsilon^2).

    Parameters
    ----------
    epsilon : float, optional
        The mean free path, dimensionless, above zero, below pi/(2 k).
    wavenumber : float, optional
        k of ``exact``, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"pde"``, the field f(t, x, w).

    Raises
    ------
    ParameterError
        If epsilon k >= pi/2, where there is no discrete mode.

    References
    ----------
    Case and Zweifel (1967), chapter 4.
    """
    value = positive_parameter("epsilon", epsilon)
    number = positive_parameter("wavenumber", wavenumber)
    if value * number >= math.pi / 2.0:
        raise ParameterError(
            f"epsilon is {value} at wavenumber {number}; the mode exists for epsilon "
            "wavenumber < pi/2, choose a smaller one"
        )
    w, k, other = sympy.symbols("w wavenumber other")
    f = sympy.Function("f")
    z = small * k
    c = z * sympy.cos(z) / sympy.sin(z)
    rate = -(k**2) * sympy.jn(1, z) / sympy.sin(z)
    wave = c * sympy.cos(k * x) + z * w * sympy.sin(k * x)
    mean = sympy.Integral(f(t, x, other), (other, -1, 1)) / 2
    limit = Problem(
        name="slab_diffusion",
        title="Diffusion in a slab",
        kind="pde",
        variables=(f(t, x),),
        equations=(f(t, x).diff(t) - f(t, x).diff(x, 2) / 3,),
        parameters={"wavenumber": number},
        small=None,
        exact={f(t, x): sympy.exp(-(k**2) * t / 3) * sympy.cos(k * x)},
        limit=None,
        source="CaseZweifel1967",
    )
    unknown = f(t, x, w)
    return Problem(
        name="slab_transport",
        title="Linear transport in a slab, diffusive scaling",
        kind="pde",
        variables=(unknown,),
        equations=(
            small * unknown.diff(t) + w * unknown.diff(x) - (mean - unknown) / small,
        ),
        parameters={"epsilon": value, "wavenumber": number},
        small="epsilon",
        exact={unknown: sympy.exp(rate * t) * wave / (c**2 + z**2 * w**2)},
        limit=limit,
        source="CaseZweifel1967",
        limit_order=Fraction(1),
    )


@register
def bgk_moments(epsilon: float = 0.1, shear: float = 1.0) -> Problem:
    """Return the stress of a BGK gas in uniform shear flow, a closed moment system.

    With the pressure p = (P_xx + P_yy + P_zz)/3 and velocity gradient a,

    p' = -(2/3) a q,  q' = -a r - q/epsilon,  r' = (p - r)/epsilon,  q = P_xy, r = P_yy.

    To first order q = -epsilon a p (viscosity) and p' = (2/3) epsilon a^2 p. The limit is
    p' = 0; the distance in p is O(epsilon) at a fixed time.

    Parameters
    ----------
    epsilon : float, optional
        The collision time, above zero.
    shear : float, optional
        The velocity gradient a, in units of the inverse time.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables p, q, r.

    Raises
    ------
    ParameterError
        If epsilon is not above zero.

    References
    ----------
    Garzó and Santos (2003), chapter 2.

    Examples
    --------
    >>> bgk_moments().limit.equations
    (0,)
    """
    p, q, r, a, p0 = sympy.symbols("p q r shear p0")
    limit = Problem(
        name="bgk_pressure",
        title="Constant pressure of an ideal fluid in shear flow",
        kind="flow",
        variables=(p,),
        equations=(sympy.S.Zero,),
        parameters={},
        small=None,
        exact={p: p0},
        limit=None,
        source="GarzoSantos2003",
    )
    return Problem(
        name="bgk_moments",
        title="Stress of a BGK gas in uniform shear flow",
        kind="flow",
        variables=(p, q, r),
        equations=(
            -sympy.Rational(2, 3) * a * q,
            -a * r - q / small,
            (p - r) / small,
        ),
        parameters={
            "epsilon": positive_parameter("epsilon", epsilon),
            "shear": finite_parameter("shear", shear),
        },
        small="epsilon",
        exact=None,
        limit=limit,
        source="GarzoSantos2003",
        limit_order=Fraction(1),
    )


@register
def disparate_mass_limit(
    epsilon: float = 0.1, rate: float = 1.0, light: float = 1.0, heavy: float = 1.0
) -> Problem:
    """Return how the temperatures of a light and a heavy gas become equal.

    Maxwell molecules with equal mean velocities, n_L and n_H particles a volume, epsilon
    the root of the mass ratio, time in units of the light collision time over epsilon^2:

    T_L' = -2 g n_H (T_L - T_H),  T_H' = 2 g n_L (T_L - T_H),  g = rate/(1 + epsilon^2)^2.

    The energy n_L T_L + n_H T_H is conserved. The limit has g = rate; the distance at a
    fixed time is O(epsilon^2).

    Parameters
    ----------
    epsilon : float, optional
        From 0 to 1, dimensionless.
    rate : float, optional
        The momentum transfer rate of a light particle, above zero.
    light, heavy : float, optional
        n_L and n_H, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables T_L and T_H.

    Raises
    ------
    ParameterError
        If epsilon is not in [0, 1], or another parameter not above zero.

    References
    ----------
    Degond and Lucquin-Desreux (1996).

    Examples
    --------
    >>> disparate_mass_limit().variables
    (T_L, T_H)
    """
    value = finite_parameter("epsilon", epsilon)
    if not 0.0 <= value <= 1.0:
        raise ParameterError(
            f"epsilon is {value}; the root of light over heavy mass is from 0 to 1, swap "
            "the gases"
        )
    values = {
        "rate": positive_parameter("rate", rate),
        "light": positive_parameter("light", light),
        "heavy": positive_parameter("heavy", heavy),
    }
    return _temperatures(
        "disparate_mass_limit",
        "Equal temperatures of two gases of disparate masses",
        sympy.Symbol("rate") / (1 + small**2) ** 2,
        {"epsilon": value, **values},
        _temperatures(
            "disparate_mass_zero",
            "Equal temperatures at mass ratio zero",
            sympy.Symbol("rate"),
            values,
            None,
        ),
    )


def _temperatures(
    name: str,
    title: str,
    g: sympy.Expr,
    values: dict[str, float],
    limit: Problem | None,
) -> Problem:
    light, heavy, first, second = sympy.symbols("T_L T_H T_L0 T_H0")
    n_light, n_heavy = sympy.symbols("light heavy")
    mean = (n_light * first + n_heavy * second) / (n_light + n_heavy)
    gap = (first - second) * sympy.exp(-2 * g * (n_light + n_heavy) * t)
    return Problem(
        name=name,
        title=title,
        kind="flow",
        variables=(light, heavy),
        equations=(
            -2 * g * n_heavy * (light - heavy),
            2 * g * n_light * (light - heavy),
        ),
        parameters=values,
        small="epsilon" if limit else None,
        exact={
            light: mean + n_heavy * gap / (n_light + n_heavy),
            heavy: mean - n_light * gap / (n_light + n_heavy),
        },
        limit=limit,
        source="DegondLucquinDesreux1996",
        limit_order=Fraction(2) if limit else None,
    )


@register
def krook_wu_single(epsilon: float = 1.0, start: float = 0.6) -> Problem:
    """Return the Boltzmann equation of isotropic Maxwell molecules, by its transform.

    phi(t, s) is the Fourier transform of an isotropic f, s the square of the wave vector;
    density and temperature are 1:

    epsilon phi_t = int_0^1 phi(t, r s) phi(t, (1 - r) s) dr - phi,
    phi = (1 - (1 - K) s/2) exp(-K s/2),  K = 1 - (1 - K(0)) exp(-t/(6 epsilon)),

    the solution of Krook and Wu and of Bobylev. The limit is the Maxwellian exp(-s/2),
    reached faster than any power of epsilon after the initial layer.

    Parameters
    ----------
    epsilon : float, optional
        The collision time, above zero.
    start : float, optional
        K(0), from 3/5, below which f would be negative somewhere, to 1.

    Returns
    -------
    problem : Problem
        Kind ``"pde"``, the field phi(t, s).

    Raises
    ------
    ParameterError
        If K(0) is not in [3/5, 1].

    References
    ----------
    Krook and Wu (1977).
    """
    kept = finite_parameter("start", start)
    if not 0.6 <= kept <= 1.0:
        raise ParameterError(
            f"start is {kept}; f is positive for 3/5 <= start <= 1, choose one of these"
        )
    s, r, first = sympy.symbols("s r start")
    phi = sympy.Function("phi")
    kernel = 1 - (1 - first) * sympy.exp(-t / (6 * small))
    gain = sympy.Integral(phi(t, r * s) * phi(t, (1 - r) * s), (r, 0, 1))
    still = sympy.Integral(phi(r * s) * phi((1 - r) * s), (r, 0, 1))
    limit = Problem(
        name="maxwellian",
        title="Equilibrium of the Boltzmann equation",
        kind="pde",
        variables=(phi(s),),
        equations=(phi(s) - still,),
        parameters={},
        small=None,
        exact={phi(s): sympy.exp(-s / 2)},
        limit=None,
        source="KrookWu1977",
    )
    return Problem(
        name="krook_wu_single",
        title="Boltzmann equation of Maxwell molecules, exact solution",
        kind="pde",
        variables=(phi(t, s),),
        equations=(small * phi(t, s).diff(t) + phi(t, s) - gain,),
        parameters={"epsilon": positive_parameter("epsilon", epsilon), "start": kept},
        small="epsilon",
        exact={phi(t, s): (1 - (1 - kernel) * s / 2) * sympy.exp(-kernel * s / 2)},
        limit=limit,
        source="KrookWu1977",
    )
