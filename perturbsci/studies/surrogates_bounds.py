"""The bound of a surrogate beside its true error, for random statements of each theorem.

Every solution is a random sum of waves, its equation random with a source to match. The
surrogates are polynomials through the solution at Gauss points, of random degrees:
functions whose residual no solver has made small. A bound that holds lies above the
diagonal. The usual estimate, the distance to a surrogate of two degrees more, needs a
second computation and lies on the diagonal, above or below.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy
import sympy
from matplotlib.figure import Figure
from numpy.polynomial import legendre

from perturbsci import problems as pp
from perturbsci.plotting import COLORS
from perturbsci.results import Status
from perturbsci.studies.base import Claim, Study
from perturbsci.surrogates import Legendre, SolveStatistics, Surrogate, certify
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["STUDY"]

PER_THEOREM = {"small": 4, "full": 10}
N_WAVES = 2
N_TIMES = 11
POINTS = 48  # of Gauss in a direction for true errors; the bounds use others
MORE = 2  # degrees of the finer surrogate of the usual estimate

Derivative = Callable[[Array, tuple[int, ...]], Array]
x, y, t = pp.coordinates("x y t")


class Waves(NamedTuple):
    """u = sum_j a_j sin(k_j . x + phase_j), shapes (m,), (m, d), (m,)."""

    amplitudes: Array
    wavenumbers: Array
    phases: Array

    def formula(self, symbols: Sequence[sympy.Symbol]) -> sympy.Expr:
        """Return u in symbols, with exact rational numbers."""
        terms = []
        for a, k, phase in zip(*self, strict=True):
            angle = _exact(phase) + sum(
                _exact(c) * s for c, s in zip(k, symbols, strict=True)
            )
            terms.append(_exact(a) * sympy.sin(angle))
        return sympy.Add(*terms)

    def derivative(self, points: Array, orders: Sequence[int]) -> Array:
        """Return a derivative at points, shape (n, d)."""
        angle = points @ self.wavenumbers.T + self.phases + 0.5 * math.pi * sum(orders)
        factors = numpy.prod(self.wavenumbers ** numpy.array(orders), axis=1)
        values: Array = numpy.sin(angle) @ (self.amplitudes * factors)
        return values


class Case(NamedTuple):
    """A statement, its solution, the norm of the bound and the square of the wave speed."""

    problem: pp.FieldProblem
    exact: Waves
    norm: str
    speed: float = 1.0


def _exact(value: float) -> sympy.Rational:
    return sympy.Rational(round(1000 * value), 1000)


def _number(rng: numpy.random.Generator, low: float, high: float) -> float:
    return round(1000 * rng.uniform(low, high)) / 1000


def _waves(rng: numpy.random.Generator, dimension: int) -> Waves:
    shapes = ((N_WAVES,), (N_WAVES, dimension), (N_WAVES,))
    draws = zip((0.3, -3.0, 0.0), (1.0, 3.0, 6.0), shapes, strict=True)
    return Waves(*(numpy.round(rng.uniform(low, high, n), 3) for low, high, n in draws))


def _statement(
    rng: numpy.random.Generator,
    norm: str,
    operator: Callable[[sympy.Expr], sympy.Expr],
    *,
    plane: bool = False,
    time_order: int = 0,
    speed: float = 1.0,
) -> Case:
    """Return operator(u) = operator(exact) on a random box, with its wall values."""
    space = [x, y] if plane else [x]
    lows = [_number(rng, -1, 0.5) for _ in space]
    intervals = {
        item: (_exact(low), _exact(low) + _exact(_number(rng, 0.5, 2)))
        for item, low in zip(space, lows, strict=True)
    }
    box = pp.Box(intervals, time=(t, 0, 1) if time_order else None)
    exact = _waves(rng, len(box.coordinates))
    formula, u = exact.formula(box.coordinates), pp.field("u", *box.coordinates)
    data = [
        pp.Initial(u, formula.diff(t, k).subs(t, 0), order=k) for k in range(time_order)
    ]
    equation = operator(u) - operator(formula).doit()
    problem = pp.FieldProblem([equation], box, [*data, pp.Dirichlet(u, formula)])
    return Case(problem, exact, norm, speed)


def _coercive(rng: numpy.random.Generator, k: int) -> Case:
    a, b, c = _number(rng, 0.3, 2), _number(rng, -2, 2), _number(rng, 0, 3)
    norm = ("energy", "L2", "max")[k % 3]
    if k % 2:
        return _statement(
            rng,
            norm,
            lambda v: -_exact(a) * v.diff(x, 2) - v.diff(y, 2) + _exact(c) * v,
            plane=True,
        )
    shape = _exact(a) * (1 + _exact(_number(rng, 0, 0.5)) * sympy.cos(x))

    def operator(v: sympy.Expr) -> sympy.Expr:
        return -(shape * v.diff(x)).diff(x) + _exact(b) * v.diff(x) + _exact(c) * v

    return _statement(rng, norm, operator)


def _helmholtz(rng: numpy.random.Generator, k: int) -> Case:
    square = _exact(_number(rng, 20, 300))
    return _statement(rng, "L2", lambda v: v.diff(x, 2) + square * v)


def _semilinear(rng: numpy.random.Generator, k: int) -> Case:
    a, b, c = (_exact(_number(rng, -1, 1)) for _ in range(3))
    norm = ("energy", "L2", "max")[k % 3]

    def operator(v: sympy.Expr) -> sympy.Expr:
        more = (b * v**2 + c * v**3, b * sympy.sin(v))[k % 2]
        return -v.diff(x, 2) + a * v * v.diff(x) / 2 + more

    return _statement(rng, norm, operator)


def _law(rng: numpy.random.Generator, k: int) -> Case:
    nu = _exact(_number(rng, 0.01, 0.5))
    b, c = (_exact(_number(rng, -1, 1)) for _ in range(2))

    def operator(v: sympy.Expr) -> sympy.Expr:
        return v.diff(t) + (b * v**2 + c * v**3).diff(x) - nu * v.diff(x, 2)

    return _statement(rng, "L1", operator, time_order=1)


def _reaction(rng: numpy.random.Generator, k: int) -> Case:
    nu = _exact(_number(rng, 0.01, 0.5))
    a, b = _exact(_number(rng, -2, 2)), _exact(_number(rng, -1, 1))

    def operator(v: sympy.Expr) -> sympy.Expr:
        return v.diff(t) - nu * v.diff(x, 2) - a * v - b * v**2 + v**3

    return _statement(rng, ("L2", "max", "L1")[k % 3], operator, time_order=1)


def _wave(rng: numpy.random.Generator, k: int) -> Case:
    speed, a = _number(rng, 0.2, 2), _exact(_number(rng, -1, 1))

    def operator(v: sympy.Expr) -> sympy.Expr:
        more = a * v if k % 2 else a * v**3
        return v.diff(t, 2) - _exact(speed) * v.diff(x, 2) + more

    return _statement(rng, "energy", operator, time_order=2, speed=speed)


THEOREMS = {
    "coercive": _coercive,
    "Helmholtz": _helmholtz,
    "Newton-Kantorovich": _semilinear,
    "conservation law": _law,
    "reaction-diffusion": _reaction,
    "waves": _wave,
}


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Return bound, true error and usual estimate of each problem, by theorem."""
    rows = []
    for kind, make in enumerate(THEOREMS.values()):
        for k in range(PER_THEOREM[size]):
            rng = numpy.random.default_rng([seed, kind, k])
            case = make(rng, k)
            dimension = len(case.problem.coordinates)
            degrees = tuple(int(p) for p in rng.integers(5, 10, dimension))
            coarse = _interpolant(case, degrees)
            finer = _interpolant(case, tuple(p + MORE for p in degrees))
            found = certify(coarse, norm=case.norm)
            error = _distance(case, coarse.derivative, case.exact.derivative)
            usual = _distance(case, coarse.derivative, finer.derivative)
            rows.append((kind, found.value, error, usual))
    table = numpy.array(rows)
    names = ("theorem", "bounds", "errors", "usual")
    return dict(zip(names, table.T.copy(), strict=True))


def _interpolant(case: Case, degrees: tuple[int, ...]) -> Surrogate:
    """Return the polynomial through the solution at Gauss points, with nothing claimed."""
    bounds = case.problem.domain.box.bounds
    nodes = [legendre.leggauss(p + 1) for p in degrees]
    axes = [
        0.5 * (low + high) + 0.5 * (high - low) * z
        for (low, high), (z, _) in zip(bounds, nodes, strict=True)
    ]
    table = case.exact.derivative(
        numpy.array(list(itertools.product(*axes))), (0,) * len(degrees)
    ).reshape([p + 1 for p in degrees])
    for k, ((z, w), p) in enumerate(zip(nodes, degrees, strict=True)):
        inverse = legendre.legvander(z, p).T * w * (numpy.arange(p + 1) + 0.5)[:, None]
        table = numpy.moveaxis(numpy.tensordot(inverse, table, axes=(1, k)), 0, k)
    return Surrogate(
        case.problem,
        Legendre(degrees, bounds),
        table[None],
        (),
        {},
        SolveStatistics(table.size, 1, 1, 0, 0, 0.0, numpy.zeros((0, 2)), 0.0),
        Status.CONVERGED,
        Certificate("error", math.nan, math.nan, "none", "interpolation", ("not solved",)),
    )


def _distance(case: Case, one: Derivative, other: Derivative) -> float:
    """Return the norm of a difference; of an evolution the largest of eleven times."""

    def function(at: Array, orders: tuple[int, ...]) -> Array:
        return one(at, orders) - other(at, orders)

    bounds = case.problem.domain.box.bounds
    timed = case.problem.domain.time is not None
    space = bounds[:-1] if timed else bounds
    z, w = legendre.leggauss(POINTS)
    grids = [0.5 * (low + high) + 0.5 * (high - low) * z for low, high in space]
    points = numpy.array(list(itertools.product(*grids)))
    shares = [0.5 * (high - low) * w for low, high in space]
    weights = numpy.array([math.prod(item) for item in itertools.product(*shares)])
    if not timed:
        return _size(case, function, points, weights)
    sizes = []
    for now in numpy.linspace(bounds[-1][0], bounds[-1][1], N_TIMES):
        at = numpy.concatenate([points, numpy.full((len(points), 1), now)], axis=1)
        sizes.append(_size(case, function, at, weights))
    return max(sizes)


def _size(
    case: Case,
    function: Derivative,
    points: Array,
    weights: Array,
) -> float:
    n = points.shape[1]
    if case.norm == "energy":
        units = numpy.eye(n, dtype=int)
        squares = [function(points, tuple(int(i) for i in unit)) ** 2 for unit in units]
        if case.problem.domain.time is not None:
            squares = [case.speed * squares[0], squares[1]]
        return math.sqrt(weights @ numpy.sum(squares, axis=0))
    values = numpy.abs(function(points, (0,) * n))
    if case.norm == "max":
        return float(values.max())
    return float(weights @ values if case.norm == "L1" else math.sqrt(weights @ values**2))


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw bounds and usual estimates over true errors."""
    figure = Figure(figsize=(7.2, 5.2))
    ax = figure.subplots()
    errors, bounds, usual = data["errors"], data["bounds"], data["usual"]
    ends = numpy.array([0.3 * errors.min(), 4 * errors.max()])
    ax.loglog(ends, ends, color=COLORS[0], linewidth=1.0)
    ax.fill_between(ends, 1e-2 * ends[0], ends, color=COLORS[0], alpha=0.1, linewidth=0)
    ax.loglog(errors, usual, "x", color=COLORS[0], markersize=5)
    for k, name in enumerate(THEOREMS):
        mine = data["theorem"] == k
        color = COLORS[(1, 2, 3, 5, 6, 7)[k]]
        ax.loglog(errors[mine], bounds[mine], "osD^vP"[k], color=color, label=name)
    ax.legend(frameon=False, loc="upper left", title="bound, by theorem", fontsize=9)
    ax.annotate(
        "line: bound = error\ncrosses: distance to a surrogate\nof two degrees more",
        (0.97, 0.05),
        xycoords="axes fraction",
        ha="right",
    )
    ax.set_xlim(*ends)
    ax.set_ylim(0.1 * ends[0], 3e2 * ends[1])
    ax.set_xlabel("true error, in the norm of the theorem (unit of that norm)")
    ax.set_ylabel("bound, estimate (the same unit)")
    ax.set_title("No bound lies below its error")
    return figure


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Count violations, and compare the usual sizes of bounds with caps."""
    known = numpy.isfinite(data["bounds"])
    ratios = data["bounds"][known] / data["errors"][known]
    kinds = data["theorem"][known]
    law = ratios[kinds == list(THEOREMS).index("conservation law")]
    medians = [float(numpy.median(ratios[kinds == k])) for k in range(len(THEOREMS))]
    return [
        Claim(
            "bounds below the true error",
            float((ratios < 1.0).sum()),
            "surrogates_tables.violations",
        ),
        Claim(
            "share of the problems that have a bound",
            float(known.mean()),
            "surrogates_tables.bounded_share",
            relation="at_least",
        ),
        Claim(
            "median ratio of bound to error",
            float(numpy.median(ratios)),
            "surrogates_tables.effectivity",
            relation="at_most",
        ),
        Claim(
            "median ratio of bound to error, conservation laws",
            float(numpy.median(law)),
            "surrogates_tables.effectivity_law",
            relation="at_most",
        ),
        Claim(
            "largest median of a theorem",
            max(medians),
            "surrogates_tables.effectivity_largest",
            relation="at_most",
        ),
        Claim(
            "ratio of bound to error that 95 of 100 stay below",
            float(numpy.quantile(ratios, 0.95)),
            "surrogates_tables.effectivity_most",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="surrogates_bounds",
    title="Bounds of surrogates beside their true errors",
    source="random manufactured solutions, one family for each theorem",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Bounds over true errors for polynomial interpolants of random solutions of random "
        "statements, each in the norm of the theorem: energy, L2, L1 or maximum; of "
        "evolutions the largest up to the final time. The growth of reaction and the walls "
        "in the maximum norm cost two to three orders, once in sixty more. The distance to "
        "a finer surrogate is nearer to the error, but needs a second computation and is "
        "no bound: some crosses lie below the line. Interpolants are smooth; how tight a "
        "bound is at a layer is another question."
    ),
)
