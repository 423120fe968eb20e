"""Enclosures hold what they say, and proven bounds are near those by quadrature."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from surrogate_expansions import on_a_line, surrogate
from surrogate_statements import number, wave, x

from perturbsci import problems as pp
from perturbsci.errors import ParameterError
from perturbsci.surrogates import Legendre, certify, solve
from perturbsci.surrogates.balls import Ball, Series, evaluated, matrix_product
from perturbsci.surrogates.cells import Cells, enclosed_formula
from perturbsci.surrogates.conformity import conforming_box, conforming_line
from perturbsci.surrogates.exact_tables import (
    exact_nodes,
    legendre_ball,
    restriction_ball,
    transform_ball,
)

t, y = sp.symbols("t y", real=True)
u1 = pp.field("u", x)
u2 = pp.field("u", x, y)


@pytest.mark.parametrize("seed", range(10))
def test_balls_hold_the_exact_value(seed):
    rng = np.random.default_rng(seed)
    a, b, z = sp.symbols("a b z")
    formula = (a * b - z**3) * sp.exp(a - b) + sp.sin(a * z) / (2 + b**2)
    formula += sp.tanh(z) - sp.cos(b) * sp.sqrt(3 + a) + sp.pi / 7
    mids, rads = rng.uniform(-1, 1, (3, 8)), 10.0 ** rng.uniform(-16, -1, (3, 8))
    table = {s: Ball(m, r) for s, m, r in zip((a, b, z), mids, rads, strict=True)}
    found = evaluated(formula, table)
    exact = sp.lambdify((a, b, z), formula, "mpmath")
    with mpmath.workdps(40):
        for k in range(8):
            for _ in range(20):
                share = rng.uniform(-1, 1, 3)
                place = [
                    mpmath.mpf(m) + mpmath.mpf(r) * mpmath.mpf(s)
                    for m, r, s in zip(mids[:, k], rads[:, k], share, strict=True)
                ]
                gap = abs(exact(*place) - mpmath.mpf(found.mid[k]))
                assert gap <= mpmath.mpf(found.rad[k])


def test_thin_balls_stay_thin():
    a = sp.Symbol("a")
    found = evaluated(sp.sin(a) * sp.exp(a) - a**3, {a: Ball(np.linspace(-1, 1, 9))})
    # a dozen operations of size below 3
    assert found.rad.max() < 1e-13


@pytest.mark.parametrize("text", ["exp", "sin", "cos", "tanh", "sqrt", "reciprocal"])
def test_series_are_the_taylor_coefficients(text):
    m, z = 9, sp.Symbol("z")
    inner = 2 + z / 3 - z**2 / 5
    outer = 1 / inner if text == "reciprocal" else getattr(sp, text)(inner)
    terms = [Ball(np.array([2.0])), Ball(np.array([1 / 3]), 1e-16)]
    terms += [Ball(np.array([-0.2]), 1e-16), *(Ball(np.zeros(1)) for _ in range(m - 2))]
    series = Series(terms)
    found = series.reciprocal() if text == "reciprocal" else series.apply(text)
    with mpmath.workdps(40):
        exact = mpmath.taylor(sp.lambdify(z, outer, "mpmath"), 0, m)
        for ball, value in zip(found.terms, exact, strict=True):
            assert abs(value - mpmath.mpf(float(ball.mid[0]))) <= mpmath.mpf(
                float(ball.rad[0])
            )
            assert ball.rad[0] < 1e-11


def test_a_matrix_product_holds_every_product_of_its_balls():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((5, 7)), rng.standard_normal((3, 7, 2))
    ra, rb = 1e-3 * rng.random(a.shape), 1e-3 * rng.random(b.shape)
    found = matrix_product(Ball(a, ra), Ball(b, rb), 1)
    for _ in range(50):
        left = a + ra * rng.uniform(-1, 1, a.shape)
        right = b + rb * rng.uniform(-1, 1, b.shape)
        exact = np.einsum("ij,njk->nik", left, right)
        assert (np.abs(exact - found.mid) <= found.rad).all()


def test_tables_are_right_to_the_last_digit():
    nodes, weights = exact_nodes(9)
    plain = np.polynomial.legendre.leggauss(9)
    np.testing.assert_allclose([float(k) for k in nodes], plain[0], atol=2e-16)
    np.testing.assert_allclose([float(k) for k in weights], plain[1], rtol=1e-14)
    table = legendre_ball(9, 6, 2)
    second = np.polynomial.legendre.Legendre.basis(6).deriv(2)(plain[0])
    np.testing.assert_allclose(table.mid[:, 6], second, rtol=1e-12)
    # there and back
    both = transform_ball(9).mid @ legendre_ball(9, 8, 0).mid
    np.testing.assert_allclose(both, np.eye(9), atol=1e-15)
    c = np.random.default_rng(1).standard_normal(6)
    moved = restriction_ball(6, -1.0, 3.0, 0.5, 1.25).mid @ c
    z = np.linspace(0.5, 1.25, 5)
    np.testing.assert_allclose(
        np.polynomial.legendre.legval((z - 0.875) / 0.375, moved),
        np.polynomial.legendre.legval((z - 1) / 2, c),
        rtol=1e-13,
    )


@pytest.mark.parametrize("seed", range(6))
def test_an_enclosed_formula_holds_the_formula(seed):
    rng = np.random.default_rng(seed)
    edges = np.array([0.0, 0.3, 1.0])
    c = rng.standard_normal((2, 6)) / 3.0 ** np.arange(6)
    cells = Cells(edges[:-1, None], edges[1:, None], Ball(c))
    u, du = sp.symbols("u du")
    source = (sp.exp(x) * sp.sin(3 * x), x**2, sp.S.Zero)[seed % 3]
    formula = (du * u + source, sp.sin(u) * du - source)[seed // 3]
    found = enclosed_formula(formula, (x,), {u: (0,), du: (1,)}, cells)
    evaluate = sp.lambdify((x, u, du), formula, "numpy")
    table = found.cells.coefficients
    for e in range(2):
        low, high = edges[e : e + 2]
        xi, weights = np.polynomial.legendre.leggauss(60)
        place = low + (high - low) * (xi + 1) / 2
        value = np.polynomial.legendre.legval(xi, c[e])
        slope = np.polynomial.legendre.legval(xi, np.polynomial.legendre.legder(c[e]))
        exact = evaluate(place, value, slope * 2 / (high - low))
        part = np.polynomial.legendre.legval(xi, table.mid[e])
        # rounding of the two evaluations here besides
        room = table.rad[e].sum() + found.rest[e] + 1e-14 * (1 + np.abs(exact).max())
        assert np.abs(exact - part).max() <= room
        square = np.sqrt(weights @ exact**2 * (high - low) / 2)
        assert square * (1 - 1e-12) <= found.squares()[e]
        # polynomials to rounding, sines and exponentials to their remainder
        assert room < 1e-6 * (1 + np.abs(exact).max())
    if seed < 3 and source.is_polynomial():
        assert (found.rest == 0).all()


@pytest.mark.parametrize("walls", [("dirichlet", "dirichlet"), ("periodic", "periodic")])
def test_corrected_elements_join(walls):
    rng = np.random.default_rng(5)
    edges = np.array([0.0, 0.2, 0.7, 1.0])
    c = rng.standard_normal((3, 5, 2))
    low = np.column_stack([edges[:-1], np.zeros(3)])
    high = np.column_stack([edges[1:], np.ones(3)])
    fixed, change = conforming_line(Cells(low, high, Ball(c)), walls, (2.0, -1.0))
    table = fixed.coefficients
    n = np.arange(table.mid.shape[1])
    wide = np.diff(edges)[:, None]
    ends = [np.einsum("n,enj->ej", s, table.mid) for s in ((-1.0) ** n, 0 * n + 1.0)]
    rates = [
        np.einsum("n,enj->ej", s, table.mid) * 2 / wide
        for s in (-((-1.0) ** n) * n * (n + 1) / 2, n * (n + 1) / 2)
    ]
    for left, right in (ends, rates):
        # rounding of sums of numbers near one
        np.testing.assert_allclose(right[:-1], left[1:], atol=1e-13)
        if walls[0] == "periodic":
            np.testing.assert_allclose(right[-1], left[0], atol=1e-13)
    if walls[0] == "dirichlet":
        np.testing.assert_allclose(ends[0][0], [2, 0], atol=1e-14)
        np.testing.assert_allclose(ends[1][-1], [-1, 0], atol=1e-14)
    np.testing.assert_allclose(
        change.coefficients.mid[:, :5] + table.mid[:, :5], c, atol=1e-14
    )


def test_a_corrected_box_is_constant_on_its_walls():
    c = np.random.default_rng(2).standard_normal((1, 5, 4))
    fixed, _ = conforming_box(Cells(np.zeros((1, 2)), np.ones((1, 2)), Ball(c)), 0.5)
    s = np.linspace(-1, 1, 6)
    table = fixed.coefficients.mid[0]
    for end in (-1.0, 1.0):
        for a, b in ((0 * s + end, s), (s, 0 * s + end)):
            value = np.polynomial.legendre.legval2d(a, b, table)
            np.testing.assert_allclose(value, 0.5, atol=1e-14)


def conforming_case(seed):
    """Return a random coercive or indefinite statement and a fit that meets its walls."""
    rng = np.random.default_rng(seed)
    exact = sp.expand(x * (1 - x)) * wave(rng, [x])
    c = number(rng, -20, 20)
    problem = pp.FieldProblem(
        [-u1.diff(x, 2) + c * u1 - (-exact.diff(x, 2) + c * exact).doit()],
        pp.Box({x: (0, 1)}),
        [pp.Dirichlet(u1, 0)],
    )
    degree = int(rng.integers(5, 9))
    function = sp.lambdify(x, exact / x / (1 - x), "numpy")
    nodes, weights = np.polynomial.legendre.leggauss(degree - 1)
    inner = np.polynomial.legendre.legvander(nodes, degree - 2).T * weights
    inner *= np.arange(degree - 1)[:, None] + 0.5
    inner = inner @ function((nodes + 1) / 2)

    def fit(z):
        return z * (1 - z) * np.polynomial.legendre.legval(2 * z - 1, inner)

    return on_a_line(problem, fit, degree), exact


@pytest.mark.parametrize("seed", range(12))
def test_a_proven_bound_is_above_the_error_and_near_the_other(seed):
    rough, exact = conforming_case(seed)
    plain = certify(rough, norm="L2")
    proven = certify(rough, norm="L2", kind="proven")
    assert proven.kind == "proven"
    assert plain.value / 1.01 <= proven.value * (1 + 1e-12)
    assert proven.value <= 4 * plain.value
    z = np.linspace(0, 1, 4001)
    error = rough(z[:, None]) - sp.lambdify(x, exact, "numpy")(z)
    assert np.sqrt(np.trapezoid(error**2, z)) * (1 - 1e-6) <= proven.value


@pytest.mark.parametrize("norm", ["energy", "max"])
def test_energy_and_maximum_are_proven_for_coercive_statements(norm):
    rough, _ = conforming_case(1000)
    plain, proven = certify(rough, norm=norm), certify(rough, norm=norm, kind="proven")
    assert proven.kind == "proven"
    assert plain.value / 1.02 <= proven.value <= 4 * plain.value


def test_a_box_of_legendre_polynomials_is_proven():
    problem = pp.poisson(2)
    basis = Legendre((9, 9), problem.domain)
    z, w = np.polynomial.legendre.leggauss(8)
    inner = np.polynomial.legendre.legvander(z, 7).T * w * (np.arange(8)[:, None] + 0.5)
    values = np.sin(np.pi * (z + 1) / 2) / (1 - z**2)
    line = np.polynomial.legendre.legmul([2 / 3, 0, -2 / 3], inner @ values)
    table = np.outer(line, line)[None]
    rough = surrogate(problem, basis, table, ())
    plain, proven = certify(rough), certify(rough, kind="proven")
    assert proven.kind == "proven"
    assert plain.value / 1.02 <= proven.value <= 4 * plain.value


def test_a_march_is_proven_slab_by_slab():
    solution = solve(pp.burgers(0.05), tolerance=1e-4)
    plain, proven = certify(solution), certify(solution, kind="proven")
    assert proven.kind == "proven"
    assert proven.bound == plain.bound
    assert plain.value / 1.02 <= proven.value <= 4 * plain.value


def test_what_is_not_enclosed_stays_a_posteriori_and_says_why():
    problem = pp.FieldProblem(
        [u1.diff(x, 2) + u1**2 + 1], pp.Box({x: (0, 1)}), [pp.Dirichlet(u1, 0)]
    )
    rough = on_a_line(problem, lambda z: z * (1 - z) / 2, 6)
    found = certify(rough, kind="proven")
    assert found.kind == "a-posteriori"
    assert "not proven: semilinear" in found.assumptions[-1]
    neumann = pp.FieldProblem(
        [-u1.diff(x, 2) + u1 - 1], pp.Box({x: (0, 1)}), [pp.Neumann(u1, 0)]
    )
    found = certify(on_a_line(neumann, lambda z: 1 + 0 * z, 4), kind="proven")
    assert "walls other than Dirichlet" in found.assumptions[-1]


def test_a_formula_without_an_enclosure_is_refused():
    a = sp.Symbol("a")
    with pytest.raises(ParameterError, match="has no enclosure here"):
        evaluated(sp.gamma(a), {a: Ball(np.ones(1))})
    with pytest.raises(ParameterError, match="zero in the enclosure of its denominator"):
        evaluated(1 / a, {a: Ball(np.zeros(1), 1.0)})
