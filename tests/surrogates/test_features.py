"""Features on scattered points: any domain, bandwidth from the held-out residual."""

import dataclasses

import numpy as np
import pytest
import sympy as sp

from perturbsci import problems as pp
from perturbsci import surrogates as su
from perturbsci.errors import ParameterError
from perturbsci.problems.compile import compile_expressions
from perturbsci.results import Status
from perturbsci.surrogates.collocation import collocation
from perturbsci.surrogates.feature_solver import expand_features, solve_features
from perturbsci.surrogates.scattered import even_points, inside_points, wall_points

x, y = pp.coordinates("x y")
u = pp.field("u", x, y)
EXACT = sp.exp(x) * sp.sin(2 * y)
EQUATION = u.diff(x, 2) + u.diff(y, 2) + 3 * EXACT
DISK = pp.Region(pp.Box({x: (-1, 1), y: (-1, 1)}), 1 - x**2 - y**2)
r, a = pp.coordinates("r a")
RING = pp.Mapped(pp.Box({r: (1, 2), a: (0, 1)}), {x: r * sp.cos(a), y: r * sp.sin(a)})
SQUARE = pp.Box({x: (-1, 1), y: (-1, 1)})


def statement(domain, conditions=None):
    conditions = [pp.Dirichlet(u, EXACT)] if conditions is None else conditions
    return pp.FieldProblem([EQUATION], domain, conditions, exact={u: EXACT})


def solved(problem, basis=None, tolerance=1e-4):
    return solve_features(
        problem,
        basis,
        tolerance=tolerance,
        norm=None,
        guess=None,
        max_unknowns=4000,
        max_steps=4,
        seed=0,
    )


def error(problem, found):
    points = inside_points(problem, 400, 77)
    formula = next(iter(problem.exact.values()))
    wanted = compile_expressions([formula], problem.coordinates)(points)[:, 0]
    values = expand_features(found.basis, found.coefficients, (), points, (0, 0))
    return np.linalg.norm(values - wanted) / np.linalg.norm(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("domain", [DISK, RING], ids=["disk", "ring"])
def test_the_held_out_residual_finds_a_bandwidth(domain):
    problem = statement(domain)
    found = solved(problem)
    assert found.status is Status.CONVERGED
    assert error(problem, found) <= 1e-4
    blind = dataclasses.replace(problem, exact=None)
    assert solved(blind).coefficients.tobytes() == found.coefficients.tobytes()


CENTERS = np.stack(np.meshgrid(*2 * [np.linspace(-1.2, 1.2, 13)]), axis=-1).reshape(-1, 2)
# what so few functions can represent, found by their residual
KEPT = {
    "waves": (su.RandomFourier(200, 4.0, 2), 1e-6),
    "tanh": (su.RandomTanh(200, 2.0, 2), 1e-5),
    "gaussians": (su.Gaussians(CENTERS, 0.5), 1e-3),
    "radial": (su.Radial(CENTERS, 0.8, kind="inverse-multiquadric"), 1e-2),
    "chebyshev": (su.Chebyshev(12, [(-1, 1), (-1, 1)]), 1e-8),
}


@pytest.mark.parametrize("name", list(KEPT))
def test_every_kind_of_features_solves_a_statement(name):
    basis, bound = KEPT[name]
    problem = statement(SQUARE)
    assert error(problem, solved(problem, basis)) <= bound


def test_normals_of_a_region_and_a_map_carry_slopes():
    # in the disk the normal is the point itself; the ring has it along r and across
    slope = x * EXACT.diff(x) + y * EXACT.diff(y)
    disk = pp.FieldProblem([EQUATION], DISK, [pp.Robin(u, 1, 1, EXACT + slope)])
    found = solved(disk, su.RandomFourier(200, 4.0, 2))
    assert error(statement(DISK), found) <= 1e-5
    problem = statement(RING)
    outer = wall_points(problem, (r, "high"), 20, 0)
    radius = np.linalg.norm(outer.points, axis=1, keepdims=True)
    np.testing.assert_allclose(radius, 2.0, rtol=1e-14)
    np.testing.assert_allclose(outer.normals, outer.points / radius, atol=1e-13)
    first = wall_points(problem, (a, "low"), 20, 0)
    np.testing.assert_allclose(first.normals, np.tile([0.0, -1.0], (20, 1)), atol=1e-13)


def test_waves_of_a_periodic_statement_are_exact():
    exact = sp.sin(sp.pi * x) * sp.cos(2 * sp.pi * y) + sp.Rational(1, 2)
    left = u.diff(x, 2) + u.diff(y, 2) - u
    problem = pp.FieldProblem(
        [left - left.subs(u, exact).doit()],
        SQUARE,
        [pp.Periodic(u, x), pp.Periodic(u, y)],
        exact={u: exact},
    )
    found = solved(problem, su.Fourier(3, [(-1, 1), (-1, 1)]), tolerance=1e-8)
    assert found.status is Status.CONVERGED
    # 49 functions that hold the solution: condition times roundoff
    assert error(problem, found) <= 1e-12


def test_points_fill_their_domain():
    points = even_points(500, 2, 3)
    # the largest square without a point: for even points below 4 times its fair share
    counts = np.histogram2d(*points.T, bins=10, range=[(0, 1), (0, 1)])[0]
    assert counts.min() >= 1
    inside = inside_points(statement(DISK), 300, 0)
    assert len(inside) == 300
    assert (np.linalg.norm(inside, axis=1) < 1).all()
    wall = wall_points(statement(DISK), ("boundary", "level set"), 50, 0)
    np.testing.assert_allclose(np.linalg.norm(wall.points, axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(wall.normals, wall.points, atol=1e-10)


def test_what_features_cannot_do_is_said():
    with pytest.raises(ParameterError, match="basis has 3 coordinates"):
        solved(statement(SQUARE), su.RandomFourier(5, 1.0, 3))
    flat = pp.Region(SQUARE, sp.Integer(1) + x * 0)
    with pytest.raises(ParameterError, match="give it a gradient"):
        collocation(statement(flat), 20, 0)


def test_values_that_are_no_numbers_stay_in_their_row():
    basis = su.RandomFourier(4, 1.0, 2)
    points = np.array([[0.1, 0.2], [np.nan, 0.0], [0.3, np.inf]])
    values = expand_features(basis, np.ones((1, 4)), (), points, (0, 1))
    assert np.isfinite(values).tolist() == [True, False, False]
