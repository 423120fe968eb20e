"""Fractional powers of defective eigenvalues, against eigenvalues with sixty digits."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import lidskii
from perturbsci.results import Status

VALUE = 2.0


def jordan(sizes, *, rest=(5.0, -1.0)):
    """Return the Jordan matrix of blocks of 2.0, and of simple eigenvalues."""
    n = sum(sizes) + len(rest)
    a = np.diag([*[VALUE] * sum(sizes), *rest])
    for at in np.cumsum([0, *sizes[:-1]]):
        size = sizes[list(np.cumsum([0, *sizes[:-1]])).index(at)]
        for i in range(at, at + size - 1):
            a[i, i + 1] = 1.0
    return a, n


def hidden(sizes, seed):
    """Return P J P^-1 rounded, the same with 60 digits, and a random E of norm 1."""
    a, n = jordan(sizes)
    rng = np.random.default_rng(seed)
    p = np.linalg.qr(rng.standard_normal((n, n)))[0] @ np.diag(rng.uniform(0.5, 2, n))
    e = rng.standard_normal((n, n))
    e /= np.linalg.norm(e, 2)
    with mpmath.workdps(60):
        exact = mpmath.matrix(p.tolist())
        exact = exact * mpmath.matrix(a.tolist()) * exact**-1
        rounded = np.array(exact.tolist(), dtype=float)
    return rounded, exact, e


def moved(exact, e, epsilon):
    """Return the displacements of the eigenvalues near 2, computed with 60 digits."""
    with mpmath.workdps(60):
        matrix = exact + mpmath.mpf(epsilon) * mpmath.matrix(e.tolist())
        values = mpmath.eig(matrix, left=False, right=False)
        return np.array([complex(v - VALUE) for v in values if abs(v - VALUE) < 0.5])


# The next term is smaller by epsilon^(1/n): 1e-4 at 1e-12 for n = 3, and at 1e-16 for 4.
@pytest.mark.parametrize(
    ("sizes", "epsilon"),
    [((3, 2), "1e-12"), ((2, 2, 1), "1e-12"), ((4,), "1e-16"), ((3, 1, 1), "1e-12")],
)
def test_exponents_and_coefficients(sizes, epsilon):
    matrix, exact, e = hidden(sizes, sum(sizes))
    found = lidskii(matrix, e, VALUE)
    distinct = sorted(set(sizes), reverse=True)
    assert found.block_sizes == tuple(distinct)
    assert found.multiplicities == tuple(sizes.count(size) for size in distinct)
    assert found.exponents == tuple(Fraction(1, size) for size in distinct)
    assert found.status is Status.CONVERGED
    assert found.certificate.passed
    values = moved(exact, e, epsilon)
    assert len(values) == sum(len(c) for c in found.coefficients) == len(found.expansions)
    for exponent, coefficients in zip(found.exponents, found.coefficients, strict=True):
        scaled = values / float(epsilon) ** float(exponent)
        for c in coefficients:
            assert np.abs(scaled - c).min() <= 1e-3 * max(1.0, abs(c))


def test_expansions_have_two_terms():
    matrix, _, e = hidden((3, 2), 4)
    found = lidskii(matrix, e, VALUE)
    values = [s.evaluate(1e-6) for s in found.expansions]
    expected = [
        VALUE + c * 1e-6 ** float(p)
        for p, group in zip(found.exponents, found.coefficients, strict=True)
        for c in group
    ]
    assert values == pytest.approx(expected, rel=1e-14)


def test_a_corner_gives_all_roots_of_unity_by_argument():
    corner = np.zeros((4, 4))
    corner[3, 0] = 16.0
    found = lidskii(jordan((4,), rest=())[0], corner, VALUE)
    assert found.coefficients[0] == pytest.approx(np.array([-2j, 2, 2j, -2]), abs=1e-14)


def test_a_semisimple_eigenvalue_moves_to_first_order():
    e = np.random.default_rng(3).standard_normal((4, 4))
    found = lidskii(np.diag([1.0, 1.0, 1.0, 4.0]), e, 1.0)
    assert found.block_sizes == (1,)
    assert found.exponents == (Fraction(1),)
    order = np.lexsort((np.abs(found.coefficients[0]),))
    expected = np.linalg.eigvals(e[:3, :3]).astype(complex)
    assert np.sort_complex(found.coefficients[0][order]) == pytest.approx(
        np.sort_complex(expected), abs=1e-13
    )


def test_similarity_changes_nothing():
    matrix, _, e = hidden((2, 1), 9)
    q = np.linalg.qr(np.random.default_rng(1).standard_normal(matrix.shape))[0]
    first, second = (
        lidskii(matrix, e, VALUE),
        lidskii(q @ matrix @ q.T, q @ e @ q.T, VALUE),
    )
    for a, b in zip(first.coefficients, second.coefficients, strict=True):
        assert np.abs(a[:, None] - b).min(axis=1).max() <= 1e-10 * np.abs(a).max()


def test_a_vanishing_corner_is_not_generic():
    vanishing = lidskii(jordan((3,), rest=())[0], np.eye(3), VALUE)
    assert vanishing.status is Status.NONGENERIC
    assert (vanishing.coefficients[0] == 0).all()
    singular = lidskii(jordan((2, 1), rest=())[0], np.diag([1.0, 2.0, 3.0]), VALUE)
    assert singular.status is Status.NONGENERIC
    assert np.isnan(singular.coefficients[1]).all()
    assert len(singular.expansions) == 2


def test_archives_keep_the_result(tmp_path):
    found = lidskii(jordan((2,), rest=())[0], np.ones((2, 2)), VALUE)
    io.save(found, tmp_path / "split.npz")
    back = io.load(tmp_path / "split.npz")
    assert back.exponents == found.exponents
    assert back.summary() == found.summary()


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((np.eye(2)[:1], np.eye(2), 1), {}, ShapeError, "matrix has shape"),
        ((np.eye(2), np.eye(3), 1), {}, ShapeError, "pass a perturbation of the shape"),
        (
            (np.eye(2), np.eye(2), 3.0),
            {},
            ParameterError,
            "none of matrix.*nearest one is 1",
        ),
        ((np.eye(2), np.eye(2), np.nan), {}, ParameterError, "one finite number"),
        ((np.eye(2), np.eye(2), "1"), {}, ParameterError, "one finite number"),
        ((np.eye(2), np.eye(2), 1), {"tolerance": 0}, ParameterError, "number in .0, 1."),
        ((np.full((2, 2), np.inf), np.eye(2), 1), {}, ParameterError, "not finite"),
    ],
)
def test_errors(arguments, options, error, message):
    with pytest.raises(error, match=message):
        lidskii(*arguments, **options)
