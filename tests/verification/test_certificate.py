import dataclasses
import math
import pickle

import numpy as np
import pytest

from perturbsci.errors import ParameterError
from perturbsci.verification import Certificate
from perturbsci.verification.certificate import decisive

KINDS = ("proven", "a-posteriori", "statistical", "held-out", "estimate")
NOTHING = ("no eigenpair",)


@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_passes_up_to_its_bound(kind):
    assert Certificate("residual", 0.1, 0.1, kind, "EDMD").passed is True
    assert Certificate("residual", 0.1 + 1e-16, 0.1, kind, "EDMD").passed is False


@pytest.mark.parametrize("value", [math.nan, math.inf, 1.0])
@pytest.mark.parametrize("bound", [math.nan, -math.inf, 0.5])
def test_nothing_passes_against_nan_or_a_lower_bound(value, bound):
    assert Certificate("residual", value, bound, "estimate", "EDMD").passed is False


def test_nothing_is_claimed_by_the_kind_none():
    certificate = Certificate("residual", math.nan, math.nan, "none", "EDMD", NOTHING)
    assert certificate.passed is False
    assert str(certificate) == "no claim: residual (EDMD): no eigenpair"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.02, "passed: residual: 0.02 <= 0.1 (held-out, EDMD)"),
        (0.2, "failed: residual: 0.2 not <= 0.1 (held-out, EDMD)"),
        (math.nan, "failed: residual: nan not <= 0.1 (held-out, EDMD)"),
        (math.inf, "failed: residual: inf not <= 0.1 (held-out, EDMD)"),
    ],
)
def test_a_certificate_prints_as_one_line(value, text):
    assert str(Certificate("residual", value, 0.1, "held-out", "EDMD")) == text


@pytest.mark.parametrize("kind", ["estimate", "none"])
def test_line_breaks_in_the_words_do_not_break_the_line(kind):
    value = math.nan if kind == "none" else 1.0
    certificate = Certificate("a\nb", value, value, kind, "c\nd", ("e\r\nf",))
    assert len(str(certificate).splitlines()) == 1


@pytest.mark.parametrize("number", [3, np.float32(3), np.int64(3), np.array(3.0)])
def test_value_and_bound_become_python_floats(number):
    certificate = Certificate("residual", number, number, "estimate", "EDMD")
    assert type(certificate.value) is float
    assert type(certificate.bound) is float
    assert certificate.value == certificate.bound == 3.0


def test_assumptions_become_a_tuple():
    certificate = Certificate("residual", 0, 1, "estimate", "EDMD", ["a", "b"])
    assert certificate.assumptions == ("a", "b")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"kind": "sure"}, r"kind is 'sure'; it must be one of proven, a-posteriori"),
        ({"kind": None}, "kind is None; it must be one of"),
        ({"claim": ""}, "claim is ''; say it in words, it is printed"),
        ({"claim": None}, "claim is None; say it in words"),
        ({"method": " "}, "method is ' '; say it in words, it is printed"),
        ({"assumptions": "ergodic"}, "'ergodic'; pass a tuple of texts"),
        ({"assumptions": None}, "assumptions is None; pass a tuple of texts"),
        ({"assumptions": (1, "a")}, r"assumptions is \(1, 'a'\); pass a tuple of texts"),
        ({"value": None}, "value is None; it must be one real number"),
        ({"value": 1j}, "value is 1j; it must be one real number"),
        ({"value": np.complex128(1j)}, "value is .*1j.*; it must be one real number"),
        ({"value": np.ones(2)}, "value is .*; it must be one real number"),
        ({"value": 10**400}, "value is 1000.*; it must be one real number"),
        ({"bound": "small"}, "bound is 'small'; it must be one real number"),
        ({"kind": "none"}, "value 0.0 and bound 1.0; both must be NaN"),
        (
            {"kind": "none", "value": math.nan, "assumptions": NOTHING},
            "value nan and bound 1.0; both must be NaN, since nothing is claimed",
        ),
        (
            {"kind": "none", "value": math.nan, "bound": math.nan},
            "came without assumptions; say there why nothing can be claimed",
        ),
    ],
)
def test_refusals_say_what_is_needed(changes, match):
    fields = {"claim": "c", "value": 0.0, "bound": 1.0, "kind": "estimate", "method": "m"}
    with pytest.raises(ParameterError, match=match):
        Certificate(**fields | changes)


def test_the_first_that_fails_speaks_for_several_else_the_first():
    good, other, bad, worse = (
        Certificate(claim, value, 1.0, "estimate", "EDMD")
        for claim, value in (("a", 0.0), ("b", 1.0), ("c", 2.0), ("d", math.nan))
    )
    assert decisive((good, other, bad, worse)) is bad
    assert decisive([other, good]) is other


def test_a_certificate_is_frozen_and_survives_pickling():
    certificate = Certificate("residual", 0.02, 0.1, "held-out", "EDMD", ("ergodic",))
    with pytest.raises(dataclasses.FrozenInstanceError):
        certificate.value = 0.0
    copy = pickle.loads(pickle.dumps(certificate))
    assert dataclasses.astuple(copy) == dataclasses.astuple(certificate)
