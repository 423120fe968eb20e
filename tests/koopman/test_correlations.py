"""Moments: averages along trajectories, quadrature, and the Krylov space they span."""

import numpy as np
import pytest

from perturbsci import koopman as kp
from perturbsci.errors import ParameterError, ShapeError

RNG = np.random.default_rng(3)


def direct(values, lags):
    """The definition, one lag at a time."""
    n = values.shape[-1]
    rows = np.atleast_2d(values)
    return np.array(
        [
            np.mean(rows[:, k:] * rows[:, : n - k].conj(), axis=1).mean()
            for k in range(lags + 1)
        ]
    )


@pytest.mark.parametrize("shape", [(1,), (2,), (50,), (997,), (1, 30), (7, 64)])
@pytest.mark.parametrize("kind", ["real", "complex"])
def test_the_average_over_all_times(shape, kind):
    values = RNG.standard_normal(shape)
    if kind == "complex":
        values = values + 1j * RNG.standard_normal(shape)
    lags = shape[-1] - 1
    found = kp.autocorrelation(values, lags)
    assert found.dtype == values.dtype
    # The FFT spreads 8 log2(n) roundoffs of the largest sum; few times weigh more.
    scale = 1e-14 * (abs(values) ** 2).sum() / np.arange(lags + 1, 0, -1)
    assert (abs(found - direct(values, lags)) <= scale).all()


def test_weights_are_taken_as_they_are():
    values = RNG.standard_normal((5, 8)) + 1j * RNG.standard_normal((5, 8))
    weights = RNG.uniform(0, 2, 5)
    found = kp.autocorrelation(values, 7, weights=weights)
    exact = [(weights * values[:, n] * values[:, 0].conj()).sum() for n in range(8)]
    assert found == pytest.approx(np.array(exact), abs=1e-14)


def cat_moments(n_grid=64, lags=6):
    """c_n of g = sin x + sin(2x+y)/2 + i sin(5x+3y)/4 under the cat map."""
    x, y = np.meshgrid(*(2 * np.pi * np.arange(n_grid) / n_grid,) * 2, indexing="ij")
    values = []
    for _ in range(lags + 1):
        values.append(np.sin(x) + np.sin(2 * x + y) / 2 + 0.25j * np.sin(5 * x + 3 * y))
        x, y = np.mod(2 * x + y, 2 * np.pi), np.mod(x + y, 2 * np.pi)
    observations = np.stack(values, axis=-1).reshape(-1, lags + 1)
    return kp.autocorrelation(observations, lags, weights=np.full(n_grid**2, n_grid**-2.0))


def test_the_moments_of_the_cat_map():
    c = cat_moments()
    exact = np.array([1, 8 / 21 - 2j / 21, -4j / 21, 0, 0, 0, 0]) * 21 / 32
    assert abs(c - exact).max() <= 1e-13  # 4096 terms of size 1, arguments below 50


def test_the_krylov_state_is_that_of_the_functions():
    """On a finite rotation quadrature is exact: compare with G, A, L of the functions."""
    n, n_functions = 12, 5
    g = RNG.standard_normal(n) + 1j * RNG.standard_normal(n)
    orbit = np.stack([np.roll(g, -k) for k in range(n_functions + 1)], axis=1)
    moments = orbit.T @ g.conj() / n
    state = kp.krylov_gram(moments, n_functions)
    x, y = orbit[:, :-1], orbit[:, 1:]
    for found, exact in (
        (state.G, x.conj().T @ x / n),
        (state.A, x.conj().T @ y / n),
        (state.L, y.conj().T @ y / n),
    ):
        assert abs(found - exact).max() <= 1e-14 * 12
    assert state.n_functions == n_functions
    assert state.dictionary is None
    assert np.array_equal(state.blocks, state.blocks.conj().T)


def test_real_moments_keep_real_arithmetic():
    state = kp.krylov_gram(0.5 ** np.arange(6), 5)
    assert state.blocks.dtype == np.float64
    assert state.G[0].tolist() == (0.5 ** np.arange(5)).tolist()


@pytest.mark.parametrize(
    "change", ["fortran", "strided", "big-endian", "read-only", "list"]
)
def test_any_memory_layout_gives_the_same_bits(change):
    values = RNG.standard_normal((4, 20))
    other = {
        "fortran": lambda v: np.asfortranarray(v),
        "strided": lambda v: np.repeat(v, 2, axis=1)[:, ::2],
        "big-endian": lambda v: v.astype(">f8"),
        "read-only": lambda v: np.frombuffer(v.tobytes()).reshape(v.shape),
        "list": lambda v: v.tolist(),
    }[change](values)
    assert np.array_equal(kp.autocorrelation(other, 9), kp.autocorrelation(values, 9))


def test_single_precision_is_kept():
    values = RNG.standard_normal(100).astype(np.float32)
    assert kp.autocorrelation(values, 5).dtype == np.float32
    assert kp.autocorrelation(values.astype(np.complex64), 5).dtype == np.complex64
    found = kp.autocorrelation(values[None], 5, weights=np.ones(1))
    assert found.dtype == np.float32


@pytest.mark.parametrize("lags", [-1, 10, 2.0, True, None, "3"])
def test_lags_out_of_range_are_refused(lags):
    with pytest.raises(ParameterError, match="whole number from 0 to 9"):
        kp.autocorrelation(np.ones(10), lags)


@pytest.mark.parametrize(
    ("observations", "weights", "error", "match"),
    [
        (np.ones((2, 3, 4)), None, ShapeError, "one scalar observable at a time"),
        (np.ones(()), None, ShapeError, "observations has shape"),
        (np.ones((3, 4)), np.ones(4), ShapeError, r"needed \(3,\)"),
        (np.ones(4), np.ones(1), ShapeError, r"observations\[None, :\]"),
        (np.ones((3, 4)), [1, -1, 1], ParameterError, "not negative"),
        (np.ones((3, 4)), [0, 0, 0], ParameterError, "not all zero"),
        (np.ones((3, 4)), [1, np.nan, 1], ParameterError, "not finite"),
        ([1.0, np.inf], None, ParameterError, "observations.*not finite"),
        (["a"], None, ParameterError, "observations"),
        (np.array([True]), None, ParameterError, "observations"),
        (np.ones(4, np.float16), None, ParameterError, "float16"),
    ],
)
def test_bad_observations_are_refused(observations, weights, error, match):
    with pytest.raises(error, match=match):
        kp.autocorrelation(observations, 0, weights=weights)


@pytest.mark.parametrize(
    ("moments", "match"),
    [
        ([0.0, 0.0], "positive number"),
        ([-1.0, 0.0], "positive number"),
        ([1j, 0.0], "positive number"),
        ([1.0, 0.5, 1.1], r"\|c_2\| = 1.1"),
        ([1.0, np.nan], "not finite"),
    ],
)
def test_moments_of_no_measure_are_refused(moments, match):
    for call in (
        lambda: kp.krylov_gram(moments, 1),
        lambda: kp.spectral_measure(moments, [0.0]),
        lambda: kp.point_masses(moments, [0.0]),
        lambda: kp.separate_atoms(moments),
    ):
        with pytest.raises(ParameterError, match=match):
            call()


def test_moments_may_be_off_by_rounding():
    kp.krylov_gram([1.0, 1.0 + 1e-9], 1)
    kp.krylov_gram(np.array([1, 1.0000005], np.float32), 1)


@pytest.mark.parametrize("n_functions", [0, -1, 1.0, True, None])
def test_a_number_of_functions_is_positive(n_functions):
    with pytest.raises(ParameterError, match="whole number from 1 on"):
        kp.krylov_gram([1.0, 0.0], n_functions)


def test_too_few_moments_are_refused():
    with pytest.raises(ShapeError, match="needed at least 4 for 3 functions"):
        kp.krylov_gram([1.0, 0.0, 0.0], 3)


def test_times_in_the_first_axis_are_told_from_trajectories():
    message = "lags is 50; observations hold 500 trajectories of 3 times: pass a whole"
    with pytest.raises(ParameterError, match=message):
        kp.autocorrelation(np.ones((500, 3)), 50)
