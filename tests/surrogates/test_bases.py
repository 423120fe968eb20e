"""Bases as data: checks, storage, columns, layouts."""

import numpy as np
import pytest
import sympy as sp

from perturbsci import io
from perturbsci import problems as pp
from perturbsci import surrogates as su
from perturbsci.errors import ParameterError, ShapeError

BOX = [(-1.0, 1.0), (0.0, 2.0)]
BASES = [
    su.Legendre((2, 3), BOX),
    su.Chebyshev(2, BOX),
    su.Fourier((1, 2), BOX),
    su.RandomFourier(5, (1.0, 2.0), 2, seed=4),
    su.RandomTanh(5, 1.5, 2),
    su.Gaussians([[0.0, 1.0], [0.5, 0.5]], [0.3, 0.4]),
    su.Radial([[0.0, 1.0], [0.5, 0.5]], 0.7),
    su.Radial([[0.0, 1.0]], 0.7, kind="inverse-multiquadric"),
]
NAMES = [type(item).__name__ for item in BASES]
POINTS = np.random.default_rng(0).random((7, 2))


@pytest.mark.parametrize("basis", BASES, ids=NAMES)
def test_tables_have_one_column_a_function(basis):
    table = su.feature_jets(basis, POINTS, [(0, 0), (1, 2), (0, 0)])
    assert list(table) == [(0, 0), (1, 2)]
    assert all(item.shape == (7, basis.n_features) for item in table.values())
    assert all(np.isfinite(item).all() for item in table.values())


@pytest.mark.parametrize("basis", BASES, ids=NAMES)
def test_storage_keeps_every_bit(basis, tmp_path):
    io.save(basis, tmp_path / "basis.npz")
    loaded = io.load(tmp_path / "basis.npz")
    before = su.feature_jets(basis, POINTS, [(1, 1)])[1, 1]
    after = su.feature_jets(loaded, POINTS, [(1, 1)])[1, 1]
    assert type(loaded) is type(basis)
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("basis", BASES, ids=NAMES)
def test_derivatives_are_the_slopes_of_the_table(basis):
    # central differences of step 1e-5 are good to 1e-10 of third derivatives, those are
    # below 100 here; rounding adds 1e-11
    h = 1e-5
    for k in range(2):
        step = np.zeros(2)
        step[k] = h
        index = tuple(int(j == k) for j in range(2))
        up = su.feature_jets(basis, POINTS + step, [(0, 0)])[0, 0]
        down = su.feature_jets(basis, POINTS - step, [(0, 0)])[0, 0]
        found = su.feature_jets(basis, POINTS, [index])[index]
        np.testing.assert_allclose(found, (up - down) / (2 * h), atol=1e-7)


@pytest.mark.parametrize("basis", BASES, ids=NAMES)
def test_any_layout_gives_the_same_bits_and_stays_as_it_was(basis):
    wanted = su.feature_jets(basis, POINTS, [(1, 0)])[1, 0].tobytes()
    wide = np.zeros((7, 6))
    wide[:, ::3] = POINTS
    kept = POINTS.copy()
    kept.setflags(write=False)
    swapped = POINTS.astype(POINTS.dtype.newbyteorder())
    for points in (wide[:, ::3], np.asfortranarray(POINTS), kept, swapped, POINTS.tolist()):
        assert su.feature_jets(basis, points, [(1, 0)])[1, 0].tobytes() == wanted
    np.testing.assert_array_equal(kept, POINTS)


def test_single_precision_is_kept():
    table = su.feature_jets(BASES[0], POINTS.astype("f4"), [(0, 1)])
    assert table[0, 1].dtype == np.float32


def test_one_index_alone_and_numbers_of_one_coordinate_are_indices():
    assert list(su.feature_jets(BASES[0], POINTS, (1, 0))) == [(1, 0)]
    line = su.Legendre(3, [(0, 1)])
    assert list(su.feature_jets(line, [[0.5]], [0, 2])) == [(0,), (2,)]


def test_a_box_is_a_domain():
    x, y, t = pp.coordinates("x y t")
    box = pp.Box({x: (0, sp.pi), y: (-1, 1)}, time=(t, 0, 3))
    assert su.Legendre(2, box).domain == ((0.0, float(np.pi)), (-1.0, 1.0), (0.0, 3.0))


def test_waves_stay_within_their_bandwidth_and_depend_on_the_seed():
    basis = su.RandomFourier(200, (2.0, 0.5), 2, seed=1)
    w, b = basis.directions(), basis.phases()
    assert (abs(w) <= (2.0, 0.5)).all()
    assert (abs(w).max(axis=0) > (1.9, 0.45)).all()
    assert b.min() >= 0.0
    assert 6.0 < b.max() < 2 * np.pi
    assert not np.array_equal(w, su.RandomFourier(200, (2.0, 0.5), 2, seed=2).directions())


def test_no_points_give_tables_without_rows():
    assert su.feature_jets(BASES[0], np.zeros((0, 2)), [(0, 0)])[0, 0].shape == (0, 12)


MISTAKES = [
    (
        lambda: su.Legendre(-1, BOX),
        ParameterError,
        "highest degree.*whole number from 0 to",
    ),
    (lambda: su.Legendre((1, 2, 3), BOX), ParameterError, "as many as domain has"),
    (lambda: su.Legendre(1, [(1.0, 0.0)]), ParameterError, "low must be below high"),
    (lambda: su.Legendre(1, [(1.0, 2.0, 3.0)]), ParameterError, "one .low, high. for each"),
    (lambda: su.Fourier(1.5, BOX), ParameterError, "whole number or a sequence"),
    (lambda: su.RandomFourier(0, 1.0, 2), ParameterError, "how many random features"),
    (lambda: su.RandomFourier(3, -1.0, 2), ParameterError, "largest wavenumber"),
    (lambda: su.RandomTanh(3, (1.0, 1.0, 1.0), 2), ParameterError, "as many as dimension"),
    (lambda: su.RandomTanh(3, 1.0, 2, seed=-1), ParameterError, "draws the directions"),
    (lambda: su.Gaussians([[0.0, 1.0]], -1.0), ParameterError, "standard deviations"),
    (lambda: su.Gaussians([[0.0, 1.0]], np.ones((3, 2))), ShapeError, "one number a"),
    (lambda: su.Radial([[0.0]], 0.0), ParameterError, "one over a length"),
    (lambda: su.Radial([[0.0]], 1.0, kind="cubic"), ParameterError, "must be one of"),
    (lambda: su.Elements(0), ParameterError, "must hold the degree"),
    (
        lambda: su.feature_jets(su.Elements((3, 3)), POINTS, [(0, 0)]),
        ParameterError,
        "no fixed set of features",
    ),
    (
        lambda: su.feature_jets(BASES[0], POINTS, [(0, -1)]),
        ParameterError,
        "how often to differentiate",
    ),
    (
        lambda: su.feature_jets(BASES[0], POINTS, [(0, 0, 0)]),
        ParameterError,
        "must be 2 whole numbers",
    ),
    (lambda: su.feature_jets(BASES[0], POINTS[:, :1], [(0, 0)]), ShapeError, "2 columns"),
    (
        lambda: su.feature_jets(BASES[6], POINTS, [(4, 3)]),
        ParameterError,
        "inverse-multiquadric",
    ),
]


@pytest.mark.parametrize(("call", "error", "advice"), MISTAKES)
def test_mistakes_are_named_with_advice(call, error, advice):
    with pytest.raises(error, match=advice):
        call()
