"""Lint: whether a statement has one solution that depends continuously on its data.

Counting conditions decides most of it: time order q needs q initial conditions, order M
across a wall needs M wall conditions in all, on the sides where waves come in. Signs at
states drawn from the data decide the rest. An exact solution is used only to check itself.
"""

from collections.abc import Iterator

import numpy
import sympy
from sympy.core.function import AppliedUndef

from perturbsci.backend.transfers import to_host
from perturbsci.errors import ParameterError
from perturbsci.problems.balance import null_space_findings
from perturbsci.problems.classification import (
    euler_operator,
    growth_rates,
    space_order,
    time_orders,
)
from perturbsci.problems.conditions import Data, Initial, Interface
from perturbsci.problems.consistency import exact_defects
from perturbsci.problems.corners import corner_findings, seam_findings
from perturbsci.problems.derivatives import JetForm, jet_form
from perturbsci.problems.domains import Region
from perturbsci.problems.fields import DEFECT, FieldProblem
from perturbsci.problems.findings import Finding, Subject
from perturbsci.problems.identities import vanishes
from perturbsci.problems.sampling import (
    sampled_states,
    sampled_values,
    slope_values,
    space_points,
)
from perturbsci.problems.walls import wall_findings

__all__ = ["lint"]

N_STATES = 64
ROUNDING = 1e-9
NOISE = 6.0  # standard deviations that no measurement is away from the truth


def lint(problem: FieldProblem) -> tuple[Finding, ...]:
    """Return what is wrong with a statement, errors first.

    Parameters
    ----------
    problem : FieldProblem
        Any.

    Returns
    -------
    findings : tuple of Finding
        Empty for a well-posed statement. Errors: ``unknown-symbol``, ``missing-initial``,
        ``missing-wall``, ``overdetermined-wall``, ``backward-parabolic``,
        ``outside-domain``, ``inconsistent-exact``, ``singular-neumann``. Warnings:
        ``corner-incompatible``, ``periodic-kink``, ``null-space``, ``nonconservative``,
        ``inviscid``.

    Raises
    ------
    ParameterError
        If it is no FieldProblem.

    Notes
    -----
    Well-posedness of a nonlinear problem cannot be decided in general: no finding means
    that none of the common mistakes was made. Costs some 10 to 100 ms.

    References
    ----------
    Evans (2010), chapters 6 and 7; Gustafsson, Kreiss and Oliger (1995), chapter 9.

    Examples
    --------
    >>> from perturbsci.problems import burgers, klein_gordon
    >>> lint(burgers())
    ()
    >>> [item.code for item in lint(klein_gordon(initial_rate=False))]
    ['missing-initial']
    """
    if not isinstance(problem, FieldProblem):
        raise ParameterError(
            f"problem is {problem!r:.80}; it must be a FieldProblem, such as burgers()"
        )
    subject = Subject.of(problem)
    found = [
        *_unknown_symbols(problem),
        *_missing_initial(subject),
        *wall_findings(subject),
        *_backward(subject),
        *_outside(problem),
        *_inconsistent(problem),
        *null_space_findings(subject),
        *corner_findings(subject),
        *seam_findings(subject),
        *_nonconservative(subject),
        *_inviscid(subject),
    ]
    return tuple(sorted(found, key=lambda item: item.severity != "error"))


def _unknown_symbols(problem: FieldProblem) -> Iterator[Finding]:
    """Yield symbols and functions that nothing declares."""
    known = {*problem.coordinates, *problem.parameters}
    formulas = [("an equation", item) for item in problem.equations]
    for item in problem.conditions:
        names = ("value", "alpha", "beta", "jump", "flux_jump")
        kind = f"the {type(item).__name__} condition on {item.field}"
        formulas += [(kind, getattr(item, name)) for name in names if hasattr(item, name)]
        if isinstance(item, Interface):
            formulas += [(kind, formula) for formula in item.coefficient]
    formulas += [("exact", item) for item in (problem.exact or {}).values()]
    seen: set[sympy.Basic] = set()
    for where, formula in formulas:
        unknown = (formula.free_symbols - known) | (
            formula.atoms(AppliedUndef) - set(problem.fields)
        )
        for symbol in sorted(unknown - seen, key=str):
            seen.add(symbol)
            yield Finding(
                "error",
                "unknown-symbol",
                f"{where} holds {symbol}, which is no coordinate, field or parameter",
                f"pass parameters={{{symbol}: value}}, or make sure that it is the same "
                "symbol (assumptions such as positive=True count)",
            )


def _missing_initial(subject: Subject) -> Iterator[Finding]:
    form, timed = subject.form, subject.timed
    for place, q in enumerate(time_orders(form, timed=timed)):
        field = form.fields[place]
        given = {
            item.order
            for item in subject.conditions
            if isinstance(item, Initial) and item.field == field
        }
        missing = [order for order in range(q) if order not in given]
        if missing:
            yield Finding(
                "error",
                "missing-initial",
                f"{field} is of order {q} in time and needs {q} initial conditions; "
                f"missing: time derivative of order {', '.join(map(str, missing))}",
                f"add Initial({field.func}, value, order={missing[0]}); without it "
                "solutions that start there from rest, such as sin(omega t) phi(x), are "
                "free",
            )


def _backward(subject: Subject) -> Iterator[Finding]:
    """Yield growth of short waves without bound: the sign of the highest even term."""
    form, timed = subject.form, subject.timed
    orders = set(time_orders(form, timed=timed))
    if len(orders) != 1 or not orders <= {1, 2}:
        return
    q = orders.pop()
    points = space_points(subject.domain, N_STATES)
    states = sampled_states(form, subject.domain, subject.conditions, points)
    slopes = slope_values(form, states)
    for order in range(space_order(form, timed=timed) // 2 * 2, 0, -2):
        rates = growth_rates(form, slopes, order, timed=timed)
        if rates is None or not numpy.abs(rates).max():
            continue
        size = numpy.abs(rates).max(axis=(1, 2), keepdims=True)
        growing = (rates.real > ROUNDING * size).any(axis=(1, 2))
        if growing.any():
            where = points[numpy.argmax(growing)]
            place = ", ".join(
                f"{name} = {value:.3g}"
                for name, value in zip(form.coordinates, where, strict=True)
            )
            law = f"exp(C k^{order} t)" if q == 1 else f"exp(C k^{order // 2} t)"
            yield Finding(
                "error",
                "backward-parabolic",
                f"waves of wavenumber k grow like {law} at {int(growing.sum())} of "
                f"{len(growing)} sampled states, the first at {place}",
                f"check the sign of the term of order {order} in space"
                + (" (with two time derivatives this is elliptic)" if q == 2 else ""),
            )
        return


def _outside(problem: FieldProblem) -> Iterator[Finding]:
    """Yield measured points and interfaces that are not inside."""
    domain = problem.domain
    for item in problem.conditions:
        if isinstance(item, Interface) and item.at[0] in domain.box.intervals:
            low, high = map(float, domain.box.intervals[item.at[0]])
            if not low < float(item.at[1]) < high:
                yield Finding(
                    "error",
                    "outside-domain",
                    f"the Interface of {item.field} is at {item.at[0]} = {item.at[1]}, "
                    f"not between {low:g} and {high:g}",
                    "move it inside; at a wall it is a wall condition",
                )
        if isinstance(item, Data):
            outside = _points_outside(problem, item)
            if outside.any():
                first = int(numpy.argmax(outside))
                yield Finding(
                    "error",
                    "outside-domain",
                    f"{int(outside.sum())} of {len(outside)} measured points of "
                    f"{item.field} lie outside, the first is row {first}: "
                    f"{numpy.asarray(item.points)[first].tolist()}",
                    "widen the domain, or leave those points out; the order of columns is "
                    f"{', '.join(map(str, problem.coordinates))}",
                )


def _points_outside(problem: FieldProblem, item: Data) -> numpy.ndarray:
    points = numpy.asarray(to_host(item.points), dtype=float)
    domain = problem.domain
    bounds = list(domain.box.bounds)
    intervals = [v for v in problem.parameters.values() if isinstance(v, tuple)]
    bounds += intervals[: points.shape[1] - len(bounds)]
    if not isinstance(domain, Region) and domain.box is not domain:
        bounds[: len(domain.space)] = [(-numpy.inf, numpy.inf)] * len(domain.space)
    low, high = numpy.array(bounds).T
    slack = 1e-12 * numpy.where(numpy.isfinite(high - low), high - low, 0.0)
    outside = ((points < low - slack) | (points > high + slack)).any(axis=1)
    if isinstance(domain, Region):
        d = len(domain.space)
        level = sampled_values([domain.level_set], domain.space, points[:, :d])[:, 0]
        outside |= level < 0.0
    return outside


def _inconsistent(problem: FieldProblem) -> Iterator[Finding]:
    if problem.exact is None:
        return
    advice = "correct it, or leave it out: no method needs it"
    defects = exact_defects(
        problem.form,
        problem.domain,
        problem.conditions,
        problem.parameters,
        problem.exact,
    )
    for text, value in defects:
        if not value <= DEFECT:
            message = f"exact misses {text} by {value:.2g} relative"
            yield Finding("error", "inconsistent-exact", message, advice)
    for item in problem.conditions:
        if isinstance(item, Data):
            d = len(problem.coordinates)
            formula = problem.exact[item.field]
            numbers = Subject.of(problem).numbers
            points = numpy.asarray(item.points, dtype=float)[:, :d]
            known = sampled_values([formula.xreplace(numbers)], problem.coordinates, points)
            miss = numpy.abs(known[:, 0] - item.values) / item.sigma
            if (miss > NOISE).any():
                message = (
                    f"exact is up to {miss.max():.3g} standard deviations away from the "
                    f"measured values of {item.field}"
                )
                yield Finding("error", "inconsistent-exact", message, advice)


def _nonconservative(subject: Subject) -> Iterator[Finding]:
    """Yield derivative terms that are no divergence, beyond terms without derivatives."""
    form, timed = subject.form, subject.timed
    if set(time_orders(form, timed=timed)) != {1}:
        return
    plain = [
        s for s, (_, index) in zip(form.symbols, form.slots, strict=True) if not any(index)
    ]
    moving = set(form.symbols) - set(plain)
    for k, residual in enumerate(form.residuals):
        terms = sympy.Add.make_args(sympy.expand(residual))
        derived = sum(item for item in terms if item.free_symbols & moving)
        reacts = any(
            item.free_symbols & set(plain)
            for item in terms
            if not item.free_symbols & moving
        )
        part = JetForm(form.coordinates, form.fields, form.slots, form.symbols, (derived,))
        rest = [euler_operator(part, 0, field) for field in range(len(form.fields))]
        structural = any(_moves(form, item) for item in rest)
        advective = not reacts and _transports(form, k) and not all(map(vanishes, rest))
        if structural or advective:
            yield Finding(
                "warning",
                "nonconservative",
                f"the terms with derivatives of equation {k} are no divergence: the "
                "integral of the field is not conserved, and jumps have no unique speed",
                "if it is a conservation law, write its flux inside the derivative, "
                "(flux).diff(x)",
            )


def _moves(form: JetForm, expression: sympy.Expr) -> bool:
    """Return whether an expression depends on derivatives of the fields."""
    inner = jet_form([expression], form.fields, form.coordinates)
    return not all(
        vanishes(inner.residuals[0].diff(symbol))
        for symbol, (_, index) in zip(inner.symbols, inner.slots, strict=True)
        if any(index)
    )


def _transports(form: JetForm, equation: int) -> bool:
    """Return whether an equation holds a first derivative in space."""
    return any(
        sum(index) == 1 and not index[-1] and form.residuals[equation].has(symbol)
        for symbol, (_, index) in zip(form.symbols, form.slots, strict=True)
    )


def _inviscid(subject: Subject) -> Iterator[Finding]:
    """Yield nonlinear transport without a higher derivative."""
    form, timed = subject.form, subject.timed
    if space_order(form, timed=timed) != 1 or max(time_orders(form, timed=timed)) > 1:
        return
    known = set(form.symbols)
    for row in form.slopes():
        for slope, (_, index) in zip(row, form.slots, strict=True):
            in_space = any(index[:-1] if timed else index)
            if in_space and slope.free_symbols & known:
                yield Finding(
                    "warning",
                    "inviscid",
                    "transport is nonlinear and no viscosity smooths it: shocks form, and "
                    "a certificate holds only while the surrogate is smooth",
                    "add a small viscosity, or end before the first shock",
                )
                return
