"""Atoms separated from a continuum: closed forms, close pairs, noise, none."""

import numpy as np
import pytest

from perturbsci import io
from perturbsci import koopman as kp
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Status

N = np.arange(1000)
GAUSSIAN = 0.95 ** (N**2 / 2.0)


@pytest.mark.parametrize("angle", [0.0, 1.2345, -3.0, np.pi, np.sqrt(2)])
def test_the_skew_product(angle):
    """g = e^{ix} + e^{iy} under (x + a, y + x): an atom at a, and Lebesgue measure."""
    found = kp.separate_atoms(np.exp(1j * N * angle) + (N == 0))
    turned = np.exp(1j * (found.angles - angle)) - 1
    assert abs(turned).max() <= 1e-9
    assert found.masses == pytest.approx([1.0], abs=1e-7)
    assert found.remainder[0] == pytest.approx(1.0, abs=1e-7)
    assert abs(found.remainder[1:]).max() <= 1e-7
    assert found.certificate.kind == "estimate"
    assert found.certificate.passed
    density = kp.spectral_measure(found.remainder, [0.3], epsilon=0.1).density
    assert density == pytest.approx(1 / (2 * np.pi), abs=1e-6)


@pytest.mark.parametrize("gap", [0.1, 0.02, 0.005])
def test_close_atoms_on_a_continuum(gap):
    """Below 2 pi/1000 as well: the moments are exact but for rounding."""
    angles, masses = np.array([-2.0, 1.0, 1.0 + gap]), np.array([0.1, 0.3, 0.2])
    found = kp.separate_atoms(np.exp(1j * np.outer(N, angles)) @ masses + GAUSSIAN)
    assert found.angles == pytest.approx(angles, abs=1e-9)
    assert found.masses == pytest.approx(masses, abs=1e-7)
    assert abs(found.remainder - GAUSSIAN).max() <= 1e-7


@pytest.mark.parametrize("seed", range(40))
def test_random_atoms_in_noise(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 7))
    # 0.1 apart: 8 widths of the window of 500 moments, so that errors do not mix.
    angles = np.sort(rng.permutation(62)[:count] * 0.1 - 3.1)
    masses = rng.uniform(0.05, 1.0, count)
    size = 1e-3
    noise = size * (rng.standard_normal(1000) + 1j * rng.standard_normal(1000)) * (N > 0)
    moments = np.exp(1j * np.outer(N, angles)) @ masses + GAUSSIAN + noise
    found = kp.separate_atoms(moments, threshold=5e-3)
    assert len(found.angles) == count
    # Cramer and Rao for 500 samples: deviations sqrt(6/500^3) size/mass of an angle around
    # the middle of the window, size/sqrt(500) of a mass; six of them, sidelobes included.
    assert (abs(found.angles - angles) * masses <= 6 * np.sqrt(6 / 500**3) * size).all()
    assert abs(found.masses - masses).max() <= 6 * size / np.sqrt(500)


@pytest.mark.parametrize(
    "moments",
    [
        GAUSSIAN,
        1.0 * (N == 0),
        0.5**N,
        0.97**N * np.exp(2j * N),  # a Lorentzian five windows wide
        np.where(N == 0, 1, np.sin(N) / np.maximum(N, 1)),  # a box: moments fade as 1/n
    ],
    ids=["gaussian", "lebesgue", "poisson", "narrow", "box"],
)
def test_a_continuum_has_no_atoms(moments):
    found = kp.separate_atoms(moments, threshold=1e-2)
    assert found.angles.shape == found.masses.shape == (0,)
    assert np.array_equal(found.remainder, moments)
    assert found.status is Status.CONVERGED


def test_a_line_that_fades_within_the_window_is_no_atom():
    """0.995^n is 0.08 at the start of the tail: seen, but fading, and not subtracted."""
    found = kp.separate_atoms(0.5 * np.exp(1j * N) + 0.5 * 0.995**N)
    assert found.angles == pytest.approx([1.0], abs=1e-9)
    assert found.masses == pytest.approx([0.5], abs=1e-7)


def test_atoms_alone_leave_nothing():
    found = kp.separate_atoms(0.3 + 0.7 * np.exp(-0.5j * N))
    assert found.angles == pytest.approx([-0.5, 0.0], abs=1e-12)
    assert abs(found.remainder).max() <= 1e-12


def test_a_real_observable_has_pairs():
    found = kp.separate_atoms(np.cos(0.7 * N) + GAUSSIAN)
    assert found.angles == pytest.approx([-0.7, 0.7], abs=1e-9)
    assert found.masses == pytest.approx([0.5, 0.5], abs=1e-7)
    assert found.remainder.dtype == np.float64


@pytest.mark.parametrize("n", [8, 9, 20, 101])
def test_few_moments(n):
    found = kp.separate_atoms(np.exp(1j * np.arange(n)))
    assert found.angles == pytest.approx([1.0], abs=1e-12)
    assert found.masses == pytest.approx([1.0], abs=1e-12)


def test_many_moments_stay_affordable():
    lags = np.arange(200_000)
    found = kp.separate_atoms(0.5 * np.exp(1j * lags) + 0.5 * (lags == 0))
    assert found.angles == pytest.approx([1.0], abs=1e-9)
    assert found.remainder.shape == lags.shape


def test_scaling_and_rotation():
    moments = np.exp(1j * N) + GAUSSIAN
    base = kp.separate_atoms(moments)
    scaled = kp.separate_atoms(1e-30 * moments)
    assert scaled.angles == pytest.approx(base.angles, abs=1e-13)
    assert scaled.masses * 1e30 == pytest.approx(base.masses, rel=1e-12)
    turned = kp.separate_atoms(moments * np.exp(0.5j * N))
    assert turned.angles == pytest.approx(base.angles + 0.5, abs=1e-12)


def test_noise_that_is_larger_than_the_threshold_is_said():
    rng = np.random.default_rng(1)
    noise = 0.1 * rng.standard_normal(1000) * (N > 0)
    found = kp.separate_atoms(np.exp(1j * N) + (N == 0) + noise, threshold=0.02)
    assert found.status is Status.TOLERANCE_NOT_REACHED
    assert not found.certificate.passed


def test_single_precision_is_kept():
    found = kp.separate_atoms((np.exp(1j * N) + GAUSSIAN).astype(np.complex64))
    assert (found.angles.dtype, found.masses.dtype) == (np.float32, np.float32)
    assert found.remainder.dtype == np.complex64
    assert found.angles == pytest.approx([1.0], abs=1e-6)


def test_atoms_survive_a_file(tmp_path):
    found = kp.separate_atoms(np.exp(1j * N) + GAUSSIAN)
    io.save(found, tmp_path / "atoms.npz")
    again = io.load(tmp_path / "atoms.npz")
    for field, array in found.arrays().items():
        assert getattr(again, field).tobytes() == array.tobytes()
    assert str(again.certificate) == str(found.certificate)


@pytest.mark.parametrize("threshold", [0, 1, -1e-3, np.nan, True, "1e-3", None])
def test_a_threshold_is_a_part_of_the_mass(threshold):
    with pytest.raises(ParameterError, match=r"threshold is .*between 0 and 1"):
        kp.separate_atoms(GAUSSIAN, threshold=threshold)


def test_too_few_moments_are_refused():
    with pytest.raises(ShapeError, match="needed at least 8; pass more lags"):
        kp.separate_atoms(np.ones(7))
