"""Reactions whose growth has no bound over all states, with walls that move in time."""

import numpy as np
import pytest
import sympy as sp

from perturbsci import problems as pp
from perturbsci import surrogates as su

X, T = pp.coordinates("x t")
U = pp.field("u", X, T)


def statement(power, seed):
    """Return u_t = nu u_xx + c u^power + s with a smooth solution made up first."""
    rng = np.random.default_rng(seed)
    a, b, c, nu = (sp.Float(value, 6) for value in rng.uniform(0.3, 1.0, 4))
    exact = a * sp.exp(-b * T) * sp.cos(X + c * T) + b * sp.sin(2 * X - T) / 2
    reaction = c * U**power
    source = exact.diff(T) - nu * exact.diff(X, 2) - reaction.subs(U, exact)
    walls = [
        pp.Dirichlet(U, exact.subs(X, place), side=(X, side))
        for place, side in ((-1, "low"), (1, "high"))
    ]
    problem = pp.FieldProblem(
        [U.diff(T) - nu * U.diff(X, 2) - reaction - source],
        pp.Box({X: (-1, 1)}, time=(T, 0, sp.Rational(1, 2))),
        [pp.Initial(U, exact.subs(T, 0)), *walls],
    )
    return problem, sp.lambdify((X, T), exact)


@pytest.mark.parametrize(("power", "seed", "norm"), [(2, 0, "L2"), (3, 1, "L1")])
def test_bound_is_finite_and_above_the_error(power, seed, norm):
    problem, exact = statement(power, seed)
    solution = su.solve(problem, tolerance=1e-3, norm=norm, basis=su.Elements((5, 2)))
    assert solution.certificate.passed
    assert solution.certificate.kind == "a-posteriori"
    z, w = np.polynomial.legendre.leggauss(60)
    for time in (0.1, 0.25, 0.5):
        missed = np.abs(solution(np.stack([z, np.full(60, time)], axis=1)) - exact(z, time))
        size = {"L1": w @ missed, "L2": np.sqrt(w @ missed**2), "max": missed.max()}[norm]
        # far above rounding at degrees (5, 2): the comparison is one of bounds
        assert 1e-13 < size <= solution.bound_at(time)


def test_where_the_reaction_may_blow_up_nothing_is_claimed():
    # u_t = u_xx + 40 u^2 from 1 blows up before t = 0.1
    problem = pp.FieldProblem(
        [U.diff(T) - U.diff(X, 2) - 40 * U**2],
        pp.Box({X: (-1, 1)}, time=(T, 0, 1)),
        [pp.Initial(U, sp.Integer(1)), pp.Dirichlet(U, 1 + T / 10)],
    )
    found = su.solve(problem, tolerance=1e-3, strict=False, max_steps=40)
    assert not found.status.ok
    assert found.certificate.kind == "none" or not found.certificate.passed
