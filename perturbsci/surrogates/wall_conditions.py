"""Dirichlet, Neumann and Robin conditions in one form: alpha u + beta du/dn = value."""

import sympy

from perturbsci.problems.conditions import Dirichlet, Neumann, Robin

__all__ = ["wall_terms"]


def wall_terms(condition: object) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr] | None:
    """Return alpha, beta and value of a condition on a wall.

    Parameters
    ----------
    condition : object
        Any condition of a statement.

    Returns
    -------
    terms : (sympy.Expr, sympy.Expr, sympy.Expr) or None
        Factors of u and of its outward normal derivative, and what their sum is; None for
        other conditions.

    Examples
    --------
    >>> u = sympy.Function("u")(sympy.Symbol("x", real=True))
    >>> wall_terms(Dirichlet(u, 3)), wall_terms(Robin(u, 2, 5, 0))
    ((1, 0, 3), (2, 5, 0))
    """
    if isinstance(condition, Dirichlet):
        return sympy.S.One, sympy.S.Zero, condition.value
    if isinstance(condition, Neumann):
        return sympy.S.Zero, sympy.S.One, condition.value
    if isinstance(condition, Robin):
        return condition.alpha, condition.beta, condition.value
    return None
