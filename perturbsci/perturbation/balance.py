"""Dominant balance: how wide the region is in which a discarded term returns.

Near x_* a linear equation has terms epsilon^a_i (x - x_*)^r_i D^m_i. With x - x_* of the
size epsilon^mu their exponents are a_i - mu (m_i - r_i); mu is distinguished if the
smallest exponent occurs at least twice: the slopes of the lower convex hull of the points
(m_i - r_i, a_i).

Reference: Bender and Orszag (1999), section 9.1; Kevorkian and Cole (1996), section 2.2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import sympy

from perturbsci.arguments import is_finite_number
from perturbsci.errors import ParameterError
from perturbsci.perturbation.formulas import as_equation, as_symbol
from perturbsci.perturbation.symbolic import expanded
from perturbsci.results import Result, Status
from perturbsci.verification.certificate import Certificate

__all__ = ["Balance", "LinearEquation", "dominant_balance", "linear_equation"]

ORDERS = (0, 1, 2, 4, 8, 16)  # how far a zero of a coefficient is looked for


@dataclass(frozen=True, slots=True, eq=False)
class Balance(Result):
    """A distinguished balance of the terms of a linear equation.

    Parameters
    ----------
    width_exponent : Fraction
        mu; the region has the width epsilon^mu.
    balanced : pair of int
        The two orders of derivative that balance, the higher one first.
    discarded : tuple of int
        Orders of derivative whose terms are smaller there, descending.
    alternatives : tuple of Balance
        All distinguished balances, the thinnest first; empty in each of them.
    status : Status
        EXACT.
    certificate : Certificate
        The margin of the discarded terms, in exact arithmetic.

    Examples
    --------
    >>> x, e = sympy.symbols("x epsilon")
    >>> y = sympy.Function("y")(x)
    >>> found = dominant_balance(e * y.diff(x, 2) + y.diff(x) + y, y, x, e, at=0)
    >>> found.balanced, found.discarded
    ((2, 1), (0,))
    """

    width_exponent: Fraction
    balanced: tuple[int, int]
    discarded: tuple[int, ...]
    alternatives: tuple["Balance", ...]
    status: Status
    certificate: Certificate

    def __str__(self) -> str:
        """Return the balance in words."""
        high, low = self.balanced
        return f"width epsilon^({self.width_exponent}): derivatives {high} and {low}"


class LinearEquation(NamedTuple):
    """sum_m coefficients[m] D^m y = source."""

    coefficients: tuple[sympy.Expr, ...]
    source: sympy.Expr


class Power(NamedTuple):
    """A term epsilon^a (x - x_*)^r D^m, with size m - r."""

    size: Fraction
    power: Fraction
    derivative: int


def linear_equation(
    equation: object, unknown: object, x: object, epsilon: object
) -> LinearEquation:
    """Return the coefficients of a linear equation.

    Parameters
    ----------
    equation : sympy.Expr
        Vanishes.
    unknown : applied sympy function
        y(x).
    x, epsilon : sympy.Symbol
        Variable and small parameter; no other symbols occur.

    Returns
    -------
    equation : LinearEquation
        From the coefficient of y on.

    Raises
    ------
    ParameterError
        If an argument has a wrong type, or the equation is not linear.
    """
    as_symbol(x, "x")
    as_symbol(epsilon, "epsilon")
    if not isinstance(unknown, sympy.core.function.AppliedUndef) or unknown.args != (x,):
        raise ParameterError(
            f"unknown is {unknown!r:.60}; pass an applied function such as y({x})"
        )
    formula = as_equation(equation, "equation")
    if others := sorted(map(str, formula.free_symbols - {x, epsilon})):
        raise ParameterError(
            f"equation holds {', '.join(others)} beside {x} and {epsilon}; substitute "
            "numbers"
        )
    plain = formula.doit()
    order = max(
        (node.derivative_count for node in plain.atoms(sympy.Derivative)), default=0
    )
    derivatives = [unknown.diff(x, m) if m else unknown for m in range(order + 1)]
    names = [sympy.Dummy(f"y{m}") for m in range(order + 1)]
    for derivative, name in reversed(list(zip(derivatives, names, strict=True))):
        plain = plain.subs(derivative, name)
    coefficients = tuple(sympy.simplify(plain.diff(name)) for name in names)
    source = -plain.subs(dict.fromkeys(names, 0))
    functions = sympy.Tuple(*coefficients, source).atoms(sympy.core.function.AppliedUndef)
    if functions or any(c.free_symbols & set(names) for c in coefficients):
        raise ParameterError(
            f"equation {equation!s:.80} is not linear in {unknown} alone; this class is "
            "unsupported, linearize it first"
        )
    return LinearEquation(coefficients, source)


def dominant_balance(
    equation: sympy.Expr,
    unknown: sympy.Expr,
    x: sympy.Symbol,
    epsilon: sympy.Symbol,
    *,
    at: float,
) -> Balance:
    """Find the width of a layer at a point of a linear equation.

    Parameters
    ----------
    equation : sympy.Expr
        Vanishes; linear in ``unknown``, any order. A source is not balanced.
    unknown : applied sympy function
        y(x).
    x, epsilon : sympy.Symbol
        Variable and small parameter.
    at : float or sympy number
        x_*; exact where coefficients vanish there.

    Returns
    -------
    balance : Balance
        The thinnest one; all distinguished balances are its ``alternatives``.

    Raises
    ------
    ParameterError
        If the equation is not linear, a coefficient has no leading power, or no width
        that shrinks with epsilon is distinguished.

    Notes
    -----
    One series of SymPy a term.

    References
    ----------
    Bender and Orszag (1999), section 9.1.

    Examples
    --------
    >>> x, e = sympy.symbols("x epsilon")
    >>> y = sympy.Function("y")(x)
    >>> dominant_balance(e * y.diff(x, 2) + x * y.diff(x), y, x, e, at=0).width_exponent
    Fraction(1, 2)
    """
    linear = linear_equation(equation, unknown, x, epsilon)
    sound = isinstance(at, sympy.Expr) or is_finite_number(at)
    place = sympy.S(at) if sound else sympy.nan
    if isinstance(place, sympy.Float):
        place = sympy.Rational(str(place))  # 0.3 means 3/10
    if not (place.is_real and place.is_finite):
        raise ParameterError(f"at is {at!r:.60}; pass one finite real number")
    powers = [
        power
        for m, coefficient in enumerate(linear.coefficients)
        if coefficient != 0
        for power in _powers(coefficient, x, epsilon, place, m)
    ]
    found = _balances(powers)
    # A width epsilon^0 is the outer limit itself; a negative exponent is a far field.
    if not found or found[0].width_exponent <= 0:
        tried = "; ".join(map(str, found)) or "there is one term only"
        raise ParameterError(
            f"equation has no layer at {x} = {at}; the balances that were tried: {tried}. "
            "Multiply the highest derivative by a power of epsilon, or move `at`"
        )
    return _balance(powers, found[0].width_exponent, found)


def _powers(
    coefficient: sympy.Expr,
    x: sympy.Symbol,
    epsilon: sympy.Symbol,
    place: sympy.Expr,
    derivative: int,
) -> list[Power]:
    """Return the terms epsilon^a (x - place)^r of one coefficient."""
    found: dict[Fraction, sympy.Expr] = {}
    for term in sympy.Add.make_args(sympy.expand(coefficient)):
        factor, gauge = term.as_independent(epsilon, as_Add=False)
        base, power = gauge.as_base_exp() if gauge != 1 else (epsilon, sympy.S.Zero)
        if base != epsilon or not power.is_Rational:
            raise ParameterError(
                f"equation has the coefficient {coefficient!s:.60}, which is no sum of "
                f"powers of {epsilon}; expand it in {epsilon} first"
            )
        key = Fraction(int(power.p), int(power.q))
        found[key] = found.get(key, sympy.S.Zero) + factor
    return [
        Power(derivative - _zero(factor, x, place), power, derivative)
        for power, factor in found.items()
        if factor != 0
    ]


def _zero(factor: sympy.Expr, x: sympy.Symbol, place: sympy.Expr) -> Fraction:
    """Return the power with which a function vanishes."""
    near = sympy.Dummy("near", positive=True)
    for order in ORDERS:
        for power, _, value in expanded(factor.subs(x, place + near), near, order):
            if value and isinstance(power, (int, Fraction)):
                return Fraction(power)
    raise ParameterError(
        f"equation has the coefficient {factor!s:.60} without a leading power at {x} = "
        f"{place}; pass one that is analytic there"
    )


def _balances(powers: list[Power]) -> tuple[Balance, ...]:
    """Return the balance of each edge of the lower convex hull, the thinnest first."""
    slopes = {
        (p.power - q.power) / (p.size - q.size)
        for p in powers
        for q in powers
        if p.size != q.size
    }
    edges = [mu for mu in slopes if len({p.size for p in _smallest(powers, mu)}) > 1]
    return tuple(_balance(powers, mu, ()) for mu in sorted(edges, reverse=True))


def _smallest(powers: Iterable[Power], mu: Fraction) -> list[Power]:
    least = min(p.power - mu * p.size for p in powers)
    return [p for p in powers if p.power - mu * p.size == least]


def _balance(
    powers: list[Power], mu: Fraction, alternatives: tuple[Balance, ...]
) -> Balance:
    kept = sorted(_smallest(powers, mu))
    rest = {p.derivative for p in powers} - {p.derivative for p in kept}
    least = kept[0].power - mu * kept[0].size
    margin = min(
        (p.power - mu * p.size - least for p in powers if p not in kept), default=0
    )
    certificate = Certificate(
        "exponent of the balanced terms minus the next one",
        float(-margin),
        0.0,
        "proven",
        "Newton polygon, exact",
    )
    return Balance(
        mu,
        (kept[-1].derivative, kept[0].derivative),
        tuple(sorted(rest, reverse=True)),
        alternatives,
        Status.EXACT,
        certificate,
    )
