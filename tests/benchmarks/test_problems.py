"""The parser beside SymPy's own."""

import ast

import numpy as np
import pytest
import sympy
from sympy.parsing.sympy_parser import parse_expr

from perturbsci.problems import compile_expressions, parse_expression

FORMULA = (
    "sin(pi*x)**2/(1 + x**2) + exp(-x**2/2)*cos(3*x*y) - 4*x*y**3"
    " + sqrt(1 + y**2)*(x - y) + x/3 - 0.5"
)


def count_nodes(node):
    children = [
        child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)
    ]
    if isinstance(node, ast.Call):
        children = node.args
    return 1 + sum(count_nodes(child) for child in children)


@pytest.mark.bench
def test_parse_expression_beside_sympy(compare):
    n_nodes = count_nodes(ast.parse(FORMULA, mode="eval").body)
    assert parse_expression(FORMULA, ["x", "y"]) == parse_expr(FORMULA)
    compare(
        f"parse_expression, {n_nodes} nodes / sympy parse_expr",
        lambda: parse_expression(FORMULA, ["x", "y"]),
        lambda: parse_expr(FORMULA),
        target="0.5",
        repeats=201,
    )


@pytest.mark.bench
@pytest.mark.parametrize("n_samples", [10_000, 1_000_000])
def test_compiled_expressions_beside_lambdify(compare, n_samples):
    formulas = [parse_expression(FORMULA, ["x", "y"]), parse_expression("x*y", ["x", "y"])]
    names = sympy.symbols("x y")
    points = np.random.default_rng(0).standard_normal((n_samples, 2))
    ours = compile_expressions(formulas, names)
    theirs = sympy.lambdify(names, formulas, cse=True)
    np.testing.assert_allclose(ours(points)[:, 0], theirs(*points.T)[0], rtol=1e-9)
    compare(
        f"compile_expressions, {n_samples} samples / lambdify",
        lambda: ours(points),
        lambda: np.stack(theirs(*points.T), axis=-1),
        target="1",
    )
