"""What a user meets: annotations, ``__all__``, keyword-only options, frozen classes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .checks_imports import imported_modules
from .source import (
    PACKAGE,
    Definition,
    Function,
    Source,
    arguments,
    dataclass_options,
    decorated,
    dotted,
    is_public,
    positional_arguments,
    public_classes,
    public_functions,
    sources,
    text_of,
)

FROZEN = {"frozen": True, "slots": True, "eq": False}


def check_annotations(root: Path) -> list[str]:
    """Find arguments and returns without a type, and bare ``Any`` in public signatures."""
    found = []
    for source in sources(root):
        public = {id(node) for node, _ in public_functions(source)}
        methods = {
            id(each)
            for node in source.nodes
            if isinstance(node, ast.ClassDef)
            for each in node.body
        }
        for node in source.nodes:
            if not isinstance(node, Function) or decorated(node, "kernel"):
                continue
            types = {
                arg.arg: arg.annotation
                for arg in arguments(node, method=id(node) in methods)
            }
            types["return"] = node.returns
            for name, annotation in types.items():
                if annotation is None:
                    what = f"{node.name}: {name} has no annotation"
                    found.append(source.finding(node, what, "say its type"))
                elif id(node) in public and _holds_bare_any(annotation):
                    what = f"{node.name}: {name} is annotated Any"
                    advice = "name the type; an array is Array, anything at all is object"
                    found.append(source.finding(node, what, advice))
    return found


def _holds_bare_any(annotation: ast.expr) -> bool:
    if isinstance(annotation, ast.BinOp):
        return _holds_bare_any(annotation.left) or _holds_bare_any(annotation.right)
    if isinstance(annotation, ast.Subscript) and dotted(annotation.value) == "Optional":
        return _holds_bare_any(annotation.slice)
    return (dotted(annotation) or "").rpartition(".")[2] == "Any"


def check_options_are_keywords(root: Path) -> list[str]:
    """Find positional booleans and ``**kwargs`` in public functions."""
    found = []
    for source in sources(root):
        for node, owner in public_functions(source):
            label = f"{owner.name}.{node.name}" if owner else node.name
            positional = positional_arguments(node, method=owner is not None)
            defaults = dict(
                zip(reversed(positional), reversed(node.args.defaults), strict=False)
            )
            for arg in positional:
                value = getattr(defaults.get(arg), "value", None)
                kind = ast.unparse(arg.annotation) if arg.annotation else ""
                if isinstance(value, bool) or re.fullmatch(r"bool( \| None)?", kind):
                    what = f"{label}: the boolean {arg.arg} is positional"
                    found.append(source.finding(node, what, "put it behind `*`"))
            if node.args.kwarg:
                what = f"{label} takes **{node.args.kwarg.arg}"
                found.append(source.finding(node, what, "name the options that it knows"))
    return found


def declared_all(source: Source) -> tuple[list[str], int] | None:
    """Return ``__all__`` and its line; None if there is none or it is no plain list."""
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__all__":
            elements = getattr(node.value, "elts", [None])
            names = [text_of(each) if each else None for each in elements]
            return (
                None if None in names else ([name for name in names if name], node.lineno)
            )
    return None


def _own_imports(source: Source) -> Iterator[tuple[str, str]]:
    """Yield name and defining module of what an ``__init__`` takes from its own files."""
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom):
            for alias, target in zip(
                node.names, imported_modules(node, source), strict=True
            ):
                if target.startswith(f"{source.module}."):
                    yield alias.asname or alias.name, target.rpartition(".")[0]


def _lazy_names(source: Source) -> Iterator[tuple[str, str]]:
    """Yield name and defining module of a mapping that a module ``__getattr__`` reads."""
    if not any(
        isinstance(n, Function) and n.name == "__getattr__" for n in source.tree.body
    ):
        return
    for node in source.tree.body:
        value = getattr(node, "value", None)
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(
            value, ast.Dict
        ):
            continue
        for key, target in zip(value.keys, value.values, strict=True):
            if key is not None and text_of(key) and text_of(target):
                module = text_of(target) or ""
                full = module if module.startswith(PACKAGE) else f"{source.module}.{module}"
                yield text_of(key) or "", full


def _re_exports(source: Source) -> dict[str, str]:
    """Return public name -> defining module of a subpackage's ``__init__``."""
    names = dict([*_lazy_names(source), *_own_imports(source)])
    for node in source.tree.body:
        if isinstance(node, Definition):
            names[node.name] = source.module
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in getattr(node, "targets", [getattr(node, "target", None)]):
                if isinstance(target, ast.Name) and not isinstance(node.value, ast.Dict):
                    names[target.id] = source.module
    return {name: module for name, module in names.items() if is_public(name)}


def subpackage_exports(root: Path) -> dict[str, set[str]]:
    """Return defining module -> names of it that a subpackage exports."""
    found: dict[str, set[str]] = {}
    for source in sources(root):
        declared = declared_all(source)
        if source.is_package and source.module != PACKAGE and declared:
            for name, module in _re_exports(source).items():
                if name in declared[0]:
                    found.setdefault(module, set()).add(name)
    return found


def check_all_is_the_api(root: Path) -> list[str]:
    """Find ``__all__`` that differ from what is defined, re-exported or documented."""
    found = []
    for source in sources(root):
        declared = declared_all(source)
        if source.module == PACKAGE:
            continue
        if source.is_package:
            found += _init_problems(root, source, declared)
        elif declared:
            bound = _bound_names(source.tree)
            found += [
                source.finding(
                    declared[1], f"__all__ names {name}, which is not defined", advice
                )
                for name in declared[0]
                if name not in bound
                for advice in ("define it or remove it",)
            ]
    return found


def _init_problems(
    root: Path, source: Source, declared: tuple[list[str], int] | None
) -> list[str]:
    if declared is None:
        advice = "list the public names as plain text"
        return [source.finding(1, "the subpackage has no plain list __all__", advice)]
    names, line = declared
    exported = _re_exports(source)
    found = [
        source.finding(
            line, f"__all__ names {name}, which no own file provides", "import it here"
        )
        for name in names
        if name not in exported
    ]
    found += [
        source.finding(
            line, f"{name} is re-exported but not in __all__", "add it or import less"
        )
        for name in exported
        if name not in names
    ]
    found += [
        source.finding(line, f"__all__ names {name} twice", "once is enough")
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    return found + _page_problems(root, source, names, line)


def _page_problems(root: Path, source: Source, names: list[str], line: int) -> list[str]:
    """Compare with ``docs/reference/<subpackage>.md`` once there is such a folder."""
    folder = root / "docs" / "reference"
    if not folder.is_dir() or source.module.count(".") != 1:
        return []
    pages = [page for page in sorted(folder.iterdir()) if page.stem == source.home]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    advice = "generate the reference pages again"
    return [
        source.finding(line, f"docs/reference has no {source.home}.{name}", advice)
        for name in names
        if not re.search(rf"\b{re.escape(name)}\b", text)
    ]


def _bound_names(tree: ast.Module) -> set[str]:
    """Return what a file binds at module level, also inside ``if`` and ``try``."""
    names: set[str] = set()
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, Definition):
            names.add(node.name)
            continue
        if isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        pending += ast.iter_child_nodes(node)
    return names


def check_results_are_frozen(root: Path) -> list[str]:
    """Find public dataclasses that are not frozen, slotted, compared by identity."""
    return [
        source.finding(
            node,
            f"the dataclass {node.name} lacks {', '.join(missing)}",
            "write @dataclass(frozen=True, slots=True, eq=False)",
        )
        for source in sources(root)
        if source.home != "estimators"  # scikit-learn's protocol asks for mutable objects
        for node in public_classes(source)
        if (options := dataclass_options(node)) is not None
        and (
            missing := [
                f"{name}={FROZEN[name]}"
                for name in FROZEN
                if options.get(name) is not FROZEN[name]
            ]
        )
    ]


def check_hierarchies_are_flat(root: Path) -> list[str]:
    """Find classes whose base already derives from another class of the package."""
    files = [source for source in sources(root) if source.home != "errors"]
    classes = {
        node.name: (source, node)
        for source in files
        for node in source.nodes
        if isinstance(node, ast.ClassDef)
    }
    bases = {
        name: [
            base
            for each in node.bases
            if (
                base := (dotted(each) or ast.unparse(each))
                .rpartition(".")[2]
                .partition("[")[0]
            )
            in classes
            and base != name
        ]
        for name, (_, node) in classes.items()
    }
    return [
        source.finding(
            node,
            f"{name} derives from {base}, which derives from {bases[base][0]}",
            "derive from the abstract class, or hold the other object as a field",
        )
        for name, (source, node) in classes.items()
        for base in bases[name]
        if bases[base]
    ]
