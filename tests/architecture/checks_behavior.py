"""No side effects, no dangerous calls, and errors that show the value."""

import ast
from collections.abc import Iterator
from pathlib import Path

from .source import (
    Function,
    Source,
    dotted,
    error_names,
    full_name,
    imported_names,
    sources,
)

# Homes whose job is files or the terminal; single files are listed with their reason.
TALKS = ("cli",)
OPENS = ("io", "resources", "studies", "cli")
OPENS_TOO = {
    "perturbsci/verification/references.py": "reads the shipped reference numbers",
    "perturbsci/backend/cache.py": "keeps generated modules as files",
    "perturbsci/files.py": "replaces a file in one step",
}
REGISTRIES = (
    "perturbsci/problems/registry.py",
    "perturbsci/studies/registry.py",
    "perturbsci/backend/cache.py",  # counts what this process compiled
)
RUNS_TEXT = {
    "perturbsci/backend/cache.py": "executes the text that the backend itself generated",
}

OPENERS = ("read_text", "write_text", "read_bytes", "write_bytes", "open", "fdopen")
NUMPY_FILES = (
    "load",
    "save",
    "savez",
    "savez_compressed",
    "loadtxt",
    "savetxt",
    "fromfile",
)
MUTATORS = (
    "append",
    "extend",
    "insert",
    "update",
    "setdefault",
    "pop",
    "popitem",
    "clear",
    "add",
    "discard",
    "remove",
)
SEEDED = ("default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64", "Philox")
PICKLES = ("pickle", "cPickle", "joblib", "dill", "cloudpickle", "marshal", "shelve")


def check_no_side_effects(root: Path) -> list[str]:
    """Find printing, opening of files, ``global`` and changed module-level containers."""
    found = []
    for source in sources(root):
        names = imported_names(source)
        for node in source.nodes:
            if isinstance(node, ast.Global):
                what = f"global {', '.join(node.names)}"
                found.append(source.finding(node, what, "pass it in and return it"))
            if not isinstance(node, ast.Call):
                continue
            if dotted(node.func) == "print" and source.home not in TALKS:
                advice = "return the text; only the command line prints"
                found.append(source.finding(node, "calls print", advice))
            name = _opens(node, names)
            if name and source.home not in OPENS and source.path not in OPENS_TOO:
                advice = (
                    "take arrays or text, and let io, resources or the caller touch files"
                )
                found.append(source.finding(node, f"opens a file with {name}", advice))
        if source.path not in REGISTRIES:
            found += _changed_containers(source)
    return found


def _opens(node: ast.Call, names: dict[str, str]) -> str:
    """Return the call that opens a file, empty for any other call."""
    if dotted(node.func) == "open":
        return "open"
    if not isinstance(node.func, ast.Attribute):
        return ""
    module, _, last = full_name(node.func, names).rpartition(".")
    if node.func.attr in OPENERS or (module == "numpy" and last in NUMPY_FILES):
        return node.func.attr
    return ""


def _changed_containers(source: Source) -> list[str]:
    """Find functions that change a container bound at module level."""
    containers = {
        target.id
        for node in source.tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and _may_change(node.value)
        for target in getattr(node, "targets", [getattr(node, "target", None)])
        if isinstance(target, ast.Name)
    }
    advice = "hold the state in an argument, a ContextVar or a registry"
    return [
        source.finding(node, f"{function.name} changes the module-level {name}", advice)
        for function in source.nodes
        if isinstance(function, Function)
        for node, name in _changes(function)
        if name in containers - _local_names(function)
    ]


def _may_change(value: ast.expr | None) -> bool:
    kinds = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp, ast.Call)
    return isinstance(value, kinds)


def _changes(function: Function) -> Iterator[tuple[ast.AST, str]]:
    """Yield node and name of each container that a function writes into."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in MUTATORS:
                yield node, dotted(node.func.value) or ""
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node, dotted(node.value) or ""
        elif isinstance(node, ast.AugAssign):
            yield node, dotted(node.target) or ""


def _local_names(function: Function) -> set[str]:
    """Return what a function binds itself; ``name += ...`` alone binds nothing new."""
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return stored | {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}


def check_random_numbers_are_seeded(root: Path) -> list[str]:
    """Find the legacy functions of ``numpy.random`` and generators without a seed."""
    found = []
    for source in sources(root, "perturbsci", "examples", "tests"):
        names = imported_names(source)
        for node in source.nodes:
            used = full_name(node, names)
            if _is_bare_call(node, names, "numpy.random.default_rng"):
                advice = "pass the seed on; there is no unseeded run"
                found.append(source.finding(node, "default_rng() has no seed", advice))
            parts = used.split(".")
            if (
                parts[:2] == ["numpy", "random"]
                and len(parts) == 3
                and parts[2] not in SEEDED
            ):
                what = f"uses the global generator, {used}"
                found.append(
                    source.finding(node, what, "use numpy.random.default_rng(seed)")
                )
    return found


def _is_bare_call(node: ast.AST, names: dict[str, str], name: str) -> bool:
    bare = isinstance(node, ast.Call) and not node.args and not node.keywords
    return bare and full_name(node.func, names) == name


def check_no_dangerous_calls(root: Path) -> list[str]:
    """Find whatever runs text or unpickles: a file must never become code."""
    return [
        source.finding(
            node, what, "read data with io, formulas with problems.parse_expression"
        )
        for source in sources(root, "perturbsci", "examples", "docs", "data")
        for node, what in _dangers(source)
    ]


def _dangers(source: Source) -> Iterator[tuple[ast.AST, str]]:
    names = imported_names(source)
    for node in source.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [alias.name for alias in node.names]
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in modules:
                if name.partition(".")[0] in (*PICKLES, "sympify", "parse_expr"):
                    yield node, f"imports {name}"
        elif isinstance(node, ast.Call):
            what = _danger(full_name(node.func, names), node)
            runs = what in ("calls eval", "calls exec", "calls compile")
            if what and not (runs and source.path in RUNS_TEXT):
                yield node, what


def _danger(name: str, node: ast.Call) -> str:
    """Return what is dangerous about a call, empty if nothing is."""
    options = {key.arg: getattr(key.value, "value", key.value) for key in node.keywords}
    front, _, last = name.rpartition(".")
    if last in ("eval", "exec", "compile") and front in ("", "builtins"):
        return f"calls {last}"
    if last in ("sympify", "parse_expr") or name in ("yaml.load", "os.system", "os.popen"):
        return f"calls {name}"
    if options.get("shell", False) is not False:
        return f"calls {name} with shell"
    if name == "numpy.load" and options.get("allow_pickle") is not False:
        return "calls numpy.load without allow_pickle=False"
    return f"calls {name} with allow_pickle" if options.get("allow_pickle") is True else ""


def check_errors_have_values(root: Path) -> list[str]:
    """Find errors of ours whose message shows no value."""
    errors = error_names(root)
    found = []
    for source in sources(root):
        for node in source.nodes:
            if not isinstance(node, ast.Raise) or node.exc is None:
                continue
            call = node.exc if isinstance(node.exc, ast.Call) else None
            name = (dotted(call.func if call else node.exc) or "").rpartition(".")[2]
            message = (call.args[:1] or [None])[0] if call else None
            if name in errors and not (message and _shows_a_value(message)):
                advice = "write an f-string: the argument, what was found, what to do"
                what = f"raises {name} with a message that shows no value"
                found.append(source.finding(node, what, advice))
    return found


def _shows_a_value(message: ast.expr) -> bool:
    if isinstance(message, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in message.values)
    if isinstance(message, ast.BinOp) and isinstance(message.op, ast.Add):
        return _shows_a_value(message.left) or _shows_a_value(message.right)
    if isinstance(message, ast.IfExp):
        return _shows_a_value(message.body) and _shows_a_value(message.orelse)
    return not isinstance(message, ast.Constant)
