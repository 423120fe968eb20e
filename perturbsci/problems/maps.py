"""Maps: rotations, an automorphism of the torus, and three chaotic maps.

Where a map is taken modulo a period, z - p floor(z/p) is written out; the derivative of
floor counts as zero.
"""

from fractions import Fraction

import sympy

from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter
from perturbsci.problems.registry import register

__all__ = ["cat", "gauss", "henon", "logistic", "rotation", "skew_rotation"]

t = sympy.Symbol("t")
CIRCLE = 2 * sympy.pi


def _modulo(value: sympy.Expr, period: sympy.Expr) -> sympy.Expr:
    return value - period * sympy.floor(value / period)


@register
def logistic(r: float = 4.0) -> Problem:
    """Return the logistic map x -> r x (1 - x).

    At r = 4 it is exactly x_n = sin^2(2^n arcsin sqrt(x0)); elsewhere ``exact`` is None.

    Parameters
    ----------
    r : float, optional
        The growth rate; dimensionless; the interval [0, 1] is kept for 0 <= r <= 4.

    Returns
    -------
    problem : Problem
        Kind ``"map"``, variable x.

    References
    ----------
    Lasota and Mackey (1994), chapter 1.

    Examples
    --------
    >>> logistic().equations
    (r*x*(1 - x),)
    """
    value = finite_parameter("r", r)
    x, rate, x0 = sympy.symbols("x r x0")
    angle = 2**t * sympy.asin(sympy.sqrt(x0))
    return Problem(
        name="logistic",
        title="Logistic map",
        kind="map",
        variables=(x,),
        equations=(rate * x * (1 - x),),
        parameters={"r": value},
        small=None,
        exact={x: sympy.sin(angle) ** 2} if value == 4.0 else None,
        limit=None,
        source="LasotaMackey1994",
    )


@register
def gauss() -> Problem:
    """Return the Gauss map of continued fractions, x -> 1/x modulo 1 on (0, 1].

    Its invariant density is 1/(ln 2 (1 + x)).

    Returns
    -------
    problem : Problem
        Kind ``"map"``, variable x.

    References
    ----------
    Lasota and Mackey (1994), chapter 4.

    Examples
    --------
    >>> gauss().equations
    (-floor(1/x) + 1/x,)
    """
    x = sympy.Symbol("x")
    return Problem(
        name="gauss",
        title="Gauss map of continued fractions",
        kind="map",
        variables=(x,),
        equations=(_modulo(1 / x, sympy.S.One),),
        parameters={},
        small=None,
        exact=None,
        limit=None,
        source="LasotaMackey1994",
    )


@register
def rotation(alpha: float = 0.6180339887498949) -> Problem:
    """Return the rotation x -> x + alpha modulo 1.

    Parameters
    ----------
    alpha : float, optional
        The angle in turns; by default the golden mean.

    Returns
    -------
    problem : Problem
        Kind ``"map"``, variable x, exactly x_n = x0 + n alpha modulo 1.

    References
    ----------
    Lasota and Mackey (1994), chapter 4.

    Examples
    --------
    >>> rotation(0.25).parameters
    {'alpha': 0.25}
    """
    x, angle, x0 = sympy.symbols("x alpha x0")
    return Problem(
        name="rotation",
        title="Rotation of the circle",
        kind="map",
        variables=(x,),
        equations=(_modulo(x + angle, sympy.S.One),),
        parameters={"alpha": finite_parameter("alpha", alpha)},
        small=None,
        exact={x: _modulo(x0 + t * angle, sympy.S.One)},
        limit=None,
        source="LasotaMackey1994",
    )


@register
def cat() -> Problem:
    """Return the cat map (x, y) -> (2 x + y, x + y) modulo 2 pi.

    The n-th image is the matrix of Fibonacci numbers F(2n + 1), F(2n), F(2n - 1); with
    a = (3 + sqrt 5)/2, F(2n) = (a^n - a^(-n))/sqrt 5. In float64 the exact solution
    loses a factor a of its digits at every step, as any computation does.

    Returns
    -------
    problem : Problem
        Kind ``"map"``, variables x and y.

    References
    ----------
    Arnold and Avez (1968); Lasota and Mackey (1994), chapter 4.

    Examples
    --------
    >>> cat().variables
    (x, y)
    """
    x, y, x0, y0 = sympy.symbols("x y x0 y0")
    golden = (1 + sympy.sqrt(5)) / 2
    grown, shrunk = ((3 + sign * sympy.sqrt(5)) / 2 for sign in (1, -1))
    above = (golden * grown**t + shrunk**t / golden) / sympy.sqrt(5)
    middle = (grown**t - shrunk**t) / sympy.sqrt(5)
    below = (grown**t / golden + golden * shrunk**t) / sympy.sqrt(5)
    return Problem(
        name="cat",
        title="Cat map of the torus",
        kind="map",
        variables=(x, y),
        equations=(_modulo(2 * x + y, CIRCLE), _modulo(x + y, CIRCLE)),
        parameters={},
        small=None,
        exact={
            x: _modulo(above * x0 + middle * y0, CIRCLE),
            y: _modulo(middle * x0 + below * y0, CIRCLE),
        },
        limit=None,
        source="ArnoldAvez1968",
    )


@register
def skew_rotation(alpha: float = 3.883222077450933) -> Problem:
    """Return the skew rotation (x, y) -> (x + alpha, y + x) modulo 2 pi.

    y_n = y0 + n x0 + alpha n (n - 1)/2: ergodic with a mixed spectrum for alpha/(2 pi)
    irrational.

    Parameters
    ----------
    alpha : float, optional
        The angle in radian; by default 2 pi times the golden mean.

    Returns
    -------
    problem : Problem
        Kind ``"map"``, variables x and y.

    References
    ----------
    Lasota and Mackey (1994), chapter 4.

    Examples
    --------
    >>> skew_rotation().variables
    (x, y)
    """
    x, y, angle, x0, y0 = sympy.symbols("x y alpha x0 y0")
    return Problem(
        name="skew_rotation",
        title="Skew rotation of the torus",
        kind="map",
        variables=(x, y),
        equations=(_modulo(x + angle, CIRCLE), _modulo(y + x, CIRCLE)),
        parameters={"alpha": finite_parameter("alpha", alpha)},
        small=None,
        exact={
            x: _modulo(x0 + t * angle, CIRCLE),
            y: _modulo(y0 + t * x0 + angle * t * (t - 1) / 2, CIRCLE),
        },
        limit=None,
        source="LasotaMackey1994",
    )


@register
def henon(a: float = 1.4, b: float = 0.3) -> Problem:
    """Return the Henon map (x, y) -> (1 - a x^2 + y, b x).

    The small parameter is the area factor b; the limit is the quadratic map of the
    interval. After a fixed number of steps from y0 = O(b) the distance in x is O(b).

    Parameters
    ----------
    a, b : float, optional
        The classical values give the strange attractor; dimensionless.

    Returns
    -------
    problem : Problem
        Kind ``"map"``, variables x and y.

    References
    ----------
    Hénon (1976).

    Examples
    --------
    >>> henon().limit.equations
    (-a*x**2 + 1,)
    """
    x, y, bend, area = sympy.symbols("x y a b")
    bent = finite_parameter("a", a)
    limit = Problem(
        name="henon_limit",
        title="Quadratic map of the interval",
        kind="map",
        variables=(x,),
        equations=(1 - bend * x**2,),
        parameters={"a": bent},
        small=None,
        exact=None,
        limit=None,
        source="Henon1976",
    )
    return Problem(
        name="henon",
        title="Henon map",
        kind="map",
        variables=(x, y),
        equations=(1 - bend * x**2 + y, area * x),
        parameters={"a": bent, "b": finite_parameter("b", b)},
        small="b",
        exact=None,
        limit=limit,
        source="Henon1976",
        limit_order=Fraction(1),
    )
