"""Tables of basis functions: closed forms, exact derivatives, products."""

import mpmath
import numpy
import pytest
import sympy
from scipy import special

from perturbsci.backend.kernels import tables

X = numpy.random.default_rng(0).uniform(-1, 1, 100)
DEGREES = numpy.arange(64)
FAMILIES = {
    tables.chebyshev: special.eval_chebyt,
    tables.legendre: special.eval_legendre,
    tables.orthonormal_legendre: lambda k, x: (
        numpy.sqrt(k + 0.5) * special.eval_legendre(k, x)
    ),
    tables.hermite: special.eval_hermitenorm,
    tables.orthonormal_hermite: lambda k, x: (
        special.eval_hermitenorm(k, x) / numpy.sqrt(special.factorial(k))
    ),
    tables.physicists_hermite: special.eval_hermite,
    tables.monomials: lambda k, x: x**k,
}


def relative_to_row(found, exact):
    """Return the largest error relative to the largest entry of its row."""
    return (abs(found - exact) / abs(exact).max(axis=-1, keepdims=True)).max()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.__name__)
def test_table_is_what_scipy_evaluates(family):
    recurrence, first = family(64)
    found = tables.polynomial_table(X, recurrence, first, 1)[:, 0]
    assert relative_to_row(found, FAMILIES[family](DEGREES, X[:, None])) <= 1e-13


def test_table_is_within_the_claimed_rounding_of_mpmath():
    recurrence, first = tables.legendre(64)
    found = tables.polynomial_table(X[:8], recurrence, first, 1)[:, 0]
    with mpmath.workdps(30):
        exact = [[float(mpmath.legendre(int(k), x)) for k in DEGREES] for x in X[:8]]
    # |P_k| <= 1; each step of the recurrence adds a few roundings, and none is amplified.
    assert (
        abs(found - exact).max(axis=0).tolist() <= (4 * (DEGREES + 1) * 2.0**-53).tolist()
    )


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.__name__)
def test_derivatives_are_those_of_exact_polynomials(family):
    t = sympy.Symbol("t")
    exact = {
        tables.chebyshev: lambda k: sympy.chebyshevt(k, t),
        tables.legendre: lambda k: sympy.legendre(k, t),
        tables.orthonormal_legendre: lambda k: (
            sympy.sqrt(k + sympy.Rational(1, 2)) * sympy.legendre(k, t)
        ),
        tables.hermite: lambda k: sympy.expand(
            2 ** sympy.Rational(-k, 2) * sympy.hermite(k, t / sympy.sqrt(2))
        ),
        tables.orthonormal_hermite: lambda k: (
            sympy.expand(2 ** sympy.Rational(-k, 2) * sympy.hermite(k, t / sympy.sqrt(2)))
            / sympy.sqrt(sympy.factorial(k))
        ),
        tables.physicists_hermite: lambda k: sympy.hermite(k, t),
        tables.monomials: lambda k: t**k,
    }[family]
    points = numpy.array([-0.875, 0.25, 1.0])  # exact in binary
    expected = numpy.array(
        [
            [
                [
                    float(sympy.diff(exact(k), t, s).subs(t, sympy.Rational(x)))
                    for k in range(8)
                ]
                for s in range(4)
            ]
            for x in points
        ]
    )
    recurrence, first = family(8)
    found = tables.polynomial_table(points, recurrence, first, 4)
    # 8 steps, orders below 4: at most about 40 roundings of the largest entry.
    assert relative_to_row(found, expected) <= 40 * 2.0**-53


@pytest.mark.parametrize(
    ("family", "rule"),
    [
        (tables.orthonormal_legendre, special.roots_legendre),
        (tables.orthonormal_hermite, special.roots_hermitenorm),
    ],
)
def test_orthonormal_families_are_orthonormal(family, rule):
    nodes, weights = rule(20)  # exact to degree 39
    weights = weights if family is tables.orthonormal_legendre else weights / weights.sum()
    psi = tables.polynomial_table(nodes, *family(20), 1)[:, 0]
    numpy.testing.assert_allclose((psi.T * weights) @ psi, numpy.eye(20), atol=1e-13)


@pytest.mark.slow
def test_float32_keeps_its_own_roundoff():
    recurrence, first = tables.legendre(64)
    exact = tables.polynomial_table(X.astype("f4").astype("f8"), recurrence, first, 1)
    found = tables.polynomial_table(X.astype("f4"), recurrence.astype("f4"), first, 1)
    assert found.dtype == numpy.float32
    # Coefficients rounded to float32 add two roundings to those of each step.
    assert abs(found - exact).max() <= 6 * 64 * 2.0**-24


def test_tables_of_size_zero_are_empty():
    assert tables.polynomial_table(X, *tables.chebyshev(0), 2).shape == (100, 2, 0)
    assert tables.polynomial_table(X, *tables.chebyshev(3), 0).shape == (100, 0, 3)


def test_trigonometric_table_is_within_its_bound():
    x, q = numpy.array([-3.0, -0.7, 1e-9, 0.3, 2.5, 1000.1]), 65
    found = tables.trigonometric_table(x, q)
    with mpmath.workdps(30):
        exact = [[mpmath.expj(k * mpmath.mpf(float(t))) for k in range(q)] for t in x]
        errors = [
            [float(abs(mpmath.mpc(complex(a)) - b)) for a, b in zip(*rows, strict=True)]
            for rows in zip(found, exact, strict=True)
        ]
    bound = 2 * (numpy.arange(q) + 1) * 2.0**-52
    assert (numpy.array(errors) <= bound).all()


@pytest.mark.slow
def test_trigonometric_table_in_float32_is_within_its_bound():
    x, q = X.astype("f4"), 65
    wide = tables.trigonometric_table(x.astype("f8"), q)
    bound = 2 * (numpy.arange(q) + 1) * 2.0**-23
    assert (abs(tables.trigonometric_table(x, q) - wide) <= bound).all()


@pytest.mark.parametrize("q", [0, 1, 2])
def test_trigonometric_table_begins_with_one_and_cosine(q):
    found = tables.trigonometric_table(X, q)
    numpy.testing.assert_allclose(
        found, numpy.exp(1j * X[:, None] * numpy.arange(q)), atol=1e-15
    )


@pytest.mark.parametrize("d", [1, 2, 5])
def test_tensor_products_multiply_from_left_to_right(d):
    rng = numpy.random.default_rng(d)
    factors, weight = rng.standard_normal((d, 70, 6)), rng.standard_normal(70)
    index = rng.integers(0, 6, (90, d))
    expected = numpy.repeat(weight[:, None], 90, axis=1)
    for k in range(d):
        expected = expected * factors[k][:, index[:, k]]
    numpy.testing.assert_array_equal(
        tables.tensor_products(factors, index, weight), expected
    )


def test_complex_tensor_products_are_plane_waves():
    x = numpy.random.default_rng(0).uniform(-3, 3, (40, 2))
    factors = numpy.exp(1j * x.T[..., None] * numpy.arange(5))
    index = numpy.array([(a, b) for a in range(-4, 5) for b in range(-4, 5)])
    found = tables.tensor_products_complex(factors, index, numpy.full(40, 0.5))
    # Entries of modulus 1/2: 3 d roundings, and those of both exponentials.
    exact = 0.5 * numpy.exp(1j * (x @ index.T))
    assert abs(found - exact).max() <= 0.5 * (6 + 2 * 24) * 2.0**-53
