"""The secular equation: modes, roots, other routes, and thetas at which two roots meet."""

import math

import mpmath
import numpy as np
import pytest
import scipy.linalg

from perturbsci.errors import AccuracyWarning
from perturbsci.statespace import hippo, perturb_then_diagonalize
from perturbsci.statespace.basis import dense_basis
from perturbsci.statespace.defect import defect_of
from perturbsci.statespace.secular import critical_share, secular_roots
from perturbsci.statespace.shift import shift_by_share
from perturbsci.statespace.skew_modes import skew_modes
from perturbsci.verification import load_reference

U = 2.0**-53
MEASURES = ("legs", "legt", "lagt", "fout")


def shifted(measure, n, theta):
    return perturb_then_diagonalize(hippo(measure, n), theta=theta)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("theta", [0.3, 0.03])
def test_the_secular_equation_gives_what_qr_gives(measure, theta):
    memory = hippo(measure, 40)
    defect = defect_of(memory.a, memory.low_rank, memory.shift, U)
    shift = shift_by_share(memory.a, defect, theta)
    other = dense_basis(memory.a + shift.perturbation)
    moved = abs(shift.basis.values[:, None] - other.values).min(axis=1)
    conditions = np.linalg.norm(other.inverse, axis=1).max()
    assert moved.max() <= 100 * U * conditions * np.linalg.norm(memory.a)
    assert shift.basis.condition == pytest.approx(other.condition, rel=1e-10)


def test_eigenvalues_of_the_shift_to_every_digit():
    # The routes agree with 50 digits far beyond what the condition would let QR promise.
    memory = hippo("legs", 12)
    near = shifted("legs", 12, 0.1)
    with mpmath.workdps(50):
        a = mpmath.matrix(memory.a.tolist())
        p = mpmath.matrix(memory.low_rank.tolist())
        exact = mpmath.eig(a + p * p.T / 10, left=False, right=False)
    for value in near.eigenvalues:
        assert min(abs(value - complex(x)) for x in exact) <= 1e-13 * 12**2


def test_exceptional_thetas():
    reference = load_reference("statespace_shift.exceptional_thetas")
    assert reference.value[0] == pytest.approx(
        1 - math.sqrt(3) / 2, abs=reference.tolerance
    )
    for n, theta in zip(reference.parameters["n"], reference.value, strict=True):
        memory = hippo("legs", n)
        modes = defect_of(memory.a, memory.low_rank, memory.shift, U).modes
        starts = -np.linspace(0.2, 3.5, 34) + 1e-9j
        found = [critical_share(modes, s) for s in starts]
        found = [share for share in found if 1e-5 < share < 1]
        # theta is printed to six decimals, small ones to one digit
        assert max(found) == pytest.approx(theta, abs=5e-7 + 0.02 * theta * (theta < 1e-4))


def test_the_ratios_at_exceptional_thetas_with_the_advice():
    reference = load_reference("statespace_shift.exceptional_ratios")
    for (n, theta), ratio in zip(
        reference.parameters["cases"], reference.value, strict=True
    ):
        with pytest.warns(AccuracyWarning, match="raise theta by 10 % or change n by one"):
            near = shifted("legs", n, theta)
        found = near.eigenvector_condition * near.rho
        assert found == pytest.approx(ratio, abs=reference.tolerance)


def test_the_warning_names_theta_condition_and_the_exceptional_value():
    words = r"theta is 0.133975.*condition 2\d\d\d.*exceptional value is 0.13397459"
    with pytest.warns(AccuracyWarning, match=words):
        shifted("legs", 2, 0.133975)


@pytest.mark.parametrize("n", [2, 3, 6, 15])
def test_the_modes_of_a_real_skew_matrix(n):
    k = np.random.default_rng(n).standard_normal((n, n))
    s, p = k - k.T, np.random.default_rng(1).standard_normal((n, 2))
    modes = skew_modes(s, p)
    full = modes.combined(np.eye(n, dtype=complex))
    assert full.conj().T @ full == pytest.approx(np.eye(n), abs=20 * n * U)
    turned = s @ full - full * (1j * modes.frequencies)
    assert abs(turned).max() <= 20 * n * U * np.linalg.norm(s)
    assert full.conj().T @ p == pytest.approx(modes.couplings, abs=1e-14 * n)
    assert modes.vectors() == pytest.approx(full[:, : modes.n_kept], abs=1e-15)
    exact = np.linalg.eigvalsh(-1j * s)
    assert np.sort(modes.frequencies) == pytest.approx(exact, abs=20 * n * U * exact[-1])


def test_modes_that_the_factor_does_not_reach_are_left_alone():
    k = np.random.default_rng(3).standard_normal((4, 4))
    s = scipy.linalg.block_diag(k - k.T, np.zeros((3, 3)))
    p = np.r_[np.ones(4), 0.0, 1.0, 0.0][:, None]
    modes = skew_modes(s, p)
    assert (modes.couplings != 0).sum() == 5
    near = perturb_then_diagonalize(s - 0.5 * np.eye(7) - p @ p.T, theta=0.3)
    assert near.certificates[0].passed
    assert len(near.unreached) == 2
    assert near.eigenvalues[list(near.unreached)] == pytest.approx([-0.5, -0.5])


def test_equal_frequencies_take_the_other_route():
    k = np.array([[0.0, 1.0], [-1.0, 0.0]])
    s, p = scipy.linalg.block_diag(k, k), np.array([[1.0], [0.0], [0.5], [0.0]])
    assert secular_roots(skew_modes(s, p), np.array([[0.8]]), 0.0) is None
    near = perturb_then_diagonalize(s - p @ p.T, theta=0.2)
    assert near.certificates[0].passed
    assert near.abscissa <= 1e-15


def test_pairs_of_real_eigenvalues_are_found():
    # Below the exceptional theta two eigenvalues of LegS are real, here all eight at once.
    near = shifted("legs", 8, 1e-7)
    memory = hippo("legs", 8)
    defect = defect_of(memory.a, memory.low_rank, memory.shift, U)
    roots = secular_roots(defect.modes, np.array([[1 - 1e-7]]), 0.0)
    if roots is not None:
        assert (roots.damping > 0).all()
    assert near.certificates[0].passed
    few = shifted("legs", 16, 5e-3)
    assert (few.eigenvalues.imag == 0).sum() == 2
    assert few.certificates[0].passed
