"""The terms c epsilon^p (ln epsilon)^l of a SymPy expression about epsilon = 0+."""

from fractions import Fraction
from typing import TypeAlias

import sympy

from perturbsci.arguments import whole
from perturbsci.errors import ParameterError
from perturbsci.perturbation.formulas import as_symbol
from perturbsci.perturbation.samples import as_expression

__all__ = ["expanded"]

Term: TypeAlias = tuple[Fraction | float, int, Fraction | complex]  # p, l, c
REFUSALS = (ArithmeticError, NotImplementedError, TypeError, ValueError, sympy.PoleError)
ATTEMPTS = 12  # SymPy may end a series early: ask for more terms


def expanded(expression: sympy.Expr, epsilon: sympy.Symbol, order: int) -> list[Term]:
    """Return the terms through epsilon^order, the largest first.

    Parameters
    ----------
    expression : sympy.Expr
        Of epsilon alone.
    epsilon : sympy.Symbol
        Taken as positive.
    order : int
        The largest power.

    Returns
    -------
    terms : list of (power, logarithm, coefficient)
        Zeros fill up integer powers from 0, or from the lowest negative one.

    Raises
    ------
    ParameterError
        If the arguments are of wrong types, or there is no such expansion.
    """
    order = whole(order, "order", least=0)
    as_symbol(epsilon, "epsilon")
    expression = as_expression(expression, epsilon, "expression")
    found = _series(expression, epsilon, order)
    smooth = all(log == 0 and power == int(power) for power, log in found)
    lowest = min([0, *(int(power) for power, _ in found)])
    if smooth:
        found = {(k, 0): sympy.S.Zero for k in range(lowest, order + 1)} | found
    ordered = sorted(found, key=lambda gauge: (gauge[0], -gauge[1]))
    return [(power, log, _number(found[power, log])) for power, log in ordered]


def _series(
    expression: sympy.Expr, epsilon: sympy.Symbol, order: int
) -> dict[tuple[Fraction | float, int], sympy.Expr]:
    """Return gauge -> coefficient through epsilon^order."""
    small = sympy.Dummy("epsilon", positive=True)
    positive = expression.xreplace({epsilon: small})
    for more in range(1, ATTEMPTS):
        try:
            series = positive.series(small, 0, order + more)
        except REFUSALS as error:
            raise ParameterError(
                f"expression {expression!s:.80} has no series at {epsilon} = 0 ({error}); "
                "pass one with powers and logarithms only"
            ) from None
        rest = series.getO()
        if rest is None or _gauge(rest.expr, small, expression)[0] > order:
            break
    else:
        raise ParameterError(
            f"expression {expression!s:.80}: SymPy finds no terms through order {order}; "
            "lower the order, or expand it by hand and use Expansion.from_terms"
        )
    found: dict[tuple[Fraction | float, int], sympy.Expr] = {}
    for term in sympy.Add.make_args(sympy.expand(series.removeO())):
        coefficient, gauge = term.as_independent(small, as_Add=False)
        key = _gauge(gauge, small, expression)
        if coefficient != 0 and key[0] <= order:
            found[key] = found.get(key, sympy.S.Zero) + coefficient
    return found


def _gauge(
    product: sympy.Expr, small: sympy.Symbol, expression: sympy.Expr
) -> tuple[Fraction | float, int]:
    """Return power and logarithm of a product of epsilons and logarithms of it."""
    power, log = sympy.S.Zero, sympy.S.Zero
    for factor in sympy.Mul.make_args(product):
        base, exponent = factor.as_base_exp()
        if base == small and exponent.is_real:
            power += exponent
        elif base == sympy.log(small) and exponent.is_integer:
            log += exponent
        elif factor.has(small):
            raise ParameterError(
                f"expression {expression!s:.80} holds {factor!s:.40}, which is no power of "
                "epsilon or ln(epsilon); use Expansion.from_terms"
            )
    exact = Fraction(int(power.p), int(power.q)) if power.is_Rational else float(power)
    return exact, int(log)


def _number(coefficient: sympy.Expr) -> Fraction | float | complex:
    """Return a constant as a Fraction if it is rational, else rounded."""
    if coefficient.is_Rational:
        return Fraction(int(coefficient.p), int(coefficient.q))
    value = complex(coefficient.evalf(17))
    return value if value.imag else value.real
