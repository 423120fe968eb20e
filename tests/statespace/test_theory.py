"""The proofs of docs/theory/statespace.md, checked in numbers step by step."""

import math

import numpy as np
import pytest

from perturbsci.statespace import (
    hippo,
    lagt_shift_poles,
    legs_inner,
    perturb_then_diagonalize,
)


def blaschke(z, n):
    """B of LegS and its derivative: zeros at 1/2, 3/2, ..., n - 1/2."""
    zeros = np.arange(n) + 0.5
    ratios = (z[..., None] - zeros) / (z[..., None] + zeros)
    value = ratios.prod(axis=-1)
    return value, value * (2 * zeros / (z[..., None] ** 2 - zeros**2)).sum(axis=-1)


def preimages(value, n):
    """The n solutions of B(z) = value in the right half plane."""
    zeros = np.arange(n) + 0.5
    z = np.roots(np.poly(zeros) - value * np.poly(-zeros))
    for _ in range(3):  # np.roots is good to half of the digits at clusters
        found, slope = blaschke(z, n)
        z = z - (found - value) / slope
    return z


def scaled_gram(value, n):
    """Gram matrix of the kernels at the preimages, each divided by sqrt(abs(B'))."""
    z = preimages(value, n)
    roots = np.sqrt(abs(blaschke(z, n)[1]))
    return (1 - abs(value) ** 2) / (z.conj()[:, None] + z) / roots[:, None] / roots


def largest(r, n, *, phases=64):
    """M(r): the largest squared norm over all phases."""
    turns = np.exp(2j * np.pi * (np.arange(phases) + 0.5) / phases)
    return max(np.linalg.eigvalsh(scaled_gram(r * turn, n))[-1] for turn in turns)


def cauchy_gram(z):
    return 2 * np.sqrt(np.outer(z.real, z.real)) / (z.conj()[:, None] + z)


@pytest.mark.parametrize("n", [3, 6])
@pytest.mark.parametrize("theta", [0.5, 0.2])
def test_the_poles_are_preimages_of_minus_rho(n, theta):
    near = perturb_then_diagonalize(hippo("legs", n), theta=theta)
    z = -(near.eigenvalues + 0.5)
    assert blaschke(z, n)[0] == pytest.approx(np.full(n, -near.rho), rel=1e-11)
    # Theta is 1/B at the mirrored point
    assert legs_inner(near.eigenvalues, n) == pytest.approx(
        np.full(n, -1 / near.rho), rel=1e-11
    )
    gram = abs(near.right.conj().T @ near.right)
    assert gram == pytest.approx(abs(cauchy_gram(z)), abs=1e-12)


@pytest.mark.parametrize("n", [3, 6])
def test_the_scaled_eigenvectors_have_a_symmetric_condition(n):
    # W^H is V^T up to phases, so that norm(V^-1) = norm(V) and cond = M at phase pi.
    near = perturb_then_diagonalize(hippo("legs", n), theta=0.3)
    scaled = near.right * np.sqrt(near.eigenvalue_condition)
    norm = np.linalg.norm(scaled, 2)
    assert np.linalg.norm(np.linalg.inv(scaled), 2) == pytest.approx(norm, rel=1e-12)
    top = np.linalg.eigvalsh(scaled_gram(-near.rho + 0j, n))[-1]
    assert np.linalg.cond(scaled) == pytest.approx(top, rel=1e-10)
    # equally long columns are not the best scaling: kappa_2(V) is no smaller than sqrt
    assert near.eigenvector_condition >= math.sqrt(top)


def test_on_the_unit_circle_the_kernels_are_orthonormal():
    # at 1 - r = 1e-6 the Gram matrix is the identity to that distance
    for phase in (0.3, 2.0, 4.0):
        gram = scaled_gram((1 - 1e-6) * np.exp(1j * phase), 5)
        assert gram == pytest.approx(np.eye(5), abs=1e-4)


@pytest.mark.parametrize("n", [2, 4, 6])
def test_the_logarithm_of_the_largest_norm_is_convex(n):
    # From above the largest critical value to 1, where it is 0. The maximum over 64
    # phases falls short of M by its curvature over half a step, 1e-4 at most here.
    critical = {2: 0.134 / 1.866, 4: 0.0455 / 1.9545, 6: 0.026 / 1.974}[n]
    radii = np.geomspace(1.5 * critical, 0.999, 9)
    values = np.log([largest(r, n) for r in radii])
    assert 0 <= values[-1] <= -np.log(0.999) + 1e-12  # M(1) = 1
    assert (np.diff(values, 2) >= -1e-3).all()
    # so the bound 1/r, once true on a circle, is true up to 1
    below = values <= -np.log(radii) + 1e-9
    assert below[np.flatnonzero(below)[0] :].all()


def test_a_sum_of_moduli_of_branches_is_log_subharmonic():
    # The mean over a small circle of log sum abs(h_i) is at least its value in the middle.
    n, g = 4, np.array([1.0, -0.7 + 0.2j, 0.4j, 0.1])

    def log_sum(value):
        z = preimages(value, n)
        function = (g / (z[:, None] + np.arange(n) + 0.5)).sum(axis=1)
        return math.log((abs(function) ** 2 / abs(blaschke(z, n)[1])).sum())

    for center in (0.5j, -0.4, 0.3 + 0.3j, -0.7):
        turns = 0.1 * np.exp(2j * np.pi * np.arange(40) / 40)
        mean = np.mean([log_sum(center + turn) for turn in turns])
        assert mean >= log_sum(center) - 1e-12


@pytest.mark.parametrize("n", [3, 8])
def test_the_gram_matrix_of_lagt_is_a_circulant(n):
    rho = 0.3 / 1.7
    w = rho ** (1 / n) * np.exp(1j * np.pi * (2 * np.arange(n) + 1) / n)
    z = (1 + w) / (2 * (1 - w))
    distances = abs(lagt_shift_poles(n, 0.3)[:, None] + z).min(axis=1)
    assert distances.max() <= 1e-13
    phases = (1 - w) / abs(1 - w)
    turned = phases[:, None] * cauchy_gram(z) * phases.conj()
    q, k = rho ** (2 / n), np.arange(n)
    circulant = (1 - q) / (1 - q * np.exp(2j * np.pi * (k - k[:, None]) / n))
    assert turned == pytest.approx(circulant, abs=1e-13)
    exact = n * (1 - q) * q**k / (1 - q**n)
    assert np.linalg.eigvalsh(turned)[::-1] == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize("theta", [0.5, 0.1])
def test_the_gram_matrix_of_legs_tends_to_a_laurent_matrix(theta):
    rho = theta / (2 - theta)
    decay, k = math.log(1 / rho), np.arange(-3, 3)
    laurent = 1 / (1 + 1j * np.pi * np.subtract.outer(k, k).T / decay)
    errors = []
    for n in (64, 128, 256):
        z = -(perturb_then_diagonalize(hippo("legs", n), theta=theta).eigenvalues + 0.5)
        y = n * n / z
        expected = decay + 1j * np.pi * (2 * k + 1)
        chosen = abs(y[:, None] - expected).argmin(axis=0)
        assert y[chosen] == pytest.approx(expected, rel=0.03)
        gram = cauchy_gram(z[chosen])
        errors.append(abs(abs(gram) - abs(laurent)).max())
    # the next term of Theta(n^2 x) is O(1/n^2)
    assert errors[2] < errors[1] / 3 < errors[0] / 9


def test_sections_of_the_laurent_matrix_come_up_to_one_over_rho_squared():
    rho = 0.2
    decay = math.log(1 / rho)
    t = (np.arange(4000) + 0.5) / 2000
    symbol = 2 * decay / (1 - rho**2) * np.exp(-decay * t)
    for m in (0, 1, 5):  # midpoint rule: (1/2) int_0^2 symbol e^(-i pi m t) dt
        coefficient = (symbol * np.exp(-1j * np.pi * m * t)).mean()
        assert coefficient == pytest.approx(1 / (1 + 1j * np.pi * m / decay), abs=2e-3)
    conditions = []
    for size in (20, 80, 320):
        k = np.subtract.outer(np.arange(size), np.arange(size))
        conditions.append(np.linalg.cond(1 / (1 + 1j * np.pi * k / decay)))
    assert conditions[0] < conditions[1] < conditions[2] < 1 / rho**2
    # the symbol jumps by 1/rho^2, and sections see a jump slowly
    assert conditions[2] >= 0.96 / rho**2


@pytest.mark.parametrize("n", [2, 3])
def test_an_exceptional_theta_is_where_two_eigenvalues_meet(n):
    theta = {2: 1 - math.sqrt(3) / 2, 3: 0.0189346}[n]
    memory = hippo("legs", n)
    distances = []
    for factor in (0.999, 1.001):
        shifted = memory.a + factor * theta * memory.low_rank @ memory.low_rank.T
        values = np.linalg.eigvals(shifted)
        real = np.sort(values[abs(values.imag) < 1e-12].real)
        distances.append(len(real))
    assert distances == [n, n - 2]
