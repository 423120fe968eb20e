"""Families on a device: the same run as on the host, and its states stay there."""

import numpy
import pytest

from perturbsci import backend
from perturbsci import multiscale as ms


def _gas(device):
    grid = ms.velocity_grid(16, 6.0, dimension=2, backend=device)
    warm, cold = (ms.maxwellian(grid, 0.5, [0.0, 0.0], each) for each in (0.7, 1.3))
    return ms.boltzmann(grid, initial=warm + cold, backend=device)


CASES = {
    "jin_xin": (lambda on: ms.jin_xin(16, backend=on), 1e-3, 0.1, 0.01, "ars222"),
    "goldstein_taylor": (
        lambda on: ms.goldstein_taylor(16, backend=on),
        *(1e-3, 0.1, 0.01, "bdf3"),
    ),
    "linear_transport": (
        lambda on: ms.linear_transport(16, 8, backend=on),
        *(1e-2, 0.1, 0.01, "bdf2"),
    ),
    "bgk": (lambda on: ms.bgk(20, 16, backend=on), 1e-3, 0.01, 0.001, "ars222"),
    "boltzmann": (_gas, 1.0, 0.1, 0.05, "bdf2"),
    "disparate_mass": (
        lambda on: ms.disparate_mass(12, dimension=2, backend=on),
        *(1e-2, 0.1, 0.05, "bdf2"),
    ),
    "vlasov_poisson": (
        lambda on: ms.vlasov_poisson(16, 32, backend=on),
        *(1.0, 0.1, 0.05, "native"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_that_of_the_host_and_stays_on_the_device(device, name):
    make, epsilon, end, step, scheme = CASES[name]
    there, here = (
        ms.solve(make(on), epsilon=epsilon, t_span=(0, end), step=step, scheme=scheme)
        for on in (device, None)
    )
    assert not isinstance(there.states, numpy.ndarray)
    assert there.status is here.status
    # transforms and sums in another order
    assert (
        abs(backend.to_host(there.states) - here.states).max()
        <= 1e-11 * abs(here.states).max()
    )
    for one, other in zip(there.certificates, here.certificates, strict=True):
        assert (one.claim, one.kind, one.passed) == (other.claim, other.kind, other.passed)
