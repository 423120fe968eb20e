"""Stationary distributions of perturbed chains, against exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import stationary_expansion
from perturbsci.verification import load_reference


def stationary(p):
    """Return pi of a numeric chain with one recurrent class."""
    system = p.T - np.eye(len(p))
    system[-1] = 1
    return np.linalg.solve(system, np.eye(len(p))[-1])


def exact_series(p, d, order):
    """Return pi_k from the rational function pi(epsilon), in exact arithmetic."""
    e = sympy.Symbol("epsilon")
    n = len(p)
    a = sympy.Matrix(n, n, lambda i, j: p[j][i] - int(i == j) + e * d[j][i])
    # The cofactors of a column of a singular matrix span its null space.
    minors = [
        (-1) ** i * a.minor_submatrix(n - 1, i).det(method="berkowitz") for i in range(n)
    ]
    total = sympy.expand(sum(minors))
    rows = [sympy.Poly(sympy.expand(minor), e).all_coeffs()[::-1] for minor in minors]
    below = sympy.Poly(total, e).all_coeffs()[::-1]
    lead = next(k for k, c in enumerate(below) if c != 0)
    below = below[lead:]
    series = []
    for row in rows:
        above = [*row[lead:], *[0] * (order + 1)]
        found = []
        for k in range(order + 1):
            known = sum(
                below[j] * found[k - j] for j in range(1, min(k, len(below) - 1) + 1)
            )
            found.append((above[k] - known) / below[0])
        series.append([float(value) for value in found])
    return np.array(series).T


def rational_chain(n, seed):
    """Return P and D of small fractions, all entries of P positive."""
    rng = np.random.default_rng(seed)
    raw = rng.integers(1, 9, (n, n))
    p = [[Fraction(int(v), int(row.sum())) for v in row] for row in raw]
    d = [[Fraction(int(v), 8) for v in row] for row in rng.integers(-4, 5, (n, n))]
    for i, row in enumerate(d):
        row[i] -= sum(row)
    return p, d


def as_sympy(rows):
    return [[sympy.Rational(v.numerator, v.denominator) for v in row] for row in rows]


def as_floats(rows):
    return np.array([[float(v) for v in row] for row in rows])


def joined(p_blocks):
    n = sum(len(b) for b in p_blocks)
    p, at = [[Fraction(0)] * n for _ in range(n)], 0
    for block in p_blocks:
        for i, row in enumerate(block):
            p[at + i][at : at + len(row)] = row
        at += len(block)
    return p


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_regular_chain_to_order_six(seed):
    p, d = rational_chain(4, seed)
    found = stationary_expansion(as_floats(p), as_floats(d), order=6)
    expected = exact_series(as_sympy(p), as_sympy(d), 6)
    scale = np.abs(expected).max(axis=1, keepdims=True)
    error = np.abs(found.distribution.coefficients - expected)
    assert (error <= 1e-10 * scale).all()
    assert not found.singular
    assert [c.tolist() for c in found.classes] == [[0, 1, 2, 3]]


def test_the_nearly_decomposable_chain():
    reference = load_reference("perturbation.nearly_decomposable")
    p, d = (np.array(reference.parameters[name], dtype=float) for name in "PD")
    found = stationary_expansion(p, d, order=3)
    limit = found.distribution.coefficients[0]
    assert limit == pytest.approx(reference.value, rel=0, abs=reference.tolerance)
    assert stationary(p + 1e-6 * d) == pytest.approx(limit, rel=0, abs=1e-6)
    assert found.singular
    assert [c.tolist() for c in found.classes] == [[0, 1], [2, 3]]


def test_two_classes_and_transient_states_to_order_four():
    (a, _), (b, _) = rational_chain(2, 4), rational_chain(2, 5)
    p = joined([a, b, [[Fraction(1, 5)]]])
    p[4][:4] = [Fraction(1, 5)] * 4
    _, d = rational_chain(5, 6)
    d = [[abs(v) for v in row] for row in d]
    for i, row in enumerate(d):
        row[i] -= sum(row)
    found = stationary_expansion(as_floats(p), as_floats(d), order=4)
    expected = exact_series(as_sympy(p), as_sympy(d), 4)
    scale = np.abs(expected).max(axis=1, keepdims=True)
    assert (np.abs(found.distribution.coefficients - expected) <= 1e-10 * scale).all()
    assert found.certificate.passed
    assert found.certificate.kind == "a-posteriori"


def test_a_second_perturbation_counts_at_second_order():
    p, d = (as_floats(a) for a in rational_chain(4, 7))
    _, f = (as_floats(a) for a in rational_chain(4, 8))
    found = stationary_expansion(p, (d, f), order=3)
    errors = [
        np.abs(stationary(p + e * d + e * e * f) - found.distribution.evaluate(e)).max()
        for e in (0.02, 0.01)
    ]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.1)


def test_absorbing_states_take_their_shares_from_the_slow_chain():
    # Rates 1 from 0 to 1 and 3 back: (3/4, 1/4), with no corrections.
    found = stationary_expansion(np.eye(2), [[-1.0, 1.0], [3.0, -3.0]], order=2)
    assert found.distribution.coefficients == pytest.approx(
        np.array([[0.75, 0.25], [0, 0], [0, 0]]), abs=1e-15
    )


def test_one_state_and_no_perturbation():
    found = stationary_expansion([[1.0]], [[0.0]], order=2)
    assert found.distribution.coefficients.ravel().tolist() == [1, 0, 0]
    p, _ = rational_chain(3, 9)
    still = stationary_expansion(as_floats(p), np.zeros((3, 3)))
    assert (still.distribution.coefficients[1:] == 0).all()


def test_archives_keep_the_result(tmp_path):
    found = stationary_expansion(np.eye(2), [[-1.0, 1.0], [3.0, -3.0]])
    io.save(found, tmp_path / "chain.npz")
    assert io.load(tmp_path / "chain.npz").summary() == found.summary()


@pytest.mark.parametrize(
    ("p", "d", "error", "message"),
    [
        ([[1.0, 0.0]], [[0.0]], ShapeError, "transition has shape .1, 2."),
        (np.eye(2), np.zeros((3, 3)), ShapeError, "pass a perturbation of the shape"),
        ([[0.5, 0.4], [0.0, 1.0]], np.zeros((2, 2)), ParameterError, "row 0 of transition"),
        (np.eye(2), np.eye(2), ParameterError, "row 0 of perturbation sums to 1, needed 0"),
        ([[2.0, -1.0], [0, 1]], np.zeros((2, 2)), ParameterError, "is no probability"),
        (1j * np.eye(2), np.zeros((2, 2)), ParameterError, "pass transition.real"),
        (np.eye(2), np.zeros((2, 2)), ParameterError, "more than two time scales"),
        (
            np.eye(3),
            [[-1, 1, 0], [1, -1, 0], [0, 0, 0]],
            ParameterError,
            "rank 1, needed 2.*more than two time scales",
        ),
    ],
)
def test_errors(p, d, error, message):
    with pytest.raises(error, match=message):
        stationary_expansion(p, d)


def test_a_negative_order():
    with pytest.raises(ParameterError, match="order is -2"):
        stationary_expansion([[1.0]], [[0.0]], order=-2)
