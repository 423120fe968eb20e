"""Boundary-value problems with layers, and a turning point.

    epsilon y'' + a(x) y' + b(x) y = f(x),   epsilon^2 y'' - c(x)^2 y = f(x),

each with its exact solution in a form that neither overflows nor cancels as epsilon -> 0.
"""

from fractions import Fraction

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import Problem
from perturbsci.problems.operations import dawson
from perturbsci.problems.parameters import positive_parameter
from perturbsci.problems.registry import register

__all__ = [
    "airy_turning",
    "layer_constant",
    "layer_interior",
    "layer_reaction",
    "layer_variable",
]

x, small = sympy.symbols("x epsilon")
y = sympy.Function("y")
exp = sympy.exp


@register
def layer_constant(epsilon: float = 0.01) -> Problem:
    """Return epsilon y'' + y' + y = 0, y(0) = 0, y(1) = 1: a layer of width epsilon at 0.

    With r = sqrt(1 - 4 epsilon), slow = -2/(1 + r), fast = -(1 + r)/(2 epsilon),

    y = (exp(slow x) - exp(fast x))/(exp(slow) - exp(fast)).

    The limit is y' + y = 0, y(1) = 1; the distance outside the layer is O(epsilon).

    Parameters
    ----------
    epsilon : float, optional
        Dimensionless, in (0, 1/4).

    Returns
    -------
    problem : Problem
        Kind ``"boundary"``, the unknown y(x).

    Raises
    ------
    ParameterError
        If epsilon is not in (0, 1/4): from 1/4 on the solution oscillates.

    References
    ----------
    Bender and Orszag (1999), section 9.1.

    Examples
    --------
    >>> layer_constant().conditions
    {y(0): 0, y(1): 1}
    """
    value = positive_parameter("epsilon", epsilon)
    if value >= 0.25:
        raise ParameterError(
            f"epsilon is {value}; the layer exists for 0 < epsilon < 1/4, choose a smaller "
            "one"
        )
    root = sympy.sqrt(1 - 4 * small)
    slow, fast = -2 / (1 + root), -(1 + root) / (2 * small)
    exact = (exp(slow * x) - exp(fast * x)) / (exp(slow) - exp(fast))
    limit = _outer("layer_constant", y(x).diff(x) + y(x), {y(1): 1}, exp(1 - x))
    return _problem(
        "layer_constant",
        "Boundary layer with constant coefficients",
        small * y(x).diff(x, 2) + y(x).diff(x) + y(x),
        {y(0): 0, y(1): 1},
        exact,
        value,
        limit=limit,
        limit_order=Fraction(1),
    )


@register
def layer_variable(epsilon: float = 0.01) -> Problem:
    """Return epsilon y'' + (1 + x) y' + y = 0, y(0) = y(1) = 1: a layer at 0.

    A first integral is epsilon y' + (1 + x) y = constant, so with Dawson's integral D and
    z = (1 + x)/sqrt(2 epsilon), e(x) = exp(-x (2 + x)/(2 epsilon)),

    y = a D(z) + b e(x),  a = (1 - e(1))/(D(z(1)) - D(z(0)) e(1)),  b = 1 - a D(z(0)).

    The limit is ((1 + x) y)' = 0, y(1) = 1, hence 2/(1 + x); the distance outside the
    layer is O(epsilon).

    Parameters
    ----------
    epsilon : float, optional
        Dimensionless, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"boundary"``, the unknown y(x).

    Raises
    ------
    ParameterError
        If epsilon is not above zero.

    References
    ----------
    Bender and Orszag (1999), section 9.1.

    Examples
    --------
    >>> layer_variable().limit.exact
    {y(x): 2/(x + 1)}
    """
    z = (1 + x) / sympy.sqrt(2 * small)
    decay = exp(-x * (2 + x) / (2 * small))
    left, right = dawson(z.subs(x, 0)), dawson(z.subs(x, 1))
    far = decay.subs(x, 1)
    a = (1 - far) / (right - left * far)
    limit = _outer("layer_variable", ((1 + x) * y(x)).diff(x), {y(1): 1}, 2 / (1 + x))
    return _problem(
        "layer_variable",
        "Boundary layer with a variable coefficient",
        small * y(x).diff(x, 2) + (1 + x) * y(x).diff(x) + y(x),
        {y(0): 1, y(1): 1},
        a * dawson(z) + (1 - a * left) * decay,
        positive_parameter("epsilon", epsilon),
        limit=limit,
        limit_order=Fraction(1),
    )


@register
def layer_reaction(epsilon: float = 0.05) -> Problem:
    """Return epsilon^2 y'' - y = -cos(pi x), y(0) = y(1) = 0: layers at both ends.

    With c = 1/(1 + pi^2 epsilon^2) and q = exp(-1/epsilon),

    y = c (cos(pi x) - (exp(-x/epsilon) - exp(-(1 - x)/epsilon))/(1 - q)).

    The limit is y = cos(pi x); the distance outside the layers is O(epsilon^2).

    Parameters
    ----------
    epsilon : float, optional
        The width of the layers, dimensionless, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"boundary"``, the unknown y(x).

    Raises
    ------
    ParameterError
        If epsilon is not above zero.

    References
    ----------
    Holmes (2013), chapter 2.

    Examples
    --------
    >>> layer_reaction().limit_order
    Fraction(2, 1)
    """
    force = sympy.cos(sympy.pi * x)
    ends = (exp(-x / small) - exp(-(1 - x) / small)) / (1 - exp(-1 / small))
    limit = _outer("layer_reaction", force - y(x), {}, force)
    return _problem(
        "layer_reaction",
        "Reaction and diffusion with two boundary layers",
        small**2 * y(x).diff(x, 2) - y(x) + force,
        {y(0): 0, y(1): 0},
        (force - ends) / (1 + sympy.pi**2 * small**2),
        positive_parameter("epsilon", epsilon),
        limit=limit,
        limit_order=Fraction(2),
        source="Holmes2013",
    )


@register
def layer_interior(epsilon: float = 0.01) -> Problem:
    """Return epsilon y'' + x y' = x^3, y(-1) = -1, y(1) = 1: an interior layer.

    Its width is sqrt(epsilon):

    y = x^3/3 - 2 epsilon x + b erf(x/sqrt(2 epsilon))/erf(1/sqrt(2 epsilon)),
    b = 2/3 + 2 epsilon.

    The limit is y' = x^2 from both ends, hence x^3/3 + sign(x) 2/3; the distance outside
    the layer at 0 is O(epsilon).

    Parameters
    ----------
    epsilon : float, optional
        Dimensionless, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"boundary"``, the unknown y(x).

    Raises
    ------
    ParameterError
        If epsilon is not above zero.

    References
    ----------
    Bender and Orszag (1999), section 9.6.

    Examples
    --------
    >>> layer_interior().domain
    (-1.0, 1.0)
    """
    inner = sympy.erf(x / sympy.sqrt(2 * small)) / sympy.erf(1 / sympy.sqrt(2 * small))
    particular = x**3 / 3 - 2 * small * x
    jump = sympy.Rational(2, 3)
    limit = _outer(
        "layer_interior",
        y(x).diff(x) - x**2,
        {y(-1): -1, y(1): 1},
        x**3 / 3 + sympy.Piecewise((-jump, x < 0), (jump, True)),
        domain=(-1.0, 1.0),
    )
    return _problem(
        "layer_interior",
        "Interior layer at a turning point",
        small * y(x).diff(x, 2) + x * y(x).diff(x) - x**3,
        {y(-1): -1, y(1): 1},
        particular + (jump + 2 * small) * inner,
        positive_parameter("epsilon", epsilon),
        domain=(-1.0, 1.0),
        limit=limit,
        limit_order=Fraction(1),
    )


@register
def airy_turning(epsilon: float = 0.05) -> Problem:
    """Return Airy's equation epsilon^2 y'' = x y with the solution that decays for x > 0.

    y = Ai(epsilon^(-2/3) x), fixed by y(0) and y'(0): waves of length epsilon for x < 0,
    a turning point at 0. There is no limit problem.

    Parameters
    ----------
    epsilon : float, optional
        Dimensionless, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"boundary"``, the unknown y(x).

    Raises
    ------
    ParameterError
        If epsilon is not above zero.

    References
    ----------
    Bender and Orszag (1999), section 10.4.

    Examples
    --------
    >>> airy_turning().equations
    (epsilon**2*Derivative(y(x), (x, 2)) - x*y(x),)
    """
    stretch = small ** sympy.Rational(-2, 3)
    slope = y(x).diff(x).subs(x, 0)
    return _problem(
        "airy_turning",
        "Airy's equation with a turning point",
        small**2 * y(x).diff(x, 2) - x * y(x),
        {y(0): sympy.airyai(0), slope: stretch * sympy.airyaiprime(0)},
        sympy.airyai(stretch * x),
        positive_parameter("epsilon", epsilon),
        domain=(-1.0, 1.0),
    )


def _problem(
    name: str,
    title: str,
    equation: sympy.Expr,
    conditions: dict[sympy.Expr, sympy.Expr],
    exact: sympy.Expr,
    epsilon: float | None,
    *,
    domain: tuple[float, float] = (0.0, 1.0),
    limit: Problem | None = None,
    limit_order: Fraction | None = None,
    source: str = "BenderOrszag1999",
) -> Problem:
    return Problem(
        name=name,
        title=title,
        kind="boundary",
        variables=(y(x),),
        equations=(equation,),
        parameters={} if epsilon is None else {"epsilon": epsilon},
        small=None if epsilon is None else "epsilon",
        exact={y(x): exact},
        limit=limit,
        source=source,
        domain=domain,
        conditions=conditions,
        limit_order=limit_order,
    )


def _outer(
    name: str,
    equation: sympy.Expr,
    conditions: dict[sympy.Expr, sympy.Expr],
    exact: sympy.Expr,
    *,
    domain: tuple[float, float] = (0.0, 1.0),
) -> Problem:
    """Return the limit, which keeps fewer conditions."""
    title = "Outer limit of a problem with a layer"
    return _problem(
        f"{name}_outer", title, equation, conditions, exact, None, domain=domain
    )
