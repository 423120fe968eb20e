import importlib.util
from pathlib import Path

import pytest

from perturbsci.studies import run_study
from perturbsci.verification import load_reference

FOLDER = Path(__file__).resolve().parents[2] / "examples"
NUMBERS = {
    "trusted_eigenvalues": "examples.trusted_eigenvalues",
    "gaps": "examples.gaps",
    "order_uniform_in_epsilon": "examples.order_uniform_in_epsilon",
    "store_and_check": "examples.store_and_check",
    "own_study": "examples.own_study",
    "resum_a_divergent_series": "examples.resum_a_divergent_series",
    "three_kinds_of_perturbation": "examples.three_kinds_of_perturbation",
    "write_a_kernel": "examples.write_a_kernel",
    "same_bits_everywhere": "examples.same_bits_everywhere",
    "embed_in_cpp": "examples.embed_in_cpp",
    "time_loop_without_allocation": "examples.time_loop_without_allocation",
    "sensitivity_of_a_minimizer": "examples.sensitivity_of_a_minimizer",
    "threads_of_your_own": "examples.threads_of_your_own",
    "slow_manifold_of_a_combustion_model": "examples.slow_manifold_of_a_combustion_model",
    "pseudospectrum_of_your_matrix": "examples.pseudospectrum_of_your_matrix",
    "landau": "examples.landau",
}


def load(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NUMBERS)
def test_example_gives_its_number(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    reference = load_reference(NUMBERS[name])
    module = load(name)
    assert capsys.readouterr().out == ""  # nothing runs on import
    assert abs(module.main() - reference.value) <= reference.tolerance
    assert capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []  # written to a temporary folder only


def test_every_example_has_a_number():
    assert {path.stem for path in FOLDER.glob("*.py")} == set(NUMBERS)


def test_numbers_of_the_examples_have_ten_digits():
    for identifier in NUMBERS.values():
        reference = load_reference(identifier)
        assert 0 < reference.tolerance <= 1.01e-10 * abs(reference.value)


def test_own_study_holds_its_claims():
    outcome = run_study(load("own_study").STUDY)
    assert [claim.reference for claim in outcome.claims] == [
        "examples.regular_order",
        "examples.two_scale_order",
    ]
    assert outcome.passed, outcome.table()
