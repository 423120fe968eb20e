import math

import pytest

from perturbsci.errors import ParameterError
from perturbsci.studies import Claim, Study, StudyOutcome
from perturbsci.studies.base import check_claim
from perturbsci.verification import Reference


@pytest.mark.parametrize(
    ("relation", "value", "passed"),
    [
        ("equal", 12.0, True),
        ("equal", 12.009, True),
        ("equal", 12.011, False),
        ("equal", 11.989, False),
        ("at_most", -100.0, True),
        ("at_most", 12.009, True),
        ("at_most", 12.011, False),
        ("at_least", 100.0, True),
        ("at_least", 11.991, True),
        ("at_least", 11.989, False),
    ],
)
def test_relation_and_tolerance_decide(relation, value, passed):
    claim = Claim("the year in months", value, "koopman.year", relation=relation)
    assert check_claim(claim).passed is passed


@pytest.mark.parametrize("relation", ["equal", "at_most", "at_least"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_never_passes(relation, value):
    assert not check_claim(Claim("x", value, "koopman.year", relation=relation)).passed


def test_claim_needs_words_a_number_and_a_known_relation():
    with pytest.raises(ParameterError, match="say in words"):
        Claim(" ", 1.0, "koopman.year")
    with pytest.raises(ParameterError, match="pass one real number"):
        Claim("x", "twelve", "koopman.year")
    with pytest.raises(ParameterError, match="equal, at_most, at_least"):
        Claim("x", 1.0, "koopman.year", relation="near")


def test_claim_about_no_reference_or_a_table_is_refused():
    with pytest.raises(ParameterError, match=r"did you mean 'koopman\.year'"):
        check_claim(Claim("x", 1.0, "koopman.yeer"))
    with pytest.raises(ParameterError, match="cite an entry"):
        check_claim(Claim("x", 1.0, "koopman.elnino_annual_table"))


def test_claim_may_bring_a_reference_number_of_its_own():
    own = Reference("mine.width", "width", {}, 2.0, 0.5, "derived", "my notes")
    checked = check_claim(Claim("x", 2.4, own))
    assert (checked.passed, checked.reference, checked.source) == (True, own.id, "my notes")
    assert not check_claim(Claim("x", 2.6, own)).passed


@pytest.mark.parametrize(
    ("relation", "ends"),
    [("equal", (1.5, 2.5)), ("at_most", (2.5,)), ("at_least", (1.5,))],
)
def test_a_value_at_the_end_of_the_tolerance_passes(relation, ends):
    own = Reference("mine.width", "width", {}, 2.0, 0.5, "derived", "my notes")
    for value in ends:
        assert check_claim(Claim("x", value, own, relation=relation)).passed


def test_study_refuses_what_cannot_name_files_or_be_reported(variant):
    with pytest.raises(ParameterError, match="use letters, digits and underscores"):
        variant(name="../evil")
    with pytest.raises(ParameterError, match="say it in words"):
        variant(title=" ")
    with pytest.raises(ParameterError, match="'small', 'full' or both"):
        variant(sizes=("huge",))
    with pytest.raises(ParameterError, match="'small', 'full' or both"):
        variant(sizes=())


def test_outcome_passes_only_if_it_ran_and_every_claim_holds():
    good = check_claim(Claim("x", 12.0, "koopman.year"))
    bad = check_claim(Claim("x", 13.0, "koopman.year"))
    assert StudyOutcome("s", "drawn", (good,), {}, 0.0).passed
    assert not StudyOutcome("s", "kept", (good, bad), {}, 0.0).passed
    assert not StudyOutcome("s", "failed", (), {}, 0.0, "why").passed


def test_table_shows_claim_value_reference_tolerance_and_verdict():
    bad = check_claim(Claim("the year", 13.0, "koopman.year", relation="at_most"))
    table = StudyOutcome("s", "drawn", (bad,), {}, 0.0).table()
    assert table.splitlines() == [
        "s: drawn, 1 claims",
        "FAILED  the year: 13 <= 12 within 0.01",
    ]


def test_a_long_table_fits_200_lines_of_140_characters():
    good = check_claim(Claim("a year " * 40, 12.0, "koopman.year"))
    lines = StudyOutcome("s", "drawn", (good,) * 300, {}, 0.0).table().splitlines()
    assert (len(lines), max(map(len, lines))) == (200, 140)


def test_study_is_frozen(tiny):
    assert isinstance(tiny, Study)
    with pytest.raises(AttributeError):
        tiny.name = "other"
