"""Diffusion: linear, with advection, with steepening, and with reaction.

Each has an exact solution u(t, x); domains and boundary values are no part of it.
"""

from fractions import Fraction

import sympy

from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter, positive_parameter
from perturbsci.problems.registry import register

__all__ = ["advection_diffusion", "allen_cahn", "burgers", "heat"]

t, x = sympy.symbols("t x")
u = sympy.Function("u")(t, x)


@register
def heat(diffusion: float = 1.0, wavenumber: float = 3.141592653589793) -> Problem:
    """Return the heat equation u_t = diffusion u_xx.

    One mode, u = exp(-diffusion k^2 t) sin(k x). The limit is u_t = 0; the distance at a
    fixed time is O(diffusion).

    Parameters
    ----------
    diffusion : float, optional
        Above zero, in units of length^2/time.
    wavenumber : float, optional
        k of ``exact``.

    Returns
    -------
    problem : Problem
        Kind ``"pde"``, the field u(t, x).

    Raises
    ------
    ParameterError
        If the diffusion is not above zero.

    References
    ----------
    Evans (2010), section 2.3.
    """
    d, k = sympy.symbols("diffusion wavenumber")
    number = finite_parameter("wavenumber", wavenumber)
    mode = sympy.sin(k * x)
    limit = _field("heat_frozen", "No diffusion", u.diff(t), {"wavenumber": number}, mode)
    return _field(
        "heat",
        "Heat equation",
        u.diff(t) - d * u.diff(x, 2),
        {"diffusion": positive_parameter("diffusion", diffusion), "wavenumber": number},
        sympy.exp(-d * k**2 * t) * mode,
        limit=limit,
        limit_order=Fraction(1),
    )


@register
def advection_diffusion(
    diffusion: float = 0.01, speed: float = 1.0, wavenumber: float = 3.141592653589793
) -> Problem:
    """Return u_t + speed u_x = diffusion u_xx.

    One mode, u = exp(-diffusion k^2 t) sin(k (x - speed t)). The limit is advection; the
    distance at a fixed time is O(diffusion).

    Parameters
    ----------
    diffusion : float, optional
        Above zero, in units of length^2/time.
    speed : float, optional
        In units of length/time.
    wavenumber : float, optional
        k of ``exact``.

    Returns
    -------
    problem : Problem
        Kind ``"pde"``, the field u(t, x).

    Raises
    ------
    ParameterError
        If the diffusion is not above zero.

    References
    ----------
    Evans (2010), section 2.1.
    """
    d, c, k = sympy.symbols("diffusion speed wavenumber")
    values = {
        "speed": finite_parameter("speed", speed),
        "wavenumber": finite_parameter("wavenumber", wavenumber),
    }
    moving = u.diff(t) + c * u.diff(x)
    wave = sympy.sin(k * (x - c * t))
    return _field(
        "advection_diffusion",
        "Advection and diffusion",
        moving - d * u.diff(x, 2),
        {"diffusion": positive_parameter("diffusion", diffusion), **values},
        sympy.exp(-d * k**2 * t) * wave,
        limit=_field("advection", "Linear advection", moving, values, wave),
        limit_order=Fraction(1),
    )


@register
def burgers(viscosity: float = 0.003183098861837907) -> Problem:
    """Return Burgers' equation u_t + u u_x = viscosity u_xx.

    ``exact`` is the shock from 1 to 0 that moves with speed 1/2,
    u = (1 - tanh((x - t/2)/(4 viscosity)))/2. The limit is the inviscid equation; the
    distance is exponentially small away from the shock.

    Parameters
    ----------
    viscosity : float, optional
        Above zero; by default 0.01/pi.

    Returns
    -------
    problem : Problem
        Kind ``"pde"``, the field u(t, x).

    Raises
    ------
    ParameterError
        If the viscosity is not above zero.

    References
    ----------
    Whitham (1974), chapter 4.
    """
    nu = sympy.Symbol("viscosity")
    steepening = u.diff(t) + u * u.diff(x)
    return _field(
        "burgers",
        "Burgers' equation",
        steepening - nu * u.diff(x, 2),
        {"viscosity": positive_parameter("viscosity", viscosity)},
        (1 - sympy.tanh((x - t / 2) / (4 * nu))) / 2,
        limit=_field(
            "burgers_inviscid", "Inviscid Burgers' equation", steepening, {}, None
        ),
        source="Whitham1974",
    )


@register
def allen_cahn(diffusion: float = 1e-4, reaction: float = 5.0) -> Problem:
    """Return the Allen-Cahn equation u_t = diffusion u_xx + reaction (u - u^3).

    ``exact`` is the front that carries u = 1 into the unstable u = 0,
    u = (1 - tanh(sqrt(reaction/(8 diffusion)) (x - c t)))/2,
    c = 3 sqrt(reaction diffusion/2). The limit is the reaction alone, pointwise in x.

    Parameters
    ----------
    diffusion : float, optional
        Above zero.
    reaction : float, optional
        The growth rate at u = 0, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"pde"``, the field u(t, x).

    Raises
    ------
    ParameterError
        If a parameter is not above zero.

    References
    ----------
    Allen and Cahn (1979); Murray (2002), chapter 13.
    """
    d, r = sympy.symbols("diffusion reaction")
    rate = {"reaction": positive_parameter("reaction", reaction)}
    local = u.diff(t) - r * (u - u**3)
    front = x - 3 * sympy.sqrt(r * d / 2) * t
    return _field(
        "allen_cahn",
        "Allen-Cahn equation",
        local - d * u.diff(x, 2),
        {"diffusion": positive_parameter("diffusion", diffusion), **rate},
        (1 - sympy.tanh(sympy.sqrt(r / (8 * d)) * front)) / 2,
        limit=_field(
            "allen_cahn_reaction", "Reaction without diffusion", local, rate, None
        ),
        source="AllenCahn1979",
    )


def _field(
    name: str,
    title: str,
    equation: sympy.Expr,
    values: dict[str, float],
    exact: sympy.Expr | None,
    *,
    limit: Problem | None = None,
    limit_order: Fraction | None = None,
    source: str = "Evans2010",
) -> Problem:
    """Return a statement about u(t, x); with a limit the first value is small."""
    return Problem(
        name=name,
        title=title,
        kind="pde",
        variables=(u,),
        equations=(equation,),
        parameters=values,
        small=next(iter(values)) if limit else None,
        exact=None if exact is None else {u: exact},
        limit=limit,
        source=source,
        limit_order=limit_order,
    )
