"""Lint: each documented code is found in a statement with that mistake alone."""

import re

import pytest
import sympy as sp

from perturbsci import problems as pp

x, t = pp.coordinates("x t")
u, q = pp.field("u", x, t), pp.field("q", x)
BOX = pp.Box({x: (-1, 1)}, time=(t, 0, 1))
LINE = pp.Box({x: (0, 1)})
SINE = pp.Initial(u, sp.sin(sp.pi * x))
HEAT = u.diff(t) - u.diff(x, 2)
RATE = sp.Symbol("rate")
PLANTED = {
    "unknown-symbol": ([HEAT + RATE * u], BOX, SINE, pp.Dirichlet(u, 0)),
    "missing-initial": ([HEAT], BOX, pp.Dirichlet(u, 0)),
    "missing-wall": ([HEAT], BOX, SINE, pp.Dirichlet(u, 0, (x, "low"))),
    "overdetermined-wall": (
        [HEAT],
        BOX,
        pp.Initial(u, (1 - x**2) ** 4),
        pp.Dirichlet(u, 0),
        pp.Neumann(u, 0),
    ),
    "backward-parabolic": ([u.diff(t) + u.diff(x, 2)], BOX, SINE, pp.Dirichlet(u, 0)),
    "outside-domain": (
        [HEAT],
        BOX,
        SINE,
        pp.Dirichlet(u, 0),
        pp.Data(u, [[2.0, 0.5]], [0.0], sigma=0.1),
    ),
    "inconsistent-exact": (
        [HEAT],
        BOX,
        SINE,
        pp.Dirichlet(u, 0),
        pp.Data(u, [[0.5, 0.0]], [9.0], sigma=0.1),
    ),
    "singular-neumann": ([q.diff(x, 2) + 1], LINE, pp.Neumann(q, 0)),
    "null-space": ([q.diff(x, 2)], LINE, pp.Neumann(q, 0)),
    "corner-incompatible": ([HEAT], BOX, SINE, pp.Dirichlet(u, 1)),
    "periodic-kink": (
        [HEAT],
        BOX,
        pp.Initial(u, x**2 * sp.cos(sp.pi * x)),
        pp.Periodic(u, x),
    ),
    "nonconservative": (
        [u.diff(t) + u.diff(x) ** 2 * u - u.diff(x, 2)],
        BOX,
        SINE,
        pp.Dirichlet(u, 0),
    ),
    "inviscid": ([u.diff(t) + u * u.diff(x)], BOX, SINE, pp.Periodic(u, x)),
}


@pytest.mark.parametrize("code", PLANTED)
def test_each_code_is_found_where_its_mistake_alone_is_planted(code):
    exact = {u: sp.exp(-(sp.pi**2) * t) * sp.sin(sp.pi * x)}
    options = {"exact": exact} if code == "inconsistent-exact" else {}
    equations, domain, *conditions = PLANTED[code]
    problem = pp.FieldProblem(equations, domain, conditions, **options)
    assert {item.code for item in pp.lint(problem)} == {code}


def test_each_documented_code_is_planted():
    assert set(re.findall(r"``([a-z]+(?:-[a-z]+)*)``", pp.lint.__doc__)) == set(PLANTED)
