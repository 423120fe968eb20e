"""Whatever is passed by mistake is refused with a message that names the argument.

``koopman_calls`` holds every argument of every public function and method, each with a
good value and the mistakes of its kind; ``koopman_special_mistakes`` what only one can get
wrong.
"""

import inspect

import pytest
from koopman_calls import CALLS
from koopman_special_mistakes import CASES as SPECIAL

from perturbsci import koopman as kp
from perturbsci.errors import ParameterError, PerturbsciError, ShapeError

CASES = [
    pytest.param(call, name, wrong, advice, id=f"{call}-{name}-{label}".replace(" ", "_"))
    for call, (_, arguments) in CALLS.items()
    for name, (_, advice, mistakes) in arguments.items()
    for label, wrong in mistakes.items()
]


@pytest.mark.parametrize(("call", "name", "wrong", "advice"), CASES)
def test_a_mistake_is_refused_by_name_and_with_advice(call, name, wrong, advice):
    function, arguments = CALLS[call]
    good = {key: value for key, (value, _, _) in arguments.items()}
    with pytest.raises((ParameterError, ShapeError), match=rf"\b{name}\b(?s:.*)({advice})"):
        function(**good | {name: wrong})


@pytest.mark.parametrize("call", CALLS)
def test_the_good_values_are_good(call):
    function, arguments = CALLS[call]
    function(**{key: value for key, (value, _, _) in arguments.items()})


@pytest.mark.parametrize(("call", "match"), SPECIAL)
def test_what_one_argument_alone_can_get_wrong_is_refused(call, match):
    with pytest.raises(PerturbsciError, match=match):
        call()


def functions():
    """Return every public function and method by name."""
    for name in kp.__all__:
        found = getattr(kp, name)
        if inspect.isfunction(found):
            yield name, found
            continue
        for key, member in vars(found).items():
            member = inspect.unwrap(getattr(member, "__func__", member))
            inherited = key in ("arrays", "summary") or key.startswith("_")
            if inspect.isfunction(member) and not inherited:
                yield f"{name}.{key}", member


@pytest.mark.parametrize(("name", "function"), list(functions()))
def test_every_argument_is_in_the_table(name, function):
    elsewhere = {"self", "backend"}  # among the special mistakes
    arguments = set(inspect.signature(function).parameters) - elsewhere
    assert arguments <= set(CALLS[name][1])


def test_the_catalogue_is_as_long_as_it_was():
    """Fewer cases would mean that a kind of mistakes has got lost."""
    assert len(CASES) >= 2200
    assert len(SPECIAL) >= 130
