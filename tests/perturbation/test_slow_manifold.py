"""Slow manifolds against closed forms, the order of their residual, and split rates."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import expand_slow_manifold, split_rates
from perturbsci.results import Status
from perturbsci.verification import assert_order, load_reference

X, Y, Z, W, E = sympy.symbols("x y z w epsilon")
VAN_DER_POL = ([Z], [(1 - Y**2) * Z - Y], [Y], [Z], E)
TWO_FAST = ([-X * Z, Z - Y], [X - Z + W + E * X, Y**2 - 2 * W], [X, Y], [Z, W], E)
EXPONENTIAL = ([sympy.sin(X)], [sympy.exp(-X) - Z + E * X * Z], [X], [Z], E)


def test_quadratic_graph():
    found = expand_slow_manifold([-X], [X**2 - Z], [X], [Z], E, order=4)
    assert [term[0] for term in found.terms] == [2**k * X**2 for k in range(5)]
    assert [term[0] for term in found.reduced] == [-X, 0, 0, 0, 0]
    assert found.certificate.passed
    assert found.status is Status.CONVERGED


def test_davis_and_skodje_end_after_one_term():
    forcing = ((1 - E) * X + X**2) / (1 + X) ** 2
    found = expand_slow_manifold([-X], [forcing - Z], [X], [Z], E)
    assert [sympy.simplify(term[0]) for term in found.terms] == [X / (1 + X), 0, 0, 0]
    assert found.status is Status.EXACT


def test_van_der_pol_in_fractions():
    found = expand_slow_manifold(*VAN_DER_POL)
    pairs = load_reference("perturbation.van_der_pol_slow_manifold").value
    values = [term[0].subs(Y, 2) for term in found.terms]
    assert values == [sympy.Rational(*pair) for pair in pairs]


def test_catalan_numbers():
    found = expand_slow_manifold([-Y], [X - Y], [X], [Y], E, order=4)
    numbers = load_reference("perturbation.catalan").value
    assert [term[0] / X for term in found.terms] == numbers
    # The exact slow rate is -(1 - sqrt(1 - 4 epsilon))/(2 epsilon).
    steps = 0.05 / 2.0 ** np.arange(4)
    exact = -(1 - np.sqrt(1 - 4 * steps)) / (2 * steps)
    errors = [
        abs(found.reduced_field(1.0, e)[0] - r) for e, r in zip(steps, exact, strict=True)
    ]
    assert_order(steps, errors, expected=5, within=0.2, floor=1e-13)


@pytest.mark.parametrize(
    "system", [VAN_DER_POL, EXPONENTIAL, pytest.param(TWO_FAST, marks=pytest.mark.slow)]
)
def test_residuals_have_order_n_plus_one(system):
    rng = np.random.default_rng(0)
    points = rng.uniform(1.6, 2.4, (8, len(system[2])))
    steps = 0.02 / 2.0 ** np.arange(7)
    for order in range(4):
        found = expand_slow_manifold(*system, order=order)
        errors = [abs(found.residual(points, e)).max() for e in steps]
        # Below 1e-13 the residual is the rounding of g.
        assert_order(steps, errors, expected=order + 1, within=0.05, floor=1e-13)
        assert found.certificate.passed


def test_momentum_follows_a_corrected_gradient():
    a = sympy.Symbol("a", positive=True)
    F = sympy.Function("F")(X)
    slope = F.diff(X)
    found = expand_slow_manifold([W], [-a * W - slope], [X], [W], E, order=1)
    assert sympy.simplify(found.terms[0][0] + slope / a) == 0
    assert sympy.simplify(found.terms[1][0] + F.diff(X, 2) * slope / a**3) == 0


def test_trajectories_fall_onto_the_manifold():
    from scipy.integrate import solve_ivp  # noqa: PLC0415 (slow to load)

    found = expand_slow_manifold(*VAN_DER_POL, order=3)
    errors = []
    steps = [0.04, 0.02, 0.01]
    for e in steps:
        answer = solve_ivp(
            lambda _, s, e=e: [s[1], ((1 - s[0] ** 2) * s[1] - s[0]) / e],
            (0, 0.5),
            [2.3, 0.0],
            "Radau",
            rtol=1e-11,
            atol=1e-13,
        )
        y, z = answer.y[:, -1]
        errors.append(abs(found.evaluate(y, e)[0] - z))
    assert_order(steps, errors, expected=4, within=0.3, cap=1e-7)


def test_branches():
    system = ([-X], [X - Z**2], [X], [Z], E)
    with pytest.raises(ParameterError, match=r"fast = 0 has 2 solutions.*pass branch="):
        expand_slow_manifold(*system)
    upper = expand_slow_manifold(*system, order=2, branch=sympy.sqrt(X))
    assert upper.evaluate(4.0, 0.0)[0] == 2.0
    found = {expand_slow_manifold(*system, order=0, branch=k).terms[0][0] for k in (0, 1)}
    assert found == {sympy.sqrt(X), -sympy.sqrt(X)}
    with pytest.raises(ParameterError, match="branch is 2, but SymPy finds 2 solutions"):
        expand_slow_manifold(*system, branch=2)
    with pytest.raises(ParameterError, match="pass formulas of the slow variables where"):
        expand_slow_manifold(*system, branch=[X])


def test_shapes_of_points():
    one = expand_slow_manifold(*VAN_DER_POL, order=1)
    assert one.evaluate(2.0, 0.1).shape == (1,)
    assert one.evaluate([2.0, 3.0], 0.1).shape == (2, 1)
    assert one.residual(np.full((3, 2, 1), 2.0), 0.1).shape == (3, 2, 1)
    assert one.evaluate(np.zeros((0, 1)), 0.1).shape == (0, 1)
    two = expand_slow_manifold(*TWO_FAST, order=1)
    assert two.evaluate(np.ones((5, 2)), 0.1).shape == (5, 2)
    with pytest.raises(ShapeError, match=r"x has shape .5, 3., needed 2 columns"):
        two.evaluate(np.ones((5, 3)), 0.1)


def test_folds_are_not_normally_hyperbolic():
    found = expand_slow_manifold(*VAN_DER_POL, order=1)
    for method in (found.evaluate, found.residual, found.reduced_field):
        with pytest.raises(
            ParameterError, match=r"not normally hyperbolic at .* = \[1.0\]"
        ):
            method([2.0, 1.0], 0.1)
    with pytest.raises(ParameterError, match="not normally hyperbolic at any"):
        expand_slow_manifold([-X], [W, -Z], [X], [Z, W], E)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({0: ["z"]}, ParameterError, "slow holds 'z'; pass finite SymPy"),
        ({0: [Z, Z]}, ShapeError, "slow has 2 formulas, needed 1"),
        ({1: "z"}, ParameterError, "fast is 'z'.*parse_expression"),
        ({3: [Y]}, ParameterError, "name each symbol once"),
        ({4: 0.1}, ParameterError, "epsilon is 0.1; pass SymPy objects in a list"),
    ],
)
def test_systems_that_are_refused(change, error, message):
    arguments = [change.get(k, part) for k, part in enumerate(VAN_DER_POL)]
    with pytest.raises(error, match=message):
        expand_slow_manifold(*arguments)


def test_negative_order_and_text_points_are_refused():
    with pytest.raises(ParameterError, match="order is -1; pass a whole number from 0 on"):
        expand_slow_manifold(*VAN_DER_POL, order=-1)
    found = expand_slow_manifold(*VAN_DER_POL, order=0)
    with pytest.raises(ParameterError, match="epsilon is nan; pass one finite number"):
        found.evaluate([2.0], float("nan"))
    with pytest.raises(ParameterError, match="values that are not finite"):
        found.evaluate([np.nan], 0.1)


def random_jacobian(rng, blocks):
    n = sum(len(block) for block in blocks)
    diagonal, at = np.zeros((n, n)), 0
    for block in blocks:
        diagonal[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    vectors = rng.standard_normal((n, n))
    return vectors @ diagonal @ np.linalg.inv(vectors)


def test_rates_are_split():
    rng = np.random.default_rng(1)
    for _ in range(20):
        spiral = [[-2.0, 3.0], [-3.0, -2.0]]
        matrix = random_jacobian(rng, [[[-0.5]], [[-80.0]], spiral, [[-100.0]]])
        found = split_rates(matrix)
        assert found.n_fast == 2
        assert found.gap == pytest.approx(40, rel=1e-8)
        assert found.rates.real == pytest.approx([-100, -80, -2, -2, -0.5], rel=1e-8)
        np.testing.assert_allclose(found.dual @ found.basis, np.eye(5), atol=1e-11)
        blocks = found.dual @ matrix @ found.basis
        fast = np.sort(np.linalg.eigvals(blocks[:2, :2]).real)
        assert fast == pytest.approx([-100, -80], rel=1e-8)
        assert np.isrealobj(found.basis)
        assert found.certificate.passed


def test_split_rates_of_one_rate_and_complex_matrices():
    assert split_rates([[-1.0]]).n_fast == 0
    found = split_rates(np.diag([-1.0 + 5j, -30.0 + 1j]))
    assert (found.n_fast, found.gap) == (1, pytest.approx(30))
    assert abs(found.basis[0, 0]) < 1e-15
    assert split_rates(np.diag([-3.0, -1.0]), n_fast=2).gap == 1.0
    assert split_rates(np.diag([-3.0, 0.0])).gap == np.inf


@pytest.mark.parametrize(
    ("matrix", "options", "error", "message"),
    [
        (np.ones((2, 3)), {}, ShapeError, "jacobian has shape .2, 3.; pass a square"),
        ([[np.nan]], {}, ParameterError, "not finite"),
        (
            np.eye(2),
            {"n_fast": 3},
            ParameterError,
            "n_fast is 3; pass a whole number from 0 to 2",
        ),
        (
            [[-1.0, 2.0], [-2.0, -1.0]],
            {"n_fast": 1},
            ParameterError,
            "move the cut to 0 or 2",
        ),
    ],
)
def test_matrices_that_are_refused(matrix, options, error, message):
    with pytest.raises(error, match=message):
        split_rates(matrix, **options)


def test_splittings_are_stored(tmp_path):
    found = split_rates(np.diag([-3.0, -1.0]))
    again = io.load(io.save(found, tmp_path / "x.npz"))
    assert (again.basis == found.basis).all()
    assert again.gap == found.gap == Fraction(3)


def test_manifolds_are_stored(tmp_path):
    found = expand_slow_manifold(*VAN_DER_POL, order=2)
    again = io.load(io.save(found, tmp_path / "x.npz"))
    assert again.terms == found.terms
    assert (again.residual([2.0], 0.1) == found.residual([2.0], 0.1)).all()
