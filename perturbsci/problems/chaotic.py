"""Chaotic flows with the parameters of their first papers; they have no small parameter."""

import sympy

from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter, whole_parameter
from perturbsci.problems.registry import register

__all__ = ["lorenz63", "lorenz96", "rossler"]


@register
def lorenz63(sigma: float = 10.0, rho: float = 28.0, beta: float = 8.0 / 3.0) -> Problem:
    """Return Lorenz's flow x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z.

    Volumes shrink at the rate sigma + 1 + beta; the fixed points beside the origin are
    x = y = +-sqrt(beta (rho - 1)), z = rho - 1.

    Parameters
    ----------
    sigma, rho, beta : float, optional
        Prandtl number, Rayleigh number over its critical value, shape; dimensionless.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables x, y, z.

    References
    ----------
    Lorenz (1963), equations (25)-(27).

    Examples
    --------
    >>> lorenz63().variables
    (x, y, z)
    """
    x, y, z, s, r, b = sympy.symbols("x y z sigma rho beta")
    values = {"sigma": sigma, "rho": rho, "beta": beta}
    return _chaotic(
        "lorenz63",
        "Lorenz flow of 1963",
        (x, y, z),
        (s * (y - x), x * (r - z) - y, x * y - b * z),
        values,
        "Lorenz1963",
    )


@register
def rossler(a: float = 0.2, b: float = 0.2, c: float = 5.7) -> Problem:
    """Return Rössler's flow x' = -y - z, y' = x + a y, z' = b + z (x - c).

    Parameters
    ----------
    a, b, c : float, optional
        Dimensionless.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables x, y, z.

    References
    ----------
    Rössler (1976).

    Examples
    --------
    >>> rossler().equations
    (-y - z, a*y + x, b + z*(-c + x))
    """
    x, y, z, p, q, r = sympy.symbols("x y z a b c")
    values = {"a": a, "b": b, "c": c}
    equations = (-y - z, x + p * y, q + z * (x - r))
    return _chaotic("rossler", "Rossler flow", (x, y, z), equations, values, "Rossler1976")


@register
def lorenz96(n: float = 40, forcing: float = 8.0) -> Problem:
    """Return Lorenz's ring of n sites, x_k' = (x_(k+1) - x_(k-2)) x_(k-1) - x_k + forcing.

    The quadratic terms conserve the sum of x_k^2; x_k = forcing is a fixed point.

    Parameters
    ----------
    n : int, optional
        Number of sites, from 4 on.
    forcing : float, optional
        Dimensionless; chaotic from about 5 on.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables x1, ..., xn; parameters ``n`` and ``forcing``.

    Raises
    ------
    ParameterError
        If n is not a whole number from 4 on.

    References
    ----------
    Lorenz (1996), equation (1).

    Examples
    --------
    >>> lorenz96(4).equations[0]
    forcing - x1 + x4*(x2 - x3)
    """
    count = whole_parameter("n", n, 4)
    x = sympy.symbols(f"x1:{count + 1}")
    equations = tuple(
        (x[(k + 1) % count] - x[k - 2]) * x[k - 1] - x[k] + sympy.Symbol("forcing")
        for k in range(count)
    )
    values = {"n": count, "forcing": forcing}
    return _chaotic("lorenz96", "Lorenz ring of 1996", x, equations, values, "Lorenz1996")


def _chaotic(
    name: str,
    title: str,
    variables: tuple[sympy.Symbol, ...],
    equations: tuple[sympy.Expr, ...],
    values: dict[str, float],
    source: str,
) -> Problem:
    return Problem(
        name=name,
        title=title,
        kind="flow",
        variables=variables,
        equations=equations,
        parameters={key: finite_parameter(key, value) for key, value in values.items()},
        small=None,
        exact=None,
        limit=None,
        source=source,
    )
