"""Waves: a nonlinear Klein-Gordon equation in two dimensions, with a known solution."""

import sympy

from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import positive_parameter
from perturbsci.problems.registry import register

__all__ = ["klein_gordon"]


@register
def klein_gordon(frequency: float = 2.0) -> Problem:
    """Return u_tt = u_xx + u_yy - u^2 + f with a known solution.

    u = (x + y) cos(w t) + x y sin(w t), w the frequency; f(t, x, y) is u^2 - w^2 u of it.
    There is no small parameter.

    Parameters
    ----------
    frequency : float, optional
        w, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"pde"``, the field u(t, x, y).

    Raises
    ------
    ParameterError
        If the frequency is not above zero.

    References
    ----------
    Kang, Oh, Hong and Park (2024).
    """
    t, x, y, w = sympy.symbols("t x y frequency")
    u = sympy.Function("u")(t, x, y)
    exact = (x + y) * sympy.cos(w * t) + x * y * sympy.sin(w * t)
    waves = u.diff(t, 2) - u.diff(x, 2) - u.diff(y, 2)
    return Problem(
        name="klein_gordon",
        title="Nonlinear Klein-Gordon equation",
        kind="pde",
        variables=(u,),
        equations=(waves + u**2 - (exact**2 - w**2 * exact),),
        parameters={"frequency": positive_parameter("frequency", frequency)},
        small=None,
        exact={u: exact},
        limit=None,
        source="KangOhHongPark2024",
    )
