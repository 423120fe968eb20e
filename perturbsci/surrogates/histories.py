"""Bounds over time for any surrogate of an evolution: what remains is summed slab by slab.

Contraction and Gronwall: B' = L B + ||r(t)||, L = 0 in L1 for conservation laws. Waves:
with y^2 = ||e_t||_2^2 + sum_i c_i^2 ||e_i||_2^2 and g(u) - g(u_h) expanded about u_h,

    y' <= ||r||_2 + sum_k q_k y^k,  q_k = max abs(g^(k)(u_h))/k! sqrt(S_2k),

S_s the constants of the embedding of the energy into L^s; no growth for g = k u, k >= 0.
Where an energy that holds g'(u_h) grows less (``wave_energies``), its bound is taken.
Jumps between slabs and what the initial data are missed by are added where they occur.

References: Kruzhkov (1970); Evans (2010), section 7.2.
"""

import functools
import math
from collections.abc import Callable, Sequence

import numpy
import sympy

from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.conditions import Initial
from perturbsci.problems.substitution import numeric_conditions
from perturbsci.surrogates.embeddings import embedding_constants
from perturbsci.surrogates.gronwall import grown_bound, growth_factor
from perturbsci.surrogates.lifting import Corrected, corrected
from perturbsci.surrogates.panels import Panels, panel_counts, slab_ends
from perturbsci.surrogates.quadrature import gauss, grid_points
from perturbsci.surrogates.theorems import Theorem, recognize
from perturbsci.surrogates.wave_energies import energy_bounds
from perturbsci.types import Array

__all__ = ["bound_history", "size_at", "sizes_at"]

LARGE = 1e6  # sizes of the data, at which a bound says nothing any more
ENOUGH = 24  # points beyond the degree: more change nothing where degrees are high
BETWEEN = math.sqrt(2.0)  # a polynomial at half as many points as it has waves
Function = Callable[[Sequence[Array], tuple[int, ...]], Array]  # of axes and multi-index


def bound_history(
    fixed: Corrected, growth: float | None = None
) -> tuple[tuple[float, float], ...]:
    """Return times and bounds on the error of a surrogate that meets its walls.

    Parameters
    ----------
    fixed : Corrected
        Of an evolution.
    growth : float, optional
        A growth rate that is known to hold, instead of that of the theorem.

    Returns
    -------
    history : tuple of (float, float)
        The start and the end of each slab; infinite from where nothing is known. What
        was corrected at the walls is included.
    """
    if growth is None:
        growth = _possible_growth(fixed)
    theorem = fixed.theorem
    slabs = slab_ends(fixed.surrogate, theorem.dimension)
    counts = panel_counts(fixed.surrogate, theorem.dimension + 1)
    start = float(slabs[0][0][0])
    bound = size_at(theorem, _initial_defect(fixed), start, slabs[0][1], counts)
    scale = max(1.0, bound, size_at(theorem, fixed.on_grid, start, slabs[0][1], counts))
    lift = functools.partial(fixed.on_grid, raw=False)
    lifted = size_at(theorem, lift, start, slabs[0][1], counts)
    lifts, bounds = [lifted], [bound]
    jumps, integrals = [bound], []
    for k, (times, mesh) in enumerate(slabs):
        if k:
            jumps.append(size_at(theorem, _jump(fixed), float(times[0]), mesh, counts))
            bound += jumps[-1]
        added, states = _added(fixed, times, mesh, counts, growth)
        integrals.append(added)
        if math.isfinite(added):
            step = float(times[1] - times[0])
            bound = _grown(theorem, bound, added, step, states, growth)
        if not (math.isfinite(added) and bound <= LARGE * scale):
            bound = math.inf
        bounds.append(bound)
        lifts.append(size_at(theorem, lift, float(times[1]), mesh, counts))
    if theorem.name == "semilinear-wave" and growth is None:
        other = energy_bounds(fixed, slabs, counts, jumps, integrals)
        bounds = bounds if other is None else list(map(min, bounds, other))
    ends = [start, *(float(times[1]) for times, _ in slabs)]
    return tuple(
        (end, bound + lift) for end, bound, lift in zip(ends, bounds, lifts, strict=True)
    )


def size_at(
    theorem: Theorem,
    function: Function,
    time: float,
    mesh: Sequence[Array],
    counts: Sequence[int],
) -> float:
    """Return the norm of a theorem of a function at one time.

    Parameters
    ----------
    theorem : Theorem
        Of an evolution.
    function : callable
        Maps the axes of a grid in space and time and a multi-index to values in C order.
    time : float
        When.
    mesh : sequence of array, shape (k + 1,)
        Panels in space.
    counts : sequence of int
        Points in each direction of one.

    Returns
    -------
    size : float
        By quadrature.
    """
    return float(sizes_at(theorem, function, numpy.array([time]), mesh, counts)[0])


def sizes_at(
    theorem: Theorem,
    function: Function,
    times: Array,
    mesh: Sequence[Array],
    counts: Sequence[int],
) -> Array:
    """Return the norm of a theorem of a function at several times.

    Parameters
    ----------
    theorem : Theorem
        Of an evolution.
    function : callable
        Maps the axes of a grid in space and time and a multi-index to values in C order.
    times : array, shape (m,)
        When.
    mesh : sequence of array, shape (k + 1,)
        Panels in space.
    counts : sequence of int
        Points in each direction of one.

    Returns
    -------
    sizes : array, shape (m,)
        By quadrature.
    """
    d, m = theorem.dimension, len(times)
    grid = Panels(mesh, _enough(counts[:d]))
    axes, zero = (*grid.axes, numpy.asarray(times)), (0,) * (d + 1)

    def rows(index: tuple[int, ...]) -> Array:
        return function(axes, index).reshape(-1, m).T

    if theorem.norm != "energy":
        return numpy.array([_norm(row, grid.weights, theorem.norm) for row in rows(zero)])
    square = rows((*(0,) * d, 1)) ** 2 @ grid.weights
    for i, a in enumerate(theorem.viscosities):
        index = tuple(int(k == i) for k in range(d + 1))
        square = square + a * (rows(index) ** 2 @ grid.weights)
    return numpy.sqrt(square)


def _possible_growth(fixed: Corrected) -> float | None:
    """Return the growth rate at states within reach, where none holds for all states.

    How far states reach follows in the maximum norm: as long as errors are below R they
    grow at most at the rate G(R), and if that keeps them below R they always are. A bound
    with a rate G_0 is below one with G by exp((G - G_0) T) at most.
    """
    theorem = fixed.theorem
    if math.isfinite(theorem.growth) or theorem.norm not in ("L1", "L2"):
        return None
    pointwise = recognize(fixed.surrogate.problem, "max")
    other = None if pointwise is None else corrected(fixed.surrogate, pointwise)
    if pointwise is None or other is None:
        return None
    points, values = _states(other)
    length = theorem.bounds[-1][1] - theorem.bounds[-1][0]
    least = max(0.0, float(pointwise.local_growth(points, values, 0.0).max()))
    size = max(bound for _, bound in bound_history(other, least))
    radius = size
    for _ in range(40):
        radius *= 1.2
        rate = max(0.0, float(pointwise.local_growth(points, values, radius).max()))
        following = size * growth_factor(max(rate - least, 0.0) * length)
        if following <= radius:
            return float(theorem.local_growth(points, values, radius).max())
        radius = following
        if not radius < LARGE * max(1.0, float(numpy.abs(values).max())):
            break
    return None


def _states(fixed: Corrected) -> tuple[Array, Array]:
    """Return the points of all slabs, and the corrected function there."""
    d = fixed.theorem.dimension
    counts = panel_counts(fixed.surrogate, d + 1)
    found = [
        Panels((*mesh, times), counts).points
        for times, mesh in slab_ends(fixed.surrogate, d)
    ]
    points = numpy.concatenate(found)
    return points, fixed.derivative(points, (0,) * (d + 1))


def _enough(counts: Sequence[int]) -> list[int]:
    """Return fewer points where there are many: p + 28 for a degree above 40."""
    return [min(item, item // 2 + ENOUGH) for item in counts]


def _norm(values: Array, weights: Array, norm: str) -> float:
    if norm == "max":
        return BETWEEN * float(numpy.abs(values).max())
    if norm == "L1":
        return float(weights @ numpy.abs(values))
    return math.sqrt(float(weights @ values**2))


def _initial_defect(fixed: Corrected) -> Function:
    """Return u_h minus its initial data, as a function of derivatives."""
    problem = fixed.surrogate.problem
    data: dict[int, sympy.Expr] = {}
    for item in numeric_conditions(problem.conditions, problem.parameters):
        if isinstance(item, Initial):
            data[item.order] = item.value
    d = fixed.theorem.dimension

    def defect(axes: Sequence[Array], index: tuple[int, ...]) -> Array:
        formula = data[index[-1]]
        for symbol, order in zip(problem.domain.space, index[:d], strict=True):
            formula = formula.diff(symbol, order) if order else formula
        evaluate = compile_expressions([formula], problem.domain.space)
        exact = evaluate(grid_points(axes[:d]))[:, 0]
        return fixed.on_grid(axes, index) - exact

    return defect


def _jump(fixed: Corrected) -> Function:
    """Return what a function jumps by at the start of a slab.

    One unit of the last place is the distance of the two sides.
    """
    if not fixed.surrogate.edges:  # one piece, only looked at in several slabs
        return lambda axes, _: numpy.zeros(math.prod(map(len, axes)))

    def jump(axes: Sequence[Array], index: tuple[int, ...]) -> Array:
        sides = []
        for target in (math.inf, -math.inf):
            beside = (*axes[:-1], numpy.nextafter(axes[-1], target))
            sides.append(fixed.on_grid(beside, index))
        return sides[0] - sides[1]

    return jump


def _added(
    fixed: Corrected,
    times: Array,
    mesh: Sequence[Array],
    counts: Sequence[int],
    growth: float | None,
) -> tuple[float, tuple[Array, Array] | None]:
    """Return the integral of the residual over a slab, and states where errors grow."""
    theorem = fixed.theorem
    d = theorem.dimension
    grid = Panels(mesh, _enough(counts[:d]))
    n, m = len(grid.points), counts[d]
    nodes, weights = gauss(m)
    moments = 0.5 * (times[0] + times[1]) + 0.5 * (times[1] - times[0]) * nodes
    axes = (*grid.axes, moments)
    r = fixed.residual_on_grid(axes).reshape(n, m).T
    norm = "L2" if theorem.norm == "energy" else theorem.norm
    sizes = numpy.array([_norm(row, grid.weights, norm) for row in r])
    added = 0.5 * float(times[1] - times[0]) * float(weights @ sizes)
    states = None
    if theorem.growth != 0.0 and growth is None and math.isfinite(added):
        points = numpy.column_stack(
            [numpy.repeat(grid.points, m, axis=0), numpy.tile(moments, n)]
        )
        states = (points, fixed.on_grid(axes, (0,) * (d + 1)))
    return added if math.isfinite(added) else math.inf, states


def _grown(
    theorem: Theorem,
    bound: float,
    added: float,
    step: float,
    states: tuple[Array, Array] | None,
    growth: float | None,
) -> float:
    """Return the bound after a short time in which the residual adds so much."""
    if growth is not None:
        return growth_factor(max(growth, 0.0) * step) * (bound + added)
    if states is None:
        return bound + added
    if theorem.norm == "energy":
        rate = _wave_rate(theorem, states)
    elif theorem.norm == "max":
        rate = _pointwise_rate(theorem, states)
    else:
        return growth_factor(max(theorem.growth, 0.0) * step) * (bound + added)
    return grown_bound(rate, bound, added, step)[1]


def _pointwise_rate(
    theorem: Theorem, states: tuple[Array, Array]
) -> Callable[[float], float]:
    """Return the growth rate within a distance of u_h."""

    def rate(radius: float) -> float:
        return float(theorem.local_growth(*states, radius).max())

    return rate


def _wave_rate(theorem: Theorem, states: tuple[Array, Array]) -> Callable[[float], float]:
    """Return sum_k q_k y^(k - 1), the growth rate of the energy norm y."""
    form, u, d = theorem.form, theorem.form.state, theorem.dimension
    slope = theorem.slope
    if not slope.is_polynomial(u):
        return _lipschitz_rate(theorem, states)
    degree = int(sympy.degree(slope, u)) if slope.has(u) else 0
    formulas = [slope.diff(u, k) / sympy.factorial(k + 1) for k in range(degree + 1)]
    evaluate = compile_expressions(formulas, (*form.coordinates, u))
    columns = numpy.column_stack(states)
    sizes = numpy.abs(evaluate(columns)).max(axis=0)
    constants = embedding_constants(
        theorem.lengths, theorem.viscosities, theorem.lowest, 2 * degree + 2
    )
    if d > 2 and degree > 0:
        return lambda _: math.inf
    factors = [math.sqrt(constants[2 * k + 2]) for k in range(degree + 1)]

    def rate(radius: float) -> float:
        # 1 percent for what lies between the points at which u_h was looked at
        terms = zip(sizes, factors, strict=True)
        return 1.01 * sum(float(q) * c * radius**k for k, (q, c) in enumerate(terms))

    return rate


def _lipschitz_rate(
    theorem: Theorem, states: tuple[Array, Array]
) -> Callable[[float], float]:
    """Return the growth rate from the Lipschitz constant within reach, in one direction."""
    if theorem.dimension > 1:
        return lambda _: math.inf
    a, length = theorem.viscosities[0], theorem.lengths[0]
    reach = math.sqrt(length / a) / (2.0 if theorem.walls[0].count("dirichlet") == 2 else 1)

    def rate(radius: float) -> float:
        sides = (theorem, theorem.mirrored())
        sizes = [float(item.local_growth(*states, reach * radius).max()) for item in sides]
        return max(0.0, *sizes) / math.sqrt(theorem.lowest)

    return rate
