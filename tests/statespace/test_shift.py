"""The shift: its tables, its proven bounds, its structure, and the routes it may take."""

import math

import numpy as np
import pytest

from perturbsci.results import Status
from perturbsci.statespace import (
    hippo,
    lagt_shift_poles,
    legs_inner,
    legs_states,
    perturb_then_diagonalize,
)
from perturbsci.statespace.shift import share_of_size
from perturbsci.verification import load_reference

U = 2.0**-53
MEASURES = ("legs", "legt", "lagt", "fout")


def shifted(measure, n, theta):
    return perturb_then_diagonalize(hippo(measure, n), theta=theta)


def random_stable(n, seed, *, complex_too=False):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, n))
    if complex_too:
        a = a + 1j * rng.standard_normal((n, n))
    return a - (2 + 2 * math.sqrt(n)) * np.eye(n)


def half_digit(text):
    """Half a unit of the last printed digit."""
    return 0.5 * 10.0 ** -len(repr(text).partition(".")[2])


@pytest.mark.parametrize("column", [0, 1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_the_table_of_conditions(column):
    reference = load_reference("statespace_shift.condition_table")
    n = reference.parameters["n"][column]
    for theta, row in zip(reference.parameters["theta"], reference.value, strict=True):
        printed = row[column]
        near = shifted("legs", n, theta)
        allowed = max(half_digit(printed), 5e-5 * printed)
        assert near.eigenvector_condition == pytest.approx(printed, abs=allowed)


@pytest.mark.slow
def test_the_condition_of_1024():
    reference = load_reference("statespace_shift.condition_1024")
    found = shifted("legs", 1024, 0.1).eigenvector_condition
    assert found == pytest.approx(reference.value, abs=reference.tolerance)


@pytest.mark.parametrize("column", range(3))
def test_the_relative_error_is_bounded_and_is_that_of_the_table(column):
    reference = load_reference("statespace_shift.relative_error_table")
    n = reference.parameters["n"][column]
    s = 1j * np.geomspace(1e-2, 1e3 * n * n, 4000)
    for theta, row in zip(reference.parameters["theta"], reference.value, strict=True):
        rho = theta / (2 - theta)
        inner = legs_inner(s, n)
        error = abs(rho * inner / (1 + rho * inner)).max()
        assert error <= rho / (1 - rho) * (1 + 1e-9)
        # the sweep has 4000 points: the peak is met to its curvature over one step
        allowed = max(half_digit(row[column]), 2e-3 * row[column])
        assert error == pytest.approx(row[column], abs=allowed)


@pytest.mark.parametrize("n", [1, 2, 16, 64, 128])
@pytest.mark.parametrize("theta", [0.02, 0.1, 0.5, 1.0])
def test_the_shifted_transfer_function_is_a_quotient(n, theta):
    # C (s - A - E)^-1 B_theta = C (s - A)^-1 B / (1 + rho Theta), for every C at once.
    # The resolvent of A + E is good to n u kappa, so at 1e-11 for n up to 128.
    memory, rho = hippo("legs", n), theta / (2 - theta)
    near = memory.a + theta * memory.low_rank @ memory.low_rank.T
    for s in 1j * np.geomspace(0.1, n * n, 7):
        states = np.linalg.solve(s * np.eye(n) - near, (1 - theta / 2) * memory.b)
        exact = legs_states(s, n) / (1 + rho * legs_inner(s, n))
        assert np.linalg.norm(states - exact) <= 1e-11 * np.linalg.norm(exact)


@pytest.mark.parametrize("n", [8, 32, 128])
def test_the_worst_output(n):
    limit = load_reference("statespace_shift.worst_output_error")
    theta = limit.parameters["theta"]
    rho = theta / (2 - theta)
    s = 1j * np.geomspace(1e-2, 1e4 * n, 4000)
    states, inner = legs_states(s, n), legs_inner(s, n)
    change = np.linalg.norm(states, axis=1) * abs(rho * inner / (1 + rho * inner))
    assert change.max() <= limit.value
    assert shifted("legs", n, theta).abscissa <= -0.5


@pytest.mark.parametrize("n", [16, 32, 64, 256])
def test_the_table_of_legt(n):
    reference = load_reference("statespace_shift.legt_table")
    row = reference.value[reference.parameters["n"].index(n)]
    for theta, printed in zip(reference.parameters["theta"], row, strict=True):
        near = shifted("legt", n, theta)
        assert near.eigenvector_condition == pytest.approx(printed, rel=0.01)
        assert near.eigenvector_condition <= 1.1 / near.rho
        assert near.abscissa < 0
        gamma = np.linalg.solve(2 * np.eye(2) - near.core, near.core)
        assert np.linalg.norm(gamma, 2) == pytest.approx(near.rho, rel=1e-13)
        assert gamma.T @ gamma == pytest.approx(near.rho**2 * np.eye(2), abs=1e-15)


@pytest.mark.parametrize("n", [32, 64])
def test_the_table_of_fout(n):
    reference = load_reference("statespace_shift.fout_table")
    row = reference.value[reference.parameters["n"].index(n)]
    for theta, printed in zip(reference.parameters["theta"], row, strict=True):
        near = shifted("fout", n, theta)
        allowed = max(reference.tolerance * printed, half_digit(printed))
        assert near.eigenvector_condition == pytest.approx(printed, abs=allowed)
        assert near.abscissa == 0
        assert near.unreached == (n - 1,)
        assert near.certificates[2].passed
        assert (np.delete(near.eigenvalues.real, n - 1) < -1e-3).all()


@pytest.mark.parametrize("n", [2, 3, 4, 16, 65])
@pytest.mark.parametrize("theta", [0.5, 0.1, 0.02, 1e-3])
def test_the_condition_of_lagt_in_closed_form(n, theta):
    near = shifted("lagt", n, theta)
    exact = near.rho ** (-(n - 1) / n)
    assert near.eigenvector_condition == pytest.approx(exact, rel=1e-10)
    poles = lagt_shift_poles(n, theta)
    distances = abs(near.eigenvalues[:, None] - poles).min(axis=1)
    # an eigenvalue moves by kappa_i times the rounding of the tridiagonal reduction
    rounding = 8 * U * np.linalg.norm(hippo("lagt", n).a)
    assert (distances <= 1e-13 + rounding * near.eigenvalue_condition).all()


def test_two_conditions_of_lagt_to_the_printed_digits():
    reference = load_reference("statespace_shift.lagt_conditions")
    for (n, theta), value in zip(
        reference.parameters["cases"], reference.value, strict=True
    ):
        found = shifted("lagt", n, theta).eigenvector_condition
        assert found == pytest.approx(value, abs=reference.tolerance)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("n", [2, 3, 8, 33, 90])
@pytest.mark.parametrize("theta", [0.9, 0.3, 0.1, 0.01, 1e-3])
def test_the_basis_is_one(measure, n, theta):
    # 30 n u kappa: the accuracy that the certificate claims, in both directions.
    near = shifted(measure, n, theta)
    allowed = 30 * n * U * near.eigenvector_condition
    one = near.right @ near.inverse
    assert np.linalg.norm(one - np.eye(n)) <= allowed
    assert near.backward_error <= allowed
    assert np.linalg.norm(near.right, axis=0) == pytest.approx(np.ones(n), rel=1e-14)
    assert near.eigenvector_condition == pytest.approx(np.linalg.cond(near.right), rel=1e-9)
    rows = np.linalg.norm(near.inverse, axis=1)
    assert near.eigenvalue_condition == pytest.approx(np.maximum(rows, 1), rel=1e-14)
    upper = near.eigenvalues.imag > 0
    lower = np.flatnonzero(upper) + 1
    for array in (near.eigenvalues, near.right.T, near.inverse):
        assert np.array_equal(array[upper], array[lower].conj())
        assert not array[near.eigenvalues.imag == 0].imag.any()


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_holds_for_any_contraction(seed):
    # sup ||G_Gamma - G|| <= rho/(1 - rho) sup ||C (i w - A)^-1 P|| ||b||, B = P b, c >= 0
    rng = np.random.default_rng(seed)
    n, r = 9, 1 + seed % 3
    p, k = rng.standard_normal((n, r)), rng.standard_normal((n, n))
    a = 0.1 * (k - k.T) - 0.3 * np.eye(n) - p @ p.T
    gamma = rng.standard_normal((r, r))
    rho = 0.6
    gamma *= rho / np.linalg.norm(gamma, 2)
    one = np.eye(r)
    core = 2 * gamma @ np.linalg.inv(one + gamma)
    c, b = rng.standard_normal((2, n)), rng.standard_normal((r, 1))
    worst = largest = 0.0
    for w in np.linspace(-6, 6, 301):
        exact = c @ np.linalg.solve(1j * w * np.eye(n) - a, p)
        near = 1j * w * np.eye(n) - a - p @ core @ p.T
        other = c @ np.linalg.solve(near, p @ np.linalg.solve(one + gamma, b))
        worst = max(worst, np.linalg.norm(other - exact @ b, 2))
        largest = max(largest, np.linalg.norm(exact, 2))
    assert 0.0 < worst <= rho / (1 - rho) * largest * np.linalg.norm(b)
    abscissa = np.linalg.eigvals(a + p @ core @ p.T).real.max()
    assert abscissa <= -0.3 + 1e-12


@pytest.mark.filterwarnings("ignore:theta is")  # one column at random: often near one
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rank", [1, 2, 3, 4, 5])
def test_a_defect_of_any_rank(seed, rank):
    rng = np.random.default_rng(10 * seed + rank)
    n = 12
    p, k = rng.standard_normal((n, rank)), rng.standard_normal((n, n))
    a = k - k.T - 0.4 * np.eye(n) - p @ p.T
    near = perturb_then_diagonalize(a, theta=0.2)
    given = perturb_then_diagonalize(a, theta=0.2, low_rank=p)
    for found in (near, given):
        assert found.low_rank.shape == (n, rank)
        assert found.certificates[0].passed
        assert found.certificates[2].passed
        assert found.transfer_bound == pytest.approx(0.125)  # rho = 1/9
        assert found.numerical_abscissa == pytest.approx(-0.4, abs=1e-12)
        hermitian = a + found.perturbation
        exact = np.linalg.eigvalsh((hermitian + hermitian.T) / 2)[-1]
        assert exact == pytest.approx(found.numerical_abscissa, abs=1e-12)
    if rank == 1:
        assert near.size == pytest.approx(given.size, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", [False, True])
def test_any_stable_matrix(seed, kind):
    a = random_stable(10, seed, complex_too=kind)
    near = perturb_then_diagonalize(a)
    assert near.status is Status.CONVERGED
    assert all(each.passed for each in near.certificates)
    assert near.perturbation.dtype == a.dtype
    p, core = near.low_rank, near.core
    assert p @ core @ p.conj().T == pytest.approx(near.perturbation, abs=1e-14 * 10)
    skew = a + p @ p.conj().T
    skew = skew - np.trace(skew) / 10 * np.eye(10)
    skew = skew + 1j * 0
    drift = (skew + skew.conj().T) / 2
    assert abs(drift).max() <= 1e-13 * np.linalg.norm(a)


def test_theta_one_is_the_normal_part():
    for measure in MEASURES:
        near = shifted(measure, 20, 1.0)
        assert near.eigenvector_condition == 1
        assert near.inverse == pytest.approx(near.right.conj().T, abs=1e-13)
        assert near.certificates[0].passed
        assert near.certificates[3].kind == "none"
        assert "theta is 1" in near.certificates[3].assumptions[0]
    a = random_stable(9, 4)
    near = perturb_then_diagonalize(a, theta=1)
    assert near.eigenvector_condition == 1
    assert near.certificates[0].passed


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("size", [1e-3, 0.02, 0.1])
def test_a_wanted_size_is_met(measure, size):
    near = perturb_then_diagonalize(hippo(measure, 30), size=size)
    assert near.size == pytest.approx(size, rel=1e-12)
    assert near.certificates[1].passed
    found = np.linalg.norm(near.perturbation) / np.linalg.norm(hippo(measure, 30).a)
    assert found == pytest.approx(size, rel=1e-12)


@pytest.mark.parametrize("theta", [0.7, 0.99, 1 - 1e-9])
def test_large_thetas_of_two_columns(theta):
    # a reflection has K = -2 rho/(1 - rho), which outgrows A as rho tends to 1
    near = shifted("legt", 3, theta)
    assert all(each.passed for each in near.certificates)
    assert near.size <= 1.5
    assert near.eigenvector_condition <= 1.1 / near.rho


def test_a_size_beyond_the_shift_gives_all_of_it():
    near = perturb_then_diagonalize(hippo("legs", 30), size=0.9)
    assert near.theta == 1
    assert near.size < 0.9
    assert near.certificates[1].passed


def test_the_share_of_a_size_by_bisection():
    p = np.random.default_rng(0).standard_normal((7, 2))
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    rho = share_of_size(p, turn, 1.5)
    gamma = rho * turn
    core = 2 * gamma @ np.linalg.inv(np.eye(2) + gamma)
    assert np.linalg.norm(p @ core @ p.T) == pytest.approx(1.5, rel=1e-12)


@pytest.mark.parametrize("measure", ["legs", "legt", "lagt", "fout"])
@pytest.mark.parametrize("condition", [1.0, 3.0, 14.0, 150.0])
def test_a_wanted_condition_is_met(measure, condition):
    for n in (2, 5, 24):
        near = perturb_then_diagonalize(hippo(measure, n), condition=condition)
        assert near.eigenvector_condition <= condition
        assert near.certificates[1].passed


def test_a_condition_next_to_an_exceptional_theta():
    # 2/(1 + 14) = .1333 is just below the exceptional .1340
    near = perturb_then_diagonalize(hippo("legs", 2), condition=14)
    assert near.eigenvector_condition <= 14
    assert near.theta <= 2 / 15 * 1.05**3


@pytest.mark.parametrize("n", [3, 4, 5, 8, 16, 17, 32, 64])
def test_below_the_reciprocal_of_rho_away_from_exceptional_values(n):
    # Empirical: no theorem for finite n (docs/theory/statespace.md, section 4).
    for theta in (0.9, 0.5, 0.2, 0.1, 0.0765):
        near = shifted("legs", n, theta)
        assert near.eigenvector_condition <= 1 / near.rho
        if n >= 16:
            assert near.eigenvector_condition >= 0.999 * near.rho ** (-(n - 1) / n)
