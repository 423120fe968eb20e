import dataclasses
import re
from fractions import Fraction

import numpy as np
import pytest
import sympy

from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification import Certificate

MEMBERS = [
    "CONVERGED",
    "EXACT",
    "TOLERANCE_NOT_REACHED",
    "MAX_STEPS",
    "NOT_FINITE",
    "RANK_REDUCED",
    "ILL_CONDITIONED",
    "DIVERGED",
    "STOPPED",
    "STEP_UNDERFLOW",
    "UNSTABLE_STEP",
    "NEGATIVE_DENSITY",
    "UNSTABLE",
    "UNDERDETERMINED",
    "DECLARATION_DOUBTFUL",
    "FLOOR_REACHED",
    "NOTHING_VERIFIED",
    "AMBIGUOUS",
    "EXHAUSTED",
    "NONGENERIC",
]
VERBS = re.compile(
    r"\b(add|allow|asked|became|can|change|check|continue|contradict|decrease|dropped|exceeds|"
    r"fell|goes|grew|is|lies|loosen|lost|lower|meets|needs|raise|refine|rescale|stay|use|vanish)\b",
    re.IGNORECASE,
)
PASSING = Certificate("residual", 0.02, 0.1, "held-out", "EDMD")
FAILING = Certificate("order", 0.4, 0.1, "estimate", "slopes")


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class One(Result):
    first: Array
    label: str
    second: Array
    status: Status
    certificate: Certificate


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Several(Result):
    values: Array
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        return next((c for c in self.certificates if not c.passed), self.certificates[0])


def one(first, second=None, status=Status.CONVERGED):
    return One(first, "label", np.zeros(2) if second is None else second, status, PASSING)


def test_the_list_of_statuses_is_complete():
    assert [status.name for status in Status] == MEMBERS


def test_every_status_is_a_different_sentence_of_advice():
    assert len({status.value for status in Status.__members__.values()}) == len(MEMBERS)
    for status in Status:
        assert re.fullmatch(r"[A-Z].*[^.]\.", status.value)
        assert VERBS.search(status.value), status


def test_two_statuses_are_normal_ends():
    assert {status for status in Status if status.ok} == {Status.CONVERGED, Status.EXACT}


def test_the_base_is_abstract():
    with pytest.raises(TypeError, match="Result is abstract; return a frozen subclass"):
        Result()
    assert Result.__slots__ == ()


def test_arrays_come_in_field_order_and_are_not_copied():
    result = one(np.ones(3))
    assert list(result.arrays()) == ["first", "second"]
    assert result.arrays()["first"] is result.first


def test_scalars_of_numpy_are_no_arrays():
    assert list(one(np.float64(1.0)).arrays()) == ["second"]


def test_results_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        one(np.ones(1)).status = Status.EXACT


def test_the_summary_has_status_fields_and_certificate():
    assert one(np.array([[1.0, -2.5]])).summary().splitlines() == [
        "One: CONVERGED. The result meets its tolerance; use it with its certificate.",
        "first  (1, 2)  float64  -2.5..1",
        "label  label",
        "second  (2)  float64  0..0",
        "passed: residual: 0.02 <= 0.1 (held-out, EDMD)",
    ]


@pytest.mark.parametrize(
    ("array", "line"),
    [
        (np.array([3j, 1.0]), "complex128  modulus 1..3"),
        (np.array([np.nan, 2.0, np.inf]), r"float64  2..2 \(2 not finite\)"),
        (np.array([np.nan]), r"float64  no finite value \(1 not finite\)"),
        (np.array([complex(np.nan, 1), 2]), r"modulus 2..2 \(1 not finite\)"),
        (np.zeros((0, 3)), r"\(0, 3\)  float64  empty"),
        (np.array(7), r"\(\)  int64  7..7"),
        (np.array([True, False]), "bool  0..1"),
        (np.float32([0.5]), "float32  0.5..0.5"),
    ],
)
def test_the_range_of_an_array(array, line):
    assert re.search(line, one(array).summary().splitlines()[1])


def test_all_certificates_are_in_the_summary():
    result = Several(np.ones(1), Status.CONVERGED, (PASSING, FAILING))
    assert result.summary().splitlines()[-2:] == [str(PASSING), str(FAILING)]
    assert result.certificate is FAILING


def test_a_summary_fits_a_terminal():
    certificate = Certificate("a\nlong " * 60, 0.0, 1.0, "estimate", "sum")
    lines = Several(np.ones(1), Status.CONVERGED, (certificate,) * 50).summary().split("\n")
    assert len(lines) == 30
    assert max(map(len, lines)) == 100
    assert lines[-1].startswith("... and ")


def test_a_sentence_goes_on_in_the_next_line_and_a_table_does_not():
    sentence, row = "word " * 30, "number  " * 30
    lines = clip([sentence.strip(), row, "long " * 200]).split("\n")
    assert " ".join(line.strip() for line in lines[:2]) == sentence.strip()
    assert lines[2] == row[:97] + "..."
    assert len(lines) == 2 + 1 + 4  # at most four lines of one sentence
    assert lines[-1].endswith(" ...")
    assert max(map(len, lines)) <= 100


def test_a_long_certificate_is_broken_and_a_long_field_cut():
    claim = " ".join(f"word{k}" for k in range(40))
    certificate = Certificate(claim, 0.0, 1.0, "estimate", "sum")
    several = Several(np.ones(1), Status.CONVERGED, (certificate,))
    assert " ".join(several.summary().split()).endswith(f"{claim}: 0 <= 1 (estimate, sum)")
    (line,) = (
        line
        for line in dataclasses.replace(one(np.ones(1)), label=claim).summary().split("\n")
        if line.startswith("label")
    )
    assert len(line) == 100
    assert line.endswith("...")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (np.float64(2.5), "2.5"),
        (7, "7"),
        (True, "True"),
        (1 - 2j, "1-2j"),
        (Fraction(3, 8), "3/8"),
        ((Fraction(1, 3), 2, "a"), "1/3, 2, a"),
        (sympy.Symbol("x") ** 2 / 3, "x**2/3"),
    ],
)
def test_the_text_of_a_field(value, text):
    summary = dataclasses.replace(one(np.ones(1)), label=value).summary()
    assert f"\nlabel  {text}\n" in summary


@pytest.mark.parametrize("value", [None, (), lambda x: x, {"a": 1}, (1, None)])
def test_fields_without_a_text_are_left_out(value):
    assert "label" not in dataclasses.replace(one(np.ones(1)), label=value).summary()
