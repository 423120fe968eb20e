"""What changes no result: coordinates, units of time, order of modes, layout, type."""

import numpy as np
import pytest

from perturbsci import statespace as ss

from .statespace_samples import all_modes, dense_sample, low_rank_sample

SEEDS = range(6)
POINTS = np.array([0.0, 0.3j, 2.0j, 0.5 - 4.0j])
LENGTH = 40
# The systems are of order one, with eigenvectors of condition up to about 100.
CLOSE = 1e-11


def close(one, two, tolerance=CLOSE):
    one, two = np.asarray(one), np.asarray(two)
    assert one.shape == two.shape
    assert np.abs(one - two).max() <= tolerance * max(np.abs(two).max(), 1e-300)


def norms(system):
    """What a change of coordinates keeps; H-infinity to its own tolerance of 1e-9."""
    sigma = ss.hankel_singular_values(system)
    through = system.d is not None and np.abs(system.d).max() > 0
    strictly = type(system)(**{**fields(system), "d": None}) if through else system
    return ss.hinf_norm(system).value, ss.h2_norm(strictly), sigma


def fields(system):
    names = system.__dataclass_fields__
    return {name: getattr(system, name) for name in names}


def same_norms(one, two):
    (peak, energy, sigma), (peak2, energy2, sigma2) = norms(one), norms(two)
    assert abs(peak / peak2 - 1) <= 2e-9
    assert abs(energy / energy2 - 1) <= CLOSE
    # sigma is known to rounding of the largest one
    close(sigma, sigma2)


def inputs_of(system, seed):
    rng = np.random.default_rng(3000 + seed)
    return rng.standard_normal((2, LENGTH, system.n_inputs))


def same_system(one, two, seed):
    """Two realizations of one system: all that is seen from outside is equal."""
    close(ss.transfer_function(one, POINTS), ss.transfer_function(two, POINTS))
    same_norms(one, two)
    rules = ["bilinear", "backward_euler"]
    if not isinstance(one, ss.LowRankSystem) and not isinstance(two, ss.LowRankSystem):
        rules += ["zoh", "dirac"]
    for rule in rules:
        a, b = (ss.discretize(each, 0.1, rule=rule) for each in (one, two))
        close(ss.convolution_kernel(a, LENGTH), ss.convolution_kernel(b, LENGTH))
        u = inputs_of(one, seed)
        close(ss.simulate(a, u).outputs, ss.simulate(b, u).outputs)
        same_norms(a, b)


def orthogonal(n, seed):
    return np.linalg.qr(np.random.default_rng(4000 + seed).standard_normal((n, n)))[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_coordinates(seed):
    system = dense_sample(5 + seed % 2, seed=seed)
    q = orthogonal(system.n_state, seed)
    turned = ss.DenseSystem(q @ system.a @ q.T, q @ system.b, system.c @ q.T, system.d)
    same_system(turned, system, seed)
    same_system(ss.halve(all_modes(system)), system, seed)
    same_system(all_modes(system), system, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_transposition(seed):
    system = dense_sample(6, seed=seed)
    dual = ss.DenseSystem(system.a.T, system.c.T, system.b.T, system.d.T)
    values = ss.transfer_function(system, POINTS)
    close(ss.transfer_function(dual, POINTS), np.swapaxes(values, 1, 2))
    same_norms(dual, system)
    w, m = ss.gramians(system)
    dual_w, dual_m = ss.gramians(dual)
    close(dual_w, m)
    close(dual_m, w)


@pytest.mark.parametrize("scale", [0.25, 3.0, 1e6])
@pytest.mark.parametrize("seed", range(3))
def test_units_of_time(seed, scale):
    """A and B in another unit of time: gains are equal, energies go with its root."""
    for system in (dense_sample(5, seed=seed), all_modes(dense_sample(6, seed=seed))):
        entries = fields(system)
        name = "a" if isinstance(system, ss.DenseSystem) else "eigenvalues"
        entries |= {"b": scale * system.b, name: scale * entries[name], "d": None}
        fast, slow = type(system)(**entries), type(system)(**fields(system) | {"d": None})
        (peak, energy, sigma), (peak2, energy2, sigma2) = norms(fast), norms(slow)
        assert abs(peak / peak2 - 1) <= 2e-9
        assert abs(energy / energy2 / np.sqrt(scale) - 1) <= CLOSE
        close(sigma, sigma2)
        at = ss.hinf_norm(fast).frequency, ss.hinf_norm(slow).frequency
        assert abs(at[0] - scale * at[1]) <= 1e-4 * scale * max(abs(at[1]), 1)  # flat tops
        for rule in ("zoh", "bilinear", "generalized"):
            kernels = [
                ss.convolution_kernel(ss.discretize(each, step, rule=rule), LENGTH)
                for each, step in ((fast, 0.1 / scale), (slow, 0.1))
            ]
            close(*kernels)


@pytest.mark.parametrize("scale", [0.25, 3.0, 1e9])
@pytest.mark.parametrize("measure", ["legs", "legt", "lagt"])
def test_units_of_a_perturbation(measure, scale):
    memory = ss.hippo(measure, 9)
    one = ss.perturb_then_diagonalize(memory, theta=0.2)
    other = ss.perturb_then_diagonalize(
        memory.a * scale, low_rank=memory.low_rank * np.sqrt(scale), theta=0.2
    )
    close(other.perturbation, scale * one.perturbation)
    close(np.sort(other.eigenvalue_condition), np.sort(one.eigenvalue_condition), 1e-9)
    assert abs(other.eigenvector_condition / one.eigenvector_condition - 1) <= 1e-9
    distances = np.abs(other.eigenvalues[:, None] - scale * one.eigenvalues).min(axis=0)
    assert distances.max() <= CLOSE * np.abs(other.eigenvalues).max()
    assert other.rho == pytest.approx(one.rho, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_coordinates_of_a_condition(seed):
    """kappa_i and their sum are those of any orthogonal basis, the gradient turns along."""
    a = dense_sample(6, seed=seed).a
    q = orthogonal(6, seed)
    (one, gradient), (two, turned) = (
        ss.condition_gradient(each) for each in (a, q @ a @ q.T)
    )
    assert abs(two / one - 1) <= CLOSE
    close(q.T @ turned @ q, gradient, 1e-9)  # quotients by differences of eigenvalues


@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_modes(seed):
    for system in (all_modes(dense_sample(6, seed=seed)), low_rank_sample(6, seed=seed)[1]):
        order = np.random.default_rng(seed).permutation(system.n_state)
        entries = fields(system)
        for name in ("eigenvalues", "b", "p", "q"):
            if name in entries:
                entries[name] = entries[name][order]
        entries["c"] = entries["c"][:, order]
        same_system(type(system)(**entries), system, seed)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_halving(n):
    """One of each pair, odd and even n: the same numbers to 1e-12."""
    for name in ("s4d-legs", "s4-ptd", "s4d-lin"):
        half = ss.initialize(name, n).system
        full = ss.unfold(half)
        assert full.weights is None
        close(ss.transfer_function(half, POINTS), ss.transfer_function(full, POINTS), 1e-12)
        one, two = (ss.discretize(each, 0.01) for each in (half, full))
        kernel = ss.convolution_kernel(one, LENGTH)
        close(ss.convolution_kernel(two, LENGTH), kernel + 0j, 1e-12)
        u = inputs_of(half, n)
        y = ss.simulate(one, u).outputs
        close(ss.simulate(two, u).outputs, y + 0j, 1e-12)
        close(ss.halve(two).eigenvalues, one.eigenvalues, 1e-12)


A = ss.hippo("legs", 6).a
B, C = np.linspace(0.5, 1.0, 6), np.linspace(-1.0, 1.0, 6)
VALUES = -1.0 - np.arange(6.0)
U = np.linspace(-1.0, 1.0, 16).reshape(2, 8, 1)
KERNEL = np.linspace(0.0, 1.0, 5).reshape(5, 1, 1)


def modes(values, b, c, **options):
    return ss.DiagonalSystem(values, b, c, **options)


def full(a, b, c, **options):
    return ss.DenseSystem(a, b, c, **options)


CALLS = {  # arrays, and what is made of them
    "perturb_then_diagonalize": (
        (A,),
        lambda a: tuple(ss.perturb_then_diagonalize(a, size=0.05).arrays().values()),
    ),
    "diagonal_system": (
        (A, B, C),
        lambda a, b, c: [
            getattr(ss.diagonal_system(ss.perturb_then_diagonalize(a), b, c), name)
            for name in ("eigenvalues", "b", "c")
        ],
    ),
    "transfer_function": (
        (A, B, C, np.array([0.5, 2.0])),
        lambda a, b, c, s: [ss.transfer_function(full(a, b, c), s)],
    ),
    "transfer of modes": (
        (VALUES, B, C, np.array([0.5, 2.0])),
        lambda a, b, c, s: [ss.transfer_function(modes(a, b, c), s)],
    ),
    "discretize": (
        (A, B, C),
        lambda a, b, c: [
            getattr(ss.discretize(full(a, b, c), 0.1), name) for name in "abc"
        ],
    ),
    "convolution_kernel": (
        (VALUES, B, C),
        lambda a, b, c: [
            ss.convolution_kernel(ss.discretize(modes(a, b, c), 0.1), 9),
            ss.convolution_kernel(ss.dense(ss.discretize(modes(a, b, c), 0.1)), 9),
        ],
    ),
    "a kernel with feedback": (
        (VALUES, B, C, B),
        lambda a, p, q, b: [
            ss.convolution_kernel(
                ss.discretize(ss.LowRankSystem(a, p, q, b, b), 0.1, rule="bilinear"), 9
            )
        ],
    ),
    "convolve": ((U, KERNEL), lambda u, k: [ss.convolve(u, k)]),
    "simulate": (
        (VALUES, B, C, U),
        lambda a, b, c, u: [
            ss.simulate(ss.discretize(modes(a, b, c), 0.1), u, method=method).outputs
            for method in ("scan", "recurrence", "convolution")
        ],
    ),
    "norms": (
        (A, B, C),
        lambda a, b, c: [
            np.array([ss.hinf_norm(full(a, b, c)).value, ss.h2_norm(full(a, b, c))]),
            ss.hankel_singular_values(full(a, b, c)),
            *ss.gramians(full(a, b, c)),
        ],
    ),
    "legs_states": ((np.array([0.5, 2.0]),), lambda s: [ss.legs_states(s, 4)]),
    "a Hankel system": (
        (B, U),
        lambda h, u: [ss.simulate(ss.HankelSystem(h, step=1.0), u).outputs],
    ),
}


def layouts(array, folder):
    """The same numbers in other places, orders and bytes."""
    fortran = np.asfortranarray(array)
    backward = array[tuple(slice(None, None, -1) for _ in array.shape)].copy()
    strided = np.zeros([2 * extent for extent in array.shape])
    strided[tuple(slice(None, None, 2) for _ in array.shape)] = array
    mapped = np.memmap(folder / "array", array.dtype, "w+", shape=array.shape)
    mapped[...] = array
    locked = array.copy()
    locked.flags.writeable = False
    return {
        "fortran": fortran,
        "negative strides": backward[tuple(slice(None, None, -1) for _ in array.shape)],
        "strided": strided[tuple(slice(None, None, 2) for _ in array.shape)],
        "big-endian": array.astype(">f8"),
        "read-only": locked,
        "memory-mapped": mapped,
        "nested lists": array.tolist(),
    }


@pytest.mark.parametrize("name", CALLS)
def test_layout(name, tmp_path):
    arrays, call = CALLS[name]
    kept = [array.copy() for array in arrays]
    expected = [np.asarray(each).tobytes() for each in call(*arrays)]
    places = [tmp_path / str(k) for k in range(len(arrays))]
    for place in places:
        place.mkdir()
    forms = [layouts(*pair) for pair in zip(arrays, places, strict=True)]
    for layout in forms[0]:
        found = call(*(each[layout] for each in forms))
        assert [np.asarray(each).tobytes() for each in found] == expected, layout
    for before, after in zip(kept, arrays, strict=True):
        assert before.tobytes() == after.tobytes()


WIDE = ("norms",)  # computed and returned in double precision, as documented
BASES = ("perturb_then_diagonalize", "diagonal_system")  # theta depends on the precision


@pytest.mark.parametrize("name", CALLS)
def test_precision(name):
    """Single precision stays single, and is right to it; whole numbers are doubles."""
    arrays, call = CALLS[name]
    narrow = [each.astype(np.float32) for each in arrays]
    expected = call(*(each.astype(np.float64) for each in narrow))
    for one, two in zip(call(*narrow), expected, strict=True):
        bits = np.finfo(np.asarray(one).dtype).bits
        assert bits == (64 if name in WIDE else 32)
        if name not in BASES:
            scale = np.abs(two).max()
            assert np.abs(one - two).max() <= 2e-5 * scale  # 170 roundoffs
    whole = [np.round(4 * each).astype(np.int32) for each in arrays]
    found = call(*whole)
    expected = call(*(each.astype(float) for each in whole))
    for one, two in zip(found, expected, strict=True):
        assert np.asarray(one).tobytes() == np.asarray(two).tobytes()
