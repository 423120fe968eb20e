"""Growth of errors of semilinear waves in an energy that holds the linearized force.

With k = g'(u_h), a constant c >= 0 and H = -sum_i c_i^2 d_ii + k + c,

    E^2 = ||e_t||_2^2 + (H e, e),
    E' <= m E + ||r||_2 + sum_(j > 1) q_j y^j,  y <= E/sqrt(h),

where the rate m and the share h are any numbers with

    -L + k + c - c^2/(4 m^2) - k_t/(2 m) >= 0,    -(1 - h) L + k + c >= 0,

L = sum_i c_i^2 d_ii: a force that pulls back or that changes slowly costs nothing, where
Gronwall in the plain energy pays for its size. That an operator -L + V is positive is seen
on some sines: with P on them, all other eigenvalues of -L above l and V >= -v, it is so if

    P (-L + V) P - (P V^2 P - (P V P)^2)/(l - v) >= 0.

References: Evans (2010), section 7.2; Weinstein and Stenger (1972), chapter 5.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.problems.compile import compile_expressions
from perturbsci.surrogates.embeddings import embedding_constants
from perturbsci.surrogates.gronwall import growth_factor
from perturbsci.surrogates.lifting import Corrected
from perturbsci.surrogates.panels import Panels
from perturbsci.surrogates.theorems import Theorem, lowest_eigenvalue
from perturbsci.types import Array

__all__ = ["energy_bounds"]

MODES = {1: 24, 2: 8}  # sines in each direction
TIMES = 8  # intervals of a slab on which the rate is taken as constant
MARGIN = 1.05  # for what lies between the times and points that are looked at
FLAT = 1e-9  # of a slab: how far inside its ends it is looked at
CALM = 20.0  # growth that is not worth another c
LARGE = 1e6  # sizes of the data, at which a bound says nothing any more
Slab = tuple[Array, tuple[Array, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Force:
    """k and k_t at one time, on some sines and at their largest.

    ``values`` has two columns k and k_t; ``first`` holds P k P and P k_t P, ``second``
    P k^2 P, P k k_t P and P k_t^2 P; ``diagonal`` and ``lowest`` the eigenvalues of -L on
    the sines and beyond; ``sizes`` the moduli of g^(j)/j!, j > 1.
    """

    values: Array
    first: Array
    second: Array
    diagonal: Array
    lowest: float
    sizes: Array

    def is_positive(self, shift: float, k: float, kt: float) -> bool:
        """Return whether -L + shift + k times k + kt times k_t is positive."""
        potential = shift + self.values @ numpy.array([k, kt])
        room = self.lowest - max(0.0, MARGIN * float(-potential.min()))
        if room <= 0.0:
            return False
        one = k * self.first[0] + kt * self.first[1]
        two = k * k * self.second[0] + 2.0 * k * kt * self.second[1]
        two = two + kt * kt * self.second[2] + 2.0 * shift * one
        one = one + shift * numpy.eye(len(one))
        two = two + shift * shift * numpy.eye(len(one))
        matrix = numpy.diag(self.diagonal) + one - (two - one @ one) / room
        return bool(numpy.linalg.eigvalsh(matrix)[0] >= 0.0)

    def rate(self, c: float) -> float:
        """Return m, infinite where there is none."""
        scale = math.sqrt(float(self.diagonal.min()))

        def good(m: float) -> bool:
            return self.is_positive(c - (0.5 * c / m) ** 2, 1.0, -0.5 / m)

        return _least(good, 1e-4 * scale, 1e4 * scale)

    def share(self, c: float) -> float:
        """Return h, zero where there is none."""

        def good(excess: float) -> bool:  # 1/h - 1
            return self.is_positive(c * (1.0 + 1.0 / excess), 1.0 + 1.0 / excess, 0.0)

        excess = _least(good, 1e-3, 1e3)
        return 1.0 / (1.0 + excess) if math.isfinite(excess) else 0.0


def _least(good: Callable[[float], bool], low: float, high: float) -> float:
    """Return the least number that is good within 2 percent, infinite if there is none."""
    if not good(high):
        return math.inf
    if good(low):
        return low
    while high > 1.02 * low:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if good(middle) else (middle, high)
    return high


def energy_bounds(
    fixed: Corrected,
    slabs: Sequence[Slab],
    counts: Sequence[int],
    jumps: Sequence[float],
    added: Sequence[float],
) -> tuple[float, ...] | None:
    """Return bounds of the plain energy norm of the error at the ends of the slabs.

    Parameters
    ----------
    fixed : Corrected
        Of a semilinear wave.
    slabs : sequence of (array, shape (2,), tuple of array)
        Times and panels.
    counts : sequence of int
        Points in each direction of a panel.
    jumps : sequence of float
        Energy norm of what is missed at the start of each slab.
    added : sequence of float
        Integral of ||r||_2 over each.

    Returns
    -------
    bounds : tuple of float or None
        At the start and at the end of each slab; each holds for the slab before it, too.
        None where the forms are beyond the class: walls that are not all Dirichlet walls,
        more than two directions, forces that are no polynomials of the state.

    Notes
    -----
    Some thousand eigenvalue problems with at most 64 modes; c is the best of a few.
    """
    theorem = fixed.theorem
    d, slope, u = theorem.dimension, theorem.slope, theorem.form.state
    kinds = {kind for pair in theorem.walls for kind in pair}
    if kinds != {"dirichlet"} or d not in MODES or not slope.is_polynomial(u):
        return None
    forces = [_forces(fixed, slab, counts) for slab in slabs]
    if any(not numpy.isfinite(item.values).all() for slab in forces for item in slab):
        return None
    unit = float(forces[0][0].diagonal.min())
    deepest = max(0.0, *(-float(f.values[:, 0].min()) for row in forces for f in row))
    offers = [0.0, *(share * unit for share in (0.25, 1.0)), deepest, 2.0 * deepest]
    changes = [0.0, *(_change(fixed, slab, counts) for slab in slabs[1:])]
    calm = CALM * (sum(jumps) + sum(added))
    best: tuple[float, ...] | None = None
    for c in sorted(set(offers)):
        found = _summed(theorem, slabs, forces, changes, jumps, added, c)
        if best is None or found[-1] < best[-1]:
            best = found
        if best[-1] <= calm:
            break
    return best


def _summed(
    theorem: Theorem,
    slabs: Sequence[Slab],
    forces: Sequence[Sequence[_Force]],
    changes: Sequence[float],
    jumps: Sequence[float],
    added: Sequence[float],
    c: float,
) -> tuple[float, ...]:
    """Return the bounds of the plain energy with one constant c."""
    unit = float(forces[0][0].diagonal.min())
    factors = _factors(theorem, unit, forces[0][0].sizes)
    limit = LARGE * max(1.0, sum(jumps))
    size, found = 0.0, [jumps[0]]
    parts = zip(slabs, forces, changes, jumps, added, strict=True)
    for (times, _), row, change, jump, more in parts:
        shares = [item.share(c) for item in row]
        least = min(shares)
        if least <= 0.0:
            return (*found, *(math.inf,) * (len(slabs) + 1 - len(found)))
        size *= math.sqrt(1.0 + change / (least * unit))
        top = max(0.0, c + float(row[0].values[:, 0].max()))
        size += jump * math.sqrt(1.0 + MARGIN * top / unit)
        rates = [item.rate(c) for item in row]
        step = float(times[1] - times[0])
        pairs = [max(pair) for pair in itertools.pairwise(rates)]
        linear = MARGIN * sum(pairs) * step / len(pairs)
        sizes = MARGIN * numpy.max([item.sizes for item in row], axis=0)
        size = _enlarged(size + more, linear, step, sizes * factors, least)
        highest = size / math.sqrt(least)
        found.append(highest if highest <= limit else math.inf)
        size = size if highest <= limit else math.inf
    return tuple(found)


def _enlarged(size: float, linear: float, step: float, sizes: Array, share: float) -> float:
    """Return E at the end of a slab: the radius that the nonlinear part stays within."""
    radius = 1.2 * growth_factor(linear) * size
    for _ in range(40):
        powers = radius ** numpy.arange(1, len(sizes) + 1)
        powers = powers / share ** (0.5 * numpy.arange(2, len(sizes) + 2))
        following = growth_factor(linear + step * float(sizes @ powers)) * size
        if following <= radius:
            return following
        radius = 1.3 * following
        if not radius < 1e100:
            break
    return math.inf


def _factors(theorem: Theorem, lowest: float, sizes: Array) -> Array:
    """Return sqrt(S_2j), the constants of ||e^j||_2 <= sqrt(S_2j) y^j, j > 1."""
    top = 2 * len(sizes) + 2
    parts = (theorem.lengths, theorem.viscosities, lowest, top)
    constants = embedding_constants(*parts)
    return numpy.sqrt([constants[2 * j] for j in range(2, len(sizes) + 2)])


def _forces(fixed: Corrected, slab: Slab, counts: Sequence[int]) -> list[_Force]:
    """Return what pulls the error back, at some times of a slab."""
    theorem = fixed.theorem
    d, u = theorem.dimension, theorem.form.state
    *_, t = theorem.form.coordinates
    n = MODES[d]
    rate = sympy.Symbol("rate")
    slope = theorem.slope
    degree = int(sympy.degree(slope, u)) if slope.has(u) else 0
    higher = [slope.diff(u, j) / sympy.factorial(j + 1) for j in range(1, degree + 1)]
    formulas = [slope, slope.diff(t) + slope.diff(u) * rate, *higher]
    evaluate = compile_expressions(formulas, (*theorem.form.coordinates, u, rate))
    low, high = slab[0]
    times = low + (high - low) * numpy.linspace(FLAT, 1.0 - FLAT, TIMES + 1)
    grid = Panels(slab[1], [item + n for item in counts[:d]])
    rows = len(grid.points)
    points = numpy.column_stack(
        [numpy.repeat(grid.points, len(times), axis=0), numpy.tile(times, rows)]
    )
    axes = (*grid.axes, times)
    states = [fixed.on_grid(axes, (0,) * d + (order,)) for order in (0, 1)]
    values = evaluate(numpy.column_stack([points, *states]))
    values = values.reshape(rows, len(times), -1).swapaxes(0, 1)
    table = _sines(theorem, grid, n)
    numbers = itertools.product(range(1, n + 1), repeat=d)
    squares = [
        sum(
            a * lowest_eigenvalue(length, ("dirichlet",) * 2) * k**2
            for a, length, k in zip(
                theorem.viscosities, theorem.lengths, number, strict=True
            )
        )
        for number in numbers
    ]
    diagonal = numpy.array(squares)
    units = [
        a * lowest_eigenvalue(length, ("dirichlet",) * 2)
        for a, length in zip(theorem.viscosities, theorem.lengths, strict=True)
    ]
    lowest = sum(units) + min(units) * ((n + 1) ** 2 - 1)
    return [_force(item, table, grid.weights, diagonal, lowest) for item in values]


def _change(fixed: Corrected, slab: Slab, counts: Sequence[int]) -> float:
    """Return the largest jump of k at the start of a slab."""
    if not fixed.surrogate.edges:  # one piece, only looked at in several slabs
        return 0.0
    theorem = fixed.theorem
    d = theorem.dimension
    grid = Panels(slab[1], counts[:d])
    evaluate = compile_expressions(
        [theorem.slope], (*theorem.form.coordinates, theorem.form.state)
    )
    sides = []
    for target in (math.inf, -math.inf):
        moment = numpy.nextafter(slab[0][:1], target)
        states = fixed.on_grid((*grid.axes, moment), (0,) * (d + 1))
        points = numpy.column_stack([grid.points, numpy.full(len(states), moment), states])
        sides.append(evaluate(points)[:, 0])
    return MARGIN * float(numpy.abs(sides[0] - sides[1]).max())


def _force(
    values: Array, table: Array, weights: Array, diagonal: Array, lowest: float
) -> _Force:
    k, kt = values[:, 0], values[:, 1]

    def block(potential: Array) -> Array:
        return table.T @ ((weights * potential)[:, None] * table)

    first = numpy.stack([block(k), block(kt)])
    second = numpy.stack([block(k * k), block(k * kt), block(kt * kt)])
    sizes = numpy.abs(values[:, 2:]).max(axis=0)
    return _Force(values[:, :2], first, second, diagonal, lowest, sizes)


def _sines(theorem: Theorem, grid: Panels, n: int) -> Array:
    """Return products of n sines of norm 1 in each direction, (n_points, n^d)."""
    tables = []
    for axis, (low, high) in zip(grid.axes, theorem.bounds[:-1], strict=True):
        angles = math.pi * (axis - low) / (high - low)
        waves = numpy.sin(numpy.outer(angles, numpy.arange(1, n + 1)))
        tables.append(math.sqrt(2.0 / (high - low)) * waves)
    table: Array = tables[0]
    for other in tables[1:]:
        table = numpy.kron(table, other)
    return table
