"""Relaxation: fast variables settle on a slow manifold, in flows and in waves."""

from fractions import Fraction

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter, positive_parameter
from perturbsci.problems.registry import register

__all__ = [
    "davis_skodje",
    "goldstein_taylor",
    "jin_xin",
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
    Davis and Skodje (1999), section 3.

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

    y' = z, epsilon z' = (1 - y^2) z - y. The limit is the slow flow y' = y/(1 - y^2) on the attracting branches |y| > 1, until
    the fold at y = +-1; with Lambert's W, y^2 = -W_(-1)(-y0^2 exp(2 t - y0^2)). The
    distance in y is O(epsilon) at a fixed time before the fold.

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
    Kuehn (2015), section 1.3.

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


@register
def goldstein_taylor(epsilon: float = 0.1, wavenumber: float = 1.0) -> Problem:
    """Return the Goldstein-Taylor model u_t + v_x = 0, epsilon^2 v_t + u_x + v = 0.

    Two velocities in diffusive scaling. One mode, with wavenumber k,

    u = exp(s t) cos(k x),  v = -(s/k) exp(s t) sin(k x),
    s = -2 k^2/(1 + sqrt(1 - 4 epsilon^2 k^2)).

    The limit is the heat equation u_t = u_xx; the distance in u is O(epsilon^2).

    Parameters
    ----------
    epsilon : float, optional
        The mean free path, dimensionless, above zero, at most 1/(2 k).
    wavenumber : float, optional
        k of ``exact``, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"pde"``, fields u(t, x) (density) and v(t, x) (flux).

    Raises
    ------
    ParameterError
        If 2 epsilon k > 1, where the modes oscillate.

    References
    ----------
    Jin, Pareschi and Toscani (1998), section 2.
    """
    value = positive_parameter("epsilon", epsilon)
    number = positive_parameter("wavenumber", wavenumber)
    if 2.0 * value * number > 1.0:
        raise ParameterError(
            f"epsilon is {value} at wavenumber {number}; modes decay without oscillation "
            "for 2 epsilon wavenumber <= 1, choose a smaller one"
        )
    t, x, small, k = sympy.symbols("t x epsilon wavenumber")
    u, v = (sympy.Function(name)(t, x) for name in "uv")
    rate = -2 * k**2 / (1 + sympy.sqrt(1 - 4 * small**2 * k**2))
    limit = Problem(
        name="goldstein_taylor_diffusion",
        title="Heat equation",
        kind="pde",
        variables=(u,),
        equations=(u.diff(t) - u.diff(x, 2),),
        parameters={"wavenumber": number},
        small=None,
        exact={u: sympy.exp(-(k**2) * t) * sympy.cos(k * x)},
        limit=None,
        source="JinPareschiToscani1998",
    )
    return Problem(
        name="goldstein_taylor",
        title="Goldstein-Taylor model in diffusive scaling",
        kind="pde",
        variables=(u, v),
        equations=(u.diff(t) + v.diff(x), small**2 * v.diff(t) + u.diff(x) + v),
        parameters={"epsilon": value, "wavenumber": number},
        small="epsilon",
        exact={
            u: sympy.exp(rate * t) * sympy.cos(k * x),
            v: -rate / k * sympy.exp(rate * t) * sympy.sin(k * x),
        },
        limit=limit,
        source="JinPareschiToscani1998",
        limit_order=Fraction(2),
    )


@register
def jin_xin(
    epsilon: float = 0.01,
    speed: float = 1.0,
    coefficient: float = 0.6,
    wavenumber: float = 6.283185307179586,
) -> Problem:
    """Return Jin and Xin's relaxation u_t + v_x = 0, v_t + a^2 u_x + (v - b u)/epsilon = 0.

    The slow mode of wavenumber k, exp(i k x + s t) with epsilon s^2 + s + i k b +
    epsilon a^2 k^2 = 0, in real form: with the root m + i w of 1 - 4 epsilon^2 a^2 k^2 -
    4 i epsilon k b, s = (m - 1 + i w)/(2 epsilon) = r + i c,

    u = exp(r t) cos(k x + c t),  v = -exp(r t) (r sin(k x + c t) + c cos(k x + c t))/k.

    The limit is u_t + b u_x = 0; the distance in u is O(epsilon).

    Parameters
    ----------
    epsilon : float, optional
        The relaxation time, dimensionless, above zero.
    speed, coefficient : float, optional
        a and b, with the subcharacteristic condition abs(b) < a.
    wavenumber : float, optional
        k of ``exact``, above zero.

    Returns
    -------
    problem : Problem
        Kind ``"pde"``, fields u(t, x) (density) and v(t, x) (flux).

    Raises
    ------
    ParameterError
        If abs(b) >= a, where modes grow.

    References
    ----------
    Jin and Xin (1995), equation (2.1).
    """
    values = {
        "epsilon": positive_parameter("epsilon", epsilon),
        "speed": positive_parameter("speed", speed),
        "coefficient": finite_parameter("coefficient", coefficient),
        "wavenumber": positive_parameter("wavenumber", wavenumber),
    }
    if abs(values["coefficient"]) >= values["speed"]:
        raise ParameterError(
            f"coefficient is {coefficient} at speed {speed}; needed abs(coefficient) < "
            "speed, choose a larger speed"
        )
    t, x, small, a, b, k = sympy.symbols("t x epsilon speed coefficient wavenumber")
    u, v = (sympy.Function(name)(t, x) for name in "uv")
    growth, turn = _slow_exponent(small, a, b, k)
    phase = k * x + turn * t
    sine, cosine = sympy.sin(phase), sympy.cos(phase)
    limit = Problem(
        name="jin_xin_advection",
        title="Linear advection",
        kind="pde",
        variables=(u,),
        equations=(u.diff(t) + b * u.diff(x),),
        parameters={name: values[name] for name in ("coefficient", "wavenumber")},
        small=None,
        exact={u: sympy.cos(k * (x - b * t))},
        limit=None,
        source="JinXin1995",
    )
    return Problem(
        name="jin_xin",
        title="Jin-Xin relaxation of linear advection",
        kind="pde",
        variables=(u, v),
        equations=(
            u.diff(t) + v.diff(x),
            v.diff(t) + a**2 * u.diff(x) + (v - b * u) / small,
        ),
        parameters=values,
        small="epsilon",
        exact={
            u: sympy.exp(growth * t) * cosine,
            v: -sympy.exp(growth * t) * (growth * sine + turn * cosine) / k,
        },
        limit=limit,
        source="JinXin1995",
        limit_order=Fraction(1),
    )


def _slow_exponent(
    epsilon: sympy.Expr, a: sympy.Expr, b: sympy.Expr, k: sympy.Expr
) -> tuple[sympy.Expr, sympy.Expr]:
    """Return r and c of ``jin_xin`` without the cancellation in m - 1."""
    damping = 4 * epsilon**2 * a**2 * k**2
    p, q = 1 - damping, -4 * epsilon * b * k
    modulus = sympy.sqrt(p**2 + q**2)
    m = sympy.sqrt((modulus + p) / 2)
    # modulus - 1 and m^2 - 1, each from the difference of the squares
    excess = (q**2 + damping**2 - 2 * damping) / (modulus + 1)
    return (excess - damping) / 2 / (m + 1) / (2 * epsilon), q / (4 * epsilon * m)


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
