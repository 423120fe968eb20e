"""Whatever is passed by mistake is refused with a message that names the argument.

The tables of ``tests.catalogue`` hold every argument of every public function and method,
each with a good value and the mistakes of its kind, and what several arguments can get
wrong together.
"""

import pytest

from perturbsci.errors import PerturbsciError
from tests.catalogue import PARTS, count, missing
from tests.mistakes import accepted, within

CALLS = [
    pytest.param(call, id=f"{name}-{label}".replace(" ", "_"))
    for name, part in PARTS.items()
    if name != "resources"  # its table is that of io
    for label, call in part.calls.items()
]
CASES = [
    pytest.param(*case, id=f"{name}-{label}".replace(" ", "_"))
    for name, part in PARTS.items()
    for label, case in part.cases.items()
]
LEAST = {  # fewer cases would mean that a kind of mistakes has got lost
}


@pytest.mark.parametrize("call", CALLS)
def test_good_values_are_good_and_mistakes_are_refused_by_name_and_with_advice(call):
    function, arguments = call
    function(**{name: good for name, (good, _, _) in arguments.items()})
    found = {name: accepted(call, name) for name in arguments}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


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
