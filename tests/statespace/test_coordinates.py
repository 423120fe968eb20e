"""A diagonalization read as a system: transfer functions, the proven bound, halving."""

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace import (
    DenseSystem,
    dense,
    diagonal_system,
    difference,
    hinf_norm,
    hippo,
    legs_inner,
    legs_states,
    perturb_then_diagonalize,
    transfer_function,
    unfold,
)
from perturbsci.verification import load_reference


def first_output(n):
    c = np.zeros((1, n))
    c[0, 0] = 1.0
    return c


@pytest.mark.parametrize("case", range(3))
def test_norms_of_the_error_of_legs(case):
    reference = load_reference("statespace_shift.hinf_errors")
    n, theta = reference.parameters["cases"][case]
    memory = hippo("legs", n)
    near = perturb_then_diagonalize(memory, theta=theta)
    exact = DenseSystem(memory.a, memory.b, first_output(n))
    system = diagonal_system(near, memory.b, first_output(n))
    found = hinf_norm(difference(system, exact)).value
    assert found == pytest.approx(reference.value[case], rel=reference.tolerance)
    assert found <= near.transfer_bound * hinf_norm(exact).value


@pytest.mark.parametrize("measure", ["legs", "legt", "lagt"])
@pytest.mark.parametrize("seed", range(3))
def test_the_change_of_the_transfer_function_is_bounded(measure, seed):
    rng, memory = np.random.default_rng(seed), hippo(measure, 9)
    near = perturb_then_diagonalize(memory, theta=0.3)
    r = memory.low_rank.shape[1]
    c, weights = rng.standard_normal((2, 9)), rng.standard_normal((r, 1))
    b = memory.low_rank @ weights
    system = diagonal_system(near, b, c)
    s = 1j * np.linspace(0.0, 80.0, 400)
    through = transfer_function(DenseSystem(memory.a, memory.low_rank, c), s)
    change = transfer_function(system, s) - through @ weights
    largest = np.linalg.norm(through, 2, axis=(1, 2)).max() * np.linalg.norm(weights)
    error = np.linalg.norm(change, 2, axis=(1, 2))
    assert 0 < error.max() <= near.transfer_bound * largest
    if r == 1:  # then it is a bound at every frequency
        exact = np.linalg.norm(through @ weights, 2, axis=(1, 2))
        assert (error <= near.transfer_bound * exact * (1 + 1e-9)).all()


@pytest.mark.parametrize("n", [7, 64])
def test_legs_in_closed_form(n):
    memory, c = hippo("legs", n), np.random.default_rng(0).standard_normal((1, n))
    near = perturb_then_diagonalize(memory, theta=0.1)
    s = 1j * np.geomspace(0.1, n * n, 40)
    found = transfer_function(diagonal_system(near, memory.b, c), s)[:, 0, 0]
    exact = legs_states(s, n) @ c[0] / (1 + near.rho * legs_inner(s, n))
    assert found == pytest.approx(exact, abs=1e-12 * abs(exact).max())


def test_without_the_correction_the_bound_fails():
    memory = hippo("legs", 16)
    near = perturb_then_diagonalize(memory, theta=0.3)
    exact = DenseSystem(memory.a, memory.b, first_output(16))
    plain = diagonal_system(near, memory.b, first_output(16), correct=False)
    shifted = DenseSystem(memory.a + near.perturbation, memory.b, first_output(16))
    assert hinf_norm(difference(plain, shifted)).value <= 1e-12
    s = 1j * np.geomspace(0.01, 300, 200)
    relative = abs(transfer_function(plain, s) / transfer_function(exact, s) - 1).max()
    assert relative > near.transfer_bound


def test_theta_one_is_the_normal_part_with_half_the_input():
    memory = hippo("legs", 10)
    near = perturb_then_diagonalize(memory, theta=1)
    normal = memory.a + memory.low_rank @ memory.low_rank.T
    system = diagonal_system(near, memory.b, first_output(10))
    other = DenseSystem(normal, memory.b / 2, first_output(10))
    s = np.array([0.1j, 3j, 40j])
    found, exact = transfer_function(system, s), transfer_function(other, s)
    assert found == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("n", [1, 4, 5, 33])
@pytest.mark.parametrize("options", [{}, {"method": "random", "stable": False}])
def test_real_data_are_halved(n, options):
    memory, rng = hippo("legs", n), np.random.default_rng(n)
    near = perturb_then_diagonalize(memory, **options)
    b, c, d = rng.standard_normal((n, 2)), rng.standard_normal((3, n)), np.ones((3, 2))
    system = diagonal_system(near, b, c, d=d, correct=False)
    assert system.is_real
    assert set(system.weights) <= {1.0, 2.0}
    assert system.weights.sum() == n
    assert ((system.weights == 2) == (system.eigenvalues.imag > 0)).all()
    whole = dense(unfold(system))
    s = np.array([0.3j, 7j, 1.0 + 2j])
    exact = transfer_function(DenseSystem(memory.a + near.perturbation, b, c, d), s)
    size = abs(exact).max() * near.eigenvector_condition
    assert transfer_function(system, s) == pytest.approx(exact, abs=1e-12 * size)
    assert transfer_function(whole, s) == pytest.approx(exact, abs=1e-12 * size)


def test_complex_data_keep_all_modes():
    memory = hippo("legs", 6)
    near = perturb_then_diagonalize(memory)
    system = diagonal_system(near, memory.b, 1j * first_output(6))
    assert system.weights is None
    assert system.n_state == 6
    a = memory.a + 0.1j * np.eye(6)
    system = diagonal_system(perturb_then_diagonalize(a), memory.b, first_output(6))
    assert system.weights is None


def test_an_input_outside_the_range_is_left_alone():
    memory = hippo("legt", 8)
    near = perturb_then_diagonalize(memory, theta=0.4)
    p, core = memory.low_rank, near.core
    outside = np.linalg.qr(p, mode="complete")[0][:, 2:4]
    system = diagonal_system(near, outside, np.eye(8))
    whole = DenseSystem(memory.a + near.perturbation, outside, np.eye(8))
    s = np.array([1j, 5j])
    found, exact = transfer_function(system, s), transfer_function(whole, s)
    assert found == pytest.approx(exact, abs=1e-12)
    gamma = np.linalg.solve(2 * np.eye(2) - core, core)
    inside = p @ np.linalg.solve(np.eye(2) + gamma, [1.0, 2.0])
    system = diagonal_system(near, p @ [1.0, 2.0], np.eye(8))
    whole = DenseSystem(memory.a + near.perturbation, inside, np.eye(8))
    found, exact = transfer_function(system, s), transfer_function(whole, s)
    assert found == pytest.approx(exact, abs=1e-11)


def test_single_precision_is_kept():
    memory = hippo("legs", 6)
    near = perturb_then_diagonalize(memory.a.astype(np.float32))
    system = diagonal_system(near, memory.b, first_output(6), d=np.ones((1, 1)))
    assert system.b.dtype == system.c.dtype == np.complex64
    assert system.d.dtype == np.float32


def test_errors():
    near = perturb_then_diagonalize(hippo("legs", 4))
    with pytest.raises(ShapeError, match=r"b has shape \(3, 1\) but A has 4 rows; pass b"):
        diagonal_system(near, np.ones(3), np.ones(4))
    with pytest.raises(ShapeError, match=r"c has shape \(1, 3\) but A has 4 columns"):
        diagonal_system(near, np.ones(4), np.ones(3))
    with pytest.raises(ShapeError, match=r"d has shape \(2, 2\), needed \(1, 1\)"):
        diagonal_system(near, np.ones(4), np.ones(4), d=np.ones((2, 2)))
    with pytest.raises(ParameterError, match="pass what perturb_then_diagonalize returns"):
        diagonal_system(np.eye(4), np.ones(4), np.ones(4))
    with pytest.raises(ParameterError, match="`b` has 1 values that are not finite"):
        diagonal_system(near, [np.nan, 0, 0, 0], np.ones(4))
