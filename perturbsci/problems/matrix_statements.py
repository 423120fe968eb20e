"""The statements of kind ``"matrix"``: ``entries`` is the function of ``matrices``.

Where an eigenvalue or a stationary distribution is known in closed form, it is the
unknown of the equations.
"""

from collections.abc import Callable
from fractions import Fraction

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems import matrices
from perturbsci.problems.base import Problem
from perturbsci.problems.parameters import finite_parameter, whole_parameter
from perturbsci.problems.registry import register
from perturbsci.types import Array

z, small = sympy.symbols("z epsilon")


@register
def jordan(n: float = 8, eigenvalue: float = 0.0) -> Problem:
    """Return the Jordan block; the unknown z of (z - eigenvalue)^n = 0.

    Parameters
    ----------
    n : int, optional
        Size.
    eigenvalue : float, optional
        The only one.

    Returns
    -------
    problem : Problem
        Kind ``"matrix"``.
    """
    value = sympy.Symbol("eigenvalue")
    size = whole_parameter("n", n)
    return _matrix(
        "jordan",
        "Jordan block",
        matrices.jordan,
        {"n": size, "eigenvalue": finite_parameter("eigenvalue", eigenvalue)},
        "TrefethenEmbree2005",
        exact={z: value},
        equations=((z - value) ** size,),
    )


@register
def jordan_corner(n: float = 8, epsilon: float = 1e-6) -> Problem:
    """Return the Jordan block with a corner; ``exact`` is the real root of z^n = epsilon.

    The distance of the eigenvalues to that of the limit is epsilon^(1/n).

    Parameters
    ----------
    n : int, optional
        Size.
    epsilon : float, optional
        The corner, from zero on.

    Returns
    -------
    problem : Problem
        Kind ``"matrix"``.

    Raises
    ------
    ParameterError
        If epsilon is negative.
    """
    size = whole_parameter("n", n)
    corner = finite_parameter("epsilon", epsilon)
    if corner < 0.0:
        raise ParameterError(
            f"epsilon is {corner}; the root z = epsilon^(1/n) is real from zero on, use "
            "matrices.jordan_corner for other corners"
        )
    return _matrix(
        "jordan_corner",
        "Jordan block with a perturbed corner",
        matrices.jordan_corner,
        {"n": size, "epsilon": corner},
        "MoroBurkeOverton1997",
        exact={z: small ** sympy.Rational(1, size)},
        equations=(z**size - small,),
        limit=jordan(n),
        limit_order=Fraction(1, size),
    )


@register
def toeplitz_limacon(n: float = 32) -> Problem:
    """Return the Toeplitz matrix of the symbol z + z^2.

    Parameters
    ----------
    n : int, optional
        Size.

    Returns
    -------
    problem : Problem
        Kind ``"matrix"``.
    """
    return _sized("toeplitz_limacon", "Toeplitz matrix of a limacon", n)


@register
def kahan(n: float = 32, last: float = 0.1) -> Problem:
    """Return Kahan's matrix.

    Parameters
    ----------
    n : int, optional
        Size.
    last : float, optional
        The last diagonal entry, in (0, 1).

    Returns
    -------
    problem : Problem
        Kind ``"matrix"``.
    """
    values = {"n": whole_parameter("n", n), "last": finite_parameter("last", last)}
    return _matrix("kahan", "Kahan's matrix", matrices.kahan, values, "TrefethenEmbree2005")


@register
def convection_diffusion(n: float = 80, diffusion: float = 0.01) -> Problem:
    """Return diffusion D2 - D1; the limit is -D1, at a distance proportional to diffusion.

    Parameters
    ----------
    n : int, optional
        Number of points.
    diffusion : float, optional
        From zero on.

    Returns
    -------
    problem : Problem
        Kind ``"matrix"``.
    """
    size = whole_parameter("n", n)
    values = {"n": size, "diffusion": finite_parameter("diffusion", diffusion)}
    limit = _matrix(
        "convection",
        "Central differences of convection",
        matrices.convection_diffusion,
        {"n": size, "diffusion": 0.0},
        "ReddyTrefethen1994",
    )
    return _matrix(
        "convection_diffusion",
        "Convection and diffusion on an interval",
        matrices.convection_diffusion,
        values,
        "ReddyTrefethen1994",
        limit=limit,
        limit_order=Fraction(1),
    )


@register
def hippo_legs(n: float = 64) -> Problem:
    """Return the state matrix of the scaled Legendre memory.

    Parameters
    ----------
    n : int, optional
        Size.

    Returns
    -------
    problem : Problem
        Kind ``"matrix"``.
    """
    return _sized("hippo_legs", "Scaled Legendre memory", n, "GuDaoErmonRudraRe2020")


@register
def quartic(n: float = 60) -> Problem:
    """Return x^4 in the basis of the harmonic oscillator.

    Parameters
    ----------
    n : int, optional
        Size.

    Returns
    -------
    problem : Problem
        Kind ``"matrix"``.
    """
    return _sized("quartic", "Quartic perturbation of an oscillator", n, "BenderWu1969")


@register
def nearly_decomposable(epsilon: float = 0.01) -> Problem:
    """Return a nearly decomposable chain; the unknowns are its stationary probabilities.

    They are (4, 8, 4 + 5 epsilon, 2)/(18 + 5 epsilon).

    Parameters
    ----------
    epsilon : float, optional
        The rate of the rare moves, in (0, 0.2].

    Returns
    -------
    problem : Problem
        Kind ``"matrix"``.

    Raises
    ------
    ParameterError
        If epsilon is not in (0, 0.2].
    """
    value = finite_parameter("epsilon", epsilon)
    if not 0.0 < value <= 0.2:
        raise ParameterError(
            f"epsilon is {value}; the rows are probabilities and the chain is "
            "connected for 0 < epsilon <= 0.2"
        )
    return _chain(
        "nearly_decomposable",
        "Nearly decomposable Markov chain",
        small,
        {"epsilon": value},
        limit=_chain("decomposable", "Decomposable Markov chain", sympy.S.Zero, {}),
    )


def _chain(
    name: str,
    title: str,
    epsilon: sympy.Expr,
    values: dict[str, float],
    *,
    limit: Problem | None = None,
) -> Problem:
    """Return p P = p, sum p = 1; at epsilon = 0 one of many solutions."""
    p = sympy.symbols("p1:5")
    first = [
        -p[0] * (1 + epsilon) / 2 + p[1] / 4 + p[3] * epsilon,
        p[0] / 2 - p[1] / 4,
        p[0] * epsilon / 2 - p[2] * sympy.Rational(2, 5) + p[3] * sympy.Rational(4, 5),
    ]
    weights = (4, 8, 4 + 5 * epsilon, 2)
    return _matrix(
        name,
        title,
        matrices.nearly_decomposable if limit else _decomposed,
        values,
        "SimonAndo1961",
        exact={item: w / (18 + 5 * epsilon) for item, w in zip(p, weights, strict=True)},
        equations=(*first, sum(p) - 1),
        limit=limit,
        limit_order=Fraction(1) if limit else None,
    )


def _decomposed() -> Array:
    return matrices.nearly_decomposable(0.0)


def _sized(name: str, title: str, n: float, source: str = "TrefethenEmbree2005") -> Problem:
    entries = getattr(matrices, name)
    return _matrix(name, title, entries, {"n": whole_parameter("n", n)}, source)


def _matrix(
    name: str,
    title: str,
    entries: Callable[..., Array],
    values: dict[str, float],
    source: str,
    *,
    exact: dict[sympy.Symbol, sympy.Expr] | None = None,
    equations: tuple[sympy.Expr, ...] = (),
    limit: Problem | None = None,
    limit_order: Fraction | None = None,
) -> Problem:
    """Return a statement; where there is a limit, the last value is the small parameter."""
    entries(**values)  # says what is wrong with them
    return Problem(
        name=name,
        title=title,
        kind="matrix",
        variables=tuple(exact or ()),
        equations=equations,
        parameters=values,
        small=list(values)[-1] if limit else None,
        exact=exact,
        limit=limit,
        source=source,
        limit_order=limit_order,
        entries=entries,
    )
