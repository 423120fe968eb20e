"""How far a stated exact solution is from satisfying equations and conditions.

Defects are relative to the largest sum of moduli of the terms, at 20 random points, with
40 digits carried: wrong by 1e-20 means wrong, not rounded.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy
import sympy

from perturbsci.errors import PerturbsciError
from perturbsci.problems.conditions import (
    Dirichlet,
    Initial,
    Interface,
    Neumann,
    Periodic,
    Robin,
)
from perturbsci.problems.derivatives import JetForm
from perturbsci.problems.domains import Box, Mapped, Region
from perturbsci.problems.enclosures import Evaluator, precise_arithmetic
from perturbsci.problems.placement import BOUNDARY, sides_of

__all__ = ["exact_defects", "normal_derivative"]

Domain = Box | Mapped | Region
N_POINTS = 20
DIGITS = 40
BESIDE = sympy.Rational(1, 10**35)
PATIENCE = 200  # random points of a box per point of a region
HALVINGS = 110  # of a line to the boundary: 33 digits


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """A sum of terms that must vanish, and where.

    Parameters
    ----------
    text : str
        What is missed if it does not.
    terms : tuple of sympy.Expr
        In coordinates and parameters.
    held : mapping of sympy.Symbol to number
        Coordinates that stand at exact numbers.
    curved : bool, optional
        On the boundary of a region, where its formula is zero.
    """

    text: str
    terms: tuple[sympy.Expr, ...]
    held: Mapping[sympy.Symbol, object]
    curved: bool = False


def exact_defects(
    form: JetForm,
    domain: Domain,
    conditions: Sequence[object],
    parameters: Mapping[sympy.Symbol, object],
    exact: Mapping[sympy.Expr, sympy.Expr],
) -> list[tuple[str, float]]:
    """Return by how much an exact solution misses each equation and condition.

    Parameters
    ----------
    form : JetForm
        The equations.
    domain : Box, Mapped or Region
        Where they hold.
    conditions : sequence
        Measured data aside, which are never exact.
    parameters : mapping of sympy.Symbol to number or (low, high)
        Drawn at random from intervals.
    exact : mapping of sympy.Expr to sympy.Expr
        One formula a field.

    Returns
    -------
    defects : list of (str, float)
        What is missed, and the relative size; infinite where it cannot be evaluated.
    """
    arithmetic = precise_arithmetic(DIGITS)
    solution = [_rational(exact[item]) for item in form.fields]
    places = _places(domain, parameters, arithmetic)
    scale = _largest(arithmetic, solution, places)
    found = []
    for demand in _demands(form, domain, conditions, solution):
        if demand.curved:
            rows = _level_places(domain, places, arithmetic)
        else:
            rows = _held_places(domain, demand.held, places, arithmetic)
        found.append((demand.text, _defect(arithmetic, demand, rows, scale)))
    return found


def normal_derivative(
    formula: sympy.Expr, domain: Domain, wall: tuple[sympy.Symbol | str, str]
) -> sympy.Expr:
    """Return the outward normal derivative of a formula on a wall.

    Parameters
    ----------
    formula : sympy.Expr
        In the physical coordinates.
    domain : Box, Mapped or Region
        Its shape.
    wall : (sympy.Symbol or str, str)
        From ``sides_of``.

    Returns
    -------
    derivative : sympy.Expr
        Of the physical coordinates and, in a mapped domain, those of the box.
    """
    symbol, end = wall
    if symbol == BOUNDARY:
        assert isinstance(domain, Region)
        outward = [-domain.level_set.diff(item) for item in domain.space]
    elif isinstance(domain, Mapped):
        row = domain.box.space.index(symbol)
        sign = 1 if end == "high" else -1
        outward = [sign * item for item in domain.jacobian().inv()[row, :]]
    else:
        return formula.diff(symbol) * (1 if end == "high" else -1)
    length = sympy.sqrt(sum(item**2 for item in outward))
    slopes = [formula.diff(item) for item in domain.space]
    return sum(a * b for a, b in zip(outward, slopes, strict=True)) / length


def _demands(
    form: JetForm,
    domain: Domain,
    conditions: Sequence[Any],
    solution: Sequence[sympy.Expr],
) -> Iterator[Demand]:
    """Yield what must vanish."""
    table = form.at(solution)
    for k, residual in enumerate(form.residuals):
        terms = sympy.Add.make_args(sympy.expand_mul(residual, deep=False))
        inserted = tuple(term.xreplace(table) for term in terms)
        yield Demand(f"equation {k}", inserted, {})
    for item in conditions:
        u = solution[form.fields.index(item.field)]
        name = f"the {type(item).__name__} condition on {item.field}"
        if isinstance(item, Initial):
            assert domain.time is not None
            derivative = u.diff((domain.time[0], item.order)) if item.order else u
            yield Demand(name, (derivative, -item.value), {domain.time[0]: domain.time[1]})
        elif isinstance(item, Periodic):
            yield from _periodic_demands(name, item, u, domain, form)
        elif isinstance(item, Interface):
            yield from _interface_demands(name, item, u)
        elif isinstance(item, (Dirichlet, Neumann, Robin)):
            for wall in sides_of(item, domain):
                curved = wall[0] == BOUNDARY
                held = {} if curved else {wall[0]: _end(domain, wall)}
                text = f"{name} at {wall[0]} {wall[1]}"
                yield Demand(text, _wall_terms(item, u, domain, wall), held, curved)


def _wall_terms(
    item: Any, u: sympy.Expr, domain: Domain, wall: tuple[sympy.Symbol | str, str]
) -> tuple[sympy.Expr, ...]:
    if isinstance(item, Dirichlet):
        return u, -item.value
    slope = normal_derivative(u, domain, wall)
    if isinstance(item, Neumann):
        return slope, -item.value
    return item.alpha * u, item.beta * slope, -item.value


def _periodic_demands(
    name: str, item: Periodic, u: sympy.Expr, domain: Domain, form: JetForm
) -> Iterator[Demand]:
    """Yield that value and derivatives below the order agree at the two ends."""
    low, high = domain.box.intervals[item.coordinate]
    if isinstance(domain, Mapped):  # the ends are one place in space
        ends = [
            u.xreplace(
                {x: image.subs(item.coordinate, end) for x, image in domain.mapping.items()}
            )
            for end in (low, high)
        ]
        yield Demand(name, (ends[0], -ends[1]), {})
        return
    place = form.coordinates.index(item.coordinate)
    order = form.orders(form.fields.index(item.field))[place]
    for k in range(max(order, 1)):
        slope = u.diff((item.coordinate, k)) if k else u
        ends = [slope.subs(item.coordinate, _exact(end)) for end in (low, high)]
        yield Demand(name, (ends[0], -ends[1]), {})


def _interface_demands(name: str, item: Interface, u: sympy.Expr) -> Iterator[Demand]:
    """Yield the jumps of value and flux, from places right beside the interface."""
    symbol, position = item.at
    sides = [_exact(position) + sign * BESIDE for sign in (-1, 1)]
    values = [u.subs(symbol, side) for side in sides]
    fluxes = [
        _rational(coefficient).subs(symbol, side) * u.diff(symbol).subs(symbol, side)
        for coefficient, side in zip(item.coefficient, sides, strict=True)
    ]
    yield Demand(f"the jump of {name}", (values[1], -values[0], -item.jump), {})
    yield Demand(f"the flux of {name}", (fluxes[1], -fluxes[0], -item.flux_jump), {})


def _exact(value: object) -> sympy.Expr:
    return value if isinstance(value, sympy.Expr) else sympy.Rational(value)


def _rational(formula: sympy.Expr) -> sympy.Expr:
    """Return a formula without floats, which SymPy compares with 15 digits only."""
    return formula.xreplace({x: sympy.Rational(x) for x in formula.atoms(sympy.Float)})


def _end(domain: Domain, wall: tuple[sympy.Symbol | str, str]) -> object:
    return domain.box.intervals[wall[0]][wall[1] == "high"]


def _places(
    domain: Domain, parameters: Mapping[sympy.Symbol, Any], arithmetic: Any
) -> list[dict[sympy.Symbol, Any]]:
    """Return random places in the box, with parameters, as precise numbers."""
    rng = numpy.random.default_rng(0)
    found = []
    many = PATIENCE * N_POINTS if isinstance(domain, Region) else N_POINTS
    for _ in range(many):
        place: dict[sympy.Symbol, Any] = {}
        for symbol, (low, high) in zip(
            domain.box.coordinates, domain.box.bounds, strict=True
        ):
            place[symbol] = arithmetic.mpf(low + (high - low) * float(rng.random()))
        for symbol, value in parameters.items():
            if isinstance(value, tuple):
                value = value[0] + (value[1] - value[0]) * float(rng.random())
            place[symbol] = value
        place = _mapped(domain, place, arithmetic)
        if _inside(domain, place, arithmetic):
            found.append(place)
        if len(found) == N_POINTS:
            break
    return found


def _mapped(
    domain: Domain, place: dict[sympy.Symbol, Any], arithmetic: Any
) -> dict[sympy.Symbol, Any]:
    """Add the physical coordinates of a mapped domain."""
    if not isinstance(domain, Mapped):
        return place
    reference = {item: place[item] for item in domain.box.space}
    images = Evaluator(list(domain.mapping.values()), arithmetic)(reference)
    return place | dict(zip(domain.mapping, images, strict=True))


def _inside(domain: Domain, place: Mapping[sympy.Symbol, Any], arithmetic: Any) -> bool:
    if not isinstance(domain, Region):
        return True
    return bool(Evaluator([domain.level_set], arithmetic)(place)[0] > 0)


def _held_places(
    domain: Domain,
    held: Mapping[sympy.Symbol, object],
    places: Sequence[dict[sympy.Symbol, Any]],
    arithmetic: Any,
) -> list[dict[sympy.Symbol, Any]]:
    """Return places with some symbols at given numbers, inside a region only."""
    rows = [_mapped(domain, place | dict(held), arithmetic) for place in places]
    return [row for row in rows if not held or _inside(domain, row, arithmetic)]


def _level_places(
    domain: Domain, places: Sequence[dict[sympy.Symbol, Any]], arithmetic: Any
) -> list[dict[sympy.Symbol, Any]]:
    """Return places on the boundary of a region, where its formula changes sign.

    Each lies between a place inside and one of the box that is not, by bisection.
    """
    assert isinstance(domain, Region)
    level = Evaluator([domain.level_set], arithmetic)
    rng = numpy.random.default_rng(1)
    found = []
    for inside in places:
        for _ in range(PATIENCE):
            outside = inside | {
                symbol: arithmetic.mpf(low + (high - low) * float(rng.random()))
                for symbol, (low, high) in zip(
                    domain.space, domain.box.bounds, strict=False
                )
            }
            if level(outside)[0] <= 0:
                break
        else:
            continue
        for _ in range(HALVINGS):
            middle = {x: (inside[x] + outside[x]) / 2 for x in domain.space}
            if level(inside | middle)[0] > 0:
                inside = inside | middle
            else:
                outside = outside | middle
        found.append(inside)
    return found


def _largest(
    arithmetic: Any, solution: Sequence[sympy.Expr], places: Sequence[dict]
) -> float:
    """Return the largest modulus of the fields."""
    try:
        evaluate = Evaluator(solution, arithmetic)
        return max(abs(value) for place in places for value in evaluate(place))
    except (PerturbsciError, ArithmeticError, TypeError, ValueError):
        return arithmetic.mpf(0)


def _defect(arithmetic: Any, demand: Demand, rows: Sequence[dict], scale: Any) -> float:
    """Return the largest relative sum of the terms, infinite if it cannot be formed."""
    try:
        evaluate = Evaluator(demand.terms, arithmetic)
        values = [evaluate(row) for row in rows]
        sums = [abs(sum(row, arithmetic.mpf(0))) for row in values]
        sizes = [sum(map(abs, row), arithmetic.mpf(0)) for row in values]
    except (PerturbsciError, ArithmeticError, TypeError, ValueError):
        return float("inf")
    largest = max([*sizes, scale], default=arithmetic.mpf(0))
    return float(max(sums) / largest) if sums and largest else 0.0
