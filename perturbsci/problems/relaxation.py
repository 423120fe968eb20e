"""Relaxation: flows in which fast variables settle on a slow manifold."""

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter
from perturbsci.problems.registry import register

__all__ = ["linear_fast_slow"]


@register
def linear_fast_slow(epsilon: float = 0.01) -> Problem:
    """Return the linear fast-slow system x' = -y, epsilon y' = x - y.

    It is epsilon x'' + x' + x = 0, the strongly damped oscillator of small mass, with
    the rates, r = sqrt(1 - 4 epsilon),

    slow = -2/(1 + r) = -1 - epsilon - ...,  fast = -(1 + r)/(2 epsilon),

    x(t) = a exp(slow t) + b exp(fast t),  y = -x',
    b = (slow x0 + y0)/(slow - fast),  a = x0 - b.

    The critical manifold is y = x, the slow manifold y = -slow x; its slope
    1 + epsilon + 2 epsilon^2 + 5 epsilon^3 + ... generates the Catalan numbers.
    The limit is the reduced problem x' = -x of the slow variable alone. The distance in
    x is O(epsilon) uniformly in time; y is at distance O(1) from x within the initial
    layer of width epsilon, O(epsilon) after it.

    Parameters
    ----------
    epsilon : float, optional
        The ratio of the fast to the slow time scale, dimensionless, in (0, 1/4).

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables x (slow) and y (fast), exact solution in ``t``,
        ``x0``, ``y0``.

    Raises
    ------
    ParameterError
        If epsilon is not in (0, 1/4): from 1/4 on the two scales are one.

    Notes
    -----
    The form of the slow rate has no cancellation at small epsilon; the textbook form
    (-1 + r)/(2 epsilon) loses log10(1/epsilon) digits.

    References
    ----------
    Kuehn (2015), chapter 3; Bender and Orszag (1999), chapter 9.

    Examples
    --------
    >>> linear_fast_slow().equations
    (-y, (x - y)/epsilon)
    >>> linear_fast_slow().limit.equations
    (-x,)
    """
    value = finite_parameter("epsilon", epsilon)
    if not 0.0 < value < 0.25:
        raise ParameterError(
            f"epsilon is {value}; the time scales are separate for 0 < epsilon < 1/4 only, "
            "take the limit problem for epsilon = 0"
        )
    x, y, small, t, x0, y0 = sympy.symbols("x y epsilon t x0 y0")
    root = sympy.sqrt(1 - 4 * small)
    slow = -2 / (1 + root)
    fast = -(1 + root) / (2 * small)
    b = (slow * x0 + y0) / (slow - fast)
    a = x0 - b
    reduced = Problem(
        name="linear_fast_slow_reduced",
        title="Slow variable of the linear fast-slow system on y = x",
        kind="flow",
        variables=(x,),
        equations=(-x,),
        parameters={},
        small=None,
        exact={x: x0 * sympy.exp(-t)},
        limit=None,
        source="Kuehn2015",
    )
    return Problem(
        name="linear_fast_slow",
        title="Linear fast-slow system",
        kind="flow",
        variables=(x, y),
        equations=(-y, (x - y) / small),
        parameters={"epsilon": value},
        small="epsilon",
        exact={
            x: a * sympy.exp(slow * t) + b * sympy.exp(fast * t),
            y: -a * slow * sympy.exp(slow * t) - b * fast * sympy.exp(fast * t),
        },
        limit=reduced,
        source="Kuehn2015",
    )
