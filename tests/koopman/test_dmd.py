"""DMD in its four forms, and DMD with control."""

import numpy as np
import pytest
import scipy.linalg

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import Snapshots, controlled_dmd, dmd, edmd
from perturbsci.results import Status

METHODS = ("exact", "forward-backward", "total-least-squares")
RNG = np.random.default_rng(0)


def spread(found, wanted):
    """Return the largest distance of two sets of eigenvalues, nearest to nearest."""
    distance = np.abs(np.asarray(found)[:, None] - np.asarray(wanted))
    return max(distance.min(axis=0).max(), distance.min(axis=1).max())


def similar(blocks, seed):
    """Return a matrix with these diagonal blocks in a random, well-conditioned basis."""
    rng = np.random.default_rng(seed)
    diagonal = scipy.linalg.block_diag(*blocks)
    basis = np.eye(len(diagonal)) + 0.3 * rng.standard_normal(diagonal.shape)
    return basis @ diagonal @ np.linalg.inv(basis)


def rotation(modulus, angle):
    c, s = modulus * np.cos(angle), modulus * np.sin(angle)
    return np.array([[c, -s], [s, c]])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "blocks",
    [
        [[[0.9]], [[-0.5]]],
        [[[0.9]], [[-0.9]], rotation(0.8, np.pi / 2)],  # 0.81 comes from both signs
        [rotation(1.0, 2.0), rotation(0.95, 3.0), [[-0.3]]],
    ],
)
def test_exact_data_give_the_eigenvalues_and_no_residual(method, blocks):
    matrix = similar(blocks, seed=1)
    x = RNG.standard_normal((100, len(matrix)))
    spectrum = dmd(Snapshots(x, x @ matrix.T), method=method)
    assert spread(spectrum.eigenvalues, np.linalg.eigvals(matrix)) <= 1e-13
    assert spectrum.residuals.max() <= 1e-13
    assert spectrum.koopman_matrix == pytest.approx(matrix.T, abs=1e-12)
    assert spectrum.dictionary.name == "linear"
    assert spectrum.status is Status.CONVERGED
    back = spectrum.eigenfunctions(x) @ spectrum.modes
    assert np.abs(back - x).max() <= 1e-12


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(5))
def test_vectors_and_modes_follow_their_definitions_on_noisy_data(method, seed):
    rng = np.random.default_rng(seed)
    matrix = similar([rotation(0.9, 1.0), [[0.7]], [[-0.4]]], seed)
    x = rng.standard_normal((200, 4))
    y = x @ matrix.T + 0.1 * rng.standard_normal((200, 4))
    weights = rng.uniform(0.1, 1.0, 200)
    spectrum = dmd(Snapshots(x, y, weights=weights), method=method)
    k, v, values = spectrum.koopman_matrix, spectrum.vectors, spectrum.eigenvalues
    assert np.abs(k @ v - v * values).max() <= 1e-13
    assert np.abs(spectrum.modes @ k - values[:, None] * spectrum.modes).max() <= 1e-13
    assert np.abs(spectrum.modes @ v - np.eye(4)).max() <= 1e-13
    assert weights @ np.abs(x @ v) ** 2 == pytest.approx(np.ones(4), abs=1e-13)
    misses = np.sqrt(weights @ np.abs(y @ v - values * (x @ v)) ** 2)
    assert spectrum.residuals == pytest.approx(misses, abs=1e-13)
    assert (np.diff(spectrum.residuals) >= 0).all()


def test_exact_dmd_is_edmd_with_the_coordinates():
    x = RNG.standard_normal((100, 3))
    data = Snapshots(x, x @ similar([[[0.9]], rotation(0.6, 1.0)], 2).T + 0.1 * x**2)
    plain, modes = edmd(data), dmd(data)
    assert modes.eigenvalues == pytest.approx(plain.eigenvalues, abs=1e-13)
    assert modes.residuals == pytest.approx(plain.residuals, abs=1e-13)


def test_forward_backward_is_the_principal_root_where_that_is_the_nearest():
    x = RNG.standard_normal((300, 3))
    noise = 0.05 * RNG.standard_normal((2, 300, 3))
    y = x @ similar([[[0.9]], rotation(0.8, 0.5)], 3).T
    x, y = x + noise[0], y + noise[1]
    forward = np.linalg.lstsq(x, y, rcond=None)[0]
    backward = np.linalg.lstsq(y, x, rcond=None)[0]
    wanted = scipy.linalg.sqrtm(forward @ np.linalg.inv(backward))
    found = dmd(Snapshots(x, y), method="forward-backward").koopman_matrix
    assert found == pytest.approx(wanted, abs=1e-12)


def test_total_least_squares_is_the_formula_with_blocks_of_singular_vectors():
    x = RNG.standard_normal((300, 3))
    y = x @ similar([[[0.9]], rotation(0.8, 0.5)], 3).T + 0.1 * RNG.standard_normal(x.shape)
    for rank in (None, 2):
        u = np.linalg.svd(np.vstack([x.T, y.T]))[0][:, : rank or 3]
        wanted = u[3:] @ np.linalg.pinv(u[:3])
        found = dmd(Snapshots(x, y), method="total-least-squares", rank=rank)
        assert np.abs(found.koopman_matrix.T - wanted).max() <= 1e-12
        assert len(found.eigenvalues) == (rank or 3)


@pytest.mark.parametrize("method", METHODS[1:])
def test_noise_in_x_and_y_biases_least_squares_and_not_the_others(method):
    """Equal noise of variance s^2 shrinks least squares by G/(G + s^2), here to 0.8."""
    x = RNG.standard_normal((40000, 2))
    matrix = np.array(rotation(1.0, 1.0))
    x, y = x + 0.5 * RNG.standard_normal(x.shape), x @ matrix.T
    y = y + 0.5 * RNG.standard_normal(x.shape)
    data = Snapshots(x, y)
    biased = np.abs(dmd(data).eigenvalues)
    assert biased == pytest.approx([0.8, 0.8], abs=0.02)  # 0.005 sampling error, 4 of it
    found = dmd(data, method=method).eigenvalues
    assert spread(found, np.linalg.eigvals(matrix)) <= 0.02


@pytest.mark.parametrize("method", METHODS)
def test_a_low_rank_record_keeps_its_modes_and_says_so(method):
    times = 0.1 * np.arange(60)
    shapes = RNG.standard_normal((4, 20))
    waves = np.stack([f(w * times) for w in (2.0, 5.0) for f in (np.cos, np.sin)], axis=1)
    data = Snapshots.from_trajectory(waves @ shapes, step=0.1)
    spectrum = dmd(data, method=method)
    assert (spectrum.rank, spectrum.status) == (4, Status.RANK_REDUCED)
    assert sorted(spectrum.exponents.imag) == pytest.approx([-5, -2, 2, 5], abs=1e-11)
    assert np.abs(spectrum.eigenfunctions(data.x) @ spectrum.modes - data.x).max() <= 1e-11
    cut = dmd(data, method=method, rank=2)
    assert (cut.rank, cut.vectors.shape, cut.modes.shape) == (2, (20, 2), (2, 20))


def test_exact_modes_of_a_cut_record_predict_the_images():
    x = RNG.standard_normal((50, 4)) @ np.diag([1.0, 0.5, 0.2, 0.1])
    y = x @ RNG.standard_normal((4, 4))
    spectrum = dmd(Snapshots(x, y), rank=2)
    u = np.linalg.svd(x, full_matrices=False)[0]
    fitted = u[:, :2] @ (u[:, :2].T @ y)
    phi = spectrum.eigenfunctions(x)
    assert phi * spectrum.eigenvalues @ spectrum.modes == pytest.approx(fitted, abs=1e-12)


def test_complex_states_and_single_precision():
    x = RNG.standard_normal((60, 2)) + 1j * RNG.standard_normal((60, 2))
    matrix = np.array([[0.5j, 0.3], [0.0, -0.8 + 0.1j]])
    for method in METHODS:
        found = dmd(Snapshots(x, x @ matrix.T), method=method)
        assert spread(found.eigenvalues, np.diag(matrix)) <= 1e-13
        low = dmd(
            Snapshots(x.astype(np.complex64), (x @ matrix.T).astype(np.complex64)),
            method=method,
        )
        assert low.koopman_matrix.dtype == low.eigenvalues.dtype == np.complex64
        assert low.residuals.dtype == np.float32
        assert spread(low.eigenvalues, np.diag(matrix)) <= 1e-5


def test_a_defective_matrix_still_gives_modes():
    x = RNG.standard_normal((50, 2))
    spectrum = dmd(Snapshots(x, x @ np.array([[0.5, 1.0], [0.0, 0.5]]).T))
    assert spread(spectrum.eigenvalues, [0.5]) <= 1e-7
    assert np.isfinite(spectrum.modes).all()


def test_certificates_of_dmd():
    x = RNG.standard_normal((50, 3))
    noise = dmd(Snapshots(x, RNG.standard_normal((50, 3))))
    assert noise.status is Status.NOTHING_VERIFIED
    assert noise.certificate.kind == "estimate"
    assert not noise.certificate.passed
    assert noise.certificate.method == "exact DMD"
    few = dmd(Snapshots(x[:3], x[:3] @ np.diag([0.9, 0.5, 0.2])))
    assert (few.status, few.certificate.kind) == (Status.UNDERDETERMINED, "none")
    zero = dmd(Snapshots(np.zeros((5, 2)), np.zeros((5, 2))))
    assert (zero.rank, zero.status) == (0, Status.RANK_REDUCED)
    assert zero.certificate.kind == "none"


def test_measure_preserving_modes_stay_on_the_circle():
    matrix = scipy.linalg.block_diag(rotation(1.0, 1.0), rotation(1.0, 2.2))
    x = RNG.standard_normal((400, 4))
    data = Snapshots(x, x @ matrix.T + 0.1 * RNG.standard_normal(x.shape))
    spectrum = dmd(data, method="measure-preserving")
    assert np.abs(np.abs(spectrum.eigenvalues) - 1).max() <= 1e-12
    assert spread(spectrum.eigenvalues, np.linalg.eigvals(matrix)) <= 0.02
    cut = dmd(data, method="measure-preserving", rank=2)
    assert (cut.rank, cut.status) == (2, Status.RANK_REDUCED)
    assert cut.vectors.shape == (4, 2)
    assert np.abs(np.abs(cut.eigenvalues) - 1).max() <= 1e-12
    k, v = cut.koopman_matrix, cut.vectors
    assert np.abs(k @ v - v * cut.eigenvalues).max() <= 1e-12


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"snapshots": np.eye(3)}, ParameterError, r"snapshots is a ndarray; pass Snapsh"),
        ({"method": "best"}, ParameterError, "method is 'best'; it must be one of exact"),
        ({"method": None}, ParameterError, "method is None; it must be one of"),
        ({"rank": 0}, ParameterError, "rank is 0; pass a whole number from 1 to 2"),
        ({"rank": 1.0}, ParameterError, "rank is 1.0; pass a whole number"),
        ({"rank": 3}, ParameterError, "rank is 3; pass a whole number from 1 to 2"),
        (
            {"method": "forward-backward"},
            ParameterError,
            "needs an invertible map, but y has rank 1 in 2 directions; pass rank=1 or",
        ),
    ],
)
def test_bad_arguments_of_dmd_are_refused(options, error, match):
    x = np.random.default_rng(1).standard_normal((20, 2))
    data = Snapshots(x, x @ np.diag([0.5, 0.0]))
    with pytest.raises(error, match=match):
        dmd(**{"snapshots": data} | options)


CONTROLLED = np.array([[0.9, 0.2], [-0.1, 0.5]])
PUSH = np.array([[1.0, 0.0, 2.0], [0.5, -1.0, 0.0]])


def controlled_data(noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    x, u = rng.standard_normal((200, 2)), rng.standard_normal((200, 3))
    y = x @ CONTROLLED.T + u @ PUSH.T + noise * rng.standard_normal((200, 2))
    return Snapshots(x, y, step=0.5), u


def test_control_is_separated_from_the_dynamics():
    data, u = controlled_data()
    model = controlled_dmd(data, u)
    assert model.state_matrix == pytest.approx(CONTROLLED, abs=1e-14)
    assert model.input_matrix == pytest.approx(PUSH, abs=1e-14)
    assert spread(model.eigenvalues, np.linalg.eigvals(CONTROLLED)) <= 1e-14
    assert model.residuals.max() <= 1e-14
    assert model.status is Status.CONVERGED
    # Without the inputs the eigenvalues are right on average only, and their residual,
    # the spread of w B u, is large.
    assert dmd(data).residuals.min() > 0.5


def test_residuals_of_a_controlled_model_follow_their_definition():
    data, u = controlled_data(noise=0.2)
    model = controlled_dmd(data, u)
    stacked = np.linalg.lstsq(np.hstack([data.x, u]), data.y, rcond=None)[0]
    assert model.state_matrix == pytest.approx(stacked[:2].T, abs=1e-13)
    for value, residual in zip(model.eigenvalues, model.residuals, strict=True):
        values, vectors = np.linalg.eig(model.state_matrix.T)
        w = vectors[:, np.abs(values - value).argmin()]
        miss = data.y @ w - value * (data.x @ w) - u @ (model.input_matrix.T @ w)
        wanted = np.linalg.norm(miss) / np.linalg.norm(data.x @ w)
        assert residual == pytest.approx(wanted, abs=1e-13)
    assert (np.diff(model.residuals) >= 0).all()


def test_simulation_is_the_recurrence():
    data, u = controlled_data()
    model = controlled_dmd(data, u)
    initial = np.array([[1.0, 2.0], [0.0, -1.0]])
    states = model.simulate(initial, u[:10])
    assert states.shape == (2, 11, 2)
    state = initial.copy()
    for k in range(10):
        state = state @ CONTROLLED.T + u[k] @ PUSH.T
        assert states[:, k + 1] == pytest.approx(state, abs=1e-12)
    assert np.array_equal(model.simulate(initial[0], u[:10]), states[0])
    assert model.simulate(initial[0], u[:0]).shape == (1, 2)


def test_an_unstable_model_overflows_to_infinity_without_noise():
    x, u = RNG.standard_normal((50, 1)), RNG.standard_normal((50, 1))
    model = controlled_dmd(Snapshots(x, 100 * x + u), u)
    assert not np.isfinite(model.simulate(np.ones(1), np.ones((200, 1)))[-1]).any()


def test_feedback_cannot_be_told_from_the_dynamics():
    x = RNG.standard_normal((50, 2))
    u = x @ np.array([[1.0], [2.0]])
    model = controlled_dmd(Snapshots(x, x @ CONTROLLED.T + u), u)
    assert (model.rank, model.status) == (2, Status.RANK_REDUCED)
    closed = model.state_matrix + model.input_matrix @ np.array([[1.0, 2.0]])
    assert closed == pytest.approx(
        CONTROLLED + np.array([[1.0, 2.0], [1.0, 2.0]]), abs=1e-13
    )


def test_the_unit_of_an_input_does_not_matter():
    data, u = controlled_data(noise=0.1)
    plain, scaled = controlled_dmd(data, u), controlled_dmd(data, u * 1e9)
    assert scaled.state_matrix == pytest.approx(plain.state_matrix, abs=1e-12)
    assert scaled.input_matrix * 1e9 == pytest.approx(plain.input_matrix, abs=1e-12)


def test_as_many_directions_as_samples_claim_nothing():
    data, u = controlled_data()
    model = controlled_dmd(Snapshots(data.x[:5], data.y[:5]), u[:5])
    assert (model.status, model.certificate.kind) == (Status.UNDERDETERMINED, "none")


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"snapshots": np.eye(2)}, ParameterError, "snapshots is a ndarray"),
        (
            {"inputs": np.ones((3, 1))},
            ShapeError,
            r"inputs has shape \(3, 1\) but there are 200",
        ),
        ({"inputs": np.ones(200)}, ShapeError, r"for one column pass inputs\[:, None\]"),
        ({"inputs": np.full((200, 1), np.nan)}, ParameterError, "`inputs` has 200 values"),
        ({"rank": 6}, ParameterError, "rank is 6; pass a whole number from 1 to 5"),
    ],
)
def test_bad_arguments_of_control_are_refused(options, error, match):
    data, u = controlled_data()
    with pytest.raises(error, match=match):
        controlled_dmd(**{"snapshots": data, "inputs": u} | options)


def test_bad_arguments_of_a_simulation_are_refused():
    data, u = controlled_data()
    model = controlled_dmd(data, u)
    with pytest.raises(ShapeError, match=r"initial has shape .*, needed 2 columns"):
        model.simulate(np.ones(3), u)
    with pytest.raises(ShapeError, match=r"inputs has shape .*, needed 3 columns"):
        model.simulate(np.ones(2), u[:, :1])
    with pytest.raises(ShapeError, match="pass one state or one row a state"):
        model.simulate(np.ones((1, 1, 2)), u)


@pytest.mark.parametrize("what", ["dmd", "control"])
def test_results_survive_storage_bit_by_bit(what, tmp_path):
    data, u = controlled_data(noise=0.1)
    result = (
        dmd(data, method="total-least-squares")
        if what == "dmd"
        else controlled_dmd(data, u)
    )
    io.save(result, tmp_path / "result.npz")
    again = io.load(tmp_path / "result.npz")
    assert type(again) is type(result)
    for name, array in result.arrays().items():
        assert array.tobytes() == again.arrays()[name].tobytes()
    assert again.summary() == result.summary()
