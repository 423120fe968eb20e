import importlib.util
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from perturbsci.studies import run_study
from perturbsci.verification import load_reference

FOLDER = Path(__file__).resolve().parents[2] / "examples"
NUMBERS = {
    "trusted_eigenvalues": "examples.trusted_eigenvalues",
    "gaps": "examples.gaps",
    "streaming_chunks": "examples.streaming_chunks",
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
    "spectral_measure_of_a_twist": "examples.spectral_measure_of_a_twist",
    "pseudospectrum_of_your_matrix": "examples.pseudospectrum_of_your_matrix",
    "verified_spectrum": "examples.verified_spectrum",
    "more_functions_than_snapshots": "examples.more_functions_than_snapshots",
    "what_cannot_be_learned": "examples.what_cannot_be_learned",
    "relaxation_sweep": "examples.relaxation_sweep",
    "embed_stepper": "examples.embed_stepper",
    "own_split_problem": "examples.own_split_problem",
    "landau": "examples.landau",
    "transfer_error_spikes": "examples.transfer_error_spikes",
    "ptd_in_ten_lines": "examples.ptd_in_ten_lines",
    "diagonalize_convection_diffusion": "examples.diagonalize_convection_diffusion",
    "stream_a_sequence": "examples.stream_a_sequence",
    "train_digits": "examples.train_digits",
    "follow_a_branch": "examples.follow_a_branch",
    "certify_a_surrogate": "examples.certify_a_surrogate",
    "embed_in_c": "examples.embed_in_c",
    "solve_your_equation": "examples.solve_your_equation",
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


@pytest.mark.figure
@pytest.mark.parametrize(
    "name", [path.stem for path in FOLDER.glob("*.py") if "def figure(" in path.read_text()]
)
def test_figure_of_an_example_has_a_message_and_units(name):
    figure = load(name).figure()
    ax = figure.axes[0]
    assert ax.has_data()
    assert ax.get_title(loc="left")
    for label in (ax.get_xlabel(), ax.get_ylabel()):
        assert label.endswith(")"), label  # a unit in parentheses
    plt.close(figure)


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
