"""Series of simple eigenvalues against closed forms and fifty digits."""

import mpmath
import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import (
    EigenExpansion,
    rayleigh_schrodinger,
)
from perturbsci.verification import load_reference, observed_order

SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])


def random_matrix(n, seed, *, hermitian=False):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))
    return a + a.conj().T if hermitian else a


def quartic(n):
    """Return x^4 in the first n levels of the oscillator."""
    k = np.arange(n)
    second = np.sqrt((k + 1.0) * (k + 2)) * (2 * k + 3) / 2
    fourth = np.sqrt((k + 1.0) * (k + 2) * (k + 3) * (k + 4)) / 4
    upper = np.diag(second[:-2], 2) + np.diag(fourth[:-4], 4)
    return np.diag((6.0 * k**2 + 6 * k + 3) / 4) + upper + upper.T


def test_level_repulsion():
    reference = load_reference("perturbation.repulsion")
    radius = load_reference("perturbation.repulsion_radius")
    pair = rayleigh_schrodinger(np.diag([0.0, 1.0]), SWAP, 0, order=6)
    assert pair.value.coefficients == pytest.approx(
        reference.value, rel=0, abs=reference.tolerance
    )
    assert pair.radius == pytest.approx(radius.value, rel=0, abs=radius.tolerance)
    assert pair.left is None
    assert pair.certificate.kind == "a-posteriori"
    assert pair.certificate.passed


def quartic_coefficients(order):
    """Return the energies by the recursion of Bender and Wu (1969), with 60 digits."""
    with mpmath.workdps(60):
        energy, rows = [mpmath.mpf(1) / 2], [[mpmath.mpf(1)]]
        for n in range(1, order + 1):
            row = [mpmath.mpf(0)] * (2 * n + 2)
            for j in range(2 * n, 0, -1):
                known = sum(
                    energy[k] * rows[n - k][j] for k in range(1, n) if j < len(rows[n - k])
                )
                low = rows[n - 1][j - 2] if 0 <= j - 2 < len(rows[n - 1]) else 0
                row[j] = ((j + 1) * (2 * j + 1) * row[j + 1] - low + known) / (2 * j)
            rows.append(row)
            energy.append(-row[1])
        return np.array([float(e) for e in energy])


def test_quartic_oscillator_in_floating_point():
    limit = load_reference("perturbation.quartic_error")
    order, basis = limit.parameters["order"], limit.parameters["basis"]
    levels = np.diag(np.arange(basis) + 0.5)
    found = rayleigh_schrodinger(levels, quartic(basis), 0, order=order).value.coefficients
    assert np.abs(found / quartic_coefficients(order) - 1).max() <= limit.value


def cauchy(matrices, index, order, radius, value, right, left):
    """Return lambda_k and x_k from values on a circle, Newton's method with 50 digits."""
    n, points = len(right), 16
    with mpmath.workdps(50):
        family = [mpmath.matrix(a.tolist()) for a in matrices]
        start = mpmath.matrix([*right.tolist(), complex(value)])
        dual = mpmath.matrix(left.conj().tolist()).T
        dual, _ = _polished(family, 0, start, dual, n, both=True)
        base, _ = _polished(family, 0, start, dual, n)
        x0 = base[:n]
        scale = mpmath.sqrt(mpmath.fsum(abs(v) ** 2 for v in x0))
        rows = []
        for k in range(points):
            z = mpmath.mpf(radius) * mpmath.expjpi(2 * mpmath.mpf(k) / points)
            solved, _ = _polished(family, z, base, dual, n)
            rows.append(list(solved))
        turns = [mpmath.expjpi(-2 * mpmath.mpf(k) / points) for k in range(points)]
        found = np.array(
            [
                [
                    complex(
                        mpmath.fsum(
                            rows[k][i] * turns[k * j % points] for k in range(points)
                        )
                        / points
                        / mpmath.mpf(radius) ** j
                    )
                    for i in range(n + 1)
                ]
                for j in range(order + 1)
            ]
        )
    return found[:, n], found[:, :n] / float(scale)


def _polished(family, z, start, dual, n, *, both=False):
    """Solve (A(z) - lambda) x = 0, dual x = 1 by Newton; ``both`` returns the dual of A."""
    a = sum((term * z**j for j, term in enumerate(family)), family[0] * 0)
    if both:  # the left null vector by Newton on the transpose
        seed = mpmath.matrix([*list(dual), start[n]])
        x0 = mpmath.matrix(list(start)[:n]).T
        solved, _ = _polished([a.T], 0, seed, x0, n)
        return mpmath.matrix(list(solved)[:n]).T, None
    unknown = start.copy()
    for _ in range(4):
        x = mpmath.matrix(list(unknown)[:n])
        border = mpmath.zeros(n + 1)
        residual = mpmath.zeros(n + 1, 1)
        product = a * x - unknown[n] * x
        for i in range(n):
            for j in range(n):
                border[i, j] = a[i, j] - (unknown[n] if i == j else 0)
            border[i, n], border[n, i], residual[i] = -x[i], dual[i], product[i]
        residual[n] = (dual * x)[0] - 1
        unknown = unknown - mpmath.lu_solve(border, residual)
    return unknown, None


def check_against_mpmath(n, seed, *, hermitian):
    order, index = 8, seed % n
    matrices = [random_matrix(n, 10 * seed + k, hermitian=hermitian) for k in range(2)]
    pair = rayleigh_schrodinger(*matrices, index, order=order)
    right = pair.right.coefficients
    left = right if hermitian else pair.left.coefficients
    assert np.linalg.norm(right[0]) == pytest.approx(1, rel=1e-14)
    assert np.vdot(left[0], right[0]) == pytest.approx(1, rel=1e-12)
    value, vectors = cauchy(
        matrices,
        index,
        order,
        pair.radius / 16,
        pair.value.coefficients[0],
        right[0],
        left[0],
    )
    turn = np.vdot(vectors[0], right[0])  # both have the phase of their start
    scale = np.abs(vectors).max(axis=1)
    size = np.append(np.linalg.norm(matrices[0], 2), np.linalg.norm(matrices[1], 2) * scale)
    assert (np.abs(pair.value.coefficients - value) <= 1e-10 * size[: order + 1]).all()
    error = np.abs(right - turn * vectors).max(axis=1)
    assert (error <= 1e-10 * scale).all()
    if not hermitian:
        back = [a.conj().T for a in matrices]
        _, duals = cauchy(
            back, index, order, pair.radius / 16, np.conj(value[0]), left[0], right[0]
        )
        duals = duals * np.linalg.norm(left[0])
        turn = np.vdot(duals[0], left[0]) / np.vdot(duals[0], duals[0])
        scale = np.abs(duals).max(axis=1)
        assert (np.abs(left - turn * duals).max(axis=1) <= 1e-10 * scale).all()


@pytest.mark.parametrize("hermitian", [True, False])
def test_series_against_cauchy_integrals_with_fifty_digits(hermitian):
    check_against_mpmath(6, 3, hermitian=hermitian)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("hermitian", [True, False])
def test_many_series_against_cauchy_integrals(hermitian, seed):
    check_against_mpmath(8 + seed % 5, 20 + seed, hermitian=hermitian)


def test_the_remainder_bound_holds_for_random_hermitian_pairs():
    rng = np.random.default_rng(5)
    held = 0
    for trial in range(300):
        n, order = int(rng.integers(2, 9)), int(rng.integers(0, 6))
        a, e = (random_matrix(n, 1000 + 2 * trial + k, hermitian=True) for k in range(2))
        index = int(rng.integers(n))
        pair = rayleigh_schrodinger(a, e, index, order=order)
        small = pair.radius * rng.uniform(-0.95, 0.95)
        exact = np.linalg.eigvalsh(a + small * e)[index]
        error = abs(pair.value.evaluate(small) - exact)
        held += error <= pair.remainder_bound(small)
    assert held == 300


def test_the_remainder_bound_holds_for_general_and_for_two_perturbations():
    for seed in range(10):
        a, e, f = (random_matrix(5, 7000 + 3 * seed + k) for k in range(3))
        for terms in ((e,), (e, f)):
            pair = rayleigh_schrodinger(a, terms, seed % 5, order=3)
            small = 0.8 * pair.radius
            moved = a + sum(small ** (k + 1) * t for k, t in enumerate(terms))
            values = np.linalg.eigvals(moved)
            error = np.abs(values - pair.value.evaluate(small)).min()
            assert error <= pair.remainder_bound(small)
            assert pair.certificate.kind == "estimate"
            assert pair.certificate.passed


def test_the_bound_is_infinite_from_the_radius_on():
    pair = rayleigh_schrodinger(np.diag([0.0, 1.0]), SWAP, 1)
    bounds = pair.remainder_bound(np.array([0.0, 0.25, 0.5, 2.0]))
    assert (np.diff(bounds[:2]) > 0).all()
    assert np.isinf(bounds[2:]).all()
    assert pair.certify(0.1).kind == "a-posteriori"
    outside = pair.certify(0.6)
    assert outside.kind == "none"
    assert "outside the guaranteed radius" in str(outside)


def test_the_remainder_of_the_first_order_formula_is_of_second_order():
    slope = load_reference("perturbation.first_order_slope")
    a, e = random_matrix(8, 1), random_matrix(8, 2)
    pair = rayleigh_schrodinger(a, e, 4, order=1)
    steps = pair.radius * 2.0 ** -np.arange(4, 9)
    exact = [np.linalg.eigvals(a + s * e) for s in steps]
    errors = [
        np.abs(w - pair.value.evaluate(s)).min() for w, s in zip(exact, steps, strict=True)
    ]
    assert observed_order(steps, errors) == pytest.approx(slope.value, abs=slope.tolerance)


@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_a_jordan_block_with_a_corner_moves_by_the_root_of_it(n):
    # (J + delta e_n e_1^T) has the eigenvalues delta^(1/n), whatever delta.
    slopes = load_reference("perturbation.corner_slopes")
    expected = slopes.value[slopes.parameters["sizes"].index(n)]
    sizes = []
    for delta in (1e-2, 1e-12):
        companion = np.diag(np.ones(n - 1), 1)
        companion[-1, 0] = delta
        sizes.append(
            abs(rayleigh_schrodinger(companion, 0 * companion, n - 1).value.coefficients[0])
        )
    slope = np.log(sizes[0] / sizes[1]) / np.log(1e10)
    assert slope == pytest.approx(expected, abs=slopes.tolerance)


@pytest.mark.parametrize("hermitian", [True, False])
def test_a_zero_perturbation_leaves_zeros_exactly(hermitian):
    a = random_matrix(4, 3, hermitian=hermitian)
    pair = rayleigh_schrodinger(a, np.zeros((4, 4)), 2, order=3)
    assert (pair.value.coefficients[1:] == 0).all()
    assert (pair.right.coefficients[1:] == 0).all()
    assert pair.radius == np.inf
    assert pair.certificate.passed


def test_one_row_and_order_zero():
    pair = rayleigh_schrodinger([[2.0]], ([[3.0]], [[5.0]]), 0, order=1)
    assert pair.value.coefficients.tolist() == [2.0, 3.0]
    assert pair.remainder_bound(0.1) == pytest.approx(0.05, rel=1e-13)
    assert len(rayleigh_schrodinger(np.diag([0.0, 1.0]), SWAP, 0, order=0).value) == 1


def test_real_matrices_stay_real_and_the_order_is_by_real_and_imaginary_part():
    a = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 3.0]])
    found = [rayleigh_schrodinger(a, np.eye(3), k, order=1) for k in range(3)]
    values = [complex(pair.value.coefficients[0]) for pair in found]
    assert values == pytest.approx([-1j, 1j, 3])
    assert found[2].right.coefficients.dtype == np.float64
    assert found[2].value.coefficients[1] == pytest.approx(1)


def test_archives_keep_the_result(tmp_path):
    for matrix in (random_matrix(3, 1), random_matrix(3, 1, hermitian=True)):
        pair = rayleigh_schrodinger(matrix, random_matrix(3, 2, hermitian=True), 1)
        io.save(pair, tmp_path / "pair.npz", overwrite=True)
        back = io.load(tmp_path / "pair.npz")
        assert isinstance(back, EigenExpansion)
        assert back.summary() == pair.summary()
        assert back.radius == pair.radius


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.eye(2)[:1], SWAP, 0), ShapeError, "matrix has shape .*as many rows"),
        ((np.eye(2), np.eye(3), 0), ShapeError, "perturbation has shape .3, 3. but matrix"),
        ((np.eye(2), (SWAP, np.eye(3)), 0), ShapeError, r"perturbation\[1\] has shape"),
        ((np.diag([0.0, np.nan]), SWAP, 0), ParameterError, "not finite"),
        ((np.diag([0.0, 1.0]), SWAP, 2), ParameterError, "index is 2; .*0 to 1"),
        ((np.diag([0.0, 1.0]), SWAP, -1), ParameterError, "index is -1"),
        ((np.diag([0.0, 1.0]), SWAP, 0.5), ParameterError, "index is 0.5"),
        (
            (np.eye(3), np.eye(3), 1),
            ParameterError,
            r"\[0, 1, 2\].*degenerate_expansions or",
        ),
        ((np.zeros((5001, 5001)), SWAP, 0), ParameterError, "at most 5000"),
    ],
)
def test_errors_of_one_eigenvalue(arguments, error, message):
    with pytest.raises(error, match=message):
        rayleigh_schrodinger(*arguments)


def test_an_order_that_is_none():
    with pytest.raises(ParameterError, match=r"order is 1\.5"):
        rayleigh_schrodinger(np.eye(2), SWAP, 0, order=1.5)
    with pytest.raises(ParameterError, match="order is -1"):
        rayleigh_schrodinger(np.eye(2), SWAP, 0, order=-1)
