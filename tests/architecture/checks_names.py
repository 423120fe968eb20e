"""Names that say something, American spelling, and citations that lead somewhere."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from .checks_interface import subpackage_exports
from .source import CODE, PACKAGE, Definition, Function, Source, sources, text_of, texts

FORBIDDEN = {
    "utils",
    "util",
    "helpers",
    "helper",
    "misc",
    "common",
    "core",
    "manager",
    "handler",
}
PREFIXES = ("process_", "compute_", "do_")

BIBLIOGRAPHY = "docs/bibliography.md"
SURNAME = r"[A-Z][\w'\u2019-]+"
YEAR = r"(?:1[6-9]|20)\d\d"
COAUTHORS = rf"(?:,\s+{SURNAME})*(?:,?\s+(?:and|&)\s+{SURNAME}|\s+et\s+al\.)?"
CITATION = re.compile(rf"\b({SURNAME}){COAUTHORS}\s+\(({YEAR})[a-z]?[),;]")
KEY = re.compile(rf"[A-Z][A-Za-z-]*{YEAR}[a-z]?")
ENTRY = re.compile(rf"^(?:#+ |(?:[-*] )?\*\*)({KEY.pattern})\b", re.MULTILINE)

VERBS = (
    "character|diagonal|discret|emphas|factor|general|initial|linear|local|maxim|minim|"
    "normal|optim|organ|orthogonal|parallel|parametr|penal|polar|random|real|recogn|"
    "regular|serial|special|stabil|summar|symmetr|synchron|util|vector|visual"
)
WORDS = (
    "amongst|analyse[dr]?|analysing|artefacts?|behaviour\\w*|cancell(?:ed|ing)|centre[ds]?|"
    "centring|colour\\w*|defence|favour\\w*|fibres?|fulfil|grey|honour\\w*|judgement|"
    "labell(?:ed|ing)|labour|licence|litres?|metres?|modell(?:ed|ing)|neighbour\\w*|"
    "offence|practise[ds]?|programmes?|signall(?:ed|ing)|skilful|travell(?:ed|ing)|vapour|whilst"
)
BRITISH = re.compile(
    rf"(?<![A-Za-z])(?:[A-Za-z]*(?:{VERBS})is(?:e[drs]?|ers|ing|able|ations?)|{WORDS})"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)


def check_names(root: Path) -> list[str]:
    """Find file, function and class names that say nothing."""
    found = []
    advice = "name it after the noun of the field that it is, or what it returns"
    for source in sources(root, *CODE):
        if words := FORBIDDEN & set(source.stem.split("_")):
            what = f"the file is called {source.stem} ({', '.join(words)})"
            found.append(source.finding(1, what, advice))
        if not source.path.startswith(PACKAGE):
            continue
        for node in source.nodes:
            if isinstance(node, Definition):
                words = set(re.findall(r"[A-Z]?[a-z]+", node.name.replace("_", " ")))
                empty = FORBIDDEN & {word.lower() for word in words}
                if empty or node.name.lstrip("_").startswith(PREFIXES):
                    found.append(
                        source.finding(node, f"the name {node.name} is empty", advice)
                    )
    return found


def check_no_name_of_a_sibling(root: Path) -> list[str]:
    """Find exported functions and classes that are called like a file beside them."""
    files = sources(root)
    modules = {source.module for source in files}
    exported = subpackage_exports(root)
    return [
        source.finding(
            node,
            f"{node.name} is exported and also the name of the file {node.name}.py",
            "rename the file: importing it would hide the function",
        )
        for source in files
        for node in source.tree.body
        if isinstance(node, Definition)
        and node.name in exported.get(source.module, set())
        and f"{PACKAGE}.{source.home}.{node.name}" in modules
    ]


def check_spelling(root: Path) -> list[str]:
    """Find British spellings; this folder and the titles of papers are not searched."""
    return [
        f"{path}:{number}: writes {match[0]!r}; the house spells American"
        for path, text in texts(root, ".py", ".md")
        if path != BIBLIOGRAPHY and not path.startswith("tests/architecture/")
        for number, line in enumerate(text.splitlines(), start=1)
        for match in BRITISH.finditer(line)
    ]


def bibliography(root: Path) -> dict[str, str]:
    """Return key -> entry of the bibliography; an entry begins with ``**Key**``."""
    path = root / BIBLIOGRAPHY
    pieces = ENTRY.split(path.read_text(encoding="utf-8")) if path.is_file() else [""]
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def check_bibliography(root: Path) -> list[str]:
    """Find citations in docstrings and in ``source=`` that the bibliography lacks."""
    known = bibliography(root)
    if not known:
        return [
            f"{BIBLIOGRAPHY}:1: holds no entry; begin one with `**AuthorYear**` a source"
        ]
    entries = [f"{key} {entry}".casefold() for key, entry in known.items()]
    found = []
    for source in sources(root):
        for line, text in _citing_texts(source):
            if KEY.fullmatch(text) and text not in known:
                what = f"source {text!r} is no key of the bibliography"
                found.append(source.finding(line, what, f"add it to {BIBLIOGRAPHY}"))
            for match in CITATION.finditer(text):
                surname, year = match[1].casefold(), match[2]
                if not any(surname in entry and year in entry for entry in entries):
                    at = line + text.count("\n", 0, match.start())
                    what = f"cites {' '.join(match[0].split())}"
                    advice = f"add the entry to {BIBLIOGRAPHY} or correct name and year"
                    found.append(source.finding(at, what, advice))
    return found


def _citing_texts(source: Source) -> Iterator[tuple[int, str]]:
    """Yield line and text of every docstring and of every ``source="..."``."""
    for node in source.nodes:
        if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(
            node
        ):
            literal = node.body[0].value  # type: ignore[attr-defined]
            yield literal.lineno, inspect.cleandoc(literal.value)
        elif isinstance(node, ast.keyword) and node.arg == "source" and text_of(node.value):
            yield node.value.lineno, text_of(node.value) or ""
