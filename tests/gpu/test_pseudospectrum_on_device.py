"""Pseudospectra on a device: they stay there, and agree with the host."""

import numpy
import pytest

from perturbsci import backend
from perturbsci.errors import BackendError
from perturbsci.koopman import (
    Snapshots,
    certified_spectrum,
    disk_grid,
    linear,
    pseudospectrum,
)


def pairs(n_state, move, *, is_complex=False):
    rng = numpy.random.default_rng(n_state)
    x, y = rng.standard_normal((2, 3 * n_state + 5, n_state))
    if is_complex:
        x = x + 1j * rng.standard_normal(x.shape)
    return Snapshots(move(x), move(0.4 * y + 0.5 * x))


# 70 is above the size from which points are solved by factorizations in a stack.
@pytest.mark.parametrize("n", [5, 70])
@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("accuracy", ["gram", "qr"])
def test_a_field_is_that_of_the_host_and_stays_on_the_device(
    device, n, is_complex, accuracy
):
    def there(array):
        return backend.to_device(array.copy(), device)

    grid = disk_grid(1.2, 0.4)
    fields = [
        pseudospectrum(
            pairs(n, move, is_complex=is_complex),
            grid=move(grid),
            accuracy=accuracy,
            vectors=True,
        )
        for move in (numpy.copy, there)
    ]
    for array in fields[1].arrays().values():
        assert not isinstance(array, numpy.ndarray)
    host, found = (backend.to_host(field.values) for field in fields)
    assert found == pytest.approx(host, rel=1e-10)
    assert fields[1].certificate.kind == fields[0].certificate.kind


def test_a_certified_spectrum_is_that_of_the_host(device):
    def there(array):
        return backend.to_device(array.copy(), device)

    host, found = (certified_spectrum(pairs(3, move)) for move in (numpy.copy, there))
    assert not isinstance(found.points, numpy.ndarray)
    ordered = [numpy.sort_complex(backend.to_host(each.points)) for each in (host, found)]
    assert ordered[1] == pytest.approx(ordered[0], abs=1e-12)
    assert found.bound == pytest.approx(host.bound, rel=1e-10)


def test_a_grid_elsewhere_is_refused(device):
    data = pairs(3, lambda array: backend.to_device(array, device))
    with pytest.raises(BackendError, match="grid"):
        pseudospectrum(data, linear(3), grid=disk_grid(1.0, 0.5))
