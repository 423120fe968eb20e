"""Adaptive marching: slabs of space-time elements, decided by the residual alone.

A slab is accepted when the integral of the norm of its residual is within its budget;
otherwise its step is cut or elements are halved, whatever the residual's spectrum blames.
"""

import dataclasses
import math
from dataclasses import dataclass

import numpy

from perturbsci.results import Status
from perturbsci.surrogates.adaptivity import Indicator, bisected, indicate, marked, merged
from perturbsci.surrogates.budgets import Budget
from perturbsci.surrogates.evolution import Growth
from perturbsci.surrogates.newton import Fit, fit_slab
from perturbsci.surrogates.residual import Grid, Slab, grid_of, hermite_scales
from perturbsci.surrogates.setting import Setting
from perturbsci.surrogates.starts import Start, fitted_data
from perturbsci.types import Array

__all__ = ["March", "Piece", "ends_in_time", "march", "piece_of"]

ATTEMPTS = 60  # at one slab
ULPS = 64.0  # of the time now and at the start: a step that is shorter has no digits
FIRST = 1.0 / 16.0  # step
PATIENCE = 3  # refinements in a row that did not halve the residual
WINDOW = 40  # slabs by which the pace is judged
HOPELESS = 10.0  # times as many attempts as are left: the end will not be reached


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One accepted slab: mesh, time, Legendre coefficients (n, n_fields, p + 1, n_t).

    Parameters
    ----------
    edges : array, shape (n + 1,)
        In X.
    end : float
        Scaled time at its end.
    coefficients : array, shape (n, n_fields, p + 1, n_t)
        Of tensor Legendre polynomials.
    """

    edges: Array
    end: float
    coefficients: Array


class March:
    """State of a march: accepted pieces, what is tried next, and counts.

    Parameters
    ----------
    edges : array, shape (n + 1,)
        Mesh of the next slab, in X.
    start : tuple of array, shape (n, q, p + 1)
        Its start data.
    first : (float, float)
        Time of the start, and the bound there.
    """

    def __init__(
        self, edges: Array, start: tuple[Array, ...], first: tuple[float, float]
    ) -> None:
        self.edges = edges
        self.start = start
        self.pieces: list[Piece] = []
        self.history = [first]
        self.time = 0.0
        self.step = FIRST
        self.rejected = 0
        self.iterations = 0
        self.elements = 0
        self.square = 0.0
        self.status = Status.CONVERGED


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """An attempt at a slab that is within its budget, or why there is none.

    Parameters
    ----------
    slab : Slab
        What was tried.
    fit, indicator : Fit, Indicator or None
        None if no attempt was good enough.
    status : Status
        Why not.
    """

    slab: Slab
    fit: Fit | None
    indicator: Indicator | None
    status: Status = Status.CONVERGED


def march(
    setting: Setting,
    start: Start,
    tolerance: float,
    growth: Growth,
    *,
    max_unknowns: int,
    max_steps: int,
) -> March:
    """Return the pieces of a solution from the start to the end, or as far as it went.

    Parameters
    ----------
    setting : Setting
        The statement.
    start : Start
        Initial data.
    tolerance : float
        On the sum of the integrals of the norm of the residual, weighted by growth.
    growth : Growth
        The norm, and how fast errors grow.
    max_unknowns, max_steps : int
        Limits of one slab, of attempts in all.

    Returns
    -------
    march : March
        With a status.
    """
    growth.begin(start.defect, start.largest)
    state = March(start.edges, start.data, (setting.start, growth.bound))
    fit_grid, fine = grid_of(setting, 2, 2), grid_of(setting, 5, 4)
    exact = grid_of(setting, setting.degree + 8, setting.count + 8)
    budget = Budget(tolerance)
    while state.time < 1.0 - 1e-12:
        left = 1.0 - state.time
        if state.step >= left:
            state.step = left
        elif left - state.step < 0.3 * state.step:
            state.step = left / 2.0
        decay = growth.decay(setting, state.edges, state.start, state.time)
        found = _accepted(
            setting, state, budget, decay, growth, (fit_grid, fine), max_unknowns, max_steps
        )
        if found.fit is None or found.indicator is None:
            state.status = found.status
            break
        if _is_hopeless(state, max_steps):
            state.status = Status.MAX_STEPS
            break
        _advance(setting, state, budget, decay, growth, found, exact)
    if state.status.ok and budget.pool < -0.1 * tolerance:  # rounding has overspent it
        state.status = Status.TOLERANCE_NOT_REACHED
    return state


def _accepted(
    setting: Setting,
    state: March,
    budget: Budget,
    decay: float,
    growth: Growth,
    grids: tuple[Grid, Grid],
    max_unknowns: int,
    max_steps: int,
) -> Trial:
    """Return the first attempt at a slab that is within its budget."""
    edges, start, step = state.edges, state.start, state.step
    before, cuts, useless = (math.inf, 0.0), 0, 0
    least = ULPS * (math.ulp(state.time) + math.ulp(setting.start) / setting.length)
    for _ in range(ATTEMPTS):
        slab = Slab(edges, state.time, step, start)
        unknowns = (len(edges) - 1) * setting.fields * (setting.degree + 1) * setting.count
        if unknowns > max_unknowns:
            return Trial(slab, None, None, Status.TOLERANCE_NOT_REACHED)
        if step < least or len(state.pieces) + state.rejected >= max_steps:
            return Trial(slab, None, None, Status.MAX_STEPS)
        state.elements = max(state.elements, len(edges) - 1)
        fit = fit_slab(setting, slab, grids[0])
        state.iterations += fit.iterations
        if fit.failed:
            state.rejected += 1
            step, before = step / 2.0, (math.inf, 0.0)
            continue
        found = indicate(setting, slab, fit.unknowns, grids[1], growth.scales, growth.norm)
        allowed = budget.of(step, decay)
        if found.sum <= allowed or found.rounded.all():  # nothing would lower rounding
            state.step = step
            return Trial(slab, fit, found)
        state.rejected += 1
        stuck = before[1] == step and found.sum > before[0] / 2.0
        before = (found.sum, step)
        first = not state.pieces
        useless = useless + 1 if stuck else 0
        if useless >= PATIENCE:  # a front that no mesh resolves: back to the first mesh
            step, useless = 0.2 * step, 0
            edges, start = state.edges, state.start
        elif found.time > allowed / 2.0 and (found.time > found.space / 10.0 or stuck):
            step *= _cut(found.time, allowed, setting.count, stuck, first, cuts)
            cuts += 1
            if first:
                edges, start = state.edges, state.start
        else:
            chosen = marked(
                numpy.where(found.rounded, 0.0, found.total - found.in_time), allowed
            )
            edges, start = bisected(setting, edges, start, chosen)
            if first:
                start = fitted_data(setting, edges)
    return Trial(slab, None, None, Status.MAX_STEPS)


def _is_hopeless(state: March, max_steps: int) -> bool:
    """Return whether a pace that does not rise needs far more attempts than are left.

    So it is behind a shock, and behind a jump that travels: steps stay tiny to the end.
    """
    if len(state.pieces) < WINDOW:
        return False
    first, middle, last = (state.pieces[-k].end for k in (WINDOW, WINDOW // 2, 1))
    if last - middle > 2.0 * (middle - first):
        return False
    done = len(state.pieces) + state.rejected
    pace = (last - first) / WINDOW * len(state.pieces) / done  # an attempt
    return 1.0 - last > HOPELESS * (max_steps - done) * pace


def _cut(
    eta: float, allowed: float, count: int, stuck: bool, first: bool, cuts: int
) -> float:
    """Return by how much a step is shortened.

    Timid cuts at a kink would let the mesh cascade, hence the harder ones in the first
    slab, where the same residual comes back, and at a second cut.
    """
    power = 1.0 if stuck else 1.0 / count
    factor = min(max((0.3 * allowed / eta) ** power, 0.1), 0.85)
    if first or stuck:
        factor = min(factor, 0.2)
    if cuts:
        factor = min(factor, 0.5)
    return factor


def _advance(
    setting: Setting,
    state: March,
    budget: Budget,
    decay: float,
    growth: Growth,
    found: Trial,
    exact: Grid,
) -> None:
    """Take an accepted slab into the march, and prepare the next one."""
    slab, fit, indicator = found.slab, found.fit, found.indicator
    assert fit is not None
    assert indicator is not None
    allowed = budget.of(slab.step, decay)
    budget.spend(indicator.sum, slab.step, decay)
    highest = growth.advance(setting, slab, fit.unknowns, exact)
    state.pieces.append(piece_of(setting, slab, fit.unknowns))
    state.time = min(slab.time + slab.step, 1.0)
    if 1.0 - state.time < 1e-12:
        state.time = 1.0
        state.pieces[-1] = dataclasses.replace(state.pieces[-1], end=1.0)
    state.history.append((float(setting.t(numpy.array(state.time))), highest))
    state.square += fit.norm**2
    state.edges, state.start = slab.edges, ends_in_time(setting, slab, fit.unknowns)
    ratio = (0.5 * allowed / indicator.time) if indicator.time > 0.0 else math.inf
    state.step = slab.step * min(max(ratio ** (1.0 / setting.count), 0.3), 3.0)
    if state.time < 1.0:
        fair, stiff = allowed / len(indicator.total), indicator.stiffness
        coarse = merged(
            setting,
            state.edges,
            state.start,
            (indicator.total < 0.02 * fair) | indicator.rounded,
            budget.of_merging(slab.step, decay),
            growth.norm,
            (tuple(item * state.step * setting.length for item in stiff), 0.1 * fair),
        )
        state.edges, state.start = coarse.edges, coarse.start
        if coarse.jump:
            budget.pool -= coarse.jump / decay
            growth.jump(coarse.jump, coarse.largest)


def piece_of(setting: Setting, slab: Slab, unknowns: tuple[Array, ...]) -> Piece:
    """Return a slab as Legendre coefficients of each element.

    Parameters
    ----------
    setting, slab : Setting, Slab
        Where.
    unknowns : tuple of array, shape (n, p + 1, p_t)
        Of the slab.

    Returns
    -------
    piece : Piece
        Its polynomials.
    """
    n_t = 1 if setting.steady else setting.count + max(item.order for item in setting.time)
    found = numpy.zeros((len(slab.widths), setting.fields, setting.degree + 1, n_t))
    for field, (space, time) in enumerate(zip(setting.space, setting.time, strict=True)):
        scaled = unknowns[field] * hermite_scales(setting, slab, field)[:, :, None]
        table = scaled @ time.legendre.T
        start = slab.start[field]
        if start.shape[1]:
            table[:, :, 0] += start[:, 0]
        if start.shape[1] == 2:
            table[:, :, 0] += start[:, 1] * (slab.step / 2.0)
            table[:, :, 1] += start[:, 1] * (slab.step / 2.0)
        found[:, field, :, : table.shape[2]] = space.legendre @ table
    return Piece(slab.edges, slab.time + slab.step, found)


def ends_in_time(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...]
) -> tuple[Array, ...]:
    """Return the data at the end of a slab, the start of the next.

    Parameters
    ----------
    setting, slab : Setting, Slab
        Where.
    unknowns : tuple of array, shape (n, p + 1, p_t)
        Of the slab.

    Returns
    -------
    start : tuple of array, shape (n, q, p + 1)
        Coefficients of the unscaled functions; derivatives in scaled time.
    """
    found, one = [], numpy.ones(1)
    for field, time in enumerate(setting.time):
        scaled = unknowns[field] * hermite_scales(setting, slab, field)[:, :, None]
        data = slab.start[field].copy()
        for order in range(time.order):
            change = scaled @ time.table(one, order)[0]
            data[:, order] += change * (2.0 / slab.step) ** order
        if time.order == 2:
            data[:, 0] += slab.start[field][:, 1] * slab.step
        found.append(data)
    return tuple(found)
