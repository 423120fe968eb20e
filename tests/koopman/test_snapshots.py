import dataclasses
import math

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import Snapshots

STATES = np.arange(12.0).reshape(6, 2)
X = np.random.default_rng(0).standard_normal((5, 2))


def test_pairs_are_kept_as_they_are():
    data = Snapshots(X, X + 1, weights=np.ones(5), step=0.5, sampling="quadrature")
    assert data.x is X
    assert (data.n_samples, data.n_state) == (5, 2)
    assert data.y.tolist() == (X + 1).tolist()
    assert data.weights.tolist() == [1.0] * 5
    assert (data.step, data.sampling) == (0.5, "quadrature")


def test_lists_and_integers_become_arrays():
    data = Snapshots([[1], [2]], np.array([[2], [3]]), weights=[1, 3], step=2)
    assert data.x.dtype == data.y.dtype == data.weights.dtype == np.float64
    assert type(data.step) is float


@pytest.mark.parametrize("dtype", [np.float32, np.complex64, np.complex128])
def test_other_precisions_and_complex_states_are_kept(dtype):
    data = Snapshots.from_trajectory(STATES.astype(dtype), delays=2)
    assert data.x.dtype == data.y.dtype == dtype


def test_snapshots_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Snapshots(X, X).step = 2.0


@pytest.mark.parametrize("delays", [1, 2, 3, 4])
def test_the_layout_of_delays(delays):
    data = Snapshots.from_trajectory(STATES, delays=delays)
    assert data.x.shape == data.y.shape == (6 - delays, 2 * delays)
    for i in range(6 - delays):
        for j in range(delays):
            for c in range(2):
                assert data.x[i, 2 * j + c] == STATES[i + j, c]
                assert data.y[i, 2 * j + c] == STATES[i + j + 1, c]


def test_both_panels_of_a_trajectory_share_their_memory():
    data = Snapshots.from_trajectory(STATES, delays=3)
    assert data.x[1:].ctypes.data == data.y[:-1].ctypes.data
    assert np.shares_memory(data.x[1:], data.y[:-1])
    assert not np.shares_memory(data.x, STATES)


@pytest.mark.parametrize("view", [np.asfortranarray, lambda s: s.astype(">f8"), np.copy])
def test_the_layout_of_the_states_does_not_matter(view):
    data = Snapshots.from_trajectory(view(STATES), delays=2)
    assert data.x.tobytes() == Snapshots.from_trajectory(STATES, delays=2).x.tobytes()


def test_the_kind_of_sampling_of_a_trajectory():
    assert Snapshots.from_trajectory(STATES).sampling == "ergodic"
    assert Snapshots(X, X).sampling == "unknown"


def test_times_set_the_step():
    times = 5.0 + 0.25 * np.arange(6)
    assert Snapshots.from_trajectory(STATES, times=times).step == 0.25
    assert Snapshots.from_trajectory(STATES, step=3.0).step == 3.0
    jitter = times + 1e-10 * np.array([0, 1, -1, 1, -1, 0])
    assert Snapshots.from_trajectory(STATES, times=jitter).step == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("fields", "error", "match"),
    [
        (
            {"y": X[1:]},
            ShapeError,
            r"snapshots\.y has shape \(4, 2\) but snapshots\.x has \(5, 2\); each row of y "
            r"is the image .* use Snapshots\.from_trajectory\(states\)",
        ),
        ({"x": X[:, 0]}, ShapeError, r"one column pass snapshots\.x\[:, None\]"),
        ({"y": X[:, :0]}, ShapeError, r"snapshots\.y .* holds no number"),
        ({"x": X[:1], "y": X[:1]}, ShapeError, "one sample .* pass at least 2 rows"),
        ({"x": X * math.nan}, ParameterError, r"`snapshots\.x` has 10 .* drop those rows"),
        ({"y": X > 0}, ParameterError, r"snapshots\.y has dtype bool"),
        ({"weights": np.ones(4)}, ShapeError, r"needed \(5,\): one weight a row of x"),
        ({"weights": np.ones((5, 1))}, ShapeError, r"snapshots\.weights .*needed 1 axis"),
        ({"weights": [1, 1, 1, 1, -1]}, ParameterError, "minimum -1 .* are not negative"),
        ({"weights": np.zeros(5)}, ParameterError, "sum 0; .* and not all zero"),
        ({"weights": np.ones(5) * 1j}, ParameterError, r"pass snapshots\.weights\.real"),
        ({"weights": [1, 1, 1, 1, math.inf]}, ParameterError, "not finite"),
    ],
)
def test_bad_pairs_are_refused_with_advice(fields, error, match):
    with pytest.raises(error, match=match):
        Snapshots(**{"x": X, "y": X} | fields)


MASKED = np.ma.masked_greater(X, 1.0)


@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        (None, ParameterError, r"snapshots\.x is None, needed numbers; pass an array"),
        ("text", ParameterError, r"snapshots\.x is 'text', needed numbers"),
        (
            {"a": 1},
            ParameterError,
            r"snapshots\.x is \{'a': 1\}, needed numbers; pass an array",
        ),
        ([["a"], ["b"]], ParameterError, r"snapshots\.x has dtype str"),
        (X.astype(object), ParameterError, r"dtype object.*numpy\.array\(snapshots\.x, dt"),
        ([[1.0, 2.0], [3.0]], ShapeError, "rows have different lengths; make all rows"),
        (
            X > 0,
            ParameterError,
            r"dtype bool.*write snapshots\.x\.astype\(float\) if truth",
        ),
        (MASKED, ParameterError, r"masked entries, needed plain numbers; drop those rows"),
        (X.astype(np.float16), ParameterError, r"float16.*snapshots\.x\.astype\(numpy\.fl"),
        (X.astype(np.longdouble), ParameterError, r"longdouble.*astype\(numpy\.float64\)"),
        (np.float64(3.0), ShapeError, r"snapshots\.x has shape \(\), needed 2 axes"),
        (X[0], ShapeError, r"one column pass snapshots\.x\[:, None\]"),
        (X[None], ShapeError, r"needed 2 axes; reshape it, or pass snapshots\.x\[0\]"),
        (X[:0], ShapeError, r"\(0, 2\), which holds no number; pass at least one row"),
        (X[:, :0], ShapeError, r"\(5, 0\), which holds no number"),
        (np.where(X[3, 1] == X, np.inf, X), ParameterError, r"first at index \(3, 1\); dr"),
    ],
)
@pytest.mark.parametrize("name", ["x", "y"])
def test_what_is_no_panel_of_states_is_refused_with_advice(x, error, match, name):
    fields = {"x": X.astype(np.complex64), "y": X.astype(np.complex64)} | {name: x}
    with pytest.raises(error, match=match.replace(r"s\.x", rf"s\.{name}")):
        Snapshots(**fields)


def test_a_masked_array_without_a_mask_is_an_array():
    assert Snapshots(np.ma.masked_array(X), X).x.tobytes() == X.tobytes()


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        (
            {"delays": 0},
            ParameterError,
            "delays is 0; how many .* a whole number",
        ),
        (
            {"delays": 1.5},
            ParameterError,
            "delays is 1.5; how many .* a whole number",
        ),
        (
            {"delays": True},
            ParameterError,
            "delays is True; how many .* a whole number",
        ),
        (
            {"delays": 5},
            ShapeError,
            "states has 6 times, needed 7 for 2 pairs with delays=5; pass a longer",
        ),
        ({"times": np.arange(5.0)}, ShapeError, r"times .*needed \(6,\): one a state"),
        ({"times": [0, 1, 2, 3, 4, 6]}, ParameterError, "steps from 1 to 2; .* resample"),
        ({"times": -np.arange(6.0)}, ParameterError, "steps from -1 to -1; .* increase"),
        ({"times": np.zeros(6)}, ParameterError, "steps from 0 to 0; .* increase"),
        ({"states": STATES[:, 0]}, ShapeError, r"one column pass states\[:, None\]"),
        ({"states": None}, ParameterError, "states is None, needed numbers; pass an array"),
    ],
)
def test_bad_trajectories_are_refused_with_advice(options, error, match):
    with pytest.raises(error, match=match):
        Snapshots.from_trajectory(**{"states": STATES} | options)


def test_nan_in_a_trajectory_is_counted_and_placed():
    states = STATES.copy()
    states[3:, 0] = math.nan
    with pytest.raises(
        ParameterError, match=r"`states` has 3 values that are not finite, .* \(3, 0\)"
    ):
        Snapshots.from_trajectory(states)


@pytest.mark.parametrize("kind", [np.int64, np.int32])
def test_whole_numbers_of_numpy_count_as_such(kind):
    data = Snapshots.from_trajectory(STATES, delays=kind(2), step=kind(3))
    assert data.x.shape == (4, 4)
    assert data.step == 3.0


def test_times_and_a_step_that_contradict_each_other_are_refused():
    times = 0.1 * np.arange(5)
    states = np.ones((5, 1))
    assert Snapshots.from_trajectory(states, times=times, step=0.1).step == pytest.approx(
        0.1
    )
    with pytest.raises(ParameterError, match=r"step is 0\.2 but times are 0\.1 apart"):
        Snapshots.from_trajectory(states, times=times, step=0.2)
