"""The search for the largest gain, where it is cut short."""

import math

import pytest

from perturbsci.errors import ConvergenceError
from perturbsci.results import Status
from perturbsci.statespace import DenseSystem, hinf_norm


def test_a_search_that_is_cut_short_keeps_what_it_knows(monkeypatch):
    system = DenseSystem([[0.0, 1.0], [-1.0, -0.1]], [0.0, 1.0], [1.0, 0.0])
    whole = hinf_norm(system)
    monkeypatch.setattr("perturbsci.statespace.peaks.MOST_LEVELS", 0)
    with pytest.raises(ConvergenceError, match="still rises; raise tolerance") as caught:
        hinf_norm(system)
    partial = caught.value.partial
    assert partial.status is Status.TOLERANCE_NOT_REACHED
    assert partial.lower <= whole.upper
    assert partial.upper == math.inf
    assert not partial.certificate.passed
