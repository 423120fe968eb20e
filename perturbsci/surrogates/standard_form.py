"""One scalar equation of second order as storage, flux, diffusion and reaction.

R = scale * (m + sum_i d_i f_i(x, t, u) - sum_i d_i(a_i(x, t, u) d_i u) - g(x, t, u)), where
m is 0, u_t, or u_tt + damping * u_t. The theorems on errors are stated for this form; a
flux written as b u_x and one written as a divergence become the same.
"""

from dataclasses import dataclass

import sympy

from perturbsci.problems.conditions import (
    Dirichlet,
    Interface,
    Neumann,
    Periodic,
    Robin,
)
from perturbsci.problems.derivatives import JetForm
from perturbsci.problems.domains import Box
from perturbsci.problems.fields import FieldProblem
from perturbsci.problems.identities import vanishes
from perturbsci.problems.placement import sides_of
from perturbsci.problems.substitution import numeric_conditions, numeric_form

__all__ = ["StandardForm", "standard_form", "wall_kinds"]

KINDS = {Dirichlet: "dirichlet", Neumann: "neumann", Robin: "robin", Periodic: "periodic"}


@dataclass(frozen=True, slots=True, eq=False)
class StandardForm:
    """The parts of one scalar equation.

    Parameters
    ----------
    state : sympy.Symbol
        What stands for u in the formulas, real.
    coordinates : tuple of sympy.Symbol
        Space, then time.
    time_order : int
        0, 1 or 2.
    scale : float
        The residual of the statement divided by it is that of this form.
    damping : float
        Of a wave.
    flux, diffusion : tuple of sympy.Expr
        f_i and a_i, one a direction of space.
    reaction : sympy.Expr
        g.
    """

    state: sympy.Symbol
    coordinates: tuple[sympy.Symbol, ...]
    time_order: int
    scale: float
    damping: float
    flux: tuple[sympy.Expr, ...]
    diffusion: tuple[sympy.Expr, ...]
    reaction: sympy.Expr


def standard_form(problem: FieldProblem) -> StandardForm | None:
    """Return the parts of a scalar equation, or None if it has not this form.

    Parameters
    ----------
    problem : FieldProblem
        Any; parameters that are intervals give None.

    Returns
    -------
    form : StandardForm or None
        Numbers are exact: floats became rational.
    """
    if any(isinstance(value, tuple) for value in problem.parameters.values()):
        return None
    if len(problem.equations) != 1 or len(problem.fields) != 1:
        return None
    if not isinstance(problem.domain, Box) or problem.equations[0].has(sympy.I):
        return None
    if problem.fields[0].args != problem.coordinates:
        return None
    if any(isinstance(item, Interface) for item in problem.conditions):
        return None
    form = numeric_form(
        problem.equations, problem.fields, problem.coordinates, problem.parameters
    )
    d = len(problem.domain.space)
    jets = {
        index: symbol for symbol, (_, index) in zip(form.symbols, form.slots, strict=True)
    }
    storage = _storage(form.residuals[0], jets, d, timed=problem.domain.time is not None)
    return None if storage is None else _parts(form, jets, d, *storage)


def _storage(
    residual: sympy.Expr, jets: dict[tuple[int, ...], sympy.Symbol], d: int, *, timed: bool
) -> tuple[int, sympy.Expr, sympy.Expr] | None:
    """Return time order, scale and damping; None where they are not constant."""
    moving = [index for index in jets if timed and index[-1]]
    if any(sum(index[:d]) for index in moving) or any(sum(index) > 2 for index in jets):
        return None
    q = max((index[-1] for index in moving), default=0)
    slopes = {index[-1]: sympy.expand(residual.diff(jets[index])) for index in moving}
    if not all(item.is_number and item.is_finite for item in slopes.values()):
        return None
    if q == 0:
        return (0, sympy.S.One, sympy.S.Zero) if not timed else None
    if slopes[q] == 0:
        return None
    damping = slopes.get(1, sympy.S.Zero) / slopes[2] if q == 2 else sympy.S.Zero
    return q, slopes[q], damping


def _parts(
    form: JetForm,
    jets: dict[tuple[int, ...], sympy.Symbol],
    d: int,
    q: int,
    scale: sympy.Expr,
    damping: sympy.Expr,
) -> StandardForm | None:
    """Return flux, diffusion and reaction, peeled off one after the other."""
    n = len(form.coordinates)
    unit = [tuple(int(k == i) for k in range(n)) for i in range(d)]
    twice = [tuple(2 * k for k in index) for index in unit]
    u = jets[(0,) * n]
    rest = form.residuals[0] / scale
    for index, symbol in jets.items():
        if n > d and index[-1]:
            rest -= (1 if index[-1] == q else damping) * symbol
    diffusion = [sympy.simplify(-_slope(rest, jets.get(index))) for index in twice]
    if q == 0:
        sign = _sign(diffusion)
        if not sign:
            return None
        scale, rest, diffusion = sign, sign * rest, [sign * item for item in diffusion]
    known = {*form.coordinates, u}
    for i, a in enumerate(diffusion):
        slope = jets.get(unit[i], sympy.S.Zero)
        rest += a * jets.get(twice[i], 0)
        rest += a.diff(u) * slope**2 + a.diff(form.coordinates[i]) * slope
    rest = sympy.expand(rest)
    advection = [sympy.expand(_slope(rest, jets.get(index))) for index in unit]
    for b, index in zip(advection, unit, strict=True):
        rest -= b * jets.get(index, 0)
    rest = sympy.expand(rest)
    if rest.free_symbols - known and all(
        vanishes(rest.diff(item)) for item in rest.free_symbols - known
    ):
        rest = rest.xreplace(dict.fromkeys(rest.free_symbols - known, sympy.S.Zero))
    if any(item.free_symbols - known for item in (*diffusion, *advection, rest)):
        return None
    flux = [_primitive(b, u) for b in advection]
    if any(item is None for item in flux):
        return None
    pairs = zip(flux, form.coordinates, strict=False)
    divergence = sum((item.diff(symbol) for item, symbol in pairs), sympy.S.Zero)  # type: ignore[union-attr]
    source = -rest if vanishes(divergence) else divergence - rest
    state = sympy.Dummy("u", real=True)
    table = {u: state}
    return StandardForm(
        state,
        form.coordinates,
        q,
        float(scale),
        float(damping),
        tuple(item.xreplace(table) for item in flux),  # type: ignore[union-attr]
        tuple(item.xreplace(table) for item in diffusion),
        sympy.expand(source).xreplace(table),
    )


def _slope(formula: sympy.Expr, symbol: sympy.Symbol | None) -> sympy.Expr:
    return sympy.S.Zero if symbol is None else formula.diff(symbol)


def _sign(diffusion: list[sympy.Expr]) -> sympy.Expr:
    """Return the sign of the second derivatives of a steady equation, 0 if unknown."""
    for item in diffusion:
        if item.is_number and item != 0:
            return sympy.sign(item)
    for item in diffusion:
        if item != 0:
            # the sign at some place; whether it is the same everywhere is asked later
            place = dict.fromkeys(item.free_symbols, sympy.Rational(1, 3))
            value = sympy.N(item.xreplace(place))
            return sympy.sign(value) if value.is_real else sympy.S.Zero
    return sympy.S.Zero


def _primitive(slope: sympy.Expr, u: sympy.Symbol) -> sympy.Expr | None:
    """Return the integral of a speed over the state from 0, None if SymPy has none."""
    if not slope.has(u):
        return slope * u
    whole = sympy.integrate(slope, u)
    if whole.has(sympy.Integral):
        return None
    found = whole - whole.subs(u, 0)
    return found if found.is_finite is not False else None


def wall_kinds(problem: FieldProblem) -> tuple[tuple[str, str], ...]:
    """Return which condition stands on the low and the high side of each direction.

    Parameters
    ----------
    problem : FieldProblem
        With one field, on a box.

    Returns
    -------
    kinds : tuple of (str, str)
        ``"dirichlet"``, ``"neumann"``, ``"robin"`` (of the sign that lets nothing in),
        ``"periodic"``, or ``"none"`` where no or another condition stands.
    """
    space = problem.domain.box.space
    found = {(item, end): "none" for item in space for end in ("low", "high")}
    conditions = numeric_conditions(problem.conditions, problem.parameters)
    for item in conditions:
        kind = KINDS.get(type(item), "none")
        if isinstance(item, Robin) and not (
            item.alpha.is_number
            and item.beta.is_number
            and item.beta != 0
            and bool(item.alpha / item.beta >= 0)
        ):
            kind = "none"
        for wall in sides_of(item, problem.domain):
            if wall in found:
                found[wall] = kind
    return tuple((found[item, "low"], found[item, "high"]) for item in space)
