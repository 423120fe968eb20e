"""Whatever the subpackage returns is stored and read again bit by bit."""

import dataclasses
import math

import numpy as np
import pytest

from perturbsci import io
from perturbsci import multiscale as ms
from perturbsci.errors import FileFormatError, ParameterError, PerturbsciError
from perturbsci.results import Result
from tests.bits import same
from tests.multiscale.multiscale_samples import (
    GRID,
    HOT,
    PAIR,
    PARTS,
    RESULTS,
    SPAN,
)

ALL = {**RESULTS, **PARTS}
NOT_STORED = {ms.SplitProblem, ms.Stepper}  # functions of the user, and a workspace


def again(thing, tmp_path):
    return io.load(io.save(thing, tmp_path / "stored.npz", overwrite=True))


@pytest.mark.parametrize("name", ALL)
def test_it_comes_back_bit_by_bit(name, tmp_path):
    assert same(again(ALL[name], tmp_path), ALL[name])


def test_every_class_is_among_the_samples():
    classes = [getattr(ms, name) for name in ms.__all__]
    classes = {each for each in classes if isinstance(each, type)}
    assert {each for each in classes if issubclass(each, Result)} == {
        type(each) for each in RESULTS.values()
    }
    assert classes - NOT_STORED == {type(each) for each in ALL.values()}


def test_the_comparison_tells_one_bit_apart():
    """Otherwise every test here would pass for nothing."""
    run = RESULTS["Trajectory"]
    states = run.states.copy()
    states[-1, 0, 0] = np.nextafter(states[-1, 0, 0], 0)
    other = dict(run.observables, density=run.observables["flux"])
    assert not same(run, dataclasses.replace(run, states=states))
    assert not same(run, dataclasses.replace(run, epsilon=math.nextafter(run.epsilon, 1)))
    assert not same(run, dataclasses.replace(run, observables=other))
    assert not same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert not same(1.0, 1)
    assert same(float("nan"), float("nan"))


@pytest.mark.parametrize("name", RESULTS)
def test_summary_and_certificate_read_again_are_the_same(name, tmp_path):
    found = again(RESULTS[name], tmp_path)
    assert found.summary() == RESULTS[name].summary()
    assert same(found.certificate, RESULTS[name].certificate)


@pytest.mark.parametrize(
    ("name", "use"),
    [
        (
            "Trajectory",
            lambda run: ms.solve(PAIR, **SPAN, initial=run.states[-1]).states,
        ),
        (
            "Tableau",
            lambda t: ms.solve(PAIR, **SPAN | {"epsilon": 0.1}, scheme=t).states,
        ),
        ("Multistep", lambda m: ms.solve(PAIR, **SPAN, scheme=m).states),
        ("VelocityGrid", lambda grid: ms.moments(HOT, grid).stress),
        ("CollisionOperator", lambda operator: ms.collide(operator, HOT)),
        ("CollisionOperator, two", lambda operator: ms.collide(operator, HOT, HOT / 2)),
        ("Moments", lambda m: ms.maxwellian(GRID, m.density, m.velocity, m.temperature)),
    ],
)
def test_what_is_read_again_goes_on_as_the_first_to_the_last_bit(name, use, tmp_path):
    assert same(use(again(ALL[name], tmp_path)), use(ALL[name]))


@pytest.mark.parametrize(
    "thing",
    [PAIR, ms.stepper(PAIR, epsilon=0.1, step=0.1)],
    ids=["problem", "stepper"],
)
def test_functions_cannot_be_stored(thing, tmp_path):
    path = tmp_path / "stored.npz"
    with pytest.raises(PerturbsciError, match=r"function|callable|cannot be stored"):
        io.save(thing, path)
    assert not path.exists()


def test_a_damaged_file_is_refused(tmp_path):
    path = io.save(RESULTS["Trajectory"], tmp_path / "stored.npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileFormatError):
        io.load(path)


def test_an_existing_file_is_not_overwritten(tmp_path):
    path = io.save(RESULTS["OrderMap"], tmp_path / "stored.npz")
    with pytest.raises(ParameterError, match="overwrite"):
        io.save(RESULTS["OrderMap"], path)
