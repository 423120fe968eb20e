"""Algebraic equations: a regular and a singular perturbation of a polynomial."""

import math
from fractions import Fraction

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter, positive_parameter
from perturbsci.problems.registry import register

__all__ = ["cubic_singular", "quadratic_root"]


@register
def quadratic_root(epsilon: float = 0.1) -> Problem:
    """Return the quadratic x^2 + epsilon x - 1 = 0, a regular perturbation.

    ``exact`` is the positive root sqrt(1 + epsilon^2/4) - epsilon/2 =
    1 - epsilon/2 + epsilon^2/8 - ..., with the singularities epsilon = +-2i.

    Parameters
    ----------
    epsilon : float, optional
        Any, dimensionless.

    Returns
    -------
    problem : Problem
        Kind ``"algebraic"``, the unknown x.

    References
    ----------
    Hinch (1991), section 1.1.

    Examples
    --------
    >>> quadratic_root().limit.exact
    {x: 1}
    """
    x, small = sympy.symbols("x epsilon")
    limit = Problem(
        name="quadratic_root_limit",
        title="Square roots of one",
        kind="algebraic",
        variables=(x,),
        equations=(x**2 - 1,),
        parameters={},
        small=None,
        exact={x: sympy.S.One},
        limit=None,
        source="Hinch1991",
    )
    return Problem(
        name="quadratic_root",
        title="Quadratic equation with a regular perturbation",
        kind="algebraic",
        variables=(x,),
        equations=(x**2 + small * x - 1,),
        parameters={"epsilon": finite_parameter("epsilon", epsilon)},
        small="epsilon",
        exact={x: sympy.sqrt(1 + small**2 / 4) - small / 2},
        limit=limit,
        source="Hinch1991",
        limit_order=Fraction(1),
    )


@register
def cubic_singular(epsilon: float = 0.01) -> Problem:
    """Return the cubic epsilon x^3 - x + 1 = 0, whose limit has lost two of three roots.

    ``exact`` is the root that stays, 1 + epsilon + 3 epsilon^2 + 12 epsilon^3 + ... =
    (2/u) sin(arcsin(3 u/2)/3), u = sqrt(3 epsilon); the other two are
    +-epsilon^(-1/2) - 1/2 + ...

    Parameters
    ----------
    epsilon : float, optional
        Dimensionless, in (0, 4/27]: at 4/27 two roots meet.

    Returns
    -------
    problem : Problem
        Kind ``"algebraic"``, the unknown x.

    Raises
    ------
    ParameterError
        If epsilon is not in (0, 4/27].

    References
    ----------
    Bender and Orszag (1999), section 7.1.

    Examples
    --------
    >>> cubic_singular().limit.equations
    (1 - x,)
    """
    value = positive_parameter("epsilon", epsilon)
    if value > 4.0 / 27.0 * (1.0 + math.ulp(1.0)):
        raise ParameterError(
            f"epsilon is {value}; the root that stays is real up to 4/27 = 0.148, choose a "
            "smaller one"
        )
    x, small = sympy.symbols("x epsilon")
    u = sympy.sqrt(3 * small)
    limit = Problem(
        name="cubic_singular_limit",
        title="Linear equation that is left of the cubic",
        kind="algebraic",
        variables=(x,),
        equations=(1 - x,),
        parameters={},
        small=None,
        exact={x: sympy.S.One},
        limit=None,
        source="BenderOrszag1999",
    )
    return Problem(
        name="cubic_singular",
        title="Cubic equation with a singular perturbation",
        kind="algebraic",
        variables=(x,),
        equations=(small * x**3 - x + 1,),
        parameters={"epsilon": value},
        small="epsilon",
        exact={x: 2 / u * sympy.sin(sympy.asin(3 * u / 2) / 3)},
        limit=limit,
        source="BenderOrszag1999",
        limit_order=Fraction(1),
    )
