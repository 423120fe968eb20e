"""Residual pseudospectra: closed forms, a dense route, identities, floors, certificates."""

import itertools

import numpy as np
import pytest

from perturbsci.backend import use
from perturbsci.errors import ParameterError
from perturbsci.koopman import (
    GramState,
    Snapshots,
    accumulate,
    custom,
    disk_grid,
    edmd,
    fourier,
    kernel_gram,
    limits_required,
    linear,
    monomials,
    pseudospectrum,
    rectangle_grid,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference

RNG = np.random.default_rng(7)


def tent(n):
    """Return the tent map on midpoints: exact for products of n cosines and images."""
    x = (np.arange(4 * n)[:, None] + 0.5) / (4 * n)
    return Snapshots(x, 1 - np.abs(1 - 2 * x), sampling="quadrature")


def cosines(n):
    k = np.arange(1, n + 1)
    return custom(lambda x: np.sqrt(2) * np.cos(np.pi * k * x), n, n_state=1)


def tent_tau(z, n):
    chain = int(np.floor(np.log2(n))) + 1  # k, 2k, 4k, ...: a shift of this length
    return np.sqrt(1 + abs(z) ** 2 - 2 * abs(z) * np.cos(np.pi / (chain + 1)))


def cloud(n_points, seed=0, radius=1.5):
    rng = np.random.default_rng(seed)
    box = rng.uniform(-radius, radius, (2, n_points))
    return box[0] + 1j * box[1]


def random_pairs(n_state, *, seed=0, is_complex=False, n_samples=None):
    rng = np.random.default_rng(seed)
    shape = (n_samples or 3 * n_state, n_state)
    x, y = rng.standard_normal((2, *shape))
    if is_complex:
        x, y = x + 1j * rng.standard_normal(shape), y + 1j * rng.standard_normal(shape)
    return Snapshots(x, y + x)


def dense_tau(data, dictionary, z):
    """Return sigma_min([R12 R11^-1 - z; R22 R11^-1]) by a QR and an SVD a point."""
    root = np.ones(data.n_samples) if data.weights is None else np.sqrt(data.weights)
    panels = [root[:, None] * dictionary(part) for part in (data.x, data.y)]
    q, r = np.linalg.qr(panels[0])
    image = np.linalg.solve(r.T, panels[1].T).T
    return np.array([np.linalg.svdvals(image - w * q)[-1] for w in z])


def crossing(n):
    """Return the Gram state of two maps side by side whose minimizers never mix.

    Points to the left of Re z = 0.1 belong to the first one, the others to the second.
    """
    rng = np.random.default_rng(3)
    blocks = [c * np.eye(n) + 0.15 * rng.standard_normal((n, n)) / n for c in (-0.4, 0.6)]
    zero = np.zeros((n, n))
    a = np.block([[blocks[0], zero], [zero, blocks[1]]])
    level = a.T @ a + 0.01 * np.eye(2 * n)
    s = np.block([[np.eye(2 * n), a], [a.T, level]])
    return GramState("gram", s, np.zeros((2 * n, 1)), 10**4, 1.0, False, 1.0)


def test_the_tent_map_has_its_reference_values():
    reference = load_reference("koopman_pseudospectra.tent_32")
    field = pseudospectrum(
        tent(32), cosines(32), grid=np.array([0, 0.5, 0.9, 1.0, 1.1, 1.5])
    )
    assert field.values == pytest.approx(reference.value, abs=reference.tolerance)
    assert field.status is Status.CONVERGED


@pytest.mark.parametrize(
    "n",
    [
        8,
        32,
        128,
        pytest.param(512, marks=pytest.mark.slow),
        pytest.param(1024, marks=pytest.mark.slow),
    ],
)
def test_the_tent_map_has_its_closed_form(n):
    most = load_reference("koopman_pseudospectra.tent_error").value
    z = np.concatenate([cloud(500 if n <= 32 else 40), np.linspace(-2, 2, 501)])
    field = pseudospectrum(tent(n), cosines(n), grid=z)
    assert field.values == pytest.approx(tent_tau(z, n), rel=most)


def test_no_eigenvalue_of_the_tent_map_is_trusted():
    spectrum = edmd(tent(32), cosines(32))
    assert spectrum.status is Status.NOTHING_VERIFIED
    count = (spectrum.residuals < 0.5).sum()
    assert count == load_reference("koopman_pseudospectra.tent_verified").value


@pytest.mark.parametrize("form", ["gram", "qr"])
@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("n", [1, 2, 7, 70])
def test_values_are_those_of_a_dense_decomposition(n, is_complex, form):
    # 1e-10: Gram matrices round at 1e-15 cond/tau^2, and tau is above 0.1 here.
    data = random_pairs(n, seed=n, is_complex=is_complex, n_samples=3 * n + 4)
    z = np.concatenate([cloud(20, seed=n), [0.0, 1.0, -0.3]])
    field = pseudospectrum(data, grid=z, accuracy=form)
    assert field.values == pytest.approx(dense_tau(data, linear(n), z), rel=1e-10)


def test_a_symmetry_between_neighbors_hides_no_minimum():
    # The minimizer of the left half is orthogonal to that of the right one.
    state = crossing(40)
    z = (np.linspace(-0.6, 0.8, 57)[:, None] + 1j * np.array([0.0, 0.05, 0.3])).T.ravel()
    field = pseudospectrum(state, grid=z)
    a, level = state.A, state.L
    exact = [
        np.linalg.eigvalsh(level - w * a.T - w.conjugate() * a + abs(w) ** 2 * np.eye(80))
        for w in z
    ]
    assert field.values**2 == pytest.approx(np.array(exact)[:, 0], rel=1e-9)


def test_a_cluster_of_residuals_is_settled():
    # Forty residuals within 1e-7 of each other: the iteration cannot part them.
    n = 100
    spread = np.concatenate([1e-7 * np.arange(40), np.linspace(0.5, 1, 60)])
    a = np.diag(0.3 + spread)
    s = np.block([[np.eye(n), a], [a, a**2 + 0.04 * np.eye(n)]])
    state = GramState("gram", s, np.zeros((n, 1)), 10**4, 1.0, False, 1.0)
    z = np.array([0.1, 0.2 + 0.1j, -0.5j])
    exact = np.sqrt(np.abs(np.diag(a)[:, None] - z).min(axis=0) ** 2 + 0.04)
    # 1e-7: the spread of the cluster; the iteration itself gets to about 1e-11.
    assert pseudospectrum(state, grid=z).values == pytest.approx(exact, rel=1e-7)


@pytest.mark.parametrize("kind", ["zero", "identity", "shift", "orthogonal", "large"])
def test_operators_without_a_gap_are_solved(kind):
    # All residuals of a point may be equal, and vanish: nothing is there to converge to.
    n = 70
    random = np.random.default_rng(0).standard_normal((n, n))
    a = {
        "zero": np.zeros((n, n)),
        "identity": np.eye(n),
        "shift": np.eye(n, k=1),
        "orthogonal": np.linalg.qr(random)[0],
        "large": 1e6 * random,
    }[kind]
    s = np.block([[np.eye(n), a], [a.T, a.T @ a]])
    state = GramState("gram", s, np.zeros((n, 1)), 10**4, 1.0, False, 1.0)
    z = np.array([0, 1, -1, 1j, 0.5 + 0.1j, 1 + 1e-9j, 3.0, 1e-9])
    field = pseudospectrum(state, grid=z, vectors=True)
    exact = np.array([np.linalg.svdvals(a - w * np.eye(n))[-1] for w in z])
    # A square below its rounding, 32 unit roundoffs of norms up to 4^2, is the floor.
    assert field.values == pytest.approx(exact, rel=1e-9, abs=3e-7)
    assert np.isfinite(field.vectors).all()


@pytest.mark.parametrize("n", [6, 80])
def test_no_pair_is_below_the_pseudospectrum(n):
    data = random_pairs(n, seed=5)
    spectrum = edmd(data)
    field = pseudospectrum(data, grid=spectrum.eigenvalues)
    assert (field.values <= spectrum.residuals * (1 + 1e-12)).all()


@pytest.mark.parametrize("seed", range(4))
def test_tau_is_lipschitz_and_the_same_at_conjugate_points(seed):
    data = random_pairs(5, seed=seed)
    z = cloud(60, seed)
    field = pseudospectrum(data, grid=np.stack([z, z.conj()]))
    assert (field.values[0] == field.values[1]).all()
    gap = np.abs(np.subtract.outer(field.values[0], field.values[0]))
    # 1e-12: rounding of tau, which is above 0.1 here
    assert (gap <= np.abs(np.subtract.outer(z, z)) + 1e-12).all()


@pytest.mark.parametrize("seed", range(4))
def test_tau_knows_the_span_only(seed):
    rng = np.random.default_rng(seed)
    data = random_pairs(6, seed=seed)
    mixing = rng.standard_normal((6, 6)) + 3 * np.eye(6)
    mixed = Snapshots(data.x @ mixing, data.y @ mixing)
    z = cloud(20, seed)
    tau = pseudospectrum(data, grid=z).values
    assert pseudospectrum(mixed, grid=z).values == pytest.approx(tau, rel=1e-9)
    weights = rng.uniform(0.1, 1, data.n_samples)
    one, other = (Snapshots(data.x, data.y, c * weights) for c in (1.0, 7.3e4))
    first = pseudospectrum(one, grid=z).values
    assert pseudospectrum(other, grid=z).values == pytest.approx(first, rel=1e-11)


def test_tau_falls_with_nested_dictionaries():
    x = RNG.uniform(-1, 1, (300, 1))
    data = Snapshots(x, 0.9 * x**2 - 0.5)
    z = cloud(40, radius=1.2)
    taus = [pseudospectrum(data, monomials(n), grid=z).values for n in (1, 3, 6)]
    for larger, smaller in itertools.pairwise(taus):
        assert (smaller <= larger * (1 + 1e-9)).all()


def test_an_isometry_stays_as_far_from_a_point_as_the_circle():
    field = pseudospectrum(tent(16), cosines(16), grid=disk_grid(1.6, 0.2))
    assert (field.values >= abs(1 - abs(field.grid)) - 1e-12).all()


def test_a_declared_unitary_is_held_to_the_circle():
    data = random_pairs(3, n_samples=30)
    z = cloud(30)
    declared = pseudospectrum(data, grid=z, declare="unitary")
    plain = pseudospectrum(data, grid=z)
    assert (declared.values == np.maximum(plain.values, abs(1 - abs(z)))).all()
    assert declared.status is Status.DECLARATION_DOUBTFUL
    assert any("declared unitary" in text for text in declared.certificate.assumptions)


ANGLES = 2 * np.pi * np.arange(64)[:, None] / 64
ROTATION = Snapshots(ANGLES, ANGLES + 1.0, sampling="quadrature")
EIGENVALUES = np.exp(1j * np.arange(-3, 4))


def test_what_is_below_the_floor_of_gram_matrices_is_not_reported():
    field = pseudospectrum(ROTATION, fourier(3), grid=EIGENVALUES, accuracy="gram")
    assert field.status is Status.FLOOR_REACHED
    assert (field.values >= 1e-8).all()
    assert field.values.max() == field.residual_floor < 1e-6


@pytest.mark.parametrize("accuracy", [None, "verified", "qr"])
@pytest.mark.parametrize("form", ["complex", "real"])
def test_a_second_pass_or_an_orthogonal_factor_goes_lower(accuracy, form):
    most = load_reference("koopman_pseudospectra.floor").value
    functions = fourier(3, form=form)
    field = pseudospectrum(ROTATION, functions, grid=EIGENVALUES, accuracy=accuracy)
    assert field.status is Status.CONVERGED
    assert field.residual_floor <= most
    assert (field.values <= most).all()


def test_orthogonal_factors_hold_at_condition_1e5():
    # The rotation on 0.8 of the circle with 41 functions; gram matrices: condition 1e10.
    x = 2 * np.pi * 0.8 * np.arange(4000)[:, None] / 4000
    state = accumulate(Snapshots(x, x + 0.7), fourier(20), form="qr")
    spectrum = edmd(state)
    field = pseudospectrum(state, grid=spectrum.eigenvalues)
    # Two steps of inverse iteration, each accurate to unit roundoff times a condition 1e1.
    assert (field.values <= 3e-14).all()


def test_a_state_of_form_qr_is_squared_on_request():
    data = random_pairs(4)
    state = accumulate(data, linear(4), form="qr")
    z = cloud(5)
    one, other = (pseudospectrum(state, grid=z, accuracy=a).values for a in ("gram", "qr"))
    assert one == pytest.approx(other, rel=1e-10)


@pytest.mark.parametrize("n", [5, 70])
@pytest.mark.parametrize("is_complex", [False, True])
def test_minimizers_have_norm_1_and_attain_tau(n, is_complex):
    data = random_pairs(n, seed=2, is_complex=is_complex)
    grid = cloud(12).reshape(3, 4)
    field = pseudospectrum(data, grid=grid, vectors=True)
    assert field.vectors.shape == (3, 4, n)
    assert field.values.shape == (3, 4)
    assert pseudospectrum(data, grid=grid).vectors is None
    for z, tau, v in zip(
        grid.flat, field.values.flat, field.vectors.reshape(12, n), strict=True
    ):
        g, image = data.x @ v, data.y @ v
        norm = np.linalg.norm(g) / np.sqrt(data.n_samples)
        assert norm == pytest.approx(1.0, rel=1e-10)
        miss = np.linalg.norm(image - z * g) / np.linalg.norm(g)
        assert miss == pytest.approx(tau, rel=1e-9)


def test_points_of_the_adjoint_are_those_of_the_operator():
    x = RNG.uniform(0, 2 * np.pi, (40, 1))
    state = kernel_gram(Snapshots(x, x + 1 + 0.3 * np.sin(x)), rank=8)
    spectrum = edmd(state)
    assert (spectrum.eigenvalues.imag != 0).any()
    field = pseudospectrum(state, grid=spectrum.eigenvalues)
    assert (field.values <= spectrum.residuals * (1 + 1e-9) + 1e-9).all()
    assert field.certificate.kind == "estimate"
    assert "conj" in field.certificate.claim


def test_threads_do_not_change_a_bit():
    data = random_pairs(70, seed=1)
    grid = rectangle_grid(-1, 1, -1, 1, 0.15)
    found = []
    for threads in (1, 2):
        with use("numba", threads=threads):
            field = pseudospectrum(data, grid=grid, vectors=True)
        found.append((field.values.tobytes(), field.vectors.tobytes()))
    assert found[0] == found[1]


def test_a_loose_tolerance_is_met():
    data = random_pairs(80, seed=4)
    z = cloud(40)
    exact = dense_tau(data, linear(80), z)
    field = pseudospectrum(data, grid=z, tolerance=1e-3)
    assert field.values == pytest.approx(exact, rel=1e-3)
    assert (field.values >= exact * (1 - 1e-11)).all()  # quotients come from above


def test_single_precision_is_kept_and_its_floor_told():
    x = RNG.standard_normal((50, 3)).astype(np.float32)
    data = Snapshots(x, x @ np.diag([0.9, 0.5, -0.2]).astype(np.float32))
    field = pseudospectrum(data, grid=np.array([0.9, 0.0, 1j]), accuracy="gram")
    assert field.values.dtype == np.float32
    assert 1e-5 < field.residual_floor < 1e-1
    assert field.values[0] <= field.residual_floor


def test_dependent_functions_are_dropped():
    x = RNG.standard_normal((50, 2))
    twice = custom(lambda s: np.concatenate([s, 2 * s[:, :1]], axis=1), 3, n_state=2)
    data = Snapshots(x, x @ np.array([[0.5, 0.2], [0.0, -0.3]]) + 0.1 * x**2)
    z = cloud(10)
    plain = pseudospectrum(data, grid=z)
    for accuracy in ("gram", "qr"):
        field = pseudospectrum(data, twice, grid=z, accuracy=accuracy)
        assert field.status is Status.RANK_REDUCED
        assert field.values == pytest.approx(plain.values, rel=1e-9)
        assert any("reduced from 3 to 2" in text for text in field.certificate.assumptions)


def test_functions_that_vanish_tell_nothing():
    zero = np.zeros((20, 2))
    field = pseudospectrum(Snapshots(zero, zero), grid=np.array([0.5, 1j]), vectors=True)
    assert np.isinf(field.values).all()
    assert field.status is Status.RANK_REDUCED
    assert field.certificate.kind == "none"
    assert "inf" in field.summary()


def test_more_functions_than_samples_claim_nothing():
    data = random_pairs(6, n_samples=5)
    field = pseudospectrum(data, grid=cloud(4))
    assert field.status is Status.UNDERDETERMINED
    assert field.certificate.kind == "none"
    assert np.isnan(field.certificate.value)


def test_the_summary_counts_the_points_strictly_inside_each_level():
    x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])  # K = 1/2: tau is a distance
    grid = np.array([0.5, 0.505, 0.48, 0.42, 0.35, 0.1, -0.1])
    field = pseudospectrum(Snapshots(x, x / 2), linear(2), grid=grid)
    assert field.values == pytest.approx(abs(grid - 0.5), abs=1e-14)
    assert field.inside(float(field.values[3])).tolist() == [True] * 3 + [False] * 4
    head, numbers, *_, titles, a, b, c, d, e = field.summary().splitlines()
    assert head.startswith("Pseudospectrum: CONVERGED.")
    assert numbers == "7 points, tau from 0 to 0.6, residual floor 1e-14"
    assert titles.split() == ["epsilon", "points", "inside"]
    levels = [["0.5", "6"], ["0.2", "5"], ["0.1", "4"], ["0.05", "3"], ["0.01", "2"]]
    assert [line.split() for line in (a, b, c, d, e)] == levels


def test_limits_are_those_of_what_is_declared_and_known():
    x = 2 * np.pi * np.arange(20)[:, None] / 20
    rotation = Snapshots(x, x + 1.0, sampling="quadrature")
    for declare, modulus in (("unitary", None), ("unitary", (1.0, 0.1)), ("general", None)):
        field = pseudospectrum(
            rotation, fourier(2), grid=np.array([0.5]), declare=declare, modulus=modulus
        )
        expected = limits_required(
            "pseudospectrum", declare=declare, modulus=modulus is not None
        )
        assert field.limits.statement == expected.statement
        assert field.limits.required == expected.required


def test_a_seed_that_is_no_seed_is_refused():
    x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    with pytest.raises(ParameterError, match="seed is 'a'"):
        pseudospectrum(Snapshots(x, x / 2), linear(2), grid=np.array([0.5]), seed="a")
