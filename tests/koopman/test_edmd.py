import itertools

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import Snapshots, edmd, linear, monomials
from perturbsci.results import Status

RNG = np.random.default_rng(0)
X = RNG.uniform(-1.0, 1.0, (200, 2))
MATRIX = np.array([[0.9, 0.2], [-0.1, 0.5]])
NOISY = X @ MATRIX.T + 0.1 * RNG.standard_normal((200, 2))
QUADRATIC = monomials(2, n_state=2)


def spread(found, wanted):
    """Return the largest distance of two sets of eigenvalues, nearest to nearest."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape
    best = np.abs(found[:, None] - wanted)
    return max(best.min(axis=0).max(), best.min(axis=1).max())


def residuals_by_definition(data, spectrum):
    """Return ||Psi_Y v - lambda Psi_X v|| / ||Psi_X v|| pair by pair."""
    root = np.sqrt(np.ones(data.n_samples) if data.weights is None else data.weights)
    found = []
    for value, v in zip(spectrum.eigenvalues, spectrum.vectors.T, strict=True):
        g, image = (root * (spectrum.dictionary(part) @ v) for part in (data.x, data.y))
        found.append(np.linalg.norm(image - value * g) / np.linalg.norm(g))
    return np.array(found)


@pytest.mark.parametrize("n_samples", [8, 9, 16])
def test_a_rotation_has_the_powers_of_its_angle(n_samples):
    angle = 2 * np.pi * np.arange(n_samples) / n_samples
    x = np.exp(1j * np.stack([angle, -angle], axis=1))
    turn = np.exp(0.7j * np.array([1, -1]))
    spectrum = edmd(Snapshots(x, x * turn), linear(2))
    assert spread(spectrum.eigenvalues, turn) <= 1e-14
    assert spectrum.residuals.max() <= 1e-14


@pytest.mark.parametrize("highest", [1, 3, 7])
def test_powers_on_the_unit_circle_rotate_by_multiples_of_the_angle(highest):
    z = np.exp(2j * np.pi * np.arange(40) / 40)[:, None]
    spectrum = edmd(Snapshots(z, z * np.exp(0.7j)), monomials(highest))
    wanted = np.exp(0.7j * np.arange(highest + 1))
    assert spread(spectrum.eigenvalues, wanted) <= 1e-13
    assert spectrum.residuals.max() <= 1e-13
    assert spectrum.status is Status.CONVERGED
    assert spectrum.certificate.passed


def test_a_linear_system_has_the_eigenvalues_of_its_matrix():
    data = Snapshots(X, X @ MATRIX.T)
    spectrum = edmd(data)
    assert spectrum.dictionary.name == "linear"
    assert spread(spectrum.eigenvalues, np.linalg.eigvals(MATRIX)) <= 1e-14
    assert spectrum.koopman_matrix == pytest.approx(MATRIX.T, abs=1e-14)
    assert spectrum.residuals.max() <= 1e-14


def test_products_of_eigenvalues_are_eigenvalues():
    r, s = np.linalg.eigvals(MATRIX)
    spectrum = edmd(Snapshots(X, X @ MATRIX.T), monomials(3, n_state=2))
    wanted = [r**i * s**j for i, j in itertools.product(range(4), repeat=2) if i + j <= 3]
    assert spread(spectrum.eigenvalues, wanted) <= 1e-12
    assert spectrum.residuals.max() <= 1e-12


def test_the_polynomial_map_has_the_products_of_its_two_numbers():
    r, s = 0.9, 0.5
    y = np.stack([r * X[:, 0], s * X[:, 1] + (r**2 - s) * X[:, 0] ** 2], axis=1)
    spectrum = edmd(Snapshots(X, y), monomials(6, n_state=2, weights=(1, 2)))
    wanted = [
        r**i * s**j for i, j in itertools.product(range(7), range(4)) if i + 2 * j < 7
    ]
    assert len(wanted) == 16
    assert spread(spectrum.eigenvalues, wanted) <= 1e-11
    assert spectrum.residuals.max() <= 1e-13


@pytest.mark.parametrize("size", [0.3, 0.9])
def test_an_isometry_fixes_the_residual_by_the_modulus(size):
    """A permutation of the samples keeps all norms, so res^2 = 1 - |lambda|^2."""
    x = np.random.default_rng(1).uniform(-size, size, (50, 2))
    data = Snapshots(x, np.roll(x, 1, axis=0))
    spectrum = edmd(data, QUADRATIC)
    expected = np.sqrt(np.maximum(0, 1 - np.abs(spectrum.eigenvalues) ** 2))
    assert spectrum.residuals[1:] == pytest.approx(expected[1:], abs=1e-12)
    assert spectrum.residuals[0] <= 1e-14
    assert spectrum.eigenvalues[0] == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("weights", [None, np.linspace(0.1, 2.0, 200)])
def test_residuals_and_norms_follow_their_definition(weights):
    data = Snapshots(X, NOISY, weights=weights)
    spectrum = edmd(data, QUADRATIC)
    assert spectrum.residuals == pytest.approx(
        residuals_by_definition(data, spectrum), abs=1e-13
    )
    assert (np.diff(spectrum.residuals) >= 0).all()
    mean = np.full(200, 1 / 200) if weights is None else weights
    squares = mean @ np.abs(spectrum.eigenfunctions(X)) ** 2
    assert squares == pytest.approx(np.ones(6), abs=1e-13)


def test_held_out_residuals_follow_the_same_definition_on_the_other_pairs():
    data, other = Snapshots(X[:120], NOISY[:120]), Snapshots(X[120:], NOISY[120:])
    inside, outside = edmd(data, QUADRATIC), edmd(data, QUADRATIC, held_out=other)
    assert outside.residuals == pytest.approx(
        residuals_by_definition(other, outside), abs=1e-13
    )
    assert spread(inside.eigenvalues, outside.eigenvalues) == 0.0
    assert (np.diff(outside.residuals) >= 0).all()
    assert (inside.certificate.kind, outside.certificate.kind) == ("estimate", "held-out")
    assert "on 80 held-out pairs" in outside.certificate.assumptions[0]


def test_modes_give_back_the_states_and_one_step_of_the_model():
    spectrum = edmd(Snapshots(X, NOISY), QUADRATIC)
    phi = spectrum.eigenfunctions(X)
    assert phi @ spectrum.modes == pytest.approx(X.astype(complex), abs=1e-12)
    step = QUADRATIC(X) @ spectrum.koopman_matrix[:, 1:3]
    assert phi * spectrum.eigenvalues @ spectrum.modes == pytest.approx(step, abs=1e-12)


def test_the_koopman_matrix_is_the_least_squares_one():
    spectrum = edmd(Snapshots(X, NOISY), QUADRATIC)
    wanted = np.linalg.lstsq(QUADRATIC(X), QUADRATIC(NOISY), rcond=None)[0]
    assert spectrum.koopman_matrix == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("factor", [2.0**-20, 1e-3, 7.0, 1e4])
def test_the_unit_of_the_states_does_not_matter(factor):
    plain = edmd(Snapshots(X, NOISY), QUADRATIC)
    scaled = edmd(Snapshots(X * factor, NOISY * factor), QUADRATIC)
    assert spread(scaled.eigenvalues, plain.eigenvalues) <= 1e-12
    assert scaled.residuals == pytest.approx(plain.residuals, abs=1e-12)
    assert scaled.rank == 6


@pytest.mark.parametrize("factor", [1e-90, 1e90])
def test_not_even_an_extreme_unit_matters(factor):
    plain = edmd(Snapshots(X, NOISY), QUADRATIC)
    scaled = edmd(Snapshots(X * factor, NOISY * factor), QUADRATIC)
    assert scaled.rank == 6
    assert scaled.residuals == pytest.approx(plain.residuals, abs=1e-12)


def test_the_order_of_the_samples_does_not_matter():
    order = np.random.default_rng(2).permutation(200)
    plain = edmd(Snapshots(X, NOISY), QUADRATIC)
    mixed = edmd(Snapshots(X[order], NOISY[order]), QUADRATIC)
    assert mixed.eigenvalues == pytest.approx(plain.eigenvalues, abs=1e-13)
    assert mixed.residuals == pytest.approx(plain.residuals, abs=1e-13)
    assert mixed.modes == pytest.approx(plain.modes, abs=1e-11)


def test_weights_count_like_repetitions_and_their_sum_does_not_matter():
    repeats = np.random.default_rng(3).integers(1, 4, 200)
    rows = np.repeat(np.arange(200), repeats)
    repeated = edmd(Snapshots(X[rows], NOISY[rows]), QUADRATIC)
    for factor in (1 / repeats.sum(), 10.0):
        weights = repeats * factor
        weighted = edmd(Snapshots(X, NOISY, weights=weights), QUADRATIC)
        assert weighted.eigenvalues == pytest.approx(repeated.eigenvalues, abs=1e-13)
        assert weighted.residuals == pytest.approx(repeated.residuals, abs=1e-13)
        assert weighted.status is repeated.status


def test_complex_states():
    matrix = np.array([[0.5j, 0.3], [0.0, -0.8 + 0.1j]])
    x = X + 1j * RNG.standard_normal((200, 2))
    spectrum = edmd(Snapshots(x, x @ matrix.T), linear(2))
    assert spread(spectrum.eigenvalues, np.diag(matrix)) <= 1e-13
    assert spectrum.residuals.max() <= 1e-13


def test_single_precision_is_kept():
    x = X.astype(np.float32)
    spectrum = edmd(Snapshots(x, x @ MATRIX.T.astype(np.float32)), QUADRATIC)
    assert spectrum.residuals.dtype == spectrum.koopman_matrix.dtype == np.float32
    assert {spectrum.arrays()[n].dtype for n in ("eigenvalues", "vectors", "modes")} == {
        np.dtype(np.complex64)
    }
    assert spectrum.residuals.max() <= 1e-5


def test_the_inputs_are_not_modified():
    data = Snapshots(X.copy(), NOISY.copy(), weights=np.ones(200))
    edmd(data, QUADRATIC, held_out=data)
    assert np.array_equal(data.x, X)
    assert np.array_equal(data.y, NOISY)
    assert np.array_equal(data.weights, np.ones(200))


def test_exponents_are_logarithms_per_time():
    data = Snapshots(X, X @ np.diag([0.5, 0.0]), step=0.25)
    spectrum = edmd(data)
    assert spectrum.exponents[np.abs(spectrum.eigenvalues) > 0.1] == pytest.approx(
        [4 * np.log(0.5)]
    )
    assert spectrum.exponents[spectrum.eigenvalues == 0].tolist() == [-np.inf]


def test_a_defective_matrix_still_gives_modes():
    jordan = np.array([[0.5, 1.0], [0.0, 0.5]])
    spectrum = edmd(Snapshots(X, X @ jordan.T))
    assert spread(spectrum.eigenvalues, [0.5, 0.5]) <= 1e-7
    assert np.isfinite(spectrum.modes).all()


def test_another_system_may_be_real_with_one_pair_of_conjugates():
    block = np.diag([0.3, 0.0, 0.0])
    block[1:, 1:] = [[0.6, -0.8], [0.8, 0.6]]
    x = np.random.default_rng(5).standard_normal((40, 3))
    spectrum = edmd(Snapshots(x, x @ block.T))
    assert spread(spectrum.eigenvalues, [0.3, 0.6 + 0.8j, 0.6 - 0.8j]) <= 1e-14
    conjugates = spectrum.eigenvalues[np.abs(spectrum.eigenvalues.imag) > 0.1]
    assert conjugates[0] == conjugates[1].conj()


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"data": X}, ParameterError, r"data is a ndarray; pass Snapshots\(x, y\) or"),
        ({"dictionary": linear(3)}, ShapeError, "has 2; make it with n_state=2"),
        ({"dictionary": "linear"}, ParameterError, "dictionary is a str"),
        ({"held_out": X}, ParameterError, "held_out is a ndarray"),
        (
            {"held_out": Snapshots(X[:, :1], X[:, :1])},
            ShapeError,
            "1 columns but data has 2; use the same delays and coordinates for both",
        ),
        ({"tolerance": 1.0}, ParameterError, r"tolerance is 1.0; it must be in \[0, 1\)"),
        ({"tolerance": -1e-3}, ParameterError, r"tolerance is -0.001; it must be in"),
        ({"tolerance": np.nan}, ParameterError, "tolerance is nan; it must be in"),
    ],
)
def test_bad_arguments_are_refused_with_advice(options, error, match):
    with pytest.raises(error, match=match):
        edmd(**{"data": Snapshots(X, NOISY)} | options)
