"""Oscillators: flows of a position x and a velocity v, perturbed by weak forces."""

from fractions import Fraction

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter, positive_parameter
from perturbsci.problems.registry import register

__all__ = ["damped_oscillator", "double_well", "duffing", "mathieu", "pendulum"]


@register
def damped_oscillator(epsilon: float = 0.1) -> Problem:
    """Return the linear oscillator with weak damping: x'' + 2 epsilon x' + x = 0.

    As a flow x' = v, v' = -x - 2 epsilon v. With omega = sqrt(1 - epsilon^2),

    x(t) = exp(-epsilon t) (x0 cos(omega t) + (v0 + epsilon x0)/omega sin(omega t)).

    The limit is the harmonic oscillator. The distance to it is O(epsilon) at a fixed
    time and O(1) at t = O(1/epsilon): the regular expansion has secular terms.

    Parameters
    ----------
    epsilon : float, optional
        The damping ratio, dimensionless, in [0, 1); time in units of the undamped
        period over 2 pi.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables x and v, exact solution in ``t``, ``x0``, ``v0``.

    Raises
    ------
    ParameterError
        If epsilon is not in [0, 1): from 1 on the motion does not oscillate.

    References
    ----------
    Bender and Orszag (1999), section 11.2.

    Examples
    --------
    >>> damped_oscillator(0.2).equations
    (v, -2*epsilon*v - x)
    """
    value = finite_parameter("epsilon", epsilon)
    if not 0.0 <= value < 1.0:
        raise ParameterError(
            f"epsilon is {value}; the exact solution holds for 0 <= epsilon < 1, choose a "
            "damping below the critical one"
        )
    x, v, small = sympy.symbols("x v epsilon")
    return Problem(
        name="damped_oscillator",
        title="Linear oscillator with weak damping",
        kind="flow",
        variables=(x, v),
        equations=(v, -x - 2 * small * v),
        parameters={"epsilon": value},
        small="epsilon",
        exact=_oscillation(x, v, small),
        limit=_harmonic(),
        source="BenderOrszag1999",
        limit_order=Fraction(1),
    )


def _oscillation(
    x: sympy.Symbol, v: sympy.Symbol, damping: sympy.Expr
) -> dict[sympy.Symbol, sympy.Expr]:
    t, x0, v0 = sympy.symbols("t x0 v0")
    omega = sympy.sqrt(1 - damping**2)
    decay, cosine, sine = (
        sympy.exp(-damping * t),
        sympy.cos(omega * t),
        sympy.sin(omega * t),
    )
    return {
        x: decay * (x0 * cosine + (v0 + damping * x0) / omega * sine),
        v: decay * (v0 * cosine - (x0 + damping * v0) / omega * sine),
    }


@register
def duffing(epsilon: float = 0.1) -> Problem:
    """Return Duffing's oscillator x'' + x + epsilon x^3 = 0.

    Its frequency for x(0) = 1, x'(0) = 0 is 1 + 3 epsilon/8 - 21 epsilon^2/256 + ...; the
    energy v^2/2 + x^2/2 + epsilon x^4/4 is conserved. The limit is the harmonic
    oscillator, at distance O(epsilon) at a fixed time.

    Parameters
    ----------
    epsilon : float, optional
        Any sign, dimensionless.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables x and v.

    References
    ----------
    Bender and Orszag (1999), section 11.1.

    Examples
    --------
    >>> duffing().equations
    (v, -epsilon*x**3 - x)
    """
    x, v, small = sympy.symbols("x v epsilon")
    return Problem(
        name="duffing",
        title="Duffing oscillator",
        kind="flow",
        variables=(x, v),
        equations=(v, -x - small * x**3),
        parameters={"epsilon": finite_parameter("epsilon", epsilon)},
        small="epsilon",
        exact=None,
        limit=_harmonic(),
        source="BenderOrszag1999",
        limit_order=Fraction(1),
    )


@register
def pendulum(epsilon: float = 1.0) -> Problem:
    """Return the pendulum x'' + sin(epsilon x)/epsilon = 0 of amplitude epsilon.

    x is the angle over epsilon, so that epsilon = 1 is the pendulum itself and the limit
    the harmonic oscillator, at distance O(epsilon^2) at a fixed time.

    Parameters
    ----------
    epsilon : float, optional
        The scale of the angle in radian, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables x and v.

    Raises
    ------
    ParameterError
        If epsilon is not above zero.

    References
    ----------
    Kevorkian and Cole (1996), chapter 4.

    Examples
    --------
    >>> pendulum().equations
    (v, -sin(epsilon*x)/epsilon)
    """
    x, v, small = sympy.symbols("x v epsilon")
    return Problem(
        name="pendulum",
        title="Pendulum of finite amplitude",
        kind="flow",
        variables=(x, v),
        equations=(v, -sympy.sin(small * x) / small),
        parameters={"epsilon": positive_parameter("epsilon", epsilon)},
        small="epsilon",
        exact=None,
        limit=_harmonic(),
        source="KevorkianCole1996",
        limit_order=Fraction(2),
    )


@register
def mathieu(epsilon: float = 0.1, a: float = 0.25) -> Problem:
    """Return Mathieu's equation x'' + (a + 2 epsilon cos t) x = 0.

    At a = 1/4 the forcing is in resonance: solutions grow like exp(epsilon t). The limit
    is the oscillator of frequency sqrt(a), at distance O(epsilon) at a fixed time.

    Parameters
    ----------
    epsilon : float, optional
        Half the modulation, dimensionless.
    a : float, optional
        The square of the frequency, above zero, in units of that of the modulation.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables x and v; the time ``t`` occurs in the equations.

    Raises
    ------
    ParameterError
        If a is not above zero.

    References
    ----------
    Bender and Orszag (1999), section 11.4.

    Examples
    --------
    >>> mathieu().equations
    (v, x*(-a - 2*epsilon*cos(t)))
    """
    x, v, small, square, t = sympy.symbols("x v epsilon a t")
    return Problem(
        name="mathieu",
        title="Mathieu equation",
        kind="flow",
        variables=(x, v),
        equations=(v, -(square + 2 * small * sympy.cos(t)) * x),
        parameters={
            "epsilon": finite_parameter("epsilon", epsilon),
            "a": positive_parameter("a", a),
        },
        small="epsilon",
        exact=None,
        limit=_harmonic(positive_parameter("a", a)),
        source="BenderOrszag1999",
        limit_order=Fraction(1),
    )


@register
def double_well(epsilon: float = 0.1) -> Problem:
    """Return the oscillator in a double well with weak damping, x'' + epsilon x' = x - x^3.

    The energy v^2/2 - x^2/2 + x^4/4 decays at the rate epsilon v^2; the wells are at
    x = +-1, the saddle at 0. The limit conserves the energy and has the homoclinic orbit
    x = sqrt(2)/cosh(t); the distance to it is O(epsilon) at a fixed time.

    Parameters
    ----------
    epsilon : float, optional
        The damping rate, from zero on, dimensionless.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables x and v.

    Raises
    ------
    ParameterError
        If epsilon is negative.

    References
    ----------
    Guckenheimer and Holmes (1983), section 2.2.

    Examples
    --------
    >>> double_well().equations
    (v, -epsilon*v - x**3 + x)
    """
    value = finite_parameter("epsilon", epsilon)
    if value < 0.0:
        raise ParameterError(
            f"epsilon is {value}; a damping is from zero on, reverse time for a growth"
        )
    x, v, small = sympy.symbols("x v epsilon")
    limit = Problem(
        name="double_well_undamped",
        title="Oscillator in a double well",
        kind="flow",
        variables=(x, v),
        equations=(v, x - x**3),
        parameters={},
        small=None,
        exact=None,
        limit=None,
        source="GuckenheimerHolmes1983",
    )
    return Problem(
        name="double_well",
        title="Oscillator in a double well with weak damping",
        kind="flow",
        variables=(x, v),
        equations=(v, x - x**3 - small * v),
        parameters={"epsilon": value},
        small="epsilon",
        exact=None,
        limit=limit,
        source="GuckenheimerHolmes1983",
        limit_order=Fraction(1),
    )


def _harmonic(square: float = 1.0) -> Problem:
    """Return x'' + a x = 0."""
    x, v, t, x0, v0 = sympy.symbols("x v t x0 v0")
    unit = square == 1.0
    a = sympy.S.One if unit else sympy.Symbol("a")
    omega = sympy.sqrt(a)
    cosine, sine = sympy.cos(omega * t), sympy.sin(omega * t)
    return Problem(
        name="harmonic_oscillator",
        title="Harmonic oscillator",
        kind="flow",
        variables=(x, v),
        equations=(v, -a * x),
        parameters={} if unit else {"a": square},
        small=None,
        exact={x: x0 * cosine + v0 / omega * sine, v: v0 * cosine - omega * x0 * sine},
        limit=None,
        source="BenderOrszag1999",
    )
