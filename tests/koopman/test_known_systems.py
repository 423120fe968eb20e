"""Systems with a known spectrum: what is found, and what is rejected for good reasons."""

import itertools

import numpy as np
import pytest

from perturbsci.koopman import (
    Snapshots,
    custom,
    edmd,
    fourier,
    hermite,
    indicator,
    kernel_dictionary,
    kernel_edmd,
    monomials,
    place_centers,
    radial,
    tensor,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference


def farthest(found, wanted):
    """Return the largest distance of a wanted eigenvalue from the nearest found one."""
    return np.abs(np.asarray(found)[:, None] - np.asarray(wanted)).min(axis=0).max()


def true_residuals(data, spectrum):
    """Return ||Psi_Y v - lambda Psi_X v|| / ||Psi_X v|| from the pairs themselves."""
    root = np.sqrt(np.full(data.n_samples, 1.0) if data.weights is None else data.weights)
    g, image = (root[:, None] * spectrum.eigenfunctions(part) for part in (data.x, data.y))
    misses = np.linalg.norm(image - g * spectrum.eigenvalues, axis=0)
    return misses / np.linalg.norm(g, axis=0)


def flow(field, states, step, n_steps=20):
    """Return the states one step later (Runge-Kutta of order 4, energy drift < 1e-6)."""
    h = step / n_steps
    for _ in range(n_steps):
        a = field(states)
        b = field(states + h / 2 * a)
        c = field(states + h / 2 * b)
        states = states + h / 6 * (a + 2 * b + 2 * c + field(states + h * c))
    return states


def grid(*axes):
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)


ANGLE = 2 * np.pi / np.sqrt(2)
FREQUENCIES = np.arange(-20, 21)


def rotation(part):
    x = 2 * np.pi * part * (np.arange(4000) / 4000)[:, None]
    return Snapshots(x, x + ANGLE)


@pytest.mark.parametrize(("accuracy", "bound"), [("gram", 1e-10), ("verified", 1e-13)])
def test_a_rotation_on_the_whole_circle(accuracy, bound):
    data = rotation(1.0)
    spectrum = edmd(data, fourier(20), accuracy=accuracy)
    assert farthest(spectrum.eigenvalues, np.exp(1j * ANGLE * FREQUENCIES)) <= 1e-13
    assert true_residuals(data, spectrum).max() <= bound
    floor = spectrum.residual_floor if accuracy == "gram" else 0.0
    assert spectrum.residuals.max() <= bound + floor


@pytest.mark.parametrize("accuracy", ["qr", "verified"])
def test_a_rotation_on_a_part_of_the_circle(accuracy):
    """41 functions of condition 1e5: G has 1e10, the residuals stay at rounding."""
    spectrum = edmd(rotation(0.8), fourier(20), accuracy=accuracy)
    limit = load_reference("koopman_systems.rotation_residual").value
    assert spectrum.rank == 41
    assert spectrum.residuals.max() <= limit
    assert farthest(spectrum.eigenvalues, np.exp(1j * ANGLE * FREQUENCIES)) <= 1e-10
    assert spectrum.status is Status.CONVERGED


@pytest.mark.parametrize("part", [1.0, 0.95, 0.8])
def test_gram_matrices_report_no_residual_below_their_floor(part):
    data = rotation(part)
    spectrum = edmd(data, fourier(20), accuracy="gram")
    assert (spectrum.residuals >= 0.5 * true_residuals(data, spectrum)).all()
    assert spectrum.residuals.min() >= 1e-8
    assert spectrum.status is Status.FLOOR_REACHED


@pytest.mark.parametrize("degree", [3, 6, 9, 12])
@pytest.mark.parametrize("size", [0.0, 1e-9, 1e-6, 1e-3])
def test_no_gram_residual_is_below_half_of_the_true_one(degree, size):
    """A contraction with a small nonlinear part, in monomials of any condition."""
    x = np.random.default_rng(degree).uniform(-1, 1, (500, 1))
    data = Snapshots(x, x / 2 + size * np.sin(5 * x))
    spectrum = edmd(data, monomials(degree), accuracy="gram")
    assert (spectrum.residuals >= 0.5 * true_residuals(data, spectrum)).all()
    assert np.isfinite(spectrum.residuals).all()


def test_a_resonance_is_rejected_with_the_residual_of_its_modulus():
    mu = 0.5 * np.exp(0.7j)
    angle = 2 * np.pi * np.arange(160) / 160
    z = np.exp(1j * angle)
    image = np.angle(z * (z - mu) / (1 - np.conj(mu) * z))
    spectrum = edmd(Snapshots(angle[:, None], image[:, None]), fourier(10))
    k = np.abs(spectrum.eigenvalues + mu).argmin()
    assert abs(spectrum.eigenvalues[k] + mu) <= 1e-13
    reference = load_reference("koopman_systems.blaschke_residual")
    assert abs(spectrum.residuals[k] - reference.value) <= reference.tolerance
    for power in (2, 3):
        assert farthest(spectrum.eigenvalues, [(-mu) ** power]) <= 1e-11
    assert spectrum.status is Status.NOTHING_VERIFIED


def test_the_polynomial_map_to_rounding():
    x = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    r, s = 0.9, 0.5
    y = np.stack([r * x[:, 0], s * x[:, 1] + (r**2 - s) * x[:, 0] ** 2], axis=1)
    spectrum = edmd(Snapshots(x, y), monomials(6, n_state=2, weights=(1, 2)))
    wanted = [
        r**i * s**j for i, j in itertools.product(range(7), range(4)) if i + 2 * j < 7
    ]
    assert farthest(spectrum.eigenvalues, wanted) <= 1e-11
    assert spectrum.residuals.max() <= 1e-13


def test_exact_eigenfunctions_of_the_stuart_landau_equation():
    """(1 - mu/r^2)^m exp(i k (theta - b ln r)) has -2 m mu + i k (a - b mu)."""
    mu, a, b, step = 1.0, 1.3, 0.4, 0.2
    rng = np.random.default_rng(1)
    r, theta = rng.uniform(0.8, 1.6, 600), rng.uniform(-np.pi, np.pi, 600)
    later = np.sqrt(mu / (1 + (mu / r**2 - 1) * np.exp(-2 * mu * step)))
    turned = theta + a * step - b * (mu * step - np.log(later / r))
    orders = list(itertools.product(range(3), range(-3, 4)))

    def functions(x):
        radius, angle = x.T
        phase = np.exp(1j * (angle - b * np.log(radius)))
        return np.stack([(1 - mu / radius**2) ** m * phase**k for m, k in orders], axis=1)

    data = Snapshots(
        np.stack([r, theta], axis=1), np.stack([later, turned], axis=1), step=step
    )
    dictionary = custom(functions, len(orders), n_state=2, name="Stuart-Landau")
    spectrum = edmd(data, dictionary)
    assert spectrum.residuals.max() <= 1e-11
    wanted = [np.exp(step * (-2 * m * mu + 1j * k * (a - b * mu))) for m, k in orders]
    assert farthest(spectrum.eigenvalues, wanted) <= 1e-11
    assert farthest(spectrum.exponents, np.log(wanted) / step) <= 1e-10


@pytest.mark.parametrize("n_cells", [5, 16])
def test_a_permutation_of_cells_has_the_roots_of_unity(n_cells):
    cells = np.arange(4 * n_cells) // 4
    x = cells + 0.2 + 0.15 * (np.arange(4 * n_cells) % 4)
    y = (7 * cells + 3) % n_cells if n_cells == 5 else (cells + 1) % n_cells
    spectrum = edmd(
        Snapshots(x[:, None], y[:, None] + 0.5), indicator(np.arange(n_cells + 1.0))
    )
    order = 4 if n_cells == 5 else n_cells  # 7 c + 3 mod 5: one fixed point, a 4-cycle
    roots = np.exp(2j * np.pi * np.arange(order) / order)
    assert farthest(roots, spectrum.eigenvalues) <= 1e-14
    assert spectrum.residuals.max() <= 1e-14


@pytest.mark.parametrize("power", [10, 20])
def test_a_logistic_map_with_smooth_noise(power):
    nodes, weights = np.polynomial.legendre.leggauss(160)
    noise = np.arange(64) / 64
    density = np.cos(np.pi * noise) ** (2 * power)
    x = np.repeat((nodes + 1) / 2, 64)
    y = (4 * x * (1 - x) + np.tile(noise, 160)) % 1
    weight = np.repeat(weights / 2, 64) * np.tile(density / density.sum(), 160)
    data = Snapshots(x[:, None], y[:, None], weights=weight, sampling="quadrature")
    spectrum = edmd(data, fourier(power, period=1.0))
    reference = (
        load_reference("koopman_systems.noisy_logistic_10")
        if power == 10
        else load_reference("koopman_systems.noisy_logistic_20")
    )
    wanted = [complex(*pair) for pair in reference.value]
    # 1e-8: half a unit of the eight printed digits, and the quadrature of 160 nodes.
    assert farthest(spectrum.eigenvalues, wanted) <= 1e-8


def duffing():
    rng = np.random.default_rng(0)
    states = [rng.uniform(-2, 2, (1000, 2))]
    for _ in range(10):
        states.append(
            flow(lambda s: np.stack([s[:, 1], s[:, 0] - s[:, 0] ** 3], 1), states[-1], 0.25)
        )
    x, y = np.concatenate(states[:-1]), np.concatenate(states[1:])
    data = Snapshots(x, y, step=0.25)
    spread = np.linalg.norm(x - x.mean(axis=0), axis=1).mean()
    return data, radial(place_centers(data, 100), scale=spread / 2)


def pendulum():
    x = grid(2 * np.pi * np.arange(50) / 50, np.linspace(-8, 8, 80))
    y = flow(lambda s: np.stack([s[:, 1], -np.sin(s[:, 0])], 1), x, 0.5)
    functions = tensor(fourier(4, form="real"), hermite(16, form="function"))
    return Snapshots(x, y, step=0.5), functions


def standard_map():
    angles = 2 * np.pi * (np.arange(48) + 0.5) / 48
    x = grid(angles, angles)
    p = x[:, 1] + 1.2 * np.sin(x[:, 0])
    functions = tensor(fourier(4, form="real"), fourier(4, form="real"))
    return Snapshots(x, np.stack([x[:, 0] + p, p], 1)), functions


@pytest.mark.parametrize("system", [duffing, pendulum, standard_map])
def test_residuals_bound_the_distance_from_the_circle(system):
    spectrum = edmd(*system())
    moduli = np.abs(spectrum.eigenvalues)
    assert (np.abs(moduli - 1) <= spectrum.residuals).all()
    share = load_reference("koopman_systems.rejected_share").value
    assert (moduli < 0.9).mean() >= share  # what EDMD without residuals would return


def test_a_truncated_box_is_no_isometry_and_says_so():
    x = grid(2 * np.pi * np.arange(30) / 30, np.linspace(-8, 8, 90))
    y = flow(lambda s: np.stack([s[:, 1], -np.sin(s[:, 0])], 1), x, 0.5)
    functions = tensor(fourier(3, form="real"), hermite(40, form="function"))
    spectrum = edmd(Snapshots(x, y, sampling="quadrature"), functions, declare="unitary")
    assert spectrum.status is Status.DECLARATION_DOUBTFUL
    (text,) = (t for t in spectrum.certificate.assumptions if t.startswith("declared"))
    assert float(text.rpartition("= ")[2]) > 0.1
    assert text in spectrum.summary()
    assert "dist(l, spectrum)" not in spectrum.certificate.claim


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_small_residuals_in_the_kernel_space_and_none_on_a_second_set(seed):
    rng = np.random.default_rng(seed)
    first, second = (Snapshots(*rng.standard_normal((2, m, 2))) for m in (120, 2000))
    spectrum = kernel_edmd(first, rank=40)
    assert np.median(spectrum.residuals) <= 0.2
    assert spectrum.certificate.kind == "estimate"
    assert "second_snapshots" in spectrum.certificate.assumptions[0]
    checked = edmd(second, kernel_dictionary(first, rank=40))
    assert checked.status is Status.NOTHING_VERIFIED
    assert abs(checked.eigenvalues[0] - 1) <= 0.02  # what is left of the constant
    assert checked.residuals[1:].min() > 0.5
