"""Whatever the subpackage returns is stored and read again bit by bit."""

import dataclasses
import math

import numpy as np
import pytest

from perturbsci import io
from perturbsci import surrogates as su
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Result
from tests.bits import same
from tests.surrogates.surrogate_samples import (
    BASES,
    BRANCH,
    CURVE,
    RESULTS,
    STEADY,
    SURROGATES,
    a,
)

ALL = {**RESULTS, **BASES, "statistics": STEADY.statistics}


def again(thing, tmp_path):
    return io.load(io.save(thing, tmp_path / "stored.npz", overwrite=True))


def places(surrogate):
    """Return points inside, at the ends, outside, and one that is none."""
    low, high = np.array(surrogate.ranges()).T
    draws = np.random.default_rng(0).random((60, len(low)))
    inside = low + (high - low) * draws
    return np.concatenate([inside, low[None], high[None], high[None] + 1, [math.nan * low]])


@pytest.mark.parametrize("name", ALL)
def test_it_comes_back_bit_by_bit(name, tmp_path):
    assert same(again(ALL[name], tmp_path), ALL[name])


def test_every_class_is_among_the_samples():
    classes = [getattr(su, name) for name in su.__all__]
    classes = {each for each in classes if isinstance(each, type)}
    assert {each for each in classes if issubclass(each, Result)} == {
        type(each) for each in RESULTS.values()
    }
    assert classes == {type(each) for each in ALL.values()}


def test_the_comparison_tells_one_bit_apart():
    """Otherwise every test here would pass for nothing."""
    coefficients = STEADY.coefficients.copy()
    coefficients.flat[-1] = np.nextafter(coefficients.flat[-1], 1.0)
    assert not same(STEADY, dataclasses.replace(STEADY, coefficients=coefficients))
    other = dataclasses.replace(STEADY, basis=su.Elements((13,)))
    assert same(other, STEADY) is (STEADY.basis.degrees == (13,))
    assert not same((0.0,), (-0.0,))


@pytest.mark.parametrize("name", SURROGATES)
def test_a_surrogate_read_again_evaluates_the_same(name, tmp_path):
    surrogate = SURROGATES[name]
    found, points = again(surrogate, tmp_path), places(surrogate)
    values = surrogate(points)
    assert np.isfinite(values[:60]).all()
    assert np.isnan(values[-2:]).all()
    assert found(points).tobytes() == values.tobytes()
    assert found.residual(points).tobytes() == surrogate.residual(points).tobytes()
    first = (1,) + (0,) * (points.shape[1] - 1)
    slopes = surrogate.derivative(points, first)
    assert found.derivative(points, first).tobytes() == slopes.tobytes()
    assert found.bound_at(0.1) == surrogate.bound_at(0.1)
    assert found.summary() == surrogate.summary()


@pytest.mark.parametrize("name", ["elements in time", "elements", "box", "random waves"])
def test_a_surrogate_read_again_gives_the_same_source_and_certificate(name, tmp_path):
    surrogate = SURROGATES[name]
    found = again(surrogate, tmp_path)
    assert found.source() == surrogate.source()
    assert same(su.certify(found), su.certify(surrogate))


def test_a_branch_read_again_is_solved_at_the_same_values(tmp_path):
    found = again(BRANCH, tmp_path)
    (one,), (other,) = found.through(1.5), BRANCH.through(1.5)
    assert one.coefficients.tobytes() == other.coefficients.tobytes()


@pytest.mark.parametrize("name", BASES)
def test_a_basis_read_again_has_the_same_functions(name, tmp_path):
    basis, found = BASES[name], again(BASES[name], tmp_path)
    if name in ("Elements", "Family", "TrainableGaussians"):
        return
    points = np.full((3, basis.dimension), 0.4)
    orders = [(0,) * basis.dimension]
    one = su.feature_jets(found, points, orders)[orders[0]]
    assert one.tobytes() == su.feature_jets(basis, points, orders)[orders[0]].tobytes()


def test_a_saved_surrogate_of_another_dimension_is_refused(tmp_path):
    plane = again(SURROGATES["box"], tmp_path)
    with pytest.raises(ParameterError, match=r"guess .* as many coordinates as"):
        su.solve(CURVE, guess=plane)
    with pytest.raises(ParameterError, match=r"guess .* as many coordinates as"):
        su.continue_branch(CURVE, a, 0.0, 1.0, guess=plane)
    with pytest.raises(ShapeError, match=r"points .* one column for each of"):
        plane([[0.5]])
    with pytest.raises(ParameterError, match=r"basis .* coordinates, but the problem"):
        dataclasses.replace(plane, problem=CURVE)


def test_a_saved_surrogate_is_where_an_iteration_may_start(tmp_path):
    found = su.solve(CURVE, guess=again(STEADY, tmp_path))
    assert found.statistics.newton_iterations <= STEADY.statistics.newton_iterations
