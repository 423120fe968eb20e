import os
import subprocess
import sys

import numpy as np
import pytest

from perturbsci.backend import linalg
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.verification import eigen_backward_error, linear_backward_error
from tests.backend.matrices import (
    KINDS,
    RATIO,
    SIZES,
    UNIT_ROUNDOFF,
    has_canonical_phase,
    is_close,
    is_orthonormal,
)

TWO_RUNS = """
import numpy, sys
from perturbsci.backend import linalg
a = numpy.random.default_rng(0).standard_normal((200, 200))
numpy.save(sys.argv[1], numpy.vstack(linalg.eig(a)))
"""


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture(params=KINDS)
def matrix(request, size):
    return KINDS[request.param](np.random.default_rng(size).standard_normal((size, size)))


def test_eig_is_backward_stable_and_canonical(matrix):
    n, before = len(matrix), matrix.copy()
    values, vectors = linalg.eig(matrix)
    assert values.dtype == vectors.dtype == np.complex128
    assert (values.shape, vectors.shape) == ((n,), (n, n))
    assert eigen_backward_error(matrix, values, vectors) <= RATIO * n * UNIT_ROUNDOFF
    assert n == 0 or has_canonical_phase(vectors)
    assert np.array_equal(matrix, before)


def test_eigh_is_backward_stable_and_canonical(matrix):
    hermitian = matrix / 2 + matrix.conj().T / 2
    n = len(matrix)
    values, vectors = linalg.eigh(hermitian)
    assert values.dtype == np.float64
    assert vectors.dtype == matrix.dtype
    assert (np.diff(values) >= 0).all()
    assert eigen_backward_error(hermitian, values, vectors) <= RATIO * n * UNIT_ROUNDOFF
    assert is_orthonormal(vectors)
    assert n == 0 or has_canonical_phase(vectors)


@pytest.mark.parametrize("columns", [0, 2, 7])
def test_svd_and_qr_are_backward_stable(matrix, columns):
    a = matrix[:, :columns]
    u, s, vh = linalg.svd(a)
    q, r = linalg.qr(a)
    k = min(a.shape)
    assert (u.shape, s.shape, vh.shape) == ((len(a), k), (k,), (k, a.shape[1]))
    assert (q.shape, r.shape) == ((len(a), k), (k, a.shape[1]))
    assert (np.diff(s) <= 0).all()
    assert np.array_equal(r, np.triu(r))
    assert is_orthonormal(u)
    assert is_orthonormal(vh.conj().T)
    assert is_orthonormal(q)
    assert is_close(u * s @ vh, a)
    assert is_close(q @ r, a)


@pytest.mark.parametrize("shape", [(), (1,), (3,)])
def test_solve_is_backward_stable(matrix, shape):
    n = len(matrix)
    b = np.random.default_rng(1).standard_normal((n, *shape))
    x = linalg.solve(matrix, b)
    assert x.shape == b.shape
    assert linear_backward_error(matrix, x, b) <= RATIO * n * UNIT_ROUNDOFF


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5)])
@pytest.mark.parametrize("rank", [0, 1, 3])
def test_lstsq_gives_the_rank_and_the_solution_of_smallest_norm(shape, rank):
    rng = np.random.default_rng(rank)
    a = rng.standard_normal((shape[0], rank)) @ rng.standard_normal((rank, shape[1]))
    b = rng.standard_normal((shape[0], 2))
    x, found, s = linalg.lstsq(a, b)
    assert found == rank
    assert isinstance(found, int)
    assert s == pytest.approx(np.linalg.svd(a, compute_uv=False), abs=1e-13)
    assert x == pytest.approx(np.linalg.pinv(a, rcond=1e-12) @ b, abs=1e-12)
    assert linalg.lstsq(a, b[:, 0])[0] == pytest.approx(x[:, 0], abs=1e-13)


def test_the_tolerance_of_lstsq_is_relative_to_the_largest():
    a = np.diag([1e6, 1e3, 1.0])
    assert [linalg.lstsq(a, np.ones(3), tolerance=t)[1] for t in (0, 1e-5, 1e-2)] == [
        3,
        2,
        1,
    ]
    assert linalg.lstsq(1e-150 * a, np.ones(3), tolerance=1e-5)[1] == 2


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_lstsq_of_nothing(shape):
    x, rank, s = linalg.lstsq(np.zeros(shape), np.ones((shape[0], 2)))
    assert np.array_equal(x, np.zeros((shape[1], 2)))
    assert (rank, s.size) == (0, 0)


def test_the_order_of_eigenvalues_is_exact():
    wanted = np.array([-3, 2, 2j, -2j, -2, 1 + 1j, 1 - 1j, 0.5, 0, 0])
    for seed in range(20):
        shuffled = np.random.default_rng(seed).permutation(wanted)
        values, vectors = linalg.eig(np.diag(shuffled))
        assert np.array_equal(values, wanted)
        assert np.array_equal(np.abs(vectors).sum(axis=0), np.ones(10))


def test_differences_beyond_12_digits_of_the_radius_do_not_order():
    values, _ = linalg.eig(np.diag([-1.0, 1 - 1e-14, 1e-13, -1e-14]))
    assert values.tolist() == [1 - 1e-14, -1.0, 1e-13, -1e-14]


def test_conjugate_pairs_stay_together_where_moduli_agree():
    turns = [np.array([[c, -s], [s, c]]) for c, s in ((0.6, 0.8), (-0.8, 0.6), (0, 1))]
    a = np.zeros((7, 7))
    for k, turn in enumerate(turns):
        a[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = turn
    a[6, 6] = 1.0
    values, vectors = linalg.eig(a)
    wanted = [1, 0.6 + 0.8j, 0.6 - 0.8j, 1j, -1j, -0.8 + 0.6j, -0.8 - 0.6j]
    assert values == pytest.approx(wanted, abs=1e-15)
    assert np.array_equal(values[1::2], values[2::2].conj())
    assert np.array_equal(vectors[:, 1::2], vectors[:, 2::2].conj())


@pytest.mark.parametrize("n", [2, 3, 10, 50])
def test_pairs_of_real_matrices_are_adjacent_conjugates(n):
    for seed in range(10):
        a = np.random.default_rng(seed).standard_normal((n, n))
        values, vectors = linalg.eig(a)
        first = np.flatnonzero(values.imag > 0)
        assert np.array_equal(values[first + 1], values[first].conj())
        assert np.array_equal(vectors[:, first + 1], vectors[:, first].conj())
        assert np.array_equal(first + 1, np.flatnonzero(values.imag < 0))
        assert (np.diff(np.abs(values)) <= 1e-11 * np.abs(values[0])).all()


@pytest.mark.parametrize("solver", [linalg.eig, linalg.eigh])
def test_the_phase_is_that_of_the_first_of_the_largest_entries(solver):
    a = np.array([[0, 1j], [-1j, 0]])
    vectors = solver(a)[1]
    assert vectors[0] == pytest.approx([0.5**0.5, 0.5**0.5], abs=1e-15)
    assert np.array_equal(vectors[0].imag, [0.0, 0.0])
    assert sorted(vectors[1].imag) == pytest.approx([-(0.5**0.5), 0.5**0.5])


@pytest.mark.parametrize("kind", ["real", "complex"])
def test_a_renumbering_of_the_states_renumbers_the_vectors_only(kind):
    a = KINDS[kind](np.random.default_rng(3).standard_normal((12, 12)))
    values, vectors = linalg.eig(a)
    order = np.random.default_rng(4).permutation(12)
    other, permuted = linalg.eig(a[np.ix_(order, order)])
    assert other == pytest.approx(values, abs=1e-12)
    assert permuted == pytest.approx(vectors[order], abs=1e-11)


def test_order_and_phase_do_not_depend_on_the_number_of_threads(tmp_path):
    runs = []
    for threads in ("1", "2"):
        path = tmp_path / f"{threads}.npy"
        variables = os.environ | {
            "OPENBLAS_NUM_THREADS": threads,
            "OMP_NUM_THREADS": threads,
        }
        subprocess.run([sys.executable, "-c", TWO_RUNS, path], check=True, env=variables)
        runs.append(np.load(path))
    assert np.abs(runs[0] - runs[1]).max() <= 1e-9


@pytest.mark.parametrize(
    ("dtype", "real"), [(np.float32, np.float32), (np.complex64, np.float32)]
)
def test_single_precision_is_kept(dtype, real):
    a = np.eye(3, dtype=dtype) + np.diag(np.ones(2, dtype=dtype), 1)
    assert [x.dtype for x in linalg.eig(a)] == [np.complex64] * 2
    assert [x.dtype for x in linalg.eigh(a)] == [real, dtype]
    assert [x.dtype for x in linalg.svd(a)] == [dtype, real, dtype]
    assert [x.dtype for x in linalg.qr(a)] == [dtype] * 2
    assert linalg.solve(a, a).dtype == dtype
    assert linalg.lstsq(a, a)[0].dtype == dtype
    assert linalg.norm(a, axis=0).dtype == real


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1.0, 1e200, 1e307])
def test_norms_neither_overflow_nor_underflow(scale):
    a = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert linalg.norm(a * scale) == pytest.approx(5 * scale, rel=1e-15, abs=0)
    assert linalg.norm(a[0] * scale * 1j) == pytest.approx(5 * scale, rel=1e-15, abs=0)
    assert linalg.norm(a * scale, axis=1) == pytest.approx([5 * scale, 0], rel=1e-15, abs=0)


def test_each_norm_along_an_axis_has_its_own_scale():
    a = np.array([[3.0, 4.0]] * 3) * np.array([[1e200], [1.0], [1e-200]])
    assert linalg.norm(a, axis=1) == pytest.approx([5e200, 5.0, 5e-200], rel=1e-15, abs=0)
    assert linalg.norm(a.T, axis=0) == pytest.approx([5e200, 5.0, 5e-200], rel=1e-15, abs=0)


def test_norms_of_special_values():
    assert linalg.norm(np.zeros((3, 2))) == 0.0
    assert linalg.norm(np.zeros((0, 2))) == 0.0
    assert linalg.norm(np.zeros((0, 2)), axis=0).tolist() == [0.0, 0.0]
    assert linalg.norm(np.array([1.0, -np.inf])) == np.inf
    assert np.isnan(linalg.norm(np.array([1.0, np.nan])))
    assert linalg.norm(np.array(-2.0)) == 2.0
    assert linalg.norm([3, 4]) == 5.0


@pytest.mark.parametrize("routine", [linalg.eig, linalg.eigh])
def test_eigenvalues_need_a_square_matrix(routine):
    with pytest.raises(ShapeError, match=r"\(2, 3\), needed a square .* use svd or lstsq"):
        routine(np.ones((2, 3)))


@pytest.mark.parametrize(
    "routine",
    [linalg.eig, linalg.eigh, linalg.svd, linalg.qr, lambda a: linalg.solve(a, a[0])],
)
def test_bad_matrices_are_refused(routine):
    with pytest.raises(ParameterError, match=r"`a` has 1 values .* drop those rows"):
        routine(np.array([[1.0, np.nan], [0.0, 1.0]]))
    with pytest.raises(ShapeError, match=r"a has shape .*, needed 2 axes"):
        routine(np.ones((2, 2, 2)))


@pytest.mark.parametrize("a", [np.zeros((2, 2)), np.ones((2, 2)), np.diag([1.0, 0.0])])
def test_a_singular_system_points_to_lstsq(a):
    with pytest.raises(ParameterError, match=r"a of shape \(2, 2\) is singular.*use lstsq"):
        linalg.solve(a, np.ones(2))


@pytest.mark.parametrize("routine", [linalg.solve, linalg.lstsq])
@pytest.mark.parametrize("shape", [(3,), (1, 2), (2, 1, 1), ()])
def test_a_right_side_has_to_fit(routine, shape):
    with pytest.raises(ShapeError, match=r"b has shape .* but a has \(2, 2\); needed \(2,"):
        routine(np.eye(2), np.ones(shape))


@pytest.mark.parametrize("tolerance", [-1e-3, 1.0, np.nan, "small"])
def test_the_tolerance_of_lstsq_is_a_share(tolerance):
    with pytest.raises(ParameterError, match=r"tolerance is .*; it must be in \[0, 1\)"):
        linalg.lstsq(np.eye(2), np.ones(2), tolerance=tolerance)


@pytest.mark.parametrize("name", ["eig", "eigh", "svd"])
def test_an_iteration_that_fails_says_so(monkeypatch, name):
    def fail(*_, **__):
        raise np.linalg.LinAlgError("did not converge")

    monkeypatch.setattr(np.linalg, name, fail)
    with pytest.raises(ConvergenceError, match=r"did not converge.*scale the matrix, or"):
        getattr(linalg, name)(np.eye(2))
