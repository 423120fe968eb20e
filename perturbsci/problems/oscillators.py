"""Oscillators: flows of a position x and a velocity v, perturbed by weak forces."""

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter
from perturbsci.problems.registry import register

__all__ = ["damped_oscillator"]


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
    harmonic = Problem(
        name="harmonic_oscillator",
        title="Harmonic oscillator",
        kind="flow",
        variables=(x, v),
        equations=(v, -x),
        parameters={},
        small=None,
        exact=_oscillation(x, v, sympy.S.Zero),
        limit=None,
        source="BenderOrszag1999",
    )
    return Problem(
        name="damped_oscillator",
        title="Linear oscillator with weak damping",
        kind="flow",
        variables=(x, v),
        equations=(v, -x - 2 * small * v),
        parameters={"epsilon": value},
        small="epsilon",
        exact=_oscillation(x, v, small),
        limit=harmonic,
        source="BenderOrszag1999",
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
