"""SymPy formulas in: what a user passed is checked; formulas out: their values on arrays.

A formula is evaluated node by node, with the functions of the array namespace. No source
text is ever made of it, so that formulas from files can do no harm.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from numbers import Rational, Real
from types import ModuleType

import sympy

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation.gauges import as_fraction
from perturbsci.types import Array

__all__ = [
    "as_equation",
    "as_equations",
    "as_formulas",
    "as_symbol",
    "as_symbols",
    "sample_points",
    "sampled_powers",
    "values",
]

NAMES = {
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tan: "tan",
    sympy.asin: "asin",
    sympy.acos: "acos",
    sympy.atan: "atan",
    sympy.sinh: "sinh",
    sympy.cosh: "cosh",
    sympy.tanh: "tanh",
    sympy.Abs: "abs",
    sympy.sign: "sign",
}
DIGITS = 30


def as_symbol(symbol: object, name: str) -> sympy.Symbol:
    """Return a symbol, or say what came instead.

    Parameters
    ----------
    symbol : sympy.Symbol
        What was passed.
    name : str
        The argument.

    Returns
    -------
    symbol : sympy.Symbol
        The same.

    Raises
    ------
    ParameterError
        If it is none.
    """
    if not isinstance(symbol, sympy.Symbol):
        raise ParameterError(f"{name} is {symbol!r:.60}; pass a sympy.Symbol")
    return symbol


def as_equation(equation: object, name: str) -> sympy.Expr:
    """Return what vanishes.

    Parameters
    ----------
    equation : sympy.Expr or sympy.Eq
        What was passed; of an ``Eq`` left side minus right side.
    name : str
        The argument, for the message.

    Returns
    -------
    equation : sympy.Expr
        Zero for the solution.

    Raises
    ------
    ParameterError
        If it is neither, or not finite.
    """
    if isinstance(equation, sympy.Equality):
        equation = equation.lhs - equation.rhs
    if not isinstance(equation, sympy.Expr):
        raise ParameterError(
            f"{name} is {equation!r:.60}; pass a SymPy expression that vanishes, for text "
            "use problems.parse_expression"
        )
    if equation.has(sympy.nan, sympy.oo, sympy.zoo):
        raise ParameterError(f"{name} is {equation!s:.60}; pass a finite expression")
    return equation


def as_equations(equations: object, count: int) -> list[sympy.Expr]:
    """Return one equation or several as what vanishes.

    Parameters
    ----------
    equations : sympy.Expr, sympy.Eq, or sequence of them
        One an unknown.
    count : int
        The number of unknowns.

    Returns
    -------
    equations : list of sympy.Expr
        In order.

    Raises
    ------
    ParameterError
        If one is no equation.
    ShapeError
        If there are more or fewer.
    """
    single = isinstance(equations, sympy.Basic)
    listed = _listed([equations] if single else equations, "equations")
    found = [as_equation(each, f"equations[{k}]") for k, each in enumerate(listed)]
    if len(found) != count or not found:
        raise ShapeError(
            f"equations has {len(found)} entries but unknowns {count}; pass one equation "
            "an unknown"
        )
    return found


def as_symbols(symbols: object, name: str) -> tuple[sympy.Symbol, ...]:
    """Return one symbol or several as a tuple.

    Parameters
    ----------
    symbols : sympy.Symbol or sequence of them
        Different from each other.
    name : str
        The argument, for messages.

    Returns
    -------
    symbols : tuple of sympy.Symbol
        In order.

    Raises
    ------
    ParameterError
        If one is no symbol, or they repeat.
    """
    found = (symbols,) if isinstance(symbols, sympy.Symbol) else _listed(symbols, name)
    if not found or not all(isinstance(item, sympy.Symbol) for item in found):
        raise ParameterError(
            f"{name} is {symbols!r:.60}; pass one sympy.Symbol or several different ones"
        )
    if len(set(found)) < len(found):
        raise ParameterError(f"{name} is {symbols!r:.60}; name each symbol once")
    return found


def as_formulas(formulas: object, count: int, name: str) -> sympy.ImmutableMatrix:
    """Return formulas as a column.

    Parameters
    ----------
    formulas : sympy.Expr or number, a sequence of them, or a sympy column
        Text is refused: it goes through ``problems.parse_expression``.
    count : int
        How many are needed.
    name : str
        The argument, for messages.

    Returns
    -------
    column : sympy.ImmutableMatrix
        Of ``count`` rows.

    Raises
    ------
    ParameterError
        If one is no formula.
    ShapeError
        If there are more or fewer.
    """
    single = isinstance(formulas, (sympy.Expr, Real, Rational))
    found = [
        _formula(item, name) for item in _listed([formulas] if single else formulas, name)
    ]
    if len(found) != count:
        raise ShapeError(
            f"{name} has {len(found)} formulas, needed {count}: one a variable; add or "
            "remove formulas or variables"
        )
    return sympy.ImmutableMatrix(count, 1, found)


def _formula(item: object, name: str) -> sympy.Expr:
    fraction = as_fraction(item)
    if fraction is not None:
        return sympy.Rational(fraction.numerator, fraction.denominator)
    plain = float(item) if isinstance(item, Real) and not isinstance(item, bool) else item
    if isinstance(plain, float):
        plain = sympy.Float(plain)
    if not isinstance(plain, sympy.Expr) or plain.has(sympy.nan, sympy.oo, sympy.zoo):
        raise ParameterError(
            f"{name} holds {item!r:.60}; pass finite SymPy expressions, for text use "
            "problems.parse_expression"
        )
    return plain


def sample_points(
    symbols: Iterable[sympy.Symbol],
) -> Iterator[dict[sympy.Symbol, sympy.Expr]]:
    """Yield three points with rational coordinates in 0.3..0.9.

    Parameters
    ----------
    symbols : iterable of sympy.Symbol
        In any order.

    Yields
    ------
    place : dict
        Symbol to number.
    """
    names = sorted(symbols, key=str)
    for shift in range(3):
        yield {
            name: sympy.Rational(37 + 13 * (k % 3) + 11 * shift, 97 + 2 * k)
            for k, name in enumerate(names)
        }


def sampled_powers(
    formulas: Iterable[sympy.Expr], small: sympy.Symbol, count: int
) -> list[float]:
    """Return how large the powers of a small parameter are in formulas, at fixed points.

    Parameters
    ----------
    formulas : iterable of sympy.Expr
        Smooth in the small parameter.
    small : sympy.Symbol
        epsilon.
    count : int
        How many powers, from epsilon^0 on.

    Returns
    -------
    sizes : list of float
        The largest modulus of each coefficient, with 30 digits, when three sets of
        rational numbers in 0.3..0.9 stand for all other symbols; NaN where one has no
        value.
    """
    sizes = [0.0] * count
    for formula in formulas:
        for place in sample_points(formula.free_symbols - {small}):
            part = formula.subs(place).evalf(DIGITS)
            for power in range(count):
                number = part.subs(small, 0).evalf(DIGITS)
                good = number.is_number and number.is_finite
                size = abs(complex(number)) if good else float("nan")
                sizes[power] = max(sizes[power], size) if size == size else size
                part = part.diff(small) / (power + 1)
    return sizes


def values(
    formulas: Iterable[sympy.Expr],
    columns: Mapping[sympy.Symbol, Array],
    xp: ModuleType,
    *,
    other: Callable[[sympy.Basic, list[Array]], Array] | None = None,
) -> list[Array]:
    """Return the values of formulas on arrays.

    Parameters
    ----------
    formulas : iterable of sympy.Expr
        Of the symbols in ``columns``.
    columns : mapping of sympy.Symbol to array, shape (S)
        All of one shape.
    xp : module
        Their array namespace.
    other : callable, optional
        ``other(node, arguments) -> array, shape (S)`` evaluates what has no array
        function; what it raises stays.

    Returns
    -------
    values : list of arrays, shape (S)
        One a formula; a constant is one number.

    Raises
    ------
    ParameterError
        If a symbol has no value, or a function has no array function.
    """
    known: dict[sympy.Basic, Array] = dict(columns)

    def value(node: sympy.Basic) -> Array:
        if node not in known:
            if node.is_number:
                number = complex(node.evalf(DIGITS))
                known[node] = number if number.imag else number.real
            else:
                known[node] = _applied(node, known, value, xp, other)
        return known[node]

    return [value(formula) for formula in formulas]


def _applied(
    node: sympy.Basic,
    known: Mapping[sympy.Basic, Array],
    value: Callable[[sympy.Basic], Array],
    xp: ModuleType,
    other: Callable[[sympy.Basic, list[Array]], Array] | None,
) -> Array:
    if node.is_Symbol:
        raise ParameterError(
            f"{node} has no value, only {', '.join(map(str, known)):.60} have; substitute "
            "a number for it first"
        )
    if node.is_Pow and node.exp.is_Rational:
        base = value(node.base)
        if abs(node.exp) == sympy.S.Half:
            root = xp.sqrt(base)
            return root if node.exp > 0 else 1 / root
        exponent = int(node.exp) if node.exp.is_Integer else float(node.exp)
        return base**exponent
    if isinstance(node, sympy.Integral) and other is not None:
        return other(node, [])  # its limits are no operands
    parts = [value(item) for item in node.args]
    joins = {sympy.Add: operator.add, sympy.Mul: operator.mul, sympy.Pow: operator.pow}
    if node.func in joins:
        return functools.reduce(joins[node.func], parts)
    if node.func in NAMES:
        return getattr(xp, NAMES[node.func])(*parts)
    if other is not None:
        return other(node, parts)
    raise ParameterError(
        f"{node.func} in {node!s:.60} has no array function; substitute numbers into "
        "the formula and use evalf()"
    )


def _listed(items: object, name: str) -> tuple[object, ...]:
    if isinstance(items, sympy.MatrixBase):
        return tuple(items)
    if not isinstance(items, Sequence) or isinstance(items, (str, bytes)):
        raise ParameterError(
            f"{name} is {items!r:.60}; pass SymPy objects in a list, for text use "
            "problems.parse_expression"
        )
    return tuple(items)
