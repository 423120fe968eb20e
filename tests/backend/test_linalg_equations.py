"""Cholesky, triangular and Sylvester equations, exponentials, and the modules beside."""

import mpmath
import numpy as np
import pytest

from perturbsci.backend import linalg
from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.verification import linear_backward_error
from tests.backend.matrices import (
    KINDS,
    RATIO,
    SIZES,
    UNIT_ROUNDOFF,
    is_close,
    random_matrix,
)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
@pytest.mark.parametrize("kind", ["real", "complex"])
def test_cholesky_is_backward_stable(kind, scale, n):
    root = random_matrix(kind, n, n)
    a = scale * (root @ root.conj().T + 1e-3 * np.eye(n))
    lower = linalg.cholesky(np.tril(a) + 7 * scale * np.triu(np.ones((n, n)), 1))
    assert lower.dtype == a.dtype
    assert np.array_equal(lower, np.tril(lower))
    assert (np.diag(lower).real > 0).all()
    assert is_close(lower @ lower.conj().T, a)


@pytest.mark.parametrize("minor", [1, 2, 4])
def test_cholesky_names_the_first_minor_that_fails(minor):
    diagonal = np.ones(4)
    diagonal[minor - 1 :] = -1
    with pytest.raises(ParameterError, match=rf"minor of order {minor} is not positive"):
        linalg.cholesky(np.diag(diagonal))


@pytest.mark.parametrize("trans", ["N", "T", "C"])
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("shape", [(), (3,)])
@pytest.mark.parametrize("kind", ["real", "complex", "large", "small"])
def test_triangular_systems_are_backward_stable(kind, shape, lower, trans):
    for n in SIZES:
        a = random_matrix(kind, n, n)
        b = random_matrix("real", n, *shape)
        x = linalg.solve_triangular(a, b, lower=lower, trans=trans)
        matrix = np.tril(a) if lower else np.triu(a)
        matrix = {"N": matrix, "T": matrix.T, "C": matrix.conj().T}[trans]
        assert x.shape == b.shape
        assert linear_backward_error(matrix, x, b) <= RATIO * n * UNIT_ROUNDOFF


def test_what_triangular_systems_refuse():
    with pytest.raises(ParameterError, match=r"is singular: entry 1 of its diagonal is 0"):
        linalg.solve_triangular(np.diag([1.0, 0.0, 2.0]), np.ones(3))
    with pytest.raises(ParameterError, match=r"trans is 'H'; it must be 'N', 'T' or 'C'"):
        linalg.solve_triangular(np.eye(2), np.ones(2), trans="H")
    with pytest.raises(ShapeError, match=r"b has shape \(3,\) but a has \(2, 2\)"):
        linalg.solve_triangular(np.eye(2), np.ones(3))
    with pytest.raises(ParameterError, match=r"a has dtype float64 but b .* float32"):
        linalg.solve(np.eye(2), np.ones(2, dtype="f4"))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (1, 1), (2, 5), (16, 10), (30, 30)])
@pytest.mark.parametrize("other", ["real", "complex"])
@pytest.mark.parametrize("kind", KINDS)
def test_sylvester_leaves_a_residual_of_rounding(kind, other, shape):
    m, n = shape
    a, b = random_matrix(kind, m, m), random_matrix(kind, n, n, seed=1)
    c = random_matrix(other, m, n)
    x = linalg.sylvester(a, b, c)
    assert x.dtype == np.result_type(a, b, c)
    sizes = [np.abs(each).max(initial=0) or 1.0 for each in (a, x)]
    a, b, x = a / sizes[0], b / sizes[0], x / sizes[1]
    limit = (np.linalg.norm(a) + np.linalg.norm(b)) * np.linalg.norm(x)
    residual = a @ x + x @ b - c / sizes[0] / sizes[1]
    assert np.linalg.norm(residual) <= RATIO * max(shape) * UNIT_ROUNDOFF * limit


def test_sylvester_of_diagonal_matrices_is_a_quotient():
    p, q = np.array([1.0, 2.0, 5.0]), np.array([3.0, -0.5])
    c = random_matrix("complex", 3, 3)[:, :2]
    x = linalg.sylvester(np.diag(p), np.diag(q), c)
    assert x == pytest.approx(c / (p[:, None] + q), rel=1e-14)


@pytest.mark.parametrize("factor", [1.0, 1j])
def test_sylvester_undoes_the_scaling_of_lapack(factor):
    # Above 1e290 LAPACK returns a multiple of X and the factor beside it.
    x = linalg.sylvester(1e-150 * np.eye(2), 1e-150 * np.eye(2), 1e145 * factor * np.eye(2))
    assert x == pytest.approx(5e294 * factor * np.eye(2), rel=1e-14, abs=0)


def test_what_sylvester_refuses():
    with pytest.raises(ParameterError, match=r"share an eigenvalue .*; shift one"):
        linalg.sylvester(np.diag([1.0, 2.0]), np.diag([-2.0, 3.0]), np.ones((2, 2)))
    with pytest.raises(
        ShapeError, match=r"c has shape \(1, 2\), needed \(2, 1\).*transpose"
    ):
        linalg.sylvester(np.eye(2), np.eye(1), np.ones((1, 2)))
    with pytest.raises(ParameterError, match=r"but c has dtype float32"):
        linalg.sylvester(np.eye(2), np.eye(1), np.ones((2, 1), dtype="f4"))


@pytest.mark.parametrize("n", [1, 2, 8])
def test_the_exponential_of_a_nilpotent_matrix_is_a_polynomial(n):
    shift = 3.0 * np.eye(n, k=1)
    wanted = sum(3.0**k / float(mpmath.factorial(k)) * np.eye(n, k=k) for k in range(n))
    # A relative change of A by one rounding changes exp(A) by norm(A) exp(norm(A)).
    limit = RATIO * UNIT_ROUNDOFF * 3 * np.exp(3)
    assert linalg.expm(shift) == pytest.approx(wanted, rel=0, abs=limit)


@pytest.mark.parametrize("angle", [1e-9, 0.5, 20.0])
def test_the_exponential_of_a_rotation(angle):
    exponential = linalg.expm(np.array([[0.0, -angle], [angle, 0.0]]))
    cosine, sine = np.cos(angle), np.sin(angle)
    # A relative change of the angle by one rounding changes both by the angle.
    limit = RATIO * UNIT_ROUNDOFF * max(angle, 1)
    assert exponential == pytest.approx(
        np.array([[cosine, -sine], [sine, cosine]]), rel=0, abs=limit
    )


@pytest.mark.parametrize("kind", ["real", "complex", "graded"])
def test_the_exponential_agrees_with_50_digits(kind):
    a = random_matrix(kind, 6, 6)
    with mpmath.workdps(50):
        wanted = np.array(mpmath.expm(mpmath.matrix(a.tolist())).tolist(), dtype=complex)
    # The condition of the exponential is about norm(A) exp(norm(A) - abscissa) here.
    error = np.linalg.norm(linalg.expm(a) - wanted) / np.linalg.norm(wanted)
    assert error <= 200 * UNIT_ROUNDOFF * np.linalg.norm(a, 2)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
def test_what_comes_back_has_the_dtype(dtype):
    a = np.array([[2, 1], [0, 3]], dtype=dtype)
    results = [linalg.expm(a), linalg.cholesky(a.T @ a), linalg.sylvester(a, a, a)]
    results += [linalg.solve_triangular(a, a), linalg.expm(a[:0, :0])]
    assert {x.dtype for x in results} == {np.dtype(dtype)}


def test_an_exponential_that_overflows_is_named():
    with pytest.raises(ParameterError, match=r"norm .* whose exponential overflows"):
        linalg.expm(np.array([[1e3, 1.0], [0.0, 1e3]]))


def test_the_modules_of_an_array():
    x = np.ones(2)
    assert linalg.sparse_module(x).csr_matrix(np.eye(2)).dot(x).tolist() == [1.0, 1.0]
    assert linalg.special_module(x).gamma(5.0) == 24.0
    with pytest.raises(BackendError, match=r"x is a list, not an array; pass"):
        linalg.sparse_module([1.0])


def test_what_runs_on_the_host_is_public():
    assert linalg.on_host <= set(linalg.__all__)
