"""Roots and regular solutions as series, against closed forms and numerical roots."""

import itertools
import math
import random
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import expand_roots, expand_solution, newton_polygon
from perturbsci.results import Status
from perturbsci.verification import load_reference

X, Y, E = sympy.symbols("x y epsilon")
OMEGA = [complex(-0.5, s * math.sqrt(3) / 2) for s in (-1, 1)]


def test_polygon_of_the_singular_cubic():
    polygon = newton_polygon(E * X**3 - X + 1, X, E)
    assert polygon.vertices.tolist() == [[0, 0], [1, 0], [3, 1]]
    assert polygon.slopes == (0, Fraction(1, 2))
    assert polygon.lengths == (1, 2)
    assert polygon.certificate.kind == "proven"
    assert "2 roots ~ epsilon^(-1/2)" in polygon.summary()


def test_points_on_an_edge_are_no_vertices_and_zero_roots_have_no_edge():
    polygon = newton_polygon(X**4 + E * X**3 + 5 * E**2 * X**2, X, E)
    assert polygon.vertices.tolist() == [[2, 2], [4, 0]]
    assert (polygon.slopes, polygon.lengths) == ((-1,), (2,))


def test_roots_of_the_singular_cubic():
    regular = load_reference("perturbation.cubic_regular")
    singular = load_reference("perturbation.cubic_singular")
    found = expand_roots(E * X**3 - X + 1, X, E)
    right, left, finite = found.expansions
    assert finite.exact == tuple(regular.value)
    assert finite.powers.tolist() == regular.parameters["powers"]
    assert right.powers[:3].tolist() == singular.parameters["powers"]
    for root, sign in ((right, 1), (left, -1)):
        # epsilon^(1/2) changes sign from one root to the other.
        expected = [c * sign ** round(2 * p) for c, p in _pairs(singular)]
        assert root.coefficients[:3] == pytest.approx(expected, abs=singular.tolerance)
    assert found.multiplicities == (1, 1, 1)
    assert found.status is Status.CONVERGED
    assert all(claim.passed for claim in found.certificates)
    assert "3 epsilon^2" in found.summary()


def _pairs(reference):
    return zip(reference.value, reference.parameters["powers"], strict=True)


def test_the_finite_root_of_the_cubic_has_the_fuss_catalan_numbers():
    root = expand_roots(E * X**3 - X + 1, X, E, terms=12).expansions[2]
    fuss = [math.comb(3 * n, n) // (2 * n + 1) for n in range(12)]
    assert root.exact == tuple(fuss)


def test_square_root_and_cube_roots_are_exact():
    square = expand_roots(X**2 - E, X, E)
    assert [r.powers.tolist() for r in square.expansions] == [[0.5], [0.5]]
    assert [r.exact for r in square.expansions] == [(1,), (-1,)]
    assert square.status is Status.EXACT
    assert square.certificate.bound == math.inf
    cube = expand_roots(sympy.expand((X - 1) ** 3 - E), X, E)
    second = [root.coefficients[1] for root in cube.expansions]
    assert second == pytest.approx([OMEGA[0], 1, OMEGA[1]], abs=1e-15)  # by argument
    assert {tuple(root.powers) for root in cube.expansions} == {(0.0, 1 / 3)}
    assert cube.status is Status.EXACT


def test_zero_roots_and_double_roots_are_counted():
    found = expand_roots(X**3 * (X - 1 - E) ** 2 * (sympy.sqrt(E) * X + 2), X, E)
    assert found.multiplicities == (1, 2, 3)
    assert [root.exact for root in found.expansions] == [(-2,), (1, 1), ()]
    assert found.expansions[0].powers.tolist() == [-0.5]
    assert found.expansions[2].evaluate(0.1) == 0


def test_a_double_root_that_splits_late_is_followed():
    equation = (X - 1 - E) ** 2 - E**9
    together = expand_roots(equation, X, E, terms=2)
    assert together.multiplicities == (2,)
    apart = expand_roots(equation, X, E, terms=3)
    assert [root.exact for root in apart.expansions] == [(1, 1, 1), (1, 1, -1)]
    assert apart.expansions[0].powers.tolist() == [0, 1, 4.5]


def test_a_double_irrational_root_is_seen_as_double():
    # x^2 = 2 +- sqrt(epsilon x): x = +-sqrt 2 (1 + ...), x_1^2 = x_0/(4 x_0^2) = x_0/8
    found = expand_roots((X**2 - 2) ** 2 - E * X, X, E)
    assert found.multiplicities == (1, 1, 1, 1)
    for root in found.expansions:
        assert root.powers[1] == 0.5
        assert root.coefficients[1] ** 2 == pytest.approx(root.coefficients[0] / 8)
    assert found.expansions[0].coefficients.dtype == np.float64


def test_irrational_double_edge_roots_of_irrational_coefficients():
    root = sympy.sqrt(2) + sympy.pi
    found = expand_roots(sympy.expand((X - root) ** 2 * (X + 1) - E**2 * X), X, E, terms=2)
    assert found.multiplicities == (1, 1, 1)
    double = [r for r in found.expansions if r.coefficients[0] > 0]
    value = float(sympy.sqrt(root / (root + 1)))
    assert [r.coefficients[1] for r in double] == pytest.approx([value, -value], rel=1e-14)


def test_floats_are_decimals_and_leave_no_exact_numbers():
    found = expand_roots(X**2 - 0.2 * X + 0.01 - E, X, E)  # (x - 0.1)^2 = epsilon
    assert [root.coefficients.tolist() for root in found.expansions] == [
        [0.1, 1.0],
        [0.1, -1.0],
    ]
    assert found.expansions[0].exact is None


def test_quotients_and_negative_powers_of_epsilon():
    geometric = expand_roots(X - 1 / (1 + E), X, E).expansions[0]
    assert geometric.exact == (1, -1, 1, -1)
    assert expand_roots(1 / E - X, X, E).expansions[0].powers.tolist() == [-1]
    assert expand_roots((X**2 - 1) / (X - 1) - E, X, E).multiplicities == (1,)


@pytest.mark.parametrize("shift", [1, -2])
def test_shifting_and_scaling_the_unknown(shift):
    base = expand_roots(E * X**3 - X + 1, X, E, terms=3)
    scaled = (E * X**3 - X + 1).subs(X, X * E**shift)
    moved = expand_roots(scaled, X, E, terms=3)
    for a, b in zip(base.expansions, moved.expansions, strict=True):
        assert b.powers == pytest.approx(a.powers - shift, abs=1e-15)
        assert b.exact == a.exact


def family(rng):
    """Return coefficients {(j, q): c} whose polygon has slopes in {-2, ..., 2}/3."""
    slopes = sorted(rng.sample(range(-2, 3), rng.randint(1, 3)))
    vertices = [(0, rng.randint(-2, 2))]  # q in thirds
    for slope in slopes:
        j, q = vertices[-1]
        length = rng.randint(1, 2)
        vertices.append((j + length, q + slope * length))
    terms = {}
    for (j, q), (k, r) in itertools.pairwise(vertices):
        for i in range(j, k + 1):
            line = Fraction(q) + Fraction((r - q) * (i - j), k - j)
            if i in (j, k) or rng.random() < 0.5:
                terms[i, line / 3] = rng.choice([-3, -2, -1, 1, 2, 3])
            terms[i, (line + rng.randint(1, 5)) / 3] = rng.choice([-2, -1, 1, 2])
    return terms, vertices


def numerical(terms, epsilon):
    """Return all roots at one epsilon to 50 digits."""
    degree = max(j for j, _ in terms)
    sums = [mpmath.mpf(0)] * (degree + 1)
    for (j, q), c in terms.items():
        sums[degree - j] += c * epsilon ** (mpmath.mpf(q.numerator) / q.denominator)
    return sums, mpmath.polyroots(sums, maxsteps=500, extraprec=400)


def test_fifty_random_families_have_all_their_roots():
    rng = random.Random(7)
    for _ in range(50):
        terms, vertices = family(rng)
        equation = sum(
            c * E ** sympy.Rational(q.numerator, q.denominator) * X**j
            for (j, q), c in terms.items()
        )
        found = expand_roots(equation, X, E, terms=3)
        assert sum(found.multiplicities) == vertices[-1][0]
        assert (found.polygon.vertices * [1, 3]).round(12).tolist() == [
            list(v) for v in vertices
        ]
        assert all(claim.passed for claim in found.certificates)
        for root, claim in zip(found.expansions, found.certificates, strict=True):
            check_residual(terms, root, claim.bound)


def check_residual(terms, root, order):
    """Compare the residual of the rounded series with the certified power of epsilon."""
    with mpmath.workdps(40):
        sizes = []
        for epsilon in (mpmath.mpf(10) ** -9, mpmath.mpf(10) ** -12):
            pairs = zip(root.coefficients, root.powers, strict=True)
            x = sum(mpmath.mpmathify(complex(c)) * epsilon ** third(p) for c, p in pairs)
            parts = [c * epsilon ** third(q) * x**j for (j, q), c in terms.items()]
            rounding = 1e-14 * max(abs(part) for part in parts)
            if abs(sum(parts)) < rounding or order == math.inf:
                assert order == math.inf or epsilon**order < 1e4 * rounding
                return
            sizes.append(abs(sum(parts)))
        slope = mpmath.log(sizes[0] / sizes[1], 1000)
        assert abs(slope - order) < 0.05  # the next power is 1/6 or more away


def third(power):
    fraction = Fraction(power).limit_denominator(1000)
    return mpmath.mpf(fraction.numerator) / fraction.denominator


def test_expansions_are_the_numerical_roots_one_to_one():
    rng = random.Random(11)
    with mpmath.workdps(50):
        epsilon = mpmath.mpf(10) ** -18
        for _ in range(4):
            terms, _ = family(rng)
            equation = sum(
                c * E ** sympy.Rational(q.numerator, q.denominator) * X**j
                for (j, q), c in terms.items()
            )
            roots = numerical(terms, epsilon)[1]
            found = expand_roots(equation, X, E, terms=4)
            for series, count in zip(found.expansions, found.multiplicities, strict=True):
                value = complex(series.evaluate(float(epsilon)))
                near = [r for r in roots if abs(r - value) < 1e-4 * abs(value)]
                assert len(near) >= count
                for r in sorted(near, key=lambda r: abs(r - value))[:count]:
                    roots.remove(r)
            assert not roots


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        (sympy.sin(X) - E, "no polynomial in x and rational powers of epsilon"),
        (X - E**sympy.pi, "no polynomial"),
        (X - sympy.sqrt(1 + E), "no polynomial"),
        (E + 1, "does not depend on x"),
        (X - X + 0 * E, "does not depend on x"),
        ("x - epsilon", "pass a SymPy expression that vanishes"),
        (X * Y - E, "y has no finite value; pass numbers"),
    ],
)
def test_equations_that_are_refused(equation, message):
    with pytest.raises(ParameterError, match=message):
        expand_roots(equation, X, E)


def test_arguments_that_are_refused():
    with pytest.raises(ParameterError, match="terms is 0; pass a whole number from 1 on"):
        expand_roots(X - E, X, E, terms=0)
    with pytest.raises(ParameterError, match=r"unknown is 'x'; pass a sympy\.Symbol"):
        newton_polygon(X - E, "x", E)
    with pytest.raises(ParameterError, match="name each symbol once"):
        newton_polygon(X - E, E, E)


def test_regular_root_of_a_quadratic():
    found = expand_solution((X**2 + E * X - 1,), (X,), E, (1,), order=5)
    expected = [1, -1 / 2, 1 / 8, 0, -1 / 128, 0]  # sqrt(1 + e^2/4) - e/2
    assert found.expansion.coefficients[:, 0].tolist() == expected
    assert found.condition == 1
    assert (found.certificate.value, found.certificate.bound) == (6, 6)


def test_lamberts_function():
    # x = epsilon e^x: x_n = n^(n-1)/n!
    found = expand_solution((X - E * sympy.exp(X),), (X,), E, (0,), order=8)
    expected = [0] + [n ** (n - 1) / math.factorial(n) for n in range(1, 9)]
    assert found.expansion.coefficients[:, 0] == pytest.approx(expected, rel=1e-15)
    assert found.certificate.bound == 9


FUNCTIONS = [
    sympy.sin(X) + sympy.tan(X) / 3,
    sympy.log(2 + X) - sympy.log(2),
    sympy.sqrt(4 + X) * X,
    (1 + X) ** sympy.Rational(-3, 2) - 1,
    sympy.besselj(1, X),
    2 ** (X + X**2) - 1,
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_inverse_functions_undo_the_function(function):
    # f(x) = epsilon by Lagrange inversion: the series of f at the found x is epsilon.
    found = expand_solution((function - E,), (X,), E, (0,), order=5)
    inner = sum(sympy.Rational(float(c)) * E**k for k, c in _column(found))
    back = sympy.series(function.subs(X, inner), E, 0, 6).removeO()
    values = [float(sympy.N(back.coeff(E, k))) for k in range(6)]
    assert values == pytest.approx([0, 1, 0, 0, 0, 0], abs=1e-13)


def _column(found):
    return enumerate(found.expansion.coefficients[:, 0])


def test_system_against_numerical_solutions():
    equations = (sympy.exp(X) - Y - E * sympy.cos(Y), X * Y + Y**3 - 1 - E**2)
    found = expand_solution(equations, (X, Y), E, (0, 1), order=6)
    with mpmath.workdps(40):

        def solution(e):
            return mpmath.findroot(
                lambda x, y: [
                    mpmath.exp(x) - y - e * mpmath.cos(y),
                    x * y + y**3 - 1 - e**2,
                ],
                (0, 1),
            )

        for i in range(2):
            values = mpmath.taylor(lambda e, i=i: solution(e)[i], 0, 6)
            assert found.expansion.coefficients[:, i] == pytest.approx(
                [float(v) for v in values], rel=1e-10
            )


def test_complex_start_and_three_digits():
    found = expand_solution((X**2 + 1 - E,), (X,), E, (1.0004j,), order=2)
    assert found.expansion.coefficients[:, 0] == pytest.approx([1j, -0.5j, -0.125j])
    assert expand_solution((X - E,), (X,), E, (0,), order=0).expansion.exact is None


def test_a_nearly_singular_jacobian_is_said():
    found = expand_solution((X - E, 1e-9 * Y - E), (X, Y), E, (0, 0), order=1)
    assert found.status is Status.ILL_CONDITIONED
    assert found.condition == pytest.approx(1e9)


@pytest.mark.parametrize("start", [1, 1.0000001])
def test_singular_jacobian_advises_expand_roots(start):
    for equation in ((X - 1) ** 2 - E, sympy.expand((X - 1) ** 2) - E):
        with pytest.raises(ParameterError, match=r"condition number inf.*use expand_roots"):
            expand_solution((equation,), (X,), E, (start,))


def test_solutions_that_are_refused():
    with pytest.raises(ParameterError, match="pass a solution with three digits"):
        expand_solution((X**2 - 2,), (X,), E, (1,))
    with pytest.raises(ParameterError, match=r"holds Abs\(x\), which has no power series"):
        expand_solution((abs(X) - 1 - E,), (X,), E, (1,))
    with pytest.raises(ParameterError, match=r"holds sqrt.*, which has no power series"):
        expand_solution((X - sympy.sqrt(E),), (X,), E, (0,))
    with pytest.raises(ParameterError, match="holds y beside the unknowns"):
        expand_solution((X - Y,), (X,), E, (0,))
    with pytest.raises(ParameterError, match="order is -1; pass a whole number from 0 on"):
        expand_solution((X - E,), (X,), E, (0,), order=-1)
    with pytest.raises(ParameterError, match=r"equations is 'x - epsilon'; pass SymPy"):
        expand_solution("x - epsilon", (X,), E, (0,))
    with pytest.raises(ParameterError, match=r"start is .*; pass a tuple of numbers"):
        expand_solution((X - E,), (X,), E, None)
    with pytest.raises(ParameterError, match=r"start is .nan,.; pass a tuple of numbers"):
        expand_solution((X - E,), (X,), E, (math.nan,))
    with pytest.raises(ShapeError, match="equations has 1 entries but unknowns 2"):
        expand_solution((X - E,), (X, Y), E, (0, 0))
    with pytest.raises(ShapeError, match="start has 2 numbers but unknowns 1"):
        expand_solution((X - E,), (X,), E, (0, 0))


def test_one_equation_needs_no_tuple_and_may_have_two_sides():
    expected = expand_solution((X**2 + E * X - 1,), (X,), E, (1,)).expansion.coefficients
    for equation in (
        X**2 + E * X - 1,
        sympy.Eq(X**2 + E * X, 1),
        [sympy.Eq(X**2, 1 - E * X)],
    ):
        found = expand_solution(equation, X, E, 1).expansion.coefficients
        assert found.tolist() == expected.tolist()
    assert expand_roots(sympy.Eq(X**2, E), X, E).multiplicities == (1, 1)


def test_results_are_stored(tmp_path):
    roots = expand_roots(E * X**3 - X + 1, X, E)
    io.save(roots, tmp_path / "roots.npz")
    back = io.load(tmp_path / "roots.npz")
    assert back.polygon.slopes == roots.polygon.slopes
    assert back.expansions[2].exact == roots.expansions[2].exact
    solution = expand_solution((X**2 + E * X - 1,), (X,), E, (1,), order=2)
    io.save(solution, tmp_path / "solution.npz")
    back = io.load(tmp_path / "solution.npz")
    assert (back.expansion.coefficients == solution.expansion.coefficients).all()
