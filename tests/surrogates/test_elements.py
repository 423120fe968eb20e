"""Shape functions, Jacobians and elimination of conforming elements."""

import numpy as np
import pytest
import sympy as sp

from perturbsci.problems import Box, Dirichlet, FieldProblem, Initial, coordinates, field
from perturbsci.surrogates.adaptivity import bisected, merged
from perturbsci.surrogates.elements import space_shapes, time_shapes
from perturbsci.surrogates.elimination import eliminate, least_squares
from perturbsci.surrogates.newton import fit_slab
from perturbsci.surrogates.pieces import legendre_table
from perturbsci.surrogates.quadrature import gauss, radau
from perturbsci.surrogates.residual import Slab, grid_of, jacobian, residuals, root_weights
from perturbsci.surrogates.setting import setting_of

ENDS = np.array([-1.0, 1.0])


def nonlinear_setting(degrees=(9, 4)):
    """A statement with every kind of term: u u_x, u_xx, u^3 and a source."""
    x, t = coordinates("x t")
    u = field("u", x, t)
    equation = u.diff(t) + u * u.diff(x) - u.diff(x, 2) / 10 + u**3 - sp.sin(x + t)
    problem = FieldProblem(
        [equation],
        Box({x: (0, 3)}, time=(t, 1, 2)),
        [Initial(u, x * (3 - x)), Dirichlet(u, 0)],
    )
    return setting_of(problem, degrees)


def test_cubic_hermite_functions_are_the_printed_ones():
    shapes = space_shapes(9, 2)
    xi = np.linspace(-1, 1, 7)
    printed = [
        (2 - 3 * xi + xi**3) / 4,
        (1 - xi - xi**2 + xi**3) / 4,
        (2 + 3 * xi - xi**3) / 4,
        (-1 - xi + xi**2 + xi**3) / 4,
    ]
    found = shapes.table(xi, 0)[:, shapes.bubbles :]
    # exact rational coefficients, one rounding each
    np.testing.assert_allclose(found, np.array(printed).T, atol=4e-16)


@pytest.mark.parametrize("smoothness", [1, 2, 3, 4])
def test_bubbles_vanish_and_ends_are_unit_derivatives(smoothness):
    shapes = space_shapes(13, smoothness)
    for order in range(smoothness):
        table = shapes.table(ENDS, order)
        wanted = np.zeros_like(table)
        wanted[0, shapes.bubbles + order] = 1.0
        wanted[1, shapes.bubbles + smoothness + order] = 1.0
        # derivatives of P_13 at the ends are up to 13^(2 order)
        np.testing.assert_allclose(table, wanted, atol=1e-15 * 13.0 ** (2 * order))
    assert np.linalg.matrix_rank(shapes.legendre) == 14


@pytest.mark.parametrize("order", [0, 1, 2])
def test_time_functions_leave_the_initial_data_alone(order):
    shapes = time_shapes(6, order)
    for k in range(order):
        np.testing.assert_allclose(shapes.table(ENDS[:1], k), 0.0, atol=1e-14)
    highest = shapes.table(np.linspace(-1, 1, 5), order)
    np.testing.assert_allclose(
        highest, legendre_table(np.linspace(-1, 1, 5), 5), atol=1e-13
    )


def test_only_the_first_time_function_remains_at_the_end():
    at_end = time_shapes(8, 1).table(ENDS[1:], 0)[0]
    np.testing.assert_allclose(at_end, [2.0] + [0.0] * 7, atol=1e-15)


def test_radau_nodes_integrate_polynomials():
    nodes = radau(5)
    assert nodes[-1] == 1.0
    weights = np.linalg.solve(np.vander(nodes, increasing=True).T, [2, 0, 2 / 3, 0, 2 / 5])
    # exact up to degree 2 * 5 - 2
    assert abs(weights @ nodes**8 - 2 / 9) < 1e-14
    assert abs(weights @ nodes**7) < 1e-14


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
def test_legendre_table_is_that_of_numpy(order):
    x = np.linspace(-1.0, 1.2, 9)
    found = legendre_table(x, 11, order)
    for n in range(12):
        series = np.polynomial.legendre.legder(np.eye(12)[n], order)
        wanted = np.polynomial.legendre.legval(x, series)
        np.testing.assert_allclose(found[:, n], wanted, rtol=1e-11, atol=1e-11)


def random_unknowns(setting, n, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, setting.degree + 1, setting.count)),)


def test_jacobian_is_the_derivative_of_the_residual():
    setting = nonlinear_setting()
    rng = np.random.default_rng(1)
    edges = np.array([-1.0, -0.2, 0.3, 1.0])
    start = (rng.standard_normal((3, 1, setting.degree + 1)),)
    slab, grid = Slab(edges, 0.25, 0.5, start), grid_of(setting, 2, 2)
    unknowns = random_unknowns(setting, 3)
    change = rng.standard_normal(unknowns[0].shape)
    _, matrix = jacobian(setting, slab, unknowns, grid, np.ones(1))
    flat = np.einsum("nrc,nc->nr", matrix, change.reshape(3, -1))

    def rows(share):
        moved = (unknowns[0] + share * change,)
        found = residuals(setting, slab, moved, grid) * root_weights(slab, grid)[..., None]
        return found.reshape(3, -1)

    step = 1e-4  # the residual is cubic: two central differences remove the error
    half = (rows(step / 2) - rows(-step / 2)) / step
    full = (rows(step) - rows(-step)) / (2 * step)
    np.testing.assert_allclose(flat, (4 * half - full) / 3, rtol=1e-8, atol=1e-6)


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_elimination_is_the_dense_least_squares_solution(n, periodic):
    rng = np.random.default_rng(n)
    inner, m, rows = 5, 3, 16
    matrix = rng.standard_normal((n, rows, inner + 2 * m))
    side = rng.standard_normal((n, rows))
    maps = [np.eye(m) for _ in range(n + 1)]
    if not periodic:
        maps[0], maps[n] = rng.standard_normal((m, 2)), rng.standard_normal((m, 1))
    chain = eliminate(matrix, side, m)
    bubbles, first, last, predicted = least_squares(chain, maps, periodic=periodic)

    sizes = [item.shape[1] for item in maps[: n + (not periodic)]]
    offsets = np.concatenate([[0], np.cumsum(sizes)]) + n * inner
    dense = np.zeros((n * rows, offsets[-1]))
    for k in range(n):
        own = slice(k * rows, (k + 1) * rows)
        dense[own, k * inner : (k + 1) * inner] = matrix[k, :, :inner]
        for place, part in ((k, slice(inner, inner + m)), (k + 1, slice(inner + m, None))):
            end = place % n if periodic else place
            block = matrix[k, :, part] @ maps[end]
            dense[own, offsets[end] : offsets[end + 1]] += block
    wanted, *_ = np.linalg.lstsq(dense, side.ravel())
    np.testing.assert_allclose(bubbles.ravel(), wanted[: n * inner], rtol=1e-10, atol=1e-12)
    ends = [wanted[offsets[k] : offsets[k + 1]] for k in range(len(sizes))]
    np.testing.assert_allclose(first, [maps[k] @ ends[k] for k in range(n)], atol=1e-11)
    right = [
        maps[0] @ ends[0] if periodic and k == n else maps[k] @ ends[k]
        for k in range(1, n + 1)
    ]
    np.testing.assert_allclose(last, right, atol=1e-11)
    left_over = np.linalg.norm(dense @ wanted - side.ravel())
    assert predicted == pytest.approx(left_over, rel=1e-10)


def test_halves_hold_the_same_function_and_merge_back():
    setting = nonlinear_setting()
    shapes = setting.space[0]
    rng = np.random.default_rng(5)
    data = (rng.standard_normal((1, 1, shapes.degree + 1)),)
    edges, finer = bisected(setting, np.array([-1.0, 1.0]), data, np.array([True]))
    np.testing.assert_array_equal(edges, [-1.0, 0.0, 1.0])
    xi, _ = gauss(8)
    whole = data[0][0] @ shapes.table((xi - 1) / 2, 0).T
    np.testing.assert_allclose(finer[0][0] @ shapes.table(xi, 0).T, whole, atol=1e-13)
    quiet = np.array([True, True])
    back = merged(setting, edges, finer, quiet, 1.0, "L2", ((0.0,), 1.0))
    assert len(back.edges) == 2
    assert back.jump < 1e-13
    np.testing.assert_allclose(back.start[0], data[0], atol=1e-12)


def test_gauss_newton_stops_where_another_step_gains_little():
    setting = nonlinear_setting((11, 6))
    shapes = setting.space[0]
    xi, _ = gauss(12)
    table = np.linalg.pinv(shapes.table(xi, 0))
    places = [setting.x((xi - 1) / 2), setting.x((xi + 1) / 2)]
    start = np.array([[table @ (p * (3 - p))] for p in places])
    slab, grid = (
        Slab(np.array([-1.0, 0.0, 1.0]), 0.0, 0.25, (start,)),
        grid_of(setting, 2, 2),
    )
    fit = fit_slab(setting, slab, grid)
    again = fit_slab(setting, slab, grid, fit.unknowns)
    assert not fit.failed
    assert 0.95 * fit.norm < again.norm <= fit.norm
