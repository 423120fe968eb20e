"""A parameter as one more coordinate: closed forms, derivatives, bounds, missing parts."""

import numpy as np
import pytest
import sympy as sp

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.problems import (
    Box,
    Dirichlet,
    FieldProblem,
    Initial,
    Periodic,
    coordinates,
    field,
    heat,
)
from perturbsci.surrogates import Elements, Family, Legendre, certify, solve
from perturbsci.surrogates.families import member_weights, nodes_of, to_modes
from perturbsci.surrogates.parameter_bounds import joint_history
from perturbsci.verification import load_reference

x, t = coordinates("x t")
w = field("w", x)
u = field("u", x, t)
q = sp.Symbol("q")
UNIT = Box({x: (0, 1)})


@pytest.fixture(scope="module")
def warm():
    """Return the heat equation over an interval of its diffusion, and points."""
    diffusion = next(iter(heat().parameters))
    solution = solve(heat(), tolerance=1e-6, parameters={diffusion: (0.5, 1.0)})
    share = np.random.default_rng(0).random((300, 3))
    return solution, share * [2, 1, 0.5] + [-1, 0, 0.5]


@pytest.fixture(scope="module")
def layers():
    """Return a boundary layer q^2 w'' = w that becomes thin."""
    problem = FieldProblem(
        [q**2 * w.diff(x, 2) - w], UNIT, [Dirichlet(w, 1)], parameters={q: (0.04, 1)}
    )
    return solve(problem, tolerance=1e-4)


def test_values_and_derivatives_in_the_parameter(warm):
    solution, points = warm
    place, time, diffusion = points.T
    decay = np.exp(-(np.pi**2) * diffusion * time)
    exact = np.sin(np.pi * place) * decay
    assert np.abs(solution(points) - exact).max() <= 1e-6  # the tolerance
    # a derivative in the parameter costs two digits, one in space one more
    slope = -(np.pi**2) * time * exact
    assert np.abs(solution.derivative(points, (0, 0, 1)) - slope).max() <= 1e-5
    mixed = -(np.pi**3) * time * np.cos(np.pi * place) * decay
    assert np.abs(solution.derivative(points, (1, 0, 1)) - mixed).max() <= 1e-4
    assert np.abs(solution.residual(points)).max() <= 1e-4


def test_the_certificate_holds_between_the_nodes(warm):
    solution, _ = warm
    places = np.linspace(-1, 1, 201)
    for value in np.linspace(0.5, 1.0, 9):
        for time in (0.1, 0.7, 1.0):
            points = np.stack([places, 0 * places + time, 0 * places + value], axis=1)
            exact = np.sin(np.pi * places) * np.exp(-(np.pi**2) * value * time)
            missed = np.abs(solution(points) - exact).sum() * 0.01
            assert missed <= solution.bound_at(time) <= solution.certificate.value
    assert solution.certificate.passed
    assert solution.certificate.kind == "estimate"
    assert "diffusion from 0.5 to 1" in solution.certificate.claim


def test_a_saved_family_gives_the_same_bits(warm, tmp_path):
    solution, points = warm
    io.save(solution, tmp_path / "family.npz")
    again = io.load(tmp_path / "family.npz")
    np.testing.assert_array_equal(again(points), solution(points))
    orders = (0, 1, 1)
    first, second = (item.derivative(points, orders) for item in (again, solution))
    np.testing.assert_array_equal(first, second)
    assert again.certificate.value == solution.certificate.value
    assert again.ranges() == solution.ranges()


def test_points_outside_of_the_interval_are_nan(warm):
    solution, _ = warm
    found = solution([[0.5, 0.5, 0.4], [0.5, 0.5, 0.75], [0.5, 0.5, 1.1]])
    assert np.isnan(found).tolist() == [True, False, True]


def test_pieces_are_halved_where_the_parameter_is_hard(layers):
    points = np.random.default_rng(1).random((500, 2)) * [1, 0.96] + [0, 0.04]
    z, width = points[:, 0] - 0.5, points[:, 1]
    exact = np.cosh(z / width) / np.cosh(0.5 / width)
    assert np.abs(layers(points) - exact).max() <= 1e-4
    widths = np.diff(layers.basis.ends)
    assert widths[0] < 0.9 * widths[-1]  # smaller pieces towards the thin layers
    assert layers.certificate.passed
    # the interpolants of two pieces meet at their common node
    for end in layers.basis.ends[1:-1]:
        sides = layers([[0.1, end], [0.1, np.nextafter(end, 2)]])
        assert sides[0] == pytest.approx(sides[1], abs=1e-12)


def test_the_part_without_a_solution_is_named():
    problem = FieldProblem(
        [w.diff(x, 2) + w**2 + q], UNIT, [Dirichlet(w, 0)], parameters={q: (0, 60)}
    )
    with pytest.raises(ConvergenceError, match="no solution is found for q from") as caught:
        solve(problem, tolerance=1e-6)
    partial = caught.value.partial
    assert partial.certificate.kind == "none"
    assert not partial.status.ok
    words = str(caught.value).split(" from ")[1].split(" to ")
    # Newton-Kantorovich fails a little before the fold, at 1e-6 within 1e-3 of it
    assert float(words[0]) == pytest.approx(
        load_reference("surrogates_bounds.quadratic_fold").value, abs=1e-3
    )
    assert words[1].startswith("60")
    one = solve(problem.at({q: 11.0}), tolerance=1e-6)
    # like a square root at its end, hence good to two digits, and without a certificate
    assert partial([[0.5, 11.0]])[0] == pytest.approx(one([[0.5]])[0], rel=1e-2)


@pytest.mark.slow
def test_a_resonance_inside_is_named():
    problem = FieldProblem(
        [w.diff(x, 2) + q * w - 1], UNIT, [Dirichlet(w, 0)], parameters={q: (9, 11)}
    )
    found = solve(problem, tolerance=1e-4, basis=Elements((11,)), strict=False)
    assert found.certificate.kind == "none"
    (reason,) = found.certificate.assumptions
    low, high = (float(item) for item in reason.split(" from ")[1].split(" to "))
    assert low <= np.pi**2 <= high  # no solution there
    assert high - low < 0.1


def test_without_a_theorem_the_residual_is_what_is_known():
    problem = FieldProblem(
        [u.diff(t) + q * u.diff(x, 3)],
        Box({x: (0, 2 * sp.pi)}, time=(t, 0, 0.5)),
        [Initial(u, sp.cos(x)), Periodic(u, x)],
        parameters={q: (0.5, 1)},
    )
    found = solve(problem, tolerance=1e-5)
    assert found.certificate.kind == "held-out"
    assert found.bound_at(0.2) == np.inf
    points = np.random.default_rng(2).random((100, 3)) * [6, 0.5, 0.5] + [0, 0, 0.5]
    exact = np.cos(points[:, 0] + points[:, 2] * points[:, 1])
    assert np.abs(found(points) - exact).max() <= 1e-5


@pytest.mark.parametrize("basis", [Elements((13,)), Legendre((12,), [(0, 1)])])
def test_elements_and_tensors_have_a_parameter(basis):
    problem = FieldProblem(
        [w.diff(x, 2) - q * w + sp.sin(sp.pi * x)],
        UNIT,
        [Dirichlet(w, 0)],
        parameters={q: (1, 2)},
    )
    found = solve(problem, tolerance=1e-7, basis=basis)
    points = np.random.default_rng(3).random((50, 2)) + np.array([0, 1])
    exact = np.sin(np.pi * points[:, 0]) / (np.pi**2 + points[:, 1])
    assert np.abs(found(points) - exact).max() <= 1e-8
    assert isinstance(found.basis, Family)


def test_what_is_refused(warm):
    solution, _ = warm
    diffusion = next(iter(heat().parameters))
    two = FieldProblem(
        [w.diff(x, 2) - q * w - sp.Symbol("s")],
        UNIT,
        [Dirichlet(w, 0)],
        parameters={q: (0, 1), sp.Symbol("s"): (0, 1)},
    )
    with pytest.raises(ParameterError, match="give the others numbers"):
        solve(two)
    with pytest.raises(ParameterError, match="no unique solution"):
        solve(heat(), parameters={diffusion: (-0.2, 0.1)})
    with pytest.raises(ParameterError, match="certify it at values"):
        certify(solution)
    with pytest.raises(ParameterError, match="not written in C"):
        solution.source()
    with pytest.raises(ParameterError, match="two or more values, ascending"):
        Family([1.0, 0.0], 2, (None,) * 2, ((1,),) * 2, (0, 0))
    with pytest.raises(ParameterError, match="one for each of 3 values on 1 pieces"):
        Family([0.0, 1.0], 3, (None,) * 2, ((1,),) * 2, (0, 0))


@pytest.mark.parametrize("count", [4, 16])
def test_weights_reproduce_polynomials_and_nodes_are_nested(count):
    family = Family([1.0, 3.0], count, (None,) * count, ((1,),) * count, (0,) * count)
    nodes = nodes_of(1.0, 3.0, count)
    values = np.linspace(1.0, 3.0, 11)
    for degree in range(count):
        # Lebesgue constants of 16 Chebyshev points are below 3: some roundoffs of 3^15
        scale = 3.0**degree
        found = member_weights(family, values, 0, 0) @ nodes**degree
        np.testing.assert_allclose(found / scale, values**degree / scale, atol=1e-14)
    slope = member_weights(family, values, 0, 1) @ nodes**3
    np.testing.assert_allclose(slope, 3 * values**2, atol=1e-10)
    finer = nodes_of(1.0, 3.0, 2 * count - 1)
    np.testing.assert_array_equal(finer[::2], nodes)
    assert to_modes(count).shape == (count, count)


def test_a_joint_history_is_above_all_of_them():
    first = np.array([[0.0, 1.0], [0.5, 3.0], [1.0, 2.0]])
    second = np.array([[0.0, 0.5], [0.25, 4.0], [1.0, 1.0]])
    found = joint_history([first, second])
    np.testing.assert_array_equal(found[:, 0], [0.0, 0.25, 0.5, 1.0])
    np.testing.assert_array_equal(found[:, 1], [1.0, 4.0, 4.0, 4.0])
    assert joint_history([]).shape == (0, 2)
