"""Docstrings with the numpydoc sections that apply."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .checks_interface import subpackage_exports
from .source import (
    Function,
    arguments,
    dataclass_options,
    decorated,
    dotted,
    entries,
    error_names,
    functions,
    is_dunder,
    is_public,
    public_classes,
    sections,
    sources,
    study_of,
    walk_body,
)

# Files whose classes or functions are described as a family, in the first lines.
FAMILIES = {
    "perturbsci/backend/tree.py": "the nodes of a syntax tree: each shows its own syntax",
    "perturbsci/backend/mathematics.py": "functions of one number, never called",
    **dict.fromkeys(
        (f"perturbsci/backend/{name}.py" for name in ("scope", "expressions", "language")),
        "passes of the compiler: each method takes a node and returns a typed one",
    ),
    **dict.fromkeys(
        (f"perturbsci/backend/{name}.py" for name in ("emit", "python_text", "c_text")),
        "writers: each method takes a typed node and returns its text",
    ),
}
ARRAY = re.compile(r"\b(Array|ndarray)\b")


def check_docstrings(root: Path) -> list[str]:
    """Find missing docstrings and missing numpydoc sections or entries."""
    errors = error_names(root)
    exported = subpackage_exports(root)
    found = []
    for source in sources(root):
        if not ast.get_docstring(source.tree):
            advice = "say what the file computes, the formula, and where it comes from"
            found.append(source.finding(1, "the file has no docstring", advice))
        names = exported.get(source.module, set())
        plain = study_of(source) is not None  # only the runner calls its functions
        family = source.path in FAMILIES
        for node, owner in functions(source):
            if not _needs_docstring(node):
                continue
            label = f"{owner.name}.{node.name}" if owner else node.name
            if not ast.get_docstring(node):
                advice = "say in one sentence what it returns"
                found.append(source.finding(node, f"{label} has no docstring", advice))
            elif (
                not plain
                and not family
                and not is_dunder(node.name)
                and not _is_property(node)
            ):
                wanted = owner is None and node.name in names
                problems = _function_problems(node, owner is not None, errors, wanted)
                found += [
                    source.finding(node, f"{label}: {what}", how) for what, how in problems
                ]
        for node in public_classes(source):
            if family and ast.get_docstring(node):
                continue
            problems = _class_problems(node, errors, node.name in names)
            found += [
                source.finding(node, f"{node.name}: {what}", how) for what, how in problems
            ]
    return found


def _needs_docstring(node: Function) -> bool:
    if node.name == "__init__":  # the class documents it
        return False
    visible = is_public(node.name) or is_dunder(node.name)
    return visible and not decorated(node, "overload")


def _is_property(node: Function) -> bool:
    return decorated(node, "property", "cached_property", "setter")


def _function_problems(
    node: Function, method: bool, errors: set[str], wanted: bool
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the docstring of a function, and what to do."""
    parts = sections(ast.get_docstring(node) or "")
    if not decorated(node, "kernel"):
        given = {arg.arg: arg.annotation for arg in arguments(node, method=method)}
        yield from _parameter_problems(given, entries(parts.get("Parameters", [])))
        yield from _return_problems(node, parts)
    yield from _raise_problems([node], errors, parts)
    if wanted and "Examples" not in parts:
        yield "is exported but has no Examples", "show a call that runs, with its output"


def _class_problems(
    node: ast.ClassDef, errors: set[str], wanted: bool
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the docstring of a class, and what to do."""
    if not ast.get_docstring(node):
        yield "has no docstring", "say what it is and name its fields"
        return
    parts = sections(ast.get_docstring(node) or "")
    makers = [each for each in node.body if isinstance(each, Function)]
    makers = [each for each in makers if each.name in ("__init__", "__post_init__")]
    given = {
        arg.arg: arg.annotation
        for maker in makers
        if maker.name == "__init__"
        for arg in arguments(maker, method=True)
    }
    if dataclass_options(node) is not None:
        given |= {
            each.target.id: each.annotation
            for each in node.body
            if isinstance(each, ast.AnnAssign)
            and isinstance(each.target, ast.Name)
            and is_public(each.target.id)
            and "ClassVar" not in ast.unparse(each.annotation)
        }
    written = entries([*parts.get("Parameters", []), *parts.get("Attributes", [])])
    yield from _parameter_problems(given, written, also="Attributes" in parts)
    yield from _raise_problems(makers, errors, parts)
    if wanted and "Examples" not in parts:
        yield "is exported but has no Examples", "show a call that runs, with its output"


def _parameter_problems(
    given: dict[str, ast.expr | None], written: dict[str, str], *, also: bool = False
) -> Iterator[tuple[str, str]]:
    for name, annotation in given.items():
        if name not in written:
            yield f"Parameters does not name {name}", "add it with type, meaning and unit"
        elif annotation and _lacks_shape(ast.unparse(annotation), written[name]):
            yield f"the entry of {name} says no shape", "write `array, shape (n, m)`"
    for name in written:
        if name and name not in given and not also:
            yield f"Parameters names {name}, which is none", "remove it or correct the name"


def _lacks_shape(annotation: str, entry: str) -> bool:
    return bool(ARRAY.search(annotation)) and "shape (" not in " ".join(entry.split())


def _return_problems(
    node: Function, parts: dict[str, list[str]]
) -> Iterator[tuple[str, str]]:
    annotation = ast.unparse(node.returns) if node.returns else "None"
    if annotation in ("None", "NoReturn", "Never", "typing.NoReturn"):
        return
    lines = parts.get("Returns", parts.get("Yields"))
    if lines is None:
        yield "has no Returns", "say what comes back, with its shape and unit"
    elif _lacks_shape(annotation, "\n".join(lines)):
        yield "Returns says no shape", "write `name : array, shape (n, m)`"


def _raise_problems(
    nodes: list[Function], errors: set[str], parts: dict[str, list[str]]
) -> Iterator[tuple[str, str]]:
    raised = {
        (dotted(call) or "").rpartition(".")[2]
        for node in nodes
        for each in walk_body(node)
        if isinstance(each, ast.Raise) and each.exc
        for call in [each.exc.func if isinstance(each.exc, ast.Call) else each.exc]
    }
    written = entries(parts.get("Raises", []))
    for name in sorted(raised & errors):
        if name not in written:
            yield f"Raises does not name {name}", "say when it is raised"
