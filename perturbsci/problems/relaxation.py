"""Relaxation: fast variables settle on a slow manifold, in flows."""

from fractions import Fraction

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter, positive_parameter
from perturbsci.problems.registry import register

__all__ = [
    "davis_skodje",
    "linear_fast_slow",
    "van_der_pol",
]


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
        limit=_decay("linear_fast_slow_reduced", "Kuehn2015"),
        source="Kuehn2015",
        limit_order=Fraction(1),
    )


@register
def davis_skodje(epsilon: float = 0.05) -> Problem:
    """Return x' = -x, epsilon y' = -y + ((1 - epsilon) x + x^2)/(1 + x)^2.

    The slow manifold is y = x/(1 + x) for every epsilon, exactly:

    x(t) = x0 exp(-t),  y(t) = x/(1 + x) + (y0 - x0/(1 + x0)) exp(-t/epsilon).

    The limit is x' = -x; its distance in x is zero.

    Parameters
    ----------
    epsilon : float, optional
        The ratio of the fast to the slow time scale, above zero, dimensionless.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables x (slow) and y (fast).

    Raises
    ------
    ParameterError
        If epsilon is not above zero.

    References
    ----------
    Davis and Skodje (1999).

    Examples
    --------
    >>> davis_skodje().limit.variables
    (x,)
    """
    x, y, small, t, x0, y0 = sympy.symbols("x y epsilon t x0 y0")
    slow = x0 * sympy.exp(-t)
    offset = (y0 - x0 / (1 + x0)) * sympy.exp(-t / small)
    forcing = ((1 - small) * x + x**2) / (1 + x) ** 2
    return Problem(
        name="davis_skodje",
        title="Davis and Skodje's model of combustion",
        kind="flow",
        variables=(x, y),
        equations=(-x, (forcing - y) / small),
        parameters={"epsilon": positive_parameter("epsilon", epsilon)},
        small="epsilon",
        exact={x: slow, y: slow / (1 + slow) + offset},
        limit=_decay("davis_skodje_reduced", "DavisSkodje1999"),
        source="DavisSkodje1999",
    )


@register
def van_der_pol(epsilon: float = 0.01) -> Problem:
    """Return van der Pol's oscillator at strong damping, as a fast-slow flow.

    y' = z, epsilon z' = (1 - y^2) z - y. The limit is the slow flow y' = y/(1 - y^2) on
    the attracting branches abs(y) > 1, until the fold at y = +-1; with Lambert's W,
    y^2 = -W_(-1)(-y0^2 exp(2 t - y0^2)). The distance in y is O(epsilon) at a fixed time
    before the fold.

    Parameters
    ----------
    epsilon : float, optional
        Above zero, dimensionless; 1/sqrt(epsilon) is the usual strength mu.

    Returns
    -------
    problem : Problem
        Kind ``"flow"``, variables y (slow) and z (fast).

    Raises
    ------
    ParameterError
        If epsilon is not above zero.

    References
    ----------
    Kuehn (2015), chapter 1.

    Examples
    --------
    >>> van_der_pol().limit.equations
    (y/(1 - y**2),)
    """
    y, z, small, t, y0 = sympy.symbols("y z epsilon t y0")
    square = -sympy.LambertW(-(y0**2) * sympy.exp(2 * t - y0**2), -1)
    limit = Problem(
        name="van_der_pol_reduced",
        title="Slow flow of van der Pol's oscillator",
        kind="flow",
        variables=(y,),
        equations=(y / (1 - y**2),),
        parameters={},
        small=None,
        exact={y: sympy.sign(y0) * sympy.sqrt(square)},
        limit=None,
        source="Kuehn2015",
    )
    return Problem(
        name="van_der_pol",
        title="Van der Pol's oscillator at strong damping",
        kind="flow",
        variables=(y, z),
        equations=(z, ((1 - y**2) * z - y) / small),
        parameters={"epsilon": positive_parameter("epsilon", epsilon)},
        small="epsilon",
        exact=None,
        limit=limit,
        source="Kuehn2015",
        limit_order=Fraction(1),
    )


def _decay(name: str, source: str) -> Problem:
    """Return x' = -x."""
    x, x0, t = sympy.symbols("x x0 t")
    return Problem(
        name=name,
        title="Slow variable on the critical manifold",
        kind="flow",
        variables=(x,),
        equations=(-x,),
        parameters={},
        small=None,
        exact={x: x0 * sympy.exp(-t)},
        limit=None,
        source=source,
    )
