"""Singular values on grids: closed forms, the SVD, invariances, level curves, errors."""

import math

import numpy as np
import pytest

from perturbsci import backend, io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.perturbation import (
    numerical_range,
    resolvent_grid,
    smallest_singular_values,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference

GRID_ERROR = load_reference("perturbation.grid_error").value
BOX = (-5.0, 3.0, -4.0, 4.0)


def two_by_two(c):
    """sigma_min(A - z) = s where abs(z + 1)^2 = s^2 + c s."""
    return np.array([[-1.0, c], [0.0, -1.0]])


def random_matrix(n, seed):
    """Return a complex matrix whose eigenvalues are badly conditioned."""
    generator = np.random.default_rng(seed)
    parts = generator.standard_normal((2, n, n)) / math.sqrt(n)
    return np.triu(parts[0] + 1j * parts[1]) + 0.05 * np.tril(parts[0], -1)


def random_unitary(n, seed):
    parts = np.random.default_rng(seed).standard_normal((2, n, n))
    return np.linalg.qr(parts[0] + 1j * parts[1])[0]


def random_points(shape, seed):
    parts = np.random.default_rng(seed).uniform(-2.5, 2.5, (2, *shape))
    return parts[0] + 1j * parts[1]


def by_svd(a, z, b=None, c=None):
    b = np.eye(len(a)) if b is None else b
    below = np.zeros((0, len(a))) if c is None else c
    stacks = [np.vstack([a - point * b, below]) for point in z.ravel()]
    values = [np.linalg.svd(stack, compute_uv=False)[-1] for stack in stacks]
    return np.reshape(values, z.shape)


@pytest.mark.parametrize("c", [1.0, 10.0, 100.0])
def test_two_by_two_has_its_closed_form(c):
    grid = resolvent_grid(two_by_two(c), box=BOX, shape=(33, 18))
    distance = abs(grid.re + 1j * grid.im[:, None] + 1)
    exact = 2 * distance**2 / (c + np.sqrt(c**2 + 4 * distance**2))
    # A backward error of some n u ||A|| moves sigma by as much.
    np.testing.assert_allclose(grid.sigma, exact, rtol=1e-13, atol=2e-15 * c)
    assert grid.status is Status.CONVERGED
    assert all(certificate.passed for certificate in grid.certificates)


@pytest.mark.parametrize("n", [3, 20])
def test_normal_matrices_have_the_distance_to_their_spectrum(n):
    values = random_points((n,), n)
    q = random_unitary(n, n)
    z = random_points((7, 5), 1)
    found = smallest_singular_values(q @ np.diag(values) @ q.conj().T, z, tolerance=1e-12)
    exact = abs(z[..., None] - values).min(axis=-1)
    np.testing.assert_allclose(found, exact, rtol=1e-10)


@pytest.mark.parametrize("n", [8, 24, 60])
def test_lanczos_agrees_with_the_svd_from_above(n):
    floor_of = 10 * n * np.finfo(float).eps
    for seed in range(2):
        a, z = random_matrix(n, seed), random_points((90,), seed)
        exact, found = by_svd(a, z), smallest_singular_values(a, z)
        floor = floor_of * np.linalg.norm(a, 2)
        assert (found >= exact - floor).all()
        seen = exact > 1e3 * floor  # an SVD has rounding / sigma relative to it
        assert seen.sum() > 40
        assert abs(found[seen] / exact[seen] - 1).max() <= GRID_ERROR


@pytest.mark.parametrize("rows", [0, 1, 5, 12, 30])
@pytest.mark.parametrize("with_mass", [False, True])
def test_pencils_and_lower_blocks_agree_with_the_svd(rows, with_mass):
    generator = np.random.default_rng(rows)
    a, b = generator.standard_normal((2, 12, 12))
    b = b if with_mass else None
    c = generator.standard_normal((rows, 12)) + 1j if rows else None
    z = random_points((3, 4), rows)
    for method in ("lanczos", "dense"):
        found = smallest_singular_values(a, z, mass=b, lower=c, method=method)
        np.testing.assert_allclose(found, by_svd(a, z, b, c), rtol=GRID_ERROR)


def test_grid_of_a_pencil_with_a_singular_mass():
    a, b = np.diag([1.0, 2.0, 3.0]), np.diag([1.0, 1.0, 0.0])
    grid = resolvent_grid(a, box=(0.0, 3.0, -1.0, 1.0), shape=(7, 5), mass=b)
    z = grid.re + 1j * grid.im[:, None]
    np.testing.assert_allclose(grid.sigma, by_svd(a, z, b), atol=1e-14)
    assert sorted(grid.eigenvalues.real) == pytest.approx([1.0, 2.0, np.inf])
    below = resolvent_grid(
        a, box=(0.0, 3.0, -1.0, 1.0), shape=(7, 5), lower=np.ones((1, 3))
    )
    assert np.isnan(below.eigenvalue_condition).all()
    assert below.contours(1e-3) == []  # sigma does not vanish at an eigenvalue


def test_real_matrices_are_mirrored_to_the_last_bit():
    a = random_matrix(15, 3).real
    grid = resolvent_grid(a, box=(-2.0, 2.0, -1.7, 1.7), shape=(9, 8))
    assert (grid.sigma == grid.sigma[::-1]).all()
    z = random_points((20,), 4)
    for method in ("lanczos", "dense"):
        one, other = (smallest_singular_values(a, w, method=method) for w in (z, z.conj()))
        assert (one == other).all()


def test_bits_do_not_depend_on_threads_nor_on_chunks():
    a, z = random_matrix(30, 5), random_points((700,), 5)
    with backend.use("numba", threads=1):
        one = smallest_singular_values(a, z)
    with backend.use("numba", threads=2):
        two = smallest_singular_values(a, z)
    assert (one == two).all()
    assert (smallest_singular_values(a, z[345:350]) == one[345:350]).all()


def test_single_precision_stays_single():
    a = random_matrix(10, 6).astype(np.complex64)
    z = random_points((30,), 6).astype(np.complex64)
    found = smallest_singular_values(a, z, tolerance=1e-4)
    assert found.dtype == np.float32
    floor = 10 * 10 * np.finfo(np.float32).eps * np.linalg.norm(a, 2)
    assert abs(found - by_svd(a.astype(complex), z.astype(complex))).max() <= floor
    grid = resolvent_grid(a, box=(-1, 1, -1, 1), shape=(4, 4), tolerance=1e-4)
    assert {x.dtype.itemsize for x in (grid.re, grid.sigma, grid.eigenvalues)} == {4, 8}


@pytest.mark.parametrize("factor", [1e-150, 3.0, 1e150])
def test_scale_shift_and_unitary_similarity_leave_the_resolvent_alone(factor):
    a, z = random_matrix(9, 7), random_points((25,), 7)
    q, shift = random_unitary(9, 8), 0.7 - 0.3j
    moved = factor * (q @ a @ q.conj().T + shift * np.eye(9))
    found = smallest_singular_values(moved, factor * (z + shift), tolerance=1e-12)
    expected = factor * smallest_singular_values(a, z, tolerance=1e-12)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_what_cannot_be_resolved_is_marked():
    grid = resolvent_grid(np.diag([1.0, 2.0]), box=(0.0, 3.0, -1.0, 1.0), shape=(4, 3))
    assert grid.steps.tolist() == [[6, 6, 6, 6], [6, -1, -1, 6], [6, 6, 6, 6]]
    assert grid.sigma[1, 1] == 0


def test_order_one_and_no_points_at_all():
    assert smallest_singular_values([[2.0]], [[2.0, 5.0]]).tolist() == [[0.0, 3.0]]
    assert smallest_singular_values([[2.0]], 1j) == pytest.approx(math.sqrt(5))
    for method in ("lanczos", "dense"):
        empty = smallest_singular_values(np.eye(3), np.zeros((0, 2)), method=method)
        assert empty.shape == (0, 2)
    lower = np.ones((2, 3))
    assert smallest_singular_values(np.eye(3), [], lower=lower).shape == (0,)


def test_level_curves_converge_with_order_two():
    epsilon, radius = 0.5, math.sqrt(0.5**2 + 10 * 0.5)
    errors = []
    for n in (41, 81, 161):
        grid = resolvent_grid(two_by_two(10.0), box=BOX, shape=(n, n))
        (curve,) = grid.contours(epsilon)
        assert curve[0] == curve[-1]
        errors.append(abs(abs(curve + 1) - radius).max())
    assert errors[-1] <= 1e-3
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert orders == pytest.approx(2.0, abs=0.35)  # a maximum over other points each time


def test_disks_stand_for_what_the_grid_misses():
    a = np.array([[-1.0, 0.0, 0.0], [0.0, 0.51, 3.0], [0.0, 0.0, 1.2]])
    grid = resolvent_grid(a, box=(-3.0, 3.0, -2.0, 2.0), shape=(20, 17))
    curves = grid.contours(1e-3)
    kappa = math.sqrt(1 + (3 / 0.69) ** 2)  # x = (1, 0), y = (1, 3/0.69)
    expected = {-1.0: 1e-3, 0.51: 1e-3 * kappa, 1.2: 1e-3 * kappa}
    assert len(curves) == 3
    for curve in curves:
        center = complex(curve[:-1].mean())
        nearest = min(expected, key=lambda value: abs(value - center))
        assert abs(curve - nearest) == pytest.approx(expected[nearest], rel=1e-9)


def test_the_disk_of_a_defective_eigenvalue_grows_like_the_root():
    grid = resolvent_grid(two_by_two(10.0), box=(-3.0, 1.0, -2.0, 2.0), shape=(20, 20))
    (curve,) = grid.contours(1e-4)
    assert abs(curve + 1) == pytest.approx(math.sqrt(1e-8 + 1e-3), rel=1e-2)
    (huge,) = resolvent_grid(np.eye(2), box=(-1, 3, -1, 1), shape=(9, 9)).contours(0.9)
    assert len(huge) > 4


def test_open_curves_end_at_the_rim():
    grid = resolvent_grid(np.zeros((1, 1)), box=(0.05, 2.0, -2.0, 2.0), shape=(60, 61))
    (curve,) = grid.contours(1.0)
    assert curve[[0, -1]].real == pytest.approx(0.05)
    assert abs(curve) == pytest.approx(1.0, abs=2e-3)


def test_saddles_are_joined_or_kept_apart():
    a = np.diag([-1.0, 1.0])
    grid = resolvent_grid(a, box=(-2.5, 2.5, -1.5, 1.5), shape=(11, 7))
    assert len(grid.contours(0.8)) == 2
    assert len(grid.contours(1.2)) == 1


def test_a_box_is_chosen_around_the_eigenvalues():
    a = random_matrix(12, 9).real
    grid = resolvent_grid(a, shape=(5, 4))
    values = np.linalg.eigvals(a)
    assert grid.re[0] < values.real.min() <= values.real.max() < grid.re[-1]
    assert grid.im[0] == -grid.im[-1] < values.imag.min()
    for flat in (np.zeros((2, 2)), 5 * np.eye(3)):
        found = resolvent_grid(flat, box=None, shape=(3, 3))
        assert found.re[1] == flat[0, 0]


def test_a_grid_is_stored_and_read_back(tmp_path):
    grid = resolvent_grid(two_by_two(2.0), box=BOX, shape=(5, 4))
    io.save(grid, tmp_path / "grid.npz")
    back = io.load(tmp_path / "grid.npz")
    assert (back.sigma == grid.sigma).all()
    assert back.summary() == grid.summary()
    assert "backward error" in grid.certificates[0].method


@pytest.mark.parametrize("n", [2, 5, 9])
def test_numerical_range_of_a_jordan_block_is_a_disk(n):
    found = numerical_range(np.eye(n, k=1))
    radius = math.cos(math.pi / (n + 1))
    np.testing.assert_allclose(found.support, radius, rtol=1e-12)
    np.testing.assert_allclose(abs(found.boundary), radius, rtol=1e-12)
    assert [found.abscissa, found.radius] == pytest.approx([radius, radius], rel=1e-12)
    assert found.certificate.passed


def test_numerical_range_of_a_normal_matrix_is_the_hull_of_its_spectrum():
    values = random_points((9,), 11)
    q = random_unitary(9, 11)
    found = numerical_range(q @ np.diag(values) @ q.conj().T, n_angles=36)
    turns = np.exp(2j * np.pi * np.arange(36) / 36)
    exact = (turns[:, None] * values).real.max(axis=1)
    np.testing.assert_allclose(found.support, exact, rtol=1e-12)
    assert found.radius == pytest.approx(abs(values).max(), rel=1e-12)
    attained = (turns * found.boundary).real
    np.testing.assert_allclose(attained, found.support, rtol=1e-12)


def test_numerical_radius_is_found_between_the_directions():
    a = random_matrix(8, 12)
    coarse, fine = numerical_range(a, n_angles=24), numerical_range(a, n_angles=4000)
    assert coarse.radius == pytest.approx(float(fine.support.max()), rel=2e-6)
    assert coarse.radius >= coarse.support.max()


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"matrix": np.ones((2, 3))}, ShapeError, r"shape \(2, 3\).*square part"),
        ({"matrix": [[np.nan]]}, ParameterError, "not finite"),
        ({"matrix": np.zeros((5001, 5001))}, ParameterError, "n = 5001.*at most 5000"),
        (
            {"mass": np.eye(3)},
            ShapeError,
            r"mass has shape \(3, 3\) but matrix has \(2, 2\)",
        ),
        ({"lower": np.ones((1, 3))}, ShapeError, r"lower has shape \(1, 3\).*2 columns"),
        ({"mass": np.eye(2, dtype="f4")}, ParameterError, "one precision"),
        ({"tolerance": 0.0}, ParameterError, "tolerance is 0.0; pass one finite"),
        ({"tolerance": 2.0}, ParameterError, "below 1"),
        ({"tolerance": "x"}, ParameterError, "tolerance is 'x'"),
    ],
)
def test_what_does_not_fit_is_refused(change, error, match):
    arguments = {"matrix": np.eye(2), **change}
    with pytest.raises(error, match=match):
        resolvent_grid(arguments.pop("matrix"), box=BOX, shape=(2, 2), **arguments)
    arguments = {"matrix": np.eye(2), **change}
    with pytest.raises(error, match=match):
        smallest_singular_values(arguments.pop("matrix"), [1j], **arguments)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"box": (1, 0, 0, 1)}, "re_min < re_max"),
        ({"box": (0, 1, 0, np.inf)}, "not finite"),
        ({"box": (0, 1, 0)}, "box has 3 numbers; pass .re_min"),
        ({"shape": (1, 5)}, r"shape is \(1, 5\); pass \(nx, ny\)"),
        ({"shape": 5}, "shape is 5"),
        ({"shape": (2.0, 3.0)}, "shape is"),
    ],
)
def test_a_broken_grid_is_refused(change, match):
    with pytest.raises((ParameterError, ShapeError), match=match):
        resolvent_grid(np.eye(2), **{"box": BOX, "shape": (2, 2), **change})


def test_other_broken_arguments_are_refused():
    with pytest.raises(
        ParameterError, match="method is 'svd'; it must be one of 'lanczos'"
    ):
        smallest_singular_values(np.eye(2), [1.0], method="svd")
    with pytest.raises(
        ParameterError, match="epsilon is -1; pass one finite number above 0"
    ):
        resolvent_grid(np.eye(2), box=BOX, shape=(2, 2)).contours(-1)
    for n_angles in (3, 8.0, True):
        with pytest.raises(ParameterError, match=r"n_angles is .*from 4 on"):
            numerical_range(np.eye(2), n_angles=n_angles)


def test_a_tolerance_that_is_not_reached_is_told():
    a, z = np.diag(1 + np.linspace(0.0, 1.0, 200) ** 4), np.zeros(1)  # a cluster at 1
    tolerance = 1e-13
    with pytest.raises(ConvergenceError, match=r"loosen the .*strict=False") as info:
        smallest_singular_values(a, z, tolerance=tolerance)
    kept = smallest_singular_values(a, z, tolerance=tolerance, strict=False)
    assert info.value.partial == kept == pytest.approx([1.0], rel=1e-3)
    box = (-0.1, 0.1, -0.1, 0.1)
    with pytest.raises(ConvergenceError, match="after 100 steps") as info:
        resolvent_grid(a, box=box, shape=(2, 2), tolerance=tolerance)
    assert info.value.partial.status is Status.TOLERANCE_NOT_REACHED
    assert "change" in info.value.partial.certificate.claim
