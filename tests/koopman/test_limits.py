"""How many limits a question needs, and the data set that two maps share."""

import itertools

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import (
    edmd,
    fourier,
    legendre,
    limits_required,
    tensor,
    twist_adversary,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference

DECLARATIONS = ("general", "isometry", "unitary", "normal")
GENERAL = {
    "pseudospectrum": 2,
    "spectrum": 3,
    "spectral_measure": 2,
    "point_spectrum": -1,
    "eigenvalue_residual": 1,
}


@pytest.mark.parametrize("target", GENERAL)
def test_the_number_of_limits_of_every_combination(target):
    for declare, modulus in itertools.product(DECLARATIONS, (False, True)):
        preserving = declare in ("isometry", "unitary")
        wanted = GENERAL[target]
        if target == "spectrum" and preserving:
            wanted = 2
        if target in ("spectrum", "pseudospectrum") and preserving and modulus:
            wanted = 1
        limits = limits_required(target, declare=declare, modulus=modulus)
        assert limits.required == wanted
        assert len(limits.order) == max(wanted, 0)
        assert "second-hand" in limits.source
        saved = wanted == 1 and target != "eigenvalue_residual"
        assert ("error control" in limits.statement) == saved


def test_the_order_of_the_limits():
    assert limits_required("pseudospectrum").order == ("M", "N")
    assert limits_required("spectrum").order == ("M", "N", "epsilon")
    assert limits_required("spectrum", declare="unitary").order == ("M", "N")
    assert limits_required("spectrum", declare="unitary", modulus=True).order == ("N",)
    assert limits_required("eigenvalue_residual").order == ("M",)
    assert "weak" in limits_required("spectral_measure").statement
    assert "no number of limits" in limits_required("point_spectrum").statement


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (
            {"target": "spectra"},
            "target is 'spectra'; it must be one of pseudospectrum, spec",
        ),
        ({"target": None}, "target is None; it must be one of"),
        ({"target": ["spectrum"]}, r"target is \['spectrum'\]; it must be one of"),
        (
            {"declare": "ergodic"},
            "declare is 'ergodic'; it must be one of general, isometry",
        ),
        ({"modulus": 0.1}, "modulus is 0.1; pass True if a modulus of continuity"),
    ],
)
def test_unknown_questions_are_refused(options, match):
    with pytest.raises(ParameterError, match=match):
        limits_required(**{"target": "spectrum"} | options)


RADII = np.array([0.5, 1.5, 0.7, 1.1, 1.2])


def test_both_maps_have_the_same_data():
    adversary = twist_adversary(RADII, size=0.3)
    data = adversary.snapshots
    assert np.array_equal(data.x, data.y)
    assert not adversary.phase(RADII).any()
    twisted = data.x[:, 0] + adversary.phase(data.x[:, 1])
    difference = np.abs(twisted - data.y[:, 0]).max()
    assert difference == load_reference("koopman_modes.no_difference").value
    assert set(np.unique(data.x[:, 1])) == set(RADII)
    assert data.n_samples == 5 * 16
    assert data.weights.sum() == pytest.approx(1, abs=1e-14)
    assert data.sampling == "quadrature"
    assert adversary.status is Status.EXACT


def test_the_twist_is_the_bump_in_the_widest_gap():
    adversary = twist_adversary(RADII, size=0.3)
    assert adversary.gap == (0.7, 1.1)
    r = np.linspace(0, 2, 2001)
    phi = adversary.phase(r)
    u = (r - 0.9) / 0.2
    inside = np.abs(u) < 1
    wanted = 0.3 * np.exp(1 - 1 / (1 - u[inside] ** 2))
    assert phi[inside] == pytest.approx(wanted, rel=1e-9, abs=1e-300)
    assert not phi[~inside].any()
    assert phi.max() == pytest.approx(0.3)
    assert adversary.phase(np.array(0.9)) == pytest.approx(0.3)


@pytest.mark.parametrize("seed", range(5))
def test_the_twist_vanishes_at_any_radii(seed):
    rng = np.random.default_rng(seed)
    radii = rng.uniform(0, 10 ** rng.uniform(-3, 3), rng.integers(2, 40))
    adversary = twist_adversary(radii, size=1e-3)
    assert not adversary.phase(radii).any()
    middle = np.array([sum(adversary.gap) / 2])
    assert adversary.phase(middle) == pytest.approx([1e-3])


def test_the_two_spectra():
    adversary = twist_adversary(RADII)
    assert adversary.spectrum_identity.tolist() == [1.0]
    twisted = adversary.spectrum_twisted
    assert np.abs(np.abs(twisted) - 1).max() <= 1e-15
    gaps = np.diff(np.sort(np.angle(twisted)))
    assert gaps.max() <= 2 * np.pi / 360 + 1e-12
    reference = load_reference("koopman_modes.distance_of_spectra")
    distance = np.abs(twisted - adversary.spectrum_identity).max()
    assert distance == pytest.approx(reference.value, abs=reference.tolerance)


def test_no_claim_without_a_modulus_and_an_honest_one_with_it():
    adversary = twist_adversary(np.linspace(0.5, 1.5, 21), n_angles=126)
    assert adversary.certificate.kind == "none"
    assert not adversary.certificate.passed
    assert "pass modulus=" in adversary.certificate.assumptions[1]
    assert "limits required 2, taken 0: M = 2646" in adversary.certificate.assumptions[2]
    wave = tensor(fourier([1]), legendre([0], interval=(0.5, 1.5)))
    plain = edmd(adversary.snapshots, wave)
    assert plain.certificate.kind == "estimate"
    assert plain.residuals[0] <= 1e-14
    cell = np.hypot(2 * np.pi / 126, 0.05)
    slope = 2.1704 * 0.1 / 0.025
    lipschitz = (slope + np.hypot(slope, 2)) / 2
    bounded = edmd(adversary.snapshots, wave, modulus=(lipschitz, cell))
    assert bounded.certificate.kind == "a-posteriori"
    r = np.linspace(*adversary.gap, 4001)
    hidden = np.sqrt(0.05 * np.mean(np.abs(np.exp(1j * adversary.phase(r)) - 1) ** 2))
    assert 0.01 < hidden <= bounded.certificate.value


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"radii": [1.0]}, ParameterError, "at least two different radii"),
        ({"radii": [1.0, 1.0]}, ParameterError, "at least two different radii"),
        ({"radii": [-1.0, 1.0]}, ParameterError, "two different radii from 0 on"),
        (
            {"radii": [1.0, np.inf]},
            ParameterError,
            "`radii` has 1 values that are not finite",
        ),
        ({"radii": [[1.0, 2.0]]}, ShapeError, r"radii has shape \(1, 2\), needed 1 axis"),
        ({"radii": [1.0, 2j]}, ParameterError, "radii has dtype complex128, needed real"),
        ({"size": 0}, ParameterError, "size is 0; pass one finite number above 0"),
        ({"size": "big"}, ParameterError, "size is 'big'; pass one finite number"),
        ({"n_angles": 0}, ParameterError, "n_angles is 0; pass a whole number from 1 on"),
    ],
)
def test_bad_arguments_of_the_adversary_are_refused(options, error, match):
    with pytest.raises(error, match=match):
        twist_adversary(**{"radii": RADII} | options)
    with pytest.raises(ParameterError, match="`r` has 1 values that are not finite"):
        twist_adversary(RADII).phase(np.array([np.nan]))


def test_the_adversary_survives_storage_bit_by_bit(tmp_path):
    adversary = twist_adversary(RADII)
    io.save(adversary, tmp_path / "adversary.npz")
    again = io.load(tmp_path / "adversary.npz")
    assert again.snapshots.x.tobytes() == adversary.snapshots.x.tobytes()
    assert again.snapshots.weights.tobytes() == adversary.snapshots.weights.tobytes()
    assert again.spectrum_twisted.tobytes() == adversary.spectrum_twisted.tobytes()
    r = np.linspace(0, 2, 101)
    assert np.array_equal(again.phase(r), adversary.phase(r))
    assert again.summary() == adversary.summary()
