"""Gram states: sums that do not depend on how the data are portioned."""

import itertools
import tracemalloc

import numpy as np
import pytest

from perturbsci import io, koopman
from perturbsci.koopman import Snapshots, accumulate, discard, merge
from perturbsci.koopman.factors import triangle
from perturbsci.koopman.gram import gram_state

RNG = np.random.default_rng(0)
N = 211  # prime: no chunk size divides it
X = RNG.uniform(-1, 1, (N, 2))
Y = np.stack([np.cos(2 * X[:, 0]), X[:, 0] * X[:, 1]], axis=1)
WEIGHTS = RNG.uniform(0, 1, N)
DICTIONARIES = {
    "with the coordinates": koopman.monomials(3, n_state=2),
    "without them": koopman.tensor(koopman.hermite(2), koopman.legendre(2)),
    "complex": koopman.tensor(koopman.fourier(1), koopman.fourier(2)),
    "fewer than coordinates": koopman.radial(X[:1], scale=0.7),
}
CUBIC = DICTIONARIES["with the coordinates"]
# N terms of size about 1 in another order: a few units of roundoff, here 2e-16, and for qr
# a modest multiple of the 2 * 10 columns.
ROUNDING = 1e-13


def distance(a, b):
    return abs(a - b).max() / abs(b).max()


def differ(state, other):
    assert state.count == other.count
    assert state.mass == pytest.approx(other.mass, rel=1e-13)
    names = ("G", "A", "L", "moments")
    return max(distance(getattr(state, name), getattr(other, name)) for name in names)


def pairs(rows=slice(None), *, weighted=False):
    weights = WEIGHTS[rows] if weighted else None
    return Snapshots(X[rows], Y[rows], weights=weights)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", ["gram", "qr"])
@pytest.mark.parametrize("name", DICTIONARIES)
def test_blocks_are_the_sums_that_define_them(name, form, weighted):
    dictionary = DICTIONARIES[name]
    state = accumulate(pairs(weighted=weighted), dictionary, form=form)
    psi_x, psi_y = dictionary(X), dictionary(Y)
    w = WEIGHTS if weighted else np.full(N, 1 / N)
    total = 1 if weighted else N
    expected = {
        "G": (psi_x.conj().T * w) @ psi_x,
        "A": (psi_x.conj().T * w) @ psi_y,
        "L": (psi_y.conj().T * w) @ psi_y,
        "moments": (psi_x.conj().T * w) @ X * total,
    }
    for part, value in expected.items():
        assert distance(getattr(state, part), value) <= ROUNDING
    assert (state.G == state.G.conj().T).all()  # exactly
    assert state.count == N
    assert state.mass == pytest.approx(WEIGHTS.sum() if weighted else N)
    assert (state.uniform, state.n_functions) == (not weighted, dictionary.n_functions)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", ["gram", "qr"])
@pytest.mark.parametrize("chunk", [1, 7, 210, 10**6])
def test_the_size_of_chunks_does_not_matter(chunk, form, weighted):
    data = pairs(weighted=weighted)
    whole = accumulate(data, CUBIC, form=form)
    assert differ(accumulate(data, CUBIC, form=form, chunk=chunk), whole) <= 1e-12
    chunks = accumulate(data.chunks(chunk), CUBIC, form=form)
    assert differ(chunks, whole) <= 1e-12


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", ["gram", "qr"])
def test_states_merge_in_any_order_and_grouping(form, weighted):
    whole = accumulate(pairs(weighted=weighted), CUBIC, form=form)
    rows = [slice(0, 3), slice(3, 90), slice(90, 91), slice(91, 211)]
    data = [pairs(rows[k], weighted=weighted) for k in (0, 1, 3)]
    one = next(itertools.islice(pairs(weighted=weighted).chunks(1), 90, 91))
    states = [accumulate(part, CUBIC, form=form) for part in [*data, one]]
    for order in itertools.permutations(states):
        assert differ(merge(*order), whole) <= 1e-12
    a, b, c, d = states
    assert differ(merge(merge(a, b), merge(c, d)), whole) <= 1e-12
    assert differ(merge(a, merge(b, merge(c, d))), whole) <= 1e-12
    assert differ(accumulate(data[2], onto=merge(a, b, d), form=form), whole) <= 1e-12


def test_every_way_to_bring_data_gives_the_same_state():
    data = pairs()
    whole = accumulate(data, CUBIC)
    parts = [pairs(slice(0, 100)), pairs(slice(100, 211))]
    once = (part for part in parts)
    first = accumulate(parts[0], CUBIC)
    ways = [
        accumulate(parts, CUBIC),
        accumulate(once, CUBIC),
        accumulate(whole, None),
        accumulate(whole, CUBIC),
        accumulate(parts[1], onto=first),
        accumulate(accumulate(parts[1], CUBIC), onto=first),
        gram_state(data, CUBIC),
        gram_state(iter(parts), CUBIC),
        gram_state(whole),
    ]
    assert all(differ(state, whole) <= 1e-12 for state in ways)
    assert next(once, None) is None  # read to its end, once


def test_without_a_dictionary_the_functions_are_the_coordinates():
    for state in (accumulate(pairs()), gram_state([pairs()])):
        assert state.dictionary.name == "linear"
        assert distance(state.G, X.T @ X / N) <= ROUNDING


def test_uniform_sums_are_means_and_weights_are_taken_as_they_are():
    once = accumulate(pairs(), CUBIC)
    twice = merge(once, once)
    assert distance(twice.G, once.G) <= 1e-15
    assert twice.mass == 2 * N
    weighted = accumulate(pairs(weighted=True), CUBIC)
    assert distance(merge(weighted, weighted).G, 2 * weighted.G) <= 1e-15
    tripled = Snapshots(X, Y, weights=3 * WEIGHTS)
    assert distance(accumulate(tripled, CUBIC).L, 3 * weighted.L) <= ROUNDING
    # Weights 1/n say the same as no weights.
    equal = accumulate(Snapshots(X, Y, weights=np.full(N, 1 / N)), CUBIC)
    assert distance(equal.A, once.A) <= ROUNDING


def test_samples_of_weight_zero_do_not_count():
    weights = np.where(np.arange(N) < 100, 1.0, 0.0)
    state = accumulate(Snapshots(X, Y, weights=weights), CUBIC)
    few = accumulate(Snapshots(X[:100], Y[:100], weights=np.ones(100)), CUBIC)
    assert distance(state.G, few.G) <= ROUNDING
    assert state.count == N


@pytest.mark.parametrize("seed", range(5))
def test_gram_and_triangular_factor_agree_at_moderate_condition(seed):
    rng = np.random.default_rng(seed)
    mixed = np.linalg.qr(rng.standard_normal((5, 5)))[0] * np.geomspace(1, 1e-3, 5)
    x = rng.standard_normal((400, 5)) @ mixed
    data = Snapshots(x, x @ rng.standard_normal((5, 5)))
    assert np.linalg.cond(x) <= 3e3
    assert differ(accumulate(data), accumulate(data, form="qr")) <= 1e-10


def test_the_triangular_factor_keeps_the_digits_that_squaring_loses():
    x = np.array([[1.0, 1.0], [1e-9, 0.0], [0.0, 1e-9]])  # of Lauchli (1961)
    data = Snapshots(x, x)
    r = accumulate(data, form="qr").blocks[:2, :2]
    assert np.linalg.svd(r)[1][1] == pytest.approx(1e-9, rel=1e-6)  # 1 / cond = 1e-9
    assert abs(np.linalg.eigvalsh(accumulate(data).G)[0]) * 3 < 1e-15  # 1e-18 is lost


def test_the_factor_is_triangular_with_a_positive_diagonal():
    for dtype in (np.float64, np.complex128):
        z = RNG.standard_normal((9, 4)) + (1j if dtype is np.complex128 else 0)
        r = triangle(z[:5].astype(dtype), z[5:].astype(dtype))
        assert (np.tril(r, -1) == 0).all()
        assert (np.diag(r).real > 0).all()
        assert distance(r.conj().T @ r, z.conj().T @ z) <= 1e-14
    few = triangle(z[:2])
    assert few.shape == (4, 4)
    assert (few[2:] == 0).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_a_window_slides_over_the_data(weighted):
    def window(first, last):
        return pairs(slice(first, last), weighted=weighted)

    state = accumulate(window(0, 60), CUBIC)
    for k in range(0, 150, 10):
        state = accumulate(window(k + 60, k + 70), onto=state)
        state = discard(state, window(k, k + 10))
        again = accumulate(window(k + 10, k + 70), CUBIC)
        assert differ(state, again) <= 1e-11  # 15 times a few roundoffs of S


@pytest.mark.parametrize("form", ["gram", "qr"])
@pytest.mark.parametrize("weighted", [False, True])
def test_forgetting_is_a_geometric_weight_of_the_past(form, weighted):
    rho, age = 0.8, np.array([2, 1, 0]).repeat([100, 100, 11])
    w = rho**age * (WEIGHTS if weighted else 1)
    psi_x, psi_y = CUBIC(X), CUBIC(Y)
    total = 1 if weighted else w.sum()
    data = pairs(weighted=weighted)
    options = {"form": form, "forgetting": rho}
    found = [
        accumulate(data, CUBIC, chunk=100, **options),
        accumulate(data.chunks(100), CUBIC, **options),
    ]
    state = accumulate(pairs(slice(0, 100), weighted=weighted), CUBIC, form=form)
    for rows in (slice(100, 200), slice(200, 211)):
        state = accumulate(pairs(rows, weighted=weighted), onto=state, **options)
    last = accumulate(pairs(slice(200, 211), weighted=weighted), CUBIC, form=form)
    past = accumulate(data.chunks(100), CUBIC, **options)
    for each in [*found, state]:
        assert distance(each.A, (psi_x.T * w) @ psi_y / total) <= 1e-12
        assert distance(each.moments, (psi_x.T * w) @ X) <= 1e-12
        assert each.mass == pytest.approx(w.sum(), rel=1e-13)
        assert each.count == N
    faded = accumulate(last, onto=past, **options)  # a state is a portion as well
    assert faded.mass == pytest.approx(rho * past.mass + last.mass, rel=1e-13)


def test_what_memory_cuts_is_not_forgotten(monkeypatch):
    monkeypatch.setattr("perturbsci.koopman.chunking.PANEL_BYTES", 2**12)
    state = accumulate(pairs(), CUBIC, forgetting=0.5)
    assert state.mass == N
    assert distance(state.G, CUBIC(X).T @ CUBIC(X) / N) <= ROUNDING


@pytest.mark.parametrize(
    "view",
    [
        np.asfortranarray,
        lambda a: a[::-1].copy()[::-1],
        lambda a: a.astype(">f8"),
        lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    ],
    ids=["Fortran order", "negative strides", "big-endian", "every other column"],
)
def test_the_layout_of_the_states_leaves_every_bit(view):
    expected = accumulate(pairs(), CUBIC)
    state = accumulate(Snapshots(view(X), view(Y)), CUBIC)
    assert state.blocks.tobytes() == expected.blocks.tobytes()
    assert state.moments.tobytes() == expected.moments.tobytes()


def test_read_only_and_mapped_states_are_taken_and_not_modified(tmp_path):
    x, y, w = (np.array(a) for a in (X, Y, WEIGHTS))
    for array in (x, y, w):
        array.flags.writeable = False
    expected = accumulate(Snapshots(x, y, weights=w), CUBIC).blocks.tobytes()
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert accumulate(Snapshots(mapped, y, weights=w), CUBIC).blocks.tobytes() == expected
    assert x.tobytes() == X.tobytes()


def test_states_of_one_trajectory_are_evaluated_once_with_the_same_bits():
    seen = []

    def function(x):
        seen.append(len(x))
        return np.stack([np.sin(x[:, 0]), x[:, 1] ** 2], axis=1)

    dictionary = koopman.custom(function, 2, n_state=2)
    data = Snapshots.from_trajectory(X)
    once = accumulate(data, dictionary)
    assert seen == [N]
    twice = accumulate(Snapshots(data.x.copy(), data.y.copy()), dictionary)
    assert once.blocks.tobytes() == twice.blocks.tobytes()
    # Another step, or rows that only look alike, are no trajectory.
    seen.clear()
    accumulate(Snapshots(X[:-2], X[2:]), dictionary)
    accumulate(Snapshots(X[1:], X[:-1]), dictionary)
    assert seen == [N - 2, N - 2, N - 1, N - 1]


def test_the_number_of_threads_leaves_every_bit():
    limits = pytest.importorskip("threadpoolctl").threadpool_limits
    x = np.random.default_rng(1).uniform(-1, 1, (20000, 2))
    data = Snapshots(x, np.cos(x), weights=abs(x[:, 0]))
    dictionary = koopman.tensor(koopman.legendre(4), koopman.chebyshev(6))
    found = set()
    for threads in (1, 2, 3):
        with limits(threads):
            state = accumulate(data, dictionary)
        found.add((state.blocks.tobytes(), state.moments.tobytes()))
    assert len(found) == 1


@pytest.mark.parametrize("form", ["gram", "qr"])
@pytest.mark.parametrize(
    ("dtype", "kept"),
    [("f4", "f4"), ("f8", "f8"), ("c8", "c8"), ("c16", "c16"), ("i4", "f8")],
)
def test_precision_is_kept(dtype, kept, form):
    x = (4 * X).astype(dtype)
    state = accumulate(Snapshots(x, x), koopman.linear(2), form=form)
    assert state.blocks.dtype == state.moments.dtype == state.G.dtype == np.dtype(kept)
    merged = merge(state, state)
    assert merged.blocks.dtype == np.dtype(kept)
    if form == "gram":
        assert discard(merged, Snapshots(x, x)).blocks.dtype == np.dtype(kept)


def test_sums_of_single_precision_are_carried_in_double():
    x = np.full((3000, 1), 1 + 2.0**-20, dtype=np.float32)
    state = accumulate(Snapshots(x, x), koopman.linear(1), chunk=8)  # 8 add exactly
    # Added in single precision each square would lose its 2^-19 from the 2049th on.
    assert state.G.item() == pytest.approx(1 + 2.0**-19, abs=2.0**-24)


def test_complex_states_and_real_functions_of_them():
    z = X + 1j * Y
    powers = accumulate(Snapshots(z, z / 2), koopman.monomials(2, n_state=2))
    psi = np.stack([z[:, 0] ** 0, *z.T, z[:, 0] ** 2, z[:, 0] * z[:, 1], z[:, 1] ** 2], 1)
    assert distance(powers.G, psi.conj().T @ psi / N) <= ROUNDING
    moduli = koopman.custom(abs, 2, n_state=2)
    state = accumulate(Snapshots(z, z / 2), moduli)
    assert state.blocks.dtype == np.float64
    assert distance(state.moments, abs(z).T @ z) <= ROUNDING


@pytest.mark.parametrize("form", ["gram", "qr"])
def test_a_function_may_turn_complex_on_the_way(form):
    def root(x):
        return np.emath.sqrt(x[:, :1])

    x = np.concatenate([abs(X[:, :1]), -abs(X[:, :1])])
    data = Snapshots(x, x / 2)
    state = accumulate(data, koopman.custom(root, 1, n_state=1), form=form, chunk=20)
    psi = np.sqrt(x.astype(complex))
    assert distance(state.A, psi.conj().T @ np.sqrt(x / 2 + 0j) / (2 * N)) <= 1e-12


def test_states_far_wider_than_the_dictionary():
    wide = RNG.standard_normal((90, 23))
    dictionary = koopman.radial(wide[:3], scale=6.0)
    for form in ("gram", "qr"):
        state = accumulate(Snapshots(wide, -wide), dictionary, form=form)
        assert distance(state.moments, dictionary(wide).T @ wide) <= ROUNDING


def test_the_kind_of_sampling_is_kept_where_it_is_one():
    independent = [Snapshots(X, Y, sampling="independent")] * 2
    ergodic = Snapshots(X, Y, sampling="ergodic")
    state = accumulate(independent, CUBIC)
    assert state.sampling == "independent"
    assert merge(state, state).sampling == "independent"
    assert accumulate(ergodic, onto=state).sampling == "unknown"
    assert accumulate([*independent, ergodic], CUBIC).sampling == "unknown"
    assert merge(state, accumulate(ergodic, CUBIC)).sampling == "unknown"
    assert discard(merge(state, state), independent[0]).sampling == "independent"


@pytest.mark.parametrize("form", ["gram", "qr"])
def test_a_state_survives_storage_bit_by_bit(form, tmp_path):
    state = accumulate(pairs(weighted=True), DICTIONARIES["complex"], form=form)
    io.save(koopman.edmd(state), tmp_path / "state.npz")
    back = io.load(tmp_path / "state.npz").gram
    assert back.blocks.tobytes() == state.blocks.tobytes()
    assert back.moments.tobytes() == state.moments.tobytes()
    for name in ("form", "count", "mass", "uniform", "step", "operator", "sampling"):
        assert getattr(back, name) == getattr(state, name)
    assert differ(merge(back, state), merge(state, state)) == 0  # still the same functions


def test_memory_does_not_grow_with_the_data():
    def portions():
        for _ in range(8):
            x = RNG.uniform(-1, 1, (10000, 1))
            yield Snapshots(x, np.cos(x))

    accumulate(portions(), koopman.chebyshev(63))
    tracemalloc.start()
    accumulate(portions(), koopman.chebyshev(63))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 50e6  # one panel of 10 MB here, and the portion; all of Z is 80 MB


def test_frequencies_of_a_quasi_periodic_signal_from_its_delays():
    n = 12
    frequencies = np.sqrt([2, 3, 5, 7, 11, 13]) / 2
    states = np.cos(np.outer(np.arange(400), frequencies) + 0.3).sum(axis=1)[:, None]
    spectrum = koopman.edmd(Snapshots.from_trajectory(states, delays=n))
    found = sorted(abs(np.angle(spectrum.eigenvalues)))[::2]
    assert len(spectrum.eigenvalues) == n
    assert found == pytest.approx(frequencies, abs=1e-9)
    assert abs(abs(spectrum.eigenvalues) - 1).max() <= 1e-9  # undamped
