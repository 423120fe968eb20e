"""The checkout around the package: top level, README, reference numbers, sources."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

from .checks_names import BIBLIOGRAPHY, bibliography
from .source import Source, dotted, sources, study_of, text_of, texts

TOP_LEVEL = (
    "pyproject.toml",
    "perturbsci",
    "examples",
    "tests",
    "docs",
    "data",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CITATION.cff",
)
COMMANDS = (
    "python -m pip install . && perturbsci figures",
    'python -m pip install ".[test]" && python -m pytest',
)
FIELDS = ("id", "quantity", "parameters", "value", "tolerance", "origin", "source")
ORIGINS = ("exact", "derived", "published", "measured")
CITING = ("perturbsci", "tests", "examples")


def check_top_level(root: Path) -> list[str]:
    """Find entries of the checkout that are none of the fixed ones, and missing ones."""
    ignored = _ignored(root)
    present = {path.name for path in root.iterdir()}
    extra = [
        f"{name}:1: stands at the top level; move it below {', '.join(TOP_LEVEL[1:6])}"
        for name in sorted(present - set(TOP_LEVEL))
        if not name.startswith(".")
        and not any(fnmatch(name, pattern) for pattern in ignored)
    ]
    missing = [
        f"{name}:1: is missing; write it" for name in TOP_LEVEL if name not in present
    ]
    return extra + missing


def _ignored(root: Path) -> list[str]:
    path = root / ".gitignore"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = [line.strip().strip("/") for line in lines if not line.lstrip().startswith("#")]
    return [name for name in names if name and "/" not in name]


def check_readme_commands(root: Path) -> list[str]:
    """Find set-up commands that differ from the two that DESIGN prints."""
    path = root / "README.md"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    found = [
        (number, line.strip())
        for number, line in enumerate(lines, start=1)
        if line.strip().startswith("python -m pip install")
    ]
    if tuple(line for _, line in found) == COMMANDS:
        return []
    number = next(
        (n for n, line in found if line not in COMMANDS), found[-1][0] if found else 1
    )
    what = f"has the set-up commands {[line for _, line in found]}"
    return [f"README.md:{number}: {what}; write exactly {list(COMMANDS)}, in this order"]


def _reference_files(root: Path) -> Iterator[tuple[str, str, list]]:
    """Yield path, text and entries of each file of reference numbers."""
    for path in sorted((root / "data" / "reference").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        found = json.loads(text)
        yield (
            path.relative_to(root).as_posix(),
            text,
            found if isinstance(found, list) else [],
        )


def reference_ids(root: Path) -> dict[str, str]:
    """Return id -> ``path:line`` of every reference number."""
    return {
        str(entry.get("id")): f"{path}:{_line_of(text, str(entry.get('id')))}"
        for path, text, found in _reference_files(root)
        for entry in found
    }


def _line_of(text: str, identifier: str) -> int:
    return text.count("\n", 0, max(text.find(f'"{identifier}"'), 0)) + 1


def check_references_are_complete(root: Path) -> list[str]:
    """Find reference numbers with missing fields, unknown origin or repeated id."""
    found = []
    seen: Counter[str] = Counter()
    for path, text, references in _reference_files(root):
        if not references:
            found.append(
                f"{path}:1: is no list of reference numbers; write a list of objects"
            )
        for entry in references:
            name = str(entry.get("id"))
            seen[name] += 1
            problem = _entry_problem(entry, name, Path(path).stem)
            if seen[name] > 1:
                problem = "occurs twice; give each number an id of its own"
            if problem:
                found.append(f"{path}:{_line_of(text, name)}: {name} {problem}")
    return found


def _entry_problem(entry: Mapping[str, object], name: str, stem: str) -> str:
    """Return what is wrong with one reference number, and what to do."""
    tolerance = entry.get("tolerance")
    is_number = isinstance(tolerance, int | float) and not isinstance(tolerance, bool)
    if set(entry) != set(FIELDS):
        wrong = sorted(set(entry) ^ set(FIELDS))
        return f"has not exactly the fields {', '.join(FIELDS)}; see {', '.join(wrong)}"
    first = name.partition(".")[0]
    if "." not in name or not f"{stem}_".startswith(f"{first}_"):
        return f"does not begin with '{stem}.' or its first words; name it after its file"
    if entry["origin"] not in ORIGINS:
        return f"has origin {entry['origin']!r}; it must be one of {', '.join(ORIGINS)}"
    if not is_number or not float(str(tolerance)) >= 0:
        return f"has tolerance {tolerance!r}; it must be a number from 0 on"
    empty = [
        field for field in ("quantity", "source") if not str(entry[field] or "").strip()
    ]
    return f"has an empty {empty[0]}; say it in words" if empty else ""


def check_references_are_used(root: Path) -> list[str]:
    """Find cited ids that do not exist, and reference numbers that nobody cites."""
    known = reference_ids(root)
    found = []
    literals: set[str] = set()
    families: set[str] = set()
    for source in sources(root, *CITING):
        families |= set(_families(source))
        literals |= {text for node in source.nodes if (text := text_of(node))}
        found += [
            source.finding(
                node, f"cites {name!r}, which is no reference number", _advice(name)
            )
            for node, name in _citations(source)
            if name not in known
        ]
    pattern = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}|load_reference\([\"']([\w.-]+)[\"']\)")
    for path, text in texts(root, ".md"):
        for number, line in enumerate(text.splitlines(), start=1):
            for match in pattern.finditer(line):
                name = match[1] or match[2]
                if name not in known and (match[2] or "." in name):
                    what = f"cites {name!r}, which is no reference number"
                    found.append(f"{path}:{number}: {what}; {_advice(name)}")
    return found + [
        f"{place}: nothing cites {name}; test or claim it in a literal, or remove it"
        for name, place in known.items()
        if name not in literals and not name.startswith(tuple(families))
    ]


def _families(source: Source) -> Iterator[str]:
    """Yield what begins an f-string that names reference numbers, such as ``kernel.``."""
    for node in source.nodes:
        if not isinstance(node, ast.Call) or _last_name(node) != "load_reference":
            continue
        for argument in node.args[:1]:
            parts = argument.values if isinstance(argument, ast.JoinedStr) else []
            first = text_of(parts[0]) if parts else None
            if first and first.endswith("."):
                yield first


def _advice(name: str) -> str:
    return f"correct it or add it to data/reference/{name.partition('.')[0]}.json"


def _citations(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Yield the literal ids of a file, those that a test expects to fail aside."""
    expected = {
        id(inner)
        for node in source.nodes
        if isinstance(node, ast.With)
        and any(_last_name(item.context_expr) == "raises" for item in node.items)
        for inner in ast.walk(node)
    }
    for node in source.nodes:
        if not isinstance(node, ast.Call) or id(node) in expected:
            continue
        if _last_name(node) == "load_reference" and node.args:
            cited = node.args[0]
        elif _last_name(node) == "Claim" and (reference := claim_reference(node)):
            cited = reference
        else:
            continue
        if name := text_of(cited):
            yield cited, name


def _last_name(node: ast.AST) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return (dotted(called) or "").rpartition(".")[2]


def claim_reference(node: ast.Call) -> ast.expr | None:
    """Return the third argument of ``Claim(text, value, reference)``."""
    named = [key.value for key in node.keywords if key.arg == "reference"]
    return (named or node.args[2:3] or [None])[0]


def check_studies_have_references(root: Path) -> list[str]:
    """Find claims without a reference number, and studies without a claim or source."""
    found = []
    for source in sources(root):
        if source.home != "studies":
            continue
        calls = [node for node in source.nodes if isinstance(node, ast.Call)]
        claims = [node for node in calls if _last_name(node) == "Claim"]
        for node in claims:
            reference = claim_reference(node)
            if reference is None or (
                isinstance(reference, ast.Constant) and not text_of(reference)
            ):
                advice = "name the id of a number in data/reference"
                found.append(source.finding(node, "a claim has no reference", advice))
        if study := study_of(source):
            call = (
                study.value
                if isinstance(study.value, ast.Call)
                else ast.Call(study, [], [])
            )
            named = [key.value for key in call.keywords if key.arg == "source"]
            given = (named or call.args[2:3] or [None])[0]
            if given is None or (isinstance(given, ast.Constant) and not text_of(given)):
                found.append(source.finding(study, "STUDY has no source", "cite the paper"))
            if not claims:
                found.append(
                    source.finding(study, "the study claims nothing", "add a Claim")
                )
    return found


def problems_without_source(problems: Mapping[str, str], root: Path) -> list[str]:
    """Find problems, given as name -> source, whose source the bibliography lacks."""
    known = bibliography(root)
    return [
        f"perturbsci/problems:1: {name} has source {source!r}; "
        f"cite a key of {BIBLIOGRAPHY}, which holds {len(known)}"
        for name, source in problems.items()
        if source not in known
    ]
