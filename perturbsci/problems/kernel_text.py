"""SymPy expressions as the body of a kernel: one index, one point.

Common parts of all outputs are found once. Whole powers become products, halves roots;
numbers are folded with 30 digits. Names in the text are made here, so that names of
symbols can do no harm.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import sympy

from perturbsci.errors import ParameterError

__all__ = ["VISIBLE", "kernel_body"]

VISIBLE: dict[str, object] = {"math": math}
DIGITS = 30
MAX_POWER = 64
CALLS = ("exp", "log", "sin", "cos", "tanh", "erf")
COMPARISONS = {
    "StrictLessThan": "<",
    "LessThan": "<=",
    "StrictGreaterThan": ">",
    "GreaterThan": ">=",
    "Equality": "==",
    "Unequality": "!=",
}


def kernel_body(
    name: str,
    arguments: str,
    inputs: Mapping[sympy.Symbol, str],
    outputs: Mapping[str, sympy.Expr],
) -> str:
    """Return a function definition in the kernel language.

    Parameters
    ----------
    name : str
        Of the function.
    arguments : str
        Index and arrays, separated by commas.
    inputs : mapping of sympy.Symbol to str
        What to read for each symbol, such as ``"points[i, 0]"``.
    outputs : mapping of str to sympy.Expr
        What to write where.

    Returns
    -------
    body : str
        For ``kernel_from_text`` with ``visible=VISIBLE``.

    Raises
    ------
    ParameterError
        If a formula holds a function that kernels do not have.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> print(kernel_body("f", "i, x, y", {x: "x[i]"}, {"y[i]": x**2}))
    def f(i, x, y):
        a0 = x[i]
        y[i] = (a0 * a0)
    """
    shared, reduced = sympy.cse(
        list(outputs.values()),
        symbols=sympy.numbered_symbols(cls=sympy.Dummy),
        order="none",
    )
    used = set().union(*(item.free_symbols for item in (*reduced, *(b for _, b in shared))))
    names: dict[sympy.Symbol, str] = {}
    lines = [f"def {name}({arguments}):"]
    for symbol, place in inputs.items():
        if symbol in used:
            names[symbol] = f"a{len(names)}"
            lines.append(f"    {names[symbol]} = {place}")
    writer = _Writer(names, lines)
    for symbol, formula in shared:
        writer.assign(symbol, formula)
    for place, formula in zip(outputs, reduced, strict=True):
        lines.append(f"    {place} = {writer.text(formula)}")
    return "\n".join(lines)


class _Writer:
    """Names of values, and the lines written so far."""

    def __init__(self, names: dict[sympy.Symbol, str], lines: list[str]) -> None:
        self.names, self.lines = names, lines
        self.numbers: dict[sympy.Symbol, sympy.Expr] = {}
        self.heads: dict[str, Callable[..., str]] = {
            **{item: self._call(f"math.{item}") for item in CALLS},
            "Abs": self._call("abs"),
            "floor": self._call("math.floor"),
            "ceiling": lambda a: f"(-math.floor(-{a}))",
            "tan": lambda a: f"(math.sin({a}) / math.cos({a}))",
            "sinh": self._sinh,
            "cosh": lambda a: f"(0.5 * (math.exp({a}) + math.exp(-{a})))",
            "erfc": lambda a: f"(1.0 - math.erf({a}))",
            "sign": lambda a: f"(1.0 if {a} > 0.0 else (-1.0 if {a} < 0.0 else 0.0))",
            "Heaviside": lambda a, h: (
                f"(1.0 if {a} > 0.0 else (0.0 if {a} < 0.0 else {h}))"
            ),
            "Min": lambda *a: self._best("<", a),
            "Max": lambda *a: self._best(">", a),
        }

    def assign(self, symbol: sympy.Symbol, formula: sympy.Expr) -> None:
        """Write a value under a name of its own; a number is kept for later."""
        part = formula.xreplace(self.numbers)
        if not part.free_symbols and isinstance(part, sympy.Expr):
            self.numbers[symbol] = part
            return
        text = self.text(part)
        self.names[symbol] = self._line(text)

    def text(self, node: sympy.Basic) -> str:
        """Return an expression in brackets, or a name."""
        node = node.xreplace(self.numbers)
        if node in self.names:
            return self.names[node]
        if not node.free_symbols and isinstance(node, sympy.Expr):
            return _number(node)
        if isinstance(node, sympy.Add):
            return self._total(node)
        if isinstance(node, sympy.Mul):
            return self._product(node)
        if isinstance(node, sympy.Pow):
            return self._power(node.base, node.exp)
        if isinstance(node, sympy.exp):
            return f"math.exp({self.text(node.args[0])})"
        if isinstance(node, sympy.Piecewise):
            return self._pieces(node)
        head = type(node).__name__
        if head in COMPARISONS:
            left, right = map(self.text, node.args)
            return f"({left} {COMPARISONS[head]} {right})"
        if head in ("And", "Or"):
            return "(" + f" {head.lower()} ".join(map(self.text, node.args)) + ")"
        if head == "Not":
            return f"(not {self.text(node.args[0])})"
        if head not in self.heads:
            raise ParameterError(
                f"equations holds {node!s:.80} ({head}), which no kernel can evaluate"
            )
        # a value that occurs several times in the text is computed once
        return self.heads[head](*[self._named(item) for item in node.args])

    def _call(self, function: str) -> Callable[[str], str]:
        return lambda argument: f"{function}({argument})"

    def _line(self, text: str) -> str:
        name = f"c{len(self.lines)}"
        self.lines.append(f"    {name} = {text}")
        return name

    def _named(self, node: sympy.Basic) -> str:
        text = self.text(node)
        return text if text.isidentifier() else self._line(text)

    def _total(self, node: sympy.Add) -> str:
        terms = sorted(node.args, key=lambda item: item.could_extract_minus_sign())
        text = self.text(terms[0])
        for term in terms[1:]:
            if term.could_extract_minus_sign() and not term.is_Add:
                text += f" - {self.text(-term)}"
            else:
                text += f" + {self.text(term)}"
        return f"({text})"

    def _product(self, node: sympy.Mul) -> str:
        if node.args[0] is sympy.S.NegativeOne:
            return f"(-{self.text(-node)})"
        above, below = [], []
        for factor in node.args:
            if isinstance(factor, sympy.Pow) and factor.exp.is_negative:
                below.append(self._power(factor.base, -factor.exp))
            else:
                above.append(self.text(factor))
        text = " * ".join(above or ["1.0"])
        return f"({text} / ({' * '.join(below)}))" if below else f"({text})"

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> str:
        if base is sympy.E:
            return f"math.exp({self.text(exponent)})"
        if exponent.is_Float and exponent == int(exponent):
            exponent = sympy.Integer(exponent)
        if exponent.is_Rational and exponent.is_negative:
            return f"(1.0 / {self._power(base, -exponent)})"
        if exponent.is_Integer and exponent <= MAX_POWER:
            return self._whole_power(self._named(base), int(exponent))
        if exponent.is_Rational and exponent.q == 2 and exponent.p <= MAX_POWER:
            root = self._line(f"math.sqrt({self.text(base)})")
            return self._whole_power(root, int(exponent.p))
        return f"math.pow({self.text(base)}, {self.text(exponent)})"

    def _whole_power(self, base: str, exponent: int) -> str:
        """Return a product; by squaring from the fourth power on."""
        if exponent <= 3:
            return "(" + " * ".join([base] * exponent) + ")" if exponent > 1 else base
        half = self._line(self._whole_power(base, exponent // 2))
        return f"({half} * {half}{f' * {base}' if exponent % 2 else ''})"

    def _sinh(self, argument: str) -> str:
        grown = self._line(f"math.expm1({argument})")
        return f"(0.5 * ({grown} + {grown} / ({grown} + 1.0)))"

    def _best(self, sign: str, items: Sequence[str]) -> str:
        best = items[0]
        for item in items[1:]:
            best = self._line(f"{best} if {best} {sign} {item} else {item}")
        return best

    def _pieces(self, node: sympy.Piecewise) -> str:
        """Return a chain of choices; NaN where no case holds."""
        text = "(0.0 / 0.0)" if node.args[-1][1] is not sympy.true else ""
        for value, condition in reversed(node.args):
            if condition is sympy.true:
                text = self._named(value)
            else:
                text = f"({self._named(value)} if {self.text(condition)} else {text})"
        return text


def _number(node: sympy.Expr) -> str:
    value = sympy.N(node, DIGITS)
    if not value.is_number or not value.is_real:
        raise ParameterError(f"equations holds {node!s:.80}, which is no real number")
    text = repr(float(value))
    return f"({text})" if text.startswith("-") else text
