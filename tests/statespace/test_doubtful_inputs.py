"""What is no mistake but doubtful is flagged, and large and small numbers stay right."""

import math

import numpy as np
import pytest

from perturbsci import statespace as ss
from perturbsci.errors import AccuracyWarning, ConvergenceError
from perturbsci.results import Status
from tests.statespace.statespace_calls import LEGS, MODES, SEQUENCES


def test_what_is_doubtful_is_flagged():
    unstable = ss.DiagonalSystem([1.0], [1.0], [1.0])
    found = ss.hinf_norm(unstable)
    assert (found.value, found.status) == (math.inf, Status.UNSTABLE)
    assert not found.certificate.passed
    assert ss.h2_norm(unstable) == math.inf
    grown = ss.simulate(ss.DiagonalSystem([1e200], [1.0], [1.0], step=1.0), SEQUENCES)
    assert grown.status is Status.NOT_FINITE
    assert not grown.certificate.passed
    with pytest.warns(AccuracyWarning, match="modes grow, by .* shorten the step"):
        ss.discretize(MODES, 10.0, rule="euler")
    with pytest.warns(AccuracyWarning, match="size is 2: the perturbation is as large"):
        ss.perturb_then_diagonalize(LEGS, method="random", size=2, stable=False)
    with pytest.warns(AccuracyWarning, match="nearest exceptional value is"):
        ss.perturb_then_diagonalize(ss.hippo("legs", 2), theta=0.134)
    with pytest.raises(
        ConvergenceError, match="use method='shift' or 'optimize'"
    ) as caught:
        ss.perturb_then_diagonalize(ss.hippo("lagt", 12), method="random", size=0.9)
    assert caught.value.partial.status is Status.UNSTABLE
    with pytest.raises(ConvergenceError, match="they hold few digits or none") as caught:
        ss.perturb_then_diagonalize(ss.hippo("lagt", 12), theta=0)
    useless = caught.value.partial
    assert useless.status is Status.ILL_CONDITIONED
    assert np.isfinite(useless.inverse).all()


@pytest.mark.parametrize("entry", [1e200, 1e-200])
def test_large_and_small_ports_keep_norms_of_one(entry):
    """Powers of two are exact; the rest is the rounding of two entries."""
    for system in (
        ss.DiagonalSystem([-1.0], [entry], [1 / entry]),
        ss.DenseSystem([[-1.0]], [entry], [1 / entry]),
    ):
        assert abs(ss.hinf_norm(system).value - 1) <= 1e-9  # its own tolerance
        assert abs(ss.h2_norm(system) - math.sqrt(0.5)) <= 4e-16
        assert abs(ss.hankel_singular_values(system)[0] - 0.5) <= 4e-16
    discrete = ss.DiagonalSystem([0.5], [entry], [1 / entry], step=1.0)
    assert abs(ss.kernel_l1_norm(discrete) - 2) <= 1e-9
    direct = ss.DiagonalSystem([-1.0], [1 / entry], [0.0], [[entry]])
    assert abs(ss.hinf_norm(direct).value / entry - 1) <= 1e-9


def test_finite_kernels_of_unstable_feedback():
    """2 - 1/4 grows to 1.75^l: exact powers while they are finite, infinite after."""
    growing = ss.LowRankSystem([2.0], [0.5], [0.5], [1.0], [1.0], step=1.0)
    kernel = ss.convolution_kernel(growing, 2000)[:, 0, 0]
    exact = 1.75 ** np.arange(100)
    assert np.abs(kernel[:100] / exact - 1).max() <= 100 * np.finfo(float).eps
    assert np.isinf(kernel[-1])
