"""Schur forms, pencils and the canonical order, on identities and closed forms."""

import itertools

import numpy as np
import pytest

from perturbsci.backend import linalg
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from tests.backend.matrices import (
    KINDS,
    RATIO,
    SIZES,
    UNIT_ROUNDOFF,
    has_canonical_phase,
    is_close,
    is_orthonormal,
    random_matrix,
)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_schur_is_backward_stable(kind, n):
    a = random_matrix(kind, n, n)
    t, z = linalg.schur(a)
    assert t.dtype == z.dtype == np.complex128
    assert np.array_equal(t, np.triu(t))
    assert is_orthonormal(z)
    assert is_close(z @ t @ z.conj().T, a)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_qz_is_backward_stable(kind, n):
    a, b = random_matrix(kind, n, n), random_matrix("complex", n, n, seed=1)
    s, r, q, z = linalg.qz(a, b)
    assert {x.dtype for x in (s, r, q, z)} == {np.dtype("complex128")}
    for triangle, matrix in ((s, a), (r, b)):
        assert np.array_equal(triangle, np.triu(triangle))
        assert is_close(q @ triangle @ z.conj().T, matrix)
    assert is_orthonormal(q)
    assert is_orthonormal(z)
    assert (np.diag(r).real >= 0).all()
    assert not np.diag(r).imag.any()


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(("kind", "other"), list(itertools.product(KINDS, KINDS)))
def test_generalized_pairs_are_backward_stable_and_canonical(kind, other, n):
    a, b = random_matrix(kind, n, n), random_matrix(other, n, n, seed=1)
    values, vectors = linalg.eig(a, b)
    assert n == 0 or has_canonical_phase(vectors)
    # Pairs (alpha, beta) of A v = (alpha / beta) B v, for matrices of size 1.
    scales = [np.abs(each).max(initial=0) or 1.0 for each in (a, b)]
    a, b = a / scales[0], b / scales[1]
    finite = np.isfinite(values)
    alpha = np.where(finite, values, 1) * (scales[1] / scales[0])
    alpha, beta = np.where(finite, alpha, 1), finite / np.maximum(1, np.abs(alpha))
    alpha = alpha / np.maximum(1, np.abs(alpha))
    misses = np.linalg.norm(a @ vectors * beta - b @ vectors * alpha, axis=0)
    size = np.linalg.norm(a) * beta + np.linalg.norm(b) * np.abs(alpha)
    assert (misses <= RATIO * n * UNIT_ROUNDOFF * size).all()


def test_the_generalized_problem_with_the_identity_is_the_ordinary_one():
    a = random_matrix("real", 12, 12)
    values, vectors = linalg.eig(a)
    others, columns = linalg.eig(a, np.eye(12))
    # Simple eigenvalues with conditions below 1e3.
    assert others == pytest.approx(values, abs=1e-12)
    assert columns == pytest.approx(vectors, abs=1e-12)
    first = np.flatnonzero(others.imag > 0)
    assert first.size
    assert np.array_equal(others[first + 1], others[first].conj())
    assert np.array_equal(columns[:, first + 1], columns[:, first].conj())


def test_null_vectors_of_b_are_infinite_and_first():
    values, vectors = linalg.eig(np.diag([1.0, 2.0, 3.0, 0.0]), np.diag([1.0, 0, -1, 1]))
    assert values.tolist() == [np.inf, -3.0, 1.0, 0.0]
    assert np.array_equal(vectors, np.eye(4)[:, [1, 2, 0, 3]])
    assert np.array_equal(values.imag, np.zeros(4))


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_hidden_infinite_eigenvalues_are_found(scale):
    rng = np.random.default_rng(2)
    p, q = rng.standard_normal((2, 6, 6))
    wanted = [np.inf, np.inf, 3.0, -2.0, 1.0, 0.5]
    a = scale * p @ np.diag([1.0, 1.0, 3.0, -2.0, 1.0, 0.5]) @ q
    values, _ = linalg.eig(a, scale * p @ np.diag([0, 0, 1.0, 1, 1, 1]) @ q)
    assert np.isinf(values).tolist() == [True, True, False, False, False, False]
    # Conditions of p and q are below 100.
    assert values[2:] == pytest.approx(wanted[2:], abs=1e-11)


@pytest.mark.parametrize("rank", [0, 2])
def test_a_singular_pencil_is_refused(rank):
    common = random_matrix("real", rank, 4)
    a, b = random_matrix("real", 4, rank), random_matrix("complex", 4, 4)[:, :rank]
    with pytest.raises(ParameterError, match=r"a singular pencil.*remove their common"):
        linalg.eig(a @ common, b @ common)


def test_pairs_in_a_cluster_are_not_torn_apart():
    # All digits that are compared agree, so plain sorting gives z, w, z*, w*.
    z, w = 1 + 1j, 1 + 1j + 1e-14
    values, labels = linalg.sort_spectrum(
        np.array([w.conjugate(), z, z.conjugate(), w]), np.arange(4)
    )
    assert values.tolist() == [z, z.conjugate(), w, w.conjugate()]
    assert labels.tolist() == [1, 2, 3, 0]
    same, labels = (
        linalg.sort_spectrum(np.array([z, z, z.conjugate(), z.conjugate()]))[0],
        0,
    )
    assert same.tolist() == [z, z.conjugate()] * 2


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
def test_sorting_is_idempotent_and_moves_last_axes(dtype):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        wanted = (rng.integers(-2, 3, 9) + 1j * rng.integers(-2, 3, 9)).astype("c16")
        wanted = (wanted if dtype[0] == "c" else wanted.real).astype(dtype)
        vectors = np.stack([wanted, 2 * wanted])
        values, columns = linalg.sort_spectrum(wanted, vectors)
        assert values.dtype == dtype
        assert np.array_equal(columns, [values, 2 * values])
        assert np.array_equal(linalg.sort_spectrum(values)[0], values)
        assert sorted(values, key=lambda z: (-abs(z), -z.real, -z.imag)) == values.tolist()


def test_single_precision_compares_five_digits():
    values = np.array([-1, 1 - 1e-6], dtype=np.float32)
    assert np.array_equal(linalg.sort_spectrum(values)[0], values[::-1])
    assert np.array_equal(linalg.sort_spectrum(values.astype("f8"))[0], values)


def test_what_sorting_refuses():
    with pytest.raises(ParameterError, match=r"values\[1\] is NaN.*drop it"):
        linalg.sort_spectrum(np.array([1.0, np.nan]))
    with pytest.raises(ShapeError, match=r"arrays\[0\] has shape .*, needed 2 entries"):
        linalg.sort_spectrum(np.ones(2), np.ones((2, 3)))


@pytest.mark.parametrize("routine", [linalg.eig, linalg.qz])
def test_pencils_fit(routine):
    with pytest.raises(ShapeError, match=r"b has shape \(3, 3\) but a has \(2, 2\)"):
        routine(np.eye(2), np.eye(3))
    with pytest.raises(ShapeError, match=r"b has shape \(2, 3\), needed a square"):
        routine(np.eye(2), np.ones((2, 3)))
    with pytest.raises(ParameterError, match=r"a has dtype float64 but b .*astype"):
        routine(np.eye(2), np.eye(2, dtype="f4"))
    with pytest.raises(ParameterError, match="`b` has 1 values that are not finite"):
        routine(np.eye(2), np.diag([1.0, np.nan]))


@pytest.mark.parametrize(("dtype", "wanted"), [("f4", "c8"), ("c8", "c8"), (">f8", "c16")])
def test_precision_is_kept(dtype, wanted):
    a = np.array([[1, 2, 0], [0, 3, 1], [1, 0, 1]], dtype=dtype)
    results = (*linalg.eig(a, a), *linalg.schur(a), *linalg.qz(a, a), *linalg.eig(a[::-1]))
    assert {x.dtype for x in results} == {np.dtype(wanted)}


@pytest.mark.parametrize("name", ["eig", "schur", "qz"])
def test_an_iteration_of_lapack_that_fails_says_so(monkeypatch, name):
    def fail(*_, **__):
        raise np.linalg.LinAlgError("did not converge")

    monkeypatch.setattr(f"scipy.linalg.{name}", fail)
    arguments = [np.eye(2)] * (1 if name == "schur" else 2)
    with pytest.raises(ConvergenceError, match=r"did not converge.*scale the matrix, or"):
        getattr(linalg, name)(*arguments)
