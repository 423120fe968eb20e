"""What perturb_then_diagonalize does with targets, units, precision and errors."""

import math

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import (
    AccuracyWarning,
    ConvergenceError,
)
from perturbsci.results import Status
from perturbsci.statespace import hippo, perturb_then_diagonalize

U = 2.0**-53
LEGS = hippo("legs", 12)


def jordan(n, value=0.0):
    return value * np.eye(n) + np.eye(n, k=1)


def stable_matrix(n, seed, *, kind="f"):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, n))
    if kind == "c":
        a = a + 1j * rng.standard_normal((n, n))
    return a - (2 + 2 * math.sqrt(n)) * np.eye(n)


@pytest.mark.parametrize("method", ["shift", "random"])
@pytest.mark.parametrize("kind", ["f", "c"])
def test_certificates_in_their_order(method, kind):
    near = perturb_then_diagonalize(
        stable_matrix(9, 0, kind=kind), method=method, size=0.02
    )
    claims = [each.claim for each in near.certificates]
    for claim, word in zip(
        claims, ["backward error", "size", "real part", "transfer"], strict=True
    ):
        assert word in claim
    assert [each.kind for each in near.certificates[:3]] == ["a-posteriori"] * 3
    assert all(each.passed for each in near.certificates[:3])
    last = near.certificates[3]
    assert last.kind == ("proven" if method == "shift" else "none")
    if method == "random":
        assert last.assumptions[-1] == "use hinf_norm(difference(...))"
        assert near.certificate is last
    assert near.certificates[0].value == near.backward_error
    assert near.certificates[1].value == near.size == pytest.approx(0.02, rel=1e-12)
    assert near.certificates[2].value == near.abscissa == near.eigenvalues.real.max()


@pytest.mark.parametrize("seed", range(20))
def test_the_diagonal_form_is_that_of_the_perturbed_matrix(seed):
    a = stable_matrix(2 + seed % 7, seed, kind="fc"[seed % 2])
    for options in ({}, {"method": "random"}, {"condition": 3.0}, {"size": 1e-4}):
        near = perturb_then_diagonalize(a, **options)
        product = (near.right * near.eigenvalues) @ near.inverse
        error = np.linalg.norm(a + near.perturbation - product) / np.linalg.norm(a)
        assert error <= near.certificates[0].bound
        assert near.certificates[0].passed
        size = np.linalg.norm(near.perturbation) / np.linalg.norm(a)
        assert near.size == pytest.approx(size, rel=1e-12)
        hermitian = (a + near.perturbation) / 2
        numerical = np.linalg.eigvalsh(hermitian + hermitian.conj().T)[-1]
        scale = 20 * U * np.linalg.norm(a)
        assert near.numerical_abscissa == pytest.approx(numerical, abs=scale)
        assert near.perturbation.dtype == a.dtype


def test_defaults():
    assert perturb_then_diagonalize(LEGS).theta == 0.1
    near = perturb_then_diagonalize(LEGS, method="random", stable=False)
    assert near.size == pytest.approx(0.01)
    assert math.isnan(near.theta)
    assert math.isnan(near.rho)
    assert near.core is near.low_rank is None
    assert near.unreached == ()


def test_single_precision_keeps_its_type_and_balances_its_rounding():
    near = perturb_then_diagonalize(LEGS.a.astype(np.float32))
    assert near.theta == 2e-3
    assert 100 < near.eigenvector_condition < 1000
    assert near.right.dtype == near.inverse.dtype == near.eigenvalues.dtype == np.complex64
    assert near.perturbation.dtype == near.low_rank.dtype == np.float32
    assert near.eigenvalue_condition.dtype == np.float32
    assert near.certificates[0].passed
    assert near.certificates[0].bound == pytest.approx(
        30 * 12 * 2.0**-24 * near.eigenvector_condition
    )
    exact = perturb_then_diagonalize(LEGS, theta=2e-3)
    distances = abs(near.eigenvalues[:, None] - exact.eigenvalues).min(axis=1)
    # the rounding of A to single precision moves lambda by kappa_i u ||A||
    allowed = 2.0**-24 * exact.eigenvalue_condition.max() * np.linalg.norm(LEGS.a)
    assert distances.max() <= allowed
    assert perturb_then_diagonalize(LEGS.a.astype(np.float32), size=0.01).size <= 0.0101


@pytest.mark.parametrize("scale", [1e150, 1e-150, 2.0**-1000, 3.0])
@pytest.mark.parametrize("method", ["shift", "random"])
def test_scaling(scale, method):
    options = {"method": method, "stable": False}
    one = perturb_then_diagonalize(LEGS.a, **options)
    near = perturb_then_diagonalize(LEGS.a * scale, **options)
    # scale * A is rounded anew, which moves lambda by kappa_i u ||A||
    allowed = 50 * U * one.eigenvalue_condition.max() * np.linalg.norm(LEGS.a)
    assert near.eigenvalues / scale == pytest.approx(one.eigenvalues, abs=allowed)
    assert near.size == pytest.approx(one.size, rel=1e-12)
    assert near.eigenvector_condition == pytest.approx(one.eigenvector_condition, rel=1e-9)
    assert near.backward_error <= near.certificates[0].bound
    assert near.numerical_abscissa / scale == pytest.approx(one.numerical_abscissa)


def test_layouts_give_the_same_bits():
    a = stable_matrix(10, 3)
    expected = perturb_then_diagonalize(a)
    wide = np.zeros((20, 10))
    wide[::2] = a
    frozen = a.copy()
    frozen.flags.writeable = False
    for same in (np.asfortranarray(a), wide[::2], frozen, a.astype(">f8"), a.tolist()):
        near = perturb_then_diagonalize(same)
        assert near.eigenvalues.tobytes() == expected.eigenvalues.tobytes()
        assert near.right.tobytes() == expected.right.tobytes()
    assert frozen.tobytes() == a.tobytes()


def test_integers_and_lists():
    near = perturb_then_diagonalize([[-3, 1], [0, -2]], theta=0.5)
    assert near.perturbation.dtype == np.float64
    same = perturb_then_diagonalize(np.array([[-3.0, 1.0], [0.0, -2.0]]), theta=0.5)
    assert near.eigenvalues.tobytes() == same.eigenvalues.tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_invariances(seed):
    a = stable_matrix(8, seed)
    one = perturb_then_diagonalize(a, theta=0.3)
    q = np.linalg.qr(np.random.default_rng(seed).standard_normal((8, 8)))[0]
    order = np.random.default_rng(seed).permutation(8)
    for same in (q @ a @ q.T, a[order][:, order], a.T):
        near = perturb_then_diagonalize(same, theta=0.3)
        if same.base is not a:  # unit columns of the left vectors are another scaling
            expected = pytest.approx(one.eigenvector_condition, rel=1e-10)
            assert near.eigenvector_condition == expected
        conditions = np.sort(near.eigenvalue_condition)
        assert conditions == pytest.approx(np.sort(one.eigenvalue_condition), rel=1e-10)
        distances = abs(near.eigenvalues[:, None] - one.eigenvalues).min(axis=1)
        assert distances.max() <= 1e-12
        assert near.size == pytest.approx(one.size, rel=1e-12)


@pytest.mark.parametrize("kind", ["f", "c"])
def test_nothing_is_perturbed_that_is_normal(kind):
    rng = np.random.default_rng(1)
    k = rng.standard_normal((6, 6)) + (
        1j * rng.standard_normal((6, 6)) if kind == "c" else 0
    )
    q = np.linalg.qr(k)[0]
    normal = [k + k.conj().T, k - k.conj().T, q, np.eye(6), np.zeros((6, 6)), np.diag(k[0])]
    normal.append(np.roll(np.eye(6), 1, axis=0) * 2.5)
    for a in normal:
        for options in ({"theta": 0.3}, {"method": "random", "size": 0.1}):
            near = perturb_then_diagonalize(a, **options)
            assert near.status is Status.EXACT
            assert near.eigenvector_condition == 1
            assert near.size == near.transfer_bound == 0
            assert not near.perturbation.any()
            assert near.certificates[0].passed
            assert near.right.conj().T @ near.right == pytest.approx(np.eye(6), abs=1e-14)


def test_nearly_normal_is_not_normal():
    a = np.diag([-1.0, -2.0, -3.0])
    a[0, 1] = 1e-9
    assert perturb_then_diagonalize(a, theta=0.1).status is Status.CONVERGED
    a[1:, 1:] = -jordan(2) * 1e-9
    near = perturb_then_diagonalize(a, theta=0.1)
    assert near.certificates[0].passed


@pytest.mark.parametrize("measure", ["legs", "legt", "lagt", "fout", "fourd", "lmu"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"theta": 1},
        {"size": 1.5},
        {"condition": 1},
        {"method": "random"},
        {"method": "optimize", "weight": 2.0},
        {"method": "skew"},
    ],
)
def test_one_row_is_diagonal_already(measure, options):
    near = perturb_then_diagonalize(hippo(measure, 1), **options)
    assert near.status is Status.EXACT
    assert near.eigenvalues[0] == hippo(measure, 1).a[0, 0]
    assert near.right.tolist() == near.inverse.tolist() == [[1.0]]
    assert not near.perturbation.any()


@pytest.mark.parametrize("target", ["theta", "size"])
def test_no_perturbation_is_a_plain_diagonalization(target):
    near = perturb_then_diagonalize(hippo("legs", 6), **{target: 0})
    assert near.status is Status.EXACT
    assert near.eigenvalues == pytest.approx(np.arange(-6, 0.0), abs=1e-11)
    assert near.eigenvector_condition > 1e3
    assert near.transfer_bound == near.rho == near.theta == 0
    assert near.certificates[0].passed


def test_a_useless_basis_says_so():
    with pytest.raises(
        ConvergenceError, match=r"condition .*, above 1e\+12.*raise theta"
    ) as e:
        perturb_then_diagonalize(hippo("legs", 64), theta=0)
    near = perturb_then_diagonalize(hippo("legs", 64), theta=0, strict=False)
    for found in (e.value.partial, near):
        assert found.status is Status.ILL_CONDITIONED
        assert found.eigenvector_condition > 1e12
        assert found.inverse.shape == (64, 64)
        assert not found.certificates[0].passed


@pytest.mark.parametrize("a", [jordan(8), jordan(8, -0.5), np.triu(np.ones((6, 6)), 1)])
@pytest.mark.parametrize(
    "options", [{"theta": 0.3}, {"size": 0.05}, {"condition": 20}, {"method": "random"}]
)
def test_jordan_blocks_and_nilpotent_matrices_are_finished(a, options):
    near = perturb_then_diagonalize(a, stable=False, **options)
    assert near.certificates[0].passed
    assert math.isfinite(near.eigenvector_condition)
    assert near.certificates[2].passed == (near.abscissa <= 0)
    assert (near.status is Status.UNSTABLE) == (near.abscissa >= 0)


def test_a_random_perturbation_that_destabilizes_is_refused():
    a = hippo("legs", 64)
    with pytest.raises(ConvergenceError, match="use method='shift' or 'optimize', or") as e:
        perturb_then_diagonalize(a, method="random", size=0.03)
    assert e.value.partial.status is Status.UNSTABLE
    assert e.value.partial.abscissa > 0
    near = perturb_then_diagonalize(a, method="random", size=0.03, stable=False)
    assert near.status is Status.UNSTABLE
    assert near.perturbation.dtype == np.float64
    assert near.perturbation.tobytes() == e.value.partial.perturbation.tobytes()


def test_the_shift_of_an_unstable_matrix_stays_within_its_numerical_range():
    a = stable_matrix(7, 2) + 9 * np.eye(7)
    near = perturb_then_diagonalize(a, theta=0.2)
    assert near.status is Status.UNSTABLE
    assert near.abscissa <= near.numerical_abscissa
    assert not near.certificates[2].passed
    assert near.certificates[3].kind == "none"
    assert "numerical range" in near.certificates[3].assumptions[0]


def test_the_shift_of_a_stable_matrix_that_becomes_unstable_is_refused():
    a = hippo("lmu", 33)
    with pytest.raises(ConvergenceError, match="use method='optimize', or pass stable"):
        perturb_then_diagonalize(a)
    assert perturb_then_diagonalize(a, stable=False).status is Status.UNSTABLE


def test_a_margin():
    near = perturb_then_diagonalize(LEGS, margin=0.5)
    assert near.certificates[2].bound == -0.5
    assert near.certificates[2].passed
    with pytest.raises(ConvergenceError, match=r"needed below 0 and at most -0\.95"):
        perturb_then_diagonalize(LEGS, theta=0.5, margin=0.95)


@pytest.mark.parametrize("condition", [200.0, 30.0])
def test_a_random_perturbation_of_a_wanted_condition(condition):
    near = perturb_then_diagonalize(
        LEGS, method="random", condition=condition, stable=False
    )
    assert near.eigenvector_condition <= condition
    with pytest.raises(ConvergenceError, match=r"condition is 1, but 'random' came to"):
        perturb_then_diagonalize(LEGS, method="random", condition=1)


def test_seeds():
    def draw(seed):
        options = {"method": "random", "stable": False, "seed": seed}
        return perturb_then_diagonalize(LEGS, **options).perturbation.tobytes()

    assert draw(0) == draw(0) != draw(1)
    assert draw(np.random.default_rng(3)) == draw(np.random.default_rng(3))


def test_a_size_from_one_on_warns():
    with pytest.warns(AccuracyWarning, match="size is 2: the perturbation is as large"):
        perturb_then_diagonalize(LEGS, method="random", size=2, stable=False)
    with pytest.warns(AccuracyWarning, match="size is 1"):
        assert perturb_then_diagonalize(LEGS, size=1).theta == 1


def test_archives_keep_every_bit(tmp_path):
    cases = {
        "shift": perturb_then_diagonalize(LEGS),
        "random": perturb_then_diagonalize(LEGS, method="random", stable=False),
        "exact": perturb_then_diagonalize(np.eye(3)),
        "twist": perturb_then_diagonalize(hippo("legt", 6)),
    }
    for name, near in cases.items():
        io.save(near, tmp_path / f"{name}.npz")
        loaded = io.load(tmp_path / f"{name}.npz")
        assert loaded.summary() == near.summary()
        for key, array in near.arrays().items():
            assert getattr(loaded, key).tobytes() == array.tobytes()


def test_a_shift_of_high_rank_is_turned_to_the_optimizer():
    # Stirred tanks in a row: A is normal less a term of rank n - 1.
    n = 40
    tanks = n * (np.eye(n, k=-1) - np.eye(n))
    with pytest.raises(ConvergenceError, match=r"of rank 39.* use method='optimize'"):
        perturb_then_diagonalize(tanks, theta=0.1)
    near = perturb_then_diagonalize(tanks, theta=0.9)
    # One column's law, 1/(kappa - 1) = 0.02, would be off by a factor of 200 here.
    assert near.transfer_bound == pytest.approx(4.5)
    assert "u kappa + rho/(1 - rho): 4.5" in near.summary()
    optimized = perturb_then_diagonalize(tanks, method="optimize", size=1e-6)
    assert "of perturbation see hinf_norm(difference(...))" in optimized.summary()
    assert "nan" not in optimized.summary()


def test_summaries():
    text = perturb_then_diagonalize(LEGS).summary()
    assert "..." not in text.replace("difference(...)", "")
    assert len(text.split("\n")) <= 30
    for words in (
        "theta  0.1",
        "u kappa + 1/(kappa - 1)",
        "numerical_abscissa  -0.5",
        "(proven, rho",
    ):
        assert words in text
    marginal = perturb_then_diagonalize(hippo("fout", 12)).summary()
    assert "lies on the axis, and no input reaches it" in marginal
    assert "lies on the axis" not in text
