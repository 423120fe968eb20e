"""Measures and wave packets of unitary spectra: exact moments, resolvents, estimates."""

import numpy as np
import pytest

from perturbsci import koopman as kp
from perturbsci.errors import ParameterError, ShapeError

ALPHA = np.sqrt(2) - 1
ANGLES = np.linspace(-np.pi, np.pi, 64, endpoint=False)


def rotation(n_samples=400, noise=0.0, seed=0, sampling="quadrature"):
    x = np.arange(n_samples) / n_samples
    y = x + ALPHA + noise * np.random.default_rng(seed).standard_normal(n_samples)
    return kp.Snapshots(x[:, None], y[:, None], sampling=sampling)


def tent(n):
    """Gauss-Legendre on both halves: quadrature for cosines up to degree 2n."""
    nodes, weights = np.polynomial.legendre.leggauss(6 * n + 20)
    x = np.concatenate([(nodes + 1) / 4, (nodes + 3) / 4])
    y = 1 - abs(1 - 2 * x)
    data = kp.Snapshots(
        x[:, None],
        y[:, None],
        weights=np.tile(weights, 2) / 4,
        sampling="quadrature",
    )
    k = np.arange(1, n + 1)
    cosines = kp.custom(
        lambda s: np.sqrt(2) * np.cos(np.pi * s * k), n, n_state=1, name="cosines"
    )
    return data, cosines


def power_moments(density_filter, n):
    """Moments of abs(sum_j a_j e^{ijt})^2."""
    full = np.convolve(density_filter, np.conj(density_filter[::-1]))
    half = full[len(density_filter) - 1 :][: n + 1].conj()
    return np.append(half, np.zeros(n + 1 - len(half)))


@pytest.mark.parametrize("seed", range(10))
def test_a_krylov_space_of_n_functions_keeps_n_moments(seed):
    """The N-point measure of mpEDMD is that of Szego quadrature: c_0, ..., c_{N-1}."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal(4) + 1j * rng.standard_normal(4)
    moments = power_moments(a, 30) + 0.3 * np.exp(1j * rng.uniform(-3, 3) * np.arange(31))
    n = int(rng.integers(2, 12))
    spectrum = kp.mpedmd(kp.krylov_gram(moments, n))
    measure = kp.spectral_measure(
        spectrum, ANGLES, method="atoms", coefficients=np.eye(n)[0]
    )
    powers = np.exp(1j * np.outer(np.arange(n), measure.atom_angles))
    condition = np.linalg.cond(spectrum.gram.G)
    slack = 1e-14 * condition * abs(moments[0])
    assert abs(powers @ measure.atom_masses - moments[:n]).max() <= slack
    assert measure.atom_masses.sum() == pytest.approx(measure.mass, rel=1e-13 * condition)
    assert measure.certificate.kind == "none"
    assert (np.diff(measure.atom_angles) > 0).all()
    ends = measure.cumulative([-np.pi, np.pi, 3 * np.pi])
    assert ends == pytest.approx([0, measure.mass, 2 * measure.mass], abs=slack)
    middle = (measure.atom_angles[1:] + measure.atom_angles[:-1]) / 2
    sums = np.cumsum(measure.atom_masses)[:-1]
    assert measure.cumulative(middle) == pytest.approx(sums, abs=slack)


@pytest.mark.parametrize("order", [1, 2, 4, 6])
def test_cauchy_sums_and_moments_of_the_same_atoms_agree(order):
    moments = power_moments(np.array([1.0, 0.5, 0.25j]), 20)
    spectrum = kp.mpedmd(kp.krylov_gram(moments, 15))
    g = np.eye(15)[0]
    atoms = kp.spectral_measure(spectrum, [0.0], method="atoms", coefficients=g)
    lags = np.arange(400)
    long = np.exp(1j * np.outer(lags, atoms.atom_angles)) @ atoms.atom_masses
    options = {"order": order, "epsilon": 0.15}
    found = kp.spectral_measure(spectrum, ANGLES, coefficients=g, **options)
    exact = kp.spectral_measure(long, ANGLES, **options)
    slack = 1e-12 * kp.rational_kernel(order).noise_amplification  # rounding of both
    assert abs(found.density - exact.density).max() <= slack
    assert abs(found.cumulative(ANGLES) - exact.cumulative(ANGLES)).max() <= slack
    assert found.cumulative([np.pi])[0] == pytest.approx(found.mass, abs=slack)
    filtered = kp.spectral_measure(spectrum, ANGLES, coefficients=g, method="filter")
    expected = kp.spectral_measure(long[:16], ANGLES, method="filter")
    assert abs(filtered.density - expected.density).max() <= slack


@pytest.mark.parametrize("seed", range(30))
def test_the_density_is_within_its_estimate(seed):
    """Krylov spaces of known measures: quadrature is exact, so that the sum is a bound."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal(5) + 1j * rng.standard_normal(5)
    moments, n = power_moments(a, 3000), int(rng.integers(3, 40))
    spectrum = kp.mpedmd(kp.krylov_gram(moments[: n + 2], n))
    options = {"order": int(rng.integers(1, 7)), "epsilon": 10 ** rng.uniform(-1.5, 0)}
    found = kp.spectral_measure(spectrum, ANGLES, coefficients=np.eye(n)[0], **options)
    exact = kp.spectral_measure(moments, ANGLES, **options)
    slack = 1e-9 * moments[0].real / options["epsilon"] ** 2  # rounding of G
    assert abs(found.density - exact.density).max() <= found.certificate.value + slack
    assert found.certificate.kind == "estimate"


def test_the_tent_map_has_the_measure_of_its_shift():
    """psi_1 goes to psi_2, psi_4, ...: Lebesgue measure; mpEDMD has no other functions."""
    data, cosines = tent(16)
    spectrum = kp.mpedmd(data, cosines)
    found = kp.spectral_measure(
        spectrum, ANGLES, order=2, epsilon=2.0, coefficients=np.eye(16)[0]
    )
    # Moments 1 to 4 are exact; the others are damped by 3.2 e^{-10}.
    assert found.density == pytest.approx(1 / (2 * np.pi), abs=1e-3)


@pytest.mark.parametrize(
    ("coefficients", "error", "match"),
    [
        (None, ParameterError, "coefficients is None"),
        (np.ones(4), ShapeError, r"needed \(5,\)"),
        (np.ones((5, 1)), ShapeError, "coefficients has shape"),
        (np.zeros(5), ParameterError, "does not vanish"),
        (np.full(5, np.nan), ParameterError, "not finite"),
        (["a"] * 5, ParameterError, "coefficients"),
    ],
)
def test_bad_coefficients_are_refused(coefficients, error, match):
    spectrum = kp.mpedmd(rotation(), kp.fourier(2, period=1.0))
    for call in (
        lambda: kp.spectral_measure(spectrum, [0.0], coefficients=coefficients),
        lambda: kp.rigged_dmd(spectrum, coefficients, [0.0]),
    ):
        with pytest.raises(error, match=match):
            call()


def test_other_spectra_have_no_measure():
    data, first = rotation(noise=0.1), np.eye(5)[0]
    plain = kp.edmd(data, kp.fourier(2, period=1.0))
    with pytest.raises(ParameterError, match="spectrum of mpedmd"):
        kp.spectral_measure(plain, [0.0], coefficients=first)
    with pytest.raises(ParameterError, match="spectrum of mpedmd"):
        kp.rigged_dmd(plain, first, [0.0])
    exact = kp.mpedmd(rotation(noise=0.03), kp.fourier(2, period=1.0))
    part = exact.keep(float(exact.residuals[2]) * 1.0001)
    with pytest.raises(ParameterError, match="not a part that keep"):
        kp.spectral_measure(part, [0.0], coefficients=np.ones(5))
    twice = kp.union(kp.fourier(2, period=1.0), kp.fourier(2, period=1.0))
    reduced = kp.mpedmd(rotation(noise=0.03), twice)
    kp.spectral_measure(reduced, [0.0], coefficients=np.ones(10))
    part = reduced.keep(float(reduced.residuals[2]) * 1.0001)
    with pytest.raises(ParameterError, match="not a part that keep"):
        kp.spectral_measure(part, [0.0], coefficients=np.ones(10))
    with pytest.raises(ParameterError, match="spectrum is a ndarray"):
        kp.rigged_dmd(np.ones(5), first, [0.0])


@pytest.mark.parametrize("order", [1, 2, 4, 6])
def test_packets_by_resolvents_of_the_matrix(order):
    """The definition with K itself: four linear systems a pole instead of eigenpairs."""
    spectrum = kp.mpedmd(rotation(noise=0.05), kp.fourier(3, period=1.0))
    c, epsilon = np.arange(1.0, 8.0) * (1 - 0.5j), 0.4
    packets = kp.rigged_dmd(spectrum, c, ANGLES[:5], order=order, epsilon=epsilon)
    kernel, k = kp.rational_kernel(order), spectrum.koopman_matrix

    def transform(z):
        return (k + z * np.eye(7)) @ np.linalg.solve(k - z * np.eye(7), c)

    for angle, found in zip(ANGLES[:5], packets.coefficients, strict=True):
        z = np.exp(1j * angle - 1j * epsilon * kernel.poles)
        inner = np.exp(1j * angle - 1j * epsilon * kernel.poles.conj())
        total = sum(
            a * transform(u) - a.conjugate() * transform(v)
            for a, u, v in zip(kernel.residues, z, inner, strict=True)
        )
        assert abs(found + total / (4 * np.pi)).max() <= 1e-12 * kernel.noise_amplification


@pytest.mark.parametrize("order", [1, 3, 6])
def test_packets_integrate_to_the_observable(order):
    spectrum = kp.mpedmd(rotation(noise=0.05), kp.fourier(4, period=1.0))
    c = np.random.default_rng(1).standard_normal(9)
    epsilon, n = 0.4, 200  # the kernel is e^{-80} at the aliased frequencies
    at = 2 * np.pi * np.arange(n) / n
    packets = kp.rigged_dmd(spectrum, c, at, order=order, epsilon=epsilon)
    whole = packets.coefficients.sum(axis=0) * 2 * np.pi / n
    assert abs(whole - c).max() <= 1e-12


def test_packets_project_to_the_density():
    """<g_theta, g> is the smoothed density of the spectral measure of g."""
    spectrum = kp.mpedmd(rotation(noise=0.05), kp.fourier(4, period=1.0))
    c = np.random.default_rng(2).standard_normal(9)
    packets = kp.rigged_dmd(spectrum, c, ANGLES, order=3, epsilon=0.2)
    products = packets.coefficients @ (spectrum.gram.G @ c).conj()
    measure = kp.spectral_measure(spectrum, ANGLES, coefficients=c, order=3, epsilon=0.2)
    assert products == pytest.approx(measure.density, abs=1e-12 * measure.density.max())


def test_residuals_of_packets_are_those_of_the_definition():
    data = rotation(noise=0.05)
    spectrum = kp.mpedmd(data, kp.fourier(4, period=1.0))
    packets = kp.rigged_dmd(spectrum, np.ones(9), ANGLES, epsilon=0.3)
    functions = packets.evaluate(data.x)
    images = spectrum.dictionary(data.y) @ packets.coefficients.T
    misses = np.linalg.norm(images - np.exp(1j * ANGLES) * functions, axis=0)
    exact = misses / np.linalg.norm(functions, axis=0)
    assert packets.residuals == pytest.approx(exact, rel=1e-9)
    assert packets.certificate.value == packets.residuals.max()
    assert packets.certificate.kind == "estimate"


def test_a_packet_at_an_eigenvalue_is_its_eigenfunction():
    spectrum = kp.mpedmd(rotation(), kp.fourier(4, period=1.0))
    at = [2 * np.pi * ALPHA]
    packets = kp.rigged_dmd(spectrum, np.ones(9), at, epsilon=1e-5)
    row = packets.coefficients[0] / packets.coefficients[0, 5]
    # Order 4 at eigenvalues half a radian away: below (1e-5/0.5)^4 of the peak.
    assert abs(row - np.eye(9)[5]).max() <= 1e-10
    assert packets.residuals[0] <= 1e-6


def test_packets_without_dictionary_cannot_be_evaluated():
    spectrum = kp.mpedmd(kp.krylov_gram(power_moments(np.ones(2), 6), 5))
    packets = kp.rigged_dmd(spectrum, np.eye(5)[0], [0.0])
    with pytest.raises(ParameterError, match="use mpedmd"):
        packets.evaluate(np.ones((2, 1)))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"order": 0}, "order is 0"),
        ({"epsilon": -1.0}, "epsilon is -1.0"),
        ({"poles": "none"}, "equispaced"),
    ],
)
def test_bad_options_of_packets_are_refused(options, match):
    spectrum = kp.mpedmd(rotation(), kp.fourier(2, period=1.0))
    with pytest.raises(ParameterError, match=match):
        kp.rigged_dmd(spectrum, np.ones(5), [0.0], **options)


def test_single_precision_is_kept():
    data = rotation()
    single = kp.Snapshots(data.x.astype(np.float32), data.y.astype(np.float32))
    spectrum = kp.mpedmd(single, kp.fourier(3, period=1.0))
    assert spectrum.eigenvalues.dtype == np.complex64
    assert abs(abs(spectrum.eigenvalues) - 1).max() <= 1e-6
    measure = kp.spectral_measure(spectrum, ANGLES, coefficients=np.ones(7))
    assert measure.density.dtype == np.float32
    packets = kp.rigged_dmd(spectrum, np.ones(7), ANGLES)
    assert packets.coefficients.dtype == np.complex64
