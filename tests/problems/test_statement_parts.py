"""Coordinates, domains, conditions: what they keep, and what they refuse."""

import dataclasses
import math

import numpy as np
import pytest
import sympy as sp

from perturbsci import problems as pp
from perturbsci.errors import ParameterError, ShapeError

x, y, t = pp.coordinates("x y t")
u, v = pp.field("u", x, t), pp.field("v", x, t)
HEAT = u.diff(t) - u.diff(x, 2)
BOX = pp.Box({x: (-1, 1)}, time=(t, 0, 1))
START = pp.Initial(u, sp.sin(sp.pi * x))
WALLS = pp.Dirichlet(u, 0)


def heat(*conditions, **options):
    return pp.FieldProblem([HEAT], BOX, [START, *conditions], **options)


def test_coordinates_are_real_symbols_and_fields_are_functions_of_them():
    assert pp.coordinates("x, y") == (sp.Symbol("x", real=True), sp.Symbol("y", real=True))
    assert pp.coordinates("x") == (x,)
    assert pp.field("u", x, t) == sp.Function("u")(x, t)


def test_ends_are_floats_unless_a_float_would_round_them():
    box = pp.Box({x: (0, sp.pi), y: (0.0, sp.Rational(1, 3))}, time=(t, 0, np.float32(2)))
    assert box.intervals == {x: (0.0, sp.pi), y: (0.0, sp.Rational(1, 3))}
    assert box.bounds == ((0.0, math.pi), (0.0, 1 / 3), (0.0, 2.0))
    assert box.coordinates == (x, y, t)
    assert box.space == (x, y)


def test_extreme_widths_are_kept():
    assert pp.Box({x: (0, 1e-150)}).bounds == ((0.0, 1e-150),)
    assert pp.Box({x: (-1e150, 1e150)}).bounds == ((-1e150, 1e150),)


def test_values_of_conditions_become_formulas_with_all_digits():
    assert pp.Dirichlet(u, 1).value == 1
    assert pp.Neumann(u, 0.1).value == sp.Float(0.1)
    assert pp.Robin(u, np.float32(0.5), 1, 1 + 2j).value == 1.0 + 2.0 * sp.I
    assert pp.Dirichlet(u, 0, ((x, "low"), (x, "high"))).side == ((x, "low"), (x, "high"))


def test_a_statement_keeps_tuples_and_own_dicts():
    nu = sp.Symbol("nu")
    parameters = {nu: 1}
    problem = pp.FieldProblem(
        sp.Eq(u.diff(t), nu * u.diff(x, 2)), BOX, [START, WALLS], parameters=parameters
    )
    parameters[nu] = 2
    assert problem.equations == (u.diff(t) - nu * u.diff(x, 2),)
    assert problem.parameters == {nu: 1.0}
    assert problem.conditions == (START, WALLS)
    assert problem.fields == (u,)
    assert problem.coordinates == (x, t)
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem.name = "other"


def test_a_parameter_is_a_float_unless_that_would_round_an_exact_number():
    nu = sp.Symbol("nu")
    values = [0.01 / sp.pi, sp.pi, sp.Rational(1, 2), (1, 2)]
    found = [
        pp.FieldProblem([nu * HEAT], BOX, [START, WALLS], parameters={nu: value}).parameters
        for value in values
    ]
    assert [item[nu] for item in found[1:]] == [sp.pi, 0.5, (1.0, 2.0)]
    assert type(found[0][nu]) is float
    assert found[0][nu] == pytest.approx(0.01 / math.pi, rel=2.3e-16)  # one rounding


def test_at_replaces_values_by_symbol_or_name():
    problem = pp.burgers()
    (nu,) = problem.parameters
    assert problem.at({nu: 0.5}).parameters == {nu: 0.5}
    assert problem.at({"viscosity": (0.1, 0.2)}).parameters == {nu: (0.1, 0.2)}
    assert problem.at({sp.Symbol("viscosity", positive=True): 1}).parameters == {nu: 1.0}
    with pytest.raises(ParameterError, match="the statement has viscosity"):
        problem.at({"diffusion": 1.0})


def test_from_problem_matches_names_and_keeps_a_fitting_exact_solution():
    s = sp.Symbol("s", real=True)
    w = pp.field("u", x, s)
    box = pp.Box({x: (-1, 1)}, time=(s, 0, 1))
    k = sp.Symbol("wavenumber", positive=True)
    start = pp.Initial(w, sp.sin(sp.pi * x))
    problem = pp.FieldProblem.from_problem(
        pp.get_problem("heat"), box, [start, pp.Dirichlet(w, 0)], parameters={k: sp.pi}
    )
    d = sp.Symbol("diffusion")
    assert problem.equations == (w.diff(s) - d * w.diff(x, 2),)
    assert problem.parameters == {d: 1.0, k: sp.pi}
    assert problem.exact == {w: sp.exp(-d * k**2 * s) * sp.sin(k * x)}
    other = pp.FieldProblem.from_problem(pp.get_problem("heat"), box, [start])
    assert other.exact is None  # wavenumber 3.14159... is not pi


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: pp.coordinates("x x"), "different names"),
        (lambda: pp.coordinates("1x"), "different names"),
        (lambda: pp.coordinates(x), "different names"),
        (lambda: pp.field("u v", x), "must be an identifier"),
        (lambda: pp.field("u", 0.5), "depends on different symbols"),
        (lambda: pp.field("u"), "depends on different symbols"),
        (lambda: pp.Box({}), "must map each spatial symbol"),
        (lambda: pp.Box({0.5: (0, 1)}), "must be a sympy Symbol"),
        (lambda: pp.Box({"x": (0, 1)}), "must be a sympy Symbol"),
        (lambda: pp.Box({x: (1, 0)}), "low must be below high"),
        (lambda: pp.Box({x: (0, 0)}), "low must be below high"),
        (lambda: pp.Box({x: (0, math.inf)}), "finite real number"),
        (lambda: pp.Box({x: (-sp.oo, 0)}), "finite real number"),
        (lambda: pp.Box({x: (0, y)}), "finite real number"),
        (lambda: pp.Box({x: 1}), r"must be \(low, high\)"),
        (lambda: pp.Box({x: (0, 1)}, time=(t, 1, 1)), "low must be below high"),
        (lambda: pp.Box({x: (0, 1)}, time=(x, 0, 1)), "use another one"),
        (lambda: pp.Box({x: (0, 1)}, time=t), r"must be \(symbol, start, end\)"),
        (lambda: pp.Mapped(BOX, {}), "map 1 physical symbols"),
        (lambda: pp.Mapped(BOX, {y: x**2}), "must be invertible"),
        (lambda: pp.Mapped(BOX, {y: x + sp.Symbol("a")}), "may hold those of the box"),
        (lambda: pp.Mapped(3, {y: x}), "must be a Box"),
        (lambda: pp.Region(BOX, -1 - x**2), "change its sign"),
        (lambda: pp.Region(BOX, 1 - y**2), "may hold those of the box"),
        (lambda: pp.Dirichlet(x, 0), "unknown function of coordinates"),
        (lambda: pp.Dirichlet("u", 0), "unknown function of coordinates"),
        (lambda: pp.Dirichlet(u, "sin(x)"), "problems.parse_expression first"),
        (lambda: pp.Dirichlet(u, True), "SymPy expression or a finite number"),
        (lambda: pp.Dirichlet(u, math.nan), "finite real number"),
        (lambda: pp.Dirichlet(u, sp.oo), "finite everywhere"),
        (lambda: pp.Dirichlet(u, 0, "left"), "or a tuple of these"),
        (lambda: pp.Dirichlet(u, 0, (x, "left")), "or a tuple of these"),
        (lambda: pp.Dirichlet(u, 0, ()), "or a tuple of these"),
        (lambda: pp.Robin(u, 0, 0, 1), "one must differ from zero"),
        (lambda: pp.Periodic(u, 0.5), "must be a sympy Symbol"),
        (lambda: pp.Initial(u, 0, order=-1), "0 for the field itself"),
        (lambda: pp.Initial(u, 0, order=0.5), "0 for the field itself"),
        (lambda: pp.Interface(u, 0.5, coefficient=(1, 2)), r"\(symbol, position\)"),
        (lambda: pp.Interface(u, (x, 0.5), coefficient=1), r"must be \(left, right\)"),
        (lambda: pp.Data(u, [[0.0, 0.0]], [1.0], sigma=0.0), "above zero"),
        (lambda: pp.Data(u, [[0.0, 0.0]], [1.0], sigma=[-1.0]), "above zero"),
        (lambda: pp.Data(u, [[math.nan, 0.0]], [1.0], sigma=1.0), "points"),
    ],
)
def test_what_the_parts_refuse(make, advice):
    with pytest.raises(ParameterError, match=advice):
        make()


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"points": [0.0, 0.0], "values": [1.0], "sigma": 1.0}, "one value a point"),
        ({"points": [[0.0, 0.0]], "values": [1.0, 2.0], "sigma": 1.0}, "one value a point"),
        ({"points": [[0.0, 0.0]], "values": [1.0], "sigma": [1.0, 1.0]}, "one a value"),
    ],
)
def test_shapes_of_measured_data(options, advice):
    with pytest.raises(ShapeError, match=advice):
        pp.Data(u, **options)


def test_measured_data_may_disagree_at_one_point_and_are_not_changed():
    points = np.array([[0.0, 0.5], [0.0, 0.5]])
    data = pp.Data(u, points, [1.0, 2.0], sigma=np.array([0.1, 0.2]))
    problem = heat(WALLS, data)
    assert problem.conditions[-1].values.tolist() == [1.0, 2.0]
    assert pp.lint(problem) == ()


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: pp.FieldProblem("u_t - u_xx", BOX, []), "problems.parse_expression first"),
        (lambda: pp.FieldProblem(["u_t - u_xx"], BOX, []), "problems.parse_expression"),
        (lambda: pp.FieldProblem([1.0], BOX, []), "expression that vanishes"),
        (lambda: pp.FieldProblem([x + t], BOX, []), "make one with problems.field"),
        (lambda: pp.FieldProblem([HEAT], {x: (0, 1)}, []), "must be a Box"),
        (lambda: pp.FieldProblem([HEAT], BOX, [0]), "each must be a Dirichlet"),
        (lambda: pp.FieldProblem([HEAT], BOX, [], parameters={"nu": 1}), "sympy Symbol"),
        (lambda: pp.FieldProblem([HEAT], BOX, [], parameters={0.5: 1}), "sympy Symbol"),
        (lambda: pp.FieldProblem([HEAT], BOX, [], parameters={x: 1}), "no coordinate"),
        (lambda: heat(parameters={y: (2, 1)}), "low below high"),
        (lambda: heat(parameters={y: math.nan}), "finite real number"),
        (lambda: heat(parameters=3), "map symbols to numbers"),
        (lambda: heat(pp.Dirichlet(v, 0)), "which no equation holds"),
        (lambda: heat(pp.Dirichlet(u, 0, (y, "low"))), "which does not exist"),
        (lambda: heat(pp.Dirichlet(u, 0, (t, "low"))), "which does not exist"),
        (lambda: heat(pp.Periodic(u, y)), "which does not exist"),
        (lambda: heat(WALLS, pp.Dirichlet(u, 1, (x, "low"))), "keep one of them"),
        (lambda: heat(START), "keep one of them"),
        (lambda: heat(pp.Initial(u, 0, order=1)), "only lower derivatives are free"),
        (lambda: heat(pp.Dirichlet(u, v)), None),
        (lambda: heat(pp.Dirichlet(u, u)), "it may depend on"),
        (
            lambda: pp.FieldProblem([HEAT], BOX, [pp.Initial(u, x * t)]),
            r"depends on \['t'\]; it may depend on \['x'\]",
        ),
        (
            lambda: pp.FieldProblem(
                [pp.field("w", x).diff(x, 2)],
                pp.Box({x: (0, 1)}),
                [pp.Initial(pp.field("w", x), 0)],
            ),
            "domain without time",
        ),
        (lambda: heat(pp.Interface(u, (y, 0.5), coefficient=(1, 2))), "does not exist"),
        (
            lambda: pp.FieldProblem([HEAT + pp.field("w", x, y).diff(y)], BOX, []),
            "in the coordinates",
        ),
        (lambda: heat(exact={v: x}), "each of the fields"),
        (lambda: heat(name=3), "must be text"),
    ],
)
def test_what_a_statement_refuses(make, advice):
    if advice is None:  # v is no field of the equation: a finding, not an error
        assert [item.code for item in pp.lint(make())][:1] == ["unknown-symbol"]
        return
    with pytest.raises(ParameterError, match=advice):
        make()


def test_measured_points_have_a_column_for_each_coordinate():
    with pytest.raises(ShapeError, match="needed 2 columns"):
        heat(pp.Data(u, [[0.0]], [1.0], sigma=1.0))
    a = sp.Symbol("a")
    data = pp.Data(u, [[0.0, 0.5, 1.5]], [1.0], sigma=1.0)
    assert heat(WALLS, data, parameters={a: (1, 2)}).conditions[-1] is data


def test_from_problem_refuses_other_kinds_and_missing_coordinates():
    with pytest.raises(ParameterError, match="of kind 'pde'"):
        pp.FieldProblem.from_problem(pp.get_problem("duffing"), BOX, [])
    with pytest.raises(ParameterError, match="depends on"):
        pp.FieldProblem.from_problem(pp.get_problem("klein_gordon"), BOX, [])
    with pytest.raises(ParameterError, match="the statement has"):
        pp.FieldProblem.from_problem(
            pp.get_problem("heat"), BOX, [START], parameters={"speed": 1.0}
        )


def exact_heat(formula, *conditions):
    return pp.FieldProblem([HEAT], BOX, conditions, exact={u: formula})


MODE = sp.exp(-(sp.pi**2) * t) * sp.sin(sp.pi * x)


def test_an_exact_solution_is_checked_against_every_equation_and_condition():
    assert exact_heat(MODE, START, WALLS).exact == {u: MODE}
    slope = -sp.pi * sp.exp(-(sp.pi**2) * t)
    walls = [pp.Neumann(u, slope, (x, "high")), pp.Neumann(u, -slope, (x, "low"))]
    assert exact_heat(MODE, *walls).exact == {u: MODE}
    robin = pp.Robin(u, 2, 3, 3 * slope, (x, "high"))
    assert exact_heat(MODE, robin, pp.Dirichlet(u, 0, (x, "low"))).exact == {u: MODE}
    assert exact_heat(MODE, START, pp.Periodic(u, x)).exact == {u: MODE}


@pytest.mark.parametrize(
    ("formula", "conditions", "missed"),
    [
        (sp.exp(-9.87 * t) * sp.sin(sp.pi * x), [], "equation 0"),
        (MODE * (1 + sp.Rational(1, 10**15)), [START], "Initial condition"),
        (MODE, [pp.Dirichlet(u, t)], "Dirichlet condition"),
        (MODE, [pp.Neumann(u, 0)], "Neumann condition"),
        (MODE, [pp.Robin(u, 1, 1, 0)], "Robin condition"),
        (sp.exp(-t) * sp.sin(x), [pp.Periodic(u, x)], "Periodic condition"),
        (sp.Function("f")(x), [], "equation 0"),
    ],
)
def test_an_exact_solution_that_misses_something_is_refused(formula, conditions, missed):
    with pytest.raises(ParameterError, match=f"exact misses .*{missed}.*with SymPy"):
        exact_heat(formula, *conditions)


def test_an_exact_solution_across_an_interface():
    (z,) = pp.coordinates("z")
    w, k = pp.field("w", z), sp.Piecewise((1, z < 0.5), (3, True))
    exact = sp.Piecewise((3 * z, z < 0.5), (z + 1, True)) / 4
    box, half = pp.Box({z: (0, 1)}), sp.Rational(1, 2)
    walls = [pp.Dirichlet(w, 0, (z, "low")), pp.Dirichlet(w, half, (z, "high"))]
    layer = pp.Interface(w, (z, 0.5), coefficient=(1, 3))
    problem = pp.FieldProblem([k * w.diff(z, 2)], box, [*walls, layer], exact={w: exact})
    assert problem.exact == {w: exact}
    wrong = pp.Interface(w, (z, 0.5), coefficient=(1, 2))
    with pytest.raises(ParameterError, match="the flux of the Interface"):
        pp.FieldProblem([k * w.diff(z, 2)], box, [*walls, wrong], exact={w: exact})


def test_an_exact_solution_on_a_ring_and_on_a_disk():
    r, a = pp.coordinates("r a")
    w = pp.field("w", x, y)
    laplace = w.diff(x, 2) + w.diff(y, 2)
    exact = sp.log(x**2 + y**2) / 2
    ring = pp.Mapped(
        pp.Box({r: (1, 2), a: (0, 2 * sp.pi)}), {x: r * sp.cos(a), y: r * sp.sin(a)}
    )
    sides = [
        pp.Dirichlet(w, 0, (r, "low")),
        pp.Neumann(w, sp.Rational(1, 2), (r, "high")),
        pp.Periodic(w, a),
    ]
    problem = pp.FieldProblem([laplace], ring, sides, exact={w: exact})
    assert pp.lint(problem) == ()
    disk = pp.Region(pp.Box({x: (-1, 1), y: (-1, 1)}), sp.Rational(9, 10) - x**2 - y**2)
    plane = pp.FieldProblem([laplace], disk, [pp.Dirichlet(w, x)], exact={w: x})
    assert pp.lint(plane) == ()


@pytest.mark.parametrize("kind", ["dirichlet", "neumann", "robin"])
def test_data_on_the_curved_boundary_need_to_be_right_there_alone(kind):
    """On the unit circle 1 is x^2 + y^2 and the normal (x, y), not so inside the disk."""
    w = pp.field("w", x, y)
    disk = pp.Region(pp.Box({x: (-1, 1), y: (-1, 1)}), 1 - x**2 - y**2)
    exact = sp.exp(x) * sp.cos(y)
    slope = x * exact.diff(x) + y * exact.diff(y)

    def condition(factor):
        if kind == "dirichlet":
            return pp.Dirichlet(w, factor * exact * (x**2 + y**2))
        if kind == "neumann":
            return pp.Neumann(w, factor * slope)
        return pp.Robin(w, 1, 2, exact + 2 * factor * slope)

    laplace = w.diff(x, 2) + w.diff(y, 2)
    pp.FieldProblem([laplace], disk, [condition(1)], exact={w: exact})
    wrong = condition(sp.Rational(1001, 1000))
    with pytest.raises(ParameterError, match=r"boundary level set by .*; correct it"):
        pp.FieldProblem([laplace], disk, [wrong], exact={w: exact})
