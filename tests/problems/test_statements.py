"""The ready statements: what they say, and solutions that they have."""

import dataclasses
import math

import numpy as np
import pytest
import sympy as sp

from perturbsci import io
from perturbsci import problems as pp
from perturbsci.errors import ParameterError
from perturbsci.problems.linearization import linearize
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate, load_reference

NAMES = pp.list_field_problems()
EXACT = ("helmholtz", "klein_gordon", "flow_mixing", "steady_burgers", "heat", "poisson")


def cole_hopf(points, viscosity):
    """Return the jet (u, u_t, u_x, u_xx) of Burgers' equation from u = -sin(pi x).

    u = E[z]/t, z = x - y, with the weight exp(-z^2/(4 nu t) - cos(pi y)/(2 pi nu)), by the
    trapezoid rule, which converges exponentially: the weight is analytic, and at the ends
    it is below 1e-16 of its maximum. Derivatives are central moments of z.
    """
    half = math.sqrt(4 / math.pi + 148 * viscosity)  # for t up to 1
    z = np.linspace(-half, half, 8001)
    x, t = points[:, :1], points[:, 1:]
    exponent = -(z**2) / (4 * viscosity * t)
    exponent = exponent - np.cos(np.pi * (x - z)) / (2 * np.pi * viscosity)
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = (weight * z).sum(axis=1)
    offset = z - mean[:, None]
    second, third = ((weight * offset**k).sum(axis=1) for k in (2, 3))
    t = t[:, 0]
    value = mean / t
    slope = 1 / t - second / (2 * viscosity * t**2)
    bend = third / (4 * viscosity**2 * t**3)
    # E[z] moves with t by the covariance of z and z^2/(4 nu t^2)
    moved = (third + 2 * mean * second) / (4 * viscosity * t**2)
    return np.stack([value, moved / t - mean / t**2, slope, bend], axis=1)


@pytest.mark.parametrize("viscosity", [0.1, 0.01 / math.pi])
def test_the_solution_of_cole_and_hopf_solves_burgers(viscosity):
    problem = pp.burgers(viscosity)
    rng = np.random.default_rng(0)
    points = np.stack([rng.uniform(-1, 1, 60), rng.uniform(0.05, 1, 60)], axis=1)
    jets = cole_hopf(points, viscosity)
    lin = linearize(problem)
    assert lin.slots == ((0, (0, 0)), (0, (0, 1)), (0, (1, 0)), (0, (2, 0)))
    # exponents up to 100 cost two digits of the weights, the third moment one more
    size = 1 + np.abs(jets[:, :1] * jets[:, 2:3]) + viscosity * np.abs(jets[:, 3:])
    assert np.abs(lin.residual(points, jets) / size).max() < 1e-11
    walls = np.array([[-1.0, 0.3], [1.0, 0.3], [-1.0, 0.9]])
    assert np.abs(cole_hopf(walls, viscosity)[:, 0]).max() < 1e-12


def test_the_steepest_slope_of_burgers_is_the_published_one():
    entry = load_reference("problems_statements.burgers_steepest_slope")
    times = np.linspace(0.5095, 0.5115, 101)  # 2e-5 apart
    points = np.stack([np.zeros(101), times], axis=1)
    slopes = np.abs(cole_hopf(points, 0.01 / math.pi)[:, 2])
    assert abs(slopes.max() - entry.value) <= entry.tolerance
    when = load_reference("problems_statements.burgers_steepest_time")
    assert abs(times[np.argmax(slopes)] - when.value) <= when.tolerance


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_has_a_name_a_title_and_a_source(name):
    problem = getattr(pp, name)()
    assert problem.name == name
    assert problem.title
    assert problem.source
    assert (problem.exact is not None) == (name in EXACT)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("burgers", ("parabolic", [2, 1], False, True)),
        ("allen_cahn", ("parabolic", [2, 1], False, False)),
        ("helmholtz", ("elliptic", [2, 2], True, False)),
        ("klein_gordon", ("hyperbolic", [2, 2, 2], False, False)),
        ("flow_mixing", ("hyperbolic", [1, 1, 1], True, True)),
        ("nonlinear_diffusion", ("parabolic", [2, 2, 1], False, True)),
        ("steady_burgers", ("elliptic", [2], False, True)),
        ("heat", ("parabolic", [2, 1], True, True)),
        ("poisson", ("elliptic", [2, 2], True, True)),
        ("kuramoto_sivashinsky", ("parabolic", [4, 1], False, True)),
    ],
)
def test_kinds(name, found):
    problem = getattr(pp, name)()
    orders = list(problem.order.values())
    assert list(problem.order) == list(problem.coordinates)
    assert (problem.type, orders, problem.linear, problem.conservative) == found


x, y, t = pp.coordinates("x y t")
u, w = pp.field("u", x, t), pp.field("w", x, y)
v = pp.field("v", x, t)
BOX = pp.Box({x: (-1, 1)}, time=(t, 0, 1))
PLANE = pp.Box({x: (-1, 1), y: (-1, 1)})
r, p = pp.field("r", x, y), pp.field("p", x, y)
STOKES = [
    w.diff(x, 2) + w.diff(y, 2) - p.diff(x),
    r.diff(x, 2) + r.diff(y, 2) - p.diff(y),
    w.diff(x) + r.diff(y),
]


@pytest.mark.parametrize(
    ("equations", "domain", "kind"),
    [
        ([u.diff(t, 2) - u.diff(x, 2)], BOX, "hyperbolic"),
        ([u.diff(t, 2) + u.diff(x, 4)], BOX, "hyperbolic"),
        ([u.diff(t, 2) + u.diff(x, 2)], BOX, "elliptic"),
        ([u.diff(t) + u.diff(x, 3)], BOX, "hyperbolic"),
        ([sp.I * u.diff(t) + u.diff(x, 2)], BOX, "hyperbolic"),
        ([u.diff(t) + u.diff(x, 2)], BOX, "parabolic"),
        ([u.diff(t) + v.diff(x), v.diff(t) + u.diff(x)], BOX, "hyperbolic"),
        ([u.diff(t) + v.diff(x), v.diff(t) - u.diff(x)], BOX, "elliptic"),
        ([u.diff(t) - sp.Max(x, 0) * u.diff(x, 2)], BOX, "mixed"),
        ([u.diff(t) - v, v - u.diff(x, 2)], BOX, "mixed"),
        ([u.diff(t, 2) - u.diff(x, 2) - u.diff(x, 2, t)], BOX, "mixed"),
        ([w.diff(x, 2) - w.diff(y, 2)], PLANE, "hyperbolic"),
        ([w.diff(x) - r.diff(y), w.diff(y) + r.diff(x)], PLANE, "elliptic"),
        ([w.diff(x) - r.diff(y), w.diff(y) - r.diff(x)], PLANE, "hyperbolic"),
        (STOKES, PLANE, "elliptic"),
        ([w.diff(x, 2) + x * w.diff(y, 2)], PLANE, "mixed"),
        ([w.diff(x) + w.diff(y)], PLANE, "hyperbolic"),
        ([w.diff(x, 4) + 2 * w.diff(x, 2, y, 2) + w.diff(y, 4)], PLANE, "elliptic"),
    ],
)
def test_types_of_equations(equations, domain, kind):
    assert pp.FieldProblem(equations, domain, []).type == kind


def test_parameters_of_the_constructors():
    assert pp.helmholtz((2, 3)).exact is not None
    assert pp.poisson(1).coordinates == (x,)
    assert [item.name for item in pp.poisson(4).coordinates] == ["x1", "x2", "x3", "x4"]
    assert pp.klein_gordon(3.0, end=2).domain.time == (t, 0.0, 2.0)
    assert pp.kuramoto_sivashinsky(32 * math.pi, 150).domain.bounds[1] == (0.0, 150.0)
    assert pp.nonlinear_diffusion(0.1).parameters == {sp.Symbol("alpha"): 0.1}
    assert pp.burgers(0.0).order == {x: 1, t: 1}


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: pp.helmholtz((1,)), "two whole numbers"),
        (lambda: pp.helmholtz((1, 0.5)), "whole number"),
        (lambda: pp.poisson(0), "whole number"),
        (lambda: pp.steady_burgers(0.0), "above zero"),
        (lambda: pp.flow_mixing(0.0), "above zero"),
        (lambda: pp.klein_gordon(end=0.0), "above zero"),
        (lambda: pp.kuramoto_sivashinsky(-1.0), "above zero"),
        (lambda: pp.burgers(math.nan), "finite real number"),
        (lambda: pp.nonlinear_diffusion("x"), "finite real number"),
    ],
)
def test_what_the_constructors_refuse(make, advice):
    with pytest.raises(ParameterError, match=advice):
        make()


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Solved(Result):
    """A result that carries a statement."""

    problem: pp.FieldProblem
    values: Array
    status: Status
    certificate: Certificate

    def summary(self) -> str:
        """Return its name."""
        return self.problem.name


RING = pp.Mapped(
    pp.Box({x: (1, 2), y: (0, 1)}),
    {
        item: x * f(y)
        for item, f in zip(pp.coordinates("p q"), (sp.cos, sp.sin), strict=True)
    },
)


def stored():
    ring = pp.field("w", *RING.space)
    laplace = sum(ring.diff(item, 2) for item in RING.space)
    data = pp.Data(w, np.array([[0.1, 0.2]]), np.array([0.3]), sigma=np.array([0.1]))
    disk = pp.Region(PLANE, 1 - x**2 - y**2)
    yield pp.FieldProblem([laplace], RING, [pp.Dirichlet(ring, 0)], name="ring")
    flat = w.diff(x, 2) + w.diff(y, 2)
    yield pp.FieldProblem([flat], disk, [pp.Robin(w, 1, x, 0), data], name="disk")
    layer = pp.Interface(u, (x, 0.5), coefficient=(1, 2), jump=t)
    slope = pp.Neumann(u, sp.exp(sp.I * t), (x, "low"))
    a = sp.Symbol("a", positive=True)
    equation = u.diff(t) - a * u.diff(x, 2)
    both = {a: (0.1, 1 / 3)}
    yield pp.FieldProblem([equation], BOX, [layer, slope], parameters=both, name="layer")
    yield pp.klein_gordon()
    yield pp.flow_mixing().at({})
    yield pp.heat()


@pytest.mark.parametrize("problem", [*stored()], ids=lambda item: item.name)
def test_statements_come_back_from_a_file(problem, tmp_path, monkeypatch):
    monkeypatch.setattr(pp, "Solved", Solved, raising=False)
    monkeypatch.setattr(pp, "__all__", [*pp.__all__, "Solved"])
    monkeypatch.setattr(Solved, "__module__", "perturbsci.problems")
    claim = Certificate("it is stored", 0.0, 1.0, "estimate", "none", ("none",))
    result = Solved(problem, np.ones(2), Status.CONVERGED, claim)
    loaded = io.load(io.save(result, tmp_path / "result.npz")).problem
    assert loaded.equations == problem.equations
    assert loaded.parameters == problem.parameters
    assert loaded.exact == problem.exact
    assert loaded.coordinates == problem.coordinates
    assert (loaded.name, loaded.title) == (problem.name, problem.title)
    assert type(loaded.domain) is type(problem.domain)
    assert loaded.domain.box.intervals == problem.domain.box.intervals
    for new, old in zip(loaded.conditions, problem.conditions, strict=True):
        assert type(new) is type(old)
        for part in dataclasses.fields(old):
            one, other = getattr(new, part.name), getattr(old, part.name)
            assert (
                np.array_equal(one, other)
                if isinstance(other, np.ndarray)
                else one == other
            )
    before, after = linearize(problem), linearize(loaded)
    assert before.slots == after.slots
    table = dict(zip(after.symbols, before.symbols, strict=True))
    assert [item.xreplace(table) for item in after.residuals] == list(before.residuals)
