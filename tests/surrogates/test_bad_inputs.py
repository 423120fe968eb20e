"""Whatever is passed by mistake is refused with a message that names the argument.

``surrogate_calls`` holds every argument of every public function and method, each with
a good value and the mistakes of its kind.
"""

import inspect

import pytest

from perturbsci import surrogates as su
from tests.mistakes import accepted, functions
from tests.surrogates.surrogate_calls import CALLS

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


MADE_HERE = ("Surrogate", "SolveStatistics", "Branch", "LinearFit")  # by functions


@pytest.mark.parametrize(("name", "function"), list(functions(su, MADE_HERE)))
def test_every_argument_is_in_the_table(name, function):
    arguments = set(inspect.signature(function).parameters) - {"self"}
    assert not arguments or arguments <= set(CALLS[name][1])


def test_the_catalogue_is_as_long_as_it_was():
    """Fewer cases would mean that a kind of mistakes has got lost."""
    assert sum(len(mistakes) for _, _, _, mistakes in (p.values for p in ARGUMENTS)) >= 800
