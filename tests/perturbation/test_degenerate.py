"""Series of degenerate eigenvalues that split at first or second order, or never."""

import numpy as np
import pytest

from perturbsci.errors import ParameterError
from perturbsci.perturbation import degenerate_expansions
from perturbsci.verification import observed_order

SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])


def random_matrix(n, seed, *, hermitian=False):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))
    return a + a.conj().T if hermitian else a


def clustered(values, seed, *, hermitian):
    """Return a matrix with these eigenvalues, in a random basis."""
    basis = random_matrix(len(values), seed)
    if hermitian:
        basis = np.linalg.qr(basis)[0]
        a = basis @ np.diag(values) @ basis.conj().T
        return (a + a.conj().T) / 2, basis
    return basis @ np.diag(values) @ np.linalg.inv(basis), basis


def series_orders(matrices, expansions, small):
    """Return the observed order of the residuals of right and left eigenpairs."""
    orders = []
    for pair in expansions:
        residuals = []
        for s in small:
            a = sum(s**k * term for k, term in enumerate(matrices))
            x, value = pair.right.evaluate(s), pair.value.evaluate(s)
            y = x if pair.left is None else pair.left.evaluate(s)
            residuals.append(
                max(
                    np.abs(a @ x - value * x).max(),
                    np.abs(y.conj() @ a - value * y.conj()).max(),
                )
            )
        orders.append(observed_order(small, residuals, floor=1e-13))
    return orders


@pytest.mark.parametrize("hermitian", [True, False])
@pytest.mark.parametrize("kind", ["first", "second", "mixed"])
def test_a_cluster_that_splits_at_first_or_second_order(hermitian, kind):
    values = np.array([1.0, 1.0, 1.0, 4.0, 5.0, 6.0])
    a, basis = clustered(values, 11, hermitian=hermitian)
    back = basis.conj().T if hermitian else np.linalg.inv(basis)
    inner = random_matrix(6, 12, hermitian=hermitian)
    if kind == "second":
        inner[:3, :3] = 0
    if kind == "mixed":
        inner[:3, :3] = np.diag([1.0, 1.0, 2.0])
    e = basis @ inner @ back
    e = (e + e.conj().T) / 2 if hermitian else e
    found = degenerate_expansions(a, e, [0, 1, 2], order=3)
    expected = np.sort_complex(second_order(values, inner, kind))
    at = 2 if kind == "second" else 1
    coefficients = np.sort_complex([pair.value.coefficients[at] for pair in found])
    assert coefficients == pytest.approx(expected, abs=1e-9 * np.abs(expected).max())
    orders = series_orders([a, e], found, 0.02 * 2.0 ** -np.arange(5))
    assert orders == pytest.approx([4] * 3, abs=0.1)


def second_order(values, inner, kind):
    """Return the splitting in the basis in which A_0 is diagonal."""
    if kind == "second":
        weights = np.diag(1 / (1 - values[3:]))
        return np.linalg.eigvals(inner[:3, 3:] @ weights @ inner[3:, :3])
    return np.linalg.eigvals(inner[:3, :3])


def test_the_estimated_remainder_of_a_cluster_holds():
    held = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(3, 8))
        m = int(rng.integers(2, n))
        a = np.diag([1.0] * m + rng.uniform(2, 6, n - m).tolist())
        e = random_matrix(n, seed, hermitian=True)
        if seed % 3 == 0:
            e[:m, :m] = 0
        for pair in degenerate_expansions(a, e, range(m), order=3):
            small = 0.5 * pair.radius
            exact = np.linalg.eigvalsh(a + small * e)
            error = np.abs(exact - pair.value.evaluate(small)).min()
            held.append(error <= pair.remainder_bound(small))
            assert pair.certificate.passed
            assert pair.certificate.kind == "estimate"
    assert all(held)


def test_members_keep_the_order_of_the_eigenvalues():
    a = np.diag([2.0, 1.0, 1.0, 1.0])
    e = random_matrix(4, 8, hermitian=True)
    found = degenerate_expansions(a, e, [2, 0, 1], order=4)
    exact = np.linalg.eigvalsh(a + 1e-3 * e)
    values = [pair.value.evaluate(1e-3) for pair in found]
    assert values == pytest.approx(exact[[2, 0, 1]], abs=1e-11)


def test_a_degeneracy_that_is_never_lifted():
    a, e = np.diag([1.0, 1.0, 3.0]), np.zeros((3, 3))
    e[2, :] = e[:, 2] = [0.0, 1.0, 0.5]
    e = np.kron(np.eye(2), e)
    a = np.kron(np.eye(2), a)
    found = degenerate_expansions(a, e, range(4), order=3)
    orders = series_orders([a, e], found[:2], 0.02 * 2.0 ** -np.arange(5))
    assert min(orders) > 3.9
    rights = np.stack([pair.right.coefficients[0] for pair in found])
    assert np.linalg.svd(rights)[1][-1] > 1 - 1e-12


def test_errors_of_a_cluster():
    block = np.array([[2.0, 1.0], [0.0, 2.0]])
    with pytest.raises(ParameterError, match="use lidskii"):
        degenerate_expansions(block, SWAP, [0, 1])
    basis = random_matrix(3, 4)
    smeared = basis @ np.array([[2, 1, 0], [0, 2, 0], [0, 0, 5]]) @ np.linalg.inv(basis)
    with pytest.raises(ParameterError, match=r"defective cluster, positions \[0, 1\]"):
        degenerate_expansions(smeared, np.eye(3), [0, 1])
    with pytest.raises(ParameterError, match="indices is 0; pass a sequence"):
        degenerate_expansions(np.eye(2), SWAP, 0)
    with pytest.raises(ParameterError, match="order is -1"):
        degenerate_expansions(np.eye(2), SWAP, [0], order=-1)
