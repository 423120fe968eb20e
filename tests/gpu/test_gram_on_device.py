"""Gram states on a device: the same numbers as on the host, and they stay there.

On the stand-in only dispatch and hidden transfers are seen; with ``-m gpu`` the same tests
compare real libraries.
"""

import numpy
import pytest

from perturbsci import backend, koopman
from perturbsci.errors import BackendError
from perturbsci.koopman import Snapshots
from perturbsci.koopman.oddities import data_warnings

RNG = numpy.random.default_rng(0)
X = RNG.uniform(-1, 1, (60, 2))
WEIGHTS = RNG.uniform(0, 1, 60)
DICTIONARIES = {
    "real": koopman.monomials(3, n_state=2),
    "complex": koopman.fourier(3),
    "points": koopman.radial(X[:5], scale=0.8),
    "product": koopman.tensor(koopman.hermite(2), koopman.legendre(2)),
}


def pairs(move, dictionary, weights):
    x = X[:, : dictionary.n_state].copy()
    weights = None if weights is None else move(weights.copy())
    return Snapshots(move(x), move(numpy.cos(3 * x)), weights=weights, sampling="ergodic")


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["uniform", "weighted"])
@pytest.mark.parametrize("form", ["gram", "qr"])
@pytest.mark.parametrize("name", DICTIONARIES)
def test_a_state_is_that_of_the_host_and_stays_on_the_device(device, name, form, weights):
    dictionary = DICTIONARIES[name]

    def found(move):
        data = pairs(move, dictionary, weights)
        first = koopman.accumulate(data, dictionary, form=form, chunk=25)
        return koopman.accumulate(data.chunks(31), onto=first, form=form, forgetting=0.5)

    there = found(lambda array: backend.to_device(array, device))
    here = found(lambda array: array)
    assert not isinstance(there.blocks, numpy.ndarray)
    assert not isinstance(there.moments, numpy.ndarray)
    for part in ("G", "A", "L", "moments"):
        expected = getattr(here, part)
        error = abs(backend.to_host(getattr(there, part)) - expected).max()
        assert error <= 1e-10 * abs(expected).max()  # the agreement that is promised
    assert there.mass == pytest.approx(here.mass, rel=1e-14)


def test_states_on_a_device_are_merged_and_lose_samples_there(device):
    dictionary = DICTIONARIES["real"]
    data = pairs(lambda array: backend.to_device(array, device), dictionary, None)
    state = koopman.accumulate(data, dictionary)
    assert not isinstance(koopman.merge(state, state).blocks, numpy.ndarray)
    rest = koopman.discard(state, next(data.chunks(20)))
    assert rest.count == 40
    expected = dictionary(X[20:]).T @ dictionary(X[20:]) / 40
    assert abs(backend.to_host(rest.G) - expected).max() <= 1e-12


def test_pairs_on_a_device_are_made_and_parted_there(device):
    states = backend.to_device(X.copy(), device)
    weights = backend.to_device(WEIGHTS[:2].copy(), device)
    data = Snapshots.from_trajectories([states, states], delays=2, weights=weights)
    assert data.x.shape == (116, 4)
    first, second = Snapshots.from_map(lambda x: 2 * x, states).split(0.5, seed=1)
    for part in (data, first, second):
        assert not isinstance(part.x, numpy.ndarray)
    assert data_warnings(data) == data_warnings(
        Snapshots.from_trajectories([X, X], delays=2)
    )


def test_mixed_devices_are_refused(device):
    there = Snapshots(*(backend.to_device(X.copy(), device) for _ in range(2)))
    with pytest.raises(BackendError, match=r"data\[0\].x lives on numpy but data\[1\].x"):
        koopman.accumulate([Snapshots(X, X), there], koopman.linear(2))
