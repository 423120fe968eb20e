"""One tensor product on a box: conditions exact, degrees found by the residual."""

import dataclasses
import itertools

import numpy as np
import pytest
import sympy as sp

from perturbsci import problems as pp
from perturbsci import surrogates as su
from perturbsci.errors import ParameterError
from perturbsci.problems.compile import compile_expressions
from perturbsci.results import Status
from perturbsci.surrogates.boxes import solve_box
from perturbsci.surrogates.krylov import gmres
from perturbsci.surrogates.sides import null_space
from perturbsci.surrogates.tensors import contract, expand_tensor

x, y, t = pp.coordinates("x y t")


def solved(problem, tolerance=1e-9, basis=None, guess=None, max_steps=30):
    return solve_box(
        problem,
        basis,
        tolerance=tolerance,
        norm=None,
        guess=guess,
        max_unknowns=200_000,
        max_steps=max_steps,
        seed=0,
    )


def grid(problem, n=17):
    axes = [np.linspace(low, high, n) for low, high in problem.domain.bounds]
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)


def error(problem, found, place=0, n=17):
    """Return the largest error over the largest value, on a grid with the walls."""
    points = grid(problem, n)
    formula = list(problem.exact.values())[place].xreplace(dict(problem.parameters))
    wanted = compile_expressions([formula], problem.coordinates)(points)[:, 0]
    zero = (0,) * points.shape[1]
    parts = [found.basis, found.coefficients, found.edges, points, zero]
    return abs(expand_tensor(*parts, place) - wanted).max() / abs(wanted).max()


def manufactured(left, exact, domain, conditions, fields=None):
    """Return a statement whose sources make formulas exact."""
    table = dict(exact)
    equations = [item - item.subs(table).doit() for item in left]
    return pp.FieldProblem(equations, domain, conditions, exact=table)


SQUARE = pp.Box({x: (-1, 1), y: (0, 2)})
u2 = pp.field("u", x, y)


@pytest.mark.parametrize(
    ("problem", "bound"),
    [
        (pp.helmholtz((1, 4)), 1e-12),
        (pp.helmholtz((10, 10)), 1e-9),
        (pp.poisson(2), 1e-12),
        (pp.poisson(3), 1e-10),
        (pp.klein_gordon(), 1e-8),
    ],
    ids=["helmholtz14", "helmholtz1010", "poisson2", "poisson3", "klein_gordon"],
)
def test_ready_statements_are_solved_from_their_tolerance_alone(problem, bound):
    found = solved(problem, tolerance=bound)
    assert found.status is Status.CONVERGED
    assert error(problem, found) <= bound


@pytest.mark.slow
@pytest.mark.parametrize("modes", [(1, 2), (3, 1)])
def test_an_exact_solution_is_never_looked_at(modes):
    problem = pp.helmholtz(modes)
    blind = dataclasses.replace(problem, exact=None)
    one, two = solved(problem), solved(blind)
    assert one.coefficients.tobytes() == two.coefficients.tobytes()


WAVY = sp.exp(x / 2) * sp.sin(y + sp.Rational(1, 3))


def robin(value, alpha, beta, side, sign, name):
    return pp.Robin(u2, alpha, beta, alpha * value + beta * sign * value.diff(name), side)


CONDITIONS = {
    "dirichlet": [pp.Dirichlet(u2, WAVY)],
    "neumann": [
        pp.Neumann(u2, -WAVY.diff(x), (x, "low")),
        pp.Neumann(u2, WAVY.diff(x), (x, "high")),
        pp.Dirichlet(u2, WAVY, ((y, "low"), (y, "high"))),
    ],
    "robin": [
        robin(WAVY, 2, 3, (x, "low"), -1, x),
        robin(WAVY, 1, sp.Rational(1, 2), (x, "high"), 1, x),
        pp.Dirichlet(u2, WAVY, (y, "low")),
        pp.Neumann(u2, WAVY.diff(y), (y, "high")),
    ],
}


@pytest.mark.parametrize("kind", list(CONDITIONS))
def test_conditions_are_exact_to_rounding(kind):
    left = [u2.diff(x, 2) + (2 + x * y) * u2.diff(y, 2) - sp.exp(x) * u2]
    problem = manufactured(left, {u2: WAVY}, SQUARE, CONDITIONS[kind])
    found = solved(problem, tolerance=1e-10)
    assert found.status is Status.CONVERGED
    assert error(problem, found) <= 1e-10


def test_periodic_walls_join_with_their_slopes():
    box = pp.Box({x: (0, 2 * sp.pi), y: (-1, 1)})
    exact = sp.exp(sp.sin(x)) * (1 - y**2)
    left = [u2.diff(x, 2) + u2.diff(y, 2) - u2 + sp.cos(x) * u2.diff(x)]
    conditions = [pp.Periodic(u2, x), pp.Dirichlet(u2, 0, ((y, "low"), (y, "high")))]
    problem = manufactured(left, {u2: exact}, box, conditions)
    assert error(problem, solved(problem, tolerance=1e-9)) <= 1e-9


def test_a_nonlinear_equation_is_solved_by_newton():
    exact = sp.cos(x) * sp.exp(-y)
    left = [u2.diff(x, 2) + u2.diff(y, 2) - u2**3 + u2 * u2.diff(x)]
    problem = manufactured(left, {u2: exact}, SQUARE, [pp.Dirichlet(u2, exact)])
    found = solved(problem, tolerance=1e-10)
    assert error(problem, found) <= 1e-10
    assert found.statistics.newton_iterations > 2


@pytest.mark.slow
def test_two_fields_are_solved_together():
    v2 = pp.field("v", x, y)
    exact = {u2: sp.sin(x) * y, v2: sp.exp(x * y / 2)}
    left = [
        u2.diff(x, 2) + u2.diff(y, 2) + v2 * u2,
        v2.diff(x, 2) + v2.diff(y, 2) - u2.diff(y) - v2,
    ]
    conditions = [pp.Dirichlet(field, value) for field, value in exact.items()]
    problem = manufactured(left, exact, SQUARE, conditions)
    found = solved(problem, tolerance=1e-9)
    names = list(problem.exact)
    assert [error(problem, found, names.index(item)) <= 1e-9 for item in (u2, v2)] == [1, 1]


@pytest.mark.slow
def test_fourth_order_takes_two_conditions_a_wall():
    exact = sp.sin(x) * sp.cos(y)
    left = [u2.diff(x, 4) + 2 * u2.diff(x, 2, y, 2) + u2.diff(y, 4)]
    walls = [
        pp.Neumann(u2, sign * exact.diff(name), (name, end))
        for name in (x, y)
        for end, sign in (("low", -1), ("high", 1))
    ]
    problem = manufactured(left, {u2: exact}, SQUARE, [pp.Dirichlet(u2, exact), *walls])
    assert error(problem, solved(problem, tolerance=1e-8)) <= 1e-8


def test_error_falls_exponentially_with_the_degree():
    problem = pp.helmholtz((1, 1))
    errors = [
        error(problem, solved(problem, basis=su.Legendre(p, problem.domain)))
        for p in (6, 10, 14, 18)
    ]
    # sin(pi x): each four degrees gain a factor that grows; the first gains 50
    assert all(a > 50 * b for a, b in itertools.pairwise(errors))
    assert errors[-1] <= 1e-10


u3 = pp.field("u", x, y, t)


@pytest.mark.slow
def test_slabs_of_time_agree_with_the_exact_solution():
    speed = sp.exp(-(x**2) - y**2)
    exact = sp.exp(-t) * sp.sin(12 * x + t) * sp.cos(11 * y)
    left = [u3.diff(t) - (1 + speed) * (u3.diff(x, 2) + u3.diff(y, 2)) / 50]
    box = pp.Box({x: (-1, 1), y: (-1, 1)}, time=(t, 0, 1))
    conditions = [pp.Initial(u3, exact.subs(t, 0)), pp.Dirichlet(u3, exact)]
    problem = manufactured(left, {u3: exact}, box, conditions)
    found = solved(problem, tolerance=1e-5, max_steps=200)
    assert found.status is Status.CONVERGED
    assert found.statistics.slabs > 1
    assert error(problem, found, n=13) <= 1e-5
    ends = found.edges[-1]
    assert ends[0] == 0.0
    assert ends[-1] == 1.0
    assert (np.diff(ends) > 0).all()


def test_slabs_join_without_a_jump():
    problem = pp.flow_mixing(end=0.5)
    found = solved(problem, tolerance=1e-3, max_steps=100)
    inner = found.edges[-1][1:-1]
    assert len(inner)
    assert error(problem, found, n=12) <= 1e-3  # an odd grid holds 0/0 of the vortex
    for end in inner:
        sides = [np.array([[0.3, -1.1, end * (1 + s * 4e-16)]]) for s in (-1, 1)]
        values = [
            expand_tensor(found.basis, found.coefficients, found.edges, item, (0, 0, 0))[0]
            for item in sides
        ]
        # sums of 1e4 terms of size up to 1
        assert abs(values[0] - values[1]) <= 1e-12


def test_a_guess_chooses_the_branch():
    # constants 1 and -1 are solutions of Lap u = u^2 - 1
    left = [u2.diff(x, 2) + u2.diff(y, 2) - (u2 - 1) * (u2 + 1)]
    problem = pp.FieldProblem(left, SQUARE, [pp.Neumann(u2, 0)], exact={u2: sp.Integer(1)})
    found = solved(problem, guess=lambda points: np.full(len(points), 0.7))
    assert error(problem, found) <= 1e-12
    with pytest.raises(ParameterError, match="for each of 1 real fields"):
        solved(problem, guess=lambda points: np.ones((len(points), 3)))


def test_zero_data_give_zero_exactly():
    problem = pp.FieldProblem(
        [u2.diff(x, 2) + u2.diff(y, 2)], SQUARE, [pp.Dirichlet(u2, 0)]
    )
    found = solved(problem)
    assert found.status is Status.EXACT
    assert not found.coefficients.any()


def test_what_a_box_cannot_do_is_said():
    region = pp.FieldProblem(
        [u2.diff(x, 2) + u2.diff(y, 2)],
        pp.Region(pp.Box({x: (-1, 1), y: (-1, 1)}), 1 - x**2 - y**2),
        [pp.Dirichlet(u2, 0)],
    )
    with pytest.raises(ParameterError, match="use RandomFourier"):
        solved(region)
    varying = pp.FieldProblem(
        [u2.diff(x, 2) + u2.diff(y, 2)], SQUARE, [pp.Robin(u2, 1 + y**2, 1 + x**2, 1)]
    )
    with pytest.raises(ParameterError, match="only for real numbers"):
        solved(varying)
    with pytest.raises(ParameterError, match="must agree"):
        solved(pp.poisson(2), basis=su.Legendre(4, [(0, 2), (0, 1)]))
    with pytest.raises(ParameterError, match="raise the degree"):
        solved(pp.poisson(2), basis=su.Legendre(1, [(0, 1), (0, 1)]))


def test_null_space_and_inverse_do_what_they_say():
    rows = np.random.default_rng(1).standard_normal((3, 9))
    null, inverse = null_space(rows)
    assert abs(rows @ null).max() <= 1e-13
    np.testing.assert_allclose(rows @ inverse, np.eye(3), atol=1e-13)
    with pytest.raises(ParameterError, match="keep only one"):
        null_space(np.ones((2, 9)))


def test_points_of_a_grid_give_what_single_points_give():
    rng = np.random.default_rng(5)
    basis = su.Legendre((4, 3), [(0, 1), (-1, 2)])
    weights = rng.standard_normal((1, 10, 8))
    edges = (np.array([0.0, 0.3, 1.0]), np.array([-1.0, 0.5, 2.0]))
    axes = np.meshgrid(np.linspace(0, 1, 9), np.linspace(-1, 2, 8), indexing="ij")
    points = rng.permutation(np.stack([a.ravel() for a in axes], axis=1))
    points[3] = np.nan
    whole = expand_tensor(basis, weights, edges, points, (1, 0))
    single = [
        expand_tensor(basis, weights, edges, points[[k]], (1, 0))[0] for k in range(72)
    ]
    # sums of 80 terms with slopes up to 200
    np.testing.assert_allclose(whole, single, atol=1e-11)
    assert np.isnan(whole[3])


def test_contraction_is_the_sum_of_its_definition():
    rng = np.random.default_rng(6)
    c, a, b = (
        rng.standard_normal((3, 4, 2)),
        rng.standard_normal((5, 3)),
        rng.random((6, 2)),
    )
    wanted = np.einsum("abc,ia,kc->ibk", c, a, b)
    np.testing.assert_allclose(contract(c, [a, None, b]), wanted, atol=1e-13)


def test_gmres_solves_in_as_many_steps_as_eigenvalues():
    rng = np.random.default_rng(7)
    q = np.linalg.qr(rng.standard_normal((30, 30)))[0]
    a = q @ np.diag(np.repeat([1.0, 2.0, 5.0], 10)) @ q.T
    b = rng.standard_normal(30)
    solution, reached, steps = gmres(a.__matmul__, b, lambda r: r, tolerance=1e-12)
    assert steps == 3
    assert reached <= 1e-12
    np.testing.assert_allclose(a @ solution, b, atol=1e-11)
    assert gmres(a.__matmul__, 0 * b, lambda r: r, tolerance=1e-12)[2] == 0
