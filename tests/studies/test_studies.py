"""Every study of the package: it runs, its claims hold, its figure is labeled."""

from dataclasses import replace

import numpy
import pytest

from perturbsci import io, plotting, studies

NAMES = studies.list_studies()


@pytest.fixture(params=NAMES)
def ran(request, study_data):
    return studies.get_study(request.param), study_data(request.param)


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_holds(study_outcome, name):
    outcome = study_outcome(name)
    assert outcome.message == ""
    assert outcome.passed, outcome.table()


def test_no_claim_holds_for_arrays_of_nonsense(ran):
    study, data = ran
    floats = {k: v for k, v in data.items() if numpy.asarray(v).dtype.kind in "fc"}
    nonsense = {**data, **{k: numpy.asarray(v) * 1.7 + 0.3 for k, v in floats.items()}}
    outcome = studies.run_study(replace(study, run=lambda *_: nonsense))
    assert not outcome.passed


def test_the_arrays_can_be_stored(ran, tmp_path):
    _, found = ran
    data = {name: numpy.asarray(values) for name, values in found.items()}
    kept = io.load(io.save(data, tmp_path / "study.npz"))
    for name, values in data.items():
        numpy.testing.assert_array_equal(kept[name], values)


@pytest.mark.figure
def test_every_axis_is_labeled_with_a_unit(ran):
    study, data = ran
    with plotting.style():
        figure = study.draw(data)
    for ax in figure.axes:
        labels = [text for text in (ax.get_xlabel(), ax.get_ylabel()) if text]
        assert labels
        assert all(text.endswith(")") for text in labels)
