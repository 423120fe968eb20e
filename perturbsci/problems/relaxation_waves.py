"""Waves of two velocities that relax to diffusion or to advection."""

from fractions import Fraction

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter, positive_parameter
from perturbsci.problems.registry import register

__all__ = ["goldstein_taylor", "jin_xin"]


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
    Jin, Pareschi and Toscani (1998).
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
    Jin and Xin (1995), section 2.
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
