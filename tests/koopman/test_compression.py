import itertools
import math

import numpy as np
import pytest

from perturbsci.errors import ParameterError
from perturbsci.koopman import (
    GramState,
    Snapshots,
    accumulate,
    compress,
    fourier,
    linear,
    monomials,
    radial,
    tensor,
)

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (300, 2))
W = RNG.uniform(0.1, 2.0, 300)
PLAIN = Snapshots(X, X)
WEIGHTED = Snapshots(X, X, weights=W)
WAVES = tensor(fourier(3, period=3.0), fourier(3, period=3.0))
HILLS = radial(RNG.uniform(-1, 1, (80, 2)), scale=1.0)


def exact_values(data, dictionary):
    """Return the singular values of sqrt(W) Psi by a dense decomposition."""
    weights = np.full(len(X), 1 / len(X)) if data.weights is None else data.weights
    return np.linalg.svd(dictionary(data.x) * np.sqrt(weights)[:, None])[1]


@pytest.mark.parametrize("data", [PLAIN, WEIGHTED], ids=["uniform", "weighted"])
@pytest.mark.parametrize("dictionary", [WAVES, monomials(7, n_state=2), HILLS])
@pytest.mark.parametrize("rank", [1, 9, 25])
def test_the_new_functions_are_orthonormal_on_the_data(data, dictionary, rank):
    mixed = compress(data, dictionary, rank=rank)
    values = exact_values(data, dictionary)
    assert mixed.n_functions == rank
    assert mixed.dtype_kind == dictionary.dtype_kind
    # Psi V / s_r: rounding of Psi V is amplified by s_1 / s_r
    tolerance = 1e-13 * values[0] / values[rank - 1]
    assert abs(accumulate(data, mixed).G - np.eye(rank)).max() < max(tolerance, 1e-13)


@pytest.mark.parametrize("dictionary", [WAVES, HILLS])
def test_they_carry_as_much_of_the_old_ones_as_any_so_many_can(dictionary):
    rank = 15
    values = exact_values(PLAIN, dictionary)
    psi = dictionary(X) / math.sqrt(len(X))
    leading = compress(PLAIN, dictionary, rank=rank)(X) / math.sqrt(len(X))
    rest = np.linalg.norm(psi - leading @ (leading.conj().T @ psi), 2)
    # Halko, Martinsson, and Tropp (2011), corollary 10.10, for 2 power steps; the best is
    # the next singular value
    assert values[rank] * (1 - 1e-9) <= rest <= 1.05 * values[rank]


def test_more_power_steps_come_closer():
    values = exact_values(PLAIN, WAVES)
    psi = WAVES(X) / math.sqrt(len(X))
    rests = []
    for steps in (0, 1, 4):
        mixed = compress(PLAIN, WAVES, rank=10, oversampling=0, power_steps=steps)
        leading = mixed(X) / math.sqrt(len(X))
        rests.append(np.linalg.norm(psi - leading @ (leading.conj().T @ psi), 2))
    assert rests[0] > rests[1] > rests[2] >= values[10] * (1 - 1e-9)


def test_small_singular_directions_are_not_lost_in_squares():
    # down to s_r / s_1 = 1e-9, of which the square is lost in rounding
    dictionary = monomials(30)
    data = Snapshots(X[:, :1], X[:, :1])
    values = exact_values(data, dictionary)
    rank = int((values > 1e-9 * values[0]).sum())
    mixed = compress(data, dictionary, rank=rank, oversampling=2)
    assert values[rank - 1] < 1e-7 * values[0]
    gram = accumulate(data, mixed).G
    assert abs(gram - np.eye(rank)).max() < 1e-13 * values[0] / values[rank - 1]


def test_chunks_generators_and_gram_states_give_the_same_space():
    chunks = [Snapshots(X[a : a + 77], X[a : a + 77]) for a in range(0, 300, 77)]
    state = accumulate(PLAIN, WAVES)
    whole = compress(PLAIN, WAVES, rank=49)  # all of them: the space is unique
    for data in (chunks, iter(chunks), (each for each in chunks), state):
        mixed = compress(data, WAVES, rank=49)
        cosines = accumulate(PLAIN, mixed).G
        assert abs(cosines - np.eye(49)).max() < 1e-10
        turn = whole(X).conj().T @ mixed(X) / 300
        assert abs(turn.conj().T @ turn - np.eye(49)).max() < 1e-10


def test_a_gram_state_brings_its_own_dictionary():
    state = accumulate(PLAIN, WAVES)
    own, given = compress(state, None, rank=9), compress(state, WAVES, rank=9)
    assert own.mixing.tobytes() == given.mixing.tobytes()
    assert own.parts == given.parts
    with pytest.raises(ParameterError, match="dictionary is a NoneType; make one"):
        compress(PLAIN, None, rank=9)


def test_a_state_of_form_qr_is_not_squared():
    dictionary = monomials(12)
    x = X[:, :1]
    z = np.hstack([dictionary(x), dictionary(x)])
    state = accumulate(Snapshots(x, x), dictionary)
    triangle = np.linalg.qr(z)[1]
    fields = {name: getattr(state, name) for name in GramState.__slots__}
    factored = GramState(**(fields | {"form": "qr", "blocks": triangle}))
    mixed = compress(factored, dictionary, rank=13)
    values = exact_values(Snapshots(x, x), dictionary)
    gram = accumulate(Snapshots(x, x), mixed).G
    assert abs(gram - np.eye(13)).max() < 1e-13 * values[0] / values[-1]


def test_mixing_a_mixed_dictionary_multiplies_the_matrices():
    first = compress(PLAIN, WAVES, rank=20)
    second = compress(PLAIN, first, rank=5)
    assert second.mixing.shape == (49, 5)
    assert abs(accumulate(PLAIN, second).G - np.eye(5)).max() < 1e-12
    psi = second(X)
    assert np.linalg.norm(psi, axis=1).max() <= second.bounds[0]


def test_only_the_seed_decides():
    one, two = (compress(PLAIN, HILLS, rank=6, power_steps=0, seed=5) for _ in range(2))
    assert one.mixing.tobytes() == two.mixing.tobytes()
    other = compress(PLAIN, HILLS, rank=6, power_steps=0, seed=6)
    assert other.mixing.tobytes() != one.mixing.tobytes()


def test_fewer_samples_than_functions():
    data = Snapshots(X[:30], X[:30])
    mixed = compress(data, WAVES, rank=30)
    assert abs(accumulate(data, mixed).G - np.eye(30)).max() < 1e-9  # cond of 30 x 30


def test_single_precision_stays_single():
    data = Snapshots(X.astype(np.float32), X.astype(np.float32))
    mixed = compress(data, WAVES, rank=5)
    assert mixed.mixing.dtype == np.complex64
    assert abs(accumulate(data, mixed).G - np.eye(5)).max() < 1e-5


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: compress(PLAIN, 3, rank=1), "dictionary is a int; make one with"),
        (lambda: compress(PLAIN, WAVES, rank=0), "rank is 0; the number of functions"),
        (lambda: compress(PLAIN, WAVES, rank=2.0), "rank is 2.0"),
        (lambda: compress(PLAIN, WAVES, rank=50), "rank is 50, above the 49 functions"),
        (
            lambda: compress(Snapshots(X[:5], X[:5]), WAVES, rank=6),
            "the 5 samples; pass a rank up to 5",
        ),
        (lambda: compress(PLAIN, WAVES, rank=1, oversampling=-1), "oversampling is -1"),
        (lambda: compress(PLAIN, WAVES, rank=1, power_steps=-1), "power_steps is -1"),
        (lambda: compress(PLAIN, WAVES, rank=1, seed=-1), "seed is -1"),
        (
            lambda: compress([], WAVES, rank=1),
            "data is a list that does not hold snapshots",
        ),
        (lambda: compress([X], WAVES, rank=1), "pass Snapshots"),
        (lambda: compress(3, WAVES, rank=1), "data is a int that does not hold snapshots"),
        (
            lambda: compress([PLAIN, WEIGHTED], WAVES, rank=1),
            "1 chunks with weights among 2; give all of",
        ),
        (
            lambda: compress(accumulate(PLAIN, linear(2)), WAVES, rank=1),
            "GramState of 2 functions but dictionary has 49",
        ),
        (
            lambda: compress(Snapshots(X * [1, 0], X), monomials(2, n_state=2), rank=4),
            "has 3 independent combinations on these data; pass rank=3 or less",
        ),
        (
            lambda: compress(
                accumulate(Snapshots(X * [1, 0], X), linear(2)), linear(2), rank=2
            ),
            "linear has 1 independent combinations",
        ),
    ],
)
def test_bad_arguments_are_refused_with_advice(make, match):
    with pytest.raises(ParameterError, match=match):
        make()


def test_every_seed_finds_the_same_leading_space():
    # s_8 / s_9 of these waves is well apart: the leading space is found to the gap's power
    values = exact_values(PLAIN, HILLS)
    rank = int(np.argmax(values[:12] / values[1:13])) + 1
    spaces = [
        np.linalg.qr(compress(PLAIN, HILLS, rank=rank, seed=seed)(X))[0]
        for seed in range(6)
    ]
    for one, other in itertools.pairwise(spaces):
        angles = np.linalg.svd(one.T @ other)[1]
        assert angles.min() > 1 - 1e-6
