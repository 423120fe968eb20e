"""Lint: every code in a planted statement, and nothing in the well-posed ones."""

import dataclasses

import numpy as np
import pytest
import sympy as sp

from perturbsci import problems as pp
from perturbsci.errors import ParameterError

x, y, t = pp.coordinates("x y t")
u, v = pp.field("u", x, t), pp.field("v", x, t)
w, q = pp.field("w", x, y), pp.field("q", x)
BOX = pp.Box({x: (-1, 1)}, time=(t, 0, 1))
LINE = pp.Box({x: (0, 1)})
SQUARE = pp.Box({x: (0, 1), y: (0, 2)})
SINE = pp.Initial(u, sp.sin(sp.pi * x))
HEAT = u.diff(t) - u.diff(x, 2)


def codes(equations, domain, *conditions, **options):
    return [
        item.code
        for item in pp.lint(pp.FieldProblem(equations, domain, conditions, **options))
    ]


@pytest.mark.parametrize("name", pp.list_field_problems())
def test_ready_statements_have_no_finding_but_what_their_data_are_known_for(name):
    found = [item.code for item in pp.lint(getattr(pp, name)())]
    known = {
        "allen_cahn": ["periodic-kink"],
        "nonlinear_diffusion": ["corner-incompatible"],
    }
    assert found == known.get(name, [])


def test_a_finding_says_what_and_what_to_do():
    (finding,) = pp.lint(pp.klein_gordon(initial_rate=False))
    assert (finding.severity, finding.code) == ("error", "missing-initial")
    assert "order 1" in finding.message
    assert "order=1" in finding.advice
    assert str(finding).startswith("error missing-initial: u(x, y, t)")
    with pytest.raises(ParameterError, match="must be one of"):
        pp.Finding("fatal", "x", "y", "z")
    with pytest.raises(ParameterError, match="must be a FieldProblem"):
        pp.lint("burgers")


def test_errors_come_first():
    found = pp.lint(
        pp.FieldProblem(
            [HEAT],
            BOX,
            [pp.Initial(u, x**2), pp.Periodic(u, x), pp.Dirichlet(u, 0, (x, "low"))],
        )
    )
    severities = [item.severity for item in found]
    assert severities == sorted(severities)
    assert len(set(severities)) == 2


@pytest.mark.parametrize(
    ("equation", "order"), [(u.diff(t, 2) - u.diff(x, 2), 2), (HEAT, 1), (q.diff(x, 2), 0)]
)
def test_every_time_derivative_below_the_order_needs_a_value(equation, order):
    field, box = (q, LINE) if order == 0 else (u, BOX)
    starts = [pp.Initial(u, 0, order=k) for k in range(order)]
    walls = pp.Dirichlet(field, 0)
    assert codes([equation], box, *starts, walls) == []
    for k in range(order):
        rest = [item for item in starts if item.order != k]
        assert codes([equation], box, *rest, walls) == ["missing-initial"]


LOW, HIGH = (x, "low"), (x, "high")


@pytest.mark.parametrize("c", [1, -1])
def test_third_order_needs_two_walls_where_short_waves_go(c):
    equation = u.diff(t) + c * u.diff(x, 3)
    one, two = (LOW, HIGH) if c > 0 else (HIGH, LOW)
    start = pp.Initial(u, sp.sin(sp.pi * x) ** 4)
    right = [pp.Dirichlet(u, 0), pp.Neumann(u, 0, two)]
    assert codes([equation], BOX, start, *right) == []
    wrong = [pp.Dirichlet(u, 0), pp.Neumann(u, 0, one)]
    found = codes([equation], BOX, start, *wrong)
    assert sorted(found) == ["missing-wall", "overdetermined-wall"]
    assert codes([equation], BOX, start, right[0]) == ["missing-wall"]


def test_fourth_order_needs_two_on_each_side():
    equation = u.diff(t) + u.diff(x, 4)
    start = pp.Initial(u, sp.sin(sp.pi * x) ** 6)
    walls = [pp.Dirichlet(u, 0), pp.Neumann(u, 0)]
    assert codes([equation], BOX, start, *walls) == []
    assert codes([equation], BOX, start, walls[0]) == ["missing-wall"] * 2
    more = pp.Robin(u, 1, 1, 0, LOW)
    assert codes([equation], BOX, start, *walls, more) == ["overdetermined-wall"]


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ([pp.Dirichlet(u, 0)], []),
        ([pp.Periodic(u, x)], []),
        ([pp.Dirichlet(u, 0, LOW)], ["missing-wall"]),
        ([], ["missing-wall", "missing-wall"]),
        ([pp.Dirichlet(u, 0), pp.Neumann(u, -sp.pi, LOW)], ["overdetermined-wall"]),
        ([pp.Periodic(u, x), pp.Dirichlet(u, 0, HIGH)], ["overdetermined-wall"]),
    ],
)
def test_second_order_needs_one_on_each_side(conditions, found):
    errors = [item for item in codes([HEAT], BOX, SINE, *conditions) if "wall" in item]
    assert errors == found


@pytest.mark.parametrize("speed", [2, -2])
def test_transport_needs_a_condition_where_it_comes_in(speed):
    equation = u.diff(t) + speed * u.diff(x)
    inflow, outflow = (LOW, HIGH) if speed > 0 else (HIGH, LOW)
    start = pp.Initial(u, sp.sin(sp.pi * x) ** 2)
    assert codes([equation], BOX, start, pp.Dirichlet(u, 0, inflow)) == []
    assert codes([equation], BOX, start) == ["missing-wall"]
    assert codes([equation], BOX, start, pp.Dirichlet(u, 0)) == ["overdetermined-wall"]
    assert sorted(codes([equation], BOX, start, pp.Dirichlet(u, 0, outflow))) == [
        "missing-wall",
        "overdetermined-wall",
    ]


def test_a_system_needs_as_many_as_characteristics_come_in():
    waves = [u.diff(t) + v.diff(x), v.diff(t) + u.diff(x)]
    starts = [pp.Initial(u, 0), pp.Initial(v, 0)]
    assert codes(waves, BOX, *starts, pp.Dirichlet(u, 0)) == []
    assert codes(waves, BOX, *starts, pp.Dirichlet(u, 0, LOW)) == ["missing-wall"]
    both = [pp.Dirichlet(u, 0), pp.Dirichlet(v, 0, HIGH)]
    assert codes(waves, BOX, *starts, *both) == ["overdetermined-wall"]


def test_a_steady_equation_of_first_order_needs_one_condition_in_all():
    assert codes([q.diff(x) + q], LINE, pp.Dirichlet(q, 1, HIGH)) == []
    assert codes([q.diff(x) + q], LINE) == ["missing-wall"]
    assert codes([q.diff(x) + q], LINE, pp.Dirichlet(q, 1)) == ["overdetermined-wall"]


def test_a_steady_equation_of_third_order_needs_three_in_all():
    walls = [pp.Dirichlet(q, 0), pp.Neumann(q, 0, LOW)]
    equation = q.diff(x, 3) + q * q.diff(x, 2) - 1
    assert codes([equation], LINE, *walls) == []
    assert codes([equation], LINE, walls[0]) == ["missing-wall"]


def test_walls_of_a_region_and_of_a_ring():
    laplace = w.diff(x, 2) + w.diff(y, 2) - 1
    disk = pp.Region(pp.Box({x: (-1, 1), y: (-1, 1)}), sp.Rational(1, 2) - x**2 - y**2)
    assert codes([laplace], disk, pp.Dirichlet(w, 0)) == []
    assert codes([laplace], disk) == ["missing-wall"]
    r, a = pp.coordinates("r a")
    image = {x: r * sp.cos(a), y: r * sp.sin(a)}
    ring = pp.Mapped(pp.Box({r: (1, 2), a: (0, 2 * sp.pi)}), image)
    assert codes([laplace], ring, pp.Periodic(w, a), pp.Dirichlet(w, 0, (r, "low"))) == [
        "missing-wall"
    ]


@pytest.mark.parametrize(
    "equation",
    [
        u.diff(t) + u.diff(x, 2),
        u.diff(t) - u.diff(x, 4),
        u.diff(t) + u.diff(x, 3) + u.diff(x, 2),
        u.diff(t) - ((u - 2) * u.diff(x)).diff(x),
        u.diff(t, 2) + u.diff(x, 2),
        -u.diff(t) - u.diff(x, 2),
    ],
)
def test_short_waves_that_grow_without_bound(equation):
    starts = [SINE] + ([pp.Initial(u, 0, order=1)] if equation.has(u.diff(t, 2)) else [])
    found = codes([equation], BOX, *starts, pp.Periodic(u, x))
    assert "backward-parabolic" in found


@pytest.mark.parametrize(
    "equation",
    [
        u.diff(t) - ((u + 2) * u.diff(x)).diff(x),
        u.diff(t) + u.diff(x, 4) + u.diff(x, 2),
        sp.I * u.diff(t) + u.diff(x, 2),
        u.diff(t) + u.diff(x, 3) - u.diff(x, 2) / 10,
        -u.diff(t) + u.diff(x, 2),
    ],
)
def test_short_waves_that_do_not_grow(equation):
    assert codes([equation], BOX, SINE, pp.Periodic(u, x)) == []


def test_diffusion_is_looked_at_in_all_directions():
    h = pp.field("h", x, y, t)
    box = pp.Box({x: (0, 1), y: (0, 1)}, time=(t, 0, 1))
    conditions = [pp.Initial(h, 0), pp.Periodic(h, x), pp.Periodic(h, y)]
    flat = h.diff(t) - h.diff(x, 2) - h.diff(y, 2)
    assert codes([flat - h.diff(x, y)], box, *conditions) == []
    assert codes([flat - 3 * h.diff(x, y)], box, *conditions) == ["backward-parabolic"]


@pytest.mark.parametrize(
    ("options", "symbol"),
    [
        ({"equations": [u.diff(t) - sp.Symbol("nu") * u.diff(x, 2)]}, "nu"),
        ({"conditions": [SINE, pp.Dirichlet(u, sp.Symbol("a"))]}, "a"),
        ({"equations": [HEAT - sp.Function("g")(u)]}, "g(u(x, t))"),
    ],
)
def test_symbols_that_nothing_declares(options, symbol):
    parts = {"equations": [HEAT], "domain": BOX, "conditions": [SINE, pp.Dirichlet(u, 0)]}
    found = pp.lint(pp.FieldProblem(**{**parts, **options}))
    assert [item.code for item in found if item.severity == "error"] == ["unknown-symbol"]
    assert f"holds {symbol}, which is no" in found[0].message


def test_what_lies_outside():
    walls = pp.Dirichlet(u, 0)
    inside = pp.Data(u, [[0.5, 0.5], [1.0, 1.0]], [0.0, 0.0], sigma=1.0)
    outside = pp.Data(u, [[0.5, 0.5], [1.5, 0.5]], [0.0, 0.0], sigma=1.0)
    assert codes([HEAT], BOX, SINE, walls, inside) == []
    (finding,) = pp.lint(pp.FieldProblem([HEAT], BOX, [SINE, walls, outside]))
    assert finding.code == "outside-domain"
    assert "row 1: [1.5, 0.5]" in finding.message
    layer = pp.Interface(u, (x, 1), coefficient=(1, 2))
    assert codes([HEAT], BOX, SINE, walls, layer) == ["outside-domain"]
    disk = pp.Region(pp.Box({x: (-1, 1), y: (-1, 1)}), sp.Rational(1, 2) - x**2 - y**2)
    corner = pp.Data(w, [[0.9, 0.9]], [0.0], sigma=1.0)
    equation = w.diff(x, 2) + w.diff(y, 2)
    assert codes([equation], disk, pp.Dirichlet(w, 0), corner) == ["outside-domain"]


def test_an_exact_solution_that_lies():
    exact = {u: sp.exp(-(sp.pi**2) * t) * sp.sin(sp.pi * x)}
    walls = pp.Dirichlet(u, 0)
    near = pp.Data(u, [[0.5, 0.0]], [1.1], sigma=0.05)
    far = pp.Data(u, [[0.5, 0.0]], [2.0], sigma=0.05)
    assert codes([HEAT], BOX, SINE, walls, near, exact=exact) == []
    assert codes([HEAT], BOX, SINE, walls, far, exact=exact) == ["inconsistent-exact"]
    problem = pp.FieldProblem([HEAT], BOX, [SINE, walls], exact=exact)
    object.__setattr__(problem, "exact", {u: 1.001 * exact[u]})
    assert {item.code for item in pp.lint(problem)} == {"inconsistent-exact"}


@pytest.mark.parametrize(
    ("source", "flux", "code"),
    [(0, 0, "null-space"), (1, 0, "singular-neumann"), (-2, 1, "null-space")],
)
def test_pure_neumann_needs_a_balance(source, flux, code):
    equation = q.diff(x, 2) + source
    assert codes([equation], LINE, pp.Neumann(q, flux)) == [code]
    assert codes([-3 * equation], LINE, pp.Neumann(q, flux)) == [code]


def test_the_balance_in_two_dimensions_and_with_a_coefficient():
    a = 1 + x * y
    flux = sum((a * w.diff(item)).diff(item) for item in (x, y))
    # the balance of w = x^2 + y^2: du/dn = 2x at x = 1, 4 at y = 2
    exact = sum((a * 2 * item).diff(item) for item in (x, y))
    walls = [
        pp.Neumann(w, 2, HIGH),
        pp.Neumann(w, 0, (LOW, (y, "low"))),
        pp.Neumann(w, 4, (y, "high")),
    ]
    assert codes([flux - exact], SQUARE, *walls) == ["null-space"]
    assert codes([flux - exact + 1], SQUARE, *walls) == ["singular-neumann"]
    assert codes([flux - exact + w], SQUARE, *walls) == []


def test_periodic_steady_problems_have_the_same_null_space():
    waves = pp.Box({x: (0, 2 * sp.pi)})
    assert codes([q.diff(x, 2) + sp.sin(x)], waves, pp.Periodic(q, x)) == ["null-space"]
    found = codes([q.diff(x, 2) + sp.sin(x) ** 2], waves, pp.Periodic(q, x))
    assert found == ["singular-neumann"]


@pytest.mark.parametrize(
    ("start", "walls", "found"),
    [
        (sp.sin(sp.pi * x), [pp.Dirichlet(u, 0)], []),
        (sp.cos(sp.pi * x / 2) + 1, [pp.Dirichlet(u, 0)], ["corner-incompatible"]),
        (1 - x**2, [pp.Dirichlet(u, 0)], ["corner-incompatible"]),  # u_t = -2 at the walls
        (1 - x**2, [pp.Dirichlet(u, -2 * t)], []),
        (sp.cos(sp.pi * x), [pp.Neumann(u, 0)], []),
        (sp.sin(sp.pi * x), [pp.Neumann(u, 0)], ["corner-incompatible"]),
        (sp.cos(sp.pi * x), [pp.Robin(u, 2, 1, -2)], []),
        (sp.cos(sp.pi * x), [pp.Robin(u, 2, 1, 0)], ["corner-incompatible"]),
    ],
)
def test_corners(start, walls, found):
    assert codes([HEAT], BOX, pp.Initial(u, start), *walls) == found


def test_corners_of_waves_compare_rates_too():
    equation = u.diff(t, 2) - u.diff(x, 2)
    wave = sp.sin(sp.pi * (x - t))
    rate = wave.diff(t).subs(t, 0)
    start = [pp.Initial(u, wave.subs(t, 0)), pp.Initial(u, rate, order=1)]
    assert codes([equation], BOX, *start, pp.Dirichlet(u, wave)) == []
    assert codes([equation], BOX, *start, pp.Dirichlet(u, 0)) == ["corner-incompatible"]


def test_the_kink_of_the_benchmark_and_its_jump():
    (finding,) = pp.lint(pp.allen_cahn())
    assert finding.code == "periodic-kink"
    assert "jumps by 4: 2 at the low end, -2 at the high end" in finding.message


def test_a_jump_across_the_seam_is_no_kink():
    assert codes([HEAT], BOX, pp.Initial(u, x), pp.Periodic(u, x)) == [
        "corner-incompatible"
    ]
    assert codes([HEAT], BOX, pp.Initial(u, sp.cos(sp.pi * x)), pp.Periodic(u, x)) == []


@pytest.mark.parametrize(
    "equation",
    [
        u.diff(t) + u * u.diff(x) - u.diff(x, 2),
        u.diff(t) + u**2 * u.diff(x) - (u**2 * u.diff(x)).diff(x),
        u.diff(t) + (sp.sin(sp.pi * x) * u).diff(x) - u.diff(x, 2),
        u.diff(t) - u.diff(x, 2) - u + u**3,
        u.diff(t) + (sp.sin(sp.pi * x) * u).diff(x) - u.diff(x, 2) - u,
    ],
)
def test_conservation_laws_and_reactions_are_conservative_enough(equation):
    assert codes([equation], BOX, SINE, pp.Periodic(u, x)) in ([], ["backward-parabolic"])


@pytest.mark.parametrize(
    "equation",
    [
        u.diff(t) - (u + 2) * u.diff(x, 2),
        u.diff(t) + u.diff(x) ** 2 / 2 - u.diff(x, 2),
        u.diff(t) + sp.sin(sp.pi * x) * u.diff(x) - u.diff(x, 2),
    ],
)
def test_terms_that_are_no_divergence(equation):
    assert codes([equation], BOX, SINE, pp.Periodic(u, x)) == ["nonconservative"]


def test_products_of_two_fields_that_are_no_divergence():
    diffusion = [u.diff(x, 2), v.diff(x, 2)]
    equations = [u.diff(t) + v * u.diff(x) - diffusion[0], v.diff(t) - diffusion[1]]
    conditions = [SINE, pp.Initial(v, 0), pp.Periodic(u, x), pp.Periodic(v, x)]
    assert codes(equations, BOX, *conditions) == ["nonconservative"]
    joined = [equations[0] + u * v.diff(x), equations[1]]
    assert codes(joined, BOX, *conditions) == []


def test_transport_without_viscosity():
    equation = u.diff(t) + u * u.diff(x)
    assert codes([equation], BOX, SINE, pp.Periodic(u, x)) == ["inviscid"]
    linear = u.diff(t) + u.diff(x)
    assert codes([linear], BOX, SINE, pp.Periodic(u, x)) == []
    assert [item.code for item in pp.lint(pp.burgers(0.0))] == ["inviscid"]


@pytest.mark.parametrize("width", [1e-150, 1e-3, 1e150])
def test_the_size_of_the_domain_does_not_matter(width):
    box = pp.Box({x: (0, sp.Rational(width))}, time=(t, 0, 1))
    phase = sp.pi * x / sp.Rational(width)
    diffusion = sp.Rational(width) ** 2
    equation = u.diff(t) - diffusion * u.diff(x, 2)
    assert codes([equation], box, pp.Initial(u, sp.sin(phase)), pp.Dirichlet(u, 0)) == []


@pytest.mark.parametrize("amplitude", [1e-12, 1.0, 1e12])
def test_the_size_of_the_data_does_not_matter(amplitude):
    start = pp.Initial(u, amplitude * sp.sin(sp.pi * x))
    assert codes([HEAT], BOX, start, pp.Dirichlet(u, 0)) == []
    off = pp.Initial(u, amplitude * sp.cos(sp.pi * x))
    assert codes([HEAT], BOX, off, pp.Dirichlet(u, 0)) == ["corner-incompatible"]


@pytest.mark.parametrize("seed", range(8))
def test_lint_does_not_depend_on_how_an_equation_is_written(seed):
    rng = np.random.default_rng(seed)
    factor = sp.Rational(int(rng.integers(1, 9)), int(rng.integers(1, 9))) * (-1) ** seed
    nu = sp.Rational(int(rng.integers(1, 50)), 100)
    good = u.diff(t) + (u**3 + u).diff(x) - nu * u.diff(x, 2)
    bad = good + 2 * nu * u.diff(x, 2)
    for equation, found in ((good, []), (bad, ["backward-parabolic"])):
        written = sp.expand(factor * equation.doit())
        assert codes([written], BOX, SINE, pp.Periodic(u, x)) == found


def test_the_exact_solution_is_not_looked_at_for_anything_else():
    for problem in (pp.heat(), pp.helmholtz(), pp.steady_burgers()):
        bare = dataclasses.replace(problem, exact=None)
        assert [f.code for f in pp.lint(bare)] == [f.code for f in pp.lint(problem)]
        assert bare.type == problem.type
