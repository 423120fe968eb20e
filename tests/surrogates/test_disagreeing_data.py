"""Initial data that disagree with a wall, marches that cannot end, corners of a square.

The heat equation with data 1 and cooled ends has a series of eigenfunctions, summed here to
more digits than any bound; where no march can end it has to say so before long.
"""

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import brentq

from perturbsci import problems as pp
from perturbsci.errors import ConvergenceError
from perturbsci.results import Status
from perturbsci.surrogates import solve
from perturbsci.surrogates.box_statement import box_statement
from perturbsci.surrogates.boxes import adapted
from perturbsci.surrogates.gronwall import grown_bound
from perturbsci.surrogates.panels import root_mean

X, T = pp.coordinates("x t")
U = pp.field("u", X, T)
UNIT = pp.Box({X: (0, 1)}, time=(T, 0, 1))


def cooled(*conditions):
    """u_t = u_xx on [0, 1] from 1 everywhere."""
    heat = U.diff(T) - U.diff(X, 2)
    return pp.FieldProblem([heat], UNIT, [pp.Initial(U, 1), *conditions])


def fixed_ends(x, t):
    """u = 0 at both ends: sum over odd k of 4/(pi k) sin(k pi x) exp(-k^2 pi^2 t)."""
    wave = np.pi * np.arange(1, 2001, 2)[:, None]
    return (4.0 / wave * np.sin(wave * x) * np.exp(-(wave**2) * t)).sum(axis=0)


def robin_ends(x, t):
    """du/dn + u = 0 at both ends: modes cos m x + sin(m x)/m, tan m = 2 m/(m^2 - 1)."""
    total = np.zeros_like(x)
    for k in range(40):
        low = 0.3 if k == 0 else k * np.pi + 1e-9
        m = brentq(
            lambda m: (m * m - 1.0) * np.sin(m) - 2.0 * m * np.cos(m),
            low,
            (k + 1) * np.pi - 1e-9,
            xtol=1e-15,
        )
        # integrals of the mode and of its square over [0, 1]
        mean = np.sin(m) / m + (1.0 - np.cos(m)) / m**2
        square = 0.5 * (1.0 + m**-2) + 0.25 * np.sin(2 * m) / m * (1.0 - m**-2)
        square += np.sin(m) ** 2 / m**2
        total += mean / square * (np.cos(m * x) + np.sin(m * x) / m) * np.exp(-m * m * t)
    return total


@pytest.mark.parametrize(
    ("condition", "exact"),
    [(pp.Dirichlet(U, 0), fixed_ends), (pp.Robin(U, 1, 1, 0), robin_ends)],
    ids=["dirichlet", "robin"],
)
def test_a_body_is_cooled_from_data_that_disagree_with_its_ends(condition, exact):
    problem = cooled(condition)
    assert [item.code for item in pp.lint(problem)] == ["corner-incompatible"]
    solution = solve(problem, tolerance=1e-4)
    x = (np.arange(2000) + 0.5) / 2000
    for t in (1e-3, 0.03, 1.0):  # the series has 1000 and 40 terms: enough from 1e-3 on
        error = np.abs(solution(np.column_stack([x, np.full_like(x, t)])) - exact(x, t))
        assert error.mean() <= solution.bound_at(t) <= 1e-4


def test_where_robin_data_disagree_the_value_stays():
    # the slope gives way in the element at the wall, the value by less than its width
    solution = solve(cooled(pp.Robin(U, 1, 1, 0)), tolerance=1e-5)
    width = solution.edges[1][1] - solution.edges[1][0]
    assert abs(solution([[0.0, 0.0]])[0] - 1.0) < width


def test_a_jump_that_travels_is_given_up_early_and_the_cause_is_named():
    front = pp.FieldProblem(
        [U.diff(T) + U.diff(X)],
        UNIT,
        [
            pp.Initial(U, sp.exp(-100 * (X - sp.Rational(3, 10)) ** 2)),
            pp.Dirichlet(U, 0, side=(X, "low")),
        ],
    )
    with pytest.raises(ConvergenceError, match="lint warns of corner-incompatible") as told:
        solve(front, tolerance=1e-6)
    assert str(told.value).startswith("the march ended at")
    partial = told.value.partial
    assert partial.status is Status.MAX_STEPS
    tried = partial.statistics.slabs + partial.statistics.rejected
    assert tried < 400  # of 2000 that are allowed


def torsion():
    """-Laplace q = 1 on a square: r^2 log r in the corners."""
    x, y = pp.coordinates("x y")
    q = pp.field("q", x, y)
    square = pp.Box({x: (0, 1), y: (0, 1)})
    equation = -q.diff(x, 2) - q.diff(y, 2) - 1
    return pp.FieldProblem([equation], square, [pp.Dirichlet(q, 0)])


def center_of_torsion():
    """The classical series in hyperbolic cosines, at the center."""
    k = np.arange(1, 60, 2)
    terms = np.sin(k * np.pi / 2) / k**3 / np.cosh(k * np.pi / 2)
    return 0.125 - 4.0 / np.pi**3 * terms.sum()


def test_a_bound_that_passes_is_a_result_that_converged():
    # the residual is singular in the corners and never small; the bound is
    solution = solve(torsion(), tolerance=1e-3)
    assert solution.status is Status.CONVERGED
    assert solution.certificate.passed
    # the largest error in two directions is not bounded by the energy, but it is below
    error = abs(solution([[0.5, 0.5]])[0] - center_of_torsion())
    assert error < solution.certificate.value


@pytest.mark.slow
def test_degrees_rise_while_a_singular_residual_falls():
    solution = solve(torsion(), tolerance=1e-5)
    assert solution.status is Status.CONVERGED
    assert min(solution.basis.degrees) > 36
    assert abs(solution([[0.5, 0.5]])[0] - center_of_torsion()) < 1e-8


def test_adapted_is_asked_whether_it_is_enough():
    asked = []

    def enough(found):
        asked.append(found.space.counts)
        return len(asked) == 2

    found = adapted(box_statement(torsion()), (8, 8), 1e-12, None, 10**6, 30, enough=enough)
    assert len(asked) == 2
    assert found.space.counts == asked[-1]


def test_a_norm_on_a_grid_that_cannot_be_halved_is_compared_once():
    # one panel of 330^2 points: four times as many are above the limit of one grid
    ends = (np.array([0.0, 1.0]),) * 2
    found = root_mean(lambda points: points[:, 0] + 1.0, ends, (330, 330))
    assert abs(found - np.sqrt(7.0 / 3.0)) < 1e-12  # rounding of 4e5 terms


@pytest.mark.parametrize("rate", [-2.0, 0.5, 3.0])
def test_gronwall_with_a_constant_rate_is_an_exponential(rate):
    # the residual counts with the largest factor within the step
    _, bound = grown_bound(lambda _: rate, 0.25, 0.5, 0.1)
    exact = 0.25 * np.exp(0.1 * rate) + 0.5 * np.exp(0.1 * max(rate, 0.0))
    assert abs(bound - exact) < 1e-15


def test_gronwall_without_a_radius_is_infinite():
    assert grown_bound(lambda radius: 1e3 * radius, 1.0, 0.0, 1.0) == (np.inf, np.inf)


def test_a_summary_shows_kind_and_cost():
    text = solve(pp.heat(), tolerance=1e-3).summary()
    assert "(a-posteriori, conservation-law)" in " ".join(text.split())
    assert "Elements(11, 8)" in text
    assert "linear problems" in text
    assert max(map(len, text.splitlines())) <= 100
