"""Write a kernel as Python: text that Numba compiles and the interpreter runs alike.

One index space is a loop over rows of the leading indices and, inside, over the last one,
whole (schedule flat) or in blocks of 64 lanes (schedule lanes).
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from perturbsci.backend import tree
from perturbsci.backend.emit import INDENT, Writer, functions_of, rounded
from perturbsci.backend.lanes import WIDTH, LaneLoop, lane_schedule
from perturbsci.backend.signature import Argument, Extent, Signature

__all__ = ["PythonWriter", "python_text"]

HEADER = """from numpy import empty, float32, float64, floor, int64, sqrt, uint32, uint64

inf, nan = float64("inf"), float64("nan")
"""


class PythonWriter(Writer):
    """Text that Numba compiles and the interpreter runs, with equal results."""

    TYPES: ClassVar[Mapping[str, str]] = {
        "f4": "float32",
        "f8": "float64",
        "i": "int64",
        "u4": "uint32",
        "u8": "uint64",
        "b": "bool",
    }

    def nothing(self, depth: int) -> list[str]:
        """Return an empty block."""
        return [INDENT * depth + "pass"]

    def statement(self, node: tree.Statement, depth: int) -> list[str]:
        """Return the lines of one statement."""
        pad = INDENT * depth
        match node:
            case tree.Assign(names=names, value=value):
                return [f"{pad}{', '.join(names)} = {self.expression(value)}"]
            case tree.Store():
                left = self._entry(node.array, node.index)
                return [f"{pad}{left} = {self.expression(node.value)}"]
            case tree.If(condition=condition, body=body, otherwise=otherwise):
                lines = [
                    f"{pad}if {self.expression(condition)}:",
                    *self.block(body, depth + 1),
                ]
                if otherwise:
                    lines += [f"{pad}else:", *self.block(otherwise, depth + 1)]
                return lines
            case tree.For(name=name, start=start, stop=stop, step=step, body=body):
                bounds = [self.expression(start), self.expression(stop)]
                words = ", ".join(bounds if step == 1 else [*bounds, str(step)])
                return [f"{pad}for {name} in range({words}):", *self.block(body, depth + 1)]
            case tree.While(condition=condition, body=body):
                return [
                    f"{pad}while {self.expression(condition)}:",
                    *self.block(body, depth + 1),
                ]
            case tree.Return(values=values):
                return [f"{pad}return {', '.join(map(self.expression, values))}".rstrip()]
        return [pad + type(node).__name__.lower()]

    def _entry(self, array: str, index: Sequence[tree.Expression]) -> str:
        """Return ``array[i, j]``."""
        return f"{array}[{', '.join(map(self._index, index))}]"

    def _index(self, node: tree.Expression) -> str:
        """Return an index as unsigned: Numba wraps a signed one, which prevents SIMD."""
        text = self.expression(node)
        return text if isinstance(node, tree.Constant) else f"uint64({text})"

    def expression(self, node: tree.Expression) -> str:
        """Return one expression."""
        match node:
            case tree.Constant(value=value, type=kind):
                return self._constant(value, self.kind(kind))
            case tree.Name(name=name):
                return name
            case tree.Length(array=array, axis=axis):
                return f"{array}.shape[{axis}]"
            case tree.Load(array=array, index=index):
                return self._entry(array, index)
            case tree.Unary(operator=operator, operand=operand, type=kind):
                return self._narrow(f"({operator} {self.expression(operand)})", kind)
            case tree.Binary(operator=operator, left=left, right=right, type=kind):
                text = f"({self.expression(left)} {operator} {self.expression(right)})"
                return self._narrow(text, kind)
            case tree.Select(condition=condition, yes=yes, no=no):
                words = (
                    self.expression(yes),
                    self.expression(condition),
                    self.expression(no),
                )
                return "({} if {} else {})".format(*words)
            case tree.Cast(operand=operand, type=kind):
                text, kind = self.expression(operand), self.kind(kind)
                if operand.type == "i" and kind in ("u4", "u8"):
                    text = f"int64({text})"  # the interpreter wraps no Python int
                return f"{self.TYPES[kind]}({text})"
            case tree.Call():
                return self._call(node)
        raise TypeError(f"{node!r} is no expression")

    def _narrow(self, text: str, kind: str) -> str:
        """Wrap arithmetic of u4, which Numba would widen to 64 bits."""
        return f"uint32({text})" if self.kind(kind) == "u4" else text

    def _constant(self, value: float, kind: str) -> str:
        """Return a typed literal."""
        if kind in ("i", "b"):
            return repr(bool(value) if kind == "b" else int(value))
        if kind in ("f4", "f8"):
            return f"{self.TYPES[kind]}({rounded(value, kind)!r})"
        return f"{self.TYPES[kind]}({int(value)})"

    def _call(self, node: tree.Call) -> str:
        """Return a call of a native function or of one in the language."""
        words = [self.expression(argument) for argument in node.arguments]
        if node.function == "floor":
            return f"int64(floor({words[0]}))"
        if node.function in ("to_bits", "from_bits"):
            source = self.TYPES[self.kind(node.arguments[0].type)]
            return f"{source}({words[0]}).view({self.TYPES[self.kind(node.type)]})"
        if node.function in ("abs", "sqrt"):
            return f"{node.function}({words[0]})"
        return f"{self.function_name(node)}({', '.join(words)})"


def python_text(
    name: str,
    signature: Signature,
    indices: tuple[str, ...],
    body: tree.Block,
    dtype: str,
    *,
    schedule: str,
) -> str:
    """Return the module of one kernel for one precision.

    It holds ``entry(begin, end, arrays and scalars...)``, which serves the flat indices
    from begin to end, and the functions that it needs, each behind ``@inlined``; who
    executes the text defines that name.

    Parameters
    ----------
    name : str
        Of the kernel, for a comment.
    signature : Signature
        Of the kernel.
    indices : tuple of str
        Names of the indices in the body.
    body : tuple of statements
        Typed.
    dtype : str
        ``"f4"`` or ``"f8"``.
    schedule : str
        ``"flat"`` or ``"lanes"``.

    Returns
    -------
    text : str
        Deterministic.
    """
    writer = PythonWriter(dtype)
    arguments = [argument.name for argument in signature.arguments]
    lines = [f"# kernel {name}, T = {dtype}", HEADER]
    for instance, function in functions_of(body, dtype).items():
        lines += _inlined(
            writer, instance, [p for p, _ in function.parameters], function.body
        )
    if schedule == "lanes":
        blocks, promoted = lane_schedule(signature, indices, body)
        head = [
            f"{INDENT}{local} = empty({WIDTH}, {writer.TYPES[writer.kind(kind)]})"
            for local, kind in promoted.items()
        ]
        inner = _lane_blocks(writer, indices[-1], blocks)
    else:
        head, turn = [], writer.block(_as_continue(body), 1)
        if _returns_inside_loop(body):
            lines += _inlined(writer, "one_index", [*indices, *arguments], body)
            turn = [f"{INDENT}one_index({', '.join([*indices, *arguments])})"]
        inner = [f"for {indices[-1]} in range(low_, high_):", *turn]
    lines += ["", f"def entry({', '.join(['begin_', 'end_', *arguments])}):"]
    for argument in signature.arrays:
        if argument.kind == "c":
            # Always 2; told so, the compiler knows the stride and uses SIMD.
            lines += [
                f"{INDENT}if {argument.name}.shape[{argument.rank - 1}] != 2:",
                f"{INDENT * 2}return",
            ]
    lines += head
    return "\n".join([*lines, *_rows(signature, indices, writer, inner)]) + "\n"


def _inlined(
    writer: PythonWriter, name: str, parameters: Sequence[str], body: tree.Block
) -> list[str]:
    """Return a function that the compiler may inline."""
    head = f"def {name}({', '.join(parameters)}):"
    return ["", "@inlined", head, *writer.block(body, 1), ""]


def _rows(
    signature: Signature, indices: tuple[str, ...], writer: PythonWriter, inner: list[str]
) -> list[str]:
    """Return the loop over the leading indices; inner runs the last, low to high."""
    if len(indices) == 1:
        return [INDENT + line for line in ("low_, high_ = begin_, end_", *inner)]
    extents = [
        writer.expression(extent_expression(signature, e)) for e in signature.over[1:]
    ]
    head = ["if end_ <= begin_:", f"{INDENT}return", f"width_ = {extents[-1]}"]
    if len(indices) == 2 and inner[0].startswith(f"for {indices[1]} "):
        # One column: rows of one entry leave nothing to vectorize, the column does.
        column = [f"{indices[1]} = 0", f"for {indices[0]} in range(begin_, end_):"]
        head += ["if width_ == 1:", *(INDENT + x for x in (*column, *inner[1:], "return"))]
    head.append("for row_ in range(begin_ // width_, (end_ - 1) // width_ + 1):")
    if len(indices) == 2:
        body = [f"{indices[0]} = row_"]
    else:
        body = [
            f"{indices[0]} = row_ // {extents[0]}",
            f"{indices[1]} = row_ % {extents[0]}",
        ]
    body += [
        "low_ = max(begin_ - row_ * width_, 0)",
        "high_ = min(end_ - row_ * width_, width_)",
        *inner,
    ]
    return [INDENT + line for line in (*head, *(INDENT + line for line in body))]


def _lane_blocks(writer: PythonWriter, last: str, blocks: Sequence[object]) -> list[str]:
    """Return the loop over blocks of lanes."""
    head = [
        f"for base_ in range(low_, high_, {WIDTH}):",
        f"{INDENT}count_ = min({WIDTH}, high_ - base_)",
    ]
    return [*head, *_scheduled(writer, last, blocks, 1)]


def _scheduled(
    writer: PythonWriter, last: str, blocks: Sequence[object], depth: int
) -> list[str]:
    pad = INDENT * depth
    lines: list[str] = []
    for item in blocks:
        if isinstance(item, LaneLoop):
            lines += [
                f"{pad}for lane_ in range(count_):",
                f"{pad}{INDENT}{last} = base_ + lane_",
            ]
            lines += writer.block(item.body, depth + 1)
        elif isinstance(item, tree.For):
            empty = tree.For(item.name, item.start, item.stop, item.step, ())
            lines += writer.statement(empty, depth)[:1]
            lines += _scheduled(writer, last, item.body, depth + 1)
    return lines


def extent_expression(signature: Signature, extent: Extent) -> tree.Expression:
    """Return an extent of the index space in terms of the arguments.

    Parameters
    ----------
    signature : Signature
        Of the kernel.
    extent : Extent
        Of ``over``.

    Returns
    -------
    expression : tree.Expression
        Of type i.
    """
    if not extent.name:
        return tree.Constant(extent.offset, "i")
    source, offset = _binding(signature.inputs, extent.name)
    shift = extent.offset - offset
    if not shift:
        return source
    return tree.Binary("+", source, tree.Constant(shift, "i"), "i")


def _binding(inputs: Sequence[Argument], name: str) -> tuple[tree.Expression, int]:
    """Return what an extent's name can be read from, and what was added to it there."""
    for argument in inputs:
        if not argument.is_array and argument.name == name:
            return tree.Name(name, "i"), 0
        for axis, extent in enumerate(argument.extents or ()):
            if extent.name == name:
                return tree.Length(argument.name, axis), extent.offset
    raise LookupError(f"extent {name!r} was bound when the signature was parsed")


def _returns_inside_loop(body: tree.Block, inside: bool = False) -> bool:
    for node in body:
        match node:
            case tree.Return() if inside:
                return True
            case tree.If(body=yes, otherwise=no):
                if _returns_inside_loop(yes, inside) or _returns_inside_loop(no, inside):
                    return True
            case tree.For(body=block) | tree.While(body=block):
                if _returns_inside_loop(block, True):
                    return True
    return False


def _as_continue(body: tree.Block) -> tree.Block:
    """Return the body of a loop over indices: a bare return goes on to the next one."""
    changed: list[tree.Statement] = []
    for node in body:
        match node:
            case tree.Return():
                changed.append(tree.Continue())
            case tree.If(condition=condition, body=yes, otherwise=no):
                changed.append(tree.If(condition, _as_continue(yes), _as_continue(no)))
            case _:
                changed.append(node)
    return tuple(changed)
