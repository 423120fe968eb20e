"""SymPy's automatic simplification at bounded cost, with float64 beside it.

Every step of a formula is first done in float64, as far as it depends on no symbol:
overflow, NaN, complex values and division by zero are refused before SymPy sees them.
Then SymPy's own operator is used, unless the part is beyond the ordinary: SymPy asks
whether things are real, positive or zero, and for nested functions, radicals or high
powers the answer takes from seconds to forever. Such a part, and what is built on it, is
left unevaluated. The limits below were chosen by measuring random formulas.
"""

import ast
import math
import operator
from collections.abc import Callable
from typing import NamedTuple

import sympy

from perturbsci.errors import ParameterError

__all__ = ["Evaluation", "Part"]

MAX_EXPONENT = 64.0  # modulus of an exponent without symbols
MAX_BITS = 4096  # of numerator and denominator together

TERMS_LIMIT = 24  # of an argument when expanded: SymPy expands to compare
COEFFICIENT_LIMIT = 2**14  # bits that cancellation of symbols could leave behind
UNASKABLE = 9  # nesting of what was too costly to evaluate: asking costs more than all
COST_LIMIT = 10.0  # estimated milliseconds of automatic simplification in one formula

ASKING = ("tan", "sinh", "cosh", "tanh", "abs")  # these ask most about their arguments

FUNCTIONS: dict[str, tuple[Callable[..., sympy.Expr], Callable[[float], float]]] = {
    "sin": (sympy.sin, math.sin),
    "cos": (sympy.cos, math.cos),
    "tan": (sympy.tan, math.tan),
    "asin": (sympy.asin, math.asin),
    "acos": (sympy.acos, math.acos),
    "atan": (sympy.atan, math.atan),
    "sinh": (sympy.sinh, math.sinh),
    "cosh": (sympy.cosh, math.cosh),
    "tanh": (sympy.tanh, math.tanh),
    "exp": (sympy.exp, math.exp),
    "log": (sympy.log, math.log),
    "sqrt": (sympy.sqrt, math.sqrt),
    "abs": (sympy.Abs, abs),
}
VALUES = {head: value for head, value in FUNCTIONS.values() if isinstance(head, type)}
UNDEFINED = {type(value) for value in (sympy.zoo, sympy.nan, sympy.oo, -sympy.oo)}


OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


class Part(NamedTuple):
    """A built subexpression and what its parent must know before using it."""

    expr: sympy.Expr
    value: float | None  # in float64; None if it depends on a symbol
    bits: int = 0  # bound on the bits of any exact number that it can leave behind
    size: int = 1
    terms: int = 1  # bound on the number of terms when expanded
    nesting: int = 0
    radical: bool = False  # holds an irrational constant
    raw: bool = False  # built without evaluation


MINUS_ONE = Part(sympy.Integer(-1), -1.0)
ZERO = Part(sympy.Integer(0), 0.0)
HALF = Part(sympy.Rational(1, 2), 0.5, 3)


class Evaluation:
    """The evaluation of one formula: it counts what SymPy's simplification may cost."""

    def __init__(self) -> None:
        self.cost = 0.0

    def join(self, kind: type[ast.operator], left: Part, right: Part) -> Part:
        """Return left (kind) right.

        Parameters
        ----------
        kind : type of ast.operator
            A key of ``OPERATORS``.
        left, right : Part
            The operands.

        Returns
        -------
        part : Part
            The result.

        Raises
        ------
        ParameterError
            If a number is not finite and real, an exponent or an exact number too large.
        """
        power = kind is ast.Pow
        rooted = power and not right.expr.is_Integer
        value = None
        if right.value is not None:
            if power and abs(right.value) > MAX_EXPONENT:
                raise ParameterError(
                    f"an exponent of modulus {abs(right.value):g}, above {MAX_EXPONENT:g}"
                )
            if kind is ast.Div and right.value == 0.0:
                raise ParameterError(f"a division by zero, {right.expr}")
            if left.value is not None:
                value = _number(OPERATORS[kind], left.value, right.value)
        zero = left.expr is sympy.S.Zero or (
            kind is ast.Mult and right.expr is sympy.S.Zero
        )
        if zero and kind in (ast.Mult, ast.Div):
            return ZERO  # SymPy would ask whether the other factor is infinite
        bits = _joint_bits(kind, left, right)
        exact = value is not None and not rooted and _is_exact(left, right)
        if exact and bits > MAX_BITS:
            raise ParameterError(f"an exact number of up to {bits} bits, above {MAX_BITS}")
        size = left.size + right.size + 1
        terms = _joint_terms(kind, left, right)
        nesting = max(left.nesting, right.nesting)
        radical = left.radical or right.radical
        raw = left.raw or right.raw or bits > COEFFICIENT_LIMIT
        if rooted:
            alternating = value is None and left.value is not None and left.value < 0.0
            nesting += 2 if alternating else 1
            raw = raw or left.bits * _denominator(right.expr) > MAX_BITS
            raw = raw or (radical and left.expr.has(sympy.Float))
            raw = raw or _mixes_logarithms(left.expr, right.expr)
            raw = raw or self._heavy(left, 0.05) or self._heavy(right, 0.05)
            radical = radical or value is not None
        elif power or kind is ast.Div:  # SymPy asks whether a base is infinite
            base = left if power else right
            raw = raw or (base.nesting > 0 and self._heavy(base, 0.02))
        if raw and not exact:
            expr = _raw_join(kind, left.expr, right.expr)
            return Part(expr, value, bits, size, terms, nesting, radical, True)
        expr = OPERATORS[kind](left.expr, right.expr)
        return _settled(Part(expr, value, bits, size, terms, nesting, radical))

    def apply(self, name: str, part: Part) -> Part:
        """Return a function of a part.

        Parameters
        ----------
        name : str
            A key of ``FUNCTIONS``.
        part : Part
            The argument.

        Returns
        -------
        part : Part
            The result.

        Raises
        ------
        ParameterError
            If the value is a number that is not finite and real.
        """
        function, in_floats = FUNCTIONS[name]
        value = None if part.value is None else _number(in_floats, part.value)
        if name == "sqrt":
            return self.join(ast.Pow, part, HALF)
        size, bits = part.size + 1, part.bits
        nesting = part.nesting + (2 if name in ASKING and value is None else 1)
        radical = part.radical or value is not None
        logarithmic = name == "exp" and part.expr.has(sympy.log)
        if logarithmic:
            bits *= int(MAX_EXPONENT) + 1
        raw = part.raw or bits > COEFFICIENT_LIMIT
        raw = raw or (logarithmic and not _has_plain_logarithms(part.expr))
        raw = raw or self._heavy(part, 0.3 if name in ASKING else 0.05)
        if raw:
            expr = function(part.expr, evaluate=False)
            spreads = part.raw or name in ("exp", "abs")  # products of these simplify
            return Part(expr, value, bits, size, 1, UNASKABLE, radical, spreads)
        expr = function(part.expr)
        return _settled(Part(expr, value, bits, size, 1, nesting, radical))

    def _heavy(self, part: Part, weight: float) -> bool:
        """Tell if asking for signs of an argument is too much; else count what it costs."""
        cost = (0.3 + weight * part.size + 0.01 * part.bits) * 4**part.nesting
        if part.terms > TERMS_LIMIT >> (2 * part.nesting) or self.cost + cost > COST_LIMIT:
            return True
        self.cost += cost
        return False


def _settled(part: Part) -> Part:
    """Return the part after SymPy's simplification; symbols may have canceled."""
    expr = leaf = part.expr
    while leaf.args:  # most often a symbol is found at once, faster than by is_number
        leaf = leaf.args[0 if leaf.is_Pow else -1]
    if leaf.is_Symbol or not expr.is_number:
        return part
    if expr.is_Rational:
        return Part(expr, _number(operator.truediv, expr.p, expr.q), _bits(expr.p, expr.q))
    if expr.is_Float:
        return Part(expr, _number(float, expr))
    if type(expr) in UNDEFINED:
        raise ParameterError(f"an undefined value, {expr}")
    if part.value is None:
        return part._replace(value=_number(_value_of, expr))
    return part


def _number(function: Callable[..., float], *values: float) -> float:
    """Return a value in float64; refuse what is not a finite real number."""
    try:
        value = function(*values)
    except (OverflowError, ValueError, ZeroDivisionError) as error:
        raise ParameterError(f"a number that is not finite and real: {error}") from None
    if isinstance(value, complex) or not math.isfinite(value):
        raise ParameterError(f"a number that is not finite and real: {value}")
    return value


def exact_number(value: int) -> Part:
    """Return an integer as a part.

    Parameters
    ----------
    value : int
        Any integer.

    Returns
    -------
    part : Part
        With its float64 value.

    Raises
    ------
    ParameterError
        If it is beyond the range of float64.
    """
    return Part(sympy.Integer(value), _number(float, value), _bits(value, 1))


def _is_exact(left: Part, right: Part) -> bool:
    return bool(left.expr.is_Rational and right.expr.is_Rational)


def _bits(numerator: int, denominator: int) -> int:
    if denominator == 1 and -1 <= numerator <= 1:
        return 0
    return numerator.bit_length() + denominator.bit_length()


def _joint_bits(kind: type[ast.operator], left: Part, right: Part) -> int:
    if kind is not ast.Pow:
        return left.bits + right.bits + 1
    if right.value is None:  # symbols may cancel: the exponent can become any 2**bits
        return right.bits + (left.bits << min(right.bits, 30))
    return right.bits + left.bits * max(1, math.ceil(abs(right.value)))


def _denominator(exponent: sympy.Expr) -> int:
    return int(exponent.q) if exponent.is_Rational else 1


def _joint_terms(kind: type[ast.operator], left: Part, right: Part) -> int:
    """Return a bound on the terms of the expanded expression, at most 1000."""
    if kind is ast.Mult:
        terms = left.terms * right.terms
    elif kind is not ast.Pow or right.value is None:
        terms = left.terms + right.terms
    else:
        power = math.ceil(abs(right.value))
        terms = power if left.terms == 1 else math.comb(left.terms + power - 1, power)
    return min(terms, 1000)


def _has_plain_logarithms(exponent: sympy.Expr) -> bool:
    """Tell whether exp(exponent) = exp(c log(b) + ...) gives b**c with modest c only."""
    for term in sympy.Add.make_args(exponent):
        number, rest = term.as_coeff_Mul()
        factors = [item for item in sympy.Mul.make_args(rest) if item.has(sympy.log)]
        if not factors:
            continue
        large = max(abs(number), _denominator(number)) > MAX_EXPONENT
        if large or len(factors) > 1 or not isinstance(factors[0], sympy.log):
            return False
    return True


def _mixes_logarithms(base: sympy.Expr, exponent: sympy.Expr) -> bool:
    """Tell whether base**exponent is exp(... log(b)) in disguise."""
    return base.has(sympy.exp) and (base.has(sympy.log) or exponent.has(sympy.log))


def _raw_join(kind: type[ast.operator], left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
    if kind is ast.Pow:
        return sympy.Pow(left, right, evaluate=False)
    if kind is ast.Sub:
        right = sympy.Mul(-1, right, evaluate=False)
    if kind is ast.Div:
        right = sympy.Pow(right, -1, evaluate=False)
    head = sympy.Add if kind in (ast.Add, ast.Sub) else sympy.Mul
    return head(left, right, evaluate=False)


def _value_of(expr: sympy.Expr) -> float:
    """Return the float64 value of a constant that was left when symbols canceled."""
    if expr.is_Rational:
        return expr.p / expr.q
    if expr.is_Float or expr in (sympy.pi, sympy.E):
        return float(expr)
    values = [_value_of(argument) for argument in expr.args]
    if expr.is_Add:
        return math.fsum(values)
    if expr.is_Mul:
        return math.prod(values)
    if expr.is_Pow:
        return values[0] ** values[1]
    if type(expr) not in VALUES:
        raise ValueError(f"no real value for {expr.func}")
    return VALUES[type(expr)](*values)
