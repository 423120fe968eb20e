"""Truncated power series of SymPy expressions, with a hundred digits.

A series is the list of its coefficients of epsilon^0, ..., epsilon^N. Sums, products and
powers follow their recurrences; f(u) of a function is sum_k f^(k)(u_0)/k! (u - u_0)^k.

    b = a^p:  k a_0 b_k = sum_{j=1}^k (p j - (k - j)) a_j b_{k-j}

Reference: Knuth (1998), section 4.7.
"""

import functools
from collections.abc import Mapping
from typing import TypeAlias

import sympy

from perturbsci.errors import ParameterError
from perturbsci.perturbation.multiprecision import Number, context, number, summed, wide

__all__ = ["Composer", "Values"]

Values: TypeAlias = list[Number]  # mpc, one an order
NOT_ANALYTIC = (
    *(sympy.Abs, sympy.sign, sympy.Heaviside, sympy.floor, sympy.ceiling, sympy.re),
    *(sympy.im, sympy.conjugate, sympy.arg, sympy.Piecewise, sympy.Min, sympy.Max),
)


class Composer:
    """Evaluate expressions of series; derivatives of functions are taken once.

    Parameters
    ----------
    order : int
        N, the highest power that is kept.
    """

    def __init__(self, order: int) -> None:
        self.order = order
        self.derivatives: dict[tuple[object, Number], Values] = {}

    def constant(self, value: Number) -> Values:
        """Return the series of a number.

        Parameters
        ----------
        value : number
            c.

        Returns
        -------
        series : list of mpc, length N + 1
            c, 0, ..., 0.
        """
        return [wide(value)] + [context().mpc(0)] * self.order

    def evaluate(
        self, expression: sympy.Expr, known: Mapping[sympy.Expr, Values]
    ) -> Values:
        """Return the series of an expression.

        Parameters
        ----------
        expression : sympy.Expr
            Of the keys of ``known``.
        known : mapping
            Symbol to its series.

        Returns
        -------
        series : list of mpc, length N + 1
            Its coefficients.

        Raises
        ------
        ParameterError
            If it is not analytic at the constant terms, or holds another symbol.
        """
        if expression in known:
            return known[expression]
        if not expression.free_symbols:
            return self.constant(number(expression))
        if isinstance(expression, (sympy.Add, sympy.Mul)):
            parts = [self.evaluate(part, known) for part in expression.args]
            join = _sum if expression.is_Add else self._product
            return functools.reduce(join, parts)
        if expression.is_Pow and not expression.exp.free_symbols:
            base = self.evaluate(expression.base, known)
            return self._power(base, expression.exp, expression)
        if expression.is_Pow:
            expression = sympy.exp(
                expression.exp * sympy.log(expression.base), evaluate=False
            )
        moving = [k for k, part in enumerate(expression.args) if part.free_symbols]
        if not expression.is_Function or expression.has(*NOT_ANALYTIC) or len(moving) != 1:
            raise _refusal(expression)
        inner = self.evaluate(expression.args[moving[0]], known)
        return self._composed(expression, moving[0], inner)

    def _product(self, left: Values, right: Values) -> Values:
        return [
            context().fdot(left[: k + 1], reversed(right[: k + 1]))
            for k in range(self.order + 1)
        ]

    def _power(self, base: Values, exponent: sympy.Expr, expression: sympy.Expr) -> Values:
        """Return base^exponent by squaring or, for other exponents, by the recurrence."""
        if exponent.is_Integer and exponent >= 0:
            factors = [base] * int(exponent)
            return functools.reduce(self._product, factors, self.constant(1))
        p, first = wide(number(exponent)), base[0]
        if summed([first]) == 0 or abs(first) < context().mpf(10) ** -40:
            raise _refusal(expression)
        power = [first**p]
        for k in range(1, self.order + 1):
            parts = [(p * j - (k - j)) * base[j] * power[k - j] for j in range(1, k + 1)]
            power.append(context().fsum(parts) / (k * first))
        return power

    def _composed(self, function: sympy.Expr, place: int, inner: Values) -> Values:
        """Return f(u) by Horner's rule in u - u_0."""
        key = (function.func, *function.args[:place], *function.args[place + 1 :])
        at = (key, inner[0])
        if at not in self.derivatives:
            self.derivatives[at] = self._derivatives(function, place, inner[0])
        rest = [context().mpc(0), *inner[1:]]
        value = self.constant(self.derivatives[at][-1])
        for factor in reversed(self.derivatives[at][:-1]):
            value = _sum(self._product(value, rest), self.constant(factor))
        return value

    def _derivatives(self, function: sympy.Expr, place: int, at: Number) -> Values:
        """Return f^(k)(u_0)/k!, k = 0..N, by differences of twice the digits and more."""
        c = context()

        def value(z: Number) -> Number:
            digits = c.dps + 5
            here = _complex(z, digits)
            arguments = [*function.args[:place], here, *function.args[place + 1 :]]
            parts = function.func(*arguments).evalf(digits).as_real_imag()
            return c.mpc(*(c.make_mpf(sympy.Float(part, digits)._mpf_) for part in parts))

        try:
            found = c.taylor(value, at, self.order)
        except (TypeError, ValueError, AttributeError, ArithmeticError):
            raise _refusal(function) from None
        if not all(c.isfinite(part) for part in found):
            raise _refusal(function)
        return [c.mpc(part) for part in found]


def _complex(z: Number, digits: int) -> sympy.Expr:
    """Return a number of mpmath as one of SymPy."""
    real, imaginary = (sympy.Float(part._mpf_, digits) for part in (z.real, z.imag))
    return real + sympy.I * imaginary if imaginary else real


def _sum(left: Values, right: Values) -> Values:
    return [a + b for a, b in zip(left, right, strict=True)]


def _refusal(expression: sympy.Expr) -> ParameterError:
    return ParameterError(
        f"equations holds {expression!s:.60}, which has no power series at the start; pass "
        "analytic equations, or use expand_roots for fractional powers"
    )
