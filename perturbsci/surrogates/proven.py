"""Certificates whose integrals are enclosed: the same theorems, with balls for numbers.

Polynomial pieces are corrected until they join and meet their walls exactly; the residual
of the result is enclosed through its Legendre coefficients (``cells``); L1 norms are
bounded by L2 norms on each cell. In V' the residual is integrated once along a direction,

    ||d_x R||_V' <= ||R - mean||_2,    ||(-d_xx)^-1 r||_2 >= ||(-Laplacian)^-1 r||_2.
"""

import dataclasses
import math

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.conditions import Dirichlet, Initial
from perturbsci.problems.linearization import linearize
from perturbsci.problems.placement import sides_of
from perturbsci.problems.substitution import numbers_of, numeric_conditions
from perturbsci.surrogates.balls import Ball, matrix_product
from perturbsci.surrogates.bases import Elements, Legendre
from perturbsci.surrogates.cells import Cells, Enclosed, enclosed_formula
from perturbsci.surrogates.coercive import coercive_factor, spectral_distance
from perturbsci.surrogates.conformity import conforming_box, conforming_line
from perturbsci.surrogates.exact_tables import restriction_ball
from perturbsci.surrogates.gronwall import growth_factor
from perturbsci.surrogates.primitives import integrated_best
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.surrogates.theorems import Theorem, recognize
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["proven_certificate"]

WITHIN = 4.0  # of the bound by quadrature: else the enclosure is too coarse,
FLOOR = 1e-11  # unless it is rounding, of the size, in the worst case
STEADY = ("coercive", "helmholtz")
MOVING = ("conservation-law", "reaction-diffusion")


def proven_certificate(
    surrogate: Surrogate, found: Certificate, norm: str | None, growth: float | None
) -> Certificate:
    """Return a certificate with enclosed integrals, or the given one with the reason.

    Parameters
    ----------
    surrogate : Surrogate
        Of elements, or of Legendre polynomials on one box.
    found : Certificate
        By quadrature, with its rounding.
    norm : str or None
        That was asked for.
    growth : float or None
        A growth rate that is known to hold.

    Returns
    -------
    certificate : Certificate
        Of kind ``"proven"`` or ``"a-posteriori"``.
    """
    theorem = recognize(surrogate.problem, norm)
    assert theorem is not None
    try:
        value, size = _bound(surrogate, theorem, growth)
    except ParameterError as error:
        return _kept(found, f"not proven: {error}")
    # the surrogate is evaluated in floating point: as in the bound by quadrature
    value += 16.0 * 2.0**-52 * size
    if not value <= max(WITHIN * found.value, FLOOR * size):
        return _kept(found, "not proven: enclosures are too coarse")
    value = max(value, found.value / 1.01)
    assumptions = (*found.assumptions, "integrals are enclosed, rounding included")
    return Certificate(found.claim, value, found.bound, "proven", found.method, assumptions)


def _kept(found: Certificate, reason: str) -> Certificate:
    return dataclasses.replace(found, assumptions=(*found.assumptions, reason))


def _bound(
    surrogate: Surrogate, theorem: Theorem, growth: float | None
) -> tuple[float, float]:
    """Return the bound and the size of the surrogate."""
    if theorem.name in STEADY:
        return _steady(surrogate, theorem)
    if theorem.name in MOVING and theorem.norm in ("L1", "L2"):
        return _moving(surrogate, theorem, growth)
    raise ParameterError(f"{theorem.name} in the norm {theorem.norm} has no enclosure yet")


def _formula(
    surrogate: Surrogate, theorem: Theorem
) -> tuple[sympy.Expr, dict[sympy.Symbol, tuple[int, ...]]]:
    """Return the residual of the standard form, and the multi-index of each symbol."""
    lin = linearize(surrogate.problem)
    table: dict[sympy.Basic, sympy.Expr] = {**numbers_of(surrogate.problem.parameters)}
    formula = lin.residuals[0].xreplace(table)
    numbers = {item: sympy.Rational(item) for item in formula.atoms(sympy.Float)}
    formula = sympy.expand(formula.xreplace(numbers) / sympy.Rational(theorem.scale))
    slots = {
        symbol: index for symbol, (_, index) in zip(lin.symbols, lin.slots, strict=True)
    }
    return formula, slots


def _wall_values(surrogate: Surrogate, theorem: Theorem) -> dict[tuple[int, int], float]:
    """Return the constant on each Dirichlet wall."""
    problem = surrogate.problem
    space, found = problem.domain.space, {}
    for item in numeric_conditions(problem.conditions, problem.parameters):
        if not isinstance(item, Dirichlet):
            continue
        for symbol, end in sides_of(item, problem.domain):
            place = space.index(symbol)
            value = item.value
            if theorem.dimension == 1:
                ends = problem.domain.box.intervals[symbol]
                value = value.subs(symbol, ends[int(end == "high")])
            number = float(value) if value.is_number else math.nan
            exact = sympy.Rational(value) if value.is_Float else value
            if not value.is_number or sympy.Rational(number) != exact:
                raise ParameterError(f"data on the walls are {value}, no exact constant")
            found[place, int(end == "high")] = number
    return found


def _steady(surrogate: Surrogate, theorem: Theorem) -> tuple[float, float]:
    formula, slots = _formula(surrogate, theorem)
    cells, change = _steady_cells(surrogate, theorem)
    r = enclosed_formula(formula, theorem.form.coordinates, slots, cells)
    d = theorem.dimension
    once = integrated_best(r, 1, [1.0] * d)
    plain = math.sqrt(float((r.squares() ** 2).sum()))
    lowest = sum((math.pi / length) ** 2 for length in theorem.lengths)
    if theorem.name == "helmholtz" or theorem.norm == "L2":
        value = _square_bound(r, theorem, plain) * (1 + 1e-10)
        return value + _joint(_as_enclosed(change), "L2"), _joint(_as_enclosed(cells), "L2")
    factor = coercive_factor(theorem, "energy") * math.sqrt(lowest)
    energy = factor * min(once, plain / math.sqrt(lowest)) * (1 + 1e-10)
    if theorem.norm == "energy":
        return energy + _gradient(change, theorem), _gradient(cells, theorem)
    if d > 1:
        raise ParameterError(f"the largest residual in {d} directions is not enclosed")
    reach = 0.5 * math.sqrt(theorem.lengths[0]) * (1 + 1e-12)
    return energy * reach + float(change.tops().max()), float(cells.tops().max())


def _gradient(cells: Cells, theorem: Theorem) -> float:
    """Return a bound of the L2 norm of the gradient."""
    d, total = theorem.dimension, 0.0
    for k in range(d):
        u = sympy.Dummy("u")
        index = tuple(int(k == j) for j in range(d))
        slope = enclosed_formula(u, theorem.form.coordinates, {u: index}, cells)
        total += _joint(slope, "L2") ** 2
    return math.sqrt(total) * (1 + 1e-12)


def _square_bound(r: Enclosed, theorem: Theorem, plain: float) -> float:
    """Return a bound of the L2 norm of the error."""
    if theorem.name == "coercive":
        best = plain * coercive_factor(theorem, "L2")
        distance = 1.0 / coercive_factor(theorem, "L2")
    else:
        distance = spectral_distance(theorem)
        best = plain / distance
    constant = not any(math.isnan(item) for item in theorem.viscosities)
    if not constant or not theorem.slope.is_number or any(theorem.form.flux):
        return best
    # e = e_0 - c L^-1 e_0 = e_0 - c e_1 + c^2 L^-1 e_1, -a_i e_0,ii = r, -a_i e_1,ii = e_0
    shift = abs(float(theorem.slope))
    share = 1.0 + shift / distance
    first, second = (
        integrated_best(r, 2 * k, [a**k for a in theorem.viscosities]) for k in (1, 2)
    )
    return min(best, share * first, first + shift * share * second)


def _as_enclosed(cells: Cells) -> Enclosed:
    return Enclosed(cells, numpy.zeros(len(cells.low)))


def _steady_cells(surrogate: Surrogate, theorem: Theorem) -> tuple[Cells, Cells]:
    """Return corrected cells of a steady surrogate, and what was removed."""
    values = _wall_values(surrogate, theorem)
    if any(kind != "dirichlet" for wall in theorem.walls for kind in wall):
        raise ParameterError(
            f"walls other than Dirichlet walls have no enclosure yet: {theorem.walls}"
        )
    if isinstance(surrogate.basis, Elements):
        edges = numpy.asarray(surrogate.edges[0], dtype=numpy.float64)
        c = Ball(numpy.asarray(surrogate.coefficients)[:, 0, :, 0])
        cells = Cells(edges[:-1, None], edges[1:, None], c)
        return conforming_line(cells, theorem.walls[0], (values[0, 0], values[0, 1]))
    if isinstance(surrogate.basis, Legendre) and all(
        len(item) == 2 for item in surrogate.edges
    ):
        low, high = numpy.array(theorem.bounds).T
        c = Ball(numpy.asarray(surrogate.coefficients)[:1])
        if len(set(values.values())) > 1:
            raise ParameterError(f"data on the walls are {values}, no single constant")
        return conforming_box(Cells(low[None], high[None], c), values[0, 0])
    name = type(surrogate.basis).__name__
    raise ParameterError(f"{name} is no piecewise polynomial on one row of cells")


def _moving(
    surrogate: Surrogate, theorem: Theorem, growth: float | None
) -> tuple[float, float]:
    """Return the bound at the final time, slab by slab."""
    if not isinstance(surrogate.basis, Elements) or theorem.dimension > 1:
        raise ParameterError(
            "only elements in one direction and time are enclosed, not "
            f"{type(surrogate.basis).__name__}"
        )
    rate = theorem.growth if growth is None else growth
    if not math.isfinite(rate):
        raise ParameterError(f"the growth rate depends on the state: {rate}")
    formula, slots = _formula(surrogate, theorem)
    values = {}
    if theorem.walls[0] == ("dirichlet", "dirichlet"):
        values = _wall_values(surrogate, theorem)
    ends = (values.get((0, 0), 0.0), values.get((0, 1), 0.0))
    x = theorem.form.coordinates[:1]
    bound, size, moved = 0.0, 0.0, 0.0
    before: Cells | None = None
    top = 0.0
    for cells in _slabs(surrogate):
        cells, change = conforming_line(cells, theorem.walls[0], ends)
        first = _at_time(cells, -1.0)
        if before is None:
            data = _initial(surrogate)
            u = sympy.Dummy("u")
            start = enclosed_formula(u - data, x, {u: (0,)}, first)
            bound = _joint(start, theorem.norm)
            size = _joint(_as_enclosed(first), theorem.norm)
        else:
            bound += _joint(_difference(before, first), theorem.norm)
        r = enclosed_formula(formula, theorem.form.coordinates, slots, cells)
        step = float((cells.high[:, 1] - cells.low[:, 1]).max()) * (1 + 1e-12)
        added = float(r.absolutes().sum())
        if theorem.norm == "L2":
            added = math.sqrt(step * float((r.squares() ** 2).sum()))
        up = growth_factor(max(rate, 0.0) * step) * (1 + 1e-12)
        bound = up * (bound + added) * (1 + 1e-12)
        top = max(top, bound)
        lengths = cells.high[:, 0] - cells.low[:, 0]
        power = lengths if theorem.norm == "L1" else numpy.sqrt(lengths)
        moved = max(moved, float((change.tops() * power).sum()) * (1 + 1e-12))
        before = _at_time(cells, 1.0)
    return top + moved, size


def _slabs(surrogate: Surrogate) -> list[Cells]:
    """Return the elements of each slab, from the first one on."""
    edges = [numpy.asarray(item, dtype=numpy.float64) for item in surrogate.edges]
    table = numpy.asarray(surrogate.coefficients)[:, 0]
    found, first = [], 0
    for k, mesh in enumerate(edges[1:]):
        n = len(mesh) - 1
        times = numpy.broadcast_to(edges[0][k : k + 2], (n, 2))
        low = numpy.column_stack([mesh[:-1], times[:, 0]])
        high = numpy.column_stack([mesh[1:], times[:, 1]])
        found.append(Cells(low, high, Ball(table[first : first + n])))
        first += n
    return found


def _at_time(cells: Cells, end: float) -> Cells:
    """Return elements at the start or the end of their slab."""
    n = cells.coefficients.mid.shape[2]
    rows = Ball((end ** numpy.arange(n))[None, :])
    c = matrix_product(rows, cells.coefficients, 2)[:, :, 0]
    return Cells(cells.low[:, :1], cells.high[:, :1], c)


def _joint(found: Enclosed, norm: str) -> float:
    """Return the norm over all cells."""
    if norm == "L1":
        return float(found.absolutes().sum()) * (1 + 1e-12)
    return math.sqrt(float((found.squares() ** 2).sum())) * (1 + 1e-12)


def _initial(surrogate: Surrogate) -> sympy.Expr:
    problem = surrogate.problem
    for item in numeric_conditions(problem.conditions, problem.parameters):
        if isinstance(item, Initial) and item.order == 0:
            numbers = {n: sympy.Rational(n) for n in item.value.atoms(sympy.Float)}
            return item.value.xreplace(numbers)
    raise ParameterError(f"there are no initial data of {problem.fields[0]}")


def _difference(before: Cells, after: Cells) -> Enclosed:
    """Return what jumps between two slabs, on the cells of both meshes."""
    if before.low.shape == after.low.shape and bool((before.low == after.low).all()):
        cells = Cells(after.low, after.high, _wider(before, after) - _wider(after, before))
        return _as_enclosed(cells)
    edges = numpy.unique(
        numpy.concatenate([before.low, before.high, after.low, after.high])
    )
    low, high = edges[:-1, None], edges[1:, None]
    parts = [_restricted(item, low, high) for item in (before, after)]
    return _as_enclosed(Cells(low, high, parts[0] - parts[1]))


def _wider(cells: Cells, other: Cells) -> Ball:
    c = cells.coefficients
    more = max(0, other.coefficients.mid.shape[1] - c.mid.shape[1])
    width = ((0, 0), (0, more))
    return Ball(numpy.pad(c.mid, width), numpy.pad(numpy.array(c.rad), width))


def _restricted(cells: Cells, low: Array, high: Array) -> Ball:
    """Return Legendre coefficients of a piecewise polynomial on smaller cells."""
    n = max(cells.coefficients.mid.shape[1], 1)
    middle = 0.5 * (low[:, 0] + high[:, 0])
    owner = numpy.searchsorted(cells.low[:, 0], middle, side="right") - 1
    mids, rads = [], []
    for k, e in enumerate(owner):
        matrix = restriction_ball(
            n,
            float(cells.low[e, 0]),
            float(cells.high[e, 0]),
            float(low[k, 0]),
            float(high[k, 0]),
        )
        found = matrix_product(matrix, cells.coefficients[e : e + 1], 1)
        mids.append(found.mid[0])
        rads.append(found.rad[0])
    return Ball(numpy.array(mids), numpy.array(rads))
