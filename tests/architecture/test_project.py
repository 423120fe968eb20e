"""The checkout: top level, set-up commands, reference numbers, sources."""

from . import checks_project
from .source import ROOT, assert_none


def test_top_level():
    assert_none(checks_project.check_top_level(ROOT))


def test_readme_commands():
    assert_none(checks_project.check_readme_commands(ROOT))


def test_references_are_complete():
    assert_none(checks_project.check_references_are_complete(ROOT))


def test_references_are_used():
    assert_none(checks_project.check_references_are_used(ROOT))


def test_problems_have_sources():
    from perturbsci import problems  # noqa: PLC0415 (loads SymPy)

    sources = {name: problems.get_problem(name).source for name in problems.list_problems()}
    assert sources, "no problem is registered; @register those of perturbsci.problems"
    assert_none(checks_project.problems_without_source(sources, ROOT))


def test_studies_have_references():
    assert_none(checks_project.check_studies_have_references(ROOT))
