"""Which file imports which: layers, cycles, and the one place of cupy."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .source import PACKAGE, Source, dotted, home_of, sources, text_of

# Lowest first; homes of one row do not import one another. DESIGN, section 2.
LAYERS = (
    ("errors", "types"),
    ("resources", "files", "arguments"),  # of layer 0 too, but they raise the errors
    ("backend",),
    ("results",),
    ("verification",),
    ("perturbation",),
    ("problems",),
    ("koopman", "statespace", "multiscale", "surrogates", "io", "plotting", "exchange"),
    ("sweeps", "embedding", "estimators"),
    ("studies",),
    ("cli",),
    ("__main__",),
)
LAYER = {home: number for number, row in enumerate(LAYERS) for home in row}

# Files and folders that import by a computed name.
BY_NAME = {
    "perturbsci/__init__.py": "the lazy subpackages (PEP 562)",
    "perturbsci/io/": "the class of a stored result, from a fixed tuple of subpackages",
}

# The first form has a file of its own for devices, since arrays and context both ask.
CUPY_HOMES = ("perturbsci/backend/arrays.py", "perturbsci/backend/devices.py")


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """One import: the file, the dotted module it reaches, and the line."""

    source: Source
    target: str
    line: int


def _resolve(name: str, modules: frozenset[str]) -> str:
    """Return the longest module of the tree that a dotted name begins with.

    A home that does not exist (yet) still counts as a module: its layer is known.
    """
    parts = name.split(".")
    for length in range(len(parts), 1, -1):
        candidate = ".".join(parts[:length])
        if candidate in modules or length == 2:
            return candidate
    return parts[0]


def _absolute(node: ast.ImportFrom, source: Source) -> str:
    if not node.level:
        return node.module or ""
    base = source.package.split(".")
    base = base[: len(base) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def imported_modules(node: ast.AST, source: Source) -> list[str]:
    """Return the dotted names that one import statement reaches."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{_absolute(node, source)}.{alias.name}" for alias in node.names]
    return []


def _is_ours(name: str) -> bool:
    return name == PACKAGE or name.startswith(f"{PACKAGE}.")


def _import_calls(source: Source) -> Iterator[tuple[ast.Call, str | None]]:
    """Yield each import by a call, and the fixed front of its argument if there is one."""
    for node in source.nodes:
        if not isinstance(node, ast.Call):
            continue
        name = (dotted(node.func) or "").rpartition(".")[2]
        if name not in ("import_module", "__import__") or not node.args:
            continue
        target = node.args[0]
        if isinstance(target, ast.JoinedStr) and target.values:
            first = target.values[0]
            if isinstance(first, ast.FormattedValue) and dotted(first.value) in (
                "__name__",
                "__package__",
            ):
                yield node, source.package
            else:
                front = (text_of(first) or "").rpartition(".")[0]
                yield node, front if front not in ("", PACKAGE) else None
        else:
            yield node, text_of(target)


@functools.cache
def edges(source: Source, modules: frozenset[str]) -> list[Edge]:
    """Return the imports of this package that a file makes, wherever they stand in it."""
    reached: list[tuple[str, int]] = []
    bound: set[str] = set()
    for node in source.nodes:
        reached += [
            (name, node.lineno) for name in imported_modules(node, source) if _is_ours(name)
        ]
        if isinstance(node, ast.Import):
            bound |= {
                alias.asname or PACKAGE
                for alias in node.names
                if alias.name == PACKAGE or (_is_ours(alias.name) and not alias.asname)
            }
    for node in source.nodes:
        chain = dotted(node) if isinstance(node, ast.Attribute) else None
        if chain and chain.partition(".")[0] in bound:
            reached.append((f"{PACKAGE}.{chain.partition('.')[2]}", node.lineno))
    for call, name in _import_calls(source):
        if name and _is_ours(name) and name != source.package:  # a sibling by its name
            reached.append((name, call.lineno))
    found = {}
    for name, line in sorted(reached, key=lambda pair: pair[1]):
        target = _resolve(name, modules)
        if target not in (PACKAGE, f"{PACKAGE}.__version__"):
            found.setdefault((target, line), Edge(source, target, line))
    return list(found.values())


def _files(root: Path) -> list[Source]:
    return [source for source in sources(root) if source.module != PACKAGE]


def check_imports_point_down(root: Path) -> list[str]:
    """Find imports of a higher layer, or of another home of the same layer."""
    files = _files(root)
    modules = frozenset(source.module for source in files)
    found = []
    for source in files:
        if source.home not in LAYER:
            advice = (
                "add it to LAYERS of tests/architecture/checks_imports.py and to DESIGN"
            )
            found.append(source.finding(1, f"{source.home!r} has no layer", advice))
            continue
        for edge in edges(source, modules):
            home = home_of(edge.target)
            if home == source.home:
                continue
            if home not in LAYER:
                what = f"imports {edge.target}, which has no layer"
                found.append(
                    source.finding(edge.line, what, "correct the name or add a layer")
                )
            elif LAYER[home] >= LAYER[source.home]:
                side = "is above" if LAYER[home] > LAYER[source.home] else "stands beside"
                found.append(
                    source.finding(
                        edge.line,
                        f"imports {edge.target}, but {home} {side} {source.home}",
                        "move what both need to a lower layer, "
                        "or let a study or an example bring them together",
                    )
                )
    return found


def check_imports_by_name(root: Path) -> list[str]:
    """Find imports of a computed name outside the places listed with a reason."""
    return [
        source.finding(
            call,
            "imports a module whose name is computed",
            "write an import statement; only io looks a class up by name",
        )
        for source in sources(root)
        if not any(source.path.startswith(place) for place in BY_NAME)
        for call, name in _import_calls(source)
        if name is None
    ]


def check_no_own_init(root: Path) -> list[str]:
    """Find files that import from the ``__init__`` of their own subpackage."""
    files = _files(root)
    modules = frozenset(source.module for source in files)
    packages = {source.module for source in files if source.is_package}
    return [
        source.finding(
            edge.line,
            f"imports from {edge.target}, the subpackage it belongs to",
            "import from the file that defines the name",
        )
        for source in files
        for edge in edges(source, modules)
        if edge.target in packages and source.module.startswith(f"{edge.target}.")
    ]


def _components(graph: dict[str, list[str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one node (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for neighbor in graph[node]:
            if neighbor not in index:
                visit(neighbor)
                low[node] = min(low[node], low[neighbor])
            elif neighbor in stack:
                low[node] = min(low[node], index[neighbor])
        if low[node] == index[node]:
            start = stack.index(node)
            component = stack[start:]
            del stack[start:]
            if len(component) > 1:
                found.append(component)

    for node in graph:
        if node not in index:
            visit(node)
    return found


def check_no_cycles(root: Path) -> list[str]:
    """Find files that import one another in a circle, function-level imports included."""
    files = {source.module: source for source in _files(root)}
    links = {module: edges(source, frozenset(files)) for module, source in files.items()}
    graph = {
        module: [
            edge.target for edge in found if edge.target in files and edge.target != module
        ]
        for module, found in links.items()
    }
    reports = []
    for component in _components(graph):
        last = max(component)
        edge = next(each for each in links[last] if each.target in component)
        names = ", ".join(sorted(component))
        advice = "move what both need to a file below them"
        reports.append(
            files[last].finding(edge.line, f"import cycle through {names}", advice)
        )
    return reports


def _function_around(source: Source) -> dict[int, str]:
    """Return the outermost function, as ``path name``, around every node inside one."""
    around: dict[int, str] = {}
    for function in source.nodes:
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                around.setdefault(id(node), f"{source.path} {function.name}")
    return around


def check_cupy_in_one_place(root: Path) -> list[str]:
    """Find imports of cupy outside its one function, and of cupyx at module level."""
    found = []
    home = ""
    for source in sources(root):
        around = _function_around(source)
        statements = [
            (node, name) for node in source.nodes for name in imported_modules(node, source)
        ]
        calls = [(call, name) for call, name in _import_calls(source) if name]
        for node, name in [*statements, *calls]:
            function = around.get(id(node), "")
            if name.partition(".")[0] == "cupyx" and not function:
                advice = "import it in the function that needs it"
                found.append(source.finding(node, "imports cupyx at module level", advice))
            elif name.partition(".")[0] == "cupy":
                if source.path in CUPY_HOMES and function:
                    home = home or function
                if not function or function != home:
                    what = "imports cupy outside its one function"
                    advice = "ask perturbsci.backend for the namespace of the arrays"
                    found.append(source.finding(node, what, advice))
    return found
