"""SymPy expressions evaluated by mpmath: with many digits, or as rigorous intervals.

One walk over the tree serves both. What the interval arithmetic of mpmath lacks is
monotone: the values at the two ends, moved outward by two units of the last place.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import sympy
from mpmath.ctx_iv import MPIntervalContext
from mpmath.ctx_mp import MPContext

from perturbsci.errors import ParameterError
from perturbsci.problems.operations import dawson

__all__ = ["Evaluator", "interval_arithmetic", "precise_arithmetic"]

Arithmetic: TypeAlias = MPContext | MPIntervalContext
GUARD = 30  # extra bits for the ends of a monotone function

# By the name of SymPy's head: what mpmath calls it.
SHARED = {name: name for name in ("sin", "cos", "tan", "exp", "log")}
PRECISE = SHARED | {
    **{name: name for name in ("asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh")},
    **{name: name for name in ("acosh", "atanh", "atan2", "erf", "erfc", "erfi", "airyai")},
    **{name: name for name in ("airybi", "besselj", "gamma", "re", "im", "floor", "sign")},
    **{"conjugate": "conj", "ceiling": "ceil", "Abs": "fabs", "LambertW": "lambertw"},
}
RISING = ("asin", "atan", "sinh", "tanh", "asinh", "atanh", "erf")


def precise_arithmetic(digits: int) -> MPContext:
    """Return an arithmetic of its own with so many decimal digits.

    Parameters
    ----------
    digits : int
        Carried.

    Returns
    -------
    arithmetic : MPContext
        The settings of ``mpmath.mp`` are left alone.
    """
    arithmetic = MPContext()
    arithmetic.dps = digits
    return arithmetic


def interval_arithmetic(bits: int = 53) -> MPIntervalContext:
    """Return an interval arithmetic of its own that rounds outward.

    Parameters
    ----------
    bits : int, optional
        Of each end.

    Returns
    -------
    arithmetic : MPIntervalContext
        The settings of ``mpmath.iv`` are left alone.
    """
    arithmetic = MPIntervalContext()
    arithmetic.prec = bits
    return arithmetic


class Evaluator:
    """Expressions with their common parts found once, evaluated point by point.

    Parameters
    ----------
    expressions : sequence of sympy.Expr
        m formulas.
    arithmetic : MPContext or MPIntervalContext
        From the functions above.
    """

    def __init__(self, expressions: Sequence[sympy.Expr], arithmetic: Arithmetic) -> None:
        self.arithmetic = arithmetic
        self.is_interval = isinstance(arithmetic, MPIntervalContext)
        self.fine = MPContext()
        self.fine.prec = arithmetic.prec + GUARD
        self.shared, self.reduced = sympy.cse(
            list(expressions), symbols=sympy.numbered_symbols(cls=sympy.Dummy), order="none"
        )

    def __call__(self, values: Mapping[sympy.Symbol, Any]) -> list[Any]:
        """Return the values of all expressions.

        Parameters
        ----------
        values : mapping of sympy.Symbol to number or interval
            One for each symbol.

        Returns
        -------
        found : list
            Numbers, or intervals that enclose every value; infinite where nothing better
            is known.

        Raises
        ------
        ParameterError
            If an expression holds another symbol, or a function that is not known here.
        """
        table = {symbol: self._number(value) for symbol, value in values.items()}
        for symbol, formula in self.shared:
            table[symbol] = self._value(formula, table)
        return [self._value(formula, table) for formula in self.reduced]

    def _number(self, value: Any) -> Any:
        if isinstance(value, sympy.Expr):
            return self._value(value, {})
        return self.arithmetic.convert(value)

    def _value(self, node: sympy.Basic, table: Mapping[sympy.Basic, Any]) -> Any:
        """Return the value of one node; the walk."""
        if node in table:
            return table[node]
        if node.is_Number or node.is_NumberSymbol or node is sympy.I:
            return self._constant(node)
        if isinstance(node, sympy.Piecewise):
            return self._pieces(node, table)
        if isinstance(node, sympy.Pow):
            return self._power(node, table)
        parts = [self._value(item, table) for item in node.args]
        if isinstance(node, sympy.Add):
            return sum(parts[1:], parts[0])
        if isinstance(node, sympy.Mul):
            product = parts[0]
            for part in parts[1:]:
                product = product * part
            return product
        return self._function(node, parts)

    def _constant(self, node: sympy.Basic) -> Any:
        arithmetic = self.arithmetic
        if node is sympy.I and not self.is_interval:
            return arithmetic.mpc(0, 1)
        if isinstance(node, sympy.Rational):
            return arithmetic.mpf(int(node.p)) / int(node.q)
        if isinstance(node, sympy.Float):
            sign, mantissa, exponent, _ = node._mpf_
            whole = arithmetic.mpf(-int(mantissa) if sign else int(mantissa))
            return whole * arithmetic.mpf(2) ** int(exponent)
        if node is sympy.pi:
            return +arithmetic.pi
        if node is sympy.E:
            return arithmetic.exp(arithmetic.mpf(1))
        raise _unknown(node)

    def _power(self, node: sympy.Pow, table: Mapping[sympy.Basic, Any]) -> Any:
        exponent = node.exp
        if node.base is sympy.E:
            return self.arithmetic.exp(self._value(exponent, table))
        base = self._value(node.base, table)
        if exponent.is_Integer or (exponent.is_Float and exponent == int(exponent)):
            power = base ** abs(int(exponent))
            return power if exponent > 0 else self.arithmetic.mpf(1) / power
        if exponent.is_Rational and exponent.q == 2:
            root = self._root(base) ** abs(int(exponent.p))
            return root if exponent > 0 else self.arithmetic.mpf(1) / root
        return self._bounded(lambda: base ** self._value(exponent, table))

    def _root(self, base: Any) -> Any:
        if self.is_interval:
            (low,), (high,) = self._ends([base])
            if low < 0 <= high:  # the root is taken of a square that was rounded down
                base = self._interval(self.fine.mpf(0), high)
        return self._bounded(lambda: self.arithmetic.sqrt(base))

    def _bounded(self, operation: Callable[[], Any]) -> Any:
        """Return an enclosure, the whole line where mpmath finds none."""
        if not self.is_interval:
            return operation()
        try:
            found = operation()
        except (ValueError, ZeroDivisionError, ArithmeticError):
            return self._line()
        # a rectangle of complex numbers: beyond the domain of the function
        return found if hasattr(found, "_mpi_") else self._line()

    def _line(self) -> Any:
        return self.arithmetic.mpf(["-inf", "inf"])

    def _function(self, node: sympy.Basic, parts: list[Any]) -> Any:
        name = type(node).__name__
        if isinstance(node, sympy.core.relational.Relational):
            return self._relation(node, parts)
        if not self.is_interval:
            return self._precise_function(node, name, parts)
        if name in SHARED and len(parts) == 1:
            return self._bounded(lambda: getattr(self.arithmetic, name)(parts[0]))
        if name in RISING:
            return self._bounded(lambda: self._rising(name, parts[0]))
        if name == "cosh":
            return self._bounded(lambda: self._rising("cosh", abs(parts[0])))
        if name == "Abs":
            return abs(parts[0])
        if name in ("Min", "Max"):
            best = min if name == "Min" else max
            lows, highs = self._ends(parts)
            return self._interval(best(lows), best(highs))
        if name in ("sign", "Heaviside"):
            return self._sign(name, parts[0])
        raise _unknown(node)

    def _precise_function(self, node: sympy.Basic, name: str, parts: list[Any]) -> Any:
        arithmetic = self.arithmetic
        if name in PRECISE:
            return getattr(arithmetic, PRECISE[name])(*parts)
        if name in ("Min", "Max"):
            return (min if name == "Min" else max)(parts)
        if name == "Heaviside":
            return parts[1] if parts[0] == 0 else arithmetic.mpf(parts[0] > 0)
        if name == "airyaiprime":
            return arithmetic.airyai(parts[0], derivative=1)
        if name == "airybiprime":
            return arithmetic.airybi(parts[0], derivative=1)
        if isinstance(node, dawson):
            square = arithmetic.exp(-(parts[0] ** 2))
            return arithmetic.sqrt(arithmetic.pi) / 2 * square * arithmetic.erfi(parts[0])
        if name in ("And", "Or", "Not"):
            joined = {"And": all, "Or": any}
            return not parts[0] if name == "Not" else joined[name](parts)
        raise _unknown(node)

    def _ends(self, parts: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Return the lower and the upper ends of intervals as exact numbers."""
        pairs = [self.arithmetic.convert(item)._mpi_ for item in parts]
        lows, highs = ([self.fine.make_mpf(pair[k]) for pair in pairs] for k in (0, 1))
        return lows, highs

    def _interval(self, low: Any, high: Any) -> Any:
        return self.arithmetic.make_mpf((low._mpf_, high._mpf_))

    def _rising(self, name: str, part: Any) -> Any:
        """Return a rising function of an interval from its ends."""
        bits, (lows, highs) = self.arithmetic.prec, self._ends([part])
        low, high = (getattr(self.fine, name)(end) for end in (lows[0], highs[0]))
        if not (isinstance(low, self.fine.mpf) and isinstance(high, self.fine.mpf)):
            return self._line()  # complex: beyond the domain of the function
        share = self.fine.mpf(2) ** (1 - bits)
        return self._interval(low - share * abs(low), high + share * abs(high))

    def _sign(self, name: str, part: Any) -> Any:
        low = -1 if name == "sign" else 0
        (start,), (end,) = self._ends([part])
        return self.arithmetic.mpf([1 if start > 0 else low, low if end < 0 else 1])

    def _relation(self, node: Any, parts: list[Any]) -> bool | None:
        """Return whether a relation holds, None if an interval leaves it open."""
        left, right = parts
        held = {
            "StrictLessThan": lambda: left < right,
            "LessThan": lambda: left <= right,
            "StrictGreaterThan": lambda: left > right,
            "GreaterThan": lambda: left >= right,
            "Equality": lambda: self._equal(left, right),
            "Unequality": lambda: _negated(self._equal(left, right)),
        }
        return held[type(node).__name__]()

    def _equal(self, left: Any, right: Any) -> bool | None:
        if not self.is_interval:
            return bool(left == right)
        lows, highs = self._ends([left, right])
        if highs[0] < lows[1] or highs[1] < lows[0]:
            return False
        return True if lows[0] == highs[0] == lows[1] == highs[1] else None

    def _pieces(self, node: sympy.Piecewise, table: Mapping[sympy.Basic, Any]) -> Any:
        """Return the first case that holds; the hull of those that may hold."""
        found = []
        for formula, condition in node.args:
            holds = condition is sympy.true or (
                condition is not sympy.false and self._value(condition, table)
            )
            if holds is False:
                continue
            found.append(self._value(formula, table))
            if holds:
                break
        else:
            found.append(self._line() if self.is_interval else self.arithmetic.nan)
        if len(found) == 1:
            return found[0]
        lows, highs = self._ends(found)
        return self._interval(min(lows), max(highs))


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _unknown(node: sympy.Basic) -> ParameterError:
    return ParameterError(
        f"expression holds {node!s:.80} ({type(node).__name__}), which cannot be evaluated "
        "with many digits or as an interval; write it with elementary functions"
    )
