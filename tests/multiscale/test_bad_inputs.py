"""Whatever is passed by mistake is refused with a message that names the argument.

``multiscale_calls`` holds every argument of every public function and method, each with a
good value and the mistakes of its kind; ``multiscale_special_mistakes`` what only one can
get wrong.
"""

import inspect

import pytest

from perturbsci import multiscale as ms
from perturbsci.errors import PerturbsciError
from tests.mistakes import accepted, functions
from tests.multiscale.multiscale_calls import CALLS
from tests.multiscale.multiscale_special_mistakes import CASES as SPECIAL

ARGUMENTS = [
    pytest.param(call, name, advice, mistakes, id=f"{call}-{name}")
    for call, (_, arguments) in CALLS.items()
    for name, (_, advice, mistakes) in arguments.items()
]


@pytest.mark.parametrize(("call", "name", "advice", "mistakes"), ARGUMENTS)
def test_mistakes_are_refused_by_name_and_with_advice(call, name, advice, mistakes):
    assert accepted(CALLS[call], name, advice, mistakes) == {}


@pytest.mark.parametrize("call", CALLS)
def test_the_good_values_are_good(call):
    function, arguments = CALLS[call]
    function(**{key: value for key, (value, _, _) in arguments.items()})


@pytest.mark.parametrize(("call", "match"), SPECIAL)
def test_what_one_argument_alone_can_get_wrong_is_refused(call, match):
    with pytest.raises(PerturbsciError, match=match):
        call()


MADE_HERE = (  # results and operators, which the functions return
    "VelocityGrid",
    "Moments",
    "CollisionOperator",
    "Trajectory",
    "OrderMap",
    "CommutationCheck",
    "EpochalRelaxation",
    "Stepper",
)


@pytest.mark.parametrize(("name", "function"), list(functions(ms, MADE_HERE)))
def test_every_argument_is_in_the_table(name, function):
    elsewhere = {"self", "backend", "_memory"}  # a backend is among the special mistakes
    arguments = set(inspect.signature(function).parameters) - elsewhere
    assert arguments <= set(CALLS[name][1])


def test_the_catalogue_is_as_long_as_it_was():
    """Fewer cases would mean that a kind of mistakes has got lost."""
    assert sum(len(mistakes) for _, _, _, mistakes in (p.values for p in ARGUMENTS)) >= 2200
    assert len(SPECIAL) >= 130
