"""Parsed files of a tree, each read once, and the questions that all checkers ask.

A checker is a function of the root of a tree; it returns its findings as texts
``path:line: what; advice``, none if the tree is in order.
"""

import ast
import functools
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "perturbsci"
CODE = (PACKAGE, "tests", "examples", "docs", "data")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One parsed file; ``path`` is relative to the root, with forward slashes."""

    path: str
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]  # all of the tree, walked once

    @property
    def module(self) -> str:
        """The dotted name; that of a folder for its ``__init__``."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def is_package(self) -> bool:
        return self.path.endswith("__init__.py")

    @property
    def package(self) -> str:
        """The dotted name of the folder."""
        return self.module if self.is_package else self.module.rpartition(".")[0]

    @property
    def home(self) -> str:
        """The subpackage or the single file directly below the package."""
        return home_of(self.module)

    @property
    def stem(self) -> str:
        return self.module.rpartition(".")[2]

    def finding(self, where: ast.AST | int, what: str, advice: str) -> str:
        """Return one line of a report."""
        line = where if isinstance(where, int) else getattr(where, "lineno", 1)
        return f"{self.path}:{line}: {what}; {advice}"


def home_of(module: str) -> str:
    """Return the second component of a dotted name, empty for the package itself."""
    return module.split(".")[1] if "." in module else ""


@functools.cache
def _parse(root: Path, path: Path, stamp: int, size: int) -> Source:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, filename=str(path))
    return Source(path.relative_to(root).as_posix(), text, tree, tuple(ast.walk(tree)))


def sources(root: Path, *folders: str) -> list[Source]:
    """Return the parsed files below some folders, default the package."""
    found = []
    for folder in folders or (PACKAGE,):
        for path in sorted((root / folder).rglob("*.py")):
            if "_build" not in path.parts:
                status = path.stat()
                found.append(_parse(root, path, status.st_mtime_ns, status.st_size))
    return found


def texts(root: Path, *suffixes: str) -> Iterator[tuple[str, str]]:
    """Yield path and text of the files of a kind, outside hidden and built folders."""
    for top in (*CODE, "README.md", "CHANGELOG.md"):
        start = root / top
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if path.suffix in suffixes and path.is_file() and "_build" not in path.parts:
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def study_of(source: Source) -> ast.Assign | ast.AnnAssign | None:
    """Return the assignment of ``STUDY`` in a file of studies, None in any other file."""
    for node in source.tree.body if source.home == "studies" else ():
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if dotted(target) == "STUDY":
                return node
    return None


def is_public(name: str) -> bool:
    return not name.startswith("_")


def is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def public_classes(source: Source) -> list[ast.ClassDef]:
    """Return the classes of a file whose names have no underscore in front."""
    return [
        node
        for node in source.tree.body
        if isinstance(node, ast.ClassDef) and is_public(node.name)
    ]


def functions(source: Source) -> Iterator[tuple[Function, ast.ClassDef | None]]:
    """Yield top-level functions, and methods with the public class they belong to."""
    for node in source.tree.body:
        if isinstance(node, Function):
            yield node, None
        elif isinstance(node, ast.ClassDef) and is_public(node.name):
            for member in node.body:
                if isinstance(member, Function):
                    yield member, node


def public_functions(source: Source) -> list[tuple[Function, ast.ClassDef | None]]:
    """Return what a user may call: constructors included, kernels and overloads not."""
    return [
        (node, owner)
        for node, owner in functions(source)
        if (is_public(node.name) or node.name == "__init__")
        and not decorated(node, "kernel", "overload")
    ]


def arguments(node: Function, *, method: bool) -> list[ast.arg]:
    """Return all arguments of a function, ``self`` and ``cls`` of a method aside."""
    positional = positional_arguments(node, method=method)
    variable = [arg for arg in (node.args.vararg, node.args.kwarg) if arg]
    return [*positional, *node.args.kwonlyargs, *variable]


def positional_arguments(node: Function, *, method: bool) -> list[ast.arg]:
    """Return the positional arguments, ``self`` and ``cls`` of a method aside."""
    positional = [*node.args.posonlyargs, *node.args.args]
    return positional[1:] if method and not decorated(node, "staticmethod") else positional


def decorated(node: Definition, *names: str) -> bool:
    """Return whether a decorator has one of these last names, called or not."""
    return any(
        (dotted(each.func if isinstance(each, ast.Call) else each) or "").rpartition(".")[2]
        in names
        for each in node.decorator_list
    )


def dataclass_options(node: ast.ClassDef) -> dict[str, object] | None:
    """Return the constants given to ``@dataclass``; None for another class."""
    for each in node.decorator_list:
        call = each.func if isinstance(each, ast.Call) else each
        if (dotted(call) or "").rpartition(".")[2] == "dataclass":
            keywords = each.keywords if isinstance(each, ast.Call) else []
            return {key.arg or "": getattr(key.value, "value", None) for key in keywords}
    return None


def dotted(node: ast.AST) -> str | None:
    """Return ``a.b.c`` for an attribute chain of names, None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        front = dotted(node.value)
        return f"{front}.{node.attr}" if front else None
    return None


@functools.cache
def imported_names(source: Source) -> dict[str, str]:
    """Return what each imported name stands for: ``np`` -> ``numpy``."""
    names: dict[str, str] = {}
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                full = alias.name if alias.asname else alias.name.partition(".")[0]
                names[alias.asname or full] = full
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    """Return the chain with its first name replaced by what was imported under it."""
    chain = dotted(node) or ""
    front, dot, rest = chain.partition(".")
    return names.get(front, front) + dot + rest


def text_of(node: ast.AST | None) -> str | None:
    """Return the text of a string literal, None for anything else."""
    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def walk_body(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a function without the functions and classes defined inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Definition | ast.Lambda):
            yield child
            yield from walk_body(child)


def error_names(root: Path) -> set[str]:
    """Return the names of the error classes of ``errors.py``."""
    files = [source for source in sources(root) if source.module == f"{PACKAGE}.errors"]
    return {
        node.name
        for source in files
        for node in public_classes(source)
        if not node.name.endswith("Warning")
    }


def sections(docstring: str) -> dict[str, list[str]]:
    """Return the lines of every numpydoc section of a cleaned docstring."""
    found: dict[str, list[str]] = {}
    lines = inspect.cleandoc(docstring).split("\n")
    name = ""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if (
            following
            and re.fullmatch(r"-{3,}", following)
            and line
            and not line[0].isspace()
        ):
            name = line.strip()
            found[name] = []
        elif name and not (line and re.fullmatch(r"-{3,}", line)):
            found[name].append(line)
    return found


def entries(lines: list[str]) -> dict[str, str]:
    """Return name -> whole text of the entries of a Parameters or Returns section."""
    found: dict[str, str] = {}
    current: list[str] = []
    for line in lines:
        if line and not line[0].isspace():
            current = [
                name.strip().lstrip("*") for name in line.partition(" :")[0].split(",")
            ]
        for name in current:
            found[name] = f"{found.get(name, '')}{line}\n"
    return found


def assert_none(findings: list[str]) -> None:
    """Fail with all findings, one a line."""
    __tracebackhide__ = True
    assert not findings, "\n" + "\n".join(findings)
