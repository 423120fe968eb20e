"""Surrogates on a device: points there give values there, those of the host."""

import numpy
import pytest

from perturbsci import backend
from perturbsci import surrogates as su
from tests.surrogates.surrogate_samples import BASES, SURROGATES


@pytest.mark.parametrize("name", SURROGATES)
def test_values_and_derivatives_are_those_of_the_host(device, name):
    solution = SURROGATES[name]
    low, high = numpy.array(solution.ranges()).T
    points = low + (high - low) * numpy.random.default_rng(0).random((50, len(low)))
    there = backend.to_device(points, device)
    first = (1,) + (0,) * (len(low) - 1)
    for evaluate in (solution, lambda place: solution.derivative(place, first)):
        found, wanted = evaluate(there), evaluate(points)
        assert not isinstance(found, numpy.ndarray)
        # sums in another order: rounding of the largest term
        scale = numpy.abs(wanted).max()
        assert numpy.abs(backend.to_host(found) - wanted).max() <= 1e-11 * scale


@pytest.mark.parametrize(
    "name", ["Legendre", "Chebyshev", "Fourier", "RandomFourier", "Gaussians", "Radial"]
)
def test_features_stay_on_the_device(device, name):
    basis = BASES[name]
    points = numpy.random.default_rng(1).random((20, basis.dimension))
    order = (1,) * basis.dimension
    wanted = su.feature_jets(basis, points, [order])[order]
    found = su.feature_jets(basis, backend.to_device(points, device), [order])[order]
    assert not isinstance(found, numpy.ndarray)
    assert numpy.abs(backend.to_host(found) - wanted).max() <= 1e-12 * abs(wanted).max()
