"""Slabs of time on a box: one tensor product a slab, its length found by the residual.

The last coefficients of a slab are the initial data of the next, so that nothing jumps.
A slab is accepted if sqrt(dt) ||r||_{L2(slab)}, which bounds the integral of ||r(t)||_L2
over it, is within its budget: a part proportional to dt, and a part of a pool. Otherwise
the part of the residual beyond the tested degrees says whether the slab was too long or
the degree in space too low.
"""

import dataclasses
import math
import time
from dataclasses import dataclass

import numpy

from perturbsci.errors import ConvergenceError
from perturbsci.results import Status
from perturbsci.surrogates.bases import Legendre
from perturbsci.surrogates.box_newton import Fit, Measure, finer, measured, newton
from perturbsci.surrogates.box_statement import BoxStatement
from perturbsci.surrogates.jets import polynomial_jets
from perturbsci.surrogates.solution import Solution, SolveStatistics
from perturbsci.surrogates.tensor_space import TensorSpace
from perturbsci.surrogates.tensors import contract
from perturbsci.types import Array

__all__ = ["FIRST", "march"]

FIRST = 16  # slabs of equal length that the first one is one of
SHARE = 0.9  # of the tolerance that the residual may use
FLOOR = 30.0  # multiples of rounding that count as rounding
HIGHEST = 192  # functions in a direction of space
ATTEMPTS = 40  # at one slab
SHORTEST = 1e-6  # of the interval: a slab that has to be shorter will not end
SLOW = 2.0  # order in the degree up to which a residual falls at a singularity
KRYLOV = 50  # applications in one linear system beyond which a slab is too long
# tolerance from which on -> functions of time in a slab, beyond the initial data
FUNCTIONS = ((1e-4, 7), (1e-6, 8), (1e-8, 10), (0.0, 12))


@dataclass(slots=True)
class _March:
    """Where a march stands."""

    statement: BoxStatement
    counts: tuple[int, ...]
    now: float
    step: float
    pool: float
    pieces: list[Array] = dataclasses.field(default_factory=list)
    ends: list[float] = dataclasses.field(default_factory=list)
    rejected: int = 0
    systems: int = 0
    square: float = 0.0
    total: float = 0.0
    rounded: bool = True
    ceiling: int = HIGHEST


def march(
    statement: BoxStatement,
    counts: tuple[int, ...],
    *,
    tolerance: float,
    max_unknowns: int,
    max_steps: int,
) -> Solution:
    """Return a piecewise polynomial in time, one tensor product a slab.

    Parameters
    ----------
    statement : BoxStatement
        With the time as its last direction.
    counts : tuple of int
        Polynomials in each direction of space to begin with.
    tolerance : float
        Relative to the L2 norm of the initial data.
    max_unknowns, max_steps : int
        Unknowns of a slab; slabs and attempts together.

    Returns
    -------
    solution : Solution
        Without a certificate; TOLERANCE_NOT_REACHED where the budget was exceeded,
        MAX_STEPS where the end was not reached.

    Raises
    ------
    ConvergenceError
        If the first slab has no finite residual at any length.

    Notes
    -----
    Each slab is solved by GMRES with the averaged operator as preconditioner.
    """
    begun = time.perf_counter()
    start, end = statement.intervals[-1]
    functions = next(count for level, count in FUNCTIONS if tolerance >= level)
    order = max(index[-1] for _, index in statement.slots)
    state = _March(statement, tuple(counts), start, (end - start) / FIRST, 0.0)
    state.ends.append(start)
    allowed = SHARE * tolerance * _size(statement, counts, functions + order)
    state.pool = 0.5 * allowed
    attempts = 0
    shortest = SHORTEST * (end - start)
    while state.now < end and attempts < max_steps and state.step > shortest:
        attempts += _slab(state, functions + order, allowed, max_unknowns)
    if not state.pieces:
        raise ConvergenceError(
            f"no slab that starts at {start:g} has a finite residual; check the "
            "coefficients and the initial data there"
        )
    return _solution(state, functions + order, allowed, time.perf_counter() - begun)


def _size(statement: BoxStatement, counts: tuple[int, ...], n_time: int) -> float:
    """Return the L2 norm of the initial data, of the walls' if they are zero."""
    space = statement.space((*counts, n_time))
    lifted = space.lift(statement.data(space))
    start = polynomial_jets(
        numpy.array([-1.0, 1.0]), (-1.0, 1.0), n_time, 0, family="legendre"
    )[:, 0]
    found = 0.0
    for row in start:
        at = [contract(item, [*[None] * len(counts), row[None, :]]) for item in lifted]
        values = [contract(item[..., 0], [t[0] for t in space.tables[:-1]]) for item in at]
        roots = space.roots().reshape(space.grid)[..., 0]
        roots = roots / math.sqrt(space.weights[-1][0])
        size = math.sqrt(sum(float(((roots * item) ** 2).sum()) for item in values))
        found = found or size
    return found or 1.0


def _slab(state: _March, n_time: int, allowed: float, max_unknowns: int) -> int:
    """Accept one slab; return how many attempts that took."""
    start, end = state.statement.intervals[-1]
    span = end - start
    before: tuple[tuple[int, ...], float, float] = ((), 0.0, math.inf)
    for attempt in range(1, ATTEMPTS + 1):
        left = end - state.now
        step = min(state.step, left)
        if step < left < 1.3 * step:  # no short slab at the end
            step = 0.5 * left
        budget = 0.5 * allowed * step / span + state.pool / FIRST
        counts = (*state.counts, n_time)
        space, fit, m = _attempt(state, counts, step, budget)
        state.systems += fit.steps
        rate = _time_rate(state.statement, space, span)
        root = math.sqrt(step) * rate
        used = root * m.residual
        in_time = root * m.shares[-1]
        in_space = [root * item for item in m.shares[:-1]]
        good = used <= budget or m.residual <= FLOOR * m.rounding
        stuck = attempt == ATTEMPTS or step < SHORTEST * span
        if stuck and not math.isfinite(used):
            state.step = 0.0
            return attempt
        larger = _raised(fit.coefficients, in_space, 0.3 * budget)
        slow = fit.krylov >= KRYLOV
        if before[0] < counts and before[1] == step:
            more = max(n / m for n, m in zip(counts, before[0], strict=True))
            if used * more**SLOW > before[2]:
                state.ceiling = max(counts)  # a singularity: degrees hardly help
        full = max(larger) > state.ceiling or math.prod(larger) * n_time > max_unknowns
        time_bad = in_time > 0.5 * budget and in_time > 0.1 * max(in_space)
        if good or stuck or (full and not time_bad and not slow and math.isfinite(used)):
            state.rounded &= m.residual <= FLOOR * m.rounding
            state.counts = counts[:-1]
            _accept(state, space, fit, step, used, allowed)
            if in_time > 0.0:
                factor = (0.5 * budget / in_time) ** (1.0 / (n_time - 1))
                state.step = step * min(max(factor, 0.3), 3.0)
            else:
                state.step = 3.0 * step
            if fit.krylov:  # applications grow faster than the length
                growth = math.sqrt(0.7 * KRYLOV / fit.krylov)
                state.step = min(state.step, step * min(max(growth, 0.5), 2.0))
            return attempt
        state.rejected += 1
        if not math.isfinite(used) or slow:  # the linear system was not solved
            state.step = 0.5 * step
        elif time_bad:
            halved = used > 0.5 * before[2]
            power = 1.0 if halved else 1.0 / (n_time - 1)
            state.step = step * min(max((0.3 * budget / in_time) ** power, 0.1), 0.85)
        else:
            state.counts = larger
        before = (counts, step, used)
    return ATTEMPTS


def _attempt(
    state: _March, counts: tuple[int, ...], step: float, budget: float
) -> tuple[TensorSpace, Fit, Measure]:
    """Return a fit on the slab that begins now."""
    statement = state.statement
    intervals = (*statement.intervals[:-1], (state.now, state.now + step))
    slab = dataclasses.replace(statement, intervals=intervals)
    space = slab.space(counts)
    data = slab.data(space)
    last = len(counts) - 1
    if state.pieces:
        old = state.pieces[-1]
        before = (state.ends[-2], state.ends[-1])
        for f in range(statement.n_fields):
            order = space.rows[f][last].shape[0]
            jets = polynomial_jets(
                numpy.array([state.now]), before, old.shape[-1], order, family="legendre"
            )[0]
            values = contract(old[f], [*[None] * last, jets[:order]])
            padded = numpy.zeros((*counts[:-1], order))
            padded[tuple(slice(0, n) for n in values.shape)] = values
            if order:
                data[f, last] = padded
    lifted = space.lift(data)
    target = 0.1 * budget / math.sqrt(step)
    most = 1 if statement.problem.linear else 12
    fit = newton(
        space, statement.lin, lifted, max_steps=most, target=target, max_krylov=KRYLOV
    )
    return space, fit, measured(finer(space, 5), statement.lin, fit.coefficients)


def _time_rate(statement: BoxStatement, space: TensorSpace, span: float) -> float:
    """Return what turns a residual into a rate of the fields: 1, and T for order two."""
    order = max(index[-1] for _, index in statement.slots)
    slots = [k for k, (_, index) in enumerate(statement.slots) if index[-1] == order]
    points = space.points()[:: max(1, len(space.points()) // 64)]
    zeros = numpy.zeros((len(points), len(statement.slots)))
    slopes = numpy.abs(statement.lin(points, zeros)[1][:, :, slots]).max(axis=(1, 2))
    size = float(slopes.min()) if slopes.size else 1.0
    return span ** max(order - 1, 0) / size if size > 0.0 else 1.0


def _raised(coefficients: Array, in_space: list[float], goal: float) -> tuple[int, ...]:
    """Return as many polynomials as the decay of the coefficients asks for."""
    largest, found = max(in_space), []
    for k, item in enumerate(in_space):
        count = coefficients.shape[k + 1]
        extra = 0
        if item >= 0.2 * largest and item > goal:
            rows = numpy.moveaxis(coefficients, k + 1, 0).reshape(count, -1)
            profile = numpy.linalg.norm(rows, axis=1)
            profile = numpy.maximum.accumulate(profile[::-1])[::-1] + 1e-300
            early, late = profile[count // 2], profile[max(count - 3, count // 2 + 1)]
            rate = max(math.log(early / late) / (count - 3 - count // 2), 1e-3)
            extra = min(max(4, math.ceil(math.log(item / goal) / rate)), count // 3)
        found.append(count + extra)
    return tuple(found)


def _accept(
    state: _March,
    space: TensorSpace,
    fit: Fit,
    step: float,
    used: float,
    allowed: float,
) -> None:
    """Book a slab."""
    start, end = state.statement.intervals[-1]
    state.pool = max(
        0.0, state.pool - max(0.0, used - 0.5 * allowed * step / (end - start))
    )
    state.total += used
    state.pieces.append(fit.coefficients)
    state.now = end if state.now + step >= end - 1e-14 * (end - start) else state.now + step
    state.ends.append(state.now)
    root = space.roots()
    values = state.statement.lin(space.points(), space.jets(fit.coefficients))[0]
    state.square += float(((root[:, None] * values) ** 2).sum())


def _solution(state: _March, n_time: int, allowed: float, seconds: float) -> Solution:
    """Return the slabs as one array, all with the largest degree in space."""
    statement = state.statement
    counts = tuple(
        max(piece.shape[k + 1] for piece in state.pieces) for k in range(len(state.counts))
    )
    whole = numpy.zeros((statement.n_fields, *counts, n_time * len(state.pieces)))
    for j, piece in enumerate(state.pieces):
        places = (slice(0, n) for n in piece.shape[:-1])
        whole[(*places, slice(j * n_time, (j + 1) * n_time))] = piece
    edges = [numpy.array(ends) for ends in statement.intervals[:-1]]
    end = statement.intervals[-1][1]
    status = Status.CONVERGED
    if state.total > allowed and not state.rounded:
        status = Status.TOLERANCE_NOT_REACHED
    if state.now < end:
        status = Status.MAX_STEPS
    basis = Legendre((*(n - 1 for n in counts), n_time - 1), statement.intervals)
    statistics = SolveStatistics(
        math.prod(counts) * n_time * statement.n_fields,
        1,
        len(state.pieces),
        state.rejected,
        state.systems,
        math.sqrt(state.square),
        numpy.zeros((0, 2)),
        seconds,
        f"Legendre{basis.degrees} in slabs of time",
    )
    return Solution(basis, whole, (*edges, numpy.array(state.ends)), statistics, status)
