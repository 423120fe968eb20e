"""Short files, short functions, shallow nesting."""

import ast
from pathlib import Path

from .source import CODE, Function, sources

FILE_LINES = 400
FUNCTION_LINES = 60
DEPTH = 4

BLOCKS = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


def check_files_are_short(root: Path) -> list[str]:
    """Find files of more than 400 lines."""
    return [
        source.finding(FILE_LINES + 1, f"the file has {count} lines", "split it by idea")
        for source in sources(root, *CODE)
        if (count := len(source.text.splitlines())) > FILE_LINES
    ]


def check_functions_are_short(root: Path) -> list[str]:
    """Find functions of more than 60 lines, docstring aside, or nested deeper than 4."""
    found = []
    for source in sources(root, *CODE):
        for node in source.nodes:
            if not isinstance(node, Function):
                continue
            if (count := _lines(node)) > FUNCTION_LINES:
                what = f"{node.name} has {count} lines, at most {FUNCTION_LINES}"
                found.append(
                    source.finding(node, what, "give its steps names of their own")
                )
            if (depth := _depth(node.body)) > DEPTH:
                what = f"{node.name} nests {depth} blocks deep, at most {DEPTH}"
                found.append(
                    source.finding(node, what, "return early or name the inner part")
                )
    return found


def _lines(node: Function) -> int:
    count = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is not None:
        text = node.body[0]
        count -= (text.end_lineno or text.lineno) - text.lineno + 1
    return count


def _depth(statements: list[ast.stmt]) -> int:
    """Return how many blocks stand inside one another; ``elif`` is as deep as ``if``."""
    deepest = 0
    for node in statements:
        if not isinstance(node, BLOCKS):
            continue
        inner = [_depth(body) for body in _bodies(node)]
        deepest = max(deepest, 1 + max(inner, default=0))
        if isinstance(node, ast.If) and _is_elif(node):
            deepest = max(deepest, _depth(node.orelse))
    return deepest


def _bodies(node: ast.stmt) -> list[list[ast.stmt]]:
    bodies = [node.body] if hasattr(node, "body") else []
    if not _is_elif(node):
        bodies += [getattr(node, name, []) for name in ("orelse", "finalbody")]
    bodies += [handler.body for handler in getattr(node, "handlers", [])]
    return bodies + [case.body for case in getattr(node, "cases", [])]


def _is_elif(node: ast.stmt) -> bool:
    orelse = getattr(node, "orelse", [])
    return isinstance(node, ast.If) and len(orelse) == 1 and isinstance(orelse[0], ast.If)
