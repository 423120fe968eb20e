"""The kernel language: a short Python function becomes a typed tree, or a clear error.

Statements are checked here, expressions in ``expressions.py``. A variable keeps its first
type, must be assigned on every path before it is read, and cannot be an argument or a
loop variable.
"""

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import FunctionType

from perturbsci.backend import tree
from perturbsci.backend.expressions import Expressions
from perturbsci.backend.intrinsics import from_bits, to_bits, u4, u8, wide
from perturbsci.backend.scope import Scope, check_name
from perturbsci.backend.signature import Signature
from perturbsci.errors import KernelError

__all__ = [
    "from_bits",
    "parse_body",
    "parse_function",
    "to_bits",
    "u4",
    "u8",
    "wide",
]

ALLOWED = (
    "assignments, if, for ... in range(...), while, break, continue, return, arithmetic, "
    "comparisons, subscripts, a.shape[k] and calls of functions in the language"
)
_PARSING: ContextVar[tuple[FunctionType, ...]] = ContextVar("parsing", default=())


class Source:
    """The text of a function, and errors that point into it."""

    def __init__(self, text: str, file: str, first_line: int, name: str) -> None:
        self.lines = text.splitlines()
        self.file, self.first_line, self.name = file, first_line, name
        module = ast.parse(text)
        self.node = next(node for node in module.body if isinstance(node, ast.FunctionDef))

    @staticmethod
    def of(function: Callable[..., object]) -> "Source":
        """Return the source of a plain function."""
        name = getattr(function, "__name__", "?")
        try:
            lines, first = inspect.getsourcelines(function)
            file = inspect.getsourcefile(function) or "?"
            return Source(textwrap.dedent("".join(lines)), file, first, name)
        except (OSError, TypeError, SyntaxError, StopIteration) as error:
            raise KernelError(
                f"kernel {name!r}: its source cannot be read ({error}); define it with def "
                "in a file"
            ) from None

    def error(self, node: ast.AST, problem: str) -> KernelError:
        """Return an error with file, line number and source line."""
        number = getattr(node, "lineno", 1)
        line = self.lines[number - 1].strip()
        place = f"{self.file}:{self.first_line + number - 1}"
        return KernelError(f"{place}: {line}\n{self.name}: {problem}")


class Body:
    """Turn the statements of one function into a typed block."""

    def __init__(self, source: Source, scope: Scope, *, is_kernel: bool) -> None:
        self.source, self.scope, self.is_kernel = source, scope, is_kernel
        self.expressions = Expressions(source, scope)
        self.returns: tuple[str, ...] | None = None
        self.loops = 0

    def block(self, statements: list[ast.stmt]) -> tree.Block:
        """Return the typed statements of a list; what follows a jump is refused."""
        typed: list[tree.Statement] = []
        for node in statements:
            if typed and isinstance(typed[-1], (tree.Return, tree.Break, tree.Continue)):
                raise self.source.error(node, "this line is never reached; remove it")
            typed += self._statement(node)
        return tuple(typed)

    def _statement(self, node: ast.stmt) -> list[tree.Statement]:
        """Return the typed statements of one Python statement."""
        match node:
            case ast.Assign(targets=targets, value=value):
                return self._assign(node, targets, value)
            case ast.AugAssign(target=target, op=op, value=value):
                read = ast.copy_location(_as_read(target), node)
                total = ast.copy_location(ast.BinOp(read, op, value), node)
                return self._assign(node, [target], total)
            case ast.If():
                return [self._branch(node)]
            case ast.For():
                return [self._count(node)]
            case ast.While(orelse=[]):
                return [self._loop(node)]
            case ast.Break() | ast.Continue():
                self.scope.leave()
                return [tree.Break() if isinstance(node, ast.Break) else tree.Continue()]
            case ast.Return():
                return [self._leave(node)]
            case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
                return []
        kind = type(node).__name__
        raise self.source.error(
            node, f"{kind} is not in the language; allowed are {ALLOWED}"
        )

    def _assign(
        self, node: ast.stmt, targets: list[ast.expr], value: ast.expr
    ) -> list[tree.Statement]:
        """Return an assignment to names, to a tuple of names, or to array entries."""
        if isinstance(targets[0], ast.Tuple):
            return [self._unpack(node, targets, value)]
        typed = self.expressions.of(value)
        if len(targets) == 1:
            return [self._target(node, targets[0], typed)]
        for target in targets:
            if not isinstance(target, (ast.Name, ast.Subscript)):
                raise self.source.error(
                    node, "a chain of targets holds names and entries only"
                )
        first = self._target(node, targets[-1], typed)
        again = first.value if isinstance(first, (tree.Assign, tree.Store)) else typed
        if isinstance(first, tree.Assign):
            again = tree.Name(first.names[0], first.types[0])
        return [first, *(self._target(node, target, again) for target in targets[:-1])]

    def _target(
        self, node: ast.stmt, target: ast.expr, value: tree.Expression
    ) -> tree.Statement:
        """Return the assignment of one value to one name or entry."""
        if isinstance(target, ast.Name):
            kind = self.scope.assign(self.source, node, target.id, value.type)
            return tree.Assign(
                (target.id,), (kind,), self.expressions.fit(node, value, kind)
            )
        if isinstance(target, ast.Subscript):
            entry = self.expressions.entry(target)
            if entry.array not in self.scope.writable:
                raise self.source.error(
                    node,
                    f"{entry.array!r} is an input; name it right of the arrow",
                )
            return tree.Store(
                entry.array, entry.index, self.expressions.fit(node, value, entry.type)
            )
        raise self.source.error(node, "assign to a name or to an entry of an output")

    def _unpack(
        self, node: ast.stmt, targets: list[ast.expr], value: ast.expr
    ) -> tree.Statement:
        """Return ``x, y = f(...)``."""
        pattern = targets[0]
        names = [n.id for n in getattr(pattern, "elts", []) if isinstance(n, ast.Name)]
        call, types = self.expressions.several(value)
        if len(targets) > 1 or len(names) != len(types) or len(set(names)) < len(names):
            raise self.source.error(
                node, f"the call gives {len(types)} values; write as many different names"
            )
        pairs = zip(names, types, strict=True)
        kinds = tuple(
            self.scope.assign(self.source, node, n, t, exact=True) for n, t in pairs
        )
        return tree.Assign(tuple(names), kinds, call)

    def _branch(self, node: ast.If) -> tree.Statement:
        """Return an if; afterwards assigned is what both branches assign."""
        condition = self.expressions.truth(node.test)
        before = self.scope.assigned
        body = self.block(node.body)
        after_body, self.scope.assigned = self.scope.assigned, before
        otherwise = self.block(node.orelse)
        self.scope.merge(after_body)
        return tree.If(condition, body, otherwise)

    def _count(self, node: ast.For) -> tree.Statement:
        """Return a for loop over a range."""
        call = node.iter
        is_range = isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        if not (is_range and call.func.id == "range" and not call.keywords) or node.orelse:  # type: ignore[attr-defined]
            raise self.source.error(node, "a loop runs over range(...), without else")
        if not isinstance(node.target, ast.Name):
            raise self.source.error(node, "a loop has one variable")
        words = call.args  # type: ignore[attr-defined]
        if not 1 <= len(words) <= 3:
            raise self.source.error(node, f"range takes 1 to 3 numbers, found {len(words)}")
        bounds = [self.expressions.whole(word) for word in words[:2]]
        start, stop = bounds if len(bounds) == 2 else (tree.Constant(0, "i"), bounds[0])
        step = self.expressions.literal_step(words[2]) if len(words) == 3 else 1
        name = node.target.id
        self.scope.begin_loop(self.source, node, name)
        before = self.scope.assigned
        body = self._inside_loop(node.body)
        self.scope.assigned = before
        self.scope.end_loop(name)
        return tree.For(name, start, stop, step, body)

    def _loop(self, node: ast.While) -> tree.Statement:
        """Return a while loop."""
        condition = self.expressions.truth(node.test)
        before = self.scope.assigned
        body = self._inside_loop(node.body)
        self.scope.assigned = before
        return tree.While(condition, body)

    def _inside_loop(self, statements: list[ast.stmt]) -> tree.Block:
        """Return the block of a loop."""
        self.loops += 1
        body = self.block(statements)
        self.loops -= 1
        return body

    def _leave(self, node: ast.Return) -> tree.Statement:
        """Return a return statement; those of one function give the same types."""
        if self.is_kernel and node.value is not None:
            raise self.source.error(node, "a kernel returns nothing; write to its outputs")
        parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        values = [self.expressions.of(part) for part in parts if part is not None]
        if not self.is_kernel and not values:
            raise self.source.error(node, "a function returns a value on every path")
        if self.returns is None:
            self.returns = tuple(self.scope.settled(value.type) for value in values)
        if len(values) != len(self.returns):
            raise self.source.error(
                node, f"another return gives {len(self.returns)} values"
            )
        pairs = zip(values, self.returns, strict=True)
        self.scope.leave()
        return tree.Return(tuple(self.expressions.fit(node, v, t) for v, t in pairs))


def parse_body(
    function: Callable[..., object], signature: Signature
) -> tuple[tuple[str, ...], tree.Block]:
    """Return the names of the indices and the typed body of a kernel.

    Parameters
    ----------
    function : callable
        A plain Python function; it is never called.
    signature : Signature
        Of the kernel.

    Returns
    -------
    indices : tuple of str
        One an extent of ``over``.
    body : tuple of statements
        The typed tree.

    Raises
    ------
    KernelError
        With file, line and source line, if the body is outside the language.
    """
    return parse_source(Source.of(function), signature, _visible(function))


def parse_source(
    source: Source, signature: Signature, visible: Mapping[str, object]
) -> tuple[tuple[str, ...], tree.Block]:
    """Return indices and body of a kernel from its source.

    Parameters
    ----------
    source : Source
        One function.
    signature : Signature
        Of the kernel.
    visible : mapping of str to object
        What free names stand for.

    Returns
    -------
    indices, body : tuple of str, tuple of statements
        As ``parse_body``.

    Raises
    ------
    KernelError
        If the body is outside the language.
    """
    names = _parameters(source)
    count = len(signature.over)
    expected = [argument.name for argument in signature.arguments]
    if names[count:] != expected or len(names) < count:
        raise source.error(
            source.node,
            f"the arguments are {', '.join(names)}; needed are {count} indices, then "
            f"{', '.join(expected)}",
        )
    for name in names:
        check_name(source, source.node, name)
    types = {argument.name: argument.kind for argument in signature.arguments}
    types.update(dict.fromkeys(names[:count], "i"))
    ranks = {a.name: a.rank for a in signature.arguments if a.is_array}
    types.update({a.name: a.element for a in signature.arguments if a.is_array})
    writable = frozenset(a.name for a in signature.arguments if a.returned)
    scope = Scope(types, ranks, writable, visible, parse_function)
    return tuple(names[:count]), Body(source, scope, is_kernel=True).block(source.node.body)


@functools.cache
def parse_function(function: FunctionType, types: tuple[str, ...]) -> tree.Function:
    """Return a plain function, typed for these arguments.

    Parameters
    ----------
    function : function
        Found through a name in a body.
    types : tuple of str
        Of its arguments.

    Returns
    -------
    function : tree.Function
        One object for equal arguments.

    Raises
    ------
    KernelError
        If it is outside the language, or calls itself.
    """
    source = Source.of(function)
    if function in _PARSING.get():
        raise source.error(source.node, "a function of the language cannot call itself")
    names = _parameters(source)
    if len(names) != len(types):
        raise source.error(
            source.node, f"takes {len(names)} arguments, called with {len(types)}"
        )
    scope = Scope(
        dict(zip(names, types, strict=True)),
        {},
        frozenset(),
        _visible(function),
        parse_function,
    )
    body = Body(source, scope, is_kernel=False)
    token = _PARSING.set((*_PARSING.get(), function))
    try:
        block = body.block(source.node.body)
    finally:
        _PARSING.reset(token)
    if body.returns is None or scope.assigned is not None:
        raise source.error(source.node, "a function ends with a return on every path")
    return tree.Function(
        source.name, tuple(zip(names, types, strict=True)), block, body.returns
    )


def _parameters(source: Source) -> list[str]:
    arguments = source.node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
        raise source.error(
            source.node, "arguments are plain names, without defaults and stars"
        )
    return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]


def _visible(function: Callable[..., object]) -> Mapping[str, object]:
    """Return what free names stand for: globals, then the closure."""
    found = dict(getattr(function, "__globals__", {}))
    code, cells = (
        getattr(function, "__code__", None),
        getattr(function, "__closure__", None),
    )
    if code is not None and cells:
        contents = [cell.cell_contents for cell in cells]
        found.update(zip(code.co_freevars, contents, strict=True))
    return found


def _as_read(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Subscript):
        return ast.Subscript(target.value, target.slice, ast.Load())
    return target
