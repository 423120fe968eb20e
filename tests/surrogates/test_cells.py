"""Cells graded to walls with which the initial data disagree."""

import numpy as np
import pytest
import sympy as sp

from perturbsci import io
from perturbsci import problems as pp
from perturbsci import surrogates as su
from perturbsci.results import Status
from perturbsci.surrogates.box_statement import box_statement
from perturbsci.surrogates.cell_lines import cell_line, graded_cells
from perturbsci.surrogates.pieces import legendre_table
from perturbsci.surrogates.wall_layers import disagreements

x, y, t = pp.coordinates("x y t")
u = pp.field("u", x, y, t)


def block_of_heat(level=0):
    """Return u_t = (u_xx + u_yy)/10 on a unit square, 1 above the walls at the start."""
    return pp.FieldProblem(
        [u.diff(t) - (u.diff(x, 2) + u.diff(y, 2)) / 10],
        pp.Box({x: (0, 1), y: (0, 1)}, time=(t, 0, 1)),
        [pp.Initial(u, 1 + level), pp.Dirichlet(u, level)],
    )


def cooled(places, moment):
    """Return the exact solution in one direction, by its Fourier series."""
    k = np.arange(1, 400, 2)
    decay = np.exp(-((k * np.pi) ** 2) * moment / 10)
    return np.sin(np.pi * np.outer(places, k)) @ (4 / (np.pi * k) * decay)


def test_functions_of_cells_reproduce_polynomials_that_vanish_on_the_walls():
    line = cell_line(np.array([0.0, 0.1, 0.4, 1.0]), (3, 5, 4))
    p = np.polynomial.Polynomial([0.0, 1.0, -3.0, 2.0])  # x (1 - x) (1 - 2 x)
    unknowns = np.linalg.solve(line.tables[0], p(line.points))
    for order in (1, 2):
        # 11 functions, second derivatives of size 12/h^2
        np.testing.assert_allclose(
            line.tables[order] @ unknowns, p.deriv(order)(line.points), atol=1e-10
        )
    pieces = (line.pieces @ unknowns).reshape(3, line.count)
    ends = legendre_table(np.array([-1.0, 1.0]), line.count - 1) @ pieces.T
    np.testing.assert_allclose(ends[1], p(line.edges[1:]), atol=1e-13)
    np.testing.assert_allclose(ends[0], p(line.edges[:-1]), atol=1e-13)


def test_cells_grow_from_the_walls_by_five():
    edges, graded = graded_cells((-1.0, 1.0), (1e-3, 1e-3), 3)
    assert graded == (3, 3)
    np.testing.assert_allclose(np.diff(edges[:4]), [2e-3, 1e-2, 5e-2], rtol=1e-12)
    np.testing.assert_allclose(edges, -edges[::-1], atol=1e-15)


@pytest.mark.parametrize("level", [2, pytest.param(0, marks=pytest.mark.slow)])
def test_heat_that_starts_with_a_jump_at_the_walls(level, tmp_path):
    found = su.solve(block_of_heat(level), tolerance=1e-2)
    assert found.status is Status.CONVERGED
    assert found.certificate.kind == "estimate"
    axis = np.linspace(0, 1, 41)
    grid = np.stack([a.ravel() for a in np.meshgrid(axis, axis, indexing="ij")], axis=1)
    for moment in (0.2, 1.0):
        points = np.column_stack([grid, np.full(len(grid), moment)])
        exact = level + np.outer(cooled(axis, moment), cooled(axis, moment)).ravel()
        error = np.linalg.norm(found(points) - exact) / np.linalg.norm(exact)
        assert error <= 1e-2
    again = io.load(io.save(found, tmp_path / "cells.npz"))
    np.testing.assert_array_equal(again(points), found(points))


def test_only_statements_of_the_class_go_to_cells():
    def walls(problem):
        return disagreements(box_statement(problem), 1e-6)

    assert walls(block_of_heat()) == (True,) * 4
    assert walls(pp.nonlinear_diffusion()) == (True,) * 4
    assert walls(pp.flow_mixing()) is None
    assert walls(pp.klein_gordon()) is None
    assert walls(pp.poisson(2)) is None
    half = pp.FieldProblem(
        [u.diff(t) - u.diff(x, 2) - u.diff(y, 2)],
        pp.Box({x: (0, 1), y: (0, 1)}, time=(t, 0, 1)),
        [pp.Initial(u, x * sp.sin(sp.pi * y)), pp.Dirichlet(u, 0)],
    )
    assert walls(half) == (False, True, False, False)


@pytest.mark.slow
def test_nonlinear_diffusion_agrees_with_finer_cells():
    fine = su.solve(pp.nonlinear_diffusion(), tolerance=1e-5)
    wide = su.solve(pp.nonlinear_diffusion(), tolerance=1e-4)
    axis = np.linspace(-0.99, 0.99, 41)
    points = np.array([(a, b, 1.0) for a in axis for b in axis])
    values = fine(points)
    # the sum of the tolerances
    assert np.linalg.norm(wide(points) - values) <= 1.1e-4 * np.linalg.norm(values)
    assert fine.certificate.value <= 1e-5
