"""Files and functions that fit on a screen or a few."""

from . import checks_size
from .source import ROOT, assert_none


def test_files_are_short():
    assert_none(checks_size.check_files_are_short(ROOT))


def test_functions_are_short():
    assert_none(checks_size.check_functions_are_short(ROOT))
