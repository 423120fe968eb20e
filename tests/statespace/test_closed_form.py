"""LegS and LagT in closed form, against solves, eigenvalues, mpmath and whole numbers."""

import itertools
import math

import mpmath
import numpy as np
import pytest

from perturbsci import backend
from perturbsci.errors import ParameterError
from perturbsci.statespace import (
    hippo,
    lagt_shift_poles,
    legs_inner,
    legs_log10_condition,
    legs_spikes,
    legs_states,
)
from perturbsci.statespace.closed_form import legendre_inner, legendre_states
from perturbsci.verification import load_reference

U = 2.0**-53


def frequencies(n, count=40):
    """Return points of the imaginary axis from far below to far above n^2."""
    return 1j * np.geomspace(1e-3, 1e2 * n * n, count)


@pytest.mark.parametrize("n", [1, 2, 3, 16, 64, 256])
def test_states_are_those_of_a_solve(n):
    # The solve itself is good to n u times its growth: 1e-12 in norm.
    memory, s = hippo("legs", n), frequencies(n)
    found = legs_states(s, n)
    for point, states in zip(s, found, strict=True):
        exact = np.linalg.solve(point * np.eye(n) - memory.a, memory.b)
        assert np.linalg.norm(states - exact) <= 1e-12 * np.linalg.norm(exact)


@pytest.mark.parametrize("n", [3, 40])
def test_states_to_every_digit(n):
    points = [0.3 + 2j, 40j, 1e-9 + 0j, 7.0 + 1e-5j, -0.4 + 100j]
    found = legs_states(np.array(points), n)
    with mpmath.workdps(40):
        for point, states in zip(points, found, strict=True):
            s, product = mpmath.mpc(point), mpmath.mpf(1)
            for k, state in enumerate(states):
                exact = mpmath.sqrt(2 * k + 1) * product / (s + k + 1)
                assert abs(complex(exact) - state) <= 12 * (k + 1) * U * abs(exact)
                product *= (s - k) / (s + k + 1)
            inner = complex(legs_inner(point, n))
            assert abs(complex(product) - inner) <= 12 * n * U * abs(product)


@pytest.mark.parametrize("n", [1, 2, 7, 64, 1000])
def test_the_modulus_of_the_inner_function_on_the_axis(n):
    w = np.geomspace(1e-3, 1e2 * n * n, 50)
    exact = w / np.hypot(w, n)
    assert abs(legs_inner(1j * w, n)) == pytest.approx(exact, rel=12 * n * U)
    edge = abs(legs_inner(-0.5 + 1j * w, n))
    assert edge == pytest.approx(np.ones(50), rel=12 * n * U)


@pytest.mark.parametrize("n", [16, 10_000])
def test_the_states_have_norm_below_one_on_the_axis(n):
    states = legs_states(frequencies(n, 30), n)
    assert np.isfinite(states).all()
    squares = (abs(states) ** 2).sum(axis=1)
    assert (squares <= 1 + 1e-12).all()
    inner = abs(legs_inner(frequencies(n, 30), n)) ** 2
    assert squares == pytest.approx(1 - inner, abs=1e-11)


def test_the_low_rank_transfer_function():
    # P^T (s - A - P P^T)^-1 P = (1 - Theta)/(1 + Theta)
    memory, s = hippo("legs", 12), frequencies(12, 9) + 0.1
    normal = memory.a + memory.low_rank @ memory.low_rank.T
    for point in s:
        p = memory.low_rank
        g = (p.T @ np.linalg.solve(point * np.eye(12) - normal, p)).item()
        theta = complex(legs_inner(point, 12))
        assert g == pytest.approx((1 - theta) / (1 + theta), rel=1e-11)


def test_shapes_types_and_extremes():
    assert legs_states(0.0, 3).shape == (3,)
    assert legs_states([[0.0, 1.0]], 3).shape == (1, 2, 3)
    assert legs_inner(np.zeros((0,)), 3).shape == (0,)
    assert legs_inner(np.ones((2, 2), np.complex64), 3).dtype == np.complex64
    far = abs(legs_states(1e300, 3))
    assert far == pytest.approx(np.sqrt([1, 3, 5]) * 1e-300, rel=1e-14)
    single = abs(legs_states(np.complex64(1e30), 3))
    assert single == pytest.approx(np.sqrt([1, 3, 5]) * 1e-30, rel=1e-6)


def test_layouts_and_the_interpreter_give_the_same_bits():
    s = frequencies(8, 12)
    expected = legs_states(s, 8)
    for same in (s[::-1][::-1], s.astype(">c16"), list(s)):
        assert legs_states(same, 8).tobytes() == expected.tobytes()
    with backend.use("numpy"):
        assert legendre_states(s, 8).tobytes() == expected.tobytes()
        assert legendre_inner(s, 8).tobytes() == legs_inner(s, 8).tobytes()


def test_conditions_of_eight_are_whole_numbers():
    reference = load_reference("statespace_shift.legs_conditions_8")
    assert 10 ** legs_log10_condition(8) == pytest.approx(reference.value, rel=1e-13)


@pytest.mark.parametrize("n", [1, 2, 33, 300])
def test_conditions_are_products_of_binomials(n):
    exact = [
        math.log10(math.comb(n + i - 1, 2 * i - 1) * math.comb(2 * i - 2, i - 1))
        for i in range(1, n + 1)
    ]
    found = legs_log10_condition(n)
    assert found == pytest.approx(exact, abs=20 * n * math.log10(n + 10) * U)


@pytest.mark.parametrize("n", [8, 32])
def test_conditions_are_those_of_exact_eigenvectors(n):
    with mpmath.workdps(60):
        a = mpmath.matrix(n)
        for i, j in itertools.product(range(n), range(n)):
            if i >= j:
                a[i, j] = -mpmath.sqrt((2 * i + 1) * (2 * j + 1)) if i > j else -(i + 1)
        for k in range(0, n, 5):
            right = {k: mpmath.mpf(1)}  # A is triangular: both by substitution
            for i in range(k + 1, n):
                right[i] = mpmath.fsum(a[i, j] * v for j, v in right.items()) / (i - k)
            left = {k: mpmath.mpf(1)}
            for i in range(k - 1, -1, -1):
                left[i] = mpmath.fsum(a[j, i] * v for j, v in left.items()) / (i - k)
            kappa = mpmath.norm(list(right.values())) * mpmath.norm(list(left.values()))
            found = legs_log10_condition(n)[k]
            assert found == pytest.approx(float(mpmath.log10(kappa)), abs=1e-12)


def test_largest_conditions():
    reference = load_reference("statespace_shift.log10_conditions")
    found = [legs_log10_condition(n).max() for n in reference.parameters["n"]]
    assert found == pytest.approx(reference.value, abs=reference.tolerance)


@pytest.mark.parametrize("n", [2, 3, 5, 16, 17, 64, 129])
def test_spikes_are_frequencies_of_the_normal_part(n):
    memory = hippo("legs", n)
    normal = memory.a + memory.low_rank @ memory.low_rank.T + 0.5 * np.eye(n)
    exact = np.sort(np.linalg.eigvalsh(-1j * normal))[::-1][: n // 2]
    # eigvalsh is good to u times the norm, which is about mu_1
    assert legs_spikes(n) == pytest.approx(exact, abs=50 * U * exact[0])
    assert abs(1 + legs_inner(-0.5 + 1j * legs_spikes(n), n)) == pytest.approx(
        0, abs=1e-12 * n
    )


def test_spikes_follow_the_quadratic_law():
    reference = load_reference("statespace_shift.spikes")
    found = [legs_spikes(n, 1)[0] for n in reference.parameters["n"]]
    assert found == pytest.approx(reference.value, rel=reference.tolerance)
    law = 2048**2 / (math.pi * legs_spikes(2048, 4))
    assert law == pytest.approx([1, 3, 5, 7], rel=1e-4)  # next term is O(1/n^2) k^2
    assert legs_spikes(1).shape == legs_spikes(9, 0).shape == (0,)


@pytest.mark.paper
def test_heights_of_the_spikes():
    reference = load_reference("statespace_shift.spike_heights")
    for n, row in zip(reference.parameters["n"], reference.value, strict=True):
        s = 1j * legs_spikes(n, 3)
        height = abs(legs_states(s, n)[:, 0] / (1 + legs_inner(s, n)))
        assert height == pytest.approx(row, abs=reference.tolerance)


@pytest.mark.parametrize("theta", [1.0, 0.5, 0.01, 1e-6])
@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_poles_of_shifted_lagt(n, theta):
    memory = hippo("lagt", n)
    poles = lagt_shift_poles(n, theta)
    with mpmath.workdps(60):
        shifted = mpmath.matrix(memory.a.tolist())
        for i, j in itertools.product(range(n), range(n)):
            shifted[i, j] += mpmath.mpf(theta) / 2
        exact = mpmath.eig(shifted, left=False, right=False) if n > 1 else [shifted[0]]
    for pole in poles:
        assert min(abs(pole - complex(x)) for x in exact) <= 1e-12
    order = backend.linalg.sort_spectrum(poles)[0]
    assert poles.tobytes() == order.tobytes()
    assert np.array_equal(np.sort_complex(poles), np.sort_complex(poles.conj()))


def test_poles_of_lagt_at_the_ends():
    assert (lagt_shift_poles(4, 0) == -0.5).all()
    assert (lagt_shift_poles(4, 1).real == 0).all()
    assert lagt_shift_poles(3, 5e-324) == pytest.approx(np.full(3, -0.5), abs=1e-100)


@pytest.mark.parametrize("call", [legs_states, legs_inner])
def test_a_frequency_that_is_an_eigenvalue(call):
    with pytest.raises(ParameterError, match=r"value \(-2\+0j\) at place 1, an eigenvalue"):
        call([1.0, -2.0], 3)
    assert np.isfinite(call(-4.0, 3)).all()
    with pytest.raises(ParameterError, match="not finite"):
        call([np.nan], 3)
    with pytest.raises(ParameterError, match="pass a whole number from 1 on"):
        call(1.0, 0)


def test_other_errors():
    with pytest.raises(ParameterError, match="count is 3, but LegS with n = 5 has 2"):
        legs_spikes(5, 3)
    for theta in (-0.1, math.nan, "1"):
        with pytest.raises(ParameterError, match=r"theta is .*; pass one finite number"):
            lagt_shift_poles(3, theta)
    with pytest.raises(ParameterError, match=r"theta is 1.5; pass a share"):
        lagt_shift_poles(3, 1.5)
    with (
        backend.use("numpy", memory=1000),
        pytest.raises(ParameterError, match=r"legs_states needs about .* lower n"),
    ):
        legs_states(np.zeros(100), 100)
