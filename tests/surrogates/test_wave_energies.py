"""Growth of errors of waves in the energy of the linearized force."""

import math

import numpy as np
import pytest
import sympy as sp

from perturbsci import problems as pp
from perturbsci import surrogates as su
from perturbsci.surrogates.wave_energies import _Force

x, t = pp.coordinates("x t")
u = pp.field("u", x, t)


def bound_and_error(force, exact, *, end, tolerance=1e-6):
    """Solve u_tt = u_xx - force + s on [0, 1] for a known u; return bound, energy error."""
    left = u.diff(t, 2) - u.diff(x, 2) + force
    source = left.xreplace({u: exact}).doit()
    problem = pp.FieldProblem(
        [left - source],
        pp.Box({x: (0, 1)}, time=(t, 0, end)),
        [
            pp.Initial(u, exact.subs(t, 0)),
            pp.Initial(u, exact.diff(t).subs(t, 0), order=1),
            pp.Dirichlet(u, 0),
        ],
    )
    found = su.solve(problem, tolerance=tolerance, strict=False)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    places, largest = 0.5 + 0.5 * nodes, 0.0
    for moment in np.linspace(0.0, end, 9):
        points = np.stack([places, np.full(40, moment)], axis=1)
        square = 0.0
        for index in ((1, 0), (0, 1)):
            formula = exact.diff(x, index[0]).diff(t, index[1])
            values = sp.lambdify((x, t), formula, "numpy")(*points.T)
            square += 0.5 * weights @ (found.derivative(points, index) - values) ** 2
        largest = max(largest, math.sqrt(square))
    return found, largest


@pytest.mark.parametrize(
    "force",
    [
        4 * u - u**3,
        -20 * u,
        pytest.param(u**2, marks=pytest.mark.slow),
        pytest.param(u**3, marks=pytest.mark.slow),
        pytest.param((3 + sp.sin(t)) * u, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_the_error_is_below_its_bound(force):
    exact = sp.sin(sp.pi * x) * sp.cos(2 * t) / 2
    found, error = bound_and_error(force, exact, end=1, tolerance=1e-4)
    assert found.certificate.kind == "a-posteriori"
    assert error <= found.certificate.value


def test_a_force_that_pulls_back_costs_nothing():
    # Gronwall in the plain energy pays exp(K t/pi), K = 200 and t = 1: 1e27
    exact = sp.sin(sp.pi * x) * sp.cos(2 * t)
    found, error = bound_and_error((200 + u**2) * u, exact, end=1)
    assert error <= found.certificate.value
    assert found.certificate.passed


def test_klein_gordon_has_a_bound_within_its_tolerance():
    problem = pp.klein_gordon()
    found = su.solve(problem, tolerance=1e-8)
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (2000, 3))
    points[:, 2] = 5 + 5 * points[:, 2]
    (exact,) = (item.xreplace(problem.parameters) for item in problem.exact.values())
    wanted = sp.lambdify(problem.coordinates, exact, "numpy")(*points.T)
    assert abs(found(points) - wanted).max() <= 1e-8
    assert found.certificate.kind == "a-posteriori"
    assert found.certificate.passed
    assert found.bound_at(10.0) <= found.certificate.value


@pytest.mark.parametrize("depth", [-3.0, -9.0, -9.7])
def test_positivity_of_a_constant_well_is_that_of_its_lowest_eigenvalue(depth):
    # -e'' + V on [0, 1]: positive for V > -pi^2 = -9.87; 1 percent margin on the tail
    n = 6
    diagonal = (np.pi * np.arange(1, n + 1)) ** 2
    zero = np.zeros((n, n))
    force = _Force(
        np.zeros((1, 2)),
        np.stack([zero, zero]),
        np.stack([zero] * 3),
        diagonal,
        (np.pi * (n + 1)) ** 2,
        np.zeros(0),
    )
    assert force.is_positive(depth, 0.0, 0.0)
    assert not force.is_positive(depth - 7.0, 0.0, 0.0)


def test_the_rate_of_a_growing_mode_is_the_exact_one():
    # e_tt = e_xx + 20 e: exp(sqrt(20 - pi^2) t); k = -20, and c = 2 m^2 gives m itself
    n = 6
    rate = math.sqrt(20.0 - math.pi**2)
    one = np.eye(n)
    force = _Force(
        np.array([[-20.0, 0.0]]),
        np.stack([-20.0 * one, 0.0 * one]),
        np.stack([400.0 * one, 0.0 * one, 0.0 * one]),
        (np.pi * np.arange(1, n + 1)) ** 2,
        (np.pi * (n + 1)) ** 2,
        np.zeros(0),
    )
    assert force.rate(0.0) == math.inf
    # bisection ends within 2 percent
    assert rate <= force.rate(2.0 * rate**2) <= 1.03 * rate
