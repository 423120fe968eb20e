"""Ready statements on an interval, and the list of all.

Each that has a ``Problem`` of its name takes the equation from there, so that it is
written once.
"""

import sympy

from perturbsci.problems.conditions import Dirichlet, Initial, Periodic
from perturbsci.problems.domains import Box
from perturbsci.problems.fields import FieldProblem, coordinates, field
from perturbsci.problems.parameters import positive_parameter
from perturbsci.problems.registry import get_problem

__all__ = [
    "allen_cahn",
    "burgers",
    "heat",
    "kuramoto_sivashinsky",
    "list_field_problems",
    "steady_burgers",
]

NAMES = (
    *("burgers", "allen_cahn", "helmholtz", "klein_gordon", "flow_mixing"),
    *("nonlinear_diffusion", "steady_burgers", "heat", "poisson", "kuramoto_sivashinsky"),
)


def list_field_problems() -> tuple[str, ...]:
    """Return the names of the ready statements, constructors in ``problems``.

    Returns
    -------
    names : tuple of str
        Each can be called without arguments.

    Examples
    --------
    >>> list_field_problems()[:2]
    ('burgers', 'allen_cahn')
    """
    return NAMES


def burgers(viscosity: float = 0.003183098861837907) -> FieldProblem:
    """Return u_t + u u_x = viscosity u_xx with u = -sin(pi x) at the start.

    On [-1, 1] x [0, 1] with u = 0 at the walls. A layer forms at x = 0 near t = 1/pi.

    Parameters
    ----------
    viscosity : float, optional
        By default 0.01/pi; 0 for the inviscid equation, whose shock is a warning of
        ``lint``.

    Returns
    -------
    problem : FieldProblem
        No exact solution; that of Cole and Hopf is an integral.

    Raises
    ------
    ParameterError
        If the viscosity is not finite.

    References
    ----------
    Whitham (1974), chapter 4.

    Examples
    --------
    >>> burgers().parameters
    {viscosity: 0.003183098861837907}
    """
    x, t = coordinates("x t")
    u = field("u", x, t)
    return FieldProblem.from_problem(
        get_problem("burgers"),
        Box({x: (-1, 1)}, time=(t, 0, 1)),
        [Initial(u, -sympy.sin(sympy.pi * x)), Dirichlet(u, 0)],
        parameters={"viscosity": viscosity},
    )


def allen_cahn(diffusion: float = 1e-4) -> FieldProblem:
    """Return u_t = diffusion u_xx + 5 (u - u^3) with u = x^2 cos(pi x) at the start.

    On [-1, 1] x [0, 1], periodic. The initial data have a kink at the seam, where their
    derivative jumps by 4; ``lint`` warns of it.

    Parameters
    ----------
    diffusion : float, optional
        Above zero.

    Returns
    -------
    problem : FieldProblem
        No exact solution is known.

    Raises
    ------
    ParameterError
        If the diffusion is not finite.

    References
    ----------
    Allen and Cahn (1979).

    Examples
    --------
    >>> allen_cahn().parameters
    {diffusion: 0.0001, reaction: 5.0}
    """
    x, t = coordinates("x t")
    u = field("u", x, t)
    return FieldProblem.from_problem(
        get_problem("allen_cahn"),
        Box({x: (-1, 1)}, time=(t, 0, 1)),
        [Initial(u, x**2 * sympy.cos(sympy.pi * x)), Periodic(u, x)],
        parameters={"diffusion": diffusion},
    )


def steady_burgers(viscosity: float = 0.1) -> FieldProblem:
    """Return u u_x = viscosity u_xx with u = -tanh(x/(2 viscosity)).

    On [-1, 1] with the values of u at the walls.

    Parameters
    ----------
    viscosity : float, optional
        Above zero.

    Returns
    -------
    problem : FieldProblem
        With its exact solution.

    Raises
    ------
    ParameterError
        If the viscosity is not above zero.

    References
    ----------
    Whitham (1974), chapter 4.

    Examples
    --------
    >>> steady_burgers().type
    'elliptic'
    """
    (x,) = coordinates("x")
    nu = sympy.Symbol("viscosity")
    u = field("u", x)
    exact = -sympy.tanh(x / (2 * nu))
    return FieldProblem(
        [u * u.diff(x) - nu * u.diff(x, 2)],
        Box({x: (-1, 1)}),
        [Dirichlet(u, exact)],
        parameters={nu: positive_parameter("viscosity", viscosity)},
        exact={u: exact},
        name="steady_burgers",
        title="Steady Burgers' equation",
        source="Whitham1974",
    )


def heat(diffusion: float = 1.0) -> FieldProblem:
    """Return u_t = diffusion u_xx with u = sin(pi x) at the start.

    On [-1, 1] x [0, 1] with u = 0 at the walls; u = exp(-diffusion pi^2 t) sin(pi x).

    Parameters
    ----------
    diffusion : float, optional
        Above zero.

    Returns
    -------
    problem : FieldProblem
        With its exact solution.

    Raises
    ------
    ParameterError
        If the diffusion is not finite.

    References
    ----------
    Evans (2010), section 2.3.

    Examples
    --------
    >>> heat().type
    'parabolic'
    """
    x, t = coordinates("x t")
    u = field("u", x, t)
    return FieldProblem.from_problem(
        get_problem("heat"),
        Box({x: (-1, 1)}, time=(t, 0, 1)),
        [Initial(u, sympy.sin(sympy.pi * x)), Dirichlet(u, 0)],
        parameters={"diffusion": diffusion, "wavenumber": sympy.pi},
    )


def kuramoto_sivashinsky(length: float = 22.0, end: float = 10.0) -> FieldProblem:
    """Return u_t + u u_x + u_xx + u_xxxx = 0, periodic and chaotic.

    On [0, length] x [0, end] with u = cos(k x) (1 + sin(k x)) at the start,
    k = 2 pi/length.

    Parameters
    ----------
    length : float, optional
        Above zero; chaotic from about 22 on.
    end : float, optional
        Of the time, above zero.

    Returns
    -------
    problem : FieldProblem
        No exact solution is known.

    Raises
    ------
    ParameterError
        If a number is not above zero.

    References
    ----------
    Kassam and Trefethen (2005), section 4.

    Examples
    --------
    >>> kuramoto_sivashinsky().order
    {x: 4, t: 1}
    """
    x, t = coordinates("x t")
    u = field("u", x, t)
    size = positive_parameter("length", length)
    phase = 2 * sympy.pi * x / sympy.Rational(size)
    return FieldProblem(
        [u.diff(t) + u * u.diff(x) + u.diff(x, 2) + u.diff(x, 4)],
        Box({x: (0, size)}, time=(t, 0, positive_parameter("end", end))),
        [Initial(u, sympy.cos(phase) * (1 + sympy.sin(phase))), Periodic(u, x)],
        name="kuramoto_sivashinsky",
        title="Kuramoto-Sivashinsky equation",
        source="KassamTrefethen2005",
    )
