"""How many conditions each wall needs.

Order M across a wall needs M conditions in all: M/2 on each side for even M. For odd M
the side of the decaying modes gets them: with u_t + c D^M u = 0, as many on the low side
as 1 + c kappa^M has roots with negative real part (one and two for M = 3, c > 0). First
order: as many as characteristics that come in.
"""

from collections.abc import Iterator, Sequence

import numpy
import sympy

from perturbsci.problems.classification import ROUNDING, space_order, time_orders
from perturbsci.problems.conditions import Dirichlet, Neumann, Periodic, Robin
from perturbsci.problems.domains import ENDS, Mapped, Region
from perturbsci.problems.findings import Finding, Subject, wall_points
from perturbsci.problems.placement import BOUNDARY, sides_of
from perturbsci.problems.sampling import (
    States,
    sampled_states,
    sampled_values,
    slope_values,
    space_points,
)
from perturbsci.types import Array

__all__ = ["wall_findings"]

Wall = tuple[sympy.Symbol | str, str]


def wall_findings(subject: Subject) -> Iterator[Finding]:
    """Yield walls with too few or too many conditions.

    Parameters
    ----------
    subject : Subject
        The statement.

    Yields
    ------
    finding : Finding
        ``missing-wall`` or ``overdetermined-wall``.
    """
    domain = subject.domain
    if isinstance(domain, Region):
        wall = (BOUNDARY, "level set")
        yield from _curved_findings(subject, [wall])
    elif isinstance(domain, Mapped):
        for symbol in domain.box.space:
            walls = [(symbol, end) for end in ENDS]
            yield from _curved_findings(subject, walls)
    else:
        for column, symbol in enumerate(domain.space):
            yield from _box_findings(subject, column, symbol)


def _given(subject: Subject, place: int, wall: Wall) -> int:
    """Return how many conditions a field has on a wall."""
    field = subject.form.fields[place]
    return sum(
        item.field == field and wall in sides_of(item, subject.domain)
        for item in subject.conditions
        if isinstance(item, (Dirichlet, Neumann, Robin))
    )


def _is_periodic(subject: Subject, place: int, symbol: sympy.Symbol | str) -> bool:
    field = subject.form.fields[place]
    return any(
        isinstance(item, Periodic) and item.field == field and item.coordinate == symbol
        for item in subject.conditions
    )


def _compared(
    who: str, wall: Wall, given: int, least: int, most: int, why: str
) -> Iterator[Finding]:
    """Yield a finding if the number of conditions is out of range."""
    side = "the boundary" if wall[0] == BOUNDARY else f"{wall[0]} {wall[1]}"
    if given < least:
        yield Finding(
            "error",
            "missing-wall",
            f"{who} has {given} of {least} conditions at {side}: {why}",
            f"add Dirichlet, Neumann or Robin there, or Periodic({who}, {wall[0]})",
        )
    elif given > most:
        yield Finding(
            "error",
            "overdetermined-wall",
            f"{who} has {given} conditions at {side}, where {most} can hold: {why}",
            "take one away; the solution has no freedom left to satisfy it",
        )


def _curved_findings(subject: Subject, walls: Sequence[Wall]) -> Iterator[Finding]:
    """Yield findings for walls that no coordinate is normal to."""
    order = space_order(subject.form, timed=subject.timed)
    for place, field in enumerate(subject.form.fields):
        own = max(
            sum(index[: len(subject.domain.space)])
            for k, index in subject.form.slots
            if k == place
        )
        for wall in walls:
            given = _given(subject, place, wall)
            if _is_periodic(subject, place, wall[0]):
                yield from _compared(str(field), wall, given, 0, 0, "periodic")
            elif own % 2 == 0:
                why = f"order {own} in space"
                yield from _compared(str(field), wall, given, own // 2, own // 2, why)
            elif order == 1:
                yield from _compared(str(field), wall, given, 0, 1, "order 1")


def _box_findings(subject: Subject, column: int, symbol: sympy.Symbol) -> Iterator[Finding]:
    """Yield findings for the two sides of one coordinate of a box."""
    form = subject.form
    orders = [form.orders(place)[column] for place in range(len(form.fields))]
    first: list[int] = []
    for place, order in enumerate(orders):
        who = str(form.fields[place])
        counts = [_given(subject, place, (symbol, end)) for end in ENDS]
        if _is_periodic(subject, place, symbol):
            for end, given in zip(ENDS, counts, strict=True):
                yield from _compared(who, (symbol, end), given, 0, 0, "periodic")
        elif order == 1:
            first.append(place)
        elif order % 2 and subject.timed:
            yield from _odd_findings(subject, place, column, order, counts)
        elif order % 2:
            yield from _total_findings(who, symbol, sum(counts), order)
        else:
            for end, given in zip(ENDS, counts, strict=True):
                half, why = order // 2, f"order {order} in {symbol}"
                yield from _compared(who, (symbol, end), given, half, half, why)
    if first and max(orders) == 1:
        yield from _first_order_findings(subject, column, symbol, first)


def _total_findings(
    who: str, symbol: sympy.Symbol, given: int, needed: int
) -> Iterator[Finding]:
    """Yield a finding if the two sides together have another number of conditions."""
    if given < needed:
        yield Finding(
            "error",
            "missing-wall",
            f"{who} has {given} of {needed} conditions on the two sides of {symbol}",
            "add one on either side",
        )
    elif given > needed:
        yield Finding(
            "error",
            "overdetermined-wall",
            f"{who} has {given} conditions on the two sides of {symbol}, where {needed} "
            "can hold",
            "take one away; the solution has no freedom left to satisfy it",
        )


def _odd_findings(
    subject: Subject, place: int, column: int, order: int, counts: Sequence[int]
) -> Iterator[Finding]:
    """Yield findings for the third order and beyond, from the sign of its coefficient."""
    form, symbol = subject.form, subject.domain.space[column]
    who, index = str(form.fields[place]), [0] * len(form.coordinates)
    index[column] = order
    signs = _leading_signs(subject, place, tuple(index))
    if signs is None or len(signs) != 1:
        yield from _total_findings(who, symbol, sum(counts), order)
        return
    sign = signs.pop()
    roots = numpy.roots([sign, *([0.0] * (order - 1)), 1.0])
    low = int((roots.real < 0.0).sum())
    why = f"order {order} in {symbol} with a {'positive' if sign > 0 else 'negative'} term"
    for end, given, needed in zip(ENDS, counts, (low, order - low), strict=True):
        yield from _compared(who, (symbol, end), given, needed, needed, why)


def _leading_signs(
    subject: Subject, place: int, index: tuple[int, ...]
) -> set[float] | None:
    """Return the signs of a coefficient over that of the time derivative."""
    form = subject.form
    q = time_orders(form, timed=True)[place]
    moved = (*(0,) * (len(index) - 1), q)
    if (place, index) not in form.slots or not q:
        return None
    points = space_points(subject.domain, 32)
    states = sampled_states(form, subject.domain, subject.conditions, points)
    slopes = slope_values(form, states)
    over = slopes[:, :, form.slots.index((place, index))]
    under = slopes[:, :, form.slots.index((place, moved))]
    both = numpy.isfinite(over) & (over != 0.0) & (under != 0.0)
    return {float(item) for item in numpy.sign((over[both] * under[both]).real)}


def _first_order_findings(
    subject: Subject, column: int, symbol: sympy.Symbol, places: Sequence[int]
) -> Iterator[Finding]:
    """Yield findings for a system of first order: count what comes in."""
    form = subject.form
    who = ", ".join(str(form.fields[place]) for place in places)
    given = [sum(_given(subject, place, (symbol, end)) for place in places) for end in ENDS]
    found = [_speeds(subject, column, symbol, end) for end in ENDS]
    speeds = [item for item in found if item is not None]
    if subject.timed and len(speeds) == len(ENDS):
        known = set(form.symbols)
        linear = not any(
            slope.free_symbols & known for row in form.slopes() for slope in row
        )
        for end, count, speed, inward in zip(ENDS, given, speeds, (1.0, -1.0), strict=True):
            size = numpy.abs(speed).max(initial=0.0)
            comes = (inward * speed > ROUNDING * size).sum(axis=1)
            may = (inward * speed >= -ROUNDING * size).sum(axis=1)
            least = int(comes.max() if linear else comes.min())
            why = f"{least} characteristics come in"
            most = max(int(may.max()), least)
            yield from _compared(who, (symbol, end), count, least, most, why)
    elif subject.timed or len(subject.domain.space) > 1:
        if not sum(given):
            yield from _total_findings(who, symbol, 0, 1)
    else:
        yield from _total_findings(who, symbol, sum(given), len(places))


def _speeds(subject: Subject, column: int, symbol: sympy.Symbol, end: str) -> Array | None:
    """Return the characteristic speeds at a wall, shape (n, n_fields), if they are real."""
    form, n_fields = subject.form, len(subject.form.fields)
    if not subject.timed or len(form.residuals) != n_fields:
        return None
    points = wall_points(subject.domain, symbol, end)
    slopes = slope_values(form, _wall_states(subject, symbol, end, points))
    in_time = numpy.zeros((len(points), n_fields, n_fields), dtype=complex)
    across = numpy.zeros_like(in_time)
    for k, (place, index) in enumerate(form.slots):
        if sum(index) == 1 and index[-1]:
            in_time[:, :, place] = slopes[:, :, k]
        if sum(index) == 1 and index[column]:
            across[:, :, place] = slopes[:, :, k]
    sound = numpy.isfinite(in_time).all() and numpy.isfinite(across).all()
    if not sound or (numpy.linalg.cond(in_time) > 1.0 / ROUNDING).any():
        return None
    speeds = numpy.linalg.eigvals(numpy.linalg.solve(in_time, across))
    size = numpy.abs(speeds).max(initial=0.0)
    return speeds.real if numpy.abs(speeds.imag).max() <= 1e-6 * size else None


def _wall_states(subject: Subject, symbol: sympy.Symbol, end: str, points: Array) -> States:
    """Return states at a wall, with the values that are demanded there."""
    form = subject.form
    states = sampled_states(form, subject.domain, subject.conditions, points)
    table = states.table.copy()
    for item in subject.conditions:
        if isinstance(item, Dirichlet) and (symbol, end) in sides_of(item, subject.domain):
            slot = (form.fields.index(item.field), (0,) * len(form.coordinates))
            k = len(form.coordinates) + form.slots.index(slot)
            values = sampled_values([item.value], form.coordinates, points)[:, 0]
            if numpy.isfinite(values).all() and not numpy.iscomplexobj(values):
                table[:, k] = values
    return States(states.arguments, table)
