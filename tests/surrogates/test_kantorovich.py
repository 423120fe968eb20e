"""A ball about a surrogate holds one solution, or nothing is claimed."""

import math

import numpy as np
import pytest
import sympy as sp
from surrogate_expansions import fitted, on_a_line

from perturbsci import problems as pp
from perturbsci.problems.compile import compile_expressions
from perturbsci.surrogates import continue_branch
from perturbsci.surrogates.bounds import certificate
from perturbsci.surrogates.kantorovich import kantorovich_radius
from perturbsci.surrogates.lifting import corrected
from perturbsci.surrogates.panels import panel_ends
from perturbsci.surrogates.theorems import recognize
from perturbsci.verification import load_reference

x, y = pp.coordinates("x y")
s = sp.Symbol("s")
u1, u2 = pp.field("u", x), pp.field("u", x, y)
FOLD = load_reference("surrogates_bounds.quadratic_fold").value


def quadratic(value):
    """Return u'' + u^2 + s = 0 on [0, 1]."""
    return pp.FieldProblem(
        [u1.diff(x, 2) + u1**2 + s],
        pp.Box({x: (0, 1)}),
        [pp.Dirichlet(u1, 0)],
        parameters={s: value},
    )


@pytest.fixture(scope="module")
def branch():
    return continue_branch(quadratic(0.0), s, 0.0, 30.0, tolerance=1e-11)


def test_nothing_is_proven_beyond_the_fold(branch):
    rng = np.random.default_rng(7)
    solutions = branch.solutions
    refused = 0
    for _ in range(50):
        # solutions before the fold, shaken, are the best that there is beyond it
        near = solutions[int(rng.integers(len(solutions)))]
        shake = rng.standard_normal(4) * 10.0 ** rng.uniform(-9, 0)

        def function(z, near=near, shake=shake):
            modes = np.sin(np.pi * np.outer(z, np.arange(1, 5)))
            return near(z[:, None]) + modes @ shake

        # from a hundred-millionth beyond the fold to four times it
        value = FOLD * (1.0 + 10.0 ** rng.uniform(-8, 0.5))
        problem = quadratic(value)
        surrogate = on_a_line(problem, function, 24)
        found = certificate(surrogate, 1.0)
        refused += found.kind == "none" and math.isnan(found.value)
        assert "no solution is proven near this function" in found.assumptions
    assert refused == 50


def test_the_bound_grows_like_the_square_root_of_the_distance_to_a_fold(branch):
    distances = np.array([1.0, 0.25, 0.0625, 0.015625])
    sizes = []
    for distance in distances:
        lower, _ = branch.through(FOLD - distance)
        disturbed = on_a_line(
            lower.problem,
            lambda z, lower=lower: lower(z[:, None]) + 1e-9 * np.sin(np.pi * z),
            24,
        )
        found = certificate(disturbed, 1.0)
        assert found.kind == "a-posteriori"
        sizes.append(found.value / 1e-9)
    # what is left of the residual is Y = ||A r||; the error itself does not grow
    # here, so the bound over it is at most the size of A: distance^(-1/2)
    slopes = np.diff(np.log(sizes)) / np.diff(np.log(distances))
    assert (slopes > -0.55).all()
    assert (slopes < 0.05).all()


def test_a_residual_that_does_not_fit_a_fold_is_amplified(branch):
    # the residual of a shift in s: the solution moves like the square root of it
    values = []
    distances = np.array([0.4, 0.1, 0.025])
    for distance in distances:
        lower, _ = branch.through(FOLD - distance)
        shifted = quadratic(FOLD - distance + 1e-8)
        surrogate = on_a_line(shifted, lambda z, lower=lower: lower(z[:, None]), 24)
        values.append(certificate(surrogate, 1.0).value)
    slopes = np.diff(np.log(values)) / np.diff(np.log(distances))
    # du/ds ~ distance^(-1/2); the next term of the expansion is distance^0
    np.testing.assert_allclose(slopes, -0.5, atol=0.1)


@pytest.mark.parametrize("place", [2, -3])
def test_both_solutions_of_one_parameter_have_disjoint_balls(branch, place):
    lower, upper = branch.through(15.0)
    gap = math.sqrt(
        np.trapezoid(
            (
                lower.derivative(np.linspace(0, 1, 2001)[:, None], (1,))
                - upper.derivative(np.linspace(0, 1, 2001)[:, None], (1,))
            )
            ** 2,
            dx=1 / 2000,
        )
    )
    radii = [certificate(item, 1.0).value for item in (lower, upper)]
    assert sum(radii) < gap
    assert max(radii) < 1e-7
    # far from both nothing is claimed
    between = on_a_line(
        lower.problem,
        lambda z: 0.5 * (lower(z[:, None]) + upper(z[:, None])) + place,
        24,
    )
    assert certificate(between, 1.0).kind == "none"


def test_the_maximum_norm_follows_from_the_energy(branch):
    lower, _ = branch.through(10.0)
    rough = on_a_line(lower.problem, lambda z: lower(z[:, None]), 8)
    z = np.linspace(0, 1, 3001)[:, None]
    error = np.abs(rough(z) - lower(z)).max()
    bound = certificate(rough, 1.0, "max").value
    assert error <= bound <= 200 * error


@pytest.mark.parametrize("power", [2, 3])
def test_a_solution_on_a_rectangle_is_proven(power):
    exact = sp.sin(sp.pi * x) * sp.sin(sp.pi * y / 2)
    problem = pp.FieldProblem(
        [
            u2.diff(x, 2)
            + u2.diff(y, 2)
            + u2**power
            - exact**power
            + sp.pi**2 * sp.Rational(5, 4) * exact
        ],
        pp.Box({x: (0, 1), y: (0, 2)}),
        [pp.Dirichlet(u2, 0)],
    )
    evaluate = compile_expressions([exact], (x, y))
    rough = fitted(problem, lambda p: evaluate(p)[:, 0], (8, 8))
    found = certificate(rough, 1.0)
    assert found.kind == "a-posteriori"
    assert found.value < 1e-4


def test_a_linear_statement_with_variable_coefficients_needs_no_sign():
    # not coercive and not constant: the same theorem with W = 0
    exact = sp.sin(3 * x)
    operator = [u1.diff(x, 2) + (40 + 10 * x) * u1]
    problem = pp.FieldProblem(
        [operator[0] - (31 + 10 * x) * exact],
        pp.Box({x: (0, sp.pi)}),
        [pp.Dirichlet(u1, 0)],
    )
    assert recognize(problem).name == "semilinear"
    rough = on_a_line(problem, lambda z: np.sin(3 * z), 12)
    fixed = corrected(rough, recognize(problem))
    radius = kantorovich_radius(fixed, *panel_ends(rough, 1))
    z = np.linspace(0, np.pi, 4001)
    error = rough.derivative(z[:, None], (1,)) - 3 * np.cos(3 * z)
    true = math.sqrt(np.trapezoid(error**2, z))
    # the lift at the walls is part of the error, not of the radius
    assert 0.1 * true <= radius <= 30 * true
