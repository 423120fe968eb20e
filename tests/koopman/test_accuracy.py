"""The three accuracies of EDMD, from whatever holds the pairs, and its options."""

import dataclasses

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import (
    Snapshots,
    accumulate,
    edmd,
    fourier,
    hermite,
    indicator,
    kernel_dictionary,
    kernel_edmd,
    kernel_gram,
    linear,
    monomials,
)
from perturbsci.koopman.pairs import pair_residuals, root_weights
from perturbsci.koopman.panels import Panels
from perturbsci.koopman.sources import open_source
from perturbsci.results import Status

RNG = np.random.default_rng(0)
X = RNG.uniform(-1.0, 1.0, (300, 2))
MATRIX = np.array([[0.9, 0.2], [-0.1, 0.5]])
NOISY = X @ MATRIX.T + 0.1 * RNG.standard_normal((300, 2))
DATA = Snapshots(X, NOISY)
CUBIC = monomials(3, n_state=2)
ARC = 2 * np.pi * 0.8 * (np.arange(2000) / 2000)[:, None]
ROTATION = Snapshots(ARC, ARC + 1.0)


def weighted_panels(snapshots, dictionary):
    """Return sqrt(W) Psi_X and sqrt(W) Psi_Y."""
    root = root_weights(snapshots)
    return dictionary(snapshots.x) * root, dictionary(snapshots.y) * root


def parts(data, *ends):
    return [
        Snapshots(data.x[a:b], data.y[a:b])
        for a, b in zip((0, *ends), (*ends, None), strict=True)
    ]


@pytest.mark.parametrize("weights", [None, np.linspace(0.1, 2.0, 300)])
def test_the_three_accuracies_agree_on_well_conditioned_data(weights):
    data = Snapshots(X, NOISY, weights=weights)
    gram, verified, qr = (edmd(data, CUBIC, accuracy=a) for a in ("gram", "verified", "qr"))
    for other in (gram, qr):
        assert other.eigenvalues == pytest.approx(verified.eigenvalues, abs=1e-12)
        # The constant has residual 0: "gram" says its floor instead.
        assert other.residuals[1:] == pytest.approx(verified.residuals[1:], abs=1e-10)
        assert np.abs(other.vectors) == pytest.approx(np.abs(verified.vectors), abs=1e-10)
        assert np.abs(other.modes) == pytest.approx(np.abs(verified.modes), abs=1e-9)
    assert gram.residuals[0] <= gram.residual_floor
    assert gram.residual_floor <= 1e-6
    assert (verified.residual_floor, qr.residual_floor) == (1e-14, 1e-14)
    assert [s.status.name for s in (gram, verified, qr)] == [
        "FLOOR_REACHED",
        "CONVERGED",
        "CONVERGED",
    ]


@pytest.mark.parametrize("accuracy", ["verified", "qr"])
def test_verified_residuals_are_those_of_the_pairs_themselves(accuracy):
    spectrum = edmd(ROTATION, fourier(20), accuracy=accuracy)
    direct, norms = pair_residuals(
        *weighted_panels(ROTATION, fourier(20)), spectrum.eigenvalues, spectrum.vectors
    )
    assert spectrum.residuals == pytest.approx(direct, abs=2e-14)
    assert norms == pytest.approx(np.ones(41), abs=1e-12)


def test_an_ill_conditioned_k_is_corrected_from_the_pairs():
    """Condition 1e10 of G: without corrections K is off by 1e-6."""
    k = edmd(ROTATION, fourier(20)).koopman_matrix
    wanted = np.diag(np.exp(1j * np.arange(-20, 21)))
    assert np.abs(k - wanted).max() <= 1e-10
    plain = edmd(ROTATION, fourier(20), accuracy="gram").koopman_matrix
    assert np.abs(plain - wanted).max() >= 1e-9


@pytest.mark.parametrize("chunk", [1, 7, 128, None])
@pytest.mark.parametrize("accuracy", ["gram", "verified", "qr"])
def test_chunks_do_not_change_the_spectrum(chunk, accuracy):
    whole = edmd(DATA, CUBIC, accuracy=accuracy)
    cut = edmd(parts(DATA, 100, 217), CUBIC, accuracy=accuracy, chunk=chunk)
    assert cut.eigenvalues == pytest.approx(whole.eigenvalues, abs=1e-12)
    assert cut.residuals == pytest.approx(
        whole.residuals, abs=1e-12 + 1e-6 * (accuracy == "gram")
    )
    assert cut.gram.count == 300


def test_features_that_are_not_kept_are_evaluated_again(monkeypatch):
    kept = edmd(DATA, CUBIC)
    monkeypatch.setattr("perturbsci.koopman.panels.KEPT_BYTES", 0)
    again = edmd(DATA, CUBIC, chunk=50)
    assert open_source(DATA, CUBIC, accuracy=None, chunk=None).panels.kept is None
    assert again.residuals == pytest.approx(kept.residuals, abs=1e-13)
    assert again.eigenvalues == pytest.approx(kept.eigenvalues, abs=1e-13)


def test_a_one_shot_iterator_is_walked_once():
    spectrum = edmd(iter(parts(DATA, 150)), CUBIC)
    assert spectrum.residual_floor > 1e-14
    assert spectrum.eigenvalues == pytest.approx(edmd(DATA, CUBIC).eigenvalues, abs=1e-12)
    assert edmd(iter(parts(DATA, 150)), CUBIC, accuracy="qr").residual_floor == 1e-14
    with pytest.raises(ParameterError, match=r"one-shot .*pass a list of Snapshots"):
        edmd(iter(parts(DATA, 150)), CUBIC, accuracy="verified")


def test_chunks_of_the_coordinates_need_no_dictionary():
    spectrum = edmd(parts(DATA, 10))
    assert spectrum.dictionary.name == "linear"
    assert spectrum.eigenvalues == pytest.approx(edmd(DATA).eigenvalues, abs=1e-13)


@pytest.mark.parametrize("form", ["gram", "qr"])
def test_a_gram_state_is_enough(form):
    state = accumulate(DATA, CUBIC, form=form)
    spectrum = edmd(state)
    assert spectrum.gram is state
    assert spectrum.residuals == pytest.approx(
        edmd(DATA, CUBIC, accuracy=form).residuals, abs=1e-13
    )
    lowered = edmd(state, accuracy="gram")
    assert lowered.residual_floor > 1e-14
    for options, match in (
        ({"accuracy": "verified"}, "GramState, which holds no pairs"),
        ({"dictionary": CUBIC}, "dictionary 'monomials' came with a GramState"),
    ):
        with pytest.raises(ParameterError, match=match):
            edmd(state, **options)


def test_factors_are_not_made_of_squares():
    state = accumulate(DATA, CUBIC)
    with pytest.raises(ParameterError, match="form 'gram'; make it with accumulate"):
        edmd(state, accuracy="qr")


@pytest.mark.parametrize("form", ["gram", "qr"])
def test_a_state_without_a_dictionary_has_a_spectrum_too(form):
    state = dataclasses.replace(accumulate(DATA, CUBIC, form=form), dictionary=None)
    spectrum = edmd(state)
    assert spectrum.eigenvalues == pytest.approx(edmd(DATA, CUBIC).eigenvalues, abs=1e-12)
    assert "no dictionary" in spectrum.summary()
    with pytest.raises(ParameterError, match="cannot be evaluated, use `vectors`"):
        spectrum.eigenfunctions(X)
    with pytest.raises(ParameterError, match="held_out needs the dictionary"):
        edmd(state, held_out=DATA)


@pytest.mark.parametrize("accuracy", ["gram", "verified", "qr"])
@pytest.mark.parametrize("seed", range(4))
def test_an_isometry_fixes_every_residual_by_the_modulus(accuracy, seed):
    """L = G: res^2 = 1 - |lambda|^2 for an EDMD pair."""
    x = np.random.default_rng(seed).uniform(-1, 1, (60, 2))
    spectrum = edmd(Snapshots(x, np.roll(x, 1, axis=0)), CUBIC, accuracy=accuracy)
    expected = np.sqrt(np.maximum(1 - np.abs(spectrum.eigenvalues) ** 2, 0))
    assert spectrum.residuals[1:] == pytest.approx(expected[1:], abs=1e-12)


@pytest.mark.parametrize("rank", [1, 4, 9])
def test_a_smaller_rank_keeps_the_strongest_directions(rank):
    spectrum = edmd(DATA, CUBIC, rank=rank)
    assert (spectrum.rank, spectrum.eigenvalues.size) == (rank, rank)
    assert spectrum.status is Status.RANK_REDUCED
    assert f"rank reduced from 10 to {rank}" in spectrum.certificate.assumptions
    assert f"reduced from 10 to {rank}" in spectrum.summary()
    direct, _ = pair_residuals(
        *weighted_panels(DATA, CUBIC), spectrum.eigenvalues, spectrum.vectors
    )
    assert spectrum.residuals == pytest.approx(direct, abs=1e-12)


@pytest.mark.parametrize("rank", [0, -1, 2.0, 11, True, "2"])
def test_a_rank_out_of_range_is_refused(rank):
    with pytest.raises(ParameterError, match=r"rank is .*whole number from 1 to 10"):
        edmd(DATA, CUBIC, rank=rank)


def test_an_unknown_accuracy_is_refused():
    with pytest.raises(
        ParameterError, match="accuracy is 'best'; it must be one of 'gram'"
    ):
        edmd(DATA, accuracy="best")


def test_repeated_samples_count_once():
    x = np.repeat(X[:6], 30, axis=0)
    y = np.repeat(RNG.uniform(-1, 1, (6, 2)), 30, axis=0)
    for functions in (monomials(2, n_state=2), CUBIC):
        spectrum = edmd(Snapshots(x, y), functions)
        assert spectrum.status is Status.UNDERDETERMINED
        assert spectrum.certificate.kind == "none"
        assert not spectrum.certificate.passed


def test_cells_without_samples_do_no_harm():
    x = np.random.default_rng(1).uniform(0, 5, (400, 1))
    spectrum = edmd(Snapshots(x, (x + 1) % 5), indicator(np.arange(9.0)))
    assert (spectrum.rank, spectrum.status) == (5, Status.RANK_REDUCED)
    assert spectrum.residuals.max() <= 1e-14
    assert np.abs(spectrum.eigenvalues) == pytest.approx(np.ones(5), abs=1e-14)


def test_a_defective_matrix_is_flagged():
    jordan = np.array([[0.5, 1.0], [0.0, 0.5]])
    spectrum = edmd(Snapshots(X, X @ jordan.T))
    assert "eigenvector condition > 1e8" in spectrum.summary()
    assert "eigenvector condition" not in edmd(DATA).summary()


def test_pairs_of_the_constant_are_told_without_a_constant_in_the_dictionary():
    x = np.random.default_rng(2).uniform(0, 4, (3000, 1))
    noise = np.random.default_rng(3).uniform(0, 4, (3000, 1))
    cells = indicator(np.arange(5.0))
    for accuracy in ("gram", "verified", "qr"):
        spectrum = edmd(Snapshots(x, noise), cells, accuracy=accuracy)
        assert spectrum.residuals[0] <= 1e-6
        assert spectrum.status is Status.NOTHING_VERIFIED


@pytest.mark.parametrize("accuracy", ["gram", "verified", "qr"])
@pytest.mark.parametrize("held_out", [None, DATA])
def test_a_spectrum_survives_its_file_bit_by_bit(tmp_path, accuracy, held_out):
    spectrum = edmd(DATA, CUBIC, accuracy=accuracy, held_out=held_out)
    back = io.load(io.save(spectrum, tmp_path / "spectrum.npz"))
    assert back.eigenvalues.tobytes() == spectrum.eigenvalues.tobytes()
    for name, array in spectrum.arrays().items():
        assert getattr(back, name).tobytes() == array.tobytes()
    assert back.gram.blocks.tobytes() == spectrum.gram.blocks.tobytes()
    assert back.summary() == spectrum.summary()
    assert back.certificate.assumptions == spectrum.certificate.assumptions
    assert np.array_equal(back.eigenfunctions(X), spectrum.eigenfunctions(X))


@pytest.mark.parametrize("kernel", ["gaussian", "laplacian", "lorentzian", "polynomial"])
def test_the_kernel_state_follows_its_definition(kernel):
    """G = I, A = B* k(X, Y) B, L = B* k(Y, Y) B, with kernels written out by hand."""
    x, y = X[:60], NOISY[:60]
    state = kernel_gram(Snapshots(x, y), kernel=kernel, scale=0.8, degree=3, rank=10)

    def k(a, b):
        square = ((a[:, None] - b) ** 2).sum(axis=-1)
        return {
            "gaussian": np.exp(-square / 0.64),
            "laplacian": np.exp(-np.sqrt(square) / 0.8),
            "lorentzian": 1 / (1 + square / 0.64),
            "polynomial": (1 + a @ b.T / 0.64) ** 3,
        }[kernel]

    rank = state.n_functions
    values, vectors = np.linalg.eigh(k(x, x))
    b = vectors[:, -rank:] / np.sqrt(values[-rank:])
    # The basis is fixed up to signs: singular values do not see them.
    for found, wanted in ((state.A, b.T @ k(x, y) @ b), (state.L, b.T @ k(y, y) @ b)):
        assert np.linalg.svd(found)[1] == pytest.approx(np.linalg.svd(wanted)[1], rel=1e-7)
    assert np.array_equal(state.G, np.eye(rank))
    assert state.operator == "adjoint"


def test_the_kernel_form_knows_the_powers_of_a_linear_map():
    """Polynomials of degree 3 are invariant: the space of the kernel is too."""
    x = RNG.uniform(-1, 1, (80, 2))
    r, s = np.linalg.eigvals(MATRIX)
    spectrum = kernel_edmd(Snapshots(x, x @ MATRIX.T), kernel="polynomial", degree=3)
    wanted = [r**i * s**j for i in range(4) for j in range(4 - i)]
    distance = np.abs(spectrum.eigenvalues[:, None] - np.array(wanted))
    assert distance.min(axis=0).max() <= 1e-7  # the kernel matrix has condition 1e4
    assert spectrum.residuals.max() <= 1e-5
    assert spectrum.eigenfunctions(x) @ spectrum.modes == pytest.approx(x + 0j, abs=1e-6)
    assert spectrum.certificate.kind == "estimate"
    assert "K* - conj(l)" in spectrum.certificate.claim
    assert spectrum.operator == "adjoint"


def test_kernel_eigenvalues_are_conjugates_of_those_of_the_adjoint():
    state = kernel_gram(Snapshots(X[:50], NOISY[:50]), rank=10)
    spectrum = edmd(state)
    for value, v in zip(spectrum.eigenvalues, spectrum.vectors.T, strict=True):
        assert state.A @ v == pytest.approx(np.conj(value) * v, abs=1e-12)
        form = v.conj() @ state.L @ v - abs(value) ** 2
        assert spectrum.residuals.min() >= 0
        assert np.sqrt(max(form.real, 0)) == pytest.approx(
            spectrum.residuals[np.argmin(np.abs(spectrum.eigenvalues - value))], abs=1e-6
        )


def test_a_second_data_set_judges_kernel_functions_in_l2():
    angle = RNG.uniform(0, 2 * np.pi, (600, 1))
    circle = np.hstack([np.cos(angle), np.sin(angle)])
    turned = np.hstack([np.cos(angle + 1), np.sin(angle + 1)])
    first, second = (
        Snapshots(circle[:100], turned[:100]),
        Snapshots(circle[100:], turned[100:]),
    )
    spectrum = edmd(second, kernel_dictionary(first, rank=7))
    # Functions of 100 random points are not quite invariant under the rotation.
    assert (spectrum.residuals[:3] <= 0.05).all()
    angles = sorted(np.angle(spectrum.eigenvalues[:3]))
    assert angles == pytest.approx([-1, 0, 1], abs=0.02)
    assert spectrum.status is Status.CONVERGED


def test_more_functions_than_samples_leave_the_kernel_form():
    x = RNG.standard_normal((20, 12))
    data = Snapshots(x, 0.5 * x)
    plain = edmd(data, monomials(2, n_state=12))
    assert (plain.status, plain.certificate.kind) == (Status.UNDERDETERMINED, "none")
    kernel = kernel_edmd(data, kernel="linear")
    assert kernel.eigenvalues == pytest.approx(np.full(12, 0.5), abs=1e-10)
    assert kernel.certificate.kind == "estimate"


@pytest.mark.parametrize(
    ("held_out", "error", "match"),
    [
        (X, ParameterError, "held_out is a ndarray; pass Snapshots"),
        (Snapshots(X[:, :1], X[:, :1]), ShapeError, "1 columns but data has 2"),
    ],
)
def test_held_out_pairs_must_fit_a_state_too(held_out, error, match):
    with pytest.raises(error, match=match):
        edmd(accumulate(DATA, CUBIC), held_out=held_out)


def test_kernel_states_take_other_pairs_as_data_only():
    with pytest.raises(ParameterError, match="pass the other pairs as data"):
        edmd(kernel_gram(Snapshots(X[:50], NOISY[:50]), rank=5), held_out=DATA)


def test_memory_order_and_byte_order_do_not_matter():
    plain = edmd(DATA, CUBIC)
    turned = Snapshots(np.asfortranarray(X), NOISY[::-1][::-1].astype(">f8"))
    other = edmd(turned, CUBIC)
    assert other.residuals.tobytes() == plain.residuals.tobytes()
    assert other.vectors.tobytes() == plain.vectors.tobytes()


def test_hermite_functions_of_a_damped_line_have_their_powers():
    x = RNG.standard_normal((500, 1))
    spectrum = edmd(Snapshots(x, x / 2), hermite(4))
    assert sorted(spectrum.eigenvalues.real) == pytest.approx(
        0.5 ** np.arange(4, -1, -1), abs=1e-11
    )
    assert spectrum.residuals.max() <= 1e-12


def test_panels_can_be_walked_again():
    panels = Panels(parts(DATA, 130), linear(2), chunk=64)
    first, second = ([len(p.psi_x) for p in panels] for _ in range(2))
    assert first == second == [64, 64, 2, 64, 64, 42]
