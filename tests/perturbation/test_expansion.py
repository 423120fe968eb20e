"""Expansions: values, limits, branches, and the algebra of truncated series."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import sympy

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import Expansion
from perturbsci.verification import observed_order

E = sympy.Symbol("epsilon", positive=True)
RNG = np.random.default_rng(0)
EPSILON = np.array([0.3, 0.01, 2.0])


def test_value_is_the_sum_of_the_formula():
    terms = RNG.standard_normal(5)
    powers, logs = np.array([-1, 0, 0.5, 1, 3]), np.array([0, 2, 0, -1, 1])
    found = Expansion.from_terms(list(terms), powers=powers, logs=logs).evaluate(EPSILON)
    expected = [sum(terms * e**powers * np.log(e) ** logs) for e in EPSILON]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("shape", [(), (3,), (2, 4)])
@pytest.mark.parametrize("value_shape", [(), (2,), (2, 3)])
def test_shapes_of_values_and_partial_sums(shape, value_shape):
    series = Expansion.from_terms(list(RNG.standard_normal((4, *value_shape))))
    epsilon = RNG.uniform(0.1, 0.5, shape)
    sums = series.partial_sums(epsilon)
    assert series.evaluate(epsilon).shape == shape + value_shape
    assert sums.shape == (4, *shape, *value_shape)
    for terms in range(1, 5):
        # Two orders of adding four numbers of size one.
        np.testing.assert_allclose(
            sums[terms - 1], series.evaluate(epsilon, terms=terms), rtol=0, atol=5e-15
        )
    assert not series.evaluate(epsilon, terms=0).any()


def test_negative_epsilon_takes_the_principal_branch():
    root = Expansion.from_terms([1, 2], powers=[Fraction(1, 2), 1])
    assert abs(root.evaluate(-0.25) - (0.5j - 0.5)) < 1e-15
    logarithm = Expansion.from_terms([1], powers=[1], logs=[1])
    assert abs(logarithm.evaluate(-1.0) + 1j * np.pi) < 1e-15
    assert Expansion.from_terms([1, 2, 3]).evaluate(-0.5) == 0.75
    assert Expansion.from_terms([1, 2, 3]).evaluate(0.5j) == pytest.approx(0.25 + 1j)


def test_epsilon_zero_gives_the_limit():
    assert Expansion.from_terms([3, 4]).evaluate(0.0) == 3
    assert Expansion.from_terms([4], powers=[0.5]).evaluate(0) == 0
    assert (
        Expansion.from_terms([3, 1, 1], powers=[0, 1, 1], logs=[0, 2, -1]).evaluate(0) == 3
    )
    assert Expansion.from_terms([0, 3], powers=[-1, 0]).evaluate(0) == 3
    assert (Expansion.from_terms([3, 4]).evaluate([0.0, 1.0]) == [3, 7]).all()


@pytest.mark.parametrize(("power", "log"), [(-1, 0), (-0.5, -3), (0, 1)])
def test_infinite_limits_are_refused(power, log):
    series = Expansion.from_terms([1.0], powers=[power], logs=[log])
    with pytest.raises(ParameterError, match=r"is infinite; pass nonzero numbers"):
        series.evaluate([0.5, 0.0])


def test_the_empty_expansion_is_zero():
    empty = Expansion.from_terms([])
    assert len(empty) == 0
    assert (empty.evaluate([1.0, 2.0]) == 0).all()
    assert empty.partial_sums([1.0, 2.0]).shape == (0, 2)
    assert len(empty * Expansion.from_terms([1, 2])) == 0
    assert (Expansion.from_terms([1, 2]) + empty).exact == (1, 2)


@pytest.mark.parametrize(
    ("function", "powers", "logs"),
    [
        (sympy.sin(E) / E**2, [-1, 0, 1, 2], None),
        (sympy.sqrt(E + E**2), [0.5, 1.5], None),
        (E**E, [0, 1, 2], [0, 1, 2]),
        (sympy.log(2 * E) * (1 + E), [0, 0, 1, 1], [1, 0, 1, 0]),
        (sympy.exp(sympy.sqrt(E)), [0, 0.5, 1, 1.5, 2], None),
        (sympy.sqrt(1 + sympy.pi * E), [0, 1, 2], None),
        (sympy.cos(E), [0, 1, 2], None),
        (sympy.Integer(3), [0, 1, 2], None),
    ],
)
def test_sympy_series_have_the_right_gauges_and_remainder(function, powers, logs):
    series = Expansion.from_sympy(function, E, order=2)
    assert series.powers.tolist() == powers
    assert series.logs.tolist() == (logs or [0] * len(powers))
    epsilons = [Fraction(1, 2**k) for k in (6, 8, 10)]
    errors = [
        abs(
            complex(function.subs(E, sympy.Rational(e)).evalf(30))
            - series.evaluate(float(e))
        )
        for e in epsilons
    ]
    if max(errors) > 1e-9:
        assert observed_order([float(e) for e in epsilons], errors, floor=1e-14) > 2.3


def test_rational_series_of_sympy_are_exact():
    series = Expansion.from_sympy(sympy.exp(E), E, order=4)
    assert series.exact == tuple(Fraction(1, n) for n in (1, 1, 2, 6, 24))
    assert Expansion.from_sympy(sympy.exp(sympy.pi * E), E, order=1).exact is None


def test_products_are_cut_where_the_first_unknown_term_enters():
    a, b = Expansion.from_terms([1, 2, 3]), Expansion.from_terms([1, -1, 5, 7, 9])
    assert (a * b).exact == (1, 1, 6)
    shifted = Expansion.from_terms([1, 1], powers=[2, 3])
    assert (a * shifted).powers.tolist() == [2, 3]
    assert (a**3).exact == (1, 6, 21)


def test_gauges_multiply_and_merge():
    third = Expansion.from_terms([1, 1, 1, 1], powers=[0, 1 / 3, 2 / 3, 1])
    assert (third * third).exact == (1, 2, 3, 4)
    assert (third * third).powers.tolist() == [0, 1 / 3, 2 / 3, 1]
    logs = Expansion.from_terms([1, 1, 2], powers=[0, 1, 1], logs=[0, 1, 0])
    square = logs * logs
    assert (square.powers.tolist(), square.logs.tolist()) == ([0, 1, 1], [0, 1, 0])
    assert square.exact == (1, 2, 4)


@pytest.mark.parametrize("seed", range(5))
def test_products_converge_to_the_product_of_the_functions(seed):
    rng = np.random.default_rng(seed)
    powers = np.sort(rng.choice(np.arange(-3, 9) / 3, size=6, replace=False))
    a, b = (Expansion.from_terms(list(rng.uniform(1, 2, 6)), powers=powers) for _ in "ab")
    product = a * b
    last = powers[0] + powers[-1]
    assert product.powers.max() <= last + 1e-12
    steps = 2.0 ** -np.arange(8, 15, 2)
    errors = [abs(a.evaluate(e) * b.evaluate(e) - product.evaluate(e)) for e in steps]
    errors = np.array(errors) / abs(a.evaluate(steps) * b.evaluate(steps))
    # Relative to the leading term the first dropped gauge is at least one third beyond.
    assert observed_order(steps, errors, floor=1e-14) > last - 2 * powers[0] + 0.2


def test_sums_keep_every_term_of_both():
    a = Expansion.from_terms([1.5, 2, 3])
    b = Expansion.from_terms([1, 1], powers=[-0.5, 1], logs=[0, 1])
    np.testing.assert_allclose(
        (a - 2 * b).evaluate(EPSILON),
        a.evaluate(EPSILON) - 2 * b.evaluate(EPSILON),
        rtol=1e-14,
    )
    assert (a + 1).coefficients.tolist() == [2.5, 2, 3]
    assert (1 - a).coefficients.tolist() == [-0.5, -2, -3]


@pytest.mark.parametrize("half", [Fraction(1, 2), sympy.Rational(1, 2)])
def test_exact_numbers_keep_a_series_exact(half):
    series = Expansion.from_terms([1, sympy.Rational(1, 3), np.int64(2)])
    for product in (half * series, series * half):
        assert product.exact == (Fraction(1, 2), Fraction(1, 6), 1)
    assert (-series).exact == (-1, Fraction(-1, 3), -2)
    assert (np.float64(0.5) * series).exact is None
    assert (np.float64(0.5) * series).coefficients.tolist() == [0.5, 1 / 6, 1.0]
    assert (1j * series).coefficients.tolist() == [1j, 1j / 3, 2j]
    assert (series + Expansion.from_terms([1.0])).exact is None


def test_a_stored_expansion_comes_back_bit_for_bit(tmp_path):
    series = Expansion.from_terms([Fraction(10**30, 7), 2], powers=[0.5, 1], logs=[0, -1])
    again = io.load(io.save(series, tmp_path / "series.npz"))
    assert again.exact == series.exact
    for name in ("coefficients", "powers", "logs"):
        before, after = getattr(series, name), getattr(again, name)
        assert before.dtype == after.dtype
        assert (before == after).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: Expansion(np.ones(2), [0.0], [0]),
            ShapeError,
            "one power and one logarithm",
        ),
        (lambda: Expansion(np.ones(1), [0.0], [0.5]), ParameterError, "pass integers"),
        (lambda: Expansion(np.ones(1), [0.0], [0], (0.5,)), ParameterError, "one Fraction"),
        (lambda: Expansion(np.ones(1), [np.nan], [0]), ParameterError, "not finite"),
        (lambda: Expansion.from_terms(3), ParameterError, "pass a list of coefficients"),
        (lambda: Expansion.from_terms("12"), ParameterError, "pass a list of coefficients"),
        (lambda: Expansion.from_terms([np.inf]), ParameterError, "not finite"),
        (lambda: Expansion.from_terms([10**400]), ParameterError, "rescale epsilon"),
        (
            lambda: Expansion.from_terms([np.ones(2), 1.0]),
            ShapeError,
            "arrays of one shape",
        ),
        (lambda: Expansion.from_terms([1], powers=["x"]), ParameterError, "real number"),
        (lambda: Expansion.from_terms([1]).evaluate(np.nan), ParameterError, "not finite"),
        (lambda: Expansion.from_terms([1]).evaluate(1, terms=2), ParameterError, "0 to 1"),
        (
            lambda: Expansion.from_terms([1]) ** 0,
            ParameterError,
            "the exponent is .*; pass a whole number from 1 on",
        ),
        (
            lambda: Expansion.from_terms([1]) ** 0.5,
            ParameterError,
            "the exponent is .*; pass a whole number from 1 on",
        ),
        (
            lambda: Expansion.from_terms([np.ones(2)]) + Expansion.from_terms([1]),
            ShapeError,
            "equal value shape are added",
        ),
        (
            lambda: Expansion.from_terms([np.ones(2)]) * Expansion.from_terms([np.ones(3)]),
            ShapeError,
            "equal value shape are multiplied",
        ),
        (
            lambda: Expansion.from_sympy(E, E, order=-1),
            ParameterError,
            "whole number from 0",
        ),
        (lambda: Expansion.from_sympy("e", E, order=1), ParameterError, "parse_expression"),
        (lambda: Expansion.from_sympy(E, "e", order=1), ParameterError, "sympy.Symbol"),
        (
            lambda: Expansion.from_sympy(E * sympy.Symbol("a"), E, order=1),
            ParameterError,
            "holds a beside epsilon",
        ),
        (
            lambda: Expansion.from_sympy(sympy.sin(1 / E), E, order=1),
            ParameterError,
            "no power of epsilon|no series",
        ),
    ],
)
def test_wrong_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_operands_of_other_types_are_refused():
    with pytest.raises(TypeError):
        Expansion.from_terms([1]) + "1"
    with pytest.raises(TypeError):
        Expansion.from_terms([1]) * None


def test_the_import_loads_no_heavy_library():
    code = (
        "import sys, perturbsci.perturbation as p; p.borel_sum, p.Expansion; "
        "print(sorted({'sympy', 'scipy', 'numba', 'mpmath'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("expansion", "text"),
    [
        (
            Expansion.from_terms([1, Fraction(3, 8), 0, Fraction(-21, 256)]),
            "1 + 3/8 epsilon - 21/256 epsilon^3",
        ),
        (
            Expansion.from_terms([-1, 1, 2], powers=[-1, 0, 1]),
            "-epsilon^(-1) + 1 + 2 epsilon",
        ),
        (
            Expansion.from_terms([-1.5, 0.5 + 0.25j], powers=[-1 / 3, 0.5], logs=[0, 2]),
            "-1.5 epsilon^(-1/3) + (0.5+0.25j) epsilon^(1/2) ln(epsilon)^2",
        ),
        (Expansion.from_terms([1, -1], powers=[0, 0], logs=[1, 0]), "ln(epsilon) - 1"),
        (Expansion.from_terms([0.0, 0.0]), "0"),
        (Expansion.from_terms([[1.0, 2.0]]), "1 x array of shape (2,)"),
    ],
)
def test_the_text_of_a_series(expansion, text):
    assert str(expansion) == text
