"""Diagonalizations and closed forms of arrays on a device: they come back there.

On the stand-in the libraries are those of the host, so that only dispatch and hidden
transfers are seen; with ``-m gpu`` the same tests compare real ones.
"""

import dataclasses

import numpy
import pytest

from perturbsci import backend
from perturbsci.errors import BackendError
from perturbsci.statespace import (
    diagonal_system,
    hippo,
    lagt_shift_poles,
    legs_inner,
    legs_log10_condition,
    legs_spikes,
    legs_states,
    perturb_then_diagonalize,
    transfer_function,
)

MEASURES = ("legs", "legt", "lagt", "fout", "fourd", "lmu")


def agrees(found, expected):
    assert not isinstance(found, numpy.ndarray)
    host = backend.to_host(found)
    assert host.dtype == expected.dtype
    # two libraries: products of 9 rows are rounded apart
    assert numpy.abs(host - expected).max() <= 1e-11 * max(numpy.abs(expected).max(), 1e-3)


@pytest.mark.parametrize("measure", MEASURES)
def test_memories_are_made_on_the_device(device, measure):
    here, there = hippo(measure, 9), hippo(measure, 9, backend=device)
    for field in dataclasses.fields(here):
        value = getattr(here, field.name)
        if isinstance(value, numpy.ndarray) and value.size:
            agrees(getattr(there, field.name), value)


def test_closed_forms_on_the_device(device):
    s = 1j * numpy.geomspace(0.1, 100, 20)
    there = backend.to_device(s, device)
    agrees(legs_states(there, 9), legs_states(s, 9))
    agrees(legs_inner(there, 9), legs_inner(s, 9))
    agrees(legs_log10_condition(9, backend=device), legs_log10_condition(9))
    agrees(legs_spikes(9, backend=device), legs_spikes(9))
    agrees(lagt_shift_poles(9, 0.1, backend=device), lagt_shift_poles(9, 0.1))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("options", [{}, {"method": "random"}, {"condition": 8}])
def test_diagonalizations_come_back_to_the_device(device, measure, options):
    options = {"stable": False, **options}
    here = perturb_then_diagonalize(hippo(measure, 9), **options)
    there = perturb_then_diagonalize(hippo(measure, 9, backend=device), **options)
    for name, array in here.arrays().items():
        agrees(getattr(there, name), array)
    assert there.status is here.status
    assert there.eigenvector_condition == here.eigenvector_condition
    assert "computed on the host" in there.summary()
    assert "computed on the host" not in here.summary()


def test_a_system_on_the_device(device):
    here, there = hippo("legs", 9), hippo("legs", 9, backend=device)
    c = numpy.ones((1, 9))
    s = 1j * numpy.geomspace(0.1, 100, 20)
    expected = transfer_function(
        diagonal_system(perturb_then_diagonalize(here), here.b, c), s
    )
    near = perturb_then_diagonalize(there)
    system = diagonal_system(near, there.b, backend.to_device(c, device))
    agrees(transfer_function(system, backend.to_device(s, device)), expected)
    with pytest.raises(BackendError, match="lives on"):
        diagonal_system(near, here.b, c)
