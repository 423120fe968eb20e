"""EDMD beside the least squares and the eigenproblem that it cannot do without."""

import numpy
import pytest

from perturbsci.io import load_record
from perturbsci.koopman import Snapshots, edmd, monomials

pytestmark = pytest.mark.bench


def test_edmd_of_el_nino(compare):
    values = load_record("elnino").values[:600, None]
    data = Snapshots.from_trajectory(values, delays=60)
    functions = monomials(1, n_state=60)
    psi_x, psi_y = functions(data.x), functions(data.y)

    def floor():
        return numpy.linalg.eig(numpy.linalg.lstsq(psi_x, psi_y)[0])

    compare(
        "edmd, El Niño, 60 delays / lstsq + eig",
        lambda: edmd(data, functions),
        floor,
        target="2.0",
        repeats=101,
    )
