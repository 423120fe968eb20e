"""Optimized perturbations: targets, stability, closed forms, and what beats what."""

import math
import warnings

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import AccuracyWarning, ConvergenceError
from perturbsci.problems.matrices import convection_diffusion, jordan
from perturbsci.results import Status
from perturbsci.statespace import condition_gradient, hippo, perturb_then_diagonalize
from perturbsci.verification import load_reference

U = 2.0**-53
LEGS = hippo("legs", 12)


def stable_matrix(n, seed, kind="f"):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, n))
    if kind == "c":
        a = a + 1j * rng.standard_normal((n, n))
    return a - (np.linalg.eigvals(a).real.max() + 0.5) * np.eye(n)


def optimized(a, **options):
    return perturb_then_diagonalize(a, **{"method": "optimize", **options})


def best_draw(a, size, count):
    draws = [
        optimized(a, method="random", size=size, seed=seed, stable=False, strict=False)
        for seed in range(count)
    ]
    return min(draw.eigenvector_condition for draw in draws)


@pytest.mark.parametrize(
    ("size", "bound"),
    [
        (0.03, load_reference("statespace_optimize.legs_condition_large")),
        (0.01, load_reference("statespace_optimize.legs_condition_small")),
    ],
)
def test_legs_beats_every_draw(size, bound):
    legs = hippo("legs", 64)
    near = optimized(legs, size=size)
    assert near.status is Status.CONVERGED
    assert near.eigenvector_condition <= bound.value
    assert near.abscissa < 0
    assert near.size == pytest.approx(size, rel=1e-12)
    advantage = load_reference("statespace_optimize.advantage").value
    assert best_draw(legs, size, 20) >= advantage * near.eigenvector_condition


def test_skew_perturbations_keep_the_numerical_range():
    reference = load_reference("statespace_optimize.legs_skew_conditions")
    legs = hippo("legs", 64)
    for size, value in zip(reference.parameters["size"], reference.value, strict=True):
        near = optimized(legs, method="skew", size=size)
        assert near.eigenvector_condition == pytest.approx(value, rel=reference.tolerance)
        e = near.perturbation
        assert np.abs(e + e.T).max() <= 2 * U * np.abs(e).max()
        # rounding of the largest eigenvalue of the Hermitian part: u ||A||
        assert near.numerical_abscissa <= -0.5 + 10 * U * np.linalg.norm(legs.a)
        assert near.abscissa <= near.numerical_abscissa


def test_convection_and_diffusion():
    a = convection_diffusion(100)
    bound = load_reference("statespace_optimize.convection_diffusion_condition").value
    near = optimized(a, size=1e-4)
    assert near.eigenvector_condition <= bound
    assert near.abscissa < 0
    assert all(each.passed for each in near.certificates[:3])
    with pytest.raises(ConvergenceError, match="few digits or none; raise size"):
        optimized(a, size=0)


@pytest.mark.parametrize("size", [0.01, 0.1, 0.3])
def test_the_best_perturbation_of_a_jordan_block_of_two(size):
    # E = [[0, -size^2], [size sqrt(1 - size^2), 0]]: cond_2(V) = sqrt(a_12/a_21)
    exact = (1 - size**2) ** 0.25 / math.sqrt(size)
    near = optimized(jordan(2, -1.0) + np.eye(2), size=size, stable=False)
    # the value is quadratic in the distance at which the descent ends
    assert near.eigenvector_condition == pytest.approx(exact, rel=1e-4)
    assert near.eigenvector_condition >= exact * (1 - 1e-12)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("method", ["optimize", "skew"])
def test_sizes(method, seed):
    a = stable_matrix(2 + seed % 6, seed, "fc"[seed % 2])
    near = optimized(a, method=method, size=0.05, seed=seed)
    e = near.perturbation
    assert e.dtype == a.dtype
    assert near.abscissa < 0
    assert all(each.passed for each in near.certificates[:3])
    assert math.isnan(near.theta)
    assert near.core is near.low_rank is None
    assert near.size <= 0.05 * (1 + 1e-12)
    product = (near.right * near.eigenvalues) @ near.inverse
    error = np.linalg.norm(a + e - product) / np.linalg.norm(a)
    assert error <= near.certificates[0].bound
    if method == "skew":
        assert np.abs(e + e.conj().T).max() <= 4 * U * np.abs(e).max()


@pytest.mark.parametrize("seed", range(6))
def test_never_worse_than_the_draw_of_the_same_seed(seed):
    a = stable_matrix(6, seed, "fc"[seed % 2]) @ np.diag([1, 1, 1, 5, 5, 5])
    draw = optimized(a, method="random", size=0.02, seed=seed, stable=False)
    near = optimized(a, size=0.02, seed=seed, stable=False)
    sums = [condition_gradient(a + each.perturbation)[0] for each in (near, draw)]
    assert sums[0] < sums[1]


def test_the_gradient_vanishes_along_the_sphere_at_the_end():
    a = stable_matrix(6, 0) @ np.diag([1, 1, 1, 5, 5, 5])
    near = optimized(a, size=0.02)
    value, gradient = condition_gradient(a + near.perturbation)
    e = near.perturbation / np.linalg.norm(near.perturbation)
    along = gradient - (gradient * e).sum() * e
    # a descent that gains less than 3e-4 in ten steps: the root of it, with room
    assert np.linalg.norm(along) <= 0.05 * np.linalg.norm(gradient)
    assert (gradient * e).sum() < 0  # a larger size would lower the sum
    assert value < condition_gradient(a)[0]


@pytest.mark.parametrize("margin", [0.0, 0.3, 0.9])
def test_stability_is_kept_exactly(margin):
    legs = hippo("legs", 24)
    assert optimized(legs, size=0.1, stable=False).abscissa > 0
    near = optimized(legs, size=0.1, margin=margin)
    assert near.abscissa <= -margin
    assert near.abscissa < 0
    assert near.certificates[2].passed
    assert near.eigenvector_condition < 6


@pytest.mark.parametrize("n", [3, 8])
def test_a_nilpotent_matrix_becomes_stable(n):
    near = optimized(np.eye(n, k=1), size=0.1)
    assert near.abscissa < 0
    assert near.size <= 0.1 * (1 + 1e-12)
    assert near.certificates[0].passed


def test_what_cannot_be_stable_is_refused():
    a = stable_matrix(6, 1) + 3 * np.eye(6)
    with pytest.raises(ConvergenceError, match="allow a larger perturbation") as e:
        optimized(a, size=0.01)
    assert e.value.partial.status is Status.UNSTABLE
    assert optimized(a, size=0.01, stable=False).status is Status.UNSTABLE
    # a skew perturbation keeps the trace
    with pytest.raises(ConvergenceError, match="use method='optimize', which may lower"):
        optimized(np.eye(3, k=1), method="skew", condition=2)


@pytest.mark.parametrize("method", ["optimize", "skew"])
def test_conditions(method):
    sizes = []
    for condition in (1e4, 100, 10, 2):
        near = optimized(LEGS, method=method, condition=condition)
        assert 0.8 * condition <= near.eigenvector_condition <= condition
        assert near.abscissa < 0
        assert near.certificates[1].value == near.eigenvector_condition
        assert near.certificates[1].passed
        sizes.append(near.size)
    assert sizes == sorted(sizes)
    # the search ends near the size that the descent for that size needs
    again = optimized(LEGS, method=method, size=sizes[1] / 1.5)
    assert again.eigenvector_condition > 100


@pytest.mark.parametrize("method", ["optimize", "skew"])
def test_condition_one_is_met_by_a_normal_matrix(method):
    near = optimized(LEGS, method=method, condition=1)
    total = LEGS.a + near.perturbation
    assert near.eigenvector_condition == 1
    commutator = np.linalg.norm(total @ total.T - total.T @ total)
    assert commutator <= 10 * U * np.linalg.norm(total) ** 2
    assert near.abscissa < 0
    hermitian = (LEGS.a + LEGS.a.T) / 2
    traceless = hermitian - np.trace(hermitian) / 12 * np.eye(12)
    nearest = min(np.linalg.norm(traceless), np.linalg.norm(LEGS.a - hermitian))
    assert np.linalg.norm(near.perturbation) <= nearest * (1 + 1e-12)


def test_a_condition_that_holds_already_needs_nothing():
    a = stable_matrix(5, 3)
    kappa = optimized(a, size=0).eigenvector_condition
    near = optimized(a, condition=2 * kappa)
    assert near.status is Status.EXACT
    assert not near.perturbation.any()
    assert optimized(a, condition=0.9 * kappa).size > 0


def test_a_size_beyond_normality_is_not_used():
    with pytest.warns(AccuracyWarning, match=r"size is 1\.5"):
        near = optimized(LEGS, size=1.5)
    assert near.size < 1
    assert near.eigenvector_condition == 1
    assert near.certificates[1].passed


def phi(near, weight):
    return near.eigenvector_condition + weight * np.linalg.norm(near.perturbation, 2)


@pytest.mark.parametrize("weight", [0.05, 1.0, 30.0])
def test_weights_are_below_every_other_way(weight):
    near = optimized(LEGS, weight=weight)
    assert near.abscissa < 0
    assert near.certificates[1].kind == "none"
    shifts = [perturb_then_diagonalize(LEGS, theta=t) for t in np.geomspace(0.02, 1, 15)]
    assert phi(near, weight) < min(phi(each, weight) for each in shifts)
    sizes = [optimized(LEGS, size=near.size * x) for x in (0.7, 1.0, 1.4)]
    # the descent ends once ten steps gain less than 3e-4, and has several ends
    assert phi(near, weight) < 1.02 * min(phi(each, weight) for each in sizes)


def test_weights_have_the_inverse_unit_of_the_matrix():
    near, other = optimized(LEGS, weight=1.0), optimized(16 * LEGS.a, weight=1.0 / 16)
    assert other.perturbation.tobytes() == (16 * near.perturbation).tobytes()
    assert optimized(LEGS, weight=0).eigenvector_condition == pytest.approx(1, abs=1e-9)
    nothing = optimized(LEGS, weight=1e30)
    assert nothing.status is Status.EXACT
    assert not nothing.perturbation.any()


@pytest.mark.parametrize("power", [-498, 498])
def test_units_far_from_one(power):
    near = optimized(LEGS, size=0.05)
    scale = 2.0**power
    for options in ({"size": 0.05}, {"condition": near.eigenvector_condition}):
        first = optimized(LEGS, **options)
        other = optimized(scale * LEGS.a, **options)
        assert other.perturbation.tobytes() == (scale * first.perturbation).tobytes()
        assert other.eigenvector_condition == first.eigenvector_condition
        assert other.abscissa == scale * first.abscissa


CASES = {
    "jordan": jordan(5, -1.0),
    "nilpotent": np.triu(np.ones((4, 4)), 1) - 0.1 * np.eye(4),
    "repeated": np.diag([-1.0, -1, -1, -2, -2]) + np.diag([1.0, 0, 0, 3], 1),
    "semisimple": np.diag([-1.0, -1, -3]) + 5 * np.eye(3, k=2),
    "complex": jordan(3, -1.0) * 1j - 2 * np.eye(3) + np.eye(3, k=1),
    "two": np.array([[-1.0, 1e6], [0.0, -1.0]]),
    "rows of zeros": np.outer([1.0, 0, 0], [0.0, 1, 1]) - 1e-3 * np.eye(3),
    "lagt": hippo("lagt", 9).a,
    "fout": hippo("fout", 9).a,
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", ["optimize", "skew"])
def test_defective_matrices_are_finished(name, method):
    a = CASES[name]
    targets = [{"size": 1e-3}, {"size": 0.2}, {"condition": 20.0}]
    targets += [{"weight": 1.0}] * (method == "optimize")
    for target in targets:
        near = optimized(a, method=method, strict=False, **target)
        for array in near.arrays().values():
            assert np.isfinite(array).all()
        assert math.isfinite(near.eigenvector_condition)
        assert near.certificates[0].passed
        assert near.certificates[2].passed == (near.status is not Status.UNSTABLE)
        if method == "optimize":
            assert near.status is not Status.UNSTABLE


def test_few_steps_are_reported_and_still_stable():
    near = optimized(hippo("legs", 24), size=0.1, max_steps=1)
    assert near.status is Status.MAX_STEPS
    assert near.abscissa < 0
    more = optimized(hippo("legs", 24), size=0.1)
    assert more.status is Status.CONVERGED
    assert more.eigenvector_condition < near.eigenvector_condition


def test_seeds_and_layouts():
    def e(a=LEGS.a, seed=0):
        return optimized(a, seed=seed, max_steps=15).perturbation.tobytes()

    assert e() == e() != e(seed=1)
    assert e(seed=np.random.default_rng(3)) == e(seed=np.random.default_rng(3))
    frozen = LEGS.a.copy()
    frozen.flags.writeable = False
    for same in (np.asfortranarray(LEGS.a), frozen, LEGS.a.astype(">f8"), LEGS.a.tolist()):
        assert e(same) == e()


@pytest.mark.parametrize("kind", ["f4", "c8"])
def test_single_precision_is_kept(kind):
    a = LEGS.a.astype(kind)
    near = optimized(a, size=0.03)
    assert near.perturbation.dtype == a.dtype
    assert near.right.dtype == np.complex64
    assert all(each.passed for each in near.certificates[:3])


def test_archives_keep_every_bit(tmp_path):
    for k, options in enumerate(({"size": 0.1}, {"condition": 5}, {"weight": 1.0})):
        near = optimized(hippo("legs", 6), **options)
        io.save(near, tmp_path / f"{k}.npz")
        loaded = io.load(tmp_path / f"{k}.npz")
        assert loaded.summary() == near.summary()
        for key, array in near.arrays().items():
            assert getattr(loaded, key).tobytes() == array.tobytes()


def test_no_warning_of_numpy_escapes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for a in (jordan(4), np.eye(3, k=2), hippo("legs", 40).a):
            optimized(a, size=1e-13, strict=False)
            optimized(a, condition=1e11, strict=False)
