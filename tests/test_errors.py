import copy
import pickle

import pytest

import perturbsci
from perturbsci import errors, koopman

BUILT_IN = {
    "PerturbsciError": Exception,
    "ShapeError": ValueError,
    "ParameterError": ValueError,
    "BackendError": RuntimeError,
    "KernelError": RuntimeError,
    "ConvergenceError": RuntimeError,
    "FileFormatError": OSError,
    "AccuracyWarning": UserWarning,
}


def test_the_list_of_errors_is_complete():
    assert set(errors.__all__) == set(BUILT_IN)


@pytest.mark.parametrize("name", errors.__all__)
def test_an_error_is_also_the_built_in_one_that_a_caller_expects(name):
    kind = getattr(errors, name)
    assert issubclass(kind, BUILT_IN[name])
    assert issubclass(kind, errors.PerturbsciError) == (name != "AccuracyWarning")


def test_a_kernel_error_is_a_backend_error():
    assert issubclass(errors.KernelError, errors.BackendError)


@pytest.mark.parametrize("duplicate", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
@pytest.mark.parametrize("name", errors.__all__)
def test_errors_survive_pickling_and_copying(name, duplicate):
    error = duplicate(getattr(errors, name)("epsilon is -1; pass 0 or more"))
    assert type(error) is getattr(errors, name)
    assert str(error) == "epsilon is -1; pass 0 or more"


@pytest.mark.parametrize("duplicate", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_a_convergence_error_carries_the_partial_result(duplicate):
    error = duplicate(errors.ConvergenceError("3 steps, needed 4", {"best": 0.5}))
    assert error.partial == {"best": 0.5}
    assert errors.ConvergenceError("3 steps, needed 4").partial is None


@pytest.mark.parametrize(
    ("module", "name", "advice"),
    [
        (koopman, "EDMD", "did you mean edmd, "),
        (koopman, "monomial", r"did you mean monomials\?"),
        (koopman, "hankel_zzz", "it has Adversary, CertifiedSpectrum, "),
        (perturbsci, "Koopman", r"did you mean koopman\?"),
    ],
)
def test_a_name_that_does_not_exist_comes_with_those_spelled_alike(module, name, advice):
    with pytest.raises(AttributeError, match=f"no attribute {name!r}; {advice}"):
        getattr(module, name)
