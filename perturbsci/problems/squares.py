"""Ready statements on squares and cubes.

Four of the five are benchmarks of Kang, Oh, Hong and Park (2024), as their programs state
them.
"""

import sympy

from perturbsci.arguments import flag
from perturbsci.errors import ParameterError
from perturbsci.problems.conditions import Dirichlet, Initial
from perturbsci.problems.domains import Box
from perturbsci.problems.fields import FieldProblem, coordinates, field
from perturbsci.problems.parameters import (
    finite_parameter,
    positive_parameter,
    whole_parameter,
)
from perturbsci.problems.registry import get_problem

__all__ = ["flow_mixing", "helmholtz", "klein_gordon", "nonlinear_diffusion", "poisson"]

FASTEST = sympy.Rational(385, 1000)  # of the tangential velocity, to three digits


def helmholtz(modes: tuple[int, int] = (1, 4)) -> FieldProblem:
    """Return u_xx + u_yy + u = f with u = sin(a pi x) sin(b pi y).

    On [-1, 1]^2 with u = 0 at the walls; a and b are the modes.

    Parameters
    ----------
    modes : (int, int), optional
        a and b.

    Returns
    -------
    problem : FieldProblem
        With its exact solution.

    Raises
    ------
    ParameterError
        If the modes are not two whole numbers from 1 on.

    References
    ----------
    Kang, Oh, Hong and Park (2024).

    Examples
    --------
    >>> helmholtz((1, 2)).exact
    {u(x, y): sin(pi*x)*sin(2*pi*y)}
    """
    if not isinstance(modes, (tuple, list)) or len(modes) != 2:
        raise ParameterError(f"modes is {modes!r}; it must be two whole numbers, (1, 4)")
    a, b = (whole_parameter("modes", item) for item in modes)
    x, y = coordinates("x y")
    u = field("u", x, y)
    exact = sympy.sin(a * sympy.pi * x) * sympy.sin(b * sympy.pi * y)
    source = (1 - sympy.pi**2 * (a**2 + b**2)) * exact
    return FieldProblem(
        [u.diff(x, 2) + u.diff(y, 2) + u - source],
        Box({x: (-1, 1), y: (-1, 1)}),
        [Dirichlet(u, 0)],
        exact={u: exact},
        name="helmholtz",
        title="Helmholtz equation on a square",
        source="KangOhHongPark2024",
    )


def klein_gordon(
    frequency: float = 2.0, *, end: float = 10.0, initial_rate: bool = True
) -> FieldProblem:
    """Return u_tt = u_xx + u_yy - u^2 + f with a known solution.

    On [-1, 1]^2 with the values of u = (x + y) cos(w t) + x y sin(w t) at the walls and at
    the start, w the frequency.

    Parameters
    ----------
    frequency : float, optional
        w, above zero.
    end : float, optional
        Of the time, above zero.
    initial_rate : bool, optional
        Whether u_t is given at the start, too. Without it the solution is not unique, as
        in a published benchmark; ``lint`` finds that.

    Returns
    -------
    problem : FieldProblem
        With its exact solution.

    Raises
    ------
    ParameterError
        If a number is not above zero.

    References
    ----------
    Kang, Oh, Hong and Park (2024).

    Examples
    --------
    >>> len(klein_gordon().conditions), len(klein_gordon(initial_rate=False).conditions)
    (3, 2)
    """
    problem = get_problem("klein_gordon", {"frequency": frequency})
    x, y, t = coordinates("x y t")
    w = sympy.Symbol("frequency")
    u = field("u", x, y, t)
    value = (x + y) * sympy.cos(w * t) + x * y * sympy.sin(w * t)
    with_rate = flag(initial_rate, "initial_rate")
    rate = [Initial(u, w * x * y, order=1)] if with_rate else []
    return FieldProblem.from_problem(
        problem,
        Box({x: (-1, 1), y: (-1, 1)}, time=(t, 0, positive_parameter("end", end))),
        [Initial(u, x + y), *rate, Dirichlet(u, value)],
    )


def flow_mixing(end: float = 4.0) -> FieldProblem:
    """Return u_t + a u_x + b u_y = 0 for a vortex that winds up a front.

    On [-4, 4]^2 with the values of u = -tanh((y cos(w t) - x sin(w t))/2) at the walls and
    at the start. The vortex turns with angular velocity w = tanh(r)/(0.385 r cosh(r)^2),
    so that a = -w y, b = w x.

    Parameters
    ----------
    end : float, optional
        Of the time, above zero.

    Returns
    -------
    problem : FieldProblem
        With its exact solution.

    Raises
    ------
    ParameterError
        If the end is not above zero.

    References
    ----------
    Kang, Oh, Hong and Park (2024).

    Examples
    --------
    >>> flow_mixing().type
    'hyperbolic'
    """
    x, y, t = coordinates("x y t")
    u = field("u", x, y, t)
    square = x**2 + y**2
    r = sympy.sqrt(square)
    # at the center tanh(r)/r is 1; the quotient there would be 0/0
    turn = sympy.Piecewise(
        (1, sympy.Eq(square, 0)), (sympy.tanh(r) / (r * sympy.cosh(r) ** 2), True)
    )
    w = turn / FASTEST
    exact = -sympy.tanh((y * sympy.cos(w * t) - x * sympy.sin(w * t)) / 2)
    return FieldProblem(
        [u.diff(t) - w * y * u.diff(x) + w * x * u.diff(y)],
        Box({x: (-4, 4), y: (-4, 4)}, time=(t, 0, positive_parameter("end", end))),
        [Initial(u, -sympy.tanh(y / 2)), Dirichlet(u, exact)],
        exact={u: exact},
        name="flow_mixing",
        title="Mixing of a front by a vortex",
        source="KangOhHongPark2024",
    )


def nonlinear_diffusion(alpha: float = 0.05) -> FieldProblem:
    """Return u_t = alpha div(u grad u) with three Gaussian hills at the start.

    On [-1, 1]^2 x [0, 1] with u = 0 at the walls. At the walls the hills are up to
    9.4e-3 high, so that initial and boundary data disagree; ``lint`` warns of it.

    Parameters
    ----------
    alpha : float, optional
        Above zero.

    Returns
    -------
    problem : FieldProblem
        No exact solution is known.

    Raises
    ------
    ParameterError
        If alpha is not finite.

    References
    ----------
    Kang, Oh, Hong and Park (2024).

    Examples
    --------
    >>> nonlinear_diffusion().linear, nonlinear_diffusion().conservative
    (False, True)
    """
    x, y, t = coordinates("x y t")
    a = sympy.Symbol("alpha")
    u = field("u", x, y, t)
    hills = (
        (sympy.Rational(1, 4), sympy.Rational(3, 10), sympy.Rational(1, 5), 10),
        (sympy.Rational(2, 5), -sympy.Rational(1, 2), -sympy.Rational(1, 10), 15),
        (sympy.Rational(3, 10), 0, -sympy.Rational(1, 2), 20),
    )
    value = sum(
        height * sympy.exp(-steepness * ((x - left) ** 2 + (y - low) ** 2))
        for height, left, low, steepness in hills
    )
    flux = [(u * u.diff(item)).diff(item) for item in (x, y)]
    return FieldProblem(
        [u.diff(t) - a * sum(flux)],
        Box({x: (-1, 1), y: (-1, 1)}, time=(t, 0, 1)),
        [Initial(u, value), Dirichlet(u, 0)],
        parameters={a: finite_parameter("alpha", alpha)},
        name="nonlinear_diffusion",
        title="Nonlinear diffusion of three hills",
        source="KangOhHongPark2024",
    )


def poisson(dimension: int = 2) -> FieldProblem:
    """Return -Laplacian u = d pi^2 u with u the product of sin(pi x_k).

    On [0, 1]^d with u = 0 at the walls; the right side is given, not unknown.

    Parameters
    ----------
    dimension : int, optional
        d, from 1 on.

    Returns
    -------
    problem : FieldProblem
        With its exact solution.

    Raises
    ------
    ParameterError
        If the dimension is no whole number from 1 on.

    References
    ----------
    Evans (2010), section 2.2.

    Examples
    --------
    >>> poisson(3).coordinates
    (x, y, z)
    """
    d = whole_parameter("dimension", dimension)
    space = coordinates("x y z"[: 2 * d - 1] if d <= 3 else _numbered(d))
    u = field("u", *space)
    exact = sympy.Mul(*(sympy.sin(sympy.pi * item) for item in space))
    return FieldProblem(
        [-sum(u.diff(item, 2) for item in space) - d * sympy.pi**2 * exact],
        Box(dict.fromkeys(space, (0, 1))),
        [Dirichlet(u, 0)],
        exact={u: exact},
        name="poisson",
        title="Poisson equation on a cube",
        source="Evans2010",
    )


def _numbered(d: int) -> str:
    return " ".join(f"x{k}" for k in range(1, d + 1))
