"""Whether initial and boundary data agree where they meet.

Order 0: the initial data satisfy the wall condition at the start. Order 1: the time
derivative that the equation gives to the initial data is that of the wall's value.
Across a periodic seam: the initial data continue with their first derivative.
"""

from collections.abc import Iterator
from typing import Any

import numpy
import sympy

from perturbsci.problems.classification import time_orders
from perturbsci.problems.conditions import Dirichlet, Initial, Neumann, Periodic, Robin
from perturbsci.problems.consistency import normal_derivative
from perturbsci.problems.derivatives import derivative_of
from perturbsci.problems.domains import Box
from perturbsci.problems.findings import Finding, Subject, wall_points
from perturbsci.problems.parameters import formula_parameter
from perturbsci.problems.placement import BOUNDARY, sides_of
from perturbsci.problems.sampling import sampled_values, space_points
from perturbsci.types import Array

__all__ = ["corner_findings", "seam_findings"]

ROUNDING = 1e-9  # relative to the largest value of the data
Wall = tuple[sympy.Symbol | str, str]


def corner_findings(subject: Subject) -> Iterator[Finding]:
    """Yield walls whose data disagree with the initial data.

    Parameters
    ----------
    subject : Subject
        The statement.

    Yields
    ------
    finding : Finding
        ``corner-incompatible``.
    """
    domain = subject.domain
    if domain.time is None:
        return
    data = _initial_data(subject)
    motion = _initial_motion(subject, data)
    for item in subject.conditions:
        if not isinstance(item, (Dirichlet, Neumann, Robin)):
            continue
        place = subject.form.fields.index(item.field)
        worst: dict[int, tuple[float, str]] = {}
        for wall in sides_of(item, domain):
            if wall[0] == BOUNDARY:
                continue
            for order, miss in _misses(subject, item, place, wall, data, motion):
                if miss > worst.get(order, (ROUNDING, ""))[0]:
                    worst[order] = (miss, f"{wall[0]} {wall[1]}")
        for order, (miss, side) in sorted(worst.items())[:1]:
            yield _corner(item, order, miss, side)


def _corner(item: Any, order: int, miss: float, side: str) -> Finding:
    kind = type(item).__name__
    what = "value" if order == 0 else f"time derivative of order {order}"
    return Finding(
        "warning",
        "corner-incompatible",
        f"the {what} that the {kind} condition demands of {item.field} at {side} differs "
        f"from that of the initial data at the start by {miss:.3g} of their largest",
        "expect a layer at the corner for short times; change one of the two if that is "
        "not meant",
    )


def _initial_data(subject: Subject) -> dict[tuple[int, int], sympy.Expr]:
    """Return the initial time derivatives by field and order."""
    fields = subject.form.fields
    return {
        (fields.index(item.field), item.order): item.value
        for item in subject.conditions
        if isinstance(item, Initial)
    }


def _initial_motion(
    subject: Subject, data: dict[tuple[int, int], sympy.Expr]
) -> dict[tuple[int, int], sympy.Expr]:
    """Return the highest time derivative of each field that the equations give."""
    form, domain = subject.form, subject.domain
    assert domain.time is not None
    time, start = domain.time[0], domain.time[1]
    orders = time_orders(form, timed=True)
    table: dict[sympy.Symbol, sympy.Expr] = {time: formula_parameter("start", start)}
    leading: dict[int, sympy.Symbol] = {}
    for symbol, (place, index) in zip(form.symbols, form.slots, strict=True):
        if index[-1] == orders[place] and index[-1] and not any(index[:-1]):
            leading[place] = symbol
        elif (place, index[-1]) in data:
            formula = data[place, index[-1]]
            table[symbol] = derivative_of(formula, domain.space, index[:-1])
        else:
            return {}
    unknown = [leading[place] for place in sorted(leading)]
    if len(unknown) != len(form.fields) or len(form.residuals) != len(unknown):
        return {}
    matrix = sympy.Matrix([[item.diff(s) for s in unknown] for item in form.residuals])
    rest = sympy.Matrix(
        [item.xreplace(dict.fromkeys(unknown, 0)) for item in form.residuals]
    )
    if matrix.free_symbols & set(unknown) or matrix.det() == 0:
        return {}
    motion = -(matrix.inv() * rest) if len(unknown) > 1 else -rest / matrix[0, 0]
    return {
        (place, orders[place]): motion[k].xreplace(table)
        for k, place in enumerate(sorted(leading))
    }


def _misses(
    subject: Subject,
    item: Any,
    place: int,
    wall: Wall,
    data: dict[tuple[int, int], sympy.Expr],
    motion: dict[tuple[int, int], sympy.Expr],
) -> Iterator[tuple[int, float]]:
    """Yield the order of a time derivative and the relative difference on a wall."""
    domain = subject.domain
    assert domain.time is not None
    time, start = domain.time[0], domain.time[1]
    known = dict(data)
    if isinstance(item, Dirichlet):  # others would differentiate the equation once more
        known |= motion
    for (field, order), formula in sorted(known.items(), key=lambda pair: pair[0]):
        if field != place:
            continue
        demanded = item.value.diff((time, order)) if order else item.value
        applied = formula
        if not isinstance(item, Dirichlet):
            slope = normal_derivative(formula, domain, wall)
            applied = slope
            if isinstance(item, Robin):
                applied = item.alpha * formula + item.beta * slope
        points = _corner_points(subject, wall)
        names = (*domain.coordinates, *_reference(subject))
        table = numpy.concatenate([points[0], points[1]], axis=1)
        table[:, len(domain.space)] = float(start)
        values = sampled_values([demanded, applied], names, table)
        inside = space_points(domain, 64)
        inside[:, -1] = float(start)
        size = sampled_values([formula], domain.coordinates, inside)
        largest = _largest(size, values)
        difference = numpy.abs(values[:, 0] - values[:, 1])
        if numpy.isfinite(difference).all() and largest > 0.0:
            yield order, float(difference.max() / largest)


def _reference(subject: Subject) -> tuple[sympy.Symbol, ...]:
    """Return the symbols of the box that are no physical coordinates."""
    return tuple(set(subject.domain.box.space) - set(subject.domain.space))


def _corner_points(subject: Subject, wall: Wall) -> tuple[Array, Array]:
    """Return points on a wall, and what the reference symbols are there."""
    domain = subject.domain
    points = wall_points(domain, wall[0], wall[1])
    symbols = _reference(subject)
    reference = wall_points(domain.box, wall[0], wall[1])
    columns = [domain.box.space.index(item) for item in symbols]
    return points, reference[:, columns]


def _largest(*parts: Array) -> float:
    sizes = [numpy.abs(part[numpy.isfinite(part)]).max(initial=0.0) for part in parts]
    return float(max(sizes))


def seam_findings(subject: Subject) -> Iterator[Finding]:
    """Yield periodic coordinates across which the initial data do not continue.

    Parameters
    ----------
    subject : Subject
        The statement.

    Yields
    ------
    finding : Finding
        ``periodic-kink``, or ``corner-incompatible`` if the value itself jumps.
    """
    domain = subject.domain
    if domain.time is None or not isinstance(domain, Box):
        return
    fields = subject.form.fields
    for item in subject.conditions:
        if not isinstance(item, Periodic):
            continue
        formula = _initial_data(subject).get((fields.index(item.field), 0))
        if formula is not None:
            yield from _seam(domain, item, formula)


def _seam(domain: Box, item: Periodic, formula: sympy.Expr) -> Iterator[Finding]:
    symbol = item.coordinate
    both = [formula, formula.diff(symbol)]
    ends = [
        sampled_values(both, domain.coordinates, wall_points(domain, symbol, end))
        for end in ("low", "high")
    ]
    jumps = numpy.abs(ends[1] - ends[0])
    inside = sampled_values(both, domain.coordinates, space_points(domain, 64))
    sizes = [_largest(inside[:, k], ends[0][:, k], ends[1][:, k]) for k in range(2)]
    if jumps[:, 0].max() > ROUNDING * sizes[0]:
        yield Finding(
            "warning",
            "corner-incompatible",
            f"the initial value of {item.field} jumps by {jumps[:, 0].max():.6g} across "
            f"the seam of {symbol}",
            "expect a layer there for short times; change the interval or the value if "
            "that is not meant",
        )
    elif jumps[:, 1].max() > ROUNDING * sizes[1]:
        k = int(numpy.argmax(jumps[:, 1]))
        low, high = (_shown(end[k, 1]) for end in ends)
        yield Finding(
            "warning",
            "periodic-kink",
            f"the initial value of {item.field} is continuous across the seam of {symbol}, "
            f"but its derivative jumps by {jumps[k, 1]:.6g}: {low} at the low end, {high} "
            "at the high end",
            "the kink limits Fourier methods to algebraic convergence; elements grade "
            "their mesh to it",
        )


def _shown(value: complex) -> str:
    return f"{value.real:.6g}" if not numpy.imag(value) else f"{value:.6g}"
