"""Expressions of the kernel language: from Python's syntax tree to the typed one.

Literals are weak: ``0.5`` takes the type of the other operand, T alone; ``2`` takes any
number type, i alone. Functions are recognized by identity, however they were imported.
"""

import ast
import builtins
import math
from types import FunctionType, ModuleType
from typing import Any

from perturbsci.backend import tree
from perturbsci.backend.intrinsics import CONVERSIONS, NATIVE, PORTABLE, from_bits, to_bits
from perturbsci.backend.scope import NUMBERS, REAL, UNSIGNED, WEAK, Errors, Scope

__all__ = ["Expressions"]


ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
WHOLE = {ast.FloorDiv: "//", ast.Mod: "%"}
BITS = {
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
WRAP = {"u4": 2**32, "u8": 2**64}  # literals of these types, which i may not hold
COMPARE = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


class Expressions:
    """Turn Python expressions into typed ones."""

    def __init__(self, source: Errors, scope: Scope) -> None:
        self.source, self.scope = source, scope

    def of(self, node: ast.expr) -> tree.Expression:
        """Return the typed expression; weak only if it is a literal."""
        match node:
            case ast.Constant(value=int() | float() as value):
                return _literal(value)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.BinOp():
                return self._binary(node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BoolOp(op=op, values=values):
                parts = [self.truth(value) for value in values]
                word = "and" if isinstance(op, ast.And) else "or"
                return _chain(word, parts)
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yes, no = self._unify(node, self.of(body), self.of(orelse))
                return tree.Select(self.truth(test), yes, no, yes.type)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                call, types = self._call(node)
                if len(types) != 1:
                    raise self.source.error(
                        node, f"gives {len(types)} values; unpack them first"
                    )
                return call
        kind = type(node).__name__
        raise self.source.error(
            node,
            f"{kind} is not in the language; allowed are numbers, names, arithmetic, "
            "comparisons, subscripts and calls",
        )

    def _name(self, node: ast.expr, name: str) -> tree.Expression:
        """Return a local, an argument, or a constant of the module."""
        scope = self.scope
        if name in scope.ranks:
            raise self.source.error(
                node, f"{name!r} is an array; give it {scope.ranks[name]} indices"
            )
        if name in scope.types:
            if scope.assigned is not None and name not in scope.assigned:
                raise self.source.error(
                    node,
                    f"{name!r} is not assigned on every path to here; assign it first",
                )
            return tree.Name(name, scope.types[name])
        value = scope.visible.get(name)
        if type(value) in (int, float):
            return _literal(value)  # type: ignore[arg-type]
        raise self.source.error(
            node,
            f"{name!r} is no local, argument, or number of the module; pass it as argument",
        )

    def _binary(self, node: ast.BinOp) -> tree.Expression:
        """Return arithmetic, whole-number arithmetic, or bits."""
        kind = type(node.op)
        if kind is ast.Pow:
            return self._power(node)
        left, right = self.of(node.left), self.of(node.right)
        if kind in (ast.LShift, ast.RShift):
            left = self._settle(left)
            right = tree.Cast(right, left.type) if right.type == "i" else right
        left, right = self._unify(node, left, right)
        if kind in ARITHMETIC:
            if kind is ast.Div and left.type not in REAL:
                left, right = (tree.Cast(side, self.scope.real) for side in (left, right))
            return tree.Binary(ARITHMETIC[kind], left, right, left.type)
        operator = WHOLE.get(kind) or BITS.get(kind)
        if operator is None:
            raise self.source.error(node, f"{kind.__name__} is not in the language")
        if left.type not in ("i", *UNSIGNED):
            raise self.source.error(
                node,
                f"{operator} is for whole numbers, found {left.type}; for x % y write "
                "x - y * math.floor(x / y)",
            )
        return tree.Binary(operator, left, right, left.type)

    def _power(self, node: ast.BinOp) -> tree.Expression:
        """Return x**2, x**3, x**4 as products; the order is fixed."""
        exponent = getattr(node.right, "value", None)
        if type(exponent) is not int or exponent not in (2, 3, 4):
            raise self.source.error(
                node, "a power is 2, 3 or 4; use math.pow, or a loop for whole numbers"
            )
        x = self._settle(self.of(node.left))
        square = tree.Binary("*", x, x, x.type)
        return {2: square, 3: tree.Binary("*", square, x, x.type)}.get(
            exponent, tree.Binary("*", square, square, x.type)
        )

    def _unary(self, node: ast.UnaryOp) -> tree.Expression:
        """Return a sign, a negation or inverted bits; a signed literal stays one."""
        if isinstance(node.op, ast.Not):
            return tree.Unary("not", self.truth(node.operand), "b")
        operand = self.of(node.operand)
        if isinstance(node.op, ast.UAdd):
            return operand
        if isinstance(node.op, ast.USub):
            if isinstance(operand, tree.Constant) and operand.type in WEAK:
                return tree.Constant(-operand.value, operand.type)
            if operand.type not in (*REAL, "i"):
                raise self.source.error(
                    node, f"-x of a {operand.type}; write 0 - x for wrapping"
                )
            return tree.Unary("-", operand, operand.type)
        if operand.type not in ("i", *UNSIGNED):
            raise self.source.error(node, f"~ is for whole numbers, found {operand.type}")
        return tree.Unary("~", operand, operand.type)

    def _compare(self, node: ast.Compare) -> tree.Expression:
        """Return a chain of comparisons."""
        terms = [self.of(part) for part in (node.left, *node.comparators)]
        parts: list[tree.Expression] = []
        for op, left, right in zip(node.ops, terms, terms[1:], strict=False):
            if type(op) not in COMPARE:
                raise self.source.error(node, "compare with < <= > >= == !=")
            a, b = self._unify(node, left, right)
            parts.append(tree.Binary(COMPARE[type(op)], a, b, "b"))
        return _chain("and", parts)

    def _subscript(self, node: ast.Subscript) -> tree.Expression:
        """Return an entry of an array, or an extent."""
        if not isinstance(node.value, ast.Attribute):
            return self.entry(node)
        owner, axis = node.value.value, getattr(node.slice, "value", None)
        array = owner.id if isinstance(owner, ast.Name) else ""
        rank = self.scope.ranks.get(array, 0)
        if node.value.attr != "shape" or type(axis) is not int or not 0 <= axis < rank:
            raise self.source.error(
                node, f"write array.shape[k] with a literal k from 0 to {max(rank, 1) - 1}"
            )
        return tree.Length(array, axis)

    def entry(self, node: ast.Subscript) -> tree.Load:
        """Return ``array[index]`` with as many whole indices as the array has axes."""
        array = node.value.id if isinstance(node.value, ast.Name) else ""
        if array not in self.scope.ranks:
            raise self.source.error(node, f"{array or 'this'!r} is no array argument")
        words = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        rank = self.scope.ranks[array]
        if len(words) != rank:
            raise self.source.error(
                node, f"{array!r} has {rank} axes, found {len(words)} indices"
            )
        index = tuple(self.whole(word) for word in words)
        if any(isinstance(part, tree.Constant) and part.value < 0 for part in index):
            raise self.source.error(
                node, f"indices are not wrapped; write {array}.shape[k] - 1 for the last"
            )
        return tree.Load(array, index, self.scope.types[array])

    def _call(self, node: ast.Call) -> tuple[tree.Expression, tuple[str, ...]]:
        """Return a call, and the types of all that it gives."""
        if node.keywords or any(isinstance(word, ast.Starred) for word in node.args):
            raise self.source.error(node, "arguments are plain, without keywords and stars")
        function = self._resolve(node.func)
        arguments = [self.of(word) for word in node.args]
        if function in (min, max):
            return self._extremum(node, function, arguments)
        if isinstance(function, FunctionType) and function not in CONVERSIONS:
            return self._in_language(function, arguments)
        count = 2 if function is math.pow else 1
        if (
            function not in CONVERSIONS
            and function not in NATIVE
            and function not in PORTABLE
        ):
            raise self.source.error(
                node,
                "this is no function of the language; use math.*, abs, min, max, int, "
                "float, wide, or a plain Python function",
            )
        if len(arguments) != count:
            raise self.source.error(
                node, f"takes {count} arguments, found {len(arguments)}"
            )
        typed = (
            self._convert(node, function, arguments[0]) if function in CONVERSIONS else None
        )
        typed = typed or self._mathematical(function, arguments)
        return typed, (typed.type,)

    def _resolve(self, node: ast.expr) -> Any:
        """Return the object that a call names."""
        if isinstance(node, ast.Name):
            return self.scope.visible.get(node.id, getattr(builtins, node.id, None))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = self.scope.visible.get(node.value.id)
            if isinstance(owner, ModuleType):
                return getattr(owner, node.attr, None)
        return None

    def _extremum(
        self, node: ast.Call, function: object, arguments: list[tree.Expression]
    ) -> tuple[tree.Expression, tuple[str, ...]]:
        """Return min or max, with NaN and signed zeros alike on every target."""
        if len(arguments) != 2:
            raise self.source.error(node, f"takes 2 numbers, found {len(arguments)}")
        a, b = self._unify(node, *arguments)
        test = tree.Binary("<" if function is min else ">", b, a, "b")
        return tree.Select(test, b, a, a.type), (a.type,)

    def _convert(
        self, node: ast.Call, function: object, argument: tree.Expression
    ) -> tree.Expression:
        """Return a conversion between types."""
        target = self.scope.real if function is float else CONVERSIONS.get(function, "")
        if isinstance(argument, tree.Constant) and argument.type == "wi" and target in WRAP:
            return tree.Constant(int(argument.value) % WRAP[target], target)
        x = self._settle(argument)
        if function in (to_bits, from_bits):
            pairs = (
                {"T": "U", "f8": "u8"} if function is to_bits else {"U": "T", "u8": "f8"}
            )
            if x.type not in pairs:
                raise self.source.error(node, f"takes {' or '.join(pairs)}, found {x.type}")
            return tree.Call(function.__name__, (x,), pairs[x.type])
        if x.type not in NUMBERS:
            raise self.source.error(node, f"converts numbers, found {x.type}")
        return x if x.type == target else tree.Cast(x, target)

    def _mathematical(
        self, function: object, arguments: list[tree.Expression]
    ) -> tree.Expression:
        """Return abs, sqrt, floor (exact on every target) or a portable function."""
        typed = [self._settle(argument) for argument in arguments]
        if function is abs and typed[0].type == "i":
            return tree.Call("abs", tuple(typed), "i")
        kind = "f8" if all(x.type == "f8" for x in typed) else self.scope.real
        typed = [x if x.type == kind else tree.Cast(x, kind) for x in typed]
        if function in NATIVE:
            name = NATIVE[function]
            return tree.Call(name, tuple(typed), "i" if name == "floor" else kind)
        return tree.Call(f"portable {PORTABLE[function]}", tuple(typed), kind)

    def _in_language(
        self, function: FunctionType, arguments: list[tree.Expression]
    ) -> tuple[tree.Expression, tuple[str, ...]]:
        """Return the call of a plain function."""
        typed = tuple(self._settle(argument) for argument in arguments)
        parsed = self.scope.parse_function(
            function, tuple(argument.type for argument in typed)
        )
        return tree.Call(parsed, typed, parsed.returns[0]), parsed.returns

    def several(self, node: ast.expr) -> tuple[tree.Expression, tuple[str, ...]]:
        """Return a call that gives several values."""
        if not isinstance(node, ast.Call):
            raise self.source.error(node, "unpack the values of a call")
        return self._call(node)

    def truth(self, node: ast.expr) -> tree.Expression:
        """Return a condition."""
        typed = self.of(node)
        if typed.type != "b":
            raise self.source.error(
                node, f"a condition is a comparison, found {typed.type}"
            )
        return typed

    def whole(self, node: ast.expr) -> tree.Expression:
        """Return a whole number of type i."""
        typed = self._settle(self.of(node))
        if typed.type not in ("i", "u4", "u8"):
            raise self.source.error(
                node, f"needs a whole number, found {typed.type}; use int(x)"
            )
        return typed if typed.type == "i" else tree.Cast(typed, "i")

    def literal_step(self, node: ast.expr) -> int:
        """Return the step of a range, a literal that is not 0."""
        typed = self.of(node)
        if not isinstance(typed, tree.Constant) or typed.type != "wi" or typed.value == 0:
            raise self.source.error(node, "the step of a range is a whole literal, not 0")
        return int(typed.value)

    def _settle(self, typed: tree.Expression) -> tree.Expression:
        """Give a literal the type that it has alone."""
        if isinstance(typed, tree.Constant) and typed.type in WEAK:
            return tree.Constant(typed.value, self.scope.settled(typed.type))
        return typed

    def _unify(
        self, node: ast.AST, a: tree.Expression, b: tree.Expression
    ) -> tuple[tree.Expression, tree.Expression]:
        """Return both in one type: literals follow, i becomes real."""
        if a.type in WEAK and b.type in WEAK:
            kind = self.scope.real if "wf" in (a.type, b.type) else "i"
        elif a.type in WEAK or b.type in WEAK:
            weak, kind = (a.type, b.type) if a.type in WEAK else (b.type, a.type)
            kind = self.scope.real if weak == "wf" and kind == "i" else kind
        elif {a.type, b.type} in ({"i", "T"}, {"i", "f8"}):
            kind = a.type if b.type == "i" else b.type
        else:
            kind = a.type
        return self.fit(node, a, kind), self.fit(node, b, kind)

    def fit(self, node: ast.AST, typed: tree.Expression, kind: str) -> tree.Expression:
        """Return the expression in this type, or refuse a silent conversion."""
        if typed.type == kind:
            return typed
        if isinstance(typed, tree.Constant) and typed.type in WEAK:
            if kind == "i" and not -(2**63) <= typed.value < 2**63:
                raise self.source.error(
                    node, f"{typed.value} does not fit into int64; write u8({typed.value})"
                )
            if kind in REAL or (typed.type == "wi" and kind in NUMBERS):
                return tree.Constant(typed.value, kind)
        elif typed.type == "i" and kind in REAL:
            return tree.Cast(typed, kind)
        found = self.scope.settled(typed.type)
        raise self.source.error(
            node,
            f"{found} and {kind} do not mix; convert with wide(x), float(x), int(x), u4(x) "
            "or u8(x)",
        )


def _literal(value: float) -> tree.Constant:
    if isinstance(value, bool):
        return tree.Constant(value, "b")
    return tree.Constant(value, "wf" if isinstance(value, float) else "wi")


def _chain(word: str, parts: list[tree.Expression]) -> tree.Expression:
    """Return ``a and b and c`` from the left."""
    joined = parts[0]
    for part in parts[1:]:
        joined = tree.Binary(word, joined, part, "b")
    return joined
