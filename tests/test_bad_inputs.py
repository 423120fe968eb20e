"""Whatever is passed by mistake is refused with a message that names the argument.

The tables of ``tests.catalogue`` hold every argument of every public function and method,
each with a good value and the mistakes of its kind, and what several arguments can get
wrong together.
"""

from pathlib import Path

import pytest

from perturbsci.errors import PerturbsciError
from tests.catalogue import PARTS, count, missing, table
from tests.mistakes import accepted, within
from tests.scales import unsound

RELIABILITY = Path(__file__).parents[1] / "docs" / "reliability.md"
CALLS = [
    pytest.param(name, label, id=f"{name}-{label}".replace(" ", "_"))
    for name in count()
    for label in PARTS[name].calls
]
CASES = [
    pytest.param(*case, id=f"{name}-{label}".replace(" ", "_"))
    for name, part in PARTS.items()
    for label, case in part.cases.items()
]
LEAST = {  # fewer cases would mean that a kind of mistakes has got lost
    "backend": 1600,
    "io": 120,
    "koopman": 2600,
    "multiscale": 2600,
    "perturbation": 3300,
    "plotting": 250,
    "problems": 1500,
    "statespace": 1500,
    "studies": 120,
    "surrogates": 1000,
    "verification": 430,
}
# Neither refused nor flagged, and rightly so.
RIGHT = {
    "perturbation-EigenExpansion.remainder_bound-epsilon": "infinite outside the radius",
    "perturbation-policy_bound-temperature": "no finite bound holds",
    "verification-assert_order-expected": "AssertionError with the table is its answer",
    "verification-assert_order-within": "AssertionError with the table is its answer",
    "multiscale-check_commutation-epsilons": "distances below rounding have no slope",
    **dict.fromkeys(
        (
            "surrogates-Surrogate-points",
            "surrogates-Surrogate.derivative-points",
            "surrogates-Surrogate.residual-points",
            "surrogates-Surrogate.jets-points",
        ),
        "polynomials overflow at 1e160 times the domain",
    ),
    "surrogates-Surrogate.bound_at-time": "infinite where no bound is known",
}


@pytest.mark.parametrize(("name", "label"), CALLS)
def test_good_values_are_good_and_mistakes_are_refused_by_name_and_with_advice(name, label):
    call = PARTS[name].calls[label]
    function, arguments = call
    function(**{argument: good for argument, (good, _, _) in arguments.items()})
    found = {argument: accepted(call, argument) for argument in arguments}
    assert {argument: wrong for argument, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("name", "label"),
    [case for case in CALLS if case.values[0] != "backend"],  # arithmetic of IEEE 754
)
def test_the_ends_of_the_range_of_float_are_refused_flagged_or_finite(name, label):
    call = PARTS[name].calls[label]
    rest = [each for each in call[1] if f"{name}-{label}-{each}" not in RIGHT]
    found = {argument: unsound(call, argument) for argument in rest}
    assert {argument: wrong for argument, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(("call", "match"), CASES)
def test_what_several_arguments_get_wrong_together_is_refused(call, match):
    with within(20), pytest.raises(PerturbsciError, match=match):
        call()


@pytest.mark.parametrize("name", PARTS)
def test_every_public_argument_is_in_a_table(name):
    assert missing(name) == []


@pytest.mark.parametrize("name", LEAST)
def test_no_kind_of_mistakes_gets_lost(name):
    assert sum(count()[name]) >= LEAST[name]


def test_the_page_says_how_many_mistakes_there_are():
    """If not: python tests/count_mistakes.py prints the table for the page."""
    assert table() in RELIABILITY.read_text(encoding="utf-8")
