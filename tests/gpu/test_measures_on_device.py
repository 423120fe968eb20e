"""Spectral measures on a device: the numbers of the host, and no hidden transfer.

Densities agree to 1e-10 of the largest value: moments are below 1, residues of order 4
amplify rounding by 28.
"""

import dataclasses

import numpy
import pytest

from perturbsci import backend
from perturbsci import koopman as kp

LAGS = numpy.arange(400)
MOMENTS = 0.3 * numpy.exp(1j * LAGS) + 0.7 * 0.5**LAGS
ANGLES = numpy.linspace(-3.0, 3.0, 101)
FIRST = numpy.eye(12)[0]
RNG = numpy.random.default_rng(1)
OBSERVED = RNG.standard_normal((5, 60)) + 1j * RNG.standard_normal((5, 60))


def unitary(m):
    """The Schur form is taken on the host: bring the spectrum to the device."""
    return moved(kp.mpedmd(kp.krylov_gram(MOMENTS, 12)), m)


def moved(value, m):
    changes = {}
    for field in dataclasses.fields(value):
        part = getattr(value, field.name)
        if isinstance(part, numpy.ndarray):
            changes[field.name] = m(part)
        elif isinstance(part, kp.GramState):
            changes[field.name] = moved(part, m)
    return dataclasses.replace(value, **changes)


def measured(m, **options):
    return kp.spectral_measure(m(MOMENTS), m(ANGLES), **options)


def of_spectrum(m, **options):
    return kp.spectral_measure(unitary(m), m(ANGLES), coefficients=m(FIRST), **options)


CASES = {
    "rational": lambda m: measured(m).density,
    "cumulative": lambda m: measured(m).cumulative(m(ANGLES)),
    "filter": lambda m: measured(m, method="filter").density,
    "point masses": lambda m: kp.point_masses(m(MOMENTS), m(ANGLES)),
    "spectrum, rational": lambda m: of_spectrum(m).density,
    "spectrum, cumulative": lambda m: of_spectrum(m).cumulative(m(ANGLES)),
    "spectrum, filter": lambda m: of_spectrum(m, method="filter").density,
    "spectrum, atoms": lambda m: of_spectrum(m, method="atoms").cumulative(m(ANGLES)),
    "packets": lambda m: kp.rigged_dmd(unitary(m), m(FIRST), m(ANGLES)).coefficients,
    "autocorrelation": lambda m: kp.autocorrelation(m(OBSERVED), 20),
    "real autocorrelation": lambda m: kp.autocorrelation(m(OBSERVED.real.copy()), 20),
    "weighted": lambda m: kp.autocorrelation(m(OBSERVED), 20, weights=m(numpy.ones(5))),
    "atoms": lambda m: kp.separate_atoms(m(MOMENTS)).angles,
    "remainder": lambda m: kp.separate_atoms(m(MOMENTS)).remainder,
}


@pytest.mark.parametrize("name", CASES)
def test_measures_of_the_device_are_those_of_the_host(device, name):
    def there(array):
        return backend.to_device(array.copy(), device)

    found, exact = CASES[name](there), CASES[name](numpy.copy)
    assert not isinstance(found, numpy.ndarray)
    found = backend.to_host(found)
    assert found.dtype == exact.dtype
    assert abs(found - exact).max() <= 1e-10 * abs(exact).max()
