import ast
import fnmatch
import re
from pathlib import Path

import pytest
from claims_table import CLAIMS, README, claims_table, headlines_table, stored_table
from reference_pages import FOLDER, MODULES, pages
from site_links import broken_links

import perturbsci
from perturbsci import studies

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINKING = [*PAGES, ROOT / "CHANGELOG.md", ROOT / "data" / "README.md"]
FENCE = re.compile(
    r"^```python\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def fences(path):
    """Return line number, code and, if it is shown, output of every python fence."""
    text = path.read_text(encoding="utf-8")
    return [(text.count("\n", 0, m.start(1)), m[1], m[2]) for m in FENCE.finditer(text)]


@pytest.mark.parametrize("path", list(filter(fences, PAGES)), ids=name_of)
def test_fences_run(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__page__"}
    for line, code, shown in fences(path):
        exec(compile("\n" * line + code, str(path), "exec"), namespace)
        printed = capsys.readouterr().out
        assert shown in (None, printed)


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


def toctree_entries(path, names):
    """Return the names of the pages that the toctrees of a page list."""
    folder, found = path.parent, []
    for tree in TOCTREE.findall(path.read_text(encoding="utf-8")):
        lines = [line for line in tree.splitlines() if line and not line.startswith(":")]
        for line in lines:
            entry = (folder / line).relative_to(ROOT / "docs").as_posix()
            found += [name for name in names if fnmatch.fnmatch(name, entry)]
    return found


def test_every_page_is_reached_from_the_index():
    docs = ROOT / "docs"
    names = {path.relative_to(docs).with_suffix("").as_posix() for path in PAGES[1:]}
    reached, rest = set(), ["index"]
    while rest:
        name = rest.pop()
        if name not in reached:
            reached.add(name)
            rest += toctree_entries(docs / f"{name}.md", names)
    assert names - reached == set()


@pytest.fixture
def checked(study_outcome):
    """Return the checked claims of every study by its name."""
    return {name: study_outcome(name).claims for name in studies.list_studies()}


@pytest.mark.parametrize(
    ("path", "table"), [(README, headlines_table), (CLAIMS, claims_table)]
)
def test_claims_on_pages_are_those_of_the_studies(path, table, checked):
    rows, fresh = stored_table(path).splitlines(), table(checked).splitlines()
    assert len(rows) == len(fresh), "python tests/docs/claims_table.py writes it"
    for row, new in zip(rows, fresh, strict=True):
        assert same_row(row.split(" | "), new.split(" | ")), (row, new)


def same_row(old, new):
    """Tell whether two rows differ by a hundredth of their value at most.

    Last digits of what an iteration finds depend on the machine; claims themselves are
    checked to their tolerance by the studies.
    """
    if len(old) != len(new):
        return False
    pairs = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    try:
        return all(abs(float(a) - float(b)) <= 0.01 * abs(float(a)) for a, b in pairs)
    except ValueError:
        return False


def test_reference_pages_are_those_of_the_modules():
    stored = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert stored == pages(), "python tests/docs/reference_pages.py writes them"


def test_every_public_module_has_a_reference_page():
    assert set(perturbsci.__all__) - set(MODULES) == set()
    assert set(MODULES) - set(perturbsci.__all__) == {"cli"}


def test_the_gallery_knows_every_script():
    for path in sorted((ROOT / "examples").glob("*.py")):
        first, rule, blank, *rest = ast.get_docstring(parsed(path)).splitlines()
        assert set(rule) == {"="}, path.name
        assert (len(rule), blank) == (len(first), ""), path.name
        assert len(rest) >= 2, path.name
        assert "\n# %%\n" in path.read_text(encoding="utf-8"), path.name


def test_every_script_has_one_place_among_the_jobs():
    text = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    listed = re.findall(r"^   \.\./examples/(\w+)\.py$", text, re.MULTILINE)
    assert sorted(listed) == sorted(p.stem for p in (ROOT / "examples").glob("*.py"))


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def test_links_of_a_built_site_are_followed(tmp_path):
    (tmp_path / "one.html").write_text('<a href="two.html#here">1</a><a href="#up">2</a>')
    (tmp_path / "two.html").write_text('<p id="here"><img src="gone.png"></p>')
    assert broken_links(tmp_path) == ["one.html: #up", "two.html: gone.png"]
    (tmp_path / "one.html").write_text('<a href="two.html#there">1</a>')
    assert "one.html: two.html#there" in broken_links(tmp_path)
