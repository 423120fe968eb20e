"""A layer by its expansion beside solving the boundary-value problem."""

import numpy as np
import pytest
import sympy
from scipy.integrate import solve_bvp

from perturbsci.perturbation import match_layers


@pytest.mark.bench
def test_composite_beside_a_boundary_value_solver(compare):
    x, e = sympy.symbols("x epsilon")
    y = sympy.Function("y")(x)
    equation = e * y.diff(x, 2) + (1 + x) * y.diff(x) + y
    layer = match_layers(equation, y, x, e, boundary=(1, 1), order=3)
    points, epsilon = np.linspace(0, 1, 1001), 1e-3

    def solved():
        mesh = np.linspace(0, 1, 11) ** 4
        return solve_bvp(
            lambda t, u: np.stack([u[1], -((1 + t) * u[1] + u[0]) / epsilon]),
            lambda a, b: np.array([a[0] - 1, b[0] - 1]),
            mesh, np.ones((2, mesh.size)), tol=1e-8, max_nodes=100_000,
        )  # fmt: skip

    assert abs(solved().sol(points)[0] - layer.evaluate(points, epsilon)).max() < 1e-7
    compare(
        "layer, epsilon = 1e-3: evaluate order 3 / scipy solve_bvp 1e-8",
        lambda: layer.evaluate(points, epsilon),
        solved,
        target="0.05",
    )
    compare(
        "layer: match_layers order 3 / scipy solve_bvp 1e-8",
        lambda: match_layers(equation, y, x, e, boundary=(1, 1), order=3),
        solved,
        target="1",
    )
