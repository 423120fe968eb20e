"""What C++ and CUDA share: expressions and statements as C, and the body of a kernel.

A prelude of the target says what ``PERTURBSCI_INLINE`` and ``PERTURBSCI_AT`` are.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from perturbsci.backend import tree
from perturbsci.backend.emit import INDENT, Writer, functions_of, rounded
from perturbsci.backend.signature import Argument, Signature

__all__ = ["WHOLE", "CWriter", "body_text", "one_turn", "parameters_of"]


# Whole-number division rounds down on every target, as in Python.
WHOLE = """PERTURBSCI_INLINE int64_t floor_divide(int64_t a, int64_t b) {
    const int64_t q = a / b;
    return q - (((a % b) != 0) && ((a < 0) != (b < 0)) ? 1 : 0);
}
PERTURBSCI_INLINE int64_t floor_modulo(int64_t a, int64_t b) {
    return a - floor_divide(a, b) * b;
}
PERTURBSCI_INLINE int64_t abs_i(int64_t x) { return x < 0 ? -x : x; }
"""


class CWriter(Writer):
    """Text for C++14 and CUDA, without any header."""

    TYPES: ClassVar[Mapping[str, str]] = {
        "f4": "float",
        "f8": "double",
        "i": "int64_t",
        "u4": "uint32_t",
        "u8": "uint64_t",
        "b": "bool",
    }
    OPERATORS: ClassVar[Mapping[str, str]] = {"and": "&&", "or": "||"}

    def __init__(
        self, dtype: str, ranks: dict[str, int], complex_arrays: frozenset[str]
    ) -> None:
        super().__init__(dtype)
        self.ranks, self.complex_arrays = ranks, complex_arrays

    def nothing(self, depth: int) -> list[str]:
        """Return an empty block."""
        return [INDENT * depth + ";"]

    def statement(self, node: tree.Statement, depth: int) -> list[str]:
        """Return the lines of one statement; variables are declared by ``declarations``."""
        pad = INDENT * depth
        match node:
            case tree.Assign(names=names, value=value):
                if len(names) == 1:
                    return [f"{pad}{names[0]} = {self.expression(value)};"]
                return [f"{pad}{self._several(names, value)};"]
            case tree.Store():
                left = self._entry(node.array, node.index)
                return [f"{pad}{left} = {self.expression(node.value)};"]
            case tree.If(condition=condition, body=body, otherwise=otherwise):
                lines = [
                    f"{pad}if ({self.expression(condition)}) {{",
                    *self.block(body, depth + 1),
                ]
                if otherwise:
                    lines += [f"{pad}}} else {{", *self.block(otherwise, depth + 1)]
                return [*lines, pad + "}"]
            case tree.For():
                return self._count(node, depth)
            case tree.While(condition=condition, body=body):
                head = f"{pad}while ({self.expression(condition)}) {{"
                return [head, *self.block(body, depth + 1), pad + "}"]
            case tree.Return(values=values):
                return self._leave(values, pad)
        return [f"{pad}{type(node).__name__.lower()};"]

    def _count(self, node: tree.For, depth: int) -> list[str]:
        """Return a for loop whose bound is evaluated once."""
        pad, name = INDENT * depth, node.name
        order = "<" if node.step > 0 else ">"
        start, stop = self.expression(node.start), self.expression(node.stop)
        turn = f"{name} {order} {name}_; {name} += {node.step}"
        head = f"{pad}for (int64_t {name} = {start}, {name}_ = {stop}; {turn}) {{"
        return [head, *self.block(node.body, depth + 1), pad + "}"]

    def _leave(self, values: Sequence[tree.Expression], pad: str) -> list[str]:
        """Return a return; several values go through references."""
        if len(values) <= 1:
            return [
                f"{pad}return {self.expression(values[0])};" if values else f"{pad}return;"
            ]
        stores = [f"{pad}result{k}_ = {self.expression(v)};" for k, v in enumerate(values)]
        return [*stores, f"{pad}return;"]

    def _several(self, names: Sequence[str], value: tree.Expression) -> str:
        """Return the call of a function with several values."""
        if not isinstance(value, tree.Call):
            raise TypeError(f"{value!r} gives one value")
        words = [self.expression(argument) for argument in value.arguments]
        return f"{self.function_name(value)}({', '.join([*words, *names])})"

    def _entry(self, array: str, index: Sequence[tree.Expression]) -> str:
        """Return the entry of a C-ordered array; its extents are ``array_k``."""
        number = 1 + list(self.ranks).index(array)
        flat = ""
        for axis, part in enumerate(index):
            extent = self._length(array, axis)
            at = f"PERTURBSCI_AT({self.expression(part)}, {extent}, {number})"
            flat = f"({flat}) * {extent} + {at}" if axis else at
        return f"{array}[{flat}]"

    def _length(self, array: str, axis: int) -> str:
        """Return an extent."""
        if array in self.complex_arrays and axis == self.ranks[array] - 1:
            return "2"
        return f"{array}_{axis}"

    def expression(self, node: tree.Expression) -> str:
        """Return one expression."""
        match node:
            case tree.Constant(value=value, type=kind):
                return self._constant(value, self.kind(kind))
            case tree.Name(name=name):
                return name
            case tree.Length(array=array, axis=axis):
                return self._length(array, axis)
            case tree.Load(array=array, index=index):
                return self._entry(array, index)
            case tree.Unary(operator=operator, operand=operand):
                return (
                    f"({'!' if operator == 'not' else operator}{self.expression(operand)})"
                )
            case tree.Binary(operator=operator, left=left, right=right, type=kind):
                a, b = self.expression(left), self.expression(right)
                if operator in ("//", "%") and self.kind(kind) == "i":
                    function = "floor_divide" if operator == "//" else "floor_modulo"
                    return f"{function}({a}, {b})"
                if operator == "<<" and self.kind(kind) == "i":
                    return f"((int64_t)((uint64_t)({a}) << {b}))"  # defined for a < 0 too
                operator = "/" if operator == "//" else operator
                return f"({a} {self.OPERATORS.get(operator, operator)} {b})"
            case tree.Select(condition=condition, yes=yes, no=no):
                words = (
                    self.expression(condition),
                    self.expression(yes),
                    self.expression(no),
                )
                return "({} ? {} : {})".format(*words)
            case tree.Cast(operand=operand, type=kind):
                return f"(({self.TYPES[self.kind(kind)]})({self.expression(operand)}))"
            case tree.Call():
                return self._call(node)
        raise TypeError(f"{node!r} is no expression")

    def _constant(self, value: float, kind: str) -> str:
        """Return a typed literal, exact to the last bit."""
        if kind == "b":
            return "true" if value else "false"
        if kind in ("f4", "f8"):
            value = rounded(value, kind)
            if not math.isfinite(value):
                word = "nan" if math.isnan(value) else "inf"
                return f"({'-' if value < 0 else ''}{word}_{kind}())"
            text = repr(value)
            text = text if any(mark in text for mark in ".en") else text + ".0"
            return f"({text}{'f' if kind == 'f4' else ''})"
        if kind == "i":
            return f"((int64_t){int(value)}LL)"
        return f"(({self.TYPES[kind]}){int(value)}ULL)"

    def _call(self, node: tree.Call) -> str:
        """Return a call of a native function or of one in the language."""
        words = [self.expression(argument) for argument in node.arguments]
        kind = self.kind(node.arguments[0].type) if node.arguments else ""
        if node.function == "floor":
            return f"((int64_t)floor_{kind}({words[0]}))"
        if isinstance(node.function, str) and not node.function.startswith("portable"):
            return f"{node.function}_{kind}({words[0]})"
        return f"{self.function_name(node)}({', '.join(words)})"


def body_text(
    signature: Signature, indices: tuple[str, ...], body: tree.Block, dtype: str
) -> tuple[CWriter, list[str]]:
    """Return the functions that a kernel needs, and ``one_index`` with its body.

    Parameters
    ----------
    signature : Signature
        Of the kernel.
    indices : tuple of str
        Names of the indices in the body.
    body : tuple of statements
        Typed.
    dtype : str
        ``"f4"`` or ``"f8"``.

    Returns
    -------
    writer : CWriter
        Knows the arrays.
    lines : list of str
        The same for C++ and CUDA; a prelude says what ``PERTURBSCI_INLINE`` is.
    """
    ranks = {argument.name: argument.rank for argument in signature.arrays}
    complex_arrays = frozenset(a.name for a in signature.arrays if a.kind == "c")
    writer = CWriter(dtype, ranks, complex_arrays)
    lines: list[str] = []
    for instance, function in functions_of(body, dtype).items():
        lines += _function(CWriter(dtype, {}, frozenset()), instance, function)
    parameters = [f"int64_t {index}" for index in indices]
    for argument in signature.arguments:
        parameters += parameters_of(writer, argument)
    lines.append(f"PERTURBSCI_INLINE void one_index({', '.join(parameters)}) {{")
    used = [part.split()[-1].lstrip("*") for part in parameters]
    lines += [f"{INDENT}(void){word};" for word in used]
    return writer, [
        *lines,
        *_declarations(writer, body, 1),
        *writer.block(body, 1),
        "}",
        "",
    ]


def one_turn(
    indices: tuple[str, ...], runs: Sequence[str], passed: Sequence[str]
) -> list[str]:
    """Return the body of the loop over flat indices: the indices, then the call.

    Parameters
    ----------
    indices : tuple of str
        Names of the indices in the body; the last one runs fastest.
    runs : sequence of str
        Their extents.
    passed : sequence of str
        The other arguments of ``one_index``.

    Returns
    -------
    lines : list of str
        Of ``flat_``.
    """
    lines, rest = [], "flat_"
    for k in range(len(indices) - 1, 0, -1):
        lines.append(f"{INDENT * 2}const int64_t {indices[k]} = ({rest}) % ({runs[k]});")
        rest = f"({rest}) / ({runs[k]})"
    lines.append(f"{INDENT * 2}const int64_t {indices[0]} = {rest};")
    return [*lines, f"{INDENT * 2}one_index({', '.join([*indices, *passed])});"]


def _function(writer: CWriter, instance: str, function: tree.Function) -> list[str]:
    """Return a function; several values go out through references."""
    kinds = [writer.TYPES[writer.kind(kind)] for kind in function.returns]
    words = [
        f"{writer.TYPES[writer.kind(kind)]} {name}" for name, kind in function.parameters
    ]
    if len(kinds) > 1:
        words += [f"{kind} &result{k}_" for k, kind in enumerate(kinds)]
    result = kinds[0] if len(kinds) == 1 else "void"
    head = f"PERTURBSCI_INLINE {result} {instance}({', '.join(words)}) {{"
    unused = [f"{INDENT}(void){name};" for name, _ in function.parameters]
    body = [*_declarations(writer, function.body, 1), *writer.block(function.body, 1)]
    return [head, *unused, *body, "}", ""]


def _declarations(writer: CWriter, body: tree.Block, depth: int) -> list[str]:
    """Return the locals; the first value only silences compilers that cannot see it."""
    types: dict[str, str] = {}
    _collect(body, types)
    return [
        f"{INDENT * depth}{writer.TYPES[writer.kind(kind)]} {name} = 0;"
        for name, kind in types.items()
    ]


def _collect(body: tree.Block, types: dict[str, str]) -> None:
    for node in body:
        match node:
            case tree.Assign(names=names, types=kinds):
                types.update(zip(names, kinds, strict=True))
            case tree.If(body=yes, otherwise=no):
                _collect(yes, types)
                _collect(no, types)
            case tree.For(body=block) | tree.While(body=block):
                _collect(block, types)


def parameters_of(writer: CWriter, argument: Argument) -> list[str]:
    """Return an argument as parameters: a scalar, or a pointer and extents.

    Parameters
    ----------
    writer : CWriter
        For the types.
    argument : Argument
        Of the kernel.

    Returns
    -------
    parameters : list of str
        With their types.
    """
    kind = writer.TYPES[writer.kind(argument.element)]
    if not argument.is_array:
        return [f"{kind} {argument.name}"]
    access = "" if argument.returned else "const "
    shape = [f"int64_t {argument.name}_{k}" for k in range(len(argument.extents or ()))]
    return [f"{access}{kind} *{argument.name}", *shape]
