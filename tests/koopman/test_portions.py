"""Pairs from several trajectories and from maps, their chunks and random parts."""

import math
import re

import numpy as np
import pytest

from perturbsci import koopman
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import Snapshots
from perturbsci.koopman.oddities import data_warnings

RNG = np.random.default_rng(0)
LONG, SHORT = RNG.standard_normal((7, 2)), RNG.standard_normal((4, 2))
X = RNG.standard_normal((30, 2))


@pytest.mark.parametrize("delays", [1, 2, 3])
def test_no_pair_crosses_from_one_trajectory_to_the_next(delays):
    data = Snapshots.from_trajectories([LONG, SHORT], delays=delays, step=0.5)
    parts = [Snapshots.from_trajectory(LONG, delays=delays)]
    if delays < 3:
        parts.append(Snapshots.from_trajectory(SHORT, delays=delays))
    count = sum(part.n_samples for part in parts)
    assert np.concatenate([part.x for part in parts]).tobytes() == data.x[:count].tobytes()
    assert np.concatenate([part.y for part in parts]).tobytes() == data.y[:count].tobytes()
    assert (data.n_samples, data.n_state) == (11 - 2 * delays, 2 * delays)
    assert (data.step, data.sampling, data.weights) == (0.5, "unknown", None)


def test_one_pair_of_a_trajectory_is_taken():
    data = Snapshots.from_trajectories([LONG[:4], SHORT], delays=3)
    assert data.x.tolist() == [LONG[:3].ravel().tolist(), SHORT[:3].ravel().tolist()]
    assert data.y.tolist() == [LONG[1:4].ravel().tolist(), SHORT[1:].ravel().tolist()]


def test_an_array_holds_trajectories_of_one_length():
    states = RNG.standard_normal((3, 5, 2))
    data = Snapshots.from_trajectories(states, delays=2)
    expected = Snapshots.from_trajectories(list(states), delays=2)
    assert data.x.tobytes() == expected.x.tobytes()
    assert data.x.shape == (9, 4)
    again = Snapshots.from_trajectories(iter(states), delays=2)
    assert again.y.tobytes() == data.y.tobytes()


def test_the_weight_of_a_trajectory_is_that_of_its_samples():
    data = Snapshots.from_trajectories(
        [LONG, SHORT], delays=2, weights=[2, 0.5], sampling="quadrature"
    )
    assert data.weights.tolist() == [2.0] * 5 + [0.5] * 2
    assert data.sampling == "quadrature"


def test_complex_and_single_trajectories_are_kept():
    for dtype in (np.float32, np.complex64, np.complex128):
        data = Snapshots.from_trajectories([LONG.astype(dtype)] * 2)
        assert data.x.dtype == dtype
    mixed = Snapshots.from_trajectories([LONG, SHORT + 1j])
    assert mixed.x.dtype == np.complex128


@pytest.mark.parametrize(
    ("states", "options", "error", "match"),
    [
        ([], {}, ShapeError, r"states is \[\], without any trajectory; pass at least one"),
        (
            [LONG, SHORT[:, :1]],
            {},
            ShapeError,
            r"states\[1\] has 1 columns but states\[0\]",
        ),
        (
            [LONG, SHORT[:2]],
            {"delays": 2},
            ShapeError,
            r"states\[1\] has 2 times, needed 3",
        ),
        ([LONG[:, 0]], {}, ShapeError, r"one column pass states\[0\]\[:, None\]"),
        (LONG, {}, ShapeError, r"one trajectory use Snapshots\.from_trajectory\(states\)"),
        (LONG[0], {}, ShapeError, r"states has shape \(2,\), needed a list of"),
        (None, {}, ParameterError, "states is a NoneType, needed a list"),
        ("states", {}, ParameterError, "states is a str, needed a list"),
        ({"a": LONG}, {}, ParameterError, "states is a dict, needed a list"),
        (3.0, {}, ParameterError, "states is a float, needed a list"),
        ([LONG, None], {}, ParameterError, r"states\[1\] is None, needed numbers"),
        ([LONG, SHORT * math.nan], {}, ParameterError, r"`states\[1\]` has 8 values that"),
        ([LONG > 0], {}, ParameterError, r"states\[0\] has dtype bool"),
        ([LONG.astype("f2")], {}, ParameterError, r"float16.*astype\(numpy.float32\)"),
        (
            [LONG],
            {"delays": 0},
            ParameterError,
            "delays is 0; how many .* a whole number",
        ),
        (
            [LONG],
            {"delays": 2.0},
            ParameterError,
            "delays is 2.0; how many .* a whole number",
        ),
        (
            [LONG],
            {"weights": [1, 2]},
            ShapeError,
            r"weights has shape \(2,\), needed \(1,\)",
        ),
        ([LONG], {"weights": [[1]]}, ShapeError, "weights has shape .* needed 1 axis"),
        ([LONG], {"weights": [-1]}, ParameterError, "minimum -1 .* are not negative"),
        ([LONG], {"weights": [0]}, ParameterError, "sum 0; .* not all zero"),
        ([LONG], {"weights": [1e308]}, ParameterError, "sum inf; .* their sum is finite"),
        ([LONG], {"step": 0}, ParameterError, "step is 0; the time between x and y"),
        (
            [LONG],
            {"sampling": "grid"},
            ParameterError,
            "sampling is 'grid'; it must be one",
        ),
        ([LONG[:2]], {}, ShapeError, "one sample says nothing"),
    ],
)
def test_bad_trajectories_are_refused_with_advice(states, options, error, match):
    with np.errstate(over="ignore"), pytest.raises(error, match=match):
        Snapshots.from_trajectories(states, **options)


def test_a_map_is_applied_to_a_copy():
    def halve(x):
        x /= 2
        return x

    data = Snapshots.from_map(
        halve, X, weights=np.ones(30), step=0.1, sampling="quadrature"
    )
    assert data.x is X
    assert data.y.tobytes() == (X / 2).tobytes()
    assert (data.step, data.sampling, data.weights.sum()) == (0.1, "quadrature", 30)
    integers = Snapshots.from_map(lambda x: x + 1, [[1], [2]])
    assert integers.y.tolist() == [[2.0], [3.0]]


@pytest.mark.parametrize(
    ("function", "x", "error", "match"),
    [
        (lambda x: x[:-1], X, ShapeError, r"function\(x\) has shape \(29, 2\) .* one row"),
        (lambda x: x[:, 0], X, ShapeError, "takes all states at once"),
        (lambda x: None, X, ParameterError, r"function\(x\) is None, needed numbers"),
        (lambda x: x * math.inf, X, ParameterError, r"`function\(x\)` has 60 values that"),
        (X, X, ParameterError, "function is a ndarray; pass a callable"),
        (np.sin, X[:, 0], ShapeError, r"one column pass x\[:, None\]"),
        (np.sin, X[:1], ShapeError, "one sample says nothing"),
    ],
)
def test_bad_maps_are_refused_with_advice(function, x, error, match):
    with pytest.raises(error, match=match):
        Snapshots.from_map(function, x)


@pytest.mark.parametrize("size", [1, 7, 30, 31, np.int64(10)])
def test_chunks_are_views_in_order(size):
    data = Snapshots(X, X + 1, weights=np.arange(30), step=0.5, sampling="ergodic")
    chunks = list(data.chunks(size))
    assert [chunk.n_samples for chunk in chunks[:-1]] == [size] * (len(chunks) - 1)
    for name in ("x", "y", "weights"):
        whole = getattr(data, name)
        parts = [getattr(chunk, name) for chunk in chunks]
        assert np.concatenate(parts).tobytes() == whole.tobytes()
        assert all(np.shares_memory(part, whole) for part in parts)
    assert {(chunk.step, chunk.sampling) for chunk in chunks} == {(0.5, "ergodic")}
    assert next(Snapshots(X, X).chunks(size)).weights is None


@pytest.mark.parametrize("size", [0, -1, 2.5, True, "2"])
def test_bad_sizes_of_chunks_are_refused_at_once(size):
    with pytest.raises(ParameterError, match=r"size is .*; how many samples a chunk has"):
        Snapshots(X, X).chunks(size)


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
def test_two_parts_hold_each_pair_once(fraction):
    data = Snapshots(X, X + 1, weights=1.0 + np.arange(30), step=0.5)
    first, second = data.split(fraction, seed=3)
    assert first.n_samples == round(fraction * 30)
    assert first.n_samples + second.n_samples == 30
    both = np.concatenate([first.weights, second.weights])
    assert sorted(both) == sorted(data.weights)
    for part in (first, second):
        rows = part.weights.astype(int) - 1
        assert (np.diff(rows) > 0).all()  # in the order of the pairs
        assert part.x.tobytes() == X[rows].tobytes()
        assert part.y.tobytes() == (X + 1)[rows].tobytes()
        assert part.step == 0.5


def test_the_seed_decides_the_parts():
    data = Snapshots(X, X)
    first = data.split(0.5)[0].x
    assert first.tobytes() == data.split(0.5, seed=0)[0].x.tobytes()
    assert first.tobytes() != data.split(0.5, seed=1)[0].x.tobytes()
    generators = [np.random.default_rng(7) for _ in range(2)]
    drawn = [data.split(0.5, seed=generator)[0].x.tobytes() for generator in generators]
    assert drawn[0] == drawn[1]


def test_every_pair_is_as_likely_in_either_part():
    data = Snapshots(np.arange(20.0)[:, None], np.arange(20.0)[:, None])
    counts = np.zeros(20)
    for seed in range(400):
        counts[data.split(0.3, seed=seed)[0].x[:, 0].astype(int)] += 1
    # Binomial(400, 0.3): standard deviation 9.2, five of them.
    assert abs(counts - 120).max() <= 46


@pytest.mark.parametrize(
    ("sampling", "kept"), [("quadrature", "unknown"), ("independent", "independent")]
)
def test_a_part_of_a_quadrature_is_none(sampling, kept):
    data = Snapshots(X, X, sampling=sampling)
    assert [part.sampling for part in data.split(0.5)] == [kept, kept]


@pytest.mark.parametrize(
    ("fraction", "match"),
    [
        (0, r"fraction is 0; the share of the first part lies in \(0, 1\)"),
        (1.0, "fraction is 1.0; the share"),
        (-0.5, "fraction is -0.5; the share"),
        (math.nan, "fraction is nan; the share"),
        ("half", "fraction is 'half'; the share"),
        (True, "fraction is True; the share"),
        (0.04, "splits 30 samples into 1 and 29; both parts need 2"),
        (0.999, "splits 30 samples into 30 and 0; both parts need 2"),
    ],
)
def test_bad_fractions_are_refused(fraction, match):
    with pytest.raises(ParameterError, match=match):
        Snapshots(X, X).split(fraction)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (
            np.ones((3, 31)) * X[:3, :1],
            "x has 3 samples of 31 columns: .* transpose x and y",
        ),
        (np.zeros((5, 2)), "every sample of x is zero: no dynamics"),
        (np.full((5, 2), 3.0), "every sample of x is the same state: no dynamics"),
        (
            np.concatenate([X, X[:4]]),
            "4 of 34 pairs repeat an earlier one: they weigh more",
        ),
        (
            X + np.array([0, 1e12]),
            "column 1 of x lies 1e.12 from 0 with a spread of .*: center the",
        ),
        (X + 1e12, r"\(and 1 columns more\): center the states"),
        (X - 1e9j, "column 0 of x lies 1e.09 from 0 .* center"),
        (X * 1e-308, "numbers are subnormal and short of digits: scale the states"),
        (X.astype("f4") * np.float32(1e-39), "numbers are subnormal"),
    ],
)
def test_odd_data_are_said_to_be_odd(x, words):
    data = Snapshots(x, x[::-1])
    found = [text for text in data_warnings(data) if re.search(words, text)]
    assert len(found) == 1


def test_ordinary_data_are_not_odd():
    angle = 0.7 * np.arange(200.0)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    ordinary = [
        Snapshots(X, X + 1),
        Snapshots.from_trajectory(circle, delays=5),
        Snapshots.from_trajectory(1e5 + circle),
        Snapshots(X + 1j * X[::-1], X),
        Snapshots(np.hstack([X, np.ones((30, 1))]), np.hstack([X, np.ones((30, 1))])),
        Snapshots(X[:3] @ np.ones((2, 30)), X[:3] @ np.ones((2, 30))),
        Snapshots(np.repeat(X, 2, axis=0), RNG.standard_normal((60, 2))),  # noisy images
    ]
    assert [data_warnings(data) for data in ordinary] == [()] * len(ordinary)


def test_repetitions_are_sought_among_the_first_pairs():
    x = np.zeros((2**16 + 10, 1))
    x[: 2**16, 0] = np.arange(2**16)
    assert data_warnings(Snapshots(x, x)) == ()
    x[1] = -0.0  # the same number as the 0 before it
    text = data_warnings(Snapshots(x, x))[0]
    assert text.startswith("1 of the first 65536 pairs repeat")


def test_a_signal_does_not_depend_on_where_its_record_is_cut():
    # Two pieces of one record give the frequencies that the whole gives.
    times = np.arange(300)
    states = np.stack([np.cos(0.3 * times), np.cos(1.1 * times + 1)], axis=1)
    pieces = [states[:120], states[120:200], states[200:]]
    data = Snapshots.from_trajectories(pieces, delays=2)
    values = koopman.edmd(data).eigenvalues
    assert sorted(np.angle(values)) == pytest.approx([-1.1, -0.3, 0.3, 1.1], abs=1e-12)
