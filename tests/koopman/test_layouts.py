"""How arrays lie in memory changes no bit of a result, and no input is modified."""

import numpy as np
import pytest

from perturbsci import koopman as kp
from tests.bits import same
from tests.koopman.koopman_samples import (
    ANGLES,
    AT,
    GRID,
    INPUTS,
    MOMENTS,
    QUADRATIC,
    RECORD,
    TIMES,
    UNITARY,
    X,
    Y,
)

WEIGHTS = np.linspace(0.5, 1.5, 60)
COMPLEX = MOMENTS * np.exp(0.3j * np.arange(40))


def fortran(a, folder):
    return np.asfortranarray(a)


def backwards(a, folder):
    """Negative strides on every axis."""
    flipped = np.flip(a).copy()
    return np.flip(flipped)


def spread(a, folder):
    """Every other number of a larger array."""
    wide = np.zeros(tuple(2 * n for n in a.shape), a.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in a.shape)]
    view[...] = a
    return view


def big_endian(a, folder):
    return a.astype(a.dtype.newbyteorder(">"))


def read_only(a, folder):
    locked = a.copy()
    locked.flags.writeable = False
    return locked


def mapped(a, folder):
    """An array in a file, which cannot be written to."""
    path = folder / f"{len(list(folder.iterdir()))}.npy"
    np.save(path, a)
    return np.load(path, mmap_mode="r")


def subclass(a, folder):
    return np.ma.masked_array(a)


LAYOUTS = [fortran, backwards, spread, big_endian, read_only, mapped, subclass]


def pairs(put, weights=None):
    return kp.Snapshots(put(X), put(Y), weights=None if weights is None else put(weights))


CALLS = {
    "from_trajectory": lambda put: kp.Snapshots.from_trajectory(put(X), delays=3).x,
    "from_trajectories": lambda put: kp.Snapshots.from_trajectories([put(X), put(Y)]).y,
    "one array of trajectories": lambda put: (
        kp.Snapshots.from_trajectories(put(X.reshape(3, 20, 2)), delays=2).x
    ),
    "from_map": lambda put: kp.Snapshots.from_map(np.sin, put(X)).y,
    "split": lambda put: pairs(put).split(0.5)[0].x + 0.0,
    "accumulate": lambda put: kp.accumulate(pairs(put, WEIGHTS), QUADRATIC, chunk=13),
    "accumulate, qr": lambda put: kp.accumulate(pairs(put), QUADRATIC, form="qr"),
    "accumulate, complex": lambda put: kp.accumulate(
        kp.Snapshots(put(X * 1j), put(Y * 1j)), kp.linear(2)
    ),
    "discard": lambda put: kp.discard(
        kp.accumulate(kp.Snapshots(X, Y), QUADRATIC), kp.Snapshots(put(X[:9]), put(Y[:9]))
    ),
    "edmd": lambda put: kp.edmd(pairs(put, WEIGHTS), QUADRATIC),
    "edmd, single": lambda put: kp.edmd(
        kp.Snapshots(put(X.astype("f4")), put(Y.astype("f4"))), QUADRATIC
    ),
    "edmd, qr": lambda put: kp.edmd(pairs(put), QUADRATIC, accuracy="qr"),
    "edmd, held out": lambda put: kp.edmd(
        kp.Snapshots(X, Y), QUADRATIC, held_out=pairs(put)
    ),
    "mpedmd": lambda put: kp.mpedmd(pairs(put), QUADRATIC),
    "dmd": lambda put: kp.dmd(pairs(put, WEIGHTS)),
    "dmd, forward-backward": lambda put: kp.dmd(pairs(put), method="forward-backward"),
    "dmd, total least squares": lambda put: kp.dmd(
        pairs(put), method="total-least-squares"
    ),
    "controlled_dmd": lambda put: kp.controlled_dmd(pairs(put), put(INPUTS)),
    "optimized_dmd": lambda put: kp.optimized_dmd(put(RECORD), put(TIMES), rank=2),
    "stochastic_edmd": lambda put: kp.stochastic_edmd(pairs(put), put(Y / 2), QUADRATIC),
    "kernel_edmd": lambda put: kp.kernel_edmd(pairs(put), rank=4),
    "pseudospectrum": lambda put: kp.pseudospectrum(
        pairs(put), QUADRATIC, grid=put(GRID[:, None] + 1j * GRID)
    ),
    "certified_spectrum": lambda put: kp.certified_spectrum(
        pairs(put), QUADRATIC, grid=put(GRID)
    ),
    "place_centers": lambda put: kp.place_centers(pairs(put), 4),
    "compress": lambda put: kp.compress(pairs(put, WEIGHTS), QUADRATIC, rank=3),
    "radial": lambda put: kp.radial(put(X[:5]), scale=1.0)(put(X)),
    "indicator": lambda put: kp.indicator(put(np.arange(-1.0, 1.1)), [-1, 1])(put(X)),
    "dictionary": lambda put: kp.tensor(kp.hermite(3), kp.fourier(2))(put(X)),
    "autocorrelation": lambda put: kp.autocorrelation(put(X.T), 5, weights=put(AT[2:])),
    "krylov_gram": lambda put: kp.krylov_gram(put(COMPLEX), 4),
    "spectral_measure": lambda put: kp.spectral_measure(put(COMPLEX), put(AT)),
    "point_masses": lambda put: kp.point_masses(put(COMPLEX), put(AT)),
    "separate_atoms": lambda put: kp.separate_atoms(put(COMPLEX + 0.5)),
    "rigged_dmd": lambda put: kp.rigged_dmd(UNITARY, put(np.ones(5)), put(AT)),
    "cumulative": lambda put: kp.spectral_measure(MOMENTS, AT).cumulative(put(AT)),
    "predict": lambda put: kp.predict(
        UNITARY, put(ANGLES), 3, coefficients=put(np.ones((5, 2)))
    ),
    "twist_adversary": lambda put: kp.twist_adversary(put(AT)),
}


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("call", CALLS)
def test_the_layout_of_arrays_changes_no_bit_and_no_input(call, layout, tmp_path):
    handed = []

    def put(array):
        given = layout(array, tmp_path)
        handed.append((given, given.tobytes()))
        return given

    wanted = CALLS[call](lambda array: array.copy())
    assert same(CALLS[call](put), wanted)
    assert handed
    for given, before in handed:
        assert given.tobytes() == before


def test_no_two_layouts_are_one():
    """Otherwise the test above would try less than it says."""
    a = X.copy()
    views = [fortran(a, None), backwards(a, None), spread(a, None), big_endian(a, None)]
    assert len({(view.strides, view.dtype.byteorder) for view in [a, *views]}) == 5
