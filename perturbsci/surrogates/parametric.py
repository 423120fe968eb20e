"""Solve over an interval of a parameter: adaptive interpolation at Chebyshev points.

A piece of the interval is halved while the last modes of its 16 solutions are above a
quarter of the tolerance, or while the bound between the nodes is. There, at the points of
the doubled grid, the statement is solved once more:

    ||e(p)|| <= ||u_I(., p) - u_p|| + bound(u_p).
"""

import dataclasses
import math
import time as clock
from collections.abc import Callable, Sequence

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems import FieldProblem
from perturbsci.results import Status
from perturbsci.surrogates.evidence import held_out
from perturbsci.surrogates.families import Family, nodes_of, to_modes
from perturbsci.surrogates.parameter_bounds import (
    CUSHION,
    ValueBound,
    joint_history,
    value_bounds,
)
from perturbsci.surrogates.quadrature import grid_points
from perturbsci.surrogates.solution import SolveStatistics
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.surrogates.theorems import recognize
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["interval_of", "solve_family"]

N_NODES = 16
LEAST = 2.0**-12  # of the interval: a piece that small is not halved
SAMPLES = 1000  # places at which modes are looked at
LOCATED = (20, 5)  # halvings until the end of the solutions: steady, in time
KINDS = ("a-posteriori", "proven")  # of certificates that bound the error
At = Callable[[float, Surrogate | None], Surrogate]


def interval_of(problem: FieldProblem) -> sympy.Symbol | None:
    """Return the parameter that is an interval, None if all are numbers.

    Parameters
    ----------
    problem : FieldProblem
        Any.

    Returns
    -------
    symbol : sympy.Symbol or None
        At most one.

    Raises
    ------
    ParameterError
        If there are several.
    """
    wide = [item for item, value in problem.parameters.items() if isinstance(value, tuple)]
    if len(wide) > 1:
        raise ParameterError(
            f"parameters {wide} are intervals; one may be for this basis: give the others "
            "numbers with parameters={symbol: value}"
        )
    return wide[0] if wide else None


def _ends(problem: FieldProblem, symbol: sympy.Symbol) -> tuple[float, float]:
    """Return the ends of the interval of a parameter."""
    value = problem.parameters[symbol]
    assert isinstance(value, tuple)
    return float(value[0]), float(value[1])


def solve_family(
    problem: FieldProblem,
    symbol: sympy.Symbol,
    at: At,
    tolerance: float,
    norm: str | None,
) -> Surrogate:
    """Return a surrogate with one more coordinate, the parameter.

    Parameters
    ----------
    problem : FieldProblem
        With an interval for ``symbol``, numbers for the other parameters.
    symbol : sympy.Symbol
        The parameter.
    at : callable
        Maps a value of the parameter and a solution nearby (or None) to a Surrogate, whose
        status tells whether its bound is within half of the tolerance.
    tolerance : float
        On the bound at all values, relative to the largest solution.
    norm : str or None
        Of the bound.

    Returns
    -------
    surrogate : Surrogate
        Where there is no solution on a part of the interval, over the rest of it, with a
        status that is not ok and a certificate that names that part.

    Notes
    -----
    31 solves a piece. Those of a steady statement start from their neighbors, in ascending
    order of the parameter, so that they stay on one branch; evolutions start afresh.
    """
    begin = clock.perf_counter()
    solves = _Solves(at)
    low, high = _ends(problem, symbol)
    waiting, done = [(low, high)], []
    groups: list[ValueBound] = []
    while waiting:
        first, last = waiting.pop(0)
        blank = _without_solution(solves, first, last)
        bounds = None
        if blank is None:
            one = _joined(problem, symbol, solves, [(first, last)])
            if _tail(one, symbol) <= tolerance / 4.0:
                blank = _without_solution(solves, first, last, 2)
                if blank is None:
                    bounds = _accepted(one, solves, (first, last), tolerance, norm)
            if bounds is None and last - first <= LEAST * (high - low):
                blank = first, last
        if blank is not None:
            return _partial(problem, symbol, solves, blank, begin)
        if bounds is None:
            middle = first + (last - first) / 2.0
            waiting[:0] = [(first, middle), (middle, last)]
        else:
            done.append((first, last))
            groups += bounds
    whole = _joined(problem, symbol, solves, done)
    return _certified(whole, solves, groups, (tolerance, norm), begin)


def _accepted(
    one: Surrogate,
    solves: "_Solves",
    piece: tuple[float, float],
    tolerance: float,
    norm: str | None,
) -> list[ValueBound] | None:
    """Return the bounds on a piece, none without a theorem; None if they are too large."""
    if not solves.is_bounded:
        return [] if held_out(one, tolerance).passed else None
    values = [float(item) for item in nodes_of(*piece, 2 * N_NODES - 1)]
    bounds = value_bounds(one, [solves(value) for value in values], values, norm)
    allowed = tolerance * solves.scale(tolerance / 2.0)
    return bounds if all(item.value <= allowed for item in bounds) else None


class _Solves:
    """Solutions at values of the parameter, each one solved for once."""

    def __init__(self, at: At) -> None:
        self.at = at
        self.known: dict[float, Surrogate] = {}

    def __call__(self, value: float) -> Surrogate:
        if value not in self.known:
            good = [key for key, item in self.known.items() if item.status.ok]
            near = min(good, key=lambda key: abs(key - value), default=None)
            self.known[value] = self.at(value, None if near is None else self.known[near])
        return self.known[value]

    @property
    def is_bounded(self) -> bool:
        """Whether a theorem bounds the error."""
        return any(item.certificate.kind in KINDS for item in self.known.values())

    def scale(self, tolerance: float) -> float:
        """Return the size of the largest solution, to which tolerances are relative."""
        certificates = [item.certificate for item in self.known.values()]
        return max(item.bound for item in certificates if item.kind in KINDS) / tolerance


def _without_solution(
    solves: _Solves, low: float, high: float, refined: int = 1
) -> tuple[float, float] | None:
    """Return a part without a solution; otherwise all nodes of a piece are solved."""
    if refined > 1 and not solves.is_bounded:
        return None  # the residual there says as much as another solution
    values = [float(item) for item in nodes_of(low, high, refined * N_NODES - refined + 1)]
    if not solves(low).status.ok:
        values.reverse()  # solutions may be followed from the other end
    good = None
    for k, value in enumerate(values):
        if solves(value).status.ok:
            good = value
            continue
        if good is None:
            return low, high
        bad = value
        timed = solves(value).problem.domain.time is not None
        for _ in range(LOCATED[timed]):
            middle = good + (bad - good) / 2.0
            good, bad = (middle, bad) if solves(middle).status.ok else (good, middle)
        last = next((v for v in values[k:] if v != value and solves(v).status.ok), None)
        other = values[-1] if last is None else last
        return (min(bad, other), max(bad, other))
    return None


def _joined(
    problem: FieldProblem,
    symbol: sympy.Symbol,
    solves: _Solves,
    pieces: Sequence[tuple[float, float]],
) -> Surrogate:
    """Return the interpolant on neighboring pieces; its certificate is to come."""
    values = [float(v) for low, high in pieces for v in nodes_of(low, high, N_NODES)]
    members = [solves(value) for value in values]
    ends = numpy.array([pieces[0][0], *(high for _, high in pieces)])
    basis = Family(
        ends,
        N_NODES,
        tuple(item.basis for item in members),
        tuple(item.coefficients.shape for item in members),
        tuple(len(item.edges) for item in members),
    )
    coefficients = numpy.concatenate([item.coefficients.ravel() for item in members])
    edges = tuple(end for item in members for end in item.edges)
    parameters = {**members[0].parameters, symbol: (float(ends[0]), float(ends[-1]))}
    return dataclasses.replace(
        members[0],
        problem=problem,
        basis=basis,
        coefficients=coefficients,
        edges=edges,
        parameters={item: parameters[item] for item in problem.parameters},
    )


def _tail(one: Surrogate, symbol: sympy.Symbol) -> float:
    """Return the mean of the last two modes of one piece, relative to that of the values.

    Both in the mean over places: what is in a narrow layer counts by its width.
    """
    low, high = one.parameters[symbol]  # type: ignore[misc]
    box = numpy.array(one.ranges()[:-1])
    count = max(5, int(SAMPLES ** (1.0 / len(box))))
    share = (numpy.arange(count) + 0.5) / count
    places = grid_points([a + (b - a) * share for a, b in box])
    values = []
    for value in nodes_of(low, high, N_NODES):
        points = numpy.column_stack([places, numpy.full(len(places), value)])
        values.append(one(points))
    table = numpy.array(values)
    modes = numpy.tensordot(to_modes(N_NODES), table, axes=1)
    axes = tuple(range(1, table.ndim))
    size = float(numpy.nanmean(numpy.abs(table), axis=axes).max())
    tail = float(numpy.nanmean(numpy.abs(modes[-2:]), axis=axes).max())
    return tail / size if size > 0.0 else 0.0


def _certified(
    whole: Surrogate,
    solves: _Solves,
    bounds: Sequence[ValueBound],
    wanted: tuple[float, str | None],
    begin: float,
) -> Surrogate:
    """Return the surrogate with the largest bound of all values of the parameter."""
    tolerance, norm = wanted
    history = numpy.zeros((0, 2))
    if bounds:
        allowed = tolerance * solves.scale(tolerance / 2.0)
        sample = next(iter(solves.known.values()))
        theorem = recognize(sample.problem, norm)
        assert theorem is not None
        low, high = whole.ranges()[-1]
        (name,) = (key for key, v in whole.parameters.items() if isinstance(v, tuple))
        certificate = Certificate(
            f"{theorem.claim} for all {name} from {low:.6g} to {high:.6g}",
            max(item.value for item in bounds),
            allowed,
            "estimate",  # between the values that were seen
            theorem.name,
            (
                *theorem.assumptions,
                f"seen at {len(bounds)} values of {name}; between them the interpolation "
                f"error is at most {CUSHION:g} times that at the points between the nodes",
            ),
        )
        history = joint_history([item.history for item in bounds if len(item.history)])
    else:
        certificate = held_out(whole, tolerance)
    status = Status.CONVERGED
    if not certificate.passed:
        status = Status.TOLERANCE_NOT_REACHED
    whole = dataclasses.replace(whole, certificate=certificate, status=status)
    return _counted(whole, solves, history, begin)


def _counted(whole: Surrogate, solves: _Solves, history: Array, begin: float) -> Surrogate:
    """Return the surrogate with the numbers of all solves together."""
    each = [item.statistics for item in solves.known.values()]
    statistics = SolveStatistics(
        max(item.unknowns for item in each),
        max(item.elements for item in each),
        max(item.slabs for item in each),
        sum(item.rejected for item in each),
        sum(item.newton_iterations for item in each),
        max(item.residual_norm for item in each),
        history,
        clock.perf_counter() - begin,
        f"{each[0].choice} at {len(each)} values of the parameter",
    )
    return dataclasses.replace(whole, statistics=statistics)


def _partial(
    problem: FieldProblem,
    symbol: sympy.Symbol,
    solves: _Solves,
    blank: tuple[float, float],
    begin: float,
) -> Surrogate:
    """Return the interpolant where there are solutions, with the rest named."""
    low, high = _ends(problem, symbol)
    below = low < blank[0] and solves(low).status.ok
    good = [key for key, item in solves.known.items() if item.status.ok]
    side = [key for key in good if (key < blank[0] if below else key > blank[1])]
    reason = f"no solution is found for {symbol} from {blank[0]:.6g} to {blank[1]:.6g}"
    if len(side) < 2:
        whole = next(iter(solves.known.values()))
    else:
        piece = (min(side), max(side))
        whole = _joined(problem, symbol, solves, [piece])
    claim = f"error for all {symbol} from {low:.6g} to {high:.6g}"
    certificate = Certificate(claim, math.nan, math.nan, "none", "solve", (reason,))
    status = Status.TOLERANCE_NOT_REACHED
    whole = dataclasses.replace(whole, certificate=certificate, status=status)
    return _counted(whole, solves, numpy.zeros((0, 2)), begin)
