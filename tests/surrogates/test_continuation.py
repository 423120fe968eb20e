"""Branches: folds and bifurcations against closed forms and shooting."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from shooting import fold

from perturbsci import io
from perturbsci import problems as pp
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.results import Status
from perturbsci.surrogates import Branch, continue_branch
from perturbsci.verification import load_reference

x, y, t = pp.coordinates("x y t")
p = sp.Symbol("p")
u = pp.field("u", x)


def statement(equation, interval=(0, 1), conditions=None):
    return pp.FieldProblem(
        [equation],
        pp.Box({x: interval}),
        conditions or [pp.Dirichlet(u, 0)],
        parameters={p: 0},
    )


CHAFEE = statement(u.diff(x, 2) + p * u - u**3, (0, sp.pi))
QUADRATIC = statement(u.diff(x, 2) + u**2 + p)


@pytest.fixture(scope="module")
def folded():
    return continue_branch(QUADRATIC, p, 0.0, 30.0)


def test_bifurcations_from_zero_are_the_eigenvalues():
    branch = continue_branch(CHAFEE, p, 0.5, 10.0)
    # sines: p = k^2
    np.testing.assert_allclose(branch.bifurcations, [1, 4, 9], rtol=0, atol=1e-8)
    assert len(branch.folds) == 0
    assert branch.status is Status.CONVERGED
    counts = [sum(value > k**2 for k in (1, 2, 3)) for value in branch.parameter_values]
    assert branch.stability.tolist() == counts
    assert branch.certificate.passed


def test_the_sign_of_the_equation_does_not_change_stability():
    flipped = statement(-u.diff(x, 2) - p * u + u**3, (0, sp.pi))
    branch = continue_branch(flipped, p, 0.5, 2.0)
    assert branch.stability[0] == 0
    assert branch.stability[-1] == 1


def test_the_fold_agrees_with_shooting(folded):
    branch = folded
    reference = load_reference("surrogates_bounds.quadratic_fold")
    with mpmath.workdps(20):
        assert abs(fold() - mpmath.mpf(reference.value)) < 1e-11
    np.testing.assert_allclose(branch.folds, [reference.value], atol=reference.tolerance)
    assert len(branch.bifurcations) == 0
    # the lower part is stable, the upper one has lost one direction
    turn = int(np.argmax(branch.parameter_values))
    assert set(branch.stability[:turn]) == {0}
    assert branch.stability[-1] == 1
    # back at the start on the upper part
    assert branch.parameter_values[-1] == 0.0


def test_the_fold_of_bratu_is_that_of_its_closed_form():
    bratu = statement(u.diff(x, 2) + p * sp.exp(u))
    branch = continue_branch(bratu, p, 0.0, 5.0, max_points=30, strict=False)
    reference = load_reference("surrogates_bounds.bratu_fold")
    assert branch.status is Status.MAX_STEPS
    np.testing.assert_allclose(branch.folds, [reference.value], atol=reference.tolerance)
    # u = 2 log(cosh z / cosh(z (1 - 2 x))) with p = 8 (z / cosh z)^2
    for solution in branch.through(2.0):
        top = float(solution([[0.5]])[0])
        z = math.acosh(math.exp(top / 2))
        assert 8 * (z / math.cosh(z)) ** 2 == pytest.approx(2.0, rel=1e-9)


def test_through_gives_all_solutions_solved_at_the_value(folded):
    branch = folded
    found = branch.through(10.0)
    assert len(found) == 2
    assert branch.through(23.0) == ()
    tops = [float(item([[0.5]])[0]) for item in found]
    assert 0 < tops[0] < tops[1]
    for item in found:
        assert item.problem.parameters[p] == 10.0
        # solved there: the residual is rounding of u'' of a polynomial of degree 24
        assert np.abs(item.residual(np.linspace(0, 1, 50)[:, None])).max() < 1e-6
        assert item.certificate.kind == "a-posteriori"
        assert item.certificate.value < 1e-7


def test_a_guess_starts_the_branch_that_it_is_on():
    branch = continue_branch(CHAFEE, p, 2.0, 3.0, guess=lambda points: np.sin(points[:, 0]))
    assert branch.stability.tolist() == [0] * len(branch.stability)
    again = continue_branch(CHAFEE, p, 3.0, 2.0, guess=branch.solutions[-1])
    z = np.linspace(0, np.pi, 30)[:, None]
    # both ends are solved to rounding
    np.testing.assert_allclose(again.solutions[-1](z), branch.solutions[0](z), atol=1e-9)
    # the sine that bifurcates has the amplitude of the first harmonic near p = 1
    near = continue_branch(
        CHAFEE, p, 1.01, 1.0005, guess=lambda points: 0.1 * np.sin(points[:, 0])
    )
    amplitude = float(near.solutions[-1]([[math.pi / 2]])[0])
    assert amplitude == pytest.approx(math.sqrt(4 * 0.0005 / 3), rel=1e-3)


def test_conditions_that_depend_on_the_parameter_are_followed():
    # u'' = 0, u(0) = p, u'(1) + u(1) = p^2: u = p + (p^2 - p) x / 2
    walls = [pp.Dirichlet(u, p, (x, "low")), pp.Robin(u, 1, 1, p**2, (x, "high"))]
    branch = continue_branch(statement(u.diff(x, 2) + 0 * p * u, (0, 1), walls), p, 0.0, 2)
    for value, solution in zip(branch.parameter_values, branch.solutions, strict=True):
        z = np.array([0.0, 0.3, 1.0])
        exact = value + (value**2 - value) * z / 2
        np.testing.assert_allclose(solution(z[:, None]), exact, atol=1e-12)


def test_two_fields_are_followed_together():
    # u'' + p v = 0, v'' + p u = 0: zero loses stability with u = v = sin at p = 1
    v = pp.field("v", x)
    problem = pp.FieldProblem(
        [u.diff(x, 2) + p * v - u**3, v.diff(x, 2) + p * u - v**3],
        pp.Box({x: (0, sp.pi)}),
        [pp.Dirichlet(u, 0), pp.Dirichlet(v, 0)],
        parameters={p: 0},
    )
    branch = continue_branch(problem, p, 0.3, 2.0)
    np.testing.assert_allclose(branch.bifurcations, [1.0], atol=1e-8)
    assert branch.solutions[0]([[0.3]]).shape == (1, 2)


def test_a_fourth_order_statement_buckles_at_its_eigenvalue():
    # simply supported: u'''' + p u'' = 0 has sines, p = k^2; here clamped: p = 4
    walls = [pp.Dirichlet(u, 0), pp.Neumann(u, 0)]
    problem = statement(u.diff(x, 4) + p * u.diff(x, 2) + u**3, (0, sp.pi), walls)
    branch = continue_branch(problem, p, 1.0, 7.0)
    np.testing.assert_allclose(branch.bifurcations, [4.0], atol=1e-8)
    assert branch.stability[0] == 0
    assert branch.stability[-1] == 1


def test_a_sharper_solution_raises_the_degree():
    layer = statement(u.diff(x, 2) / 200 + p * (u - u**3), (-1, 1))
    branch = continue_branch(
        layer, p, 1.0, 2.0, guess=lambda points: np.tanh(10 * (1 - np.abs(points[:, 0])))
    )
    degrees = [item.basis.degrees[0] for item in branch.solutions]
    assert max(degrees) > 24
    assert branch.status is Status.CONVERGED


def test_a_branch_survives_a_file_bit_by_bit(folded, tmp_path):
    branch = folded
    io.save(branch, tmp_path / "branch.npz")
    again = io.load(tmp_path / "branch.npz")
    assert isinstance(again, Branch)
    assert again.status is branch.status
    for name in ("parameter_values", "stability", "folds", "bifurcations"):
        assert getattr(again, name).tobytes() == getattr(branch, name).tobytes()
    z = np.linspace(0, 1, 7)[:, None]
    for one, other in zip(branch.solutions, again.solutions, strict=True):
        assert one(z).tobytes() == other(z).tobytes()
    assert again.through(5.0)[0](z).tobytes() == branch.through(5.0)[0](z).tobytes()
    assert len(branch.summary().splitlines()) <= 30


def test_no_solution_at_the_start_is_an_error():
    with pytest.raises(
        ConvergenceError, match=r"found no solution at p = 40.0; pass a guess"
    ):
        continue_branch(QUADRATIC, p, 40.0, 50.0)


def test_too_few_points_raise_with_the_branch_so_far():
    with pytest.raises(
        ConvergenceError, match=r"stopped at p = .* after 3 points"
    ) as caught:
        continue_branch(QUADRATIC, p, 0.0, 30.0, max_points=3)
    assert len(caught.value.partial.parameter_values) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"problem": 3}, "problem is 3; it must be a FieldProblem"),
        ({"parameter": sp.Symbol("q")}, r"parameter is q; it must be one of \['p'\]"),
        ({"start": math.nan}, "start is nan; it must be a finite number"),
        ({"stop": 0.0}, "start and stop are both 0.0; a branch needs an interval"),
        ({"tolerance": 2.0}, r"tolerance is 2.0; it must be in \[1e-13, 1\)"),
        ({"max_points": 1}, "max_points is 1; pass a whole number from 2 on"),
        ({"strict": 1}, "strict is 1; pass True or False"),
        ({"guess": 3}, "guess is 3; it must be a Surrogate, or a function of points"),
        ({"guess": lambda z: z[:, 0] * np.nan}, "all finite: False"),
        ({"problem": pp.burgers()}, "parameter is p; it must be one of"),
    ],
)
def test_each_mistake_is_explained(change, message):
    given = {"problem": CHAFEE, "parameter": p, "start": 0.0, "stop": 1.0} | change
    positional = [given.pop(key) for key in ("problem", "parameter", "start", "stop")]
    with pytest.raises(ParameterError, match=message):
        continue_branch(*positional, **given)


def test_statements_in_time_or_of_two_directions_are_refused():
    burgers = pp.burgers()
    (viscosity,) = burgers.parameters
    with pytest.raises(ParameterError, match="for steady statements on one interval"):
        continue_branch(burgers, viscosity, 0.1, 0.2)
    walls = [pp.Dirichlet(u, 0, (x, "low")), pp.Robin(u, p, 1, 0, (x, "high"))]
    robin = statement(u.diff(x, 2) + p * u, (0, 1), walls)
    with pytest.raises(ParameterError, match="must not depend on its parameter"):
        continue_branch(robin, p, 0.1, 0.2)
