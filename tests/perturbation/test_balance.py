"""Dominant balances of textbook equations, exact exponents throughout."""

from fractions import Fraction

import pytest
import sympy

from perturbsci import io
from perturbsci.errors import ParameterError
from perturbsci.perturbation import dominant_balance

X, E = sympy.symbols("x epsilon")
Y = sympy.Function("y")(X)
HEAT = E * Y.diff(X, 2)


@pytest.mark.parametrize(
    ("terms", "at", "width", "balanced", "discarded"),
    [
        ((1, 1, E), 0, 1, (2, 1), (0,)),
        ((-1, 0, E**2), 1, 1, (2, 0), ()),
        ((-X, X, E), 0, Fraction(1, 2), (2, 1), (0,)),
        ((X, 0, E**2), 0, Fraction(2, 3), (2, 0), ()),
        ((1, X - 0.3, E), 0.3, Fraction(1, 2), (2, 0), ()),
        ((1, sympy.sin(X), E, E**3), 0, 2, (3, 2), (1, 0)),
        ((1, sympy.cos(X) - 1, E**2), 0, 1, (2, 0), (1,)),
        ((1, sympy.sqrt(X), E), 0, Fraction(2, 3), (2, 1), (0,)),
        ((1, E, E**2), 0, 1, (2, 0), ()),
        ((X + E, 1, E ** sympy.Rational(1, 2)), 0, Fraction(1, 2), (2, 1), (0,)),
    ],
)
def test_balances(terms, at, width, balanced, discarded):
    form = sum(term * Y.diff(X, m) if m else term * Y for m, term in enumerate(terms))
    found = dominant_balance(form, Y, X, E, at=at)
    assert (found.width_exponent, found.balanced) == (width, balanced)
    assert found.discarded == discarded
    assert found.certificate.passed
    assert found.alternatives[0].width_exponent == width


def test_all_balances_are_listed():
    form = E**3 * Y.diff(X, 3) + E * Y.diff(X, 2) + Y.diff(X) + Y
    found = dominant_balance(form, Y, X, E, at=0).alternatives
    assert [b.width_exponent for b in found] == [2, 1, 0]
    assert [b.balanced for b in found] == [(3, 2), (2, 1), (1, 0)]


def test_balances_are_stored(tmp_path):
    found = dominant_balance(HEAT + Y.diff(X) + Y, Y, X, E, at=0)
    io.save(found, tmp_path / "b.npz")
    again = io.load(tmp_path / "b.npz")
    assert again.width_exponent == Fraction(1)
    assert [str(b) for b in again.alternatives] == [str(b) for b in found.alternatives]


def test_no_balance():
    with pytest.raises(ParameterError, match="no layer at x = 0; the balances that were"):
        dominant_balance(Y.diff(X, 2) + Y.diff(X) + E * Y, Y, X, E, at=0)
    with pytest.raises(ParameterError, match="there is one term only"):
        dominant_balance(HEAT, Y, X, E, at=0)
    with pytest.raises(ParameterError, match="which is no sum of powers of epsilon"):
        dominant_balance(sympy.exp(E) * Y.diff(X) + Y, Y, X, E, at=0)
    with pytest.raises(ParameterError, match="pass one finite real number"):
        dominant_balance(HEAT + Y, Y, X, E, at=sympy.oo)
