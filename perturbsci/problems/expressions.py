"""Formulas from untrusted text: a whitelist over Python's grammar that builds SymPy.

The text goes through ``ast.parse`` and one walk over its nodes; nothing is ever executed,
and SymPy never sees text other than the names of declared symbols.

Integers stay exact, floats become 53-bit ``Float``. What makes short formulas expensive,
huge numbers and SymPy's automatic simplification, is bounded in ``evaluation``.
"""

import ast
import keyword
import math
import re
import unicodedata
from collections.abc import Callable, Iterable

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.evaluation import (
    FUNCTIONS,
    MINUS_ONE,
    OPERATORS,
    Evaluation,
    Part,
    exact_number,
)

__all__ = ["parse_expression"]

MAX_LIMIT = 20_000  # characters; ast.parse alone takes some 10 ms for as many
MAX_BRACKETS = 50
MAX_NODES = 400
MAX_DEPTH = 100

NUMBER = r"(?<![\w.])(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?\d++)?+"

RESERVED = (*FUNCTIONS, "pi")
PI = Part(sympy.pi, math.pi)


def parse_expression(
    text: str, symbols: Iterable[str | sympy.Symbol], *, limit: int = 2000
) -> sympy.Expr:
    """Return the SymPy expression that a formula from an untrusted source stands for.

    The grammar: numbers, ``+ - * / **``, unary ``+ -``, parentheses, the declared
    names, ``pi``, and calls with one argument of ``sin cos tan asin acos atan sinh cosh
    tanh exp log sqrt abs``. Integers stay exact, floats become 53-bit ``Float``.

    Parameters
    ----------
    text : str
        The formula, on one line.
    symbols : iterable of str or sympy.Symbol
        The names that the formula may use; symbols keep their assumptions.
    limit : int, optional
        The largest number of characters, from 1 to 20000.

    Returns
    -------
    expression : sympy.Expr
        Equal to what SymPy's own operators build, except that parts beyond the ordinary
        (functions nested more than two or three deep, functions of high powers, powers
        that could become huge numbers when symbols cancel) and what is built on them are
        left unevaluated: equal in value, not always in structure.

    Raises
    ------
    ParameterError
        If the text is outside the grammar or a limit: the column, counted from 1, what
        was found there, and what is allowed.

    Notes
    -----
    At most 50 nested brackets, 400 nodes, depth 100. Symbol-free subexpressions must be
    finite and real in float64, symbol-free exponents at most 64 in modulus, exact
    numbers at most 4096 bits. No text known to us takes more than 0.1 s of processor time;
    that is measured, not proven. ``sympy.parsing.sympy_parser.parse_expr``, which executes
    its text, takes longer for an ordinary formula.

    Examples
    --------
    >>> parse_expression("sin(pi*x)**2/(1 + x**2)", ["x"])
    sin(pi*x)**2/(x**2 + 1)
    >>> parse_expression("x/3 + 0.5", ["x"])
    x/3 + 0.5
    >>> parse_expression("x.real", ["x"])
    Traceback (most recent call last):
        ...
    perturbsci.errors.ParameterError: text, column 1: found 'x.real' (Attribute); ...
    """
    table = _declare(symbols)
    formula = _Formula(_checked_text(text, limit), table)
    tree = formula.tree()
    try:
        return formula.build(tree).expr
    except RecursionError:
        raise ParameterError(
            f"text of {len(text)} characters needs more stack than is left here; "
            "nest the formula less, or call from a shallower place"
        ) from None


def _declare(symbols: Iterable[str | sympy.Symbol]) -> dict[str, sympy.Symbol]:
    if isinstance(symbols, str) or not isinstance(symbols, Iterable):
        raise ParameterError(
            f"symbols is {symbols!r}; it must be a sequence of names or sympy Symbols, "
            "such as ['x', 'y']"
        )
    table: dict[str, sympy.Symbol] = {}
    for item in symbols:
        name = item.name if isinstance(item, sympy.Symbol) else item
        if not isinstance(name, str):
            raise ParameterError(
                f"symbols holds {item!r}; each must be a name or a sympy Symbol"
            )
        _check_name(name)
        if name in table:
            raise ParameterError(
                f"symbols holds the name {name!r} twice; declare each name once"
            )
        symbol = item if isinstance(item, sympy.Symbol) else sympy.Symbol(name)
        if not symbol.is_commutative:
            raise ParameterError(
                f"symbols holds {name!r}, which does not commute; formulas are for "
                "commuting symbols"
            )
        table[name] = symbol
    return table


def _check_name(name: str) -> None:
    if name in RESERVED:
        raise ParameterError(
            f"symbols holds {name!r}, which is a function or constant of the grammar; "
            "choose another name"
        )
    plain = name.isidentifier() and unicodedata.normalize("NFKC", name) == name
    if not plain or keyword.iskeyword(name) or name.startswith("__"):
        raise ParameterError(
            f"symbols holds {name!r}, which is not a plain name; use letters, digits and "
            "underscores, no keyword of Python (lambda_ for lambda), no leading __"
        )


def _checked_text(text: str, limit: int) -> str:
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MAX_LIMIT:
        raise ParameterError(
            f"limit is {limit!r}; it must be an integer from 1 to {MAX_LIMIT}"
        )
    if not isinstance(text, str):
        raise ParameterError(
            f"text is of type {type(text).__name__}; it must be a str such as 'x**2'"
        )
    if len(text) > limit:
        raise ParameterError(
            f"text has {len(text)} characters, at most {limit} are allowed; shorten the "
            "formula or raise limit"
        )
    if not text.strip(" "):
        raise ParameterError(f"text is {text!r}; it must hold a formula such as 'x**2'")
    return text


class _Formula:
    """One text, its declared names, and the walk that turns it into SymPy."""

    def __init__(self, text: str, table: dict[str, sympy.Symbol]) -> None:
        self.text = text
        self.table = table
        self.evaluation = Evaluation()

    def refusal(self, column: int, found: str) -> ParameterError:
        """Return the error for what stands in a column, counted from 0."""
        names = ", ".join(list(self.table)[:20]) or "none declared"
        return ParameterError(
            f"text, column {column + 1}: found {found}; allowed are numbers, + - * / **, "
            f"parentheses, pi, the names ({names}) and the functions "
            f"{' '.join(FUNCTIONS)} of one argument"
        )

    def misfit(self, node: ast.expr, found: str = "") -> ParameterError:
        """Return the error for a node; ``ast`` counts columns in UTF-8 bytes."""
        stripped = self.text.lstrip(" ")
        line = stripped.encode()
        column = len(self.text) - len(stripped) + len(line[: node.col_offset].decode())
        piece = line[node.col_offset : node.end_col_offset].decode()
        shown = piece if len(piece) <= 40 else piece[:37] + "..."
        return self.refusal(column, f"{shown!r} ({found or type(node).__name__})")

    def tree(self) -> ast.expr:
        """Return the syntax tree after the checks that need no SymPy."""
        text = self.text
        wrong = re.search(r"[^\w +\-*/().]", text)
        if wrong:
            raise self.refusal(wrong.start(), f"the character {wrong.group()!r}")
        glued = re.search(NUMBER + r"[\w.]", text)
        if glued:
            raise self.refusal(
                glued.end() - 1, f"{glued.group()[-1]!r} right after a number"
            )
        n_open = 0
        for bracket in re.finditer(r"[()]", text):
            n_open += 1 if bracket.group() == "(" else -1
            if n_open > MAX_BRACKETS:
                raise self.refusal(
                    bracket.start(), f"more than {MAX_BRACKETS} nested brackets"
                )
        stripped = text.lstrip(" ")
        try:
            tree = ast.parse(stripped, mode="eval").body
        except SyntaxError as error:
            # Python counts from 1 and says 0 at the end of the text
            column = (error.offset or len(stripped) + 1) - 1 + len(text) - len(stripped)
            found = repr(text[column]) if 0 <= column < len(text) else "the end"
            raise self.refusal(
                column, f"{found}, which does not fit ({error.msg})"
            ) from None
        except (ValueError, MemoryError, RecursionError, OverflowError) as error:
            found = f"text that Python cannot parse ({type(error).__name__})"
            raise self.refusal(0, found) from None
        self.check_size(tree)
        return tree

    def check_size(self, tree: ast.expr) -> None:
        stack: list[tuple[ast.expr, int]] = [(tree, 1)]
        n_nodes = 0
        while stack:
            node, depth = stack.pop()
            n_nodes += 1
            if depth > MAX_DEPTH:
                raise self.misfit(node, f"more than {MAX_DEPTH} levels deep")
            if n_nodes > MAX_NODES:
                raise self.misfit(node, f"more than {MAX_NODES} nodes")
            if isinstance(node, ast.BinOp):
                stack += ((node.right, depth + 1), (node.left, depth + 1))
            elif isinstance(node, ast.UnaryOp):
                stack.append((node.operand, depth + 1))
            elif isinstance(node, ast.Call):
                stack += [(argument, depth + 1) for argument in node.args]

    def build(self, node: ast.expr) -> Part:
        """Return the part that a node stands for; the one walk."""
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            left, right = self.build(node.left), self.build(node.right)
            return self.evaluated(node, self.evaluation.join, type(node.op), left, right)
        if isinstance(node, ast.Constant):
            return self.constant(node)
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
            return self.build(node.operand)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            operand = self.build(node.operand)
            return self.evaluated(node, self.evaluation.join, ast.Mult, MINUS_ONE, operand)
        raise self.misfit(node)

    def constant(self, node: ast.Constant) -> Part:
        """Return a number."""
        number = node.value
        if type(number) is int:
            return self.evaluated(node, exact_number, number)
        if type(number) is float and math.isfinite(number):
            return Part(sympy.Float(number, precision=53), number)
        raise self.misfit(node, f"{number!r} is not a finite number")

    def name(self, node: ast.Name) -> Part:
        """Return a declared symbol or pi."""
        if node.id in self.table:
            return Part(self.table[node.id], None)
        if node.id == "pi":
            return PI
        raise self.misfit(node, "a name that was not declared")

    def call(self, node: ast.Call) -> Part:
        """Return a function of one argument."""
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            raise self.misfit(node, "a call of something else than the functions")
        if len(node.args) != 1 or node.keywords:
            raise self.misfit(node, "a call without exactly one plain argument")
        part = self.build(node.args[0])
        return self.evaluated(node, self.evaluation.apply, node.func.id, part)

    def evaluated(
        self, node: ast.expr, step: Callable[..., Part], *arguments: object
    ) -> Part:
        """Return one step of the evaluation; its refusals get the column."""
        try:
            return step(*arguments)
        except ParameterError as error:
            raise self.misfit(node, str(error)) from None
        except RecursionError:
            raise
        except Exception as error:  # SymPy's simplification has bugs of every type
            found = f"SymPy cannot evaluate it: {type(error).__name__}"
            raise self.misfit(node, found) from None
