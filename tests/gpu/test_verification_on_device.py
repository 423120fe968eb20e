"""Backward errors on a device: those of the host; mixed devices are refused by name."""

import numpy
import pytest

from perturbsci import backend
from perturbsci.errors import BackendError
from perturbsci.verification import eigen_backward_error, linear_backward_error

RNG = numpy.random.default_rng(0)
MATRIX = RNG.standard_normal((4, 4))
VALUES = RNG.standard_normal(4)
VECTORS = RNG.standard_normal((4, 4))
CASES = {
    "eigen": (eigen_backward_error, (MATRIX, VALUES, VECTORS), "matrix|eigen"),
    "linear": (linear_backward_error, (MATRIX, VALUES, VALUES[::-1]), "matrix|solution"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_number_of_the_host(device, name):
    function, arrays, _ = CASES[name]
    found = function(*(backend.to_device(array, device) for array in arrays))
    # other libraries round otherwise: a few roundings of norms of 16 numbers
    assert found == pytest.approx(function(*arrays), rel=1e-14)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("moved", [0, 1, 2])
def test_mixed_devices_are_refused_by_name(device, name, moved):
    function, arrays, names = CASES[name]
    mixed = list(arrays)
    mixed[moved] = backend.to_device(arrays[moved], device)
    with pytest.raises(BackendError, match=rf"({names}).* lives on .* but .*to_device"):
        function(*mixed)
