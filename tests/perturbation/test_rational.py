"""Padé approximants: both routes, singular blocks, poles, and evaluation."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from perturbsci import io
from perturbsci.errors import ParameterError
from perturbsci.perturbation import Expansion, pade
from perturbsci.results import Status

EXPONENTIAL = [Fraction(1, math.factorial(n)) for n in range(41)]


def rounded(terms):
    return Expansion.from_terms([float(term) for term in terms])


@pytest.mark.parametrize(("top", "size"), [(0, 0), (3, 0), (0, 3), (2, 2), (4, 3), (5, 5)])
def test_approximants_of_the_exponential_are_those_of_pade(top, size):
    """p_j = (L+M-j)! L! / ((L+M)! j! (L-j)!), q the same with (-1)^j and M."""
    f = math.factorial

    def closed(degree, sign):
        return tuple(
            Fraction(sign**j * f(top + size - j) * f(degree), f(top + size) * f(j))
            / f(degree - j)
            for j in range(degree + 1)
        )

    exact = pade(Expansion.from_terms(EXPONENTIAL), top, size)
    assert exact.exact == (closed(top, 1), closed(size, -1))
    assert exact.certificate.kind == "proven"
    assert exact.certificate.value == 0
    near = pade(rounded(EXPONENTIAL), top, size)
    assert near.exact is None
    np.testing.assert_allclose(near.numerator, exact.numerator, rtol=1e-6)
    np.testing.assert_allclose(near.denominator, exact.denominator, rtol=1e-6)
    assert near.certificate.passed


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("terms", "p", "q"),
    [
        ([1, -1, 1, -1, 1, -1, 1], [1], [1, 1]),
        ([1, 0, -1, 0, 1, 0, -1], [1], [1, 0, 1]),
        ([2, 3, 4, 0, 0, 0, 0], [2, 3, 4], [1]),
        ([0, 1, 1, 1, 1, 1, 1], [0, 1], [1, -1]),
    ],
)
def test_a_rational_function_is_found_with_its_own_degrees(exact, terms, p, q):
    series = Expansion.from_terms(terms) if exact else rounded(terms)
    found = pade(series, 3, 3)
    np.testing.assert_allclose(found.numerator, p, atol=1e-14)
    np.testing.assert_allclose(found.denominator, q, atol=1e-14)
    assert found.status is Status.RANK_REDUCED
    assert found.certificate.passed


@pytest.mark.parametrize("exact", [True, False])
def test_a_block_without_approximant_is_said_to_miss_the_series(exact):
    terms = [1, 0, 0, 0, 1]
    found = pade(Expansion.from_terms(terms) if exact else rounded(terms), 2, 2)
    assert found.numerator.tolist() == found.denominator.tolist() == [1]
    assert found.status is Status.RANK_REDUCED
    assert not found.certificate.passed


@pytest.mark.parametrize("seed", range(6))
def test_random_series_are_reproduced_and_both_routes_agree(seed):
    rng = np.random.default_rng(seed)
    terms = [Fraction(int(k), 7) for k in rng.integers(1, 50, 8)]
    exact = pade(Expansion.from_terms(terms), 4, 3)
    p, q = exact.exact
    for n in range(8):
        total = sum(q[j] * terms[n - j] for j in range(min(n, 3) + 1))
        assert total == (p[n] if n <= 4 else 0)
    points = rng.uniform(-0.3, 0.3, 5) + 1j * rng.uniform(0.1, 0.3, 5)
    near = pade(rounded(terms), 4, 3)
    np.testing.assert_allclose(near.evaluate(points), exact.evaluate(points), rtol=1e-8)


def test_complex_series():
    terms = [(1j / 2) ** n + 3.0 ** (-n) for n in range(7)]
    found = pade(Expansion.from_terms(terms), 3, 3)
    np.testing.assert_allclose(found.poles, [-2j, 3], atol=1e-10)
    np.testing.assert_allclose(found.residues, [2j, -3], atol=1e-10)
    x = np.array([5.0, -4.0])
    np.testing.assert_allclose(
        found.evaluate(x), 1 / (1 - 0.5j * x) + 3 / (3 - x), rtol=1e-10
    )


def test_froissart_doublets_of_noise_are_removed():
    """Noise of 1e-16 in 1/(1 - x) must not become poles."""
    noise = 1e-16 * np.random.default_rng(0).standard_normal(21)
    found = pade(Expansion.from_terms(list(1 + noise)), 10, 10)
    assert len(found.poles) == 1
    assert found.poles[0] == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize("exact", [True, False])
def test_poles_and_residues_of_the_tangent(exact):
    series = Expansion.from_sympy(sympy.tan(sympy.Symbol("x")), sympy.Symbol("x"), order=17)
    series = series if exact else rounded(series.coefficients)
    found = pade(series, 8, 8)
    np.testing.assert_allclose(abs(found.poles[:2].real), np.pi / 2, rtol=1e-7)
    np.testing.assert_allclose(found.residues[:2], -1, rtol=1e-6)


def test_high_orders_keep_their_digits():
    """-ln(1 - x)/x beside its cut, [20/20]: monomials of float64 lose everything there."""
    series = Expansion.from_terms([Fraction(1, n + 1) for n in range(41)])
    found = pade(series, 20, 20)
    p, q = found.exact
    for x in (3.0 + 0.2j, 1.5 + 0.05j, -50.0):
        with mpmath.workdps(60):
            up, down = (
                mpmath.polyval(
                    [mpmath.mpf(c.numerator) / c.denominator for c in s[::-1]], x
                )
                for s in (p, q)
            )
            exact = complex(up / down)
        assert found.evaluate(x) == pytest.approx(exact, rel=1e-12)
    # Markov function: all poles are real, simple and beyond the branch point.
    assert (found.poles.imag == 0).all()
    assert (np.diff(found.poles.real) > 0).all()
    assert found.poles.real.min() > 1


def test_evaluation_far_away_does_not_overflow():
    for series in (Expansion.from_terms(EXPONENTIAL), rounded(EXPONENTIAL[:9])):
        degree = (len(series) - 1) // 2
        far = pade(series, degree, degree).evaluate(np.array([1e30, -1e30]))
        np.testing.assert_allclose(far, (-1) ** degree, rtol=1e-6)


def test_it_is_stored(tmp_path):
    found = pade(Expansion.from_terms(EXPONENTIAL), 2, 2)
    again = io.load(io.save(found, tmp_path / "pade.npz"))
    assert again.exact == found.exact
    assert again.evaluate(0.3) == found.evaluate(0.3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pade(rounded([1, 2]), 1, 1), "is 2 but the series ends at power 1"),
        (lambda: pade(rounded([1, 2]), -1, 1), "numerator is -1; a degree: pass a whole"),
        (lambda: pade(rounded([1, 2]), 0, 0.5), "denominator is 0.5"),
        (lambda: pade(Expansion.from_terms([]), 0, 0), "at least one term"),
        (lambda: pade(Expansion.from_terms([1], logs=[1]), 0, 0), "with logarithm 1"),
        (lambda: pade(Expansion.from_terms([1], powers=[-1]), 0, 0), "the power -1"),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
