"""mpEDMD and Rigged DMD: the circle, orthonormality, exact moments, wave packets."""

import numpy as np
import pytest

from perturbsci import io
from perturbsci import koopman as kp
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Status

ALPHA = np.sqrt(2) - 1
ANGLES = np.linspace(-np.pi, np.pi, 64, endpoint=False)


def rotation(n_samples=400, noise=0.0, seed=0, sampling="quadrature"):
    x = np.arange(n_samples) / n_samples
    y = x + ALPHA + noise * np.random.default_rng(seed).standard_normal(n_samples)
    return kp.Snapshots(x[:, None], y[:, None], sampling=sampling)


def power_moments(density_filter, n):
    """Moments of abs(sum_j a_j e^{ijt})^2."""
    full = np.convolve(density_filter, np.conj(density_filter[::-1]))
    half = full[len(density_filter) - 1 :][: n + 1].conj()
    return np.append(half, np.zeros(n + 1 - len(half)))


@pytest.mark.parametrize("accuracy", ["gram", "verified", "qr"])
def test_a_rotation_is_found_exactly(accuracy):
    spectrum = kp.mpedmd(rotation(), kp.fourier(6, period=1.0), accuracy=accuracy)
    exact = np.exp(2j * np.pi * ALPHA * np.arange(-6, 7))
    distance = abs(spectrum.eigenvalues[:, None] - exact).min(axis=1)
    assert distance.max() <= 1e-13  # 13 orthonormal functions
    assert spectrum.residuals.max() <= (1e-6 if accuracy == "gram" else 1e-13)
    assert spectrum.residuals.min() > 0  # below its floor, a quadratic form says nothing
    assert spectrum.declare == "unitary"
    assert spectrum.rank == 13


@pytest.mark.parametrize("noise", [0.0, 1e-3, 0.1])
@pytest.mark.parametrize("form", ["complex", "real"])
@pytest.mark.parametrize("accuracy", ["verified", "qr"])
def test_the_spectrum_is_on_the_circle_whatever_the_data(noise, form, accuracy):
    dictionary = kp.fourier(8, period=1.0, form=form)
    spectrum = kp.mpedmd(rotation(noise=noise), dictionary, accuracy=accuracy)
    assert abs(abs(spectrum.eigenvalues) - 1).max() <= 1e-12
    gram = spectrum.vectors.conj().T @ spectrum.gram.G @ spectrum.vectors
    assert abs(gram - np.eye(17)).max() <= 1e-12
    k, g = spectrum.koopman_matrix, spectrum.gram.G
    assert abs(k.conj().T @ g @ k - g).max() <= 1e-12
    image = k @ spectrum.vectors
    assert abs(image - spectrum.vectors * spectrum.eigenvalues).max() <= 1e-12
    assert np.iscomplexobj(k) == (form == "complex")


@pytest.mark.parametrize("seed", range(5))
def test_any_basis_of_the_span_gives_the_same_spectrum(seed):
    rng = np.random.default_rng(seed)
    data = rotation(noise=0.02, seed=seed)
    base = kp.fourier(4, period=1.0)
    mixing = rng.standard_normal((9, 9)) + 1j * rng.standard_normal((9, 9))
    mixed = kp.custom(lambda s: base(s) @ mixing, 9, n_state=1, name="mixed")
    found, exact = kp.mpedmd(data, mixed), kp.mpedmd(data, base)
    distance = abs(found.eigenvalues[:, None] - exact.eigenvalues).min(axis=1)
    # Condition of the random matrices, squared in G, times 9 roundoffs.
    assert distance.max() <= 1e-15 * np.linalg.cond(mixing) ** 2 + 1e-14
    assert found.residuals == pytest.approx(exact.residuals, abs=1e-9)


def test_residuals_are_those_of_the_definition():
    data = rotation(noise=0.05)
    spectrum = kp.mpedmd(data, kp.fourier(5, period=1.0))
    dictionary = spectrum.dictionary
    x, y = dictionary(data.x) @ spectrum.vectors, dictionary(data.y) @ spectrum.vectors
    misses = np.linalg.norm(y - x * spectrum.eigenvalues, axis=0)
    assert spectrum.residuals == pytest.approx(misses / np.linalg.norm(x, axis=0), rel=1e-7)
    assert (np.diff(spectrum.residuals) >= 0).all()


def test_modes_reconstruct_the_state():
    angle = 0.4 * np.arange(300)
    states = np.stack([np.cos(angle), 3 * np.sin(angle)], axis=1)
    spectrum = kp.mpedmd(kp.Snapshots.from_trajectory(states))
    phi = spectrum.eigenfunctions(states)
    assert (phi @ spectrum.modes).real == pytest.approx(states, abs=1e-12)


def test_states_chunks_and_generators_give_the_same_spectrum():
    data, dictionary = rotation(noise=0.05), kp.fourier(5, period=1.0)
    whole = kp.mpedmd(data, dictionary)
    parts = [
        kp.Snapshots(data.x[rows], data.y[rows], sampling="quadrature")
        for rows in (slice(0, 100), slice(100, 101 + 40), slice(141, 400))
    ]
    for source, given in (
        (kp.accumulate(data, dictionary), None),
        (parts, dictionary),
        (iter(parts), dictionary),
    ):
        found = kp.mpedmd(source, given)
        angles = np.sort(np.angle(found.eigenvalues))
        assert angles == pytest.approx(np.sort(np.angle(whole.eigenvalues)), abs=1e-12)
        assert found.residuals == pytest.approx(whole.residuals, abs=1e-9)


def test_dependent_functions_are_dropped():
    both = kp.union(kp.fourier(3, period=1.0), kp.fourier(3, period=1.0))
    spectrum = kp.mpedmd(rotation(), both)
    assert (spectrum.rank, len(spectrum.eigenvalues)) == (7, 7)
    assert spectrum.status is Status.RANK_REDUCED
    assert any("from 14 to 7" in text for text in spectrum.certificate.assumptions)
    assert abs(abs(spectrum.eigenvalues) - 1).max() <= 1e-12


def test_noise_verifies_nothing():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(2, 2000, 1))
    spectrum = kp.mpedmd(kp.Snapshots(x, y), kp.fourier(6, period=1.0))
    assert abs(abs(spectrum.eigenvalues) - 1).max() <= 1e-12
    assert spectrum.status is Status.NOTHING_VERIFIED
    assert not spectrum.certificate.passed


def test_data_that_preserve_no_measure_are_doubted():
    x = np.linspace(0, 1, 500)[:, None]
    spectrum = kp.mpedmd(kp.Snapshots(x, x / 2, sampling="quadrature"), kp.legendre(4))
    assert spectrum.status is Status.DECLARATION_DOUBTFUL
    assert any("||L - G||" in text for text in spectrum.certificate.assumptions)


def test_sampling_that_fluctuates_is_not_doubted():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(2000, 1))
    data = kp.Snapshots(x, (x + ALPHA) % 1, sampling="independent")
    assert kp.mpedmd(data, kp.legendre(4, interval=(0, 1))).status is Status.CONVERGED


def test_few_samples_certify_nothing():
    data = rotation(n_samples=13)
    spectrum = kp.mpedmd(data, kp.fourier(6, period=1.0))
    assert spectrum.status is Status.UNDERDETERMINED
    assert spectrum.certificate.kind == "none"


def test_a_spectrum_survives_a_file(tmp_path):
    spectrum = kp.mpedmd(rotation(noise=0.01), kp.fourier(4, period=1.0))
    measure = kp.spectral_measure(
        spectrum, ANGLES, coefficients=np.eye(9)[5], method="atoms"
    )
    packets = kp.rigged_dmd(spectrum, np.eye(9)[5], ANGLES, epsilon=0.3)
    for k, result in enumerate((spectrum, measure, packets)):
        io.save(result, tmp_path / f"{k}.npz")
        again = io.load(tmp_path / f"{k}.npz")
        for field, array in result.arrays().items():
            assert getattr(again, field).tobytes() == array.tobytes()
        assert (again.status, str(again.certificate)) == (
            result.status,
            str(result.certificate),
        )
        assert len(result.summary().splitlines()) <= 30
    assert (
        again.evaluate(rotation().x).tobytes() == packets.evaluate(rotation().x).tobytes()
    )


@pytest.mark.parametrize(
    ("data", "dictionary", "options", "error", "match"),
    [
        (np.ones((3, 1)), None, {}, ParameterError, "data is a ndarray"),
        (rotation(), kp.linear(2), {}, ShapeError, "columns"),
        (
            rotation(),
            kp.linear(1),
            {"accuracy": "best"},
            ParameterError,
            "'gram', 'verified'",
        ),
        (rotation(), kp.linear(1), {"chunk": 0}, ParameterError, "chunk is 0"),
        (rotation(), kp.linear(1), {"chunk": 2.5}, ParameterError, "chunk is 2.5"),
        (
            kp.accumulate(rotation(), kp.linear(1)),
            kp.linear(1),
            {},
            ParameterError,
            "leave it out",
        ),
        (
            kp.accumulate(rotation(), kp.linear(1)),
            None,
            {"accuracy": "verified"},
            ParameterError,
            "holds no pairs",
        ),
        (
            kp.Snapshots(np.zeros((5, 1)), np.zeros((5, 1))),
            None,
            {},
            ParameterError,
            "vanishes on all samples",
        ),
    ],
)
def test_bad_data_are_refused(data, dictionary, options, error, match):
    with pytest.raises(error, match=match):
        kp.mpedmd(data, dictionary, **options)


@pytest.mark.parametrize("dictionary", [kp.fourier(3), kp.monomials(3)])
def test_independent_samples_earn_what_they_earn_for_edmd(dictionary):
    angle = np.random.default_rng(3).uniform(-1.0, 1.0, (400, 1))
    pairs = kp.Snapshots(angle, angle, sampling="independent")
    found = kp.mpedmd(pairs, dictionary)
    plain = kp.edmd(pairs, dictionary, declare="unitary")
    assert found.certificate.kind == plain.certificate.kind == "statistical"
    assert found.certificate.assumptions[:2] == plain.certificate.assumptions[:2]


@pytest.mark.parametrize("accuracy", ["verified", "qr"])
def test_no_residual_of_single_precision_claims_digits_of_double(accuracy):
    angle = np.linspace(0, 6, 50, dtype=np.float32)[:, None]
    found = kp.mpedmd(kp.Snapshots(angle, angle), kp.fourier(2), accuracy=accuracy)
    assert found.residual_floor > 1e-7  # half a digit above the roundoff of float32
