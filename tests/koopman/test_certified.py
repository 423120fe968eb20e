"""Certified spectra: local minima by brute force, known spectra, what may be claimed."""

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import (
    Snapshots,
    certified_spectrum,
    disk_grid,
    edmd,
    fourier,
    limits_required,
    linear,
    pseudospectrum,
    rectangle_grid,
)
from perturbsci.results import Status


def random_pairs(n_state, seed=0, n_samples=40):
    x, y = np.random.default_rng(seed).standard_normal((2, n_samples, n_state))
    return Snapshots(x, 0.3 * y + 0.6 * x)


def on_circle(m, speed=1.0, sampling="quadrature"):
    x = 2 * np.pi * np.arange(m)[:, None] / m
    return Snapshots(x, x + speed, sampling=sampling)


def by_hand(z, tau, factor):
    """Return algorithm 3, point by point."""
    kept = set()
    for center, radius in zip(z, factor * tau, strict=True):
        if radius < factor:
            near = np.flatnonzero(np.abs(z - center) <= radius)
            kept |= set(near[tau[near] == tau[near].min()].tolist())
    return sorted(kept)


@pytest.mark.parametrize("factor", [0.7, 2.0, 5.0])
@pytest.mark.parametrize("seed", range(3))
def test_points_are_the_local_minima(seed, factor):
    data = random_pairs(4, seed)
    grid = disk_grid(1.2, 0.11)
    found = certified_spectrum(data, grid=grid, factor=factor)
    tau = pseudospectrum(data, grid=grid).values
    places = by_hand(grid, tau, factor)
    assert (found.points == grid[places]).all()
    assert (found.residuals == tau[places]).all()
    assert found.bound == tau[places].max()
    assert (found.values == tau).all()


def test_the_default_grid_finds_the_eigenvalues_of_a_rotation():
    found = certified_spectrum(on_circle(40), fourier(3), factor=1.2)
    wanted = np.exp(1j * np.arange(-3, 4))
    distance = np.abs(found.points[:, None] - wanted)
    assert (distance.min(axis=0) < 1e-12).all()  # the eigenvalues of EDMD are in the grid
    # tau is the distance to the nearest eigenvalue: the span is invariant, K normal there
    assert (distance.min(axis=1) <= found.residuals + 1e-9).all()


def test_the_default_grid_is_the_square_of_the_specification():
    data = random_pairs(3)
    found = certified_spectrum(data)
    values = edmd(data).eigenvalues
    square = found.grid[: -len(values)]
    pencil = np.linalg.solve(data.x.T @ data.x, data.y.T @ data.y)
    side = 1.3 * np.sqrt(np.linalg.eigvals(pencil).real.max())
    steps = np.arange(-int(side / 0.05), int(side / 0.05) + 1)
    expected = (0.05 * (steps + 1j * steps[:, None])).ravel()
    assert square == pytest.approx(expected, abs=1e-12)
    nearest = np.abs(found.grid[-len(values) :][:, None] - values).min(axis=0)
    assert (nearest < 1e-12).all()


def test_a_large_operator_gets_a_coarser_grid():
    x = np.random.default_rng(0).standard_normal((30, 2))
    found = certified_spectrum(Snapshots(x, 50 * x), linear(2))
    assert found.grid.size <= 161**2 + 2
    assert np.abs(found.points - 50).min() < 1e-9


def test_points_of_real_data_come_in_conjugate_pairs():
    found = certified_spectrum(random_pairs(4), grid=rectangle_grid(-1, 1, -1, 1, 0.1))
    points = found.points
    assert (np.sort_complex(points) == np.sort_complex(points.conj())).all()


def test_without_a_small_residual_nothing_is_verified():
    found = certified_spectrum(random_pairs(2), grid=np.array([5.0, 7j]))
    assert found.status is Status.NOTHING_VERIFIED
    assert found.points.shape == (0,)
    assert np.isnan(found.bound)
    assert found.certificate.kind == "none"
    assert "no point of the grid has tau < 1" in found.certificate.assumptions
    assert "0 of 2 points" in found.summary()


@pytest.mark.parametrize(
    ("sampling", "options", "kind"),
    [
        ("unknown", {}, "none"),
        ("ergodic", {}, "none"),
        ("quadrature", {}, "none"),
        ("quadrature", {"modulus": (1.0, 2 * np.pi / 4000)}, "a-posteriori"),
        ("independent", {}, "statistical"),
        ("unknown", {"held_out": on_circle(50)}, "held-out"),
    ],
)
@pytest.mark.parametrize("declare", ["general", "unitary", "isometry"])
def test_the_location_is_claimed_only_where_the_data_error_is_known(
    sampling, options, kind, declare
):
    found = certified_spectrum(
        on_circle(4000, sampling=sampling),
        fourier(2),
        grid=disk_grid(1.2, 0.2),
        declare=declare,
        **options,
    )
    certificate = found.certificate
    assert certificate.kind == kind
    assert ("dist(z, spectrum)" in certificate.claim) == (
        declare == "unitary" and kind != "none"
    )
    assert any("approximate point spectrum" in t for t in certificate.assumptions) == (
        declare == "isometry" and kind != "none"
    )
    required = limits_required("spectrum", declare=declare, modulus="modulus" in options)
    assert found.limits.required == required.required
    words = f"limits required {required.required}, taken 0: M = 4000, N = 5, eps ="
    assert any(words in text for text in certificate.assumptions)
    widened = kind in ("a-posteriori", "statistical")
    assert (found.bound > found.residuals.max()) == widened
    if kind == "none":
        assert np.isnan(certificate.value)
    else:
        assert certificate.value == found.bound


def test_more_functions_than_samples_locate_nothing():
    found = certified_spectrum(random_pairs(6, n_samples=5), grid=disk_grid(1, 0.2))
    assert found.status is Status.UNDERDETERMINED
    assert found.certificate.kind == "none"


def test_functions_that_vanish_locate_nothing():
    zero = np.zeros((20, 2))
    found = certified_spectrum(Snapshots(zero, zero))
    assert found.points.size == 0
    assert found.status is Status.RANK_REDUCED


def test_a_certified_spectrum_is_kept_bit_by_bit(tmp_path):
    found = certified_spectrum(random_pairs(3), grid=disk_grid(1, 0.2))
    back = io.load(io.save(found, tmp_path / "found.npz"))
    for name, array in found.arrays().items():
        assert getattr(back, name).tobytes() == array.tobytes()
    assert back.bound == found.bound
    assert back.summary() == found.summary()
    assert len(found.summary().splitlines()) <= 30


@pytest.mark.parametrize(
    ("options", "error", "advice"),
    [
        ({"factor": 0}, ParameterError, "factor is 0; pass one finite number above 0"),
        ({"grid": []}, ShapeError, "grid has shape"),
        ({"declare": "linear"}, ParameterError, "declare is 'linear'"),
        ({"held_out": 1}, ParameterError, "held_out is a int"),
        ({"accuracy": "high"}, ParameterError, "accuracy is 'high'"),
    ],
)
def test_bad_options_are_named(options, error, advice):
    with pytest.raises(error, match=advice):
        certified_spectrum(random_pairs(2), **options)
