"""What a user passed as SymPy, checked, and its values on points of the host.

Expressions are evaluated node by node with the functions of NumPy; no source text is made
of them. Functions that NumPy lacks are evaluated point by point by SymPy. Integrals from a
point where the integrand is like a square root are smooth in u = sqrt(x - start).

Reference: Trefethen (2013), chapter 19.
"""

from collections.abc import Callable

import numpy
import sympy

from perturbsci.arguments import is_finite_number
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.perturbation.formulas import values
from perturbsci.types import Array

__all__ = [
    "as_expression",
    "as_interval",
    "as_pair",
    "integral_from",
    "sampled",
]

NODES = (64, 128, 256, 512, 1024)
SETTLED = 1e-12  # relative change of an integral that ends the doubling
DIGITS = 20


def as_expression(expression: object, x: sympy.Symbol, name: str) -> sympy.Expr:
    """Return an expression of x alone.

    Parameters
    ----------
    expression : sympy.Expr or number
        What was passed.
    x : sympy.Symbol
        The variable.
    name : str
        The argument.

    Returns
    -------
    expression : sympy.Expr
        The same.

    Raises
    ------
    ParameterError
        If it is no expression, not finite, or has other symbols.
    """
    number = isinstance(expression, (int, float)) and not isinstance(expression, bool)
    if not number and not isinstance(expression, sympy.Expr):
        raise ParameterError(
            f"{name} is {expression!r:.60}; pass a SymPy expression, for text use "
            "problems.parse_expression"
        )
    found = sympy.S(expression)
    if others := sorted(map(str, found.free_symbols - {x})):
        raise ParameterError(
            f"{name} holds {', '.join(others)} beside {x}; substitute numbers"
        )
    if found.has(sympy.nan, sympy.oo, sympy.zoo):
        raise ParameterError(f"{name} is {found!s:.60}; pass a finite expression")
    return found


def as_interval(interval: object, name: str = "interval") -> tuple[float, float]:
    """Return the two ends of an interval.

    Parameters
    ----------
    interval : pair of real numbers
        Ascending.
    name : str
        The argument.

    Returns
    -------
    low, high : float
        The ends.

    Raises
    ------
    ParameterError
        If they are no two finite, ascending real numbers.
    """
    pair = as_pair(interval)
    if pair is None or pair[0] >= pair[1]:
        raise ParameterError(
            f"{name} is {interval!r:.60}; pass two finite real numbers, the smaller first"
        )
    return pair


def as_pair(numbers: object) -> tuple[float, float] | None:
    """Return two finite real numbers of Python or SymPy, or None if they are none.

    Parameters
    ----------
    numbers : pair of real numbers
        What was passed; a dict or a set has keys, or no order.

    Returns
    -------
    pair : pair of float, or None
        Text and truth values are no numbers.
    """
    if not isinstance(numbers, (tuple, list, numpy.ndarray, sympy.Tuple)):
        return None
    given = [float(n) if isinstance(n, sympy.Expr) and n.is_real else n for n in numbers]
    if len(given) != 2 or not all(is_finite_number(n) for n in given):
        return None
    return float(given[0]), float(given[1])


def sampled(expression: sympy.Expr, x: sympy.Symbol, points: Array) -> Array:
    """Return the values of an expression.

    Parameters
    ----------
    expression : sympy.Expr
        Of x alone; integrals run from a number to x.
    x : sympy.Symbol
        The variable.
    points : real or complex array, shape (S)
        On the host. Complex ones allow roots and logarithms of negative numbers.

    Returns
    -------
    values : array, shape (S)
        NaN or infinite where the expression is.
    """

    def other(node: sympy.Basic, parts: list[Array]) -> Array:
        if isinstance(node, sympy.Integral):
            (_, start, _), integrand = node.limits[0], node.function
            return integral_from(lambda u: sampled(integrand, x, u), float(start), points)
        columns = numpy.broadcast_arrays(points, *parts)[1:]
        numbers = [
            complex(node.func(*(sympy.S(item) for item in row)).evalf(DIGITS))
            for row in zip(*(column.ravel().tolist() for column in columns), strict=True)
        ]
        exact = numpy.array(numbers).reshape(points.shape)
        return exact.real if numpy.isrealobj(points) else exact

    with numpy.errstate(all="ignore"):
        (found,) = values([expression], {x: points}, numpy, other=other)
    return numpy.array(numpy.broadcast_to(found, points.shape))


def integral_from(function: Callable[[Array], Array], start: float, ends: Array) -> Array:
    """Return the integrals from one start, where the function may be like a square root.

    With x = start + (end - start) u^2, du from 0 to 1: Gauss-Legendre, doubled until it
    no longer changes.

    Parameters
    ----------
    function : callable
        Of an array, shape (S + (n,)).
    start : float
        The lower limit of all.
    ends : array, shape (S)
        The upper limits.

    Returns
    -------
    integrals : array, shape (S)
        Real or complex as the function.

    Raises
    ------
    ConvergenceError
        If it still changes at 1024 points.
    """
    lengths = numpy.asarray(ends)[..., None] - start
    before = None
    for count in NODES:
        t, weights = numpy.polynomial.legendre.leggauss(count)
        u = (t + 1) / 2
        found = (function(start + lengths * u**2) * lengths * u * weights).sum(axis=-1)
        size = abs(found).max(initial=0.0)
        if before is not None and (abs(found - before) <= SETTLED * size).all():
            return found
        before = found
    raise ConvergenceError(
        f"the integral from {start:g} is not settled with {NODES[-1]} points; keep away "
        "from singularities, or start at another point",
        before,
    )
