"""Nothing prints, opens files, keeps state or runs text unless that is its job."""

from . import checks_behavior
from .source import ROOT, assert_none


def test_no_side_effects():
    assert_none(checks_behavior.check_no_side_effects(ROOT))


def test_random_numbers_are_seeded():
    assert_none(checks_behavior.check_random_numbers_are_seeded(ROOT))


def test_no_dangerous_calls():
    assert_none(checks_behavior.check_no_dangerous_calls(ROOT))


def test_errors_have_values():
    assert_none(checks_behavior.check_errors_have_values(ROOT))


def test_exceptions_name_files_that_exist():
    listed = [*checks_behavior.OPENS_TOO, *checks_behavior.REGISTRIES]
    lost = [path for path in listed if not (ROOT / path).is_file()]
    assert not lost, (
        f"{lost} are listed as exceptions but do not exist; remove or correct them"
    )
