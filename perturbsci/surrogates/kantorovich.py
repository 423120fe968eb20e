"""Newton-Kantorovich: a solution of a semilinear statement is proven near a surrogate.

F(u) = -a_i u_ii + (f(x, u))_x - g(x, u) = 0 with Dirichlet walls, in the space with the
norm ||w||^2 = sum_i a_i ||w_i||_2^2, where -a_i d_ii is the identity. There the derivative
at u_h is T = I + K,

    (K w, v) = -(p w, v_x)_2 + (q w, v)_2,  p = f_u(x, u_h), q = -g_u(x, u_h).

P projects on the sines of the N lowest eigenvalues, Q on the others, the lowest of which
is lambda. A = (P T P)^-1 P + Q is the approximate inverse, and

    ||I - A T|| <= norm of [[Z_0, ||A P K Q||], [||Q K P||, ||Q K Q||]],
    Y = ||A (residual)||,  W(s) = sup ||A (DF(v) - DF(u_h))|| over the ball of radius s.

Where Y + (||I - A T|| + W(s)) s < s there is a solution within s, and it is the only one.
The norm is ||P w||^2 + theta^2 ||Q w||^2, theta >= 1: it balances the two couplings, of
which only one is multiplied by A.
Sines are eigenfunctions and projections in L2, too: (K Q w, v) = (w, Q k)_2 with k the
density of K* v, so that the smoothness of p and q makes the coupling small.

References: Plum (2001); Day, Lessard and Mischaikow (2007).
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.problems.compile import compile_expressions
from perturbsci.surrogates.embeddings import embedding_constants
from perturbsci.surrogates.extrema import range_of
from perturbsci.surrogates.lifting import Corrected
from perturbsci.surrogates.panels import Panels
from perturbsci.surrogates.sines import refined
from perturbsci.surrogates.standard_form import StandardForm
from perturbsci.types import Array

__all__ = ["kantorovich_radius"]

MODES = {1: (16, 32, 64, 128, 256), 2: (24, 60, 150, 360)}
SMALL = 0.5  # of ||I - A T||: more modes gain little below
ITERATIONS = 400
INFLATIONS = (1.0 + 1e-6, 1.001, 1.05, 1.5)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The Galerkin block at one number of modes.

    Parameters
    ----------
    table : array, shape (2, 2)
        Norms of the four parts of I - A T.
    defects : (float, float)
        Of the two parts of A (residual).
    size : float
        ||(P T P)^-1||.
    """

    table: Array
    defects: tuple[float, float]
    size: float

    def weighted(self, theta: float) -> tuple[float, float, float]:
        """Return Y, ||I - A T|| and ||A|| with the rest weighted by theta.

        Parameters
        ----------
        theta : float
            Weight, from 1 on.

        Returns
        -------
        numbers : (float, float, float)
            In this order.
        """
        scale = numpy.array([[1.0, 1.0 / theta], [theta, 1.0]])
        defect = math.hypot(self.defects[0], theta * self.defects[1])
        return defect, _norm(self.table * scale), max(self.size, theta)

    def weights(self) -> tuple[float, ...]:
        """Return the weights that are tried.

        Returns
        -------
        weights : tuple of float
            One or two.
        """
        ratio = self.table[0, 1] / max(self.table[1, 0], 1e-300)
        best = math.sqrt(min(max(1.0, ratio), 1e12))
        return (1.0, best) if best > 1.5 else (1.0,)


def kantorovich_radius(
    fixed: Corrected, ends: Sequence[Array], counts: Sequence[int]
) -> float:
    """Return the radius of a ball about a surrogate that holds exactly one solution.

    Parameters
    ----------
    fixed : Corrected
        Of a semilinear statement in one or two directions.
    ends : sequence of array, shape (k + 1,)
        Panels on which it is smooth.
    counts : sequence of int
        Points in each direction of one.

    Returns
    -------
    radius : float
        Of sqrt(sum_i a_i ||e_i||_2^2); infinite where no solution is proven.

    Notes
    -----
    Dense linear algebra with up to 256 modes in one direction, 360 in two.
    """
    best, settled = math.inf, False
    rules = {1: _line_growth, 2: _plane_growth}
    growth = rules[fixed.theorem.dimension](fixed, ends, counts)
    for count in MODES[fixed.theorem.dimension]:
        block = _block(fixed, ends, counts, count)
        if block is None:
            return math.inf
        found = [block.weighted(theta) for theta in block.weights()]
        best = min([best, *(_radius(growth, *item) for item in found if item[1] < 1.0)])
        if min(item[1] for item in found) < SMALL and (settled or math.isfinite(best)):
            break
        settled = min(item[1] for item in found) < SMALL
    return best


def _block(
    fixed: Corrected, ends: Sequence[Array], counts: Sequence[int], n_modes: int
) -> Block | None:
    """Return the numbers of one Galerkin block, None if something is not finite."""
    theorem = fixed.theorem
    waves, values, rest = _modes(theorem.lengths, theorem.viscosities, n_modes)
    grid = Panels(refined(ends, counts, [int(item) for item in waves.max(axis=0)]), counts)
    p, q, slope = _linearized(fixed, grid.points)
    residual = fixed.residual(grid.points)
    if not all(bool(numpy.isfinite(item).all()) for item in (p, q, slope, residual)):
        return None
    sines, slopes = _sines(grid, theorem.bounds, theorem.lengths, waves)
    root = numpy.sqrt(values)
    psi, psi_x = sines / root, slopes / root
    w = grid.weights[:, None]
    tests = q[:, None] * psi - p[:, None] * psi_x  # densities of K* psi
    images = q[:, None] * psi + p[:, None] * psi_x + slope[:, None] * psi  # and of K psi
    galerkin = numpy.eye(len(values)) + tests.T @ (w * psi)
    inverse = numpy.linalg.inv(galerkin)
    leak = [item - sines @ (sines.T @ (w * item)) for item in (tests, images)]
    over = 1.0 / math.sqrt(rest)
    from_tail = over * _norm(inverse @ (leak[0] * numpy.sqrt(w)).T)
    to_tail = over * _norm((leak[1] * numpy.sqrt(w)).T)
    on_tail = float(numpy.abs(q).max()) / rest
    on_tail += float(numpy.abs(p).max()) * over / math.sqrt(min(theorem.viscosities))
    z0 = _norm(numpy.eye(len(values)) - inverse @ galerkin)
    table = numpy.array([[z0, from_tail], [to_tail, on_tail]])
    known = psi.T @ (grid.weights * residual)
    high = residual - sines @ (sines.T @ (grid.weights * residual))
    tail = over * math.sqrt(float(grid.weights @ high**2))
    defects = (float(numpy.linalg.norm(inverse @ known)), tail)
    return Block(table, defects, _norm(inverse))


def _norm(matrix: Array) -> float:
    return float(numpy.linalg.norm(matrix, 2))


def _modes(
    lengths: Sequence[float], viscosities: Sequence[float], n_modes: int
) -> tuple[Array, Array, float]:
    """Return wave numbers, their eigenvalues, and the lowest eigenvalue left out."""
    units = [
        a * (math.pi / item) ** 2 for a, item in zip(viscosities, lengths, strict=True)
    ]
    d = len(units)
    top = n_modes if d == 1 else int(4 * math.sqrt(n_modes)) + 4
    waves = numpy.array(list(itertools.product(range(1, top + 2), repeat=d)))
    values = waves**2 @ numpy.array(units)
    order = numpy.argsort(values, kind="stable")
    return waves[order[:n_modes]], values[order[:n_modes]], float(values[order[n_modes]])


def _sines(
    grid: Panels,
    bounds: Sequence[tuple[float, float]],
    lengths: Sequence[float],
    waves: Array,
) -> tuple[Array, Array]:
    """Return the sines of norm 1 in L2, and their slopes in the first direction."""
    sines = numpy.ones((len(grid.points), len(waves)))
    slopes = numpy.ones_like(sines)
    for k, ((low, _), length) in enumerate(zip(bounds, lengths, strict=False)):
        wave = waves[:, k] * (math.pi / length)
        phase = (grid.points[:, k : k + 1] - low) * wave
        factor = math.sqrt(2.0 / length)
        one = factor * numpy.sin(phase)
        slopes *= factor * wave * numpy.cos(phase) if k == 0 else one
        sines *= one
    return sines, slopes


def _linearized(fixed: Corrected, points: Array) -> tuple[Array, Array, Array]:
    """Return p, q and dp/dx along u_h."""
    form = fixed.theorem.form
    u, d = form.state, fixed.theorem.dimension
    p = form.flux[0].diff(u)
    formulas = (p, -form.reaction.diff(u), p.diff(form.coordinates[0]), p.diff(u))
    state = fixed.derivative(points, (0,) * d)
    evaluate = compile_expressions(formulas, (*form.coordinates, u))
    found = evaluate(numpy.concatenate([points, state[:, None]], axis=1))
    slope = found[:, 2]
    if p != 0:
        slope = slope + found[:, 3] * fixed.derivative(points, (1, *(0,) * (d - 1)))
    return found[:, 0], found[:, 1], slope


def _radius(
    growth: Callable[[float], float], defect: float, contraction: float, size: float
) -> float:
    """Return the smallest radius at which the polynomial is below zero, from below."""
    room = 1.0 - contraction
    radius = defect / room
    if radius == 0.0:
        return 0.0
    for _ in range(ITERATIONS):
        more = size * growth(radius)
        if not more < room:
            return math.inf
        following = (defect + more * radius) / room
        done = following <= radius * (1.0 + 1e-9)
        radius = max(radius, following)
        if done:
            break
    for factor in INFLATIONS:
        wide = radius * factor
        if defect + (contraction + size * growth(wide)) * wide < wide:
            return wide
    return math.inf


def _line_growth(
    fixed: Corrected, ends: Sequence[Array], counts: Sequence[int]
) -> Callable[[float], float]:
    """Return sup ||DF(v) - DF(u_h)|| over a ball of given radius, in one direction.

    abs(v - u_h) <= sqrt(L/a)/2 of the radius everywhere, from the energy.
    """
    form, a = fixed.theorem.form, fixed.theorem.viscosities[0]
    length = fixed.theorem.lengths[0]
    low, high = _state_range(fixed, ends, counts)
    reach = math.sqrt(length / a) / 2.0
    lowest = fixed.theorem.lowest
    second = [form.flux[0].diff(form.state, 2), form.reaction.diff(form.state, 2)]
    kept: dict[float, float] = {}

    def growth(radius: float) -> float:
        # the range of states in steps, so that few enclosures are needed
        step = 2.0 ** math.ceil(math.log2(radius)) if radius > 1e-6 else 1e-6
        if step not in kept:
            wide = (low - reach * step, high + reach * step)
            sizes = [_size(item, form, fixed.theorem.bounds, wide) for item in second]
            kept[step] = sizes[0] / math.sqrt(a * lowest) + sizes[1] / lowest
        return kept[step] * reach * radius

    return growth


def _plane_growth(
    fixed: Corrected, ends: Sequence[Array], counts: Sequence[int]
) -> Callable[[float], float]:
    """Return sup ||DF(v) - DF(u_h)|| over a ball, for polynomials in two directions.

    With ||v||_s^s <= S_s ||v||^s, the k-th Taylor term of q counts Q_k S_(k+2) radius^k.
    """
    theorem = fixed.theorem
    form, u = theorem.form, theorem.form.state
    states = _state_range(fixed, ends, counts)
    slope = form.reaction.diff(u)
    degree = int(sympy.degree(slope, u)) if slope.has(u) else 0
    constants = embedding_constants(
        theorem.lengths, theorem.viscosities, theorem.lowest, degree + 2
    )
    sizes = [
        _size(slope.diff(u, k) / sympy.factorial(k), form, theorem.bounds, states)
        for k in range(1, degree + 1)
    ]

    def growth(radius: float) -> float:
        return sum(
            size * constants[k + 2] * radius**k for k, size in enumerate(sizes, start=1)
        )

    return growth


def _state_range(
    fixed: Corrected, ends: Sequence[Array], counts: Sequence[int]
) -> tuple[float, float]:
    """Return an interval around all values of a surrogate, widened by a tenth."""
    values = fixed.derivative(Panels(ends, counts).points, (0,) * len(ends))
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    wide = 0.1 * (high - low)
    return low - wide, high + wide


def _size(
    formula: sympy.Expr,
    form: StandardForm,
    bounds: Sequence[tuple[float, float]],
    states: tuple[float, float],
) -> float:
    """Return an upper bound of the modulus of a formula over places and states."""
    if formula.is_number:
        return abs(float(formula))
    low, high = range_of(formula, (*form.coordinates, form.state), (*bounds, states))
    return max(abs(low), abs(high))
