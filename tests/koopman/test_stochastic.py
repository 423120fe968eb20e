"""Noise of the dynamics: both residuals, their statistics, and exact quadrature."""

import dataclasses

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import (
    Snapshots,
    edmd,
    fourier,
    hermite,
    linear,
    stochastic_edmd,
    stochastic_gram,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference

DECAY = np.exp(-0.5)
TURN, WIDTH = 1.0, 0.3  # radians, turns


def process(x, noise):
    return DECAY * x + np.sqrt(1 - DECAY**2) * noise


def turned(angle, noise):
    """Rotation with noise in turns, uniform in (-1/2, 1/2) times the width."""
    return angle + TURN + 2 * np.pi * WIDTH * noise


def product(x, noise, step, sampling="quadrature"):
    """Return pairs and second successors for all combinations of nodes."""
    (nodes, weights), (kicks, shares) = x, noise
    grid = np.meshgrid(nodes, kicks, kicks, indexing="ij")
    weights = weights[:, None, None] * shares[:, None] * shares
    x, first, second = (part.reshape(-1, 1) for part in grid)
    data = Snapshots(x, step(x, first), weights=weights.ravel(), sampling=sampling)
    return data, step(x, second)


def hermite_nodes(count):
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return nodes, weights / weights.sum()


def legendre_nodes(count):
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes / 2, weights / 2


def circle_nodes(count):
    return 2 * np.pi * np.arange(count) / count, np.full(count, 1 / count)


def rotation_values(degrees):
    return np.exp(1j * TURN * degrees) * np.sinc(degrees * WIDTH)


def matched(found, wanted):
    """Return the index of the wanted value of each one that was found, all different."""
    index = np.abs(np.asarray(found)[:, None] - wanted).argmin(axis=1)
    assert sorted(index) == list(range(len(wanted)))
    return index


@pytest.mark.parametrize("sampling", ["quadrature", "unknown"])
def test_the_process_by_quadrature_in_state_and_noise(sampling):
    """40 nodes are exact for all products of Hermite polynomials here."""
    data, second = product(hermite_nodes(40), hermite_nodes(40), process, sampling)
    spectrum = stochastic_edmd(data, second, hermite(7))
    wanted = DECAY ** np.arange(8)
    k = matched(spectrum.eigenvalues, wanted)
    assert np.abs(spectrum.eigenvalues - wanted[k]).max() <= 1e-13
    assert spectrum.residuals.max() <= 1e-13
    exact = np.sqrt(1 - wanted[k] ** 2)
    assert np.abs(spectrum.variance_residuals - exact).max() <= 1e-13
    assert spectrum.status is Status.CONVERGED
    # Plain EDMD takes the noise for error.
    plain = edmd(data, hermite(7))
    assert sorted(plain.residuals) == pytest.approx(sorted(exact), abs=1e-9)


def test_the_rotation_by_quadrature_in_state_and_noise():
    data, second = product(circle_nodes(16), legendre_nodes(30), turned)
    spectrum = stochastic_edmd(data, second, fourier(5))
    wanted = rotation_values(np.arange(-5, 6))
    k = matched(spectrum.eigenvalues, wanted)
    assert np.abs(spectrum.eigenvalues - wanted[k]).max() <= 1e-13
    assert spectrum.residuals.max() <= 1e-13
    exact = np.sqrt(np.maximum(1 - np.abs(wanted[k]) ** 2, 0))
    # The constant has no variance: there the square root of rounding, 1e-8, would be
    # found if it were not computed from differences.
    assert np.abs(spectrum.variance_residuals - exact).max() <= 1e-13


def test_quadrature_without_complete_products_stops_at_rounding():
    data, second = product(hermite_nodes(12), hermite_nodes(12), process)
    index = np.arange(data.n_samples) != 5
    data = dataclasses.replace(
        data, x=data.x[index], y=data.y[index], weights=data.weights[index]
    )
    spectrum = stochastic_edmd(data, second[index], hermite(3))
    assert 1e-9 <= spectrum.residuals[-1] <= 1e-5
    assert 1e-9 <= spectrum.residual_floor <= 1e-5


@pytest.mark.parametrize("seed", range(3))
def test_samples_give_the_same_within_their_scatter(seed):
    """3/sqrt(M), for functions whose fourth moments are of order one."""
    limit = load_reference("koopman_modes.three_deviations").value / np.sqrt(40000)
    rng = np.random.default_rng(seed)
    x, first, second = rng.standard_normal((3, 40000, 1))
    data = Snapshots(x, process(x, first), sampling="independent")
    check_samples(stochastic_edmd(data, process(x, second), hermite(1)), [1, DECAY], limit)
    angle = rng.uniform(0, 2 * np.pi, (40000, 1))
    first, second = rng.uniform(-0.5, 0.5, (2, 40000, 1))
    data = Snapshots(angle, turned(angle, first), sampling="independent")
    spectrum = stochastic_edmd(data, turned(angle, second), fourier(3))
    check_samples(spectrum, rotation_values(np.arange(-3, 4)), limit)


def check_samples(spectrum, wanted, limit):
    wanted = np.asarray(wanted)
    k = matched(spectrum.eigenvalues, wanted)
    assert np.abs(spectrum.eigenvalues - wanted[k]).max() <= limit
    assert (spectrum.residuals**2).max() <= limit
    variance = 1 - np.abs(wanted[k]) ** 2
    assert np.abs(spectrum.variance_residuals**2 - variance).max() <= limit
    assert (np.diff(spectrum.residuals) >= 0).all()


def test_matrices_follow_their_definitions():
    rng = np.random.default_rng(0)
    x, y, second = rng.uniform(0, 6, (3, 50, 1))
    for weights in (None, rng.uniform(0.1, 1.0, 50)):
        data = Snapshots(x, y, weights=weights)
        found = stochastic_gram(data, second, fourier(2))
        w = np.full(50, 1 / 50) if weights is None else weights
        a, b, c = (fourier(2)(part) for part in (x, y, second))

        def mean(left, right, w=w):
            return left.conj().T @ (w[:, None] * right)

        for state in (found.mean, found.variance):
            assert np.abs(state.G - mean(a, a)).max() <= 1e-13
            assert np.abs(state.A - mean(a, (b + c) / 2)).max() <= 1e-13
            assert state.moments / (50 if weights is None else 1) == pytest.approx(
                mean(a, x), abs=1e-12
            )
        image = (mean(b, b) + mean(c, c)) / 2
        cross = (mean(b, c) + mean(c, b)) / 2
        assert np.abs(found.variance.L - image).max() <= 1e-13
        assert np.abs(found.mean.L - cross).max() <= 1e-13
        assert found.covariance == pytest.approx(image - cross, abs=1e-13)


def test_the_variance_residual_adds_the_variance():
    """res_var^2 = res^2 + v*(L - H)v / v*Gv where no floor was met."""
    data, second = product(circle_nodes(12), legendre_nodes(12), turned)
    bent = dataclasses.replace(data, y=data.y + 0.4 * np.sin(data.x))
    second = second + 0.4 * np.sin(data.x)
    spectrum = stochastic_edmd(bent, second, fourier(3))
    gram = stochastic_gram(bent, second, fourier(3))
    v = spectrum.vectors
    added = np.sum(v.conj() * (gram.covariance @ v), axis=0).real
    squares = spectrum.residuals**2 + added
    assert spectrum.variance_residuals**2 == pytest.approx(squares, abs=1e-12)
    assert spectrum.residuals.max() > 0.05
    # The averaged operator is that of the averaged functions, by its definition.
    nodes = circle_nodes(12)[0][:, None]
    kicks, shares = legendre_nodes(12)
    images = sum(
        share * fourier(3)(turned(nodes, kick) + 0.4 * np.sin(nodes))
        for kick, share in zip(kicks, shares, strict=True)
    )
    misses = images @ v - spectrum.eigenvalues * (fourier(3)(nodes) @ v)
    direct = np.sqrt(np.mean(np.abs(misses) ** 2, axis=0))
    assert spectrum.residuals == pytest.approx(direct, abs=1e-12)


def test_residuals_are_not_below_the_standard_error_of_their_square():
    rng = np.random.default_rng(3)
    x, first, second = rng.standard_normal((3, 400, 1))
    spectrum = stochastic_edmd(
        Snapshots(x, process(x, first)), process(x, second), hermite(3)
    )
    found = 0
    for k, (value, v) in enumerate(
        zip(spectrum.eigenvalues, spectrum.vectors.T, strict=True)
    ):
        g, image, other = (
            hermite(3)(s) @ v for s in (x, process(x, first), process(x, second))
        )
        products = np.real((image - value * g).conj() * (other - value * g))
        error = products.std() / np.sqrt(400)
        wanted = max(products.mean(), error)
        if error > 1e-12:
            assert spectrum.residuals[k] ** 2 == pytest.approx(wanted, rel=1e-9)
            found += products.mean() < error
    assert found  # the floor was met: without it a square may be negative


def test_a_map_without_noise_has_equal_residuals():
    x = np.random.default_rng(0).uniform(0, 6, (200, 1))
    y = x + 1 + 0.3 * np.sin(x)
    spectrum = stochastic_edmd(Snapshots(x, y), y, fourier(2))
    plain = edmd(Snapshots(x, y), fourier(2))
    assert spectrum.residuals[1:] == pytest.approx(plain.residuals[1:], abs=1e-9)
    assert spectrum.variance_residuals == pytest.approx(plain.residuals, abs=1e-9)


@pytest.mark.parametrize("n_seeds", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_statistical_certificates_hold_for_independent_samples(n_seeds):
    """Coverage of at least 95 %; the bound of Bernstein is far from tight."""
    wanted, held = rotation_values(np.arange(-1, 2)), 0
    for seed in range(n_seeds):
        rng = np.random.default_rng(seed)
        angle = rng.uniform(0, 2 * np.pi, (20000, 1))
        first, second = rng.uniform(-0.5, 0.5, (2, 20000, 1))
        data = Snapshots(angle, turned(angle, first), sampling="independent")
        spectrum = stochastic_edmd(data, turned(angle, second), fourier(1))
        assert spectrum.certificate.kind == "statistical"
        v, values = spectrum.vectors, spectrum.eigenvalues
        square = np.sum(np.abs(v * (wanted[:, None] - values)) ** 2, axis=0)
        true = np.sqrt(square / np.sum(np.abs(v) ** 2, axis=0))
        held += true.max() <= spectrum.certificate.value
    assert held >= 0.95 * n_seeds
    sharper = stochastic_edmd(data, turned(angle, second), fourier(1), confidence=0.5)
    assert sharper.certificate.value < spectrum.certificate.value


def test_certificates_without_known_sampling_are_estimates_or_none():
    rng = np.random.default_rng(0)
    x, first, second = rng.standard_normal((3, 200, 1))
    data = Snapshots(x, process(x, first))
    spectrum = stochastic_edmd(data, process(x, second), hermite(2))
    assert spectrum.certificate.kind == "estimate"
    assert spectrum.certificate.method == "stochastic EDMD"
    few = Snapshots(x[:3], process(x, first)[:3])
    found = stochastic_edmd(few, process(x, second)[:3], hermite(2))
    assert (found.status, found.certificate.kind) == (Status.UNDERDETERMINED, "none")


def test_successors_that_oppose_each_other_are_not_independent():
    rng = np.random.default_rng(0)
    x, noise = rng.standard_normal((2, 4000, 1))
    data = Snapshots(x, process(x, noise))
    fine = stochastic_gram(data, process(x, rng.standard_normal((4000, 1))), linear(1))
    assert fine.status is Status.CONVERGED
    assert fine.certificate.passed
    opposed = stochastic_gram(data, process(x, -noise), linear(1))
    assert opposed.status is Status.DECLARATION_DOUBTFUL
    assert not opposed.certificate.passed
    spectrum = stochastic_edmd(data, process(x, -noise), linear(1))
    assert spectrum.status is Status.DECLARATION_DOUBTFUL


def test_the_second_successor_may_come_as_snapshots_and_nothing_is_modified():
    rng = np.random.default_rng(0)
    x, first, second = rng.standard_normal((3, 100, 1))
    data = Snapshots(x, process(x, first))
    other = process(x, second)
    kept = other.copy()
    plain = stochastic_edmd(data, other, hermite(2))
    again = stochastic_edmd(data, Snapshots(x, other), hermite(2))
    assert np.array_equal(plain.residuals, again.residuals)
    assert np.array_equal(other, kept)
    order = rng.permutation(100)
    mixed = stochastic_edmd(Snapshots(x[order], data.y[order]), other[order], hermite(2))
    assert mixed.residuals == pytest.approx(plain.residuals, rel=1e-9)


X = np.random.default_rng(0).standard_normal((20, 1))


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        (
            {"snapshots": X},
            ParameterError,
            r"snapshots is a ndarray; pass Snapshots\(x, y\)",
        ),
        ({"second": X[:5]}, ShapeError, r"second has shape \(5, 1\) but snapshots.y has"),
        ({"second": X[:, 0]}, ShapeError, r"pass second\[:, None\]"),
        ({"second": X * np.nan}, ParameterError, "`second` has 20 values that are not"),
        ({"second": Snapshots(X + 1, X)}, ParameterError, "whose x are not those of snap"),
        ({"dictionary": "hermite"}, ParameterError, "dictionary is a str; pass linear"),
        ({"dictionary": linear(2)}, ShapeError, "has 1; make it with n_state=1"),
        (
            {"confidence": 1.0},
            ParameterError,
            "confidence is 1.0; it must be a probability",
        ),
    ],
)
def test_bad_arguments_are_refused(options, error, match):
    arguments = {"snapshots": Snapshots(X, X / 2), "second": X / 2, "dictionary": linear(1)}
    with pytest.raises(error, match=match):
        stochastic_edmd(**arguments | options)


def test_results_survive_storage_bit_by_bit(tmp_path):
    data = Snapshots(X, X / 2)
    for result in (
        stochastic_gram(data, X / 3, hermite(1)),
        stochastic_edmd(data, X / 3, hermite(1)),
    ):
        io.save(result, tmp_path / "result.npz", overwrite=True)
        again = io.load(tmp_path / "result.npz")
        for name, array in result.arrays().items():
            assert array.tobytes() == again.arrays()[name].tobytes()
        assert again.summary() == result.summary()
