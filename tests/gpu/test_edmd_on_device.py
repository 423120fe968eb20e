"""Verified EDMD on a device: the same spectrum as on the host, and it stays there."""

import numpy
import pytest

from perturbsci import backend, koopman

RNG = numpy.random.default_rng(0)
X = RNG.uniform(-1, 1, (80, 2))
NOISY = X @ numpy.array([[0.9, -0.1], [0.2, 0.5]]) + 0.1 * RNG.standard_normal((80, 2))
CUBIC = koopman.monomials(3, n_state=2)


@pytest.mark.parametrize("weights", [None, RNG.uniform(0.1, 1, 80)])
@pytest.mark.parametrize("accuracy", ["gram", "verified", "qr"])
@pytest.mark.parametrize("held", [False, True])
def test_a_spectrum_is_that_of_the_host_and_stays_on_the_device(
    device, accuracy, weights, held
):
    def found(move):
        parts = [move(X.copy()), move(NOISY.copy())]
        weight = None if weights is None else move(weights.copy())
        data = koopman.Snapshots(*parts, weights=weight)
        return koopman.edmd(data, CUBIC, accuracy=accuracy, held_out=data if held else None)

    there = found(lambda array: backend.to_device(array, device))
    here = found(lambda array: array)
    for name in ("eigenvalues", "residuals", "vectors", "modes", "koopman_matrix"):
        array = getattr(there, name)
        assert not isinstance(array, numpy.ndarray)
        if name != "vectors":
            wanted = numpy.abs(getattr(here, name))
            assert numpy.abs(backend.to_host(abs(array)) - wanted).max() <= 1e-10
    assert there.status is here.status
    assert "on the host" in there.summary()
