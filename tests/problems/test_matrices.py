"""Exact entries, eigenvalues and limits of the test matrices."""

import numpy as np
import pytest

from perturbsci.errors import ParameterError
from perturbsci.problems import get_problem, list_problems, matrices, matrix_of

SIZES = (1, 2, 3, 5, 8)


@pytest.mark.parametrize("name", list_problems(kind="matrix"))
def test_the_statement_points_to_the_array(name):
    problem = get_problem(name)
    function = getattr(matrices, name)
    assert problem.entries is function
    np.testing.assert_array_equal(matrix_of(problem), function(**problem.parameters))
    assert matrix_of(problem).dtype == np.float64


@pytest.mark.parametrize("n", SIZES)
def test_jordan_blocks(n):
    block = matrices.jordan(n, 2.0) - 2.0 * np.eye(n)
    assert np.linalg.matrix_rank(block) == n - 1
    assert not np.linalg.matrix_power(block, n).any()
    corner = matrices.jordan_corner(n, 0.5)
    np.testing.assert_allclose(np.linalg.matrix_power(corner, n), 0.5 * np.eye(n))


@pytest.mark.parametrize("n", SIZES)
def test_limacon_is_the_symbol_of_the_shift(n):
    shift = matrices.jordan(n)
    np.testing.assert_array_equal(matrices.toeplitz_limacon(n), shift + shift @ shift)


@pytest.mark.parametrize("n", SIZES)
def test_kahan_is_invariant_under_its_own_rotations(n):
    """R^T R = I entrywise in closed form: each column of R has norm 1."""
    matrix = matrices.kahan(n, 0.2)
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=0), 1.0, rtol=1e-14)
    np.testing.assert_allclose(matrix[-1, -1], 0.2 if n > 1 else 1.0, rtol=1e-14)
    assert np.array_equal(matrix, np.triu(matrix))


@pytest.mark.parametrize(("n", "diffusion"), [(1, 0.1), (5, 0.3), (12, 0.5)])
def test_convection_diffusion_has_its_eigenvalues(n, diffusion):
    h = 1.0 / (n + 1)
    angle = np.arange(1, n + 1) * np.pi * h
    root = np.emath.sqrt(diffusion**2 / h**4 - 0.25 / h**2)
    expected = -2.0 * diffusion / h**2 + 2.0 * root * np.cos(angle)
    found = np.linalg.eigvals(matrices.convection_diffusion(n, diffusion))
    # sorted by the real part; conditions stay below 1e3 at these sizes
    np.testing.assert_allclose(np.sort(found), np.sort(expected), rtol=1e-10)


def test_convection_diffusion_is_of_second_order():
    """On sin(pi x) the error of d u'' - u' is (h^2/12) d pi^4 + (h^2/6) pi^3 at most."""
    for n in (20, 40):
        h = 1.0 / (n + 1)
        x = h * np.arange(1, n + 1)
        exact = -0.3 * np.pi**2 * np.sin(np.pi * x) - np.pi * np.cos(np.pi * x)
        error = matrices.convection_diffusion(n, 0.3) @ np.sin(np.pi * x) - exact
        assert np.max(np.abs(error)) < h**2 * (0.3 * np.pi**4 / 12 + np.pi**3 / 6)


@pytest.mark.parametrize("n", [1, 2, 16, 64])
def test_hippo_is_half_the_identity_plus_skew_up_to_rank_one(n):
    matrix = matrices.hippo_legs(n)
    root = np.sqrt(2.0 * np.arange(n) + 1.0)
    normal = matrix + np.outer(root, root) / 2.0 + np.eye(n) / 2.0
    # two roundings of entries up to 2 n
    np.testing.assert_allclose(normal, -normal.T, atol=4 * 2.0**-53 * 2 * n)
    np.testing.assert_array_equal(np.diag(matrix), -np.arange(1.0, n + 1.0))
    assert np.array_equal(matrix, np.tril(matrix))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6, 20])
def test_quartic_is_the_fourth_power_of_the_position(n):
    size = n + 4  # so that truncation does not reach the first n levels
    lower = np.diag(np.sqrt(np.arange(1.0, size + 4)), k=1)
    position = (lower + lower.T) / np.sqrt(2.0)
    expected = np.linalg.matrix_power(position, 4)[:n, :n]
    np.testing.assert_allclose(matrices.quartic(n), expected, rtol=1e-13, atol=1e-13)


def test_quartic_of_known_first_order():
    """<0|x^4|0> = 3/4, <n|x^4|n> = (6 n^2 + 6 n + 3)/4."""
    assert matrices.quartic(3).diagonal().tolist() == [0.75, 3.75, 9.75]


def test_nearly_decomposable_chain():
    first, last = matrices.nearly_decomposable(0.0), matrices.nearly_decomposable(1.0)
    np.testing.assert_array_equal(
        last - first, [[-0.5, 0, 0.5, 0], [0] * 4, [0] * 4, [1, 0, 0, -1]]
    )
    for epsilon in (0.2, 0.01):
        problem = get_problem("nearly_decomposable", {"epsilon": epsilon})
        chain = matrix_of(problem)
        assert (chain >= 0.0).all()
        exact = [float(item.subs(problem.parameters)) for item in problem.exact.values()]
        np.testing.assert_allclose(exact @ chain, exact, rtol=1e-14)
    limit = [float(item) for item in problem.limit.exact.values()]
    np.testing.assert_allclose(limit, np.array([2, 4, 2, 1]) / 9.0, rtol=1e-15)


def test_wrong_arguments_are_answered():
    with pytest.raises(ParameterError, match=r"n is -1; it must be a whole number from 1"):
        matrices.quartic(-1)
    with pytest.raises(ParameterError, match=r"'n' is '3'; it must be a finite real"):
        matrices.hippo_legs("3")
    with pytest.raises(ParameterError, match=r"backend"):
        matrices.jordan(3, backend="abacus")
