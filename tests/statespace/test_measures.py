"""The memories: their identities, spectra, norms and inputs."""

import math

import numpy as np
import pytest

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
