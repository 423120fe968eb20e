"""The memories: their identities, spectra, norms and inputs."""

import math

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.special import eval_laguerre, eval_legendre

from perturbsci import io
from perturbsci.errors import ParameterError
from perturbsci.statespace import Hippo, hippo
from perturbsci.verification import load_reference

U = 2.0**-53
COLUMNS = {"legs": 1, "legt": 2, "lagt": 1, "fout": 1, "fourd": 0}
SIZES = (1, 2, 3, 16, 64, 255)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("measure", COLUMNS)
def test_the_low_rank_term_leaves_a_skew_matrix(measure, n):
    # Entry by entry two roots, a product and a sum are rounded: 4 u of the largest entry.
    memory = hippo(measure, n)
    assert memory.low_rank.shape == (n, COLUMNS[measure])
    normal = memory.a + memory.low_rank @ memory.low_rank.T + memory.shift * np.eye(n)
    assert abs(normal + normal.T).max() <= 4 * U * abs(memory.a).max() * (1 + U)


@pytest.mark.parametrize("n", SIZES)
def test_legs_entry_by_entry(n):
    a = hippo("legs", n).a
    for i, j in {(0, 0), (n - 1, 0), (0, n - 1), (n // 2, n // 3)}:
        expected = -math.sqrt((2 * i + 1) * (2 * j + 1)) if i > j else 0.0
        assert a[i, j] == (-(i + 1) if i == j else expected)


@pytest.mark.parametrize("n", SIZES)
def test_legt_entry_by_entry(n):
    a = hippo("legt", n).a
    for i, j in {(0, 0), (n - 1, 0), (0, n - 1), (n // 2, n // 3), (n // 3, n // 2)}:
        sign = 1 if i >= j else (-1) ** (i - j)
        expected = -0.5 * sign * math.sqrt((2 * i + 1) * (2 * j + 1))
        assert a[i, j] == pytest.approx(expected, rel=2 * U)


@pytest.mark.parametrize("n", SIZES)
def test_lmu_entry_by_entry(n):
    memory = hippo("lmu", n)
    assert memory.low_rank is None
    assert math.isnan(memory.shift)
    for i, j in {(0, 0), (n - 1, 0), (0, n - 1), (n // 2, n // 3), (n // 3, n // 2)}:
        assert memory.a[i, j] == (2 * i + 1) * (-1 if i < j else (-1) ** (i - j + 1))
    assert memory.b.tolist() == [(2 * i + 1) * (-1) ** i for i in range(n)]


@pytest.mark.parametrize("n", [8, 33])
def test_lmu_is_legt_in_another_scaling(n):
    # Both are a window, of length 1 and 2: the change of basis is a diagonal matrix.
    lmu, legt = hippo("lmu", n), hippo("legt", n)
    signs = np.sqrt(2 * np.arange(n) + 1.0) * (-1.0) ** np.arange(n)
    similar = signs[:, None] * legt.a / signs
    assert 2 * similar == pytest.approx(lmu.a, rel=1e-14)  # two roots and a quotient
    assert abs(np.diag(lmu.a)).sum() == n**2


def test_spectra():
    assert np.diag(hippo("legs", 9).a).tolist() == list(range(-1, -10, -1))
    assert set(np.diag(hippo("lagt", 9).a)) == {-0.5}
    fout = hippo("fout", 9)
    assert not fout.a[1].any()
    assert fout.b[1] == 0
    turns = np.linalg.eigvals(hippo("fourd", 9).a)
    frequencies = np.sort(turns.imag)[-4:] / (2 * math.pi)
    assert frequencies == pytest.approx(np.arange(4), abs=1e-12)
    assert turns.real == pytest.approx(np.full(9, -0.5), abs=1e-12)


def test_inputs_lie_in_the_range_of_the_low_rank_term():
    for measure, factors in (
        ("legs", [math.sqrt(2)]),
        ("legt", [math.sqrt(0.5)] * 2),
        ("lagt", [math.sqrt(2)]),
        ("fout", [1.0]),
    ):
        memory = hippo(measure, 20)
        assert memory.low_rank @ factors == pytest.approx(memory.b, rel=4 * U)


def responses_in_closed_form(measure, tau, n):
    """Return phi_k(tau) of the docstring, rows tau; those of a window for n to infinity."""
    k, t = np.arange(n), tau[:, None]
    j = k // 2
    fourier = np.where(k % 2 == 0, np.cos(np.pi * j * t), np.sin(np.pi * j * t))
    fourier[:, 2:] *= math.sqrt(2)
    return {
        "legs": np.sqrt(2 * k + 1) * np.exp(-t) * eval_legendre(k, 2 * np.exp(-t) - 1),
        "legt": np.sqrt(2 * k + 1) * eval_legendre(k, 1 - t) / 2,
        "lagt": np.exp(-t / 2) * eval_laguerre(k, t),
        "fout": fourier / 2,
        "lmu": (2 * k + 1) * eval_legendre(k, 2 * t - 1),
    }[measure]


@pytest.mark.parametrize("measure", ["legs", "lagt"])
def test_states_that_fade_have_closed_forms(measure):
    memory, tau = hippo(measure, 8), np.array([0.0, 0.3, 0.9, 2.5])
    found = np.array([expm(t * memory.a) @ memory.b for t in tau])
    expected = responses_in_closed_form(measure, tau, 8)
    # e^(A tau) in rounding, times the growth of its powers: norm of A below 60.
    assert found == pytest.approx(expected, abs=1e-11)


def test_fourier_states_that_fade_have_closed_forms():
    memory, tau = hippo("fourd", 8), np.array([0.0, 0.3, 0.9, 2.5])
    found = np.array([expm(t * memory.a) @ memory.b for t in tau])
    twice = responses_in_closed_form("fout", 2 * tau, 8)
    assert found == pytest.approx(2 * np.exp(-tau / 2)[:, None] * twice, abs=1e-12)


# Legendre coefficients of a smooth signal are exact to rounding (1e-13 seen); those of
# Fourier are off by 1/n, since the memory of the window's far edge decays so slowly.
@pytest.mark.parametrize(
    ("measure", "length", "within"),
    [("legt", 2.0, 1e-11), ("fout", 2.0, 2e-4), ("lmu", 1.0, 1e-11)],
)
def test_windows_are_as_long_as_stated(measure, length, within):
    # x_k = int phi_k(tau) u(-tau) dtau by Gauss and Legendre, exact for so smooth a signal
    nodes, weights = np.polynomial.legendre.leggauss(60)
    tau = length * (1 + nodes) / 2
    signal = np.cos(2 * np.pi * tau / length) + 0.5
    kernel = responses_in_closed_form(measure, tau, 6)
    expected = length / 2 * weights @ (signal[:, None] * kernel)
    # u as the output of (0, 1, 0; -w, 0, 0; 0, 0, 0): the window has forgotten the start
    n, w = 64, 2 * np.pi / length
    memory = hippo(measure, n)
    driver = np.array([[0.0, w, 0.0], [-w, 0.0, 0.0], [0.0, 0.0, 0.0]])
    both = np.zeros((n + 3, n + 3))
    both[:n, :n], both[n:, n:] = memory.a, driver
    both[:n, n:] = memory.b[:, None] * [1.0, 0.0, 0.5]
    start = np.concatenate([np.zeros(n), [1.0, 0.0, 1.0]])
    found = (expm(4 * length * both) @ start)[:6]  # u(4 L - tau) = u(-tau) = u(tau)
    assert found == pytest.approx(expected, abs=within * abs(expected).max())


def test_a_delay_is_read_out_of_a_window():
    n, tau = 48, 0.7
    k, memory = np.arange(n), hippo("legt", n)
    readout = np.sqrt(2 * k + 1) * eval_legendre(k, 1 - tau)
    w = np.array([0.1, 1.0, 5.0, 20.0])
    found = [readout @ np.linalg.solve(1j * x * np.eye(n) - memory.a, memory.b) for x in w]
    # Exact to rounding far below the bandwidth n: 3e-14 seen at w = 20.
    assert found == pytest.approx(np.exp(-1j * w * tau), abs=1e-12)


def test_the_norm_of_legs_grows_like_two_over_pi():
    reference = load_reference("statespace_shift.norm_ratio")
    found = [np.linalg.norm(hippo("legs", n).a, 2) / n**2 for n in (16, 64, 256)]
    assert found == pytest.approx(reference.value, abs=reference.tolerance)


def test_archives_keep_a_memory(tmp_path):
    for measure in (*COLUMNS, "lmu"):
        memory = hippo(measure, 5)
        io.save(memory, tmp_path / f"{measure}.npz")
        loaded = io.load(tmp_path / f"{measure}.npz")
        assert isinstance(loaded, Hippo)
        assert loaded.a.tobytes() == memory.a.tobytes()
        assert loaded.measure == measure


@pytest.mark.parametrize("n", [0, -1, 2.0, True, "4", None])
def test_a_size_that_is_none(n):
    with pytest.raises(ParameterError, match=r"n is .*; pass a whole number from 1 on"):
        hippo("legs", n)


@pytest.mark.parametrize("measure", ["leg", "LEGS", None, 3, ["legs"]])
def test_a_measure_that_is_none(measure):
    with pytest.raises(ParameterError, match=r"measure is .*; pass one of legs, legt"):
        hippo(measure, 4)
