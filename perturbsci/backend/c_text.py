"""Write a kernel as C: a C++14 file without dependencies, or CUDA without includes.

The exported function has one C interface for every kernel (see ``docs``): arrays as
pointers, all their extents one after another, real scalars as doubles, whole ones as
int64, and a range of flat indices. With ``-DPERTURBSCI_CHECK`` every access is checked.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from perturbsci.backend import tree
from perturbsci.backend.emit import INDENT, Writer, functions_of, rounded
from perturbsci.backend.python_text import extent_expression
from perturbsci.backend.signature import Argument, Signature

__all__ = ["CWriter", "cpp_text"]

PRELUDE = """#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace {

#if defined(PERTURBSCI_CHECK)
thread_local int failed = 0;
inline int64_t checked(int64_t at, int64_t extent, int number) {
    if (at >= 0 && at < extent) { return at; }
    failed = number;
    return 0;
}
#define PERTURBSCI_AT(at, extent, number) checked(at, extent, number)
#else
#define PERTURBSCI_AT(at, extent, number) (at)
#endif

inline int64_t floor_divide(int64_t a, int64_t b) {
    const int64_t q = a / b;
    return q - (((a % b) != 0) && ((a < 0) != (b < 0)) ? 1 : 0);
}
inline int64_t floor_modulo(int64_t a, int64_t b) { return a - floor_divide(a, b) * b; }
inline double sqrt_f8(double x) { return std::sqrt(x); }
inline float sqrt_f4(float x) { return std::sqrt(x); }
inline double abs_f8(double x) { return std::fabs(x); }
inline float abs_f4(float x) { return std::fabs(x); }
inline int64_t abs_i(int64_t x) { return x < 0 ? -x : x; }
inline double floor_f8(double x) { return std::floor(x); }
inline float floor_f4(float x) { return std::floor(x); }
inline double inf_f8() { return std::numeric_limits<double>::infinity(); }
inline float inf_f4() { return std::numeric_limits<float>::infinity(); }
inline double nan_f8() { return std::numeric_limits<double>::quiet_NaN(); }
inline float nan_f4() { return std::numeric_limits<float>::quiet_NaN(); }
template <typename To, typename From> inline To same_bits(From x) {
    static_assert(sizeof(To) == sizeof(From), "a cast of bits keeps the width");
    To y;
    std::memcpy(&y, &x, sizeof y);
    return y;
}
inline uint64_t to_bits_f8(double x) { return same_bits<uint64_t>(x); }
inline uint32_t to_bits_f4(float x) { return same_bits<uint32_t>(x); }
inline double from_bits_u8(uint64_t x) { return same_bits<double>(x); }
inline float from_bits_u4(uint32_t x) { return same_bits<float>(x); }
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
                return [f"{pad}{self.several(names, value)};"]
            case tree.Store():
                left = self.entry(node.array, node.index)
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
                return self.count(node, depth)
            case tree.While(condition=condition, body=body):
                head = f"{pad}while ({self.expression(condition)}) {{"
                return [head, *self.block(body, depth + 1), pad + "}"]
            case tree.Return(values=values):
                return self.leave(values, pad)
        return [f"{pad}{type(node).__name__.lower()};"]

    def count(self, node: tree.For, depth: int) -> list[str]:
        """Return a for loop whose bound is evaluated once."""
        pad, name = INDENT * depth, node.name
        order = "<" if node.step > 0 else ">"
        start, stop = self.expression(node.start), self.expression(node.stop)
        turn = f"{name} {order} {name}_; {name} += {node.step}"
        head = f"{pad}for (int64_t {name} = {start}, {name}_ = {stop}; {turn}) {{"
        return [head, *self.block(node.body, depth + 1), pad + "}"]

    def leave(self, values: Sequence[tree.Expression], pad: str) -> list[str]:
        """Return a return; several values go through references."""
        if len(values) <= 1:
            return [
                f"{pad}return {self.expression(values[0])};" if values else f"{pad}return;"
            ]
        stores = [f"{pad}result{k}_ = {self.expression(v)};" for k, v in enumerate(values)]
        return [*stores, f"{pad}return;"]

    def several(self, names: Sequence[str], value: tree.Expression) -> str:
        """Return the call of a function with several values."""
        if not isinstance(value, tree.Call):
            raise TypeError(f"{value!r} gives one value")
        words = [self.expression(argument) for argument in value.arguments]
        return f"{self.function_name(value)}({', '.join([*words, *names])})"

    def entry(self, array: str, index: Sequence[tree.Expression]) -> str:
        """Return the entry of a C-ordered array; its extents are ``array_k``."""
        number = 1 + list(self.ranks).index(array)
        flat = ""
        for axis, part in enumerate(index):
            extent = self.length(array, axis)
            at = f"PERTURBSCI_AT({self.expression(part)}, {extent}, {number})"
            flat = f"({flat}) * {extent} + {at}" if axis else at
        return f"{array}[{flat}]"

    def length(self, array: str, axis: int) -> str:
        """Return an extent."""
        if array in self.complex_arrays and axis == self.ranks[array] - 1:
            return "2"
        return f"{array}_{axis}"

    def expression(self, node: tree.Expression) -> str:
        """Return one expression."""
        match node:
            case tree.Constant(value=value, type=kind):
                return self.constant(value, self.kind(kind))
            case tree.Name(name=name):
                return name
            case tree.Length(array=array, axis=axis):
                return self.length(array, axis)
            case tree.Load(array=array, index=index):
                return self.entry(array, index)
            case tree.Unary(operator=operator, operand=operand):
                return (
                    f"({'!' if operator == 'not' else operator}{self.expression(operand)})"
                )
            case tree.Binary(operator=operator, left=left, right=right, type=kind):
                a, b = self.expression(left), self.expression(right)
                if operator in ("//", "%") and self.kind(kind) == "i":
                    function = "floor_divide" if operator == "//" else "floor_modulo"
                    return f"{function}({a}, {b})"
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
                return self.call(node)
        raise TypeError(f"{node!r} is no expression")

    def constant(self, value: float, kind: str) -> str:
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

    def call(self, node: tree.Call) -> str:
        """Return a call of a native function or of one in the language."""
        words = [self.expression(argument) for argument in node.arguments]
        kind = self.kind(node.arguments[0].type) if node.arguments else ""
        if node.function == "floor":
            return f"((int64_t)floor_{kind}({words[0]}))"
        if isinstance(node.function, str) and not node.function.startswith("portable"):
            return f"{node.function}_{kind}({words[0]})"
        return f"{self.function_name(node)}({', '.join(words)})"


def cpp_text(
    name: str, signature: Signature, indices: tuple[str, ...], body: tree.Block, dtype: str
) -> str:
    """Return a C++14 file with ``perturbsci_<name>_<dtype>``.

    Parameters
    ----------
    name : str
        Of the kernel.
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
    text : str
        Deterministic.
    """
    arrays = signature.arrays
    ranks = {argument.name: argument.rank for argument in arrays}
    complex_arrays = frozenset(a.name for a in arrays if a.kind == "c")
    writer = CWriter(dtype, ranks, complex_arrays)
    lines = [f"// kernel {name}, T = {dtype}: {signature.text}", PRELUDE]
    for instance, function in functions_of(body, dtype).items():
        lines += _function(CWriter(dtype, {}, frozenset()), instance, function)
    parameters = [f"int64_t {index}" for index in indices]
    for argument in signature.arguments:
        parameters += _parameters(writer, argument)
    lines += [
        f"inline void one_index({', '.join(parameters)}) {{",
        *_declarations(writer, body, 1),
    ]
    used = [part.split()[-1].lstrip("*") for part in parameters]
    lines += [f"{INDENT}(void){word};" for word in used]
    lines += [*writer.block(body, 1), "}", "", "}  // namespace", ""]
    return "\n".join([*lines, *_exported(writer, name, signature, indices)]) + "\n"


def _function(writer: CWriter, instance: str, function: tree.Function) -> list[str]:
    """Return a function; several values go out through references."""
    kinds = [writer.TYPES[writer.kind(kind)] for kind in function.returns]
    words = [
        f"{writer.TYPES[writer.kind(kind)]} {name}" for name, kind in function.parameters
    ]
    if len(kinds) > 1:
        words += [f"{kind} &result{k}_" for k, kind in enumerate(kinds)]
    result = kinds[0] if len(kinds) == 1 else "void"
    head = f"inline {result} {instance}({', '.join(words)}) {{"
    body = [*_declarations(writer, function.body, 1), *writer.block(function.body, 1)]
    return [head, *body, "}", ""]


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


def _parameters(writer: CWriter, argument: Argument) -> list[str]:
    kind = writer.TYPES[writer.kind(argument.element)]
    if not argument.is_array:
        return [f"{kind} {argument.name}"]
    access = "" if argument.returned else "const "
    shape = [f"int64_t {argument.name}_{k}" for k in range(len(argument.extents or ()))]
    return [f"{access}{kind} *{argument.name}", *shape]


def _exported(
    writer: CWriter, name: str, signature: Signature, indices: tuple[str, ...]
) -> list[str]:
    """Return the C function over a range of flat indices."""
    symbol = f"perturbsci_{name}_{writer.dtype}"
    words = "int64_t begin_, int64_t end_, void *const *arrays_, const int64_t *extents_, "
    words += "const double *reals_, const int64_t *integers_"
    head = f"int32_t {symbol}({words})"
    lines = [f'extern "C" {head};', f'extern "C" {head} {{']
    arrays = extents = reals = integers = 0
    passed: list[str] = []
    for argument in signature.arguments:
        kind = writer.TYPES[writer.kind(argument.element)]
        if argument.is_array:
            access = "" if argument.returned else "const "
            cast = f"static_cast<{access}{kind} *>(arrays_[{arrays}])"
            lines.append(f"{INDENT}{access}{kind} *const {argument.name} = {cast};")
            passed.append(argument.name)
            arrays += 1
            for axis in range(len(argument.extents or ())):
                lines.append(
                    f"{INDENT}const int64_t {argument.name}_{axis} = extents_[{extents}];"
                )
                passed.append(f"{argument.name}_{axis}")
                extents += 1
            continue
        real = argument.kind in ("T", "f8")
        source = f"reals_[{reals}]" if real else f"integers_[{integers}]"
        reals, integers = reals + real, integers + (not real)
        lines.append(
            f"{INDENT}const {kind} {argument.name} = static_cast<{kind}>({source});"
        )
        passed.append(argument.name)
    lines += [f"{INDENT}(void)extents_; (void)reals_; (void)integers_;"]
    runs = [
        writer.expression(extent_expression(signature, extent)) for extent in signature.over
    ]
    total = " * ".join(f"({run})" for run in runs)
    lines += [
        f"{INDENT}if (end_ < 0) {{ end_ = {total}; }}",
        f"{INDENT}for (int64_t flat_ = begin_; flat_ < end_; ++flat_) {{",
    ]
    rest = "flat_"
    for k in range(len(indices) - 1, 0, -1):
        lines.append(f"{INDENT * 2}const int64_t {indices[k]} = {rest} % ({runs[k]});")
        rest = f"{rest} / ({runs[k]})"
    lines.append(f"{INDENT * 2}const int64_t {indices[0]} = {rest};")
    call = ", ".join([*indices, *passed])
    lines += [f"{INDENT * 2}one_index({call});", f"{INDENT}}}"]
    return [
        *lines,
        "#if defined(PERTURBSCI_CHECK)",
        f"{INDENT}return failed;",
        "#else",
        f"{INDENT}return 0;",
        "#endif",
        "}",
    ]
