import re
from pathlib import Path

import pytest
from claims_table import claims_table, stored_table
from reference_pages import FOLDER, pages

from perturbsci import studies

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINKING = [*PAGES, ROOT / "CHANGELOG.md", ROOT / "data" / "README.md"]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def fences(path):
    """Return line number and code of every fence tagged python."""
    text = path.read_text(encoding="utf-8")
    return [(text.count("\n", 0, m.start(1)), m[1]) for m in FENCE.finditer(text)]


@pytest.mark.parametrize("path", list(filter(fences, PAGES)), ids=name_of)
def test_fences_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__page__"}
    for line, code in fences(path):
        exec(compile("\n" * line + code, str(path), "exec"), namespace)


@pytest.mark.parametrize("path", LINKING, ids=name_of)
def test_relative_links_lead_somewhere(path):
    targets = [match[1] for match in LINK.finditer(path.read_text(encoding="utf-8"))]
    broken = [
        target
        for target in targets
        if target
        and not target.startswith(("https://", "mailto:"))
        and not (path.parent / target).exists()
    ]
    assert broken == []


def test_claims_table_of_readme_is_that_of_the_studies(study_outcome):
    outcomes = [study_outcome(name) for name in studies.list_studies()]
    stored = stored_table((ROOT / "README.md").read_text(encoding="utf-8"))
    rows, fresh = (table.splitlines() for table in (stored, claims_table(outcomes)))
    assert len(rows) == len(fresh), "python tests/docs/claims_table.py writes it"
    for row, new in zip(rows, fresh, strict=True):
        assert same_row(row.split(" | "), new.split(" | ")), (row, new)


def same_row(old, new):
    """Tell whether two rows differ by a hundredth of their value at most.

    Last digits of what an iteration finds depend on the machine; claims themselves are
    checked to their tolerance by the studies.
    """
    try:
        values = float(old[1]), float(new[1])
    except (IndexError, ValueError):
        return old == new
    same = abs(values[0] - values[1]) <= 0.01 * abs(values[0])
    return same and old[:1] + old[2:] == new[:1] + new[2:]


def test_reference_pages_are_those_of_the_modules():
    stored = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert stored == pages(), "python tests/docs/reference_pages.py writes them"
