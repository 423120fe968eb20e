"""What a user reads and calls: docstrings, types, names, classes."""

from . import checks_docs, checks_interface, checks_names
from .source import ROOT, assert_none


def test_docstrings():
    assert_none(checks_docs.check_docstrings(ROOT))


def test_annotations():
    assert_none(checks_interface.check_annotations(ROOT))


def test_all_is_the_api():
    assert_none(checks_interface.check_all_is_the_api(ROOT))


def test_options_are_keywords():
    assert_none(checks_interface.check_options_are_keywords(ROOT))


def test_results_are_frozen():
    assert_none(checks_interface.check_results_are_frozen(ROOT))


def test_hierarchies_are_flat():
    assert_none(checks_interface.check_hierarchies_are_flat(ROOT))


def test_names():
    assert_none(checks_names.check_names(ROOT))


def test_no_name_of_a_sibling():
    assert_none(checks_names.check_no_name_of_a_sibling(ROOT))


def test_spelling():
    assert_none(checks_names.check_spelling(ROOT))


def test_bibliography():
    assert_none(checks_names.check_bibliography(ROOT))
